"""One run: evaluate, execute the notebooks strictly, write their pages and the evidence, publish atomically.

A run is made in a hidden staging folder and gets its name by one rename, so a folder that bears a name is complete and
never changes. Readers see `briefing.html` and `index.html` one level up, each replaced in one step, after everything
else succeeded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zzlib import execution, folders, manifest, products, runs, since
from zzlib.areas import AREAS
from zzlib.evaluation import BREAKS_FILE, Evaluation, evaluate
from zzlib.events import EVENTS
from zzlib.indexes import Index, Part, forwarded, overview
from zzlib.language import Message
from zzlib.plan import PROJECT
from zzlib.request import Notebook, Request, ask, lacks
from zzlib.runs import Kept
from zzlib.workers import HERE, Executor

OUTPUTS = PROJECT / "outputs"
AT_A_TIME = 2  # on two cores five notebooks take two thirds of the time they take one by one; three at a time more
# Called after each notebook with how many are done, how many there are, and the title of the last one.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RunResult:
    """Where a finished run is: its folder, what readers open, and its manifest."""

    folder: Path
    briefing: Path
    index: Path
    manifest: Path


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
    by: Executor = HERE,
) -> RunResult:
    """Run the notebooks of a kind for a plan and publish their pages, unless `as_of` looks back.

    Rows that are refused go to the file `rejects`, if one is given, and the rest is used; `before` is an earlier
    delivery of the same records, `event` that of a run of kind effect; `by` writes the pages of kind areas. Raises
    ParameterError,
    PlanError or DataError before anything is written that a reader sees; RunError, with the
    evidence kept in `<run id>-failed`, when a notebook stops.
    """
    asked = ask(
        kind, plan=plan, through=through, as_of=as_of, data=data, language=language, outputs=outputs, before=before,
        event=event,
    )  # fmt: skip
    parameters = asked.parameters(plan)
    earlier = runs.of_kind(asked.home.parent, kind)
    with folders.staging(asked.folder) as staging:
        evaluation = evaluate(
            asked.plan, through=asked.period, as_of=asked.day or None, data=asked.data, language=language,
            folder=str(staging), rejects=rejects.resolve() if rejects else "", before=asked.before,
        )  # fmt: skip
        products.check(asked, evaluation)
        moved = _moved(earlier, evaluation)
        since.keep(moved, staging / "tables")
        notebooks = [replace(one, lacks=lacks(one, evaluation)) for one in asked.notebooks]
        record = _record(asked, parameters, evaluation)
        record["omitted"] = {one.name: one.lacks for one in notebooks if one.lacks is not None}
        try:
            _execute([one for one in notebooks if one.lacks is None], parameters, staging, progress)
            facts = products.facts(record, evaluation)
            record["omitted"] |= products.write(asked, notebooks, evaluation, facts, staging, by=by, progress=progress)
            record |= {"outcome": "finished"} | _answers(evaluation)
            index = _index(record, evaluation, notebooks, staging=staging, earlier=earlier, moved=moved)
            folders.write(staging / "index.html", index.page(""))
        except Exception as failure:
            record |= {"outcome": "failed", "reason": str(failure)}
            raise
        finally:
            record["end"] = datetime.now(UTC).isoformat(timespec="seconds")
            folders.write(staging / runs.RECORD, json.dumps(record, ensure_ascii=False, indent=2) + "\n")
    if not asked.day:
        _publish(asked, replace(index, staging=asked.folder))
    shown = asked.folder if asked.day else asked.home
    briefing = "briefing.html" if (asked.folder / "briefing.html").exists() else "index.html"
    return RunResult(asked.folder, shown / briefing, shown / "index.html", asked.folder / runs.RECORD)


def _record(asked: Request, parameters: dict[str, Any], evaluation: Evaluation) -> dict[str, Any]:
    """Return what a run's record knows before its notebooks are executed."""
    laws = [asked.law, AREAS, BREAKS_FILE, *([EVENTS] if asked.event else [])]
    return {
        "run": asked.name,
        "kind": asked.kind,
        "plan": asked.plan.plan,
        "title": {"zh": asked.plan.title.zh, "en": asked.plan.title.en},
        "names": {one.indicator: {"zh": one.name.zh, "en": one.name.en} for one in asked.plan.indicators},
        "mark": "synthetic" if evaluation.mark else "",
        "parameters": parameters,
        "inputs": manifest.inputs([*laws, *evaluation.inputs], addresses=asked.data),
        "versions": manifest.versions(),
        "commit": manifest.commit(),
        "start": asked.started.isoformat(timespec="seconds"),
    }


