"""What a notebook shows: each call takes the evaluation and returns one finding, as sentence, table or picture.

Here words, tables and pictures of one result meet, so that a notebook stays a list of questions. Nothing is computed.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from zzlib import figures, firmness, forms, gaps, narrative, reasons, since, tables, where
from zzlib.canvas import Figure
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, number, percent, word
from zzlib.narrative import years
from zzlib.schema import ABOUT_SIZES, MEASURES
from zzlib.tables import Html, Several

LISTED = 8  # so many findings of a kind stand on the page, all of them in the table
NOTHING_OPEN = Message("No verdict is left open: each target is decided or cannot be assessed.")


def headline(evaluation: Evaluation) -> Several:
    """Show the one sentence that a leader reads, and which figures of the period are not there yet."""
    said = tables.sentences([narrative.headline(evaluation)], evaluation.language, kind="headline")
    late = narrative.late(evaluation)
    return Several((said, *([tables.sentences(late, evaluation.language, kind="warning")] if late else [])))


def targets(evaluation: Evaluation) -> Html:
    """Show the table of targets."""
    return tables.targets(evaluation)


def verdicts(evaluation: Evaluation) -> Several:
    """Show for each target in words where it stands, what the risk has done, and what it would take."""
    parts = []
    for code in evaluation.assessments["indicator"]:
        need = narrative.requirement(evaluation, code)
        texts = [
            narrative.target(evaluation, code),
            narrative.safety(evaluation, code),
            narrative.zero(evaluation, code),
            Message("What it would take: {need}.", need=need) if need is not None else None,
        ]
        parts.append(tables.item(texts, evaluation.language))
    return Several(tuple(parts))


def requirements(evaluation: Evaluation) -> Several:
    """Show what it would take to meet each target that is not decided yet, what it asks, how firm its verdict is."""
    parts: list[Html | Figure] = []
    for code in evaluation.assessments["indicator"]:
        need = narrative.requirement(evaluation, code)
        if need is not None:
            said = (
                Message("{reason}.", reason=need),
                reasons.eased(evaluation, code),
                firmness.robust(evaluation, code),
            )
            parts.append(tables.heading(evaluation.indicator(code).name, evaluation.language))
            parts.append(tables.item(said, evaluation.language))
    return Several(tuple(parts) or (tables.sentences([NOTHING_OPEN], evaluation.language, kind="note"),))


def promises(evaluation: Evaluation) -> Several:
    """Show what each target asks of safety, how bold it was, and whether the targets agree with each other."""
    language, parts = evaluation.language, []
    for code in evaluation.assessments["indicator"]:
        say_of = (reasons.asks, reasons.ambition, reasons.typical, reasons.floor)
        texts = [text for text in (of(evaluation, code) for of in say_of) if text is not None]
        if texts:
            parts.append(tables.item([evaluation.indicator(code).name, *texts], language))
    unknown = reasons.unknown(evaluation)
    parts.append(tables.sentences([unknown], language, kind="note"))
    pairs = reasons.agreement(evaluation) or [Message("No count target and rate target rest on the same deaths.")]
    parts.append(tables.heading(Message("Do the targets agree?"), language))
    parts.append(tables.sentences(pairs, language))
    return Several(tuple(part for part in parts if part.text))


def together(evaluation: Evaluation) -> Html:
    """Show how likely it is that all targets are met."""
    said = reasons.together(evaluation)
    nothing = Message("Fewer than two targets can be assessed, or all are decided: there is no joint probability.")
    return tables.sentences([said or nothing], evaluation.language, kind="sentence" if said else "note")


def moved(evaluation: Evaluation, folder: str) -> Html:
    """Show what moved since the last run of the plan; `folder` is that of this run."""
    return tables.item(since.sentences(since.read(folder), evaluation), evaluation.language, kind="sentence moved")


def robustness(evaluation: Evaluation) -> Several:
    """Show whether another choice of measure, model, baseline or data would have given another verdict."""
    language, bands, rows = evaluation.language, evaluation.plan.bands, evaluation.robustness
    if rows.empty:
        return Several((tables.sentences([NOTHING_OPEN], language, kind="note"),))
    parts: list[Html | Figure] = []
    for code in rows["indicator"].unique():
        texts = [evaluation.indicator(code).name, firmness.robust(evaluation, code)]
        kind = "warning" if firmness.outcomes(evaluation, code) else "sentence"
        parts.append(tables.item(texts, language, kind=kind))
    chances = rows[rows["probability"].notna()]
    if chances.empty:
        return Several(tuple(parts))
    told = [firmness.choice(row["family"], row["choice"]) for _, row in chances.iterrows()]
    picture = figures.robustness(
        chances.assign(name=pd.Series(told, index=chances.index, dtype=object)), names(evaluation), firmness.FAMILIES,
        language=language, bands=(bands.off_track, bands.on_track), mark=evaluation.mark,
        finding=firmness.stability(evaluation),
    )  # fmt: skip
    return Several((*parts, picture, tables.robustness(evaluation)))


def measures(evaluation: Evaluation) -> Several:
    """Show what each published progress measure says of each target, in its own words."""
    language = evaluation.language
    if not (evaluation.robustness["family"] == "measure").any():
        return Several((tables.sentences([NOTHING_OPEN], language, kind="note"),))
    said = firmness.measured(evaluation)
    agreed = Message("Published measures and probability agree on every target.")
    sentences = tables.sentences(said or [agreed], language, kind="warning" if said else "sentence")
    return Several((sentences, tables.measures(evaluation)))


def revisions(evaluation: Evaluation) -> Several:
    """Show which verdicts on past years were changed by later figures."""
    language, rows = evaluation.language, evaluation.revisions
    sentences = tables.sentences(firmness.revised(evaluation), language, kind="sentence" if len(rows) else "note")
    changed = rows[rows.groupby(["indicator", "through"])["flips"].transform("any").astype(bool)]
    shown = ["through", "as_of", "value", "probability", "verdict"]
    return Several((sentences, tables.grouped(changed, shown, evaluation)) if len(changed) else (sentences,))


def pace(evaluation: Evaluation) -> Figure:
    """Show pace rule and probability side by side."""
    bands = evaluation.plan.bands
    return figures.pace_and_probability(
        evaluation.assessments, names(evaluation), language=evaluation.language,
        bands=(bands.off_track, bands.on_track), mark=evaluation.mark, finding=narrative.headline(evaluation),
    )  # fmt: skip


def trajectory(evaluation: Evaluation, indicator: str) -> Figure:
    """Show one indicator's path: observed, target, straight path, and what the years ahead may bring."""
    mine = evaluation.indicators
    mine = mine[
        (mine["indicator"] == indicator) & (mine["area"] == evaluation.plan.area) & ~mine["period"].str.contains("/")
    ]
    ahead = evaluation.forecasts[evaluation.forecasts["indicator"] == indicator]
    row = evaluation.assessment(indicator)
    # Another definition that gives the same figures would only hide them.
    own = dict(mine.loc[mine["scope"] == row["scope"], ["period", "value"]].itertuples(index=False))
    mine = mine[(mine["scope"] == row["scope"]) | (mine["period"].map(own) != mine["value"])]
    law = evaluation.indicator(indicator)
    return figures.trajectory(
        mine, ahead, row.to_dict(), name=law.name, unit=law.unit,
        language=evaluation.language, mark=evaluation.mark, finding=narrative.target(evaluation, indicator),
    )  # fmt: skip


