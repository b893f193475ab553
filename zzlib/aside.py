"""An evaluation computed in a process of its own, while this one loads what it needs before and afterwards."""

from __future__ import annotations

import pickle
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zzlib.evaluation import Evaluation
    from zzlib.plan import Plan

NEEDED = ("nbformat", "papermill", "nbconvert", "openpyxl", "docxtpl")
_ready: list[subprocess.Popen[bytes]] = []  # a process that has begun to load what evaluating needs


def warm() -> None:
    """Begin to load what evaluating needs in another process, which ends with this one."""
    if not (_ready and _ready[-1].poll() is None):
        command = [sys.executable, "-P", "-m", "zzlib.aside"]
        _ready.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))


def evaluate(plan: Plan, *, folder: str, **question: Any) -> Evaluation:
    """Return `evaluation.evaluate(plan, folder=folder, **question)` from the tables that another process keeps there.

    What is kept there already is read back. Raises what the other process raised, and RuntimeError when it died.
    """
    from zzlib import evaluation

    if (Path(folder) / "tables").exists():
        return evaluation.evaluate(plan, folder=folder, **question)
    warm()
    with _ready.pop() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError):  # it has died, which it says by saying nothing
                process.stdin.write(pickle.dumps({"plan": plan, "folder": folder} | question))
                process.stdin.close()
            for name in NEEDED:
                with suppress(ImportError):  # an extra that is not installed: who needs it says so
                    import_module(name)
            said = process.stdout.read()
        except BaseException:
            process.kill()
            raise
    failure = pickle.loads(said) if said else RuntimeError(f"the evaluation ended with code {process.returncode}")
    if failure is not None:
        raise failure
    return evaluation.reopen(folder, at_once=False)


def _main() -> None:
    from zzlib.evaluation import evaluate as asked

    failure: BaseException | None = None
    try:
        question = pickle.load(sys.stdin.buffer)
    except EOFError:  # nobody asked
        return
    try:
        asked(**question)
    except Exception as raised:
        failure = raised
    sys.stdout.buffer.write(pickle.dumps(failure))


if __name__ == "__main__":
    _main()
