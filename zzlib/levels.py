"""The level of many yearly series at once: what they share, what is their own, and where it goes.

The log of an underlying risk is a common path plus an own random walk. The common path (a nation's year, a city's
trend) has a drift that comes and goes around a long-run mean; it is pooled over all areas seen together. The own walk
is seen through noise: a count is a draw, a printed rate is rounded. All is Gaussian on the log scale, counts by
Laplace's approximation, so that observed, missing and future years have one closed form. Source: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
METHOD = "shared_level_2"
_FLAT = 25.0  # prior variance of an area's own level: anything within a factor of e**10 either way
_UNSEEN = 1e6  # noise variance of a year without a figure
_ROUNDS = 3  # of Laplace's approximation; more move nothing but areas with hardly a death (docs/methods.md)
_SCALES = np.array([0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0, 2.8, 4.0])  # of the own volatility
_SCALE_SD = 0.35  # how far the volatility of one panel may lie from the constant, in logs
_SCALE_AREAS = 100  # areas looked at for the volatility
_SCALE_WEIGHT = 0.1  # areas share shocks that the model does not know: ten tell as much as one would alone
POOLED_FROM = 10  # fewer areas keep the constant volatility


@dataclass(frozen=True)
class Constants:
    """What series of a kind have in common, yearly and in logs.

    `drift`: long-run mean change; `drift_sd` and `persistence`: how far the common drift strays from it and how much
    of that is left a year later; `common_volatility`: sd of the common path's shocks; `volatility`: of an area's own.
    """

    drift: float
    drift_sd: float
    persistence: float
    common_volatility: float
    volatility: float


# Rounded from cross-fits on real panels of road deaths (docs/validation.md); the exposure's are a judgement.
COUNT = Constants(drift=-0.02, drift_sd=0.03, persistence=0.7, common_volatility=0.03, volatility=0.05)
RATE = Constants(drift=-0.06, drift_sd=0.03, persistence=0.7, common_volatility=0.03, volatility=0.05)
EXPOSURE = Constants(drift=0.05, drift_sd=0.03, persistence=0.8, common_volatility=0.01, volatility=0.02)


@dataclass(frozen=True)
class Shared:
    """The common path as the areas of one panel show it, with the constants that it rests on.

    Posterior `mean` and `covariance` of its departure from the drift, shapes (years,) and (years, years).
    """

    constants: Constants
    years: tuple[int, ...]
    mean: Floats
    covariance: Floats
    areas: int


@dataclass(frozen=True)
class Sightings:
    """What was seen of some series: arrays of shape (areas, years), NaN where a year has no figure.

    Either a `count`, with the log of its exposure (`offset`, 0: none), or the `log` of a rate with the `variance` of
    its noise. `extra` is further log variance of a count (its rounding); `ratio`, shape (areas,), the counts' variance
    over their mean. `linked` marks figures scaled by a link factor, whose log error they share (`link_sd`, (areas,)).
    """

    years: tuple[int, ...]
    count: Floats
    offset: Floats
    log: Floats
    variance: Floats
    extra: Floats
    ratio: Floats
    linked: Floats
    link_sd: Floats

    def of(self, chosen: NDArray[np.intp]) -> Sightings:
        """Return some of the areas."""
        parts = (self.count, self.offset, self.log, self.variance, self.extra, self.ratio, self.linked, self.link_sd)
        return Sightings(self.years, *(part[chosen] for part in parts))

    def around(self, guess: Floats | None) -> tuple[Floats, Floats]:
        """Return log level and noise variance of each figure: as Laplace's approximation has them around a guess."""
        level = np.log(self.count + 0.5) - self.offset if guess is None else guess
        expected = np.exp(level + self.offset)
        seen = level if guess is None else guess + self.count / expected - 1
        noise = self.ratio[:, None] / expected + self.extra
        seen = np.where(np.isfinite(self.count), seen, self.log)
        noise = np.where(np.isfinite(self.count), noise, self.variance)
        known = np.isfinite(seen)
        return np.where(known, seen, 0.0), np.where(known, noise, _UNSEEN)


