"""Reporting delay: how much of a month is known when it is first delivered, and how much of that is withdrawn later.

Learnt from pairs of deliveries of one ledger. What is not delivered yet is not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from zzlib.chances import count_at_most
from zzlib.deliveries import deliveries
from zzlib.ledger import MONTH, unseen_months
from zzlib.months import last_complete
from zzlib.schema import DELAYS, table

Floats = NDArray[np.float64]
LAGS = 12  # months after which a month counts as settled
COLUMNS = ("month", "lag", "first", "final", "late", "gone")  # month: months since year 0
_LATE = np.linspace(0.0, 0.95, 39)  # share of a month that is late at its first delivery
PROMPT = 3.0  # Beta(1, 3) for the share late at first: reports are due within hours, so a quarter by itself
_STAYS = np.linspace(0.0, 0.9, 19)  # of what is late, the part that is still late a month on
_REACH = 10  # standard deviations that what is still to come is looked for in
_SURE = 2.0  # events by which the share withdrawn is drawn to none


class Delay(NamedTuple):
    """What is known of a month by its lag (0: delivered in its first month): shapes (LAGS,).

    `known`: the expected share of the final count delivered by then, with its standard error; `gone`: the share of
    what is delivered that is withdrawn or lowered later.
    """

    known: Floats
    error: Floats
    gone: float

    def at(self, lags: Sequence[int]) -> Floats:
        """Return the share known of months of some lags; settled ones are known whole.

        >>> Delay(np.linspace(0.8, 1, 12), np.zeros(12), 0.0).at([0, 30]).tolist()
        [0.8, 1.0]
        """
        beyond = np.asarray(lags, dtype=int)
        return np.where(beyond < LAGS, self.known[np.clip(beyond, 0, LAGS - 1)], 1.0)

    def error_at(self, lags: Sequence[int]) -> Floats:
        """Return the standard error of the share known of months of some lags; settled ones have none."""
        beyond = np.asarray(lags, dtype=int)
        return np.where(beyond < LAGS, self.error[np.clip(beyond, 0, LAGS - 1)], 0.0)


NONE = Delay(np.ones(LAGS), np.zeros(LAGS), 0.0)  # nothing is known of delays: each count is taken as final


def table_of(delay: Delay) -> pd.DataFrame:
    """Return a delay as a table, one row a lag: shape of `schema.DELAYS`."""
    return table(DELAYS, [
        {"lag": lag, "known": known, "error": error, "gone": delay.gone}
        for lag, (known, error) in enumerate(zip(delay.known, delay.error, strict=True))
    ])  # fmt: skip


def told(delivered: Sequence[pd.DataFrame], *, measure: str = "deaths") -> pd.DataFrame:
    """Return what deliveries of one ledger, oldest first, tell of delay: one row an earlier one and month (`COLUMNS`).

    `first` is the count of a month in the earlier delivery, `final` that in the last one, `late` what was added or
    raised since, `gone` what was withdrawn or lowered; final = first + late - gone. Only months that the earlier
    delivery covers, fewer than `LAGS` before its last one. `measure` is deaths or accidents; `month` counts from
    year 0.

    >>> first = pd.DataFrame({"accident_id": ["A1"], "date": ["2018-03-31"], "area": ["410102"], "deaths": [1.0],
    ...                       "file": ["old.csv"], "sheet": [""], "row": [2]})
    >>> then = pd.concat([first, first.assign(accident_id="A2", date="2018-03-02", row=3)], ignore_index=True)
    >>> told([first, then.assign(file="new.csv")]).to_numpy().tolist()
    [[24218.0, 0.0, 1.0, 2.0, 1.0, 0.0]]
    """
    last = delivered[-1]
    parts = [_compared(earlier, last, measure) for earlier in delivered[:-1]]
    return pd.concat([pd.DataFrame(columns=list(COLUMNS), dtype=float), *parts], ignore_index=True).astype(float)


def _compared(earlier: pd.DataFrame, last: pd.DataFrame, measure: str) -> pd.DataFrame:
    changes, place = deliveries(earlier, last), ["file", "sheet", "row"]

    def by_month(rows: pd.DataFrame, amount: pd.Series | None = None) -> pd.Series:
        each = rows["deaths"] if measure == "deaths" else rows["deaths"] * 0 + 1
        return (each if amount is None else amount).groupby(rows["date"].str[:7]).sum()

    added = last.merge(changes.loc[changes["change"] == "added", place], on=place)
    withdrawn = earlier.merge(changes.loc[changes["change"] == "withdrawn", place], on=place)
    final, late, gone = map(by_month, (last, added, withdrawn))
    if measure == "deaths":
        corrected = changes[(changes["change"] == "changed") & (changes["column"] == "deaths")]
        rows = last.merge(corrected[[*place, "before"]], on=place)
        step = rows["deaths"] - rows["before"].astype(float)
        late = late.add(by_month(rows, step.clip(lower=0)), fill_value=0.0)
        gone = gone.add(by_month(rows, (-step).clip(lower=0)), fill_value=0.0)
    reached = pd.Period(last_complete(earlier["date"], "2999"), "M")
    lags = {str(reached - lag): lag for lag in range(LAGS)}
    # What the earlier delivery does not cover, before its first month or in a hole of it, did not come late.
    holes = unseen_months(earlier["date"])
    months = [month for month in lags if month >= earlier["date"].min()[:MONTH] and month not in holes]
    columns = {name: part.reindex(months, fill_value=0.0) for name, part in
               (("final", final), ("late", late), ("gone", gone))}  # fmt: skip
    found = pd.DataFrame(columns).assign(
        month=[int(month[:4]) * 12 + int(month[5:]) - 1 for month in months], lag=[lags[month] for month in months]
    )
    return found.assign(first=found["final"] - found["late"] + found["gone"])[list(COLUMNS)]


def fit(rows: pd.DataFrame) -> Delay:
    """Return the delay that rows of `told` show.

    The share late at lag k is p θ^k. In a month's youngest delivery the late part of its final count is binomial; in
    each older one it is a binomial part, θ to the months between, of what was late before, so that several deliveries
    of one month are not counted as if they were independent. p and θ are averaged by their likelihood over a grid, flat
    for θ and Beta(1, `PROMPT`) for p: few rows give a wide answer and none at all gives no delay. What is withdrawn is
    a share of what was delivered. Source: the reporting-triangle of Lawless (1994), Canadian Journal of Statistics 22,
    15-31, with a geometric delay.

    >>> rows = pd.DataFrame({"month": [2, 1, 0], "lag": [0.0, 1, 2], "first": [60.0, 90, 98],
    ...                      "final": [100.0, 100, 100], "late": [40.0, 10, 2], "gone": 0.0})
    >>> fit(rows).known[:3].round(2)
    array([0.61, 0.9 , 0.97])
    """
    if rows.empty or rows["final"].sum() == 0:
        return NONE
    late, stays = (part.ravel() for part in np.meshgrid(_LATE, _STAYS, indexing="ij"))
    ordered = rows.sort_values(["month", "lag"])
    earlier = ordered.groupby("month")[["lag", "late"]].shift()
    step = (ordered["lag"] - earlier["lag"]).to_numpy(float)
    lag, final, behind = (ordered[name].to_numpy(float) for name in ("lag", "final", "late"))
    begins = np.isnan(step)
    among = np.where(begins, final, earlier["late"].to_numpy(float))
    behind = np.minimum(behind, among)
    share = np.where(begins, late[:, None] * stays[:, None] ** lag, stays[:, None] ** np.nan_to_num(step))
    share = np.clip(share, 1e-6, 1 - 1e-6)
    likelihood = (behind * np.log(share) + (among - behind) * np.log1p(-share)).sum(axis=1)
    likelihood += (PROMPT - 1) * np.log1p(-late)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    known = 1 - late[:, None] * stays[:, None] ** np.arange(LAGS)
    mean = weight @ known
    error = np.sqrt(np.maximum(weight @ known**2 - mean**2, 0.0))
    gone = float(rows["gone"].sum() / (rows["first"].sum() + _SURE))
    return Delay(mean, error, gone)


class Final(NamedTuple):
    """The final count of what is delivered so far: the whole numbers it may come to, and how probable each is."""

    counts: Floats
    chances: Floats

    def at(self, share: float) -> float:
        """Return the smallest count that the final one does not exceed with this probability.

        >>> Final(np.array([4.0, 5.0]), np.array([0.3, 0.7])).at(0.5)
        5.0
        """
        return float(self.counts[np.searchsorted(np.cumsum(self.chances), share - 1e-12).clip(0, len(self.counts) - 1)])


def final(
    delivered: float, late: float, error: float = 0.0, *, recent: float = 0.0, gone: float = 0.0, ratio: float = 1.0
) -> Final:
    """Return what a delivered count may finally be: delivered - withdrawn + still to come.

    Withdrawn ~ Binomial(recent, gone), `recent` being what is delivered and not settled; still to come is negative
    binomial with mean `late` and variance ratio · late + error², `error` being the standard error of the mean. Given
    what is expected of the months, what is late is independent of what came (Poisson thinning), so a first delivery of
    zero is not scaled up. The median, `at(0.5)`, is the allowance: no other figure lies closer to the final count on
    average. With less than 0.69 still to come it is the delivered count itself. Source: docs/methods.md.

    >>> final(2, 0.6).at(0.5), final(2, 1.2).at(0.5), final(8, 2.4, 0.5).at(0.5)
    (2.0, 3.0, 10.0)
    >>> [final(8, 2.4, 0.5).at(share) for share in (0.1, 0.9)]
    [8.0, 13.0]
    """
    leaving = withdrawals(recent, gone)
    if late > 0:
        width = ratio + error**2 / late
        top = int(late + _REACH * np.sqrt(late * width) + _REACH * width) + 2
        coming = np.diff(count_at_most(np.arange(top), late, width), prepend=0.0)
    else:
        coming = np.ones(1)
    return beside(delivered, leaving, coming)


def withdrawals(recent: float, gone: float) -> Floats:
    """Return the chances that 0, 1, … of some deaths are withdrawn, each with the chance `gone`.

    >>> withdrawals(2, 0.5).round(2).tolist(), withdrawals(7, 0).tolist()
    ([0.25, 0.5, 0.25], [1.0])
    """
    at_risk = round(recent)
    if at_risk == 0 or gone <= 0:
        return np.ones(1)
    return np.asarray(stats.binom.pmf(np.arange(at_risk + 1), at_risk, gone), dtype=float)


def beside(delivered: float, leaving: Floats, coming: Floats) -> Final:
    """Return what a count comes to, given the chances that 0, 1, … of it leave and that 0, 1, … come.

    >>> beside(5, np.array([0.5, 0.5]), np.array([0.5, 0.5]))
    Final(counts=array([4., 5., 6.]), chances=array([0.25, 0.5 , 0.25]))
    """
    chances = np.convolve(leaving[::-1], coming)
    counts = delivered - (len(leaving) - 1) + np.arange(len(chances), dtype=float)
    return Final(counts, chances / chances.sum())
