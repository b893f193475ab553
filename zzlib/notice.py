"""The notice that breaks ceilings down (控制指标分解表): the sheet of a workbook that a bureau signs and sends out.

Sums are formulas, so that a reader who changes a cell sees whether the parts still add up; the city's own ceilings
stand above them as numbers. What the sheet says of chance, and its mark of synthetic data, come from its tables.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzlib import folders
from zzlib.control_chances import Chances
from zzlib.errors import Fault, ParameterError
from zzlib.forms import put
from zzlib.language import Message, Name, number, percent, say, word
from zzlib.plan import Indicator, Plan

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

TITLE = Name(zh="控制指标分解表", en="Control targets by district")
FIRST_YEAR = 4  # column of the first year's ceilings; before it code, name and base
HEADER = 5  # line of the headings
LINE = 16.5  # height of a line of text, in points


def write(
    path: Path, judged: Chances, *, plan: Plan, indicator: Indicator, base: str, names: Mapping[str, Name],
    rule: Sequence[Message], language: str = "zh",
) -> None:  # fmt: skip
    """Write the notice of one allocation as a workbook of one sheet, in a language; an existing file is replaced.

    `judged` holds one method's ceilings of areas by year, with their chances; `base` is the base period, `names` tell
    each area's name, `rule` the sentences on how the ceilings came about (`allocation.rule`). Raises ParameterError
    when the allocation holds several methods, or an area has no name.
    """
    from openpyxl import Workbook

    rows = judged.areas[judged.areas["sector"] == ""]
    _refuse(rows, plan, names)
    book = Workbook()
    sheet = book.active
    sheet.title = say(TITLE, language)
    table = rows.pivot(index="area", columns="period", values="ceiling").sort_index()
    last = FIRST_YEAR + len(table.columns)  # the column of the reduction
    _head(sheet, rows, plan, indicator, last, language)
    _headings(sheet, list(table.columns), base, language)
    end = _figures(sheet, rows, table, judged.whole, plan, names, language)
    end = _notes(sheet, [*rule, *_of_chance(judged.whole)], end + 2, last, language)
    _signature(sheet, end + 2, last, language)
    _lay_out(sheet, last, [say(names[area], language) for area in (plan.area, *table.index)])
    book.properties.creator = "zzlib"
    book.properties.title = sheet.title
    folders.write_made(path, book.save)


def _refuse(rows: pd.DataFrame, plan: Plan, names: Mapping[str, Name]) -> None:
    faults = []
    if rows.empty or rows["method"].nunique() > 1:
        what = Message("a notice holds the ceilings of one method")
        faults.append(Fault(what, remedy=Message("Choose one of {codes}.", codes=sorted(rows["method"].unique()))))
    faults += [
        Fault(Message("the area '{area}' has no name", area=area))
        for area in (plan.area, *sorted(rows["area"].unique())) if area not in names
    ]  # fmt: skip
    if faults:
        raise ParameterError(faults)


def _head(
    sheet: Worksheet, rows: pd.DataFrame, plan: Plan, indicator: Indicator, last: int, language: str
) -> None:  # fmt: skip
    from openpyxl.styles import Alignment, Font

    mark = say(word("mark", "synthetic"), language) if (rows["status"] == "synthetic").any() else ""
    unit = say(Message("{name}, in {unit}", name=indicator.name, unit=indicator.unit), language)
    texts = ((say(TITLE, language), 16), (say(plan.title, language), 12), (unit, 11), (mark, 12))
    for row, (text, size) in enumerate(texts, start=1):
        cell = put(sheet.cell(row, 1), text)
        cell.font = Font(bold=row in (1, 4), size=size, color="B42318" if row == 4 else None)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        sheet.row_dimensions[row].height = LINE * size / 10


def _headings(sheet: Worksheet, years: Sequence[str], base: str, language: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    texts: list[Any] = [
        Message("Code"), Message("District"), Message("Base, mean of {base}", base=base),
        *(Message("Ceiling {year}", year=year) for year in years), Message("Reduction by {year}", year=years[-1]),
    ]  # fmt: skip
    for column, text in enumerate(texts, start=1):
        cell = put(sheet.cell(HEADER, column), say(text, language))
        cell.font, cell.fill, cell.border = Font(bold=True), PatternFill("solid", fgColor="E8EDF3"), _frame()
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.row_dimensions[HEADER].height = 2.2 * LINE


def _figures(
    sheet: Worksheet, rows: pd.DataFrame, table: pd.DataFrame, whole: pd.DataFrame, plan: Plan,
    names: Mapping[str, Name], language: str,
) -> int:  # fmt: skip
    """Write the city's line, one of each area and that of the sums; return the last line."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    base = rows.drop_duplicates("area").set_index("area")["base"]
    first, last, reduction = HEADER + 2, HEADER + 1 + len(table), FIRST_YEAR + len(table.columns)
    totals = whole.set_index("period")["ceiling"].loc[list(table.columns)].to_list()
    lines = [(plan.area, float(base.sum()), totals)]
    lines += [(area, float(base[area]), table.loc[area].to_list()) for area in table.index]
    for row, (area, typical, ceilings) in enumerate(lines, start=HEADER + 1):
        put(sheet.cell(row, 1), area)
        put(sheet.cell(row, 2), say(names[area], language))
        put(sheet.cell(row, 3), typical)
        for column, ceiling in enumerate(ceilings, start=FIRST_YEAR):
            put(sheet.cell(row, column), int(ceiling))
        if typical > 0:
            put(sheet.cell(row, reduction), 1 - ceilings[-1] / typical)
    put(sheet.cell(last + 1, 2), say(Message("Sum of the districts"), language))
    for column in range(3, reduction):
        letter = get_column_letter(column)
        sheet.cell(last + 1, column).value = f"=SUM({letter}{first}:{letter}{last})"
    for row in range(HEADER + 1, last + 2):
        for column in range(1, reduction + 1):
            cell = sheet.cell(row, column)
            cell.border, cell.font = _frame(), Font(bold=row in (HEADER + 1, last + 1))
            cell.number_format = {1: "@", 2: "@", 3: "#,##0.##", reduction: "0.0%"}.get(column, "#,##0")
            if column == 3 and base.mod(1).eq(0).all():
                cell.number_format = "#,##0"
    return last + 1


