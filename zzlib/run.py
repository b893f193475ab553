"""One run: what readers see answers the question already, or a run is made, with nobody else at the same plan.

Nothing heavy is imported before it is known that something has to be computed.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzlib import aside, folders, keys, published
from zzlib.errors import Fault, RunError
from zzlib.language import Message
from zzlib.workers import HERE, Executor

if TYPE_CHECKING:
    from zzlib.making import Progress

OUTPUTS = keys.PROJECT / "outputs"


@dataclass(frozen=True)
class RunResult:
    """Where a finished run is: its folder, what readers open, its manifest; and what it did not have to compute.

    `unchanged` is true where a published run already answers the question: then this is that run.
    """

    folder: Path
    briefing: Path
    index: Path
    manifest: Path
    unchanged: bool = False
    reused: tuple[str, ...] = ()


def run(
    kind: str,
    *,
    plan: str | Path,
    through: str | None = None,
    as_of: str | None = None,
    data: Sequence[str | Path] = (),
    language: str = "zh",
    outputs: Path = OUTPUTS,
    rejects: Path | None = None,
    before: Sequence[str | Path] = (),
    event: str = "",
    progress: Progress | None = None,
    waiting: Callable[[], None] = lambda: None,
    begun: Callable[[], None] = lambda: None,
    by: Executor = HERE,
) -> RunResult:
    """Run the notebooks of a kind for a plan and publish their pages, unless `as_of` looks back.

    Where neither the question nor anything that its answer rests on has changed since it was published, that run is
    returned. Rows that are refused go to the file `rejects`, if one is given, and the rest is used; `before` are
    earlier deliveries of the same records, a file or folder each, `event` that of a run of kind effect; `by` writes the
    pages of kind areas; `begun` is called when something has to be computed, `waiting` when another run of the plan has
    to end first. Raises ParameterError, PlanError or DataError before anything is written that a reader sees; RunError,
    with the evidence kept in `<run id>-failed`, when a notebook stops or a file cannot be written.
    """
    folders.check_rejects(rejects)
    question: dict[str, Any] = {
        "plan": plan, "through": through, "as_of": as_of, "data": keys.places(data), "before": keys.places(before),
        "event": event, "language": language,
    }  # fmt: skip
    key = keys.question(kind, **question)
    if not rejects and (home := published.standing(outputs.resolve(), kind, key)) is not None:
        return _standing(home)
    aside.warm()
    begun()
    gc.disable()  # nothing of what is loaded can be thrown away
    try:
        from zzlib import making
        from zzlib.request import ask
    finally:
        gc.enable()
    asked = ask(kind, **question, outputs=outputs)
    with folders.alone(asked.home.parent, waiting) as waited:
        if waited:  # meanwhile the answer may have been published, or what it rests on have changed
            key, asked = keys.question(kind, **question), ask(kind, **question, outputs=outputs)
        if not rejects and (home := published.standing(outputs.resolve(), kind, key)) is not None:
            return _standing(home)
        try:
            made = making.run(asked.begun(), question, key=key, rejects=rejects, progress=progress, by=by)
            return RunResult(made.folder, *_shown(made.shown), made.folder / folders.RECORD, reused=made.reused)
        except OSError as failure:  # a full disk, a folder that may not be written to
            what = Message("a file could not be read or written ({reason})", reason=failure.strerror or str(failure))
            remedy = Message("Make room, or name another folder: --outputs DIR. What was published stays.")
            raise RunError(Fault(what, where=str(failure.filename or asked.home), remedy=remedy)) from failure


def _standing(home: Path) -> RunResult:
    found = published.read(home)
    assert found is not None
    folder = home / found.run
    return RunResult(folder, *_shown(home), folder / folders.RECORD, unchanged=True)


def _shown(folder: Path) -> tuple[Path, Path]:
    briefing = folder / "briefing.html"
    return briefing if briefing.exists() else folder / "index.html", folder / "index.html"