def trajectories(evaluation: Evaluation) -> Several:
    """Show the path of every target's indicator, each under its name."""
    parts: list[Html | Figure] = []
    for code in evaluation.assessments["indicator"]:
        parts.append(tables.heading(evaluation.indicator(code).name, evaluation.language))
        parts.append(trajectory(evaluation, code))
        notes = [narrative.against(evaluation, code), narrative.zero(evaluation, code)]
        if any(notes):
            parts.append(tables.sentences(notes, evaluation.language, kind="note"))
    return Several(tuple(parts))


def pictures(evaluation: Evaluation) -> Several:
    """Show the path of every target's indicator and, where the data reach them, the map of the districts."""
    heading = tables.heading(Message("Districts"), evaluation.language)
    return Several((*trajectories(evaluation).parts, heading, *where.briefly(evaluation).parts))


def split(evaluation: Evaluation) -> Several:
    """Show what moved each rate: deaths or exposure."""
    language = evaluation.language
    known = evaluation.changes.dropna()
    said = [text for code in known["indicator"] if (text := narrative.split(evaluation, code)) is not None]
    if not said:
        return Several(
            (
                tables.sentences(
                    [Message("No rate can be split: deaths or exposure are missing.")], language, kind="note"
                ),
            )
        )
    picture = figures.decomposition(
        known,
        names(evaluation),
        language=language,
        mark=evaluation.mark,
        finding=Message("In log points, which add up; the sentences give per cent."),
    )
    return Several((tables.sentences(said, language), picture))


