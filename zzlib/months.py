"""Accidents and deaths by month, area and field, on the count in force from 2016: what monitoring watches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from zzlib.ledger import MONTH, unseen_months
from zzlib.periods import bounds, end
from zzlib.schema import FIELDS, MONTHS, UNKNOWN, table, weakest

MEASURES = ("accidents", "fatal_accidents", "deaths")


def counted(records: pd.DataFrame | None, through: str, whole: str) -> pd.DataFrame:
    """Return counts by month, area and field up to the last complete month of a period (`schema.MONTHS`).

    Only accidents that stay in the count from 2016. Rows with field "" are all fields of the area `whole`, one each
    month, zeros among them; the others are cells in which something happened, with the records behind them and behind
    their fatal accidents. A month in which it is unknown whether a record with deaths stays in the count, or that lies
    in a hole of the ledger (`ledger.unseen_months`), has no number for all fields, and no cell is made up. Complete is
    a month that the records go beyond, or whose last day they reach.

    >>> few = pd.DataFrame({"accident_id": ["A1", "A2"], "date": ["2018-01-05", "2018-02-28"], "deaths": [1.0, 2.0],
    ...     "area": "410102", "field": "fire", "counted_from_2016": "yes", "status": "synthetic"})
    >>> counted(few, "2018-06", "410100")[["area", "field", "period", "deaths"]].to_numpy().tolist()[:3]
    [['410100', '', '2018-01', 1.0], ['410100', '', '2018-02', 2.0], ['410102', 'fire', '2018-01', 1.0]]
    """
    if records is None or records.empty:
        return table(MONTHS, [])
    dated = records.assign(period=records["date"].str[:7])
    dated = dated[dated["period"].str.len() == MONTH]
    until = last_complete(records["date"], through)
    span = pd.period_range(dated["period"].min(), until, freq="M").strftime("%Y-%m")
    dated = dated[dated["period"] <= until]
    status = weakest(dated["status"].unique())
    fatal = dated["deaths"] > 0
    ids = dated["accident_id"]
    mine = dated.assign(
        accidents=1.0, fatal_accidents=fatal.astype(float), records=ids, fatal_records=ids.where(fatal, "")
    )
    stays = mine[mine["counted_from_2016"] == "yes"]
    unsure = set(mine.loc[(mine["counted_from_2016"] == UNKNOWN) & fatal, "period"]) | unseen_months(records["date"])
    city = stays.groupby("period")[list(MEASURES)].sum().reindex(span, fill_value=0.0)
    city.loc[city.index.isin(list(unsure))] = np.nan
    groups = stays.groupby(["area", "field", "period"], as_index=False)
    cells = groups.agg({**dict.fromkeys(MEASURES, "sum"), "records": ", ".join, "fatal_records": _listed})
    everything = city.rename_axis("period").reset_index().assign(area=whole, field="", records="", fatal_records="")
    together = pd.concat([everything, cells])
    return MONTHS.validate(together.assign(status=status)[list(MONTHS.columns)].reset_index(drop=True))


def last_complete(dates: pd.Series, through: str) -> str:
    """Return the last month within a period that records go beyond, or whose last day they reach.

    Records tell only what happened: a quiet end of a month leaves it open, which is the careful side. A record dated
    by its month alone closes the month before: it tells no day that is reached.

    >>> last_complete(pd.Series(["2018-05-31", "2018-06-12"]), "2018-06")
    '2018-05'
    >>> last_complete(pd.Series(["2018-07-01"]), "2018")
    '2018-06'
    >>> last_complete(pd.Series(["2018-06-02", "2018-06"]), "2018-12")
    '2018-05'
    """
    days = [end(day) if len(day) > MONTH else bounds(day)[0] - timedelta(days=1) for day in dates.unique()]
    reached = min(max(days), end(through))
    month = f"{reached:%Y-%m}"
    return month if bounds(month)[1] <= reached else before(month)


def before(month: str, by: int = 1) -> str:
    """Return the month so many before a month.

    >>> before("2018-01"), before("2018-06", 12)
    ('2017-12', '2017-06')
    """
    return str(pd.Period(month, "M") - by)


def spans(months: pd.DataFrame) -> list[str]:
    """Return the months that a table covers, in order: those of its rows for all fields together."""
    return sorted(months.loc[months["field"] == "", "period"])


def known(months: pd.DataFrame, measure: str) -> list[str]:
    """Return the months whose count is known, in order."""
    return sorted(months.loc[(months["field"] == "") & months[measure].notna(), "period"])


def series(
    months: pd.DataFrame, measure: str, *, areas: Sequence[str] = (), fields: Sequence[str] = ()
) -> pd.Series:  # fmt: skip
    """Return one count a month of some areas and fields together; without either, of the whole as it stands there.

    NaN where the month's whole is unknown.

    >>> few = pd.DataFrame({"area": ["C", "A"], "field": ["", "fire"], "period": "2018-01", "deaths": [3.0, 1.0]})
    >>> series(few, "deaths").to_dict(), series(few, "deaths", areas=["A"]).to_dict()
    ({'2018-01': 3.0}, {'2018-01': 1.0})
    """
    whole = months[months["field"] == ""].set_index("period")[measure].sort_index()
    if not areas and not fields:
        return whole
    cells = months[months["field"] != ""]
    cells = cells[cells["area"].isin(areas) | (not areas)]
    cells = cells[cells["field"].isin(fields) | (not fields)]
    counts = cells.groupby("period")[measure].sum().reindex(whole.index, fill_value=0.0)
    return counts.where(whole.notna())


def grid(
    months: pd.DataFrame, measure: str, *, by: Sequence[str]
) -> tuple[list[tuple[str, ...]], np.ndarray]:  # fmt: skip
    """Return counts of cells by `area`, `field` or both, and their keys: shape (cells, months), in the order of keys.

    Of fields all that are watched have a row, of areas those that the records name; with both, every pair of them.
    """
    span = spans(months)
    cells = months[months["field"] != ""]
    every = {"area": sorted(cells["area"].unique()), "field": list(FIELDS)}
    index = pd.MultiIndex.from_product([every[name] for name in by], names=by)
    counts = cells.pivot_table(index=list(by), columns="period", values=measure, aggfunc="sum", fill_value=0.0)
    counts.index = pd.MultiIndex.from_tuples([key if isinstance(key, tuple) else (key,) for key in counts.index])
    full = counts.reindex(index=index, columns=span, fill_value=0.0).to_numpy(float).copy()
    unknown = months[months["field"] == ""].set_index("period")[measure].reindex(span).isna().to_numpy()
    full[:, unknown] = np.nan
    return [tuple(key) for key in index], full


def _listed(ids: pd.Series) -> str:
    return ", ".join(one for one in ids if one)
