"""Kept results: a run's tables as CSV, and the assessments as JSON, written once and read back by every notebook."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from zzlib.interchange import assessments_json
from zzlib.language import pack, unpack
from zzlib.plan import Plan
from zzlib.schema import RESULTS

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
    (folder / "assessments.json").write_text(assessments_json(tables["assessments"], plan), encoding="utf-8")
    phrases = {"key": key, "phrases": {str(text): pack(text) for text in said}}
    (folder / "phrases.json").write_text(json.dumps(phrases, ensure_ascii=False), encoding="utf-8")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV with the mark by which Excel reads Chinese; a text that looks like a formula is quoted."""
    texts = {name: column.map(_quoted) for name, column in table.items() if column.dtype in ("object", "str")}
    table.assign(**texts).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _quoted(cell: Any) -> Any:
    """Return a text that begins like a formula, or like a quoted one, behind an apostrophe.

    >>> _quoted("=1+1"), _quoted("coal"), _quoted("'=1"), _quoted(-3.0)
    ("'=1+1", 'coal', "''=1", -3.0)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip("'").startswith(FORMULA) else cell


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell


def read(folder: Path, key: str = "") -> dict[str, pd.DataFrame] | None:
    """Return the tables kept in a folder, or None when it holds no answer under this key (without one: under any)."""
    path = folder / "phrases.json"
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # an unfinished or damaged answer is computed again
        return None
    if key and content.get("key") != key:
        return None
    phrases = {text: unpack(packed) for text, packed in content["phrases"].items()}
    tables = {name: _read(folder / f"{name}.csv", name) for name in RESULTS}
    said = tables["assessments"]
    said["warnings"] = pd.Series([[phrases[w] for w in json.loads(cell)] for cell in said["warnings"]], dtype=object)
    for name, columns_ in SAID.items():
        for column in set(columns_) - {"warnings"}:
            tables[name][column] = pd.Series([phrases.get(c, c) for c in tables[name][column]], dtype=object)
        tables[name] = RESULTS[name].validate(tables[name])
    return tables


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
    return found if name in SAID else RESULTS[name].validate(found)


def _texts(cell: Any) -> list[Any]:
    return list(cell) if isinstance(cell, list) else [cell]
