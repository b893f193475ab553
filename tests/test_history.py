"""Why a verdict changed: each cause moves what it should, and the effects add up to the whole."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from zzlib import evaluate
from zzlib.errors import ParameterError
from zzlib.evaluation import Evaluation, reopen
from zzlib.history import explain
from zzlib.schema import CAUSES

PLAN = "china-2006-2010"
RATE = "deaths_per_100k_workers"


@pytest.fixture(scope="module")
def earlier() -> Evaluation:
    return evaluate(PLAN, through=2007)


@pytest.fixture(scope="module")
def later() -> Evaluation:
    return evaluate(PLAN, through=2008)


def effects(before: Evaluation, after: Evaluation, indicator: str) -> dict[str, float]:
    found = explain(before, after)
    found = found[found["indicator"] == indicator]
    assert tuple(found["cause"]) == CAUSES
    assert (found["probability_before"].to_numpy()[1:] == found["probability"].to_numpy()[:-1]).all()
    return dict(zip(found["cause"], found["effect"], strict=True))


def test_nothing_changed_between_an_evaluation_and_itself(later: Evaluation) -> None:
    assert (explain(later, later)["effect"] == 0).all()


def test_a_new_year_alone_is_the_whole_change(earlier: Evaluation, later: Evaluation) -> None:
    coal = "deaths_per_million_tonnes"
    by_cause = effects(earlier, later, coal)
    chances = [one.assessment(coal)["probability"] for one in (earlier, later)]
    assert sum(by_cause.values()) == pytest.approx(chances[1] - chances[0])
    assert [cause for cause, effect in by_cause.items() if effect] in ([], ["new_period"])


def test_a_bolder_target_is_told_from_a_revised_figure(earlier: Evaluation) -> None:
    bolder = tuple(
        target.model_copy(update={"change": target.change * 2}) if target.indicator == RATE else target
        for target in earlier.plan.targets
    )
    by_target = effects(earlier, _judged_again(earlier, plan=earlier.plan.model_copy(update={"targets": bolder})), RATE)
    assert by_target["target"] < -0.1
    assert not any(by_target[cause] for cause in CAUSES if cause != "target")

    figures = earlier.observations.copy()
    figures.loc[(figures["measure"] == RATE) & (figures["period"] == "2007"), "value"] *= 1.2
    by_revision = effects(earlier, _judged_again(earlier, observations=figures), RATE)
    assert by_revision["revision"] < -0.1
    assert not any(by_revision[cause] for cause in CAUSES if cause != "revision")


def test_an_older_method_is_a_cause_of_its_own(earlier: Evaluation) -> None:
    recorded = earlier.assessments.assign(probability=0.5)
    by_cause = effects(replace(earlier, assessments=recorded), earlier, RATE)
    assert by_cause["method"] == pytest.approx(earlier.assessment(RATE)["probability"] - 0.5)
    assert not any(by_cause[cause] for cause in CAUSES if cause != "method")


def test_a_kept_run_is_opened_again_just_as_it_was(tmp_path: Path) -> None:
    kept = evaluate(PLAN, through=2007, folder=tmp_path)
    again = reopen(tmp_path)
    assert again.plan == kept.plan
    assert (again.through, again.as_of, again.language, again.inputs) == (kept.through, "", "zh", kept.inputs)
    pd.testing.assert_frame_equal(again.robustness, kept.robustness)
    assert (explain(again, kept)["effect"] == 0).all()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no evaluation"):
        reopen(tmp_path)


def _judged_again(evaluation: Evaluation, **parts: object) -> Evaluation:
    """Return the evaluation with another plan or other figures, judged."""
    from zzlib.targets import assess

    changed = replace(evaluation, **parts)
    return replace(changed, assessments=assess(changed.plan, changed.observations, changed.through))
