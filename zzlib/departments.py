"""The responsible offices of a plan: deaths of their fields beside ceilings, alarms, commitments, what none reports."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from zzlib.evaluation import Evaluation
from zzlib.schema import DEPARTMENTS, FIELDS, table, weakest


def fields_of(evaluation: Evaluation) -> dict[str, list[str]]:
    """Return the fields that each office answers for: those of which a commitment on one field alone names it.

    The register of commitments is the data (`PLAN.commitments.yaml`); an office without a field of its own has none,
    and a field may have two offices. Without a register there are no offices.
    """
    register = evaluation.plan.commitments
    if register is None:
        return {}
    found: dict[str, list[str]] = {code: [] for code in register.bodies}
    for one in register.commitments:
        if len(one.field) == 1 and one.field[0] in FIELDS and one.field[0] not in found[one.responsible]:
            found[one.responsible].append(one.field[0])
    return found


def departments(evaluation: Evaluation) -> pd.DataFrame:
    """Return what each office answers for (`schema.DEPARTMENTS`), and last the fields that none answers for.

    A field of two offices counts with both. Ceilings of fields add up; a chance of theirs does not, so none is given.
    """
    answers = fields_of(evaluation)
    if not answers:
        return table(DEPARTMENTS, [])
    rollup = evaluation.rollup[evaluation.rollup["level"] == "responsible"].set_index("code")
    taken = {field for mine in answers.values() for field in mine}
    rows = []
    for code, mine in [*answers.items(), ("", [field for field in FIELDS if field not in taken])]:
        office = rollup.loc[code] if code in rollup.index else None
        if not mine and office is None:
            continue
        rows.append({
            "department": code, "fields": ", ".join(mine), **_watched(evaluation, mine),
            "commitments": 0.0 if office is None else office["total"],
            "done_share": None if office is None else office["done_share"],
            "reported_share": None if office is None else office["reported_share"],
            "status": weakest({*evaluation.months["status"]} - {""}),
        })  # fmt: skip
    return table(DEPARTMENTS, rows)


def _watched(evaluation: Evaluation, mine: Iterable[str]) -> dict[str, object]:
    rows = evaluation.monitoring
    rows = rows[(rows["area"] == evaluation.plan.area) & rows["field"].isin(list(mine))]
    return {
        "deaths": rows["deaths"].sum() if len(rows) else None,
        "ceiling": rows["ceiling"].sum() if len(rows) else None,
        "beyond": ", ".join(rows.loc[rows["seasonal_pace"] == "beyond", "field"]),
        "alarms": float(evaluation.alarms["field"].isin(list(mine)).sum()),
    }
