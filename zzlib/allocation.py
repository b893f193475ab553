"""Control targets (控制指标): a city's ceiling of each year shared by its areas.

How claims arise is a method, one plain function each in `METHODS`; how they become whole numbers that add up is
`apportionment`; what they rest on is checked once, in `ceilings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from zzlib.apportionment import ROUNDINGS, room, shares
from zzlib.ceilings import Asked, Floats, Whole, asked
from zzlib.control_chances import Chances, chances
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.forecast import Prior
from zzlib.language import Message, percent
from zzlib.schema import ALLOCATION


@dataclass(frozen=True)
class Rules:
    """What a method may ask. `last_years`: counted by the historical one.

    Of the converging one, `converged` is the share of the gap between an area's rate and the city's that is closed by
    the last ceiling; `least_cut` and `most_cut` bound an area's reduction from its base, to the nearest whole number.
    """

    last_years: int = 3
    converged: float = 0.5
    least_cut: float = 0.0
    most_cut: float = 0.3


class Claims(NamedTuple):
    """Weights by which a year's ceiling is shared, and the floors and caps, each of shape (areas, years)."""

    weights: Floats
    floors: Whole
    caps: Whole


def proportional(question: Asked, rules: Rules) -> Claims:
    """Return claims in proportion to the counts of the base period, alike in every year."""
    return _steady(question, question.base_counts)


def exposure(question: Asked, rules: Rules) -> Claims:
    """Return claims in proportion to the exposure in the base period, alike in every year.

    Raises DataError where an exposure is not known.
    """
    return _steady(question, _base_exposures(question))


def historical(question: Asked, rules: Rules) -> Claims:
    """Return claims in proportion to the counts of the last n years before the first ceiling.

    Raises DataError when there are fewer.
    """
    before = [year for year in question.known if year < question.years[0]][-rules.last_years :]
    if len(before) < rules.last_years:
        what = Message("only {known} years are known before the first ceiling, not {wanted}",
                       known=len(before), wanted=rules.last_years)  # fmt: skip
        raise DataError(Fault(what, remedy=Message("Count fewer years, or give earlier ones.")))
    return _steady(question, question.counts[:, question.places(before)].sum(axis=1))


def converging(question: Asked, rules: Rules) -> Claims:
    """Return claims under which rates move to the city's: areas above it reduce more.

    w = (1 - λ) n / Σn + λ e / Σe, n and e count and exposure of the base period; λ rises evenly from 0 in the base
    period to `converged` in the year of the last ceiling. So an area's rate over the city's, r, becomes (1 - λ) r + λ.
    Reductions stay between `least_cut` and `most_cut`, rounded to whole numbers; floors and caps given go first. Raises
    DataError where an exposure is not known.
    """
    base, amounts = question.base_counts, _base_exposures(question)
    since = np.array(question.years, dtype=float) - question.base[-1]
    moved = rules.converged * since / since[-1]
    weights = np.outer(base / max(base.sum(), 1e-300), 1 - moved) + np.outer(amounts / amounts.sum(), moved)
    least, most = (
        np.floor(base * (1 - cut) + 0.5 + 1e-9).astype(np.int64)[:, None] for cut in (rules.most_cut, rules.least_cut)
    )
    floors = np.minimum(np.maximum(question.floors, least), question.caps)
    return Claims(weights, floors, np.maximum(np.minimum(question.caps, most), floors))


METHODS: dict[str, Callable[[Asked, Rules], Claims]] = {
    method.__name__: method for method in (proportional, exposure, converging, historical)
}


