"""A plan broken down: ceilings add up, nobody is behind by chance, and what moved adds up to the city's change."""

from dataclasses import fields, replace
from pathlib import Path

import asked
import numpy as np
import pandas as pd
import pytest

from zzlib import appraisal, breakdown, evaluate, localities, schema, where
from zzlib.errors import DataError
from zzlib.evaluation import Evaluation
from zzlib.language import LANGUAGES, say
from zzlib.plan import PROJECT


@pytest.fixture(scope="module")
def city() -> Evaluation:
    return asked.evaluation("zhengzhou-2016-2020", 2018, "en")


def again(city: Evaluation, observations: pd.DataFrame) -> appraisal.Breakdown:
    """The plan broken down from other observations, without records that tell the field of a death."""
    counts = breakdown.told(city.plan, observations, city.areas)
    nothing = pd.DataFrame({"area": [], "field": [], "year": pd.Series(dtype=int), "deaths": []})
    return appraisal.appraise(
        city.plan, city.assessments, observations, counts, through=2018, by_field=nothing, injured={}
    )


def test_parts_add_up_to_the_straight_path_of_the_plan_rounded_down(city: Evaluation) -> None:
    row = city.assessment("deaths")
    for method, rows in city.allocation.groupby("method"):
        sums = rows.groupby("period")["ceiling"].sum()
        for step, year in enumerate(range(2016, 2021), start=1):
            path = row["baseline"] + (row["target"] - row["baseline"]) * step / 5
            assert sums[str(year)] == np.floor(path + 1e-9), (method, year)


def test_every_method_is_there_and_none_lets_a_district_s_ceiling_rise_while_the_city_s_falls(city: Evaluation) -> None:
    assert set(city.allocation["method"]) == {"proportional", "exposure", "converging", "historical"}
    wide = city.allocation.pivot(index=["method", "area"], columns="period", values="ceiling")
    assert (wide.diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)


def test_the_city_s_chance_is_that_of_its_own_target(city: Evaluation) -> None:
    last = localities.chosen(city.allocation_chances, city).set_index("period")["probability"]
    assert last["2020"] == city.assessment("deaths")["probability"]
    assert set(last[["2016", "2017", "2018"]]) <= {0.0, 1.0}  # those years are known


@pytest.mark.parametrize(("deaths", "standing"), [(0, "kept"), (4, "kept"), (5, "within_chance"), (12, "behind")])
def test_behind_is_only_who_lies_beyond_what_chance_gives(city: Evaluation, deaths: int, standing: str) -> None:
    rows = city.observations
    own = (rows["area"] == "410184") & (rows["period"] == "2018") & (rows["scope"] == "from-2016")
    changed = rows.assign(value=rows["value"].mask(own & rows["measure"].isin(["deaths", "fatal_accidents"]), deaths))
    sheet = again(city, changed).appraisal.set_index("area")
    assert sheet.at["410184", "ceiling"] == 4
    assert sheet.at["410184", "standing"] == standing
    assert (sheet.at["410184", "by_chance"] < 0.05) == (standing == "behind")


def test_contributions_add_up_to_the_change_of_the_rate_of_all_together(city: Evaluation) -> None:
    moved = city.movements
    counted = breakdown.whole_years(
        breakdown.counted(city.plan, city.indicator("deaths_per_100k_residents"), city.observations, city.areas)
    )
    rates = [
        part["deaths"].sum() / part["exposure"].sum() * 10
        for part in (counted[counted["year"].between(2013, 2015)], counted[counted["year"].between(2016, 2018)])
    ]
    assert city.contributions["contribution"].sum() == pytest.approx(rates[1] - rates[0], abs=1e-12)
    assert city.contributions["field"].nunique() > 3
    by_area = city.contributions.groupby("area")[["deaths_before", "deaths"]].sum()
    pd.testing.assert_frame_equal(by_area, moved.set_index("area")[["deaths_before", "deaths"]].sort_index())


