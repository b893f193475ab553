"""Executed notebooks as HTML that travels: one file, no request, readable on a phone and on A4.

A page carries its style, its data and what it needs of Plotly's script inside itself; its content policy forbids
everything else. The script comes from the plotly package (`plotly_script`), so none of it is kept in this project.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from zzlib import plotly_script
from zzlib.errors import Fault, ParameterError
from zzlib.language import LANGUAGES, Message, say

if TYPE_CHECKING:
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "templates"
PLOTLY = "application/vnd.plotly.v1+json"
PLOTLY_HEIGHT = 450  # pixels, where a figure says none; reserved, so that the page does not jump
ANSI = re.compile(r"\x1b\[[0-9;]*m")  # colours meant for a terminal
SHARED_FROM = 256  # characters: smaller parts are cheaper repeated than shared
# What Plotly's own buttons say, by its own English keys.
PLOTLY_WORDS = (Message("Download plot as a PNG"), Message("Zoom"), Message("Pan"), Message("Reset axes"))

Pairs: TypeAlias = Sequence[tuple[str, str]]
Bundle: TypeAlias = dict[str, Any]  # a figure's data and layout
Kind: TypeAlias = Literal["briefing", "notebook", "table", "file"]
HEADINGS: dict[Kind, Message] = {
    "briefing": Message("Briefing"),
    "notebook": Message("Notebooks"),
    "table": Message("Tables"),
    "file": Message("Other files"),
}


@dataclass(frozen=True)
class Entry:
    """One thing a run's index points to; `href` is a file's path, seen from the index.

    Raises `ParameterError` if `href` is not relative or the kind is unknown.

    >>> Entry("Elsewhere", "https://example.org", "", "file")
    Traceback (most recent call last):
    zzlib.errors.ParameterError: 'https://example.org' is not a relative path. Give the file's path, ...
    """

    title: str
    href: str
    description: str
    kind: Kind

    def __post_init__(self) -> None:
        _known("kind", self.kind, tuple(HEADINGS))
        parts = urlsplit(self.href)
        if parts.scheme or parts.netloc or not self.href or self.href.startswith(("/", "\\")):
            fault = Message("{href} is not a relative path", href=repr(self.href))
            raise ParameterError(Fault(fault, remedy=Message("Give the file's path, seen from the index.")))


def page(
    notebook: NotebookNode,
    *,
    title: str,
    language: str,
    code: Literal["folded", "none"] = "folded",
    mark: str = "",
    facts: Pairs = (),
) -> str:
    """Return an executed notebook as one HTML text that asks for nothing outside itself.

    `facts` (what was looked at, from which inputs, in which run) stand at the foot of the page. Cells tagged with the
    other language or `remove-cell` are left out; code is folded. A leader's page has none, and `title` for its heading.
    The same notebook gives the same bytes. Raises `ParameterError` for an unknown language or way of showing code.
    """
    _known("language", language, LANGUAGES)
    _known("code", code, ("folded", "none"))
    figures: list[Bundle] = []
    sections: list[tuple[str, Markup]] = []
    given = any("injected-parameters" in cell.metadata.get("tags", ()) for cell in notebook.cells)
    # Given values replace the declared ones: showing both would show one question twice.
    hidden = {"parameters"} if given else set()
    cells = [
        _cell(cell, figures, sections, folded=code == "folded")
        for cell in notebook.cells
        if _is_shown(cell, language) and not hidden & set(cell.metadata.get("tags", ()))
    ]
    if code == "none":  # what a leader gets says of which plan and period it is
        cells = [cell | {"prose": _without_title(cell["prose"])} if "prose" in cell else cell for cell in cells]
    loader = _source("figures.js")
    told = [str(output["content"]) for cell in cells for output in cell["outputs"] if output["kind"] == "html"]
    useful = code == "folded" and (bool(figures) or any("<table" in text for text in told))
    tools = _source("tools.js") if useful else ""
    filters = _source("filters.js") if any("data-filters" in text for text in told) else ""
    script, script_hash = _plotly_script(_kinds(figures)) if figures else ("", "")
    return _render(
        "page.html.j2",
        language,
        title=title,
        mark=mark,
        cells=cells,
        kind="briefing" if code == "none" else "notebook",
        sections=sections if code == "folded" else [],
        headed=any("<h1" in cell.get("prose", "") for cell in cells),
        failed=any(output["kind"] == "error" for cell in cells for output in cell["outputs"]),
        figures=_packed(_each_part_once(figures)) if figures else "",
        script=script,
        loader=loader,
        tools=tools,
        filters=filters,
        policy=" ".join(
            [*([_hash(loader), script_hash] if figures else []), *(_hash(s) for s in (tools, filters) if s)]
        )
        or "'none'",
        words=_json(_plotly_locale(language)),
        facts=facts,
        colon="：" if language == "zh" else ": ",
    )


@dataclass(frozen=True)
class Answer:
    """A target's verdict for an index: code and word, probability as read, and what earlier runs said of it.

    `past` are code and telling of each earlier verdict, the earliest first.
    """

    name: str
    code: str
    verdict: str
    probability: str = ""
    past: Pairs = ()


@dataclass(frozen=True)
class Question:
    """One row of the overview of all runs: a plan asked in one way, its newest answer, and what failed since."""

    title: str
    kind: str
    href: str
    facts: Pairs
    answers: Sequence[Answer] = ()
    failed: str = ""


def index(
    *,
    title: str,
    language: str,
    facts: Pairs,
    entries: Sequence[Entry],
    omitted: Pairs,
    mark: str = "",
    answers: Sequence[Answer] = (),
    moved: Sequence[str] = (),
    decide: Sequence[str] = (),
    late: Sequence[str] = (),
) -> str:
    """Return the index page of a run: what it answers, what moved, what it holds, what was left out and why.

    `moved` are sentences on what changed since the run before, `decide` on what is to be decided,
    `late` on what of the period asked for is not there yet.

    Raises `ParameterError` for an unknown language.

    >>> text = index(title="<Mid-term>", language="en", facts=[("Plan", "a & b")], entries=[], omitted=[])
    >>> "&lt;Mid-term&gt;" in text, "a &amp; b" in text, "<script" in text
    (True, True, False)
    """
    _known("language", language, LANGUAGES)
    groups = [(heading, [entry for entry in entries if entry.kind == kind]) for kind, heading in HEADINGS.items()]
    return _render(
        "index.html.j2", language, title=title, mark=mark, facts=facts, groups=groups, omitted=omitted,
        answers=answers, moved=moved, decide=decide, late=late, policy="'none'",
    )  # fmt: skip


def overview(*, title: str, language: str, questions: Sequence[Question], mark: str = "") -> str:
    """Return the page of all runs: for each plan and kind of run the newest answer, and where it is.

    Raises `ParameterError` for an unknown language.
    """
    _known("language", language, LANGUAGES)
    return _render(
        "overview.html.j2", language, title=title, mark=mark, questions=questions, policy="'none'",
        colon="：" if language == "zh" else ": ",
    )  # fmt: skip


def _cell(
    cell: NotebookNode, figures: list[Bundle], sections: list[tuple[str, Markup]], *, folded: bool
) -> dict[str, Any]:
    """Return a cell as the template wants it; its figures and sections join the page's lists, known by their number."""
    tags = set(cell.metadata.get("tags", ()))
    if cell.cell_type == "markdown":
        prose = _with_places(_markdown(cell.source), sections)
        head, below, rest = prose.partition("</h2>") if "fold" in tags else ("", "", prose)
        return {
            "prose": Markup(rest), "summary": Markup(head + below), "code": "", "screen": "screen" in tags,
            "outputs": [], "panels": [],
        }  # fmt: skip
    code = ""
    if folded and "remove-input" not in tags and cell.source.strip():
        code = _highlighted(cell.source, unescape="injected-parameters" in tags)
    outputs = [_output(output, figures, folded=folded) for output in cell.outputs if output.get("data", True)]
    return {
        "code": code,
        "given": bool(tags & {"parameters", "injected-parameters"}),
        "screen": "screen" in tags,
        "outputs": outputs,
        "panels": _panels(outputs),
    }


