"""What an assessment must hold, stated as facts about the world."""

from decimal import Decimal
from pathlib import Path

import asked
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib import evaluate, load_plan
from zzlib.errors import DataError, ParameterError
from zzlib.levels import METHOD
from zzlib.plan import Plan
from zzlib.targets import Judgement, assess, judge

FIXTURES = Path(__file__).parent / "fixtures"
COLUMNS = ["area", "period", "measure", "scope", "vintage", "value", "unit", "status", "source", "note"]


def plan(
    form: str = "change", amount: str = "-0.10", *, rate: bool = False, scopes: dict | None = None, **parts
) -> Plan:
    """Return a plan of one target on deaths, or on deaths per vehicles, from 2015 to 2020."""
    name = {"zh": "某指标", "en": "an indicator"}
    indicator = {
        "indicator": "deaths_per_10k_vehicles" if rate else "deaths", "name": name, "unit": name, "bureau": name,
        "numerator": {"measure": "deaths", "scope": parts.pop("scope", "police"), "unit": "persons"},
    }  # fmt: skip
    if rate:
        indicator["denominator"] = {"measure": "vehicles", "scope": "机动车", "unit": "10,000 vehicles"}
    key = "change" if form.startswith("change") else "level"
    return Plan.model_validate(
        {
            "plan": "test", "title": name, "area": "410100", "baseline_year": 2015, "target_year": 2020,
            "midterm_year": 2018, "published": "2017-03-03", "source": "test", "data": "none",
            "bands": {"off_track": 0.2, "on_track": 0.8}, "scopes": scopes or {},
            "choices": {
                "measure": "straight_path", "model": "shared_level", "baseline": "one_year", "prices": "current",
            },
            "indicators": [indicator],
            "targets": [{"indicator": indicator["indicator"], "form": form, key: Decimal(amount)}],
        }
        | parts
    )  # fmt: skip


