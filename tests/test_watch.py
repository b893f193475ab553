"""The monthly pages and those on a measure: what they say, what they refuse, and that a run publishes them."""

from dataclasses import replace
from pathlib import Path

import asked
import pandas as pd
import pytest

import zzlib
from zzlib import campaigns, effect_sentences, events, lately, watch, worked
from zzlib.campaigns import campaign
from zzlib.errors import DataError, ParameterError
from zzlib.evaluation import Evaluation
from zzlib.indexes import Index
from zzlib.language import say
from zzlib.plan import PROJECT
from zzlib.run import run

PLAN = "zhengzhou-2016-2020"


@pytest.fixture(scope="module")
def june() -> Evaluation:
    return zzlib.evaluate(PLAN, through="2018-06")


@pytest.fixture(scope="module")
def december() -> Evaluation:
    return zzlib.evaluate(PLAN, through="2018-12")


def test_the_month_is_said_in_official_words(june: Evaluation) -> None:
    said = say(lately.month(june), "zh")
    assert "截至 2018-06" in said
    assert "在控制指标进度目标以内" in said
    row = lately.whole(june)
    assert row is not None
    assert (row["deaths"], row["ceiling"], row["elapsed_share"]) == (32, 89, 0.5)
    beyond = june.monitoring.assign(elapsed_pace="beyond", seasonal_pace="beyond")
    assert "超控制指标进度目标" in say(lately.month(replace(june, monitoring=beyond)), "zh")


@pytest.mark.parametrize(
    ("language", "short", "which"),
    [
        ("zh", "事故台账只到 2018-12，本次要求到 2026-09。", "截至 2018-12（台账的最后一个完整月份）"),
        ("en", "Accident records reach 2018-12 only; 2026-09 is asked for.", "the last complete month of the ledger"),
    ],
)  # fmt: skip
def test_a_page_of_a_month_that_the_records_do_not_reach_says_so_above_all_else(
    language: str, short: str, which: str, december: Evaluation, tmp_path: Path
) -> None:
    asked = replace(december, through="2026-09", language=language)
    headline, said, *_ = watch.headline(asked).parts
    assert which in headline._repr_mimebundle_()["text/plain"]
    assert said._repr_mimebundle_()["text/html"].strip() == f'<p class="warning">{short}</p>'
    assert short in [part._repr_mimebundle_()["text/plain"].split("\n")[0] for part in watch.briefly(asked).parts]
    page = Index(asked.plan, "monthly", asked, parts=[], facts=[], omitted=[], staging=tmp_path).page("")
    assert f'</h1>\n<p class="warning">{short}</p>' in page
    assert "warning" not in "".join(
        part._repr_mimebundle_()["text/html"] for part in watch.headline(december).parts[:2]
    )


def test_ceilings_of_fields_and_of_districts_add_up(june: Evaluation) -> None:
    rows = june.monitoring
    whole = rows.loc[(rows["area"] == "410100") & (rows["field"] == ""), ["ceiling", "deaths"]].iloc[0]
    for mine in (rows[rows["field"] != ""], rows[(rows["field"] == "") & (rows["area"] != "410100")]):
        assert mine["ceiling"].sum() == whole["ceiling"]
        assert mine["deaths"].sum() == whole["deaths"]


def test_months_add_up_to_the_year(december: Evaluation) -> None:
    observed = december.observations
    year = observed[
        (observed["area"] == "410100") & (observed["scope"] == "from-2016") & (observed["period"] == "2018")
    ]
    counted = december.months[(december.months["field"] == "") & december.months["period"].str.startswith("2018")]
    for measure in ("deaths", "accidents", "fatal_accidents"):
        assert year.loc[year["measure"] == measure, "value"].to_list() == [counted[measure].sum()]


def test_at_the_end_of_the_year_the_time_gone_is_not_written_over_the_ceiling(december: Evaluation) -> None:
    pictures = [part.figure for part in watch.ceilings(december).parts if hasattr(part, "figure")]
    assert pictures
    for picture in pictures:
        above = {one["text"]: one["xanchor"] for one in picture["layout"]["annotations"] if one["x"] == 1}
        assert (above["100%"], above["控制指标"]) == ("right", "left")  # each beside the one line


