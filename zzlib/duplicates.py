"""Records that tell one accident twice, told apart from accidents that are alike by chance.

How often alike accidents would stand so close by chance is read off the ledger itself: off pairs just as alike that lie
3 to 31 days apart. Those are two accidents each, and busy districts, seasons and common kinds make as many of them as
they make of chance pairs within a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from zzlib.ledger import MONTH
from zzlib.schema import LEDGER, UNKNOWN, columns

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]

TEXTS = ("organisation", "place", "summary")
CHANCE = 0.1  # of the pairs shown, at most this share would stand there by chance
DAY = len("2018-03-05")
LAGS: Mapping[int, Whole] = {DAY: np.arange(3, 32), MONTH: np.arange(1, 13)}  # days, or months, between two accidents
ALIKE = 0.5  # the share of their letter pairs that two texts about one accident have in common, at least
SIZES = (3, 5, 10, 30, 100)  # alike accidents are weighed against others that are about as common
BUCKETS = len(SIZES) + 1
DETAILS = ("loss_10k_yuan", *TEXTS)  # a rare loss tells more than a round one


class Likeness(NamedTuple):
    """What two records share: columns beside area and deaths, days apart at most, and whether texts must be alike."""

    same: tuple[str, ...]
    within: int
    texts: bool = False
    exact: bool = False


class Pair(NamedTuple):
    """Two records by their index, how they are alike, how many pairs are, and how many of those chance would give."""

    earlier: int
    later: int
    likeness: Likeness
    observed: int
    expected: float


OWN = tuple(name for name in columns(LEDGER) if name not in ("accident_id", "date", "area", "deaths"))
EXACT = Likeness(OWN, within=0, exact=True)
# From the most alike on: one accident reported by two bureaus, or again under another day, field or loss.
NEAR = (
    Likeness(("field", "kind", "industry", "serious_injuries", "loss_10k_yuan"), within=1),
    Likeness(("field",), within=1, texts=True),
    Likeness(("kind",), within=1, texts=True),
    Likeness(("field", "loss_10k_yuan"), within=1),
    Likeness(("kind", "loss_10k_yuan"), within=1),
    Likeness(("field", "kind"), within=1),
    Likeness(("field",), within=1),
    Likeness(("kind",), within=1),
)


@dataclass(frozen=True)
class _Records:
    """Records that may be alike: their index, class of likeness, day, stratum of classes as common, and their texts."""

    index: Whole
    classes: Whole
    times: Whole
    strata: Whole
    texts: pd.DataFrame

    def of(self, stratum: np.integer[Any]) -> _Records:
        """Return the records of a stratum."""
        kept = self.strata == stratum
        return _Records(*(part[kept] for part in (self.index, self.classes, self.times, self.strata, self.texts)))


def pairs(records: pd.DataFrame) -> list[Pair]:
    """Return the pairs that probably are one accident, the most alike first; a record is the later one of one pair.

    Exact pairs are alike in everything but the number of the accident. Near pairs are fatal, of one district and one
    count of deaths, a day apart at most, alike in field or kind and in one of the texts that both have. Pairs as alike
    as these are shown where chance would give at most a tenth of them. Raises nothing.
    """
    found: dict[int, Pair] = {}
    for length, lags in LAGS.items():
        part = records[records["date"].str.len() == length]
        for likeness in (EXACT, *NEAR):
            # A month is no more exact than itself: no accident is known to lie a day apart from another.
            for pair in _beyond_chance(part, likeness if length == DAY else likeness._replace(within=0), lags, found):
                found.setdefault(pair.later, pair)
    return list(found.values())


def _beyond_chance(
    records: pd.DataFrame, likeness: Likeness, lags: Whole, found: Collection[int]
) -> Iterator[Pair]:  # fmt: skip
    """Yield the pairs of one likeness, not found yet, that chance does not explain."""
    rows = _classed(records, likeness)
    span = int(np.ptp(rows.times)) + 1 if len(rows.times) else 0
    usable = [int(lag) for lag in lags if lag < span]
    if not usable or (likeness.texts and rows.texts.columns.empty):
        return
    # Fewer days lie 31 days before another day of the ledger than lie one day before.
    apart = np.sum([_tally(rows, likeness, lag) * span / (span - lag) for lag in usable], axis=0)
    # Two of a day make one pair, two of neighbouring days one for each order: hence 1/2, and 1/2 + 1.
    expected = (apart + 0.5) / len(usable) * (0.5 + likeness.within)
    observed = np.sum([_tally(rows, likeness, lag) for lag in range(likeness.within + 1)], axis=0)
    for stratum in np.flatnonzero(expected <= CHANCE * observed):
        some = rows.of(stratum)
        close = [pair for lag in range(likeness.within + 1) for pair in _close(some, likeness, lag)]
        new = sorted({pair for pair in close if pair[1] not in found})
        if expected[stratum] <= CHANCE * len(new):  # those already found are no evidence for these
            yield from (Pair(*pair, likeness, len(new), float(expected[stratum])) for pair in new)


def _classed(records: pd.DataFrame, likeness: Likeness) -> _Records:
    """Return the records that tell what a likeness rests on, in classes of those that share it."""
    texts = [name for name in TEXTS if name in records]
    if likeness.exact:
        rows, same = records, [*likeness.same, *(name for name in (*TEXTS, "grade_stated") if name in records)]
    else:
        told = [records[name].notna() & ~records[name].isin(["", UNKNOWN]) for name in likeness.same]
        rows, same = records[np.logical_and.reduce([records["deaths"] > 0, *told])], list(likeness.same)
    classes, sizes = _classes(rows, ["area", "deaths", *same])
    _, detailed = _classes(rows, [name for name in same if name in DETAILS])
    strata = (
        np.searchsorted(SIZES, sizes, side="right") * BUCKETS + np.searchsorted(SIZES, detailed, side="right")
    ) * 2
    several = sizes > 1
    parts = (
        rows.index.to_numpy(),
        classes,
        _clock(rows["date"]),
        strata + (rows["deaths"] > 0).to_numpy(),
        rows[texts],
    )
    return _Records(*(part[several] for part in parts))


def _classes(rows: pd.DataFrame, same: list[str]) -> tuple[Whole, Whole]:
    """Return a number for each row, alike for those that share some columns, and how many share them with it."""
    if not same:
        return np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=np.int64)
    classes = rows.groupby(same, dropna=False, sort=False).ngroup().to_numpy(dtype=np.int64)
    return classes, np.bincount(classes)[classes]


def _clock(dates: pd.Series) -> Whole:
    """Return dates as days, or months where they have no day, that can be counted."""
    if dates.str.len().eq(MONTH).all():
        return np.asarray(dates.str[:4].astype(int) * 12 + dates.str[5:].astype(int), dtype=np.int64)
    return np.asarray(dates.to_numpy(dtype="datetime64[D]").astype(np.int64))


def _tally(rows: _Records, likeness: Likeness, lag: int) -> Real:
    """Return how many alike pairs lie so far apart, by stratum."""
    buckets = 2 * BUCKETS**2
    if likeness.texts:
        alike = [rows.strata[i] for i, _ in _alike(rows, likeness, lag)]
        return np.bincount(np.array(alike, dtype=np.int64), minlength=buckets).astype(float)
    # Class and day as one number, so that a class a day later is never another class.
    first = rows.times.min()
    keys = rows.classes * (2 * int(np.ptp(rows.times)) + 2) + rows.times - first
    days, where, counts = np.unique(keys, return_index=True, return_counts=True)
    if lag == 0:
        made = counts * (counts - 1) / 2
    else:
        later = np.minimum(np.searchsorted(days, days + lag), len(days) - 1)
        made = np.where(days[later] == days + lag, counts * counts[later], 0)
    return np.bincount(rows.strata[where], weights=made, minlength=buckets).astype(float)


def _close(rows: _Records, likeness: Likeness, lag: int) -> Iterator[tuple[int, int]]:
    """Yield the index of both records of the pairs so far apart, in the ledger's order."""
    for i, j in _alike(rows, likeness, lag):
        one, other = int(rows.index[i]), int(rows.index[j])
        yield min(one, other), max(one, other)


