"""Several plans asked the same question, one evaluation each: by whoever is named, with the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from zzlib.errors import Fault, ParameterError, ZzlibError
from zzlib.evaluation import Evaluation, evaluate
from zzlib.language import Message
from zzlib.plan import load_plan, plan_ids
from zzlib.targets import checked_dates, refuse_after
from zzlib.workers import HERE, Executor

EVERY = "all"


def named(plans: Sequence[str]) -> list[str]:
    """Return the plans that are meant, each once: ids and files as they are, and every plan there is for `all`.

    >>> named(["all", "my.yaml", "china-2006-2010"])
    ['china-2006-2010', 'china-2011-2015', 'zhengzhou-2016-2020', 'my.yaml']
    """
    return list(dict.fromkeys(one for plan in plans for one in (plan_ids() if plan == EVERY else [plan])))


def evaluations(
    plans: Sequence[str], *, by: Executor = HERE, folder: str | Path = "", **question: Any
) -> Iterator[tuple[str, Evaluation]]:
    """Give each plan with its evaluation, in the order in which the plans are named.

    `question` as for `evaluate`; tables are kept in `folder`, of several plans in a folder each within it. Raises, once
    all others are answered, the faults of the plans that cannot be asked so, each naming its plan; a plan that
    ended before the period does is one of them.
    """
    if len(plans) == 1 and by is HERE:
        yield plans[0], _evaluated(question, (plans[0], folder))
        return
    folders = {plan: str(Path(folder) / Path(plan).stem) if folder and len(plans) > 1 else folder for plan in plans}
    if folder and len({str(one).casefold() for one in folders.values()}) < len(plans):
        what = Message("two plans would keep their tables in one folder")
        raise ParameterError(Fault(what, where=str(folder), remedy=Message("Ask about them one after the other.")))
    if question.get("rejects") and len(plans) > 1:
        what = Message("refused rows can be written for one plan at a time only")
        raise ParameterError(Fault(what, remedy=Message("Leave out --rejects, or name one plan.")))
    answers: dict[str, Evaluation] = {}
    refused: ZzlibError | None = None
    try:
        for plan, answer in by.map(partial(_evaluated, question), {plan: (plan, folders[plan]) for plan in plans}):
            answers[plan] = answer
    except ZzlibError as refusal:
        refused = refusal
    yield from ((plan, answers[plan]) for plan in plans if plan in answers)
    if refused:
        raise refused


def _evaluated(question: Mapping[str, Any], item: tuple[str, str | Path]) -> Evaluation:
    plan, folder = item
    law = load_plan(plan)
    refuse_after(law, checked_dates(law, question.get("through"), question.get("as_of"))[0])
    return evaluate(plan, folder=folder, **question)
