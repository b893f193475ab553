"""The record is honest: nothing after the origin leaks, scores are what their authors defined, bounds cover chance."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import special

from zzlib import accuracy
from zzlib.accuracy import (
    BASELINE,
    CHANGES,
    FOLDS,
    MODEL,
    ORIGIN,
    TARGET,
    YEARS,
    Setting,
    Validation,
    Window,
    bands,
    brier,
    fitted,
    half,
    improvement,
    interval_score,
    log_score,
    opposite,
    panel,
    part,
    question,
    recalibration_slope,
    reliability,
    sharpness,
    sliced,
    stated,
    validate,
    windows,
)  # fmt: skip
from zzlib.attainment import attainment, fit_prior
from zzlib.benchmark_methods import METHODS, SLOW
from zzlib.errors import DataError
from zzlib.levels import COUNT


def simulated(areas: int, years: int, level: float, *, seed: int = 1, digits: bool = False) -> pd.DataFrame:
    """Deaths as the model believes them to come: common and own random walks, counts wider than Poisson."""
    random = np.random.default_rng(seed)
    drift = np.zeros(years)
    for t in range(1, years):
        fresh = COUNT.drift_sd * np.sqrt(1 - COUNT.persistence**2)
        drift[t] = COUNT.persistence * drift[t - 1] + random.normal(0, fresh)
    common = np.cumsum(COUNT.drift + drift + random.normal(0, COUNT.common_volatility, years))
    own = random.normal(0, COUNT.volatility, (areas, years)).cumsum(axis=1)
    expected = level * np.exp(random.normal(0, 0.3, (areas, 1)) + common + own)
    counts = random.poisson(random.gamma(expected / 0.25, 0.25))
    names = [f"{10 + i % 7}{i:03d}" if digits else f"area {i}" for i in range(areas)]
    return pd.DataFrame(
        {
            "area": np.repeat(names, years),
            "year": np.tile(np.arange(1990, 1990 + years), areas),
            "deaths": counts.ravel(),
        }
    )


def window(level: float = 60, areas: int = 12, *, seed: int = 1, rates: bool = False) -> Window:
    table = panel(simulated(areas, YEARS, level, seed=seed))
    if rates:
        table = table.assign(exposure=10.0 + (table["year"] - 1990) / 5)
    (found,) = windows(table)
    return found


def after_the_origin(found: Window, value: float) -> Window:
    counts = found.counts.copy()
    counts[:, ORIGIN + 1 :] = value
    exposure = None if found.exposure is None else np.where(np.arange(YEARS) > ORIGIN, value, found.exposure)
    return Window(found.first, found.areas, counts, exposure)


@pytest.fixture(scope="module")
def record() -> Validation:
    """The whole record of two small panels; the slow methods answer few questions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accuracy, "SAMPLE", 6)
        patch.setattr(accuracy, "FITTED", 60)
        patch.setattr(accuracy, "STEPS", 1)
        patch.setattr(accuracy, "REPLICATES", 200)
        told: list[float] = []
        rated = simulated(14, 18, 400).assign(rate=lambda table: table["deaths"] / (20 + (table["year"] - 1990)))
        counties = simulated(21, 16, 30, seed=2, digits=True)
        found = validate([rated, counties], progress=lambda what, done: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1.0
    return found


# ---- panels and windows


def test_a_window_knows_nine_years_leaves_one_dark_and_judges_the_last() -> None:
    series = pd.DataFrame({"area": "A", "year": range(2000, 2011), "count": 20.0})
    assert len(windows(series)) == 1
    dark, judged = (series[series["year"] != year] for year in (2009, 2010))
    assert len(windows(dark.assign(count=20.0))) == 1
    assert len(windows(judged)) == 0
    for year in range(2000, 2009):
        assert len(windows(series[series["year"] != year])) == 0


def test_a_baseline_without_deaths_has_no_percentage() -> None:
    series = pd.DataFrame({"area": "A", "year": range(2000, 2011), "count": 20.0})
    assert windows(series.assign(count=series["count"].where(series["year"] != 2005, 0.0))) == []


def test_size_is_the_mean_of_the_six_years_to_the_baseline() -> None:
    later_small = pd.DataFrame({"area": "A", "year": range(2000, 2011), "count": [12.0] * 6 + [1.0] * 5})
    assert len(windows(later_small, least=10, below=100)) == 1
    assert windows(later_small, least=2, below=10) == []


def test_a_target_is_met_by_a_whole_count_in_exact_decimals() -> None:
    counts = np.full((2, YEARS), 90.0)
    counts[:, TARGET] = [63, 64]  # (1 - .3) · 90 is 62.999… in floats
    assert Window(2000, np.array(["A", "B"]), counts).met((-0.3,)).ravel().tolist() == [True, False]


def test_a_rate_meets_its_target_at_any_count() -> None:
    counts, exposure = np.full((1, YEARS), 90.0), np.full((1, YEARS), 3.0)
    exposure[:, TARGET] = 4.0
    assert Window(2000, np.array(["A"]), counts, exposure).met((-0.25, -0.26)).tolist() == [[True, False]]


def test_a_rate_gives_its_exposure_and_a_year_without_deaths_none() -> None:
    table = pd.DataFrame({"area": ["A", "A"], "year": [2001, 2002], "deaths": [30, 0], "rate": [1.5, 0.0]})
    assert panel(table)["exposure"].tolist() == pytest.approx([20.0, math.nan], nan_ok=True)


def test_counties_are_also_summed_to_states_and_other_areas_are_not() -> None:
    counties = panel(simulated(40, 16, 30, digits=True))
    assert set(sliced([counties])) == {"counties_10_100"}  # seven states in six windows are too few to say anything
    assert set(sliced([panel(simulated(40, 26, 30, digits=True))])) == {"counties_10_100", "states_50"}
    assert set(sliced([panel(simulated(40, 16, 400))])) == {"areas_200"}


def test_a_panel_too_small_to_say_anything_is_refused() -> None:
    with pytest.raises(DataError, match="no slice of the panel has 100 windows"):
        sliced([panel(simulated(3, 15, 400))])


def test_every_fault_of_a_panel_is_told_at_once() -> None:
    table = pd.DataFrame({"area": [1, 1, 2], "year": [2001, 2001, 2002], "deaths": ["3人", "2.5", "-1"]})
    with pytest.raises(DataError) as refused:
        panel(table)
    assert [word for word in ("leading zeros", "3人", "2.5", "-1", "twice") if word not in str(refused.value)] == []
    with pytest.raises(DataError, match="lacks the columns year, deaths"):
        panel(table[["area"]])


# ---- nothing leaks


@pytest.mark.parametrize("rates", [False, True], ids=["counts", "rates"])
class TestNothingAfterTheOrigin:
    def test_reaches_the_model(self, rates: bool) -> None:
        found = window(rates=rates)
        for value in (math.nan, 0.5, 1e6):
            assert (stated(after_the_origin(found, value), Setting()) == stated(found, Setting())).all()

    def test_reaches_a_benchmark_method(self, rates: bool) -> None:
        found = window(areas=2, rates=rates)
        asked, blind = (question([found], told) for told in (found, after_the_origin(found, math.nan)))
        for method in METHODS.values():
            assert (method(asked) == method(blind)).all()

    def test_but_what_was_known_does_which_shows_that_a_leak_would(self, rates: bool) -> None:
        found = window(areas=2, rates=rates)
        counts = found.counts.copy()
        counts[:, ORIGIN] = counts[:, ORIGIN + 1]  # a model told the dark year in place of the origin
        leaked = Window(found.first, found.areas, counts, found.exposure)
        assert (stated(leaked, Setting()) != stated(found, Setting())).any()
        for name in set(METHODS) - {"climatology"}:
            assert (METHODS[name](question([found], leaked)) != METHODS[name](question([found], found))).any()


def test_climatology_learns_only_from_target_years_that_were_known() -> None:
    found = windows(panel(simulated(5, 14, 100)))  # first years 1990 to 1993
    assert [np.isnan(question(found, each).past).all() for each in found] == [True, True, False, False]
    assert question(found, found[2]).past == pytest.approx(found[0].met().mean(axis=0))


def test_the_common_path_is_that_of_the_windows_own_areas() -> None:
    found = window(areas=30)
    assert (stated(found.of(np.arange(15)), Setting()) != stated(found, Setting())[:15]).any()


@pytest.mark.parametrize("rates", [False, True], ids=["counts", "rates"])
def test_the_record_is_that_of_the_public_model(rates: bool) -> None:
    found = window(areas=15, rates=rates)
    known = {"area": np.repeat(found.areas, ORIGIN + 1), "year": np.tile(np.arange(ORIGIN + 1), len(found.areas))}
    table = pd.DataFrame({**known, "count": found.counts[:, : ORIGIN + 1].ravel()})
    if found.exposure is not None:
        table["exposure"] = found.exposure[:, : ORIGIN + 1].ravel()
    answer = attainment(
        table, baseline_year=BASELINE, target_year=TARGET, changes=CHANGES, prior=fit_prior(table, constants=COUNT)
    )
    assert stated(found, Setting()).ravel() == pytest.approx(answer["probability"].to_numpy(), abs=1e-9)


# ---- constants


def test_a_fold_and_its_opposite_share_neither_areas_nor_target_years() -> None:
    found = windows(panel(simulated(20, 20, 100)))
    for fold in FOLDS:
        ours, theirs = part(found, fold), part(found, opposite(fold))
        for names in (lambda w: w.areas.tolist(), lambda w: [w.target_year]):
            first, second = ({name for w in side for name in names(w)} for side in (ours, theirs))
            assert min(len(first), len(second)) > 0
            assert not first & second


def test_a_half_follows_from_the_name_alone_and_counties_follow_their_state() -> None:
    assert [half(name) for name in ("Austria", "Iceland", "01")] == [
        half(name) for name in ("Austria", "Iceland", "01001")
    ]
    assert {half(f"{state:02d}001") for state in range(1, 57)} == {0, 1}


def test_constants_move_towards_the_world_they_are_fitted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "STEPS", 2)
    wild = simulated(9, 14, 400)
    shaken = np.exp(np.random.default_rng(3).normal(0, 0.2, (9, 14)).cumsum(axis=1)).ravel()
    wild["deaths"] = (wild["deaths"] * shaken).round()
    found = {"wild": windows(panel(wild))}
    assert fitted(found).constants.volatility > COUNT.volatility


