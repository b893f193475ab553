"""A page for each area of a plan, for those who answer for it: what its numbers show, and what they cannot show.

What a page says is taken from the evaluation's tables and sent out as plain values, so that pages can be written
anywhere; `page` is a pure function of them, and every worker writes the same bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from markupsafe import Markup

from zzlib import breakdown, folders, localities, manifest, sparklines, tables
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, number, percent, word
from zzlib.narrative import years
from zzlib.workers import HERE, Executor

FOLDER, LISTED = "areas", "index"  # where pages lie in a run, and the name of the page that lists them
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,39}")  # an area's code names a file, and must not name another place
SHOWN = 8  # so many names a page lists of those that are named
SIGNS = {"kept": "met", "within_chance": "open", "behind": "missed"}
Row: TypeAlias = Mapping[str, Any]
Progress: TypeAlias = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Whole:
    """What all pages of a plan share, small enough to travel with every batch of them."""

    title: str
    name: str
    through: str
    as_of: str
    inputs: tuple[str, ...]
    language: str
    mark: str
    indicator: str
    unit: str
    tested_unit: str
    per: float
    exposure_unit: str
    period: str
    areas: int
    events: float
    exposure: float
    baseline_year: int
    target_year: int
    named: tuple[str, ...]
    behind: tuple[str, ...]


@dataclass(frozen=True)
class Area:
    """An area: its rows of the evaluation's tables; `moved` and `sheet` are None where it cannot be told."""

    code: str
    name: str
    beside: Row
    moved: Row | None
    sheet: Row | None
    ceilings: tuple[Row, ...]
    years: tuple[Row, ...]


def write(
    evaluation: Evaluation, folder: Path, *, by: Executor = HERE, progress: Progress | None = None
) -> dict[str, int]:
    """Write a page an area and the page that lists them; return how many bytes each file has.

    Raises ParameterError where the data hold no figures by area, DataError where a code cannot name a file.
    """
    check(evaluation)
    whole, asked = collected(evaluation)
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for done, (code, text) in enumerate(by.map(partial(page, whole), asked), start=1):
        folders.write(folder / f"{code}.html", text)
        written[f"{code}.html"] = len(text.encode())
        if progress:
            progress(done, len(asked), asked[code].name)
    folders.write(folder / f"{LISTED}.html", listing(whole, asked))
    return written


def check(evaluation: Evaluation) -> None:
    """Refuse an evaluation of which no page can be written."""
    lacking = evaluation.lacks("districts")
    if lacking is not None:
        what = Message("there is no area to write a page of: {reason}", reason=lacking)
        raise ParameterError(Fault(what, remedy=Message("Give counts and exposures by area: --data.")))
    codes = list(localities.shown(evaluation)["area"])
    taken = {LISTED}
    for code in codes:
        if not CODE.fullmatch(code) or code.casefold() in taken:
            what = Message("the area's code '{code}' cannot name a file of its own", code=code)
            remedy = Message("Write it in letters, digits, - and _, at most 40, and not as '{name}'.", name=LISTED)
            raise DataError(Fault(what, remedy=remedy))
        taken.add(code.casefold())


