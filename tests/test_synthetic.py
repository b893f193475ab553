"""A synthetic control: a mix of units without the measure, found again where it is known, and ranked among placebos."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from zzlib import synthetic as module
from zzlib.synthetic import synthetic

SPAN = pd.period_range("2013-01", "2018-12", freq="M").astype(str)
START = "2016-01"
WEIGHTS = np.array([0.5, 0.3, 0.2, 0, 0, 0, 0])


def donors(count: int = 7, seed: int = 3) -> dict[str, pd.Series]:
    """Return areas of different size, each on a path of its own."""
    random = np.random.default_rng(seed)
    paths = np.exp(np.cumsum(random.normal(0, 0.1, (count, 72)), axis=1))
    return {f"D{n}": pd.Series(40 * (1 + n) * path, index=SPAN) for n, path in enumerate(paths)}


def mixed(of: dict[str, pd.Series], change: float) -> pd.Series:
    """Return the known mix of areas, each over its mean before the start times a hundred, then changed."""
    table = pd.DataFrame(of)
    relative = table / table[table.index < START].mean()
    return 100 * (relative @ WEIGHTS) * np.where(SPAN >= START, 1 + change, 1.0)


def test_a_known_mix_and_a_known_effect_are_found() -> None:
    others = donors()
    found = synthetic(mixed(others, -0.3), others, START).set_index("series")
    assert found.at["", "change"] == pytest.approx(-0.3, abs=1e-4)
    assert found.loc[list(others), "weight"].to_numpy() == pytest.approx(WEIGHTS, abs=1e-3)
    assert found.at["", "p"] == 1 / 8  # the furthest of eight: no p of eight units is smaller
    assert found.drop("")["p"].isna().all()


def test_the_weights_are_those_of_least_squares_under_the_same_bounds() -> None:
    random = np.random.default_rng(5)
    for spread in (0.03, 0.2, 0.6):
        table = pd.DataFrame(1 + random.normal(0, spread, (12, 6)))
        treated = pd.Series(1 + random.normal(0, spread, 12))
        held = np.vstack([table, np.full(6, 1e4)])  # together one
        theirs, _ = nnls(held, np.append(treated, 1e4))
        assert module._weights(treated, table) == pytest.approx(theirs, abs=2e-3)


def test_the_size_of_an_area_makes_no_difference() -> None:
    others = donors()
    treated = mixed(others, -0.3) + 5
    large = {name: one * (100 if name == "D2" else 1) for name, one in others.items()}
    same = ["weight", "fit", "ratio", "change", "p"]
    one, other = (synthetic(treated, given, START)[same].to_numpy(float) for given in (others, large))
    assert one == pytest.approx(other, rel=1e-3, abs=1e-3, nan_ok=True)


def test_what_has_no_donors_no_months_or_no_mix_is_not_estimated() -> None:
    others = donors()
    treated = mixed(others, -0.3)
    few = synthetic(treated, dict(list(others.items())[:2]), START)
    assert "3 donors are needed, there are 2" in few["reason"].iloc[0]
    assert "months are needed" in synthetic(treated, others, "2018-06")["reason"].iloc[0]
    unknown = treated.mask(SPAN == "2014-05")
    assert "not known" in synthetic(unknown, others, START)["reason"].iloc[0]
    alone = treated * np.where(np.arange(72) // 3 % 2, 3.0, 0.2)
    astray = synthetic(alone, others, START)
    assert "off a quarter before" in astray["reason"].iloc[0]
    for found in (few, astray):
        assert len(found) == 1
        assert found[["change", "ratio", "p"]].isna().all(axis=None)


def test_where_pysyncon_is_missing_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.lacks() is None
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert "pip install pysyncon" in synthetic(mixed(donors(), 0), donors(), START)["reason"].iloc[0]
