"""The record of stated probabilities on real series: the backtest, the scores, and what the model must beat.

Every area and every window of eleven years asks: told the figures up to the third year of a five-year plan, how likely
is it that the last year is at or below (1 + x) times the baseline? The model and all `benchmark_methods` answer the
same questions. Nothing after the origin reaches any of them, and no constant is scored on what it was fitted to.
"""

from __future__ import annotations

import math
import os
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import minimize
from statsmodels.discrete.discrete_model import Logit

from zzlib.benchmark_methods import METHODS, SLOW, Question, limits
from zzlib.chances import count_at_most, count_quantiles, folded
from zzlib.errors import DataError, Fault
from zzlib.forecast import Outlook, Seen, outlook, prior_of
from zzlib.language import Message
from zzlib.levels import COUNT, Constants, groups_of, sightings
from zzlib.schema import VARIANCE_RATIO

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Tell: TypeAlias = Callable[[str, float], None]

YEARS, BASELINE, ORIGIN, TARGET = 11, 5, 8, 10  # of a window: five years, baseline, three known, one dark, target
CHANGES = (0.0, -0.05, -0.10, -0.20, -0.30)
MODEL = "model"
CLIP = 0.01  # a log score sees no probability nearer to 0 or 1
BLOCK = 5  # target years that stand or fall together in the bootstrap
REPLICATES = 1_000
SEED = 20_200_101
BINS = 10
FEWEST = 200  # cases from which a bin of the reliability table is judged
NEAR = 0.04  # a judged bin may lie so far off, or two standard errors
SLOPE = (0.85, 1.2)
LEVELS = (0.50, 0.80, 0.95)
ENOUGH = 100  # windows of areas that make a slice
SAMPLE = 800  # windows of areas that a slow method answers in a slice, spread by a hash
FITTED = 1_000  # windows of areas that constants are fitted to in a slice: every k-th
RATES = ("rate", "deaths_per_million_vehicles")  # columns from which an exposure follows
STEPS = 25  # at most, of the search for constants
FARTHEST = 4.0  # plausible spreads that the search may go from the centre: its first step knows no scale
# Of a squared distance from the centre, in log score relative to that at the centre: of the four constants of the path
# that areas share, told by a few shocks a decade, and of volatility and variance ratio, which every area tells.
PENALTIES = np.array([0.02, 0.02, 0.02, 0.02, 0.002, 0.002])


# ---- panels and windows


@dataclass(frozen=True)
class Window:
    """Eleven years of some areas, from the year `first` on: `counts` and, for a rate, `exposure`, (areas, years)."""

    first: int
    areas: NDArray[np.str_]
    counts: Floats
    exposure: Floats | None = None

    @property
    def target_year(self) -> int:
        """The year that is judged."""
        return self.first + TARGET

    @property
    def figures(self) -> Floats:
        """The counts, or the rates, shape (areas, years)."""
        return self.counts if self.exposure is None else self.counts / self.exposure

    def of(self, chosen: ArrayLike) -> Window:
        """Return the window of some of the areas."""
        rows = np.asarray(chosen)
        exposure = None if self.exposure is None else self.exposure[rows]
        return Window(self.first, self.areas[rows], self.counts[rows], exposure)

    def limits(self, changes: Sequence[float] = CHANGES) -> Floats:
        """Return the largest figure that meets each change, shape (areas, changes)."""
        return limits(self.figures[:, BASELINE], changes, whole=self.exposure is None)

    def met(self, changes: Sequence[float] = CHANGES) -> Flags:
        """Say whether the target year met each change, shape (areas, changes)."""
        return np.asarray(self.figures[:, [TARGET]] <= self.limits(changes) * (1 + 1e-9), dtype=bool)


@dataclass(frozen=True)
class Slice:
    """Windows of one size, by the mean of the six years to the baseline, and by how much the model must be better."""

    name: str
    least: float
    below: float
    gain: float = 0.0
    counties: bool = False  # of a panel whose area codes all have five digits
    sums: bool = False  # by the first two of them
    rates: bool = False


