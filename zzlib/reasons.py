"""Sentences about the targets themselves: what they ask, how bold they were, whether they agree, all of them at once.

Every sentence is a message made from a row of a result table; where the data do not reach, there is no sentence.
"""

from decimal import Decimal
from typing import Any

import pandas as pd

from zzlib.cases import chance_word, verdict_of
from zzlib.evaluation import Evaluation
from zzlib.language import Message, number, percent, word

UNDECIDED = ("on_track", "open", "off_track")
UNUSUAL = 0.10  # a baseline this far from its mean is worth a sentence
NOTHING = 0.005  # a share that rounds to nothing


def asks(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say what a rate target asks of the deaths once the exposure has grown as expected."""
    row, target = _promise(evaluation, indicator), evaluation.plan.target(indicator)
    law = evaluation.indicator(indicator)
    if row is None or law.denominator is None or target.change is None or pd.isna(row["count_change"]):
        return None
    growth, change = row["exposure_change"], row["count_change"]
    span: dict[str, Any] = {
        "exposure": word("measure", law.denominator.measure), "change": _size(growth),
        "since": evaluation.plan.baseline_year, "until": evaluation.plan.target_year,
    }  # fmt: skip
    if growth >= 0:
        premise = Message("With {exposure} expected to grow by {change} from {since} to {until}", **span)
    else:
        premise = Message("With {exposure} expected to shrink by {change} from {since} to {until}", **span)
    return Message(
        "{premise}, the target of {target} {ask}.",
        premise=premise, target=_goal(target.change),
        ask=_ask(word("measure", law.numerator.measure), change, falls=target.falls),
    )  # fmt: skip


def _ask(count: Message, change: float, *, falls: bool) -> Message:
    by = _size(change)
    if abs(change) < NOTHING:
        return Message("lets {count} stay as they are", count=count)
    if falls:
        if change > 0:
            return Message("lets {count} rise by {change}", count=count, change=by)
        return Message("asks {count} to fall by {change}", count=count, change=by)
    if change > 0:
        return Message("asks {count} to rise by {change}", count=count, change=by)
    return Message("lets {count} fall by {change}", count=count, change=by)


def eased(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say what a rate target asks of the deaths where the exposure alone does half of its work or more."""
    row, change = _promise(evaluation, indicator), evaluation.plan.target(indicator).change
    if row is None or change is None or pd.isna(row["count_change"]):
        return None
    half, falls = float(change) / 2, evaluation.plan.target(indicator).falls
    eased = row["count_change"] >= half if falls else row["count_change"] <= half
    return asks(evaluation, indicator) if eased else None


def unknown(evaluation: Evaluation) -> Message | None:
    """Say for which rate targets it cannot be told what they ask."""
    rates = [code for code in evaluation.assessments["indicator"] if evaluation.indicator(code).denominator is not None]
    relative = [code for code in rates if evaluation.plan.target(code).change is not None]
    silent = [evaluation.indicator(code).name for code in relative if asks(evaluation, code) is None]
    if not silent:
        return None
    return Message(
        "{names}: what the target asks of the deaths cannot be told, for the expected growth of the exposure is not "
        "known.",
        names=silent,
    )


def ambition(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say how likely the target was from the start: on the earlier trend, and had the risk moved as the nation's."""
    row = _promise(evaluation, indicator)
    if row is None or pd.isna(row["at_baseline_probability"]):
        return None
    chance, nation = row["at_baseline_probability"], row["as_nation_probability"]
    seen: dict[str, Any] = {
        "year": evaluation.plan.baseline_year, "chance": word("chance", chance_word(chance)),
        "probability": percent(chance),
    }  # fmt: skip
    if pd.isna(nation):
        return Message(
            "Seen from {year}, on the earlier trend, meeting the target was {chance} ({probability}).", **seen
        )
    return Message(
        "Seen from {year}, on the earlier trend, meeting the target was {chance} ({probability}); had the risk moved "
        "as the nation's has since, the probability would be {nation}.",
        nation=percent(nation), **seen,
    )  # fmt: skip


def typical(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say that the baseline was an unusual year, or that the mean of three years would give another verdict."""
    row, own = _promise(evaluation, indicator), str(evaluation.assessment(indicator)["verdict"])
    if row is None:
        return None
    ratio, chance = row["baseline_ratio"], row["three_years_probability"]
    # Only a bad year flatters the way from it; of a falling series the last year is the lowest anyhow.
    falls = evaluation.plan.target(indicator).falls
    unusual = not pd.isna(ratio) and (ratio - 1 if falls else 1 - ratio) > UNUSUAL
    restated = "" if pd.isna(chance) else verdict_of(evaluation.plan, chance)
    if not unusual and (not restated or restated == own or own not in UNDECIDED):
        return None
    mean = Message(
        "on the mean of three years as baseline the probability is {probability} ({verdict})",
        probability=percent(chance), verdict=word("verdict", restated),
    )  # fmt: skip
    if not unusual:
        return Message("The choice of baseline matters: {mean}.", mean=mean)
    known: dict[str, Any] = {"year": evaluation.plan.baseline_year, "margin": _size(ratio - 1)}
    if ratio > 1:
        level = Message("The baseline is {margin} above the mean of the five years up to {year}", **known)
    else:
        level = Message("The baseline is {margin} below the mean of the five years up to {year}", **known)
    return Message("{reason}.", reason=Message("{first}; {then}", first=level, then=mean) if restated else level)


def floor(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say how far the risk must truly fall for the target to be met with some certainty, whatever chance does."""
    row, change = _promise(evaluation, indicator), evaluation.plan.target(indicator).change
    if row is None or change is None or pd.isna(row["noise_floor"]):
        return None
    if row["noise_floor"] < NOTHING:
        return Message("The target has an 80% probability of being met without any true fall of the risk.")
    return Message(
        "With the noise in counts, an 80% probability of meeting the target of {target} takes a true fall of {fall}.",
        target=_goal(change), fall=percent(row["noise_floor"]),
    )  # fmt: skip


def agreement(evaluation: Evaluation) -> list[Message]:
    """Say of each count and rate target on the same deaths which of them binds; only its allowance counts."""
    return [_pair(evaluation, row) for _, row in evaluation.consistency.iterrows()]


def _pair(evaluation: Evaluation, row: pd.Series) -> Message:
    count, rate = (evaluation.indicator(row[name]) for name in ("count_indicator", "rate_indicator"))
    assert rate.denominator is not None
    binds = Message(
        "'{rate}' binds only if {exposure} grows by less than {even} a year",
        rate=rate.name, exposure=word("measure", rate.denominator.measure), even=_growth(row["break_even_change"]),
    )  # fmt: skip
    if not row["binding"]:
        return Message(
            "{binds}, else '{count}' does; what growth to expect is not known.", binds=binds, count=count.name
        )
    so = Message(
        "{binds}; {expected} is expected, so '{binding}' binds",
        binds=binds, expected=_growth(row["expected_change"]), binding=evaluation.indicator(row["binding"]).name,
    )  # fmt: skip
    own = evaluation.assessment(row["binding"])
    if pd.isna(own["remaining_allowance"]):
        return Message("{reason}.", reason=so)
    return Message(
        "{so} and only its allowance counts: at most {allowance} deaths in {year}.",
        so=so, allowance=number(own["remaining_allowance"]), year=own["target_period"],
    )  # fmt: skip


def together(evaluation: Evaluation) -> Message | None:
    """Say how likely it is that all targets are met, which is less likely than each of them."""
    undecided = evaluation.assessments["verdict"].isin(UNDECIDED)
    if evaluation.joint.empty or not undecided.any() or evaluation.joint["targets"].iloc[0] < 2:
        return None
    row = evaluation.joint.iloc[0]
    said = {
        "count": number(row["targets"]), "chance": word("chance", chance_word(row["probability"])),
        "probability": percent(row["probability"]), "product": percent(row["independent_probability"]),
        "expected": f"{row['expected_met']:.1f}",
    }  # fmt: skip
    if row["targets"] < len(evaluation.assessments):
        return Message(
            "Meeting all {count} targets that can be assessed is {chance} ({probability}; if they were independent: "
            "{product}). On average {expected} of them would be met.",
            **said,
        )
    return Message(
        "Meeting all {count} targets together is {chance} ({probability}; if they were independent: {product}). On "
        "average {expected} of them would be met.",
        **said,
    )


def _promise(evaluation: Evaluation, indicator: str) -> pd.Series | None:
    rows = evaluation.promises[evaluation.promises["indicator"] == indicator]
    return None if rows.empty else rows.iloc[0]


def _size(change: float) -> str:
    """Return a change without its sign, for words that say its direction."""
    return percent(abs(change), signed=True)[1:]


def _growth(change: float) -> str:
    """Return a growth in per cent, with a sign only where it is a fall."""
    return percent(change, signed=True).lstrip("+")


def _goal(change: Decimal) -> str:
    """Return the relative change that a target asks for as the plan prints it: −3%, −8.1%."""
    return f"{100 * float(change):+.4g}%".replace("-", "−")
