"""Sentences: what the evaluation says in words, each from the same result object as the numbers and pictures.

Every sentence is a message, so it speaks Chinese and English. No sentence knows a number that a table does not hold.
"""

import math
from collections import Counter
from typing import Any

import pandas as pd

from zzlib import lateness
from zzlib.cases import chance_word
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, number, percent, word
from zzlib.schema import MEASURES, VERDICTS


def headline(evaluation: Evaluation) -> Message:
    """Say how many targets have which verdict, and which is furthest from being kept."""
    rows = evaluation.assessments
    verdicts = Counter(rows["verdict"])
    counted = [
        Message("{count} {verdict}", count=verdicts[code], verdict=word("verdict", code))
        for code in VERDICTS
        if verdicts[code]
    ]
    common: dict[str, Any] = {
        "plan": evaluation.plan.title, "through": evaluation.through, "total": len(rows), "counted": counted,
        "lasting": _lasting(evaluation),
    }  # fmt: skip
    open_ones = rows[rows["verdict"].isin(["open", "off_track"])]
    if open_ones.empty:
        return Message("{plan}, through {through}: of {total} targets {counted}.{lasting}", **common)
    weakest = open_ones.sort_values("probability").iloc[0]
    return Message(
        "{plan}, through {through}: of {total} targets {counted}.{lasting} Least likely: {name} ({probability}).",
        **common, name=_name(evaluation, weakest), probability=percent(weakest["probability"]),
    )  # fmt: skip


def _lasting(evaluation: Evaluation) -> Message | str:
    """Say that a value beyond its target now is no promise kept, where the probability leaves that open."""
    rows = evaluation.assessments
    unsure = rows[rows["verdict"].isin(["open", "off_track"])]
    now: dict[str, Any] = {"count": int((unsure["pace"] == "target_met").sum()), "year": evaluation.plan.target_year}
    if not now["count"]:
        return ""
    if now["count"] == len(unsure) > 1:
        return Message(
            " All {count} open or off track have reached their target value by now; whether that lasts to {year} is "
            "uncertain.", **now,
        )  # fmt: skip
    return Message(
        " {count} of those open or off track have reached their target value by now; whether that lasts to {year} is "
        "uncertain.", **now,
    )  # fmt: skip


def target(evaluation: Evaluation, indicator: str) -> Message:
    """Say of one target where it stands and how likely it is to be met; of one that cannot be assessed, why."""
    row = evaluation.assessment(indicator)
    name, unit = _name(evaluation, row), evaluation.indicator(indicator).unit
    if row["verdict"] == "not_assessable":
        return Message("{name}: {reason}.", name=name, reason=row["reason"])
    common = {
        "name": name, "unit": unit, "value": number(row["value"]), "value_period": row["value_period"],
        "baseline": number(row["baseline"]), "baseline_period": row["baseline_period"],
        "target": number(row["target"]), "target_period": row["target_period"],
    }  # fmt: skip
    if row["verdict"] in ("met", "missed"):
        return Message(
            "{name}: {value} {unit} in {value_period}, target {target}: {verdict}.",
            verdict=verdict(evaluation, row), **common,
        )  # fmt: skip
    return Message(
        "{name}: {value} {unit} in {value_period} ({baseline} in {baseline_period}, target {target} for "
        "{target_period}). Meeting the target is {chance} ({probability}): {verdict}.",
        chance=word("chance", chance_word(row["probability"])), probability=percent(row["probability"]),
        verdict=verdict(evaluation, row), **common,
    )  # fmt: skip


def verdict(evaluation: Evaluation, row: pd.Series) -> Message:
    """Return a verdict in words; met or on track, but getting worse, is said so and is never plain good news."""
    words = word("verdict", str(row["verdict"]))
    return Message("{verdict}, but worsening", verdict=words) if is_worsening(evaluation, row) else words


def is_worsening(evaluation: Evaluation, row: pd.Series) -> bool:
    """Say whether a target that is met, or on track, has a trend that leads away from it."""
    away = "rising" if evaluation.plan.target(str(row["indicator"])).falls else "falling"
    return bool(row["verdict"] in ("met", "on_track") and row["trend"] == away)


