"""One accident told twice is found; the ordinary coincidences of a busy city are not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from zzlib import duplicates
from zzlib.duplicates import EXACT, Pair
from zzlib.schema import UNKNOWN

DEMO = Path(__file__).parents[1] / "data" / "demo" / "ledger.csv"
NUMBERS = ["deaths", "serious_injuries", "loss_10k_yuan"]


@pytest.fixture(scope="module")
def city() -> pd.DataFrame:
    """The demonstration city: eight years, 9,556 accidents, none of them twice."""
    return pd.read_csv(DEMO, dtype=str).astype(dict.fromkeys(NUMBERS, float))


def twice(records: pd.DataFrame, row: pd.Series, **changes: Any) -> tuple[pd.DataFrame, int]:
    """The records with one of them told again at the end, some of it differently; and the place of the repetition."""
    again = row.to_frame().T.assign(accident_id="again", **changes).astype(records.dtypes.to_dict())
    return pd.concat([records, again], ignore_index=True), len(records)


def found(records: pd.DataFrame) -> dict[int, Pair]:
    return {pair.later: pair for pair in duplicates.pairs(records)}


def accident(records: pd.DataFrame, place: int = 0, **wanted: Any) -> pd.Series:
    fits = np.logical_and.reduce([records[name] == value for name, value in wanted.items()])
    return records[fits].iloc[place]


def next_day(date: str) -> str:
    return f"{pd.Timestamp(date) + pd.Timedelta(days=1):%Y-%m-%d}"


def test_no_accident_of_the_demonstration_city_is_taken_for_another(city: pd.DataFrame) -> None:
    assert duplicates.pairs(city) == []


def test_a_record_that_stands_again_under_another_number_is_an_exact_duplicate(city: pd.DataFrame) -> None:
    row = accident(city, deaths=2)
    pair = found(twice(city, row)[0])[len(city)]
    assert (pair.earlier, pair.likeness) == (row.name, EXACT)
    assert pair.expected < duplicates.CHANCE * pair.observed


def test_a_harmless_accident_is_a_duplicate_only_where_it_is_known_well_enough(city: pd.DataFrame) -> None:
    loss = city["loss_10k_yuan"]
    row = city[(city["deaths"] == 0) & (loss > 30) & (city["field"] == "construction")].iloc[0]
    records, place = twice(city, row)
    assert place in found(records)
    bare = records.assign(loss_10k_yuan=np.nan, serious_injuries=np.nan, kind="", industry="", field=UNKNOWN)
    assert place not in found(bare)


@pytest.mark.parametrize(
    "changes",
    [
        {"field": "other", "industry": "9999", "status": "preliminary"},
        {"serious_injuries": 9.0, "loss_10k_yuan": 0.5},
        {"kind": "20", "industry": "9999"},
    ],
)
def test_an_accident_that_two_bureaus_tell_differently_is_a_near_duplicate(
    city: pd.DataFrame, changes: dict[str, Any]
) -> None:
    row = accident(city, deaths=4)
    records, place = twice(city, row, date=next_day(row["date"]), **changes)
    pair = found(records)[place]
    assert pair.earlier == row.name
    assert not pair.likeness.exact


@pytest.mark.parametrize(
    "changes", [{"area": "410106"}, {"deaths": 3.0}, {"date": "2030-01-01"}, {"field": "other", "kind": "20"}]
)
def test_another_district_number_of_deaths_week_or_kind_is_another_accident(
    city: pd.DataFrame, changes: dict[str, Any]
) -> None:
    row = accident(city, deaths=4)
    records, place = twice(city, row, **changes)
    assert place not in found(records)


def test_harmless_accidents_are_repeated_only_where_all_is_alike(city: pd.DataFrame) -> None:
    row = city[(city["deaths"] == 0) & (city["loss_10k_yuan"] > 30) & (city["field"] == "construction")].iloc[0]
    records, place = twice(city, row, date=next_day(row["date"]))
    assert place not in found(records)


def test_two_records_that_tell_no_field_share_none(city: pd.DataFrame) -> None:
    untold = city.assign(field=UNKNOWN)
    row = accident(untold, deaths=4)
    changes = {"date": next_day(row["date"]), "industry": "9999", "loss_10k_yuan": 0.5}
    records, place = twice(untold, row, **changes, kind="20")
    assert place not in found(records)
    records, place = twice(untold, row, **changes)
    assert found(records)[place].likeness.same == ("kind",)


def test_two_common_accidents_of_one_day_are_two(city: pd.DataFrame) -> None:
    """One death on the road, another on the next day: no more alike than many of the city's."""
    row = accident(city, deaths=1, field="road_transport", place=20)
    records, place = twice(city, row, date=next_day(row["date"]), industry="5499", loss_10k_yuan=1.0)
    assert place not in found(records)


