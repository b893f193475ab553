"""The level of many yearly series at once: what they share, what is their own, and where it goes.

The log of an underlying risk is a common path, a path of the area's group (a province), and an own random walk. The
common path (a nation's year, a city's trend) has a drift that comes and goes around a long-run mean; it is pooled over
all areas seen together, the group's path over the areas of one code prefix. The own walk is one of a few kinds, and the
area's own years tell which; it is seen through noise: a count is a draw, a printed rate is rounded. All is Gaussian on
the log scale given the kind, counts by Laplace's approximation, so that observed, missing and future years have one
closed form. Source: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
METHOD = "shared_level_3"
_FLAT = 25.0  # prior variance of an area's own level: anything within a factor of e**10 either way
_SPREAD = 1.0  # that of a pooled panel's areas around their mean is at least this: sizes follow no bell curve
_UNSEEN = 1e9  # noise variance of a year without a figure
_ROUNDS = 5  # of Laplace's approximation: fewer leave a leap of a hundredfold short of its answer (docs/methods.md)
_FEWEST = 0.14  # deaths a year, below which no guess falls: without any death each round would lead further down
_POISSON = 1e-6  # excess of the variance ratio below which a count is Poisson
_SCALES = np.array([0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0, 2.8, 4.0])  # of the own volatility
_SCALE_SD = 0.35  # how far the volatility of one panel may lie from the constant, in logs
_SCALE_AREAS = 100  # areas looked at for the volatility
_SCALE_WEIGHT = 0.1  # areas share shocks that the model does not know: ten tell as much as one would alone
POOLED_FROM = 10  # fewer areas keep the constant volatility, an open level and no groups
WALKS = ((0.49, 0.8, 0.0), (0.49, 0.6, 0.5), (0.02, 3.0, 0.0))  # share of areas, volatility over the usual, momentum
PLAIN = ((1.0, 1.0, 0.0),)  # the one kind of fewer areas
_LAST = (*[False] * (_ROUNDS - 1), True)  # in the last round the kinds come apart, before it the walk is their mean
_WEIGHINGS = 3  # of the kinds against the path that they leave
_CODE, _PREFIX = 4, 2  # a code of so many digits or more belongs to the group of its first two


@dataclass(frozen=True)
class Constants:
    """What series of a kind have in common, yearly and in logs.

    `drift`: long-run mean change; `drift_sd` and `persistence`: how far the common drift strays from it and how much
    of that is left a year later; `common_volatility`: sd of the common path's shocks; `volatility`: of an area's own;
    `group_volatility`: of the path that areas of one group share.
    """

    drift: float
    drift_sd: float
    persistence: float
    common_volatility: float
    volatility: float
    group_volatility: float = 0.0


# Rounded from cross-fits on real panels of road deaths (docs/validation.md); the exposure's are a judgement.
COUNT = Constants(
    drift=-0.02, drift_sd=0.04, persistence=0.6, common_volatility=0.01, volatility=0.05, group_volatility=0.03
)
RATE = Constants(
    drift=-0.06, drift_sd=0.03, persistence=0.7, common_volatility=0.03, volatility=0.05, group_volatility=0.03
)
EXPOSURE = Constants(drift=0.05, drift_sd=0.03, persistence=0.8, common_volatility=0.01, volatility=0.02)


@dataclass(frozen=True)
class Shared:
    """The common path as the areas of one panel show it, with the constants that it rests on.

    Posterior `mean` and `covariance` of its departure from the drift, shapes (years,) and (years, years). A panel of
    ten areas or more also shares the mean of its areas' levels, `level`, and their variance, `spread`; and, where their
    codes tell them, `groups` with paths of their own: `group_mean`, shape (groups, years), `group_covariance` given the
    common path, and `group_pull`, how far they move with it, both (groups, years, years).
    """

    constants: Constants
    years: tuple[int, ...]
    mean: Floats
    covariance: Floats
    areas: int
    level: float | None
    spread: float
    groups: tuple[str, ...]
    group_mean: Floats
    group_covariance: Floats
    group_pull: Floats


@dataclass(frozen=True)
class Sightings:
    """What was seen of some series: arrays of shape (areas, years), NaN where a year has no figure.

    Either a `count`, with the log of its exposure (`offset`, 0: none), or the `log` of a rate with the `variance` of
    its noise. `extra` is further log variance of a count (its rounding); `ratio`, shape (areas,), the counts' variance
    over their mean. `linked` marks figures scaled by a link factor, whose log error they share (`link_sd`, (areas,)).
    `group`, (areas,), names the group whose path an area shares, "" for none.
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
    group: NDArray[np.str_]

    def of(self, chosen: NDArray[np.intp]) -> Sightings:
        """Return some of the areas."""
        parts = (self.count, self.offset, self.log, self.variance, self.extra, self.ratio, self.linked, self.link_sd)
        count, offset, log, variance, extra, ratio, linked, link_sd = (part[chosen] for part in parts)
        return Sightings(self.years, count, offset, log, variance, extra, ratio, linked, link_sd, self.group[chosen])

    def around(self, guess: Floats | None) -> tuple[Floats, Floats]:
        """Return log level and noise variance of each figure: as Laplace's approximation has them around a guess.

        The count is negative binomial, so that one accident of many deaths tells less than as many of one.
        """
        first, fewest = np.log(self.count + 0.5) - self.offset, np.log(_FEWEST) - self.offset
        level = first if guess is None else np.maximum(guess, fewest)
        expected = np.exp(level + self.offset)
        seen = level if guess is None else level + _surprise(self.count, expected, self.ratio[:, None])
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
    link_sd: ArrayLike = 0.0, group: ArrayLike = "",
) -> Sightings:  # fmt: skip
    """Return sightings from arrays that broadcast to (areas, years); `ratio`, `link_sd` and `group` to (areas,)."""
    tables = [np.atleast_2d(np.asarray(part, float)) for part in (count, offset, log, variance, extra, linked)]
    shape = np.broadcast_shapes(*(part.shape for part in tables), (1, len(years)))
    counts, offsets, logs, variances, extras, links = (np.broadcast_to(part, shape) for part in tables)
    each, error = (np.broadcast_to(np.asarray(part, float), shape[:1]) for part in (ratio, link_sd))
    when = tuple(int(year) for year in years)
    groups = np.broadcast_to(np.asarray(group, dtype=str), shape[:1])
    return Sightings(when, counts, offsets, logs, variances, extras, each, links, error, groups)


