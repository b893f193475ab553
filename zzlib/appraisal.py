"""What the appraisal of districts may rest on: ceilings broken down, who exceeded one beyond chance, who moved.

The plan orders its targets to be broken down by district and year and the result to count in the appraisal. Shares that
add up exactly are missed by chance almost surely, so a district is behind only beyond what chance explains.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib import breakdown
from zzlib.allocation import METHODS, Rules, allocate
from zzlib.chances import count_at_most
from zzlib.control_chances import chances
from zzlib.districts import rates
from zzlib.errors import DataError
from zzlib.language import Message
from zzlib.movements import changes, contributions
from zzlib.plan import Indicator, Plan
from zzlib.schema import (
    ALLOCATION,
    ALLOCATION_CHANCES,
    APPRAISAL,
    CONTRIBUTIONS,
    MOVEMENTS,
    columns,
    table,
    weakest,
)  # fmt: skip

Floats = NDArray[np.float64]
BEHIND = 0.05  # one-sided: beyond the upper limit of the 90 % that chance gives around a ceiling's own share
# Districts below the city's rate may rise a little, or the years before a bad baseline would leave no room.
RULES = Rules(least_cut=-0.1, most_cut=0.3)
# What each method asks of the counts, and of a falling count target: where it is not there, the method gives nothing.
NEEDS = {
    "proportional": Message("it needs a falling target on deaths, and deaths in the base period"),
    "exposure": Message("it needs a falling target on deaths, and the exposure of every district in the base period"),
    "converging": Message(
        "it needs exposures of the base period, and ceilings of the city that the bounds on reductions leave room for"
    ),
    "historical": Message("it needs a falling target on deaths, and three years before the first ceiling"),
}
LIKE = 1.5  # districts are alike whose exposures differ by no more than this factor


@dataclass(frozen=True)
class Breakdown:
    """A plan's targets broken down, each table of a shape in `schema`."""

    movements: pd.DataFrame
    contributions: pd.DataFrame
    allocation: pd.DataFrame
    allocation_chances: pd.DataFrame
    appraisal: pd.DataFrame


def appraise(
    plan: Plan, assessments: pd.DataFrame, observations: pd.DataFrame, counts: pd.DataFrame, *, through: int,
    by_field: pd.DataFrame, injured: Mapping[str, float], delivered: pd.DataFrame | None = None,
) -> Breakdown:  # fmt: skip
    """Return a plan's targets broken down by district and year, and each district beside its share.

    `observations` hold one row a number known (`indicators.known`), `counts` are those of `breakdown.told`, `by_field`
    deaths by area, field and year where records tell them, `injured` the serious injuries per death, `delivered` what
    came late or was withdrawn since an earlier delivery (`deliveries.by_area`). Districts need a count target on what
    the plan's `breakdown` indicator counts, and counts of the baseline; else tables are empty.
    """
    empty = Breakdown(*(table(s, []) for s in (MOVEMENTS, CONTRIBUTIONS, ALLOCATION, ALLOCATION_CHANCES, APPRAISAL)))
    if not plan.breakdown:
        return empty
    indicator = plan.indicator(plan.breakdown)
    counts = breakdown.whole_years(counts)
    base = _base_years(plan, counts)
    since = [year for year in counts["year"].unique() if plan.baseline_year < year <= through][
        -breakdown.POOLED_YEARS :
    ]
    if plan.baseline_year not in base or not since or counts["area"].nunique() < 2:
        return empty
    per = indicator.denominator.per if indicator.denominator else 1.0
    ratio = breakdown.variance_ratio(plan, indicator, observations)
    before, after = breakdown.pooled(counts, base), breakdown.pooled(counts, since)
    moved = changes(before, after, per=per, variance_ratio=ratio)
    parts = contributions(*_by_field(by_field, before, after, base, since), per=per)
    target = _target(plan, indicator, assessments)
    if target is None:
        return Breakdown(moved, parts, empty.allocation, empty.allocation_chances, empty.appraisal)
    given = counts.rename(columns={"deaths": "count"})[["area", "year", "count", "exposure", "status"]]
    allocated, judged = _allocated(plan, target, given, base=breakdown.period_of(base))
    if plan.choices.allocation not in set(allocated["method"]):
        return Breakdown(moved, parts, allocated, judged, empty.appraisal)
    districts = rates(after, per=per, variance_ratio=ratio)
    sheet = _appraisal(
        plan, allocated, counts, districts, moved, last=max(since), ratio=ratio, injured=injured, delivered=delivered
    )  # fmt: skip
    return Breakdown(moved, parts, allocated, judged, sheet)


