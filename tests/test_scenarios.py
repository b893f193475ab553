"""What if: with nothing assumed it is the evaluation itself; an assumption moves the answer the way it must."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pandas as pd
import pytest
from asked import given

from zzlib.assumptions import NOTHING, Assumed, under
from zzlib.errors import ParameterError
from zzlib.forecast import outlook, seen_in
from zzlib.language import say
from zzlib.levels import METHOD
from zzlib.plan import load_plan
from zzlib.scenarios import MODELS, NO_DRIFT, UNCHANGED, Answer, scenario, units
from zzlib.targets import Judgement, attainment, judge

CITY, NATION = "zhengzhou-2016-2020", "china-2006-2010"
OWN = [(plan, target.indicator) for plan in (CITY, NATION) for target in load_plan(plan).targets]
UNDECIDED = ("on_track", "open", "off_track")


@lru_cache
def judged(plan: str) -> Judgement:
    """The evaluation's own judgement, without the districts that a scenario does not ask about."""
    own = given(plan)
    return judge(own.plan, own.observations, breaks=own.breaks, sizes=own.sizes)


def chance(answer: Answer) -> float:
    return float(answer.assessment["probability"])


def asked(plan: str, indicator: str, **parts: Any) -> Answer:
    how = {name: parts.pop(name) for name in ("growth", "reduction", "accident") if name in parts}
    return scenario(given(plan), indicator=indicator, assumed=Assumed(**how), **parts)


@pytest.mark.parametrize(("plan", "indicator"), OWN)
def test_with_nothing_assumed_the_answer_is_the_evaluations_own(plan: str, indicator: str) -> None:
    answer, whole = asked(plan, indicator), judged(plan)
    own = whole.assessments.set_index("indicator", drop=False).loc[indicator].copy()
    # A scenario is asked of the primary reading alone, so it does not warn of another one.
    own["warnings"] = [text for text in own["warnings"] if not text.startswith("read as restated already")]
    pd.testing.assert_series_equal(answer.assessment, own, check_names=False, check_dtype=False)
    rows = whole.forecasts[(whole.forecasts["indicator"] == indicator) & (whole.forecasts["method"] == METHOD)]
    pd.testing.assert_frame_equal(answer.evaluation.forecasts, rows.reset_index(drop=True), check_dtype=False)
    assert chance(answer) == answer.unchanged["probability"] or pd.isna(own["probability"])


