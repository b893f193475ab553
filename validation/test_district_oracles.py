"""Districts against libpysal and esda, on libpysal's own data: sudden infant deaths in North Carolina, 1974 to 1978.

Needs the extra `oracles` (`pip install "zzlib[oracles]"`).
"""

from pathlib import Path
from typing import Any

import esda
import geopandas
import libpysal
import numpy as np
import pandas as pd
import pytest
from esda import smoothing

from zzlib import districts, movements, shrinkage
from zzlib.neighbours import moran, neighbourhoods, touching


@pytest.fixture(scope="module")
def sids() -> geopandas.GeoDataFrame:
    found = geopandas.read_file(Path(libpysal.examples.get_path("sids2.shp")))
    return found.assign(area=found["FIPS"].astype(str))


@pytest.fixture(scope="module")
def counts(sids: geopandas.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame({"area": sids["area"], "deaths": sids["SID74"].astype(int), "exposure": sids["BIR74"]})


@pytest.fixture(scope="module")
def weights(sids: geopandas.GeoDataFrame) -> Any:
    return libpysal.weights.Queen.from_dataframe(sids, use_index=False, silence_warnings=True)


def test_rates_drawn_to_the_city_agree_where_the_library_is_right(counts: pd.DataFrame) -> None:
    theirs = smoothing.Empirical_Bayes(counts["deaths"], counts["exposure"]).r
    ours = districts.rates(counts, variance_ratio=1)["shrunk"]
    assert districts.spread(counts, variance_ratio=1).relative_sd > 0
    assert ours.to_numpy() == pytest.approx(np.ravel(theirs), rel=1e-10)


def test_four_identical_rates_are_right_where_the_library_is_not() -> None:
    """Clipped: all weights are 0. The library's are -0.67, -4, 6 and 2.67, so one more death turns a rate around."""
    count, exposure = np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0])
    assert shrinkage.shrunk(count, exposure, shrinkage.moments(count, exposure)).tolist() == pytest.approx([0.1] * 4)
    # Rates that are nearly identical show it: ours stay between the rates, the library's leave them.
    nearly = np.array([1.0, 2.0, 3.1, 4.0])
    ours = shrinkage.shrunk(nearly, exposure, shrinkage.moments(nearly, exposure))
    theirs = np.ravel(smoothing.Empirical_Bayes(nearly, exposure).r)
    rates = nearly / exposure
    assert ((ours >= rates.min()) & (ours <= rates.max())).all()
    assert ((theirs < rates.min()) | (theirs > rates.max())).any()


def test_neighbours_are_the_librarys(sids: geopandas.GeoDataFrame, weights: Any) -> None:
    names = sids["area"].to_numpy()
    theirs = {tuple(sorted((names[i], names[j]))) for i, near in weights.neighbors.items() for j in near}
    assert set(touching(sids).itertuples(index=False, name=None)) == theirs


def test_rates_drawn_to_their_neighbourhood(counts: pd.DataFrame, sids: geopandas.GeoDataFrame, weights: Any) -> None:
    weights.id_order = list(range(len(counts)))  # asked for by name
    theirs = smoothing.Spatial_Empirical_Bayes(counts["deaths"].to_numpy(), counts["exposure"].to_numpy(), weights).r
    ours = neighbourhoods(counts, touching(sids), variance_ratio=1)["shrunk"]
    assert ours.to_numpy() == pytest.approx(np.ravel(theirs), rel=1e-9)


def test_global_moran(counts: pd.DataFrame, sids: geopandas.GeoDataFrame, weights: Any) -> None:
    theirs = esda.Moran_Rate(counts["deaths"].to_numpy(), counts["exposure"].to_numpy(), weights, permutations=9999)
    ours = moran(counts, touching(sids), variance_ratio=1)
    assert (ours.value, ours.expected) == pytest.approx((theirs.I, theirs.EI), rel=1e-9)
    assert ours.p == pytest.approx(theirs.p_sim, abs=0.01)


def test_local_moran(counts: pd.DataFrame, sids: geopandas.GeoDataFrame, weights: Any) -> None:
    theirs = esda.Moran_Local_Rate(
        counts["deaths"].to_numpy(), counts["exposure"].to_numpy(), weights, permutations=9999, seed=1
    )
    ours = neighbourhoods(counts, touching(sids), variance_ratio=1)
    n = len(counts)
    assert ours["local_moran"].to_numpy() == pytest.approx(theirs.Is * n / (n - 1), rel=1e-9)
    # Theirs is one-sided and by permutation, ours two-sided and by three moments.
    difference = np.abs(ours["p"] / 2 - theirs.p_sim)
    assert difference.quantile(0.9) < 0.01


def test_two_periods_by_the_published_e_test(methods: dict[str, Any]) -> None:
    cases = methods["poisson_e_test"]["cases"]
    area = [str(i) for i in range(len(cases))]
    before, after = (pd.DataFrame({"area": area, "deaths": [case[k] for case in cases], "exposure": 1}) for k in (0, 1))
    found = movements.changes(before, after, variance_ratio=1)
    assert found["p"].tolist() == pytest.approx([case[2] for case in cases], abs=5e-4)


def test_limits_of_rates_are_public_healths(methods: dict[str, Any]) -> None:
    cases = methods["phe_rates"]["cases"]
    table = pd.DataFrame({"area": [str(i) for i in range(len(cases))], "deaths": [case["x"] for case in cases]})
    found = districts.rates(table.assign(exposure=1.0), variance_ratio=1)
    assert found[["lower", "upper"]].to_numpy() == pytest.approx(np.array([case["ci95"] for case in cases]), abs=1e-5)
