"""What the final assessment shows: each call takes the evaluation and returns one finding, as `show` does."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from zzlib import outcome_figures, tables
from zzlib.evaluation import Evaluation
from zzlib.language import Message, number, percent, say, word
from zzlib.tables import Html, Several

PANDEMIC = 2020
FORM_ONLY = Message(
    "The figures of the last years are synthetic: this page is a worked form, and no evidence of how good the forecast "
    "was or what became of the plan."
)
ONE_OUTCOME = Message(
    "A few targets of one plan, which rest on the same accidents, say little about skill: the record on hundreds of "
    "real series is in docs/validation.md. Brier score: 0 is perfect, 0.25 what fifty-fifty gives."
)


def headline(evaluation: Evaluation) -> Html:
    """Show how many targets were met, missed, or cannot be judged."""
    results = evaluation.outcomes["result"]
    said = Message(
        "{plan}, final assessment: of {total} targets {met} were met and {missed} missed; {unknown} cannot be judged.",
        plan=evaluation.plan.title, total=len(results), met=int((results == "met").sum()),
        missed=int((results == "missed").sum()), unknown=int((results == "unknown").sum()),
    )  # fmt: skip
    return tables.sentences([said], evaluation.language, kind="headline")


def outcomes(evaluation: Evaluation) -> Several:
    """Show promise against outcome, target by target, with the reason where nothing can be said."""
    heads = [
        Message("Target"), Message("Baseline"), Message("Promised"), Message("Outcome"), Message("Change"),
        Message("Result"),
    ]  # fmt: skip
    rows = [
        [
            evaluation.indicator(row.indicator).name, number(row.baseline),
            Message("{value} by {year}", value=number(row.target), year=row.outcome_period),
            number(row.outcome), percent(row.change, signed=True), _result(row.result),
        ]
        for row in evaluation.outcomes.itertuples()
    ]  # fmt: skip
    table = tables.cards(heads, rows, evaluation)
    doubtful = evaluation.outcomes[
        (evaluation.outcomes["result"] == "unknown") | evaluation.outcomes["other_definition"]
    ]
    notes = [
        Message("{name}: {what}", name=evaluation.indicator(row.indicator).name, what=row.reason)
        for row in doubtful.itertuples()
    ]
    notes.append(Message("Baselines and targets are those of the mid-term: a later revision moves no goal."))
    if evaluation.mark:
        notes.insert(0, FORM_ONLY)
    return Several((table, tables.sentences(notes, evaluation.language, kind="note")))


def forecast(evaluation: Evaluation) -> Several:
    """Show what the mid-term forecast had said, and how good it was."""
    heads = [
        Message("Target"), Message("Chance stated at mid-term"), Message("Result"), Message("Brier score"),
        Message("Median forecast"), Message("80 of 100"), Message("Outcome"), Message("Place in the band"),
    ]  # fmt: skip
    rows = [
        [
            evaluation.indicator(row.indicator).name, percent(row.foretold_probability), _result(row.result),
            "–" if math.isnan(row.brier) else f"{row.brier:.3f}", number(row.median),
            Message("{lower} to {upper}", lower=number(row.low_80), upper=number(row.high_80)),
            number(row.outcome), word("band_place", row.place) if row.place else "–",
        ]
        for row in evaluation.outcomes.itertuples()
    ]  # fmt: skip
    names = {row.indicator: evaluation.indicator(row.indicator).name for row in evaluation.outcomes.itertuples()}
    picture = outcome_figures.bands(
        evaluation.outcomes, names, language=evaluation.language, mark=evaluation.mark, finding=_skill(evaluation)
    )
    table = tables.cards(heads, rows, evaluation)
    return Several((picture, table, tables.sentences([ONE_OUTCOME], evaluation.language, kind="note")))


def _result(code: str) -> Any:
    return tables.sign({"unknown": "not_assessable"}.get(code, code), word("outcome", code))


def _skill(evaluation: Evaluation) -> Message:
    rows = evaluation.outcomes
    scored, placed = rows["brier"].dropna(), rows.loc[rows["place"] != "", "place"]
    if scored.empty:
        return Message("No outcome is known of a target that the mid-term had given a chance.")
    return Message(
        "Forecast of {through} against the outcome of {year}: mean Brier score {brier} over {count} targets; {inside} "
        "of {placed} outcomes lay in the 80% band, {wide} in the 95% band.",
        through=rows["foretold_through"].iloc[0], year=rows["outcome_period"].iloc[0], brier=f"{scored.mean():.3f}",
        count=len(scored), inside=int((placed == "within_80").sum()), placed=len(placed),
        wide=int(placed.isin(["within_80", "within_95"]).sum()),
    )  # fmt: skip


def year_before(evaluation: Evaluation) -> Several:
    """Show the last year beside the one before; for a plan that ends in 2020, beside the pandemic's year."""
    rows = evaluation.outcomes
    told = rows[rows["year_before"].notna() & rows["outcome"].notna()]
    year = evaluation.plan.target_year
    if told.empty:
        nothing = Message("No figure of {before} stands beside one of {year}.", before=year - 1, year=year)
        return Several((tables.sentences([nothing], evaluation.language, kind="note"),))
    heads = [
        Message("Target"),
        str(year - 1),
        str(year),
        Message("Change"),
        Message("Met on {year} alone", year=year - 1),
    ]
    lines = []
    for row in told.itertuples():
        falls = evaluation.plan.target(row.indicator).falls
        met = row.year_before <= row.target if falls else row.year_before >= row.target
        lines.append([
            evaluation.indicator(row.indicator).name, number(row.year_before), number(row.outcome),
            percent(row.outcome / row.year_before - 1, signed=True) if row.year_before else "–",
            Message("yes") if met else Message("no"),
        ])  # fmt: skip
    notes = []
    if year == PANDEMIC:
        notes.append(Message(
            "2020 was the year of the pandemic, when journeys and works stopped for weeks: 2020 alone shows no lasting "
            "safety, so 2019 stands beside it."
        ))  # fmt: skip
    return Several((tables.cards(heads, lines, evaluation),
                    *([tables.sentences(notes, evaluation.language, kind="note")] if notes else [])))  # fmt: skip


