"""Published progress measures: how far the way from baseline to target has been covered, and what pace is left.

All take the same arguments and return value, class and reason, so that any can stand beside any other. Here the first
two; no measure sees the noise of counts, which is what `targets` adds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from zzlib.language import Message


@dataclass(frozen=True)
class Way:
    """A way from a baseline to a target: years and values in the indicator's unit; `falls` when less is better."""

    baseline_year: int
    baseline: float
    year: int
    value: float
    target_year: int
    target: float
    falls: bool

    @property
    def met(self) -> bool:
        """Whether the value is at or beyond the target."""
        return self.reaches(self.value)

    def reaches(self, value: float) -> bool:
        """Say whether a value is at or beyond the target; a computed rate exactly at it may miss by rounding alone."""
        slack = 1e-9 * abs(self.target)
        return value <= self.target + slack if self.falls else value >= self.target - slack


@dataclass(frozen=True)
class Progress:
    """What a measure answers: a value, a class of the measure's own, and the reason where there is no value."""

    value: float
    grade: str
    reason: str = ""


def straight_path(way: Way) -> Progress:
    """Return the covered share of the way and its class by the official pace rule (序时进度).

    Covered share (y − y0) / (T − y0) against the expected share (t − t0) / (tT − t0): `target_met`, else `ahead` by
    one year's share or more, `on_pace`, `behind`. Where the base meets the target already there is no way to cover.
    Source: mid-term evaluations of Chinese five-year plans.

    >>> straight_path(Way(2015, 100, 2018, 93, 2020, 90, falls=True))
    Progress(value=0.7, grade='on_pace', reason='')
    """
    if math.isnan(way.baseline):
        return Progress(math.nan, "target_met" if way.met else "", Message("there is no baseline"))
    no_way = way.reaches(way.baseline)
    covered = math.nan if no_way else (way.value - way.baseline) / (way.target - way.baseline)
    reason = Message("the baseline meets the target already: there is no way to cover") if no_way else ""
    if way.met:
        return Progress(covered, "target_met", reason)
    if no_way or covered < expected_share(way) - 1e-12:
        return Progress(covered, "behind", reason)
    one_year = 1 / (way.target_year - way.baseline_year)
    return Progress(covered, "ahead" if covered >= expected_share(way) + one_year - 1e-12 else "on_pace")


def expected_share(way: Way) -> float:
    """Return the share of the way that a straight path has covered by the value's year, at most 1."""
    return min((way.year - way.baseline_year) / (way.target_year - way.baseline_year), 1.0)


def required_pace(way: Way) -> Progress:
    """Return the yearly relative change that leads from the value to the target: (T / y) ** (1 / (tT − t)) − 1.

    Negative is a fall; where the target is met already, the change that is still allowed. No value once the target
    year is reached, or where either figure is zero. Source: ETSC, Road Safety Performance Index, "needed from now".

    >>> round(required_pace(Way(2010, 1, 2018, 0.793, 2020, 0.5, falls=True)).value, 4)
    -0.2059
    """
    left = way.target_year - way.year
    if left <= 0:
        return Progress(math.nan, "", Message("the target year is reached"))
    if way.value <= 0 or way.target <= 0:
        return Progress(math.nan, "", Message("a relative pace has no meaning from or to zero"))
    return Progress((way.target / way.value) ** (1 / left) - 1, "")


MEASURES: dict[str, Callable[[Way], Progress]] = {m.__name__: m for m in (straight_path, required_pace)}
