"""The city's districts without a map: each one's rate with its interval in a row, and all of them in a funnel."""

from __future__ import annotations

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
    figure,
    key,
    layout,
    line,
    note,
    present,
    series,
    wrapped,
)  # fmt: skip
from zzlib.language import Message, number, say, word
from zzlib.maps import COLOURS, RATIOS, area_names, city_rate, hover, rate_class

# How a district is drawn by what the test says of it; shape and fill say the same as the colour.
OUTSIDE: dict[str, dict[str, Json]] = {
    side: {
        "outside_95": {"symbol": f"{sign}-open", "size": 12, "color": colour, "line": {"color": colour, "width": 2}},
        "outside_998": {"symbol": sign, "size": 14, "color": colour, "line": {"color": INK, "width": 1}},
    }
    for side, sign, colour in (("above", "triangle-up", TARGET), ("below", "triangle-down", OBSERVED))
}
WITHIN: Json = {"symbol": "circle-open", "size": 9, "color": MUTED, "line": {"color": MUTED, "width": 1.5}}
LIMITS = {0.95: "solid", 0.998: "dash"}
LABELLED = 12  # so many districts outside the limits bear their names


def intervals(
    districts: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    name: str,
    unit: str,
    per: str,
    language: str,
    mark: str = "",
    finding: str = "",
) -> Figure:
    """Draw each unit's smoothed rate as a dot over the interval of its own, beside the city's rate, highest first.

    `districts` as in `maps.district_map`.
    """
    rows = districts[districts["shrunk"].notna()].sort_values(["shrunk", "area"])
    if rows.empty:
        return blank(mark, finding or name, language)
    names, whole = area_names(rows["area"], areas, language), city_rate(rows.itertuples())
    data = []
    for place, row in enumerate(rows.itertuples()):
        grade, unsure = rate_class(row, whole)
        stroke = {"color": MUTED, "width": 1.5}
        data.append(series([row.lower, row.upper], [place, place], line=stroke, showlegend=False))
        tick = {"symbol": "line-ns", "size": 10, "line": {"color": INK, "width": 1.5}}
        data.append(series([row.rate], [place], mode="markers", marker=tick, showlegend=False))
        dot = {"symbol": "circle", "size": 12, "color": COLOURS[grade or 0], "line": {"color": INK, "width": 1}}
        if unsure:
            dot |= {"symbol": "circle-open-dot", "color": MUTED, "size": 11}
        told = hover(names[row.area][0], row, name, unit, per, language)
        data.append(
            series([row.shrunk], [place], mode="markers", marker=dot, showlegend=False, hoverinfo="text", text=[told])
        )
    for grade, ratio in enumerate(RATIOS):
        dot = {"symbol": "circle", "size": 12, "color": COLOURS[grade], "line": {"color": INK, "width": 1}}
        data.append(key(ratio, marker=dot))
    data.append(key(
        say(Message("smoothed, difference not shown"), language),
        marker={"symbol": "circle-open-dot", "size": 11, "color": MUTED},
    ))  # fmt: skip
    data.append(key(
        say(Message("own rate and its 95% interval"), language),
        marker={"symbol": "line-ew", "size": 14, "line": {"color": MUTED, "width": 1.5}},
    ))  # fmt: skip
    drawing = layout(190 + 34 * len(rows), mark, language)
    right = max(float(value) for value in [whole, *rows["rate"], *rows["upper"]] if present(value)) * 1.05 or 1.0
    drawing["annotations"].append(_whole_label(whole, right, language))
    drawing["shapes"] = [line(whole, 0, whole, 1, INK, yref="paper")]
    drawing["xaxis"] |= {"range": [0, right], "title": _title(unit, language), "showgrid": True, "gridcolor": GRID}
    drawing["yaxis"] |= {
        "tickvals": list(range(len(rows))),
        "ticktext": [wrapped(names[area][1], 10) for area in rows["area"]],
        "range": [-0.6, len(rows) - 0.4],
    }
    return figure(data, drawing, finding or name, language)


