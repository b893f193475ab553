"""Time `attainment` on 30,000 areas, beside what fitting statsmodels' ETS and ARIMA series by series costs.

Run as `python benchmarks/attainment.py`, and once more with OPENBLAS_NUM_THREADS=1: on matrices this small threads only
get in each other's way, more so in statsmodels. All figures come from one run on one machine.
"""

from __future__ import annotations

import os
import platform
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from zzlib.targets import attainment

AREAS = 30_000
YEARS = range(2010, 2019)
CHANGES = (0.0, -0.05, -0.10, -0.20, -0.30)
RUNS = 5
SAMPLE = 200  # series that statsmodels fits
AT_MOST = 2.0  # seconds on two cores that are promised


def panel(areas: int = AREAS) -> pd.DataFrame:
    """Return yearly deaths of many areas, from a few to some thousands: a common path, own walks, Poisson draws."""
    random = np.random.default_rng(2015)
    start = random.uniform(np.log(3), np.log(3_000), (areas, 1))
    own = np.cumsum(random.normal(-0.02, 0.05, (areas, len(YEARS))), axis=1)
    common = np.cumsum(random.normal(0, 0.03, len(YEARS)))
    deaths = random.poisson(np.exp(start + own + common))
    names = np.repeat([f"{i:06d}" for i in range(areas)], len(YEARS))
    return pd.DataFrame({"area": names, "year": np.tile(YEARS, areas), "count": deaths.ravel()})


def seconds(task: Callable[[], object]) -> float:
    """Return how long a task takes."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def ours(observations: pd.DataFrame) -> float:
    """Return the median time of answering all areas, after one small call that warms up."""
    question = {"baseline_year": YEARS[-4], "target_year": YEARS[-1] + 2, "changes": CHANGES}
    attainment(observations[: 20 * len(YEARS)], **question)
    return float(np.median([seconds(lambda: attainment(observations, **question)) for _ in range(RUNS)]))


def ets(log_deaths: np.ndarray) -> None:
    """Fit exponential smoothing with a trend and forecast."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    ETSModel(log_deaths, error="add", trend="add").fit(disp=False).forecast(2)


def arima(log_deaths: np.ndarray) -> None:
    """Fit ARIMA(0, 1, 1) with a drift and forecast."""
    from statsmodels.tsa.arima.model import ARIMA

    ARIMA(log_deaths, order=(0, 1, 1), trend="t").fit().get_forecast(2)


def series_by_series(fit: Callable[[np.ndarray], None], observations: pd.DataFrame) -> float:
    """Return the mean time that a fit takes for one series, over a sample of the areas, the first left out."""
    chosen = np.linspace(0, len(observations) / len(YEARS) - 1, SAMPLE + 1).astype(int)
    rows = np.log(observations["count"].to_numpy(float).reshape(-1, len(YEARS))[chosen] + 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nine years converge badly, which is not what is timed
        fit(rows[0])
        return seconds(lambda: [fit(row) for row in rows[1:]]) / SAMPLE


def main() -> None:
    """Print the table."""
    busy = os.getloadavg()[0]
    observations = panel()
    total = ours(observations)
    each = {
        f"attainment, {len(CHANGES)} changes": total / AREAS,
        "statsmodels ETS (AAN)": series_by_series(ets, observations),
        "statsmodels ARIMA(0,1,1) + drift": series_by_series(arima, observations),
    }
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}")
    print(f"threads of linear algebra: {os.environ.get('OPENBLAS_NUM_THREADS', 'default')}")
    print(f"load when it began {busy:.1f} (above 0.5 other work makes the figures too high)")
    print(f"{AREAS:,} areas x {len(YEARS)} years x {len(CHANGES)} changes: median of {RUNS} runs {total:.2f} s", end="")
    print(f" (at most {AT_MOST:g} s: {'held' if total <= AT_MOST else 'NOT HELD'})\n")
    print(f"| {'method':<34} | {'a series, µs':>12} | {'against ours':>12} |")
    print(f"|{'-' * 36}|{'-' * 13}:|{'-' * 13}:|")
    for name, cost in each.items():
        print(f"| {name:<34} | {cost * 1e6:>12,.0f} | {cost * AREAS / total:>12,.0f} |")


if __name__ == "__main__":
    main()