def allocate(
    observations: pd.DataFrame, ceilings: Mapping[int, int], *, base: str, method: str = "proportional",
    rounding: str = "sainte_lague", bounds: pd.DataFrame | None = None, rules: Rules | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the city's ceilings shared by its areas, shape of `schema.ALLOCATION`, areas in the order of their codes.

    `observations` (area, year, count, optionally exposure and status), `base` and `bounds` as in `ceilings.asked`;
    `ceilings` by year. `exact` is the share before rounding, `cut` 1 - ceiling / base (NaN for a base of zero). Parts
    add up exactly in every year; equal claims go to the lower code. While the city's ceiling falls no area's rises, and
    while it rises none falls, unless a floor, or a cap that changes from year to year, asks for it. With Sainte-Laguë
    one more in a year's ceiling lowers no area's of that year. Raises DataError with every row that cannot stand, or
    with the gap when floors and caps do not admit a ceiling; ParameterError for an unknown method, rounding or rule.
    Source: docs/methods.md.

    >>> deaths = pd.DataFrame({"area": ["A", "B", "C"], "year": 2015, "count": [40, 25, 16]})
    >>> found = allocate(deaths, {2018: 77, 2020: 73}, base="2015")
    >>> found.pivot(index="area", columns="period", values="ceiling").astype(int).to_numpy().tolist()
    [[38, 36], [24, 23], [15, 14]]
    """
    rules = rules or Rules()
    _refuse_choices(method, rounding, rules)
    question = asked(observations, ceilings, base=base, bounds=bounds)
    claims = METHODS[method](question, rules)
    _refuse_gaps(question, claims, method)
    parts, exact = _year_by_year(question, claims, rounding)
    areas, years = len(question.areas), len(question.years)
    typical = question.base_counts
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = np.where(typical[:, None] > 0, 1 - parts / typical[:, None], np.nan)
    rows = pd.DataFrame({
        "area": np.tile(np.array(question.areas, dtype=object), years), "sector": "",
        "period": np.repeat([str(year) for year in question.years], areas), "method": method, "rounding": rounding,
        "base": np.tile(typical, years), "exact": exact.T.ravel(), "floor": claims.floors.T.ravel(),
        "cap": claims.caps.T.ravel(), "ceiling": parts.T.ravel(), "cut": cut.T.ravel(), "probability": np.nan,
        "status": question.status,
    })  # fmt: skip
    return ALLOCATION.validate(rows)


def compare(
    observations: pd.DataFrame, ceilings: Mapping[int, int], *, base: str, bounds: pd.DataFrame | None = None,
    rounding: str = "sainte_lague", rules: Rules | None = None, methods: Sequence[str] = tuple(METHODS),
    prior: Prior | None = None,
) -> Chances:  # fmt: skip
    """Return all methods side by side in the year of the last ceiling: one row an area and method, one a method.

    Arguments as in `allocate`; chances as in `control_chances.chances`. Raises what `allocate` raises, of all methods.

    >>> deaths = pd.DataFrame({"area": ["A", "B"] * 3, "year": [2013, 2013, 2014, 2014, 2015, 2015],
    ...                        "count": [50, 31, 48, 30, 49, 32]})
    >>> found = compare(deaths, {2018: 77}, base="2015", methods=["proportional", "historical"])
    >>> found.areas["ceiling"].astype(int).to_list()
    [47, 47, 30, 30]
    """
    choices: dict[str, Any] = {"base": base, "bounds": bounds, "rounding": rounding, "rules": rules}
    found, faults = [], []
    for method in methods:
        try:
            found.append(allocate(observations, ceilings, method=method, **choices))
        except DataError as refused:
            faults += [fault for fault in refused.faults if fault not in faults]
    if faults:
        raise DataError(faults)
    last = pd.concat(found, ignore_index=True)
    last = last[last["period"] == str(max(ceilings))].sort_values("area", kind="stable", ignore_index=True)
    return chances(last, observations, prior=prior)


def rule(method: str, rounding: str, rules: Rules | None = None) -> list[Message]:
    """Return how ceilings came about, in sentences.

    >>> rule("historical", "sainte_lague")[0]
    "Each district's share of the city's ceiling is its share of the count in the last 3 years."
    """
    given = rules or Rules()
    claims = {
        "proportional": Message("Each district's share of the city's ceiling is its share of the base period's count."),
        "exposure": Message("Each district's share of the city's ceiling is its share of the base period's exposure."),
        "historical": Message(
            "Each district's share of the city's ceiling is its share of the count in the last {n} years.",
            n=given.last_years,
        ),
        "converging": Message(
            "District rates move towards the city's year by year: those above it reduce more. By the last year {share} "
            "of the gap is closed; each reduction lies between {least} and {most}, to the nearest whole number.",
            share=percent(given.converged), least=percent(given.least_cut), most=percent(given.most_cut),
        ),
    }  # fmt: skip
    whole = {
        "sainte_lague": Message(
            "Whole numbers by Sainte-Laguë divisors: they add up exactly, and a larger total lowers no district."
        ),
        "largest_remainder": Message(
            "Whole numbers by largest remainder: they add up exactly, but a larger total can lower a district."
        ),
    }
    return [claims[method], whole[rounding]]


def _steady(question: Asked, weights: Floats) -> Claims:
    return Claims(np.tile(weights[:, None], len(question.years)), question.floors, question.caps)


def _base_exposures(question: Asked) -> Floats:
    """Return the mean exposure of each area in the base period, or refuse the areas where it is not known."""
    if not question.exposures.size:
        what = Message("the observations lack the columns {columns}", columns=["exposure"])
        raise DataError(Fault(what, remedy=Message("Give exposures, or take a method that needs none.")))
    found = question.exposures[:, question.places(question.base)]
    unknown = [
        Fault(Message("the exposure of {area} in {year} is not known", area=area, year=str(year)),
              remedy=Message("Give exposures, or take a method that needs none."))
        for i, area in enumerate(question.areas) for j, year in enumerate(question.base) if np.isnan(found[i, j])
    ]  # fmt: skip
    if unknown:
        raise DataError(unknown)
    return np.asarray(found.mean(axis=1), dtype=float)


def _year_by_year(question: Asked, claims: Claims, rounding: str) -> tuple[Whole, Floats]:
    """Return the whole parts and the exact shares, shape (areas, years), each year held to the one before."""
    parts = np.zeros(claims.floors.shape, dtype=np.int64)
    exact = np.zeros(parts.shape)
    for j, total in enumerate(question.totals):
        weights, floors, caps = claims.weights[:, j], claims.floors[:, j], claims.caps[:, j]
        if j:
            before = np.clip(parts[:, j - 1], floors, caps)
            falls = total <= question.totals[j - 1]
            held = (floors, before) if falls else (before, caps)
            least, most = room(weights, *held)
            # Floors or caps that change from year to year may leave no room for it.
            floors, caps = held if least <= total <= most else (floors, caps)
        parts[:, j] = ROUNDINGS[rounding](weights, total, floors, caps)
        exact[:, j] = shares(weights, total, floors, caps)
    return parts, exact


def _refuse_choices(method: str, rounding: str, rules: Rules) -> None:
    faults = [
        Fault(Message("'{text}' is not known", text=name), remedy=Message("Write one of {codes}.", codes=list(known)))
        for name, known in ((method, METHODS), (rounding, ROUNDINGS)) if name not in known
    ]  # fmt: skip
    if not (0 <= rules.converged <= 1 and rules.least_cut <= rules.most_cut <= 1 and rules.last_years >= 1):
        what = Message("the rules of the allocation contradict themselves")
        remedy = Message("Close between 0 and 1 of the gap, cut least no more than most, count one year or more.")
        faults.append(Fault(what, remedy=remedy))
    if faults:
        raise ParameterError(faults)


def _refuse_gaps(question: Asked, claims: Claims, method: str) -> None:
    """Refuse ceilings that floors and caps do not admit, each with its gap."""
    faults = []
    why = Message("Floors and caps include the reductions that the method allows.") if method == "converging" else ""
    for j, (year, total) in enumerate(zip(question.years, question.totals, strict=True)):
        least, most = room(claims.weights[:, j], claims.floors[:, j], claims.caps[:, j])
        if total > most:
            what = Message(
                "caps add up to {most}, the city's ceiling for {year} is {total}: {gap} deaths have no district",
                most=most, year=str(year), total=total, gap=total - most,
            )  # fmt: skip
            faults.append(Fault(what, why=why, remedy=Message("Raise a cap, or lower the city's ceiling.")))
        if total < least:
            what = Message(
                "floors add up to {least}, the city's ceiling for {year} is {total}: {gap} deaths too many",
                least=least, year=str(year), total=total, gap=least - total,
            )  # fmt: skip
            faults.append(Fault(what, why=why, remedy=Message("Lower a floor, or raise the city's ceiling.")))
    if faults:
        raise DataError(faults)
