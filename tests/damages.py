"""Known tables, and the damage that offices do to them: harmless kinds that must load equal, harmful ones to refuse.

Every damage is listed in `HARMLESS` or `HARMFUL` by name. A damaged sheet is written as a real file: XLSX, XLS or CSV.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from zzlib.areas import read_areas

AREAS = read_areas()
DISTRICTS = AREAS[AREAS["parent"] == "410100"]
FIELDS = {
    "煤矿": "coal_mine", "道路交通": "road_transport", "建筑施工": "construction", "火灾": "fire",
    "危险化学品": "hazardous_chemicals",
}  # fmt: skip
HEADER = ["事故编号", "事故日期", "地区", "行业领域", "死亡人数（人）", "重伤人数（人）", "直接经济损失（万元）"]
COLUMNS = ["accident_id", "date", "area", "field", "deaths", "serious_injuries", "loss_10k_yuan"]
ID, DATE, AREA, FIELD, DEATHS, INJURED, LOSS = range(7)
SECRET_NAME, SECRET_ID, SECRET_PHONE = "张建国", "11010519491231002X", "13800138000"


@dataclass
class Sheet:
    """A sheet to be written: a header of one or two rows, the body, lines around it, merged ranges (1-based)."""

    header: list[list[Any]]
    body: list[list[Any]]
    above: list[list[Any]] = field(default_factory=list)
    below: list[list[Any]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def rows(self) -> list[list[Any]]:
        return [*self.above, *self.header, *self.body, *self.below]


Truth: TypeAlias = list[list[Any]]
Damage: TypeAlias = Callable[[Sheet, random.Random], None]


def ledger(chance: random.Random, rows: int) -> Truth:
    """Return a known ledger: codes, ISO dates, numbers, in the order of `COLUMNS`."""
    start = date(2016, 1, 1)
    return [
        [f"SG{i:05d}", (start + timedelta(days=chance.randrange(1090))).isoformat(),
         chance.choice(list(DISTRICTS["area"])), chance.choice(list(FIELDS.values())),
         chance.choice([0, 1, 1, 2, 4, 12]),
         chance.randrange(4), round(chance.choice([0, 12.5, 380, 1234.5, 20500.25]), 2)]
        for i in range(rows)
    ]  # fmt: skip


def sheet(truth: Truth) -> Sheet:
    """Return a known ledger as an office would write it: names instead of codes."""
    names = dict(zip(DISTRICTS["area"], DISTRICTS["zh"], strict=True))
    words = {code: name for name, code in FIELDS.items()}
    body = [[r[ID], r[DATE], names[r[AREA]], words[r[FIELD]], r[DEATHS], r[INJURED], r[LOSS]] for r in truth]
    return Sheet([list(HEADER)], body)


# ---- harmless


def title(s: Sheet, chance: random.Random) -> None:
    width = len(s.header[-1])
    s.above = [
        ["郑州市2016—2018年生产安全事故台账", *[""] * (width - 1)],
        ["填报单位：市应急管理局", *[""] * (width - 1)],
    ]
    s.merged = [(1, 1, 1, width)]


def footnotes(s: Sheet, chance: random.Random) -> None:
    s.below += [["注：本表不含火灾中的自杀事件。"], ["填表人：" + SECRET_NAME + "  联系电话：" + SECRET_PHONE]]


def total(s: Sheet, chance: random.Random) -> None:
    width = len(s.header[-1])
    row: list[Any] = ["合计", *[""] * (width - 1)]
    for i, name in enumerate(s.header[-1]):
        if "人数" in str(name) and all(isinstance(line[i], int) for line in s.body):
            row[i] = sum(line[i] for line in s.body)
    s.below = [row, *s.below]


def blank_column(s: Sheet, chance: random.Random) -> None:
    at = chance.randrange(1, len(s.header[-1]))
    for row in (*s.header, *s.body):
        row.insert(at, "")


def blank_rows(s: Sheet, chance: random.Random) -> None:
    s.body.insert(chance.randrange(1, len(s.body) + 1), [""] * len(s.header[-1]))


def numbered(s: Sheet, chance: random.Random) -> None:
    for i, row in enumerate(s.body, 1):
        row.insert(0, i)
    for row in s.header:
        row.insert(0, "序号")


def shuffled(s: Sheet, chance: random.Random) -> None:
    order = list(range(len(s.header[-1])))
    chance.shuffle(order)
    s.header[:] = [[row[i] for i in order] for row in s.header]
    s.body[:] = [[row[i] for i in order] for row in s.body]


def full_width(s: Sheet, chance: random.Random) -> None:
    wide = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
    for column in ("死亡人数", "直接经济损失", "事故日期"):
        i = _at(s, column)
        for row in s.body:
            row[i] = str(row[i]).translate(wide)


def thousands(s: Sheet, chance: random.Random) -> None:
    i = _at(s, "直接经济损失")
    for row in s.body:
        row[i] = f"{float(row[i]):,.2f}" if not isinstance(row[i], str) else row[i]


def chinese_dates(s: Sheet, chance: random.Random) -> None:
    _dates(s, lambda d: f"{d.year}年{d.month}月{d.day}日")


def dotted_dates(s: Sheet, chance: random.Random) -> None:
    _dates(s, lambda d: f"{d.year}.{d.month}.{d.day}")


def slashed_dates(s: Sheet, chance: random.Random) -> None:
    _dates(s, lambda d: f"{d.year}/{d.month}/{d.day}")


def serial_dates(s: Sheet, chance: random.Random) -> None:
    _dates(s, lambda d: (d - date(1899, 12, 30)).days)


def real_dates(s: Sheet, chance: random.Random) -> None:
    _dates(s, lambda d: d)


def three_columns_for_the_date(s: Sheet, chance: random.Random) -> None:
    i = _at(s, "事故日期")
    for row in s.body:
        day = date.fromisoformat(row[i])
        row[i : i + 1] = [day.year, day.month, day.day]
    for row in s.header:
        row[i : i + 1] = ["年", "月", "日"]


def yuan(s: Sheet, chance: random.Random) -> None:
    i = _at(s, "直接经济损失")
    s.header[-1][i] = "直接经济损失（元）"
    for row in s.body:
        row[i] = round(float(row[i]) * 10_000)


def other_words(s: Sheet, chance: random.Random) -> None:
    words = {
        "事故编号": ["事故编码"], "地区": ["区县"],
        "死亡人数（人）": ["死亡人数"], "重伤人数（人）": ["重伤人数"],
            }  # fmt: skip
    for i, name in enumerate(s.header[-1]):
        if name in words:
            s.header[-1][i] = chance.choice([*words[name], name])


def spaced_words(s: Sheet, chance: random.Random) -> None:
    for i, name in enumerate(s.header[-1]):
        s.header[-1][i] = str(name).replace("死亡人数", "死 亡 人 数").replace("地区", "地　区")


def broken_words(s: Sheet, chance: random.Random) -> None:
    i = _at(s, "直接经济损失")
    s.header[-1][i] = str(s.header[-1][i]).replace("（", "\n（")


def area_codes(s: Sheet, chance: random.Random) -> None:
    codes = dict(zip(DISTRICTS["zh"], DISTRICTS["area"], strict=True))
    i = _at(s, "地区")
    for row in s.body:
        row[i] = codes.get(row[i], row[i])


def long_names(s: Sheet, chance: random.Random) -> None:
    i = _at(s, "地区")
    for row in s.body:
        if str(row[i]).endswith(("区", "市", "县")) and row[i] in set(DISTRICTS["zh"]) and "郑东" not in row[i]:
            row[i] = f"郑州市{row[i]}"


def personal(s: Sheet, chance: random.Random) -> None:
    s.header[-1] += ["死者姓名", "身份证号", "联系电话"]
    for row in s.header[:-1]:
        row += ["", "", ""]
    for row in s.body:
        row += [SECRET_NAME, SECRET_ID, SECRET_PHONE]


def summaries(s: Sheet, chance: random.Random) -> None:
    s.header[-1].append("事故简要经过")
    for row in s.header[:-1]:
        row.append("")
    for row in s.body:
        row.append(f"作业人员（电话{SECRET_PHONE}）违章作业，发生事故。")


def repeated_header(s: Sheet, chance: random.Random) -> None:
    if len(s.header) == 1 and len(s.body) > 1:
        s.body.insert(chance.randrange(1, len(s.body)), list(s.header[0]))


def two_row_header(s: Sheet, chance: random.Random) -> None:
    if len(s.header) > 1 or s.merged:
        return
    names = s.header[0]
    i = _at(s, "死亡人数")
    if i + 1 >= len(names) or "重伤" not in str(names[i + 1]):
        return
    upper = list(names)
    lower = [""] * len(names)
    upper[i], upper[i + 1] = "人员伤亡情况", ""
    lower[i], lower[i + 1] = names[i], names[i + 1]
    s.header = [upper, lower]
    s.merged = [(1, i + 1, 1, i + 2)] + [(1, c + 1, 2, c + 1) for c in range(len(names)) if c not in (i, i + 1)]


HARMLESS: dict[str, Damage] = {
    f.__name__: f
    for f in (
        title, footnotes, total, blank_column, blank_rows, numbered, shuffled, full_width, thousands, chinese_dates,
        dotted_dates, slashed_dates, serial_dates, real_dates, three_columns_for_the_date, yuan, other_words,
        spaced_words, broken_words, area_codes, long_names, personal, summaries, repeated_header, two_row_header,
    )
}  # fmt: skip
# Damages that speak of the same cells cannot both be done; those that set the header's shape come last.
ALONE = [
    {"chinese_dates", "dotted_dates", "slashed_dates", "serial_dates", "real_dates", "three_columns_for_the_date"},
    {"full_width", "thousands", "yuan"}, {"full_width", "serial_dates", "real_dates", "chinese_dates", "dotted_dates",
     "slashed_dates", "three_columns_for_the_date"}, {"area_codes", "long_names"}, {"two_row_header", "title"},
    {"two_row_header", "other_words"}, {"two_row_header", "spaced_words"}, {"two_row_header", "repeated_header"},
    {"three_columns_for_the_date", "two_row_header"},
]  # fmt: skip
LAST = (
    "other_words",
    "spaced_words",
    "broken_words",
    "repeated_header",
    "two_row_header",
    "total",
    "blank_rows",
    "title",
    "footnotes",
)


# ---- harmful: (column, what stands there instead)

HARMFUL: dict[str, tuple[str, Any]] = {
    "a word for a number": ("死亡人数", "三人"), "a number with its unit": ("死亡人数", "3人"),
    "a negative count": ("死亡人数", -1), "a fraction of a person": ("死亡人数", 1.5), "no number": ("死亡人数", ""),
    "a doubtful separator": ("直接经济损失", "1,23"), "an impossible day": ("事故日期", "2018-02-30"),
    "a two-digit year": ("事故日期", "18-3-5"), "an ambiguous date": ("事故日期", "3/5/2018"),
    "no date": ("事故日期", ""),
    "an unknown place": ("地区", "火星区"), "no place": ("地区", ""), "an unknown field": ("行业领域", "星际航行"),
    "about as many": ("死亡人数", "约3"), "infinitely many": ("死亡人数", "inf"), "not a number": ("死亡人数", "NaN"),
    "an error": ("死亡人数", "#REF!"),
}  # fmt: skip


def harm(s: Sheet, kind: str, chance: random.Random) -> tuple[int, str]:
    """Put a fault into one cell; return its row among the sheet's rows (from 1) and the heading."""
    column, wrong = HARMFUL[kind]
    row = chance.randrange(len(s.body))
    s.body[row][_at(s, column)] = wrong
    return len(s.above) + len(s.header) + row + 1, str(s.header[-1][_at(s, column)])


