"""Synthetic control: a weighted mean of units without a measure that followed the treated one before it.

Fitted by pysyncon (extra `synthetic-control`), judged by in-space placebos: every donor is treated likewise, as if the
measure had begun there.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.language import Message, percent
from zzlib.schema import SYNTHETIC, table

Floats = NDArray[np.float64]
BLOCK = 3  # months that are added up, for a month of a district is mostly noise
LEAST_BEFORE, LEAST_AFTER = 8, 4  # blocks on either side: two years, one year
LONGEST = 20  # blocks on either side that are used at most
LEAST_DONORS = 3
WORST_FIT = 0.30  # of the treated unit: a mix that did not follow it before tells nothing after
_SCALE = 300.0  # pysyncon's solver stops at an absolute tolerance: too small ends it early, too large loses it


def lacks() -> Message | None:
    """Return why no synthetic control can be fitted here, or None when it can."""
    if find_spec("pysyncon") is not None:
        return None
    return Message("pysyncon is not installed, which fits it: pip install pysyncon")


def synthetic(treated: pd.Series, donors: Mapping[str, pd.Series], start: str, *, status: str = "") -> pd.DataFrame:
    """Return what a synthetic control says of monthly counts around a start: a row a unit, the treated one ("") first.

    Counts of `BLOCK` months, each unit's over its own mean before the start, so that donors may be of any size. Weights
    w ≥ 0, Σ w = 1, minimise the squared distance to the treated unit over the blocks before. `fit`: root mean squared
    distance before, a share of the unit's mean; `ratio`: that after over that before; `change`: counts after over those
    of the mix, less 1; `p`, of the treated unit: the share of all units, itself among them, whose ratio is as large, so
    never below 1/(donors + 1). Every donor is asked the same with the other donors. Where nothing can be asked, or the
    treated unit's fit is worse than `WORST_FIT`, there is one row with the reason. Source: Abadie, Diamond and
    Hainmueller (2010), Journal of the American Statistical Association 105, 493-505.
    """
    units = {"": treated} | {name: one for name, one in donors.items() if name != ""}
    blocks, before = _blocks(pd.DataFrame(units), start)
    reason = lacks() or _refusal(blocks, before)
    if reason is not None:
        return table(SYNTHETIC, [{"series": "", "status": status, "reason": reason}])
    relative = blocks / blocks.iloc[:before].mean()
    rows: list[dict[str, object]] = []
    weights: dict[str, float] = {}
    for name in units:
        others = [one for one in units if one not in ("", name)]
        mix = _weights(relative[name].iloc[:before], relative[others].iloc[:before])
        weights = weights or dict(zip(others, mix.tolist(), strict=True))
        expected = relative[others].to_numpy() @ mix
        off = (relative[name].to_numpy() - expected) ** 2
        fit, after = math.sqrt(off[:before].mean()), math.sqrt(off[before:].mean())
        rows.append({
            "series": name, "weight": math.nan if name == "" else weights[name], "fit": fit,
            "ratio": after / fit if fit > 0 else math.inf, "p": math.nan, "status": status, "reason": "",
            "change": float(relative[name].iloc[before:].sum() / expected[before:].sum() - 1),
        })  # fmt: skip
    nearest = float(str(rows[0]["fit"]))
    if nearest > WORST_FIT:
        reason = Message(
            "the mix that comes nearest was {fit} off a quarter before; beyond {worst} it stands for nothing",
            fit=percent(nearest), worst=percent(WORST_FIT),
        )  # fmt: skip
        return table(SYNTHETIC, [{"series": "", "fit": nearest, "status": status, "reason": reason}])
    ratios = np.array([row["ratio"] for row in rows], dtype=float)
    rows[0]["p"] = float((ratios >= ratios[0]).mean())
    return table(SYNTHETIC, rows)


def _blocks(counts: pd.DataFrame, start: str) -> tuple[pd.DataFrame, int]:
    """Return counts summed over whole blocks that end and begin at the start, and how many lie before it."""
    ordered = counts.sort_index()
    earlier, later = ordered[ordered.index < start], ordered[ordered.index >= start]
    before, after = (min(len(part) // BLOCK, LONGEST) for part in (earlier, later))
    used = pd.concat([earlier.iloc[len(earlier) - before * BLOCK :], later.iloc[: after * BLOCK]])
    return used.groupby(np.arange(len(used)) // BLOCK).sum(min_count=BLOCK), before


def _refusal(blocks: pd.DataFrame, before: int) -> Message | None:
    donors = blocks.shape[1] - 1
    if donors < LEAST_DONORS:
        return Message("{needed} donors are needed, there are {donors}", needed=LEAST_DONORS, donors=donors)
    if before < LEAST_BEFORE or len(blocks) - before < LEAST_AFTER:
        return Message(
            "{before} months are needed before and {after} after", before=LEAST_BEFORE * BLOCK,
            after=LEAST_AFTER * BLOCK,
        )  # fmt: skip
    if blocks.isna().any(axis=None):
        return Message("the count of a month is not known")
    if (blocks.iloc[:before].sum() == 0).any():
        return Message("nothing happened on one side, which a regression cannot weigh")
    return None


def _weights(treated: pd.Series, donors: pd.DataFrame) -> Floats:
    """Return the weights of donors, shape (donors,), by pysyncon: plain squared distance over all rows."""
    logging.getLogger("matplotlib").setLevel(
        logging.ERROR
    )  # pysyncon imports it; it would speak of its cache on a page
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its docstrings, on the first import
        from pysyncon import Synth

    own = treated.rename("treated")
    # It divides each row by its spread over the units; V takes that back, so that every block counts the same.
    spread = pd.concat([donors, own], axis=1).std(axis=1)
    told = spread > 0
    fitted = Synth()
    fitted.fit(
        X0=donors[told], X1=own[told], Z0=donors[told], Z1=own[told],
        custom_V=(_SCALE * spread[told] ** 2).to_numpy(),
    )  # fmt: skip
    found = np.clip(np.asarray(fitted.W, dtype=float), 0.0, None)
    return np.asarray(found / found.sum(), dtype=float)
