"""Predictive distributions for counts, rates and exposures from a few yearly figures, of one area or of many.

The log of an underlying risk is a common path plus an own walk (`levels`), seen through noise: a count is a draw, a
printed rate is rounded. An outlook joins the level's future with the noise of the figure that will be published
(`chances`).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zzlib.chances import compound_at_most, compound_draws, count_at_most, folded, normal_nodes
from zzlib.levels import (
    COUNT,
    EXPOSURE,
    METHOD,
    RATE,
    Constants,
    Levels,
    Shared,
    Sightings,
    groups_of,
    levels,
    share,
    sightings,
)  # fmt: skip
from zzlib.schema import VARIANCE_RATIO

Floats = NDArray[np.float64]
QUANTILES = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)
DRAWS = 8_000
PLAUSIBLE_COUNTS = (10.0, 100.0, 1_000.0, 10_000.0)  # behind a printed rate whose count nobody gives
UNKNOWN_COUNT = 100.0  # deaths assumed behind a printed rate where nobody gives their number
NEVER_SURE = 0.001  # no model of the future is certain
_KNOWN = 1e-6  # log variance of a published exposure


@dataclass(frozen=True)
class Prior:
    """What the areas of a panel share: the path of their risk (as `count` or as printed `rate`) and of the exposure."""

    kind: str
    risk: Shared
    exposure: Shared | None
    origin: int

    @property
    def text(self) -> str:
        """The prior as a line for the record: method, areas pooled, constants in use."""
        said = self.risk.constants
        return (
            f"{METHOD}: {self.kind}s of {self.risk.areas} area(s), {self.risk.years[0]}-{self.risk.years[-1]}; "
            f"drift {said.drift:g}, drift sd {said.drift_sd:g}, persistence {said.persistence:g}, "
            f"common volatility {said.common_volatility:g}, own volatility {said.volatility:.3g}"
        )


@dataclass(frozen=True)
class Seen:
    """Yearly figures of some areas as arrays (areas, years), NaN where unknown, and what `levels` sees of them.

    `behind`, shape (areas,), is the number of deaths behind the last positive rate, NaN for counts; `half_unit`, same
    shape, half of the last digit that the rate is printed to, 0 for counts.
    """

    areas: tuple[str, ...]
    years: tuple[int, ...]
    kind: str
    risk: Sightings
    exposure: Sightings | None
    behind: Floats
    half_unit: Floats

    @property
    def origin(self) -> int:
        """The last year with a figure of the risk; exposures may be known of later ones."""
        known = np.isfinite(self.risk.count) | np.isfinite(self.risk.log)
        return self.years[int(np.flatnonzero(known.any(axis=0))[-1])]


def seen_in(observations: pd.DataFrame, *, ratio: ArrayLike = VARIANCE_RATIO, behind: float | None = None) -> Seen:
    """Return the figures of observations with the columns area, year, count and, optionally, exposure, value,
    half_unit, count_half_unit, link, link_sd (see `attainment`).

    Noise of a count: Poisson times `ratio`, and its rounding; of a printed rate half_unit² / (3 rate²) + v / n. With
    `behind` deaths behind the last positive rate of an area that tells none, the others follow in proportion, so that
    zero stays zero.
    """
    years = sorted(int(year) for year in observations["year"].unique())
    areas = tuple(observations["area"].drop_duplicates())
    place = pd.Series(range(len(areas)), index=list(areas))
    rows = place.loc[observations["area"]].to_numpy(), np.searchsorted(years, observations["year"].to_numpy(float))

    def grid(name: str, absent: float = math.nan) -> Floats:
        found = np.full((len(areas), len(years)), absent)
        if name in observations:
            given = observations[name].to_numpy(float)
            found[rows] = np.where(np.isfinite(given), given, absent)
        return found

    count, exposure, value, link = grid("count"), grid("exposure"), grid("value"), grid("link", 1.0)
    link_sd = grid("link_sd", 0.0)
    linked = (link_sd > 0).astype(float)
    common = {"ratio": ratio, "linked": linked, "link_sd": (link_sd / link).max(axis=1), "group": groups_of(areas)}
    amounts = sightings(years, log=np.log(exposure), variance=_KNOWN) if np.isfinite(exposure).any() else None
    if not np.isfinite(value).any():
        rounding = (grid("count_half_unit", 0.0) / np.maximum(count, 1.0)) ** 2 / 3
        risk = sightings(years, count=count, offset=-np.log(link), extra=rounding, **common)
        return Seen(areas, tuple(years), "count", risk, amounts, np.full(len(areas), math.nan), np.zeros(len(areas)))
    counts = _counts_behind(count, exposure, value, behind)
    positive = value > 0
    half = grid("half_unit", 0.0)
    each = np.broadcast_to(np.asarray(ratio, dtype=float), (len(areas),))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):  # the branch not taken
        variance = (half / value) ** 2 / 3 + each / counts
        log = np.where(positive, np.log(value * link), math.nan)
        per_death = np.where(positive, counts / (value * link), math.nan)
        usual = np.array([np.median(row[row == row]) if (row == row).any() else math.nan for row in per_death])
        amount = np.where(np.isfinite(exposure), exposure, usual[:, None])
        zeros = np.where(value == 0, 0.0, math.nan)
    risk = sightings(years, count=zeros, offset=np.log(amount), log=log, variance=variance, **common)
    last = positive.shape[1] - 1 - np.argmax(positive[:, ::-1], axis=1)
    newest = np.arange(len(areas)), last
    return Seen(areas, tuple(years), "rate", risk, amounts, counts[newest], half[newest])


def _counts_behind(count: Floats, exposure: Floats, value: Floats, assumed: float | None) -> Floats:
    """Return the deaths behind each rate: published, else rate × exposure, else as the nearest known year suggests.

    `assumed` many stand behind the last positive rate of an area that has none of these.
    """
    known = np.where(np.isfinite(count), count, value * exposure)
    behind = known.copy()
    years = np.arange(value.shape[1])
    for i, (row, rates) in enumerate(zip(known, value, strict=True)):
        sure = np.isfinite(row) & (rates > 0)
        if sure.any():
            nearest = years[sure][np.abs(years[:, None] - years[sure][None, :]).argmin(axis=1)]
            behind[i] = np.where(np.isfinite(row), row, rates * row[nearest] / rates[nearest])
        elif assumed is not None:
            positive = rates[rates > 0]
            behind[i] = assumed * rates / (positive[-1] if len(positive) else math.nan)
    return behind


def prior_of(seen: Seen, *, falls: bool = True, constants: Constants | None = None) -> Prior:
    """Return the prior of figures already seen; a series that should rise has no common drift to be drawn to."""
    usual = constants or (COUNT if seen.kind == "count" else RATE)
    usual = usual if falls else replace(usual, drift=0.0)
    amounts = None if seen.exposure is None else share(seen.exposure, EXPOSURE)
    return Prior(seen.kind, share(seen.risk, usual), amounts, seen.origin)


@dataclass(frozen=True)
class Outlook:
    """What the years ahead may bring for one indicator in some areas: risk, exposure, and the noise on top.

    The risk is the log of the expected count, which the exposure of a rate then divides: the same deaths have the same
    outlook in every target. Of a printed rate it is the log of the rate itself. `past` is the same risk without any
    expected drift: what has happened is read from it. `sizes` is how often an accident takes 0, 1, 2, ... deaths.
    `besides` are deaths that the last year is assumed to bring for certain beside all that is expected.
    """

    seen: Seen
    prior: Prior
    risk: Levels
    exposure: Levels | None
    sizes: Floats | None = None
    besides: float = 0.0

    @property
    def counted(self) -> bool:
        """Whether the risk is that of a count."""
        return self.seen.kind == "count"

    @property
    def origin(self) -> int:
        """The last year whose risk was seen."""
        return self.seen.origin

    @property
    def ratio(self) -> Floats:
        """Variance of a count over its mean, shape (areas,)."""
        return self.seen.risk.ratio

    @cached_property
    def past(self) -> Levels:
        """The risk under a neutral prior."""
        neutral = replace(self.prior.risk.constants, drift=0.0)
        return levels(self.seen.risk, share(self.seen.risk, neutral), self.risk.years)

    def chance_at_most(
        self, limit: ArrayLike, year: int, *, relative: ArrayLike = False, at_least: float = 0.0,
        shift: ArrayLike = 0.0, widen: ArrayLike = 1.0,
    ) -> Floats:  # fmt: skip
        """Return P(the figure of a year is at or below a limit), shape (areas, limits), `limit` broadcasts to it.

        `relative`, one or (areas,): the limit was taken from a linked baseline and moves with the link's error.
        `at_least`: so much of
        the year's count is known already. `shift`, shape (areas,), and `widen`, of the limits' shape, ask for another
        future: a log level so much higher, and of so many times the variance. Strictly between 0 and 1.
        """
        mean, variance = self.risk.at(year)
        mean = mean + np.asarray(shift, dtype=float)
        limits = np.broadcast_to(np.atleast_2d(np.asarray(limit, dtype=float)), (len(mean), np.shape(limit)[-1]))
        pull = self.risk.pull[:, self.risk.years.index(year)]
        centre, error = self.risk.link
        spread = np.broadcast_to(variance[:, None] * np.asarray(widen, dtype=float), limits.shape)
        chance = np.zeros(limits.shape)
        for point, weight in normal_nodes() if error.any() else [(0.0, 1.0)]:
            off = centre + np.sqrt(error) * point
            moved = limits * np.exp(off * np.asarray(relative, dtype=float))[:, None]
            chance += weight * self._chance(moved, year, mean + pull * off, spread, at_least)
        return np.clip(chance, NEVER_SURE, 1 - NEVER_SURE)

    def _chance(self, limits: Floats, year: int, mean: Floats, variance: Floats, at_least: float) -> Floats:
        if not self.counted:
            noise = variance + (self.ratio / self._behind(mean))[:, None]
            # The largest true rate that is printed at or below the limit.
            step = np.where(self.seen.half_unit > 0, 2 * self.seen.half_unit, math.nan)[:, None]
            printed = (np.floor(limits / step + 1e-9) + 0.5) * step
            limits = np.where(np.isfinite(printed), printed, limits) - self._added(year)[:, None]
            with np.errstate(divide="ignore"):  # a limit of zero is below every rate
                return np.asarray(
                    special.ndtr((np.log(np.maximum(limits, 0.0)) - mean[:, None]) / np.sqrt(noise)), dtype=float
                )
        at, spread = (np.zeros(1), np.zeros(1)) if self.exposure is None else self.exposure.at(year)
        chance = np.zeros(limits.shape)
        for point, weight in normal_nodes() if spread.any() else [(0.0, 1.0)]:
            amount = np.exp(at + np.sqrt(np.maximum(spread, 0.0)) * point)[:, None]
            allowed = limits * amount * (1 + 1e-9) + 1e-9 - self._added(year)[:, None]
            most = self._counts_at_most(allowed, mean, variance)
            if at_least > 0:
                fewer = self._counts_at_most(np.full(limits.shape, at_least - 1), mean, variance)
                most = np.maximum(most - fewer, 0.0) / np.maximum(1 - fewer, 1e-12)
            chance += weight * most
        return chance

    def _counts_at_most(self, limits: Floats, mean: Floats, variance: Floats) -> Floats:
        if self.sizes is not None:
            cells = np.broadcast(limits, mean[:, None], variance)
            each = [compound_at_most(limit, level, spread, self.sizes)[0] for limit, level, spread in cells]
            return np.reshape(each, limits.shape)
        expected, ratio = folded(mean[:, None], variance, self.ratio[:, None])
        return count_at_most(limits, expected, ratio)

    def figures(self, year: int, *, standard: Floats | None = None, seed: int | None = None) -> Floats:
        """Return draws of the published figure of a year, shape (areas, DRAWS).

        `standard`, shape (2, DRAWS), holds the standard normal draws of level and exposure, by default the same for
        every indicator; `seed` that of the noise on top, by default the year.
        """
        i = self.risk.years.index(year)
        pull, (centre, error) = self.risk.pull[:, i], self.risk.link
        mean, variance = self.risk.at(year)
        standard = standard_draws() if standard is None else standard
        spread = np.sqrt(np.maximum(variance + pull**2 * error, 0.0))
        risk = np.exp((mean + pull * centre)[:, None] + spread[:, None] * standard[0])
        random = np.random.default_rng(year if seed is None else seed)
        if not self.counted:
            noise = np.sqrt(self.ratio[:, None] / self._behind(np.log(risk).T).T)
            rates = np.asarray(risk * np.exp(noise * random.standard_normal(risk.shape)), dtype=float)
            rates = rates + self._added(year)[:, None]
            step = np.where(self.seen.half_unit > 0, 2 * self.seen.half_unit, math.nan)[:, None]
            return np.where(np.isfinite(step), np.floor(rates / step + 0.5) * step, rates)
        if self.sizes is not None:
            counts = np.array([compound_draws(row, self.sizes, random) for row in risk])
        else:
            excess = np.maximum(self.ratio - 1, 1e-9)[:, None]
            counts = random.poisson(random.gamma(risk / excess, excess)).astype(float)
        counts = counts + self._added(year)[:, None]
        if self.exposure is None:
            return np.asarray(counts, dtype=float)
        at, uncertain = self.exposure.at(year)
        amount = np.exp(at[:, None] + np.sqrt(np.maximum(uncertain, 0.0))[:, None] * standard[1])
        return np.asarray(counts / amount, dtype=float)

    def change(self, first: int, last: int) -> tuple[float, float]:
        """Return mean and standard deviation of the first area's log change of risk per exposure between two years."""
        mean, sd = self.past.change(first, last)
        if self.counted and self.exposure is not None:
            mean = mean - self.exposure.change(first, last)[0]
        return float(mean[0]), float(sd[0])

    def expected_exposure(self, year: int) -> float:
        """Return the first area's median exposure of a year, 1 for a count; NaN where no exposure is known."""
        if self.exposure is None:
            return 1.0 if self.counted else math.nan
        return float(np.exp(self.exposure.at(year)[0][0]))

    def _added(self, year: int) -> Floats:
        """Return what `besides` adds to a year's risk, shape (areas,): deaths, or what they are of a printed rate."""
        if not self.besides or year != self.risk.years[-1]:
            return np.zeros(len(self.seen.areas))
        per_death = 1.0 if self.counted else np.exp(self.risk.at(self.origin)[0]) / self.seen.behind
        return np.full(len(self.seen.areas), self.besides) * per_death

    def _behind(self, log_risk: Floats) -> Floats:
        """Return the count behind a printed rate if it moves as the rate does, exposure held."""
        now = self.risk.at(self.origin)[0]
        return np.maximum(self.seen.behind * np.exp(log_risk - now), 1.0)


