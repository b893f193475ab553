"""Time the statistics of 3,000 districts: all of them without permutation, and Moran's I with 999 permutations.

Run as `python benchmarks/districts.py`, with nothing else running.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from zzlib import districts, movements, neighbours

AREAS = (50, 60)  # rows and columns of the map
PERMUTATIONS = 999
RUNS = 5
AT_MOST = 2.0  # seconds that are promised, for each of the two


def country(seed: int) -> pd.DataFrame:
    """Return deaths in accidents and exposures of many districts, whose risks differ by 30 %."""
    random = np.random.default_rng(seed)
    areas = AREAS[0] * AREAS[1]
    exposure = np.random.default_rng(1).uniform(0.3, 3, areas)
    accidents = random.poisson(10 * exposure * random.gamma(1 / 0.09, 0.09, areas))
    names = [f"{i:06d}" for i in range(areas)]
    deaths = accidents + random.binomial(accidents, 0.2)
    return pd.DataFrame({"area": names, "deaths": deaths, "fatal_accidents": accidents, "exposure": exposure})


def polygons() -> object:
    """Return a map of as many squares."""
    import geopandas
    from shapely import box

    rows, cells = AREAS
    squares = [box(x, y, x + 1, y + 1) for y in range(rows) for x in range(cells)]
    return geopandas.GeoDataFrame({"area": country(0)["area"]}, geometry=squares)


def seconds(task: Callable[[], object]) -> float:
    """Return the median time of a task, after one run that warms up."""
    task()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        task()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def main() -> None:
    """Print the table."""
    busy = os.getloadavg()[0]
    before, after, shapes = country(2015), country(2018), polygons()
    pairs = neighbours.touching(shapes)
    together: dict[str, Callable[[], object]] = {
        "districts.rates": lambda: districts.rates(after),
        "districts.spread": lambda: districts.spread(after),
        "districts.funnel_limits, 100 sizes": lambda: districts.funnel_limits(
            after, exposures=np.linspace(0.1, 3, 100)
        ),
        "movements.changes": lambda: movements.changes(before, after),
        "movements.contributions": lambda: movements.contributions(before, after),
        "neighbours.touching": lambda: neighbours.touching(shapes),
        "neighbours.neighbourhoods": lambda: neighbours.neighbourhoods(after, pairs),
    }
    taken = {name: seconds(task) for name, task in together.items()}
    permuted = seconds(lambda: neighbours.moran(after, pairs, permutations=PERMUTATIONS))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}")
    print(f"load when it began {busy:.1f} (above 0.5 other work makes the figures too high)")
    print(f"{len(after):,} areas, median of {RUNS} runs\n\n| what | seconds |\n|---|---:|")
    rows = {**taken, "all without permutation": sum(taken.values()), f"neighbours.moran, {PERMUTATIONS}": permuted}
    for name, time_taken in rows.items():
        print(f"| {name} | {time_taken:.2f} |")
    for name, time_taken in list(rows.items())[-2:]:
        print(f"{name}: at most {AT_MOST:g} s, {'held' if time_taken <= AT_MOST else 'NOT HELD'}")


if __name__ == "__main__":
    main()
