"""Indicators: counts and rates with exact units, intervals for small counts, and what moved a rate."""

import math
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.periods import end, is_year
from zzlib.plan import Indicator, Plan
from zzlib.schema import INDICATORS, STATUSES, VARIANCE_RATIO, table, weakest

Floats = NDArray[np.float64]
KEPT = ("value", "status", "scope", "vintage", "source", "note", "conflict")  # of each figure of a series
EXACT_BELOW = 10  # Byar's approximation is good from ten on


def count_interval(count: ArrayLike, *, variance_ratio: ArrayLike = 1.0, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the lower and upper limit for the expected value of counts, arrays of the counts' shape.

    Independent events: exact (chi-square) below 10, Byar's approximation from 10 on. Deaths come in accidents, so a
    count n whose variance is v times its mean carries the information of n / v events: the limits of n / v, times v.
    Source: Breslow and Day (1987); English public-health practice (PHEindicatormethods) for the switch at 10.

    >>> [round(float(limit), 3) for limit in count_interval(5)]
    [1.623, 11.668]
    >>> [round(float(limit), 3) for limit in count_interval(0)]
    [0.0, 3.689]
    """
    ratio = np.asarray(variance_ratio, dtype=float)
    n = np.asarray(count, dtype=float) / ratio
    tail = (1 - level) / 2
    z = stats.norm.ppf(1 - tail)
    with np.errstate(divide="ignore", invalid="ignore"):  # the branch not taken
        exact_lower = np.where(n > 0, stats.chi2.ppf(tail, 2 * n) / 2, 0.0)
        byar_lower = n * (1 - 1 / (9 * n) - z / (3 * np.sqrt(n))) ** 3
    exact_upper = stats.chi2.ppf(1 - tail, 2 * n + 2) / 2
    byar_upper = (n + 1) * (1 - 1 / (9 * (n + 1)) + z / (3 * np.sqrt(n + 1))) ** 3
    exact = n < EXACT_BELOW
    return np.where(exact, exact_lower, byar_lower) * ratio, np.where(exact, exact_upper, byar_upper) * ratio


def known(observations: pd.DataFrame, *, through: str, as_of: str | None = None) -> pd.DataFrame:
    """Return what was known of the periods up to `through` on the day `as_of`: one row a number.

    For each area, period, measure and scope the latest vintage known on that day; before it come, in this order, a
    whole figure before a partial one, and a real figure before a synthetic one. Without `as_of` everything is known.
    A period that ends after `as_of` is not known, except a partial figure already published. Rows without vintage
    count as known. Where several figures have an equal claim the largest stands, and `conflict` names the others.
    """
    observations = observations.drop(columns="conflict", errors="ignore")
    ends = observations["period"].map({period: end(period) for period in observations["period"].unique()})
    vintages = observations["vintage"].map({day: end(day) if day else None for day in observations["vintage"].unique()})
    seen = ends <= end(through)
    partial = observations["status"] == "partial"
    if as_of:
        day = end(as_of)
        published = vintages.map(lambda vintage: vintage is not None and vintage <= day)
        unknown = vintages.map(lambda vintage: vintage is not None and vintage > day)
        seen &= ~unknown & ((ends <= day) | (partial & published))
    chosen = observations[seen].assign(
        _whole=~partial[seen],
        _real=observations.loc[seen, "status"] != "synthetic",
        _vintage=pd.to_datetime(vintages[seen]),
        _strength=-observations.loc[seen, "status"].map(STATUSES.index).astype("int64"),  # also of no rows at all
    )
    order = ["_whole", "_real", "_vintage", "_strength"]
    key = ["area", "period", "measure", "scope"]
    ranked = chosen.sort_values([*key, *order, "value", "source"], na_position="first", kind="stable")
    best = ranked.drop_duplicates(key, keep="last")
    tied = ranked.drop_duplicates([*key, *order, "value"])
    tied = tied[tied.duplicated([*key, *order], keep="last")]
    if tied.empty:
        conflict = pd.Series("", index=best.index, dtype="str")
    else:
        others = tied.groupby([*key, *order], dropna=False)["value"]
        named = others.agg(lambda values: ", ".join(f"{value:g}" for value in values)).rename("conflict").reset_index()
        best = best.merge(named, on=[*key, *order], how="left")
        conflict = best["conflict"].astype(object).fillna("").astype(str)
    return best.drop(columns=order).assign(conflict=conflict).reset_index(drop=True)


def series(indicator: Indicator, observations: pd.DataFrame, *, area: str, scope: str | None = None) -> pd.DataFrame:
    """Return one indicator of one area by year, from observations with one row a number (see `known`).

    `scope` is the numerator's definition (default: the indicator's own). A published rate is the value; where none
    was published it is computed, numerator / (exposure / per). One row a year in which any part is known, with the
    columns year, value, computed, status, half_unit (half of the value's last printed digit), and value, status,
    scope, vintage, source, note, conflict and half_unit of each part: `numerator_…`, `exposure_…`, `rate_…` (as
    published), `ratio_…` (variance to mean) and `size_…` (mean deaths per fatal accident). A row with a partial count
    is `partial`. Raises DataError when a figure's unit is not the one that the plan names, or a rate changes its unit.
    """
    return series_by_area(indicator, observations, areas=[area], scope=scope).drop(columns="area")


def series_by_area(
    indicator: Indicator, observations: pd.DataFrame, *, areas: Sequence[str], scope: str | None = None
) -> pd.DataFrame:
    """Return one indicator of many areas by year: the rows of `series` of each, in the order of `areas`, with `area`.

    Raises what `series` raises, of the first area that cannot stand.
    """
    scope = indicator.scope if scope is None else scope
    counts, exposure = indicator.numerator, indicator.denominator
    wanted: dict[str, tuple[str, Sequence[str], str | None] | None] = {
        "numerator": (counts.measure, (scope,), counts.unit),
        "exposure": (exposure.measure, exposure.scope, exposure.unit) if exposure else None,
        "rate": (indicator.indicator, (scope,), None) if exposure else None,
        "ratio": (f"{counts.measure}_variance_ratio", (scope,), None),
        "size": (f"{counts.measure}_mean_size", (scope,), None),
    }
    measures = [part[0] for part in wanted.values() if part]
    mine = observations[observations["area"].isin(areas) & observations["measure"].isin(measures)]
    # Plain rows: a plan asks for thousands of such short series, and a table costs more than all that stands in it.
    rows: dict[str, list[Mapping[Hashable, Any]]] = {area: [] for area in areas}
    for row in mine.to_dict("records"):
        if is_year(row["period"]):
            rows[row["area"]].append(row)
    parts = {
        area: {name: _figures(of, *part) if part else {} for name, part in wanted.items()} for area, of in rows.items()
    }
    named = [(area, year) for area, of in parts.items() for year in sorted(set().union(*of.values()))]
    cells: dict[str, list[Any]] = {"area": [area for area, _ in named], "year": [year for _, year in named]}
    for name in wanted:
        of_part = {(area, year): row for area, of in parts.items() for year, row in of[name].items()}
        for column in KEPT:
            cells[f"{name}_{column}"] = [of_part[key][column] if key in of_part else math.nan for key in named]
        halves: dict[tuple[str, int], float] = {}
        for area, of in parts.items():  # digits are printed alike along a series, not across areas
            values, statuses = ([row[column] for row in of[name].values()] for column in ("value", "status"))
            printed = half_units(values, statuses, printed=name == "rate")
            halves |= {(area, year): half for year, half in zip(of[name], printed, strict=True)}
        cells[f"{name}_half_unit"] = [halves.get(key, math.nan) for key in named]
    found = [_found(cells, i, exposure.per if exposure else None) for i in range(len(named))]
    for column in ("computed", "value", "half_unit", "status", "numerator_value"):
        cells[column] = [one[column] for one in found]
    return pd.DataFrame({name: pd.array(told, dtype=_kind(name)) for name, told in cells.items()})


def _found(cells: Mapping[str, Sequence[Any]], i: int, per: float | None) -> dict[str, Any]:
    """Return one year's figure, its status and half unit, and the count that stands for the whole year."""
    part = {name: column[i] for name, column in cells.items()}
    printed, computed = part["rate_value"], part["numerator_value"]
    if per is not None:
        computed = computed / (part["exposure_value"] / per) if part["exposure_value"] > 0 else math.nan
    is_printed = printed == printed
    value = printed if is_printed else computed
    needed = [part["numerator_status"]] if per is None else [part["numerator_status"], part["exposure_status"]]
    known_statuses = [status for status in needed if status and status == status]
    status = part["rate_status"] if part["rate_status"] == part["rate_status"] else weakest(known_statuses)
    # A part of a year is a lower bound, however weak the exposure's own status; it stands for no year's count.
    incomplete = "partial" in known_statuses
    if incomplete and not is_printed:
        status = "partial"
    half_unit = part["numerator_half_unit"] if per is None else math.nan
    return {
        "computed": computed,
        "value": value,
        "half_unit": part["rate_half_unit"] if is_printed else half_unit,
        "status": status if value == value else "",
        "numerator_value": math.nan if incomplete else part["numerator_value"],
    }


def _kind(column: str) -> str:
    if column == "year":
        return "int64"
    return "float64" if column.endswith(("value", "half_unit", "computed")) else "str"


def _figures(
    rows: Sequence[Mapping[Hashable, Any]], measure: str, scopes: Sequence[str], unit: str | None
) -> dict[int, Mapping[Hashable, Any]]:
    """Return a measure's rows by year; the first scope with a value wins."""
    mine = [row for row in rows if row["measure"] == measure and row["scope"] in scopes]
    unit = mine[0]["unit"] if unit is None and mine else unit
    if wrong := [row for row in mine if row["unit"] != unit]:
        raise DataError(
            Fault(
                Message("{measure} is given in '{unit}'", measure=row["measure"], unit=row["unit"]),
                where=Message("{file}, row {row}", file=row.get("file", ""), row=row.get("row", 0)),
                remedy=Message("Wanted is '{unit}'; convert the figure and its unit.", unit=unit),
            )
            for row in wrong
        )
    best: dict[int, Mapping[Hashable, Any]] = {}
    for row in sorted(mine, key=lambda row: (int(row["period"]), list(scopes).index(row["scope"]))):
        best.setdefault(int(row["period"]), row)
    return best


def half_units(values: Sequence[float], statuses: Sequence[str], *, printed: bool = False) -> list[float]:
    """Return half of the last printed digit of each figure of a series; 0 for an exact count.

    A series is printed to so many decimals: 0.7 beside 0.558 is 0.700 with its zeros lost. Whole numbers are exact
    counts, unless they are `printed` rates or their status is `rounded`; then the trailing zeros tell.

    >>> half_units([0.7, 0.558], ["published", "published"]), half_units([41000], ["rounded"])
    ([0.0005, 0.0005], [500.0])
    """
    exponents = [int(Decimal(repr(float(value))).normalize().as_tuple().exponent) for value in values]
    decimals = min(exponents, default=0)
    if decimals < 0 or printed:
        return [0.5 * 10.0 ** min(decimals, 0)] * len(values)
    return [
        0.5 * 10.0**exponent if status == "rounded" and value else 0.0
        for exponent, status, value in zip(exponents, statuses, values, strict=True)
    ]


def table_of(plan: Plan, observations: pd.DataFrame) -> pd.DataFrame:
    """Return the plan's indicators for its area by year, on every definition; limits are 95 %.

    `observations` hold one row a number (see `known`).
    """
    return table(INDICATORS, rows_of(plan, observations))


def rows_of(plan: Plan, observations: pd.DataFrame) -> list[dict[str, object]]:
    """Return the same as rows, not checked against the schema."""
    rows: list[dict[str, object]] = []
    for indicator in plan.indicators:
        replaced = plan.scopes[indicator.scope].replaces if indicator.scope in plan.scopes else None
        for scope in filter(None, (indicator.scope, replaced)):
            found = series(indicator, observations, area=plan.area, scope=scope)
            rows += [
                _row(indicator, plan.area, str(year["year"]), scope, year)
                for year in found.to_dict("records")
                if year["value"] == year["value"]
            ]
    return rows


def _row(
    indicator: Indicator, area: str, period: str, scope: str, found: Mapping[Hashable, Any] | pd.Series
) -> dict[str, object]:
    per = indicator.denominator.per if indicator.denominator else 1.0
    count, exposure = found["numerator_value"], found["exposure_value"] if indicator.denominator else per
    value = found.get("value", count * per / exposure)
    ratio = found["ratio_value"] if found["ratio_value"] >= 1 else VARIANCE_RATIO
    # No deaths means no fatal accident: the limit is that of accidents, times the deaths of a mean one.
    if count == 0 and found["size_value"] >= 1:
        ratio = found["size_value"]
    lower, upper = count_interval(count, variance_ratio=ratio)
    # Of a published rate the limits keep the same proportion to the value as those of its count.
    scale = per / exposure if value == found.get("computed", value) else (value / count if count > 0 else math.nan)
    return {
        "area": area, "period": period, "indicator": indicator.indicator, "scope": scope, "value": value,
        "lower": lower * scale, "upper": upper * scale, "numerator": count,
        "denominator": found["exposure_value"] if indicator.denominator else math.nan, "status": found["status"],
    }  # fmt: skip


def split(before: pd.Series, after: pd.Series) -> dict[str, float]:
    """Return what moved a rate between two rows of `series`: ln(rate ratio) = ln(count ratio) − ln(exposure ratio).

    Log changes, no units; NaN where a part is unknown or zero. Without a published exposure it is the implied one,
    count / rate.

    >>> year = {"value": 2.0, "numerator_value": 100.0, "exposure_value": 50.0}
    >>> parts = split(pd.Series(year), pd.Series(year | {"value": 1.0, "exposure_value": 100.0}))
    >>> {name: round(change, 3) for name, change in parts.items()}
    {'rate_log_change': -0.693, 'count_log_change': 0.0, 'exposure_log_change': 0.693}
    """
    rate = _log_ratio(before["value"], after["value"])
    count = _log_ratio(before["numerator_value"], after["numerator_value"])
    exposure = _log_ratio(before["exposure_value"], after["exposure_value"])
    return {
        "rate_log_change": rate,
        "count_log_change": count,
        "exposure_log_change": exposure if exposure == exposure else count - rate,
    }


def _log_ratio(before: float, after: float) -> float:
    return math.log(after / before) if before > 0 and after > 0 else math.nan
