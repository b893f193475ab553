"""Did a measure work: interrupted time series of monthly counts, with what they could have shown said first.

Each answer is about a level after a date against what the months before lead to expect. That the measure caused it
takes more: nothing else at that date, control areas that did not move, placebo dates that show nothing.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from zzlib.comparisons import Displacement, displacement_difference
from zzlib.language import Message, percent
from zzlib.schema import EFFECTS, table

Floats = NDArray[np.float64]
Form: TypeAlias = Literal["level", "slope", "ramp", "level_and_slope"]
Rows: TypeAlias = list[dict[str, object]]
NEEDED: dict[str, int] = {"level": 12, "ramp": 12, "slope": 24, "level_and_slope": 24}  # months on either side
LARGEST = 0.30  # a smallest showable fall beyond which the answer is "cannot tell"
POWER, LEVEL = 0.80, 0.95
WHEN = 12  # months after the start at which a slope's effect is told
HARMONICS = 2  # of the season; one where a side has fewer than two years
UNUSUAL = 0.15  # the year before the start lies so far above the years before it: regression to the mean
CAUTION = 0.5  # standard errors by which the autocorrelation is taken higher than it was estimated
WINDOW = 60  # months on either side that are used at most
_CORRELATIONS = np.linspace(-0.4, 0.95, 28)


@dataclass(frozen=True)
class Fit:
    """A fitted count regression: the log effect with its error, the counts expected with and without it, and noise."""

    log_effect: float
    error: float
    freedom: int
    dispersion: float
    correlation: float
    expected: Floats
    without: Floats
    error_before: float


def design(months: int, start: int, form: Form, *, ramp: int = 12, breaks: Sequence[int] = (), phase: int = 0,
           harmonics: int = HARMONICS) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the design of a window, shape (months, columns), and the contrast that is the log effect.

    Columns: one, time in years from the start, sine and cosine of the season, a step for each known break, then what
    the measure changed. level: a step, its effect the step. slope: a bend, told `WHEN` months on. ramp: a step that
    builds up over `ramp` months, told at its end. level_and_slope: both, told `WHEN` months on. `phase` is the first
    month's place in the year.

    >>> columns, contrast = design(48, 24, "level_and_slope")
    >>> columns.shape, contrast.tolist()
    ((48, 8), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    """
    at = np.arange(months)
    since = np.maximum(at - start, 0) / 12
    waves = [wave(2 * np.pi * k * (at + phase) / 12) for k in range(1, harmonics + 1) for wave in (np.sin, np.cos)]
    steps = [(at >= place).astype(float) for place in breaks]
    step = (at >= start).astype(float)
    parts: dict[str, tuple[list[Floats], list[float]]] = {
        "level": ([step], [1.0]),
        "slope": ([since], [WHEN / 12]),
        "ramp": ([np.clip((at - start + 1) / ramp, 0.0, 1.0)], [1.0]),
        "level_and_slope": ([step, since], [1.0, WHEN / 12]),
    }
    mine, effect = parts[form]
    columns = np.column_stack([np.ones(months), (at - start) / 12, *waves, *steps, *mine])
    return columns, np.array([*np.zeros(columns.shape[1] - len(mine)), *effect])


