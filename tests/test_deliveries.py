"""Two deliveries of one ledger: what came, what went, and what is told differently, however it is numbered."""

from typing import Any

import pandas as pd
import pytest

from zzlib.deliveries import DELIVERIES, by_area, deliveries
from zzlib.schema import LEDGER

KINDS = ("05", "09", "19")


def ledger(*changes: dict[str, Any], file: str = "2018.csv", numbered: bool = True) -> pd.DataFrame:
    """Twelve accidents, one a month, of three kinds in two districts; some of them told otherwise."""
    rows = [
        {
            "accident_id": f"A{month}", "date": f"2018-{month:02}-05", "area": "410102" if month % 2 else "410185",
            "field": "construction", "industry": "4700", "kind": KINDS[month % 3], "deaths": float(month % 4),
            "serious_injuries": 0.0, "loss_10k_yuan": 10.5 * month, "counted_from_2016": "yes", "status": "preliminary",
        }
        for month in range(1, 13)
    ]  # fmt: skip
    for change in changes:
        rows[int(change["month"]) - 1] |= {name: value for name, value in change.items() if name != "month"}
    records = LEDGER.validate(pd.DataFrame(rows)).assign(file=file, sheet="", row=range(2, 14))
    return records if numbered else by_place(records)


def by_place(records: pd.DataFrame) -> pd.DataFrame:
    """A ledger without numbers: each record is named by where it stands."""
    rows = range(2, len(records) + 2)
    return records.assign(row=rows, accident_id=[f"{records['file'].iloc[0]}:{row}" for row in rows])


def told(before: pd.DataFrame, after: pd.DataFrame) -> list[tuple[Any, ...]]:
    found = deliveries(before, after)
    assert found.columns.to_list() == list(DELIVERIES)
    return list(found[["change", "accident_id", "column", "before", "after"]].itertuples(index=False, name=None))


def test_a_ledger_delivered_again_tells_nothing_new() -> None:
    assert told(ledger(), ledger(file="again.csv")) == []
    assert told(ledger(numbered=False), ledger(file="again.csv", numbered=False)) == []


def test_the_order_of_the_rows_is_no_change() -> None:
    turned = ledger().iloc[::-1]
    assert told(ledger(), turned) == []
    assert told(ledger(numbered=False), by_place(turned)) == []


def test_a_late_correction_is_told_column_by_column() -> None:
    after = ledger({"month": 3, "deaths": 5.0, "status": "published"}, {"month": 7, "loss_10k_yuan": float("nan")})
    assert told(ledger(), after) == [
        ("changed", "A3", "deaths", "3", "5"),
        ("changed", "A3", "status", "preliminary", "published"),
        ("changed", "A7", "loss_10k_yuan", "73.5", ""),
    ]


def test_a_cancelled_and_a_late_record_are_withdrawn_and_added() -> None:
    before, after = ledger().drop(index=4), ledger(file="2019.csv").drop(index=9)
    found = deliveries(before, after)
    assert found[["change", "accident_id", "file", "row"]].to_numpy().tolist() == [
        ["withdrawn", "A10", "2018.csv", 11], ["added", "A5", "2019.csv", 6]
    ]  # fmt: skip


def test_without_numbers_a_record_is_known_by_what_it_tells() -> None:
    before = by_place(ledger().drop(index=4))
    after = by_place(ledger({"month": 3, "deaths": 5.0}).drop(index=9))
    assert [row[0] for row in told(before, after)] == ["changed", "added", "withdrawn"]
    assert told(before, after)[0][2:] == ("deaths", "3", "5")


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"field": "industry_and_trade"}, "field"), ({"kind": "01"}, "kind"), ({"date": "2018-03-07"}, "date"),
        ({"loss_10k_yuan": 99.0}, "loss_10k_yuan"),
    ],
)  # fmt: skip
def test_without_numbers_a_correction_of_any_one_cell_is_no_new_accident(change: dict[str, Any], column: str) -> None:
    after = ledger({"month": 3} | change, numbered=False)
    assert [row[:3:2] for row in told(ledger(numbered=False), after)] == [("changed", column)]


