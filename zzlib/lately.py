"""Sentences on the year so far: this month's pace, what is left, what is unusual, and what may happen."""

from __future__ import annotations

from typing import Any

import pandas as pd

from zzlib import alarms, lateness
from zzlib.classes import names
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, number, percent, word
from zzlib.months import known, spans
from zzlib.periods import end
from zzlib.schema import FIELDS

EVERYTHING = Message("all fields")


def month(evaluation: Evaluation) -> Message:
    """Say how the year stands: the last complete month, deaths of the ceiling, both shares, the chance of a breach."""
    row = whole(evaluation)
    if row is None:
        span = spans(evaluation.months)
        told = known(evaluation.months, "deaths")
        if unknown := [one for one in span if one[:4] == span[-1][:4] and one not in told]:
            return Message(
                "Through {month}, {which}: deaths of this year are not known, since those of {unknown} are not.",
                month=span[-1], which=_which(evaluation, span[-1]), unknown=unknown,
            )  # fmt: skip
        return Message("Through {month}, {which}: {deaths} deaths this year. No ceiling is known.",
                       month=span[-1], which=_which(evaluation, span[-1]),
                       deaths=number(_so_far(evaluation, span[-1])))  # fmt: skip
    return Message(
        "Through {month}, {which}: {deaths} deaths of {ceiling} allowed ({used}), after {elapsed} of "
        "the months and {seasonal} of a usual year's deaths: {pace}. {remaining}. Chance that the year ends above the "
        "ceiling: {chance}.",
        month=row["month"], which=_which(evaluation, row["month"]), deaths=number(row["deaths"]),
        ceiling=number(row["ceiling"]), used=percent(row["used_share"]), elapsed=percent(row["elapsed_share"]),
        seasonal=percent(row["seasonal_share"]), pace=pace(row), remaining=left(row),
        chance=percent(row["probability"]),
    )  # fmt: skip


def _which(evaluation: Evaluation, month: str) -> Message:
    if month == f"{end(evaluation.through):%Y-%m}":
        return Message("the last complete month")
    return Message("the last complete month of the ledger")


def short(evaluation: Evaluation) -> list[Message]:
    """Say that the records do not reach the month that is asked for; nothing where they do."""
    return lateness.sentences(lateness.records(evaluation.months, [evaluation.plan.area], evaluation.through), str)


def whole(evaluation: Evaluation) -> pd.Series | None:
    """Return the row of the plan's own ceiling, None where there is none."""
    rows = evaluation.monitoring
    mine = rows[(rows["area"] == evaluation.plan.area) & (rows["field"] == "")]
    return None if mine.empty else mine.iloc[0]


def pace(row: Any) -> Message:
    """Return the official words, by months and by season where these differ."""
    by_months, by_season = row["elapsed_pace"], row["seasonal_pace"]
    if by_months == by_season:
        return word("ceiling_pace", by_months)
    return Message("by months {months}, by season {season}",
                   months=word("ceiling_pace", by_months), season=word("ceiling_pace", by_season))  # fmt: skip


def left(row: Any) -> Message:
    """Say how many deaths the ceiling still allows, or by how many it is passed."""
    if row["remaining"] < 0:
        return Message("The ceiling is passed by {over}", over=number(-row["remaining"]))
    return Message("{left} left for the rest of the year", left=number(row["remaining"]))


def _so_far(evaluation: Evaluation, last: str) -> float:
    rows = evaluation.months
    mine = rows[(rows["field"] == "") & (rows["period"].str[:4] == last[:4])]
    return float(mine["deaths"].sum(min_count=len(mine)))


def outlook(evaluation: Evaluation) -> Message | None:
    """Say where the year is likely to end."""
    row = whole(evaluation)
    if row is None or row["month"].endswith("-12"):
        return None
    return Message(
        "The year is likely to end with {low} to {high} deaths (80%; middle {median}). A year that ends exactly at the "
        "ceiling has used {lower} to {upper} of it by now in four of five cases.",
        low=number(row["year_low"]), high=number(row["year_high"]), median=number(row["year_median"]),
        lower=percent(row["seasonal_lower"]), upper=percent(row["seasonal_upper"]),
    )  # fmt: skip