def test_without_anything_to_learn_from_the_documented_constants_stand() -> None:
    found = windows(panel(simulated(1, 20, 100)))
    assert part(found, (1 - half("area 0"), True)) == []
    assert fitted({}) == Setting()


# ---- scores


def test_scores_are_those_of_their_authors() -> None:
    assert brier([0.7, 0.7], [1, 0]) == pytest.approx([0.09, 0.49])
    assert log_score([0.7, 0.7], [1, 0]) == pytest.approx([-math.log(0.7), -math.log(0.3)])
    assert log_score([0.0, 1.0], [1, 1]) == pytest.approx([-math.log(0.01), -math.log(0.99)])
    assert sharpness([0.2, 0.6]) == pytest.approx((0.04, (0.16 + 0.24) / 2))
    assert interval_score(10, 20, 25, 0.5) == pytest.approx(10 + 4 * 5)


def test_who_says_what_is_true_is_calibrated_and_who_exaggerates_is_not() -> None:
    random = np.random.default_rng(1)
    truth = random.uniform(0.02, 0.98, (4_000, 5))
    met = random.uniform(size=truth.shape) < truth
    assert recalibration_slope(truth, met) == pytest.approx(1, abs=0.05)
    too_sure = special.expit(2 * special.logit(truth))
    assert recalibration_slope(too_sure, met) == pytest.approx(0.5, abs=0.05)
    assert reliability(truth, met, np.arange(4_000))["inside"].all()
    assert not reliability(too_sure, met, np.arange(4_000))["inside"].all()


