"""A run that a scheduler starts: strict where the scheduler is lenient, and telling afterwards what happened.

Schedulers hand parameters to the notebook `scheduled_run` as Python text. Airflow's PapermillOperator and
jupyter-scheduler take a name that no cell declares in silence, and jupyter-scheduler pastes name and value as they
are typed. So the notebook's first cell lets nothing run but the notebook's own cells and plain values of the names it
declares: anything else is refused before it is executed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from zzlib import execution, notify, runs
from zzlib.errors import Fault, ParameterError, ZzlibError
from zzlib.language import LANGUAGES, Message, say, sentence, word
from zzlib.periods import over
from zzlib.plan import PROJECT, load_plan
from zzlib.request import NOTEBOOKS
from zzlib.run import OUTPUTS, RunResult
from zzlib.run import run as run_notebooks

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
    _tell(lambda: refusal, notify.take_addresses(), LANGUAGES[0])


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


def watched(
    kind: str, *, plan: str | Path, language: str = "zh", outputs: Path = OUTPUTS, **question: Any
) -> RunResult:
    """Run (`zzlib.run.run`), and tell the addresses of ZZLIB_NOTIFY what happened: one message at most.

    It takes what `zzlib.run.run` takes and raises as it does, and ParameterError when there are addresses but no
    apprise. A message that cannot be sent changes nothing but a line on standard error.
    """
    addresses = notify.take_addresses()
    notify.check(addresses)
    earlier = _published(kind, plan, outputs) if addresses else []
    last = earlier[-1] if earlier else None
    try:
        result = run_notebooks(kind, plan=plan, language=language, outputs=outputs, **question)
    except Exception as failure:
        reason = failure
        _tell(lambda: notify.failed(_about(kind, plan), reason, last, language), addresses, language)
        raise
    _tell(
        lambda: notify.told(notify.state(last) if last else None, notify.state(notify.read(result.folder))),
        addresses, language,
    )  # fmt: skip
    return result


def _tell(message: Callable[[], notify.Told | None], addresses: Sequence[str], language: str) -> None:
    """Make a message and send it, where there is anybody to tell and anything to say; never end a run over it."""
    if not addresses:
        return
    try:
        said = message()
    except Exception as failure:  # such as the tables of an earlier run that somebody damaged
        what = Message("what this run has to tell could not be made out ({reason})", reason=type(failure).__name__)
        print(say(what, language), file=sys.stderr)
    else:
        if said is not None:
            notify.send(said, addresses, language)


def _published(kind: str, plan: str | Path, outputs: Path) -> list[runs.Kept]:
    try:
        return runs.of_kind(outputs.resolve() / load_plan(plan).plan, kind)
    except ZzlibError:  # the run itself says what is wrong with the plan
        return []


def _about(kind: str, plan: str | Path) -> Message:
    try:
        title: str = load_plan(plan).title
    except ZzlibError:
        title = str(plan)
    return Message("{plan}, {kind}", plan=title, kind=word("kind", kind))