def safety(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say what the underlying risk has done since the baseline, which is another question than the promise."""
    rows = evaluation.safety[evaluation.safety["indicator"] == indicator]
    if rows.empty or rows["change"].isna().all():
        return None
    row = rows.iloc[0]
    return Message(
        "Underlying risk since {since}: {change} (95% interval {lower} to {upper}); yearly change since {trend_since} "
        "{yearly} (80% interval {yearly_lower} to {yearly_upper}): {trend}.",
        since=row["since"], trend_since=row["trend_since"], change=percent(row["change"], signed=True),
        lower=percent(row["change_lower"], signed=True), upper=percent(row["change_upper"], signed=True),
        yearly=percent(row["yearly_change"], signed=True), yearly_lower=percent(row["yearly_lower"], signed=True),
        yearly_upper=percent(row["yearly_upper"], signed=True), trend=word("trend", row["trend"]),
    )  # fmt: skip


def requirement(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say what it would take: the yearly change from now, and the deaths allowed in the target year."""
    row = evaluation.assessment(indicator)
    if row["verdict"] not in ("on_track", "open", "off_track"):
        return None
    law, target = evaluation.indicator(indicator), evaluation.plan.target(indicator)
    take, allowance = _way_left(row, law.unit, falls=target.falls), row["remaining_allowance"]
    seen = _last_value(evaluation, row)
    if pd.isna(allowance) or seen.empty or pd.isna(seen["numerator"].iloc[0]):
        return take
    limits = {
        "take": take, "allowance": number(allowance), "year": row["target_period"],
        "now": number(seen["numerator"].iloc[0]), "period": row["value_period"],
    }  # fmt: skip
    if law.denominator is None:
        return Message("{take}; at most {allowance} deaths in {year} ({now} in {period})", **limits)
    return Message(
        "{take}; at the expected {exposure} at most {allowance} {deaths} in {year} ({now} in {period})",
        exposure=_measure(law.denominator.measure), deaths=_measure(law.numerator.measure), **limits,
    )  # fmt: skip


def _measure(code: str) -> str:
    """Return the word for a measure; one of a plan's own has none but its code."""
    return word("measure", code) if code in MEASURES else code


def _way_left(row: pd.Series, unit: Name, *, falls: bool) -> Message:
    pace, period, target = row["required_yearly_change"], row["value_period"], number(row["target"])
    met = row["value"] <= row["target"] if falls else row["value"] >= row["target"]
    if met and row["value"] > 0 and row["target"] > 0:
        margin = percent(abs(row["value"] / row["target"] - 1))
        if falls:
            return Message("{margin} below the target now, to be held", margin=margin)
        return Message("{margin} above the target now, to be held", margin=margin)
    if pd.isna(pace):  # from or to zero, where a yearly rate has no meaning
        if falls:
            return Message("at most {target} {unit}", target=target, unit=unit)
        return Message("at least {target} {unit}", target=target, unit=unit)
    by = percent(abs(pace), signed=True)[1:]
    if falls:
        return Message("a fall of at least {pace} a year from {period} on", pace=by, period=period)
    return Message("a rise of at least {pace} a year from {period} on", pace=by, period=period)


def _last_value(evaluation: Evaluation, row: pd.Series) -> pd.DataFrame:
    """Return the indicator row behind an assessment's value."""
    seen = evaluation.indicators
    return seen[
        (seen["indicator"] == row["indicator"]) & (seen["period"] == row["value_period"])
        & (seen["scope"] == row["scope"]) & (seen["area"] == evaluation.plan.area)
    ]  # fmt: skip


def zero(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say what a zero still allows: no deaths seen is no proof of no risk."""
    row = evaluation.assessment(indicator)
    law, seen = evaluation.indicator(indicator), _last_value(evaluation, row)
    if row["value"] != 0 or seen["upper"].isna().all():
        return None
    sizes = evaluation.observations
    sizes = sizes[
        (sizes["measure"] == f"{law.numerator.measure}_mean_size") & (sizes["period"] == row["value_period"])
        & (sizes["area"] == evaluation.plan.area) & (sizes["scope"] == row["scope"])
    ]  # fmt: skip
    upper = float(seen["upper"].iloc[0])
    if sizes.empty or law.denominator is None or law.denominator.per != 1:
        return Message(
            "Zero in {period} is no proof of no risk: up to {upper} {unit} would be compatible with it (95% limit).",
            period=row["value_period"], upper=number(upper), unit=law.unit,
        )  # fmt: skip
    size = float(sizes["value"].iloc[0])
    return Message(
        "Zero in {period} is no proof of no risk: up to {accidents} fatal accidents per {exposure} would be "
        "compatible with it (exact 95% limit), which at {size} deaths an accident are {upper} {unit}.",
        period=row["value_period"], accidents=number(upper / size), size=number(size),
        upper=number(upper), unit=law.unit, exposure=word("unit", law.denominator.unit),
    )  # fmt: skip


def split(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say what moved a rate: deaths or exposure."""
    rows = evaluation.changes[evaluation.changes["indicator"] == indicator]
    if rows.empty or rows[["count_log_change", "exposure_log_change"]].isna().any(axis=None):
        return None
    row = rows.iloc[0]
    rate, count = math.expm1(row["rate_log_change"]), math.expm1(row["count_log_change"])
    exposure = math.expm1(-row["exposure_log_change"])
    return Message(
        "{name}, {since} to {until}: {rate}. Deaths alone would have given {count}, the exposure alone {exposure}.",
        name=evaluation.indicator(indicator).name, since=row["since"], until=row["until"],
        rate=percent(rate, signed=True), count=percent(count, signed=True), exposure=percent(exposure, signed=True),
    )  # fmt: skip


def against(evaluation: Evaluation, indicator: str) -> Message | None:
    """Say what moved a rate when deaths went the other way than the rate, which the rate alone would hide."""
    rows = evaluation.changes[evaluation.changes["indicator"] == indicator]
    if rows.empty or not rows["rate_log_change"].iloc[0] * rows["count_log_change"].iloc[0] < 0:
        return None
    return split(evaluation, indicator)


def sums(evaluation: Evaluation) -> list[Message]:
    """Say how the sums over several years compare, as the plan itself states them."""
    return [
        Message(
            "{measure}: {first} in {first_period}, {last} in {last_period}: {difference} {direction} ({relative}).",
            measure=word("measure", row["measure"]),
            first=number(row["first"]),
            first_period=years(row["first_period"]),
            last=number(row["last"]),
            last_period=years(row["last_period"]),
            difference=number(abs(row["difference"])),
            direction=Message("fewer") if row["difference"] < 0 else Message("more"),
            relative=f"{row['relative']:+.2%}".replace("-", "−"),
        )
        for _, row in evaluation.sums.iterrows()
    ]


def coverage(evaluation: Evaluation) -> Message:
    """Say how many of the figures that the evaluation needs are there, and which are missing."""
    needed = evaluation.quality[evaluation.quality["needed"]]
    missing = needed[needed["status"] == "missing"]
    if missing.empty:
        return Message("All {needed} yearly figures that the evaluation needs are there.", needed=len(needed))
    named = [
        Message("{measure} {years}", measure=word("measure", measure), years=[*rows["period"]])
        for measure, rows in missing.groupby("measure", sort=True)
    ]
    return Message(
        "Of {needed} yearly figures that the evaluation needs {missing} are missing: {named}.",
        needed=len(needed), missing=len(missing), named=named,
    )  # fmt: skip


def late(evaluation: Evaluation) -> list[Message]:
    """Say which targets have no figure of the last whole year that is asked for; nothing where all have."""
    found = lateness.figures(evaluation.assessments, evaluation.indicators, evaluation.through)
    return lateness.sentences(found, lambda code: evaluation.indicator(code).name)


def warnings(evaluation: Evaluation, *, leaving_out: tuple[str, ...] = ()) -> list[Message]:
    """Return each kind of warning once, with the targets that it concerns and what it says of each.

    `leaving_out` are beginnings of warnings that the page says elsewhere.
    """
    kinds: dict[str, list[tuple[Name, Message]]] = {}
    for _, row in evaluation.assessments.iterrows():
        for text in row["warnings"]:
            if not text.startswith(leaving_out):
                kinds.setdefault(text.template, []).append((_name(evaluation, row), text))
    everything = len(evaluation.assessments)
    return [
        Message(
            "{names}: {warning}",
            names=[Message("all targets")] if len(said) == everything > 1 else [name for name, _ in said],
            warning=_joined([text for _, text in said]),
        )
        for said in kinds.values()
    ]


def _joined(texts: list[Message]) -> Message:
    """Return messages of one pattern as one: what differs is listed in the order of the texts."""
    values = {name: [text.values[name] for text in texts] for name in texts[0].values}
    alike = {name: given[0] if len({str(v) for v in given}) == 1 else given for name, given in values.items()}
    return Message(texts[0].template, context=texts[0].context, **alike)


def _name(evaluation: Evaluation, row: pd.Series) -> Name:
    return evaluation.indicator(str(row["indicator"])).name


def years(period: str) -> str:
    """Return a period as read: 2011–2015."""
    return period.replace("/", "–")
