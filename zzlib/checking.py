"""What some data hold: how they were read, what is refused, what is doubtful; the report of `zzlib check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zzlib import collection, deliveries, evaluation, forms, intake, kept, ledger, load, mapping, quality, reports
from zzlib.cells import in_order
from zzlib.errors import DataError, Fault
from zzlib.intake import Intake
from zzlib.language import Message, word
from zzlib.plan import load_plan
from zzlib.raw import Note, RawTable
from zzlib.register import Register


@dataclass(frozen=True)
class Report:
    """Sections of sentences, each under its title, and the faults for which the data are refused."""

    sections: tuple[tuple[Message, list[Message]], ...]
    faults: list[Fault]


def check(
    places: Sequence[str], *, plan: str | Path, language: str = "zh", rejects: Path | None = None,
    before: Sequence[str] = (),
) -> Report:  # fmt: skip
    """Return the report on files, folders or database tables, read for a plan's area.

    Beside a file whose headings are not understood a `FILE.map.yaml` is proposed, never over one that is there. With
    `rejects` the refused rows are written to that file, with their reasons in a language. `before` are earlier
    deliveries of the same records, a file or folder each: the report then lists what came, changed and went since the
    newest of them. Raises ParameterError where `rejects` lies among the data, and DataError only where nothing can be
    opened.
    """
    law = load_plan(plan)
    areas = evaluation.plan_areas(law)
    if rejects:
        collection.refuse_overwriting(rejects, [*places, *before])
    faults: list[Fault] = []
    intakes: list[Intake] = []
    for source in collection.found_at(places):
        try:
            one = intake.read(source, areas)
        except DataError as refusal:
            faults += refusal.faults
            continue
        intakes.append(one)
        if not one.tables:
            faults.append(_proposed(source, one))
    notes = [(one.source, note) for one in intakes for note in (*one.notes, *_left(one))]
    notes += [(_named(raw.path.name, raw.sheet), note) for one in intakes for raw in one.tables for note in raw.notes]
    read, refused = [], []
    ledgers = [table for one in intakes for table in one.ledgers]
    examined = ledger.examined(ledgers, areas)  # all at once: one record may stand in two files
    faults += [fault for part in examined for fault in part.faults]
    parts = iter(examined)
    for one in intakes:
        for raw in one.observations:
            wrong: list[pd.DataFrame] = []
            read.append(_summary(raw, load.observations([raw], areas, rejected=wrong), wrong))
            refused += wrong
        for raw, part in zip(one.ledgers, parts, strict=False):
            read.append(_summary(raw, part.accepted, [part.refused]))
            refused += [part.refused] if part.faults else []
        for raw in one.reports:
            rows = _reported(raw, law.commitments, faults)
            read.append(
                Message("{file}: {count} reports on commitments", file=_named(raw.path.name, raw.sheet), count=rows)
            )
    said: list[Note] = []
    observed = _observed([table for one in intakes for table in one.observations], areas, faults, said)
    records = ledger.joined(examined) if examined else None
    notes += [("", note) for note in [*said, *(ledger.left_out(records, areas) if records is not None else [])]]
    if rejects and refused:
        kept.replace_csv(pd.concat(refused, ignore_index=True), rejects, language)
    doubts = []
    if records is not None and len(records):
        yearly = ledger.yearly(records, areas)
        found = quality.findings(records, observed, yearly=yearly, raws=ledgers, areas=areas)
        doubts = [_doubt(row) for row in found.itertuples()]
    since = _since(before, records, areas, faults) if before else []
    return Report(
        (
            (Message("What was read"), read),
            (Message("How it was read"), [_told(*note) for note in notes if note[1].kind != "unsure"]),
            (Message("What is unsure"), [_told(*note) for note in notes if note[1].kind == "unsure"]),
            (Message("What is doubtful"), doubts),
            (Message("What differs from the earlier delivery"), since),
        ),
        in_order(faults),
    )


def _since(
    before: Sequence[str], records: pd.DataFrame | None, areas: pd.DataFrame, faults: list[Fault]
) -> list[Message]:
    """Return what became of records since the newest earlier delivery: counts, then each one added, changed, gone."""
    try:
        was = collection.delivered_before([collection.found_at([place]) for place in before], areas, records)[-1]
    except DataError as refusal:
        faults += refusal.faults
        return []
    assert records is not None
    rows = deliveries.deliveries(was, records)
    changed = rows.loc[rows["change"] == "changed", ["file", "row"]].drop_duplicates()
    counts = Message(
        "{before} records before, {after} now: {added} added, {changed} changed, {withdrawn} withdrawn; deaths "
        "{deaths_before} before, {deaths} now",
        before=len(was), after=len(records), added=int((rows["change"] == "added").sum()), changed=len(changed),
        withdrawn=int((rows["change"] == "withdrawn").sum()), deaths_before=int(was["deaths"].sum()),
        deaths=int(records["deaths"].sum()),
    )  # fmt: skip
    return [counts, *(_difference(row) for row in rows.itertuples())]


def _difference(row: Any) -> Message:
    about = {
        "file": _named(row.file, row.sheet),
        "row": int(row.row),
        "number": row.accident_id,
    }
    if row.change == "added":
        return Message("{file}, row {row}: record {number} is new", **about)
    if row.change == "withdrawn":
        return Message("{file}, row {row}: record {number} is no longer there", **about)
    what = {"column": forms.COLUMNS.get(row.column, row.column), "before": row.before or "–", "after": row.after or "–"}
    return Message("{file}, row {row}: record {number}, {column}: {before} before, {after} now", **about, **what)


def _reported(raw: RawTable, register: Register | None, faults: list[Fault]) -> int:
    """Return how many reports a table holds, none where it is refused, and add its faults."""
    if register is None:
        return 0
    try:
        return len(reports.read([raw], register))
    except DataError as refusal:
        faults += refusal.faults
        return 0


def _observed(
    tables: Sequence[RawTable], areas: pd.DataFrame, faults: list[Fault], notes: list[Note]
) -> pd.DataFrame | None:  # fmt: skip
    """Return all observations as one table, without their refused rows, and add every fault and note."""
    if not tables:
        return None
    try:
        return load.observations(tables, areas, notes=notes)
    except DataError as refusal:
        faults += refusal.faults
    return load.observations(tables, areas, rejected=[], notes=notes)


def _named(file: str, sheet: str) -> str:
    """Return what a table is called: its file, and its sheet where it stands on one."""
    return f"{file} [{sheet}]" if sheet else file


def _summary(raw: RawTable, accepted: pd.DataFrame, refused: Sequence[pd.DataFrame]) -> Message:
    """Return one sentence on a table: what it is, and that no row was lost."""
    rows = len(raw.cells)
    wrong = rows - len(accepted) if raw.under is None else sum(len(part) for part in refused)
    dates = accepted["date" if "date" in accepted else "period"]
    return Message(
        "{place}: {kind}, {rows} rows read = {accepted} accepted + {refused} refused; {first} to {last}",
        place=_named(raw.path.name, raw.sheet),
        kind=word("table", mapping.kind_of(raw.cells.columns)), rows=rows, accepted=len(accepted), refused=wrong,
        first=min(dates, default="-"), last=max(dates, default="-"),
    )  # fmt: skip


def _left(one: Intake) -> list[Note]:
    """Return a note on the tables that are left aside because other tables of the file are understood."""
    if not one.tables:
        return []
    return [
        Note("sheet_left_aside", Message("the table '{sheet}' is not understood and left aside", sheet=raw.sheet))
        for raw in one.neither
    ]


def _proposed(source: str | Path, one: Intake) -> Fault:
    """Write a proposal of what the headings mean beside a file, and return the fault that asks to complete it.

    Where no table stands there is nothing to propose, and the fault says that.
    """
    if not one.neither:
        return intake.no_rows(one)
    what = Message("the headings are not understood")
    if isinstance(source, str):
        remedy = Message("Make a view whose columns bear the names of the data dictionary, and name that.")
        return Fault(what, where=one.source, remedy=remedy)
    rules = mapping.rules_path(source)
    if rules.exists():
        remedy = Message("Complete {file}: it does not yet say enough.", file=rules.name)
        return Fault(what, where=one.source, remedy=remedy)
    try:
        rules.write_text(mapping.propose(one.neither), encoding="utf-8")
    except OSError:
        return Fault(what, where=one.source, remedy=Message("Copy the file to a folder that can be written to."))
    ask = "Complete {file}, which proposes what they mean, where it is unsure; then check again."
    remedy = Message(ask, file=rules.name)
    return Fault(what, where=one.source, remedy=remedy)


def _told(source: str, note: Note) -> Message:
    if not source:
        return note.what
    if note.line:
        return Message("{file}, row {row}: {what}", file=source, row=note.line, what=note.what)
    return Message("{file}: {what}", file=source, what=note.what)


def _doubt(row: Any) -> Message:
    file = _named(row.file, row.sheet)
    place = Message("{file}, row {row}", file=file, row=int(row.row)) if row.row else file
    return Message("{file}: {what}", file=place, what=row.what) if place else row.what