def _alike(rows: _Records, likeness: Likeness, lag: int) -> list[tuple[int, int]]:
    """Return the places of both records of the pairs so far apart, whose texts are alike or tell nothing."""
    places = np.arange(len(rows.index))
    before = pd.DataFrame({"class": rows.classes, "time": rows.times + lag, "one": places})
    after = pd.DataFrame({"class": rows.classes, "time": rows.times, "other": places})
    both = before.merge(after, on=["class", "time"])
    both = both[both["one"] < both["other"]] if lag == 0 else both
    found = zip(both["one"].to_list(), both["other"].to_list(), strict=True)
    if likeness.exact or rows.texts.columns.empty:
        return list(found)
    say = _texts_alike(rows.texts)
    return [pair for pair in found if say(*pair) or (say(*pair) is None and not likeness.texts)]


def _texts_alike(texts: pd.DataFrame) -> Callable[[int, int], bool | None]:
    """Return a function of two places: whether a text of the two records is alike; None where both have none."""
    kept: dict[int, list[frozenset[str]]] = {}

    def letters(place: int) -> list[frozenset[str]]:
        if place not in kept:
            kept[place] = [_letter_pairs(text) for text in texts.iloc[place]]
        return kept[place]

    def say(one: int, other: int) -> bool | None:
        both = [(a, b) for a, b in zip(letters(one), letters(other), strict=True) if a and b]
        return any(2 * len(a & b) >= ALIKE * (len(a) + len(b)) for a, b in both) if both else None

    return say


def _letter_pairs(text: str) -> frozenset[str]:
    """Return the neighbouring letters of a text, without signs, spaces and what was masked in it.

    >>> sorted(_letter_pairs("顶板 冒落，〔已隐去〕"))
    ['冒落', '板冒', '顶板']
    """
    plain = re.sub(r"〔[^〕]*〕|\W", "", str(text))
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))
