"""Events whose effect may be asked for: campaigns, laws and deadlines, each with its date and source, as data."""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from zzlib.errors import DataError, Fault, ParameterError
from zzlib.language import Message, Name
from zzlib.periods import end, is_period

EVENTS = Path(__file__).resolve().parents[1] / "data" / "events.csv"
COLUMNS = ["event", "zh", "en", "start", "form", "ramp_months", "areas", "fields", "controls", "measure", "source"]
FORMS = ("level", "slope", "ramp", "level_and_slope")
MEASURES = ("accidents", "fatal_accidents", "deaths")


@dataclass(frozen=True)
class Event:
    """A measure taken: since when, how its effect would come, in which areas and fields, and which fields it spares.

    Without areas it holds in all of them, and none is left to compare with.
    """

    event: str
    name: Name
    start: str
    form: str
    ramp_months: int
    areas: tuple[str, ...]
    fields: tuple[str, ...]
    controls: tuple[str, ...]
    measure: str
    source: str

    @property
    def month(self) -> str:
        """The first whole month under it; empty where no date is known.

        >>> Event("", Name(zh="", en=""), "2017-03-03", "level", 12, (), (), (), "deaths", "").month
        '2017-04'
        """
        if not self.start:
            return ""
        day = date.fromisoformat(self.start)
        late = day.day > 1
        year, month = divmod(day.year * 12 + day.month - 1 + late, 12)
        return f"{year}-{month + 1:02}"


def read_events(path: Path = EVENTS) -> dict[str, Event]:
    """Return the events of a file by their codes. Raises DataError with every fault, its row and column."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    faults, found = [], {}
    for at, row in enumerate(rows, start=2):
        wrong = list(_faults(row, path, at))
        faults += wrong
        if not wrong:
            found[row["event"]] = Event(
                row["event"], Name(zh=row["zh"], en=row["en"]), row["start"], row["form"],
                int(row["ramp_months"] or 12), _codes(row["areas"]), _codes(row["fields"]), _codes(row["controls"]),
                row["measure"], row["source"],
            )  # fmt: skip
    if faults:
        raise DataError(faults)
    return found


def event(code: str, path: Path = EVENTS) -> Event:
    """Return an event by its code. Raises ParameterError, with those that are known, for another one."""
    known = read_events(path)
    if code not in known:
        near = difflib.get_close_matches(code, known, n=1)
        hint = Message("; did you mean '{name}'?", name=near[0]) if near else ""
        what = Message("there is no event '{code}'{hint}", code=code, hint=hint)
        raise ParameterError(Fault(what, where=path.name, remedy=Message("Known events: {codes}.", codes=list(known))))
    return known[code]


def dated(code: str, path: Path = EVENTS) -> Event:
    """Return an event that has a date. Raises ParameterError for one without, or one that is not known."""
    found = event(code, path)
    if not found.start:
        what = Message("no day is known on which '{code}' began", code=code)
        remedy = Message("Write it in data/events.csv, with its source.")
        raise ParameterError(Fault(what, where=path.name, remedy=remedy))
    return found


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code for code in cell.split(";") if code)


def _faults(row: dict[str, str], path: Path, at: int) -> list[Fault]:
    def fault(column: str, what: Message) -> Fault:
        return Fault(what, where=Message("{file}, row {row}, column '{column}'", file=path.name, row=at, column=column))

    found = []
    for column, codes in (("form", FORMS), ("measure", MEASURES)):
        if row[column] not in codes:
            what = Message(
                "'{text}' cannot stand here; one of {codes} is needed", text=row[column], codes=list(codes)
            )  # fmt: skip
            found.append(fault(column, what))
    if row["start"] and not (is_period(row["start"]) and end(row["start"]).isoformat() == row["start"]):
        found.append(fault("start", Message("'{text}' is not a day such as 2017-03-03", text=row["start"])))
    if row["ramp_months"] and not row["ramp_months"].isdigit():
        found.append(fault("ramp_months", Message("a whole number is needed")))
    return found
