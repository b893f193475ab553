"""Who lies beside whom, what a rate is worth among its neighbours, and whether high ones lie together."""

import geopandas
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from zzlib.areas import boundaries
from zzlib.errors import DataError
from zzlib.neighbours import moran, neighbourhoods, touching

SIDE = 6
GRID = geopandas.GeoDataFrame(
    {"area": [f"{x}{y}" for x in range(SIDE) for y in range(SIDE)]},
    geometry=[box(x, y, x + 1, y + 1) for x in range(SIDE) for y in range(SIDE)],
)
PAIRS = touching(GRID)


def grid(pattern) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    deaths = [pattern(x, y) for x in range(SIDE) for y in range(SIDE)]
    return pd.DataFrame({"area": GRID["area"], "deaths": deaths, "exposure": 10.0})


def slope(x: int, y: int) -> int:
    return 4 + 3 * x + (x * 7 + y * 5) % 4


def checkers(x: int, y: int) -> int:
    return 5 + 15 * ((x + y) % 2)


def test_a_square_inside_touches_eight_others_and_a_corner_three() -> None:
    both = pd.concat([PAIRS["area"], PAIRS["neighbour"]]).value_counts()
    assert (both["11"], both["00"], both["01"]) == (8, 3, 5)
    assert (PAIRS["area"] < PAIRS["neighbour"]).all()
    assert not PAIRS.duplicated().any()


def test_zhengzhous_districts_have_neighbours_and_its_zones_none() -> None:
    pairs = touching(boundaries())
    beside = set(pairs["area"]) | set(pairs["neighbour"])
    assert len(beside) == 12
    assert pairs.equals(touching(boundaries()[::-1]))


def test_polygons_that_do_not_touch_or_are_empty_are_no_neighbours() -> None:
    shapes = [box(0, 0, 1, 1), MultiPolygon([box(5, 5, 6, 6), box(1, 0, 2, 1)]), box(9, 9, 10, 10), Polygon()]
    found = touching(geopandas.GeoDataFrame({"area": list("ABCD")}, geometry=shapes))
    assert found.values.tolist() == [["A", "B"]]
    with pytest.raises(DataError, match="A stands twice"):
        touching(geopandas.GeoDataFrame({"area": ["A", "A"]}, geometry=shapes[:2]))


def test_like_beside_like_is_seen_and_unlike_beside_unlike_is_not_taken_for_it() -> None:
    together, apart = moran(grid(slope), PAIRS), moran(grid(checkers), PAIRS)
    assert together.value > 0.5
    assert together.p == 0.001
    assert apart.value < apart.expected == -1 / 35
    assert apart.p > 0.5
    assert (len(together.areas), together.number) == (36, len(PAIRS))


def test_moran_is_what_a_few_lines_say() -> None:
    counts = grid(slope)
    counts["exposure"] = np.linspace(2, 40, len(counts))
    b, e = counts["exposure"].to_numpy(), counts["deaths"].to_numpy()
    m, r = e.sum() / b.sum(), e / b
    variance = max(0, (b * (r - m) ** 2).sum() / b.sum() - m / b.mean())
    z = (r - m) / np.sqrt(variance + m / b)
    z = z - z.mean()
    near: dict[str, list[str]] = {area: [] for area in counts["area"]}
    for one, other in PAIRS.itertuples(index=False):
        near[one].append(other)
        near[other].append(one)
    of = dict(zip(counts["area"], z, strict=True))
    lag = np.array([np.mean([of[other] for other in near[area]]) for area in counts["area"]])
    assert moran(counts, PAIRS, variance_ratio=1).value == pytest.approx(float(z @ lag / (z @ z)))
    local = neighbourhoods(counts, PAIRS, variance_ratio=1)["local_moran"]
    assert local.to_numpy() == pytest.approx(z * lag / (z**2).mean())


def test_places_are_named_high_among_high_and_low_among_low() -> None:
    found = neighbourhoods(grid(slope), PAIRS).set_index("area")
    assert found.loc["52", "pattern"] == "high_among_high"
    assert found.loc["02", "pattern"] == "low_among_low"
    assert found.loc["22", "pattern"] == ""
    assert (found["p_adjusted"] >= found["p"]).all()


def test_the_local_p_is_that_of_the_others_changing_places() -> None:
    random = np.random.default_rng(3)
    counts = grid(lambda x, y: int(random.gamma(1, 400)))  # skewed, as rates are
    found = neighbourhoods(counts, PAIRS, variance_ratio=1).set_index("area")
    score = counts["deaths"].to_numpy() - counts["deaths"].mean()
    score = score / np.sqrt((score**2).mean())
    for i in (0, 7, 21):
        area, others = GRID["area"][i], np.delete(score, i)
        k = int(found.loc[area, "neighbours"])
        lags = np.array([random.choice(others, k, replace=False).mean() for _ in range(20_000)])
        reached = (lags >= found.loc[area, "local_moran"] / score[i]).mean()
        assert found.loc[area, "p"] == pytest.approx(2 * min(reached, 1 - reached), abs=0.04)


