"""This month beside the year's ceilings: what is used, what the season expects, what is left, and how likely it holds.

One promise has one probability: before the year begins a ceiling's chance is that of `forecast`; every month that is
known since moves it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib import months as monthly
from zzlib.apportionment import sainte_lague
from zzlib.chances import count_at_most, count_log_chance, normal_nodes
from zzlib.delays import LAGS, NONE, Delay, Final, beside, final, withdrawals
from zzlib.forecast import NEVER_SURE, outlook, prior_of, seen_in
from zzlib.schema import FIELDS, MONITORING, table, weakest
from zzlib.seasons import Season, season

Floats = NDArray[np.float64]
ORDERED = "ceiling_deaths"  # the measure of ceilings as ordered; of a field `ceiling_deaths_<field>`
LEVEL_NODES = 31  # over the year's level
SEASON_NODES = 7  # over the share of the year that has gone by
DISPERSION = 1.25  # how much wider than Poisson deaths of a part are, at least
_REACH = 10  # standard deviations of a year that its quantiles are looked for in


class Ceiling(NamedTuple):
    """A year's ceiling of an area and a field ("" for all), and its origin.

    `ordered`, `allocated` (by the breakdown), or `adjusted`: the breakdown, made to fit what is ordered beside it.
    """

    area: str
    field: str
    ceiling: float
    origin: str


def ceilings(
    whole: str, year: int, *, allocated: pd.DataFrame, observations: pd.DataFrame, months: pd.DataFrame
) -> list[Ceiling]:
    """Return a year's ceilings: as ordered where observations hold them (`ORDERED`), else as broken down: the whole
    first, then its fields, then areas.

    Broken down: areas as `allocated` (one method, rows without sector), the whole as their sum, its fields by
    Sainte-Laguë on their deaths of the last three whole years. What is ordered replaces that; where the areas then no
    longer add up to the whole, those not ordered share what is left of it by Sainte-Laguë on their breakdown
    (`adjusted`), and are left out where nothing is left.

    >>> none = pd.DataFrame(columns=["area", "period", "measure", "value"])
    >>> given = pd.DataFrame({"area": ["C"], "period": ["2018"], "measure": ["ceiling_deaths"], "value": [90.0]})
    >>> ceilings("C", 2018, allocated=none, observations=given, months=pd.DataFrame({"field": []}))
    [Ceiling(area='C', field='', ceiling=90.0, origin='ordered')]
    """
    rows = observations[observations["measure"].str.startswith(ORDERED) & (observations["period"] == str(year))]
    ordered = {
        (str(row.area), str(row.measure).removeprefix(ORDERED).removeprefix("_")): float(row.value)
        for row in rows.itertuples()
    }
    mine = allocated[allocated["period"] == str(year)]
    areas = {str(row.area): float(row.ceiling) for row in mine.itertuples()}
    total = ordered.get((whole, ""), sum(areas.values()) if areas else math.nan)
    told = {area: ordered[area, ""] for area in areas if (area, "") in ordered}
    found = {(area, ""): part for area, part in (told | _fitted(areas, told, total)).items()}
    if areas:
        found[whole, ""] = total
    if math.isfinite(total) and not any(field for _, field in ordered):
        found |= {(whole, field): part for field, part in _by_field(months, year, round(total)).items()}
    order = sorted(dict.fromkeys([*found, *ordered]), key=lambda key: (key[0] != whole, key[1] != ""))
    made = [
        Ceiling(*key, ordered.get(key, found.get(key, math.nan)), "ordered" if key in ordered else "allocated")
        for key in order if key[1] in ("", *FIELDS)
    ]  # fmt: skip
    return [
        one._replace(origin="adjusted")
        if one.origin == "allocated" and not one.field and one.ceiling != areas.get(one.area, one.ceiling) else one
        for one in made
    ]  # fmt: skip


def _fitted(areas: Mapping[str, float], ordered: Mapping[str, float], total: float) -> dict[str, float]:
    """Return the ceilings of areas that are not ordered, such that all areas add up to the whole."""
    rest = {area: part for area, part in areas.items() if area not in ordered}
    left = total - sum(ordered.values())
    if math.isclose(sum(rest.values()), left):
        return rest
    rest = {area: part for area, part in rest.items() if part > 0}
    return _shared(rest, round(left)) if rest and left > 0 else {}


def _shared(weights: Mapping[str, float], total: int) -> dict[str, float]:
    none = np.zeros(len(weights), dtype=np.int64)
    parts = sainte_lague(np.array(list(weights.values()), dtype=float), total, none, none + total)
    return dict(zip(weights, parts.astype(float), strict=True))


def _by_field(months: pd.DataFrame, year: int, total: int) -> dict[str, float]:
    """Return a ceiling shared by fields on their deaths of the last three whole years."""
    base = {str(year - back) for back in (1, 2, 3)}
    cells = months[(months["field"] != "") & months["field"].isin(FIELDS)]
    deaths = cells[cells["period"].str[:4].isin(base)].groupby("field")["deaths"].sum() if len(cells) else pd.Series()
    deaths = deaths[deaths > 0]
    return _shared(deaths.to_dict(), total) if len(deaths) else {}


def monitor(
    months: pd.DataFrame, limits: Sequence[Ceiling], *, whole: str, delay: Delay = NONE, delivered: str = "",
    ratios: Mapping[str, float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return each ceiling beside the deaths of its year up to the last complete month (`schema.MONITORING`).

    `months` as from `months.counted`; its last month is the month looked at, and the ceilings are of its year. A
    ceiling of which a month of the year is unknown has no row. `delivered` is the last complete month of the records,
    by default the month looked at: from it `delay` counts how long a month has been known.
    `used_share` = deaths / ceiling beside `elapsed_share` = month / 12 and `seasonal_share` (`seasons.season`), with
    the official words: within (在控制指标进度目标以内) at or below the share, else beyond. `seasonal_lower` and
    `_upper` hold 80 % of years that end exactly at the ceiling. `final_*`: the 10 %, 50 % and 90 % points of the final
    count of the months gone by, with what is still to be delivered and to be withdrawn. `remaining` = ceiling - deaths.
    `probability` of a breach: that the year's final count is above the ceiling, its level being that of `forecast`
    before the year, updated by the months known, negative binomial with the variance ratio of `ratios` (by field, ""
    for the whole); exactly 1 when the ceiling is passed and nothing may be withdrawn, exactly 0 in December with
    nothing late. `year_*`: the 10 %, 50 % and 90 % points of the final count. Source: docs/methods.md.
    """
    span = monthly.spans(months)
    if not span or not limits:
        return table(MONITORING, [])
    month, year = int(span[-1][5:]), int(span[-1][:4])
    wide = {(one.area, one.field): _by_year(_series(months, one, whole), span) for one in limits}
    city = season(_past(_by_year(monthly.series(months, "deaths"), span), year))
    rows: list[dict[str, object]] = []
    since = len(pd.period_range(span[-1], delivered or span[-1], freq="M")) - 1
    lags = since + month - np.arange(1, month + 1)
    for group in _panels(limits, whole):
        rows += _judged(group, wide, city, year, lags, whole, delay, ratios or {})
    status = weakest({*months["status"]} - {""})
    order = {(one.area, one.field): place for place, one in enumerate(limits)}
    found = sorted(rows, key=lambda row: order[str(row["area"]), str(row["field"])])
    return table(MONITORING, [row | {"status": status} for row in found])