def with_texts(city: pd.DataFrame) -> pd.DataFrame:
    """The city with an account of every accident: no two are worded alike."""
    letters = np.array([chr(code) for code in range(0x4E00, 0x4E00 + 3000)])
    accounts = np.random.default_rng(1).choice(letters, (len(city), 20))
    return city.assign(summary=["".join(letters) for letters in accounts])


def test_what_two_texts_share_tells_common_accidents_apart(city: pd.DataFrame) -> None:
    texts = with_texts(city)
    row = accident(texts, deaths=1, field="road_transport", place=20)
    changes = {"date": next_day(row["date"]), "industry": "5499", "loss_10k_yuan": 1.0}
    alike, place = twice(texts, row, **changes, summary=row["summary"][:16] + "经抢救无效")
    assert found(alike)[place].likeness.texts
    other, place = twice(texts, row, **changes, summary="货车与电动车相撞，一名骑手不治")
    assert place not in found(other)


def test_accidents_that_their_texts_tell_apart_are_two(city: pd.DataFrame) -> None:
    texts = with_texts(city)
    row = accident(texts, deaths=4)
    records, place = twice(texts, row, loss_10k_yuan=0.5, summary="货车与电动车相撞，一名骑手不治")
    assert place not in found(records)
    assert place in found(records.assign(summary=""))


def test_a_ledger_that_stands_twice_is_found_whole(city: pd.DataFrame) -> None:
    some = city[city["loss_10k_yuan"] > 20].reset_index(drop=True)
    again = pd.concat([some, some.assign(accident_id="again " + some["accident_id"])], ignore_index=True)
    pairs = duplicates.pairs(again)
    assert {pair.later for pair in pairs} == set(range(len(some), 2 * len(some)))


def test_months_without_days_repeat_only_what_is_alike_in_everything(city: pd.DataFrame) -> None:
    months = city.assign(date=city["date"].str[:7])
    assert duplicates.pairs(months) == []
    records, place = twice(months, accident(months, deaths=4))
    assert found(records)[place].likeness == EXACT
    row = accident(months, deaths=4)
    records, place = twice(months, row, date=str(pd.Period(row["date"]) + 1))
    assert place not in found(records)


def test_a_day_or_two_of_records_tell_nothing_of_chance(city: pd.DataFrame) -> None:
    few = city.iloc[:2].assign(accident_id=["A1", "A2"])
    assert duplicates.pairs(pd.concat([few, few], ignore_index=True)) == []
    assert duplicates.pairs(city.iloc[:0]) == []


def test_the_order_of_records_decides_only_which_one_repeats(city: pd.DataFrame) -> None:
    records, _ = twice(city, accident(city, deaths=4))
    turned = records.iloc[::-1].reset_index(drop=True)
    (pair,), (other,) = duplicates.pairs(records), duplicates.pairs(turned)
    assert {len(turned) - 1 - other.earlier, len(turned) - 1 - other.later} == {pair.earlier, pair.later}
    assert pair.expected == other.expected
