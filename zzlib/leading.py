"""Leading indicators: what is done (inspections, training) and reached (hazards rectified), and what followed.

An association between work and later accidents is no effect: more is inspected where more happens.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from zzlib.language import Message
from zzlib.periods import bounds, is_year
from zzlib.schema import LEADING, LEADING_INDICATORS, table, weakest

LAGS = (1, 2, 3)  # periods by which an outcome may follow
LEAST = 12  # pairs of changes that an association needs


def leading(observations: pd.DataFrame, outcome: pd.Series) -> pd.DataFrame:
    """Return coverage, trend and lagged association of each leading measure: shape of `schema.LEADING_INDICATORS`.

    `observations` are those of one area, one figure a period; `outcome` counts by month (2018-03). Months are compared
    with months, quarters with quarters, else years. Trend: Theil and Sen's slope of the log a year with its 95 %
    interval, from four figures above zero on. Association: Spearman's correlation of changes between periods with the
    changes of the outcome one to three periods later, at the lag with the smallest p, which is multiplied by their
    number (Bonferroni), from `LEAST` pairs on; changes, since two trends always correlate. Raises nothing. Source: Sen
    (1968), Journal of the American Statistical Association 63, 1379-1389.

    >>> none = pd.DataFrame({"measure": [], "period": [], "value": [], "status": []})
    >>> leading(none, pd.Series(dtype=float))["periods"].sum()
    np.float64(0.0)
    """
    rows = []
    for measure, role in LEADING.items():
        mine = observations[observations["measure"] == measure]
        row: dict[str, object] = {
            "measure": measure, "role": role, "periods": 0, "first": "", "last": "", "covered_share": 0.0,
            "status": "", "reason": Message("nobody reports it"),
        }  # fmt: skip
        rows.append(row | _told(mine, outcome) if len(mine) else row)
    return table(LEADING_INDICATORS, rows)


def _told(mine: pd.DataFrame, outcome: pd.Series) -> dict[str, object]:
    length = next((n for n in (1, 3, 12) if (mine["period"].map(_months) == n).any()), 12)
    kept = mine[mine["period"].map(_months) == length]
    values = pd.Series(kept["value"].to_numpy(float), index=kept["period"].map(_start)).sort_index()
    full = pd.RangeIndex(int(values.index.min()), int(values.index.max()) + 1, length)
    found: dict[str, object] = {
        "periods": len(values), "first": kept["period"].min(), "last": kept["period"].max(),
        "covered_share": len(values) / len(full), "value": values.iloc[-1], "status": weakest(kept["status"]),
        "reason": "",
    }  # fmt: skip
    positive = values[values > 0]
    if len(positive) >= 4:
        slope, _, low, high = stats.theilslopes(np.log(positive), positive.index.to_numpy(float) / 12, 0.95)
        found |= {"yearly_change": math.expm1(slope), "yearly_lower": math.expm1(low), "yearly_upper": math.expm1(high)}
    return found | _association(values.reindex(full), outcome, length)


def _association(values: pd.Series, outcome: pd.Series, length: int) -> dict[str, object]:
    monthly = pd.Series(outcome.to_numpy(float), index=[_start(period) for period in outcome.index])
    later = pd.Series(
        [monthly.reindex(range(start, start + length)).sum(min_count=length) for start in _reach(values, length)],
        index=_reach(values, length), dtype=float,
    ).diff()  # fmt: skip
    found = []
    for lag in LAGS:
        pairs = pd.concat([values.diff(), later.shift(-lag).reindex(values.index)], axis=1).dropna()
        if len(pairs) >= LEAST and (pairs.nunique() > 1).all():
            test = stats.spearmanr(pairs.iloc[:, 0], pairs.iloc[:, 1])
            found.append((float(test.pvalue), lag, float(test.statistic)))
    found = [one for one in found if math.isfinite(one[0])]
    if not found:
        return {"reason": Message("too few periods for an association: {needed} are needed", needed=LEAST)}
    p, lag, association = min(found)
    return {"lag": lag, "association": association, "p": min(1.0, p * len(LAGS))}


def _reach(values: pd.Series, length: int) -> range:
    return range(int(values.index[0]), int(values.index[-1]) + 1 + length * max(LAGS), length)


def _months(period: str) -> int:
    """Return how many months a period lasts, 0 where it is not one of 1, 3 or 12."""
    if is_year(period):
        return 12
    first, last = bounds(period)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return months if months in (1, 3) and "/" not in period else 0


def _start(period: str) -> int:
    first, _ = bounds(period)
    return first.year * 12 + first.month - 1
