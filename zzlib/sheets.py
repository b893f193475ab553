"""The sheets of the workbook that people read: assessment, indicators, forecasts, districts, sources.

Each column has its heading in words, its values with their type and unit, and the way its figures are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pandas as pd

from zzlib import localities, narrative
from zzlib.cases import chance_word
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, word
from zzlib.narrative import years
from zzlib.schema import ABOUT_SIZES, MEASURES

# How figures are shown: three significant digits, whole numbers, shares and changes in per cent, or years and texts.
Form: TypeAlias = Literal["figure", "count", "share", "change", "plain"]


@dataclass(frozen=True)
class Column:
    """A column: its heading, its values from above, how figures are shown, and its width in letters where it wraps."""

    heading: Message
    values: Sequence[Any]
    form: Form = "plain"
    wide: int = 0


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name and title, notes above the table, and the table's columns."""

    name: Message
    title: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]


def readable(evaluation: Evaluation) -> list[Sheet]:
    """Return the sheets that people read, in their order."""
    return [assessment(evaluation), indicators(evaluation), forecasts(evaluation), districts(evaluation),
            sources(evaluation)]  # fmt: skip


def assessment(evaluation: Evaluation) -> Sheet:
    """Return each target with baseline, target, value, pace, probability, verdict, and what a reader must know."""
    rows = evaluation.assessments
    verdicts = [narrative.verdict(evaluation, row) for _, row in rows.iterrows()]
    chances = ["" if pd.isna(p) else word("chance", chance_word(p)) for p in rows["probability"]]
    return _sheet(
        evaluation, Message("1 Assessment"),
        [narrative.headline(evaluation), Message(
            "Probability: of meeting the target in its year. Pace rule: the share of the way covered, beside the share "
            "that a straight path has covered by now."
        )],
        *_named(evaluation, rows["indicator"]),
        Column(Message("Baseline"), rows["baseline"], "figure"),
        _period(Message("Baseline year"), rows["baseline_period"]),
        Column(Message("Target value"), rows["target"], "figure"),
        _period(Message("Target year"), rows["target_period"]),
        Column(Message("Now"), rows["value"], "figure"),
        _period(Message("Year of the value"), rows["value_period"]),
        Column(Message("Way covered"), rows["covered_share"], "share"),
        Column(Message("Way expected"), rows["expected_share"], "share"),
        Column(Message("Pace rule"), _words("pace", rows["pace"])),
        Column(Message("Trend"), _words("trend", rows["trend"])),
        Column(Message("Change a year that is needed"), rows["required_yearly_change"], "change"),
        Column(Message("Deaths allowed in the target year"), rows["remaining_allowance"], "count"),
        Column(Message("Probability"), rows["probability"], "share"), Column(Message("In words"), chances),
        Column(Message("Verdict"), verdicts), Column(Message("Quality"), _words("status", rows["status"])),
        Column(Message("Reason"), rows["reason"], wide=48),
        Column(Message("Warnings"), rows["warnings"], wide=72),
    )  # fmt: skip


def indicators(evaluation: Evaluation) -> Sheet:
    """Return every yearly value of the plan's own area with its interval, count and exposure."""
    rows = evaluation.indicators[evaluation.indicators["area"] == evaluation.plan.area]
    return _sheet(
        evaluation, Message("2 Indicators"),
        [Message("Lower and upper: 95% interval of the expected value. Count in persons, exposure in its own unit.")],
        *_named(evaluation, rows["indicator"]), _period(Message("Period"), rows["period"]),
        Column(Message("Value"), rows["value"], "figure"), Column(Message("Lower limit"), rows["lower"], "figure"),
        Column(Message("Upper limit"), rows["upper"], "figure"), Column(Message("Count"), rows["numerator"], "count"),
        Column(Message("Exposure"), rows["denominator"], "figure"),
        Column(Message("Unit of the exposure"), [_exposure(evaluation, code) for code in rows["indicator"]]),
        Column(Message("Definition"), [_scope(evaluation, code) for code in rows["scope"]]),
        Column(Message("Quality"), _words("status", rows["status"])),
    )  # fmt: skip


def forecasts(evaluation: Evaluation) -> Sheet:
    """Return the quantiles of each indicator's forecast, one row a year."""
    keys = ["indicator", "method", "origin", "period", "status"]
    rows = evaluation.forecasts
    order = rows.drop_duplicates(keys)[keys]
    wide = rows.pivot(index=keys, columns="quantile_level", values="value").reset_index()
    wide = order.merge(wide, on=keys)
    levels = [name for name in wide.columns if name not in keys]
    return _sheet(
        evaluation, Message("3 Forecasts"),
        [Message("Quantiles of the figure that will be published: it stays below each with the probability above it.")],
        *_named(evaluation, wide["indicator"]), Column(Message("Method"), _words("method", wide["method"])),
        _period(Message("Seen through"), wide["origin"]), _period(Message("Year"), wide["period"]),
        *(Column(Message("{level} quantile", level=f"{100 * level:g}%"), wide[level], "figure") for level in levels),
        Column(Message("Quality"), _words("status", wide["status"])),
    )  # fmt: skip


