"""Assess a plan's targets: two answers, never merged.

*Promise*: the probability that the published figure of the target year meets the target. *Safety*: what the underlying
risk has done since the baseline. Between them stand level (met now, or not) and trend, so that "met but rising" is
never green. What cannot be judged is said with its reason and with the data that would be needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pandera.errors import SchemaError

from zzlib.attainment import attainment as attainment
from zzlib.attainment import fit_prior as fit_prior
from zzlib.cases import NINETY_FIVE, Case, case_of, outlook_of
from zzlib.chances import chance_if_nothing_changed
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.forecast import PLAUSIBLE_COUNTS, QUANTILES, Outlook, benchmark
from zzlib.indicators import known, split
from zzlib.language import Message, number, percent, word
from zzlib.levels import METHOD
from zzlib.periods import LAST_YEAR, end, is_period
from zzlib.plan import Plan, load_plan
from zzlib.progress import Progress, expected_share, required_pace, straight_path
from zzlib.promises import NATION, consistency, joint, promises
from zzlib.readings import BREAKS, in_year, scope_name
from zzlib.robustness import revisions, robustness
from zzlib.schema import (
    ASSESSMENTS,
    CHANGES,
    CONSISTENCY,
    FORECASTS,
    JOINT,
    OBSERVATIONS,
    PROMISES,
    READINGS,
    REVISIONS,
    ROBUSTNESS,
    SAFETY,
    columns,
    table,
    weakest,
)

BENCHMARK = "log_linear_trend"
TREND_YEARS = 2  # the trend is the yearly change over the last two years
CHANCE_FLOOR = 0.20  # above it, meeting the target does not show that safety improved
EIGHTY = 1.2816  # half-width of a normal interval


@dataclass(frozen=True)
class Judgement:
    """All that an assessment yields, as tables: one row a target in `assessments`; see docs/data-dictionary.md."""

    assessments: pd.DataFrame
    forecasts: pd.DataFrame
    safety: pd.DataFrame
    changes: pd.DataFrame
    readings: pd.DataFrame
    promises: pd.DataFrame
    consistency: pd.DataFrame
    joint: pd.DataFrame
    robustness: pd.DataFrame
    revisions: pd.DataFrame


def assess(
    plan: Plan | str | Path,
    observations: pd.DataFrame,
    through: str | int | None = None,
    as_of: str | date | None = None,
    *,
    breaks: pd.DataFrame | None = None,
    sizes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row a target of the plan (or of its id or file), in the shape of `schema.ASSESSMENTS`.

    `observations` may hold every vintage; only figures of periods up to `through` (default: the plan's mid-term year)
    that were known on the day `as_of` (default: all) are used. `breaks` holds link factors between two definitions
    (measure, area, date, scope_before, scope_after, factor, sd, source), `sizes` accidents by their deaths
    (`schema.SIZES`), where they are known one by one. Probabilities and shares lie in 0 to 1,
    baseline, target and value are in the indicator's unit, the required yearly change is relative.
    Raises ParameterError for a period or day that is none, DataError for a table that is not one of observations.

    >>> from zzlib import load_plan
    >>> figures = pd.DataFrame(
    ...     [["100000", year, measure, "pre-2016", "", value, unit, "published", "example", ""]
    ...      for year, measure, value, unit in [
    ...          ("2005", "deaths_per_100m_gdp", 0.70, ""), ("2008", "deaths_per_100m_gdp", 0.312, ""),
    ...          ("2008", "deaths", 91172, "persons")]],
    ...     columns=["area", "period", "measure", "scope", "vintage", "value", "unit", "status", "source", "note"])
    >>> assess(load_plan("china-2006-2010"), figures, 2008).loc[0, ["pace", "verdict"]].to_list()
    ['target_met', 'on_track']
    """
    return _assessments(_question(plan, observations, through, as_of, breaks, sizes))