SLICES = (
    Slice("areas_200", 200, math.inf, gain=0.08),
    Slice("areas_50_200", 50, 200),
    Slice("areas_10_50", 10, 50),
    Slice("areas_2_10", 2, 10),
    Slice("rates", 0, math.inf, rates=True),
    Slice("states_50", 50, math.inf, gain=0.08, counties=True, sums=True),
    Slice("counties_10_100", 10, 100, gain=0.05, counties=True),
    Slice("counties_2_10", 2, 10, gain=0.05, counties=True),
)


def panel(table: pd.DataFrame) -> pd.DataFrame:
    """Return a panel with the columns area, year, count and, where a rate or an exposure is given, exposure.

    `table` has area (text), year, and deaths or count; optionally exposure, or a rate in one of the columns `RATES`,
    whose exposure is deaths / rate. Raises DataError with every fault.

    >>> panel(pd.DataFrame({"area": ["A"], "year": [2015], "deaths": [30], "rate": [1.5]}))
      area  year  count  exposure
    0    A  2015   30.0      20.0
    """
    counted = next((name for name in ("count", "deaths") if name in table), None)
    missing = [name for name, there in {"area": "area" in table, "year": "year" in table, "deaths": counted}.items()
               if not there]  # fmt: skip
    if missing:
        what = Message("the panel lacks the columns {columns}", columns=missing)
        raise DataError(Fault(what, remedy=Message("A panel has area, year and deaths, one row an area and year.")))
    faults = []
    if pd.api.types.is_numeric_dtype(table["area"]):
        what = Message("area codes were read as numbers, which lose their leading zeros")
        faults.append(Fault(what, remedy=Message("Read the column area as text.")))
    rate = next((name for name in RATES if name in table), None)
    columns = {"year": "year", "count": counted, "exposure": "exposure", "rate": rate}
    read = {name: table[column] for name, column in columns.items() if column in table}
    numbers = {name: pd.to_numeric(column, errors="coerce") for name, column in read.items()}
    for name, found in numbers.items():
        odd = (found.isna() & read[name].notna()) | (found < 0) | np.isinf(found)
        odd |= found.isna() if name == "year" else False
        odd |= (found % 1 > 0) if name in ("year", "count") else False
        for row in np.flatnonzero(odd)[:5]:
            faults.append(Fault(
                Message("'{text}' cannot stand here", text=str(read[name].iloc[row])),
                where=Message("row {row}, column '{column}'", row=int(row), column=name),
                remedy=Message("Counts and years are whole numbers; leave unknown cells empty."),
            ))  # fmt: skip
    for row in np.flatnonzero(table.duplicated(["area", "year"]))[:5]:
        area, year = table["area"].iloc[row], table["year"].iloc[row]
        what, where = (
            Message("{area} has {year} twice", area=str(area), year=f"{year}"),
            Message("row {row}", row=int(row)),
        )
        faults.append(Fault(what, where=where, remedy=Message("Keep one row an area and year.")))
    if faults:
        raise DataError(faults)
    made = pd.DataFrame({"area": table["area"].astype(str), "year": numbers["year"].astype(int),
                         "count": numbers["count"].astype(float)})  # fmt: skip
    if "exposure" in numbers:
        return made.assign(exposure=numbers["exposure"].where(numbers["exposure"] > 0))
    if "rate" in numbers:
        # Without deaths a rate tells nothing of its exposure.
        return made.assign(exposure=made["count"].where(made["count"] > 0) / numbers["rate"].where(numbers["rate"] > 0))
    return made


def windows(panel: pd.DataFrame, *, least: float = 0.0, below: float = math.inf) -> list[Window]:
    """Return the windows of a panel (area, year, count, and exposure for rates), one for each first year.

    An area stands in a window if all years but the dark one are known, its baseline is above zero, and the mean count
    of the six years to the baseline is in [least, below).

    >>> flat = pd.DataFrame({"area": "A", "year": range(2000, 2012), "count": 30.0})
    >>> [(window.first, window.areas.tolist()) for window in windows(flat, least=10)]
    [(2000, ['A']), (2001, ['A'])]
    """
    years = range(int(panel["year"].min()), int(panel["year"].max()) + 1)
    tables = {
        name: panel.pivot(index="area", columns="year", values=name).reindex(columns=years).sort_index()
        for name in ("count", "exposure")
        if name in panel
    }
    needed = [i for i in range(YEARS) if not ORIGIN < i < TARGET]
    found = []
    for first in years[: len(years) - YEARS + 1]:
        counts, *exposure = (table[range(first, first + YEARS)].to_numpy(float) for table in tables.values())
        chosen = (counts[:, BASELINE] > 0) & np.isfinite(sum(exposure, counts)[:, needed]).all(axis=1)
        size = counts[:, : BASELINE + 1].mean(axis=1)
        chosen &= (size >= least) & (size < below)
        if chosen.any():
            areas = tables["count"].index.to_numpy(str)
            found.append(Window(first, areas, counts, exposure[0] if exposure else None).of(chosen))
    return found


