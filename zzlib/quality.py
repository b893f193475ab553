"""Doubts about accident records that can be read: shown with their reason and their place, never repaired.

Each check is a function from records (or their counts, or raw tables) to a table of the shape `schema.FINDINGS`, and
`findings` puts them together. A check says nothing where chance explains what it sees, and says how much chance is in
what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from zzlib import duplicates
from zzlib.classes import ORDER_493, grade_of, names
from zzlib.deliveries import as_text
from zzlib.deliveries import deliveries as deliveries
from zzlib.language import Message, number, percent, word
from zzlib.ledger import LADDER, MONTH, grade
from zzlib.periods import end, is_year
from zzlib.raw import RawTable
from zzlib.schema import FINDINGS, UNKNOWN, table, weakest
from zzlib.summaries import deaths_told

Finding = dict[str, Any]
Counts = npt.NDArray[np.int64]

IMPROBABLE = 0.001  # a silence or a heap that chance gives less often is shown
BY_CHANCE = 0.2  # silences that chance gives in all the months looked at
YEAR = 12
ENOUGH = 6  # months on one side of a silence tell what to expect in it
COMPARED = ("published", "rounded", "derived", "preliminary", "partial")  # statuses of figures that a bureau stands for
COUNTS = ("persons", "accidents")  # units whose yearly figures add up over years


def findings(
    records: pd.DataFrame,
    observations: pd.DataFrame | None = None,
    until: str = "",
    *,
    yearly: pd.DataFrame | None = None,
    raws: Sequence[RawTable] = (),
    areas: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return every doubt about some records, by file and row; what concerns a whole file stands before its rows.

    With `until`, a period or a day, later dates are doubted; with published `observations` and the ledger's `yearly`
    counts the two are compared; with the `raws` their total rows; with `areas` a sentence names an area, not its code.
    Raises ParameterError when `until` is no period.
    """
    parts = [check(records) for check in (repeated, grades, deaths_in_text, heaps, unknown_shares)]
    parts += [silences(records, areas), future_dates(records, until), total_rows(raws)]
    if observations is not None and yearly is not None:
        parts.append(against_published(yearly, observations, areas))
    found = [row for part in parts for row in part.to_dict("records")]
    return table(FINDINGS, sorted(found, key=lambda row: (row["file"], row["sheet"], row["row"])))


