"""A city's ceilings are shared by its districts: exactly, in order, whoever is listed first and whatever the unit."""

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zzlib import levels, schema
from zzlib.allocation import METHODS, Rules, allocate, compare, rule
from zzlib.apportionment import MONOTONE, ROUNDINGS
from zzlib.attainment import attainment
from zzlib.chances import count_at_most
from zzlib.control_chances import chances, shared_part
from zzlib.errors import DataError, ParameterError
from zzlib.forecast import DRAWS, outlook, seen_in
from zzlib.language import say
from zzlib.sector_ceilings import by_sector

BASE = "2013/2015"
# Printed break-downs of control targets, whose parts add up exactly: 银川 2013 (银政发〔2013〕102号), its
# industrial part, 德阳 2015 (annual notice), 南通 2006 (通政发〔2006〕28号).
PRINTED: list[tuple[int, dict[str, int]]] = [
    (66, {"工矿商贸": 25, "生产经营性道路交通": 40, "火灾": 0, "农机": 1}),
    (25, {"煤矿": 2, "金属非金属": 1, "建筑": 7, "危化": 1, "其他": 14}),
    (74, {"工矿商贸": 31, "生产经营性道路交通": 43}),
    (724, {"工矿商贸": 39, "火灾": 17, "道路": 668}),
]


