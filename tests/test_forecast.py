"""The outlook: one closed form, held to an independent filter, to exact sums and to simulation."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib import forecast
from zzlib.forecast import COUNT, EXPOSURE, RATE, Prior, chance_if_nothing_changed, count_at_most, outlook, path

YEARS = list(range(2011, 2019))


def counted(counts: list[float], first: int = 2011, **columns: object) -> pd.DataFrame:
    """Return a series of counts as `indicators.series` gives it."""
    nothing = {
        "rate_value": np.nan, "exposure_value": np.nan, "ratio_value": np.nan, "numerator_half_unit": 0.0,
        "rate_half_unit": np.nan, "status": "published",
    }  # fmt: skip
    years = range(first, first + len(counts))
    return pd.DataFrame({"year": years, "value": counts, "numerator_value": counts, **nothing, **columns})


@pytest.mark.parametrize("prior", [COUNT, RATE, EXPOSURE, Prior(0.03, 0.2, 0.01)])
@pytest.mark.parametrize("missing", [(), (2013,), (2012, 2014, 2017)])
def test_the_closed_form_is_the_kalman_smoother(prior: Prior, missing: tuple[int, ...]) -> None:
    from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

    rng = np.random.default_rng(1)
    seen, variance = np.log(100) + rng.normal(0, 0.1, 8), rng.uniform(0.001, 0.05, 8)
    known = [i for i, year in enumerate(YEARS) if year not in missing]
    found = path([YEARS[i] for i in known], seen[known], variance[known], at=[*YEARS, 2019, 2020], prior=prior)

    filter_ = KalmanSmoother(k_endog=1, k_states=2)
    values = np.full(10, np.nan)
    values[known] = seen[known]
    filter_.bind(values)
    filter_["design"] = np.array([[1.0, 0.0]])
    filter_["transition"] = np.array([[1.0, 1.0], [0.0, 1.0]])
    filter_["selection"] = np.eye(2)
    filter_["state_cov"] = np.diag([prior.volatility**2, 0.0])
    noise = np.ones(10)
    noise[known] = variance[known]
    filter_.obs_cov = noise[None, None, :]
    centre = np.mean(seen[known] - prior.drift_mean * np.array(known))
    filter_.initialize_known(np.array([centre, prior.drift_mean]), np.diag([25.0, prior.drift_sd**2]))
    smoothed = filter_.smooth()

    np.testing.assert_allclose(found.mean, smoothed.smoothed_state[0], atol=1e-8)
    np.testing.assert_allclose(np.diag(found.covariance), smoothed.smoothed_state_cov[0, 0], atol=1e-8)


def test_the_probability_is_what_a_simulation_of_the_model_gives() -> None:
    ahead = outlook(counted([120, 110, 115, 100, 105, 98, 96, 90]), per=None, until=2020)
    rng = np.random.default_rng(3)
    i = ahead.risk.years.index(2020)
    level = np.exp(rng.normal(ahead.risk.mean[i], np.sqrt(ahead.risk.covariance[i, i]), 400_000))
    ratio = ahead.variance_ratio
    drawn = rng.poisson(rng.gamma(level / (ratio - 1), ratio - 1))
    for limit in (70, 85, 100):
        assert ahead.chance_at_most(limit, 2020) == pytest.approx((drawn <= limit).mean(), abs=0.01)


def test_a_part_of_the_year_already_counted_raises_the_floor() -> None:
    ahead = outlook(counted([100, 100, 100, 100]), per=None, until=2015)
    assert ahead.chance_at_most(90, 2015, at_least=85) < ahead.chance_at_most(90, 2015)
    assert ahead.chance_at_most(90, 2015, at_least=91) == 0.001  # the floor: nothing is left below


def test_a_rate_is_the_same_deaths_over_the_exposure() -> None:
    deaths = [120.0, 110, 115, 100, 105, 98, 96, 90]
    steady = counted(deaths, exposure_value=50.0)
    rate = outlook(steady.assign(value=steady["numerator_value"] / 50), per=1.0, until=2020)
    count = outlook(counted(deaths), per=None, until=2020)
    np.testing.assert_allclose(rate.risk.mean, count.risk.mean)
    assert rate.change(2011, 2018)[0] == pytest.approx(count.change(2011, 2018)[0], abs=1e-3)


def test_what_has_happened_is_not_drawn_to_what_usually_happens() -> None:
    flat = outlook(counted([10.0] * 8), per=None, until=2020)
    assert flat.change(2011, 2018)[0] == pytest.approx(0, abs=1e-9)
    assert flat.risk.change(2018, 2020)[0] < 0  # but deaths usually fall


@pytest.mark.parametrize(
    ("deaths", "chance"),
    [(5, 0.2958), (10, 0.2265), (20, 0.1371), (50, 0.0401), (100, 0.0065), (200, 0.0002), (500, 0.0)],
)
def test_chance_alone_meets_minus_thirty_per_cent_this_often(deaths: int, chance: float) -> None:
    assert chance_if_nothing_changed(deaths, Decimal("-0.3")) == pytest.approx(chance, abs=5e-5)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.1, 500), st.floats(1.05, 6), st.integers(0, 800))
def test_the_closed_form_of_clustered_deaths_is_the_negative_binomial(mean: float, ratio: float, limit: int) -> None:
    from scipy import stats

    expected = stats.nbinom.cdf(limit, mean / (ratio - 1), 1 / ratio)
    assert float(count_at_most(limit, mean, ratio)) == pytest.approx(expected, abs=1e-9)


def test_more_deaths_tell_more() -> None:
    few, many = (outlook(counted([n] * 6), per=None, until=2018) for n in (8.0, 8_000.0))
    assert few.change(2011, 2016)[1] > many.change(2011, 2016)[1]


def test_zero_deaths_need_no_small_constant() -> None:
    mean, variance = forecast.seen_through_count([0, 1, 1000])
    assert np.isfinite(mean).all()
    assert np.isfinite(variance).all()
    assert variance[0] > variance[1] > variance[2]


def test_the_benchmark_method_recovers_a_straight_trend() -> None:
    straight = counted([round(1000 * 0.95**t) for t in range(8)])
    ahead = forecast.benchmark(straight, per=None, at=[2019, 2020])
    np.testing.assert_allclose(ahead, [1000 * 0.95**8, 1000 * 0.95**9], rtol=0.01)
    assert np.isnan(forecast.benchmark(straight[:2], per=None, at=[2019])).all()
