"""A heading means what is listed for exactly its words; a part of a heading is never taken for the whole."""

import csv
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zzlib import headings
from zzlib.headings import LEDGER_COLUMNS, OBSERVATION_COLUMNS, factor_of, kind, meaning, period_in, period_of, plain
from zzlib.periods import is_period
from zzlib.schema import CHANGE_UNIT, MEASURES


def words(text: str) -> list[str]:
    return text.split()


COLUMNS = {
    "accident_id": "accident_id 事故编号 事故编码 事故ID ACCIDENT_ID Accident-Id",
    "date": "date 日期 事故日期 发生日期 事故发生日期 accident_dt CRASH_DATE 发生日期（年月日）",
    "time": "time 时刻 ACCIDENT_TIME",
    "year": "year YEAR 年份 年度 年 CAL_YR 统计年份",
    "month": "month 月份 月 统计月份",
    "day": "DAY 日",
    "area": (
        "area 地区 县区 区县 县（市、区） 县(市)区 各县（市、区） 行政区划代码 辖区 属地 所属地区 事故发生地区 "
        "District 县区（代码）"
    ),
    "field": "field 行业领域 所属领域 监管行业领域 行业（领域） 行业/领域",
    "industry": "industry 行业代码 国民经济行业代码 国民经济行业分类（GB/T4754-2017） 行业小类代码",
    "kind": "kind 事故种类 事故种类（GB6441）",
    "deaths": (
        "deaths 死亡 死亡人数 死亡（人） 死亡人数(人) 死亡人数、人 死亡人数,人 死亡人数/人 死亡人数:人 "
        "死亡人数（含失踪） 死亡（含失踪）人数 伤亡情况/死亡 伤亡人数/死亡（人） 人员伤亡/死亡人数 FATALS "
        "Fatalities killed Number_Of_Deaths 死亡人数（单位：人） 死亡人数* 死亡人数【人】 1.死亡人数 一、死亡人数 "
        "（一）死亡人数 死亡人数/合计 合计/死亡人数 死亡人数/本年 死亡人数（含失踪，人） 死亡人"
    ),
    "serious_injuries": (
        "serious_injuries 重伤 重伤人数 重伤（人） 重伤人数（含急性工业中毒） 伤亡情况/重伤 Serious_Injuries"
    ),
    "loss_10k_yuan": (
        "loss_10k_yuan 直接经济损失（万元） 直接经济损失(元) 直接经济损失万元 直接经济损失、万元 "
        "损失情况/直接经济损失（亿元） 直接损失（万元）"
    ),
    "counted_from_2016": "counted_from_2016 是否生产安全事故 是否纳入2016年起口径",
    "status": "status 数据状态",
    "grade": "grade 事故等级 事故级别 等级",
    "summary": "summary 事故简要经过 事故概况 事故经过 NARRATIVE",
    "place": "place 事故地点 发生地点",
    "organisation": "organisation 企业名称 事故单位名称 事故单位/名称 生产经营单位名称 单位名称",
    "period": "period 时期 统计期 报告期",
    "measure": "measure 指标 指标名称 Indicator",
    "value": "value 数值 指标值",
    "unit": "unit 计量单位",
    "scope": "scope 口径 统计口径",
    "vintage": "vintage 发布日期 公布日期",
    "source": "source 数据来源 资料来源 来源",
    "note": "note 备注 说明",
}
FIGURES = {
    "accidents": (
        "accidents 事故起数 起数 事故总数 事故（起） 发生起数 各类事故起数 生产安全事故/起数 事故起数（起） "
        "Number_of_accidents"
    ),
    "fatal_accidents": "fatal_accidents 死亡事故起数 死亡事故（起） 死亡事故/起数",
    "accidents_larger": "较大事故起数 较大事故/起数 较大事故（起）",
    "deaths_coal": (
        "deaths_coal 煤矿死亡 煤矿死亡人数（人） 煤矿事故死亡人数 死亡人数（煤矿） 煤矿/死亡人数 死亡人数/煤矿 "
        "煤矿/死亡"
    ),
    "deaths_road": "deaths_road 道路交通死亡 道路交通事故死亡人数 道路交通/死亡人数 Road_Deaths",
    "deaths_industry": (
        "deaths_industry 工矿商贸死亡 工矿商贸死亡人数 死亡人数（工矿商贸） 工矿商贸企业死亡人数 工矿商贸/死亡"
    ),
    "deaths_per_100m_gdp": (
        "亿元GDP死亡率 亿元GDP死亡率（人/亿元） 亿元国内生产总值生产安全事故死亡率 亿元GDP死亡率、人/亿元"
    ),
    "deaths_per_100k_workers": "工矿商贸十万从业人员死亡率 工矿商贸就业人员10万人死亡率(人/10万人)",
    "deaths_per_10k_vehicles": "万车死亡率 道路交通万车死亡率（人/万车） 万车死亡率(人/万辆)",
    "deaths_per_million_tonnes": "百万吨死亡率 煤矿百万吨死亡率(人/百万吨) 煤炭百万吨死亡率",
    "gdp": (
        "GDP（亿元） 地区生产总值（万元） 生产总值(亿元) 地区生产总值（GDP）（亿元） GDP(100_million_yuan) "
        "地区生产总值（现价，亿元） 国内生产总值亿元"
    ),
    "workers_industry": "工矿商贸从业人员（万人） 工矿商贸就业人员（人）",
    "vehicles": "机动车保有量（辆） 机动车保有量（万辆） 机动车拥有量、万辆 年末机动车保有量(万辆)",
    "cars": "汽车保有量（万辆） 民用汽车拥有量(辆)",
    "coal_output": "原煤产量（万吨） 原煤产量/万吨 原煤产量(吨) 煤炭产量（百万吨）",
    "population": "常住人口（万人） 年末常住人口（人） 常住人口数(万人)",
}
# Not certain: used for other things too, or without the unit that they need, or told only by the cells.
DOUBTFUL = {
    "name": (
        "ST_CASE COUNTY STATE 编号 城市 HARM_EV DEGREE_INJURY 人口（万人） 总人口(万人) 经济损失（万元） "
        "财产损失(元) 事故发生地 HOUR 名称"
    ),
    "unit": (
        "GDP 地区生产总值 机动车保有量 汽车保有量 常住人口 原煤产量 工矿商贸从业人员 直接经济损失 "
        "死亡人数（万元） GDP（人） 机动车保有量（人） 原煤产量（万元） 亿元GDP死亡率（%） "
        "单位国内生产总值生产安全事故死亡率"
    ),
    "cells": "时间 事故时间 发生时间（年月日） 行业 所属行业 事故类别 事故类型 类型 单位 行业名称 状态",
}
UNKNOWN = words(
    "死亡人数同比 死亡人数/同比增减 死亡率 万人死亡率 死亡人数占比 死亡人数占比（%） 死亡年龄 死亡时间 "
    "死亡人员姓名 死亡原因 死亡人数下降（%） 死亡人数降幅(%) 死亡人数比上年减少（%） 死亡人数环比（%） "
    "死亡人数/上年同期 死亡人数/去年 受伤人数 轻伤人数 伤亡人数 死伤人数 失踪人数 死亡人数（农民工） "
    "煤矿死亡人数占比 较大事故/死亡人数 较大及以上事故起数 重大事故起数 事故起数同比 同比±% 增长率 同比 序号 姓名 "
    "身份证号 GDP增速（%） GDP可比价（亿元） 地区生产总值（不变价）（亿元） 人均GDP（元） 第一产业增加值（亿元） "
    "规模以上工业增加值 私人汽车保有量（万辆） 户籍人口（万人） 城镇人口 原煤产量同比 2017年2018年死亡人数 "
    "死亡人数/2017年/2018年 建筑施工/死亡人数 火灾/起数 煤矿/起数 道路运输/死亡人数 事故原因 县区/行业领域 "
    "死亡人数（人）（起） 比2017年±% 死亡人数/比2017年±% 410102 VE_TOTAL 2018-13 事故起数与死亡人数 "
    "事故起数/死亡人数 起数比 2016年前口径死亡人数"
)


