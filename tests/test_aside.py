"""What another process computes is what this one would have computed, or refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from zzlib import aside
from zzlib.errors import DataError
from zzlib.plan import load_plan

PLAN = load_plan("china-2006-2010")
QUESTION = {"through": "2008", "as_of": None, "language": "en", "rejects": "", "before": ()}


def test_a_refusal_crosses_with_its_place_and_remedy(tmp_path: Path) -> None:
    table = tmp_path / "figures.csv"
    table.write_text("area,period,measure,value,unit,scope,status,source\n100000,2008,deaths,-3,persons,,published,a\n")
    with pytest.raises(DataError, match=r"figures\.csv, row 2, column 'value'"):
        aside.evaluate(PLAN, folder=str(tmp_path), data=(str(table),), **QUESTION)


def test_a_process_that_dies_is_no_answer(tmp_path: Path) -> None:
    aside.warm()
    aside._ready[-1].kill()
    with pytest.raises(RuntimeError, match="ended with code -9"):
        aside.evaluate(PLAN, folder=str(tmp_path), data=(), **QUESTION)


def test_nothing_heavy_is_loaded_to_begin() -> None:
    assert not hasattr(aside, "evaluation")


def test_what_fails_meanwhile_gives_the_evaluation_up(tmp_path: Path) -> None:
    def fails() -> None:
        raise KeyError("no such notebook")

    before = set(aside._ready)
    with pytest.raises(KeyError, match="no such notebook"):
        aside.evaluate(PLAN, folder=str(tmp_path), data=(), meanwhile=fails, **QUESTION)
    assert set(aside._ready) == before
    assert not (tmp_path / "tables").exists()


def test_it_ends_with_whoever_asks_and_writes_nothing_afterwards(tmp_path: Path) -> None:
    asks = (
        "import os, signal; from zzlib import aside; from zzlib.plan import load_plan;"
        f"aside.evaluate(load_plan({PLAN.plan!r}), folder={str(tmp_path / 'made')!r}, data=(), **{QUESTION!r},"
        " meanwhile=lambda: os.kill(os.getpid(), signal.SIGKILL))"
    )
    done = subprocess.run([sys.executable, "-c", asks], stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == -9
    assert done.stderr == b""  # which came to its end when the last process that writes there had
    assert not (tmp_path / "made").exists()
