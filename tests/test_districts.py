"""A district is judged against the rest of its city, drawn to it, and ranked with its doubt."""

from typing import Any

import district_power
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zzlib import districts, shrinkage
from zzlib.comparisons import tail_above
from zzlib.errors import DataError, ParameterError
from zzlib.language import say
from zzlib.schema import DISTRICTS, columns

COUNTS = ["rate", "lower", "upper", "shrunk", "shrunk_lower", "shrunk_upper", "tested_rate"]  # in units of a rate


def city(deaths: list[int], exposure: list[float] | float = 10.0, **more: Any) -> pd.DataFrame:
    areas = [f"{i:02d}" for i in range(len(deaths))]
    return pd.DataFrame({"area": areas, "deaths": deaths, "exposure": exposure, **more})


CITIES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 400).map(lambda n: n / 4)), min_size=2, max_size=7
).map(lambda rows: city([count for count, _ in rows], [exposure for _, exposure in rows]))  # fmt: skip


def test_four_districts_of_identical_rates_are_drawn_to_the_city_and_not_past_it() -> None:
    alike = city([1, 2, 3, 4], [10.0, 20.0, 30.0, 40.0])
    found = districts.rates(alike, variance_ratio=1)
    assert found["shrunk"].tolist() == pytest.approx([0.1] * 4)
    assert districts.spread(alike, variance_ratio=1).relative_sd == 0
    # Without the clip A is -m/b̄ and the weights of the four are these: what a well-known library gives.
    exposure = alike["exposure"].to_numpy()
    a, noise = -0.1 / exposure.mean(), 0.1 / exposure
    assert (a / (a + noise)).round(2).tolist() == [-0.67, -4.0, 6.0, 2.67]


def test_that_no_difference_can_be_shown_does_not_make_districts_equal() -> None:
    found = districts.rates(city([10, 11, 9, 10, 12, 8]), variance_ratio=1)
    assert found["shrunk"].nunique() == 1
    assert all("does not make them equal" in reason for reason in found["reason"])
    assert all("不等于" in say(reason, "zh") for reason in found["reason"])
    assert (found["shrunk_lower"] < 0.95 * found["shrunk"]).all()
    assert (found["shrunk_upper"] > 1.05 * found["shrunk"]).all()
    assert (found["rank_upper"] - found["rank_lower"]).min() >= 4
    assert found.loc[4, "probability_above"] > 0.5 > found.loc[5, "probability_above"]


def test_shrinkage_by_hand() -> None:
    # m = 14/30, Σb(r - m)²/Σb = .035556, m/b̄ = .031111, A = .004444; w = A/(A + m/b) = .087, .16
    found = districts.rates(city([2, 12], [10.0, 20.0]), variance_ratio=1)
    assert found["shrunk"].tolist() == pytest.approx([14 / 30 - 0.086957 * 8 / 30, 14 / 30 + 0.16 * 4 / 30], abs=1e-5)


def test_a_small_district_is_drawn_further_than_a_large_one_of_the_same_rate() -> None:
    found = districts.rates(city([6, 60, 40, 40, 10, 30], [10.0, 100, 100, 100, 50, 50]), variance_ratio=1)
    small, large = found.iloc[0], found.iloc[1]
    assert small["rate"] == large["rate"]
    assert small["rate"] > large["shrunk"] > small["shrunk"] > 186 / 410


@pytest.mark.parametrize(("deaths", "low", "high"), [(5, 1.623486, 11.668332), (20, 12.211429, 30.88988),
                                                      (65, 50.163188, 82.849139)])  # fmt: skip
def test_limits_of_a_rate_are_public_healths(deaths: int, low: float, high: float) -> None:
    found = districts.rates(city([deaths, 30], 4.0), per=4, variance_ratio=1).iloc[0]
    assert (found["lower"], found["upper"]) == pytest.approx((low, high), abs=1e-5)


