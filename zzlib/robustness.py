"""Would another choice have given another verdict? One family of choices varied at a time.

The plan's YAML fixes the primary choices before the data are read. Families, not their many near-duplicates, are what a
reader can weigh: how progress is measured, which model forecasts, which years are the baseline, which exposure divides,
which definition the baseline follows, and which vintage of the figures is used.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from zzlib.cases import Case, case_of, chance_of, outlook_of, verdict_of
from zzlib.forecast import Floats
from zzlib.indicators import known
from zzlib.levels import METHOD
from zzlib.periods import end, is_year
from zzlib.plan import Indicator, Plan
from zzlib.progress import MEASURES, Way
from zzlib.promises import restated_probability
from zzlib.schema import weakest

PRIMARY_MEASURE = "straight_path"
# What each class of a published measure says of the target, as a verdict; a class not listed says nothing.
SAYS = {
    "on_track": (
        "target_met", "ahead", "on_pace", "fast_enough", "target_achieved", "substantial_progress",
        "significant_progress", "on_track_or_target_met", "on_track", "sun", "target_met_or_exceeded",
    ),
    "open": ("moderate_progress", "fair_progress", "acceleration_needed", "sun_and_cloud", "improved"),
    "off_track": (
        "behind", "too_slow", "limited_progress", "deterioration", "insufficient_progress", "movement_away",
        "stagnation_or_regression", "regression", "cloud", "thunderstorm", "little_or_no_change", "worse",
    ),
}  # fmt: skip
NO_FLIP = ("improved",)  # holds every gain short of the target, so it contradicts nothing
_VERDICT = {grade: verdict for verdict, grades in SAYS.items() for grade in grades}


def robustness(
    cases: Sequence[Case], figures: pd.DataFrame, first: pd.DataFrame, breaks: pd.DataFrame
) -> Iterator[dict[str, object]]:
    """Yield every choice's verdict for each open target, shape of `schema.ROBUSTNESS`; only families with a choice.

    `figures` hold the latest vintage of each number, `first` the first one. `flips`: the verdict differs from that of
    the family's primary choice. A published measure has a class and no probability; `SAYS` puts it into words.
    """
    unrevised = first["value"].reset_index(drop=True).equals(figures["value"].reset_index(drop=True))
    for case in cases:
        if case.way is None or case.outlook is None or case.verdict == "not_assessable" or _is_known(case):
            continue
        families = {
            "measure": list(_by_measure(case)), "model": list(_by_model(case)), "baseline": list(_by_baseline(case)),
            "exposure": list(_by_exposure(case, figures, breaks)), "definition": list(_by_definition(case)),
            "vintage": [] if unrevised else list(_by_vintage(case, first, breaks)),
        }  # fmt: skip
        status = weakest(case.certain["status"])
        for family, choices in families.items():
            if len(choices) < 2:
                continue
            main = choices[0].verdict
            for i, choice in enumerate(choices):
                other = choice.verdict not in (main, "not_assessable") and choice.grade not in NO_FLIP
                yield {
                    "indicator": case.indicator.indicator, "family": family, "choice": choice.code,
                    "primary": i == 0, "grade": choice.grade, "probability": choice.probability,
                    "verdict": choice.verdict, "flips": other,
                    "status": status,
                }  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One choice of a family and what it gives; the primary one comes first. `grade` is a measure's own class."""

    code: str
    probability: float
    verdict: str
    grade: str = ""


def _is_known(case: Case) -> bool:
    return case.verdict in ("met", "missed")


def _with_chance(case: Case, code: str, chance: float) -> Choice:
    return Choice(code, chance, "not_assessable" if math.isnan(chance) else verdict_of(case.plan, chance))


def _by_measure(case: Case) -> Iterator[Choice]:
    """Yield what each published progress measure says; those that cannot grade the case are left out."""
    way = _full_way(case)
    for name in (PRIMARY_MEASURE, *(name for name in MEASURES if name != PRIMARY_MEASURE)):
        grade = MEASURES[name](way).grade
        if grade in _VERDICT:
            yield Choice(name, math.nan, _VERDICT[grade], grade)


