"""The city's districts on a schematic map: who lies above the city's rate, and is the difference shown.

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
    INK,
    MUTED,
    PER_LETTER,
    PER_LINE,
    Figure,
    Json,
    corner,
    figure,
    layout,
    note,
    present,
    series,
    wrapped,
)  # fmt: skip
from zzlib.language import Message, Name, number, percent, say

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
NAMED = 60  # so many areas bear their names and answer to the pointer one by one; of more, each class is one shape


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
    """Draw every district's smoothed rate as a class of its ratio to the city's rate, hatched where that may be chance.

    `districts` has the columns of `schema.DISTRICTS` and `period`, one row an area of one period; `per` is the unit of
    the exposure. Districts with a polygon and no row stay visible as "no figure"; rows without a polygon become squares
    below the map. Up to `NAMED` areas are named; of more each class is one shape, and points tell of the areas.
    """
    land = _land(districts, boundaries, areas, language)
    data = _filled_areas(land, {row.area: row for row in districts.itertuples()}, name, unit, per, language)
    notes = [corner(say(Message("schematic map"), language), side="right")]
    if len(land.names) <= NAMED:
        places = labels([land.short[area] for area in land.drawn], land.polygons, land.frame)
        for label in places:
            if label.led:
                stroke = {"color": INK, "width": 1}
                data.append(
                    series([label.anchor[0], label.x], [label.anchor[1], label.y], line=stroke, showlegend=False)
                )
            notes.append(_label(label.text, label.x, label.y, bgcolor="rgba(255,255,255,.8)", borderpad=0))
        notes += [
            _label(wrapped(land.short[area], 6), (left + right) / 2, bottom, yanchor="top")
            for area, (left, bottom, right, _) in land.tiles.items()
        ]
    named = bool(districts["named"].any()) and len(land.names) <= NAMED
    data += _legend(language, named=named, without_figure=len(land.names) > len(districts))
    drawing = layout(470 if land.tiles else 410, mark, language, annotations=notes)
    drawing["legend"]["title"] = _legend_title(language)
    drawing["xaxis"] |= {"visible": False, "constrain": "domain", "range": [land.whole[0], land.whole[2]]}
    drawing["yaxis"] |= {
        "visible": False, "constrain": "domain", "range": [land.whole[1], land.whole[3]], "scaleanchor": "x"
    }  # fmt: skip
    return figure(data, drawing, finding or name, language)


def maps_by_year(
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
    """Draw a small map for each period of `districts`, the newest last, in the classes of `district_map`.

    Each period is compared with its own city rate: the maps show who stands out in a year, not how the city fared.
    """
    land = _land(districts, boundaries, areas, language)
    periods = sorted(districts["period"].unique())
    across = min(3, len(periods))
    down = math.ceil(len(periods) / across)
    data, axes, notes = [], {}, []
    for place, period in enumerate(periods):
        end = "" if place == 0 else str(place + 1)
        left, top = (place % across) / across, 1 - (place // across) / down
        rows = {row.area: row for row in districts[districts["period"] == period].itertuples()}
        for trace in _filled_areas(land, rows, name, unit, per, language):
            data.append(trace | {"xaxis": f"x{end}", "yaxis": f"y{end}"})
        hidden = {"visible": False, "constrain": "domain", "fixedrange": True}
        axes[f"xaxis{end}"] = hidden | {
            "domain": [left + 0.01, left + 1 / across - 0.01], "range": [land.whole[0], land.whole[2]],
            "anchor": f"y{end}",
        }  # fmt: skip
        axes[f"yaxis{end}"] = hidden | {
            "domain": [top - 0.92 / down, top - 0.13 / down], "range": [land.whole[1], land.whole[3]],
            "scaleanchor": f"x{end}", "anchor": f"x{end}",
        }  # fmt: skip
        middle = {"x": left + 0.5 / across, "y": top, "xref": "paper", "yref": "paper", "yanchor": "top"}
        notes.append(note(period.replace("/", "–"), **middle, font={"size": 13, "color": INK}))
    data += _legend(language, named=bool(districts["named"].any()), without_figure=False)
    drawing = layout(110 + 220 * down, mark, language, annotations=notes)
    drawing["legend"]["title"] = _legend_title(language)
    return figure(data, drawing | axes, finding or name, language)


@dataclass(frozen=True)
class _Land:
    """Where every area is drawn: `drawn` have a `polygon`, the others a square of `tiles`; all lie in `whole`."""

    drawn: list[str]
    polygons: list[Any]
    tiles: dict[str, Box]
    frame: Box
    whole: Box
    names: dict[str, str]
    short: dict[str, str]

    def places(self) -> dict[str, tuple[Line, Line]]:
        """Return the outline of each area, large ones first, so that none hides a smaller one."""
        digits = 1 if self.frame[2] - self.frame[0] < 10**6 else -2  # far below a pixel
        found = {area: rings(polygon, digits) for area, polygon in zip(self.drawn, self.polygons, strict=True)}
        for area, (left, bottom, right, top) in self.tiles.items():
            found[area] = ([left, right, right, left, left], [bottom, bottom, top, top, bottom])
        return found


def _land(districts: pd.DataFrame, boundaries: Any, areas: pd.DataFrame, language: str) -> _Land:
    told = list(dict.fromkeys(districts["area"]))
    known = areas.set_index("area")
    parents = {known.at[area, "parent"] for area in told if area in known.index}
    members = known.index[known["parent"].isin(parents - {""})]
    shown = boundaries[boundaries["area"].isin([*told, *members])]
    shown = shown.assign(size=shown.area).sort_values("size", ascending=False, kind="stable")
    frame = _frame(shown)
    loose = [area for area in told if area not in set(shown["area"])]
    named = area_names([*shown["area"], *loose], areas, language)
    names, brief = ({area: both[place] for area, both in named.items()} for place in (0, 1))
    tiles, whole = squares([wrapped(brief[area], 6) for area in loose], frame)
    return _Land(
        list(shown["area"]), list(shown.geometry), dict(zip(loose, tiles, strict=True)), frame, whole, names, brief
    )


def _filled_areas(land: _Land, rows: dict[str, Any], name: str, unit: str, per: str, language: str) -> list[Json]:
    """Return the areas as filled shapes that answer to the pointer: one each, or one a class where they are many."""
    whole = city_rate(rows.values())
    places = {area: place for area, place in land.places().items() if area in rows or area in land.drawn}
    hovers = {area: hover(land.names[area], rows.get(area), name, unit, per, language) for area in places}
    classes = {area: _painted(rows.get(area), whole) for area in places}
    if len(places) <= NAMED:
        named = {area for area in places if area in rows and rows[area].named}
        return [  # a thick border last, that no neighbour covers it
            _filled(x, y, *classes[area], named=area in named, name=land.names[area], text=hovers[area])
            for area, (x, y) in sorted(places.items(), key=lambda place: place[0] in named)
        ]
    data = []
    for kind in sorted(set(classes.values()), key=str):
        xs: Line = []
        ys: Line = []
        for area, (x, y) in places.items():
            if classes[area] == kind:
                xs += [*x, None]
                ys += [*y, None]
        data.append(_filled(xs, ys, *kind) | {"hoverinfo": "skip", "line": {"color": "#ffffff", "width": 0.3}})
    middles = {area: _middle(polygon) for area, polygon in zip(land.drawn, land.polygons, strict=True)}
    middles |= {area: ((left + right) / 2, (low + high) / 2) for area, (left, low, right, high) in land.tiles.items()}
    points = [middles[area] for area in places]
    data.append(
        series(
            [round(x) for x, _ in points], [round(y) for _, y in points], mode="markers", showlegend=False,
            marker={"size": 9, "opacity": 0}, hoverinfo="text", text=[hovers[area] for area in places],
        )
    )  # fmt: skip
    return data


def city_rate(rows: Iterable[Any]) -> float:
    """Return the rate of all areas together: each one's rate weighted with its exposure."""
    told = [(row.rate * row.exposure, row.exposure) for row in rows if row.exposure > 0]
    return sum(part for part, _ in told) / sum(exposure for _, exposure in told) if told else math.nan


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