def collected(evaluation: Evaluation) -> tuple[Whole, dict[str, Area]]:
    """Return what all pages share and what each says, by code, from the evaluation's tables."""
    plan, rows = evaluation.plan, localities.shown(evaluation)
    law = plan.indicator(str(rows["indicator"].iloc[0]))
    names = dict(zip(evaluation.areas["area"], evaluation.areas["name"], strict=True))
    sheets, moved = _by_area(evaluation.appraisal), _by_area(evaluation.movements)
    counts = breakdown.told(plan, evaluation.observations, evaluation.areas)
    yearly = counts.assign(rate=counts["deaths"] / counts["exposure"] * (law.denominator.per if law.denominator else 1))
    ceilings = localities.chosen(evaluation.allocation, evaluation)
    ceilings = _grouped(ceilings[["area", "period", "ceiling", "probability"]].sort_values("period"))
    known = _grouped(yearly.sort_values("year"))
    behind = evaluation.appraisal[evaluation.appraisal["standing"] == "behind"]
    whole = Whole(
        title=plan.title,
        name=names[plan.area],
        through=evaluation.through,
        as_of=evaluation.as_of,
        inputs=tuple(map(manifest.name, evaluation.inputs)),
        language=evaluation.language,
        mark=evaluation.mark,
        indicator=law.name,
        unit=law.unit,
        tested_unit=localities.of_accidents(law.unit) if rows["tested"].iloc[0] == "fatal_accidents" else law.unit,
        per=law.denominator.per if law.denominator else 1.0,
        exposure_unit=word("unit", law.denominator.unit) if law.denominator else "",
        period=str(rows["period"].iloc[0]),
        areas=len(rows),
        events=float(rows["expected"].sum()),
        exposure=float(rows["exposure"].sum()),
        baseline_year=plan.baseline_year,
        target_year=plan.target_year,
        named=_some(names, rows[rows["named"]].sort_values("p")["area"]),
        behind=_some(names, behind.sort_values("by_chance")["area"]),
    )
    asked = {
        row["area"]: Area(
            row["area"], names[row["area"]], row, moved.get(row["area"]), sheets.get(row["area"]),
            tuple(ceilings.get(row["area"], ())), tuple(known.get(row["area"], ())),
        )
        for row in rows.to_dict("records")
    }  # fmt: skip
    return whole, asked


def page(whole: Whole, area: Area) -> str:
    """Return the page of one area, one file that asks for nothing outside itself and needs no script."""
    return tables.rendered(
        "area.html.j2", whole.language, **_common(whole), title=area.name, area=area,
        headline=_headline(whole, area), tiles=_tiles(whole, area), beside=_beside(whole, area),
        moved=_moved(whole, area), ceilings=_ceilings(area), behind=_behind(whole, area),
        course=_course(whole, area), years=_years(whole, area), doubts=_doubts(whole, area),
    )  # fmt: skip


def listing(whole: Whole, areas: Mapping[str, Area]) -> str:
    """Return the page that lists all areas and leads to theirs."""
    rows = [
        (f"{code}.html", one.name, _deaths(one), _standing(one), localities.verdict(one.beside), one.beside["named"],
         _rank(one))
        for code, one in areas.items()
    ]  # fmt: skip
    return tables.rendered(
        "areas.html.j2", whole.language, **_common(whole), title=Message("The areas of {whole}", whole=whole.name),
        rows=rows, named=_who_is_named(whole),
        behind=_who_is_behind(whole) if any(area.sheet for area in areas.values()) else "",
    )  # fmt: skip


def _common(whole: Whole) -> dict[str, Any]:
    return {"style": _style(), "policy": "'none'", "mark": whole.mark, "whole": whole,
            "facts": _facts(whole), "colon": "：" if whole.language == "zh" else ": "}  # fmt: skip


@lru_cache
def _style() -> Markup:
    return Markup((tables.TEMPLATES / "style.css").read_text(encoding="utf-8"))


def _headline(whole: Whole, area: Area) -> list[str]:
    """Return the answer in a sentence or two."""
    said: list[str] = []
    row, rest = area.beside, rate_of_the_rest(whole, area.beside)
    if area.sheet:
        said.append(
            Message(
                "{year}: {deaths} deaths, ceiling {ceiling}: {standing}.",
                year=area.sheet["period"], deaths=number(area.sheet["deaths"]), ceiling=number(area.sheet["ceiling"]),
                standing=word("standing", area.sheet["standing"]),
            )
        )  # fmt: skip
    if rest > 0:
        said.append(
            Message(
                "{period}: {ratio} times as many {tested} for its size as the rest of {whole}: {verdict}.",
                period=years(whole.period), ratio=f"{row['tested_rate'] / rest:.1f}",
                tested=word("tested", row["tested"]), whole=whole.name, verdict=localities.verdict(row),
            )
        )  # fmt: skip
    return said


