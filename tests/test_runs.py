"""The runs that are kept, and the pages that say where each is."""

import json
from pathlib import Path
from typing import Any

import pytest
from asked import evaluation

from zzlib import indexes, runs
from zzlib.language import say
from zzlib.plan import load_plan

PLAN = "zhengzhou-2016-2020"
NAMES = {"deaths": {"zh": "死亡人数", "en": "Deaths"}}


def record(run: str, **other: Any) -> dict[str, Any]:
    start = f"{run[:4]}-{run[4:6]}-{run[6:8]}T12:00:00+00:00"
    return {
        "run": run, "kind": "midterm", "plan": PLAN, "title": {"zh": "规划", "en": "Plan"}, "names": NAMES,
        "mark": "", "parameters": {"through": "2018", "as_of": ""}, "start": start, "outcome": "finished",
        "verdicts": {"deaths": "open"}, "probabilities": {"deaths": 0.61},
    } | other  # fmt: skip


def keep(outputs: Path, run: str, home: str = "midterm-2018", **other: Any) -> Path:
    folder = outputs / PLAN / home / run
    folder.mkdir(parents=True)
    (folder / runs.RECORD).write_text(json.dumps(record(run, **other)), encoding="utf-8")
    return folder


def test_only_finished_runs_that_looked_at_everything_known_are_published(tmp_path: Path) -> None:
    keep(tmp_path, "20190201T000000Z-aaaa")
    keep(tmp_path, "20190101T000000Z-bbbb", home="midterm-2017")
    keep(tmp_path, "20190301T000000Z-cccc", outcome="failed")
    keep(tmp_path, "20190302T000000Z-dddd", parameters={"through": "2018", "as_of": "2018-12-31"})
    keep(tmp_path, "20190303T000000Z-eeee", home="districts-2018")
    found = runs.of_kind(tmp_path / PLAN, "midterm")
    assert [one.run[-4:] for one in found] == ["bbbb", "aaaa"]  # the earliest first, whatever period they looked at


def test_a_damaged_record_and_a_run_in_the_making_are_no_runs(tmp_path: Path) -> None:
    keep(tmp_path, "20190101T000000Z-aaaa")
    for damage, letters in zip(("{", "{}", "[]", '{"run": "x"}'), "bdef", strict=True):
        (keep(tmp_path, f"20190102T000000Z-{letters * 4}") / runs.RECORD).write_text(damage, encoding="utf-8")
    keep(tmp_path, ".staging-20190103T000000Z-cccc")
    assert [one.run[-4:] for one in runs.of_kind(tmp_path / PLAN, "midterm")] == ["aaaa"]


def test_the_page_of_all_runs_leads_to_the_newest_answer_of_each_question(tmp_path: Path) -> None:
    keep(tmp_path, "20190101T000000Z-aaaa", verdicts={"deaths": "off_track"}, probabilities={"deaths": 0.1})
    keep(tmp_path, "20190201T000000Z-bbbb")
    keep(tmp_path, "20190301T000000Z-cccc", home="districts-2018", kind="districts")
    page = indexes.overview(tmp_path, "zh")
    assert page.index("districts-2018/index.html") < page.index("midterm-2018/index.html")  # the newest first
    assert "61%" in page
    assert "2019年1月1日，截至 2018：难以完成（10%）" in page
    assert "保存的评估次数：2" in page
    assert "演示数据" not in page


def test_a_failure_since_the_last_good_run_is_said_and_the_mark_of_synthetic_data_is_kept(tmp_path: Path) -> None:
    keep(tmp_path, "20190101T000000Z-aaaa", mark="synthetic")
    keep(tmp_path, "20190301T000000Z-bbbb-failed", outcome="failed")
    keep(
        tmp_path,
        "20190401T000000Z-cccc-failed",
        outcome="failed",
        parameters={"through": "2018", "as_of": "2017-05-01"},
    )
    page = indexes.overview(tmp_path, "en")
    assert "A run of 1 March 2019 failed; this is the last good one." in page
    assert "synthetic demonstration data" in page
    assert "2019" not in indexes.overview(tmp_path / "empty", "en")
    assert "No run has been published yet." in indexes.overview(tmp_path / "empty", "en")


def test_a_strip_holds_the_verdicts_of_the_last_runs_and_no_more(tmp_path: Path) -> None:
    for day in range(1, 21):
        keep(tmp_path, f"201901{day:02}T000000Z-aaaa")
    found = runs.of_kind(tmp_path / PLAN, "midterm")
    answers = indexes.answers(evaluation(PLAN), found)
    past = {answer.name: answer.past for answer in answers}
    deaths = past[evaluation(PLAN).indicator("deaths").name]
    assert len(deaths) == indexes.PAST
    assert deaths[-1] == ("open", "20 January 2019, through 2018: open (61%)")
    assert sum(bool(strip) for strip in past.values()) == 1  # a target that earlier runs did not have shows no strip


def test_what_is_to_be_decided_is_what_is_open_or_off_track_the_least_likely_first() -> None:
    mine = evaluation(PLAN)
    rows = mine.assessments[mine.assessments["verdict"].isin(["open", "off_track"])].sort_values("probability")
    said = indexes.undecided(mine)
    assert [text.values["name"] for text in said] == [mine.indicator(code).name for code in rows["indicator"]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_briefing_is_sent_on_under_a_name_that_every_system_takes(language: str) -> None:
    plan = load_plan(PLAN)
    name = indexes.forwarded(plan, "midterm", "2016/2018", language, ".html")
    assert not set(name) & set('\\/:*?"<>|')
    assert say(plan.title, language) in name
