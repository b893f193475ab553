"""The notebooks answer for any plan: they run on national figures, in English, as they run on the city's own."""

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest

from zzlib.evaluation import evaluate

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(set(FOLDER.glob("*.ipynb")) - {FOLDER / "scheduled_run.ipynb"})  # it runs the others
ASKED = {"plan": "china-2006-2010", "through": "2008", "as_of": "2008-12-31", "language": "en"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("run"))


def findings(notebook: nbformat.NotebookNode, **parameters: Any) -> list[Any]:
    """What the cells show, run one after the other in this process as papermill would run them."""
    names: dict[str, Any] = {}
    shown = []
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
    return shown


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


def test_only_what_is_about_districts_commitments_or_months_needs_them() -> None:
    needs = {path.stem: nbformat.read(path, as_version=4).metadata.zzlib.get("needs", []) for path in NOTEBOOKS}
    assert {name for name, needed in needs.items() if "districts" in needed} == {"district_map", "target_allocation"}
    assert {name for name, needed in needs.items() if "months" in needed} == {"monthly_monitoring", "policy_effect"}
    assert {name for name, needed in needs.items() if "commitments" in needed} == {"commitments"}
    assert {name for name, needed in needs.items() if "outcomes" in needed} == {"final_assessment"}