def _tiles(whole: Whole, area: Area) -> list[tuple[str, str, str, str]]:
    """Return the four answers that come first: what is asked, the figure, what it means, and a sign for that."""
    row = area.beside
    side = "" if row["funnel"] == "within" or not row["side"] else row["side"]
    tiles: list[tuple[str, str, str, str]] = [
        (Message("{unit}, {period}", unit=whole.tested_unit, period=years(whole.period)), number(row["tested_rate"]),
         localities.verdict(row), {"above": "off_track", "below": "met", "": "not_assessable"}[side]),
        (Message("Rank, 1 the highest rate"), _rank(area),
         Message("of {total}; in brackets: as far as chance may move it", total=whole.areas), ""),
    ]  # fmt: skip
    if area.sheet:
        sheet = area.sheet
        asked = Message("Deaths in {year}", year=sheet["period"])
        of = Message("{deaths} (ceiling {ceiling})", deaths=number(sheet["deaths"]), ceiling=number(sheet["ceiling"]))
        tiles.insert(0, (asked, of, word("standing", sheet["standing"]), SIGNS[sheet["standing"]]))
    if area.moved:
        asked = Message("Change since {year}", year=whole.baseline_year)
        tiles.append((asked, percent(area.moved["change"], signed=True), _trend(area.moved), ""))
    return tiles


def _trend(moved: Row) -> str:
    return word("trend", moved["trend"]) if moved["trend"] else Message("no change shown")


def _deaths(area: Area) -> str:
    if area.sheet is None:
        return "–"
    return Message("{deaths} of {ceiling}", deaths=number(area.sheet["deaths"]), ceiling=number(area.sheet["ceiling"]))


def _standing(area: Area) -> tuple[str, str]:
    if area.sheet is None:
        return "", ""
    return SIGNS[area.sheet["standing"]], word("standing", area.sheet["standing"])


def _rank(area: Area) -> str:
    row = area.beside
    if math.isnan(row["rank"]):
        return "–"
    return Message("{rank} ({lower} to {upper})", rank=number(row["rank"]), lower=number(row["rank_lower"]),
                   upper=number(row["rank_upper"]))  # fmt: skip


def rate_of_the_rest(whole: Whole, row: Row) -> float:
    """Return the tested rate of all other areas together: (N - O) / (Σb - b), for so much exposure; NaN alone."""
    rest = whole.exposure - row["exposure"]
    own = row["tested_rate"] * row["exposure"] / whole.per
    return float((whole.events - own) / rest * whole.per) if rest > 0 else math.nan


def _beside(whole: Whole, area: Area) -> list[str]:
    row = area.beside
    counted = row["tested_rate"] * row["exposure"] / whole.per
    what = {
        "period": years(whole.period), "count": number(round(counted, 6)), "area": area.name, "whole": whole.name,
        "expected": f"{row['expected']:.1f}",
    }  # fmt: skip
    said = [
        Message("{period}: {count} fatal accidents in {area}; about {expected} at the rate of all of {whole}.", **what)
        if row["tested"] == "fatal_accidents"
        else Message("{period}: {count} deaths in {area}; about {expected} at the rate of all of {whole}.", **what),
        Message(
            "{rate} {unit} here, {rest} in the rest of {whole}.", rate=number(row["tested_rate"]),
            rest=number(rate_of_the_rest(whole, row)), unit=whole.tested_unit, whole=whole.name,
        ),
    ]  # fmt: skip
    if row["named"]:
        said.append(Message("This area is named: it differs even though {total} were looked at.", total=whole.areas))
    elif str(row["funnel"]).startswith("outside"):
        said.append(
            Message(
                "It lies outside the 95% limits, but is not named: where {total} are looked at, chance alone puts some "
                "there.", total=whole.areas,
            )
        )  # fmt: skip
    else:
        said.append(Message("No difference from the rest can be shown beyond chance; that does not make them equal."))
    return [*said, _who_is_named(whole)]


def _who_is_named(whole: Whole) -> str:
    return Message("Named in all of {whole}: {names}.", whole=whole.name, names=list(whole.named))


def _who_is_behind(whole: Whole) -> str:
    return Message(
        "Above the upper 90% limit of chance around its ceiling in all of {whole}: {names}.",
        whole=whole.name, names=list(whole.behind),
    )  # fmt: skip


def _behind(whole: Whole, area: Area) -> list[str]:
    if area.sheet is None:
        return [Message("No ceiling can be broken down to areas from these data.")]
    return [localities.cannot_say(area.sheet), _who_is_behind(whole)]


def _ceilings(area: Area) -> list[tuple[str, str, str, str]]:
    """Return by year the ceiling, the deaths counted, and the chance of keeping it where the year is to come."""
    counted = {str(row["year"]): row["deaths"] for row in area.years}
    return [
        (row["period"], number(row["ceiling"]), number(counted.get(row["period"], math.nan)),
         "–" if row["period"] in counted else percent(row["probability"]))
        for row in area.ceilings
    ]  # fmt: skip


