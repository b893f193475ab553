"""The city's districts, on a schematic map and in a row: who lies above the city's rate, and is the difference shown.

Geometry is in metres of a projected frame (UTM) and measured in pixels of the narrowest page. What does not overlap
there overlaps nowhere, because every wider page has more pixels for the same metres.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd
from shapely import Point
from shapely import box as rectangle
from shapely.geometry.polygon import orient

from zzlib.canvas import (
    GRID,
    INK,
    MUTED,
    PER_LETTER,
    PER_LINE,
    Figure,
    Json,
    corner,
    figure,
    key,
    layout,
    line,
    note,
    present,
    series,
    wrapped,
)  # fmt: skip
from zzlib.errors import DataError, Fault
from zzlib.language import Message, Name, number, say

Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top in metres
Line: TypeAlias = list[float | None]

# Fixed ratios to the city's rate: natural breaks would move every year, and with them the meaning of a colour.
BREAKS = (2 / 3, 0.9, 1.1, 1.5)
# From blue to brown-red: dark is bad, also in grey print; blue and orange differ for every kind of colour vision.
COLOURS = ("#deeefa", "#a9cde8", "#aba69b", "#d97f2e", "#8a2a14")
RATIOS = ("< 0.67", "0.67–0.9", "0.9–1.1", "1.1–1.5", "≥ 1.5")
NO_FIGURE = "#ffffff"
HATCH = {"shape": "/", "fgcolor": "#ffffff", "fillmode": "overlay", "size": 7, "solidity": 0.45}
NARROW = (340.0, 250.0)  # pixels for the map on a page of 390


def district_map(
    districts: pd.DataFrame,
    boundaries: Any,
    areas: pd.DataFrame,
    *,
    name: str,
    unit: str,
    per: str,
    language: str,
    mark: str = "",
    finding: str = "",
) -> Figure:
    """Draw every district's rate as a class of its ratio to the city's rate, hatched where no difference is shown.

    `districts` holds one indicator, one period and the city's own row; `per` is the unit of the exposure. Districts
    with a polygon and no row stay visible as "no figure"; rows without a polygon become squares below the map.
    Raises DataError without the city's row.
    """
    city, units, names = _city_and_units(districts, areas, language)
    rows = {row.area: row for row in units.itertuples()}
    members = areas["area"][areas["parent"] == city.area]
    shown = boundaries[boundaries["area"].isin([*rows, *members])]
    shown = shown.assign(size=shown.area).sort_values("size", ascending=False)
    short_names = {area: short(text, names[city.area]) for area, text in names.items()}
    frame = _frame(shown)
    loose = [area for area in rows if area not in set(shown["area"])]
    texts = [wrapped(short_names[area], 6) for area in loose]
    tiles, whole = squares(texts, frame)
    places = dict(zip(shown["area"], map(rings, shown.geometry), strict=True))
    for area, (left, bottom, right, top) in zip(loose, tiles, strict=True):
        places[area] = ([left, right, right, left, left], [bottom, bottom, top, top, bottom])
    data = []
    for area, (x, y) in places.items():
        hover = _hover(names[area], rows.get(area), name, unit, per, language)
        data.append(_filled(x, y, *_class(rows.get(area), city.value), name=names[area], text=hover))
    notes = [corner(say(Message("schematic map"), language), side="right")]
    for label in labels([short_names[area] for area in shown["area"]], list(shown.geometry), frame):
        if label.led:
            stroke = {"color": INK, "width": 1}
            data.append(series([label.anchor[0], label.x], [label.anchor[1], label.y], line=stroke, showlegend=False))
        notes.append(_label(label.text, label.x, label.y, bgcolor="rgba(255,255,255,.8)", borderpad=0))
    for text, (left, bottom, right, _) in zip(texts, tiles, strict=True):
        notes.append(_label(text, (left + right) / 2, bottom, yanchor="top"))
    data += _legend(language, without_figure=len(places) > len(rows))
    title = Message("ratio to the rate of {area}", area=_name(areas, city.area))
    drawing = layout(470 if loose else 410, mark, language, annotations=notes)
    drawing["legend"]["title"] = {"text": say(title, language), "side": "top", "font": {"size": 12}}
    drawing["xaxis"] |= {"visible": False, "constrain": "domain", "range": [whole[0], whole[2]]}
    drawing["yaxis"] |= {
        "visible": False, "constrain": "domain", "range": [whole[1], whole[3]], "scaleanchor": "x"
    }  # fmt: skip
    return figure(data, drawing, finding or name, language)


def district_intervals(
    districts: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    name: str,
    unit: str,
    language: str,
    mark: str = "",
    finding: str = "",
) -> Figure:
    """Draw every unit's rate with its interval beside the city's rate, highest first: the map's facts without a map.

    Takes the same `districts` and `areas` as `district_map`, and raises alike.
    """
    city, units, names = _city_and_units(districts, areas, language)
    units = units.sort_values(["value", "area"])
    data = []
    for place, row in enumerate(units.itertuples()):
        grade, unsure = _class(row, city.value)
        ends = [end if present(end) else row.value for end in (row.lower, row.upper)]
        stroke = {"color": MUTED if unsure else INK, "width": 2 if not unsure else 1}
        data.append(series(ends, [place, place], line=stroke, showlegend=False))
        dot = {"symbol": "circle", "size": 12, "color": COLOURS[grade or 0], "line": {"color": INK, "width": 1}}
        if unsure:
            dot |= {"symbol": "circle-open-dot", "color": MUTED, "size": 11}
        hover = _hover(names[row.area], row, name, unit, "", language)
        data.append(
            series([row.value], [place], mode="markers", marker=dot, showlegend=False, hoverinfo="text", text=[hover])
        )
    for grade in range(5):
        dot = {"symbol": "circle", "size": 12, "color": COLOURS[grade], "line": {"color": INK, "width": 1}}
        data.append(key(RATIOS[grade], marker=dot))
    dot = {"symbol": "circle-open-dot", "size": 11, "color": MUTED}
    data.append(key(say(Message("not significant"), language), marker=dot))
    drawing = layout(170 + 34 * len(units), mark, language)
    place_of = {"x": city.value, "y": 1, "yref": "paper", "yanchor": "bottom"}
    text = say(Message("{area}: {value}", area=_name(areas, city.area), value=number(city.value)), language)
    reach = [float(v) for v in [city.value, *units["value"], *units["upper"]] if present(v)]
    right = max(reach) * 1.05 or 1.0
    # The city's words stay inside the frame wherever its line is.
    side = "left" if city.value < right * 0.4 else "right" if city.value > right * 0.6 else "center"
    drawing["annotations"].append(note(text, **place_of, xanchor=side, yshift=3, font={"size": 12, "color": INK}))
    drawing["shapes"] = [line(city.value, 0, city.value, 1, INK, yref="paper")]
    title = Message("ratio to the rate of {area}", area=_name(areas, city.area))
    drawing["legend"]["title"] = {"text": say(title, language), "side": "top", "font": {"size": 12}}
    drawing["xaxis"] |= {
        "range": [0, right],
        "title": {"text": say(unit, language), "font": {"size": 12, "color": MUTED}},
        "showgrid": True,
        "gridcolor": GRID,
    }
    drawing["yaxis"] |= {
        "tickvals": list(range(len(units))),
        "ticktext": [wrapped(short(names[area], names[city.area]), 10) for area in units["area"]],
        "range": [-0.6, len(units) - 0.4],
    }
    return figure(data, drawing, finding or name, language)


@dataclass(frozen=True)
class Label:
    """Where a label stands and the point it names; `led` when it stands outside and needs a leader line."""

    text: str
    x: float
    y: float
    anchor: tuple[float, float]
    led: bool


def labels(names: Sequence[str], polygons: Sequence[Any], frame: Box) -> list[Label]:
    """Return one label per polygon, in their order, none over another; the smallest polygons choose first.

    >>> from shapely import box
    >>> near = labels(["Left", "Right"], [box(0, 0, 90, 90), box(90, 0, 99, 9)], (-100, -100, 240, 150))
    >>> near[0].led, near[1].led
    (False, True)
    """
    pixel = _pixel(frame)
    anchors = [_middle(polygon) for polygon in polygons]
    taken: list[Box] = []
    placed: dict[int, Label] = {}
    for index in sorted(range(len(names)), key=lambda i: (polygons[i].area, names[i])):
        half_x, half_y = (_width(names[index]) / 2 + 2) * pixel, (PER_LINE / 2 + 1) * pixel
        best, place = math.inf, anchors[index]
        for x, y, way in _around(anchors[index], half_y / 2):
            box = (x - half_x, y - half_y, x + half_x, y + half_y)
            if way >= best or not _within(box, frame) or any(_overlap(box, other) for other in taken):
                continue
            outside = not polygons[index].contains(Point(x, y))
            # A label on a neighbour's middle hides where the neighbour's own label belongs.
            hidden = sum(_overlap(box, (*other, *other)) for other in anchors if other != anchors[index])
            # A label over most of a small polygon hides its colour.
            covered = not outside and polygons[index].intersection(rectangle(*box)).area > polygons[index].area / 2
            cost = way + half_y * (3 * outside + 3 * hidden + 6 * covered)
            if cost < best:
                best, place = cost, (x, y)
        taken.append((place[0] - half_x, place[1] - half_y, place[0] + half_x, place[1] + half_y))
        led = not polygons[index].contains(Point(place))
        placed[index] = Label(names[index], *place, anchors[index], led)
    return [placed[index] for index in range(len(names))]


def squares(texts: Sequence[str], frame: Box) -> tuple[list[Box], Box]:
    """Return a square for each area without polygon, in rows below the frame, and the frame that holds them too.

    >>> places, whole = squares(["经开", "高新"], (0, 0, 340, 250))
    >>> len(places), whole[1] < places[0][1] < places[0][3] < 0
    (2, True)
    """
    if not texts:
        return [], frame
    pixel = _pixel(frame)
    side, gap = 26 * pixel, 8 * pixel
    across = min(len(texts), 4)
    cell = (frame[2] - frame[0]) / across
    deep = side + gap + (1 + max(text.count("<br>") for text in texts)) * PER_LINE * pixel
    places = []
    for index in range(len(texts)):
        middle = frame[0] + cell * (index % across + 0.5)
        top = frame[1] - gap - (index // across) * deep
        places.append((middle - side / 2, top - side, middle + side / 2, top))
    return places, (frame[0], frame[1] - gap - math.ceil(len(texts) / across) * deep, frame[2], frame[3])


def rings(geometry: Any) -> tuple[Line, Line]:
    """Return a polygon's rings as x and y with None between rings, holes turned against their outer ring.

    >>> from shapely import box
    >>> rings(box(0, 0, 1, 2))
    ([1.0, 1.0, 0.0, 0.0, 1.0], [0.0, 2.0, 2.0, 0.0, 0.0])
    """
    lines = []
    for part in getattr(geometry, "geoms", [geometry]):
        polygon = orient(part)
        lines += [list(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
    xs: Line = []
    ys: Line = []
    for place, points in enumerate(lines):
        xs += [None] * (place > 0) + [round(x, 1) for x, *_ in points]
        ys += [None] * (place > 0) + [round(y, 1) for _, y, *_ in points]
    return xs, ys


def ratio_class(rate: float, reference: float) -> int:
    """Return the class of a rate by its ratio to a reference rate, 0 (far below) to 4 (far above).

    Two zeros are equal: the middle class.

    >>> [ratio_class(rate, 10) for rate in (0, 7, 10, 12, 15)]
    [0, 1, 2, 3, 4]
    >>> ratio_class(0, 0)
    2
    """
    return 2 if rate == reference else sum(rate >= reference * limit for limit in BREAKS)


def short(name: str, city: str = "") -> str:
    """Return an area's name as short as people say it: without its kind, a long one without its city.

    >>> short("管城回族区"), short("中牟县"), short("郑州航空港区", "郑州市"), short("Erqi District")
    ('管城', '中牟', '航空港', 'Erqi')
    """
    if name.isascii():
        return re.sub(r"( Hui)?( District| County| City)$", "", name)
    for prefix in filter(None, (city, city.rstrip("市区县"))):
        name = name.removeprefix(prefix) or name
    return re.sub(r"(?<=..)(回族|自治)*[区县市]$", "", name)


def _city_and_units(
    districts: pd.DataFrame, areas: pd.DataFrame, language: str
) -> tuple[Any, pd.DataFrame, dict[str, str]]:
    """Return the row of the city, which is the parent of the others, the others, and everybody's name."""
    parents = dict(zip(areas["area"], areas["parent"], strict=True))
    is_city = districts["area"].isin([parents.get(area) for area in districts["area"]])
    if is_city.sum() != 1:
        raise DataError(
            Fault(
                Message("{count} rows of the districts' parent instead of one", count=int(is_city.sum())),
                remedy=Message("Give the districts of one indicator and period together with the city's own row."),
            )
        )
    names = {area: say(_name(areas, area), language) for area in [*areas["area"], *districts["area"]]}
    return next(districts[is_city].itertuples()), districts[~is_city], names


