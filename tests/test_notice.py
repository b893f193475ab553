"""The notice that goes out says what the tables say, adds up in any spreadsheet, and leaves the signature to people."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from zzlib import notice
from zzlib.allocation import allocate, rule
from zzlib.areas import read_areas
from zzlib.control_chances import Chances, chances
from zzlib.errors import ParameterError
from zzlib.language import LANGUAGES, Name
from zzlib.plan import load_plan

PLAN = load_plan("zhengzhou-2016-2020")
AREAS = read_areas()
NAMES: dict[str, Name] = dict(zip(AREAS["area"], AREAS["name"], strict=True))
UNITS = AREAS.loc[AREAS["parent"] == PLAN.area, "area"].to_list()
TOTALS = {2018: 77, 2019: 75, 2020: 73}
BASE = "2013/2015"
COUNTS = pd.DataFrame([
    {"area": area, "year": year, "count": 1 + (7 * i + 3 * year) % 10, "status": "published"}
    for i, area in enumerate(UNITS) for year in range(2011, 2018)
])  # fmt: skip


def judged(status: str = "published") -> Chances:
    counts = COUNTS.assign(status=status)
    return chances(allocate(counts, TOTALS, base=BASE), counts)


def written(path: Path, made: Chances, language: str = "zh", names: dict[str, Name] = NAMES) -> Any:
    file = path / "notice.xlsx"
    sentences = rule("proportional", "sainte_lague")
    notice.write(file, made, plan=PLAN, indicator=PLAN.indicator("deaths"), base=BASE, names=names, rule=sentences,
                 language=language)  # fmt: skip
    return openpyxl.load_workbook(file).worksheets[0]


def texts(sheet: Any) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def test_districts_by_years_stand_as_numbers_under_the_citys_own(tmp_path: Path) -> None:
    made = judged()
    sheet = written(tmp_path, made)
    by_year = made.areas.pivot(index="area", columns="period", values="ceiling")
    found = {row[0]: row[3:6] for row in sheet.iter_rows(min_row=6, max_row=6 + len(UNITS), values_only=True)}
    assert found.pop(PLAN.area) == tuple(TOTALS.values())
    assert found == {area: tuple(int(n) for n in by_year.loc[area]) for area in sorted(UNITS)}
    names = [row[1] for row in sheet.iter_rows(min_row=6, max_row=6 + len(UNITS), values_only=True)]
    assert names == [NAMES[area].zh for area in (PLAN.area, *sorted(UNITS))]


def test_sums_are_formulas_that_agree_with_the_citys_ceilings(tmp_path: Path) -> None:
    sheet = written(tmp_path, judged())
    last = 7 + len(UNITS)
    for column, total in zip("DEF", TOTALS.values(), strict=True):
        formula = sheet[f"{column}{last}"].value
        first, end = re.fullmatch(rf"=SUM\({column}(\d+):{column}(\d+)\)", formula).groups()  # type: ignore[union-attr]
        assert sum(sheet[f"{column}{row}"].value for row in range(int(first), int(end) + 1)) == total
        assert (int(first), int(end)) == (7, last - 1)
        assert sheet[f"{column}6"].value == total


def test_another_reader_finds_the_same_table(tmp_path: Path) -> None:
    sheet = written(tmp_path, judged())
    rows = CalamineWorkbook.from_path(tmp_path / "notice.xlsx").get_sheet_by_index(0).to_python()
    for row in range(6, 7 + len(UNITS)):
        assert rows[row - 1][:6] == [sheet.cell(row, column).value for column in range(1, 7)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_plan_unit_rule_and_what_chance_does(tmp_path: Path, language: str) -> None:
    made = judged()
    said = "\n".join(texts(written(tmp_path, made, language)))
    last = made.whole.iloc[-1]
    chance = f"{1 - last['chance_all_kept']:.0%}" if last["chance_all_kept"] > 0.005 else ">99%"
    for part in (PLAN.title, PLAN.indicator("deaths").name, PLAN.indicator("deaths").unit, NAMES[UNITS[0]]):
        assert part.say(language) in said
    for sentence in rule("proportional", "sainte_lague"):
        assert sentence.say(language) in said
    assert chance in said
    wanted = {"zh": ("控制指标分解表", "签发单位（盖章）", "日期：", "各区县合计"),
              "en": ("Control targets by district", "Issued by (seal)", "Date:", "Sum of the districts")}  # fmt: skip
    assert [words for words in wanted[language] if words not in said] == []


def test_only_data_that_are_synthetic_bear_the_mark(tmp_path: Path) -> None:
    assert "演示数据（合成）" not in "\n".join(texts(written(tmp_path, judged())))
    assert "演示数据（合成）" in texts(written(tmp_path, judged("synthetic")))


def test_a_name_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    sheet = written(tmp_path, judged(), names=NAMES | {UNITS[0]: Name(zh="=1+1", en="=1+1")})
    (cell,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_the_room_they_need_on_a_page_of_paper(tmp_path: Path, language: str) -> None:
    sheet = written(tmp_path, judged(), language)
    merged = {str(area).split(":")[0]: area for area in sheet.merged_cells.ranges}
    widths = {letter: sheet.column_dimensions[letter].width for letter in "ABCDEFG"}
    for row in sheet.iter_rows():
        for cell in row:
            if not isinstance(cell.value, str) or cell.value.startswith("=SUM"):
                continue
            narrow = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in cell.value)
            room = sum(widths.values()) if cell.coordinate in merged else widths[cell.column_letter]
            lines = round((sheet.row_dimensions[cell.row].height or 15) / 15)
            assert narrow <= room * max(lines, 1), (cell.coordinate, cell.value)
    assert all(area.min_col == 1 and area.max_col == 7 for area in merged.values())
    assert sheet.page_setup.fitToWidth == 1
    assert sheet.page_setup.paperSize == 9  # A4
    assert len(sheet.title) <= 31


def test_a_notice_of_two_methods_or_of_nameless_districts_is_refused(tmp_path: Path) -> None:
    made = judged()
    two = pd.concat([made.areas, made.areas.assign(method="exposure")], ignore_index=True)
    with pytest.raises(ParameterError, match="one method"):
        written(tmp_path, Chances(two, made.whole))
    with pytest.raises(ParameterError, match=f"'{UNITS[0]}' has no name"):
        written(tmp_path, made, names={code: name for code, name in NAMES.items() if code != UNITS[0]})
    assert list(tmp_path.iterdir()) == []
