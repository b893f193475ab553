"""What moved in the districts since the baseline: who beyond noise, and whose share the city's change is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from zzlib.comparisons import e_test
from zzlib.district_counts import FALSE_NAMES, Events, checked, events, refuse_scale
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.schema import CONTRIBUTIONS, MOVEMENTS, STATUSES, VARIANCE_RATIO, columns, weakest

Floats = NDArray[np.float64]


def changes(
    before: pd.DataFrame, after: pd.DataFrame, *, per: float = 1.0, variance_ratio: float = VARIANCE_RATIO
) -> pd.DataFrame:
    """Return one row a district: the change of its rate between two periods, with limits and the test of two counts.

    `before` and `after` as the `counts` of `districts.rates`, of the same areas. On fatal accidents where both tell
    them, else on deaths of a wider variance: `change` = r₁/r₀ - 1, its exact 95 % limits from the binomial of x₁ given
    x₀ + x₁; `p` by the E-test; `p_adjusted`, `named` and `trend` by Benjamini and Hochberg at 10 % over the districts.
    In the order of `after`. What cannot be said is empty, with the reason.

    Raises DataError naming all rows that cannot stand or have no partner, ParameterError for a wrong scale. Source:
    docs/methods.md.

    >>> before = pd.DataFrame({"area": ["A", "B"], "deaths": [30, 6], "exposure": [10, 10]})
    >>> after = pd.DataFrame({"area": ["A", "B"], "deaths": [9, 2], "exposure": [10, 10]})
    >>> changes(before, after, variance_ratio=1)[["area", "change", "p", "p_adjusted", "trend"]].round(3)
      area  change      p  p_adjusted    trend
    0    A  -0.700  0.001       0.001  falling
    1    B  -0.667  0.175       0.175
    """
    refuse_scale(per, variance_ratio)
    first, then = _paired(before, after, ["area"])
    was, now = events(first, variance_ratio, together=then), events(then, variance_ratio, together=first)
    exposures = first["exposure"].to_numpy(), then["exposure"].to_numpy()
    p = _tested(was, now, exposures)
    adjusted = np.full(len(p), np.nan)
    adjusted[p == p] = stats.false_discovery_control(p[p == p]) if (p == p).any() else []
    change, lower, upper = _change(was, now, exposures)
    named = adjusted <= FALSE_NAMES
    answer = then.assign(
        deaths_before=first["deaths"].to_numpy(),
        rate_before=first["deaths"].to_numpy() / exposures[0] * per,
        rate=then["deaths"].to_numpy() / exposures[1] * per,
        tested=now.tested,
        tested_rate_before=was.count / exposures[0] * per,
        tested_rate=now.count / exposures[1] * per,
        change=change, change_lower=lower, change_upper=upper,
        p=p, p_adjusted=adjusted, named=named,
        trend=np.select([named & (change < 0), named], ["falling", "rising"], ""),
        status=_statuses(first, then),
        reason=pd.Series([_reason(*pair) for pair in zip(was.count, now.count, strict=True)], then.index, dtype=object),
    )  # fmt: skip
    ordered: pd.DataFrame = MOVEMENTS.validate(answer.sort_index()[columns(MOVEMENTS)])
    return ordered


def contributions(before: pd.DataFrame, after: pd.DataFrame, *, per: float = 1.0) -> pd.DataFrame:
    """Return one row a district, or a district and sector: its part of the change of the city's rate, Σd/Σb.

    `before` and `after` as in `changes`; with a column `field` one row an area and field, the exposure of an area the
    same in all its rows. A cell d = deaths / Σb is risk r = d/b times weight s = b/Σb; `contribution` = r₁s₁ - r₀s₀ =
    `risk` + `weight`, and all contributions add up to the city's change. LMDI: L ln(r₁/r₀) + L ln(s₁/s₀), L =
    (c₁ - c₀)/ln(c₁/c₀); where a cell is zero Shapley: (r₁ - r₀)(s₀ + s₁)/2 + (s₁ - s₀)(r₀ + r₁)/2. In deaths per `per`.

    Raises DataError as `changes`, and where an area's exposure differs between its rows. Source: Ang (2005), Energy
    Policy 33, 867-871, for LMDI; Shapley (1953) as Sun (1998), Energy Economics 20, 85-100.

    >>> before = pd.DataFrame({"area": ["A", "B"], "deaths": [30, 10], "exposure": [10, 10]})
    >>> after = pd.DataFrame({"area": ["A", "B"], "deaths": [30, 0], "exposure": [12, 8]})
    >>> contributions(before, after)[["area", "contribution", "risk", "weight", "method"]].round(3)
      area  contribution   risk  weight   method
    0    A           0.0 -0.273   0.273     lmdi
    1    B          -0.5 -0.450  -0.050  shapley
    """
    refuse_scale(per, 1.0)
    key = ["area", "field"] if "field" in before or "field" in after else ["area"]
    first, then = _paired(before, after, key)
    whole = [_whole(table) for table in (first, then)]
    exposures = [table["exposure"].to_numpy() for table in (first, then)]
    deaths = [table["deaths"].to_numpy() for table in (first, then)]
    risk = [count / exposure * per for count, exposure in zip(deaths, exposures, strict=True)]
    weight = [exposure / total for exposure, total in zip(exposures, whole, strict=True)]
    cell = [r * s for r, s in zip(risk, weight, strict=True)]
    zero = (cell[0] == 0) | (cell[1] == 0)
    shapley = (risk[1] - risk[0]) * (weight[0] + weight[1]) / 2
    difference = cell[1] - cell[0]
    with np.errstate(divide="ignore", invalid="ignore"):  # the branch not taken
        log = np.log(cell[1] / cell[0])
        middle = np.where(np.abs(log) > 1e-9, difference / log, cell[0])  # the limit where nothing changed
        lmdi = middle * np.log(risk[1] / risk[0])
    of_risk = np.where(zero, shapley, lmdi)
    answer = then.assign(
        field=then.get("field", ""),
        deaths_before=deaths[0],
        contribution=difference,
        risk=of_risk,
        weight=difference - of_risk,
        method=np.where(zero, "shapley", "lmdi"),
        status=_statuses(first, then),
    )
    ordered: pd.DataFrame = CONTRIBUTIONS.validate(answer.sort_index()[columns(CONTRIBUTIONS)])
    return ordered


def _paired(before: pd.DataFrame, after: pd.DataFrame, key: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables checked, in the order of their keys, or refuse them with the faults of both."""
    tables, faults = [], []
    for name, table in ((Message("before"), before), (Message("after"), after)):
        try:
            tables.append(checked(table, key=key))
        except DataError as refusal:
            faults += [_placed(fault, name) for fault in refusal.faults]
    if faults:
        raise DataError(faults)
    first, then = tables
    keys = [set(table[key].itertuples(index=False, name=None)) for table in tables]
    alone = [(pair, Message("after")) for pair in sorted(keys[0] - keys[1])]
    alone += [(pair, Message("before")) for pair in sorted(keys[1] - keys[0])]
    if alone:
        raise DataError(
            Fault(Message("{name} is missing", name=" ".join(pair)), where=name,
                  remedy=Message("Give the same districts in both periods; a count of zero is a row."))
            for pair, name in alone
        )  # fmt: skip
    return first, then