def _name(areas: pd.DataFrame, area: str) -> str:
    found = areas[areas["area"] == area]
    return area if found.empty else Name(zh=str(found["zh"].iloc[0]), en=str(found["en"].iloc[0]))


def _class(row: Any, city_rate: float) -> tuple[int | None, bool]:
    """Return the class of a row and whether its difference from the city is not shown by its interval."""
    if row is None:
        return None, False
    shown = present(row.lower) and present(row.upper) and not row.lower <= city_rate <= row.upper
    return ratio_class(row.value, city_rate), not shown


def _filled(x: Line, y: Line, grade: int | None, unsure: bool, **parts: Any) -> Json:
    """Return one area: its class as colour; hatched in white where the difference is not shown."""
    colour = NO_FIGURE if grade is None else COLOURS[grade]
    edge = {"color": "#ffffff" if grade in (3, 4) else MUTED, "width": 1, "dash": "dot" if grade is None else "solid"}
    trace = series(
        x, y, fill="toself", fillcolor=colour, line=edge, hoveron="fills", hoverinfo="text", showlegend=False
    )
    if unsure:
        trace["fillpattern"] = HATCH | {"bgcolor": colour}
    return trace | parts


def _legend(language: str, *, without_figure: bool) -> list[Json]:
    entries = [_key(RATIOS[grade], COLOURS[grade]) for grade in range(5)]
    entries.append(_key(say(Message("not significant"), language), NO_FIGURE, {**HATCH, "fgcolor": MUTED}))
    return [*entries, _key(say(Message("no figure"), language), NO_FIGURE)] if without_figure else entries


