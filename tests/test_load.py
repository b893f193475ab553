"""Observations come in as they were published, or not at all: a cell that cannot be right is named with its remedy."""

import csv
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib import files, load
from zzlib.areas import read_areas
from zzlib.errors import DataError, Fault
from zzlib.language import say
from zzlib.raw import NOTES, Note, RawTable
from zzlib.schema import CHANGE_UNIT, MEASURES, STATUSES
from zzlib.schema import OBSERVATIONS as SHAPE

OBSERVATIONS = Path(__file__).parents[1] / "data" / "observations"
HEADER = ["area", "period", "measure", "value", "unit", "scope", "vintage", "status", "source", "note"]
SOUND = {
    "area": "410100", "period": "2018", "measure": "deaths", "value": "123", "unit": "persons", "scope": "from-2016",
    "vintage": "2019-02-28", "status": "published", "source": "市应急管理局", "note": "",
}  # fmt: skip
AREAS = read_areas()

Written = Callable[..., Path]


def lines(*rows: dict[str, str]) -> str:
    return "\n".join([",".join(HEADER), *(",".join(row[name] for name in HEADER) for row in rows)]) + "\n"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """`written(row, …)` is a table of rows as a file."""

    def written(*rows: dict[str, str], name: str = "deaths.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_text(lines(*rows), encoding=encoding)
        return path

    return written


def loaded(*paths: Path) -> pd.DataFrame:
    return load.observations([files.read(path) for path in paths], AREAS)


def refused(*paths: Path) -> list[str]:
    with pytest.raises(DataError) as refusal:
        loaded(*paths)
    return [str(fault) for fault in refusal.value.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_of_chinese_offices_say_the_same(written: Written, encoding: str) -> None:
    (row,) = loaded(written(SOUND, encoding=encoding)).to_dict("records")
    assert row == SOUND | {"value": 123.0, "file": "deaths.csv", "row": 2}


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deaths.csv").write_bytes(b"area,note\n410100,caf\xe9\n")
    (fault,) = refused(tmp_path / "deaths.csv")
    assert fault.startswith("deaths.csv")
    assert "UTF-8" in fault


def test_an_area_is_kept_by_its_code_whatever_it_was_called(written: Written) -> None:
    names = ["410102", "中原区", "郑州市中原区", "zhongyuan"]
    path = written(*(SOUND | {"area": name, "period": str(2015 + i)} for i, name in enumerate(names)))
    assert set(loaded(path)["area"]) == {"410102"}


@pytest.mark.parametrize(
    ("column", "text", "fault"),
    [
        ("value", "3人", "'3人' is not a number. Write 3, and the unit in its own column."),
        ("value", "1.2万", "'1.2万' is not a number. Give the number, or leave the whole row out"),
        ("value", "1_000", "'1_000' is not a number. Give the number, or leave the whole row out"),
        ("period", "9999-13", "'9999-13' cannot stand here. Wanted: a year (2018)"),
        ("value", "三", "'三' is not a number. Give the number, or leave the whole row out"),
        ("value", "", "the cell is empty. Give the number, or leave the whole row out: a missing value is no zero."),
        ("value", "nan", "'nan' is not a number."),
        ("value", "-3", "-3 is negative. Counts and exposures are zero or more; correct the figure."),
        ("value", "3.5", "3.5 is not a whole number. Counts are whole; give the count itself."),
        ("area", "中源区", "unknown area '中源区'. Did you mean 中原区 (410102)"),
        ("area", "xyz", "unknown area 'xyz'. Give a code of data/areas/areas.csv."),
        ("area", "", "unknown area ''. Give a code of data/areas/areas.csv."),
        ("status", "final", "'final' cannot stand here. Wanted: one of published, rounded, derived, preliminary,"),
        ("status", "Published", "'Published' cannot stand here. Wanted: one of published"),
        ("status", "", "'' cannot stand here. Wanted: one of published"),
        ("measure", "death", "'death' cannot stand here. Did you mean deaths?"),
        ("measure", "deaths_per_100k_worker", "cannot stand here. Did you mean deaths_per_100k_workers?"),
        ("period", "2018年末", "'2018年末' cannot stand here. Wanted: a year (2018), quarter (2018-Q1)"),
        ("period", "2018.1", "can be read in more than one way. Write the one that is meant: 2018-01, 2018-10."),
        ("vintage", "2018-12-30", "2018 had not ended when this was published (2018-12-30). Correct the period or"),
        ("value", "约100", "'约100' is not a number. Give the number, or leave the whole row out"),
        ("value", "100余", "'100余' is not a number. Give the number, or leave the whole row out"),
        ("value", "1 23", "'1 23' can be read in more than one way. Write the number without separators"),
        ("value", "12③", "'12③' is not a number."),
        ("value", "12%", "'12%' is not a number. Write 12, and the unit in its own column."),
        ("unit", "辆", "deaths is given in '辆'. Wanted is 'persons'; convert the figure and its unit."),
        ("unit", "", "deaths is given in ''. Wanted is 'persons'; convert the figure and its unit."),
        ("period", "2018-13", "'2018-13' cannot stand here. Wanted: a year (2018)"),
        ("period", "2015/2011", "'2015/2011' cannot stand here. Wanted: a year (2018)"),
        ("period", "", "'' cannot stand here. Wanted: a year (2018)"),
        ("vintage", "last spring", "'last spring' cannot stand here. Wanted: the day of publication (2019-02-28"),
        ("vintage", "2019-02-30", "'2019-02-30' cannot stand here. Wanted: the day of publication"),
    ],
)
def test_a_cell_that_cannot_be_right_is_one_fault_with_its_place_and_remedy(
    written: Written, column: str, text: str, fault: str
) -> None:
    (said,) = refused(written(SOUND | {"period": "2017"}, SOUND | {column: text}))
    assert said.startswith(f"deaths.csv, row 3, column '{column}': ")
    assert fault in said


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("value", "0"),
        ("value", "123.0"),
        ("vintage", ""),
        ("vintage", "2019-02"),
        ("period", "2018-Q1"),
        ("period", "2011/2015"),
        ("measure", "patents_granted"),
        ("scope", ""),
        ("vintage", "2018-12-31"),
    ],
)
def test_what_may_stand_there_does(written: Written, column: str, text: str) -> None:
    (row,) = loaded(written(SOUND | {column: text})).to_dict("records")
    assert row[column] == (float(text) if column == "value" else text)


