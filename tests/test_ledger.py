"""Every accident counts once, on each definition that it belongs to; a year of silence is told from a year unseen."""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from zzlib import ledger
from zzlib.areas import read_areas
from zzlib.errors import DataError
from zzlib.evaluation import evaluate
from zzlib.language import say
from zzlib.raw import RawTable
from zzlib.schema import FIELDS, UNKNOWN

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


def read(path: Path) -> RawTable:
    """A ledger as it comes out of reading and mapping: text under the project's names, rows named by their line."""
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    return RawTable(path, cells.set_index(pd.RangeIndex(2, len(cells) + 2)))


def recorded(*paths: Path) -> pd.DataFrame:
    return ledger.records([read(path) for path in paths], AREAS)


def without(path: Path, *columns: str) -> Path:
    """The same ledger without some columns."""
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    cells.drop(columns=list(columns)).to_csv(path, index=False)
    return path


def refused(*paths: Path) -> list[str]:
    with pytest.raises(DataError) as refusal:
        recorded(*paths)
    return [str(fault) for fault in refusal.value.faults]


def weekly(first: str, last: str, **cells: Any) -> list[dict[str, Any]]:
    """One accident a week, so that no year is silent."""
    return [{"date": f"{day:%Y-%m-%d}", **cells} for day in pd.date_range(first, last, freq="7D")]


def counted(path: Path) -> pd.Series:
    """The counts of a ledger by area, scope, measure and period."""
    table = ledger.yearly(recorded(path), AREAS)
    return table.set_index(["area", "scope", "measure", "period"])["value"].sort_index()


def left_out(path: Path, scope: str = "from-2016") -> dict[str, set[str]]:
    """The years that each measure lacks although the ledger has accidents in them."""
    table = ledger.yearly(recorded(path), AREAS)
    years = table[(table["scope"] == scope) & (table["area"] == "410102")].groupby("measure")["period"].agg(set)
    everything = set(recorded(path)["date"].str[:4])
    return {measure: everything - found for measure, found in years.items() if everything - found}


@pytest.fixture(scope="module")
def demo() -> pd.DataFrame:
    return ledger.yearly(recorded(DATA / "demo" / "ledger.csv"), AREAS)


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
    mixed = ledger.yearly(records.sample(frac=1, random_state=1), AREAS)
    key = ["area", "scope", "measure", "period"]
    pd.testing.assert_frame_equal(mixed.sort_values(key, ignore_index=True), demo.sort_values(key, ignore_index=True))


def test_a_ledger_without_records_says_nothing_about_zero(written: Written) -> None:
    nothing = recorded(written())
    assert nothing.empty
    assert ledger.yearly(nothing, AREAS).empty
    assert ledger.sizes(nothing, AREAS).empty
    assert ledger.records([], AREAS).columns.to_list() == nothing.columns.to_list()


def test_an_accident_stands_once_in_all_ledgers_together(written: Written) -> None:
    first = written({}, {}, name="2017.csv")
    again = written({"accident_id": "A3"}, {"accident_id": "A2"}, name="2018.csv")
    assert refused(first, again) == [
        "2018.csv, row 3: accident 'A2' stands already: 2017.csv, row 3. Keep one record of it."
    ]


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
        ("date", "2018-02-29", "'2018-02-29' "),
        ("date", "2018", "'2018' "),
        ("date", "", "'' cannot stand here."),
        ("serious_injuries", "无", "'无' is not a number."),
        ("field", "coal", "'coal' cannot stand here. Wanted: one of coal_mine, non_coal_mine"),
        ("counted_from_2016", "是", "'是' cannot stand here. Wanted: one of yes, no, unknown."),
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


@pytest.mark.parametrize("column", ledger.REQUIRED)
def test_a_ledger_needs_date_area_and_deaths(written: Written, column: str) -> None:
    (said,) = refused(without(written({}), column))
    assert said.startswith(f"accidents.csv: column '{column}' is missing. Add it under a heading that is understood")


def test_a_date_may_stand_in_three_columns(written: Written) -> None:
    table = read(written({}))
    cells = table.cells.drop(columns="date").assign(year="2017", month="3", day="5")
    assert ledger.records([RawTable(table.path, cells)], AREAS)["date"].to_list() == ["2017-03-05"]


