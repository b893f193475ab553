"""Ceilings of areas shared by sectors: a table of whole numbers for each year, with both margins kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from zzlib.apportionment import controlled, sainte_lague, unplaced
from zzlib.ceilings import Floats, Whole, counted, whole_numbers, years_of
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.schema import ALLOCATION, weakest


def by_sector(
    allocation: pd.DataFrame, observations: pd.DataFrame, *, base: str,
    ceilings: Mapping[int, Mapping[str, int]] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return an allocation with each area's ceilings shared by sectors: rows of areas, then of areas and sectors.

    `observations`: area, sector, year, count of every area, sector and year of the base period. `ceilings` are the
    city's by year and sector; without them the city's total is shared by Sainte-Laguë on the sectors' counts. Both
    margins hold exactly in every year (`apportionment.controlled`); a cell without any count in the base period stays
    zero. Years are shared one by one: a cell may rise by one while its margins fall. Raises DataError when sectors do
    not add up to the city's ceiling, or zeros leave part of one without a cell.
    """
    first, last = years_of(base)
    table = counted(observations, ("area", "sector", "year"))
    table = table[table["year"].between(first, last)]
    seed = table.groupby(["sector", "area"])["count"].sum().unstack("sector").sort_index() / (last - first + 1)
    rows = allocation[allocation["sector"] == ""].sort_values(["period", "area"], kind="stable")
    wanted = ceilings or _by_counts(rows, seed)
    _refuse_sectors(rows, seed, wanted)
    status = weakest({*rows["status"], *table.get("status", ())} - {""})
    cells, faults = [allocation], []
    for (_, period), year_rows in rows.groupby(["method", "period"], sort=False):
        claims = seed.loc[year_rows["area"]].to_numpy(float)
        across = year_rows["ceiling"].to_numpy(float)
        down = np.array([wanted[int(period)][sector] for sector in seed.columns], dtype=float)
        try:
            found = controlled(claims, across, down)
        except ValueError:
            short = unplaced(claims, across, down)
            named = [f"{sector} ({n})" for sector, n in zip(seed.columns, short.tolist(), strict=True) if n]
            what = Message("{sectors} find no district with counts in the base period", sectors=named)
            remedy = Message("Count a longer base period, or move the ceilings.")
            faults.append(Fault(what, where=Message("ceilings of {year}", year=str(period)), remedy=remedy))
            continue
        cells.append(_cells(year_rows, seed, claims, found, status))
    if faults:
        raise DataError(faults)
    return ALLOCATION.validate(pd.concat(cells, ignore_index=True))


def _by_counts(rows: pd.DataFrame, seed: pd.DataFrame) -> dict[int, dict[str, int]]:
    """Return the city's ceilings by year and sector, in proportion to the sectors' counts."""
    totals = rows.groupby(["method", "period"])["ceiling"].sum().astype(int).groupby("period").first()
    claims, none = seed.sum().to_numpy(float), np.zeros(seed.shape[1], dtype=np.int64)
    return {
        int(period): dict(zip(seed.columns, sainte_lague(claims, total, none, none + total).tolist(), strict=True))
        for period, total in totals.items()
    }


def _refuse_sectors(rows: pd.DataFrame, seed: pd.DataFrame, wanted: Mapping[int, Mapping[str, int]]) -> None:
    faults = [
        Fault(Message("the area '{area}' has no counts", area=area)) for area in rows["area"].unique()
        if area not in seed.index
    ]  # fmt: skip
    for (_, period), total in rows.groupby(["method", "period"])["ceiling"].sum().items():
        where = Message("ceilings of {year}", year=str(period))
        given = wanted.get(int(period), {})
        odd = list(whole_numbers(dict(given), where))
        faults += odd
        apart = sorted(set(given) ^ set(seed.columns))
        if apart:
            what = Message("{sectors} have a ceiling or counts, not both", sectors=apart)
            faults.append(Fault(what, where=where, remedy=Message("Write 0 where none is meant.")))
        elif not odd and sum(given.values()) != total:
            what = Message("the sectors add up to {sum}, the city's ceiling is {total}",
                           sum=sum(given.values()), total=int(total))  # fmt: skip
            faults.append(Fault(what, where=where, remedy=Message("Parts must add up exactly.")))
    if faults:
        raise DataError(faults)


def _cells(rows: pd.DataFrame, seed: pd.DataFrame, claims: Floats, found: Whole, status: str) -> pd.DataFrame:
    """Return the rows of areas and sectors of one year."""
    across, down = found.sum(axis=1), found.sum(axis=0)
    areas, sectors = found.shape
    base = claims.ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = np.where(base > 0, 1 - found.ravel() / base, np.nan)
    return pd.DataFrame({
        "area": np.repeat(rows["area"].to_numpy(object), sectors),
        "sector": np.tile(seed.columns.to_numpy(object), areas),
        "period": rows["period"].iloc[0], "method": rows["method"].iloc[0], "rounding": "controlled", "base": base,
        "exact": np.nan, "floor": 0.0, "cap": np.minimum.outer(across, down).ravel().astype(float),
        "ceiling": found.ravel(), "cut": cut, "probability": np.nan, "status": status,
    })  # fmt: skip
