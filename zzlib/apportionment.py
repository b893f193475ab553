"""Whole numbers that add up: a total shared in proportion to weights, and tables rounded with both margins kept.

Nothing here knows of deaths, areas or years; `allocation` does. Equal claims go to the part that stands first, so the
caller's order of the parts is the rule for ties. Claims count as equal when they differ by less than a billionth: then
no change of unit can break a tie another way.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, sparse

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_TIE = 1e-9  # relative difference below which two claims are one
_NEAR = 1e-6  # how far either side of the last claim served others are looked at
_HALVINGS = 100
_FITTING = 300  # rounds of proportional fitting; a table that needs more lies on the edge of what its zeros allow
# Of a simplex method, whose corners are whole; to simplify such a flow takes longer than to solve it.
_SOLVER: dict[str, Any] = {"method": "highs-ds", "options": {"presolve": False}}
_PLACES = 9  # digits to which exact cells are taken, so that a change of unit changes none
_FAR = 10.0  # cost of a cell more than one away from its exact value: above what any rounding could gain


def sainte_lague(weights: ArrayLike, total: int, lower: ArrayLike, upper: ArrayLike) -> Whole:
    """Return whole parts, shape (parts,), of a total in proportion to weights, within bounds, by Sainte-Laguë.

    Part i gets its s-th unit with the claim w_i / (s - ½); from `lower` on the largest claims are served, none beyond
    `upper`, until the total is spent. So one more unit takes nothing from any part (monotone), and only the ratios of
    the weights matter. A part of weight zero stays at its lower bound. Raises ValueError when the bounds do not admit
    the total: see `room`. Source: Balinski and Young (2001), Fair representation, 2nd edition, appendix A.

    >>> sainte_lague([53, 24, 23], 7, [0, 0, 0], [9, 9, 9]).tolist()
    [3, 2, 2]
    >>> sainte_lague([53, 24, 23], 7, [0, 0, 3], [3, 9, 9]).tolist()
    [3, 1, 3]
    """
    claims, least, most = _bounded(weights, total, lower, upper)
    if total == least.sum():
        return least
    # The last claim served lies between two prices: at the higher too few units are claimed, at the lower enough.
    high, low = np.log(2 * claims.max()) + 1, np.log(claims[most > least].min() / (2 * most.max() + 2)) - 1
    for _ in range(_HALVINGS):
        middle = (high + low) / 2
        enough = _claimed(claims, np.exp(middle), least, most).sum() >= total
        high, low = (high, middle) if enough else (middle, low)
    parts = _claimed(claims, np.exp(low) * (1 + _NEAR), least, most)
    last = _claimed(claims, np.exp(low) * (1 - _NEAR), least, most)
    who = np.repeat(np.arange(len(claims)), last - parts)
    unit = np.concatenate([np.arange(first, end) for first, end in zip(parts, last, strict=True)])
    served = _first_of_equals(np.log(claims[who]) - np.log(unit + 0.5), who)[: total - parts.sum()]
    return np.asarray(parts + np.bincount(who[served], minlength=len(parts)), dtype=np.int64)


def largest_remainder(weights: ArrayLike, total: int, lower: ArrayLike, upper: ArrayLike) -> Whole:
    """Return whole parts, shape (parts,), of a total in proportion to weights, within bounds, by largest remainder.

    The exact shares clip(m w_i, lower, upper) of the total lose their fractions, and the parts with the largest get one
    back. Not monotone: a larger total can take a unit from a part (the Alabama paradox). Raises ValueError as
    `sainte_lague` does. Source: Balinski and Young (2001), Fair representation, 2nd edition, chapter 5.

    >>> ten, eleven = (largest_remainder([6, 6, 2], n, [0, 0, 0], [9, 9, 9]).tolist() for n in (10, 11))
    >>> ten, eleven
    ([4, 4, 2], [5, 5, 1])
    """
    claims, least, most = _bounded(weights, total, lower, upper)
    exact = shares(claims, total, least, most)
    parts = np.floor(exact + _TIE).astype(np.int64)
    rest = np.where(parts < most, exact - parts, -np.inf)
    parts[_first_of_equals(rest, np.arange(len(parts)))[: total - parts.sum()]] += 1
    return parts


ROUNDINGS = {"sainte_lague": sainte_lague, "largest_remainder": largest_remainder}
MONOTONE = ("sainte_lague",)


def shares(weights: ArrayLike, total: float, lower: ArrayLike, upper: ArrayLike) -> Floats:
    """Return the exact shares, shape (parts,), clip(m w_i, lower, upper) with m such that they add up to the total.

    >>> shares([2, 1, 1], 8, [0, 0, 0], [3, 9, 9]).tolist()
    [3.0, 2.5, 2.5]
    """
    claims, least, most = _bounded(weights, total, lower, upper)
    some = claims > 0
    if not some.any() or total in (least.sum(), most.sum()):
        return np.asarray(least if total == least.sum() else most, dtype=float)
    # Between two bounds that a multiplier reaches, the sum is a straight line.
    turns = np.unique(np.concatenate([least[some] / claims[some], most[some] / claims[some]]))
    at = bisect_left(turns, total, lo=1, hi=len(turns) - 1, key=lambda turn: np.clip(turn * claims, least, most).sum())
    below, above = (np.clip(turn * claims, least, most).sum() for turn in turns[at - 1 : at + 1])
    multiplier = turns[at - 1] + (total - below) / (above - below) * (turns[at] - turns[at - 1])
    return np.asarray(np.clip(multiplier * claims, least, most), dtype=float)


def room(weights: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> tuple[int, int]:
    """Return the smallest and the largest total that parts within bounds can have; one of weight zero cannot grow.

    >>> room([1, 0], [2, 1], [5, 9])
    (3, 6)
    """
    least, most = np.asarray(lower, dtype=np.int64), np.asarray(upper, dtype=np.int64)
    return int(least.sum()), int(np.where(np.asarray(weights, dtype=float) > 0, most, least).sum())


def controlled(table: ArrayLike, rows: ArrayLike, columns: ArrayLike) -> Whole:
    """Return a table of whole numbers, shape (rows, columns), like another one and with given whole margins.

    The table is first fitted to the margins by scaling its rows and columns in turn, then each cell goes to one of its
    two neighbouring whole numbers so that margins hold and the sum of the distances is least (a network flow, whose
    corners are whole); further only where no such table exists. Zeros stay zero. Raises ValueError when no table with
    these zeros has these margins: see `unplaced`. Source: Cox and Ernst (1982), INFOR 20, 423-432; fitting: Deming and
    Stephan (1940), Annals of Mathematical Statistics 11, 427-444.

    >>> controlled([[2, 1], [1, 1]], [2, 2], [3, 1]).tolist()
    [[2, 0], [1, 1]]
    """
    seed, across, down = (np.asarray(part, dtype=float) for part in (table, rows, columns))
    if across.sum() != down.sum() or unplaced(seed, across, down).any():
        raise ValueError("no table with these zeros has these margins")
    result = np.zeros(seed.shape, dtype=np.int64)
    i, j = np.nonzero((seed > 0) & (across[:, None] > 0) & (down > 0))
    if not len(i):
        return result
    exact = _fitted(seed, across, down)[i, j].round(_PLACES)
    whole = np.floor(exact)
    incidence = _incidence(i, j, seed.shape)
    left = np.concatenate([across, down]) - incidence @ whole
    gain = 1 - 2 * (exact - whole)
    near = optimize.linprog(gain, A_eq=incidence, b_eq=left, bounds=(0, 1), **_SOLVER)
    steps = near.x
    if near.status != 0:  # cheap steps of one, and dear ones up or down
        reach = np.concatenate([np.ones(len(whole)), np.full(len(whole), np.inf), whole])
        far = optimize.linprog(
            np.concatenate([gain, np.full(2 * len(whole), _FAR)]),
            A_eq=sparse.hstack([incidence, incidence, -incidence]), b_eq=left,
            bounds=np.column_stack([np.zeros(len(reach)), reach]), **_SOLVER,
        )  # fmt: skip
        one, up, down_again = np.split(far.x, 3)
        steps = one + up - down_again
    result[i, j] = np.rint(whole + steps)
    return result


def unplaced(table: ArrayLike, rows: ArrayLike, columns: ArrayLike) -> Whole:
    """Return how much of each column finds no cell, at best, where the table has zeros, shape (columns,).

    >>> unplaced([[1, 0], [1, 0]], [2, 2], [1, 3]).tolist()
    [0, 3]
    """
    seed, across, down = np.asarray(table), np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32)
    i, j = np.nonzero(seed > 0)
    n, k = seed.shape
    source, sink = n + k, n + k + 1
    pipes = np.concatenate([across, down, np.minimum(across[i], down[j])])
    start = np.concatenate([np.full(n, source), n + np.arange(k), i])
    end = np.concatenate([np.arange(n), np.full(k, sink), n + j])
    graph = sparse.csr_array((pipes, (start, end)), shape=(n + k + 2, n + k + 2))
    flow = sparse.csgraph.maximum_flow(sparse.csr_matrix(graph), source, sink).flow
    return np.asarray(down - flow[n : n + k, [sink]].toarray()[:, 0], dtype=np.int64)


def _bounded(weights: ArrayLike, total: float, lower: ArrayLike, upper: ArrayLike) -> tuple[Floats, Whole, Whole]:
    claims, least = np.asarray(weights, dtype=float), np.asarray(lower, dtype=np.int64)
    most = np.where(claims > 0, np.minimum(np.asarray(upper, dtype=np.int64), max(int(total), 0) + least), least)
    smallest, largest = room(claims, least, np.where(claims > 0, upper, least))
    if (most < least).any() or not smallest <= total <= largest:
        raise ValueError(f"the bounds admit totals from {smallest} to {largest}, not {total}")
    return claims, least, most


def _claimed(claims: Floats, price: float, least: Whole, most: Whole) -> Whole:
    """Return how many units each part claims at a price: those with w / (s - ½) at or above it."""
    # Clipped before it is whole: at a price near zero more is claimed than a whole number can hold.
    return np.asarray(np.clip(np.floor(claims / price + 0.5), least, most), dtype=np.int64)


def _first_of_equals(claims: Floats, who: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the order in which claims are served: the largest first, of equal ones the part that stands first."""
    order = np.argsort(-claims, kind="stable")
    with np.errstate(invalid="ignore"):  # of two claims that are never served
        rank = np.cumsum(np.diff(claims[order], prepend=claims[order][:1]) < -_TIE)
    return np.asarray(order[np.lexsort((who[order], rank))], dtype=np.intp)


def _incidence(i: NDArray[np.intp], j: NDArray[np.intp], shape: tuple[int, ...]) -> sparse.csr_array:
    """Return which cells a row and a column sum up, shape (rows + columns, cells)."""
    cells = np.tile(np.arange(len(i)), 2)
    return sparse.csr_array((np.ones(2 * len(i)), (np.concatenate([i, shape[0] + j]), cells)), (sum(shape), len(i)))


def _fitted(seed: Floats, across: Floats, down: Floats) -> Floats:
    """Return the table scaled by rows and columns in turn until both margins hold."""
    fitted = seed.copy()
    for _ in range(_FITTING):
        for axis, margin in ((1, across), (0, down)):
            sums = fitted.sum(axis=axis)
            fitted *= np.expand_dims(np.divide(margin, sums, out=np.zeros_like(sums), where=sums > 0), axis)
        if np.abs(fitted.sum(axis=1) - across).max(initial=0.0) < _NEAR:
            break
    return fitted
