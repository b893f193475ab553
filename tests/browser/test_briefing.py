"""The briefing as a leader meets it: a real run, opened in Chromium without a network."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe

from zzlib import evaluate, paper, since, tables
from zzlib.evaluation import reopen
from zzlib.language import number, percent, say, word
from zzlib.run import RunResult


@pytest.fixture(scope="module")
def zhengzhou(ran: Callable[..., RunResult]) -> Path:
    return ran("zhengzhou-2016-2020").briefing


@pytest.fixture(scope="module")
def china(ran: Callable[..., RunResult]) -> Path:
    return ran("china-2006-2010", "en").briefing


def rows(briefing: Path) -> list[dict]:
    (kept,) = briefing.parent.glob("*/tables/assessments.json")
    return json.loads(kept.read_text(encoding="utf-8"))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_briefing_opens_without_a_network_and_says_every_verdict(page_at, zhengzhou: Path, width: int) -> None:
    reader = page_at(width)
    page = reader.open(zhengzhou)
    text = page.locator("main").inner_text()
    assert (reader.requests, reader.messages, reader.sideways()) == ([], [], 0)
    assert page.evaluate("document.documentElement.dataset.figures") == "7/7"
    assert len(rows(zhengzhou)) == 5
    for row, line in zip(rows(zhengzhou), page.locator(".targets tbody tr").all_inner_texts(), strict=True):
        for figure in (
            number(row["baseline"]),
            number(row["target"]),
            number(row["value"]),
            percent(row["probability"]),
        ):
            assert figure in line
        assert say(word("verdict", row["verdict"]), "zh") in line
        assert say(word("pace", row["pace"]), "zh") in line
    assert "演示数据（合成）" in page.locator("body").inner_text()
    assert "需要做到什么" in text


def test_every_synthetic_figure_and_page_bears_the_mark(page_at, zhengzhou: Path) -> None:
    page = page_at(1280).open(zhengzhou)
    for figure in page.locator(".figure").all():
        assert "演示数据（合成）" in figure.inner_html()
    for path in zhengzhou.parent.glob("2*/*.html"):
        assert "演示数据（合成）" in path.read_text(encoding="utf-8"), path.name


def test_published_figures_bear_no_mark_and_districts_are_left_out_with_the_reason(page_at, china: Path) -> None:
    page = page_at(1280).open(china)
    assert "synthetic" not in page.locator("body").inner_text()
    assert page.locator(".targets tbody tr").count() == 4
    index = page_at(1280).open(china.with_name("index.html"))
    assert "the data hold no figures by district for this plan" in index.locator("body").inner_text()


def test_english_pages_hold_no_chinese_but_names_of_sources(page_at, china: Path) -> None:
    text = page_at(1280).open(china).locator("main").inner_text()
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_every_link_of_the_index_leads_to_a_file(page_at, zhengzhou: Path) -> None:
    index = zhengzhou.with_name("index.html")
    links = (
        page_at(1280).open(index).locator("a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    )
    assert links
    assert [link for link in links if not (index.parent / unquote(link)).exists()] == []


@pytest.mark.parametrize(
    ("plan", "pace", "verdict"),
    [("belarus-1997-2002", "达到进度要求", "尚难判断"), ("austria-2000-2005", "滞后", "难以完成")],
)
def test_pace_and_probability_stand_side_by_side(plan: str, pace: str, verdict: str) -> None:
    found = evaluate(Path(__file__).parents[1] / "fixtures" / f"{plan}.yaml")
    shown = tables.targets(found).html
    assert pace in shown
    assert verdict in shown
    assert percent(found.assessments["probability"].iloc[0]) in shown


# Pairs of words on the map that lie over each other by more than a pixel.
OVER_EACH_OTHER = """(wanted) => {
  const words = [...document.querySelectorAll(wanted)];
  const boxes = words.map((one) => {
    const text = document.createRange();
    text.selectNodeContents(one);
    return text.getBoundingClientRect();
  });
  return words.flatMap((one, i) => words.slice(i + 1).flatMap((other, j) => {
    const [a, b] = [boxes[i], boxes[i + 1 + j]];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return across > 1 && down > 1 ? [one.textContent + " " + other.textContent] : [];
  }));
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_no_word_about_a_target_lies_over_another(
    page_at, ran: Callable[..., RunResult], language: str
) -> None:
    page = page_at(390).open(ran("zhengzhou-2016-2020", language).briefing)
    assert page.locator(".targets tbody tr > *").count() >= 40
    assert page.evaluate(OVER_EACH_OTHER, ".targets tbody tr > *") == []


def sheets(pdf: Path) -> int:
    """Return how many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_briefing_is_printed_on_two_sheets(page_at, ran: Callable[..., RunResult], language: str) -> None:
    briefing = ran("zhengzhou-2016-2020", language).briefing
    (pdf,) = briefing.parent.glob("*/briefing.pdf")
    assert sheets(pdf) == 2
    page = page_at(643).open(briefing)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 643
    assert page.evaluate(OVER_EACH_OTHER, ".panel:last-child .annotation-text") == []
    assert page.locator(".key span:visible").count() == 7  # five classes, hatched, and bordered
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_timeout(500)
    heights = page.evaluate("[...document.querySelectorAll('.figure')].map((one) => one._fullLayout.showlegend)")
    assert all(heights)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nor_on_more_where_every_probability_moved(
    ran: Callable[..., RunResult], language: str, tmp_path: Path
) -> None:
    mine = reopen(ran("zhengzhou-2016-2020", language).folder)
    steps = mine.assessments[["indicator", "probability", "verdict", "status"]].assign(
        cause="new_period", probability_before=0.5, effect=mine.assessments["probability"] - 0.5, verdict_before="open"
    )
    moved = since.Since(since.Previous("earlier", "2018-12-31", "2017"), steps)
    said = tables.item(since.sentences(moved, mine), language, kind="sentence moved").html
    text = ran("zhengzhou-2016-2020", language).briefing.read_text(encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text(re.sub('<p class="sentence moved">.*?</p>', said, text), encoding="utf-8")
    assert page.read_text(encoding="utf-8") != text
    assert paper.write(page, tmp_path / "page.pdf") is None
    assert sheets(tmp_path / "page.pdf") == 2


def test_with_scripts_off_every_finding_and_table_is_still_there(page_at, zhengzhou: Path) -> None:
    whole, bare = page_at(390).open(zhengzhou), page_at(390, scripts=False).open(zhengzhou)
    for told in ("figcaption", ".targets td", ".sentence", ".headline", ".warning", "footer"):
        assert bare.locator(told).all_inner_texts() == whole.locator(told).all_inner_texts() != []
    assert bare.locator("noscript p:visible").count() == bare.locator(".figure").count()
    bare.locator(".fold summary").click()
    assert bare.locator(".fold p").is_visible()


def test_the_course_of_every_target_is_drawn_and_said(page_at, zhengzhou: Path) -> None:
    courses = page_at(1280).open(zhengzhou).locator(".targets .sparkline")
    told = courses.evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    assert len(told) == 5
    for text, row in zip(told, rows(zhengzhou), strict=True):
        assert f"{row['value_period']} 年 {number(row['value'])}；目标 {number(row['target'])}" in text
    for box in (courses.nth(i).bounding_box() for i in range(5)):
        assert box["width"] >= 60
        assert box["height"] >= 20


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nobody_is_shut_out_from_any_page(page_at, ran: Callable[..., RunResult], language: str) -> None:
    result = ran("zhengzhou-2016-2020", language)
    pages = [result.briefing, result.index, result.index.parents[2] / "index.html"]
    pages += sorted(result.folder.glob("*.html")) if language == "zh" else []
    for path in pages:
        for width in (390, 1280) if path == result.briefing else (1280,):
            page = page_at(width).open(path)
            # What Plotly draws is one image with a text alternative; the briefing is looked at whole.
            drawn = {} if path == result.briefing else {"exclude": [[".figure > *"]]}
            found = Axe().run(page, context=drawn or None).response["violations"]
            assert [(path.name, one["id"], node["html"][:200]) for one in found for node in one["nodes"]] == []


def test_a_researcher_finds_each_section_and_takes_tables_and_numbers_along(page_at, zhengzhou: Path) -> None:
    reader = page_at(1280)
    (path,) = zhengzhou.parent.glob("2*/midterm_evaluation.html")
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.open(path)
    places = page.locator(".contents a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert len(places) == page.locator("h2").count() > 5
    assert all(page.locator(place).count() == 1 for place in places)

    page.locator(".output:has(.targets) .tool").click()
    copied = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert len(copied) == 6
    assert number(rows(zhengzhou)[0]["baseline"]) in copied[1].split("\t")[1]

    with page.expect_download() as waiting:
        page.locator("figure .tool").first.click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith("系列,x,y,数值,说明")
    shares = [row["probability"] for row in rows(zhengzhou)]
    assert all(f"{share!r}"[:8] in text for share in shares)
    assert waiting.value.suggested_filename.endswith("-figure-1.csv")
    assert reader.messages == []


def test_a_leader_s_page_carries_no_tools(page_at, zhengzhou: Path) -> None:
    assert page_at(1280).open(zhengzhou).locator(".tool, .contents").count() == 0


def test_the_page_of_all_runs_leads_to_the_briefing_in_two_steps(page_at, zhengzhou: Path) -> None:
    page = page_at(390).open(zhengzhou.parents[2] / "index.html")
    page.locator(".question a").first.click()
    page.locator(".entries.briefing a").first.click()
    assert page.locator(".headline").is_visible()
