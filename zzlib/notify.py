"""What a run that nobody watches tells its people: a verdict changed, the run failed, data are late; else nothing.

What is told is decided from what runs keep; sending is apprise's (mail, DingTalk, WeCom, Feishu, webhooks). Addresses
hold secrets: they come from the environment variable ZZLIB_NOTIFY only, and stand in no output, log or error.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zzlib import lateness
from zzlib.errors import Fault, ParameterError, ZzlibError
from zzlib.language import Message, Name, day, percent, say, sentence, word
from zzlib.lateness import Late
from zzlib.runs import RECORD, Kept

VARIABLE = "ZZLIB_NOTIFY"  # addresses as apprise writes them, with spaces between
UNKNOWN = "address {place} of {variable} is not understood; docs/schedules.md shows how addresses are written"
LOST = "address {place} of {variable} could not be told"
FAULTS = 5  # more than that is read in the evidence, not on a phone


@dataclass(frozen=True)
class Told:
    """One message: its title, and its sentences."""

    title: Message
    lines: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """What of a run decides whether there is anything to tell."""

    run: Kept
    late: tuple[Late, ...] = field(default=())


def state(run: Kept) -> State:
    """Return a kept run with what was late when it was made; nothing is late where its tables cannot be read."""
    return State(run, late(run.folder / "tables", run.through))


def late(tables: Path, through: str) -> tuple[Late, ...]:
    """Return what of a period the tables of a run do not reach (`lateness`); nothing where they cannot be read."""
    import pandas as pd

    try:
        asked = pd.read_csv(tables / "assessments.csv", encoding="utf-8-sig", dtype="str")
        known = pd.read_csv(tables / "indicators.csv", encoding="utf-8-sig", dtype="str")
        months = pd.read_csv(tables / "months.csv", encoding="utf-8-sig", dtype="str", keep_default_na=False)
    except (OSError, ValueError, KeyError):
        return ()
    return (*lateness.figures(asked, known, through), *lateness.records(months, list(asked["area"]), through))


def told(before: State | None, after: State) -> Told | None:
    """Return what a finished run tells, beside the last published run of its plan and kind; None when nothing happened.

    A run that looks back is shown to nobody and tells nothing. What was late before is not told again.
    """
    if after.run.looks_back:
        return None
    changed = _changed(before.run, after.run) if before else []
    known = before.late if before else ()
    fresh = [one for one in after.late if (one.what, one.wanted) not in {(old.what, old.wanted) for old in known}]
    said = lateness.sentences(fresh, lambda code: _name(after.run.record, code))
    if not changed and not said:
        return None
    about = _about(after.run)
    if changed and said:
        title = Message("{about}: verdicts changed, and data are late", about=about)
    elif changed:
        title = Message("{about}: verdicts changed", about=about)
    else:
        title = Message("{about}: data are late", about=about)
    mark = [word("mark", after.run.record["mark"])] if after.run.record.get("mark") else []
    return Told(title, (*changed, *said, *mark))


def failed(about: str, failure: BaseException, last: Kept | None, language: str) -> Told:
    """Return what a run tells that failed: why, and which page readers keep."""
    lines: list[str]
    if isinstance(failure, ZzlibError):
        lines = [sentence(fault, language) for fault in failure.faults[:FAULTS]]
        if len(failure.faults) > FAULTS:
            lines.append(Message("and {count} more faults", count=len(failure.faults) - FAULTS))
    else:  # what nobody foresaw may hold anything: its kind is told, its text stays in the log
        lines = [Message("the program stopped ({reason})", reason=type(failure).__name__)]
    if last is not None:
        lines.append(Message("Readers keep the page of {day}.", day=day(last.made)))
    return Told(Message("{about}: the run failed", about=about), tuple(lines))


def take_addresses() -> list[str]:
    """Return the addresses to tell, and take them out of the environment: no notebook needs to see them."""
    return os.environ.pop(VARIABLE, "").split()


def give_back(addresses: Sequence[str]) -> None:
    """Put addresses back into the environment, for the next run of this process."""
    if addresses:
        os.environ[VARIABLE] = " ".join(addresses)


def check(addresses: Sequence[str]) -> None:
    """Raise ParameterError when there are addresses and nothing to send with, before a run is made in vain."""
    import importlib.util

    if addresses and importlib.util.find_spec("apprise") is None:
        what = Message("{variable} is set, and apprise, which sends, is not installed", variable=VARIABLE)
        raise ParameterError(Fault(what, remedy=Message("Install it: pip install apprise. Or unset the variable.")))


def warn(addresses: Sequence[str], language: str) -> None:
    """Say on standard error which addresses are none, by number, while a run begins: not once something is to be told.

    It loads apprise, which takes half a second.
    """
    if addresses:
        with _silently():
            senders = [_sender(address) for address in addresses]
        unknown = [place for place, sender in enumerate(senders, start=1) if sender is None]
        _say([Message(UNKNOWN, place=place, variable=VARIABLE) for place in unknown], language)


def send(message: Told, addresses: Sequence[str], language: str) -> None:
    """Send one message to every address; what cannot be sent is said on standard error, without the address."""
    title = say(message.title, language)
    body = "\n".join(say(line, language) for line in message.lines)
    said = []
    with _silently():
        for place, address in enumerate(addresses, start=1):
            sender = _sender(address)
            if sender is None:
                said.append(Message(UNKNOWN, place=place, variable=VARIABLE))
            elif not _sent(sender, title, body):
                said.append(Message(LOST, place=place, variable=VARIABLE))
    _say(said, language)


@contextmanager
def _silently() -> Iterator[None]:
    """Let nothing be logged: lines of apprise, and of what it sends with, name host and token."""
    silenced = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(silenced)


def _say(said: Sequence[Message], language: str) -> None:
    for one in said:
        print(say(one, language), file=sys.stderr)


def _sender(address: str) -> Any:
    """Return what sends to an address, or None where apprise does not understand it."""
    import apprise

    try:
        sender = apprise.Apprise()
        return sender if sender.add(address) else None
    except Exception:  # a plugin may raise anything, and its text may hold the address
        return None


def _sent(sender: Any, title: str, body: str) -> bool:
    try:
        return bool(sender.notify(body=body, title=title, body_format="text"))
    except Exception:  # as above
        return False


def read(folder: Path) -> Kept:
    """Return the run that is kept in a folder."""
    import json

    return Kept(folder, json.loads((folder / RECORD).read_text(encoding="utf-8")))


def _changed(before: Kept, after: Kept) -> list[Message]:
    """Say which verdicts differ, each with its probability before and now; a target that is new or gone is none."""
    said = []
    for code, (verdict, chance) in after.answers.items():
        was, chance_before = before.answers.get(code, (verdict, None))
        if was != verdict:
            said.append(
                Message(
                    "{name}: {verdict_before} ({before}) → {verdict} ({now}).",
                    name=_name(after.record, code), verdict_before=word("verdict", was), before=_percent(chance_before),
                    verdict=word("verdict", verdict), now=_percent(chance),
                )
            )  # fmt: skip
    return said


def _about(run: Kept) -> Message:
    title = Name(**run.record["title"])
    return Message(
        "{plan}, {kind} through {through}", plan=title, kind=word("kind", run.record["kind"]), through=run.through
    )


def _name(record: Mapping[str, Any], code: str) -> str:
    return Name(**record["names"][code]) if code in record.get("names", {}) else code


def _percent(chance: float | None) -> str:
    return "–" if chance is None else percent(chance)
