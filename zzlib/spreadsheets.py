"""Workbooks as grids: read by a process of their own (`confined`) with limits, and refused in full sentences.

Reading must neither end this program nor lose a cell: a workbook whose reader is stopped, a cell that holds an error,
and a formula that was never computed are refused by their places.
"""

import gc
import json
import marshal
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from zzlib.confined import PARTING
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.raw import Grid, Note

TIME = 120  # seconds that reading one workbook may take
MEMORY = 4 * 2**30  # bytes that it may take
MOST_NAMED = 50  # cells that are named one by one
# The child sees the modules that this process sees, and nothing else that may lie about.
CHILD = """
import json, sys
sys.path[:], values, memory = json.loads(sys.argv[1])
from zzlib.confined import main
main(values=values, memory=memory)
"""
# Nobody can give a sheet such a name in a spreadsheet program; in a message it could pass for something else.
NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff/\\:*?\[\]]+")


def grids(path: Path) -> list[Grid]:
    """Return the visible sheets of a workbook (XLSX, XLSM, XLS) as grids, empty ones too.

    Dates are ISO text by the type of their cell, numbers as they are stored whatever their format shows. Formulas count
    as the values that were stored with them; macros never run. Raises DataError naming every cell that holds an error
    or a formula without a value, or saying why the file cannot be read: it is protected, damaged, no workbook, too
    large, or made to harm.

    In a formula of an XLS file a missing value can be told from a text without letters only where the file says that a
    program computed it; where it does not, the formula is refused.
    """
    with path.open("rb") as file:
        answer = _answer(file, path)
    if "refused" in answer:
        raise DataError(_refusals(answer, path))
    if faults := [fault for sheet in answer["sheets"] for fault in _faults(path, sheet)]:
        more = len(faults) - MOST_NAMED
        rest = [Fault(Message("{count} more cells are like these", count=more), where=path.name)] if more > 0 else []
        raise DataError([*faults[:MOST_NAMED], *rest])
    if not answer["sheets"]:
        what = Message("no sheet of the workbook is visible")
        raise DataError(
            Fault(what, where=path.name, remedy=Message("Show the sheets that hold the data, and save it."))
        )
    with _nothing_collected():
        found = [_grid(path, sheet) for sheet in answer["sheets"]]
    notes = [_aside(name) for name in answer["aside"]]
    if answer["linked"]:
        notes.append(
            Note("external_link", Message("the workbook links to other files; the values stored in it are read"))
        )
    return [_with(found[0], notes), *found[1:]]


def _answer(file: IO[bytes], path: Path) -> dict[str, Any]:
    """Return what the child found; where reading ended it, what a second one finds that only looks."""
    home = str(Path(__file__).resolve().parents[1])
    for values in (True, False):
        file.seek(0)
        told = json.dumps([[home, *sys.path], values, MEMORY])
        command = [sys.executable, "-I", "-S", "-c", CHILD, told]
        try:
            done = subprocess.run(command, stdin=file, capture_output=True, timeout=TIME, check=False)
        except subprocess.TimeoutExpired:
            return {"refused": "timeout", "values": {}}
        if done.returncode == 0 and done.stdout:
            with _nothing_collected():
                answer: dict[str, Any] = marshal.loads(done.stdout)
            return answer
    return {"refused": "stopped", "values": {}}


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep Python from looking for garbage among a million new cells, of which none is any."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _grid(path: Path, sheet: Sequence[Any]) -> Grid:
    name, height, packed, merged, _, _, altered = sheet
    columns = [column.split(PARTING) if isinstance(column, str) else column for column in packed if height]
    rows = list(map(list, zip(*columns, strict=True)))
    notes = _altered(name, altered) if altered else ()
    return Grid(path, clean(name), rows, list(range(1, len(rows) + 1)), tuple(map(tuple, merged)), notes)


def _with(grid: Grid, notes: Sequence[Note]) -> Grid:
    return Grid(grid.path, grid.sheet, grid.rows, grid.lines, grid.merged, (*grid.notes, *notes))


def _altered(name: str, cells: Sequence[tuple[int, int]]) -> tuple[Note, ...]:
    """Return the doubt about cells that show another number than they hold."""
    row, column = cells[0]
    what = Message(
        "sheet '{sheet}': {count} cells from {cell} on show another number than they hold (0.12 shown as 12%, or as "
        "thousands); what they hold is read",
        sheet=clean(name), count=len(cells), cell=cell(row, column),
    )  # fmt: skip
    return (Note("unsure", what, row + 1),)


