"""Files as grids: CSV, text, workbooks and Parquet, every cell as text and at its place, nothing interpreted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzlib import delimited, spreadsheets
from zzlib.biff import OLE
from zzlib.confined import texts
from zzlib.delimited import trimmed
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.raw import Grid, Note, RawTable

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = (".csv", ".txt", ".tsv")
WORKBOOKS = (".xlsx", ".xlsm", ".xls")
SUFFIXES = (*TEXTS, *WORKBOOKS, ".parquet")
MOST_BYTES = 2**30  # of text that is held in memory
MOST_ROWS = 2_000_000  # of a Parquet file that are
BEGINNING = 2**18  # bytes that show a header
AS_XLSX = Message("Open it in Excel or WPS and save it as xlsx.")


def find(paths: Sequence[str | Path], root: Path) -> list[Path]:
    """Return the data files at some paths, in order; of a folder all of them, sorted by name.

    A relative path is taken from `root`. Raises DataError for every path that does not exist, is a file of another
    kind, or is a folder without data.
    """
    found: list[Path] = []
    faults: list[Fault] = []
    for path in (root / Path(p) for p in paths):
        inside = sorted(filter(_is_data, path.iterdir())) if path.is_dir() else [path]
        save = Message("Save tables as xlsx, CSV or Parquet.")
        if not path.exists():
            what = Message("there is no such file or folder")
            faults.append(Fault(what, where=str(path), remedy=Message("Check the path given as data.")))
        elif not inside:
            faults.append(Fault(Message("the folder holds no table"), where=str(path), remedy=save))
        elif path.is_file() and path.suffix.lower() not in SUFFIXES:
            what = Message("'{suffix}' files are not read", suffix=path.suffix)
            faults.append(Fault(what, where=str(path), remedy=save))
        found += [file for file in inside if file not in found]
    if faults:
        raise DataError(faults)
    return found


def grids(path: Path) -> list[Grid]:
    """Return a file as grids: each visible sheet of a workbook is one, any other file is one without a sheet's name.

    What a file is, its content says: a workbook may be called .csv, and text may be called .xls. Raises DataError with
    every fault: see `delimited.grid` for text and `spreadsheets.grids` for workbooks; a Parquet file is refused when it
    is damaged, holds more rows than fit in memory, or cells that are tables themselves.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(BEGINNING)
        if start[:4] == b"PK\x03\x04" or start[:8] == OLE:
            return spreadsheets.grids(path)
        if start[:4] == b"PAR1":
            return [_parquet(path)]
        _refuse_what_is_no_text(start, path)
        if size > MOST_BYTES:
            raise DataError(_too_large(path, Message("the text holds more than {size} MB", size=MOST_BYTES // 2**20)))
        return [delimited.grid(path.read_bytes(), path)]
    except OSError as fault:
        what = Message("the file cannot be read ({reason})", reason=fault.strerror or "?")
        raise DataError(Fault(what, where=str(path))) from None


def header(path: Path) -> list[str]:
    """Return the first row of a file that is not blank, without reading the rest of text.

    Raises DataError when the text is in no known encoding, or as `grids` does.
    """
    with path.open("rb") as file:
        start = file.read(BEGINNING)
    if path.suffix.lower() in TEXTS:
        cells = delimited.first_row(start, path, cut=len(start) == BEGINNING)
    else:
        cells = next((row for grid in grids(path) for row in grid.rows if any(map(str.strip, row))), [])
    return [cell.strip() for cell in cells]


def read(path: Path) -> RawTable:
    """Return a file whose header is its first row that is not blank as a raw table.

    Raises DataError listing every row whose number of cells differs from the header's, a column that stands twice, and
    a file that holds no row, or tables on several sheets.
    """
    found = [grid for grid in grids(path) if grid.rows] or [Grid(path, "", [], [])]
    filled = [(line, row) for line, row in zip(found[0].lines, found[0].rows, strict=True)]
    filled = [(line, row) for line, row in filled if any(map(str.strip, row))]
    names = [cell.strip() for cell in filled[0][1]] if filled else []
    faults = [
        Fault(Message("column '{column}' stands twice", column=name), where=path.name)
        for name in sorted({name for name in names if name and names.count(name) > 1})
    ]
    for line, row in filled[1:]:
        if len(row) != len(names):
            where = Message("{file}, row {row}", file=path.name, row=line)
            what = Message("{cells} cells, but the header has {header}", cells=len(row), header=len(names))
            remedy = Message("Put text that holds a comma between double quotes.")
            faults.append(Fault(what, where=where, remedy=remedy))
    if len(found) > 1:
        what = Message("the workbook holds tables on {count} sheets", count=len(found))
        faults.append(Fault(what, where=path.name, remedy=Message("Save each sheet as a file of its own.")))
    if len(filled) < 2 and not faults:
        faults.append(Fault(Message("the table holds no rows"), where=path.name))
    if faults:
        raise DataError(faults)
    rows = [[cell.strip() for cell in row] for _, row in filled[1:]]
    index = pd.Index([line for line, _ in filled[1:]], name="row")
    return RawTable(path, pd.DataFrame(rows, columns=names, index=index, dtype=str), notes=found[0].notes)


def no_workbook(path: Path) -> Fault:
    """Return the fault of a file that bears the name of a workbook and is none."""
    return Fault(Message("the file is no workbook"), where=path.name, remedy=AS_XLSX)


def _is_data(path: Path) -> bool:
    """Say whether a file of a folder holds data: no hidden one, and none that says that another is open."""
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))


def _refuse_what_is_no_text(start: bytes, path: Path) -> None:
    """Refuse what often bears the name of a workbook or table: a web page, the XML of Excel 2003, or nothing known."""
    text = start[:4096].decode("utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "ignore")
    opening = text.lstrip("\xef\xbb\xbf \t\r\n").lower()
    if opening.startswith(("<!doctype html", "<html", "<head", "<body", "<table", "<meta", "<style", "mime-version:")):
        raise DataError(Fault(Message("the file is a web page, no workbook"), where=path.name, remedy=AS_XLSX))
    if opening.startswith(("<?xml", "<workbook")):
        raise DataError(Fault(Message("the file is XML, no workbook"), where=path.name, remedy=AS_XLSX))
    if path.suffix.lower() not in TEXTS and (not start or "\0" in text):
        raise DataError(no_workbook(path))


def _too_large(path: Path, what: Message) -> Fault:
    remedy = Message("Count it where it lies with zzlib.ledger.counts, or split the file.")
    return Fault(what, where=path.name, remedy=remedy)


def _parquet(path: Path) -> Grid:
    """Return a Parquet file as a grid whose first row are the names; columns of personal data are not even read."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    from zzlib.privacy import is_personal_heading

    try:
        with ParquetFile(path) as file:
            about, schema = file.metadata, file.schema_arrow
            unpacked = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
            if about.num_rows > MOST_ROWS or unpacked > 2 * MOST_BYTES:
                raise DataError(_too_large(path, Message("the file holds more than {rows} rows", rows=MOST_ROWS)))
            dropped = [name for name in schema.names if is_personal_heading(name)]
            kept = [field for field in schema if field.name not in dropped]
            _refuse_what_is_no_cell(kept, path)
            table = file.read(columns=[field.name for field in kept])
    except pa.ArrowException:
        again = Message("Write the file again where it comes from.")
        raise DataError(Fault(Message("the Parquet file is damaged"), where=path.name, remedy=again)) from None
    columns = [[field.name, *_texts(table.column(index))] for index, field in enumerate(kept)]
    rows = list(map(list, zip(*columns, strict=True)))
    what = Message("personal data, not read: {columns}", columns=dropped)
    notes = (Note("column_dropped", what),) if dropped else ()
    return Grid(path, "", *trimmed(rows, list(range(1, len(rows) + 1))), notes=notes)


def _refuse_what_is_no_cell(fields: Sequence[pa.Field], path: Path) -> None:
    """Refuse columns whose cells are lists, tables or bytes: they have no text that all agree on."""
    from pyarrow import types

    whole = (types.is_nested, types.is_binary, types.is_large_binary, types.is_fixed_size_binary)
    faults = [
        Fault(
            Message("column '{column}' holds lists, tables or bytes", column=field.name),
            where=path.name,
            remedy=Message("Write one value into each cell."),
        )
        for field in fields
        if any(kind(field.type) for kind in whole)
    ]
    if faults:
        raise DataError(faults)


def _texts(column: pa.ChunkedArray) -> list[str]:
    """Return a column as text; each distinct value is turned once."""
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_float16(column.type) or types.is_float32(column.type):
        shortest = column.cast("string").to_pylist()  # 0.1 of half the digits is 0.1, not 0.10000000149
        return texts(["" if one is None else float(one) for one in shortest])
    if types.is_timestamp(column.type) and column.type.unit == "ns":
        import pyarrow as pa

        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    distinct = column.combine_chunks().dictionary_encode()
    said = ["", *texts([_plain(value) for value in distinct.dictionary.to_pylist()])]
    return [said[index + 1] for index in distinct.indices.fill_null(-1).to_pylist()]


def _plain(value: Any) -> Any:
    """Return what a workbook's cell would hold for a value."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        return value.date()
    return value
