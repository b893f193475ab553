"""Hostile text in any field is shown as text: no page runs it, no form breaks on it, no spreadsheet computes it."""

import csv
import zipfile
from pathlib import Path
from typing import Any

import docx
import lxml.etree
import openpyxl
import pytest
import yaml

from zzlib.evaluation import reopen
from zzlib.language import say
from zzlib.run import RunResult, run

MARKUP = '<script>document.title="run"</script><img src=x onerror="document.title=1"><b>bold</b>&lt;'
LINK = '<a href="javascript:document.title=2">here</a>'
FORMULA = '=HYPERLINK("https://example.org","go")'
BIDI = "\u202egnirts\u202c\u2066\u200f"
TEMPLATE = "{{ 7 * 7 }} {year} {% raw %} ${x} $y^2$ %%html"
EMOJI = "👷🏽‍♀️🚧"
LONG = "Überlang" * 60
CONTROL = "bell\x07end"
ALL = " ".join([MARKUP, LINK, BIDI, TEMPLATE, EMOJI, CONTROL])
UNITS = {
    "X01": FORMULA, "X02": f"甲{MARKUP}", "X03": f"乙{BIDI}区", "X04": LONG, "X05": f"丙{EMOJI}", "X06": f"丁{TEMPLATE}"
}  # fmt: skip
YEARS = range(2012, 2019)


def both(text: str) -> dict[str, str]:
    return {"zh": f"市{text}", "en": f"City {text}"}


def law(folder: Path) -> dict[str, Any]:
    """Return a plan each text of which is hostile."""
    population = {"measure": "population", "scope": "police", "unit": "10,000 persons", "per": 10}
    deaths = {"measure": "deaths", "scope": "police", "unit": "persons"}
    return {
        "plan": "hostile", "title": both(ALL), "area": "X00", "baseline_year": 2015, "target_year": 2020,
        "midterm_year": 2018, "published": "2016-01-01", "source": ALL, "data": [str(folder / "hostile.csv")],
        "bands": {"off_track": 0.2, "on_track": 0.8},
        "choices": {"measure": "straight_path", "model": "shared_level", "baseline": "one_year", "prices": "current"},
        "scopes": {"police": {"name": both(MARKUP)}}, "breakdown": "rate",
        "areas": [{"area": "X00", "name": both(ALL), "kind": "city"}, *(
            {"area": code, "name": {"zh": name, "en": f"en {name}"}, "parent": "X00", "kind": "district"}
            for code, name in UNITS.items()
        )],
        "indicators": [
            {"indicator": "deaths", "name": {"zh": FORMULA, "en": FORMULA}, "unit": both(LINK), "bureau": both(ALL),
             "numerator": deaths},
            {"indicator": "rate", "name": both(f"{MARKUP}{LONG}"), "unit": both(f"{MARKUP}{BIDI}"), "bureau": both(ALL),
             "numerator": deaths, "denominator": population},
        ],
        "targets": [
            {"indicator": "deaths", "form": "change", "change": -0.1, "clause": ALL, "note": ALL},
            {"indicator": "rate", "form": "change", "change": -0.3, "clause": ALL},
        ],
    }  # fmt: skip


def figures() -> list[list[object]]:
    """Return deaths and population of the city and its districts, each with hostile source and note."""
    told = [ALL, FORMULA, LONG, "+1", "@x"]
    lines: list[list[object]] = []
    for year in YEARS:
        parts = [2 + (3 * at + year) % 5 for at in range(len(UNITS))]
        counts = {"X00": sum(parts), **dict(zip(UNITS, parts, strict=True))}
        for at, (code, count) in enumerate(counts.items()):
            people = 600 if code == "X00" else 100
            note = told[(at + year) % len(told)]
            source = told[at % len(told)]
            lines.append([code, year, "deaths", count, "persons", "police", "", "published", source, note])
            lines.append([code, year, "population", people, "10,000 persons", "police", "", "published", ALL, note])
    return lines


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("hostile")
    with (folder / "hostile.csv").open("w", encoding="utf-8", newline="") as file:
        head = "area,period,measure,value,unit,scope,vintage,status,source,note"
        csv.writer(file).writerows([head.split(","), *figures()])
    path = folder / "hostile.yaml"
    path.write_text(yaml.safe_dump(law(folder)), encoding="utf-8")
    return run("midterm", plan=path, outputs=folder / "outputs")


