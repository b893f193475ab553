"""Time the alarms of 3,000 areas × 14 fields over 96 months.

Run as `python benchmarks/alarms.py`, with nothing else running.
"""

from __future__ import annotations

import time

import numpy as np

from zzlib.alarms import LEAST_YEARS, QUARTER, watch

AREAS, FIELDS, MONTHS = 3000, 14, 96
RUNS = 3
AT_MOST = 10.0  # seconds that are promised


def country(seed: int) -> np.ndarray:
    """Return monthly counts whose levels differ widely, as those of districts and fields do."""
    random = np.random.default_rng(seed)
    level = random.gamma(0.4, 0.5, (AREAS * FIELDS, 1))
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(MONTHS) / 12)
    return random.poisson(level * season).astype(float)


def main() -> None:
    """Print the median time and how many alarms there were."""
    counts = country(2015)
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        found = watch(counts, alpha=1 / len(counts), window=QUARTER)
        took.append(time.perf_counter() - start)
    median = sorted(took)[RUNS // 2]
    print(f"{len(counts):,} series, {MONTHS} months: {median:.1f} s ({found.alarm.sum()} alarms in "
          f"{MONTHS - 12 * LEAST_YEARS} months at one a month)")  # fmt: skip
    raise SystemExit(median > AT_MOST)


if __name__ == "__main__":
    main()
