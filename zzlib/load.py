"""Observations: published figures from raw tables to one checked long table that keeps every vintage.

Nothing is repaired and nothing is chosen here; `targets.assess` selects what was known on a day. What a table implies
is added beside its figures, at best as `derived`: months from sums since January, a year from its months.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from zzlib.cells import (
    FACTOR,
    area_codes,
    check,
    in_order,
    missing_columns,
    numbers,
    periods,
    place,
    slip,
    trimmed,
    whole,
)
from zzlib.cells import rejected as refused_rows
from zzlib.errors import DataError, Fault
from zzlib.headings import factor_of
from zzlib.language import Message, Name, number, word
from zzlib.periods import bounds, end, is_period, plain, read_day, read_period
from zzlib.raw import Note, RawTable
from zzlib.schema import CHANGE_UNIT, MEASURES, OBSERVATIONS, STATUSES, columns, weakest

REQUIRED = ("area", "period", "measure", "value", "unit", "scope", "status", "source")
TOLD_BY = 4  # columns that tell what a table is meant as
WHOLE_UNITS = ("persons", "accidents")
KEY = ["area", "period", "measure", "scope", "vintage"]
AHEAD = ("partial", "estimated", "synthetic")  # what may be said of a period before it has ended
# Quantities that add up over time: what was produced, and what happened, by the first word of the measure. Stocks
# (vehicles, workers, population), rates and changes do not.
PRODUCED = ("gdp", "coal_output")
HAPPENED = ("accidents", "fatal", "deaths", "injured", "injuries", "serious")
DIFFERENCED = "difference of cumulative figures"  # the note of a month taken from two sums since January
SUMMED = "sum of the parts of the year"
SAME = ["area", "measure", "scope", "unit", "family", "year"]  # figures that may be added and compared
Figure: TypeAlias = dict[str, Any]  # a row of observations
_ORNAMENT = re.compile(r"[\W\d_]|年|月|日|季度|上半|下半|第|期|号")  # in a source's name: dates and numbers of issue


def is_observations(header: Collection[str]) -> bool:
    """Say whether a table is meant as one of observations, told by four columns of its header.

    A column that is missing or misspelt is then a fault, not a reason to leave the table aside.
    """
    return len({*REQUIRED} & {*header}) >= TOLD_BY


def is_flow(measure: str, unit: str) -> bool:
    """Say whether a measure adds up over time.

    >>> is_flow("deaths_road", "persons"), is_flow("population", "10,000 persons")
    (True, False)
    >>> is_flow("deaths_per_10k_vehicles", "persons per 10,000 vehicles"), is_flow("gdp", "100 million yuan")
    (False, True)
    """
    return (measure in PRODUCED and unit == MEASURES[measure]) or _is_count(measure, unit)


def observations(
    tables: Sequence[RawTable],
    areas: pd.DataFrame,
    *,
    rejected: list[pd.DataFrame] | None = None,
    notes: list[Note] | None = None,
) -> pd.DataFrame:
    """Return raw tables as one table of observations, one fact per row, with `file` and `row` of each.

    Sums since January become months where the sum up to the month before is known, and a whole set of months, quarters
    or half-years of a count becomes a year that nobody published; such rows are at best `derived`, their `note` says
    what they are, and the sums stay. `notes` collects what was converted and derived, and what could not be.
    Raises DataError listing every fault of every table: a missing column, an unknown area (with the nearest names), a
    number that is none, a negative or fractional count, an unknown status or unit, a period that is none or had not
    ended when it was published, a repeated row. With `rejected`, refused rows go there instead, and the rest is used.
    """
    said: list[Note] = []
    faults: list[Fault] = []
    parts: list[pd.DataFrame] = []
    for table in tables:
        own: list[Fault] = []
        part = _typed(trimmed(table), areas, own, said)
        faults += own
        if own:
            refused = refused_rows(table, own)
            part = part.drop(refused.index, errors="ignore")
            if rejected is not None:
                rejected.append(refused)
        parts.append(part)
    if faults and rejected is None:
        raise DataError(in_order(faults))
    together = pd.concat(parts, ignore_index=True) if parts else _empty()
    names = dict(zip(areas["area"], areas["name"], strict=True))
    for derived in (_months, _years):
        if rows := list(derived(together, names, said)):
            together = pd.concat([together, pd.DataFrame(rows)[together.columns]], ignore_index=True)
    if notes is not None:
        notes += said
    return OBSERVATIONS.validate(together)


def _typed(table: RawTable, areas: pd.DataFrame, faults: list[Fault], notes: list[Note]) -> pd.DataFrame:
    cells = table.cells
    faults += missing_columns(table, [name for name in REQUIRED if name != "period" or "year" not in cells])
    if faults:
        return _empty()
    table = _in_own_units(table, faults, notes)
    cells = table.cells
    typed = pd.DataFrame({name: cells.get(name, "") for name in columns(OBSERVATIONS)}, index=cells.index, dtype=str)
    typed["area"] = area_codes(table, areas, faults)
    typed["period"] = periods(table, faults)
    changes = typed["unit"] == CHANGE_UNIT
    typed["value"] = numbers(table, "value", faults, signed=lambda row: bool(changes[row]))
    whole(table, "value", typed["value"].where(typed["unit"].isin(WHOLE_UNITS)), faults)
    check(table, "status", STATUSES.__contains__, Message("one of {codes}", codes=list(STATUSES)), faults)
    check(table, "measure", lambda text: _misspelt(text) is None, Message("a known measure"), faults, _misspelt)
    if "vintage" in cells:
        typed["vintage"] = _vintages(table, faults)
    lines = cells.index if table.lines is None else table.lines.reindex(cells.index)
    typed["file"], typed["row"] = table.path.name, lines
    _ahead(table, typed, faults)
    sound = typed.drop(refused_rows(table, faults).index) if faults else typed
    _twice(table, sound, faults)
    return typed


def _misspelt(measure: str) -> str | None:
    """Return the known measure that a text was probably meant to be; a measure unlike any known one is new."""
    if measure in MEASURES:
        return None
    return slip(measure, MEASURES)


def _in_own_units(table: RawTable, faults: list[Fault], notes: list[Note]) -> RawTable:
    """Return the table with known measures in their own units, and with the factor of each row that this takes.

    A unit that cannot be converted is a fault; so is one to convert where the mapping has given a factor already.
    """
    cells = table.cells
    factors = cells[FACTOR] if FACTOR in cells else pd.Series("", index=cells.index, dtype=str)
    mapped = float(table.factors.get("value", 1)) != 1
    found = list(zip(cells["measure"], cells["unit"], factors, strict=True))
    conversions: dict[tuple[str, str, str], str | None] = {}
    for measure, unit, factor in dict.fromkeys(found):
        times = _factor(measure, unit)
        given = plain(factor) not in ("", "1", "1.0") or mapped
        conversions[measure, unit, factor] = None if given and times not in (None, "1") else times
        if times not in (None, "1") and not given:
            what = Message(
                "{file}: {measure} from '{unit}' to '{wanted}', times {factor}", file=table.path.name,
                measure=word("measure", measure), unit=unit, wanted=word("unit", MEASURES[measure]), factor=times,
            )  # fmt: skip
            notes.append(Note("unit_converted", what))
    for row, one in zip(cells.index, found, strict=True):
        if conversions[one] is None:
            what = Message("{measure} is given in '{unit}'", measure=one[0], unit=one[1])
            remedy = Message("Wanted is '{unit}'; convert the figure and its unit.", unit=MEASURES[one[0]])
            faults.append(Fault(what, where=place(table, row, "unit"), remedy=remedy))
    units = [MEASURES.get(one[0], one[1]) if conversions[one] else one[1] for one in found]
    times_each = [one[2] if conversions[one] in (None, "1") else conversions[one] for one in found]
    return replace(table, cells=cells.assign(unit=units, **{FACTOR: times_each}))


def _factor(measure: str, unit: str) -> str | None:
    """Return what turns a figure of a known measure into its own unit, or None; of another measure nothing is known."""
    own = MEASURES.get(measure)
    factor = 1.0 if own is None or plain(unit) == own else factor_of(unit, own)
    return None if factor is None else "1" if factor == 1 else repr(factor)


def _vintages(table: RawTable, faults: list[Fault]) -> pd.Series:
    """Return the days of publication as ISO text; a month, a year or nothing may stand there too."""
    given = table.cells["vintage"]
    read = {text: _published(text) for text in given.unique()}
    a_date = Message("the day of publication (2019-02-28, 2019-02 or 2019), or nothing")
    check(table, "vintage", lambda text: read[text] is not None, a_date, faults)
    return given.map({text: day or "" for text, day in read.items()}).astype(str)


def _published(text: str) -> str | None:
    if not text or is_period(text):
        return text
    return read_day(text).period or read_period(text).period or None


def _ahead(table: RawTable, typed: pd.DataFrame, faults: list[Fault]) -> None:
    """Add a fault for every whole figure that was published before its period had ended."""
    dated = typed[(typed["vintage"] != "") & (typed["period"] != "") & ~typed["status"].isin(AHEAD)]
    periods_end, vintages_end = (
        dated[name].map({text: end(text) for text in dated[name].unique()}) for name in ("period", "vintage")
    )
    for row in dated.index[(periods_end > vintages_end).to_numpy()]:
        what = Message(
            "{period} had not ended when this was published ({vintage})",
            period=dated.at[row, "period"], vintage=dated.at[row, "vintage"],
        )  # fmt: skip
        remedy = Message("Correct the period or the day; a figure for a part of the period has the status 'partial'.")
        # Of a wide table's line only the figures of such periods are wrong.
        column = "vintage" if table.under is None else "value"
        faults.append(Fault(what, where=place(table, row, column), remedy=remedy))


def _twice(table: RawTable, typed: pd.DataFrame, faults: list[Fault]) -> None:
    key = [*KEY, "source"]
    again = typed.duplicated(key)
    if not again.any():
        return
    first = typed.drop_duplicates(key).set_index(key)["row"].to_dict()
    for row, values in zip(typed.index[again], typed.loc[again, key].itertuples(index=False, name=None), strict=True):
        what = Message("the same measure of this area and period stands already in row {row}", row=first[values])
        remedy = Message("Keep one; a revision carries its own day of publication in 'vintage'.")
        where = table.place(row) if table.under is None else place(table, row, "value")
        faults.append(Fault(what, where=where, remedy=remedy))


def _months(together: pd.DataFrame, names: Mapping[str, Name], notes: list[Note]) -> Iterator[Figure]:
    """Yield the months that sums since January imply: each sum less the one that ends a month before it.

    Both must follow one definition and one source, and the earlier one was published no later. Nothing is taken across
    a month whose sum is missing, and nothing where the sum fell, which `notes` say.
    """
    flows = _within_years(together, is_flow)
    there = {(*key[:3], row["period"]) for key, rows in flows.items() for row in rows if row["first"] == row["last"]}
    for key, rows in flows.items():
        sums = [row for row in rows if row["first"] == 1]
        ends = {row["last"] for row in sums}
        # Sums to the end of a quarter ask for no months; any other one shows that months are meant.
        if ends <= {1, 3, 6, 9, 12}:
            continue
        about, taken = _about(sums[-1], names), 0
        for later in sums:
            month = f"{later['year']}-{later['last']:02}"
            if later["last"] - 1 not in ends or (*key[:3], month) in there:
                continue
            difference = _difference([row for row in sums if row["last"] == later["last"] - 1], later)
            if isinstance(difference, Message):
                what = Message(
                    "{about}: {month} is not known, for {reason}", about=about, month=month, reason=difference
                )
                notes.append(Note("unsure", what, int(later["row"])))
            else:
                taken += 1
                yield _derived(later, month, difference[0], [later["status"], difference[1]], DIFFERENCED)
        if taken:
            what = Message("{about}: {count} months are differences of sums since January", about=about, count=taken)
            notes.append(Note("differenced", what))
        if gaps := sorted({month - 1 for month in ends if month > 1} - ends):
            what = Message(
                "{about}: no sum from January to {months}; what lies across belongs to no single month",
                about=about, months=[f"{key[-1]}-{month:02}" for month in gaps],
            )  # fmt: skip
            notes.append(Note("unsure", what))


def _difference(earlier: Sequence[Figure], later: Figure) -> tuple[float, str] | Message:
    """Return a sum less the one before it, with that one's status, or why there is none.

    The one before was published on the same day, or is the last one published earlier.
    """
    same = [row for row in earlier if row["vintage"] == later["vintage"]]
    if not same and later["vintage"]:
        before = [row for row in earlier if row["vintage"] and row["day"] <= later["day"]]
        same = [row for row in before if row["day"] == max(row["day"] for row in before)]
    chosen = [row for row in same if row["source"] == later["source"]] or same
    if not chosen:
        return Message("the sum before it was published later or on an unknown day")
    values = list(dict.fromkeys(row["value"] for row in chosen))
    if len(values) > 1:
        return Message("the sum before it is given as {values}", values=[number(value) for value in values])
    difference = _decimal(later["value"]) - _decimal(values[0])
    if difference < 0:
        earlier_sum, after = number(values[0]), number(later["value"])
        return Message("the sum fell from {before} to {after}: records were cancelled", before=earlier_sum, after=after)
    return float(difference), chosen[0]["status"]


def _years(together: pd.DataFrame, names: Mapping[str, Name], notes: list[Note]) -> Iterator[Figure]:
    """Yield the years of counts that nobody gave but whose months, quarters or half-years are all known."""
    counts = _within_years(together, _is_count)
    there = {
        (*key[:3], key[-1]) for key, rows in counts.items() for row in rows if (row["first"], row["last"]) == (1, 12)
    }
    for key, rows in counts.items():
        if (*key[:3], key[-1]) in there:
            continue
        for length in (1, 3, 6):
            starts = range(1, 13, length)
            parts = [row for row in rows if row["first"] in starts and row["last"] - row["first"] == length - 1]
            if found := list(_whole(parts, starts)):
                for chosen, total in found:
                    yield _derived(chosen[-1], str(key[-1]), total, [row["status"] for row in chosen], SUMMED)
                about = _about(rows[-1], names)
                what = Message("{about}: the year is the sum of its {count} parts", about=about, count=len(starts))
                notes.append(Note("differenced", what))
                break


def _whole(parts: Sequence[Figure], starts: Collection[int]) -> Iterator[tuple[list[Figure], float]]:
    """Yield the parts of a year and their sum, as known on each day on which all of them were."""
    for day in sorted({row["day"] for row in parts}):
        latest: dict[int, list[Figure]] = {}
        for row in sorted((row for row in parts if row["day"] <= day), key=lambda row: row["day"]):
            before = latest.get(row["first"], [])
            latest[row["first"]] = [*(same for same in before if same["day"] == row["day"]), row]
        # Two figures of one day for one part: neither is chosen.
        if set(latest) == {*starts} and all(len({row["value"] for row in same}) == 1 for same in latest.values()):
            chosen = sorted((same[0] for same in latest.values()), key=lambda row: (row["day"], row["first"]))
            yield chosen, float(sum(_decimal(row["value"]) for row in chosen))


def _within_years(together: pd.DataFrame, kind: Callable[[str, str], bool]) -> dict[tuple[Any, ...], list[Figure]]:
    """Return figures of a kind for whole months of one year, those that may be added and compared together (`SAME`).

    Each has its `first` and `last` month, and the `day` from which it was known (none: always). A `partial` figure is
    a lower bound, which can be neither added nor taken off.
    """
    pairs = list(zip(together["measure"], together["unit"], strict=True))
    kinds = {pair: kind(*pair) for pair in set(pairs)}
    months = {period: _months_of(period) for period in together["period"].unique()}
    known = {vintage: end(vintage) if vintage else date.min for vintage in together["vintage"].unique()}
    family = {source: _ORNAMENT.sub("", source) for source in together["source"].unique()}
    wanted = np.array([kinds[pair] for pair in pairs], dtype=bool)
    wanted &= together["period"].map({period: found is not None for period, found in months.items()}).to_numpy(bool)
    wanted &= (together["status"] != "partial").to_numpy()
    groups: dict[tuple[Any, ...], list[Figure]] = {}
    for row in together[wanted].to_dict("records"):
        row["year"], row["first"], row["last"] = months[row["period"]] or (0, 0, 0)
        row["family"], row["day"] = family[row["source"]], known[row["vintage"]]
        groups.setdefault(tuple(row[name] for name in SAME), []).append(row)
    return groups


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _months_of(period: str) -> tuple[int, int, int] | None:
    """Return year, first and last month of a period of whole months within a year, else None."""
    first, last = bounds(period)
    whole_months = first.day == 1 and (last + timedelta(days=1)).day == 1
    return (first.year, first.month, last.month) if whole_months and first.year == last.year else None


def _derived(row: Figure, period: str, value: float, statuses: Collection[str], note: str) -> Figure:
    return row | {"period": period, "value": value, "status": weakest([*statuses, "derived"]), "note": note}


def _about(row: Figure, names: Mapping[str, Name]) -> Message:
    return Message(
        "{file}: {measure}, {area}, {year}",
        file=row["file"], measure=word("measure", row["measure"]), area=names[row["area"]], year=row["year"],
    )  # fmt: skip


def _is_count(measure: str, unit: str) -> bool:
    return unit in WHOLE_UNITS and measure.split("_")[0] in HAPPENED


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=str) for name in [*columns(OBSERVATIONS), "file", "row"]})
