"""One event and everything that is asked about its effect: the series, its placebos, its controls, each area."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zzlib import effects, months
from zzlib.comparisons import Displacement
from zzlib.evaluation import Evaluation, read_breaks
from zzlib.events import Event, dated
from zzlib.kept import write_csv
from zzlib.language import Message
from zzlib.schema import EFFECTS, table, weakest

AREAS_FROM = 3.0  # events a month from which an area is asked by itself


@dataclass(frozen=True)
class Campaign:
    """What the monthly counts say of an event; each table of the shape `schema.EFFECTS`.

    `effect` is one row; `paths` holds observed counts, those fitted, and those expected without the event; `areas` and
    `placebo_fields` ask areas and fields that it does not concern the same; `control` compares treated with control
    fields over equal years.
    """

    event: Event
    effect: pd.DataFrame
    paths: pd.DataFrame
    placebo_dates: pd.DataFrame
    placebo_fields: pd.DataFrame
    areas: pd.DataFrame
    control: Displacement | None
    warning: Message | None


def campaign(evaluation: Evaluation, code: str) -> Campaign:
    """Return what the counts by month say of an event. Raises ParameterError when it is unknown or has no date."""
    asked = dated(code)
    counts, start = evaluation.months, asked.month
    status = weakest({*counts["status"]} - {""})
    how: dict[str, Any] = {
        "form": asked.form, "ramp": asked.ramp_months, "breaks": _breaks(evaluation), "status": status,
    }  # fmt: skip
    mine = months.series(counts, asked.measure, fields=asked.fields)
    effect = effects.interrupted(mine, start, **how)
    named = sorted(counts.loc[counts["field"] != "", "area"].unique())
    every = {area: months.series(counts, asked.measure, areas=[area], fields=asked.fields) for area in named}
    each = {area: one for area, one in every.items() if one.mean() >= AREAS_FROM}
    unconcerned = {field: months.series(counts, asked.measure, fields=[field]) for field in asked.controls}
    return Campaign(
        event=asked,
        effect=effect,
        paths=effects.paths(mine, start, **{name: how[name] for name in ("form", "ramp", "breaks")})
        if effect["verdict"].iloc[0] != "cannot_tell" else effects.observed(mine, start),
        placebo_dates=effects.placebo_dates(mine, start, **how),
        placebo_fields=effects.several(unconcerned, start, **how) if unconcerned else table(EFFECTS, []),
        areas=effects.several(each, start, **how) if each else table(EFFECTS, []),
        control=effects.against_controls(mine, months.series(counts, asked.measure, fields=asked.controls), start)
        if asked.controls and mine.notna().all() else None,
        warning=effects.after_a_bad_year(mine, start),
    )  # fmt: skip


def _breaks(evaluation: Evaluation) -> list[str]:
    """Return the months in which records of the plan's area began to follow another definition.

    The monthly count follows one definition throughout (that from 2016), so only a link factor of the area itself says
    that its records broke.
    """
    rows = read_breaks()
    mine = rows[(rows["area"] == evaluation.plan.area) & rows["measure"].isin(months.MEASURES)]
    return sorted({str(day)[:7] for day in mine["date"]})


def keep(found: Campaign, folder: str | Path) -> None:
    """Write the answers as `tables/effects.csv` in a run's folder; an empty folder writes nothing."""
    if str(folder):
        parts = {"": found.effect, "placebo_date": found.placebo_dates, "placebo_field": found.placebo_fields,
                 "area": found.areas}  # fmt: skip
        together = pd.concat([rows.assign(kind=kind) for kind, rows in parts.items() if len(rows)], ignore_index=True)
        target = Path(folder) / "tables"
        target.mkdir(parents=True, exist_ok=True)
        write_csv(together, target / "effects.csv")
