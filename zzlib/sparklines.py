"""The course of a number in the space of a word: an inline SVG that needs no script, and says itself in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from zzlib.language import Message, number, say

WIDTH, HEIGHT, MARGIN = 96, 30, 4  # in pixels at the size of the table's print
LEAST = 0.25  # share of the highest value that the height spans at least
TEMPLATE = Path(__file__).parent / "templates" / "sparkline.svg.j2"


def sparkline(
    points: Sequence[tuple[int, float]], *, target: float, target_year: int, until: int, language: str
) -> Markup:
    """Return yearly values as a small line to the last one, the target as a dashed level with a ring at its year.

    `points` are (year, value), none negative, in the order of years; missing years break the line. The height spans the
    values and the target, and a quarter of the highest at least, so that a small change looks small. Nothing is drawn
    where there are fewer than two points.

    >>> drawn = sparkline([(2015, 95.0), (2016, 84.0)], target=85.5, target_year=2020, until=2020, language="en")
    >>> "2015: 95, 2016: 84; target 85.5" in drawn, sparkline([], target=1, target_year=2, until=2, language="en")
    (True, Markup(''))
    """
    if len(points) < 2:
        return Markup("")
    first = points[0][0]
    levels = [value for _, value in points] + ([target] if target == target else [])
    highest = max(levels) or 1.0
    lowest = min(*levels, (1 - LEAST) * highest)

    def place(year: float, value: float) -> tuple[float, float]:
        x = MARGIN + (year - first) / max(until - first, 1) * (WIDTH - 2 * MARGIN)
        return round(x, 1), round(HEIGHT - MARGIN - (value - lowest) / (highest - lowest) * (HEIGHT - 2 * MARGIN), 1)

    runs: list[list[tuple[float, float]]] = []
    for i, (year, value) in enumerate(points):
        if i == 0 or year != points[i - 1][0] + 1:
            runs.append([])
        runs[-1].append(place(year, value))
    told = Message(
        "{course}; target {target}",
        course=[Message("{year}: {value}", year=year, value=number(value)) for year, value in points],
        target=number(target),
    )  # fmt: skip
    drawn = _template().render(
        width=WIDTH, height=HEIGHT, runs=runs, last=place(*points[-1]), told=say(told, language),
        ring=place(target_year, target) if target == target else None, start=MARGIN,
    )  # fmt: skip
    return Markup(drawn)


@lru_cache
def _template() -> jinja2.Template:
    template: jinja2.Template = jinja2.Template(TEMPLATE.read_text(encoding="utf-8"), autoescape=True)
    return template