def readings(evaluation: Evaluation) -> Html:
    """Show the verdicts under the two readings of the baseline, where there are two."""
    doubled = evaluation.readings[evaluation.readings["indicator"].duplicated(keep=False)]
    if doubled.empty:
        return tables.sentences([Message("Every baseline has one reading only.")], evaluation.language, kind="note")
    shown = ["reading", "baseline", "target", "probability", "verdict"]
    return tables.grouped(doubled, shown, evaluation)


def warnings(evaluation: Evaluation) -> Html:
    """Show each kind of warning once, with the targets that it concerns."""
    return _warned(narrative.warnings(evaluation), evaluation.language)


def caveats(evaluation: Evaluation) -> Html:
    """Show the warnings that the headline and the table of targets have not said already."""
    said = ("the pace rule says", "read as restated already")
    return _warned(narrative.warnings(evaluation, leaving_out=said), evaluation.language)


def _warned(warnings: list[Message], language: str) -> Html:
    nothing = [Message("Nothing further to warn of.")]
    return tables.sentences(warnings or nothing, language, kind="warning" if warnings else "note")


def reading(evaluation: Evaluation) -> Several:
    """Show what reading did to the files: what is unsure or refused as warnings, the rest as a list a file."""
    notes, language = evaluation.notes, evaluation.language
    alarming = notes["kind"].isin(["unsure", "rows_refused"])
    parts = [tables.sentences(map(_noted, notes[alarming].itertuples()), language, kind="warning")]
    for file, rows in notes[~alarming].groupby("file", sort=False):
        told = [_noted(row) for row in rows.assign(file="").head(LISTED).itertuples()]
        more = [Message("and {count} more", count=len(rows) - LISTED)] if len(rows) > LISTED else []
        parts.append(tables.item([str(file) or Message("All files"), *told, *more], language))
    nothing = tables.sentences([Message("Every file was read as it stands.")], language, kind="note")
    return Several(tuple(part for part in parts if part.text) or (nothing,))


def _noted(row: Any) -> Message:
    """Return one note on reading in words, with its place where it has one."""
    if row.file and row.row:
        return Message("{file}, row {row}: {what}", file=row.file, row=int(row.row), what=row.what)
    if row.row:
        return Message("row {row}: {what}", row=int(row.row), what=row.what)
    return Message("{file}: {what}", file=row.file, what=row.what) if row.file else row.what


def coverage(evaluation: Evaluation) -> Several:
    """Show which yearly figures there are, of what quality, and which are missing."""
    said = narrative.coverage(evaluation)
    spoken = [word("measure", measure) for measure in evaluation.quality["measure"]]
    quality = evaluation.quality.assign(name=pd.Series(spoken, dtype=object))
    picture = figures.coverage(quality, language=evaluation.language, mark=evaluation.mark, finding=said)
    return Several((tables.sentences([said], evaluation.language), picture))


def coverage_by_area(evaluation: Evaluation) -> Several:
    """Show which units have given which yearly figures, a picture for all measures that are alike in this."""
    language, found = evaluation.language, gaps.by_area(evaluation)
    if not found:
        nothing = Message("The data hold no figures by district for this plan.")
        return Several((tables.sentences([nothing], language, kind="note"),))
    spoken = dict(zip(evaluation.areas["area"], evaluation.areas["name"], strict=True))
    parts: list[Html | Figure] = []
    for each in found:
        measures = [word("measure", measure) for measure in each.measures]
        parts.append(tables.heading(Message("By district: {measures}", measures=measures), language))
        said = gaps.covered(evaluation, each)
        parts.append(
            figures.coverage_by_area(each.cells, spoken, language=language, mark=evaluation.mark, finding=said)
        )
    lacking = gaps.city_only(evaluation, found)
    return Several((*parts, *([tables.sentences([lacking], language, kind="note")] if lacking else [])))


