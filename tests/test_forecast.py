"""The outlook: the level ahead joined with the noise of the figure that will be published, held to simulation."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from zzlib import forecast
from zzlib.forecast import DRAWS, NEVER_SURE, Outlook, Prior, outlook, prior_of, seen_in
from zzlib.levels import COUNT, RATE
from zzlib.schema import VARIANCE_RATIO

DEATHS = [120, 110, 115, 100, 105, 98, 96, 90]
AT = [2011, 2018, 2019, 2020]
SIMULATED = 400_000


def counted(counts: list[float], first: int = 2011, **columns: object) -> pd.DataFrame:
    """Return one area's yearly counts in the shape that `seen_in` takes."""
    years = range(first, first + len(counts))
    return pd.DataFrame({"area": "A", "year": years, "count": counts, **columns})


def printed(rates: list[float], first: int = 2011, **columns: object) -> pd.DataFrame:
    """Return one area's yearly printed rates."""
    years = range(first, first + len(rates))
    return pd.DataFrame({"area": "A", "year": years, "value": rates, **columns})


def ahead_of(observations: pd.DataFrame, **parts: object) -> Outlook:
    return outlook(seen_in(observations, **parts), AT)


def drawn(mean: float, variance: float) -> np.ndarray:
    return np.random.default_rng(3).normal(mean, np.sqrt(variance), SIMULATED)


class TestProbability:
    @pytest.mark.parametrize("counts", [DEATHS, [8, 12, 9, 11, 7, 10, 9, 8]])
    def test_it_is_what_a_simulation_of_the_model_gives(self, counts: list[float]) -> None:
        ahead = ahead_of(counted(counts))
        mean, variance = (part[0] for part in ahead.risk.at(2020))
        level = np.exp(drawn(mean, variance))
        ratio = float(ahead.ratio[0])
        deaths = np.random.default_rng(4).poisson(np.random.default_rng(5).gamma(level / (ratio - 1), ratio - 1))
        for limit in np.quantile(deaths, [0.1, 0.5, 0.9]):
            assert ahead.chance_at_most([limit], 2020)[0, 0] == pytest.approx((deaths <= limit).mean(), abs=0.01)

    def test_that_of_a_rate_is_simulated_with_deaths_and_exposure(self) -> None:
        exposure = [50.0, 53, 55, 60, 62, 66, 71, 73]
        ahead = ahead_of(counted(DEATHS, exposure=exposure))
        level = np.exp(drawn(*(part[0] for part in ahead.risk.at(2020))))
        deaths = np.random.default_rng(4).negative_binomial(level / (VARIANCE_RATIO - 1), 1 / VARIANCE_RATIO)
        at, uncertain = (part[0] for part in ahead.exposure.at(2020))
        rate = deaths / np.exp(np.random.default_rng(6).normal(at, np.sqrt(uncertain), SIMULATED))
        for limit in np.quantile(rate, [0.1, 0.5, 0.9]):
            assert ahead.chance_at_most([limit], 2020)[0, 0] == pytest.approx((rate <= limit).mean(), abs=0.01)

    @pytest.mark.parametrize(
        "observations",
        [
            counted(DEATHS),
            counted(DEATHS, exposure=np.linspace(50, 73, 8)),
            printed([2.4, 2.3, 2.3, 2.1, 2.2, 2.0, 2.0, 1.9], half_unit=0.05, count=DEATHS),
            counted(DEATHS, link_sd=[0.1] * 5 + [0.0] * 3),
        ],
        ids=["count", "count over exposure", "printed rate", "linked"],
    )
    def test_the_draws_of_the_figure_have_it(self, observations: pd.DataFrame) -> None:
        ahead = ahead_of(observations)
        figures = ahead.figures(2020)[0]
        assert len(figures) == DRAWS
        for limit in np.quantile(figures, [0.1, 0.5, 0.9]):
            assert ahead.chance_at_most([limit], 2020)[0, 0] == pytest.approx((figures <= limit).mean(), abs=0.02)

    def test_a_part_of_the_year_already_counted_raises_the_floor(self) -> None:
        ahead = outlook(seen_in(counted([100, 100, 100, 100])), [2014, 2015])
        mean, variance = (part[0] for part in ahead.risk.at(2015))
        level = np.exp(drawn(mean, variance))
        deaths = np.random.default_rng(4).negative_binomial(level / (VARIANCE_RATIO - 1), 1 / VARIANCE_RATIO)
        for so_far in (60, 85):
            expected = (deaths[deaths >= so_far] <= 90).mean()
            assert ahead.chance_at_most([90], 2015, at_least=so_far)[0, 0] == pytest.approx(expected, abs=0.02)
        assert ahead.chance_at_most([90], 2015, at_least=85) < ahead.chance_at_most([90], 2015)
        assert ahead.chance_at_most([90], 2015, at_least=91) == NEVER_SURE  # nothing is left below

    def test_a_higher_or_a_more_uncertain_future_is_answered_beside_it(self) -> None:
        ahead = ahead_of(counted(DEATHS))
        chance = float(ahead.chance_at_most([70], 2020)[0, 0])
        assert ahead.chance_at_most([70], 2020, shift=0.1)[0, 0] < chance
        assert chance < ahead.chance_at_most([70], 2020, widen=2.0)[0, 0] < 0.5

    def test_no_future_is_certain(self) -> None:
        chances = ahead_of(counted(DEATHS)).chance_at_most([0, 1e6], 2020)[0]
        np.testing.assert_allclose(chances, [NEVER_SURE, 1 - NEVER_SURE])

    def test_a_limit_that_was_taken_through_a_link_moves_with_its_error(self) -> None:
        ahead = ahead_of(counted(DEATHS, link_sd=[0.2] * 5 + [0.0] * 3))
        centre, error = ahead.risk.link[:, 0]
        off = drawn(centre, error)
        mean, variance = (part[0] for part in ahead.risk.at(2020))
        level = np.exp(mean + ahead.risk.pull[0, -1] * off + np.sqrt(variance) * drawn(0, 1)[::-1])
        deaths = np.random.default_rng(4).negative_binomial(level / (VARIANCE_RATIO - 1), 1 / VARIANCE_RATIO)
        for limit in (65, 85, 110):
            chance = ahead.chance_at_most([limit], 2020, relative=True)[0, 0]
            assert chance == pytest.approx((deaths <= np.floor(limit * np.exp(off))).mean(), abs=0.01)


