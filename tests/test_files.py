"""A file comes in as it lies, every cell as text at its place: whichever program wrote it, or not at all."""

import csv
import io
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import making_workbooks as making
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib import confined, files
from zzlib.errors import DataError
from zzlib.language import say
from zzlib.raw import Grid

Written = Callable[..., Path]
TABLE = [["地区", "日期", "死亡人数"], ["中原区", "2018-03-05", "3"], ["二七区", "2018-03-06", "0"]]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """`written("a,b", …)` is text as a file."""

    def written(text: str, name: str = "her.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return written


def spoilt(encoding: str) -> bytes:
    """A table in UTF-8 that a program read in another encoding, and saved."""
    return "地区,死亡人数\n郑州市管城回族区,3\n中牟县官渡镇,4\n".encode().decode(encoding, "replace").encode()


def only(path: Path) -> Grid:
    (grid,) = files.grids(path)
    return grid


def refused(path: Path) -> list[str]:
    with pytest.raises(DataError) as refusal:
        files.grids(path)
    assert all(say(fault.what, "zh") != fault.what for fault in refusal.value.faults)
    return [str(fault) for fault in refusal.value.faults]


def delimited(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


# ---- text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb2312", "gb18030"])
def test_the_encodings_of_chinese_offices_say_the_same(written: Written, encoding: str) -> None:
    assert only(written(delimited(TABLE), encoding=encoding)).rows == TABLE


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_text_of_two_bytes_says_by_its_mark_which_comes_first(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "her.txt"
    path.write_bytes(mark + delimited(TABLE, "\t").encode("utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"))
    assert only(path).rows == TABLE
    assert files.header(path) == TABLE[0]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("name,city\nMüller,Köln\n".encode("latin-1"), ": the text is neither UTF-8 nor GB18030."),
        (
            "地區,死亡\n鄭州市中原區,三\n這裡發生了嚴重的爆炸事故,四\n".encode("big5"),
            ": the text is neither UTF-8 nor GB18030.",
        ),
        (b"a,b\n\xff\xff\xff,1\n", ": the text is neither UTF-8 nor GB18030."),
        ("郑州市,1\n中原区,2\n二七区,3\n".encode()[:-7], ", row 3: the text is UTF-8, but damaged."),
        ("a,b\n郑州市,1\n".encode("utf-16-le"), ", row 1: a NUL character stands in the text."),
        (b"\xff\xfe" + "郑州市,1".encode("utf-16-le")[:-1], ": the text is neither UTF-8 nor GB18030."),
        (spoilt("gb18030"), ", row 1: the text was once read in a wrong encoding and saved like that."),
        (spoilt("cp1252"), ", row 1: the text was once read in a wrong encoding and saved like that."),
    ],
)
def test_text_that_is_not_certain_to_be_what_was_meant_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "her.csv"
    path.write_bytes(content)
    (said,) = refused(path)
    assert said.startswith(f"her.csv{fault}")


def test_rare_characters_are_no_sign_of_a_wrong_encoding(written: Written) -> None:
    rows = [["姓氏", "地名"], ["镕喆", "浬镇"], ["堃昇", "㙍村"], ["䶮", "𠮷"]]
    assert only(written(delimited(rows), encoding="gb18030")).rows == rows


def test_characters_that_were_lost_before_are_told(written: Written) -> None:
    (note,) = only(written("地区,人数\n中\ufffd区,1\n")).notes
    assert (note.kind, note.line) == ("unsure", 2)
    assert note.what == "characters lost before the file was saved: 1, each now \ufffd"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
@pytest.mark.parametrize("name", ["her.csv", "her.txt", "her.tsv"])
def test_cells_are_parted_by_what_parts_them(written: Written, delimiter: str, name: str) -> None:
    assert only(written(delimited(TABLE, delimiter), name)).rows == TABLE


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
def test_other_delimiters_inside_cells_part_nothing(written: Written, delimiter: str) -> None:
    others = ["事故，造成3人死亡", "1,234.5", "甲;乙", "x\ty"]
    words = [[one.replace(delimiter, " ") if i % 2 else one for one in others] for i in range(6)]
    rows = [["2018年台账"], ["经过", "金额", "单位", "备注"], *words, ["注：甲，乙；丙,丁;戊"]]
    assert only(written(delimited(rows, delimiter))).rows == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", [["a", "b"], ["1,5", "2,5"], ["3,5", "4,5"]]),
        ("期间;产值\n2018;1,234\n2017;1,135\n", [["期间", "产值"], ["2018", "1,234"], ["2017", "1,135"]]),
        ("地区\n中原区\n二七区\n", [["地区"], ["中原区"], ["二七区"]]),
        ("2018年，全市发生事故3起\n", [["2018年，全市发生事故3起"]]),
        ("sep=;\na;b\n1;2\n", [[], ["a", "b"], ["1", "2"]]),
        ("a\tb\n1,2\t3,4\n5,6\t7,8\n", [["a", "b"], ["1,2", "3,4"], ["5,6", "7,8"]]),
    ],
)
def test_a_table_is_never_parted_in_the_wrong_place(written: Written, text: str, rows: list[list[str]]) -> None:
    assert only(written(text)).rows == rows


