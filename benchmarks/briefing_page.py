"""Weigh the briefing, and time in Chromium how soon its first figure is seen, beside a page with Plotly's whole script.

Run as `python benchmarks/briefing_page.py`, with nothing else running; it needs Chromium and Playwright.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from zzlib import execution, pages, plotly_script
from zzlib.run import run

RUNS = 7
SECONDS = 1.0  # until the first figure stands
MEGABYTES = 1.0  # of a page, which are promised


# The page's own clock, from the moment it is opened to the first frame that is painted after a figure was drawn.
WATCH = """new MutationObserver((_, watch) => {
    if (!document.querySelector('.figure .main-svg')) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => { window.firstFigure = performance.now(); }));
}).observe(document, {subtree: true, childList: true});"""


def until_drawn(browser: Browser, path: Path) -> float:
    """Return the seconds from opening the page until the first figure can be seen."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(WATCH)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-figures]", state="attached")
    seconds: float = page.evaluate("window.firstFigure") / 1000
    page.close()
    return seconds


def main() -> None:
    """Print size and times, of both pages in turn: other work on the machine then slows both alike."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        notebook = run("midterm", plan="zhengzhou-2016-2020", outputs=Path(folder)).folder / "briefing.ipynb"
        paths = {name: Path(folder) / f"{name}.html" for name in ("cut", "whole")}
        for name, path in paths.items():
            if name == "whole":
                plotly_script.cut = lambda text, kinds: text
                plotly_script.quick = lambda text: text
                plotly_script.script.cache_clear()
                pages._plotly_script.cache_clear()
            path.write_text(pages.page(execution.read(notebook), title="t", language="zh", code="none"), "utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        times: dict[str, list[float]] = {name: [] for name in paths}
        for _ in range(RUNS):
            for name, path in paths.items():
                times[name].append(until_drawn(browser, path))
        for name, path in paths.items():
            size, first = path.stat().st_size / 1e6, statistics.median(times[name])
            promised = f" (at most {MEGABYTES:g} MB, {SECONDS:g} s)" if name == "cut" else ""
            print(f"{name}: {size:.2f} MB, first figure after {first:.2f} s{promised}")


if __name__ == "__main__":
    main()