def districts(counts: dict[str, list[int]], exposures: list[float] | None = None, last: int = 2015) -> pd.DataFrame:
    """Counts of some districts in the years up to the last, oldest first."""
    rows = [
        {"area": area, "year": last - len(each) + 1 + i, "count": count}
        for area, each in counts.items() for i, count in enumerate(each)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    if exposures is not None:
        table["exposure"] = table["area"].map(dict(zip(counts, exposures, strict=True)))
    return table


def ceilings_of(found: pd.DataFrame, year: int) -> dict[str, int]:
    rows = found[(found["period"] == str(year)) & (found["sector"] == "")]
    return dict(zip(rows["area"], rows["ceiling"].astype(int), strict=True))


LOOSE = Rules(converged=0.5, least_cut=-50.0, most_cut=1.0)
CITY = districts(
    {"A": [9, 7, 8], "B": [20, 22, 24], "C": [3, 2, 1], "D": [30, 28, 26], "E": [0, 1, 0], "F": [12, 13, 14]},
    [90.0, 110.0, 40.0, 80.0, 20.0, 60.0],
)  # 74.0 a year in the mean
ANY_METHOD = pytest.mark.parametrize("method", METHODS)
ANY_ROUNDING = pytest.mark.parametrize("rounding", ROUNDINGS)


@st.composite
def cities(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[int, int], pd.DataFrame]:
    """Districts with counts and exposures, ceilings of three years, and floors and caps that admit them."""
    n = draw(st.integers(2, 6))
    counts = {f"4101{i:02d}": draw(st.lists(st.integers(1, 30), min_size=3, max_size=3)) for i in range(n)}
    table = districts(counts, draw(st.lists(st.sampled_from([1.5, 10.0, 30.0, 77.7]), min_size=n, max_size=n)))
    floors = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    caps = [floor + draw(st.integers(0, 20)) for floor in floors]
    total = st.integers(sum(floors), sum(caps))
    bounds = pd.DataFrame({"area": list(counts), "floor": floors, "cap": caps})
    return table, {year: draw(total) for year in (2018, 2019, 2020)}, bounds


@ANY_METHOD
@ANY_ROUNDING
@given(city=cities())
@settings(deadline=None, max_examples=12)
def test_parts_are_whole_and_sum_to_the_whole_within_every_floor_and_cap(
    method: str, rounding: str, city: tuple[pd.DataFrame, dict[int, int], pd.DataFrame]
) -> None:
    table, totals, bounds = city
    found = allocate(table, totals, base=BASE, method=method, rounding=rounding, bounds=bounds, rules=LOOSE)
    assert (found["ceiling"] % 1 == 0).all()
    assert (found["ceiling"] >= 0).all()
    assert found.groupby("period")["ceiling"].sum().to_dict() == {str(year): n for year, n in totals.items()}
    held = found.merge(bounds, on="area", suffixes=("_used", ""))
    assert (held["ceiling"] >= held["floor"]).all()
    assert (held["ceiling"] <= held["cap"]).all()


@ANY_METHOD
@ANY_ROUNDING
@given(city=cities())
@settings(deadline=None, max_examples=12)
def test_no_district_rises_while_the_city_falls_nor_falls_while_it_rises(
    method: str, rounding: str, city: tuple[pd.DataFrame, dict[int, int], pd.DataFrame]
) -> None:
    table, totals, bounds = city
    found = allocate(table, totals, base=BASE, method=method, rounding=rounding, bounds=bounds, rules=LOOSE)
    by_year = found.pivot(index="area", columns="period", values="ceiling")
    for before, after in ((2018, 2019), (2019, 2020)):
        step = by_year[str(after)] - by_year[str(before)]
        assert (step <= 0).all() if totals[after] <= totals[before] else (step >= 0).all()


@ANY_METHOD
@pytest.mark.parametrize("rounding", MONOTONE)
@given(city=cities(), year=st.sampled_from([2018, 2020]))
@settings(deadline=None, max_examples=12)
def test_a_larger_ceiling_of_a_year_lowers_no_district_in_it(
    method: str, rounding: str, city: tuple[pd.DataFrame, dict[int, int], pd.DataFrame], year: int
) -> None:
    table, totals, bounds = city
    more = totals | {year: totals[year] + 1}
    assume(more[year] <= bounds["cap"].sum())
    small, large = (
        ceilings_of(
            allocate(table, wanted, base=BASE, method=method, rounding=rounding, bounds=bounds, rules=LOOSE), year
        )
        for wanted in (totals, more)
    )
    assert all(large[area] >= small[area] for area in small)


@ANY_METHOD
@ANY_ROUNDING
@given(city=cities(), unit=st.sampled_from([0.1, 1 / 3, 1e4]), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=12)
def test_neither_the_order_of_the_rows_nor_the_unit_of_exposure_matters(
    method: str, rounding: str, city: tuple[pd.DataFrame, dict[int, int], pd.DataFrame], unit: float, seed: int
) -> None:
    table, totals, bounds = city
    other = table.assign(exposure=table["exposure"] * unit).sample(frac=1, random_state=seed)
    choices: dict[str, Any] = {"base": BASE, "method": method, "rounding": rounding, "rules": LOOSE}
    one = allocate(table, totals, bounds=bounds, **choices)
    two = allocate(other, dict(reversed(totals.items())), bounds=bounds.iloc[::-1], **choices)
    pd.testing.assert_frame_equal(one, two)


@ANY_ROUNDING
@pytest.mark.parametrize(("total", "parts"), PRINTED)
def test_printed_break_downs_add_up_and_come_back_from_their_own_shares(
    total: int, parts: dict[str, int], rounding: str
) -> None:
    assert sum(parts.values()) == total
    found = allocate(districts({name: [3 * n] for name, n in parts.items()}), {2016: total}, base="2015",
                     rounding=rounding)  # fmt: skip
    assert ceilings_of(found, 2016) == parts


def test_methods_share_by_what_their_names_say() -> None:
    # 100 in the base year 2015, 300 in the last three; exposures one to one to two; 2012 is too long ago to count.
    city = districts({"A": [0, 40, 40, 40], "B": [0, 20, 20, 40], "C": [99, 40, 40, 20]}, [10.0, 10.0, 20.0])
    by_method = {
        method: ceilings_of(allocate(city, {2016: 100}, base="2015", method=method, rules=LOOSE), 2016)
        for method in METHODS
    }
    assert by_method["proportional"] == {"A": 40, "B": 40, "C": 20}
    assert by_method["historical"] == {"A": 40, "B": 27, "C": 33}
    assert by_method["exposure"] == {"A": 25, "B": 25, "C": 50}
    assert by_method["converging"] == {"A": 32, "B": 33, "C": 35} or by_method["converging"] == {
        "A": 33,
        "B": 32,
        "C": 35,
    }


def test_converging_closes_the_gap_evenly_and_cuts_the_worse_ones_more() -> None:
    # Rates 3, 2, 1 around a city rate of 2; half of the gap is closed by 2020: 2.5, 2, 1.5.
    city = districts({"A": [300], "B": [200], "C": [100]}, [100.0, 100.0, 100.0])
    found = allocate(city, {2020: 540}, base="2015", method="converging", rules=Rules(least_cut=-1, most_cut=1))
    assert ceilings_of(found, 2020) == {"A": 225, "B": 180, "C": 135}
    found = allocate(city, {2020: 540}, base="2015", method="converging")
    assert ceilings_of(found, 2020) == {"A": 244, "B": 196, "C": 100}  # C may not rise; 440 go to A and B as 5 to 4
    assert found.sort_values("area")["cut"].is_monotonic_decreasing
    found = allocate(city, {2020: 540}, base="2015", method="converging", rules=Rules(least_cut=0, most_cut=0.15))
    assert ceilings_of(found, 2020)["A"] == 255


CONVERGED = Rules(converged=1.0, least_cut=-9.0, most_cut=1.0)
TWO = districts({"A": [30], "B": [10]}, [1.0, 1.0])  # by 2018 three fifths of the gap are closed, by 2020 all of it


def test_a_district_does_not_rise_on_another_ones_account_once_ceilings_stand() -> None:
    alone = allocate(TWO, {2020: 40}, base="2015", method="converging", rules=CONVERGED)
    assert ceilings_of(alone, 2020) == {"A": 20, "B": 20}
    found = allocate(TWO, {2018: 40, 2019: 40, 2020: 39}, base="2015", method="converging", rules=CONVERGED)
    assert [ceilings_of(found, year) for year in (2018, 2019, 2020)] == [
        {"A": 24, "B": 16}, {"A": 24, "B": 16}, {"A": 23, "B": 16}
    ]  # fmt: skip
    found = allocate(TWO, {2018: 40, 2020: 43}, base="2015", method="converging", rules=CONVERGED)
    assert ceilings_of(found, 2020) == {"A": 24, "B": 19}


def test_a_cap_that_changes_goes_before_the_order_of_years() -> None:
    bounds = pd.DataFrame({"area": ["A"], "year": [2019], "cap": [20]})
    found = allocate(TWO, {2018: 40, 2019: 40}, base="2015", bounds=bounds)
    assert [ceilings_of(found, year) for year in (2018, 2019)] == [{"A": 30, "B": 10}, {"A": 20, "B": 20}]


def test_zero_control_targets_are_allowed() -> None:
    bounds = pd.DataFrame({"area": ["C", "E"], "floor": [0, 0], "cap": [0, 0]})
    found = allocate(CITY, {2018: 77, 2019: 75, 2020: 73}, base=BASE, bounds=bounds)
    assert [ceilings_of(found, 2020)[area] for area in "CE"] == [0, 0]
    assert ceilings_of(allocate(CITY, {2020: 0}, base=BASE), 2020) == dict.fromkeys("ABCDEF", 0)


def test_a_district_can_be_fixed_in_one_year() -> None:
    bounds = pd.DataFrame({"area": ["A"], "year": [2019], "floor": [5], "cap": [5]})
    found = allocate(CITY, {2018: 74, 2019: 74, 2020: 74}, base=BASE, bounds=bounds)
    assert [ceilings_of(found, year)["A"] for year in (2018, 2019, 2020)] != [5, 5, 5]
    assert ceilings_of(found, 2019)["A"] == 5


def test_of_equal_claims_the_lower_code_is_served() -> None:
    for order in (["X", "Y"], ["Y", "X"]):
        assert ceilings_of(allocate(districts({area: [5] for area in order}), {2016: 9}, base="2015"), 2016) == {
            "X": 5, "Y": 4
        }  # fmt: skip


def test_the_cut_is_from_the_base_and_unknown_from_a_base_of_zero() -> None:
    found = allocate(districts({"A": [10], "B": [0]}), {2016: 8}, base="2015").set_index("area")
    assert found.loc["A", "cut"] == pytest.approx(0.2)
    assert np.isnan(found.loc["B", "cut"])


def test_the_weakest_status_is_that_of_the_whole() -> None:
    statuses = ["published", "synthetic", "published"] * 6
    found = allocate(CITY.assign(status=statuses), {2020: 70}, base=BASE)
    assert set(found["status"]) == {"synthetic"}
    assert set(allocate(CITY, {2020: 70}, base=BASE)["status"]) == {""}


class TestRefused:
    def test_caps_that_leave_deaths_without_a_district(self) -> None:
        bounds = pd.DataFrame({"area": list("ABCDEF"), "cap": [8, 20, 3, 25, 1, 11]})
        with pytest.raises(DataError) as refused:
            allocate(CITY, {2018: 77, 2019: 74, 2020: 60}, base=BASE, bounds=bounds)
        said = [str(fault.what) for fault in refused.value.faults]
        assert said == [
            "caps add up to 68, the city's ceiling for 2018 is 77: 9 deaths have no district",
            "caps add up to 68, the city's ceiling for 2019 is 74: 6 deaths have no district",
        ]

    def test_floors_above_the_citys_ceiling(self) -> None:
        bounds = pd.DataFrame({"area": ["B", "D"], "floor": [30, 40]})
        with pytest.raises(DataError, match=r"floors add up to 70, .* is 66: 4 deaths too many"):
            allocate(CITY, {2020: 66}, base=BASE, bounds=bounds)

    def test_reductions_that_do_not_reach_the_citys_ceiling(self) -> None:
        with pytest.raises(DataError, match=r"floors add up to 66.*reductions that the method allows"):
            allocate(CITY, {2020: 50}, base=BASE, method="converging", rules=Rules(most_cut=0.1))

    def test_every_row_that_cannot_stand_is_named_at_once(self) -> None:
        odd = CITY.astype({"count": object, "area": object}).assign(exposure=CITY["exposure"].astype(object))
        odd.loc[0, "count"], odd.loc[1, "count"], odd.loc[2, "count"] = -1, "3人", 2.5
        odd.loc[3, "count"], odd.loc[4, "exposure"], odd.loc[5, "area"] = None, 0, None
        with pytest.raises(DataError) as refused:
            allocate(odd, {2020: 70.5}, base=BASE)  # type: ignore[dict-item]
        *places, ceiling = [str(fault.where) for fault in refused.value.faults]
        assert ceiling == "the city's ceilings"
        assert places == [*(f"row {row}, column 'count'" for row in range(4)), "row 4, column 'exposure'",
                          "row 5, column 'area'"]  # fmt: skip

    def test_rows_that_stand_twice_or_are_missing(self) -> None:
        odd = pd.concat([CITY.drop(index=[0, 4]), CITY.iloc[[7]]])
        with pytest.raises(DataError) as refused:
            allocate(odd, {2020: 70}, base=BASE)
        assert [str(fault.what) for fault in refused.value.faults] == [
            "C · 2014 stands twice", "there is no count of A · 2013", "there is no count of B · 2014",
        ]  # fmt: skip

    def test_ceilings_that_are_no_whole_numbers_after_the_base(self) -> None:
        with pytest.raises(DataError) as refused:
            allocate(CITY, {2015: 70, 2019: 70.5, 2020: -1}, base=BASE)  # type: ignore[dict-item]
        assert len(refused.value.faults) == 3

    def test_bounds_that_contradict_themselves(self) -> None:
        bounds = pd.DataFrame({
            "area": ["A", "Z", "B", "B", "C", "D"], "year": [None, None, None, 2020, 2031, None],
            "floor": [5, 0, 0, 0, 0, 0.5], "cap": [4, 1, 9, 9, 9, 9],
        })  # fmt: skip
        with pytest.raises(DataError) as refused:
            allocate(CITY, {2020: 70}, base=BASE, bounds=bounds)
        said = " ".join(f"{fault.where}: {fault.what}" for fault in refused.value.faults)
        for place in ("row 0: the floor 5", "row 1: the area 'Z'", "row 3: B · 2020", "row 5, column 'floor'",
                      "row 4: there is no ceiling of 2031"):  # fmt: skip
            assert place in said

    @pytest.mark.parametrize("method", ["exposure", "converging"])
    def test_an_exposure_that_a_method_needs_and_nobody_gave(self, method: str) -> None:
        with pytest.raises(DataError, match="exposure"):
            allocate(CITY.drop(columns="exposure"), {2020: 70}, base=BASE, method=method)
        unknown = CITY.assign(exposure=CITY["exposure"].where((CITY["area"] != "B") | (CITY["year"] != 2014)))
        with pytest.raises(DataError, match="the exposure of B in 2014 is not known"):
            allocate(unknown, {2020: 70}, base=BASE, method=method)

    def test_more_years_of_history_than_are_known(self) -> None:
        with pytest.raises(DataError, match="only 3 years"):
            allocate(CITY, {2020: 70}, base=BASE, method="historical", rules=Rules(last_years=4))

    @pytest.mark.parametrize("base", ["2012/2015", "2012"])
    def test_a_base_without_counts(self, base: str) -> None:
        with pytest.raises(DataError, match="no counts of 2012"):
            allocate(CITY, {2020: 70}, base=base)

    @pytest.mark.parametrize(
        "choice",
        [{"method": "fair"}, {"rounding": "up"}, {"base": "2015-06"}, {"rules": Rules(converged=2)},
         {"rules": Rules(least_cut=0.5, most_cut=0.1)}, {"rules": Rules(last_years=0)}],
    )  # fmt: skip
    def test_a_question_that_cannot_be_asked(self, choice: dict[str, Any]) -> None:
        with pytest.raises(ParameterError):
            allocate(CITY, {2020: 70}, **({"base": BASE} | choice))

    def test_all_methods_refuse_together(self) -> None:
        bounds = pd.DataFrame({"area": list("ABCDEF"), "cap": [8, 20, 3, 25, 1, 11]})
        with pytest.raises(DataError) as refused:
            compare(CITY.drop(columns="exposure"), {2020: 74}, base=BASE, bounds=bounds)
        assert {str(fault.what)[:12] for fault in refused.value.faults} == {"caps add up ", "the observat"}


# What is known of the city by 2017; sixteen units as Zhengzhou has, whose risks differ.
PANEL = districts(
    {f"unit {i:02d}": [int(n) for n in np.random.default_rng(i).poisson(1 + i, 7)] for i in range(16)},
    [float(20 + 5 * (i % 7)) for i in range(16)], last=2017,
)  # fmt: skip
TOTALS = {2018: 130, 2019: 126, 2020: 122}


class TestChances:
    def test_a_district_has_the_probability_that_the_model_gives_its_ceiling(self) -> None:
        found = chances(allocate(PANEL, TOTALS, base=BASE), PANEL).areas
        for year in TOTALS:
            rows = found[found["period"] == str(year)].set_index("area")
            asked = attainment(
                PANEL[["area", "year", "count"]], baseline_year=2015, target_year=year,
                levels=sorted(set(rows["ceiling"])),
            ).set_index(["area", "level"])  # fmt: skip
            wanted = [asked.loc[(area, ceiling), "probability"] for area, ceiling in rows["ceiling"].items()]
            assert rows["probability"].to_list() == pytest.approx(wanted)

    def test_the_city_has_the_probability_of_the_sum_of_its_districts(self) -> None:
        whole = chances(allocate(PANEL, TOTALS, base=BASE), PANEL).whole.set_index("period")
        city = PANEL.groupby("year", as_index=False)["count"].sum().assign(area="city")
        for year, total in TOTALS.items():
            wanted = attainment(city, baseline_year=2015, target_year=year, levels=[total])["probability"]
            assert whole.loc[str(year), "probability"] == pytest.approx(wanted[0])

    def test_all_at_once_is_what_common_draws_give(self) -> None:
        # Four districts with wide ceilings, so that draws can tell.
        few = PANEL[PANEL["area"].isin([f"unit {i:02d}" for i in (9, 11, 13, 15)])]
        found = allocate(few, {2020: 62}, base=BASE)
        judged = chances(found, few)
        seen = seen_in(few[["area", "year", "count"]])
        ahead = outlook(seen, [2017, 2020])
        spread, own = shared_part(ahead, 2020)
        share = 1 - own[:, None]
        random = np.random.default_rng(1)
        level = np.sqrt(share) * random.standard_normal(DRAWS) + np.sqrt(own[:, None]) * random.standard_normal(
            (4, DRAWS)
        )
        drawn = ahead.figures(2020, standard=np.stack([level, level]), seed=2)
        met = drawn <= found["ceiling"].to_numpy()[:, None]
        assert judged.whole.loc[0, "all_probability"] == pytest.approx(met.all(axis=0).mean(), abs=0.02)
        assert judged.areas["probability"].to_list() == pytest.approx(met.mean(axis=1), abs=0.03)
        assert (spread > 0).all()

    def test_sharing_a_path_makes_it_likelier_that_all_are_kept_than_if_each_stood_alone(self) -> None:
        judged = chances(allocate(PANEL, TOTALS, base=BASE), PANEL)
        for period, rows in judged.areas.groupby("period"):
            (whole,) = judged.whole[judged.whole["period"] == period].to_dict("records")
            assert rows["probability"].prod() < whole["all_probability"] < rows["probability"].min()
            assert whole["all_probability"] < whole["probability"]
            assert whole["expected_missed"] == pytest.approx((1 - rows["probability"]).sum())

    @pytest.mark.parametrize("years", [1, 3])
    def test_of_a_level_known_exactly_an_own_walk_is_left_once_the_path_is_given(
        self, years: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # With a thousand million deaths a year counts are no noise: what is not shared is the walk of the years ahead.
        monkeypatch.setattr(levels, "WALKS", levels.PLAIN)
        many = PANEL.assign(count=10**9 + 10**6 * PANEL["count"])[["area", "year", "count"]]
        ahead = outlook(seen_in(many), [2017, 2017 + years])
        spread, own = shared_part(ahead, 2017 + years)
        whole = ahead.risk.at(2017 + years)[1]
        assert own * whole == pytest.approx(years * ahead.prior.risk.constants.volatility**2, rel=1e-3)
        assert spread**2 + own * whole == pytest.approx(whole)

    def test_shares_that_add_up_exactly_are_missed_by_chance_almost_surely(self) -> None:
        judged = chances(allocate(PANEL, TOTALS, base=BASE), PANEL)
        assert (judged.whole["chance_all_kept"] < 0.01).all()
        last = judged.areas[judged.areas["period"] == "2020"]
        alone = count_at_most(last["ceiling"], last["exact"], schema.VARIANCE_RATIO)
        assert judged.whole.iloc[-1]["chance_missed"] == pytest.approx((1 - alone).sum())
        assert 4 < judged.whole.iloc[-1]["chance_missed"] < 9

    def test_a_year_that_is_known_is_kept_or_not(self) -> None:
        known = districts({"A": [10, 9, 8, 7], "B": [5, 6, 5, 7]}, last=2016)
        found = chances(allocate(known, {2016: 14}, base=BASE), known)
        assert ceilings_of(found.areas, 2016) == {"A": 9, "B": 5}
        assert found.areas["probability"].to_list() == [1, 0]
        assert found.whole[["probability", "all_probability", "expected_missed"]].iloc[0].to_list() == [1, 0, 1]

    def test_figures_after_the_year_of_a_ceiling_are_not_looked_at(self) -> None:
        later = PANEL.assign(count=PANEL["count"].where(PANEL["year"] < 2017, 99))
        asked = allocate(PANEL[PANEL["year"] < 2017], {2016: 130}, base=BASE)
        pd.testing.assert_frame_equal(chances(asked, PANEL).whole, chances(asked, later).whole)

    def test_an_allocation_is_judged_by_its_own_districts_only(self) -> None:
        asked = allocate(PANEL, TOTALS, base=BASE)
        with pytest.raises(DataError, match="unit 03 have a ceiling or counts"):
            chances(asked, PANEL[PANEL["area"] != "unit 03"])


def test_three_thousand_areas_are_shared_in_a_second() -> None:
    random = np.random.default_rng(0)
    many = districts({f"{i:06d}": random.poisson(random.gamma(1, 8), 5).tolist() for i in range(3_000)})
    many["exposure"] = random.uniform(10, 90, len(many))
    total = int(many.loc[many["year"] == 2015, "count"].sum())
    for method in METHODS:
        start = time.process_time()
        found = allocate(many, {2016 + i: total - 300 * i for i in range(5)}, base=BASE, method=method, rules=LOOSE)
        assert time.process_time() - start < 1
        assert len(found) == 15_000


def test_methods_stand_side_by_side_with_what_each_promises() -> None:
    found = compare(PANEL, TOTALS, base=BASE)
    assert set(found.areas["period"]) == {"2020"}
    assert found.areas.groupby("area", sort=False)["method"].agg(list).to_list() == [list(METHODS)] * 16
    assert found.whole["method"].to_list() == list(METHODS)
    assert found.whole["probability"].nunique() == 1  # the city's does not depend on how it is shared
    cuts = found.areas.groupby("method")["cut"].max()
    assert found.whole.set_index("method")["largest_cut"].to_dict() == pytest.approx(cuts.to_dict())
    one = chances(allocate(PANEL, TOTALS, base=BASE, method="historical"), PANEL)
    mine = found.whole[found.whole["method"] == "historical"].iloc[0]
    assert mine["all_probability"] == pytest.approx(one.whole.iloc[-1]["all_probability"])


@ANY_METHOD
@ANY_ROUNDING
def test_every_rule_is_said_in_both_languages(method: str, rounding: str) -> None:
    for sentence in rule(method, rounding):
        assert say(sentence, "zh") != say(sentence, "en")


SECTORS = pd.DataFrame([
    {"area": area, "sector": sector, "year": 2015, "count": count}
    for area, counts in {"A": (5, 0, 9), "B": (2, 3, 0), "C": (8, 4, 12)}.items()
    for sector, count in zip(("coal", "fire", "road"), counts, strict=True)
])  # fmt: skip
ROWS = SECTORS.groupby(["area", "year"], as_index=False)["count"].sum()


def margins(found: pd.DataFrame, year: int) -> tuple[dict[str, int], dict[str, int]]:
    cells = found[(found["sector"] != "") & (found["period"] == str(year))]
    return tuple(cells.groupby(key)["ceiling"].sum().astype(int).to_dict() for key in ("area", "sector"))  # type: ignore[return-value]


class TestSectors:
    def test_keep_the_ceilings_of_districts_and_of_sectors(self) -> None:
        asked = allocate(ROWS, {2018: 40, 2019: 38}, base="2015")
        wanted = {2018: {"coal": 13, "fire": 6, "road": 21}, 2019: {"coal": 12, "fire": 6, "road": 20}}
        found = by_sector(asked, SECTORS, base="2015", ceilings=wanted)
        for year, sectors in wanted.items():
            assert margins(found, year) == (ceilings_of(asked, year), sectors)
        cells = found.set_index(["area", "sector", "period"])["ceiling"]
        assert cells[("A", "fire", "2018")] == cells[("B", "road", "2019")] == 0

    @given(st.data())
    @settings(deadline=None, max_examples=30)
    def test_sum_to_the_whole_at_each_level_and_in_each_year(self, data: st.DataObject) -> None:
        totals = {year: data.draw(st.integers(0, 80)) for year in (2018, 2019)}
        full = SECTORS.assign(count=SECTORS["count"] + data.draw(st.lists(st.integers(1, 9), min_size=9, max_size=9)))
        asked = allocate(full.groupby(["area", "year"], as_index=False)["count"].sum(), totals, base="2015")
        found = by_sector(asked, full.sample(frac=1, random_state=1), base="2015")
        pd.testing.assert_frame_equal(found, by_sector(asked, full, base="2015"))
        for year, total in totals.items():
            by_area, sectors = margins(found, year)
            assert by_area == ceilings_of(asked, year)
            assert sum(sectors.values()) == total

    def test_that_do_not_add_up_are_refused_and_so_are_unknown_ones(self) -> None:
        asked = allocate(ROWS, {2018: 40, 2019: 38}, base="2015")
        wanted = {2018: {"coal": 13, "fire": 6, "road": 20}, 2019: {"coal": 32, "sea": 6}}
        with pytest.raises(DataError) as refused:
            by_sector(asked, SECTORS, base="2015", ceilings=wanted)
        assert [str(fault.what) for fault in refused.value.faults] == [
            "the sectors add up to 39, the city's ceiling is 40",
            "fire, road, sea have a ceiling or counts, not both",
        ]

    def test_that_find_no_district_with_counts_are_refused(self) -> None:
        asked = allocate(ROWS, {2018: 40}, base="2015")  # A 13, B 5, C 22
        with pytest.raises(DataError, match=r"road \(1\) find no district"):
            by_sector(asked, SECTORS, base="2015", ceilings={2018: {"coal": 4, "fire": 0, "road": 36}})

    def test_a_missing_count_is_not_taken_for_zero(self) -> None:
        asked = allocate(ROWS, {2018: 40}, base="2015")
        with pytest.raises(DataError, match="no count of A · fire · 2015"):
            by_sector(asked, SECTORS[SECTORS["count"] > 0], base="2015")