def sliced(panels: Iterable[pd.DataFrame]) -> dict[str, list[Window]]:
    """Return the windows of each slice that the panels fill, by the slice's name; raises DataError if there is none.

    A panel of five-digit codes is one of counties, whose sums are states; any other is cut by size, and once more on
    its rates. A slice with fewer than a hundred windows of areas says nothing and is left out.
    """
    filled: dict[str, list[Window]] = {kind.name: [] for kind in SLICES}
    for each in panels:
        counties = bool(each["area"].str.fullmatch(r"\d{5}").all())
        for kind in SLICES:
            if kind.counties != counties or (kind.rates and "exposure" not in each):
                continue
            cut = each if kind.rates else each[["area", "year", "count"]]
            if kind.sums:
                states = [cut["area"].str[:2], "year"]
                cut = cut.groupby(states)["count"].sum(min_count=1).reset_index()
            filled[kind.name] += windows(cut, least=kind.least, below=kind.below)
    enough = {name: found for name, found in filled.items() if _size(found) >= ENOUGH}
    if not enough:
        sizes = [f"{name}: {_size(found)}" for name, found in filled.items() if found]
        what = Message("no slice of the panel has {n} windows of eleven years ({sizes})", n=ENOUGH, sizes=sizes)
        raise DataError(Fault(what, remedy=Message("Give more areas or more years.")))
    return enough


def _size(found: Sequence[Window]) -> int:
    return sum(len(window.areas) for window in found)


# ---- the model, and its constants


@dataclass(frozen=True)
class Setting:
    """The constants that the model rests on: those of the level, and the variance of a count over its mean."""

    constants: Constants = COUNT
    variance_ratio: float = VARIANCE_RATIO


def stated(window: Window, setting: Setting, changes: Sequence[float] = CHANGES) -> Floats:
    """Return the model's probability of each change, shape (areas, changes), from the years up to the origin.

    The common path is pooled over all areas of the window.
    """
    return _outlook(window, setting).chance_at_most(window.limits(changes), TARGET)


def _outlook(window: Window, setting: Setting) -> Outlook:
    """Return the outlook of a window's areas; the only place where the model sees it, cut off at the origin."""
    years = tuple(range(ORIGIN + 1))
    counts = window.counts[:, : ORIGIN + 1]
    exposure = None
    if window.exposure is not None:
        exposure = sightings(years, log=np.log(window.exposure[:, : ORIGIN + 1]), variance=1e-6)
    risk = sightings(years, count=counts, ratio=setting.variance_ratio, group=groups_of(window.areas.tolist()))
    unknown, exact = np.full(len(counts), math.nan), np.zeros(len(counts))
    seen = Seen(tuple(window.areas), years, "count", risk, exposure, unknown, exact)
    return outlook(seen, [ORIGIN, TARGET], prior=prior_of(seen, constants=setting.constants))


_CENTRE = np.array([40 * COUNT.drift, math.log(COUNT.common_volatility), math.log(COUNT.drift_sd),
                    special.logit(COUNT.persistence), math.log(COUNT.volatility),
                    math.log(VARIANCE_RATIO - 1)])  # fmt: skip
_SPREAD = np.array([0.2, 0.5, 0.5, 0.6, 0.4, 0.8])


def _setting(point: Floats) -> Setting:
    drift, common, drift_sd, persistence, own, excess = map(float, point)
    kept = float(special.expit(persistence))
    constants = Constants(drift / 40, math.exp(drift_sd), kept, math.exp(common), math.exp(own), COUNT.group_volatility)
    return Setting(constants, 1 + math.exp(excess))


