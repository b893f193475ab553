"""A table is read where it lies: only what is wanted of it travels, nothing is written there, and nothing leaks."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import postgres
import psycopg
import pytest

from zzlib import sources
from zzlib.errors import DataError
from zzlib.language import Message, say
from zzlib.privacy import MASK

HOSTILE = 'x"; drop table ledger; --'
LEDGER = pd.DataFrame({
    "accident_id": ["A1", "A2"], "date": ["2018-03-05", "2018-04-01"], "industry": ["0610", "4700"],
    "deaths": [1.0, 3.0], "loss_10k_yuan": [80.5, None], "企业名称": ["甲公司", "乙公司"], "死者姓名": ["张三", "李四"],
    HOSTILE: ["1", "'; --"],
})  # fmt: skip
TYPES = dict.fromkeys(LEDGER.columns, "text") | {"deaths": "integer", "loss_10k_yuan": "numeric(12, 2)", "date": "date"}
KEPT = [column for column in LEDGER if column != "死者姓名"]


@pytest.fixture(scope="module")
def server() -> postgres.Server:
    found = postgres.server()
    with found.connected() as connection:
        connection.execute("create schema if not exists safety")
        connection.execute("create role clerk login password 'p@ss/w#rd:1'")
        connection.execute("grant usage on schema safety to clerk")
    found.keep("safety.ledger", LEDGER, TYPES)
    found.keep("secrets", LEDGER, TYPES)
    with found.connected() as connection:
        connection.execute("grant select on safety.ledger to clerk")
    return found


@pytest.fixture
def places(tmp_path: Path, server: postgres.Server) -> dict[str, str]:
    """The same table in every place."""
    LEDGER.to_csv(tmp_path / "utf8.csv", index=False)
    LEDGER.to_csv(tmp_path / "marked.csv", index=False, encoding="utf-8-sig")
    LEDGER.to_csv(tmp_path / "gb.csv", index=False, encoding="gb18030", lineterminator="\r\n")
    LEDGER.to_csv(tmp_path / "her[1]*.tsv", index=False, sep="\t")
    LEDGER.to_parquet(tmp_path / "l.parquet")
    (tmp_path / "parts").mkdir()
    for i in range(2):
        LEDGER.iloc[[i]].to_parquet(tmp_path / "parts" / f"{i}.parquet")
    with duckdb.connect(tmp_path / "l.duckdb") as connection:
        connection.register("x", LEDGER)
        connection.execute("create table ledger as from x")
        connection.unregister("x")
    with sqlite3.connect(tmp_path / "l.sqlite") as lite:
        LEDGER.to_sql("ledger", lite, index=False)
    lite.close()
    files = (
        "utf8.csv",
        "marked.csv",
        "gb.csv",
        "her[1]*.tsv",
        "l.parquet",
        "parts",
        "parts/*.parquet",
        "l.duckdb",
        "l.sqlite",
    )
    return {name: str(tmp_path / name) for name in files} | {
        "duckdb url": f"duckdb:///{tmp_path}/l.duckdb#ledger",
        "sqlite url": f"sqlite:///{tmp_path}/l.sqlite#ledger",
        "postgresql": f"{server.url_with_password}#safety.ledger",
    }


PLACES = (
    "utf8.csv", "marked.csv", "gb.csv", "her[1]*.tsv", "l.parquet", "parts", "parts/*.parquet", "l.duckdb", "l.sqlite",
    "duckdb url", "sqlite url", "postgresql",
)  # fmt: skip


def refused(source: str | Path, **options: Path) -> str:
    with pytest.raises(DataError) as refusal:
        sources.rows(sources.table(source, **options), source)
    assert refusal.value.__cause__ is None
    for fault in refusal.value.faults:
        for part in (fault.what, fault.remedy):
            assert not isinstance(part, Message) or not part.template.isascii() or say(part, "zh") != part
    return str(refusal.value)


@pytest.mark.parametrize("place", PLACES)
def test_a_table_is_the_same_in_every_place(place: str, places: dict[str, str]) -> None:
    found = sources.rows(sources.table(places[place]), places[place]).sort_values("accident_id", ignore_index=True)
    assert list(found.columns) == KEPT
    found["date"] = found["date"].astype(str).str[:10]
    found = found.astype({"deaths": float, "loss_10k_yuan": float})
    pd.testing.assert_frame_equal(found.astype(dict.fromkeys(KEPT[:3], "str")), LEDGER[KEPT], check_dtype=False)


@pytest.mark.parametrize("place", PLACES)
def test_a_table_read_whole_is_text_without_persons(place: str, places: dict[str, str]) -> None:
    (raw,) = sources.read(places[place])
    cells = raw.cells.sort_values("accident_id")
    assert list(cells.columns) == ["".join(name.split()) for name in KEPT]
    assert cells[["date", "industry", "deaths"]].to_numpy().tolist() == [
        ["2018-03-05", "0610", "1"], ["2018-04-01", "4700", "3"],
    ]  # fmt: skip
    assert cells["loss_10k_yuan"].str.rstrip("0").to_list() == ["80.5", ""]
    assert [str(note.what) for note in raw.notes] == ["column '死者姓名' was left out: names of persons"]
    assert raw.cells.index.to_list() == [1, 2]
    assert "张三" not in str(raw)


def test_a_place_in_a_database_is_named_by_its_table(server: postgres.Server) -> None:
    (raw,) = sources.read(f"{server.url_with_password}#safety.ledger")
    assert raw.sheet == "ledger"
    assert str(raw.place(2, "deaths")) == "postgres#safety.ledger, sheet 'ledger', row 2, column 'deaths'"
    assert server.password not in repr(raw)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("postgresql://me:pw@host:5432/db#t", "postgresql://host:5432/db#t"),
        ("postgresql://me:p@w@host/db#t", "postgresql://host/db#t"),
        ("postgresql://me@host/db?password=pw&sslmode=require#t", "postgresql://host/db#t"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("postgresql://me:pw#1@host/db", "postgresql://host/db"),
        ("data/ledger.csv", "data/ledger.csv"),
    ],
)
def test_an_address_is_shown_without_its_credentials(url: str, seen: str) -> None:
    assert sources.shown(url) == seen


def test_a_password_may_come_from_the_environment_or_the_address(
    server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://clerk@localhost:{server.port}/postgres#safety.ledger"
    monkeypatch.setenv("PGPASSWORD", "p@ss/w#rd:1")
    assert len(sources.read(url)[0].cells) == 2
    monkeypatch.delenv("PGPASSWORD")
    assert len(sources.read(url.replace("clerk", "clerk:p%40ss%2Fw%23rd%3A1"))[0].cells) == 2


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("clerk:wrong@localhost:{port}/postgres#safety.ledger", "the user or the password is not accepted"),
        ("clerk@localhost:{port}/postgres#safety.ledger", "the user or the password is not accepted"),
        ("clerk:p@ss/w#rd:1@localhost:{port}/postgres#safety.ledger", "the address cannot be understood"),
        ("postgres:{password}@localhost:{port}/nowhere#ledger", "there is no such database"),
        ("postgres:{password}@localhost:1/postgres#ledger", "the database cannot be reached"),
        ("postgres:{password}@localhost:port/postgres#ledger", "the address cannot be understood"),
        ("postgres:{password}@localhost:{port}/postgres#safety.leger", "Did you mean ledger?"),
        ("postgres:{password}@localhost:{port}/postgres#nowhere.ledger", "there is no table 'nowhere.ledger'"),
        ("postgres:{password}@[localhost/postgres#ledger", "the address cannot be understood"),
        ("postgres:{password}@nowhere.invalid/postgres#ledger", "the database cannot be reached"),
        ("clerk:p%40ss%2Fw%23rd%3A1@localhost:{port}/postgres#secrets", "there is no table 'secrets'"),
    ],
)
def test_a_database_that_cannot_be_read_is_refused_without_its_password(
    server: postgres.Server, monkeypatch: pytest.MonkeyPatch, address: str, words: str
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    told = refused("postgresql://" + address.format(port=server.port, password=server.password))
    assert words in told
    assert server.password not in told
    assert "wrong" not in told.replace("'wrong'", "")
    assert "ss/w" not in told


def test_a_right_that_is_taken_away_is_named(server: postgres.Server) -> None:
    url = f"postgresql://clerk:p%40ss%2Fw%23rd%3A1@localhost:{server.port}/postgres#safety.passing"
    server.keep("safety.passing", LEDGER, TYPES)
    with server.connected() as connection:
        connection.execute("grant select on safety.passing to clerk")
        table = sources.table(url)
        connection.execute("revoke select on safety.passing from clerk")
    with pytest.raises(DataError, match="the right to read is missing"):
        sources.rows(table, url)


def test_postgresql_is_only_read(server: postgres.Server) -> None:
    connection = sources.table(f"{server.url_with_password}#safety.ledger").get_backend().con
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("delete from safety.ledger")


def test_a_database_file_is_only_read(places: dict[str, str]) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        sources.table(places["sqlite url"]).get_backend().con.execute("delete from ledger")
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        sources.table(places["duckdb url"]).get_backend().con.execute("delete from ledger")


def test_a_database_with_several_tables_asks_for_one(tmp_path: Path, server: postgres.Server) -> None:
    path = tmp_path / "two.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create table ledger (deaths int); create table people (name text)")
    assert "Name one behind # in the address: ledger, people." in refused(path)
    assert "there is no table 'leger' in the database. Did you mean ledger?" in refused(f"duckdb:///{path}#leger")
    assert "several tables" in refused(path.as_uri().replace("file", "duckdb"))
    with sqlite3.connect(tmp_path / "none.sqlite") as lite:
        lite.execute("create table t (x)")
        lite.execute("drop table t")
    lite.close()
    assert "the database holds no table" in refused(tmp_path / "none.sqlite")


def test_a_table_name_cannot_carry_a_command(places: dict[str, str]) -> None:
    assert "there is no table 'ledger; drop table ledger'" in refused(places["sqlite url"] + "; drop table ledger")
    assert len(sources.read(places["sqlite url"])[0].cells) == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.csv", None, "there is no such file"),
        ("missing.duckdb", None, "there is no such file"),
        ("l.xlsx", b"PK\x03\x04", "'.xlsx' files are not read here"),
        ("l.parquet", b"PAR1 and nothing more", "l.parquet: cannot be read as a table"),
        ("l.sqlite", b"SQLite format 3\x00" + b"x" * 90, "l.sqlite: cannot be read as a table"),
        ("l.csv", b"area,area\n1,2\n", "column 'area' stands twice"),
        ("l.csv", b"\narea,deaths\n1,2\n", "the first line is blank"),
        ("l.csv", "area,deaths\n中原,1\n".encode("utf-16"), "neither UTF-8 nor GB18030"),
        ("l.csv", b"area,deaths\n\xff\xff,1\n", "neither UTF-8 nor GB18030"),
        ("l.csv", "area,deaths\n中原,1\n中原,三\n".encode(), "l.csv, row 3: the row does not fit the header"),
        ("l.csv", "area,deaths\n中原,1\n中原,1,2\n".encode(), "l.csv, row 3: the row does not fit the header"),
        ("l.csv", "area,deaths\n中原,1\n中原,三\n".encode("gb18030"), "l.csv, row 3: the row does not fit the header"),
        ("l.csv", "area,deaths\n中原,1\n中原,1,2\n".encode("gb18030"), "l.csv, row 3: the row does not fit the header"),
        ("l.csv", b"area,deaths\n" + b"4,1\n" * 9**6 + b"\xff\xff,1\n" + b"4,1\n" * 9**5, "neither UTF-8 nor GB18030"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert words in refused(tmp_path / name)


def test_a_refusal_never_quotes_a_row(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        (tmp_path / "l.csv").write_text("死者姓名,备注,deaths\n张三,李四,1人\n", encoding=encoding)
        told = refused(tmp_path / "l.csv")
        assert not {"张三", "李四", "1人"} & set(told.replace(",", " ").split())
        assert "张三" not in told
        assert "李四" not in told


def test_an_unknown_kind_of_database_is_refused() -> None:
    assert "Did you mean postgres, postgresql?" in refused("postgress://host/db#t")
    assert "'http' is no kind of database" in refused("http://me:pw@host/l.csv")
    assert "pw" not in refused("http://me:pw@host/l.csv")


def test_an_address_of_a_file_is_taken_from_the_root(places: dict[str, str], tmp_path: Path) -> None:
    for url in ("sqlite:///l.sqlite#ledger", "sqlite://l.sqlite", "duckdb:///l.duckdb"):
        assert sources.table(url, root=tmp_path).count().execute() == 2
    assert sources.table("utf8.csv", root=tmp_path).count().execute() == 2
    assert "there is no such file" in refused("duckdb:///nowhere.duckdb", root=tmp_path)
    assert not (tmp_path / "nowhere.duckdb").exists()


def test_personal_columns_of_a_file_in_gb18030_are_not_even_turned_into_text(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes("死者姓名,deaths,区县\n".encode("gb18030") + "张三,1,中原\n".encode("gb18030"))
    table = sources.table(tmp_path / "l.csv")
    plan = table.get_backend().con.sql(f"explain {table.compile()}").fetchall()
    assert "deaths" in str(plan)
    assert "死者姓名" not in str(plan)


def test_a_personal_column_in_disguise_is_left_out_and_numbers_in_text_are_hidden(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "l.db") as lite:
        lite.execute("create table ledger (memo text, summary text, deaths integer)")
        rows = [(f"1380013800{i}", f"经办人电话1390013900{i}", i) for i in range(5)]
        lite.executemany("insert into ledger values (?, ?, ?)", rows)
    lite.close()
    (raw,) = sources.read(tmp_path / "l.db")
    assert raw.cells["summary"].to_list() == [f"经办人电话{MASK}"] * 5
    assert "memo" not in raw.cells
    assert [note.kind for note in raw.notes] == ["column_dropped", "cells_masked"]
    assert "139001" not in repr(raw)


def test_a_table_too_large_to_read_is_counted_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many.parquet"
    duckdb.sql("select 1 as deaths from range(1000001)").write_parquet(str(path))
    with pytest.raises(DataError, match=r"1,000,001 rows, more than 1,000,000.*ledger\.counts"):
        sources.read(path)
    duckdb.sql("select 1 as deaths from range(0)").write_parquet(str(path))
    with pytest.raises(DataError, match="the table holds no rows"):
        sources.read(path)


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'zzlib[postgres]'" in refused("postgresql://me:pw@localhost/db")


def test_importing_it_loads_no_database() -> None:
    look = "import sys, zzlib.sources, zzlib.counting; print(*{'ibis', 'duckdb', 'psycopg'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", look], text=True).strip() == ""
