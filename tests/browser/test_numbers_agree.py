"""Every number that a reader meets is one of the evaluation, in both languages: page, Word, Excel and paper.

Each form is read back as text and its numbers are parsed. A number is explained by a value of the kept tables that
rounds to it, and by those of no other target: what a block says of one target is held to that target's rows alone.
"""

import csv
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import docx
import lxml.html
import openpyxl
import pytest
from pypdf import PdfReader

from zzlib import breakdown, evaluation
from zzlib.language import LANGUAGES, say
from zzlib.plan import load_plan
from zzlib.run import RunResult
from zzlib.schema import RESULTS
from zzlib.workbook import sheet_name

PLAN = "zhengzhou-2016-2020"
NUMBER = re.compile(r"[<>]?[+−-]?\d+(?:,\d{3})*(?:\.\d+)?%?")
INTERVALS = (0.5, 0.8, 0.95)  # which sentences name
BANDS = load_plan(PLAN).bands  # the rule of verdicts, said beside the table
HALF = 0.5 + 1e-9
ROLLED = ("total", "done", "done_late", "behind", "overdue", "no_report", "owed", "owed_done", "verified",
          "due_and_not_done")  # fmt: skip


@pytest.fixture(scope="module", params=LANGUAGES)
def found(request: pytest.FixtureRequest, ran: Callable[..., RunResult]) -> RunResult:
    return ran(PLAN, request.param)


@dataclass(frozen=True)
class Block:
    """A paragraph, row or heading with the targets that it speaks of."""

    text: str
    targets: tuple[str, ...]


@dataclass
class Known:
    """Values that may stand in a block: plain ones, shares (shown in per cent), and years or counts, shown in full."""

    plain: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    whole: set[int] = field(default_factory=set)

    def explains(self, shown: str) -> bool:
        bound, digits = shown[:1] if shown[0] in "<>" else "", shown.lstrip("<>").replace(",", "").replace("−", "-")
        number = digits.rstrip("%")
        step = 10.0 ** -len(number.partition(".")[2])
        values = [100 * share for share in self.shares] if shown.endswith("%") else self.plain
        if bound:
            return any(0 < v < HALF if bound == "<" else 100 - HALF <= v < 100 for v in values)
        if not shown.endswith("%") and number.isdecimal() and int(number) in self.whole:
            return True
        signed = number[0] in "+-"
        return any(abs((v if signed else abs(v)) - float(number)) <= HALF * step for v in values)


@lru_cache(maxsize=64)
def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def table(found: RunResult, name: str) -> list[dict[str, str]]:
    return rows_of(found.folder / "tables" / f"{name}.csv")


@lru_cache(maxsize=2)
def opened(folder: Path) -> Any:
    return evaluation.reopen(folder)


def numbers(rows: Iterable[dict[str, str]], *names: str) -> list[float]:
    return [float(row[name]) for row in rows for name in names if row[name] != ""]


def of(found: RunResult, name: str, code: str) -> list[dict[str, str]]:
    return [row for row in table(found, name) if row["indicator"] == code]