def outlook(
    seen: Seen, at: Sequence[int], *, prior: Prior | None = None, falls: bool = True, sizes: Floats | None = None
) -> Outlook:
    """Return the outlook of some areas over the years `at`, the origin among them; without a prior it is fitted."""
    shared = prior or prior_of(seen, falls=falls)
    amounts = None
    if seen.exposure is not None and shared.exposure is not None:
        amounts = levels(seen.exposure, shared.exposure, at)
    return Outlook(seen, shared, levels(seen.risk, shared.risk, at), amounts, sizes)


def whole(series: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a series that have a whole value: neither missing nor partial."""
    return series[series["value"].notna() & (series["status"] != "partial")]


def counts_are_known(series: pd.DataFrame) -> bool:
    """Say whether any year of a series tells how many deaths stand behind its rate."""
    rows = whole(series)
    return bool(((rows["numerator_value"] > 0) | (rows["exposure_value"] * rows["value"] > 0)).any())


@lru_cache
def standard_draws(seed: int = 2015) -> Floats:
    """Return standard normal draws, shape (2, DRAWS): the same in every run, so that results do not jitter."""
    return np.random.default_rng(seed).standard_normal((2, DRAWS))


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
    # Half a second of import, needed only here; statsmodels.api would take twice as long.
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning
    from statsmodels.tools.tools import add_constant

    start = float(rows["year"].iloc[0])
    design = add_constant(rows["year"].to_numpy(float) - start)
    new = add_constant(wanted - start, has_constant="add")
    if not by_count:
        return np.asarray(np.exp(OLS(np.log(rows["value"].to_numpy(float)), design).fit().predict(new)), dtype=float)
    offset = np.zeros(len(rows)) if per is None else np.log(rows["exposure_value"].to_numpy(float) / per)
    model = GLM(rows["numerator_value"].to_numpy(float), design, family=Poisson(), offset=offset)
    with warnings.catch_warnings():
        # A perfectly straight series is no fault; the warning would reach a leader's page.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = model.fit()
    return np.asarray(fit.predict(new, offset=np.zeros(len(wanted))), dtype=float)
