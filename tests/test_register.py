"""Nothing that the plan promises is left out: every number of its text is a commitment, or listed with its reason."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zzlib.errors import PlanError
from zzlib.plan import PLANS, load_plan
from zzlib.register import GROUPS, KINDS, Register, due, load_register
from zzlib.schema import COMMITMENT_KINDS, FIELDS

PLAN = "zhengzhou-2016-2020"
FILE = PLANS / f"{PLAN}.commitments.yaml"
# Digits with what joins them, and numerals: everything in the text that could count or date something.
NUMBER = re.compile(r"\d+(?:[.·]\d+)*|[一二两三四五六七八九十百千万亿双]+")
LARGE = {"万", "十万", "百万", "亿", "百", "千"}  # of units and exposures, such as 十万从业人员
Span = tuple[int, int]


@pytest.fixture(scope="module")
def register() -> Register:
    law = load_plan(PLAN).commitments
    assert law is not None
    return law


@pytest.fixture(scope="module")
def text(register: Register) -> str:
    return (PLANS / register.text).read_text(encoding="utf-8")


def promised(register: Register, text: str) -> list[Span]:
    return [(at := text.index(one.quote), at + len(one.quote)) for one in register.commitments]


def listed(register: Register, text: str) -> Iterator[tuple[str, list[Span]]]:
    for one in register.numbers:
        yield one.text or one.pattern, [m.span() for m in re.finditer(one.pattern or re.escape(one.text), text)]


def within(found: re.Match[str], spans: list[Span]) -> bool:
    return any(start <= found.start() and found.end() <= end for start, end in spans)


def test_every_number_percentage_and_date_is_a_commitment_or_listed_with_its_reason(
    register: Register, text: str
) -> None:
    ours = promised(register, text)
    theirs = [span for _, spans in listed(register, text) for span in spans]
    numbers = list(NUMBER.finditer(text))
    places = {found: text[max(0, found.start() - 10) : found.end() + 10] for found in numbers}
    assert [places[n] for n in numbers if not within(n, ours) and not within(n, theirs)] == []
    assert [places[n] for n in numbers if within(n, ours) and within(n, theirs)] == []
    kinds = Counter(one.kind for one in register.commitments)
    print(f"\n{len(numbers)} numbers; {len(register.commitments)} commitments: {dict(kinds)}")
    assert sum(kinds.values()) >= 60
    assert min(kinds.values()) >= 2


def test_the_text_holds_each_quote_once_and_no_entry_is_dead(register: Register, text: str) -> None:
    assert [one.commitment for one in register.commitments if text.count(one.quote) != 1] == []
    assert [entry for entry, spans in listed(register, text) if not spans] == []


def test_a_number_left_out_of_the_register_would_be_seen(register: Register, text: str) -> None:
    fewer = register.model_copy(update={"commitments": register.commitments[:20] + register.commitments[21:]})
    with pytest.raises(AssertionError):
        test_every_number_percentage_and_date_is_a_commitment_or_listed_with_its_reason(
            register, text + "到2020年新建消防站12座。"
        )
    assert len(fewer.commitments) == len(register.commitments) - 1


def test_each_of_the_fourteen_sector_tasks_and_seven_projects_stands_in_it(register: Register) -> None:
    groups = Counter(one.group for one in register.clauses)
    assert groups["sector"], groups["project"] == (14, 7)
    used = {one.clause for one in register.commitments}
    assert {one.clause for one in register.clauses} == used
    fields = {field for one in register.commitments for field in one.field}
    assert fields == {*FIELDS, "all"} - {"other"}
    whole = {one.clause for one in register.commitments if one.commitment.startswith(("sector-", "project-"))}
    assert whole == {one.clause for one in register.clauses if one.group in ("sector", "project")}


def test_the_dates_and_values_are_those_of_the_plan(register: Register) -> None:
    promises = {one.commitment: (one.goal, due(one, 2020).isoformat()) for one in register.commitments}
    assert promises["hazard-declaration"] == (85, "2020-12-31")
    assert promises["hazard-testing"] == (80, "2020-12-31")
    assert promises["health-checks"] == (90, "2020-12-31")
    assert promises["certified-staff"] == (100, "2020-12-31")
    assert promises["professional-inspectors"] == (75, "2020-12-31")
    assert promises["mobile-terminals"] == (100, "2017-12-31")
    assert promises["mini-fire-stations"] == (100, "2017-12-31")
    assert promises["dangerous-sections"] == (100, "2018-12-31")
    assert promises["standard-producers"] == (100, "2017-03-31")
    assert promises["standard-trade-half"] == (50, "2017-03-31")
    assert promises["provincial-communities"] == (50, "2020-12-31")
    assert promises["national-communities"] == (5, "2020-12-31")
    assert promises["credit-key-fields"][1] == "2017-12-31"
    assert promises["credit-all-fields"][1] == "2020-12-31"


def test_codes_stand_once_in_the_code_and_anchors_are_told_apart(register: Register) -> None:
    assert KINDS == COMMITMENT_KINDS
    assert {one.group for one in register.clauses} == set(GROUPS)
    anchors = [one.anchor for one in register.clauses]
    assert len(set(anchors)) == len(anchors)
    assert all(re.fullmatch(r"clause-[0-9-]+", anchor) for anchor in anchors)


Edited = Callable[[str, str], list[str]]


@pytest.fixture
def refused(tmp_path: Path) -> Edited:
    """`refused(old, new)` is what is said of the register with some of its text replaced."""

    def refused(old: str, new: str) -> list[str]:
        whole = FILE.read_text(encoding="utf-8")
        assert old in whole
        path = tmp_path / "trial.commitments.yaml"
        path.write_text(whole.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(PlanError) as refusal:
            load_register(path, plan=PLAN)
        return [str(fault) for fault in refusal.value.faults]

    return refused


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("plan: zhengzhou-2016-2020\n", "plan: kaifeng-2016-2020\n", "is for the plan 'kaifeng-2016-2020'"),
        ("responsible: work_safety\n", "responsible: work_safty\n", "'work_safty' is not known; did you mean"),
        ("field: coal_mine\n", "field: coal\n", "field 'coal' is not known"),
        ("clause: 三(一)\n    responsible", "clause: 三(九)\n    responsible", "clause '三(九)' is not known"),
        ("kind: existence\n", "kind: hope\n", "cannot be 'hope'"),
        ("    value: 100\n    of: {zh: 规模以上企业,", "    of: {zh: 规模以上企业,", "'threshold' needs a 'value'"),
        ("    value: 85\n", "    value: 185\n", "a share is written in per cent"),
        ("    due: 2017-03\n", "    due: spring 2017\n", "'spring 2017' is not a period"),
        ("  - commitment: rules-revised\n", "  - commitment: five-in-place\n", "'five-in-place' stands twice"),
        ("{text: 4G, reason", "{text: 4G, pattern: 5G, reason", "either 'text' or 'pattern'"),
        ("starts: 2016-01-01\n", "starts: 2016-01-01\nbegins: 2016\n", "unknown key 'begins'"),
    ],
)  # fmt: skip
def test_a_register_with_a_fault_is_refused_with_its_line(refused: Edited, old: str, new: str, said: str) -> None:
    found = refused(old, new)
    assert any(said in fault and "trial.commitments.yaml, line " in fault for fault in found), found
