"""The house keeps to its own plan: layers, folders, names, notebooks, and a light front door."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "zzlib"
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
CONFIG = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
(LAYERS,) = (contract["layers"] for contract in CONFIG["tool"]["importlinter"]["contracts"])


def modules() -> set[str]:
    found = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return found - {"__init__"}


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", ()))


def test_a_module_imports_only_from_layers_below_its_own() -> None:
    check = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    linted = subprocess.run([*check, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_every_module_stands_in_the_list_of_layers() -> None:
    listed = set(re.findall(r"\w+", " ".join(LAYERS)))
    assert modules() - listed == set()


def test_every_module_stands_on_the_architecture_page() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert {module for module in modules() if f"`{module}`" not in page} == set()


def test_no_module_is_called_utils() -> None:
    assert not {"utils", "util", "helpers", "common", "misc"} & modules()


def test_the_top_level_is_as_promised() -> None:
    promised = (
        "README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", ".ci/run",
        "environment.yml", "pyproject.toml", "requirements.lock", "requirements-test.lock",
        "zzlib", "notebooks", "data/plans", "data/observations", "data/areas", "data/demo", "outputs", "tests", "docs",
    )  # fmt: skip
    assert [path for path in promised if not (PROJECT / path).exists()] == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    look = "import sys, zzlib, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    loaded = set(json.loads(subprocess.check_output([sys.executable, "-c", look], text=True)))
    assert not loaded & {"pandas", "numpy", "scipy", "statsmodels", "plotly", "geopandas", "papermill", "pydantic"}


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_carries_no_outputs_and_names_its_kernel(self, path: Path) -> None:
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.metadata.kernelspec.language == "python"

    def test_says_what_it_is_in_both_languages(self, path: Path) -> None:
        about = nbformat.read(path, as_version=4).metadata.zzlib
        assert all(set(about[key]) == {"zh", "en"} and all(about[key].values()) for key in ("title", "description"))

    def test_has_one_parameters_cell_with_the_words_everything_uses(self, path: Path) -> None:
        (cell,) = (cell for cell in nbformat.read(path, as_version=4).cells if "parameters" in tags(cell))
        names = [statement.targets[0].id for statement in ast.parse(cell.source).body]
        of_a_run = ["kind", "plan", "through", "as_of", "data", "language", "event", "outputs"]
        asked = ["plan", "through", "as_of", "data", "language", "folder"]
        assert names == of_a_run if path.stem == "scheduled_run" else names[:6] == asked

    def test_keeps_logic_in_the_package(self, path: Path) -> None:
        forbidden = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.For | ast.While | ast.Try | ast.Lambda
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert not [part for part in ast.walk(ast.parse(cell.source)) if isinstance(part, forbidden)], (
                    cell.source
                )
                assert len(cell.source.splitlines()) <= 15, cell.source

    def test_speaks_both_languages_in_pairs(self, path: Path) -> None:
        markdown = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
        spoken = [tags(cell) & {"zh", "en"} for cell in markdown]
        assert len(markdown) % 2 == 0
        for first, second in zip(spoken[::2], spoken[1::2], strict=True):
            assert first | second == {"zh", "en"}
            assert len(first) == len(second) == 1
