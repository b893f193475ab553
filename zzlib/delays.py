"""Reporting delay: how much of a month is known when it is first delivered, and how much of that is withdrawn later.

Learnt from pairs of deliveries of one ledger. What is not delivered yet is not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.deliveries import deliveries
from zzlib.ledger import MONTH, unseen_months
from zzlib.months import last_complete
from zzlib.schema import DELAYS, table

Floats = NDArray[np.float64]
LAGS = 12  # months after which a month counts as settled
COLUMNS = ("lag", "first", "final", "late", "gone")
_LATE = np.linspace(0.0, 0.95, 39)  # share of a month that is late at its first delivery
_STAYS = np.linspace(0.0, 0.9, 19)  # of what is late, the part that is still late a month on
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
    delivery covers, fewer than `LAGS` before its last one. `measure` is deaths or accidents.

    >>> first = pd.DataFrame({"accident_id": ["A1"], "date": ["2018-03-31"], "area": ["410102"], "deaths": [1.0],
    ...                       "file": ["old.csv"], "sheet": [""], "row": [2]})
    >>> then = pd.concat([first, first.assign(accident_id="A2", date="2018-03-02", row=3)], ignore_index=True)
    >>> told([first, then.assign(file="new.csv")]).to_numpy().tolist()
    [[0.0, 1.0, 2.0, 1.0, 0.0]]
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
    found = pd.DataFrame(columns).assign(lag=[lags[month] for month in months])
    return found.assign(first=found["final"] - found["late"] + found["gone"])[list(COLUMNS)]


def fit(rows: pd.DataFrame) -> Delay:
    """Return the delay that rows of `told` show.

    The share late at lag k is p θ^k; of a month's final count the late part is binomial. p and θ are averaged over a
    flat grid by their likelihood, so that few rows give a wide answer and none at all gives no delay. What is withdrawn
    is a share of what was delivered. Source: the reporting-triangle of Lawless (1994), Canadian Journal of Statistics
    22, 15-31, with a geometric delay.

    >>> rows = pd.DataFrame({"lag": [0.0, 1, 2], "first": [60.0, 90, 98], "final": [100.0, 100, 100],
    ...                      "late": [40.0, 10, 2], "gone": 0.0})
    >>> fit(rows).known[:3].round(2)
    array([0.6 , 0.9 , 0.97])
    """
    if rows.empty or rows["final"].sum() == 0:
        return NONE
    late, stays = (part.ravel() for part in np.meshgrid(_LATE, _STAYS, indexing="ij"))
    lag, final, behind = (rows[name].to_numpy(float) for name in ("lag", "final", "late"))
    share = np.clip(late[:, None] * stays[:, None] ** lag, 1e-6, 1 - 1e-6)
    likelihood = (behind * np.log(share) + (final - behind) * np.log1p(-share)).sum(axis=1)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    known = 1 - late[:, None] * stays[:, None] ** np.arange(LAGS)
    mean = weight @ known
    error = np.sqrt(np.maximum(weight @ known**2 - mean**2, 0.0))
    gone = float(rows["gone"].sum() / (rows["first"].sum() + _SURE))
    return Delay(mean, error, gone)


def final(delivered: Floats, expected: Floats, known: Floats, gone: float) -> Floats:
    """Return the final count to be expected of months: delivered less what is withdrawn, and what is still to come.

    delivered (1 - gone) + expected (1 - known): given the month's expected count, what is late is independent of what
    came (Poisson thinning), so a first delivery of zero is not scaled up to zero.

    >>> final(np.array([8.0, 0.0]), np.array([10.0, 10.0]), np.array([0.7, 0.7]), 0.0).round(2).tolist()
    [11.0, 3.0]
    """
    return np.asarray(delivered * (1 - gone) + expected * (1 - known), dtype=float)
