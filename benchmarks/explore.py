"""Time a change in the panel of `notebooks/explore.ipynb`: from the widget's new value to the new figure sent out.

Run as `python benchmarks/explore.py`. Processor time, which other work on the machine does not lengthen much, stands
beside the clock's. What JupyterLab and the browser add is in README.md.
"""

from __future__ import annotations

import platform
import statistics
import time
from datetime import date

from zzlib import explore

AT_MOST = 0.2  # seconds that are promised, with what the browser adds
CHANGES = {
    "extra reduction": ("reduction", [0.01 * step for step in range(1, 16)]),
    "growth of the exposure": ("growth", [0.01 * step for step in range(1, 16)]),
    "one more accident": ("accident", [3, 10, 30, 0]),
    "model": ("model", ["no_drift", "random_walk_drift", "log_linear_trend", "shared_level_3"]),
    "year": ("through", ["2017", "2016", "2018"]),
    "day of knowledge": ("as_of", [date(2018, 6, 30), date(2019, 6, 30), None]),
    "area": ("area", ["410102", "410122", "410181", "410100"]),
    "indicator": ("indicator", ["deaths_per_10k_vehicles", "deaths_per_million_tonnes", "deaths_per_100m_gdp"]),
}


def main() -> None:
    """Print the times of every kind of change."""
    print(platform.machine(), platform.python_version())
    begun = time.perf_counter()
    panel = explore.panel("zhengzhou-2016-2020", through="2018")
    print(f"{'the panel itself':24} {time.perf_counter() - begun:.2f} s")
    panel.controls["indicator"].value = "deaths_per_100m_gdp"
    for name, (control, values) in CHANGES.items():
        times, busy = [], []
        for value in values:
            begun, used = time.perf_counter(), time.process_time()
            panel.controls[control].value = value
            times.append(time.perf_counter() - begun)
            busy.append(time.process_time() - used)
        enough = "" if max(busy) <= AT_MOST else "  too slow"
        clock, median, most = statistics.median(times), statistics.median(busy), max(busy)
        print(f"{name:24} {clock:.3f} s by the clock; processor {median:.3f} s, at most {most:.3f} s{enough}")


if __name__ == "__main__":
    main()
