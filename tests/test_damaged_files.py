"""A known ledger in the hands of offices: what they do to it harmlessly loads equal, what they do harmfully is refused.

A sample; `make validation` runs the long campaign on the same statements.
"""

import os
import random
from pathlib import Path

import damages
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zzlib import intake, ledger
from zzlib.errors import DataError

EXAMPLES = int(os.environ.get("ZZLIB_DAMAGES", "20")) // 2
SAMPLE = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def loaded(path: Path) -> pd.DataFrame:
    one = intake.read(path, damages.AREAS)
    intake.refuse_unknown([one])
    return ledger.records(one.ledgers, damages.AREAS)


def damaged_loads_equal(folder: Path, seed: int, names: list[str], kind: str) -> None:
    chance = random.Random(seed)
    truth = damages.ledger(chance, chance.randrange(2, 13))
    sheet = damages.sheet(truth)
    done = damages.chosen(names)
    for name in done:
        damages.HARMLESS[name](sheet, chance)
    path = damages.write(folder / f"ledger{seed}", sheet, kind)
    try:
        found = loaded(path)
    except DataError as refusal:
        pytest.fail(f"{kind} {done}: {refusal}")
    expected = pd.DataFrame(truth, columns=damages.COLUMNS)
    same = found[damages.COLUMNS].astype(object).reset_index(drop=True)
    assert same.values.tolist() == expected.astype(object).values.tolist(), (kind, done)
    everything = found.to_csv() + "".join(str(note.what) for one in [intake.read(path, damages.AREAS)]
                                          for raw in one.tables for note in raw.notes)  # fmt: skip
    for secret in (damages.SECRET_NAME, damages.SECRET_ID, damages.SECRET_PHONE):
        assert secret not in everything, (kind, done)


def damage_is_refused(folder: Path, seed: int, names: list[str], kind: str, fault: str) -> None:
    chance = random.Random(seed)
    sheet = damages.sheet(damages.ledger(chance, chance.randrange(2, 13)))
    done = [
        name for name in damages.chosen(names) if name in ("title", "blank_column", "numbered", "shuffled", "personal")
    ]
    for name in done:
        damages.HARMLESS[name](sheet, chance)
    row, heading = damages.harm(sheet, fault, chance)
    path = damages.write(folder / f"ledger{seed}", sheet, kind)
    with pytest.raises(DataError) as refusal:
        loaded(path)
    told = str(refusal.value)
    assert f"row {row}" in told, (kind, done, fault, told)
    # An error is found before the header is: it has the column's letter.
    letter = chr(ord("A") + [str(name) for name in sheet.header[-1]].index(heading))
    assert heading.split("（")[0] in told or (kind == "xlsx" and f"'{letter}'" in told), (kind, done, fault, told)


seeds = st.integers(0, 2**31)
harmless = st.lists(st.sampled_from(sorted(damages.HARMLESS)), min_size=1, max_size=5)
kinds = st.sampled_from(damages.KINDS)
faults = st.sampled_from(sorted(damages.HARMFUL))


@pytest.mark.parametrize("name", sorted(damages.HARMLESS))
@pytest.mark.parametrize("kind", ["xlsx", "gb18030"])
def test_each_harmless_damage_by_itself_loads_equal(tmp_path: Path, name: str, kind: str) -> None:
    damaged_loads_equal(tmp_path, 7, [name], kind)


@pytest.mark.parametrize("fault", sorted(damages.HARMFUL))
@pytest.mark.parametrize("kind", ["xlsx", "utf-8"])
def test_each_fault_by_itself_is_refused_naming_its_cell(tmp_path: Path, fault: str, kind: str) -> None:
    damage_is_refused(tmp_path, 7, [], kind, fault)


@SAMPLE
@given(seed=seeds, names=harmless, kind=kinds)
def test_several_harmless_damages_together_load_equal(tmp_path: Path, seed: int, names: list[str], kind: str) -> None:
    damaged_loads_equal(tmp_path, seed, names, kind)


@SAMPLE
@given(seed=seeds, names=harmless, kind=kinds, fault=faults)
def test_a_fault_in_a_damaged_file_is_refused_naming_its_cell(
    tmp_path: Path, seed: int, names: list[str], kind: str, fault: str
) -> None:
    damage_is_refused(tmp_path, seed, names, kind, fault)