def _panels(limits: Sequence[Ceiling], whole: str) -> list[list[Ceiling]]:
    """Return the ceilings in groups that share a path: the whole, its fields, and its areas."""
    keys = [(one.area == whole, one.field == "") for one in limits]
    groups = [[one for one, key in zip(limits, keys, strict=True) if key == wanted] for wanted in dict.fromkeys(keys)]
    return [group for group in groups if group]


def _series(months: pd.DataFrame, one: Ceiling, whole: str) -> pd.Series:
    areas = [] if one.area == whole else [one.area]
    return monthly.series(months, "deaths", areas=areas, fields=[one.field] if one.field else [])


def _by_year(counts: pd.Series, span: Sequence[str]) -> pd.DataFrame:
    """Return counts as a table of years by months 1 to 12, NaN where unknown."""
    months = pd.Index(span)
    frame = pd.DataFrame({"year": months.str[:4].astype(int), "month": months.str[5:].astype(int)})
    return frame.assign(n=counts.reindex(span).to_numpy()).pivot(index="year", columns="month", values="n")


def _past(by_year: pd.DataFrame, year: int) -> Floats:
    """Return the whole years before a year, shape (years, 12)."""
    full = by_year.reindex(columns=range(1, 13)).dropna()
    return np.asarray(full[full.index < year], dtype=float)


