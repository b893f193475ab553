"""A bureau's table under our names: nothing is guessed, nothing is lost without a word, and one table in two layouts
says the same."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib import load, mapping
from zzlib.areas import read_areas
from zzlib.cells import FACTOR
from zzlib.errors import DataError
from zzlib.plan import PROJECT
from zzlib.raw import RawTable
from zzlib.rules import Rules, build, refuse_unknown
from zzlib.schema import LEDGER, MEASURES, OBSERVATIONS, UNKNOWN, columns

AREAS = read_areas()
DISTRICTS = ["中原区", "二七区", "登封市"]


def table(
    header: str | Sequence[str], *rows: str | Sequence[str],
    caption: Sequence[str] = (), sheet: str = "", name: str = "her.xlsx",
) -> RawTable:  # fmt: skip
    """A table as `layouts` gives it, the header in its third line; an underscore in a line stands for an empty cell."""
    names = header.split() if isinstance(header, str) else list(header)
    cells = [
        [cell if cell != "_" else "" for cell in row.split()] if isinstance(row, str) else list(row) for row in rows
    ]
    index = pd.RangeIndex(4, 4 + len(cells))
    frame = pd.DataFrame(cells, columns=names, index=index, dtype=str)
    return RawTable(Path(name), frame, sheet, tuple(caption), dict(zip(names, names, strict=True)))


def rules(text: str) -> Rules:
    return build(text, "her.xlsx.map.yaml")


CITY = rules("sheets: {'': {constants: {area: 郑州市}}}")


def mapped(raw: RawTable, by: Rules | None = None) -> RawTable:
    found = mapping.mapped(raw, AREAS, by)
    assert found is not None
    return found


def refused(raw: RawTable, by: Rules | None = None) -> list[str]:
    with pytest.raises(DataError) as refusal:
        mapping.mapped(raw, AREAS, by)
    return [str(fault) for fault in refusal.value.faults]


def loaded(raw: RawTable, by: Rules | None = None) -> pd.DataFrame:
    return load.observations([mapped(raw, by)], AREAS)


def facts(raw: RawTable, by: Rules | None = None) -> list[tuple[str, str, str, float]]:
    """What was read, a figure a row, in a fixed order."""
    read = loaded(raw, by)
    return sorted(read[["area", "period", "measure", "value"]].itertuples(index=False, name=None))


def notes(raw: RawTable, kind: str) -> list[str]:
    return [str(note.what) for note in raw.notes if note.kind == kind]


# --- what a table is


def test_a_table_is_still_what_it_was_once_it_bears_our_names() -> None:
    ledger = mapped(table("日期 县区 死亡人数", "2018-03-05 中原区 1"))
    figures = mapped(table("县区 年份 死亡人数", "中原区 2018 1"))
    assert mapping.kind_of(ledger.cells.columns) == "ledger"
    assert mapping.kind_of(figures.cells.columns) == "observations"


@pytest.mark.parametrize(
    "header",
    ["产品 数量", "姓名 职务 电话", "ST_CASE STATE YEAR MONTH DAY FATALS", "行业 2016年 2017年", "县区 标准化达标率"],
)
def test_a_table_of_something_else_is_neither(header: str) -> None:
    raw = table(header, ["1"] * len(header.split()))
    assert mapping.mapped(raw, AREAS, None) is None


def test_a_sheet_that_the_map_ignores_is_neither() -> None:
    raw = table("日期 县区 死亡人数", "2018-03-05 中原区 1", sheet="旧表")
    assert mapping.mapped(raw, AREAS, rules("sheets: {旧表: {kind: ignore}}")) is None


# --- accident ledgers

FULL = table(
    "序号 事故时间 县区 行业领域 事故类别 死亡人数（人） 重伤人数 直接经济损失（元） 事故概况",
    "1 2018年3月5日 中原区 道路运输 车辆伤害 1 0 12500 追尾",
    "2 2015.12.31 二七区 煤矿 冒顶、片帮 3 2 _ 冒顶",
    "3 2018-07-01T14:30:00 登封市 危化 中毒窒息 0 _ 3 泄漏",
    sheet="台账",
)


def test_a_bureaus_ledger_comes_under_our_names_and_codes() -> None:
    ledger = mapped(FULL)
    assert ledger.cells["field"].to_list() == ["road_transport", "coal_mine", "hazardous_chemicals"]
    assert ledger.cells["kind"].to_list() == ["02", "11", "19"]
    assert ledger.cells["date"].to_list() == ["2018年3月5日", "2015.12.31", "2018-07-01T14:30:00"]
    assert dict(ledger.factors) == {"loss_10k_yuan": 1e-4}
    assert ledger.cells.index.to_list() == [4, 5, 6]
    assert str(ledger.place(5, "deaths")) == "her.xlsx, sheet '台账', row 5, column '死亡人数（人）'"


def test_what_was_not_used_converted_or_told_is_said() -> None:
    ledger = mapped(FULL)
    assert notes(ledger, "column_unused") == ["not used: 序号"]
    assert notes(ledger, "unit_converted") == ["'直接经济损失（元）' times 0.0001 is in 10,000 yuan"]
    assert len(notes(ledger, "default_taken")) == len({"accident_id", "industry", "counted_from_2016", "status"})
    assert "summary" in ledger.cells


def test_the_least_ledger_is_a_day_a_place_and_the_deaths() -> None:
    ledger = mapped(table("日期 地区 死亡人数", "2018-03-05 中原区 1", "2015-03-05 中原区 2"))
    assert ledger.cells["accident_id"].to_list() == ["her.xlsx:4", "her.xlsx:5"]
    assert ledger.cells["field"].to_list() == [UNKNOWN, UNKNOWN]
    assert ledger.cells["counted_from_2016"].to_list() == ["yes", UNKNOWN]
    assert ledger.cells["status"].to_list() == ["preliminary", "preliminary"]
    # Unknown is not zero: what no column tells stays out.
    assert not {"serious_injuries", "loss_10k_yuan"} & {*ledger.cells}
    assert len(notes(ledger, "default_taken")) == len({*columns(LEDGER)} - {"date", "area", "deaths"})


def test_records_of_two_sheets_do_not_share_a_number() -> None:
    one, other = (
        mapped(table("日期 地区 死亡人数", "2018-03-05 中原区 1", sheet=sheet)) for sheet in ("上半年", "下半年")
    )
    assert set(one.cells["accident_id"]) & set(other.cells["accident_id"]) == set()


def test_the_industry_tells_the_field_where_it_can() -> None:
    ledger = mapped(
        table(
            "日期 地区 行业代码 死亡人数",
            "2018-03-05 中原区 0610 1",
            "2018-03-05 中原区 C2614 1",
            "2010-03-05 中原区 5430 1",
        )
    )
    assert ledger.cells["field"].to_list() == ["coal_mine", UNKNOWN, UNKNOWN]


def test_a_word_that_is_no_field_stays_for_the_checks_to_refuse() -> None:
    ledger = mapped(table("日期 地区 行业领域 死亡人数", "2018-03-05 中原区 煤矿 1", "2018-03-05 中原区 杂技 1"))
    assert ledger.cells["field"].to_list() == ["coal_mine", "杂技"]


def test_year_month_and_day_may_stand_in_three_columns() -> None:
    ledger = mapped(table("年份 月份 日 地区 死亡人数", "2018 3 5 中原区 1"))
    assert {"year", "month", "day"} <= {*ledger.cells}
    assert ledger.cells["counted_from_2016"].to_list() == ["yes"]


@pytest.mark.parametrize(
    ("header", "cells", "columns_"),
    [
        ("时间 地区 死亡人数 日期", "14:30 中原区 1 2018-03-05", {"time": "14:30", "date": "2018-03-05"}),
        ("时间 地区 死亡人数", "2018年3月5日 中原区 1", {"date": "2018年3月5日"}),
        ("日期 地区 死亡人数 事故类型", "2018-03-05 中原区 1 触电", {"kind": "05"}),
        ("日期 地区 死亡人数 事故类型", "2018-03-05 中原区 1 道路交通", {"field": "road_transport"}),
        ("日期 地区 死亡人数 事故类型 事故类别", "2018-03-05 中原区 1 道路交通 车辆伤害",
         {"field": "road_transport", "kind": "02"}),
        ("日期 地区 死亡人数 行业", "2018-03-05 中原区 1 煤矿", {"field": "coal_mine"}),
        ("日期 地区 死亡人数 行业", "2018-03-05 中原区 1 B0610", {"industry": "0610", "field": "coal_mine"}),
        ("日期 地区 死亡人数 行业", "2018-03-05 中原区 1 道路运输业", {"industry": "54", "field": "road_transport"}),
        ("日期 地区 死亡人数 状态", "2018-03-05 中原区 1 已公布", {"status": "published"}),
        ("日期 地区 死亡人数 状态", "2018-03-05 中原区 1 已结案", {"status": "preliminary"}),
        ("日期 地区 死亡人数 是否生产安全事故", "2018-03-05 中原区 1 否", {"counted_from_2016": "no"}),
    ],
)  # fmt: skip
def test_where_a_heading_leaves_it_open_the_cells_tell(header: str, cells: str, columns_: dict[str, str]) -> None:
    ledger = mapped(table(header, cells))
    assert {name: ledger.cells[name].iloc[0] for name in columns_} == columns_


def test_a_second_reading_that_knows_none_of_the_words_is_no_reading() -> None:
    ledger = mapped(table("日期 地区 死亡人数 事故种类 事故类型", "2018-03-05 中原区 1 触电 甲类"))
    assert ledger.cells["field"].to_list() == [UNKNOWN]
    assert notes(ledger, "column_unused") == ["not used: 事故类型"]


def test_two_columns_of_one_meaning_are_refused() -> None:
    (fault,) = refused(table("日期 地区 县区 死亡人数", "2018-03-05 郑州市 中原区 1"))
    assert fault == (
        "her.xlsx: the columns 地区, 县区 both mean 'area'. "
        "Say in her.xlsx.map.yaml which is meant: give the other 'unused'."
    )
    ledger = mapped(
        table("日期 地区 县区 死亡人数", "2018-03-05 郑州市 中原区 1"), rules("sheets: {'': {columns: {地区: unused}}}")
    )
    assert ledger.cells["area"].to_list() == ["中原区"]


def test_a_loss_without_unit_is_taken_as_the_national_form_asks_and_said() -> None:
    ledger = mapped(table("日期 地区 死亡人数 直接经济损失", "2018-03-05 中原区 1 5"))
    assert notes(ledger, "unsure") == ["'直接经济损失' does not tell its unit; 10,000 yuan is taken"]
    assert not ledger.factors


def test_deaths_in_an_unlikely_unit_are_refused() -> None:
    (fault,) = refused(table("日期 地区 死亡人数（万元）", "2018-03-05 中原区 1"))
    assert "the unit of 死亡人数（万元） is not told for certain" in fault


def test_a_slip_in_our_own_names_is_refused() -> None:
    own = table("accident_id date area field deaths statsu", "1 2018-03-05 410102 coal_mine 1 published")
    assert refused(own) == ["her.xlsx: column 'statsu' is not known. Did you mean status?"]


def test_our_own_ledger_passes_unchanged() -> None:
    cells = pd.read_csv(PROJECT / "data" / "demo" / "ledger.csv", dtype=str, keep_default_na=False).head(500)
    ledger = mapped(RawTable(Path("ledger.csv"), cells))
    pd.testing.assert_frame_equal(ledger.cells, cells, check_dtype=False)
    assert ledger.notes == ()


# --- the map beside a file

FARS = table(
    "STATE ST_CASE VE_TOTAL COUNTY DAY MONTH YEAR FATALS",
    "1 10001 2 81 5 3 2018 1",
    "1 10002 1 55 6 3 2018 2",
    name="fars.csv",
)


def test_a_crash_database_comes_under_our_names_by_its_map() -> None:
    by = rules(
        """
        sheets:
          '':
            kind: ledger
            columns: {ST_CASE: accident_id, COUNTY: area, YEAR: year, MONTH: month, DAY: day, FATALS: deaths}
            values: {area: {'81': '410102', '55': '410103'}}
            constants: {field: road_transport, status: published}
        """
    )
    ledger = mapped(FARS, by)
    assert ledger.cells["area"].to_list() == ["410102", "410103"]
    assert ledger.cells["deaths"].to_list() == ["1", "2"]
    assert set(ledger.cells["field"]) == {"road_transport"}
    assert str(ledger.place(4, "deaths")) == "fars.csv, row 4, column 'FATALS'"


def test_codes_of_injury_become_deaths_only_when_every_one_is_told() -> None:
    mines = table("ACCIDENT_DT AREA DEGREE", "03/05/2018 中原区 01", "12/25/2018 中原区 03")
    known = "columns: {ACCIDENT_DT: {column: date, order: month first}, AREA: area, DEGREE: deaths}"
    ledger = mapped(
        mines, rules(f"sheets: {{'': {{kind: ledger, {known}, values: {{deaths: {{'01': '1', '03': '0'}}}}}}}}")
    )
    assert ledger.cells["deaths"].to_list() == ["1", "0"]
    assert ledger.cells["date"].to_list() == ["2018-03-05", "2018-12-25"]
    (fault,) = refused(mines, rules(f"sheets: {{'': {{kind: ledger, {known}, values: {{deaths: {{'01': '1'}}}}}}}}"))
    assert fault.startswith("her.xlsx, row 5, column 'DEGREE': the map does not say what '03' means.")


def test_another_databases_kinds_are_not_taken_for_ours() -> None:
    raw = table("日期 地区 死亡人数 事件", "2018-03-05 中原区 1 12", "2018-03-05 中原区 1 34")
    by = "sheets: {{'': {{columns: {{事件: kind}}, values: {{kind: {{'12': '02'{more}}}}}}}}}"
    assert mapped(raw, rules(by.format(more=", '34': '20'"))).cells["kind"].to_list() == ["02", "20"]
    assert "row 5, column '事件': the map does not say what '34' means" in refused(raw, rules(by.format(more="")))[0]


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("month first", "03/05/2018", "2018-03-05"), ("day first", "03/05/2018", "2018-05-03"),
        ("month first", "3.5.2018 14:30", "2018-03-05"), ("day first", "25/12/2018", "2018-12-25"),
        ("month first", "25/12/2018", "25/12/2018"), ("month first", "2018-03-05", "2018-03-05"),
    ],
)  # fmt: skip
def test_the_order_of_a_date_is_what_the_map_says(order: str, text: str, day: str) -> None:
    by = rules(f"sheets: {{'': {{columns: {{日期: {{column: date, order: {order}}}}}}}}}")
    ledger = mapped(table(["日期", "地区", "死亡人数"], [text, "中原区", "1"]), by)
    assert ledger.cells["date"].to_list() == [day]


def test_the_words_of_a_map_come_before_those_we_know() -> None:
    raw = table("日期 地区 行业领域 死亡人数", "2018-03-05 中原区 煤矿 1", "2018-03-05 老城 采煤 1")
    by = rules("sheets: {'': {values: {field: {采煤: coal_mine, 煤矿: other}, area: {老城: 管城区}}}}")
    assert mapped(raw, by).cells["field"].to_list() == ["other", "coal_mine"]
    assert mapped(raw, by).cells["area"].to_list() == ["中原区", "管城区"]


def test_a_constant_does_not_write_over_a_column() -> None:
    (fault,) = refused(table("日期 地区 死亡人数", "2018-03-05 中原区 1"), CITY)
    assert fault.startswith("her.xlsx: the map gives 'area' as a constant, and the table has it.")


def test_a_map_gives_a_unit_or_a_factor() -> None:
    raw = table("县区 年份 产值 车辆", "中原区 2018 120000 5")
    by = rules(
        "sheets: {'': {columns: {产值: {column: value, measure: gdp, unit: 万元, scope: current prices}, "
        "车辆: {column: value, measure: vehicles, factor: 0.5}}}}"
    )
    assert facts(raw, by) == [("410102", "2018", "gdp", 12.0), ("410102", "2018", "vehicles", 2.5)]
    assert loaded(raw, by).set_index("measure").at["gdp", "scope"] == "current prices"


def test_a_heading_under_a_rule_keeps_its_own_unit_and_year() -> None:
    raw = table("县区 2018年产值（万元）", "中原区 120000")
    assert facts(raw, rules("sheets: {'': {columns: {2018年产值（万元）: gdp}}}")) == [("410102", "2018", "gdp", 12.0)]
    (fault,) = refused(table("县区 年份 产值", "中原区 2018 5"), rules("sheets: {'': {columns: {产值: gdp}}}"))
    assert "the unit of 产值 is not told for certain" in fault


def test_a_map_may_name_a_measure_of_a_plans_own() -> None:
    by = rules("sheets: {'': {columns: {溺亡: {column: value, measure: drowned, unit: 人}}}}")
    (row,) = loaded(table("县区 年份 溺亡", "中原区 2018 5"), by).to_dict("records")
    assert (row["measure"], row["unit"], row["value"]) == ("drowned", "人", 5)


# --- figures side by side

WIDE = table(
    "县区 事故起数 死亡人数（人） 地区生产总值（万元） 备注",
    "中原区 12 3 101,433 一", "二七区 — 2 _ 二", "登封市 0 … 5 三",
    caption=["2018年各县区主要指标"],
)  # fmt: skip


def test_figures_side_by_side_become_a_figure_a_row() -> None:
    assert facts(WIDE) == [
        ("410102", "2018", "accidents", 12), ("410102", "2018", "deaths", 3), ("410102", "2018", "gdp", 10.1433),
        ("410103", "2018", "deaths", 2), ("410185", "2018", "accidents", 0), ("410185", "2018", "gdp", 0.0005),
    ]  # fmt: skip


def test_an_empty_cell_or_a_dash_is_no_figure_and_a_zero_is_one() -> None:
    long = mapped(WIDE)
    assert len(long.cells) == 6
    assert long.cells.loc[long.cells["value"] == "0", "area"].to_list() == ["登封市"]


def test_each_figure_still_knows_where_it_stood() -> None:
    long = mapped(WIDE)
    assert long.lines is not None
    assert long.under is not None
    assert long.lines.to_list() == [4, 4, 4, 5, 6, 6]
    assert str(long.place(2, "value")) == "her.xlsx, row 4, column '地区生产总值（万元）'"
    assert str(long.place(3, "area")) == "her.xlsx, row 5, column '县区'"
    assert [name for name in long.cells if name != FACTOR] == columns(OBSERVATIONS)
    assert long.cells.index.to_list() == [0, 1, 2, 3, 4, 5]


def test_a_wrong_figure_is_named_by_its_own_heading() -> None:
    with pytest.raises(DataError) as refusal:
        loaded(table("县区 事故起数 死亡人数", "中原区 12 3人多", caption=["2018年"]))
    assert [str(fault.where) for fault in refusal.value.faults] == ["her.xlsx, row 4, column '死亡人数'"]


def test_what_side_by_side_figures_do_not_tell_is_said() -> None:
    long = mapped(WIDE)
    assert set(long.cells["status"]) == {"preliminary"}
    assert set(long.cells["source"]) == {"her.xlsx"}
    assert set(long.cells["scope"]) == {""}
    assert len(notes(long, "default_taken")) == 2
    (unsure,) = notes(long, "unsure")
    assert "no definition is given for accidents, deaths, gross domestic product" in unsure
    told = mapped(WIDE, rules("sheets: {'': {constants: {scope: from-2016, status: published, source: 公报}}}"))
    assert [notes(told, kind) for kind in ("default_taken", "unsure")] == [[], []]
    assert set(told.cells["note"]) == {"一", "二", "三"}


def test_a_figure_without_area_or_period_is_refused() -> None:
    faults = refused(table("序号 事故起数 死亡人数", "1 12 3"), rules("sheets: {'': {kind: observations}}"))
    assert [fault for fault in faults if "does not tell its area" in fault]
    assert [fault for fault in faults if "'死亡人数' does not tell its period" in fault]
    assert refused(table("年份 事故起数", "2018 12"))[0].startswith("her.xlsx: the table does not tell its area.")
    assert facts(table("年份 事故起数", "2018 12"), CITY) == [("410100", "2018", "accidents", 12)]


def test_a_table_of_two_years_does_not_take_one_of_them() -> None:
    raw = table("县区 事故起数", "中原区 12", caption=["2017年与2018年对比"])
    assert "does not tell its period" in refused(raw)[0]
    given = rules("sheets: {'': {constants: {period: '2018'}}}")
    assert facts(raw, given) == [("410102", "2018", "accidents", 12)]


def test_an_exposure_without_unit_is_refused_and_the_caption_may_tell_it() -> None:
    (fault,) = refused(table("县区 年份 GDP", "中原区 2018 120000"))
    assert fault == (
        "her.xlsx: the unit of GDP is not told for certain. "
        "Write it in brackets behind the heading, or under 'unit' in her.xlsx.map.yaml."
    )
    told = table("县区 年份 GDP 死亡人数", "中原区 2018 120000 3", caption=["单位：万元、人"])
    assert facts(told) == [("410102", "2018", "deaths", 3), ("410102", "2018", "gdp", 12)]


@pytest.mark.parametrize(
    ("header", "row", "caption", "period"),
    [
        ("县区 年份 死亡人数", "中原区 2018年 3", [], "2018"),
        ("县区 年份 月份 死亡人数", "中原区 2018 3月 3", [], "2018-03"),
        ("县区 年份 月份 死亡人数", "中原区 2018 _ 3", [], "2018"),
        ("县区 月份 死亡人数", "中原区 3月 3", ["2018年分月统计"], "2018-03"),
        ("县区 月份 死亡人数", "中原区 2018年3月 3", [], "2018-03"),
        ("县区 时期 死亡人数", "中原区 2018年一季度 3", [], "2018-Q1"),
        ("县区 时间 死亡人数", "中原区 2018年3月 3", [], "2018-03"),
        ("县区 死亡人数", "中原区 3", ["2018年1-7月情况", "填报日期：2018年8月5日"], "2018-01/2018-07"),
        ("县区 2018年死亡人数", "中原区 3", ["2017年以来"], "2018"),
        ("县区 2018年/死亡人数（人）", "中原区 3", [], "2018"),
        ("县区 月份 2018年死亡人数", "中原区 3月 3", [], "2018-03"),
    ],
)  # fmt: skip
def test_the_period_of_a_figure(header: str, row: str, caption: list[str], period: str) -> None:
    assert facts(table(header, row, caption=caption)) == [("410102", period, "deaths", 3)]


def test_two_tellings_of_one_period_are_refused() -> None:
    (fault,) = refused(table("县区 年份 2018年死亡人数", "中原区 2017 3"))
    assert "'2018年死亡人数' and the column '年份' both tell a period" in fault


def test_a_printed_change_is_kept_apart_from_the_deaths() -> None:
    raw = table("县区 2018年/死亡人数 2018年/同比（%） 2018年/死亡人数同比±%", "中原区 3 _ -3.4")
    assert facts(raw) == [("410102", "2018", "deaths", 3), ("410102", "2018", "deaths_change", -3.4)]


# --- years across, areas across, fields down


def test_years_may_run_across_under_measures_down() -> None:
    raw = table(
        "指标 单位 2016年 2017年", "死亡人数 人 12 13", "地区生产总值 亿元 8114 —", "常住人口 人 9880700 9881000"
    )
    assert facts(raw, CITY) == [
        ("410100", "2016", "deaths", 12), ("410100", "2016", "gdp", 8114), ("410100", "2016", "population", 988.07),
        ("410100", "2017", "deaths", 13), ("410100", "2017", "population", 988.1),
    ]  # fmt: skip


def test_an_indicator_that_is_not_known_is_left_aside_and_named() -> None:
    raw = table("指标 单位 2016年", "死亡人数 人 12", "第一产业增加值 亿元 5", "死亡人数占比 % 3")
    long = mapped(raw, CITY)
    assert long.cells["measure"].to_list() == ["deaths"]
    assert "第一产业增加值, 死亡人数占比 are left aside" in notes(long, "column_unused")[-1]


def test_a_unit_that_does_not_fit_its_measure_is_refused() -> None:
    assert "常住人口 is not told for certain" in refused(table("指标 单位 2016年", "常住人口 亿元 9"), CITY)[0]
    assert "GDP is not told for certain" in refused(table("指标 2016年", "GDP 9"), CITY)[0]


@pytest.mark.parametrize(
    ("caption", "factor"),
    [
        (["表3 郑州市各县（市、区）生产安全事故死亡人数统计表", "单位：人"], 1),
        (["2016—2017年各县区死亡人数（单位：人）"], 1),
        (["郑州市分县区死亡人数一览表（2016-2017年）"], 1),
        (["各县（市、区）死亡人数（人）"], 1),
        (["指标：死亡人数"], 1),
    ],
)
def test_the_caption_may_name_what_years_across_measure(caption: list[str], factor: float) -> None:
    raw = table("县区 2016年 2017年", "中原区 12 13", caption=caption)
    assert facts(raw) == [("410102", "2016", "deaths", 12 * factor), ("410102", "2017", "deaths", 13 * factor)]


@pytest.mark.parametrize(
    "caption",
    [["各县区死亡人数同比"], ["各县区死亡人数和事故起数"], ["各县区安全生产情况"], ["死亡人数", "事故起数"], []],
)
def test_a_caption_that_names_no_one_measure_tells_nothing(caption: list[str]) -> None:
    raw = table("县区 2016年 2017年", "中原区 12 13", caption=caption)
    assert mapping.mapped(raw, AREAS, None) is None
    assert "does not tell what its figures measure" in refused(raw, rules("sheets: {'': {kind: observations}}"))[0]


def test_areas_may_run_across() -> None:
    raw = table("年份 中原区 二七区 登封", "2016 12 13 —", caption=["各县区死亡人数"])
    assert facts(raw) == [("410102", "2016", "deaths", 12), ("410103", "2016", "deaths", 13)]


def test_deaths_by_field_are_no_deaths_of_the_city() -> None:
    raw = table(
        "行业 起数 死亡人数",
        "煤矿 5 3",
        "道路交通 9 9",
        "工矿商贸 3 1",
        "建筑施工 3 2",
        "道路运输 4 4",
        caption=["2018年"],
    )
    assert facts(raw, CITY) == [
        ("410100", "2018", "deaths_coal", 3), ("410100", "2018", "deaths_industry", 1),
        ("410100", "2018", "deaths_road", 9),
    ]  # fmt: skip
    (aside,) = notes(mapped(raw, CITY), "column_unused")
    assert "建筑施工/死亡人数" in aside
    assert "道路运输/死亡人数" in aside


def test_a_line_that_names_no_field_is_not_the_whole_city() -> None:
    raw = table("行业 死亡人数", "煤矿 3", "_ 9", caption=["2018年"])
    assert facts(raw, CITY) == [("410100", "2018", "deaths_coal", 3)]
    assert "死亡人数 are left aside" in notes(mapped(raw, CITY), "column_unused")[-1]


# --- one figure a row

LONG = table(
    "地区 时期 指标 数值 单位 口径 状态 来源",
    "郑州市 2018年 事故死亡人数 90 人 2016年起口径 已公布 公报",
    "中原区 2018年 地区生产总值 1000000 万元 现价 初步 公报",
)


def test_words_of_the_catalogue_are_codes() -> None:
    read = loaded(LONG)
    assert read["measure"].to_list() == ["deaths", "gdp"]
    assert read["scope"].to_list() == ["from-2016", "current prices"]
    assert read["status"].to_list() == ["published", "preliminary"]
    assert read["value"].to_list() == [90, 100]
    assert read["unit"].to_list() == ["persons", "100 million yuan"]


def test_a_long_table_keeps_its_lines() -> None:
    long = mapped(LONG)
    assert long.under is None
    assert long.cells.index.to_list() == [4, 5]
    assert str(long.place(5, "value")) == "her.xlsx, row 5, column '数值'"


def test_our_own_observations_pass_unchanged() -> None:
    for path in sorted((PROJECT / "data" / "observations").glob("*.csv")):
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        long = mapped(RawTable(path, cells))
        pd.testing.assert_frame_equal(long.cells, cells, check_dtype=False)
        assert long.notes == ()


def test_a_slip_in_our_own_observations_is_refused() -> None:
    own = table(
        "area period measure value unit scope stauts source", "410100 2018 deaths 1 persons from-2016 published x"
    )
    assert refused(own) == ["her.xlsx: column 'stauts' is not known. Did you mean status?"]


def test_an_empty_line_of_a_form_was_not_reported() -> None:
    lines = (
        "地区 时期 指标 数值 单位 口径 状态 来源",
        "郑州市 2018 事故死亡人数 90 人 2016年起口径 已公布 公报",
        "郑州市 2017 事故死亡人数 _ 人 _ 初步 _",
    )
    long = mapped(table(*lines, caption=["规划 · 数据采集表（zzlib）"]))
    assert len(long.cells) == 1
    assert "1 lines without a figure are left out" in notes(long, "default_taken")
    english = table(
        "area period measure value unit scope status source", "410100 2018 deaths _ persons _ preliminary _"
    )
    assert len(mapped(english).cells) == 1  # a blank in our own table is a fault of the figure, which load tells


# --- two layouts of one table say the same

FIGURES = st.dictionaries(
    st.tuples(st.sampled_from(DISTRICTS), st.sampled_from(["2016", "2017", "2018"])),
    st.fixed_dictionaries(
        {"deaths": st.integers(0, 99), "accidents": st.integers(0, 999), "gdp": st.integers(1, 10**7)}
    ),
    min_size=1,
)


@settings(deadline=None, max_examples=60)
@given(FIGURES)
def test_long_wide_and_years_across_load_to_the_same_observations(
    figures: dict[tuple[str, str], dict[str, int]],
) -> None:
    units = {"deaths": "人", "accidents": "起", "gdp": "万元"}
    headings = {"deaths": "死亡人数", "accidents": "事故起数", "gdp": "地区生产总值（万元）"}
    areas = dict.fromkeys(area for area, _ in figures)
    years = sorted({year for _, year in figures})

    def cell(area: str, year: str, measure: str) -> str:
        return str(figures[area, year][measure]) if (area, year) in figures else "—"

    long = table(
        "area period measure value unit scope status source",
        *(
            [area, year, measure, str(value), units[measure], "", "preliminary", "her.xlsx"]
            for (area, year), values in figures.items()
            for measure, value in values.items()
        ),
    )
    wide = table(
        ["年份", "县区", *headings.values()],
        *([year, area, *(str(values[measure]) for measure in headings)] for (area, year), values in figures.items()),
    )
    across = table(
        ["县区", "指标", "单位", *(f"{year}年" for year in years)],
        *(
            [area, headings[measure].split("（")[0], units[measure], *(cell(area, year, measure) for year in years)]
            for area in areas
            for measure in headings
        ),
    )
    two_rows = table(
        ["县区", *(f"{year}年/{heading}" for year in years for heading in headings.values())],
        *([area, *(cell(area, year, measure) for year in years for measure in headings)] for area in areas),
    )
    assert facts(long) == facts(wide) == facts(across) == facts(two_rows)


# --- what is proposed


def proposed(*raws: RawTable) -> tuple[str, Rules]:
    text = mapping.propose(raws)
    found = rules(text)
    refuse_unknown(found, raws, raws[0].path)
    return text, found


def test_a_crash_database_gets_a_map_that_its_owner_completes() -> None:
    text, found = proposed(FARS)
    sheet = found.sheets[""]
    assert sheet.kind == "ledger"
    meant = {heading: rule.column for heading, rule in sheet.columns.items()}
    assert meant == {
        "STATE": "area", "ST_CASE": "accident_id", "VE_TOTAL": "unused", "COUNTY": "unused",
        "DAY": "day", "MONTH": "month", "YEAR": "year", "FATALS": "deaths",
    }  # fmt: skip
    unsure = [line.split(":")[0].strip() for line in text.splitlines() if "# unsure" in line]
    assert {'"STATE"', '"ST_CASE"', '"VE_TOTAL"', '"COUNTY"', "kind", "# field"} <= set(unsure)
    assert '"FATALS"' not in unsure
    ledger = mapped(
        FARS, rules(text.replace('"STATE": area', '"STATE": unused').replace('"COUNTY": unused', '"COUNTY": area'))
    )
    assert ledger.cells["deaths"].to_list() == ["1", "2"]
    assert ledger.cells["area"].to_list() == ["81", "55"]


def test_a_mine_safety_database_gets_the_codes_that_its_source_defines() -> None:
    mines = table(
        "MINE_ID DOCUMENT_NO ACCIDENT_DT CAL_YR FIPS_STATE_CD COAL_METAL_IND DEGREE_INJURY_CD DEGREE_INJURY NARRATIVE",
        "4601 219880 03/05/2018 2018 54 C 01 FATALITY fell", "4602 219881 12/25/2018 2018 21 M 03 DAYS slipped",
        name="msha.txt",
    )  # fmt: skip
    assert mapping.mapped(mines, AREAS, None) is None
    _, found = proposed(mines)
    ledger = mapped(mines, found)
    assert ledger.cells["deaths"].to_list() == ["1", "0"]
    assert ledger.cells["field"].to_list() == ["coal_mine", "non_coal_mine"]
    assert ledger.cells["date"].to_list() == ["2018-03-05", "2018-12-25"]
    assert ledger.cells["accident_id"].to_list() == ["219880", "219881"]


def test_an_order_of_dates_that_the_numbers_do_not_show_is_unsure() -> None:
    text, found = proposed(table("编号 ACCIDENT_DT FATALS", "1 03/05/2018 1"))
    assert found.sheets[""].columns["ACCIDENT_DT"].order == "month first"
    assert "month first or day first?" in text
    text, found = proposed(table("编号 ACCIDENT_DT FATALS", "1 25/05/2018 1"))
    assert found.sheets[""].columns["ACCIDENT_DT"].order == "day first"
    assert "month first or day first?" not in text


def test_another_databases_codes_are_not_proposed_as_ours() -> None:
    _, found = proposed(table("ST_CASE YEAR MONTH DAY COUNTY FATALS HARM_EV SEVERITY", "1 2018 3 5 1 1 12 2"))
    assert [found.sheets[""].columns[name].column for name in ("HARM_EV", "SEVERITY")] == ["unused", "unused"]


def test_a_heading_much_like_a_known_one_is_proposed_and_never_used_for_figures() -> None:
    text, found = proposed(table("事故日期时间点 事故发生县区名 死亡人数同比 GDP总量增", "2018-03-05 中原区 1 2"))
    assert [rule.column for rule in found.sheets[""].columns.values()][2:] == ["unused", "unused"]
    assert "# unsure" in text


def test_no_name_telephone_or_identity_number_is_shown_as_an_example() -> None:
    raw = table("ST_CASE 负责人 联系方式 证件 地址 VE_TOTAL", "1 张三 13800138000 410102199001011234 中原路233号 7")
    text, _ = proposed(raw)
    assert not [secret for secret in ("张三", "13800138000", "410102199001011234", "中原路") if secret in text]
    assert "; 7" in text


def test_a_proposal_for_figures_asks_for_the_units_that_are_not_told() -> None:
    raw = table("县区 年份 GDP 常住人口（万人） 较大事故起数 2018年", "中原区 2018 5 6 7 8")
    text, found = proposed(raw)
    assert found.sheets[""].kind == "observations"
    assert found.sheets[""].columns["GDP"].unit == "亿元"
    assert "2018年" not in found.sheets[""].columns
    assert found.sheets[""].columns["常住人口（万人）"].measure == "population"
    assert "the unit of its figures?" in text


def test_each_sheet_gets_its_own_proposal() -> None:
    _, found = proposed(table("a b", "1 2", sheet="一月"), table("FATALS b", "1 2", sheet="二 月: #"))
    assert list(found.sheets) == ["一月", "二 月: #"]


def test_nothing_gives_a_map_that_ignores_it() -> None:
    assert rules(mapping.propose([])).sheets[""].kind == "ignore"


OURS = sorted({*columns(LEDGER), *columns(OBSERVATIONS), *MEASURES})
NASTY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(NASTY, min_size=1, max_size=6, unique_by=lambda name: "".join(name.split()).casefold()),
    st.lists(NASTY, max_size=6),
)
def test_whatever_the_headings_the_proposal_is_a_valid_map(header: list[str], cells: list[str]) -> None:
    raw = table(header, *([cell] * len(header) for cell in cells))
    try:
        text = mapping.propose([raw])
    except DataError:  # two headings of one meaning
        return
    assert isinstance(rules(text), Rules)
    assert set(yaml.safe_load(text)) == {"sheets"}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from([*OURS, "时间", "县区", "2018年", "x"]), min_size=1, max_size=8, unique=True),
    st.lists(st.sampled_from(["2018", "1", "", "—", "中原区", "煤矿", "人", "x"]), min_size=8, max_size=8),
)
def test_any_table_is_mapped_left_aside_or_refused_in_words(header: list[str], cells: list[str]) -> None:
    raw = table(header, cells[: len(header)])
    try:
        found = mapping.mapped(raw, AREAS, None)
    except DataError as refusal:
        refusals = [str(fault) for fault in refusal.faults]
        assert refusals
        return
    if found is not None:
        assert mapping.kind_of(found.cells.columns)
        # Every column is used, holds no figure, or is named in a note.
        used = {*found.headings.values(), *(found.under if found.under is not None else ())}
        used |= {name for name, cell in zip(header, cells, strict=False) if cell in ("", "—")}
        said = " ".join(map(str, (note.what for note in found.notes)))
        assert [name for name in header if name not in used and name not in said] == []
