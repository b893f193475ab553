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
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from zzlib.evaluation import Evaluation
    from zzlib.plan import Plan

_ready: list[subprocess.Popen[bytes]] = []  # a process that has begun to load what evaluating needs


def warm() -> None:
    """Begin to load what evaluating needs in another process, which ends with this one."""
    if not (_ready and _ready[-1].poll() is None):
        command = [sys.executable, "-P", "-m", "zzlib.aside"]
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # of its own: Ctrl-C is for this process to answer
        _ready.append(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0, creationflags=group
            )
        )


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
            asked = pickle.dumps({"plan": plan, "folder": folder} | question)
            with suppress(BrokenPipeError):  # it has died, which it says by saying nothing
                process.stdin.write(b"%d\n" % len(asked) + asked)
                process.stdin.flush()  # and stays open: its end tells the other that nobody waits for it
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
    told = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())  # what is loaded may look at its standard input
    questions: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_listen, args=[told, questions], daemon=True).start()
    from zzlib.evaluation import evaluate as asked

    failure: BaseException | None = None
    question = pickle.loads(questions.get())
    try:
        asked(**question)
    except Exception as raised:
        failure = raised
    with suppress(BrokenPipeError):  # whoever asked has just died
        sys.stdout.buffer.write(pickle.dumps(failure))
        sys.stdout.flush()
    os._exit(0)  # everything is written, and to take a process down in order takes a while


def _listen(told: BinaryIO, questions: SimpleQueue[bytes]) -> None:
    """Hand on the question, and end this process with the one that asks: what it would write then is nobody's."""
    with suppress(ValueError):  # the end instead of a length
        questions.put(told.read(int(told.readline())))
        told.read()
    os._exit(1)


if __name__ == "__main__":
    _main()