@dataclass(frozen=True)
class Levels:
    """The joint distribution of log levels: `mean`, shape (areas, years), and `covariance` (areas, years, years).

    `lean`, same shape as the mean, is how far a level moves for each unit of the constants' drift. A link's log error
    has mean and variance `link`, shape (2, areas), once the figures on both sides are seen; `pull` is how far a level
    moves with it.
    """

    years: tuple[int, ...]
    mean: Floats
    covariance: Floats
    lean: Floats
    link: Floats
    pull: Floats

    def at(self, year: int) -> tuple[Floats, Floats]:
        """Return mean and variance of a year's log level, shape (areas,)."""
        i = self.years.index(year)
        return self.mean[:, i], self.covariance[:, i, i]

    def change(self, first: int, last: int) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the log change between two years, shape (areas,)."""
        contrast = np.zeros(len(self.years))
        contrast[self.years.index(last)] += 1
        contrast[self.years.index(first)] -= 1
        centre, error = self.link
        pull = self.pull @ contrast
        variance = np.einsum("i,nij,j->n", contrast, self.covariance, contrast) + pull**2 * error
        return self.mean @ contrast + pull * centre, np.sqrt(np.maximum(variance, 0.0))


def sightings(
    years: Sequence[int], *, count: ArrayLike = np.nan, offset: ArrayLike = 0.0, log: ArrayLike = np.nan,
    variance: ArrayLike = 0.0, extra: ArrayLike = 0.0, ratio: ArrayLike = 1.0, linked: ArrayLike = 0.0,
    link_sd: ArrayLike = 0.0,
) -> Sightings:  # fmt: skip
    """Return sightings from arrays that broadcast to (areas, years), `ratio` and `link_sd` to (areas,)."""
    tables = [np.atleast_2d(np.asarray(part, float)) for part in (count, offset, log, variance, extra, linked)]
    shape = np.broadcast_shapes(*(part.shape for part in tables), (1, len(years)))
    counts, offsets, logs, variances, extras, links = (np.broadcast_to(part, shape) for part in tables)
    each, error = (np.broadcast_to(np.asarray(part, float), shape[:1]) for part in (ratio, link_sd))
    when = tuple(int(year) for year in years)
    return Sightings(when, counts, offsets, logs, variances, extras, each, links, error)


def share(seen: Sightings, constants: Constants) -> Shared:
    """Return what the areas of a panel share: their common path and, from ten areas on, their own volatility.

    The path is pooled over every area at once; a single series is a panel of one, whose answer is the exact
    conditional under the constants. The volatility is a mean over eleven scales of the constant, weighted by a
    tempered likelihood.

    >>> panel = sightings([2016, 2017, 2018], count=[[100, 90, 81], [200, 180, 162]])
    >>> share(panel, COUNT).mean.round(2)
    array([ 0.  , -0.03, -0.06])
    """
    areas = len(seen.ratio)
    if areas >= POOLED_FROM:
        some = seen.of(np.unique(np.linspace(0, areas - 1, min(areas, _SCALE_AREAS)).astype(int)))
        evidence = [_fitted(some, _scaled(constants, scale))[2] for scale in _SCALES]
        score = _SCALE_WEIGHT * np.array(evidence) - (np.log(_SCALES) / _SCALE_SD) ** 2 / 2
        weight = np.exp(score - score.max())
        constants = _scaled(constants, float(np.exp(weight @ np.log(_SCALES) / weight.sum())))
    path, covariance, _ = _fitted(seen, constants)
    return Shared(constants, seen.years, path, covariance, areas)


def _scaled(constants: Constants, scale: float) -> Constants:
    return replace(constants, volatility=constants.volatility * scale)


def _fitted(seen: Sightings, constants: Constants) -> tuple[Floats, Floats, float]:
    """Return mean and covariance of the common path, and the panel's log likelihood (Laplace)."""
    k, start = len(seen.years), seen.years[0]
    own, common = _own(seen.years, constants), _common(seen.years, start, constants)
    drift = constants.drift * (np.array(seen.years) - start)
    # Linked figures of an area are wrong together: their step must not be taken for a common path.
    linked = (seen.link_sd**2)[:, None, None] * seen.linked[:, :, None] * seen.linked[:, None, :]
    guess = None
    for _ in range(_ROUNDS):
        log, noise = seen.around(guess)
        level = _centre(log - drift, noise)
        precision = np.linalg.inv(own + _diagonal(noise) + linked)
        information = precision.sum(axis=0)
        residual = log - drift - level
        pulled = np.einsum("nij,nj->i", precision, residual)
        covariance = np.linalg.solve(np.eye(k) + common @ information, common)
        path = covariance @ pulled
        guess = drift + level + path + np.einsum("nij,nj->ni", precision, residual - path) @ own
    logdet = np.linalg.slogdet(precision)[1].sum() - np.linalg.slogdet(np.eye(k) + common @ information)[1]
    square = np.einsum("ni,nij,nj->", residual, precision, residual) - pulled @ path
    return path, (covariance + covariance.T) / 2, float(logdet - square) / 2


