"""The probability that areas attain their targets: the model's public entry, for one area or for many thousands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzlib.assumptions import held
from zzlib.chances import meeting
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.forecast import PLAUSIBLE_COUNTS, UNKNOWN_COUNT, Outlook, Prior, Seen, outlook, prior_of, seen_in
from zzlib.language import Message, percent
from zzlib.levels import Constants
from zzlib.schema import VARIANCE_RATIO

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Scenario: TypeAlias = float | Mapping[int, float] | pd.DataFrame
DRIFT = 0.01  # the range of probability is that of a long-run drift so much lower or higher a year,
NINETY_FIVE = 1.9600  # half-width of a normal interval
WIDER = 1.7  # and of a level that varies so many times less or more (1.3 in standard deviations)
_NUMBERS = ("count", "exposure", "value", "half_unit", "link", "link_sd")


def attainment(
    observations: pd.DataFrame,
    *,
    baseline_year: int,
    target_year: int,
    changes: Sequence[float | Decimal] | None = None,
    levels: Sequence[float] | None = None,
    exposure_path: Scenario | None = None,
    prior: Prior | None = None,
    sizes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the probability that each area's figure of the target year is at or below each target.

    `observations`: one row an area and year with `area`, `year` and `count`; with `exposure` the target is on count /
    exposure; with `value` (and `half_unit`, half its last printed digit) on that printed rate, the counts behind it
    known or not. `link` multiplies figures of an older definition, `link_sd` is that factor's standard error. Only what
    was known; the last year is the origin and the same for all.
    `changes` are relative to the observed baseline (-0.3), `levels` are ceilings in the figure's unit: one of the two.
    `exposure_path` is a scenario: a yearly growth (0.06), a mapping of years to exposures, or a table area, year,
    exposure. `prior` comes from `fit_prior`; without one it is fitted on these observations. `sizes` (deaths,
    accidents) counts accidents by their deaths: the count is then a compound of accidents.

    One row an area and target: `area`, `change` or `level`, `probability`, its range `low` to `high` under other
    plausible constants (or, for a rate, numbers of deaths behind it), and `reason`. Exactly 0 or 1 once the target year
    is known, strictly between before; NaN, with the reason, where nothing can be said. `attrs["prior"]` records the
    prior. Raises DataError for rows that cannot stand, ParameterError for a wrong question. Source: docs/methods.md.

    >>> deaths = pd.DataFrame({"area": "A", "year": range(2011, 2019), "count": [120, 110, 115, 100, 105, 98, 96, 90]})
    >>> attainment(deaths, baseline_year=2015, target_year=2020, changes=[-0.1])["probability"].round(2).to_list()
    [0.65]
    """
    relative = changes is not None
    goals = _listed(changes if changes is not None else levels)
    _refuse_question(goals, changes, levels, baseline_year, target_year)
    table = _checked(observations, target_year)
    rated = _is_rate(table)
    seen = _seen(table, sizes)
    per_area = _figures(table, rated=rated)
    baseline = per_area.get(baseline_year, pd.Series(math.nan, per_area.index)).to_numpy(float)
    linked = _linked_in(table, baseline_year, per_area.index) & relative
    limits = _limits(goals, baseline, linked, relative=relative, counted=not rated and "exposure" not in table)
    used = prior or prior_of(seen)
    if used.kind != seen.kind or (used.exposure is None) != (seen.exposure is None):
        what = Message("the prior was fitted on another kind of observations")
        raise ParameterError(Fault(what, remedy=Message("Fit it on observations with the same columns.")))
    if used.origin > seen.origin:
        what = Message(
            "the prior knows {last}, the observations end with {origin}", last=used.origin, origin=seen.origin
        )
        raise ParameterError(Fault(what, remedy=Message("Fit it on what was known by then.")))
    known = target_year in per_area
    if known:
        half = _half(table, target_year, per_area.index)
        link_error = seen.risk.link_sd * linked
        answers = _known(per_area[target_year].to_numpy(float), limits, half, link_error)
    else:
        ahead = outlook(seen, [seen.origin, target_year], prior=used, sizes=_frequencies(sizes))
        ahead = _with_path(ahead, exposure_path, target_year)
        answers = _ahead(ahead, limits, target_year, linked)
        if rated and not _counts_known(table):
            counts = [_seen(table, sizes, count) for count in PLAUSIBLE_COUNTS]
            answers = _over_counts(counts, answers, limits, target_year, used, linked)
    return _answered(list(per_area.index), goals, answers, baseline, relative=relative, known=known, prior=used)


