"""Accident ledgers: one record an accident, checked, and counted into observations on each statistical scope."""

from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from zzlib.cells import area_codes, check, in_order, missing_columns, numbers, whole
from zzlib.errors import DataError, Fault
from zzlib.files import RawTable
from zzlib.language import Message
from zzlib.periods import is_period
from zzlib.schema import FIELDS, LEDGER, OBSERVATIONS, SIZES, STATUSES, columns, table, weakest

REQUIRED = tuple(columns(LEDGER))
RESTATED = "restated from records"  # the note of a year counted on a scope that started later
TOLD_BY = 4  # columns that tell what a table is meant as
SCOPE_CHANGE = 2016  # on 2016-01-01 accidents outside production left the count
# 工矿商贸: industry, mining, construction and commerce; transport, fires and farm machinery are counted apart.
NOT_INDUSTRY = ("road_transport", "fire", "agricultural_machinery", "rail_transit", "other")
# Lower bounds, inclusive, of State Council order 493: deaths, serious injuries, direct loss in 10,000 yuan.
GRADES = {"extraordinary": (30, 100, 10_000), "major": (10, 50, 5_000), "larger": (3, 10, 1_000)}


def is_ledger(header: Collection[str]) -> bool:
    """Say whether a table is meant as a ledger, told by four columns of its header."""
    return len({*REQUIRED} & {*header}) >= TOLD_BY


def records(raws: Sequence[RawTable], areas: pd.DataFrame) -> pd.DataFrame:
    """Return raw ledgers as one table of accident records, with `file` and `row` of each.

    Raises DataError listing every fault of every table: a missing column, an unknown area, an impossible date, a
    number that is none, negative or fractional, an unknown code, an accident that stands twice.
    """
    faults = [fault for raw in raws for fault in missing_columns(raw, REQUIRED)]
    if faults:
        raise DataError(faults)
    parts = [_typed(raw, areas, faults) for raw in raws]
    together = pd.concat(parts, ignore_index=True)
    for _, again in together[together["accident_id"].duplicated()].iterrows():
        where = Message("{file}, row {row}", file=again["file"], row=again["row"])
        what = Message("accident '{accident}' stands already", accident=again["accident_id"])
        faults.append(Fault(what, where=where, remedy=Message("Keep one record of it.")))
    if faults:
        raise DataError(in_order(faults))
    return LEDGER.validate(together)


