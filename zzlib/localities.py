"""Sentences on districts: who differs from the rest beyond chance, and what numbers as small as these cannot show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from zzlib import allocation, appraisal, breakdown
from zzlib.control_chances import Chances
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, number, percent, word
from zzlib.maps import city_rate
from zzlib.narrative import years
from zzlib.neighbours import Moran

NOBODY = Message("none")


def shown(evaluation: Evaluation) -> pd.DataFrame:
    """Return the districts' rows of the period that pages show."""
    rows = evaluation.districts
    return rows[rows["period"] == breakdown.shown_period(rows)]


def differing(evaluation: Evaluation) -> Message:
    """Say who lies outside what chance explains, and who can be named though many were looked at."""
    rows = shown(evaluation)
    law = evaluation.indicator(str(rows["indicator"].iloc[0]))
    outside = rows[rows["funnel"].str.startswith("outside")]
    return Message(
        "{indicator}, {period}: {value} {unit} for all together. Higher than chance explains (95% limits): {higher}; "
        "lower: {lower}. Certain enough even with {total} compared at once: {named}. The other {rest} may differ by "
        "chance alone.",
        indicator=law.name, period=years(str(rows["period"].iloc[0])), value=number(city_rate(rows.itertuples())),
        unit=law.unit, higher=_names(evaluation, outside[outside["side"] == "above"]),
        lower=_names(evaluation, outside[outside["side"] == "below"]), named=_names(evaluation, rows[rows["named"]]),
        total=len(rows), rest=len(rows) - len(outside),
    )  # fmt: skip


def in_the_funnel(evaluation: Evaluation) -> Message:
    """Say how many lie between the curves, and how many chance alone would put outside."""
    rows = shown(evaluation)
    outside = rows[rows["funnel"].str.startswith("outside")]
    return Message(
        "Between the 95% curves lie {inside} of {total} districts and zones; chance alone would put about {chance} "
        "outside. Outside are: {names}.",
        inside=len(rows) - len(outside), total=len(rows), chance=f"{0.05 * len(rows):.1f}",
        names=_names(evaluation, outside),
    )  # fmt: skip


def ranked(evaluation: Evaluation) -> Message:
    """Say who is first and last, and how little that rank means."""
    rows = shown(evaluation).dropna(subset="rank").sort_values(["rank", "area"])
    if rows.empty:
        return Message("{reason}", reason=shown(evaluation)["reason"].iloc[0])
    first, last = rows.iloc[0], rows.iloc[-1]
    return Message(
        "Highest when smoothed is {first}, whose rank could be anything from {first_from} to {first_to}; lowest is "
        "{last}, from {last_from} to {last_to} of {total}.",
        first=evaluation.area_name(first["area"]), last=evaluation.area_name(last["area"]), total=len(rows),
        first_from=number(first["rank_lower"]), first_to=number(first["rank_upper"]),
        last_from=number(last["rank_lower"]), last_to=number(last["rank_upper"]),
    )  # fmt: skip


def of_accidents(unit: Name) -> Name:
    """Return the unit of a rate of deaths as that of fatal accidents.

    >>> of_accidents(Name(zh="人/十万人", en="deaths per 100,000 residents")).zh
    '死亡事故起数/十万人'
    """
    return Name(
        zh=unit.zh.replace("人/", "死亡事故起数/", 1), en=unit.en.replace("deaths per", "fatal accidents per", 1)
    )


def what_is_tested(evaluation: Evaluation) -> Message:
    """Say what the test is made on, and why."""
    if shown(evaluation)["tested"].iloc[0] == "fatal_accidents":
        return Message(
            "Compared are fatal accidents and not deaths, which come in accidents: one accident with many deaths is "
            "one event."
        )
    return Message(
        "Tested and ranked are deaths, their variance widened because deaths come in accidents: fatal accidents are "
        "not known by district."
    )


def unseen(evaluation: Evaluation) -> Message:
    """Say in words how likely a doubled risk would be noticed, where least and where most is expected."""
    rows = shown(evaluation)
    total = float(rows["expected"].sum())
    if not total:
        return Message("{reason}", reason=rows["reason"].iloc[0])
    least, most = float(rows["expected"].min()), float(rows["expected"].max())
    return Message(
        "Not seen is not absent: were the risk of a district twice that of the rest, the limits would notice it with "
        "probability {low} where {least} are expected and {high} where {most} are.",
        low=percent(breakdown.power(least, total)), high=percent(breakdown.power(most, total)),
        least=number(round(least)), most=number(round(most)),
    )  # fmt: skip


