"""What the pages say about the targets themselves and how firm a verdict is: in both directions, or not at all."""

from dataclasses import replace
from typing import Any

import asked
import pandas as pd
import pytest

from zzlib import canvas, firmness, progress, reasons, robustness, schema, show, tables
from zzlib.evaluation import Evaluation
from zzlib.language import say
from zzlib.progress import MEASURES, VERSIONS

NAN = float("nan")
COUNT, RATE, COAL = "deaths", "deaths_per_100m_gdp", "deaths_per_million_tonnes"
EMPTY = {name: pd.DataFrame(columns=schema.columns(schema.RESULTS[name])) for name in (
    "promises", "consistency", "joint", "robustness", "revisions")}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> Evaluation:
    return asked.evaluation("zhengzhou-2016-2020", 2018, "en")


@pytest.fixture(scope="module")
def nation() -> Evaluation:
    return asked.evaluation("china-2006-2010", 2008, "en")


def promised(city: Evaluation, indicator: str = RATE, **columns: float) -> Evaluation:
    row = dict.fromkeys(schema.columns(schema.PROMISES), NAN) | {"indicator": indicator, "status": ""} | columns
    return replace(city, promises=schema.table(schema.PROMISES, [row]))


def rising(city: Evaluation, change: str) -> Evaluation:
    """The same plan with a target that is to rise."""
    plan = city.plan
    targets = tuple(t.model_copy(update={"change": type(t.change)(change)}) for t in plan.targets)
    return replace(city, plan=plan.model_copy(update={"targets": targets}))


def chosen(city: Evaluation, *choices: tuple[str, str, float, str, bool], verdict: str = "open") -> Evaluation:
    """Rows of family, choice, probability, verdict and flips for the count target, whose own verdict is given."""
    seen: set[str] = set()
    rows = []
    for family, choice, probability, says, flips in choices:
        grade = "target_met" if family == "measure" else ""
        rows.append({
            "indicator": COUNT, "family": family, "choice": choice, "primary": family not in seen, "grade": grade,
            "probability": probability, "verdict": says, "flips": flips, "status": "published",
        })  # fmt: skip
        seen.add(family)
    own = city.assessments.assign(verdict=verdict)
    return replace(city, assessments=own, robustness=schema.table(schema.ROBUSTNESS, rows))


MODEL = ("model", "shared_level_3", 0.5, "open", False)
BASELINE = ("baseline", "one_year", 0.5, "open", False)
NO_DRIFT, THREE_YEARS = ("model", "no_drift"), ("baseline", "three_years")
SAME, UP, DOWN = (0.4, "open", False), (0.9, "on_track", True), (0.1, "off_track", True)


@pytest.mark.parametrize(
    ("growth", "asked", "said"),
    [
        (0.62, 0.134, "expected to grow by 62% from 2015 to 2020, the target of −30% lets deaths rise by 13%."),
        (0.10, -0.23, "expected to grow by 10% from 2015 to 2020, the target of −30% asks deaths to fall by 23%."),
        (-0.2, -0.44, "expected to shrink by 20% from 2015 to 2020, the target of −30% asks deaths to fall by 44%."),
        (0.43, 0.001, "expected to grow by 43% from 2015 to 2020, the target of −30% lets deaths stay as they are."),
    ],
)
def test_a_rate_target_is_read_for_what_it_asks_of_the_deaths(city, growth: float, asked: float, said: str) -> None:
    text = reasons.asks(promised(city, exposure_change=growth, count_change=asked), RATE)
    assert text == f"With gross domestic product {said}"


@pytest.mark.parametrize(("asked", "said"), [(0.44, "asks deaths to rise by 44%"), (-0.04, "lets deaths fall by 4.0%")])
def test_a_target_that_is_to_rise_is_read_the_other_way(city, asked: float, said: str) -> None:
    upwards = rising(promised(city, exposure_change=asked / 1.2, count_change=asked), "0.2")
    assert not upwards.plan.target(RATE).falls
    assert reasons.asks(upwards, RATE).endswith(f"the target of +20% {said}.")