def test_of_counts_at_random_few_places_are_named() -> None:
    random = np.random.default_rng(4)
    named, clustered = 0, 0
    for _ in range(100):
        counts = grid(lambda x, y: random.poisson(8))
        named += (neighbourhoods(counts, PAIRS, variance_ratio=1)["pattern"] != "").any()
        clustered += moran(counts, PAIRS, variance_ratio=1, permutations=199).p <= 0.05
    assert named <= 18
    assert clustered <= 12


def test_a_rate_is_drawn_to_its_neighbours_and_not_to_the_far_side_of_the_city() -> None:
    counts = grid(lambda x, y: 2 if x < 3 else 30)
    found = neighbourhoods(counts.assign(deaths=counts["deaths"].where(GRID["area"] != "00", 6)), PAIRS)
    corner = found[found["area"] == "00"].iloc[0]
    assert corner["rate_around"] == pytest.approx((6 + 2 * 3) / 40)
    assert corner["rate_around"] <= corner["shrunk"] < corner["rate"] == 0.6


def test_a_rate_drawn_to_its_neighbourhood_by_hand() -> None:
    counts = pd.DataFrame({"area": list("ABC"), "deaths": [2, 12, 30], "exposure": [10.0, 20.0, 300.0]})
    found = neighbourhoods(counts, pd.DataFrame({"area": ["A"], "neighbour": ["B"]}), variance_ratio=1)
    # A and B only: m = 14/30, A = .035556 - .031111 = .004444; C lies by itself, however large it is.
    assert found["shrunk"].tolist()[:2] == pytest.approx([0.443478, 0.488], abs=1e-6)
    assert np.isnan(found.loc[2, "shrunk"])


def test_a_zone_without_polygon_stands_by_itself_and_changes_nothing_for_others() -> None:
    counts = grid(slope)
    zone = pd.DataFrame({"area": ["zone"], "deaths": [90], "exposure": [10.0]})
    alone, beside = neighbourhoods(counts, PAIRS), neighbourhoods(pd.concat([counts, zone]), PAIRS)
    last = beside.iloc[-1]
    assert (last["neighbours"], last["pattern"], last["rate"]) == (0, "", 9)
    assert last[["shrunk", "local_moran", "p", "p_adjusted"]].isna().all()
    assert last["reason"] == "This area has no neighbour among the polygons."
    for column in ("local_moran", "p", "pattern", "shrunk"):
        pd.testing.assert_series_equal(alone[column], beside[column][:-1])
    assert moran(pd.concat([counts, zone]), PAIRS) == moran(counts, PAIRS)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 12), min_size=36, max_size=36), st.randoms(use_true_random=False))
def test_the_order_of_areas_and_pairs_does_not_matter(deaths: list[int], random) -> None:  # type: ignore[no-untyped-def]
    counts = grid(slope).assign(deaths=deaths)
    order, pairs = list(range(36)), list(range(len(PAIRS)))
    random.shuffle(order)
    random.shuffle(pairs)
    turned = PAIRS.iloc[pairs].rename(columns={"area": "neighbour", "neighbour": "area"})
    mixed = neighbourhoods(counts.iloc[order], pd.concat([turned, PAIRS[:5]]))
    pd.testing.assert_frame_equal(mixed.sort_values("area").reset_index(drop=True), neighbourhoods(counts, PAIRS))
    one, other = (moran(*given, permutations=99) for given in ((counts, PAIRS), (counts.iloc[order], turned)))
    assert (one.areas, one.reason, one.number) == (other.areas, other.reason, other.number)
    assert one[:3] == pytest.approx(other[:3], nan_ok=True)


def test_rates_all_alike_or_too_few_have_no_pattern_to_look_for() -> None:
    alike, few = moran(grid(lambda x, y: 0), PAIRS), moran(grid(slope)[:3], PAIRS)
    assert (alike.reason, few.reason) == ("All rates are alike.", "Fewer than four areas have neighbours.")
    assert np.isnan([alike.value, few.p]).all()
    assert neighbourhoods(grid(lambda x, y: 0), PAIRS)["p"].isna().all()
    none = neighbourhoods(grid(slope), PAIRS[:0])
    assert none["shrunk"].isna().all()
    with pytest.raises(DataError, match="the pairs lack the columns neighbour"):
        moran(grid(slope), PAIRS[["area"]])
