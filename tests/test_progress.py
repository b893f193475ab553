"""Eight published measures say what their publishers say, answer every edge alike, and never depend on unit or sign."""

import csv
import math
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zzlib.language import Message
from zzlib.progress import (
    MEASURES,
    NOT_AVAILABLE,
    VERSIONS,
    Progress,
    Way,
    destatis_weather,
    eurostat,
    healthy_people,
    open_sdg,
    required_pace,
    straight_path,
    un_progress_chart,
    unescap,
)  # fmt: skip

Measure = Callable[[Way], Progress]
PUBLISHED = Path(__file__).parent / "fixtures" / "progress_open_sdg.csv"
every_measure = pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)


def close(value: float) -> object:
    return pytest.approx(value, rel=0, abs=1e-9, nan_ok=True)


def number_or(text: str, absent: float | None) -> float | None:
    return float(text) if text else absent


def plan(baseline: float, value: float, target: float | None, *, year: int = 2018, falls: bool = True) -> Way:
    """A plan of 2015 to 2020, its figures on a straight line from the year 2013 on."""
    slope = (value - baseline) / (year - 2015)
    line = tuple((past, value - slope * (year - past)) for past in range(year - 5, year))
    return Way(2015, baseline, year, value, 2020, target, falls, series=(*line, (year, value)))


def weather(*values: float, target: float, falls: bool = True) -> Way:
    series = tuple(enumerate(values, start=2019 - len(values)))
    return Way(2010, values[0], 2018, values[-1], 2020, target, falls, series=series)


# ---- what the publishers print


@pytest.mark.parametrize(
    "row", list(csv.DictReader(PUBLISHED.open(encoding="utf-8"))), ids=lambda row: row["indicator"]
)
def test_open_sdg_gives_the_published_value_class_and_score(row: dict[str, str]) -> None:
    way = Way(
        int(row["base_year"]), float(row["base_value"]), int(row["current_year"]), float(row["current_value"]),
        int(row["target_year"]), number_or(row["target"], None), falls=row["direction"] == "-1",
        limit=number_or(row["limit"], None),
    )  # fmt: skip
    answer = open_sdg(way)
    assert answer.grade == row["status"]
    assert answer.value == close(number_or(row["progress_value"], math.nan))
    assert answer.score == close(number_or(row["score"], math.nan))
    assert row["progress_value"] or answer.reason


def test_a_rising_count_without_a_target_deteriorates_as_statistics_canada_says() -> None:
    answer = open_sdg(Way(2015, 851, 2022, 993, 2030, None, falls=True))
    assert answer == Progress(close(-0.022290302801151407), "deterioration", "", -5.0)


@pytest.mark.parametrize(
    ("way", "value", "grade", "score"),
    [
        (Way(2016, 0.1490340749, 2022, 0.17, 2030, 0.1, True), -0.7893659694952404, "movement_away", -5.0),
        (Way(2015, 99.6, 2023, 99.8, 2030, 99.9, False), 1.2506577815013848, "significant_progress", 4.647555582153),
        (Way(2016, 3.1, 2024, 2.6, 2030, 0.1, True), 0.09997499565957124, "insufficient_progress", -2.0834375180851197),
        (Way(2017, 45.7, 2025, 84.1, 2030, None, False), 0.07921997371996325, "significant_progress", 5.0),
        (Way(2015, 69.9, 2023, 70.3, 2030, None, False), 0.0007135231337143111, "neutral", 0.17838078342857777),
    ],
)
def test_eurostats_ratio_and_score_are_the_published_ones(way: Way, value: float, grade: str, score: float) -> None:
    assert eurostat(way) == Progress(close(value), grade, "", close(score))


def test_european_road_deaths_need_a_fall_of_a_fifth_in_each_of_the_last_two_years() -> None:
    way = Way(2010, 1, 2018, 1 - 0.207, 2020, 0.5, falls=True)
    assert way.required_yearly == close(-0.0669670085)
    assert way.achieved_yearly == close(-0.0285752854)
    assert required_pace(way) == Progress(close(-0.205948979), "too_slow")


def test_the_average_yearly_reduction_runs_from_end_to_end() -> None:
    assert Way(2000, 100, 2010, 80, 2030, 50, falls=True).achieved_yearly == close(-0.0220672315)
    assert Way(2000, 100, 2015, 100 * 0.976**15, 2030, 50, falls=True).achieved_yearly == close(-0.024)