def _moved(whole: Whole, area: Area) -> list[str]:
    if area.moved is None:
        return [Message("Counts of the baseline are not known: no movement can be told.")]
    row = area.moved
    said: list[str] = [
        Message(
            "The rate went from {before} to {after} {unit}, a change of {change}; with so few events anything from "
            "{lower} to {upper} would fit.",
            before=number(row["tested_rate_before"]), after=number(row["tested_rate"]), unit=whole.tested_unit,
            change=percent(row["change"], signed=True), lower=percent(row["change_lower"], signed=True),
            upper=percent(row["change_upper"], signed=True),
        )
    ]  # fmt: skip
    if math.isnan(row["change"]):
        said = [row["reason"] or Message("No change can be computed.")]
    if not row["trend"]:
        said.append(
            Message("Where {total} are looked at, that is neither a rise nor a fall beyond noise.", total=whole.areas)
        )
    return said


def _course(whole: Whole, area: Area) -> Markup:
    return sparklines.sparkline(
        [(int(row["year"]), float(row["deaths"])) for row in area.years],
        target=float(area.sheet["target_ceiling"]) if area.sheet else math.nan, target_year=whole.target_year,
        until=whole.target_year, language=whole.language,
    )  # fmt: skip


def _years(whole: Whole, area: Area) -> list[tuple[str, ...]]:
    return [
        (str(row["year"]), number(row["deaths"]), number(row["fatal_accidents"]), number(row["exposure"]),
         number(row["rate"]))
        for row in area.years
    ]  # fmt: skip


def _doubts(whole: Whole, area: Area) -> list[str]:
    """Return what the numbers of this area cannot carry."""
    row = area.beside
    statuses = list(dict.fromkeys(year["status"] for year in area.years))
    doubts: list[str] = [
        Message("Status of the figures: {statuses}.", statuses=[word("status", status) for status in statuses])
    ]
    if "/" in whole.period:
        doubts.append(Message("{period} are taken together: a year alone would show next to nothing.",
                              period=years(whole.period)))  # fmt: skip
    if row["reason"]:
        doubts.append(row["reason"])
    if whole.events:
        doubts.append(
            Message(
                "Were the risk here twice that of the rest, these limits would notice it with probability {chance}.",
                chance=percent(breakdown.power(row["expected"], whole.events)),
            )
        )
    if row["tested"] == "deaths":
        doubts.append(Message("Fatal accidents are not known by area: deaths are tested, their variance widened."))
    if area.sheet and not math.isnan(area.sheet["injuries_per_death"]):
        doubts.append(
            Message(
                "{ratio} serious injuries are on record for each death; where they are far fewer than elsewhere, ask "
                "whether injuries are reported at all.",
                ratio=f"{area.sheet['injuries_per_death']:.1f}",
            )
        )
    if area.sheet and not math.isnan(area.sheet["late"]):
        doubts.append(
            Message(
                "Since the earlier delivery {late} records came late and {withdrawn} were withdrawn.",
                late=number(area.sheet["late"]), withdrawn=number(area.sheet["withdrawn"]),
            )
        )  # fmt: skip
    return doubts


def _facts(whole: Whole) -> list[tuple[str, Any]]:
    return [
        (Message("Plan"), whole.title),
        (Message("Looked at through"), whole.through),
        (Message("Day of knowledge"), whole.as_of or Message("everything in the tables is known")),
        (Message("Inputs"), list(whole.inputs)),
    ]


def _by_area(rows: pd.DataFrame) -> dict[str, Row]:
    return {row["area"]: row for row in rows.to_dict("records")}


def _grouped(rows: pd.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows.to_dict("records"):
        found.setdefault(row["area"], []).append(row)
    return found


def _some(names: Mapping[str, Name], areas: pd.Series) -> tuple[str, ...]:
    """Return the names of some areas: the first ones, and how many more there are."""
    if areas.empty:
        return (localities.NOBODY,)
    more = [Message("{count} others", count=len(areas) - SHOWN)] if len(areas) > SHOWN else []
    return (*(names[area] for area in areas[:SHOWN]), *more)
