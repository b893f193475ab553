"""Promise against outcome: what became of each target, and how good the mid-term forecast of it was.

Targets are frozen: baseline and target are those of the mid-term evaluation, so that a later revision of the baseline
moves no goal. One outcome of one plan is no evidence of skill; that is in docs/validation.md.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from zzlib.forecast import whole
from zzlib.language import Message, number
from zzlib.plan import Plan
from zzlib.schema import OUTCOMES, table, weakest


def compare(
    plan: Plan, final: pd.DataFrame, figures: pd.DataFrame, said: pd.DataFrame, ahead: pd.DataFrame
) -> pd.DataFrame:  # fmt: skip
    """Return one row a target (`schema.OUTCOMES`).

    `final` are the assessments through the target year, `figures` the indicators (`schema.INDICATORS`), `said` and
    `ahead` the assessments and forecasts of the mid-term. A figure of the target year on another definition is shown as
    such; without any, or with a partial one alone, the result is `unknown`. Brier score (p − met)², `place` among the
    bands of the forecast.
    """
    rows = []
    for _, was in said.iterrows():
        code = str(was["indicator"])
        now = final.loc[final["indicator"] == code].iloc[0]
        own = figures[(figures["indicator"] == code) & (figures["area"] == plan.area)]
        rows.append(_row(plan, now, was, own, _quantiles(ahead, code, str(plan.target_year))))
    return table(OUTCOMES, rows)


def _row(
    plan: Plan, now: pd.Series, was: pd.Series, own: pd.DataFrame, bands: dict[str, float]
) -> dict[str, Any]:  # fmt: skip
    code, year = str(was["indicator"]), str(plan.target_year)
    part, own = own[(own["period"] == year) & (own["status"] == "partial")], whole(own)
    target = float(was["target"] if not math.isnan(was["target"]) else now["target"])
    baseline = float(was["baseline"] if not math.isnan(was["baseline"]) else now["baseline"])
    outcome, scope = _figure(own, year, str(was["scope"]))
    known = not (math.isnan(outcome) or math.isnan(target))
    met = known and _meets(outcome, target, falls=plan.target(code).falls)
    chance = float(was["probability"])
    other = scope != was["scope"] and known
    return {
        "indicator": code, "baseline": baseline, "target": target, "outcome": outcome, "outcome_period": year,
        "outcome_scope": scope, "other_definition": other,
        "result": ("met" if met else "missed") if known else "unknown",
        "change": outcome / baseline - 1 if known and baseline > 0 else math.nan,
        "year_before": _figure(own, str(plan.target_year - 1), scope or str(was["scope"]), strict=True)[0],
        "foretold_through": was["through"], "foretold_value_period": was["value_period"],
        "foretold_probability": chance, "foretold_verdict": was["verdict"], **bands,
        "place": _place(outcome, bands), "brier": (chance - met) ** 2 if known else math.nan,
        "status": weakest(own.loc[own["period"] == year, "status"]) if known else "",
        "reason": _reason(known, other, scope, now, year, part),
    }  # fmt: skip


def _figure(own: pd.DataFrame, year: str, scope: str, *, strict: bool = False) -> tuple[float, str]:
    """Return the figure of a year on a definition, else (unless strict) on another one, and that definition."""
    rows = own[own["period"] == year]
    for chosen in (rows[rows["scope"] == scope], rows.iloc[:0] if strict else rows):
        if len(chosen):
            return float(chosen["value"].iloc[0]), str(chosen["scope"].iloc[0])
    return math.nan, ""


def _meets(outcome: float, target: float, *, falls: bool) -> bool:
    """Say whether a figure is at or beyond the target; a computed rate exactly at it may miss by rounding alone.

    >>> _meets(0.3 * 3, 0.9, falls=True), _meets(2.0, 1.9, falls=True)
    (True, False)
    """
    return (target - outcome if falls else outcome - target) >= -1e-9 * abs(target)


def _quantiles(ahead: pd.DataFrame, code: str, year: str) -> dict[str, float]:
    """Return the median and the bands that the first method drew of the target year; NaN where it drew none."""
    rows = ahead[(ahead["indicator"] == code) & (ahead["period"] == year)]
    rows = rows[rows["method"] == (rows["method"].iloc[0] if len(rows) else "")]
    levels = dict(zip(rows["quantile_level"].round(3), rows["value"], strict=True))
    names = {"median": 0.5, "low_80": 0.1, "high_80": 0.9, "low_95": 0.025, "high_95": 0.975}
    return {name: float(levels.get(level, math.nan)) for name, level in names.items()}


def _place(outcome: float, bands: dict[str, float]) -> str:
    if math.isnan(outcome) or math.isnan(bands["low_95"]):
        return ""
    if bands["low_80"] <= outcome <= bands["high_80"]:
        return "within_80"
    return "within_95" if bands["low_95"] <= outcome <= bands["high_95"] else "outside_95"


def _reason(known: bool, other: bool, scope: str, now: pd.Series, year: str, part: pd.DataFrame) -> Message:
    if not known and part["value"].notna().any():
        value = number(float(part["value"].dropna().iloc[0]))
        return Message("the only figure of {year} covers a part only ({value}): it decides nothing", year=year,
                       value=value)  # fmt: skip
    if not known and now["value_period"]:
        last = {"year": year, "last": now["value_period"], "value": number(float(now["value"]))}
        return Message("no value for {year}; the last one is {value} of {last}", **last)
    if not known:
        return Message("no value for {year}, nor for any year since the baseline", year=year)
    if other:
        return Message("the figure of {year} follows another definition ({scope}): compared with care", year=year,
                       scope=scope)  # fmt: skip
    return Message("the figure of {year} is known", year=year)