def test_without_fields_in_the_records_the_districts_contribute_as_a_whole(city: Evaluation) -> None:
    found = again(city, city.observations).contributions
    assert set(found["field"]) == {""}
    assert found["contribution"].sum() == pytest.approx(city.contributions["contribution"].sum(), abs=1e-12)


def test_a_baseline_that_one_district_lacks_breaks_nothing_down(city: Evaluation) -> None:
    rows = city.observations
    lost = (rows["area"] == "410106") & (rows["period"] == "2015") & (rows["measure"] == "population")
    found = again(city, rows[~lost])
    assert all(getattr(found, name).empty for name in ("movements", "contributions", "allocation", "appraisal"))


def test_without_a_count_target_nothing_is_allocated_but_movements_are_told(city: Evaluation) -> None:
    rates = city.assessments[city.assessments["indicator"] != "deaths"]
    found = again(replace(city, assessments=rates), city.observations)
    assert len(found.movements) == 16
    assert found.allocation.empty
    assert found.appraisal.empty


def test_the_order_of_the_observations_makes_no_difference(city: Evaluation) -> None:
    shuffled = again(city, city.observations.sample(frac=1, random_state=2))
    for name in ("movements", "allocation", "allocation_chances", "appraisal"):
        plain = again(city, city.observations)
        pd.testing.assert_frame_equal(getattr(shuffled, name), getattr(plain, name))


def test_every_row_is_marked_synthetic_by_its_status(city: Evaluation) -> None:
    for name in ("districts", "movements", "contributions", "allocation", "allocation_chances", "appraisal"):
        assert set(getattr(city, name)["status"]) == {"synthetic"}, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_name_who_the_tables_name(city: Evaluation, language: str) -> None:
    said = say(localities.appraised(city), language)
    over = city.appraisal[city.appraisal["standing"] != "kept"]
    for area in city.appraisal["area"]:
        assert (say(city.area_name(area), language) in said) == (area in set(over["area"]))
    assert "%" in say(localities.allocated(city), language)
    assert say(localities.moved(city), language)


def test_no_district_is_called_behind_without_its_chance(city: Evaluation) -> None:
    text = where.appraisal(city).parts[1].text
    for standing in schema.STANDINGS[1:]:
        row = city.appraisal.iloc[0].copy()
        row["standing"], row["by_chance"] = standing, 0.03
        assert str(localities.cannot_say(row))
    assert text.count("\n") + 1 == len(city.appraisal)


def test_ceilings_of_the_page_add_up_as_printed(city: Evaluation) -> None:
    lines = [line.split(" | ") for line in where.ceilings(city).parts[1].text.splitlines()]
    whole = lines.pop()
    for column in range(2, 7):
        assert sum(int(line[column]) for line in lines) == int(whole[column])


def test_what_came_late_and_what_was_withdrawn_stands_beside_each_district(tmp_path: Path) -> None:
    ledger = pd.read_csv(PROJECT / "data" / "demo" / "ledger.csv", dtype=str, keep_default_na=False)
    early = ledger[(ledger["area"] == "410102") & (ledger["date"] < "2018-06-01")].index[:3]
    ledger.drop(index=early).to_csv(tmp_path / "old.csv", index=False)
    gone = ledger[ledger["area"] == "410105"].index[0]
    (tmp_path / "new").mkdir()
    ledger.drop(index=gone).to_csv(tmp_path / "new" / "ledger.csv", index=False)
    for name in ("data/observations", "data/demo/observations.csv"):
        source = PROJECT / name
        for path in source.glob("*.csv") if source.is_dir() else [source]:
            (tmp_path / "new" / path.name).write_bytes(path.read_bytes())
    found = evaluate(
        "zhengzhou-2016-2020", through=2018, language="en", data=[tmp_path / "new"], before=tmp_path / "old.csv"
    )
    sheet = found.appraisal.set_index("area")
    assert sheet.loc["410102", ["late", "withdrawn"]].to_list() == [3, 0]
    assert sheet.loc["410105", ["late", "withdrawn"]].to_list() == [0, 1]
    assert sheet[["late", "withdrawn"]].sum().to_list() == [3, 1]
    assert "3 late, 0 withdrawn" in str(localities.late(found))
    assert str(tmp_path / "old.csv") in found.inputs


