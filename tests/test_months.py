"""Counts by month: complete months only, unknown is unknown, and parts add up to the whole."""

import numpy as np
import pandas as pd
import pytest

from zzlib import months


def records(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    names = ["date", "area", "field", "deaths", "counted_from_2016"]
    return pd.DataFrame(rows, columns=names).assign(
        accident_id=[f"A{place}" for place in range(len(rows))], status="synthetic"
    )


GIVEN = records(
    ("2018-01-05", "410102", "fire", 1, "yes"), ("2018-01-09", "410102", "fire", 0, "yes"),
    ("2018-02-03", "410103", "coal_mine", 12, "yes"), ("2018-02-07", "410103", "fire", 1, "no"),
    ("2018-03-28", "410102", "fire", 2, "yes"),
)  # fmt: skip


def test_parts_add_up_to_the_whole_and_quiet_months_are_zero() -> None:
    found = months.counted(GIVEN, "2018-02", "410100")
    assert months.series(found, "deaths").to_dict() == {"2018-01": 1, "2018-02": 12}
    keys, grid = months.grid(found, "accidents", by=["area"])
    assert keys == [("410102",), ("410103",)]
    assert grid.tolist() == [[2, 0], [0, 1]]
    assert months.series(found, "accidents", fields=["fire"]).to_list() == [2, 0]
    assert found.loc[found["field"] == "fire", ["records", "fatal_records"]].to_numpy().tolist() == [["A0, A1", "A0"]]


def test_a_month_that_has_not_ended_is_not_looked_at() -> None:
    assert months.spans(months.counted(GIVEN, "2018-12", "410100"))[-1] == "2018-02"
    longer = pd.concat([GIVEN, records(("2018-04-01", "410102", "fire", 0, "yes"))])
    assert months.spans(months.counted(longer, "2018-12", "410100"))[-1] == "2018-03"
    assert months.spans(months.counted(longer, "2018-02", "410100"))[-1] == "2018-02"


def test_an_accident_of_unknown_definition_makes_its_month_unknown() -> None:
    unsure = pd.concat([GIVEN, records(("2018-01-20", "410102", "fire", 1, "unknown"))])
    found = months.counted(unsure, "2018-02", "410100")
    assert np.isnan(months.series(found, "deaths")["2018-01"])
    assert np.isnan(months.series(found, "deaths", areas=["410103"])["2018-01"])
    assert np.isnan(months.grid(found, "deaths", by=["field"])[1][:, 0]).all()


def weekly(*spans: tuple[str, str]) -> pd.DataFrame:
    days = [day for first, last in spans for day in pd.date_range(first, last, freq="5D").strftime("%Y-%m-%d")]
    return records(*((day, "410102", "fire", 1.0, "yes") for day in days))


HOLED = weekly(("2013-01-01", "2015-12-31"), ("2017-01-01", "2018-12-31"))


def test_a_year_that_nobody_delivered_is_unknown_and_not_zero() -> None:
    found = months.counted(HOLED, "2018-12", "410100")
    for counts in (months.series(found, "deaths"), months.series(found, "deaths", areas=["410102"])):
        assert counts[counts.index.str[:4] == "2016"].isna().all()
        assert (counts.drop(counts.index[counts.isna()]) > 0).all()
    assert not {month for month in months.known(found, "deaths") if month[:4] == "2016"}
    lived = months.known(months.counted(weekly(("2013-01-01", "2018-12-31")), "2018-11", "410100"), "deaths")
    assert len(lived) == 71


def test_a_date_without_its_day_closes_the_month_before() -> None:
    given = records(("2018-05-05", "410102", "fire", 1, "yes"), ("2018-06-02", "410102", "fire", 1, "yes"),
                    ("2018-06", "410102", "fire", 1, "yes"))  # fmt: skip
    assert months.spans(months.counted(given, "2018-12", "410100")) == ["2018-05"]
    assert months.counted(given[given["date"] == "2018-06"], "2018-12", "410100").empty


@pytest.mark.parametrize("given", [None, GIVEN.iloc[:0]])
def test_without_records_there_are_no_months(given: pd.DataFrame | None) -> None:
    assert months.counted(given, "2018-02", "410100").empty