def late(evaluation: Evaluation) -> Message:
    """Say what is still to be delivered, or that nothing is known of delays."""
    row, delays = whole(evaluation), evaluation.delays
    if delays.empty:
        return Message(
            "Deaths are counted as delivered. How much comes late shows only beside an earlier delivery of the ledger: "
            "zzlib run monthly --before OLD."
        )
    learnt = Message(
        "By earlier deliveries {known} of a month's deaths are known at its end and {later} two months on; {gone} of "
        "what is delivered is withdrawn later.",
        known=percent(delays["known"].iloc[0]), later=percent(delays["known"].iloc[2]),
        gone=percent(delays["gone"].iloc[0]),
    )  # fmt: skip
    if row is None:
        return learnt
    return Message(
        "{learnt} Of the year so far {deaths} deaths are delivered; the final count of these months is likely to be "
        "{low} to {high} (80%; middle {median}).",
        learnt=learnt, deaths=number(row["deaths"]), low=number(row["final_low"]), high=number(row["final_high"]),
        median=number(row["final_median"]),
    )  # fmt: skip


def apart(evaluation: Evaluation) -> list[Message]:
    """Say where ceilings as ordered do not add up to the whole's: districts, or fields; nothing where they do.

    Parts that nobody ordered are made to fit (`monitoring.ceilings`), so only orders can disagree. Less than the whole
    tells nothing while a part has no ceiling.
    """
    row, rows = whole(evaluation), evaluation.monitoring
    if row is None:
        return []
    areas = evaluation.areas
    units = set(areas.loc[areas["parent"] == evaluation.plan.area, "area"])
    said = []
    for every, mine in (
        (units, rows[(rows["field"] == "") & (rows["area"] != evaluation.plan.area)]),
        (set(FIELDS), rows[rows["field"] != ""]),
    ):
        total, complete = float(mine["ceiling"].sum()), every <= {*mine["area"], *mine["field"]}
        if len(mine) and (total > row["ceiling"] or (complete and total < row["ceiling"])):
            which = Message("districts") if every is units else Message("fields")
            said.append(Message(
                "The ceilings of the {which} add up to {total}, that of all together is {whole}: as ordered they do "
                "not agree, and each stands here as it was ordered.",
                which=which, total=number(total), whole=number(row["ceiling"]),
            ))  # fmt: skip
    return said


def passed(evaluation: Evaluation) -> Message:
    """Say whose ceiling is passed already, and who is likely to pass it."""
    rows = evaluation.monitoring
    over = rows[rows["remaining"] < 0]
    near = rows[(rows["remaining"] >= 0) & (rows["probability"] >= 0.5)]
    return Message("Passed already: {over}. More likely than not to be passed: {near}.",
                   over=_named(evaluation, over), near=_named(evaluation, near))  # fmt: skip


def _named(evaluation: Evaluation, rows: pd.DataFrame) -> list[Message | Name]:
    return [who(evaluation, row.area, row.field) for row in rows.itertuples()] or [Message("none")]


def field_name(field: str) -> Message | Name:
    """Return the name of a field; of what a record does not tell, that."""
    return names("fields").get(field) or Message("field unknown")


def who(evaluation: Evaluation, area: str, field: str) -> Message | Name:
    """Return the name of an area, a field, or a field in an area."""
    if not field:
        return evaluation.area_name(area)
    if area == evaluation.plan.area:
        return field_name(field)
    return Message("{area}, {field}", area=evaluation.area_name(area), field=field_name(field))


def alarm(evaluation: Evaluation, row: Any) -> Message:
    """Say why a count alarms, in one sentence with the records behind it."""
    months = row["period"].split("/")
    when = Message("{first} to {last}", first=months[0], last=months[-1]) if len(months) > 1 else months[0]
    return Message(
        "{who}, {when}: {observed} {measure}, where the same season of earlier years leads to expect {expected}; from "
        "{least} on it alarms (chance of as many {p}).",
        who=who(evaluation, row["area"], row["field"]), when=when, observed=number(row["observed"]),
        measure=word("measure", row["measure"]), expected=f"{row['expected']:.1f}" if row["expected"] >= 0.1 else
        f"{row['expected']:.2f}", least=number(row["least"]), p=_small(row["p"]),
    )  # fmt: skip


