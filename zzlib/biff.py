"""What a reader of XLS files passes over, from the file's own records: error cells, formulas that were never computed.

An XLS file is a small file system (OLE) that holds one stream of records (BIFF): a number, a length, the bytes. Only
the standard library is imported: `confined` runs in a process of its own, which has to start at once.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
# Records of a workbook, by their numbers in [MS-XLS].
LOCKED, SHEET, STYLE, COMPUTED, LINK, FORMAT = 0x2F, 0x85, 0xE0, 0x1C1, 0x1AE, 0x41E
FORMULA, END, NUMBERS, SHARED_TEXT, NUMBER, TEXT, ERROR, RK = 0x06, 0x0A, 0xBD, 0xFD, 0x203, 0x204, 0x205, 0x27E
STARTS = {0x09, 0x209, 0x409, 0x809}
CELLS = {FORMULA, NUMBERS, SHARED_TEXT, NUMBER, TEXT, ERROR, RK}
PERCENT = {9, 10}  # formats that every workbook knows without saying
NO_SECTOR = 0xFFFFFFFA  # this and above: the chain ends


class NotReadError(Exception):
    """A workbook that cannot be read: a `code` that `spreadsheets` turns into a sentence, and the values in it."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass
class Sheet:
    """What a sheet holds beside its values, by (row, column) from 0.

    `errors` and `uncomputed` formulas have no value; `altered` cells show another number than the one stored.
    `last_row` and `last_column` are the filled cells that stand lowest and farthest to the right.
    """

    errors: list[tuple[int, int, str]] = field(default_factory=list)
    uncomputed: list[tuple[int, int]] = field(default_factory=list)
    altered: list[tuple[int, int]] = field(default_factory=list)
    cells: int = 0
    last_row: tuple[int, int] = (0, 0)
    last_column: tuple[int, int] = (0, 0)

    def fill(self, row: int, column: int) -> None:
        """Count a filled cell."""
        self.cells += 1
        if row > self.last_row[0]:
            self.last_row = (row, column)
        if column > self.last_column[1]:
            self.last_column = (row, column)


def look(content: bytes, alters: Callable[[str], bool]) -> tuple[list[str], dict[int, Sheet], bool]:
    """Return the sheets' names, what the visible ones hold beside values, and whether the file links to others.

    `alters` says of a number format whether it shows another number than the one stored. Raises NotReadError for a
    file that is protected by a password, is cut short or is no workbook.
    """
    stream = _stream(content)
    names: list[str] = []
    starts: dict[int, int] = {}
    styles: list[int] = []
    formats: dict[int, str] = {}
    computed = linked = False
    for number, start, size in _records(stream, 0):
        if number == LOCKED:
            raise NotReadError("password")
        if number == SHEET:
            place, hidden, kind = struct.unpack_from("<IBB", stream, start)
            if not hidden & 3 and kind == 0:
                starts[len(names)] = place
            names.append(_text(stream[start + 7 : start + size]))
        elif number == STYLE:
            styles.append(struct.unpack_from("<H", stream, start + 2)[0])
        elif number == FORMAT and size > 5:
            code = stream[start + 4 : start + size]
            formats[struct.unpack_from("<H", stream, start)[0]] = _text(code)
        elif number == COMPUTED:
            computed = True
        elif number == LINK and size > 4:
            linked = True  # a link to the workbook itself has 4 bytes
    altering = PERCENT | {one for one, code in formats.items() if alters(code)}
    marked = {index for index, one in enumerate(styles) if one in altering}
    return names, {index: _sheet(stream, start, marked, computed) for index, start in starts.items()}, linked


def _text(content: bytes) -> str:
    """Return a text that begins with a byte saying how wide its letters are."""
    return content[1:].decode("utf-16-le" if content[:1] == b"\1" else "latin-1", "replace")


