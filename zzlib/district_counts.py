"""Deaths and exposure of districts as their statistics take them: checked, in the order of their codes, on one test.

`counts` has one row an area: `area`, `deaths`, `exposure`, and where known `fatal_accidents` and `status`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.errors import DataError, Fault, ParameterError
from zzlib.language import Message
from zzlib.schema import STATUSES

Floats = NDArray[np.float64]
FALSE_NAMES = 0.10  # share of those named that may be named by chance (Benjamini and Hochberg)


@dataclass(frozen=True)
class Events:
    """What is tested: its code, the counts, their variance over their mean, and as so many independent events."""

    tested: str
    count: Floats
    ratio: float
    effective: Floats


def checked(counts: pd.DataFrame, *, key: Sequence[str] = ("area",)) -> pd.DataFrame:
    """Return the counts sorted by their key, numbers as numbers; the index says in which row each stood.

    Raises DataError, naming every row, where a column is missing, a number is missing, negative or not whole, an
    exposure is not above zero, fatal accidents and deaths contradict each other, or a key stands twice.

    >>> checked(pd.DataFrame({"area": ["B", "A"], "deaths": [3, 0], "exposure": [10, 20]})).index.to_list()
    [1, 0]
    """
    lacking = [name for name in (*key, "deaths", "exposure") if name not in counts]
    if lacking:
        raise DataError(Fault(Message("the counts lack the columns {columns}", columns=lacking)))
    if counts.empty:
        raise DataError(Fault(Message("there are no counts"), remedy=Message("Give one row a district.")))
    table = counts.reset_index(drop=True)
    given = [name for name in ("deaths", "fatal_accidents", "exposure") if name in table]
    numbers = table[given].apply(pd.to_numeric, errors="coerce").astype(float)
    known = numbers.notna() & np.isfinite(numbers)
    sound = known & (numbers >= 0) & (numbers % 1 == 0)
    sound["exposure"] = known["exposure"] & (numbers["exposure"] > 0)
    faults = [_cell(table, row, given[column]) for row, column in np.argwhere(~sound.to_numpy()).tolist()]
    faults += [_cell(table, row, name) for name in key for row in np.flatnonzero(table[name].isna()).tolist()]
    if "status" in table:
        table["status"] = table["status"].fillna("")
        strange = ~table["status"].isin(["", *STATUSES])
        faults += [_cell(table, row, "status") for row in np.flatnonzero(strange).tolist()]
    if "fatal_accidents" in table:
        deaths, accidents = numbers["deaths"], numbers["fatal_accidents"]
        odd = sound["deaths"] & sound["fatal_accidents"] & ((accidents > deaths) | ((accidents == 0) & (deaths > 0)))
        faults += [_contradiction(table, row) for row in np.flatnonzero(odd).tolist()]
    table[list(key)] = table[list(key)].astype(str)
    faults += [
        Fault(Message("{name} stands twice", name=" ".join(table.loc[row, list(key)])),
              where=Message("row {row}", row=row), remedy=Message("Keep one row."))
        for row in np.flatnonzero(table.duplicated(list(key))).tolist()
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    return table.assign(**numbers, status=table.get("status", "")).sort_values(list(key), kind="stable")


def events(table: pd.DataFrame, variance_ratio: float, *, together: pd.DataFrame | None = None) -> Events:
    """Return the events to test: fatal accidents where all rows tell them, else deaths of a wider variance.

    With `together`, a second table, only where that one tells them too.

    >>> events(pd.DataFrame({"deaths": [10.0]}), 1.25).effective
    array([8.])
    """
    by_accident = all("fatal_accidents" in part for part in (table, together) if part is not None)
    tested, ratio = ("fatal_accidents", 1.0) if by_accident else ("deaths", variance_ratio)
    count = table[tested].to_numpy(float)
    return Events(tested, count, ratio, count / ratio)


def refuse_scale(per: float, variance_ratio: float) -> None:
    """Raise ParameterError unless a rate is per a positive amount and the variance ratio is one or more."""
    faults = []
    if not 0 < per < math.inf:
        what = Message("a rate cannot be per {amount}", amount=f"{per:g}")
        faults.append(Fault(what, remedy=Message("Give a number above zero.")))
    if not 1 <= variance_ratio < math.inf:
        what = Message("{ratio} cannot be the variance of deaths over their mean", ratio=f"{variance_ratio:g}")
        faults.append(Fault(what, remedy=Message("Give 1 or more: deaths come in accidents.")))
    if faults:
        raise ParameterError(faults)


def _cell(table: pd.DataFrame, row: int, column: str) -> Fault:
    return Fault(
        Message("'{text}' cannot stand here", text=str(table.at[row, column])),
        where=Message("row {row}, column '{column}'", row=row, column=column),
        remedy=Message("Counts are whole numbers, exposures are above zero; leave out what is not known everywhere."),
    )


def _contradiction(table: pd.DataFrame, row: int) -> Fault:
    return Fault(
        Message(
            "{deaths} deaths in {accidents} fatal accidents",
            deaths=f"{table.at[row, 'deaths']:g}", accidents=f"{table.at[row, 'fatal_accidents']:g}",
        ),
        where=Message("row {row}", row=row),
        remedy=Message("Each fatal accident has one death or more, and each death its accident."),
    )  # fmt: skip
