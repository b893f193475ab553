"""Accidents counted where the records lie: one Ibis expression, the same on every source, one row a group comes back.

A national ledger stays in its database; a file of ten million rows is never a table in memory. Only the columns that a
question needs are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from zzlib import sources
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.language import Message
from zzlib.schema import FIELDS, LEDGER, STATUSES, UNKNOWN
from zzlib.sources import Source

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir

Where: TypeAlias = "Mapping[str, str | Sequence[str]] | Callable[[ir.Table], ir.BooleanValue]"

# Lower bounds, inclusive, of State Council order 493: deaths, serious injuries, direct loss in 10,000 yuan.
GRADES = {"extraordinary": (30, 100, 10_000), "major": (10, 50, 5_000), "larger": (3, 10, 1_000)}
# What may be asked by, and the column of the ledger that it rests on; the grade rests on the measures.
GROUPS = {
    "area": "area", "field": "field", "industry": "industry", "division": "industry", "kind": "kind", "grade": "",
    "status": "status", "counted_from_2016": "counted_from_2016", "month": "date", "quarter": "date", "year": "date",
}  # fmt: skip
MEASURES = ("deaths", "serious_injuries", "loss_10k_yuan")
COUNTS = ("accidents", "fatal_accidents", *MEASURES)
CODES = {
    "field": (*FIELDS, UNKNOWN), "status": (*STATUSES, UNKNOWN), "counted_from_2016": ("yes", "no", UNKNOWN),
    "grade": ("ordinary", *GRADES),
}  # fmt: skip
TIMES = {"month": r"\d{4}-(0[1-9]|1[0-2])", "quarter": r"\d{4}-Q[1-4]", "year": r"\d{4}"}
BEGINNINGS = {"month": 7, "quarter": 7, "year": 4, "division": 2}  # signs that tell a group
# Loss is added up in whole fen, which makes the sum the same in whatever order a source adds.
FEN = 1e6
FINITE = 1e300  # above it is NaN only, where a database knows NaN


def counts(
    source: Source,
    *,
    by: str | Sequence[str] = ("area", "field", "month"),
    where: Where | None = None,
    columns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return accidents, fatal accidents, deaths, serious injuries and loss of a checked ledger, by groups, sorted.

    `source` is a place as `sources.table` takes it: a path, an address of a database, or an Ibis table. `by` names
    groups of `GROUPS`: a division is the first two digits of the industry, a grade follows order 493; months, quarters
    and years are text (2018-03, 2018-Q1, 2018), and a blank code is `unknown`. `where` keeps the records whose groups
    have given values, or those that a function of the Ibis table says. `columns` tells by their names which columns
    are ours. A sum leaves out records whose figure is not known, and is NaN where none is known.

    Raises ParameterError for a group or code that is not known, DataError for a column that is missing or has no
    fitting type, a date that is none, deaths that are not whole, and all that `sources.table` refuses.

    >>> import ibis
    >>> two = {"date": ["2018-03-05", "2018-03-20"], "deaths": [1, 3], "serious_injuries": [0, 2]}
    >>> ledger = ibis.memtable(pd.DataFrame(two | {"loss_10k_yuan": [80.5, 1200.0]}))
    >>> counts(ledger, by=["month", "grade"]).drop(columns=["fatal_accidents", "serious_injuries"])
         month     grade  accidents  deaths  loss_10k_yuan
    0  2018-03    larger          1     3.0         1200.0
    1  2018-03  ordinary          1     1.0           80.5
    """
    groups = _asked(by, where)
    table = sources.table(source)
    records = _ours(table, groups, where, columns or {}, sources.named(source))
    _refuse_text_among_numbers(records, source)
    found = sources.rows(_counted(records, groups, where), source)
    types = dict.fromkeys(groups, "str") | dict.fromkeys(COUNTS[:2], "int64") | dict.fromkeys(MEASURES, "float64")
    found = found.astype(types)[list(types)].sort_values(list(groups), ignore_index=True)
    _refuse_what_cannot_be(found, source)
    return found


def expression(
    table: ir.Table,
    *,
    by: str | Sequence[str] = ("area", "field", "month"),
    where: Where | None = None,
    columns: Mapping[str, str] | None = None,
) -> ir.Table:
    """Return the counts of `counts` as one Ibis expression over a table, not computed.

    Any backend of Ibis can be asked for its SQL: ibis.to_sql(expression(table), dialect="trino"). For Spark and Trino
    the SQL is compiled in the tests, but was never run there. Raises as `counts` does, before anything is read.
    """
    groups = _asked(by, where)
    return _counted(_ours(table, groups, where, columns or {}, sources.named(table)), groups, where)