def plans_beside(evaluation: Evaluation) -> Several:
    """Show one five-year plan beside the next: sums of five years, each on its own definition."""
    rows = five_years(evaluation)
    if rows.empty:
        nothing = Message("No sums of five years are known for the area of this plan.")
        return Several((tables.sentences([nothing], evaluation.language, kind="note"),))
    picture = outcome_figures.five_years(
        rows, language=evaluation.language, mark=evaluation.mark, finding=_fall(rows) or "",
        change=_definition_change(evaluation) or "",
    )  # fmt: skip
    pale = Message("A pale bar is no published sum: counted from single years, or synthetic.")
    drawn = pale if (rows["status"] != "published").any() else None
    said = [text for text in (_fall(rows), _definition_change(evaluation), drawn) if text]
    return Several((tables.sentences(said, evaluation.language), picture))


def five_years(evaluation: Evaluation) -> pd.DataFrame:
    """Return deaths and accidents of each five-year span: published sums, and what the plan's own years counted.

    Columns `measure`, `period`, `value`, `scope`, `years` (how many of the five are known), `status`.
    """
    own = evaluation.observations[evaluation.observations["area"] == evaluation.plan.area]
    spans = own[own["period"].str.contains("/") & own["measure"].isin(["deaths", "accidents"])]
    rows = [
        {"measure": r.measure, "period": r.period, "value": r.value, "scope": r.scope, "years": 5, "status": r.status}
        for r in spans.itertuples()
        if r.period.count("-") == 0
    ]
    plan = evaluation.plan
    years = [str(year) for year in range(plan.baseline_year + 1, plan.target_year + 1)]
    mine = own[own["period"].isin(years) & own["measure"].isin(["deaths", "accidents"])]
    if rows:
        for (measure, scope), of in mine.groupby(["measure", "scope"], sort=False):
            if scope == plan.indicators[0].scope and measure in {row["measure"] for row in rows}:
                of = of.drop_duplicates("period", keep="last")
                rows.append({
                    "measure": measure, "period": f"{years[0]}/{years[-1]}", "value": of["value"].sum(), "scope": scope,
                    "years": len(of), "status": "synthetic" if (of["status"] == "synthetic").any() else "derived",
                })  # fmt: skip
    return pd.DataFrame(rows, columns=["measure", "period", "value", "scope", "years", "status"])


def _fall(rows: pd.DataFrame) -> Message | None:
    """Return the plan's own comparison of two five-year spans, made again from their sums."""
    spans = rows[rows["years"] == 5].pivot_table(index="period", columns="measure", values="value", aggfunc="first")
    spans = spans.dropna().sort_index()
    scopes = rows.drop_duplicates("period").set_index("period")["scope"]
    alike = [period for period in spans.index if scopes[period] == scopes[spans.index[0]]]
    if len(alike) < 2:
        return None
    before, after = spans.loc[alike[0]], spans.loc[alike[1]]
    return Message(
        "{second}: {accidents} accidents and {deaths} deaths; against {first} ({accidents_before} and {deaths_before}) "
        "{fewer} accidents and {fewer_deaths} deaths less, −{share} and −{share_deaths}.",
        first=alike[0].replace("/", "–"), second=alike[1].replace("/", "–"), accidents=number(after["accidents"]),
        deaths=number(after["deaths"]), accidents_before=number(before["accidents"]),
        deaths_before=number(before["deaths"]), fewer=number(before["accidents"] - after["accidents"]),
        fewer_deaths=number(before["deaths"] - after["deaths"]),
        share=f"{1 - after['accidents'] / before['accidents']:.2%}",
        share_deaths=f"{1 - after['deaths'] / before['deaths']:.2%}",
    )  # fmt: skip


def _definition_change(evaluation: Evaluation) -> Message | None:
    """Return the change of definition between the spans, which forbids to compare across it."""
    plan = evaluation.plan
    law = plan.scopes.get(plan.indicators[0].scope)
    if law is None or law.starts is None or law.replaces is None:
        return None
    return Message(
        "The definition changed on {day}: {old} before, {new} since. Bars on the two sides are not compared.",
        day=law.starts.isoformat(), old=plan.scopes[law.replaces].name, new=law.name,
    )  # fmt: skip


def caveats(evaluation: Evaluation) -> Html:
    """Show in one line what the page rests on."""
    said = FORM_ONLY if evaluation.mark else Message("Only published figures were used.")
    return tables.sentences(
        [Message("{reason}", reason=say(said, evaluation.language))], evaluation.language, kind="note"
    )
