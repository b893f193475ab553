"""What a run was made from: every input's hash and vintages, versions, commit. The start of every trace."""

from __future__ import annotations

import csv
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from zzlib import keys
from zzlib.intake import fingerprint
from zzlib.plan import PROJECT
from zzlib.sources import is_url, shown


def inputs(files: Iterable[str | Path], *, addresses: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return path, SHA-256, size and vintage range of every file; what has no column `vintage` has a range of None.

    Of a database table, one of the `addresses`, the SHA-256 is that of its rows as they were read.
    """
    read = {shown(url): url for url in addresses if is_url(url)}
    return [_table(str(file), read[str(file)]) if str(file) in read else _input(Path(file)) for file in files]


def _table(name: str, url: str) -> dict[str, Any]:
    return {"path": name, "sha256": fingerprint(url), "bytes": None, "vintage": None}


def name(source: str) -> str:
    """Return the name by which readers know an input: a file's name, or a database's address.

    >>> name("data/demo/ledger.csv"), name("sqlite:///her.db#ledger")
    ('ledger.csv', 'sqlite:///her.db#ledger')
    """
    return source if is_url(source) else Path(source).name


def _input(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "path": path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else str(path),
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "vintage": _vintages(path),
    }


def sums(folder: Path) -> str:
    """Return the SHA-256 of every file in a run's folder, a line each, as `sha256sum --check` reads them."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{keys.of_file(path)}  {path.relative_to(folder).as_posix()}\n" for path in found)


def _vintages(path: Path) -> list[str] | None:
    """Return the first and last vintage of a CSV table, or None when it has none."""
    if path.suffix != ".csv":
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            known = [row["vintage"] for row in csv.DictReader(file) if row.get("vintage")]
    except UnicodeDecodeError:  # a GB18030 table; `load` reads it, its vintages stand in the observations
        return None
    return [min(known), max(known)] if known else None


def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of the libraries it asks for.

    >>> {"python", "zzlib", "pandas", "statsmodels"} <= set(versions())
    True
    """
    asked = [line for line in metadata.requires("zzlib") or () if "extra ==" not in line]
    libraries = sorted(re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0] for line in asked)
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, "zzlib": metadata.version("zzlib")} | {name: metadata.version(name) for name in libraries}


def commit() -> str:
    """Return the commit of the project, with -dirty when files differ from it; empty when there is no repository."""
    if not (PROJECT / ".git").exists():
        return ""
    describe = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(describe, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError):  # no git on this machine, or it does not trust the folder
        return ""
