"""Leading indicators and offices: what is reported, how it moves, what followed, and what nobody reports."""

import asked
import numpy as np
import pandas as pd
import pytest

from zzlib.departments import departments, fields_of
from zzlib.leading import leading
from zzlib.schema import FIELDS, LEADING

SPAN = pd.period_range("2013-01", "2018-12", freq="M").astype(str)


def figures(measure: str, values: np.ndarray, periods: pd.Index = SPAN) -> pd.DataFrame:
    return pd.DataFrame({"measure": measure, "period": periods, "value": values, "status": "synthetic"})


def row(observations: pd.DataFrame, outcome: np.ndarray, measure: str = "inspections") -> pd.Series:
    return leading(observations, pd.Series(outcome, index=SPAN)).set_index("measure").loc[measure]


def test_what_nobody_reports_stands_there_as_such() -> None:
    found = leading(figures("inspections", np.ones(72)), pd.Series(1.0, index=SPAN))
    assert found["measure"].to_list() == list(LEADING)
    silent = found[found["periods"] == 0]
    assert set(silent["reason"].map(str)) == {"nobody reports it"}
    assert len(silent) == len(LEADING) - 1


def test_a_trend_and_its_gaps() -> None:
    values = 100 * np.exp(0.1 * np.arange(72) / 12)
    kept = np.arange(72) % 3 != 1
    found = row(figures("inspections", values[kept], SPAN[kept]), np.ones(72))
    assert found["yearly_change"] == pytest.approx(np.expm1(0.1), abs=1e-6)
    assert found["covered_share"] == pytest.approx(kept.sum() / 72)


def test_two_trends_are_no_association_and_what_follows_is_one() -> None:
    random = np.random.default_rng(7)
    rising, falling = np.arange(72) + random.normal(0, 3, 72), 200 - np.arange(72) + random.normal(0, 3, 72)
    assert row(figures("inspections", rising + 50), falling)["p"] > 0.05
    work = random.normal(100, 20, 72)
    after = 300 - np.r_[0, 0, work[:-2]] + random.normal(0, 5, 72)
    found = row(figures("inspections", work), after)
    assert (found["lag"], found["p"] < 0.001) == (2, True)
    assert found["association"] < -0.8


def test_few_years_have_no_association() -> None:
    years = figures("hazards_found", np.arange(6) + 10.0, pd.Index([str(year) for year in range(2013, 2019)]))
    found = row(years, np.ones(72), "hazards_found")
    assert np.isnan(found["association"])
    assert "too few" in str(found["reason"])
    assert found["yearly_change"] > 0


def test_every_field_is_answered_for_or_listed_as_nobodys() -> None:
    evaluation = asked.evaluation("zhengzhou-2016-2020")
    offices, found = fields_of(evaluation), departments(evaluation)
    assert offices["coal"] == ["coal_mine"]
    assert {field for fields in found["fields"] for field in fields.split(", ") if field} == set(FIELDS)
    assert found["department"].iloc[-1] == ""
    assert found["fields"].iloc[-1] == "other"
    assert departments(asked.evaluation("china-2006-2010")).empty