def test_two_delimiters_that_fit_alike_are_refused(written: Written) -> None:
    assert refused(written("a;b,c\n1;2,3\n4;5,6\n")) == [
        "her.csv: the cells may be parted by ',' or by ';'. "
        "Put text that holds either between double quotes, or save the table as xlsx."
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [('a,b\n1,2\n"3,4\n5,6\n', 3), ('a,b\n"1"x,2\n', 2), ('a,b\n"1\n2",3\n"4" ,5\n', 4)],
)
def test_a_quotation_mark_that_cannot_stand_is_refused_with_its_line(written: Written, text: str, line: int) -> None:
    (said,) = refused(written(text))
    assert said.startswith(f"her.csv, row {line}: is not valid CSV (")


def test_a_row_keeps_the_line_that_it_starts_on(written: Written) -> None:
    grid = only(written('标题\n\n"a\nb",c\r\nd,"e ""f"""\n\n\n'))
    assert grid.rows == [["标题"], [], ["a\nb", "c"], ["d", 'e "f"']]
    assert grid.lines == [1, 2, 3, 5]


def test_blank_columns_at_the_right_go_where_every_row_has_them(written: Written) -> None:
    assert only(written("a,b,,\n1,,,\n,,,\n")).rows == [["a", "b"], ["1", ""]]


def test_rows_that_are_longer_or_shorter_stay_so(written: Written) -> None:
    assert only(written("a,b,c\n1,2\n1,2,3,\n")).rows == [["a", "b", "c"], ["1", "2"], ["1", "2", "3", ""]]


def test_a_very_long_cell_is_a_cell(written: Written) -> None:
    long = "长" * 300_000
    assert only(written(f'a,b\n"{long}",2\n')).rows[1] == [long, "2"]
    before = csv.field_size_limit()
    assert before < len(long)  # the limit of the whole process is as it was


def test_a_text_without_a_cell_is_a_grid_without_a_row(written: Written) -> None:
    assert only(written("\n \n,,\n")).rows == []


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_the_header_of_a_large_text_is_read_alone(written: Written, encoding: str) -> None:
    path = written("\n 地区 ,死亡人数\n" + "郑州市中原区,12\n" * 100_000, encoding=encoding)
    assert files.header(path) == ["地区", "死亡人数"]


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd"), max_size=8)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8)),
    st.sampled_from([",", "\t", ";", "，"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_any_table_is_read_as_it_was_written_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    header = [f"列{i}" for i in range(len(rows[0]) if rows else 2)]
    whole = [header, *rows, ["末", *["行"] * (len(header) - 1)]]
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(delimited(whole, delimiter).encode(encoding))
    try:
        read = only(path).rows
    except DataError as refusal:
        read = whole if "may be parted by" in str(refusal) else []
    assert read == whole


# ---- workbooks -----------------------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """`book([…], …)` is a workbook of one sheet as openpyxl writes it."""

    def book(*rows: list[Any], name: str = "her.xlsx") -> Path:
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.active.append(row)
        workbook.active.title = "台账"
        workbook.save(tmp_path / name)
        return tmp_path / name

    return book


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("中原区", "中原区"), (" a ", " a "), (3, "3"), (3.0, "3"), (0.1, "0.1"), (-2.50, "-2.5"),
        (1234567.25, "1234567.25"),
        (12345678901234, "12345678901234"), (1e300, "1e+300"), (True, "TRUE"), (False, "FALSE"),
        (date(2018, 3, 5), "2018-03-05"), (datetime(2018, 3, 5, 14, 30), "2018-03-05T14:30:00"),
        (timedelta(hours=26, minutes=5), "26:05:00"), ("041010", "041010"), ("3 人", "3 人"), ("１２", "１２"),
    ],
)  # fmt: skip
def test_a_cell_is_text_by_its_type(book: Callable[..., Path], value: Any, text: str) -> None:
    assert only(book(["x", value, "y"])).rows == [["x", text, "y"]]


