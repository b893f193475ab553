"""Any place that holds a table, as an Ibis table: the data stay where they are, and only what is asked for travels.

A place is a path (CSV, Parquet, a DuckDB or SQLite file) or an address such as postgresql://user@host/db#schema.table.
Connections only read. Personal columns are never selected. Nobody ever sees a password: messages show an address
without its credentials, and never the words of a driver, which may quote an address or a row.
"""

from __future__ import annotations

import codecs
import csv
import glob
import math
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, unquote

import pandas as pd

from zzlib import privacy
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.raw import Note, RawTable
from zzlib.schema import LEDGER, OBSERVATIONS

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend as DuckDB

Source: TypeAlias = "str | Path | ir.Table"

MOST_ROWS = 1_000_000  # that are read into memory; more are counted where they lie
# CSV tells no types: codes keep their zeros as text, and only what the schemas call a number is one.
_COLUMNS = {**OBSERVATIONS.columns, **LEDGER.columns}
NUMBERS = {name for name, column in _COLUMNS.items() if str(column.dtype) == "float64"}
_DELIMITERS = ",\t;|"
_SAMPLES, _SAMPLE = 16, 2**18  # places in a file, and bytes at each, that tell its encoding
_QUIET = {"autoinstall_known_extensions": False}  # DuckDB fetches nothing from the network


def is_url(text: str) -> bool:
    """Say whether a text is an address, such as sqlite:///her.db#ledger, and no path.

    >>> is_url("postgresql://host/db#ledger"), is_url("data/ledger.csv"), is_url("C:/ledger.csv")
    (True, False, False)
    """
    return re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", text) is not None


def shown(source: Source) -> str:
    """Return a place as it may be shown and kept: an address without user, password and options, else as it is.

    >>> shown("postgresql://me:secret@host:5432/db?password=secret#public.ledger")
    'postgresql://host:5432/db#public.ledger'
    """
    if not isinstance(source, str | Path):
        return str(getattr(source.op(), "name", "table"))
    if not is_url(str(source)):
        return str(source)
    scheme, _, rest = str(source).partition("://")
    rest = rest.rpartition("@")[2]  # a password may hold any sign, another @ too
    return f"{scheme}://{re.sub('[?][^#]*', '', rest)}"


def named(source: Source) -> str:
    """Return a place as errors name it: a file by its name, an address or a table as it is shown."""
    is_path = isinstance(source, str | Path) and not is_url(str(source))
    return Path(str(source)).name if is_path else shown(source)


def table(source: Source, *, root: Path | None = None) -> ir.Table:
    """Return the table at a place as an Ibis table, without its personal columns; an Ibis table is returned as it is.

    `source` is a path to a CSV file (UTF-8 or GB18030), to Parquet (file, folder or pattern) or to a database file, or
    an address: duckdb:///FILE#TABLE, sqlite:///FILE#TABLE, postgresql://USER@HOST/DATABASE#SCHEMA.TABLE with the
    password in it or in PGPASSWORD, or that of another database which Ibis connects to. Without #TABLE a database must
    hold one table only. A relative path is taken from `root`. Raises DataError when there is no such file, database or
    table, or it cannot be read.
    """
    found = _everything(source, root)
    left_out = [] if found is source else [name for name in found.columns if privacy.is_personal_heading(name)]
    return found.drop(*left_out) if left_out else found


def rows(expression: ir.Table, source: Source) -> pd.DataFrame:
    """Return what an Ibis expression gives, computed where the data live.

    Raises DataError, naming the place, when it cannot be computed there.
    """
    with _refusing(source):
        return pd.DataFrame(expression.to_pandas())


