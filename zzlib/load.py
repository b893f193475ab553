"""Observations: published figures from raw tables to one checked long table that keeps every vintage.

Nothing is repaired and nothing is chosen here; `targets.assess` selects what was known on a day.
"""

from collections.abc import Collection, Sequence

import pandas as pd

from zzlib.cells import area_codes, check, in_order, missing_columns, numbers, slip, whole
from zzlib.errors import DataError, Fault
from zzlib.files import RawTable
from zzlib.language import Message
from zzlib.periods import is_period
from zzlib.schema import CHANGE_UNIT, MEASURES, OBSERVATIONS, STATUSES, columns

REQUIRED = ("area", "period", "measure", "value", "unit", "scope", "status", "source")
TOLD_BY = 4  # columns that tell what a table is meant as
WHOLE_UNITS = ("persons", "accidents")
KEY = ["area", "period", "measure", "scope", "vintage"]


def is_observations(header: Collection[str]) -> bool:
    """Say whether a table is meant as one of observations, told by four columns of its header.

    A column that is missing or misspelt is then a fault, not a reason to leave the table aside.
    """
    return len({*REQUIRED} & {*header}) >= TOLD_BY


def observations(tables: Sequence[RawTable], areas: pd.DataFrame) -> pd.DataFrame:
    """Return raw tables as one table of observations, one fact per row, with `file` and `row` of each.

    Raises DataError listing every fault of every table: a missing column, an unknown area (with the nearest names), a
    number that is none, a negative or fractional count, an unknown status, a period that is none, a repeated row.
    """
    faults = [fault for table in tables for fault in missing_columns(table, REQUIRED)]
    if faults:
        raise DataError(faults)
    parts = [_typed(table, areas, faults) for table in tables]
    if faults:
        raise DataError(in_order(faults))
    together = pd.concat(parts, ignore_index=True) if parts else _empty()
    return OBSERVATIONS.validate(together)


def _typed(table: RawTable, areas: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    cells = table.cells
    typed = pd.DataFrame({name: cells.get(name, "") for name in columns(OBSERVATIONS)}, dtype=str)
    typed["area"] = area_codes(table, areas, faults)
    changes = typed["unit"] == CHANGE_UNIT
    typed["value"] = numbers(table, "value", faults, signed=lambda line: bool(changes[line]))
    whole(table, "value", typed["value"].where(typed["unit"].isin(WHOLE_UNITS)), faults)
    check(
        table,
        "period",
        is_period,
        Message("a year (2018), quarter (2018-Q1), month (2018-03) or range (2011/2015)"),
        faults,
    )
    check(table, "status", STATUSES.__contains__, Message("one of {codes}", codes=list(STATUSES)), faults)
    if "vintage" in cells:
        a_date = Message("the day of publication (2019-02-28, 2019-02 or 2019), or nothing")
        check(table, "vintage", lambda text: text == "" or is_period(text), a_date, faults)
    check(table, "measure", lambda text: _misspelt(text) is None, Message("a known measure"), faults, _misspelt)
    typed["file"], typed["row"] = table.path.name, cells.index
    _twice(table, typed, faults)
    return typed


def _misspelt(measure: str) -> str | None:
    """Return the known measure that a text was probably meant to be; a measure unlike any known one is new."""
    if measure in MEASURES:
        return None
    return slip(measure, MEASURES)


def _twice(table: RawTable, typed: pd.DataFrame, faults: list[Fault]) -> None:
    key = [*KEY, "source"]
    first: dict[tuple[str, ...], int] = {}
    for line, values in zip(typed.index, typed[key].astype(str).itertuples(index=False, name=None), strict=True):
        if values in first:
            what = Message("the same measure of this area and period stands already in row {row}", row=first[values])
            remedy = Message("Keep one; a revision carries its own day of publication in 'vintage'.")
            faults.append(Fault(what, where=table.place(line), remedy=remedy))
        first.setdefault(values, line)


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=str) for name in [*columns(OBSERVATIONS), "file", "row"]})
