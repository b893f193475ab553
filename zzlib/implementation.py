"""What the commitments notebook shows, and the briefing of it: each call returns one finding, as `show` does."""

from __future__ import annotations

from typing import Any

import pandas as pd

from zzlib import forms, pledges, tables, timelines
from zzlib.canvas import Figure
from zzlib.commitments import shown
from zzlib.evaluation import Evaluation
from zzlib.language import Message, percent, say, word
from zzlib.periods import end
from zzlib.tables import Html, Several

PAGE = "commitments.html"  # where the briefing's links lead
# A state wears the sign of the verdict that it amounts to.
VERDICTS = {
    "done": "met", "done_late": "met warn", "on_pace": "on_track", "behind": "off_track", "not_yet_due": "open",
    "due_and_not_done": "missed", "overdue": "missed", "no_report": "not_assessable",
}  # fmt: skip


def headline(evaluation: Evaluation) -> Html:
    """Show how many commitments are done, beside how many were reported."""
    return tables.sentences([pledges.headline(evaluation)], evaluation.language, kind="headline")


def timeline(evaluation: Evaluation) -> Figure:
    """Show every commitment in time, by clause."""
    register = pledges.register(evaluation)
    clauses = [(one.clause, one.name) for one in register.clauses]
    day = end(evaluation.through).isoformat()
    return timelines.timeline(
        evaluation.commitments, clauses, {one.commitment: one.name for one in register.commitments},
        start=register.starts.isoformat(), on=min(day, evaluation.as_of or day), language=evaluation.language,
        mark=evaluation.mark, finding=pledges.lagging(evaluation),
    )  # fmt: skip


def heat(evaluation: Evaluation) -> Figure:
    """Show the states by field."""
    counts = pledges.counted(evaluation, "field")
    names = {str(code): pledges.field(str(code)) for code in counts["code"]}
    return timelines.heat(
        counts, names, language=evaluation.language, mark=evaluation.mark, finding=pledges.by_field(evaluation)
    )


def listing(evaluation: Evaluation) -> Several:
    """Show every commitment under its clause, which a link can lead to; with scripts on, by state, field and office."""
    language, held = evaluation.language, pledges.register(evaluation)
    counts = pledges.counted(evaluation, "clause").set_index("code")
    rows = [_row(evaluation, row) for _, row in evaluation.commitments.iterrows()]
    clauses = [
        {
            "anchor": one.anchor, "clause": one.clause, "name": one.name, "group": word("group", one.group),
            "counts": _counts(counts.loc[one.clause]), "rows": [row for row in rows if row["clause"] == one.clause],
        }
        for one in held.clauses
    ]  # fmt: skip
    states = evaluation.commitments["state"].unique()
    offices = [code for code in held.bodies if code in set(evaluation.commitments["responsible"])]
    filters = [
        ("state", Message("State"), [(code, word("state", code)) for code in VERDICTS if code in states]),
        ("field", Message("Field"), [(str(code), pledges.field(str(code)))
                                     for code in pledges.counted(evaluation, "field")["code"]]),
        ("office", Message("Responsible"), [(code, held.bodies[code]) for code in offices]),
    ]  # fmt: skip
    html = tables.rendered("commitments.html.j2", language, clauses=clauses, filters=filters, mark=evaluation.mark,
                           stop="；" if language == "zh" else "; ")  # fmt: skip
    text = "\n".join(
        " | ".join(say(row[part], language) for part in ("name", "due", "word", "reason", "office")) for row in rows
    )
    notes = [pledges.READING_NOTE, pledges.FORECAST_NOTE]
    return Several((Html(html, text), tables.sentences(notes, language, kind="note")))


def _row(evaluation: Evaluation, row: pd.Series) -> dict[str, Any]:
    one = pledges.promise(evaluation, row["commitment"])
    ahead: list[Message] = []
    if not pd.isna(row["covered_share"]):
        shares = {"covered": percent(row["covered_share"]), "expected": percent(row["expected_share"])}
        ahead.append(Message("{covered} of the way, {expected} of the time", **shares))
    if not pd.isna(row["projected"]):
        ahead.append(Message("on this line {value}", value=shown(one, row["projected"])))
    if not pd.isna(row["probability"]):
        ahead.append(Message("chance {p}", p=percent(row["probability"])))
    doubts = [word("report_doubt", kind) for kind in row["doubts"].split(", ") if kind]
    standing = word("report_standing", row["standing"]) if row["standing"] else ""
    return {
        "clause": row["clause"], "name": one.name, "goal": forms.goal(one), "due": row["due"],
        "stated": row["due_stated"], "state": row["state"], "sign": VERDICTS[row["state"]],
        "word": word("state", row["state"]), "reason": row["reason"], "ahead": ahead, "standing": standing,
        "doubts": doubts, "fields": " ".join(one.field), "office_code": one.responsible,
        "office": pledges.register(evaluation).bodies[one.responsible],
    }  # fmt: skip


def _counts(row: pd.Series) -> Message:
    return Message(
        "{done} of {total} done, {reported} reported",
        done=int(row["done"] + row["done_late"]), total=int(row["total"]),
        reported=int(row["total"] - row["no_report"]),
    )  # fmt: skip


def rollups(evaluation: Evaluation) -> Several:
    """Show the counts by part of the plan, kind and office; what is done beside what was reported."""
    heads = [
        Message("Part"), Message("Commitments"), Message("Reported"), Message("Done"), Message("Done and verified"),
        Message("Due by now"), Message("of these done"),
    ]  # fmt: skip
    titles = {
        "group": Message("By part of the plan"), "kind": Message("By kind"), "responsible": Message("By office"),
    }  # fmt: skip
    parts = []
    for level, title in titles.items():
        rows = [
            [
                pledges.part(evaluation, level, str(row["code"])), f"{row['total']:.0f}",
                f"{row['total'] - row['no_report']:.0f} ({percent(row['reported_share'])})",
                f"{row['done'] + row['done_late']:.0f} ({percent(row['done_share'])})",
                f"{row['verified']:.0f} ({percent(row['verified_share'])})", f"{row['owed']:.0f}",
                f"{row['owed_done']:.0f}",
            ]
            for _, row in pledges.counted(evaluation, level).iterrows()
        ]  # fmt: skip
        parts += [
            tables.heading(title, evaluation.language),
            tables.plain(heads, rows, evaluation.language, numeric=range(1, 7)),
        ]
    return Several(tuple(parts))


def doubts(evaluation: Evaluation) -> Html:
    """Show what is doubtful in the reports."""
    said = pledges.doubtful(evaluation)
    nothing = [Message("Nothing in the reports is doubtful.")]
    return tables.sentences(said or nothing, evaluation.language, kind="warning" if said else "note")


def briefly(evaluation: Evaluation) -> Several:
    """Show in a few lines what is done, what is reported and the three most overdue, each with a link to its clause.

    A plan without a register shows nothing.
    """
    language = evaluation.language
    if evaluation.plan.commitments is None:
        return Several(())
    late = []
    for _, row in pledges.most_overdue(evaluation).iterrows():
        one, anchor = pledges.promise(evaluation, row["commitment"]), pledges.clause(evaluation, row["clause"]).anchor
        late.append((f"{PAGE}#{anchor}", row["clause"], one.name, row["reason"]))
    said = pledges.headline(evaluation)
    html = tables.rendered("overdue.html.j2", language, said=said, late=late, page=PAGE)
    text = "\n".join(say(part, language) for part in (said, *(name for _, _, name, _ in late)))
    return Several((Html(html, text),))
