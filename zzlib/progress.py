"""Published progress measures: eight official answers to "how far, and fast enough?", a `Way` in, a `Progress` out.

Any can stand beside any other (`MEASURES`). None sees the noise of counts. None grades a missing figure, a single point
or a definition that changed; none replaces a zero by a small number, for its class would depend on the unit. Below,
(t0, y0) is the baseline, (t, y) the latest figure, (tT, T) the target, g(a, b, n) = (a/b)^(1/n) − 1, d = 1 where more
is better, else −1, s = −1 for a baseline below zero, else 1.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce, wraps
from typing import Any, TypeAlias

import numpy as np

from zzlib.language import Message

NOT_AVAILABLE = "not_available"
ROUNDING = 1e-12  # a share that floats compute may miss its bound by this much
ONE_SIDED = 1.6449  # standard normal, one-sided 5 %


@dataclass(frozen=True)
class Way:
    """A way from a baseline to a target, in the indicator's unit; NaN is a missing figure, None that there is none."""

    baseline_year: int
    baseline: float
    year: int
    value: float
    target_year: int
    target: float | Any  # or None; as `float | None`, callers that always have a target would have to check for it
    falls: bool  # less is better
    limit: float | None = None  # natural bound, such as 100 %
    baseline_error: float | None = None  # standard errors
    value_error: float | None = None
    series: tuple[tuple[int, float], ...] = ()  # (year, value) in order, up to the latest
    projected: float | None = None  # value expected in the target year
    preliminary: bool = False
    definition_changed: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is at or beyond the target."""
        return self.reaches(self.value)

    def reaches(self, value: float) -> bool:
        """Say whether a value is at or beyond the target; a computed rate exactly at it may miss by rounding alone."""
        return self.target is not None and bool(self.gain(value - self.target) >= -1e-9 * abs(self.target))

    @property
    def years_left(self) -> int:
        """The years from the latest value to the target year, never below zero."""
        return max(self.target_year - self.year, 0)

    @property
    def achieved_yearly(self) -> float:
        """The yearly relative change since the baseline, g(y, y0, t − t0); NaN where there is none."""
        return _growth(self.value, self.baseline, self.year - self.baseline_year)

    @property
    def required_yearly(self) -> float:
        """The yearly relative change that the target requires from the baseline on, g(T, y0, tT − t0); NaN to zero."""
        return _growth(self.target, self.baseline, self.target_year - self.baseline_year) if self.target else math.nan

    def gain(self, change: float) -> float:
        """Return d · change: positive for the better."""
        return 0.0 - change if self.falls else change


@dataclass(frozen=True)
class Progress:
    """What a measure answers: value, class of the measure's own (or `not_available`), what is special, and score."""

    value: float
    grade: str
    reason: str = ""
    score: float = math.nan


Measure: TypeAlias = Callable[[Way], Progress]
MEASURES: dict[str, Measure] = {}
VERSIONS: dict[str, str] = {}  # source and year of the rule: bands have been changed, and verdicts moved with them


def _published(rule: str, *, without: str = "", pace_ends: bool = False) -> Callable[[Measure], Measure]:
    """List a measure under the source and year of its rule; refuse what it may not grade, note what must be known."""

    def listed(formula: Measure) -> Measure:
        @wraps(formula)
        def measure(way: Way) -> Progress:
            if why := _refusal(way, without, pace_ends=pace_ends):
                return Progress(math.nan, NOT_AVAILABLE, why)
            answer = formula(way)
            return replace(answer, reason=reduce(_joined, _notes(way, answer), answer.reason))

        MEASURES[formula.__name__], VERSIONS[formula.__name__] = measure, rule
        return measure

    return listed


def _joined(first: str, then: str) -> str:
    return Message("{first}; {then}", first=first, then=then) if first else then


def _refusal(way: Way, without: str, *, pace_ends: bool) -> Message | None:
    """Return why a way is not graded; what is missing comes first."""
    if not (math.isfinite(way.baseline) or (math.isnan(way.baseline) and without == "baseline")):
        return Message("there is no baseline")
    others = (way.target, way.limit, way.baseline_error, way.value_error, way.projected)
    if not all(math.isfinite(x) for x in (way.value, *others, *(value for _, value in way.series)) if x is not None):
        return Message("one of the figures is missing")
    if way.definition_changed:
        return Message("the definition changed between the baseline and the latest value")
    if way.year <= way.baseline_year:
        return Message("fewer than two points")
    if way.target is None or way.target_year <= way.baseline_year:
        needless = way.target is None and without == "target"
        return None if needless else Message("there is no target for a year after the baseline")
    late = pace_ends and not way.years_left and not way.met
    return Message("the target year is reached and the target missed: no pace is left to judge") if late else None