def pairs(table: dict[str, str]) -> list[tuple[str, str]]:
    # An underscore stands for a space or itself: both are nothing to a heading.
    return [(heading, meant) for meant, spoken in table.items() for heading in spoken.split()]


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(pairs(COLUMNS)) + len(pairs(FIGURES)) >= 200
    assert len(UNKNOWN) >= 50


@pytest.mark.parametrize(("heading", "column"), pairs(COLUMNS))
def test_a_column_by_its_names(heading: str, column: str) -> None:
    found = meaning(heading)
    assert found is not None
    assert (found.column, found.certain) == (column, True)


@pytest.mark.parametrize(("heading", "measure"), pairs(FIGURES))
def test_a_measure_by_its_names(heading: str, measure: str) -> None:
    found = meaning(heading)
    assert found is not None
    assert (found.column, found.measure, found.certain) == ("value", measure, True)
    assert found.unit == MEASURES.get(measure, "accidents")


@pytest.mark.parametrize(("heading", "doubt"), pairs(DOUBTFUL))
def test_what_a_heading_leaves_open_is_not_certain(heading: str, doubt: str) -> None:
    found = meaning(heading)
    assert found is not None
    assert (found.certain, found.doubt) == (False, doubt)
    assert found.factor == 1 or doubt == "name"


