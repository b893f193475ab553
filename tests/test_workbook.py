"""The workbook opens as an office wants it: typed numbers, units, words in its language, nothing that computes."""

import gc
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from asked import evaluation
from python_calamine import CalamineWorkbook

from zzlib import sheets, workbook
from zzlib.language import LANGUAGES, Message, Name, number, say, word
from zzlib.schema import RESULTS

AUSTRIA = str(Path(__file__).parent / "fixtures" / "austria-2000-2005.yaml")
NAMES = {"zh": ["1 评估结论", "2 指标", "3 预测", "4 区县", "5 数据来源"],
         "en": ["1 Assessment", "2 Indicators", "3 Forecasts", "4 Districts", "5 Sources"]}  # fmt: skip


def written(path: Path, language: str = "zh", tables: dict[str, pd.DataFrame] | None = None, **changed: Any) -> Any:
    asked = replace(evaluation(AUSTRIA, language=language), **changed)
    workbook.write(path / "a.xlsx", tables or {}, language=language, sheets=sheets.readable(asked))
    return openpyxl.load_workbook(path / "a.xlsx")


def rows(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows of a sheet that people read, by heading; the heading is where the panes are frozen."""
    header = sheet[sheet.freeze_panes].row - 1
    names = [cell.value for cell in sheet[header]]
    return [dict(zip(names, (cell for cell in line), strict=True)) for line in sheet.iter_rows(min_row=header + 1)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_sheets_for_people_stand_before_the_tables(tmp_path: Path, language: str) -> None:
    table = evaluation(AUSTRIA).assessments
    book = written(tmp_path, language, {"assessments": table})
    table_sheet = {"zh": "目标评估结果", "en": "assessments"}[language]
    assert book.sheetnames == [*NAMES[language], table_sheet]
    assert [cell.value for cell in book[table_sheet][1]] == list(table.columns)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_assessment_has_its_numbers_as_numbers_shown_as_on_the_page(tmp_path: Path, language: str) -> None:
    sheet = written(tmp_path, language).worksheets[0]
    ((_, told),) = evaluation(AUSTRIA).assessments.iterrows()
    (row,) = rows(sheet)
    heads = {"zh": ("基准", "目标值", "现状", "完成概率"), "en": ("Baseline", "Target value", "Now", "Probability")}
    for head, name in zip(heads[language], ("baseline", "target", "value", "probability"), strict=True):
        cell = row[head]
        assert cell.data_type == "n"
        assert cell.value == pytest.approx(told[name], rel=1e-12)
        places = len(cell.number_format.partition(".")[2])
        shown = f"{cell.value:.0%}" if "%" in cell.number_format else f"{cell.value:,.{places}f}"
        assert shown == (f"{told[name]:.0%}" if name == "probability" else number(told[name]))
    assert say(word("verdict", told["verdict"]), language) in [cell.value for cell in row.values()]
    assert say(evaluation(AUSTRIA).indicator(told["indicator"]).unit, language) in [cell.value for cell in row.values()]


def test_every_sheet_keeps_its_heading_in_sight_and_prints_across_on_a4(tmp_path: Path) -> None:
    for sheet in written(tmp_path).worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.page_setup.fitToWidth, sheet.sheet_properties.pageSetUpPr.fitToPage) == (1, True)
        if sheet.max_row > 3:
            header = sheet[sheet.freeze_panes].row - 1
            assert sheet.print_title_rows == f"${header}:${header}"
            assert sheet.auto_filter.ref.startswith(f"A{header}:")


def test_every_table_has_a_sheet_name_that_excel_takes() -> None:
    names = [workbook.sheet_name(table, "zh") for table in RESULTS]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 and not set("[]:*?/\\'") & set(name) and not name.isascii() for name in names)


def test_where_districts_are_not_known_the_sheet_says_why(tmp_path: Path) -> None:
    texts = [cell.value for row in written(tmp_path)["4 区县"].iter_rows() for cell in row if cell.value]
    assert texts[-1] == "数据中没有该规划的分区县数值。"


def test_no_text_is_ever_computed(tmp_path: Path) -> None:
    hostile = ["=HYPERLINK(1)", "+1", "-1", "@x", "#REF!", "plain\x07", "\t=1"]
    asked = evaluation(AUSTRIA)
    observed = pd.concat([asked.observations] * 4).head(len(hostile)).assign(source=hostile)
    plan = asked.plan.model_copy(update={"title": Name(zh="=1+1", en="=1+1")})
    book = written(tmp_path, plan=plan, observations=observed, tables={"observations": observed})
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(("=", "+", "@")))
    assert {*hostile[:5], "plain�"} <= {cell.value for cell in cells}
    assert len(CalamineWorkbook.from_path(tmp_path / "a.xlsx").sheet_names) == 6


def test_a_table_keeps_numbers_as_numbers_and_what_is_missing_empty(tmp_path: Path) -> None:
    table = pd.DataFrame({"number": [1.5, float("nan"), 0.0], "said": [[Message("Plan"), "b"], None, ""]})
    book = written(tmp_path, "en", {"kept": table})
    assert [[cell.value for cell in row] for row in book["kept"].iter_rows(min_row=2)] == [
        [1.5, "Plan, b"], [None, None], [0, None]
    ]  # fmt: skip


def test_a_full_disk_is_one_error_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with pytest.raises(OSError, match="No space left"):
        workbook.write(Path("/dev/full"), {"quality": pd.DataFrame({"count": range(20_000)})}, language="en")
    gc.collect()
    assert told == []