def _panels(outputs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return a cell's outputs as panels, one a heading with what follows it; none where nothing has a heading."""
    panels: list[list[dict[str, Any]]] = []
    for output in outputs:
        if output["kind"] == "html" and str(output["content"]).lstrip().startswith("<h3>"):
            panels.append([])
        if not panels:
            return []
        panels[-1].append(output)
    return panels


def _output(output: NotebookNode, figures: list[Bundle], *, folded: bool) -> dict[str, Any]:
    if output.output_type == "stream":
        return {"kind": "text", "content": _text(output.text)}
    if output.output_type == "error":
        error = Message("This step failed: {error}", error=_text(f"{output.ename}: {output.evalue}"))
        return {"kind": "error", "content": error, "trace": _text("\n".join(output.traceback)) if folded else ""}
    data = output.data
    if PLOTLY in data:
        figures.append({"data": data[PLOTLY]["data"], "layout": data[PLOTLY].get("layout", {})})
        finding = _text(data.get("text/plain", "")) or Message("Figure {number}", number=len(figures))
        height = int(figures[-1]["layout"].get("height") or PLOTLY_HEIGHT)
        return {"kind": "figure", "content": finding, "number": len(figures), "height": height}
    if "text/html" in data:
        return {"kind": "html", "content": Markup(_text(data["text/html"]))}
    if "text/markdown" in data:
        return {"kind": "html", "content": _markdown(_text(data["text/markdown"]))}
    if "text/plain" in data:
        return {"kind": "text", "content": _text(data["text/plain"])}
    return {"kind": "note", "content": Message("Output of kind {kinds} cannot be shown here.", kinds=sorted(data))}


def _known(name: str, value: str, values: Sequence[str]) -> None:
    if value not in values:
        fault = Message("{name}: {value} is none of {values}", name=name, value=repr(value), values=list(values))
        raise ParameterError(Fault(fault))


def _is_shown(cell: NotebookNode, language: str) -> bool:
    tags = set(cell.metadata.get("tags", ()))
    # papermill's own note about a failure is English, and the page says it better in its own banner.
    if tags & {"remove-cell", "papermill-error-cell-tag"} or cell.cell_type not in ("markdown", "code"):
        return False
    return language in tags or not tags & set(LANGUAGES)


def _text(text: str | list[str]) -> str:
    return ANSI.sub("", text if isinstance(text, str) else "".join(text))


def _markdown(source: str) -> Markup:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return Markup(MarkdownWithMath(renderer=renderer).render(source))


def _with_places(prose: Markup, sections: list[tuple[str, Markup]]) -> str:
    """Return prose whose second-level headings can be pointed to; place and text of each join the page's list."""

    def placed(found: re.Match[str]) -> str:
        sections.append((f"section-{len(sections) + 1}", Markup(found[1])))
        return f'<h2 id="{sections[-1][0]}">{found[1]}</h2>'

    return re.sub(r"<h2>(.*?)</h2>", placed, prose)


def _without_title(prose: str) -> Markup:
    return Markup(re.sub(r"<h1>.*?</h1>\s*", "", prose))


def _highlighted(source: str, *, unescape: bool) -> Markup:
    from nbconvert import filters

    if unescape:  # papermill writes Chinese values as escapes
        source = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), source)
    highlighter: Any = filters.Highlight2HTML
    return Markup(highlighter(pygments_lexer="python3")(source))


