"""What readers see: the newest pages of a question, each replaced in one step, and a word on them when renewing failed.

Nothing heavy is imported: whether what readers see still answers a question is known in a tenth of a second.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from zzlib import folders, keys
from zzlib.periods import end

SUMS = "SHA256SUMS"  # of every file in a run's folder
RECORD = "published.json"  # written last, beside the pages: without it, or where they differ from it, they are renewed
TOLD = ("briefing.html", "index.html")  # pages that say so where an attempt to renew them failed
_STALE = re.compile(r'<aside class="stale" data-home="([^"]*)" data-through="([^"]*)">.*?</aside>\n', re.S)


@dataclass(frozen=True)
class Published:
    """Which run readers see, what it was asked (`keys.question`), and the SHA-256 of each page."""

    run: str
    key: str
    made: str
    data: list[str]
    pages: dict[str, str]

    def whole(self, home: Path) -> bool:
        """Say whether the pages in a folder are those that were published, and the run beside them is unharmed."""
        return agrees(home, self.pages) and agrees(home / self.run, sums(home / self.run))


def read(home: Path) -> Published | None:
    """Return what is published in a folder, or None where nothing is or its record is damaged."""
    try:
        return Published(**json.loads((home / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def standing(outputs: Path, kind: str, key: str) -> Path | None:
    """Return the folder whose published pages answer a question as it is asked now, or None where they must be made."""
    if not key:
        return None
    homes = (path.parent for path in sorted(outputs.glob(f"*/{kind}-*/{RECORD}")))
    return next((home for home in homes if (one := read(home)) and one.key == key and one.whole(home)), None)


def publish(home: Path, pages: Mapping[str, str], *, run: str, key: str, made: str, data: list[str]) -> None:
    """Replace what readers open, each page in one step, then the record of it; the run's own folder is not touched."""
    before = read(home)
    for name, page in pages.items():
        folders.replace(home / name, page)
    for name in set(before.pages) - set(pages) if before else ():  # such as the same briefing in another language
        (home / name).unlink(missing_ok=True)
    written = {name: keys.of_file(home / name) for name in pages}
    about = asdict(Published(run, key, made, data, written))
    folders.replace(home / RECORD, json.dumps(about, ensure_ascii=False, indent=2) + "\n")


def tell(home: Path, said: str, *, asked: str, through: str) -> None:
    """Say something above the pages that readers see of a question, named by its own folder; nothing with no text.

    It stands instead of what was said of that question, and of others that were to renew these pages and looked no
    further. What was said of the pages' own question is for their own next run to take back.
    """

    def kept(aside: re.Match[str]) -> str:
        about, until = aside.groups()
        over = about == asked or (about != home.name and end(until) <= end(through))
        return "" if over else aside[0]

    for path in (home / name for name in TOLD if (home / name).is_file()):
        page = path.read_text(encoding="utf-8")
        named = f'data-home="{html.escape(asked)}" data-through="{html.escape(through)}"'
        aside = f'<aside class="stale" {named}>{html.escape(said)}</aside>\n' if said else ""
        fresh = _STALE.sub(kept, page).replace("<main>", f"{aside}<main>", 1)
        if fresh != page:
            folders.replace(path, fresh)


def sums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a run as it was when the run got its name; of none where that is not told."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines)} or {SUMS: ""}
    except (OSError, ValueError):
        return {SUMS: ""}


def agrees(folder: Path, digests: Mapping[str, str]) -> bool:
    """Say whether files in a folder are there and have these SHA-256."""
    try:
        return all(keys.of_file(folder / name) == digest for name, digest in digests.items())
    except OSError:
        return False
