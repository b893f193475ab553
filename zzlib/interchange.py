"""Assessments as JSON for other programs, and the published schema that says what may stand in it.

    python -m zzlib.interchange > zzlib/schemas/assessments.schema.json

writes the schema from the shape of the table, so that the two are one.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from zzlib.plan import Plan
from zzlib.schema import ASSESSMENTS, PERIOD, columns

SCHEMA = Path(__file__).parent / "schemas" / "assessments.schema.json"
KEYS = ("plan", "area", "indicator", "unit")  # never absent
PERIODS = r"^\d{4}(-Q[1-4]|-\d{2}(-\d{2})?|/\d{4})?$"
LIMITS = {"min_value": "minimum", "max_value": "maximum"}


def assessments_json(assessments: pd.DataFrame, plan: Plan) -> str:
    """Return assessments as a JSON array, one object a target, its columns in their order, English throughout.

    The indicator's unit stands behind its name; what is absent is null, number or text. The same table gives the same
    text.
    """
    return json_array(objects(assessments, plan))


def objects(assessments: pd.DataFrame, plan: Plan) -> list[dict[str, Any]]:
    """Return the objects of that array."""
    return [
        {name: plan.indicator(row["indicator"]).unit if name == "unit" else _plain(row[name]) for name in names()}
        for _, row in assessments.iterrows()
    ]


def json_array(rows: list[dict[str, Any]]) -> str:
    """Return objects of one or of several plans as the text of one array."""
    return json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def schema() -> dict[str, Any]:
    """Return the schema of that array (JSON Schema 2020-12), made from the shape of the table.

    >>> schema()["items"]["properties"]["probability"]
    {'type': ['number', 'null'], 'minimum': 0, 'maximum': 1}
    """
    parts = {name: _part(name, ASSESSMENTS.columns.get(name)) for name in names()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:zzlib:assessments",
        "title": "Assessments of a plan's targets",
        "description": "One object a target. What each means: docs/data-dictionary.md, assessments.",
        "type": "array",
        "items": {
            "type": "object", "properties": parts, "required": list(parts), "additionalProperties": False,
        },
    }  # fmt: skip


def names() -> list[str]:
    """Return the names of an object's parts, in their order: the table's columns, and the unit."""
    known = columns(ASSESSMENTS)
    at = known.index("indicator") + 1
    return [*known[:at], "unit", *known[at:]]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return list(map(str, value)) if isinstance(value, list) else str(value) or None


def _part(name: str, column: pa.Column | None) -> dict[str, Any]:
    """Return what one part may be, as its column's type and checks tell."""
    if name in KEYS or column is None:
        return {"type": "string", "minLength": 1}
    if name == "warnings":
        return {"type": "array", "items": {"type": "string"}}
    if str(column.dtype) == "float64":
        limits: dict[str, Any] = {"type": ["number", "null"] if column.nullable else "number"}
        for check in column.checks:
            known = check.statistics or {}
            limits |= {word: known[key] for key, word in LIMITS.items() if key in known}
        return limits
    for check in column.checks:
        allowed = (check.statistics or {}).get("allowed_values")
        if allowed is not None:
            return {"enum": [code or None for code in allowed]}
        if check.name == PERIOD.name:
            return {"type": "string", "pattern": PERIODS}
    return {"type": ["string", "null"], "minLength": 1}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
