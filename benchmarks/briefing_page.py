"""Weigh the briefing, with Plotly's small bundle and without, and time in Chromium how soon its first figure is drawn.

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

RUNS = 5
SECONDS = 1.0  # until the first figure stands
MEGABYTES = {"bundle": 1.0, "whole": 2.2}  # that are promised of a page


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
    """Print size and times."""
    bundle = plotly_script.BUNDLE
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        notebook = run("midterm", plan="zhengzhou-2016-2020", outputs=Path(folder)).folder / "briefing.ipynb"
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, place in (("bundle", bundle), ("whole", Path(folder) / "none")):
            plotly_script.BUNDLE = place
            pages._plotly_script.cache_clear()
            path = Path(folder) / f"{name}.html"
            path.write_text(pages.page(execution.read(notebook), title="t", language="zh", code="none"), "utf-8")
            first = statistics.median(until_drawn(browser, path) for _ in range(RUNS))
            size = path.stat().st_size / 1e6
            print(f"{name}: {size:.2f} MB (at most {MEGABYTES[name]:g}), first figure after {first:.2f} s", end=" ")
            print(f"(at most {SECONDS:g})" if name == "bundle" else "")


if __name__ == "__main__":
    main()
