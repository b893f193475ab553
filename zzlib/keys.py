"""What makes two runs one: digests of the program, of a question with every file it rests on, of a notebook.

Nothing heavy is imported here: that nothing changed is known before anything is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
PLANS = PROJECT / "data" / "plans"
NOTEBOOKS = PROJECT / "notebooks"
# Every file of these is part of the program; plans and figures are a question's own.
PROGRAM = (PROJECT / "zzlib", PROJECT / "data")
OWN = ("plans", "observations", "demo")
BESIDE = (".commitments.yaml", ".docx")  # what belongs to a plan and lies beside its file
MAPPED = ".map.yaml"  # and what lies beside a table
# They decide on the PDF, as in paper.BROWSERS.
PRINTERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
    "fc-list",
)


@cache
def program() -> str:
    """Return a digest of the code and its laws, of Python and every library that is installed."""
    digest = hashlib.sha256(sys.version.encode())
    for name in sorted(entry.name for entry in os.scandir(sysconfig.get_path("purelib"))):
        if name.endswith(".dist-info"):
            digest.update(name.encode())
    own = [PROJECT / "data" / name for name in OWN]
    _add(digest, [path for part in PROGRAM for path in _files(part) if not any(map(path.is_relative_to, own))])
    return digest.hexdigest()


def question(
    kind: str, *, plan: str | Path, through: str | None, as_of: str | None, data: Sequence[str | Path],
    before: Sequence[str | Path], event: str, language: str,
) -> str:  # fmt: skip
    """Return a digest of a question, of every file that its answer rests on, and of the program.

    Empty where it cannot be told: data in a database, or a path that is not there.
    """
    law = Path(plan).resolve() if Path(plan).suffix in (".yaml", ".yml") else PLANS / f"{plan}.yaml"
    named = [*data, *before]
    if any("://" in str(place) for place in named):
        return ""
    try:
        files = [file for place in (*named, *_named(law)) for file in files_of(PROJECT / place)]
        asked = [kind, through, as_of, event, language, *map(told, [law, *data, "", *before])]
        asked += [os.environ.get("BROWSER_PATH")]
        digest = hashlib.sha256(json.dumps([program(), *asked, *map(shutil.which, PRINTERS)]).encode())
        _add(digest, [law, *files, *beside(law, files), *_files(NOTEBOOKS)])
    except (OSError, ValueError, RecursionError, yaml.YAMLError):  # whoever reads it next says what is wrong
        return ""
    return digest.hexdigest()


def _named(law: Path) -> list[str]:
    """Return the places that a plan's file names: its data, and its boundaries."""
    content = yaml.load(law.read_bytes(), Loader=yaml.BaseLoader)  # which makes nothing but texts, lists and mappings
    named = [content.get(name) or () for name in ("data", "boundaries")] if isinstance(content, dict) else []
    return [place for part in named for place in ([part] if isinstance(part, str) else part) if isinstance(place, str)]


def files_of(place: Path) -> list[Path]:
    """Return the files that lie in a folder, those that make up a shapefile, or else the one file."""
    if place.is_dir():
        return sorted(filter(Path.is_file, place.iterdir()))
    if place.suffix.lower() == ".shp":
        return sorted(path for path in place.parent.iterdir() if path.stem == place.stem)
    return [place]


def beside(law: Path, files: Iterable[Path]) -> list[Path]:
    """Return what belongs to a plan and to its tables, where it is there: register, template and maps."""
    own = [law.with_suffix(end) for end in BESIDE] + [file.with_name(file.name + MAPPED) for file in files]
    return list(filter(Path.is_file, own))


def places(data: Sequence[str | Path]) -> tuple[str, ...]:
    """Return paths in full, from the folder where the question is asked, and addresses of databases as they are.

    >>> places(["sqlite:///her.db#ledger"])
    ('sqlite:///her.db#ledger',)
    """
    return tuple(str(path) if "://" in str(path) else str(Path(path).resolve()) for path in data)


def of_file(path: Path) -> str:
    """Return the SHA-256 of a file.

    >>> of_file(PROJECT / "LICENSE") == of_file(PROJECT / "LICENSE")
    True
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_notebook(content: str, parameters: Mapping[str, Any], tables: Iterable[Path]) -> str:
    """Return a digest of what a notebook shows: itself, what it is given, the program, the tables that it reads."""
    shown = [(path.name, of_file(path)) for path in tables]
    asked = json.dumps([program(), content, parameters, shown], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()


def _add(digest: Any, files: Iterable[Path]) -> None:
    for path in files:
        digest.update(f"{told(path)}\n{of_file(path)}\n".encode())


def told(path: str | Path) -> str:
    """Return a path as it is named in every clone of the project.

    >>> told(PROJECT / "data" / "events.csv"), told("elsewhere.csv")
    ('data/events.csv', 'elsewhere.csv')
    """
    return Path(path).relative_to(PROJECT).as_posix() if Path(path).is_relative_to(PROJECT) else str(path)


def _files(place: Path) -> list[Path]:
    """Return the files in a folder and below it, sorted; what Python and editors leave there is none."""
    return sorted(
        path
        for path in place.rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "__")) and part != "__init__.py" for part in path.parts[len(place.parts) :])
    )
