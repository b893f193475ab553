"""Early warning: the published fixture, exact tails, few false alarms, and quiet after an alarm."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from zzlib import alarms, months
from zzlib.alarms import raised, thresholds, watch
from zzlib.comparisons import alarm_bound, transformed_bound


@pytest.mark.parametrize(("power", "printed"), [(1, (1.307, 8.693)), (1 / 2, (1.989, 9.374)), (2 / 3, (1.808, 9.115))])
def test_the_published_bounds_to_the_printed_digits(power: float, printed: tuple[float, float]) -> None:
    bound = alarm_bound(8, 5, 0.2, power=power)
    assert (round(bound.lower, 3), round(bound.upper, 3)) == printed


def test_many_bounds_at_once_are_those_of_one() -> None:
    means = np.array([2.0, 5.0, 40.0])
    z = float(stats.norm.isf(0.01))
    one_by_one = [alarm_bound(0, mean, 0.3, dispersion=1.4, alpha=0.01, power=2 / 3).upper for mean in means]
    assert transformed_bound(means, 0.09, 1.4, z, 2 / 3) == pytest.approx(one_by_one)


def test_below_two_the_tail_is_the_exact_one() -> None:
    past = np.zeros(61)
    past[[3, 9, 20, 31, 44, 52]] = 1  # 0.1 a month, whatever the season
    for last in range(2, 5):
        found = watch([[*past[:-1], last]], alpha=0.002)
        expected, p = found.expected[0, -1], found.p[0, -1]
        assert expected < 0.3
        assert p > stats.poisson.sf(last - 1, expected)  # the mean is not known, so the tail is wider than Poisson's
        assert found.alarm[0, -1] == (p <= 0.002)


def test_the_trend_is_that_of_a_poisson_regression() -> None:
    counts, ago = np.array([[30.0], [36.0], [41.0], [50.0], [66.0]]), np.arange(1.0, 6)[:, None]
    slope, variance = alarms._trend(counts, np.full((5, 1), 3.0), ago, 0.0, 100.0)
    fit = sm.GLM(counts[:, 0], sm.add_constant(-ago[:, 0]), family=sm.families.Poisson()).fit()
    assert slope[0] == pytest.approx(fit.params[1], abs=1e-4)
    assert np.sqrt(variance[0]) == pytest.approx(fit.bse[1], rel=1e-3)


def test_unknown_years_are_passed_over_and_with_one_left_nothing_is_expected() -> None:
    counts = np.full((1, 61), 3.0)
    whole = watch(counts, alpha=0.01)
    counts[0, 36:48] = np.nan
    holed = watch(counts, alpha=0.01)
    assert holed.expected[0, -1] == pytest.approx(whole.expected[0, -1], rel=1e-3)  # zeros would say 1.4
    counts[0, :36] = np.nan
    counts[0, -1] = 40.0
    one_year = watch(counts, alpha=0.01)
    assert np.isnan(one_year.expected[0, -1])
    assert not one_year.alarm.any()


def test_the_budget_is_shared_by_scales_and_tests() -> None:
    alphas = thresholds({"city": 15, "district": 16, "cell": 224, "nothing": 0}, budget=1.0)
    assert sum(alphas[scale] * number for scale, number in (("city", 15), ("district", 16), ("cell", 224))) == (
        pytest.approx(1.0)
    )
    assert "nothing" not in alphas


def test_false_alarms_keep_the_budget_and_a_doubling_is_seen() -> None:
    random = np.random.default_rng(5)
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(96) / 12)
    means = random.gamma(2.0, 2.0, 400)[:, None] * season
    counts = random.poisson(means).astype(float)
    found = watch(counts, alpha=0.01, since=60)
    assert found.alarm[:, 60:].mean() <= 0.01
    large = random.poisson(40 * np.ones((200, 96))).astype(float)
    large[:, -1] = random.poisson(80, 200)
    assert watch(large, alpha=0.01, since=95).alarm[:, -1].mean() > 0.9


def test_after_an_alarm_counting_starts_anew() -> None:
    counts = np.tile([1.0, 0, 0], 32)
    counts[90] = 30
    found = watch([counts], alpha=0.001, window=3, since=60)
    assert np.flatnonzero(found.alarm[0]).tolist() == [90]
    assert found.window[0, 90:94].tolist() == [3, 1, 2, 3]
    assert found.observed[0, 91] == counts[91]


def test_nothing_after_the_month_moves_an_alarm() -> None:
    counts = np.random.default_rng(2).poisson(3.0, (20, 80)).astype(float)
    early, late = watch(counts[:, :70], alpha=0.05), watch(counts, alpha=0.05)
    assert np.array_equal(early.p, late.p[:, :70], equal_nan=True)


def test_an_unknown_month_raises_no_alarm_and_is_no_zero_of_the_past() -> None:
    counts = np.full((1, 61), 4.0)
    counts[0, 12:24] = np.nan
    found = watch(counts, alpha=0.01)
    assert found.expected[0, -1] == pytest.approx(4, rel=0.02)
    counts[0, -1] = np.nan
    assert not watch(counts, alpha=0.01).alarm[0, -1]


def test_an_alarm_names_the_records_behind_it() -> None:
    span = pd.period_range("2014-01", "2018-06", freq="M").strftime("%Y-%m")
    dates = [f"{month}-{day:02}" for month in span for day in (2, 20)]
    dates += [f"2018-06-{day:02}" for day in range(1, 16)]
    given = pd.DataFrame({"date": dates, "deaths": 0.0, "area": "410102", "field": "fire", "counted_from_2016": "yes"})
    given["accident_id"], given["status"] = [f"A{n}" for n in range(len(given))], "synthetic"
    closing = given.iloc[:1].assign(date="2018-07-01", accident_id="later")
    found = raised(months.counted(pd.concat([given, closing]), "2018-06", "410100"), whole="410100")
    assert set(found["scale"]) == {"city", "district", "cell"}
    city = found[(found["scale"] == "city") & (found["field"] == "")].iloc[0]
    assert (city["period"], city["observed"], city["measure"]) == ("2018-06", 17, "accidents")
    assert city["records"].split(", ") == given.loc[given["date"].str.startswith("2018-06"), "accident_id"].to_list()


def test_less_than_two_years_of_past_raise_nothing() -> None:
    assert not watch(np.full((3, 24), 5.0), alpha=0.5).alarm.any()
    with pytest.raises(ValueError, match="alpha"):
        watch([[1.0]], alpha=5)
