"""Weigh a page with a map of 3,000 areas, and time in Chromium how soon it answers to the pointer.

Run as `python benchmarks/district_page.py`, with nothing else running; it needs Chromium and Playwright.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
from nbformat import v4
from playwright.sync_api import Page, sync_playwright
from shapely import Polygon

from zzlib import districts, maps, pages

AREAS, POINTS, RUNS = 3000, 40, 5
MEGABYTES, SECONDS = 3.0, 2.0  # that are promised


def country() -> tuple[pd.DataFrame, geopandas.GeoDataFrame, pd.DataFrame]:
    """Return the districts of a large country, each with a border of many points, with their shapes and names."""
    random = np.random.default_rng(2015)
    codes = [f"{place:06}" for place in range(AREAS)]
    turn = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    reach = 9_000 * random.uniform(0.9, 1.1, (AREAS, POINTS))
    shapes = [
        Polygon(np.column_stack([20_000 * (place % 60) + r * np.cos(turn), 20_000 * (place // 60) + r * np.sin(turn)]))
        for place, r in enumerate(reach)
    ]
    exposure = random.uniform(5, 50, AREAS)
    deaths = random.poisson(exposure * random.gamma(10, 0.1, AREAS))
    rows = districts.rates(pd.DataFrame({"area": codes, "deaths": deaths, "exposure": exposure}))
    names = ["某国", *codes]
    areas = pd.DataFrame({"area": ["0", *codes], "zh": names, "en": names, "parent": ["", *["0"] * AREAS]})
    return rows.assign(period="2018"), geopandas.GeoDataFrame({"area": codes}, geometry=shapes, crs=32649), areas


def until_it_answers(page: Page, path: Path) -> float:
    """Return the seconds from opening the page to the first answer to the pointer."""
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-figures]", state="attached")
    box = page.locator(".figure .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".hoverlayer .hovertext")
    return time.perf_counter() - start


def main() -> None:
    """Print size and times."""
    rows, shapes, areas = country()
    figure = maps.district_map(rows, shapes, areas, name="死亡率", unit="人/万人", per="万人", language="zh")
    cell = v4.new_code_cell("", outputs=[v4.new_output("display_data", data=figure._repr_mimebundle_())])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        path.write_text(pages.page(v4.new_notebook(cells=[cell]), title="Map", language="zh"), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        times = [until_it_answers(browser.new_page(viewport={"width": 1280, "height": 800}), path) for _ in range(RUNS)]
        size = path.stat().st_size / 10**6
    print(
        f"{size:.2f} MB (at most {MEGABYTES:g}), answers after {statistics.median(times):.2f} s (at most {SECONDS:g})"
    )


if __name__ == "__main__":
    main()
