"""Tables before they mean anything: every cell as text, and every cell still knowing where it stood.

A grid is a sheet as it lies in its file. A raw table is a grid whose header was found, and later whose columns bear the
names of `schema`. Whatever reading does to a table beyond copying it, a note says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from zzlib.language import Message

# What was done to a table, or is doubtful in it. `unsure` asks the reader; the others tell.
NOTES = (
    "sheet_left_aside", "column_dropped", "column_unused", "cells_masked", "total_set_aside", "footnote",
    "header_joined", "merged_filled", "unit_converted", "default_taken", "differenced", "external_link", "rows_refused",
    "unsure",
)  # fmt: skip


@dataclass(frozen=True)
class Note:
    """One thing that reading did or doubts: its kind (of `NOTES`), the sentence, and the line in the file (0: none)."""

    kind: str
    what: Message
    line: int = 0


@dataclass(frozen=True)
class Grid:
    """A sheet as it lies in its file: `rows` of text, ragged as they stand, and the `line` of each, from 1.

    `merged` holds merged ranges as (top, left, bottom, right), inclusive, counted in `rows` and cells from 0.
    """

    path: Path
    sheet: str
    rows: list[list[str]]
    lines: list[int]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """A table of text: `cells`, whose index names the rows; `lines` gives the line of each in its file.

    Without `lines` the index is the line. `headings` keeps what the file calls a column; in a wide table made long,
    `under` keeps the heading that each value stood under. `factors` turns a column's numbers into the unit of `schema`.
    `caption` is the text above the header and below the rows.
    """

    path: Path
    cells: pd.DataFrame
    sheet: str = ""
    caption: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    lines: pd.Series | None = None
    under: pd.Series | None = None
    notes: tuple[Note, ...] = ()

    def line(self, row: int) -> int:
        """Return the line in the file of a row of the index."""
        return int(row if self.lines is None else self.lines.at[row])

    def place(self, row: int, column: str | None = None) -> Message:
        """Return where a row of the index, or a cell of it, stands, as an error names it."""
        file, line = self.path.name, self.line(row)
        if column is None and self.sheet:
            return Message("{file}, sheet '{sheet}', row {row}", file=file, sheet=self.sheet, row=line)
        if column is None:
            return Message("{file}, row {row}", file=file, row=line)
        heading = self.headings.get(column, column)
        if column == "value" and self.under is not None:
            heading = str(self.under.at[row])
        if self.sheet:
            text = "{file}, sheet '{sheet}', row {row}, column '{column}'"
            return Message(text, file=file, sheet=self.sheet, row=line, column=heading)
        return Message("{file}, row {row}, column '{column}'", file=file, row=line, column=heading)

    def noting(self, *notes: Note) -> "RawTable":
        """Return the table with further notes."""
        return replace(self, notes=(*self.notes, *notes))
