"""One target, judged: its way from baseline to target, its outlook, its probability and its verdict.

The verdict rule: once the target year is published, met or missed; before, by the probability of the promise and the
plan's own bands; without baseline, value or a comparable definition, not assessable, with what would be needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from zzlib.forecast import PLAUSIBLE_COUNTS, Outlook, counts_are_known, outlook
from zzlib.language import Message, number, percent, word
from zzlib.plan import Indicator, Plan, Target
from zzlib.progress import Way
from zzlib.readings import Reading, a_figure, as_printed, in_year, primary

UNKNOWN_COUNT = 100.0  # deaths assumed behind a printed rate when every plausible number gives the same verdict


@dataclass(frozen=True)
class Case:
    """One target under one reading of its baseline, with everything that its assessment rests on.

    `way` is None when there is no baseline or no value; `reason` says why, and why the probability is what it is.
    """

    plan: Plan
    target: Target
    indicator: Indicator
    through: int
    reading: Reading
    way: Way | None = None
    value_row: Any = None
    outlook: Outlook | None = None
    probability: float = math.nan
    verdict: str = "not_assessable"
    reason: str = ""
    other: Case | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the indicator has a denominator."""
        return self.indicator.denominator is not None


def case_of(plan: Plan, target: Target, figures: pd.DataFrame, through: int, breaks: pd.DataFrame) -> Case:
    """Return a target's case under the primary reading of its baseline, with the other reading beside it."""
    indicator = plan.indicator(target.indicator)
    reading = primary(plan, indicator, figures, breaks)
    case = _judged(Case(plan, target, indicator, through, reading))
    second = as_printed(plan, indicator, figures, reading)
    return case if second is None else replace(case, other=_judged(Case(plan, target, indicator, through, second)))


def _judged(case: Case) -> Case:
    """Return the case with its way, outlook, probability, verdict and reason."""
    case = _with_way(case)
    if case.way is None or case.value_row is None:
        return case
    outcome_known = case.way.year >= case.plan.target_year
    case = _with_outlook(case)
    if outcome_known:
        return _known(case)
    passed = _passed(case)
    if passed is not None:
        return replace(case, probability=0.0, verdict="missed", reason=passed)
    return _open(case)


def _with_way(case: Case) -> Case:
    plan, target, found = case.plan, case.target, case.reading.series
    base = in_year(found, plan.baseline_year)
    relative = target.change is not None
    if relative and base is None:
        return replace(case, reason=case.reading.refusal)
    if relative and base is not None and base["value"] == 0:
        reason = Message("not assessable: the baseline is zero, of which no percentage can be taken")
        return replace(case, reason=reason)
    later = found[
        (found["year"] > plan.baseline_year) & (found["year"] <= min(case.through, plan.target_year))
        & found["value"].notna() & (found["status"] != "partial")
    ]  # fmt: skip
    goal = _goal(target, float(base["value"]) if base is not None else math.nan)
    baseline = float(base["value"]) if base is not None else math.nan
    if later.empty:
        reason = Message(
            "not assessable: no published value after {baseline} up to {through}. Needed: {needed}, from {bureau}",
            baseline=plan.baseline_year, through=case.through, bureau=case.indicator.bureau,
            needed=Message("{measure} {year}", measure=case.indicator.name, year=case.through),
        )  # fmt: skip
        way = Way(plan.baseline_year, baseline, plan.baseline_year, baseline, plan.target_year, goal, target.falls)
        return replace(case, way=way, reason=reason)
    row = later.sort_values("year").iloc[-1]
    way = Way(plan.baseline_year, baseline, int(row["year"]), float(row["value"]), plan.target_year, goal, target.falls)
    return replace(case, way=way, value_row=row)


def _goal(target: Target, baseline: float) -> float:
    """Return the target in the indicator's unit; relative ones in exact decimals: (1 − .3)·90 is no 63 in floats."""
    if target.change is None:
        assert target.level is not None  # the plan's own check
        return float(target.level)
    return float((1 + target.change) * Decimal(repr(baseline)))