@pytest.mark.parametrize("heading", UNKNOWN)
def test_a_part_of_a_heading_is_not_the_heading(heading: str) -> None:
    assert meaning(heading) is None


@pytest.mark.parametrize(
    ("heading", "period"),
    [
        ("2018年死亡人数", "2018"), ("2018死亡人数（人）", "2018"), ("死亡人数2018", "2018"),
        ("死亡人数（2018年）", "2018"),
        ("死亡人数/2018年", "2018"), ("2018年/死亡人数（人）", "2018"), ("2018年度死亡人数", "2018"),
        ("２０１８年死亡人数", "2018"), ("2018年1—7月死亡人数", "2018-01/2018-07"),
        ("2018年上半年/死亡", "2018-01/2018-06"),
        ("2018年一季度死亡人数", "2018-Q1"), ("2018年3月死亡人数", "2018-03"), ("2011-2015年死亡人数", "2011/2015"),
        ("2018年1-12月死亡人数", "2018"), ("deaths 2018", "2018"),
    ],
)  # fmt: skip
def test_the_period_in_a_heading_is_set_apart(heading: str, period: str) -> None:
    found = meaning(heading)
    assert found is not None
    assert (found.column, found.measure, found.period, found.certain) == ("value", "deaths", period, True)


@pytest.mark.parametrize(
    ("heading", "period"),
    [("2018", "2018"), ("2018年", "2018"), ("2018年度", "2018"), ("2018年3月", "2018-03"), ("2018-Q1", "2018-Q1"),
     ("2018年上半年", "2018-01/2018-06"), ("201803", "2018-03"), ("2018年1-7月累计", "2018-01/2018-07")],
)  # fmt: skip
def test_a_heading_may_be_nothing_but_a_period(heading: str, period: str) -> None:
    found = meaning(heading)
    assert found is not None
    assert (found.column, found.measure, found.period) == ("value", "", period)


def test_a_stock_is_counted_at_the_end_of_its_period() -> None:
    told = {heading: meaning(heading) for heading in ("2018年末常住人口（万人）", "2018年6月末机动车保有量（万辆）")}
    assert [one.period for one in told.values() if one] == ["2018", "2018-06"]


@pytest.mark.parametrize(
    ("heading", "measure"),
    [
        ("死亡人数同比±%", "deaths_change"), ("死亡人数/同比（%）", "deaths_change"),
        ("死亡人数增长率", "deaths_change"),
        ("死亡人数/同比±%", "deaths_change"), ("事故起数同比增减（%）", "accidents_change"),
        ("死亡人数较上年增长（%）", "deaths_change"),
        ("死亡人数比上年增减%", "deaths_change"), ("万车死亡率同比（%）", "deaths_per_10k_vehicles_change"),
        ("死亡人数（同比%）", "deaths_change"), ("deaths_change", "deaths_change"), ("起数/增减率", "accidents_change"),
        ("2018年死亡人数同比±%", "deaths_change"),
    ],
)  # fmt: skip
def test_a_printed_change_is_a_measure_of_its_own(heading: str, measure: str) -> None:
    found = meaning(heading)
    assert found is not None
    assert (found.measure, found.unit, found.factor, found.certain) == (measure, CHANGE_UNIT, 1, True)


