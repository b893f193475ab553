"""What if: one target asked again under another area, year, model or future, from data that were read once.

An answer is an evaluation of that one target, so words, tables and pictures say it as they say any other; where nothing
is assumed it is the evaluation's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from zzlib.assumptions import NOTHING, Assumed, has_exposure
from zzlib.cases import Case, again, judged, outlook_of, verdict_of
from zzlib.errors import Fault, ParameterError
from zzlib.evaluation import Evaluation, Given
from zzlib.forecast import NEVER_SURE, QUANTILES, Floats
from zzlib.indicators import known, rows_of
from zzlib.language import Message, percent
from zzlib.levels import METHOD
from zzlib.periods import end
from zzlib.plan import Plan
from zzlib.readings import primary
from zzlib.robustness import TRENDS, chance_by
from zzlib.schema import ABOUT_SIZES, ASSESSMENTS, FORECASTS, INDICATORS, RESULTS, columns, table
from zzlib.targets import checked_dates, forecast_rows, last_year, row_of, sizes_of, years_ahead

EVER = "9999"  # a period after all others
NO_DRIFT = "no_drift"
MODELS = (METHOD, NO_DRIFT, *TRENDS)
UNCHANGED = "unchanged"  # the method under which an answer's forecasts keep the median with nothing assumed
_UNDECIDED = ("on_track", "open", "off_track")


@dataclass(frozen=True)
class Answer:
    """One target under a scenario: as an evaluation, beside the same with nothing assumed.

    `notes` say what was assumed in vain, and why; `expected_growth` is the yearly growth of the exposure that the model
    expects, NaN where the figure rests on none.
    """

    indicator: str
    area: str
    model: str
    assumed: Assumed
    evaluation: Evaluation
    unchanged: pd.Series
    notes: tuple[Message, ...]
    expected_growth: float

    @property
    def assessment(self) -> pd.Series:
        """The assessment under the scenario."""
        return self.evaluation.assessment(self.indicator)


@dataclass(frozen=True)
class _Judged:
    case: Case
    assessments: pd.DataFrame
    forecasts: pd.DataFrame


def scenario(
    given: Given,
    *,
    indicator: str = "",
    area: str = "",
    through: str | int | None = None,
    as_of: str | None = None,
    model: str = METHOD,
    assumed: Assumed = NOTHING,
    language: str = "zh",
) -> Answer:
    """Return one target of a plan under a scenario, for the plan's area or one of its units.

    `indicator` and `area` default to the plan's first target and own area; a unit is asked for the plan's relative
    change. `through` and `as_of` as for `evaluate`; `model` is one of `MODELS`; `assumed` is the scenario. Raises
    ParameterError for what the plan does not know.

    >>> from zzlib.evaluation import read
    >>> nation = read("china-2006-2010")
    >>> faster = Assumed(reduction=0.05)
    >>> answer = scenario(nation, indicator="deaths_per_10k_vehicles", through=2007, assumed=faster)
    >>> bool(answer.assessment["probability"] > answer.unchanged["probability"])
    True
    """
    code, unit = indicator or given.plan.targets[0].indicator, area or given.plan.area
    _refuse(given, code, unit, model, assumed)
    period, day = checked_dates(given.plan, through, as_of)
    own = _judged(given, code, unit, period, day, model, NOTHING)
    used, notes = _applicable(own.case, assumed, model)
    one = _judged(given, code, unit, period, day, model, used)
    medians = own.forecasts[own.forecasts["quantile_level"] == 0.5].assign(method=UNCHANGED)
    beside = [] if used.nothing or one.forecasts.empty else [medians]
    figures, points = _known(given, code, unit, period, day)
    tables: dict[str, pd.DataFrame] = _nothing_else() | {
        "observations": figures,
        "indicators": points,
        "assessments": one.assessments,
        "forecasts": pd.concat([one.forecasts, *beside], ignore_index=True),
    }
    evaluation = Evaluation(one.case.plan, period, day, language, given.inputs, **tables)
    return Answer(code, unit, model, used, evaluation, own.assessments.iloc[0], notes, _expected_growth(own.case))


def units(given: Given) -> list[str]:
    """Return the areas that can be asked about: the plan's own and its units, whether they have figures or not."""
    below = given.areas.loc[given.areas["parent"] == given.plan.area, "area"]
    return [given.plan.area, *below]