def costs(evaluation: Evaluation) -> Several:
    """Show what each missing figure costs the evaluation, and which bureau is to give it."""
    language, found = evaluation.language, gaps.costs(evaluation)
    parts = [tables.sentences([gaps.total(evaluation)], language, kind="warning" if found else "sentence")]
    for cost in found:
        named = Message(
            "{measure} {years} ({bureau})",
            measure=_measure_name(evaluation, cost.measure), years=gaps.spans(cost.years), bureau=cost.holder,
        )  # fmt: skip
        parts.append(tables.item([named, *cost.said], language))
    units = gaps.costs_of_units(evaluation)
    if units:
        parts.append(tables.item([Message("Comparison of districts"), *units], language))
    return Several(tuple(parts))


def definitions(evaluation: Evaluation) -> Several:
    """Show each change of definition, what it concerns and what links the years before and after it."""
    language, found = evaluation.language, gaps.definitions(evaluation)
    if not found:
        nothing = Message("No definition of the plan changed.")
        return Several((tables.sentences([nothing], language, kind="note"),))
    return Several(tuple(tables.item([begun, *told], language) for begun, told in found))


def versions(evaluation: Evaluation) -> Several:
    """Show which figures were printed in several versions, and how far these lie apart."""
    language, rows = evaluation.language, gaps.versions(evaluation)
    if rows.empty:
        nothing = Message("No figure has been published in two versions.")
        return Several((tables.sentences([nothing], language, kind="note"),))
    spoken = pd.Series([_measure_name(evaluation, code) for code in rows["measure"]], dtype=object)
    units = pd.Series([_unit(evaluation, code) for code in rows["measure"]], dtype=object)
    picture = figures.versions(
        rows.assign(name=spoken, unit=units), language=language, mark=evaluation.mark,
        finding=gaps.joined(gaps.revised(evaluation)),
    )  # fmt: skip
    return Several((picture,))


def findings(evaluation: Evaluation) -> Several:
    """Show what is doubtful in the accident records and figures, by kind, and where it stands."""
    language, rows = evaluation.language, getattr(evaluation, "findings", None)
    if rows is None or rows.empty:
        nothing = Message("No doubt was found in the records.")
        return Several((tables.sentences([nothing], language, kind="note"),))
    said = Message("{count} doubts in what can be read; nothing was repaired.", count=len(rows))
    parts = [tables.sentences([said], language)]
    for kind, of in rows.groupby("kind", sort=False):
        head = Message("{kind} ({count})", kind=word("finding", str(kind)), count=len(of))
        texts: list[str] = [
            Message("{what} ({place})", what=row["what"], place=_row_of(row)) if row["file"] else row["what"]
            for _, row in of.head(LISTED).iterrows()
        ]
        if len(of) > LISTED:
            texts.append(Message("and {more} more, in tables/findings.csv", more=len(of) - LISTED))
        parts.append(tables.item([head, *texts], language))
    return Several(tuple(parts))


def _row_of(row: pd.Series) -> Message | str:
    """Return where a finding stands: file, and sheet and row, or the column that all of it concerns."""
    if row["row"] and row["sheet"]:
        return Message("{file}, sheet '{sheet}', row {row}", file=row["file"], sheet=row["sheet"], row=int(row["row"]))
    if row["row"]:
        return Message("{file}, row {row}", file=row["file"], row=int(row["row"]))
    if row["column"]:
        column = forms.COLUMNS.get(row["column"], row["column"])
        return Message("{file}, column '{column}'", file=row["file"], column=column)
    return str(row["file"])


