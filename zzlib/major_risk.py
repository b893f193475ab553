"""The chance of a major accident: at least one with three, ten or thirty deaths in the next twelve months.

Such accidents are so rare that a city's own record says little; the interval says how little.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zzlib.forecast import NEVER_SURE
from zzlib.schema import MAJOR_RISK, table

Floats = NDArray[np.float64]
SIZES = (3, 10, 30)  # the lower bounds of order 493 by deaths: larger, major, extraordinary
FROM = 3  # the tail is fitted to accidents with so many deaths or more
SHAPES = np.linspace(0.3, 5.0, 236)  # exponents α of the tail that are weighed
USUAL, USUAL_SD = 2.0, 0.7  # what is expected of α before the record is read: a judgement, and a wide one
DRAWS = 20_000


def major_risk(sizes: ArrayLike, years: float, *, status: str = "", level: float = 0.95) -> pd.DataFrame:
    """Return the probability of at least one accident of each of `SIZES` within twelve months (`schema.MAJOR_RISK`).

    `sizes` are the deaths of the accidents of some years. Accidents with `FROM` deaths or more come as a Poisson
    process whose rate has Jeffreys' prior, λ ~ Gamma(n + ½, years); of those the share with s deaths or more is
    ((s - ½) / (FROM - ½))^-α, α weighed by its likelihood on the record and a normal prior (`USUAL`, `USUAL_SD`).
    P = 1 - exp(-λ share), its median over both and its interval, at most 1 - `NEVER_SURE`; `observed` is how many the
    record holds. Raises ValueError unless the years are above zero. Source: docs/methods.md; the power law after
    Clauset, Shalizi and Newman (2009), SIAM Review 51, 661-703.

    >>> major_risk([1] * 500 + [3] * 7 + [4] * 10 + [12, 13], 8)["probability"].round(2).to_list()
    [0.91, 0.13, 0.01]
    """
    if years <= 0:
        raise ValueError("a record must last some time")
    deaths = np.asarray(sizes, dtype=float)
    large = deaths[deaths >= FROM]
    random = np.random.default_rng(493)
    rate = random.gamma(len(large) + 0.5, 1 / years, DRAWS)
    shape = random.choice(SHAPES, DRAWS, p=_weights(large))
    rows = []
    for size in SIZES:
        chance = -np.expm1(-rate * _beyond(size, shape))
        at = np.quantile(chance, [(1 - level) / 2, 0.5, (1 + level) / 2])
        low, middle, high = np.minimum(at, 1 - NEVER_SURE)
        rows.append({
            "deaths_from": size, "observed": float((deaths >= size).sum()), "years": float(years),
            "probability": middle, "lower": low, "upper": high, "status": status,
        })  # fmt: skip
    return table(MAJOR_RISK, rows)


def _beyond(size: ArrayLike, shape: Floats) -> Floats:
    """Return the share of accidents of the tail with a size or more."""
    return np.asarray(((np.asarray(size) - 0.5) / (FROM - 0.5)) ** -shape, dtype=float)


def _weights(large: Floats) -> Floats:
    """Return how much each exponent weighs, given the sizes of the tail."""
    log = -(((SHAPES - USUAL) / USUAL_SD) ** 2) / 2
    for size in large:
        log = log + np.log(_beyond(size, SHAPES) - _beyond(size + 1, SHAPES))
    weight = np.exp(log - log.max())
    return np.asarray(weight / weight.sum(), dtype=float)
