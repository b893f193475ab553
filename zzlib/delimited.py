"""Delimited text as a grid: which encoding it is in, and what parts its cells, told from the text or refused."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.raw import Grid, Note

DELIMITERS = (",", "\t", ";", "，")
BY_TABS = (".tsv", ".txt")  # what parts the cells of these where two delimiters fit alike
SAMPLE = 2**18  # characters or bytes that tell encoding and delimiter
LONGEST_CELL = 2**31 - 1  # what a C long holds everywhere; csv stops at 131,072 by itself
LOST = "\ufffd"  # what stands for a character that a program could not read
HINT = re.compile(r"sep=([,;\t，])\r?\n")  # a first line for Excel
DISTINCT = 6  # Chinese characters that text in a wrong encoding must have meant: fewer come by chance
RUN = re.compile(r"[^\x00-\x7f]{3,}")
LATIN = re.compile(rb"(?<![\x80-\xff])[\xc0-\xff](?=[A-Za-z])|(?<=[A-Za-z])[\xc0-\xff](?![\x80-\xff])")


def grid(content: bytes, path: Path) -> Grid:
    """Return delimited text as a grid: its rows as they lie, without what is blank at the right and at the end.

    Raises DataError when the text is in no encoding that is known for certain, when two delimiters fit it alike, and
    with the line when a quotation mark or a NUL character stands where none can.

    >>> grid("地区;人数\\n中原区;1,5\\n".encode("gb18030"), Path("her.csv")).rows
    [['地区', '人数'], ['中原区', '1,5']]
    """
    text = decoded(content, path)
    if "\0" in text:
        what = Message("a NUL character stands in the text")
        raise DataError(Fault(what, where=_place(path, _line(text, text.index("\0"))), remedy=_save_again()))
    rows, lines = _parsed(text, _delimiter(text[:SAMPLE], path, cut=len(text) > SAMPLE), path)
    if HINT.match(text):
        rows[0] = []
    return Grid(path, "", *trimmed(rows, lines), notes=_lost(text))


def first_row(content: bytes, path: Path, *, cut: bool) -> list[str]:
    """Return the first row that is not blank of text, or of its beginning where it is `cut`.

    Raises DataError as `grid` does.

    >>> first_row("\\n地区,人数\\n中原".encode()[:-1], Path("her.csv"), cut=True)
    ['地区', '人数']
    """
    if cut:  # no character is cut where a line ends, but in UTF-16, where the end itself may be
        content = content[: content.rfind(b"\n") + 1] or content
        content = content[: len(content) // 2 * 2] if content[:2] == b"\xff\xfe" else content
    text = decoded(content, path)
    delimiter = _delimiter(text, path, cut=cut)
    start = hint.end() if (hint := HINT.match(text)) else 0
    with _long_cells():
        rows = csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter)
        return next((row for row in rows if any(map(str.strip, row))), [])


def trimmed(rows: list[list[str]], lines: list[int]) -> tuple[list[list[str]], list[int]]:
    """Return rows and their lines without blank rows at the end; without blank columns at the right if all are as long.

    A row that is longer than others keeps even a blank cell: a stray delimiter may have moved what stands before it.

    >>> trimmed([["a", "b", ""], [], ["c", "", ""], ["", ""]], [1, 2, 3, 4])
    ([['a', 'b'], [], ['c', '']], [1, 2, 3])
    >>> trimmed([["a", "b"], ["c", "d", ""]], [1, 2])[0]
    [['a', 'b'], ['c', 'd', '']]
    """
    width = last = 0
    lengths = set()
    for number, row in enumerate(rows, 1):
        if any(map(str.strip, row)):
            last, end = number, len(row)
            lengths.add(end)
            while end > width and not row[end - 1].strip():
                end -= 1
            width = max(width, end)
    if len(lengths) != 1 or width in lengths:
        return rows[:last], lines[:last]
    return [row[:width] for row in rows[:last]], lines[:last]


def decoded(content: bytes, path: Path) -> str:
    """Return text in UTF-8, in UTF-16 with its mark, or in GB18030 (GBK, GB2312); raises DataError for any other.

    Text that only happens to decode is refused: damaged UTF-8, Big5, Western European text, and text that somebody
    saved after reading it in the wrong encoding.

    >>> decoded("郑州".encode("gbk"), Path("her.csv"))
    '郑州'
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return _unspoilt(content.decode("utf-16"), path)
        except UnicodeDecodeError:
            raise DataError(_neither(path)) from None
    try:
        return _unspoilt(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as fault:
        bad = fault.start
    if _looks_like_utf8(content[max(0, bad - SAMPLE) : bad + SAMPLE]):
        what = Message("the text is UTF-8, but damaged")
        where = _place(path, content.count(b"\n", 0, bad) + 1)
        raise DataError(Fault(what, where=where, remedy=_save_again()))
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise DataError(_neither(path)) from None
    if _looks_western(content[:SAMPLE]) or _looks_like_big5(content[:SAMPLE]):
        raise DataError(_neither(path))
    return _unspoilt(text, path)


def _looks_like_utf8(sample: bytes) -> bool:
    """Say whether most of what is not ASCII are whole UTF-8 characters of three bytes, as Chinese is."""
    high = len(re.findall(rb"[\x80-\xff]", sample))
    whole = len(re.findall(rb"[\xe2-\xef][\x80-\xbf]{2}", sample))
    return whole >= 4 and whole * 3 > 0.7 * high


def _looks_western(sample: bytes) -> bool:
    """Say whether every byte beyond ASCII stands alone beside a letter, as in Müller: Chinese comes in pairs."""
    high = len(re.findall(rb"[\x80-\xff]", sample))
    return high > 0 and len(LATIN.findall(sample)) == high


def _looks_like_big5(sample: bytes) -> bool:
    """Say whether the text is common in Big5, and rare where it would be GB18030."""
    end = len(sample)
    try:
        sample.decode("big5")
    except UnicodeDecodeError as fault:
        if fault.start < end - 2:  # a last character may be cut in two
            return False
    as_big5 = _pairs(sample, rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]")
    as_gb = _pairs(sample, rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]")
    return as_big5 > 0.9 and as_gb < 0.8


def _pairs(sample: bytes, common: bytes) -> float:
    """Return the share of two-byte characters that are of the common ones."""
    pairs = re.findall(rb"[\x81-\xfe][\x40-\xfe]", sample)
    return sum(re.fullmatch(common, pair) is not None for pair in pairs) / len(pairs) if len(pairs) > 8 else 0.0


def _unspoilt(text: str, path: Path) -> str:
    """Return the text, unless it is UTF-8 that was read as GBK or Western European and saved like that."""
    runs = list(RUN.finditer(text, 0, SAMPLE))
    for codec in ("gb18030", "cp1252"):
        meant = {run.start(): one for run in runs if (one := _meant(run[0], codec))}
        if len(meant) > 0.6 * len(runs) and len({*"".join(meant.values())}) >= DISTINCT:
            what = Message("the text was once read in a wrong encoding and saved like that")
            remedy = Message("Export the table again where it comes from, as UTF-8.")
            raise DataError(Fault(what, where=_place(path, _line(text, min(meant))), remedy=remedy))
    return text


def _meant(run: str, codec: str) -> str:
    """Return the Chinese that a run of characters was before somebody read it in an encoding, or nothing."""
    try:
        content = run.encode(codec)
        meant = content.decode("utf-8")
    except UnicodeEncodeError:
        return ""
    except UnicodeDecodeError as fault:  # the last character may have lost its end
        meant = content[: fault.start].decode("utf-8") if fault.reason == "unexpected end of data" else ""
    return "".join(re.findall("[\u4e00-\u9fff]", meant)) if meant != run else ""


def _lost(text: str) -> tuple[Note, ...]:
    """Return a doubt where characters were lost before the file was written, and their mark stands instead."""
    if LOST not in text:
        return ()
    what = Message(
        "characters lost before the file was saved: {count}, each now {mark}", count=text.count(LOST), mark=LOST
    )
    return (Note("unsure", what, _line(text, text.index(LOST))),)


class _Fit(NamedTuple):
    """How a delimiter parts a text: which share of records into `width` cells, where first, and which share between."""

    share: float
    width: int
    first: int
    unbroken: float

    def beats(self, other: "_Fit") -> bool:
        """Say whether more speaks for this: more records alike, more cells, an earlier first record, fewer gaps.

        Gaps weigh double. A header is parted by the right delimiter only: the commas of a title above it and of
        figures below it leave it whole between them.
        """
        pairs = [(self.share, other.share), (self.width, other.width), (other.first, self.first)]
        pairs += [(self.unbroken, other.unbroken)] * 2
        return sum((one > two) - (one < two) for one, two in pairs) > 0


def _delimiter(sample: str, path: Path, *, cut: bool) -> str:
    """Return what parts the cells. Raises DataError where two delimiters fit alike."""
    if hint := HINT.match(sample):
        return hint[1]
    fits = {delimiter: _fit(sample, delimiter, cut=cut) for delimiter in DELIMITERS}
    if len(sample.splitlines()) < 2:
        del fits["，"]  # one line is a sentence sooner than a table
    best = max(fit.share for fit in fits.values())
    likely = {delimiter: fit for delimiter, fit in fits.items() if fit.share > 0 and fit.share >= best / 2}
    if not likely:
        return ","
    for delimiter, fit in likely.items():
        if all(fit.beats(other) for other in likely.values() if other is not fit):
            return delimiter
    if path.suffix.lower() in BY_TABS and "\t" in likely:
        return "\t"
    one, other, *_ = (_shown(delimiter) for delimiter in likely)
    what = Message("the cells may be parted by '{one}' or by '{other}'", one=one, other=other)
    remedy = Message("Put text that holds either between double quotes, or save the table as xlsx.")
    raise DataError(Fault(what, where=path.name, remedy=remedy))


def _fit(sample: str, delimiter: str, *, cut: bool) -> _Fit:
    """Return how a delimiter parts a text into equally many cells, of two or more."""
    widths: list[int] = []
    try:
        with _long_cells():
            for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True):
                if any(map(str.strip, row)):
                    widths.append(len(row))
        if cut and len(widths) > 1:
            widths.pop()  # it may have been cut
    except csv.Error as fault:
        # A record that is no CSV speaks against the delimiter, unless the sample was cut inside it.
        widths += [] if cut and "unexpected end" in str(fault) else [0]
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return _Fit(0.0, 0, 0, 0.0)
    width = max(counts, key=lambda width: (counts[width], width))
    first, last = widths.index(width), len(widths) - widths[::-1].index(width)
    return _Fit(counts[width] / len(widths), width, first, counts[width] / (last - first))


def _parsed(text: str, delimiter: str, path: Path) -> tuple[list[list[str]], list[int]]:
    """Return the records and the line that each starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if '"' not in text:  # no record can go over its line
        with _long_cells():
            rows = list(reader)
        return rows, list(range(1, len(rows) + 1))
    rows, lines, start = [], [], 1
    try:
        with _long_cells():
            for row in reader:
                rows.append(row)
                lines.append(start)
                start = reader.line_num + 1
    except csv.Error as fault:
        what = Message("is not valid CSV ({reason})", reason=str(fault))
        remedy = Message("Double every quotation mark inside a quoted cell, and close the last one.")
        raise DataError(Fault(what, where=_place(path, start), remedy=remedy)) from None
    return rows, lines


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let csv read cells of any length for a while: the limit is one for the whole process."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _place(path: Path, row: int) -> Message:
    return Message("{file}, row {row}", file=path.name, row=row)


def _shown(delimiter: str) -> str:
    return "Tab" if delimiter == "\t" else delimiter


def _save_again() -> Message:
    return Message("Save the table as CSV (UTF-8).")


def _neither(path: Path) -> Fault:
    return Fault(Message("the text is neither UTF-8 nor GB18030"), where=path.name, remedy=_save_again())
