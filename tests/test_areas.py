"""Zhengzhou has twelve districts with polygons and four development zones without, and every name means one of them."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import shapely

from zzlib.areas import AREAS, BOUNDARIES, boundaries, nearest, read_areas, resolve
from zzlib.errors import DataError
from zzlib.language import say

OBSERVATIONS = Path(__file__).parents[1] / "data" / "observations"


@pytest.fixture(scope="module")
def areas() -> pd.DataFrame:
    return read_areas()


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pd.concat(
        pd.read_csv(path, dtype={"area": str, "period": str}) for path in sorted(OBSERVATIONS.glob("*.csv"))
    )


@pytest.fixture(scope="module")
def polygons():
    return boundaries()


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_boundaries", AREAS.with_name("build_boundaries.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def of_kind(areas: pd.DataFrame, kind: str) -> set[str]:
    return set(areas["area"][areas["kind"] == kind])


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["area,zh,en,aliases,parent,kind", *rows]), encoding="utf-8")
    return path


def test_zhengzhou_has_twelve_districts_and_four_zones(areas):
    assert len(of_kind(areas, "district")) == 12
    assert len(of_kind(areas, "zone")) == 4
    assert set(areas["parent"][areas["kind"].isin(["district", "zone"])]) == {"410100"}


def test_every_district_has_one_polygon_and_nothing_else_has(areas, polygons):
    assert sorted(polygons["area"]) == sorted(of_kind(areas, "district"))


def test_zones_have_no_polygon_and_are_still_areas(areas, polygons):
    zones = of_kind(areas, "zone")
    assert zones == {"410171", "410172", "410173", "zhengdong"}
    assert not zones & set(polygons["area"])


def test_districts_share_borders_without_gap_or_overlap(polygons):
    assert polygons.is_valid.all()
    assert shapely.coverage_is_valid(polygons.geometry.to_numpy())
    union = polygons.union_all()
    assert union.geom_type == "Polygon"
    assert not union.interiors
    assert union.area == pytest.approx(polygons.area.sum())


def test_the_districts_cover_the_city(polygons):
    # The city's official area; older sources print 7,446 km².
    assert polygons.area.sum() / 1e6 == pytest.approx(7567, rel=0.02)


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "district"),
    [
        ("city hall", 113.6, 34.75, "410102"),
        ("Shaolin temple", 112.935, 34.508, "410185"),
        ("Xinzheng airport", 113.841, 34.52, "410184"),
        ("tombs of the Song emperors", 112.96, 34.67, "410181"),
    ],
)
def test_a_known_place_lies_in_its_district(polygons, place, longitude, latitude, district):
    point = shapely.Point(longitude, latitude)
    degrees = polygons.to_crs(4326)
    assert degrees["area"][degrees.contains(point)].to_list() == [district], place


def test_the_boundary_file_is_small_and_plain_geojson():
    assert BOUNDARIES.stat().st_size <= 100_000
    collection = json.loads(BOUNDARIES.read_text(encoding="utf-8"))
    assert set(collection) == {"type", "features"}  # RFC 7946: no crs member
    assert all(set(feature["properties"]) == {"area"} for feature in collection["features"])
    polygons = shapely.get_parts(shapely.from_geojson([json.dumps(f["geometry"]) for f in collection["features"]]))
    assert shapely.is_ccw(shapely.get_exterior_ring(polygons)).all()


def test_gcj02_conversion_agrees_with_the_published_example(build):
    # The example in the README of wandergis/coordtransform.
    converted = build.to_gcj02(np.array([[116.404, 39.915]]))
    np.testing.assert_allclose(converted, [[116.41024449916938, 39.91640428150164]], atol=1e-9)


def test_gcj02_conversion_can_be_undone(build):
    grid = np.stack(np.meshgrid(np.linspace(112, 115, 61), np.linspace(34, 35.5, 61)), axis=-1).reshape(-1, 2)
    assert np.abs(build.to_wgs84(build.to_gcj02(grid)) - grid).max() < 1e-7


def test_every_code_name_and_alias_resolves_to_its_area(areas):
    for row in areas.itertuples():
        texts = [row.area, row.zh, row.en, *row.aliases.split("|")]
        assert resolve(texts, areas) == dict.fromkeys(texts, row.area)


@pytest.mark.parametrize("text", ["中原", "郑州市中原区", "zhongyuan", "ZHONGYUAN", " 中 原　区 ", "４１０１０２"])
def test_spaces_width_and_capitals_make_no_difference(areas, text):
    assert resolve([text], areas) == {text: "410102"}


@pytest.mark.parametrize("text", ["", "全市", "浦东新区", "合计"])
def test_what_is_not_a_known_name_is_not_guessed(areas, text):
    assert resolve([text], areas) == {text: None}


def test_an_unknown_name_is_answered_with_the_nearest_names(areas):
    assert nearest("中源区", areas)[0] == "中原区 (410102)"
    assert nearest("管城会族区", areas, n=1) == ["管城回族区 (410104)"]
    assert nearest("Zhongyaun", areas, n=1) == ["中原区 (410102)"]
    assert len(nearest("新区", areas)) == 3
    assert nearest("xyz", areas) == []


def test_a_name_speaks_both_languages(areas):
    name = areas.set_index("area").loc["410122", "name"]
    assert (say(name, "en"), say(name, "zh")) == ("Zhongmu", "中牟县")


def test_the_areas_of_the_published_figures_are_all_known(areas, published):
    codes = published["area"].unique()
    assert resolve(codes, areas) == {code: code for code in codes}


def test_districts_and_zones_together_are_the_city(areas, published):
    # In the communiqué for 2019 the zones are listed apart, so the sixteen units add up.
    population = published.query("period == '2019' and measure == 'population'").set_index("area")
    units = population.loc[areas["area"][areas["kind"].isin(["district", "zone"])], "value"]
    assert len(units) == 16
    assert units.sum() == pytest.approx(1035.2)


def test_all_faults_of_a_table_of_areas_are_named_at_once(tmp_path):
    path = write(
        tmp_path / "areas.csv",
        "1,甲区,Jia,东区|甲,,district",
        "2,乙区,Yi,东区,9,district",
        "2,丙区,Bing,,1,district",
    )
    with pytest.raises(DataError) as refusal:
        read_areas(path)
    assert str(refusal.value).splitlines() == [
        "areas.csv: The code 2 stands on more than one row.",
        "areas.csv: '东区' means more than one area: 1, 2.",
        "areas.csv: The parent 9 of 2 is not among the areas.",
    ]


def test_a_name_of_one_area_is_no_alias_of_another(tmp_path):
    path = write(tmp_path / "areas.csv", "1,东区,East,,,district", "2,西区,West,east,,district")
    with pytest.raises(DataError, match="'east' means more than one area: 1, 2"):
        read_areas(path)


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text("area,zh,en\n1,甲,Jia\n", encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        read_areas(path)
    assert len(refusal.value.faults) == 3


@pytest.mark.parametrize("read", [read_areas, boundaries])
def test_a_missing_file_is_refused(tmp_path, read):
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "nowhere")


def test_boundaries_without_codes_are_refused(tmp_path, polygons):
    path = tmp_path / "approved.geojson"
    polygons.to_crs(4326).rename(columns={"area": "name"}).to_file(path)
    with pytest.raises(DataError, match="column area is missing"):
        boundaries(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_boundaries_that_do_not_say_where_they_are_in_the_world_are_refused(tmp_path, polygons):
    path = tmp_path / "approved.gpkg"
    polygons.set_crs(None, allow_override=True).to_file(path)
    with pytest.raises(DataError, match="coordinate system"):
        boundaries(path)
