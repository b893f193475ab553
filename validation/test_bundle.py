"""What `make bundle` packs is all that a machine without a network needs: set up and run under `unshare -n`."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def bundle() -> Path:
    packed = subprocess.run([PROJECT / ".ci" / "bundle"], stdout=subprocess.PIPE, text=True, check=True)
    return PROJECT / packed.stdout.split()[-1]


@pytest.fixture(scope="module")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("office")
    subprocess.run(["tar", "-xzf", bundle, "-C", place], check=True)
    (folder,) = place.iterdir()
    return folder


@pytest.fixture
def offline(tmp_path: Path) -> Run:
    """Run a command without a network, with an empty HOME and nothing else in its environment."""

    def run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
        bare = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        return subprocess.run([*ALONE, *command], env=bare, cwd="/", capture_output=True, text=True, check=False)

    return run


def test_there_is_no_network_here(offline: Run) -> None:
    connect = "import socket; socket.create_connection(('1.1.1.1', 53), 3)"
    assert "unreachable" in offline("python3", "-c", connect).stderr


def test_a_damaged_bundle_is_refused(unpacked: Path, offline: Run, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(unpacked, damaged, ignore=shutil.ignore_patterns("*.whl"))
    done = offline("sh", damaged / "install.sh")
    assert done.returncode != 0
    assert not (damaged / "zzlib" / ".venv").exists()


def test_another_python_is_refused_in_both_languages(unpacked: Path, offline: Run, tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho Python 3.10 linux-x86_64\n")
    other.chmod(0o755)
    done = offline("sh", unpacked / "install.sh", other)
    assert done.returncode == 1
    assert "here is Python 3.10" in done.stderr
    assert "本机为 Python 3.10" in done.stderr


def test_sets_up_and_evaluates(bundle: Path, unpacked: Path, offline: Run, tmp_path: Path) -> None:
    begun = time.monotonic()
    done = offline("sh", unpacked / "install.sh")
    assert done.returncode == 0, done.stderr
    ready = time.monotonic()
    ran = offline(unpacked / "zzlib" / ".venv" / "bin" / "zzlib", "run", "midterm")
    assert ran.returncode == 0, ran.stderr
    finished = time.monotonic()
    page = Path(ran.stdout.strip())
    assert page.is_relative_to(unpacked / "zzlib" / "outputs")
    assert page.stat().st_size < 2.2e6
    assert list(page.parent.rglob("report.docx")) or list(page.parent.rglob("*.docx"))  # the extra word is there
    assert not list(tmp_path.iterdir())  # nothing is left in HOME
    print(
        f"\nbundle: {bundle.stat().st_size / 1e6:.0f} MB, set up in {ready - begun:.0f} s, "
        f"mid-term evaluation in {finished - ready:.0f} s"
    )