@pytest.mark.parametrize("identifier", [14, 22, 27, 31, 36, 57])
def test_a_date_is_known_by_the_format_that_china_s_programs_leave_unsaid(tmp_path: Path, identifier: int) -> None:
    made = making.parts(making.rows(making.row(making.number(43164, style=0))), formats=["General"])
    made["xl/styles.xml"] = made["xl/styles.xml"].replace('<xf numFmtId="200"/>', f'<xf numFmtId="{identifier}"/>')
    assert only(making.packed(tmp_path / "her.xlsx", made)).rows == [["2018-03-05"]]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('yyyy"年"m"月"d"日"', "2018-03-05"), ('[$-804]yyyy"年"m"月";@', "2018-03-05"), ("yyyy/m/d;@", "2018-03-05"),
        ('0"天"', "43164"), ("[Red]0.00", "43164"), ("G/通用格式", "43164"),
        ('_ * #,##0.00_ ;_ * "-"??_ ;_ @_ ', "43164"),
    ],
)  # fmt: skip
def test_a_number_is_a_date_where_its_format_is_one(tmp_path: Path, code: str, text: str) -> None:
    sheet = making.rows(making.row(making.number(43164, style=0)))
    assert only(making.book(tmp_path / "her.xlsx", sheet, formats=[code])).rows == [[text]]


def test_days_are_counted_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    sheet = making.rows(making.row(making.number(43164 - 1462, style=0)))
    made = making.book(tmp_path / "her.xlsx", sheet, formats=["yyyy-mm-dd"], book='<workbookPr date1904="1"/>')
    assert only(made).rows == [["2018-03-05"]]


@pytest.mark.parametrize("code", ["0.0%", "0.00,", '0!.0,"万元"', "0%;[Red]-0%"])
def test_a_cell_that_shows_another_number_than_it_holds_is_told(tmp_path: Path, code: str) -> None:
    sheet = making.rows(making.row(making.text("增幅")), making.row(making.number(0.12, style=0)))
    grid = only(making.book(tmp_path / "her.xlsx", sheet, formats=[code]))
    assert grid.rows == [["增幅"], ["0.12"]]
    (note,) = grid.notes
    assert (note.kind, note.line) == ("unsure", 2)
    assert note.what.startswith("sheet 'Sheet1': 1 cells from A2 on show another number than they hold")


def test_rows_stay_on_their_lines_and_blank_ends_go(tmp_path: Path) -> None:
    sheet = making.rows(
        making.row(making.text("标题", "B2"), line=2),
        making.row(making.number(1, "A4"), making.text(" ", "D4"), line=4),
        making.row('<c r="A900000" s="0"/>', line=900000),
    )
    grid = only(making.book(tmp_path / "her.xlsx", sheet))
    assert grid.rows == [["", ""], ["", "标题"], ["", ""], ["1", ""]]
    assert grid.lines == [1, 2, 3, 4]


def test_every_visible_sheet_is_a_grid_and_hidden_ones_are_left_aside(tmp_path: Path) -> None:
    sheets = [making.table(["甲"]), making.table(["乙"]), making.table(), making.table(["丁"])]
    names = ["参数", "台账", "空", "旧"]
    path = making.book(
        tmp_path / "her.xlsx", *sheets, names=names, states=["hidden", "visible", "visible", "veryHidden"]
    )
    grids = files.grids(path)
    assert [(grid.sheet, grid.rows) for grid in grids] == [("台账", [["乙"]]), ("空", [])]
    assert [(note.kind, note.what) for note in grids[0].notes] == [
        ("sheet_left_aside", "hidden sheet '参数' is left aside"),
        ("sheet_left_aside", "hidden sheet '旧' is left aside"),
    ]


def test_a_workbook_whose_sheets_are_all_hidden_is_refused(tmp_path: Path) -> None:
    path = making.book(tmp_path / "her.xlsx", making.table(["a"]), states=["hidden"])
    assert refused(path) == [
        "her.xlsx: no sheet of the workbook is visible. Show the sheets that hold the data, and save it."
    ]