def base_period(plan: Plan, observations: pd.DataFrame, areas: pd.DataFrame) -> str:
    """Return the years on whose counts the ceilings of a plan that can be broken down rest, as a period."""
    counts = breakdown.told(plan, observations, areas)
    return breakdown.period_of(_base_years(plan, breakdown.whole_years(counts)))


def _base_years(plan: Plan, counts: pd.DataFrame) -> list[int]:
    return [year for year in counts["year"].unique() if year <= plan.baseline_year][-breakdown.POOLED_YEARS :]


def _target(plan: Plan, indicator: Indicator, assessments: pd.DataFrame) -> Any:
    """Return the assessment of the count target on the same deaths that an indicator counts; None where none falls."""
    for row in assessments.itertuples():
        law = plan.indicator(str(row.indicator))
        alike = law.numerator == indicator.numerator and law.denominator is None
        if alike and math.isfinite(row.baseline) and math.isfinite(row.target) and row.target <= row.baseline:
            return row
    return None


def _allocated(plan: Plan, target: Any, given: pd.DataFrame, *, base: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ceilings by each method that the counts allow, and the chances of the whole.

    The city's ceilings lie on the straight path of its target, rounded down. Of the target year the city's chance is
    that of its own assessment, which knows the accidents: one promise has one probability.
    """
    span = plan.target_year - plan.baseline_year
    ceilings = {
        plan.baseline_year + step: math.floor(target.baseline + (target.target - target.baseline) * step / span + 1e-9)
        for step in range(1, span + 1)
    }
    found = []
    for method in METHODS:
        with suppress(DataError):  # what it needs stands in `NEEDS`, and the page says it
            found.append(allocate(given, ceilings, base=base, method=method, rules=RULES))
    if not found:
        return table(ALLOCATION, []), table(ALLOCATION_CHANCES, [])
    areas, whole = chances(pd.concat(found, ignore_index=True), given)
    last = whole["period"] == str(plan.target_year)
    return areas, whole.assign(probability=whole["probability"].mask(last, target.probability))


def _by_field(
    by_field: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, base: list[int], since: list[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both periods by district and field where records tell the field of every death, else by district."""
    parts = []
    for whole, years in ((before, base), (after, since)):
        rows = by_field[by_field["year"].isin(years) & by_field["area"].isin(whole["area"])]
        parts.append(rows.groupby(["area", "field"])["deaths"].sum())
    if not sum(map(len, parts)) or not all(
        np.array_equal(part.groupby("area").sum().reindex(whole["area"], fill_value=0), whole["deaths"])
        for part, whole in zip(parts, (before, after), strict=True)
    ):
        return before, after
    fields = sorted({field for part in parts for _, field in part.index})
    grid = pd.MultiIndex.from_product([sorted(before["area"]), fields], names=["area", "field"])
    tables = [
        part.reindex(grid, fill_value=0).reset_index().merge(whole[["area", "exposure", "status"]], on="area")
        for part, whole in zip(parts, (before, after), strict=True)
    ]
    return tables[0], tables[1]


def _appraisal(
    plan: Plan, allocated: pd.DataFrame, counts: pd.DataFrame, districts: pd.DataFrame, moved: pd.DataFrame, *,
    last: int, ratio: float, injured: Mapping[str, float], delivered: pd.DataFrame | None,
) -> pd.DataFrame:  # fmt: skip
    """Return one row a district: its last count beside its ceiling, level, trend, and what it would take."""
    mine = allocated[allocated["method"] == plan.choices.allocation]
    areas = districts["area"].to_list()
    now = mine[mine["period"] == str(last)].set_index("area").loc[areas]
    goal = mine[mine["period"] == str(plan.target_year)].set_index("area").loc[areas]
    deaths = counts[counts["year"] == last].set_index("area")["deaths"].loc[areas].to_numpy(float)
    recent = counts[counts["year"] > last - breakdown.POOLED_YEARS].groupby("area")["deaths"].mean().loc[areas]
    trends = moved.set_index("area").loc[areas]
    limit, share = now["ceiling"].to_numpy(float), np.maximum(now["exact"].to_numpy(float), 1e-12)
    by_chance = np.where(deaths == 0, 1.0, 1 - count_at_most(np.maximum(deaths - 1, 0), share, ratio))
    standing = [_standing(*one) for one in zip(deaths, limit, by_chance, strict=True)]
    target, years_left = goal["ceiling"].to_numpy(float), plan.target_year - last
    required = np.full(len(areas), math.nan)
    if years_left > 0:
        may = (recent.to_numpy(float) > 0) & (target > 0)
        required[may] = (target[may] / recent.to_numpy(float)[may]) ** (1 / years_left) - 1
    alike, alike_ratio = _beside_alike(districts["deaths"].to_numpy(float), districts["exposure"].to_numpy(float))
    late = delivered if delivered is not None else pd.DataFrame(columns=["late", "withdrawn"], dtype=float)
    statuses = zip(districts["status"], now["status"], strict=True)
    rows = pd.DataFrame({
        "area": areas, "period": str(last), "deaths": deaths, "ceiling": limit, "exact": share,
        "by_chance": by_chance, "standing": standing,
        "level": [
            f"{side}_{place}" if place.startswith("outside") else "within"
            for side, place in zip(districts["side"], districts["funnel"], strict=True)
        ],
        **{name: trends[name].to_numpy() for name in ("trend", "change", "change_lower", "change_upper")},
        "target_period": str(plan.target_year), "target_ceiling": target,
        "probability": goal["probability"].to_numpy(float), "required_yearly_change": required,
        "alike": alike, "alike_ratio": alike_ratio,
        "injuries_per_death": [injured.get(area, math.nan) for area in areas],
        **{name: late[name].reindex(areas).to_numpy(float) for name in ("late", "withdrawn")},
        "status": [weakest(set(pair) - {""}) for pair in statuses],
    })  # fmt: skip
    # As objects: pandas would turn messages into plain text, which speaks English only.
    reasons = [_reason(*one) for one in zip(deaths, limit, by_chance, strict=True)]
    return APPRAISAL.validate(rows.assign(reason=pd.Series(reasons, dtype=object))[columns(APPRAISAL)])


def _beside_alike(deaths: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Return how many others have an exposure alike, and each one's rate over that of those."""
    number, ratio = np.zeros(len(deaths)), np.full(len(deaths), math.nan)
    for i, own in enumerate(exposure):
        alike = (exposure >= own / LIKE) & (exposure <= own * LIKE)
        alike[i] = False
        number[i] = alike.sum()
        others = deaths[alike].sum() / exposure[alike].sum() if number[i] else 0.0
        if others:
            ratio[i] = deaths[i] / own / others
    return number, ratio


def _standing(deaths: float, limit: float, by_chance: float) -> str:
    if deaths <= limit:
        return "kept"
    return "behind" if by_chance < BEHIND else "within_chance"


def _reason(deaths: float, limit: float, by_chance: float) -> Message | str:
    """Return what a count beside its ceiling does not show."""
    if deaths <= limit:
        return Message("A ceiling kept does not show that the district became safer.")
    if by_chance < BEHIND:
        return ""
    return Message("A ceiling exceeded by so little is what chance alone gives; it is no ground for blame.")
