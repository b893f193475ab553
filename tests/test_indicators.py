"""Counts, rates and intervals, against published figures and by hand."""

import math

import asked
import numpy as np
import pandas as pd
import pytest

from zzlib import evaluate
from zzlib.indicators import count_interval, half_units, known, split

COLUMNS = ["area", "period", "measure", "scope", "vintage", "value", "unit", "status", "source", "note"]


@pytest.mark.parametrize(
    ("count", "level", "lower", "upper"),
    [
        (1, 0.95, 0.025318, 5.571643), (1, 0.998, 0.001001, 9.233413),
        (5, 0.95, 1.623486, 11.668332), (5, 0.998, 0.739372, 16.454745),
        (20, 0.95, 12.211429, 30.88988), (20, 0.998, 8.922802, 38.085036),
        (65, 0.95, 50.163188, 82.849139), (1045, 0.95, 982.593202, 1110.331213),
        (1045, 0.998, 947.940704, 1148.806161),
    ],
)  # fmt: skip
def test_intervals_agree_with_published_health_statistics(count: int, level: float, lower: float, upper: float) -> None:
    found = count_interval(count, level=level)
    assert (float(found[0]), float(found[1])) == (pytest.approx(lower, abs=1e-6), pytest.approx(upper, abs=1e-6))


def test_deaths_that_come_in_accidents_tell_less() -> None:
    plain, clustered = count_interval(40), count_interval(40, variance_ratio=2.25)
    assert clustered[0] < plain[0] < 40 < plain[1] < clustered[1]


def test_zero_fatal_accidents_on_nineteen_million_tonnes_allow_a_fifth_per_million() -> None:
    assert float(count_interval(0)[1]) / 19.37 == pytest.approx(0.19, abs=0.001)


def test_a_published_rate_stands_before_a_computed_one_and_the_difference_is_said() -> None:
    coal = asked.evaluation("china-2006-2010", 2008).assessment("deaths_per_million_tonnes")
    assert coal["baseline"] == 2.81  # 5938 / 2190 = 2.71
    assert any("2.71" in warning for warning in coal["warnings"])


def test_a_rate_s_change_is_deaths_less_exposure() -> None:
    year = {"value": 100 / 50, "numerator_value": 100.0, "exposure_value": 50.0}
    parts = split(pd.Series(year), pd.Series({"value": 90 / 60, "numerator_value": 90.0, "exposure_value": 60.0}))
    assert parts["rate_log_change"] == pytest.approx(math.log(90 / 60 / 2))
    assert parts["rate_log_change"] == pytest.approx(parts["count_log_change"] - parts["exposure_log_change"])


def test_a_printed_zero_may_be_lost_but_not_its_precision() -> None:
    assert half_units([0.7, 0.558, 0.6], ["published"] * 3, printed=True) == [0.0005] * 3


def test_equal_claims_are_named_and_the_answer_does_not_depend_on_their_order() -> None:
    common = ["410100", "2018", "accidents", "police", ""]
    rows = pd.DataFrame([[*common, value, "accidents", "published", source, ""] for value, source in
                         [(351.0, "one"), (350.0, "other")]], columns=COLUMNS)  # fmt: skip
    for order in ([0, 1], [1, 0]):
        (found,) = known(rows.iloc[order], through="2018").to_dict("records")
        assert (found["value"], found["conflict"]) == (351.0, "350")


def test_the_demonstration_intervals_hold_the_value() -> None:
    found = evaluate("zhengzhou-2016-2020").indicators
    assert ((found["lower"] <= found["value"]) & (found["value"] <= found["upper"])).all()
    assert np.isfinite(found[["lower", "upper"]].to_numpy()).all()
