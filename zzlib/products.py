"""The files of a run: a page a notebook, the workbook, the notice, the draft report, the briefing on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
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
    report,
    sheets,
    workbook,
)
from zzlib.evaluation import Evaluation
from zzlib.language import Message, day, say, word
from zzlib.request import Notebook, Request
from zzlib.runs import made
from zzlib.workers import HERE, Executor

NOTICE, PDF, WORD = "notice.xlsx", "briefing.pdf", "briefing.docx"
ATTACHED = (Message("All tables of the evaluation (evaluation.xlsx)"), Message("The briefing (briefing.html)"))
Facts = list[tuple[str, str]]


def write(
    request: Request, notebooks: Sequence[Notebook], evaluation: Evaluation, facts: Facts, staging: Path, *,
    by: Executor = HERE, progress: area_pages.Progress | None = None,
) -> dict[str, str]:  # fmt: skip
    """Write a run's files into its folder, from its executed notebooks; return which were left out, and why.

    The pages of a run of kind areas are written by whoever is named.
    """
    if request.kind == "areas":
        area_pages.write(evaluation, staging / area_pages.FOLDER, by=by, progress=progress)
        return {}
    shown = [notebook for notebook in notebooks if notebook.lacks is None]
    for notebook in shown:
        _write_page(notebook, evaluation, facts, staging)
    workbook.write(
        staging / "evaluation.xlsx", _tables(evaluation), language=evaluation.language,
        sheets=sheets.readable(evaluation),
    )  # fmt: skip
    if any(notebook.name == "target_allocation" for notebook in shown):
        _write_notice(evaluation, staging)
    if not request.briefed:
        return {}
    omitted = {WORD: _write_report(request, evaluation, staging)}
    page = staging / "briefing.html"
    omitted[PDF] = paper.write(page, staging / PDF) if page.exists() else None
    return {file: why for file, why in omitted.items() if why is not None}


def check(request: Request, evaluation: Evaluation) -> None:
    """Refuse, before anything is written, what a run of this kind cannot be made from."""
    if request.kind == "areas":
        area_pages.check(evaluation)


def _write_page(notebook: Notebook, evaluation: Evaluation, facts: Facts, staging: Path) -> None:
    page = pages.page(
        execution.read(staging / f"{notebook.name}.ipynb"),
        title=say(Message("{plan}: {kind}", plan=evaluation.plan.title, kind=notebook.title), evaluation.language),
        language=evaluation.language,
        code="none" if notebook.name == "briefing" else "folded",
        mark=evaluation.mark,
        facts=facts,
    )
    folders.write(staging / f"{notebook.name}.html", page)


def _write_notice(evaluation: Evaluation, staging: Path) -> None:
    notice.write(
        staging / NOTICE, localities.chosen_chances(evaluation), plan=evaluation.plan,
        indicator=evaluation.indicator(str(evaluation.plan.breakdown)), base=localities.base(evaluation),
        names={area: evaluation.area_name(area) for area in evaluation.areas["area"]},
        rule=localities.rules(evaluation), language=evaluation.language,
    )  # fmt: skip


def _write_report(request: Request, evaluation: Evaluation, staging: Path) -> str | None:
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
        (Message("Inputs"), say([manifest.name(path) for path in evaluation.inputs], evaluation.language)),
        *((Message("Refused"), what) for what in refused),
        (Message("Run date"), day(made(record))),
        (Message("Run"), record["run"]),
        (Message("Program"), f"zzlib {record['versions']['zzlib']} {record['commit'][:12]}".strip()),
    ]