@pytest.mark.parametrize(
    ("column", "text", "kept"),
    [
        ("value", " １２３ ", 123.0),
        ("value", "1,234,567", 1_234_567.0),
        ("value", "1 234", 1234.0),
        ("period", "２００５", "2005"),
        ("period", "2018年", "2018"),
        ("period", "2018年上半年", "2018-01/2018-06"),
        ("vintage", "2019年2月28日", "2019-02-28"),
        ("vintage", "2019年2月", "2019-02"),
        ("vintage", "2019年", "2019"),
        ("status", " published", "published"),
        ("unit", "人", "persons"),
    ],
)
def test_what_offices_write_is_read(written: Written, column: str, text: str, kept: float | str) -> None:
    (row,) = loaded(written(SOUND | {column: f'"{text}"'})).to_dict("records")
    assert row[column] == kept


def test_only_counts_have_to_be_whole(written: Written) -> None:
    exposure = {"measure": "gdp", "unit": "100 million yuan", "value": "10143.3"}
    assert loaded(written(SOUND | exposure))["value"].to_list() == [10143.3]


def test_every_fault_of_every_table_is_listed_at_once(written: Written) -> None:
    first = written(SOUND | {"value": "3人"}, SOUND | {"area": "中源区", "status": "?"}, name="first.csv")
    second = written(SOUND, SOUND | {"period": "soon"}, SOUND, name="second.csv")
    assert [said.partition(": ")[0] for said in refused(first, second)] == [
        "first.csv, row 2, column 'value'",
        "first.csv, row 3, column 'area'",
        "first.csv, row 3, column 'status'",
        "second.csv, row 3, column 'period'",
        "second.csv, row 4",
    ]


def test_a_repeated_row_is_refused_and_the_first_one_named(written: Written) -> None:
    path = written(SOUND, SOUND | {"period": "2017"}, SOUND | {"value": "124"})
    assert refused(path) == [
        "deaths.csv, row 4: the same measure of this area and period stands already in row 2. "
        "Keep one; a revision carries its own day of publication in 'vintage'."
    ]


def test_every_vintage_is_kept(written: Written) -> None:
    revised = SOUND | {"vintage": "2020-03-01", "value": "125"}
    undated = SOUND | {"vintage": "", "value": "120"}
    elsewhere = SOUND | {"source": "河南省统计局", "value": "124"}
    path = written(revised, SOUND, undated, elsewhere)
    assert Counter(loaded(path)["value"]) == Counter([123, 125, 120, 124])


