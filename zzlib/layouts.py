"""Tables found on a sheet as it lies: its header over one to three rows, its rows, and what stands around them.

A heading must stand above every column that holds something; that is how the header is found, whatever its words are.
Words that `headings` knows settle what the shape leaves open. Lines of text go to the caption, totals are set aside and
compared with their parts, personal columns never enter a table, and what stood in a cell never vanishes without a note.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pandas as pd

from zzlib import headings, privacy
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.raw import Grid, Note, RawTable

Knows: TypeAlias = Callable[[str], bool]
Range: TypeAlias = tuple[int, int, int, int]  # top, left, bottom, right, inclusive

DEEPEST = 3  # rows that one header may stand over
LOOK = 20  # rows below a header that show what its columns hold
_MORE_UNITS = ("户", "家", "个", "处", "所", "天", "小时", "公里", "平方米", "‰")  # that `headings` does not convert

_NUMBER = re.compile(r"[+\-−－]?(\d[\d,，\s]*([.．]\d*)?|[.．]\d+)\s*[%％‰]?")
_YEAR = re.compile(r"(19|20)\d\d(年度?)?")
_DAY = re.compile(r"\d{4}([-./])\d{1,2}\1\d{1,2}(T.*)?|\d{4}年\d{1,2}月\d{1,2}日")
_NO_FIGURE = re.compile(r"[-—－–―─…./／·*×]*|无|空|缺|不详|未知|n/?a|nan|null|none", re.IGNORECASE)
# What a line says about a table rather than in it: 填报单位：…, 截至2018年3月, 表1, （万元）.
_LABELLED = re.compile(r"(?!其\s*中)[^\d:：][^:：]{0,11}[:：].*", re.DOTALL)
_ABOUT = re.compile(
    r"[（(]?\s*(截[至止]|续\s*表|附?表\s*[\d一二三四五六七八九十]|附件|第\s*\d+\s*页|共\s*\d+\s*页|单位\s|统计(时间|期间)).*",
    re.DOTALL,
)
_PERIOD = re.compile(r"[（(]?\d{4}\s*[年.\-/][\s\d一二三四上下半年季度月日至到.\-—–~累计]*[)）]?")
_FOOT = re.compile(
    r"[（(\[【]?\s*(\*|※|★|注\s*\d*\s*[:：、.．]|(备|附)\s*注\s*[:：]|说\s*明\s*[:：]|((资料|数据|材料)\s*)?来\s*源\s*[:：]|本表|以上数据"
    r"|第\s*\d+\s*页|共\s*\d+\s*页"
    r"|((单位|统计|部门|分管|主管)?负\s*责|联\s*系|联系电|电|制\s*表|填\s*表|填\s*报|审\s*[核批]|复\s*核|校\s*[对核]|经\s*办|录\s*入|报\s*出|打\s*印)"
    r"\s*(人|员|话|单\s*位|部\s*门|机\s*关|日\s*期|时\s*间)?\s*([:：]|(?<=[人员话期间])(\s|$)))"
)  # fmt: skip
_SENTENCE = re.compile(r".*[。；].*|\d{1,2}\s*[.．、].*|[（(]\d{1,2}[)）].*|[①-⑳].*", re.DOTALL)
_PERSON = (
    r"(?:(?:(?:单\s*位|统\s*计|部\s*门|分\s*管|主\s*管)\s*)?负\s*责\s*人|[填制]\s*表\s*[人员]|填\s*报\s*[人员]|审\s*[核批]\s*[人员]|复\s*核\s*[人员]"
    r"|校\s*[对核]\s*[人员]|经\s*办\s*[人员]|录\s*入\s*[人员]|统\s*计\s*[人员]|签\s*[发字]\s*[人员]|报\s*送\s*[人员]|联\s*系\s*人"
    r"|(?:(?:联\s*系|办\s*公|移\s*动|固\s*定)\s*)?电\s*话|手\s*机\s*(?:号\s*码?)?|联\s*系\s*方\s*式|传\s*真|(?:电子)?邮\s*箱)"
)
_PERSON_LABEL = re.compile(_PERSON)
_PERSON_VALUE = re.compile(
    rf"((?:{_PERSON}|[制填]\s*[表报]|审\s*[核批]|复\s*核|校\s*[对核]|签\s*[发字]|经\s*办)\s*[:：]|{_PERSON}(?=[\s|]))\s*"
    rf"(?P<value>\S(?:\S|\s+(?=\S))*?)(?=\s*{_PERSON}\s*[:：\s]|[\s,，;；、|]{{1,20}}[^\s:：,，;；]{{1,10}}\s*[:：]|$)",
    re.MULTILINE,
)
_SUBTOTAL = re.compile(r".{0,10}小计|本页(合计|总计)")
_TOTAL = re.compile(
    r"(全[市省国县区州]|总|本[页表]|各(区|县|县区|区县|县市区|地区)|市区|县市|全部)?(合计|总计|共计|累计|总和|总数)数?|合|计|(grand)?totals?",
    re.IGNORECASE,
)
_NAMED_TOTAL = re.compile(r".{1,12}(合计|总计)")
_WHOLE_AREA = re.compile(r"全[市省国县区州]")
_PART = re.compile(r"其\s*中\s*[:：]?\s*")
_TOTAL_HINT = "计|其|全|总|[Tt][Oo][Tt][Aa][Ll]|合"
# Headings of numbers that are not summed, and of numbers that are names.
_RATE = re.compile(
    r"率|比重|占比|比例|比值|[%％‰]|增长|增速|增减|增幅|降幅|升降|同比|环比|指数|均|名次|排名|排序|得分|系数|密度"
    r"|rate|share|percent|ratio|index|mean|average|change|\bper\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"序号|编号|编码|代码|代号|证号|电话|邮编|经度|纬度|行业|类别|类型|等级|(^|/)(年|月|日|年度|年份|月份|季度|时期|期间)|日期|时间"
    r"|^(no\.?|id|area|year|month|day|date|period|industry|kind|code|row)$|_id$|code$",
    re.IGNORECASE,
)
_COUNT = re.compile(r"[起人件次户辆]数|死亡|伤亡|[轻重受]伤|损失|deaths|injur|killed|fatal", re.IGNORECASE)
_ORDER = re.compile(r"序号|编号|证号|^no\.?$|id$|^row$", re.IGNORECASE)  # numbers one row
_FOOT_HINT = r"^[（(\[【 　]*[*※★注备附说资数材来本以第共单统部分主负联电制填审复校经录报打]"


def tables(grid: Grid, knows: Knows | None = None) -> list[RawTable]:
    """Return the tables of a sheet, each with its header found, without its totals, footnotes and personal columns.

    `knows` says of a heading whether it is known; by default `headings.meaning` does. A sheet of text only, or with a
    header that nothing stands under, gives no table: see `left_aside`. Raises DataError with every fault: a heading
    that stands twice, a column that holds values under no heading, a row longer than its header, and in a CSV file a
    row shorter than its header, or no row at all.

    >>> from pathlib import Path
    >>> rows = [["2018年事故统计"], ["区县", "死亡人数"], ["中原区", "2"], ["合计", "2"], ["注：快报数"]]
    >>> [found] = tables(Grid(Path("her.xlsx"), "台账", rows, [1, 2, 3, 4, 5]))
    >>> found.cells.to_dict("index"), found.caption
    ({3: {'区县': '中原区', '死亡人数': '2'}}, ('2018年事故统计', '注：快报数'))
    """
    sheet = _Sheet(grid, lru_cache(maxsize=None)(knows or _is_known))
    drafts = _drafts(sheet)
    faults: list[Fault] = []
    found = [_table(sheet, draft, faults) for draft in drafts if _holds_rows(sheet, draft)]
    if grid.sheet == "" and not found and (drafts or not sheet.filled.any()):
        faults += [fault for draft in drafts for fault in _twice(sheet, draft)]
        faults = faults or [Fault(Message("the table holds no rows"), where=grid.path.name)]
    if faults:
        raise DataError(faults)
    return found


def left_aside(grid: Grid) -> Note:
    """Return the note on a sheet that `tables` finds no table on: it is empty, or holds text only.

    >>> from pathlib import Path
    >>> left_aside(Grid(Path("her.xlsx"), "封面", [["郑州市安全生产统计"]], [1])).what
    "sheet '封面' holds text, but no rows of a table"
    """
    if not grid.sheet:  # of an empty one `tables` has said so
        return Note("sheet_left_aside", Message("the file holds text, but no rows of a table"))
    if not any(cell.strip() for row in grid.rows for cell in row):
        return Note("sheet_left_aside", Message("sheet '{sheet}' is empty", sheet=grid.sheet))
    return Note("sheet_left_aside", Message("sheet '{sheet}' holds text, but no rows of a table", sheet=grid.sheet))


# ---- the sheet -----------------------------------------------------------------------------------------------------


class _Sheet:
    """A grid with its cells stripped and as columns, which cells are filled, and where merged ranges start."""

    def __init__(self, grid: Grid, knows: Knows) -> None:
        self.grid, self.knows = grid, knows
        self.height = len(grid.rows)
        self.lengths = np.fromiter(map(len, grid.rows), dtype=np.int64, count=self.height)
        self.width = int(self.lengths.max(initial=0))
        rows: Sequence[Sequence[str]] = grid.rows
        if (self.lengths < self.width).any():
            rows = [row if len(row) == self.width else [*row, *[""] * (self.width - len(row))] for row in rows]
        self.columns = [pd.Series([row[c] for row in rows], dtype="str").str.strip() for c in range(self.width)]
        self.filled = np.zeros((self.height, self.width), dtype=bool)
        for c, column in enumerate(self.columns):
            self.filled[:, c] = (column != "").to_numpy()
        self.counts = self.filled.sum(axis=1)
        self.breadth = int(self.filled.any(axis=0).sum())
        self.kept: dict[int, list[str]] = {}
        self.starting: dict[int, list[Range]] = {}
        for top, left, bottom, right in grid.merged:
            if top < self.height and left < self.width and self.filled[top, left]:
                inside = (top, left, min(bottom, self.height - 1), min(right, self.width - 1))
                self.starting.setdefault(top, []).append(inside)

    def row(self, r: int) -> list[str]:
        """Return the cells of a row, stripped, over the sheet's whole width."""
        if r not in self.kept:
            cells = [cell.strip() for cell in self.grid.rows[r]]
            self.kept[r] = cells + [""] * (self.width - len(cells))
        return self.kept[r]

    def texts(self, r: int) -> list[str]:
        """Return the cells of a row that are not blank."""
        return [cell for cell in self.row(r) if cell]

    def line(self, r: int) -> int:
        """Return the line in the file of a row."""
        return self.grid.lines[r]

    def place(self, r: int) -> Message:
        """Return where a row stands, as an error names it."""
        return RawTable(self.grid.path, pd.DataFrame(), self.grid.sheet).place(self.line(r))


