"""Pictures of an assessment: where a number goes, how far it is, how likely it arrives, and which data it rests on.

A figure draws what it is given and computes nothing that a sentence could contradict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from zzlib.canvas import (
    GRID,
    INK,
    MUTED,
    OBSERVED,
    TARGET,
    Figure,
    Json,
    blank,
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
from zzlib.language import Message, number, percent, say, word
from zzlib.periods import bounds, is_year
from zzlib.schema import STATUSES, weakest

__all__ = [
    "Figure", "coverage", "coverage_by_area", "decomposition", "pace_and_probability", "robustness", "trajectory",
    "versions",
]  # fmt: skip

FORECAST = "#2f6da8"
BANDS = ((0.025, 0.975, "#e1ecf6"), (0.1, 0.9, "#c2d8ec"), (0.25, 0.75, "#98bcdc"))
CHANCES = ("#f3d9bd", "#e9ebee", "#cfe2f2")  # off track, open, on track
SHARES = (-0.25, 1.25)  # shares beyond are drawn as arrows
RIGHT = 0.54  # where the right half begins
MISSING = "missing"
# How a choice is drawn, in drawing order: hollow marks are larger, so that one behind the filled mark shows as a ring.
CHOICE_MARKS: dict[str, tuple[Message, Json]] = {
    "same": (
        Message("another choice"),
        {"symbol": "circle", "size": 13, "color": "#ffffff", "line": {"color": INK, "width": 1.5}},
    ),
    "flips": (
        Message("another choice, another verdict"),
        {"symbol": "square", "size": 13, "color": "#ffffff", "line": {"color": TARGET, "width": 3}},
    ),
    "primary": (
        Message("choice taken"),
        {"symbol": "diamond", "size": 10, "color": INK, "line": {"color": "#ffffff", "width": 1}},
    ),
}
# From dark to light as a number gets weaker; what nobody counted leaves the blues.
STATUS_COLOURS = dict(
    zip(
        (*STATUSES, MISSING),
        ("#0b3c6f", "#2f6da8", "#6a9fcd", "#a9cde8", "#d3e4f2", "#ead9a0", "#d97f2e", "#ffffff"),
        strict=True,
    )
)


def trajectory(
    indicators: pd.DataFrame,
    forecasts: pd.DataFrame,
    assessment: Mapping[str, Any],
    *,
    name: str,
    unit: str,
    language: str,
    mark: str = "",
    finding: str = "",
) -> Figure:
    """Draw one indicator of one area: observed points, target, straight path and forecast bands.

    `indicators` may hold several scopes: the assessed one is drawn strong, others muted and never joined to it.
    `forecasts` may hold several methods: the first gives the bands, each further one a thin line to compare.
    """
    if indicators.empty and forecasts.empty:
        return blank(mark, finding or name, language)
    scope, target = assessment["scope"], assessment["target"]
    through = _place(str(assessment["through"]))
    data: list[Json] = []
    for rank, (method, rows) in enumerate(forecasts.groupby("method", sort=False)):
        levels = rows.pivot(index="period", columns="quantile_level", values="value")
        start = _origin(indicators, scope, str(rows["origin"].iloc[0]))
        data += _bands(levels, start, language) if rank == 0 else []
        style = {"color": FORECAST, "width": 2} if rank == 0 else {"color": MUTED, "width": 1.5, "dash": "dash"}
        if 0.5 in levels:
            middle = [*start, *((str(period), value) for period, value in levels[0.5].items())]
            data.append(
                _joined(middle, line=style, name=say(word("method", str(method)), language), showlegend=rank > 0)
            )
    data += _promise(assessment, language)
    for other in sorted(set(indicators["scope"]), key=lambda code: (code == scope, code)):
        rows = indicators[indicators["scope"] == other]
        data += _observed(rows, "" if other == scope else other, unit, language)
    limit = say(Message("through {period}", period=assessment["through"]), language)
    notes = [corner(say(unit, language))]
    highest = max((y for trace in data for y in _heights(trace)), default=0) or 1
    if present(target):
        text = say(Message("target {value}", value=number(target)), language)
        place = {"x": _place(str(assessment["target_period"])), "y": target, "xanchor": "right", "xshift": 14}
        # On the side of the star where the forecast is not, and above it where the axis is near.
        main = forecasts["method"] == (forecasts["method"].iloc[0] if len(forecasts) else "")
        medians = forecasts.loc[main & (forecasts["quantile_level"] == 0.5), "value"]
        above = target < highest / 5 or (len(medians) > 0 and float(medians.iloc[-1]) <= target)
        side = {"yanchor": "bottom", "yshift": 8} if above else {"yanchor": "top", "yshift": -8}
        ground = {"bgcolor": "rgba(255,255,255,.8)", "borderpad": 0}
        notes.append(note(text, **place, **side, **ground, font={"size": 12, "color": TARGET}))
    years = [x for trace in data for x in trace["x"] if x is not None] + [through]
    span = max(years) - min(years)
    near = {"xanchor": "left", "xshift": 3} if max(years) - through > span / 4 else {"xanchor": "right", "xshift": -3}
    notes.append(note(limit, x=through, y=1, yref="paper", yanchor="top", **near))
    drawing = layout(440, mark, language, annotations=notes)
    drawing["shapes"] = [line(through, 0, through, 1, MUTED, yref="paper", layer="below")]
    drawing["xaxis"] |= {"range": [min(years) - 0.6, max(years) + 0.7], "tickformat": "d", "tick0": 2000}
    drawing["xaxis"]["dtick"] = next(step for step in (1, 2, 5, 10, 20, 50) if span / step <= 9 or step == 50)
    drawing["yaxis"]["range"] = [0, 1.08 * highest]
    return figure(data, drawing, finding or name, language)


def pace_and_probability(
    assessments: pd.DataFrame,
    names: Mapping[str, str],
    *,
    language: str,
    bands: tuple[float, float] = (0.2, 0.8),
    mark: str = "",
    finding: str = "",
) -> Figure:
    """Draw one row per target: covered against expected share on the left, probability on the right.

    `names` gives each indicator's name, `bands` the plan's limits between off track, open and on track. A share beyond
    the axis ends in an arrow; what is missing is said, never drawn as zero.
    """
    if assessments.empty:
        return blank(mark, finding, language)
    data: list[Json] = []
    notes = [corner(say(Message("progress"), language))]
    notes.append(corner(say(Message("probability"), language)) | {"x": RIGHT})
    shapes: list[Json] = []
    for place, row in enumerate(reversed(list(assessments.itertuples()))):
        notes.append(_row_head(place, names.get(row.indicator, row.indicator), language))
        shapes.append(line(0, place - 0.18, 0, place + 0.18, MUTED))
        for low, high, tint in zip((0, *bands), (*bands, 1), CHANCES, strict=True):
            box = {"x0": low, "x1": high, "y0": place - 0.12, "y1": place + 0.12, "xref": "x2", "fillcolor": tint}
            shapes.append({"type": "rect", "line": {"width": 0}, "layer": "below", **box})
        told: list[Any] = [word("verdict", "not_assessable")]
        if present(row.covered_share):
            data += _share(row.covered_share, place)
            told = [Message("progress {share}", share=percent(row.covered_share))]
            if present(row.expected_share):
                shapes.append(line(row.expected_share, place - 0.18, row.expected_share, place + 0.18, INK))
                shapes[-1]["line"]["width"] = 3
                told.append(Message("expected {share}", share=percent(row.expected_share)))
        notes.append(_row_foot(0, place, say(told, language)))
        told = [word(kind, code) for kind, code in (("verdict", row.verdict), ("trend", row.trend)) if code]
        if present(row.probability):
            dot = {"symbol": "diamond", "size": 13, "color": INK, "line": {"color": "#ffffff", "width": 1}}
            point = series([row.probability], [place], mode="markers", marker=dot, xaxis="x2", showlegend=False)
            data.append(point | {"cliponaxis": False})
            told = [percent(row.probability), *told]
        notes.append(_row_foot(RIGHT, place, say(told, language)))
    square = {"symbol": "square", "size": 12, "line": {"color": MUTED, "width": 1}}
    tick = {"symbol": "line-ns", "size": 12, "line": {"width": 3, "color": INK}}
    data.append(key(say(Message("progress"), language), marker=square | {"color": OBSERVED}))
    data.append(key(say(Message("expected by now"), language), marker=tick))
    limits = (f" ≤ {percent(bands[0])}", "", f" ≥ {percent(bands[1])}")
    for code, limit, tint in zip(("off_track", "open", "on_track"), limits, CHANCES, strict=True):
        data.append(key(say(word("verdict", code), language) + limit, marker=square | {"color": tint}))
    drawing = _rows_layout(len(assessments), mark, language, annotations=notes, shapes=shapes)
    drawing["xaxis"] |= {"domain": [0, 0.46], "range": [SHARES[0] - 0.08, SHARES[1] + 0.08]}
    drawing["xaxis2"] = drawing["xaxis"] | {"domain": [RIGHT, 1], "range": [-0.06, 1.12], "anchor": "y"}
    for axis in ("xaxis", "xaxis2"):
        drawing[axis] |= {"tickangle": 0, "ticklabeloverflow": "allow"}
        drawing[axis] |= {"tickvals": [0, 0.5, 1], "ticktext": ["0%", "50%", "100%"]}
    return figure(data, drawing, finding, language)


def coverage(quality: pd.DataFrame, *, language: str, mark: str = "", finding: str = "") -> Figure:
    """Draw which measure is known for which year and how well, from rows `measure`, `name`, `period`, `status`.

    A cell with several rows shows the weakest status. Months, quarters and totals over several years fill no cell:
    they are lines over the years they cover.
    """
    if quality.empty:
        return blank(mark, finding, language)
    years = sorted({bounds(period)[side].year for period in quality["period"] for side in (0, 1)})
    span = list(range(years[0], years[-1] + 1))
    names = dict(zip(quality["measure"], quality["name"], strict=True))
    order = list(reversed(names))
    yearly = quality[[is_year(period) for period in quality["period"]]]
    best = {
        cell: weakest(rows) if MISSING not in set(rows) else MISSING
        for cell, rows in yearly.groupby(["measure", "period"])["status"]
    }
    cells = [[best.get((measure, str(year)), MISSING) for year in span] for measure in order]
    data = _heat(cells, span, [say(names[measure], language) for measure in order], language)
    other = quality[[not is_year(period) for period in quality["period"]]]
    for rank, row in enumerate(other.itertuples()):
        first, last = bounds(row.period)
        ends = [
            first.year + (first.timetuple().tm_yday - 1) / 366 - 0.45,
            last.year + last.timetuple().tm_yday / 366 - 0.55,
        ]
        label = say(Message("other periods"), language)
        height = order.index(row.measure) - 0.42
        stroke = {"color": TARGET, "width": 4}
        data.append(series(ends, [height, height], name=label, line=stroke, showlegend=rank == 0))
    labels = [wrapped(say(names[measure], language), 9) for measure in order]
    lines = max(label.count("<br>") for label in labels) + 1
    return figure(data, _heat_layout(labels, span, 8 + 15 * max(lines, 2), 190, mark, language), finding, language)


def coverage_by_area(
    cells: pd.DataFrame, names: Mapping[str, str], *, language: str, mark: str = "", finding: str = ""
) -> Figure:
    """Draw for which area (rows of `cells`) and year (its columns) a figure is known, and how well.

    `cells` hold codes of status or `missing`; `names` gives each area's name. Colour and letter say the same.
    """
    if cells.empty:
        return blank(mark, finding, language)
    upwards = cells.iloc[::-1]
    spoken = [say(names.get(str(area), str(area)), language) for area in upwards.index]
    labels = [wrapped(name, 9) for name in spoken]
    span = [int(year) for year in upwards.columns]
    lines = max(label.count("<br>") for label in labels) + 1
    drawing = _heat_layout(labels, span, 10 + 14 * lines, 110, mark, language)
    data = _heat(upwards.to_numpy().tolist(), span, spoken, language)
    return figure(data, drawing, finding, language)


def _heat(cells: list[list[str]], span: list[int], names: list[str], language: str) -> list[Json]:
    """Return rows of status codes over years as a heat map in colours and letters, with the key of those that occur."""
    codes = list(STATUS_COLOURS)
    letters = {code: say(word("letter", code), language) for code in codes}
    spoken = {code: say(word("status", code), language) for code in codes}
    told = [[f"{name}<br>{year}: {spoken[code]}" for year, code in zip(span, row, strict=True)]
            for name, row in zip(names, cells, strict=True)]  # fmt: skip
    steps = [[(rank + side) / len(codes), STATUS_COLOURS[code]] for rank, code in enumerate(codes) for side in (0, 1)]
    data: list[Json] = [
        {
            "type": "heatmap", "x": span, "y": list(range(len(cells))), "xgap": 2, "ygap": 3, "showscale": False,
            "z": [[codes.index(code) for code in row] for row in cells], "zmin": -0.5, "zmax": len(codes) - 0.5,
            "colorscale": steps, "text": [[letters[code] for code in row] for row in cells],
            # Without a colour of its own the letter is dark on light and light on dark.
            "texttemplate": "<b>%{text}</b>", "textfont": {"size": 12}, "hoverinfo": "text", "hovertext": told,
        }
    ]  # fmt: skip
    used = {code for row in cells for code in row}
    for code in (code for code in codes if code in used):
        square = {"symbol": "square", "size": 13, "color": STATUS_COLOURS[code], "line": {"color": MUTED, "width": 1}}
        data.append(key(f"{letters[code]} {spoken[code]}", marker=square))
    return data


def _heat_layout(labels: list[str], span: list[int], row: int, around: int, mark: str, language: str) -> Json:
    """Return the layout of a heat map over years: pixels of a `row`, and of axis, legend and mark `around` them."""
    drawing = layout(around + row * len(labels), mark, language)
    drawing["showlegend"] = True  # also for one quality alone
    drawing["xaxis"] |= {
        "tickangle": 0,
        "tickformat": "d",
        "dtick": 1 if len(span) <= 6 else 2 if len(span) <= 12 else 5,
        "tick0": 2000,
    }
    drawing["yaxis"] |= {
        "tickvals": list(range(len(labels))), "showgrid": False, "range": [-0.55, len(labels) - 0.45],
        "ticktext": labels,
    }  # fmt: skip
    return drawing


def versions(rows: pd.DataFrame, *, language: str, mark: str = "", finding: str = "") -> Figure:
    """Draw how far a later version of each figure lies from the earlier one, as a share of it.

    Columns: `name` and `unit` of the measure, `period`, `earlier`, `later`, `change`. Rows without a change are left
    out.
    """
    known = rows[rows["change"].notna()].iloc[::-1]
    if known.empty:
        return blank(mark, finding, language)
    places = list(range(len(known)))
    changes = [100 * change for change in known["change"]]
    told = [
        f"{number(row.earlier)} → {number(row.later)} {say(row.unit, language)} ({percent(row.change, signed=True)})"
        for row in known.itertuples()
    ]
    data: list[Json] = []
    for place, change in zip(places, changes, strict=True):
        data.append(series([0, change], [place, place], line={"color": OBSERVED, "width": 2}, showlegend=False))
    ring = {"symbol": "circle-open", "size": 10, "color": MUTED, "line": {"width": 2}}
    label = say(Message("earlier version"), language)
    data.append(series([0] * len(places), places, mode="markers", marker=ring, name=label, cliponaxis=False))
    dot = {"symbol": "diamond", "size": 11, "color": OBSERVED, "line": {"color": "#ffffff", "width": 1}}
    label = say(Message("later version"), language)
    parts = {"hoverinfo": "text", "text": told, "cliponaxis": False}
    data.append(series(changes, places, mode="markers", marker=dot, name=label, **parts))
    notes = [corner(say(Message("change from the earlier version"), language))]
    notes += [
        note(text, x=0, y=place, xanchor="left", yanchor="bottom", xshift=7, yshift=8)
        for place, text in zip(places, told, strict=True)
    ]
    drawing = layout(120 + 52 * len(places), mark, language, annotations=notes)
    low, high = min(0.0, *changes), max(0.0, *changes)
    room = 0.08 * (high - low) or 1.0
    drawing["xaxis"] |= {"range": [low - room, high + room], "ticksuffix": "%", "tickangle": 0, "nticks": 6}
    drawing["xaxis"] |= {"zeroline": True, "zerolinecolor": MUTED, "showgrid": True, "gridcolor": GRID}
    drawing["yaxis"] |= {"range": [-0.5, len(places) - 0.3], "showgrid": False, "tickvals": places}
    drawing["yaxis"]["ticktext"] = [
        f"{wrapped(say(row.name_, language), 6)}<br>{row.period}"
        for row in known.rename(columns={"name": "name_"}).itertuples()
    ]
    return figure(data, drawing, finding, language)


def decomposition(
    changes: pd.DataFrame, names: Mapping[str, str], *, language: str, mark: str = "", finding: str = ""
) -> Figure:
    """Draw each rate's change as the part of its count and the part of its exposure, on the log scale where they add.

    Columns: `indicator`, `rate_log_change` = `count_log_change` − `exposure_log_change`.
    """
    if changes.empty:
        return blank(mark, finding, language)
    rows = list(reversed(list(changes.itertuples())))
    rates = [row.rate_log_change for row in rows]
    places = list(range(len(rows)))
    data: list[Json] = []
    notes = [corner(say(Message("log per cent points (they add up)"), language))]
    parts = (
        ("count_log_change", 1, Message("deaths"), OBSERVED),
        ("exposure_log_change", -1, Message("exposure"), "#a9cde8"),
    )
    for column, sign, label, colour in parts:
        values = [100 * sign * getattr(row, column) if present(row.rate_log_change) else None for row in rows]
        data.append(_bar(values, places, colour, name=say(label, language)))
    dot = {"symbol": "diamond", "size": 13, "color": TARGET, "line": {"color": "#ffffff", "width": 1}}
    label = Message("rate, both together")
    totals = [100 * rate for rate in rates]
    data.append(series(totals, places, mode="markers", marker=dot, name=say(label, language), cliponaxis=False))
    for place, row in zip(places, rows, strict=True):
        notes.append(_row_head(place, names.get(row.indicator, row.indicator), language))
        told = word("verdict", "not_assessable")
        if present(row.rate_log_change):
            told = Message(
                "rate {rate} = deaths {count}, exposure {exposure}",
                rate=_points(row.rate_log_change),
                count=_points(row.count_log_change),
                exposure=_points(-row.exposure_log_change),
            )
        notes.append(_row_foot(0, place, say(told, language)))
    drawing = _rows_layout(len(rows), mark, language, annotations=notes)
    drawing["barmode"] = "relative"
    drawing["xaxis"] |= {"zeroline": True, "zerolinecolor": MUTED, "showgrid": True, "gridcolor": GRID}
    return figure(data, drawing, finding, language)


def robustness(
    choices: pd.DataFrame,
    names: Mapping[str, str],
    families: Mapping[str, str],
    *,
    language: str,
    bands: tuple[float, float] = (0.2, 0.8),
    mark: str = "",
    finding: str = "",
) -> Figure:
    """Draw under each target's name one line a family of choices, with the probability that each choice gives.

    Columns: `indicator`, `family`, `name` of the choice, `primary`, `probability`, `verdict`, `flips`. The choice taken
    is filled, the others are hollow: circles, or squares where the verdict is another. `bands` are the plan's limits
    between off track, open and on track. A choice without a probability is left out.
    """
    rows = choices[choices["probability"].notna()]
    if rows.empty:
        return blank(mark, finding, language)
    notes: list[Json] = []
    shapes: list[Json] = []
    labels: dict[float, str] = {}
    spans: list[Json] = []
    kept: dict[str, list[tuple[float, float, str]]] = {kind: [] for kind in CHOICE_MARKS}
    place = 0.0
    for indicator, of in rows.groupby("indicator", sort=False):
        name = wrapped(say(names.get(str(indicator), str(indicator)), language), 20)
        place -= 1 + 0.65 * name.count("<br>")
        font = {"size": 13, "color": INK}
        head = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "align": "left", "yshift": -5, "font": font}
        notes.append(note(f"<b>{name}</b>", x=0, y=place, **head))
        top = place - 0.35
        for family, line_of in of.groupby("family", sort=False):
            place -= 1
            labels[place] = say(families.get(str(family), str(family)), language)
            spans.append(series([*_ends(line_of["probability"])], [place, place], line={"color": MUTED, "width": 1}))
            for row in line_of.itertuples():
                kind = "primary" if row.primary else "flips" if row.flips else "same"
                verdict = say(word("verdict", row.verdict), language)
                told = f"<b>{say(row.name, language)}</b><br>{percent(row.probability)} {verdict}"
                kept[kind].append((row.probability, place, told))
        shapes += _band_boxes(bands, place - 0.6, top)
        place -= 0.75
    data = [span | {"showlegend": False} for span in spans]
    for kind, (label, marker) in CHOICE_MARKS.items():
        points = kept[kind]
        if points:
            x, y, texts = (list(part) for part in zip(*points, strict=True))
            parts = {"hoverinfo": "text", "text": texts, "cliponaxis": False}
            data.append(series(x, y, mode="markers", marker=marker, name=say(label, language), **parts))
    for code, middle in zip(
        ("off_track", "open", "on_track"), (bands[0] / 2, sum(bands) / 2, (1 + bands[1]) / 2), strict=True
    ):
        notes.append(corner(say(word("verdict", code), language)) | {"x": middle, "xref": "x", "xanchor": "center"})
    drawing = layout(round(120 - 24 * place), mark, language, annotations=notes, shapes=shapes)
    drawing["xaxis"] |= {"range": [-0.03, 1.03], "tickangle": 0, "tickvals": [0, *bands, 1]}
    drawing["xaxis"]["ticktext"] = [percent(share) for share in drawing["xaxis"]["tickvals"]]
    drawing["yaxis"] |= {"range": [place + 0.3, 0.2], "showgrid": False, "tickvals": list(labels)}
    drawing["yaxis"]["ticktext"] = list(labels.values())
    return figure(data, drawing, finding, language)


def _ends(values: pd.Series) -> tuple[float, float]:
    return values.min(), values.max()


def _band_boxes(bands: tuple[float, float], bottom: float, top: float) -> list[Json]:
    """Return the tinted bands between two heights, with their limits as lines that grey print keeps."""
    boxes = [
        {
            "type": "rect", "line": {"width": 0}, "layer": "below", "fillcolor": tint, "opacity": 0.6,
            "x0": low, "x1": high, "y0": bottom, "y1": top,
        }
        for low, high, tint in zip((0, *bands), (*bands, 1), CHANCES, strict=True)
    ]  # fmt: skip
    return boxes + [line(limit, bottom, limit, top, MUTED, layer="below") for limit in bands]


def _place(period: str) -> float:
    """Return where a period stands on the axis of years: a year at its number, others at their middle."""
    first, last = bounds(period)
    days = (last - first).days + 1
    year_days = (first.replace(month=12, day=31) - first.replace(month=1, day=1)).days + 1
    if first.year != last.year:
        return (first.year + last.year) / 2
    return round(first.year - 0.5 + ((first.timetuple().tm_yday - 1) + days / 2) / year_days, 3)


def _runs(points: Iterable[tuple[str, Any]]) -> list[list[tuple[float, Any]]]:
    """Return points in runs of equally long periods that follow each other without a gap.

    >>> _runs([("2015", 3), ("2017", 1), ("2016", 2), ("2019", 5), ("2011/2014", 8)])
    [[(2015.0, 3), (2016.0, 2), (2017.0, 1)], [(2019.0, 5)], [(2012.5, 8)]]
    """
    runs: list[list[tuple[float, Any]]] = []
    previous = (0, date.min)
    for period, value in sorted(points, key=lambda point: (_months(point[0]), bounds(point[0]))):
        first, last = bounds(period)
        if (_months(period), first - timedelta(days=1)) != previous:
            runs.append([])
        runs[-1].append((_place(period), value))
        previous = (_months(period), last)
    return runs


def _months(period: str) -> int:
    first, last = bounds(period)
    return 12 * (last.year - first.year) + last.month - first.month + 1


def _joined(points: Iterable[tuple[str, Any]], **parts: Any) -> Json:
    """Return a line through the points with a null over every missing period."""
    x: list[float | None] = []
    y: list[Any] = []
    for run in _runs(points):
        x += [None] * bool(x) + [place for place, _ in run]
        y += [None] * bool(y) + [value for _, value in run]
    return series(x, y, **parts)


def _origin(indicators: pd.DataFrame, scope: str, period: str) -> list[tuple[str, float]]:
    """Return the observed point a forecast starts from, if it was observed."""
    keep = (indicators["scope"] == scope) & (indicators["period"] == period) & (indicators["status"] != "partial")
    return [(period, float(value)) for value in indicators["value"][keep]]


def _bands(levels: pd.DataFrame, start: list[tuple[str, float]], language: str) -> list[Json]:
    """Return the filled bands; a lone period becomes a column, for an area needs a width."""
    data = []
    label = say(Message("forecast 50/80/95%"), language)
    for low, high, colour in BANDS:
        if low not in levels or high not in levels:
            continue
        pairs = [(str(period), ends) for period, *ends in levels[[low, high]].itertuples()]
        x: list[float | None] = []
        y: list[float | None] = []
        for run in _runs([*((period, [value, value]) for period, value in start), *pairs]):
            if len(run) == 1:
                run = [(run[0][0] + side, run[0][1]) for side in (-0.2, 0.2)]
            around = [(place, ends[0]) for place, ends in run] + [(place, ends[1]) for place, ends in reversed(run)]
            x += [None] * bool(x) + [place for place, _ in around]
            y += [None] * bool(y) + [value for _, value in around]
        data.append(series(x, y, fill="toself", fillcolor=colour, line={"width": 0}, showlegend=False))
    stroke = {"color": FORECAST, "width": 2}
    if data:
        data.append(series([None], [None], fill="toself", fillcolor=BANDS[1][2], line=stroke, name=label))
    return data


def _promise(assessment: Mapping[str, Any], language: str) -> list[Json]:
    """Return the target's line and point, and the straight path that leads to it."""
    target, baseline = assessment["target"], assessment["baseline"]
    if not present(target):
        return []
    end = _place(str(assessment["target_period"]))
    start = _place(str(assessment["baseline_period"])) if assessment["baseline_period"] else end
    label = say(Message("target"), language)
    style: Json = {"color": TARGET, "width": 1.5, "dash": "dash"}
    data = [series([start, end], [target, target], line=style, showlegend=False)]
    if present(baseline):
        path = {"color": TARGET, "width": 1.5, "dash": "dot"}
        name = say(Message("straight path"), language)
        data.append(series([start, end], [baseline, target], line=path, name=name))
    star = {"symbol": "star", "size": 15, "color": TARGET, "line": {"color": "#ffffff", "width": 1}}
    return [*data, series([end], [target], mode="markers", marker=star, name=label, cliponaxis=False)]