def test_overdispersion_by_hand() -> None:
    # E = 10 each, z = ±1.5811, 0, 0, at the 10 % and 90 % quantiles ±1.1068; and three times as far apart
    near, far = (districts.spread(city([10 - d, 10 + d, 10, 10]), variance_ratio=1) for d in (5, 10))
    assert (near.phi, near.tau) == (pytest.approx(2 * 1.106797**2 / 4, abs=1e-5), 0)
    phi = 2 * (0.7 * 10 / 10**0.5) ** 2 / 4
    assert (far.phi, far.tau) == pytest.approx((phi, ((4 * phi - 3) / 30) ** 0.5))
    assert far.tested_rate == 1


def test_a_district_is_judged_against_the_rest_by_the_mid_p_tail() -> None:
    found = districts.rates(city([8, 2]), variance_ratio=1)
    # Of ten deaths eight or more fall on one half with 56/1024, exactly eight with 45/1024.
    assert found["p"].tolist() == pytest.approx([2 * (11 + 45 / 2) / 1024] * 2)
    assert found["side"].tolist() == ["above", "below"]
    assert found["p_overdispersed"].min() >= found["p"].min()


def test_chance_of_deaths_in_accidents_is_wider() -> None:
    counts = city([30, 12, 14, 16])
    narrow, wide = (districts.rates(counts, variance_ratio=v) for v in (1.0, 2.25))
    assert (wide["p"] > narrow["p"]).all()
    assert (wide["upper"] - wide["lower"] > narrow["upper"] - narrow["lower"]).all()
    assert tail_above(30 / 2.25, 72 / 2.25, 0.25) * 2 == pytest.approx(wide.loc[0, "p"])


def test_one_accident_of_many_deaths_names_no_district() -> None:
    counts = city([32, 12, 14, 10, 13], fatal_accidents=[12, 12, 13, 10, 13])
    by_accident, by_death = districts.rates(counts), districts.rates(counts.drop(columns="fatal_accidents"))
    assert by_death["named"].tolist() == [True, False, False, False, False]
    assert not by_accident["named"].any()
    assert set(by_accident["tested"]) == {"fatal_accidents"}
    assert by_accident.loc[0, "rate"] == 3.2
    assert by_accident.loc[0, "tested_rate"] == 1.2
    assert by_accident["expected"].tolist() == pytest.approx([12.0] * 5)


def test_the_funnel_and_the_verdict_are_one() -> None:
    for deaths in (8, 14, 15, 16, 17, 18, 25, 36, 37, 38, 39, 42, 43, 44, 45, 46, 60):
        counts = city([deaths, 60, 70, 50, 90], [20.0, 40, 40, 40, 60])
        judged = districts.rates(counts, variance_ratio=1).iloc[0]
        limits = districts.funnel_limits(counts, exposures=[20.0], variance_ratio=1)
        outside = (judged["rate"] < limits["lower"]) | (judged["rate"] > limits["upper"])
        place = {(False, False): "within", (True, False): "outside_95", (True, True): "outside_998"}[tuple(outside)]
        assert judged["funnel"] == place, deaths


def test_over_dispersed_limits_are_wider_and_all_narrow_with_size() -> None:
    found = districts.funnel_limits(city([10, 60, 30, 25, 22]), exposures=[1, 5, 20, 40])
    assert (found["lower_overdispersed"] <= found["lower"]).all()
    assert (found["upper_overdispersed"] > found["upper"]).all()
    for _, group in found.groupby("level"):
        assert group["upper"].is_monotonic_decreasing
        assert group["lower"].is_monotonic_increasing
    assert found.loc[0, "lower"] == 0  # nothing is too few where hardly one is expected


def test_a_district_far_above_is_so_almost_surely_and_ranks_first() -> None:
    found = districts.rates(city([60, 20, 18, 22, 25, 15]), variance_ratio=1)
    assert found.loc[0, "probability_above"] > 0.999
    assert found.loc[0, ["rank", "rank_lower", "rank_upper"]].tolist() == [1, 1, 1]
    assert found.loc[0, "named"]
    assert found.loc[0, "funnel"] == "outside_998"


def test_of_two_districts_just_one_lies_above_the_other() -> None:
    found = districts.rates(city([12, 30], [10.0, 40.0]))
    assert found["probability_above"].sum() == pytest.approx(1)