def fit_prior(observations: pd.DataFrame, *, constants: Constants | None = None) -> Prior:
    """Return what the areas of some observations share, to be used for each of them in `attainment`.

    Pools the common path of risk and exposure over all areas and, from ten areas on, their volatility; a single series
    gives the documented constants and its own years. Only what was known; columns and errors as in `attainment`.
    `constants` replaces the documented ones, as the cross-fit of `accuracy` does.

    >>> panel = pd.DataFrame({"area": ["A"] * 3 + ["B"] * 3, "year": [2016, 2017, 2018] * 2,
    ...                       "count": [100, 90, 81, 200, 180, 162]})
    >>> fit_prior(panel).risk.mean.round(3)
    array([ 0.   , -0.026, -0.052])
    """
    return prior_of(_seen(_checked(observations), None), constants=constants)


def _seen(table: pd.DataFrame, sizes: pd.DataFrame | None, behind: float = UNKNOWN_COUNT) -> Seen:
    return seen_in(table, ratio=_ratio(sizes), behind=behind)


def _is_rate(table: pd.DataFrame) -> bool:
    """Say whether the target is on a printed rate."""
    return "value" in table and bool(table["value"].notna().any())


def _listed(goals: Sequence[float | Decimal] | float | Decimal | None) -> list[float | Decimal]:
    if goals is None:
        return []
    return [goals] if isinstance(goals, float | int | Decimal) else list(goals)


def _refuse_question(
    goals: Sequence[float | Decimal], changes: object, levels: object, baseline_year: int, target_year: int
) -> None:
    faults = []
    if (changes is None) == (levels is None) or not goals:
        what = Message("a target is missing, or of both kinds")
        faults.append(Fault(what, remedy=Message("Give changes or levels.")))
    wrong = [float(goal) for goal in goals if not float(goal) >= (-1 if levels is None else 0)]
    if wrong:
        what = Message("{values} cannot be a target", values=[f"{goal:g}" for goal in wrong])
        remedy = Message("A change is -1 or more (-0.3: thirty per cent less), a level 0 or more.")
        faults.append(Fault(what, remedy=remedy))
    if target_year <= baseline_year:
        what = Message(
            "the target year {target} is not after the baseline {base}", target=target_year, base=baseline_year
        )
        faults.append(Fault(what, remedy=Message("Name a later target year.")))
    if faults:
        raise ParameterError(faults)


