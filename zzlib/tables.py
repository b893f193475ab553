"""Tables and sentences as HTML: from one autoescaped template each, with words for codes and the mark where due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import jinja2
import pandas as pd

from zzlib import firmness
from zzlib.cases import chance_word
from zzlib.evaluation import Evaluation
from zzlib.language import Message, number, percent, say, word
from zzlib.narrative import is_worsening, verdict, years

TEMPLATES = Path(__file__).parent / "templates"
ARROWS = {"falling": "↘", "flat": "→", "rising": "↗"}
Cell: TypeAlias = list[list[Any]]  # lines of parts: texts, small print and verdicts
Row: TypeAlias = list[Cell]
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


def item(texts: Iterable[str | None], language: str, *, kind: str = "sentence") -> Html:
    """Return sentences as one list entry of a kind: the first carries it, the others explain it."""
    spoken = [say(text, language) for text in texts if text is not None]
    template = jinja2.Template(
        '<p class="{{ kind }}"><strong>{{ first }}</strong>{% for s in others %}<br>{{ s }}{% endfor %}</p>',
        autoescape=True,
    )
    return Html(template.render(first=spoken[0], others=spoken[1:], kind=kind), "\n".join(spoken))


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


def plain(
    heads: Sequence[str], rows: Sequence[Sequence[str]], language: str, *, numeric: Iterable[int] = ()
) -> Html:  # fmt: skip
    """Return a table of texts under its headings; `numeric` names the columns of figures."""
    figures = set(numeric)
    marked = [_Head(head, i in figures) for i, head in enumerate(heads)]
    html = _template("table.html.j2", language).render(heads=marked, rows=rows, caption="", mark="")
    return Html(html, "\n".join(" | ".join(say(cell, language) for cell in row) for row in rows))


def robustness(evaluation: Evaluation) -> Html:
    """Return for each target and family of choices what the primary choice and each other one gives."""
    rows = evaluation.robustness
    rows = rows[rows["family"] != "measure"]
    groups = []
    for code, mine in rows.groupby("indicator", sort=False):
        lines: list[Row] = []
        for family, of in mine.groupby("family", sort=False):
            told = [_told(firmness.choice(row["family"], row["choice"]), row) for _, row in of.iterrows()]
            varied: Cell = [[firmness.FAMILIES[str(family)]]]
            lines.append([varied, told[:1], told[1:]])
        groups.append((evaluation.indicator(str(code)).name, lines))
    others = Message("Others (their verdict where it differs)")
    heads = [_Head(Message("Choice of"), False), _Head(Message("Taken"), False), _Head(others, False)]
    return _grouped(groups, heads, evaluation)


def _told(name: Message, row: pd.Series) -> list[Any]:
    """Return a choice with its probability, and with its verdict where that is another."""
    told = [name, percent(row["probability"])]
    return [*told, _Verdict(row["verdict"], word("verdict", row["verdict"]))] if row["flips"] else told


def measures(evaluation: Evaluation) -> Html:
    """Return for each published measure, after the probability, the class it gives to which targets, in its words."""
    rows = evaluation.robustness
    rows = rows[rows["family"] == "measure"]
    judged = list(rows["indicator"].unique())
    own = evaluation.assessments[evaluation.assessments["indicator"].isin(judged)]
    classes: dict[_Verdict, list[str]] = {}
    for _, row in own.iterrows():
        classes.setdefault(_Verdict(row["verdict"], word("verdict", row["verdict"])), []).append(row["indicator"])
    probability: Cell = [[Message("Probability (this evaluation)")]]
    lines: list[Row] = [[probability, _classes(classes, judged, evaluation)]]
    for name in firmness.MEASURES:
        of, classes = rows[rows["choice"] == name], {}
        for _, row in of.iterrows():
            said = _Verdict(row["verdict"], firmness.GRADES[row["grade"]], wraps=True)
            classes.setdefault(said, []).append(row["indicator"])
        silent = [code for code in judged if code not in set(of["indicator"])]
        if silent:
            classes[_Verdict("not_assessable", Message("gives no class"))] = silent
        named: Cell = [[firmness.MEASURES[name]], [_Small(firmness.SOURCES[name])]]
        lines.append([named, _classes(classes, judged, evaluation)])
    heads = [_Head(Message("Measure and its source"), False), _Head(Message("What it says"), False)]
    return _grouped([("", lines)], heads, evaluation)


def _classes(classes: dict[_Verdict, list[str]], judged: list[str], evaluation: Evaluation) -> Cell:
    if len(classes) == 1 and len(judged) > 1:
        return [[said, Message("all targets")] for said in classes]
    return [[said, [evaluation.indicator(code).name for code in codes]] for said, codes in classes.items()]


def grouped(table: pd.DataFrame, columns: Sequence[str], evaluation: Evaluation) -> Html:
    """Return some columns of a table of indicators as HTML, the rows of each indicator under its name."""
    heads = [_Head(word("column", name), pd.api.types.is_float_dtype(table[name].dtype)) for name in columns]
    groups = []
    for code, rows in table.groupby("indicator", sort=False):
        lines: list[Row] = [[[[_part(row[name], name, evaluation)]] for name in columns] for _, row in rows.iterrows()]
        groups.append((evaluation.indicator(str(code)).name, lines))
    return _grouped(groups, heads, evaluation)


def _part(value: Any, column: str, evaluation: Evaluation) -> Any:
    return _Verdict(value, word("verdict", value)) if column == "verdict" else _cell(value, column, evaluation)


@dataclass(frozen=True)
class _Verdict:
    """A word beside the sign of the verdict that it stands for."""

    code: str
    text: str
    wraps: bool = False


@dataclass(frozen=True)
class _Small:
    text: str


def _grouped(groups: Sequence[tuple[str, list[Row]]], heads: Sequence[_Head], evaluation: Evaluation) -> Html:
    """Return rows under group headings; a cell holds lines, a line parts: texts, small print and verdicts."""
    language = evaluation.language
    html = _template("grouped.html.j2", language).render(groups=groups, heads=heads, mark=evaluation.mark)
    spoken = []
    for name, rows in groups:
        spoken += [say(name, language)] if name else []
        spoken += [" | ".join("; ".join(_line(line, language) for line in cell) for cell in row) for row in rows]
    return Html(html, "\n".join(spoken))


def _line(parts: Sequence[Any], language: str) -> str:
    return " ".join(say(getattr(part, "text", part), language) for part in parts)


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