def test_the_briefing_says_what_a_target_asks_only_where_the_exposure_does_half_of_the_work(city) -> None:
    assert reasons.eased(promised(city, exposure_change=0.3, count_change=-0.10), RATE)
    assert reasons.eased(promised(city, exposure_change=0.1, count_change=-0.23), RATE) is None
    assert reasons.eased(promised(city, COUNT), COUNT) is None


def test_what_cannot_be_told_is_not_said_and_is_named_once(nation: Evaluation) -> None:
    for sentence in (reasons.asks, reasons.ambition, reasons.typical, reasons.floor):
        assert sentence(nation, "deaths_per_100k_workers") is None
    assert reasons.unknown(nation).count(":") == 1
    assert "Coal" not in reasons.unknown(nation)
    without = replace(nation, promises=EMPTY["promises"])
    assert reasons.asks(without, COAL) is reasons.floor(without, COAL) is None
    assert "Coal" in reasons.unknown(without)


def test_ambition_is_a_word_with_its_number_and_the_nation_only_where_known(city) -> None:
    alone = reasons.ambition(promised(city, at_baseline_probability=0.976), RATE)
    assert alone == "Seen from 2015, on the earlier trend, meeting the target was very likely (98%)."
    both = reasons.ambition(promised(city, at_baseline_probability=0.549, as_nation_probability=0.881), RATE)
    assert both.endswith("(55%); had the risk moved as the nation's has since, the probability would be 88%.")


@pytest.mark.parametrize(
    ("ratio", "chance", "said"),
    [
        (1.05, 0.95, None),
        (NAN, NAN, None),
        (1.25, NAN, "The baseline is 25% above the mean of the five years up to 2015."),
        (0.80, NAN, None),  # of a falling series the last year is the lowest anyhow
        (1.0, 0.5, "The choice of baseline matters: on the mean of three years as baseline the probability is 50% "
         "(open)."),
        (1.25, 0.1, "The baseline is 25% above the mean of the five years up to 2015; on the mean of three years as "
         "baseline the probability is 10% (off track)."),
    ],
)  # fmt: skip
def test_an_unusual_baseline_is_said_a_usual_one_is_not(city, ratio: float, chance: float, said: str | None) -> None:
    assert city.assessment(RATE)["verdict"] == "on_track"
    assert reasons.typical(promised(city, baseline_ratio=ratio, three_years_probability=chance), RATE) == said


def test_of_a_target_that_rises_a_low_baseline_is_the_unusual_one(city) -> None:
    low = rising(promised(city, baseline_ratio=0.8, three_years_probability=NAN), "0.2")
    assert reasons.typical(low, RATE) == "The baseline is 20% below the mean of the five years up to 2015."
    high = rising(promised(city, baseline_ratio=1.2, three_years_probability=NAN), "0.2")
    assert reasons.typical(high, RATE) is None


def test_the_noise_floor_names_the_true_fall(city) -> None:
    assert reasons.floor(promised(city, noise_floor=0.43), RATE).endswith("target of −30% takes a true fall of 43%.")
    assert "without any true fall" in reasons.floor(promised(city, noise_floor=0.0), RATE)
    assert reasons.floor(rising(promised(city), "0.2"), RATE) is None


def test_of_two_targets_on_the_same_deaths_the_binding_one_is_named_with_its_allowance(city) -> None:
    (said,) = reasons.agreement(city)
    assert "binds only if gross domestic product grows by less than 5.2% a year; 10% is expected" in said
    assert said.endswith("so 'Deaths in production-safety accidents' binds and only its allowance counts: at most 85 deaths in 2020.")  # fmt: skip # noqa: E501
    slow = city.consistency.assign(expected_change=0.03, binding=RATE)
    (said,) = reasons.agreement(replace(city, consistency=slow))
    assert "3.0% is expected, so 'Deaths per 100 million yuan of GDP' binds and only its allowance" in said
    unknown = city.consistency.assign(expected_change=NAN, binding="")
    assert "what growth to expect is not known" in reasons.agreement(replace(city, consistency=unknown))[0]
    shrinking = city.consistency.assign(break_even_change=-0.02)
    assert "grows by less than −2.0% a year" in reasons.agreement(replace(city, consistency=shrinking))[0]


