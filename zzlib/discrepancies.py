"""What does not fit in published figures: each trap that the input itself shows, with both numbers and its place.

Nothing is repaired. A figure that contradicts another, a printed change that its levels do not give, a denominator that
a census moved, a ceiling looser than what it starts from: each becomes a row that a reader can check at its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd

from zzlib.indicators import half_units, series
from zzlib.periods import is_cumulative, is_year, is_years
from zzlib.plan import Indicator, Plan
from zzlib.schema import ABOUT_SIZES, CHANGE_UNIT, MEASURES, weakest

FACTORS = (0.0001, 0.001, 0.01, 0.1, 10.0, 100.0, 1_000.0, 10_000.0)  # by which a misprinted unit is off
NEAR = 0.03  # a ratio so close to one of them is no accident
JUMP = {"population": 0.05}  # change within a year above which an exposure is looked at
ANY_JUMP = 0.25
APART = 0.03  # growth of an implied exposure and of the published one may differ by so much
SHRUNK = 0.70  # an exposure below this share of its baseline explains a zero by itself
GRADES_CHANGED = 2007  # 重大事故 meant 3 to 9 deaths before June 2007, 10 to 29 from then on
Found = dict[str, object]


def discrepancies(plan: Plan, observations: pd.DataFrame) -> Iterator[Found]:
    """Yield what does not fit in the plan's area, shape of `schema.DISCREPANCIES`.

    `observations` hold every vintage known. Kinds and rules: docs/methods.md; `value` and `other` are the two numbers
    that do not fit, `source` and `file` say where the first one stands.
    """
    mine = observations[(observations["area"] == plan.area) & ~observations["measure"].str.endswith(ABOUT_SIZES)]
    mine = mine.sort_values(["measure", "period", "scope", "vintage"])
    latest = mine.drop_duplicates(["measure", "period", "scope"], keep="last")
    yearly = latest[latest["period"].map(is_year).astype(bool)]
    for every_vintage in (_fallen, _several, _units, _grades, _sums):
        yield from every_vintage(plan, mine)
    for latest_vintage in (_definitions, _jumps, _changes):
        yield from latest_vintage(plan, yearly)
    for indicator in plan.indicators:
        found = series(indicator, _one_each(yearly), area=plan.area)
        yield from _rates(indicator, found)
        yield from _zeros(plan, indicator, found)
        yield from _targets(plan, indicator, found)


def _row(kind: str, row: pd.Series, value: float, other: float) -> Found:
    file = f"{row['file']}, {int(row['row'])}" if row.get("file", "") else ""
    return {
        "kind": kind, "measure": row["measure"], "scope": row["scope"], "period": row["period"], "value": value,
        "other": other, "source": row["source"], "file": file, "status": row["status"],
    }  # fmt: skip


def _of_indicator(kind: str, indicator: Indicator, year: int, value: float, other: float, status: str) -> Found:
    return {
        "kind": kind, "measure": indicator.indicator, "scope": indicator.scope, "period": str(year), "value": value,
        "other": other, "source": "", "file": "", "status": status,
    }  # fmt: skip


def _one_each(yearly: pd.DataFrame) -> pd.DataFrame:
    return yearly.assign(conflict="")


def _fallen(plan: Plan, mine: pd.DataFrame) -> Iterator[Found]:
    """A figure for a part of the year above that of a longer part or the whole year: records were cancelled since."""
    whole = mine[mine["status"] != "partial"].drop_duplicates(["measure", "period", "scope"], keep="last")
    final = whole.set_index(["measure", "period", "scope"])["value"]
    for _, row in mine[mine["status"] == "partial"].iterrows():
        key = (row["measure"], row["period"][:4], row["scope"])
        if key in final.index and row["value"] > final[key]:
            yield _row("cumulative_fell", row, row["value"], float(final[key]))
    since = mine[mine["period"].map(is_cumulative).astype(bool) & (mine["status"] != "partial")]
    for _, rows in since.assign(year=since["period"].str[:4]).groupby(["measure", "scope"], sort=False):
        for _, months in rows.sort_values("period").groupby("year"):
            for (_, earlier), (_, later) in pairwise(months.drop_duplicates("period", keep="last").iterrows()):
                if later["value"] < earlier["value"]:
                    yield _row("cumulative_fell", earlier, earlier["value"], float(later["value"]))


def _several(plan: Plan, mine: pd.DataFrame) -> Iterator[Found]:
    """Several figures of one number: revised by a later one, printed to different digits, or in open contradiction."""
    exposures = {i.denominator.measure for i in plan.indicators if i.denominator}
    for _, rows in mine[mine["status"] != "partial"].groupby(["measure", "period", "scope"], sort=False):
        for (_, first), (_, then) in pairwise(rows.drop_duplicates("value").iterrows()):
            apart = abs(first["value"] - then["value"])
            later = first["vintage"] != then["vintage"] and first["vintage"] != ""
            half = max(_own_half(first), _own_half(then))
            if first["unit"] != then["unit"]:
                continue
            if apart <= half * (1 + 1e-9):
                kind = "rounding"
            elif later:
                kind = "exposure_revised" if then["measure"] in exposures else "revised"
            else:
                kind = "two_values"
            yield _row(kind, then, then["value"], first["value"])


def _printed_half(value: float) -> float:
    """Return half of the last digit of a figure as it is written, of a whole number one half."""
    exponent = int(Decimal(repr(float(value))).normalize().as_tuple().exponent) if math.isfinite(value) else 0
    return 0.5 * 10.0 ** min(exponent, 0)


def _own_half(row: pd.Series) -> float:
    (half,) = half_units([row["value"]], [row["status"]], printed=row["value"] % 1 != 0)
    return half


def _units(plan: Plan, mine: pd.DataFrame) -> Iterator[Found]:
    """A known measure in a unit that is not its own, such as a rate per 100 million yuan printed in per cent."""
    own = {i.numerator.measure: i.numerator.unit for i in plan.indicators}
    own |= {i.denominator.measure: i.denominator.unit for i in plan.indicators if i.denominator}
    for _, row in mine.iterrows():
        unit = own.get(row["measure"]) or MEASURES.get(row["measure"], "")
        if row["unit"] and unit and row["unit"] != unit:
            yield _row("unit_differs", row, row["value"], math.nan)


def _grades(plan: Plan, mine: pd.DataFrame) -> Iterator[Found]:
    """Major accidents of before and after June 2007, when the grade's name took another meaning."""
    for measure in ("accidents_larger", "accidents_major", "accidents_extraordinary"):
        rows = mine[mine["measure"] == measure]
        late = rows["period"].str[:4] > str(GRADES_CHANGED)
        older, newer = rows[~late], rows[late]
        both = set(older["scope"]) & set(newer["scope"])
        for scope in sorted(both):
            before, after = older[older["scope"] == scope].iloc[-1], newer[newer["scope"] == scope].iloc[0]
            yield _row("grade_renamed", after, after["value"], before["value"])


