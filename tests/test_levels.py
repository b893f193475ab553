"""Levels of many series at once: held to an independent filter, to brute force and to what was simulated."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from zzlib import levels as module
from zzlib.chances import count_at_most, folded
from zzlib.levels import (
    COUNT,
    EXPOSURE,
    PLAIN,
    POOLED_FROM,
    RATE,
    WALKS,
    Constants,
    Levels,
    Sightings,
    groups_of,
    levels,
    share,
    sightings,
)  # fmt: skip

YEARS = range(2011, 2019)
AHEAD = [*YEARS, 2019, 2020]
LIVELY = Constants(drift=0.03, drift_sd=0.05, persistence=0.3, common_volatility=0.05, volatility=0.1)
WELL_KNOWN_PATH = replace(COUNT, drift_sd=1e-5, common_volatility=1e-5)
LEVEL_SPREAD = 3e3  # prior variance of a level, so flat that it does not matter where it is centred


@pytest.fixture
def flat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the start of every series be flat to the last digit that is compared."""
    monkeypatch.setattr(module, "_FLAT", LEVEL_SPREAD)


def rates(areas: int = 1, *, missing: tuple[int, ...] = (), years: range = YEARS, **parts: object) -> Sightings:
    """Return log levels of some areas seen with an error of known variance, some years of the first area missing."""
    random = np.random.default_rng(1)
    log = np.log(100) + random.normal(0, 1, (areas, 1)) + random.normal(0, 0.1, (areas, len(years)))
    log[0, [years.index(year) for year in missing]] = np.nan
    return sightings(years, log=log, variance=random.uniform(0.001, 0.05, log.shape), **parts)


def panel(areas: int, *, volatility: float = 0.05, mean: float = 2_000) -> Sightings:
    """Return counts drawn from levels that share a path and walk by themselves."""
    random = np.random.default_rng(5)
    own = np.cumsum(random.normal(-0.02, volatility, (areas, 10)), axis=1)
    common = np.cumsum(random.normal(0, 0.03, 10))
    return sightings(range(2009, 2019), count=random.poisson(mean * np.exp(own + common)))


