"""What the monthly notebook shows: each call takes the evaluation and returns one finding, as `show` does."""

from __future__ import annotations

import pandas as pd

from zzlib import courses, lately, months, tables
from zzlib import departments as offices
from zzlib import leading as leads
from zzlib.canvas import Figure
from zzlib.evaluation import Evaluation
from zzlib.language import Message, say
from zzlib.seasons import season
from zzlib.tables import Html, Several

LISTED = 12  # alarms of earlier months that stand on the page, all of them in the table


def headline(evaluation: Evaluation) -> Several:
    """Show how the year stands, in sentences."""
    return Several((
        tables.sentences([lately.month(evaluation)], evaluation.language, kind="headline"),
        tables.sentences(lately.short(evaluation), evaluation.language, kind="warning"),
        tables.sentences([lately.outlook(evaluation)], evaluation.language),
        tables.sentences([lately.late(evaluation)], evaluation.language, kind="note"),
    ))  # fmt: skip


def used(evaluation: Evaluation) -> Figure:
    """Show the year's deaths beside the ceiling, month by month."""
    row, span = lately.whole(evaluation), months.spans(evaluation.months)
    year = span[-1][:4] if span else ""
    counts = months.series(evaluation.months, "deaths")
    common = {"year": year, "language": evaluation.language, "mark": evaluation.mark}
    if row is None:
        return courses.used([], [], 0.0, **common, finding=lately.month(evaluation))
    learnt = season(_years(counts[counts.index < f"{year}-01"]))
    limits = [(float(learnt.shares[m - 1]), *learnt.interval(m, row["ceiling"])) for m in range(1, 13)]
    mine = counts[counts.index.str[:4] == year].to_list()
    return courses.used(mine, limits, float(row["ceiling"]), **common, finding=lately.month(evaluation))


def _years(counts: pd.Series) -> list[list[float]]:
    by_year = [group.to_list() for _, group in counts.groupby(counts.index.str[:4])]
    return [year for year in by_year if len(year) == 12]


def ceilings(evaluation: Evaluation) -> Several:
    """Show each field and each district beside its ceiling."""
    rows, language = evaluation.monitoring, evaluation.language
    if rows.empty:
        nothing = Message("No ceiling of this year is known: the plan has none to break down, and none was ordered.")
        return Several((tables.sentences([nothing], language, kind="note"),))
    parts: list[Html | Figure] = [tables.sentences([lately.passed(evaluation)], language)]
    if disagree := lately.apart(evaluation):
        parts.append(tables.sentences(disagree, language, kind="warning"))
    for heading, mine in (
        (Message("By field"), rows[rows["field"] != ""]),
        (Message("By district"), rows[(rows["field"] == "") & (rows["area"] != evaluation.plan.area)]),
    ):
        if len(mine):
            names = [say(lately.who(evaluation, row.area, row.field), language) for row in mine.itertuples()]
            finding = lately.passed(evaluation)
            parts.append(tables.heading(heading, language))
            parts.append(courses.shares(mine, names, language=language, mark=evaluation.mark, finding=finding))
    parts.append(tables.paces(evaluation))
    return Several(tuple(parts))


def alarms(evaluation: Evaluation) -> Several:
    """Show what is unusual this month, each alarm with its reason and its records, and those of the year before."""
    language = evaluation.language
    now = lately.newest(evaluation)
    before = evaluation.alarms.drop(now.index)
    parts = [tables.sentences([lately.alarmed(evaluation)], language)]
    for rows, kind in ((now, "warning"), (before.iloc[::-1].head(LISTED), "sentence")):
        if kind == "sentence" and len(rows):
            parts.append(tables.heading(Message("In the months before"), language))
        for _, row in rows.iterrows():
            behind = Message("Records: {records}", records=row["records"])
            parts.append(tables.item([lately.alarm(evaluation, row), behind], language, kind=kind))
    parts.append(tables.sentences([lately.blind(evaluation)], language, kind="note"))
    return Several(tuple(parts))


def major_risk(evaluation: Evaluation) -> Html:
    """Show how likely a major accident is within twelve months, with how little is known."""
    said = [lately.major(row) for _, row in evaluation.major_risk.iterrows()]
    return tables.sentences(said, evaluation.language)


def departments(evaluation: Evaluation) -> Several:
    """Show what each responsible office answers for, with the shares that nobody reports."""
    rows, language = offices.departments(evaluation), evaluation.language
    if rows.empty:
        nothing = Message("The plan has no register that names offices.")
        return Several((tables.sentences([nothing], language, kind="note"),))
    note = Message(
        "Offices as in the register of commitments; a field of two offices counts with both. Done is told beside what "
        "is reported: what nobody reports is not done."
    )
    said = tables.sentences([lately.offices(evaluation, rows)], language)
    return Several((said, tables.offices(rows, evaluation), tables.sentences([note], language, kind="note")))


def leading(evaluation: Evaluation) -> Several:
    """Show inputs, outputs and outcomes beside each other, and what followed what."""
    observed = evaluation.observations[evaluation.observations["area"] == evaluation.plan.area]
    rows = leads.leading(observed, months.series(evaluation.months, "accidents"))
    said = tables.sentences(lately.followed(rows), evaluation.language)
    return Several((said, tables.leading(rows, evaluation)))


def briefly(evaluation: Evaluation) -> Several:
    """Show this month's pace and one line an alarm, for a briefing; nothing where no months are counted."""
    if evaluation.months.empty:
        return Several(())
    said = [lately.month(evaluation), lately.alarmed(evaluation)]
    lines = lately.short(evaluation)
    lines += [lately.alarm(evaluation, row) for _, row in lately.newest(evaluation).iterrows()]
    return Several((
        tables.heading(Message("This month"), evaluation.language), tables.sentences(said, evaluation.language),
        *([tables.sentences(lines, evaluation.language, kind="warning")] if lines else []),
    ))  # fmt: skip
