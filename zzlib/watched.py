"""A run that tells people afterwards what happened, where there is anybody to tell; nothing heavy is imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from zzlib import notify, runs
from zzlib.errors import ZzlibError
from zzlib.language import Message, say, word
from zzlib.run import OUTPUTS, RunResult, run


def watched(
    kind: str, *, plan: str | Path, language: str = "zh", outputs: Path = OUTPUTS, **question: Any
) -> RunResult:
    """Run (`zzlib.run.run`), and tell the addresses of ZZLIB_NOTIFY what happened: one message at most.

    It takes what `zzlib.run.run` takes and raises as it does, and ParameterError when there are addresses but no
    apprise. An address that is not understood, and a message that cannot be sent, change nothing but a line on standard
    error.
    """
    addresses = notify.take_addresses()
    try:
        notify.check(addresses)
        earlier = _published(kind, plan, outputs) if addresses else []
        try:
            told = partial(notify.warn, addresses, language)
            result = run(kind, plan=plan, language=language, outputs=outputs, begun=told, **question)
        except BaseException as failure:  # a scheduler that ends a run which takes too long is told of too
            reason = failure
            kept = earlier[-1] if earlier else None
            tell(lambda: notify.failed(_about(kind, plan), reason, kept, language), addresses, language)
            raise
        if not result.unchanged:
            tell(lambda: _told(earlier, notify.read(result.folder)), addresses, language)
        return result
    finally:
        notify.give_back(addresses)


def tell(message: Callable[[], notify.Told | None], addresses: Sequence[str], language: str) -> None:
    """Make a message and send it, where there is anybody to tell and anything to say; never end a run over it."""
    if not addresses:
        return
    try:
        said = message()
    except Exception as failure:  # such as the tables of an earlier run that somebody damaged
        what = Message("what this run has to tell could not be made out ({reason})", reason=type(failure).__name__)
        print(say(what, language), file=sys.stderr)
    else:
        if said is not None:
            notify.send(said, addresses, language)


def _told(earlier: Sequence[runs.Kept], made: runs.Kept) -> notify.Told | None:
    from zzlib import predecessors

    event = str(made.record["parameters"].get("event", ""))
    last = predecessors.last(
        predecessors.of_event(earlier, event), made.through
    )  # a delivery bears a new name each month
    return notify.told(notify.state(last) if last else None, notify.state(made))


def _published(kind: str, plan: str | Path, outputs: Path) -> list[runs.Kept]:
    from zzlib.plan import load_plan

    try:
        return runs.of_kind(outputs.resolve() / load_plan(plan).plan, kind)
    except ZzlibError:  # the run itself says what is wrong with the plan
        return []


def _about(kind: str, plan: str | Path) -> Message:
    from zzlib.plan import load_plan

    try:
        title: str = load_plan(plan).title
    except ZzlibError:
        title = str(plan)
    return Message("{plan}, {kind}", plan=title, kind=word("kind", kind))
