"""SYNTHETIC demonstration data for Zhengzhou, which publishes no accident records.

`python data/demo/generate.py` writes ledger.csv, observations.csv and truth.csv beside this file; README.md says what
is published, what is estimated and what is invented. One seed always gives the same tables.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from zzlib.plan import load_plan
from zzlib.register import Commitment, due
from zzlib.reports import HEADINGS as REPORTED

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.integer]
Days = npt.NDArray[np.datetime64]
Text = npt.NDArray[np.str_]

SEED = 149  # the first seed that looks like the outline in README.md
SOURCE = "合成演示数据 (data/demo/generate.py)"

YEARS = np.arange(2011, 2019)
BEFORE = YEARS <= 2015  # the years in which every record is in the count
# Published in the plan for 2011–2015: every draw meets both totals exactly.
ACCIDENTS, DEATHS = 8178, 750
# Published (2017-01-04, 2019-03-07): a coal accident in Dengfeng with 12 deaths; no coal deaths in 2018.
PUBLISHED_DATE, PUBLISHED_AREA, PUBLISHED_DEATHS = "2017-01-04", "410185", 12

CITY = "410100"
# Resident population 2019, 10,000 persons (2019年郑州市常住人口主要数据公报): the exposure of a unit.
POPULATION = {
    "410102": 79.5, "410103": 84.8, "410104": 58.5, "410105": 133.3, "410106": 16.3, "410108": 31.1,
    "410122": 52.4, "410181": 84.4, "410182": 67.0, "410183": 81.7, "410184": 65.3, "410185": 72.7,
    "410171": 28.4, "410172": 31.9, "410173": 73.8, "zhengdong": 74.1,
}  # fmt: skip
UNITS = tuple(POPULATION)
COAL_UNITS = ("410181", "410182", "410183", "410184", "410185")
COUNTIES = ("410122", *COAL_UNITS)

DEATH_TREND, ACCIDENT_TREND = -0.04, -0.06  # a year, true
YEAR_SD, DISTRICT_SD = 0.05, 0.3  # of the logarithm, true
SIZES = np.arange(1, 30)  # deaths of a fatal accident; thirty and more are not invented
SIZE_SHARES = SIZES**-3.3 / (SIZES**-3.3).sum()
MEAN_SIZE = float(SIZES @ SIZE_SHARES)


class Field(NamedTuple):
    """What the generator assumes of one field: invented, and only the order of magnitude is meant."""

    deaths: float  # expected in 2015, all records; the whole is then scaled to the published total
    harmless: float  # accidents without a death in 2015, likewise
    counted: float  # share of fatal accidents that stay in the count from 2016
    harmless_counted: float
    peak: int  # month with the most accidents
    swing: float  # the peak month has (1 + swing) times the mean month
    industries: tuple[str, ...]  # GB/T 4754-2011
    kinds: tuple[int, ...]  # GB 6441, the most frequent first
    units: tuple[str, ...] = UNITS
    county_weight: float = 1.0  # risk per inhabitant in counties against the urban districts


FIELDS = {
    "coal_mine": Field(12, 8, 1, 1, 3, 0.2, ("0610",), (11, 15, 2, 12, 20), COAL_UNITS),
    "non_coal_mine": Field(2, 4, 1, 1, 5, 0.2, ("1011", "1012", "0916"), (10, 1, 9, 13), COUNTIES),
    "hazardous_chemicals": Field(2, 5, 1, 1, 7, 0.3, ("2614", "2611", "5264"), (19, 18, 8, 7)),
    "pipeline_and_gas": Field(1.5, 8, 1, 1, 1, 0.4, ("4500", "5700"), (18, 19, 8)),
    "road_transport": Field(53, 900, 0.6, 0.35, 11, 0.2, ("5430", "5420", "5411", "5413"), (2,)),
    "fireworks": Field(0.6, 2, 1, 1, 1, 0.8, ("2672",), (14, 8)),
    "construction": Field(15, 35, 1, 1, 7, 0.4, ("4700", "4813", "4920", "5010"), (9, 10, 1, 4, 5)),
    "civil_explosives": Field(0.4, 1, 1, 1, 9, 0.2, ("2671",), (14, 13)),
    "special_equipment": Field(1.5, 8, 1, 1, 12, 0.2, ("7020", "4430", "3432"), (4, 17, 16, 20)),
    "industry_and_trade": Field(
        11, 55, 1, 1, 6, 0.15, ("3011", "3021", "3089", "3216", "3262", "1432"), (3, 9, 1, 5, 19, 7)
    ),
    "electric_power": Field(1.5, 4, 1, 1, 7, 0.4, ("4420", "4411"), (5, 9)),
    "fire": Field(25, 420, 0.1, 0.04, 1, 0.5, ("7020", "6210", "6110", "5990"), (8,)),
    "agricultural_machinery": Field(6, 40, 0.5, 0.5, 8, 0.5, ("0511", "0112", "0113"), (2, 3), county_weight=4),
    "rail_transit": Field(
        1, 3, 1, 1, 8, 0.1, ("5412", "4819"), (10, 1, 2), tuple(u for u in UNITS if u not in COUNTIES)
    ),
    "other": Field(8, 30, 0.5, 0.5, 7, 0.2, ("7810", "7820", "4620"), (20, 6, 19)),
}  # fmt: skip
NAMES = np.array(list(FIELDS))
COAL = list(FIELDS).index("coal_mine")
NOT_INDUSTRY = ("road_transport", "fire", "agricultural_machinery", "rail_transit", "other")
INDUSTRY = ~np.isin(NAMES, NOT_INDUSTRY)  # industry, mining and commerce
COUNTED = np.array([f.counted for f in FIELDS.values()])
HARMLESS_COUNTED = np.array([f.harmless_counted for f in FIELDS.values()])

Row = tuple[str, int, str, float, str, str, str, str, str]  # an observation without its vintage, which is empty


@dataclass(frozen=True)
class Demo:
    """One synthetic city: what an evaluator would be given, and the expected counts nobody is ever given."""

    ledger: pd.DataFrame
    observations: pd.DataFrame
    truth: pd.DataFrame


def generate(seed: int) -> Demo:
    """Return the tables of one synthetic city; the same seed gives the same tables."""
    rng = np.random.default_rng(seed)
    fatal, harmless = _expected_accidents(rng)
    road_deaths = 410 * 0.98 ** (YEARS - 2011) * np.exp(rng.normal(0, 0.02, YEARS.size))
    return Demo(
        ledger=_ledger(rng, fatal, harmless),
        observations=_observations(rng, road_deaths),
        truth=_truth(fatal, road_deaths),
    )


def _expected_accidents(rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the true risks: expected fatal accidents and accidents without a death, unit × field × year, all records.

    Scaled so that 2011–2015 together expect the published totals.
    """
    people = np.array(list(POPULATION.values()))
    risk = people * np.exp(rng.normal(0, DISTRICT_SD, people.size))
    county = np.isin(UNITS, COUNTIES)
    where = np.column_stack(
        [risk * np.isin(UNITS, f.units) * np.where(county, f.county_weight, 1.0) for f in FIELDS.values()]
    )
    where /= where.sum(axis=0)

    def scaled(weights: list[float], trend: float, total: float) -> Array:
        course = (1 + trend) ** (YEARS - 2015) * np.exp(rng.normal(0, YEAR_SD, YEARS.size))
        expected = where[:, :, None] * np.array(weights)[:, None] * course
        return np.asarray(expected * total / expected[:, :, BEFORE].sum())

    fatal = scaled([f.deaths for f in FIELDS.values()], DEATH_TREND, DEATHS / MEAN_SIZE)
    harmless = scaled(
        [f.harmless for f in FIELDS.values()], ACCIDENT_TREND, ACCIDENTS - _size_counts_given_deaths().sum()
    )
    fatal[:, COAL, YEARS >= 2017] = 0  # published: one accident in 2017, added to the draw, and none in 2018
    return fatal, harmless