def judge(
    plan: Plan | str | Path,
    observations: pd.DataFrame,
    *,
    through: str | int | None = None,
    as_of: str | date | None = None,
    breaks: pd.DataFrame | None = None,
    sizes: pd.DataFrame | None = None,
) -> Judgement:
    """Return the assessment of every target of a plan with what stands behind it; arguments as for `assess`."""
    asked = _question(plan, observations, through, as_of, breaks, sizes)
    cases, figures, links = asked.cases, asked.figures, asked.breaks
    first = known(_first(asked.published), through=asked.period)
    return Judgement(
        _assessments(asked),
        table(FORECASTS, [row for case in cases for row in _forecasts(case)]),
        table(SAFETY, [_safety(case) for case in cases if case.outlook and _trend(case)[0]]),
        table(CHANGES, [_change(case) for case in cases if case.is_rate and case.outlook]),
        table(READINGS, [row for case in cases for row in _readings(case)]),
        table(PROMISES, promises(cases, figures, links)),
        table(CONSISTENCY, consistency(cases)),
        table(JOINT, joint(cases)),
        table(ROBUSTNESS, robustness(cases, figures, first, links)),
        table(REVISIONS, revisions(asked.plan, asked.published, last_year(asked.period), links, asked.sizes)),
    )


@dataclass(frozen=True)
class _Question:
    """What is asked of a plan, and its targets judged: the period, the day of knowledge, what was known then."""

    plan: Plan
    period: str
    day: str
    published: pd.DataFrame  # every vintage by that day
    figures: pd.DataFrame  # one row a number
    breaks: pd.DataFrame
    sizes: dict[str, pd.DataFrame]
    cases: list[Case]


def _question(
    plan: Plan | str | Path, observations: pd.DataFrame, through: str | int | None, as_of: str | date | None,
    breaks: pd.DataFrame | None, sizes: pd.DataFrame | None,
) -> _Question:  # fmt: skip
    the_plan = load_plan(plan)
    period, day = checked_dates(the_plan, through, as_of)
    checked = _checked(observations)
    checked = checked[checked["area"].isin([the_plan.area, NATION])]  # a city's ledger has sixteen districts more
    figures = known(checked, through=period, as_of=day or None)
    links = pd.DataFrame(columns=BREAKS) if breaks is None else breaks
    year = last_year(period)
    each = sizes_of(the_plan, sizes, min(period, day[:4]) if day else str(year))
    cases = [case_of(the_plan, target, figures, year, links, each.get(target.indicator)) for target in the_plan.targets]
    published = checked[(checked["vintage"] <= day) | (checked["vintage"] == "")] if day else checked
    return _Question(the_plan, period, day, published, figures, links, each, cases)


def _assessments(asked: _Question) -> pd.DataFrame:
    named: dict[str, object] = {
        "plan": asked.plan.plan, "area": asked.plan.area, "through": asked.period, "as_of": asked.day,
    }  # fmt: skip
    return table(ASSESSMENTS, [named | row_of(case, dated=bool(asked.day)) for case in asked.cases])


def sizes_of(plan: Plan, sizes: pd.DataFrame | None, until: str) -> dict[str, pd.DataFrame]:
    """Return for each indicator the sizes of the accidents behind it up to a year."""
    if sizes is None or sizes.empty:
        return {}
    found = {}
    for indicator in plan.indicators:
        rows = sizes[
            (sizes["area"] == plan.area) & (sizes["measure"] == indicator.numerator.measure)
            & (sizes["scope"] == indicator.scope) & (sizes["period"] <= until)
        ]  # fmt: skip
        if len(rows):
            found[indicator.indicator] = rows
    return found


def _first(observations: pd.DataFrame) -> pd.DataFrame:
    """Return of each number only the vintage that was published first."""
    key = ["area", "period", "measure", "scope", "status"]
    ranked = observations.sort_values("vintage", kind="stable")
    return observations.loc[ranked.drop_duplicates(key).index.sort_values()]