def _placed(fault: Fault, table: str) -> Fault:
    where = Message("{table}, {place}", table=table, place=fault.where) if fault.where else table
    return Fault(fault.what, where=where, why=fault.why, remedy=fault.remedy)


def _whole(table: pd.DataFrame) -> float:
    """Return the exposure of all areas, each counted once."""
    by_area = table.groupby("area")["exposure"]
    differing = by_area.nunique()
    if (differing > 1).any():
        raise DataError(
            Fault(Message("the exposure of {area} differs between its rows", area=area),
                  remedy=Message("Give one exposure an area; a sector's part of a district's rate has the district's."))
            for area in differing[differing > 1].index
        )  # fmt: skip
    return float(by_area.first().sum())


def _tested(was: Events, now: Events, exposures: tuple[Floats, Floats]) -> Floats:
    rows = zip(was.count, now.count, *exposures, strict=True)
    return np.array([
        e_test(int(one), int(other), exposures=(first, then), variance_ratio=now.ratio) if one + other else np.nan
        for one, other, first, then in rows
    ])  # fmt: skip


def _change(was: Events, now: Events, exposures: tuple[Floats, Floats]) -> tuple[Floats, Floats, Floats]:
    """Return relative changes with exact 95 % limits; infinite above where nothing was counted before."""
    x, y = was.effective, now.effective
    scale = exposures[0] / exposures[1]
    with np.errstate(divide="ignore", invalid="ignore"):  # no event before: no change can be said
        change = np.where(x > 0, y / x * scale - 1, np.nan)
        low = np.where(y > 0, special.betaincinv(y, x + 1, 0.025), 0.0)
        high = np.where(x > 0, special.betaincinv(y + 1, x, 0.975), 1.0)
        lower, upper = (np.where(x > 0, part / (1 - part) * scale - 1, np.nan) for part in (low, high))
    return change, lower, upper


def _reason(was: float, now: float) -> str:
    if not was and not now:
        return Message("Nobody died in either period: there is nothing to compare.")
    return "" if was else Message("Nobody died before: a change cannot be given as a share.")


def _statuses(first: pd.DataFrame, then: pd.DataFrame) -> list[str]:
    pairs = zip(first["status"], then["status"], strict=True)
    return [weakest(status for status in pair if status in STATUSES) for pair in pairs]
