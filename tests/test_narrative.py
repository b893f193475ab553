"""Sentences say what the numbers say, in both directions and both languages."""

from pathlib import Path

import pytest

from zzlib import evaluate, localities, narrative, show, tables
from zzlib.evaluation import Evaluation
from zzlib.language import say

PLAN = """
plan: trial
title: {{zh: 试验规划, en: Trial plan}}
area: "410100"
baseline_year: 2015
target_year: 2020
midterm_year: 2018
published: 2015
source: test
data: [none]
bands: {{off_track: 0.2, on_track: 0.8}}
choices: {{measure: straight_path, model: shared_level, baseline: one_year, prices: current}}
indicators:
  - indicator: deaths
    name: {{zh: 某数, en: A number}}
    unit: {{zh: 人, en: persons}}
    bureau: {{zh: 某局, en: a bureau}}
    numerator: {{measure: deaths, scope: police, unit: persons}}
targets:
  - {{indicator: deaths, {target}}}
"""


@pytest.fixture
def told(tmp_path: Path):
    """`told("form: change, change: -0.1", 100, 90)` evaluates yearly figures from 2015 on."""

    def told(target: str, *figures: float, through: int = 2018, language: str = "en") -> Evaluation:
        (tmp_path / "trial.yaml").write_text(PLAN.format(target=target), encoding="utf-8")
        rows = [f"410100,{2015 + i},deaths,{n},persons,police,published,test" for i, n in enumerate(figures)]
        header = "area,period,measure,value,unit,scope,status,source"
        (tmp_path / "data.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        data = [tmp_path / "data.csv"]
        return evaluate(tmp_path / "trial.yaml", data=data, language=language, through=through)

    return told


FALLS, RISES = "form: change, change: -0.3", "form: change, change: 0.2"
CEILING, FLOOR = "form: ceiling, level: 20000", "form: floor, level: 9000"


@pytest.mark.parametrize(
    ("target", "figures", "worsening"),
    [
        (FALLS, (10_000, 4_000, 4_500, 5_200), True),
        (FALLS, (10_000, 6_500, 5_500, 4_500), False),
        (CEILING, (3_000, 4_000, 5_000, 6_000), True),
        (CEILING, (9_000, 8_000, 7_000, 6_000), False),
        (FLOOR, (40_000, 35_000, 30_000, 26_000), True),
        (FLOOR, (12_000, 14_000, 16_000, 18_000), False),
    ],
)
def test_good_news_that_is_getting_worse_is_never_plain(told, target: str, figures: tuple, worsening: bool) -> None:
    found = told(target, *figures)
    row = found.assessment("deaths")
    assert row["verdict"] == "on_track"
    assert narrative.is_worsening(found, row) == worsening
    assert ("but worsening" in narrative.target(found, "deaths")) == worsening
    assert ('class="verdict on_track warn"' in tables.targets(found).html) == worsening


def test_a_target_met_in_its_year_but_rising_is_no_plain_success(told) -> None:
    found = told(FALLS, 10_000, 5_000, 5_500, 6_000, 6_400, 6_900, through=2020)
    assert found.assessment("deaths")["verdict"] == "met"
    assert "met, but worsening" in narrative.target(found, "deaths")


@pytest.mark.parametrize(
    ("target", "figures", "said"),
    [
        (
            FALLS,
            (100, 98, 97, 95),
            "a fall of at least 14% a year from 2018 on; at most 70 deaths in 2020 (95 in 2018)",
        ),
        (FALLS, (100, 80, 70, 63), "10% below the target now, to be held; at most 70 deaths in 2020 (63 in 2018)"),
        (RISES, (1000, 1050, 1100, 1130), "a rise of at least 3.1% a year from 2018 on"),
        (RISES, (1000, 1100, 1250, 1320), "10% above the target now, to be held"),
        ("form: ceiling, level: 0", (4, 4, 4, 4), "at most 0 persons; at most 0 deaths in 2020 (4 in 2018)"),
    ],
)
def test_what_it_would_take_points_the_right_way(told, target: str, figures: tuple, said: str) -> None:
    assert narrative.requirement(told(target, *figures), "deaths") == said


def test_the_headline_counts_every_target_and_speaks_chinese(told) -> None:
    found = told(FALLS, 20, 16, 12, 13, language="zh")
    assert found.assessment("deaths")["pace"] == "target_met"
    assert say(narrative.headline(found), "zh").startswith("试验规划（截至 2018 年）：1 项目标中，1 项尚难判断。")
    assert "能否保持到 2020 年仍不确定" in say(narrative.headline(found), "zh")


def test_zero_is_said_to_be_no_proof(told) -> None:
    assert "no proof of no risk" in narrative.zero(told(FALLS, 12, 9, 8, 0), "deaths")
    assert narrative.zero(told(FALLS, 12, 9, 8, 1), "deaths") is None


def test_warnings_of_one_kind_are_one_sentence_with_what_each_target_has() -> None:
    found = evaluate("zhengzhou-2016-2020")
    (by_chance,) = [text for text in narrative.warnings(found) if "even with an unchanged risk" in text]
    shares = by_chance.split("probability of ")[1].split(":")[0].split(", ")
    assert len(shares) == 4
    assert all("the pace rule says" not in text for text in narrative.warnings(found, leaving_out=("the pace rule",)))


def test_words_never_name_a_cause() -> None:
    found = evaluate("zhengzhou-2016-2020")
    sentences = [
        narrative.headline(found),
        *(of(found) for of in (localities.differing, localities.in_the_funnel, localities.ranked, localities.by_year)),
        narrative.coverage(found),
        *narrative.sums(found),
    ]
    for code in found.assessments["indicator"]:
        sentences += [narrative.target(found, code), narrative.safety(found, code), narrative.split(found, code)]
    said = " ".join(map(str, sentences)).lower()
    assert not [word for word in ("because", "thanks to", "due to", "caused", "led to") if word in said]


def test_a_figure_of_the_period_that_is_not_there_yet_is_said_below_the_headline(told) -> None:
    short = told("form: change, change: -0.1", 100, 98, 96)
    headline, late = show.headline(short).parts
    assert headline.text == narrative.headline(short)
    assert late.text == "A number: there is no figure of 2018; the last is of 2017."
    assert len(show.headline(told("form: change, change: -0.1", 100, 98, 96, 95)).parts) == 1