def told(text: str) -> str:
    """Return a text as readers meet it: what has no shape as a mark."""
    return say(text, "zh")


def test_no_page_runs_it_and_none_is_wider_than_a_phone(page_at, found: RunResult) -> None:
    pages = [found.index, *sorted(found.folder.glob("*.html"))]
    assert len(pages) >= 6
    for path in pages:
        reader = page_at(390)
        page = reader.open(path)
        assert (path.name, reader.requests, reader.messages, reader.sideways()) == (path.name, [], [], 0)
        assert page.title() not in ("run", "1", "2"), path.name
        assert page.locator("main img, main script, main iframe").count() == 0, path.name
        links = page.locator("a").evaluate_all(
            "all => all.map(a => a.getAttribute('href') || a.getAttribute('xlink:href') || '')"
        )
        assert [link for link in links if link.startswith("javascript")] == [], path.name
        drawn, all_of_them = (page.evaluate("document.documentElement.dataset.figures") or "0/0").split("/")
        assert drawn == all_of_them, path.name


def test_the_briefing_shows_it_as_it_was_written(page_at, found: RunResult) -> None:
    page = page_at(1280).open(found.briefing)
    text = page.locator("main").inner_text()
    assert told(ALL) in page.locator(".headline").inner_text()
    assert FORMULA in text
    assert "javascript:document.title=2" in text
    assert BIDI not in text
    drawn = page.locator(".figure").all_text_contents()
    assert "bold" in "".join(drawn)
    assert any("<script>document.title" in "".join(one.split()) for one in drawn)
    assert page.locator(".figure svg a").count() == 0


def test_a_long_name_leaves_the_other_columns_in_sight(page_at, found: RunResult) -> None:
    page = page_at(1280).open(found.briefing)
    edges = page.evaluate("""[...document.querySelectorAll('.targets tbody td')].map(cell => [
        cell.getBoundingClientRect().right, cell.closest('.output').getBoundingClientRect().right])""")
    assert len(edges) >= 12
    assert all(cell <= frame + 1 for cell, frame in edges)


def test_excel_computes_none_of_it(found: RunResult) -> None:
    book = openpyxl.load_workbook(found.folder / "evaluation.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    texts = [cell for cell in cells if cell.data_type == "s"]
    assert all(cell.quotePrefix for cell in texts if cell.value.startswith(("=", "+", "-", "@")))
    assert {FORMULA, LONG, "+1", "@x", told(ALL)} <= {cell.value for cell in texts}
    assert [cell.hyperlink for cell in cells if cell.hyperlink] == []


def test_word_opens_it_as_text(found: RunResult) -> None:
    with zipfile.ZipFile(found.folder / "briefing.docx") as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                lxml.etree.fromstring(package.read(name))
    document = docx.Document(str(found.folder / "briefing.docx"))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert told(ALL) in document.paragraphs[0].text
    assert f"{MARKUP}{LONG}" in said
    assert "49" not in document.paragraphs[0].text
    names = [row.cells[0].text.splitlines()[0] for row in document.tables[0].rows[1:]]
    assert names == [FORMULA, f"市{MARKUP}{LONG}"]


def test_no_cell_of_a_csv_begins_like_a_formula(found: RunResult) -> None:
    quoted = 0
    for path in sorted((found.folder / "tables").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            head, *rows = csv.reader(lines)
        assert {len(row) for row in rows} <= {len(head)}, path.name
        texts = [cell for row in rows for cell in row if not is_number(cell)]
        assert [cell for cell in texts if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == [], path.name
        quoted += sum(cell.startswith("'") for cell in texts)
    assert quoted > 10


def is_number(cell: str) -> bool:
    try:
        return float(cell) == float(cell)
    except ValueError:
        return False


def test_what_was_kept_is_what_was_given(found: RunResult) -> None:
    kept = reopen(found.folder)
    assert kept.plan.title.zh == f"市{ALL}"
    assert {FORMULA, LONG, "+1", "@x"} <= set(kept.observations["note"])