# ---- every class, at its bounds

CLASSES: dict[str, list[tuple[str, Way]]] = {
    "straight_path": [
        ("target_met", plan(100, 90, 90)),
        ("ahead", plan(100, 92, 90)),  # .8 covered, one year more than .6
        ("on_pace", plan(100, 92.1, 90)),
        ("on_pace", plan(100, 94, 90)),
        ("behind", plan(100, 94.1, 90)),
    ],
    "required_pace": [
        ("target_met", plan(100, 60, 60)),
        ("fast_enough", plan(100, 100 * 0.9**3, 100 * 0.9**5)),
        ("too_slow", plan(100, 100 * 0.9001**3, 100 * 0.9**5)),
    ],
    "open_sdg": [
        ("target_achieved", plan(100, 60, 60)),
        ("substantial_progress", plan(100, 100 * 0.8 ** (3 * 0.951), 100 * 0.8**5)),
        ("moderate_progress", plan(100, 100 * (1 - 0.2 * 0.949) ** 3, 100 * 0.8**5)),
        ("moderate_progress", plan(100, 100 * (1 - 0.2 * 0.601) ** 3, 100 * 0.8**5)),
        ("limited_progress", plan(100, 100 * (1 - 0.2 * 0.599) ** 3, 100 * 0.8**5)),
        ("limited_progress", plan(100, 100, 80)),
        ("deterioration", plan(100, 100.1, 80)),
        ("substantial_progress", plan(100, 100 * 0.9849**3, None)),
        ("moderate_progress", plan(100, 100 * 0.9851**3, None)),
        ("moderate_progress", plan(100, 100 * 0.9949**3, None)),
        ("limited_progress", plan(100, 100 * 0.9951**3, None)),
        ("limited_progress", plan(100, 100, None)),
        ("deterioration", plan(100, 100.1, None)),
    ],
    "eurostat": [
        ("significant_progress", plan(100, 60, 60)),
        ("significant_progress", plan(100, 100 * (1 - 0.2 * 0.951) ** 3, 100 * 0.8**5)),
        ("moderate_progress", plan(100, 100 * (1 - 0.2 * 0.949) ** 3, 100 * 0.8**5)),
        ("moderate_progress", plan(100, 100 * (1 - 0.2 * 0.601) ** 3, 100 * 0.8**5)),
        ("insufficient_progress", plan(100, 100 * (1 - 0.2 * 0.599) ** 3, 100 * 0.8**5)),
        ("insufficient_progress", plan(100, 100, 80)),
        ("movement_away", plan(100, 100.1, 80)),
        ("significant_progress", plan(100, 100 * 0.9899**3, None)),
        ("moderate_progress", plan(100, 100 * 0.9901**3, None)),
        ("moderate_progress", plan(100, 100 * 0.9989**3, None)),
        ("neutral", plan(100, 100 * 0.9991**3, None)),
        ("neutral", plan(100, 100 * 1.0009**3, None)),
        ("moderate_movement_away", plan(100, 100 * 1.0011**3, None)),
        ("moderate_movement_away", plan(100, 100 * 1.0099**3, None)),
        ("significant_movement_away", plan(100, 100 * 1.0101**3, None)),
    ],
    "un_progress_chart": [
        ("on_track_or_target_met", plan(100, 60, 60)),
        ("on_track_or_target_met", plan(100, 100 * 0.619 ** (3 / 5), 60)),  # to 61.9: .9525 of the way
        ("fair_progress", plan(100, 100 * 0.621 ** (3 / 5), 60)),
        ("fair_progress", plan(100, 100 * 0.959 ** (3 / 5), 60)),
        ("stagnation_or_regression", plan(100, 100 * 0.961 ** (3 / 5), 60)),
        ("on_track_or_target_met", plan(100, 100 * 0.9799**3, None)),
        ("fair_progress", plan(100, 100 * 0.9801**3, None)),
        ("fair_progress", plan(100, 100 * 0.9949**3, None)),
        ("stagnation_or_regression", plan(100, 100 * 0.9951**3, None)),
    ],
    "unescap": [
        ("on_track", plan(100, 60, 60)),
        ("on_track", plan(100, 100 - 3 * 7.21, 60)),  # the line ends at 63.95
        ("acceleration_needed", plan(100, 100 - 3 * 7.2, 60)),  # at 64: exactly 9
        ("acceleration_needed", plan(100, 99.9, 60)),
        ("regression", plan(100, 100, 60)),
        ("regression", plan(100, 101, 60)),
        ("on_track", replace(plan(100, 99, 60), projected=63)),
        ("regression", replace(plan(100, 80, 60), projected=101)),
    ],
    "destatis_weather": [
        ("sun", weather(100, 90, 80, 70, 60, 50, target=30)),
        ("sun", weather(100, 90, 80, 70, 60, 50, target=28.96)),  # 1.04 of 21.04 missed: 4.9 %
        ("sun_and_cloud", weather(100, 90, 80, 70, 60, 50, target=50 - 20 / 0.95)),  # exactly 5 %
        ("sun_and_cloud", weather(100, 90, 80, 70, 60, 50, target=25)),  # exactly 20 %
        ("cloud", weather(100, 90, 80, 70, 60, 50, target=24.9)),
        ("thunderstorm", weather(50, 40, 30, 40, 60, 50, target=30)),  # flat
        ("thunderstorm", weather(50, 40, 30, 40, 60, 51, target=30)),
        ("sun", weather(100, 90, 80, 70, 60, 50, target=55)),
        ("sun", weather(50, 40, 30, 40, 60, 50, target=55)),  # met, not worsening
        ("sun_and_cloud", weather(49, 40, 30, 40, 60, 50, target=55)),  # met and worsening
        ("sun", weather(80, 70, 60, 50, target=30)),  # four figures are the fewest
    ],
    "healthy_people": [
        ("target_met_or_exceeded", plan(100, 90, 90)),
        ("improved", plan(100, 99, 90)),  # exactly 10 % of the targeted change
        ("little_or_no_change", plan(100, 99.1, 90)),
        ("little_or_no_change", plan(100, 100, 90)),
        ("little_or_no_change", plan(100, 109.9, 90)),  # more than the targeted change, less than 10 % of the baseline
        ("worse", plan(100, 110, 90)),
        ("improved", replace(plan(100, 93.2, 80), baseline_error=3, value_error=2.8)),  # z = 1.657
        ("little_or_no_change", replace(plan(100, 93.3, 80), baseline_error=3, value_error=2.8)),  # z = 1.633
        ("worse", replace(plan(100, 106.8, 80), baseline_error=3, value_error=2.8)),
        ("little_or_no_change", replace(plan(100, 106.7, 80), baseline_error=3, value_error=2.8)),
        ("little_or_no_change", replace(plan(100, 100, 80), baseline_error=0, value_error=0)),
        ("improved", replace(plan(100, 93.3, 80), baseline_error=3)),  # one error is none
    ],
}


