"""Reading the targets themselves: what they ask, whether they agree, how bold they are, and all of them at once.

A rate target can be met by a growing exposure alone, two targets on the same deaths can contradict each other, a
baseline can be an unusually bad year, and a small count can meet its target by chance. Each is said beside the
probability, never instead of it.
"""

import math
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.cases import Case, chance_of, outlook_of, seen_from
from zzlib.chances import noise_floor
from zzlib.forecast import DRAWS, standard_draws, whole
from zzlib.levels import COUNT
from zzlib.readings import in_year, primary
from zzlib.schema import weakest

NATION = "100000"
TYPICAL_YEARS = 5  # the baseline is looked at beside the mean of so many years up to it
RESTATED_YEARS = 3  # and the probability is restated on the mean of so many


def promises(cases: Sequence[Case], figures: pd.DataFrame, breaks: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield what each target asks, shape of `schema.PROMISES`.

    `exposure_change`: expected change of the exposure from baseline to target year. `count_change`: what the target
    then asks of the deaths, (1 + change) (1 + exposure_change) − 1: its stringency. `baseline_ratio`: baseline over the
    mean of the five years up to it. Probabilities: on the mean of three years as baseline; as seen from the baseline
    year alone; had the risk moved as the nation's did. `noise_floor`: the smallest true fall that meets the target
    with 80 %. NaN where the data do not reach. Source: docs/methods.md.
    """
    for case in cases:
        if case.way is None or case.outlook is None:
            continue
        ratio = _means(case)[1]
        exposure = exposure_change(case)
        change = math.nan if case.target.change is None else float(case.target.change)
        yield {
            "indicator": case.indicator.indicator, "exposure_change": exposure,
            "count_change": (1 + change) * (1 + exposure) - 1, "baseline_ratio": ratio,
            "three_years_probability": restated_probability(case),
            "at_baseline_probability": _from_baseline(case),
            "as_nation_probability": _as_nation(case, figures, breaks), "noise_floor": _floor(case),
            "status": weakest({*case.certain["status"], *case.seen["exposure_status"].dropna()} - {""}),
        }  # fmt: skip


def consistency(cases: Sequence[Case]) -> Iterator[dict[str, object]]:
    """Yield each pair of a count target and a rate target on the same deaths, shape of `schema.CONSISTENCY`.

    Both ask the same of the deaths when the exposure grows by `break_even_change` a year,
    ((1 + count change) / (1 + rate change))^(1/n) − 1; if it grows more slowly the rate target binds, else the count's.
    """
    known = [case for case in cases if case.way is not None and case.target.change is not None and case.target.falls]
    for count in known:
        for rate in known:
            same = count.indicator.numerator == rate.indicator.numerator
            if not same or count.is_rate or not rate.is_rate or rate.target.change == -1:
                continue
            years = rate.plan.target_year - rate.plan.baseline_year
            assert count.target.change is not None
            assert rate.target.change is not None
            even = float((1 + count.target.change) / (1 + rate.target.change)) ** (1 / years) - 1
            expected = (1 + exposure_change(rate)) ** (1 / years) - 1 if rate.outlook else math.nan
            binding = rate if expected < even else count
            yield {
                "count_indicator": count.indicator.indicator, "rate_indicator": rate.indicator.indicator,
                "break_even_change": even, "expected_change": expected,
                "binding": binding.indicator.indicator if expected == expected else "",
                "status": weakest({*rate.seen["exposure_status"].dropna()} - {""}),
            }  # fmt: skip


def joint(cases: Sequence[Case]) -> Iterator[dict[str, object]]:
    """Yield the probability that all assessable targets are met, from common draws, shape of `schema.JOINT`.

    Targets on the same deaths share every draw; different deaths of one city share the part of their level's yearly
    change that areas of one panel share. `independent_probability` is the product, for comparison; `expected_met` the
    sum.
    """
    known = [case for case in cases if case.probability == case.probability]
    if not known:
        return
    together = np.ones(DRAWS, dtype=bool)
    for case in known:
        together &= _met(case)
    chances = np.array([case.probability for case in known])
    yield {
        "targets": len(known), "probability": float(together.mean()), "independent_probability": float(chances.prod()),
        "expected_met": float(chances.sum()),
        "status": weakest(status for case in known for status in case.certain["status"]),
    }  # fmt: skip


def exposure_change(case: Case) -> float:
    """Return the expected relative change of a rate's exposure from baseline to target year; NaN where unknown."""
    base = in_year(case.reading.series, case.plan.baseline_year)
    if not case.is_rate or case.outlook is None or base is None or not base["exposure_value"] > 0:
        return math.nan
    assert case.indicator.denominator is not None
    if case.plan.target_year not in case.outlook.risk.years:
        return math.nan
    expected = case.outlook.expected_exposure(case.plan.target_year) * case.indicator.denominator.per
    return expected / float(base["exposure_value"]) - 1


def _means(case: Case) -> tuple[float, float]:
    """Return the mean of three years up to the baseline, and the baseline over the mean of five; NaN where unknown."""
    rows = whole(case.reading.series).set_index("year")["value"]
    year = case.plan.baseline_year
    three = rows.reindex(range(year - RESTATED_YEARS + 1, year + 1))
    five = rows.reindex(range(year - TYPICAL_YEARS + 1, year + 1)).dropna()
    typical = five.mean() if len(five) >= RESTATED_YEARS else math.nan
    assert case.way is not None
    ratio = case.way.baseline / typical if typical > 0 else math.nan
    return float(three.mean()) if three.notna().all() else math.nan, float(ratio)


def restated_probability(case: Case) -> float:
    """Return the probability of the same relative change from the mean of three years; NaN where it is not known."""
    if case.way is None or case.outlook is None:
        return math.nan
    mean = _means(case)[0]
    if mean != mean or case.target.change is None or not _is_open(case):
        return math.nan
    return chance_of(case, case.outlook, target=(1 + float(case.target.change)) * mean)


def _is_open(case: Case) -> bool:
    return case.way is not None and case.outlook is not None and 0 < case.probability < 1


def _from_baseline(case: Case, moving: float | None = None) -> float:
    """Return the probability as seen from the baseline year; `moving` is a log change of the risk until the end."""
    then = seen_from(case, case.plan.baseline_year)
    rows = whole(then.seen)
    if then.value_row is None or not (rows["value"] > 0).any() or len(rows) < RESTATED_YEARS:
        return math.nan
    ahead = outlook_of(then)
    first, last = ahead.risk.at(case.plan.baseline_year)[0], ahead.risk.at(case.plan.target_year)[0]
    shift = 0.0 if moving is None else moving - float((last - first)[0])
    return chance_of(then, ahead, shift=shift)


def _as_nation(case: Case, figures: pd.DataFrame, breaks: pd.DataFrame) -> float:
    """Return the probability from the baseline had the risk moved as the nation's figure has since, year by year."""
    plan = case.plan
    if plan.area == NATION:
        return math.nan
    reading = primary(plan.model_copy(update={"area": NATION}), case.indicator, figures, breaks)
    rows = whole(reading.series).set_index("year")["value"]
    later = rows[(rows.index > plan.baseline_year) & (rows.index <= min(case.through, plan.target_year)) & (rows > 0)]
    if later.empty or not rows.get(plan.baseline_year, 0.0) > 0:
        return math.nan
    yearly = math.log(later.iloc[-1] / rows[plan.baseline_year]) / (later.index[-1] - plan.baseline_year)
    return _from_baseline(case, yearly * (plan.target_year - plan.baseline_year))


def _floor(case: Case) -> float:
    base = in_year(case.reading.series, case.plan.baseline_year)
    if base is None or case.target.change is None or case.target.change > 0 or not base["numerator_value"] > 0:
        return math.nan
    assert case.outlook is not None
    return noise_floor(float(base["numerator_value"]), case.target.change, float(case.outlook.ratio[0]))


def _met(case: Case) -> NDArray[np.bool_]:
    """Return for each common draw whether the target is met: the best of them, as many as the probability says.

    So the target keeps its own probability, which also knows of a part of the year already counted and of a link.
    """
    if case.probability in (0.0, 1.0) or case.outlook is None or case.way is None:
        return np.full(DRAWS, case.probability == 1.0)
    deaths = crc32(f"{case.indicator.numerator}".encode())  # the same deaths, the same draws
    share = COUNT.common_volatility**2 + COUNT.drift_sd**2
    share /= share + COUNT.volatility**2
    level = np.sqrt(share) * standard_draws()[0] + np.sqrt(1 - share) * standard_draws(deaths)[0]
    standard = np.stack([level, standard_draws(deaths)[1]])
    drawn = case.outlook.figures(case.way.target_year, standard=standard, seed=deaths)[0]
    order = np.lexsort((level, drawn if case.way.falls else -drawn))
    met = np.zeros(DRAWS, dtype=bool)
    met[order[: round(case.probability * DRAWS)]] = True
    return met