def test_draws_hold_what_they_say() -> None:
    """Drawn cities with a known spread: the 95 % limits of the risks hold about 95 % of them."""
    random = np.random.default_rng(1)
    held = []
    for _ in range(60):
        risk, expected = random.gamma(1 / 0.3**2, 0.3**2, 12), random.uniform(5, 40, 12)
        count = random.poisson(risk * expected).astype(float)
        _, drawn = shrinkage.risks(count, expected)
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        held += list((low <= risk) & (risk <= high))
    assert 0.92 < np.mean(held) < 0.98


def test_a_district_without_deaths_is_answered_and_is_not_without_risk() -> None:
    found = districts.rates(city([0, 20, 18, 22])).iloc[0]
    assert (found["rate"], found["lower"]) == (0, 0)
    assert 0 < found["shrunk_lower"] < found["shrunk"] < found["upper"] < 2
    assert found["side"] == "below"


def test_one_district_alone_has_a_rate_and_nothing_to_be_compared_with() -> None:
    found = districts.rates(city([7])).iloc[0]
    assert (found["rate"], found["shrunk"], found["ratio"]) == (0.7, 0.7, 1)
    assert found[["p", "probability_above", "rank", "shrunk_lower"]].isna().all()
    assert found["reason"] == "There is one district only, and nothing to compare it with."


def test_where_nobody_died_only_the_upper_limit_speaks() -> None:
    found = districts.rates(city([0, 0, 0]), variance_ratio=1)
    assert found["upper"].tolist() == pytest.approx([0.3689] * 3, abs=1e-4)
    assert found[["ratio", "p", "rank"]].isna().all(axis=None)
    assert not found["named"].any()
    assert set(found["reason"]) == {"Nobody died in any district: there is nothing to compare."}
    assert districts.spread(city([0, 0, 0])).relative_sd == 0


@settings(deadline=None, max_examples=15)
@given(CITIES, st.randoms(use_true_random=False))
def test_the_order_of_districts_does_not_matter(counts: pd.DataFrame, random: Any) -> None:
    order = list(range(len(counts)))
    random.shuffle(order)
    straight, mixed = districts.rates(counts), districts.rates(counts.iloc[order])
    assert mixed["area"].tolist() == counts["area"].iloc[order].tolist()
    pd.testing.assert_frame_equal(straight, mixed.sort_values("area").reset_index(drop=True), check_exact=True)


@settings(deadline=None, max_examples=15)
@given(CITIES, st.sampled_from([0.5, 10.0, 100_000.0]))
def test_the_unit_of_a_rate_moves_the_rate_and_no_judgement(counts: pd.DataFrame, per: float) -> None:
    plain, scaled = districts.rates(counts), districts.rates(counts, per=per)
    pd.testing.assert_frame_equal(plain.drop(columns=COUNTS), scaled.drop(columns=COUNTS))
    pd.testing.assert_frame_equal(plain[COUNTS] * per, scaled[COUNTS])
    other = districts.rates(counts.assign(exposure=counts["exposure"] * 1000))
    kept = ["p", "p_adjusted", "p_overdispersed", "ratio", "probability_above", "rank", "rank_lower", "rank_upper"]
    pd.testing.assert_frame_equal(plain[kept], other[kept], atol=0.002)


@settings(deadline=None, max_examples=25)
@given(CITIES, st.sampled_from([1.0, 1.25, 3.0]))
def test_what_is_said_hangs_together(counts: pd.DataFrame, ratio: float) -> None:
    assume(counts["deaths"].sum() > 0)
    found = districts.rates(counts, variance_ratio=ratio)
    assert list(found) == columns(DISTRICTS)
    for low, middle, high in (("lower", "rate", "upper"), ("shrunk_lower", "shrunk", "shrunk_upper"),
                              ("rank_lower", "rank", "rank_upper")):  # fmt: skip
        assert (found[low] <= found[middle] + 1e-12).all()
        assert (found[middle] <= found[high] + 1e-12).all()
    assert found["expected"].sum() == pytest.approx(counts["deaths"].sum())
    assert ((found["ratio"] > 1 + 1e-9) == (found["side"] == "above")).all()
    assert (found["p_adjusted"] >= found["p"]).all()
    assert found["rank"].min() == 1
    between = sorted([found["rate"].min(), found["rate"].max()])
    assert found["shrunk"].between(between[0] - 1e-12, between[1] + 1e-12).all()


