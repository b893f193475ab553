"""The page on data quality: what is missing is seen, what it costs is said, and versions and doubts are kept apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import asked
import pandas as pd
import pytest
from nbformat import v4
from playwright.sync_api import Browser, Page

from zzlib import evaluate, figures, gaps, pages, schema, show
from zzlib.evaluation import Evaluation
from zzlib.language import Message, say
from zzlib.plan import PROJECT

COAL, ROAD = "deaths_per_million_tonnes", "deaths_per_10k_vehicles"
NAN = float("nan")


@pytest.fixture(scope="module")
def city() -> Evaluation:
    return asked.evaluation("zhengzhou-2016-2020", 2018, "en")


@pytest.fixture(scope="module")
def published() -> Evaluation:
    """Zhengzhou's own publications alone, which leave most open."""
    return evaluate("zhengzhou-2016-2020", through=2018, language="en", data=["data/observations"])


@pytest.fixture(scope="module")
def nation() -> Evaluation:
    return asked.evaluation("china-2011-2015", 2013, "en")


def without(folder: Path, **lost: Any) -> Evaluation:
    """Zhengzhou's evaluation from files that lack the rows with these values."""
    folder.mkdir()
    for path in [
        *(PROJECT / "data" / "observations").glob("zhengzhou*.csv"),
        *(PROJECT / "data" / "demo").glob("*.csv"),
    ]:
        if path.name != "truth.csv":
            rows = pd.read_csv(path, dtype=str, keep_default_na=False)
            if set(lost) <= set(rows):
                gone = pd.concat([rows[name] == value for name, value in lost.items()], axis=1).all(axis=1)
                rows = rows[~gone]
            rows.to_csv(folder / path.name, index=False)
    return evaluate("zhengzhou-2016-2020", through=2018, language="en", data=[folder])


def said(several: show.Several) -> str:
    return "\n".join(part._repr_mimebundle_()["text/plain"] for part in several.parts)


def cost_of(evaluation: Evaluation, measure: str) -> gaps.Cost:
    (found,) = (cost for cost in gaps.costs(evaluation) if cost.measure == measure)
    return found


def test_a_district_that_has_not_reported_a_year_is_seen(city: Evaluation) -> None:
    (gdp,) = (each.cells for each in gaps.by_area(city) if "gdp" in each.measures)
    assert list(gdp.columns) == list(range(2011, 2019))
    assert len(gdp) == 16
    there = {(area, year) for area in gdp.index for year in gdp.columns if gdp.at[area, year] != "missing"}
    assert there == {(area, 2017) for area in ("410103", "410105", "410106", "410108", "410181", "410183")}
    assert gdp.at["410103", 2017] == "preliminary"


def test_measures_known_for_the_same_cells_share_one_picture(city: Evaluation) -> None:
    assert [each.measures for each in gaps.by_area(city)] == [
        ("deaths", "deaths_industry", "deaths_coal"), ("gdp",), ("population",),
    ]  # fmt: skip
    assert "No figures by district: workers in industry" in said(show.coverage_by_area(city))


def test_months_of_a_year_are_a_part_of_it(city: Evaluation) -> None:
    rows = city.observations
    mine = (rows["measure"] == "population") & (rows["area"] == "410102") & (rows["period"] == "2017")
    months = replace(city, observations=rows.assign(period=rows["period"].where(~mine, "2017-03")))
    (population,) = (each.cells for each in gaps.by_area(months) if "population" in each.measures)
    assert population.at["410102", 2017] == "partial"


def test_the_sentence_counts_what_the_picture_shows(city: Evaluation) -> None:
    deaths, gdp, population = gaps.by_area(city)
    assert gaps.covered(city, deaths).endswith("all 128 figures of 16 units, 2011–2018, are there.")
    text = gaps.covered(city, gdp)
    assert "of 128 figures of 16 units, 2011–2018, 6 are there. No unit has 2011–2016, 2018." in text
    assert "10 units lack further years." in text
    few = replace(population, cells=population.cells[[2016, 2017]].copy())
    few.cells.loc["410102", 2017] = "missing"
    assert gaps.covered(city, few).endswith("31 are there. Missing: Zhongyuan 2017.")


