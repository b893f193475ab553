"""Raw tables under the project's names: headings understood, words and codes translated, wide tables made long.

A heading means what `headings` knows of it, unless the map beside the file says otherwise (`rules`). What is taken
where a table does not tell something, what was converted and what was not used stands in the table's notes; what
cannot be known without guessing is a fault that says what to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

import pandas as pd

from zzlib import classes
from zzlib.errors import DataError, Fault
from zzlib.headings import LEDGER_COLUMNS, NUMBERS, kind, meaning
from zzlib.language import Message
from zzlib.long_tables import areas_across, observations
from zzlib.periods import plain as ordinary
from zzlib.periods import read_day, read_in_year
from zzlib.proposals import propose
from zzlib.raw import Note, RawTable
from zzlib.rules import Rules, SheetRules, read_rules, refuse_unknown, rules_path
from zzlib.schema import LEDGER, UNKNOWN, columns
from zzlib.understanding import (
    DEFAULTS,
    READ,
    Column,
    each,
    heading_of,
    no_unit,
    note_converted,
    note_default,
    note_unused,
    one_each,
    slips,
    translator,
    understood,
    unit_word,
    with_constants,
)

__all__ = ["Rules", "kind_of", "mapped", "propose", "read_rules", "refuse_unknown", "rules_path"]

CHANGE_OF_SCOPE, CHANGE_OF_EDITION = "2016", classes.EDITION_2011
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK_AFTER = re.compile(r"\s+[0-9]{1,2}[:：时点].*$")


def kind_of(names: Collection[str]) -> str:
    """Return what the columns of a table make of it: `ledger`, `observations`, or neither (the empty text).

    >>> kind_of(["日期", "县区", "死亡人数"]), kind_of(["年份", "常住人口"]), kind_of(["ST_CASE", "FATALS"])
    ('ledger', 'observations', '')
    """
    understood = (meaning(name) for name in names)
    return kind(one for one in understood if one is not None and one.doubt != "name")


def mapped(raw: RawTable, areas: pd.DataFrame, rules: Rules | None) -> RawTable | None:
    """Return a table with columns under the names of `schema`, or None when it is neither observations nor a ledger.

    A wide table becomes long, a row a figure; `under` then tells the heading of each. Raises DataError listing what
    cannot be known: a unit, a period or an area that the table does not tell, two columns of one meaning.
    """
    sheet = (rules.of(raw.sheet) if rules else None) or SheetRules()
    if sheet.kind == "ignore":
        return None
    found = understood(raw, sheet)
    across = areas_across(raw, found, areas)
    told = sheet.kind or ("observations" if across else kind(one.meaning for one in found))
    if told == "ledger":
        return _ledger(raw, found, sheet)
    return observations(raw, [*found, *across], sheet, areas) if told == "observations" else None


def _ledger(raw: RawTable, found: Sequence[Column], sheet: SheetRules) -> RawTable:
    chosen = one_each(raw, found, (*LEDGER_COLUMNS, "period"))
    if (months := chosen.pop("period", None)) is not None and not {"date", "year"} & {*chosen}:
        chosen["date"] = months
    if "date" in chosen:
        for part in ("year", "month", "day"):
            chosen.pop(part, None)
    faults = list(_ledger_faults(raw, chosen, sheet))
    cells = pd.DataFrame({name: raw.cells[one.name] for name, one in chosen.items()}, index=raw.cells.index, dtype=str)
    cells = with_constants(raw, cells, sheet, faults)
    rule = chosen["date"].rule if "date" in chosen else None
    if rule is not None and rule.order:
        cells["date"] = each(cells["date"], partial(_in_order, order=rule.order))
    for name, one in chosen.items():
        words = sheet.values.get(name, {})
        if words and name in ("deaths", "kind", *NUMBERS):
            faults += _without_meaning(raw, one.name, cells[name], words)
        if words or name in READ:
            cells[name] = each(cells[name], translator(name, words))
    if faults:
        raise DataError(faults)
    notes = [note_unused(raw, chosen.values())]
    factors = {name: one.meaning.factor for name, one in chosen.items() if one.meaning.factor != 1}
    for one in chosen.values():
        if one.meaning.factor != 1:
            notes.append(note_converted(raw, one, one.meaning))
        if one.meaning.doubt == "unit":
            unit = unit_word(one.meaning.unit)
            what = Message(
                "'{heading}' does not tell its unit; {unit} is taken", heading=heading_of(raw, one.name), unit=unit
            )
            notes.append(Note("unsure", what))
    taken = [name for name in DEFAULTS if name in columns(LEDGER) and name not in cells]
    notes += [note_default(name) for name in taken]
    cells = _with_ledger_defaults(raw, cells)
    headings = {name: heading_of(raw, one.name) for name, one in chosen.items()}
    result = replace(raw, cells=cells, headings=headings, factors=factors)
    return result.noting(*(note for note in notes if note is not None))


def _ledger_faults(raw: RawTable, chosen: Mapping[str, Column], sheet: SheetRules) -> Iterator[Fault]:
    yield from slips(raw, chosen, columns(LEDGER))
    if "deaths" in chosen and chosen["deaths"].meaning.doubt == "unit":
        yield no_unit(raw, chosen["deaths"])


def _with_ledger_defaults(raw: RawTable, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the records with what the table does not tell, as the notes say; injuries and loss stay untold."""
    filled = cells.copy()
    if "accident_id" not in cells:
        lines = cells.index.to_series() if raw.lines is None else raw.lines.reindex(cells.index)
        place = f"{raw.path.name}:{raw.sheet}:" if raw.sheet else f"{raw.path.name}:"
        filled["accident_id"] = place + lines.astype(int).astype(str)
    if "industry" not in cells:
        filled["industry"] = ""
    if "field" not in cells or "counted_from_2016" not in cells:
        days = _days(cells)
        if "field" not in cells:
            now = each(filled["industry"], lambda text: classes.field_of_industry(text) or UNKNOWN)
            before = each(filled["industry"], lambda text: classes.field_of_industry(text, "2000-01-01") or UNKNOWN)
            filled["field"] = now.where(days >= CHANGE_OF_EDITION, before)
        if "counted_from_2016" not in cells:
            unknown = pd.Series(UNKNOWN, index=cells.index, dtype=str)
            filled["counted_from_2016"] = unknown.mask(days >= CHANGE_OF_SCOPE, "yes")
    return filled.assign(
        **{name: text for name, text in (("kind", ""), ("status", "preliminary")) if name not in cells}
    )


