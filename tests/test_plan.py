"""A plan is law written as data: what it promises is kept to the last digit, and every fault in it is named at once."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from zzlib.errors import DataError, PlanError, ZzlibError
from zzlib.evaluation import plan_areas
from zzlib.language import say
from zzlib.plan import load_plan, plan_ids
from zzlib.run import run

# The published table of targets: change against the baseline year, to be reached by the target year.
PUBLISHED = {
    "zhengzhou-2016-2020": (2015, 2020, "change", {
        "deaths": "-0.10", "deaths_per_100m_gdp": "-0.30", "deaths_per_100k_workers": "-0.19",
        "deaths_per_10k_vehicles": "-0.03", "deaths_per_million_tonnes": "-0.15",
    }),
    "china-2006-2010": (2005, 2010, "change_at_least", {
        "deaths_per_100m_gdp": "-0.35", "deaths_per_100k_workers": "-0.25", "deaths_per_10k_vehicles": "-0.30",
        "deaths_per_million_tonnes": "-0.25",
    }),
    "china-2011-2015": (2010, 2015, "change_at_least", {
        "deaths": "-0.081", "deaths_per_100m_gdp": "-0.36", "deaths_per_100k_workers": "-0.26",
        "deaths_per_10k_vehicles": "-0.32", "deaths_per_million_tonnes": "-0.28",
    }),
}  # fmt: skip

SOUND = """\
plan: trial
title: {zh: 试行规划, en: Trial plan}
area: "410100"
baseline_year: 2015
target_year: 2020
midterm_year: 2018
published: 2017-03-03
source: a gazette
data: data/observations
bands: {off_track: 0.20, on_track: 0.80}
choices: {measure: straight_path, model: shared_level, baseline: one_year, prices: current}
indicators:
  - indicator: deaths
    name: {zh: 死亡人数, en: Deaths}
    unit: {zh: 人, en: deaths}
    bureau: {zh: 应急管理局, en: Emergency bureau}
    numerator: {measure: deaths, scope: from-2016, unit: persons}
  - indicator: deaths_coal
    name: {zh: 煤矿死亡人数, en: Coal-mine deaths}
    unit: {zh: 人, en: coal deaths}
    bureau: {zh: 煤炭局, en: Coal bureau}
    numerator: {measure: deaths_coal, scope: from-2016, unit: persons}
targets:
  - {indicator: deaths, form: change, change: -0.10}
  - {indicator: deaths_coal, form: ceiling, level: 2}
