"""Tables and sentences as HTML: from one autoescaped template each, with words for codes and the mark where due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from zzlib.cases import chance_word
from zzlib.evaluation import Evaluation
from zzlib.language import Message, number, percent, say, word
from zzlib.narrative import is_worsening, verdict, years

TEMPLATES = Path(__file__).parent / "templates"
ARROWS = {"falling": "↘", "flat": "→", "rising": "↗"}
# Columns whose cells are codes, and the context in which their words stand.
CODES = {
    "status": "status", "verdict": "verdict", "pace": "pace", "trend": "trend", "measure": "measure",
    "method": "method", "reading": "reading", "restated_by": "restated_by",
}  # fmt: skip


@dataclass(frozen=True)
class Html:
    """A piece of a page, shown by notebooks as it is; `text` is the same without markup."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


@dataclass(frozen=True)
class _Head:
    text: str
    numeric: bool


def sentences(texts: Iterable[Message | None], language: str, *, kind: str = "sentence") -> Html:
    """Return sentences as paragraphs of a kind (sentence, headline, warning, note); absent ones are left out."""
    spoken = [say(text, language) for text in texts if text is not None]
    template = jinja2.Template('{% for s in texts %}<p class="{{ kind }}">{{ s }}</p>\n{% endfor %}', autoescape=True)
    return Html(template.render(texts=spoken, kind=kind), "\n".join(spoken))


def item(texts: Iterable[Message | None], language: str) -> Html:
    """Return sentences as one list entry: the first carries it, the others explain it."""
    spoken = [say(text, language) for text in texts if text is not None]
    template = jinja2.Template(
        '<p class="sentence"><strong>{{ first }}</strong>{% for s in others %}<br>{{ s }}{% endfor %}</p>',
        autoescape=True,
    )
    return Html(template.render(first=spoken[0], others=spoken[1:]), "\n".join(spoken))


def heading(text: str, language: str) -> Html:
    """Return a heading within a section."""
    return Html(
        jinja2.Template("<h3>{{ text }}</h3>", autoescape=True).render(text=say(text, language)), say(text, language)
    )


def targets(evaluation: Evaluation) -> Html:
    """Return the plan's targets as the leader's table: baseline, target, now, pace, probability, verdict."""
    language = evaluation.language
    heads = [
        _Head(Message("Target"), False), _Head(Message("Baseline"), True), _Head(Message("Target value"), True),
        _Head(Message("Now"), True), _Head(Message("Pace rule"), False), _Head(Message("Probability"), True),
        _Head(Message("Verdict"), False),
    ]  # fmt: skip
    rows = [_target_row(evaluation, row) for _, row in evaluation.assessments.iterrows()]
    html = _template("targets.html.j2", language).render(heads=heads, rows=rows, mark=evaluation.mark)
    text = "\n".join(f"{say(row['name'], language)}: {say(row['verdict'], language)}" for row in rows)
    return Html(html, text)


def _target_row(evaluation: Evaluation, row: pd.Series) -> dict[str, Any]:
    indicator = evaluation.indicator(row["indicator"])
    covered: str = ""
    if row["pace"] == "target_met" and row["target"] > 0:
        margin = percent(abs(row["value"] / row["target"] - 1))
        falls = evaluation.plan.target(row["indicator"]).falls
        covered = Message("{margin} below it", margin=margin) if falls else Message("{margin} above it", margin=margin)
    elif not pd.isna(row["covered_share"]):
        covered = Message(
            "{covered} of the way, {expected} expected",
            covered=percent(row["covered_share"]), expected=percent(row["expected_share"]),
        )  # fmt: skip
    known = not pd.isna(row["probability"])
    return {
        "name": indicator.name, "unit": indicator.unit,
        "baseline": number(row["baseline"]), "baseline_period": row["baseline_period"],
        "target": number(row["target"]), "target_period": row["target_period"],
        "value": number(row["value"]), "value_period": row["value_period"],
        "trend": word("trend", row["trend"]) if row["trend"] else "", "arrow": ARROWS.get(row["trend"], ""),
        "pace": word("pace", row["pace"]) if row["pace"] else "–", "covered": covered,
        "probability": percent(row["probability"]),
        "chance": word("chance", chance_word(row["probability"])) if known else "",
        "other": _other_reading(evaluation, row),
        "code": row["verdict"], "verdict": verdict(evaluation, row), "warn": is_worsening(evaluation, row),
    }  # fmt: skip


def _other_reading(evaluation: Evaluation, row: pd.Series) -> Message | str:
    """Return what the other reading of the baseline gives, where its verdict differs."""
    rows = evaluation.readings
    other = rows[(rows["indicator"] == row["indicator"]) & (rows["reading"] == "as_printed")]
    if other.empty or other["verdict"].iloc[0] in (row["verdict"], "not_assessable"):
        return ""
    return Message(
        "{probability} on the printed baseline: {verdict}",
        probability=percent(other["probability"].iloc[0]), verdict=word("verdict", other["verdict"].iloc[0]),
    )  # fmt: skip


def listing(table: pd.DataFrame, columns: Sequence[str], evaluation: Evaluation, *, caption: str = "") -> Html:
    """Return some columns of a result table as HTML: codes as words, areas and indicators by name, figures as read."""
    language = evaluation.language
    numeric = {name: pd.api.types.is_float_dtype(table[name].dtype) for name in columns}
    heads = [_Head(word("column", name), numeric[name]) for name in columns]
    rows = [[_cell(row[name], name, evaluation) for name in columns] for _, row in table.iterrows()]
    html = _template("table.html.j2", language).render(heads=heads, rows=rows, caption=caption, mark=evaluation.mark)
    return Html(html, "\n".join(" | ".join(say(cell, language) for cell in row) for row in rows))


def _cell(value: Any, column: str, evaluation: Evaluation) -> Any:
    if isinstance(value, float):
        if column.endswith(("share", "probability", "chance_if_nothing_changed")):
            return percent(value)
        return percent(value, signed=True) if column.endswith(("change", "relative")) else number(value)
    if isinstance(value, bool):
        return Message("yes") if value else Message("no")
    if column in CODES:
        return word(CODES[column], value) if value else "–"
    if column == "indicator":
        return evaluation.indicator(value).name
    if column == "area":
        return evaluation.area_name(value)
    if column == "period":
        return years(value)
    if column == "scope":
        return (
            evaluation.plan.scopes[value].name
            if value in evaluation.plan.scopes
            else word("scope", value)
            if value
            else ""
        )
    return value


@lru_cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)


def _template(name: str, language: str) -> jinja2.Template:
    environment = _environment().overlay()
    environment.filters = {**environment.filters, "say": lambda text: say(text, language)}
    return environment.get_template(name)
