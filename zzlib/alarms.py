"""Early warning: which counts of the month are higher than their own past explains, with few false alarms on purpose.

A count is held against the same season of earlier years. Many are looked at every month, so the threshold follows from
how many false alarms a month a whole city can bear, not from 5 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from zzlib import months as monthly
from zzlib.comparisons import transformed_bound
from zzlib.schema import ALARMS, table, weakest

Floats = NDArray[np.float64]
BUDGET = 1.0  # false alarms that a city expects in a month, all scales together
YEARS = 5  # earlier years looked at, and at least so many of them:
LEAST_YEARS = 2
NEIGHBOURS = 1  # months either side that belong to the season
SPARSE_BELOW = 2.0  # an expected count from which the bound of Farrington is used
POWER = 2 / 3  # its transformation for skewed counts
TREND_SD = 0.1  # a count's own yearly change of the log, about that of all together
PRIOR_EVENTS = 2.0  # events at its level over all months that a series' season starts with
UNSEEN = 0.5  # events that a series is taken to have had beside those it had
QUARTER = 3
WATCHED = ("accidents", "fatal_accidents")
SCALES: dict[str, tuple[str, ...]] = {"city": ("field",), "district": ("area",), "cell": ("area", "field")}
_STEPS = 4  # of Newton's method for the trend
_PRIOR_FREEDOM = 10.0  # degrees of freedom that the pooled dispersion weighs as much as


class Alarms(NamedTuple):
    """What is expected and whether it is exceeded, each of shape (series, months); NaN and False where none can be."""

    expected: Floats
    window: NDArray[np.int64]
    observed: Floats
    least: Floats
    p: Floats
    alarm: NDArray[np.bool_]


def thresholds(tests: Mapping[str, int], *, budget: float = BUDGET) -> dict[str, float]:
    """Return the chance of a false alarm that each test of a scale may have, so that all together keep the budget.

    The budget is shared equally by the scales, and by the tests within each: α = budget / scales / tests. A scale with
    few large counts keeps its power whatever the number of small ones. Source: docs/methods.md.

    >>> {scale: round(alpha, 4) for scale, alpha in thresholds({"city": 16, "district": 16, "cell": 240}).items()}
    {'city': 0.0208, 'district': 0.0208, 'cell': 0.0014}
    """
    used = {scale: number for scale, number in tests.items() if number}
    return {scale: budget / len(used) / number for scale, number in used.items()}


def raised(months: pd.DataFrame, *, whole: str, since: str = "", budget: float = BUDGET) -> pd.DataFrame:
    """Return the alarms from a month on (by default of the last month), one row each: `schema.ALARMS`.

    Watched are accidents and fatal accidents: of the whole and its fields each month (scale `city`), of areas, and of
    areas and fields, over `QUARTER` months (`district`, `cell`). All of them share the budget (`thresholds`). `records`
    are those behind the count. `months` as from `months.counted`.
    """
    span = monthly.spans(months)
    if len(span) <= 12 * LEAST_YEARS:
        return table(ALARMS, [])
    first = span.index(since) if since in span else len(span) - 1
    watched = {
        (measure, scale): _watched(months, measure, by, whole)
        for measure in WATCHED for scale, by in SCALES.items()
    }  # fmt: skip
    levels = thresholds({f"{m}/{scale}": len(keys) for (m, scale), (keys, _) in watched.items()}, budget=budget)
    status = weakest({*months["status"]} - {""})
    rows = []
    for (measure, scale), (keys, counts) in watched.items():
        if not keys:
            continue
        width = 1 if scale == "city" else QUARTER
        found = watch(counts, alpha=levels[f"{measure}/{scale}"], window=width)
        for at, month in zip(*np.nonzero(found.alarm), strict=True):
            if month >= first:
                tested = span[month - int(found.window[at, month]) + 1 : month + 1]
                area, field = keys[at]
                rows.append({
                    "period": f"{tested[0]}/{tested[-1]}" if len(tested) > 1 else tested[0], "scale": scale,
                    "area": area, "field": field, "measure": measure, "observed": found.observed[at, month],
                    "expected": found.expected[at, month], "least": found.least[at, month], "p": found.p[at, month],
                    "records": _behind(months, measure, area if area != whole else "", field, tested), "status": status,
                })  # fmt: skip
    return table(
        ALARMS,
        sorted(rows, key=lambda row: (str(row["period"])[-7:], str(row["scale"]), str(row["area"]), str(row["field"]))),
    )


def _watched(
    months: pd.DataFrame, measure: str, by: Sequence[str], whole: str
) -> tuple[list[tuple[str, str]], Floats]:  # fmt: skip
    """Return the series of a scale and their keys: area and field, of the city its total first."""
    keys, counts = monthly.grid(months, measure, by=by)
    named = [dict(zip(by, key, strict=True)) for key in keys]
    pairs = [(key.get("area", whole), key.get("field", "")) for key in named]
    if by != ("field",):
        return pairs, counts
    total = monthly.series(months, measure).to_numpy(float)
    return [(whole, ""), *pairs], np.vstack([total, counts])


def _behind(months: pd.DataFrame, measure: str, area: str, field: str, tested: Sequence[str]) -> str:
    rows = months[(months["field"] != "") & months["period"].isin(tested)]
    rows = rows[(rows["area"] == area) | (not area)]
    rows = rows[(rows["field"] == field) | (not field)]
    return ", ".join(cell for cell in rows["fatal_records" if measure == "fatal_accidents" else "records"] if cell)


def watch(
    counts: ArrayLike, *, alpha: float, window: int = 1, since: int = 0
) -> Alarms:  # fmt: skip
    """Return the alarms of many monthly series, shape (series, months): the last column is the last month.

    Tested is the sum of the last `window` months, or of fewer: those since the last alarm, after which it starts anew.
    The mean rests on the same season (`NEIGHBOURS` months either side) of up to `YEARS` earlier years: a log-linear
    trend by Poisson regression, drawn to that of all series together (`TREND_SD`), and a level that starts with
    `PRIOR_EVENTS` events at the series' own level over all months of those years. Dispersion: Pearson's over those
    seasons, one at least, a series' own drawn to that of all. Alarm: below a mean of `SPARSE_BELOW` the exact tail of
    a negative binomial at most `alpha`, which holds the error of the mean; from it on above the bound of Farrington at
    power 2/3. `least` is the smallest count that alarms. Months before `since` are not tested.
    Raises ValueError for an alpha outside (0, 1). Source: Farrington et al. (1996), Journal of the Royal Statistical
    Society A 159, 547-563; Noufaily et al. (2013), Statistics in Medicine 32, 1206-1222.

    >>> quiet = np.tile([2.0, 1, 3, 2, 2, 1, 2, 3, 1, 2, 2, 2], 4)
    >>> watch([np.r_[quiet[:-1], 12.0]], alpha=0.001).alarm[0, -3:].tolist()
    [False, False, True]
    """
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    y = np.atleast_2d(np.asarray(counts, dtype=float))
    rows, months = y.shape
    nothing = np.full(y.shape, np.nan)
    found = Alarms(
        nothing, np.zeros(y.shape, int), nothing.copy(), nothing.copy(), nothing.copy(), np.zeros(y.shape, bool)
    )
    season = _seasons(y)
    silent = np.full(rows, window)  # months since the last alarm
    for month in range(max(12 * LEAST_YEARS, since), months):
        back = 12 * np.arange(1, YEARS + 1)
        back = back[month - back >= 0]
        if len(back) < LEAST_YEARS:
            continue
        width = np.minimum(silent + 1, window)
        expected, unsure, own = _expected(season, month, back, width)
        observed = _last(y, month, width)
        least, p = _bounds(observed, expected, unsure, own, alpha)
        alarm = (observed >= least) & np.isfinite(observed)
        for name, value in zip(Alarms._fields, (expected, width, observed, least, p, alarm), strict=True):
            getattr(found, name)[:, month] = value
        silent = np.where(alarm, 0, silent + 1)
    return found


class _Seasons(NamedTuple):
    """Running sums over the months before each, shape (months + 1, series): of counts, and of months that are known."""

    counts: Floats
    known: Floats


def _seasons(y: Floats) -> _Seasons:
    pad = ((1, 0), (0, 0))
    sums = (np.pad(np.cumsum(part.T, axis=0), pad) for part in (np.nan_to_num(y), np.isfinite(y).astype(float)))
    return _Seasons(*sums)


def _between(sums: Floats, first: ArrayLike, last: ArrayLike) -> Floats:
    """Return the sums over the months from `first` to before `last`; both of shape (series,) or one for all."""
    rows = np.arange(sums.shape[1])
    a, b = (np.clip(np.asarray(edge), 0, len(sums) - 1) for edge in (first, last))
    return np.asarray(sums[b, rows] - sums[a, rows], dtype=float)


def _last(y: Floats, month: int, width: NDArray[np.int64]) -> Floats:
    """Return the sum of the last months of each series; NaN where one of them is unknown."""
    total = np.zeros(len(y))
    for step in range(int(width.max(initial=1))):
        total += np.where(step < width, y[:, month - step], 0.0)
    return total


def _expected(
    season: _Seasons, month: int, back: NDArray[np.int64], width: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats]:
    """Return each series' expected count over its window, the variance of its log, and the dispersion of the count."""
    first = month - width + 1  # of the months tested: nothing from there on is part of the past
    edges = [
        (np.maximum(first - years - NEIGHBOURS, 0), np.minimum(month + 1 - years + NEIGHBOURS, first))
        for years in back
    ]  # fmt: skip
    counts, months = (np.array([_between(sums, *edge) for edge in edges]) for sums in season)  # (years, series)
    ago = (back / 12)[:, None]
    common, _ = _trend(counts.sum(axis=1, keepdims=True), months.sum(axis=1, keepdims=True), ago, 0.0, 1.0)
    trend, spread = _trend(counts, months, ago, float(common[0]), TREND_SD)
    weight = months * np.exp(-trend * ago)
    total, effective = counts.sum(axis=0), weight.sum(axis=0)
    events, over = (_between(sums, np.maximum(first - 12 * YEARS, 0), first) for sums in season)
    typical = (events + UNSEEN) / np.maximum(over, 1.0)  # a month, whatever the season
    level = (total + PRIOR_EVENTS) / (effective + PRIOR_EVENTS / typical)
    fitted = total / np.maximum(effective, 1e-12) * weight
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = np.where(fitted > 0, (counts - fitted) ** 2 / fitted, 0.0).sum(axis=0)
    # Where nothing happened Pearson's sum is zero whatever the dispersion: such series tell nothing of it.
    freedom = np.where(total > 0, np.maximum((months > 0).sum(axis=0) - 1, 0), 0)
    pooled = max(1.0, float(pearson.sum() / max(freedom.sum(), 1)))
    # A handful of years tells little of one series' dispersion: its own is drawn to that of all.
    dispersion = np.maximum(1.0, (pearson + _PRIOR_FREEDOM * pooled) / (freedom + _PRIOR_FREEDOM))
    middle = (weight * ago).sum(axis=0) / np.maximum(effective, 1e-12)
    level = np.where((months > 0).sum(axis=0) >= LEAST_YEARS, level, np.nan)  # unknown seasons tell nothing
    return level * width, dispersion / (total + PRIOR_EVENTS) + spread * middle**2, dispersion


