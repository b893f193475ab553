"""Pictures of the final assessment: outcomes in the bands that were foretold, and five-year plans side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from zzlib.canvas import (
    INK,
    MUTED,
    OBSERVED,
    TARGET,
    WARNING,
    Figure,
    Json,
    blank,
    figure,
    key,
    layout,
    line,
    note,
    series,
    wrapped,
)
from zzlib.language import Message, number, say, word
from zzlib.narrative import years

BAND, WIDE = "#9cc3e4", "#d3e4f2"
ROW, LINE = 58, 16  # pixels of a target at the least, and of a line of its name
KNOWN, OPEN = "#2f6da8", "#a9cde8"


def bands(
    outcomes: pd.DataFrame, names: Mapping[str, str], *, language: str, mark: str = "", finding: str = ""
) -> Figure:
    """Draw each outcome in the bands of the mid-term forecast, as per cent of the promised value, which is 100.

    Targets without forecast or outcome keep their row and say so.
    """
    if outcomes.empty:
        return blank(mark, finding, language)
    rows = outcomes.iloc[::-1].reset_index(drop=True)
    data: list[Json] = []
    notes, highest = [], 110.0
    for place, row in rows.iterrows():
        scale = 100 / row["target"] if row["target"] else float("nan")
        for low, high, width, colour in (("low_95", "high_95", 12, WIDE), ("low_80", "high_80", 12, BAND)):
            if pd.notna(row[high] * scale):
                ends = [row[low] * scale, row[high] * scale]
                data.append(series(ends, [place, place], line={"color": colour, "width": width}, showlegend=False))
                highest = max(highest, ends[1])
        if pd.notna(row["median"] * scale):
            mid = {"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": OBSERVED}}
            data.append(series([row["median"] * scale], [place], mode="markers", marker=mid, showlegend=False))
        if pd.notna(row["outcome"] * scale):
            dot = {"symbol": "diamond", "size": 11, "color": INK, "line": {"color": "#ffffff", "width": 1}}
            data.append(series([row["outcome"] * scale], [place], mode="markers", marker=dot, showlegend=False))
            highest = max(highest, row["outcome"] * scale)
        else:
            missing = say(Message("no outcome"), language)
            notes.append(note(missing, x=2, y=place, xanchor="left", font={"size": 11, "color": WARNING}))
    square = {"symbol": "square", "size": 12}
    data += [
        key(say(Message("80% band foretold"), language), marker=square | {"color": BAND}),
        key(say(Message("95% band"), language), marker=square | {"color": WIDE}),
        key(
            say(Message("median"), language),
            marker={"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": OBSERVED}},
        ),
        key(say(Message("outcome"), language), marker={"symbol": "diamond", "size": 11, "color": INK}),
    ]
    promised = say(Message("promised = 100"), language)
    notes.append(note(promised, x=100, y=1, yref="paper", yanchor="bottom", font={"size": 11, "color": TARGET}))
    labels = [wrapped(say(names[code], language), 8) for code in rows["indicator"]]
    tall = max(ROW, LINE * (max(label.count("<br>") for label in labels) + 1))
    drawing = layout(120 + tall * len(labels), mark, language, annotations=notes)
    drawing["shapes"] = [line(100, 0, 100, 1, TARGET, yref="paper")]
    drawing["margin"] |= {"b": 60}
    drawing["xaxis"] |= {"range": [0, 1.06 * highest], "ticksuffix": "%"}
    drawing["yaxis"] |= {
        "tickvals": list(range(len(labels))), "ticktext": labels, "range": [-0.6, len(labels) - 0.4], "showgrid": False,
    }  # fmt: skip
    return figure(data, drawing, finding, language)


def five_years(rows: pd.DataFrame, *, language: str, mark: str = "", finding: str = "", change: str = "") -> Figure:
    """Draw the sums of each five-year plan, measure by measure; a pale bar is not whole or not published.

    Where the definition changed a dashed line stands between the bars and says so.
    """
    if rows.empty:
        return blank(mark, finding, language)
    spans = sorted(rows["period"].unique())
    measures = list(dict.fromkeys(rows["measure"]))
    data: list[Json] = []
    notes, shapes = [], []
    for panel, measure in enumerate(measures):
        mine = rows[rows["measure"] == measure].set_index("period")
        xs = [panel * (len(spans) + 0.8) + spans.index(str(period)) for period in mine.index]
        colours = [KNOWN if row["years"] == 5 and row["status"] == "published" else OPEN for _, row in mine.iterrows()]
        top = float(mine["value"].max()) or 1.0
        data.append({
            "type": "bar", "x": xs, "y": [value / top for value in mine["value"]], "width": 0.7, "hoverinfo": "skip",
            "marker": {"color": colours}, "showlegend": False,
        })  # fmt: skip
        for x, (period, row) in zip(xs, mine.iterrows(), strict=True):
            partial = (
                "" if row["years"] == 5 else f"<br>{say(Message('{count} years', count=int(row['years'])), language)}"
            )
            notes.append(note(f"<b>{number(row['value'])}</b>{partial}", x=x, y=row["value"] / top, yanchor="bottom",
                              font={"size": 11, "color": INK}))  # fmt: skip
            span = say(years(str(period)), language).replace("–", "–<br>")
            notes.append(note(span, x=x, y=0, yanchor="top", yshift=-4,
                              font={"size": 11, "color": MUTED}))  # fmt: skip
        middle = panel * (len(spans) + 0.8) + (len(spans) - 1) / 2
        title = say(word("measure", measure), language)
        notes.append(note(f"<b>{title}</b>", x=middle, y=1.28, font={"size": 12, "color": INK}))
        scopes = [str(mine.at[span, "scope"]) if span in mine.index else "" for span in spans]
        for i in range(1, len(spans)):
            if change and scopes[i] and scopes[i - 1] and scopes[i] != scopes[i - 1]:
                x = panel * (len(spans) + 0.8) + i - 0.5
                shapes.append(line(x, 0, x, 1.12, WARNING) | {"line": {"color": WARNING, "dash": "dash", "width": 1.5}})
                told = wrapped(say(Message("definition changed"), language), 4)
                notes.append(note(told, x=x, y=1.0, xanchor="center", yanchor="bottom", bgcolor="#ffffff",
                                  font={"size": 10, "color": WARNING}))  # fmt: skip
    drawing = layout(330, mark, language, annotations=notes)
    drawing["shapes"] = shapes
    drawing["margin"] |= {"b": 48}
    drawing["xaxis"] |= {"visible": False, "range": [-0.6, len(measures) * (len(spans) + 0.8) - 1.2]}
    drawing["yaxis"] |= {"visible": False, "range": [0, 1.36]}
    return figure(data, drawing, finding, language)
