"""What has become of a promise: by the day, from what was reported, never from what was not."""

import math
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzlib.commitments import DONE, Judged, judge
from zzlib.language import Name, say
from zzlib.register import Clause, Commitment, Register
from zzlib.schema import REPORTS, STATES, table

NAME = Name(zh="事", en="thing")
TARGET_YEAR = 2020


def promise(kind: str = "threshold", value: float | None = 80, due: str | None = "2020", **more: Any) -> Commitment:
    of = NAME if value is not None else None
    return Commitment.model_validate({
        "commitment": "thing", "clause": "一", "responsible": "office", "kind": kind, "value": value, "due": due,
        "of": of, "name": NAME, "evidence": NAME, "quote": "x", **more,
    })  # fmt: skip


def register(*promises: Commitment) -> Register:
    clauses = (Clause(clause="一", group="task", name=NAME),)
    return Register(
        plan="p", text="p.txt", starts=date(2016, 1, 1), bodies={"office": NAME}, clauses=clauses, commitments=promises
    )


def report(day: str, value: float, **more: Any) -> dict[str, Any]:
    plain = {
        "commitment": "thing", "numerator": math.nan, "denominator": math.nan, "evidence": "letter",
        "reporter": "office", "verified_by": "", "status": "published", "note": "", "file": "r.csv", "row": 2.0,
    }  # fmt: skip
    return plain | {"date": day, "value": value} | more


def judged(one: Commitment, on: str, *reports: dict[str, Any]) -> Judged:
    return judge(register(one), table(REPORTS, reports), on=date.fromisoformat(on), target_year=TARGET_YEAR)


def state(one: Commitment, on: str, *reports: dict[str, Any]) -> pd.Series:
    return judged(one, on, *reports).commitments.iloc[0]


def doubts(one: Commitment, on: str, *reports: dict[str, Any]) -> list[str]:
    return judged(one, on, *reports).findings["kind"].to_list()


class TestDates:
    @pytest.mark.parametrize(
        ("due", "on", "expected", "days"),
        [
            ("2017-03", "2017-03-30", "not_yet_due", math.nan),
            ("2017-03", "2017-03-31", "due_and_not_done", math.nan),  # by the end of March 2017: the 31st is in time
            ("2017-03", "2017-04-01", "overdue", 1),
            ("2016-02", "2016-02-28", "not_yet_due", math.nan),  # a leap year has one day more
            ("2016-02", "2016-02-29", "due_and_not_done", math.nan),
            ("2016-02", "2016-03-01", "overdue", 1),
            ("2017-02", "2017-03-01", "overdue", 1),
            ("2016", "2016-12-31", "due_and_not_done", math.nan),
            ("2016", "2018-12-31", "overdue", 730),
            ("2017", "2020-12-31", "overdue", 1096),  # the leap day of 2020 counts
            (None, "2020-12-30", "not_yet_due", math.nan),  # no date in the plan: its last day
            (None, "2020-12-31", "due_and_not_done", math.nan),
        ],
    )
    def test_a_promise_is_owed_by_the_last_day_of_its_period(
        self, due: str | None, on: str, expected: str, days: float
    ) -> None:
        one = promise("existence" if due is None else "deadline", None, due)
        found = state(one, on, report("2016-01-31", 0))
        assert found["state"] == expected
        assert found["overdue_days"] == days or (math.isnan(days) and math.isnan(found["overdue_days"]))
        assert found["owed"] == (expected != "not_yet_due")

    @pytest.mark.parametrize(
        ("day", "expected"), [("2017-03-31", "done"), ("2017-04-01", "done_late"), ("2016-03-01", "done")]
    )
    def test_what_was_done_on_the_day_itself_was_done_in_time(self, day: str, expected: str) -> None:
        found = state(promise("deadline", None, "2017-03"), "2018-12-31", report(day, 1))
        assert (found["state"], found["done_date"]) == (expected, day)
        assert math.isnan(found["overdue_days"])

    def test_what_is_reported_of_a_later_day_is_not_known_yet(self) -> None:
        reports = (report("2017-12-31", 40), report("2019-12-31", 95))
        assert state(promise(), "2018-12-31", *reports)["value"] == 40
        assert state(promise(), "2019-12-31", *reports)["state"] == "done"