def test_a_ragged_row_is_refused_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text(lines(SOUND, SOUND).replace("市应急管理局", "市应急管理局, 2019"), encoding="utf-8")
    assert refused(path) == [
        f"ragged.csv, row {row}: 11 cells, but the header has 10. Put text that holds a comma between double quotes."
        for row in (2, 3)
    ]


def test_a_row_is_named_by_its_line_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "spaced.csv"
    note = SOUND | {"note": '"one\ntwo, ""three"""', "period": "2017"}
    path.write_text(
        "\n" + lines(note).replace("\n410100", "\n\n,,,,,,,,,\n410100") + lines(SOUND).split("\n")[1], "utf-8"
    )
    table = loaded(path)
    assert table["row"].to_list() == [5, 7]
    assert table["note"].to_list() == ['one\ntwo, "three"', ""]


@pytest.mark.parametrize("column", load.REQUIRED)
def test_a_missing_column_is_refused_with_headings_for_it(tmp_path: Path, column: str) -> None:
    path = tmp_path / "narrow.csv"
    path.write_text(lines(SOUND).replace(f"{column},", "other,", 1), encoding="utf-8")
    (said,) = refused(path)
    assert said.startswith(
        f"narrow.csv: column '{column}' is missing. Add it under a heading that is understood, such as "
    )
    assert said.endswith(f", {column}.")


def test_the_day_of_publication_and_a_note_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text(f"{','.join(load.REQUIRED)}\n{','.join(SOUND[name] for name in load.REQUIRED)}\n", encoding="utf-8")
    (row,) = loaded(path).to_dict("records")
    assert (row["vintage"], row["note"]) == ("", "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "table.csv: the table holds no rows."),
        ("\n\n", "table.csv: the table holds no rows."),
        ("area,value\n", "table.csv: the table holds no rows."),
        ("area,value,area\n", "table.csv: column 'area' stands twice."),
        (
            'area,value\n"410100,3\n',
            "table.csv, row 2: is not valid CSV (unexpected end of data). "
            "Double every quotation mark inside a quoted cell, and close the last one.",
        ),
    ],
)
def test_a_file_that_holds_no_table_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    assert refused(path) == [fault]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (said,) = refused(tmp_path / "nowhere.csv")
    assert "nowhere.csv: the file cannot be read (No such file" in said


def test_every_path_that_gives_no_table_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "page.pdf").write_bytes(b"%PDF")
    with pytest.raises(DataError) as refusal:
        files.find(["nowhere", "empty", "page.pdf"], tmp_path)
    assert [str(fault) for fault in refusal.value.faults] == [
        f"{tmp_path / 'nowhere'}: there is no such file or folder. Check the path given as data.",
        f"{tmp_path / 'empty'}: the folder holds no table. Save tables as xlsx, CSV or Parquet.",
        f"{tmp_path / 'page.pdf'}: '.pdf' files are not read. Save tables as xlsx, CSV or Parquet.",
    ]


def test_a_folder_gives_its_tables_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "read.me"):
        (tmp_path / name).touch()
    found = files.find([".", "b.csv", tmp_path / "a.csv"], tmp_path)
    assert [path.name for path in found] == ["a.csv", "b.csv"]


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return loaded(*files.find([OBSERVATIONS], Path()))


def test_the_committed_observations_are_the_published_figures(committed: pd.DataFrame) -> None:
    published = [
        (*(row[name] for name in HEADER if name != "value"), float(row["value"]))
        for path in sorted(OBSERVATIONS.glob("*.csv"))
        for row in csv.DictReader(path.open(encoding="utf-8"))
    ]
    columns = [*(name for name in HEADER if name != "value"), "value"]
    assert len(published) == 146
    assert list(committed[columns].itertuples(index=False, name=None)) == published


def test_every_committed_figure_names_status_and_source_and_none_is_made_up(committed: pd.DataFrame) -> None:
    assert set(committed["status"]) <= set(STATUSES) - {"synthetic", "estimated"}
    assert (committed["source"] != "").all()
    assert (committed["unit"] == committed["measure"].map(MEASURES)).all()


