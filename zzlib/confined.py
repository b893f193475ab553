"""Workbooks read in a process of their own, which may be stopped: a hostile one ends its reader, and nothing else.

`spreadsheets` starts this with the workbook as its input; columns of text, or the code of a refusal, go out marshalled.
calamine gives the values. What it passes over in silence is found beside it, in the sheets' own XML or records: cells
that hold an error, formulas that were never computed, a cell so far out that the sheet would fill the memory. Only the
standard library and calamine are imported, so that the process starts at once.
"""

import gc
import io
import marshal
import os
import posixpath
import re
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any, TypeAlias

from zzlib import biff
from zzlib.biff import NotReadError, Sheet

Range: TypeAlias = tuple[int, int, int, int]  # top, left, bottom, right, inclusive, from 0
Values: TypeAlias = tuple[str, Any, list[Range]]  # name, rows (None: too many cells), merged ranges

UNPACKED = 2**30  # bytes that a workbook may unpack to
RATIO, RATIO_FROM = 200, 20_000_000  # times its packed size, where a workbook unpacks to so many bytes
ANSWER = 2**30  # bytes of text that are handed on
MOST_CELLS = 20_000_000  # from A1 to the last row and column: a full sheet of 19 columns
SPARSE, SPARSE_FROM = 1_000, 500_000  # cells for one that is filled, where a sheet has so many
PARTING = "\x1f"  # between the cells of a column on their way to the program
WHOLE = 1e16  # from here a number has more digits than a workbook keeps


def main(*, values: bool, memory: int) -> None:
    """Read the workbook that the standard input is, and write what it holds, or why it is refused.

    Without `values` it is only looked through; `memory` is how many bytes this process may ask for.
    """
    gc.disable()  # nothing here can be collected before the end, and looking for it doubles the time
    _limit_memory(memory)
    try:
        answer = marshal.dumps(opened(sys.stdin.buffer.read(), values=values))
        if len(answer) > ANSWER:
            raise NotReadError("too_large")
    except NotReadError as refusal:
        answer = marshal.dumps({"refused": refusal.code, "values": refusal.values})
    except MemoryError:
        answer = marshal.dumps({"refused": "too_large", "values": {}})
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # the reader may still be at work on what was refused


def opened(content: bytes, *, values: bool = True) -> dict[str, Any]:
    """Return the visible sheets of a workbook, what is wrong in each, the sheets left aside, and if it has links.

    Without `values` nothing is read: where reading ended the process, this tells why. Raises NotReadError.
    """
    reader = _Reader(content) if values else None
    book = _Xls(content) if content.startswith(biff.OLE) else _Xlsx(content)
    looks = {index: book.look(index, every_cell=not values) for index in book.visible}
    if reader is None:
        if far := [index for index, look in looks.items() if _is_far(look)]:
            raise NotReadError("far", sheets=[_far(book, index) for index in far])
        raise NotReadError("stopped")
    sheets = reader.result()
    # A fault must be put on the sheet that it stands on: both accounts of the workbook have to agree.
    if [*sheets] != book.visible:
        raise NotReadError("unreadable", reason="sheets")
    if far := [index for index, (_, rows, _) in sheets.items() if rows is None or _is_sparse(rows)]:
        raise NotReadError("far", sheets=[_far(book, index) for index in far])
    found = [
        (name, *_packed(*_texts(rows, merged)), looks[index].errors, looks[index].uncomputed, looks[index].altered)
        for index, (name, rows, merged) in sheets.items()
    ]
    return {"sheets": found, "aside": reader.aside, "linked": book.linked}