class TestWhatIsSeen:
    def test_a_rate_is_the_same_deaths_over_the_exposure(self) -> None:
        rate, count = ahead_of(counted(DEATHS, exposure=50.0)), ahead_of(counted(DEATHS))
        np.testing.assert_allclose(rate.risk.mean, count.risk.mean)
        assert rate.change(2011, 2018)[0] == pytest.approx(count.change(2011, 2018)[0], abs=1e-3)
        assert rate.expected_exposure(2018) == pytest.approx(50, rel=1e-3)
        assert count.expected_exposure(2018) == 1

    def test_a_growing_exposure_is_taken_from_the_change_of_the_rate(self) -> None:
        grown = ahead_of(counted(DEATHS, exposure=50 * 1.06 ** np.arange(8)))
        count = ahead_of(counted(DEATHS))
        difference = grown.change(2011, 2018)[0] - count.change(2011, 2018)[0]
        assert difference == pytest.approx(-7 * np.log(1.06), abs=1e-3)

    def test_what_has_happened_is_not_drawn_to_what_usually_happens(self) -> None:
        flat = ahead_of(counted([10] * 8))
        assert flat.change(2011, 2018)[0] == pytest.approx(0, abs=1e-9)
        assert flat.risk.change(2018, 2020)[0][0] < 0  # but deaths usually fall

    def test_what_should_rise_has_no_common_drift(self) -> None:
        seen = seen_in(counted([10] * 8))
        rising = outlook(seen, AT, falls=False)
        assert rising.prior.risk.constants == replace(COUNT, drift=0.0)
        assert rising.risk.change(2018, 2020)[0][0] == pytest.approx(0, abs=1e-9)

    def test_the_noise_of_a_printed_rate_is_its_rounding_and_that_of_its_deaths(self) -> None:
        seen = seen_in(printed([2.0, 1.5], half_unit=0.05, count=[200, 150]), ratio=1.5)
        expected = [0.05**2 / (3 * rate**2) + 1.5 / deaths for rate, deaths in ((2.0, 200), (1.5, 150))]
        np.testing.assert_allclose(seen.risk.variance[0], expected)
        assert seen.behind[0] == 150

    def test_deaths_behind_a_rate_are_the_published_the_implied_or_the_nearest(self) -> None:
        by_count = seen_in(printed([2.0, 1.0, 1.5], count=[200, np.nan, np.nan]))
        by_exposure = seen_in(printed([2.0, 1.0, 1.5], exposure=[np.nan, 100, np.nan]))
        for seen in (by_count, by_exposure):
            np.testing.assert_allclose(VARIANCE_RATIO / seen.risk.variance[0], [200, 100, 150])
            assert seen.behind[0] == pytest.approx(150)

    def test_a_rate_of_zero_is_no_deaths_and_not_a_small_number(self) -> None:
        seen = seen_in(printed([2.0, 0.0, 1.0], count=[20, 0, 10]))
        assert seen.risk.count[0, 1] == 0
        assert np.isnan(seen.risk.log[0, 1])
        assert np.isfinite(outlook(seen, [2013, 2015]).risk.mean).all()

    @pytest.mark.parametrize("half_unit", [0.0, 50.0])
    def test_a_rounded_count_says_less(self, half_unit: float) -> None:
        exact, rounded = (seen_in(counted([1_000] * 6, count_half_unit=half)) for half in (0.0, half_unit))
        sd = [outlook(seen, [2011, 2016]).change(2011, 2016)[1] for seen in (exact, rounded)]
        assert sd[1] > sd[0] if half_unit else sd[1] == sd[0]

    def test_more_deaths_tell_more(self) -> None:
        few, many = (ahead_of(counted([n] * 8)) for n in (8, 8_000))
        assert few.change(2011, 2018)[1] > many.change(2011, 2018)[1]

    def test_exposures_known_of_later_years_do_not_move_the_origin(self) -> None:
        known = counted([*DEATHS, np.nan], exposure=50.0)
        assert seen_in(known).origin == 2018

    def test_the_order_of_rows_does_not_matter(self) -> None:
        known = counted(DEATHS, exposure=np.linspace(50, 73, 8))
        one, other = (ahead_of(rows).chance_at_most([1.2], 2020) for rows in (known, known[::-1]))
        np.testing.assert_array_equal(one, other)


