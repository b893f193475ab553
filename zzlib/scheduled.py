"""A run that a scheduler starts: strict where the scheduler is lenient, and telling afterwards what happened.

Schedulers hand parameters to the notebook `scheduled_run` as Python text. Airflow's PapermillOperator and
jupyter-scheduler take a name that no cell declares in silence, and jupyter-scheduler pastes name and value as they
are typed. So the notebook's first cell lets nothing run but the notebook's own cells and plain values of the names it
declares: anything else is refused before it is executed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from zzlib import execution, notify
from zzlib.errors import Fault, ParameterError
from zzlib.language import LANGUAGES, Message, sentence
from zzlib.periods import over
from zzlib.plan import PROJECT
from zzlib.request import NOTEBOOKS
from zzlib.run import OUTPUTS
from zzlib.watched import tell, watched

NOTEBOOK = NOTEBOOKS / "scheduled_run.ipynb"


def only_values(shell: Any) -> None:
    """Let an IPython shell execute nothing from now on but the cells of `scheduled_run` and values of its parameters.

    What else it is given is refused before any of it is executed, with IPython's InputRejected.
    """
    from IPython.core.error import InputRejected

    class OnlyValues(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            try:
                found = refused(node)
            except Exception as failure:  # IPython would drop a transformer that breaks, and run the cell
                found = [f"{type(failure).__name__}: {failure}"]
            if found:
                _tell_refusal(found)
                raise InputRejected("\n".join(found))
            return node

    shell.ast_transformers.append(OnlyValues())


def _tell_refusal(found: Sequence[str]) -> None:
    refusal = notify.Told(Message("{about}: the run failed", about=NOTEBOOK.stem), tuple(found))
    tell(lambda: refusal, notify.take_addresses(), LANGUAGES[0])


def refused(cell: ast.AST) -> list[str]:
    """Return why a cell must not be executed, in the language that it asks for; nothing when it may.

    >>> refused(ast.parse("through = '2018-06'"))
    []
    >>> print(*refused(ast.parse("trough = '2018-06'\\nlanguage = 'en'")))
    scheduled_run: parameter 'trough' is not declared; did you mean 'through'? Declared: ...
    """
    if ast.dump(cell) in _own_cells():
        return []
    try:
        given = execution.literals(ast.unparse(cell))
    except (SyntaxError, ValueError, TypeError, RecursionError):
        remedy = Message("Write one line a parameter, and text in quotes, such as through = '2018-06'.")
        what = Message("a parameter is given more than a plain value, and nothing of it was executed")
        return [sentence(Fault(what, where=NOTEBOOK.stem, remedy=remedy), language) for language in LANGUAGES]
    asked = given.get("language")
    language = asked if isinstance(asked, str) and asked in LANGUAGES else LANGUAGES[0]
    return [sentence(fault, language) for fault in _faults(given)]


@cache
def _own_cells() -> frozenset[str]:
    cells = execution.read(NOTEBOOK).cells
    return frozenset(ast.dump(ast.parse(cell.source)) for cell in cells if cell.cell_type == "code")


def _faults(given: dict[str, object]) -> list[Fault]:
    found = execution.faults(execution.read(NOTEBOOK), given, where=NOTEBOOK.stem)
    mixed = [name for name, value in given.items() if isinstance(value, list) and not _texts(value)]
    return found + [Fault(Message("'{name}' is a list of texts", name=name), where=NOTEBOOK.stem) for name in mixed]


def _texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def run(
    kind: str,
    *,
    plan: str,
    through: str,
    as_of: str,
    data: Sequence[str],
    language: str,
    event: str,
    outputs: str,
) -> Path:
    """Run as `zzlib run` does, from a notebook: empty texts are defaults, relative paths start at the project's folder.

    `through` may be `last-month`, `last-quarter` or `last-year`; `outputs` is a folder below the project's own, which a
    schedule never leaves. Returns the page that readers open; raises as `zzlib.run.run` does.
    """
    kept = (OUTPUTS / outputs).resolve()
    if not kept.is_relative_to(OUTPUTS.resolve()):
        what = Message("outputs: '{text}' is not below the project's outputs folder", text=outputs)
        remedy = Message("Name a folder below it, or use zzlib run --outputs DIR.")
        raise ParameterError(Fault(what, where=NOTEBOOK.stem, remedy=remedy))
    result = watched(
        kind,
        plan=_place(plan) if Path(plan).suffix else plan,
        through=over(through, date.today()) or None,
        as_of=as_of or None,
        data=[place if "://" in place else _place(place) for place in data],
        language=language,
        event=event,
        outputs=kept,
    )
    return result.briefing


def _place(path: str) -> str:
    return str(PROJECT / path)
