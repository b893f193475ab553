"""Checks of cells, shared by every kind of table: each fault is listed with its file, row, column and remedy."""

import math
import re
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

from zzlib.areas import nearest, resolve
from zzlib.errors import Fault
from zzlib.files import RawTable
from zzlib.language import Message

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*[人起辆吨]", re.ASCII)  # 3人; a 万 or 亿 would change the number


def area_codes(table: RawTable, areas: pd.DataFrame, faults: list[Fault]) -> pd.Series:
    """Return the `area` column as codes; every unknown name becomes a fault with its nearest matches."""
    cells = table.cells["area"]
    codes = resolve(list(cells.unique()), areas)
    for line, text in cells.items():
        if codes[text] is None:
            near = nearest(text, areas)
            remedy = (
                Message("Did you mean {names}?", names=near)
                if near
                else Message("Give a code of data/areas/areas.csv.")
            )
            faults.append(
                Fault(Message("unknown area '{area}'", area=text), where=table.place(line, "area"), remedy=remedy)
            )
    return cells.map(codes)


def numbers(
    table: RawTable, column: str, faults: list[Fault], *, signed: Callable[[int], bool] = lambda line: False
) -> pd.Series:  # fmt: skip
    """Return a column as numbers; a text, a blank and a negative number each become a fault.

    `signed` says of a line whether its number may be negative.
    """
    values = []
    for line, text in table.cells[column].items():
        number = float(text) if NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(number):
            digits = unit[1] if (unit := WITH_UNIT.fullmatch(text)) else ""
            what = Message("'{text}' is not a number", text=text) if text else Message("the cell is empty")
            remedy = (
                Message("Write {digits}, and the unit in its own column.", digits=digits)
                if digits
                else Message("Give the number, or leave the whole row out: a missing value is no zero.")
            )
            faults.append(Fault(what, where=table.place(line, column), remedy=remedy))
        elif number < 0 and not signed(line):
            what = Message("{number} is negative", number=text)
            remedy = Message("Counts and exposures are zero or more; correct the figure.")
            faults.append(Fault(what, where=table.place(line, column), remedy=remedy))
        values.append(number)
    return pd.Series(values, index=table.cells.index, dtype=np.float64)


def whole(table: RawTable, column: str, values: pd.Series, faults: list[Fault]) -> None:
    """Add a fault for every count that is not a whole number."""
    for line in values.index[np.isfinite(values) & (values % 1 != 0)]:
        what = Message("{number} is not a whole number", number=table.cells.at[line, column])
        faults.append(
            Fault(what, where=table.place(line, column), remedy=Message("Counts are whole; give the count itself."))
        )


def check(
    table: RawTable,
    column: str,
    right: Callable[[str], bool],
    wanted: Message,
    faults: list[Fault],
    hint: Callable[[str], str | None] = lambda text: None,
) -> None:
    """Add a fault for every cell of a column that is not right, saying what is wanted there."""
    for line, text in table.cells[column].items():
        if not right(text):
            near = hint(text)
            remedy = (
                Message("Did you mean {names}?", names=near) if near else Message("Wanted: {wanted}.", wanted=wanted)
            )
            what = Message("'{text}' cannot stand here", text=text)
            faults.append(Fault(what, where=table.place(line, column), remedy=remedy))


def missing_columns(table: RawTable, required: Sequence[str]) -> list[Fault]:
    """Return a fault for every column that a table needs and lacks."""
    return [
        Fault(
            Message("column '{column}' is missing", column=name),
            where=table.path.name,
            remedy=Message("The table needs the columns {columns}.", columns=list(required)),
        )
        for name in required
        if name not in table.cells.columns
    ]


def slip(text: str, known: Collection[str]) -> str | None:
    """Return the known word that a text misses by a slip: by case, or by one change (two in a long word), else None.

    >>> slip("detahs", ["deaths", "gdp"]), slip("Deaths", ["deaths"]), slip("deaths_fire", ["deaths_road"])
    ('deaths', 'deaths', None)
    """
    if text in known:
        return None
    allowed = 2 if len(text) > 4 else 1
    near = {word: _changes(text.lower(), word.lower()) for word in known if abs(len(word) - len(text)) <= allowed}
    best = min(near, key=lambda word: near[word], default=None)
    return best if best is not None and near[best] <= allowed else None


def _changes(one: str, other: str) -> int:
    """Return how many letters must be put in, left out or replaced to make one word the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (letter != wanted))
    return row[-1]


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults by file and row, as a reader goes through the file; what has no row keeps its place."""

    def place(fault: Fault) -> tuple[str, int]:
        values = getattr(fault.where, "values", {})
        return str(values.get("file", fault.where)), int(values.get("row", 0))

    return sorted(faults, key=place)
