"""One event and everything that is asked about its effect: the series, its placebos, its controls, each area."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zzlib import effects, months
from zzlib.comparisons import Displacement
from zzlib.errors import Fault, ParameterError
from zzlib.evaluation import Evaluation, read_breaks
from zzlib.events import Event, dated
from zzlib.kept import write_csv
from zzlib.language import Message
from zzlib.plan import PROJECT
from zzlib.schema import CONTROLS, EFFECTS, table, weakest
from zzlib.synthetic import synthetic

AREAS_FROM = 3.0  # events a month from which an area is asked by itself


@dataclass(frozen=True)
class Campaign:
    """What the monthly counts say of an event; tables of the shape `schema.EFFECTS`, but for `controls`.

    `effect` is one row; `paths` holds observed counts, those fitted, and those expected without the event; `areas` asks
    each area that it concerns by itself; `controls` (`schema.CONTROLS`) sets it beside areas or fields that it does not
    concern, each asked alike; `control` compares it with all of them together over equal years.
    """

    event: Event
    effect: pd.DataFrame
    paths: pd.DataFrame
    placebo_dates: pd.DataFrame
    areas: pd.DataFrame
    controls: pd.DataFrame
    control: Displacement | None
    warning: Message | None


def campaign(evaluation: Evaluation, about: str | Event) -> Campaign:
    """Return what the counts by month say of an event, given as a code of data/events.csv or as itself.

    Raises ParameterError when it is unknown, has no date, or names areas without records.
    """
    asked = dated(about) if isinstance(about, str) else about
    counts, start = evaluation.months, asked.month
    status = weakest({*counts["status"]} - {""})
    how: dict[str, Any] = {
        "form": asked.form, "ramp": asked.ramp_months, "breaks": _breaks(evaluation), "status": status,
    }  # fmt: skip
    mine = months.series(counts, asked.measure, areas=asked.areas, fields=asked.fields)
    effect = effects.interrupted(mine, start, **how)
    each = {area: one for area, one in _by_area(asked, counts).items() if area in asked.areas or not asked.areas}
    each = {} if len(asked.areas) == 1 else each  # which is the answer itself
    kind, spared = _spared(asked, counts)
    every = sum(spared.values()) if spared else None
    return Campaign(
        event=asked,
        effect=effect,
        paths=effects.paths(mine, start, **{name: how[name] for name in ("form", "ramp", "breaks")})
        if effect["verdict"].iloc[0] != "cannot_tell" else effects.observed(mine, start),
        placebo_dates=effects.placebo_dates(mine, start, **how),
        areas=effects.several(each, start, **how) if each else table(EFFECTS, []),
        controls=_controls(mine, spared, kind, effect, start, how),
        control=effects.against_controls(mine, every, start) if every is not None else None,
        warning=effects.after_a_bad_year(mine, start),
    )  # fmt: skip


def _by_area(asked: Event, counts: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the series of each area with enough events to be asked by itself."""
    named = sorted(counts.loc[counts["field"] != "", "area"].unique())
    if lacking := sorted(set(asked.areas) - set(named)):
        what = Message("there are no records of {areas}, which the event names", areas=lacking)
        raise ParameterError(Fault(what, remedy=Message("Write codes of areas that have records, or none for all.")))
    every = {area: months.series(counts, asked.measure, areas=[area], fields=asked.fields) for area in named}
    return {area: one for area, one in every.items() if one.mean() >= AREAS_FROM}


def _spared(asked: Event, counts: pd.DataFrame) -> tuple[str, dict[str, pd.Series]]:
    """Return the series of what an event does not concern: other areas where it names some, else its control fields."""
    if asked.areas:
        return "area", {area: one for area, one in _by_area(asked, counts).items() if area not in asked.areas}
    fields = {field: months.series(counts, asked.measure, fields=[field]) for field in asked.controls}
    return "field", fields


def _controls(
    mine: pd.Series, spared: dict[str, pd.Series], kind: str, effect: pd.DataFrame, start: str, how: dict[str, Any]
) -> pd.DataFrame:  # fmt: skip
    """Return the event's own series and each that it does not concern, asked alike (`schema.CONTROLS`)."""
    if not spared:
        return table(CONTROLS, [])
    asked = pd.concat([effect, effects.several(spared, start, **how)]).set_index("series")
    mixed = synthetic(mine, spared, start).set_index("series")
    rows: list[dict[str, object]] = []
    for name, one in {"": mine, **spared}.items():
        others = [other for code, other in spared.items() if code != name]
        apart = effects.against_controls(one, sum(others), start) if others else None
        told = mixed.loc[name] if name in mixed.index else mixed.loc[""]  # which is empty where none was fitted
        rows.append({
            "kind": kind, "series": name, "status": how["status"], "reason": mixed.at["", "reason"],
            **{column: asked.at[name, column] for column in (
                "events_before", "events_after", "smallest", "change", "lower", "upper", "verdict")},
            "difference": apart.difference if apart else None, "difference_lower": apart.low if apart else None,
            "difference_upper": apart.high if apart else None, "synthetic_change": told["change"],
            **{column: told[column] for column in ("fit", "ratio", "weight", "p")},
        })  # fmt: skip
    return table(CONTROLS, rows)


def _breaks(evaluation: Evaluation) -> list[str]:
    """Return the months in which records of the plan's area began to follow another definition.

    The monthly count follows one definition throughout (that from 2016), so only a link factor of the area itself says
    that its records broke.
    """
    rows = read_breaks()
    mine = rows[(rows["area"] == evaluation.plan.area) & rows["measure"].isin(months.MEASURES)]
    return sorted({str(day)[:7] for day in mine["date"]})


def keep(found: Campaign, folder: str | Path) -> None:
    """Write the answers as `effects.csv` and `controls.csv` in a run's `tables`; an empty folder writes nothing.

    A relative folder is taken from the project's, as by `evaluate`.
    """
    if str(folder):
        parts = {"": found.effect, "placebo_date": found.placebo_dates, "area": found.areas}
        together = pd.concat([rows.assign(kind=kind) for kind, rows in parts.items() if len(rows)], ignore_index=True)
        target = PROJECT / folder / "tables"
        target.mkdir(parents=True, exist_ok=True)
        write_csv(together, target / "effects.csv")
        write_csv(found.controls, target / "controls.csv")