@pytest.mark.parametrize(
    ("measure", "grade", "way"),
    [
        pytest.param(MEASURES[name], grade, way, id=f"{name}-{number}-{grade}")
        for name, cases in CLASSES.items()
        for number, (grade, way) in enumerate(cases)
    ],
)
def test_a_class_begins_and_ends_at_its_bounds(measure: Measure, grade: str, way: Way) -> None:
    assert measure(way).grade == grade


def test_a_natural_limit_ahead_lowers_the_growth_that_is_asked_for() -> None:
    def class_of(baseline: float, growth: float, limit: float | None, *, falls: bool = False) -> str:
        way = Way(2015, baseline, 2016, baseline * (1 + growth), 2030, None, falls, limit=limit)
        return open_sdg(way).grade

    assert class_of(90, 0.006, None) == "moderate_progress"
    assert class_of(90, 0.006, 100) == "substantial_progress"  # C = 1 − .9^4.44 = .374, so from .56 %
    assert class_of(90, 0.0055, 100) == "moderate_progress"
    assert class_of(90, -0.006, 100, falls=True) == "moderate_progress"  # the limit is not ahead
    assert class_of(110, -0.006, 100, falls=True) == "substantial_progress"  # as near to it from above
    assert class_of(200, -0.0149, 100, falls=True) == "moderate_progress"  # as far as twice the limit
    at_limit = Way(2015, 100, 2018, 100, 2030, None, falls=False, limit=100)
    assert (open_sdg(at_limit).grade, open_sdg(at_limit).score) == ("substantial_progress", 5.0)
    assert open_sdg(replace(at_limit, value=99.9)).grade == "deterioration"


def test_the_anticipated_index_stands_beside_the_current_one() -> None:
    answer = unescap(replace(plan(100, 80, 60), projected=70))
    assert (answer.value, answer.score) == (7.5, 5.0)


