"""Every place counts alike: the same question gives the same table, to the last digit, and one row a group travels."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pandas as pd
import postgres
import pytest
from ibis.config import Config

from zzlib import counting, ledger, sources
from zzlib.counting import COUNTS, GRADES, GROUPS, MEASURES, counts, expression
from zzlib.errors import DataError, ParameterError
from zzlib.schema import LEDGER, columns

HOSTILE = 'x"; drop table ledger; --'
ROWS = 2_000
chance = np.random.default_rng(410100)


def records() -> pd.DataFrame:
    """Accidents as `ledger.records` gives them, some figures and codes unknown, one district's name hostile."""
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(chance.integers(0, 1400, ROWS), unit="D")
    return pd.DataFrame({
        "accident_id": [f"ZZ-{i:05d}" for i in range(ROWS)], "date": days.strftime("%Y-%m-%d"),
        "area": chance.choice(["410102", "410103", "巩义", "'; drop table ledger; --", ""], ROWS),
        "field": chance.choice(["coal_mine", "fire", "unknown", None], ROWS),
        "industry": chance.choice(["0610", "4700", "47", ""], ROWS), "kind": chance.choice(["05", "15"], ROWS),
        "deaths": chance.poisson(2, ROWS).astype(float),
        "serious_injuries": np.where(chance.random(ROWS) < 0.3, np.nan, chance.poisson(6, ROWS)),
        "loss_10k_yuan": np.where(chance.random(ROWS) < 0.3, np.nan, (chance.exponential(800, ROWS)).round(6)),
        "counted_from_2016": chance.choice(["yes", "no"], ROWS), "status": "preliminary", HOSTILE: "1",
        "死者姓名": "张三",
    })  # fmt: skip