def test_nothing_after_the_month_is_known(june: Evaluation, december: Evaluation) -> None:
    early = december.months[december.months["period"] <= "2018-06"].reset_index(drop=True)
    assert june.months.equals(early.assign(status=june.months["status"]))


def test_every_alarm_names_as_many_records_as_it_counts(december: Evaluation) -> None:
    assert len(december.alarms)
    for _, row in december.alarms.iterrows():
        assert len(row["records"].split(", ")) == row["observed"] >= row["least"]
        assert f"{row['observed']:g} " in say(lately.alarm(december, row), "en")
    told = "\n".join(part.text for part in watch.alarms(december).parts)
    assert all(row["records"] in told for _, row in december.alarms.iterrows())


def test_ordered_ceilings_and_leading_indicators_are_observations(tmp_path: Path) -> None:
    rows = [
        ("2018", "ceiling_deaths", 80, "persons"), ("2018", "ceiling_deaths_coal_mine", 3, "persons"),
        *((f"{year}-Q{quarter}", "inspections", 100 + 5 * year % 7 + quarter, "inspections")
          for year in range(2014, 2018) for quarter in (1, 2, 3, 4)),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["period", "measure", "value", "unit"])
    table.assign(area="410100", source="order of 2018", status="published", scope="", vintage="", note="").to_csv(
        tmp_path / "orders.csv", index=False
    )
    given = ["data/demo/ledger.csv", tmp_path / "orders.csv"]
    found = zzlib.evaluate(PLAN, through="2018-06", data=given, language="en")
    row = lately.whole(found)
    assert row is not None
    assert (row["ceiling"], row["origin"]) == (80, "ordered")
    coal = found.monitoring[found.monitoring["field"] == "coal_mine"].iloc[0]
    assert (coal["ceiling"], coal["deaths"]) == (3, 0)
    said = watch.leading(found).parts[0].text
    assert "inspections: +" in said
    assert "Nobody reports: penalties" in said


def test_ordered_ceilings_that_do_not_add_up_are_told(june: Evaluation) -> None:
    rows = june.monitoring
    assert lately.apart(june) == []
    district = (rows["field"] == "") & (rows["area"] != "410100")
    for step in (1, -1):
        ordered = rows.assign(ceiling=rows["ceiling"] + step * (rows["area"] == "410102") * district, origin="ordered")
        (said,) = lately.apart(replace(june, monitoring=ordered))
        assert f"districts add up to {89 + step}, that of all together is 89" in said
    some = rows[~district | (rows["area"] == "410102")]
    assert lately.apart(replace(june, monitoring=some)) == []  # the others may hold the rest
    warned = watch.ceilings(replace(june, monitoring=ordered, language="zh")).parts[1].text
    assert "并不相符" in warned


def test_a_year_counts_no_months_and_says_so() -> None:
    evaluation = asked.evaluation(PLAN)
    assert evaluation.months.empty
    assert "2018-06" in str(evaluation.lacks("months"))
    assert watch.briefly(evaluation).parts == ()
    without = zzlib.evaluate(PLAN, through="2018-06", data=["data/observations"])
    assert "no accident records" in str(without.lacks("months"))


def test_what_could_be_shown_stands_before_the_answer(december: Evaluation) -> None:
    found = campaign(december, "plan-2017")
    parts = [part.text for part in worked.headline(replace(december, language="en"), found).parts]
    assert "Said before the estimate" in parts[1]
    assert "No change is shown" in parts[2]
    small = campaign(december, "coal-2016")
    assert small.effect["verdict"].iloc[0] == "cannot_tell"
    assert "Cannot tell" in effect_sentences.answer(small)
    assert "without" not in small.paths
    assert set(small.controls["series"]) == {"", *small.event.controls}


def test_an_event_of_some_areas_is_set_beside_the_others(december: Evaluation) -> None:
    """Nothing happened in these two areas on that day: all three ways are asked, and none makes something of it."""
    some = replace(events.event("plan-2017"), areas=("410102", "410103"))
    found = campaign(december, some)
    rows = found.controls
    own, spared = rows.iloc[0], rows.iloc[1:]
    assert own["series"] == ""
    assert not {*some.areas} & {*spared["series"]}
    assert own["difference_lower"] < 0 < own["difference_upper"]
    assert spared["difference"].notna().all()
    assert found.control is not None
    assert own["difference"] == found.control.difference
    said = [part.text for part in worked.controls(replace(december, language="en"), found).parts]
    assert any("Areas that it does not concern" in text for text in said)
    if pd.notna(own["p"]):
        assert own["p"] >= 1 / len(rows)
    with pytest.raises(ParameterError, match="no records of 999999"):
        campaign(december, replace(some, areas=("999999",)))