def _observed(rows: pd.DataFrame, other_scope: str, unit: str, language: str) -> list[Json]:
    """Return observed points with their intervals, joined only from year to year, and the incomplete ones apart."""
    colour = MUTED if other_scope else OBSERVED
    label = word("scope", other_scope) if other_scope else Message("observed, 95% interval")
    partial = rows["status"] == "partial"
    whole = list(rows[~partial].itertuples())
    data = []
    if whole:
        stroke = {"color": colour, "width": 2, "dash": "dot" if other_scope else "solid"}
        trace = _joined([(row.period, row.value) for row in whole], line=stroke, showlegend=False)
        dot = {"size": 8, "color": "#ffffff" if other_scope else colour, "line": {"color": colour, "width": 2}}
        whiskers = {
            "array": [_above(row.upper, row.value) for row in whole],
            "arrayminus": [_above(row.value, row.lower) for row in whole],
            "symmetric": False, "type": "data", "color": colour, "thickness": 1, "width": 3,
        }  # fmt: skip
        years = [bounds(row.period) for row in whole]
        spans = [(last.year - first.year) / 2 for first, last in years]
        points = series(
            [_place(row.period) for row in whole], [row.value for row in whole], mode="markers", marker=dot,
            name=say(label, language), error_y=whiskers, hoverinfo="text",
            text=[_told(row, unit, language) for row in whole],
        )  # fmt: skip
        if any(spans):
            points["error_x"] = {"type": "data", "array": spans, "color": colour, "thickness": 2, "width": 0}
        data += [trace, points]
    if partial.any():
        open_dot = {"symbol": "triangle-up-open", "size": 12, "color": colour, "line": {"width": 2}}
        lows = list(rows[partial].itertuples())
        data.append(
            series(
                [_place(row.period) for row in lows], [row.value for row in lows], mode="markers", marker=open_dot,
                name=say(Message("incomplete: at least"), language), hoverinfo="text",
                text=[_told(row, unit, language) for row in lows],
            )
        )  # fmt: skip
    return data


