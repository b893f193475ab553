"""The tables of an evaluation as one Excel workbook: a sheet a table, numbers as numbers, text never a formula."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzlib.language import say

if TYPE_CHECKING:
    import pandas as pd


def write(path: Path, tables: Mapping[str, pd.DataFrame], *, language: str) -> None:
    """Write tables as the sheets of a workbook, in their order; missing values stay empty.

    A text that starts with =, +, - or @ is kept as it is and marked as text, so that no program computes it.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number, column in enumerate(table.columns, start=1):
            width = table[column].map(lambda value: len(say(value, language))).max() if len(table) else 0
            sheet.column_dimensions[get_column_letter(number)].width = min(max(float(width), len(str(column))) + 2, 60)
        header = [WriteOnlyCell(sheet, str(column)) for column in table.columns]
        for cell in header:
            cell.font = Font(bold=True)
        sheet.append(header)
        for row in table.itertuples(index=False, name=None):
            sheet.append([_cell(sheet, value, language) for value in row])
    book.save(path)


def _cell(sheet: Any, value: object, language: str) -> Any:
    import pandas as pd
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, bool) or not isinstance(value, str | list | tuple):
        if pd.isna(value):
            return None
        if isinstance(value, bool | int | float):
            return WriteOnlyCell(sheet, value)
        if hasattr(value, "item"):
            return WriteOnlyCell(sheet, value.item())
    text = ILLEGAL_CHARACTERS_RE.sub("", say(value, language))
    cell = WriteOnlyCell(sheet, text)
    if text.startswith(("=", "+", "-", "@", "\t")):
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell
