"""Whole numbers add up, follow their weights, and do not depend on the unit in which a weight is told."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zzlib.apportionment import MONOTONE, ROUNDINGS, controlled, room, sainte_lague, shares, unplaced


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[float], int, list[int], list[int]]:
    """Weights, a total that the bounds admit, and the bounds; whole weights, so that ties come up."""
    n = draw(st.integers(1, 7))
    weights = draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    lower = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    upper = [low + draw(st.integers(0, 9)) for low in lower]
    return [float(w) for w in weights], draw(st.integers(*room(weights, lower, upper))), lower, upper


def served_one_by_one(weights: list[float], total: int, lower: list[int], upper: list[int]) -> list[int]:
    """Sainte-Laguë as the textbook tells it: one unit after the other to the largest claim."""
    parts = list(lower)
    while sum(parts) < total:
        claims = [w / (s + 0.5) if s < most else -1.0 for w, s, most in zip(weights, parts, upper, strict=True)]
        claims = [claim if weight else -1.0 for claim, weight in zip(claims, weights, strict=True)]
        parts[claims.index(max(claims))] += 1
    return parts


@given(questions())
def test_divisors_serve_the_largest_claim_first(question: tuple[list[float], int, list[int], list[int]]) -> None:
    assert sainte_lague(*question).tolist() == served_one_by_one(*question)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@given(question=questions(), unit=st.floats(1e-6, 1e6))
def test_parts_add_up_within_bounds_whatever_the_unit(
    rounding: str, question: tuple[list[float], int, list[int], list[int]], unit: float
) -> None:
    weights, total, lower, upper = question
    parts = ROUNDINGS[rounding](weights, total, lower, upper)
    assert parts.sum() == total
    assert (parts >= lower).all()
    assert (parts <= upper).all()
    assert ROUNDINGS[rounding]([unit * w for w in weights], total, lower, upper).tolist() == parts.tolist()


@pytest.mark.parametrize("rounding", MONOTONE)
@given(question=questions())
def test_a_larger_total_takes_nothing_from_anybody(
    rounding: str, question: tuple[list[float], int, list[int], list[int]]
) -> None:
    weights, total, lower, upper = question
    assume(total < room(weights, lower, upper)[1])
    before, after = (ROUNDINGS[rounding](weights, n, lower, upper) for n in (total, total + 1))
    assert (after >= before).all()


def test_largest_remainder_is_not_monotone_and_says_so() -> None:
    ten, eleven = (ROUNDINGS["largest_remainder"]([6, 6, 2], n, [0] * 3, [99] * 3) for n in (10, 11))
    assert (ten[2], eleven[2]) == (2, 1)
    assert "largest_remainder" not in MONOTONE


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_of_equal_claims_the_first_is_served_also_where_floats_tell_them_apart(rounding: str) -> None:
    for weights in ([0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2]):
        assert ROUNDINGS[rounding](weights, 3, [0, 0], [9, 9]).tolist() == [2, 1]


@given(questions())
def test_exact_shares_add_up_and_are_never_further_than_their_bounds(
    question: tuple[list[float], int, list[int], list[int]],
) -> None:
    _, total, lower, upper = question
    exact = shares(*question)
    assert exact.sum() == pytest.approx(total)
    assert (exact >= np.array(lower) - 1e-9).all()
    assert (exact <= np.array(upper) + 1e-9).all()


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_total_outside_the_bounds_is_refused(rounding: str) -> None:
    for total in (1, 8):
        with pytest.raises(ValueError, match=f"from 2 to 7, not {total}"):
            ROUNDINGS[rounding]([1, 1, 0], total, [1, 0, 1], [4, 2, 9])


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A table of weights, some zero, and one of whole numbers with the same zeros, whose margins can be kept."""
    n, k = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    cells = st.lists(st.integers(0, 6), min_size=n * k, max_size=n * k)
    seed = np.array(draw(cells)).reshape(n, k)
    return seed, np.array(draw(cells)).reshape(n, k) * (seed > 0)


@given(tables(), st.sampled_from([0.1, 1.0, 3.7, 1e6]))
@settings(deadline=None)
def test_a_table_keeps_both_margins_and_its_zeros_whatever_the_unit(
    made: tuple[np.ndarray, np.ndarray], unit: float
) -> None:
    seed, like = made
    found = controlled(unit * seed, like.sum(axis=1), like.sum(axis=0))
    assert (found >= 0).all()
    assert found.sum(axis=1).tolist() == like.sum(axis=1).tolist()
    assert found.sum(axis=0).tolist() == like.sum(axis=0).tolist()
    assert (found[seed == 0] == 0).all()


def test_a_table_that_adds_up_already_is_left_as_it_is() -> None:
    table = np.array([[3, 0, 2], [1, 4, 0]])
    assert controlled(table, table.sum(axis=1), table.sum(axis=0)).tolist() == table.tolist()


def test_cells_stay_next_to_their_exact_values() -> None:
    seed = np.full((3, 3), 2.0)
    found = controlled(seed, [4, 4, 4], [4, 4, 4])  # exact: 4/3 in every cell
    assert set(found.ravel().tolist()) == {1, 2}


def test_cells_go_to_the_nearer_whole_number() -> None:
    exact = [[1.8, 0.2, 3.0], [1.2, 0.8, 1.0]]
    assert controlled(exact, [5, 3], [3, 1, 4]).tolist() == [[2, 0, 3], [1, 1, 1]]


def test_margins_that_zeros_do_not_admit_are_refused_with_what_finds_no_cell() -> None:
    seed = [[1, 0], [1, 0], [1, 1]]
    assert unplaced(seed, [2, 2, 1], [2, 3]).tolist() == [0, 2]
    with pytest.raises(ValueError, match="zeros"):
        controlled(seed, [2, 2, 1], [2, 3])
    with pytest.raises(ValueError, match="zeros"):
        controlled([[1, 1]], [3], [1, 1])
    assert unplaced([[0]], [1], [1]).tolist() == [1]
