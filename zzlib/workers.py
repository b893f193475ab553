"""One pure function asked about many items: in this process, in a pool of processes, or on a dask cluster.

Whoever computes, the answers are the same. A worker that dies takes nothing with it: what it had not handed back is
asked again of another. An item whose own fault it is, is named, after all others were answered.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import tempfile
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from zzlib.errors import Fault, ParameterError, RunError, ZzlibError
from zzlib.language import Message

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Named: TypeAlias = tuple[str, Any]
Tried: TypeAlias = tuple[list[Named], list[Named] | None]  # a batch and its answers
REACHED = 5  # seconds within which a scheduler and a first worker of it have to answer
ALONE = 60  # seconds that a cluster may be without any worker while items wait
TRIES = 3  # times that items are asked together, before those that no worker survived are asked one by one
ROUNDS = 8  # batches a worker: few enough to cost little, many enough that none waits long for the last
REMEDY = Message(
    "Start one (dask scheduler; dask worker ADDRESS), or name another address, such as tcp://10.0.0.1:8786."
)


class Executor:
    """Whoever answers: `map` gives each item's name with its answer, in the order in which answers come."""

    def map(self, function: Callable[[Item], Answer], items: Mapping[str, Item]) -> Iterator[tuple[str, Answer]]:
        """Ask a function that can be pickled about named items.

        Raises, once all others are answered, the faults of the items that failed, each naming its item: the error they
        raised where it is one of ours, else RunError; RunError also for an item that no worker survives.
        """
        failures: dict[str, _Failure] = {}
        for name, answer in self._answers(function, list(items.items())):
            if isinstance(answer, _Failure):
                failures[name] = answer
            else:
                yield name, answer
        if failures:
            told = [failures[name] for name in items if name in failures]
            kinds = {type(failure.error) for failure in told}
            refusal = kinds.pop() if len(kinds) == 1 else RunError
            error = refusal([fault for failure in told for fault in failure.error.faults])
            for trace in dict.fromkeys(failure.trace for failure in told if failure.trace):
                error.add_note(trace)
            raise error

    def _answers(self, function: Callable[[Any], Any], items: list[Named]) -> Iterator[Named]:
        """Give each item's name with its answer or failure: here, one after the other."""
        for item in items:
            yield from _ask(function, [item])


HERE = Executor()


@contextmanager
def executor(scheduler: str = "", workers: int = 1) -> Iterator[Executor]:
    """Give whoever answers: the dask scheduler at an address, so many processes, or with one this process itself.

    Raises ParameterError where dask is not installed, or nobody answers at the address within seconds.

    >>> with executor() as here:
    ...     dict(here.map(abs, {"a": -1, "b": 2}))
    {'a': 1, 'b': 2}
    """
    if scheduler:
        with _connected(scheduler) as client:
            yield _Cluster(client)
    else:
        yield _Pool(workers) if workers > 1 else HERE


@dataclass(frozen=True)
class _Failure:
    """What an item raised, in a form that travels between machines."""

    error: ZzlibError
    trace: str = ""


def _ask(function: Callable[[Any], Any], batch: Sequence[Named]) -> list[Named]:
    """Return the answers to a batch, in a worker; an item that fails takes no other with it."""
    answers: list[Named] = []
    for name, item in batch:
        try:
            answers.append((name, function(item)))
        except ZzlibError as error:
            named = [replace(fault, where=_within(name, fault.where)) for fault in error.faults]
            answers.append((name, _Failure(type(error)(named))))
        except Exception as error:
            what = Message("it failed ({reason})", reason=f"{type(error).__name__}: {error}")
            answers.append((name, _Failure(RunError(Fault(what, where=name)), traceback.format_exc())))
    return answers


def _within(name: str, where: str) -> str:
    return Message("{item}, {where}", item=name, where=where) if where else name


