"""Two small counts, limits of a count, and what moved next door. Figures: docs/methods.md."""

import numpy as np
import pytest

from zzlib.comparisons import (
    alarm_bound,
    displacement_difference,
    e_test,
    natural_variation,
    ratio_limits,
    tail_above,
    two_sided,
)


@pytest.mark.parametrize(("first", "second", "p"), [(0, 3, 0.0884), (6, 2, 0.1749), (25, 16, 0.165), (20, 10, 0.069)])
def test_two_counts_of_equal_exposure(first: int, second: int, p: float) -> None:
    assert e_test(first, second) == pytest.approx(p, abs=5e-4)
    assert e_test(second, first) == pytest.approx(e_test(first, second), abs=1e-12)


def test_equal_rates_on_unequal_exposures_do_not_differ() -> None:
    assert e_test(10, 20, exposures=(1, 2)) == pytest.approx(1)
    assert e_test(10, 20, exposures=(2, 1)) < 0.01


def test_counts_of_wider_variance_differ_less_and_hold_their_level() -> None:
    p = [e_test(40, 22, variance_ratio=ratio) for ratio in (1.0, 1.25, 2.25)]
    assert p == sorted(p)
    assert e_test(40, 22, variance_ratio=1 + 1e-6) == pytest.approx(p[0], abs=1e-4)
    random = np.random.default_rng(1)
    one, other = random.negative_binomial(30 / 1.25, 1 / 2.25, (2, 2000))
    assert np.mean([e_test(x, y, variance_ratio=2.25) < 0.05 for x, y in zip(one, other, strict=True)]) < 0.065


def test_a_share_of_a_total_is_judged_by_half_of_its_own_probability_and_all_beyond() -> None:
    assert tail_above([8, 0, 10], 10, 0.5).tolist() == pytest.approx([(11 + 45 / 2) / 1024, 1 - 0.5 / 1024, 0.5 / 1024])
    assert two_sided(tail_above([2, 8], 10, 0.5)) == pytest.approx([2 * (11 + 45 / 2) / 1024] * 2)
    assert tail_above(7, 30, 0.2) == pytest.approx(1 - tail_above(23, 30, 0.8))


def test_a_small_fall_is_within_natural_variation_and_the_same_share_of_many_is_not() -> None:
    assert natural_variation(1775, 1732).p_normal == pytest.approx(0.4678, abs=1e-4)
    assert natural_variation(22807, 22137).p_normal < 0.05


@pytest.mark.parametrize(("n", "low", "high"), [(15, 0.5596924, 1.649348), (30, 0.6746958, 1.427562)])
def test_the_limits_of_a_funnel_narrow_with_size(n: int, low: float, high: float) -> None:
    assert ratio_limits(n) == pytest.approx((low, high), abs=1e-6)


def test_an_alarm_waits_longer_for_a_skewed_count() -> None:
    plain, root = alarm_bound(8, 5, 0.2), alarm_bound(8, 5, 0.2, power=0.5)
    assert plain.upper == pytest.approx(8.6926872)
    assert root.upper == pytest.approx(9.3744842)
    assert alarm_bound(root.upper, 5, 0.2, power=0.5).probability == pytest.approx(0.05)


def test_a_fall_counts_against_what_the_control_area_did_and_what_moved_next_door() -> None:
    found = displacement_difference((207, 110), (308, 318), (178, 157), (150, 140))
    assert (found.difference, found.variance, round(found.z, 2)) == (-118, 1568, -2.98)
    assert (round(found.low), round(found.high)) == (-196, -40)
    assert displacement_difference((80, 20), (100, 50), times=(2, 1))[:2] == (-20, 115)


@pytest.mark.parametrize("wrong", [lambda: e_test(0, 0), lambda: e_test(-1, 2), lambda: e_test(1, 2, exposures=(0, 1)),
                                   lambda: e_test(1, 2, variance_ratio=0.5),
                                   lambda: natural_variation(0, 0), lambda: ratio_limits(0),
                                   lambda: alarm_bound(1, 0, 0.1), lambda: displacement_difference((1, -1), (1, 1)),
                                   lambda: displacement_difference((1, 1), (1, 1), times=(0, 1))])  # fmt: skip
def test_what_cannot_be_compared_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"must|cannot"):
        wrong()