def test_without_an_earlier_delivery_nothing_is_said_to_be_late(city: Evaluation) -> None:
    assert city.appraisal[["late", "withdrawn"]].isna().all(axis=None)
    assert "--before" in str(localities.late(city))


def changed(city: Evaluation, observations: pd.DataFrame, **choices: str) -> Evaluation:
    """The city from other observations, or as a plan with other choices breaks it down."""
    plan = city.plan.model_copy(update={"choices": city.plan.choices.model_copy(update=choices)})
    one = replace(city, plan=plan)
    counts = breakdown.told(plan, observations, city.areas)
    found = again(one, observations)
    tables = {field.name: getattr(found, field.name) for field in fields(found)}
    return replace(one, observations=observations, districts=breakdown.table_of(plan, observations, counts), **tables)


def without_deaths(city: Evaluation, until: str) -> pd.DataFrame:
    rows = city.observations
    own = rows["measure"].isin(["deaths", "fatal_accidents"]) & (rows["area"] != "410100") & (rows["period"] <= until)
    return rows.assign(value=rows["value"].mask(own, 0.0))


def test_districts_without_a_death_are_shown_and_nothing_is_shared_in_proportion_to_nothing(city: Evaluation) -> None:
    base, all_years = changed(city, without_deaths(city, "2015")), changed(city, without_deaths(city, "2018"))
    assert "deaths in the base period" in str(base.lacks("allocation"))
    assert set(base.allocation["method"]) == {"exposure"}
    shown = [where.district_map, where.by_year, where.funnel, where.intervals, where.listing, where.surroundings]
    assert all(piece(all_years) for piece in shown)
    assert "Nobody died" in str(localities.unseen(all_years))


def test_a_method_that_the_counts_do_not_allow_is_named_with_what_it_needs(city: Evaluation) -> None:
    rows = city.observations
    early = (rows["measure"] == "population") & (rows["area"] != "410100") & (rows["period"] < "2015")
    one_year = changed(city, rows[~early])
    assert "historical" not in set(one_year.allocation["method"])
    assert "three years before the first ceiling" in where.methods(one_year).parts[1].text
    assert len(where.methods(city).parts) == 1
    chosen = changed(city, rows[~early], allocation="historical")
    assert "three years before the first ceiling" in str(chosen.lacks("allocation"))
    assert chosen.appraisal.empty


def test_accidents_of_another_source_than_the_deaths_are_not_counted_beside_them(city: Evaluation) -> None:
    rows = city.observations
    own = (rows["measure"] == "deaths") & (rows["area"] == "410102") & (rows["period"] == "2017")
    own &= rows["scope"] == "from-2016"
    bulletin = changed(
        city, rows.assign(value=rows["value"].mask(own, 0.0), source=rows["source"].mask(own, "bulletin"))
    )
    pooled = bulletin.districts[bulletin.districts["period"] == "2016/2018"]
    assert set(pooled["tested"]) == {"deaths"}
    assert pooled["fatal_accidents"].isna().all()


def test_one_district_alone_is_compared_with_nothing(city: Evaluation) -> None:
    rows = city.observations
    found = again(city, rows[rows["area"].isin(["410100", "410102"])])
    assert found.movements.empty
    assert found.appraisal.empty


def test_an_earlier_delivery_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no accident records to compare"):
        evaluate("zhengzhou-2016-2020", through=2018, before=PROJECT / "data" / "observations" / "china_economy.csv")