@dataclass
class _Draft:
    """Rows of one table: `titles` above, its `header` with the headings it makes, its `body`, and `feet` below."""

    titles: list[int]
    header: tuple[int, ...]
    names: list[str]
    body: list[int] = field(default_factory=list)
    feet: list[int] = field(default_factory=list)

    def all_rows(self) -> list[int]:
        """Return the rows in their order."""
        return sorted([*self.titles, *self.header, *self.body, *self.feet])


def _drafts(sheet: _Sheet) -> list[_Draft]:
    """Return the tables of a sheet as rows.

    Blank lines part a sheet into blocks. A block with a header of its own is a new table, a block of text waits for
    the table that it may stand above, and any other block goes on with the table before it.
    """
    drafts: list[_Draft] = []
    waiting: list[int] = []
    blocks = deque(_blocks(sheet.counts > 0))
    while blocks:
        start, stop = blocks.popleft()
        current = drafts[-1] if drafts else None
        header = _first_header(sheet, start, stop) if current is None else _next_header(sheet, start, stop, current)
        if header is None:
            waiting += range(start, stop)
            continue
        if header:
            if current is not None:
                current.feet += [r for r in waiting if _is_foot(sheet, r)]
                waiting = [r for r in waiting if not _is_foot(sheet, r)]
            if current is not None and not _holds_rows(sheet, current):  # what looked like a header heads nothing
                drafts.pop()
                waiting = [*current.all_rows(), *waiting]
            current = _Draft([*waiting, *range(start, header[0])], header, _joined(sheet, header))
            drafts.append(current)
            start = header[-1] + 1
        else:
            assert current is not None
            _go_on(sheet, current, waiting)
        waiting = []
        split = _header_within(sheet, current, start, stop)
        current.body += range(start, split)
        if split < stop:
            blocks.appendleft((split, stop))
    if not drafts:
        return _one_column(sheet, waiting)
    _go_on(sheet, drafts[-1], waiting)
    if len(drafts) > 1 and not _holds_rows(sheet, drafts[-1]):
        last = drafts.pop()
        drafts[-1].feet += last.all_rows()
    return drafts


