"""A run's folder: made hidden, named by one rename, never changed afterwards; and pages replaced in one step."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from zzlib.errors import Fault, ParameterError, RunError, ZzlibError
from zzlib.language import Message

RECORD = "run.json"  # once it is there, a failure is evidence and is kept
HIDDEN, LOCK = ".staging-", ".lock"
FRESH = ".zzlib-"  # a page that is not written to its end
# What a process left that died while it made a run or a page.
_LEFT = re.compile(r"\.staging-\d{8}T\d{6}Z-[0-9a-f]{4}$|\.zzlib-.+-[0-9a-f]{8}$")
ATTEMPTS = 100
ELSEWHERE = Message("Name a folder you may write to: --outputs DIR.")
PATIENCE = 3600  # seconds that a run waits for another of the same plan
_NAMING = (".ipynb", ".html", ".json")  # files that name the folder they lie in


def staging_name(folder: Path) -> Path:
    """Return the hidden folder in which another is made."""
    return folder.with_name(f"{HIDDEN}{folder.name}")


@contextmanager
def alone(folder: Path, waiting: Callable[[], None], *, swept: Sequence[str] = ("", "*/")) -> Iterator[bool]:
    """Let nobody else make a run below a folder meanwhile; `waiting` is called once when somebody else is at it.

    Give whether somebody else was.
    The system frees the lock of a process that dies. What such a process left half-made is removed, in the folder and
    in those below it, or in what else `swept` names; what cannot be removed now is left to the next.
    Raises RunError when the folder cannot be made, ParameterError where that is because a file stands in its place, and
    RunError after an hour of waiting.
    """
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    lock, waited = FileLock(folder / LOCK), False
    try:
        try:
            _acquire(lock, folder, 0)
        except Timeout:
            waited = True
            waiting()
            _acquire(lock, folder, PATIENCE)
    except Timeout:
        what = Message("another run of this plan has not ended for an hour")
        remedy = Message("See whether it hangs, end it, and run again.")
        raise RunError(Fault(what, where=str(folder), remedy=remedy)) from None
    except OSError as failure:
        raise _unwritable(folder, failure) from None
    try:
        for left in [path for inside in swept for path in folder.glob(f"{inside}.*") if _LEFT.match(path.name)]:
            with suppress(OSError):  # somebody may still write to it
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield waited
    finally:
        with suppress(OSError):  # on Windows it cannot be removed while it is held, and stays
            if not any(path.name != LOCK for path in folder.iterdir()):
                (folder / LOCK).unlink()  # whoever waits for it takes another: the library sees to that
        lock.release()
        for parent in missing:
            with suppress(OSError):  # somebody has begun to use it
                parent.rmdir()


def _acquire(lock: BaseFileLock, folder: Path, patience: int) -> None:
    for attempt in reversed(range(ATTEMPTS)):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=patience)
            return
        except FileNotFoundError:  # somebody who had nothing to keep has just removed the folder
            if not attempt:
                raise


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give a hidden folder that bears its name when all went well, and `-failed` when it holds evidence of a failure.

    What was refused before there was a record, and what the user interrupted, leaves no trace. Raises RunError when
    the folder cannot be made (as `alone` does), and for any refusal that left evidence.
    """
    missing = [parent for parent in folder.parents if not parent.exists()]
    hidden = staging_name(folder)
    try:
        hidden.mkdir(parents=True)
    except OSError as failure:
        raise _unwritable(folder.parent, failure) from None
    try:
        yield hidden
        _name(hidden, folder)
    except Exception as failure:
        if (hidden / RECORD).exists():
            failed = folder.with_name(f"{folder.name}-failed")
            _name(hidden, failed)
            if isinstance(failure, ZzlibError):
                raise RunError(
                    [*failure.faults, Fault(Message("the evidence is kept"), where=str(failed))]
                ) from failure
        raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        for parent in missing:
            if parent.exists() and not any(parent.iterdir()):
                parent.rmdir()


def check(folder: Path) -> None:
    """Raise ParameterError where a file stands in the place of a folder, or of one above it."""
    for place in (folder, *folder.parents):
        if place.is_file():
            raise ParameterError(Fault(Message("it is a file, and no folder"), where=str(place), remedy=ELSEWHERE))


def check_rejects(path: Path | None) -> None:
    """Raise ParameterError where a file for refused rows cannot be made: known before anything is computed."""
    if path is None or (path.parent.is_dir() and not path.is_dir()):
        return
    what = Message("it is a folder") if path.is_dir() else Message("its folder does not exist")
    remedy = Message("Name a file in a folder that is there: --rejects FILE.")
    raise ParameterError(Fault(what, where=str(path), remedy=remedy))


def _unwritable(folder: Path, failure: OSError) -> RunError:
    check(folder)
    what = Message("the folder cannot be made ({reason})", reason=failure.strerror or str(failure))
    return RunError(Fault(what, where=str(folder), remedy=ELSEWHERE))


def write(path: Path, text: str) -> None:
    """Write a text file in UTF-8 with the same line ends everywhere."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_made(path: Path, save: Callable[[BytesIO], object]) -> None:
    """Write a file that a library saves, once all of it is there.

    On a full disk a library that opens the file itself leaves it open, and Python tells of that in lines of its own.
    """
    made = BytesIO()
    save(made)
    path.write_bytes(made.getvalue())


def replace(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, whatever happens."""
    fresh = path.with_name(f"{FRESH}{path.name}-{secrets.token_hex(4)}")
    try:
        write(fresh, text)
        _to_disk(fresh)
        os.replace(fresh, path)
        _to_disk(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def pointing_into(folder: str, page: str) -> str:
    """Return a page with its relative links leading into a folder beside it.

    >>> pointing_into("r1", '<a class="x" href="data.html">, <a href="#top">, <a href="https://example.org">')
    '<a class="x" href="r1/data.html">, <a href="#top">, <a href="https://example.org">'
    """
    return re.sub(r'(<a\b[^>]*?\shref=")(?![a-zA-Z][a-zA-Z+.-]*:|[#/"])', rf"\g<1>{folder}/", page)


def standing_alone(page: str) -> str:
    """Return a page without its links to files beside it, their words kept: one that is sent on alone leads nowhere.

    >>> standing_alone('<a class="x" href="data.html">data</a>, <a href="#top">top</a>')
    'data, <a href="#top">top</a>'
    """
    return re.sub(r'<a\b[^>]*?\shref="(?![a-zA-Z][a-zA-Z+.-]*:|[#/"])[^>]*>(.*?)</a>', r"\g<1>", page, flags=re.S)


def settle(hidden: Path, folder: Path) -> None:
    """Let the files in a hidden folder name the folder that it will be."""
    for path in hidden.rglob("*"):
        if path.suffix in _NAMING:
            text = path.read_text(encoding="utf-8")
            if hidden.name in text:
                write(path, text.replace(hidden.name, folder.name))


def _name(hidden: Path, folder: Path) -> None:
    """Give a hidden folder its name, after everything in it names that folder and has reached the disk."""
    settle(hidden, folder)
    for path in hidden.rglob("*"):
        _to_disk(path)
    _to_disk(hidden)
    hidden.rename(folder)
    _to_disk(folder.parent)


def _to_disk(path: Path) -> None:
    if path.is_dir() and os.name != "posix":  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
