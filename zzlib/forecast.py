"""Predictive draws for counts, rates and exposures from a few yearly figures.

The log of an underlying risk moves as a random walk with drift and is seen through noise: a count is a draw, a printed
rate is rounded. A handful of years cannot tell drift from volatility, so both are held at what many real series show
(`COUNT`, `RATE`, `EXPOSURE`); the drift of one series is then shrunk towards the common one by Bayes' rule. All is
Gaussian on the log scale, so that the whole path, observed, missing and future years alike, has one closed form.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zzlib.schema import VARIANCE_RATIO

Floats = NDArray[np.float64]
QUANTILES = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)
DRAWS = 8_000
_FLAT = 25.0  # prior variance of the level's start: anything within a factor of e**10 either way


@dataclass(frozen=True)
class Prior:
    """What series of a kind have in common: yearly drift (log), its spread between series, yearly volatility (log)."""

    drift_mean: float
    drift_sd: float
    volatility: float


# Rounded from what real panels of yearly road deaths show, as counts and per vehicle; the exposure's is a judgement.
COUNT = Prior(drift_mean=-0.01, drift_sd=0.03, volatility=0.08)
RATE = Prior(drift_mean=-0.05, drift_sd=0.04, volatility=0.07)
EXPOSURE = Prior(drift_mean=0.05, drift_sd=0.04, volatility=0.03)
PLAUSIBLE_COUNTS = (10.0, 100.0, 1_000.0, 10_000.0)  # behind a printed rate whose count nobody gives


@dataclass(frozen=True)
class Path:
    """The joint distribution of the log level over years: mean, shape (years,), covariance, shape (years, years)."""

    years: tuple[int, ...]
    mean: Floats
    covariance: Floats

    def change(self, first: int, last: int) -> tuple[float, float]:
        """Return mean and standard deviation of the log change between two years."""
        contrast = np.zeros(len(self.years))
        contrast[self.years.index(last)] += 1
        contrast[self.years.index(first)] -= 1
        variance = float(contrast @ self.covariance @ contrast)
        return float(contrast @ self.mean), math.sqrt(max(variance, 0.0))

    def draws(self, year: int, standard: Floats) -> Floats:
        """Return draws of the level (not its log) in a year from standard normal draws."""
        i = self.years.index(year)
        drawn: Floats = np.exp(self.mean[i] + np.sqrt(self.covariance[i, i]) * standard)
        return drawn


def seen_through_count(count: ArrayLike, variance_ratio: float = 1.0) -> tuple[Floats, Floats]:
    """Return mean and variance of the log expected count that a count n gives, shape of `count`.

    The posterior of a Poisson mean under Jeffreys' prior: digamma(n/v + 1/2) + ln v and trigamma(n/v + 1/2) with v
    the ratio of variance to mean. Zero is a number: it gives a wide, finite answer without any epsilon.

    >>> mean, variance = seen_through_count([0, 100])
    >>> mean.round(2), variance.round(2)
    (array([-1.96,  4.61]), array([4.93, 0.01]))
    """
    events: Floats = np.asarray(count, dtype=float) / variance_ratio + 0.5
    return special.digamma(events) + np.log(variance_ratio), special.polygamma(1, events)


def path(
    years: Sequence[int], seen: ArrayLike, variance: ArrayLike, *, at: Sequence[int], prior: Prior = COUNT
) -> Path:
    """Return the distribution of the log level in the years `at`, given noisy sightings of it.

    `seen` and `variance`, shape (years,), are the log level seen in each year and the variance of its noise. The model
    is a local level with drift: level(t) = level(t − 1) + drift + N(0, volatility²), drift ~ N(drift_mean, drift_sd²).
    Source: Harvey (1989), Forecasting, structural time series models, 2.3, in the form of a Gaussian process.

    >>> flat = path([2015, 2016, 2017], np.log([100, 90, 81]), [0.01] * 3, at=[2015, 2020])
    >>> change, sd = flat.change(2015, 2020)
    >>> -0.53 < change < -0.1
    True
    """
    known, wanted = np.asarray(years, dtype=float), np.asarray(at, dtype=float)
    start = min(known.min(), wanted.min())
    everything = np.concatenate([known, wanted]) - start
    covariance = (
        _FLAT + prior.volatility**2 * np.minimum.outer(everything, everything)
        + prior.drift_sd**2 * np.outer(everything, everything)
    )  # fmt: skip
    n = len(known)
    observed = np.asarray(seen, dtype=float)
    expected = prior.drift_mean * everything
    centre = np.mean(observed - expected[:n])
    gain = np.linalg.solve(covariance[:n, :n] + np.diag(np.asarray(variance, dtype=float)), covariance[:n, n:]).T
    mean = centre + expected[n:] + gain @ (observed - centre - expected[:n])
    posterior = covariance[n:, n:] - gain @ covariance[:n, n:]
    return Path(tuple(int(year) for year in at), mean, (posterior + posterior.T) / 2)


@dataclass(frozen=True)
class Outlook:
    """What the years ahead may bring for one indicator: the risk, the exposure it meets, and the noise on top.

    `counted`: the risk is the log of the expected count, which the exposure (of a rate) then divides; the same deaths
    have the same outlook in every target. Else it is the log of a printed rate, with `count` deaths behind the last
    one. `past` is the same path under a neutral prior, without any expected drift: what has happened is read from it.
    """

    risk: Path
    past: Path
    exposure: Path | None
    counted: bool
    variance_ratio: float
    count: float
    origin: int

    def chance_at_most(self, limit: float, year: int, *, log_sd: float = 0.0, at_least: float = 0.0) -> float:
        """Return P(the figure of a year is at or below a limit), given that its count reaches `at_least`.

        The link error `log_sd` blurs the limit. Strictly between 0 and 1: no model of the future is certain.
        """
        standard = _standard_draws()
        risk, limits = self.risk.draws(year, standard[0]), limit * np.exp(log_sd * standard[2])
        if not self.counted:
            noise = np.sqrt(self.variance_ratio / self._behind(risk))
            with np.errstate(divide="ignore"):  # a limit of zero is below every rate
                chance = special.ndtr((np.log(limits) - np.log(risk)) / noise).mean()
        else:
            most = count_at_most(limits * self._exposures(year) * (1 + 1e-9), risk, self.variance_ratio)
            fewer = count_at_most(at_least - 1, risk, self.variance_ratio)
            chance = np.maximum(most - fewer, 0).mean() / max((1 - fewer).mean(), 1e-12)
        return float(np.clip(chance, 0.001, 0.999))

    def figures(self, year: int) -> Floats:
        """Return draws of the published figure of a year."""
        risk = self.risk.draws(year, _standard_draws()[0])
        rng = np.random.default_rng(year)
        if not self.counted:
            noise = np.sqrt(self.variance_ratio / self._behind(risk))
            return risk * np.exp(noise * rng.standard_normal(len(risk)))
        if self.variance_ratio > 1:
            risk = rng.gamma(risk / (self.variance_ratio - 1), self.variance_ratio - 1)
        return rng.poisson(risk) / self._exposures(year)

    def change(self, first: int, last: int) -> tuple[float, float]:
        """Return mean and standard deviation of the underlying risk's log change, per exposure, between two years."""
        mean, sd = self.past.change(first, last)
        if self.counted and self.exposure is not None:
            mean -= self.exposure.change(first, last)[0]
        return mean, sd

    def expected_exposure(self, year: int) -> float:
        """Return the median exposure of a year in the rate's units, 1 for a count; NaN where no exposure is known."""
        if self.exposure is None:
            return 1.0 if self.counted else math.nan
        return float(np.exp(self.exposure.mean[self.exposure.years.index(year)]))

    def _exposures(self, year: int) -> Floats:
        return np.ones(DRAWS) if self.exposure is None else self.exposure.draws(year, _standard_draws()[1])

    def _behind(self, risk: Floats) -> Floats:
        """Return the count behind a printed rate if it moves as the rate does, exposure held."""
        now = np.exp(self.risk.mean[self.risk.years.index(self.origin)])
        counts: Floats = np.maximum(self.count * risk / now, 1.0)
        return counts