@pytest.mark.parametrize("same", [{}, {"area": "410102"}, {"date": "2018-03-05"}])
def test_a_ledger_numbered_anew_is_compared_by_what_it_tells(same: dict[str, str]) -> None:
    """One record is added at the top, and every number moves by one."""
    before = ledger().assign(**same)
    late = before.iloc[[0]].assign(**{"date": "2018-01-02", "loss_10k_yuan": 7.0} | same)
    after = pd.concat([late, before], ignore_index=True)
    after = after.assign(accident_id=[f"A{place}" for place in range(1, 14)], row=range(2, 15))
    assert [row[:2] for row in told(before, after)] == [("added", "A1")]


def test_what_neither_delivery_tells_matches_nothing() -> None:
    """Without its loss an accident of another day is another accident."""
    untold = {"month": 3, "loss_10k_yuan": float("nan")}
    before, after = ledger(untold, numbered=False), ledger(untold | {"date": "2018-03-07"}, numbered=False)
    assert sorted(row[0] for row in told(before, after)) == ["added", "withdrawn"]


def test_a_record_under_a_new_number_is_one_change() -> None:
    after = ledger({"month": 3, "accident_id": "B3"})
    assert told(ledger(), after) == [("changed", "B3", "accident_id", "A3", "B3")]


def test_two_records_that_cannot_be_told_apart_are_not_matched_at_random() -> None:
    """Two accidents of a day, a district, a field and a kind: which of them lost its deaths is not known."""
    pair = {"date": "2018-03-05", "area": "410102", "kind": "05"}
    before = ledger({"month": 1, **pair, "deaths": 2.0}, {"month": 3, **pair, "deaths": 3.0}, numbered=False)
    after = ledger({"month": 1, **pair, "deaths": 0.0}, {"month": 3, **pair, "deaths": 1.0}, numbered=False)
    assert sorted(row[0] for row in told(before, after)) == ["added", "added", "withdrawn", "withdrawn"]


def test_copies_are_counted() -> None:
    twice = pd.concat([ledger(), ledger().iloc[[2]]], ignore_index=True)
    assert [row[0] for row in told(by_place(ledger()), by_place(twice))] == ["added"]
    assert [row[0] for row in told(by_place(twice), by_place(ledger()))] == ["withdrawn"]


def test_a_first_delivery_is_all_new() -> None:
    assert {row[0] for row in told(ledger().iloc[:0], ledger())} == {"added"}
    assert {row[0] for row in told(ledger(), ledger().iloc[:0])} == {"withdrawn"}


def test_a_text_that_both_deliveries_have_is_compared() -> None:
    before, after = ledger().assign(summary="造成1人死亡", place="工地"), ledger().assign(summary="造成1人死亡")
    assert told(before, after) == []
    after.loc[0, "summary"] = "造成2人死亡"
    assert told(before, after) == [("changed", "A1", "summary", "造成1人死亡", "造成2人死亡")]


def test_a_record_of_a_day_after_the_earlier_delivery_is_new_and_not_late() -> None:
    before = pd.DataFrame({
        "accident_id": ["A1", "A2"], "date": ["2018-03-05", "2018-06-30"], "area": ["410102", "410103"],
        "deaths": [1.0, 1.0], "file": "june.csv", "sheet": "", "row": [2, 3],
    })  # fmt: skip
    more = before.iloc[:1].assign(accident_id=["B1"], date=["2018-07-02"], row=[4])
    late = before.iloc[:1].assign(accident_id=["B2"], date=["2018-02-02"], row=[5])
    after = pd.concat([before, more, late], ignore_index=True).assign(file="july.csv")
    assert by_area(before, after)["late"].to_dict() == {"410102": 1, "410103": 0}
    assert by_area(before, after.drop(index=1))["withdrawn"].to_dict() == {"410102": 0, "410103": 1}


def test_rows_of_one_number_on_two_sheets_are_two_places() -> None:
    before = ledger()
    sheets = pd.concat([ledger(), by_place(ledger()).assign(sheet="二", area="410103")], ignore_index=True)
    found = by_area(before, sheets.assign(accident_id=[f"B{i}" for i in range(len(sheets))]))
    assert found["late"].sum() == found.at["410103", "late"] == 12


def test_a_month_without_its_day_reaches_to_its_end() -> None:
    before = ledger().assign(date=[f"2018-{month:02}" for month in range(1, 13)])
    more = before.iloc[:1].assign(accident_id="B1", date="2018-12-30", row=99)
    assert by_area(before, pd.concat([before, more], ignore_index=True))["late"].sum() == 1
