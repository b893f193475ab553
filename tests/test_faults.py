"""Whatever happens to a run, at every moment a reader finds a whole one, and the next run needs no help.

Here a run is killed before each of its writes in turn, in processes of their own and without kernels; the campaign with
real runs, killed at random moments, is validation/test_reliability.py.
"""

import itertools
import json
import os
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest
from nbformat.v4 import new_output
from test_run import PLAN, home, notebook, notebooks, outputs, started

from zzlib import execution, folders, kernels, published

__all__ = ["notebooks", "outputs"]
STEP = int(os.environ.get("ZZLIB_CRASH_STEP", "3"))  # before every third write here, before each in `make validation`
BEFORE_WRITING = (
    ("zzlib.folders", "write"),
    ("os", "replace"),
    ("os", "rename"),
    ("os", "fsync"),
    ("shutil", "rmtree"),
)


@pytest.fixture
def without_kernels(notebooks: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let notebooks be written as they are instead of executed."""

    def execute(content: nbformat.NotebookNode, output: Path, parameters: Any, **given: Any) -> None:
        for cell in content.cells[2:]:
            cell.outputs = [new_output("stream", text=cell.source)]
        nbformat.write(content, output)

    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(kernels, "warm", lambda: None)
    return notebooks


def killed(attempt: Callable[[], object], before: int) -> bool:
    """Make an attempt in a process that ends at once before its nth write; return whether it came so far."""
    child = os.fork()
    if not child:
        count = itertools.count()
        for module, name in BEFORE_WRITING:
            _die(module, name, count, before)
        try:
            attempt()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def _die(module: str, name: str, count: Iterator[int], before: int) -> None:
    import importlib

    place = importlib.import_module(module)
    real = getattr(place, name)

    def dying(*given: Any, **named: Any) -> Any:
        if next(count) == before:
            os._exit(9)
        return real(*given, **named)

    setattr(place, name, dying)


def seen(folder: Path) -> str:
    """What a reader finds: the mark of the page, once it is sure that page and index are whole and lead somewhere."""
    for page in (folder / "briefing.html", folder / "index.html"):
        text = page.read_text(encoding="utf-8")
        assert text.rstrip().endswith("</html>")
        for link in re.findall(r'href="([^"#:]+)"', text):
            assert (folder / unquote(link)).exists(), link
    for path in folder.glob("[!.]*/run.json"):
        assert published.agrees(path.parent, published.sums(path.parent))
        json.loads(path.read_text(encoding="utf-8"))
    return re.findall("mark (\\w+)", (folder / "briefing.html").read_text(encoding="utf-8"))[0]


def test_a_run_killed_before_any_of_its_writes_loses_nothing(
    without_kernels: Callable[..., None], outputs: Path
) -> None:
    without_kernels(briefing=notebook("# mark old"))
    first = started(outputs).folder
    without_kernels(briefing=notebook("# mark new"))
    marks = []
    for before in itertools.count(step=STEP):
        came_so_far = killed(lambda: started(outputs), before)
        marks.append(seen(home(outputs)))
        assert first.is_dir()
        if not came_so_far:
            break
        if marks[-1] == "new":  # published: so that the next attempt has something to write
            without_kernels(briefing=notebook("# mark old"))
            started(outputs)
            without_kernels(briefing=notebook("# mark new"))
    assert len(marks) > 35 // STEP
    assert marks[0] == "old"
    assert marks[-1] == "new"
    assert not [path for path in outputs.rglob(".*") if path.name != folders.LOCK]
    assert started(outputs).unchanged


def test_runs_that_begin_at_once_make_one_run(without_kernels: Callable[..., None], outputs: Path) -> None:
    without_kernels(briefing=notebook("# mark one"))
    children = []
    for _ in range(8):
        child = os.fork()
        if not child:
            code = 1
            try:
                started(outputs)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    assert seen(home(outputs)) == "one"
    assert len(list(home(outputs).glob("*/run.json"))) == 1
    assert (outputs / PLAN).is_dir()