def _answers(evaluation: Evaluation) -> dict[str, dict[str, Any]]:
    """Return verdict and probability of every target, as a record keeps them."""
    rows = evaluation.assessments
    chances = (None if chance != chance else chance for chance in rows["probability"])
    return {
        "verdicts": {str(code): str(verdict) for code, verdict in zip(rows["indicator"], rows["verdict"], strict=True)},
        "probabilities": dict(zip(rows["indicator"], chances, strict=True)),
    }


def _moved(earlier: Sequence[Kept], evaluation: Evaluation) -> since.Since:
    """Return what moved since the last published run of the same plan and kind."""
    if not earlier:
        return since.compare(None, None, evaluation)
    last = earlier[-1]
    return since.compare(since.Previous(last.run, last.made, last.through), last.folder, evaluation)


def _execute(
    notebooks: Sequence[Notebook], parameters: dict[str, Any], staging: Path, progress: Progress | None
) -> None:
    """Execute the notebooks, two at a time; the first failure stops those that have not begun."""
    tell = progress or (lambda done, total, title: None)
    tell(0, len(notebooks), "")
    with execution.Kernels() as kernels, ThreadPoolExecutor(AT_A_TIME) as pool:
        running = {
            pool.submit(
                execution.execute,
                one.content, staging / f"{one.name}.ipynb", parameters, folder=PROJECT, kernels=kernels,
            ): one
            for one in notebooks
        }  # fmt: skip
        try:
            for done, future in enumerate(as_completed(running), start=1):
                future.result()
                tell(done, len(notebooks), running[future].title)
        except BaseException as failure:
            for future in running:
                future.cancel()
            if not isinstance(failure, Exception):
                kernels.stop()
            raise
        finally:
            pool.shutdown()


def _index(record: dict[str, Any], evaluation: Evaluation, notebooks: Sequence[Notebook], **known: Any) -> Index:
    """Return what the run's index is made of."""
    plan, kind = evaluation.plan, record["kind"]
    briefed = any(one.name == "briefing" and one.lacks is None for one in notebooks)
    name = forwarded(plan, kind, evaluation.through, evaluation.language, ".html")
    titles = {one.name: one.title for one in notebooks}
    return Index(
        plan=plan,
        kind=kind,
        evaluation=evaluation,
        parts=[Part(one.name, one.title, one.description, one.lacks) for one in notebooks],
        facts=products.facts(record, evaluation),
        omitted=[(titles.get(name, name), why) for name, why in record["omitted"].items()],
        beside={name: Message("The same briefing, to be sent on.")} if briefed else {},
        **known,
    )


def _publish(asked: Request, index: Index) -> None:
    """Replace what readers open, each file in one step; the run's own folder is not touched."""
    briefing = asked.folder / "briefing.html"
    if briefing.exists():
        page = briefing.read_text(encoding="utf-8")
        folders.replace(asked.home / "briefing.html", folders.pointing_into(asked.name, page))
        for name in index.beside:
            folders.replace(asked.home / name, folders.standing_alone(page))
    folders.replace(asked.home / "index.html", index.page(f"{asked.name}/"))
    outputs = asked.home.parent.parent
    folders.replace(outputs / "index.html", overview(outputs, index.evaluation.language))
