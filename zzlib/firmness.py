"""Sentences about how firm a verdict is: whether another choice, a published measure or a revision says otherwise.

A code of the robustness table has its words here. Every sentence is a message made from rows of a result table.
"""

from collections.abc import Iterable, Sequence
from functools import reduce

import pandas as pd

from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, percent, word
from zzlib.schema import VERDICTS

FAMILIES: dict[str, Message] = {
    "measure": Message("progress measure"),
    "model": Message("model"),
    "baseline": Message("baseline"),
    "exposure": Message("exposure"),
    "definition": Message("definition"),
    "vintage": Message("data vintage"),
}
CHOICES: dict[tuple[str, str], Message] = {
    ("model", "no_drift"): Message("without expected drift"),
    ("model", "random_walk_drift"): Message("random walk with drift"),
    ("baseline", "one_year"): Message("one year"),
    ("baseline", "three_years"): Message("mean of three years"),
    ("exposure", "as_planned"): Message("as planned"),
    ("vintage", "latest"): Message("latest figures"),
    ("vintage", "first"): Message("as first published"),
}
CONTEXTS = {"model": "method", "exposure": "scope", "definition": "reading"}  # of the words for all other choices
MEASURES: dict[str, Message] = {
    "straight_path": Message("Pace rule"),
    "required_pace": Message("Required pace (ETSC)"),
    "open_sdg": Message("Open SDG (Statistics Canada)"),
    "eurostat": Message("Eurostat"),
    "un_progress_chart": Message("UN Progress Chart"),
    "unescap": Message("UNESCAP"),
    "destatis_weather": Message("Weather signs (Destatis)"),
    "healthy_people": Message("Healthy People (United States)"),
}
SOURCES: dict[str, Message] = {
    "straight_path": Message("Chinese five-year plans, mid-term evaluations of 2018"),
    "required_pace": Message("ETSC, 13th Road Safety Performance Index report, 2019"),
    "open_sdg": Message("Statistics Canada, progress measure in Open SDG, 2024"),
    "eurostat": Message("Eurostat, Sustainable development in the European Union, 2024"),
    "un_progress_chart": Message("United Nations, SDG Progress Chart, technical note, 2023"),
    "unescap": Message("UNESCAP, progress assessment methodology, 2024"),
    "destatis_weather": Message("Destatis, status of indicators, 2025"),
    "healthy_people": Message("NCHS, Healthy People 2020 final review, 2021"),
}
GRADES: dict[str, Message] = {
    **{pace: word("pace", pace) for pace in ("target_met", "ahead", "on_pace", "behind")},
    "fast_enough": Message("fast enough"),
    "too_slow": Message("too slow"),
    "target_achieved": Message("target achieved"),
    "substantial_progress": Message("substantial progress"),
    "significant_progress": Message("significant progress"),
    "moderate_progress": Message("moderate progress"),
    "limited_progress": Message("limited progress"),
    "insufficient_progress": Message("insufficient progress"),
    "deterioration": Message("deterioration"),
    "movement_away": Message("movement away from the target"),
    "on_track_or_target_met": Message("on track or target met"),
    "fair_progress": Message("fair progress, but acceleration needed"),
    "stagnation_or_regression": Message("stagnation or regression"),
    "on_track": Message("on track to achieve the target"),
    "acceleration_needed": Message("acceleration needed"),
    "regression": Message("regression"),
    "sun": Message("sun"),
    "sun_and_cloud": Message("sun and cloud"),
    "cloud": Message("cloud"),
    "thunderstorm": Message("thunderstorm"),
    "target_met_or_exceeded": Message("target met or exceeded"),
    "improved": Message("improved"),
    "little_or_no_change": Message("little or no change"),
    "worse": Message("getting worse"),
}


def choice(family: str, code: str) -> Message:
    """Return the words for one choice of a family."""
    return CHOICES.get((family, code)) or word(CONTEXTS.get(family, "scope"), code)