def fitted(slices: Mapping[str, Sequence[Window]]) -> Setting:
    """Return the setting of least log score, each slice with equal weight, drawn to the documented constants.

    Minimises mean over slices of (log score / log score at the centre) + Σ penalty z², with z the distance from the
    centre in units of a plausible spread and `PENALTIES`. They are needed because a panel's few decades tell little
    about a long-run drift: half of them without it takes the mood of its decade for a constant, and the other half pays
    for it. Without any window the documented constants stand.
    """
    if not slices:
        return Setting()
    usual = {name: _mean_log_score(found, _setting(_CENTRE)) for name, found in slices.items()}

    def loss(point: Floats) -> float:
        setting = _setting(point)
        scores = [_mean_log_score(found, setting) / usual[name] for name, found in slices.items()]
        return float(np.mean(scores) + PENALTIES @ ((point - _CENTRE) / _SPREAD) ** 2)

    bounds = list(zip(_CENTRE - FARTHEST * _SPREAD, _CENTRE + FARTHEST * _SPREAD, strict=True))
    options = {"maxiter": STEPS, "eps": 1e-3, "ftol": 1e-6}
    found = minimize(loss, _CENTRE, method="L-BFGS-B", bounds=bounds, options=options)
    return _setting(found.x)


def _mean_log_score(found: Sequence[Window], setting: Setting) -> float:
    scores = [log_score(stated(window, setting), window.met()) for window in found]
    return float(np.concatenate(scores).mean())


Fold: TypeAlias = tuple[int, bool]  # half of the areas, whether the target year lies after the median


def half(area: str) -> int:
    """Return the half of an area, 0 or 1, from a hash of its name; a county goes with its state.

    >>> half("01001") == half("01003") == half("01")
    True
    """
    name = area[:2] if area.isdigit() else area
    return zlib.crc32(name.encode()) % 2


def _halves(window: Window) -> NDArray[np.int_]:
    return np.array([half(area) for area in window.areas])


def _median(found: Sequence[Window]) -> float:
    """Return the median target year over windows of areas."""
    return float(np.median(np.concatenate([np.full(len(window.areas), window.target_year) for window in found])))


def part(found: Sequence[Window], fold: Fold) -> list[Window]:
    """Return the windows of one half of the areas before or after the median target year, thinned for a fit."""
    middle, (side, late) = _median(found), fold
    inside = [w.of(_halves(w) == side) for w in found if (w.target_year > middle) == late]
    step = math.ceil(max(_size(inside), 1) / FITTED)
    thin = [w.of((np.arange(len(w.areas)) - w.first) % step == 0) for w in inside]
    return [w for w in thin if len(w.areas)]


def opposite(fold: Fold) -> Fold:
    """Return the fold that shares neither areas nor target years."""
    return 1 - fold[0], not fold[1]


FOLDS: tuple[Fold, ...] = ((0, False), (0, True), (1, False), (1, True))


# ---- scores


def brier(chance: ArrayLike, met: ArrayLike) -> Floats:
    """Return (p - met)² of each case. Source: Brier (1950), Monthly Weather Review 78, 1-3.

    >>> brier([0.8, 0.8], [True, False]).round(2)
    array([0.04, 0.64])
    """
    return np.asarray((np.asarray(chance, dtype=float) - np.asarray(met, dtype=float)) ** 2, dtype=float)


def log_score(chance: ArrayLike, met: ArrayLike) -> Floats:
    """Return -ln of the probability given to what happened, each clipped to [.01, .99]; less is better.

    Source: Good (1952), Rational decisions.

    >>> log_score([0.5, 0.0], [True, True]).round(2)
    array([0.69, 4.61])
    """
    p = np.clip(np.asarray(chance, dtype=float), CLIP, 1 - CLIP)
    return np.asarray(-np.log(np.where(np.asarray(met, dtype=bool), p, 1 - p)), dtype=float)


def sharpness(chance: ArrayLike) -> tuple[float, float]:
    """Return the variance of stated probabilities, and the mean of p (1 - p); the sharper, the more and the less.

    >>> sharpness([0.5, 0.5]), sharpness([0.0, 1.0])
    ((0.0, 0.25), (0.25, 0.0))
    """
    p = np.asarray(chance, dtype=float)
    return float(p.var()), float((p * (1 - p)).mean())


