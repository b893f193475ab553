"""Notebooks that are tested cell by cell share their evaluations, as those opened in `make lab` do."""

import os
import tempfile
from pathlib import Path

import pytest

from zzlib.evaluation import SHARED


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Name the folder to the kernel that is about to start, and to no other test of this process."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    os.environ[SHARED] = str(Path(tempfile.gettempdir()) / f"zzlib-notebooks-{run}")


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Take the name back."""
    os.environ.pop(SHARED, None)
