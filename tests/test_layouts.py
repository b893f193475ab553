"""A sheet is read as a person reads it: titles are no rows, a total is no area, and nothing vanishes unsaid."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib import layouts
from zzlib.errors import DataError
from zzlib.raw import NOTES, Grid, Note, RawTable

Merged = tuple[int, int, int, int]


def grid(*rows: str, sheet: str = "台账", merged: tuple[Merged, ...] = (), name: str = "") -> Grid:
    """A sheet, one text a row, its cells parted by bars; a CSV file where the sheet has no name."""
    cells = [row.split("|") if row else [] for row in rows]
    return Grid(Path(name or ("her.xlsx" if sheet else "her.csv")), sheet, cells, list(range(1, len(rows) + 1)), merged)


def csv(*rows: str) -> Grid:
    return grid(*rows, sheet="")


def one(of: Grid) -> RawTable:
    (table,) = layouts.tables(of)
    return table


def shown(table: RawTable) -> list[str]:
    """A table as its header and its rows, each with its line, cells parted by bars."""
    rows = [f"{line}: {'|'.join(cells)}" for line, cells in zip(table.cells.index, table.cells.to_numpy(), strict=True)]
    return ["|".join(table.cells.columns), *rows]


def noted(table: RawTable, kind: str) -> list[tuple[int, str]]:
    return [(note.line, str(note.what)) for note in table.notes if note.kind == kind]


def refused(of: Grid) -> list[str]:
    with pytest.raises(DataError) as refusal:
        layouts.tables(of)
    return [str(fault) for fault in refusal.value.faults]


class TestPlainTables:
    def test_the_first_line_that_is_not_blank_is_the_header(self) -> None:
        table = one(csv("", "area|period", "410102|2018", "", "410103|2018"))
        assert shown(table) == ["area|period", "3: 410102|2018", "5: 410103|2018"]
        assert table.notes == ()

    def test_headings_that_nobody_knows_head_a_table_all_the_same(self) -> None:
        assert shown(one(grid("foo|bar|baz", "a|1|x", "b|2|y"))) == ["foo|bar|baz", "2: a|1|x", "3: b|2|y"]

    def test_one_row_of_data_is_a_table(self) -> None:
        assert shown(one(csv("foo|bar|baz", "a|b|c"))) == ["foo|bar|baz", "2: a|b|c"]

    def test_a_table_without_any_figure_is_a_table(self) -> None:
        rows = ["foo|bar", "甲|乙", "丙|丁", "戊|己"]
        assert shown(one(grid(*rows)))[0] == "foo|bar"
        assert len(one(grid(*rows)).cells) == 3

    def test_words_of_our_own_in_a_first_row_do_not_make_it_the_header(self) -> None:
        # A dictionary of data: its rows hold names that are headings elsewhere.
        table = one(grid("字段|说明", "deaths|死亡人数", "area|区县"))
        assert shown(table) == ["字段|说明", "2: deaths|死亡人数", "3: area|区县"]

    def test_a_row_may_leave_cells_blank_and_they_stay_blank(self) -> None:
        table = one(csv("区县|死亡人数|备注", "中原区|2|", "|3|", "二七区||"))
        assert shown(table)[1:] == ["2: 中原区|2|", "3: |3|", "4: 二七区||"]

    def test_years_can_be_headings(self) -> None:
        table = one(grid("各区县死亡人数", "区县|2016|2017|2018", "中原区|3|4|5", "二七区|1|2|1"))
        assert shown(table)[:2] == ["区县|2016|2017|2018", "3: 中原区|3|4|5"]

    def test_years_down_the_side_are_rows_and_nothing_is_turned(self) -> None:
        table = one(grid("年份|事故起数|死亡人数", "2016|30|31", "2017|28|29"))
        assert shown(table) == ["年份|事故起数|死亡人数", "2: 2016|30|31", "3: 2017|28|29"]

    def test_areas_across_and_measures_down_are_left_as_they_lie(self) -> None:
        table = one(grid("指标|中原区|二七区", "事故起数|3|4", "死亡人数|1|2"))
        assert shown(table) == ["指标|中原区|二七区", "2: 事故起数|3|4", "3: 死亡人数|1|2"]

    def test_a_heading_loses_its_spaces_and_full_width_forms_but_the_file_s_own_is_kept(self) -> None:
        table = one(grid("区　县|死亡人数\n（人）|Ｇ Ｄ Ｐ", "中原区|2|3"))
        assert list(table.cells.columns) == ["区县", "死亡人数(人)", "GDP"]
        assert table.headings == {"区县": "区　县", "死亡人数(人)": "死亡人数\n（人）", "GDP": "Ｇ Ｄ Ｐ"}

    def test_the_index_names_the_lines_of_the_file(self) -> None:
        rows = [["区县", "死亡"], ["中原区", "1"], ["二七区", "2"]]
        table = one(Grid(Path("her.csv"), "", rows, [4, 7, 9]))
        assert table.cells.index.to_list() == [7, 9]
        assert table.cells.index.name == "row"
        assert str(table.place(9, "死亡")) == "her.csv, row 9, column '死亡'"

    def test_a_column_number_row_of_a_statistical_form_is_no_area(self) -> None:
        table = one(grid("区县|事故起数|死亡人数", "甲|1|2", "中原区|30|31"))
        assert shown(table)[1:] == ["3: 中原区|30|31"]
        assert noted(table, "header_joined") == [(2, "numbers of the columns, no row")]

    def test_one_column_in_a_csv_file_is_a_table(self) -> None:
        assert shown(one(csv("deaths", "1", "2"))) == ["deaths", "2: 1", "3: 2"]


class TestTitles:
    def test_titles_and_remarks_above_the_header_are_its_caption(self) -> None:
        table = one(
            grid(
                "郑州市2018年安全生产事故统计表|||",
                "填报单位：郑州市应急管理局|||单位：起、人",
                "截至2018年3月|||",
                "区县|事故起数|死亡人数|重伤人数",
                "中原区|3|2|1",
            )
        )
        assert shown(table) == ["区县|事故起数|死亡人数|重伤人数", "5: 中原区|3|2|1"]
        assert table.caption == (
            "郑州市2018年安全生产事故统计表", "填报单位：郑州市应急管理局", "单位：起、人", "截至2018年3月",
        )  # fmt: skip

    def test_a_title_in_one_merged_cell_is_a_title(self) -> None:
        table = one(grid("2018年事故||", "甲栏|乙栏|丙栏", "a|b|c", merged=((0, 0, 0, 2),)))
        assert shown(table)[0] == "甲栏|乙栏|丙栏"
        assert table.caption == ("2018年事故",)

    def test_a_remark_in_two_cells_is_one_line(self) -> None:
        table = one(grid("填报单位：|郑州市统计局||", "单位：|万元||", "区县|工业|农业|商业", "中原区|30|31|3"))
        assert table.caption == ("填报单位：郑州市统计局", "单位：万元")

    def test_a_title_far_above_its_table_stays_with_it(self) -> None:
        table = one(grid("附件1", "", "2018年事故统计", "", "区县|死亡", "中原区|2"))
        assert table.caption == ("附件1", "2018年事故统计")

    def test_a_title_row_as_wide_as_a_narrow_table_gives_way_to_known_headings(self) -> None:
        table = one(grid("填报单位：市局|单位：人", "区县|死亡人数", "中原区|2"))
        assert shown(table)[0] == "区县|死亡人数"
        assert table.caption == ("填报单位：市局", "单位：人")

    def test_two_loose_words_above_an_unknown_header_over_figures_are_a_title(self) -> None:
        table = one(grid("附注材料|||第三号", "foo|bar|baz|qux", "a|1|2|3", "b|4|5|6"))
        assert shown(table)[0] == "foo|bar|baz|qux"
        assert table.caption == ("附注材料", "第三号")


class TestHeadersOverSeveralRows:
    def test_years_above_measures_in_merged_cells(self) -> None:
        table = one(
            grid(
                "区县|2017年||2018年|",
                "|事故起数|死亡人数|事故起数|死亡人数",
                "中原区|3|2|4|1",
                merged=((0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)),
            )
        )
        assert shown(table) == [
            "区县|2017年/事故起数|2017年/死亡人数|2018年/事故起数|2018年/死亡人数", "3: 中原区|3|2|4|1",
        ]  # fmt: skip
        assert noted(table, "header_joined") == [
            (1, "the header stands over 2 rows, with headings such as '2017年/事故起数'")
        ]

    def test_the_same_header_in_a_csv_file_which_knows_no_merged_cells(self) -> None:
        table = one(csv("区县|2017年||2018年|", "|起数|死亡|起数|死亡", "中原区|3|2|4|1"))
        assert shown(table)[0] == "区县|2017年/起数|2017年/死亡|2018年/起数|2018年/死亡"

    def test_an_upper_heading_repeated_over_each_column(self) -> None:
        table = one(csv("区县|2017年|2017年|2018年|2018年", "区县|起数|死亡|起数|死亡", "中原区|3|2|4|1"))
        assert shown(table)[0] == "区县|2017年/起数|2017年/死亡|2018年/起数|2018年/死亡"

    def test_a_group_over_some_columns_below_a_title(self) -> None:
        table = one(
            grid(
                "2018年事故统计表|||||",
                "序号|区县|事故情况|||备注",
                "||起数|死亡|受伤|",
                "1|中原区|3|2|1|",
                merged=((0, 0, 0, 5), (1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 4), (1, 5, 2, 5)),
            )
        )
        assert shown(table) == ["序号|区县|事故情况/起数|事故情况/死亡|事故情况/受伤|备注", "4: 1|中原区|3|2|1|"]
        assert table.caption == ("2018年事故统计表",)

    def test_a_group_with_a_blank_corner(self) -> None:
        table = one(grid("|2017年||2018年|", "区县|起数|死亡|起数|死亡", "中原区|3|2|4|1"))
        assert shown(table)[0] == "区县|2017年/起数|2017年/死亡|2018年/起数|2018年/死亡"

    def test_three_rows(self) -> None:
        table = one(
            grid(
                "区县|事故情况|||",
                "|2017年||2018年|",
                "|起数|死亡|起数|死亡",
                "中原区|3|2|4|1",
                "二七区|3|2|4|1",
                merged=((0, 0, 2, 0), (0, 1, 0, 4), (1, 1, 1, 2), (1, 3, 1, 4)),
            )
        )
        assert shown(table)[0].split("|") == [
            "区县", "事故情况/2017年/起数", "事故情况/2017年/死亡", "事故情况/2018年/起数", "事故情况/2018年/死亡",
        ]  # fmt: skip
        assert table.cells.index.to_list() == [4, 5]

    def test_a_row_of_units_goes_into_the_headings(self) -> None:
        table = one(grid("区县|死亡人数|地区生产总值", "|人|亿元", "中原区|3|500.1"))
        assert shown(table) == ["区县|死亡人数(人)|地区生产总值(亿元)", "3: 中原区|3|500.1"]

    def test_years_below_one_heading(self) -> None:
        table = one(grid("区县|死亡人数||", "|2016|2017|2018", "中原区|3|4|5"))
        assert shown(table) == ["区县|死亡人数/2016|死亡人数/2017|死亡人数/2018", "3: 中原区|3|4|5"]

    def test_text_below_a_whole_header_is_a_row(self) -> None:
        assert shown(one(grid("foo|bar|baz", "|a|b", "c|d|e")))[1:] == ["2: |a|b", "3: c|d|e"]

    def test_a_row_of_words_below_a_header_over_two_rows_is_a_row(self) -> None:
        table = one(grid("区县|事故情况||", "|起数|死亡|受伤", "中原区|甲|乙|丙", merged=((0, 0, 1, 0), (0, 1, 0, 3))))
        assert shown(table)[1:] == ["3: 中原区|甲|乙|丙"]

    def test_the_first_letters_of_a_merged_remark_column_are_no_reason_to_swallow_the_rows(self) -> None:
        table = one(grid("区县|死亡|备注", "中原区|3|", "二七区|4|", "金水区|5|", merged=((0, 2, 3, 2),)))
        assert len(table.cells) == 3

    def test_months_by_number_below_their_year(self) -> None:
        table = one(grid("区县|2018年||", "|1|2|3", "中原区|4|5|6"))
        assert shown(table) == ["区县|2018年/1|2018年/2|2018年/3", "3: 中原区|4|5|6"]

    def test_of_which_above_some_columns(self) -> None:
        table = one(grid("区县|死亡人数|其中||备注", "||煤矿|道路|", "中原区|3|1|2|"))
        assert shown(table)[0] == "区县|死亡人数|其中/煤矿|其中/道路|备注"


class TestBlankColumnsAndRows:
    def test_a_blank_column_is_dropped(self) -> None:
        table = one(grid("|区县||死亡||", "|中原区||3||", "|二七区||4||"))
        assert shown(table) == ["区县|死亡", "2: 中原区|3", "3: 二七区|4"]

    def test_a_column_with_a_heading_and_no_value_stays(self) -> None:
        assert shown(one(grid("区县|死亡|备注", "中原区|3")))[0] == "区县|死亡|备注"

    def test_a_column_of_values_without_a_heading_is_refused_by_its_letter(self) -> None:
        assert refused(grid("区县||死亡", "中原区|x|3", "二七区||4")) == [
            "her.xlsx, sheet '台账', row 1: column B holds values under no heading. "
            "Write a heading above it, or delete the column."
        ]

    def test_blank_lines_do_not_end_a_table(self) -> None:
        table = one(grid("区县|死亡", "", "中原区|3", "", "", "二七区|4"))
        assert table.cells.index.to_list() == [3, 6]

    def test_a_serial_number_is_a_column_like_any_other(self) -> None:
        assert shown(one(grid("序号|区县|死亡", "1|中原区|3")))[0] == "序号|区县|死亡"


class TestRowsThatAreNoRows:
    def test_the_header_printed_again_on_each_page_is_no_row(self) -> None:
        table = one(
            grid("事故统计", "区县|死亡", "中原区|3", "事故统计", "区县|死亡", "二七区|4", "", "区县|死亡", "金水区|5")
        )
        assert shown(table)[1:] == ["3: 中原区|3", "6: 二七区|4", "9: 金水区|5"]
        assert [line for line, _ in noted(table, "header_joined")] == [5, 8]
        assert [line for line, _ in noted(table, "footnote")] == [4]

    def test_a_header_over_two_rows_printed_again_is_no_row(self) -> None:
        head = ("区县|2017年||2018年|", "|起数|死亡|起数|死亡")
        table = one(csv(*head, "中原区|3|2|4|1", "", *head, "二七区|3|2|4|1"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区"]

    def test_footnotes_go_to_the_caption(self) -> None:
        table = one(
            grid(
                "区县|起数|死亡",
                "中原区|4|3",
                "注：本表为快报数，不含道路运输。||",
                "说明: 2018年起口径有变||",
                "资料来源：市统计局||",
                "填表日期：2018年4月2日||",
            )
        )
        assert len(table.cells) == 1
        assert table.caption == (
            "注：本表为快报数，不含道路运输。", "说明: 2018年起口径有变",
            "资料来源：市统计局", "填表日期：2018年4月2日",
        )  # fmt: skip
        assert [line for line, _ in noted(table, "footnote")] == [3, 4, 5, 6]

    def test_a_sentence_below_the_last_row_is_a_footnote(self) -> None:
        table = one(grid("区县|起数|死亡", "中原区|4|3", "", "1、以上为初步统计。"))
        assert table.caption == ("1、以上为初步统计。",)

    def test_an_area_without_any_figure_is_a_row(self) -> None:
        table = one(grid("区县|起数|死亡", "中原区|4|3", "上街区||"))
        assert table.cells["区县"].to_list() == ["中原区", "上街区"]

    def test_a_short_line_of_text_in_a_csv_file_is_no_slip(self) -> None:
        table = one(csv("2018年事故统计", "区县|起数|死亡", "中原区|4|3", "注：快报数", "合计|4|3"))
        assert len(table.cells) == 1

    def test_a_table_goes_on_below_the_words_that_say_so(self) -> None:
        table = one(grid("区县|死亡人数", "中原区|1", "", "（续表）", "", "区县|死亡人数", "二七区|2"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区"]
        assert table.caption == ("（续表）",)

    def test_a_heading_among_the_rows_stays_a_row_to_be_refused_as_an_area(self) -> None:
        # It tells what the rows below it are about, so that it must not leave in silence.
        table = one(
            grid("区县|起数|死亡", "一、煤矿||", "中原区|4|5", "二、建筑||", "中原区|1|1", merged=((1, 0, 1, 2),))
        )
        assert len(table.cells) == 4

    def test_a_form_of_the_statistical_system(self) -> None:
        table = one(
            grid(
                "生产安全事故统计表||||表    号：安统1表",
                "||||制定机关：安监总局",
                "综合机关名称：郑州市安监局||2018年 1 — 7 月||计量单位：起、人",
                "区县|起数|死亡|重伤|损失（万元）",
                "甲|1|2|3|4",
                "中原区|3|1|0|10.5",
                "单位负责人：张三||统计负责人：李四|填表人：王五|报出日期：2018年8月5日",
            )
        )
        assert shown(table) == ["区县|起数|死亡|重伤|损失(万元)", "6: 中原区|3|1|0|10.5"]
        assert table.caption == (
            "生产安全事故统计表", "表    号：安统1表", "制定机关：安监总局", "综合机关名称：郑州市安监局",
            "2018年 1 — 7 月", "计量单位：起、人", "单位负责人：〔已隐去〕", "统计负责人：〔已隐去〕",
            "填表人：〔已隐去〕", "报出日期：2018年8月5日",
        )  # fmt: skip


class TestTotals:
    def test_a_total_row_is_not_an_area(self) -> None:
        table = one(grid("区县|起数|死亡", "中原区|4|3", "二七区|5|1", "合　计|9|4"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区"]
        assert noted(table, "total_set_aside") == [(4, "a total, set aside")]
        assert noted(table, "unsure") == []

    @pytest.mark.parametrize("word", ["合计", "总 计", "小计", "全市合计", "合计：", "Total", "共计", "市区小计"])
    def test_whatever_it_is_called(self, word: str) -> None:
        table = one(grid("区县|起数|死亡", "中原区|4|3", "二七区|5|1", f"{word}|9|4"))
        assert len(table.cells) == 2

    def test_a_total_that_is_not_the_sum_of_its_rows_is_doubted_by_column(self) -> None:
        table = one(grid("区县|起数|死亡", "中原区|4|3", "二七区|5|1", "合计|9|5"))
        assert noted(table, "unsure") == [
            (4, "column '死亡': the total printed is 5, its parts sum to 4"),
        ]

    def test_subtotals_are_not_counted_twice(self) -> None:
        table = one(
            grid(
                "片区|区县|死亡",
                "市区|中原区|3",
                "市区|二七区|1",
                "市区|小计|4",
                "县市|新密市|2",
                "县市|小计|2",
                "总计||6",
            )
        )
        assert table.cells["死亡"].to_list() == ["3", "1", "2"]
        assert noted(table, "unsure") == []

    def test_a_total_may_stand_above_its_parts(self) -> None:
        table = one(grid("区县|死亡", "合计|7", "小计|4", "中原区|3", "二七区|1", "小计|3", "新密市|3"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区", "新密市"]
        assert noted(table, "unsure") == []

    def test_a_total_of_each_year_is_compared_with_the_rows_of_that_year(self) -> None:
        rows = ("中原区|2017|3", "中原区|2018|4", "二七区|2017|5", "二七区|2018|6", "合计|2017|8", "合计|2018|11")
        table = one(grid("区县|年份|死亡", *rows))
        assert [what for _, what in noted(table, "unsure")] == [
            "column '死亡': the total printed is 11, its parts sum to 10"
        ]

    def test_rates_and_growth_are_not_summed(self) -> None:
        table = one(grid("区县|死亡|同比增长|死亡率", "中原区|3|5|2", "二七区|1|7|4", "合计|4|6|3"))
        assert noted(table, "unsure") == []

    def test_a_thousands_separator_does_not_make_a_total_wrong(self) -> None:
        table = one(grid("区县|车辆", "中原区|1,000", "二七区|５００", "合计|1,500"))
        assert noted(table, "unsure") == []

    def test_the_city_is_a_total_where_it_is_the_sum_of_the_other_rows(self) -> None:
        table = one(grid("区县|起数|死亡", "全市|9|4", "中原区|4|3", "二七区|5|1"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区"]

    def test_the_city_is_a_row_where_the_others_are_not_its_parts(self) -> None:
        table = one(grid("区县|起数|死亡", "全市|12|4", "中原区|4|3", "二七区|5|1"))
        assert table.cells["区县"].to_list() == ["全市", "中原区", "二七区"]
        assert table.notes == ()

    def test_a_table_of_the_city_alone_keeps_its_rows(self) -> None:
        table = one(grid("地区|年份|死亡", "全市|2017|3", "全市|2018|4"))
        assert len(table.cells) == 2

    def test_a_name_that_ends_like_a_total_is_one_only_if_it_is_the_sum(self) -> None:
        table = one(grid("行业|死亡", "煤矿|3", "建筑|1", "工矿商贸合计|4", "道路运输合计|9"))
        assert table.cells["行业"].to_list() == ["煤矿", "建筑", "道路运输合计"]
        assert [line for line, _ in noted(table, "unsure")] == [5]

    def test_a_last_row_of_nothing_but_sums_is_a_total(self) -> None:
        table = one(grid("死亡人数|区县|重伤人数", "3|中原区|1", "1|二七区|2", "4||3"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区"]
        assert [line for line, _ in noted(table, "total_set_aside")] == [4]

    def test_a_last_row_of_figures_that_are_no_sums_is_a_row_without_its_name(self) -> None:
        table = one(grid("区县|死亡|重伤", "中原区|3|1", "二七区|1|2", "|4|4"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区", ""]

    def test_of_which_is_part_of_the_row_above(self) -> None:
        table = one(grid("区县|死亡", "中原区|3", "其中：煤矿|1", "二七区|1", "合计|4"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区"]
        assert noted(table, "total_set_aside")[0] == (3, "a part of the row above, set aside")
        assert noted(table, "unsure") == []

    def test_of_which_before_the_first_of_all_parts_only_begins_the_list(self) -> None:
        table = one(grid("区县|死亡", "全市|4", "其中：中原区|3", "二七区|1"))
        assert table.cells["区县"].to_list() == ["中原区", "二七区"]
        assert [line for line, _ in noted(table, "total_set_aside")] == [2, 3]

    def test_an_organisation_with_the_sign_in_its_name_is_no_total(self) -> None:
        table = one(grid("企业名称|死亡", "郑州某设计院|3", "某会计师事务所|1", "统计局|1"))
        assert len(table.cells) == 3

    def test_a_note_that_speaks_of_a_sum_does_not_make_a_row_a_total(self) -> None:
        table = one(
            csv("area|period|measure|value|note", "410100|2010|deaths|19|五年合计", "410100|2011|deaths|9|合计")
        )
        assert len(table.cells) == 2


class TestMergedCells:
    def test_a_district_merged_over_its_rows_is_theirs(self) -> None:
        table = one(grid("区县|行业|死亡", "中原区|煤矿|1", "|建筑|2", "二七区|煤矿|3", merged=((1, 0, 2, 0),)))
        assert table.cells["区县"].to_list() == ["中原区", "中原区", "二七区"]
        assert noted(table, "merged_filled") == [(3, "column '区县': merged cells filled 1 cells below them")]

    def test_blank_cells_that_are_not_merged_stay_blank(self) -> None:
        table = one(grid("区县|行业|死亡", "中原区|煤矿|1", "|建筑|2"))
        assert table.cells["区县"].to_list() == ["中原区", ""]

    def test_deaths_merged_over_two_rows_are_not_counted_twice(self) -> None:
        table = one(grid("区县|行业|死亡", "中原区|煤矿|3", "中原区|建筑|", "二七区|建筑|1", merged=((1, 2, 2, 2),)))
        assert table.cells["死亡"].to_list() == ["3", "", "1"]
        assert [line for line, _ in noted(table, "unsure")] == [2]

    def test_a_year_merged_over_its_rows_is_theirs(self) -> None:
        table = one(grid("年份|区县|死亡", "2018|中原区|1", "|二七区|2", "2017|二七区|2", merged=((1, 0, 2, 0),)))
        assert table.cells["年份"].to_list() == ["2018", "2018", "2017"]


class TestSeveralTables:
    def test_each_with_its_own_header_and_title(self) -> None:
        first, second = layouts.tables(
            grid(
                "表1 事故", "区县|起数|死亡", "中原区|3|1", "注：快报数",
                "", "",
                "表2 经济", "区县|地区生产总值", "中原区|500.1", "二七区|400.2",
            )
        )  # fmt: skip
        assert shown(first) == ["区县|起数|死亡", "3: 中原区|3|1"]
        assert first.caption == ("表1 事故", "注：快报数")
        assert shown(second) == ["区县|地区生产总值", "9: 中原区|500.1", "10: 二七区|400.2"]
        assert second.caption == ("表2 经济",)

    def test_without_a_blank_line_known_headings_part_them(self) -> None:
        first, second = layouts.tables(grid("区县|死亡人数", "中原区|3", "二七区|4", "表2", "年份|事故起数", "2017|5"))
        assert first.cells.index.to_list() == [2, 3]
        assert shown(second) == ["年份|事故起数", "6: 2017|5"]
        assert second.caption == ("表2",)

    def test_unknown_headings_above_figures_part_them_too(self) -> None:
        first, second = layouts.tables(grid("foo|bar", "a|1", "b|2", "", "baz|qux", "c|3", "d|4"))
        assert shown(first) == ["foo|bar", "2: a|1", "3: b|2"]
        assert shown(second) == ["baz|qux", "6: c|3", "7: d|4"]

    def test_a_row_of_dashes_after_a_blank_line_is_no_header(self) -> None:
        table = one(grid("区县|起数|死亡", "中原区|1|2", "", "上街区|—|—", "二七区|1|2"))
        assert len(table.cells) == 3

    def test_a_second_header_with_nothing_below_it_is_text(self) -> None:
        table = one(grid("区县|起数|死亡", "中原区|1|2", "", "区县|车辆|死亡人数"))
        assert len(table.cells) == 1
        assert table.caption == ("区县", "车辆", "死亡人数")


class TestNoTable:
    def test_an_empty_sheet(self) -> None:
        assert layouts.tables(grid("", " | ", "")) == []
        assert layouts.left_aside(grid("", " | ", "")) == Note("sheet_left_aside", "sheet '台账' is empty", 0)  # type: ignore[arg-type]

    def test_a_cover_sheet(self) -> None:
        cover = grid(
            "郑州市安全生产统计报表", "", "二〇一八年", "填报单位：|郑州市应急管理局", "联系人：|张三", "", "2018年4月"
        )
        assert layouts.tables(cover) == []
        assert str(layouts.left_aside(cover).what) == "sheet '台账' holds text, but no rows of a table"

    def test_a_sheet_of_notes(self) -> None:
        assert layouts.tables(grid("填表说明", "一、本表由各区县填报。", "二、每月5日前报送。")) == []

    def test_a_form_that_nobody_filled_in(self) -> None:
        assert layouts.tables(grid("事故统计表", "区县|起数|死亡")) == []

    @pytest.mark.parametrize("rows", [(), ("", ""), ("area|value",), ("area|value", "")])
    def test_a_csv_file_without_a_row_is_refused(self, rows: tuple[str, ...]) -> None:
        assert refused(csv(*rows)) == ["her.csv: the table holds no rows."]

    def test_a_text_file_is_no_table(self) -> None:
        text = grid("说明", "这里是各区县的数据。", "第二行", sheet="", name="readme.txt")
        assert layouts.tables(text) == []
        assert str(layouts.left_aside(text).what) == "the file holds text, but no rows of a table"


class TestRefusals:
    def test_a_heading_that_stands_twice(self) -> None:
        assert refused(csv("area|value|area", "1|2|3")) == ["her.csv: column 'area' stands twice."]
        assert refused(csv("area|value|area")) == ["her.csv: column 'area' stands twice."]
        assert refused(grid("区县|死 亡|死亡", "a|2|3")) == [
            "her.xlsx, sheet '台账', row 1: column '死亡' stands twice."
        ]

    def test_a_row_of_a_csv_file_longer_or_shorter_than_its_header(self) -> None:
        remedy = "Put text that holds a comma between double quotes."
        assert refused(csv("a|b|c", "1|2|3", "1|2", "1|2|3|4")) == [
            f"her.csv, row 3: 2 cells, but the header has 3. {remedy}",
            f"her.csv, row 4: 4 cells, but the header has 3. {remedy}",
        ]

    def test_a_cell_beside_a_table_on_a_sheet(self) -> None:
        assert refused(grid("区县|死亡", "中原区|3", "二七区|4||见附件", "金水区|4")) == [
            "her.xlsx, sheet '台账', row 3: 4 cells, but the header has 2. "
            "Write a heading above every column, or move the cell."
        ]

    def test_a_sheet_may_leave_the_end_of_a_row_blank(self) -> None:
        assert shown(one(grid("区县|死亡|备注", "中原区")))[1:] == ["2: 中原区||"]

    def test_two_tables_side_by_side(self) -> None:
        assert len(refused(grid("区县|死亡||区县|死亡", "中原区|1||二七区|2"))) == 2

    def test_a_sheet_of_totals_only(self) -> None:
        assert refused(grid("区县|死亡", "合计|2")) == [
            "her.xlsx, sheet '台账', row 1: the table holds no rows, only totals. "
            "Give the rows too, or call the totals by the area that they are of."
        ]

    def test_all_faults_of_all_tables_at_once(self) -> None:
        assert len(refused(grid("区县|死亡|死亡", "a|1|2", "", "年份|起数|起数", "2017|1|2"))) == 2


class TestPersons:
    def test_a_column_of_names_never_enters_the_table(self) -> None:
        table = one(grid("区县|死者姓名|死亡人数", "中原区|赵六|1", "二七区|钱七|1"))
        assert list(table.cells.columns) == ["区县", "死亡人数"]
        assert noted(table, "column_dropped") == [(0, "column '死者姓名' was left out: names of persons")]
        assert "赵六" not in repr(table)

    def test_an_identity_number_inside_a_text_is_hidden(self) -> None:
        text = "死者身份证号11010519491231002X"
        table = one(grid("区县|事故经过|死亡人数", f"中原区|{text}|1", "二七区|坠落|1"))
        assert table.cells["事故经过"].to_list() == ["死者身份证号〔已隐去〕", "坠落"]
        assert [what for _, what in noted(table, "cells_masked")] == [
            "column '事故经过': identity numbers or telephones were hidden in 1 cells"
        ]

    @pytest.mark.parametrize(
        ("line", "kept"),
        [
            ("填表人：张三  联系电话：0371-66666666|||", "填表人：〔已隐去〕  联系电话：〔已隐去〕"),
            ("制 表 人：张 三|||", "制 表 人：〔已隐去〕"),
            ("审核：李四丰|||", "审核：〔已隐去〕"),
            ("单位负责人：欧阳修文|||填表日期：2018年4月2日", "单位负责人：〔已隐去〕"),
            ("联系人|王五||", "联系人：〔已隐去〕"),
            ("制表人：||赵六|", "制表人：〔已隐去〕"),
        ],
    )  # fmt: skip
    def test_who_filled_a_form_in_is_hidden(self, line: str, kept: str) -> None:
        for table in (
            one(grid("区县|起数|死亡|重伤", "中原区|1|2|3", line)),
            one(grid(line, "区县|起数|死亡|重伤", "中原区|1|2|3")),
        ):
            assert table.caption[0] == kept
            assert len(table.cells) == 1
            assert not re.search("张|李四|王五|赵六|欧阳|6666", repr(table))
            assert noted(table, "cells_masked") != []

    def test_a_date_beside_a_name_stays(self) -> None:
        table = one(grid("区县|起数|死亡", "中原区|1|2", "制表人：张三 填表日期：2018年4月2日"))
        assert table.caption == ("制表人：〔已隐去〕 填表日期：2018年4月2日",)

    def test_a_file_without_a_header_does_not_make_a_heading_of_an_identity_number(self) -> None:
        table = one(csv("某区|11010519491231002X|x", "中原区|a|y"))
        assert "1949" not in repr(table)


WORDS = st.text("甲乙丙丁戊己庚辛区县镇煤矿路abcxyz", min_size=1, max_size=5)
FIGURES = st.integers(0, 9999).map(str)
TITLES = ("郑州市2018年事故统计表", "填报单位：市应急局", "单位：起、人", "截至2018年3月", "（快报）", "附件1")
FEET = ("注：本表为快报数", "资料来源：市统计局", "制表人：某某", "填表日期：2018年4月2日", "说明：口径有变")


@st.composite
def dressed(draw: st.DrawFn) -> tuple[Grid, list[list[str]], list[str]]:
    """A plain table as it was meant, and the sheet that a bureau made of it: titles, a split header, totals, notes."""
    counted = draw(st.integers(1, 5))
    places = draw(st.lists(WORDS, min_size=1, max_size=8, unique=True))
    values = [draw(st.lists(FIGURES, min_size=counted, max_size=counted)) for _ in places]
    remarks = draw(st.booleans())
    notes = draw(st.lists(st.sampled_from(["", "正常", "见附件"]), min_size=len(places), max_size=len(places)))
    names = draw(st.lists(WORDS, min_size=counted + 2, max_size=counted + 2, unique=True))
    names = names if remarks else names[:-1]
    rows = [[place, *row, *([note] if remarks else [])] for place, row, note in zip(places, values, notes, strict=True)]
    width, merged, split = len(names), draw(st.booleans()), counted > 1 and draw(st.booleans())
    titles = draw(st.lists(st.sampled_from(TITLES), max_size=3, unique=True))
    lines = [[title, *[""] * (width - 1)] for title in titles]
    ranges = [(k, 0, k, width - 1) for k in range(len(titles))] if merged else []
    if split:
        top, cut = len(lines), draw(st.integers(1, counted))
        groups = [(1, cut), (cut + 1, counted)] if cut < counted else [(1, counted)]
        upper, lower = [names[0], *[""] * counted, *names[counted + 1 :]], ["", *names[1 : counted + 1]]
        for k, (left, right) in enumerate(groups):
            upper[left] = f"第{k}组"
            ranges += [(top, left, top, right)] if merged and left < right else []
            for c in range(left, right + 1):
                names[c] = f"第{k}组/{names[c]}"
        ranges += [(top, c, top + 1, c) for c in (0, *range(counted + 1, width))] if merged else []
        lines += [upper, lower + [""] * (width - len(lower))]
    else:
        lines.append(names)
    for row in rows:
        lines.append(row)
        if draw(st.integers(0, 5)) == 0:
            lines.append([""] * width)
    if draw(st.booleans()):
        sums = [str(sum(int(row[c]) for row in values)) for c in range(counted)]
        lines.append([draw(st.sampled_from(["合计", "总　计"])), *sums, *([""] if remarks else [])])
    for foot in draw(st.lists(st.sampled_from(FEET), max_size=3, unique=True)):
        lines.append([foot, *[""] * (width - 1)])
    sheet = "台账" if merged else draw(st.sampled_from(["", "台账"]))
    path = Path("her.xlsx" if sheet else "her.csv")
    return Grid(path, sheet, lines, list(range(1, len(lines) + 1)), tuple(ranges)), rows, names


@given(dressed())
@settings(max_examples=300, deadline=None)
def test_a_plain_table_comes_back_however_a_bureau_dressed_it(made: tuple[Grid, list[list[str]], list[str]]) -> None:
    sheet, rows, names = made
    table = one(sheet)
    assert list(table.cells.columns) == names
    assert table.cells.to_numpy().tolist() == rows
    assert noted(table, "unsure") == []


@given(dressed())
@settings(max_examples=60, deadline=None)
def test_the_shape_alone_finds_the_header_of_figures(made: tuple[Grid, list[list[str]], list[str]]) -> None:
    sheet, rows, _ = made
    (table,) = layouts.tables(sheet, knows=lambda heading: False)
    assert len(table.cells) == len(rows)


ANYTHING = st.sampled_from(
    [
        "",
        "",
        "",
        "",
        "中原区",
        "二七区",
        "区县",
        "死亡人数",
        "事故起数",
        "2017年",
        "2018",
        "3",
        "1,200",
        "4.5",
        "—",
        "foo",
        "bar",
        "合计",
        "小计",
        "全市",
        "其中：煤矿",
        "工矿合计",
        "注：快报",
        "单位：人",
        "资料来源：市局",
        "制表人：某某",
        "说明。",
        "甲",
        "人",
    ]
)
SHEETS = st.integers(1, 6).flatmap(lambda width: st.lists(st.lists(ANYTHING, max_size=width), max_size=12))


@given(SHEETS, st.lists(st.tuples(*[st.integers(0, 5)] * 4), max_size=3), st.sampled_from(["", "台账"]))
@settings(max_examples=500, deadline=None)
def test_nothing_that_stands_on_a_sheet_vanishes_unsaid(rows: list[list[str]], spans: list[Merged], name: str) -> None:
    merged = tuple((t, c, t + h, c + w) for t, c, h, w in spans if t + h < len(rows) and c + w < 6)
    sheet = Grid(Path("her.xlsx" if name else "her.csv"), name, rows, [2 * k + 3 for k in range(len(rows))], merged)
    try:
        tables = layouts.tables(sheet)
    except DataError:
        return
    if not tables:
        assert layouts.left_aside(sheet).kind == "sheet_left_aside"
        return
    said = {note.line for table in tables for note in table.notes}
    texts = [text for table in tables for text in (*table.caption, *table.headings.values())]
    for line, row in zip(sheet.lines, rows, strict=True):
        kept = [set(table.cells.loc[line]) for table in tables if line in table.cells.index]
        assert len(kept) <= 1
        for cell in filter(None, map(str.strip, row)):
            assert line in said or any(cell in text for text in texts) or any(cell in cells for cells in kept), cell


@given(SHEETS)
@settings(max_examples=100, deadline=None)
def test_every_note_is_of_a_known_kind_and_reading_changes_nothing(rows: list[list[str]]) -> None:
    sheet = Grid(Path("her.xlsx"), "台账", rows, list(range(1, len(rows) + 1)))
    before = [list(row) for row in rows]
    try:
        first = layouts.tables(sheet)
    except DataError:
        return
    again = layouts.tables(sheet)
    assert rows == before
    assert {note.kind for table in first for note in table.notes} <= {*NOTES}
    assert [(table.caption, table.notes) for table in first] == [(table.caption, table.notes) for table in again]
    assert all(one.cells.equals(two.cells) for one, two in zip(first, again, strict=True))
