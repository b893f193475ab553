"""The runs that are kept: which are whole and published, in what order, and what each answered."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from zzlib import folders, published

RECORD = folders.RECORD
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Kept:
    """A run's folder and its record."""

    folder: Path
    record: dict[str, Any]

    @property
    def run(self) -> str:
        """The run's name, which begins with the moment it was started."""
        return str(self.record["run"])

    @property
    def through(self) -> str:
        """The last period looked at."""
        return str(self.record["parameters"]["through"])

    @property
    def made(self) -> str:
        """The day on which it was started, by the clock of this machine."""
        return made(self.record)

    @property
    def outcome(self) -> str:
        """`finished`, or `failed`, as is a run that did not get its name; empty for tables that no run kept."""
        said = str(self.record.get("outcome", ""))
        return "failed" if said == "finished" and self.folder.name != self.run else said

    @property
    def reason(self) -> str:
        """Why it failed; empty where it did not."""
        return str(self.record.get("reason", ""))

    @property
    def finished(self) -> bool:
        """Whether it came to its end, and got its name."""
        return self.outcome == "finished"

    @property
    def published(self) -> bool:
        """Whether readers were shown it: it finished, and looked at all that was known."""
        return self.finished and not self.looks_back

    @property
    def looks_back(self) -> bool:
        """Whether it asked for what was known on an earlier day, which readers are never shown as the newest."""
        return bool(self.record["parameters"]["as_of"])

    def whole(self, *names: str) -> bool:
        """Say whether files of it are what its record says they were."""
        sums = published.sums(self.folder)
        return all(name in sums for name in names) and published.agrees(
            self.folder, {name: sums[name] for name in names}
        )

    @cached_property
    def answers(self) -> dict[str, tuple[str, float | None]]:
        """Verdict and probability of each target, by indicator."""
        chances = self.record.get("probabilities", {})
        return {code: (verdict, chances.get(code)) for code, verdict in self.record.get("verdicts", {}).items()}


def name(started: datetime, home: Path) -> str:
    """Return a name for a run of a plan, later than that of any run before it even where the clock was set back.

    `home` is the folder of the plan's runs.
    """
    moments = [moment for path in home.glob("*/2*Z-*") if (moment := _moment(path.name))]
    moment = max([started, *(one + timedelta(seconds=1) for one in moments)])
    return f"{moment:{STAMP}}-{secrets.token_hex(2)}"


def _moment(name: str) -> datetime | None:
    with suppress(ValueError):  # a folder of somebody's own
        return datetime.strptime(name[:16], STAMP).replace(tzinfo=UTC)
    return None


def made(record: dict[str, Any]) -> str:
    """Return the day on which a run was started, as an ISO date."""
    return datetime.fromisoformat(record["start"]).astimezone().date().isoformat()


def kept(homes: Iterable[Path]) -> list[Kept]:
    """Return the runs in folders of one kind and period each, the earliest first; what bears no record is none."""
    records = [path for home in homes for path in home.glob(f"[!.]*/{RECORD}")]
    return sorted((one for one in map(_read, records) if one is not None), key=lambda one: one.run)


def _read(path: Path) -> Kept | None:
    """Return a run by its record, or None where that is damaged, or the run pruned meanwhile."""
    try:
        one = Kept(path.parent, json.loads(path.read_text(encoding="utf-8")))
        return one if one.run and one.through and one.made and one.looks_back in (True, False) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def of_kind(home: Path, kind: str) -> list[Kept]:
    """Return the published runs of one kind of a plan, whatever period they looked at, the earliest first.

    `home` is the folder of the plan's runs.
    """
    return [one for one in kept(sorted(home.glob(f"{kind}-*"))) if one.published]