def repeated(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records that tell an accident of another record again, each with the one it repeats.

    `duplicate`: alike in everything but the number; `near_duplicate`: as `duplicates.pairs` says. Raises nothing.
    """
    rows = []
    pairs = duplicates.pairs(records)
    later, earlier = (
        records.loc[places].to_dict("records") for places in ([p.later for p in pairs], [p.earlier for p in pairs])
    )
    for pair, record, other in zip(pairs, later, earlier, strict=True):
        told = {
            "accident": other["accident_id"], "place": _place(other),
            "observed": pair.observed, "expected": _about(pair.expected),
        }  # fmt: skip
        if pair.likeness.exact:
            what = Message(
                "alike in everything to accident '{accident}' ({place}); pairs as alike as this: {observed}, "
                "by chance about {expected}", **told
            )  # fmt: skip
            rows.append(_of_record("duplicate", record, "accident_id", what))
            continue
        same = [SHARED[name] for name in pair.likeness.same] + [Message("wording")] * pair.likeness.texts
        what = Message(
            "may be accident '{accident}' again ({place}): one district and number of deaths, a day apart at most, and "
            "the same {same}; pairs as alike as this: {observed}, by chance about {expected}", same=same, **told
        )  # fmt: skip
        rows.append(_of_record("near_duplicate", record, "accident_id", what))
    return table(FINDINGS, rows)


SHARED = {
    "field": Message("field"),
    "kind": Message("kind"),
    "industry": Message("industry"),
    "serious_injuries": Message("serious injuries"),
    "loss_10k_yuan": Message("loss"),
}


def grades(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records whose stated grade is not the one that deaths, injuries and loss give by order 493.

    Where injuries or loss are unknown only a grade below the least possible one is doubted. Before June 2007 the words
    meant other bounds, of deaths alone, and on the road yet others, which are left alone. Raises nothing.
    """
    if "grade_stated" not in records:
        return table(FINDINGS, [])
    early = _before_493(records)
    told = records["grade_stated"].ne("") & ~(early & records["field"].isin(["road_transport", UNKNOWN]))
    rows, by_deaths = records[told], early[told]
    criteria = rows[list(CRITERIA)].mask(by_deaths, math.nan).assign(deaths=rows["deaths"])
    given, stated = grade(criteria).map(LADDER.index), _stated_grades(rows).map(LADDER.index, na_action="ignore")
    whole = by_deaths | criteria.notna().all(axis=1)
    found = rows.assign(given=given)[(stated < given) | (whole & (stated > given))]
    return table(FINDINGS, (_graded(row) for row in found.to_dict("records")))


CRITERIA = ("serious_injuries", "loss_10k_yuan")


def _graded(row: Mapping[str, Any]) -> Finding:
    what = Message(
        "stated as {stated}, but {deaths} deaths, {injuries} serious injuries and a loss of {loss} (10,000 yuan): "
        "{given}", stated=row["grade_stated"], given=names("grades")[LADDER[row["given"]]],
        deaths=number(row["deaths"]), injuries=number(row["serious_injuries"]), loss=number(row["loss_10k_yuan"]),
    )  # fmt: skip
    return _of_record("grade_differs", row, "grade_stated", what)


def _stated_grades(rows: pd.DataFrame) -> pd.Series:
    """Return the grade that each stated word meant on its day; None where it is no grade."""
    early = _before_493(rows)
    firsts = rows["date"].groupby([rows["grade_stated"], early]).first()
    meant = {key: grade_of(key[0], date) for key, date in firsts.items()}
    keys = zip(rows["grade_stated"], early, strict=True)
    return pd.Series([meant[key] for key in keys], index=rows.index, dtype=object)


def _before_493(records: pd.DataFrame) -> pd.Series:
    """Say of each record whether it is older than the grades of today, which took force on the first of a month."""
    return (records["date"].str[:MONTH] < ORDER_493[:MONTH]).rename("early")


def deaths_in_text(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records that count other deaths than their own text tells. Raises nothing."""
    if "summary" not in records:
        return table(FINDINGS, [])
    told = records["summary"].map({text: deaths_told(text) for text in records["summary"].unique()}).dropna()
    deaths = records.loc[told.index, "deaths"]
    least, most = (np.array([span[side] for span in told], dtype=float) for side in (0, 1))
    rows_apart = records.loc[told.index[(deaths > most) | (deaths < least)]]
    rows = []
    for place, row in zip(rows_apart.index, rows_apart.to_dict("records"), strict=True):
        what = Message(
            "{deaths} deaths are counted, the record's own text tells {told}; who dies within 30 days (on the road and "
            "in fires 7) counts", deaths=number(row["deaths"]), told=_span(*told[place]),
        )  # fmt: skip
        rows.append(_of_record("deaths_above_text", row, "deaths", what))
    return table(FINDINGS, rows)


def _span(least: int, most: float) -> str:
    return str(least) if least == most else f"{least}–{most:.0f}" if math.isfinite(most) else f"≥ {least}"


class Heap(NamedTuple):
    """Accidents just below a threshold and at it, what share below is expected at most, and the test's p value."""

    below: int
    at: int
    expected: float
    p: float


WINDOWS = {3: 1, 10: 3, 30: 5}  # how many sizes beside the pair tell how steeply the counts fall there
SURE = 0.0005  # the risk that the expected share is higher still, part of every p value


def heap(deaths: pd.Series, threshold: int) -> Heap:
    """Return whether more accidents have one death less than a threshold, against the threshold, than chance gives.

    Of the accidents with t - 1 or t deaths, the share with t - 1 follows from how the counts fall over the sizes on
    both sides: by one ratio from size to size, taken at its lower limit (exact, of the counts beside). Counts of
    accidents fall ever less steeply, so the true share is lower still, and the binomial test errs towards silence. p
    adds the risk that the limit misses (Berger and Boos 1994, Journal of the American Statistical Association 89).
    Raises nothing.
    """
    width = WINDOWS[threshold]
    counts = deaths.value_counts()
    below, at = (int(counts.get(size, 0)) for size in (threshold - 1, threshold))
    lower = sum(int(counts.get(size, 0)) for size in range(threshold - 1 - width, threshold - 1))
    upper = sum(int(counts.get(size, 0)) for size in range(threshold + 1, threshold + 1 + width))
    if upper == 0 or lower == 0 or below + at == 0:
        return Heap(below, at, 1.0, 1.0)  # nothing tells how steeply the counts fall
    share = stats.beta.ppf(SURE, upper, lower + 1)  # Clopper–Pearson, of upper / (upper + lower)
    ratio = (share / (1 - share)) ** (1 / (width + 2))
    expected = float(1 / (1 + min(ratio, 1.0)))
    p = stats.binomtest(below, below + at, expected, alternative="greater").pvalue
    return Heap(below, at, expected, min(1.0, float(p) + SURE))


def heaps(records: pd.DataFrame) -> pd.DataFrame:
    """Return where accidents heap just below a grade's threshold of deaths: some may have been counted down.

    Shown at p < 0.01 / 3, for three thresholds are looked at. Raises nothing.
    """
    rows = []
    for threshold in WINDOWS:
        found = heap(records["deaths"], threshold)
        if found.p < 0.01 / len(WINDOWS):
            what = Message(
                "{below} accidents with {one} deaths stand against {at} with {threshold}, where a grade begins; of {n} "
                "that is {share}, and the sizes beside them give {expected} at most ({p}): counted down, perhaps",
                below=found.below, at=found.at, one=threshold - 1, threshold=threshold, n=found.below + found.at,
                share=percent(found.below / (found.below + found.at)), expected=percent(found.expected),
                p=_p(found.p),
            )  # fmt: skip
            rows.append(_of_ledger("heaping", records, "deaths", str(threshold - 1), what))
    return table(FINDINGS, rows)


def silences(records: pd.DataFrame, areas: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the months without a record, of the whole ledger and of an area, that chance does not explain.

    A silence of some months is shown where the mean of the twelve months before or after it (six at least, the lower of
    the two) makes it improbable: P(0) of a negative binomial count, as wide as the ledger's own months, is below 0.001,
    and so small that in all the months looked at chance gives a fifth of such a silence at most. A month that the whole
    ledger leaves out is said once. Raises nothing.
    """
    if records.empty:
        return table(FINDINGS, [])
    months = records["date"].str[:4].astype(int) * YEAR + records["date"].str[5:MONTH].astype(int) - 1
    calendar = np.arange(months.min(), months.max() + 1)
    counts = pd.crosstab(records["area"], months).reindex(columns=calendar, fill_value=0)
    whole = counts.to_numpy().sum(axis=0, keepdims=True)
    rows = []
    missed: list[int] = []
    for start, stop, expected, p in _improbable_silences(whole[0], _width(whole), whole.size):
        rows.append(_silence(records, None, calendar[start:stop], expected, p, whole.size))
        missed += range(start, stop)
    seen, days = np.delete(counts.to_numpy(), missed, axis=1), np.delete(calendar, missed)
    width = _width(seen)
    for area, series in zip(counts.index, seen, strict=True):
        for start, stop, expected, p in _improbable_silences(series, width, seen.size):
            of = records[records["area"] == area]
            rows.append(_silence(of, _named(str(area), areas), days[start:stop], expected, p, seen.size))
    return table(FINDINGS, rows)


def _width(counts: Counts) -> float:
    """Return how much wider than Poisson monthly counts lie around the mean of their twelve months, at least 1.

    The few months whose silence a Poisson count does not explain are left out: they are what is looked for.
    """
    squares = freedom = 0.0
    for series in counts:
        for start in range(0, len(series), YEAR):
            year = series[start : start + YEAR]
            told = year[year > 0]
            mean = told.mean() if len(told) else 0.0
            few = len(year) - len(told) <= len(year) / 4  # where more are silent, months just differ that much
            kept = told if few and math.exp(-mean) < IMPROBABLE else year
            if len(kept) > 1:
                squares += float(((kept - kept.mean()) ** 2).sum())
                freedom += float(kept.mean() * (len(kept) - 1))
    return max(1.0, squares / freedom) if freedom else 1.0


def _improbable_silences(series: Counts, width: float, looked_at: int) -> Iterator[tuple[int, int, float, float]]:
    """Yield first month, last month + 1, records expected and P(0) of each silence that chance does not explain."""
    silent = np.concatenate([[0], series == 0, [0]])
    edges = np.flatnonzero(np.diff(silent.astype(int)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        sides = (series[max(0, start - YEAR) : start], series[stop:][:YEAR])
        beside = [side.mean() for side in sides if len(side) >= ENOUGH]
        mean = float(min(beside, default=0.0)) * (stop - start)
        p = math.exp(-mean) if width == 1 else width ** (-mean / (width - 1))
        if p < min(IMPROBABLE, BY_CHANCE / looked_at):
            yield int(start), int(stop), mean, p


def _silence(
    records: pd.DataFrame, area: str | None, months: Counts, expected: float, p: float, looked_at: int
) -> Finding:
    first, last = (f"{month // YEAR}-{month % YEAR + 1:02}" for month in (months[0], months[-1]))
    span = first if first == last else f"{first}/{last}"
    told: dict[str, Any] = {"months": span, "expected": _about(expected), "p": _p(p), "looked_at": looked_at}
    if area is None:
        what = Message(
            "no record at all in {months}, where about {expected} were to be expected ({p}; {looked_at} months "
            "looked at): part of the ledger may be missing", **told
        )  # fmt: skip
        return _of_ledger("month_missing", records, "date", span, what)
    what = Message(
        "no record of {area} in {months}, where about {expected} were to be expected ({p}; {looked_at} months of "
        "areas looked at): part of the ledger may be missing", area=area, **told
    )  # fmt: skip
    return _of_ledger("month_missing", records, "date", span, what)


def unknown_shares(records: pd.DataFrame) -> pd.DataFrame:
    """Return how many records do not tell field, scope, injuries, loss, day or grade, and what that costs."""
    rows = []
    for column, unknown, cost in _costs(records):
        if count := int(unknown.sum()):
            what = Message(
                "{count} of {records} records do not tell it: {cost}", count=count, records=len(records), cost=cost
            )  # fmt: skip
            rows.append(_of_ledger("share_unknown", records[unknown], column, percent(count / len(records)), what))
    return table(FINDINGS, rows)


def _costs(records: pd.DataFrame) -> Iterator[tuple[str, pd.Series, Message]]:
    """Yield each column that may be unknown, the records that do not tell it, and what cannot be said without it."""
    yield (
        "field",
        records["field"] == UNKNOWN,
        Message("deaths in coal mines and in industry are left out of every year in which one of them was fatal"),
    )
    yield (
        "counted_from_2016",
        records["counted_from_2016"] == UNKNOWN,
        Message("their years cannot be counted on the definition from 2016"),
    )
    for column in ("serious_injuries", "loss_10k_yuan"):
        yield (
            column,
            records[column].isna(),
            Message("their years are not counted by grade; by deaths alone they are (three, ten, thirty or more)"),
        )
    yield (
        "date",
        records["date"].str.len() == MONTH,
        Message("the day is missing; an accident reported twice is found within a month only by all its other cells"),
    )
    if "grade_stated" in records:
        stated = records["grade_stated"] != ""
        unread = stated & _stated_grades(records).isna()
        yield "grade_stated", unread, Message("the word is none of the grades, so nothing checks it")


def against_published(
    yearly: pd.DataFrame, observations: pd.DataFrame, areas: pd.DataFrame | None = None
) -> pd.DataFrame:  # fmt: skip
    """Return the published counts that a ledger's own yearly counts do not give: same area, measure, scope, period.

    Each is compared as last published; a period of several years with their sum, a rounded figure to its last digit,
    one for part of a period as a lower bound. Estimated and synthetic figures are not compared. Raises nothing.
    """
    counted = yearly[yearly["unit"].isin(COUNTS)].set_index(["area", "measure", "scope", "period"])["value"].to_dict()
    said = observations[observations["unit"].isin(COUNTS) & observations["status"].isin(COMPARED)]
    said = said[~said["file"].isin(yearly["file"].unique())]
    newest = said.groupby(["area", "measure", "scope", "period"])["vintage"].transform("max")
    rows = []
    for row in said[said["vintage"] == newest].to_dict("records"):
        own = [counted.get((row["area"], row["measure"], row["scope"], year)) for year in _years(row["period"])]
        if not own or any(value is None for value in own):
            continue
        total = sum(value for value in own if value is not None)
        if total >= row["value"] if row["status"] == "partial" else abs(total - row["value"]) <= _rounding(row):
            continue
        what = Message(
            "{measure} of {area} in {period} ({scope}): the ledger counts {counted}, {source} has {published}",
            measure=word("measure", row["measure"]), area=_named(row["area"], areas), period=row["period"],
            scope=word("scope", row["scope"]), counted=number(total), source=row["source"],
            published=number(row["value"]),
        )  # fmt: skip
        rows.append(_of_record("published_differs", row, "value", what))
    return table(FINDINGS, rows)


def _years(period: str) -> list[str]:
    """Return the years that a period is made of; none where it is no whole years.

    >>> _years("2018"), _years("2011/2013"), _years("2018-03")
    (['2018'], ['2011', '2012', '2013'], [])
    """
    parts = period.split("/")
    whole = all(is_year(part) for part in parts)
    return [str(year) for year in range(int(parts[0]), int(parts[-1]) + 1)] if whole else []


def _rounding(row: Mapping[str, Any]) -> float:
    """Return half the unit that a rounded figure is given in; nothing of any other."""
    text = f"{row['value']:.0f}"
    return 0.5 * 10 ** (len(text) - len(text.rstrip("0"))) if row["status"] == "rounded" and row["value"] else 0.0


def total_rows(raws: Sequence[RawTable]) -> pd.DataFrame:
    """Return the total rows of raw tables that are not the sum of their parts, as `layouts` noted them."""
    rows = []
    for raw in raws:
        totals = {note.line for note in raw.notes if note.kind == "total_set_aside"}
        for note in raw.notes:
            if note.kind == "unsure" and note.line and note.line in totals:
                of = {"file": raw.path.name, "sheet": raw.sheet, "row": note.line}
                rows.append({**of, "kind": "total_differs", "column": "", "value": "", "what": note.what, "status": ""})
    return table(FINDINGS, rows)


def future_dates(records: pd.DataFrame, until: str) -> pd.DataFrame:
    """Return the accidents dated after a period or day: none of them could be known by then.

    Without `until` there are none. Raises ParameterError when it is no period.
    """
    last = end(until).isoformat() if until else ""
    late = records[records["date"] > last] if last else records.iloc[:0]
    return table(
        FINDINGS,
        (
            _of_record("future_date", row, "date", Message("{date} lies after {until}", date=row["date"], until=until))
            for row in late.to_dict("records")
        ),
    )


def _of_record(kind: str, record: Mapping[str, Any], column: str, what: Message) -> Finding:
    """Return a finding about a cell of a record."""
    return {
        "kind": kind, "file": record["file"], "sheet": record.get("sheet", ""), "row": record["row"], "column": column,
        "value": as_text(record[column]), "what": what, "status": record["status"],
    }  # fmt: skip


def _of_ledger(kind: str, records: pd.DataFrame, column: str, value: str, what: Message) -> Finding:
    """Return a finding about records together."""
    return {
        "kind": kind, "file": ", ".join(sorted(records["file"].unique())), "sheet": "", "row": 0, "column": column,
        "value": value, "what": what, "status": weakest(records["status"].unique()),
    }  # fmt: skip


def _named(area: str, areas: pd.DataFrame | None) -> str:
    """Return an area's name, or its code where no names are given."""
    if areas is None or area not in set(areas["area"]):
        return area
    name: str = areas.set_index("area").at[area, "name"]
    return name


def _place(record: Mapping[str, Any]) -> Message:
    """Return where a record stands."""
    if record["sheet"]:
        return Message(
            "{file}, sheet '{sheet}', row {row}", file=record["file"], sheet=record["sheet"], row=record["row"]
        )
    return Message("{file}, row {row}", file=record["file"], row=record["row"])


def _about(value: float) -> str:
    """Return a number that is itself uncertain, with one significant digit below one.

    >>> _about(0.0432), _about(12.4)
    ('0.04', '12')
    """
    return f"{value:.0f}" if value >= 1 else f"{float(f'{value:.1g}'):f}".rstrip("0")


def _p(value: float) -> str:
    """Return a p value with its sign.

    >>> _p(0.00043), _p(3e-12)
    ('p = 0.0004', 'p < 0.0001')
    """
    return "p < 0.0001" if value < 1e-4 else f"p = {_about(value)}"