def _sums(plan: Plan, mine: pd.DataFrame) -> Iterator[Found]:
    """A sum over several years of a measure with a yearly target: no figure of one year."""
    used = {i.numerator.measure for i in plan.indicators}
    for _, row in mine[mine["period"].map(is_years).astype(bool) & mine["measure"].isin(used)].iterrows():
        if row["unit"] != CHANGE_UNIT:
            yield _row("sum_of_years", row, row["value"], math.nan)


def _definitions(plan: Plan, yearly: pd.DataFrame) -> Iterator[Found]:
    """A measure that goes on under another definition: a step that is no change of risk."""
    for _, rows in yearly.groupby("measure", sort=False):
        ordered = rows.sort_values(["period", "scope"])
        last = ordered.groupby("scope", sort=False)["period"].transform("max")
        first = ordered.groupby("scope", sort=False)["period"].transform("min")
        starts = ordered[ordered["period"] == first].drop_duplicates("scope")
        for (_, before), (_, after) in pairwise(starts.sort_values("period").iterrows()):
            older = ordered[(ordered["scope"] == before["scope"]) & (ordered["period"] < after["period"])]
            if len(older) and last[older.index[-1]] < last[after.name]:
                yield _row("definition_changed", after, after["value"], float(older["value"].iloc[-1]))


def _jumps(plan: Plan, yearly: pd.DataFrame) -> Iterator[Found]:
    """An exposure that moves in one year by more than such a quantity does: a revision or a census behind it."""
    for measure in sorted({i.denominator.measure for i in plan.indicators if i.denominator}):
        rows = yearly[yearly["measure"] == measure].sort_values(["scope", "period"])
        for (_, before), (_, after) in pairwise(rows.iterrows()):
            if before["scope"] != after["scope"]:
                continue
            years = int(after["period"]) - int(before["period"])
            if before["value"] > 0 and after["value"] > 0:
                yearly_change = (after["value"] / before["value"]) ** (1 / years) - 1
                if abs(yearly_change) > JUMP.get(measure, ANY_JUMP):
                    yield _row("exposure_jump", after, after["value"], before["value"])