def _notes(way: Way, answer: Progress) -> Iterator[Message]:
    """Yield why an answer that gives no reason lacks value or class, and what a reader must know beside the class."""
    points = ((way.baseline_year, way.baseline), *way.series[:-1])
    reached = [year for year, value in points if way.reaches(value)]
    if way.reaches(way.baseline):
        yield Message("the baseline meets the target already: there is no way to cover")
    no_value = math.isnan(answer.value) and not way.reaches(way.baseline)
    if not answer.reason and (no_value or answer.grade == NOT_AVAILABLE):
        yield Message("a relative pace has no meaning from, to or across zero")
    if way.met and way.gain(way.value - points[-1][1]) < 0:
        yield Message("the target is met, but the value is getting worse")
    elif reached and not way.met:
        yield Message("the target was met in {year} and no longer is", year=max(reached))
    if way.preliminary:
        yield Message("rests on a preliminary value")


def _growth(later: float, earlier: float, years: int) -> float:
    """Return g(later, earlier, years); NaN from zero, across zero, in no time."""
    possible = years > 0 and earlier != 0 and later / earlier >= 0
    return float((later / earlier) ** (1 / years) - 1) if possible else math.nan


def _pace(way: Way) -> float:
    """Return R = s·d·g(y, y0, t − t0) / abs(g(T, y0, tT − t0)), without a target s·d·g; NaN where there is none."""
    pace = way.gain(-way.achieved_yearly if way.baseline < 0 else way.achieved_yearly)
    if way.target is None:
        return pace
    return math.nan if math.isclose(way.baseline, way.target, rel_tol=1e-9) else pace / abs(way.required_yearly)


def _band(value: float, bands: dict[str, float], below: str) -> str:
    """Return the first class whose bound a value reaches."""
    return next((grade for grade, bound in bands.items() if value >= bound), below)


def expected_share(way: Way) -> float:
    """Return the share of the way that a straight path has covered by the value's year, at most 1."""
    return min((way.year - way.baseline_year) / (way.target_year - way.baseline_year), 1.0)


@_published("Chinese five-year plans, mid-term evaluations of 2018", without="baseline")
def straight_path(way: Way) -> Progress:
    """Return the covered share of the way and its class by the official pace rule (序时进度).

    (y − y0) / (T − y0) against the expected share (t − t0) / (tT − t0): `target_met`, else `ahead` by one year's share
    or more, `on_pace`, `behind`. Without a baseline only `target_met` can be said; where it meets the target already,
    there is no way to cover. Refused: no target. Source: mid-term evaluations of Chinese plans.

    >>> straight_path(Way(2015, 100, 2018, 93, 2020, 90, falls=True))
    Progress(value=0.7, grade='on_pace', reason='', score=nan)
    """
    if math.isnan(way.baseline):
        return Progress(math.nan, "target_met" if way.met else "", Message("there is no baseline"))
    covered = math.nan if way.reaches(way.baseline) else (way.value - way.baseline) / (way.target - way.baseline)
    expected, one_year = expected_share(way) - ROUNDING, 1 / (way.target_year - way.baseline_year)
    pace = _band(covered, {"ahead": expected + one_year, "on_pace": expected}, "behind")
    return Progress(covered, "target_met" if way.met else pace)


@_published("ETSC, 13th Road Safety Performance Index report, 2019", without="baseline")
def required_pace(way: Way) -> Progress:
    """Return the yearly relative change needed from now, g(T, y, tT − t), and whether the pace so far is enough.

    Negative is a fall; where the target is met, what is still allowed. `target_met`, else `fast_enough` where the
    yearly change achieved is as good as the one required, else `too_slow` (this project's classes). Without a baseline
    the value alone. Refused: no target, target year reached, pace from, to or across zero. Source: ETSC.

    >>> required_pace(Way(2010, 1, 2018, 0.793, 2020, 0.5, falls=True)).grade
    'too_slow'
    """
    needed = _growth(way.target, way.value, way.years_left) if way.target else math.nan
    if math.isnan(way.baseline):
        return Progress(needed, NOT_AVAILABLE, Message("there is no baseline"))
    if not way.years_left:
        return Progress(needed, "target_met" if way.met else NOT_AVAILABLE, Message("the target year is reached"))
    ratio = -math.inf if way.reaches(way.baseline) else _pace(way)  # no longer met
    grade = NOT_AVAILABLE if math.isnan(needed + ratio) else "fast_enough" if ratio >= 1 - ROUNDING else "too_slow"
    return Progress(needed, "target_met" if way.met else grade)


