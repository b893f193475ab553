"""What the notebook on a measure's effect shows: each call takes the evaluation and what was found of one event."""

from __future__ import annotations

from zzlib import courses, effect_sentences, tables
from zzlib.campaigns import Campaign
from zzlib.canvas import Figure
from zzlib.evaluation import Evaluation
from zzlib.language import word
from zzlib.tables import Html, Several


def headline(evaluation: Evaluation, found: Campaign) -> Several:
    """Show what is asked, what could have been shown, and then the answer."""
    language = evaluation.language
    return Several((
        tables.sentences([effect_sentences.asked(found)], language, kind="note"),
        tables.sentences([effect_sentences.power(found)], language),
        tables.sentences([effect_sentences.answer(found)], language, kind="headline"),
    ))  # fmt: skip


def before_and_after(evaluation: Evaluation, found: Campaign) -> Figure:
    """Show the months before and after, and what was expected without the measure."""
    return courses.before_and_after(
        found.paths, found.event.month, unit=word("measure", found.event.measure), language=evaluation.language,
        mark=evaluation.mark, finding=effect_sentences.answer(found),
    )  # fmt: skip


def controls(evaluation: Evaluation, found: Campaign) -> Several:
    """Show placebo dates, those that the measure does not concern, and its districts, all asked the same."""
    language = evaluation.language
    beside = [effect_sentences.controls(evaluation, found), effect_sentences.synthetic(found)]
    parts: list[Html | Figure] = [
        tables.sentences([effect_sentences.placebos(found)], language), tables.sentences(beside, language),
        tables.controls(evaluation, found), tables.sentences([effect_sentences.areas(evaluation, found)], language),
        tables.effects(evaluation, found),
    ]  # fmt: skip
    return Several(tuple(part for part in parts if not isinstance(part, Html) or part.text))


def caution(evaluation: Evaluation, found: Campaign) -> Html:
    """Show what this cannot exclude."""
    return tables.sentences(effect_sentences.caution(found), evaluation.language, kind="warning")
