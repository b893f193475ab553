"""One target, judged: its way from baseline to target, its outlook, its probability and its verdict.

The verdict rule: once the target year is published, met or missed; before, by the probability of the promise and the
plan's own bands; without baseline, value or a comparable definition, not assessable, with what would be needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from zzlib.assumptions import NOTHING, Assumed, under
from zzlib.forecast import PLAUSIBLE_COUNTS, UNKNOWN_COUNT, Floats, Outlook, counts_are_known, outlook, seen_in, whole
from zzlib.language import Message, number, percent, word
from zzlib.plan import Indicator, Plan, Target
from zzlib.progress import Way
from zzlib.readings import Reading, a_figure, as_printed, in_year, primary
from zzlib.schema import VARIANCE_RATIO

NINETY_FIVE = 1.9600  # half-width of a normal interval


@dataclass(frozen=True)
class Case:
    """One target under one reading of its baseline, with everything that its assessment rests on.

    `way` is None without a baseline, `value_row` without a value; `reason` says why, and why the probability is what it
    is; `span` tells how it depends on a count that nobody publishes; `sizes` counts accidents by period and deaths,
    where they are known one by one; `assumed` is what a scenario assumes of the years ahead.
    """

    plan: Plan
    target: Target
    indicator: Indicator
    through: int
    reading: Reading
    sizes: pd.DataFrame | None = None
    assumed: Assumed = NOTHING
    way: Way | None = None
    value_row: Any = None
    outlook: Outlook | None = None
    probability: float = math.nan
    verdict: str = "not_assessable"
    reason: str = ""
    span: dict[str, str] | None = None
    other: Case | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the indicator has a denominator."""
        return self.indicator.denominator is not None

    @cached_property
    def seen(self) -> pd.DataFrame:
        """The series up to the last year that may be looked at, and no further than the target year."""
        found = self.reading.series
        return found[found["year"] <= min(self.through, self.plan.target_year)]

    @cached_property
    def certain(self) -> pd.DataFrame:
        """Of the years seen those with a whole value."""
        return whole(self.seen)

    @cached_property
    def counts_known(self) -> bool:
        """Whether it is known how many deaths stand behind the indicator."""
        return not self.is_rate or counts_are_known(self.seen)

    @property
    def link_error(self) -> float:
        """The log error of the link factor, which blurs a target that is relative to a linked baseline."""
        return self.reading.log_sd if self.target.change is not None else 0.0

    @cached_property
    def counted_so_far(self) -> float:
        """The part of the target year's count that is published already: a lower bound; 0 without one."""
        rows = self.seen[(self.seen["year"] == self.plan.target_year) & (self.seen["status"] == "partial")]
        return 0.0 if self.is_rate or rows.empty else float(rows["value"].iloc[-1])


def case_of(
    plan: Plan,
    target: Target,
    figures: pd.DataFrame,
    through: int,
    breaks: pd.DataFrame,
    sizes: pd.DataFrame | None = None,
    assumed: Assumed = NOTHING,
) -> Case:
    """Return a target's case under the primary reading of its baseline, with the other reading beside it."""
    indicator = plan.indicator(target.indicator)
    reading = primary(plan, indicator, figures, breaks)
    case = judged(Case(plan, target, indicator, through, reading, sizes, assumed))
    second = as_printed(plan, indicator, figures, reading)
    if second is None:
        return case
    return replace(case, other=judged(Case(plan, target, indicator, through, second, sizes, assumed)))


def again(case: Case, assumed: Assumed) -> Case:
    """Return the case judged again, by its primary reading alone, with something else assumed of the years ahead."""
    return judged(Case(case.plan, case.target, case.indicator, case.through, case.reading, case.sizes, assumed))


def judged(case: Case) -> Case:
    """Return the case with its way, outlook, probability, verdict and reason."""
    case = _with_way(case)
    if case.way is None:
        return case
    passed = _passed(case)
    if passed is not None:
        case = case if case.value_row is None else _with_outlook(case)
        return replace(case, probability=0.0, verdict="missed", reason=passed)
    if case.value_row is None:
        return case
    rows = case.certain
    if not (rows["value"] > 0).any() and not rows["numerator_value"].notna().any():
        return replace(
            case, reason=Message("not assessable: rates of zero without the counts behind them tell no level")
        )
    case = _with_outlook(case)
    return _known(case) if case.way is not None and case.way.year >= case.plan.target_year else _open(case)