def test_the_projected_share_of_the_progress_chart_is_worked_by_hand() -> None:
    # 100 → 80 in five years; ten more at that pace: 80 · .8² = 51.2, so 48.8 of 50
    assert un_progress_chart(Way(2015, 100, 2020, 80, 2030, 50, falls=True)).value == close(0.976)


def test_the_weather_is_worked_by_hand() -> None:
    # −10 a year, two years left: 30 expected, 25 wanted, 5 of the remaining 25 missed
    assert destatis_weather(weather(100, 90, 80, 70, 60, 50, target=25)).value == close(0.2)


@pytest.mark.parametrize(
    "series",
    [
        (),
        ((2016, 98.0), (2017, 95.0), (2018, 93.0)),
        ((2014, 99.0), (2015, 100.0), (2016, 98.0), (2017, 95.0)),  # ends before the latest value
        ((2014, 99.0), (2016, 98.0), (2015, 100.0), (2018, 93.0)),  # out of order
        ((2014, 99.0), (2015, 100.0), (2016, 98.0), (2018, 94.0)),  # another latest value
    ],
)
def test_no_weather_without_the_series_of_the_latest_value(series: tuple[tuple[int, float], ...]) -> None:
    answer = destatis_weather(replace(plan(100, 93, 90), series=series))
    assert answer.grade == NOT_AVAILABLE
    assert "six figures" in answer.reason


# ---- the edges that METHODS lists: each has an answer of each measure, in the order of MEASURES

SUN, CLOUDY, CLOUD, STORM = "sun", "sun_and_cloud", "cloud", "thunderstorm"
GOOD, FAIR, BAD = "on_track_or_target_met", "fair_progress", "stagnation_or_regression"
MET = (
    "target_met", "target_met", "target_achieved", "significant_progress", GOOD, "on_track", SUN,
    "target_met_or_exceeded",
)  # fmt: skip
MET_BUT_WORSE = (*MET[:6], CLOUDY, MET[7])
LOST = ("behind", "too_slow", "deterioration", "movement_away", BAD, "regression", STORM, "worse")
UNGRADED = (NOT_AVAILABLE,) * 8
NO_PACE = "no meaning from, to or across zero"
NO_WAY = "there is no way to cover"
EDGES: dict[str, tuple[Way, tuple[str, ...], str]] = {
    "zero base": (
        plan(0, 3, 10, falls=False),
        ("behind", *UNGRADED[:4], "acceleration_needed", CLOUD, "improved"),
        "",
    ),
    "zero base, met": (plan(0, 12, 10, falls=False), MET, ""),
    "zero base that meets the target, lost": (
        plan(0, 3, 2),
        (*LOST[:7], NOT_AVAILABLE),
        "no longer is",
    ),
    "zero target": (
        plan(100, 70, 0),
        ("behind", *UNGRADED[:3], FAIR, "acceleration_needed", CLOUD, "improved"),
        "",
    ),
    "zero target, met": (plan(100, 0, 0), MET, ""),
    "zero latest count": (plan(10, 0, 7), MET, ""),
    "zero latest, more wanted": (
        plan(10, 0, 20, falls=False),
        ("behind", NOT_AVAILABLE, "deterioration", "movement_away", BAD, "regression", STORM, "worse"),
        "",
    ),
    "base meets the target, and improves": (plan(80, 70, 90), MET, NO_WAY),
    "base meets the target, and worsens within it": (plan(80, 82, 90), MET_BUT_WORSE, "getting worse"),
    "base meets the target, and will not at this pace": (
        plan(80, 87, 90),
        (*MET[:4], FAIR, "regression", CLOUDY, MET[7]),
        "getting worse",
    ),
    "base met the target, lost": (plan(80, 95, 90), LOST, "no longer is"),
    "met, then worsening beyond it": (
        replace(plan(100, 95, 90), series=((2015, 100.0), (2016, 96.0), (2017, 88.0), (2018, 95.0))),
        (*LOST[:2], "moderate_progress", "moderate_progress", FAIR, "acceleration_needed", CLOUD, "improved"),
        "the target was met in 2017 and no longer is",
    ),
    "base is the target, unchanged": (plan(90, 90, 90), MET, NO_WAY),
    "base is the target, better": (plan(90, 85, 90), MET, NO_WAY),
    "base is the target, worse": (plan(90, 100, 90), LOST, NO_WAY),
    "base and target are zero, unchanged": (plan(0, 0, 0), MET, NO_WAY),
    "target year, missed": (
        plan(100, 80, 70, year=2020),
        ("behind", *UNGRADED[:5], CLOUD, "improved"),
        "",
    ),
    "past the target year, missed": (
        plan(100, 80, 70, year=2022),
        ("behind", *UNGRADED[:5], CLOUD, "improved"),
        "",
    ),
    "past the target year, met": (plan(100, 60, 70, year=2022), MET, ""),
    "fewer than two points": (replace(plan(100, 93, 90), year=2015), UNGRADED, "fewer than two points"),
    "provisional value": (
        replace(plan(100, 93, 90), preliminary=True),
        ("on_pace", "fast_enough", "substantial_progress", *MET[3:7], "improved"),
        "rests on a preliminary value",
    ),
    "change of definition": (
        replace(plan(100, 93, 90), definition_changed=True),
        UNGRADED,
        "the definition changed between the baseline and the latest value",
    ),
    "change of definition, met": (replace(plan(100, 80, 90), definition_changed=True), UNGRADED, "definition"),
    "across zero": (
        plan(10, -3, -5),
        ("ahead", *UNGRADED[:4], "on_track", SUN, "improved"),
        "",
    ),
    "no target": (
        plan(100, 93, None),
        (*UNGRADED[:2], "substantial_progress", "significant_progress", GOOD, *UNGRADED[:3]),
        "",
    ),
    "target year before the baseline": (replace(plan(100, 80, 90), target_year=2015), UNGRADED, "no target for a year"),
}  # fmt: skip
AT_EDGES = [
    pytest.param(measure, way, grade, reason, id=f"{name}-{edge}")
    for edge, (way, grades, reason) in EDGES.items()
    for (name, measure), grade in zip(MEASURES.items(), grades, strict=True)
]


