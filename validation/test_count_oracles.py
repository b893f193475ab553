"""Published results on small counts: intervals, two counts, limits, alarms, displacement."""

from decimal import Decimal
from typing import Any

import pytest

from zzlib.chances import chance_if_nothing_changed
from zzlib.comparisons import alarm_bound, displacement_difference, e_test, natural_variation, ratio_limits
from zzlib.indicators import count_interval


def test_intervals_of_a_count_are_public_healths(methods: dict[str, Any]) -> None:
    for case in methods["phe_rates"]["cases"]:
        for level, column in ((0.95, "ci95"), (0.998, "ci998")):
            low, high = count_interval(case["x"], level=level)
            assert [float(low), float(high)] == pytest.approx(case[column], abs=1e-5), (case["x"], level)


def test_the_department_for_transports_verdicts_on_two_years(methods: dict[str, Any]) -> None:
    for case in methods["dft_2015"]["cases"]:
        found = natural_variation(case["a"], case["b"])
        assert found.z == pytest.approx(case["z"], abs=1e-4)
        assert found.p_normal == pytest.approx(case["p_normal"], abs=1e-4)
        if "p_binomial" in case:
            assert found.p_binomial == pytest.approx(case["p_binomial"], abs=1e-4)
        assert (found.p_normal < 0.05) == ("significant" in case["verdict_printed"])


def test_two_small_counts_by_the_e_test(methods: dict[str, Any]) -> None:
    for first, second, p in methods["poisson_e_test"]["cases"]:
        assert e_test(first, second) == pytest.approx(p, abs=5e-4), (first, second)


def test_the_limits_of_a_funnel(methods: dict[str, Any]) -> None:
    oracle = methods["funnelplotr_poisson"]
    for i, n in enumerate(oracle["n"]):
        for level, column in ((0.95, "95"), (0.998, "998")):
            printed = [oracle[f"ll{column}"][i], oracle[f"ul{column}"][i]]
            assert ratio_limits(n, level=level) == pytest.approx(printed, abs=1e-6)


def test_the_bound_of_an_alarm_at_each_power(methods: dict[str, Any]) -> None:
    oracle = methods["farrington_threshold"]
    given = oracle["in"]
    for name, power in (("none", 1.0), ("1/2", 1 / 2), ("2/3", 2 / 3)):
        found = alarm_bound(
            given["y"], given["mu0"], given["se"], dispersion=given["phi"], alpha=given["alpha"], power=power
        )
        assert tuple(found) == pytest.approx(oracle["out[lower,upper,prob,score]"][name], abs=1e-6)


def test_the_displacement_difference(methods: dict[str, Any]) -> None:
    oracle = methods["wdd"]
    found = displacement_difference(
        oracle["treated"], oracle["control"], oracle["disp_treated"], oracle["disp_control"]
    )
    assert (found.difference, found.variance) == (oracle["total"], oracle["var"])
    assert round(found.z, 2) == oracle["z"]
    assert [round(found.low), round(found.high)] == oracle["ci95"]
    timed = oracle["time_weights_case"]
    weighed = displacement_difference(timed["treated"], timed["control"], times=tuple(timed["time_weights"]))
    assert (weighed.difference, weighed.variance) == (timed["est"], timed["var"])


def test_what_chance_alone_does_to_a_target_of_thirty_per_cent(methods: dict[str, Any]) -> None:
    """Both years are draws; the true risk unchanged, 30 % lower, 40 % lower."""
    for mean, unchanged, met, missed in methods["noise_floor_minus30pct"]["rows"]:
        for change, printed in ((0.0, unchanged), (-0.3, met), (-0.4, 1 - missed)):
            chance = chance_if_nothing_changed(mean, Decimal("-0.3"), true_change=change)
            assert chance == pytest.approx(printed, abs=6e-5), (mean, change)
