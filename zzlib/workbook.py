"""An evaluation as one Excel workbook: five sheets for people, then a sheet a table for programs.

Numbers stay numbers, and no text is ever a formula. The sheets bear names in the reader's language; the columns of the
tables keep the names of the data dictionary.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzlib import folders
from zzlib.forms import put
from zzlib.language import say, word
from zzlib.schema import RESULTS
from zzlib.sheets import Column, Sheet

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

FORMATS = {"count": "#,##0", "share": "0%", "change": "+0.0%;-0.0%;0.0%"}
NARROW, WIDE = 7, 40  # letters of a column that does not wrap
LINE = 15  # points, the height of a line
LETTERS = 110  # about what a line above a table holds before it wraps
A4 = 9


def write(path: Path, tables: Mapping[str, pd.DataFrame], *, language: str, sheets: Sequence[Sheet] = ()) -> None:
    """Write sheets and then tables as a workbook, in their order; missing values stay empty.

    A text that starts with =, +, - or @ is kept as it is and marked as text, so that no program computes it.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _readable(book.create_sheet(say(sheet.name, language)), sheet, language)
    for name, table in tables.items():
        _table(book.create_sheet(sheet_name(name, language)), table, language)
    book.properties.creator = "zzlib"
    book.properties.title = say(sheets[0].title, language) if sheets else path.stem
    folders.write_made(path, book.save)


def sheet_name(table: str, language: str) -> str:
    """Return the name of the sheet that holds a table: its code in English, else what it holds.

    >>> sheet_name("assessments", "zh"), sheet_name("assessments", "en")
    ('目标评估结果', 'assessments')
    """
    return table if language == "en" or table not in RESULTS else say(word("kept", table), language)


def _readable(page: Worksheet, sheet: Sheet, language: str) -> None:
    """Write a sheet for people: title and notes, then the table under a heading that stays in sight."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    rule = Side(style="thin", color="8A96A3")
    frame = Border(left=rule, right=rule, top=rule, bottom=rule)
    last = max(len(sheet.columns), 1)
    across = max(sum(map(_width_of(language), sheet.columns)), LETTERS)
    for row, text in enumerate((sheet.title, *sheet.notes), start=1):
        cell = put(page.cell(row, 1), say(text, language))
        cell.font = Font(bold=row == 1, size=14 if row == 1 else 10)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if last > 1:
            page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        # Merged cells do not grow by themselves.
        page.row_dimensions[row].height = LINE * (1 + width(say(text, language)) // across) + (6 if row == 1 else 0)
    header = len(sheet.notes) + 2
    alike: dict[tuple[str, bool], Any] = {}
    for at, column in enumerate(sheet.columns, start=1):
        head = put(page.cell(header, at), say(column.heading, language))
        head.font, head.fill, head.border = Font(bold=True), PatternFill("solid", fgColor="E8EDF3"), frame
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        page.column_dimensions[get_column_letter(at)].width = _width_of(language)(column)
        for row, value in enumerate(column.values, start=header + 1):
            lines = "\n".join(say(one, language) for one in value) if isinstance(value, list) else value
            cell = _fill(page.cell(row, at), lines, language)
            form = _format(column, value)
            like = alike.setdefault((form, cell.quotePrefix), cell)
            if like is not cell:
                cell._style = copy(like._style)  # ten times faster than to set border and alignment anew
                continue
            cell.border, cell.number_format = frame, form
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.row_dimensions[header].height = 2.2 * LINE
    if sheet.columns:
        page.freeze_panes = page.cell(header + 1, 2)
        page.auto_filter.ref = f"A{header}:{get_column_letter(last)}{header + len(sheet.columns[0].values)}"
        page.print_title_rows = f"{header}:{header}"
    page.sheet_view.showGridLines = False
    _print(page)


def _table(page: Worksheet, table: pd.DataFrame, language: str) -> None:
    """Write a table under the names of its columns."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for at, name in enumerate(table.columns, start=1):
        put(page.cell(1, at), str(name)).font = Font(bold=True)
        letters = [width(say(value, language)) for value in table[name]]
        page.column_dimensions[get_column_letter(at)].width = min(max([*letters, len(str(name))]) + 2, 60)
        for row, value in enumerate(table[name], start=2):
            _fill(page.cell(row, at), value, language)
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"
    _print(page)


def _print(page: Worksheet) -> None:
    """Print a sheet on A4 across, as wide as the paper, with name and page number below."""
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.center.text = "&A  —  &P / &N"


def _fill(cell: Any, value: Any, language: str) -> Any:
    """Write a value as what it is: number, text in a language, or nothing."""
    import pandas as pd

    if isinstance(value, list | tuple | str):
        return put(cell, say(value, language))
    if pd.isna(value):
        return cell
    return put(cell, value.item() if hasattr(value, "item") else value)


def _format(column: Column, value: Any) -> str:
    """Return how Excel shows a value of a column.

    >>> from zzlib.language import Message
    >>> figures = Column(Message("Value"), [], "figure")
    >>> [_format(figures, value) for value in (8178.0, 0.0129867, 95.0, 85.5, float("nan"))]
    ['#,##0', '0.0000', '#,##0', '0.0', 'General']
    """
    if isinstance(value, str) or value is None or value != value:
        return "General"
    if column.form != "figure":
        return FORMATS.get(column.form, "0" if isinstance(value, int) else "General")
    whole = value == round(value) or abs(value) >= 1000
    places = 0 if whole else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"0.{'0' * places}" if places else "#,##0"


def _width_of(language: str) -> Any:
    def of(column: Column) -> int:
        if column.wide:
            return column.wide
        letters = [width(say(value, language)) for value in column.values if isinstance(value, str)]
        # A heading takes two lines.
        return min(max([*letters, width(say(column.heading, language)) // 2 + 2, NARROW]) + 2, WIDE)

    return of


def width(text: str) -> int:
    """Return how many narrow letters a text takes; a Chinese one takes two.

    >>> width("GDP 亿元")
    8
    """
    return (
        len(text)
        if text.isascii()
        else sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    )