def _days(cells: pd.DataFrame) -> pd.Series:
    """Return the day of each record as ISO text, or the year where it stands in its own column; empty if unreadable."""
    if "date" in cells:
        read = cache(lambda text: read_day(text).period)

        def day(text: str) -> str:
            return text[:10] if _ISO_DAY.match(text) else read(_CLOCK_AFTER.sub("", text))

        return each(cells["date"], day)
    years = cells.get("year", pd.Series("", index=cells.index, dtype=str))
    return each(years, lambda text: read_in_year(text, "").period and f"{read_in_year(text, '').period}-12-31")


def _in_order(text: str, order: str) -> str:
    """Return a date such as 03/05/2018 as ISO text by the order that the map states; any other text as it is."""
    found = re.match(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?!\d)", ordinary(text), re.ASCII)
    if found is None:
        return text
    month, day = (found[1], found[2]) if order == "month first" else (found[2], found[1])
    return f"{found[3]}-{int(month):02}-{int(day):02}" if int(month) <= 12 else text


def _without_meaning(raw: RawTable, name: str, values: pd.Series, words: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault for every number that the map of a column's codes leaves out: read as it stands it misleads."""
    known = {ordinary(text) for text in words}
    for text in values.unique():
        if ordinary(text)[:1].isdigit() and ordinary(text) not in known:
            row = int(values.index[values == text][0])
            what = Message("the map does not say what '{text}' means", text=text)
            remedy = Message(
                "Give every code that stands there under 'values' in {file}.", file=rules_path(raw.path).name
            )
            yield Fault(what, where=raw.place(row, name), remedy=remedy)
