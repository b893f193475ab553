"""Each recipe of docs/schedules/ is run for real, in a copy of the project with an environment of its own.

Needs faketime, systemd-analyze and a package index; nothing but the path /opt/zzlib is changed in a recipe.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

PROJECT = Path(__file__).resolve().parents[1]
UV = [str(PROJECT / ".venv" / "bin" / "uv"), "--system-certs"]
LATER = ["faketime", "2018-07-05 06:30:00"]  # the demonstration's records end in 2018
MONTH = "2018-06"
MISSPELT = "是否应为“through”"


def environment(place: Path, *packages: str) -> Path:
    """Make a virtual environment with packages, and return its folder of programs."""
    subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, place], check=True)
    if packages:
        install = [*UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", place / "bin" / "python"]
        subprocess.run([*install, *packages], check=True)
    return place / "bin"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files under version control as they stand, with an environment that holds jupyter-scheduler too."""
    house = tmp_path_factory.mktemp("house") / "zzlib"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, house / name)
    environment(house / ".venv", "-r", str(house / "requirements.lock"))
    install = [*UV, "pip", "install", "--quiet", "--python", house / ".venv" / "bin" / "python"]
    subprocess.run([*install, "--no-deps", "-e", house], check=True)
    subprocess.run([*install, "jupyter-scheduler"], check=True)
    return house


def recipe(name: str, house: Path) -> str:
    return (PROJECT / "docs" / "schedules" / name).read_text(encoding="utf-8").replace("/opt/zzlib", str(house))


def records(house: Path, month: str = MONTH) -> list[dict[str, Any]]:
    """The records of the runs that looked at a month, whatever folder of outputs they lie in."""
    found = (house / "outputs").rglob("run.json")
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(found)]
    return [one for one in read if one["kind"] == "monthly" and one["parameters"]["through"] == month]


def forget(house: Path) -> None:
    """Remove the plan's runs: where nothing changed, the answer of an earlier test would stand, and none be made."""
    shutil.rmtree(house / "outputs" / "zhengzhou-2016-2020", ignore_errors=True)


