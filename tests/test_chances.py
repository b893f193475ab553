"""Chances of a count: held to simulation, to exact sums and to published tables."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zzlib.chances import (
    chance_if_nothing_changed,
    compound_at_most,
    compound_draws,
    count_at_most,
    count_quantiles,
    folded,
    meeting,
    noise_floor,
    normal_nodes,
)

DRAWS = 400_000
ALONE = np.array([0.0, 1.0])  # every accident takes one life
CLUSTERED = np.array([0.0, 80, 8, 3, 0, 0, 0, 0, 0, 0, 1])  # most take one, one in ninety takes ten
THIRTY = Decimal("-0.3")


def levels_drawn(mean: float, sd: float) -> np.ndarray:
    return np.exp(np.random.default_rng(3).normal(np.log(mean), sd, DRAWS))


class TestCounts:
    @settings(max_examples=50, deadline=None)
    @given(st.floats(0.1, 500), st.floats(1.05, 6), st.integers(0, 800))
    def test_clustered_deaths_are_negative_binomial(self, mean: float, ratio: float, limit: int) -> None:
        expected = stats.nbinom.cdf(limit, mean / (ratio - 1), 1 / ratio)
        assert float(count_at_most(limit, mean, ratio)) == pytest.approx(expected, abs=1e-9)

    @settings(max_examples=50, deadline=None)
    @given(st.floats(0.01, 500), st.integers(0, 800))
    def test_single_deaths_are_poisson(self, mean: float, limit: int) -> None:
        assert float(count_at_most(limit, mean)) == pytest.approx(stats.poisson.cdf(limit, mean), abs=1e-9)

    def test_a_limit_between_two_counts_is_the_lower_one_and_below_zero_there_is_nothing(self) -> None:
        assert count_at_most(5.9, 4.0) == count_at_most(5, 4.0)
        np.testing.assert_array_equal(count_at_most([-0.1, -3], 4.0), [0, 0])
        np.testing.assert_array_equal(compound_at_most([-0.1, -3], 1.0, 0.1, ALONE), [0, 0])

    @pytest.mark.parametrize("ratio", [1.0, 1.25, 3.0])
    @pytest.mark.parametrize("sd", [0.05, 0.2])
    def test_a_folded_level_is_a_draw_of_the_level_and_then_of_the_count(self, ratio: float, sd: float) -> None:
        level = levels_drawn(60, sd)
        random = np.random.default_rng(4)
        drawn = random.poisson(level if ratio == 1 else random.gamma(level / (ratio - 1), ratio - 1))
        expected, wide = folded(np.log(60), sd**2, ratio)
        assert float(expected) == pytest.approx(drawn.mean(), rel=2e-3)
        assert float(wide) == pytest.approx(drawn.var() / drawn.mean(), rel=0.02)
        for limit in (30, 45, 60, 80, 110):
            assert float(count_at_most(limit, expected, wide)) == pytest.approx((drawn <= limit).mean(), abs=0.01)

    def test_quantiles_are_where_the_chance_reaches_them(self) -> None:
        at = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
        found = count_quantiles(at, np.log(60), 0.04, 1.25)
        expected, ratio = folded(np.log(60), 0.04, 1.25)
        assert (count_at_most(found, expected, ratio) >= at).all()
        assert (count_at_most(found - 1, expected, ratio) < at).all()

    def test_nodes_of_a_normal_have_its_moments(self) -> None:
        points, weights = np.array(list(normal_nodes())).T
        np.testing.assert_allclose([weights @ points**power for power in range(5)], [1, 0, 1, 0, 3], atol=1e-12)


class TestAccidentsOfKnownSizes:
    @pytest.mark.parametrize("mean", [0.5, 12.0, 300.0])
    def test_accidents_that_take_one_life_are_poisson_deaths(self, mean: float) -> None:
        limits = np.arange(0, 2 * mean + 5)
        found = compound_at_most(limits, np.log(mean), 0.0, ALONE)
        np.testing.assert_allclose(found, stats.poisson.cdf(limits, mean), atol=1e-9)

    def test_accidents_of_three_are_a_third_as_many_accidents(self) -> None:
        threes = compound_at_most(np.arange(0, 40), np.log(12), 0.0, np.array([0, 0, 0, 1.0]))
        np.testing.assert_allclose(threes, stats.poisson.cdf(np.arange(0, 40) // 3, 4), atol=1e-9)

    @pytest.mark.parametrize(("mean", "sd"), [(5.0, 0.3), (60.0, 0.2), (200.0, 0.1)])
    def test_the_compound_is_what_a_simulation_accident_by_accident_gives(self, mean: float, sd: float) -> None:
        random = np.random.default_rng(6)
        share = CLUSTERED / CLUSTERED.sum()
        accidents = random.poisson(levels_drawn(mean, sd)[:40_000] / (share @ np.arange(len(share))))
        sizes = random.choice(len(share), size=accidents.sum(), p=share)
        deaths = np.bincount(np.repeat(np.arange(len(accidents)), accidents), weights=sizes, minlength=len(accidents))
        limits = np.quantile(deaths, [0.05, 0.3, 0.5, 0.8, 0.99])
        found = compound_at_most(limits, np.log(mean), sd**2, CLUSTERED)
        np.testing.assert_allclose(found, [(deaths <= limit).mean() for limit in limits], atol=0.01)

    def test_draws_of_the_compound_have_its_chances(self) -> None:
        deaths = compound_draws(levels_drawn(60, 0.2), CLUSTERED, np.random.default_rng(7))
        limits = np.array([30, 45, 60, 80, 110])
        found = compound_at_most(limits, np.log(60), 0.04, CLUSTERED)
        np.testing.assert_allclose(found, [(deaths <= limit).mean() for limit in limits], atol=0.004)

    def test_how_often_each_size_is_scaled_does_not_matter(self) -> None:
        limits = np.arange(0, 120)
        found = [compound_at_most(limits, np.log(60), 0.04, sizes) for sizes in (CLUSTERED, 7 * CLUSTERED)]
        np.testing.assert_allclose(*found, atol=1e-12)

    def test_large_accidents_make_extremes_likelier_both_ways(self) -> None:
        alone, clustered = (compound_at_most([40, 85], np.log(60), 0.0, sizes) for sizes in (ALONE, CLUSTERED))
        assert clustered[0] > alone[0]
        assert 1 - clustered[1] > 1 - alone[1]


class TestMeeting:
    def test_thirty_per_cent_less_than_ninety_is_sixty_three(self) -> None:
        assert (1 - 0.3) * 90 < 63  # in floats
        assert float(meeting(-0.3, 90)) == 63
        assert float(meeting(Decimal("-0.30"), 90)) == 63

    @settings(max_examples=200, deadline=None)
    @given(st.integers(-100, 100), st.integers(0, 1_000_000))
    def test_the_largest_count_that_meets_a_percentage_is_exact(self, percent: int, baseline: int) -> None:
        assert int(meeting(percent / 100, baseline)) == (100 + percent) * baseline // 100

    def test_an_unknown_baseline_has_no_limit(self) -> None:
        assert np.isnan(meeting(-0.3, [np.nan])).all()


class TestChanceAlone:
    """The table of docs/methods.md for a target of −30 % on an observed baseline; accepted to its printed digits."""

    TABLE = (
        (5, 0.296, 0.511, 0.403),
        (20, 0.137, 0.509, 0.328),
        (100, 0.007, 0.504, 0.168),
        (500, 0.000, 0.502, 0.016),
    )

    @pytest.mark.parametrize(("deaths", "unchanged", "as_promised", "missed"), TABLE)
    def test_the_published_table(self, deaths: int, unchanged: float, as_promised: float, missed: float) -> None:
        assert chance_if_nothing_changed(deaths, THIRTY) == pytest.approx(unchanged, abs=5.1e-4)
        promised = chance_if_nothing_changed(deaths, THIRTY, true_change=-0.3)
        assert promised == pytest.approx(as_promised, abs=5.1e-4)
        better = chance_if_nothing_changed(deaths, THIRTY, true_change=-0.4)
        assert 1 - better == pytest.approx(missed, abs=5.1e-4)

    @pytest.mark.parametrize(
        ("deaths", "chance"),
        [(5, 0.2958), (10, 0.2265), (20, 0.1371), (50, 0.0401), (100, 0.0065), (200, 0.0002), (500, 0.0)],
    )
    def test_chance_alone_meets_minus_thirty_per_cent_this_often(self, deaths: int, chance: float) -> None:
        assert chance_if_nothing_changed(deaths, THIRTY) == pytest.approx(chance, abs=5e-5)

    @pytest.mark.parametrize(("deaths", "change", "chance"), [(150, "-0.03", 0.40), (12, "-0.15", 0.35)])
    def test_small_promises_of_one_city_are_met_by_chance(self, deaths: int, change: str, chance: float) -> None:
        assert chance_if_nothing_changed(deaths, Decimal(change)) == pytest.approx(chance, abs=0.005)

    @pytest.mark.parametrize("ratio", [1.0, 2.0])
    def test_it_is_how_often_two_draws_meet_the_target(self, ratio: float) -> None:
        random = np.random.default_rng(8)
        before, after = (
            random.poisson(mean if ratio == 1 else random.gamma(mean / (ratio - 1), ratio - 1, DRAWS), DRAWS)
            for mean in (20.0, 18.0)
        )
        met = (after <= np.floor(before * 7 / 10)).mean()
        found = chance_if_nothing_changed(20, THIRTY, ratio, true_change=-0.1)
        assert found == pytest.approx(met, abs=0.003)

    def test_clustered_deaths_meet_it_by_chance_more_often(self) -> None:
        assert chance_if_nothing_changed(100, THIRTY, 3.0) > chance_if_nothing_changed(100, THIRTY, 1.0)


class TestNoiseFloor:
    def test_the_more_deaths_the_smaller_the_fall_that_shows(self) -> None:
        found = [noise_floor(deaths, Decimal("-0.1")) for deaths in (2, 5, 10, 20, 50, 100, 500, 5_000)]
        assert found == sorted(found, reverse=True)
        assert 0.10 < found[-1] < found[0] < 1

    @pytest.mark.parametrize("deaths", [5, 100])
    def test_at_the_floor_the_target_is_met_with_the_chance_asked_for(self, deaths: int) -> None:
        floor = noise_floor(deaths, THIRTY, chance=0.7)
        assert chance_if_nothing_changed(deaths, THIRTY, true_change=-floor) == pytest.approx(0.7, abs=1e-4)

    def test_a_target_that_chance_alone_meets_needs_no_fall(self) -> None:
        assert noise_floor(100, Decimal("0.5")) == 0