def _at(s: Sheet, column: str) -> int:
    for row in s.header:
        for i, name in enumerate(row):
            if str(name).replace(" ", "").startswith(column):
                return i
    raise KeyError(column)


def _dates(s: Sheet, form: Callable[[date], Any]) -> None:
    i = _at(s, "事故日期")
    for row in s.body:
        row[i] = form(date.fromisoformat(row[i]))


def chosen(names: list[str]) -> list[str]:
    """Return those of some damages that can be done together, in the order in which they are done."""
    kept: list[str] = []
    for name in sorted(dict.fromkeys(names), key=lambda name: LAST.index(name) if name in LAST else -1):
        if not any(name in pair and pair & set(kept) for pair in ALONE):
            kept.append(name)
    return kept


# ---- files

KINDS = ("xlsx", "xls", "utf-8", "utf-8-sig", "gb18030")


def write(path: Path, s: Sheet, kind: str) -> Path:
    """Write a sheet as a real file of a kind, named accordingly."""
    if kind == "xlsx":
        return _xlsx(path.with_suffix(".xlsx"), s)
    if kind == "xls":
        return _xls(path.with_suffix(".xls"), s)
    path = path.with_suffix(".csv")
    width = max(map(len, s.rows))
    with path.open("w", encoding=kind, newline="") as file:
        csv.writer(file).writerows([[*row, *[""] * (width - len(row))] for row in s.rows])
    return path


def _xlsx(path: Path, s: Sheet) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    for row in s.rows:
        page.append([None if cell == "" else cell for cell in row])
    for top, left, bottom, right in s.merged:
        page.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    book.save(path)
    return path


def _xls(path: Path, s: Sheet) -> Path:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("台账")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    inside = {(r, c): (top, left, bottom, right) for top, left, bottom, right in s.merged
              for r in range(top, bottom + 1) for c in range(left, right + 1)}  # fmt: skip
    for i, row in enumerate(s.rows, 1):
        for j, cell in enumerate(row, 1):
            if (i, j) in inside:
                top, left, bottom, right = inside[i, j]
                if (i, j) == (top, left):
                    page.write_merge(top - 1, bottom - 1, left - 1, right - 1, cell)
            elif cell != "":
                page.write(i - 1, j - 1, cell, *([day] if isinstance(cell, date) else []))
    book.save(str(path))
    return path