"""
TARGET = "{indicator: deaths, form: change, change: -0.10}"

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """`written((old, new), …)` is the sound plan with some of its text replaced, as a file."""

    def written(*edits: tuple[str, str], more: str = "") -> Path:
        text = SOUND
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "trial.yaml"
        path.write_text(text + more, encoding="utf-8")
        return path

    return written


def refused(path: Path) -> list[str]:
    with pytest.raises(PlanError) as refusal:
        load_plan(path)
    return [str(fault) for fault in refusal.value.faults]


def test_there_are_the_three_plans() -> None:
    assert plan_ids() == sorted(PUBLISHED)


@pytest.mark.parametrize("plan_id", PUBLISHED)
def test_a_plan_promises_what_was_published(plan_id: str) -> None:
    baseline, end, form, changes = PUBLISHED[plan_id]
    plan = load_plan(plan_id)
    assert (plan.plan, plan.baseline_year, plan.target_year) == (plan_id, baseline, end)
    assert {target.indicator: target.change for target in plan.targets} == {
        code: Decimal(change) for code, change in changes.items()
    }
    assert {target.form for target in plan.targets} == {form}
    assert all(target.falls and target.level is None for target in plan.targets)


@pytest.mark.parametrize("plan_id", PUBLISHED)
def test_a_plan_says_in_both_languages_what_it_judges_and_who_counts(plan_id: str) -> None:
    for indicator in load_plan(plan_id).indicators:
        for name in (indicator.name, indicator.unit, indicator.bureau):
            assert say(name, "zh") != say(name, "en")


def test_the_city_s_promises_name_their_clause() -> None:
    plan = load_plan("zhengzhou-2016-2020")
    assert {target.clause for target in plan.targets} == {"二(二)"}
    assert plan.published == "2017-03-03"


def test_the_city_s_baseline_straddles_the_change_of_definition() -> None:
    plan = load_plan("zhengzhou-2016-2020")
    assert plan.restates("from-2016", 2015) == "pre-2016"
    assert plan.restates("from-2016", 2016) is None
    assert plan.restates("police", 2015) is None


def test_a_file_is_a_plan_as_much_as_an_id(written: Written) -> None:
    path = written()
    plan = load_plan(path)
    assert (plan.plan, plan.data) == ("trial", ("data/observations",))
    assert load_plan(str(path)) == plan
    assert load_plan(plan) is plan


def test_a_plan_saved_by_a_windows_editor_is_the_same_plan(written: Written) -> None:
    path = written()
    plan = load_plan(path)
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode())
    assert load_plan(path) == plan


def test_a_tenth_is_a_tenth(written: Written) -> None:
    change = load_plan(written((TARGET, "{indicator: deaths, form: change, change: -0.3}"))).targets[0].change
    assert change == Decimal("-0.3")
    assert (1 + change) * 90 == 63
    assert (1 + float(change)) * 90 != 63  # what exact decimals are for


@pytest.mark.parametrize(
    ("target", "falls"),
    [
        ("form: change, change: -0.10", True),
        ("form: change, change: 0", True),
        ("form: change_at_least, change: 0.20", False),
        ("form: ceiling, level: 0.5", True),
        ("form: floor, level: 85", False),
    ],
)
def test_a_promise_is_a_change_or_a_level(written: Written, target: str, falls: bool) -> None:
    kept, _ = load_plan(written((TARGET, f"{{indicator: deaths, {target}}}"))).targets
    assert (kept.form, str(kept.level if kept.change is None else kept.change)) == (
        target.split()[1].strip(","),
        target.split()[-1],
    )
    assert kept.falls is falls


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("form: change", "a target of form 'change' needs 'change' and no 'level'"),
        ("form: change, level: 70", "a target of form 'change' needs 'change' and no 'level'"),
        ("form: ceiling, change: -0.1", "a target of form 'ceiling' needs 'level' and no 'change'"),
        ("form: floor, level: 85, change: 0.1", "a target of form 'floor' needs 'level' and no 'change'"),
        ("form: change, change: -10", "change -10 is not a share: write -0.10 for ten per cent less"),
        ("form: change, change: ten", "'targets.0.change' cannot be 'ten' (a number is needed)"),
        ("form: change, change: .nan", "'targets.0.change' cannot be '.nan' (a number is needed)"),
        ("form: goal, change: -0.1", "'targets.0.form' cannot be 'goal' (one of "),
    ],
)
def test_a_promise_in_any_other_form_is_refused(written: Written, target: str, fault: str) -> None:
    (said,) = refused(written((TARGET, f"{{indicator: deaths, {target}}}")))
    assert said.startswith(f"trial.yaml, line 24: {fault}")


@pytest.mark.parametrize("name", ["../../elsewhere", "/elsewhere", "a/b", "..", "x" * 61, "<b>", "a b"])
def test_an_id_that_names_no_folder_of_its_own_is_refused(written: Written, name: str) -> None:
    (said,) = refused(written(("plan: trial", f"plan: '{name}'")))
    assert said.startswith(f"trial.yaml, line 1: '{name}' is not an id")


def test_every_fault_is_listed_at_once_with_its_line(written: Written) -> None:
    path = written(
        ("midterm_year: 2018", "midterm_year: 2021"),
        ("published: 2017-03-03", "published: last spring"),
        ("bands: {off_track: 0.20, on_track: 0.80}", "bands:\n  off_track: 0.90\n  on_track: 0.80"),
        ("shared_level", "crystal_ball"),
        ("    unit: {zh: 人, en: deaths}", "    units: {zh: 人, en: deaths}"),
        (TARGET, "{indicator: death, form: change, change: -0.10}"),
        ("source: a gazette\n", ""),
    )
    assert refused(path) == [
        "trial.yaml, line 5: years must run baseline_year < midterm_year <= target_year.",
        "trial.yaml, line 7: 'last spring' is not a date such as 2017-03-03.",
        "trial.yaml, line 25: 'death' is not among the plan's indicators; did you mean 'deaths'?",
        "trial.yaml, line 1: key 'source' is missing.",
        "trial.yaml, line 9: off_track must be below on_track.",
        "trial.yaml, line 12: 'choices.model' cannot be 'crystal_ball' (one of 'shared_level' is needed).",
        "trial.yaml, line 14: key 'indicators.0.unit' is missing.",
        "trial.yaml, line 16: unknown key 'indicators.0.units'; did you mean 'unit'?",
    ]


@pytest.mark.parametrize(
    ("right", "misspelt", "where"),
    [
        ("baseline_year:", "baseline_years:", "baseline_years"),
        ("bureau:", "buro:", "indicators.0.buro"),
        ("scope: from-2016", "scop: from-2016", "indicators.0.numerator.scop"),
        ("form: change", "from: change", "targets.0.from"),
        ("on_track:", "ontrack:", "bands.ontrack"),
        ("prices:", "price:", "choices.price"),
    ],
)
def test_a_misspelt_key_is_answered_with_the_one_that_was_meant(
    written: Written, right: str, misspelt: str, where: str
) -> None:
    line = 1 + SOUND[: SOUND.index(right)].count("\n")
    meant = right.split(":")[0]
    parent = where.rpartition(".")[0]
    said = refused(written((right, misspelt)))
    assert f"trial.yaml, line {line}: unknown key '{where}'; did you mean '{meant}'?" in said
    assert [fault for fault in said if fault.endswith(f"key '{f'{parent}.{meant}'.lstrip('.')}' is missing.")]


def test_an_unknown_plan_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(PlanError) as refusal:
        load_plan("zhengzhou-2016-2021")
    (fault,) = refusal.value.faults
    assert fault.what == "there is no plan 'zhengzhou-2016-2021'; did you mean 'zhengzhou-2016-2020'?"
    assert all(plan_id in fault.remedy for plan_id in PUBLISHED)
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("path", ["../plans/zhengzhou-2016-2020", "", "zhengzhou-2016-2020.txt"])
def test_what_is_neither_id_nor_yaml_file_is_no_plan(path: str) -> None:
    with pytest.raises(PlanError, match="there is no plan"):
        load_plan(path)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in refused(binary)[0]
    assert "nowhere.yaml" in refused(tmp_path / "nowhere.yaml")[0]
    assert "the plan cannot be read" in refused(tmp_path / "nowhere.yaml")[0]


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n", "# only a remark\n"])
def test_a_file_without_a_plan_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text, encoding="utf-8")
    assert refused(path) == [f"{path}: the file does not hold a plan (a mapping of keys)."]


def test_broken_yaml_is_refused_with_its_line(written: Written) -> None:
    (said,) = refused(written(("source: a gazette", "source: [a gazette")))
    assert said.startswith("trial.yaml, line ")
    assert "is not valid YAML" in said


def test_what_stands_twice_is_refused(written: Written) -> None:
    again = SOUND[SOUND.index("  - indicator: deaths\n") : SOUND.index("  - indicator: deaths_coal")]
    path = written(
        ("targets:\n", f"{again}targets:\n"), ("plan: trial", "plan: trial\nplan: trial"), more=f"  - {TARGET}\n"
    )
    assert refused(path) == [
        "trial.yaml, line 2: key 'plan' stands twice.",
        "trial.yaml, line 24: indicator 'deaths' is defined twice.",
        "trial.yaml, line 32: indicator 'deaths' has two targets.",
    ]


def test_a_breakdown_by_an_indicator_that_the_plan_lacks_is_refused(written: Written) -> None:
    assert refused(written(more="breakdown: death_coal\n")) == [
        "trial.yaml, line 26: 'death_coal' is not among the plan's indicators; did you mean 'deaths_coal'?"
    ]


def test_a_plan_that_contains_itself_is_refused(written: Written) -> None:
    assert any("only plain keys" in fault for fault in refused(written(more="areas: &all [*all]\n")))
    assert any("only plain keys" in fault for fault in refused(written(more="? [a, b]\n: c\n")))


def bomb(places: int) -> str:
    """Ten names for ten names for ten names: written out, as many texts as ten to the power of `places`."""
    lines = (f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, places))
    return "a0: &a0 [x]\n" + "".join(lines)


@pytest.mark.parametrize(
    ("edits", "more", "said"),
    [
        ([], bomb(12), "more than 100000 values"),
        ([], f"deep: {'[' * 3000}{']' * 3000}\n", "only plain keys"),
        ([("published: 2017-03-03", "published: 2018-13-45")], "", "'2018-13-45' is not a date"),
        ([("data: data/observations", "data: 5")], "", "there is no such file or folder"),
        ([("data: data/observations", 'data: "a\\0b"')], "", "there is no such file or folder"),
    ],
)
def test_a_run_of_a_plan_that_is_wrong_is_refused_at_once(
    written: Written, tmp_path: Path, edits: list[tuple[str, str]], more: str, said: str
) -> None:
    path = written(*edits, more=more)
    with pytest.raises(ZzlibError) as refusal:
        run("annual", plan=path, through="2018", outputs=tmp_path / "outputs")
    assert said in str(refusal.value)
    assert not (tmp_path / "outputs").exists()


def test_a_scope_that_replaces_an_unknown_one_is_refused(written: Written) -> None:
    said = refused(written(more="scopes:\n  new: {name: {zh: 新, en: new}, starts: 2016-01-01, replaces: old}\n"))
    assert said == ["trial.yaml, line 27: 'old' is not among the plan's scopes."]


@pytest.mark.parametrize(
    "tagged",
    [
        "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{path}]]",
        "!!python/object/new:pathlib.Path [{path}]",
        "!!python/object:zzlib.errors.Fault {{what: {path}}}",
    ],
)
def test_a_plan_cannot_make_the_reader_do_anything(written: Written, tmp_path: Path, tagged: str) -> None:
    trace = tmp_path / "trace"
    said = refused(written(("source: a gazette", f"source: {tagged.format(path=trace)}")))
    assert said[0] == "trial.yaml, line 8: only plain keys, lists and values are allowed."
    assert not trace.exists()


def test_a_plan_names_areas_that_the_common_table_lacks(written: Written) -> None:
    path = written(
        ('area: "410100"', "area: AUT"),
        more="areas:\n  - {area: AUT, name: {zh: 奥地利, en: Austria}}\n"
        "  - {area: AT-9, name: {zh: 维也纳, en: Vienna}, parent: AUT, kind: province}\n",
    )
    areas = plan_areas(load_plan(path)).set_index("area")
    assert [say(name, "zh") for name in areas.loc[["AUT", "AT-9", "410100"], "name"]] == ["奥地利", "维也纳", "郑州市"]
    assert areas.loc[["AUT", "AT-9"], ["parent", "kind"]].to_numpy().tolist() == [["", "nation"], ["AUT", "province"]]


def test_a_plan_for_an_area_that_nobody_knows_is_refused(written: Written) -> None:
    plan = load_plan(written(('area: "410100"', "area: AUT")))
    with pytest.raises(DataError, match=r"'AUT' is not known.* under 'areas:' in the plan"):
        plan_areas(plan)