@cache
def _size_counts_given_deaths() -> Array:
    """Return the expected number of fatal accidents of each size in 2011–2015, given that they kill exactly DEATHS.

    Accidents of size k are Poisson with mean m p_k, so E[N_k | S = n] = m p_k P(S = n − k) / P(S = n), with P(S) from
    Panjer's recursion P(S = n) = Σ k m p_k P(S = n − k) / n.
    """
    means = DEATHS / MEAN_SIZE * SIZE_SHARES
    chance = np.zeros(DEATHS + 1)
    chance[0] = np.exp(-means.sum())
    for n in range(1, DEATHS + 1):
        k = SIZES[:n]  # no accident is larger than the sum
        chance[n] = (k * means[:n]) @ chance[n - k] / n
    return np.asarray(means * chance[DEATHS - SIZES] / chance[DEATHS])


def _sizes_given_deaths(rng: np.random.Generator) -> Whole:
    """Return the sizes of the fatal accidents of 2011–2015: drawn freely until the deaths sum to DEATHS."""
    means = DEATHS / MEAN_SIZE * SIZE_SHARES
    while True:
        counts = rng.poisson(means, (500, SIZES.size))
        if (hits := np.flatnonzero(counts @ SIZES == DEATHS)).size:
            return np.repeat(SIZES, counts[hits[0]])