def pooled(evaluation: Evaluation) -> Message | None:
    """Say that years are taken together, and why; nothing where a year alone is enough."""
    period = breakdown.shown_period(evaluation.districts)
    if "/" not in period:
        return None
    return Message(
        "{period} are taken together: in one year some district can expect fewer than {enough}, and a year alone would "
        "show next to nothing.", period=years(period), enough=breakdown.ENOUGH,
    )  # fmt: skip


def by_year(evaluation: Evaluation) -> Message:
    """Say who was outside the limits in which single year, and that this is to be expected now and then."""
    rows = evaluation.districts
    rows = rows[~rows["period"].str.contains("/")]
    outside = rows[rows["funnel"].str.startswith("outside")]
    looks, by_chance = len(rows), 0.05 * len(rows)
    if outside.empty:
        return Message("In no single year is any district outside the limits of chance.")
    told = [
        Message("{period} {names}", period=period, names=_names(evaluation, of))
        for period, of in outside.groupby("period")
    ]
    return Message(
        "Outside the 95% limits in a single year: {told}. Of {looks} looks chance alone would give about {chance}.",
        told=told, looks=looks, chance=number(round(by_chance)),
    )  # fmt: skip


def allocated(evaluation: Evaluation) -> Message:
    """Say what is broken down, by which rule, and what chance alone does to parts that add up."""
    rows = chosen(evaluation.allocation_chances, evaluation)
    last = rows.sort_values("period").iloc[-1]
    return Message(
        "The city's ceiling of {year}, {ceiling} deaths, broken down to {areas} districts and zones. As figures stand "
        "the city keeps it with probability {city}, all at once with {together}; about {missed} are expected to miss "
        "theirs. Had every risk come down to exactly its share, about {chance} would still miss by chance.",
        year=str(last["period"]), ceiling=number(last["ceiling"]), areas=int(last["areas"]),
        city=percent(last["probability"]), together=percent(last["all_probability"]),
        missed=number(round(last["expected_missed"])), chance=number(round(last["chance_missed"])),
    )  # fmt: skip


def rules(evaluation: Evaluation) -> list[Message]:
    """Say how the chosen ceilings came about."""
    rows = chosen(evaluation.allocation, evaluation)
    return allocation.rule(str(rows["method"].iloc[0]), str(rows["rounding"].iloc[0]), appraisal.RULES)


def lacking_methods(evaluation: Evaluation) -> list[Message]:
    """Say which ways of breaking down these counts do not allow, and what each would need."""
    there = set(evaluation.allocation["method"])
    return [
        Message("{method} is not given: {need}.", method=word("allocation", method), need=need)
        for method, need in appraisal.NEEDS.items() if method not in there
    ]  # fmt: skip


def chosen_chances(evaluation: Evaluation) -> Chances:
    """Return the chosen ceilings with their chances, as the notice takes them."""
    return Chances(chosen(evaluation.allocation, evaluation), chosen(evaluation.allocation_chances, evaluation))


def base(evaluation: Evaluation) -> str:
    """Return the period on whose counts the ceilings rest."""
    return appraisal.base_period(evaluation.plan, evaluation.observations, evaluation.areas)


