"""How long a run takes: the whole mid-term evaluation, again with nothing changed, again with one file changed.

    python benchmarks/runs.py [TIMES]

Medians of TIMES (default five) in seconds by the clock, in turn, beside `import statsmodels.api` in the same minutes,
which says how fast the machine is. The changed file is the one of offices' reports, on which two of six notebooks rest.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from zzlib.plan import PROJECT

ZZLIB = [sys.executable, "-c", "from zzlib.cli import main; main()"]


def main() -> None:
    """Measure, and print the medians and their ratios."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        for file in [*(PROJECT / "data/observations").glob("zhengzhou*.csv"), *(PROJECT / "data/demo").glob("*s.csv")]:
            shutil.copy(file, data)
        shutil.copy(PROJECT / "data/demo/ledger.csv", data)
        for number in range(times):
            outputs = str(Path(folder) / f"outputs-{number}")
            asked = [*ZZLIB, "run", "midterm", "--data", str(data), "--outputs", outputs, "--quiet"]
            for what in ("import statsmodels.api", "whole run", "nothing changed", "reports changed"):
                if what == "reports changed":
                    _report(data / "reports.csv", number)
                command = [sys.executable, "-c", what] if what.startswith("import") else asked
                took.setdefault(what, []).append(_seconds(command))
    unit = statistics.median(took["import statsmodels.api"])
    for what, seconds in took.items():
        median = statistics.median(seconds)
        print(f"{what:24}{median:8.2f} s{median / unit:8.1f} imports   {min(seconds):.2f} to {max(seconds):.2f}")


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=PROJECT)
    return time.perf_counter() - begun


def _report(file: Path, number: int) -> None:
    """Let an office have reported on a day of its own, so that the file differs and no other does."""
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith("funding-plan,2018-12-31"))
    added = line.replace("2018-12-31", f"2018-12-{10 + number}")
    file.write_text("\n".join([*lines, added]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
