"""A plan broken down by district: counts and exposures of its units, period by period, each judged beside the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from zzlib import districts
from zzlib.comparisons import tail_above
from zzlib.indicators import series_by_area
from zzlib.periods import is_year
from zzlib.plan import Indicator, Plan
from zzlib.schema import BREAKDOWN, VARIANCE_RATIO, columns, table, weakest

COUNTED = ["area", "year", "deaths", "fatal_accidents", "exposure", "status"]
POOLED_YEARS = 3
ENOUGH = 15  # deaths or fatal accidents expected at the city's rate: below, a year alone shows next to nothing


def units(plan: Plan, areas: pd.DataFrame) -> list[str]:
    """Return the areas that the plan's own area consists of."""
    return list(areas.loc[areas["parent"] == plan.area, "area"])


def counted(plan: Plan, indicator: Indicator, observations: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return an indicator's counts by unit and year, columns `COUNTED`; fatal accidents are NaN where not known.

    `observations` hold one row a number (see `indicators.known`). Years of a part only, and years without the exposure
    that the indicator has, are left out; a count indicator's exposure is one a year. Accidents are known only beside
    deaths of the same source: another bureau's need not fit them.
    """
    fatal = observations[(observations["measure"] == "fatal_accidents") & (observations["scope"] == indicator.scope)]
    fatal = fatal[fatal["status"] != "partial"]
    fatal = fatal[fatal["period"].map(is_year).astype(bool)]
    accidents = {(row.area, int(row.period), row.source): row.value for row in fatal.itertuples()}
    known = indicator.numerator.measure == "deaths"
    found = series_by_area(indicator, observations, areas=units(plan, areas))
    found = found[found["computed"].notna() & (found["status"] != "partial")]
    keys = zip(found["area"], found["year"], found["numerator_source"], strict=True)
    return pd.DataFrame({
        "area": found["area"], "year": found["year"], "deaths": found["numerator_value"],
        "fatal_accidents": [accidents.get(key, np.nan) if known else np.nan for key in keys],
        "exposure": found["exposure_value"] if indicator.denominator else 1.0, "status": found["status"],
    }).reset_index(drop=True)  # fmt: skip


def told(plan: Plan, observations: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return `counted` of the plan's `breakdown` indicator; nothing where the plan has none."""
    if not plan.breakdown:
        return pd.DataFrame(columns=COUNTED)
    return counted(plan, plan.indicator(plan.breakdown), observations, areas)


def table_of(plan: Plan, observations: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Return the plan's districts judged against each other, shape of `schema.BREAKDOWN`.

    Of its `breakdown` indicator: every year since the baseline that all units tell, and the last `POOLED_YEARS` of them
    together. Years that one unit lacks are lost to all, or the comparison would be one of years. `counts` as of `told`.
    """
    if not plan.breakdown:
        return table(BREAKDOWN, [])
    indicator = plan.indicator(plan.breakdown)
    since = counts[counts["year"] > plan.baseline_year]
    if since["area"].nunique() < 2:
        return table(BREAKDOWN, [])
    since = whole_years(since)
    years = sorted(since["year"].unique())
    ratio = variance_ratio(plan, indicator, observations)
    per = indicator.denominator.per if indicator.denominator else 1.0
    spans = [[year] for year in years] + ([years[-POOLED_YEARS:]] if len(years) > 1 else [])
    parts = [
        districts.rates(pooled(since, span), per=per, variance_ratio=ratio).assign(
            indicator=indicator.indicator, period=period_of(span)
        )
        for span in spans
    ]
    if not parts:
        return table(BREAKDOWN, [])
    together: pd.DataFrame = BREAKDOWN.validate(pd.concat(parts, ignore_index=True)[columns(BREAKDOWN)])
    return together


def whole_years(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the years that all areas tell."""
    areas = counts.groupby("year")["area"].nunique()
    kept = counts[counts["year"].isin(areas.index[areas == counts["area"].nunique()])]
    return kept.sort_values(["year", "area"], ignore_index=True)


def pooled(counts: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """Return counts of some years together, one row an area; what one year does not tell is not known of all."""
    rows = counts[counts["year"].isin(years)]
    sums = rows.groupby("area", sort=False)[["deaths", "fatal_accidents", "exposure"]].sum(min_count=len(years))
    statuses = rows.groupby("area", sort=False)["status"].agg(weakest)
    found = sums.assign(status=statuses).reset_index()
    return found.drop(columns="fatal_accidents") if found["fatal_accidents"].isna().any() else found


def period_of(years: Sequence[int]) -> str:
    """Return years as a period.

    >>> period_of([2018]), period_of([2016, 2017, 2018])
    ('2018', '2016/2018')
    """
    return str(years[0]) if len(years) == 1 else f"{min(years)}/{max(years)}"


def shown_period(breakdown: pd.DataFrame) -> str:
    """Return the period that a page shows: the last year, or the pooled years where a year alone shows too little.

    It shows too little where any unit can expect less than `ENOUGH` at the city's rate.
    """
    single = breakdown[~breakdown["period"].str.contains("/")]
    if single.empty:
        return ""
    last = breakdown[breakdown["period"] == single["period"].max()]
    several = breakdown.loc[breakdown["period"].str.contains("/"), "period"]
    return str(several.iloc[0]) if len(several) and last["expected"].min() < ENOUGH else str(last["period"].iloc[0])


def variance_ratio(plan: Plan, indicator: Indicator, observations: pd.DataFrame) -> float:
    """Return how much wider than Poisson the city's deaths are, by the last year that its records tell."""
    rows = observations[
        (observations["area"] == plan.area) & (observations["scope"] == indicator.scope)
        & (observations["measure"] == f"{indicator.numerator.measure}_variance_ratio")
    ]  # fmt: skip
    told = rows.sort_values("period")["value"]
    return float(told.iloc[-1]) if len(told) and told.iloc[-1] >= 1 else VARIANCE_RATIO


def power(expected: float, total: float, *, times: float = 2.0) -> float:
    """Return how likely a district is found above the 95 % limits when its risk is `times` that of the rest.

    `expected` of the city's `total` events fall to it at the city's rate. Of N = total + (times - 1) expected events
    it has Binomial(N, times s / (1 + (times - 1) s)), s = expected / total; found is a count whose upper mid-p tail at
    s is at most 2.5 %. Independent events: accidents, not deaths.

    >>> round(power(20, 240), 2), round(power(5, 60), 2)
    (0.95, 0.42)
    """
    share = expected / total
    events = round(total + (times - 1) * expected)
    # No more than 2.5 % lie eight standard deviations above the mean (Cantelli): of the city's events few are asked.
    mean = events * share
    counts = np.arange(min(events, math.ceil(mean + 8 * math.sqrt(mean)) + 1) + 1)
    tails = tail_above(counts.astype(float), np.float64(events), np.float64(share))
    least = int(counts[np.asarray(tails) <= 0.025][0]) if (np.asarray(tails) <= 0.025).any() else events + 1
    return float(stats.binom.sf(least - 1, events, times * share / (1 + (times - 1) * share)))