def funnel(
    districts: pd.DataFrame,
    limits: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    name: str,
    unit: str,
    per: str,
    language: str,
    mark: str = "",
    finding: str = "",
) -> Figure:
    """Draw each unit's tested rate over its exposure, between the limits that chance alone would rarely pass.

    `districts` as in `maps.district_map`; `limits` as of `districts.funnel_limits`. Above and below differ by shape,
    the wider limits by filling; only districts outside a limit bear their names.
    """
    rows = districts[districts["tested_rate"].notna()]
    if rows.empty or limits.empty:
        return blank(mark, finding or name, language)
    names = area_names(rows["area"], areas, language)
    data = []
    for level, dash in LIMITS.items():
        curve = limits[limits["level"].round(3) == level].sort_values("exposure")
        for place, side in enumerate(("lower", "upper")):
            style = {"color": MUTED, "width": 1.2, "dash": dash}
            shown = {
                "name": say(Message("{level} limits of chance", level=f"{level:.1%}".replace(".0%", "%")), language)
            }
            data.append(series(list(curve["exposure"]), list(curve[side]), line=style, showlegend=place == 0, **shown))
    wide = limits[limits["level"].round(3) == min(LIMITS)].sort_values("exposure")
    if (wide["upper_overdispersed"] > wide["upper"] * 1.001).any():
        for place, side in enumerate(("lower_overdispersed", "upper_overdispersed")):
            style = {"color": TARGET, "width": 1.2, "dash": "dot"}
            words = say(Message("95% limits among districts that truly differ"), language)
            data.append(series(list(wide["exposure"]), list(wide[side]), line=style, showlegend=place == 0, name=words))
    for row in rows.itertuples():
        marker = OUTSIDE.get(row.side, {}).get(row.funnel, WITHIN)
        told = hover(names[row.area][0], row, name, unit, per, language)
        data.append(series(
            [row.exposure], [row.tested_rate], mode="markers", marker=marker, hoverinfo="text", text=[told],
            showlegend=False,
        ))  # fmt: skip
    data.append(key(say(Message("within the limits"), language), marker=WITHIN))
    data += [
        key(say(word("funnel", f"{side}_{limit}"), language), marker=marker)
        for side, markers in OUTSIDE.items() for limit, marker in markers.items()
        if ((rows["side"] == side) & (rows["funnel"] == limit)).any()
    ]  # fmt: skip
    centre = float(limits["centre"].iloc[0])
    outside = rows[rows["funnel"].str.startswith("outside")].sort_values("p").head(LABELLED)
    notes = [
        note(
            names[row.area][1], x=row.exposure, y=row.tested_rate, xanchor="center",
            font={"size": 11, "color": INK},
            **({"yanchor": "bottom", "yshift": 8} if row.side == "above" else {"yanchor": "top", "yshift": -8}),
        )
        for row in outside.itertuples()
    ]  # fmt: skip
    drawing = layout(430, mark, language, annotations=notes)
    drawing["shapes"] = [line(0, centre, 1, centre, INK, xref="paper")]
    top = 1.12 * max([*rows["tested_rate"], 2 * centre])
    reach = 1.05 * float(rows["exposure"].max())
    drawing["yaxis"] |= {"range": [0, top], "title": _title(unit, language)}
    drawing["xaxis"] |= {"range": [0, reach], "title": _title(per, language)}
    return figure(data, drawing, finding or name, language)


def _whole_label(whole: float, right: float, language: str) -> Json:
    """Return the words of the city's line; they stay inside the frame wherever the line is."""
    text = say(Message("all together: {value}", value=number(whole)), language)
    side = "left" if whole < right * 0.4 else "right" if whole > right * 0.6 else "center"
    place: dict[str, Any] = {"x": whole, "y": 1, "yref": "paper", "yanchor": "bottom"}
    return note(text, **place, xanchor=side, yshift=3, font={"size": 12, "color": INK})


def _title(unit: str, language: str) -> Json:
    return {"text": say(unit, language), "font": {"size": 12, "color": MUTED}}