def _limit_memory(memory: int) -> None:
    """Have the system refuse this process more memory, where the system can."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, ValueError, OSError):
        return


# ---- values --------------------------------------------------------------------------------------------------------


class _Reader:
    """calamine at work in a thread: it leaves Python's lock alone, so that the XML can be looked through meanwhile."""

    def __init__(self, content: bytes) -> None:
        self.sheets: dict[int, Values] = {}
        self.aside: list[str] = []
        self.fault: BaseException | None = None
        self.thread = threading.Thread(target=self._read, args=[content], daemon=True)
        self.thread.start()

    def _read(self, content: bytes) -> None:
        try:
            from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            for index, about in enumerate(book.sheets_metadata):
                if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
                    self.aside.append(about.name)
                    continue
                sheet = book.get_sheet_by_index(index)
                merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
                small = sheet.total_height * sheet.total_width <= MOST_CELLS
                self.sheets[index] = (about.name, sheet.to_python(skip_empty_area=False) if small else None, merged)
        except BaseException as fault:  # a panic of the Rust code is no Exception
            self.fault = fault

    def result(self) -> dict[int, Values]:
        """Return the visible sheets by their place in the workbook. Raises NotReadError where calamine gives up."""
        self.thread.join()
        if self.fault is not None:
            code = {"PasswordError": "password", "ZipError": "cut_short", "MemoryError": "too_large"}
            raise NotReadError(code.get(type(self.fault).__name__, "unreadable"), reason=str(self.fault)[:200])
        return self.sheets


def _is_sparse(rows: list[list[Any]]) -> bool:
    size = len(rows) * len(rows[0]) if rows else 0
    return size > SPARSE_FROM and sum(len(row) - row.count("") for row in rows) * SPARSE < size


def _texts(rows: list[list[Any]], merged: Sequence[Range]) -> tuple[list[list[str]], list[Range]]:
    """Return rows of values as columns of text, without what is blank at the right and at the end."""
    columns = [texts(column) for column in zip(*rows, strict=True)]
    while columns and not any(map(str.strip, columns[-1])):
        columns.pop()
    last = len(rows) if columns else 0
    while last and not any(column[last - 1].strip() for column in columns):
        last -= 1
    if last < len(rows):
        columns = [column[:last] for column in columns]
    inside = [(top, left, min(bottom, last - 1), min(right, len(columns) - 1)) for top, left, bottom, right in merged]
    return columns, [one for one in inside if one[0] <= one[2] and one[1] <= one[3] and one[:2] != one[2:]]


def _packed(columns: list[list[str]], merged: list[Range]) -> tuple[int, list[Any], list[Range]]:
    """Return columns each as one text, which goes to another process three times faster than its cells do."""
    height = len(columns[0]) if columns else 0
    joined = [PARTING.join(column) for column in columns]
    return (
        height,
        [one if one.count(PARTING) == height - 1 else column for one, column in zip(joined, columns, strict=True)],
        merged,
    )


def texts(column: Sequence[Any]) -> list[str]:
    """Return values as text; each distinct value is turned once, as most stand many times.

    >>> texts([3.0, 0.5, True, date(2018, 3, 5), datetime(2018, 3, 5, 14, 30), timedelta(hours=26), "3 "])
    ['3', '0.5', 'TRUE', '2018-03-05', '2018-03-05T14:30:00', '26:00:00', '3 ']
    """
    kinds = set(map(type, column))
    if kinds <= {str}:
        return list(column)
    if bool in kinds and kinds & {int, float}:  # True and 1 are one value to a dictionary
        return [SAID[type(value)](value) for value in column]
    said = {value: SAID[type(value)](value) for value in set(column)}
    return [said[value] for value in column]


def _number(value: float) -> str:
    return str(int(value)) if abs(value) < WHOLE and value.is_integer() else repr(value)


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


SAID: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _moment,
    time: time.isoformat,
    timedelta: _duration,
}


def alters(code: str) -> bool:
    """Say whether a number format shows another number than the one stored: per cent, thousands, ten thousands.

    >>> [alters(code) for code in ("0.0%", '0.00,"千元"', "0!.0000", '0"%"', "#,##0.00", "yyyy-mm-dd")]
    [True, True, True, False, False, False]
    """
    bare = re.sub(r'"[^"]*"|\[[^]]*]|_.|\*.', "", code)
    return "%" in re.sub(r"\\.", "", bare) or re.search(r"[0#?],+(?![0#?,])|[0#?][!\\]\.", bare) is not None


# ---- XLS -----------------------------------------------------------------------------------------------------------