@pytest.mark.parametrize(
    ("area", "period", "measure", "value"),
    [
        ("100000", "2005", "deaths", 127_000),
        ("100000", "2015", "deaths", 66_182),
        ("100000", "2004", "deaths_road", 107_077),
        ("410100", "2006/2010", "accidents", 16_250),
        ("410100", "2006/2010", "deaths", 1_929),
        ("410100", "2011/2015", "accidents", 8_178),
        ("410100", "2011/2015", "deaths", 750),
        ("410100", "2018", "coal_output", 19.37),
        ("410100", "2018", "deaths_coal", 0),
    ],
)
def test_a_figure_that_the_sources_print_is_there(
    committed: pd.DataFrame, area: str, period: str, measure: str, value: float
) -> None:
    rows = committed[(committed[["area", "period", "measure"]] == [area, period, measure]).all(axis=1)]
    assert value in rows["value"].to_list()


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=20).map(str.strip)
ROWS = st.lists(
    st.fixed_dictionaries({
        "area": st.sampled_from(AREAS["area"].to_list()),
        "period": st.sampled_from(["2015", "2018", "2018-Q4", "2018-12", "2018-12-31", "2011/2015"]),
        "measure": st.sampled_from(["gdp", "population", "coal_output", "deaths_per_10k_vehicles", "patents_granted"]),
        "scope": TEXT,
        "vintage": st.sampled_from(["", "2019", "2019-02", "2019-02-28"]),
        "value": st.integers(0, 10**9).map(float) | st.floats(0, 1e15, allow_nan=False),
        "unit": st.sampled_from(["pieces", "亿元"]),
        "status": st.sampled_from(STATUSES),
        "source": TEXT,
        "note": TEXT,
    }).map(lambda row: row | {"unit": MEASURES.get(row["measure"], row["unit"])}),
    min_size=1,
    max_size=6,
    unique_by=lambda row: tuple(row[name] for name in [*load.KEY, "source"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), st.permutations(HEADER))
def test_any_table_of_valid_rows_loads_equal_to_itself(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], encoding: str, header: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, header)
        table.writeheader()
        table.writerows(rows)
    assert loaded(path)[HEADER].to_dict("records") == [{name: row[name] for name in HEADER} for row in rows]


def raw(*rows: dict[str, str], **parts: object) -> RawTable:
    """Return rows as a table whose cells stand from line 2 on."""
    cells = pd.DataFrame([SOUND | row for row in rows], dtype=str).fillna("")
    cells.index = pd.RangeIndex(2, 2 + len(rows))
    return RawTable(Path("deaths.xlsx"), cells, **parts)  # type: ignore[arg-type]


def noted(*tables: RawTable) -> tuple[pd.DataFrame, list[Note]]:
    notes: list[Note] = []
    return load.observations(list(tables), AREAS, notes=notes), notes


class TestUnits:
    """A known measure stands in its own unit, converted where that is sure, and the conversion is told."""

    @pytest.mark.parametrize(
        ("measure", "unit", "text", "value"),
        [
            ("gdp", "万元", "12345", 1.2345),
            ("gdp", "亿元", "10143.3", 10143.3),
            ("gdp", "元", "3", 0.00000003),
            ("vehicles", "辆", "4901467", 490.1467),
            ("coal_output", "万吨", "1937", 19.37),
            ("coal_output", "万 吨", "1937", 19.37),
            ("population", "人", "9,720,000", 972.0),
            ("population", "千人", "3", 0.3),
            ("accidents", "起", "351", 351.0),
            ("deaths_per_10k_vehicles", "人/万车", "2.1", 2.1),
        ],
    )
    def test_a_figure_is_converted_as_a_reader_would_write_it(
        self, measure: str, unit: str, text: str, value: float
    ) -> None:
        found, notes = noted(raw({"measure": measure, "unit": unit, "value": text}))
        assert found[["value", "unit"]].to_numpy().tolist() == [[value, MEASURES[measure]]]
        told = [note.kind for note in notes]
        assert told == (["unit_converted"] if float(text.replace(",", "")) != value else [])

    def test_the_conversion_says_which_measure_and_by_what(self) -> None:
        _, (note,) = noted(
            raw({"measure": "gdp", "unit": "万元"}, {"measure": "gdp", "unit": "万元", "period": "2017"})
        )
        assert say(note.what, "zh") == "deaths.xlsx：地区生产总值由“万元”换算为“亿元”，乘以 0.0001"
        assert str(note.what).startswith("deaths.xlsx: ")

    def test_a_unit_of_another_quantity_is_refused_where_it_stands(self) -> None:
        with pytest.raises(DataError, match="row 2, column 'unit': gdp is given in '万人'"):
            load.observations([raw({"measure": "gdp", "unit": "万人"})], AREAS)

    def test_a_figure_is_never_converted_twice(self) -> None:
        mapped = raw({"measure": "gdp", "unit": "万元", "value": "12345"}, factors={"value": 1e-4})
        with pytest.raises(DataError, match="gdp is given in '万元'"):
            load.observations([mapped], AREAS)
        own = raw({"measure": "gdp", "unit": "100 million yuan", "value": "12345"}, factors={"value": 1e-4})
        assert load.observations([own], AREAS)["value"].to_list() == [1.2345]

    def test_a_wide_table_bears_its_factors_in_its_rows(self) -> None:
        rows = [{"measure": "gdp", "unit": "100 million yuan", "value": "12345", "factor": "0.0001"}, {"value": "7"}]
        assert load.observations([raw(*rows)], AREAS)["value"].to_list() == [1.2345, 7.0]


