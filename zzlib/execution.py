"""Strict papermill: where it would only warn, an unattended run is refused; where it would guess, this decides.

Seen with papermill alone: a misspelt parameter warns and the run succeeds on defaults; without a cell tagged
`parameters` the given values are overwritten; the kernel is whichever the user's account calls python3; the working
folder is the scheduler's; and the whole notebook is written twice a cell, which takes longer than the cells do.
"""

from __future__ import annotations

import ast
import difflib
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzlib.errors import Fault, RunError
from zzlib.kernels import Kernels
from zzlib.language import Message

if TYPE_CHECKING:
    from nbformat import NotebookNode


ENGINE = "zzlib"
PATIENCE = 1800  # seconds that one cell may take: a run that hangs is ended, and told of


class NotebookError(RunError):
    """A notebook that stopped with an error; its executed part is on disk with the error marked."""


def read(path: Path) -> NotebookNode:
    """Return a notebook from its file; raises OSError or ValueError when it is none."""
    notebook: NotebookNode = _nbformat().read(path, as_version=4)
    return notebook


@cache
def _nbformat() -> Any:
    """Return nbformat without a grammar of web addresses that takes a second to build and judges no notebook."""
    grammar = "rfc3987_syntax"  # which jsonschema takes where it is installed, as it is beside JupyterLab
    spared = sys.modules.setdefault(grammar, None) is None  # type: ignore[arg-type]
    try:
        import nbformat
    finally:
        if spared:
            del sys.modules[grammar]
    return nbformat


def faults(notebook: NotebookNode, parameters: Mapping[str, object], *, where: str) -> list[Fault]:
    """Return why a notebook must not be run with these parameters; nothing when it may.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("through = '2018'", metadata={"tags": ["parameters"]})
    >>> [print(fault) for fault in faults(new_notebook(cells=[cell]), {"trough": "2018"}, where="a.ipynb")]
    a.ipynb: parameter 'trough' is not declared; did you mean 'through'? Declared: through.
    [None]
    """
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    if len(tagged) != 1 or tagged[0].cell_type != "code":
        what = Message("exactly one code cell must be tagged 'parameters'; {count} are", count=len(tagged))
        remedy = Message("Tag the cell that declares them; otherwise the given values would be overwritten.")
        return [Fault(what, where=where, remedy=remedy)]
    try:
        declared = literals(tagged[0].source)
    except (SyntaxError, ValueError):
        what = Message("the cell tagged 'parameters' holds more than plain values")
        return [Fault(what, where=where, remedy=Message('Write one line a parameter, such as through = "2018".'))]
    found = []
    for name, value in parameters.items():
        if name not in declared:
            near = difflib.get_close_matches(name, declared, n=1)
            hint = Message("; did you mean '{name}'?", name=near[0]) if near else ""
            what = Message("parameter '{name}' is not declared{hint}", name=name, hint=hint)
            found.append(Fault(what, where=where, remedy=Message("Declared: {names}.", names=list(declared))))
        elif type(value) is not type(declared[name]):
            what = Message(
                "parameter '{name}' is declared as {declared} and given as {given}",
                name=name, declared=type(declared[name]).__name__, given=type(value).__name__,
            )  # fmt: skip
            found.append(Fault(what, where=where, remedy=Message("Give a value of the declared type.")))
    return found


def literals(source: str) -> dict[str, object]:
    """Return the names and plain values that a cell assigns; raises ValueError if it does anything else.

    An annotation is a name, such as `through: str = "2018"`: Python computes annotations too.
    """
    values = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.annotation, ast.Name):
            target, value = statement.target, statement.value
        else:
            raise ValueError("not an assignment")
        if not isinstance(target, ast.Name):
            raise ValueError("not a name")
        values[target.id] = ast.literal_eval(value)
    return values


def execute(
    notebook: NotebookNode, output: Path, parameters: Mapping[str, object], *, folder: Path, kernels: Kernels
) -> None:
    """Execute a notebook in a working folder and write it, with its outputs, once it has come to an end.

    Raises NotebookError when a cell fails or the kernel dies; the written notebook then bears the error.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    _register_engine()
    try:
        papermill.execute_notebook(
            notebook,
            str(output).replace("{", "{{").replace("}", "}}"),  # papermill fills braces in paths
            parameters=dict(parameters),
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            kernel_manager_class=kernels.manager(output.stem),
            resources={"metadata": {"path": str(folder)}},
            shutdown_kernel="immediate",
            execution_timeout=PATIENCE,
        )
    except PapermillExecutionError as failure:
        raise _failed(output, f"{failure.ename}: {failure.evalue}") from failure
    except Exception as failure:
        reason = f"{type(failure).__name__}: {failure}"
        _mark(output, failure)
        raise _failed(output, reason) from failure


@cache
def _register_engine() -> None:
    """Make papermill's own engine known as one that writes nothing between begin and end."""
    from papermill.engines import NBClientEngine, papermill_engines

    class WrittenAtTheEnd(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
            place, nb_man.output_path = nb_man.output_path, None
            try:
                super().execute_managed_notebook(nb_man, kernel_name, **options)
            finally:
                nb_man.output_path = place

    papermill_engines.register(ENGINE, WrittenAtTheEnd)


def _failed(output: Path, reason: str) -> NotebookError:
    return NotebookError(Fault(Message("the notebook stopped ({reason})", reason=reason), where=output.name))


def _mark(output: Path, failure: Exception) -> None:
    """Write a failure outside the cells, such as a dead kernel, into the cell that was running."""
    if not output.exists():
        return
    notebook = json.loads(output.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    started = [cell for cell in code if cell["metadata"].get("papermill", {}).get("start_time")]
    if started:
        error = {"ename": type(failure).__name__, "evalue": str(failure), "traceback": [str(failure)]}
        started[-1]["outputs"].append({"output_type": "error", **error})
        output.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
