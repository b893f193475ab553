"""Accident ledgers: one record an accident, checked, and counted into observations on each statistical scope.

What a record does not tell is unknown, never zero and never one of the other codes. A count is left out where it is
not known whether some record belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from zzlib.cells import area_codes, check, days, in_order, missing_columns, numbers, trimmed, whole
from zzlib.cells import rejected as rejected_rows
from zzlib.classes import field_of_industry
from zzlib.counting import GRADES as GRADES
from zzlib.counting import counts as counts
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.raw import Note, RawTable
from zzlib.schema import FIELDS, LEDGER, OBSERVATIONS, SIZES, STATUSES, UNKNOWN, columns, table, weakest

REQUIRED = ("date", "area", "deaths")
ABOUT = {"grade": "grade_stated", "summary": "summary", "organisation": "organisation", "place": "place"}
RESTATED = "restated from records"  # the note of a year counted on a scope that started later
SCOPE_CHANGE = 2016  # on 2016-01-01 accidents outside production left the count
HOLE = pd.Timedelta(days=28)  # a silence that may be a month nobody delivered
IMPROBABLE = 0.001
MONTH = len("2018-03")  # a date without its day
# Cells that tell no figure. 无 is not among them: it may mean zero as well, so it is refused.
NO_FIGURE = ("", "-", "--", "—", "——", "–", "…", "……", "/", "..", "不详", "未知", UNKNOWN)
# 工矿商贸: industry, mining, construction and commerce; transport, fires and farm machinery are counted apart.
NOT_INDUSTRY = ("road_transport", "fire", "agricultural_machinery", "rail_transit", "other")
LADDER = ("ordinary", *reversed(GRADES))  # the grades, rising


class Examined(NamedTuple):
    """One raw ledger: its accepted records, its refused rows in the shape of `cells.rejected`, and why."""

    accepted: pd.DataFrame
    refused: pd.DataFrame
    faults: list[Fault]


def records(
    raws: Sequence[RawTable], areas: pd.DataFrame, rejected: list[pd.DataFrame] | None = None
) -> pd.DataFrame:  # fmt: skip
    """Return raw ledgers as one table of accident records, with `file`, `sheet` and `row` of each.

    Date, area and deaths are required; what else a ledger does not tell is unknown (`schema.UNKNOWN`, or NaN). Where
    given, the table keeps what doubts rest on: `grade_stated`, `summary`, `organisation`, `place`. Raises DataError
    listing every fault of every table: a missing column, an unknown area, an impossible date, a number that is none,
    negative or fractional, an unknown code, an accident that stands twice. With a list `rejected` the rows at fault
    are added to it, a table for each raw one, and the others go on; a missing column is refused all the same.
    """
    if missing := [fault for raw in raws for fault in missing_columns(raw, _required(raw))]:
        raise DataError(missing)
    each = examined(raws, areas)
    if rejected is None and any(one.faults for one in each):
        raise DataError(in_order([fault for one in each for fault in one.faults]))
    if rejected is not None:
        rejected += [one.refused for one in each if one.faults]
    return joined(each)


def examined(raws: Sequence[RawTable], areas: pd.DataFrame) -> list[Examined]:
    """Return what `records` accepts and refuses of each raw ledger, all of them held against each other.

    Every row is either accepted or refused; a ledger that lacks a column is refused whole. Raises nothing.
    """
    found = [missing_columns(raw, _required(raw)) for raw in raws]
    parts = [
        _none() if faults else _typed(trimmed(raw), areas, faults) for raw, faults in zip(raws, found, strict=True)
    ]
    _refuse_repeated(raws, parts, found)
    each = []
    for raw, part, faults in zip(raws, parts, found, strict=True):
        refused = rejected_rows(raw, faults)
        each.append(Examined(part.drop(index=refused.index, errors="ignore"), refused, faults))
    return each


def joined(each: Sequence[Examined]) -> pd.DataFrame:
    """Return the accepted records of examined ledgers as one table."""
    together = pd.concat([_none(), *(one.accepted for one in each)], ignore_index=True)
    about = [name for name in ABOUT.values() if name in together]  # which not every ledger tells
    return LEDGER.validate(together.assign(**{name: together[name].fillna("") for name in about}))


def _required(raw: RawTable) -> list[str]:
    """Return the columns that a ledger needs; a date may stand in several."""
    return [name for name in REQUIRED if name != "date" or "year" not in raw.cells]


def _none() -> pd.DataFrame:
    """Return the table of no records."""
    shape = {name: pd.Series(dtype=column.dtype.type) for name, column in LEDGER.columns.items()}
    return pd.DataFrame(
        shape | {"file": pd.Series(dtype=str), "sheet": pd.Series(dtype=str), "row": pd.Series(dtype=int)}
    )


def _typed(raw: RawTable, areas: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    typed = pd.DataFrame({name: _text(raw, name) for name in columns(LEDGER)}, index=raw.cells.index)
    typed["file"], typed["sheet"] = raw.path.name, raw.sheet
    typed["row"] = raw.cells.index if raw.lines is None else raw.lines
    typed["area"] = area_codes(raw, areas, faults)
    typed["date"] = days(raw, faults)
    typed["deaths"] = numbers(raw, "deaths", faults)
    for column in ("serious_injuries", "loss_10k_yuan"):
        typed[column] = _figures(raw, column, faults)
    for column in ("deaths", "serious_injuries"):
        whole(raw, column, typed[column], faults)
    for column, codes in (
        ("field", (*FIELDS, UNKNOWN)), ("counted_from_2016", ("yes", "no", UNKNOWN)), ("status", STATUSES)
    ):  # fmt: skip
        if column in raw.cells:
            wanted = Message("one of {codes}", codes=list(codes))
            check(raw, column, frozenset({"", *codes}).__contains__, wanted, faults)
    typed["accident_id"] = typed["accident_id"].mask(typed["accident_id"] == "", _place_names(typed))
    untold = typed["field"].isin(["", UNKNOWN])
    typed["field"] = typed["field"].mask(untold, _fields(typed[untold]).reindex(typed.index))
    typed["counted_from_2016"] = _counted(raw, typed)
    typed["status"] = typed["status"].mask(typed["status"] == "", "preliminary")
    return typed.assign(**{kept: _text(raw, given) for given, kept in ABOUT.items() if given in raw.cells})


def _text(raw: RawTable, column: str) -> pd.Series:
    """Return a column as it stands, empty where the ledger lacks it."""
    return raw.cells[column] if column in raw.cells else pd.Series("", index=raw.cells.index, dtype=str)


def _figures(raw: RawTable, column: str, faults: list[Fault]) -> pd.Series:
    """Return a column as numbers, NaN where the ledger tells none."""
    if column not in raw.cells:
        return pd.Series(np.nan, index=raw.cells.index)
    told = ~raw.cells[column].isin(NO_FIGURE)
    return numbers(replace(raw, cells=raw.cells[told]), column, faults).reindex(raw.cells.index)


def _place_names(typed: pd.DataFrame) -> pd.Series:
    """Return where each record stands: the name of an accident that its ledger does not number."""
    sheet = typed["sheet"].where(typed["sheet"] == "", typed["sheet"] + ":")
    return typed["file"] + ":" + sheet + typed["row"].astype(str)


def _fields(typed: pd.DataFrame) -> pd.Series:
    """Return the plan's field of each record's industry, unknown where its code on that day tells none."""
    keys = list(zip(typed["industry"], typed["date"].str[:MONTH], strict=True))
    fields = {
        (code, month): field_of_industry(code, month) or UNKNOWN if code else UNKNOWN for code, month in set(keys)
    }
    return pd.Series([fields[key] for key in keys], index=typed.index, dtype=str)


def _counted(raw: RawTable, typed: pd.DataFrame) -> pd.Series:
    """Return whether each record stays in the count; one that never says so is kept on its day's definition."""
    said = typed["counted_from_2016"].mask(typed["counted_from_2016"] == "", UNKNOWN)
    since = (typed["date"].str[:4] >= str(SCOPE_CHANGE)).astype(bool)
    return said if "counted_from_2016" in raw.cells else said.mask(since, "yes")