class _Xls:
    """An XLS file beside its values: its sheets' names, which of them are visible, and what they hold."""

    def __init__(self, content: bytes) -> None:
        self.names, self.sheets, self.linked = biff.look(content, alters)
        self.visible = [*self.sheets]

    def look(self, index: int, *, every_cell: bool) -> Sheet:
        """Return what a sheet holds beside its values."""
        return self.sheets[index]


# ---- XLSX ----------------------------------------------------------------------------------------------------------

ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
FOREIGN = re.compile(rb"<!(?:DOCTYPE|\[CDATA)")


class _Xlsx:
    """An XLSX file beside its values: its sheets' names, which of them are visible, and what their XML holds."""

    def __init__(self, content: bytes) -> None:
        self.parts = parts = _Parts(content)
        book = parts.read("xl/workbook.xml")
        links = {one.get(b"Id"): one for one in _elements(parts.read("xl/_rels/workbook.xml.rels"), b"Relationship")}
        for name in ("xl/sharedStrings.xml", "xl/styles.xml"):  # calamine reads them: they must be what they say
            if name in parts:
                parts.read(name)
        self.marked = _altering(parts.read("xl/styles.xml")) if "xl/styles.xml" in parts else []
        self.unsure = any(one.get(b"fullCalcOnLoad") in (b"1", b"true") for one in _elements(book, b"calcPr"))
        self.linked = any(name.startswith("xl/externallinks/") for name in parts)
        self.names: list[str] = []
        self.targets: dict[int, str] = {}
        for index, sheet in enumerate(_elements(book, b"sheet")):
            self.names.append(unescape(sheet.get(b"name", b"").decode("utf-8", "replace")))
            link = links.get(next((value for name, value in sheet.items() if name.endswith(b":id")), b""), {})
            if sheet.get(b"state", b"visible") == b"visible" and link.get(b"Type", b"").endswith(b"/worksheet"):
                target = unescape(link.get(b"Target", b"").decode("utf-8", "replace"))
                self.targets[index] = posixpath.join("/xl", target)
        self.visible = [*self.targets]
        self.seen: dict[int, bytes] = {}

    def look(self, index: int, *, every_cell: bool) -> Sheet:
        """Return what a sheet's XML holds beside its values; cell by cell only where something is to be found."""
        if index not in self.seen:
            self.seen[index] = self.parts.read(self.targets[index])
        xml = self.seen[index]
        root = re.search(rb"<(?:(\w+):)?worksheet[\s>]", xml[: 2**16])
        prefix = (root[1] + b":") if root and root[1] else b""
        # Each pattern begins with plain letters: Python finds such in 50 MB in 30 ms, and others in half a second.
        patterns = [rb" t=[\"']e[\"']", rb"<" + prefix + rb"f[\s>/]"]
        if self.marked:
            patterns.append(rb" s=[\"'](?:" + b"|".join(self.marked) + rb")[\"']")
        if every_cell or any(re.search(pattern, xml) for pattern in patterns):
            return _every_cell(xml, prefix, {*self.marked}, self.unsure)
        return Sheet()


class _Parts:
    """The parts of a workbook by their names in small letters, checked before one is unpacked."""

    def __init__(self, content: bytes) -> None:
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise NotReadError("cut_short") from None
        entries = self.archive.infolist()
        self.entries = {self._name(entry.filename): entry for entry in entries}
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > UNPACKED or (unpacked > RATIO_FROM and unpacked > RATIO * len(content)):
            raise NotReadError("bomb", megabytes=unpacked // 2**20, times=unpacked // len(content))
        if len(self.entries) < len(entries):
            raise NotReadError("foreign")  # of two parts by one name, each reader takes another
        if any(entry.flag_bits & 1 for entry in entries):
            raise NotReadError("password")
        if "xl/workbook.xml" not in self.entries:
            raise NotReadError("binary" if "xl/workbook.bin" in self.entries else "not_a_workbook")

    @staticmethod
    def _name(name: str) -> str:
        return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()

    def __contains__(self, name: str) -> bool:
        return self._name(name) in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def read(self, name: str) -> bytes:
        """Return a part. Raises NotReadError when it is not there, not whole, or not as spreadsheet programs write."""
        entry = self.entries.get(self._name(name))
        if entry is None:
            raise NotReadError("cut_short")
        try:
            with self.archive.open(entry) as part:
                content = part.read(entry.file_size)  # never more than it says: that was checked
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError):
            raise NotReadError("cut_short") from None
        # No spreadsheet program writes these: entities, which may grow; text that calamine passes over; UTF-16.
        if FOREIGN.search(content) or b"\0" in content[:200]:
            raise NotReadError("foreign")
        return content