def _holds_rows(sheet: _Sheet, draft: _Draft) -> bool:
    """Say whether anything but text stands below a header."""
    return any(sheet.counts[r] and not _is_foot(sheet, r) and not _is_text(sheet, r) for r in draft.body)


def _blocks(filled: np.ndarray) -> list[tuple[int, int]]:
    """Return the runs of rows that are not blank, as first row and the row after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], filled, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _go_on(sheet: _Sheet, draft: _Draft, waiting: Iterable[int]) -> None:
    """Add rows of text that no new table follows: to the foot of a table where they read as text, else to its body."""
    for r in waiting:
        (draft.feet if _is_foot(sheet, r) or _is_text(sheet, r) else draft.body).append(r)


def _one_column(sheet: _Sheet, rows: Sequence[int]) -> list[_Draft]:
    """Return lines of one cell each as a table where they are one: in a CSV file, or figures below a heading."""
    if len(rows) == 0 or (sheet.counts[rows] > 1).any() or sheet.breadth > 1:
        return []
    below = [sheet.texts(r)[0] for r in rows[1:]]
    if sheet.grid.path.suffix.lower() != ".csv" and not (below and all(map(_NUMBER.fullmatch, below))):
        return []
    return [_Draft([], (rows[0],), _joined(sheet, (rows[0],)), list(rows[1:]))]


# ---- the header ----------------------------------------------------------------------------------------------------


def _first_header(sheet: _Sheet, start: int, stop: int) -> tuple[int, ...] | None:
    """Return the rows of the header of a sheet's first block, or None when the block is text only.

    It is the first row that is no title. It gives way to one below that is surely a header only where it leaves a
    column without a heading, or where it looks like a figure or a remark itself.
    """
    for r in range(start, stop):
        if _is_title(sheet, r, stop):
            continue
        rows = _extent(sheet, r, stop)
        complete = _complete(sheet, rows, stop)
        sure = complete and _is_plain(sheet.texts(r)) and not any(map(_LABELLED.fullmatch, sheet.texts(r)))
        if sure or not _better_below(sheet, rows, stop, complete):
            return rows
    return None


def _next_header(sheet: _Sheet, start: int, stop: int, current: _Draft) -> tuple[int, ...] | None:
    """Return the header of a later block: none where it goes on with the current table, None where it is text only."""
    for r in range(start, stop):
        texts = sheet.texts(r)
        if _is_remark(texts) or (len(texts) == 1 and not _NUMBER.fullmatch(texts[0]) and not _is_group(sheet, r)):
            continue
        if not _is_plain(texts) or sheet.row(r) == sheet.row(current.header[0]):
            return ()
        rows = _extent(sheet, r, stop)
        names = [name for name in _joined(sheet, rows) if name]
        if len(set(names)) < 2 or not all(_is_plain(sheet.texts(row)) for row in rows) or _is_total(sheet, r):
            return ()
        if _known(sheet, rows) >= max(2, len(names) / 2):
            return rows
        wider = any(name and not mine for name, mine in zip(_joined(sheet, rows), current.names, strict=True))
        below = sheet.height if rows[-1] == stop - 1 else stop
        fits = _complete(sheet, rows, below) and bool(_below(sheet, rows[-1], below))
        return rows if fits and (wider or _contrasts(sheet, rows, below)) else ()
    return None


def _header_within(sheet: _Sheet, current: _Draft, start: int, stop: int) -> int:
    """Return the row at which, without a blank line before it, another table starts; `stop` when none does.

    Only known headings above columns of figures are taken for a header there: anything else may be a row.
    """
    if stop - start < 3:
        return stop
    numeric = [c for c in range(sheet.width) if _is_numeric(_sample(sheet.columns[c].iloc[start:stop]))]
    if not numeric:
        return stop
    may_be = (sheet.counts[start:stop] > 1) & sheet.filled[start:stop][:, numeric].any(axis=1)
    for c in numeric:
        may_be &= ~sheet.columns[c].iloc[start:stop].str.contains(r"^[+\-.]?[0-9]", regex=True).to_numpy(dtype=bool)
    for r in (np.flatnonzero(may_be) + start).tolist():
        texts = sheet.texts(r)
        if not _is_plain(texts) or sheet.row(r) in [sheet.row(h) for h in current.header]:
            continue
        rows = _extent(sheet, r, stop)
        names = [name for name in _joined(sheet, rows) if name]
        if _known(sheet, rows) >= max(2, 0.8 * len(names)) and _contrasts(sheet, rows, stop):
            while r > start and (len(sheet.texts(r - 1)) == 1 or _is_remark(sheet.texts(r - 1))):
                r -= 1
            return r
    return stop


def _is_title(sheet: _Sheet, r: int, stop: int) -> bool:
    """Say whether a row above a header is a title: one cell, or remarks such as 填报单位：… that head no columns."""
    texts = sheet.texts(r)
    if len(texts) == 1:
        return not _is_group(sheet, r)
    if not _is_remark(texts):
        return False
    needed = _needed(sheet, r, stop)
    if not all(sheet.row(r)[c] for c in needed):
        return True
    # A cover sheet: one remark after another.
    return any(_is_remark(sheet.texts(row)) for row in (r - 1, r + 1) if 0 <= row < sheet.height)


def _is_group(sheet: _Sheet, r: int) -> bool:
    """Say whether the only cell of a row is merged over some columns of a table, as 2017年 is above its figures."""
    if r + 1 >= sheet.height or sheet.counts[r + 1] < 2:
        return False
    below = np.flatnonzero(sheet.filled[r + 1])
    return any(right > left > below[0] for _, left, _, right in sheet.starting.get(r, []))


def _extent(sheet: _Sheet, r: int, stop: int) -> tuple[int, ...]:
    """Return the rows that a header starting in a row stands over."""
    rows: tuple[int, ...] = (r,)
    while len(rows) < DEEPEST and rows[-1] + 1 < stop and _joins(sheet, rows, rows[-1] + 1, stop):
        rows = (*rows, rows[-1] + 1)
    return rows


def _joins(sheet: _Sheet, rows: tuple[int, ...], lower: int, stop: int) -> bool:
    """Say whether the row below a header belongs to it.

    It does where a cell of the header is merged down into it, where it is a row of units, and where it parts merged or
    repeated headings or fills the places that they leave blank, without being a header all by itself.
    """
    ranges = [one for row in rows for one in sheet.starting.get(row, [])]
    if any(lower <= bottom < rows[0] + DEEPEST for _, _, bottom, _ in ranges):
        return True
    texts = sheet.texts(lower)
    if _is_remark(texts) or _is_total(sheet, lower) or not (_is_plain(texts) or _counts_up(texts)):
        return False
    below, needed = sheet.row(lower), _needed(sheet, lower, stop)
    if not needed:
        return False
    heads, first = _joined(sheet, rows), needed[0]
    if all(map(_is_unit, texts)) and all(heads[c] for c in needed):
        return True
    if heads[first] and all(below[c] for c in needed) and len(set(texts)) == len(texts):
        return False  # a header by itself, below a title
    if not below[first] and all(_is_numeric([sheet.row(r)[c] for r in _below(sheet, lower, stop)])
                                and not _NUMBER.fullmatch(text) for c, text in enumerate(below) if text):  # fmt: skip
        return True  # words above nothing but figures are no row
    gaps = [c for c in needed if not heads[c]]
    parts = [below[left : right + 1] for top, left, _, right in ranges if top == rows[-1] and right > left]
    joined = [name for name in _joined(sheet, (*rows, lower)) if name]
    if gaps or any(sum(map(bool, part)) > 1 for part in parts):
        may_be = all(below[c] for c in gaps)
    else:
        may_be = len({*heads} - {""}) < sum(map(bool, heads)) and len(set(joined)) == len(joined)
    if _counts_up(texts):
        return bool(gaps) and not below[first] and may_be
    side = bool(heads[first] and below[first])  # as a row of data has it
    return may_be and (not side or _contrasts(sheet, (lower,), stop) or any(map(sheet.knows, texts)))


def _joined(sheet: _Sheet, rows: Sequence[int]) -> list[str]:
    """Return the headings that rows make together, over the sheet's width: `upper/lower`, or `name(unit)`.

    An upper heading also holds over the columns that it is merged over, or that are blank to its right where the row
    below has headings.
    """
    grid = [list(sheet.row(r)) for r in rows]
    merged = np.zeros((len(rows), sheet.width), dtype=bool)
    for top, left, bottom, right in (one for r in rows for one in sheet.starting.get(r, [])):
        for k in range(top - rows[0], min(bottom, rows[-1]) - rows[0] + 1):
            for c in range(left, (right if bottom < rows[-1] else left) + 1):
                grid[k][c] = grid[k][c] or sheet.row(top)[left]
                merged[k, c] = True
    for upper, lower, taken in zip(grid, grid[1:], merged, strict=False):
        for c in range(1, sheet.width):
            if not upper[c] and not taken[c] and lower[c] and lower[c - 1] and not taken[c - 1]:
                upper[c] = upper[c - 1]
    unit = len(rows) > 1 and all(map(_is_unit, sheet.texts(rows[-1])))
    names = []
    for c in range(sheet.width):
        parts = [row[c] for row in grid if row[c]]
        parts = parts[:1] + [part for before, part in pairwise(parts) if part != before]
        if unit and len(parts) > 1 and grid[-1][c] and _is_unit(parts[-1]):
            parts[-2:] = [f"{parts[-2]}({parts[-1]})"]
        names.append("/".join(parts))
    return names


def _complete(sheet: _Sheet, rows: tuple[int, ...], stop: int) -> bool:
    """Say whether a heading stands above every column that the rows below mostly fill."""
    names = _joined(sheet, rows)
    return all(names[c] for c in _needed(sheet, rows[-1], stop))


def _better_below(sheet: _Sheet, rows: tuple[int, ...], stop: int, complete: bool) -> bool:
    """Say whether a row a little below is surely the header: known headings, or text above figures, without a gap."""
    for r in range(rows[0] + 1, min(rows[0] + 8, stop)):
        texts = sheet.texts(r)
        if len(texts) < 2 or not _is_plain(texts) or len(set(texts)) < 2 or _is_remark(texts):
            continue
        other = _extent(sheet, r, stop)
        if not _complete(sheet, other, stop):
            continue
        known = _known(sheet, other)
        if (known >= 2 and known > _known(sheet, rows)) or (not complete and _contrasts(sheet, other, stop)):
            return True
    return False


def _below(sheet: _Sheet, r: int, stop: int) -> list[int]:
    """Return the first rows below a row that are neither blank nor footnotes."""
    found = (row for row in range(r + 1, stop) if sheet.counts[row] and not _is_foot(sheet, row))
    return [row for row, _ in zip(found, range(LOOK), strict=False)]


def _needed(sheet: _Sheet, r: int, stop: int) -> list[int]:
    """Return the columns that at least half of the rows below fill: a heading must stand above each."""
    below = _below(sheet, r, stop)
    return np.flatnonzero(sheet.filled[below].mean(axis=0) >= 0.5).tolist() if below else []


def _contrasts(sheet: _Sheet, rows: tuple[int, ...], stop: int) -> bool:
    """Say whether words stand above a column of figures."""
    below = [sheet.row(r) for r in _below(sheet, rows[-1], stop)]
    if not below or not all(_is_plain(sheet.texts(r)) for r in rows):
        return False
    heads = [c for c, text in enumerate(sheet.row(rows[-1])) if text and not _NUMBER.fullmatch(text)]
    return any(_is_numeric([row[c] for row in below]) for c in heads)


def _known(sheet: _Sheet, rows: tuple[int, ...]) -> int:
    """Return how many headings are known; bare years, which figures may be too, only beside nothing but known words."""
    names = {name for name in map(_clean, _joined(sheet, rows)) if name}
    words = {name for name in names if not _NUMBER.fullmatch(name)}
    known = sum(map(sheet.knows, words))
    return len(names) if words and known == len(words) and len(names) > len(words) + 1 else known


def _is_known(heading: str) -> bool:
    return headings.meaning(heading) is not None or privacy.is_personal_heading(heading)


def _is_unit(text: str) -> bool:
    return headings.is_unit(text.strip("()（） ")) or text.strip("()（） ") in _MORE_UNITS


# ---- what a row is -------------------------------------------------------------------------------------------------


def _is_plain(texts: Iterable[str]) -> bool:
    """Say whether cells can be headings: words or years, no figures, days or dashes."""
    return not any(
        _DAY.fullmatch(text) or _NO_FIGURE.fullmatch(text) or (_NUMBER.fullmatch(text) and not _YEAR.fullmatch(text))
        for text in texts
    )


def _counts_up(texts: Sequence[str]) -> bool:
    """Say whether cells are the numbers of months or quarters: 1, 2, 3 …"""
    return len(texts) > 1 and list(texts) == [str(k + 1) for k in range(len(texts))]


def _is_remark(texts: Sequence[str]) -> bool:
    """Say whether the cells of a row are remarks: 填报单位：…, or a name in one cell and what it is in the next."""
    labelled, value_follows = False, False
    for text in texts:
        if value_follows:
            value_follows = False
        elif _LABELLED.fullmatch(text) or _ABOUT.fullmatch(text):
            labelled, value_follows = True, text.endswith((":", "："))
        elif _PERSON_LABEL.fullmatch(text):
            value_follows = labelled = True
        elif not _PERIOD.fullmatch(text):
            return False
    return labelled


def _is_foot(sheet: _Sheet, r: int) -> bool:
    """Say whether a row is a footnote: it begins with 注：, 资料来源：, 制表人 … and is no row of figures."""
    texts = sheet.texts(r)
    if not texts or not any(map(_FOOT.match, texts)):
        return False
    return len(texts) == 1 or _is_remark(texts) or (
        bool(_FOOT.match(texts[0])) and len(texts) <= sheet.breadth / 2 and _is_plain(texts)
    )  # fmt: skip


def _is_text(sheet: _Sheet, r: int) -> bool:
    """Say whether a row reads as text: a remark, a sentence, or one cell merged over several columns."""
    texts = sheet.texts(r)
    if _is_remark(texts):
        return True
    merged = any(right > left for _, left, _, right in sheet.starting.get(r, []))
    return len(texts) == 1 and not _NUMBER.fullmatch(texts[0]) and (merged or bool(_SENTENCE.fullmatch(texts[0])))


def _is_total(sheet: _Sheet, r: int) -> bool:
    return any(_total_kind(text) in ("subtotal", "total") for text in sheet.texts(r)[:3])


def _total_kind(text: str) -> str:
    """Return what a label names: a subtotal, total, named total (中原区合计), area (全市), part (其中) or nothing."""
    plain = _clean(text).rstrip(":")
    if _SUBTOTAL.fullmatch(plain):
        return "subtotal"
    if _TOTAL.fullmatch(plain):
        return "total"
    if _WHOLE_AREA.fullmatch(plain):
        return "area"
    if _NAMED_TOTAL.fullmatch(plain):
        return "named"
    return "part" if _PART.match(plain) else ""


def _clean(text: str) -> str:
    """Return a heading with plain characters and without spaces.

    >>> _clean("死亡 人数（人）")
    '死亡人数(人)'
    """
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _sample(column: pd.Series) -> list[str]:
    """Return up to two hundred cells from all over a column."""
    step = max(1, len(column) // 200)
    return [str(text) for text in column.iloc[::step]]


def _is_numeric(texts: Iterable[str]) -> bool:
    """Say whether most of the cells that tell something are figures."""
    told = [text for text in texts if not _NO_FIGURE.fullmatch(text)]
    return 2 * sum(bool(_NUMBER.fullmatch(text)) for text in told) >= max(1, len(told))


# ---- from rows to a table ------------------------------------------------------------------------------------------


@dataclass
class _Body:
    """The rows of a table on the way to its cells: `rows` of the sheet, `columns` of their text, and what was noted.

    `numeric` are the columns of figures, `figures` those of them that count something rather than name it, and `labels`
    the columns to their left, which say what a row is about. `leaves` marks the rows that are no rows of the table.
    """

    rows: np.ndarray
    names: list[str]
    columns: dict[int, pd.Series]
    numeric: list[int]
    figures: list[int]
    labels: list[int]
    leaves: np.ndarray
    notes: list[Note]


def _table(sheet: _Sheet, draft: _Draft, faults: list[Fault]) -> RawTable:
    """Return a draft as a table; what is wrong with it is added to the faults."""
    body = _body(sheet, draft)
    feet = sorted({*draft.feet, *_feet(sheet, draft, body)})
    _fill_merged(sheet, body)
    _set_totals_aside(sheet, body)
    kept = body.rows[~body.leaves]
    wrong = [*_twice(sheet, draft), *_uneven(sheet, draft, kept)]
    faults += wrong
    notes = [*_header_notes(sheet, draft), *body.notes]
    notes += [Note("footnote", Message("text, moved to the caption"), sheet.line(r))
              for r in feet]  # fmt: skip
    caption: list[str] = []
    for r in [*draft.titles, *feet]:
        lines, hidden = _caption(sheet.texts(r))
        caption += lines
        if hidden:
            what = Message("persons named in the text were hidden")
            notes.append(Note("cells_masked", what, sheet.line(r)))
    index = pd.Index(np.array(sheet.grid.lines, dtype=np.int64)[kept], name="row")
    if wrong or not len(kept):
        if not wrong:
            what = Message("the table holds no rows, only totals")
            remedy = Message("Give the rows too, or call the totals by the area that they are of.")
            faults.append(Fault(what, where=sheet.place(draft.header[-1]), remedy=remedy))
        return RawTable(sheet.grid.path, pd.DataFrame(index=index), sheet.grid.sheet)
    cells, texts, private = _without_persons(body)
    cells.index = index
    notes += private
    return RawTable(
        sheet.grid.path, cells, sheet.grid.sheet, tuple(caption), texts,
        notes=tuple(sorted(notes, key=lambda note: note.line)),
    )  # fmt: skip


def _body(sheet: _Sheet, draft: _Draft) -> _Body:
    rows = np.array(draft.body, dtype=np.int64)
    rows = rows[sheet.counts[rows] > 0]
    contiguous = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
    chosen = slice(int(rows[0]), int(rows[-1]) + 1) if contiguous else rows
    columns = {
        c: sheet.columns[c].iloc[chosen].reset_index(drop=True)
        for c, name in enumerate(draft.names)
        if name or sheet.filled[rows, c].any()
    }
    names = {c: _clean(draft.names[c]) for c in columns}
    numeric = [c for c, column in columns.items() if _is_numeric(_sample(column))]
    words = [c for c in columns if c not in numeric]
    # A number left of all words numbers the row or is a code, unless its heading says that it counts something.
    figures = [
        c for c in numeric
        if not _LABEL.search(names[c]) and (not words or c > words[0] or _COUNT.search(names[c]))
    ]  # fmt: skip
    others = [c for c in columns if c not in figures]
    labels = [c for c in others if not figures or c < figures[0]] or others
    return _Body(rows, draft.names, columns, numeric, figures, labels, np.zeros(len(rows), dtype=bool), [])


def _feet(sheet: _Sheet, draft: _Draft, body: _Body) -> list[int]:
    """Return the rows of a body that are footnotes; they and repeated headers leave it."""
    for place in _repeated(sheet, draft, body):
        body.leaves[place] = True
        line = sheet.line(int(body.rows[place]))
        body.notes.append(Note("header_joined", Message("the header again, no row"), line))
    feet = {place for place in _may_be_foot(sheet, body) if _is_foot(sheet, int(body.rows[place]))}
    # Titles stand again above a repeated header; sentences stand below the last row.
    for end in [*np.flatnonzero(body.leaves).tolist(), len(body.rows)]:
        place = end - 1
        while place >= 0 and (place in feet or _ends(sheet, draft, body, place, repeated=end < len(body.rows))):
            if not body.leaves[place]:
                feet.add(place)
            place -= 1
    body.leaves[sorted(feet)] = True
    if len(body.rows) and _numbers_columns(sheet.texts(int(body.rows[0]))) and not body.leaves[0]:
        body.leaves[0] = True
        line = sheet.line(int(body.rows[0]))
        body.notes.append(Note("header_joined", Message("numbers of the columns, no row"), line))
    return [int(body.rows[place]) for place in feet]


def _ends(sheet: _Sheet, draft: _Draft, body: _Body, place: int, *, repeated: bool) -> bool:
    """Say whether a row above a repeated header, or at the end, is text."""
    r = int(body.rows[place])
    if body.leaves[place] or _is_text(sheet, r):
        return True
    return repeated and any(sheet.row(r) == sheet.row(title) for title in draft.titles)


def _repeated(sheet: _Sheet, draft: _Draft, body: _Body) -> list[int]:
    """Return the places in a body at which a row of the header stands again."""
    found: list[int] = []
    for h in draft.header:
        header = sheet.row(h)
        first = next(c for c in range(sheet.width) if header[c])
        if first in body.columns:
            alike = np.flatnonzero((body.columns[first] == header[first]).to_numpy(dtype=bool)).tolist()
            found += [place for place in alike if sheet.row(int(body.rows[place])) == header]
    return sorted(found)


def _may_be_foot(sheet: _Sheet, body: _Body) -> list[int]:
    """Return the places of rows whose first words are those of a footnote."""
    found = np.zeros(len(body.rows), dtype=bool)
    filled = sheet.filled[body.rows]
    for c, column in body.columns.items():
        if c in body.numeric:
            continue
        first = ~filled[:, :c].any(axis=1)
        if first.any():
            found |= first & column.str.contains(_FOOT_HINT, regex=True).to_numpy(dtype=bool)
    return np.flatnonzero(found).tolist()


def _numbers_columns(texts: Sequence[str]) -> bool:
    """Say whether a row only numbers the columns: 甲 乙 1 2 3, as statistical forms have it below the header."""
    letters = [text for text in texts if not text.isdecimal()]
    numbers = [str(k + 1) for k in range(len(texts) - len(letters))]
    first = letters == ["栏次"] or letters == list("甲乙丙丁戊己")[: len(letters)]
    return len(texts) > 2 and bool(letters and numbers) and first and texts[len(letters) :] == numbers


def _header_notes(sheet: _Sheet, draft: _Draft) -> list[Note]:
    if len(draft.header) == 1:
        return []
    names = [_masked(name) for name in draft.names if name]
    example = next((name for name in names if "/" in name or "(" in name), names[0])
    what = Message(
        "the header stands over {rows} rows, with headings such as '{name}'", rows=len(draft.header), name=example
    )
    return [Note("header_joined", what, sheet.line(draft.header[0]))]


def _twice(sheet: _Sheet, draft: _Draft) -> list[Fault]:
    """Return a fault for every heading that stands twice."""
    names = [name for name in map(_clean, draft.names) if name]
    where = sheet.place(draft.header[-1]) if sheet.grid.sheet else sheet.grid.path.name
    return [
        Fault(Message("column '{column}' stands twice", column=_masked(name)), where=where)
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def _uneven(sheet: _Sheet, draft: _Draft, kept: np.ndarray) -> list[Fault]:
    """Return a fault for every column of values without a heading, and for every row that does not fit the header."""
    width = max(c for c, name in enumerate(draft.names) if name) + 1
    csv = sheet.grid.sheet == ""
    lengths = sheet.lengths[kept]
    faults: list[Fault] = []
    long = sheet.filled[kept, width:].sum(axis=1) > 0
    # A column of its own, as opposed to a row that slipped.
    columns = [c for c in range(width) if not draft.names[c]]
    if not csv or int(sheet.lengths[list(draft.header)].max()) > width:
        columns += [c for c in range(width, sheet.width) if 2 * sheet.filled[kept, c].sum() >= len(kept)]
    for c in columns:
        if sheet.filled[kept, c].any():
            what = Message("column {letter} holds values under no heading", letter=_letter(c))
            remedy = Message("Write a heading above it, or delete the column.")
            faults.append(Fault(what, where=sheet.place(draft.header[-1]), remedy=remedy))
    if any(c >= width for c in columns):
        long = np.zeros(len(kept), dtype=bool)
    for place in np.flatnonzero(long | (lengths < width) if csv else long).tolist():
        cells = int(lengths[place]) if csv else int(np.flatnonzero(sheet.filled[kept[place]])[-1]) + 1
        what = Message("{cells} cells, but the header has {header}", cells=cells, header=width)
        remedy = (
            Message("Put text that holds a comma between double quotes.")
            if csv
            else Message("Write a heading above every column, or move the cell.")
        )
        faults.append(Fault(what, where=sheet.place(int(kept[place])), remedy=remedy))
    return faults


def _letter(c: int) -> str:
    """Return the letters by which a sheet calls a column, from 0.

    >>> _letter(0), _letter(25), _letter(26)
    ('A', 'Z', 'AA')
    """
    return (_letter(c // 26 - 1) if c >= 26 else "") + chr(ord("A") + c % 26)


def _fill_merged(sheet: _Sheet, body: _Body) -> None:
    """Write the text of a cell that is merged over several rows into each; a count among figures is not multiplied."""
    places = {int(r): place for place, r in enumerate(body.rows)} if sheet.starting else {}
    filling: dict[int, dict[int, str]] = {}
    for r, place in places.items():
        for top, left, bottom, _ in sheet.starting.get(r, []):
            text = sheet.row(top)[left]
            below = [places[row] for row in range(top + 1, bottom + 1) if row in places and not sheet.row(row)[left]]
            below = [one for one in below if not body.leaves[one]]
            if not below or body.leaves[place] or left not in body.columns:
                continue
            name, line = _masked(_clean(body.names[left])), sheet.line(r)
            if left in body.figures and _NUMBER.fullmatch(text):
                what = Message(
                    "column '{column}': one number is merged over {rows} rows; only the first keeps it",
                    column=name, rows=bottom - top + 1,
                )  # fmt: skip
                body.notes.append(Note("unsure", what, line))
            else:
                filling.setdefault(left, {}).update(dict.fromkeys(below, text))
    for c, texts in filling.items():
        column = body.columns[c].to_numpy(dtype=object, copy=True)
        column[list(texts)] = list(texts.values())
        body.columns[c] = pd.Series(column, dtype="str")
        what = Message("column '{column}': merged cells filled {cells} cells below them",
                       column=_masked(_clean(body.names[c])), cells=len(texts))  # fmt: skip
        body.notes.append(Note("merged_filled", what, sheet.line(int(body.rows[min(texts)]))))


# ---- totals --------------------------------------------------------------------------------------------------------


def _set_totals_aside(sheet: _Sheet, body: _Body) -> None:
    """Let rows of totals leave a body, and note where one is not the sum of its parts.

    合计, 总计 and 小计 always leave. 中原区合计, 全市 and a last row of nothing but figures leave only when these are
    the sum of other rows; else they may be rows like any other. A row 其中：… is part of the row above and leaves,
    unless it is the first of the rows that make up the total above it.
    """
    kinds = _kinds(body)
    if not kinds:
        return
    sums = _Sums(body, kinds)
    for place, (kind, label) in kinds.items():
        line = sheet.line(int(body.rows[place]))
        if kind == "part" and sums.is_row[place]:
            what = Message("'其中' was left out; the rows from here make up the total above")
            column = body.columns[label].copy()
            column.iloc[place] = _PART.sub("", column.iloc[place], count=1)
            body.columns[label] = column
            body.notes.append(Note("total_set_aside", what, line))
        elif kind == "named" and sums.is_row[place]:
            what = Message("called a total, but not the sum of other rows; kept as a row")
            body.notes.append(Note("unsure", what, line))
        elif not sums.is_row[place]:
            body.leaves[place] = True
            what = Message("a part of the row above, set aside") if kind == "part" else Message("a total, set aside")
            body.notes.append(Note("total_set_aside", what, line))
            if kind in ("subtotal", "total"):
                body.notes += [Note("unsure", what, line) for what in sums.differences(place)]


def _kinds(body: _Body) -> dict[int, tuple[str, int]]:
    """Return the places of rows that may be totals, with their kind and the column of the word that says so."""
    labels = list(dict.fromkeys([*[*body.columns][:1], *body.labels[:4]]))
    hints = [body.columns[c].str.contains(_TOTAL_HINT, regex=True).to_numpy(dtype=bool) for c in labels]
    found: dict[int, tuple[str, int]] = {}
    for place in np.flatnonzero(np.any(hints, axis=0) & ~body.leaves).tolist() if hints else ():
        texts = [(c, str(body.columns[c].iat[place])) for c in labels]
        words = [(c, text) for c, text in texts if text and not _NUMBER.fullmatch(text)]
        for c, text in words:
            kind = _total_kind(text)
            # What may also be a name counts only where a name stands.
            if kind in ("subtotal", "total") or (kind and c == words[0][0]):
                found[place] = (kind, c)
                break
    last = max(np.flatnonzero(~body.leaves).tolist(), default=-1)
    others = [c for c in body.columns if c not in body.figures]
    if last >= 0 and others and not any(body.columns[c].iat[last] for c in others):
        found[last] = ("bare", others[0])
    return found


class _Sums:
    """Sums of the rows around the totals of a body, in its columns of whole numbers that are no rates.

    `is_row` says which rows are parts; a total may stand below its parts or above them, and subtotals are no parts.
    """

    def __init__(self, body: _Body, kinds: dict[int, tuple[str, int]]) -> None:
        self._body, self._kinds = body, kinds
        self.is_row = ~body.leaves
        self.is_row[list(kinds)] = False
        read = {c: _figures(body.columns[c]) for c in body.figures if not _RATE.search(_clean(body.names[c]))}
        counted = {c: values for c, (values, told) in read.items() if self._is_counted(values, told)}
        self._columns = list(counted)
        self._values = np.column_stack([*counted.values()]) if counted else np.empty((len(body.rows), 0))
        self._totals = [place for place, (kind, _) in kinds.items() if kind in ("subtotal", "total")]
        self._grand = [place for place in self._totals if kinds[place][0] == "total"]
        self._shared: dict[tuple[int, ...], dict[object, tuple[int, np.ndarray]]] = {}
        self._add_up()
        for place, (kind, _) in kinds.items():
            self.is_row[place] = kind == "part" and self._is_first_part(place)
        self._add_up()
        doubtful = [place for place, (kind, _) in kinds.items() if kind in ("named", "area", "bare")]
        self.is_row[doubtful] = [not self._is_sum(place) for place in doubtful]
        self._add_up()

    def differences(self, place: int) -> list[Message]:
        """Return what to say of each column whose total differs from the sum of the parts that fit it best."""
        candidates = [sums for count, sums in self._parts(place) if count]
        if not candidates:
            return []
        printed = self._values[place]
        wrong = [(sums != printed) & ~np.isnan(printed) for sums in candidates]
        best = min(range(len(candidates)), key=lambda one: int(wrong[one].sum()))
        return [
            Message(
                "column '{column}': the total printed is {printed}, its parts sum to {parts}",
                column=_masked(_clean(self._body.names[c])),
                printed=str(self._body.columns[c].iat[place]), parts=int(candidates[best][k]),
            )
            for k, c in enumerate(self._columns) if wrong[best][k]
        ]  # fmt: skip

    def _is_counted(self, values: np.ndarray, told: np.ndarray) -> bool:
        rows = self.is_row & told
        return bool(rows.any() and np.isfinite(values[rows]).all() and (values[rows] % 1 == 0).all())

    def _add_up(self) -> None:
        parts = np.where(self.is_row[:, None], np.nan_to_num(self._values), 0)
        self._running = np.vstack([np.zeros((1, parts.shape[1])), parts.cumsum(axis=0)])
        self._count = np.concatenate([[0], self.is_row.cumsum()])
        self._shared.clear()

    def _between(self, start: int, stop: int) -> tuple[int, np.ndarray]:
        return int(self._count[stop] - self._count[start]), self._running[stop] - self._running[start]

    def _parts(self, place: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield number and sums of the rows that a total may be the total of, the likeliest first."""
        yield self._sharing_labels(place)
        everything = len(self.is_row)
        kind = self._kinds[place][0]
        if kind != "subtotal":
            yield self._between(0, everything)
        for totals in (self._grand, self._totals) if kind == "total" else (self._totals,):
            before = bisect_left(totals, place)
            yield self._between(totals[before - 1] + 1 if before else 0, place)
            yield self._between(place + 1, _next(totals, place, everything))

    def _sharing_labels(self, place: int) -> tuple[int, np.ndarray]:
        """Return number and sums of the rows with the same other labels: of 合计, 2018 the rows of 2018."""
        body, label = self._body, self._kinds[place][1]
        own = {c: str(body.columns[c].iat[place]) for c in body.labels if c != label}
        own = {c: text for c, text in own.items()
               if text and not _ORDER.search(_clean(body.names[c])) and not _total_kind(text)}  # fmt: skip
        columns = tuple(own)
        if not columns:
            return 0, self._values[place]
        if columns not in self._shared:
            rows = np.flatnonzero(self.is_row)
            keys = pd.MultiIndex.from_arrays([body.columns[c].iloc[rows] for c in columns])
            codes, groups = pd.factorize(keys)
            sums = np.zeros((len(groups), self._values.shape[1]))
            np.add.at(sums, codes, np.nan_to_num(self._values[rows]))
            counts = np.bincount(codes, minlength=len(groups))
            self._shared[columns] = {key: (int(counts[k]), sums[k]) for k, key in enumerate(groups)}
        return self._shared[columns].get(tuple(own.values()), (0, self._values[place]))

    def _equals(self, place: int, sums: np.ndarray) -> bool:
        printed = self._values[place]
        judged = ~np.isnan(printed)
        return bool(judged.any() and (sums == printed)[judged].all())

    def _is_sum(self, place: int) -> bool:
        """Say whether a row that may be a total is one: 全市 of all the rows, 中原区合计 of those beside it."""
        least = 1 if self._kinds[place][0] == "named" else 2
        return any(count >= least and self._equals(place, sums) for count, sums in self._parts(place))

    def _is_first_part(self, place: int) -> bool:
        """Say whether a row 其中：… and the rows below it make up the total above it."""
        above = next((one for one in range(place - 1, -1, -1) if not self._body.leaves[one]), None)
        if above is None or self._kinds.get(above, ("", 0))[0] not in ("subtotal", "total", "area", "named"):
            return False
        rest = len(self.is_row)
        ends = [_next(totals, place, rest) for totals in (self._totals, self._grand)]
        own = np.nan_to_num(self._values[place])
        return any(self._equals(above, own + self._between(place + 1, end)[1]) for end in ends)


