"""The files of a run: a page a notebook, the workbook, the notice, the draft report, the briefing on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from zzlib import (
    area_pages,
    document,
    execution,
    folders,
    localities,
    manifest,
    notice,
    pages,
    paper,
    plotly_script,
    report,
    sheets,
    workbook,
)
from zzlib.evaluation import Evaluation
from zzlib.language import Message, day, say, word
from zzlib.request import Notebook, Request
from zzlib.runs import made
from zzlib.workers import Executor

BRIEFING, NOTICE, PDF, WORD = "briefing", "notice.xlsx", "briefing.pdf", "briefing.docx"
INPUTS = Message("Inputs")
ATTACHED = (Message("All tables of the evaluation (evaluation.xlsx)"), Message("The briefing (briefing.html)"))
# Loaded late, as most commands write nothing; the last is what pandera loads at its first table.
NEEDED = ("papermill", "nbconvert", "openpyxl", "docxtpl", "pandera.backends.pandas.builtin_checks")
Facts = list[tuple[str, str]]
Omitted = Mapping[str, Message | None]  # files, and why they were left out, where they were


def warm() -> None:
    """Load what writing needs, while there is nothing to write yet."""
    for name in NEEDED:
        with suppress(ImportError):  # an extra that is not installed: who needs it says so
            import_module(name)
    plotly_script.script(frozenset())


def areas(evaluation: Evaluation, staging: Path, *, by: Executor, progress: area_pages.Progress | None) -> None:
    """Write the pages of a run of kind areas, and let whoever is named do it."""
    area_pages.write(evaluation, staging / area_pages.FOLDER, by=by, progress=progress)


def page(request: Request, notebook: Notebook, evaluation: Evaluation, facts: Facts, staging: Path) -> Omitted:
    """Write the page of an executed notebook; that of the briefing is printed too."""
    _write_page(request, notebook, evaluation, facts, staging)
    if notebook.name != BRIEFING:
        return {}
    return {PDF: paper.write(staging / f"{BRIEFING}.html", staging / PDF)}


def files(request: Request, notebooks: Sequence[Notebook], evaluation: Evaluation, staging: Path) -> Omitted:
    """Write what shows no notebook: the workbook, the notice, the draft report."""
    workbook.write(
        staging / "evaluation.xlsx", _tables(evaluation), language=evaluation.language,
        sheets=sheets.readable(evaluation),
    )  # fmt: skip
    if any(notebook.name == "target_allocation" for notebook in notebooks):
        _write_notice(evaluation, staging)
    return {WORD: _write_report(request, evaluation, staging)} if request.briefed else {}


def check(request: Request, evaluation: Evaluation) -> None:
    """Refuse, before anything is written, what a run of this kind cannot be made from."""
    if request.kind == "areas":
        area_pages.check(evaluation)


def _write_page(request: Request, notebook: Notebook, evaluation: Evaluation, facts: Facts, staging: Path) -> None:
    page = pages.page(
        execution.read(staging / f"{notebook.name}.ipynb"),
        title=say(_title(request, notebook), evaluation.language),
        language=evaluation.language,
        code="none" if notebook.name == BRIEFING else "folded",
        mark=evaluation.mark,
        facts=[_in_words(fact, evaluation) for fact in facts] if notebook.name == BRIEFING else facts,
    )
    folders.write(staging / f"{notebook.name}.html", page)


def _title(request: Request, notebook: Notebook) -> Message:
    if notebook.name != BRIEFING:
        return Message("{plan}: {kind}", plan=request.plan.title, kind=notebook.title)
    kind, through = word("kind", request.kind), request.period.replace("/", "–")
    return Message("{plan}: briefing, {kind} through {through}", plan=request.plan.title, kind=kind, through=through)


def _in_words(fact: tuple[str, str], evaluation: Evaluation) -> tuple[str, str]:
    """Return a fact as a leader reads it: what the inputs hold instead of the names of their files."""
    if fact[0] != INPUTS:
        return fact
    held = {
        Message("published figures"): evaluation.observations,
        Message("records of accidents"): evaluation.sizes,
        Message("reports of offices"): evaluation.reports,
    }
    what = [text for text, rows in held.items() if not rows.empty]
    return fact[0], Message("{what}, {count} files", what=what, count=len(evaluation.inputs))


def _write_notice(evaluation: Evaluation, staging: Path) -> None:
    notice.write(
        staging / NOTICE, localities.chosen_chances(evaluation), plan=evaluation.plan,
        indicator=evaluation.indicator(str(evaluation.plan.breakdown)), base=localities.base(evaluation),
        names={area: evaluation.area_name(area) for area in evaluation.areas["area"]},
        rule=localities.rules(evaluation), language=evaluation.language,
    )  # fmt: skip


def _write_report(request: Request, evaluation: Evaluation, staging: Path) -> Message | None:
    """Write the draft report in Word; return why not where what writes it is not installed."""
    lacking = document.lacks()
    if lacking is None:
        said = report.content(evaluation, day=f"{request.started:%Y-%m-%d}", attachments=ATTACHED)
        document.write(staging / WORD, said, language=evaluation.language, using=request.template)
    return lacking


def _tables(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """Return the tables of an evaluation by name, the assessments first."""
    values = {field.name: getattr(evaluation, field.name) for field in fields(evaluation)}
    tables = {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}
    return {"assessments": tables.pop("assessments"), **tables}


def facts(record: dict[str, Any], evaluation: Evaluation) -> Facts:
    """Return what every page says about its run."""
    given = record["parameters"]
    refused = evaluation.notes.loc[evaluation.notes["kind"] == "rows_refused", "what"]
    contact = evaluation.plan.contact
    return [
        *([(Message("Contact"), contact)] if contact else []),
        (Message("Kind of run"), word("kind", record["kind"])),
        (Message("Looked at through"), given["through"]),
        (Message("Day of knowledge"), given["as_of"] or Message("everything in the tables is known")),
        (INPUTS, say([manifest.name(path) for path in evaluation.inputs], evaluation.language)),
        *((Message("Refused"), what) for what in refused),
        (Message("Run date"), day(made(record))),
        (Message("Run"), record["run"]),
        (Message("Program"), f"zzlib {record['versions']['zzlib']} {record['commit'][:12]}".strip()),
    ]