@pytest.mark.parametrize(("measure", "way", "grade", "reason"), AT_EDGES)
def test_an_edge_has_its_answer(measure: Measure, way: Way, grade: str, reason: str) -> None:
    answer = measure(way)
    assert answer.grade == grade
    assert reason in answer.reason


@pytest.mark.parametrize(("measure", "way", "grade", "reason"), AT_EDGES)
def test_what_has_no_class_or_no_value_says_why(measure: Measure, way: Way, grade: str, reason: str) -> None:
    answer = measure(way)
    if answer.grade == NOT_AVAILABLE or math.isnan(answer.value):
        assert isinstance(answer.reason, Message)


@pytest.mark.parametrize("measure", [open_sdg, eurostat, un_progress_chart, required_pace])
def test_a_zero_is_refused_for_its_growth_not_replaced(measure: Measure) -> None:
    assert NO_PACE in measure(plan(0, 3, 10, falls=False)).reason


@pytest.mark.parametrize("measure", [open_sdg, eurostat, un_progress_chart, unescap])
def test_a_target_missed_in_its_year_has_no_pace_left(measure: Measure) -> None:
    for year in (2020, 2023):
        # .97 of the way: above every band for "on track"
        assert "the target missed" in measure(plan(100, 71, 70, year=year)).reason


@pytest.mark.parametrize("measure", [straight_path, eurostat, un_progress_chart, healthy_people])
def test_no_share_is_given_where_it_would_reward_moving_away(measure: Measure) -> None:
    for value in (70, 82, 95):
        assert math.isnan(measure(plan(80, value, 90)).value)


def test_a_computed_rate_meets_its_target_up_to_rounding_however_small_it_is() -> None:
    assert Way(2015, 1, 2018, 0.1 + 0.2, 2020, 0.3, falls=True).met
    assert not Way(2015, 1, 2018, 3.001e-6, 2020, 3e-6, falls=True).met


# ---- what every measure does


@every_measure
@pytest.mark.parametrize("name", ["baseline", "value", "target", "limit", "baseline_error", "value_error", "projected"])
@pytest.mark.parametrize("value", [80.0, 99.0])
def test_a_missing_figure_is_never_graded(measure: Measure, name: str, value: float) -> None:
    answer = measure(replace(plan(100, value, 90), **{name: math.nan}))
    if name == "baseline" and measure is straight_path:  # its first class needs none
        assert (answer.grade, answer.reason) == ("target_met" if value < 90 else "", "there is no baseline")
    else:
        assert answer.grade == NOT_AVAILABLE
        assert answer.reason
    assert math.isnan(answer.value) or (name == "baseline" and measure is required_pace)


