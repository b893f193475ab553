"""Real runs, killed, starved of room and written over: what a reader finds meanwhile, and how the next run fares.

`ZZLIB_KILLS` is how many runs are killed, 200 by default; figures are printed with `pytest -s`, and those of the last
campaign stand in docs/reliability.md. Needs Linux, the right to mount a tmpfs, and strace.
"""

import itertools
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest

from zzlib import folders, published
from zzlib.plan import PROJECT

PLAN, KIND = "china-2006-2010", "annual"
KILLS = int(os.environ.get("ZZLIB_KILLS", "200"))
TABLE = PROJECT / "data" / "observations" / "china_work_safety.csv"
ZZLIB = [sys.executable, "-c", "from zzlib.cli import main; main()"]


def started(data: Path, outputs: Path, *more: str) -> "subprocess.Popen[str]":
    asked = ["run", KIND, "--plan", PLAN, "--through", "2008", "--data", str(data), "--outputs", str(outputs), *more]
    return subprocess.Popen(
        [*ZZLIB, *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def succeeds(data: Path, outputs: Path) -> float:
    begun = time.monotonic()
    run = started(data, outputs)
    said = run.communicate(timeout=600)
    assert run.returncode == 0, said
    return time.monotonic() - begun


def home(outputs: Path) -> Path:
    return outputs / PLAN / f"{KIND}-2008"


def write(data: Path, figure: int) -> None:
    """Write the national figures with another number of deaths of 2008, in one step, so that a run has to compute."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if re.match(r"100000,2008,deaths,", line))
    cells = lines[at].split(",")
    number = next(i for i, cell in enumerate(cells) if i > 2 and re.fullmatch(r"\d{4,}", cell))
    cells[number] = str(int(cells[number]) + figure)
    fresh = data.with_name("fresh")
    fresh.write_text("\n".join([*lines[:at], ",".join(cells), *lines[at + 1 :]]) + "\n", encoding="utf-8")
    fresh.replace(data)


def look(folder: Path) -> set[str]:
    """Assert that a reader finds a whole run, and return the names of all that are there."""
    for page in (folder / "briefing.html", folder / "index.html"):
        text = page.read_text(encoding="utf-8")
        assert text.rstrip().endswith("</html>"), page
        for link in re.findall(r'href="([^"#:]+)"', text):
            assert (folder / unquote(link)).exists(), link
    return {path.parent.name for path in folder.glob("[!.]*/run.json")}


@contextmanager
def reader(folder: Path) -> Iterator[list[str]]:
    """Look at what is published again and again; the list holds what a reader could not have used."""
    wrong: list[str] = []
    looks, over = [0], threading.Event()

    def read() -> None:
        there: set[str] = set()
        while not over.is_set():
            try:
                now = look(folder)
                wrong.extend(f"{name} is lost" for name in there - now)
                there, looks[0] = now, looks[0] + 1
            except (AssertionError, OSError) as failure:
                wrong.append(repr(failure))
            time.sleep(0.02)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield wrong
    finally:
        over.set()
        thread.join()
        print(f"looked {looks[0]} times")


def test_runs_killed_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    data, outputs, before = tmp_path / "national.csv", tmp_path / "outputs", _processes()
    write(data, 0)
    took = [succeeds(data, outputs)]
    drawn, died, ended = random.Random(20), [], 0
    with reader(home(outputs)) as wrong:
        for number in itertools.count(1):
            if len(died) == KILLS:
                break
            write(data, number)
            run = started(data, outputs)
            try:
                run.wait(timeout=drawn.uniform(0, 1.1 * statistics.median(took)))
                ended += 1
                assert run.returncode == 0
            except subprocess.TimeoutExpired:
                os.kill(run.pid, signal.SIGKILL)
                died.append(run.wait())
            run.communicate()
            if number % 10 == 0 or len(died) == KILLS:
                took.append(succeeds(data, outputs))
                at = published.read(home(outputs))
                assert at is not None
                assert at.whole(home(outputs))
    assert wrong == []
    time.sleep(3)
    alive = str(len(_processes() - before))
    left = [path for path in outputs.rglob(".*") if path.name != folders.LOCK]
    print(f"killed {len(died)}, ended before {ended}, left over {len(left)}, still running {alive}")
    assert alive == "0"
    assert left == []


def _processes() -> set[str]:
    """Return the processes of this interpreter that run the program: kernels, and what they are forked from, too."""
    found = subprocess.run(["pgrep", "-f", f"{sys.executable} .*zzlib"], capture_output=True, text=True, check=False)
    return set(found.stdout.split())


def test_a_disk_that_is_full_is_told_and_what_is_published_stays(tmp_path: Path) -> None:
    data, disk = tmp_path / "national.csv", tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(disk)], check=True)
    try:
        write(data, 0)
        succeeds(data, disk / "outputs")
        found = look(home(disk / "outputs"))
        room = shutil.disk_usage(disk).free
        for left in (0, 50_000, 250_000, 400_000, 1_000_000, 2_000_000, 4_000_000):
            (disk / "ballast").write_bytes(b"0" * (room - left))
            write(data, 1 + left)
            run = started(data, disk / "outputs")
            said = run.communicate(timeout=600)[1]
            (disk / "ballast").unlink()
            print(f"{left} bytes free: exit {run.returncode}: {said.strip()[:200]}")
            assert (run.returncode, "Traceback" in said, bool(said)) == (1, False, True)
            assert look(home(disk / "outputs")) >= found
        succeeds(data, disk / "outputs")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        write(data, 7)
        run = started(data, disk / "outputs")
        said = run.communicate(timeout=600)[1]
        assert (run.returncode, "Traceback" in said, "--outputs" in said) == (1, False, True)
        look(home(disk / "outputs"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_input_written_over_in_mid_run_is_told_or_makes_no_difference(tmp_path: Path) -> None:
    data, outputs = tmp_path / "national.csv", tmp_path / "outputs"
    write(data, 0)
    took = succeeds(data, outputs)
    codes = []
    with reader(home(outputs)) as wrong:
        for number in range(1, 11):
            write(data, number)
            run = started(data, outputs)
            time.sleep(took * number / 12)
            data.write_bytes(b"\x00\xff,half a")
            said = run.communicate(timeout=600)[1]
            codes.append(run.returncode)
            assert run.returncode in (0, 1, 2)
            assert "Traceback" not in said
    print("exit codes", codes)
    assert wrong == []
    assert set(codes) & {1, 2}
    write(data, 99)
    succeeds(data, outputs)


def test_eight_runs_at_once_make_one_each_question(tmp_path: Path) -> None:
    data, outputs = tmp_path / "national.csv", tmp_path / "outputs"
    write(data, 0)
    runs = [started(data, outputs, "--language", ("zh", "en")[number % 2]) for number in range(8)]
    said = [run.communicate(timeout=900) for run in runs]
    assert [run.returncode for run in runs] == [0] * 8, said
    look(home(outputs))
    made = len(list(home(outputs).glob("[!.]*/run.json")))
    print(f"eight runs, two questions in turn: {made} made")
    assert 2 <= made < 8


def test_everything_is_on_the_disk_before_it_gets_its_name(tmp_path: Path) -> None:
    data, outputs, trace = tmp_path / "national.csv", tmp_path / "outputs", tmp_path / "trace"
    write(data, 0)
    watched = ["strace", "-f", "-y", "-e", "trace=fsync,rename,renameat,renameat2", "-o", str(trace), *ZZLIB]
    asked = ["run", KIND, "--plan", PLAN, "--through", "2008", "--data", str(data), "--outputs", str(outputs)]
    subprocess.run([*watched, *asked], check=True, capture_output=True, timeout=900)
    synced: set[str] = set()
    named = 0
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := re.search(r"fsync\(\d+<(.+?)>\)\s+= 0", line):
            synced.add(_unescaped(found[1]))
        elif found := re.search(r'rename\w*\((?:\S+, )?"(.+?)", (?:\S+, )?"(.+?)"', line):
            old, new = map(_unescaped, found.groups())
            if not new.startswith(str(outputs)) or folders.HIDDEN in new:  # what is still in the making
                continue
            named += 1
            inside = [p.relative_to(new).as_posix() for p in Path(new).rglob("*")] if Path(new).is_dir() else []
            assert {old, *(f"{old}/{path}" for path in inside)} <= synced, (old, new)
    print(f"{named} renames, {len(synced)} paths synced before them")
    assert named >= 5


def _unescaped(text: str) -> str:
    """Return a path as strace writes it, with the bytes that it writes in octal."""
    return re.sub(rb"\\(\d{3})", lambda octal: bytes([int(octal[1], 8)]), text.encode()).decode()


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