def bare(line: str | list[str], where: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command with nothing in its environment but what is named."""
    start = [*LATER, "/bin/sh", "-c", line] if isinstance(line, str) else [*LATER, *line]
    return subprocess.run(start, cwd=where, env=variables, capture_output=True, text=True, check=False)


CRON = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "zzlib"}


def cron_line(house: Path) -> str:
    (line,) = [line for line in recipe("zzlib.crontab", house).splitlines() if line[:1].isdigit()]
    assert "%" not in line  # which cron turns into the end of a line
    return line.split(maxsplit=5)[5]


def test_cron(house: Path, tmp_path: Path) -> None:
    forget(house)
    done = bare(cron_line(house), tmp_path, HOME=str(tmp_path), **CRON)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")  # so cron sends no mail
    assert len(records(house)) == 1
    assert list(tmp_path.iterdir()) == []  # nothing is left in anybody's home


def test_cron_with_a_misspelt_option(house: Path, tmp_path: Path) -> None:
    done = bare(cron_line(house).replace("--through", "--trough"), tmp_path, HOME=str(tmp_path), **CRON)
    assert done.returncode == 2
    assert "--through" in done.stderr


def test_systemd(house: Path, tmp_path: Path) -> None:
    service, timer = tmp_path / "zzlib-monthly.service", tmp_path / "zzlib-monthly.timer"
    for unit in (service, timer):
        unit.write_text(recipe(unit.name, house), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", service, timer], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    lines = dict(line.split("=", 1) for line in service.read_text(encoding="utf-8").splitlines() if "=" in line)
    forget(house)
    done = bare(lines["ExecStart"].split(), Path(lines["WorkingDirectory"]), PATH="/usr/bin:/bin", HOME="/nonexistent")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(records(house)) == 1


def run_airflow(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    variables = {"AIRFLOW_HOME": str(place), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PATH": os.environ["PATH"]}
    return subprocess.run(
        [place / "venv" / "bin" / "airflow", *words],
        env=variables, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def airflow(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Airflow in an environment of its own, with the recipe, and the recipe with a misspelt parameter."""
    place = tmp_path_factory.mktemp("airflow")
    environment(place / "venv", "apache-airflow>=3.1", "apache-airflow-providers-papermill")
    kernel = [house / ".venv" / "bin" / "python", "-m", "ipykernel", "install", "--name", "zzlib"]
    subprocess.run([*kernel, "--prefix", place / "venv"], check=True, capture_output=True)
    dags = place / "dags"
    dags.mkdir()
    right = recipe("zzlib_monthly.py", house)
    wrong = right.replace('"through":', '"trough":')
    other = wrong.replace("scheduled_run.ipynb", "data_quality.ipynb").replace('"kind": "monthly", ', "")
    for name, text in (("zzlib_monthly", right), ("misspelt", wrong), ("other_notebook", other)):
        (dags / f"{name}.py").write_text(text.replace("zzlib_monthly", name), encoding="utf-8")
    run_airflow(place, "db", "migrate")
    return place


class TestAirflow:
    def test_runs_the_recipe_for_the_month_before(self, airflow: Path, house: Path) -> None:
        forget(house)
        done = run_airflow(airflow, "dags", "test", "zzlib_monthly", "2018-07-05")
        assert done.returncode == 0, done.stdout[-3000:]
        assert len(records(house)) == 1

    def test_fails_on_a_misspelt_parameter(self, airflow: Path, house: Path) -> None:
        done = run_airflow(airflow, "dags", "test", "misspelt", "2018-07-05")
        assert done.returncode == 1
        assert MISSPELT in done.stdout

    def test_takes_it_in_silence_with_any_other_notebook(self, airflow: Path) -> None:
        assert run_airflow(airflow, "dags", "test", "other_notebook", "2018-07-05").returncode == 0


def call(address: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body else None
    with urlopen(Request(address, data=data, headers={"Authorization": "token secret"}), timeout=30) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def lab(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab on the notebooks, with jupyter-scheduler; its address."""
    place = tmp_path_factory.mktemp("lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={house / 'notebooks'}",
        f"--SchedulerApp.db_url=sqlite:///{place}/jobs.sqlite", "--IdentityProvider.token=secret",
    ]  # fmt: skip
    variables = {"HOME": str(place), "PATH": "/usr/bin:/bin"}
    with (place / "log").open("w") as log:
        server = subprocess.Popen(
            [*LATER, house / ".venv" / "bin" / "jupyter", "lab", *options],
            env=variables,
            cwd=place,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}/scheduler"
    try:
        for _ in range(120):
            try:
                call(f"{address}/runtime_environments")
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # faketime, and JupyterLab below it
        server.wait(30)


class TestJupyterScheduler:
    def job(self, lab: str, house: Path, **other: Any) -> dict[str, Any]:
        """Create the job of the recipe, and return it once it has come to an end."""
        asked = json.loads(recipe("jupyter_scheduler_job.json", house)) | other
        (known,) = call(f"{lab}/runtime_environments")
        assert asked["runtime_environment_name"] == known["name"]
        asked = {key: value for key, value in asked.items() if key not in ("schedule", "timezone")}
        job = call(f"{lab}/jobs", asked)["job_id"]
        for _ in range(600):
            described: dict[str, Any] = call(f"{lab}/jobs/{job}")
            if described["status"] in ("COMPLETED", "FAILED"):
                break
            time.sleep(0.5)
        return described

    def test_takes_the_recipe_with_its_schedule(self, lab: str, house: Path) -> None:
        asked = json.loads(recipe("jupyter_scheduler_job.json", house))
        kept = call(f"{lab}/job_definitions", asked)["job_definition_id"]
        described = call(f"{lab}/job_definitions/{kept}")
        assert (described["schedule"], described["active"]) == (asked["schedule"], True)

    def test_completes_the_job_of_the_recipe(self, lab: str, house: Path) -> None:
        forget(house)
        done = self.job(lab, house)
        assert done["status"] == "COMPLETED", done["status_message"]
        assert len(records(house)) == 1

    def test_fails_on_a_misspelt_parameter(self, lab: str, house: Path) -> None:
        done = self.job(lab, house, parameters={"kind": '"monthly"', "trough": '"2018-06"'})
        assert done["status"] == "FAILED"
        assert MISSPELT in done["status_message"]

    def test_takes_it_in_silence_with_any_other_notebook(self, lab: str, house: Path) -> None:
        done = self.job(lab, house, input_uri="data_quality.ipynb", parameters={"trough": '"2018-06"'})
        assert done["status"] == "COMPLETED"

    @pytest.mark.parametrize("place", ["name", "value"])
    def test_runs_no_code_from_the_text_of_a_parameter(self, place: str, lab: str, house: Path, tmp_path: Path) -> None:
        code = f'__import__("pathlib").Path("{tmp_path / "ran"}").touch()'
        pasted = {"name": {f"through: {code}": '"2018"'}, "value": {"through": f'"2018"; {code}'}}
        assert self.job(lab, house, parameters=pasted[place])["status"] == "FAILED"
        assert not (tmp_path / "ran").exists()
        done = self.job(lab, house, input_uri="data_quality.ipynb", parameters=pasted[place])
        assert done["status"] == "COMPLETED"
        assert (tmp_path / "ran").exists()  # any other notebook runs it