def _changes(plan: Plan, yearly: pd.DataFrame) -> Iterator[Found]:
    """A printed change that the printed levels do not give."""
    changes = yearly[yearly["unit"] == CHANGE_UNIT]
    plain = yearly[yearly["unit"] != CHANGE_UNIT]
    key = ["measure", "scope", "period"]
    levels = plain.set_index(key)["value"]
    halves = plain.assign(half=[_own_half(row) for _, row in plain.iterrows()]).set_index(key)["half"]
    for _, row in changes.iterrows():
        measure = row["measure"].removesuffix("_change")
        now = levels.get((measure, row["scope"], row["period"]), math.nan)
        before = levels.get((measure, row["scope"], str(int(row["period"]) - 1)), math.nan)
        if before > 0 and now == now:
            computed = 100 * (now / before - 1)
            rounded = 0.5 if row["value"] % 1 == 0 else _own_half(row)
            start, stop = (halves[measure, row["scope"], str(int(row["period"]) - back)] for back in (1, 0))
            rounded += 100 * now / before * (start / before + stop / now if now > 0 else 0.0)
            if abs(row["value"] - computed) > rounded + 0.05:
                yield _row("change_differs", row, row["value"], computed)


def _rates(indicator: Indicator, found: pd.DataFrame) -> Iterator[Found]:
    """A printed rate that count over exposure does not give, by a power of ten or by a revised denominator."""
    for _, row in found.iterrows():
        ratio = row["rate_value"] / row["computed"] if row["computed"] > 0 else math.nan
        digits = max(_printed_half(row["exposure_value"]), row["exposure_half_unit"])
        allowed = row["rate_half_unit"] + row["computed"] * digits / row["exposure_value"]
        if not ratio > 0 or abs(row["rate_value"] - row["computed"]) <= 1.5 * allowed:
            continue
        power = any(abs(ratio / factor - 1) < NEAR for factor in FACTORS)
        kind = "unit_suspect" if power else "rate_differs"
        yield _of_indicator(kind, indicator, int(row["year"]), row["rate_value"], row["computed"], row["status"])
    yield from _implied(indicator, found)


def _implied(indicator: Indicator, found: pd.DataFrame) -> Iterator[Found]:
    """Count over rate grows otherwise than the published exposure: one of the three is on another basis."""
    rows = found[(found["rate_value"] > 0) & (found["numerator_value"] > 0) & (found["exposure_value"] > 0)]
    for (_, before), (_, after) in pairwise(rows.iterrows()):
        implied = np.log(after["numerator_value"] / after["rate_value"]) - np.log(
            before["numerator_value"] / before["rate_value"]
        )
        published = math.log(after["exposure_value"] / before["exposure_value"])
        rounding = after["rate_half_unit"] / after["rate_value"] + before["rate_half_unit"] / before["rate_value"]
        if abs(implied - published) > APART + rounding:
            grown, said = math.expm1(implied), math.expm1(published)
            yield _of_indicator("implied_exposure", indicator, int(after["year"]), grown, said, after["status"])


def _zeros(plan: Plan, indicator: Indicator, found: pd.DataFrame) -> Iterator[Found]:
    """No deaths where little is left to die of: a zero with a shrunken exposure shows no gain in safety."""
    base = found[(found["year"] == plan.baseline_year) & (found["exposure_value"] > 0)]
    if base.empty:
        return
    start = float(base["exposure_value"].iloc[0])
    later = found[(found["year"] > plan.baseline_year) & (found["numerator_value"] == 0)]
    for _, row in later[later["exposure_value"] < SHRUNK * start].iterrows():
        yield _of_indicator(
            "zero_after_closing", indicator, int(row["year"]), row["exposure_value"], start, row["status"]
        )


def _targets(plan: Plan, indicator: Indicator, found: pd.DataFrame) -> Iterator[Found]:
    """A target level that does not follow from its percentage, and a ceiling looser than what it starts from."""
    base = found[(found["year"] == plan.baseline_year) & found["value"].notna()]
    if base.empty:
        return
    baseline, status = float(base["value"].iloc[0]), weakest(base["status"])
    for target in plan.targets:
        if target.indicator != indicator.indicator:
            continue
        if target.change is not None and target.printed is not None:
            level = (1 + float(target.change)) * baseline
            half = 0.5 * 10.0 ** int(target.printed.as_tuple().exponent)
            if abs(float(target.printed) - level) > half * 1.01:
                yield _of_indicator("target_level", indicator, plan.target_year, float(target.printed), level, status)
        if target.level is None:
            continue
        goal = float(target.level)
        if goal > baseline if target.falls else goal < baseline:
            yield _of_indicator("loose_ceiling", indicator, plan.target_year, goal, baseline, status)