def _each_part_once(figures: list[Bundle]) -> str:
    """Return the figures as JSON in which every big part (template, outline) stands once and is pointed to."""
    places: dict[str, int] = {}

    def held(part: Any) -> Any:
        if isinstance(part, dict):
            part = {name: held(child) for name, child in sorted(part.items())}
        elif isinstance(part, list):
            part = [held(child) for child in part]
        else:
            return None if isinstance(part, float) and not math.isfinite(part) else part  # a gap, as JSON writes it
        text = _json(part)
        return {"$": places.setdefault(text, len(places))} if len(text) >= SHARED_FROM else part

    drawn = _json([held(figure) for figure in figures])
    return f'{{"figures":{drawn},"shared":[{",".join(places)}]}}'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def _plotly_script(kinds: frozenset[str]) -> tuple[str, str]:
    """Return the script that draws these kinds of traces, packed, and its hash."""
    script = plotly_script.script(kinds)
    return _packed(script), _hash(script)


def _kinds(figures: Sequence[Bundle]) -> frozenset[str]:
    return frozenset(trace.get("type", "scatter") for figure in figures for trace in figure["data"])


def _plotly_locale(language: str) -> dict[str, Any]:
    """Return Plotly's words and month names in a language; English is built in."""
    if language == "en":
        return {}
    months = Locale.parse(language).months["format"]
    wide, short = ([months[width][month] for month in range(1, 13)] for width in ("wide", "abbreviated"))
    words = {str(word): say(word, language) for word in PLOTLY_WORDS}
    return {"dictionary": words, "format": {"months": wide, "shortMonths": short, "date": "%Y-%m-%d"}}


def _source(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _render(template: str, language: str, **values: Any) -> str:
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.filters["say"] = lambda text: text if isinstance(text, Markup) else say(text, language)
    return templates.get_template(template).render(_=Message, style=_source("style.css"), language=language, **values)
