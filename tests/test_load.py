"""Observations come in as they were published, or not at all: a cell that cannot be right is named with its remedy."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib import files, load
from zzlib.areas import read_areas
from zzlib.errors import DataError
from zzlib.schema import MEASURES, STATUSES

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


def test_text_in_another_encoding_is_refused(written: Written) -> None:
    assert refused(written(SOUND, encoding="utf-16")) == [
        "deaths.csv: the text is neither UTF-8 nor GB18030. Save the table as CSV (UTF-8)."
    ]


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
        ("period", "２００５", "'２００５' cannot stand here. Wanted: a year (2018)"),
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
        ("period", "2018年", "'2018年' cannot stand here. Wanted: a year (2018), quarter (2018-Q1)"),
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
    ],
)
def test_what_may_stand_there_does(written: Written, column: str, text: str) -> None:
    (row,) = loaded(written(SOUND | {column: text})).to_dict("records")
    assert row[column] == (float(text) if column == "value" else text)


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
def test_a_missing_column_is_refused_with_the_columns_needed(tmp_path: Path, column: str) -> None:
    path = tmp_path / "narrow.csv"
    path.write_text(lines(SOUND).replace(f"{column},", "other,", 1), encoding="utf-8")
    (said,) = refused(path)
    assert said.startswith(f"narrow.csv: column '{column}' is missing. The table needs the columns area, period, ")


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
        ('area,value\n"410100,3\n', "table.csv, row 2: is not valid CSV (unexpected end of data)."),
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
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError) as refusal:
        files.find(["nowhere", "empty", "book.xlsx"], tmp_path)
    assert [str(fault) for fault in refusal.value.faults] == [
        f"{tmp_path / 'nowhere'}: there is no such file or folder. Check the path given as data.",
        f"{tmp_path / 'empty'}: the folder holds no CSV file. Save tables as CSV.",
        f"{tmp_path / 'book.xlsx'}: '.xlsx' files are not read. Save the table as CSV (UTF-8).",
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
        "measure": st.sampled_from([*MEASURES, "patents_granted"]),
        "scope": TEXT,
        "vintage": st.sampled_from(["", "2019", "2019-02", "2019-02-28"]),
        "value": st.integers(0, 10**9).map(float) | st.floats(0, 1e15, allow_nan=False),
        "unit": st.sampled_from(["100 million yuan", "10,000 persons", "亿元"]),
        "status": st.sampled_from(STATUSES),
        "source": TEXT,
        "note": TEXT,
    }),
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