@every_measure
@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_a_figure_in_the_series_or_beside_it_must_be_finite(measure: Measure, figure: float) -> None:
    way = plan(100, 93, 90)
    broken = ((2013, figure), *way.series[1:])
    ways = replace(way, series=broken), replace(way, value=figure), replace(way, target=figure)
    assert {measure(way).grade for way in ways} == {NOT_AVAILABLE}


@every_measure
def test_an_infinite_baseline_is_none(measure: Measure) -> None:
    assert measure(replace(plan(100, 93, 90), baseline=math.inf)).grade == NOT_AVAILABLE


def test_the_pace_needed_from_now_needs_no_baseline() -> None:
    assert required_pace(Way(2015, math.nan, 2018, 100, 2020, 81, falls=True)).value == close(-0.1)


def scaled(way: Way, factor: float) -> Way:
    """The same way in another unit; with a negative one, seen in the mirror."""
    names = ("baseline", "value", "target", "limit", "baseline_error", "value_error", "projected")
    figures = {name: getattr(way, name) for name in names}
    changed = {name: figure * factor for name, figure in figures.items() if figure is not None}
    errors = {name: abs(figure) for name, figure in changed.items() if name.endswith("_error")}
    series = tuple((year, value * factor) for year, value in way.series)
    return replace(way, **changed | errors, series=series, falls=way.falls == (factor > 0))


def same(one: Progress, other: Progress) -> bool:
    values = (one.value, one.score) == (
        pytest.approx(other.value, rel=1e-6, abs=1e-9, nan_ok=True),
        pytest.approx(other.score, rel=1e-6, abs=1e-9, nan_ok=True),
    )
    return one.grade == other.grade and one.reason == other.reason and values


@every_measure
@pytest.mark.parametrize("way", [way for way, _, _ in EDGES.values()], ids=EDGES)
@pytest.mark.parametrize("factor", [100, 0.01])
def test_the_answer_does_not_depend_on_the_unit(measure: Measure, way: Way, factor: float) -> None:
    assert same(measure(way), measure(scaled(way, factor)))


@every_measure
@pytest.mark.parametrize("way", [way for way, _, _ in EDGES.values()], ids=EDGES)
def test_the_mirror_shows_the_same_class(measure: Measure, way: Way) -> None:
    assert same(measure(way), measure(scaled(way, -1)))


figures = st.integers(-60, 60)


@every_measure
@given(
    baseline=figures, value=figures, target=st.none() | figures, falls=st.booleans(), year=st.integers(2014, 2022),
    past=st.lists(figures, max_size=7), limit=st.none() | figures, projected=st.none() | figures,
    errors=st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)), factor=st.sampled_from([100, 0.01, -1, -0.1]),
)  # fmt: skip
def test_any_whole_numbers_get_an_answer_that_depends_on_neither_unit_nor_sign(
    measure: Measure, baseline: int, value: int, target: int | None, falls: bool, year: int, past: list[int],
    limit: int | None, projected: int | None, errors: tuple[int, int] | None, factor: float,
) -> None:  # fmt: skip
    series = tuple(enumerate([*past, value], start=year - len(past)))
    way = Way(
        2015, baseline, year, value, 2020, target, falls, limit=limit, projected=projected, series=series,
        baseline_error=errors and errors[0], value_error=errors and errors[1],
    )  # fmt: skip
    answer = measure(way)
    assert answer.grade
    assert answer.grade != NOT_AVAILABLE or answer.reason
    assert same(answer, measure(scaled(way, factor)))


@every_measure
def test_a_measure_names_its_rule_and_its_year(measure: Measure) -> None:
    assert re.search(r"\b20\d\d$", VERSIONS[measure.__name__])
    assert MEASURES[measure.__name__] is measure


def test_there_are_eight_measures_and_each_is_tested_class_by_class() -> None:
    assert list(MEASURES) == list(VERSIONS) == list(CLASSES)
    assert len(MEASURES) == 8


def test_a_way_and_an_answer_cannot_be_changed() -> None:
    for frozen in (plan(100, 93, 90), straight_path(plan(100, 93, 90)), healthy_people(plan(100, 93, 90))):
        with pytest.raises(AttributeError):
            setattr(frozen, fields(frozen)[0].name, 0)
