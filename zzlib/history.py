"""Why a verdict is no longer what it was: two evaluations compared, the difference split into its causes.

The later question is asked step by step: first the earlier one again with today's method, then with the later
definitions, targets, revised figures and, last, the new year. Each step changes one thing, so their effects add up.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from zzlib.evaluation import Evaluation, read_breaks
from zzlib.periods import end
from zzlib.plan import Plan
from zzlib.schema import EXPLANATION, table
from zzlib.targets import assess


def explain(before: Evaluation, after: Evaluation) -> pd.DataFrame:
    """Return why each target's answer changed between two evaluations, shape of `schema.EXPLANATION`.

    One row a target and cause: `method` (today's method on the earlier question), `definition` (indicators, scopes,
    bands), `target`, `revision` (figures of periods looked at before), `new_period`; `probability` and `verdict` after
    each step, `effect` on the probability where both sides have one. The effects of one target add up to the whole
    change. A target that only one of the evaluations has is left out.
    """
    return table(EXPLANATION, _steps(before, after))


def turns(step: Mapping[Hashable, Any]) -> bool:
    """Say whether a step of `explain` changes an answer in a way that no points tell, such as making it assessable.

    >>> step = {"probability_before": float("nan"), "verdict_before": "not_assessable"}
    >>> turns(step | {"probability": 0.6, "verdict": "open"})
    True
    >>> turns({"probability_before": 0.5, "probability": 0.9, "verdict_before": "open", "verdict": "on_track"})
    False
    """
    known_before, known = (step[name] == step[name] for name in ("probability_before", "probability"))
    same = step["verdict_before"] == step["verdict"]
    return bool(known_before != known or not (known or same))


def _steps(before: Evaluation, after: Evaluation) -> Iterator[dict[str, object]]:
    later = {target.indicator for target in after.plan.targets}
    shared = [target.indicator for target in before.plan.targets if target.indicator in later]
    old = before.assessments.set_index("indicator")
    for cause, answer in _answers(before, after):
        new = answer.set_index("indicator")
        for indicator in shared:
            was, now = old.loc[indicator], new.loc[indicator]
            yield {
                "indicator": indicator, "cause": cause, "probability_before": was["probability"],
                "probability": now["probability"], "effect": now["probability"] - was["probability"],
                "verdict_before": was["verdict"], "verdict": now["verdict"], "status": now["status"],
            }  # fmt: skip
        old = new


def _answers(before: Evaluation, after: Evaluation) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the assessments after each step from the earlier question to the later one."""
    defined = _with_targets(after.plan, before.plan)
    seen_before = after.observations[after.observations["period"].map(_ends_by(before.through))]
    seen_before = seen_before[seen_before["period"].isin(set(before.observations["period"]))]
    yield "method", _again(before)
    yield "definition", _again(replace(before, plan=defined))
    yield "target", _again(replace(before, plan=after.plan))
    revised = replace(before, plan=after.plan, observations=seen_before, sizes=after.sizes, as_of=after.as_of)
    yield "revision", _again(revised)
    yield "new_period", after.assessments


def _again(evaluation: Evaluation) -> pd.DataFrame:
    return assess(
        evaluation.plan, evaluation.observations, evaluation.through, evaluation.as_of or None,
        breaks=read_breaks(), sizes=evaluation.sizes,
    )  # fmt: skip


def _with_targets(plan: Plan, other: Plan) -> Plan:
    """Return a plan's definitions with the other's targets and years; those on indicators it lacks keep theirs."""
    known = {indicator.indicator for indicator in plan.indicators}
    kept = tuple(indicator for indicator in other.indicators if indicator.indicator not in known)
    years = {name: getattr(other, name) for name in ("baseline_year", "midterm_year", "target_year")}
    return plan.model_copy(update={"targets": other.targets, "indicators": plan.indicators + kept, **years})


def _ends_by(through: str) -> Callable[[str], bool]:
    last = end(through)
    return lambda period: end(period) <= last
