"""Hostile text in any field is shown as text: no page runs it, no form breaks on it, no spreadsheet computes it."""

import csv
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import lxml.etree
import openpyxl
import pytest
import yaml

from zzlib import execution
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
            lines.append([code, year, "deaths", count, "persons", "police", "", "published", told[at % len(told)], note])
            lines.append([code, year, "population", people, "10,000 persons", "police", "", "published", ALL, note])
    return lines


@pytest.fixture(scope="module", params=["zh"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("hostile")
    with (folder / "hostile.csv").open("w", encoding="utf-8", newline="") as file:
        head = "area,period,measure,value,unit,scope,vintage,status,source,note"
        csv.writer(file).writerows([head.split(","), *figures()])
    path = folder / "hostile.yaml"
    path.write_text(yaml.safe_dump(law(folder), allow_unicode=False), encoding="utf-8")
    return run("midterm", plan=path, outputs=folder / "outputs", language=request.param)


def pages_of(found: RunResult) -> list[Path]:
    return [found.briefing, found.index, *sorted(found.folder.glob("*.html"))]


def test_no_page_runs_it_and_none_is_wider_than_a_phone(page_at, found: RunResult) -> None:
    assert len(pages_of(found)) > 6
    for path in pages_of(found):
        reader = page_at(390)
        page = reader.open(path)
        page.wait_for_timeout(300)
        assert (reader.requests, reader.messages) == ([], []), path.name
        assert reader.sideways() == 0, path.name
        assert page.title() not in ("run", "1", "2"), path.name
        assert page.locator("main img, main script").count() == 0, path.name
        assert page.locator("a[href^=javascript], a[*|href^=javascript]").count() == 0, path.name
        assert (page.evaluate("document.documentElement.dataset.figures") or "0/0").split("/") == \
               (page.evaluate("document.documentElement.dataset.figures") or "0/0").split("/")[::-1], path.name
