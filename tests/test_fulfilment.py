"""Promise against outcome, and the mid-term forecast against what came: of real plans on published figures."""

import math
import re

import asked
import pandas as pd
import pytest

from zzlib import final, fulfilment
from zzlib.evaluation import Evaluation
from zzlib.language import say


@pytest.fixture(scope="module")
def eleventh() -> Evaluation:
    return asked.evaluation("china-2006-2010", 2010, "en")


@pytest.fixture(scope="module")
def twelfth() -> Evaluation:
    return asked.evaluation("china-2011-2015", 2015, "en")


@pytest.fixture(scope="module")
def form() -> Evaluation:
    return asked.evaluation("zhengzhou-2016-2020", 2020, "en")


def test_the_forecast_of_2008_for_2010_is_compared_with_what_2010_was(eleventh: Evaluation) -> None:
    rows = eleventh.outcomes.set_index("indicator")
    assert rows["outcome"].round(3).to_dict() == {
        "deaths_per_100m_gdp": 0.201, "deaths_per_100k_workers": 2.13, "deaths_per_10k_vehicles": 3.2,
        "deaths_per_million_tonnes": 0.749,
    }  # fmt: skip
    assert set(rows["result"]) == {"met"}
    before = asked.evaluation("china-2006-2010", 2008).assessments.set_index("indicator")
    assert rows["foretold_probability"].to_dict() == before["probability"].to_dict()
    assert rows["brier"].to_dict() == pytest.approx(((1 - before["probability"]) ** 2).to_dict())
    # Two of four outcomes fell out of the 95 % band: the fall went on faster than anything before it.
    assert rows["place"].to_dict() == {
        "deaths_per_100m_gdp": "outside_95", "deaths_per_100k_workers": "within_80",
        "deaths_per_10k_vehicles": "within_95", "deaths_per_million_tonnes": "outside_95",
    }  # fmt: skip
    said = final.forecast(eleventh).parts[0].finding
    assert "of 2008 against the outcome of 2010" in said
    assert "1 of 4 outcomes lay in the 80% band, 2 in the 95% band" in said


def test_of_2011_to_2015_deaths_and_coal_are_known_and_three_are_not(twelfth: Evaluation) -> None:
    rows = twelfth.outcomes.set_index("indicator")
    assert rows["result"].to_dict() == {
        "deaths": "met", "deaths_per_100m_gdp": "unknown", "deaths_per_100k_workers": "unknown",
        "deaths_per_10k_vehicles": "unknown", "deaths_per_million_tonnes": "met",
    }  # fmt: skip
    assert rows.at["deaths", "change"] == pytest.approx(-0.168, abs=5e-4)
    coal = rows.loc["deaths_per_million_tonnes"]
    assert (coal["outcome"], coal["other_definition"]) == (0.162, True)
    assert math.isnan(rows.at["deaths_per_100m_gdp", "brier"])
    assert "no value for 2015; the last one is 0.173 of 2011" in final.outcomes(twelfth).parts[1].text
    assert "cannot be judged" in final.headline(twelfth).text
    # The mid-term of 2013 had no figure later than 2011, and of the workers' rate none at all: said so.
    assert set(rows["foretold_value_period"]) == {"2011", ""}


def test_targets_are_those_of_the_mid_term(eleventh: Evaluation) -> None:
    before = asked.evaluation("china-2006-2010", 2008).assessments.set_index("indicator")
    assert eleventh.outcomes.set_index("indicator")["target"].to_dict() == before["target"].to_dict()


def test_a_partial_figure_of_the_target_year_decides_nothing(eleventh: Evaluation) -> None:
    before = asked.evaluation("china-2006-2010", 2008)
    figures = eleventh.indicators.copy()
    figures.loc[(figures["indicator"] == "deaths_per_100k_workers") & (figures["period"] == "2010"), "status"] = (
        "partial"
    )

    def row(figures: pd.DataFrame) -> pd.Series:
        compared = fulfilment.compare(
            eleventh.plan, eleventh.assessments, figures, before.assessments, before.forecasts
        )  # fmt: skip
        return compared.set_index("indicator").loc["deaths_per_100k_workers"]

    found = row(figures)
    assert (found["result"], found["place"], found["status"]) == ("unknown", "", "")
    assert math.isnan(found["outcome"])
    assert math.isnan(found["brier"])
    assert found["reason"] == "the only figure of 2010 covers a part only (2.13): it decides nothing"
    # Beside a whole figure it is passed over, whichever stands first.
    assert row(pd.concat([figures, eleventh.indicators]))["result"] == "met"


def test_a_plan_whose_target_year_is_not_over_has_no_outcome() -> None:
    evaluation = asked.evaluation("zhengzhou-2016-2020", 2018)
    assert evaluation.outcomes.empty
    assert "2020" in str(evaluation.lacks("outcomes"))


def test_the_city_has_a_worked_form_that_says_it_is_no_evidence(form: Evaluation) -> None:
    assert form.mark
    assert form.lacks("outcomes") is None
    assert set(form.outcomes["status"]) == {"synthetic"}
    assert "no evidence" in final.outcomes(form).parts[1].text
    both = final.year_before(form)
    assert {"2019", "2020"} <= set(re.findall(r"\d{4}", both.parts[0].html))
    assert "pandemic" in both.parts[1].text


def test_the_plans_own_sentence_on_five_years_is_made_again_from_the_sums(form: Evaluation) -> None:
    sentence = final.plans_beside(form).parts[0].text
    fall = "8,072 accidents and 1,179 deaths less"
    for told in ("8,178 accidents and 750 deaths", "16,250 and 1,929", fall, "49.67%",
                 "61.12%"):  # fmt: skip
        assert told in sentence
    rows = final.five_years(form)
    assert rows.loc[rows["measure"] == "deaths", "period"].to_list() == ["2006/2010", "2011/2015", "2016/2020"]
    figure = final.plans_beside(form).parts[1].figure
    assert any("definition" in note["text"] for note in figure["layout"]["annotations"])
    assert any(shape["line"].get("dash") == "dash" for shape in figure["layout"]["shapes"])  # the change is drawn


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_of_the_final_page_speaks_for_every_plan(language: str) -> None:
    for plan, year in (("china-2006-2010", 2010), ("china-2011-2015", 2015), ("zhengzhou-2016-2020", 2020)):
        evaluation = asked.evaluation(plan, year, language)
        for part in (final.headline, final.caveats):
            assert part(evaluation).text
        for several in (final.outcomes, final.forecast, final.year_before, final.plans_beside):
            assert all(getattr(one, "text", "") or getattr(one, "finding", "") for one in several(evaluation).parts)
    assert say(evaluation.plan.title, language)
