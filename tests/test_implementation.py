"""The pages on commitments: every clause within two clicks of the briefing, and what they show is what was judged."""

import re

import asked
import pytest

from zzlib import implementation, pledges
from zzlib.commitments import DONE
from zzlib.evaluation import Evaluation
from zzlib.language import say
from zzlib.schema import STATES
from zzlib.timelines import SIGNS

PLAN = "zhengzhou-2016-2020"


@pytest.fixture(scope="module", params=["zh", "en"])
def evaluation(request: pytest.FixtureRequest) -> Evaluation:
    return asked.evaluation(PLAN, 2018, request.param)


@pytest.fixture(scope="module")
def listing(evaluation: Evaluation) -> str:
    return implementation.listing(evaluation).parts[0].html


def test_a_clauses_state_is_two_clicks_from_the_briefing(evaluation: Evaluation, listing: str) -> None:
    (brief,) = implementation.briefly(evaluation).parts
    links = re.findall(r'href="([^"]+)"', brief.html)
    assert links[0] == implementation.PAGE  # one click: the page, whose list of clauses is the second
    anchors = {one.anchor for one in pledges.register(evaluation).clauses}
    assert set(re.findall(r'<tbody id="([^"]+)"', listing)) == anchors
    assert set(re.findall(r'href="#([^"]+)"', listing)) == anchors
    assert {link.partition("#")[2] for link in links[1:]} <= anchors
    assert len(links) == 4  # the page and the three most overdue


def test_every_commitment_stands_in_the_table_with_its_state_and_reason(evaluation: Evaluation, listing: str) -> None:
    states = re.findall(r'<tr data-state="(\w+)"', listing)
    assert states == [
        state
        for one in pledges.register(evaluation).clauses
        for state in evaluation.commitments.loc[evaluation.commitments["clause"] == one.clause, "state"]
    ]
    assert "hidden" not in listing.partition("<table")[2]  # without scripts nothing is hidden
    for _, row in evaluation.commitments.iterrows():
        assert say(row["reason"], evaluation.language) in listing


def test_what_is_done_is_said_beside_what_was_reported(evaluation: Evaluation) -> None:
    said = say(pledges.headline(evaluation), evaluation.language)
    rows = evaluation.commitments
    counts = (len(rows), rows["state"].isin(DONE).sum(), (rows["state"] != "no_report").sum(), rows["owed"].sum())
    numbers = re.findall(r"\d+", said)
    assert all(str(count) in numbers for count in counts)


def test_the_most_overdue_are_those_longest_due(evaluation: Evaluation) -> None:
    rows = pledges.most_overdue(evaluation, 100)
    assert rows["days"].is_monotonic_decreasing
    assert not rows["state"].isin(DONE).any()
    assert len(rows) == (evaluation.commitments["owed"] & ~evaluation.commitments["state"].isin(DONE)).sum()


def test_the_timeline_has_a_line_and_a_sign_for_every_commitment(evaluation: Evaluation) -> None:
    data = implementation.timeline(evaluation).figure["data"]
    assert sum(len(trace["x"]) for trace in data if trace["mode"] == "markers") == len(evaluation.commitments)
    assert len(data[0]["x"]) == 3 * len(evaluation.commitments)
    assert set(SIGNS) == set(STATES) == set(implementation.VERDICTS)
    assert implementation.timeline(evaluation).figure["layout"]["annotations"][-1]["text"]  # the mark of synthetic data


def test_the_heat_map_adds_up_to_the_commitments_by_field(evaluation: Evaluation) -> None:
    (trace,) = implementation.heat(evaluation).figure["data"]
    assert sum(map(sum, trace["z"])) == evaluation.commitments["field"].str.split(", ").map(len).sum()


def test_a_plan_without_a_register_shows_nothing_in_its_briefing() -> None:
    assert implementation.briefly(asked.evaluation("china-2006-2010", 2008)).parts == ()