def test_a_plan_without_districts_says_so(nation: Evaluation) -> None:
    assert said(show.coverage_by_area(nation)) == "The data hold no figures by district for this plan."


def test_nothing_missing_costs_nothing(city: Evaluation) -> None:
    assert gaps.costs(city) == []
    assert said(show.costs(city)) == "No figure that a target needs is missing."


def test_every_missing_figure_is_priced_and_its_bureau_named(published: Evaluation, nation: Evaluation) -> None:
    for evaluation in (published, nation):
        quality = evaluation.quality
        missing = quality[quality["needed"] & (quality["status"] == "missing")]
        priced = {(cost.measure, cost.scope, str(year)) for cost in gaps.costs(evaluation) for year in cost.years}
        assert priced == set(missing[["measure", "scope", "period"]].itertuples(index=False, name=None))
        assert all(cost.said and cost.holder for cost in gaps.costs(evaluation))


def test_without_its_baseline_a_target_cannot_be_assessed(published: Evaluation) -> None:
    coal = cost_of(published, "coal_output")
    assert (coal.years, coal.holder.zh) == ((2015, 2016), "市煤炭管理局")
    assert coal.said == (
        "Coal-mine deaths per million tonnes: cannot be assessed, for without 2015 it has no baseline",
    )
    assert published.assessment(COAL)["verdict"] == "not_assessable"


def test_a_lost_denominator_is_said_of_the_rate_that_loses_it(tmp_path: Path) -> None:
    lost = without(tmp_path / "a", measure="vehicles", period="2016")
    assert cost_of(lost, "vehicles").said == (
        "Road deaths per 10,000 motor vehicles: the rate of 2016 has no denominator",
    )
    assert lost.assessment(ROAD)["verdict"] != "not_assessable"


def test_an_older_year_that_stands_in_is_named(nation: Evaluation, tmp_path: Path) -> None:
    lost = without(tmp_path / "a", measure="vehicles", period="2018")
    text = "Road deaths per 10,000 motor vehicles: judged on 2017 instead of 2018"
    assert cost_of(lost, "vehicles").said == (text,)
    assert lost.assessment(ROAD)["value_period"] == "2017"
    assert "1 of 5 targets are judged on an older year than 2018." in gaps.total(lost)
    assert cost_of(nation, "deaths").said == ("Deaths in accidents: judged on 2011 instead of 2013",)


def test_a_count_between_two_known_years_is_missed_by_trend_and_forecast(tmp_path: Path) -> None:
    lost = without(tmp_path / "a", measure="deaths_road", period="2017")
    assert cost_of(lost, "deaths_road").said == (
        "Road deaths per 10,000 motor vehicles: trend and forecast go without 2017",
    )


def test_no_value_since_the_baseline_is_no_verdict(nation: Evaluation) -> None:
    (text,) = cost_of(nation, "deaths_per_100k_workers").said
    assert text.endswith("cannot be assessed, for it has no value after 2010")
    assert gaps.total(nation) == (
        "11 figures that the targets need are missing. 1 of 5 targets cannot be assessed. "
        "4 of 5 targets are judged on an older year than 2013."
    )


def test_one_district_without_a_year_loses_it_to_all(tmp_path: Path) -> None:
    lost = without(tmp_path / "a", measure="population", period="2017", area="410102")
    assert gaps.costs(lost) == []  # no target rests on it
    assert gaps.costs_of_units(lost) == [
        "2017 is left out of the comparison of districts: no resident population of Zhongyuan"
    ]
    assert "Comparison of districts" in said(show.costs(lost))


def test_a_district_without_any_figure_cannot_be_compared(tmp_path: Path) -> None:
    lost = without(tmp_path / "a", measure="population", area="410102")
    assert gaps.costs_of_units(lost) == ["Zhongyuan cannot be compared: no resident population of Zhongyuan"]


