"""Chances of a count: Poisson, wider than Poisson, and made of accidents of known sizes, under an uncertain level."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
_NODES = 7  # of Gauss-Hermite quadrature over a log-normal factor
_LEVEL_NODES = 21  # over a level, whose tails matter more
_FINEST = 1e-9  # dispersion below which a negative binomial is a Poisson


def count_at_most(limit: ArrayLike, mean: ArrayLike, variance_ratio: ArrayLike = 1.0) -> Floats:
    """Return P(count <= limit) for expected counts: Poisson, or negative binomial with variance v times the mean.

    >>> float(count_at_most(0, 2.0).round(4))
    0.1353
    """
    most, expected = np.floor(np.asarray(limit, dtype=float)), np.asarray(mean, dtype=float)
    excess = np.maximum(np.asarray(variance_ratio, dtype=float) - 1, _FINEST)
    wide = special.betainc(expected / excess, np.maximum(most, 0) + 1, 1 / (1 + excess))
    chance = np.where(excess > _FINEST, wide, special.pdtr(np.maximum(most, 0), expected))
    return np.where(most < 0, 0.0, chance)


def count_log_chance(count: ArrayLike, mean: ArrayLike, variance_ratio: ArrayLike = 1.0) -> Floats:
    """Return log P(count) for expected counts, as of `count_at_most`; it does not underflow far from the mean.

    >>> float(count_log_chance(0, 2.0).round(4)), float(count_log_chance(400, 2.0).round())
    (-2.0, -1725.0)
    """
    number, expected = np.asarray(count, dtype=float), np.asarray(mean, dtype=float)
    excess = np.maximum(np.asarray(variance_ratio, dtype=float) - 1, _FINEST)
    wide = stats.nbinom.logpmf(number, expected / excess, 1 / (1 + excess))
    return np.asarray(np.where(excess > _FINEST, wide, stats.poisson.logpmf(number, expected)), dtype=float)


def folded(mean: ArrayLike, variance: ArrayLike, variance_ratio: ArrayLike = 1.0) -> tuple[Floats, Floats]:
    """Return expected count and variance ratio of a count whose log level is N(mean, variance).

    E = exp(mean + variance/2); Var/E = v + E (exp(variance) - 1): the level's uncertainty joins the count's own
    dispersion, so that one negative binomial stands for both.

    >>> expected, ratio = folded(np.log(100), 0.01)
    >>> float(expected.round(1)), float(ratio.round(2))
    (100.5, 2.01)
    """
    spread = np.asarray(variance, dtype=float)
    expected = np.exp(np.asarray(mean, dtype=float) + spread / 2)
    return expected, np.asarray(variance_ratio, dtype=float) + expected * np.expm1(spread)


def count_quantiles(
    at: ArrayLike, mean: ArrayLike, variance: ArrayLike, variance_ratio: ArrayLike = 1.0
) -> Floats:  # fmt: skip
    """Return quantiles of a count whose log level is N(mean, variance); arguments broadcast."""
    expected, ratio = folded(mean, variance, variance_ratio)
    excess = np.maximum(ratio - 1, 1e-6)
    return np.asarray(stats.nbinom.ppf(at, expected / excess, 1 / (1 + excess)), dtype=float)


def normal_nodes(nodes: int = _NODES) -> Iterator[tuple[float, float]]:
    """Yield points of a standard normal and their weights, which add up to one (Gauss-Hermite quadrature)."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    yield from zip(points.tolist(), (weights / weights.sum()).tolist(), strict=True)


