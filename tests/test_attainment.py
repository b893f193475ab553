"""The probability of attaining a target, for one area or for thousands: what it must hold."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zzlib import evaluate
from zzlib.errors import DataError, ParameterError
from zzlib.plan import Plan
from zzlib.targets import assess, attainment, fit_prior

DEATHS = [120, 110, 115, 100, 105, 98, 96, 90]
RATES = [2.4, 2.3, 2.3, 2.1, 2.2, 2.0, 2.0, 1.9]
QUESTION = {"baseline_year": 2015, "target_year": 2020}
CLUSTERED = pd.DataFrame({"deaths": [1, 2, 3, 10], "accidents": [80, 8, 3, 1]})
counts = st.lists(st.integers(0, 3_000), min_size=8, max_size=8)


def deaths(yearly: list[float], *, first: int = 2011, area: object = "A", **columns: object) -> pd.DataFrame:
    years = range(first, first + len(yearly))
    return pd.DataFrame({"area": area, "year": years, "count": yearly, **columns})


def rates(yearly: list[float], *, first: int = 2011, area: str = "A", **columns: object) -> pd.DataFrame:
    years = range(first, first + len(yearly))
    return pd.DataFrame({"area": area, "year": years, "value": yearly, "half_unit": 0.05, **columns})


def exposed(yearly: list[float] = DEATHS, growth: float = 0.05, **parts: object) -> pd.DataFrame:
    return deaths(yearly, exposure=50 * (1 + growth) ** np.arange(len(yearly)), **parts)


def panel(areas: int = 12) -> pd.DataFrame:
    random = np.random.default_rng(2)
    return pd.concat(
        [deaths(random.poisson(20 * (i + 1), 8).tolist(), area=f"area {i}") for i in range(areas)], ignore_index=True
    )


def ask(observations: pd.DataFrame, **parts: object) -> pd.DataFrame:
    return attainment(observations, **(QUESTION | parts))


def chance(observations: pd.DataFrame, **parts: object) -> float:
    found = ask(observations, **parts)
    assert len(found) == 1
    return float(found["probability"].iloc[0])


def refused(error: type[Exception], observations: pd.DataFrame, **parts: object) -> list[str]:
    """Return what the refusal says, one line a fault."""
    with pytest.raises(error) as told:
        ask(observations, **({"changes": [-0.1]} | parts))
    assert len(told.value.faults) == len(str(told.value).splitlines())
    return str(told.value).splitlines()


class TestAnswer:
    def test_one_row_an_area_and_target_in_the_order_given(self) -> None:
        both = pd.concat([deaths(DEATHS, area="B"), deaths(DEATHS, area="A")])
        by_change = ask(both, changes=[-0.1, -0.3, 0])
        assert list(by_change) == ["area", "change", "probability", "low", "high", "reason"]
        assert by_change["area"].to_list() == ["B"] * 3 + ["A"] * 3
        assert by_change["change"].to_list() == [-0.1, -0.3, 0] * 2
        assert list(ask(both, levels=[80])) == ["area", "level", "probability", "low", "high", "reason"]

    def test_a_change_is_relative_to_the_observed_baseline(self) -> None:
        by_change = ask(deaths(DEATHS), changes=[-0.1, -0.3])["probability"]
        by_level = ask(deaths(DEATHS), levels=[94, 73])["probability"]  # of 105: 94.5 and 73.5
        np.testing.assert_allclose(by_change, by_level)

    def test_a_change_may_be_an_exact_decimal(self) -> None:
        assert chance(deaths(DEATHS), changes=[Decimal("-0.3")]) == chance(deaths(DEATHS), changes=[-0.3])

    def test_with_an_exposure_the_target_is_on_the_count_over_it(self) -> None:
        steady = deaths(DEATHS, exposure=50.0)
        held = {"exposure_path": 0.0}
        assert chance(steady, changes=[-0.3], **held) == pytest.approx(chance(deaths(DEATHS), changes=[-0.3]), abs=0.01)
        assert chance(steady, levels=[1.8], **held) == pytest.approx(chance(deaths(DEATHS), levels=[90]), abs=0.01)
        assert chance(exposed(growth=0.06), changes=[-0.3]) > chance(exposed(growth=0.0), changes=[-0.3])

    def test_the_range_holds_the_probability_and_its_reason_says_it(self) -> None:
        row = ask(deaths(DEATHS), changes=[-0.1]).iloc[0]
        assert row["low"] < row["probability"] < row["high"]
        assert f"{row['low']:.0%} to {row['high']:.0%}" in row["reason"]

    def test_every_answer_records_its_prior(self) -> None:
        found = ask(panel(), changes=[-0.1])
        assert found.attrs["prior"] == fit_prior(panel()).text
        assert "12 area(s), 2011-2018" in found.attrs["prior"]

    def test_the_observations_are_not_changed_in_place(self) -> None:
        given = exposed(area=7)[::-1]
        before = given.copy(deep=True)
        ask(given, changes=[-0.1], exposure_path=0.06)
        pd.testing.assert_frame_equal(given, before)

    @settings(max_examples=40, deadline=None)
    @given(counts, st.floats(0, 4_000))
    def test_before_the_target_year_nothing_is_certain(self, yearly: list[int], level: float) -> None:
        row = ask(deaths(yearly), levels=[level]).iloc[0]
        assert 0 < row["low"] <= row["probability"] <= row["high"] < 1


class TestKnownTargetYear:
    KNOWN = deaths([90, 88, 80, 75, 70, 63], first=2015)

    def test_it_is_met_or_missed_for_certain_with_the_reason(self) -> None:
        found = ask(self.KNOWN, changes=[-0.3, -0.31])  # 63 of 90: (1 − .3)·90 is 62.999… in floats
        assert found["probability"].to_list() == found["low"].to_list() == found["high"].to_list() == [1.0, 0.0]
        assert found["reason"].str.endswith(("known: met", "known: missed")).tolist() == [True, True]
        assert ask(self.KNOWN, levels=[63, 62.9])["probability"].to_list() == [1.0, 0.0]

    def test_of_a_rate_too(self) -> None:
        known = deaths([90, 70], first=2019, exposure=[100.0, 100.0])
        found = ask(known, levels=[0.7, 0.69])
        assert found["probability"].to_list() == [1.0, 0.0]

    def test_a_zero_is_known_as_any_other_count(self) -> None:
        found = ask(deaths([5, 3, 0], first=2018), levels=[0, 2])
        assert found["probability"].to_list() == [1.0, 1.0]

    def test_within_half_a_printed_unit_of_the_target_nothing_is_decided(self) -> None:
        known = rates([2.4, 2.2, 1.9], first=2018)
        found = ask(known, levels=[1.80, 1.87, 1.90, 1.94, 2.0])
        np.testing.assert_array_equal(found["probability"], [0, np.nan, 1, np.nan, 1])
        assert "printed precision" in found["reason"].iloc[1]
        assert found[["low", "high"]].iloc[1].isna().all()

    def test_a_missing_baseline_stays_missing(self) -> None:
        row = ask(self.KNOWN[1:], changes=[-0.3]).iloc[0]
        assert np.isnan(row["probability"])
        assert "no figure of the baseline year" in row["reason"]


class TestNothingAfterTheOrigin:
    """What happens after the last year known must not reach the answer."""

    KNOWN = pd.concat([exposed(area="A"), exposed([20, 25, 18, 22, 19, 24, 17, 15], area="B")], ignore_index=True)
    LATER = pd.DataFrame({"area": list("AABB"), "year": [2019, 2020] * 2, "count": [500, 1, 3, 90], "exposure": 60.0})

    @pytest.mark.parametrize("columns", [["count", "exposure"], ["count"], ["exposure"]])
    def test_a_year_after_the_target_is_refused_even_if_it_holds_but_one_number(self, columns: list[str]) -> None:
        later = self.KNOWN.assign(year=self.KNOWN["year"] + 5).loc[:, ["area", "year", *columns]]
        told = refused(DataError, pd.concat([self.KNOWN, later[later["year"] > 2020]]))
        assert told == [
            "the observations go on to 2023, after the target year 2020. Leave out what lies after the target year."
        ]

    def test_years_without_any_number_are_no_knowledge(self) -> None:
        padded = pd.concat([self.KNOWN, self.LATER[["area", "year"]]])
        expected = ask(self.KNOWN, changes=[-0.1, -0.3])["probability"]
        np.testing.assert_allclose(ask(padded, changes=[-0.1, -0.3])["probability"], expected, atol=1e-6)

    def test_the_origin_is_the_last_year_given(self) -> None:
        """A shorter series is the answer of that day: the figures left out would have changed it."""
        on_the_day = ask(self.KNOWN[self.KNOWN["year"] <= 2016], changes=[-0.1])
        assert "2011-2016" in on_the_day.attrs["prior"]
        assert (on_the_day["probability"] != ask(self.KNOWN, changes=[-0.1])["probability"]).all()

    @staticmethod
    def observed() -> pd.DataFrame:
        """Return what was known at the end of 2019 of the years to 2018, and all that came later."""
        known = {2011: 120, 2013: 110, 2015: 100, 2016: 97, 2017: 93, 2018: 90}
        later = {2019: 85, 2020: 80}
        size = {year: 100 * 1.1 ** (year - 2011) for year in range(2011, 2021)}
        revised = {year: count + 4 for year, count in known.items()}
        return pd.concat(
            [
                yearly(known, vintage="2019-02-28"),
                yearly({year: size[year] for year in range(2011, 2019)}, vintage="2019-02-28", **VEHICLES),
                yearly(later, vintage="2021-02-28"),
                yearly({year: size[year] for year in later}, vintage="2021-02-28", **VEHICLES),
                yearly(revised, vintage="2020-06-30"),
            ],
            ignore_index=True,
        )

    @staticmethod
    def futures(observed: pd.DataFrame) -> dict[str, pd.DataFrame]:
        future = observed["period"].isin(["2019", "2020"]) | (observed["vintage"] > "2019-12-31")
        shuffled = observed.copy()
        random = np.random.default_rng(1)
        for measure in ("deaths", "vehicles"):
            chosen = future & (observed["measure"] == measure)
            shuffled.loc[chosen, "value"] = random.permutation(observed.loc[chosen, "value"])
        multiplied = observed.assign(value=observed["value"].where(~future, observed["value"] * 7))
        return {"shuffled": shuffled, "multiplied": multiplied, "removed": observed[~future]}

    def test_an_assessment_stands_whatever_is_published_later(self) -> None:
        observed, question = self.observed(), {"through": 2018, "as_of": "2019-12-31"}
        expected = assess(deaths_plan("-0.10"), observed, **question)
        assert (expected["probability"] > 0).all()
        for future in self.futures(observed).values():
            pd.testing.assert_frame_equal(assess(deaths_plan("-0.10"), future, **question), expected)

    def test_so_it_does_on_a_rate_whatever_later_years_bring_that_are_in_the_table_already(self) -> None:
        observed = self.observed()[lambda table: table["vintage"] != "2020-06-30"]
        plan = deaths_plan("-0.10", rate=True)
        expected = assess(plan, observed.assign(vintage=""), through=2018)
        assert (expected["probability"] > 0).all()
        for future in self.futures(observed).values():
            pd.testing.assert_frame_equal(assess(plan, future.assign(vintage=""), through=2018), expected)

    def test_so_does_every_table_of_an_evaluation(self, tmp_path: Path) -> None:
        observed = self.observed()
        futures = {"as it was": observed} | self.futures(observed)
        found = {}
        for name, table in futures.items():
            table.to_csv(tmp_path / f"{name}.csv", index=False)
            data = [tmp_path / f"{name}.csv"]
            found[name] = evaluate(deaths_plan("-0.10"), through=2018, as_of="2019-12-31", data=data)
        expected = found.pop("as it was")
        tables = [field.name for field in fields(expected) if isinstance(getattr(expected, field.name), pd.DataFrame)]
        assert "assessments" in tables
        for other in found.values():
            for table in tables:
                same = [getattr(one, table).drop(columns=["file", "row"], errors="ignore") for one in (other, expected)]
                pd.testing.assert_frame_equal(*same)

    def test_the_future_would_have_moved_the_answer(self) -> None:
        """The guard of the tests above: with the later years known, the same shuffles do change the answer."""
        observed = self.observed()
        expected = assess(deaths_plan("-0.10"), observed, through=2019)
        moved = assess(deaths_plan("-0.10"), self.futures(observed)["multiplied"], through=2019)
        assert moved["probability"].iloc[0] != expected["probability"].iloc[0]


class TestPrior:
    def test_an_area_is_answered_alone_as_in_a_batch_under_one_prior(self) -> None:
        prior = fit_prior(panel())
        together = ask(panel(), changes=[-0.1, -0.3], prior=prior)
        for area, own in panel().groupby("area"):
            alone = ask(own, changes=[-0.1, -0.3], prior=prior)
            expected = together[together["area"] == area]
            for column in ("probability", "low", "high"):
                np.testing.assert_allclose(alone[column], expected[column], rtol=0, atol=1e-9)
            assert alone["reason"].to_list() == expected["reason"].to_list()
            assert alone.attrs == together.attrs

    def test_so_is_one_with_gaps(self) -> None:
        gappy = panel()[lambda table: ~((table["area"] == "area 3") & table["year"].isin([2011, 2013]))]
        prior = fit_prior(gappy)
        together = ask(gappy, changes=[-0.1], prior=prior).set_index("area")
        alone = chance(gappy[gappy["area"] == "area 3"], changes=[-0.1], prior=prior)
        assert alone == pytest.approx(together.at["area 3", "probability"], abs=1e-6)

    def test_so_is_a_rate_whose_deaths_are_known_beside_one_whose_are_not(self) -> None:
        known, unknown = rates(RATES, area="A", count=[10 * rate for rate in RATES]), rates(RATES, area="B")
        known["count"] = known["count"].round()
        both = pd.concat([known, unknown])
        prior = fit_prior(both)
        together = ask(both, changes=[-0.1], prior=prior).set_index("area")
        for own in (known, unknown):
            alone = ask(own, changes=[-0.1], prior=prior).iloc[0]
            expected = together.loc[own["area"].iloc[0]]
            columns = ["probability", "low", "high"]
            np.testing.assert_allclose(alone[columns].astype(float), expected[columns].astype(float), atol=1e-9)
        assert together["probability"].nunique() == 2

    def test_without_one_it_is_fitted_on_the_call(self) -> None:
        found, expected = (ask(panel(), changes=[-0.1], prior=prior) for prior in (None, fit_prior(panel())))
        pd.testing.assert_frame_equal(found, expected)

    def test_it_pools_what_areas_share(self) -> None:
        flat = deaths([100] * 8, area="flat")
        fallen = pd.concat([deaths([900] * 5 + [600] * 3, area=f"fallen {i}") for i in range(6)])
        alone, beside = (ask(rows, changes=[-0.1]).set_index("area") for rows in (flat, pd.concat([flat, fallen])))
        assert beside.at["flat", "probability"] > alone.at["flat", "probability"] + 0.03

    def test_one_of_another_kind_is_refused(self) -> None:
        for other in (exposed(), rates(RATES)):
            told = refused(ParameterError, deaths(DEATHS), prior=fit_prior(other))
            assert "another kind" in told[0]


class TestExposurePath:
    def test_growth_a_mapping_and_a_table_say_the_same(self) -> None:
        known = exposed(growth=0.05)
        amount = float(known["exposure"].iloc[-1]) * 1.06**2
        paths = (
            0.06,
            {2019: 1.0, 2020: amount},
            pd.DataFrame({"area": ["A", "A"], "year": [2019, 2020], "exposure": [1.0, amount]}),
        )
        found = [chance(known, changes=[-0.3], exposure_path=path) for path in paths]
        assert found == [pytest.approx(found[0], abs=1e-3)] * 3

    def test_the_faster_the_exposure_grows_the_easier_the_target_on_a_rate(self) -> None:
        found = [chance(exposed(), changes=[-0.3], exposure_path=growth) for growth in (-0.05, 0, 0.06, 0.2)]
        assert found == sorted(found)
        assert found[0] < found[-1] - 0.3

    def test_each_area_has_its_own_in_a_table(self) -> None:
        both = pd.concat([exposed(area=1), exposed(area=2)])
        path = pd.DataFrame({"area": [2, 1], "year": 2020, "exposure": [60.0, 120.0]})
        found = ask(both, changes=[-0.3], exposure_path=path).set_index("area")["probability"]
        assert found["1"] > found["2"] + 0.3

    def test_areas_without_an_exposure_are_named(self) -> None:
        both = pd.concat([exposed(area="A"), exposed(area="B")])
        only_a = pd.DataFrame({"area": ["A"], "year": [2020], "exposure": [70.0]})
        for path, names in ((only_a, "for B"), ({2019: 70.0}, "for A, B"), (-1.0, "for A, B")):
            told = refused(ParameterError, both, exposure_path=path)
            assert told[0].startswith(f"the exposure path has no exposure in 2020 {names}.")

    def test_a_table_that_is_none_or_says_two_things_is_refused(self) -> None:
        nameless = pd.DataFrame({"area": ["A"], "amount": [70.0]})
        assert "no exposure in 2020 for A" in refused(ParameterError, exposed(), exposure_path=nameless)[0]
        twice = pd.DataFrame({"area": ["A", "A"], "year": 2020, "exposure": [70.0, 80.0]})
        assert refused(ParameterError, exposed(), exposure_path=twice)[0].startswith("A has 2020 twice.")

    def test_without_count_and_exposure_there_is_no_path(self) -> None:
        for observations in (deaths(DEATHS), rates(RATES)):
            assert (
                "needs observations with count and exposure"
                in refused(ParameterError, observations, exposure_path=0.06)[0]
            )


class TestRates:
    def test_a_rate_whose_deaths_are_known_has_one_answer(self) -> None:
        many, few = (rates(RATES, count=[round(n * rate) for rate in RATES]) for n in (500, 5))
        found = [chance(table, levels=[1.5]) for table in (many, few)]
        assert found[0] < found[1] < 0.5  # few deaths, more noise

    def test_a_printed_rate_is_answered_as_its_count_over_its_exposure(self) -> None:
        yearly = [round(100 * rate) for rate in RATES]
        printed, computed = rates(RATES, count=yearly, exposure=100.0), deaths(yearly, exposure=100.0)
        one, other = chance(printed, changes=[-0.3]), chance(computed, changes=[-0.3], exposure_path=0.0)
        assert one == pytest.approx(other, abs=0.25)  # rates fall by another common drift

    def test_where_nobody_gives_the_deaths_the_range_is_over_every_plausible_number(self) -> None:
        unknown = ask(rates(RATES), levels=[1.5]).iloc[0]
        for per in (5, 5_000):  # the common path is that of a middling number, hence the margin
            known = ask(rates(RATES, count=[round(per * rate) for rate in RATES]), levels=[1.5]).iloc[0]
            assert unknown["low"] - 0.04 <= known["probability"] <= unknown["high"] + 0.04
        narrow = ask(rates(RATES, count=[round(50 * rate) for rate in RATES]), levels=[1.5]).iloc[0]
        assert unknown["high"] - unknown["low"] > narrow["high"] - narrow["low"]

    def test_rates_of_zero_alone_tell_no_level(self) -> None:
        row = ask(rates([0.0] * 8), levels=[0.1]).iloc[0]
        assert np.isnan(row["probability"])
        assert "rates of zero without the counts behind them" in row["reason"]

    def test_a_rate_of_zero_among_others_is_a_number(self) -> None:
        known = rates([2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 0.0], count=[2, 1, 2, 1, 2, 1, 1, 0])
        assert 0 < chance(known, levels=[1.0]) < 1

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(5, 40), min_size=8, max_size=8), st.sampled_from([0.01, 10.0, 1_000.0]))
    def test_the_unit_does_not_matter(self, tenths: list[int], factor: float) -> None:
        values = np.array(tenths) / 10
        one = ask(rates(values), levels=[1.5])
        other = ask(rates(values * factor).assign(half_unit=0.05 * factor), levels=[1.5 * factor])
        columns = ["probability", "low", "high"]
        np.testing.assert_allclose(one[columns], other[columns], atol=1e-9)

    @pytest.mark.parametrize("factor", [0.01, 1_000.0])
    def test_nor_does_that_of_the_exposure(self, factor: float) -> None:
        one, other = exposed(), exposed().assign(exposure=exposed()["exposure"] * factor)
        assert chance(one, changes=[-0.3]) == pytest.approx(chance(other, changes=[-0.3]), abs=1e-6)
        assert chance(one, levels=[1.5]) == pytest.approx(chance(other, levels=[1.5 / factor]), abs=1e-6)


class TestLinks:
    OLDER = [True] * 5 + [False] * 3

    def linked(self, factor: float = 0.5, sd: float = 0.0) -> pd.DataFrame:
        """Return the same deaths, those before 2016 counted on a definition that finds more of them."""
        yearly = np.where(self.OLDER, np.array(DEATHS) / factor, DEATHS)
        links = {"link": np.where(self.OLDER, factor, np.nan), "link_sd": np.where(self.OLDER, sd, np.nan)}
        return deaths(yearly.tolist(), **links)

    def test_a_linked_series_is_that_on_the_new_definition(self) -> None:
        expected = ask(deaths(DEATHS), changes=[-0.1, -0.3])["probability"]
        # Twice as many deaths on the old definition tell the level a little better.
        np.testing.assert_allclose(ask(self.linked(), changes=[-0.1, -0.3])["probability"], expected, atol=0.02)
        np.testing.assert_allclose(
            ask(self.linked().drop(columns="link_sd"), changes=[-0.1])["probability"],
            ask(self.linked(), changes=[-0.1])["probability"],
        )

    def test_the_baseline_is_linked(self) -> None:
        later = self.linked()[4:]
        known = pd.concat([later, deaths([80, 73], first=2019)])
        assert ask(known, changes=[-0.3])["probability"].to_list() == [1.0]  # 73 ≤ .7 · 105, not of 210

    def test_an_unsure_link_makes_the_likely_less_sure(self) -> None:
        sure, unsure = (ask(self.linked(sd=sd), changes=[0.1, 0.3])["probability"] for sd in (0.0, 0.15))
        assert (unsure < sure).all()

    @pytest.mark.parametrize(
        ("count", "link", "link_sd", "changes", "exact"),
        [
            ([160, 155, 158, 150, 155, 120, 118, 115], 0.6, 0.12, [0, -0.1, -0.2, -0.3], [0.580, 0.369, 0.179, 0.059]),
            ([10, 11, 9, 10, 10, 6, 6, 6], 0.6, 0.036, [-0.2], [0.433]),
        ],
    )
    def test_a_linked_baseline_agrees_with_exact_sampling(self, count, link, link_sd, changes, exact) -> None:
        """Figures of an independent importance sampler with the exact likelihood of counts, negative binomial."""
        old = [True] * 5 + [False] * 3
        table = deaths(count, link=np.where(old, link, 1.0), link_sd=np.where(old, link_sd, 0.0))
        np.testing.assert_allclose(ask(table, changes=changes)["probability"], exact, atol=0.02)

    def test_a_linked_count_carries_the_noise_of_its_own_size(self) -> None:
        found = ask(deaths([200] * 8, link=0.1), levels=[12, 15, 18, 20])["probability"]
        np.testing.assert_allclose(found, [0.094, 0.247, 0.460, 0.604], atol=0.01)  # by exact sampling

    def test_a_link_on_earlier_years_leaves_a_later_baseline_alone(self) -> None:
        early = [True] * 3 + [False] * 5
        table = deaths(DEATHS, link=np.where(early, 0.75, 1.0), link_sd=np.where(early, 0.15, 0.0))
        by_change = ask(table, changes=[-0.1])["probability"].iloc[0]
        assert ask(table, levels=[94.5])["probability"].iloc[0] == pytest.approx(by_change, abs=1e-9)
        known = pd.concat([table, deaths([80, 90], first=2019, link=1.0, link_sd=0.0)])
        assert ask(known, changes=[-0.1])["probability"].to_list() == [1.0]

    def test_a_ceiling_does_not_hang_on_it_as_a_change_does(self) -> None:
        def gap(sd: float, **target: object) -> float:
            return abs(chance(self.linked(sd=sd), **target) - chance(self.linked(), **target))

        assert gap(0.15, levels=[73]) < gap(0.15, changes=[-0.3]) + 0.02


class TestAccidentSizes:
    def test_deaths_known_accident_by_accident_vary_more(self) -> None:
        alone = pd.DataFrame({"deaths": [1], "accidents": [90]})
        for level, likelier in ((60, 1), (110, -1)):
            single, clustered = (chance(deaths(DEATHS), levels=[level], sizes=sizes) for sizes in (alone, CLUSTERED))
            assert (clustered - single) * likelier > 0

    def test_accidents_that_always_take_two_give_even_numbers_of_deaths(self) -> None:
        pairs = pd.DataFrame({"deaths": [2], "accidents": [45]})
        at_80, at_81, at_82 = ask(deaths(DEATHS), levels=[80, 81, 82], sizes=pairs)["probability"]
        assert at_80 == pytest.approx(at_81, abs=1e-12)
        assert at_82 > at_81 + 0.01

    def test_the_compound_stays_near_the_negative_binomial_of_its_variance(self) -> None:
        found = ask(deaths(DEATHS), changes=[-0.1, -0.3], sizes=CLUSTERED)
        assert (found["low"] <= found["probability"]).all()
        assert (found["probability"] <= found["high"]).all()
        usual = ask(deaths(DEATHS), changes=[-0.1, -0.3])["probability"]
        np.testing.assert_allclose(found["probability"], usual, atol=0.06)

    def test_accidents_without_deaths_tell_nothing_of_their_sizes(self) -> None:
        harmless = pd.DataFrame({"deaths": [0], "accidents": [500]})
        assert chance(deaths(DEATHS), levels=[80], sizes=harmless) == chance(deaths(DEATHS), levels=[80])


class TestProperties:
    @settings(max_examples=25, deadline=None)
    @given(counts, st.lists(st.integers(0, 4_000), min_size=2, max_size=6))
    def test_a_higher_ceiling_is_never_less_likely(self, yearly: list[int], ceilings: list[int]) -> None:
        found = ask(deaths(yearly), levels=sorted(ceilings))
        for column in ("probability", "low", "high"):
            assert (np.diff(found[column]) >= -1e-9).all()

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(20, 3_000), min_size=8, max_size=8), st.floats(0.05, 0.5))
    @example([20, 20, 20, 20, 20, 20, 2623, 20], 0.5)  # a leap that few rounds of the approximation do not follow
    def test_more_deaths_in_the_last_year_make_a_ceiling_less_likely(self, yearly: list[int], more: float) -> None:
        risen = [*yearly[:-1], round(yearly[-1] * (1 + more))]
        level = round(np.mean(yearly))
        assert chance(deaths(risen), levels=[level]) <= chance(deaths(yearly), levels=[level]) + 1e-6

    @settings(max_examples=15, deadline=None)
    @given(st.permutations(range(24)))
    def test_the_order_of_rows_does_not_matter(self, order: list[int]) -> None:
        table = panel(3)
        expected = ask(table, changes=[-0.1]).set_index("area")
        found = ask(table.iloc[order], changes=[-0.1]).set_index("area").loc[expected.index]
        np.testing.assert_allclose(found["probability"], expected["probability"], atol=1e-12)
        assert found["reason"].to_list() == expected["reason"].to_list()


class TestEdges:
    def test_no_death_in_any_year_is_answered_for_a_ceiling(self) -> None:
        found = ask(deaths([0] * 8), levels=[0, 1, 3])
        assert found["probability"].is_monotonic_increasing
        assert 0.8 < found["probability"].iloc[0] < 1

    def test_a_zero_baseline_is_refused_for_a_change_and_answered_for_a_ceiling(self) -> None:
        known = deaths([3, 2, 1, 1, 0, 2, 1, 1])
        row = ask(known, changes=[-0.1]).iloc[0]
        assert np.isnan(row["probability"])
        assert "the baseline is zero" in row["reason"]
        assert 0 < chance(known, levels=[1]) < 1

    def test_other_areas_are_answered_beside_one_that_cannot_be(self) -> None:
        both = pd.concat([deaths([3, 2, 1, 1, 0, 2, 1, 1], area="zero"), deaths(DEATHS, area="A")])
        assert ask(both, changes=[-0.1])["probability"].isna().to_list() == [True, False]

    def test_a_missing_baseline_is_said(self) -> None:
        row = ask(deaths(DEATHS).drop(4), changes=[-0.1]).iloc[0]
        assert np.isnan(row["probability"])
        assert "no figure of the baseline year" in row["reason"]
        assert 0 < chance(deaths(DEATHS).drop(4), levels=[90]) < 1

    def test_a_baseline_that_is_still_ahead_is_missing(self) -> None:
        assert np.isnan(chance(deaths(DEATHS), baseline_year=2019, changes=[-0.1]))

    def test_a_million_deaths_are_counted_as_exactly_as_ten(self) -> None:
        found = ask(deaths([1_000_000] * 8), changes=[-0.2, 0, 0.2])["probability"]
        assert found.is_monotonic_increasing
        assert found[0] < 0.1 < 0.5 < found[1] < 0.9 < found[2]

    def test_one_year_is_enough_for_an_answer(self) -> None:
        row = ask(deaths([100], first=2015), changes=[-0.1]).iloc[0]
        assert 0 < row["low"] < row["probability"] < row["high"] < 1

    def test_gaps_are_not_filled_but_spanned(self) -> None:
        gappy, full = chance(deaths(DEATHS).drop([1, 5, 6]), changes=[-0.1]), chance(deaths(DEATHS), changes=[-0.1])
        assert gappy == pytest.approx(full, abs=0.1)
        empty = deaths(DEATHS).astype({"count": float})
        empty.loc[[1, 5, 6], "count"] = np.nan
        assert chance(empty, changes=[-0.1]) == pytest.approx(gappy, abs=1e-6)

    def test_areas_may_be_numbers(self) -> None:
        assert ask(deaths(DEATHS, area=410100), changes=[-0.1])["area"].to_list() == ["410100"]

    def test_all_deaths_gone_is_a_target(self) -> None:
        few = deaths([1, 0, 2, 1, 2, 1, 0, 0])
        assert chance(few, changes=[-1]) == pytest.approx(chance(few, levels=[0]))


class TestRefusals:
    def test_every_cell_that_cannot_stand_is_named_at_once(self) -> None:
        wrong = exposed(["120.5", -3, "many", np.inf, 105, 98, 96, 90])
        wrong["exposure"] = [50.0, 0, -1, 50, 50, 50, 50, 50]
        told = refused(DataError, wrong)
        remedy = "Counts and years are whole numbers, exposures are above zero; leave unknown cells empty."
        expected = [
            ("0", "count", "120.5"), ("1", "count", "-3"), ("2", "count", "many"), ("3", "count", "inf"),
            ("1", "exposure", "0.0"), ("2", "exposure", "-1.0"),
        ]  # fmt: skip
        assert told == [f"row {r}, column '{c}': '{text}' cannot stand here. {remedy}" for r, c, text in expected]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("year", np.nan), ("year", 2015.5), ("area", None), ("exposure", 0), ("link", 0), ("link", -1),
            ("link_sd", -0.1), ("half_unit", -0.05), ("count", 3.5), ("count", "三"),
        ],
    )  # fmt: skip
    def test_what_is_no_number_of_its_kind_is_refused(self, column: str, value: object) -> None:
        wrong = exposed(link=1.0, link_sd=0.0, half_unit=0.0).astype({column: object})
        wrong.loc[2, column] = value
        told = refused(DataError, wrong)
        assert len(told) == 1
        assert told[0].startswith(f"row 2, column '{column}': '")

    def test_an_area_with_a_year_twice_is_refused(self) -> None:
        told = refused(DataError, pd.concat([deaths(DEATHS), deaths(DEATHS)[:2]]))
        assert told == [f"row {8 + i}: A has {2011 + i} twice. Keep one row an area and year." for i in range(2)]

    def test_a_label_is_the_same_as_number_and_as_text(self) -> None:
        both = pd.concat([deaths(DEATHS, area=7), deaths(DEATHS[:1], area="7")])
        assert refused(DataError, both)[0].startswith("row 8: 7 has 2011 twice.")

    def test_an_empty_table_is_refused(self) -> None:
        assert refused(DataError, deaths([]))[0].startswith("there are no observations.")

    @pytest.mark.parametrize(("columns", "named"), [(["count"], "area, year"), (["area", "year"], "count")])
    def test_missing_columns_are_named(self, columns: list[str], named: str) -> None:
        assert refused(DataError, deaths(DEATHS)[columns]) == [f"the observations lack the columns {named}."]

    def test_areas_that_end_in_different_years_are_refused(self) -> None:
        both = pd.concat([panel(3), deaths(DEATHS[:7], area="early")])
        told = refused(DataError, both)
        assert "1 areas do not end with the same year: early (2017)." in told[0]

    def test_so_is_an_area_without_any_figure(self) -> None:
        assert "silent (nan)" in refused(DataError, pd.concat([panel(3), deaths([np.nan] * 8, area="silent")]))[0]

    def test_every_fault_of_the_question_is_told_at_once(self) -> None:
        told = refused(ParameterError, deaths(DEATHS), changes=[-1.1, np.nan], levels=[80], target_year=2015)
        assert len(told) == 3
        assert told[0].startswith("a target is missing, or of both kinds.")
        assert "-1.1, nan cannot be a target" in told[1]
        assert told[2] == "the target year 2015 is not after the baseline 2015. Name a later target year."

    @pytest.mark.parametrize("goals", [{"changes": None}, {"changes": []}, {"changes": None, "levels": []}])
    def test_no_target_is_refused(self, goals: dict[str, object]) -> None:
        assert refused(ParameterError, deaths(DEATHS), **goals)[0].startswith("a target is missing")

    def test_a_ceiling_below_zero_is_refused(self) -> None:
        told = refused(ParameterError, deaths(DEATHS), changes=None, levels=[-1, 3])
        assert told[0].startswith("-1 cannot be a target.")

    def test_a_prior_is_fitted_on_what_could_be_asked_about(self) -> None:
        with pytest.raises(DataError, match="row 8: A has 2011 twice"):
            fit_prior(pd.concat([deaths(DEATHS), deaths(DEATHS)[:1]]))


VEHICLES = {"measure": "vehicles", "scope": "机动车", "unit": "10,000 vehicles"}


def deaths_plan(amount: str, *, rate: bool = False) -> Plan:
    """Return a plan of one target on deaths, or on deaths per 10,000 vehicles, from 2015 to 2020."""
    name = {"zh": "某指标", "en": "an indicator"}
    indicator = {
        "indicator": "deaths_per_10k_vehicles" if rate else "deaths", "name": name, "unit": name, "bureau": name,
        "numerator": {"measure": "deaths", "scope": "police", "unit": "persons"},
    }  # fmt: skip
    if rate:
        indicator["denominator"] = VEHICLES
    target = {"indicator": indicator["indicator"], "form": "change", "change": Decimal(amount)}
    return Plan.model_validate(
        {
            "plan": "test", "title": name, "area": "410100", "baseline_year": 2015, "target_year": 2020,
            "midterm_year": 2018, "published": "2017-03-03", "source": "test", "data": "none",
            "bands": {"off_track": 0.2, "on_track": 0.8}, "scopes": {},
            "choices": {
                "measure": "straight_path", "model": "shared_level", "baseline": "one_year", "prices": "current",
            },
            "indicators": [indicator], "targets": [target],
        }
    )  # fmt: skip


def yearly(values: dict[int, float], **parts: str) -> pd.DataFrame:
    """Return observations of a plan's area by year."""
    common = {
        "area": "410100", "measure": "deaths", "scope": "police", "vintage": "", "unit": "persons",
        "status": "published", "source": "test", "note": "",
    } | parts  # fmt: skip
    rows = [common | {"period": str(year), "value": float(value)} for year, value in values.items()]
    columns = ["area", "period", "measure", "scope", "vintage", "value", "unit", "status", "source", "note"]
    return pd.DataFrame(rows, columns=columns)


