"""The briefing as a leader meets it: a real run, opened in Chromium without a network."""

import json
import re
from pathlib import Path

import pytest

from zzlib import paper
from zzlib.language import number, percent, say, word
from zzlib.run import run


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def zhengzhou(outputs: Path) -> Path:
    return run("midterm", plan="zhengzhou-2016-2020", outputs=outputs).briefing


@pytest.fixture(scope="module")
def china(outputs: Path) -> Path:
    return run("midterm", plan="china-2006-2010", language="en", outputs=outputs).briefing


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
    assert [link for link in links if not (index.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("plan", "pace", "verdict"),
    [("belarus-1997-2002", "达到进度要求", "尚难判断"), ("austria-2000-2005", "滞后", "难以完成")],
)
def test_pace_and_probability_stand_side_by_side(page_at, outputs: Path, plan: str, pace: str, verdict: str) -> None:
    law = Path(__file__).parents[1] / "fixtures" / f"{plan}.yaml"
    briefing = run("midterm", plan=law, outputs=outputs).briefing
    (line,) = page_at(1280).open(briefing).locator(".targets tbody tr").all_inner_texts()
    (row,) = rows(briefing)
    assert pace in line
    assert verdict in line
    assert percent(row["probability"]) in line


def sheets(pdf: Path) -> int:
    """Return how many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_briefing_is_printed_on_two_sheets(page_at, outputs: Path, language: str, tmp_path: Path) -> None:
    briefing = run("midterm", plan="zhengzhou-2016-2020", language=language, outputs=tmp_path).briefing
    (pdf,) = briefing.parent.glob("*/briefing.pdf")
    assert sheets(pdf) == 2
    page = page_at(643).open(briefing)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 643
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_timeout(500)
    heights = page.evaluate("[...document.querySelectorAll('.figure')].map((one) => one._fullLayout.showlegend)")
    assert all(heights)


def test_without_a_browser_the_run_says_what_it_left_out(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "browser", lambda: None)
    found = run("midterm", plan="china-2006-2010", language="en", outputs=outputs)
    assert not (found.folder / "briefing.pdf").exists()
    assert "no browser was found" in json.loads(found.manifest.read_text(encoding="utf-8"))["omitted"]["briefing.pdf"]
    assert "no browser was found" in (found.folder / "index.html").read_text(encoding="utf-8")
