"""Kept results: a run's tables as CSV, and the assessments as JSON; every notebook reads back those that it needs."""

import json
import math
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from zzlib import folders
from zzlib.errors import Fault, RunError
from zzlib.interchange import assessments_json
from zzlib.language import Message, pack, say, unpack
from zzlib.plan import Plan
from zzlib.schema import RESULTS

JSON, PHRASES = "assessments.json", "phrases.json"
KEPT = ("file", "conflict")  # texts that observations carry beside their schema
# Columns of messages, which a CSV would keep in English only.
SAID = {
    "assessments": ("reason", "warnings"),
    "findings": ("what",),
    "notes": ("what",),
    "districts": ("reason",),
    "movements": ("reason",),
    "appraisal": ("reason",),
    "commitments": ("reason",),
    "report_findings": ("what",),
    "outcomes": ("reason",),
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet computes a text that begins so


def files() -> list[str]:
    """Return the names of the files that hold results."""
    return [*(f"{name}.csv" for name in RESULTS), JSON, PHRASES]


def write(tables: Mapping[str, pd.DataFrame], plan: Plan, folder: Path, key: str) -> None:
    """Write result tables into a folder as CSV (with the mark by which Excel reads Chinese) under a key.

    `phrases.json`, which holds the key too, is written last: a folder without it is unfinished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    said = [
        text for name, columns_ in SAID.items() for column in columns_ for cell in tables[name][column]
        for text in _texts(cell)
    ]  # fmt: skip
    for name, table in tables.items():
        if name == "assessments":
            table = table.assign(
                warnings=[json.dumps(list(map(str, w)), ensure_ascii=False) for w in table["warnings"]]
            )
        write_csv(table, folder / f"{name}.csv")
    (folder / JSON).write_text(assessments_json(tables["assessments"], plan), encoding="utf-8")
    phrases = {"key": key, "phrases": {str(text): pack(text) for text in said}}
    (folder / PHRASES).write_text(json.dumps(phrases, ensure_ascii=False), encoding="utf-8")


def write_csv(table: pd.DataFrame, path: Path | BytesIO) -> None:
    """Write a table as CSV with the mark by which Excel reads Chinese; a text that looks like a formula is quoted."""
    texts = {name: column.map(_quoted) for name, column in table.items() if column.dtype in ("object", "str")}
    table.assign(**texts).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def replace_csv(table: pd.DataFrame, path: Path, language: str) -> None:
    """Write refused rows as `write_csv` does, their sentences in a language; a reader finds the old file or the new.

    A device is written to as it is. Raises RunError where the file cannot be written.
    """
    said = {name: [_said(cell, language) for cell in cells] for name, cells in table.items() if cells.dtype == "object"}
    table = table.assign(**said)
    try:
        if path.exists() and not path.is_file():  # a device, as /dev/null, is written to and never replaced
            return write_csv(table, path)
        text = BytesIO()
        write_csv(table, text)
        folders.replace(path, text.getvalue().decode())
    except OSError as failure:
        what = Message("the refused rows cannot be written ({reason})", reason=failure.strerror or str(failure))
        raise RunError(
            Fault(what, where=str(path), remedy=Message("Make room, or name another file: --rejects FILE."))
        ) from None


def _said(cell: Any, language: str) -> Any:
    return say(cell, language) if isinstance(cell, Message) else cell


def _quoted(cell: Any) -> Any:
    """Return a text that begins like a formula, or like a quoted one, behind an apostrophe.

    >>> _quoted("=1+1"), _quoted("coal"), _quoted("'=1"), _quoted(-3.0)
    ("'=1+1", 'coal', "''=1", -3.0)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip("'").startswith(FORMULA) else cell


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell


class Tables(Mapping[str, pd.DataFrame]):
    """The tables kept in a folder, each read when it is first asked for."""

    def __init__(self, folder: Path, phrases: Mapping[str, Any]) -> None:
        self._folder, self._phrases = folder, phrases
        self.opened: dict[str, pd.DataFrame] = {}  # those that were asked for

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.opened:
            self.opened[name] = self._read(name)
        return self.opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(RESULTS)

    def __len__(self) -> int:
        return len(RESULTS)

    def _read(self, name: str) -> pd.DataFrame:
        table = _read(self._folder / f"{name}.csv", name)
        if name == "assessments":
            said = [[self._phrases[text] for text in json.loads(cell)] for cell in table["warnings"]]
            table["warnings"] = pd.Series(said, dtype=object)
        for column in set(SAID.get(name, ())) - {"warnings"}:
            table[column] = pd.Series([self._phrases.get(cell, cell) for cell in table[column]], dtype=object)
        return RESULTS[name].validate(table)


def read(folder: Path, key: str = "") -> Tables | None:
    """Return the tables kept in a folder, or None when it holds no answer under this key (without one: under any)."""
    path = folder / PHRASES
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # an unfinished or damaged answer is computed again
        return None
    if key and content.get("key") != key:
        return None
    return Tables(folder, {text: unpack(packed) for text, packed in content["phrases"].items()})


def _read(path: Path, name: str) -> pd.DataFrame:
    shapes = {column: str(shape.dtype) for column, shape in RESULTS[name].columns.items()}
    numbers = [column for column, dtype in shapes.items() if dtype == "float64"]
    texts = dict.fromkeys((column for column, dtype in shapes.items() if dtype != "bool"), "str") | dict.fromkeys(
        KEPT, "str"
    )
    found = pd.read_csv(path, encoding="utf-8-sig", dtype=texts, keep_default_na=False)
    for column in found.columns[found.dtypes == "str"]:
        found[column] = found[column].map(_unquoted)
    # As text first: Python reads back every float exactly, whatever pandas' own parser does.
    for column in numbers:
        found[column] = [math.nan if cell == "" else float(cell) for cell in found[column]]
    return found


def _texts(cell: Any) -> list[Any]:
    return list(cell) if isinstance(cell, list) else [cell]