def alone(found: Levels, area: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return found.mean[area], found.covariance[area], found.lean[area]


def steps(years: np.ndarray, start: int, shock: float, drift_sd: float, persistence: float) -> np.ndarray:
    """Return the covariance of sums of yearly steps since `start`, worked step by step: shocks and a lasting drift."""
    found = np.zeros((len(years), len(years)))
    for i, one in enumerate(years):
        for j, other in enumerate(years):
            for a in range(start + 1, one + 1):
                for b in range(start + 1, other + 1):
                    found[i, j] += shock**2 * (a == b) + drift_sd**2 * persistence ** abs(a - b)
    return found


def brute_force(seen: Sightings, constants: Constants, at: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and covariance of the levels, and the links' errors, from one Gaussian over all areas and years."""
    areas, years = len(seen.ratio), np.array(sorted({*seen.years, *at}))
    size, start = areas * len(years), int(years[0])
    common = steps(years, start, constants.common_volatility, constants.drift_sd, constants.persistence)
    own = LEVEL_SPREAD + steps(years, start, constants.volatility, 0.0, 0.0)
    prior = np.zeros((size + areas, size + areas))  # one latent error a link behind the levels
    prior[:size, :size] = np.kron(np.ones((areas, areas)), common) + np.kron(np.eye(areas), own)
    prior[size:, size:] = np.diag(seen.link_sd**2)
    cells = np.argwhere(np.isfinite(seen.log))
    design = np.zeros((len(cells), len(prior)))
    for row, (area, j) in enumerate(cells):
        design[row, area * len(years) + list(years).index(seen.years[j])] = 1
        design[row, size + area] = -seen.linked[area, j]  # the published figure times its link lies so much too low
    expected = np.zeros(len(prior))
    expected[:size] = (np.nanmean(seen.log, axis=1)[:, None] + constants.drift * (years - start)).ravel()
    where = tuple(cells.T)
    noise = np.diag(seen.variance[where])
    gain = prior @ design.T @ np.linalg.inv(design @ prior @ design.T + noise)
    mean, covariance = expected + gain @ (seen.log[where] - design @ expected), prior - gain @ design @ prior
    chosen = np.array([[a * len(years) + list(years).index(year) for year in at] for a in range(areas)])
    links = np.stack([mean[size:], np.diag(covariance)[size:]])
    return mean[chosen], covariance[chosen[:, :, None], chosen[:, None, :]], links


class TestOneArea:
    @pytest.mark.parametrize("constants", [COUNT, RATE, EXPOSURE, LIVELY])
    @pytest.mark.parametrize("missing", [(), (2013,), (2012, 2014, 2017), (2011, 2018)])
    def test_the_closed_form_is_the_kalman_smoother(
        self, constants: Constants, missing: tuple[int, ...], flat: None
    ) -> None:
        from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

        seen = rates(missing=missing)
        found = levels(seen, share(seen, constants), AHEAD)

        values, noise = np.full(10, np.nan), np.ones(10)
        values[:8], noise[:8] = seen.log[0], seen.variance[0]
        keeps = constants.persistence
        smoother = KalmanSmoother(k_endog=1, k_states=2, k_posdef=2)  # the level, and the drift of the step ahead
        smoother.bind(values)
        smoother["design"] = np.array([[1.0, 0.0]])
        smoother["transition"] = np.array([[1.0, 1.0], [0.0, keeps]])
        smoother["state_intercept"] = np.array([[constants.drift], [0.0]])
        smoother["selection"] = np.eye(2)
        shock = constants.common_volatility**2 + constants.volatility**2
        smoother["state_cov"] = np.diag([shock, constants.drift_sd**2 * (1 - keeps**2)])
        smoother.obs_cov = noise[None, None, :]
        start = np.array([np.nanmean(values), 0.0])
        smoother.initialize_known(start, np.diag([LEVEL_SPREAD, constants.drift_sd**2]))
        smoothed = smoother.smooth()

        np.testing.assert_allclose(found.mean[0], smoothed.smoothed_state[0], atol=1e-6)
        np.testing.assert_allclose(np.diag(found.covariance[0]), smoothed.smoothed_state_cov[0, 0], atol=1e-6)

    @pytest.mark.parametrize("missing", [(), (2013,), (2011, 2018)])
    def test_years_belong_together_as_one_gaussian_has_it(self, missing: tuple[int, ...], flat: None) -> None:
        seen = rates(missing=missing)
        found = levels(seen, share(seen, COUNT), AHEAD)
        mean, covariance, _ = brute_force(seen, COUNT, AHEAD)
        np.testing.assert_allclose(found.mean, mean, atol=1e-6)
        np.testing.assert_allclose(found.covariance, covariance, atol=1e-6)
        change, sd = found.change(2015, 2020)
        exact = covariance[0, 4, 4] + covariance[0, 9, 9] - 2 * covariance[0, 4, 9]
        assert (change[0], sd[0] ** 2) == (
            pytest.approx(mean[0, 9] - mean[0, 4], abs=1e-6),
            pytest.approx(exact, abs=1e-6),
        )

    def test_the_start_is_as_good_as_flat(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = rates()
        as_it_is = levels(seen, share(seen, COUNT), AHEAD)
        monkeypatch.setattr(module, "_FLAT", LEVEL_SPREAD)
        flatter = levels(seen, share(seen, COUNT), AHEAD)
        np.testing.assert_allclose(as_it_is.mean, flatter.mean, atol=1e-4)
        np.testing.assert_allclose(as_it_is.covariance, flatter.covariance, atol=1e-4)

    def test_one_year_tells_the_level_and_the_constants_tell_the_rest(self) -> None:
        seen = sightings([2015], log=[[np.log(100)]], variance=0.01)
        found = levels(seen, share(seen, COUNT), [2015, 2016])
        assert found.at(2015)[0][0] == pytest.approx(np.log(100), abs=1e-3)
        assert found.change(2015, 2016)[0][0] == pytest.approx(COUNT.drift)
        step = COUNT.common_volatility**2 + COUNT.drift_sd**2 + COUNT.volatility**2
        assert found.change(2015, 2016)[1][0] ** 2 == pytest.approx(step)

    def test_more_deaths_tell_more(self) -> None:
        few, many = (sightings(range(2011, 2017), count=[[n] * 6]) for n in (8, 8_000))
        spread = [levels(seen, share(seen, COUNT), [2011, 2016]).change(2011, 2016)[1][0] for seen in (few, many)]
        assert spread[0] > spread[1]

    def test_the_lean_is_how_far_a_larger_drift_moves_the_level_ahead(self) -> None:
        seen = rates()
        shared = share(seen, COUNT)
        steeper = replace(shared, constants=replace(COUNT, drift=COUNT.drift + 0.01))
        before, after = levels(seen, shared, [2018, 2020]), levels(seen, steeper, [2018, 2020])
        np.testing.assert_allclose(after.mean - before.mean, 0.01 * before.lean, atol=1e-5)
        assert before.lean[0, 1] > before.lean[0, 0]


class TestManyAreas:
    @pytest.mark.parametrize("constants", [COUNT, RATE, LIVELY])
    @pytest.mark.parametrize("missing", [(), (2011, 2014), (2013, 2015, 2016)])
    def test_pooling_is_one_gaussian_over_all_areas_and_years(
        self, constants: Constants, missing: tuple[int, ...], flat: None
    ) -> None:
        seen = rates(4, missing=missing, years=range(2011, 2017))
        at = [2011, 2013, 2016, 2017, 2020]
        found = levels(seen, share(seen, constants), at)
        mean, covariance, _ = brute_force(seen, constants, at)
        np.testing.assert_allclose(found.mean, mean, atol=1e-6)
        np.testing.assert_allclose(found.covariance, covariance, atol=1e-6)

    def test_an_area_is_answered_alone_as_in_the_batch_under_one_prior(self) -> None:
        seen = panel(25)
        shared = share(seen, COUNT)
        together = levels(seen, shared, AHEAD)
        for area in (0, 11, 24):
            by_itself = levels(seen.of(np.array([area])), shared, AHEAD)
            for one, other in zip(alone(by_itself, 0), alone(together, area), strict=True):
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)

    def test_what_other_areas_show_moves_an_area(self) -> None:
        quiet = np.full((1, 8), 20)
        fallen = np.vstack([quiet, np.repeat([[900] * 5 + [600] * 3], 6, axis=0)])
        own, pooled = (sightings(YEARS, count=count) for count in (quiet, fallen))
        changes = [levels(seen, share(seen, COUNT), AHEAD).change(2015, 2018)[0][0] for seen in (own, pooled)]
        assert changes[1] < changes[0] - 0.02

    def test_the_more_areas_the_better_the_common_path_is_known(self) -> None:
        spread = [share(panel(areas), COUNT).covariance[-1, -1] for areas in (1, 3, 9)]
        assert spread[0] > spread[1] > spread[2]

    def test_livelier_panels_get_a_larger_volatility(self) -> None:
        found = [share(panel(60, volatility=true), COUNT).constants.volatility for true in (0.02, 0.05, 0.15)]
        assert found == [pytest.approx(true, rel=0.6) for true in (0.02, 0.05, 0.15)]  # the usual kind's is .8 of it
        assert found == sorted(found)

    def test_fewer_than_ten_areas_keep_the_constant_volatility(self) -> None:
        few, enough = (share(panel(areas, volatility=0.15), COUNT) for areas in (POOLED_FROM - 1, POOLED_FROM))
        assert few.constants == COUNT
        assert enough.constants.volatility > COUNT.volatility

    def test_the_order_of_areas_does_not_matter_to_what_they_share(self) -> None:
        seen = panel(30)
        ahead, back = share(seen, COUNT), share(seen.of(np.arange(30)[::-1]), COUNT)
        np.testing.assert_allclose(ahead.mean, back.mean, atol=1e-9)
        assert ahead.constants.volatility == pytest.approx(back.constants.volatility)


class TestLinks:
    """Figures of an older definition were scaled by a factor that nobody knows exactly."""

    @staticmethod
    def linked(sd: float, areas: int = 1) -> Sightings:
        older = (np.array(YEARS) < 2016).astype(float)
        return rates(areas, linked=older, link_sd=np.full(areas, sd))

    @pytest.mark.parametrize("areas", [1, 3])
    def test_with_a_known_path_the_error_is_that_of_brute_force(self, areas: int, flat: None) -> None:
        seen = self.linked(0.1, areas)
        found = levels(seen, share(seen, WELL_KNOWN_PATH), AHEAD)
        mean, covariance, links = brute_force(seen, WELL_KNOWN_PATH, AHEAD)
        np.testing.assert_allclose(found.link, links, atol=1e-4)
        np.testing.assert_allclose(found.mean + found.pull * found.link[0][:, None], mean, atol=1e-4)
        spread = np.diagonal(found.covariance, axis1=1, axis2=2) + found.pull**2 * found.link[1][:, None]
        np.testing.assert_allclose(spread, np.diagonal(covariance, axis1=1, axis2=2), atol=1e-4)

    @pytest.mark.parametrize("sd", [0.01, 0.05, 0.1])
    def test_with_a_path_that_only_this_area_shows_the_error_is_that_of_brute_force_to_a_tenth(
        self, sd: float, flat: None
    ) -> None:
        seen = self.linked(sd)
        found = levels(seen, share(seen, COUNT), AHEAD)
        mean, covariance, links = brute_force(seen, COUNT, AHEAD)
        assert np.sqrt(found.link[1]) == pytest.approx(np.sqrt(links[1]), rel=0.12)
        contrast = np.zeros(len(AHEAD))
        contrast[[4, 7]] = -1, 1
        exact = np.sqrt(contrast @ covariance[0] @ contrast)
        assert found.change(2015, 2018)[1][0] == pytest.approx(exact, rel=0.1)
        assert found.change(2015, 2018)[0][0] == pytest.approx(mean[0] @ contrast, abs=exact / 10)

    def test_an_uncertain_link_widens_the_change_across_it_and_no_other(self) -> None:
        sure, unsure = (levels(seen, share(seen, COUNT), AHEAD) for seen in (self.linked(0.0), self.linked(0.2)))
        assert unsure.change(2015, 2018)[1][0] > 1.05 * sure.change(2015, 2018)[1][0]
        assert unsure.change(2011, 2013)[1][0] == pytest.approx(sure.change(2011, 2013)[1][0], rel=0.05)


class TestSmallCounts:
    """Laplace's approximation, against the same walk integrated over a grid: coarse, and coarser the fewer deaths."""

    GRID = np.linspace(-10, 6, 1601)
    WALK = replace(COUNT, drift_sd=1e-6)  # without a lasting drift one dimension is enough to integrate over

    def exact(self, counts: list[int]) -> np.ndarray:
        """Return the probabilities, on the grid, of the log level two years after the last count."""
        shock = np.hypot(self.WALK.common_volatility, self.WALK.volatility)
        forward = stats.norm.pdf(self.GRID[:, None], self.GRID[None, :] + self.WALK.drift, shock)
        belief = stats.norm.pdf(self.GRID, 0, 5)
        for i, count in enumerate(counts):
            belief = (forward @ belief if i else belief) * stats.poisson.pmf(count, np.exp(self.GRID))
            belief = belief / belief.sum()
        belief = forward @ forward @ belief
        return belief / belief.sum()

    @pytest.mark.parametrize(
        ("counts", "in_log", "in_chance"),
        [
            ([12, 10, 9, 14, 11, 9, 8, 10], 0.015, 0.015),
            ([5, 3, 6, 4, 2, 5, 3, 4], 0.03, 0.02),
            ([0, 2, 1, 3, 0, 1, 1, 2], 0.08, 0.025),
            ([0, 0, 1, 0, 0, 0, 0, 1], 0.4, 0.06),
        ],
    )
    def test_the_level_ahead_is_that_of_numerical_integration(
        self, counts: list[int], in_log: float, in_chance: float
    ) -> None:
        belief = self.exact(counts)
        seen = sightings(YEARS, count=[counts])
        mean, variance = (part[0] for part in levels(seen, share(seen, self.WALK), [2020]).at(2020))
        assert mean == pytest.approx(belief @ self.GRID, abs=in_log)
        for limit in (0, 1, 3, 8):
            exact = belief @ stats.poisson.cdf(limit, np.exp(self.GRID))
            assert float(count_at_most(limit, *folded(mean, variance))) == pytest.approx(exact, abs=in_chance)

    @pytest.mark.parametrize("years", [2, 3, 5, 8])
    def test_without_any_death_the_chance_of_none_errs_on_the_low_side(self, years: int) -> None:
        seen = sightings(YEARS[-years:], count=[[0] * years])
        mean, variance = (part[0] for part in levels(seen, share(seen, self.WALK), [2020]).at(2020))
        exact = self.exact([0] * years) @ np.exp(-np.exp(self.GRID))
        assert exact - 0.06 < float(count_at_most(0, *folded(mean, variance))) <= exact

    @pytest.mark.parametrize("years", [4, 15, 28, 40])
    def test_one_death_however_long_ago_is_a_higher_level_than_none(self, years: int) -> None:
        none, old, late = [0] * years, [1] + [0] * (years - 1), [0] * (years - 1) + [1]
        seen = sightings(range(2019 - years, 2019), count=[none, old, late])
        mean, variance = levels(seen, share(seen.of(np.array([0])), COUNT), [2020]).at(2020)
        assert mean[0] < mean[1] < mean[2]
        alive = [float(count_at_most(0, *folded(*pair))) for pair in zip(mean, variance, strict=True)]
        assert alive[0] > max(alive[1:])

    def test_more_deaths_are_a_higher_level_from_none_on(self) -> None:
        seen = sightings([2018], count=[[0], [1], [2], [1_000]])
        mean, variance = levels(seen, share(seen, COUNT), [2018]).at(2018)
        assert np.isfinite(mean).all()
        assert (np.diff(mean) > 0).all()
        assert (np.diff(variance) < 0).all()

    def test_counts_over_an_exposure_are_the_same_counts_at_a_lower_level(self) -> None:
        counts = [[12, 10, 9, 14, 11, 9, 8, 10]]
        plain, per = sightings(YEARS, count=counts), sightings(YEARS, count=counts, offset=np.log(50))
        one, other = (levels(seen, share(seen, COUNT), AHEAD) for seen in (plain, per))
        np.testing.assert_allclose(one.mean - np.log(50), other.mean, atol=1e-9)
        np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-9)


class TestGroups:
    """Areas whose codes share a prefix share a path, beside the one that all share."""

    @staticmethod
    def provinces(counts: np.ndarray, group: list[str]) -> Sightings:
        return sightings(range(2009, 2009 + counts.shape[1]), count=counts, group=group)

    def test_a_code_tells_the_group_and_a_name_none(self) -> None:
        assert groups_of(["410100", "411000", "01003", "41", "Norway", "2015a"]).tolist() == [
            "41", "41", "01", "", "", "",
        ]  # fmt: skip

    def test_a_group_is_one_gaussian_with_the_common_path_and_the_own_walks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "POOLED_FROM", 1)
        monkeypatch.setattr(module, "_SCALES", np.array([1.0]))
        monkeypatch.setattr(module, "WALKS", PLAIN)
        random = np.random.default_rng(4)
        years, at, group = np.arange(2011, 2017), [2011, 2014, 2018], ["41", "41", "42", "42", ""]
        log = np.log(100) + random.normal(0, 0.3, (5, 1)) + random.normal(0, 0.1, (5, 6))
        log[0, 2] = log[3, 5] = np.nan
        noise = random.uniform(0.001, 0.02, log.shape)
        seen = sightings(years, log=log, variance=noise, group=group)
        shared = share(seen, COUNT)
        found = levels(seen, shared, at)

        both = np.array(sorted({*years, *at}))
        parts = {name: steps(both, 2011, shock, drift_sd, COUNT.persistence) for name, shock, drift_sd in (
            ("common", COUNT.common_volatility, COUNT.drift_sd), ("group", COUNT.group_volatility, 0.0),
            ("own", COUNT.volatility, 0.0))}  # fmt: skip
        alike = np.array([[one == other != "" for other in group] for one in group]).astype(float)
        prior = np.kron(np.ones((5, 5)), parts["common"]) + np.kron(alike, parts["group"])
        prior += np.kron(np.eye(5), shared.spread + parts["own"])
        cells = [(a, i) for a in range(5) for i in range(6) if np.isfinite(log[a, i])]
        rows = [a * len(both) + list(both).index(years[i]) for a, i in cells]
        expected = np.tile(shared.level + COUNT.drift * (both - 2011), 5)
        seen_prior = prior[np.ix_(rows, rows)] + np.diag([noise[cell] for cell in cells])
        gain = np.linalg.solve(seen_prior, prior[rows]).T
        mean = expected + gain @ (np.array([log[cell] for cell in cells]) - expected[rows])
        covariance = prior - gain @ prior[rows]
        chosen = np.array([[a * len(both) + list(both).index(year) for year in at] for a in range(5)])
        np.testing.assert_allclose(found.mean, mean[chosen], atol=1e-6)
        np.testing.assert_allclose(found.covariance, covariance[chosen[:, :, None], chosen[:, None, :]], atol=1e-6)

    def test_an_area_of_a_group_is_answered_alone_as_in_the_batch_under_one_prior(self) -> None:
        seen = replace(panel(25, mean=6), group=groups_of([f"{41 + i % 3}{i:04}" for i in range(24)] + ["elsewhere"]))
        shared = share(seen, COUNT)
        assert shared.groups == ("41", "42", "43")
        together = levels(seen, shared, AHEAD)
        for area in (0, 11, 24):
            by_itself = levels(seen.of(np.array([area])), shared, AHEAD)
            for one, other in zip(alone(by_itself, 0), alone(together, area), strict=True):
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)

    def test_a_group_that_the_panel_did_not_show_is_only_less_certain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "WALKS", PLAIN)
        seen = replace(panel(24), group=groups_of([f"{41 + i % 2}{i:04}" for i in range(24)]))
        shared = share(seen, COUNT)
        known, unknown = (levels(replace(seen, group=np.full(24, name)), shared, [2018, 2020]) for name in ("41", "99"))
        assert (unknown.covariance[:, 1, 1] > known.covariance[:, 1, 1]).all()

    def test_what_neighbours_show_moves_an_area_more_than_what_others_show(self) -> None:
        quiet, fallen = np.full((12, 8), 20), np.tile([40] * 4 + [24] * 4, (12, 1))
        changes = []
        for mine in ("41", "42"):
            group = ["41", *["41"] * 11, *["42"] * 12]
            group[0] = mine
            seen = self.provinces(np.vstack([quiet, fallen]), group)
            changes.append(levels(seen, share(seen, COUNT), [2012, 2016]).change(2012, 2016)[0][0])
        assert changes[1] < changes[0] - 0.02

    def test_one_group_or_few_areas_share_no_second_path(self) -> None:
        few, one = panel(9), panel(20)
        assert share(replace(few, group=groups_of([f"{41 + i % 2}{i:04}" for i in range(9)])), COUNT).groups == ()
        assert share(replace(one, group=np.full(20, "41")), COUNT).groups == ()