def _with_way(case: Case) -> Case:
    plan, target = case.plan, case.target
    base = in_year(case.reading.series, plan.baseline_year)
    if target.change is not None and base is None:
        return replace(case, reason=case.reading.refusal)
    baseline = math.nan if base is None else float(base["value"])
    if target.change is not None and baseline == 0:
        return replace(
            case, reason=Message("not assessable: the baseline is zero, of which no percentage can be taken")
        )
    way = Way(
        plan.baseline_year,
        baseline,
        plan.baseline_year,
        baseline,
        plan.target_year,
        _goal(target, baseline),
        target.falls,
    )
    later = case.certain
    later = later[later["year"] > plan.baseline_year]
    if later.empty:
        reason = Message(
            "not assessable: no published value after {baseline} up to {through}. Needed: {needed}, from {bureau}",
            baseline=plan.baseline_year, through=case.through, bureau=case.indicator.bureau,
            needed=Message("{measure} {year}", measure=case.indicator.name, year=case.through),
        )  # fmt: skip
        return replace(case, way=way, reason=reason)
    row = later.sort_values("year").iloc[-1]
    return replace(case, way=replace(way, year=int(row["year"]), value=float(row["value"])), value_row=row)


def _goal(target: Target, baseline: float) -> float:
    """Return the target in the indicator's unit; relative ones in exact decimals: (1 − .3)·90 is no 63 in floats."""
    if target.change is None:
        assert target.level is not None  # the plan's own check
        return float(target.level)
    return float((1 + target.change) * Decimal(repr(baseline)))


def _with_outlook(case: Case) -> Case:
    return replace(case, outlook=outlook_of(case))


def seen_from(case: Case, year: int) -> Case:
    """Return the case as it stood in an earlier year: nothing later is seen."""
    assert case.way is not None
    row = in_year(case.reading.series, year)
    value = math.nan if row is None else float(row["value"])
    return replace(case, through=year, way=replace(case.way, year=year, value=value), value_row=row)


def outlook_of(case: Case, count: float | None = None, *, neutral: bool = False) -> Outlook:
    """Return the outlook of a case, with `count` deaths assumed behind printed rates where none are published.

    `neutral` expects no drift.
    """
    count = UNKNOWN_COUNT if count is None and not case.counts_known else count
    ratios = case.seen["ratio_value"].dropna()
    ratio = max(float(ratios.iloc[-1]), 1.0) if len(ratios) else VARIANCE_RATIO
    seen = seen_in(observed(case), ratio=ratio, behind=count)
    origin = case.way.year if case.way is not None else seen.years[-1]
    first = min(seen.years[0], origin - 2)
    falls = case.target.falls and case.assumed.drift and not neutral
    ahead = outlook(seen, range(first, case.plan.target_year + 1), falls=falls, sizes=_frequencies(case))
    return under(ahead, case.assumed)


def _frequencies(case: Case) -> Floats | None:
    """Return how often an accident took 0, 1, 2, ... deaths up to the last year that may be looked at."""
    if case.sizes is None:
        return None
    rows = case.sizes[case.sizes["period"] <= str(case.through)]
    return None if rows.empty else np.bincount(rows["deaths"].astype(int), rows["accidents"]).astype(float)


def observed(case: Case) -> pd.DataFrame:
    """Return what was known of a case in the shape that `attainment` takes: the same model answers both.

    A rate whose every year has count and exposure is followed as that count over that exposure, any other as printed.
    """
    per = case.indicator.denominator.per if case.indicator.denominator else None
    rows = case.seen.assign(_whole=case.seen.index.isin(case.certain.index))
    rows = rows[rows["_whole"] | rows["exposure_value"].notna()]
    exposure = rows["exposure_value"].where(rows["exposure_value"] > 0) / (per or 1.0)
    counted = rows["numerator_value"].notna() & (exposure.notna() | (per is None)) & rows["rate_value"].isna()
    by_count = bool(counted[rows["_whole"]].all() and (per is None or exposure.notna().sum() > 1))
    linked = rows["year"] < case.reading.linked_until
    link = pd.Series(1.0, index=rows.index).mask(linked, case.reading.factor)
    found = pd.DataFrame({
        "area": case.plan.area, "year": rows["year"], "count": rows["numerator_value"].where(rows["_whole"]) / link,
        "count_half_unit": rows["numerator_half_unit"], "link": link, "link_sd": linked * case.reading.log_sd * link,
    })  # fmt: skip
    if per is not None:
        found["exposure"] = exposure
    if not by_count:
        found["value"] = rows["value"].where(rows["_whole"]) / link
        found["half_unit"] = rows["rate_half_unit"]
    return found


