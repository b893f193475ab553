"""Whoever answers, the answers are the same, and a worker that dies takes nothing with it."""

import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import deeds
import pytest

from zzlib import several, workers
from zzlib.errors import DataError, ParameterError, RunError, ZzlibError
from zzlib.plan import load_plan
from zzlib.workers import executor

ITEMS = {f"item {number}": number for number in range(60)}
Answered: TypeAlias = tuple[dict[str, Any], ZzlibError | None]
SQUARES = {name: number * number for name, number in ITEMS.items()}


def answered(by: workers.Executor, function: Callable[[Any], Any], items: Mapping[str, Any]) -> Answered:
    """Return what was answered, and how the rest was refused."""
    answers = {}
    try:
        for name, answer in by.map(function, items):
            answers[name] = answer
    except ZzlibError as refusal:
        return answers, refusal
    return answers, None


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs="CRITICAL") as cluster:
        yield cluster


@pytest.fixture(scope="module", params=["here", "pool", "dask"])
def by(request: pytest.FixtureRequest) -> Iterator[workers.Executor]:
    with ExitStack() as stack:
        if request.param == "dask":
            address = request.getfixturevalue("cluster").scheduler_address
            yield stack.enter_context(executor(scheduler=address))
        else:
            yield stack.enter_context(executor(workers=2 if request.param == "pool" else 1))


def test_whoever_computes_the_answers_are_the_same(by: workers.Executor) -> None:
    assert dict(by.map(deeds.squared, ITEMS)) == SQUARES
    assert dict(by.map(deeds.squared, {})) == {}


def test_items_that_fail_are_named_all_at_once_after_the_others_were_answered(by: workers.Executor) -> None:
    answers, refusal = answered(by, deeds.squared_unless_odd, ITEMS)
    assert answers == {name: square for name, square in SQUARES.items() if name not in ("item 3", "item 5")}
    assert isinstance(refusal, RunError)
    odd, empty = refusal.faults
    assert (odd.where, odd.what) == ("item 3", "it failed (ValueError: an odd one)")
    assert (empty.where, empty.what, empty.remedy) == ("item 5, five.csv", "no rows", "Name another file.")
    assert "squared_unless_odd" in "".join(refusal.__notes__)


def test_a_fault_of_ours_stays_what_it_is(by: workers.Executor) -> None:
    with pytest.raises(DataError, match=r"five\.csv: no rows"):
        list(by.map(deeds.squared_unless_odd, {"five": 5}))


def test_what_a_dead_process_had_not_handed_back_is_done_again(tmp_path: Path) -> None:
    items = {str(number): (number, str(tmp_path / "died") if number == 7 else "") for number in range(20)}
    with executor(workers=2) as pool:
        assert dict(pool.map(deeds.deadly, items)) == {str(number): number**2 for number in range(20)}
    assert (tmp_path / "died").exists()


def test_an_item_that_no_process_survives_is_named_and_the_others_are_answered() -> None:
    items = {str(number): (number, "always" if number == 4 else "") for number in range(6)}
    with executor(workers=2) as pool:
        answers, refusal = answered(pool, deeds.deadly, items)
    assert str(refusal) == "4: no worker survived it."
    assert answers == {str(number): number**2 for number in range(6) if number != 4}


def test_a_dask_worker_killed_half_way_loses_nothing(cluster: Any) -> None:
    answers = {}
    with executor(scheduler=cluster.scheduler_address) as by:
        for name, answer in by.map(deeds.squared_with_time, ITEMS):
            answers[name] = answer
            if len(answers) == len(ITEMS) // 2:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    assert answers == SQUARES


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense://here", "not an address"])
def test_an_address_where_nobody_answers_is_refused_in_a_sentence(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "REACHED", 0.3)
    with socket.socket() as free:  # bound, and nobody listens
        free.bind(("127.0.0.1", 0))
        address = address.format(port=free.getsockname()[1])
        with pytest.raises(ParameterError) as refused, executor(scheduler=address):
            pass
    (fault,) = refused.value.faults
    assert (fault.where, fault.what) == (address, "no dask scheduler answers there")


def test_a_scheduler_without_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(workers, "REACHED", 0.5)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(ParameterError, match="the dask scheduler has no worker"),
        executor(scheduler=empty.scheduler_address),
    ):
        pass


def test_without_dask_a_scheduler_is_refused_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "find_spec", lambda name: None)
    with pytest.raises(ParameterError, match=r"needs dask.*pip install 'zzlib\[scale\]'") as refused:
        executor(scheduler="tcp://127.0.0.1:8786").__enter__()
    assert refused.value.exit_code == 2


def test_several_plans_are_answered_in_their_order_and_the_one_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(several, "evaluate", lambda plan, **_: load_plan(plan))
    plans = several.named(["china-2011-2015", "nowhere", "china-2006-2010", "china-2011-2015"])
    found = several.evaluations(plans)
    assert [next(found)[1].plan, next(found)[1].plan] == ["china-2011-2015", "china-2006-2010"]
    with pytest.raises(ZzlibError, match="nowhere: there is no plan 'nowhere'"):
        next(found)


def test_a_plan_that_ended_before_the_period_is_not_asked_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several, "evaluate", lambda plan, **_: load_plan(plan))
    with pytest.raises(ZzlibError, match=r"2081: the plan ended in 2020") as refused:
        next(several.evaluations(["zhengzhou-2016-2020"], through="2081"))
    assert refused.value.exit_code == 2
    found = several.evaluations(["china-2006-2010", "china-2011-2015"], through="2012-06")
    assert next(found)[0] == "china-2011-2015"
    with pytest.raises(ZzlibError, match=r"china-2006-2010, 2012-06: the plan ended in 2010"):
        next(found)
