"""Errors that say what, where, why and what to do; all faults at once, exit code 2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input.

    Every part is text; where it is a `language.Message` the terminal shows it in the reader's language.

    >>> print(Fault("'3人' is not a number", where="ledger.csv, row 37", remedy="Write 3."))
    ledger.csv, row 37: '3人' is not a number. Write 3.
    """

    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else str(self.what)
        sentences = [head, self.why, self.remedy]
        return " ".join(s if s.endswith((".", "?", "!")) else s + "." for s in map(str, sentences) if s)


class ZzlibError(Exception):
    """An input that is refused, with every fault found in it.

    >>> raise DataError([Fault("no rows", where="empty.csv"), Fault("no header", where="other.csv")])
    Traceback (most recent call last):
    zzlib.errors.DataError: empty.csv: no rows.
    other.csv: no header.
    """

    exit_code = 2

    def __init__(self, faults: Fault | str | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = Fault(faults)
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[type[ZzlibError], tuple[tuple[Fault, ...]]]:  # so that it travels between processes
        return type(self), (self.faults,)


class DataError(ZzlibError):
    """A table that cannot be used as it is."""


class PlanError(ZzlibError):
    """A plan that cannot be used as it is."""


class ParameterError(ZzlibError):
    """A question that cannot be asked that way."""


class RunError(ZzlibError):
    """A run that did not finish; what was published before is untouched."""

    exit_code = 1
