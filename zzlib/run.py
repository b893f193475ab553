"""One run: evaluate, execute the notebooks strictly, write their pages and the evidence, publish atomically.

A run is made in a hidden staging folder and gets its name by one rename, so a folder that bears a name is complete and
never changes. Readers see `briefing.html` and `index.html` one level up, each replaced in one step, after everything
else succeeded.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzlib import (
    document,
    execution,
    folders,
    localities,
    manifest,
    notice,
    pages,
    paper,
    report,
    runs,
    sheets,
    since,
    workbook,
)  # fmt: skip
from zzlib.areas import AREAS
from zzlib.errors import Fault, ParameterError, RunError
from zzlib.evaluation import BREAKS_FILE, Evaluation, evaluate
from zzlib.events import EVENTS, dated, read_events
from zzlib.indexes import Index, Part, forwarded, overview
from zzlib.language import Message, Name, day, say, word
from zzlib.periods import is_year
from zzlib.plan import PLANS, PROJECT, Plan, load_plan
from zzlib.runs import Kept, made
from zzlib.sources import is_url
from zzlib.targets import checked_dates

if TYPE_CHECKING:
    from nbformat import NotebookNode

KINDS = {
    "midterm": ("data_quality", "trend_forecast", "district_map", "midterm_evaluation", "commitments", "briefing"),
    "districts": ("district_map", "target_allocation"),
    "monthly": ("monthly_monitoring",),
    "effect": ("policy_effect",),
    "annual": ("data_quality", "trend_forecast", "midterm_evaluation", "commitments", "briefing"),
    "final": ("data_quality", "final_assessment", "district_map", "commitments", "briefing"),
}
NOTICE, PDF, WORD = "notice.xlsx", "briefing.pdf", "briefing.docx"
ATTACHED = (Message("All tables of the evaluation (evaluation.xlsx)"), Message("The briefing (briefing.html)"))
BY_MONTH = ("monthly", "effect")  # kinds that look at months: a year is looked at through its December
NOTEBOOKS = PROJECT / "notebooks"
OUTPUTS = PROJECT / "outputs"
AT_A_TIME = 2  # on two cores five notebooks take two thirds of the time they take one by one; three at a time more
# Called after each notebook with how many are done, how many there are, and the title of the last one.
Progress = Callable[[int, int, str], None]
Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class RunResult:
    """Where a finished run is: its folder, what readers open, and its manifest."""

    folder: Path
    briefing: Path
    index: Path
    manifest: Path


@dataclass(frozen=True)
class _Notebook:
    """A notebook of a kind of run, with what its own metadata say about it."""

    name: str
    content: NotebookNode
    title: str
    description: str
    needs: tuple[str, ...] = ()
    lacks: str | None = None


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
) -> RunResult:
    """Run the notebooks of a kind for a plan and publish their pages, unless `as_of` looks back.

    Rows that are refused go to the file `rejects`, if one is given, and the rest is used; `before` is an earlier
    delivery of the same records, `event` that of a run of kind effect. Raises ParameterError,
    PlanError or DataError before anything is written that a reader sees; RunError, with the
    evidence kept in `<run id>-failed`, when a notebook stops.
    """
    started = datetime.now(UTC)
    parts = _read(kind)
    chosen = load_plan(plan)
    if kind == "final" and through is None:
        through = str(chosen.target_year)
    period, day = checked_dates(chosen, through, as_of)
    if kind in BY_MONTH and is_year(period):
        period = f"{period}-12"
    _check_event(kind, event)
    given = [str(path) if is_url(str(path)) else str(Path(path).resolve()) for path in data]
    name = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    asked = f"{period.replace('/', '--')}{'-' if event else ''}{event}"
    home = outputs.resolve() / chosen.plan / f"{kind}-{asked}"
    parameters = {
        "plan": str(_law(plan)) if Path(plan).suffix else str(plan),
        "through": period,
        "as_of": day,
        "data": given,
        "language": language,
        "folder": str(folders.staging_name(home / name)),
    }
    earlier = runs.of_kind(home.parent, kind)
    lacking_word = document.lacks() if "briefing" in KINDS[kind] else ""
    template = document.template(_law(plan))
    if lacking_word is None:
        document.check(template)
    if event:
        parameters["event"] = event
    refused = [fault for part in parts for fault in execution.faults(part.content, parameters, where=part.name)]
    if refused:
        raise ParameterError(refused)
    with folders.staging(home / name) as staging:
        evaluation = evaluate(
            chosen,
            through=period,
            as_of=day or None,
            data=given,
            language=language,
            folder=str(staging),
            rejects=rejects.resolve() if rejects else "",
            before=[str(path) if is_url(str(path)) else str(Path(path).resolve()) for path in before],
        )
        moved = _moved(earlier, evaluation)
        since.keep(moved, staging / "tables")
        parts = [replace(part, lacks=_lacks(part, evaluation)) for part in parts]
        record: dict[str, Any] = {
            "run": name,
            "kind": kind,
            "plan": chosen.plan,
            "title": {"zh": chosen.title.zh, "en": chosen.title.en},
            "names": {i.indicator: {"zh": i.name.zh, "en": i.name.en} for i in chosen.indicators},
            "mark": "synthetic" if evaluation.mark else "",
            "parameters": parameters,
            "inputs": manifest.inputs(
                [_law(plan), AREAS, BREAKS_FILE, *([EVENTS] if event else []), *evaluation.inputs], addresses=given
            ),
            "versions": manifest.versions(),
            "commit": manifest.commit(),
            "start": started.isoformat(timespec="seconds"),
            "omitted": {part.name: part.lacks for part in parts if part.lacks is not None},
        }
        if lacking_word is None:
            said = report.content(evaluation, day=f"{started:%Y-%m-%d}", attachments=ATTACHED)
            document.write(staging / WORD, said, language=language, using=template)
        elif lacking_word:
            record["omitted"][WORD] = lacking_word
        try:
            _execute([part for part in parts if part.lacks is None], parameters, staging, progress)
            _write_pages(parts, evaluation, _facts(record, evaluation), staging)
            record |= {"outcome": "finished", "verdicts": _verdicts(evaluation), "probabilities": _chances(evaluation)}
            page = staging / "briefing.html"
            if page.exists() and (lacking := paper.write(page, staging / PDF)) is not None:
                record["omitted"][PDF] = lacking
            index = _index(record, chosen, evaluation, parts, staging=staging, earlier=earlier, moved=moved)
            folders.write(staging / "index.html", index.page(""))
        except Exception as failure:
            record |= {"outcome": "failed", "reason": str(failure)}
            raise
        finally:
            record["end"] = datetime.now(UTC).isoformat(timespec="seconds")
            folders.write(staging / "run.json", json.dumps(record, ensure_ascii=False, indent=2) + "\n")
    folder = home / name
    shown = folder if day else home
    if not day:
        _publish(folder, home, replace(index, staging=folder))
    briefing = "briefing.html" if (folder / "briefing.html").exists() else "index.html"
    return RunResult(folder, shown / briefing, shown / "index.html", folder / "run.json")


def _check_event(kind: str, event: str) -> None:
    """Refuse an event that is unknown or has no date, one of another kind of run, and none where one is needed."""
    if kind == "effect":
        if not event:
            what = Message("a run of kind effect needs an event")
            raise ParameterError(Fault(what, remedy=Message("Known events: {codes}.", codes=list(read_events()))))
        dated(event)
    elif event:
        what = Message("an event is asked about by a run of kind effect only")
        raise ParameterError(Fault(what, remedy=Message("Write: zzlib run effect --event {event}", event=event)))


def _read(kind: str) -> list[_Notebook]:
    if kind not in KINDS:
        what = Message("there is no kind of run '{kind}'", kind=kind)
        raise ParameterError(Fault(what, remedy=Message("Known kinds: {kinds}.", kinds=list(KINDS))))
    parts = []
    for name in KINDS[kind]:
        path = NOTEBOOKS / f"{name}.ipynb"
        try:
            content = execution.read(path)
        except (OSError, ValueError) as failure:
            remedy = Message("Run zzlib from a clone of the project, with its notebooks as they are there.")
            raise RunError(Fault(Message("the notebook cannot be read"), where=path.name, remedy=remedy)) from failure
        about = content.metadata.get("zzlib", {})
        title, description = (Name(**about[key]) if key in about else "" for key in ("title", "description"))
        parts.append(_Notebook(name, content, title or name, description, tuple(about.get("needs", ()))))
    return parts


def _lacks(part: _Notebook, evaluation: Evaluation) -> str | None:
    reasons = [reason for need in part.needs if (reason := evaluation.lacks(need)) is not None]
    return reasons[0] if reasons else None


def _law(plan: str | Path) -> Path:
    """Return the file of a plan named by its id or file."""
    return Path(plan).resolve() if Path(plan).suffix in (".yaml", ".yml") else PLANS / f"{plan}.yaml"


def _execute(parts: Sequence[_Notebook], parameters: dict[str, Any], staging: Path, progress: Progress | None) -> None:
    """Execute the notebooks, two at a time; the first failure stops those that have not begun."""
    tell = progress or (lambda done, total, title: None)
    tell(0, len(parts), "")
    with execution.Kernels() as kernels, ThreadPoolExecutor(AT_A_TIME) as pool:
        running = {
            pool.submit(
                execution.execute,
                part.content, staging / f"{part.name}.ipynb", parameters, folder=PROJECT, kernels=kernels,
            ): part
            for part in parts
        }  # fmt: skip
        try:
            for done, future in enumerate(as_completed(running), start=1):
                future.result()
                tell(done, len(parts), running[future].title)
        except BaseException as failure:
            for future in running:
                future.cancel()
            if not isinstance(failure, Exception):
                kernels.stop()
            raise
        finally:
            pool.shutdown()


def _write_pages(parts: Sequence[_Notebook], evaluation: Evaluation, facts: Facts, staging: Path) -> None:
    for part in parts:
        if part.lacks is None:
            page = pages.page(
                execution.read(staging / f"{part.name}.ipynb"),
                title=say(Message("{plan}: {kind}", plan=evaluation.plan.title, kind=part.title), evaluation.language),
                language=evaluation.language,
                code="none" if part.name == "briefing" else "folded",
                mark=evaluation.mark,
                facts=facts,
            )
            folders.write(staging / f"{part.name}.html", page)
    workbook.write(
        staging / "evaluation.xlsx", _tables(evaluation), language=evaluation.language,
        sheets=sheets.readable(evaluation),
    )  # fmt: skip
    if any(part.name == "target_allocation" and part.lacks is None for part in parts):
        notice.write(
            staging / NOTICE, localities.chosen_chances(evaluation), plan=evaluation.plan,
            indicator=evaluation.indicator(str(evaluation.plan.breakdown)), base=localities.base(evaluation),
            names={area: evaluation.area_name(area) for area in evaluation.areas["area"]},
            rule=localities.rules(evaluation), language=evaluation.language,
        )  # fmt: skip


def _tables(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """Return the tables of an evaluation by name, the assessments first."""
    values = {field.name: getattr(evaluation, field.name) for field in fields(evaluation)}
    tables = {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}
    return {"assessments": tables.pop("assessments"), **tables}


def _verdicts(evaluation: Evaluation) -> dict[str, str]:
    return {str(row.indicator): str(row.verdict) for row in evaluation.assessments.itertuples()}


def _chances(evaluation: Evaluation) -> dict[str, float | None]:
    rows = evaluation.assessments
    return {code: None if p != p else p for code, p in zip(rows["indicator"], rows["probability"], strict=True)}


def _moved(earlier: Sequence[Kept], evaluation: Evaluation) -> since.Since:
    """Return what moved since the last published run of the same plan and kind."""
    if not earlier:
        return since.compare(None, None, evaluation)
    last = earlier[-1]
    return since.compare(since.Previous(last.run, last.made, last.through), last.folder, evaluation)


def _facts(record: dict[str, Any], evaluation: Evaluation) -> Facts:
    """Return what every page says about its run."""
    given = record["parameters"]
    refused = evaluation.notes.loc[evaluation.notes["kind"] == "rows_refused", "what"]
    contact = evaluation.plan.contact
    return [
        *([(Message("Contact"), contact)] if contact else []),
        (Message("Kind of run"), word("kind", record["kind"])),
        (Message("Looked at through"), given["through"]),
        (Message("Day of knowledge"), given["as_of"] or Message("everything in the tables is known")),
        (Message("Inputs"), say([manifest.name(path) for path in evaluation.inputs], evaluation.language)),
        *((Message("Refused"), what) for what in refused),
        (Message("Run date"), day(made(record))),
        (Message("Run"), record["run"]),
        (Message("Program"), f"zzlib {record['versions']['zzlib']} {record['commit'][:12]}".strip()),
    ]


def _index(
    record: dict[str, Any], plan: Plan, evaluation: Evaluation, parts: Sequence[_Notebook], **known: Any
) -> Index:
    """Return what the run's index is made of."""
    lacking = [(part.title, part.lacks) for part in parts if part.lacks is not None]
    briefed = any(part.name == "briefing" and part.lacks is None for part in parts)
    name = forwarded(plan, record["kind"], evaluation.through, evaluation.language, ".html")
    return Index(
        plan=plan,
        kind=record["kind"],
        evaluation=evaluation,
        parts=[Part(part.name, part.title, part.description, part.lacks) for part in parts],
        facts=_facts(record, evaluation),
        omitted=[*lacking, *((name, why) for name, why in record["omitted"].items() if name in (PDF, WORD))],
        beside={name: Message("The same briefing, to be sent on.")} if briefed else {},
        **known,
    )


def _publish(folder: Path, home: Path, index: Index) -> None:
    """Replace what readers open, each file in one step; the run's own folder is not touched."""
    briefing = folder / "briefing.html"
    if briefing.exists():
        text = briefing.read_text(encoding="utf-8")
        page = folders.pointing_into(folder.name, text)
        for name in ("briefing.html", *index.beside):
            folders.replace(home / name, page)
    folders.replace(home / "index.html", index.page(f"{folder.name}/"))
    outputs = home.parent.parent
    folders.replace(outputs / "index.html", overview(outputs, index.evaluation.language))