@_published("Statistics Canada, progress measure in Open SDG, 2024", without="target", pace_ends=True)
def open_sdg(way: Way) -> Progress:
    """Return the yearly growth so far as a share R of the growth required, its class, and its score from −5 to 5.

    R = s·d·g(y, y0, t − t0) / abs(g(T, y0, tT − t0)). `target_achieved` if met, tested first; `substantial_progress`
    from .95, `moderate_progress` from .60, `limited_progress` from 0, else `deterioration`. Without a target the growth
    s·d·g, from .015 C, .005 C, 0, with C = 1 − min(b, 2 − b)^4.44 where b = y0/L < 2 and a natural limit L lies ahead,
    else 1. Refused: zero baseline or target, change of sign, target missed in its year. Source: Statistics Canada.

    >>> open_sdg(Way(2015, 6.0, 2024, 4.5, 2030, 2.9, falls=True)).grade
    'moderate_progress'
    """
    pace = _pace(way)
    if way.met:
        return Progress(pace, "target_achieved", score=5.0)
    if math.isnan(pace):
        return Progress(pace, "deterioration" if way.reaches(way.baseline) else NOT_AVAILABLE)
    if way.target is not None:
        high, middle = 0.95, 0.60
        score = min(7.1429 * pace - 4.2857, 5.0) if pace >= middle else max(4.1667 * pace - 2.5, -5.0)
    else:
        share = abs(way.baseline / way.limit) if way.limit and way.gain(way.limit - way.baseline) >= 0 else 2.0
        near = 1 - max(min(share, 2 - share), 0.0) ** 4.44
        high, middle = 0.015 * near, 0.005 * near
        score = float(np.interp(pace, (-0.02, 0, middle, high, 0.02 * near), (-5, -2.5, 0, 2.5, 5)))
    bands = {"substantial_progress": high, "moderate_progress": middle, "limited_progress": 0.0}
    return Progress(pace, _band(pace, bands, "deterioration"), score=score)


@_published("Eurostat, Sustainable development in the European Union, 2024", without="target", pace_ends=True)
def eurostat(way: Way) -> Progress:
    """Return the same ratio R as `open_sdg`, in Eurostat's bands, with a score from −5 to 5.

    `significant_progress` above .95 or if met, `moderate_progress` above .60, `insufficient_progress` from 0, else
    `movement_away`. Without a target the growth s·d·g: these above 1 %, above .1 %, then `neutral` from −.1 %,
    `moderate_movement_away` from −1 %, else `significant_movement_away`. No R where the baseline met the target.
    Refused: as `open_sdg`. Source: Eurostat, annex on method; scores as published by Eustat.

    >>> eurostat(Way(2016, 3.1, 2024, 2.6, 2030, 0.1, falls=True)).grade
    'insufficient_progress'
    """
    pace = _pace(way)
    if math.isnan(pace) or way.reaches(way.baseline):
        missed = "movement_away" if way.reaches(way.baseline) else NOT_AVAILABLE
        return Progress(math.nan, "significant_progress" if way.met else missed)
    if way.target is None:
        high, middle, score = 0.01, 0.001, float(np.clip(250 * pace, -5, 5))
        below = _band(pace, {"neutral": -0.001, "moderate_movement_away": -0.01}, "significant_movement_away")
    else:
        high, middle, score = 0.95, 0.60, float(np.interp(pace, (-0.6, 0.6, 1.3), (-5, 0, 5)))
        below = "insufficient_progress" if pace >= 0 else "movement_away"
    grade = "moderate_progress" if pace > middle else below
    return Progress(pace, "significant_progress" if way.met or pace > high else grade, score=score)


@_published("United Nations, SDG Progress Chart, technical note, 2023", without="target", pace_ends=True)
def un_progress_chart(way: Way) -> Progress:
    """Return the share of the way covered by tT if growth goes on, (e − y0) / (T − y0) with e = y (1 + g)^(tT − t).

    `on_track_or_target_met` from .95 or if met, `fair_progress` from .10, else `stagnation_or_regression`; without a
    target the growth s·d·g, from 2 % and .5 %. Where the baseline met the target the share would reward moving away, so
    no value, and met now and at that growth, met now only, no longer met (this project's branch). Refused: growth from
    or across zero, target missed in its year. Source: UN Statistics Division.

    >>> un_progress_chart(Way(2015, 100, 2020, 80, 2030, 50, falls=True)).grade
    'on_track_or_target_met'
    """
    good, fair, bad = "on_track_or_target_met", "fair_progress", "stagnation_or_regression"
    expected = way.value * (1 + way.achieved_yearly) ** way.years_left
    if way.reaches(way.baseline):
        stays = way.gain(way.value - way.baseline) >= 0 or way.reaches(expected)
        return Progress(math.nan, bad if not way.met else good if stays else fair)
    value, bands = _pace(way), {good: 0.02, fair: 0.005}
    if way.target is not None:
        value, bands = (expected - way.baseline) / (way.target - way.baseline), {good: 0.95, fair: 0.10}
    below = NOT_AVAILABLE if math.isnan(value) else bad
    return Progress(value, good if way.met else _band(value, bands, below))