def _refuse_repeated(raws: Sequence[RawTable], parts: Sequence[pd.DataFrame], found: Sequence[list[Fault]]) -> None:
    """Add a fault for every accident whose number stands already, in its own ledger or in one before it."""
    # Two files of one name in two folders share the names made of file and row: those are no numbers.
    numbered = [part["accident_id"][part["accident_id"] != _place_names(part)] for part in parts]
    together = pd.concat(numbered, keys=range(len(parts))) if parts else pd.Series(dtype=str)
    repeated = together[together.duplicated()]
    firsts = together[together.isin(repeated)].drop_duplicates()
    first = dict(zip(firsts, firsts.index, strict=True))
    for (place, row), accident in repeated.items():
        stands, line = first[accident]
        what = Message(
            "accident '{accident}' stands already: {place}", accident=accident, place=raws[stands].place(line)
        )
        found[place].append(Fault(what, where=raws[place].place(row), remedy=Message("Keep one record of it.")))


def yearly(records: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return yearly observations counted from a ledger, for its units and for the area that they make up.

    Measures: accidents (also by grade), fatal_accidents, deaths, deaths_coal, deaths_industry; beside each count of
    deaths, over the sizes s of its fatal accidents up to that year, `<measure>_mean_size`, sum(s) / n, and
    `<measure>_variance_ratio`, sum(s**2) / sum(s): how much wider than Poisson a count is because deaths come in
    accidents. On scope `pre-2016` every record counts, up to
    2015; on scope `from-2016` those that stay in the count, in every year, so that the years before are restated on
    comparable terms. A year without a record of a kind is a zero; one that the ledger does not cover whole is left out.

    A count is left out of a year where a record may or may not belong to it: deaths by field where a fatal accident's
    field is unknown, scope `from-2016` where it is unknown whether an accident stays in the count, and each grade that
    an accident of unknown injuries or loss may have (`major_accidents` counts by deaths alone). Sizes rest on the other
    years then.
    """
    if records.empty:
        return table(OBSERVATIONS, [])
    everywhere = _with_whole(records.assign(year=records["date"].str[:4].astype(int)), areas)
    years = _covered_years(records["date"])
    common = {
        "vintage": "",
        "status": weakest(records["status"].unique()),
        "source": ", ".join(sorted(records["file"].unique())),
    }
    parts = []
    for scope, counted, span in (
        ("pre-2016", _everything(everywhere), [y for y in years if y < SCOPE_CHANGE]),
        ("from-2016", _stays(everywhere), years),
    ):
        # A unit without a record in a year, or on one scope, still has its zero there.
        grid = pd.MultiIndex.from_product([everywhere["area"].unique(), span], names=["area", "year"])
        for measure, unit, values in _measures(everywhere, counted, grid):
            part = (
                values.rename("value").dropna().reset_index().assign(measure=measure, unit=unit, scope=scope, **common)
            )
            restated = (part["year"] < SCOPE_CHANGE) & (scope == "from-2016")
            parts.append(part.assign(period=part["year"].astype(str), note=restated.map({True: RESTATED, False: ""})))
    together = pd.concat(parts, ignore_index=True)[columns(OBSERVATIONS)]
    return OBSERVATIONS.validate(together.assign(file=common["source"], row=0))


def behind(records: pd.DataFrame, areas: pd.DataFrame, *, area: str, measure: str, scope: str) -> pd.DataFrame:
    """Return the records that an area's yearly counts of a measure of deaths consist of, with their `period`.

    So of every period that `yearly` counts, and of those that it leaves out what is known to belong; of another measure
    none. Raises nothing.

    >>> one = {"area": "410102", "date": "2017-03-01", "deaths": 2.0, "field": "fire", "counted_from_2016": "yes"}
    >>> from zzlib.areas import read_areas
    >>> [len(behind(pd.DataFrame([one]), read_areas(), area="410102", measure=measure, scope="from-2016"))
    ...  for measure in ("deaths", "deaths_coal")]
    [1, 0]
    """
    own = _with_whole(records, areas).query("area == @area and deaths > 0")
    own = own.assign(period=own["date"].str[:4])
    if scope == "pre-2016":
        own = own[own["period"] < str(SCOPE_CHANGE)]
    belongs = _parts(own, _everything(own) if scope == "pre-2016" else _stays(own)).get(measure)
    return own.iloc[:0] if belongs is None else own[belongs.fillna(False).astype(bool)]


def grade(accidents: pd.DataFrame) -> pd.Series:
    """Return the grade of each accident by State Council order 493: extraordinary, major, larger or ordinary.

    The worst of deaths, serious injuries and direct loss (in 10,000 yuan) decides; lower bounds are inclusive. An
    unknown criterion (NaN) decides nothing: the grade is then the least that the accident can have.

    >>> two = pd.DataFrame({"deaths": [2, 3], "serious_injuries": [50, 0], "loss_10k_yuan": [0.0, float("nan")]})
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


def deaths_per_accident(
    records: pd.DataFrame, *, by: Sequence[str] = (), since: str = "", until: str = ""
) -> pd.DataFrame:  # fmt: skip
    """Return how many died in a fatal accident: its distribution, by columns of the records or by `year`.

    Columns: those of `by`, fatal_accidents, deaths, mean, variance_ratio (sum(s**2) / sum(s) over sizes s), the
    accidents with `one`, `two`, `three_to_nine`, `ten_to_29` and `thirty_or_more` deaths, and the `largest`. Periods
    `since` and `until` are years, both included. Raises nothing.

    >>> few = pd.DataFrame({"date": ["2017-01-04", "2017-03-05", "2018-02"], "deaths": [12.0, 0, 1]})
    >>> deaths_per_accident(few)[["fatal_accidents", "deaths", "mean", "one", "ten_to_29"]].to_numpy().tolist()
    [[2.0, 13.0, 6.5, 1.0, 1.0]]
    """
    years = records["date"].str[:4]
    looked_at = (records["deaths"] > 0) & (years >= since) & ((years <= until) | (not until))
    fatal = records.assign(year=years, squares=records["deaths"] ** 2)[looked_at]
    edges = [0, 1, 2, 9, 29, np.inf]
    names = ["one", "two", "three_to_nine", "ten_to_29", "thirty_or_more"]
    sized = fatal.join(pd.get_dummies(pd.cut(fatal["deaths"], edges, labels=names)).astype(int))
    keys: list[str] | pd.Series = list(by) or pd.Series(0, index=sized.index)
    groups = sized.groupby(keys, observed=True)
    sums = groups[["deaths", "squares", *names]].sum()
    accidents = groups.size()
    found = pd.DataFrame({"fatal_accidents": accidents, "deaths": sums["deaths"], "mean": sums["deaths"] / accidents})
    found = found.assign(variance_ratio=sums["squares"] / sums["deaths"]).join(sums[names])
    return found.assign(largest=groups["deaths"].max()).reset_index(drop=not by)


def major_accidents(records: pd.DataFrame, *, by: Sequence[str] = ("year",)) -> pd.DataFrame:
    """Return the accidents with three, ten and thirty deaths or more, and their deaths, by columns or by `year`.

    The lower bounds of order 493 by deaths alone, which every record tells; `grade` weighs injuries and loss as well.
    Columns: those of `by`, deaths_from, accidents, deaths; a group of records without such an accident has its zero.

    >>> few = pd.DataFrame({"date": ["2017-01-04", "2018-03-05"], "deaths": [12.0, 3]})
    >>> major_accidents(few)["accidents"].to_list()
    [1, 1, 0, 1, 0, 0]
    """
    with_year = records.assign(year=records["date"].str[:4])
    parts = []
    for bound, *_ in reversed(GRADES.values()):
        reached = with_year["deaths"] >= bound
        marked = with_year[list(by)].assign(accidents=reached.astype(int), deaths=with_year["deaths"].where(reached, 0))
        parts.append(marked.groupby(list(by)).sum().reset_index().assign(deaths_from=bound))
    together = pd.concat(parts, ignore_index=True)[[*by, "deaths_from", "accidents", "deaths"]]
    return together.sort_values([*by, "deaths_from"], ignore_index=True)


def _measures(
    records: pd.DataFrame, counted: pd.Series, grid: pd.MultiIndex
) -> Iterator[tuple[str, str, pd.Series]]:  # fmt: skip
    """Yield measure, unit and its values over area and year; NaN where one is unknown or a ratio rests on nothing."""
    place = [records["area"], records["year"]]

    def total(amounts: pd.Series, belongs: pd.Series) -> pd.Series:
        amount = amounts.astype(float)
        sums = amount.where(belongs.fillna(False).astype(bool), 0).groupby(place).sum()
        unknown = (belongs.isna() & (amount > 0)).groupby(place).any()
        values: pd.Series = sums.reindex(grid, fill_value=0.0).mask(unknown.reindex(grid, fill_value=False))
        return values

    one, fatal = records["deaths"] * 0 + 1, (records["deaths"] > 0) * 1
    yield "accidents", "accidents", total(one, counted)
    for name, belongs in _grades(records).items():
        yield f"accidents_{name}", "accidents", total(one, counted & belongs)
    yield "fatal_accidents", "accidents", total(fatal, counted)
    for measure, part in _parts(records, counted).items():
        deaths = total(records["deaths"], part)
        yield measure, "persons", deaths
        squares = total(records["deaths"] ** 2, part).groupby("area").cumsum()
        sizes = deaths.groupby("area").cumsum()
        accidents = total(fatal, part).groupby("area").cumsum()
        yield f"{measure}_variance_ratio", "1", squares / sizes.where(sizes > 0)
        yield f"{measure}_mean_size", "1", sizes / accidents.where(accidents > 0)


# Whether a record belongs to a count is yes, no or unknown: `boolean` columns, whose logic is Kleene's.


def _everything(records: pd.DataFrame) -> pd.Series:
    return pd.Series(True, index=records.index, dtype="boolean")


def _stays(records: pd.DataFrame) -> pd.Series:
    """Say of each record whether it stays in the count from 2016."""
    said = records["counted_from_2016"]
    return (said == "yes").astype("boolean").mask(said == UNKNOWN)


def _parts(records: pd.DataFrame, counted: pd.Series) -> dict[str, pd.Series]:
    """Say of each record whether it is behind each measure of deaths."""
    unknown = records["field"] == UNKNOWN
    coal = (records["field"] == "coal_mine").astype("boolean").mask(unknown)
    industry = (~records["field"].isin(NOT_INDUSTRY)).astype("boolean").mask(unknown)
    return {"deaths": counted, "deaths_coal": counted & coal, "deaths_industry": counted & industry}


def _grades(records: pd.DataFrame) -> dict[str, pd.Series]:
    """Say of each record whether it has each grade; an unknown criterion may lift it above the least it can have."""
    least = grade(records).map(LADDER.index)
    whole = records[["serious_injuries", "loss_10k_yuan"]].notna().all(axis=1)
    found = {}
    for name in ("ordinary", *GRADES):
        step = LADDER.index(name)
        sure = whole | (least > step) | (least == len(LADDER) - 1)
        found[name] = (least == step).astype("boolean").where(sure)
    return found


def sizes(records: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return how many accidents took how many deaths, by area, year, measure and scope: shape of `schema.SIZES`.

    A year is left out where it is not known whether one of its fatal accidents belongs to the measure.
    """
    if records.empty:
        return table(SIZES, [])
    everywhere = _with_whole(records.assign(period=records["date"].str[:4]), areas)
    fatal = everywhere[everywhere["deaths"] > 0]
    place = ["area", "period"]
    parts = []
    for scope, counted in (
        ("pre-2016", _everything(fatal) & (fatal["period"] < str(SCOPE_CHANGE))),
        ("from-2016", _stays(fatal)),
    ):
        for measure, belongs in _parts(fatal, counted).items():
            known = belongs.notna().groupby([fatal[name] for name in place]).transform("all")
            part = fatal[belongs.fillna(False).astype(bool) & known]
            accidents = part.groupby([*place, "deaths"]).size().rename("accidents")
            parts.append(accidents.reset_index().assign(measure=measure, scope=scope))
    return SIZES.validate(pd.concat(parts, ignore_index=True)[columns(SIZES)])


def by_field(records: pd.DataFrame | None) -> pd.DataFrame:
    """Return deaths of accidents that stay in the count by area, field and year; nothing where that is unknown.

    Columns area, field, year, deaths.
    """
    if records is None or records.empty:
        return pd.DataFrame({"area": [], "field": [], "year": pd.Series(dtype=int), "deaths": []})
    fatal = records[records["deaths"] > 0].assign(year=records["date"].str[:4].astype(int))
    unknown = fatal.loc[fatal["counted_from_2016"] == UNKNOWN, "year"].unique()
    kept = fatal[(fatal["counted_from_2016"] == "yes") & ~fatal["year"].isin(unknown)]
    return kept.groupby(["area", "field", "year"], as_index=False)["deaths"].sum()


def injured(records: pd.DataFrame | None) -> dict[str, float]:
    """Return serious injuries per death of each area, over all its records that tell both; none where nobody died."""
    if records is None or records.empty:
        return {}
    sums = records.dropna(subset="serious_injuries").groupby("area")[["serious_injuries", "deaths"]].sum()
    sums = sums[sums["deaths"] > 0]
    return dict((sums["serious_injuries"] / sums["deaths"]).astype(float))


def _with_whole(records: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Add the records again under the area that the units make up, where at least half of its units occur.

    So too where the area itself occurs: some records then name no unit, and alone they would pass for the whole.
    """
    parents = records["area"].map(_parents(areas))
    shares = _units_told(records, areas)
    enough = (shares["told"] >= shares["units"] / 2) | shares.index.isin(records["area"].unique())
    return pd.concat([records, records.assign(area=parents)[parents.isin(shares.index[enough])]], ignore_index=True)


def _parents(areas: pd.DataFrame) -> pd.Series:
    return areas[areas["kind"].isin(["district", "zone"])].set_index("area")["parent"]


def _units_told(records: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return for each area that has units with records how many have some (`told`), and how many there are."""
    parents = _parents(areas)
    told = records["area"].drop_duplicates().map(parents).value_counts()
    return pd.DataFrame({"told": told, "units": parents.value_counts().reindex(told.index)})


def left_out(records: pd.DataFrame, areas: pd.DataFrame) -> list[Note]:
    """Return notes on what `yearly` does not count: years that are not whole, areas of which too few units are told."""
    if records.empty:
        return []
    dates, counted = records["date"], _covered_years(records["date"])
    years = [
        Message(
            "{year}: {count} accidents, {first} to {last}; the year is not whole, so no yearly figure is made of it",
            year=year, count=len(of), first=min(of), last=max(of),
        )
        for year, of in dates.groupby(dates.str[:4].astype(int)) if year not in counted
    ]  # fmt: skip
    names = areas.set_index("area")["name"]
    shares = _units_told(records, areas)
    few = shares[(shares["told"] < shares["units"] / 2) & ~shares.index.isin(records["area"].unique())]
    wholes = [
        Message(
            "the records name {told} of the {units} units of {area}: no figure of {area} as a whole is made of them",
            told=int(row.told), units=int(row.units), area=names[row.Index],
        )
        for row in few.itertuples()
    ]  # fmt: skip
    return [Note("unsure", what) for what in (*years, *wholes)]


def _covered_years(dates: pd.Series) -> list[int]:
    """Return the years that a ledger covers whole: its silence at either end is no longer than one within it.

    A month without its day is taken as covered from its first day to its last. A silence of four weeks or more within
    that is no silence but a hole in the ledger, where chance would not leave one so long: the years that it touches are
    not covered, and it measures no other silence.
    """
    first, last, silence, unseen = _silences(dates)
    since = first.year if first - pd.Timestamp(first.year, 1, 1) <= silence else first.year + 1
    until = last.year if pd.Timestamp(last.year, 12, 31) - last <= silence else last.year - 1
    touched = {year for start, end in unseen for year in range(start.year, end.year + 1)}
    return [year for year in range(since, until + 1) if year not in touched]


def unseen_months(dates: pd.Series) -> set[str]:
    """Return the months that holes of a ledger touch: what happened in them is unknown (`_covered_years`).

    >>> days = pd.date_range("2015-01-01", "2018-12-31", freq="4D").strftime("%Y-%m-%d").to_series()
    >>> sorted(unseen_months(days[(days < "2016-03-01") | (days > "2016-04-30")]))
    ['2016-03', '2016-04', '2016-05']
    """
    return {
        month for start, end in _silences(dates)[-1]
        for month in pd.period_range(start, end, freq="M").strftime("%Y-%m")
    }  # fmt: skip


def _silences(
    dates: pd.Series,
) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timedelta, list[tuple[pd.Timestamp, pd.Timestamp]]]:
    """Return a ledger's first and last day, its longest silence, and the first and last day of each hole.

    Of m intervals that chance lays over a span, one holds the share x of it with probability m (1 - x)^(m - 1) at most
    (David and Nagaraja 2003, Order Statistics); a hole is one of four weeks or more that is too improbable.
    """
    text = pd.Series(dates.unique())
    start = pd.to_datetime(text, format="ISO8601")
    spans = pd.DataFrame({"start": start, "end": start.mask(text.str.len() == MONTH, start + pd.offsets.MonthEnd(0))})
    spans = spans.sort_values("start", ignore_index=True)
    reached = spans["end"].cummax()
    first, last = spans["start"].iloc[0], reached.iloc[-1]
    gaps = spans["start"] - reached.shift()
    chance = (len(gaps) - 1) * (1 - gaps / (last - first)) ** (len(gaps) - 2)
    holes = (gaps >= HOLE) & (chance < IMPROBABLE)
    silence = max(gaps[~holes].max(), pd.Timedelta(days=7))
    day = pd.Timedelta(days=1)
    edges = zip(reached.shift()[holes], spans["start"][holes], strict=True)
    return first, last, silence, [(before + day, after - day) for before, after in edges]
