"""The runs before a run: which one it is compared with, and whether it still reads everything that one read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from zzlib import keys, sources
from zzlib.errors import DataError, Fault
from zzlib.evaluation import QUESTION
from zzlib.language import Message, day
from zzlib.periods import end
from zzlib.runs import Kept


def last(earlier: Sequence[Kept], through: str) -> Kept | None:
    """Return the newest of some runs, the earliest first, that looked no further than a period; None without one."""
    until = end(through)
    return next((one for one in reversed(earlier) if end(one.through) <= until), None)


def of_event(earlier: Iterable[Kept], event: str) -> list[Kept]:
    """Return those runs that asked about an event, which most kinds do not: an empty text."""
    return [one for one in earlier if str(one.record["parameters"].get("event", "")) == event]


def alike(earlier: Iterable[Kept], *, data: Sequence[str], event: str) -> list[Kept]:
    """Return those runs that were given some data, as in `Request.parameters`, and an event."""
    return [one for one in of_event(earlier, event) if one.record["parameters"].get("data", []) == list(data)]


def refuse_lost(earlier: Sequence[Kept], inputs: Iterable[str], *, places: Iterable[str]) -> None:
    """Refuse a question of which files have only gone since the newest run, as where a share is not mounted.

    `earlier` are the runs of the same question, whatever the period, for which files are read does not depend on it;
    `inputs` what is read now. Only what lies in the `places` of the data counts, so no earlier delivery that was set
    beside them. Where another file has come, the data are others and nothing is refused. Raises DataError with a
    fault for each file.
    """
    if not earlier:
        return
    within = [sources.shown(place) if sources.is_url(place) else keys.PROJECT / place for place in places]
    before = {one for one in _inputs(earlier[-1]) if _lies(one, within)}
    now = {keys.told(one) for one in inputs if _lies(one, within)}
    if now < before:
        what = Message("the run of {day} that is published read it, and there is nothing to read any more",
                       day=day(earlier[-1].made))  # fmt: skip
        remedy = Message("Put it back, or name with --data what is to be read instead.")
        raise DataError(Fault(what, where=one, remedy=remedy) for one in sorted(before - now))


def _inputs(run: Kept) -> list[str]:
    """Return the files that a run evaluated, without its laws; none where that is not told."""
    with suppress(OSError, ValueError):
        return list(json.loads((run.folder / "tables" / QUESTION).read_text(encoding="utf-8")).get("inputs", []))
    return []


def _lies(source: str, within: Iterable[str | Path]) -> bool:
    if sources.is_url(source):
        return source in within
    return any((keys.PROJECT / source).is_relative_to(place) for place in within if isinstance(place, Path))