@_published("UNESCAP, progress assessment methodology, 2024", pace_ends=True)
def unescap(way: Way) -> Progress:
    """Return the anticipated progress index, its class, and as score the current status index; 10 is the target.

    Index of x = 10·d·(x − y0) / abs(T − y0), 10 where x meets the target: anticipated for `projected` (without it, for
    the end of the line through baseline and latest value), current for y. `on_track` above 9, `acceleration_needed`,
    `regression` from 0 down. Refused: no target, target missed in its year. Source: UNESCAP, SDG progress assessment.

    >>> unescap(Way(2015, 100, 2020, 90, 2030, 60, falls=True))
    Progress(value=7.5, grade='acceleration_needed', reason='', score=2.5)
    """
    yearly = (way.value - way.baseline) / (way.year - way.baseline_year)
    end = way.value + yearly * way.years_left if way.projected is None else way.projected
    unit = abs(way.target - way.baseline) / 10 or math.nan
    current, anticipated = (10.0 if way.reaches(x) else way.gain(x - way.baseline) / unit for x in (way.value, end))
    grade = "on_track" if anticipated > 9 + ROUNDING else "acceleration_needed" if anticipated > 0 else "regression"
    return Progress(anticipated, grade, score=current)


@_published("Destatis, status of indicators, 2025")
def destatis_weather(way: Way) -> Progress:
    """Return the share of the remaining way that is missed if the mean of the last five yearly changes goes on.

    Miss = shortfall of the value so projected to tT / abs(T − y): `sun` below 5 %, `sun_and_cloud` to 20 %, `cloud`,
    `thunderstorm` where the trend is flat or leads away. Met already: `sun`; met and worsening: `sun_and_cloud`. Rests
    on the last six figures of `series`, at least four. Refused: no target; any other series. Source: Destatis, status.

    >>> six = tuple(enumerate((100, 98, 96, 94, 92, 90), start=2015))
    >>> destatis_weather(Way(2015, 100, 2020, 90, 2030, 68, falls=True, series=six)).grade
    'sun_and_cloud'
    """
    points, years = way.series[-6:], [year for year, _ in way.series[-6:]]
    if len(points) < 4 or points[-1] != (way.year, way.value) or years != sorted(set(years)):
        return Progress(math.nan, NOT_AVAILABLE, Message("the trend needs six figures in order, at least four"))
    yearly = (way.value - points[0][1]) / (years[-1] - years[0])
    if way.met:
        return Progress(0.0, "sun" if way.gain(yearly) >= 0 else "sun_and_cloud")
    miss = max(way.gain(way.target - way.value - yearly * way.years_left), 0.0) / abs(way.target - way.value)
    weather = "sun" if miss < 0.05 - ROUNDING else "sun_and_cloud" if miss <= 0.20 + ROUNDING else "cloud"
    return Progress(miss, weather if way.gain(yearly) > 0 else "thunderstorm")


@_published("NCHS, Healthy People 2020 final review, 2021")
def healthy_people(way: Way) -> Progress:
    """Return the share of the targeted change achieved, (y − y0) / (T − y0), and its class.

    `target_met_or_exceeded`, else `improved` or `worse` if the change is significant (one-sided 5 %, z = change / root
    of both squared errors); without both errors, if it is 10 % of the targeted change when improving, of the baseline
    when worsening; else `little_or_no_change`. Refused: no target; worsening from zero without errors. Source: NCHS.

    >>> healthy_people(Way(2010, 100, 2015, 95, 2020, 80, falls=True)).grade
    'improved'
    """
    share = math.nan if way.reaches(way.baseline) else (way.value - way.baseline) / (way.target - way.baseline)
    change = way.gain(way.value - way.baseline)
    if way.met:
        return Progress(share, "target_met_or_exceeded")
    if way.baseline_error is not None and way.value_error is not None:
        clear = abs(change) > ONE_SIDED * math.hypot(way.baseline_error, way.value_error)
    elif change < 0 and way.baseline == 0:
        return Progress(share, NOT_AVAILABLE)
    else:
        clear = (share if change >= 0 else abs(change / way.baseline)) >= 0.10 - ROUNDING
    return Progress(share, ("improved" if change > 0 else "worse") if clear and change else "little_or_no_change")
