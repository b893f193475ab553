"""How often districts are named rightly and wrongly, in cities that are drawn: the tables of docs/validation.md.

Run as `python validation/district_power.py`; 2,000 cities for each figure by default, some seconds. Twelve
districts, sizes from 0.4 to 1.6 of the mean. Deaths are independent, or come in accidents such that their variance
is 2.25 times their mean: single deaths with few large accidents, or geometric sizes. Fatal accidents are tested.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from scipy import stats

from zzlib.comparisons import tail_above, two_sided
from zzlib.district_counts import FALSE_NAMES
from zzlib.districts import LEVELS

DISTRICTS = 12
RUNS = 2000
EXPECTED = (5, 10, 15, 20, 30, 60)
VARIANCE_RATIO = 2.25
LARGE = 10  # deaths of the few large accidents
_SHARE = (VARIANCE_RATIO - 1) / (LARGE**2 - 1 - VARIANCE_RATIO * (LARGE - 1))  # of accidents that are large
_STOP = 2 / (VARIANCE_RATIO + 1)  # of the geometric sizes: (2 - p)/p is their variance ratio
# Accident sizes by kind: deaths of an accident, and how often; the mean number of deaths follows.
SIZES = {
    "independent": (np.array([1]), np.array([1.0])),
    "few large": (np.array([1, LARGE]), np.array([1 - _SHARE, _SHARE])),
    "geometric": (np.arange(1, 60), _STOP * (1 - _STOP) ** np.arange(59)),
}


@dataclass(frozen=True)
class Drawn:
    """Cities of one kind: the exposure of their districts, and the counts of each city, shape (cities, districts)."""

    exposure: np.ndarray
    deaths: np.ndarray
    fatal_accidents: np.ndarray


def drawn(kind: str, expected: float, *, ratio: float = 1.0, runs: int = RUNS, seed: int = 2015) -> Drawn:
    """Return cities in which the first district's risk is `ratio` times that of the others.

    `expected` is the number of deaths that the first district would have at the others' rate, and their mean. Against
    the rate of the city with that district in it, the ratio would be smaller: this is the stricter reading.
    """
    exposure = expected * np.array([1.0, *np.linspace(0.4, 1.6, DISTRICTS - 1)])
    risk = np.array([ratio, *np.ones(DISTRICTS - 1)])
    size, often = SIZES[kind]
    accidents = exposure * risk / (size @ often / often.sum())
    by_size = np.random.default_rng(seed).poisson(
        np.outer(accidents, often / often.sum()), (runs, DISTRICTS, len(size))
    )
    return Drawn(exposure, by_size @ size, by_size.sum(axis=2))


def judged(cities: Drawn) -> tuple[np.ndarray, np.ndarray]:
    """Return which districts are outside the 95 % limits and which are named: what `districts.rates` says, at once.

    That it is the same stands in tests/test_districts.py; cities asked one by one take half an hour.
    """
    count, share = cities.fatal_accidents.astype(float), cities.exposure / cities.exposure.sum()
    p = two_sided(tail_above(count, count.sum(axis=1, keepdims=True), share))
    return p < 1 - LEVELS[0], stats.false_discovery_control(p, axis=1) <= FALSE_NAMES


def main() -> None:
    """Print both tables: all districts alike; the first at twice the risk of the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    for ratio, heads in ((1.0, ("outside", "any named")), (2.0, ("outside", "named"))):
        columns = [f"{kind}, {head}" for kind in SIZES for head in heads]
        print("\n| expected deaths | " + " | ".join(columns) + " |")
        print("|---" * (1 + len(columns)) + "|")
        for expected in EXPECTED:
            cells: list[float] = []
            for kind in SIZES:
                outside, named = judged(drawn(kind, expected, ratio=ratio, runs=runs))
                alike = outside.mean(), named.any(axis=1).mean()
                cells += alike if ratio == 1 else (outside[:, 0].mean(), named[:, 0].mean())
            print(f"| {expected} | " + " | ".join(f"{100 * cell:.1f} %" for cell in cells) + " |")


if __name__ == "__main__":
    main()
