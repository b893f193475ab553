"""The columns of a raw table understood: by the map beside the file, by their headings, or by what their cells hold.

Also what ledgers and tables of figures share: words turned into codes, the map's constants, notes and faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from zzlib import classes
from zzlib.cells import slip
from zzlib.errors import DataError, Fault
from zzlib.headings import NUMBERS, Meaning, column_name, is_unit, meaning, of_measure, plain
from zzlib.language import LANGUAGES, Message, catalogue, word
from zzlib.periods import plain as ordinary
from zzlib.periods import read_day, read_period
from zzlib.raw import Note, RawTable
from zzlib.rules import UNUSED, ColumnRule, SheetRules, rules_path, spellings

OWN_FORM = 4  # columns under our own names: what is missing there is a slip of the pen
DEFAULTS: dict[str, Message] = {
    "accident_id": Message("file and row"),
    "field": Message("the field that the industry belongs to, else unknown"),
    "industry": Message("unknown"),
    "kind": Message("unknown"),
    "serious_injuries": Message("unknown"),
    "loss_10k_yuan": Message("unknown"),
    "counted_from_2016": Message("yes from 2016 on, unknown before"),
    "status": Message("preliminary"),
    "source": Message("the file's name"),
}
_CLOCK = re.compile(r"\d{1,2}[:：时点].*")


@dataclass(frozen=True)
class Column:
    """A column of the file, what it means, and the rule that says so, if one does; `area` where areas run across."""

    name: str
    meaning: Meaning
    rule: ColumnRule | None = None
    area: str = ""


def understood(raw: RawTable, sheet: SheetRules) -> list[Column]:
    """Return the columns whose meaning is known; where only the cells can tell it, they do."""
    ruled = _ruled(raw, sheet)
    found: dict[str, Column] = {}
    open_: list[tuple[str, Meaning]] = []
    for name in map(str, raw.cells.columns):
        rule = ruled.get(name)
        if rule is not None:
            if rule.column != UNUSED:
                found[name] = Column(name, _by_rule(raw, name, rule), rule)
            continue
        known = meaning(name, raw.caption)
        if known is not None and known.doubt == "cells":
            open_.append((name, known))
        elif known is not None and known.doubt != "name":
            found[name] = Column(name, known)
    taken = {one.meaning.column for one in found.values()}
    if {"year", "month", "day"} <= taken:
        taken.add("date")
    for name, known in open_:
        column = _by_cells(raw.cells[name], known.columns, taken)
        if column != UNUSED:
            taken.add(column)
            found[name] = Column(name, replace(known, column=column, columns=(column,), certain=True, doubt=""))
    return [found[name] for name in map(str, raw.cells.columns) if name in found]


def _ruled(raw: RawTable, sheet: SheetRules) -> dict[str, ColumnRule]:
    """Return the map's rule for each column that it names; `rules.refuse_unknown` has seen that all are in the file."""
    spelled = spellings(raw)
    return {spelled[plain(heading)]: rule for heading, rule in sheet.columns.items() if plain(heading) in spelled}


def _by_rule(raw: RawTable, name: str, rule: ColumnRule) -> Meaning:
    measure = "deaths" if rule.column == "deaths" else rule.measure
    if not measure and rule.column not in NUMBERS:
        return Meaning(rule.column, unit=rule.unit, factor=rule.factor or 1.0, columns=(rule.column,))
    told = of_measure(measure or rule.column, name, raw.caption)
    told = replace(told, column="value" if told.period else rule.column, columns=(rule.column,))
    if rule.times is not None:
        told = replace(told, factor=rule.times, certain=True, doubt="")
    return replace(told, unit=rule.our_unit or rule.unit or told.unit)


def _by_cells(cells: pd.Series, options: Sequence[str], taken: Collection[str]) -> str:
    """Return which of several columns the cells of a column make it: the one that knows most of their texts."""
    texts = [text for text in cells.iloc[:1000].unique() if isinstance(text, str) and text.strip()]
    left = [option for option in options if option not in taken]
    shares = {option: sum(map(_KNOWS[option], texts)) / max(len(texts), 1) for option in left}
    best = max(shares, key=lambda option: shares[option], default=UNUSED)
    # A second reading that knows none of the texts is no reading.
    return best if best == options[0] or shares.get(best) else UNUSED


_KNOWS: dict[str, Callable[[str], float]] = {
    "date": lambda text: len(read_day(text).period) == len("2018-03-05"),
    "period": lambda text: bool(read_period(text).period),
    "time": lambda text: bool(_CLOCK.fullmatch(text)),
    "field": lambda text: classes.field_of(text) is not None,
    "industry": lambda text: classes.industry_of(text) is not None,
    "kind": lambda text: classes.kind_of(text) is not None,
    "status": lambda text: word_of(text, "status") is not None,
    "unit": lambda text: is_unit(text) or word_of(text, "unit") is not None,
    "organisation": lambda text: 0.5,
    UNUSED: lambda text: 0.5,
}


def one_each(raw: RawTable, found: Iterable[Column], wanted: Collection[str]) -> dict[str, Column]:
    """Return the column of each of our names. Raises DataError where two columns bear one meaning."""
    chosen: dict[str, Column] = {}
    faults = []
    for one in found:
        column = one.meaning.column
        if column not in wanted:
            continue
        if column in chosen:
            pair = [heading_of(raw, chosen[column].name), heading_of(raw, one.name)]
            what = Message("the columns {columns} both mean '{meaning}'", columns=pair, meaning=column)
            remedy = Message("Say in {file} which is meant: give the other 'unused'.", file=rules_path(raw.path).name)
            faults.append(Fault(what, where=place_of(raw), remedy=remedy))
        chosen.setdefault(column, one)
    if faults:
        raise DataError(faults)
    return chosen