@pytest.mark.parametrize(
    ("heading", "factor"),
    [
        ("GDP（亿元）", 1), ("GDP（万元）", 1e-4), ("GDP（元）", 1e-8), ("直接经济损失（元）", 1e-4),
        ("直接经济损失（亿元）", 1e4),
        ("直接经济损失（万元）", 1), ("机动车保有量（辆）", 1e-4), ("机动车保有量（万辆）", 1),
        ("原煤产量（万吨）", 1e-2), ("原煤产量（吨）", 1e-6),
        ("常住人口（人）", 1e-4), ("常住人口（万人）", 1), ("死亡人数（人）", 1), ("工矿商贸从业人员（万人）", 1),
        ("原煤产量（亿吨）", 100),
    ],
)  # fmt: skip
def test_the_unit_in_a_heading_is_turned_into_ours(heading: str, factor: float) -> None:
    found = meaning(heading)
    assert found is not None
    assert (found.factor, found.certain) == (factor, True)


@pytest.mark.parametrize(
    ("heading", "caption", "factor"),
    [
        ("GDP", "单位：万元", 1e-4), ("GDP", "单位：起、人、万元", 1e-4), ("GDP", "（计量单位: 亿元）", 1),
        ("常住人口", "单位:万人", 1), ("直接经济损失", "单位：起、人、元", 1e-4), ("死亡人数", "单位：人、万元", 1),
        ("机动车保有量", "表3　单位：辆", 1e-4), ("GDP（万元）", "单位：亿元", 1e-4), ("死亡人数", "填报单位：某局", 1),
    ],
)  # fmt: skip
def test_a_caption_tells_the_unit_that_a_heading_leaves_out(heading: str, caption: str, factor: float) -> None:
    found = meaning(heading, [caption])
    assert found is not None
    assert (found.factor, found.certain) == (factor, True)


@pytest.mark.parametrize(
    ("heading", "caption"),
    [
        ("GDP", "单位：万元、亿元"),
        ("GDP", "单位：人"),
        ("死亡人数", "单位：万人"),
        ("GDP", "填报单位：统计局"),
        ("GDP", ""),
    ],
)
def test_a_caption_that_leaves_the_unit_open_settles_nothing(heading: str, caption: str) -> None:
    found = meaning(heading, [caption])
    assert found is not None
    assert (found.doubt, found.factor) == ("unit", 1)


def test_a_month_takes_the_only_year_of_the_caption() -> None:
    assert meaning("3月") is None
    assert [meaning(name, ["2018年分月统计"]).period for name in ("3月", "一季度", "1-7月", "上半年")] == [  # type: ignore[union-attr]
        "2018-03", "2018-Q1", "2018-01/2018-07", "2018-01/2018-06",
    ]  # fmt: skip
    assert meaning("3月", ["2017年与2018年对比"]) is None


@pytest.mark.parametrize(
    ("caption", "period"),
    [
        (["2018年郑州市各县区主要指标"], "2018"), (["2018年1-7月事故情况"], "2018-01/2018-07"),
        (["2018年上半年"], "2018-01/2018-06"),
        (["2018年一季度安全生产形势"], "2018-Q1"), (["郑州市", "（2018年度）"], "2018"),
        (["2018年", "填报日期：2019年1月5日"], "2018"),
        (["2018年全市情况", "2018年"], "2018"), (["2017年与2018年对比"], ""), (["无"], ""), ([], ""),
        (["（2011—2015年）"], "2011/2015"),
    ],
)  # fmt: skip
def test_a_caption_tells_a_period_when_it_names_exactly_one(caption: list[str], period: str) -> None:
    assert period_in(caption) == period


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("事故编号 事故时间 县区 死亡人数", "ledger"), ("日期 地区 死亡人数", "ledger"),
        ("序号 事故时间 事故单位名称 事故类别 死亡人数（含失踪）", "ledger"),
        ("年份 月份 日 县区 死亡人数", "ledger"), ("accident_id date area field deaths status", "ledger"),
        ("accident_id dat area field deaths status", "ledger"),
        ("area period measure value unit scope status source", "observations"),
        ("地区 年份 指标 数值 单位", "observations"),
        ("县区 事故起数 死亡人数", "observations"), ("年份 GDP（亿元）", "observations"),
        ("指标 单位 2016年 2017年", "observations"),
        ("县区 2017年/死亡人数 2018年/死亡人数", "observations"), ("时间 事故起数 死亡人数", "observations"),
        ("县区 死亡人数", "observations"),
        ("行业 起数 死亡人数", "observations"), ("姓名 电话", ""), ("STATE ST_CASE YEAR MONTH DAY FATALS", ""),
        ("ACCIDENT_DT DEGREE_INJURY FIPS_STATE_CD COAL_METAL_IND", ""), ("产品 数量 单价", ""), ("", ""),
    ],
)  # fmt: skip
def test_headings_tell_a_ledger_from_figures(names: str, told: str) -> None:
    known = (meaning(name) for name in names.split())
    assert kind(one for one in known if one is not None and one.doubt != "name") == told


