"""Checks of cells, shared by every kind of table: each fault is listed with its file, row, column and remedy.

A column is read by its different texts, each once: a hundred thousand rows hold few different days and codes.
"""

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from decimal import Context, Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.areas import nearest, resolve
from zzlib.errors import Fault
from zzlib.headings import column_name, examples
from zzlib.language import Message
from zzlib.periods import (
    FIRST_YEAR,
    LAST_YEAR,
    Reading,
    plain,
    read_day,
    read_in_year,
    read_number,
    read_parts,
    read_period,
)
from zzlib.raw import RawTable
from zzlib.schema import CHANGE_UNIT

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([, ])\d{3}(\1\d{3})*(\.\d+)?", re.ASCII)
BADLY_GROUPED = re.compile(r"[+-]?\d+(?:[, ]+\d+)+(?:\.\d*)?", re.ASCII)  # 1,23 may be 1.23, and 1,2345 anything
IN_BRACKETS = re.compile(r"\(([\d., ]+)\)", re.ASCII)  # how bookkeepers write what is below zero
WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*[人起辆吨%]", re.ASCII)  # 3人; a 万 or 亿 would change the number
PER_CENT = ("%", "百分比", CHANGE_UNIT)  # units whose figures may bear a per cent sign
FACTOR = "factor"  # a column of a wide table made long: what turns the row's figure into the unit of `schema`
WHERE = ("file", "sheet", "row", "column", "what", "remedy")  # what is told of a refused row, before its cells
_EXACT = Context(prec=100)
_PARTS = {"year": "年", "month": "月", "day": "日"}

Said = tuple[Message, Message]  # what is wrong with a text, and the remedy
Codes = NDArray[np.intp]


def trimmed(table: RawTable) -> RawTable:
    """Return the table without spaces around its cells; a cell that is missing is empty."""
    return replace(table, cells=table.cells.apply(lambda cells: cells.fillna("").str.strip()))


def area_codes(table: RawTable, areas: pd.DataFrame, faults: list[Fault]) -> pd.Series:
    """Return the `area` column as codes; every unknown name becomes a fault with its nearest matches."""
    codes, texts = _different(table.cells["area"])
    known = resolve(texts, areas)

    def said(text: str) -> Said | None:
        if known[text] is not None:
            return None
        near = nearest(text, areas)
        remedy = (
            Message("Did you mean {names}?", names=near) if near else Message("Give a code of data/areas/areas.csv.")
        )
        return Message("unknown area '{area}'", area=text), remedy

    _fault_each(table, "area", codes, [said(text) for text in texts], faults)
    return _column([known[text] or "" for text in texts], codes, table)