def chosen(rows: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    """Return the rows of the method that the plan's choices name."""
    return rows[rows["method"] == evaluation.plan.choices.allocation]


def appraised(evaluation: Evaluation) -> Message:
    """Say who exceeded the ceiling beyond chance, who within it, and what that allows to be said."""
    rows = evaluation.appraisal
    over = rows[rows["standing"] == "within_chance"]
    behind = rows[rows["standing"] == "behind"]
    return Message(
        "{year}: {kept} of {total} kept their ceiling. Behind beyond what chance explains: {behind}. Above the "
        "ceiling, but no further than chance alone goes: {over}.",
        year=str(rows["period"].iloc[0]), kept=int((rows["standing"] == "kept").sum()), total=len(rows),
        behind=_listed(evaluation, behind), over=_listed(evaluation, over),
    )  # fmt: skip


def moved(evaluation: Evaluation) -> Message:
    """Say who moved since the baseline beyond noise, and whose share most of the city's change is."""
    rows, parts = evaluation.movements, evaluation.contributions
    by_area = parts.groupby("area")["contribution"].sum()
    total = float(by_area.sum())
    same_way = by_area[by_area * total > 0].abs().sort_values(ascending=False)
    return Message(
        "Since the baseline fallen beyond noise: {falling}; risen: {rising}; of the other {rest} nothing can be said. "
        "The rate of all together changed by {change}; most of it is owed to {most}.",
        falling=_listed(evaluation, rows[rows["trend"] == "falling"]), rest=int((rows["trend"] == "").sum()),
        rising=_listed(evaluation, rows[rows["trend"] == "rising"]),
        change=number(total) if total < 0 else f"+{number(total)}",
        most=[evaluation.area_name(area) for area in same_way.index[:2]] or [NOBODY],
    )  # fmt: skip


def cannot_say(row: Mapping[str, Any]) -> Message:
    """Return the plain sentence on what a district's numbers cannot support."""
    if row["standing"] == "behind":
        return Message("Beyond what chance explains; what caused it these numbers do not tell.")
    if row["standing"] == "within_chance":
        return Message("Too little above its ceiling to speak of: chance alone gives as much in {chance} of years.",
                       chance=percent(row["by_chance"]))  # fmt: skip
    return Message("A ceiling kept is no proof of a safer district.")


def pattern(evaluation: Evaluation, moran: Moran, permutations: int) -> Message:
    """Say whether districts with like rates lie side by side; zones without a polygon have no neighbours."""
    if moran.reason:
        return Message("{reason}", reason=moran.reason)
    common: dict[str, Any] = {
        "value": f"{moran.value:.2f}".replace("-", "−"), "expected": f"{moran.expected:.2f}".replace("-", "−"),
        "p": f"{moran.p:.3f}", "permutations": permutations, "areas": len(moran.areas),
    }  # fmt: skip
    if moran.p <= 0.05:
        return Message(
            "Like rates lie side by side more than chance gives: Moran's I {value} over {areas} districts ({expected} "
            "without pattern), p {p} by {permutations} permutations.", **common,
        )  # fmt: skip
    return Message(
        "No pattern beyond chance: Moran's I {value} over {areas} districts ({expected} without pattern), p {p} by "
        "{permutations} permutations.", **common,
    )  # fmt: skip


def clusters(evaluation: Evaluation, local: pd.DataFrame) -> Message:
    """Say whose surroundings stand out, though many were looked at."""
    named = local[local["pattern"] != ""]
    looked = int((local["neighbours"] > 0).sum())
    if named.empty:
        return Message("Of {looked} districts with neighbours none stands out with its surroundings.", looked=looked)
    told = [
        Message("{area} ({pattern})", area=evaluation.area_name(row.area), pattern=word("pattern", row.pattern))
        for row in named.itertuples()
    ]
    return Message("Of {looked} districts with neighbours stand out: {told}.", looked=looked, told=told)


def late(evaluation: Evaluation) -> Message:
    """Say which districts registered records late or withdrew some, where two deliveries tell it."""
    rows = evaluation.appraisal.dropna(subset=["late", "withdrawn"])
    if rows.empty:
        return Message(
            "Late registration and cancelled records show only between two deliveries of a ledger: zzlib run districts "
            "--before OLD."
        )
    told = [
        Message("{area} {late} late, {withdrawn} withdrawn", area=evaluation.area_name(row.area),
                late=number(row.late), withdrawn=number(row.withdrawn))
        for row in rows[rows["late"] + rows["withdrawn"] > 0].itertuples()
    ]  # fmt: skip
    if not told:
        return Message("Since the earlier delivery no record came late and none was withdrawn.")
    return Message("Since the earlier delivery: {told}.", told=told)


def injuries(evaluation: Evaluation) -> Message:
    """Say how many serious injuries stand beside each death, lowest and highest: too few hint at unreported ones."""
    rows = evaluation.appraisal.dropna(subset="injuries_per_death").sort_values("injuries_per_death")
    if rows.empty:
        return Message("Serious injuries are not known by district.")
    first, last = rows.iloc[0], rows.iloc[-1]
    return Message(
        "Serious injuries per death run from {least} ({lowest}) to {most} ({highest}); where they are far fewer than "
        "elsewhere, ask whether injuries are reported at all.",
        least=f"{first['injuries_per_death']:.1f}", lowest=evaluation.area_name(first["area"]),
        most=f"{last['injuries_per_death']:.1f}", highest=evaluation.area_name(last["area"]),
    )  # fmt: skip


def _listed(evaluation: Evaluation, rows: pd.DataFrame) -> list[Message | Name]:
    return [evaluation.area_name(area) for area in rows["area"]] or [NOBODY]


def verdict(row: Mapping[str, Any]) -> Message:
    """Return what the test says of one district in a few words."""
    if not str(row["funnel"]).startswith("outside"):
        return word("funnel", "within")
    return word("funnel", f"{row['side']}_{row['funnel']}")


def _names(evaluation: Evaluation, rows: pd.DataFrame) -> list[Message | Name]:
    return [evaluation.area_name(area) for area in rows.sort_values("p")["area"]] or [NOBODY]