def read(source: str | Path, *, root: Path | None = None) -> list[RawTable]:
    """Return a database's table as one raw table of text cells, its rows numbered from 1.

    Personal columns are not selected, and numbers of persons inside text are hidden; notes say so. Raises DataError as
    `table` does, and when the table holds no rows, or more than a million.
    """
    found = _everything(source, root)
    with _refusing(source):
        number = int(found.count().to_pyarrow().as_py())
    if not 0 < number <= MOST_ROWS:
        raise DataError(_size(number, source))
    notes: list[Note] = []
    selected = {}
    for name in found.columns:
        why = privacy.personal(name, []) if privacy.is_personal_heading(name) else _odd(found[name])
        if why is not None:
            notes.append(_left_out(name, why))
        else:
            selected[name] = _plain(found[name])
    with _refusing(source):
        fetched = found.select(**{f"c{i}": value for i, value in enumerate(selected.values())}).to_pyarrow()
    cells: dict[str, pd.Series] = {}
    headings: dict[str, str] = {}
    for name, column in zip(selected, fetched.columns, strict=True):
        texts = pd.Series([_written(value) for value in column.to_pylist()], dtype="str", name=name)
        if (why := privacy.personal(name, texts.to_list())) is not None:
            notes.append(_left_out(name, why))
            continue
        heading = "".join(unicodedata.normalize("NFKC", name).split())
        heading = name if heading in cells else heading
        headings[heading] = name
        cells[heading], hidden = privacy.masked(texts)
        if hidden:
            text = "column '{column}': identity numbers or telephones were hidden in {cells} cells"
            notes.append(Note("cells_masked", Message(text, column=name, cells=hidden)))
    together = pd.DataFrame(cells, dtype="str").set_axis(pd.RangeIndex(1, number + 1, name="row"))
    sheet = str(found.op().name) if is_url(str(source)) else ""
    return [RawTable(Path(shown(source)), together, sheet=sheet, headings=headings, notes=tuple(notes))]


def _everything(source: Source, root: Path | None) -> ir.Table:
    """Return the table at a place with all its columns, of which nothing is read yet."""
    if not isinstance(source, str | Path):
        return source
    with _refusing(source):
        return _at_url(str(source), root) if is_url(str(source)) else _at_path(Path(root or "", source))


def _at_path(path: Path) -> ir.Table:
    import ibis

    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*.parquet") if not file.name.startswith((".", "_")))
    elif not path.exists() and glob.has_magic(str(path)):
        files = sorted(map(Path, glob.glob(str(path), recursive=True)))
    if not files:
        what = Message("the folder or pattern holds no Parquet file")
        raise DataError(Fault(what, where=str(path), remedy=Message("Name a CSV file, Parquet, or a database.")))
    if not files[0].exists():
        what = Message("there is no such file or folder")
        raise DataError(Fault(what, where=str(path), remedy=Message("Check the path given as data.")))
    with files[0].open("rb") as file:
        start = file.read(16)
    if start[8:12] == b"DUCK":
        return _in_database(ibis.duckdb.connect(path, read_only=True, **_QUIET), "", path.name)
    if start.startswith(b"SQLite format 3"):
        return _in_database(_sqlite(path), "", path.name)
    connection = ibis.duckdb.connect(**_QUIET)
    if start.startswith(b"PAR1"):
        return connection.read_parquet([_literally(file) for file in files])
    if len(files) > 1 or path.suffix.lower() not in (".csv", ".txt", ".tsv", ""):
        what = Message("'{suffix}' files are not read here", suffix=files[0].suffix)
        raise DataError(Fault(what, where=path.name, remedy=Message("Name a CSV file, Parquet, or a database.")))
    return _csv(path, connection)


def _at_url(url: str, root: Path | None) -> ir.Table:
    import ibis

    scheme, _, rest = url.partition("://")
    rest, _, name = rest.partition("#")
    name = unquote(name)
    if "@" in name or "#" in name:
        what = Message("the address cannot be understood")
        remedy = Message("In a password write @ as %40, # as %23, / as %2F and : as %3A.")
        raise DataError(Fault(what, where=f"{scheme}://", remedy=remedy))
    if scheme in ("duckdb", "sqlite"):
        path = _file(unquote(rest), root)
        if scheme == "sqlite":
            return _in_database(_sqlite(path), name, shown(url))
        return _in_database(ibis.duckdb.connect(path, read_only=True, **_QUIET), name, shown(url))
    if scheme in ("postgres", "postgresql"):
        return _in_database(_postgres(f"{scheme}://{rest}"), name, shown(url))
    known = sorted({entry.name for entry in ibis.util.backend_entry_points()})
    if scheme not in known:
        what = Message("'{scheme}' is no kind of database that is known", scheme=scheme)
        near = get_close_matches(scheme, [*known, "postgresql"], 3, 0.6) or ["duckdb", "postgresql", "sqlite"]
        raise DataError(Fault(what, where=shown(url), remedy=Message("Did you mean {names}?", names=near)))
    return _in_database(ibis.connect(f"{scheme}://{rest}"), name, shown(url))


def _file(text: str, root: Path | None) -> Path:
    """Return the file that an address names: after the third slash an absolute path, else one from the root."""
    path = Path(re.sub("^/+", "/", text))
    if not path.exists():
        path = Path(root or "", text.removeprefix("/"))
    if not path.is_file():
        what = Message("there is no such file or folder")
        raise DataError(Fault(what, where=str(path), remedy=Message("Check the path given as data.")))
    return path