def _known(case: Case) -> Case:
    way = case.way
    assert way is not None
    half = float(case.value_row["half_unit"])
    miss = abs(way.value - way.target)
    if miss > 0 and half > 0 and miss <= half * (1 + 1e-9):
        reason = Message(
            "not assessable: at the printed precision {value} cannot be told from the target {target}",
            value=f"{way.value:.6g}", target=f"{way.target:.6g}",
        )  # fmt: skip
        return replace(case, reason=reason)
    if case.link_error and miss <= NINETY_FIVE * case.link_error * way.target:
        reason = Message(
            "not assessable: {value} differs from the target {target} by less than the error of the link factor",
            value=number(way.value), target=number(way.target),
        )  # fmt: skip
        return replace(case, reason=reason)
    verdict = "met" if way.met else "missed"
    reason = Message("the figure of {year} is known", year=case.plan.target_year)
    return replace(case, probability=float(way.met), verdict=verdict, reason=reason)


def _passed(case: Case) -> Message | None:
    """Return why a ceiling is broken already: a lower bound of the target year's own count lies above it."""
    way = case.way
    assert way is not None
    if not way.falls or case.counted_so_far <= way.target:
        return None
    return Message("{value} have been counted by now, above the ceiling", value=number(case.counted_so_far))


def _open(case: Case) -> Case:
    assert case.outlook is not None
    assert case.way is not None
    chance = chance_of(case, case.outlook)
    if not case.counts_known:
        chances = [chance_of(case, outlook_of(case, count)) for count in PLAUSIBLE_COUNTS]
        span = {
            "few": number(PLAUSIBLE_COUNTS[0]), "many": number(PLAUSIBLE_COUNTS[-1]),
            "low": percent(min(chances)), "high": percent(max(chances)),
        }  # fmt: skip
        if len({verdict_of(case.plan, chance) for chance in chances}) > 1:
            reason = Message(
                "not assessable: how many deaths stand behind the rate is not published, and between {few} and {many} "
                "of them the probability runs from {low} to {high}. Needed: {needed}, from {bureau}",
                needed=a_figure(case.indicator.numerator.measure, case.way.year), bureau=case.indicator.bureau, **span,
            )  # fmt: skip
            return replace(case, reason=reason)
        case = replace(case, span=span)
    way = case.way
    assert way is not None
    whole_limit = math.floor(way.target + 1e-9) if way.falls else math.ceil(way.target - 1e-9)
    limit = way.target if case.is_rate else whole_limit
    reason = Message(
        "it is {chance} that the figure of {year} is at or {side} {target}",
        chance=word("chance", chance_word(chance)), year=case.plan.target_year,
        side=Message("below") if way.falls else Message("above"),
        target=number(limit),
    )  # fmt: skip
    return replace(case, probability=chance, verdict=verdict_of(case.plan, chance), reason=reason)


def chance_of(case: Case, ahead: Outlook, *, target: float | None = None, shift: float = 0.0) -> float:
    """Return the probability that the target year's published figure meets the target, or another one.

    `shift` asks for a future whose log level is so much higher.
    """
    way = case.way
    assert way is not None
    goal = way.target if target is None else target
    just_below = goal * (1 - 1e-9) if case.is_rate else math.ceil(goal - 1e-9) - 1
    chance = ahead.chance_at_most(
        [goal if way.falls else just_below], way.target_year,
        relative=case.target.change is not None, at_least=case.counted_so_far, shift=shift,
    )  # fmt: skip
    return float(chance[0, 0]) if way.falls else 1 - float(chance[0, 0])


def verdict_of(plan: Plan, chance: float) -> str:
    """Return the verdict of a probability by the plan's bands."""
    if not 0 <= chance <= 1:
        raise ValueError(f"{chance} is no probability")
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