def recalibration_slope(chance: ArrayLike, met: ArrayLike) -> float:
    """Return b of a logistic regression of what happened on logit p: 1 if calibrated, less if too sure.

    p is clipped to [.01, .99]. Source: Cox (1958), Biometrika 45, 562-565.
    """
    p = np.clip(np.asarray(chance, dtype=float).ravel(), CLIP, 1 - CLIP)
    design = np.column_stack([np.ones(len(p)), special.logit(p)])
    return float(Logit(np.asarray(met, dtype=float).ravel(), design).fit(disp=False).params[1])


def reliability(chance: ArrayLike, met: ArrayLike, block: ArrayLike) -> pd.DataFrame:
    """Return ten bins of stated probability: mean `stated`, share `met`, `cases`, `standard_error`, `judged`, `inside`.

    `chance` and `met` have the shape (questions, changes), `block` as in `improvement`. A bin is judged from 200 cases,
    and inside if the share met is within max(.04, two standard errors) of the mean stated; errors by block bootstrap.
    Source: Murphy and Winkler (1977), Applied Statistics 26, 41-47.

    >>> table = reliability(np.full((300, 1), 0.75), np.arange(300)[:, None] % 4 > 0, np.arange(300))
    >>> table.loc[7:7, ["stated", "met", "cases", "inside"]]
       stated   met  cases  inside
    7    0.75  0.75    300    True
    """
    p, happened = np.asarray(chance, dtype=float), np.asarray(met, dtype=float)
    number = np.minimum((p * BINS).astype(int), BINS - 1)
    member = number[..., None] == np.arange(BINS)
    sums = np.hstack([(member * part[..., None]).sum(axis=1) for part in (np.ones_like(p), p, happened)])
    cases, stated_sum, met_sum = np.split(sums.sum(axis=0), 3)
    drawn_cases, drawn_stated, drawn_met = np.split(_resampled(sums, block), 3, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an empty bin is NaN throughout
        mean, seen = stated_sum / cases, met_sum / cases
        error = np.nanstd((drawn_met - drawn_stated) / drawn_cases, axis=0)
    return pd.DataFrame({
        "bin": np.arange(BINS), "stated": mean, "met": seen, "cases": cases.astype(int), "standard_error": error,
        "judged": cases >= FEWEST, "inside": np.abs(seen - mean) <= np.maximum(NEAR, 2 * error),
    })  # fmt: skip


@dataclass(frozen=True)
class Improvement:
    """By what share one mean score is lower than another, and its 5 and 95 % bounds."""

    share: float
    lower: float
    upper: float


def improvement(ours: ArrayLike, theirs: ArrayLike, block: ArrayLike) -> Improvement:
    """Return 1 - mean(ours) / mean(theirs), with 5 and 95 % bounds by block bootstrap.

    Scores have the shape (questions, ...). `block` labels what is drawn as one, shape (questions,); or two labels each,
    (questions, 2), such as area and years: each kind is then drawn by itself and their weights are multiplied, so that
    neither what overlaps in time nor what areas share is taken for independent. Source: Efron and Tibshirani (1993), An
    introduction to the bootstrap, 8; Owen (2007), The pigeonhole bootstrap, Annals of Applied Statistics 1, 386-411.

    >>> improvement(np.full(50, 0.1), np.full(50, 0.2), np.arange(50))
    Improvement(share=0.5, lower=0.5, upper=0.5)
    """
    pair = np.stack([_summed(part) for part in (ours, theirs)], axis=1)
    total, draws = pair.sum(axis=0), _resampled(pair, block)
    drawn = draws[draws[:, 1] > 0]  # few blocks drawn crosswise may miss each other altogether
    lower, upper = np.quantile(1 - drawn[:, 0] / drawn[:, 1], (0.05, 0.95))
    return Improvement(float(1 - total[0] / total[1]), float(lower), float(upper))


def _summed(scores: ArrayLike) -> Floats:
    """Return the sum of each question's scores."""
    table = np.asarray(scores, dtype=float)
    return np.asarray(table.reshape(len(table), -1).sum(axis=1), dtype=float)


def _resampled(values: Floats, block: ArrayLike) -> Floats:
    """Return column sums over blocks drawn with replacement, shape (REPLICATES, columns)."""
    labels = np.asarray(block).reshape(len(values), -1).T
    kinds = [pd.factorize(label)[0] for label in labels]
    cell, _ = pd.factorize(pd.MultiIndex.from_arrays(kinds))
    sums = np.zeros((cell.max() + 1, values.shape[1]))
    np.add.at(sums, cell, values)
    first = np.unique(cell, return_index=True)[1]
    random = np.random.default_rng(SEED)
    draws = np.empty((REPLICATES, values.shape[1]))
    for i in range(REPLICATES):
        weight = np.ones(len(sums))
        for codes in kinds:
            n = codes.max() + 1
            weight *= np.bincount(random.integers(n, size=n), minlength=n)[codes[first]]
        draws[i] = weight @ sums
    return draws


def interval_score(low: ArrayLike, high: ArrayLike, seen: ArrayLike, level: float) -> Floats:
    """Return width + 2/α · how far the figure lies outside, α = 1 - level; less is better.

    Source: Winkler (1972), Journal of the American Statistical Association 67, 187-191; Gneiting and Raftery (2007).

    >>> interval_score([10, 10], [20, 20], [15, 22], 0.8)
    array([10., 30.])
    """
    below, above, figure = (np.asarray(part, dtype=float) for part in (low, high, seen))
    outside = np.maximum(below - figure, 0) + np.maximum(figure - above, 0)
    return np.asarray(above - below + 2 / (1 - level) * outside, dtype=float)


def bands(window: Window, setting: Setting) -> pd.DataFrame:
    """Return the model's 50, 80 and 95 % bands of the target year: area, level, low, high, stated, figure, baseline.

    Quantiles of the same folded negative binomial that states the probabilities. A band of whole counts covers more
    than its level says; `stated` is what it covers by the model itself. A rate's band is that of the count at the
    expected exposure, whose uncertainty joins the level's.
    """
    ahead = _outlook(window, setting)
    (mean, variance), amount = ahead.risk.at(TARGET), np.ones(len(window.areas))
    if ahead.exposure is not None:
        centre, spread = ahead.exposure.at(TARGET)
        variance, amount = variance + spread, np.exp(centre)
    expected, ratio = folded(mean, variance, ahead.ratio)
    tables = []
    for level in LEVELS:
        low, high = (count_quantiles(q, mean, variance, ahead.ratio) for q in ((1 - level) / 2, (1 + level) / 2))
        inside = count_at_most(high, expected, ratio) - count_at_most(low - 1, expected, ratio)
        tables.append(pd.DataFrame({
            "area": window.areas, "level": level, "low": low / amount, "high": high / amount, "stated": inside,
            "figure": window.figures[:, TARGET], "baseline": window.figures[:, BASELINE],
        }))  # fmt: skip
    return pd.concat(tables, ignore_index=True)


# ---- the whole record


@dataclass(frozen=True)
class Validation:
    """The record: tables `scores` (slice, method), `reliability`, `bands`, `constants` (fold) and `checks`.

    In `scores`, `improvement` and `log_improvement` are the model's over the method, on the cases that the method
    answered. Bounds (`lower`, `upper`) and errors are those of the block bootstrap over cells of area × five years of
    target year. Areas share shocks, which cells deny; `lower_crossed`, `crossed_error` and `inside_crossed` draw areas
    and years crosswise, which is cautious with few years. `checks` holds both.
    """

    scores: pd.DataFrame
    reliability: pd.DataFrame
    bands: pd.DataFrame
    constants: pd.DataFrame
    checks: pd.DataFrame


@dataclass(frozen=True)
class _Task:
    """One question for a benchmark method, answered by any process."""

    slice: str
    method: str
    window: int
    rows: NDArray[np.intp]
    question: Question


def validate(panels: Sequence[pd.DataFrame], *, progress: Tell | None = None) -> Validation:
    """Return the record of the model and of every benchmark method on the panels (see `panel`), slice by slice.

    Constants are cross-fitted: areas in two halves, target years before and after the median; fitted on one part of all
    slices together, scored on the part that shares neither. The same panels give the same record. Uses every processor;
    `progress` is told the stage, `fitting` or `scoring`, and the share of the whole that is done.
    """
    tell: Tell = progress or (lambda what, done: None)
    slices = sliced([panel(table) for table in panels])
    # Rates rest on deaths that another slice counts already; twice the same would weigh double.
    counted = {name: found for name, found in slices.items() if found[0].exposure is None} or slices
    settings: dict[Fold, Setting] = {}
    answers = {name: {method: _unanswered(found) for method in METHODS} for name, found in slices.items()}
    tasks = list(_tasks(slices))
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        fits: dict[Future[Setting], Fold] = {}
        asked: dict[Future[Floats], _Task] = {}
        # A fit goes in before each quarter of the rest, so that the bar moves while one processor is busy with it.
        for i, fold in enumerate(FOLDS):
            parts = {name: part(found, fold) for name, found in counted.items()}
            fits[pool.submit(fitted, {name: found for name, found in parts.items() if found})] = fold
            asked |= {pool.submit(METHODS[task.method], task.question): task for task in tasks[i :: len(FOLDS)]}
        everything: list[Future[Any]] = [*fits, *asked]
        for i, future in enumerate(as_completed(everything), start=1):
            if future in fits:
                settings[fits[future]] = future.result()
            else:
                task = asked[future]
                answers[task.slice][task.method][task.window][task.rows] = future.result()
            tell("fitting", 0.9 * (i / len(everything)))
    tables = []
    for i, (name, found) in enumerate(slices.items()):
        tell("scoring", 0.9 + 0.1 * i / len(slices))
        tables.append(_scored(name, found, answers[name], settings))
    tell("scoring", 1.0)
    scores, reliable, banded = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    constants = pd.DataFrame([
        {"areas": side, "years": "after" if late else "before", **asdict(settings[side, late].constants),
         "variance_ratio": settings[side, late].variance_ratio}
        for side, late in FOLDS
    ])  # fmt: skip
    return Validation(scores, reliable, banded, constants, _checks(scores, reliable))


def _unanswered(found: Sequence[Window]) -> list[Floats]:
    return [np.full((len(window.areas), len(CHANGES)), np.nan) for window in found]


def question(found: Sequence[Window], window: Window) -> Question:
    """Return what a benchmark method is asked about a window of a slice: nothing in it is later than the origin."""
    known = [w.met() for w in found if w.target_year <= window.first + ORIGIN]
    past = np.concatenate(known).mean(axis=0) if known else np.full(len(CHANGES), np.nan)
    figures = window.figures[:, : ORIGIN + 1]
    if window.exposure is not None:
        figures = figures * window.exposure[:, [ORIGIN]]
    return Question(figures, CHANGES, past, BASELINE, TARGET - ORIGIN, whole=window.exposure is None)


def _tasks(slices: Mapping[str, Sequence[Window]]) -> Iterator[_Task]:
    for name, found in slices.items():
        step = math.ceil(_size(found) / SAMPLE)
        for i, window in enumerate(found):
            asked, everyone = question(found, window), np.arange(len(window.areas))
            for method in METHODS:
                rows = everyone[_sampled(window, step)] if method in SLOW else everyone
                if len(rows):
                    yield _Task(name, method, i, rows, asked.of(rows))


def _sampled(window: Window, step: int) -> Flags:
    """Return which areas of a window a slow method answers: about one in `step`, by a hash of area and year."""
    drawn = [zlib.crc32(f"{window.first} {area}".encode()) % step == 0 for area in window.areas]
    return np.array(drawn, dtype=bool)


def _cross_stated(found: Sequence[Window], settings: Mapping[Fold, Setting]) -> tuple[Floats, pd.DataFrame]:
    """Return stated probabilities, and bands, of every window of a slice, each under the opposite fold's setting."""
    middle = _median(found)
    chances, tables = [], []
    for window in found:
        sides = _halves(window)
        chance = np.empty((len(sides), len(CHANGES)))
        for side in np.unique(sides):
            setting = settings[opposite((int(side), window.target_year > middle))]
            # The common path of all areas was known at the origin; only the constants are kept apart.
            chance[sides == side] = stated(window, setting)[sides == side]
            wide = bands(window, setting)
            tables.append(wide[np.tile(sides == side, len(LEVELS))])
        chances.append(chance)
    return np.concatenate(chances), pd.concat(tables, ignore_index=True)


def _scored(
    name: str, found: Sequence[Window], answers: Mapping[str, list[Floats]], settings: Mapping[Fold, Setting]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the rows of one slice in the tables scores, reliability and bands."""
    ours, wide = _cross_stated(found, settings)
    met = np.concatenate([window.met() for window in found])
    years = np.concatenate([np.full(len(window.areas), window.target_year // BLOCK) for window in found]).astype(str)
    areas = np.concatenate([window.areas for window in found])
    cells, crossed = np.char.add(np.char.add(areas, "|"), years), np.column_stack([areas, years])
    rows = [{"slice": name, "method": MODEL, **_figures(ours, met)}]
    for method in METHODS:
        theirs = np.concatenate(answers[method])
        said = ~np.isnan(theirs[:, 0])
        row = {"slice": name, "method": method, **_figures(theirs[said], met[said])}
        for label, score in (("", brier), ("log_", log_score)):
            pair = score(ours[said], met[said]), score(theirs[said], met[said])
            gain = improvement(*pair, cells[said])
            row |= {f"{label}model": float(pair[0].mean()), f"{label}improvement": gain.share}
            row |= {f"{label}lower": gain.lower, f"{label}upper": gain.upper}
            row |= {f"{label}lower_crossed": improvement(*pair, crossed[said]).lower}
        rows.append(row)
    reliable, shared = reliability(ours, met, cells), reliability(ours, met, crossed)
    reliable.insert(0, "slice", name)
    reliable[["crossed_error", "inside_crossed"]] = shared[["standard_error", "inside"]]
    return pd.DataFrame(rows), reliable, _banded(name, wide)


def _figures(chance: Floats, met: Flags) -> dict[str, float]:
    variance, spread = sharpness(chance)
    return {
        "questions": len(chance), "cases": chance.size, "brier": float(brier(chance, met).mean()),
        "log_score": float(log_score(chance, met).mean()), "variance": variance, "spread": spread,
        "slope": recalibration_slope(chance, met),
    }  # fmt: skip


def _banded(name: str, wide: pd.DataFrame) -> pd.DataFrame:
    """Return coverage, width and interval score of the bands; the last two as shares of the baseline's figure."""
    rows = []
    for level, each in wide.groupby("level"):
        score = interval_score(each["low"], each["high"], each["figure"], float(level))
        rows.append({
            "slice": name, "level": level, "stated": each["stated"].mean(),
            "covered": each["figure"].between(each["low"] * (1 - 1e-9), each["high"] * (1 + 1e-9)).mean(),
            "width": ((each["high"] - each["low"]) / each["baseline"]).mean(),
            "interval_score": (score / each["baseline"]).mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _checks(scores: pd.DataFrame, reliable: pd.DataFrame) -> pd.DataFrame:
    """Return what must hold in each slice: check, by which blocks, against which method, value, required, holds.

    The method is the one that comes nearest to the model, or whose bound does.
    """
    gains = {kind.name: kind.gain for kind in SLICES}
    rows = []
    for slice_, each in scores.groupby("slice", sort=False):
        name, others = str(slice_), each[each["method"] != MODEL].set_index("method")
        for check, column, blocks in (
            ("brier_better", "improvement", ""), ("brier_bound", "lower", "cells"),
            ("brier_bound", "lower_crossed", "crossed"), ("log_score_better", "log_improvement", ""),
            ("log_score_bound", "log_lower", "cells"), ("log_score_bound", "log_lower_crossed", "crossed"),
        ):  # fmt: skip
            nearest, least = str(others[column].idxmin()), gains[name] if check == "brier_better" else 0.0
            value = float(others.at[nearest, column])
            rows.append((name, check, blocks, nearest, value, f"> {least:g}", value > least))
        bins = reliable[(reliable["slice"] == name) & reliable["judged"]]
        for blocks, column in (("cells", "inside"), ("crossed", "inside_crossed")):
            outside = int((~bins[column]).sum())
            rows.append((name, "bins_outside", blocks, MODEL, float(outside), "<= 1", outside <= 1))
        slope = float(each.set_index("method").at[MODEL, "slope"])
        rows.append((name, "slope", "", MODEL, slope, f"{SLOPE[0]} to {SLOPE[1]}", SLOPE[0] <= slope <= SLOPE[1]))
    return pd.DataFrame(rows, columns=["slice", "check", "blocks", "method", "value", "required", "holds"])