def _sqlite(path: Path) -> Any:
    import ibis

    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
    return ibis.sqlite.from_connection(connection)


def _postgres(url: str) -> Any:
    try:
        import psycopg
    except ImportError:
        what = Message("PostgreSQL is not read without its driver")
        remedy = Message("Install it: pip install 'zzlib[postgres]'.")
        raise DataError(Fault(what, where=shown(url), remedy=remedy)) from None
    import ibis

    connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    connection.execute("set default_transaction_read_only = on")
    connection.execute("set datestyle = 'ISO, YMD'")
    return ibis.postgres.from_connection(connection)


def _in_database(backend: Any, name: str, place: str) -> ir.Table:
    """Return a database's table, or its only one; a point may part schema and table."""
    names = _names(backend)
    if not name and len(names) == 1:
        return backend.table(names[0])
    if not name:
        what = Message("the database holds several tables") if names else Message("the database holds no table")
        remedy = Message("Name one behind # in the address: {names}.", names=names) if names else ""
        raise DataError(Fault(what, where=place, remedy=remedy))
    if name in names:
        return backend.table(name)
    schema, _, inner = name.partition(".")
    within = _names(backend, schema) if inner else []
    if inner in within:
        return backend.table(inner, database=schema)
    what = Message("there is no table '{table}' in the database", table=name)
    near = get_close_matches(inner, within, 3, 0.5) or get_close_matches(name, names, 3, 0.5) or [*within, *names][:20]
    remedy = Message("Did you mean {names}?", names=near) if near else ""
    raise DataError(Fault(what, where=place.partition("#")[0], remedy=remedy))


def _names(backend: Any, schema: str = "") -> list[str]:
    """Return the names of a database's tables that may be read, of a schema or of the one that needs no name."""
    if backend.name == "duckdb":  # whose newer versions ibis cannot ask
        question = "select table_name from information_schema.tables where table_schema = coalesce(?, current_schema())"
        return sorted(name for (name,) in backend.con.execute(question, [schema or None]).fetchall())
    if schema and schema not in backend.list_databases():
        return []
    return sorted(backend.list_tables(database=schema or None))


def _csv(path: Path, connection: DuckDB) -> ir.Table:
    """Return a CSV file as a table: UTF-8 read by DuckDB, GB18030 streamed to it by Arrow, block by block."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        header = file.readline()
    delimiter = max(_DELIMITERS, key=re.sub('"[^"]*"', "", header).count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not any(names):
        what = (
            Message("column '{column}' stands twice", column=twice[0]) if twice else Message("the first line is blank")
        )
        raise DataError(Fault(what, where=path.name, remedy=Message("The first line must name every column once.")))
    if encoding == "gb18030":
        connection.con.register("csv", _arrow_csv(path, names, delimiter))
    else:
        types = {name: "DOUBLE" if name in NUMBERS else "VARCHAR" for name in names}
        relation: duckdb.DuckDBPyRelation = connection.con.read_csv(
            _literally(path), columns=types, header=True, auto_detect=False,
            sep=delimiter, quotechar='"', escapechar='"',
        )  # fmt: skip
        relation.create_view("csv")
    return connection.table("csv")


def _arrow_csv(path: Path, names: list[str], delimiter: str) -> Any:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.dataset

    schema = pa.schema({name: pa.float64() if name in NUMBERS else pa.string() for name in names})
    file_format = pa.dataset.CsvFileFormat(
        parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        read_options=pa.csv.ReadOptions(encoding="gb18030", column_names=names, skip_rows=1, block_size=2**22),
        convert_options=pa.csv.ConvertOptions(null_values=[""], strings_can_be_null=True, column_types=schema),
    )
    return pa.dataset.dataset(path, schema=schema, format=file_format)


def _encoding(path: Path) -> str:
    """Return utf-8-sig or gb18030, told by samples from the whole file. Raises DataError when it is neither."""
    size = path.stat().st_size
    possible = ["utf-8-sig", "gb18030"]
    with path.open("rb") as file:
        for place in range(0, max(size, 1), max(size // _SAMPLES, _SAMPLE)):
            file.seek(place)
            sample = file.read(_SAMPLE)
            if place:  # within a sign perhaps; no sign of either encoding ends with the byte of a line's end
                sample = sample[sample.find(b"\n") + 1 :]
            possible = [encoding for encoding in possible if _decodes(sample, encoding)]
    if not possible:
        raise DataError(Fault(_NEITHER, where=path.name, remedy=_AS_UTF8))
    return possible[0]


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)  # which waits for the rest of a last sign
    except UnicodeDecodeError:
        return False
    return True


def _literally(path: Path) -> str:
    """Return a path as a pattern that matches it alone."""
    return glob.escape(str(path))


def _odd(column: ir.Column) -> Message | None:
    """Return why a column cannot be a column of text cells, or None when it can."""
    kind = column.type()
    plain = (kind.is_string(), kind.is_numeric(), kind.is_boolean(), kind.is_temporal(), kind.is_uuid(), kind.is_null())
    return None if any(plain) else Message("it holds neither text nor numbers nor dates")


def _plain(column: ir.Column) -> ir.Column:
    kind = column.type()
    return column.cast("string") if kind.is_decimal() or kind.is_uuid() or kind.is_time() else column


def _written(value: object) -> str:
    """Return a value as a cell of a file is read: dates as ISO, whole numbers without a point, nothing as blank.

    >>> [_written(value) for value in (None, 3.0, 80.5, True, datetime(2018, 3, 5), datetime(2018, 3, 5, 14, 30))]
    ['', '3', '80.5', 'TRUE', '2018-03-05', '2018-03-05T14:30:00']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.replace(tzinfo=None).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip("\ufeff")


