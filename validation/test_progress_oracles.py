"""Published results that may not be copied here, checked where they are: ZZLIB_SHARED names that folder."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from zzlib.progress import Way, eurostat, open_sdg, required_pace


def test_every_published_result_of_open_sdg_is_reproduced(oracles: Path) -> None:
    rows = pd.read_csv(oracles / "open_sdg_progress.csv")
    assert len(rows) == 122
    differ = {}
    for row in rows.itertuples():
        way = Way(
            int(row.base_year), row.base_value, int(row.current_year), row.current_value, int(row.target_year),
            None if math.isnan(row.target) else row.target, falls=row.direction == -1,
            limit=None if math.isnan(row.limit) else row.limit,
        )  # fmt: skip
        answer = open_sdg(way)
        same = answer.grade == row.status
        same &= answer.value == pytest.approx(row.progress_value, rel=0, abs=1e-9, nan_ok=True)
        same &= answer.score == pytest.approx(row.score, rel=0, abs=1e-9, nan_ok=True)
        if math.isnan(row.progress_value):
            same &= bool(answer.reason)
        if not same:
            differ[row.series] = answer, (row.progress_value, row.status, row.score)
    assert differ == {}


def test_the_results_that_statistics_canada_names_singly_are_reproduced(methods: dict[str, Any]) -> None:
    single = methods["statcan_single"]
    deaths, claims = single["3-6-1 road deaths/100k"], single["8-8-1 fatality claims (count, no target)"]
    answer = open_sdg(Way(*deaths["base"], *deaths["cur"], *deaths["target"], falls=True))
    assert answer.grade == deaths["status"]
    assert (answer.value, answer.score) == pytest.approx((deaths["R"], deaths["score"]), rel=0, abs=1e-9)
    answer = open_sdg(Way(*claims["base"], *claims["cur"], 2030, None, falls=True))
    assert answer.grade == claims["status"]
    assert (answer.value, answer.score) == pytest.approx((claims["CAGR_signed"], claims["score"]), rel=0, abs=1e-9)


def test_every_published_result_in_eurostats_style_is_reproduced(methods: dict[str, Any]) -> None:
    for figures, expected in methods["eurostat_style"]["cases"]:
        base, base_year, current, year, target, target_year, direction = figures
        answer = eurostat(Way(base_year, base, year, current, target_year, target, falls=direction == -1))
        assert [answer.value, answer.score] == pytest.approx(expected, rel=0, abs=1e-9)


def test_the_paces_of_the_road_safety_index_are_reproduced(methods: dict[str, Any]) -> None:
    way = Way(2010, 1, 2018, 1 - 0.207, 2020, 1 - 0.5, falls=True)
    paces = (way.required_yearly, way.achieved_yearly, required_pace(way).value)
    exact = [case["exact"] for case in methods["etsc_pin"]["cases"]]
    assert [-pace for pace in paces] == pytest.approx(exact, rel=0, abs=1e-9)


def test_the_average_yearly_reductions_of_unicef_are_reproduced(methods: dict[str, Any]) -> None:
    steady, endpoint, _ = methods["aarr"]["cases"]
    way = Way(2000, 100, 2015, 100 * 0.976**15, 2030, 50, falls=True)
    assert -way.achieved_yearly == pytest.approx(steady["aarr"], rel=0, abs=1e-9)
    way = Way(2000, endpoint["values"][0], 2010, endpoint["values"][-1], 2030, 50, falls=True)
    assert -way.achieved_yearly == pytest.approx(endpoint["aarr"], rel=0, abs=1e-9)
