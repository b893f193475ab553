"""What workers of other processes are asked to do; they find it here by its name."""

import os
import signal
import time
from pathlib import Path

from zzlib.errors import DataError, Fault


def squared(number: int) -> int:
    return number * number


def squared_with_time(number: int) -> int:
    time.sleep(0.02)
    return number * number


def squared_unless_odd(number: int) -> int:
    if number == 3:
        raise ValueError("an odd one")
    if number == 5:
        raise DataError(Fault("no rows", where="five.csv", remedy="Name another file."))
    return number * number


def deadly(item: tuple[int, str]) -> int:
    """Return a square; where a file is named, kill the process, each time or, once the file is there, no more."""
    number, once = item
    if once == "always":
        os.kill(os.getpid(), signal.SIGKILL)
    if once and not Path(once).exists():
        Path(once).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number
