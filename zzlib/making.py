"""A run from staging to publishing: evaluate, execute the notebooks strictly, write their pages and the evidence.

A run is made in a hidden staging folder and gets its name by one rename, so a folder that bears a name is complete and
never changes. Readers see `briefing.html` and `index.html` one level up, each replaced in one step, after everything
else succeeded.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from zzlib import (
    execution,
    folders,
    kernels,
    keys,
    manifest,
    paper,
    predecessors,
    products,
    published,
    recall,
    request,
    runs,
    since,
)
from zzlib.areas import AREAS, boundary_files
from zzlib.aside import evaluate
from zzlib.errors import Fault, ParameterError, RunError, ZzlibError
from zzlib.evaluation import BREAKS_FILE, MADE_IN, Evaluation, answer_key
from zzlib.events import EVENTS
from zzlib.indexes import Index, Part, forwarded, overview
from zzlib.language import Message, day, say, sentence
from zzlib.periods import end
from zzlib.plan import PROJECT
from zzlib.request import Notebook, Request, lacks
from zzlib.runs import Kept
from zzlib.sources import is_url
from zzlib.workers import Executor

log = logging.getLogger(__name__)
AT_A_TIME = 4  # a notebook's kernel, this process and the browser take turns at two cores
# Called after each notebook with how many are done, how many there are, and the title of the last one.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Made:
    """A run that was made: its folder, the folder of what readers open, and what was not computed again."""

    folder: Path
    shown: Path
    reused: tuple[str, ...]


def run(
    asked: Request, question: dict[str, Any], *, key: str, rejects: Path | None, progress: Progress | None, by: Executor
) -> Made:  # fmt: skip
    """Make a run and publish it; where that fails, say so above what readers see."""
    try:
        index, reused, lasting = _make(asked, question, key=key, rejects=rejects, progress=progress, by=by)
        if not asked.day:
            _publish(asked, replace(index, staging=asked.folder), key if lasting and not rejects else "")
            log.info("%s is published", asked.name)
    except Exception as failure:
        for line in (str(failure) or repr(failure)).splitlines():
            log.info("%s failed: %s", asked.name, line)
        if not asked.day:
            _tell(asked, failure)
        raise
    return Made(asked.folder, asked.folder if asked.day else asked.home, reused)


def _make(
    asked: Request, question: dict[str, Any], *, key: str, rejects: Path | None, progress: Progress | None, by: Executor
) -> tuple[Index, tuple[str, ...], bool]:  # fmt: skip
    """Compute, execute and write everything into the run's folder.

    Return its index, what was not computed, and whether the same question need not be asked again.
    """
    parameters, plan_home = asked.parameters(question["plan"]), asked.home.parent
    earlier, whole = runs.of_kind(plan_home, asked.kind), recall.of_plan(plan_home)
    notebooks: list[Notebook] = []

    def prepare() -> None:
        kernels.warm()
        notebooks.extend(request.notebooks(asked, parameters))
        products.warm()

    with folders.staging(asked.folder) as staging:
        answer = answer_key(asked.plan, asked.period, asked.day, asked.data)
        lasts = answer if not (rejects or asked.before) else ""  # else the answer rests on more than its key says
        recalled = recall.tables(lasts, asked.language, whole, staging) if lasts else ""
        evaluation = evaluate(
            asked.plan, through=asked.period, as_of=asked.day or None, data=asked.data, language=asked.language,
            folder=str(staging), rejects=rejects.resolve() if rejects else "", before=asked.before, meanwhile=prepare,
        )  # fmt: skip
        products.check(asked, evaluation)
        _refuse_lost(asked, parameters["data"], earlier, evaluation)
        log.info("%s evaluated%s", asked.name, f", as in {recalled}" if recalled else "")
        moved = _moved(earlier, evaluation)
        since.keep(moved, staging / "tables")
        parts = [replace(one, lacks=lacks(one, evaluation)) for one in notebooks]
        shown = [one for one in parts if one.lacks is None]
        if parts and not shown:
            raise ParameterError(Fault(str(one.lacks), where=one.title) for one in parts)
        wanted = recall.notebook_keys(shown, parameters, staging)
        reused = recall.notebooks(wanted, [one for one in whole if one.folder.parent == asked.home], staging)
        record = _record(asked, parameters, evaluation) | {"notebooks": wanted}
        record |= {"key": "" if rejects else key, "answer": lasts}
        record["reused"] = ({"evaluation": recalled} if recalled else {}) | reused
        record["omitted"] = {one.name: one.lacks for one in parts if one.lacks is not None}
        try:
            for name, past in reused.items():
                log.info("%s took %s from %s", asked.name, name, past)
            if asked.kind == "areas":
                products.areas(evaluation, staging, by=by, progress=progress)
            else:
                omitted = _fill(asked, shown, evaluation, record, staging, parameters, progress)
                record["omitted"] |= {file: why for file, why in sorted(omitted.items()) if why is not None}
            same = answer_key(asked.plan, asked.period, asked.day, asked.data) == answer
            if not same or (key and keys.question(asked.kind, **question) != key):
                what = Message("the data changed while they were being read")
                raise RunError(Fault(what, remedy=Message("Run again, once they are no longer written to.")))
            record |= {"outcome": "finished"} | _answers(evaluation)
            index = _index(record, evaluation, parts, staging=staging, earlier=earlier, moved=moved)
            folders.write(staging / "index.html", index.page(""))
            _keep_record(record, staging)
            folders.settle(staging, asked.folder)
            folders.write(staging / published.SUMS, manifest.sums(staging))
        except Exception as failure:
            _keep_record(record | {"outcome": "failed", "reason": str(failure)}, staging)
            raise
    log.info("%s is kept in %s", asked.name, asked.folder)
    return index, tuple(record["reused"]), paper.FAILED not in record["omitted"].values()


def _keep_record(record: dict[str, Any], staging: Path) -> None:
    record["end"] = datetime.now(UTC).isoformat(timespec="seconds")
    folders.write(staging / folders.RECORD, json.dumps(record, ensure_ascii=False, indent=2) + "\n")


def _record(asked: Request, parameters: dict[str, Any], evaluation: Evaluation) -> dict[str, Any]:
    """Return what a run's record knows before its notebooks are executed."""
    laws = [asked.law, AREAS, BREAKS_FILE, *([EVENTS] if asked.event else []), *boundary_files(asked.plan.boundaries)]
    files = [Path(one) for one in evaluation.inputs if not is_url(one)]
    return {
        "run": asked.name,
        "kind": asked.kind,
        "plan": asked.plan.plan,
        "title": {"zh": asked.plan.title.zh, "en": asked.plan.title.en},
        "names": {one.indicator: {"zh": one.name.zh, "en": one.name.en} for one in asked.plan.indicators},
        "mark": "synthetic" if evaluation.mark else "",
        "parameters": {name: value for name, value in parameters.items() if name != "folder"},
        "inputs": manifest.inputs([*laws, *keys.beside(asked.law, files), *evaluation.inputs], addresses=asked.data),
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


def _refuse_lost(asked: Request, data: list[str], earlier: Sequence[Kept], evaluation: Evaluation) -> None:
    same = predecessors.alike(earlier, data=data, event=asked.event)
    predecessors.refuse_lost(same, evaluation.inputs, places=[*asked.data, *asked.plan.data])


def _moved(earlier: Sequence[Kept], evaluation: Evaluation) -> since.Since:
    """Return what moved since the last published run of the same plan and kind that looked no further.

    Other data are no hindrance: what they move is what a reader asks.
    """
    last = predecessors.last(earlier, evaluation.through)
    if last is None:
        return since.compare(None, None, evaluation)
    return since.compare(since.Previous(last.run, last.made, last.through), last.folder, evaluation)


def _fill(
    asked: Request, notebooks: Sequence[Notebook], evaluation: Evaluation, record: dict[str, Any], staging: Path,
    parameters: dict[str, Any], progress: Progress | None,
) -> dict[str, Message | None]:  # fmt: skip
    """Execute the notebooks and write every file but the index; return which were left out, and why.

    The briefing comes first: another program prints it, while the rest is made. The first failure stops what has not
    begun.
    """
    tell = progress or (lambda done, total, title: None)
    tell(0, len(notebooks), "")
    facts = products.facts(record, evaluation)
    with kernels.Kernels({MADE_IN: parameters["folder"]}) as started, ThreadPoolExecutor(AT_A_TIME) as pool:

        def page(one: Notebook) -> products.Omitted:
            if one.name not in record["reused"]:
                place = staging / f"{one.name}.ipynb"
                execution.execute(one.content, place, parameters, folder=PROJECT, kernels=started)
                log.info("%s executed %s", asked.name, one.name)
            return products.page(asked, one, evaluation, facts, staging)

        first = sorted(notebooks, key=lambda one: one.name != products.BRIEFING)
        pages = {pool.submit(page, one): one for one in first}
        files = pool.submit(products.files, asked, notebooks, evaluation, staging)
        omitted: dict[str, Message | None] = {}
        done = 0
        try:
            for future in as_completed([files, *pages]):
                omitted |= future.result()
                if future in pages:
                    done += 1
                    tell(done, len(notebooks), pages[future].title)
            return omitted
        except BaseException as failure:
            pool.shutdown(wait=False, cancel_futures=True)
            if not isinstance(failure, Exception):
                started.stop()
            raise


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


def _publish(asked: Request, index: Index, key: str) -> None:
    """Replace what readers open, each file in one step; the run's own folder is not touched."""
    pages: dict[str, str] = {}
    briefing = asked.folder / "briefing.html"
    if briefing.exists():
        page = briefing.read_text(encoding="utf-8")
        pages["briefing.html"] = folders.pointing_into(asked.name, page)
        pages |= {name: folders.standing_alone(page) for name in index.beside}
    pages["index.html"] = index.page(f"{asked.name}/")
    made = asked.started.astimezone().date().isoformat()
    published.publish(asked.home, pages, run=asked.name, key=key, made=made, data=list(asked.data))
    for home in _renewed(asked):  # an attempt of this question that failed before is forgotten, wherever it was told
        published.tell(home, "", asked=asked.home.name, through=asked.period)
    _overview(asked)


def _overview(asked: Request) -> None:
    outputs = asked.home.parent.parent
    with folders.alone(outputs, lambda: None, swept=[""]):  # what lies below has locks of its own
        folders.replace(outputs / "index.html", overview(outputs, asked.language))


def _renewed(asked: Request) -> list[Path]:
    """Return the folders of the published pages that a run of this question renews, the newest run's last.

    They are of the same kind, event and data: a trial with other data was not to renew what readers see.
    """
    homes = [path.parent for path in asked.home.parent.glob(f"{asked.kind}-*{asked.event}/{published.RECORD}")]
    pages = {home: one for home in homes if (one := published.read(home)) and one.data == list(asked.data)}
    return sorted(pages, key=lambda home: pages[home].run)


def _tell(asked: Request, failure: Exception) -> None:
    """Say above the pages of the question how old they are and why; where it has none, above the newest of its kind.

    Those that look further than the question are none that it was to renew.
    """
    homes = [] if asked.before else _renewed(asked)
    if asked.home in homes:
        homes = [asked.home]
    else:
        looked = {one.folder.parent: end(one.through) for one in runs.of_kind(asked.home.parent, asked.kind)}
        homes = [home for home in homes if home in looked and looked[home] <= end(asked.period)]
    if not homes:
        return
    home = homes[-1]
    found = published.read(home)
    assert found is not None
    now = asked.started.astimezone().date()
    fault = failure.faults[0] if isinstance(failure, ZzlibError) else None
    why = sentence(fault, asked.language).rstrip("。.") if fault else str(failure)
    said = Message(
        "These pages are of {made}, {days} days old: the run of {day} that was to renew them failed ({reason}).",
        made=day(found.made), days=(now - date.fromisoformat(found.made)).days, day=day(now.isoformat()), reason=why,
    )  # fmt: skip
    with suppress(Exception):  # the failure itself is what the caller has to hear of
        published.tell(home, say(said, asked.language), asked=asked.home.name, through=asked.period)
        _overview(asked)