def outlook(
    series: pd.DataFrame, *, per: float | None, until: int, falls: bool = True, count: float | None = None
) -> Outlook:
    """Return the outlook of one indicator to a year, from its series (see `indicators.series`).

    `per` is the denominator's factor, None for a count; `falls` says whether less is better (a series that should
    rise has no common drift to be drawn to); `count` is the number of deaths to assume behind the last positive rate
    where none is published. Partial rows and rows without value are left out; there must be one at least.
    Observation noise: of a count Jeffreys' posterior and its rounding, of a printed rate
    half_unit**2 / (3 rate**2) + v / n. Source: docs/methods.md.
    """
    rows = whole(series)
    years = [int(year) for year in rows["year"]]
    ratios = series["ratio_value"].dropna()
    ratio = max(float(ratios.iloc[-1]), 1.0) if len(ratios) else VARIANCE_RATIO
    ahead = list(range(min(years[0], years[-1] - 2), until + 1))
    exposure = None if per is None else _exposure(series, per, ahead)
    known = rows["numerator_value"].notna() & (rows["exposure_value"].notna() | (per is None))
    counted = bool(known.all() and rows["rate_value"].isna().all() and (per is None or exposure is not None))
    if counted:
        counts = rows["numerator_value"].to_numpy(float)
        seen, variance = seen_through_count(counts, ratio)
        rounding = rows["numerator_half_unit"].fillna(0.0).to_numpy(float) / np.maximum(counts, 1.0)
        variance = variance + rounding**2 / 3
    else:
        seen, variance, counts = _seen_through_rate(rows, per or 1.0, ratio, count)
    common = COUNT if counted else RATE
    neutral = replace(common, drift_mean=0.0)
    return Outlook(
        path(years, seen, variance, at=ahead, prior=common if falls else neutral),
        path(years, seen, variance, at=ahead, prior=neutral),
        exposure, counted, ratio, float(counts[-1]), years[-1],
    )  # fmt: skip