def test_what_a_ledger_does_not_tell_is_unknown_and_never_zero(written: Written) -> None:
    told = [{"date": "2015-12-31"}, {"date": "2016-01-01"}, {"date": "2018年3月"}]
    (before, after, month) = recorded(
        without(written(*told), *(name for name in SOUND if name not in ledger.REQUIRED))
    ).to_dict("records")  # fmt: skip
    for record in (before, after, month):
        assert (record["field"], record["industry"], record["kind"]) == (UNKNOWN, "", "")
        assert math.isnan(record["serious_injuries"])
        assert math.isnan(record["loss_10k_yuan"])
        assert record["status"] == "preliminary"
    assert [one["accident_id"] for one in (before, after)] == ["accidents.csv:2", "accidents.csv:3"]
    # A ledger that never says so is kept, from 2016 on, on the definition of its day.
    assert [one["counted_from_2016"] for one in (before, after, month)] == [UNKNOWN, "yes", "yes"]
    assert month["date"] == "2018-03"


@pytest.mark.parametrize("blank", ["", "—", "不详"])
def test_a_blank_cell_is_unknown_and_never_zero(written: Written, blank: str) -> None:
    (record,) = recorded(written({"serious_injuries": blank, "loss_10k_yuan": blank})).to_dict("records")
    assert math.isnan(record["serious_injuries"])
    assert math.isnan(record["loss_10k_yuan"])
    (record,) = recorded(written({"field": "", "industry": "", "counted_from_2016": "", "status": ""})).to_dict(
        "records"
    )
    assert (record["field"], record["counted_from_2016"], record["status"]) == (UNKNOWN, UNKNOWN, "preliminary")


def test_an_industry_tells_the_field_that_a_record_leaves_out(written: Written) -> None:
    told = {
        "coal_mine": [("", "0610"), (UNKNOWN, "0610")],
        UNKNOWN: [("", "9999"), ("", "")],
        "fire": [("fire", "0610")],
    }
    rows = [{"field": field, "industry": code} for pairs in told.values() for field, code in pairs]
    assert recorded(written(*rows))["field"].to_list() == [field for field, pairs in told.items() for _ in pairs]


def test_records_keep_what_doubts_rest_on_and_no_more(written: Written) -> None:
    first, second = read(written({}, name="first.csv")), read(written({"accident_id": "B1"}, name="second.csv"))
    more = first.cells.assign(grade="一般事故", summary="造成1人死亡", cause="undercutting")
    found = ledger.records([RawTable(first.path, more, sheet="台账"), second], AREAS)
    assert {*found} - {*SOUND} == {"file", "sheet", "row", "grade_stated", "summary"}
    assert found[["file", "sheet", "row"]].to_numpy().tolist() == [["first.csv", "台账", 2], ["second.csv", "", 2]]
    assert found["summary"].to_list() == ["造成1人死亡", ""]


def test_what_is_read_is_accepted_or_rejected(written: Written) -> None:
    first = written({"deaths": "?", "area": "xyz"}, {}, name="first.csv")
    second = written({"accident_id": "B1"}, {"accident_id": "B1"}, {"accident_id": "A2"}, name="second.csv")
    rejected: list[pd.DataFrame] = []
    accepted = ledger.records([read(first), read(second)], AREAS, rejected)
    assert accepted[["file", "row"]].to_numpy().tolist() == [["first.csv", 3], ["second.csv", 2]]
    assert [table[["file", "row"]].to_numpy().tolist() for table in rejected] == [
        [["first.csv", 2]], [["second.csv", 3], ["second.csv", 4]]
    ]  # fmt: skip
    reasons = pd.concat(rejected)["what"].to_list()
    assert [reason.count("'?'") + reason.count("'xyz'") for reason in reasons] == [2, 0, 0]
    assert reasons[1:] == [
        "accident 'B1' stands already: second.csv, row 2", "accident 'A2' stands already: first.csv, row 3"
    ]  # fmt: skip


def test_a_ledger_whose_rows_are_all_rejected_has_no_records(written: Written) -> None:
    rejected: list[pd.DataFrame] = []
    assert ledger.records([read(written({"deaths": "?"}))], AREAS, rejected).empty
    assert len(rejected[0]) == 1


def test_a_sound_ledger_rejects_nothing(written: Written) -> None:
    rejected: list[pd.DataFrame] = []
    ledger.records([read(written({}, {}))], AREAS, rejected)
    assert rejected == []


def test_two_files_of_one_name_are_not_one_ledger(written: Written, tmp_path: Path) -> None:
    path = without(written({}), "accident_id")
    other = tmp_path / "other" / path.name
    other.parent.mkdir()
    other.write_bytes(path.read_bytes())
    assert len(recorded(path, other)) == 2


QUIET = {"deaths": "0", "field": "fire"}


def quiet(*accidents: dict[str, Any]) -> list[dict[str, Any]]:
    """A ledger of 2014 to 2017 with an accident a week, and some others."""
    return [*weekly("2014-01-01", "2017-12-31", **QUIET), *accidents]