class TestWhatIsRefused:
    """Refused rows stand apart when asked for, and none is lost."""

    ROWS = ({}, {"period": "2017", "value": "3人"}, {"period": "soon", "area": "中源区"}, {"period": "2016"})

    def test_without_a_place_for_refused_rows_one_of_them_refuses_all(self) -> None:
        with pytest.raises(DataError) as refusal:
            load.observations([raw(*self.ROWS)], AREAS)
        assert len(refusal.value.faults) == 3

    def test_what_is_read_is_accepted_or_rejected(self) -> None:
        rejected: list[pd.DataFrame] = []
        found = load.observations([raw(*self.ROWS), raw({"period": "2015"})], AREAS, rejected=rejected)
        assert found["period"].to_list() == ["2018", "2016", "2015"]
        (refused,) = rejected
        assert refused[["file", "sheet", "row", "column", "period"]].to_numpy().tolist() == [
            ["deaths.xlsx", "", 3, "value", "2017"],
            ["deaths.xlsx", "", 4, "area, period", "soon"],
        ]
        assert "'3人' is not a number" in refused["what"].to_list()
        assert "“3人”不是数字" in [say(what, "zh") for what in refused["what"]]

    def test_a_repeated_row_is_rejected_and_the_first_kept(self) -> None:
        rejected: list[pd.DataFrame] = []
        found = load.observations([raw({}, {"value": "124"})], AREAS, rejected=rejected)
        assert (found["value"].to_list(), rejected[0]["row"].to_list()) == ([123.0], [3])

    def test_a_row_that_repeats_a_refused_one_stands(self) -> None:
        rejected: list[pd.DataFrame] = []
        found = load.observations([raw({"value": "x"}, {})], AREAS, rejected=rejected)
        assert (found["row"].to_list(), rejected[0]["row"].to_list()) == ([3], [2])

    def test_a_table_that_lacks_a_column_is_rejected_whole_and_the_others_go_on(self) -> None:
        narrow = RawTable(Path("narrow.csv"), raw({}, {"period": "2017"}).cells.drop(columns="status"))
        rejected: list[pd.DataFrame] = []
        found = load.observations([narrow, raw({})], AREAS, rejected=rejected)
        assert (len(found), len(rejected[0])) == (1, 2)
        assert set(rejected[0]["what"]) == {"column 'status' is missing"}

    def test_everything_refused_leaves_an_empty_table_of_the_right_shape(self) -> None:
        rejected: list[pd.DataFrame] = []
        found = load.observations([raw({"value": "x"})], AREAS, rejected=rejected)
        assert found.empty
        assert {*SHAPE.columns, "file", "row"} == {*found.columns}

    def test_a_cell_of_a_wide_table_is_refused_alone_under_its_heading(self) -> None:
        wide = raw({"period": "2016"}, {"period": "2017", "value": "x"}, {"period": "2018"})
        table = RawTable(
            wide.path, wide.cells.reset_index(drop=True), sheet="表1", headings={"area": "地区"},
            lines=pd.Series([5, 5, 5]), under=pd.Series(["2016年", "2017年", "2018年"]),
        )  # fmt: skip
        rejected: list[pd.DataFrame] = []
        found = load.observations([table], AREAS, rejected=rejected)
        assert found[["period", "row"]].to_numpy().tolist() == [["2016", 5], ["2018", 5]]
        assert rejected[0][["sheet", "row", "column", "value"]].to_numpy().tolist() == [["表1", 5, "2017年", "x"]]
        unknown = RawTable(**vars(table) | {"cells": table.cells.assign(area="中源区")})
        rejected = []
        assert load.observations([unknown], AREAS, rejected=rejected).empty
        assert set(rejected[0]["column"]) == {"地区"} | {"地区, 2017年"}

    def test_of_a_wide_line_only_the_figure_that_is_wrong_is_refused(self) -> None:
        def wide(*rows: dict[str, str]) -> RawTable:
            cells = raw(*rows).cells.reset_index(drop=True)
            headings = {"area": "地区", "vintage": "公布日期"}
            under = pd.Series([f"第{i}列" for i in range(len(rows))])
            return RawTable(Path("a.csv"), cells, headings=headings, lines=pd.Series([5] * len(rows)), under=under)

        rejected: list[pd.DataFrame] = []
        load.observations([wide({"period": "2018"}, {"period": "2019"})], AREAS, rejected=rejected)
        load.observations([wide({}, {"value": "7"}, {"period": "2017"})], AREAS, rejected=rejected)
        assert [refused["column"].to_list() for refused in rejected] == [["第1列"], ["第1列"]]
        with pytest.raises(DataError) as refusal:
            load.observations([wide({"area": "?"}, {"area": "?", "period": "2017"})], AREAS)
        assert [str(fault.where) for fault in refusal.value.faults] == ["a.csv, row 5, column '地区'"]

    def test_year_and_month_may_stand_in_two_columns(self) -> None:
        cells = raw({}, {}, {}).cells.drop(columns="period").assign(year="2018年", month=["3月", "", "13"])
        table = RawTable(Path("a.csv"), cells.iloc[:2])
        assert load.observations([table], AREAS)["period"].to_list() == ["2018-03", "2018"]
        with pytest.raises(DataError, match="row 4, column 'month': '13' cannot stand here"):
            load.observations([RawTable(Path("a.csv"), cells)], AREAS)