def _next(places: Sequence[int], place: int, default: int) -> int:
    """Return the first of some sorted places after a place."""
    after = bisect_right(places, place)
    return places[after] if after < len(places) else default


def _figures(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return a column's cells as numbers, NaN where there is none, and which cells tell something."""
    codes, texts = pd.factorize(column)
    told = np.array([not _NO_FIGURE.fullmatch(text) for text in texts], dtype=bool)
    return np.array([_figure(text) for text in texts], dtype=float)[codes], told[codes]


def _figure(text: str) -> float:
    plain = _clean(text).replace("−", "-")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", plain):
        plain = plain.replace(",", "")
    return float(plain) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", plain) else float("nan")


# ---- persons -------------------------------------------------------------------------------------------------------


def _without_persons(body: _Body) -> tuple[pd.DataFrame, dict[str, str], list[Note]]:
    """Return the cells of a table without personal columns and with its texts masked, its headings, and the notes."""
    kept = ~body.leaves
    cells: dict[str, pd.Series] = {}
    texts: dict[str, str] = {}
    notes: list[Note] = []
    for c, column in body.columns.items():
        if not body.names[c]:
            continue
        name = _masked(_clean(body.names[c]))
        column = column if kept.all() else column[kept].reset_index(drop=True)
        reason = privacy.personal(body.names[c], column)
        if reason is not None:
            what = Message("column '{column}' was left out: {reason}", column=name, reason=reason)
            notes.append(Note("column_dropped", what))
            continue
        if c not in body.numeric or column.str.len().max() >= 11:
            column, hidden = privacy.masked(column.rename(body.names[c]))
            if hidden:
                what = Message("column '{column}': identity numbers or telephones were hidden in {cells} cells",
                               column=name, cells=hidden)  # fmt: skip
                notes.append(Note("cells_masked", what))
        cells[name], texts[name] = column, _masked(body.names[c])
    return pd.DataFrame(cells, index=pd.RangeIndex(int(kept.sum())), dtype="str"), texts, notes


def _caption(texts: Sequence[str]) -> tuple[list[str], bool]:
    """Return the cells of a line of text as lines, persons in them hidden, and whether any was.

    A cell that only says what follows is joined with the next: 填报单位： and 市应急局.
    """
    lines: list[str] = []
    for before, text in zip(["", *texts], texts, strict=False):
        named = bool(_PERSON_LABEL.fullmatch(before))
        if before and (named or before.endswith((":", "："))) and not _LABELLED.fullmatch(text):
            lines[-1] += ("：" if named else "") + text
        else:
            lines.append(text)
    hidden = [privacy.masked_line(_PERSON_VALUE.sub(rf"\g<1>{privacy.MASK}", line)) for line in lines]
    return hidden, hidden != lines


@lru_cache(maxsize=1024)
def _masked(text: str) -> str:
    return str(privacy.masked(pd.Series([text], dtype="str"))[0].iloc[0])