def _full_way(case: Case) -> Way:
    """Return the way with its series, its projection and, where counts are known, its standard errors."""
    assert case.way is not None
    assert case.outlook is not None
    rows = case.certain
    rows = rows[rows["year"] <= case.way.year]
    ratio = float(case.outlook.ratio[0])
    errors = (rows["value"] * np.sqrt(ratio / rows["numerator_value"].where(rows["numerator_value"] > 0))).to_list()
    error = dict(zip(rows["year"], errors, strict=True))
    both = (error.get(case.way.baseline_year, math.nan), error.get(case.way.year, math.nan))
    known = not any(math.isnan(one) for one in both)
    series = tuple((int(year), float(value)) for year, value in zip(rows["year"], rows["value"], strict=True))
    return replace(
        case.way, series=series,
        projected=float(np.median(case.outlook.figures(case.way.target_year)[0])),
        baseline_error=both[0] if known else None, value_error=both[1] if known else None,
    )  # fmt: skip


def _by_model(case: Case) -> Iterator[Choice]:
    """Yield the probability by the model, by the model without expected drift, and by two usual trends."""
    yield _with_chance(case, METHOD, case.probability)
    yield _with_chance(case, "no_drift", chance_of(case, outlook_of(case, neutral=True)))
    yield from (
        _with_chance(case, code, chance)
        for code, chance in ((code, by_trend(case, code)) for code in TRENDS)
        if not math.isnan(chance)
    )


def by_trend(case: Case, code: str) -> float:
    """Return the probability that a case's target is met by one of the `TRENDS`; NaN where it needs more years."""
    line = TRENDS[code](case, case.plan.target_year)
    return math.nan if line is None else chance_by(line, case)


@dataclass(frozen=True)
class Line:
    """Where a trend sees the log of a figure in a year: Student t with a mean, a standard error and its degrees."""

    mean: float
    error: float
    degrees: int

    def quantiles(self, levels: Sequence[float]) -> Floats:
        """Return quantiles of the figure itself."""
        return np.exp(self.mean + self.error * np.asarray(stats.t.ppf(levels, self.degrees), dtype=float))


def random_walk(case: Case, year: int) -> Line | None:
    """Return a year by a random walk with drift on the log of consecutive years; None with too few of them."""
    years, logs = _logs(case)
    steps = np.diff(logs)
    if len(steps) < 3 or (np.diff(years) != 1).any():
        return None
    ahead, n = year - int(years[-1]), len(steps)
    return Line(logs[-1] + ahead * steps.mean(), steps.std(ddof=1) * math.sqrt(ahead + ahead**2 / n), n - 1)


def log_trend(case: Case, year: int) -> Line | None:
    """Return a year by least squares of the log on the year; None with too few years."""
    years, logs = _logs(case)
    if len(logs) < 4:
        return None
    fit = stats.linregress(years, logs)
    rest = logs - fit.intercept - fit.slope * years
    leverage = 1 / len(logs) + (year - years.mean()) ** 2 / ((years - years.mean()) ** 2).sum()
    error = math.sqrt(rest @ rest / (len(logs) - 2) * (1 + leverage))
    return Line(fit.intercept + fit.slope * year, error, len(logs) - 2)


TRENDS = {"random_walk_drift": random_walk, "log_linear_trend": log_trend}


def _logs(case: Case) -> tuple[Floats, Floats]:
    rows = case.certain
    rows = rows if (rows["value"] > 0).all() else rows[:0]  # without its zeros a series would look worse than it is
    return rows["year"].to_numpy(float), np.log(rows["value"].to_numpy(float))


def chance_by(line: Line, case: Case, *, target: float | None = None) -> float:
    """Return the probability that a trend's figure meets the target, or another one; NaN where a log tells nothing."""
    assert case.way is not None
    goal = case.way.target if target is None else target
    if not (goal > 0 and line.error > 0):
        return math.nan
    below = float(stats.t.cdf((math.log(goal) - line.mean) / line.error, line.degrees))
    return below if case.way.falls else 1 - below