def sums(*figures: tuple[str, float], **parts: str) -> list[dict[str, str]]:
    return [{"period": period, "value": f"{value:g}", "vintage": "", **parts} for period, value in figures]


def months(found: pd.DataFrame, note: str = load.DIFFERENCED) -> dict[str, float]:
    return {row["period"]: row["value"] for _, row in found[found["note"] == note].iterrows()}


class TestSumsSinceJanuary:
    """1—7月累计 less 1—6月累计 is July, where both are known and nothing else could be meant."""

    def test_months_are_differences_and_the_sums_stay(self) -> None:
        found, notes = noted(raw(*sums(("2018年1月", 5), ("2018年1—2月", 9), ("2018年1—3月", 9), ("2018年上半年", 20))))
        assert months(found) == {"2018-02": 4, "2018-03": 0}
        assert len(found) == 6
        derived = found[found["note"] == load.DIFFERENCED]
        assert set(derived["status"]) == {"derived"}
        assert derived["row"].to_list() == [3, 4]
        told = [str(note.what).partition("2018: ")[2] for note in notes]
        assert told == [
            "2 months are differences of sums since January",
            "no sum from January to 2018-05; what lies across belongs to no single month",
        ]

    def test_the_year_gives_december(self) -> None:
        found, _ = noted(raw(*sums(("2018年1-11月累计", 437), ("2018", 442))))
        assert months(found) == {"2018-12": 5}

    def test_a_sum_that_fell_is_no_negative_month(self) -> None:
        found, notes = noted(raw(*sums(("2018年1-11月累计", 442), ("2018", 437))))
        assert months(found) == {}
        (note,) = (note for note in notes if "fell" in note.what)
        assert (note.kind, note.line) == ("unsure", 3)
        assert str(note.what) == (
            "deaths.xlsx: deaths, Zhengzhou, 2018: 2018-12 is not known, "
            "for the sum fell from 442 to 437: records were cancelled"
        )
        assert say(note.what, "zh").endswith("2018-12 不可得，原因是累计数由 442 降至 437：有记录被核销")

    def test_no_month_is_taken_from_a_difference_across_a_gap(self) -> None:
        found, notes = noted(raw(*sums(("2018年1-4月", 10), ("2018年1-7月", 25), ("2018年1-8月", 30))))
        assert months(found) == {"2018-08": 5}
        assert any("2018-03, 2018-06;" in note.what for note in notes)

    def test_sums_by_quarter_ask_for_no_months(self) -> None:
        quarters = sums(("2018年一季度", 10), ("2018年上半年", 25), ("2018年前三季度", 30), ("2018", 40))
        found, notes = noted(raw(*quarters))
        assert (len(found), notes) == (4, [])

    def test_decimals_are_taken_off_exactly(self) -> None:
        gdp = {"measure": "gdp", "unit": "亿元"}
        found, _ = noted(raw(*sums(("2018年1-4月", 0.3), ("2018年1-5月", 0.4), **gdp)))
        assert months(found) == {"2018-05": 0.1}

    @pytest.mark.parametrize(
        ("measure", "unit"),
        [
            ("vehicles", "10,000 vehicles"), ("population", "10,000 persons"), ("workers_industry", "10,000 persons"),
            ("deaths_per_10k_vehicles", "persons per 10,000 vehicles"), ("deaths_change", CHANGE_UNIT),
            ("employees", "persons"),
        ],
    )  # fmt: skip
    def test_stocks_rates_and_changes_do_not_add_up(self, measure: str, unit: str) -> None:
        figures = [(f"2018年1-{month}月", 100 + month) for month in range(2, 12)]
        found, notes = noted(raw(*sums(*figures, measure=measure, unit=unit)))
        assert (len(found), notes) == (10, [])

    @pytest.mark.parametrize(
        "other", [{"scope": "police"}, {"area": "中原区"}, {"source": "市公安局"}, {"measure": "deaths_road"}]
    )
    def test_only_figures_of_one_kind_are_taken_from_each_other(self, other: dict[str, str]) -> None:
        first, second = sums(("2018年1-4月", 10), ("2018年1-5月", 12))
        assert months(noted(raw(first, second))[0]) == {"2018-05": 2}
        assert months(noted(raw(first, second | other))[0]) == {}

    def test_bulletins_of_one_office_are_one_source(self) -> None:
        first, second = sums(("2018年1-4月", 10), ("2018年1-5月", 12))
        april = first | {"source": "郑州市安全生产月报（2018年4月）", "vintage": "2018-05-10"}
        may = second | {"source": "郑州市安全生产月报（2018年5月）", "vintage": "2018-06-10", "status": "preliminary"}
        found, _ = noted(raw(april, may))
        (row,) = found[found["note"] == load.DIFFERENCED].to_dict("records")
        assert (row["value"], row["vintage"], row["status"]) == (2, "2018-06-10", "preliminary")

    def test_a_sum_published_later_is_not_taken_off(self) -> None:
        april, may = sums(("2018年1-4月", 10), ("2018年1-5月", 12))
        found, notes = noted(raw(april | {"vintage": "2018-07-01"}, may | {"vintage": "2018-06-10"}))
        assert months(found) == {}
        assert any("published later" in note.what for note in notes)

    def test_the_sum_known_at_the_time_is_taken_off_and_not_its_revision(self) -> None:
        first, second = sums(("2018年1-4月", 10), ("2018年1-5月", 12))
        april = [first | {"vintage": "2018-05-10"}, first | {"vintage": "2019-01-10", "value": "9"}]
        assert months(noted(raw(*april, second | {"vintage": "2018-06-10"}))[0]) == {"2018-05": 2}
        assert months(noted(raw(*april, second | {"vintage": "2019-01-10"}))[0]) == {"2018-05": 3}

    def test_two_figures_for_the_sum_before_choose_no_month(self) -> None:
        first, second = sums(("2018年1-4月", 10), ("2018年1-5月", 12))
        april = [first | {"source": "月报4"}, first | {"source": "月报5", "value": "11"}]
        found, notes = noted(raw(*april, second | {"source": "月报6"}))
        assert months(found) == {}
        assert any("given as 10, 11" in note.what for note in notes)

    def test_a_month_that_is_published_is_not_derived_again(self) -> None:
        rows = sums(("2018年1-4月", 10), ("2018年1-5月", 12), ("2018-05", 2))
        assert months(noted(raw(*rows))[0]) == {}

    def test_a_lower_bound_is_taken_from_nothing(self) -> None:
        rows = sums(("2018年1-4月", 10), status="partial") + sums(("2018年1-5月", 12))
        assert months(noted(raw(*rows))[0]) == {}