class TestPrior:
    def test_a_single_series_rests_on_the_documented_constants(self) -> None:
        assert prior_of(seen_in(counted(DEATHS))).risk.constants == COUNT
        assert prior_of(seen_in(printed([2.0, 1.9, 1.8]), behind=100)).risk.constants == RATE

    def test_its_text_names_method_areas_years_and_constants(self) -> None:
        text = prior_of(seen_in(counted(DEATHS))).text
        for part in (forecast.METHOD, "1 area", "2011-2018", f"{COUNT.drift:g}", f"{COUNT.volatility:g}"):
            assert part in text

    def test_it_is_used_as_given(self) -> None:
        given: Prior = prior_of(seen_in(counted(DEATHS)), constants=replace(COUNT, drift=0.1))
        assert outlook(seen_in(counted(DEATHS)), AT, prior=given).prior is given


def series(counts: list[float]) -> pd.DataFrame:
    """Return a series of counts as `indicators.series` gives it."""
    nothing = {"rate_value": np.nan, "exposure_value": np.nan, "status": "published"}
    years = range(2011, 2011 + len(counts))
    return pd.DataFrame({"year": years, "value": counts, "numerator_value": counts, **nothing})


class TestBenchmark:
    def test_it_recovers_a_straight_trend(self) -> None:
        straight = series([round(1000 * 0.95**t) for t in range(8)])
        ahead = forecast.benchmark(straight, per=None, at=[2019, 2020])
        np.testing.assert_allclose(ahead, [1000 * 0.95**8, 1000 * 0.95**9], rtol=0.01)

    def test_it_recovers_that_of_deaths_over_an_exposure(self) -> None:
        exposure = 50 * 1.1 ** np.arange(8)
        deaths = np.round(200 * exposure / 50 * 0.9 ** np.arange(8))
        straight = series(list(deaths)).assign(exposure_value=exposure, value=deaths / exposure)
        ahead = forecast.benchmark(straight, per=1.0, at=[2020])
        np.testing.assert_allclose(ahead, [4 * 0.9**9], rtol=0.02)

    def test_two_years_are_no_trend(self) -> None:
        assert np.isnan(forecast.benchmark(series([100, 90]), per=None, at=[2019])).all()

    def test_a_part_of_a_year_is_not_a_year(self) -> None:
        whole = series([1000, 950, 902, 857])
        partial = pd.concat([whole, series([10]).assign(year=2015, status="partial")])
        np.testing.assert_array_equal(*(forecast.benchmark(rows, per=None, at=[2016]) for rows in (whole, partial)))
