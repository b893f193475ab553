"""The chances that ceilings are kept: by the city, by each of its areas, and by all of them at once.

One model answers all three, that of the promise (`forecast`): a ceiling is a limit of a count, and what areas share is
what the model says they share.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.ceilings import counted
from zzlib.chances import count_at_most, normal_nodes
from zzlib.errors import DataError, Fault
from zzlib.forecast import Outlook, Prior, outlook, prior_of, seen_in
from zzlib.language import Message
from zzlib.levels import levels
from zzlib.schema import ALLOCATION, ALLOCATION_CHANCES, VARIANCE_RATIO, table

Floats = NDArray[np.float64]
_SHARED_NODES = 21  # over what areas share, whose tails decide whether all are kept
_STILL = 1e-4  # shared shocks so many times smaller have no part in a level's variance, and the same path


class Chances(NamedTuple):
    """An allocation with each area's probability (`schema.ALLOCATION`), and one row a year and method for the whole
    (`schema.ALLOCATION_CHANCES`)."""

    areas: pd.DataFrame
    whole: pd.DataFrame


def chances(allocation: pd.DataFrame, observations: pd.DataFrame, *, prior: Prior | None = None) -> Chances:
    """Return an allocation's chances, by year and method.

    `observations`: area, year, count, as the allocation was made from; of each ceiling's year only figures up to it
    are used. `probability` of an area: P(count <= ceiling); of the city the same of the areas' sum, judged as one
    series. `all_probability`: E[∏ P(count_i <= ceiling_i | z)] over z, the part of the level that areas share;
    `expected_missed`: Σ (1 - p_i). `chance_all_kept` and `chance_missed`: the same two had every area's risk come down
    to exactly its share of the ceiling, so that nothing but chance is left. Rows of sectors keep no probability.
    Raises DataError for counts that cannot stand or are of other areas. Source: docs/methods.md.
    """
    whole, judged = [], allocation.copy()
    counts = counted(observations, ("area", "year"))[["area", "year", "count"]]
    counts = counts.sort_values(["area", "year"], ignore_index=True)
    _refuse_others(allocation, counts)
    views: dict[int, tuple[Outlook | None, Outlook | None]] = {}
    whole_areas = allocation[allocation["sector"] == ""].sort_values("area", kind="stable")
    for (period, method, rounding), rows in whole_areas.groupby(["period", "method", "rounding"], sort=False):
        year = int(period)
        if year not in views:
            until = counts[counts["year"] <= year]
            total = until.groupby("year", as_index=False)["count"].sum().assign(area="")
            views[year] = _ahead(until, year, prior), _ahead(total, year, None)
        limits, exact = rows["ceiling"].to_numpy(float), rows["exact"].to_numpy(float)
        now = counts.loc[counts["year"] == year, "count"].to_numpy(float)
        each, together = _kept(views[year][0], limits, now, year)
        city, _ = _kept(views[year][1], limits.sum(keepdims=True), now.sum(keepdims=True), year)
        by_chance = count_at_most(limits, np.maximum(exact, 1e-12), VARIANCE_RATIO)
        judged.loc[rows.index, "probability"] = each
        whole.append({
            "period": period, "method": method, "rounding": rounding, "areas": len(rows), "ceiling": limits.sum(),
            "probability": float(city[0]), "all_probability": together, "expected_missed": float((1 - each).sum()),
            "chance_all_kept": float(by_chance.prod()), "chance_missed": float((1 - by_chance).sum()),
            "largest_cut": rows["cut"].max(), "status": rows["status"].iloc[0],
        })  # fmt: skip
    return Chances(ALLOCATION.validate(judged), table(ALLOCATION_CHANCES, whole))


def _refuse_others(allocation: pd.DataFrame, counts: pd.DataFrame) -> None:
    others = sorted(set(allocation["area"]) ^ set(counts["area"]))
    if others:
        what = Message("{areas} have a ceiling or counts, not both", areas=others)
        raise DataError(Fault(what, remedy=Message("Judge an allocation by the counts that it was made from.")))


def _ahead(counts: pd.DataFrame, year: int, prior: Prior | None) -> Outlook | None:
    """Return the outlook of areas for a year; None once it is known."""
    seen = seen_in(counts)
    return None if seen.origin == year else outlook(seen, [seen.origin, year], prior=prior or prior_of(seen))


def _kept(ahead: Outlook | None, limits: Floats, now: Floats, year: int) -> tuple[Floats, float]:
    """Return the probability of each limit, shape (areas,), and of all at once."""
    if ahead is None:
        met = (now <= limits).astype(float)
        return met, float(met.all())
    spread, own = shared_part(ahead, year)
    together = 0.0
    for point, weight in normal_nodes(_SHARED_NODES):
        given = ahead.chance_at_most(limits[:, None], year, shift=spread * point, widen=own[:, None])
        together += weight * float(given.prod())
    return ahead.chance_at_most(limits[:, None], year)[:, 0], together


def shared_part(ahead: Outlook, year: int) -> tuple[Floats, Floats]:
    """Return the sd of the part of each log level that areas share, and the share of its variance that is its own.

    The level's variance less what is left of it once the common path is given: the model asked again, with a path that
    is known and does not move by chance. Shapes (areas,).
    """
    known = ahead.prior.risk
    still = replace(
        known.constants,
        **{name: getattr(known.constants, name) * _STILL
           for name in ("common_volatility", "drift_sd", "group_volatility")},
    )  # fmt: skip
    given = replace(
        known, constants=still, covariance=known.covariance * 0.0, group_covariance=known.group_covariance * 0.0
    )
    own = levels(ahead.seen.risk, given, ahead.risk.years).at(year)[1]
    whole = ahead.risk.at(year)[1]
    share = np.clip(own / whole, 0.0, 1.0)
    return np.sqrt((1 - share) * whole), share