def test_two_definitions_are_compared_over_the_years_that_have_both(city: Evaluation, published: Evaluation) -> None:
    ((begun, told),) = gaps.definitions(city)
    assert begun.startswith("From 2016-01-01 on: scope from 2016")
    assert "deaths, 2011–2015: on the new definition 59% to 67% of the figure on the older one." in told
    assert "coal-mine deaths, 2011–2015: alike on both definitions." in told
    assert told[-1].startswith("No factor between the two has been published for Zhengzhou")
    ((_, bare),) = gaps.definitions(published)
    assert not [text for text in bare if "on the new definition" in text]


def test_a_published_factor_is_told_with_its_error(nation: Evaluation) -> None:
    law = asked.evaluation("zhengzhou-2016-2020", 2018).plan
    plan = nation.plan.model_copy(update={"scopes": law.scopes})
    ((_, told),) = gaps.definitions(replace(nation, plan=plan))
    assert "deaths: the two are linked by the factor 0.646 ± 0.00460." in told


def test_a_plan_on_one_definition_says_that_nothing_changed(nation: Evaluation) -> None:
    assert said(show.definitions(nation)) == "No definition of the plan changed."


def test_a_census_is_another_version_of_a_denominator(city: Evaluation) -> None:
    rows = gaps.versions(city)
    assert rows["period"].to_list() == ["2015", "2016", "2017", "2018"]
    assert rows["change"].round(3).to_list() == [0.117, 0.151, 0.178, 0.192]
    (text,) = gaps.revised(city)
    assert "differs by +12% to +19%" in text
    assert text.endswith("rates would change by −16% to −11%.")


def test_a_figure_published_again_is_shown_with_its_change(city: Evaluation, nation: Evaluation) -> None:
    row = {"kind": "revised", "measure": "deaths", "scope": "from-2016", "period": "2017", "value": 90.0, "other": 80.0,
           "source": "Bulletin", "file": "a.csv, 3", "status": "published"}  # fmt: skip
    zero = row | {"period": "2016", "other": 0.0}
    twice = replace(
        nation, discrepancies=schema.table(schema.DISCREPANCIES, [row, zero, row | {"kind": "sum_of_years"}])
    )
    assert gaps.versions(twice)[["period", "earlier", "later", "version"]].to_numpy().tolist() == [
        ["2017", 80.0, 90.0, "vintage"]
    ]
    assert said(show.versions(twice)) == "deaths, 2017: revised by +12%."
    assert said(show.versions(nation)) == "No figure has been published in two versions."


def test_versions_are_drawn_from_the_earlier_to_the_later_one() -> None:
    rows = pd.DataFrame({
        "name": "Residents", "unit": "persons", "period": ["2017", "2018"], "earlier": [1000.0, 1000.0],
        "later": [1180.0, 900.0], "change": [0.18, -0.1],
    })  # fmt: skip
    drawn = figures.versions(rows, language="en").figure
    assert [trace["x"] for trace in drawn["data"] if trace["mode"] == "lines"] == [[0, -10.0], [0, 18.0]]
    assert drawn["layout"]["yaxis"]["ticktext"] == ["Residents<br>2018", "Residents<br>2017"]
    low, high = drawn["layout"]["xaxis"]["range"]
    assert low < -10 < 18 < high
    assert figures.versions(rows.assign(change=NAN), language="en").figure["data"] == []


def finding(**changed: Any) -> dict[str, object]:
    row = {"kind": "heaping", "file": "ledger.xlsx", "sheet": "台账", "row": 7, "column": "deaths", "value": "2",
           "what": Message("no rows"), "status": "published"}  # fmt: skip
    return row | changed


def doubtful(city: Evaluation, *rows: dict[str, object]) -> Evaluation:
    found = schema.table(schema.FINDINGS, rows)
    if "findings" in Evaluation.__dataclass_fields__:
        return replace(city, findings=found)
    copy = replace(city)
    object.__setattr__(copy, "findings", found)
    return copy


def test_doubts_stand_by_kind_with_their_place_and_never_all_of_a_thousand(city: Evaluation) -> None:
    many = [finding(kind="near_duplicate", row=row) for row in range(1, 31)]
    all_months = finding(kind="month_missing", row=0, sheet="", column="")
    untold = finding(kind="share_unknown", row=0, column="serious_injuries")
    text = said(show.findings(doubtful(city, finding(), all_months, untold, *many)))
    assert text.startswith("33 doubts in what can be read")
    assert "(ledger.xlsx, column 'serious_injuries')" in text
    (last,) = show.findings(replace(doubtful(city, untold), language="zh")).parts[1:]
    assert "ledger.xlsx，“重伤人数（人）”列" in last.text
    assert "ledger.xlsx, sheet '台账', row 7" in text
    assert "(ledger.xlsx)" in text
    assert text.count("row ") == 1 + show.LISTED
    assert "and 22 more, in tables/findings.csv" in text


