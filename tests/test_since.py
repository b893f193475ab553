"""What moved since the last run: the earlier answer beside today's, and the causes in words."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from asked import evaluation

from zzlib import evaluate, since
from zzlib.evaluation import Evaluation
from zzlib.language import percent, say
from zzlib.schema import EXPLANATION, table

PLAN = "china-2006-2010"
ZHENGZHOU = "zhengzhou-2016-2020"
LAST = since.Previous("20081231T000000Z-0000", "2008-12-31", "2007")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the year before."""
    folder = tmp_path_factory.mktemp("earlier")
    evaluate(PLAN, through=2007, folder=folder)
    return folder


@pytest.fixture(scope="module")
def found(earlier: Path) -> since.Since:
    return since.compare(LAST, earlier, evaluation(PLAN, 2008))


def steps(**columns: list) -> pd.DataFrame:
    rows = pd.DataFrame({"indicator": "deaths_per_100k_workers", "status": "published"} | columns)
    return EXPLANATION.validate(rows[list(EXPLANATION.columns)])


def test_the_first_run_has_nothing_to_be_compared_with() -> None:
    first = since.compare(None, None, evaluation(PLAN, 2008))
    assert since.sentences(first, evaluation(PLAN, 2008)) == ["There is no earlier run of this plan to compare with."]
    assert since.sentences(None, evaluation(PLAN, 2008)) == since.sentences(first, evaluation(PLAN, 2008))


def test_the_same_question_asked_again_has_moved_nothing(earlier: Path) -> None:
    again = since.compare(LAST, earlier, evaluation(PLAN, 2007))
    assert again.explanation.empty
    (said,) = since.sentences(again, evaluation(PLAN, 2007))
    assert say(said, "zh") == "与2008年12月31日的评估（截至 2007）相比，各项结论与概率均无变化。"


def test_a_new_year_is_said_to_be_the_cause_and_its_points_are_those_of_the_two_answers(tmp_path: Path) -> None:
    now = evaluation(ZHENGZHOU)
    was = evaluate(ZHENGZHOU, through=2017, folder=tmp_path).assessments.set_index("indicator")["probability"]
    found = since.compare(LAST, tmp_path, now)
    points = 100 * (now.assessments.set_index("indicator")["probability"] - was)
    probability = now.assessments.set_index("indicator")["probability"]
    moved = [code for code in points.index if percent(probability[code]) != percent(was[code])]
    _, *said = since.sentences(found, now)
    assert [text.values["name"] for text in said] == [now.indicator(code).name for code in moved]
    for text, code in zip(said, moved, strict=True):
        assert f"(new period {points[code]:+.0f} points)" in text


def test_what_moved_is_read_back_from_the_run_s_folder_as_it_was(found: since.Since, tmp_path: Path) -> None:
    since.keep(found, tmp_path / "tables")
    again = since.read(tmp_path)
    assert again is not None
    assert again.previous == LAST
    pd.testing.assert_frame_equal(again.explanation, found.explanation)
    nothing = replace(found, explanation=table(EXPLANATION, []))
    since.keep(nothing, tmp_path / "tables")
    assert since.read(tmp_path).explanation.empty


def test_outside_a_run_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert since.read("") is None
    assert since.read(tmp_path) is None


def test_the_largest_cause_stands_first_and_a_verdict_that_changed_is_named_before_and_after() -> None:
    rows = steps(
        cause=["revision", "new_period"], probability_before=[0.5, 0.45], probability=[0.45, 0.85],
        effect=[-0.05, 0.40], verdict_before=["open", "open"], verdict=["open", "on_track"],
    )  # fmt: skip
    told = since.sentences(since.Since(LAST, rows), evaluation(PLAN, 2008))[1]
    assert told.endswith("open (50%) → on track (85%); new period +40 points, revision −5 points.")


def test_where_one_side_has_no_probability_the_step_that_changed_the_verdict_is_the_cause() -> None:
    nothing = float("nan")
    rows = steps(
        cause=["definition", "new_period"], probability_before=[nothing, nothing], probability=[nothing, 0.9],
        effect=[nothing, nothing], verdict_before=["not_assessable"] * 2, verdict=["not_assessable", "on_track"],
    )  # fmt: skip
    told = since.sentences(since.Since(LAST, rows), evaluation(PLAN, 2008))[1]
    assert told.endswith("not assessable (–) → on track (90%); new period.")


def test_the_cause_that_made_a_target_assessable_stands_before_the_points_of_the_others() -> None:
    nothing = float("nan")
    rows = steps(
        cause=["revision", "new_period"], probability_before=[nothing, 0.61], probability=[0.61, 0.7],
        effect=[nothing, 0.09], verdict_before=["not_assessable", "open"], verdict=["open", "open"],
    )  # fmt: skip
    told = since.sentences(since.Since(LAST, rows), evaluation(PLAN, 2008))[1]
    assert told.endswith("not assessable (–) → open (70%); revision, new period +9 points.")


def test_a_run_kept_by_another_version_is_said_to_be_unreadable(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "question.json").write_text(json.dumps({"shape": "of another time"}))
    found = since.compare(LAST, tmp_path, evaluation(PLAN, 2008))
    (said,) = since.sentences(found, evaluation(PLAN, 2008))
    assert said == "The run of 31 December 2008 was kept by another version and cannot be compared."


def test_a_difference_that_no_reader_sees_is_not_told() -> None:
    rows = steps(
        cause=["revision"], probability_before=[0.5], probability=[0.504], effect=[0.004], verdict_before=["open"],
        verdict=["open"],
    )  # fmt: skip
    (said,) = since.sentences(since.Since(LAST, rows), evaluation(PLAN, 2008))
    assert "no verdict and no probability has moved" in said


def test_a_difference_that_every_reader_sees_is_told_however_small_it_is() -> None:
    rows = steps(
        cause=["revision"], probability_before=[0.4549], probability=[0.4551], effect=[0.0002], verdict_before=["open"],
        verdict=["open"],
    )  # fmt: skip
    _, said = since.sentences(since.Since(LAST, rows), evaluation(PLAN, 2008))
    assert said.endswith("open as before, 45% → 46% (revision).")


def test_an_evaluation_is_not_changed_by_being_compared(earlier: Path) -> None:
    mine: Evaluation = evaluation(PLAN, 2008)
    before = mine.assessments.copy()
    since.compare(LAST, earlier, mine)
    pd.testing.assert_frame_equal(mine.assessments, before)
