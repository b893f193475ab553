"""Benchmark methods: what simpler or well-known forecasters say of a target, a `Question` in, probabilities out.

Any can stand beside any other and beside the model (`METHODS`); `accuracy` scores them on the same windows. Below, y
are an area's yearly figures up to the origin, n their number, h the years from the origin to the target year. Logs are
of y + 1/2, so that a year without deaths keeps a place.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from zzlib.chances import count_at_most, folded, meeting

Floats = NDArray[np.float64]
ZERO = 0.5  # added before a log
_NARROWEST = 1e-9  # standard deviation of a series without any noise
_ALPHAS = np.linspace(0.0, 1.0, 41)  # of exponential smoothing
_ROUNDS = 30  # of iteratively reweighted least squares; most series need six


def limits(baseline: Floats, changes: Sequence[float], *, whole: bool) -> Floats:
    """Return the largest figure that meets each change from a baseline, shape (areas, changes); of counts, whole ones.

    >>> limits(np.array([90.0]), (-0.3, -0.05), whole=True)
    array([[63., 85.]])
    """
    if whole:
        return np.column_stack([meeting(change, baseline) for change in changes])
    return np.asarray(baseline[:, None] * (1 + np.array(changes)), dtype=float)


@dataclass(frozen=True)
class Question:
    """What was known of some areas at the origin, and by how much their figures are to change.

    `figures`, shape (areas, years), end with the origin: counts, or with `whole` false rates, written as the deaths
    they mean at the exposure of the origin. `changes` are relative to the figure of the year with the index `baseline`,
    in the year `horizon` years after the origin. `past`, shape (changes,), is the share of earlier windows that met
    each change, NaN before there are any.
    """

    figures: Floats
    changes: tuple[float, ...]
    past: Floats
    baseline: int = 5
    horizon: int = 2
    whole: bool = True

    @property
    def limits(self) -> Floats:
        """The largest figure that meets each change, shape (areas, changes)."""
        return limits(self.figures[:, self.baseline], self.changes, whole=self.whole)

    @property
    def logs(self) -> Floats:
        """The logs of the figures."""
        return np.asarray(np.log(self.figures + ZERO), dtype=float)

    @property
    def log_limits(self) -> Floats:
        """The logs of the limits."""
        return np.asarray(np.log(self.limits + ZERO), dtype=float)

    @property
    def midway_log_limits(self) -> Floats:
        """The logs of the limits, half a death above a whole one: midway to the next that would miss it."""
        return np.asarray(np.log(self.limits + (0.5 if self.whole else 0.0) + ZERO), dtype=float)

    def of(self, chosen: ArrayLike) -> Question:
        """Return the question about some of the areas."""
        return replace(self, figures=self.figures[np.asarray(chosen)])


Method: TypeAlias = Callable[[Question], Floats]


def pace_rule(question: Question) -> Floats:
    """Return 1 where the area fell at least as fast as the change requires of every year, else 0.

    序时进度 read as a forecast: y(t) <= y0 (1 + x)^((t - t0) / (tT - t0)); for a change of nothing, not above the
    baseline. Source: ETSC, 13th Road Safety Performance Index report, 2019.

    >>> plan = np.array([[100.0] * 5 + [100, 96, 95, 92]])  # after three of five years -10 % is -6.1 %
    >>> pace_rule(Question(plan, (0.0, -0.1, -0.2), np.full(3, np.nan)))
    array([[1., 1., 0.]])
    """
    base, origin = question.figures[:, question.baseline], question.figures[:, -1]
    gone = question.figures.shape[1] - 1 - question.baseline
    required = (1 + np.array(question.changes)) ** (gone / (gone + question.horizon))
    return np.where(origin[:, None] <= base[:, None] * required + 1e-9, 1.0, 0.0)


def straight_line(question: Question) -> Floats:
    """Return the chance under a least-squares line through the figures, with Student's t for its prediction.

    Standard error s √(1 + 1/n + (x - x̄)²/Sxx) with n - 2 degrees of freedom. Source: any textbook of regression.

    >>> falling = np.array([[108.0, 104, 103, 101, 100, 98, 95, 95, 92]])
    >>> straight_line(Question(falling, (0.0, -0.1, -0.2), np.full(3, np.nan))).round(2)
    array([[1.  , 0.31, 0.  ]])
    """
    return _student(question.limits, *_line(question.figures, question.horizon))


def climatology(question: Question) -> Floats:
    """Return the share of earlier windows that met each change, 1/2 before there are any.

    Only windows whose target year was known at the origin count; all areas of a slice together.

    >>> climatology(Question(np.full((1, 9), 10.0), (0.0, -0.1), np.array([0.7, np.nan])))
    array([[0.7, 0.5]])
    """
    share = np.where(np.isnan(question.past), 0.5, question.past)
    return np.tile(share, (len(question.figures), 1))


def ols_log(question: Question) -> Floats:
    """Return the chance under a least-squares line through the logs, with Student's t for its prediction.

    >>> steady = 100 * 0.95 ** np.arange(9) + np.array([1, -1, 0, 1, -1, 0, 1, -1, 0])
    >>> ols_log(Question(steady[None].round(), (0.0, -0.2), np.full(2, np.nan))).round(2)
    array([[1.  , 0.89]])
    """
    return _student(question.log_limits, *_line(question.logs, question.horizon))


def random_walk_drift(question: Question) -> Floats:
    """Return the chance under a random walk with drift on the log, with Student's t.

    With m and s the mean and standard deviation of the n yearly changes: mean y + h m, standard error s √(h + h²/n),
    n - 1 degrees of freedom. Source: Hyndman and Athanasopoulos (2021), Forecasting, 5.2 and 5.5.

    >>> level = np.array([[100.0, 104, 98, 101, 97, 100, 103, 99, 100]])
    >>> random_walk_drift(Question(level, (0.0, -0.1), np.full(2, np.nan))).round(2)
    array([[0.5 , 0.07]])
    """
    yearly = np.diff(question.logs, axis=1)
    n, h = yearly.shape[1], question.horizon
    mean = question.logs[:, -1] + h * yearly.mean(axis=1)
    return _student(question.log_limits, mean, yearly.std(axis=1, ddof=1) * np.sqrt(h + h**2 / n), n - 1)


def smoothing(question: Question) -> Floats:
    """Return the chance under simple exponential smoothing of the log, with normal errors.

    l(t) = l(t-1) + α e(t) with e(t) = y(t) - l(t-1); α on a grid of 41 and the first level by least squares, which is
    maximum likelihood; variance s² (1 + (h - 1) α²) with s² = Σe² / (n - 2). Source: Hyndman et al. (2008),
    Forecasting with exponential smoothing, table 6.1.

    >>> level = np.array([[100.0, 104, 98, 101, 97, 100, 103, 99, 100]])
    >>> smoothing(Question(level, (0.0, -0.1), np.full(2, np.nan))).round(2)
    array([[0.47, 0.  ]])
    """
    return _smoothed_below(question, question.log_limits)


def smoothing_midway(question: Question) -> Floats:
    """Return `smoothing` with the limit half a death up, the continuity correction that counts deserve.

    Seldom made, and the hardest to beat where counts are small.

    >>> level = np.array([[100.0, 104, 98, 101, 97, 100, 103, 99, 100]])
    >>> smoothing_midway(Question(level, (0.0, -0.1), np.full(2, np.nan))).round(2)
    array([[0.55, 0.  ]])
    """
    return _smoothed_below(question, question.midway_log_limits)


def _smoothed_below(question: Question, limits: Floats) -> Floats:
    alpha, last, squares = smoothed(question.logs)
    variance = squares / (question.figures.shape[1] - 2) * (1 + (question.horizon - 1) * alpha**2)
    return _normal(limits, last, np.sqrt(variance))


def automatic_ets(question: Question) -> Floats:
    """Return the chance under exponential smoothing of the log without, with, or with a damped trend, by AICc.

    Additive errors, normal; statsmodels fits each. Its variance Σe²/n is freed of the parameters fitted, n/(n - k).
    Source: Hyndman et al. (2008), Forecasting with exponential smoothing.
    """
    return _normal(question.log_limits, *_each(question, _ets))


def poisson_trend(question: Question) -> Floats:
    """Return the chance under a Poisson regression on the year, its parameters uncertain.

    log E y = a + b t by maximum likelihood. The uncertain log mean of the target year and the Poisson count are folded
    into one negative binomial. Source: McCullagh and Nelder (1989), Generalized linear models, 6.

    >>> level = np.array([[100.0, 104, 98, 101, 97, 100, 103, 99, 100]])
    >>> poisson_trend(Question(level, (0.0, -0.1), np.full(2, np.nan))).round(2)
    array([[0.53, 0.24]])
    """
    return _count_trend(question, quasi=False)


def quasi_poisson_trend(question: Question) -> Floats:
    """Return the chance under `poisson_trend` with variance φ times the mean, φ = Pearson's χ² / (n - 2), at least 1.

    >>> wild = np.array([[100.0, 140, 80, 120, 70, 100, 130, 80, 100]])
    >>> quasi_poisson_trend(Question(wild, (0.0, -0.2), np.full(2, np.nan))).round(2)
    array([[0.61, 0.36]])
    """
    return _count_trend(question, quasi=True)


def arima(question: Question) -> Floats:
    """Return the chance under ARIMA (0,1,0), (0,1,1) or (1,1,0) of the log, each with and without drift, by AICc.

    Normal, statsmodels fits each. Once differenced all, so that the criterion compares the same data; (0,1,1) reaches
    from a random walk to a constant mean. Source: Box and Jenkins (1970), Time series analysis.
    """
    return _normal(question.log_limits, *_each(question, _arima))


def structural(question: Question) -> Floats:
    """Return the chance under a local level of the log, with or without a fixed drift, by AICc.

    Normal, statsmodels fits each by its Kalman filter. Source: Harvey (1989), Forecasting, structural time series
    models and the Kalman filter, 4.
    """
    return _normal(question.log_limits, *_each(question, _structural))


METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (
        pace_rule, straight_line, climatology, ols_log, random_walk_drift, smoothing, smoothing_midway, automatic_ets,
        poisson_trend, quasi_poisson_trend, arima, structural,
    )
}  # fmt: skip
SLOW = frozenset({"automatic_ets", "arima", "structural"})  # statsmodels fits one series at a time


def smoothed(logs: Floats) -> tuple[Floats, Floats, Floats]:
    """Return α, the last level and Σe² of simple exponential smoothing, each of shape (areas,).

    The errors are linear in the first level, e(t) = r(t) - (1 - α)^t l(0), so that least squares gives it for each α.
    """
    areas, n = logs.shape
    best = np.zeros(areas), np.zeros(areas), np.full(areas, np.inf)
    for alpha in _ALPHAS:
        level, errors = np.zeros(areas), np.empty((areas, n))
        for t in range(n):
            errors[:, t] = logs[:, t] - level
            level = level + alpha * errors[:, t]
        weight = (1 - alpha) ** np.arange(n)
        first = errors @ weight / (weight @ weight)
        squares = ((errors - first[:, None] * weight) ** 2).sum(axis=1)
        found = np.full(areas, alpha), level + (1 - alpha) ** n * first, squares
        better = squares < best[2]
        best = tuple(np.where(better, new, old) for new, old in zip(found, best, strict=True))  # type: ignore[assignment]
    return best


def poisson_line(figures: Floats, horizon: int) -> tuple[Floats, Floats, Floats]:
    """Return log mean, its variance, and Pearson's χ² / (n - 2) of Poisson regressions on the year, shape (areas,).

    The mean is that of the year `horizon` years after the last. Iteratively reweighted least squares, areas at once.
    """
    n = figures.shape[1]
    design = np.column_stack([np.ones(n), np.arange(n) - (n - 1) / 2])
    ahead = np.array([1.0, (n - 1) / 2 + horizon])
    log_mean = np.tile(np.log(figures.mean(axis=1, keepdims=True)), (1, n))
    for _ in range(_ROUNDS):
        mean = np.exp(log_mean)
        working = log_mean + figures / mean - 1
        information = np.einsum("nt,ti,tj->nij", mean, design, design)
        score = np.einsum("nt,ti->ni", mean * working, design)
        line = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        # A series that falls to nothing has a steep line; a step of e**2 at most keeps the first rounds on the ground.
        log_mean = log_mean + np.clip(line @ design.T - log_mean, -2.0, 2.0)
    mean = np.exp(log_mean)
    variance = np.einsum("i,nij,j->n", ahead, np.linalg.inv(information), ahead)
    return line @ ahead, variance, ((figures - mean) ** 2 / mean).sum(axis=1) / (n - 2)


def _count_trend(question: Question, *, quasi: bool) -> Floats:
    log_mean, variance, spread = poisson_line(question.figures, question.horizon)
    ratio = np.maximum(spread, 1.0) if quasi else np.ones_like(spread)
    # Beyond a log variance of 4 the lognormal mean says nothing any more.
    expected, wider = folded(log_mean, np.minimum(variance * ratio, 4.0), ratio)
    return count_at_most(question.limits, expected[:, None], wider[:, None])


def _line(values: Floats, horizon: int) -> tuple[Floats, Floats, int]:
    """Return prediction, its standard error and degrees of freedom of least-squares lines on the year."""
    n = values.shape[1]
    years = np.arange(n) - (n - 1) / 2
    ahead, square = (n - 1) / 2 + horizon, float(years @ years)
    slope, centre = values @ years / square, values.mean(axis=1)
    residual = values - centre[:, None] - np.outer(slope, years)
    error = np.sqrt((residual**2).sum(axis=1) / (n - 2) * (1 + 1 / n + ahead**2 / square))
    return centre + slope * ahead, error, n - 2


def _student(limits: Floats, mean: Floats, error: Floats, freedom: int) -> Floats:
    return np.asarray(stats.t.cdf(_standard(limits, mean, error), freedom), dtype=float)


def _normal(limits: Floats, mean: Floats, error: Floats) -> Floats:
    return np.asarray(special.ndtr(_standard(limits, mean, error)), dtype=float)


def _standard(limits: Floats, mean: Floats, error: Floats) -> Floats:
    return np.asarray((limits - mean[:, None]) / np.maximum(error, _NARROWEST)[:, None], dtype=float)


# ---- one series at a time, by statsmodels, which costs a second to import and is imported where it fits

Candidate: TypeAlias = tuple[float, float, float]  # AICc, mean, standard deviation of the log in the target year


def _each(question: Question, candidates: Callable[[Floats, int], Iterator[Candidate]]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each area's log in the target year, by the candidate of least AICc."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nine years make every optimiser complain
        best = [_best(candidates, log, question.horizon) for log in question.logs]
    mean, error = np.array(best).T
    return mean, error


def _best(candidates: Callable[[Floats, int], Iterator[Candidate]], log: Floats, h: int) -> tuple[float, float]:
    found = [candidate for candidate in candidates(log, h) if np.isfinite(candidate).all()]
    if not found:  # no fit ended: the last year stands, as wide as the yearly changes
        return float(log[-1]), float(np.diff(log).std() * np.sqrt(h))
    return min(found)[1:]


def _aicc(log_likelihood: float, parameters: int, n: int) -> float:
    return -2 * log_likelihood + 2 * parameters * n / (n - parameters - 1)


def _ets(log: Floats, h: int) -> Iterator[Candidate]:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    n = len(log)
    for trend, damped in ((None, False), ("add", False), ("add", True)):
        fit = ETSModel(log, trend=trend, damped_trend=damped).fit(disp=False)
        by_name = dict(zip(fit.model.param_names, fit.params, strict=True))
        alpha, beta = by_name["smoothing_level"], by_name.get("smoothing_trend", 0.0)
        steps = np.cumsum(by_name.get("damping_trend", 1.0) ** np.arange(1, h))
        variance = float(fit.sse) / (n - len(by_name)) * (1 + ((alpha + beta * steps) ** 2).sum())
        yield _aicc(fit.llf, len(by_name) + 1, n), float(fit.forecast(h)[-1]), float(np.sqrt(variance))


def _arima(log: Floats, h: int) -> Iterator[Candidate]:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    changes, n = np.diff(log), len(log) - 1
    for parameters, drift in ((1, 0.0), (2, float(changes.mean()))):  # (0,1,0) needs no search
        variance = float(((changes - drift) ** 2).mean())
        with np.errstate(divide="ignore"):
            log_likelihood = -n / 2 * float(np.log(2 * np.pi * variance) + 1)
        yield _aicc(log_likelihood, parameters, n), float(log[-1]) + h * drift, float(np.sqrt(h * variance))
    for order in ((0, 1, 1), (1, 1, 0)):
        for trend in ("n", "c"):
            fit = SARIMAX(log, order=order, trend=trend, concentrate_scale=True).fit(disp=False, cov_type="none")
            yield _state_space(fit, h, parameters=len(fit.params) + 1, n=n)


def _structural(log: Floats, h: int) -> Iterator[Candidate]:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    for level in ("llevel", "lldtrend"):
        model = UnobservedComponents(log, level)
        fit = model.fit(disp=False, cov_type="none")
        yield _state_space(fit, h, parameters=len(fit.params) + model.k_states, n=len(log))


def _state_space(fit: Any, h: int, *, parameters: int, n: int) -> Candidate:
    ahead = fit.get_forecast(h)
    mean, variance = float(ahead.predicted_mean[-1]), float(ahead.var_pred_mean[-1])
    return _aicc(float(fit.llf), parameters, n), mean, float(np.sqrt(variance))