def _small(p: float) -> str:
    return f"{p:.1%}" if p >= 0.001 else "<0.1%"


def offices(evaluation: Evaluation, rows: pd.DataFrame) -> Message:
    """Say how many offices have a field beyond its season, and what nobody answers for or reports."""
    named = rows[rows["department"] != ""]
    nobody = rows.loc[rows["department"] == "", "fields"]
    silent = named[named["reported_share"] < 1]
    return Message(
        "{beyond} of {count} offices have a field beyond the seasonal share of its ceiling. No office answers for: "
        "{fields}. {silent} offices have commitments of which nothing is reported.",
        beyond=int((named["beyond"] != "").sum()), count=len(named), silent=len(silent),
        fields=[field_name(field) for text in nobody for field in text.split(", ")] or [Message("none")],
    )  # fmt: skip


def followed(rows: pd.DataFrame) -> list[Message]:
    """Say of each leading measure that is reported how it moves and what followed, and which nobody reports."""
    told, silent = rows[rows["periods"] > 0], rows[rows["periods"] == 0]
    said = []
    for _, row in told.iterrows():
        name = word("leading", row["measure"])
        moves = Message(
            "{measure}: {change} a year ({lower} to {upper})", measure=name,
            change=percent(row["yearly_change"], signed=True), lower=percent(row["yearly_lower"], signed=True),
            upper=percent(row["yearly_upper"], signed=True),
        )  # fmt: skip
        if pd.isna(row["association"]):
            said.append(Message("{moves}. With accidents: {reason}.", moves=moves, reason=row["reason"] or "–"))
            continue
        together = Message("associated with") if row["p"] < 0.05 else Message("not shown to be associated with")
        said.append(Message(
            "{moves}. Its changes are {together} changes of accidents {lag} periods later (rank correlation "
            "{association}, p {p} over all lags); an association is no effect.",
            moves=moves, together=together, lag=number(row["lag"]), p=f"{row['p']:.2f}",
            association=f"{row['association']:+.2f}".replace("-", "−"),
        ))  # fmt: skip
    if len(silent):
        names_ = [word("leading", code) for code in silent["measure"]]
        said.append(Message("Nobody reports: {measures}.", measures=names_))
    return said


def newest(evaluation: Evaluation) -> pd.DataFrame:
    """Return the alarms of the last complete month."""
    span = spans(evaluation.months)
    rows = evaluation.alarms
    return rows[rows["period"].str[-7:] == span[-1]] if span else rows.iloc[:0]


def alarmed(evaluation: Evaluation) -> Message:
    """Say how many alarms there are this month and in the year before, beside how many chance alone would give."""
    span = spans(evaluation.months)
    return Message(
        "{count} alarms in {month}, {year} in the twelve months to it. Thresholds are set so that chance alone gives "
        "at most {budget} a month in the whole city; an alarm is a reason to look, not a finding.",
        count=len(newest(evaluation)), month=span[-1], year=len(evaluation.alarms), budget=number(alarms.BUDGET),
    )  # fmt: skip


def blind(evaluation: Evaluation) -> Message:
    """Say what the alarms cannot see."""
    return Message(
        "A doubling is seen at once only in large counts: from about 40 a month in nearly every case, from 6 a month "
        "in one of four in its first month and three of four within six; in a field of one district hardly ever."
    )


def major(row: Any) -> Message:
    """Say how likely a major accident is, with its interval."""
    return Message(
        "At least one accident with {size} deaths or more in the next twelve months: {chance}, but anything from "
        "{lower} to {upper} agrees with {observed} such accidents in {years} years.",
        size=number(row["deaths_from"]), chance=percent(row["probability"]), lower=percent(row["lower"]),
        upper=percent(row["upper"]), observed=number(row["observed"]), years=f"{row['years']:.1f}",
    )  # fmt: skip