def _by_baseline(case: Case) -> Iterator[Choice]:
    yield _with_chance(case, "one_year", case.probability)
    restated = restated_probability(case)
    if not math.isnan(restated):
        yield _with_chance(case, "three_years", restated)


def _by_exposure(case: Case, figures: pd.DataFrame, breaks: pd.DataFrame) -> Iterator[Choice]:
    """Yield the verdict with each definition of the exposure alone: prices, revisions, kinds of vehicle or resident."""
    yield _with_chance(case, "as_planned", case.probability)
    denominator = case.indicator.denominator
    if denominator is None or len(denominator.scope) < 2:
        return
    for scope in denominator.scope:
        only = case.indicator.model_copy(update={"denominator": denominator.model_copy(update={"scope": (scope,)})})
        other = _again(case, case.plan, only, figures, breaks)
        if other.probability == other.probability and other.probability != case.probability:
            yield Choice(scope, other.probability, other.verdict)


def _by_definition(case: Case) -> Iterator[Choice]:
    """Yield the verdict on the baseline as it is restated, and as it was printed."""
    yield _with_chance(case, "primary", case.probability)
    if case.other is not None and case.other.way is not None:
        yield Choice("as_printed", case.other.probability, case.other.verdict)


def _by_vintage(case: Case, first: pd.DataFrame, breaks: pd.DataFrame) -> Iterator[Choice]:
    """Yield the verdict on the latest vintage of each figure and, where it differs, on the first one."""
    yield _with_chance(case, "latest", case.probability)
    other = _again(case, case.plan, case.indicator, first, breaks)
    if other.probability == other.probability and other.probability != case.probability:
        yield Choice("first", other.probability, other.verdict)


def _again(case: Case, plan: Plan, indicator: Indicator, figures: pd.DataFrame, breaks: pd.DataFrame) -> Case:
    """Return the case judged again with another indicator or other figures."""
    others = tuple(indicator if i.indicator == indicator.indicator else i for i in plan.indicators)
    changed = plan.model_copy(update={"indicators": others})
    return case_of(changed, case.target, figures, case.through, breaks, case.sizes)


def revisions(
    plan: Plan, observations: pd.DataFrame, through: int, breaks: pd.DataFrame, sizes: Mapping[str, pd.DataFrame]
) -> Iterator[dict[str, object]]:
    """Yield how the verdict on each past year changed as figures were revised, shape of `schema.REVISIONS`.

    For every year since the baseline, the verdict as known on each day when a figure of the plan's own area up to that
    year was published after it; `flips` where it is no longer that of the day before although the value is of
    the same year: a revision, no new figure. `observations` hold every vintage.
    """
    mine = observations[(observations["area"] == plan.area) & observations["period"].map(is_year).astype(bool)]
    dated = mine[mine["vintage"] != ""]
    for year in range(plan.baseline_year + 1, min(through, plan.target_year) + 1):
        closed = end(str(year))
        days = sorted({end(day) for day in dated.loc[dated["period"] <= str(year), "vintage"]})
        days = [day for day in days if day > closed]
        before: dict[str, tuple[str, int]] = {}
        for day in days:
            figures = known(observations, through=str(year), as_of=day.isoformat())
            for target in plan.targets:
                case = case_of(plan, target, figures, year, breaks, sizes.get(target.indicator))
                if case.way is None:
                    continue
                verdict, of = before.get(target.indicator, ("", 0))
                before[target.indicator] = case.verdict, case.way.year
                if case.verdict == verdict:
                    continue
                yield {
                    "indicator": target.indicator, "through": str(year), "as_of": day.isoformat(),
                    "value": case.way.value, "probability": case.probability, "verdict": case.verdict,
                    "flips": case.way.year == of, "status": weakest(case.certain["status"]),
                }  # fmt: skip