def compound_at_most(limit: ArrayLike, mean: float, variance: float, sizes: Floats) -> Floats:
    """Return P(deaths <= limit), shape of `limit`, for deaths that come in accidents of known sizes.

    The number of accidents is Poisson, each takes s deaths with the frequency `sizes[s]`, shape (largest size + 1,);
    the log of the expected deaths is N(mean, variance). Distribution by the discrete Fourier transform of
    exp(accidents (f(t) - 1)), averaged over the level. Source: Klugman, Panjer and Willmot (2012), Loss models, 9.

    >>> alone, threes = np.array([0, 1.0]), np.array([0, 0, 0, 1.0])
    >>> compound_at_most([0, 1], np.log(3), 0, alone).round(3), compound_at_most([0, 1], np.log(3), 0, threes).round(3)
    (array([0.05 , 0.199]), array([0.368, 0.368]))
    """
    most = np.floor(np.atleast_1d(np.asarray(limit, dtype=float)))
    frequency = np.asarray(sizes, dtype=float) / np.sum(sizes)
    each = np.arange(len(frequency))
    mean_size = float(frequency @ each)
    ratio = float(frequency @ each**2) / mean_size
    chance = np.zeros(most.shape)
    nodes = list(normal_nodes(_LEVEL_NODES)) if variance > 0 else [(0.0, 1.0)]
    for point, weight in nodes:
        expected = float(np.exp(mean + np.sqrt(variance) * point))
        length = 1 << int(np.ceil(np.log2(expected + 12 * np.sqrt(expected * ratio) + 2 * len(frequency) + 8)))
        transform = np.fft.rfft(frequency, length)
        at_most = np.cumsum(np.fft.irfft(np.exp(expected / mean_size * (transform - 1)), length))
        chance += weight * np.clip(at_most[np.clip(most, 0, length - 1).astype(int)], 0.0, 1.0)
    return np.where(most < 0, 0.0, chance)


def compound_draws(mean: Floats, sizes: Floats, random: np.random.Generator) -> Floats:
    """Return one draw of the deaths for each expected number, which come in accidents of known sizes."""
    frequency = np.asarray(sizes, dtype=float) / np.sum(sizes)
    each = np.arange(len(frequency))
    deaths = np.zeros(len(mean))
    for size, share in zip(each, frequency, strict=True):
        deaths += size * random.poisson(mean * share / (frequency @ each))
    return deaths


def meeting(change: Decimal | float, baseline: ArrayLike) -> Floats:
    """Return the largest count that meets a relative change: floor((1 + change) baseline + 1e-9), in exact decimals.

    >>> meeting(-0.3, [90, 10])
    array([63.,  7.])
    """
    numerator, denominator = (1 + Decimal(str(change))).as_integer_ratio()  # (1 − .3)·90 is 62.999… in floats
    return np.floor(np.asarray(baseline, dtype=float) * numerator / denominator + 1e-9)


def chance_if_nothing_changed(
    count: float, change: Decimal, variance_ratio: float = 1.0, *, true_change: float = 0.0
) -> float:
    """Return P(the target year meets a relative target | the true risk changes by `true_change`, by default not).

    Baseline and target year are both draws, with the expected counts `count` and (1 + true_change) `count`: sum over b
    of P(b) P(y <= floor((1 + change) b)). With no change it is how often chance alone delivers the target.
    Source: docs/methods.md.

    >>> round(chance_if_nothing_changed(20, Decimal("-0.3")), 4)
    0.1371
    >>> round(chance_if_nothing_changed(20, Decimal("-0.3"), true_change=-0.4), 3)
    0.672
    """
    spread = 12 * np.sqrt(count * variance_ratio) + 20
    baselines = np.arange(max(0, int(count - spread)), int(count + spread) + 1)
    weights = np.diff(count_at_most(baselines, count, variance_ratio), prepend=0.0)
    chances = count_at_most(meeting(change, baselines), (1 + true_change) * count, variance_ratio)
    return float((weights * chances).sum())


def noise_floor(count: float, change: Decimal, variance_ratio: float = 1.0, *, chance: float = 0.8) -> float:
    """Return the smallest true fall, a share, with which a relative target is met with at least this chance.

    >>> round(noise_floor(100, Decimal("-0.1")), 2)
    0.21
    """
    low, high = 0.0, 1.0
    if chance_if_nothing_changed(count, change, variance_ratio) >= chance:
        return 0.0
    for _ in range(20):
        middle = (low + high) / 2
        enough = chance_if_nothing_changed(count, change, variance_ratio, true_change=-middle) >= chance
        low, high = (low, middle) if enough else (middle, high)
    return high
