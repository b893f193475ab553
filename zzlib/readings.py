"""Readings of a baseline: which series puts baseline and later values on one statistical definition.

China's accident statistics were re-defined on 2016-01-01, between the baselines of 2015 and the targets of 2020. Two
years on different definitions are compared only when the earlier one was restated, from records or by its source, or
is linked by a factor whose error is carried; else the comparison is refused with what is needed.
"""

from dataclasses import dataclass

import pandas as pd

from zzlib.indicators import series
from zzlib.language import Message, number, word
from zzlib.ledger import RESTATED
from zzlib.periods import end, is_years
from zzlib.plan import Indicator, Plan

BREAKS = ["measure", "area", "date", "scope_before", "scope_after", "factor", "sd", "source"]


@dataclass(frozen=True)
class Reading:
    """One way to put baseline and later values on one definition: the series, and who restated it.

    The years before `linked_until` were multiplied by a link's `factor`, whose log error is `log_sd`.
    """

    series: pd.DataFrame
    restated_by: str = ""
    log_sd: float = 0.0
    factor: float = 1.0
    linked_until: int = 0
    refusal: str = ""


def primary(plan: Plan, indicator: Indicator, figures: pd.DataFrame, breaks: pd.DataFrame) -> Reading:
    """Return the series on the indicator's own definition, restated or linked where the baseline is older."""
    own = series(indicator, figures, area=plan.area)
    replaced = plan.restates(indicator.scope, plan.baseline_year)
    base = in_year(own, plan.baseline_year)
    if base is not None:
        if replaced is None:
            return Reading(own)
        return Reading(own, "records" if base["numerator_note"] == RESTATED else "source")
    if replaced is not None:
        older = series(indicator, figures, area=plan.area, scope=replaced)
        if in_year(older, plan.baseline_year) is not None:
            return _linked(plan, indicator, own, older, replaced, breaks)
    return Reading(own, refusal=_missing(plan, indicator, figures, own))


def _linked(
    plan: Plan, indicator: Indicator, own: pd.DataFrame, older: pd.DataFrame, replaced: str, breaks: pd.DataFrame
) -> Reading:
    link = breaks[
        (breaks["measure"] == indicator.numerator.measure) & (breaks["area"] == plan.area)
        & (breaks["scope_before"] == replaced) & (breaks["scope_after"] == indicator.scope)
    ]  # fmt: skip
    if link.empty:
        refusal = Message(
            "not assessable: {year} is known only on another definition ({before}), which does not compare with "
            "{after}; needed: the records behind {year} restated, or a link factor",
            year=plan.baseline_year, before=scope_name(plan, replaced), after=scope_name(plan, indicator.scope),
        )  # fmt: skip
        return Reading(own, refusal=refusal)
    factor, sd = float(link["factor"].iloc[0]), float(link["sd"].iloc[0])
    amounts = ["value", "computed", "numerator_value", "rate_value", "rate_half_unit"]
    scaled = older.assign(**{name: older[name] * factor for name in amounts})
    chained = _chained(plan, indicator, own, scaled)
    return Reading(chained, "link", sd / factor, factor, _first_year(plan, indicator))


def _chained(plan: Plan, indicator: Indicator, own: pd.DataFrame, older: pd.DataFrame) -> pd.DataFrame:
    """Return the older series up to the change of definition and the own one from then on."""
    year = _first_year(plan, indicator)
    return pd.concat([older[older["year"] < year], own[own["year"] >= year]], ignore_index=True)


def _first_year(plan: Plan, indicator: Indicator) -> int:
    """Return the first year on the indicator's own definition."""
    starts = plan.scopes[indicator.scope].starts
    return starts.year if starts else plan.baseline_year + 1


def as_printed(plan: Plan, indicator: Indicator, figures: pd.DataFrame, primary: Reading) -> Reading | None:
    """Return the other reading of a baseline: printed after the change of definition, it may be restated already."""
    replaced = plan.restates(indicator.scope, plan.baseline_year)
    starts = plan.scopes[indicator.scope].starts if indicator.scope in plan.scopes else None
    if replaced is None or starts is None or end(plan.published) < starts:
        return None
    older = series(indicator, figures, area=plan.area, scope=replaced)
    base, restated = in_year(older, plan.baseline_year), in_year(primary.series, plan.baseline_year)
    if base is None or (restated is not None and base["value"] == restated["value"]):
        return None
    return Reading(_chained(plan, indicator, primary.series, older), "plan")


def _missing(plan: Plan, indicator: Indicator, figures: pd.DataFrame, own: pd.DataFrame) -> Message:
    """Return why there is no baseline, and which data would give one."""
    year = plan.baseline_year
    row = own[own["year"] == year]
    has_exposure = bool(row["exposure_value"].notna().any())
    has_count = bool(row["numerator_value"].notna().any())
    needed = [] if has_count else [a_figure(indicator.numerator.measure, year)]
    if indicator.denominator and not has_exposure:
        needed.append(a_figure(indicator.denominator.measure, year))
    mine = figures[(figures["area"] == plan.area) & (figures["measure"] == indicator.numerator.measure)]
    spans = mine[mine["period"].map(is_years).astype(bool)]
    other = mine[(mine["period"] == str(year)) & ~mine["scope"].isin(indicator.numerator.scope)]
    if has_count:
        why: str = Message("not assessable: no published exposure for {year}", year=year)
    elif len(other):
        scope = scope_name(plan, str(other["scope"].iloc[0]))
        why = Message(
            "not assessable: no published count for {year} on this definition, only on another ({scope}), "
            "which does not compare", year=year, scope=scope,
        )  # fmt: skip
    else:
        why = Message("not assessable: no published count for {year}", year=year)
    if len(spans):
        last = spans.iloc[-1]
        hint: str = Message(
            "; the sum over {period} ({value} {unit}) is no figure of one year",
            period=last["period"], value=number(last["value"]), unit=word("unit", last["unit"]),
        )  # fmt: skip
    else:
        hint = ""
    return Message(
        "{why}{hint}. Needed: {needed}, from {bureau}", why=why, hint=hint, needed=needed, bureau=indicator.bureau
    )


def in_year(found: pd.DataFrame, year: int) -> pd.Series | None:
    """Return the row of a year that has a whole value, or None."""
    row = found[(found["year"] == year) & found["value"].notna() & (found["status"] != "partial")]
    return None if row.empty else row.iloc[0]


def a_figure(measure: str, year: int) -> Message:
    """Return a measure and its year as words."""
    return Message("{measure} {year}", measure=word("measure", measure), year=year)


def scope_name(plan: Plan, scope: str) -> str:
    """Return the name of a definition, or its code where the plan does not name it."""
    return plan.scopes[scope].name if scope in plan.scopes else scope