def _ledger(rng: np.random.Generator, fatal: Array, harmless: Array) -> pd.DataFrame:
    """Return accident records: all of them to 2015, from 2016 only those that stayed in the count."""
    shape = fatal.shape
    cells = np.arange(fatal.size)
    field_of = np.unravel_index(cells, shape)[1]
    before = np.broadcast_to(BEFORE, shape).ravel()

    def place(expected: Array, records: int) -> Whole:
        share = expected.ravel() * before
        return rng.choice(cells, records, p=share / share.sum())

    def later(expected: Array, counted: Array) -> Whole:
        return np.repeat(cells, rng.poisson(expected.ravel() * counted[field_of] * ~before))

    early_sizes = _sizes_given_deaths(rng)
    early_fatal = place(fatal, early_sizes.size)
    early_harmless = place(harmless, ACCIDENTS - early_sizes.size)
    late_fatal = later(fatal, COUNTED)
    late_harmless = later(harmless, HARMLESS_COUNTED)
    published = np.ravel_multi_index((UNITS.index(PUBLISHED_AREA), COAL, 2017 - YEARS[0]), shape)

    cell = np.concatenate([early_fatal, early_harmless, late_fatal, late_harmless, [published]])
    late_sizes = rng.choice(SIZES, late_fatal.size, p=SIZE_SHARES)
    deaths = np.zeros(cell.size, dtype=np.int64)
    deaths[: early_fatal.size] = early_sizes
    deaths[early_fatal.size + early_harmless.size :][: late_fatal.size] = late_sizes
    deaths[-1] = PUBLISHED_DEATHS

    unit, field, year = np.unravel_index(cell, shape)
    counted_share = np.where(deaths > 0, COUNTED[field], HARMLESS_COUNTED[field])
    counted = ~BEFORE[year] | (rng.random(cell.size) < counted_share)
    day = _days(rng, field, year)
    injured = rng.poisson(np.where(deaths > 0, 0.4 * deaths, np.where(NAMES[field] == "fire", 0.05, 0.6)))
    loss = np.where(deaths > 0, 80.0 * deaths, 3.0) * rng.lognormal(0, np.where(deaths > 0, 0.5, 1.0))
    day[-1], injured[-1] = np.datetime64(PUBLISHED_DATE), 0
    kind = _pick(rng, [[f"{kind:02d}" for kind in f.kinds] for f in FIELDS.values()], field)
    kind[-1] = "20"  # its kind is not among the published facts used here
    table = pd.DataFrame(
        {
            "accident_id": "",
            "date": day.astype(str),
            "area": np.array(UNITS)[unit],
            "field": NAMES[field],
            "industry": _pick(rng, [list(f.industries) for f in FIELDS.values()], field),
            "kind": kind,
            "deaths": deaths,
            "serious_injuries": injured,
            "loss_10k_yuan": loss.round(1),
            "counted_from_2016": np.where(counted, "yes", "no"),
            "status": "synthetic",
        }
    )
    order = np.argsort(day, kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    sorted_year = YEARS[year[order]]
    number = np.arange(cell.size) - np.searchsorted(sorted_year, sorted_year) + 1
    table["accident_id"] = [f"A{y}-{n:05d}" for y, n in zip(sorted_year, number, strict=True)]
    return table


def _days(rng: np.random.Generator, field: Whole, year: Whole) -> Days:
    """Return a day for each record: months by the season of the field, days of a month alike."""
    months = np.arange(1, 13)
    weights = [1 + f.swing * np.cos(2 * np.pi * (months - f.peak) / 12) for f in FIELDS.values()]
    until = np.cumsum(weights, axis=1)
    month = (rng.random(field.size)[:, None] * until[field, -1:] > until[field]).sum(axis=1)
    first = (YEARS[year] * 12 + month - 1970 * 12).astype("datetime64[M]")
    length = (first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")
    days: Days = first.astype("datetime64[D]") + (rng.random(field.size) * length.astype(int)).astype(int)
    return days


def _pick(rng: np.random.Generator, choices: list[list[str]], field: Whole) -> Text:
    """Return one choice of its field for each record; an earlier choice is likelier than a later one."""
    table = np.array([options + [""] * (8 - len(options)) for options in choices])
    size = np.array([len(options) for options in choices])
    picked: Text = table[field, (rng.random(field.size) ** 2 * size[field]).astype(int)]
    return picked


def _truth(fatal: Array, road_deaths: Array) -> pd.DataFrame:
    """Return the expected counts of city and units under the true risks, given what was published.

    2011–2015 are conditional on the published total: with one distribution of sizes everywhere, deaths given their
    total fall on a cell by its share of the risk, so share × 750; fatal accidents are share × E[accidents | 750
    deaths]. Later years are plain expectations. The published coal accident of 2017 is a certainty.
    """
    accidents_before = _size_counts_given_deaths().sum()
    share = fatal / fatal[:, :, BEFORE].sum()
    accidents = np.where(BEFORE, share * accidents_before, fatal)
    deaths = np.where(BEFORE, share * DEATHS, fatal * MEAN_SIZE)
    certain = np.zeros(fatal.shape)
    certain[UNITS.index(PUBLISHED_AREA), COAL, YEARS == 2017] = 1

    areas = np.array([CITY, *UNITS])
    blocks = [_long(np.array([CITY]), YEARS, "deaths_road", "police", road_deaths[None, :])]
    for scope, years, counted in (("pre-2016", BEFORE, np.ones(NAMES.size)), ("from-2016", YEARS > 0, COUNTED)):
        counted_accidents = accidents * counted[:, None] + certain
        counted_deaths = deaths * counted[:, None] + certain * PUBLISHED_DEATHS
        for measure, cells in (
            ("deaths", counted_deaths),
            ("fatal_accidents", counted_accidents),
            ("deaths_industry", counted_deaths[:, INDUSTRY]),
            ("deaths_coal", counted_deaths[:, [COAL]]),
        ):
            told = years & (YEARS <= 2016) if measure == "deaths_coal" else years
            by_unit = cells.sum(axis=1)[:, told]
            expected = np.vstack([by_unit.sum(axis=0), by_unit])
            blocks.append(_long(areas, YEARS[told], measure, scope, expected))
    return pd.concat(blocks, ignore_index=True)


def _long(areas: Text, years: Whole, measure: str, scope: str, expected: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "truth_area": np.repeat(areas, years.size),
            "truth_year": np.tile(years, areas.size),
            "truth_measure": measure,
            "truth_scope": scope,
            "expected": expected.ravel().round(4),
        }
    )


def _observations(rng: np.random.Generator, road_deaths: Array) -> pd.DataFrame:
    """Return the exposures that are not published, and road deaths on the police count."""
    workers = 330 * 1.012 ** (YEARS - 2011) * np.exp(rng.normal(0, 0.005, YEARS.size))
    coal = 27 * (17 / 27) ** ((YEARS[:6] - 2011) / 5) * np.exp(rng.normal(0, 0.02, 6))
    killed = rng.poisson(rng.gamma(road_deaths, 1.0))  # variance twice the mean
    apart = "not part of the ledger: the two counts are not nested"
    rows = [
        *_gdp(),
        *_vehicles(),
        *_population(),
        *_invented("workers_industry", workers.round(1), "10,000 persons", "年末", "工矿商贸从业人员"),
        *_invented("coal_output", coal.round(2), "million tonnes", "", "2017 and 2018 are published"),
        *_invented("deaths_road", killed, "persons", "police", apart),
    ]
    rows += _later()
    names = ["area", "period", "measure", "value", "unit", "scope", "status", "source", "note"]
    table = pd.DataFrame(rows, columns=names)
    table["period"] = table["period"].astype(str)
    table.insert(names.index("scope") + 1, "vintage", "")
    return table


def _later() -> list[Row]:
    """Return yearly figures of the city for 2019 and 2020, so that a final assessment has a form to be shown in.

    They are drawn apart, in numbers that no other figure depends on, and are no records: the ledger ends in 2018.
    """
    rng = np.random.default_rng([SEED, 2020])
    rows: list[Row] = []
    note = "for the form of a final assessment only; no skill can be read from it"
    deaths = rng.poisson([70.0, 58.0])  # expected; the second year is the pandemic's
    industry, coal = rng.binomial(deaths, 0.5), rng.poisson([5.0, 4.0])
    for i, year in enumerate((2019, 2020)):
        figures = [
            ("accidents", round(float(380 - 70 * i)), "accidents", "from-2016"),
            ("deaths", int(deaths[i]), "persons", "from-2016"),
            ("deaths_industry", int(max(industry[i], coal[i])), "persons", "from-2016"),
            ("deaths_coal", int(coal[i]), "persons", "from-2016"),
            ("deaths_road", int(rng.poisson(345 - 35 * i)), "persons", "police"),
            ("workers_industry", round(363.0 + 4 * i, 1), "10,000 persons", "年末"),
            ("coal_output", round(19.0 - 0.8 * i, 2), "million tonnes", ""),
        ]
        rows += [(CITY, year, *one, "synthetic", SOURCE, note) for one in figures]
    later_growth = (9130.17 / 6202) ** (1 / 4)
    scope = "current prices, before 2018 census revision"
    for year, share in ((2019, 1.0), (2020, 0.5)):
        value = 9130.17 * later_growth ** (2 if year == 2019 else 2 + share)
        how = "2017 times the mean growth 2013–2017" + ("" if year == 2019 else ", halved for 2020")
        rows.append((CITY, year, "gdp", round(value, 1), "100 million yuan", scope, "estimated", SOURCE, how))
    first, last = date(2012, 8, 15), date(2021, 7, 15)
    growth = np.log(490.1467 / 200) / (last - first).days
    for year in (2019, 2020):
        value = 200 * np.exp(growth * (date(year, 6, 30) - first).days)
        told = "at 30 June, interpolated on the log-linear path between 2012-08 (200) and 2021-07 (490.1467)"
        source = "公安交管部门 (媒体报道)"
        rows.append(
            (CITY, year, "vehicles", round(float(value), 1), "10,000 vehicles", "机动车", "estimated", source, told)
        )
    return rows


def _invented(measure: str, values: Array | Whole, unit: str, scope: str, note: str) -> list[Row]:
    return [
        (CITY, year, measure, value, unit, scope, "synthetic", SOURCE, note)
        for year, value in zip(YEARS[: values.size].tolist(), values.tolist(), strict=True)
    ]


def _gdp() -> list[Row]:
    growth = (6202 / 4000) ** (1 / 3)
    later_growth = (9130.17 / 6202) ** (1 / 4)
    between = "log-interpolated between 2010 (4000) and 2013 (6202)"
    values = [
        (2011, 4000 * growth, between),
        (2012, 4000 * growth**2, between),
        (2018, 9130.17 * later_growth, "2017 (9130.17) times the mean growth 2013–2017 (6202 to 9130.17)"),
    ]
    scope, source = "current prices, before 2018 census revision", "郑州市统计快报 / 政府工作报告"
    return [(CITY, y, "gdp", round(v, 1), "100 million yuan", scope, "estimated", source, n) for y, v, n in values]


def _vehicles() -> list[Row]:
    first, last = date(2012, 8, 15), date(2021, 7, 15)
    growth = np.log(490.1467 / 200) / (last - first).days
    rows: list[Row] = []
    for year in YEARS.tolist():
        value = 200 * np.exp(growth * (date(year, 6, 30) - first).days)
        way = "extrapolated back along" if year <= 2012 else "interpolated on"
        note = f"at 30 June, {way} the log-linear path between 2012-08 (200) and 2021-07 (490.1467)"
        source = "公安交管部门 (媒体报道)"
        rows.append(
            (CITY, year, "vehicles", round(float(value), 1), "10,000 vehicles", "机动车", "estimated", source, note)
        )
    return rows


def _population() -> list[Row]:
    scope, apart = "resident, as first published", "resident, as first published; development zones listed apart"
    unit, source = "10,000 persons", "郑州市统计局"
    growth = (956.9 / 866.1) ** (1 / 5)
    between = "log-interpolated between 2010 (866.1) and 2015 (956.9)"
    city = {
        2013: round(866.1 * growth**3, 1), 2014: round(866.1 * growth**4, 1), 2015: 956.9, 2016: 972.39, 2017: 988.07,
        2018: round((988.07 * 1035.2) ** 0.5, 1),
    }  # fmt: skip
    note = "geometric mean of 2017 (988.07) and 2019 (1035.2)"
    rows: list[Row] = [(CITY, 2018, "population", city[2018], unit, scope, "estimated", source, note)]
    whole = sum(POPULATION.values())
    source = "2019年郑州市常住人口主要数据公报; 郑州市统计局"
    for area, people in POPULATION.items():
        for year, total in sorted(city.items()):
            note = f"share of 2019 ({people:.1f} of {whole:.1f}) times the city's {total}"
            note += f", {between}" if year < 2015 else ""
            value = round(people / whole * total, 1)
            rows.append((area, year, "population", value, unit, apart, "estimated", source, note))
    return rows


PARTS = ("numerator", "denominator")
VERIFIER, EVIDENCE = "市安委会办公室（合成）", "合成佐证"
SILENT, UNVERIFIED = 0.12, 0.5  # shares of commitments that nobody reports on, and that nobody verified


def reports(seed: int) -> pd.DataFrame:
    """Return invented reports of offices on the plan's commitments, at every year's end from 2016 to 2020.

    Their numbers are drawn apart from those of the city, so that neither moves the other. What the pages must notice is
    planted by hand (`_planted`).
    """
    rng = np.random.default_rng([seed, 8])
    plan = load_plan("zhengzhou-2016-2020")
    assert plan.commitments is not None
    rows: list[dict[str, object]] = []
    for one in plan.commitments.commitments:
        silent, verified = rng.random() < SILENT, rng.random() >= UNVERIFIED
        drawn = _declared(rng, one, plan.target_year) if one.value is None else _measured(rng, one, plan.target_year)
        common = {
            "commitment": one.commitment, "evidence": EVIDENCE, "reporter": plan.commitments.bodies[one.responsible].zh,
            "verified_by": VERIFIER if verified else "", "status": "synthetic", "note": "",
        }  # fmt: skip
        rows += [] if silent else [common | row for row in drawn]
    return _planted(rows)


def _year_ends(one: Commitment, target_year: int) -> list[date]:
    """Return the days on which an office reports: every year's end, and the day on which it is due."""
    return sorted({*(date(year, 12, 31) for year in range(2016, 2021)), due(one, target_year)})


def _measured(rng: np.random.Generator, one: Commitment, target_year: int) -> list[dict[str, object]]:
    """Return a share or number that goes in a line from the plan's start to about its goal on the day it is due."""
    start, reached = one.goal * rng.uniform(0.3, 0.7), one.goal * rng.uniform(0.85, 1.1)
    whole, first = int(rng.integers(60, 900)), date(2016, 1, 1)
    best, rows = 0.0, []
    for day in _year_ends(one, target_year):
        gone = (day - first).days / (due(one, target_year) - first).days
        best = max(best, start + (reached - start) * gone + one.goal * float(rng.normal(0, 0.02)))
        if one.is_share:
            part = min(round(whole * best / 100), whole)
            rows.append({"date": day, "value": round(100 * part / whole, 1), "numerator": part, "denominator": whole})
        else:
            rows.append({"date": day, "value": round(best), "numerator": "", "denominator": ""})
    return rows


def _declared(rng: np.random.Generator, one: Commitment, target_year: int) -> list[dict[str, object]]:
    """Return a no at every year's end, and a yes from the day of completion on."""
    about = due(one, target_year) - date(2016, 1, 1)
    finished = date(2016, 1, 1) + about * float(rng.uniform(0.35, 1.5))
    days = sorted({*_year_ends(one, target_year), *([finished] if finished.year <= 2020 else [])})
    return [{"date": day, "value": int(day >= finished), "numerator": "", "denominator": ""} for day in days]


def _planted(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return the reports with one of each kind that must be noticed."""
    table = pd.DataFrame(rows).astype({"value": object, "numerator": object, "denominator": object})
    table = table[~table["commitment"].isin(["midterm-evaluation", "final-assessment"])]
    table = table[(table["commitment"] != "safety-funds") | (table["date"] <= date(2016, 12, 31))]  # silent since
    staff = table["commitment"] == "certified-staff"
    table.loc[staff, list(PARTS)] = ""
    table.loc[staff & (table["date"] == date(2018, 12, 31)), "value"] = 100  # all of an unknown number
    stations = (table["commitment"] == "mini-fire-stations") & (table["date"] == date(2017, 12, 31))
    table.loc[stations, ["numerator", "denominator"]] = [343, 371]  # its own figures say less than 100 %
    common = {"evidence": EVIDENCE, "status": "synthetic"}
    more = [
        {"commitment": "six-systems", "date": date(2018, 12, 31), "value": 61, "reporter": "市安全生产监督管理局"},
        {"commitment": "command-centre", "date": date(2015, 12, 31), "value": 0, "reporter": "市安全生产监督管理局"},
        {"commitment": "five-in-place", "date": date(2018, 6, 30), "value": 102, "reporter": "市安全生产监督管理局"},
        {"commitment": "midterm-evaluation", "date": date(2019, 3, 15), "value": 1, "reporter": "市安委会办公室"},
    ]  # fmt: skip
    table = pd.concat([table, pd.DataFrame([common | row for row in more])], ignore_index=True)
    order = {code: place for place, code in enumerate(dict.fromkeys(table["commitment"]))}
    table = table.assign(place=table["commitment"].map(order)).sort_values(["place", "date"], kind="stable")
    table = table.fillna(dict.fromkeys(REPORTED, ""))
    figures = {name: [f"{cell:g}" if cell != "" else "" for cell in table[name]] for name in ("value", *PARTS)}
    return table.assign(**figures)[list(REPORTED)].astype(str)


def main() -> None:
    """Write the four tables beside this file."""
    demo = generate(SEED)
    tables = {"ledger": demo.ledger, "observations": demo.observations, "truth": demo.truth, "reports": reports(SEED)}
    for name, table in tables.items():
        table.to_csv(Path(__file__).with_name(f"{name}.csv"), index=False, lineterminator="\n", encoding="utf-8")


if __name__ == "__main__":
    main()
