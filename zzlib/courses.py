"""Figures along the months: a ceiling as it is used, fields and districts beside their season, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from zzlib.canvas import (
    GRID,
    INK,
    MUTED,
    OBSERVED,
    TARGET,
    WARNING,
    Figure,
    Json,
    blank,
    corner,
    figure,
    key,
    layout,
    line,
    note,
    series,
    wrapped,
)  # fmt: skip
from zzlib.language import Message, number, percent, say

BAND = "#c2d8ec"
WIDEST = 1.6  # used shares beyond are drawn at the edge, with their number


def used(
    by_month: Sequence[float], seasonal: Sequence[tuple[float, float, float]], ceiling: float, *, year: str,
    language: str, mark: str = "", finding: str = "",
) -> Figure:  # fmt: skip
    """Draw deaths of the year month by month beside the ceiling: cumulated, with the season's path and band.

    `by_month`: deaths of each month so far; `seasonal`: share, lower and upper limit at the end of each of twelve.
    """
    if not len(by_month):
        return blank(mark, finding or year, language)
    months = [0, *range(1, 13)]
    low, high = ([0.0, *(limits[side] * ceiling for limits in seasonal)] for side in (1, 2))
    middle = [0.0, *(share * ceiling for share, _, _ in seasonal)]
    total = [0.0, *pd.Series(by_month).cumsum()]
    told = [say(Message("{month}: {deaths} deaths, {share} of the ceiling", month=f"{year}-{m:02}", deaths=number(n),
                        share=percent(n / ceiling) if ceiling else "–"), language)
            for m, n in enumerate(total) if m]  # fmt: skip
    data = [
        series(months, high, line={"width": 0}, showlegend=False),
        series(months, low, line={"width": 0}, fill="tonexty", fillcolor=BAND, showlegend=False),
        key(say(Message("80% of years that end at the ceiling"), language),
            marker={"symbol": "square", "size": 12, "color": BAND}),
        series(months, middle, line={"color": "#2f6da8", "width": 2}, name=say(Message("by season"), language)),
        series([0, 12], [0, ceiling], line={"color": MUTED, "width": 1.5, "dash": "dash"},
               name=say(Message("by months"), language)),
        series(list(range(len(total))), total, mode="lines+markers", line={"color": OBSERVED, "width": 3},
               marker={"size": 7, "color": OBSERVED}, hoverinfo="text", text=["", *told],
               name=say(Message("deaths so far"), language)),
    ]  # fmt: skip
    text = say(Message("ceiling {value}", value=number(ceiling)), language)
    notes = [
        corner(say(Message("deaths since January"), language)),
        note(text, x=0.1, y=ceiling, xanchor="left", yanchor="bottom", font={"size": 12, "color": TARGET}),
    ]
    drawing = layout(420, mark, language, annotations=notes)
    drawing["shapes"] = [line(0, ceiling, 12, ceiling, TARGET)]
    ends = [f"{m}月" if language == "zh" else _SHORT[m - 1] for m in range(1, 13)]
    drawing["xaxis"] |= {"range": [0, 12.3], "tickvals": list(range(1, 13)), "ticktext": ends}
    drawing["yaxis"]["range"] = [0, 1.12 * max(ceiling, *total, *high)]
    return figure(data, drawing, finding or year, language)


_SHORT = ("J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D")


def shares(
    rows: pd.DataFrame, names: Sequence[str], *, language: str, mark: str = "", finding: str = ""
) -> Figure:  # fmt: skip
    """Draw the used share of each ceiling beside the season's interval and the elapsed share, most used first.

    `rows` of `schema.MONITORING`, `names` one a row. A ceiling of zero has no share and is left out.
    """
    known = rows.assign(name=list(names)).dropna(subset="used_share")
    known = known.sort_values(["used_share", "area", "field"], ignore_index=True)
    if known.empty:
        return blank(mark, finding, language)
    data: list[Json] = []
    for at, row in known.iterrows():
        data.append(series([row["seasonal_lower"], row["seasonal_upper"]], [at, at], showlegend=False,
                           line={"color": BAND, "width": 10}))  # fmt: skip
    for word_, rows_, symbol in (
        (Message("within by season"), known[known["seasonal_pace"] == "within"], "circle"),
        (Message("beyond by season"), known[(known["seasonal_pace"] == "beyond") & (known["remaining"] >= 0)],
         "triangle-up"),
        (Message("ceiling passed"), known[known["remaining"] < 0], "square"),
    ):  # fmt: skip
        colour = OBSERVED if symbol == "circle" else TARGET if symbol == "triangle-up" else WARNING
        told = [say(_told(row), language) for _, row in rows_.iterrows()]
        data.append(series(
            [min(share, WIDEST) for share in rows_["used_share"]], rows_.index.to_list(), mode="markers+text",
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"color": "#ffffff", "width": 1}},
            text=[f" {number(row.deaths)}/{number(row.ceiling)}" for row in rows_.itertuples()],
            textposition="middle right", textfont={"size": 11, "color": INK}, hovertext=told, hoverinfo="text",
            name=say(word_, language),
        ))  # fmt: skip
    data.append(key(say(Message("by season, 80%"), language), marker={"symbol": "square", "size": 12, "color": BAND}))
    elapsed = float(known["elapsed_share"].iloc[0])
    drawing = layout(150 + 28 * len(known), mark, language, annotations=[
        # On either side of its line, for at the end of a year one line is the other.
        note(percent(elapsed), x=elapsed, y=1, yref="paper", xanchor="right", yanchor="bottom"),
        note(say(Message("ceiling"), language), x=1, y=1, yref="paper", xanchor="left", yanchor="bottom",
             font={"size": 12, "color": TARGET}),
    ])  # fmt: skip
    drawing["shapes"] = [
        line(elapsed, 0, elapsed, 1, MUTED, yref="paper", layer="below"),
        line(1, 0, 1, 1, TARGET, yref="paper", layer="below"),
    ]
    drawing["xaxis"] |= {"range": [-0.05, WIDEST + 0.35], "tickformat": ".0%", "tickvals": [0, 0.5, 1, 1.5]}
    drawing["yaxis"] |= {
        "tickvals": list(range(len(known))), "ticktext": [wrapped(name, 11) for name in known["name"]],
        "range": [-0.7, len(known) - 0.3], "showgrid": False,
    }  # fmt: skip
    return figure(data, drawing, finding, language)


def _told(row: Any) -> Message:
    return Message(
        "{name}: {deaths} of {ceiling}; chance of a breach {chance}", name=row["name"], deaths=number(row["deaths"]),
        ceiling=number(row["ceiling"]), chance=percent(row["probability"]),
    )  # fmt: skip


def before_and_after(
    paths: pd.DataFrame, start: str, *, unit: str, language: str, mark: str = "", finding: str = ""
) -> Figure:  # fmt: skip
    """Draw monthly counts around a measure: observed, fitted, and expected without it where that can be told."""
    if paths.empty:
        return blank(mark, finding, language)
    at = [_place(month) for month in paths["month"]]
    told = [f"{month}: {number(n)}" for month, n in zip(paths["month"], paths["observed"], strict=True)]
    data = [series(at, paths["observed"].to_list(), mode="markers", marker={"size": 6, "color": OBSERVED},
                   hoverinfo="text", text=told,
                   name=say(Message("observed"), language))]  # fmt: skip
    if "expected" in paths:
        after = [place for place, month in enumerate(paths["month"]) if month >= start]
        data.append(series(at, paths["expected"].to_list(), line={"color": "#2f6da8", "width": 2},
                           name=say(Message("fitted"), language)))  # fmt: skip
        data.append(series([at[i] for i in after], [paths["without"].iloc[i] for i in after],
                           line={"color": TARGET, "width": 2, "dash": "dash"},
                           name=say(Message("expected without the measure"), language)))  # fmt: skip
    begin = _place(start)
    notes = [
        corner(say(unit, language)),
        note(start, x=begin, y=1, yref="paper", yanchor="top", xanchor="left", xshift=3),
    ]
    drawing = layout(400, mark, language, annotations=notes)
    drawing["shapes"] = [line(begin, 0, begin, 1, TARGET, yref="paper", layer="below")]
    drawing["xaxis"] |= {"range": [min(at) - 0.1, max(at) + 0.1], "tickformat": "d", "dtick": 1, "gridcolor": GRID}
    top = max(float(paths[name].max()) for name in ("observed", "expected", "without") if name in paths)
    drawing["yaxis"]["range"] = [0, 1.1 * (top or 1.0)]
    return figure(data, drawing, finding, language)


def _place(month: str) -> float:
    """Return where a month begins on an axis of years.

    >>> _place("2018-07")
    2018.5
    """
    return int(month[:4]) + (int(month[5:7]) - 1) / 12
