"""Tables and sentences as HTML: from one autoescaped template each, with words for codes and the mark where due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import jinja2
import pandas as pd
from markupsafe import Markup

from zzlib import firmness, lately, localities, sparklines
from zzlib.campaigns import Campaign
from zzlib.canvas import Figure
from zzlib.cases import chance_word
from zzlib.effect_sentences import signed_events
from zzlib.evaluation import Evaluation
from zzlib.language import Message, number, percent, say, word
from zzlib.narrative import is_worsening, verdict, years
from zzlib.periods import is_year

TEMPLATES = Path(__file__).parent / "templates"
ARROWS = {"falling": "↘", "flat": "→", "rising": "↗"}
Cell: TypeAlias = list[list[Any]]  # lines of parts: texts, small print and verdicts
Row: TypeAlias = list[Cell]
# Columns whose cells are codes, and the context in which their words stand.
CODES = {
    "status": "status", "verdict": "verdict", "pace": "pace", "trend": "trend", "measure": "measure",
    "method": "method", "reading": "reading", "restated_by": "restated_by",
}  # fmt: skip


@dataclass(frozen=True)
class Html:
    """A piece of a page, shown by notebooks as it is; `text` is the same without markup."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


@dataclass(frozen=True)
class Several:
    """Several findings, shown one below the other."""

    parts: tuple[Html | Figure, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for part in self.parts:
            display(part)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class _Head:
    text: str
    numeric: bool


def sentences(texts: Iterable[Message | None], language: str, *, kind: str = "sentence") -> Html:
    """Return sentences as paragraphs of a kind (sentence, headline, warning, note); absent ones are left out."""
    spoken = [say(text, language) for text in texts if text is not None]
    template = jinja2.Template('{% for s in texts %}<p class="{{ kind }}">{{ s }}</p>\n{% endfor %}', autoescape=True)
    return Html(template.render(texts=spoken, kind=kind), "\n".join(spoken))


def item(texts: Iterable[str | None], language: str, *, kind: str = "sentence") -> Html:
    """Return sentences as one list entry of a kind: the first carries it, the others explain it."""
    spoken = [say(text, language) for text in texts if text is not None]
    template = jinja2.Template(
        '<p class="{{ kind }}"><strong>{{ first }}</strong>{% for s in others %}<br>{{ s }}{% endfor %}</p>',
        autoescape=True,
    )
    return Html(template.render(first=spoken[0], others=spoken[1:], kind=kind), "\n".join(spoken))


def heading(text: str, language: str) -> Html:
    """Return a heading within a section."""
    return Html(
        jinja2.Template("<h3>{{ text }}</h3>", autoescape=True).render(text=say(text, language)), say(text, language)
    )


def targets(evaluation: Evaluation) -> Html:
    """Return the plan's targets as the leader's table: baseline, target, now, pace, probability, verdict."""
    language = evaluation.language
    heads = [
        _Head(Message("Target"), False), _Head(Message("Baseline"), True), _Head(Message("Target value"), True),
        _Head(Message("Now"), True), _Head(Message("Course"), False), _Head(Message("Pace rule"), False),
        _Head(Message("Probability"), True), _Head(Message("Verdict"), False),
    ]  # fmt: skip
    rows = [target_row(evaluation, row) for _, row in evaluation.assessments.iterrows()]
    bands = evaluation.plan.bands
    rule = Message(
        "A probability of {high} or more is on track, of {low} or less off track, and between them open.",
        high=percent(bands.on_track), low=percent(bands.off_track),
    )  # fmt: skip
    html = template("targets.html.j2", language).render(heads=heads, rows=rows, mark=evaluation.mark, rule=rule)
    text = "\n".join(f"{say(row['name'], language)}: {say(row['verdict'], language)}" for row in rows)
    return Html(html, text)


def target_row(evaluation: Evaluation, row: pd.Series) -> dict[str, Any]:
    """Return what the table of targets says of one of them, by name."""
    indicator = evaluation.indicator(row["indicator"])
    covered: str = ""
    if row["pace"] == "target_met" and row["target"] > 0:
        margin = percent(abs(row["value"] / row["target"] - 1))
        falls = evaluation.plan.target(row["indicator"]).falls
        covered = Message("{margin} below it", margin=margin) if falls else Message("{margin} above it", margin=margin)
    elif not pd.isna(row["covered_share"]):
        covered = Message(
            "{covered} of the way, {expected} expected",
            covered=percent(row["covered_share"]), expected=percent(row["expected_share"]),
        )  # fmt: skip
    decided = row["verdict"] in ("met", "missed")
    known = not pd.isna(row["probability"]) and not decided
    return {
        "name": indicator.name, "unit": indicator.unit,
        "baseline": number(row["baseline"]), "baseline_period": row["baseline_period"],
        "target": number(row["target"]), "target_period": row["target_period"],
        "value": number(row["value"]), "value_period": row["value_period"],
        "trend": word("trend", row["trend"]) if row["trend"] else "", "arrow": ARROWS.get(row["trend"], ""),
        "course": _course(evaluation, row),
        "pace": word("pace", row["pace"]) if row["pace"] else "–", "covered": covered,
        "probability": percent(row["probability"]),
        "chance": word("chance", chance_word(row["probability"])) if known else "",
        "other": _other_reading(evaluation, row),
        "code": row["verdict"], "verdict": verdict(evaluation, row), "warn": is_worsening(evaluation, row),
    }  # fmt: skip


def _course(evaluation: Evaluation, row: pd.Series) -> Markup:
    """Return the years of an assessment's own definition as a sparkline."""
    seen = evaluation.indicators
    seen = seen[(seen["indicator"] == row["indicator"]) & (seen["area"] == evaluation.plan.area)]
    seen = seen[(seen["scope"] == row["scope"]) & seen["period"].map(is_year)].dropna(subset=["value"])
    points = sorted((int(year), value) for year, value in zip(seen["period"], seen["value"], strict=True))
    return sparklines.sparkline(
        points, target=row["target"], target_year=evaluation.plan.target_year, until=evaluation.plan.target_year,
        language=evaluation.language,
    )  # fmt: skip


def _other_reading(evaluation: Evaluation, row: pd.Series) -> Message | str:
    """Return what the other reading of the baseline gives, where its verdict differs."""
    rows = evaluation.readings
    other = rows[(rows["indicator"] == row["indicator"]) & (rows["reading"] == "as_printed")]
    if other.empty or other["verdict"].iloc[0] in (row["verdict"], "not_assessable"):
        return ""
    return Message(
        "{probability} on the printed baseline: {verdict}",
        probability=percent(other["probability"].iloc[0]), verdict=word("verdict", other["verdict"].iloc[0]),
    )  # fmt: skip


def listing(table: pd.DataFrame, columns: Sequence[str], evaluation: Evaluation, *, caption: str = "") -> Html:
    """Return some columns of a result table as HTML: codes as words, areas and indicators by name, figures as read."""
    language = evaluation.language
    numeric = {name: pd.api.types.is_float_dtype(table[name].dtype) for name in columns}
    heads = [_Head(word("column", name), numeric[name]) for name in columns]
    rows = [[_cell(row[name], name, evaluation) for name in columns] for _, row in table.iterrows()]
    html = template("table.html.j2", language).render(heads=heads, rows=rows, caption=caption, mark=evaluation.mark)
    return Html(html, "\n".join(" | ".join(say(cell, language) for cell in row) for row in rows))


def plain(
    heads: Sequence[str], rows: Sequence[Sequence[str]], language: str, *, numeric: Iterable[int] = ()
) -> Html:  # fmt: skip
    """Return a table of texts under its headings; `numeric` names the columns of figures."""
    figures = set(numeric)
    marked = [_Head(head, i in figures) for i, head in enumerate(heads)]
    html = template("table.html.j2", language).render(heads=marked, rows=rows, caption="", mark="")
    return Html(html, "\n".join(" | ".join(say(cell, language) for cell in row) for row in rows))


def cards(heads: Sequence[str], rows: Sequence[Sequence[Any]], evaluation: Evaluation) -> Html:
    """Return a table whose rows become cards on a phone; a cell is a text, or a `sign` of a verdict."""
    marked = [_Head(head, False) for head in heads]
    return _grouped([("", [[[[cell]] for cell in row] for row in rows])], marked, evaluation, kind="cards")


def sign(verdict: str, text: str) -> Any:
    """Return a word beside the sign of the verdict that it amounts to, as a cell of `cards`."""
    return _Verdict(verdict, text)


def robustness(evaluation: Evaluation) -> Html:
    """Return for each target and family of choices what the primary choice and each other one gives."""
    rows = evaluation.robustness
    rows = rows[rows["family"] != "measure"]
    groups = []
    for code, mine in rows.groupby("indicator", sort=False):
        lines: list[Row] = []
        for family, of in mine.groupby("family", sort=False):
            told = [_told(firmness.choice(row["family"], row["choice"]), row) for _, row in of.iterrows()]
            varied: Cell = [[firmness.FAMILIES[str(family)]]]
            lines.append([varied, told[:1], told[1:]])
        groups.append((evaluation.indicator(str(code)).name, lines))
    others = Message("Others (their verdict where it differs)")
    heads = [_Head(Message("Choice of"), False), _Head(Message("Taken"), False), _Head(others, False)]
    return _grouped(groups, heads, evaluation)


def _told(name: Message, row: pd.Series) -> list[Any]:
    """Return a choice with its probability, and with its verdict where that is another."""
    told = [name, percent(row["probability"])]
    return [*told, _Verdict(row["verdict"], word("verdict", row["verdict"]))] if row["flips"] else told


def districts(rows: pd.DataFrame, evaluation: Evaluation) -> Html:
    """Return districts as the table beside the map, highest smoothed rate first, each number with its interval."""
    lines: list[Row] = []
    for _, row in rows.sort_values(["rank", "area"]).iterrows():
        accidents = row["fatal_accidents"]
        counted = [number(row["deaths"])]
        small = [] if pd.isna(accidents) else [[_Small(Message("in {count} accidents", count=number(accidents)))]]
        span = Message("{lower} to {upper}", lower=number(row["lower"]), upper=number(row["upper"]))
        smooth = Message("{lower} to {upper}", lower=number(row["shrunk_lower"]), upper=number(row["shrunk_upper"]))
        ranks = Message("{lower} to {upper}", lower=number(row["rank_lower"]), upper=number(row["rank_upper"]))
        lines.append([
            [[evaluation.area_name(row["area"])]], [counted, *small], [[number(row["exposure"])]],
            [[number(row["rate"])], [_Small(span)]], [[number(row["shrunk"])], [_Small(smooth)]],
            [[ranks]], [[localities.verdict(row)]],
        ])  # fmt: skip
    heads = [
        _Head(Message("Area"), False), _Head(Message("Deaths"), True), _Head(Message("Exposure"), True),
        _Head(Message("Rate"), True), _Head(Message("Smoothed"), True), _Head(Message("Rank, from and to"), True),
        _Head(Message("Beside the rest"), False),
    ]  # fmt: skip
    return _grouped([("", lines)], heads, evaluation, kind="cards")


def ceilings(evaluation: Evaluation) -> Html:
    """Return the ceilings of the chosen method: districts by year, with the sums and the chance of the last year."""
    rows = localities.chosen(evaluation.allocation, evaluation)
    years_ = sorted(rows["period"].unique())
    wide = rows.pivot(index="area", columns="period", values="ceiling")
    base = rows.drop_duplicates("area").set_index("area")["base"]
    chance = rows[rows["period"] == years_[-1]].set_index("area")["probability"]
    lines: list[Row] = []
    for area in wide.index:
        yearly: list[Cell] = [[[number(wide.at[area, year])]] for year in years_]
        lines.append([
            [[evaluation.area_name(area)]], [[f"{base[area]:.1f}"]], *yearly, [[percent(chance[area])]]
        ])  # fmt: skip
    whole = localities.chosen(evaluation.allocation_chances, evaluation).set_index("period")
    totals: list[Cell] = [[[number(wide[year].sum())]] for year in years_]
    sums: Row = [
        [[Message("all together")]], [[f"{base.sum():.1f}"]], *totals,
        [[percent(whole.at[years_[-1], "probability"])]],
    ]  # fmt: skip
    heads = [
        _Head(Message("Area"), False), _Head(Message("Base, a year"), True), *(_Head(year, True) for year in years_),
        _Head(Message("Chance of keeping {year}", year=years_[-1]), True),
    ]  # fmt: skip
    return _grouped([("", [*lines, sums])], heads, evaluation, kind="named")


def methods(evaluation: Evaluation) -> Html:
    """Return the methods of breaking down side by side: each district's last ceiling, and the chances of the whole."""
    last = str(evaluation.plan.target_year)
    rows = evaluation.allocation[evaluation.allocation["period"] == last]
    names_ = list(dict.fromkeys(rows["method"]))
    wide = rows.pivot(index="area", columns="method", values="ceiling")
    chance = rows.pivot(index="area", columns="method", values="probability")
    lines: list[Row] = []
    for area in wide.index:
        each: list[Cell] = [[[number(wide.at[area, m])], [_Small(percent(chance.at[area, m]))]] for m in names_]
        lines.append([[[evaluation.area_name(area)]], *each])
    whole = evaluation.allocation_chances
    whole = whole[whole["period"] == last].set_index("method")
    of_all = {
        Message("expected to miss"): [f"{whole.at[m, 'expected_missed']:.1f}" for m in names_],
        Message("all keep theirs"): [percent(whole.at[m, "all_probability"]) for m in names_],
        Message("largest reduction"): [percent(whole.at[m, "largest_cut"]) for m in names_],
    }
    lines += [[[[name]], *([[told]] for told in values)] for name, values in of_all.items()]
    heads = [_Head(Message("Area"), False), *(_Head(word("allocation", m), True) for m in names_)]
    return _grouped([("", lines)], heads, evaluation, kind="named")


def appraisal(evaluation: Evaluation) -> Html:
    """Return the appraisal sheet: per district count and ceiling, level, trend, chance, what it would take."""
    lines: list[Row] = []
    for _, row in evaluation.appraisal.iterrows():
        change = Message(
            "{change} ({lower} to {upper})", change=percent(row["change"], signed=True),
            lower=percent(row["change_lower"], signed=True), upper=percent(row["change_upper"], signed=True),
        )  # fmt: skip
        alike = row["alike_ratio"]
        lines.append([
            [[evaluation.area_name(row["area"])]],
            [[Message("{deaths} of {ceiling}", deaths=number(row["deaths"]), ceiling=number(row["ceiling"]))],
             [word("standing", row["standing"])]],
            [[word("funnel", row["level"])],
             *([] if pd.isna(alike) else [[_Small(Message("{ratio} times districts alike", ratio=f"{alike:.1f}"))]])],
            [[word("trend", row["trend"]) if row["trend"] else Message("no change shown")], [_Small(change)]],
            [[Message("{ceiling} by {year}", ceiling=number(row["target_ceiling"]), year=row["target_period"])],
             [_Small(Message("chance {p}", p=percent(row["probability"])))],
             *_needed(row["required_yearly_change"])],
            [[localities.cannot_say(row)]],
        ])  # fmt: skip
    heads = [
        _Head(Message("Area"), False), _Head(Message("Deaths of ceiling"), False), _Head(Message("Level"), False),
        _Head(Message("Since the baseline"), False), _Head(Message("To come"), False),
        _Head(Message("What this cannot show"), False),
    ]  # fmt: skip
    return _grouped([("", lines)], heads, evaluation, kind="cards")


def paces(evaluation: Evaluation) -> Html:
    """Return each ceiling of the year: deaths of it, both shares with the official words, what is left, its chance."""
    heads = [
        _Head(Message("Ceiling of"), False), _Head(Message("Deaths of ceiling"), False),
        _Head(Message("Progress"), False), _Head(Message("Rest of the year"), False),
    ]  # fmt: skip
    rows = evaluation.monitoring
    whole, fields = (rows["area"] == evaluation.plan.area) & (rows["field"] == ""), rows["field"] != ""
    groups = [
        (title, [_pace(evaluation, row) for _, row in rows[mine].iterrows()])
        for title, mine in (("", whole), (Message("By field"), fields), (Message("By district"), ~whole & ~fields))
    ]  # fmt: skip
    return _grouped([(title, lines) for title, lines in groups if lines], heads, evaluation, kind="cards")


def _pace(evaluation: Evaluation, row: pd.Series) -> Row:
    origin = word("origin", row["origin"])
    used: Message | str = origin
    if row["ceiling"] > 0:
        used = Message("{share} used, {origin}", share=percent(row["used_share"]), origin=origin)
    if (row["final_low"], row["final_high"]) != (row["deaths"], row["deaths"]):
        used = Message("{used}; late ones included {low} to {high}", used=used, low=number(row["final_low"]),
                       high=number(row["final_high"]))  # fmt: skip
    count = Message("{deaths} of {ceiling}", deaths=number(row["deaths"]), ceiling=number(row["ceiling"]))
    season = Message("by season {lower} to {upper}", lower=percent(row["seasonal_lower"]),
                     upper=percent(row["seasonal_upper"]))  # fmt: skip
    return [
        [[lately.who(evaluation, row["area"], row["field"])]], [[count], [_Small(used)]],
        [[lately.pace(row)], *([[_Small(season)]] if row["ceiling"] > 0 else [])],
        [[lately.left(row)], [_Small(Message("chance of a breach {p}", p=percent(row["probability"])))]],
    ]  # fmt: skip


def offices(rows: pd.DataFrame, evaluation: Evaluation) -> Html:
    """Return the offices: their fields, deaths beside ceilings, alarms, and commitments done and reported."""
    register = evaluation.plan.commitments
    heads = [
        _Head(Message("Office"), False), _Head(Message("Fields"), False), _Head(Message("Deaths of ceiling"), False),
        _Head(Message("Alarms, twelve months"), False), _Head(Message("Commitments"), False),
    ]  # fmt: skip
    lines: list[Row] = []
    for _, row in rows.iterrows():
        name = register.bodies[row["department"]] if register and row["department"] else Message("no office")
        mine = [lately.field_name(field) for field in row["fields"].split(", ") if field]
        beyond = [lately.field_name(field) for field in row["beyond"].split(", ") if field]
        count = Message("{deaths} of {ceiling}", deaths=number(row["deaths"]), ceiling=number(row["ceiling"]))
        done = Message("{done} done, {reported} reported", done=percent(row["done_share"]),
                       reported=percent(row["reported_share"]))  # fmt: skip
        lines.append([
            [[name]], [[mine or "–"]],
            [["–" if pd.isna(row["deaths"]) else count],
             *([[_Small(Message("beyond by season: {fields}", fields=beyond))]] if beyond else [])],
            [[number(row["alarms"])]],
            [[number(row["commitments"])], *([[_Small(done)]] if row["commitments"] else [])],
        ])  # fmt: skip
    return _grouped([("", lines)], heads, evaluation, kind="cards")


def leading(rows: pd.DataFrame, evaluation: Evaluation) -> Html:
    """Return inputs, outputs and outcomes: what is told of each, its last figure and its yearly change."""
    heads = [_Head(Message("Measure"), False), _Head(Message("Told"), False), _Head(Message("Last figure"), False)]
    groups = []
    for role in ("input", "output"):
        lines: list[Row] = []
        for _, row in rows[rows["role"] == role].iterrows():
            span = Message("{first} to {last}, {share} of periods", first=row["first"], last=row["last"],
                           share=percent(row["covered_share"]))  # fmt: skip
            lines.append([
                [[word("leading", row["measure"])]], [[span if row["periods"] else row["reason"]]],
                [[number(row["value"])], *([] if pd.isna(row["yearly_change"]) else
                 [[_Small(percent(row["yearly_change"], signed=True))]])],
            ])  # fmt: skip
        groups.append((word("role", role), lines))
    whole = evaluation.months[evaluation.months["field"] == ""].set_index("period")
    lines = []
    for measure in ("accidents", "fatal_accidents", "deaths"):
        counts = whole[measure].iloc[-24:]
        now, before = counts.iloc[12:].sum(min_count=12), counts.iloc[:12].sum(min_count=12)
        change = now / before - 1 if before else float("nan")
        year = (
            Message("{first} to {last}", first=counts.index[-12], last=counts.index[-1]) if len(counts) == 24 else "–"
        )
        moved = [] if pd.isna(change) else [[_Small(percent(change, signed=True))]]
        lines.append([[[word("measure", measure)]], [[year]], [[number(now)], *moved]])
    groups.append((word("role", "outcome"), lines))
    return _grouped(groups, heads, evaluation, kind="cards")


def effects(evaluation: Evaluation, found: Campaign) -> Html:
    """Return what each district that a measure concerns shows by itself."""
    heads = [
        _Head(Message("Asked"), False), _Head(Message("Events before and after"), False),
        _Head(Message("Smallest fall shown"), False), _Head(Message("Change"), False), _Head(Message("Answer"), False),
    ]  # fmt: skip
    lines: list[Row] = [
        [
            [[evaluation.area_name(row["series"])]], [[_events(row)]], [[percent(row["smallest"])]],
            _with_span(row["change"], row["lower"], row["upper"]), [[word("answer", row["verdict"])]],
        ]
        for _, row in found.areas.iterrows()
    ]  # fmt: skip
    return _grouped([(Message("Districts"), lines)], heads, evaluation, kind="cards") if lines else Html("", "")


def controls(evaluation: Evaluation, found: Campaign) -> Html:
    """Return a measure's own series above those that it does not concern, each asked alike in three ways."""
    if found.controls.empty:
        return Html("", "")
    heads = [
        _Head(Message("Asked"), False), _Head(Message("Events before and after"), False),
        _Head(Message("Own course"), False), _Head(Message("Beside the others"), False),
        _Head(Message("Synthetic control"), False),
    ]  # fmt: skip
    own: list[Row] = []
    spared: list[Row] = []
    for _, row in found.controls.iterrows():
        mine = row["series"] == ""
        name: Any = Message("the measure's own") if mine else (
            evaluation.area_name(row["series"]) if row["kind"] == "area" else lately.field_name(row["series"])
        )  # fmt: skip
        apart: Cell = [["–"]] if pd.isna(row["difference"]) else [
            [signed_events(row["difference"])],
            [_Small(Message("{lower} to {upper}", lower=signed_events(row["difference_lower"]),
                            upper=signed_events(row["difference_upper"])))],
        ]  # fmt: skip
        mixed: Cell = [["–"]] if pd.isna(row["synthetic_change"]) else [
            [percent(row["synthetic_change"], signed=True)],
            [_Small(Message("{ratio} times as far off as before", ratio=f"{row['ratio']:.1f}"))],
            *([] if pd.isna(row["weight"]) or row["weight"] < 0.005 else
              [[_Small(Message("weight {share}", share=percent(row["weight"])))]]),
        ]  # fmt: skip
        course = _with_span(row["change"], row["lower"], row["upper"])
        refused = [[_Small(Message("only falls from {smallest} on", smallest=percent(row["smallest"])))]]
        if pd.notna(row["change"]) or pd.isna(row["smallest"]):
            refused = [[_Small(word("answer", row["verdict"]))]]
        (own if mine else spared).append([
            [[name]], [[_events(row)]], [*course, *refused], apart, mixed,
        ])  # fmt: skip
    title = Message("Areas that it does not concern") if found.controls["kind"].iloc[0] == "area" else Message(
        "Fields that it does not concern"
    )  # fmt: skip
    return _grouped([("", own), (title, spared)], heads, evaluation, kind="cards")


def _events(row: pd.Series) -> str:
    return f"{number(row['events_before'])} · {number(row['events_after'])}"


def _with_span(change: float, lower: float, upper: float) -> Cell:
    if pd.isna(change):
        return [["–"]]
    span = Message("{lower} to {upper}", lower=percent(lower, signed=True), upper=percent(upper, signed=True))
    return [[percent(change, signed=True)], [_Small(span)]]


def _needed(change: float) -> list[list[Any]]:
    if pd.isna(change):
        return []
    fall = Message("{change} a year needed", change=percent(change, signed=True))
    return [[_Small(fall if change < 0 else Message("recent level is low enough"))]]


def movements(evaluation: Evaluation) -> Html:
    """Return who moved: deaths before and after, change of the tested rate, each one's part of the city's change."""
    parts = evaluation.contributions.groupby("area")["contribution"].sum()
    lines: list[Row] = []
    for _, row in evaluation.movements.iterrows():
        change = Message("{lower} to {upper}", lower=percent(row["change_lower"], signed=True),
                         upper=percent(row["change_upper"], signed=True))  # fmt: skip
        part = float(parts[row["area"]])
        lines.append([
            [[evaluation.area_name(row["area"])]], [[number(row["deaths_before"])]], [[number(row["deaths"])]],
            [[percent(row["change"], signed=True)], [_Small(change)]],
            [[word("trend", row["trend"]) if row["trend"] else Message("no change shown")]],
            [[f"{part:+.3f}".replace("-", "−")]],
        ])  # fmt: skip
    heads = [
        _Head(Message("Area"), False), _Head(Message("Deaths before"), True), _Head(Message("Deaths since"), True),
        _Head(Message("Change of the tested rate"), True), _Head(Message("Beyond noise"), False),
        _Head(Message("Part of the change of all"), True),
    ]  # fmt: skip
    return _grouped([("", lines)], heads, evaluation, kind="cards")


def measures(evaluation: Evaluation) -> Html:
    """Return for each published measure, after the probability, the class it gives to which targets, in its words."""
    rows = evaluation.robustness
    rows = rows[rows["family"] == "measure"]
    judged = list(rows["indicator"].unique())
    own = evaluation.assessments[evaluation.assessments["indicator"].isin(judged)]
    classes: dict[_Verdict, list[str]] = {}
    for _, row in own.iterrows():
        classes.setdefault(_Verdict(row["verdict"], word("verdict", row["verdict"])), []).append(row["indicator"])
    probability: Cell = [[Message("Probability (this evaluation)")]]
    lines: list[Row] = [[probability, _classes(classes, judged, evaluation)]]
    for name in firmness.MEASURES:
        of, classes = rows[rows["choice"] == name], {}
        for _, row in of.iterrows():
            said = _Verdict(row["verdict"], firmness.GRADES[row["grade"]], wraps=True)
            classes.setdefault(said, []).append(row["indicator"])
        silent = [code for code in judged if code not in set(of["indicator"])]
        if silent:
            classes[_Verdict("not_assessable", Message("gives no class"))] = silent
        named: Cell = [[firmness.MEASURES[name]], [_Small(firmness.SOURCES[name])]]
        lines.append([named, _classes(classes, judged, evaluation)])
    heads = [_Head(Message("Measure and its source"), False), _Head(Message("What it says"), False)]
    return _grouped([("", lines)], heads, evaluation)


def _classes(classes: dict[_Verdict, list[str]], judged: list[str], evaluation: Evaluation) -> Cell:
    if len(classes) == 1 and len(judged) > 1:
        return [[said, Message("all targets")] for said in classes]
    return [[said, [evaluation.indicator(code).name for code in codes]] for said, codes in classes.items()]


def grouped(table: pd.DataFrame, columns: Sequence[str], evaluation: Evaluation) -> Html:
    """Return some columns of a table of indicators as HTML, the rows of each indicator under its name."""
    heads = [_Head(word("column", name), pd.api.types.is_float_dtype(table[name].dtype)) for name in columns]
    groups = []
    for code, rows in table.groupby("indicator", sort=False):
        lines: list[Row] = [[[[_part(row[name], name, evaluation)]] for name in columns] for _, row in rows.iterrows()]
        groups.append((evaluation.indicator(str(code)).name, lines))
    return _grouped(groups, heads, evaluation)


def _part(value: Any, column: str, evaluation: Evaluation) -> Any:
    return _Verdict(value, word("verdict", value)) if column == "verdict" else _cell(value, column, evaluation)


@dataclass(frozen=True)
class _Verdict:
    """A word beside the sign of the verdict that it stands for."""

    code: str
    text: str
    wraps: bool = False


@dataclass(frozen=True)
class _Small:
    text: str


def _grouped(
    groups: Sequence[tuple[str, list[Row]]], heads: Sequence[_Head], evaluation: Evaluation, *, kind: str = ""
) -> Html:
    """Return rows under group headings; a cell holds lines, a line parts: texts, small print and verdicts."""
    language = evaluation.language
    html = template("grouped.html.j2", language).render(groups=groups, heads=heads, kind=kind, mark=evaluation.mark)
    spoken = []
    for name, rows in groups:
        spoken += [say(name, language)] if name else []
        spoken += [" | ".join("; ".join(_line(line, language) for line in cell) for cell in row) for row in rows]
    return Html(html, "\n".join(spoken))


def _line(parts: Sequence[Any], language: str) -> str:
    return " ".join(say(getattr(part, "text", part), language) for part in parts)


def _cell(value: Any, column: str, evaluation: Evaluation) -> Any:
    if isinstance(value, float):
        if column.endswith(("share", "probability", "chance_if_nothing_changed")):
            return percent(value)
        return percent(value, signed=True) if column.endswith(("change", "relative")) else number(value)
    if isinstance(value, bool):
        return Message("yes") if value else Message("no")
    if column in CODES:
        return word(CODES[column], value) if value else "–"
    if column == "indicator":
        return evaluation.indicator(value).name
    if column == "area":
        return evaluation.area_name(value)
    if column == "period":
        return years(value)
    if column == "scope":
        return (
            evaluation.plan.scopes[value].name
            if value in evaluation.plan.scopes
            else word("scope", value)
            if value
            else ""
        )
    return value


def rendered(name: str, language: str, **values: Any) -> str:
    """Return a template of the package filled in, its texts in a language."""
    return template(name, language).render(_=Message, language=language, **values)


@lru_cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)


@lru_cache
def template(name: str, language: str) -> jinja2.Template:
    environment = _environment().overlay()
    environment.filters = {**environment.filters, "say": lambda text: say(text, language)}
    return environment.get_template(name)
