"""Did a measure work: what could be shown is said before the estimate, and refused where that is too little."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from zzlib import effects
from zzlib.comparisons import displacement_difference
from zzlib.effects import after_a_bad_year, against_controls, design, fit, interrupted, placebo_dates, several

SPAN = pd.period_range("2013-01", "2018-12", freq="M").astype(str)
START = "2016-01"
SEASON = 1 + 0.15 * np.sin(2 * np.pi * np.arange(72) / 12)


def drawn(mean: float, *, change: float = 0.0, seed: int = 1, ratio: float = 1.0) -> pd.Series:
    random = np.random.default_rng(seed)
    expected = mean * SEASON * np.where(SPAN >= START, 1 + change, 1.0)
    expected = random.gamma(expected / (ratio - 1), ratio - 1) if ratio > 1 else expected
    return pd.Series(random.poisson(expected).astype(float), index=SPAN)


def answer(counts: pd.Series, **asked: object) -> pd.Series:
    return interrupted(counts, START, **asked).iloc[0]  # type: ignore[arg-type]


def test_a_fall_is_found_and_a_rise_and_nothing_is_not() -> None:
    assert answer(drawn(100, change=-0.4))["verdict"] == "fell"
    assert answer(drawn(100, change=0.4))["verdict"] == "rose"
    still = answer(drawn(100))
    assert still["verdict"] == "not_shown"
    assert still["lower"] < 0 < still["upper"]
    fell = answer(drawn(100, change=-0.4))
    assert fell["lower"] < -0.4 < fell["upper"]


def test_what_is_too_small_to_be_shown_has_no_estimate_however_large_the_fall() -> None:
    found = answer(drawn(5, change=-0.9))
    assert found["verdict"] == "cannot_tell"
    assert found["smallest"] > effects.LARGEST
    assert found[["change", "lower", "upper", "p"]].isna().all()
    assert "could have been shown" in found["reason"]


@pytest.mark.parametrize(("form", "needed"), effects.NEEDED.items())
def test_each_form_needs_its_months_on_either_side(form: effects.Form, needed: int) -> None:
    counts = drawn(500)
    enough, short = SPAN[36 - needed : 36 + needed], SPAN[36 - needed + 1 : 36 + needed]
    assert "months are needed" not in answer(counts[enough], form=form)["reason"]
    assert "months are needed" in answer(counts[short], form=form)["reason"]


def test_the_error_is_that_of_statsmodels_where_nothing_is_correlated() -> None:
    counts = drawn(100, ratio=1.5, seed=8)
    columns, contrast = design(72, 36, "level")
    found = fit(counts.to_numpy(), columns, contrast)
    ours = sm.GLM(counts.to_numpy(), columns, family=sm.families.Poisson())
    theirs = ours.fit(scale="X2")
    assert found.log_effect == pytest.approx(theirs.params[-1])
    alone = effects._covariance(columns * np.sqrt(found.expected)[:, None], 0.0, float(theirs.scale))
    assert np.sqrt(alone[-1, -1]) == pytest.approx(theirs.bse[-1], rel=1e-5)
    robust = ours.fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": False})
    score = columns * (counts.to_numpy() - found.expected)[:, None]
    meat = score.T @ score
    for lag in (1, 2, 3):
        step = score[lag:].T @ score[:-lag]
        meat += (1 - lag / 4) * (step + step.T)
    bread = np.linalg.inv((columns * found.expected[:, None]).T @ columns)
    assert np.sqrt((bread @ meat @ bread)[-1, -1]) == pytest.approx(robust.bse[-1], rel=1e-5)
    assert found.error > robust.bse[-1]  # which is too sure with so few months


def test_a_known_break_in_the_window_is_no_effect() -> None:
    counts = drawn(100)
    counts[SPAN >= "2014-07"] = (counts[SPAN >= "2014-07"] * 0.5).round()
    with_break = answer(counts, breaks=["2014-07"])
    assert with_break["verdict"] == "not_shown"
    assert "very month" in answer(counts, breaks=[START])["reason"]
    assert answer(counts, breaks=["2001-01"])["verdict"] == answer(counts)["verdict"]


def test_a_growing_exposure_is_no_rise() -> None:
    exposure = pd.Series(np.where(SPAN >= START, 2.0, 1.0), index=SPAN)
    counts = pd.Series(np.random.default_rng(3).poisson(100 * exposure * SEASON).astype(float), index=SPAN)
    assert answer(counts)["verdict"] == "rose"
    assert answer(counts, exposure=exposure)["verdict"] == "not_shown"


def test_a_ramp_tells_its_end_and_a_slope_a_year_on() -> None:
    random = np.random.default_rng(4)
    since = np.arange(72) - 36
    rising = pd.Series(random.poisson(300 * SEASON * (1 - 0.4 * np.clip((since + 1) / 12, 0, 1))), index=SPAN) * 1.0
    ramp = answer(rising, form="ramp")
    assert ramp["lower"] < -0.4 < ramp["upper"]
    bent = pd.Series(random.poisson(300 * SEASON * np.exp(-0.2 * np.maximum(since, 0) / 12)), index=SPAN) * 1.0
    slope = answer(bent, form="slope")
    assert slope["lower"] < np.expm1(-0.2) < slope["upper"]


def test_nothing_is_weighed_where_nothing_happened_or_a_month_is_unknown() -> None:
    counts = drawn(100)
    counts[SPAN >= START] = 0
    assert "nothing happened" in answer(counts)["reason"]
    counts = drawn(100)
    counts["2014-05"] = np.nan
    assert "2014-05" in answer(counts)["reason"]


@pytest.mark.parametrize("lacking", [np.nan, 0.0, -1.0, np.inf])
def test_an_exposure_that_is_none_cannot_be_asked(lacking: float) -> None:
    exposure = pd.Series(50.0, index=SPAN)
    exposure["2014-05"] = lacking
    found = answer(drawn(100), exposure=exposure)
    assert found["verdict"] == "cannot_tell"
    assert "the exposure of 2014-05" in found["reason"]


def test_placebo_dates_lie_before_the_measure_and_show_little() -> None:
    found = placebo_dates(drawn(100, change=-0.5, seed=12), START)
    assert (found["start"] < START).all()
    assert len(found) == 36 - 2 * 12 + 1
    assert (found["verdict"] == "fell").sum() <= 2


def test_one_of_many_is_held_to_more() -> None:
    many = {f"D{n}": drawn(150, seed=100 + n) for n in range(8)} | {"fell": drawn(150, change=-0.5, seed=5)}
    found = several(many, START).set_index("series")
    assert found.at["fell", "verdict"] == "fell"
    assert (found["p_adjusted"] >= found["p"]).all()
    assert set(found.drop("fell")["verdict"]) == {"not_shown"}


def test_a_measure_after_a_bad_year_is_warned_of() -> None:
    bad = drawn(100)
    bad[(SPAN >= "2015-01") & (SPAN < START)] += 40
    assert after_a_bad_year(drawn(100), START) is None
    assert "by itself" in str(after_a_bad_year(bad, START))


def test_treated_and_control_areas_as_published() -> None:
    found = displacement_difference((207, 110), (308, 318), (178, 157), (150, 140))
    assert (found.difference, found.variance) == (-118, 1568)
    assert [round(part, 2) for part in (found.z, found.low, found.high)] == [-2.98, -195.61, -40.39]
    ours = against_controls(drawn(50, change=-0.4), drawn(80, seed=2), START)
    assert ours is not None
    assert ours.high < 0
