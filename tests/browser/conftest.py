"""A reader at a width: Debian's chromium without a network, its requests and messages noted; and runs to read."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from zzlib.run import RunResult, run


@dataclass
class Reader:
    """Somebody who opens a file; what the page asked for beside itself and what it said to the console is kept."""

    page: Page
    scripts: bool = True
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def open(self, path: Path) -> Page:
        """Open an HTML file and wait until its figures, if it has any, are drawn or have failed."""
        address = path.resolve().as_uri()
        self.page.on("request", lambda request: request.url == address or self.requests.append(request.url))
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.goto(address)
        if self.scripts and self.page.locator(".figure").count():
            self.page.wait_for_selector("html[data-figures]", state="attached")
        return self.page

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture
def page_at(browser: Browser) -> Iterator[Callable[..., Reader]]:
    """`page_at(390)` is a reader with a screen that wide; `dark` for the dark colours, `scripts=False` without any."""
    contexts = []

    def page_at(width: int, *, dark: bool = False, scripts: bool = True) -> Reader:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 640 else 800},
            has_touch=width < 640,
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            java_script_enabled=scripts,
        )
        context.set_offline(True)
        contexts.append(context)
        return Reader(context.new_page(), scripts)

    yield page_at
    for context in contexts:
        context.close()


PLACES = ("folder", "briefing", "index", "manifest")


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RunResult]:
    """`ran("zhengzhou-2016-2020", "en")` is a mid-term run of a plan in a language, made once for all processes."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "ran"
    shared.mkdir(exist_ok=True)

    @cache
    def asked(plan: str, language: str) -> RunResult:
        made = shared / f"{plan}-{language}.json"
        with made.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be making it
            if not made.exists():
                result = run("midterm", plan=plan, language=language, outputs=shared / language)
                made.write_text(json.dumps([str(getattr(result, name)) for name in PLACES]), encoding="utf-8")
        return RunResult(*map(Path, json.loads(made.read_text(encoding="utf-8"))))

    return lambda plan, language="zh": asked(plan, language)