def _judged(
    group: Sequence[Ceiling], wide: Mapping[tuple[str, str], pd.DataFrame], city: Season, year: int,
    lags: NDArray[np.int64], whole: str, delay: Delay, ratios: Mapping[str, float],
) -> list[dict[str, object]]:  # fmt: skip
    """Return the rows of a panel; `lags` are those of the year's months, up to the month looked at."""
    month, known = len(lags), delay.at(list(lags))
    past = [wide[one.area, one.field].reindex(columns=range(1, 13)).dropna() for one in group]
    past = [years[years.index < year] for years in past]
    now = [wide[one.area, one.field].loc[year].to_numpy(float)[:month] for one in group]
    usable = [place for place in range(len(group)) if len(past[place]) and np.isfinite(now[place]).all()]
    if not usable:
        return []
    observations = pd.concat([
        pd.DataFrame({"area": str(place), "year": past[place].index, "count": past[place].sum(axis=1).to_numpy()})
        for place in usable
    ])  # fmt: skip
    ratio = np.array([max(ratios.get(group[place].field, ratios.get("", DISPERSION)), 1.0) for place in usable])
    seen = seen_in(observations, ratio=ratio)
    ahead = outlook(seen, [seen.origin, year], prior=prior_of(seen))
    mean, variance = ahead.risk.at(year)
    rows = []
    for at, place in enumerate(usable):
        one, counts = group[place], now[place]
        own = one.area == whole and not one.field
        its = city if own else season(past[place].to_numpy(float), whole=city)
        deaths, limit = float(counts.sum()), one.ceiling
        recent = float(counts[lags < LAGS].sum())  # older months are settled
        shares = np.diff(its.shares, prepend=0.0)[:month]
        coming = year_end(
            deaths, limit, mean[at], variance[at], float(ratio[at]), its, gone=float(its.shares[month - 1]),
            delivered=float(shares @ known), unsure=float(shares @ delay.error_at(list(lags))), recent=recent,
            withdrawn=delay.gone, settled=month == 12 and recent * delay.gone == 0 and bool((known == 1).all()),
        )  # fmt: skip
        low, high = its.interval(month, limit)
        used = deaths / limit if limit > 0 else math.nan
        rows.append({
            "area": one.area, "field": one.field, "period": str(year), "month": f"{year}-{month:02}",
            "ceiling": limit, "origin": one.origin, "deaths": deaths,
            "final_low": coming.so_far.at(0.1), "final_median": coming.so_far.at(0.5),
            "final_high": coming.so_far.at(0.9),
            "used_share": used, "elapsed_share": month / 12, "elapsed_pace": _pace(deaths, limit, month / 12),
            "seasonal_share": float(its.shares[month - 1]), "seasonal_lower": low, "seasonal_upper": high,
            "seasonal_pace": _pace(deaths, limit, float(its.shares[month - 1])), "remaining": limit - deaths,
            "year_low": coming.low, "year_median": coming.median, "year_high": coming.high,
            "probability": coming.breach,
        })  # fmt: skip
    return rows


