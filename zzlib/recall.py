"""What need not be computed again: tables and executed notebooks of earlier runs that are known to be the same.

The runs themselves are what is kept; nothing else is stored, so nothing else can be stale. What was damaged since is
not what its run's record says, and is made again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zzlib import folders, keys, runs, since
from zzlib.evaluation import ANSWER, QUESTION
from zzlib.request import Notebook
from zzlib.runs import Kept


def tables(answer: str, language: str, earlier: Sequence[Kept], staging: Path) -> str:
    """Copy the tables of the newest run that gave an answer (`evaluation.answer_key`); return its name, or nothing.

    Tables speak no language; the question beside them is put into the one of this run.
    """
    for past in reversed(earlier):
        if past.record.get("answer") == answer and past.whole(*ANSWER):
            (staging / "tables").mkdir()
            for name in ANSWER:
                shutil.copyfile(past.folder / name, staging / name)
            question = staging / "tables" / QUESTION
            asked = json.loads(question.read_text(encoding="utf-8")) | {"language": language}
            folders.write(question, json.dumps(asked, ensure_ascii=False))
            return past.run
    return ""


def notebook_keys(notebooks: Sequence[Notebook], parameters: dict[str, Any], staging: Path) -> dict[str, str]:
    """Return a digest of what each notebook shows, by name, where the tables that it reads are known."""
    asked = {name: value for name, value in parameters.items() if name != "folder"}
    kept = staging / "tables"
    beside = {since.TABLE.removesuffix(".csv"): [kept / since.RUN]}  # which run the explanation compares with
    return {
        one.name: keys.of_notebook(str(one.content), asked, [
            kept / QUESTION, *(path for t in one.reads for path in (kept / f"{t}.csv", *beside.get(t, ())))
        ])
        for one in notebooks if one.reads is not None
    }  # fmt: skip


def notebooks(wanted: dict[str, str], earlier: Sequence[Kept], staging: Path) -> dict[str, str]:
    """Copy the executed notebooks that earlier runs of the same question have; return from which run, by name."""
    reused = {}
    for name, key in wanted.items():
        file = f"{name}.ipynb"
        for past in reversed(earlier):
            if past.finished and past.record.get("notebooks", {}).get(name) == key and past.whole(file):
                text = (past.folder / file).read_text(encoding="utf-8")
                folders.write(staging / file, text.replace(past.run, staging.name))
                reused[name] = past.run
                break
    return reused


def of_plan(home: Path) -> list[Kept]:
    """Return the runs of a plan that came to their end, the earliest first."""
    return [one for one in runs.kept(sorted(home.iterdir())) if one.finished]
