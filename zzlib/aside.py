"""An evaluation computed in a process of its own, while this one prepares for what follows."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zzlib.evaluation import Evaluation
    from zzlib.plan import Plan

_ready: list[subprocess.Popen[bytes]] = []  # a process that has begun to load what evaluating needs


def warm() -> None:
    """Begin to load what evaluating needs in another process, which ends with this one."""
    if not (_ready and _ready[-1].poll() is None):
        command = [sys.executable, "-P", "-m", "zzlib.aside"]
        _ready.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))


def evaluate(plan: Plan, *, folder: str, meanwhile: Callable[[], None] = lambda: None, **question: Any) -> Evaluation:
    """Return `evaluation.evaluate(plan, folder=folder, **question)` from the tables that another process keeps there.

    `meanwhile` is what this process has to do until then; where it raises, the evaluation is given up. What is kept
    there already is read back. Raises what the other process raised, and RuntimeError when it died.
    """
    from zzlib import evaluation

    if (Path(folder) / "tables").exists():
        meanwhile()
        return evaluation.evaluate(plan, folder=folder, **question)
    warm()
    with _ready.pop() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError):  # it has died, which it says by saying nothing
                process.stdin.write(pickle.dumps({"plan": plan, "folder": folder} | question))
                process.stdin.close()
            meanwhile()
            said = process.stdout.read()
        except BaseException:
            process.kill()
            raise
    failure = pickle.loads(said) if said else RuntimeError(f"the evaluation ended with code {process.returncode}")
    if failure is not None:
        raise failure
    return evaluation.reopen(folder, at_once=False)


def _main() -> None:
    gc.disable()  # one answer, and it ends: a tenth of the time would go on looking for what can be thrown away
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
    sys.stdout.flush()
    os._exit(0)  # everything is written, and to take a process down in order takes a while


if __name__ == "__main__":
    _main()
