"""Doubts are shown where the records give reason to, with the reason; ordinary records give none."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from zzlib import ledger, quality
from zzlib.areas import read_areas
from zzlib.errors import ParameterError
from zzlib.language import Message, say
from zzlib.raw import Note, RawTable
from zzlib.schema import FINDINGS, LEDGER, UNKNOWN, columns
from zzlib.summaries import deaths_told

DATA = Path(__file__).parents[1] / "data"
AREAS = read_areas()
SOUND = {
    "accident_id": "A1", "date": "2018-03-05", "area": "410102", "field": "construction", "industry": "4700",
    "kind": "05", "deaths": 1.0, "serious_injuries": 0.0, "loss_10k_yuan": 80.5, "counted_from_2016": "yes",
    "status": "published", "file": "her.xlsx", "sheet": "台账",
}  # fmt: skip


def recorded(*changes: dict[str, Any]) -> pd.DataFrame:
    """Records: the sound one with some of its cells replaced, each its own."""
    rows = [SOUND | {"accident_id": f"A{i}", "row": i + 1} | change for i, change in enumerate(changes, 1)]
    about = ("grade_stated", "summary")  # empty where only other records tell them
    records = LEDGER.validate(pd.DataFrame(rows))
    return records.assign(**{name: records[name].fillna("") for name in about if name in records})


def sized(counts: dict[int, int]) -> pd.DataFrame:
    """Records of accidents with so many deaths, so many times."""
    return recorded(*({"deaths": float(size)} for size, times in counts.items() for _ in range(times)))


def said(found: pd.DataFrame) -> list[tuple[str, str, str]]:
    assert found.columns.to_list() == columns(FINDINGS)
    return list(found[["kind", "column", "value"]].itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def city() -> pd.DataFrame:
    path = DATA / "demo" / "ledger.csv"
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    return ledger.records([RawTable(path, cells.set_index(pd.RangeIndex(2, len(cells) + 2)))], AREAS)


@pytest.fixture(scope="module")
def yearly(city: pd.DataFrame) -> pd.DataFrame:
    return ledger.yearly(city, AREAS)


def test_the_demonstration_city_gives_no_reason_for_doubt(city: pd.DataFrame, yearly: pd.DataFrame) -> None:
    published = observed(period="2011/2015", value=750.0)
    assert quality.findings(city, published, until="2018", yearly=yearly).empty


def test_no_records_give_no_reason_for_doubt() -> None:
    assert quality.findings(recorded({}).iloc[:0]).empty


def test_doubts_stand_in_the_order_of_the_files_and_their_rows() -> None:
    records = recorded(
        {"grade_stated": "重大事故", "file": "b.xlsx"}, {"date": "2019-01-01"},
        {"grade_stated": "较大事故", "field": UNKNOWN, "area": "410185"},
    )  # fmt: skip
    found = quality.findings(records, until="2018-12-31")
    assert found[["file", "row", "kind"]].to_numpy().tolist() == [
        ["b.xlsx", 2, "grade_differs"], ["her.xlsx", 0, "share_unknown"], ["her.xlsx", 3, "future_date"],
        ["her.xlsx", 4, "grade_differs"],
    ]  # fmt: skip
    assert set(found["sheet"]) == {"", "台账"}
    assert all(isinstance(what, Message) for what in found["what"])


def test_every_doubt_speaks_chinese() -> None:
    records = recorded({"grade_stated": "重大事故", "field": UNKNOWN, "summary": "造成3人死亡"})
    for what in quality.findings(records, until="2017")["what"]:
        assert say(what, "zh") != say(what, "en")


# Dates


@pytest.mark.parametrize("date", ["2019-01-01", "2019-01", "2028-03-05"])
def test_an_accident_after_the_day_of_knowledge_is_doubtful(date: str) -> None:
    assert said(quality.future_dates(recorded({"date": date}, {}), "2018")) == [("future_date", "date", date)]


@pytest.mark.parametrize(("date", "until"), [("2018-12-31", "2018"), ("2018-12", "2018-12-15"), ("2028-01-01", "")])
def test_an_accident_that_can_be_known_by_then_is_not(date: str, until: str) -> None:
    assert quality.future_dates(recorded({"date": date}), until).empty


def test_a_day_of_knowledge_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError):
        quality.future_dates(recorded({}), "soon")


# Grades


@pytest.mark.parametrize(
    ("word", "record"),
    [
        ("较大事故", {"deaths": 2.0}),
        ("一般事故", {"deaths": 3.0}),
        ("一般事故", {"loss_10k_yuan": 1000.0}),
        ("较大", {"deaths": 3.0, "serious_injuries": 50.0}),
        ("重大事故", {"deaths": 9.0}),
        ("重大事故", {"deaths": 9.0, "date": "2007-06"}),  # the new words, from that month on
        ("重大事故", {"deaths": 2.0, "date": "2007-05-31"}),
        ("重大事故", {"deaths": 10.0, "date": "2006-05-01"}),
        ("一般事故", {"deaths": 3.0, "loss_10k_yuan": np.nan}),  # whatever the loss was, three deaths are too many
    ],
)
def test_a_grade_that_the_numbers_do_not_give_is_doubtful(word: str, record: dict[str, Any]) -> None:
    records = recorded({"grade_stated": word} | record, {"grade_stated": "一般事故"})
    assert said(quality.grades(records)) == [("grade_differs", "grade_stated", word)]


@pytest.mark.parametrize(
    ("word", "record"),
    [
        ("一般事故", {}),
        ("较大事故", {"deaths": 0.0, "serious_injuries": 10.0}),
        ("重大事故", {"deaths": 10.0}),
        ("特别重大事故", {"deaths": 1.0, "loss_10k_yuan": 10_000.0}),
        ("重大事故", {"deaths": 9.0, "date": "2007-05-31"}),  # three to nine deaths were 重大 until then
        ("特大事故", {"deaths": 10.0, "date": "2006-05-01"}),
        ("重大事故", {"deaths": 1.0, "date": "2006-05-01", "field": "road_transport"}),  # the police's own grades
        ("一般事故", {"deaths": 1.0, "loss_10k_yuan": 5_000.0, "date": "2006-05-01"}),  # deaths alone decided then
        ("较大事故", {"deaths": 2.0, "serious_injuries": 10.0, "date": "2007-06"}),
        ("较大事故", {"deaths": 2.0, "loss_10k_yuan": np.nan}),  # the loss may have decided
        ("", {"deaths": 30.0}),
    ],
)
def test_a_grade_that_the_numbers_give_or_may_give_is_not(word: str, record: dict[str, Any]) -> None:
    assert quality.grades(recorded({"grade_stated": word} | record)).empty


def test_a_grade_is_doubted_in_the_words_of_both_languages() -> None:
    (what,) = quality.grades(recorded({"grade_stated": "一般", "deaths": 3.0}))["what"]
    assert what == "stated as 一般, but 3 deaths, 0 serious injuries and a loss of 80.5 (10,000 yuan): larger accident"
    assert "较大事故" in say(what, "zh")


# The record's own text


@pytest.mark.parametrize(
    ("text", "deaths"),
    [
        ("造成3人死亡", (3, 3)), ("死亡3人", (3, 3)), ("死亡3人、重伤2人", (3, 3)), ("3死2伤", (3, 3)),
        ("致三人死亡", (3, 3)),
        ("造成1人死亡2人受伤", (1, 1)), ("2人受伤1人死亡", (1, 1)), ("死亡1人受伤2人", (1, 1)),
        ("受伤2人死亡1人", (1, 1)),
        ("12名矿工遇难", (12, 12)), ("致一死一伤", (1, 1)), ("两名工人中毒窒息死亡", (2, 2)), ("死亡人数：3", (3, 3)),
        ("死亡人数为3人", (3, 3)), ("５人死亡", (5, 5)), ("二十三人遇难", (23, 23)), ("1名工人经抢救无效死亡", (1, 1)),
        ("1人重伤后经抢救无效死亡", (1, 1)), ("1人当场死亡，2人送医后死亡", (2, 3)), ("3人受伤，其中2人死亡", (2, 2)),
        ("1人当场死亡，另1人不治身亡，共造成2人死亡", (2, 2)), ("造成1人死亡，伤者抢救无效", (1, np.inf)),
        ("未造成人员死亡", (0, 0)), ("3人受伤，无人员伤亡", (0, 0)), ("3人受伤，无人死亡", (0, 0)),
        ("一名工人坠落", None), ("造成10余人死亡", None), ("3人伤亡", None), ("死亡率3%", None), ("2人重伤", None),
        ("", None), ("死者家属3人到场", None), ("某公司3人施工时坍塌，2人被埋", None),
    ],
)  # fmt: skip
def test_a_text_is_read_as_a_reader_would(text: str, deaths: tuple[int, float] | None) -> None:
    assert deaths_told(text) == deaths


@pytest.mark.parametrize(
    ("deaths", "text"), [(3, "造成2人死亡"), (1, "造成2人死亡"), (4, "1人当场死亡，2人送医后死亡")]
)
def test_other_deaths_than_the_record_s_own_text_tells_are_doubtful(deaths: float, text: str) -> None:
    records = recorded({"deaths": float(deaths), "summary": text}, {"deaths": 9.0, "summary": ""})
    assert said(quality.deaths_in_text(records)) == [("deaths_above_text", "deaths", str(deaths))]


@pytest.mark.parametrize(
    ("deaths", "text"),
    [
        (2, "造成2人死亡"),
        (3, "1人当场死亡，2人送医后死亡"),
        (2, "1人当场死亡，2人死亡"),
        (5, "塔吊倒塌"),
        (0, "无人员伤亡"),
    ],
)
def test_deaths_that_the_text_allows_are_not(deaths: float, text: str) -> None:
    assert quality.deaths_in_text(recorded({"deaths": float(deaths), "summary": text})).empty


# Heaps below a threshold


def test_accidents_that_heap_below_three_deaths_are_doubtful() -> None:
    honest = {1: 800, 2: 90, 3: 30, 4: 14, 5: 8}
    assert quality.heaps(sized(honest)).empty
    found = quality.heaps(sized(honest | {2: 119, 3: 1}))
    assert said(found) == [("heaping", "deaths", "2")]
    assert found["what"].iloc[0].startswith("119 accidents with 2 deaths stand against 1 with 3")
    assert "of 120 that is 99%" in found["what"].iloc[0]


def test_few_accidents_show_no_heap() -> None:
    assert quality.heaps(sized({1: 40, 2: 9, 4: 1})).empty  # no accident with three deaths, and no reason for one
    assert quality.heaps(sized({2: 200})).empty  # nothing beside tells what to expect


def test_a_heap_below_ten_deaths_is_found_beside_its_neighbours() -> None:
    smooth = {size: max(1, round(3000 * size**-2.0)) for size in range(1, 40)}
    assert quality.heaps(sized(smooth)).empty
    heaped = smooth | {9: smooth[9] + smooth[10], 10: 0}
    assert said(quality.heaps(sized(heaped))) == [("heaping", "deaths", "9")]


@pytest.mark.parametrize("shares", ["power", "geometric", "mixed"])
def test_sizes_without_a_heap_seldom_look_like_one(shares: str) -> None:
    size = np.arange(1, 100)
    weights = {
        "power": size**-2.5, "geometric": 0.3**size, "mixed": 0.9 * 0.15**size + 0.1 * 0.7**size
    }[shares]  # fmt: skip
    draws = np.random.default_rng(7).choice(size, (100, 3000), p=weights / weights.sum())
    alarms = [quality.heap(pd.Series(draw), threshold).p < 0.01 / 3 for draw in draws for threshold in (3, 10, 30)]
    assert sum(alarms) <= 1


# Months without a record


def daily(first: str, last: str, *areas: str) -> list[dict[str, Any]]:
    """An accident every third day in each area."""
    return [
        {"date": f"{day:%Y-%m-%d}", "area": area} for area in areas for day in pd.date_range(first, last, freq="3D")
    ]


def test_a_month_that_nobody_delivered_is_missed() -> None:
    rows = [row for row in daily("2015-01-01", "2017-12-31", "410102", "410185") if row["date"][:7] != "2016-05"]
    found = quality.silences(recorded(*rows))
    assert said(found) == [("month_missing", "date", "2016-05")]
    assert found["what"].iloc[0].startswith("no record at all in 2016-05, where about 20 were to be expected")


def test_a_district_that_delivered_nothing_for_months_is_missed_by_name() -> None:
    rows = daily("2015-01-01", "2017-12-31", "410102", "410185")
    kept = [row for row in rows if row["area"] == "410102" or not "2016-05" <= row["date"] < "2017-01"]
    found = quality.silences(recorded(*kept), AREAS)
    assert said(found) == [("month_missing", "date", "2016-05/2016-12")]
    assert "登封市" in say(found["what"].iloc[0], "zh")
    assert "410185" in quality.silences(recorded(*kept))["what"].iloc[0]


def test_a_year_that_nobody_delivered_is_missed_once() -> None:
    rows = [row for row in daily("2014-01-01", "2018-12-31", "410102", "410185") if row["date"][:4] != "2016"]
    assert said(quality.silences(recorded(*rows))) == [("month_missing", "date", "2016-01/2016-12")]


def test_a_handful_of_records_tells_nothing_of_the_months_between() -> None:
    assert quality.silences(recorded({"date": "2018-01-05"}, {"date": "2018-01-06"}, {"date": "2018-11-01"})).empty


def test_quiet_months_of_a_quiet_district_are_not_missed() -> None:
    quiet = [{"date": f"{year}-{month:02}-10", "area": "410106"} for year in (2015, 2016, 2017) for month in (2, 7, 8)]
    assert quality.silences(recorded(*daily("2015-01-01", "2017-12-31", "410102"), *quiet)).empty


def test_a_district_that_grew_quiet_is_not_missed() -> None:
    """Fewer records stay in the count from 2016 on: the months before do not tell what to expect after."""
    before = daily("2013-01-01", "2015-12-31", "410102", "410185")
    after = [{"date": f"2016-{month:02}-10", "area": "410185"} for month in range(3, 13)]
    assert quality.silences(recorded(*before, *after, *daily("2016-01-01", "2016-12-31", "410102"))).empty


def test_months_that_differ_much_among_themselves_may_be_empty() -> None:
    """Four accidents a month: as a Poisson count a silence of three months is improbable, as a bursty one it is not."""
    even = [{"date": f"{2012 + month // 12}-{month % 12 + 1:02}"} for month in range(72) for _ in range(4)]
    bursts = [row for row in even if int(row["date"][5:]) % 4 == 1 for _ in range(4)]
    assert said(quality.silences(recorded(*(row for row in even if not "2014-05" <= row["date"] <= "2014-07"))))
    assert quality.silences(recorded(*bursts)).empty


# What is unknown


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("field", {"field": UNKNOWN}), ("counted_from_2016", {"counted_from_2016": UNKNOWN}),
        ("serious_injuries", {"serious_injuries": np.nan}), ("loss_10k_yuan", {"loss_10k_yuan": np.nan}),
        ("date", {"date": "2018-03"}), ("grade_stated", {"grade_stated": "A"}),
    ],
)  # fmt: skip
def test_what_records_do_not_tell_is_counted_with_what_it_costs(column: str, change: dict[str, Any]) -> None:
    told = {"grade_stated": "一般事故"} if column == "grade_stated" else {}
    found = quality.unknown_shares(recorded(change, told, told, told))
    assert said(found) == [("share_unknown", column, "25%")]
    assert found["what"].iloc[0].startswith("1 of 4 records do not tell it: ")


def test_records_that_tell_everything_lack_nothing() -> None:
    assert quality.unknown_shares(recorded({}, {"grade_stated": ""})).empty


# Published figures


def observed(**changes: Any) -> pd.DataFrame:
    sound = {
        "area": "410100", "period": "2012", "measure": "deaths", "scope": "pre-2016", "vintage": "2016-01-01",
        "value": 164.0, "unit": "persons", "status": "published", "source": "yearbook", "note": "", "file": "y.csv",
        "row": 2,
    }  # fmt: skip
    return pd.DataFrame([sound | changes])


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 165.0}, {"period": "2011/2015", "value": 751.0}, {"value": 170.0, "status": "rounded"},
        {"value": 165.0, "status": "partial"}, {"measure": "accidents", "unit": "accidents", "value": 1.0},
    ],
)  # fmt: skip
def test_a_published_figure_that_the_records_do_not_give_is_doubtful(
    yearly: pd.DataFrame, changes: dict[str, Any]
) -> None:
    found = quality.against_published(yearly, observed(**changes))
    (finding,) = found.to_dict("records")
    assert (finding["kind"], finding["file"], finding["row"]) == ("published_differs", "y.csv", 2)
    assert finding["value"] == str(int(observed(**changes)["value"].iloc[0]))


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"period": "2011/2015", "value": 750.0}, {"value": 160.0, "status": "rounded"},
        {"value": 100.0, "status": "partial"}, {"value": 1.0, "status": "estimated"}, {"value": 1.0, "scope": "police"},
        {"value": 1.0, "area": "410000"}, {"value": 1.0, "period": "2010/2015"}, {"value": 1.0, "period": "2012-03"},
        {"value": 1.0, "measure": "gdp", "unit": "100 million yuan"}, {"value": 1.0, "file": "ledger.csv"},
    ],
)  # fmt: skip
def test_a_figure_that_they_give_or_that_is_another_is_not(yearly: pd.DataFrame, changes: dict[str, Any]) -> None:
    assert quality.against_published(yearly, observed(**changes)).empty


def test_only_the_last_published_figure_is_compared(yearly: pd.DataFrame) -> None:
    revised = pd.concat([observed(value=160.0), observed(vintage="2017-01-01")], ignore_index=True)
    assert quality.against_published(yearly, revised).empty
    (finding,) = quality.against_published(yearly, revised.assign(value=[164.0, 160.0])).to_dict("records")
    assert say(finding["what"], "en") == (
        "deaths of 410100 in 2012 (before 2016): the ledger counts 164, yearbook has 160"
    )


def test_a_total_row_that_is_not_the_sum_of_its_parts_is_doubtful() -> None:
    what = Message("row {row} is a total and was set aside", row=9)
    notes = [
        Note("total_set_aside", what, 9),
        Note("unsure", what, 9),
        Note("unsure", what, 4),
        Note("footnote", what, 9),
    ]
    raw = RawTable(Path("/somewhere/her.xlsx"), pd.DataFrame(), sheet="台账", notes=tuple(notes))
    (finding,) = quality.total_rows([raw]).to_dict("records")
    assert (finding["kind"], finding["file"], finding["sheet"], finding["row"]) == (
        "total_differs",
        "her.xlsx",
        "台账",
        9,
    )
    assert quality.total_rows([RawTable(raw.path, raw.cells, notes=tuple(notes[:1]))]).empty


# Accidents told twice (see test_duplicates)


def test_a_repetition_names_the_record_that_it_repeats(city: pd.DataFrame) -> None:
    row = city[city["deaths"] == 4].iloc[[0]]
    exact = row.assign(accident_id="again", file="late.csv", row=7)
    near = exact.assign(date=f"{pd.Timestamp(row['date'].iloc[0]) + pd.Timedelta(days=1):%Y-%m-%d}", industry="9999")
    first = f"accident '{row['accident_id'].iloc[0]}'"
    for again, kind, sentence in (
        (exact, "duplicate", f"alike in everything to {first} (ledger.csv, row {row['row'].iloc[0]})"),
        (near, "near_duplicate", f"may be {first} again (ledger.csv, row {row['row'].iloc[0]}): one district"),
    ):
        (finding,) = quality.repeated(pd.concat([city, again], ignore_index=True)).to_dict("records")
        assert (finding["kind"], finding["file"], finding["row"]) == (kind, "late.csv", 7)
        assert finding["what"].startswith(sentence)
        assert "pairs as alike as this: 1, by chance about 0." in finding["what"]