def _above(upper: Any, lower: Any) -> float | None:
    return float(upper) - float(lower) if present(upper) and present(lower) else None


def _told(row: Any, unit: str, language: str) -> str:
    lines = [f"<b>{row.period}</b> {number(row.value)} {say(unit, language)}"]
    if present(row.lower) and present(row.upper):
        ends = Message("interval {lower} to {upper}", lower=number(row.lower), upper=number(row.upper))
        lines.append(say(ends, language))
    return "<br>".join([*lines, say(word("status", row.status), language)])


def _heights(trace: Json) -> list[float]:
    """Return the heights of a trace's points and whiskers."""
    reach = trace.get("error_y", {}).get("array", [0.0] * len(trace["y"]))
    return [y + (up or 0.0) for y, up in zip(trace["y"], reach, strict=True) if y is not None]


def _points(log_change: float) -> str:
    """Return a change of a logarithm in signed points of a hundredth.

    >>> _points(-0.357), _points(0.0)
    ('−36', '0')
    """
    points = round(100 * log_change)
    return f"{points:+d}".replace("-", "−") if points else "0"


def _share(share: float, place: int) -> list[Json]:
    """Return a bar of the covered share, ending in an arrow where the axis ends before it."""
    drawn = min(max(share, SHARES[0]), SHARES[1])
    colour = OBSERVED if share >= 0 else TARGET
    data = [_bar([drawn], [place], colour, showlegend=False)]
    if drawn != share:
        dot = {"symbol": "triangle-right" if share > drawn else "triangle-left", "size": 22, "color": colour}
        data.append(series([drawn], [place], mode="markers", marker=dot, showlegend=False, cliponaxis=False))
    return data


def _bar(x: list[Any], y: list[int], colour: str, **parts: Any) -> Json:
    """Return horizontal bars."""
    paint = {"color": colour, "line": {"color": INK, "width": 0.5}}
    return {
        "type": "bar",
        "orientation": "h",
        "x": x,
        "y": y,
        "width": 0.2,
        "marker": paint,
        "hoverinfo": "skip",
        **parts,
    }


def _row_head(place: int, name: str, language: str) -> Json:
    text = f"<b>{wrapped(say(name, language), 24)}</b>"
    font = {"size": 13, "color": INK}
    return note(text, x=0, y=place + 0.17, xref="paper", xanchor="left", yanchor="bottom", align="left", font=font)


def _row_foot(x: float, place: int, text: str) -> Json:
    return note(text, x=x, y=place - 0.17, xref="paper", xanchor="left", yanchor="top")


def _rows_layout(count: int, mark: str, language: str, **parts: Any) -> Json:
    """Return the layout of rows with a name above and a reading below the drawing, so that a phone can hold them."""
    drawing = layout(170 + 96 * count, mark, language, **parts)
    drawing["yaxis"] |= {"visible": False, "range": [-0.5, count - 0.45]}
    return drawing