class TestLevelsOfAPanel:
    def test_hardly_any_deaths_are_drawn_to_the_panels_mean_and_many_are_not(self) -> None:
        counts = np.vstack([np.zeros((1, 8)), np.full((1, 8), 2_000.0), np.full((18, 8), 6.0)])
        seen = sightings(YEARS, count=counts)
        shared = share(seen, COUNT)
        assert shared.level is not None
        apart = levels(seen, replace(shared, level=None, spread=25.0), [2018]).mean[:, 0]
        drawn = levels(seen, shared, [2018]).mean[:, 0]
        assert drawn[0] > apart[0] + 0.3
        assert drawn[1] == pytest.approx(apart[1], abs=0.005)

    def test_one_accident_of_many_deaths_tells_less_than_as_many_of_one(self) -> None:
        even, one = (sightings(YEARS, count=[row], ratio=1.5) for row in ([4] * 8, [2, 2, 2, 18, 2, 2, 2, 2]))
        means = [levels(seen, share(seen, COUNT), [2018]).mean[0, 0] for seen in (even, one)]
        assert means[1] < means[0] - 0.05

    def test_without_excess_a_count_is_poisson(self) -> None:
        plain, nearly = (sightings(YEARS, count=[[3, 1, 0, 2, 4, 1, 2, 2]], ratio=v) for v in (1.0, 1 + 1e-4))
        one, other = (levels(seen, share(seen, COUNT), AHEAD).mean for seen in (plain, nearly))
        np.testing.assert_allclose(one, other, atol=1e-3)


