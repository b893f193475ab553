"""The notebooks answer for any plan: they run on national figures, in English, as they run on the city's own."""

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from zzlib.evaluation import evaluate
from zzlib.request import KINDS

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(set(FOLDER.glob("*.ipynb")) - {FOLDER / "scheduled_run.ipynb"})  # it runs the others
ASKED = {"plan": "china-2006-2010", "through": "2008", "as_of": "2008-12-31", "language": "en"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("run"))


def findings(notebook: nbformat.NotebookNode, **parameters: Any) -> list[Any]:
    """What the cells show, run one after the other in this process as papermill would run them."""
    return _run(notebook, **parameters)[0]


def _run(notebook: nbformat.NotebookNode, **parameters: Any) -> tuple[list[Any], dict[str, Any]]:
    names: dict[str, Any] = {}
    shown: list[Any] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        if "parameters" in cell.metadata.get("tags", ()):
            names |= parameters
        if isinstance(last, ast.Expr):
            finding = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            shown += getattr(finding, "parts", [finding])
    return shown, names


TOLD = {
    "the target year 2010 is not over by 2008",
    "the data hold no figures by district for this plan",
    "the plan has no register of its commitments",
    "months are counted where the last period looked at is one, such as --through 2018-06",
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_national_figures_or_says_what_it_lacks(path: Path, folder: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    lacking = [evaluate(**ASKED, folder=folder).lacks(need) for need in notebook.metadata.zzlib.get("needs", [])]
    if any(lacking):
        assert TOLD & {str(reason) for reason in lacking}
        assert all(lacking)
        return
    shown = findings(notebook, **ASKED, folder=folder)
    said = [part._repr_mimebundle_()["text/plain"] for part in shown]
    assert len(said) >= 3
    assert all(said)
    assert not [text for text in said if "synthetic" in text]


PERIODS = {"monthly_monitoring": "2018-06", "policy_effect": "2018-06", "final_assessment": "2020"}
READING = [path for path in NOTEBOOKS if "reads" in nbformat.read(path, as_version=4).metadata.zzlib]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("city"))


@pytest.mark.parametrize("path", READING, ids=lambda path: path.stem)
def test_a_notebook_names_the_tables_that_it_reads_for_by_them_a_run_knows_what_to_execute_again(
    path: Path, city: str
) -> None:
    notebook = nbformat.read(path, as_version=4)
    period = PERIODS.get(path.stem, "2018")
    given = {"plan": "zhengzhou-2016-2020", "through": period, "folder": f"{city}/{period}"}
    evaluate(**given)
    opened = set(_run(notebook, **given)[1]["evaluation"].tables.opened)
    assert opened == set(notebook.metadata.zzlib.reads) - {"explanation"}


def test_every_notebook_of_a_run_names_its_tables() -> None:
    named = {path.stem for path in READING}
    assert {name for kind in KINDS.values() for name in kind} == named


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_sends_nobody_to_a_file_that_does_not_travel_with_it(path: Path) -> None:
    prose = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    assert [text for text in prose if re.search(r"(docs|data)/", text)] == []


def test_only_what_is_about_districts_commitments_or_months_needs_them() -> None:
    needs = {path.stem: nbformat.read(path, as_version=4).metadata.zzlib.get("needs", []) for path in NOTEBOOKS}
    assert {name for name, needed in needs.items() if "districts" in needed} == {"district_map", "target_allocation"}
    assert {name for name, needed in needs.items() if "months" in needed} == {"monthly_monitoring", "policy_effect"}
    assert {name for name, needed in needs.items() if "commitments" in needed} == {"commitments"}
    assert {name for name, needed in needs.items() if "outcomes" in needed} == {"final_assessment"}