def test_a_bin_counts_its_cases_and_few_of_them_are_not_judged() -> None:
    chance = np.array([[0.0, 0.05], [0.95, 1.0], [0.15, 0.55]])
    table = reliability(chance, np.ones((3, 2)), ["a", "b", "c"])
    assert table["cases"].tolist() == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert not table["judged"].any()
    assert table.loc[9, "stated"] == pytest.approx(0.975)


def test_shared_shocks_widen_the_error_of_a_bin() -> None:
    block = np.repeat(np.arange(20), 50)
    met = (block % 2 == 0)[:, None]  # a whole block is met or missed together
    half_way = np.full((1_000, 1), 0.55)
    together = reliability(half_way, met, block).loc[5, "standard_error"]
    apart = reliability(half_way, met, np.arange(1_000)).loc[5, "standard_error"]
    assert apart == pytest.approx(np.sqrt(0.25 / 1_000), rel=0.1)
    assert together == pytest.approx(np.sqrt(0.25 / 20), rel=0.1)


def test_nobody_improves_on_himself() -> None:
    score = np.random.default_rng(1).uniform(size=(100, 5))
    found = improvement(score, score, np.arange(100))
    assert (found.share, found.lower, found.upper) == (0, 0, 0)


def test_what_areas_share_widens_a_bound() -> None:
    area, year = np.repeat(np.arange(40), 10), np.tile(np.arange(10), 40)
    shock = np.random.default_rng(1).normal(0, 0.3, 10)[year]  # a year good or bad for our score everywhere
    ours, theirs = 0.8 + shock, np.ones(400)
    apart = improvement(ours, theirs, [f"{a} {y}" for a, y in zip(area, year, strict=True)])
    crossed = improvement(ours, theirs, np.column_stack([area, year]))
    assert crossed.share == pytest.approx(apart.share)
    assert crossed.upper - crossed.lower > 4 * (apart.upper - apart.lower)