class TestYearsFromTheirParts:
    """A year that nobody published is the sum of its months, when all of them are known."""

    MONTHS = tuple((f"2018-{month:02}", float(month)) for month in range(1, 13))
    PARTS = MappingProxyType({
        "months": MONTHS,
        "quarters": tuple((f"2018-Q{quarter}", 18.0 + quarter % 2 * 3) for quarter in range(1, 5)),
        "half-years": (("2018年上半年", 40), ("2018年下半年", 38)),
    })  # fmt: skip

    @pytest.mark.parametrize("parts", PARTS)
    def test_twelve_months_four_quarters_or_two_halves_make_the_year(self, parts: str) -> None:
        found, (note,) = noted(raw(*sums(*self.PARTS[parts])))
        (year,) = found[found["period"] == "2018"].to_dict("records")
        assert (year["value"], year["status"], year["note"]) == (78.0, "derived", load.SUMMED)
        assert note.kind == "differenced"

    def test_the_year_is_as_weak_as_its_weakest_month(self) -> None:
        rows = sums(*self.MONTHS)
        rows[3]["status"] = "estimated"
        found, _ = noted(raw(*rows))
        assert found.loc[found["period"] == "2018", "status"].to_list() == ["estimated"]

    @pytest.mark.parametrize("status", ["published", "preliminary"])
    def test_a_year_that_is_given_stays_as_it_is(self, status: str) -> None:
        year = sums(("2018", 80))[0] | {"status": status, "source": "年报", "vintage": "2019-03-01"}
        found, _ = noted(raw(*sums(*self.MONTHS), year))
        assert found.loc[found["period"] == "2018", "value"].to_list() == [80]

    def test_eleven_months_make_no_year_and_a_lower_bound_is_no_month(self) -> None:
        rows = sums(*self.MONTHS)
        assert (noted(raw(*rows[:11]))[0]["period"] != "2018").all()
        rows[3]["status"] = "partial"
        assert (noted(raw(*rows))[0]["period"] != "2018").all()

    @pytest.mark.parametrize("parts", [{"scope": "police"}, {"source": "市公安局"}, {"area": "中原区"}])
    def test_months_of_two_kinds_make_no_year(self, parts: dict[str, str]) -> None:
        rows = sums(*self.MONTHS)
        rows[3] |= parts
        assert (noted(raw(*rows))[0]["period"] != "2018").all()

    def test_exposures_are_not_added(self) -> None:
        rows = sums(*self.MONTHS, measure="coal_output", unit="million tonnes")
        assert (noted(raw(*rows))[0]["period"] != "2018").all()

    def test_the_year_is_known_when_its_last_month_is_and_again_when_one_is_revised(self) -> None:
        rows = sums(*self.MONTHS)
        for month, row in enumerate(rows, 2):
            row["vintage"] = f"2018-{month:02}-10" if month < 13 else "2019-01-10"
        revised = rows[0] | {"value": "3", "vintage": "2019-02-10"}
        found, _ = noted(raw(*rows, revised))
        years = found[found["period"] == "2018"]
        assert dict(zip(years["vintage"], years["value"], strict=True)) == {"2019-01-10": 78, "2019-02-10": 80}

    def test_two_figures_for_a_month_make_no_year(self) -> None:
        rows = sums(*self.MONTHS, source="月报1") + sums(("2018-03", 4), source="月报2")
        assert (noted(raw(*rows))[0]["period"] != "2018").all()


