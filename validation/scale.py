"""What the evaluation and the pages of 30, 300 and 3,000 areas cost, whoever writes them, and what a killed one does.

    PYTHONPATH=validation python -m scale

prints the table of docs/reliability.md. Everything is measured in one run, and every page is compared with that of the
single process, byte for byte.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import many_areas

from zzlib import area_pages
from zzlib.evaluation import Evaluation, evaluate
from zzlib.workers import HERE, Executor, executor

SIZES = (30, 300, 3000)
WORKERS = 2
Kill = Callable[[], None]


@dataclass(frozen=True)
class Measured:
    """A plan of so many areas: seconds to evaluate it, by the clock and of processor, and for each way of writing its
    pages the seconds, and whether the pages are those of the single process."""

    areas: int
    evaluated: float
    processor: float
    written: dict[str, tuple[float, bool]] = field(default_factory=dict)
    largest: int = 0


@contextmanager
def cluster() -> Iterator[Any]:
    """Give a dask cluster of two processes of this machine, whose workers start again when they are killed."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0", silence_logs="CRITICAL"
    ) as running:
        yield running


def kill_one_of(running: Any) -> None:
    """Kill the process of one of a cluster's workers, as a machine that loses its power would."""
    os.kill(next(iter(running.workers.values())).pid, signal.SIGKILL)


def kill_a_child() -> None:
    """Kill one process of the pool that this process has started."""
    process = multiprocessing.active_children()[0]
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)


def measure(evaluation: Evaluation, folder: Path, by: Executor, kill: Kill | None = None) -> float:
    """Write the pages of an evaluation, killing a worker when half of them are there; return the seconds it took."""
    half = len(evaluation.movements) // 2
    killed: list[int] = []

    def tell(done: int, total: int, name: str) -> None:
        if kill and done >= half and not killed:
            killed.append(done)
            kill()

    start = time.perf_counter()
    area_pages.write(evaluation, folder, by=by, progress=tell)
    assert bool(killed) == bool(kill)
    return time.perf_counter() - start


def same(one: Path, other: Path) -> bool:
    """Say whether two folders hold the same files, byte for byte."""
    names = sorted(path.name for path in one.iterdir())
    return names == sorted(path.name for path in other.iterdir()) and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names
    )


def campaign(areas: int, folder: Path, running: Any) -> Measured:
    """Evaluate a plan of so many areas in one call and write its pages in every way."""
    plan = many_areas.write(folder / "plans", areas)
    start, used = time.perf_counter(), time.process_time()
    evaluation = evaluate(plan)
    found = Measured(areas, time.perf_counter() - start, time.process_time() - used)
    with executor(workers=WORKERS) as pool, executor(running.scheduler_address) as dask:
        ways: dict[str, tuple[Executor, Kill | None]] = {
            "this process": (HERE, None),
            "pool of two": (pool, None),
            "dask, two workers": (dask, None),
            "pool, one killed": (pool, kill_a_child),
            "dask, one killed": (dask, lambda: kill_one_of(running)),
        }
        for way, (by, kill) in ways.items():
            where = folder / f"{areas}-{way}"
            took = measure(evaluation, where, by, kill)
            found.written[way] = took, same(where, folder / f"{areas}-this process")
    sizes = (path.stat().st_size for path in (folder / f"{areas}-this process").glob("99*.html"))
    return replace(found, largest=max(sizes))


def as_text(found: list[Measured]) -> str:
    """Return the table."""
    ways = list(found[0].written)
    lines = [
        "| areas | evaluate, s (of processor) | "
        + " | ".join(f"{way}, s (pages/s)" for way in ways)
        + " | largest page |",
        "|---:|---:|" + "---:|" * (len(ways) + 1),
    ]
    for one in found:
        cells = [f"{took:.2f} ({one.areas / took:.0f}){'' if equal else ' DIFFERENT'}"
                 for took, equal in one.written.values()]  # fmt: skip
        cells.append(f"{one.largest / 1000:.0f} kB")
        lines.append(f"| {one.areas:,} | {one.evaluated:.1f} ({one.processor:.1f}) | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure every size and print the table."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    evaluate("china-2006-2010")  # what is imported late is not measured
    with tempfile.TemporaryDirectory() as folder, cluster() as running:
        print(f"load {os.getloadavg()[0]:.1f} at the start")
        print(as_text([campaign(areas, Path(folder), running) for areas in sizes]))


if __name__ == "__main__":
    main()