def _counted(records: ir.Table, groups: Sequence[str], where: Where | None) -> ir.Table:
    """Return the expression over records under our names."""
    records = records.mutate(**{name: _number(records[name]) for name in MEASURES})
    if callable(where):
        records = records.filter(where(records))
    for name, values in _conditions(where).items():
        records = records.filter(_among(records, name, _values(values)))
    # First by what stands in the columns, which every database does fastest, then the few groups by what it means.
    rough = records.group_by(**{name: _standing(records, name) for name in groups}).aggregate(
        accidents=records.count(),
        fatal_accidents=(records["deaths"] > 0).sum(),
        deaths=records["deaths"].sum(),
        serious_injuries=records["serious_injuries"].sum(),
        fen=(records["loss_10k_yuan"] * FEN + 0.5).floor().sum(),
    )
    return rough.group_by(**{name: _meant(rough[name], name) for name in groups}).aggregate(
        accidents=rough["accidents"].sum().cast("int64"),
        fatal_accidents=rough["fatal_accidents"].sum().fill_null(0).cast("int64"),
        deaths=rough["deaths"].sum(),
        serious_injuries=rough["serious_injuries"].sum(),
        loss_10k_yuan=rough["fen"].sum().cast("float64") / FEN,
    )


def _asked(by: str | Sequence[str], where: Where | None) -> tuple[str, ...]:
    """Return the groups asked by, each once; refuse one that is not known, here or in `where`, and a misspelt code."""
    names = [by] if isinstance(by, str) else list(by)
    conditions = _conditions(where)
    faults = [_not_known("by", name, GROUPS) for name in names if name not in GROUPS]
    faults += [_not_known("where", name, GROUPS) for name in conditions if name not in GROUPS]
    for name, known in CODES.items():
        faults += [_not_known(name, value, known) for value in _values(conditions.get(name, ())) if value not in known]
    if not names:
        faults.append(Fault(Message("by: nothing is named"), remedy=Message("Wanted: {wanted}.", wanted=list(GROUPS))))
    if faults:
        raise ParameterError(faults)
    return tuple(dict.fromkeys(names))


def _not_known(about: str, name: str, known: Iterable[str]) -> Fault:
    near = get_close_matches(str(name), known, 3, 0.6)
    remedy = Message("Did you mean {names}?", names=near) if near else Message("Wanted: {wanted}.", wanted=list(known))
    return Fault(Message("{about}: '{name}' is not known", about=about, name=name), remedy=remedy)


def _conditions(where: Where | None) -> Mapping[str, str | Sequence[str]]:
    return where if isinstance(where, Mapping) else {}


def _values(values: str | Sequence[str]) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def _ours(
    table: ir.Table, groups: Sequence[str], where: Where | None, columns: Mapping[str, str], place: str
) -> ir.Table:
    """Return a table under our names; refuse a column that is missing or whose type cannot be what it is called."""
    names = [columns.get(name, name) for name in table.columns if name in columns or name not in columns.values()]
    wanted = {*MEASURES, *(GROUPS[group] for group in (*groups, *_conditions(where)))}
    needed = [name for name in LEDGER.columns if name in wanted]
    remedy = Message("The table needs the columns {columns}.", columns=needed)
    faults = [
        Fault(Message("column '{column}' is missing", column=name), where=place, remedy=remedy)
        for name in (*needed, *columns)
        if name not in (table.columns if name in columns else names)
    ]
    ours = table.drop(*(name for name in columns.values() if name in table.columns and name not in columns))
    ours = ours.rename({ours_: theirs for theirs, ours_ in columns.items() if theirs in table.columns})
    for name in needed:
        if name in ours.columns and (should := _wanted(name, ours[name].type())) is not None:
            what = Message("column '{column}' has the type {type}", column=name, type=str(ours[name].type()))
            faults.append(Fault(what, where=place, remedy=Message("Wanted: {wanted}.", wanted=should)))
    if faults:
        raise DataError(faults)
    return ours