def test_all_targets_together_have_one_probability_and_an_expected_number(city, nation) -> None:
    said = reasons.together(city)
    row = city.joint.iloc[0]
    assert f"({row['probability']:.0%}; if they were independent: {row['independent_probability']:.0%})" in said
    assert f"{row['expected_met']:.1f} of them" in said
    fewer = reasons.together(replace(city, joint=city.joint.assign(targets=4.0)))
    assert fewer.startswith("Meeting all 4 targets that can be assessed")
    assert reasons.together(replace(city, joint=EMPTY["joint"])) is None
    assert reasons.together(replace(city, joint=city.joint.assign(targets=1.0))) is None
    assert reasons.together(replace(city, assessments=city.assessments.assign(verdict="met"))) is None


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (
            [MODEL, (*NO_DRIFT, *SAME), BASELINE, (*THREE_YEARS, *SAME)],
            "The verdict (open) holds under every other model and baseline.",
        ),
        (
            [MODEL, ("model", "no_drift", NAN, "not_assessable", True)],
            "The verdict (open) holds under every other model.",
        ),
        (
            [MODEL, (*NO_DRIFT, *UP), ("model", "log_linear_trend", *DOWN)],
            "Another model would change the verdict from open to on track or off track.",
        ),
        (
            [MODEL, (*NO_DRIFT, *UP), BASELINE, (*THREE_YEARS, *DOWN)],
            "Another model would change the verdict from open to on track; another baseline to off track.",
        ),
        (
            [MODEL, (*NO_DRIFT, *UP), BASELINE, (*THREE_YEARS, *UP)],
            "Another model or baseline would change the verdict from open to on track.",
        ),
        (
            [MODEL, (*NO_DRIFT, *SAME), ("measure", "straight_path", NAN, "on_track", False)],
            "The verdict (open) holds under every other model; published measures, which ignore the noise in counts, "
            "say on track.",
        ),
        (
            [MODEL, ("measure", "straight_path", NAN, "open", False)],
            "The verdict (open) holds under every other progress measure and model.",
        ),
    ],
)  # fmt: skip
def test_one_sentence_says_which_families_would_change_the_verdict(city, choices: list[Any], said: str) -> None:
    assert firmness.robust(chosen(city, *choices), COUNT) == said


def test_measures_that_differ_from_a_firm_verdict_are_said_to(city) -> None:
    model = ("model", "shared_level_3", 0.9, "on_track", False)
    one = chosen(
        city, ("measure", "straight_path", NAN, "on_track", False), ("measure", "open_sdg", NAN, "open", True), model,
        verdict="on_track",
    )  # fmt: skip
    assert firmness.robust(one, COUNT).endswith("holds under every other model; some published measures say open.")
    both = chosen(city, ("measure", "straight_path", NAN, "off_track", False), model, verdict="on_track")
    assert firmness.robust(both, COUNT).endswith("; published measures say off track.")
    assert firmness.robust(both, RATE) is None


def test_the_number_of_near_duplicates_is_never_said(city) -> None:
    for code in city.assessments["indicator"]:
        assert not any(letter.isdigit() for letter in firmness.robust(city, code))


def test_a_warning_stands_where_a_choice_changes_the_verdict_and_only_there(city) -> None:
    items = [part for part in show.robustness(city).parts if isinstance(part, tables.Html) and "<p" in part.html]
    parts = {part.text.splitlines()[0]: part.html for part in items}
    for code in city.assessments["indicator"]:
        flips = city.robustness.query("indicator == @code and family != 'measure'")["flips"].any()
        assert ('class="warning"' in parts[city.indicator(code).name]) == flips
    assert firmness.stability(city).startswith("2 of 5 verdicts would change under another model or definition")
    calm = replace(city, robustness=city.robustness.assign(flips=False))
    assert firmness.stability(calm) == "None of 5 verdicts would change under another choice."


def test_the_table_of_choices_holds_every_probability_and_flags_the_other_verdicts(city) -> None:
    rows = city.robustness[city.robustness["family"] != "measure"]
    found = tables.robustness(city)
    assert found.html.count('<span class="verdict') == rows["flips"].sum()
    assert sum(line.count("%") for line in found.text.splitlines() if "|" in line) == len(rows)
    assert "without expected drift 50%" in found.text