def test_deaths_by_field_are_left_out_where_a_fatal_accident_s_field_is_unknown(written: Written) -> None:
    unknown = {"date": "2016-06-01", "field": UNKNOWN, "industry": "", "deaths": "2"}
    harmless = {"date": "2015-06-01", "field": UNKNOWN, "industry": "", "deaths": "0"}
    known = {"date": "2017-06-01", "field": "coal_mine", "deaths": "3"}
    path = written(*quiet(unknown, harmless, known))
    gone = left_out(path)
    assert gone["deaths_coal"] == gone["deaths_industry"] == {"2016"}
    assert "deaths" not in gone
    found = counted(path)["410102", "from-2016"]
    assert found["deaths_coal"].to_dict() == {"2014": 0, "2015": 0, "2017": 3}
    assert found["deaths"].to_dict() == {"2014": 0, "2015": 0, "2016": 2, "2017": 3}
    # The sizes rest on the years that are told.
    assert found["deaths_coal_mean_size"].to_dict() == {"2017": 3}


def test_the_whole_is_left_out_with_one_of_its_units(written: Written) -> None:
    rows = [row | {"area": unit} for unit in UNITS[:8] for row in weekly("2016-01-01", "2017-12-31", **QUIET)]
    path = written(*rows, {"date": "2016-06-01", "area": UNITS[3], "field": UNKNOWN, "industry": "", "deaths": "1"})
    coal = counted(path)[:, "from-2016", "deaths_coal"]
    assert "2016" not in coal["410100"].index
    assert "2016" not in coal[UNITS[3]].index
    assert coal["410100"]["2017"] == coal[UNITS[0]]["2016"] == 0


def test_a_year_is_not_restated_where_it_is_unknown_which_accidents_stay(written: Written) -> None:
    fatal = {"date": "2014-06-01", "counted_from_2016": UNKNOWN, "deaths": "1"}
    harmless = {"date": "2015-06-01", "counted_from_2016": UNKNOWN, "deaths": "0"}
    path = written(*quiet(fatal, harmless))
    gone = left_out(path)
    assert gone["accidents"] == {"2014", "2015"}
    assert gone["deaths"] == gone["fatal_accidents"] == {"2014"}  # who died in 2015 is known on either definition
    assert not {"2014", "2015"} & left_out(path, "pre-2016").get("deaths", set())


def test_an_accident_known_to_be_in_another_field_leaves_coal_alone(written: Written) -> None:
    path = written(*quiet({"date": "2014-06-01", "counted_from_2016": UNKNOWN, "field": "fire", "deaths": "1"}))
    gone = left_out(path)
    assert gone["deaths"] == {"2014"}
    assert "deaths_coal" not in gone


@pytest.mark.parametrize(
    ("accident", "lost"),
    [
        ({"serious_injuries": "", "deaths": "0"}, {"ordinary", "larger", "major", "extraordinary"}),
        ({"loss_10k_yuan": "", "deaths": "3"}, {"larger", "major", "extraordinary"}),
        ({"loss_10k_yuan": "", "deaths": "0", "serious_injuries": "50"}, {"major", "extraordinary"}),
        ({"loss_10k_yuan": "", "serious_injuries": "", "deaths": "30"}, set()),
    ],
)
def test_a_grade_is_not_counted_where_an_accident_may_or_may_not_have_it(
    written: Written, accident: dict[str, str], lost: set[str]
) -> None:
    gone = left_out(written(*quiet({"date": "2016-06-01"} | accident)))
    assert {measure.removeprefix("accidents_") for measure, years in gone.items() if "2016" in years} == lost


def test_sizes_leave_out_a_year_in_which_one_accident_may_or_may_not_belong(written: Written) -> None:
    unknown = {"date": "2016-06-01", "field": UNKNOWN, "industry": "", "deaths": "2"}
    coal = [{"date": f"{year}-03-01", "field": "coal_mine", "deaths": "3"} for year in (2016, 2017)]
    found = ledger.sizes(recorded(written(*quiet(unknown, *coal))), AREAS)
    years = found[found["scope"] == "from-2016"].groupby("measure")["period"].agg(set)
    assert years.to_dict() == {"deaths": {"2016", "2017"}, "deaths_coal": {"2017"}, "deaths_industry": {"2017"}}