def _seen_through_rate(
    rows: pd.DataFrame, per: float, ratio: float, assumed: float | None
) -> tuple[Floats, Floats, Floats]:
    """Return log rate, its variance and the deaths behind it for each year: printed, or count over exposure."""
    values = rows["value"].to_numpy(float)
    amount = rows["exposure_value"].to_numpy(float) / per
    counts = _counts_behind(rows, amount, assumed)
    positive = values > 0
    exposure = np.where(np.isfinite(amount), amount, np.median(counts[positive] / values[positive]))
    half = rows["rate_half_unit"].fillna(0.0).to_numpy(float)
    by_count, count_variance = seen_through_count(counts, ratio)
    with np.errstate(divide="ignore", invalid="ignore"):  # the branch not taken
        printed = (half / values) ** 2 / 3 + ratio / counts
        seen = np.where(positive, np.log(values), by_count - np.log(exposure))
    return seen, np.where(positive, printed, count_variance), counts


def whole(series: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a series that have a whole value: neither missing nor partial."""
    return series[series["value"].notna() & (series["status"] != "partial")]


def counts_are_known(series: pd.DataFrame) -> bool:
    """Say whether any year of a series tells how many deaths stand behind its rate."""
    rows = whole(series)
    return bool(((rows["numerator_value"] > 0) | (rows["exposure_value"] * rows["value"] > 0)).any())


def _counts_behind(rows: pd.DataFrame, amount: Floats, assumed: float | None) -> Floats:
    """Return the deaths behind each value: published, else rate × exposure, else as the nearest known year suggests.

    With `assumed` deaths behind the last positive rate the others follow in proportion, so that zero stays zero.
    """
    values = rows["value"].to_numpy(float)
    if assumed is not None:
        return np.asarray(assumed * values / values[values > 0][-1], dtype=float)
    published = rows["numerator_value"].to_numpy(float)
    counts = np.where(np.isfinite(published), published, values * amount)
    known = np.isfinite(counts) & (values > 0)
    years = rows["year"].to_numpy(float)
    nearest = np.abs(years[:, None] - years[known][None, :]).argmin(axis=1)
    behind: Floats = np.where(np.isfinite(counts), counts, values * (counts[known] / values[known])[nearest])
    return behind


def _exposure(series: pd.DataFrame, per: float, at: Sequence[int]) -> Path | None:
    known = series[series["exposure_value"].notna() & (series["exposure_value"] > 0)]
    if len(known) < 2:
        return None
    amounts = np.log(known["exposure_value"].to_numpy(float) / per)
    return path([int(y) for y in known["year"]], amounts, np.full(len(known), 1e-6), at=at, prior=EXPOSURE)


@lru_cache
def _standard_draws() -> Floats:
    """Return standard normal draws, shape (3, DRAWS): the same for every target, so that results do not jitter."""
    return np.random.default_rng(2015).standard_normal((3, DRAWS))


def count_at_most(limit: ArrayLike, mean: ArrayLike, variance_ratio: float = 1.0) -> Floats:
    """Return P(count <= limit) for expected counts: Poisson, or negative binomial with variance v times the mean.

    >>> float(count_at_most(0, 2.0).round(4))
    0.1353
    """
    most, expected = np.floor(np.asarray(limit, dtype=float)), np.asarray(mean, dtype=float)
    if variance_ratio <= 1:
        chance = special.pdtr(np.maximum(most, 0), expected)
    else:
        chance = special.betainc(expected / (variance_ratio - 1), np.maximum(most, 0) + 1, 1 / variance_ratio)
    return np.where(most < 0, 0.0, chance)


def chance_if_nothing_changed(count: float, change: Decimal, variance_ratio: float = 1.0) -> float:
    """Return P(the target year meets a relative target | the true risk and exposure stay as they are).

    Baseline and target year are both draws with the expected count `count`: sum over b of
    P(b) P(y <= floor((1 + change) b)). This is how often chance alone delivers the target.
    Source: docs/methods.md.

    >>> round(chance_if_nothing_changed(20, Decimal("-0.3")), 4)
    0.1371
    """
    spread = 12 * np.sqrt(count * variance_ratio) + 20
    baselines = np.arange(max(0, int(count - spread)), int(count + spread) + 1)
    numerator, denominator = (1 + change).as_integer_ratio()  # exact: (1 − .3)·90 is no 63 in floats
    weights = np.diff(count_at_most(baselines, count, variance_ratio), prepend=0.0)
    chances = count_at_most(baselines * numerator // denominator, count, variance_ratio)
    return float((weights * chances).sum())


def benchmark(series: pd.DataFrame, *, per: float | None, at: Sequence[int]) -> Floats:
    """Return the benchmark method's central path in the years `at`: a log-linear trend fitted by statsmodels.

    Counts, over their exposure where there is one, by Poisson regression; printed rates by least squares on
    their log. NaN with fewer than three years, where a trend is a guess.
    """
    rows = whole(series)
    if per is not None:
        counted = rows["numerator_value"].notna() & rows["exposure_value"].notna() & rows["rate_value"].isna()
        rows = rows[counted] if counted.sum() >= 3 else rows[rows["value"] > 0]
        by_count = bool(counted.sum() >= 3)
    else:
        by_count = True
    wanted = np.asarray(at, float)
    if len(rows) < 3 or (by_count and rows["numerator_value"].sum() == 0):
        return np.full(len(wanted), np.nan)
    import statsmodels.api as sm  # a second of import, needed only here
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    start = float(rows["year"].iloc[0])
    design = sm.add_constant(rows["year"].to_numpy(float) - start)
    new = sm.add_constant(wanted - start, has_constant="add")
    if not by_count:
        return np.asarray(np.exp(sm.OLS(np.log(rows["value"].to_numpy(float)), design).fit().predict(new)), dtype=float)
    offset = np.zeros(len(rows)) if per is None else np.log(rows["exposure_value"].to_numpy(float) / per)
    model = sm.GLM(rows["numerator_value"].to_numpy(float), design, family=sm.families.Poisson(), offset=offset)
    with warnings.catch_warnings():
        # A perfectly straight series is no fault; the warning would reach a leader's page.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = model.fit()
    return np.asarray(fit.predict(new, offset=np.zeros(len(wanted))), dtype=float)
