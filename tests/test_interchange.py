"""What another program reads keeps to the schema that is published beside it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from asked import evaluation

from zzlib import interchange
from zzlib.evaluation import evaluate

AUSTRIA = str(Path(__file__).parent / "fixtures" / "austria-2000-2005.yaml")
PUBLISHED = json.loads(interchange.SCHEMA.read_text(encoding="utf-8"))


def rows() -> list[dict[str, Any]]:
    asked = evaluation(AUSTRIA)
    return json.loads(interchange.assessments_json(asked.assessments, asked.plan))


def test_the_published_schema_is_the_shape_of_the_table() -> None:
    jsonschema.Draft202012Validator.check_schema(PUBLISHED)
    assert interchange.schema() == PUBLISHED, "python -m zzlib.interchange > zzlib/schemas/assessments.schema.json"


def test_assessments_keep_to_the_schema() -> None:
    jsonschema.validate(rows(), PUBLISHED)


def test_what_cannot_be_assessed_keeps_to_it_too(tmp_path: Path) -> None:
    asked = evaluate("zhengzhou-2016-2020", data=["data/observations/zhengzhou_plan.csv"], as_of="2018-12-31")
    text = interchange.assessments_json(asked.assessments, asked.plan)
    found = json.loads(text)
    jsonschema.validate(found, PUBLISHED)
    assert {row["verdict"] for row in found} == {"not_assessable"}
    assert {row["as_of"] for row in found} == {"2018-12-31"}
    assert found[0]["value"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("probability", 1.2), ("probability", "61%"), ("pace", ""), ("verdict", "fine"), ("verdict", None),
        ("plan", None), ("through", "last year"), ("warnings", "none"), ("remaining_allowance", -1.0), ("unit", ""),
        ("surplus", 1),
    ],
)  # fmt: skip
def test_what_the_table_could_not_hold_the_schema_refuses(name: str, value: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([rows()[0] | {name: value}], PUBLISHED)


@pytest.mark.parametrize("name", interchange.names())
def test_nothing_may_be_left_out(name: str) -> None:
    row = rows()[0]
    del row[name]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([row], PUBLISHED)


def test_the_same_evaluation_gives_the_same_text() -> None:
    asked = evaluation(AUSTRIA)
    once, again = (interchange.assessments_json(asked.assessments.copy(), asked.plan) for _ in range(2))
    assert once == again
