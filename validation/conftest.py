"""The folder of published results, named by ZZLIB_SHARED."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def oracles() -> Path:
    shared = os.environ.get("ZZLIB_SHARED")
    if not shared:
        pytest.fail("Set ZZLIB_SHARED to the shared folder that holds oracles/open_sdg_progress.csv.")
    return Path(shared) / "oracles"


@pytest.fixture(scope="module")
def methods(oracles: Path) -> dict[str, Any]:
    return json.loads((oracles / "methods.json").read_text(encoding="utf-8"))