def known(found: RunResult, codes: Iterable[str]) -> Known:
    """Return what a block on some targets may say, from the kept tables; of no target, what concerns all of them."""
    asked = opened(found.folder)
    plan = asked.plan
    rows = json.loads((found.folder / "tables" / "assessments.json").read_text(encoding="utf-8"))
    verdicts = [row["verdict"] for row in rows]
    (joint,) = table(found, "joint")
    whole = {plan.baseline_year, plan.target_year, int(asked.through), len(rows), *map(verdicts.count, verdicts)}
    whole |= {sum(row["pace"] == "target_met" and row["verdict"] == "open" for row in rows)}
    together = numbers([joint], "probability", "independent_probability")
    all_of = Known([float(joint["expected_met"])], [*INTERVALS, BANDS.off_track, BANDS.on_track, *together], whole)
    codes = list(codes)
    for row in (row for row in rows if row["indicator"] in codes):
        code = row["indicator"]
        safety, promises, changes = (of(found, name, code) for name in ("safety", "promises", "changes"))
        readings, seen = of(found, "readings", code), of(found, "indicators", code)
        law, target = plan.indicator(code), plan.target(code)
        # A value and its interval stand beside the mean size of an accident, where a zero has to be explained.
        sizes = [
            float(one["value"]) for one in table(found, "observations")
            if one["measure"] == f"{law.numerator.measure}_mean_size" and one["period"] == row["value_period"]
            and one["area"] == plan.area
        ]  # fmt: skip
        upper = numbers([one for one in seen if one["period"] == row["value_period"]], "upper")
        all_of.plain += [
            row[name] for name in ("baseline", "target", "value", "remaining_allowance") if row[name] is not None
        ]
        all_of.plain += numbers([one for one in seen if one["period"] == row["value_period"]], "numerator")
        if row["value"] == 0:
            all_of.plain += [*upper, *sizes, *(limit / size for limit in upper for size in sizes)]
        all_of.plain += numbers(readings, "baseline")
        margin = [abs(row["value"] / row["target"] - 1)] if row["value"] is not None else []
        named = ("probability", "covered_share", "expected_share", "required_yearly_change")
        all_of.shares += [row[name] for name in named if row[name] is not None]
        all_of.shares += [*margin, *([float(target.change)] if target.change is not None else [])]
        all_of.shares += numbers(readings, "probability")
        all_of.shares += numbers(safety, "change", "change_lower", "change_upper", "yearly_change", "yearly_lower",
                                 "yearly_upper", "chance_if_nothing_changed")  # fmt: skip
        all_of.shares += numbers(promises, "exposure_change", "count_change")
        logs = numbers(changes, "rate_log_change", "count_log_change")
        logs += [-log for log in numbers(changes, "exposure_log_change")]
        all_of.shares += list(map(math.expm1, logs))
        all_of.whole |= {int(one[name]) for one in safety for name in ("since", "until", "trend_since")}
    if not codes:
        all_of.plain += [*of_districts(asked), *(100 * level for level in INTERVALS)]
        all_of.shares += powers(asked)
        all_of.whole |= counts_of_districts(asked)
        (rolled,) = (row for row in table(found, "rollup") if row["level"] == "plan")
        counted = {name: int(float(rolled[name])) for name in ROLLED}
        all_of.whole |= {
            *counted.values(),
            counted["done"] + counted["done_late"],
            counted["total"] - counted["no_report"],
        }
        all_of.shares += numbers([rolled], "done_share", "reported_share", "verified_share")
        all_of.shares += [value / 100 for value in numbers(table(found, "commitments"), "value")]
    return all_of


def shown_districts(asked: Any) -> Any:
    return asked.districts[asked.districts["period"] == breakdown.shown_period(asked.districts)]


def of_districts(asked: Any) -> list[float]:
    rows = shown_districts(asked)
    per = asked.indicator(rows["indicator"].iloc[0]).denominator.per
    return [rows["deaths"].sum() / (rows["exposure"].sum() / per)]


def counts_of_districts(asked: Any) -> set[int]:
    rows = shown_districts(asked)
    outside = rows["funnel"].str.startswith("outside").sum()
    expected = {round(rows["expected"].min()), round(rows["expected"].max())}
    years = {int(year) for year in rows["period"].iloc[0].split("/")}
    return {len(rows), int(len(rows) - outside), breakdown.ENOUGH, *expected, *years}


def powers(asked: Any) -> list[float]:
    rows = shown_districts(asked)
    return [breakdown.power(rows["expected"].agg(edge), rows["expected"].sum()) for edge in ("min", "max")]


def bare(text: str, asked: Any) -> str:
    """Return a text without the names and units that hold numbers themselves, such as '100,000 workers'."""
    names = [asked.plan.title, *(part for law in asked.plan.indicators for part in (law.name, law.unit))]
    names += [scope.name for scope in asked.plan.scopes.values()]
    for name in sorted((say(name, language) for name in names for language in LANGUAGES), key=len, reverse=True):
        text = text.replace(name, " ")
    return re.sub(r"\bdocs/\S+|\bA4\b", " ", re.sub(r"\d{4}-\d\d-\d\d", partial(_undated, days=days_of(asked)), text))


def days_of(asked: Any) -> set[str]:
    """Return the days that the commitments know: when each is due, was reported on and was done."""
    return {day for name in ("due", "value_date", "done_date") for day in asked.commitments[name]}


def _undated(found: re.Match[str], *, days: set[str]) -> str:
    return " " if found[0] in days else found[0]


def blocks(texts: Iterable[tuple[str, bool]], asked: Any) -> Iterator[Block]:
    """Return texts with the targets named in them; a text that names none speaks of those of the heading above it."""
    names = {row: say(asked.indicator(row).name, asked.language) for row in asked.assessments["indicator"]}
    above: tuple[str, ...] = ()
    for text, is_heading in texts:
        named = tuple(code for code, name in names.items() if name in text)
        if is_heading:
            above = named
        yield Block(text, named or above)


def on_the_page(found: RunResult) -> list[tuple[str, bool]]:
    page = lxml.html.fromstring((found.folder / "briefing.html").read_text(encoding="utf-8"))
    (main,) = page.xpath("//main")
    for away in main.xpath(".//script | .//style | .//footer | .//svg"):
        away.drop_tree()
    parts = main.xpath(".//*[self::h1 or self::h2 or self::h3 or self::p or self::tr or self::li or self::figcaption"
                       " or self::summary or self::caption]")  # fmt: skip
    return [(" ".join(" ".join(part.itertext()).split()), part.tag in ("h2", "h3")) for part in parts]