def _pace(deaths: float, limit: float, share: float) -> str:
    """Return the official word: within when no more of the ceiling is used than this share of it.

    >>> _pace(45, 90, 0.5), _pace(46, 90, 0.5)
    ('within', 'beyond')
    """
    return "within" if deaths <= share * limit * (1 + 1e-12) else "beyond"


class YearEnd(NamedTuple):
    """The final count of a year: its expected level, 10 %, 50 % and 90 % points, and the chance of a breach.

    `so_far` is the final count of the months gone by.
    """

    level: float
    low: float
    median: float
    high: float
    breach: float
    so_far: Final


def year_end(
    deaths: float, limit: float, mean: float, variance: float, ratio: float, its: Season, *,
    gone: float, delivered: float, unsure: float = 0.0, recent: float = 0.0, withdrawn: float = 0.0, settled: bool,
) -> YearEnd:  # fmt: skip
    """Return what the rest of a year may bring.

    Of the deaths so far `recent` may still be withdrawn, each with the chance `withdrawn`. The year's log level is
    N(mean, variance); given it and the share S of the year that is delivered, deaths so far that stay are negative
    binomial with mean level · S, those to come with mean level · (1 - S), each `ratio` times as wide as Poisson. S
    varies about `delivered` by what the season's dispersion goes beyond that ratio, by what was learnt of it, and by
    `unsure`, the standard error of the share that is late. `gone` is the share of the year gone by.
    """
    leaving = withdrawals(recent, withdrawn)
    if settled:
        return YearEnd(deaths, deaths, deaths, deaths, float(deaths > limit), final(deaths, 0.0))
    points, weights = (np.array(part) for part in zip(*normal_nodes(LEVEL_NODES), strict=True))
    level = np.exp(mean + math.sqrt(variance) * points)
    expected = float(weights @ level)
    wobble = max(its.dispersion - ratio, 0.0) / max(expected, 1.0) + its.dispersion / max(its.deaths, 1.0)
    spread = math.hypot(math.sqrt(gone * (1 - gone) * wobble) if 0 < gone < 1 else 0.0, unsure)
    steps, chances = (np.array(part) for part in zip(*normal_nodes(SEASON_NODES), strict=True))
    share = np.clip(delivered + spread * steps, 1e-6, 1 - 1e-6)
    so_far, to_come = np.outer(level, share), np.outer(level, 1 - share)
    staying = deaths - recent * withdrawn
    likelihood = np.log(np.outer(weights, chances)) + count_log_chance(round(staying), so_far, ratio)
    weight = np.exp(likelihood - likelihood.max())  # in logs: in a year of disaster every chance is too small to hold
    weight /= weight.sum()
    top = float((to_come * weight).sum())
    counts = np.arange(int(top + _REACH * math.sqrt((top + 1) * (ratio + top * variance))) + 10)
    at_most = np.einsum("ij,ijk->k", weight, count_at_most(counts, to_come[..., None], ratio))
    year = beside(deaths, leaving, np.diff(at_most, prepend=0.0))
    kept = float(year.chances[year.counts <= limit + 1e-9].sum())
    breach = (
        1.0 if year.counts[0] > limit + 1e-9 and len(leaving) == 1 else min(max(1 - kept, NEVER_SURE), 1 - NEVER_SURE)
    )
    its_level = float((level[:, None] * weight).sum())
    doubt = math.sqrt(max(float((level[:, None] ** 2 * weight).sum()) - its_level**2, 0.0))
    unseen = max(gone - delivered, 0.0)
    months_gone = final(
        deaths, its_level * unseen, math.hypot(doubt * unseen, its_level * unsure), recent=recent, gone=withdrawn,
        ratio=ratio,
    )  # fmt: skip
    return YearEnd(its_level, year.at(0.1), year.at(0.5), year.at(0.9), breach, months_gone)