def test_every_row_that_cannot_stand_is_named_at_once() -> None:
    wrong = pd.DataFrame(
        {
            "area": ["A", "B", "C", "D", "A", "F", "G"],
            "deaths": [1, -2, 2.5, 1, 1, 3, 0],
            "fatal_accidents": [1, 1, 1, 2, 1, 0, None],
            "exposure": [1, 1, 1, 1, 0, 1, "?"],
        }
    )
    with pytest.raises(DataError) as refused:
        districts.rates(wrong)
    said = str(refused.value)
    for part in ("row 1, column 'deaths': '-2", "row 2, column 'deaths': '2.5'", "row 3: 1 deaths in 2 fatal accidents",
                 "row 4, column 'exposure': '0'", "row 4: A stands twice", "row 5: 3 deaths in 0 fatal accidents",
                 "row 6, column 'fatal_accidents'", "row 6, column 'exposure': '?'"):  # fmt: skip
        assert part in said, part
    assert len(refused.value.faults) == 8


@pytest.mark.parametrize(("counts", "said"), [(city([])[:0], "there are no counts"),
                                               (pd.DataFrame({"area": ["A"]}), "lack the columns deaths, exposure"),
                                               (city([1, 2], status="fine"), "'fine' cannot stand here")])  # fmt: skip
def test_counts_that_cannot_be_used_are_refused(counts: pd.DataFrame, said: str) -> None:
    for question in (districts.rates, districts.spread):
        with pytest.raises(DataError, match=said):
            question(counts)


def test_a_scale_that_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError) as refused:
        districts.rates(city([1, 2]), per=0, variance_ratio=0.5)
    assert len(refused.value.faults) == 2
    with pytest.raises(ParameterError, match="an exposure of 20 is not between zero and the city's 20"):
        districts.funnel_limits(city([1, 2]), exposures=[5, 20])


def test_the_input_is_not_changed() -> None:
    counts = city([3, 1, 2], fatal_accidents=[2, 1, 2])[::-1]
    kept = counts.copy()
    districts.rates(counts)
    pd.testing.assert_frame_equal(counts, kept)


KINDS = list(district_power.SIZES)


class TestDrawnCities:
    """A small sample of what `validation/district_power.py` draws; its whole result stands in docs/validation.md."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_they_are_judged_as_one_city_is(self, kind: str) -> None:
        cities = district_power.drawn(kind, 20, ratio=2.0, runs=8)
        outside, named = district_power.judged(cities)
        for i in range(8):
            counts = city(cities.deaths[i], cities.exposure, fatal_accidents=cities.fatal_accidents[i])
            said = districts.rates(counts)
            assert said["named"].tolist() == named[i].tolist()
            assert (said["funnel"] != "within").tolist() == outside[i].tolist()

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_identical_districts_hardly_any_is_named(self, kind: str) -> None:
        outside, named = district_power.judged(district_power.drawn(kind, 20, runs=500))
        assert 0.03 < outside.mean() <= 0.06
        assert named.any(axis=1).mean() <= 0.13

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_district_at_twice_the_rate_is_mostly_seen(self, kind: str) -> None:
        outside, _ = district_power.judged(district_power.drawn(kind, 20, ratio=2.0, runs=500))
        assert outside[:, 0].mean() >= 0.75

    def test_deaths_come_in_accidents_of_the_variance_asked_for(self) -> None:
        for kind, ratio in (("independent", 1.0), ("few large", 2.25), ("geometric", 2.25)):
            size, often = district_power.SIZES[kind]
            assert (size**2 @ often) / (size @ often) == pytest.approx(ratio, abs=1e-6)
            deaths = district_power.drawn(kind, 60, runs=4000).deaths[:, 0]
            assert deaths.mean() == pytest.approx(60, rel=0.02)
            assert deaths.var() / deaths.mean() == pytest.approx(ratio, rel=0.1)