def _trend(counts: Floats, months: Floats, ago: Floats, centre: float, sd: float) -> tuple[Floats, Floats]:
    """Return the yearly change of the log and its variance: Poisson regression given the total, with a normal prior."""
    total, moment = counts.sum(axis=0), (counts * ago).sum(axis=0)
    slope, curvature = np.full(counts.shape[1], centre), np.full(counts.shape[1], 1 / sd**2)
    for _ in range(_STEPS):
        weight = months * np.exp(-slope * ago)
        whole = np.maximum(weight.sum(axis=0), 1e-300)
        mean = (weight * ago).sum(axis=0) / whole
        curvature = total * ((weight * ago**2).sum(axis=0) / whole - mean**2) + 1 / sd**2
        slope = slope + np.clip((total * mean - moment - (slope - centre) / sd**2) / curvature, -0.5, 0.5)
    return slope, 1 / curvature


def _bounds(observed: Floats, mean: Floats, unsure: Floats, dispersion: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Return the smallest count that alarms, and the chance of a count as large as the observed one."""
    # One negative binomial holds the count's own dispersion and the error of its mean.
    excess = np.maximum(dispersion - 1 + mean * unsure, 1e-9)
    p = _at_least(observed, mean, excess)
    sparse, exact = (mean < SPARSE_BELOW) & (p <= alpha), np.full(len(mean), np.inf)
    if sparse.any():  # the quantile is wanted only where it is passed
        wide = excess[sparse]
        exact[sparse] = stats.nbinom.isf(alpha, mean[sparse] / wide, 1 / (1 + wide)) + 1
    # The dispersion is estimated, so the bound is that of Student's t.
    z = float(stats.t.isf(alpha, _PRIOR_FREEDOM + YEARS - 1))
    bound = transformed_bound(mean, mean**2 * unsure, dispersion, z, POWER)
    return np.where(mean < SPARSE_BELOW, exact, np.floor(bound) + 1), p


def _at_least(count: Floats, mean: Floats, excess: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        tail = special.betainc(np.maximum(count, 1), mean / excess, excess / (1 + excess))
    return np.where(count > 0, tail, np.where(np.isfinite(count), 1.0, np.nan))
