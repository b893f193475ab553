"""What is missing and what that costs; which definitions and versions a figure has: as tables and as sentences.

A missing figure is never filled in. What it costs is read off the evaluation's own result: the target that cannot be
assessed without it, the older year that stands in for it, the rate that lost its denominator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from zzlib import forms
from zzlib.evaluation import Evaluation, read_breaks
from zzlib.language import Message, Name, number, percent, word
from zzlib.periods import bounds, is_year
from zzlib.plan import Indicator, Quantity

MISSING = "missing"
BEFORE = 5  # years before the baseline that are looked at, as in the table of quality
NAMED = 6  # so many units are named one by one
REVISED = ("revised", "exposure_revised", "rounding")  # kinds of discrepancy between two vintages of one figure


@dataclass(frozen=True)
class Coverage:
    """What is known of some measures, alike for all of them, by unit (rows) and year (columns): codes of status."""

    measures: tuple[str, ...]
    cells: pd.DataFrame


def by_area(evaluation: Evaluation) -> list[Coverage]:
    """Return what is known of the plan's measures for each unit of its area and each year, measures alike together.

    A cell holds the status of the first definition with a figure, `partial` where only parts of the year are known,
    or `missing`. A measure of which no unit has a figure is left out.
    """
    plan = evaluation.plan
    rows = evaluation.observations
    units = list(evaluation.areas.loc[evaluation.areas["parent"] == plan.area, "area"])
    rows = rows[rows["area"].isin(units)]
    scopes: dict[str, dict[str, None]] = {}
    for indicator in plan.indicators:
        for quantity in _quantities(indicator):
            scopes.setdefault(quantity.measure, {}).update(dict.fromkeys(quantity.scope))
    last = min(bounds(evaluation.through)[1].year, plan.target_year)
    asked = pd.MultiIndex.from_tuples([(measure, scope) for measure, order in scopes.items() for scope in order])
    used = rows[pd.MultiIndex.from_frame(rows[["measure", "scope"]]).isin(asked)]
    known = [
        year for period in used["period"].unique() if (year := bounds(period)[0].year) >= plan.baseline_year - BEFORE
    ]
    if not known:
        return []
    years = range(min(*known, plan.baseline_year), last + 1)
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for measure, order in scopes.items():
        mine = used[used["measure"] == measure]
        if len(mine):
            alike.setdefault(_grid(mine, list(order), units, years), []).append(measure)
    return [
        Coverage(tuple(measures), pd.DataFrame(list(grid), index=units, columns=list(years)))
        for grid, measures in alike.items()
    ]


def _grid(
    rows: pd.DataFrame, scopes: Sequence[str], units: Sequence[str], years: Sequence[int]
) -> tuple[tuple[str, ...], ...]:
    found: dict[tuple[str, int], tuple[int, str]] = {}
    for row in rows.itertuples():
        first, last = bounds(row.period)
        if first.year == last.year:
            whole = is_year(row.period)
            rank = scopes.index(row.scope) if whole else len(scopes)
            cell = (rank, row.status if whole else "partial")
            found[row.area, first.year] = min(found.get((row.area, first.year), cell), cell, key=lambda c: c[0])
    return tuple(tuple(found.get((unit, year), (0, MISSING))[1] for year in years) for unit in units)


def covered(evaluation: Evaluation, coverage: Coverage) -> Message:
    """Say how many figures of the units are there, which years nobody has, and who lacks others."""
    cells = coverage.cells
    lacking = cells == MISSING
    nobody = [int(year) for year in cells.columns if lacking[year].all()]
    others = [
        Message("{area} {years}", area=evaluation.area_name(str(unit)), years=spans(years))
        for unit, row in lacking.iterrows()
        if (years := [int(year) for year in cells.columns if row[year] and year not in nobody])
    ]
    common: dict[str, Any] = {
        "measures": [word("measure", measure) for measure in coverage.measures],
        "units": len(cells), "span": spans([int(year) for year in cells.columns]),
        "there": int((~lacking).to_numpy().sum()), "total": cells.size,
    }  # fmt: skip
    if not lacking.to_numpy().any():
        return Message("By district, {measures}: all {total} figures of {units} units, {span}, are there.", **common)
    said = [
        Message("By district, {measures}: of {total} figures of {units} units, {span}, {there} are there.", **common)
    ]
    if nobody:
        said.append(Message("No unit has {years}.", years=spans(nobody)))
    if 0 < len(others) <= NAMED:
        said.append(Message("Missing: {others}.", others=others))
    elif others and nobody:
        said.append(Message("{count} units lack further years.", count=len(others)))
    elif others:
        said.append(Message("{count} units lack some years.", count=len(others)))
    return joined(said)


def joined(sentences: Sequence[Message]) -> Message:
    """Return sentences as one, to be read one after the other."""
    first, *others = sentences
    for other in others:
        first = Message("{first} {other}", first=first, other=other)
    return first


def city_only(evaluation: Evaluation, found: Sequence[Coverage]) -> Message | None:
    """Name the measures of the plan that no unit has a figure of."""
    there = {measure for coverage in found for measure in coverage.measures}
    asked = dict.fromkeys(quantity.measure for i in evaluation.plan.indicators for quantity in _quantities(i))
    lacking = [word("measure", measure) for measure in asked if measure not in there]
    return Message("No figures by district: {measures}.", measures=lacking) if lacking else None


@dataclass(frozen=True)
class Cost:
    """Years of one measure that are missing, the bureau that is to give them, and what each target pays."""

    measure: str
    scope: str
    years: tuple[int, ...]
    holder: Name
    said: tuple[Message, ...]
    indicators: tuple[str, ...]


def costs(evaluation: Evaluation) -> list[Cost]:
    """Return every figure that a target needs and that is missing, with what it costs; the dearest first."""
    quality, holders = evaluation.quality, forms.holders(evaluation.plan)
    lacking = quality[quality["needed"] & (quality["status"] == MISSING)]
    found = []
    for (measure, scope), rows in lacking.groupby(["measure", "scope"], sort=False):
        years = tuple(int(period) for period in rows["period"])
        paid: dict[str, Message] = {}
        for _, row in evaluation.assessments.iterrows():
            law = evaluation.indicator(str(row["indicator"]))
            part = _part(law, str(measure), str(scope))
            # A rate that was printed makes its count and exposure unneeded: their gaps cost this target nothing.
            if part and _rests_on(evaluation, law, part):
                paid[law.indicator] = _cost(evaluation, row, part, years)
        own = next((i.bureau for i in evaluation.plan.indicators if i.indicator == measure), None)
        holder = own or holders[str(measure)]
        found.append(Cost(str(measure), str(scope), years, holder, tuple(paid.values()), tuple(paid)))
    return sorted(found, key=lambda cost: (-len(cost.said), -len(cost.years), cost.measure))


def _part(law: Indicator, measure: str, scope: str) -> str:
    """Return what a measure is to an indicator: its count, exposure or printed rate, or nothing."""
    if measure == law.indicator and scope == law.scope:
        return "rate" if law.denominator else "count"
    if measure == law.numerator.measure and scope == law.scope:
        return "count"
    held = law.denominator
    return "exposure" if held and measure == held.measure and scope in held.scope else ""


def _rests_on(evaluation: Evaluation, law: Indicator, part: str) -> bool:
    quality = evaluation.quality
    printed = law.denominator is not None and bool(
        (quality["needed"] & (quality["measure"] == law.indicator) & (quality["scope"] == law.scope)).any()
    )
    return printed == (part == "rate")


def _cost(evaluation: Evaluation, row: pd.Series, part: str, years: tuple[int, ...]) -> Message:
    """Say what some missing years of one part cost one target."""
    plan, name = evaluation.plan, evaluation.indicator(str(row["indicator"])).name
    base, last = plan.baseline_year, min(bounds(evaluation.through)[1].year, plan.target_year)
    judged = row["verdict"] != "not_assessable"
    later = [year for year in years if year > base]
    common: dict[str, Any] = {"name": name, "years": spans(years), "base": base}
    if base in years and not judged:
        return Message("{name}: cannot be assessed, for without {base} it has no baseline", **common)
    if base in years:
        by = word("restated_by", row["restated_by"]) if row["restated_by"] else Message("another source")
        return Message("{name}: its baseline is restated by {by}, whose error widens the probability", **common, by=by)
    if len(later) == last - base and not judged:
        return Message("{name}: cannot be assessed, for it has no value after {base}", **common)
    seen = int(row["value_period"]) if is_year(row["value_period"]) else 0
    if judged and base < seen < last and set(range(seen + 1, last + 1)) & set(years):
        return Message("{name}: judged on {seen} instead of {last}", **common, seen=seen, last=last)
    if part == "exposure":
        return Message("{name}: the rate of {years} has no denominator", **common)
    return Message("{name}: trend and forecast go without {years}", **common)


def costs_of_units(evaluation: Evaluation) -> list[Message]:
    """Say which years and units the comparison of districts lost, and for want of which figures."""
    plan = evaluation.plan
    if plan.breakdown is None or evaluation.lacks("districts") is not None:
        return []
    law = evaluation.indicator(plan.breakdown)
    shown = set(evaluation.districts["area"])
    last = min(bounds(evaluation.through)[1].year, plan.target_year)
    units = list(evaluation.areas.loc[evaluation.areas["parent"] == plan.area, "area"])
    out = [unit for unit in units if unit not in shown]
    said, pooled = [], []
    for year in range(plan.baseline_year + 1, last + 1):
        lacks = list(_lacking(evaluation, law, [area for area in (plan.area, *units) if area in shown], [year]))
        if lacks:
            said.append(Message("{year} is left out of the comparison of districts: {lacks}", year=year, lacks=lacks))
        else:
            pooled.append(year)
    if out:
        lacks = list(_lacking(evaluation, law, out, pooled))
        said.append(Message("{units} cannot be compared: {lacks}", units=_some(evaluation, out), lacks=lacks))
    return said


def _lacking(evaluation: Evaluation, law: Indicator, areas: Sequence[str], years: Sequence[int]) -> Iterator[Message]:
    rows = evaluation.observations
    rows = rows[rows["period"].isin([str(year) for year in years]) & (rows["status"] != "partial")]
    for quantity in _quantities(law):
        there = rows[(rows["measure"] == quantity.measure) & rows["scope"].isin(quantity.scope)]
        counted = there.groupby("area")["period"].nunique()
        short = [area for area in areas if counted.get(area, 0) < len(years)]
        if short:
            measure = word("measure", quantity.measure)
            who = Message("all") if len(short) == len(areas) > 1 else _some(evaluation, short)
            yield Message("no {measure} of {areas}", measure=measure, areas=who)


def _some(evaluation: Evaluation, areas: Sequence[str]) -> Message | list[Any]:
    named = [evaluation.area_name(area) for area in areas[:NAMED]]
    if len(areas) <= NAMED:
        return list(named)
    return Message("{areas} and {more} more", areas=named, more=len(areas) - NAMED)


def total(evaluation: Evaluation) -> Message:
    """Say how many figures are missing and what they cost all targets together."""
    quality, rows = evaluation.quality, evaluation.assessments
    lacking = int((quality["needed"] & (quality["status"] == MISSING)).sum())
    if not lacking:
        return Message("No figure that a target needs is missing.")
    needing = {indicator for cost in costs(evaluation) for indicator in cost.indicators}
    without = rows[(rows["verdict"] == "not_assessable") & rows["indicator"].isin(needing)]
    last = min(bounds(evaluation.through)[1].year, evaluation.plan.target_year)
    old = rows[
        (rows["verdict"] != "not_assessable") & rows["indicator"].isin(needing) & (rows["value_period"] < str(last))
    ]
    said = [Message("{missing} figures that the targets need are missing.", missing=lacking)]
    if len(without):
        said.append(Message("{count} of {total} targets cannot be assessed.", count=len(without), total=len(rows)))
    if len(old):
        said.append(Message(
            "{count} of {total} targets are judged on an older year than {last}.",
            count=len(old), total=len(rows), last=last,
        ))  # fmt: skip
    return joined(said)


def definitions(evaluation: Evaluation) -> list[tuple[Message, list[Message]]]:
    """Return each change of definition of the plan in one sentence, with what links the years before and after it."""
    plan, breaks = evaluation.plan, read_breaks()
    said = []
    for code, scope in plan.scopes.items():
        if scope.starts is None or scope.replaces is None:
            continue
        counts = [q.measure for i in plan.indicators for q in _quantities(i) if code in q.scope]
        measures = [word("measure", measure) for measure in dict.fromkeys(counts)]
        begun = Message(
            "From {starts} on: {scope}, in place of {older}.",
            starts=scope.starts.isoformat(), scope=scope.name, older=plan.scopes[scope.replaces].name,
        )  # fmt: skip
        links = breaks[(breaks["scope_before"] == scope.replaces) & (breaks["scope_after"] == code)]
        own = links[links["area"] == plan.area]
        told = [Message("It concerns {measures}.", measures=measures)] if measures else []
        told += [
            text for measure in dict.fromkeys(counts)
            if (text := _both(evaluation, measure, code, scope.replaces)) is not None
        ]  # fmt: skip
        told += [
            Message("{measure}: the two are linked by the factor {factor} ± {sd}.",
                    measure=word("measure", row.measure), factor=number(row.factor), sd=number(row.sd))
            for row in own.itertuples()
        ]  # fmt: skip
        if own.empty:
            told.append(Message(
                "No factor between the two has been published for {area}: only accident records restate the years "
                "before.", area=evaluation.area_name(plan.area),
            ))  # fmt: skip
        said.append((begun, told))
    return said


def _both(evaluation: Evaluation, measure: str, newer: str, older: str) -> Message | None:
    """Say how the figures on two definitions compare, where years have both."""
    mine = _yearly(evaluation)
    mine = mine[mine["measure"] == measure]
    new, old = (mine[mine["scope"] == scope].set_index("period")["value"] for scope in (newer, older))
    ratio = (new / old.where(old > 0)).dropna()
    if ratio.empty:
        return None
    years = spans([int(period) for period in ratio.index])
    common: dict[str, Any] = {"measure": word("measure", measure), "years": years}
    if ratio.min() == ratio.max() == 1:
        return Message("{measure}, {years}: alike on both definitions.", **common)
    low, high = percent(ratio.min()), percent(ratio.max())
    if low == high:
        return Message(
            "{measure}, {years}: on the new definition {share} of the figure on the older one.", share=low, **common
        )
    return Message(
        "{measure}, {years}: on the new definition {low} to {high} of the figure on the older one.",
        low=low, high=high, **common,
    )  # fmt: skip


def versions(evaluation: Evaluation) -> pd.DataFrame:
    """Return the figures that have been printed in two versions, both and their change.

    Columns: measure, period, earlier, later, change (a share), version (`vintage`: a later publication, or
    `definition`: the same year of an exposure on a definition that the plan does not use), scope and source of the
    later one, status. An earlier figure of zero has no change and is left out.
    """
    found = evaluation.discrepancies
    found = found[found["kind"].isin(REVISED)]
    rows: list[dict[str, Any]] = [
        {
            "measure": row.measure, "period": row.period, "earlier": row.other, "later": row.value, "scope": row.scope,
            "version": "vintage", "source": row.source, "status": row.status,
        }
        for row in found.itertuples()
    ]  # fmt: skip
    for measure, first in _exposures(evaluation).items():
        mine = _yearly(evaluation)
        mine = mine[mine["measure"] == measure]
        for period, of in mine.groupby("period", sort=True):
            used = next((scope for scope in first if (of["scope"] == scope).any()), None)
            for row in of[~of["scope"].isin(first)].itertuples() if used is not None else ():
                earlier = float(of.loc[of["scope"] == used, "value"].iloc[0])
                rows.append({
                    "measure": measure, "period": period, "earlier": earlier, "later": row.value, "scope": row.scope,
                    "version": "definition", "source": row.source, "status": row.status,
                })  # fmt: skip
    names = ["measure", "period", "earlier", "later", "scope", "version", "source", "status"]
    table = pd.DataFrame(rows, columns=names).sort_values(["measure", "period"], kind="stable", ignore_index=True)
    earlier = table["earlier"].astype(float)
    table = table.assign(change=table["later"].astype(float) / earlier.where(earlier > 0) - 1)
    return table[table["change"].notna()].reset_index(drop=True)


def revised(evaluation: Evaluation) -> list[Message]:
    """Say how far the versions of each measure lie apart, and what another one would do to a rate."""
    said = []
    groups = versions(evaluation).groupby(["measure", "version", "scope"], sort=False)
    for (measure, version, scope), of in groups:
        low, high = of["change"].min(), of["change"].max()
        years = [bounds(period)[0].year for period in of["period"]]
        common: dict[str, Any] = {
            "measure": word("measure", measure), "years": spans(years),
            "change": _between(low, high), "rate": _between(1 / (1 + high) - 1, 1 / (1 + low) - 1),
        }  # fmt: skip
        if version == "definition":
            said.append(Message(
                "{measure}, {years}: '{scope}' differs by {change} from the version that the evaluation uses; with it "
                "as denominator rates would change by {rate}.", scope=_scope(evaluation, str(scope)), **common,
            ))  # fmt: skip
        else:
            del common["rate"]
            said.append(Message("{measure}, {years}: revised by {change}.", **common))
    return said


def _scope(evaluation: Evaluation, code: str) -> str:
    known = evaluation.plan.scopes
    return known[code].name if code in known else word("scope", code)


def _between(low: float, high: float) -> Message | str:
    """Return a change, or the range of several."""
    ends = [percent(change, signed=True) for change in (low, high)]
    return ends[0] if ends[0] == ends[1] else Message("{low} to {high}", low=ends[0], high=ends[1])


def _exposures(evaluation: Evaluation) -> dict[str, tuple[str, ...]]:
    """Return the exposures of the plan with the definitions that it names for them."""
    return {i.denominator.measure: i.denominator.scope for i in evaluation.plan.indicators if i.denominator}


def _yearly(evaluation: Evaluation) -> pd.DataFrame:
    rows = evaluation.observations
    return rows[(rows["area"] == evaluation.plan.area) & rows["period"].map(is_year).astype(bool)]


def _quantities(law: Indicator) -> list[Quantity]:
    return [law.numerator, *([law.denominator] if law.denominator else [])]


def spans(years: Sequence[int]) -> list[str]:
    """Return years as read, runs joined.

    >>> spans([2016, 2011, 2012, 2013])
    ['2011–2013', '2016']
    """
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