def with_constants(raw: RawTable, cells: pd.DataFrame, sheet: SheetRules, faults: list[Fault]) -> pd.DataFrame:
    """Return the cells with the map's constants; a constant for a column that is there contradicts the file."""
    faults += contradicted(raw, sheet, list(cells))
    return cells.assign(**{name: text for name, text in sheet.constants.items() if name not in cells})


def contradicted(raw: RawTable, sheet: SheetRules, there: Collection[str]) -> Iterator[Fault]:
    for name in sheet.constants:
        if name in there:
            what = Message("the map gives '{column}' as a constant, and the table has it", column=name)
            remedy = Message("Take one of them out: the constant, or the column by 'unused'.")
            yield Fault(what, where=place_of(raw), remedy=remedy)


_YES_NO = dict.fromkeys(("是", "yes", "y", "true", "纳入", "计入"), "yes")
_YES_NO |= dict.fromkeys(("否", "no", "n", "false", "不纳入", "不计入", "未纳入"), "no")
READ: dict[str, Callable[[str], str | None]] = {
    "field": classes.field_of,
    "kind": classes.kind_of,
    "industry": classes.industry_of,
    "status": lambda text: word_of(text, "status"),
    "scope": lambda text: word_of(text, "scope"),
    "counted_from_2016": lambda text: _YES_NO.get(plain(text)),
}


def translator(column: str, words: Mapping[str, str]) -> Callable[[str], str]:
    """Return what turns a cell's words into ours: the map's own words first; what is not known stays as it is."""
    given = {ordinary(theirs): ours for theirs, ours in words.items()}
    known = READ.get(column)

    def translated(text: str) -> str:
        ours = given.get(ordinary(text))
        return ours if ours is not None else (known and known(text)) or text

    return translated


def word_of(text: str, context: str) -> str | None:
    """Return the code whose word in the catalogue a text is, in either language, or None."""
    return _words(context).get(plain(text))


@lru_cache
def _words(context: str) -> dict[str, str]:
    said: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for entry in catalogue(language):
            if entry.context == context and entry.id:
                said.setdefault(plain(str(entry.string)), set()).add(str(entry.id))
                said.setdefault(plain(str(entry.id)), set()).add(str(entry.id))
    return {text: codes.pop() for text, codes in said.items() if text and len(codes) == 1}


def each(cells: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Return a column with each different text changed once."""
    codes, texts = pd.factorize(cells, use_na_sentinel=False)
    changed = [change(text) for text in texts]
    if all(text == new for text, new in zip(texts, changed, strict=True)):
        return cells
    return pd.Series(changed, dtype=str).take(codes).set_axis(cells.index)


def slips(raw: RawTable, chosen: Mapping[str, Column], ours: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for every column that misses one of ours by a slip, in a table that bears our names."""
    names = [str(name) for name in raw.cells.columns]
    if len({*names} & {*ours}) < OWN_FORM:
        return
    missing = [name for name in ours if name not in chosen]
    for name in names:
        if name not in {one.name for one in chosen.values()} and (near := slip(name, missing)):
            what = Message("column '{column}' is not known", column=heading_of(raw, name))
            yield Fault(what, where=place_of(raw), remedy=Message("Did you mean {names}?", names=near))


def no_unit(raw: RawTable, one: Column, *labels: str) -> Fault:
    names = [label for label in labels if label] or [heading_of(raw, one.name)]
    what = Message("the unit of {headings} is not told for certain", headings=list(dict.fromkeys(names)))
    remedy = Message(
        "Write it in brackets behind the heading, or under 'unit' in {file}.", file=rules_path(raw.path).name
    )
    return Fault(what, where=place_of(raw), remedy=remedy)


def note_unused(raw: RawTable, used: Iterable[Column]) -> Note | None:
    names = {one.name for one in used}
    left = [heading_of(raw, str(name)) for name in raw.cells.columns if str(name) not in names]
    return Note("column_unused", Message("not used: {columns}", columns=left)) if left else None


def note_converted(raw: RawTable, one: Column, known: Meaning) -> Note:
    what = Message(
        "'{heading}' times {factor} is in {unit}",
        heading=heading_of(raw, one.name), factor=f"{known.factor:g}", unit=unit_word(known.unit),
    )  # fmt: skip
    return Note("unit_converted", what)


def unit_word(unit: str) -> Message:
    return Message("10,000 yuan") if unit == NUMBERS["loss_10k_yuan"] else word("unit", unit)


def note_default(column: str) -> Note:
    what = Message("no column tells '{column}'; taken: {default}", column=column_name(column), default=DEFAULTS[column])
    return Note("default_taken", what)


def join(*texts: str) -> str:
    return "/".join(text for text in texts if text)


def heading_of(raw: RawTable, name: str) -> str:
    return str(raw.headings.get(name, name))


def place_of(raw: RawTable) -> str:
    if raw.sheet:
        return Message("{file}, sheet '{sheet}'", file=raw.path.name, sheet=raw.sheet)
    return raw.path.name