def courses(found: RunResult) -> dict[str, str]:
    """Return what the small line of each target's row says to those who cannot see it."""
    page = lxml.html.fromstring((found.folder / "briefing.html").read_text(encoding="utf-8"))
    told = page.xpath("//main//table[contains(@class, 'targets')]/tbody/tr//svg/@aria-label")
    return dict(zip(assessments(found), told, strict=True))


def in_word(found: RunResult) -> list[tuple[str, bool]]:
    document = docx.Document(str(found.folder / "briefing.docx"))
    headed = [(part.text, part.style.name.startswith("Heading")) for part in document.paragraphs]
    texts = [(re.sub(r"^\d+(\.\d+)?\.? ", "", text) if head else text, head) for text, head in headed]
    (targets,) = document.tables
    rows = [("\n".join(cell.text for cell in row.cells), False) for row in targets.rows]
    # Sources are quoted as they are, and the day of the run and what is attached are no results.
    said = [
        (text, head)
        for text, head in texts
        if not re.match("数据来源|Sources|数据截至|Looked at|附件|Attachments|[12]. ", text)
    ]
    return [*rows, *said]


def unexplained(found: RunResult, texts: Iterable[tuple[str, bool]]) -> list[tuple[str, str]]:
    """Return the numbers that no value of the tables explains, each with its block."""
    asked = opened(found.folder)
    lists: dict[tuple[str, ...], Known] = {}
    left = []
    for block in blocks(texts, asked):
        values = lists.setdefault(block.targets, known(found, block.targets))
        left += [(n, block.text) for n in NUMBER.findall(bare(block.text, asked)) if not values.explains(n)]
    return left


def target_rows(found: RunResult, form: str) -> dict[str, list[str]]:
    """Return the numbers of each target's row in the table of targets, in their order."""
    asked = opened(found.folder)
    heads = {say(law.name, asked.language): law.indicator for law in asked.plan.indicators}
    rows: dict[str, list[str]] = {}
    for text, _ in FORMS[form](found):
        code = next((code for name, code in heads.items() if text.startswith(name)), None)
        if code is not None and code not in rows and len(NUMBER.findall(bare(text, asked))) >= 7:
            rows[code] = NUMBER.findall(bare(text, asked))
    return rows


def misread(shown: list[str], row: dict[str, Any]) -> list[str]:
    """Return what a row of the table of targets says otherwise than the assessment does."""
    values = [Known(plain=[row[name]]) for name in ("baseline", "target", "value")]
    years = [Known(whole={int(row[f"{name}_period"])}) for name in ("baseline", "target", "value")]
    wanted = [one for pair in zip(values, years, strict=True) for one in pair]
    wrong = [text for text, one in zip(shown, wanted, strict=False) if not one.explains(text)]
    chances = [text for text in shown[6:] if text.endswith("%")]
    margin = abs(row["value"] / row["target"] - 1)
    # Before the probability stands how far the value lies beyond the target, or the shares of the way.
    before = [margin] if row["pace"] == "target_met" else [row["covered_share"], row["expected_share"]]
    expected = [*before, row["probability"]]
    wrong += ["no probability"] if len(chances) < len(expected) else []
    return wrong + [
        text for text, share in zip(chances, expected, strict=False) if not Known(shares=[share]).explains(text)
    ]


def altered(shown: str) -> str:
    """Return a number with its last digit raised by one, 9 to 0; beside a bound, the number without it."""
    if shown[0] in "<>":
        return shown[1:]
    at = max(i for i, letter in enumerate(shown) if letter.isdecimal())
    return f"{shown[:at]}{(int(shown[at]) + 1) % 10}{shown[at + 1 :]}"


FORMS = {"page": on_the_page, "word": in_word}


def assessments(found: RunResult) -> dict[str, dict[str, Any]]:
    rows = json.loads((found.folder / "tables" / "assessments.json").read_text(encoding="utf-8"))
    return {row["indicator"]: row for row in rows}


@pytest.mark.parametrize("form", FORMS)
def test_every_number_that_is_read_is_one_of_the_tables(found: RunResult, form: str) -> None:
    texts = FORMS[form](found)
    assert sum(len(NUMBER.findall(text)) for text, _ in texts) > 100
    assert unexplained(found, texts) == []


