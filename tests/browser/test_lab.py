"""JupyterLab itself, started as a user starts it: Chinese, notebooks run without an error, explore answers."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, Route

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
# nbval runs the cells of every notebook with the tests; in the lab itself all of them run in `make validation`.
# Not `scheduled_run`: it publishes, and lets nothing else run in its kernel; validation/test_schedules.py runs it.
TRIED = sorted({*NAMES} - {"scheduled_run"}) if os.environ.get("ZZLIB_LAB") == "all" else ["briefing", "explore"]
# What the open notebook's document holds; what is scrolled away need not stand in the page.
CELLS = """jupyterapp.shell.currentWidget.content.widgets.filter(cell => cell.model.type == 'code').map(
    cell => ({ran: cell.model.executionCount != null && cell.model.executionState == 'idle',
              outputs: cell.model.outputs.toJSON()}))"""
READY = """name => {
    const shown = jupyterapp.shell.currentWidget, kernel = shown?.sessionContext?.session?.kernel;
    return shown?.title.label == name && kernel?.connectionStatus == 'connected' && kernel.status == 'idle'}"""
DRAWN = "document.querySelectorAll('.jp-Notebook:not(.lm-mod-hidden) .js-plotly-plot .main-svg').length"
DRAWING = {"briefing", "data_quality", "district_map", "midterm_evaluation", "trend_forecast"}
PLOTLY = "application/vnd.plotly.v1+json"


@dataclass
class Lab:
    """A JupyterLab in a browser; what it asked of other hosts is kept, and refused.

    All notebooks share one kernel, which saves the imports; nbval runs each in its own.
    """

    page: Page
    address: str
    kernel: str | None = None
    elsewhere: list[str] = field(default_factory=list)

    def open(self, name: str) -> None:
        """Open a notebook in a tab of its own and wait for its kernel."""
        asked = {"path": f"{name}.ipynb"} | ({"kernel": {"id": self.kernel}} if self.kernel else {})
        self.page.evaluate("asked => { jupyterapp.commands.execute('docmanager:open', asked); }", asked)
        self.page.wait_for_function(READY, arg=f"{name}.ipynb", timeout=60_000)
        used = self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")
        assert used == (self.kernel or used)
        self.kernel = used

    def run_all(self) -> list[dict[str, Any]]:
        """Run all cells from the menu and return what each code cell shows."""
        self.page.get_by_role("menuitem", name="运行", exact=True).click()
        self.page.get_by_role("menuitem", name="运行所有单元格", exact=True).click()
        self.page.wait_for_function(f"{CELLS}.every(cell => cell.ran)", timeout=90_000)
        cells: list[dict[str, Any]] = self.page.evaluate(CELLS)
        return cells

    def close(self) -> None:
        """Close the notebook's tab without a question about saving."""
        self.page.evaluate("""() => { const shown = jupyterapp.shell.currentWidget;
            shown.context.model.dirty = false; shown.close() }""")


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start JupyterLab on copies of the notebooks, in a HOME of its own; with one folder of tables, as a run's."""
    home = tmp_path_factory.mktemp("home")
    work = home / "notebooks"
    work.mkdir()
    for name in NAMES:
        notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", ()):
                cell.source = cell.source.replace('folder = ""', f"folder = {str(home / 'run')!r}")
        nbformat.write(notebook, work / f"{name}.ipynb")
    settings = home / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # so that all of it is drawn
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, address = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser", "--expose-app-in-browser",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        "--KernelManager.shutdown_wait_time=0.5", str(work),
    ]  # fmt: skip
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=kept | {"HOME": str(home)}, stdout=log, stderr=log)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")  # not the browser's choice
    try:
        _wait_for(f"{address}/api?token={token}", server, home / "log")
        found = Lab(context.new_page(), address)
        found.page.route("**/*", lambda route: _only_here(route, found))
        found.page.goto(f"{address}/lab?token={token}")
        found.page.wait_for_function("window.jupyterapp && jupyterapp.restored.then(() => true)", timeout=60_000)
        yield found
    finally:
        context.close()
        server.terminate()
        server.wait(30)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(log.read_text())


def _only_here(route: Route, lab: Lab) -> None:
    if route.request.url.startswith((lab.address, "data:", "blob:")):
        route.continue_()
    else:
        lab.elsewhere.append(route.request.url)
        route.abort()


def test_the_interface_is_chinese_in_a_browser_that_is_not(lab: Lab) -> None:
    menus = lab.page.locator(".lm-MenuBar-itemLabel").all_text_contents()
    assert {"文件", "编辑", "查看", "运行", "内核", "设置", "帮助"} <= set(menus)
    assert lab.page.locator(".jp-toast-message, .Toastify__toast").count() == 0  # no question about news
    assert lab.elsewhere == []


@pytest.mark.parametrize("name", sorted(set(TRIED) - {"explore"}))
def test_a_notebook_runs_without_an_error_and_draws_its_figures(lab: Lab, name: str) -> None:
    lab.open(name)
    try:
        outputs = [output for cell in lab.run_all() for output in cell["outputs"]]
        assert [output for output in outputs if output["output_type"] in ("error", "stream")] == []
        assert len(outputs) >= 3
        figures = [output for output in outputs if PLOTLY in output.get("data", {})]
        assert figures or name not in DRAWING
        lab.page.wait_for_function(f"figures => {DRAWN} >= figures", arg=len(figures), timeout=30_000)
    finally:
        lab.close()


def test_explore_answers_mouse_and_keyboard(lab: Lab) -> None:
    lab.open("explore")
    outputs = [output for cell in lab.run_all() for output in cell["outputs"]]
    assert [output for output in outputs if output["output_type"] in ("error", "stream")] == []
    page = lab.page
    page.locator(".js-plotly-plot .main-svg").first.wait_for()

    def shown() -> tuple[str, str, Any]:
        figure = "document.querySelector('.js-plotly-plot')"
        return (
            page.locator(".zz-number").inner_text(), page.locator(".zz-answer").inner_text(),
            page.evaluate(f"JSON.stringify({figure}.data.map(trace => trace.y))"),
        )  # fmt: skip

    def moved(before: tuple[str, str, Any]) -> tuple[str, str, Any]:
        page.wait_for_function(
            """before => document.querySelector('.js-plotly-plot')?.data
            && JSON.stringify(document.querySelector('.js-plotly-plot').data.map(trace => trace.y)) != before[2]
            && document.querySelector('.zz-answer').innerText != before[1]""",
            arg=list(before),
        )
        after = shown()
        assert after[0] != before[0]
        return after

    own = shown()
    assert "未作假设" in own[1]
    page.locator(".widget-slider", has_text="每年额外降幅").locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    less = moved(own)
    assert "风险每年再降 1%" in less[1]
    assert int(less[0].rstrip("%")) > int(own[0].rstrip("%"))
    page.get_by_label("再发生一起事故").select_option(label="重大事故，死亡 10 人")
    worse = moved(less)
    assert int(worse[0].rstrip("%")) < int(own[0].rstrip("%"))
    page.get_by_role("button", name="取消全部假设").click()
    assert moved(worse) == own
    page.get_by_label("地区").select_option(label="中牟县")
    district = moved(own)
    assert district[1].startswith("中牟县 · 生产安全事故死亡人数")
    page.get_by_label("指标").select_option(label="亿元国内生产总值生产安全事故死亡率")
    page.wait_for_function("document.querySelector('.zz-number').innerText == '–'")
    assert "无法评估：没有公布 2015 年的基数。需要" in page.locator(".zz-answer").inner_text()
    assert lab.elsewhere == []