def discrepancies(evaluation: Evaluation) -> Several:
    """Show what does not fit in the published figures: both numbers, and where the first one stands."""
    rows, language = evaluation.discrepancies, evaluation.language
    if rows.empty:
        said = Message("No figure contradicts another.")
        return Several((tables.sentences([said], language),))
    said = Message("{count} places where figures do not fit; nothing was repaired.", count=len(rows))
    parts: list[Html | Figure] = [tables.sentences([said], language)]
    for kind, each in rows.groupby("kind", sort=False):
        places = [_place(evaluation, row) for _, row in each.iterrows()]
        parts.append(tables.item([word("discrepancy", str(kind)), *places], language))
    return Several(tuple(parts))


def _place(evaluation: Evaluation, row: pd.Series) -> Message:
    """Return one discrepancy in words: the figure, the one it does not fit, and where it stands."""
    known = {"measure": _measure_name(evaluation, row["measure"]), "period": years(row["period"])}
    value, other = (
        percent(amount, signed=True) if row["kind"] == "implied_exposure" else number(amount)
        for amount in (row["value"], row["other"])
    )
    found = Message("{measure}, {period}: {value}", **known, value=value)
    if row["other"] == row["other"]:
        found = Message("{found} against {other}", found=found, other=other)
    return Message("{found} ({source})", found=found, source=row["source"]) if row["source"] else found


def _measure_name(evaluation: Evaluation, code: str) -> str:
    """Return the name of a measure, which may be one of the plan's indicators."""
    return names(evaluation)[code] if code in names(evaluation) else word("measure", code)


def _unit(evaluation: Evaluation, code: str) -> str:
    """Return the unit of a measure, which may be one of the plan's indicators."""
    if code in names(evaluation):
        return evaluation.indicator(code).unit
    return word("unit", MEASURES[code]) if code in MEASURES else ""


def sums(evaluation: Evaluation) -> Html:
    """Show how the sums over several years compare."""
    said: list[Message] = narrative.sums(evaluation)
    nothing = [Message("The data hold no sums over several years.")]
    return tables.sentences(said or nothing, evaluation.language, kind="sentence" if said else "note")


def grades(evaluation: Evaluation) -> Html:
    """Show the accidents of each year by grade of State Council order 493."""
    rows = evaluation.observations
    rows = rows[(rows["area"] == evaluation.plan.area) & rows["measure"].str.startswith("accidents_")]
    if rows.empty:
        return tables.sentences([Message("The data hold no accident records.")], evaluation.language, kind="note")
    wide = rows.pivot(index=["period", "scope", "status"], columns="measure", values="value")
    wide = wide.reset_index().sort_values(["scope", "period"])
    shown = [
        "period",
        "scope",
        *(f"accidents_{name}" for name in ("ordinary", "larger", "major", "extraordinary")),
        "status",
    ]
    return tables.listing(wide, shown, evaluation)


def sources(evaluation: Evaluation) -> Html:
    """Show the sources of the figures of the plan's own area, with their quality."""
    mine = evaluation.observations
    mine = mine[(mine["area"] == evaluation.plan.area) & ~mine["measure"].str.endswith(ABOUT_SIZES)]
    grouped = mine.groupby(["measure", "scope", "status", "source"], sort=True)["period"].agg(["min", "max", "size"])
    found = grouped.reset_index().rename(columns={"min": "first_period", "max": "last_period", "size": "figures"})
    shown = ["measure", "scope", "first_period", "last_period", "figures", "status", "source"]
    return tables.listing(found, shown, evaluation)


def forecasts(evaluation: Evaluation) -> Html:
    """Show the forecast of the target year: the median and the 80 % band of each indicator."""
    rows = evaluation.forecasts
    last = rows[(rows["period"] == str(evaluation.plan.target_year)) & rows["quantile_level"].isin([0.1, 0.5, 0.9])]
    wide = last.pivot(index=["indicator", "method", "period"], columns="quantile_level", values="value")
    wide = wide.reindex(columns=[0.1, 0.5, 0.9]).reset_index()
    wide.columns = ["indicator", "method", "period", "lower", "median", "upper"]
    return tables.listing(wide, list(wide.columns), evaluation, caption=Message("limits of the 80% band"))


def names(evaluation: Evaluation) -> dict[str, Name]:
    """Return the names of the plan's indicators by code."""
    return {indicator.indicator: indicator.name for indicator in evaluation.plan.indicators}
