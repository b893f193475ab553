"""What offices report on commitments: raw tables in, one checked table out, every fault with its cell.

A row is one report: on this day the value was so much. A line of the form without day, value and numerator was not
filled in, and is no report.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import pandas as pd

from zzlib import cells
from zzlib.errors import DataError, Fault
from zzlib.language import Message, Name
from zzlib.periods import end, plain
from zzlib.raw import RawTable
from zzlib.register import Commitment, Register
from zzlib.schema import REPORTS, STATUSES, table
from zzlib.understanding import word_of

# Columns as the form heads them; those of REPORTS without a heading here are the program's own.
HEADINGS = {
    "commitment": Name(zh="承诺编号", en="commitment"),
    "date": Name(zh="数值日期", en="date"),
    "value": Name(zh="完成数值", en="value"),
    "numerator": Name(zh="已完成数", en="numerator"),
    "denominator": Name(zh="应完成总数", en="denominator"),
    "evidence": Name(zh="佐证材料", en="evidence"),
    "reporter": Name(zh="填报单位", en="reporter"),
    "verified_by": Name(zh="核实单位", en="verified_by"),
    "status": Name(zh="数据状态", en="status"),
    "note": Name(zh="备注", en="note"),
}
NEEDED = ("commitment", "date", "value")
YES_NO = {"是": "1", "否": "0", "已完成": "1", "未完成": "0", "yes": "1", "no": "0"}
LEAVE_EMPTY = Message("Not known: leave the whole line empty.")


@dataclass(frozen=True)
class Asked:
    """What a commitment asks of its reports: why another value cannot stand there, and what to write instead."""

    why: Message
    remedy: Message


SHARE = Asked(Message("A share is promised"), Message("Give the share in per cent, or numerator and denominator."))
COUNT = Asked(Message("A number is promised, not a share"), Message("Give the number itself, such as 30."))
DECLARATION = Asked(
    Message("No number is promised, only that it is done"), Message("Write 1 (done) or 0 (not yet); a part is 0.")
)


def asked(one: Commitment) -> Asked:
    """Return what a commitment asks of its reports: a share, a count or a declaration.

    >>> from zzlib.plan import load_plan
    >>> register = load_plan("zhengzhou-2016-2020").commitments
    >>> [asked(register.commitment(code)).why for code in ("health-checks", "provincial-communities")]
    ['A share is promised', 'A number is promised, not a share']
    """
    if one.value is None:
        return DECLARATION
    return SHARE if one.is_share else COUNT


def canonical(heading: str) -> str | None:
    """Return the column that a heading of the form means, in either language, or None.

    >>> canonical("承诺编号"), canonical("verified_by"), canonical("死亡人数")
    ('commitment', 'verified_by', None)
    """
    text = heading.strip()
    return next((name for name, said in HEADINGS.items() if text in (said.zh, str(said))), None)


def is_report(names: Collection[str]) -> bool:
    """Say whether a table is one of reports: it names commitments, their day and their value."""
    return set(NEEDED) <= {canonical(name) for name in names}


def read(raws: Sequence[RawTable], register: Register) -> pd.DataFrame:
    """Return the reports of some tables, by commitment and day; raises DataError with every fault.

    A share whose value is left empty is its numerator over its denominator, in per cent; a count and a declaration need
    their value. A per cent sign stands only beside a share, a yes or no only for a declaration, which is 1 or 0.
    """
    faults: list[Fault] = []
    clear = [raw for raw in raws if not _headed_twice(raw, faults)]
    rows = [row for raw in clear for row in _rows(_renamed(raw), register, faults)]
    if faults:
        raise DataError(cells.in_order(faults))
    return table(REPORTS, rows).sort_values(["commitment", "date", "row"], ignore_index=True)


def _headed_twice(raw: RawTable, faults: list[Fault]) -> bool:
    """Add a fault for every two headings of one meaning, and say whether there are any."""
    headings: dict[str, list[str]] = {}
    for name in raw.cells.columns:
        if ours := canonical(str(name)):
            headings.setdefault(ours, []).append(str(name))
    twice = [names for names in headings.values() if len(names) > 1]
    where = Message("{file}, sheet '{sheet}'", file=raw.path.name, sheet=raw.sheet) if raw.sheet else raw.path.name
    for names in twice:
        what = Message("the columns {columns} mean the same", columns=names)
        why = Message("Which of them holds the report cannot be known")
        faults.append(Fault(what, where=where, why=why, remedy=Message("Keep one of them.")))
    return bool(twice)


def _renamed(raw: RawTable) -> RawTable:
    known = {name: ours for name in raw.cells.columns if (ours := canonical(str(name)))}
    found = cells.trimmed(replace(raw, cells=raw.cells[list(known)].rename(columns=known)))
    absent = {name: "" for name in HEADINGS if name not in found.cells}
    headings = {ours: str(name) for name, ours in known.items()}
    return replace(found, cells=found.cells.assign(**absent), headings={**raw.headings, **headings})


def _rows(raw: RawTable, register: Register, faults: list[Fault]) -> list[dict[str, object]]:
    filled = (raw.cells[["date", "value", "numerator"]] != "").any(axis=1)
    raw = replace(raw, cells=raw.cells[filled].copy())
    promised = raw.cells["commitment"].map({one.commitment: one for one in register.commitments})
    refused = _misfits(raw, promised, faults)
    raw.cells["unit"] = "%"  # a per cent sign may stand beside a share, and elsewhere is refused by now
    raw.cells["value"] = raw.cells["value"].map(_number).where(~refused, "")
    raw.cells["status"] = raw.cells["status"].map(lambda text: word_of(text, "status") or text)
    codes = [one.commitment for one in register.commitments]
    cells.check(
        raw, "commitment", frozenset(codes).__contains__, Message("a commitment of the register"), faults,
        hint=lambda text: next(iter(get_close_matches(text, codes, n=1)), None),
    )  # fmt: skip
    wanted = Message("one of {codes}", codes=list(STATUSES))
    cells.check(raw, "status", frozenset({"", *STATUSES}).__contains__, wanted, faults)
    days = cells.days(raw, faults)
    figures = {name: _figures(raw, name, faults) for name in ("value", "numerator", "denominator")}
    rows = []
    for row in raw.cells.index:
        given = raw.cells.loc[row]
        value, numerator, denominator = (float(figures[name][row]) for name in figures)
        if given["value"] == "" and not refused[row]:
            value = 100 * numerator / denominator if denominator > 0 and numerator >= 0 else math.nan
            if math.isnan(value):
                what = Message("a report needs its value, or numerator and denominator")
                faults.append(Fault(what, where=raw.place(row, "value"), remedy=LEAVE_EMPTY))
        rows.append({
            "commitment": given["commitment"], "date": end(days[row]).isoformat() if days[row] else "",
            "value": value, "numerator": numerator, "denominator": denominator,
            **{name: given[name] for name in ("evidence", "reporter", "verified_by", "note")},
            "status": given["status"] or "preliminary", "file": raw.path.name, "row": float(raw.line(row)),
        })  # fmt: skip
    return rows


def _misfits(raw: RawTable, promised: pd.Series, faults: list[Fault]) -> pd.Series:
    """Add a fault for every value that its commitment does not ask for, and return which rows these are."""
    refused = pd.Series(False, index=raw.cells.index)
    for row, one in promised[promised.notna()].items():
        text, wanted = raw.cells.at[row, "value"], asked(one)
        if _fits(text, wanted):
            continue
        refused[row] = True
        what = Message("'{text}' cannot stand here", text=text) if text else Message("a report needs its value")
        where = raw.place(row, "value")
        faults.append(Fault(what, where=where, why=wanted.why, remedy=wanted.remedy if text else LEAVE_EMPTY))
    return refused


def _fits(text: str, wanted: Asked) -> bool:
    """Say whether a value is of the kind that is asked for; whether it is a number at all is read later.

    >>> [_fits(text, kind) for kind in (SHARE, COUNT, DECLARATION) for text in ("", "50%", "已完成")]
    [True, True, False, False, False, False, False, False, True]
    """
    if wanted is DECLARATION:
        number = plain(_number(text))
        return cells.NUMBER.fullmatch(number) is not None and float(number) in (0, 1)
    if plain(text).casefold() in YES_NO:
        return False
    return wanted is SHARE or (text != "" and not plain(text).endswith("%"))


def _number(text: str) -> str:
    """Return a value with the word of an office as the number that it means."""
    return YES_NO.get(plain(text).casefold(), text)


def _figures(raw: RawTable, column: str, faults: list[Fault]) -> pd.Series:
    told = raw.cells[column] != ""
    return cells.numbers(replace(raw, cells=raw.cells[told]), column, faults).reindex(raw.cells.index)
