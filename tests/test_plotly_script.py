"""The script that draws the figures: the small bundle where set-up fetched it, the whole one anywhere else."""

import os
import stat
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from zzlib import pages, plotly_script

WHOLE = plotly_script._whole()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A place without a bundle; what pages remember of a script is forgotten before and after."""
    place = tmp_path / "share" / plotly_script.FILE
    monkeypatch.setattr(plotly_script, "BUNDLE", place)
    pages._plotly_script.cache_clear()
    yield place
    pages._plotly_script.cache_clear()


def put(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def npm(folder: Path, lines: str) -> None:
    """Put a program `npm` into a folder."""
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)


def eight_figures() -> nbformat.NotebookNode:
    bundle = {"data": [{"type": "scatter", "x": list(range(30)), "y": list(range(30))}], "layout": {"height": 300}}
    output = v4.new_output("display_data", {pages.PLOTLY: bundle, "text/plain": "A line."})
    return v4.new_notebook(cells=[v4.new_code_cell("show()", outputs=[output]) for _ in range(8)])


def test_without_a_bundle_the_whole_script_draws() -> None:
    assert plotly_script.script() == WHOLE


def test_a_bundle_of_the_same_version_draws_and_one_of_another_version_does_not(fresh: Path) -> None:
    version = plotly_script._version(WHOLE)
    put(fresh, f"/** plotly.js (cartesian - minified) v{version} */ small")
    assert plotly_script.script().endswith("small")
    put(fresh, "/** plotly.js (cartesian - minified) v0.0.1 */ old")
    assert plotly_script.script() == WHOLE


@pytest.mark.parametrize(
    "does", ["exit 1", "true", "echo nonsense > a.tgz", f"tar czf a.tgz --files-from={os.devnull}"]
)
def test_an_npm_that_gives_nothing_leaves_everything_as_it_was(
    does: str, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm(tmp_path, does)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert not plotly_script.fetch()
    assert not fresh.exists()


def test_a_bundle_of_the_wrong_version_is_not_taken(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = f"mkdir package && echo '/* plotly.js v0.0.1 */' > package/{plotly_script.FILE} && tar czf a.tgz package"
    npm(tmp_path, wrong)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert not plotly_script.fetch()
    assert not fresh.exists()


def test_where_there_is_no_npm_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not plotly_script.fetch()


def test_a_page_of_eight_figures_stays_small_on_any_machine() -> None:
    page = pages.page(eight_figures(), title="t", language="zh")
    assert len(page.encode()) < 2.2e6


def test_and_smaller_with_the_bundle_that_set_up_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    page = pages.page(eight_figures(), title="t", language="zh")
    assert len(page.encode()) < (1e6 if plotly_script.BUNDLE.is_file() else 2.2e6)
