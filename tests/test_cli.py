"""The terminal: right words, right exit codes, right streams, on any console."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from zzlib.keys import PROJECT  # light modules: these tests look from outside
from zzlib.periods import bounds

SHARED = tempfile.TemporaryDirectory(prefix="zzlib-cli-")
ZZLIB = [sys.executable, "-c", "from zzlib.cli import main; main()"]


def zzlib(*arguments: str, encoding: str = "utf-8", **environment: str) -> subprocess.CompletedProcess[str]:
    # Many of these tests ask the same question: it is computed once.
    env = {**os.environ, "PYTHONIOENCODING": f"{encoding}:strict", "ZZLIB_KEPT": SHARED.name, **environment}
    return subprocess.run([*ZZLIB, *arguments], capture_output=True, text=True, encoding=encoding, env=env, check=False)


def test_help_teaches_and_is_quick() -> None:
    begun = time.perf_counter()
    shown = zzlib("--help", "--language", "en")
    took = time.perf_counter() - begun
    assert shown.returncode == 0
    assert "zzlib run midterm" in shown.stdout
    assert "zzlib assess --plan china-2006-2010 --as-of 2008-12-31" in shown.stdout
    assert took < 2  # 0.3 s alone; the tests share two cores


def test_help_loads_nothing_heavy() -> None:
    look = "import sys, zzlib.cli; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", look], text=True).split()
    assert not {"pandas", "statsmodels", "papermill", "nbformat", "plotly", "geopandas"} & set(loaded)


@pytest.mark.parametrize("command", ["run", "assess"])
def test_the_same_words_everywhere(command: str) -> None:
    shown = zzlib(command, "--help", "--language", "en").stdout
    for word in ("--plan ID|FILE", "--through PERIOD", "--as-of DATE", "--data PATH", "--language", "--quiet"):
        assert word in shown


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("command", [("--help",), ("run", "--help"), ("assess", "--help"), ("plans",)])
def test_every_word_can_be_shown_on_every_console(command: tuple[str, ...], language: str, encoding: str) -> None:
    given = (*command, "--language", language) if command[0] != "--help" else command
    shown = zzlib(*given, encoding=encoding)
    assert shown.returncode == 0, shown.stderr
    assert "\\u" not in shown.stdout
    assert shown.stderr == ""


def test_plans_lists_them_for_people_and_for_programs() -> None:
    assert "zhengzhou-2016-2020" in zzlib("plans", "--quiet").stdout.split()
    assert "郑州市" in zzlib("plans").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "midterm", "--trough", "2018"), "--through"),
        (("run",), "KIND"),
        (("run", "mid"), "midterm"),
        (("run", "midterm", "--plan", "zhengzhou"), "zhengzhou-2016-2020"),
        (("run", "midterm", "--through", "last year"), "2018-Q1"),
        (("run", "midterm", "--as-of", "yesterday"), "2018-12-31"),
        (("assess", "--plan", "zhengzhou"), "zhengzhou-2016-2020"),
        (("assess", "--through", "2018-Q5"), "2018-Q1"),
        (("assess", "--as-of", "2018-13"), "2018-12-31"),
        (("assess", "--data", "nowhere.csv"), "nowhere.csv"),
        (("assess", "--language", "fr"), "'zh', 'en'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_remedy(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    given = (*arguments, "--outputs", str(tmp_path / "outputs")) if arguments[0] == "run" else arguments
    refused = zzlib(*given)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_assess_speaks_both_languages_and_names_every_indicator() -> None:
    chinese, english = zzlib("assess"), zzlib("assess", "--language", "en")
    assert chinese.returncode == english.returncode == 0
    assert "合成" in chinese.stdout
    assert "synthetic" in english.stdout.lower()
    assert zzlib("assess", "--quiet").stdout in chinese.stdout


@pytest.mark.parametrize("language", ["zh", "en"])
def test_assess_survives_a_gbk_console(language: str) -> None:
    shown = zzlib("assess", "--language", language, encoding="gbk")
    assert shown.returncode == 0, shown.stderr
    assert "\\u" not in shown.stdout


def test_json_is_the_same_array_in_every_language_and_console() -> None:
    shown = zzlib("assess", "--json")
    rows = json.loads(shown.stdout)
    assert len(rows) == 5
    assert all(isinstance(row["warnings"], list) for row in rows)
    assert all(row["verdict"] and bounds(row["target_period"]) for row in rows)
    assert "NaN" not in shown.stdout
    assert zzlib("assess", "--json", encoding="utf-8", LANG="C").stdout == shown.stdout


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan that has only just been begun."""
    folder = tmp_path_factory.mktemp("plans")
    begun = ("new-plan", "kaifeng-2021-2025", "--area", "410200", "--baseline", "2020", "--target", "2025")
    assert zzlib(*begun, "--folder", str(folder)).returncode == 0
    return folder / "kaifeng-2021-2025.yaml"


def test_an_unfinished_plan_is_listed_with_its_faults(unfinished: Path) -> None:
    listing = f"from pathlib import Path; from zzlib import cli, plan; plan.PLANS = Path({str(unfinished.parent)!r}); "
    shutil.copy(PROJECT / "data" / "plans" / "china-2006-2010.yaml", unfinished.parent)
    command = [sys.executable, "-c", listing + "cli.main()", "plans", "--json"]
    shown = subprocess.run(command, capture_output=True, check=False)
    whole, begun = json.loads(shown.stdout)
    assert shown.returncode == 0
    assert (whole["plan"], whole["faults"], begun["plan"]) == ("china-2006-2010", 0, unfinished.stem)
    assert begun["faults"] > 0
    assert whole.keys() == begun.keys()


def test_json_tells_what_other_plans_answered_when_one_is_refused(unfinished: Path) -> None:
    shown = zzlib("assess", "--plan", str(unfinished), "--plan", "zhengzhou-2016-2020", "--json")
    assert {row["plan"] for row in json.loads(shown.stdout)} == {"zhengzhou-2016-2020"}
    assert unfinished.name in shown.stderr
    assert shown.returncode == 2


def test_an_interruption_ends_with_130_and_leaves_no_trace(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    running = subprocess.Popen([*ZZLIB, "run", "midterm", "--outputs", str(outputs)], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list(outputs.rglob("*.ipynb")) and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    running.terminate()  # a scheduler's way; Ctrl-C ends the same
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said.decode()
    assert b"Traceback" not in said
    assert not outputs.exists()
