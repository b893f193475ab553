"""Who moved since the baseline beyond noise, and whose the city's change is."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib.comparisons import e_test
from zzlib.errors import DataError
from zzlib.movements import changes, contributions


def city(deaths: list[int], exposure: list[float] | float = 10.0, **more: Any) -> pd.DataFrame:
    areas = [f"{i:02d}" for i in range(len(deaths))]
    return pd.DataFrame({"area": areas, "deaths": deaths, "exposure": exposure, **more})


def test_two_counts_are_compared_by_the_e_test() -> None:
    pairs = [(0, 3, 0.0884), (6, 2, 0.1749), (25, 16, 0.165), (20, 10, 0.069)]
    first, second, printed = (list(part) for part in zip(*pairs, strict=True))
    found = changes(city(first), city(second), variance_ratio=1)
    assert found["p"].tolist() == pytest.approx(printed, abs=5e-4)
    # Benjamini and Hochberg: the largest of four p stands; 4/3, 4/2 and 4 times the others are larger.
    assert found["p_adjusted"].tolist() == pytest.approx([0.1749] * 4, abs=5e-4)


def test_of_many_districts_one_is_named_only_beyond_what_chance_gives_many() -> None:
    # p = .005 alone would name a district among one; among twenty it does not.
    moved = [(40, 19)] + [(30, 30)] * 19
    few, many = (changes(city([a for a, _ in part]), city([b for _, b in part]), variance_ratio=1)
                 for part in (moved[:1], moved))  # fmt: skip
    assert few.loc[0, "p"] == many.loc[0, "p"] < 0.01
    assert few.loc[0, "trend"] == "falling"
    assert many.loc[0, "p_adjusted"] == pytest.approx(min(1, 20 * many.loc[0, "p"]))
    assert many.loc[0, "trend"] == ""


def test_more_exposure_makes_more_deaths_no_rise() -> None:
    found = changes(city([20, 20], 10.0), city([40, 40], [20.0, 10.0]), variance_ratio=1)
    assert found["change"].tolist() == pytest.approx([0, 1])
    assert found["p"].tolist() == pytest.approx([1, e_test(20, 40)])
    assert found["trend"].tolist() == ["", "rising"]


def test_limits_of_a_change_hold_no_change_just_when_it_is_not_shown() -> None:
    found = changes(city([30, 30, 30]), city([30, 15, 60]), variance_ratio=1)
    assert (found["change_lower"] < found["change"]).all()
    assert (found["change"] < found["change_upper"]).all()
    assert (found["change_lower"] * found["change_upper"] < 0).tolist() == [True, False, False]


def test_fatal_accidents_are_tested_where_both_periods_tell_them() -> None:
    before, after = city([10, 9], fatal_accidents=[10, 9]), city([25, 9], fatal_accidents=[11, 9])
    assert changes(before, after).loc[0, "tested"] == "fatal_accidents"
    assert changes(before, after).loc[0, "p"] == pytest.approx(e_test(10, 11))
    by_death = changes(before.drop(columns="fatal_accidents"), after)
    assert by_death.loc[0, "tested"] == "deaths"
    assert by_death.loc[0, "p"] == pytest.approx(e_test(10, 25, variance_ratio=1.25))


def test_a_first_death_is_no_share_of_none() -> None:
    found = changes(city([0, 0, 4]), city([9, 0, 0]), variance_ratio=1)
    assert found["change"].isna().tolist() == [True, True, False]
    assert found["p"].isna().tolist() == [False, True, False]
    assert found.loc[0, "trend"] == "rising"
    assert found.loc[2, "change"] == -1
    assert found["reason"].tolist() == [
        "Nobody died before: a change cannot be given as a share.",
        "Nobody died in either period: there is nothing to compare.",
        "",
    ]


def test_periods_of_different_districts_are_refused_naming_each() -> None:
    with pytest.raises(DataError) as refused:
        changes(city([1, 2, 3]), city([1, 2]).assign(area=["00", "09"]))
    assert sorted(str(fault).partition(". ")[0] for fault in refused.value.faults) == [
        "after: 01 is missing", "after: 02 is missing", "before: 09 is missing",
    ]  # fmt: skip
    with pytest.raises(DataError) as both:
        changes(city([-1]), city([1], 0.0))
    assert ["before, row 0" in str(both.value), "after, row 0" in str(both.value)] == [True, True]


PERIODS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 100), st.integers(1, 100)), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=50)
@given(PERIODS, st.sampled_from([1.0, 1000.0]))
def test_contributions_add_up_to_the_citys_change(rows: list[tuple[int, int, int, int]], per: float) -> None:
    was, now, b0, b1 = (list(map(float, part)) for part in zip(*rows, strict=True))
    found = contributions(city(was, b0), city(now, b1), per=per)  # type: ignore[arg-type]
    change = sum(now) / sum(b1) * per - sum(was) / sum(b0) * per
    assert found["contribution"].sum() == pytest.approx(change, abs=1e-9 * per)
    assert (found["risk"] + found["weight"]).sum() == pytest.approx(change, abs=1e-9 * per)
    assert found["method"].tolist() == ["shapley" if 0 in pair else "lmdi" for pair in zip(was, now, strict=True)]


@settings(deadline=None, max_examples=30)
@given(PERIODS, st.randoms(use_true_random=False))
def test_the_order_of_districts_does_not_matter(rows: list[tuple[int, int, int, int]], random: Any) -> None:
    was, now, b0, b1 = (list(map(float, part)) for part in zip(*rows, strict=True))
    before, after = city(was, b0), city(now, b1)  # type: ignore[arg-type]
    order = list(range(len(rows)))
    random.shuffle(order)
    for question in (changes, contributions):
        mixed = question(before.iloc[order], after.iloc[order[::-1]])  # type: ignore[operator]
        assert mixed["area"].tolist() == after["area"].iloc[order[::-1]].tolist()
        pd.testing.assert_frame_equal(
            mixed.sort_values("area").reset_index(drop=True), question(before, after), check_exact=True
        )  # type: ignore[operator]


def test_equal_growth_everywhere_moves_no_weight_and_unchanged_risks_move_no_risk() -> None:
    grown = contributions(city([10, 20], [10.0, 30.0]), city([5, 10], [20.0, 60.0]))
    assert grown["weight"].tolist() == pytest.approx([0, 0], abs=1e-12)
    shifted = contributions(city([10, 30], [10.0, 10.0]), city([5, 45], [5.0, 15.0]))
    assert shifted["risk"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert shifted["weight"].sum() == pytest.approx(50 / 20 - 40 / 20)


def test_sectors_of_a_district_share_its_exposure_and_add_up() -> None:
    areas, fields = ["A", "A", "B", "B"], ["coal_mine", "construction"] * 2
    before = pd.DataFrame({"area": areas, "field": fields, "deaths": [6, 2, 3, 9], "exposure": [10, 10, 30, 30]})
    after = before.assign(deaths=[0, 3, 3, 5], exposure=[20, 20, 30, 30])
    found = contributions(before, after)
    assert found["contribution"].sum() == pytest.approx(11 / 50 - 20 / 40)
    # One cell by hand, Shapley: risk .6 → 0, weight .25 → .4
    assert found.loc[0, ["risk", "weight"]].tolist() == pytest.approx([-0.6 * 0.325, 0.15 * 0.3])
    # and LMDI: c .05 → .06, r .2 → .15, s .25 → .4
    middle = (0.06 - 0.05) / np.log(0.06 / 0.05)
    assert found.loc[1, ["risk", "weight"]].tolist() == pytest.approx([middle * np.log(0.75), middle * np.log(1.6)])
    with pytest.raises(DataError, match="the exposure of B differs between its rows"):
        contributions(before, after.assign(exposure=[20, 20, 30, 31]))
