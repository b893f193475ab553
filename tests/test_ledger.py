"""Every accident counts once, on each definition that it belongs to; a year of silence is told from a year unseen."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from zzlib import files, ledger, load
from zzlib.areas import read_areas
from zzlib.errors import DataError
from zzlib.evaluation import evaluate
from zzlib.schema import FIELDS

DATA = Path(__file__).parents[1] / "data"
AREAS = read_areas()
UNITS = AREAS["area"][AREAS["parent"] == "410100"].to_list()
SOUND = {
    "accident_id": "A1", "date": "2017-03-05", "area": "410102", "field": "construction", "industry": "4700",
    "kind": "05", "deaths": "1", "serious_injuries": "0", "loss_10k_yuan": "80.5", "counted_from_2016": "yes",
    "status": "published",
}  # fmt: skip

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """`written({…}, …)` is a ledger as a file: the sound accident with some of its cells replaced, each its own."""

    def written(*changes: dict[str, Any], name: str = "accidents.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, SOUND)
            table.writeheader()
            table.writerows(SOUND | {"accident_id": f"A{i}"} | change for i, change in enumerate(changes, 1))
        return path

    return written


def recorded(*paths: Path) -> pd.DataFrame:
    return ledger.records([files.read(path) for path in paths], AREAS)


def refused(*paths: Path) -> list[str]:
    with pytest.raises(DataError) as refusal:
        recorded(*paths)
    return [str(fault) for fault in refusal.value.faults]


def weekly(first: str, last: str, **cells: Any) -> list[dict[str, Any]]:
    """One accident a week, so that no year is silent."""
    return [{"date": f"{day:%Y-%m-%d}", **cells} for day in pd.date_range(first, last, freq="7D")]


def counted(path: Path) -> pd.Series:
    """The counts of a ledger by area, scope, measure and period."""
    table = ledger.counts(recorded(path), AREAS)
    return table.set_index(["area", "scope", "measure", "period"])["value"].sort_index()


@pytest.fixture(scope="module")
def demo() -> pd.DataFrame:
    return ledger.counts(recorded(DATA / "demo" / "ledger.csv"), AREAS)


@pytest.mark.parametrize(
    ("deaths", "injuries", "loss", "grade"),
    [
        (0, 0, 0, "ordinary"), (2, 9, 999.99, "ordinary"),
        (3, 0, 0, "larger"), (9, 0, 0, "larger"), (0, 10, 0, "larger"), (0, 49, 0, "larger"),
        (0, 0, 1_000, "larger"), (0, 0, 4_999.99, "larger"),
        (10, 0, 0, "major"), (29, 0, 0, "major"), (0, 50, 0, "major"), (0, 99, 0, "major"),
        (0, 0, 5_000, "major"), (0, 0, 9_999.99, "major"),
        (30, 0, 0, "extraordinary"), (0, 100, 0, "extraordinary"), (0, 0, 10_000, "extraordinary"),
        (2, 10, 5_000, "major"), (30, 10, 1_000, "extraordinary"), (3, 50, 10_000, "extraordinary"),
    ],
)  # fmt: skip
def test_order_493_grades_an_accident_by_the_worst_of_three_with_bounds_that_count(
    deaths: int, injuries: int, loss: float, grade: str
) -> None:
    accident = pd.DataFrame({"deaths": [deaths], "serious_injuries": [injuries], "loss_10k_yuan": [loss]})
    assert ledger.grade(accident).to_list() == [grade]


def test_each_accident_is_graded_by_itself() -> None:
    accidents = pd.DataFrame(
        {"deaths": [0, 30, 3], "serious_injuries": [0, 0, 0], "loss_10k_yuan": [0.0, 0.0, 0.0]}, index=[7, 3, 5]
    )
    assert ledger.grade(accidents).to_dict() == {7: "ordinary", 3: "extraordinary", 5: "larger"}


def test_the_demonstration_ledger_has_the_city_s_published_totals(demo: pd.DataFrame) -> None:
    city = demo[(demo["area"] == "410100") & (demo["scope"] == "pre-2016")]
    totals = city.groupby("measure")["value"].sum()
    assert sorted(city["period"].unique()) == ["2011", "2012", "2013", "2014", "2015"]
    assert (totals["accidents"], totals["deaths"]) == (8178, 750)


def test_what_is_counted_from_synthetic_records_is_synthetic(demo: pd.DataFrame) -> None:
    assert set(demo["status"]) == {"synthetic"}
    assert set(demo["source"]) == {"ledger.csv"}


@pytest.mark.parametrize("scope", ["pre-2016", "from-2016"])
def test_the_units_add_up_to_the_city(demo: pd.DataFrame, scope: str) -> None:
    counts = demo[(demo["scope"] == scope) & demo["unit"].isin(["accidents", "persons"])]
    assert set(counts["area"]) == {"410100", *UNITS}
    city = counts[counts["area"] == "410100"].set_index(["measure", "period"])["value"]
    units = counts[counts["area"] != "410100"].groupby(["measure", "period"])["value"].sum()
    assert set(city.index.get_level_values("measure")) == {
        "accidents", "accidents_ordinary", "accidents_larger", "accidents_major", "accidents_extraordinary",
        "fatal_accidents", "deaths", "deaths_coal", "deaths_industry",
    }  # fmt: skip
    pd.testing.assert_series_equal(city.sort_index(), units.sort_index())


def test_the_grades_add_up_to_the_accidents(demo: pd.DataFrame) -> None:
    grades = demo["measure"].str.startswith("accidents_")
    key = ["area", "scope", "period"]
    total = demo[demo["measure"] == "accidents"].set_index(key)["value"].sort_index()
    pd.testing.assert_series_equal(demo[grades].groupby(key)["value"].sum(), total)
    assert demo[demo["measure"] == "accidents_larger"]["value"].sum() > 0


def test_every_unit_has_a_count_for_every_year_on_both_definitions(demo: pd.DataFrame) -> None:
    years = demo[demo["measure"] == "deaths_coal"].groupby(["area", "scope"])["period"].agg(sorted)
    assert len(years) == 2 * 17
    for (_, scope), found in years.items():
        assert found == [str(year) for year in range(2011, 2016 if scope == "pre-2016" else 2019)]


def test_years_before_the_change_of_definition_say_that_they_are_restated(demo: pd.DataFrame) -> None:
    restated = (demo["scope"] == "from-2016") & (demo["period"] < "2016")
    assert restated.any()
    assert (demo["note"] == restated.map({True: ledger.RESTATED, False: ""})).all()


def test_a_few_units_are_not_taken_for_the_city(written: Written) -> None:
    half = [row | {"area": unit} for unit in UNITS[:8] for row in weekly("2017-01-01", "2017-12-31")]
    assert "410100" in counted(written(*half)).index.get_level_values("area")
    fewer = [row for row in half if row["area"] != UNITS[0]]
    assert "410100" not in counted(written(*fewer)).index.get_level_values("area")


def test_an_accident_outside_production_counts_on_the_older_definition_only(written: Written) -> None:
    fires = weekly("2015-01-01", "2016-12-31", field="fire", counted_from_2016="no", deaths="2")
    works = weekly("2015-01-01", "2016-12-31", deaths="1")
    deaths = counted(written(*fires, *works))["410102", slice(None), "deaths"]
    assert deaths.to_dict() == {
        ("pre-2016", "2015"): 3 * 53, ("from-2016", "2015"): 53, ("from-2016", "2016"): 52
    }  # fmt: skip


def test_a_year_without_a_record_of_a_kind_is_a_zero(written: Written) -> None:
    mine = {"date": "2016-08-01", "field": "coal_mine", "deaths": "12"}
    found = counted(written(mine, *weekly("2016-01-01", "2018-12-31", deaths="0")))["410102", "from-2016"]
    assert found["deaths_coal"].to_dict() == {"2016": 12, "2017": 0, "2018": 0}
    assert found["deaths"].to_dict() == {"2016": 12, "2017": 0, "2018": 0}
    assert found["fatal_accidents"].to_dict() == {"2016": 1, "2017": 0, "2018": 0}
    assert found["accidents"].to_dict() == {"2016": 54, "2017": 52, "2018": 52}


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2015-01-01", "2017-12-31", ["2015", "2016", "2017"]),
        ("2015-01-05", "2017-12-27", ["2015", "2016", "2017"]),  # the silence of a week is no gap
        ("2015-01-20", "2017-12-31", ["2016", "2017"]),
        ("2015-01-01", "2017-06-30", ["2015", "2016"]),
        ("2015-03-01", "2016-10-01", []),
    ],
)
def test_a_year_that_is_not_covered_whole_is_left_out(
    written: Written, first: str, last: str, years: list[str]
) -> None:
    deaths = counted(written(*weekly(first, last)))
    assert sorted(set(deaths.index.get_level_values("period"))) == years


def test_deaths_of_industry_leave_out_transport_fires_and_farm_machinery(written: Written) -> None:
    rows = weekly("2017-01-01", "2017-12-31", deaths="0")
    one_of_each = [{"date": "2017-06-01", "field": field, "deaths": "1"} for field in FIELDS]
    found = counted(written(*rows, *one_of_each))["410102", "from-2016"].xs("2017", level="period")
    assert (found["deaths"], found["deaths_industry"], found["deaths_coal"]) == (15, 10, 1)


def test_sizes_are_averaged_by_accident_and_by_death(written: Written) -> None:
    quiet = weekly("2016-01-01", "2018-12-31", deaths="0")
    fatal = [("2016-02-01", 1), ("2016-03-01", 1), ("2017-02-01", 3), ("2018-02-01", 5)]
    found = counted(written(*quiet, *({"date": day, "deaths": str(size)} for day, size in fatal)))[
        "410102", "from-2016"
    ]
    # Over the fatal accidents so far, sum(s²) / sum(s): 2/2, (1+1+9)/5, (1+1+9+25)/10
    np.testing.assert_allclose(found["deaths_variance_ratio"].to_numpy(), [1, 2.2, 3.6])
    # and sum(s) / n: 2/2, 5/3, 10/4
    np.testing.assert_allclose(found["deaths_mean_size"].to_numpy(), [1, 5 / 3, 2.5])


def test_where_nobody_died_no_size_is_known(written: Written) -> None:
    measures = counted(written(*weekly("2017-01-01", "2017-12-31", deaths="0"))).index.get_level_values("measure")
    assert "deaths" in measures
    assert not [measure for measure in measures if measure.endswith(("_variance_ratio", "_mean_size"))]


def test_the_order_of_records_makes_no_difference(demo: pd.DataFrame) -> None:
    records = recorded(DATA / "demo" / "ledger.csv")
    mixed = ledger.counts(records.sample(frac=1, random_state=1), AREAS)
    key = ["area", "scope", "measure", "period"]
    pd.testing.assert_frame_equal(mixed.sort_values(key, ignore_index=True), demo.sort_values(key, ignore_index=True))


def test_a_ledger_without_records_says_nothing_about_zero(written: Written) -> None:
    assert [fault.split(": ")[1] for fault in refused(written())] == ["the table holds no rows."]


def test_an_accident_stands_once_in_all_ledgers_together(written: Written) -> None:
    first = written({}, {}, name="2017.csv")
    again = written({"accident_id": "A3"}, {"accident_id": "A2"}, name="2018.csv")
    assert refused(first, again) == ["2018.csv, row 3: accident 'A2' stands already. Keep one record of it."]


@pytest.mark.parametrize(
    ("column", "text", "fault"),
    [
        ("deaths", "3人", "'3人' is not a number. Write 3, and the unit in its own column."),
        ("deaths", "", "the cell is empty. Give the number"),
        ("deaths", "-1", "-1 is negative."),
        ("deaths", "0.5", "0.5 is not a whole number."),
        ("serious_injuries", "1.5", "1.5 is not a whole number."),
        ("loss_10k_yuan", "-2.5", "-2.5 is negative."),
        ("area", "中源区", "unknown area '中源区'. Did you mean 中原区 (410102)"),
        ("date", "2018-02-29", "'2018-02-29' cannot stand here. Wanted: a day such as 2018-03-05."),
        ("date", "2018-02", "'2018-02' cannot stand here. Wanted: a day such as 2018-03-05."),
        ("date", "5.3.2018", "'5.3.2018' cannot stand here. Wanted: a day such as 2018-03-05."),
        ("field", "coal", "'coal' cannot stand here. Wanted: one of coal_mine, non_coal_mine"),
        ("counted_from_2016", "是", "'是' cannot stand here. Wanted: one of yes, no."),
        ("status", "final", "'final' cannot stand here. Wanted: one of published"),
    ],
)
def test_a_cell_that_cannot_be_right_is_one_fault_with_its_place_and_remedy(
    written: Written, column: str, text: str, fault: str
) -> None:
    (said,) = refused(written({}, {column: text}))
    assert said.startswith(f"accidents.csv, row 3, column '{column}': {fault}")


def test_every_fault_of_every_ledger_is_listed_at_once(written: Written) -> None:
    first = written({"deaths": "?", "area": "xyz"}, name="first.csv")
    second = written({"accident_id": "B1"}, {"accident_id": "B1", "date": "soon"}, name="second.csv")
    assert [said.partition(": ")[0] for said in refused(first, second)] == [
        "first.csv, row 2, column 'area'",
        "first.csv, row 2, column 'deaths'",
        "second.csv, row 3, column 'date'",
        "second.csv, row 3",
    ]


@pytest.mark.parametrize("column", [name for name in SOUND if name not in ("date", "deaths")])
def test_a_missing_column_is_refused(written: Written, column: str) -> None:
    path = written({})
    path.write_text(path.read_text(encoding="utf-8").replace(column, "other", 1), encoding="utf-8")
    (said,) = refused(path)
    assert said.startswith(f"accidents.csv: column '{column}' is missing. The table needs the columns accident_id, ")


@pytest.mark.parametrize(
    ("header", "observations", "accidents"),
    [
        ("area,period,measure,value,unit,scope,status,source", True, False),
        ("accident_id,date,area,deaths", False, True),
        ("area,period,measure,vlaue,unit,scope,status,source", True, False),
        ("area,expected", False, False),
        ("date,area", False, False),
        ("period,value", False, False),
    ],
)
def test_tables_are_told_apart_by_their_headers(header: str, observations: bool, accidents: bool) -> None:
    columns = header.split(",")
    assert (load.is_observations(columns), ledger.is_ledger(columns)) == (observations, accidents)


def test_a_table_of_neither_kind_is_left_aside_in_a_folder(tmp_path: Path) -> None:
    for path in [*(DATA / "observations").glob("zhengzhou_*.csv"), DATA / "demo" / "truth.csv"]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    beside = evaluate("zhengzhou-2016-2020", data=[tmp_path])
    (tmp_path / "truth.csv").unlink()
    without = evaluate("zhengzhou-2016-2020", data=[tmp_path])
    pd.testing.assert_frame_equal(beside.observations, without.observations)
    assert beside.inputs == without.inputs


@pytest.mark.parametrize("beside", [[], ["data/observations"]])
def test_a_table_of_neither_kind_is_refused_where_it_was_asked_for(beside: list[str]) -> None:
    with pytest.raises(DataError) as refusal:
        evaluate("zhengzhou-2016-2020", data=[*beside, "data/demo/truth.csv"])
    (said,) = map(str, refusal.value.faults)
    assert said.startswith("truth.csv: neither a table of observations nor an accident ledger. Observations need")