def _wanted(name: str, kind: dt.DataType) -> Message | None:
    """Return what a column should be, or None when its type can be that."""
    if name in MEASURES:
        return None if kind.is_numeric() else Message("numbers")
    if name == "date":
        is_date = kind.is_string() or kind.is_date() or kind.is_timestamp()
        return None if is_date else Message("dates, or text such as 2018-03-05")
    keeps_codes = {"area": kind.is_integer(), "counted_from_2016": kind.is_boolean()}  # no area begins with a zero
    return None if kind.is_string() or keeps_codes.get(name) else Message("text: a code as a number has lost its zeros")


def _number(column: ir.Column) -> ir.Column:
    """Return a column as floating numbers, NaN as nothing: it stands above every number, or is nothing already."""
    import ibis

    if column.type().is_integer():
        return column.cast("float64")
    column = column.cast("float64")
    return ibis.cases((column < FINITE, column))


def _standing(records: ir.Table, name: str) -> ir.Value:
    """Return what records are grouped by at first: a code as it stands, the beginning of a date or an industry."""
    import ibis

    if name == "grade":
        reached = [
            (reduce(or_, (records[measure] >= bound for measure, bound in zip(MEASURES, bounds, strict=True))), grade)
            for grade, bounds in GRADES.items()
        ]
        return ibis.cases(*reached, else_="ordinary")
    column = records[GROUPS[name]]
    if column.type().is_boolean():
        return ibis.cases((column, "yes"), (~column, "no"))
    text = column if column.type().is_string() else column.cast("string")
    return _begin(text, BEGINNINGS[name]) if name in BEGINNINGS else text


def _begin(text: ir.StringValue, signs: int) -> ir.StringValue:
    """Return the first signs of a text by the function of every database; Ibis' own substring is twice as slow."""
    import ibis

    @ibis.udf.scalar.builtin(name="substr", signature=(("string", "int64", "int64"), "string"))
    def substr(text, start, length): ...  # type: ignore[no-untyped-def]

    return substr(text, 1, signs)


def _meant(text: ir.StringValue, name: str) -> ir.StringValue:
    """Return the group that is meant: a blank code is unknown, as is the month of a date that gives a year only."""
    import ibis

    if name == "quarter":
        quarters = [
            (text.endswith(f"-{month:02d}"), _begin(text, 4) + f"-Q{(month + 2) // 3}") for month in range(1, 13)
        ]
        return ibis.cases(*quarters, (text.length() >= BEGINNINGS[name], text), else_=UNKNOWN)
    if name in TIMES:
        return ibis.cases((text.length() >= BEGINNINGS[name], text), else_=UNKNOWN)
    return ibis.coalesce(text.nullif(""), UNKNOWN)


def _among(records: ir.Table, name: str, values: list[str]) -> ir.BooleanValue:
    """Return whether records are in one of some groups, by the column as it stands where that is the same."""
    text = _standing(records, name)
    return (_meant(text, name) if name == "quarter" or UNKNOWN in values else text).isin(values)


def _refuse_text_among_numbers(records: ir.Table, source: Source) -> None:
    """Refuse text in a column of numbers, which SQLite alone allows and would count as zero."""
    if records.get_backend().name != "sqlite":
        return
    texts = {name: records[name].typeof().isin(["text", "blob"]).sum().fill_null(0) for name in MEASURES}
    found = sources.rows(records.aggregate(**texts), source).iloc[0]
    if wrong := [name for name in MEASURES if found[name]]:
        what = Message("column '{column}' holds text that is no number", column=wrong[0])
        raise DataError(Fault(what, where=sources.named(source), remedy=Message("Correct it in the database.")))


def _refuse_what_cannot_be(found: pd.DataFrame, source: Source) -> None:
    """Refuse dates that are none and deaths that are not whole, which checked records never hold."""
    faults = []
    for name, pattern in TIMES.items():
        if name in found and (wrong := found[name][~found[name].str.fullmatch(f"{pattern}|{UNKNOWN}")].unique()).size:
            what = Message("column '{column}' holds '{text}'", column="date", text=wrong[0])
            remedy = Message("Wanted: {wanted}.", wanted=Message("dates, or text such as 2018-03-05"))
            faults.append(Fault(what, where=sources.named(source), remedy=remedy))
    if (found["deaths"] % 1 > 0).any():
        what = Message("column '{column}' holds fractions of persons", column="deaths")
        faults.append(
            Fault(what, where=sources.named(source), remedy=Message("Counts are whole; give the count itself."))
        )
    if faults:
        raise DataError(faults)