class TestProgress:
    def test_pace_is_that_of_a_straight_path_in_days(self) -> None:
        one = promise(value=80, due="2020")
        half = (report("2016-12-31", 40), report("2018-12-31", 60))
        found = state(one, "2018-12-31", *half)
        assert found["state"] == "on_pace"
        assert (found["covered_share"], found["expected_share"]) == (0.5, pytest.approx(730 / 1461))
        assert found["required_yearly"] == pytest.approx(20 / (731 / 365.25))
        assert found["projected"] == pytest.approx(60 + 10 * 731 / 365)
        assert state(one, "2018-12-31", half[0], report("2018-12-31", 59))["state"] == "behind"

    def test_one_report_gives_no_pace(self) -> None:
        found = state(promise(), "2018-12-31", report("2018-06-30", 70))
        assert found["state"] == "not_yet_due"
        assert math.isnan(found["covered_share"])
        assert math.isnan(found["probability"])

    def test_a_forecast_needs_three_years_and_knows_a_steady_rise(self) -> None:
        rise = [report(f"{year}-12-31", value) for year, value in zip(range(2016, 2019), (40, 51, 60), strict=True)]
        assert state(promise(value=75), "2018-12-31", *rise)["probability"] > 0.75
        assert state(promise(value=85), "2018-12-31", *rise)["probability"] < 0.25
        assert math.isnan(state(promise(value=75), "2018-12-31", *rise[1:])["probability"])
        assert math.isnan(state(promise(value=75), "2018-12-31", rise[0], rise[2])["probability"])  # a year is missing

    def test_a_count_is_compared_with_its_number(self) -> None:
        one = promise("count", 5)
        assert state(one, "2020-12-31", report("2020-06-30", 5))["state"] == "done"
        assert state(one, "2020-12-31", report("2020-06-30", 4))["state"] == "due_and_not_done"
        assert state(one, "2020-12-31", report("2020-06-30", 105))["state"] == "done"  # a number may exceed a hundred


class TestDoubts:
    def test_who_reported_it_reached_and_later_less_is_not_done(self) -> None:
        reports = (report("2017-12-31", 85), report("2018-12-31", 70))
        assert state(promise(due="2018"), "2019-01-01", *reports)["state"] == "overdue"
        assert "contradiction" in doubts(promise(due="2018"), "2019-01-01", *reports)

    def test_done_again_is_done_since_then(self) -> None:
        reports = (report("2017-01-31", 85), report("2017-06-30", 70), report("2018-03-31", 90))
        found = state(promise(due="2017"), "2018-12-31", *reports)
        assert (found["state"], found["done_date"]) == ("done_late", "2018-03-31")

    def test_a_share_above_a_hundred_decides_nothing(self) -> None:
        found = state(promise(), "2018-12-31", report("2018-12-31", 102))
        assert (found["state"], found["reports"]) == ("no_report", 1)
        assert found["reason"] == "no report that counts; due 2020-12-31"
        late = state(promise(due="2017"), "2018-01-02", report("2017-12-31", 120))["reason"]
        assert late == "no report that counts; due 2017-12-31, 2 days ago"
        assert state(promise(), "2018-12-31")["reason"] == "no report; due 2020-12-31"
        assert "above_100" in doubts(promise(), "2018-12-31", report("2018-12-31", 102))
        assert "above_100" not in doubts(promise(), "2018-12-31", report("2018-12-31", 100))

    def test_a_report_dated_before_the_plan_decides_nothing(self) -> None:
        early = report("2015-12-31", 90)
        assert state(promise(), "2018-12-31", early)["state"] == "no_report"
        assert "before_plan" in doubts(promise(), "2018-12-31", early)
        assert state(promise(), "2018-12-31", report("2016-01-01", 90))["state"] == "done"

    def test_of_two_reports_on_one_day_the_verified_one_counts_then_the_lower(self) -> None:
        low, high = report("2018-12-31", 60), report("2018-12-31", 85)
        for order in ((low, high), (high, low)):
            assert state(promise(), "2018-12-31", *order)["value"] == 60
            assert "two_on_one_day" in doubts(promise(), "2018-12-31", *order)
        assert state(promise(), "2018-12-31", low, high | {"verified_by": "committee"})["state"] == "done"

    def test_a_share_that_its_own_figures_belie_counts_as_the_lower(self) -> None:
        belied = report("2018-12-31", 85, numerator=70.0, denominator=100.0)
        assert state(promise(), "2018-12-31", belied)["value"] == 70
        assert doubts(promise(), "2018-12-31", belied) == ["contradiction"]
        assert doubts(promise(), "2018-12-31", report("2018-12-31", 70.4, numerator=70.0, denominator=100.0)) == []

    def test_all_of_an_unknown_number_is_reported_and_not_verified(self) -> None:
        one, bare = promise(value=100), report("2018-12-31", 100, verified_by="committee")
        assert state(one, "2018-12-31", bare)["standing"] == "without_denominator"
        told = bare | {"numerator": 50.0, "denominator": 50.0}
        assert state(one, "2018-12-31", told)["standing"] == "verified"
        assert state(one, "2018-12-31", told | {"verified_by": ""})["standing"] == "self_reported"
        assert judged(one, "2018-12-31", bare).rollup["verified"].iloc[0] == 0
        assert (
            state(one, "2018-12-31", bare | {"numerator": 0.0, "denominator": 0.0})["standing"] == "without_denominator"
        )

    def test_a_partial_figure_and_one_without_evidence_are_told(self) -> None:
        assert doubts(promise("count", 50), "2018-12-31", report("2018-12-31", 30, status="partial")) == ["partial"]
        assert doubts(promise("count", 50), "2018-12-31", report("2018-12-31", 50, evidence="")) == ["no_evidence"]

    def test_a_report_a_year_old_is_stale_unless_it_is_done(self) -> None:
        one = promise("deadline", None, "2020")
        assert doubts(one, "2018-12-31", report("2017-12-31", 0)) == []
        assert doubts(one, "2019-01-01", report("2017-12-31", 0)) == ["stale"]
        assert doubts(one, "2019-01-01", report("2017-12-31", 1)) == []

    @pytest.mark.parametrize(
        ("day", "last_fresh"),
        [("2019-06-30", "2020-06-30"), ("2020-02-29", "2021-02-28"), ("2019-02-28", "2020-02-29")],
    )
    def test_a_year_is_one_of_the_calendar_whatever_its_days(self, day: str, last_fresh: str) -> None:
        one = promise("deadline", None, "2025")
        after = (date.fromisoformat(last_fresh) + timedelta(1)).isoformat()
        assert doubts(one, last_fresh, report(day, 0)) == []
        assert doubts(one, after, report(day, 0)) == ["stale"]