@pytest.mark.parametrize("form", FORMS)
def test_each_targets_row_says_its_assessment(found: RunResult, form: str) -> None:
    shown, kept = target_rows(found, form), assessments(found)
    assert list(shown) == list(kept)
    assert {code: wrong for code, row in kept.items() if (wrong := misread(shown[code], row))} == {}


@pytest.mark.parametrize("form", FORMS)
def test_a_number_altered_is_found(found: RunResult, form: str) -> None:
    for code, row in assessments(found).items():
        shown = target_rows(found, form)[code]
        for at in range(7 if row["pace"] == "target_met" else 8):
            assert misread([*shown[:at], altered(shown[at]), *shown[at + 1 :]], row), (code, shown[at])
    texts, missed, total = FORMS[form](found), 0, 0
    for block in blocks(texts, opened(found.folder)):
        for match in NUMBER.finditer(bare(block.text, opened(found.folder))) if block.targets else ():
            total += 1
            missed += known(found, block.targets).explains(altered(match[0]))
    # What remains are years and small counts, of which another one is a figure of the same target too.
    assert missed < total / 4, (missed, total)


def test_the_small_line_says_every_value_and_no_other(found: RunResult) -> None:
    for code, told in courses(found).items():
        row = assessments(found)[code]
        seen = [one for one in of(found, "indicators", code) if one["scope"] == row["scope"]]
        seen = [one for one in seen if one["area"] == row["area"] and one["period"] <= row["value_period"]]
        wanted = [
            one for line in seen for one in (Known(whole={int(line["period"])}), Known(plain=[float(line["value"])]))
        ]
        shown = NUMBER.findall(told)
        assert len(shown) == len(wanted) + 1, code
        assert all(one.explains(text) for text, one in zip(shown, wanted, strict=False)), code
        assert Known(plain=[row["target"]]).explains(shown[-1]), code


def test_the_workbook_holds_the_same_numbers(found: RunResult) -> None:
    book = openpyxl.load_workbook(found.folder / "evaluation.xlsx", read_only=True)
    language = opened(found.folder).language
    compared = 0
    for path in ((found.folder / "tables" / f"{name}.csv") for name in RESULTS):
        head, *lines = (list(line) for line in book[sheet_name(path.stem, language)].iter_rows(values_only=True))
        kept = table(found, path.stem)
        assert len(lines) == len(kept), path.stem
        for line, row in zip(lines, kept, strict=True):
            for name, value in zip(head, line, strict=True):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    compared += 1
                    assert float(row[name]) == pytest.approx(value, rel=1e-14), (path.stem, name)
                elif value is None:
                    assert row[name] in ("", "[]"), (path.stem, name)
    assert compared > 5000


def test_the_sheet_to_read_says_each_assessment(found: RunResult) -> None:
    asked = opened(found.folder)
    (sheet, *_) = openpyxl.load_workbook(found.folder / "evaluation.xlsx").worksheets
    header = sheet[sheet.freeze_panes].row
    lines = list(sheet.iter_rows(min_row=header, values_only=True))
    names = ("baseline", "baseline_period", "target", "target_period", "value", "value_period", "covered_share",
             "expected_share")  # fmt: skip
    for line, row in zip(lines, assessments(found).values(), strict=True):
        assert line[0] == say(asked.indicator(row["indicator"]).name, asked.language)
        shown = dict(zip(names, line[2:10], strict=True)) | {"probability": line[14]}
        for name, value in shown.items():
            assert value == pytest.approx(float(row[name]), rel=1e-14), name


def test_the_sheets_of_paper_say_what_the_page_says(found: RunResult) -> None:
    asked = opened(found.folder)
    sheets = PdfReader(found.folder / "briefing.pdf").pages
    assert len(sheets) == 2
    printed = [" ".join(unicodedata.normalize("NFKC", sheet.extract_text()).split()) for sheet in sheets]
    assert all(len(text) > 200 for text in printed)
    for sheet in sheets:
        assert [round(float(length) / 72 * 25.4) for length in sheet.mediabox[2:]] == [210, 297]
    read = f" {' '.join(NUMBER.findall(bare(' '.join(printed), asked)))} "
    rows = target_rows(found, "page")
    assert [code for code, shown in rows.items() if f" {' '.join(shown)} " not in read] == []
    page = lxml.html.fromstring((found.folder / "briefing.html").read_text(encoding="utf-8"))
    said = page.xpath("//main//p[@class='headline' or @class='sentence' or @class='warning']")
    texts = [
        " ".join(" ".join(one.itertext()).split()) for one in said if not one.xpath("ancestor::*[@class='screen']")
    ]
    assert len(texts) > 5
    for text in texts:
        shown = NUMBER.findall(bare(unicodedata.normalize("NFKC", text), asked))
        assert f" {' '.join(shown)} " in read or not shown, text