def fit(counts: Floats, columns: Floats, contrast: Floats, *, exposure: Floats | None = None) -> Fit:
    """Return a Poisson regression's log effect with an error that holds over-dispersion and autocorrelation.

    Fitted by statsmodels. Dispersion: Pearson's, at least 1. Errors follow a first-order autoregression whose
    coefficient is the one that makes the residuals' first autocorrelation its expected value under this very design
    (residuals of few months look less correlated than they are), taken `CAUTION` standard errors higher. Variance
    φ B X'W½ V W½X B, B = (X'WX)⁻¹. The error of Newey and West (1987, Econometrica 55, 703-708) is far too sure with so
    few months (docs/validation.md). Source: docs/methods.md.
    """
    import statsmodels.api as sm  # a second of import, needed only here
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    offset = None if exposure is None else np.log(exposure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # a perfectly straight series is no fault
        fitted = sm.GLM(counts, columns, family=sm.families.Poisson(), offset=offset).fit()
    mean = np.asarray(fitted.mu, dtype=float)
    weighted = columns * np.sqrt(mean)[:, None]
    residuals = (counts - mean) / np.sqrt(mean)
    correlation, dispersion = _noise(residuals, weighted)
    variance = _covariance(weighted, correlation, dispersion)
    effect = np.asarray(fitted.params, dtype=float)
    mine = contrast != 0
    without = mean * np.exp(-(columns[:, mine] @ effect[mine]))
    before = columns[:, mine].sum(axis=1) == 0
    # What could have been shown: had nothing changed, the months before tell how many there would have been.
    level = counts[before].sum() / without[before].sum()
    planned = columns * np.sqrt(np.maximum(without * level, 1e-9))[:, None]
    error_before = math.sqrt(contrast @ _covariance(planned, correlation, dispersion) @ contrast)
    return Fit(
        float(contrast @ effect), math.sqrt(contrast @ variance @ contrast), len(counts) - columns.shape[1],
        dispersion, correlation, mean, without, error_before,
    )  # fmt: skip


def _noise(residuals: Floats, weighted: Floats) -> tuple[float, float]:
    """Return the autocorrelation of the errors, on the careful side, and their dispersion."""
    n = len(residuals)
    basis, _ = np.linalg.qr(weighted)
    made = np.eye(n) - basis @ basis.T
    shifted = np.zeros((n, n))  # made times the neighbours of each month, halved
    shifted[:, 1:] += made[:, :-1] / 2
    shifted[:, :-1] += made[:, 1:] / 2
    powers = _CORRELATIONS[:, None] ** np.arange(n)
    total = powers @ _by_distance(made)
    expected = powers @ _by_distance(shifted @ made) / total
    whole = float(residuals @ residuals)
    seen = float(residuals[1:] @ residuals[:-1]) / max(whole, 1e-12)
    correlation = float(np.interp(seen + CAUTION / math.sqrt(n), expected, _CORRELATIONS))
    freedom = float(np.interp(correlation, _CORRELATIONS, total))
    return correlation, max(1.0, whole / freedom)


def _apart(n: int) -> NDArray[np.int64]:
    return np.abs(np.subtract.outer(np.arange(n), np.arange(n)))


def _by_distance(matrix: Floats) -> Floats:
    """Return the sum of a matrix's cells by their distance from the diagonal; with powers of ρ it is tr(M V)."""
    return np.asarray(np.bincount(_apart(len(matrix)).ravel(), weights=matrix.ravel()), dtype=float)


def _covariance(weighted: Floats, correlation: float, dispersion: float) -> Floats:
    bread = np.linalg.inv(weighted.T @ weighted)
    meat = weighted.T @ (correlation ** np.arange(len(weighted)))[_apart(len(weighted))] @ weighted
    return np.asarray(dispersion * bread @ meat @ bread, dtype=float)


def smallest(error: float, freedom: int) -> float:
    """Return the smallest fall, a share, that is shown with 80 % power at 95 %: 1 - exp(-(t₀.₉₇₅ + t₀.₈) error).

    >>> round(smallest(0.1, 40), 2)
    0.25
    """
    reach = stats.t.ppf((1 + LEVEL) / 2, freedom) + stats.t.ppf(POWER, freedom)
    return float(1 - math.exp(-reach * error))


def interrupted(
    counts: pd.Series, start: str, *, form: Form = "level", ramp: int = 12, breaks: Sequence[str] = (),
    exposure: pd.Series | None = None, series: str = "", status: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Return what a measure that started in a month shows in monthly counts: one row of `schema.EFFECTS`.

    `counts` by month (2018-03), all months in a row; at most `WINDOW` months on either side are used. `breaks` are
    months in which a definition changed: each inside the window enters as a step of its own. `exposure` by month is
    the offset. The row tells months before and after, dispersion, autocorrelation and `smallest` first. The verdict is
    `cannot_tell` where `smallest` exceeds `LARGEST`, months are too few, a count or its exposure is unknown, or a
    break falls on the start: then there is no estimate. Else `fell`, `rose` or `not_shown`, with `change`, its 95 %
    interval and two-sided `p`. Raises nothing.

    >>> months = pd.period_range("2014-01", "2017-12", freq="M").astype(str)
    >>> interrupted(pd.Series([3] * 48, index=months), "2016-01")[["smallest", "verdict"]].round(1).to_numpy().tolist()
    [[0.7, 'cannot_tell']]
    """
    answer = _answer(counts, start, form, ramp, breaks, exposure)
    return table(EFFECTS, [answer | {"series": series, "status": status}])


def _answer(
    counts: pd.Series, start: str, form: Form, ramp: int, breaks: Sequence[str], exposure: pd.Series | None
) -> dict[str, object]:  # fmt: skip
    used = _window(counts, start)
    before, after = int((used.index < start).sum()), int((used.index >= start).sum())
    row: dict[str, object] = {
        "start": start, "form": form, "months_before": before, "months_after": after,
        "events_before": float(used[used.index < start].sum()), "events_after": float(used[used.index >= start].sum()),
        "verdict": "cannot_tell", "reason": "",
    }  # fmt: skip
    refusal = _refusal(used, before, after, form, start, breaks) or _no_rate(used, exposure)
    if refusal is not None:
        return row | {"reason": refusal}
    found = _fitted(used, start, form, ramp, breaks, exposure)
    least = smallest(found.error_before, found.freedom)
    row |= {"dispersion": found.dispersion, "correlation": found.correlation, "smallest": least}
    if not least <= LARGEST:
        reason = Message(
            "at best a fall of {smallest} or more could have been shown; beyond {largest} nothing is said",
            smallest=percent(least), largest=percent(LARGEST),
        )  # fmt: skip
        return row | {"reason": reason}
    reach = float(stats.t.ppf((1 + LEVEL) / 2, found.freedom)) * found.error
    low, high = found.log_effect - reach, found.log_effect + reach
    p = float(2 * stats.t.sf(abs(found.log_effect) / found.error, found.freedom))
    return row | {
        "change": math.expm1(found.log_effect), "lower": math.expm1(low), "upper": math.expm1(high), "p": p,
        "verdict": "fell" if high < 0 else "rose" if low > 0 else "not_shown",
    }  # fmt: skip


def paths(
    counts: pd.Series, start: str, *, form: Form = "level", ramp: int = 12, breaks: Sequence[str] = (),
    exposure: pd.Series | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return month by month what was counted, what is fitted, and what is expected without the measure.

    Columns month, observed, expected, without. For a series that `interrupted` does not refuse.
    """
    used = _window(counts, start)
    found = _fitted(used, start, form, ramp, breaks, exposure)
    return observed(counts, start).assign(expected=found.expected, without=found.without)


def observed(counts: pd.Series, start: str) -> pd.DataFrame:
    """Return the counts that are used, month by month: columns month, observed."""
    used = _window(counts, start)
    return pd.DataFrame({"month": used.index, "observed": used.to_numpy(float)})


def _fitted(
    used: pd.Series, start: str, form: Form, ramp: int, breaks: Sequence[str], exposure: pd.Series | None
) -> Fit:  # fmt: skip
    place = {month: at for at, month in enumerate(used.index)}
    two_years = min(place[start], len(used) - place[start]) >= 24
    columns, contrast = design(
        len(used), place[start], form, ramp=ramp, breaks=[place[one] for one in breaks if place.get(one, 0) > 0],
        phase=int(used.index[0][5:]) - 1, harmonics=HARMONICS if two_years else 1,
    )  # fmt: skip
    amount = None if exposure is None else exposure.reindex(used.index).to_numpy(float)
    return fit(used.to_numpy(float), columns, contrast, exposure=amount)


def _window(counts: pd.Series, start: str) -> pd.Series:
    ordered = counts.sort_index()
    before, after = ordered[ordered.index < start].iloc[-WINDOW:], ordered[ordered.index >= start].iloc[:WINDOW]
    return pd.concat([before, after])


def _refusal(used: pd.Series, before: int, after: int, form: Form, start: str, breaks: Sequence[str]) -> Message | None:
    """Return why a series cannot be asked at all, or None."""
    needed = NEEDED[form]
    if min(before, after) < needed:
        return Message(
            "{needed} months are needed on either side, there are {before} before and {after} after",
            needed=needed, before=before, after=after,
        )  # fmt: skip
    if used.isna().any():
        return Message("the count of {month} is not known", month=str(used.index[used.isna()][0]))
    if start in breaks:
        return Message("a definition changed in the very month, so that the two cannot be told apart")
    if not used[used.index >= start].sum() or not used[used.index < start].sum():
        return Message("nothing happened on one side, which a regression cannot weigh")
    return None


def _no_rate(used: pd.Series, exposure: pd.Series | None) -> Message | None:
    """Return why counts cannot be held against an exposure, or None."""
    if exposure is None:
        return None
    amount = exposure.reindex(used.index).astype(float)
    lacking = amount.index[~((amount > 0) & np.isfinite(amount))]
    if lacking.empty:
        return None
    return Message("the exposure of {month} is not known or not above zero", month=str(lacking[0]))


def after_a_bad_year(counts: pd.Series, start: str) -> Message | None:
    """Return a warning where the measure began after a year well above the years before it, else None.

    A measure that follows a bad year finds a fall waiting: the next year is lower on average whatever is done. Needs
    three years before the start.
    """
    before = counts[counts.index < start].dropna()
    if len(before) < 36:
        return None
    last, earlier = before.iloc[-12:].sum(), before.iloc[-36:-12].sum() / 2
    if earlier <= 0 or last < (1 + UNUSUAL) * earlier:
        return None
    return Message(
        "It began after a bad year, {share} above the two before: part of any fall would have come by itself.",
        share=percent(last / earlier - 1),
    )


def placebo_dates(
    counts: pd.Series, start: str, *, form: Form = "level", ramp: int = 12, breaks: Sequence[str] = (), status: str = ""
) -> pd.DataFrame:  # fmt: skip
    """Return the same question asked of every earlier month at which nothing happened: rows of `schema.EFFECTS`.

    Only months before the start are used, and only dates with the months needed on either side. `placebos` says how
    often they show a change: with nothing there, one in twenty.
    """
    before = counts.sort_index()
    before = before[before.index < start]
    needed = NEEDED[form]
    dates = list(before.index[needed : len(before) - needed + 1]) if len(before) >= 2 * needed else []
    common = {"series": "", "status": status}
    return table(EFFECTS, [_answer(before, date, form, ramp, breaks, None) | common for date in dates])


def against_controls(
    treated: pd.Series, control: pd.Series, start: str, *, months: int | None = None
) -> Displacement | None:  # fmt: skip
    """Return the weighted displacement difference of treated and control counts around a month, None without months.

    As many months on either side, whole years where there is one, so that seasons cancel; counts are a month's. The
    controls are weighted to the treated count before, so that what all lose alike is no difference; None where they
    had nothing before. Source: `comparisons.displacement_difference`. Its variance is Poisson's: of deaths in accidents
    it is too small.

    >>> span = pd.period_range("2015-01", "2018-12", freq="M").astype(str)
    >>> fell = pd.Series([10] * 24 + [6] * 24, index=span)
    >>> against_controls(fell, fell * 0 + 10, "2017-01").difference
    -96.0
    >>> against_controls(fell, fell * 7, "2017-01").difference
    0.0
    """
    both = pd.concat([treated, control], axis=1).sort_index()
    before, after = both[both.index < start], both[both.index >= start]
    length = months or min(len(before), len(after), WINDOW)
    length = length // 12 * 12 if length >= 12 else length
    earlier, later = before.iloc[len(before) - length :].sum(), after.iloc[:length].sum()
    if length == 0 or both.isna().any(axis=None) or earlier.iloc[1] == 0:
        return None
    first, second = ((int(earlier.iloc[side]), int(later.iloc[side])) for side in (0, 1))
    return displacement_difference(first, second, weight=first[0] / second[0])


def several(
    counts: Mapping[str, pd.Series], start: str, *, form: Form = "level", ramp: int = 12, breaks: Sequence[str] = (),
    status: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Return the answers for several series, areas or fields, with p adjusted for their number (Holm).

    `p_adjusted` is Holm's step-down over those that are told; a verdict `fell` or `rose` that does not hold at 5 %
    after it becomes `not_shown`, with the reason. Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    found = table(EFFECTS, [
        _answer(one, start, form, ramp, breaks, None) | {"series": name, "status": status}
        for name, one in counts.items()
    ])  # fmt: skip
    told = found["p"].notna()
    adjusted = holm(found.loc[told, "p"].to_numpy(float))
    found.loc[told, "p_adjusted"] = adjusted
    lost = told & (found["p_adjusted"] > 1 - LEVEL) & found["verdict"].isin(["fell", "rose"])
    reason = Message("alone it would be shown; among so many it may be chance")
    found["verdict"] = found["verdict"].mask(lost, "not_shown")
    found["reason"] = pd.Series(
        [reason if gone else why for gone, why in zip(lost, found["reason"], strict=True)], dtype=object
    )
    return EFFECTS.validate(found)


def holm(p: Floats) -> Floats:
    """Return p adjusted for their number by Holm's step-down.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p)
    stepped = np.minimum(1.0, np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]))
    adjusted = np.empty(len(p))
    adjusted[order] = stepped
    return adjusted
