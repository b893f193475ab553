"""Sentences on whether a measure worked: what could have been shown, what was, and what else explains it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from zzlib.campaigns import Campaign
from zzlib.classes import names
from zzlib.effects import LARGEST
from zzlib.evaluation import Evaluation
from zzlib.language import Message, number, percent, word


def asked(found: Campaign) -> Message:
    """Say what is asked: the event, its date and source, what is counted."""
    about = found.event
    return Message(
        "{event} (from {start}; counted from {month} on). Counted: {measure}, {fields}. Source: {source}.",
        event=about.name, start=about.start, month=about.month, measure=word("measure", about.measure),
        fields=[names("fields")[field] for field in about.fields] or Message("all fields"), source=about.source,
    )  # fmt: skip


def power(found: Campaign) -> Message:
    """Say first what these months could have shown at all."""
    row = found.effect.iloc[0]
    if pd.isna(row["smallest"]):
        return Message("These months cannot be asked: {reason}.", reason=row["reason"])
    return Message(
        "Said before the estimate: with {before} months and {events} events before and {after} months after, a fall of "
        "{smallest} or more would be shown in four of five cases; less than that is not to be expected.",
        before=number(row["months_before"]), events=number(row["events_before"]), after=number(row["months_after"]),
        smallest=percent(row["smallest"]),
    )  # fmt: skip


def answer(found: Campaign) -> Message:
    """Say what the counts show, or that they cannot tell."""
    row = found.effect.iloc[0]
    if row["verdict"] == "cannot_tell":
        return Message(
            "Cannot tell: only falls above {largest} could have been shown, or the months do not suffice. This is no "
            "sign that the measure failed, nor that it worked.", largest=percent(LARGEST),
        )  # fmt: skip
    common = {
        "change": percent(row["change"], signed=True), "lower": percent(row["lower"], signed=True),
        "upper": percent(row["upper"], signed=True),
    }  # fmt: skip
    if row["verdict"] == "not_shown":
        return Message(
            "No change is shown: {change}, and anything from {lower} to {upper} agrees with the counts.", **common
        )
    if row["verdict"] == "fell":
        return Message(
            "The count fell against what the months before lead to expect: {change} ({lower} to {upper}).", **common
        )
    return Message(
        "The count rose against what the months before lead to expect: {change} ({lower} to {upper}).", **common
    )


def placebos(found: Campaign) -> Message:
    """Say how often the same question finds a change where there was none."""
    told = found.placebo_dates[found.placebo_dates["verdict"] != "cannot_tell"]
    if told.empty:
        return Message(
            "Placebo dates: no earlier month can be asked, its months do not suffice or could show too little."
        )
    shown = int(told["verdict"].isin(["fell", "rose"]).sum())
    return Message(
        "Placebo dates: of {count} earlier months at which nothing began, {shown} show a change; one in twenty is to "
        "be expected by chance.", count=len(told), shown=shown,
    )  # fmt: skip


def controls(evaluation: Evaluation, found: Campaign) -> Message:
    """Say what those did that the measure does not concern, or that there are none."""
    if found.controls.empty:
        return Message(
            "It holds in every district, and no field is named that it spares: nothing is left to compare with, so "
            "that neither treated and control counts, nor placebo areas, nor a synthetic control can be asked."
        )
    spared, one = _spared(evaluation, found), found.control
    if one is None:
        return Message("Compared with {fields}: the months do not suffice.", fields=spared)
    return Message(
        "Compared with {fields}, weighted to its own count, over as many months before and after: {difference} "
        "events (95% {low} to {high}). Part of a difference is what made the measure be taken.",
        fields=spared, difference=signed_events(one.difference), low=signed_events(one.low),
        high=signed_events(one.high),
    )  # fmt: skip


def _spared(evaluation: Evaluation, found: Campaign) -> list[Any]:
    rows = found.controls[found.controls["series"] != ""]
    return [evaluation.area_name(row.series) if row.kind == "area" else names("fields")[row.series]
            for row in rows.itertuples()]  # fmt: skip


def synthetic(found: Campaign) -> Message | None:
    """Say what a mix of those not concerned leads to expect, and how its departure ranks among theirs."""
    rows = found.controls
    if rows.empty:
        return None
    row = rows.iloc[0]
    if pd.isna(row["p"]):
        return Message("No synthetic control: {reason}.", reason=row["reason"])
    return Message(
        "Synthetic control: {change} against the mix of those that followed it before ({fit} off a quarter). Asked "
        "alike, {rank} of the {count} depart from their mixes as far or further, itself among them: p {p}; with so few "
        "none below {least} is possible.",
        change=percent(row["synthetic_change"], signed=True), fit=percent(row["fit"]), p=f"{row['p']:.3f}",
        rank=number(round(row["p"] * len(rows))), count=number(len(rows)), least=f"{1 / len(rows):.3f}",
    )  # fmt: skip


def signed_events(count: float) -> str:
    """Return a difference of events as read: whole, with its sign.

    >>> signed_events(-12.4), signed_events(0.2), signed_events(3)
    ('−12', '0', '+3')
    """
    return f"{round(count):+d}".replace("-", "−").replace("+0", "0")


def areas(evaluation: Evaluation, found: Campaign) -> Message | None:
    """Say what single districts show, many at once."""
    rows = found.areas
    if rows.empty:
        return None
    shown = rows[rows["verdict"].isin(["fell", "rose"])]
    return Message(
        "Districts with enough events to be asked by themselves: {count}. With a change that holds among so many "
        "(Holm): {names}. Of which nothing can be told: {silent}.",
        count=len(rows), silent=int((rows["verdict"] == "cannot_tell").sum()),
        names=[evaluation.area_name(area) for area in shown["series"]] or [Message("none")],
    )  # fmt: skip


def caution(found: Campaign) -> list[Message]:
    """Say what a design of this kind cannot exclude."""
    said: list[Any] = [
        found.warning,
        Message("Whatever else changed in the same months is part of the figure; a cause is not shown by a date."),
    ]
    return [text for text in said if text is not None]
