"""Sentences on the commitments of a plan: how many are done and reported, what is overdue, what is doubtful."""

from __future__ import annotations

import pandas as pd

from zzlib.commitments import DONE
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, percent, word
from zzlib.register import ALL_FIELDS, Clause, Commitment, Register
from zzlib.schema import FIELDS

FORECAST_NOTE = Message(
    "The chance is that of a straight line through the yearly figures, with Student's t; no record shows yet how good "
    "such forecasts are, and it is no part of the state."
)
READING_NOTE = Message(
    "Pace: the share of the way from the first report to the goal beside the share of the days gone. Where the plan "
    "states no date, its last day is taken. The offices named are those in charge of the field; the plan names hardly "
    "any."
)


def register(evaluation: Evaluation) -> Register:
    """Return the plan's register, which must be there (`lacks("commitments")`)."""
    assert evaluation.plan.commitments is not None
    return evaluation.plan.commitments


def promise(evaluation: Evaluation, code: str) -> Commitment:
    """Return a commitment of the plan."""
    return register(evaluation).commitment(code)


def clause(evaluation: Evaluation, code: str) -> Clause:
    """Return a clause of the plan."""
    return register(evaluation).clause(code)


def counted(evaluation: Evaluation, level: str) -> pd.DataFrame:
    """Return the counts of a level, in the register's order; fields in that of the plan's sector tasks."""
    rows = evaluation.rollup[evaluation.rollup["level"] == level]
    if level == "field":
        order = {code: place for place, code in enumerate((*FIELDS, ALL_FIELDS))}
        rows = rows.sort_values("code", key=lambda codes: codes.map(order))
    return rows.reset_index(drop=True)


def part(evaluation: Evaluation, level: str, code: str) -> Message | Name | str:
    """Return the name of what a row of counts is about."""
    held = register(evaluation)
    if level == "clause":
        return Message("{clause} {name}", clause=code, name=held.clause(code).name)
    if level == "responsible":
        return held.bodies[code]
    if level == "field":
        return field(code)
    return evaluation.plan.title if level == "plan" else word(level if level == "group" else "commitment_kind", code)


def field(code: str) -> Message | Name:
    """Return the name of a field, or of what belongs to all."""
    from zzlib.classes import names

    return Message("all fields") if code == ALL_FIELDS else names("fields")[code]


def headline(evaluation: Evaluation) -> Message:
    """Return how many commitments are done, beside how many were reported at all."""
    whole = counted(evaluation, "plan").iloc[0]
    return Message(
        "Of {total} commitments {done} are done ({share}), {late} of them late; {reported} were reported on "
        "({reported_share}), {verified} are done and verified. Of {owed} due by now {owed_done} are done.",
        total=int(whole["total"]), done=int(whole["done"] + whole["done_late"]), late=int(whole["done_late"]),
        share=percent(whole["done_share"]), reported=int(whole["total"] - whole["no_report"]),
        reported_share=percent(whole["reported_share"]), verified=int(whole["verified"]), owed=int(whole["owed"]),
        owed_done=int(whole["owed_done"]),
    )  # fmt: skip


def most_overdue(evaluation: Evaluation, count: int = 3) -> pd.DataFrame:
    """Return the commitments that are due and not done, the longest overdue first, of equal days as in the plan."""
    rows = evaluation.commitments
    open_ = rows[rows["owed"].astype(bool) & ~rows["state"].isin(DONE)]
    return open_.assign(days=open_["overdue_days"].fillna(0)).sort_values("days", ascending=False, kind="stable")[
        :count
    ]


def lagging(evaluation: Evaluation) -> Message:
    """Return what the timeline shows: what is due and not done, and what is behind its pace."""
    states = evaluation.commitments["state"].value_counts()
    late = int(states.get("overdue", 0) + states.get("due_and_not_done", 0))
    return Message(
        "{late} commitments are due and not done, {behind} are behind the straight path, {silent} have no report.",
        late=late, behind=int(states.get("behind", 0)), silent=int(states.get("no_report", 0)),
    )  # fmt: skip


def by_field(evaluation: Evaluation) -> Message:
    """Return what the heat map shows: in which fields most is not reported or not done in time."""
    rows = counted(evaluation, "field")
    rows = rows[rows["code"] != ALL_FIELDS]
    late = rows["overdue"] + rows["due_and_not_done"] + rows["behind"]
    worst = [field(str(code)) for code in rows.loc[(late == late.max()) & (late > 0), "code"]]
    silent = [field(str(code)) for code in rows.loc[rows["no_report"] > 0, "code"]]
    return Message(
        "Most that is late or behind: {worst}. Without a report on something: {silent}.",
        worst=worst or Message("none"), silent=silent or Message("none"),
    )  # fmt: skip


def doubtful(evaluation: Evaluation) -> list[Message]:
    """Return the doubts about reports, each with the commitment it is about."""
    return [
        Message("{name}: {what}", name=promise(evaluation, row["commitment"]).name, what=row["what"])
        for _, row in evaluation.report_findings.iterrows()
    ]
