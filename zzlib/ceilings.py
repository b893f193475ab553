"""What an allocation starts from: counts by area and year, the city's ceilings, floors and caps; checked, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.errors import DataError, Fault, ParameterError
from zzlib.language import Message
from zzlib.periods import bounds as days_of
from zzlib.periods import is_year, is_years
from zzlib.schema import STATUSES, weakest

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """A checked question: areas in the order of their codes, `counts` and `exposures` of shape (areas, years known).

    `floors` and `caps`, shape (areas, ceiling years), hold for each area; without a cap it is the city's ceiling.
    `exposures` is empty where none is given, NaN where one is not known.
    """

    areas: tuple[str, ...]
    known: tuple[int, ...]
    counts: Floats
    exposures: Floats
    base: tuple[int, ...]
    years: tuple[int, ...]
    totals: tuple[int, ...]
    floors: Whole
    caps: Whole
    status: str

    @property
    def base_counts(self) -> Floats:
        """The mean yearly count of each area in the base period."""
        return np.asarray(self.counts[:, self.places(self.base)].mean(axis=1), dtype=float)

    def places(self, years: Sequence[int]) -> list[int]:
        """Return where some years stand among those known."""
        return [self.known.index(year) for year in years]


def asked(
    observations: pd.DataFrame, ceilings: Mapping[int, int], *, base: str, bounds: pd.DataFrame | None = None
) -> Asked:
    """Return what is asked: a city's ceilings by year, to be shared by areas with known counts.

    `observations`: one row an area and year with `area`, `year`, `count`, optionally `exposure` and `status`; every
    area has every year. `base`: a year or years (`2015`, `2013/2015`) among them, before the first ceiling. `bounds`:
    `area`, `floor`, `cap`, either may be empty, and optionally `year`; an area with floor = cap is fixed. Raises
    DataError with every row that cannot stand, ParameterError for a base that is no year.
    """
    first, last = years_of(base)
    faults = _ceiling_faults(ceilings, last)
    try:
        table = counted(observations, ("area", "year"))
    except DataError as refused:
        raise DataError([*refused.faults, *faults]) from None
    wanted, years = tuple(range(first, last + 1)), tuple(sorted(ceilings))
    known = tuple(sorted(table["year"].unique().tolist()))
    faults += [
        Fault(Message("there are no counts of {year}, a year of the base period", year=str(year)))
        for year in wanted if year not in known
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    areas = tuple(sorted(table["area"].unique()))
    totals = tuple(int(ceilings[year]) for year in years)
    floors, caps = _bounds(bounds, areas, years, totals)
    grid = table.pivot(index="area", columns="year", values="count").loc[list(areas), list(known)].to_numpy(float)
    exposures = np.empty((0, 0))
    if "exposure" in table:
        exposures = table.pivot(index="area", columns="year", values="exposure").loc[list(areas), list(known)]
    status = weakest(table["status"].unique()) if "status" in table else ""
    return Asked(
        areas, known, grid, np.asarray(exposures, dtype=float), wanted, years, totals, floors, caps, status
    )  # fmt: skip


def years_of(base: str) -> tuple[int, int]:
    """Return the first and the last year of a base period.

    >>> years_of("2013/2015")
    (2013, 2015)
    """
    if not (is_year(str(base)) or is_years(str(base))):
        what = Message("the base period '{text}' is no year and no range of years", text=str(base))
        raise ParameterError(Fault(what, remedy=Message("Write 2015 or 2013/2015.")))
    first, last = days_of(str(base))
    return first.year, last.year


def counted(observations: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Return rows of counts by a key that ends with the year, numbers as numbers and every combination there.

    Raises DataError with every row that cannot stand and every combination that is missing: not known is not zero.
    """
    missing = [name for name in (*key, "count") if name not in observations]
    if missing:
        raise DataError(Fault(Message("the observations lack the columns {columns}", columns=missing)))
    if observations.empty:
        raise DataError(Fault(Message("there are no observations"), remedy=Message("Give one row an area and year.")))
    table = observations.reset_index(drop=True)
    given = [name for name in ("year", "count", "exposure") if name in table]
    numbers = {name: pd.to_numeric(table[name], errors="coerce").astype(float) for name in given}
    faults: list[Fault] = []
    for name, found in numbers.items():
        odd = found.isna() | (found < 0) | (found % 1 != 0)
        if name == "exposure":
            odd = (found.isna() & table[name].notna()) | (found <= 0) | np.isinf(found)
        faults += [_cell(table, int(row), name) for row in np.flatnonzero(odd)]
    for name in key[:-1]:
        faults += [_cell(table, int(row), name) for row in np.flatnonzero(table[name].isna())]
    if "status" in table:
        faults += [_cell(table, int(row), "status") for row in np.flatnonzero(~table["status"].isin(STATUSES))]
    if faults:
        raise DataError(faults)
    table = table.assign(**numbers).astype({**dict.fromkeys(key, str), "year": int})
    twice = np.flatnonzero(table.duplicated(list(key)))
    faults += [
        Fault(Message("{key} stands twice", key=_named(table, key, int(row))),
              where=Message("row {row}", row=int(row)), remedy=Message("Keep one row of each."))
        for row in twice
    ]  # fmt: skip
    every = pd.MultiIndex.from_product([sorted(table[name].unique()) for name in key])
    absent = every.difference(pd.MultiIndex.from_frame(table[list(key)]))
    faults += [
        Fault(Message("there is no count of {key}", key=" · ".join(map(str, place))),
              remedy=Message("Give every count; where none happened write 0."))
        for place in absent
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    return table


def whole_numbers(values: Mapping[Any, object], where: Message) -> Iterator[Fault]:
    """Yield a fault for each ceiling that is not a whole number, zero or above."""
    for key, value in values.items():
        number = value.item() if isinstance(value, np.generic) else value
        if isinstance(number, bool) or not isinstance(number, int | float) or number % 1 != 0 or number < 0:
            what = Message("the ceiling '{text}' of {key} is no whole number from 0 on", text=str(value), key=str(key))
            yield Fault(what, where=where, remedy=Message("Write a whole number."))


def _ceiling_faults(ceilings: Mapping[int, int], base: int) -> list[Fault]:
    where = Message("the city's ceilings")
    if not ceilings:
        return [Fault(Message("there is no ceiling"), where=where, remedy=Message("Give a ceiling for each year."))]
    faults = list(whole_numbers(ceilings, where))
    faults += [
        Fault(Message("the year {year} is not after the base period", year=str(year)), where=where)
        for year in ceilings if not year > base
    ]  # fmt: skip
    return faults


def _bounds(
    bounds: pd.DataFrame | None, areas: Sequence[str], years: Sequence[int], totals: Sequence[int]
) -> tuple[Whole, Whole]:
    """Return floors and caps, shape (areas, years)."""
    floors = np.zeros((len(areas), len(years)), dtype=np.int64)
    caps = np.tile(np.array(totals, dtype=np.int64), (len(areas), 1))
    if bounds is None or bounds.empty:
        return floors, caps
    if "area" not in bounds or not {"floor", "cap"} & set(bounds):
        raise DataError(Fault(Message("the bounds lack the columns {columns}", columns=["area", "floor", "cap"])))
    table = bounds.reindex(columns=["area", "year", "floor", "cap"]).reset_index(drop=True)
    faults = []
    numbers = {name: pd.to_numeric(table[name], errors="coerce").astype(float) for name in ("year", "floor", "cap")}
    for name, found in numbers.items():
        odd = (found.isna() & table[name].notna()) | (found < 0) | (found.notna() & (found % 1 != 0))
        faults += [_cell(table, int(row), name) for row in np.flatnonzero(odd)]
    table = table.assign(**numbers, area=table["area"].astype(str))
    seen: set[tuple[str, int]] = set()
    for row, area, year, floor, cap in table.itertuples(name=None):
        at = Message("bounds, row {row}", row=row)
        if area not in areas:
            faults.append(Fault(Message("the area '{area}' has no counts", area=area), where=at))
        if year == year and year not in years:
            faults.append(Fault(Message("there is no ceiling of {year}", year=f"{year:g}"), where=at))
        if floor > cap:
            what = Message("the floor {floor} lies above the cap {cap}", floor=f"{floor:g}", cap=f"{cap:g}")
            faults.append(Fault(what, where=at))
        for each in years if year != year else [year]:
            if (area, int(each)) in seen:
                faults.append(Fault(Message("{key} stands twice", key=f"{area} · {each:g}"), where=at))
            seen.add((area, int(each)))
    if faults:
        raise DataError(faults)
    place = {area: i for i, area in enumerate(areas)}
    for _, area, year, floor, cap in table.itertuples(name=None):
        columns = range(len(years)) if year != year else [list(years).index(year)]
        for column in columns:
            floors[place[area], column] = 0 if floor != floor else int(floor)
            if cap == cap:
                caps[place[area], column] = int(cap)
    return floors, caps


def _cell(table: pd.DataFrame, row: int, column: str) -> Fault:
    return Fault(
        Message("'{text}' cannot stand here", text=str(table.at[row, column])),
        where=Message("row {row}, column '{column}'", row=row, column=column),
        remedy=Message("Counts and years are whole numbers, exposures are above zero; leave unknown cells empty."),
    )


def _named(table: pd.DataFrame, key: tuple[str, ...], row: int) -> str:
    return " · ".join(str(table.at[row, name]) for name in key)