RECORDS = records()
TEXTS = dict.fromkeys(RECORDS, "text")
NUMBERS = {"deaths": "integer", "serious_injuries": "double precision", "loss_10k_yuan": "numeric(16, 6)"}
PLACES = ("utf8.csv", "gb.csv", "l.parquet", "dates.parquet", "l.duckdb", "l.sqlite", "postgresql", "dates", "ibis")
QUESTIONS = [
    ("area", "field", "month"), ("industry", "kind", "status"), ("quarter", "grade"), ("division", "year"),
    ("counted_from_2016",),
]  # fmt: skip


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same accidents in every place, dates as text or as dates, numbers of many types."""
    folder: Path = tmp_path_factory.mktemp("places")
    dated = RECORDS.assign(date=pd.to_datetime(RECORDS["date"]).dt.date, deaths=RECORDS["deaths"].astype("int32"))
    RECORDS.to_csv(folder / "utf8.csv", index=False)
    RECORDS.to_csv(folder / "gb.csv", index=False, encoding="gb18030")
    RECORDS.to_parquet(folder / "l.parquet")
    dated.to_parquet(folder / "dates.parquet")
    with duckdb.connect(folder / "l.duckdb") as connection:
        connection.register("records", RECORDS)
        # NaN where pandas has it, as a researcher would write it from numpy.
        injuries = "coalesce(serious_injuries, 'nan'::double) as serious_injuries"
        loss = "loss_10k_yuan::decimal(16, 6) as loss_10k_yuan"
        connection.execute(f"create table ledger as select * replace ({injuries}, {loss}) from records")
    with sqlite3.connect(folder / "l.sqlite") as lite:
        RECORDS.to_sql("ledger", lite, index=False)
    lite.close()
    server = postgres.server()
    server.keep("ledger", RECORDS, TEXTS | NUMBERS)
    server.keep("dated_ledger", dated, TEXTS | NUMBERS | {"date": "timestamp", "loss_10k_yuan": "double precision"})
    files = {name: folder / name for name in PLACES if "." in name}
    return files | {
        "postgresql": f"{server.url_with_password}#ledger", "dates": f"{server.url_with_password}#dated_ledger",
        "ibis": ibis.memtable(RECORDS),
    }  # fmt: skip


def by_hand(by: tuple[str, ...], accidents: pd.DataFrame = RECORDS) -> pd.DataFrame:
    """What the counts are, by pandas and slowly; loss is added up in whole fen, as clerks do."""
    days = pd.to_datetime(accidents["date"])
    codes = accidents.fillna({"field": "unknown"}).replace("", "unknown")
    groups = codes.assign(
        division=codes["industry"].str[:2].replace("un", "unknown"), grade=ledger.grade(accidents),
        year=days.dt.strftime("%Y"), month=days.dt.strftime("%Y-%m"),
        quarter=[f"{day.year}-Q{day.quarter}" for day in days],
        fatal_accidents=(accidents["deaths"] > 0).astype(int), accidents=1,
        loss_10k_yuan=(accidents["loss_10k_yuan"] * 1e6).round(),
    )  # fmt: skip
    together = groups.groupby(list(by))[list(COUNTS)].sum(min_count=1).reset_index()
    together["loss_10k_yuan"] /= 1e6
    types = dict.fromkeys(by, "str") | {"accidents": "int64", "fatal_accidents": "int64"}
    return together.astype(types).sort_values(list(by), ignore_index=True)


@pytest.mark.parametrize("by", QUESTIONS, ids="-".join)
@pytest.mark.parametrize("place", PLACES)
def test_every_place_gives_the_same_table_to_the_last_digit(
    place: str, by: tuple[str, ...], places: dict[str, Any]
) -> None:
    pd.testing.assert_frame_equal(counts(places[place], by=by), by_hand(by), check_exact=True)


CONDITIONS: list[tuple[Any, Callable[[pd.DataFrame], Any]]] = [
    ({"field": ["coal_mine", "fire"], "year": "2016"},
     lambda r: r["field"].isin(["coal_mine", "fire"]) & r["date"].str.startswith("2016")),
    ({"field": ["unknown"]}, lambda r: r["field"].isna() | (r["field"] == "unknown")),
    ({"quarter": ["2016-Q1"], "grade": ["larger", "major"]},
     lambda r: r["date"].between("2016-01-01", "2016-03-31") & ledger.grade(r).isin(["larger", "major"])),
    ({"area": ["'; drop table ledger; --"]}, lambda r: r["area"] == "'; drop table ledger; --"),
    ({"division": ["06"], "counted_from_2016": ["yes"]},
     lambda r: r["industry"].str.startswith("06") & (r["counted_from_2016"] == "yes")),
    (lambda t: (t.deaths >= 2) & (t.kind == "05"), lambda r: (r["deaths"] >= 2) & (r["kind"] == "05")),
]  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS, ids=range(len(CONDITIONS)))
@pytest.mark.parametrize("place", PLACES)
def test_a_condition_keeps_the_same_records_everywhere(place: str, condition: Any, places: dict[str, Any]) -> None:
    where, kept = condition
    expected = by_hand(("area", "year"), RECORDS[kept(RECORDS)])
    assert len(expected)
    pd.testing.assert_frame_equal(counts(places[place], by=["area", "year"], where=where), expected, check_exact=True)


def test_no_record_left_is_an_empty_table_of_the_same_shape(places: dict[str, Any]) -> None:
    for place in PLACES:
        nothing = counts(places[place], by=["area"], where={"year": "1900"})
        assert nothing.dtypes.to_dict() == by_hand(("area",)).dtypes.to_dict()
        assert nothing.empty


def test_what_is_not_known_is_not_zero() -> None:
    known, unknown = {"deaths": 1.0, "serious_injuries": 2.0, "loss_10k_yuan": 3.5}, dict.fromkeys(MEASURES, None)
    rows = [{"area": "a"} | known, {"area": "a"} | unknown, {"area": "b"} | unknown]
    found = counts(ibis.memtable(pd.DataFrame(rows).astype(dict.fromkeys(MEASURES, float))), by=["area"])
    assert found[[*COUNTS]].fillna(-1).to_numpy().tolist() == [[2, 1, 1, 2, 3.5], [1, 0, -1, -1, -1]]


def test_one_row_a_group_leaves_the_server(places: dict[str, Any]) -> None:
    with postgres.server().connected() as connection:
        connection.execute("create extension if not exists pg_stat_statements")
        connection.execute("select pg_stat_statements_reset()")
        found = counts(places["postgresql"], by=["area", "field", "month"])
        asked = connection.execute(
            """select rows, query from pg_stat_statements
               where query ~* 'from[^;]*"ledger"' and query !~* 'pg_|information_schema'"""
        ).fetchall()
    assert [rows for rows, _ in asked] == [len(found)]
    assert len(found) < ROWS
    assert "死者姓名" not in asked[0][1]
    assert "GROUP BY" in asked[0][1]


@pytest.mark.parametrize("place", ["utf8.csv", "gb.csv", "l.parquet"])
def test_only_the_needed_columns_of_a_file_are_read(place: str, places: dict[str, Any]) -> None:
    table = sources.table(places[place])
    question = expression(table, by=["field", "year"])
    plan = str(table.get_backend().con.sql(f"explain {ibis.to_sql(question)}").fetchall())
    assert "deaths" in plan
    assert not [name for name in ("accident_id", "kind", "status", "死者姓名", HOSTILE) if name in plan]


class SparkOptions(Config):
    treat_nan_as_null: bool = False


@pytest.mark.parametrize("dialect", ["trino", "pyspark", "databricks"])
def test_the_same_expression_compiles_for_a_national_ledger(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if dialect == "pyspark":  # its options come with pyspark, which is not needed to write its SQL
        monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())
    types = {name: "float64" if name in MEASURES else "string" for name in columns(LEDGER)}
    national = ibis.table(types, name="ledger", database="safety")
    sql = str(ibis.to_sql(expression(national, by=list(GROUPS), where={"quarter": ["2018-Q1"]}), dialect=dialect))
    assert sql.upper().count("GROUP BY") == 2
    assert "2018-Q1" in sql
    assert "accident_id" not in sql.partition("GROUP BY")[0].partition("FROM")[0]


def test_other_names_are_told_once(places: dict[str, Any]) -> None:
    theirs = {"区县": "area", "发生日期": "date", "死亡": "deaths"}
    table = sources.table(places["l.parquet"]).rename(theirs)
    pd.testing.assert_frame_equal(
        counts(table, by=["area", "month"], columns=theirs), by_hand(("area", "month")), check_exact=True
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": ["aera"]}, "by: 'aera' is not known. Did you mean area?"),
        ({"by": []}, "by: nothing is named. Wanted: area, field"),
        ({"where": {"feild": ["fire"]}}, "where: 'feild' is not known. Did you mean field"),
        ({"where": {"field": ["fires"]}}, "field: 'fires' is not known. Did you mean fire"),
        ({"by": HOSTILE}, "is not known"),
    ],
)
def test_a_misspelt_question_is_refused_with_the_nearest(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        counts("never read.csv", **options)
    assert words in str(refusal.value)


def test_a_wrong_table_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "l.parquet"
    wrong = {"date": [20180305], "industry": [610], "deaths": ["3人"], "loss_10k_yuan": [1.0]}
    pd.DataFrame(wrong).to_parquet(path)
    with pytest.raises(DataError) as refusal:
        counts(path, by=["area", "industry", "month"])
    assert [str(fault.what) for fault in refusal.value.faults] == [
        "column 'area' is missing", "column 'serious_injuries' is missing", "column 'date' has the type int64",
        "column 'industry' has the type int64", "column 'deaths' has the type string",
    ]  # fmt: skip
    assert {str(fault.where) for fault in refusal.value.faults} == {"l.parquet"}


def test_a_table_that_cannot_be_renamed_so_is_refused(places: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="column 'nowhere' is missing"):
        counts(places["l.parquet"], columns={"nowhere": "area"})


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"date": "5.3.2018"}, "column 'date' holds '5.3.201'"),
        ({"date": "2018/03/05"}, "column 'date' holds '2018/03'"),
        ({"date": "2018-13-05"}, "column 'date' holds '2018-13'"),
        ({"deaths": 0.5}, "fractions of persons"),
    ],
)
def test_what_no_checked_ledger_holds_is_refused(cells: dict[str, Any], words: str) -> None:
    one = RECORDS.iloc[[0]].assign(**cells)
    for by in ("month", "quarter"):
        with pytest.raises(DataError) as refusal:
            counts(ibis.memtable(one), by=by)
        assert words in str(refusal.value)


def test_text_among_the_numbers_of_sqlite_is_no_zero(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "l.sqlite") as lite:
        RECORDS.head().to_sql("ledger", lite, index=False)
        lite.execute("update ledger set deaths = '3人' where accident_id = 'ZZ-00001'")
    lite.close()
    with pytest.raises(DataError, match="column 'deaths' holds text that is no number"):
        counts(tmp_path / "l.sqlite", by=["area"])


def test_a_date_that_gives_only_the_year_has_no_month() -> None:
    some = RECORDS.head(4).assign(date=["2018", "2018-03", "2018-03-05", None])
    assert counts(ibis.memtable(some), by="month")["month"].to_list() == ["2018-03", "unknown"]
    assert counts(ibis.memtable(some), by="year")["year"].to_list() == ["2018", "unknown"]
    assert counts(ibis.memtable(some), by="quarter")["quarter"].to_list() == ["2018-Q1", "unknown"]


def test_yes_and_no_may_be_kept_as_true_and_false() -> None:
    some = RECORDS.head(3).assign(counted_from_2016=pd.array([True, False, None], dtype="boolean"))
    found = counts(ibis.memtable(some), by="counted_from_2016")
    assert found["counted_from_2016"].to_list() == ["no", "unknown", "yes"]


def test_grades_are_those_of_the_ledger() -> None:
    assert GRADES == ledger.GRADES
    assert set(counting.CODES["grade"]) == {"ordinary", *ledger.GRADES}