def groups_of(areas: Sequence[str]) -> NDArray[np.str_]:
    """Return the group of each area: the first two digits of a code of four or more (GB/T 2260, FIPS), else none.

    >>> groups_of(["410100", "01003", "01", "Norway"]).tolist()
    ['41', '01', '', '']
    """
    coded = (area[:_PREFIX] if len(area) >= _CODE and area.isascii() and area.isdigit() else "" for area in areas)
    return np.array(list(coded), dtype=str)


def share(seen: Sightings, constants: Constants) -> Shared:
    """Return what the areas of a panel share: their common path and, from ten areas on, their own volatility.

    The path is pooled over every area at once; a single series is a panel of one, whose answer is the exact
    conditional under the constants. The volatility is a mean over eleven scales of the constant, weighted by a
    tempered likelihood. From ten areas on they also share where their levels lie and, if there are two groups or more,
    the groups' paths.

    >>> panel = sightings([2016, 2017, 2018], count=[[100, 90, 81], [200, 180, 162]])
    >>> share(panel, COUNT).mean.round(2)
    array([ 0.  , -0.03, -0.06])
    """
    areas, pooled = len(seen.ratio), len(seen.ratio) >= POOLED_FROM
    level, spread = _sizes(seen, constants) if pooled else (None, _FLAT)
    labels, codes = np.unique(seen.group, return_inverse=True)
    if not pooled or constants.group_volatility == 0 or len(labels) == 1:
        labels, codes = np.array([""]), np.zeros(areas, dtype=np.intp)
    prior = _Panel(seen, level, spread, tuple(labels.tolist()), codes)
    if pooled:
        some = prior.of(np.unique(np.linspace(0, areas - 1, min(areas, _SCALE_AREAS)).astype(int)))
        evidence = [_fitted(some, _scaled(constants, scale))[1] for scale in _SCALES]
        score = _SCALE_WEIGHT * np.array(evidence) - (np.log(_SCALES) / _SCALE_SD) ** 2 / 2
        weight = np.exp(score - score.max())
        constants = _scaled(constants, float(np.exp(weight @ np.log(_SCALES) / weight.sum())))
    return _fitted(prior, constants)[0]


@dataclass(frozen=True)
class _Panel:
    """What is seen of a panel's areas, where their levels are expected (None: anywhere), and the group of each."""

    seen: Sightings
    level: float | None
    spread: float
    labels: tuple[str, ...]
    codes: NDArray[np.intp]

    def of(self, chosen: NDArray[np.intp]) -> _Panel:
        """Return some of the areas."""
        return replace(self, seen=self.seen.of(chosen), codes=self.codes[chosen])