def _refuse(given: Given, indicator: str, area: str, model: str, assumed: Assumed) -> None:
    choices = (
        ("indicator", indicator, [target.indicator for target in given.plan.targets]),
        ("area", area, units(given)),
        ("model", model, list(MODELS)),
    )
    faults = [
        Fault(
            Message("{name}: '{text}' is not known", name=name, text=text),
            remedy=Message("Write one of {codes}.", codes=codes),
        )
        for name, text, codes in choices
        if text not in codes
    ]
    possible = (
        assumed.growth is None or -1 < assumed.growth < math.inf,
        0 <= assumed.reduction < 1,
        0 <= assumed.accident < math.inf,
    )
    if not all(possible):  # also where one is no number, which is neither above nor below anything
        remedy = Message("A growth is above -1, a reduction from 0 to below 1, deaths are 0 or more.")
        faults.append(Fault(Message("the scenario cannot be"), remedy=remedy))
    if faults:
        raise ParameterError(faults)


@lru_cache
def _nothing_else() -> dict[str, pd.DataFrame]:
    """Return every other table of an evaluation, empty."""
    return {name: table(schema, []) for name, schema in RESULTS.items()}


@lru_cache(maxsize=64)
def _published(given: Given, indicator: str, area: str) -> pd.DataFrame:
    """Return every figure, of any vintage, that an area's indicator is made from."""
    law = given.plan.indicator(indicator)
    parts = [indicator, law.numerator.measure, *(f"{law.numerator.measure}{about}" for about in ABOUT_SIZES)]
    parts += [law.denominator.measure] if law.denominator else []
    rows = given.observations
    return rows[(rows["area"] == area) & rows["measure"].isin(parts)]


