"""The picture of a plan's commitments in time, and of their states by field; both draw what they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from zzlib.canvas import GRID, INK, MUTED, Figure, Json, blank, figure, layout, line, note, series, wrapped
from zzlib.language import Message, say, word
from zzlib.schema import STATES

# Colour and shape say the same: done is filled and green, late is red and angular, open is hollow.
SIGNS = {
    "done": ("circle", "#125a36"), "done_late": ("pentagon", "#a67800"), "on_pace": ("triangle-up", "#0c7089"),
    "behind": ("triangle-down", "#c2661c"), "not_yet_due": ("circle-open", "#6b7886"),
    "due_and_not_done": ("square", "#b3341d"), "overdue": ("x", "#86101f"), "no_report": ("diamond-open", "#8a6d00"),
}  # fmt: skip
DONE = "#7fae93"  # of the way to the day on which a commitment was done
LINE, LETTERS, BETWEEN = 13, 10, 8  # pixels of a commitment, letters of a label, pixels between clauses


def timeline(
    rows: pd.DataFrame, clauses: Sequence[tuple[str, str]], names: Mapping[str, str], *,
    start: str, on: str, language: str, mark: str = "", finding: str = "",
) -> Figure:  # fmt: skip
    """Draw a line a commitment from the plan's start to its last day, by clause, with its state at the end.

    `rows` (`schema.COMMITMENTS`); `clauses` are code and name in the plan's order; `names` those of commitments. A line
    is strong up to the day on which the commitment was done. The dashed line is the day looked at.
    """
    if rows.empty:
        return blank(mark, finding, language)
    labels = {code: _label(code, say(name, language)) for code, name in clauses}
    y: dict[str, float] = {}
    ticks: dict[float, str] = {}
    top = 0.0
    for code, label in labels.items():
        mine = rows[rows["clause"] == code]
        space = max(LINE * len(mine), 14 * (label.count("<br>") + 1))
        first = top + (space - LINE * len(mine)) / 2 + LINE / 2
        y |= {one: first + LINE * i for i, one in enumerate(mine["commitment"])}
        ticks[top + space / 2] = label
        top += space + BETWEEN
    data = [
        _way(rows, y, start, "due", GRID),
        _way(rows[rows["done_date"] != ""], y, start, "done_date", DONE),
    ]
    for state, (symbol, colour) in SIGNS.items():
        mine = rows[rows["state"] == state]
        if len(mine):
            spoken = say(word("state", state), language)
            told = [
                f"{say(names[row.commitment], language)}<br>{spoken}<br>{say(row.reason, language)}"
                for row in mine.itertuples()
            ]
            data.append({
                "type": "scatter", "mode": "markers", "x": [_place(day) for day in mine["due"]],
                "y": [y[code] for code in mine["commitment"]], "name": spoken, "hoverinfo": "text", "hovertext": told,
                "marker": {"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1.5, "color": colour}},
            })  # fmt: skip
    limit, first, last = _place(on), int(start[:4]), int(max(rows["due"].max(), on)[:4])
    period = say(Message("through {period}", period=on), language)
    side = {"xanchor": "right", "xshift": 12} if limit > last else {}  # at the edge its words would be cut
    here = note(period, x=limit, y=1, yref="paper", yanchor="bottom", font={"size": 11, "color": INK}, **side)
    drawing = layout(round(top) + 120, mark, language, annotations=[here])
    drawing["margin"] |= {"b": 64}
    span = range(first, last + 1)
    drawing["xaxis"] |= {
        "range": [first, last + 1.15], "tickvals": [year + 0.5 for year in span], "ticktext": [str(y) for y in span],
        "ticks": "",
    }  # fmt: skip
    drawing["shapes"] = [line(year, 0, year, 1, GRID, yref="paper", layer="below") for year in range(first, last + 2)]
    dashed = line(limit, 0, limit, 1, INK, yref="paper")
    drawing["shapes"].append(dashed | {"line": {"color": INK, "dash": "dash", "width": 1.5}})
    drawing["yaxis"] |= {
        "range": [top, -BETWEEN], "tickvals": list(ticks), "ticktext": list(ticks.values()), "showgrid": False,
        "tickfont": {"size": 11},
    }  # fmt: skip
    return figure(data, drawing, finding, language)


def _label(code: str, name: str) -> str:
    """Return a clause as it stands beside its lines: on one line where it fits, else its number above its name."""
    whole = f"{code} {name}"
    return whole if len(whole) <= LETTERS else f"{code}<br>{wrapped(name, LETTERS)}"


def _place(day: str) -> float:
    """Return a day as a number of years, its end: 2018-12-31 is 2019.0.

    >>> _place("2018-12-31"), round(_place("2017-03-31"), 2)
    (2019.0, 2017.25)
    """
    one = date.fromisoformat(day)
    first = date(one.year, 1, 1)
    return one.year + ((one - first).days + 1) / (date(one.year + 1, 1, 1) - first).days


def _way(rows: pd.DataFrame, y: Mapping[str, float], start: str, until: str, colour: str) -> Json:
    xs = [x for stop in rows[until] for x in (int(start[:4]), _place(stop), None)]
    ys = [place for code in rows["commitment"] for place in (y[code], y[code], None)]
    return series(xs, ys, line={"color": colour, "width": 3}, showlegend=False)


def heat(counts: pd.DataFrame, names: Mapping[str, str], *, language: str, mark: str = "", finding: str = "") -> Figure:
    """Draw how many commitments of each field (rows of `counts`, `schema.ROLLUP`) are in each state.

    Beside each field stands how many of its commitments were reported on: a row of nothing but silence is no good news.
    """
    if counts.empty:
        return blank(mark, finding, language)
    upwards = counts.iloc[::-1]
    labels = [wrapped(say(names[str(code)], language), 7) for code in upwards["code"]]
    cells = upwards[list(STATES)].to_numpy(float)
    upright = language != "zh"  # a latin word is wider than its column on a phone
    heads = [say(word("state", state), language) for state in STATES]
    heads = heads if upright else [wrapped(head, 2) for head in heads]
    spoken = [[
        f"{say(names[str(code)], language)}<br>{say(word('state', state), language)}: {int(count)}"
        for state, count in zip(STATES, row, strict=True)
    ] for code, row in zip(upwards["code"], cells, strict=True)]  # fmt: skip
    data: list[Json] = [{
        "type": "heatmap", "x": list(range(len(STATES))), "y": list(range(len(labels))), "z": cells.tolist(), "xgap": 2,
        "ygap": 2, "showscale": False, "zmin": 0, "zmax": max(float(cells.max()), 4.0),
        "colorscale": [[0, "#f3f5f8"], [0.01, "#d3e4f2"], [1, "#0b3c6f"]],
        "text": [[str(int(count)) if count else "" for count in row] for row in cells.tolist()],
        "texttemplate": "<b>%{text}</b>", "textfont": {"size": 12}, "hoverinfo": "text", "hovertext": spoken,
    }]  # fmt: skip
    beside = len(STATES) - 0.4
    reported = [
        note(
            f"{int(row.total - row.no_report)}/{int(row.total)}",
            x=beside,
            y=place,
            xanchor="left",
            yanchor="middle",
        )
        for place, row in enumerate(upwards.itertuples())
    ]
    small = {"size": 11, "color": MUTED}
    place = {"x": 1, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "bottom"}
    head = note(say(Message("reported"), language), **place, font=small)
    lines = max(label.count("<br>") for label in labels) + 1
    drawing = layout(110 + (12 + 14 * lines) * len(labels), mark, language, annotations=[*reported, head])
    drawing["xaxis"] |= {
        "tickvals": list(range(len(STATES))), "ticktext": heads, "range": [-0.55, len(STATES) + 0.6],
        "tickangle": -90 if upright else 0, "ticks": "", "showline": False, "tickfont": {"size": 11},
    }  # fmt: skip
    drawing["yaxis"] |= {
        "tickvals": list(range(len(labels))), "ticktext": labels, "showgrid": False, "tickfont": {"size": 11},
        "range": [-0.55, len(labels) - 0.45],
    }  # fmt: skip
    return figure(data, drawing, finding, language)