def test_the_columns_of_every_table_of_ours_are_known_by_their_own_names() -> None:
    for column in {*LEDGER_COLUMNS, *OBSERVATION_COLUMNS}:
        found = meaning(column)
        assert found is not None, column
        assert (found.column, found.certain) == (column, True)


def test_every_measure_is_known_by_its_own_name() -> None:
    for measure in MEASURES:
        found = meaning(measure)
        assert found is not None, measure
        assert found.measure == measure


def test_the_list_names_nothing_twice_and_only_what_there_is() -> None:
    with headings.HEADINGS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named = Counter(plain(row["heading"]) for row in rows if row["column"] not in ("group", "bracket"))
    assert [name for name, times in named.items() if times > 1] == []
    columns = {column for row in rows for column in row["column"].split("|")}
    assert columns - {*LEDGER_COLUMNS, *OBSERVATION_COLUMNS, "group", "bracket", "unused"} == set()
    measures = {row["measure"] for row in rows if row["measure"]}
    assert {measure for measure in measures - {*MEASURES} if not measure.startswith("accidents_")} == set()
    assert {row["certain"] for row in rows} == {"", "no"}


def test_the_unit_that_a_name_implies_can_be_converted() -> None:
    with headings.HEADINGS.open(encoding="utf-8", newline="") as file:
        implied = {(row["measure"] or row["column"], row["unit"]) for row in csv.DictReader(file) if row["unit"]}
    for measure, unit in implied:
        ours = headings.our_unit(measure) or headings.NUMBERS[measure]
        assert factor_of(unit, ours) == 1, (measure, unit)


def test_every_unit_of_ours_is_a_unit() -> None:
    assert [unit for unit in (*MEASURES.values(), *headings.NUMBERS.values()) if factor_of(unit, unit) != 1] == []


HEADINGS = [heading for heading, _ in [*pairs(COLUMNS), *pairs(FIGURES)]]


@given(st.sampled_from(HEADINGS), st.integers(0, 30), st.sampled_from([" ", "　", "\n", " "]))
def test_spaces_and_width_make_no_difference(heading: str, at: int, space: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in heading)
    assert meaning(heading[:at] + space + heading[at:]) == meaning(heading) == meaning(wide)
    assert meaning(heading.upper()) == meaning(heading.lower()) == meaning(heading)


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=2))
def test_any_text_is_understood_or_not_but_never_an_error(text: str, caption: list[str]) -> None:
    found = meaning(text, caption)
    if found is not None:
        assert found.column in {*LEDGER_COLUMNS, *OBSERVATION_COLUMNS, "unused"}
        assert not found.period or is_period(found.period)
        assert found.certain == (found.doubt == "")


@given(st.sampled_from(HEADINGS), st.sampled_from(["同比", "占比", "率x", "（非）", "合计数与上年之比", "备份"]))
def test_more_words_are_never_overlooked(heading: str, more: str) -> None:
    found = meaning(heading + more)
    assert found is None or found.measure.endswith("_change")


def test_a_period_is_not_read_into_a_number() -> None:
    assert period_of("410102") == period_of("12") == period_of("2018人") == ""
    assert re.fullmatch(r"\d{4}", period_of("2018"))
