"""Benchmark methods answer what their textbooks say, all alike, and none needs a friendly series."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from zzlib.benchmark_methods import (
    METHODS,
    SLOW,
    Question,
    climatology,
    ols_log,
    pace_rule,
    poisson_line,
    random_walk_drift,
    smoothed,
    straight_line,
)  # fmt: skip

Method = Callable[[Question], np.ndarray]
CHANGES = (0.0, -0.05, -0.10, -0.20, -0.30)
UNKNOWN = np.full(len(CHANGES), np.nan)
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
every_forecast = pytest.mark.parametrize(
    "method", [METHODS[name] for name in METHODS if name not in ("pace_rule", "climatology")]
)


def counts(level: float, *, areas: int = 12, yearly: float = 0.0, seed: int = 1) -> np.ndarray:
    """Poisson counts of nine years around a level, or a steady change of it."""
    expected = level * (1 + yearly) ** np.arange(9)
    return np.random.default_rng(seed).poisson(expected, (areas, 9)).astype(float)


def asked(figures: np.ndarray, **other: object) -> Question:
    return replace(Question(np.atleast_2d(figures), CHANGES, UNKNOWN), **other)


# ---- what holds for all of them


@every_method
def test_a_method_answers_every_area_and_change_with_a_probability(method: Method) -> None:
    answer = method(asked(np.vstack([counts(200, areas=2), counts(5, areas=2)])))
    assert answer.shape == (4, len(CHANGES))
    assert ((answer >= 0) & (answer <= 1)).all()


@every_method
def test_a_harder_target_is_never_likelier(method: Method) -> None:
    answer = method(asked(counts(40, areas=4), past=np.array([0.6, 0.5, 0.4, 0.2, 0.1])))
    assert (np.diff(answer, axis=1) <= 1e-12).all()


@every_method
def test_an_area_is_answered_by_itself(method: Method) -> None:
    question = asked(counts(40, areas=3))
    assert method(question.of([1])) == pytest.approx(method(question)[[1]], abs=1e-12)


@every_forecast
def test_a_steady_level_meets_no_change_half_the_time_and_a_deep_cut_hardly_ever(method: Method) -> None:
    steady = counts(400, areas=5)
    steady[:, 5] = 400.0
    answer = method(asked(steady)).mean(axis=0)
    assert 0.2 < answer[0] < 0.8
    assert answer[-1] < 0.15


@every_forecast
def test_a_fall_that_goes_on_makes_its_own_target_likely(method: Method) -> None:
    falling = np.vstack([np.round(500 * 0.9 ** np.arange(9)) + noise for noise in (0, 2, -2)])
    falling[:, ::2] += 3
    answer = method(asked(falling))
    assert (answer[:, 2] > 0.8).all()  # -10 % where -27 % has happened already


@every_method
def test_a_year_without_deaths_stops_nobody(method: Method) -> None:
    assert np.isfinite(method(asked([3, 0, 2, 4, 0, 3, 0, 1, 2]))).all()


@every_method
def test_a_series_that_never_moves_stops_nobody(method: Method) -> None:
    assert np.isfinite(method(asked(np.full(9, 20.0)))).all()


@every_method
def test_rates_are_answered_like_counts(method: Method) -> None:
    many = counts(5_000, areas=3)
    difference = method(asked(many, whole=False)) - method(asked(many))
    assert np.abs(difference).max() < 0.05 if method is not pace_rule else (difference == 0).all()


def test_the_slow_methods_are_methods() -> None:
    assert set(METHODS) > SLOW


# ---- worked by hand


def test_the_pace_rule_asks_three_fifths_of_the_way() -> None:
    # -20 % in five years is a factor .8^(3/5) = .8747 after three: 87 deaths are fast enough, 88 are not.
    assert pace_rule(asked([100] * 8 + [87], changes=(-0.2,))).tolist() == [[1.0]]
    assert pace_rule(asked([100] * 8 + [88], changes=(-0.2,))).tolist() == [[0.0]]


def test_climatology_is_the_past_share_and_one_half_before_there_is_a_past() -> None:
    assert climatology(asked(counts(9, areas=1), past=np.array([0.7, 0.5, np.nan, 0.2, 0.1]))).tolist() == [
        [0.7, 0.5, 0.5, 0.2, 0.1]
    ]


def test_a_random_walk_with_drift_carries_its_mean_change_on() -> None:
    logs = np.cumsum([5.0, -0.1, 0.0, -0.1, 0.0, -0.1, 0.0, -0.1, 0.0])
    figures = np.exp(logs) - 0.5
    mean, sd = logs[-1] - 2 * 0.05, np.std([-0.1, 0] * 4, ddof=1) * np.sqrt(2 + 4 / 8)
    limit = 0.9 * figures[5] + 0.5
    expected = stats.t.cdf((np.log(limit) - mean) / sd, 7)
    assert random_walk_drift(asked(figures, changes=(-0.1,), whole=False))[0, 0] == pytest.approx(expected)


# ---- held to statsmodels


@pytest.mark.parametrize(("method", "log"), [(straight_line, False), (ols_log, True)])
def test_a_line_predicts_as_statsmodels_does(method: Method, log: bool) -> None:
    figures = counts(60, yearly=-0.05)
    question = asked(figures, changes=(-0.1,), whole=False)
    years = sm.add_constant(np.arange(9.0))
    for row, answer in zip(figures, method(question), strict=True):
        fit = sm.OLS(np.log(row + 0.5) if log else row, years).fit().get_prediction([[1.0, 10.0]])
        limit = np.log(0.9 * row[5] + 0.5) if log else 0.9 * row[5]
        expected = stats.t.cdf((limit - fit.predicted_mean[0]) / fit.se_obs[0], 7)
        assert answer[0] == pytest.approx(expected)


def test_smoothing_is_the_likeliest_that_statsmodels_finds() -> None:
    logs = np.log(counts(40, areas=30) + 0.5)
    logs[::2] += np.random.default_rng(2).normal(0, 0.3, logs[::2].shape).cumsum(axis=1)
    alpha, last, squares = smoothed(logs)
    for row, a, level, square in zip(logs, alpha, last, squares, strict=True):
        best = SimpleExpSmoothing(row, initialization_method="estimated").fit()
        held = SimpleExpSmoothing(row, initialization_method="estimated").fit(smoothing_level=a, optimized=True)
        assert held.sse == pytest.approx(square, rel=1e-3)  # the same errors at the same α
        assert held.forecast(1)[0] == pytest.approx(level, abs=2e-3)
        assert square <= best.sse * 1.005  # and no better α, but for the grid


def test_a_poisson_trend_is_the_one_of_statsmodels() -> None:
    figures = np.vstack([counts(40, areas=5, yearly=-0.1), counts(4, areas=5)])
    figures[-1] = [9, 6, 3, 1, 0, 1, 0, 0, 0]
    years = sm.add_constant(np.arange(9.0) - 4)
    log_mean, variance, spread = poisson_line(figures, 2)
    ahead = np.array([1.0, 6.0])
    for row, *found in zip(figures, log_mean, variance, spread, strict=True):
        fit = sm.GLM(row, years, family=sm.families.Poisson()).fit()
        expected = [fit.params @ ahead, ahead @ fit.cov_params() @ ahead, fit.pearson_chi2 / 7]
        assert found == pytest.approx(expected, rel=1e-5)