@pytest.mark.parametrize(("plan", "indicator"), OWN)
def test_another_model_gives_what_the_robustness_table_says(plan: str, indicator: str) -> None:
    rows = judged(plan).robustness
    rows = rows[(rows["indicator"] == indicator) & (rows["family"] == "model")].set_index("choice")["probability"]
    for model in MODELS[1:]:
        answer = asked(plan, indicator, model=model)
        if model in rows:
            assert chance(answer) == pytest.approx(rows[model], abs=1e-12)
        elif len(rows):
            assert answer.assessment["verdict"] == "not_assessable"
            assert "needs more figures" in answer.assessment["reason"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("indicator", ["deaths", "deaths_per_100m_gdp"])
def test_each_assumption_moves_the_answer_the_way_it_must(indicator: str, model: str) -> None:
    own = chance(asked(CITY, indicator, model=model))
    less, worse = (chance(asked(CITY, indicator, model=model, **how)) for how in ({"reduction": 0.1}, {"accident": 30}))
    assert worse < own < less
    grown = [chance(asked(CITY, indicator, model=model, growth=rate)) for rate in (-0.1, 0.0, 0.1)]
    assert grown == sorted(grown)
    assert len(set(grown)) == (1 if indicator == "deaths" else 3)  # deaths have no exposure


@pytest.mark.parametrize("model", MODELS)
def test_the_path_moves_with_the_probability(model: str) -> None:
    tables = asked(CITY, "deaths", model=model, reduction=0.1, accident=10).evaluation.forecasts
    medians = tables[tables["quantile_level"] == 0.5].pivot(index="period", columns="method", values="value")
    assert list(medians.index) == ["2019", "2020"]
    assert medians.at["2019", model] == pytest.approx(0.9 * medians.at["2019", UNCHANGED], abs=1.5)
    # the accident counts in the target year
    assert medians.at["2020", model] == pytest.approx(0.81 * medians.at["2020", UNCHANGED] + 10, abs=1.5)


def test_a_growing_exposure_is_the_path_that_attainment_takes() -> None:
    years = range(2011, 2019)
    deaths, workers = [120, 110, 115, 100, 105, 98, 96, 90], [100 * 1.04**n for n in range(8)]
    figures = pd.DataFrame({"area": "A", "year": years, "count": deaths, "exposure": workers})
    ahead = outlook(seen_in(figures), [2018, 2020])
    for growth in (-0.05, 0.0, 0.08):
        told = attainment(figures, baseline_year=2015, target_year=2020, changes=[-0.2], exposure_path=growth)
        ours = under(ahead, Assumed(growth=growth)).chance_at_most([0.8 * deaths[4] / workers[4]], 2020)
        assert ours[0, 0] == pytest.approx(told["probability"].iloc[0], abs=1e-12)


def test_an_accident_on_a_printed_rate_adds_its_share_of_the_deaths_behind_it() -> None:
    answer = asked(NATION, "deaths_per_million_tonnes", accident=320)
    rows = answer.evaluation.forecasts
    medians = rows.query("period == '2010' and quantile_level == 0.5").set_index("method")["value"]
    # 2008: 1.182 deaths per million tonnes were 3,215 deaths
    assert medians[METHOD] - medians[UNCHANGED] == pytest.approx(1.182 * 320 / 3215, rel=0.02)
    assert chance(answer) <= answer.unchanged["probability"]


@pytest.mark.parametrize("area", ["410102", "zhengdong"])
def test_every_area_and_indicator_has_an_answer_with_its_reason(area: str) -> None:
    assert area in units(given(CITY))
    for target in load_plan(CITY).targets:
        answer = asked(CITY, target.indicator, area=area)
        assert answer.assessment["area"] == area
        assert answer.assessment["reason"]
        if answer.assessment["verdict"] == "not_assessable":
            assert answer.assessment["reason"].startswith("not assessable: ")
            assert answer.assessment["reason"] != say(answer.assessment["reason"], "zh")
            assert "Needed: " in answer.assessment["reason"]
            assert pd.isna(chance(answer))


def test_an_area_without_any_figure_is_answered() -> None:
    own = given(CITY)
    nothing = replace(own, observations=own.observations[:0], sizes=own.sizes[:0])
    answer = scenario(nothing, assumed=Assumed(reduction=0.1))
    assert answer.assessment["verdict"] == "not_assessable"
    assert answer.notes


def test_a_level_for_the_whole_says_nothing_of_a_part() -> None:
    own = given(CITY)
    target = own.plan.targets[0].model_copy(update={"change": None, "level": 90})
    plan = own.plan.model_copy(update={"targets": (target, *own.plan.targets[1:])})
    ceiling = replace(own, plan=plan)
    assert scenario(ceiling).assessment["verdict"] in UNDECIDED
    assert "as a whole" in scenario(ceiling, area="410102").assessment["reason"]


@pytest.mark.parametrize(
    ("plan", "indicator", "how", "said"),
    [
        (CITY, "deaths", {"growth": 0.05}, "the target is on a count"),
        (NATION, "deaths_per_100m_gdp", {"growth": 0.05}, "published as a rate"),
        (NATION, "deaths_per_100m_gdp", {"reduction": 0.05, "through": 2010}, "Nothing is left to assume"),
    ],
)
def test_what_cannot_be_assumed_is_said_and_changes_nothing(
    plan: str, indicator: str, how: dict[str, Any], said: str
) -> None:
    answer = asked(plan, indicator, **how)
    assert [note for note in answer.notes if said in note]
    assert answer.assumed == NOTHING
    assert chance(answer) == answer.unchanged["probability"] or pd.isna(chance(answer))


def test_the_day_of_knowledge_and_the_year_change_what_is_known() -> None:
    early = asked(NATION, "deaths_per_10k_vehicles", through=2007, as_of="2008-01-31")
    late = asked(NATION, "deaths_per_10k_vehicles", through=2007)
    assert early.assessment["value_period"] < late.assessment["value_period"] == "2007"


@pytest.mark.parametrize(
    "assumed",
    [Assumed(growth=-1), Assumed(growth=math.inf), Assumed(reduction=1), Assumed(accident=-1),
     Assumed(accident=math.nan), Assumed(accident=math.inf), Assumed(growth=math.nan)],
)  # fmt: skip
def test_a_scenario_that_cannot_be_is_refused(assumed: Assumed) -> None:
    with pytest.raises(ParameterError, match="the scenario cannot be"):
        scenario(given(CITY), indicator="deaths", assumed=assumed)


def test_what_the_plan_does_not_know_is_refused_all_at_once() -> None:
    with pytest.raises(ParameterError) as refused:
        asked(CITY, "injuries", area="110000", model="oracle", reduction=1.0)
    assert len(refused.value.faults) == 4
    with pytest.raises(ParameterError, match="through"):
        asked(CITY, "deaths", through="last year")


def test_no_drift_is_a_model_and_no_scenario() -> None:
    answer = asked(CITY, "deaths", model=NO_DRIFT)
    assert answer.assumed.nothing
    assert UNCHANGED not in set(answer.evaluation.forecasts["method"])