def _sizes(seen: Sightings, constants: Constants) -> tuple[float, float]:
    """Return mean and variance of the areas' log levels."""
    log, noise = seen.around(None)
    level = _centre(log - constants.drift * (np.array(seen.years) - seen.years[0]), noise)
    return float(level.mean()), max(float(level.var()), _SPREAD)


def _scaled(constants: Constants, scale: float) -> Constants:
    return replace(constants, volatility=constants.volatility * scale)


def _fitted(panel: _Panel, constants: Constants) -> tuple[Shared, float]:
    """Return what the areas share under the constants, and the panel's log likelihood (Laplace).

    An area pulls the paths by the precisions of the kinds of walks, weighted by how probable each is given what the
    paths leave of it; so one that broke tells little of the common path.
    """
    seen, codes = panel.seen, panel.codes
    start = seen.years[0]
    (shares, kernels), common = _walks(seen.years, start, panel, constants), _common(seen.years, start, constants)
    named = np.array([label != "" for label in panel.labels])
    walk = named[:, None, None] * _common(seen.years, start, _of_groups(constants))
    drift = constants.drift * (np.array(seen.years) - start)
    # Linked figures of an area are wrong together: their step must not be taken for a common path.
    linked = (seen.link_sd**2)[:, None, None] * seen.linked[:, :, None] * seen.linked[:, None, :]
    usual, guess = _mixed(shares, kernels), None
    for last in _LAST:
        log, noise = seen.around(guess)
        level = _centre(log - drift, noise) if panel.level is None else panel.level
        precisions = _inverse((kernels if last else usual[None])[:, None] + _diagonal(noise) + linked)
        portions = shares if last else np.ones(1)
        logdets = np.linalg.slogdet(precisions)[1] if last else np.zeros(precisions.shape[:2])  # of one kind: no choice
        weight, residual = np.outer(portions, np.ones(len(log))), log - drift - level
        for _ in range(_WEIGHINGS if len(portions) > 1 else 1):
            precision = _mixed(weight, precisions)
            each = _summed(precision, codes, len(named))
            pulled = _summed(np.einsum("nij,nj->ni", precision, residual), codes, len(named))
            paths = _paths(each, pulled, walk, common)
            left = residual - paths.common - paths.groups[codes]
            weight, density = _weighed(portions, precisions, logdets, left)
        guess = log - left + np.einsum("nij,nj->ni", precision, left) @ usual  # the last guess is of no use
    # The density of the paths at their mean: K⁻¹ path is what all areas still pull.
    rest = pulled - np.einsum("gij,gj->gi", each, paths.common + paths.groups)
    square = float(paths.common @ rest.sum(axis=0) + (paths.groups * rest).sum())
    shared = Shared(
        constants, seen.years, paths.common, paths.covariance, len(seen.ratio), panel.level, panel.spread,
        tuple(np.array(panel.labels)[named].tolist()), paths.groups[named], paths.given[named], paths.moved[named],
    )  # fmt: skip
    return shared, float(density.sum() - (paths.logdet + square) / 2)


class _Paths(NamedTuple):
    """The common path's mean and `covariance`; the groups' means, covariances `given` it, and how they are `moved`."""

    common: Floats
    covariance: Floats
    groups: Floats
    given: Floats
    moved: Floats
    logdet: float


def _paths(each: Floats, pulled: Floats, walk: Floats, common: Floats) -> _Paths:
    """Return the paths that areas pull: sums over each group's areas of P and of P r, and the kernels of the paths.

    Given the common path groups are independent, and given the group's path areas are: each level of sums needs one
    solve of as many equations as there are years. `logdet` is that of posterior against prior precision.
    """
    eye = np.eye(len(common))
    given = np.asarray(np.linalg.solve(eye + walk @ each, walk), dtype=float)
    moved = -given @ each
    information = (each + each @ moved).sum(axis=0)
    pull = (pulled - np.einsum("gij,gj->gi", each @ given, pulled)).sum(axis=0)
    covariance = np.asarray(np.linalg.solve(eye + common @ information, common), dtype=float)
    path = covariance @ pull
    groups = np.einsum("gij,gj->gi", given, pulled) + moved @ path
    logdet = np.linalg.slogdet(eye + common @ information)[1] + np.linalg.slogdet(eye + walk @ each)[1].sum()
    return _Paths(path, (covariance + covariance.T) / 2, groups, given, moved, float(logdet))