class _Shared(Executor):
    """What a pool and a cluster share: items go out in batches, and one by one where no worker survived a batch."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def _answers(self, function: Callable[[Any], Any], items: list[Named]) -> Iterator[Named]:
        size = max(1, len(items) // (self.workers * ROUNDS))
        lost: list[Named] = []
        for batch, answers in self._tried(function, [items[i : i + size] for i in range(0, len(items), size)]):
            lost += batch if answers is None else []
            yield from answers or ()
        deadly = 0
        for i, one in enumerate(lost):
            if deadly == TRIES:
                what = Message("not asked any more, after {count} others that no worker survived", count=deadly)
                yield from ((name, _Failure(RunError(Fault(what, where=name)))) for name, _ in lost[i:])
                return
            for _, answers in self._tried(function, [[one]]):
                deadly += answers is None
                what = Message("no worker survived it")
                yield from [(one[0], _Failure(RunError(Fault(what, where=one[0]))))] if answers is None else answers

    def _tried(self, function: Callable[[Any], Any], batches: list[list[Named]]) -> Iterator[Tried]:
        """Give each batch with its answers as they come, or with None where no worker survived it."""
        raise NotImplementedError


class _Pool(_Shared):
    """Processes of this machine, started afresh: they inherit nothing, so they answer as any other worker does.

    Questions and answers lie in files. A process killed while it writes into a pipe leaves it half written, and whoever
    reads there waits for ever.
    """

    def _tried(self, function: Callable[[Any], Any], batches: list[list[Named]]) -> Iterator[Tried]:
        afresh = multiprocessing.get_context("spawn")
        with tempfile.TemporaryDirectory(prefix="zzlib-") as folder:
            left = {Path(folder) / str(i): batch for i, batch in enumerate(batches)}
            for path, batch in left.items():
                path.write_bytes(pickle.dumps((function, batch)))
            for _ in range(TRIES * bool(left)):
                # One process that dies breaks the pool: what it left is asked of a fresh one.
                with ProcessPoolExecutor(min(self.workers, len(left)), mp_context=afresh) as pool:
                    asked: dict[Future[None], Path] = {}
                    with suppress(BrokenProcessPool):
                        for path in left:
                            asked[pool.submit(_ask_in_file, path)] = path
                    try:
                        for future in as_completed(asked):
                            with suppress(BrokenProcessPool):
                                future.result()
                                path = asked[future]
                                yield left.pop(path), pickle.loads(_answer(path).read_bytes())
                                _answer(path).unlink()
                    finally:
                        pool.shutdown(wait=False, cancel_futures=True)
                if not left:
                    return
            yield from ((batch, None) for batch in left.values())


def _ask_in_file(path: Path) -> None:
    """Answer the batch that lies in a file, in another that is there as a whole or not at all."""
    answers = _ask(*pickle.loads(path.read_bytes()))
    unfinished = path.with_name(f"{path.name}-{os.getpid()}")
    unfinished.write_bytes(pickle.dumps(answers))
    unfinished.replace(_answer(path))


def _answer(path: Path) -> Path:
    return path.with_name(f"{path.name}-answer")


class _Cluster(_Shared):
    """A dask cluster: its scheduler gives what a dead worker had to another."""

    def __init__(self, client: Any) -> None:
        super().__init__(sum(client.nthreads().values()))
        self.client = client

    def _tried(self, function: Callable[[Any], Any], batches: list[list[Named]]) -> Iterator[Tried]:
        from distributed import KilledWorker, wait

        this = uuid.uuid4().hex
        asked = {
            self.client.submit(_ask, function, batch, key=f"zzlib-{this}-{i}", pure=False): batch
            for i, batch in enumerate(batches)
        }
        pending = set(asked)
        try:
            while pending:
                try:
                    done, pending = wait(pending, timeout=ALONE, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
                except TimeoutError:
                    if self.client.nthreads():
                        continue
                    raise
                for future in done:
                    try:
                        answers = future.result()
                    except KilledWorker:
                        answers = None
                    yield asked.pop(future), answers  # and the cluster may forget them
        except (OSError, CancelledError) as failure:
            what = Message("the cluster was lost: no scheduler or no worker answers any more")
            raise RunError(Fault(what, where=self.client.scheduler.address, remedy=REMEDY)) from failure
        except ImportError as failure:
            what = Message("the workers cannot do it ({reason})", reason=str(failure))
            remedy = Message("Install the same zzlib on every worker.")
            raise RunError(Fault(what, where=self.client.scheduler.address, remedy=remedy)) from failure
        finally:
            self.client.cancel(list(pending))


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Give a client of the scheduler at an address, which has at least one worker."""
    if find_spec("distributed") is None:
        what = Message("--scheduler needs dask, which is not installed here")
        raise ParameterError(Fault(what, remedy=Message("Install it (pip install 'zzlib[scale]'), or use --workers.")))
    from distributed import Client

    try:
        client = Client(address, timeout=REACHED)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as failure:
        what = Message("no dask scheduler answers there")
        raise ParameterError(Fault(what, where=address, remedy=REMEDY)) from failure
    with client:
        try:
            client.wait_for_workers(1, timeout=REACHED)
        except TimeoutError as failure:
            what = Message("the dask scheduler has no worker")
            raise ParameterError(
                Fault(what, where=address, remedy=Message("Start one: dask worker {address}", address=address))
            ) from failure
        yield client
