"""What a reader can rely on in every picture."""

import colorsys
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import geopandas
import pandas as pd
import pytest
from shapely import Point, box

from zzlib import canvas, figures, funnels, maps, schema
from zzlib.language import LANGUAGES, Name, word

NAN = float("nan")
AREAS = pd.DataFrame(
    [
        ("1", "江州市", "Some City", "", "city"),
        ("11", "东湖区", "Alpha District", "1", "district"),
        ("12", "西山县", "Beta County", "1", "district"),
        ("13", "中心区", "Gamma District", "1", "district"),
        ("19", "江州市高新区", "High-tech Zone", "1", "zone"),
    ],
    columns=["area", "zh", "en", "parent", "kind"],
)
BOUNDARIES = geopandas.GeoDataFrame(
    {"area": ["11", "12", "13"]},
    geometry=[box(0, 0, 50_000, 50_000), box(50_000, 0, 100_000, 50_000), Point(50_000, 25_000).buffer(4_000)],
    crs=32649,
)
ASSESSMENT = {
    "indicator": "deaths",
    "through": "2018",
    "scope": "from-2016",
    "baseline": 98.0,
    "baseline_period": "2015",
    "target": 88.0,
    "target_period": "2020",
    "covered_share": 1.4,
    "expected_share": 0.6,
    "probability": 0.72,
    "verdict": "open",
    "trend": "falling",
}
NAMES = {"deaths": Name(zh="死亡人数", en="Deaths"), "rate": Name(zh="死亡率", en="Death rate")}
WORDS = {"name": NAMES["deaths"], "unit": Name(zh="人", en="persons")}