def _elements(xml: bytes, name: bytes) -> Iterator[dict[bytes, bytes]]:
    """Yield the attributes of each element of a name, whatever the prefix."""
    for element in re.finditer(rb"<(?:\w+:)?" + name + rb"(\s[^>]*)?>", xml):
        yield _attributes(element[1] or b"")


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in ATTRIBUTE.findall(text)}


def _altering(styles: bytes) -> list[bytes]:
    """Return the numbers of the cell styles whose format shows another number than the one stored."""
    formats = {one.get(b"numFmtId"): one.get(b"formatCode", b"") for one in _elements(styles, b"numFmt")}
    altering = {b"9", b"10"} | {
        key for key, code in formats.items() if alters(unescape(code.decode("utf-8", "replace")))
    }
    cells = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    kinds = enumerate(_elements(cells[0], b"xf")) if cells else ()
    return [b"%d" % index for index, kind in kinds if kind.get(b"numFmtId") in altering]


def _every_cell(xml: bytes, prefix: bytes, marked: set[bytes], unsure: bool) -> Sheet:
    found = Sheet()
    token = re.compile(
        rb"<PREFrow\b([^>]*)>|<PREFc\b([^>]*?)(?:/>|>([^<]*(?:<(?!/?PREFc[\s>/])[^<]*)*)</PREFc>)".replace(
            b"PREF", prefix
        )
    )
    value = re.compile(rb"<PREFv\b[^>]*?(?:/>|>([^<]*)<)".replace(b"PREF", prefix))
    formula = re.compile(rb"<PREFf[\s>/]".replace(b"PREF", prefix))
    row, column = -1, -1
    for one in token.finditer(xml):
        if one[1] is not None:
            number = _attributes(one[1]).get(b"r", b"")
            row, column = int(number) - 1 if number.isdigit() else row + 1, -1
            continue
        about = _attributes(one[2])
        place = re.fullmatch(rb"([A-Za-z]+)(\d+)", about.get(b"r", b""))
        row, column = (int(place[2]) - 1, _column(place[1])) if place else (max(row, 0), column + 1)
        body = one[3] or b""
        held = value.search(body)
        text = (held[1] or b"").strip() if held else b""
        kind = about.get(b"t", b"n")
        computed = formula.search(body) is not None
        if kind == b"e":
            found.errors.append((row, column, text.decode("ascii", "replace") if text.startswith(b"#") else "#?"))
        elif computed and (held is None or (not text and kind != b"str") or (unsure and text in (b"0", b"0.0"))):
            # Programs that do not compute store nothing, or a zero and the request to compute on opening.
            found.uncomputed.append((row, column))
        elif text and kind == b"n" and about.get(b"s") in marked:
            found.altered.append((row, column))
        if text or kind == b"inlineStr":
            found.fill(row, column)
    return found


def _column(letters: bytes) -> int:
    """Return the number of a column from 0.

    >>> _column(b"A"), _column(b"Z"), _column(b"XFD")
    (0, 25, 16383)
    """
    number = 0
    for letter in letters.upper()[:6]:
        number = number * 26 + letter - 64
    return number - 1


def _is_far(look: Sheet) -> bool:
    size = (look.last_row[0] + 1) * (look.last_column[1] + 1)
    return size > MOST_CELLS or (size > SPARSE_FROM and look.cells * SPARSE < size)


def _far(book: _Xls | _Xlsx, index: int) -> tuple[str, tuple[int, int], tuple[int, int], int]:
    look = book.look(index, every_cell=True)
    return book.names[index], look.last_row, look.last_column, look.cells
