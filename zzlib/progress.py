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
        return self.value <= self.target if self.falls else self.value >= self.target


@dataclass(frozen=True)
class Progress:
    """What a measure answers: a value, a class of the measure's own, and the reason where there is no value."""

    value: float
    grade: str
    reason: str = ""


def straight_path(way: Way) -> Progress:
    """Return the covered share of the way and its class by the official pace rule (序时进度).

    Covered share (y − y0) / (T − y0) against the expected share (t − t0) / (tT − t0): `target_met`, else `ahead` by
    one year's share or more, `on_pace`, `behind`. Where base and target are equal there is no way to cover.
    Source: mid-term evaluations of Chinese five-year plans.

    >>> straight_path(Way(2015, 100, 2018, 93, 2020, 90, falls=True))
    Progress(value=0.7, grade='on_pace', reason='')
    """
    covered = (way.value - way.baseline) / (way.target - way.baseline) if way.target != way.baseline else math.nan
    if way.met:
        grade = "target_met"
    elif math.isnan(covered):
        return Progress(covered, "behind", Message("baseline and target are equal"))
    elif covered >= expected_share(way) + 1 / (way.target_year - way.baseline_year) - 1e-12:
        grade = "ahead"
    else:
        grade = "on_pace" if covered >= expected_share(way) - 1e-12 else "behind"
    return Progress(covered, grade, Message("baseline and target are equal") if math.isnan(covered) else "")


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
