"""Reading in one call: any file or database table that a bureau sends, as raw tables under the project's names."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pandas as pd

from zzlib import files, layouts, mapping, reports, sources
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.raw import Note, RawTable


@dataclass(frozen=True)
class Intake:
    """What one file or database holds: tables of `observations`, accident `ledgers`, and tables that are `neither`.

    `reports` tell of a plan's commitments. `notes` are those of sheets without a table; each table has its own.
    """

    source: str
    observations: tuple[RawTable, ...]
    ledgers: tuple[RawTable, ...]
    neither: tuple[RawTable, ...]
    notes: tuple[Note, ...] = ()
    reports: tuple[RawTable, ...] = ()

    @property
    def tables(self) -> tuple[RawTable, ...]:
        """The tables that can be used."""
        return (*self.figures, *self.reports)

    @property
    def figures(self) -> tuple[RawTable, ...]:
        """The tables of figures: observations and accident records."""
        return (*self.observations, *self.ledgers)


def read(source: str | Path, areas: pd.DataFrame) -> Intake:
    """Return what a file or database holds, its tables under the names of `schema`.

    A file's `FILE.map.yaml`, if there is one, says what its headings mean. Raises DataError with every fault.
    """
    found: dict[str, list[RawTable]] = {"observations": [], "ledger": [], "reports": [], "": []}
    notes: list[Note] = []
    if sources.is_url(str(source)):
        raws, rules, name = sources.read(str(source)), None, sources.shown(str(source))
    else:
        path = Path(source)
        raws, rules, name = [], mapping.read_rules(path), path.name
        for grid in files.grids(path):
            notes += grid.notes
            tables = layouts.tables(grid)
            raws += tables
            if not tables and not grid.sheet and path.suffix.lower() in files.WORKBOOKS:
                raise DataError(files.no_workbook(path))  # text that calls itself one is read where it holds a table
            if not tables:
                notes.append(layouts.left_aside(grid))
        if rules is not None:
            mapping.refuse_unknown(rules, raws, path)
    for raw in raws:
        if reports.is_report(raw.cells.columns):
            found["reports"].append(raw)
            continue
        mapped = mapping.mapped(raw, areas, rules)
        found["" if mapped is None else mapping.kind_of(mapped.cells.columns)].append(mapped or raw)
    return Intake(
        name, tuple(found["observations"]), tuple(found["ledger"]), tuple(found[""]), tuple(notes),
        tuple(found["reports"]),
    )  # fmt: skip


def fingerprint(source: str | Path) -> str:
    """Return a digest of what a file holds and of what its `FILE.map.yaml` says, or of a database table's rows.

    Raises DataError when it cannot be read.
    """
    digest = hashlib.sha256()
    if sources.is_url(str(source)):
        for raw in sources.read(str(source)):
            digest.update(raw.cells.to_csv(index=False).encode())
        return digest.hexdigest()
    path = Path(source)
    for part in (path, mapping.rules_path(path)):
        if part == path or part.is_file():
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


SECRET = ("pass", "pwd", "token", "secret", "key")  # in the name of an option of an address


def has_password(url: str) -> bool:
    """Say whether an address bears a password.

    >>> has_password("postgresql://me:secret@host/db"), has_password("postgresql://me@host/db#t")
    (True, False)
    >>> has_password("postgresql://me:[secret@host/db"), has_password("postgresql://me@[::1]/db")
    (True, False)
    """
    # Brackets, and signs that are others in a plain form, tell nothing here, and of them an address may be refused.
    parts = urlsplit(unicodedata.normalize("NFKC", url).translate({ord("["): None, ord("]"): None}))
    options = [name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return parts.password is not None or any(word in name for name in options for word in SECRET)


def refuse_unknown(intakes: Iterable[Intake]) -> None:
    """Raise DataError for every file none of whose tables is understood, naming its headings and what to do."""
    faults = [_unknown(one) if one.neither else no_rows(one) for one in intakes if not one.tables]
    if faults:
        raise DataError(faults)


def no_rows(one: Intake) -> Fault:
    """Return the fault of a file that holds no table at all, of no headings: there is nothing to understand."""
    return Fault(Message("the table holds no rows"), where=one.source)


def _unknown(one: Intake) -> Fault:
    headings = [str(name) for raw in one.neither for name in raw.cells.columns][:12]
    what = Message("neither observations nor accident records: the headings are {headings}", headings=headings)
    remedy = Message("Run zzlib check on it: it proposes what each heading means.")
    return Fault(what, where=one.source, remedy=remedy)
