"""Empirical Bayes on plain arrays: how far areas differ beyond chance, and what is left of a small area's rate.

An event counts once; counts whose variance is v times their mean carry the information of count / v events, and are
taken as such throughout. `expected` is what an area would count at the common rate, in the same events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
RISK_DRAWS = 2000  # of the areas' risks
SPREAD_SCALE = 0.5  # half of the prior on the relative sd between areas lies below it (half-Cauchy)
WINSORISED = 0.10  # of the scores at either end, before over-dispersion is taken from them
_SPREADS = np.geomspace(0.01, 5.0, 160)  # relative sd that are tried
_SEED = 5


class Moments(NamedTuple):
    """What areas have in common: mean rate m, and the variance A of the underlying rates, 0 where none can be shown."""

    mean: float
    variance: float


class Overdispersion(NamedTuple):
    """How much wider than chance areas scatter: φ, and the relative variance τ² between them that explains it."""

    phi: float
    variance: float


def moments(count: Floats, exposure: Floats, variance_ratio: float = 1.0) -> Moments:
    """Return mean and variance of the areas' underlying rates by Marshall's moments; arrays of shape (areas,).

    m = Σe/Σb, A = max(0, Σb(r - m)²/Σb - v m/b̄), in events per exposure and its square. Source: Marshall (1991),
    Applied Statistics 40, 283-294; the clip at 0 is part of it, and left out in some libraries.

    >>> moments(np.array([2.0, 12.0]), np.array([10.0, 20.0])).variance.__round__(6)
    0.004444
    >>> moments(np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0])).variance
    0.0
    """
    total = exposure.sum()
    mean = count.sum() / total
    around = (exposure * (count / exposure - mean) ** 2).sum() / total
    return Moments(float(mean), float(max(0.0, around - variance_ratio * mean / exposure.mean())))


def shrunk(count: Floats, exposure: Floats, found: Moments, variance_ratio: float = 1.0) -> Floats:
    """Return each rate drawn to the mean: m + w (r - m), w = A/(A + v m/b); shape (areas,), events per exposure.

    >>> count, exposure = np.array([2.0, 12.0]), np.array([10.0, 20.0])
    >>> shrunk(count, exposure, moments(count, exposure)).round(4)
    array([0.4435, 0.488 ])
    """
    noise = variance_ratio * found.mean / exposure
    whole = found.variance + noise
    weight = np.divide(found.variance, whole, out=np.zeros_like(noise), where=whole > 0)
    return np.asarray(found.mean + weight * (count / exposure - found.mean), dtype=float)


def standardised(count: Floats, exposure: Floats, variance_ratio: float = 1.0) -> Floats:
    """Return rates in units of their own spread, (r - m)/√(A + v m/b); zeros where nothing was counted.

    Source: Assunção and Reis (1999), Statistics in Medicine 18, 2147-2162, with A clipped at 0.

    >>> standardised(np.array([2.0, 12.0]), np.array([10.0, 20.0])).round(3)
    array([-1.18,  0.8 ])
    """
    mean, variance = moments(count, exposure, variance_ratio)
    spread = np.sqrt(variance + variance_ratio * mean / exposure)
    return np.divide(count / exposure - mean, spread, out=np.zeros_like(exposure), where=spread > 0)


def overdispersion(count: Floats, expected: Floats) -> Overdispersion:
    """Return φ and τ² of areas around their expected counts; τ² is a relative variance, so √τ² a relative sd.

    z = (O - E)/√E, cut at its 10 % and 90 % quantiles; φ = Σz²/n; τ² = max(0, (nφ - (n - 1))/(Σw - Σw²/Σw)), w = E,
    the inverse variance of O/E. Source: Spiegelhalter (2005), Quality and Safety in Health Care 14, 347-351.

    >>> overdispersion(np.array([5.0, 15, 10, 10]), np.full(4, 10.0)).phi.__round__(3)
    0.613
    """
    score = (count - expected) / np.sqrt(expected)
    score = np.clip(score, *np.quantile(score, [WINSORISED, 1 - WINSORISED]))
    n = len(score)
    phi = float((score**2).sum() / n)
    room = expected.sum() - (expected**2).sum() / expected.sum()
    return Overdispersion(phi, max(0.0, float((n * phi - (n - 1)) / room)) if n > 1 else 0.0)


def risks(count: Floats, expected: Floats, *, draws: int = RISK_DRAWS) -> tuple[Floats, Floats]:
    """Return the mean of each area's risk relative to the common one, and draws of it: (areas,) and (draws, areas).

    Given a relative sd a between areas, the risk is Gamma(1/a² + O, 1/a² + E). a is unknown: the draws integrate over
    it, with a half-Cauchy prior and the likelihood of all counts, so that areas which happen to look alike keep
    the doubt that they are not. Seeded: the same counts in the same order give the same draws. Source: Clayton and
    Kaldor (1987), Biometrics 43, 671-681; Gelman (2006), Bayesian Analysis 1, 515-534, for the prior.

    >>> mean, drawn = risks(np.array([5.0, 15, 10, 10]), np.full(4, 10.0))
    >>> mean.round(2), drawn.shape
    (array([0.83, 1.17, 1.  , 1.  ]), (2000, 4))
    """
    weight = _weights(count, expected)
    shape = 1 / _SPREADS**2
    mean = weight @ ((shape[:, None] + count) / (shape[:, None] + expected))
    # One draw for each equal slice of the weights: fewer draws go as far.
    slices = np.minimum(np.searchsorted(np.cumsum(weight), (np.arange(draws) + 0.5) / draws), len(shape) - 1)
    drawn = np.random.default_rng(_SEED).standard_gamma(shape[slices, None] + count)
    drawn /= shape[slices, None] + expected
    return mean, drawn


def _weights(count: Floats, expected: Floats) -> Floats:
    """Return how probable each relative sd of the grid is, given counts that are negative binomial under it."""
    shape = 1 / _SPREADS[:, None] ** 2
    likelihood = special.gammaln(shape + count) - special.gammaln(shape) - count * np.log(shape + expected)
    likelihood -= shape * np.log1p(expected / shape)
    log_weight = likelihood.sum(axis=1) + np.log(_SPREADS) - np.log1p((_SPREADS / SPREAD_SCALE) ** 2)
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum(), dtype=float)