def numbers(
    table: RawTable, column: str, faults: list[Fault], *, signed: Callable[[int], bool] = lambda line: False
) -> pd.Series:  # fmt: skip
    """Return a column as numbers in the unit of `schema`; a text, a blank and a negative number each become a fault.

    Full-width digits, groups of three (1,234,567 or 1 234) and scientific notation are read, and a per cent sign
    where the row's `unit` is one. The table's factor of the column is applied in decimal; for `value` a `factor` in
    the row's own cells stands in its place. `signed` says of a row whether its number may be negative.

    >>> from pathlib import Path
    >>> table = RawTable(Path("gdp.csv"), pd.DataFrame({"value": ["12,345", "１１"]}), factors={"value": 1e-4})
    >>> numbers(table, "value", []).to_list()
    [1.2345, 0.0011]
    """
    codes, texts = _different(table.cells[column])
    which, factors = _factors(table, column, faults)
    # A figure depends on its text, its factor and on whether its unit is per cent: each combination is read once.
    keys, found = pd.factorize((codes * len(factors) + which) * 2 + _in_per_cent(table, column))
    read = [_value(texts[k // 2 // len(factors)], factors[k // 2 % len(factors)], bool(k % 2)) for k in found.tolist()]
    _fault_each(table, column, keys, [None if isinstance(one, float) else one for one in read], faults)
    values = pd.Series(
        np.array([one if isinstance(one, float) else math.nan for one in read], dtype=np.float64)[keys],
        index=table.cells.index,
    )
    for row in values.index[(values < 0).to_numpy()]:
        if not signed(row):
            what = Message("{number} is negative", number=table.cells.at[row, column])
            remedy = Message("Counts and exposures are zero or more; correct the figure.")
            faults.append(Fault(what, where=place(table, row, column), remedy=remedy))
    return values


def whole(table: RawTable, column: str, values: pd.Series, faults: list[Fault]) -> None:
    """Add a fault for every count that is not a whole number."""
    for row in values.index[np.isfinite(values) & (values % 1 != 0)]:
        what = Message("{number} is not a whole number", number=table.cells.at[row, column])
        faults.append(
            Fault(what, where=place(table, row, column), remedy=Message("Counts are whole; give the count itself."))
        )


def days(table: RawTable, faults: list[Fault], column: str = "date") -> pd.Series:
    """Return the days of a column, or of the columns year, month and day, as ISO text; a month where no day is given.

    What cannot be read, can be read in two ways or is no day of the calendar becomes a fault.

    >>> from pathlib import Path
    >>> days(RawTable(Path("a.csv"), pd.DataFrame({"date": ["2018年3月5日", "43164"]})), []).to_list()
    ['2018-03-05', '2018-03-05']
    """
    wanted = Message("a day such as 2018-03-05")
    if column in table.cells:
        codes, texts = _different(table.cells[column])
        read = [read_day(text) for text in texts]
        _fault_each(table, column, codes, [_said(*pair, wanted) for pair in zip(read, texts, strict=True)], faults)
        return _column([one.period for one in read], codes, table)
    columns = [name for name in _PARTS if name in table.cells]
    codes, parts = _together(table, columns)
    read = [read_parts(**dict(zip(columns, part, strict=True))) for part in parts]
    _fault_parts(table, columns, codes, parts, read, wanted, faults)
    return _column([one.period for one in read], codes, table)


def periods(table: RawTable, faults: list[Fault]) -> pd.Series:
    """Return the periods of the column `period`, or of `year` with `month` or `period` beside it, as ISO text.

    >>> from pathlib import Path
    >>> cells = pd.DataFrame({"year": ["2018", "2018"], "month": ["3", "1—7月累计"]})
    >>> periods(RawTable(Path("a.csv"), cells), []).to_list()
    ['2018-03', '2018-01/2018-07']
    """
    wanted = Message("a year (2018), quarter (2018-Q1), month (2018-03) or range (2011/2015)")
    columns = [name for name in ("year", "period") if name in table.cells]
    if "period" not in columns and "month" in table.cells:
        columns.append("month")
    codes, parts = _together(table, columns)
    if columns == ["period"]:
        read = [read_period(text) for (text,) in parts]
    else:
        read = [read_in_year(*part) if part[0] else read_period(part[-1]) for part in parts]
    _fault_parts(table, columns, codes, parts, read, wanted, faults)
    return _column([one.period for one in read], codes, table)


def check(
    table: RawTable,
    column: str,
    right: Callable[[str], bool],
    wanted: Message,
    faults: list[Fault],
    hint: Callable[[str], str | None] = lambda text: None,
) -> None:
    """Add a fault for every cell of a column that is not right, saying what is wanted there."""
    codes, texts = _different(table.cells[column])

    def said(text: str) -> Said | None:
        if right(text):
            return None
        near = hint(text)
        remedy = Message("Did you mean {names}?", names=near) if near else Message("Wanted: {wanted}.", wanted=wanted)
        return Message("'{text}' cannot stand here", text=text), remedy

    _fault_each(table, column, codes, [said(text) for text in texts], faults)


def place(table: RawTable, row: int, column: str) -> Message:
    """Return where a cell stands; of a wide table made long, what a heading told stands where its figure does."""
    told = table.under is not None and column not in table.headings
    return table.place(row, "value" if told else column)


def missing_columns(table: RawTable, required: Sequence[str]) -> list[Fault]:
    """Return a fault for every column that a table needs and lacks, with headings that would be understood."""
    where = Message("{file}, sheet '{sheet}'", file=table.path.name, sheet=table.sheet) if table.sheet else None
    return [
        Fault(
            Message("column '{column}' is missing", column=column_name(name)),
            where=where or table.path.name,
            remedy=Message("Add it under a heading that is understood, such as {headings}.", headings=examples(name)),
        )
        for name in required
        if name not in table.cells.columns
    ]


def rejected(table: RawTable, faults: Sequence[Fault]) -> pd.DataFrame:
    """Return the rows that faults of this table refuse: the columns of `WHERE`, then the row's cells as they stand.

    Each row once, with all that is wrong in it; the index is the row's in `table.cells`, so that the others are kept by
    leaving these out. A fault that names no row, such as a missing column, refuses every row.

    >>> from pathlib import Path
    >>> table = RawTable(Path("a.csv"), pd.DataFrame({"value": ["3", "3人"]}, index=[2, 3]))
    >>> numbers(table, "value", faults := [])
    2    3.0
    3    NaN
    dtype: float64
    >>> rejected(table, faults)[["row", "what", "value"]].to_records().tolist()
    [(3, 3, "'3人' is not a number", '3人')]
    """
    of_row = _by_row(table, faults)
    rows = [row for row in table.cells.index if row in of_row]
    about = pd.DataFrame(
        {
            "file": table.path.name,
            "sheet": table.sheet,
            "row": [table.line(row) for row in rows],
            "column": [", ".join(dict.fromkeys(_where(fault, "column") for fault in of_row[row])) for row in rows],
            "what": [_listed([fault.what for fault in of_row[row]]) for row in rows],
            "remedy": [_listed([fault.remedy for fault in of_row[row] if fault.remedy]) for row in rows],
        },
        index=pd.Index(rows, dtype=table.cells.index.dtype, name=table.cells.index.name),
        columns=list(WHERE),
        dtype=object,  # pandas would turn messages into plain text, which speaks English only
    )
    # A cell's column may bear one of these names itself.
    cells = table.cells.loc[rows].rename(columns={name: f"{name} (cell)" for name in WHERE})
    return pd.concat([about, cells], axis=1)


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


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults by file, sheet and row, as a reader goes through them, each once; what has no row keeps its place.

    A line of a wide table made long is several rows, whose common cells are wrong once.
    """
    sheets = list(dict.fromkeys(_where(fault, "sheet") for fault in faults))

    def position(fault: Fault) -> tuple[str, int, int]:
        return _where(fault, "file") or str(fault.where), sheets.index(_where(fault, "sheet")), _row(fault) or 0

    return sorted(dict.fromkeys(faults), key=position)


def exact(number: str, factor: Decimal) -> float:
    """Return a number as written times a factor, without the noise of binary fractions.

    >>> exact("3", Decimal("0.1")), 3 * 0.1
    (0.3, 0.30000000000000004)
    """
    return float(number) if factor == 1 else float(_EXACT.multiply(Decimal(number), factor))


def _different(cells: pd.Series) -> tuple[Codes, list[str]]:
    """Return the different texts of a column, and for each row which of them it holds."""
    codes, texts = pd.factorize(cells, use_na_sentinel=False)
    return codes, [text if isinstance(text, str) else "" for text in texts]


def _together(table: RawTable, columns: Sequence[str]) -> tuple[Codes, list[tuple[str, ...]]]:
    """Return the different combinations of some columns' texts, and for each row which of them it holds."""
    each = [_different(table.cells[name]) for name in columns]
    codes = each[0][0]
    for more, texts in each[1:]:
        codes = pd.factorize(codes * len(texts) + more)[0]
    first = np.unique(codes, return_index=True)[1]
    return codes, [tuple(texts[own[row]] for own, texts in each) for row in first]


def _column(values: Sequence[str], codes: Codes, table: RawTable) -> pd.Series:
    return pd.Series(np.array(values, dtype=object)[codes], index=table.cells.index, dtype=str)


def _fault_each(
    table: RawTable, column: str, codes: Codes, said: Sequence[Said | None], faults: list[Fault]
) -> None:  # fmt: skip
    """Add a fault for each row whose text something is said of."""
    wrong = np.array([one is not None for one in said], dtype=bool)
    for position in np.flatnonzero(wrong[codes]) if wrong.any() else ():
        if (one := said[codes[position]]) is not None:
            where = place(table, table.cells.index[position], column)
            faults.append(Fault(one[0], where=where, remedy=one[1]))


def _fault_parts(
    table: RawTable,
    columns: Sequence[str],
    codes: Codes,
    parts: Sequence[tuple[str, ...]],
    read: Sequence[Reading],
    wanted: Message,
    faults: list[Fault],
) -> None:
    """Add a fault for each row whose columns do not make up a date, at the first column that cannot be right."""
    at = [_wrong_part(columns, part) for part in parts]
    for i, name in enumerate(columns):
        said = [
            _said(one, part[i], wanted) if where == name else None
            for one, part, where in zip(read, parts, at, strict=True)
        ]
        _fault_each(table, name, codes, said, faults)


def _wrong_part(columns: Sequence[str], part: Sequence[str]) -> str:
    for name, text in zip(columns[:-1], part, strict=False):
        number = read_number(text, _PARTS[name]) or 0
        if number < 1000 if name == "year" else not 1 <= number <= 12:
            return name
    return columns[-1]


def _said(reading: Reading, text: str, wanted: Message) -> Said | None:
    """Return what is wrong with a text that was not read, and what to write instead."""
    if reading.period:
        return None
    if reading.problem == "two_digits":
        return Message("the year of '{text}' has two digits", text=text), Message("Write the year with four digits.")
    if reading.problem == "several_meanings":
        meanings = list(reading.could_mean)
        what = Message("'{text}' can be read in more than one way", text=text)
        if len(meanings) == 1:
            return what, Message("Did you mean {names}?", names=meanings)
        return what, Message("Write the one that is meant: {names}.", names=meanings)
    if reading.problem == "impossible":
        return Message("'{text}' is no day of the calendar", text=text), Message("Correct the date.")
    if reading.problem == "far_away":
        what = Message("'{text}' lies before {first} or after {last}", text=text, first=FIRST_YEAR, last=LAST_YEAR)
        return what, Message("Correct the date.")
    return Message("'{text}' cannot stand here", text=text), Message("Wanted: {wanted}.", wanted=wanted)


def _in_per_cent(table: RawTable, column: str) -> Codes:
    """Return for each row whether its figure may bear a per cent sign."""
    if column != "value" or "unit" not in table.cells:
        return np.zeros(len(table.cells), dtype=np.intp)
    codes, units = _different(table.cells["unit"])
    return np.array([plain(unit) in PER_CENT for unit in units], dtype=np.intp)[codes]


def _factors(table: RawTable, column: str, faults: list[Fault]) -> tuple[Codes, list[Decimal | None]]:
    """Return the different factors of a column's rows, and for each row which of them is its own."""
    usual = Decimal(repr(float(table.factors.get(column, 1))))
    if column != "value" or FACTOR not in table.cells:
        return np.zeros(len(table.cells), dtype=np.intp), [usual]
    codes, texts = _different(table.cells[FACTOR])
    written = [_ungrouped(plain(text)) for text in texts]
    factors = [
        (Decimal(number) if number and 0 < float(number) < math.inf else None) if text else usual
        for number, text in zip(written, texts, strict=True)
    ]
    wanted = Message("a factor above zero")
    said = [
        (Message("'{text}' cannot stand here", text=text), Message("Wanted: {wanted}.", wanted=wanted))
        if factor is None
        else None
        for factor, text in zip(factors, texts, strict=True)
    ]
    _fault_each(table, FACTOR, codes, said, faults)
    return codes, factors


def _value(text: str, factor: Decimal | None, in_per_cent: bool) -> float | Said:
    """Return the number that a text is, times its factor, or what is wrong with it; NaN where the factor is."""
    written = plain(text)
    number = _ungrouped(written.removesuffix("%").rstrip() if in_per_cent else written)
    if number is None or not math.isfinite(float(number)):
        return _no_number(text)
    if factor is None:
        return math.nan
    value = exact(number, factor)
    vanished = value == 0 and re.search("[1-9]", re.split("[eE]", number)[0]) is not None
    return _no_number(text) if vanished or not math.isfinite(value) else value + 0.0  # no negative zero


def _ungrouped(written: str) -> str | None:
    """Return a number as Python writes it, or None where the text is none."""
    if NUMBER.fullmatch(written):
        return written
    if GROUPED.fullmatch(written):
        return re.sub("[, ]", "", written)
    if found := IN_BRACKETS.fullmatch(written):
        inside = _ungrouped(found[1].strip())
        return f"-{inside}" if inside else None
    return None


def _no_number(text: str) -> Said:
    written = plain(text)
    what = Message("'{text}' is not a number", text=text)
    if not written:
        what = Message("the cell is empty")
    elif found := WITH_UNIT.fullmatch(written):
        return what, Message("Write {digits}, and the unit in its own column.", digits=found[1])
    elif BADLY_GROUPED.fullmatch(written):
        what = Message("'{text}' can be read in more than one way", text=text)
        return what, Message("Write the number without separators, its decimals after a point.")
    return what, Message("Give the number, or leave the whole row out: a missing value is no zero.")


def _by_row(table: RawTable, faults: Sequence[Fault]) -> dict[int, list[Fault]]:
    """Return the faults of each row of the index; a line of a wide table made long is several rows."""
    found: dict[int, list[Fault]] = {}
    rows_of: dict[int, list[int]] = {}
    if faults:
        for row in table.cells.index:
            rows_of.setdefault(table.line(row), []).append(row)
    for fault in faults:
        line = _row(fault)
        rows = (rows_of.get(line) if line is not None else None) or list(table.cells.index)
        if table.under is not None:
            column = _where(fault, "column")
            rows = [row for row in rows if table.under.at[row] == column] or rows
        for row in rows:
            found.setdefault(row, []).append(fault)
    return found


def _where(fault: Fault, part: str) -> str:
    return str(getattr(fault.where, "values", {}).get(part, ""))


def _row(fault: Fault) -> int | None:
    row = getattr(fault.where, "values", {}).get("row")
    return None if row is None else int(row)


def _listed(messages: Sequence[str]) -> str:
    different = list(dict.fromkeys(messages))
    return different[0] if len(different) == 1 else Message("{messages}", messages=different)


def _changes(one: str, other: str) -> int:
    """Return how many letters must be put in, left out or replaced to make one word the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (letter != wanted))
    return row[-1]