def _key(name: str, colour: str, pattern: Json | None = None) -> Json:
    # Only bars show a hatched square in the legend; with nothing to draw it stays there.
    paint = {"color": colour, "line": {"color": MUTED, "width": 1}, "pattern": pattern or {}}
    return {"type": "bar", "x": [None], "y": [None], "name": name, "marker": paint, "hoverinfo": "skip"}


def _hover(area: str, row: Any, name: str, unit: str, per: str, language: str) -> str:
    if row is None:
        return f"<b>{area}</b><br>{say(Message('no figure'), language)}"
    lines = [f"<b>{area}</b> {row.period}", f"{say(name, language)}: {number(row.value)} {say(unit, language)}"]
    if present(row.lower) and present(row.upper):
        ends = Message("interval {lower} to {upper}", lower=number(row.lower), upper=number(row.upper))
        lines.append(say(ends, language))
    if present(row.numerator):
        lines.append(say(Message("deaths {count}", count=number(row.numerator)), language))
    if per and present(row.denominator):
        lines.append(say(Message("exposure {amount} {unit}", amount=number(row.denominator), unit=per), language))
    return "<br>".join(lines)


def _label(text: str, x: float, y: float, **parts: Any) -> Json:
    return note(text, x=x, y=y, font={"size": 11, "color": INK}, **parts)


def _frame(shown: Any) -> Box:
    if not len(shown):
        return 0.0, 0.0, 1000.0, 10.0
    left, bottom, right, top = (float(side) for side in shown.total_bounds)
    pad = 0.02 * (right - left)
    return left - pad, bottom - pad, right + pad, top + pad


def _pixel(frame: Box) -> float:
    """Return the metres of a pixel when the frame is fitted into the narrowest page."""
    return max((frame[2] - frame[0]) / NARROW[0], (frame[3] - frame[1]) / NARROW[1])


def _width(text: str) -> float:
    return sum(PER_LETTER * (0.57 if letter.isascii() else 1) for letter in text)


def _around(centre: tuple[float, float], step: float) -> Iterable[tuple[float, float, float]]:
    """Yield places around a centre, nearest first, with their distance."""
    yield *centre, 0.0
    for ring in range(1, 40):
        for turn in range(24):
            angle = turn * math.pi / 12
            yield centre[0] + ring * step * math.cos(angle), centre[1] + ring * step * math.sin(angle), ring * step


def _middle(polygon: Any) -> tuple[float, float]:
    centre = polygon.centroid
    point = centre if polygon.contains(centre) else polygon.representative_point()
    return float(point.x), float(point.y)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _within(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]