def rings(geometry: Any, digits: int = 1) -> tuple[Line, Line]:
    """Return a polygon's rings as x and y with None between rings, holes turned against their outer ring.

    Rounded to so many digits; without digits behind the point as whole numbers, which are shorter on a page.

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
        xs += [None] * (place > 0) + [_rounded(x, digits) for x, *_ in points]
        ys += [None] * (place > 0) + [_rounded(y, digits) for _, y, *_ in points]
    return xs, ys


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) if digits > 0 else int(round(value, digits))


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


def area_names(codes: Iterable[str], areas: pd.DataFrame, language: str) -> dict[str, tuple[str, str]]:
    """Return the name of each area, and the short one: without its kind and, where one city holds all, without that."""
    every = list(dict.fromkeys(codes))
    known = areas.set_index("area")["parent"]
    parents = {known[area] for area in every if area in known.index}
    city = say(_name(areas, parents.pop()), language) if len(parents) == 1 else ""
    names = {area: say(_name(areas, area), language) for area in every}
    return {area: (name, short(name, city)) for area, name in names.items()}


def _name(areas: pd.DataFrame, area: str) -> str:
    found = areas[areas["area"] == area]
    return area if found.empty else Name(zh=str(found["zh"].iloc[0]), en=str(found["en"].iloc[0]))


def rate_class(row: Any, whole: float) -> tuple[int | None, bool]:
    """Return the class of a row's smoothed rate, and whether its interval leaves open on which side of the whole it is.

    Nothing is left open where there is no row: then there is no class.
    """
    if row is None or not present(row.shrunk):
        return None, False
    return ratio_class(row.shrunk, whole), bool(row.shrunk_lower <= whole <= row.shrunk_upper)


def _painted(row: Any, whole: float) -> tuple[int | None, bool]:
    """Return a row's class, and whether it is hatched: its difference may be chance.

    Who is named by the test is not, whatever the interval says of the size: clearly different and perhaps chance would
    say nothing.
    """
    grade, left_open = rate_class(row, whole)
    return grade, left_open and not row.named


def _filled(x: Line, y: Line, grade: int | None, unsure: bool, *, named: bool = False, **parts: Any) -> Json:
    """Return one area: its class as colour, hatched in white where the difference is not shown, named by its border."""
    colour = NO_FIGURE if grade is None else COLOURS[grade]
    edge = {"color": "#ffffff" if grade in (3, 4) else MUTED, "width": 1, "dash": "dot" if grade is None else "solid"}
    edge = {"color": INK, "width": 3} if named else edge
    trace = series(
        x, y, fill="toself", fillcolor=colour, line=edge, hoveron="fills", hoverinfo="text", showlegend=False
    )
    if unsure:
        trace["fillpattern"] = HATCH | {"bgcolor": colour}
    return trace | parts


def _legend(language: str, *, named: bool, without_figure: bool) -> list[Json]:
    entries = [_key(RATIOS[grade], COLOURS[grade]) for grade in range(5)]
    entries.append(_key(say(Message("may be chance"), language), NO_FIGURE, {**HATCH, "fgcolor": MUTED}))
    if named:
        entries.append(_key(say(Message("clearly different"), language), NO_FIGURE, line={"color": INK, "width": 3}))
    return [*entries, _key(say(Message("no figure"), language), NO_FIGURE)] if without_figure else entries


def _key(name: str, colour: str, pattern: Json | None = None, line: Json | None = None) -> Json:
    # Only bars show a hatched square in the legend; with nothing to draw it stays there.
    paint = {"color": colour, "line": line or {"color": MUTED, "width": 1}, "pattern": pattern or {}}
    return {"type": "bar", "x": [None], "y": [None], "name": name, "marker": paint, "hoverinfo": "skip"}


def hover(area: str, row: Any, name: str, unit: str, per: str, language: str) -> str:
    """Return what the pointer tells of an area: counts, exposure, rate, smoothed rate and rank, with intervals."""
    if row is None:
        return f"<b>{area}</b><br>{say(Message('no figure'), language)}"
    texts = [Message("deaths {count}", count=number(row.deaths))]
    if present(row.fatal_accidents):
        texts = [Message(
            "deaths {count} in {accidents} fatal accidents",
            count=number(row.deaths), accidents=number(row.fatal_accidents),
        )]  # fmt: skip
    if per:
        texts.append(Message("exposure {amount} {unit}", amount=number(row.exposure), unit=per))
    if present(row.rate):
        texts.append(Message(
            "{name}: {value} {unit} (95% interval {lower} to {upper})", name=name, value=number(row.rate), unit=unit,
            lower=number(row.lower), upper=number(row.upper),
        ))  # fmt: skip
    if present(row.shrunk):
        texts.append(Message(
            "smoothed {value} ({lower} to {upper})",
            value=number(row.shrunk), lower=number(row.shrunk_lower), upper=number(row.shrunk_upper),
        ))  # fmt: skip
        texts.append(Message("above the rest with probability {p}", p=percent(row.probability_above)))
        texts.append(Message(
            "rank {rank}, could be {first} to {last}", rank=number(row.rank), first=number(row.rank_lower),
            last=number(row.rank_upper),
        ))  # fmt: skip
    period = str(row.period).replace("/", "–")
    return "<br>".join([f"<b>{area}</b> {period}", *(say(text, language) for text in texts)])


def _legend_title(language: str) -> Json:
    title = Message("risk as a multiple of the whole's (chance evened out)")
    return {"text": say(title, language), "side": "top", "font": {"size": 12}}


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
