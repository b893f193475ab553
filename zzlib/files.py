"""Files as raw tables: every cell as text, every row remembering its file and line, nothing interpreted."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from zzlib.errors import DataError, Fault
from zzlib.language import Message


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file: `cells` is text, and its index is the line in the file (the header is line 1)."""

    path: Path
    cells: pd.DataFrame

    def place(self, line: int, column: str | None = None) -> Message:
        """Return where a cell stands, as an error names it."""
        if column is None:
            return Message("{file}, row {row}", file=self.path.name, row=line)
        return Message("{file}, row {row}, column '{column}'", file=self.path.name, row=line, column=column)


def find(paths: Sequence[str | Path], root: Path) -> list[Path]:
    """Return the data files at some paths, in order; of a folder its CSV files, sorted by name.

    A relative path is taken from `root`. Raises DataError for every path that does not exist or holds no CSV file.
    """
    found: list[Path] = []
    faults: list[Fault] = []
    for path in (root / Path(p) for p in paths):
        inside = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not path.exists():
            what = Message("there is no such file or folder")
            faults.append(Fault(what, where=str(path), remedy=Message("Check the path given as data.")))
        elif not inside:
            faults.append(
                Fault(Message("the folder holds no CSV file"), where=str(path), remedy=Message("Save tables as CSV."))
            )
        elif path.is_file() and path.suffix.lower() != ".csv":
            what = Message("'{suffix}' files are not read", suffix=path.suffix)
            faults.append(Fault(what, where=str(path), remedy=Message("Save the table as CSV (UTF-8).")))
        found += [file for file in inside if file not in found]
    if faults:
        raise DataError(faults)
    return found


def read(path: Path) -> RawTable:
    """Return a CSV file (UTF-8 with or without mark, or GB18030) as a raw table.

    Raises DataError listing every row whose number of cells differs from the header's.
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        what = Message("the file cannot be read ({reason})", reason=fault.strerror or "?")
        raise DataError(Fault(what, where=str(path))) from None
    reader = csv.reader(io.StringIO(_decode(content, path), newline=""), strict=True)
    faults: list[Fault] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    names: list[str] = []
    start = 1
    try:
        for cells in reader:
            if any(cells) and not names:
                names = [cell.strip() for cell in cells]
                faults += [
                    Fault(Message("column '{column}' stands twice", column=name), where=path.name)
                    for name in sorted({name for name in names if name and names.count(name) > 1})
                ]
            elif any(cells):
                if len(cells) != len(names):
                    where = Message("{file}, row {row}", file=path.name, row=start)
                    what = Message("{cells} cells, but the header has {header}", cells=len(cells), header=len(names))
                    remedy = Message("Put text that holds a comma between double quotes.")
                    faults.append(Fault(what, where=where, remedy=remedy))
                rows.append([cell.strip() for cell in cells])
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as fault:
        where = Message("{file}, row {row}", file=path.name, row=start)
        faults.append(Fault(Message("is not valid CSV ({reason})", reason=str(fault)), where=where))
    if not rows and not faults:
        faults.append(Fault(Message("the table holds no rows"), where=path.name))
    if faults:
        raise DataError(faults)
    return RawTable(path, pd.DataFrame(rows, columns=names, index=pd.Index(lines, name="row"), dtype=str))


def header(path: Path) -> list[str]:
    """Return the header of a CSV file, its first line that is not blank, without reading the rest.

    Raises DataError when the text is in neither of the encodings that `read` knows.
    """
    with path.open("rb") as file:
        for line in file:
            cells = next(csv.reader([_decode(line, path)]), [])
            if any(cell.strip() for cell in cells):
                return [cell.strip() for cell in cells]
    return []


def _decode(content: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    what = Message("the text is neither UTF-8 nor GB18030")
    raise DataError(Fault(what, where=path.name, remedy=Message("Save the table as CSV (UTF-8).")))
