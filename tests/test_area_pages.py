"""The page of an area says what the evaluation's tables say of it, and nothing else; whoever writes it."""

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import many_areas
import pandas as pd
import pytest
from asked import evaluation

from zzlib import area_pages, breakdown, localities
from zzlib.errors import DataError, ParameterError
from zzlib.evaluation import Evaluation
from zzlib.indicators import series, series_by_area
from zzlib.language import LANGUAGES, number, percent, say, word
from zzlib.run import run
from zzlib.workers import executor

CITY = "zhengzhou-2016-2020"
MOST = 50_000  # bytes of a page


class Page(HTMLParser):
    """The texts of a page by the mark-up that they stand in, and its tables by rows."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.links: list[str] = []
        self.inside: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.html = path.read_text(encoding="utf-8")
        self.feed(self.html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        if tag == "a":
            self.links.append(dict(attributes)["href"] or "")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.inside):
            self.tables[-1][-1][-1] += data.strip()
        if data.strip() and self.inside:
            self.texts.append((self.inside[-1], data.strip()))

    def of(self, tag: str) -> list[str]:
        return [text for inside, text in self.texts if inside == tag]


@pytest.fixture(scope="module")
def city() -> Evaluation:
    return evaluation(CITY)


@pytest.fixture(scope="module")
def written(city: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for language in LANGUAGES:
        area_pages.write(replace(city, language=language), folder / language)
    return folder


def row_of(rows: pd.DataFrame, area: str) -> Any:
    (row,) = rows[rows["area"] == area].to_dict("records")
    return row


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_area_has_a_small_page_that_asks_for_nothing(city: Evaluation, written: Path, language: str) -> None:
    areas = set(localities.shown(city)["area"])
    assert {path.stem for path in (written / language).iterdir()} == areas | {"index"}
    listed = Page(written / language / "index.html").links
    assert {f"{area}.html" for area in areas} <= set(listed)
    for area in areas:
        page = Page(written / language / f"{area}.html")
        assert len(page.html.encode()) <= MOST
        assert not re.search(r"<script|<link|<img|https?:|url\(", page.html)
        assert page.of("h1") == [say(city.area_name(area), language)]
        assert say(word("mark", "synthetic"), language) in page.of("span")
        assert page.links == ["index.html"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_a_page_is_one_of_the_tables(city: Evaluation, written: Path, language: str) -> None:
    rows, counts = localities.shown(city), breakdown.told(city.plan, city.observations, city.areas)
    chosen = localities.chosen(city.allocation, city)
    for area in rows["area"]:
        page = Page(written / language / f"{area}.html")
        ceilings, years = page.tables
        counted = counts[counts["area"] == area].set_index("year")
        assert ceilings[1:] == [
            [row.period, number(row.ceiling), number(counted["deaths"].get(int(row.period), math.nan)),
             "–" if int(row.period) in counted.index else percent(row.probability)]
            for row in chosen[chosen["area"] == area].sort_values("period").itertuples()
        ]  # fmt: skip
        assert years[1:] == [
            [str(year), number(row["deaths"]), number(row["fatal_accidents"]), number(row["exposure"]),
             number(row["deaths"] / row["exposure"] * 10)]
            for year, row in counted.iterrows()
        ]  # fmt: skip
        beside, sheet, moved = (row_of(table, area) for table in (rows, city.appraisal, city.movements))
        deaths, rate, rank, change = page.of("b")
        assert re.findall(r"[\d.,]+", deaths) == [number(sheet["deaths"]), number(sheet["ceiling"])]
        assert rate == number(beside["tested_rate"])
        assert re.findall(r"\d+", rank) == [number(beside[part]) for part in ("rank", "rank_lower", "rank_upper")]
        assert change == percent(moved["change"], signed=True)
        others = rows[rows["area"] != area]
        rest = others["fatal_accidents"].sum() / others["exposure"].sum() * 10
        said = " ".join(page.of("p"))
        for figure in (
            number(rest), f"{beside['tested_rate'] / rest:.1f}", number(beside["fatal_accidents"]),
            f"{beside['expected']:.1f}", number(moved["tested_rate_before"]),
            percent(moved["change_lower"], signed=True), percent(moved["change_upper"], signed=True),
        ):  # fmt: skip
            assert figure in said, (area, figure)


def test_a_page_says_whether_its_area_is_named_and_who_else_is(city: Evaluation, written: Path) -> None:
    rows = localities.shown(city)
    named = list(rows.loc[rows["named"], "area"])
    assert named
    for area in rows["area"]:
        said = " ".join(Page(written / "en" / f"{area}.html").of("p"))
        assert ("This area is named" in said) == (area in named)
        assert all(str(city.area_name(other)) in said for other in named)


@pytest.mark.parametrize(
    ("named", "funnel", "said"),
    [
        (True, "outside_95", "This area is named"),
        (False, "outside_95", "is not named"),
        (False, "within", "No difference from the rest can be shown"),
    ],
)
def test_outside_the_limits_is_not_yet_named(city: Evaluation, named: bool, funnel: str, said: str) -> None:
    whole, asked = area_pages.collected(replace(city, language="en"))
    area = asked["410102"]
    told = area_pages.page(whole, replace(area, beside={**area.beside, "named": named, "funnel": funnel}))
    assert said in told


def test_pages_are_the_same_bytes_whoever_writes_them(city: Evaluation, written: Path, tmp_path: Path) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster,
        executor(scheduler=cluster.scheduler_address) as by,
    ):
        area_pages.write(city, tmp_path / "zh", by=by)
    assert {path.name: path.read_bytes() for path in (tmp_path / "zh").iterdir()} == {
        path.name: path.read_bytes() for path in (written / "zh").iterdir()
    }


@pytest.mark.parametrize("code", ["../410103", "a/b", "", ".hidden", "index", "INDEX", "a" * 41, "410103"])
def test_a_code_that_would_leave_the_folder_or_take_a_file_is_refused(city: Evaluation, code: str) -> None:
    renamed = city.districts.assign(area=city.districts["area"].replace("410102", code))
    with pytest.raises(DataError, match=re.escape(f"'{code}' cannot name a file of its own")):
        area_pages.check(replace(city, districts=renamed))


def test_a_name_is_text_and_no_mark_up(city: Evaluation) -> None:
    whole, asked = area_pages.collected(city)
    hostile = replace(asked["410102"], name='<img src=x onerror="alert(1)">')
    assert "<img" not in area_pages.page(whole, hostile)
    assert "<img" not in area_pages.listing(whole, {"410102": hostile})


def test_without_figures_by_area_there_is_no_page(city: Evaluation) -> None:
    with pytest.raises(ParameterError, match="there is no area to write a page of"):
        area_pages.check(replace(city, districts=city.districts.iloc[:0]))


def test_series_of_many_areas_are_those_of_each(city: Evaluation) -> None:
    areas = ["410184", "410102", "999999"]
    for indicator in city.plan.indicators:
        together = series_by_area(indicator, city.observations, areas=areas)
        each = [series(indicator, city.observations, area=area).assign(area=area) for area in areas]
        pd.testing.assert_frame_equal(
            together, pd.concat([one for one in each if len(one)], ignore_index=True)[list(together)]
            if any(map(len, each)) else together.iloc[:0]
        )  # fmt: skip


def test_a_plan_with_areas_of_its_own_is_run_page_by_page(tmp_path: Path) -> None:
    plan = many_areas.write(tmp_path / "plan", 12)
    done = run("areas", plan=plan, outputs=tmp_path / "outputs", language="en")
    assert done.index == tmp_path / "outputs" / "invented-12" / "areas-2018" / "index.html"
    (href,) = [link for link in Page(done.index).links if link.endswith("areas/index.html")]
    listed = Page(done.index.parent / href)
    assert len([link for link in listed.links if (done.folder / "areas" / link).exists()]) == 12 + 1
    kept = pd.read_csv(done.folder / "tables" / "appraisal.csv", dtype={"area": str}, encoding="utf-8-sig")
    first = Page(done.folder / "areas" / "990001.html")
    told = row_of(kept, "990001")
    assert re.findall(r"\d+", first.of("b")[0]) == [number(told["deaths"]), number(told["ceiling"])]