class TestKindsOfWalks:
    """In a panel of ten areas or more the own walk is of one kind of a few, and an area's years tell which."""

    @pytest.fixture
    def settled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keep the volatility of the panel where the constants have it."""
        monkeypatch.setattr(module, "_SCALES", np.array([1.0]))

    def test_the_shares_of_the_kinds_are_those_of_all_areas(self) -> None:
        for kinds in (WALKS, PLAIN):
            assert sum(share for share, _, _ in kinds) == pytest.approx(1)

    def test_the_level_is_the_mixture_of_the_exact_answers_under_each_kind(self, settled: None) -> None:
        seen = rates(POOLED_FROM, years=range(2011, 2017))
        log = seen.log.copy()
        log[0, 3:] -= 0.8  # a break
        log[1] = log[1, 0] - 0.09 * np.arange(6)  # a steady fall
        seen = replace(seen, log=log)
        at = [2013, 2016, 2018]
        shared = share(seen, WELL_KNOWN_PATH)
        found = levels(seen, shared, at)
        years, both = np.arange(2011, 2017), np.array([*range(2011, 2017), *at])
        for area in range(POOLED_FROM):
            parts = []
            for portion, scale, momentum in WALKS:
                walk = steps(both, 2011, 0.0, scale * COUNT.volatility, momentum)
                prior, expected = shared.spread + walk, shared.level + COUNT.drift * (both - 2011)
                noisy = prior[:6, :6] + np.diag(seen.variance[area])
                gain = np.linalg.solve(noisy, prior[:6]).T
                density = stats.multivariate_normal.pdf(seen.log[area], expected[: len(years)], noisy)
                mean = (expected + gain @ (seen.log[area] - expected[:6]))[6:]
                parts.append((portion * density, mean, (prior - gain @ prior[:6])[6:, 6:]))
            weight = np.array([part[0] for part in parts]) / sum(part[0] for part in parts)
            means = np.array([part[1] for part in parts])
            mean = weight @ means
            second = sum(w * (part[2] + np.outer(part[1], part[1])) for w, part in zip(weight, parts, strict=True))
            np.testing.assert_allclose(found.mean[area], mean, atol=1e-6)
            np.testing.assert_allclose(found.covariance[area], second - np.outer(mean, mean), atol=1e-6)

    def test_with_one_kind_the_evidence_is_that_of_one_gaussian(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "WALKS", PLAIN)
        seen = replace(rates(POOLED_FROM, years=range(2011, 2017)), group=np.array(["41", "42"] * 5))
        evidence, exact = [], []
        for constants in (COUNT, LIVELY):
            panel_ = module._Panel(seen, 4.6, 1.0, ("41", "42"), np.array([0, 1] * 5))
            evidence.append(module._fitted(panel_, replace(constants, group_volatility=0.03))[1])
            years = np.arange(2011, 2017)
            common = steps(years, 2011, constants.common_volatility, constants.drift_sd, constants.persistence)
            alike = np.kron(np.ones((5, 5)), np.eye(2))
            covariance = np.kron(np.ones((10, 10)), common) + np.kron(alike, steps(years, 2011, 0.03, 0.0, 0.0))
            covariance += np.kron(np.eye(10), 1.0 + steps(years, 2011, constants.volatility, 0.0, 0.0))
            expected = np.tile(4.6 + constants.drift * (years - 2011), 10)
            noisy = covariance + np.diag(seen.variance.ravel())
            exact.append(stats.multivariate_normal.logpdf(seen.log.ravel(), expected, noisy))
        assert evidence[1] - evidence[0] == pytest.approx(exact[1] - exact[0], abs=1e-6)

    def test_a_steady_fall_goes_on_where_many_deaths_show_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        falls = {}
        for mean in (5_000, 5):
            counts = np.full((12, 9), float(mean))
            counts[0] = np.round(mean * np.exp(-0.06 * np.maximum(np.arange(9) - 4, 0)))
            seen = sightings(range(2010, 2019), count=counts)
            ahead = levels(seen, share(seen, COUNT), [2018, 2020])
            falls[mean] = (ahead.mean[0] - ahead.mean[1]) @ [-1, 1]
        assert falls[5_000] < -0.02
        assert abs(falls[5]) < 0.01

    def test_an_area_that_broke_hardly_moves_the_common_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        counts = np.full((12, 9), 3_000.0)
        counts[0, 7:] = 900
        seen = sightings(range(2010, 2019), count=counts)
        kinds = share(seen, COUNT).mean[-1]
        monkeypatch.setattr(module, "WALKS", PLAIN)
        plain = share(seen, COUNT).mean[-1]
        quiet = share(seen.of(np.arange(1, 12)), COUNT).mean[-1]
        assert abs(kinds - quiet) < abs(plain - quiet) / 2

    def test_fewer_areas_have_one_kind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = panel(POOLED_FROM - 1)
        before = levels(seen, share(seen, COUNT), AHEAD)
        monkeypatch.setattr(module, "WALKS", ((1.0, 5.0, 0.9),))
        np.testing.assert_array_equal(levels(seen, share(seen, COUNT), AHEAD).mean, before.mean)