def test_every_published_measure_stands_in_the_table_with_source_and_year(city, nation) -> None:
    assert {name: str(source) for name, source in firmness.SOURCES.items()} == VERSIONS
    assert list(firmness.MEASURES) == list(MEASURES)
    for found in (tables.measures(city).text, tables.measures(nation).text):
        assert [source for source in VERSIONS.values() if source not in found] == []
    (line,) = [line for line in tables.measures(nation).text.splitlines() if line.startswith("Healthy People")]
    assert "improved Deaths per 100,000 workers in industry, mining and commerce" in line
    (line,) = [line for line in tables.measures(nation).text.splitlines() if line.startswith("Weather signs")]
    assert "gives no class Deaths per 100,000 workers" in line


def test_every_class_that_says_something_has_its_words() -> None:
    assert set(firmness.GRADES) == {grade for grades in robustness.SAYS.values() for grade in grades}
    assert progress.NOT_AVAILABLE not in firmness.GRADES
    assert set(firmness.FAMILIES) == set(schema.FAMILIES)


def test_measures_blind_to_noise_are_a_warning_and_agreement_is_none(city) -> None:
    (said,) = firmness.measured(city)
    assert said.count("Deaths") + said.count("deaths") >= 3
    assert "ignore the noise in counts" in said
    same = city.robustness[city.robustness["family"] == "measure"].assign(verdict="on_track")
    agreeing = replace(city, robustness=same, assessments=city.assessments.assign(verdict="on_track"))
    assert firmness.measured(agreeing) == []
    assert "agree on every target" in show.measures(agreeing).parts[0].text


def test_a_revision_that_changed_a_verdict_is_told_with_both_days(city) -> None:
    history = [("2017", "2018-03-01", 0.9, "on_track", False), ("2016", "2018-02-01", 0.5, "open", False),
               ("2017", "2019-12-01", 0.6, "open", True)]  # fmt: skip
    rows = [
        {"indicator": RATE, "through": through, "as_of": day, "value": 0.01, "probability": chance, "verdict": verdict,
         "flips": flips, "status": "published"} for through, day, chance, verdict, flips in history
    ]  # fmt: skip
    moved = replace(city, revisions=schema.table(schema.REVISIONS, rows))
    assert firmness.revised(moved) == [
        "Deaths per 100 million yuan of GDP, through 2017: on track (90%) as known on 2018-03-01, open (60%) as known "
        "on 2019-12-01."
    ]
    _, table = show.revisions(moved).parts
    assert table.text.count("\n") == 2
    assert "2016" not in table.text
    assert firmness.revised(city) == ["No revision of a published figure has changed a past verdict."]
    assert len(show.revisions(city).parts) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_empty_tables_lead_to_plain_sentences_and_no_figure(city, language: str) -> None:
    nothing = replace(city, language=language, **EMPTY)
    calls = (show.promises, show.robustness, show.measures, show.revisions)
    parts = [part for call in calls for part in call(nothing).parts] + [show.together(nothing)]
    assert not [part for part in parts if isinstance(part, canvas.Figure)]
    assert all(part.text for part in parts)
    assert len([part for part in parts if 'class="note"' in part.html]) == 5


def test_a_decided_plan_still_has_a_sentence_for_what_it_would_take(city) -> None:
    decided = replace(city, assessments=city.assessments.assign(verdict="met"))
    (part,) = show.requirements(decided).parts
    assert "No verdict is left open" in part.text


def test_words_never_name_a_cause_and_a_probability_has_no_decimals(city, nation) -> None:
    for found in (city, nation):
        calls = (show.promises, show.robustness, show.measures, show.revisions, show.requirements)
        parts = [part for call in calls for part in call(found).parts] + [show.together(found)]
        said = " ".join(part.text for part in parts if isinstance(part, tables.Html)).lower()
        assert not [word for word in ("because", "thanks to", "due to", "caused", "led to") if word in said]
        assert "nan" not in said.split()


def test_the_sentences_speak_chinese(city) -> None:
    assert say(reasons.asks(city, RATE), "zh").endswith("−30% 的目标允许事故死亡人数上升 13%。")
    assert say(firmness.robust(city, COUNT), "zh") == (
        "换用其他预测模型或统计口径，结论会由尚难判断变为有望完成；已公布的进度评价方法未考虑偶然波动，显示为有望完成。"
    )