def _checked(observations: pd.DataFrame, target_year: float = math.inf) -> pd.DataFrame:
    """Return the observations with numbers as numbers, or refuse them with every fault."""
    missing = [name for name in ("area", "year") if name not in observations]
    if not {"count", "value"} & set(observations):
        missing.append("count")
    if missing:
        raise DataError(Fault(Message("the observations lack the columns {columns}", columns=missing)))
    if observations.empty:
        raise DataError(Fault(Message("there are no observations"), remedy=Message("Give one row an area and year.")))
    table = observations.reset_index(drop=True)
    given = [name for name in ("year", *_NUMBERS) if name in table]
    numbers = {name: pd.to_numeric(table[name], errors="coerce").astype(float) for name in given}
    faults = []
    for name, found in numbers.items():
        odd = found.isna() & table[name].notna() | (found < 0) | np.isinf(found)
        if name in ("year", "count"):
            odd |= found.notna() & (found % 1 != 0)
        if name == "year":
            odd |= found.isna()
        if name in ("exposure", "link"):
            odd |= found == 0
        faults += [_fault(table, int(i), name) for i in np.flatnonzero(odd)]
    faults += [_fault(table, int(i), "area") for i in np.flatnonzero(table["area"].isna())]
    table = table.assign(**numbers, area=table["area"].astype(str))
    twice = np.flatnonzero(table.duplicated(["area", "year"]))
    faults += [
        Fault(Message("{area} has {year} twice", area=table.at[i, "area"], year=f"{table.at[i, 'year']:g}"),
              where=Message("row {row}", row=int(i)), remedy=Message("Keep one row an area and year."))
        for i in twice
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    figure = _figure(table)
    table = table.assign(year=table["year"].astype(int))
    told = table[[name for name in _NUMBERS[:3] if name in table]].notna().any(axis=1)
    _refuse_later(table.loc[told, "year"], target_year)
    _refuse_origins(table[figure.notna()], table["area"].unique())
    return _without_loose_ends(table[told].reset_index(drop=True), figure[told].reset_index(drop=True))


def _without_loose_ends(table: pd.DataFrame, figure: pd.Series) -> pd.DataFrame:
    """Return the table without counts after the last figure, whose exposure is not known yet: no rate, no origin."""
    if "exposure" not in table or "count" not in table or _is_rate(table):
        return table
    loose = table["exposure"].isna() & (table["year"] > table.loc[figure.notna(), "year"].max())
    return table.assign(count=table["count"].mask(loose))


def _fault(table: pd.DataFrame, row: int, column: str) -> Fault:
    return Fault(
        Message("'{text}' cannot stand here", text=str(table.at[row, column])),
        where=Message("row {row}, column '{column}'", row=row, column=column),
        remedy=Message("Counts and years are whole numbers, exposures are above zero; leave unknown cells empty."),
    )


def _figure(table: pd.DataFrame) -> pd.Series:
    """Return the figure of each row that the target is on."""
    none = pd.Series(math.nan, table.index)
    if _is_rate(table):
        return table["value"]
    counts = table.get("count", none)
    return counts / table["exposure"] if "exposure" in table else counts


def _refuse_origins(known: pd.DataFrame, areas: Sequence[str]) -> None:
    """Refuse areas whose last year differs: together they would be judged on different knowledge."""
    last = known.groupby("area")["year"].max().reindex(areas)
    usual = last.mode()
    other = last[last.isna() | (last != (usual.iloc[0] if len(usual) else math.nan))]
    if len(other):
        shown = [f"{area} ({year:g})" for area, year in other.head(5).items()]
        what = Message("{n} areas do not end with the same year: {areas}", n=len(other), areas=shown)
        remedy = Message("Leave out the years that not all areas have, or ask for these areas by themselves.")
        raise DataError(Fault(what, remedy=remedy))


def _refuse_later(years: pd.Series, target_year: float) -> None:
    """Refuse any number of a year after the target year."""
    if years.max() > target_year:
        what = Message(
            "the observations go on to {last}, after the target year {year}",
            last=int(years.max()), year=int(target_year),
        )  # fmt: skip
        raise DataError(Fault(what, remedy=Message("Leave out what lies after the target year.")))


def _counts_known(table: pd.DataFrame) -> bool:
    """Say whether every area tells, for some year, how many deaths stand behind its rate."""
    none = pd.Series(math.nan, table.index)
    behind = (table.get("count", none) > 0) | (table.get("exposure", none) * table["value"] > 0)
    return bool(behind.groupby(table["area"]).any().all())


def _figures(table: pd.DataFrame, *, rated: bool) -> pd.DataFrame:
    """Return the figure by area and year, on the definition of the target year; only years that have one."""
    link = table["link"].fillna(1.0) if "link" in table else 1.0
    found = table.assign(_figure=_figure(table) * link).pivot(index="area", columns="year", values="_figure")
    by_area: pd.DataFrame = found.loc[table["area"].drop_duplicates()].dropna(axis=1, how="all")
    return by_area


def _half(table: pd.DataFrame, year: int, areas: pd.Index) -> Floats:
    if "half_unit" not in table:
        return np.zeros(len(areas))
    now = table[table["year"] == year].set_index("area")["half_unit"]
    return np.asarray(now.reindex(areas).fillna(0.0), dtype=float)


def _limits(
    goals: Sequence[float | Decimal], baseline: Floats, linked: Flags, *, relative: bool, counted: bool
) -> Floats:  # fmt: skip
    """Return what the figure must not exceed, shape (areas, targets); NaN where a baseline is missing or zero."""
    if not relative:
        return np.tile(np.array([float(goal) for goal in goals]), (len(baseline), 1))
    base = np.where(baseline > 0, baseline, math.nan)
    plain = np.column_stack([base * float(1 + Decimal(str(goal))) for goal in goals])
    if not counted:
        return plain
    # Whole numbers, but not before a link's error has moved the limit.
    return np.where(linked[:, None], plain, np.column_stack([meeting(goal, base) for goal in goals]))


def _linked_in(table: pd.DataFrame, year: int, areas: pd.Index) -> Flags:
    """Return which areas' figure of a year was put on the later definition by a factor with an error."""
    if "link_sd" not in table:
        return np.zeros(len(areas), dtype=bool)
    then = table[table["year"] == year].set_index("area")["link_sd"]
    return np.asarray(then.reindex(areas).fillna(0.0) > 0, dtype=bool)


def _ratio(sizes: pd.DataFrame | None) -> float:
    """Return the variance of deaths over their mean: as the sizes of accidents have it, else the usual one."""
    if sizes is None:
        return VARIANCE_RATIO
    missing = [name for name in ("deaths", "accidents") if name not in sizes]
    if missing:
        what = Message("the sizes lack the columns {columns}", columns=missing)
        raise DataError(Fault(what, remedy=Message("Give how many accidents took how many deaths.")))
    deaths = (sizes["accidents"] * sizes["deaths"]).sum()
    return float(max((sizes["accidents"] * sizes["deaths"] ** 2).sum() / deaths, 1.0)) if deaths else VARIANCE_RATIO


def _frequencies(sizes: pd.DataFrame | None) -> Floats | None:
    if sizes is None or not (sizes["accidents"] * sizes["deaths"]).sum():
        return None
    fatal = sizes[sizes["deaths"] > 0]
    weights = fatal["accidents"].to_numpy(float)
    return np.bincount(fatal["deaths"].astype(int), weights=weights).astype(float)


def _with_path(ahead: Outlook, path: Scenario | None, year: int) -> Outlook:
    """Return the outlook under a scenario for the exposure, which is then no longer uncertain."""
    if path is None:
        return ahead
    if ahead.exposure is None or not ahead.counted:
        what = Message("an exposure path needs observations with count and exposure")
        raise ParameterError(Fault(what, remedy=Message("Add the column exposure, or leave the path out.")))
    now = np.exp(ahead.exposure.at(ahead.origin)[0])
    areas = pd.Index(ahead.seen.areas)
    if isinstance(path, pd.DataFrame):
        wanted = path.reindex(columns=["area", "year", "exposure"])
        wanted = wanted[wanted["year"] == year].astype({"area": str}).set_index("area")["exposure"]
        twice = wanted.index[wanted.index.duplicated()].unique()
        if len(twice):
            remedy = Message("Keep one row an area and year.")
            raise ParameterError(
                Fault(Message("{area} has {year} twice", area=area, year=str(year)), remedy=remedy) for area in twice
            )
        amount = wanted.reindex(areas).to_numpy(float)
    elif isinstance(path, Mapping):
        amount = np.full(len(areas), float(path.get(year, math.nan)))
    elif isinstance(path, Real | Decimal):
        amount = now * (1 + float(path)) ** (year - ahead.origin) if float(path) > -1 else now * math.nan
    else:
        what = Message("'{text}' is no exposure path", text=str(path))
        remedy = Message("Give a yearly growth (0.06), exposures by year, or a table of areas, years and exposures.")
        raise ParameterError(Fault(what, remedy=remedy))
    if not (amount > 0).all():
        lacking = [str(area) for area in areas[~(amount > 0)][:5]]
        what = Message("the exposure path has no exposure in {year} for {areas}", year=year, areas=lacking)
        raise ParameterError(Fault(what, remedy=Message("Give every area an exposure above zero in the target year.")))
    return held(ahead, np.column_stack([now, amount]))


def _ahead(ahead: Outlook, limits: Floats, year: int, linked: Flags) -> tuple[Floats, Floats, Floats]:
    """Return the probability and its range over other constants, each of shape (areas, targets)."""
    chance = ahead.chance_at_most(limits, year, relative=linked)
    # A level that varies more draws every chance towards one half, one that varies less away from it.
    up, down = np.where(chance < 0.5, WIDER, 1 / WIDER), np.where(chance < 0.5, 1 / WIDER, WIDER)
    shift = DRIFT * ahead.risk.lean[:, ahead.risk.years.index(year)]
    high = ahead.chance_at_most(limits, year, relative=linked, shift=-shift, widen=up)
    low = ahead.chance_at_most(limits, year, relative=linked, shift=shift, widen=down)
    return chance, np.fmin(chance, low), np.fmax(chance, high)


def _over_counts(
    counts: Sequence[Seen], answers: tuple[Floats, Floats, Floats], limits: Floats, year: int, prior: Prior,
    linked: Flags,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Return the answers with their range over every plausible number of deaths behind the rates."""
    chance, low, high = answers
    for seen in counts:
        other = outlook(seen, [seen.origin, year], prior=prior).chance_at_most(limits, year, relative=linked)
        low, high = np.fmin(low, other), np.fmax(high, other)
    return chance, low, high


def _known(figure: Floats, limits: Floats, half_unit: Floats, link_error: Floats) -> tuple[Floats, Floats, Floats]:
    """Return 1 or 0 for each target of a year that is known, NaN where printed precision or a link cannot tell.

    `link_error` is the log error of the factor that put the baseline on the later definition.
    """
    miss = np.abs(figure[:, None] - limits)
    undecided = (miss > 0) & (half_unit[:, None] > 0) & (miss <= half_unit[:, None] * (1 + 1e-9))
    undecided |= (link_error[:, None] > 0) & (miss <= NINETY_FIVE * link_error[:, None] * limits)
    met = (figure[:, None] <= limits * (1 + 1e-9)).astype(float)
    met = np.where(undecided | np.isnan(limits) | np.isnan(figure)[:, None], math.nan, met)
    return met, met, met


def _answered(
    areas: list[str], goals: Sequence[float | Decimal], answers: tuple[Floats, Floats, Floats], baseline: Floats, *,
    relative: bool, known: bool, prior: Prior,
) -> pd.DataFrame:  # fmt: skip
    chance, low, high = (np.where(np.isnan(answers[0]), math.nan, answer).ravel() for answer in answers)
    name = "change" if relative else "level"
    found = pd.DataFrame({
        "area": np.repeat(np.array(areas, dtype=object), len(goals)),
        name: np.tile([float(goal) for goal in goals], len(areas)),
        "probability": chance, "low": low, "high": high,
    })  # fmt: skip
    found["reason"] = _reasons(found, np.repeat(baseline, len(goals)), relative=relative, known=known)
    found.attrs["prior"] = prior.text
    return found


def _reasons(found: pd.DataFrame, baseline: Floats, *, relative: bool, known: bool) -> list[str]:
    """Return why each answer is what it is: few sentences, each made once."""
    kinds: list[str] = [
        Message("not assessable: the baseline is zero, of which no percentage can be taken"),
        Message("not assessable: no figure of the baseline year"),
        Message(
            "not assessable: the figure cannot be told from the target at its printed precision or its link's error"
        ),
        Message("the target year is known: missed"),
        Message("the target year is known: met"),
        Message("not assessable: rates of zero without the counts behind them tell no level"),
    ]
    chance = found["probability"].to_numpy(float)
    bounds = np.nan_to_num(np.rint(100 * found[["low", "high"]].to_numpy(float)))
    pairs, which = np.unique(bounds @ [1_000, 1], return_inverse=True)
    ahead = [
        Message(
            "the target year is ahead; under other plausible constants {low} to {high}",
            low=percent(low / 100),
            high=percent(high / 100),
        )
        for low, high in (divmod(pair, 1_000) for pair in pairs.tolist())
    ]
    code = np.select(
        [np.isnan(chance) & relative & (baseline == 0), np.isnan(chance) & relative & np.isnan(baseline),
         np.isnan(chance) & (not known), np.isnan(chance), chance == 0, chance == 1],
        [0, 1, 5, 2, 3, 4], default=len(kinds) + which,
    )  # fmt: skip
    said = [*kinds, *ahead]
    return [said[i] for i in code.tolist()]
