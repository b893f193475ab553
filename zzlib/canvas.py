"""What all figures share: the result object, the page's fonts, colours and margins, and the pieces of a drawing.

Figures are plain dictionaries in Plotly's JSON form, built without importing plotly or nbformat, so the first figure
of a notebook costs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from zzlib.language import Message, say

Json: TypeAlias = dict[str, Any]

FONT = (
    "'Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', "
    "'Hiragino Sans GB', SimHei, sans-serif"
)
INK, MUTED, GRID = "#1f2933", "#56616c", "#e3e7eb"
OBSERVED, TARGET, WARNING = "#0b3c6f", "#a8480f", "#8a2a14"
PER_LETTER, PER_LINE = 11.0, 15.0  # pixels of a Chinese letter and of a line in small print


@dataclass(frozen=True)
class Figure:
    """A Plotly figure as plain JSON (`data`, `layout`) and its finding, which is also its text alternative."""

    figure: Json
    finding: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        return {"application/vnd.plotly.v1+json": self.figure, "text/plain": self.finding}


def figure(data: Iterable[Json], layout: Json, finding: str, language: str) -> Figure:
    """Return the finished figure: valid JSON with null for what is missing."""
    return Figure({"data": plain(list(data)), "layout": plain(layout)}, say(finding, language))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: Python's own numbers, None for NaN.

    >>> import numpy as np
    >>> plain({"x": [np.float64(1.5), float("nan"), np.int64(2)]})
    {'x': [1.5, None, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, bool) or value is None:
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not math.isfinite(number) else number


def literal(text: str) -> str:
    """Return a text that Plotly draws as it is: of markup only bold type and line ends count, and no mathematics.

    >>> literal("<b>A & B</b><br><i>5 $ or 6 $</i>")
    '<b>A &amp; B</b><br>&lt;i>5 &#36; or 6 &#36;&lt;/i>'
    """
    return re.sub("<(?!/?b>|br>)", "&lt;", text.replace("&", "&amp;").replace("$", "&#36;"))


def present(value: Any) -> bool:
    """Say whether a number is there: neither None nor NaN.

    >>> present(0.0), present(float("nan")), present(None)
    (True, False, False)
    """
    return value is not None and value == value


def layout(height: int, mark: str, language: str, **parts: Any) -> Json:
    """Return the layout every figure shares; `mark` (synthetic data) stands above the drawing, never outside it."""
    notes = list(parts.pop("annotations", []))
    if mark:
        notes.append(
            note(
                say(mark, language),
                x=1,
                y=1,
                xref="paper",
                yref="paper",
                xanchor="right",
                yanchor="bottom",
                yshift=24,
                bgcolor="#fff4e0",
                bordercolor=WARNING,
                borderpad=2,
                font={"size": 12, "color": WARNING},
            )
        )
    axis = {
        "showgrid": False,
        "zeroline": False,
        "exponentformat": "none",
        "fixedrange": True,
        "automargin": True,
        "title": {"text": ""},
    }
    return {
        "height": height,
        "autosize": True,
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "margin": {"l": 8, "r": 8, "t": 52 if mark else 28, "b": 8},
        "separators": ".,",
        "hoverlabel": {"align": "left", "bgcolor": "#ffffff", "font": {"family": FONT, "size": 12, "color": INK}},
        "legend": {
            "orientation": "h", "x": 0.01, "xref": "container", "xanchor": "left", "y": 0, "yref": "container",
            "yanchor": "bottom", "itemclick": False,
            "itemdoubleclick": False, "font": {"size": 11}, "tracegroupgap": 0, "traceorder": "normal",
        },
        "annotations": notes,
        "xaxis": axis | {"ticks": "outside", "tickcolor": MUTED, "linecolor": MUTED, "showline": True},
        "yaxis": axis | {"showgrid": True, "gridcolor": GRID},
        **parts,
    }  # fmt: skip


def note(text: str, **parts: Any) -> Json:
    """Return text at a place of the drawing, in small print unless told otherwise."""
    return {"text": text, "showarrow": False, "font": {"size": 12, "color": MUTED}, **parts}


def corner(text: str, *, side: str = "left", **parts: Any) -> Json:
    """Return a note just above the drawing's left or right corner."""
    place = {"x": 0 if side == "left" else 1, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    return note(text, xanchor=side, yshift=4, **place, **parts)


def blank(mark: str, finding: str, language: str) -> Figure:
    """Return the figure of nothing at all, which says so, that no one takes blank for zero."""
    text = say(Message("no figures to show"), language)
    place = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "font": {"size": 14, "color": MUTED}}
    drawing = layout(160, mark, language, annotations=[note(text, **place)])
    drawing["xaxis"]["visible"] = drawing["yaxis"]["visible"] = False
    return figure([], drawing, finding or text, language)


def series(x: list[Any], y: list[Any], **parts: Any) -> Json:
    """Return a scatter trace that never bridges a gap."""
    return {"type": "scatter", "mode": "lines", "connectgaps": False, "hoverinfo": "skip", "x": x, "y": y, **parts}


def key(name: str, **parts: Any) -> Json:
    """Return an entry of the legend that draws nothing itself."""
    return series([None], [None], name=name, mode="markers", **parts)


def line(x0: float, y0: float, x1: float, y1: float, colour: str, **parts: Any) -> Json:
    """Return a hairline as a shape."""
    return {"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": {"color": colour, "width": 1}, **parts}


def wrapped(name: str, letters: int) -> str:
    """Return a name in lines of at most so many Chinese letters (twice as many latin ones, broken at spaces).

    >>> wrapped("航空港经济综合实验区", 6)
    '航空港经济<br>综合实验区'
    >>> wrapped("Zhengzhou High-tech Zone", 7)
    'Zhengzhou<br>High-tech Zone'
    """
    if not name.isascii():
        length = math.ceil(len(name) / math.ceil(len(name) / letters))
        return "<br>".join(name[start : start + length] for start in range(0, len(name), length))
    lines = [""]
    for part in name.split():
        longer = f"{lines[-1]} {part}".strip()
        if len(longer) <= 2 * letters or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(part)
    return "<br>".join(lines)
