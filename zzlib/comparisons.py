"""Comparisons of small counts: one with another, with its limits, and treated areas with control areas.

Each rests on independent events. Deaths come in accidents: compare fatal accidents, or give the variance ratio
(docs/methods.md). Districts, monitoring and the effects of measures call these; nothing here reads a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Floats = NDArray[np.float64]


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


def tail_above(count: ArrayLike, total: ArrayLike, share: ArrayLike) -> Floats:
    """Return the mid-p upper tail of a count that is a share of a total: P(X > count) + ½ P(X = count).

    X ~ Binomial(total, share): two Poisson counts of one rate, given their sum, `share` being the first one's part of
    the exposure. Arguments broadcast; fractions of events stand for counts of wider variance (docs/methods.md). The
    lower tail is one minus it; two-sided: twice the smaller. Source: Lancaster (1961), Journal of the American
    Statistical Association 56, 223-234.

    >>> tail_above([6, 2, 4], 8, 0.5).round(4)
    array([0.0898, 0.9102, 0.5   ])
    """
    x, n, p = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (count, total, share)))
    with np.errstate(invalid="ignore"):  # the branches not taken
        least = np.where(x > 0, special.betainc(x, n - x + 1, p), 1.0)
        above = np.where(x < n, special.betainc(x + 1, n - x, p), 0.0)
    return np.asarray((least + above) / 2, dtype=float)


def two_sided(above: Floats) -> Floats:
    """Return the two-sided p of upper mid-p tails: twice the smaller of the two tails.

    >>> two_sided(tail_above([6, 2], 8, 0.5)).round(4)
    array([0.1797, 0.1797])
    """
    return 2 * np.minimum(above, 1 - above)


def e_test(
    first: int, second: int, *, exposures: tuple[float, float] = (1.0, 1.0), variance_ratio: float = 1.0
) -> float:
    """Return the two-sided p that two rates are equal, with the nuisance rate estimated.

    T = |x₁/e₁ - x₂/e₂| / √(x₁/e₁² + x₂/e₂²); p is the probability of a T at least as large when both counts have the
    pooled rate: Poisson, or negative binomial with variance `variance_ratio` times the mean. Raises ValueError for a
    negative count, an exposure of zero or less, a ratio below one, and two zeros. Source: Krishnamoorthy and Thomson
    (2004), Journal of Statistical Planning and Inference 119, 23-35.

    >>> round(e_test(6, 2), 3), round(e_test(6, 2, variance_ratio=2), 3)
    (0.175, 0.33)
    """
    _counts(first, second)
    if min(exposures) <= 0:
        raise ValueError("an exposure must be above zero")
    if variance_ratio < 1:
        raise ValueError("a variance ratio must be one or more")
    if first + second == 0:
        raise ValueError("two zeros cannot be compared")
    one, other = exposures
    rate = (first + second) / (one + other)
    (x, weight_x), (y, weight_y) = (_chances(rate * exposure, variance_ratio) for exposure in exposures)
    x, y = x[:, None], y[None, :]
    # Without divisions or roots: difference² against T² times the variance. Two zeros differ by nothing.
    least = (first * other - second * one) ** 2 / (first * other**2 + second * one**2)
    seen = (x * other - y * one) ** 2 >= (least - 1e-9 * abs(least) - 1e-12) * (x * other**2 + y * one**2)
    seen[x[:, 0] == 0, y[0] == 0] = least <= 0
    return min(1.0, float(weight_x @ seen @ weight_y))


def _chances(mean: float, variance_ratio: float) -> tuple[Floats, Floats]:
    """Return the whole numbers that a count of a mean may come to, and how probable each is."""
    reach = 9 * math.sqrt(mean * variance_ratio)
    at = np.arange(max(0, int(mean - reach)), int(mean + reach + 20 * variance_ratio + 20))
    if variance_ratio > 1:
        size = mean / (variance_ratio - 1)
        chance = special.gammaln(at + size) - special.gammaln(size) - special.gammaln(at + 1)
        chance += at * math.log(1 - 1 / variance_ratio) - size * math.log(variance_ratio)
    else:
        chance = at * math.log(mean) - mean - special.gammaln(at + 1)
    return at.astype(float), np.exp(chance)


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
    z = float(stats.norm.isf(alpha))
    lower, upper = (float(transformed_bound(mean, error**2, dispersion, way * z, power)) for way in (-1, 1))
    tail = float(stats.norm.sf((observed**power - mean**power) / spread))
    return Bound(lower, upper, tail, (observed - mean) / (upper - mean))


def transformed_bound(
    mean: ArrayLike, variance: ArrayLike, dispersion: ArrayLike, z: float, power: float
) -> Floats:  # fmt: skip
    """Return max(0, μ^e + z e μ^(e - ½) √(dispersion + variance/μ))^(1/e) for many means, `variance` being theirs.

    >>> transformed_bound([5.0, 20.0], 0.04, 1.0, 1.645, 2 / 3).round(2)
    array([ 9.12, 27.8 ])
    """
    mu = np.asarray(mean, dtype=float)
    spread = power * mu ** (power - 0.5) * np.sqrt(np.asarray(dispersion) + np.asarray(variance) / mu)
    return np.asarray(np.maximum(0.0, mu**power + z * spread) ** (1 / power), dtype=float)


def displacement_difference(
    treated: Sequence[int],
    control: Sequence[int],
    displaced: Sequence[int] = (0, 0),
    displaced_control: Sequence[int] = (0, 0),
    *,
    times: tuple[float, float] = (1.0, 1.0),
    weight: float = 1.0,
) -> Displacement:
    """Return how many events fewer there were than control areas lead to expect, with those that only moved.

    Each pair is (before, after); `times` are the lengths of the two periods. (Δtreated - w Δcontrol) + (Δdisplaced -
    w Δits control), Δ = after/t₂ - before/t₁; variance Σ before/t₁² + after/t₂², of controls times w². The `weight` w,
    one in the source, brings controls of another size to that of the treated. Raises ValueError for a negative count
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
        part = weight if sign < 0 else 1.0
        difference += sign * part * (later / after - earlier / before)
        variance += part**2 * (later / after**2 + earlier / before**2)
    error = math.sqrt(variance)
    reach = float(stats.norm.isf(0.025)) * error
    z = difference / error if error else math.nan
    return Displacement(difference, variance, z, difference - reach, difference + reach)


def _counts(*counts: float) -> None:
    if min(counts) < 0:
        raise ValueError("a count cannot be negative")
