"""What the draft report says, in the order of an official document: heading, addressee, body, attachments, date.

The parts are sentences, tables and names of one evaluation, not yet in a language: `document` puts them on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, TypeAlias

from zzlib import firmness, localities, narrative, pledges, reasons, tables
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name
from zzlib.schema import ABOUT_SIZES

# Names that a template may use, and their values: texts, and lists and dictionaries of texts.
Content: TypeAlias = dict[str, Any]
DIGITS = "〇一二三四五六七八九"
COLUMNS = {
    "name": Message("Target"), "baseline": Message("Baseline"), "target": Message("Target value"),
    "value": Message("Now"), "pace": Message("Pace rule"), "probability": Message("Probability"),
    "verdict": Message("Verdict"),
}  # fmt: skip
METHOD = Message(
    "A probability is the chance that the published figure of the target year meets the target, given only what was "
    "known through the last period looked at. A few yearly figures cannot tell drift from volatility, so volatility is "
    "held at what many real series show, and the drift is shrunk towards theirs. A probability is no promise, and a "
    "trend names no cause."
)


def content(evaluation: Evaluation, *, day: str, attachments: Sequence[Message]) -> Content:
    """Return what the report says of an evaluation; `day` is that of the run."""
    plan = evaluation.plan
    titles = {
        str(plan.midterm_year): Message("Report on the mid-term evaluation of {plan}", plan=plan.title),
        str(plan.target_year): Message("Report on the final evaluation of {plan}", plan=plan.title),
    }
    opening = Message(
        "The {total} numeric targets of {plan} have been evaluated through {through}. The result is reported as "
        "follows.",
        total=len(evaluation.assessments), plan=plan.title, through=evaluation.through,
    )  # fmt: skip
    sections = [
        _section(Message("Overall"), _overall(evaluation)) | {"targets": True},
        _section(Message("Target by target"), [], _by_target(evaluation)),
        _section(Message("How firm the verdicts are"), _firm(evaluation)),
        _section(Message("Where it differs"), _where(evaluation)),
        _section(Message("Tasks and measures"), _commitments(evaluation)),
        _section(Message("What it would take"), [], _needs(evaluation)),
        _section(Message("Risks and caveats"), _warned(evaluation)),
        _section(Message("What this rests on"), _basis(evaluation, day)),
    ]
    return {
        "title": titles.get(evaluation.through, Message("Report on the evaluation of {plan}", plan=plan.title)),
        "draft": Message("(draft)"),
        "mark": evaluation.mark,
        "addressee": Message("(addressee):"),
        "opening": opening,
        "sections": _numbered([section for section in sections if section["texts"] or section["parts"]]),
        "caption": Message("The targets of the plan, through {through}", through=evaluation.through),
        "columns": COLUMNS,
        "rows": [tables.target_row(evaluation, row) for _, row in evaluation.assessments.iterrows()],
        "attached": Message("Attachments: "),
        "attachments": [Message("{number}. {name}", number=at, name=one) for at, one in enumerate(attachments, 1)],
        "signature": Message("(issuing body)"),
        "date": Message("(date)"),
    }


def _section(heading: Message, texts: Sequence[str | None], parts: Sequence[Content] = ()) -> Content:
    said = [text for text in texts if text is not None]
    return {"heading": heading, "texts": said, "parts": list(parts), "targets": False}


def _overall(evaluation: Evaluation) -> list[str | None]:
    return [narrative.headline(evaluation), reasons.together(evaluation)]


def _by_target(evaluation: Evaluation) -> list[Content]:
    say_of: Sequence[Callable[[Evaluation, str], Message | None]] = (
        narrative.target, narrative.safety, narrative.against, narrative.zero,
    )  # fmt: skip
    return [_part(evaluation, code, [of(evaluation, code) for of in say_of]) for code in _codes(evaluation)]


def _firm(evaluation: Evaluation) -> list[str | None]:
    if evaluation.robustness.empty:
        return []
    told = [
        Message("{name}: {said}", name=evaluation.indicator(code).name, said=said)
        for code in _codes(evaluation) if (said := firmness.robust(evaluation, code)) is not None
    ]  # fmt: skip
    return [firmness.stability(evaluation), *told]


def _where(evaluation: Evaluation) -> list[str | None]:
    lacking = evaluation.lacks("districts")
    if lacking is not None:
        return [Message("{reason}.", reason=lacking)]
    say_of = (localities.differing, localities.pooled, localities.what_is_tested, localities.unseen)
    return [of(evaluation) for of in say_of]


def _commitments(evaluation: Evaluation) -> list[str | None]:
    if evaluation.lacks("commitments") is not None:
        return []
    return [pledges.headline(evaluation), pledges.lagging(evaluation)]


def _needs(evaluation: Evaluation) -> list[Content]:
    """Return what each target that is not decided takes, the least likely first."""
    least = evaluation.assessments.sort_values("probability", kind="stable")["indicator"]
    return [
        _part(evaluation, code, [Message("{reason}.", reason=need), reasons.eased(evaluation, code)])
        for code in least if (need := narrative.requirement(evaluation, code)) is not None
    ]  # fmt: skip


def _warned(evaluation: Evaluation) -> list[str | None]:
    return [Message("{reason}.", reason=text) for text in narrative.warnings(evaluation)]


def _basis(evaluation: Evaluation, day: str) -> list[str | None]:
    known = evaluation.as_of or Message("everything in the tables is known")
    mine = evaluation.observations
    mine = mine[(mine["area"] == evaluation.plan.area) & ~mine["measure"].str.endswith(ABOUT_SIZES)]
    sources = [source for source in dict.fromkeys(mine["source"]) if source]
    return [
        METHOD,
        Message("Looked at through {through}; day of knowledge: {known}; computed on {day}.",
                through=evaluation.through, known=known, day=day),
        Message("Sources: {sources}.", sources=sources) if sources else None,
    ]  # fmt: skip


def _part(evaluation: Evaluation, code: str, texts: Sequence[Message | None]) -> Content:
    said = [text for text in texts if text is not None]
    return {
        "heading": evaluation.indicator(code).name,
        "text": reduce(lambda before, then: Message("{before} {then}", before=before, then=then), said),
    }


def _codes(evaluation: Evaluation) -> list[str]:
    return list(evaluation.assessments["indicator"])


def _numbered(sections: list[Content]) -> list[Content]:
    """Return sections and their parts with numbers before their headings: 一、 and （一）; in English 1. and 1.1."""
    for first, section in enumerate(sections, start=1):
        section["heading"] = Message("{number} {heading}", heading=section["heading"],
                                     number=Name(zh=f"{chinese(first)}、", en=f"{first}."))  # fmt: skip
        for second, part in enumerate(section["parts"], start=1):
            part["heading"] = Message("{number} {heading}", heading=part["heading"],
                                      number=Name(zh=f"（{chinese(second)}）", en=f"{first}.{second}"))  # fmt: skip
    return sections


def chinese(number: int) -> str:
    """Return a number below 100 as headings of official documents write it.

    >>> chinese(3), chinese(10), chinese(12), chinese(40), chinese(25)
    ('三', '十', '十二', '四十', '二十五')
    """
    tens, ones = divmod(number, 10)
    before = {0: "", 1: "十"}.get(tens, f"{DIGITS[tens]}十")
    return before + (DIGITS[ones] if ones else "")
