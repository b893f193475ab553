"""The seasonal share: how much of a year's deaths has fallen by the end of each month, learnt from earlier years."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]
WEIGHT = 60.0  # deaths that the shape of all together weighs as much as, beside a part's own
LEAST_YEARS = 3  # with fewer whole years the share of a year is that of its months


class Season(NamedTuple):
    """Shares of a year's deaths that fall up to the end of each month, how wide a year varies, and what it rests on.

    `shares`, shape (12,), the last being 1; `dispersion` of a year's shares beside a multinomial; deaths and years
    behind them.
    """

    shares: Floats
    dispersion: float
    deaths: float
    years: int

    def interval(self, month: int, total: float, *, level: float = 0.8) -> tuple[float, float]:
        """Return the interval for the share of a year with `total` deaths that falls by the end of a month.

        Beta with mean S and variance φ S (1 - S) (1/total + 1/deaths): a year's own chance and what was learnt.

        >>> low, high = Season(np.arange(1, 13) / 12, 1.0, 600.0, 6).interval(6, 90.0)
        >>> round(low, 2), round(high, 2)
        (0.43, 0.57)
        """
        share = float(self.shares[month - 1])
        if month == 12 or not 0 < share < 1 or total <= 0:
            return share, share
        spread = self.dispersion * (1 / total + 1 / max(self.deaths, 1.0))
        strength = max(1 / spread - 1, 0.5)
        low, high = stats.beta.ppf([(1 - level) / 2, (1 + level) / 2], share * strength, (1 - share) * strength)
        return float(low), float(high)


def season(years: ArrayLike, *, whole: Season | None = None) -> Season:
    """Return the season learnt from whole years of counts by month, shape (years, 12).

    The share of a month is its part of all deaths of those years. Of a part (a field, a district) give the season of
    the `whole`, which weighs as much as `WEIGHT` deaths. φ = Σ n (s - S)² / (S (1 - S)) over the cumulative shares s
    of the years, divided by (years - 1) and averaged over the months, at least 1; of a part that of the whole. With
    fewer than `LEAST_YEARS` years and no whole a month has its share of the days. Source: docs/methods.md.

    >>> season([[1] * 6 + [3] * 6] * 4).shares[5]
    np.float64(0.25)
    """
    counts = np.atleast_2d(np.asarray(years, dtype=float))
    counts = counts[np.isfinite(counts).all(axis=1)] if counts.size else np.zeros((0, 12))
    total = counts.sum()
    if whole is not None:
        monthly = np.diff(whole.shares, prepend=0.0)
        shares = (counts.sum(axis=0) + WEIGHT * monthly) / (total + WEIGHT)
        return Season(_closed(np.cumsum(shares)), whole.dispersion, float(total + WEIGHT), len(counts))
    if len(counts) < LEAST_YEARS or total == 0:
        return Season(_closed(np.cumsum(np.array(_DAYS) / sum(_DAYS))), 1.0, float(WEIGHT), len(counts))
    overall = np.cumsum(counts.sum(axis=0)) / total
    each = counts.sum(axis=1)
    told = each > 0
    by_year = np.cumsum(counts[told], axis=1) / each[told, None]
    inside = (overall > 0) & (overall < 1)
    off = (each[told, None] * (by_year - overall) ** 2 / np.where(inside, overall * (1 - overall), 1.0))[:, inside]
    dispersion = float(off.sum(axis=0).mean() / max(told.sum() - 1, 1)) if inside.any() else 1.0
    return Season(_closed(overall), max(1.0, dispersion), float(total), len(counts))


_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _closed(shares: Floats) -> Floats:
    """Return cumulative shares that end with exactly one."""
    return np.concatenate([shares[:-1], [1.0]])
