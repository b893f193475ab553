"""What a run is asked: a kind, a plan and a question, checked before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzlib import document, execution, folders, keys, runs
from zzlib.errors import Fault, ParameterError, RunError
from zzlib.evaluation import Evaluation
from zzlib.events import dated, read_events
from zzlib.language import Message, Name
from zzlib.periods import end, is_year
from zzlib.plan import PLANS, PROJECT, Plan, load_plan
from zzlib.targets import checked_dates, refuse_after

if TYPE_CHECKING:
    from nbformat import NotebookNode

KINDS = {
    "midterm": ("data_quality", "trend_forecast", "district_map", "midterm_evaluation", "commitments", "briefing"),
    "districts": ("district_map", "target_allocation"),
    "monthly": ("monthly_monitoring",),
    "effect": ("policy_effect",),
    "annual": ("data_quality", "trend_forecast", "midterm_evaluation", "commitments", "briefing"),
    "final": ("data_quality", "final_assessment", "district_map", "commitments", "briefing"),
    "areas": (),  # no notebook: a page an area
}
BY_MONTH = ("monthly", "effect")  # kinds that look at months: a year is looked at through its December
NOTEBOOKS = PROJECT / "notebooks"


@dataclass(frozen=True)
class Notebook:
    """A notebook of a kind of run, with what its own metadata say about it; `lacks` is why it is left out."""

    name: str
    content: NotebookNode
    title: str
    description: str
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] | None = None  # the tables that it shows; None where that is not known
    lacks: str | None = None


@dataclass(frozen=True)
class Request:
    """A question that may be asked: everything that a run needs to know before it computes."""

    kind: str
    plan: Plan
    law: Path
    period: str
    day: str
    language: str
    data: tuple[str, ...]
    before: tuple[str, ...]
    event: str
    home: Path
    started: datetime = datetime.min
    name: str = ""

    def begun(self) -> Request:
        """Return the question with the moment at which a run of it begins, and that run's name."""
        started = datetime.now(UTC)
        return replace(self, started=started, name=runs.name(started, self.home.parent))

    @property
    def folder(self) -> Path:
        """The run's own folder, once it is finished."""
        return self.home / self.name

    @property
    def briefed(self) -> bool:
        """Whether a briefing is part of it."""
        return "briefing" in KINDS[self.kind]

    @property
    def template(self) -> Path:
        """The Word template of the draft report: the office's own, or ours."""
        return document.template(self.law)

    def parameters(self, plan: str | Path) -> dict[str, Any]:
        """Return what the notebooks are given; paths in the project as in every clone, but for a plan's own file."""
        given = {
            "plan": str(self.law) if Path(plan).suffix else str(plan),
            "through": self.period,
            "as_of": self.day,
            "data": list(map(keys.told, self.data)),
            "language": self.language,
            "folder": keys.told(folders.staging_name(self.folder)),
        }
        return given | ({"event": self.event} if self.event else {})


def ask(
    kind: str,
    *,
    plan: str | Path,
    through: str | None,
    as_of: str | None,
    data: Sequence[str | Path],
    language: str,
    outputs: Path,
    before: Sequence[str | Path],
    event: str,
) -> Request:
    """Return a question once it is known that it may be asked.

    Raises ParameterError or PlanError for an unknown kind or event, and dates that the plan or the kind does not have.
    """
    if kind not in KINDS:
        what = Message("there is no kind of run '{kind}'", kind=kind)
        raise ParameterError(Fault(what, remedy=Message("Known kinds: {kinds}.", kinds=list(KINDS))))
    chosen = load_plan(plan)
    if kind == "final" and through is None:
        through = str(chosen.target_year)
    period, day = checked_dates(chosen, through, as_of)
    if kind in BY_MONTH and is_year(period):
        period = f"{period}-12"
    _check_time(kind, chosen, period)
    _check_event(kind, event)
    told = f"{kind}-{period.replace('/', '--')}{'-' if event else ''}{event}"
    return Request(
        kind=kind,
        plan=chosen,
        law=_law(plan),
        period=period,
        day=day,
        language=language,
        data=keys.places(data),
        before=keys.places(before),
        event=event,
        home=_home(outputs.resolve(), chosen.plan, told),
    )


def notebooks(asked: Request, parameters: dict[str, Any]) -> tuple[Notebook, ...]:
    """Return the notebooks of a question once it is known that they may be run, and their pages written.

    Raises RunError for a notebook that cannot be read, ParameterError for one that does not take the parameters and for
    an office's template that cannot be filled in.
    """
    found = tuple(map(_read, KINDS[asked.kind]))
    refused = [fault for one in found for fault in execution.faults(one.content, parameters, where=one.name)]
    if refused:
        raise ParameterError(refused)
    if asked.briefed and document.lacks() is None:
        document.check(asked.template)
    return found


def lacks(notebook: Notebook, evaluation: Evaluation) -> str | None:
    """Return why a notebook cannot be run on an evaluation, or None when it can."""
    reasons = (evaluation.lacks(need) for need in notebook.needs)
    return next((reason for reason in reasons if reason is not None), None)


def _home(outputs: Path, plan: str, told: str) -> Path:
    """Return the folder in which runs of a question lie; a link that leads out of the outputs folder is refused."""
    home = outputs / plan / told
    if not home.resolve().is_relative_to(outputs):
        what = Message("a link there leads out of the outputs folder {outputs}", outputs=str(outputs))
        raise ParameterError(Fault(what, where=str(home), remedy=Message("Remove the link.")))
    return home


def _check_time(kind: str, plan: Plan, period: str) -> None:
    """Refuse a final assessment before the plan's last year, and years after it where no months are looked at."""
    last = plan.target_year
    if kind == "final" and end(period).year < last:
        what = Message("a final assessment looks at {year}, the plan's last year", year=last)
        raise ParameterError(Fault(what, where=period, remedy=Message("Run its kind annual for a year before that.")))
    if kind == "midterm":
        refuse_after(plan, period, Message("Run its kind final."))
    elif kind not in BY_MONTH:
        refuse_after(plan, period)


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


def _read(name: str) -> Notebook:
    path = NOTEBOOKS / f"{name}.ipynb"
    try:
        content = execution.read(path)
    except (OSError, ValueError) as failure:
        remedy = Message("Run zzlib from a clone of the project, with its notebooks as they are there.")
        raise RunError(Fault(Message("the notebook cannot be read"), where=path.name, remedy=remedy)) from failure
    about = content.metadata.get("zzlib", {})
    title, description = (Name(**about[key]) if key in about else "" for key in ("title", "description"))
    reads = tuple(about["reads"]) if "reads" in about else None
    return Notebook(name, content, title or name, description, tuple(about.get("needs", ())), reads)


def _law(plan: str | Path) -> Path:
    """Return the file of a plan named by its id or file."""
    return Path(plan).resolve() if Path(plan).suffix in (".yaml", ".yml") else PLANS / f"{plan}.yaml"