def _left_out(column: str, why: Message) -> Note:
    what = Message("column '{column}' was left out: {reason}", column=column, reason=why)
    return Note("column_dropped", what)


def _size(number: int, source: str | Path) -> Fault:
    """Return the fault of a table that has no rows, or too many to be read."""
    if not number:
        return Fault(Message("the table holds no rows"), where=named(source))
    what = Message("the table holds {rows} rows, more than {most}", rows=f"{number:,}", most=f"{MOST_ROWS:,}")
    remedy = Message("Count them where they lie: ledger.counts(source, by=['area', 'year']).")
    return Fault(what, where=named(source), remedy=remedy)


@contextmanager
def _refusing(source: Source) -> Iterator[None]:
    """Turn an error of a file or driver into a DataError that says what to do, without a word of theirs."""
    import duckdb
    import pyarrow
    from ibis.common.exceptions import IbisError

    try:
        yield
    except DataError:
        raise
    except Exception as error:
        known = (duckdb.Error, sqlite3.Error, pyarrow.ArrowException, IbisError, OSError, UnicodeError)
        if not isinstance(error, known) and not type(error).__module__.startswith("psycopg"):
            raise
        raise DataError(_fault(str(error), named(source))) from None


_NEITHER, _AS_UTF8 = Message("the text is neither UTF-8 nor GB18030"), Message("Save the table as CSV (UTF-8).")
_ROW = re.compile(r"CSV Error on Line: (\d+)|Row #(\d+)")
# What a driver's words mean, first match first, and what to do.
_SIGNS = (
    (r"nicode|codec can't decode|utf-8", _NEITHER, _AS_UTF8),
    (r"\bURI\b|invalid port|Servname", Message("the address cannot be understood"),
     Message("Write postgresql://USER@HOST:PORT/DATABASE#TABLE.")),
    (r"password|role .* does not exist", Message("the user or the password is not accepted"),
     Message("Name the user in the address and give the password in PGPASSWORD; @ in an address is written %40.")),
    (r"database .* does not exist", Message("there is no such database on the server"),
     Message("Correct its name in the address.")),
    (r"ermission denied", Message("the right to read is missing"), Message("Ask its owner for the right to read.")),
    (r"pg_hba", Message("the server does not accept this user from here"), Message("Ask the server's administrator.")),
    (r"set lock|is locked|different configuration", Message("another program is writing to the database"),
     Message("Close it there, or copy the file.")),
    (r"connect|resolve host|timeout", Message("the database cannot be reached"),
     Message("Check host, port and network in the address; the server must be running.")),
)  # fmt: skip


def _fault(words: str, where: str) -> Fault:
    """Return an error of a file or driver as a fault; of its own words only a line's number is passed on."""
    if row := _ROW.search(words):
        where = Message("{file}, row {row}", file=where, row=row[1] or row[2])
    for sign, what, remedy in _SIGNS:
        if re.search(sign, words):
            return Fault(what, where=where, remedy=remedy)
    if row:
        what = Message("the row does not fit the header: a number that is none, or more or fewer cells")
        return Fault(what, where=where, remedy=Message("Correct the row; 'zzlib check FILE' lists every such row."))
    remedy = Message("Check that it is what its name says and opens in its own program.")
    return Fault(Message("cannot be read as a table"), where=where, remedy=remedy)