PUBLISHED = dict(zip(range(2011, 2019), DEATHS, strict=True))


class TestSinglePlan:
    """A plan's own assessment and `attainment` are one model."""

    @pytest.mark.parametrize("amount", ["-0.10", "-0.30"])
    def test_a_plan_on_deaths_has_the_probability_of_attainment(self, amount: str) -> None:
        assessed = assess(deaths_plan(amount), yearly(PUBLISHED), through=2018)["probability"].iloc[0]
        assert assessed == pytest.approx(chance(deaths(DEATHS), changes=[Decimal(amount)], sizes=None), abs=1e-9)

    def test_so_has_one_on_deaths_by_vehicles(self) -> None:
        size = dict(zip(range(2011, 2019), 50 * 1.05 ** np.arange(8), strict=True))
        known = pd.concat([yearly(PUBLISHED), yearly(size, **VEHICLES)])
        assessed = assess(deaths_plan("-0.30", rate=True), known, through=2018)["probability"].iloc[0]
        assert assessed == pytest.approx(chance(exposed(), changes=[-0.3]), abs=1e-9)


def test_a_prior_that_knows_later_years_is_refused() -> None:
    later = pd.DataFrame({"area": "A", "year": range(2011, 2020), "count": [120, 110, 115, 100, 105, 98, 96, 90, 50]})
    with pytest.raises(ParameterError, match="knows 2019"):
        attainment(later[:-1], baseline_year=2015, target_year=2020, changes=[-0.1], prior=fit_prior(later))


