"""Comparisons of small counts: one with another, with its limits, and treated areas with control areas.

Each rests on independent events. Deaths come in accidents: compare fatal accidents, or give the variance ratio
(docs/methods.md). Districts, monitoring and the effects of measures call these; nothing here reads a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats


class Comparison(NamedTuple):
    """Two counts compared: z score, two-sided p of the normal and of the exact binomial test."""

    z: float
    p_normal: float
    p_binomial: float


class Bound(NamedTuple):
    """Limits of an expected count, with what an observed one says: upper-tail probability and score (1: the limit)."""

    lower: float
    upper: float
    probability: float
    score: float


class Displacement(NamedTuple):
    """A weighted displacement difference: estimate, variance, z score and 95 % interval, in events."""

    difference: float
    variance: float
    z: float
    low: float
    high: float


def natural_variation(first: int, second: int) -> Comparison:
    """Return whether two counts of equal exposure differ beyond chance.

    z = (first - second) / √(first + second); exact: first ~ Binomial(first + second, ½). Raises ValueError when both
    counts are zero or one is negative. Source: Department for Transport (2015), Reported road casualties Great Britain.

    >>> natural_variation(1775, 1732)._asdict()["p_binomial"].__round__(4)
    0.4782
    """
    _counts(first, second)
    if first + second == 0:
        raise ValueError("two zeros cannot be compared")
    z = (first - second) / math.sqrt(first + second)
    exact = stats.binomtest(int(first), int(first + second)).pvalue
    return Comparison(z, float(2 * stats.norm.sf(abs(z))), float(exact))


def e_test(first: int, second: int, *, exposures: tuple[float, float] = (1.0, 1.0)) -> float:
    """Return the two-sided p that two Poisson rates are equal, with the nuisance rate estimated.

    T = |x₁/e₁ - x₂/e₂| / √(x₁/e₁² + x₂/e₂²); p is the probability of a T at least as large when both counts are Poisson
    with the pooled rate. Raises ValueError for a negative count, an exposure of zero or less, and two zeros. Source:
    Krishnamoorthy and Thomson (2004), Journal of Statistical Planning and Inference 119, 23-35.

    >>> round(e_test(6, 2), 3)
    0.175
    """
    _counts(first, second)
    if min(exposures) <= 0:
        raise ValueError("an exposure must be above zero")
    if first + second == 0:
        raise ValueError("two zeros cannot be compared")
    one, other = exposures
    rate = (first + second) / (one + other)
    grids = [np.arange(*_reach(rate * exposure)) for exposure in exposures]
    x, y = np.meshgrid(*grids, indexing="ij")
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = np.abs(x / one - y / other) / np.sqrt(x / one**2 + y / other**2)
    seen = np.where(x + y == 0, 0.0, seen)
    least = abs(first / one - second / other) / math.sqrt(first / one**2 + second / other**2)
    weight = np.outer(
        *(stats.poisson.pmf(grid, rate * exposure) for grid, exposure in zip(grids, exposures, strict=True))
    )
    return float(weight[seen >= least - 1e-12].sum())


def _reach(mean: float) -> tuple[int, int]:
    """Return the whole numbers outside which a Poisson count of a mean hardly ever falls."""
    return int(stats.poisson.ppf(1e-14, mean)), int(stats.poisson.ppf(1 - 1e-14, mean)) + 2


def ratio_limits(expected: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the χ² limits of observed over expected around 1: an interval around n, not a test against it.

    lower = χ²(α/2; 2n) / 2n, upper = χ²(1 - α/2; 2n + 2) / 2n. As control limits of a funnel they name good areas far
    more often than bad ones; judge an area against the rest by the exact tail instead. Raises ValueError unless the
    expected count is above zero. Source: Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202.

    >>> [round(limit, 4) for limit in ratio_limits(20)]
    [0.6108, 1.5444]
    """
    if expected <= 0:
        raise ValueError("the expected count must be above zero")
    tail = (1 - level) / 2
    return (
        float(stats.chi2.ppf(tail, 2 * expected) / 2 / expected),
        float(stats.chi2.isf(tail, 2 * (expected + 1)) / 2 / expected),
    )


def alarm_bound(
    observed: float, mean: float, error: float, *, dispersion: float = 1.0, alpha: float = 0.05, power: float = 1.0
) -> Bound:
    """Return the limits within which a count is expected, one-sided at `alpha` either way, and what was observed.

    max(0, μ^e ± z e μ^(e - ½) √τ)^(1/e), τ = dispersion + error²/μ, z = Φ⁻¹(1 - α); `power` e is 1, ½ or ⅔, which
    brings a skewed count nearer to normal. Score: (observed - μ) / (upper - μ). Raises ValueError unless μ and e are
    above zero. Below a mean of about 2 use the exact quantile. Source: Farrington et al. (1996), Journal of the Royal
    Statistical Society A 159, 547-563; Noufaily et al. (2013), Statistics in Medicine 32, 1206-1222.

    >>> [round(part, 3) for part in alarm_bound(8, 5, 0.2, power=2 / 3)]
    [1.808, 9.115, 0.109, 0.729]
    """
    if mean <= 0 or power <= 0:
        raise ValueError("the mean and the power must be above zero")
    spread = power * mean ** (power - 0.5) * math.sqrt(dispersion + error**2 / mean)
    reach = float(stats.norm.isf(alpha)) * spread
    lower, upper = (max(0.0, mean**power + way * reach) ** (1 / power) for way in (-1, 1))
    tail = float(stats.norm.sf((observed**power - mean**power) / spread))
    return Bound(lower, upper, tail, (observed - mean) / (upper - mean))


def displacement_difference(
    treated: Sequence[int],
    control: Sequence[int],
    displaced: Sequence[int] = (0, 0),
    displaced_control: Sequence[int] = (0, 0),
    *,
    times: tuple[float, float] = (1.0, 1.0),
) -> Displacement:
    """Return how many events fewer there were than control areas lead to expect, with those that only moved.

    Each pair is (before, after); `times` are the lengths of the two periods. (Δtreated - Δcontrol) + (Δdisplaced -
    Δits control), Δ = after/t₂ - before/t₁; variance Σ before/t₁² + after/t₂². Raises ValueError for a negative count
    or a time of zero. Source: Wheeler and Ratcliffe (2018), Crime Science 7, 11.

    >>> displacement_difference((207, 110), (308, 318), (178, 157), (150, 140)).difference
    -118.0
    """
    if min(times) <= 0:
        raise ValueError("a period must last some time")
    before, after = times
    difference = variance = 0.0
    for (earlier, later), sign in ((treated, 1), (control, -1), (displaced, 1), (displaced_control, -1)):
        _counts(earlier, later)
        difference += sign * (later / after - earlier / before)
        variance += later / after**2 + earlier / before**2
    error = math.sqrt(variance)
    reach = float(stats.norm.isf(0.025)) * error
    z = difference / error if error else math.nan
    return Displacement(difference, variance, z, difference - reach, difference + reach)


def _counts(*counts: float) -> None:
    if min(counts) < 0:
        raise ValueError("a count cannot be negative")