def _with_outlook(case: Case) -> Case:
    per = case.indicator.denominator.per if case.indicator.denominator else None
    rows = case.reading.series[case.reading.series["year"] <= min(case.through, case.plan.target_year)]
    counted = per is None or counts_are_known(rows)
    return replace(
        case, outlook=outlook(rows, per=per, until=case.plan.target_year, count=None if counted else UNKNOWN_COUNT)
    )


def _known(case: Case) -> Case:
    way, half = case.way, case.value_row["rate_half_unit"]
    assert way is not None
    if half == half and abs(way.value - way.target) <= half and way.value != way.target:
        reason = Message(
            "not assessable: at the printed precision {value} cannot be told from the target {target}",
            value=f"{way.value:.6g}", target=f"{way.target:.6g}",
        )  # fmt: skip
        return replace(case, reason=reason)
    verdict = "met" if way.met else "missed"
    reason = Message("the figure of {year} is known", year=case.plan.target_year)
    return replace(case, probability=float(way.met), verdict=verdict, reason=reason)


def _passed(case: Case) -> Message | None:
    """Return why a ceiling is broken already: a lower bound of the target year's own count lies above it."""
    found, way = case.reading.series, case.way
    assert way is not None
    partial = found[(found["year"] == case.plan.target_year) & (found["status"] == "partial")]
    if case.is_rate or not way.falls or partial.empty or partial["value"].iloc[-1] <= way.target:
        return None
    return Message("{value} have been counted by now, above the ceiling", value=number(partial["value"].iloc[-1]))


def _open(case: Case) -> Case:
    assert case.outlook is not None
    assert case.way is not None
    chance = _chance(case, case.outlook)
    per = case.indicator.denominator.per if case.indicator.denominator else None
    if per is not None and not counts_are_known(case.reading.series):
        rows = case.reading.series[case.reading.series["year"] <= case.through]
        chances = [
            _chance(case, outlook(rows, per=per, until=case.plan.target_year, count=count))
            for count in PLAUSIBLE_COUNTS
        ]
        if len({verdict_of(case.plan, chance) for chance in chances}) > 1:
            reason = Message(
                "not assessable: how many deaths stand behind the rate is not published, and between {few} and "
                "{many} of them the probability runs from {low} to {high}. Needed: {needed}, from {bureau}",
                few=number(PLAUSIBLE_COUNTS[0]), many=number(PLAUSIBLE_COUNTS[-1]),
                low=percent(min(chances)), high=percent(max(chances)),
                needed=a_figure(case.indicator.numerator.measure, case.way.year),
                bureau=case.indicator.bureau,
            )  # fmt: skip
            return replace(case, reason=reason)
    reason = Message(
        "the probability is {chance} that the figure of {year} is at or {side} {target}",
        chance=word("chance", chance_word(chance)), year=case.plan.target_year,
        side=Message("below") if case.way.falls else Message("above"), target=number(case.way.target),
    )  # fmt: skip
    return replace(case, probability=chance, verdict=verdict_of(case.plan, chance), reason=reason)


def _chance(case: Case, ahead: Outlook) -> float:
    """Return the probability that the target year's published figure meets the target."""
    way = case.way
    assert way is not None
    if way.falls:
        return ahead.chance_at_most(way.target, way.target_year, log_sd=case.reading.log_sd)
    just_below = way.target if case.is_rate else math.ceil(way.target - 1e-9) - 1
    return 1 - ahead.chance_at_most(just_below, way.target_year, log_sd=case.reading.log_sd)


def verdict_of(plan: Plan, chance: float) -> str:
    """Return the verdict of a probability by the plan's bands."""
    if chance >= plan.bands.on_track:
        return "on_track"
    return "off_track" if chance <= plan.bands.off_track else "open"


def chance_word(chance: float) -> str:
    """Return the code of the words bound to a band of probability.

    >>> chance_word(0.03), chance_word(0.5), chance_word(0.85)
    ('very_unlikely', 'even', 'likely')
    """
    bands = (
        (0.05, "very_unlikely"), (0.20, "unlikely"), (0.40, "rather_unlikely"), (0.60, "even"),
        (0.80, "rather_likely"), (0.95, "likely"),
    )  # fmt: skip
    return next((code for limit, code in bands if chance < limit), "very_likely")
