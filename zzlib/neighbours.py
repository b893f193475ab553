"""Districts beside their neighbours: drawn to what lies around them, and whether high ones lie together.

Pairs of neighbours are a table `area`, `neighbour`, each pair once or twice. An area without a neighbour, such as a
zone without polygon, stands in the tables without an answer and takes no part in what others are compared with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats

from zzlib import shrinkage
from zzlib.district_counts import FALSE_NAMES, Events, checked, events, refuse_scale
from zzlib.errors import DataError, Fault
from zzlib.language import Message
from zzlib.schema import NEIGHBOURHOODS, PATTERNS, VARIANCE_RATIO, columns

if TYPE_CHECKING:
    import geopandas

Floats = NDArray[np.float64]
_SEED = 5


class Moran(NamedTuple):
    """Moran's I: value, expected value without pattern, one-sided p of neighbours alike, pairs, reason, areas."""

    value: float
    expected: float
    p: float
    number: int
    reason: str
    areas: tuple[str, ...]


def touching(polygons: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Return the pairs of areas whose polygons share a border or a point, each once: `area` < `neighbour`.

    `polygons` has `area` and `geometry`; empty geometries touch nothing. Raises DataError where a column is missing or
    an area stands twice.

    >>> import geopandas, shapely
    >>> squares = [shapely.box(x, 0, x + 1, 1) for x in (0, 1, 3)]
    >>> touching(geopandas.GeoDataFrame({"area": ["A", "B", "C"]}, geometry=squares)).values.tolist()
    [['A', 'B']]
    """
    lacking = [name for name in ("area", "geometry") if name not in polygons]
    if lacking:
        raise DataError(Fault(Message("the polygons lack the columns {columns}", columns=lacking)))
    names = polygons["area"].astype(str).to_numpy(object)
    twice = sorted(set(names[pd.Series(names).duplicated()]))
    if twice:
        remedy = Message("Keep one row.")
        raise DataError(Fault(Message("{name} stands twice", name=name), remedy=remedy) for name in twice)
    shapes = polygons.geometry.reset_index(drop=True)
    one, other = shapes.sindex.query(shapes, predicate="intersects")
    pairs = pd.DataFrame({"area": names[one], "neighbour": names[other]}, dtype=object)
    pairs = pairs[pairs["area"] < pairs["neighbour"]]
    return pairs.sort_values(["area", "neighbour"]).reset_index(drop=True).astype(str)


def neighbourhoods(
    counts: pd.DataFrame, pairs: pd.DataFrame, *, per: float = 1.0, variance_ratio: float = VARIANCE_RATIO
) -> pd.DataFrame:
    """Return one row an area: its rate drawn to its neighbourhood's, and how it and its neighbours stand.

    `counts` as in `districts.rates`; all on the tested events, rates per `per`. `rate_around` is m of the area and its
    neighbours together, `shrunk` = m + A/(A + v m/b) (r - m) with Marshall's moments taken there. Local Moran's I is
    z (W z), z the standardised rates, W the mean over neighbours; two-sided p by the exact mean, variance and skewness
    of W z when the other areas change places at random (Pearson III); `p_adjusted` and `pattern` by Benjamini and
    Hochberg at 10 % over the areas. The order makes no difference.

    Raises DataError naming all rows that cannot stand, ParameterError for a wrong scale. Source: Anselin, Lozano and
    Koschinsky (2006), Rate Transformations and Smoothing, 3; Anselin (1995), Geographical Analysis 27, 93-115.

    >>> counts = pd.DataFrame({"area": list("ABCD"), "deaths": [9, 8, 2, 1], "exposure": [5, 5, 5, 5]})
    >>> pairs = pd.DataFrame({"area": list("ABC"), "neighbour": list("BCD")})
    >>> neighbourhoods(counts, pairs, variance_ratio=1)[["area", "rate_around", "shrunk", "local_moran"]].round(2)
      area  rate_around  shrunk  local_moran
    0    A         1.70    1.70         0.96
    1    B         1.27    1.38         0.12
    2    C         0.73    0.53         0.12
    3    D         0.30    0.30         0.96
    """
    refuse_scale(per, variance_ratio)
    table = checked(counts)
    found = events(table, variance_ratio)
    exposure = table["exposure"].to_numpy()
    links = _links(table, pairs)
    number = np.asarray(links.sum(axis=1)).ravel()
    joined = number > 0
    around, shrunk = _drawn_locally(found, exposure, links)
    score, local, p = _local_moran(found, exposure, links, joined)
    adjusted = np.full(len(table), np.nan)
    tested = p == p
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(p[tested])
    high, alike = score > 0, local > 0
    shown = adjusted <= FALSE_NAMES
    kinds = [shown & high & alike, shown & ~high & alike, shown & high & ~alike, shown & ~high & ~alike]
    nothing = not found.count.sum()
    answer = table.assign(
        neighbours=number,
        rate=found.count / exposure * per,
        rate_around=np.where(joined, around * per, np.nan),
        shrunk=np.where(joined, shrunk * per, np.nan),
        tested=found.tested,
        local_moran=local, p=p, p_adjusted=adjusted,
        pattern=np.select(kinds, PATTERNS, ""),
        reason=pd.Series([_reason(one, nothing, tested.any()) for one in joined], table.index, dtype=object),
    )  # fmt: skip
    ordered: pd.DataFrame = NEIGHBOURHOODS.validate(answer.sort_index()[columns(NEIGHBOURHOODS)])
    return ordered


def moran(
    counts: pd.DataFrame, pairs: pd.DataFrame, *, variance_ratio: float = VARIANCE_RATIO, permutations: int = 999
) -> Moran:
    """Return Moran's I of the standardised rates over the areas that have neighbours, and its p by permutation.

    I = Σ z (W z)/Σ z², z the rates standardised by their own noise, less their mean, W the mean over neighbours;
    -1/(n - 1) is expected without pattern. p = (1 + permutations with an I as large)/(1 + permutations): whether like
    rates lie together. `number` counts pairs. Seeded; the order of rows makes no difference. NaN, with the reason, for
    fewer than four areas or rates all alike. Raises as `neighbourhoods`. Source: Assunção and Reis (1999), Statistics
    in Medicine 18, 2147-2162.

    >>> counts = pd.DataFrame({"area": list("ABCDEF"), "deaths": [9, 8, 7, 3, 2, 1], "exposure": [5] * 6})
    >>> pairs = pd.DataFrame({"area": list("ABCDE"), "neighbour": list("BCDEF")})
    >>> found = moran(counts, pairs, variance_ratio=1)
    >>> round(found.value, 2), found.expected, found.p < 0.05
    (0.76, -0.2, True)
    """
    refuse_scale(1.0, variance_ratio)
    table = checked(counts)
    found = events(table, variance_ratio)
    links = _links(table, pairs)
    joined = np.asarray(links.sum(axis=1)).ravel() > 0
    areas = tuple(table["area"].to_numpy()[joined])
    number = int(links.sum() // 2)
    score = _scores(found, table["exposure"].to_numpy(), joined)
    if len(areas) < 4 or not score.any():
        why = "Fewer than four areas have neighbours." if len(areas) < 4 else "All rates are alike."
        return Moran(np.nan, np.nan, np.nan, number, Message(why), areas)
    means = _means(links[joined][:, joined])
    whole = float(score @ score)
    value = float(score @ (means @ score)) / whole
    mixed = np.random.default_rng(_SEED).permuted(np.tile(score[:, None], permutations), axis=0)
    reached = ((mixed * (means @ mixed)).sum(axis=0) / whole >= value - 1e-12).sum()
    return Moran(value, -1 / (len(areas) - 1), float((1 + reached) / (1 + permutations)), number, "", areas)


def _links(table: pd.DataFrame, pairs: pd.DataFrame) -> sparse.csr_array:
    """Return who lies beside whom, 1 either way, in the table's order; pairs with areas not counted are left out."""
    lacking = [name for name in ("area", "neighbour") if name not in pairs]
    if lacking:
        raise DataError(Fault(Message("the pairs lack the columns {columns}", columns=lacking)))
    place = pd.Series(range(len(table)), index=table["area"].to_numpy())
    one, other = (place.reindex(pairs[name].astype(str)).to_numpy(float) for name in ("area", "neighbour"))
    known = (one == one) & (other == other) & (one != other)
    rows, cells = (part[known].astype(int) for part in (one, other))
    ends = np.concatenate([rows, cells]), np.concatenate([cells, rows])
    links = sparse.csr_array((np.ones(len(ends[0])), ends), shape=(len(table), len(table)))
    links.data[:] = 1.0  # a pair given both ways is one pair
    return links


def _means(links: sparse.csr_array) -> sparse.csr_array:
    """Return the links weighted so that each row is a mean over neighbours."""
    number = np.asarray(links.sum(axis=1)).ravel()
    return sparse.diags_array(1 / number) @ links


def _scores(found: Events, exposure: Floats, joined: NDArray[np.bool_]) -> Floats:
    """Return the standardised rates of the areas that have neighbours, less their mean."""
    if not joined.any():
        return np.zeros(0)
    score = shrinkage.standardised(found.count[joined], exposure[joined], found.ratio)
    score = score - score.mean()
    return np.where(np.abs(score) > 1e-9, score, 0.0)


def _drawn_locally(found: Events, exposure: Floats, links: sparse.csr_array) -> tuple[Floats, Floats]:
    """Return the rate of each neighbourhood and the own rate drawn to it, events per exposure."""
    near = links + sparse.eye_array(len(exposure))
    rate, amount = found.count / exposure, near @ exposure
    mean = (near @ found.count) / amount
    # Σb(r - m)² = Σb r² - m² Σb, as m is the neighbourhood's own mean.
    around = np.maximum((near @ (exposure * rate**2)) / amount - mean**2, 0.0)
    variance = np.maximum(around - found.ratio * mean / (amount / near.sum(axis=1)), 0.0)
    whole = variance + found.ratio * mean / exposure
    weight = np.divide(variance, whole, out=np.zeros_like(whole), where=whole > 0)
    return mean, mean + weight * (rate - mean)


def _local_moran(
    found: Events, exposure: Floats, links: sparse.csr_array, joined: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Return scores, local Moran's I and its p; NaN for areas without neighbour, or all where rates are alike."""
    scores, local, p = (np.full(len(exposure), np.nan) for _ in range(3))
    score = _scores(found, exposure, joined)
    n = len(score)
    if n < 4 or not score.any():
        return scores, local, p
    score = score / np.sqrt((score**2).mean())
    inside = links[joined][:, joined]
    number = np.asarray(inside.sum(axis=1)).ravel()
    lag = _means(inside) @ score
    # A mean of k of the n - 1 others drawn without replacement, whose moments are those of all less the own score.
    others = n - 1
    mean = -score / others
    spread = (n - score**2) / others - mean**2
    third = ((score**3).sum() - score**3) / others - 3 * mean * spread - mean**3
    variance = spread / number * (others - number) / (others - 1)
    third = third / number**2 * (others - number) * (others - 2 * number) / ((others - 1) * (others - 2))
    sure = variance > 1e-12
    z = np.divide(lag - mean, np.sqrt(variance), out=np.zeros(n), where=sure)
    skew = np.divide(third, variance**1.5, out=np.zeros(n), where=sure)
    tail = stats.pearson3.cdf(z, skew)
    scores[joined], local[joined], p[joined] = score, score * lag, 2 * np.minimum(tail, 1 - tail)
    return scores, local, p


def _reason(joined: bool, nothing: bool, tested: bool) -> str:
    if not joined:
        return Message("This area has no neighbour among the polygons.")
    if nothing:
        return Message("Nobody died in any district: there is nothing to compare.")
    return "" if tested else Message("Neighbours cannot be compared: fewer than four areas have any, or all are alike.")