def _sheet(stream: bytes, start: int, marked: set[int], computed: bool) -> Sheet:
    found = Sheet()
    pair = struct.Struct("<HHH").unpack_from
    for number, at, size in _records(stream, start):
        if number not in CELLS or size < 6:
            continue
        row, column, style = pair(stream, at)
        found.fill(row, column)
        if number == NUMBERS:  # first column, then a style and a number of each, then the last column
            last = struct.unpack_from("<H", stream, at + size - 2)[0]
            found.fill(row, last)
            found.cells += last - column - 1
            kinds = enumerate(stream[at + 4 : at + size - 2 : 6], column)
            found.altered += [
                (row, one) for one, low in kinds if marked and _style(stream, at, one - column, low) in marked
            ]
        elif style in marked and number in (NUMBER, RK, FORMULA):
            found.altered.append((row, column))
        if number == ERROR and stream[at + 7]:
            found.errors.append((row, column, ERRORS.get(stream[at + 6], "#?")))
        elif number == FORMULA and size >= 16:
            result, flags = stream[at + 6 : at + 14], stream[at + 14]
            if result[6:] != b"\xff\xff":
                # Programs that do not compute store a zero, and ask for computing on opening.
                if flags & 2 and result == bytes(8):
                    found.uncomputed.append((row, column))
            elif result[0] == 2:
                found.errors.append((row, column, ERRORS.get(result[2], "#?")))
            elif result[0] == 3 and not computed:  # no text: true of a formula only where a program computed it
                found.uncomputed.append((row, column))
    return found


def _style(stream: bytes, at: int, index: int, low: int) -> int:
    return low | stream[at + 5 + 6 * index] << 8


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and size of the records of one part of the stream, without those of charts inside it."""
    position, depth, end = start, 0, len(stream)
    head = struct.Struct("<HH").unpack_from
    while position + 4 <= end:
        number, size = head(stream, position)
        position += 4
        if position + size > end:
            raise NotReadError("cut_short")
        if number in STARTS:
            depth += 1
        elif number == END:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield number, position, size
        elif depth == 0:
            raise NotReadError("not_a_workbook")
        position += size
    raise NotReadError("cut_short")


def _stream(content: bytes) -> bytes:
    """Return the stream of a workbook from its file system. Raises NotReadError where there is none, or a part."""
    try:
        return _found(content)
    except (struct.error, IndexError, ValueError):
        raise NotReadError("cut_short") from None


def _found(content: bytes) -> bytes:
    sector, small = 1 << (content[30] & 15), 1 << (content[32] & 15)
    first, limit, small_first = (struct.unpack_from("<I", content, at)[0] for at in (48, 56, 60))
    table = [one for one in struct.unpack_from("<109I", content, 76) if one < NO_SECTOR]
    more, seen = struct.unpack_from("<I", content, 68)[0], 0
    while more < NO_SECTOR and seen <= len(content) // sector:
        *part, more = struct.unpack_from(f"<{sector // 4}I", content, (more + 1) * sector)
        table += [one for one in part if one < NO_SECTOR]
        seen += 1
    nexts = [one for at in table for one in struct.unpack_from(f"<{sector // 4}I", content, (at + 1) * sector)]

    def chained(start: int, following: list[int], source: bytes, size: int, skip: int) -> bytes:
        parts: list[bytes] = []
        while start < NO_SECTOR and len(parts) <= len(following):
            parts.append(source[(start + skip) * size : (start + skip + 1) * size])
            start = following[start]
        return b"".join(parts)

    folder = chained(first, nexts, content, sector, 1)
    if not folder or len(folder) % sector:
        raise NotReadError("cut_short")
    entries: dict[str, tuple[int, int]] = {}
    for at in range(0, len(folder) - 127, 128):
        length = struct.unpack_from("<H", folder, at + 64)[0]
        name = folder[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        entries.setdefault(name.lower(), struct.unpack_from("<II", folder, at + 116))
    if "encryptedpackage" in entries:
        raise NotReadError("password")
    if "workbook" not in entries and "book" not in entries:
        raise NotReadError("not_a_workbook")
    start, size = entries.get("workbook") or entries["book"]
    if size >= limit:
        stream = chained(start, nexts, content, sector, 1)
    else:
        links = chained(small_first, nexts, content, sector, 1)
        inside = chained(entries["root entry"][0], nexts, content, sector, 1)
        stream = chained(start, list(struct.unpack(f"<{len(links) // 4}I", links)), inside, small, 0)
    if len(stream) < size:
        raise NotReadError("cut_short")
    return stream[:size]
