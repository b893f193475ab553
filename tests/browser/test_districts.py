"""The district pages as people meet them: on a phone, on a screen and on A4, and of three thousand areas.

The pictures in `golden/` were looked at. To accept a change: look at the new ones that a failing test leaves in its
folder, then run these tests once with ZZLIB_GOLDEN=write.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

import asked
import geopandas
import numpy as np
import pandas as pd
import pytest
from nbformat import v4
from playwright.sync_api import Page
from shapely import Polygon

from zzlib import districts, maps, pages, where
from zzlib.evaluation import Evaluation

GOLDEN = Path(__file__).parent / "golden"
FIGURES = {"map": lambda city: where.district_map(city).parts[0], "funnel": where.funnel, "years": where.by_year}
SIZES = {"390": 390, "1280": 1280, "a4": 643}  # 17 cm is what A4 leaves between its margins
OVERLAPS = """
() => {
  const boxes = [...document.querySelectorAll(".annotation-text, .legendtext, .xtick text, .ytick text")]
    .map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0);
  const meet = (a, b) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.filter((one, i) => boxes.slice(0, i).some((other) => meet(one, other))).length;
}
"""
# Both pictures on a grid of cells of about eight pixels: their mean difference, and the share of cells far apart.
APART = """
async ([one, other]) => {
  const load = async (data) => { const image = new Image(); image.src = data; await image.decode(); return image; };
  const images = [await load(one), await load(other)];
  const [width, height] = [Math.round(images[0].width / 8), Math.round(images[0].height / 8)];
  const cells = images.map((image) => {
    const canvas = new OffscreenCanvas(width, height).getContext("2d");
    canvas.drawImage(image, 0, 0, width, height);
    return canvas.getImageData(0, 0, width, height).data;
  });
  const apart = cells[0].map((value, i) => Math.abs(value - cells[1][i]));
  const sizes = images.map((image) => [image.width, image.height]);
  const far = apart.filter((value) => value > 60).length / apart.length;
  return { sizes, mean: apart.reduce((a, b) => a + b, 0) / apart.length, far };
}
"""


@pytest.fixture(scope="module")
def city() -> Evaluation:
    return asked.evaluation("zhengzhou-2016-2020", 2018, "zh")


def written(figure: object, path: Path, mark: str = "") -> Path:
    cell = v4.new_code_cell("", outputs=[v4.new_output("display_data", data=figure._repr_mimebundle_())])
    text = pages.page(v4.new_notebook(cells=[cell]), title="图", language="zh", mark=mark)
    path.write_text(text, encoding="utf-8")
    return path


def drawn(page_at: Callable, size: str, path: Path) -> Page:
    page = page_at(SIZES[size]).open(path)
    if size == "a4":
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.wait_for_timeout(500)
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_is_as_it_was_looked_at(
    city: Evaluation, page_at: Callable, tmp_path: Path, name: str, size: str
) -> None:
    page = drawn(page_at, size, written(FIGURES[name](city), tmp_path / "page.html", city.mark))
    assert page.evaluate(OVERLAPS) == 0
    now, kept = tmp_path / f"{name}-{size}.png", GOLDEN / f"{name}-{size}.png"
    page.locator(".figure").screenshot(path=now)
    if os.environ.get("ZZLIB_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        kept.write_bytes(now.read_bytes())
    data = [f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}" for path in (kept, now)]
    page.goto("about:blank")
    found = page.evaluate(APART, data)
    assert found["sizes"][0] == found["sizes"][1]
    assert found["mean"] < 3, found
    assert found["far"] < 0.01, found


def test_every_shape_lies_inside_the_picture(city: Evaluation, page_at: Callable, tmp_path: Path) -> None:
    page = drawn(page_at, "390", written(FIGURES["map"](city), tmp_path / "page.html"))
    outside = page.evaluate("""() => {
        const frame = document.querySelector(".figure").getBoundingClientRect();
        const shapes = [...document.querySelectorAll(".scatterlayer path.js-fill, .scatterlayer path.js-line")];
        return shapes.map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0 && (
            box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom
        )).length;
    }""")
    assert outside == 0


def country() -> tuple[pd.DataFrame, geopandas.GeoDataFrame, pd.DataFrame]:
    """Three thousand areas, each with a border of forty points."""
    rng = np.random.default_rng(5)
    codes = [f"{place:06}" for place in range(3000)]
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    shapes = [
        Polygon(np.column_stack([
            20_000 * (place % 60) + 9_000 * reach * np.cos(turn), 20_000 * (place // 60) + 9_000 * reach * np.sin(turn)
        ]))
        for place, reach in enumerate(rng.uniform(0.9, 1.1, (3000, 40)))
    ]  # fmt: skip
    exposure = rng.uniform(5, 50, 3000)
    deaths = rng.poisson(exposure * rng.gamma(10, 0.1, 3000))
    rows = districts.rates(pd.DataFrame({"area": codes, "deaths": deaths, "exposure": exposure}))
    areas = pd.DataFrame(
        {"area": ["0", *codes], "zh": ["某国", *codes], "en": ["C", *codes], "parent": ["", *["0"] * 3000]}
    )
    return rows.assign(period="2018"), geopandas.GeoDataFrame({"area": codes}, geometry=shapes, crs=32649), areas


def test_a_page_of_three_thousand_areas_is_small_and_answers_to_the_pointer(page_at: Callable, tmp_path: Path) -> None:
    rows, shapes, areas = country()
    figure = maps.district_map(rows, shapes, areas, name="死亡率", unit="人/万人", per="万人", language="zh")
    path = written(figure, tmp_path / "page.html")
    assert path.stat().st_size <= 3 * 10**6
    page = drawn(page_at, "1280", path)
    box = page.locator(".figure .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".hoverlayer .hovertext", timeout=5000)
    assert "死亡 " in (page.locator(".hoverlayer").text_content() or "")