def test_a_clear_gain_has_a_bound_above_zero_and_luck_does_not() -> None:
    random = np.random.default_rng(1)
    theirs = random.uniform(size=(400, 5))
    clear = improvement(0.7 * theirs + 0.05 * random.uniform(size=theirs.shape), theirs, np.arange(400))
    assert clear.lower > 0.2
    lucky = improvement(random.permutation(theirs.ravel()).reshape(theirs.shape), theirs, np.arange(400) // 40)
    assert lucky.lower <= lucky.share <= lucky.upper
    assert lucky.lower < 0 < lucky.upper


def test_bands_cover_what_they_state_in_a_world_that_is_as_the_model_believes() -> None:
    wide = pd.concat([bands(window(60, 40, seed=seed), Setting()) for seed in range(12)])
    for _, each in wide.groupby("level"):
        covered = each["figure"].between(each["low"], each["high"]).mean()
        assert covered == pytest.approx(each["stated"].mean(), abs=0.08)
    assert (wide.groupby("level")["stated"].mean() >= [0.5, 0.8, 0.95]).all()


def test_the_model_is_calibrated_in_a_world_that_is_as_it_believes() -> None:
    found = [window(level, 40, seed=seed) for seed in range(15) for level in (20, 300)]
    chance = np.concatenate([stated(each, Setting()) for each in found])
    met = np.concatenate([each.met() for each in found])
    assert recalibration_slope(chance, met) == pytest.approx(1, abs=0.12)


# ---- the whole record


def test_the_record_holds_every_method_on_every_slice(record: Validation) -> None:
    slices = ["areas_200", "rates", "counties_10_100"]
    pairs = record.scores[["slice", "method"]].to_numpy().tolist()
    assert pairs == [[name, method] for name in slices for method in (MODEL, *METHODS)]
    assert record.scores["brier"].between(0, 1).all()
    assert len(record.reliability) == 10 * len(slices)
    assert len(record.bands) == 3 * len(slices)
    assert len(record.constants) == 4
    assert set(record.checks["slice"]) == set(slices)


def test_a_slow_method_is_compared_on_the_very_questions_that_it_answered(record: Validation) -> None:
    scores = record.scores.set_index(["slice", "method"])
    for name in record.scores["slice"].unique():
        asked = {method: scores.at[(name, method), "questions"] for method in METHODS}
        assert {asked[method] for method in SLOW} == {min(asked.values())}
        assert 0 < min(asked.values()) < max(asked.values())
    gains = scores["improvement"]
    assert (1 - scores["model"] / scores["brier"] - gains).dropna().abs().max() < 1e-9


def test_the_same_panels_give_the_same_record(record: Validation) -> None:
    assert set(record.checks["check"]) == {
        "brier_better", "brier_bound", "log_score_better", "log_score_bound", "bins_outside", "slope"
    }  # fmt: skip
    again = improvement([0.1, 0.3], [0.2, 0.2], ["a", "b"])
    assert again == improvement([0.1, 0.3], [0.2, 0.2], ["a", "b"])