MONTHLY = st.lists(st.integers(0, 50), min_size=12, max_size=12)


@settings(max_examples=25, deadline=None)
@given(MONTHLY, st.permutations(range(12)))
def test_months_summed_and_taken_apart_again_are_the_months(figures: list[int], order: list[int]) -> None:
    totals = list(itertools.accumulate(figures))
    rows = sums(*((f"2018年1-{month + 1}月", totals[month]) for month in order))
    found, notes = noted(raw(*rows))
    assert months(found) == {f"2018-{month + 1:02}": figures[month] for month in range(1, 12)}
    assert {note.kind for note in notes} <= {"differenced"} <= set(NOTES)
    assert found.loc[found["period"] == "2018", "value"].to_list() == [totals[-1]]


ANY_ROW = st.fixed_dictionaries({name: st.text(max_size=8) | st.just(SOUND[name]) for name in HEADER})


@settings(max_examples=80, deadline=None)
@given(st.lists(ANY_ROW, min_size=1, max_size=4))
def test_any_table_is_accepted_or_refused_row_by_row_and_never_fails(rows: list[dict[str, str]]) -> None:
    rejected: list[pd.DataFrame] = []
    found = load.observations([raw(*rows)], AREAS, rejected=rejected)
    assert len(found) + sum(map(len, rejected)) == len(rows)
    if rejected:
        with pytest.raises(DataError) as refusal:
            load.observations([raw(*rows)], AREAS)
        assert all(isinstance(fault, Fault) for fault in refusal.value.faults)