def test_an_event_that_holds_everywhere_leaves_nothing_to_compare_with(december: Evaluation) -> None:
    found = campaign(december, "plan-2017")
    assert found.controls.empty
    assert "nothing is left to compare with" in effect_sentences.controls(december, found)
    assert effect_sentences.synthetic(found) is None


def test_events_are_data_with_a_source(tmp_path: Path) -> None:
    known = events.read_events()
    assert all(one.source for one in known.values())
    assert known["plan-2017"].month == "2017-04"
    with pytest.raises(ParameterError, match="no day is known"):
        events.dated("road-drive")
    with pytest.raises(ParameterError, match="did you mean 'coal-2016'"):
        events.event("coal-2061")
    wrong = tmp_path / "events.csv"
    wrong.write_text(",".join(events.COLUMNS) + "\nx,甲,x,2017-02-30,jump,,,,,deaths,s\n", encoding="utf-8")
    with pytest.raises(DataError) as refused:
        events.read_events(wrong)
    assert [str(fault.where) for fault in refused.value.faults] == [
        "events.csv, row 2, column 'form'", "events.csv, row 2, column 'start'",
    ]  # fmt: skip


def test_a_run_needs_its_event_and_only_then(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="needs an event"):
        run("effect", plan=PLAN, outputs=tmp_path)
    with pytest.raises(ParameterError, match="kind effect only"):
        run("monthly", plan=PLAN, event="plan-2017", outputs=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_month_that_is_unknown_is_no_zero(december: Evaluation) -> None:
    counts = december.months.copy()
    unknown = (counts["field"] == "") & (counts["period"] == "2015-06")
    counts.loc[unknown, ["accidents", "fatal_accidents", "deaths"]] = None
    areas = campaign(replace(december, months=counts), "reform-2016").areas
    assert len(areas)
    assert areas["reason"].str.contains("2015-06 is not known").all()
    counts.loc[counts["period"] == "2018-06", ["accidents", "fatal_accidents", "deaths"]] = None
    none = december.monitoring.iloc[:0]
    assert "since those of 2018-06 are not" in say(
        lately.month(replace(december, months=counts, monitoring=none)), "en"
    )


def test_the_answers_are_kept(december: Evaluation, tmp_path: Path) -> None:
    campaigns.keep(campaign(december, "reform-2016"), tmp_path)
    kept = pd.read_csv(tmp_path / "tables" / "effects.csv", encoding="utf-8-sig")
    assert set(kept["kind"].fillna("")) == {"", "placebo_date", "area"}
    assert (tmp_path / "tables" / "controls.csv").exists()
    campaigns.keep(campaign(december, "reform-2016"), "")


def test_a_run_of_a_month_is_published_and_allows_for_what_comes_late(tmp_path: Path) -> None:
    records = pd.read_csv(PROJECT / "data" / "demo" / "ledger.csv", dtype=str)
    now = records[records["date"] <= "2018-07-10"]
    recent = (now["date"] >= "2018-03-01") & (now["date"] <= "2018-04-30")
    then = now[(now["date"] <= "2018-04-30") & ~(recent & (now.index % 3 == 0))]
    for name, rows in (("now.csv", now), ("then.csv", then)):
        rows.to_csv(tmp_path / name, index=False)
    found = run("monthly", plan=PLAN, outputs=tmp_path, through="2018-06", language="en", data=[tmp_path / "now.csv"],
                before=[tmp_path / "then.csv"])  # fmt: skip
    assert found.briefing.parent.name == "monthly-2018-06"
    page = (found.folder / "monthly_monitoring.html").read_text(encoding="utf-8")
    assert "synthetic demonstration data" in page
    assert "the final count of these months is likely to be" in page
    assert "A2018-" in page
    delays, rows = (pd.read_csv(found.folder / "tables" / f"{name}.csv") for name in ("delays", "monitoring"))
    assert delays["known"].iloc[0] < delays["known"].iloc[5]
    mine = rows[(rows["area"] == "410100") & rows["field"].isna()]
    assert (mine["final_high"] > mine["deaths"]).all()
