"""Everything that a question rests on, collected: files and database tables as one, records counted, doubts kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import pandas as pd

from zzlib import delays, deliveries, files, intake, kept, ledger, load, quality, sources
from zzlib.cells import in_order
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.intake import Intake
from zzlib.language import Message
from zzlib.periods import end
from zzlib.plan import PROJECT
from zzlib.raw import Note, RawTable
from zzlib.rules import rules_path
from zzlib.schema import FINDINGS, NOTES, SIZES, table

Source: TypeAlias = str | Path  # a file, or the address of a database table
T = TypeVar("T")


@dataclass(frozen=True)
class Collected:
    """Every file as one table of observations, ledgers counted; with what reading did and what is doubtful."""

    inputs: tuple[str, ...]
    observations: pd.DataFrame
    sizes: pd.DataFrame
    findings: pd.DataFrame
    notes: pd.DataFrame
    by_field: pd.DataFrame
    injured: dict[str, float]
    delivered: pd.DataFrame | None
    reports: tuple[RawTable, ...]
    records: pd.DataFrame | None
    told: pd.DataFrame | None


def collect(
    places: Sequence[Source], own: Sequence[Source], areas: pd.DataFrame, *,
    named: Sequence[str | Path], day: str, language: str, rejects: str | Path, before: Sequence[Sequence[Source]],
) -> Collected:  # fmt: skip
    """Return what files and database tables hold together; raise DataError with every fault of every file.

    `own` are the plan's own files, whose real figures stay beside a reader's records; `named` those that the reader
    names, each of which has to hold something; refused rows go to `rejects`, if one is named, with their
    reasons in a language; `before` are earlier deliveries of the records, each in its places.
    """
    faults: list[Fault] = []
    intakes = [(source, one) for source in places if (one := _or_faults(partial(intake.read, source, areas), faults))]
    explicit = {str(PROJECT / path) for path in named}
    used = [(source, one) for source, one in intakes if one.tables or str(source) in explicit or not _any(intakes)]
    _or_faults(partial(intake.refuse_unknown, [one for _, one in used]), faults)
    observed_here = [table for _, one in used for table in one.observations]
    ledgers = [table for _, one in used for table in one.ledgers]
    said: list[Note] = []
    refused: list[pd.DataFrame] | None = [] if str(rejects) else None
    observed = _or_faults(lambda: load.observations(observed_here, areas, rejected=refused, notes=said), faults)
    records = _or_faults(lambda: ledger.records(ledgers, areas, rejected=refused), faults) if ledgers else None
    if faults:
        raise DataError(in_order(faults))
    assert observed is not None
    inputs = [*(source for source, _ in used)]
    reported = tuple(table for _, one in used for table in one.reports)
    if own and (ledgers or reported) and not observed_here:
        published = _plans_own(own, areas)
        observed = pd.concat([observed, published], ignore_index=True)
        inputs += [source for source in own if name(source) in set(published["file"])]
    notes = [(one.source, table.sheet, note) for _, one in used for table in one.tables for note in table.notes]
    notes += [(one.source, "", note) for _, one in used for note in one.notes]
    sizes, findings = table(SIZES, []), table(FINDINGS, [])
    if records is not None and len(records):
        yearly = ledger.yearly(records, areas)
        said += ledger.left_out(records, areas)
        findings = quality.findings(records, observed, day, yearly=yearly, raws=ledgers, areas=areas)
        observed, sizes = pd.concat([observed, yearly], ignore_index=True), ledger.sizes(records, areas)
    if refused:
        said.append(_write_rejects(refused, Path(rejects), language))
    told = table(NOTES, [
        {"file": file, "sheet": sheet, "row": note.line, "kind": note.kind, "what": note.what}
        for file, sheet, note in [*notes, *(("", "", note) for note in said)]
    ])  # fmt: skip
    delivered = told_late = None
    if before:
        earlier = delivered_before(before, areas, records)
        assert records is not None
        delivered, told_late = deliveries.by_area(earlier[-1], records), delays.told([*earlier, records])
        inputs += [source for places in before for source in places]
    by_field, injured = ledger.by_field(records), ledger.injured(records)
    return Collected(
        tuple(map(_written, inputs)), observed, sizes, findings, told, by_field, injured, delivered, reported, records,
        told_late,
    )  # fmt: skip


def delivered_before(
    before: Sequence[Sequence[Source]], areas: pd.DataFrame, now: pd.DataFrame | None
) -> list[pd.DataFrame]:  # fmt: skip
    """Return the accident records of earlier deliveries, to be compared with those of `now`, the newest last.

    Newest is the delivery whose records reach the latest day; of those that reach the same, the one named later.
    Raises DataError with its faults, and where either side holds no records.
    """
    found = []
    for places in before:
        raws = [table for source in places for table in intake.read(source, areas).ledgers]
        if not raws or now is None:
            what = Message("there are no accident records to compare on both sides")
            where = ", ".join(name(source) for source in places)
            raise DataError(Fault(what, where=where, remedy=Message("Name two deliveries of one ledger.")))
        found.append(ledger.records(raws, areas))
    return sorted(found, key=lambda records: max(map(end, records["date"].unique()), default=date.min))


def found_at(data: Sequence[str | Path]) -> list[Source]:
    """Return the files at some paths, and the addresses of database tables among them."""
    urls = [str(path) for path in data if sources.is_url(str(path))]
    if secret := [url for url in urls if intake.has_password(url)]:
        raise ParameterError(
            Fault(
                Message("the address bears a password"), where=sources.shown(url),
                why=Message("A run writes down what it read."),
                remedy=Message("Give the password in the environment (PGPASSWORD) or in a file .pgpass."),
            )
            for url in secret
        )  # fmt: skip
    return [*urls, *files.find([path for path in data if not sources.is_url(str(path))], PROJECT)]


def _written(source: Source) -> str:
    return sources.shown(source) if isinstance(source, str) else str(source)


def name(source: Source) -> str:
    return sources.shown(source) if isinstance(source, str) else source.name


def refuse_overwriting(rejects: str | Path, places: Sequence[Source]) -> None:
    """Raise ParameterError where the file for refused rows is one that is read, a map, or in a folder that is read."""
    target = Path(rejects).resolve()
    for path in ((PROJECT / place).resolve() for place in places if not sources.is_url(str(place))):
        if target in (path, rules_path(path)) or (path.is_dir() and target.parent == path):
            what = Message("refused rows would be written among the data that are read")
            remedy = Message("Name a file elsewhere: --rejects FILE.")
            raise ParameterError(Fault(what, where=str(target), remedy=remedy))


def _any(intakes: Sequence[tuple[Source, Intake]]) -> bool:
    return any(one.tables for _, one in intakes)


def _plans_own(own: Sequence[Source], areas: pd.DataFrame) -> pd.DataFrame:
    """Return the plan's observations that are not synthetic: real figures beside a reader's own records."""
    tables = [table for source in own for table in intake.read(source, areas).observations]
    found = load.observations(tables, areas)
    return found[found["status"] != "synthetic"]


def _write_rejects(refused: Sequence[pd.DataFrame], path: Path, language: str) -> Note:
    """Write refused rows with their reasons, and return the note that says so."""
    rows = pd.concat(refused, ignore_index=True)
    kept.replace_csv(rows, path, language)
    lines = len(rows[["file", "sheet", "row"]].drop_duplicates())
    return Note("rows_refused", Message("{count} rows were refused and stand in {file}", count=lines, file=path.name))


def _or_faults(step: Callable[[], T], faults: list[Fault]) -> T | None:
    """Return what a step gives, or add its faults to those found elsewhere, so that all are listed at once."""
    try:
        return step()
    except DataError as refused:
        faults.extend(refused.faults)
        return None
