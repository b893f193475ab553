"""A run is set beside the right one before it, and refused where files have only gone since."""

import json
from pathlib import Path
from typing import Any

import pytest
from test_runs import PLAN, keep

from zzlib import predecessors, runs
from zzlib.errors import DataError
from zzlib.plan import PROJECT

PLACES = ("data/observations", "data/demo")
LEDGER, GDP = "data/demo/ledger.csv", "data/observations/zhengzhou_gdp.csv"


def kept(outputs: Path, *, inputs: tuple[str, ...] = (LEDGER, GDP), **parameters: Any) -> list[runs.Kept]:
    """Return the one run that is kept, which read some files."""
    folder = keep(outputs, "20190101T000000Z-aaaa", parameters={"through": "2018", "as_of": ""} | parameters)
    (folder / "tables").mkdir()
    (folder / "tables" / "question.json").write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    return runs.of_kind(outputs / PLAN, "midterm")


def now(*files: str) -> list[str]:
    return [str(PROJECT / file) for file in files]


def test_a_file_that_has_gone_and_for_which_none_has_come_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        predecessors.refuse_lost(kept(tmp_path), now(GDP), places=PLACES)
    assert str(refusal.value) == (
        "data/demo/ledger.csv: the run of 1 January 2019 that is published read it, and there is nothing to read any "
        "more. Put it back, or name with --data what is to be read instead."
    )
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize(
    "files", [(LEDGER, GDP), (GDP, "data/demo/ledger-2019.csv"), (LEDGER, GDP, "data/demo/reports.csv")]
)
def test_the_same_files_others_and_more_go_through(files: tuple[str, ...], tmp_path: Path) -> None:
    predecessors.refuse_lost(kept(tmp_path), now(*files), places=PLACES)


def test_an_earlier_delivery_beside_the_data_is_none_of_them(tmp_path: Path) -> None:
    earlier = kept(tmp_path, inputs=(LEDGER, GDP, "/mnt/delivered/then.csv"))
    predecessors.refuse_lost(earlier, now(LEDGER, GDP), places=PLACES)
    with pytest.raises(DataError):  # nor does it stand for a file that has gone
        predecessors.refuse_lost(earlier, [*now(GDP), "/mnt/delivered/then.csv"], places=PLACES)


def test_without_a_run_of_the_same_question_nothing_has_gone(tmp_path: Path) -> None:
    earlier = kept(tmp_path, data=["data/demo/ledger.csv"])
    assert predecessors.alike(earlier, data=[], event="") == []
    assert predecessors.alike(earlier, data=["data/demo/ledger.csv"], event="") == earlier
    predecessors.refuse_lost([], now(GDP), places=PLACES)