def _aside(name: str) -> Note:
    return Note("sheet_left_aside", Message("hidden sheet '{sheet}' is left aside", sheet=clean(name)))


def clean(name: str) -> str:
    """Return the name of a sheet without what only a forged one holds: control characters, slashes, line ends.

    >>> clean("../台账\\n2018")
    '.._台账_2018'
    """
    return NOT_IN_NAMES.sub("_", name)[:100]


def cell(row: int, column: int) -> str:
    """Return a cell by its letters and number.

    >>> cell(0, 0), cell(1048575, 16383)
    ('A1', 'XFD1048576')
    """
    return f"{letters(column)}{row + 1}"


def letters(column: int) -> str:
    """Return the letters of a column that is counted from 0.

    >>> letters(25), letters(26), letters(701), letters(702)
    ('Z', 'AA', 'ZZ', 'AAA')
    """
    text = ""
    while column >= 0:
        text = chr(65 + column % 26) + text
        column = column // 26 - 1
    return text


def _faults(path: Path, sheet: Sequence[Any]) -> Iterator[Fault]:
    """Yield a fault for each cell of a sheet that has no value though something stands there."""
    name, _, _, _, errors, uncomputed, _ = sheet
    correct = Message("Correct it, or clear the cell where there is no figure: an error is no zero.")
    compute = Message("Open the workbook in Excel or WPS, which computes it, and save it.")
    wrong = [(row, column, Message("the cell holds the error {error}", error=error)) for row, column, error in errors]
    wrong += [(row, column, Message("the formula was never computed")) for row, column in uncomputed]
    for row, column, what in sorted(wrong, key=lambda one: one[:2]):
        where = Message(
            "{file}, sheet '{sheet}', row {row}, column '{column}'",
            file=path.name, sheet=clean(name), row=row + 1, column=letters(column),
        )  # fmt: skip
        yield Fault(what, where=where, remedy=correct if "error" in what.values else compute)


def _refusals(answer: dict[str, Any], path: Path) -> list[Fault]:
    """Return a refusal of the child in words."""
    code, values = answer["refused"], answer["values"]
    if code == "far":
        return [_far(path, *sheet) for sheet in values["sheets"]]
    again = Message("Get the file again from where it comes, or open it in Excel or WPS and save it as xlsx.")
    as_xlsx = Message("Open it in Excel or WPS and save it as xlsx.")
    apart = Message("Save its sheets as CSV or Parquet; zzlib.ledger.counts counts files of any size.")
    reason = clean(values.get("reason", ""))
    said = {
        "password": (Message("the workbook is protected by a password"), Message("Save it without the password.")),
        "cut_short": (Message("the workbook is damaged or not whole"), again),
        "not_a_workbook": (Message("the file is no workbook"), as_xlsx),
        "binary": (Message("the workbook is in the binary format (xlsb)"), as_xlsx),
        "foreign": (Message("the workbook is written as no spreadsheet program writes"), as_xlsx),
        "bomb": (
            Message(
                "the workbook unpacks to {megabytes} MB, {times} times its size",
                megabytes=values.get("megabytes"), times=values.get("times"),
            ),
            apart,
        ),
        "too_large": (Message("the workbook is too large to be read at once"), apart),
        "timeout": (Message("reading the workbook takes more than {seconds} seconds", seconds=TIME), apart),
        "stopped": (Message("the workbook ends the program that reads it: it is damaged or too large"), again),
        "unreadable": (Message("the workbook cannot be read ({reason})", reason=reason), again),
    }  # fmt: skip
    what, remedy = said[code]
    return [Fault(what, where=path.name, remedy=remedy)]


def _far(path: Path, name: str, lowest: tuple[int, int], rightmost: tuple[int, int], filled: int) -> Fault:
    where = Message("{file}, sheet '{sheet}'", file=path.name, sheet=clean(name))
    what = Message(
        "the sheet reaches down to cell {lowest} and right to cell {rightmost}; of its cells only {filled} are filled",
        lowest=cell(*lowest), rightmost=cell(*rightmost), filled=filled,
    )  # fmt: skip
    remedy = Message("Clear what stands far from the table, or save a sheet as large as this as CSV.")
    return Fault(what, where=where, remedy=remedy)