def _checked(observations: pd.DataFrame) -> pd.DataFrame:
    """Return a table of observations, also one that pandas read from CSV by itself (numbers as areas, NaN as text)."""
    missing = [name for name in columns(OBSERVATIONS) if name not in observations]
    if missing:
        raise DataError(Fault(Message("the observations lack the columns {columns}", columns=missing)))
    texts = [name for name, shape in OBSERVATIONS.columns.items() if str(shape.dtype) != "float64"]
    plain = observations.astype(dict.fromkeys(texts, object)).fillna(dict.fromkeys(texts, ""))
    try:
        return OBSERVATIONS.validate(plain)
    except SchemaError as wrong:
        what = Message(
            "column '{column}' holds what cannot stand there",
            column=str(wrong.schema.name if wrong.schema.name in OBSERVATIONS.columns else "value"),
        )
        remedy = Message("Load the files with zzlib.evaluate, which names each cell.")
        raise DataError(Fault(what, remedy=remedy)) from None


def foretold(
    plan: Plan, observations: pd.DataFrame, *, through: int, breaks: pd.DataFrame | None = None,
    sizes: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Return the assessments and forecasts of a plan through an earlier year, without what stands beside them."""
    asked = _question(plan, observations, through, None, breaks, sizes)
    return _assessments(asked), table(FORECASTS, [row for case in asked.cases for row in _forecasts(case)])


def checked_dates(plan: Plan, through: str | int | None, as_of: str | date | None) -> tuple[str, str]:
    """Return the period looked at and the day of knowledge (empty: none) as ISO text.

    Raises ParameterError when one of them is no period, or when the period ends before the plan's baseline year or
    after any year that is looked at.
    """
    period = str(plan.midterm_year if through in (None, "") else through)
    faults = []
    if not is_period(period):
        remedy = Message("Write a year (2018), a quarter (2018-Q1) or a month (2018-06).")
        faults.append(Fault(Message("through: '{text}' is not a period", text=period), remedy=remedy))
    elif last_year(period) < plan.baseline_year:
        what = Message("through: {period} ends before the baseline year {year}", period=period, year=plan.baseline_year)
        faults.append(Fault(what, remedy=Message("Name a period within the plan.")))
    elif end(period).year > LAST_YEAR:
        what = Message("through: {period} ends after {year}", period=period, year=LAST_YEAR)
        faults.append(Fault(what, remedy=Message("Name a period within the plan.")))
    day = str(as_of or "")
    if day and not (is_period(day) and "/" not in day):
        remedy = Message("Write a day such as 2018-12-31.")
        faults.append(Fault(Message("as_of: '{text}' is not a day", text=day), remedy=remedy))
    if faults:
        raise ParameterError(faults)
    return period, end(day).isoformat() if day else ""


def refuse_after(plan: Plan, period: str, remedy: str = Message("Name a period within the plan.")) -> None:
    """Refuse a period that ends after the plan's last year: every target is settled, and no later figure is asked for.

    >>> from zzlib.plan import load_plan
    >>> refuse_after(load_plan("zhengzhou-2016-2020"), "2081")
    Traceback (most recent call last):
    zzlib.errors.ParameterError: 2081: the plan ended in 2020. Name a period within the plan.
    """
    if end(period).year > plan.target_year:
        raise ParameterError(
            Fault(Message("the plan ended in {year}", year=plan.target_year), where=period, remedy=remedy)
        )


def last_year(period: str) -> int:
    """Return the last calendar year that a period reaches the end of.

    >>> last_year("2018"), last_year("2018-06")
    (2018, 2017)
    """
    day = end(period)
    return day.year if (day.month, day.day) == (12, 31) else day.year - 1


def row_of(case: Case, *, dated: bool) -> dict[str, object]:
    """Return a case as a row of assessments, without the question (plan, area, through, as_of)."""
    way, seen = case.way, case.value_row is not None
    graded = straight_path(way) if way is not None and seen else Progress(math.nan, "")
    return {
        "indicator": case.indicator.indicator,
        "scope": case.indicator.scope,
        "baseline": way.baseline if way else math.nan,
        "baseline_period": str(case.plan.baseline_year),
        "target": way.target if way else math.nan,
        "target_period": str(case.plan.target_year),
        "value": way.value if way is not None and seen else math.nan,
        "value_period": str(way.year) if way is not None and seen else "",
        "covered_share": graded.value,
        "expected_share": expected_share(way)
        if way is not None and seen and way.baseline == way.baseline
        else math.nan,
        "pace": graded.grade,
        "trend": _trend(case)[0],
        "required_yearly_change": required_pace(way).value if way is not None and seen else math.nan,
        "remaining_allowance": _allowance(case),
        "probability": case.probability,
        "verdict": case.verdict,
        "status": weakest(statuses(case)),
        "restated_by": case.reading.restated_by if way is not None else "",
        "prior": case.outlook.prior.text if case.outlook is not None else "",
        "warnings": list(_warnings(case, graded.grade, dated=dated)),
        "reason": case.reason,
    }


def _trend(case: Case) -> tuple[str, int, float, float, float]:
    """Return the trend's class, the year it is seen from, and the yearly log change of the risk with its 80 % limits.

    The change over the last two years; when the last year alone clearly goes the other way, that year's. Empty with
    fewer than two figures, and where it depends on deaths behind a rate that nobody publishes.
    """
    unknown = "", 0, math.nan, math.nan, math.nan
    if case.outlook is None or len(case.certain) < 2:
        return unknown
    trend = _seen_trend(case.outlook)
    if case.counts_known or {_seen_trend(outlook_of(case, count))[0] for count in PLAUSIBLE_COUNTS} == {trend[0]}:
        return trend
    return unknown


def _seen_trend(ahead: Outlook) -> tuple[str, int, float, float, float]:
    two, one = (_yearly_change(ahead, years) for years in (TREND_YEARS, 1))
    return one if {two[0], one[0]} == {"falling", "rising"} else two


def _yearly_change(ahead: Outlook, years: int) -> tuple[str, int, float, float, float]:
    mean, sd = ahead.change(ahead.origin - years, ahead.origin)
    lower, upper = (mean - EIGHTY * sd) / years, (mean + EIGHTY * sd) / years
    trend = "falling" if upper < 0 else "rising" if lower > 0 else "flat"
    return trend, ahead.origin - years, mean / years, lower, upper


def _allowance(case: Case) -> float:
    """Return the largest whole number of deaths in the target year that meets the target at the expected exposure."""
    if case.way is None or case.outlook is None or not case.way.falls:
        return math.nan
    if case.way.year >= case.way.target_year:
        return math.nan
    allowed = case.way.target * case.outlook.expected_exposure(case.way.target_year)
    return math.floor(allowed + 1e-9) if allowed == allowed else math.nan


def statuses(case: Case) -> set[str]:
    """Return the status of every figure that the assessment rests on, exposures of other years among them."""
    if case.way is None:
        return set()
    found = [*case.certain["status"], *case.seen["exposure_status"].dropna(), *case.seen["ratio_status"].dropna()]
    return {status for status in found if status}


def _warnings(case: Case, pace: str, *, dated: bool) -> Iterator[Message]:
    way, plan = case.way, case.plan
    if case.other is not None and case.other.way is not None and case.other.value_row is not None:
        yield Message(
            "read as restated already when it was printed, the baseline is {baseline}, the probability {probability} "
            "and the verdict: {verdict}",
            baseline=number(case.other.way.baseline), probability=percent(case.other.probability),
            verdict=word("verdict", case.other.verdict),
        )  # fmt: skip
    if way is None:
        return
    used = case.certain
    if case.value_row is not None:
        years = set(used["year"])
        gaps = [
            year for year in range(plan.baseline_year, min(case.through, plan.target_year) + 1) if year not in years
        ]
        if gaps:
            yield Message(
                "no value for {years}; nothing is filled in, the last value is of {last}",
                years=_texts(gaps),
                last=way.year,
            )
    yield from _definition_warnings(case)
    if "synthetic" in statuses(case):
        yield Message("rests on synthetic demonstration data")
    elif "estimated" in statuses(case):
        yield Message("rests on estimated figures")
    if dated and (used["numerator_source"].notna().any() or used["rate_source"].notna().any()) and _undated(case):
        yield Message("rests on figures without a day of publication, taken as known")
    if case.outlook is not None and case.verdict != "not_assessable":
        yield from _outlook_warnings(case, pace)


def _definition_warnings(case: Case) -> Iterator[Message]:
    way, plan, reading = case.way, case.plan, case.reading
    assert way is not None
    scope = scope_name(plan, case.indicator.scope)
    year = plan.baseline_year
    if reading.restated_by == "records":
        yield Message(
            "definition changed after {year}: the baseline is restated from records to {scope}", year=year, scope=scope
        )
    elif reading.restated_by == "source":
        yield Message(
            "definition changed after {year}: the baseline is restated by its source to {scope}", year=year, scope=scope
        )
    elif reading.restated_by == "link":
        yield Message(
            "definition changed after {year}: the baseline is linked to {scope} by a factor whose relative error of "
            "{error:.1%} is carried into the probability", year=year, scope=scope, error=reading.log_sd,
        )  # fmt: skip
    base = in_year(reading.series, year)
    if base is not None and case.value_row is not None:
        before, after = base["exposure_scope"], case.value_row["exposure_scope"]
        if before == before and after == after and before != after:
            yield Message(
                "the exposure changes definition between {year} and {last}: growth, prices and revision cannot be told "
                "apart", year=year, last=way.year,
            )  # fmt: skip
    for _, row in case.certain.iterrows():
        if abs(row["rate_value"] - row["computed"]) > row["rate_half_unit"] * 1.5:
            yield Message(
                "{year}: printed {printed}, but count over exposure gives {computed}; the printed rate is used",
                year=int(row["year"]), printed=number(row["rate_value"]), computed=number(row["computed"]),
            )  # fmt: skip
        for part in ("rate", "numerator", "exposure"):
            if row[f"{part}_conflict"] and row[f"{part}_conflict"] == row[f"{part}_conflict"]:
                yield Message(
                    "{year}: two figures of equal standing, {used} and {other}; the larger is used",
                    year=int(row["year"]), used=number(row[f"{part}_value"]), other=row[f"{part}_conflict"],
                )  # fmt: skip


def _outlook_warnings(case: Case, pace: str) -> Iterator[Message]:
    way = case.way
    assert way is not None
    worse = "rising" if way.falls else "falling"
    if way.met and _trend(case)[0] == worse:
        yield Message("at or beyond the target now, but getting worse: no all-clear")
    if case.span is not None:
        yield Message(
            "how many deaths stand behind the rate is not published; between {few} and {many} of them the probability "
            "runs from {low} to {high}", **case.span,
        )  # fmt: skip
    agrees = {"on_track": ("target_met", "ahead", "on_pace"), "off_track": ("behind",), "open": ()}
    if pace and pace not in agrees.get(case.verdict, (pace,)):
        yield Message(
            "the pace rule says {pace}, the probability {chance} says {verdict}",
            pace=word("pace", pace), chance=percent(case.probability), verdict=word("verdict", case.verdict),
        )  # fmt: skip
    if _by_chance(case) > CHANCE_FLOOR:
        yield Message(
            "even with an unchanged risk the target would be met with a probability of {chance}: meeting it does not "
            "show that safety improved", chance=percent(_by_chance(case)),
        )  # fmt: skip


def _by_chance(case: Case) -> float:
    """Return P(met | nothing changed) for a relative target that falls, from the baseline year's deaths."""
    base = in_year(case.reading.series, case.plan.baseline_year)
    if base is None or case.target.change is None or case.target.change > 0 or case.outlook is None:
        return math.nan
    count = base["numerator_value"]
    if not count > 0:
        return math.nan
    return chance_if_nothing_changed(float(count), case.target.change, float(case.outlook.ratio[0]))


def _undated(case: Case) -> bool:
    return bool((case.certain[["numerator_vintage", "rate_vintage"]] == "").any(axis=None))


def _texts(years: list[int]) -> list[str]:
    return [str(year) for year in years]


def _forecasts(case: Case) -> Iterator[dict[str, object]]:
    ahead = case.outlook
    if ahead is None:
        return
    per = case.indicator.denominator.per if case.indicator.denominator else None
    years = years_ahead(ahead, case.plan)
    for year in years:
        quantiles = np.quantile(ahead.figures(year)[0], QUANTILES)
        yield from forecast_rows(case, METHOD, year, QUANTILES, quantiles)
    if years:
        for year, value in zip(years, benchmark(case.seen, per=per, at=list(years)), strict=True):
            if value == value:
                yield from forecast_rows(case, BENCHMARK, year, [0.5], [value])


def years_ahead(ahead: Outlook, plan: Plan) -> range:
    """Return the years from the last one seen to the plan's target year."""
    return range(ahead.origin + 1, plan.target_year + 1)


def forecast_rows(
    case: Case, method: str, year: int, levels: Iterable[float], values: Iterable[float]
) -> Iterator[dict[str, object]]:
    """Yield quantiles of a year's figure by a method, shape of `schema.FORECASTS`."""
    assert case.outlook is not None
    common: dict[str, object] = {
        "area": case.plan.area, "indicator": case.indicator.indicator, "origin": str(case.outlook.origin),
        "status": weakest(statuses(case)), "method": method, "period": str(year),
    }  # fmt: skip
    for level, value in zip(levels, values, strict=True):
        yield common | {"quantile_level": level, "value": value}


def _safety(case: Case) -> dict[str, object]:
    """Return what the underlying risk has done: its change since the baseline (95 %) and its yearly change (80 %)."""
    ahead, way = case.outlook, case.way
    assert ahead is not None
    assert way is not None
    trend, trend_since, yearly, yearly_lower, yearly_upper = _trend(case)
    since = case.plan.baseline_year
    mean, sd = ahead.change(since, ahead.origin) if since in ahead.risk.years else (math.nan, math.nan)
    return {
        "indicator": case.indicator.indicator, "since": str(since), "until": str(ahead.origin), "level_met": way.met,
        "change": math.expm1(mean), "change_lower": math.expm1(mean - NINETY_FIVE * sd),
        "change_upper": math.expm1(mean + NINETY_FIVE * sd), "trend_since": str(trend_since),
        "yearly_change": math.expm1(yearly),
        "yearly_lower": math.expm1(yearly_lower), "yearly_upper": math.expm1(yearly_upper), "trend": trend,
        "chance_if_nothing_changed": _by_chance(case), "status": weakest(statuses(case)),
    }  # fmt: skip


def _change(case: Case) -> dict[str, object]:
    base = in_year(case.reading.series, case.plan.baseline_year)
    parts = split(base, case.value_row) if base is not None else dict.fromkeys(columns(CHANGES)[3:-1], math.nan)
    assert case.way is not None
    until = str(case.way.year)
    question = {"indicator": case.indicator.indicator, "since": str(case.plan.baseline_year), "until": until}
    return {**question, **parts, "status": weakest(statuses(case))}


def _readings(case: Case) -> Iterator[dict[str, object]]:
    for reading, one in (("primary", case), ("as_printed", case.other)):
        if one is not None and one.way is not None:
            yield {
                "indicator": one.indicator.indicator, "reading": reading, "baseline": one.way.baseline,
                "target": one.way.target, "value": one.way.value, "probability": one.probability,
                "verdict": one.verdict, "status": weakest(statuses(one)),
            }  # fmt: skip