def robust(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say in one sentence which families of choices would change the verdict, and into what, or that none would.

    A published measure has no probability: it is compared with the verdict itself, and where the probability leaves
    open what measures call on track, their blindness to noise is said.
    """
    rows = _choices(evaluation, indicator)
    if rows.empty:
        return None
    own = str(evaluation.assessment(indicator)["verdict"])
    measured = rows[rows["family"] == "measure"]
    differing = _in_order(measured.loc[measured["verdict"] != own, "verdict"])
    clauses = _changes(outcomes(evaluation, indicator), own)
    firm = [FAMILIES[one] for one in FAMILIES if one in set(rows["family"]) and (one != "measure" or not differing)]
    if firm and not clauses:
        held = Message(
            "The verdict ({verdict}) holds under every other {families}",
            verdict=word("verdict", own), families=_all(firm),
        )  # fmt: skip
        clauses.append(held)
    if differing:
        said = {"others": _either([word("verdict", code) for code in differing])}
        if own == "open":
            clauses.append(Message("published measures, which ignore the noise in counts, say {others}", **said))
        elif len(measured[measured["verdict"] == own]):
            clauses.append(Message("some published measures say {others}", **said))
        else:
            clauses.append(Message("published measures say {others}", **said))
    return _said(clauses)


def outcomes(evaluation: Evaluation, indicator: str) -> dict[str, list[str]]:
    """Return the families of which another choice changes the verdict, and the verdicts it then is; measures apart."""
    rows = _choices(evaluation, indicator)
    rows = rows[(rows["family"] != "measure") & rows["flips"]]
    return {str(family): _in_order(of["verdict"]) for family, of in rows.groupby("family", sort=False)}


def _changes(outcomes: dict[str, list[str]], own: str) -> list[Message]:
    """Return what the families of choices would make of the verdict, those with the same outcome together."""
    alike: dict[tuple[str, ...], list[Message]] = {}
    for family, others in outcomes.items():
        alike.setdefault(tuple(others), []).append(FAMILIES[family])
    clauses: list[Message] = []
    for outcome, families in alike.items():
        said = {"families": _either(families), "others": _either([word("verdict", code) for code in outcome])}
        if clauses:
            clauses.append(Message("another {families} to {others}", **said))
        else:
            changed = Message(
                "Another {families} would change the verdict from {verdict} to {others}",
                verdict=word("verdict", own), **said,
            )  # fmt: skip
            clauses.append(changed)
    return clauses


def stability(evaluation: Evaluation) -> Message:
    """Say how many verdicts depend on a choice of model or data, and on which."""
    judged = list(evaluation.robustness["indicator"].unique())
    changed = {code: found for code in judged if (found := outcomes(evaluation, code))}
    if not changed:
        return Message("None of {total} verdicts would change under another choice.", total=len(judged))
    families = {family for found in changed.values() for family in found}
    return Message(
        "{count} of {total} verdicts would change under another {families}.",
        count=len(changed), total=len(judged), families=_either([FAMILIES[one] for one in FAMILIES if one in families]),
    )  # fmt: skip


def measured(evaluation: Evaluation) -> list[Message]:
    """Say for which targets published measures and probability disagree, which is a warning; none when they agree."""
    blind: list[Name] = []
    others: list[Name] = []
    for code in evaluation.assessments["indicator"]:
        rows, own = _choices(evaluation, code), evaluation.assessment(code)["verdict"]
        verdicts = set(rows.loc[rows["family"] == "measure", "verdict"])
        if verdicts - {own}:
            (blind if own == "open" and verdicts == {"on_track"} else others).append(evaluation.indicator(code).name)
    said = []
    if blind:
        said.append(
            Message(
                "{names}: every published measure says on track, the probability leaves it open; published measures "
                "ignore the noise in counts.",
                names=blind,
            )
        )
    if others:
        said.append(
            Message("{names}: published measures disagree with the probability or among themselves.", names=others)
        )
    return said


def revised(evaluation: Evaluation) -> list[Message]:
    """Say which past verdicts changed once later published figures were known, or that none did."""
    rows = evaluation.revisions
    if rows.empty:
        return [
            Message("The figures' days of publication do not allow a past verdict to be followed through revisions.")
        ]
    said = []
    for at, row in rows[rows["flips"]].iterrows():
        earlier = rows.loc[:at]
        before = earlier[(earlier["indicator"] == row["indicator"]) & (earlier["through"] == row["through"])].iloc[-2]
        said.append(
            Message(
                "{name}, through {through}: {before} ({before_probability}) as known on {before_day}, {verdict} "
                "({probability}) as known on {day}.",
                name=evaluation.indicator(row["indicator"]).name, through=row["through"],
                before=word("verdict", before["verdict"]), before_probability=percent(before["probability"]),
                before_day=before["as_of"], verdict=word("verdict", row["verdict"]),
                probability=percent(row["probability"]), day=row["as_of"],
            )
        )  # fmt: skip
    return said or [Message("No revision of a published figure has changed a past verdict.")]


def _choices(evaluation: Evaluation, indicator: str) -> pd.DataFrame:
    """Return one target's rows of the robustness table; a choice that gives no answer changes none."""
    rows = evaluation.robustness
    return rows[(rows["indicator"] == indicator) & (rows["verdict"] != "not_assessable")]


def _in_order(verdicts: Iterable[str]) -> list[str]:
    there = set(verdicts)
    return [code for code in VERDICTS if code in there]


def _said(clauses: Sequence[Message]) -> Message:
    return Message(
        "{reason}.", reason=reduce(lambda first, then: Message("{first}; {then}", first=first, then=then), clauses)
    )


def _either(names: Sequence[Message]) -> Message:
    return names[0] if len(names) == 1 else Message("{some} or {last}", some=list(names[:-1]), last=names[-1])


def _all(names: Sequence[Message]) -> Message:
    return names[0] if len(names) == 1 else Message("{some} and {last}", some=list(names[:-1]), last=names[-1])