def _typed(raw: RawTable, areas: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    typed = raw.cells[columns(LEDGER)].copy()
    typed["area"] = area_codes(raw, areas, faults)
    for column in ("deaths", "serious_injuries", "loss_10k_yuan"):
        typed[column] = numbers(raw, column, faults)
    for column in ("deaths", "serious_injuries"):
        whole(raw, column, typed[column], faults)
    a_day = Message("a day such as 2018-03-05")
    check(raw, "date", lambda text: len(text) == 10 and is_period(text), a_day, faults)
    for column, codes in (("field", FIELDS), ("counted_from_2016", ("yes", "no")), ("status", STATUSES)):
        check(raw, column, codes.__contains__, Message("one of {codes}", codes=list(codes)), faults)
    typed["file"], typed["row"] = raw.path.name, raw.cells.index
    return typed


def counts(ledger: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return yearly observations counted from a ledger, for its units and for the area that they make up.

    Measures: accidents (also by grade), fatal_accidents, deaths, deaths_coal, deaths_industry; beside each count of
    deaths, over the sizes s of its fatal accidents up to that year, `<measure>_mean_size`, sum(s) / n, and
    `<measure>_variance_ratio`, sum(s**2) / sum(s): how much wider than Poisson a count is because deaths come in
    accidents. On scope `pre-2016` every record counts, up to
    2015; on scope `from-2016` those that stay in the count, in every year, so that the years before are restated on
    comparable terms. A year without a record is a zero; a first or last year not covered whole is left out.
    """
    if ledger.empty:
        return table(OBSERVATIONS, [])
    everywhere = _with_whole(ledger.assign(year=ledger["date"].str[:4].astype(int), grade=grade(ledger)), areas)
    years = _covered_years(ledger["date"])
    common = {
        "vintage": "",
        "status": weakest(ledger["status"].unique()),
        "source": ", ".join(sorted(ledger["file"].unique())),
    }
    parts = []
    for scope, counted, span in (
        ("pre-2016", everywhere, [y for y in years if y < SCOPE_CHANGE]),
        ("from-2016", everywhere[everywhere["counted_from_2016"] == "yes"], years),
    ):
        # A unit without a record in a year, or on one scope, still has its zero there.
        grid = pd.MultiIndex.from_product([everywhere["area"].unique(), span], names=["area", "year"])
        for measure, unit, values in _measures(counted, grid):
            part = (
                values.rename("value").dropna().reset_index().assign(measure=measure, unit=unit, scope=scope, **common)
            )
            restated = (part["year"] < SCOPE_CHANGE) & (scope == "from-2016")
            parts.append(part.assign(period=part["year"].astype(str), note=restated.map({True: RESTATED, False: ""})))
    together = pd.concat(parts, ignore_index=True)[columns(OBSERVATIONS)]
    return OBSERVATIONS.validate(together.assign(file=common["source"], row=0))


def grade(accidents: pd.DataFrame) -> pd.Series:
    """Return the grade of each accident by State Council order 493: extraordinary, major, larger or ordinary.

    The worst of deaths, serious injuries and direct loss (in 10,000 yuan) decides; lower bounds are inclusive.

    >>> two = pd.DataFrame({"deaths": [2, 3], "serious_injuries": [50, 0], "loss_10k_yuan": [0.0, 0.0]})
    >>> grade(two).to_list()
    ['major', 'larger']
    """
    grades = pd.Series("ordinary", index=accidents.index)
    for name, (deaths, injuries, loss) in reversed(GRADES.items()):
        reached = (
            (accidents["deaths"] >= deaths)
            | (accidents["serious_injuries"] >= injuries)
            | (accidents["loss_10k_yuan"] >= loss)
        )
        grades[reached] = name
    return grades


def _measures(counted: pd.DataFrame, grid: pd.MultiIndex) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield measure, unit and its values over area and year; NaN where a ratio has nothing to rest on."""

    def total(values: pd.Series, of: pd.DataFrame) -> pd.Series:
        return values.groupby([of["area"], of["year"]]).sum().reindex(grid, fill_value=0).astype(float)

    yield "accidents", "accidents", total(counted["deaths"] * 0 + 1, counted)
    for name in ("ordinary", *GRADES):
        yield f"accidents_{name}", "accidents", total((counted["grade"] == name) * 1, counted)
    yield "fatal_accidents", "accidents", total((counted["deaths"] > 0) * 1, counted)
    for measure, part in _parts(counted).items():
        deaths = total(part["deaths"], part)
        yield measure, "persons", deaths
        squares = total(part["deaths"] ** 2, part).groupby("area").cumsum()
        sizes = deaths.groupby("area").cumsum()
        fatal = total((part["deaths"] > 0) * 1, part).groupby("area").cumsum()
        yield f"{measure}_variance_ratio", "1", squares / sizes.where(sizes > 0)
        yield f"{measure}_mean_size", "1", sizes / fatal.where(fatal > 0)


def _parts(counted: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the records behind each measure of deaths."""
    return {
        "deaths": counted,
        "deaths_coal": counted[counted["field"] == "coal_mine"],
        "deaths_industry": counted[~counted["field"].isin(NOT_INDUSTRY)],
    }


def sizes(ledger: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return how many accidents took how many deaths, by area, year, measure and scope: shape of `schema.SIZES`."""
    if ledger.empty:
        return table(SIZES, [])
    everywhere = _with_whole(ledger.assign(period=ledger["date"].str[:4]), areas)
    parts = []
    for scope, counted in (
        ("pre-2016", everywhere[everywhere["period"] < str(SCOPE_CHANGE)]),
        ("from-2016", everywhere[everywhere["counted_from_2016"] == "yes"]),
    ):
        for measure, part in _parts(counted).items():
            fatal = part[part["deaths"] > 0].groupby(["area", "period", "deaths"]).size().rename("accidents")
            parts.append(fatal.reset_index().assign(measure=measure, scope=scope))
    return SIZES.validate(pd.concat(parts, ignore_index=True)[columns(SIZES)])


def _with_whole(ledger: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Add the records again under the area that the units make up, where at least half of its units occur."""
    units = areas[areas["kind"].isin(["district", "zone"])].set_index("area")["parent"]
    parents = ledger["area"].map(units)
    present = ledger["area"].drop_duplicates().map(units).value_counts()
    whole_areas = present[present >= units.value_counts().reindex(present.index) / 2].index
    return pd.concat([ledger, ledger.assign(area=parents)[parents.isin(whole_areas)]], ignore_index=True)


def _covered_years(dates: pd.Series) -> list[int]:
    """Return the years that a ledger covers whole: its silence at either end is no longer than one within it."""
    days = pd.to_datetime(dates).sort_values()
    silence = max(days.diff().max(), pd.Timedelta(days=7))
    first, last = days.iloc[0], days.iloc[-1]
    start = first.year if first - pd.Timestamp(first.year, 1, 1) <= silence else first.year + 1
    end = last.year if pd.Timestamp(last.year, 12, 31) - last <= silence else last.year - 1
    return list(range(start, end + 1))