def levels(seen: Sightings, shared: Shared, at: Sequence[int]) -> Levels:
    """Return the distribution of each area's log level in the years `at`, given what was seen of it and of all.

    With P the inverse of own covariance plus noise, g = P k(T) and c the common path: mean(T) = c(T) + g'(y - c), and
    the variance adds that of the walk, of the path and of what follows it. Each area is answered by itself: alone or in
    a batch, the answer is the same. Source: docs/methods.md.
    """
    constants, k = shared.constants, len(seen.years)
    together = np.array([*seen.years, *at])
    own = _own(together, constants)
    since = (together - shared.years[0]).astype(float)
    path, covariance = _continued(shared, together)
    expected = constants.drift * since + path
    guess = None
    for _ in range(_ROUNDS):
        log, noise = seen.around(guess)
        level = _centre(log - expected[:k], noise)
        precision = np.linalg.inv(own[:k, :k] + _diagonal(noise))
        pulled = np.einsum("nij,nj->ni", precision, log - expected[:k] - level)
        guess = expected[:k] + level + pulled @ own[:k, :k]
    gain = np.einsum("ij,njk->nik", own[k:, :k], precision)
    mean = expected[k:] + level + pulled @ own[:k, k:]
    contrast = np.concatenate([-gain, np.broadcast_to(np.eye(len(at)), (len(gain), len(at), len(at)))], axis=2)
    spread = own[k:, k:] - gain @ own[:k, k:] + contrast @ covariance @ contrast.transpose(0, 2, 1)
    certain = np.einsum("ni,nij,nj->n", seen.linked, precision, seen.linked)
    error = seen.link_sd**2 / (1 + seen.link_sd**2 * certain)
    link = np.stack([-error * (seen.linked * pulled).sum(axis=1), error])
    pull = np.einsum("nik,nk->ni", gain, seen.linked)
    return Levels(tuple(int(year) for year in at), mean, spread, contrast @ since, link, pull)


def _own(years: ArrayLike, constants: Constants) -> Floats:
    """Return the covariance of an area's own walk, shape (years, years): flat start, independent yearly shocks."""
    since = np.asarray(years, dtype=float) - np.min(years)
    return np.asarray(_FLAT + constants.volatility**2 * np.minimum.outer(since, since), dtype=float)


def _common(years: ArrayLike, start: int, constants: Constants) -> Floats:
    """Return the covariance of the common path's departure from its long-run drift, zero in the year `start`.

    Its yearly steps are independent shocks plus a drift that keeps `persistence` of itself from year to year.
    """
    when = np.asarray(years)
    steps = np.arange(min(when.min(), start) + 1, max(when.max(), start) + 1)
    shocks = constants.common_volatility**2 * np.eye(len(steps))
    lag = np.abs(np.subtract.outer(steps, steps))
    crossed = (steps[None, :] <= when[:, None]).astype(float) - (steps[None, :] <= start)
    covariance: Floats = crossed @ (shocks + constants.drift_sd**2 * constants.persistence**lag) @ crossed.T
    return covariance


def _continued(shared: Shared, years: ArrayLike) -> tuple[Floats, Floats]:
    """Return mean and covariance of the common path in any years, from what it was in those seen."""
    k = len(shared.years)
    everything = _common([*shared.years, *np.asarray(years)], shared.years[0], shared.constants)
    before = everything[1:k, 1:k]  # the first year is zero by definition
    weight = np.linalg.solve(before, everything[1:k, k:]).T if k > 1 else np.zeros((len(everything) - k, 0))
    rest = everything[k:, k:] - weight @ everything[1:k, k:]
    return weight @ shared.mean[1:], rest + weight @ shared.covariance[1:, 1:] @ weight.T


def _centre(log: Floats, noise: Floats) -> Floats:
    """Return each area's rough level, shape (areas, 1), so that the flat start costs no digits."""
    return np.asarray((log / noise).sum(axis=1, keepdims=True) / (1 / noise).sum(axis=1, keepdims=True), dtype=float)


def _diagonal(noise: Floats) -> Floats:
    return np.asarray(noise[:, :, None] * np.eye(noise.shape[1]), dtype=float)