def test_records_that_name_only_the_city_do_not_pass_for_the_city(written: Written) -> None:
    unit = weekly("2017-01-01", "2017-12-31", deaths="1")
    path = written(*unit, {"date": "2017-06-01", "area": "郑州市", "deaths": "1"})
    deaths = counted(path)[:, "from-2016", "deaths", "2017"]
    assert deaths.to_dict() == {"410100": 54, "410102": 53}


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        ([f"{y}-{m:02}" for y in (2016, 2017) for m in range(1, 13)], ["2016", "2017"]),
        ([f"2016-{m:02}" for m in range(1, 13)] + [f"2017-{m:02}" for m in range(1, 11)], ["2016"]),
        ([f"{day:%Y-%m-%d}" for day in pd.date_range("2017-01-01", "2017-11-30", freq="7D")] + ["2017-12"], ["2017"]),
    ],
)
def test_a_ledger_of_months_covers_the_years_whose_months_it_has(
    written: Written, dates: list[str], years: list[str]
) -> None:
    deaths = counted(written(*({"date": date} for date in dates)))
    assert sorted(set(deaths.index.get_level_values("period"))) == years


def test_a_year_that_nobody_delivered_is_not_a_year_without_deaths(written: Written) -> None:
    whole = weekly("2014-01-01", "2018-12-31")
    holed = [row for row in whole if not "2015-12-20" < row["date"] < "2017-01-10"]
    deaths = counted(written(*holed))["410102", "from-2016", "deaths"]
    assert deaths.index.to_list() == ["2014", "2018"]
    daily = [{"date": f"{day:%Y-%m-%d}"} for day in pd.date_range("2015-01-01", "2017-12-31")]
    month = [row for row in daily if row["date"][:7] != "2016-05"]
    assert counted(written(*month))["410102", "from-2016", "deaths"].index.to_list() == ["2015", "2017"]


def test_a_month_of_silence_is_no_hole_where_accidents_are_rare(written: Written) -> None:
    month = [row for row in weekly("2014-01-01", "2018-12-31") if row["date"][:7] != "2016-05"]
    assert "2016" in counted(written(*month))["410102", "from-2016", "deaths"].index


def test_a_small_county_may_be_silent_for_a_year(written: Written) -> None:
    few = ["2014-01-02", "2014-05-01", "2014-11-11", "2016-02-02", "2016-09-09", "2017-12-20"]
    deaths = counted(written(*({"date": day} for day in few)))["410102", "from-2016", "deaths"]
    assert deaths.to_dict() == {"2014": 3, "2015": 0, "2016": 2, "2017": 1}


def test_deaths_per_accident_are_those_of_fatal_accidents(written: Written) -> None:
    sizes = {"2015-01-01": 12, "2016-01-01": 0, "2016-02-01": 1, "2016-03-01": 2, "2016-04-01": 9, "2017-05-01": 30}
    records = recorded(written(*({"date": day, "deaths": str(deaths)} for day, deaths in sizes.items())))
    (row,) = ledger.deaths_per_accident(records).to_dict("records")
    assert row == {
        "fatal_accidents": 5, "deaths": 54, "mean": 54 / 5, "variance_ratio": (144 + 1 + 4 + 81 + 900) / 54,
        "one": 1, "two": 1, "three_to_nine": 1, "ten_to_29": 1, "thirty_or_more": 1, "largest": 30,
    }  # fmt: skip
    by_year = ledger.deaths_per_accident(records, by=["year"], since="2016", until="2016")
    assert by_year[["year", "fatal_accidents", "deaths", "largest"]].to_numpy().tolist() == [["2016", 3, 12, 9]]
    assert ledger.deaths_per_accident(records[records["deaths"] == 0]).empty


def test_major_accidents_are_counted_from_each_bound_on_and_a_year_without_one_is_a_zero(written: Written) -> None:
    sizes = {"2015-01-01": 10, "2015-02-01": 3, "2016-01-01": 2, "2017-01-01": 30}
    records = recorded(written(*({"date": day, "deaths": str(deaths)} for day, deaths in sizes.items())))
    found = ledger.major_accidents(records).set_index(["year", "deaths_from"])[["accidents", "deaths"]]
    assert found.loc["2015"].to_numpy().tolist() == [[2, 13], [1, 10], [0, 0]]
    assert found.loc["2016"].to_numpy().tolist() == [[0, 0]] * 3
    assert found.loc["2017"].to_numpy().tolist() == [[1, 30]] * 3


def test_a_refusal_speaks_chinese(written: Written) -> None:
    with pytest.raises(DataError) as refusal:
        recorded(written({"deaths": "三"}, {"accident_id": "A1"}))
    assert [say(fault.what, "zh") for fault in refusal.value.faults][1] == "事故“A1”已经登记（accidents.csv，第 2 行）"


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
    assert said.startswith("truth.csv: neither observations nor accident records: the headings are ")
