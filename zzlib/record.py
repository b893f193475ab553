"""What the notebook on the method shows: the record of stated probabilities, in words, tables and a picture."""

from __future__ import annotations

import pandas as pd

from zzlib import tables
from zzlib.accuracy import MODEL, Validation
from zzlib.canvas import GRID, INK, MUTED, Figure, Json, figure, key, layout, line, note, series
from zzlib.language import Message, number, percent, say, word
from zzlib.tables import Html

# Shape first, colour second: the slices stay apart in greyscale print.
SLICE_MARKS = (
    ("circle", "#0b3c6f"), ("square-open", "#d97f2e"), ("diamond", "#2f6da8"), ("cross-open", "#1f7a4d"),
    ("triangle-up", "#7a3b8f"), ("x-open", "#444444"), ("star", "#a36a00"), ("pentagon-open", "#b03a48"),
)  # fmt: skip


def summary(found: Validation, language: str) -> Html:
    """Say how far the model leads the best usual method in each slice, and what the record rests on."""
    best = _best(found)
    leads = [
        Message(
            "{slice} {lead} (at least {lower})",
            slice=word("slice", str(name)),
            lead=percent(row["improvement"]),
            lower=percent(row["lower"]),
        )
        for name, row in best.iterrows()
    ]
    said = [
        Message("The Brier score of the stated probabilities lies below that of the best usual method by: {leads}.",
                leads=leads),
        Message("Validated on road deaths only; other kinds of accidents may move otherwise."),
    ]  # fmt: skip
    return tables.sentences(said, language)


def scores(found: Validation, language: str) -> Html:
    """Show for each slice the model beside the best usual method: cases, scores, lead with its lower 5 % bound."""
    ours = found.scores[found.scores["method"] == MODEL].set_index("slice")
    heads = [
        Message("Slice"), Message("Questions"), Message("Brier score"), Message("Best usual method"),
        Message("Its Brier score"), Message("Lead"), Message("Lower 5 % bound"), Message("Recalibration slope"),
    ]  # fmt: skip
    rows = [
        [
            word("slice", str(name)), f"{int(ours.at[name, 'cases']):,}", f"{row['model']:.3f}",
            word("method", str(row["method"])), f"{row['brier']:.3f}", percent(row["improvement"]),
            percent(row["lower"]), f"{ours.at[name, 'slope']:.2f}",
        ]
        for name, row in _best(found).iterrows()
    ]  # fmt: skip
    return tables.plain(heads, rows, language, numeric=(1, 2, 4, 5, 6, 7))


def methods(found: Validation, language: str) -> Html:
    """Show the Brier score of every method in every slice; the slow ones answered a sample."""
    wide = found.scores.pivot(index="method", columns="slice", values="brier")
    slices = [name for name in found.scores["slice"].unique() if name in wide]
    order = [MODEL, *(name for name in found.scores["method"].unique() if name != MODEL)]
    rows = [[word("method", name), *(f"{wide.at[name, one]:.3f}" for one in slices)] for name in order]
    heads: list[str] = [Message("Method"), *(word("slice", name) for name in slices)]
    return tables.plain(heads, rows, language, numeric=range(1, len(heads)))


def reliability(found: Validation, language: str) -> Figure:
    """Draw how often targets were met against how probable they were said to be; on the diagonal both agree."""
    rows = found.reliability[found.reliability["judged"]]
    data: list[Json] = []
    for (symbol, colour), name in zip(SLICE_MARKS, rows["slice"].unique(), strict=False):
        part = rows[rows["slice"] == name]
        said = say(word("slice", str(name)), language)
        marker = {"symbol": symbol, "size": 10, "color": colour, "line": {"color": colour, "width": 2}}
        # Two standard errors, areas and years drawn crosswise.
        error: Json = {
            "type": "data",
            "array": (2 * part["crossed_error"]).tolist(),
            "width": 0,
            "thickness": 1,
            "color": colour,
        }
        told = [
            f"{said}<br>{say(percent(row['stated']), language)} → {say(percent(row['met']), language)}"
            f"<br>n = {int(row['cases']):,}" for _, row in part.iterrows()
        ]  # fmt: skip
        data += [
            series(part["stated"].tolist(), part["met"].tolist(), mode="markers", marker=marker, showlegend=False,
                   error_y=error, hoverinfo="text", hovertext=told),
            key(said, marker=marker),
        ]  # fmt: skip
    axis: Json = {"range": [-0.03, 1.03], "tickformat": ".0%", "dtick": 0.2, "gridcolor": GRID, "zeroline": False}
    shapes = [line(0, 0, 1, 1, INK), line(0, 0.04, 0.96, 1, MUTED), line(0.04, 0, 1, 0.96, MUTED)]
    finding = Message(
        "{inside} of {judged} groups of at least 200 statements came true as often as stated, within four points or "
        "two standard errors ({cells} of them by errors that take areas for independent).",
        inside=int(rows["inside_crossed"].sum()), judged=len(rows), cells=int(rows["inside"].sum()),
    )  # fmt: skip
    drawing = layout(
        520, "", language, shapes=shapes,
        xaxis=axis | {"title": {"text": say(Message("stated probability"), language), "font": {"size": 12}}},
        yaxis=axis, showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "font": {"size": 12}},
        annotations=[note(say(Message("share met"), language), x=0, y=1, xref="paper", yref="paper", xanchor="left",
                          yanchor="bottom", yshift=4)],
    )  # fmt: skip
    return figure(data, drawing, finding, language)


def bands(found: Validation, language: str) -> Html:
    """Show how often the forecast bands held what came."""
    heads = [Message("Slice"), Message("Band"), Message("Held what came"), Message("Width over the baseline")]
    rows = [
        [word("slice", str(row["slice"])), percent(row["level"]), percent(row["covered"]), number(row["width"])]
        for _, row in found.bands.iterrows()
    ]
    return tables.plain(heads, rows, language, numeric=(1, 2, 3))


def _best(found: Validation) -> pd.DataFrame:
    """Return for each slice the row of the method that comes nearest to the model, as the checks name it."""
    nearest = found.checks[found.checks["check"] == "brier_better"].set_index("slice")["method"]
    keyed = found.scores.set_index(["slice", "method"], drop=False)
    return keyed.loc[list(nearest.items())].set_index("slice")
