"""Questions that many tests ask of the plans as they are: answered once a process, in either language."""

from dataclasses import replace
from functools import lru_cache

from zzlib import evaluate as _evaluate
from zzlib.evaluation import Evaluation, Given, read


@lru_cache
def _answered(plan: str, through: int | None) -> Evaluation:
    return _evaluate(plan, through=through)


def evaluation(plan: str, through: int | None = None, language: str = "zh") -> Evaluation:
    """Return an evaluation of a plan's own data, which no test may change in place."""
    return replace(_answered(plan, through), language=language)


@lru_cache
def given(plan: str) -> Given:
    """Return what a plan's own data say, to be asked about scenarios."""
    return read(plan)