def figures(
    values: dict, *, measure: str = "deaths", scope: str = "police", unit: str = "persons", **parts
) -> pd.DataFrame:
    """Return observations by year."""
    common = {"area": "410100", "vintage": "", "status": "published", "source": "test", "note": ""} | parts
    rows = [
        common | {"period": str(period), "measure": measure, "scope": scope, "unit": unit, "value": float(value)}
        for period, value in values.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def vehicles(values: dict) -> pd.DataFrame:
    return figures(values, measure="vehicles", scope="机动车", unit="10,000 vehicles")


def only(assessments: pd.DataFrame) -> pd.Series:
    assert len(assessments) == 1
    return assessments.iloc[0]


class TestChina2006To2010:
    """Published national figures; what happened by 2010 is known (all four rates fell by far more than promised)."""

    def test_mid_term_verdicts_agree_with_what_happened(self) -> None:
        found = asked.evaluation("china-2006-2010", 2008).assessments.set_index("indicator")
        assert set(found["verdict"]) == {"on_track"}
        assert set(found["trend"]) == {"falling"}
        assert (found["probability"] >= 0.8).all()
        assert "synthetic" not in set(found["status"])

    def test_missing_years_are_said_and_not_filled(self) -> None:
        found = asked.evaluation("china-2006-2010", 2008).assessments.set_index("indicator")
        workers = found.loc["deaths_per_100k_workers"]
        assert (workers["value"], workers["value_period"]) == (3.05, "2007")
        assert any("2008" in warning for warning in workers["warnings"])
        assert workers["expected_share"] == pytest.approx(2 / 5)

    def test_nothing_published_later_is_known_at_the_end_of_2008(self) -> None:
        found = evaluate("china-2006-2010", through=2008, as_of="2008-12-31")
        assert set(found.assessments["value_period"]) == {"2007"}
        assert "2008" not in set(found.observations.loc[found.observations["measure"].str.contains("_per_"), "period"])

    def test_the_same_series_mirrored_is_off_track(self) -> None:
        known = asked.evaluation("china-2006-2010", 2008).observations
        rates = known["measure"].str.contains("_per_")
        base = known[rates & (known["period"] == "2005")].set_index("measure")["value"]
        risen = known.copy()
        risen.loc[rates, "value"] = known.loc[rates, "measure"].map(base) ** 2 / known.loc[rates, "value"]
        found = assess(load_plan("china-2006-2010"), risen, 2008)
        assert set(found["verdict"]) == {"off_track"}
        assert set(found["trend"]) == {"rising"}


def test_pace_and_outcome_part_in_belarus_and_austria() -> None:
    belarus = only(evaluate(FIXTURES / "belarus-1997-2002.yaml").assessments)
    austria = only(evaluate(FIXTURES / "austria-2000-2005.yaml").assessments)
    assert (belarus["pace"], austria["pace"]) == ("on_pace", "behind")
    assert belarus["verdict"] == "open"  # the pace rule is sure, the probability is not
    assert 0.2 < belarus["probability"] < 0.8
    assert only(evaluate(FIXTURES / "belarus-1997-2002.yaml", through=2002).assessments)["verdict"] == "missed"
    assert only(evaluate(FIXTURES / "austria-2000-2005.yaml", through=2005).assessments)["verdict"] == "met"


class TestZhengzhou:
    def test_published_figures_alone_cannot_judge_and_say_what_would_be_needed(self) -> None:
        found = evaluate("zhengzhou-2016-2020", through=2018, data=["data/observations"]).assessments
        assert set(found["verdict"]) == {"not_assessable"}
        assert all("not assessable: no published count for 2015" in reason for reason in found["reason"])
        assert all("Needed:" in reason for reason in found["reason"])
        assert found["probability"].isna().all()

    def test_the_baseline_is_restated_from_records_and_both_readings_are_shown(self) -> None:
        found = asked.evaluation("zhengzhou-2016-2020", 2018)
        deaths = found.assessment("deaths")
        assert deaths["restated_by"] == "records"
        readings = found.readings[found.readings["indicator"] == "deaths"].set_index("reading")
        assert readings.at["primary", "baseline"] < readings.at["as_printed", "baseline"]
        assert readings.at["primary", "baseline"] == deaths["baseline"]

    def test_police_road_deaths_did_not_change_definition(self) -> None:
        assert evaluate("zhengzhou-2016-2020").assessment("deaths_per_10k_vehicles")["restated_by"] == ""


class TestVerdicts:
    def test_a_published_target_year_decides(self) -> None:
        met = figures({2015: 90, 2020: 63})
        assert only(assess(plan(amount="-0.3"), met, 2020))[["verdict", "probability"]].to_list() == ["met", 1.0]
        missed = figures({2015: 90, 2020: 64})
        assert only(assess(plan(amount="-0.3"), missed, 2020))[["verdict", "probability"]].to_list() == ["missed", 0.0]

    def test_later_years_do_not_change_a_known_outcome(self) -> None:
        known = figures({2015: 90, 2020: 63, 2021: 200})
        assert only(assess(plan(amount="-0.3"), known, 2021))["verdict"] == "met"

    def test_a_ceiling_already_broken_by_a_lower_bound_is_missed(self) -> None:
        known = pd.concat([figures({2015: 90, 2019: 60}), figures({2020: 95}, status="partial")])
        row = only(assess(plan("ceiling", "80"), known, 2020))
        assert row[["verdict", "probability"]].to_list() == ["missed", 0.0]

    def test_a_partial_figure_is_never_the_value(self) -> None:
        known = pd.concat([figures({2015: 90, 2017: 80}), figures({2018: 12}, status="partial")])
        assert only(assess(plan(), known, 2018))["value_period"] == "2017"

    def test_a_zero_baseline_is_refused_for_a_change_and_answered_for_a_level(self) -> None:
        known = figures({2015: 0, 2016: 1, 2017: 0, 2018: 0})
        assert only(assess(plan(), known, 2018))["verdict"] == "not_assessable"
        assert only(assess(plan("ceiling", "3"), known, 2018))["verdict"] != "not_assessable"

    def test_zero_deaths_are_a_number(self) -> None:
        row = only(assess(plan(amount="-0.15"), figures({2015: 12, 2016: 9, 2017: 12, 2018: 0}), 2018))
        assert row["value"] == 0
        assert 0 < row["probability"] < 1

    def test_met_now_but_rising_carries_its_warning(self) -> None:
        row = only(assess(plan(), figures({2015: 10_000, 2016: 6_000, 2017: 7_000, 2018: 8_500}), 2018))
        assert (row["pace"], row["trend"]) == ("target_met", "rising")
        assert any("getting worse" in warning for warning in row["warnings"])

    def test_a_level_needs_no_baseline(self) -> None:
        row = only(assess(plan("ceiling", "500"), figures({2016: 90, 2017: 85, 2018: 80}), 2018))
        assert (row["verdict"], row["pace"]) == ("on_track", "target_met")
        assert np.isnan(row["covered_share"])

    def test_rising_and_falling_targets_are_judged_alike(self) -> None:
        falling = only(assess(plan("ceiling", "80"), figures({2015: 100, 2018: 90}), 2018))
        rising = only(assess(plan("floor", "81"), figures({2015: 100, 2018: 90}), 2018))
        assert falling["probability"] + rising["probability"] == pytest.approx(
            1, abs=0.1
        )  # but for the drift that deaths have in common

    def test_a_value_that_cannot_be_told_from_the_target_is_not_graded(self) -> None:
        rates = figures({2015: 2.0, 2020: 1.8}, measure="deaths_per_10k_vehicles", unit="x")
        rates.loc[1, "value"] = 1.81  # target 1.807
        row = only(assess(plan("ceiling", "1.807", rate=True), rates, 2020))
        assert row["verdict"] == "not_assessable"

    def test_a_rate_without_any_count_is_judged_only_when_the_count_does_not_matter(self) -> None:
        def row(latest: float) -> pd.Series:
            rates = figures(
                {2015: 2.0, 2016: 2.0, 2017: 2.0, 2018: latest}, measure="deaths_per_10k_vehicles", unit="x"
            )
            return only(assess(plan(amount="-0.10", rate=True), rates, 2018))

        assert row(1.75)["verdict"] == "not_assessable"
        assert "how many deaths" in row(1.75)["reason"]
        assert row(9.0)["verdict"] == "off_track"


SCOPES = {
    "from-2016": {"name": {"zh": "新", "en": "new"}, "starts": "2016-01-01", "replaces": "pre-2016"},
    "pre-2016": {"name": {"zh": "旧", "en": "old"}},
}


class TestDefinitions:
    def test_a_baseline_on_another_definition_is_refused(self) -> None:
        known = pd.concat(
            [figures({2015: 140}, scope="pre-2016"), figures({2016: 90, 2017: 85, 2018: 80}, scope="from-2016")]
        )
        with_scopes = only(assess(plan(scope="from-2016", scopes=SCOPES), known, 2018))
        without = only(assess(plan(scope="from-2016"), known, 2018))
        assert with_scopes["verdict"] == without["verdict"] == "not_assessable"
        assert "does not compare" in with_scopes["reason"]

    def test_a_link_factor_is_used_said_and_its_error_widens_the_answer(self) -> None:
        known = pd.concat(
            [
                figures({2015: 14_000}, scope="pre-2016"),
                figures({2016: 9_000, 2017: 8_700, 2018: 8_300}, scope="from-2016"),
            ]
        )

        def linked(sd: float) -> Judgement:
            link = {
                "measure": "deaths", "area": "410100", "date": "2016-01-01", "scope_before": "pre-2016",
                "scope_after": "from-2016", "factor": 0.646, "sd": sd, "source": "test",
            }  # fmt: skip
            return judge(plan(scope="from-2016", scopes=SCOPES), known, through=2018, breaks=pd.DataFrame([link]))

        row = only(linked(0.0046).assessments)
        assert row["restated_by"] == "link"
        assert row["baseline"] == pytest.approx(14_000 * 0.646)
        assert any("factor" in warning for warning in row["warnings"])
        narrow, wide = (linked(sd).safety.iloc[0] for sd in (0.0046, 0.2))
        assert wide["change_upper"] - wide["change_lower"] > narrow["change_upper"] - narrow["change_lower"]


def test_a_table_that_pandas_read_by_itself_is_judged_alike() -> None:
    import io

    table = figures({2015: 100, 2016: 98, 2017: 97, 2018: 95})
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    pd.testing.assert_frame_equal(assess(plan(), read, 2018), assess(plan(), table, 2018))
    with pytest.raises(DataError, match="value"):
        assess(plan(), read.assign(value=-1), 2018)


class TestWhatIsKnown:
    def test_the_latest_vintage_known_on_the_day_is_used(self) -> None:
        known = pd.concat([
            figures({2015: 100, 2017: 90}, vintage="2018-02"),
            figures({2018: 80}, vintage="2019-02-28"),
            figures({2018: 86}, vintage="2020-06-30"),
        ])  # fmt: skip
        assert only(assess(plan(), known, 2018))["value"] == 86
        assert only(assess(plan(), known, 2018, "2019-12-31"))["value"] == 80
        assert only(assess(plan(), known, 2018, "2019-02-27"))["value_period"] == "2017"

    def test_nothing_after_the_period_looked_at_reaches_the_answer(self) -> None:
        known = figures({2011: 120, 2013: 110, 2015: 100, 2016: 97, 2017: 93, 2018: 90})
        later = pd.concat([known, figures({2019: 500, 2020: 1})])
        pd.testing.assert_frame_equal(assess(plan(), known, 2018), assess(plan(), later, 2018))

    def test_figures_without_a_day_of_publication_count_as_known_and_it_is_said(self) -> None:
        row = only(assess(plan(), figures({2015: 100, 2018: 90}), 2018, "2019-12-31"))
        assert row["value_period"] == "2018"
        assert any("without a day of publication" in warning for warning in row["warnings"])

    def test_a_question_before_the_baseline_is_refused(self) -> None:
        with pytest.raises(ParameterError, match="2014"):
            assess(plan(), figures({2015: 100}), 2014)

    @pytest.mark.parametrize(("through", "as_of"), [("soon", None), ("2018", "yesterday")])
    def test_a_period_or_day_that_is_none_is_refused(self, through: str, as_of: str | None) -> None:
        with pytest.raises(ParameterError):
            assess(plan(), figures({2015: 100}), through, as_of)


counts = st.lists(st.integers(1, 2_000), min_size=4, max_size=4)


class TestProperties:
    @settings(max_examples=15, deadline=None)
    @given(counts, st.integers(-60, -1), st.integers(1, 40))
    def test_a_harder_target_is_never_likelier(self, values: list[int], easy: int, harder: int) -> None:
        known = figures(dict(zip((2015, 2016, 2017, 2018), values, strict=True)))
        hard = max(easy - harder, -99)
        chances = [
            only(assess(plan(amount=f"{change / 100:.2f}"), known, 2018))["probability"] for change in (easy, hard)
        ]
        assert 0 < chances[1] <= chances[0] + 1e-12 < 1 + 1e-9

    @settings(max_examples=10, deadline=None)
    @given(counts, st.permutations(range(8)))
    def test_the_order_of_rows_does_not_matter(self, values: list[int], order: list[int]) -> None:
        known = pd.concat([
            figures(dict(zip((2015, 2016, 2017, 2018), values, strict=True))),
            vehicles({2015: 100, 2016: 110, 2017: 120, 2018: 130}),
        ], ignore_index=True)  # fmt: skip
        target = plan(amount="-0.2", rate=True)
        pd.testing.assert_frame_equal(assess(target, known, 2018), assess(target, known.iloc[order], 2018))

    @settings(max_examples=10, deadline=None)
    @given(counts, st.sampled_from([0.01, 10.0, 1000.0]))
    def test_a_verdict_on_a_rate_does_not_depend_on_the_unit(self, values: list[int], factor: float) -> None:
        deaths = figures(dict(zip((2015, 2016, 2017, 2018), values, strict=True)))
        small, large = (
            {year: size * 50.0 for year, size in zip((2015, 2016, 2017, 2018), (1, 1.1, 1.2, 1.3), strict=True)}
            for _ in "ab"
        )
        rows = [
            only(assess(plan(amount="-0.2", rate=True), pd.concat([deaths, vehicles(exposure)]), 2018))
            for exposure in (small, {year: amount * factor for year, amount in large.items()})
        ]
        assert rows[0]["verdict"] == rows[1]["verdict"]
        assert rows[0]["probability"] == pytest.approx(rows[1]["probability"], abs=0.005)


def test_what_would_be_needed_is_in_absolute_terms() -> None:
    row = only(assess(plan(), figures({2015: 100, 2016: 98, 2017: 97, 2018: 95}), 2018))
    assert (row["baseline"], row["target"], row["remaining_allowance"]) == (100, 90, 90)
    assert row["required_yearly_change"] == pytest.approx((90 / 95) ** (1 / 2) - 1)
    assert (row["covered_share"], row["expected_share"]) == (pytest.approx(0.5), pytest.approx(0.6))
    assert row["pace"] == "behind"


def test_meeting_a_target_by_chance_is_said_where_counts_are_small() -> None:
    small, large = ({2015: n, 2016: n, 2017: n, 2018: n} for n in (12, 12_000))
    said = "does not show that safety improved"
    assert any(said in warning for warning in only(assess(plan(), figures(small), 2018))["warnings"])
    assert not any(said in warning for warning in only(assess(plan(), figures(large), 2018))["warnings"])


def test_forecast_bands_widen_and_the_exposure_splits_the_rate() -> None:
    known = pd.concat(
        [figures({2015: 200, 2016: 190, 2017: 185, 2018: 180}), vehicles({2015: 100, 2016: 110, 2017: 121, 2018: 133})]
    )
    found = judge(plan(rate=True), known, through=2018)
    bands = found.forecasts[found.forecasts["method"] == METHOD].pivot(
        index="period", columns="quantile_level", values="value"
    )
    assert list(bands.index) == ["2019", "2020"]
    assert (np.diff(bands.to_numpy(), axis=1) >= 0).all()
    assert bands.loc["2020", 0.975] / bands.loc["2020", 0.025] > bands.loc["2019", 0.975] / bands.loc["2019", 0.025]
    change = found.changes.iloc[0]
    assert change["rate_log_change"] == pytest.approx(change["count_log_change"] - change["exposure_log_change"])


def test_a_part_of_a_year_stays_a_bound_however_weak_the_exposure() -> None:
    exposure = figures(dict.fromkeys((2015, 2016, 2017, 2018), 300), measure="vehicles", scope="机动车",
                       unit="10,000 vehicles", status="estimated")  # fmt: skip
    deaths = pd.concat([figures({2015: 100, 2016: 95, 2017: 95}), figures({2018: 40}, status="partial")])
    row = only(assess(plan(amount="-0.3", rate=True), pd.concat([deaths, exposure]), 2018))
    assert row["value_period"] == "2017"


def test_a_part_of_a_year_does_not_tell_the_deaths_behind_a_printed_rate() -> None:
    rates = figures({2015: 2.0, 2016: 2.0, 2017: 2.0, 2018: 1.75}, measure="deaths_per_10k_vehicles", unit="x")
    known = pd.concat([rates, figures({2018: 3}, status="partial")])
    assert only(assess(plan(rate=True), known, 2018))["verdict"] == "not_assessable"


def test_all_targets_together_are_no_likelier_than_the_least_likely() -> None:
    found = asked.evaluation("zhengzhou-2016-2020", 2018)
    row = found.joint.iloc[0]
    assert row["independent_probability"] <= row["probability"] <= found.assessments["probability"].min()
    part = pd.concat([figures({2015: 100, 2016: 98, 2017: 97, 2018: 95}), figures({2020: 80}, status="partial")])
    one = judge(plan(), part, through="2020")
    assert one.joint["probability"].iloc[0] == pytest.approx(one.assessments["probability"].iloc[0], abs=1e-4)


def test_what_is_seen_from_the_baseline_year_does_not_depend_on_how_far_we_look() -> None:
    """Accident sizes of later years among it: the coal accident of 2017 was not known in 2015."""
    early, late = (
        asked.evaluation("zhengzhou-2016-2020", year).promises.set_index("indicator") for year in (2016, 2018)
    )
    np.testing.assert_allclose(early["at_baseline_probability"], late["at_baseline_probability"])