@lru_cache(maxsize=64)
def _known_ever(given: Given, indicator: str, area: str, day: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return those known on a day, of any year, and the indicator made from them."""
    figures = known(_published(given, indicator, area), through=EVER, as_of=day or None)
    points = rows_of(_only(given.plan, indicator, area), figures)
    return figures, pd.DataFrame(points, columns=columns(INDICATORS)) if points else _nothing_else()["indicators"]


def _known(given: Given, indicator: str, area: str, period: str, day: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the same of the periods up to one: what is known of a period does not depend on later ones."""
    last = end(period)
    figures, points = _known_ever(given, indicator, area, day)
    return figures[figures["period"].map(end) <= last], points[points["period"].map(end) <= last]


def _only(plan: Plan, indicator: str, area: str) -> Plan:
    """Return the plan with one target, for one area."""
    one = {"area": area, "indicators": (plan.indicator(indicator),), "targets": (plan.target(indicator),)}
    return plan.model_copy(update=one)


@lru_cache(maxsize=64)
def _case(given: Given, indicator: str, area: str, period: str, day: str) -> Case:
    """Return a target's case with nothing assumed, by the primary reading of its baseline alone."""
    plan, year = _only(given.plan, indicator, area), last_year(period)
    target = plan.target(indicator)
    sizes = sizes_of(plan, given.sizes, min(period, day[:4]) if day else str(year)).get(indicator)
    figures, _ = _known(given, indicator, area, period, day)
    law = plan.indicator(indicator)
    case = judged(Case(plan, target, law, year, primary(plan, law, figures, given.breaks), sizes))
    if area == given.plan.area or target.change is not None:
        return case
    reason = Message(
        "not assessable: the target is a level of {area} as a whole, which says nothing of its parts",
        area=given.areas.set_index("area").at[given.plan.area, "name"],
    )
    return Case(plan, target, law, year, case.reading, reason=reason)


@lru_cache(maxsize=64)
def _judged(
    given: Given, indicator: str, area: str, period: str, day: str, model: str, assumed: Assumed
) -> _Judged:  # fmt: skip
    case = _case(given, indicator, area, period, day)
    assumed = replace(assumed, drift=model != NO_DRIFT)
    if assumed != NOTHING and case.way is not None:
        case = again(case, assumed)
    rows = list(_by_outlook(case, model))
    if model in TRENDS and case.verdict in _UNDECIDED:
        case, rows = _by_trend(case, model)
    named = {"plan": given.plan.plan, "area": area, "through": period, "as_of": day}
    # Not checked against their schemas, which takes longer than to make them: an answer is to move with a slider.
    assessment = [named | row_of(case, dated=bool(day))]
    forecasts = pd.DataFrame(rows, columns=columns(FORECASTS)) if rows else _nothing_else()["forecasts"]
    return _Judged(case, pd.DataFrame(assessment, columns=columns(ASSESSMENTS), dtype=object), forecasts)


def _by_outlook(case: Case, method: str) -> Iterator[dict[str, object]]:
    if case.outlook is not None:
        for year in years_ahead(case.outlook, case.plan):
            quantiles = np.quantile(case.outlook.figures(year)[0], QUANTILES)
            yield from forecast_rows(case, method, year, QUANTILES, quantiles)


def _by_trend(case: Case, model: str) -> tuple[Case, list[dict[str, object]]]:
    """Return a case as one of the usual trends sees it, and its forecasts: the scenario scales and adds to a figure."""
    assert case.outlook is not None
    assert case.way is not None
    line = TRENDS[model](case, case.plan.target_year)
    if line is None or math.isnan(chance_by(line, case)):
        reason = Message("not assessable: this model needs more figures above zero, year after year")
        return replace(case, probability=math.nan, verdict="not_assessable", reason=reason), []
    scale, added = _effect(case, case.plan.target_year)
    goal = (case.way.target - added) / scale
    missed = NEVER_SURE if case.way.falls else 1 - NEVER_SURE
    chance = chance_by(line, case, target=goal) if goal > 0 else missed
    rows: list[dict[str, object]] = []
    for year in years_ahead(case.outlook, case.plan):
        of_year = TRENDS[model](case, year)
        assert of_year is not None
        scale, added = _effect(case, year)
        values: Floats = of_year.quantiles(QUANTILES) * scale + added
        rows += forecast_rows(case, model, year, QUANTILES, values)
    reason = Message("by this model the probability is {probability}", probability=percent(chance))
    return replace(case, probability=chance, verdict=verdict_of(case.plan, chance), reason=reason), rows


def _effect(case: Case, year: int) -> tuple[float, float]:
    """Return by what a scenario multiplies a year's figure, and what it then adds: a trend knows figures only."""
    assert case.outlook is not None
    origin, assumed = case.outlook.origin, case.assumed
    scale, exposure = (1 - assumed.reduction) ** (year - origin), case.outlook.expected_exposure(year)
    if assumed.growth is not None:
        scale *= outlook_of(replace(case, assumed=NOTHING)).expected_exposure(year) / exposure
    last = year == case.plan.target_year
    if not assumed.accident or not last:
        return scale, 0.0
    return scale, assumed.accident * _per_death(case, exposure)


def _per_death(case: Case, exposure: float) -> float:
    """Return what one death is in the figure's unit."""
    assert case.outlook is not None
    if case.outlook.counted:
        return 1 / exposure
    return float(np.exp(case.outlook.risk.at(case.outlook.origin)[0][0]) / case.outlook.seen.behind[0])


def _applicable(case: Case, assumed: Assumed, model: str) -> tuple[Assumed, tuple[Message, ...]]:
    """Return what can be assumed of a case, and why the rest cannot."""
    if assumed.nothing:
        return assumed, ()
    decided = case.verdict in ("met", "missed") or case.way is None or case.way.year >= case.plan.target_year
    if decided or case.outlook is None:
        return NOTHING, (Message("Nothing is left to assume: the target is decided or cannot be assessed."),)
    notes = []
    if assumed.growth is not None and not has_exposure(case.outlook):
        reason = (
            Message("The growth of the exposure changes nothing: the figure is published as a rate, without exposure.")
            if case.is_rate
            else Message("The growth of the exposure changes nothing: the target is on a count.")
        )
        notes.append(reason)
        assumed = replace(assumed, growth=None)
    if assumed.accident and not case.counts_known:
        notes.append(
            Message("One accident more changes the rate by an unknown amount: the deaths behind it are not known.")
        )
        assumed = replace(assumed, accident=0.0)
    return assumed, tuple(notes)


def _expected_growth(case: Case) -> float:
    """Return the yearly growth of the exposure that the model expects up to the target year; NaN without one."""
    ahead = case.outlook
    if ahead is None or not has_exposure(ahead) or not years_ahead(ahead, case.plan):
        return math.nan
    first, last = (ahead.expected_exposure(year) for year in (ahead.origin, case.plan.target_year))
    return float((last / first) ** (1 / (case.plan.target_year - ahead.origin)) - 1)
