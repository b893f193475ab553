"""A plan's districts: the same years for all, together where a year alone shows too little, each beside the rest."""

from dataclasses import replace
from pathlib import Path

import asked
import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely import box

from zzlib import breakdown, evaluate, keys, localities, where
from zzlib.errors import DataError
from zzlib.evaluation import Evaluation, answer_key
from zzlib.indicators import known
from zzlib.language import LANGUAGES, say
from zzlib.plan import PLANS, load_plan


@pytest.fixture(scope="module")
def city() -> Evaluation:
    return asked.evaluation("zhengzhou-2016-2020", 2018, "en")


def table_of(city: Evaluation, observations: pd.DataFrame) -> pd.DataFrame:
    return breakdown.table_of(city.plan, observations, breakdown.told(city.plan, observations, city.areas))


def without(city: Evaluation, area: str, year: int) -> pd.DataFrame:
    """The city's districts when one of them did not report its residents in a year."""
    rows = city.observations
    lost = (rows["area"] == area) & (rows["period"] == str(year)) & (rows["measure"] == "population")
    assert lost.any()
    return table_of(city, rows[~lost])


def test_a_year_that_one_district_lacks_is_lost_to_all(city: Evaluation) -> None:
    found = without(city, "410106", 2017)
    assert sorted(found["period"].unique()) == ["2016", "2016/2018", "2018"]
    pooled = found[found["period"] == "2016/2018"].set_index("area")["deaths"]
    single = found[found["period"].isin(["2016", "2018"])].groupby("area")["deaths"].sum()
    pd.testing.assert_series_equal(pooled.sort_index(), single.sort_index())


def test_years_are_pooled_exactly_where_some_district_can_expect_too_little(city: Evaluation) -> None:
    assert breakdown.shown_period(city.districts) == "2016/2018"
    assert "fewer than 15" in str(localities.pooled(city))
    many = city.districts.assign(expected=breakdown.ENOUGH)
    assert breakdown.shown_period(many) == "2018"


def test_fatal_accidents_that_one_district_does_not_tell_are_told_of_none(city: Evaluation) -> None:
    rows = city.observations
    kept = rows[~((rows["measure"] == "fatal_accidents") & (rows["area"] == "410102"))]
    found = table_of(city, kept)
    assert set(found["tested"]) == {"deaths"}
    assert found["fatal_accidents"].isna().all()


def test_a_plan_without_a_breakdown_has_no_districts() -> None:
    plan = load_plan("china-2006-2010")
    nothing = evaluate(plan, through=2008)
    assert table_of(nothing, nothing.observations).empty
    assert nothing.lacks("districts")


def test_the_order_of_the_observations_makes_no_difference(city: Evaluation) -> None:
    shuffled = city.observations.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(table_of(city, shuffled), city.districts)


def test_a_year_after_the_day_of_knowledge_is_not_seen(city: Evaluation) -> None:
    seen = known(city.observations, through="2017")
    assert table_of(city, seen)["period"].max() < "2018"


@pytest.mark.parametrize(
    ("expected", "least", "most"), [(5, 0.4, 0.6), (10, 0.65, 0.8), (20, 0.9, 0.97), (60, 0.99, 1)]
)
def test_the_power_of_the_limits_is_that_of_drawn_cities(expected: int, least: float, most: float) -> None:
    stated = breakdown.power(expected, 12 * expected)
    assert least < stated < most
    rng = np.random.default_rng(4)
    districts = rng.poisson(np.array([2.0] + [1.0] * 11) * expected, (400, 12))
    areas = [f"{i:02}" for i in range(12)]
    found = [
        breakdown.districts.rates(pd.DataFrame({"area": areas, "deaths": row, "exposure": 1.0}), variance_ratio=1)
        for row in districts[:60]
    ]
    seen = np.mean([(one["funnel"].iloc[0] != "within") and one["side"].iloc[0] == "above" for one in found])
    assert abs(seen - stated) < 4 * np.sqrt(stated * (1 - stated) / 60) + 0.02


def test_a_plan_names_its_own_boundaries_in_any_coordinates(city: Evaluation, tmp_path: Path) -> None:
    squares = [box(16 + x / 10, 48, 16.1 + x / 10, 48.1) for x in range(3)]
    codes = ["410102", "410103", "410104"]
    path = tmp_path / "own.geojson"
    geopandas.GeoDataFrame({"area": codes}, geometry=squares, crs=4326).to_file(path, driver="GeoJSON")
    own = replace(city, plan=city.plan.model_copy(update={"boundaries": str(path)}))
    shapes = {t["name"]: t for t in where.district_map(own).parts[0].figure["data"] if t.get("hoveron") == "fills"}
    west = shapes[str(city.area_name("410102"))]["x"]
    assert 7_000 < max(west) - min(west) < 8_000  # a tenth of a degree at 48° north, in metres
    assert "3 districts" in where.surroundings(own).text or "Fewer than four" in where.surroundings(own).text


@pytest.mark.parametrize("name", ["own.geojson", "own.shp"])
def test_boundaries_that_were_redrawn_are_another_question(name: str, tmp_path: Path) -> None:
    path, law = tmp_path / name, tmp_path / "mine.yaml"
    law.write_text(
        (PLANS / "zhengzhou-2016-2020.yaml").read_text(encoding="utf-8") + f"\nboundaries: {path}\n", encoding="utf-8"
    )

    def drawn(area: str) -> tuple[str, str]:
        geopandas.GeoDataFrame({"area": [area]}, geometry=[box(16, 48, 17, 49)], crs=4326).to_file(path)
        asked = {"through": "2018", "as_of": None, "data": (), "before": (), "event": "", "language": "zh"}
        return keys.question("districts", plan=law, **asked), answer_key(load_plan(law), "2018", "", ())

    first, other, again = drawn("410102"), drawn("410103"), drawn("410102")
    assert "" not in first
    assert set(first).isdisjoint(other)
    if path.suffix == ".geojson":  # a shapefile holds the day on which it was written
        assert again == first


def test_boundaries_that_are_not_there_are_refused(city: Evaluation, tmp_path: Path) -> None:
    own = city.plan.model_copy(update={"boundaries": str(tmp_path / "gone.geojson")})
    with pytest.raises(DataError, match=r"gone\.geojson: There is no such file"):
        evaluate(own, through=2018)


def test_whether_like_rates_lie_together_is_said_with_its_permutations(city: Evaluation) -> None:
    text = where.surroundings(city).text
    assert "Moran's I" in text
    assert "12 districts" in text  # the zones have no polygon, and take no part
    assert "999 permutations" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_names_the_districts_of_the_table_and_no_other(city: Evaluation, language: str) -> None:
    rows = localities.shown(city)
    text = say(localities.differing(city), language)
    outside = set(rows.loc[rows["funnel"] != "within", "area"])
    for area in rows["area"]:
        assert (say(city.area_name(area), language) in text) == (area in outside)


def test_every_piece_of_the_page_bears_the_mark_of_synthetic_data(city: Evaluation) -> None:
    pieces = [*where.district_map(city).parts[:1], where.by_year(city), where.funnel(city), where.intervals(city)]
    for piece in pieces:
        notes = [note["text"] for note in piece.figure["layout"]["annotations"]]
        assert any("synthetic" in text.lower() for text in notes)
    assert "synthetic" in where.listing(city).html.lower()


def test_the_table_says_the_same_as_the_map(city: Evaluation) -> None:
    text = where.listing(city).text
    rows = localities.shown(city)
    assert len(text.splitlines()) == len(rows)
    assert text.splitlines()[0].startswith(str(city.area_name(rows.sort_values("rank")["area"].iloc[0])))