def test_merged_cells_are_told_as_they_stand_within_the_grid(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (["标题", None, None], ["地区", "死亡人数", None], ["中原区", 1, 2]):
        sheet.append(row)
    for merged in ("A1:F1", "B2:C2", "A3:A9", "H1:J4"):
        sheet.merge_cells(merged)
    workbook.save(tmp_path / "her.xlsx")
    grid = only(tmp_path / "her.xlsx")
    assert grid.rows == [["标题", "", ""], ["地区", "死亡人数", ""], ["中原区", "1", "2"]]
    assert sorted(grid.merged) == [(0, 0, 0, 2), (1, 1, 1, 2)]


def test_a_formula_counts_as_the_value_stored_with_it(tmp_path: Path) -> None:
    total = '<c r="B2"><f>SUM(A1:A2)</f><v>7</v></c>'
    words = '<c r="C2" t="str"><f>IF(B2=7,"是","")</f><v>是</v></c>'
    nothing = '<c r="D2" t="str"><f>IF(B2=7,"","x")</f><v></v></c>'
    sheet = making.rows(making.row(total, words, nothing, making.number(1, "E2"), line=2))
    assert only(making.book(tmp_path / "her.xlsx", sheet)).rows[1] == ["", "7", "是", "", "1"]


def test_the_values_of_links_to_other_files_are_read_and_the_links_told(tmp_path: Path) -> None:
    linked = making.rows(making.row('<c r="A1"><f>[1]Sheet1!A1</f><v>5</v></c>'))
    made = making.parts(linked) | {"xl/externalLinks/externalLink1.xml": "<externalLink/>"}
    grid = only(making.packed(tmp_path / "her.xlsx", made))
    assert grid.rows == [["5"]]
    assert [(note.kind, note.what) for note in grid.notes] == [
        ("external_link", "the workbook links to other files; the values stored in it are read")
    ]


def test_words_with_a_reading_or_in_several_colours_are_the_words_alone(tmp_path: Path) -> None:
    shared = (
        '<si><t>郑州</t><rPh sb="0" eb="2"><t>zhengzhou</t></rPh></si>'
        '<si><r><t>死亡</t></r><r><rPr><color rgb="FFFF0000"/></rPr><t>人数</t></r></si>'
    )
    sheet = making.rows(making.row('<c t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>'))
    assert only(making.book(tmp_path / "her.xlsx", sheet, shared=shared)).rows == [["郑州", "死亡人数"]]


def test_a_workbook_may_name_every_element_with_a_prefix(tmp_path: Path) -> None:
    made = making.parts(making.table(["死亡人数", 3]))
    prefixed = "xl/worksheets/sheet1.xml"
    made[prefixed] = made[prefixed].replace("</", "</@").replace("<", "<x:").replace("<x:/@", "</x:")
    made[prefixed] = made[prefixed].replace("xmlns=", "xmlns:x=")
    assert only(making.packed(tmp_path / "her.xlsx", made)).rows == [["死亡人数", "3"]]


def test_a_workbook_of_the_old_kind_is_read_alike(tmp_path: Path) -> None:
    workbook = xlwt.Workbook(encoding="utf-8")
    sheet = workbook.add_sheet("台账")
    workbook.add_sheet("旧").visibility = 1
    sheet.write_merge(0, 0, 0, 2, "2018年台账")
    sheet.write(1, 0, date(2018, 3, 5), xlwt.easyxf(num_format_str='yyyy"年"m"月"d"日"'))
    sheet.write(1, 1, 3)
    sheet.write(1, 2, 0.125)
    sheet.write(2, 0, True)
    sheet.write(2, 1, 0.5, xlwt.easyxf(num_format_str="0.0%"))
    workbook.save(str(tmp_path / "her.xls"))
    grid = only(tmp_path / "her.xls")
    assert grid.rows == [["2018年台账", "", ""], ["2018-03-05", "3", "0.125"], ["TRUE", "0.5", ""]]
    assert grid.merged == ((0, 0, 0, 2),)
    assert [note.kind for note in grid.notes] == ["unsure", "sheet_left_aside"]


@pytest.mark.parametrize("name", ["her.csv", "her.xls", "her.xlsm"])
def test_a_workbook_is_read_as_one_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    assert only(making.book(tmp_path / name, making.table(["a", 1]))).rows == [["a", "1"]]


def test_text_that_is_called_a_workbook_is_read_as_text(written: Written) -> None:
    grid = only(written(delimited(TABLE, "\t"), "her.xls", "gb18030"))
    assert (grid.sheet, grid.rows) == ("", TABLE)


def test_a_cell_that_parts_columns_on_their_way_is_a_cell(tmp_path: Path) -> None:
    sheet = making.rows(making.row(making.text("a_x001F_b")), making.row(making.text("c")))
    assert only(making.book(tmp_path / "her.xlsx", sheet)).rows == [[f"a{confined.PARTING}b"], ["c"]]


def test_a_name_in_chinese_and_a_folder_with_spaces_are_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / "郑州 2018 年"
    folder.mkdir()
    assert only(making.book(folder / "台账（终）.xlsx", making.table(["甲"]))).rows == [["甲"]]


def test_a_hundred_thousand_rows_take_seconds_not_minutes(tmp_path: Path) -> None:
    # The real measure stands in benchmarks/; this finds what became ten times slower.
    lines = (
        making.row(making.number(i), making.number(i / 7), making.number(43164 + i % 900, style=0), making.text("词"))
        for i in range(100_000)
    )
    path = making.book(tmp_path / "her.xlsx", making.rows(*lines), formats=["yyyy-mm-dd"])
    start = time.perf_counter()
    grid = only(path)
    assert time.perf_counter() - start < 12
    assert (len(grid.rows), grid.rows[7]) == (100_000, ["7", "1", "2018-03-12", "词"])


# ---- Parquet -------------------------------------------------------------------------------------------------------


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_the_cells_of_parquet_are_those_of_a_workbook(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "her.parquet",
        地区=["中原区", None], 死亡人数=[3, 0], 损失=[12.5, None], 小=pa.array([0.1, 3], pa.float32()),
        是=[True, False],
        日期=[date(2018, 3, 5), None], 时间=[datetime(2018, 3, 5, 14, 30), datetime(2018, 3, 6)],
        金额=[Decimal("1.50"), Decimal("2.00")], 类别=pa.array(["甲", "乙"]).dictionary_encode(),
        毫秒=pa.array([datetime(2018, 3, 5), None], pa.timestamp("ns")),
    )  # fmt: skip
    grid = only(path)
    assert grid.rows == [
        ["地区", "死亡人数", "损失", "小", "是", "日期", "时间", "金额", "类别", "毫秒"],
        ["中原区", "3", "12.5", "0.1", "TRUE", "2018-03-05", "2018-03-05T14:30:00", "1.5", "甲", "2018-03-05"],
        ["", "0", "", "3", "FALSE", "", "2018-03-06", "2", "乙", ""],
    ]
    assert grid.lines == [1, 2, 3]


def test_columns_of_personal_data_are_not_read_from_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    real = pq.ParquetFile.read
    monkeypatch.setattr(
        pq.ParquetFile, "read", lambda file, columns: asked.append(columns) or real(file, columns=columns)
    )
    grid = only(parquet(tmp_path / "her.parquet", 地区=["中原区"], 身份证号=["x"], 死者姓名=["y"], 死亡人数=[1]))
    assert asked == [["地区", "死亡人数"]]
    assert grid.rows == [["地区", "死亡人数"], ["中原区", "1"]]
    (note,) = grid.notes
    assert (note.kind, note.what) == ("column_dropped", "personal data, not read: 身份证号, 死者姓名")


def test_more_rows_than_fit_in_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 2)
    assert refused(parquet(tmp_path / "her.parquet", a=[1, 2, 3])) == [
        "her.parquet: the file holds more than 2 rows. "
        "Count it where it lies with zzlib.ledger.counts, or split the file."
    ]


def test_cells_of_parquet_that_are_tables_are_refused(tmp_path: Path) -> None:
    assert refused(parquet(tmp_path / "her.parquet", a=[[1], [2]], b=[b"x", b"y"], c=[1, 2])) == [
        "her.parquet: column 'a' holds lists, tables or bytes. Write one value into each cell.",
        "her.parquet: column 'b' holds lists, tables or bytes. Write one value into each cell.",
    ]


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "her.parquet", a=[1, 2, 3])
    path.write_bytes(path.read_bytes()[:-20])
    assert refused(path) == ["her.parquet: the Parquet file is damaged. Write the file again where it comes from."]


# ---- folders -------------------------------------------------------------------------------------------------------


def test_a_folder_gives_every_kind_of_table_and_nothing_that_only_lies_there(tmp_path: Path) -> None:
    data = ["a.csv", "b.TXT", "c.tsv", "d.xlsx", "e.xlsm", "f.xls", "g.parquet"]
    for name in [*data, "~$d.xlsx", ".hidden.csv", "d.xlsx.map.yaml", "read.me", "h.ods"]:
        (tmp_path / name).touch()
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in files.find([tmp_path], tmp_path)] == data