def test_a_known_year_within_the_error_of_the_link_is_not_decided() -> None:
    known = pd.DataFrame({
        "area": "A", "year": [2015, 2016, 2020], "count": [1000, 640, 570],
        "link": [0.646, 1.0, 1.0], "link_sd": [0.02, 0.0, 0.0],
    })  # fmt: skip
    answer = attainment(known, baseline_year=2015, target_year=2020, changes=[-0.1, -0.5])
    assert answer["probability"].isna().to_list() == [True, False]
    assert "link" in answer["reason"].iloc[0]


def test_sizes_and_paths_of_another_kind_are_refused() -> None:
    deaths = pd.DataFrame({"area": "A", "year": range(2011, 2019), "count": 100, "exposure": 10.0})
    asked = {"baseline_year": 2015, "target_year": 2020, "changes": [-0.1]}
    with pytest.raises(DataError, match="lack the columns accidents"):
        attainment(deaths, **asked, sizes=pd.DataFrame({"deaths": [1]}))
    with pytest.raises(ParameterError, match="no exposure path"):
        attainment(deaths, **asked, exposure_path="6 %")


def test_an_exposure_known_beyond_the_counts_is_welcome() -> None:
    rows = {"area": "A", "year": range(2011, 2019), "count": [120, 110, 115, 100, 105, 98, 96, 90], "exposure": 100.0}
    known = pd.DataFrame(rows)
    later = pd.concat([known, pd.DataFrame({"area": ["A"], "year": [2019], "count": [np.nan], "exposure": [150.0]})])
    asked = {"baseline_year": 2015, "target_year": 2020, "changes": [-0.3]}
    chances = [attainment(table, **asked)["probability"].iloc[0] for table in (known, later)]
    assert chances[0] < chances[1] < 1


def test_a_rate_is_met_when_it_is_printed_at_the_target() -> None:
    printed = [0.12, 0.11, 0.10, 0.09, 0.09, 0.08, 0.08, 0.07]
    counts = [120, 110, 100, 95, 90, 85, 80, 75]
    years = range(2011, 2019)
    rates = pd.DataFrame({"area": "A", "year": years, "value": printed, "half_unit": 0.005, "count": counts})
    asked = {"baseline_year": 2015, "target_year": 2020}
    found = attainment(rates, **asked, levels=np.array([0.06, 0.064, 0.065]))["probability"]
    assert found.nunique() == 1  # .06 is printed for every true rate below .065
    assert attainment(rates, **asked, levels=0.07)["probability"].iloc[0] > found.iloc[0]
