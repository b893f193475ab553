"""Rates of districts made fair: each judged against the rest of its city, drawn to it, ranked with its doubt.

Where fatal accidents are known they are tested and ranked, and deaths stand beside; else deaths, whose variance is
`variance_ratio` times their mean. Who moved: `movements`; what lies next door: `neighbours`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from zzlib import shrinkage
from zzlib.comparisons import tail_above, two_sided
from zzlib.district_counts import FALSE_NAMES, Events, checked, events, refuse_scale
from zzlib.errors import Fault, ParameterError
from zzlib.indicators import count_interval
from zzlib.language import Message
from zzlib.schema import DISTRICTS, FUNNEL, VARIANCE_RATIO, columns

Floats = NDArray[np.float64]
LEVELS = (0.95, 0.998)  # of the funnel


@dataclass(frozen=True)
class Spread:
    """How far districts differ: city rates, relative sd of the underlying rates (Marshall; 0: none shown), φ and τ."""

    areas: int
    tested: str
    rate: float
    tested_rate: float
    relative_sd: float
    phi: float
    tau: float


def rates(counts: pd.DataFrame, *, per: float = 1.0, variance_ratio: float = VARIANCE_RATIO) -> pd.DataFrame:
    """Return one row a district: rates with limits, the test against the rest of the city, what is left when drawn.

    `counts`: one row an area with `area`, `deaths`, `exposure` and where known `fatal_accidents`, `status`; `per` is
    the exposure that a rate is for. With O events of N, E = N b/Σb expected: `p` is two-sided, mid-p, of O ~
    Binomial(N, b/Σb); `p_overdispersed` the same when districts scatter by τ; `p_adjusted` and `named` by Benjamini
    and Hochberg at 10 %. `shrunk` by Marshall on the tested events, times the city's deaths per tested event; its
    limits, `probability_above` (the risk exceeds that of the rest) and ranks (1: highest) from draws that integrate
    over the districts' spread. What cannot be said is empty, with the reason. The order of rows makes no difference.

    Raises DataError naming all rows that cannot stand, ParameterError for a wrong scale. Source: docs/methods.md.

    >>> counts = pd.DataFrame({"area": ["A", "B", "C"], "deaths": [40, 20, 22], "exposure": [10, 10, 10.5]})
    >>> rates(counts, variance_ratio=1)[["area", "rate", "shrunk", "p", "funnel"]].round(3)
      area   rate  shrunk      p      funnel
    0    A  4.000   3.583  0.003  outside_95
    1    B  2.000   2.219  0.102      within
    2    C  2.095   2.278  0.146      within
    """
    refuse_scale(per, variance_ratio)
    table = checked(counts)
    found = events(table, variance_ratio)
    exposure, deaths = table["exposure"].to_numpy(), table["deaths"].to_numpy()
    share = exposure / exposure.sum()
    answer = table.assign(
        rate=deaths / exposure * per,
        tested=found.tested,
        tested_rate=found.count / exposure * per,
        expected=found.count.sum() * share,
        fatal_accidents=table.get("fatal_accidents", np.nan),
    )
    lower, upper = count_interval(deaths, variance_ratio=variance_ratio)
    answer["lower"], answer["upper"] = lower / exposure * per, upper / exposure * per
    city = deaths.sum() / exposure.sum() * per
    answer["ratio"] = answer["rate"] / city if city > 0 else np.nan
    answer = answer.assign(**_drawn(found, exposure, city), **_judged(found, share))
    # As objects: pandas would turn messages into plain text, which speaks English only.
    answer["reason"] = pd.Series(_reason(len(table), city, found, exposure), answer.index, dtype=object)
    ordered: pd.DataFrame = DISTRICTS.validate(answer.sort_index()[columns(DISTRICTS)])
    return ordered


def spread(counts: pd.DataFrame, *, per: float = 1.0, variance_ratio: float = VARIANCE_RATIO) -> Spread:
    """Return how far the districts of a city differ beyond chance; arguments and errors as in `rates`.

    `relative_sd` is √A/m and `tau` √τ², both relative to the city's rate, `phi` is φ (docs/methods.md).

    >>> alike = pd.DataFrame({"area": list("ABCD"), "deaths": [1, 2, 3, 4], "exposure": [10, 20, 30, 40]})
    >>> spread(alike).relative_sd
    0.0
    """
    refuse_scale(per, variance_ratio)
    table = checked(counts)
    found = events(table, variance_ratio)
    exposure = table["exposure"].to_numpy()
    mean, variance = shrinkage.moments(found.count, exposure, found.ratio)
    scatter = _scatter(found, exposure / exposure.sum())
    return Spread(
        areas=len(table),
        tested=found.tested,
        rate=float(table["deaths"].sum() / exposure.sum() * per),
        tested_rate=mean * per,
        relative_sd=float(np.sqrt(variance) / mean) if mean > 0 else 0.0,
        phi=scatter.phi,
        tau=float(np.sqrt(scatter.variance)),
    )


def funnel_limits(
    counts: pd.DataFrame, *, exposures: Sequence[float], per: float = 1.0, variance_ratio: float = VARIANCE_RATIO
) -> pd.DataFrame:
    """Return the rates between which a district of each exposure is within the funnel, at 95 % and 99.8 %.

    A limit is the rate, in tested events, at which the test of `rates` reaches (1 - level)/2 on that side, so that
    picture and verdict agree; once as chance alone, once with the districts' over-dispersion. 0: nothing is too low.
    Raises ParameterError for an exposure that is not between zero and the city's, else as `rates`.

    >>> counts = pd.DataFrame({"area": ["A", "B"], "deaths": [60, 60], "exposure": [10, 10]})
    >>> funnel_limits(counts, exposures=[5], variance_ratio=1)[["level", "centre", "lower", "upper"]].round(3)
       level  centre  lower  upper
    0  0.950     6.0  4.183  7.912
    1  0.998     6.0  3.218  9.068
    """
    refuse_scale(per, variance_ratio)
    table = checked(counts)
    found = events(table, variance_ratio)
    whole = table["exposure"].to_numpy().sum()
    faults = [
        Fault(
            Message("an exposure of {amount} is not between zero and the city's {whole}", amount=f"{amount:g}",
                    whole=f"{whole:g}"),
            remedy=Message("Give exposures of parts of the city."),
        )
        for amount in exposures if not 0 < amount < whole
    ]  # fmt: skip
    if faults:
        raise ParameterError(faults)
    sizes = np.repeat(np.asarray(exposures, dtype=float), len(LEVELS))
    level = np.tile(LEVELS, len(exposures))
    share, total = sizes / whole, found.effective.sum()
    widened = 1 + total * share * _scatter(found, table["exposure"].to_numpy() / whole).variance
    rows = {"exposure": sizes, "level": level, "tested": found.tested, "centre": found.count.sum() / whole * per}
    for name, ratio in (("", np.ones_like(share)), ("_overdispersed", widened)):
        for side, tail in (("lower", (1 + level) / 2), ("upper", (1 - level) / 2)):
            limit = _count_at(tail, total / ratio, share) * ratio * found.ratio
            rows[side + name] = limit / sizes * per
    answer: pd.DataFrame = FUNNEL.validate(pd.DataFrame(rows)[columns(FUNNEL)])
    return answer


def _scatter(found: Events, share: Floats) -> shrinkage.Overdispersion:
    total = found.effective.sum()
    return shrinkage.overdispersion(found.effective, total * share) if total else shrinkage.Overdispersion(0.0, 0.0)


def _judged(found: Events, share: Floats) -> dict[str, object]:
    """Return what the test of each district against the rest says; empty where there is no rest or no event."""
    total, n = found.effective.sum(), len(share)
    if n < 2 or not total:
        empty = dict.fromkeys(("p", "p_adjusted", "p_overdispersed"), np.nan)
        return {**empty, "side": "", "funnel": "", "named": False}
    p = two_sided(tail_above(found.effective, total, share))
    widened = 1 + total * share * _scatter(found, share).variance
    adjusted = stats.false_discovery_control(p)
    lean = found.effective / (total * share) - 1
    return {
        "p": p,
        "p_adjusted": adjusted,
        "p_overdispersed": two_sided(tail_above(found.effective / widened, total / widened, share)),
        "side": np.select([lean > 1e-9, lean < -1e-9], ["above", "below"], ""),
        "funnel": np.select([p < 1 - LEVELS[1], p < 1 - LEVELS[0]], ["outside_998", "outside_95"], "within"),
        "named": adjusted <= FALSE_NAMES,
    }


def _drawn(found: Events, exposure: Floats, city: float) -> dict[str, object]:
    """Return what is left of each rate when drawn to the city's, with what the draws of all risks say.

    Limits and rank intervals are widened where they would not hold the estimate that they belong to: Marshall's
    spread is a single value, that of the draws is not.
    """
    n, total = len(exposure), found.effective.sum()
    names = ("shrunk_lower", "shrunk_upper", "probability_above", "rank", "rank_lower", "rank_upper")
    if n < 2 or not total:
        return {"shrunk": np.full(n, city), **dict.fromkeys(names, np.nan)}
    share = exposure / exposure.sum()
    marshall = shrinkage.moments(found.count, exposure, found.ratio)
    shrunk = shrinkage.shrunk(found.count, exposure, marshall, found.ratio) / marshall.mean
    mean, drawn = shrinkage.risks(found.effective, total * share)
    rest = ((drawn @ share)[:, None] - drawn * share) / (1 - share)
    lower, upper = np.quantile(drawn, [0.025, 0.975], axis=0)
    rank = stats.rankdata(-mean.round(12), method="min")
    rank_lower, rank_upper = _rank_limits(drawn)
    return {
        "shrunk": shrunk * city,
        "shrunk_lower": np.minimum(lower, shrunk) * city,
        "shrunk_upper": np.maximum(upper, shrunk) * city,
        "probability_above": (drawn > rest).mean(axis=0),
        "rank": rank,
        "rank_lower": np.minimum(rank_lower, rank),
        "rank_upper": np.maximum(rank_upper, rank),
    }


def _rank_limits(drawn: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % limits of each column's rank within its row, 1 the largest."""
    draws, n = drawn.shape
    order = np.argsort(-drawn, axis=1)
    ranks = np.empty((draws, n), dtype=np.int32)
    np.put_along_axis(ranks, order, np.arange(1, n + 1, dtype=np.int32)[None, :], axis=1)
    cut = int(0.025 * draws)
    ends = np.partition(np.ascontiguousarray(ranks.T), (cut, draws - 1 - cut), axis=1)
    return ends[:, cut].astype(float), ends[:, draws - 1 - cut].astype(float)


def _reason(areas: int, city: float, found: Events, exposure: Floats) -> str:
    if areas < 2:
        return Message("There is one district only, and nothing to compare it with.")
    if not city:
        return Message("Nobody died in any district: there is nothing to compare.")
    if not shrinkage.moments(found.count, exposure, found.ratio).variance:
        return Message("No difference between the districts can be shown beyond chance; that does not make them equal.")
    return ""


def _count_at(tail: Floats, total: Floats, share: Floats) -> Floats:
    """Return the count at which the upper mid-p tail falls to a value, by halving; 0 where it never is as high."""
    low, high = np.zeros_like(share), np.broadcast_to(total, share.shape)
    for _ in range(60):
        middle = (low + high) / 2
        above = tail_above(middle, total, share) > tail
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return low