def test_without_doubts_the_page_says_so(city: Evaluation) -> None:
    assert said(show.findings(doubtful(city))) == "No doubt was found in the records."


def test_what_reading_did_is_told_and_what_it_refused_or_doubts_comes_first(city: Evaluation) -> None:
    rows = [
        {"file": "her.xlsx", "sheet": "", "row": 9, "kind": "total_set_aside", "what": Message("a total, set aside")},
        {"file": "", "sheet": "", "row": 0, "kind": "rows_refused", "what": Message("{count} rows refused", count=2)},
        {"file": "her.xlsx", "sheet": "", "row": 3, "kind": "unsure", "what": Message("is it zero?")},
    ]
    shown = show.reading(replace(city, notes=schema.table(schema.NOTES, rows)))
    assert said(shown).splitlines() == [
        "2 rows refused",
        "her.xlsx, row 3: is it zero?",
        "her.xlsx",
        "row 9: a total, set aside",
    ]
    nothing = replace(city, notes=schema.table(schema.NOTES, []))
    assert said(show.reading(nothing)) == "Every file was read as it stands."


def test_no_warning_is_said_and_not_left_blank(city: Evaluation) -> None:
    assert show.caveats(replace(city, assessments=city.assessments[:0])).text == "Nothing further to warn of."


SECTIONS = (
    show.coverage, show.coverage_by_area, show.costs, show.definitions, show.versions, show.findings, show.reading
)  # fmt: skip


def page_of(evaluation: Evaluation, browser: Browser, folder: Path, width: int) -> Page:
    parts = [part for section in SECTIONS for part in section(evaluation).parts]
    cell = v4.new_code_cell("", outputs=[v4.new_output("display_data", data=p._repr_mimebundle_()) for p in parts])
    text = pages.page(v4.new_notebook(cells=[cell]), title="Data", language=evaluation.language, mark=evaluation.mark)
    (folder / "page.html").write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto((folder / "page.html").as_uri())
    page.wait_for_selector("html[data-figures]", state="attached")
    return page


OVERLAPS = """
() => {
  const boxes = (from) => [...from].map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return [...document.querySelectorAll(".figure")].map((figure) => {
    const kinds = ".ytick text, .xtick text, .heatmap-label, .legendtext, .annotation-text";
    const marks = boxes(figure.querySelectorAll(kinds));
    return marks.filter((one, i) => marks.slice(0, i).some((other) => meet(one, other))).length;
  });
}
"""


@pytest.mark.parametrize(("width", "language"), [(390, "zh"), (390, "en"), (1280, "zh")])
def test_no_label_lies_on_another_at_any_width(
    city: Evaluation, browser: Browser, tmp_path: Path, width: int, language: str
) -> None:
    page = page_of(replace(city, language=language), browser, tmp_path, width)
    assert page.evaluate("document.documentElement.dataset.figures") == "5/5"
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.evaluate("() => document.querySelectorAll('.heatmap-label').length") >= 128
    assert page.evaluate(OVERLAPS) == [0, 0, 0, 0, 0]
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(500)
    assert page.evaluate(OVERLAPS) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_section_speaks_the_readers_language(
    city: Evaluation, published: Evaluation, nation: Evaluation, language: str
) -> None:
    for evaluation in (city, published, nation):
        asked = replace(evaluation, language=language)
        text = "".join(said(section(asked)) for section in SECTIONS)
        foreign = "一-鿿" if language == "en" else None
        if foreign:
            assert not [letter for letter in text if "一" <= letter <= "鿿"]
        else:
            assert "are there" not in text
            assert "cannot be assessed" not in text
    assert say(gaps.total(nation), "zh").startswith("目标评估所需的数缺 11 个。")