def _of_chance(whole: pd.DataFrame) -> list[Message]:
    """Return what the last year's ceilings cannot promise, in sentences."""
    row = whole.sort_values("period").iloc[-1]
    return [
        Message(
            "Parts that add up exactly are missed by chance: if every district's risk came down to exactly its share, "
            "at least one of {areas} would still exceed its ceiling of {year} with a probability of {chance}; {missed} "
            "are expected to.",
            areas=int(row["areas"]), year=str(row["period"]), chance=percent(1 - float(row["chance_all_kept"])),
            missed=number(round(float(row["chance_missed"]), 1)),
        ),
        Message(
            "As figures stand, the city keeps its ceiling of {year} with a probability of {city}, all districts at "
            "once with {all}; one ceiling exceeded does not show that a district became less safe.",
            year=str(row["period"]), city=percent(float(row["probability"])),
            all=percent(float(row["all_probability"])),
        ),
    ]  # fmt: skip


def _notes(sheet: Worksheet, notes: Sequence[Message], row: int, last: int, language: str) -> int:
    from openpyxl.styles import Alignment

    letters = 10 + 24 + 12 * (last - 2)  # about what the merged columns hold
    for at, note in enumerate(notes, start=1):
        text = f"{at}. {say(note, language)}"
        put(sheet.cell(row, 1), text).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        # Merged cells do not grow by themselves.
        sheet.row_dimensions[row].height = LINE * (1 + _width(text) // letters)
        row += 1
    return row - 1


def _signature(sheet: Worksheet, row: int, last: int, language: str) -> None:
    """Write where the bureau signs; name, seal and day are left to be filled in."""
    from openpyxl.styles import Alignment

    blank = "＿" * 8 if language == "zh" else "_" * 16
    for text in (Message("Issued by (seal): {blank}", blank=blank), Message("Signed: {blank}", blank=blank),
                 Message("Date: {blank}", blank=blank)):  # fmt: skip
        put(sheet.cell(row, 1), say(text, language)).alignment = Alignment(horizontal="right")
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        sheet.row_dimensions[row].height = 1.6 * LINE
        row += 1


def _lay_out(sheet: Worksheet, last: int, names: Sequence[str]) -> None:
    from openpyxl.utils import get_column_letter

    for column in range(1, last + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 12
    sheet.column_dimensions["A"].width = 10
    sheet.column_dimensions["B"].width = min(max(*map(_width, names), 22) + 2, 48)
    sheet.freeze_panes = sheet.cell(HEADER + 1, 3)
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "portrait" if last <= FIRST_YEAR + 3 else "landscape"
    sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 9, 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER}:{HEADER}"


def _frame() -> Any:
    from openpyxl.styles import Border, Side

    line = Side(style="thin", color="8A96A3")
    return Border(left=line, right=line, top=line, bottom=line)


def _width(text: str) -> int:
    """Return how many narrow letters a text takes; a Chinese one takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