class TestRollup:
    def test_done_never_stands_without_what_was_reported(self) -> None:
        one, other = promise(), promise(commitment="other", field=("fire", "coal_mine"))
        found = judge(register(one, other), table(REPORTS, [report("2018-12-31", 85)]), on=date(2018, 12, 31),
                      target_year=TARGET_YEAR)  # fmt: skip
        whole = found.rollup.iloc[0]
        assert (whole["level"], whole["total"], whole["done"], whole["no_report"]) == ("plan", 2, 1, 1)
        assert (whole["done_share"], whole["reported_share"], whole["verified_share"]) == (0.5, 0.5, 0)
        by_field = found.rollup[found.rollup["level"] == "field"].set_index("code")
        assert by_field["total"].to_dict() == {"all": 1, "fire": 1, "coal_mine": 1}

    @settings(max_examples=15, deadline=None)
    @given(
        values=st.lists(st.tuples(st.integers(0, 2300), st.floats(0, 110), st.booleans()), max_size=6),
        on=st.integers(0, 2300), kind=st.sampled_from([("threshold", 80.0), ("count", 80.0), ("deadline", 100.0)]),
    )  # fmt: skip
    def test_every_promise_has_one_state_and_a_reason_in_both_languages(
        self, values: list[tuple[int, float, bool]], on: int, kind: tuple[str, float]
    ) -> None:
        start = date(2015, 6, 1)
        reports = [
            report((start + timedelta(day)).isoformat(), value, verified_by="x" if verified else "")
            for day, value, verified in values
        ]
        found = judged(promise(kind[0], kind[1], "2018"), (start + timedelta(on)).isoformat(), *reports)
        row, whole = found.commitments.iloc[0], found.rollup.iloc[0]
        assert sum(whole[one] for one in STATES) == 1
        assert (row["state"] in DONE) == bool(row["done_date"])
        assert say(row["reason"], "zh") != say(row["reason"], "en")