def districts(evaluation: Evaluation) -> Sheet:
    """Return the districts of the period that pages show, each judged against the rest; without data the reason."""
    name, lacking = Message("4 Districts"), evaluation.lacks("districts")
    if lacking is not None:
        return _sheet(evaluation, name, [Message("{reason}.", reason=lacking)])
    rows = localities.shown(evaluation)
    return _sheet(
        evaluation, name,
        [localities.differing(evaluation), localities.pooled(evaluation), localities.what_is_tested(evaluation)],
        Column(Message("Code"), rows["area"]),
        Column(Message("District"), [evaluation.area_name(a) for a in rows["area"]]),
        *_named(evaluation, rows["indicator"], Message("Indicator")),
        Column(Message("Period"), [_year(years(one)) for one in rows["period"]]),
        Column(Message("Deaths"), rows["deaths"], "count"),
        Column(Message("Fatal accidents"), rows["fatal_accidents"], "count"),
        Column(Message("Exposure"), rows["exposure"], "figure"), Column(Message("Rate"), rows["rate"], "figure"),
        Column(Message("Lower limit"), rows["lower"], "figure"),
        Column(Message("Upper limit"), rows["upper"], "figure"),
        Column(Message("Smoothed rate"), rows["shrunk"], "figure"),
        Column(Message("Beside the rest"), [localities.verdict(row) for _, row in rows.iterrows()]),
        Column(Message("Clearly different"), [Message("yes") if named else Message("no") for named in rows["named"]]),
        Column(Message("Lowest rank"), rows["rank_lower"], "count"),
        Column(Message("Highest rank"), rows["rank_upper"], "count"),
        Column(Message("Quality"), _words("status", rows["status"])),
    )  # fmt: skip


def sources(evaluation: Evaluation) -> Sheet:
    """Return every figure of the plan's own area that was used, with its source and place."""
    rows = evaluation.observations
    rows = rows[(rows["area"] == evaluation.plan.area) & ~rows["measure"].str.endswith(ABOUT_SIZES)]
    rows = rows.sort_values(["measure", "scope", "period"], kind="stable")
    measures = [_measure(evaluation, code) for code in rows["measure"]]
    return _sheet(
        evaluation, Message("5 Sources"),
        [Message("Every figure used, of the whole area; the sheet 'observations' holds those of districts too.")],
        Column(Message("Measure"), measures),
        Column(Message("Definition"), [_scope(evaluation, s) for s in rows["scope"]]),
        _period(Message("Period"), rows["period"]), Column(Message("Value"), rows["value"], "figure"),
        Column(Message("Unit"), [_unit(unit) for unit in rows["unit"]]),
        Column(Message("Quality"), _words("status", rows["status"])), Column(Message("Published on"), rows["vintage"]),
        Column(Message("Source"), rows["source"], wide=44), Column(Message("Note"), rows["note"], wide=44),
        Column(Message("File"), rows["file"]),
    )  # fmt: skip


def _sheet(evaluation: Evaluation, name: Message, notes: Sequence[str | None], *columns: Column) -> Sheet:
    title = Message("{plan}, through {through}", plan=evaluation.plan.title, through=evaluation.through)
    said = (text for text in (evaluation.mark, *notes) if text)
    return Sheet(name, title, tuple(said), columns)


def _named(
    evaluation: Evaluation,
    codes: Iterable[str],
    heading: Message = Message("Target"),  # noqa: B008
) -> tuple[Column, Column]:
    laws = [evaluation.indicator(code) for code in codes]
    return (Column(heading, [law.name for law in laws], wide=30),
            Column(Message("Unit"), [law.unit for law in laws]))  # fmt: skip


def _period(heading: Message, periods: Iterable[str]) -> Column:
    return Column(heading, [_year(period) for period in periods])


def _year(period: str) -> int | str:
    """Return a year as a number, so that a spreadsheet sorts it; any other period as its text."""
    return int(period) if len(period) == 4 and period.isdecimal() else period


def _words(context: str, codes: Iterable[str]) -> list[str]:
    return [word(context, code) if code else "" for code in codes]


def _exposure(evaluation: Evaluation, code: str) -> str:
    exposure = evaluation.indicator(code).denominator
    return word("unit", exposure.unit) if exposure else ""


def _scope(evaluation: Evaluation, code: str) -> str:
    if code in evaluation.plan.scopes:
        return evaluation.plan.scopes[code].name
    return word("scope", code) if code else ""


def _unit(unit: str) -> str:
    """Return the words for a unit; a rate's own has none."""
    return word("unit", unit) if unit in MEASURES.values() and " per " not in unit else unit


def _measure(evaluation: Evaluation, code: str) -> str:
    names: dict[str, Name] = {one.indicator: one.name for one in evaluation.plan.indicators}
    return names[code] if code in names else word("measure", code)
