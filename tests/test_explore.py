"""The panel of the explore notebook: whatever is chosen, sentence and trajectory move together, in both languages."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from asked import given

from zzlib.explore import Panel

CITY, NATION = "zhengzhou-2016-2020", "china-2006-2010"
RATE = "deaths_per_100m_gdp"


def panel(plan: str = CITY, language: str = "zh", through: str | None = None) -> Panel:
    return Panel(given(plan), through=through, as_of="", language=language)


def shown(of: Panel) -> tuple[str, Any]:
    """What a reader sees: the words above the figure, and the figure's traces."""
    (output,) = of._figure.outputs
    return of._words.value, output["data"]["application/vnd.plotly.v1+json"]["data"]


@pytest.mark.parametrize(
    ("plan", "control", "value"),
    [
        (CITY, "area", "410122"),
        (CITY, "indicator", RATE),
        (CITY, "through", "2017"),
        (NATION, "as_of", date(2008, 12, 31)),
        (CITY, "model", "log_linear_trend"),
        (CITY, "growth", 0.0),
        (CITY, "reduction", 0.05),
        (CITY, "accident", 10),
        (CITY, "plan", NATION),
    ],
)
def test_every_control_moves_sentence_and_trajectory(plan: str, control: str, value: Any) -> None:
    asking = panel(plan)
    if control == "growth":
        asking.controls["indicator"].value = RATE
    words, figure = shown(asking)
    asking.controls[control].value = value
    after, drawn = shown(asking)
    assert after != words
    assert drawn != figure


def test_to_assume_nothing_goes_back_to_the_evaluations_own_answer() -> None:
    asking = panel()
    words = shown(asking)
    for control, value in {"reduction": 0.1, "accident": 30, "growth": 0.05}.items():
        asking.controls[control].value = value
    assert shown(asking) != words
    asking._back.click()
    assert shown(asking) == words
    assert asking.answer.assumed.nothing


def test_another_plan_offers_its_own_areas_indicators_and_years() -> None:
    asking = panel()
    asking.controls["indicator"].value = "deaths_per_10k_vehicles"
    asking.controls["area"].value = "410102"
    asking.controls["plan"].value = NATION
    assert asking.answer.area == asking.controls["area"].value == "100000"
    assert asking.answer.evaluation.through == "2008"
    assert next(year for year, _ in asking.controls["through"].options) == "2005"


def test_an_area_without_figures_is_answered_with_the_reason() -> None:
    asking = panel()
    asking.controls["indicator"].value, asking.controls["area"].value = RATE, "410122"
    words, figure = shown(asking)
    assert "无法评估" in words
    assert "需要" in words
    assert not [trace for trace in figure if "预测" in trace.get("name", "")]
    assert "%</span>" not in words


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_panel_speaks_one_language(language: str) -> None:
    asking = panel(language=language)
    asking.controls["accident"].value = 10
    labels = [control.description for control in asking.controls.values()]
    labels += [label for name in ("growth", "accident", "model") for label, _ in asking.controls[name].options]
    text = " ".join([*labels, re.sub("<style>.*?</style>|<[^>]*>", "", asking._words.value, flags=re.DOTALL)])
    assert bool(re.search("[一-鿿]", text)) == (language == "zh")
    assert bool(re.search("[A-Za-z]{3,}", text)) == (language == "en")
    assert all(labels)


def test_where_widgets_cannot_live_the_sentence_stands() -> None:
    bundle = panel()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].startswith("生产安全事故死亡人数：")


def test_a_hostile_name_is_text() -> None:
    own = given(CITY)
    law = own.plan.indicators[0]
    named = law.model_copy(update={"name": type(law.name)(zh="<img src=x>", en="<img src=x>")})
    plan = own.plan.model_copy(update={"indicators": (named, *own.plan.indicators[1:])})
    asking = Panel(replace(own, plan=plan), through=None, as_of="", language="zh")
    assert "<img" not in asking._words.value
    assert "&lt;img" in asking._words.value


def test_the_tables_below_the_panel_follow_it() -> None:
    asking = panel()
    before = asking.models().text, asking.forecast().text
    asking.controls["reduction"].value = 0.1
    after = asking.models().text, asking.forecast().text
    assert all(then != now for then, now in zip(before, after, strict=True))
    assert "不作假设" in after[1]
    assert len(after[0].splitlines()) == 4