def indicators(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of area, period, scope, value, lower, upper and status."""
    return schema.table(
        schema.INDICATORS,
        (
            {
                "area": area, "period": period, "indicator": "deaths", "scope": scope, "value": value, "lower": lower,
                "upper": upper, "numerator": value, "denominator": NAN, "status": status,
            }
            for area, period, scope, value, lower, upper, status in rows
        ),
    )  # fmt: skip


def year(period: str, value: float, *, scope: str = "from-2016", status: str = "published") -> tuple[Any, ...]:
    return ("1", period, scope, value, NAN if status == "partial" else value * 0.8, value * 1.25, status)


def forecasts(*periods: str, methods: tuple[str, ...] = ("level",)) -> pd.DataFrame:
    levels = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    return schema.table(
        schema.FORECASTS,
        (
            {
                "area": "1", "indicator": "deaths", "method": method, "origin": "2018", "period": period,
                "quantile_level": level, "value": 60 + 40 * level, "status": "published",
            }
            for method in methods
            for period in periods
            for level in levels
        ),
    )  # fmt: skip


OBSERVED = indicators(year("2012", 150), year("2013", 142), year("2015", 98), year("2016", 92), year("2018", 84))


def district(area: str, rate: float, lower: float, upper: float, **more: Any) -> dict[str, Any]:
    """A district of ten units of exposure whose smoothed rate is its own."""
    return {
        "area": area, "period": "2016/2018", "deaths": 10 * rate, "fatal_accidents": 9 * rate, "exposure": 10.0,
        "rate": rate, "lower": lower, "upper": upper, "shrunk": rate, "shrunk_lower": lower, "shrunk_upper": upper,
        "tested_rate": 0.9 * rate, "side": "above", "funnel": "within", "p": 0.5, "probability_above": 0.5,
        "named": rate == 20.0, "rank": 2.0, "rank_lower": 1.0, "rank_upper": 4.0,
    } | more  # fmt: skip


DISTRICTS = pd.DataFrame([
    district("11", 20.0, 15.0, 26.0, funnel="outside_998", p=0.001),
    district("12", 5.0, 3.0, 8.0, side="below", funnel="outside_95", p=0.02),
    district("13", 12.0, 7.0, 19.0),
    district("19", 0.0, 0.0, 4.0, side="below", funnel="outside_998", p=0.0001),
])  # fmt: skip
LIMITS = pd.DataFrame([
    {"exposure": exposure, "level": level, "centre": 9.0, "lower": 9 - width, "upper": 9 + width,
     "lower_overdispersed": 8 - width, "upper_overdispersed": 10 + width}
    for level, width in ((0.95, 3.0), (0.998, 5.0)) for exposure in (5.0, 10.0, 15.0)
])  # fmt: skip


def trajectory(rows: pd.DataFrame = OBSERVED, future: pd.DataFrame | None = None, **changed: Any) -> figures.Figure:
    future = forecasts("2019", "2020") if future is None else future
    return figures.trajectory(rows, future, ASSESSMENT | changed, language="zh", **WORDS)


def district_map(
    rows: pd.DataFrame = DISTRICTS, boundaries: Any = BOUNDARIES, areas: pd.DataFrame = AREAS, **more: Any
) -> figures.Figure:
    words = {"name": NAMES["rate"], "unit": "人/亿元", "per": "亿元", "language": "zh"} | more
    return maps.district_map(rows, boundaries, areas, **words)


def maps_by_year(**more: Any) -> figures.Figure:
    years = pd.concat([DISTRICTS.assign(period=str(year)) for year in range(2016, 2020)])
    words = {"name": NAMES["rate"], "unit": "人/亿元", "per": "亿元", "language": "zh"} | more
    return maps.maps_by_year(years, BOUNDARIES, AREAS, **words)


def intervals(rows: pd.DataFrame = DISTRICTS, **more: Any) -> figures.Figure:
    words = {"name": NAMES["rate"], "unit": "人/亿元", "per": "亿元", "language": "zh"} | more
    return funnels.intervals(rows, AREAS, **words)


def funnel(rows: pd.DataFrame = DISTRICTS, **more: Any) -> figures.Figure:
    words = {"name": NAMES["rate"], "unit": "起/亿元", "per": "亿元", "language": "zh"} | more
    return funnels.funnel(rows, LIMITS, AREAS, **words)


def pace(*changed: dict[str, Any], **more: Any) -> figures.Figure:
    rows = pd.DataFrame([ASSESSMENT | change for change in changed], columns=list(ASSESSMENT))
    return figures.pace_and_probability(rows, NAMES, language="en", **more)


def coverage(*rows: tuple[str, str, str], **more: Any) -> figures.Figure:
    table = pd.DataFrame(rows, columns=["measure", "period", "status"])
    return figures.coverage(table.assign(name=table["measure"]), language="en", **more)


def coverage_by_area(**more: Any) -> figures.Figure:
    cells = [["published", "missing"], ["synthetic", "partial"]]
    table = pd.DataFrame(cells, index=["11", "19"], columns=[2017, 2018])
    names = {"11": Name(zh="东湖区", en="Alpha District"), "19": Name(zh="江州市高新区", en="High-tech Zone")}
    return figures.coverage_by_area(table, names, **({"language": "en"} | more))


def versions(**more: Any) -> figures.Figure:
    rows = {
        "name": [NAMES["rate"]],
        "period": ["2018"],
        "unit": "persons",
        "earlier": [10.0],
        "later": [12.0],
        "change": [0.2],
    }
    return figures.versions(pd.DataFrame(rows), **({"language": "en"} | more))


def decomposition(**more: Any) -> figures.Figure:
    columns = ["indicator", "rate_log_change", "count_log_change", "exposure_log_change"]
    changes = pd.DataFrame([("rate", -0.5, -0.2, 0.3), ("deaths", NAN, NAN, 0.1)], columns=columns)
    return figures.decomposition(changes, NAMES, language="en", **more)


def robustness(*changed: dict[str, Any], **more: Any) -> figures.Figure:
    row = {
        "indicator": "deaths", "family": "model", "name": Name(zh="甲", en="first"), "primary": True,
        "probability": 0.6, "verdict": "open", "flips": False,
    }  # fmt: skip
    families = {"model": Name(zh="模型", en="model"), "baseline": Name(zh="基准", en="baseline")}
    rows = pd.DataFrame([row | change for change in changed], columns=list(row))
    return figures.robustness(rows, NAMES, families, **({"language": "en"} | more))


OTHER = {"primary": False, "probability": 0.7}
FLIPPED = {"primary": False, "probability": 0.9, "verdict": "on_track", "flips": True}


EVERY: dict[str, Callable[..., figures.Figure]] = {
    "trajectory": lambda **more: figures.trajectory(
        OBSERVED, forecasts("2019", "2020"), ASSESSMENT, language="zh", **WORDS, **more
    ),
    "map": district_map,
    "maps by year": maps_by_year,
    "intervals": intervals,
    "funnel": funnel,
    "pace": lambda **more: pace({}, {"covered_share": NAN, "probability": NAN, "verdict": "not_assessable"}, **more),
    "coverage": lambda **more: coverage(("deaths", "2015", "published"), ("gdp", "2017", "rounded"), **more),
    "coverage by area": coverage_by_area,
    "versions": versions,
    "decomposition": decomposition,
    "robustness": lambda **more: robustness({}, OTHER, FLIPPED, **more),
}


def texts(figure: figures.Figure) -> list[str]:
    return [note["text"] for note in figure.figure["layout"]["annotations"]]


def traces(figure: figures.Figure, **wanted: Any) -> Iterator[dict[str, Any]]:
    return (t for t in figure.figure["data"] if all(t.get(part) == value for part, value in wanted.items()))


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_a_figure_is_valid_json_without_nan_and_speaks_its_finding(draw: Callable[..., figures.Figure]) -> None:
    figure = draw(finding=Name(zh="发现", en="finding"))
    json.dumps(figure.figure, allow_nan=False)
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.plotly.v1+json", "text/plain"}
    assert bundle["text/plain"] in ("发现", "finding")


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_synthetic_data_is_marked_inside_the_figure(draw: Callable[..., figures.Figure]) -> None:
    assert "合成数据" in texts(draw(mark="合成数据"))
    assert "合成数据" not in texts(draw())


def test_a_missing_year_is_a_gap_not_a_line() -> None:
    lines = [t for t in traces(trajectory(), mode="lines") if 2012.0 in t["x"]]
    assert [t["x"] for t in lines] == [[2012.0, 2013.0, None, 2015.0, 2016.0, None, 2018.0]]
    assert lines[0]["connectgaps"] is False


def test_two_definitions_are_never_joined() -> None:
    rows = indicators(year("2014", 200, scope="pre-2016"), year("2015", 190, scope="pre-2016"), year("2016", 92))
    xs = [t["x"] for t in traces(trajectory(rows, forecasts()), mode="lines") if t["line"]["color"] != canvas.TARGET]
    assert xs == [[2014.0, 2015.0], [2016.0]]


def test_a_total_over_five_years_is_no_point_of_the_yearly_line() -> None:
    rows = indicators(year("2010", 240), year("2011/2015", 750), year("2011", 230))
    xs = [t["x"] for t in traces(trajectory(rows, forecasts()), mode="lines") if t["line"]["color"] == canvas.OBSERVED]
    assert xs == [[2010.0, 2011.0, None, 2013.0]]


def test_a_partial_year_is_an_open_mark_apart_from_the_line() -> None:
    figure = trajectory(indicators(year("2017", 90), year("2018", 30, status="partial")), forecasts())
    marks = [t for t in traces(figure, mode="markers") if t["marker"].get("symbol") == "triangle-up-open"]
    assert [(t["x"], t["y"]) for t in marks] == [([2018.0], [30.0])]
    assert all(2018.0 not in t["x"] for t in traces(figure, mode="lines") if t["line"]["color"] == canvas.OBSERVED)


def test_bands_start_at_the_observed_origin_and_wider_ones_lie_behind() -> None:
    bands = [t for t in traces(trajectory(), fill="toself") if t["x"] != [None]]
    assert [t["x"][0] for t in bands] == [2018.0] * 3
    widths = [max(t["y"][1:3] + t["y"][3:5]) - min(t["y"][1:3] + t["y"][3:5]) for t in bands]
    assert widths == sorted(widths, reverse=True)


def test_a_forecast_of_one_year_without_its_origin_still_has_a_width() -> None:
    figure = trajectory(OBSERVED.iloc[:2], forecasts("2020"))
    band = next(t for t in traces(figure, fill="toself") if t["x"] != [None])
    assert max(band["x"]) - min(band["x"]) == pytest.approx(0.4)


def test_a_second_method_is_a_thin_dashed_line_without_bands() -> None:
    both = trajectory(future=forecasts("2019", "2020", methods=("level", "drift")))
    assert len(list(traces(both, fill="toself"))) == len(list(traces(trajectory(), fill="toself")))
    assert [t["line"]["dash"] for t in traces(both, name="drift")] == ["dash"]


def test_the_axis_starts_at_zero_and_shows_every_whisker() -> None:
    assert trajectory().figure["layout"]["yaxis"]["range"][0] == 0
    assert trajectory().figure["layout"]["yaxis"]["range"][1] > 150 * 1.25


def test_all_zero_is_drawn_and_nothing_is_said_to_be_nothing() -> None:
    zero = trajectory(indicators(year("2017", 0), year("2018", 0)), forecasts(), baseline=0.0, target=0.0)
    assert zero.figure["layout"]["yaxis"]["range"][1] > 0
    empty = trajectory(OBSERVED.iloc[:0], forecasts(), target=NAN, baseline=NAN)
    assert empty.figure["data"] == []
    assert len(texts(empty)) == 1


def test_without_target_or_baseline_no_line_is_invented() -> None:
    figure = trajectory(baseline=NAN, baseline_period="", target=NAN)
    assert not [t for t in figure.figure["data"] if t.get("line", {}).get("color") == canvas.TARGET]


def test_every_unit_is_drawn_also_those_without_polygon() -> None:
    drawn = {t["name"] for t in traces(district_map(), hoveron="fills") if t["x"] != [None]}
    assert drawn == {"东湖区", "西山县", "中心区", "江州市高新区"}
    assert {"东湖", "西山", "中心", "高新"} <= set(texts(district_map()))
    assert len(next(traces(district_map(boundaries=BOUNDARIES.iloc[:0]), name="东湖区"))["x"]) == 5


def test_a_polygon_without_a_figure_stays_visible() -> None:
    figure = district_map(DISTRICTS[DISTRICTS["area"] != "12"])
    assert next(traces(figure, name="西山县"))["fillcolor"] == maps.NO_FIGURE


def test_each_ring_lies_inside_the_frame_and_the_aspect_is_true() -> None:
    figure = district_map().figure
    (left, right), (bottom, top) = (figure["layout"][axis]["range"] for axis in ("xaxis", "yaxis"))
    for trace in figure["data"]:
        assert all(left <= x <= right for x in trace["x"] if x is not None)
        assert all(bottom <= y <= top for y in trace["y"] if y is not None)
    assert figure["layout"]["yaxis"]["scaleanchor"] == "x"


def test_red_never_stands_for_a_low_rate() -> None:
    hues = [colorsys.rgb_to_hls(*rgb(colour))[0] * 360 for colour in maps.COLOURS]
    assert all(180 < hue < 260 for hue in hues[:2])
    assert all(hue < 40 for hue in hues[3:])


def test_classes_grow_darker_with_the_rate_so_that_grey_print_can_be_read() -> None:
    lightness = [luminance(colour) for colour in maps.COLOURS]
    assert all(light - dark > 0.08 for light, dark in pairwise(lightness))


def test_a_difference_the_interval_does_not_show_is_hatched() -> None:
    hatched = {t["name"] for t in traces(district_map(), hoveron="fills") if "fillpattern" in t}
    assert hatched == {"中心区"}
    unsure = DISTRICTS.assign(shrunk_lower=0.0, shrunk_upper=30.0, named=False)
    assert sum("fillpattern" in t for t in traces(district_map(unsure), hoveron="fills")) == 4


def test_no_district_is_clearly_different_and_perhaps_chance_at_once() -> None:
    unsure = DISTRICTS.assign(shrunk_lower=0.0, shrunk_upper=30.0)
    hatched = [t for t in traces(district_map(unsure), hoveron="fills") if "fillpattern" in t]
    bordered = [t for t in traces(district_map(unsure), hoveron="fills") if t["line"]["width"] == 3]
    assert len(hatched) == 3
    assert len(bordered) == 1
    assert {t["name"] for t in hatched} & {t["name"] for t in bordered} == set()


def test_who_is_named_bears_a_thick_border_drawn_over_all_others() -> None:
    drawn = list(traces(district_map(), hoveron="fills"))
    assert [t["name"] for t in drawn if t["line"]["width"] == 3] == [drawn[-1]["name"]] == ["东湖区"]


def test_the_pointer_tells_counts_exposure_intervals_and_the_rank_s_own_interval() -> None:
    (told,) = (t["text"] for t in traces(district_map(language="en"), name="Alpha District"))
    for words in (
        "200 in 180 fatal accidents",
        "exposure 10",
        "95% interval 15 to 26",
        "smoothed 20",
        "rank 2, could be 1 to 4",
    ):
        assert words in told


def test_many_areas_are_one_shape_a_class_and_points_tell_of_each() -> None:
    cells = [box(x * 9_000, y * 9_000, x * 9_000 + 9_000, y * 9_000 + 9_000) for x in range(10) for y in range(10)]
    codes = [f"c{i:03}" for i in range(len(cells))]
    rows = pd.DataFrame([district(code, 1 + i % 7, 0.5, 9.0) for i, code in enumerate(codes)])
    areas = pd.DataFrame([(code, code, code, "1", "district") for code in codes], columns=list(AREAS))
    drawn = district_map(
        rows, geopandas.GeoDataFrame({"area": codes}, geometry=cells, crs=32649), areas=pd.concat([AREAS[:1], areas])
    )
    shapes, points = list(traces(drawn, fill="toself")), list(traces(drawn, hoverinfo="text"))
    assert len(shapes) <= 10
    assert sum(x is None for shape in shapes for x in shape["x"]) == len(cells)
    assert [len(one["text"]) for one in points] == [len(cells)]


def test_each_year_has_its_own_small_map_of_true_aspect_inside_the_figure() -> None:
    layout = maps_by_year().figure["layout"]
    axes = [name for name in layout if name.startswith("yaxis")]
    assert len(axes) == 4
    for name in axes:
        assert layout[name]["scaleanchor"] == "x" + name.removeprefix("yaxis")
        assert all(0 <= end <= 1 for end in layout[name]["domain"])
    assert [text for text in texts(maps_by_year()) if text.isdigit()] == ["2016", "2017", "2018", "2019"]


def test_the_funnel_names_only_those_outside_and_tells_above_from_below_by_shape() -> None:
    drawn = funnel()
    assert {"东湖", "西山", "高新"} <= set(texts(drawn))
    assert "中心" not in texts(drawn)
    symbols = [t["marker"]["symbol"] for t in traces(drawn, hoverinfo="text")]
    assert symbols == ["triangle-up", "triangle-down-open", "circle-open", "triangle-down"]


def test_labels_do_not_overlap_on_the_narrowest_page() -> None:
    polygons = [box(x, y, x + 9_000, y + 9_000) for x in range(0, 36_000, 9_000) for y in range(0, 27_000, 9_000)]
    frame = (-50_000.0, -40_000.0, 86_000.0, 60_000.0)
    placed = maps.labels(["Zhongyuan"] * len(polygons), polygons, frame)
    pixel = max(136_000 / maps.NARROW[0], 100_000 / maps.NARROW[1])
    half_x, half_y = 9 * 11 * 0.57 / 2 * pixel, 7 * pixel
    boxes = [box(p.x - half_x, p.y - half_y, p.x + half_x, p.y + half_y) for p in placed]
    assert not [1 for i, one in enumerate(boxes) for other in boxes[:i] if one.intersects(other)]
    assert all(box(*frame).contains(label) for label in boxes)


def test_the_intervals_show_the_same_units_from_low_to_high() -> None:
    axis = intervals().figure["layout"]["yaxis"]
    assert axis["ticktext"] == ["高新", "西山", "中心", "东湖"]
    assert [s["x0"] for s in intervals().figure["layout"]["shapes"]] == [pytest.approx(9.25)]


def test_what_cannot_be_assessed_is_said_and_not_drawn_as_zero() -> None:
    figure = pace(
        {"covered_share": NAN, "expected_share": NAN, "probability": NAN, "verdict": "not_assessable", "trend": ""}
    )
    assert sum("assess" in text for text in texts(figure)) == 2
    assert not list(traces(figure, type="bar"))
    assert not [t for t in traces(figure, mode="markers") if t["x"] != [None]]


def test_zero_is_drawn_as_a_number() -> None:
    figure = pace({"covered_share": 0.0, "probability": 0.0})
    assert [t["x"] for t in traces(figure, type="bar")] == [[0.0]]
    assert [t["x"] for t in traces(figure, xaxis="x2")] == [[0.0]]


def test_a_share_beyond_the_axis_ends_in_an_arrow_and_keeps_its_number() -> None:
    figure = pace({"covered_share": -4.2})
    assert [t["x"] for t in traces(figure, type="bar")] == [[-0.25]]
    assert any("−420%" in text for text in texts(figure))


def test_a_missing_year_is_visibly_missing() -> None:
    figure = coverage(
        ("deaths", "2015", "published"), ("deaths", "2017", "partial"), ("deaths", "2016/2017", "published")
    )
    heat = next(traces(figure, type="heatmap"))
    assert heat["x"] == [2015, 2016, 2017]
    assert heat["text"] == [["P", "×", "½"]]
    codes = list(figures.STATUS_COLOURS)
    assert [codes[z] for z in heat["z"][0]] == ["published", "missing", "partial"]


def test_areas_stand_from_top_to_bottom_as_they_are_given_and_letters_say_what_colours_say() -> None:
    drawn = coverage_by_area()
    heat = next(traces(drawn, type="heatmap"))
    assert drawn.figure["layout"]["yaxis"]["ticktext"] == ["High-tech Zone", "Alpha District"]
    assert heat["text"] == [["S", "½"], ["P", "×"]]
    codes = list(figures.STATUS_COLOURS)
    assert [[codes[z] for z in row] for row in heat["z"]] == [["synthetic", "partial"], ["published", "missing"]]
    assert [t["name"] for t in traces(drawn, mode="markers")] == [
        "P published", "½ incomplete", "S synthetic", "× missing",
    ]  # fmt: skip
    assert "color" not in heat["textfont"]  # dark letters on light cells, light ones on dark cells


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_qualities_share_a_colour_or_a_letter(language: str) -> None:
    letters = [word("letter", code).say(language) for code in figures.STATUS_COLOURS]
    assert len(set(letters)) == len(set(figures.STATUS_COLOURS.values())) == len(figures.STATUS_COLOURS)
    assert {len(letter) for letter in letters} == {1}


def test_nothing_known_of_any_area_is_said() -> None:
    assert figures.coverage_by_area(pd.DataFrame(), {}, language="en").figure["data"] == []


def test_the_two_parts_of_a_change_add_up_to_it() -> None:
    figure = decomposition()
    count, exposure = traces(figure, type="bar")
    total = next(t for t in traces(figure, mode="markers") if t["x"] != [None])
    assert count["x"][1] + exposure["x"][1] == pytest.approx(total["x"][1])
    assert [count["x"][0], exposure["x"][0], total["x"][0]] == [None, None, None]


def test_every_choice_is_a_mark_at_its_probability_and_another_verdict_has_another_shape() -> None:
    figure = robustness({}, OTHER, FLIPPED, {"family": "baseline", "probability": 0.6}, {"indicator": "rate"})
    marks = {t["marker"]["symbol"]: t for t in traces(figure, mode="markers")}
    assert marks["diamond"]["x"] == [0.6, 0.6, 0.6]
    assert (marks["circle"]["x"], marks["square"]["x"]) == ([0.7], [0.9])
    assert marks["circle"]["y"] == marks["square"]["y"] == marks["diamond"]["y"][:1]
    assert len(set(marks["diamond"]["y"])) == 3
    assert {marks[symbol]["marker"]["color"] for symbol in ("circle", "square")} == {"#ffffff"}
    assert figure.figure["layout"]["yaxis"]["ticktext"] == ["model", "baseline", "model"]
    assert "90% on track" in marks["square"]["text"][0]
    assert {"<b>Deaths</b>", "<b>Death rate</b>", "off track", "open", "on track"} <= set(texts(figure))


def test_the_range_of_a_family_spans_its_choices_and_the_bands_have_lines() -> None:
    figure = robustness({}, OTHER, FLIPPED, bands=(0.3, 0.75))
    assert [t["x"] for t in traces(figure, mode="lines")] == [[0.6, 0.9]]
    shapes = figure.figure["layout"]["shapes"]
    assert sorted(shape["x0"] for shape in shapes if shape["type"] == "line") == [0.3, 0.75]
    assert figure.figure["layout"]["xaxis"]["ticktext"] == ["0%", "30%", "75%", "100%"]


def test_a_choice_without_a_probability_is_left_out_and_nothing_is_said_to_be_nothing() -> None:
    figure = robustness({}, OTHER, OTHER | {"probability": NAN})
    assert sum(len(t["x"]) for t in traces(figure, mode="markers")) == 2
    assert robustness({"probability": NAN}).figure["data"] == []


def test_a_plan_with_more_families_needs_more_height() -> None:
    few, many = robustness({}), robustness({}, {"family": "baseline"}, {"indicator": "rate"})
    assert few.figure["layout"]["height"] < many.figure["layout"]["height"]


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