def _walks(
    years: ArrayLike, start: int, panel: _Panel | Shared, constants: Constants
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the kinds of own walks: the share of areas, shape (kinds,), and the kernel, (kinds, years, years)."""
    shares, scales, momenta = np.array(PLAIN if panel.level is None else WALKS).T
    kernels = [_own(years, start, _scaled(constants, scale), panel.spread, momentum)
               for scale, momentum in zip(scales, momenta, strict=True)]  # fmt: skip
    return shares, np.array(kernels)


def _weighed(shares: Floats, precisions: Floats, logdets: Floats, residual: Floats) -> tuple[Floats, Floats]:
    """Return the probability of each kind given an area's residual, shape (kinds, areas), and the log density of that.

    Constants that all kinds have in common are left out of the density.
    """
    square = ((precisions @ residual[:, :, None])[..., 0] * residual).sum(axis=-1)
    density = (logdets - square) / 2 + np.log(shares)[:, None]
    total = np.logaddexp.reduce(density, axis=0)
    return np.exp(density - total), total


def _mixed(weight: Floats, values: Floats) -> Floats:
    """Return the mean over kinds, the first axis of both."""
    shape = weight.shape + (1,) * (values.ndim - weight.ndim)
    return np.asarray(sum(w * v for w, v in zip(weight.reshape(shape), values, strict=True)), dtype=float)


def _summed(values: Floats, codes: NDArray[np.intp], groups: int) -> Floats:
    """Return the sums over the areas of each group, shape (groups, ...)."""
    if groups == 1:
        return np.asarray(values.sum(axis=0, keepdims=True), dtype=float)
    return np.stack([values[codes == group].sum(axis=0) for group in range(groups)])


def levels(seen: Sightings, shared: Shared, at: Sequence[int]) -> Levels:
    """Return the distribution of each area's log level in the years `at`, given what was seen of it and of all.

    With P the inverse of own covariance plus noise, g = P k(T) and c the common path: mean(T) = c(T) + g'(y - c), and
    the variance adds that of the walk, of the path and of what follows it. Over the kinds of walks these are averaged
    by how probable each kind is. Each area is answered by itself: alone or in a batch, the answer is the same. Source:
    docs/methods.md.
    """
    constants, k = shared.constants, len(seen.years)
    together = np.array([*seen.years, *at])
    shares, own = _walks(together, shared.years[0], shared, constants)
    since = (together - shared.years[0]).astype(float)
    path, covariance = _continued(shared, together, seen.group)
    expected = constants.drift * since + path
    usual, guess = _mixed(shares, own)[None, :k, :k], None
    for last in _LAST:
        log, noise = seen.around(guess)
        level = _centre(log - expected[:, :k], noise) if shared.level is None else shared.level
        residual = log - expected[:, :k] - level
        if not last:
            departure = np.linalg.solve(usual + _diagonal(noise), residual[:, :, None])[:, :, 0] @ usual[0]
            guess = expected[:, :k] + level + departure
    precisions = _inverse(own[:, None, :k, :k] + _diagonal(noise))
    pulled = np.einsum("hnij,nj->hni", precisions, residual)
    weight, _ = _weighed(shares, precisions, np.linalg.slogdet(precisions)[1], residual)
    gain = np.einsum("hij,hnjk->hnik", own[:, k:, :k], precisions)
    walked = np.einsum("hnj,hjk->hnk", pulled, own[:, :k, k:])
    contrast = np.concatenate([-gain, np.broadcast_to(np.eye(len(at)), (*gain.shape[:2], len(at), len(at)))], axis=3)
    spread = own[:, None, k:, k:] - gain @ own[:, None, :k, k:] + contrast @ covariance @ contrast.swapaxes(2, 3)
    # From here on the mean over the kinds; their means lie apart, which adds to the variance.
    mean = _mixed(weight, walked)
    apart = walked - mean
    spread = _mixed(weight, spread + apart[..., :, None] * apart[..., None, :])
    precision, pulled, gain, contrast = (_mixed(weight, part) for part in (precisions, pulled, gain, contrast))
    certain = np.einsum("ni,nij,nj->n", seen.linked, precision, seen.linked)
    error = seen.link_sd**2 / (1 + seen.link_sd**2 * certain)
    link = np.stack([-error * (seen.linked * pulled).sum(axis=1), error])
    pull = np.einsum("nik,nk->ni", gain, seen.linked)
    when = tuple(int(year) for year in at)
    return Levels(when, expected[:, k:] + level + mean, spread, contrast @ since, link, pull)


def _own(years: ArrayLike, start: int, constants: Constants, spread: float, momentum: float = 0.0) -> Floats:
    """Return the covariance of an area's level and own walk, which is zero in the year `start`.

    Its yearly steps have the sd `volatility`; `momentum` is the correlation of two in a row.

    The year is the panel's, so that an area without its first years has the same prior alone.
    """
    return np.asarray(spread + constants.volatility**2 * _summed_steps(years, start, momentum), dtype=float)


def _of_groups(constants: Constants) -> Constants:
    """Return constants under which the common path's kernel is that of a group's: a plain random walk."""
    return replace(constants, common_volatility=constants.group_volatility, drift_sd=0.0)


def _common(years: ArrayLike, start: int, constants: Constants) -> Floats:
    """Return the covariance of the common path's departure from its long-run drift, zero in the year `start`.

    Its yearly steps are independent shocks plus a drift that keeps `persistence` of itself from year to year.
    """
    shocks, drift = _summed_steps(years, start, 0.0), _summed_steps(years, start, constants.persistence)
    return np.asarray(constants.common_volatility**2 * shocks + constants.drift_sd**2 * drift, dtype=float)


def _summed_steps(years: ArrayLike, start: int, kept: float) -> Floats:
    """Return the covariance of sums of yearly steps since `start`, of variance one and correlation kept^|lag|."""
    when = np.asarray(years)
    steps = np.arange(min(when.min(), start) + 1, max(when.max(), start) + 1)
    crossed = (steps[None, :] <= when[:, None]).astype(float) - (steps[None, :] <= start)
    return np.asarray(crossed @ kept ** np.abs(np.subtract.outer(steps, steps)) @ crossed.T, dtype=float)


def _continued(shared: Shared, years: ArrayLike, group: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """Return mean (areas, years) and covariance (areas or 1, years, years) of the path that areas share with others.

    It is the common path and, where the panel told groups apart, that of the area's group; of a group that was not
    among them only the kernel is known.
    """
    weight, rest = _onward(shared, years, shared.constants)
    if not shared.groups:
        return (weight @ shared.mean)[None], (rest + weight @ shared.covariance @ weight.T)[None]
    own, more = _onward(shared, years, _of_groups(shared.constants))
    names, codes = np.unique(group, return_inverse=True)
    means, covariances = [], []
    for name in names.tolist():
        mean, covariance, moved = _group(shared, name)
        both = weight + own @ moved
        means.append(weight @ shared.mean + own @ mean)
        apart = own @ covariance @ own.T + (more if name else 0.0)
        covariances.append(rest + both @ shared.covariance @ both.T + apart)
    return np.array(means)[codes], np.array(covariances)[codes]


def _group(shared: Shared, name: str) -> tuple[Floats, Floats, Floats]:
    """Return mean, covariance and pull of a group's path: as the panel showed it, else its kernel, or of none zero."""
    if name in shared.groups:
        i = shared.groups.index(name)
        return shared.group_mean[i], shared.group_covariance[i], shared.group_pull[i]
    nothing = np.zeros_like(shared.covariance)
    kernel = _common(shared.years, shared.years[0], _of_groups(shared.constants)) if name else nothing
    return nothing[0], kernel, nothing


def _onward(shared: Shared, years: ArrayLike, constants: Constants) -> tuple[Floats, Floats]:
    """Return by which weights a path in any years follows from that in the years seen, and what remains uncertain."""
    k = len(shared.years)
    everything = _common([*shared.years, *np.asarray(years)], shared.years[0], constants)
    weight = np.zeros((len(everything) - k, k))
    if k > 1:  # the first year is zero by definition
        weight[:, 1:] = np.linalg.solve(everything[1:k, 1:k], everything[1:k, k:]).T
    return weight, everything[k:, k:] - weight @ everything[:k, k:]


def _surprise(count: Floats, expected: Floats, ratio: Floats) -> Floats:
    """Return how far a count moves its log level: the score of the log likelihood over μ / v, its information.

    Poisson n/μ - 1; with variance v times the mean μ and a = μ/(v - 1), v/(v - 1) (ψ(n + a) - ψ(a) - ln v).
    """
    if (ratio - 1 <= _POISSON).all():
        return np.asarray(count / expected - 1, dtype=float)
    excess = np.maximum(ratio - 1, _POISSON)
    size = expected / excess
    wide = (1 + excess) / excess * (special.digamma(count + size) - special.digamma(size) - np.log1p(excess))
    return np.asarray(np.where(ratio - 1 > _POISSON, wide, count / expected - 1), dtype=float)


def _centre(log: Floats, noise: Floats) -> Floats:
    """Return each area's rough level, shape (areas, 1), so that the flat start costs no digits."""
    return np.asarray((log / noise).sum(axis=1, keepdims=True) / (1 / noise).sum(axis=1, keepdims=True), dtype=float)


def _inverse(matrices: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrices), dtype=float)


def _diagonal(noise: Floats) -> Floats:
    return np.asarray(noise[:, :, None] * np.eye(noise.shape[1]), dtype=float)
