"""What is known against the packages of the locks: hashes, withdrawn versions, advisories, licences.

Two questions need services of the package index. Each is first asked of a version that is known to be bad: a service
that finds nothing wrong with it is none, and the audit says that it could not be made instead of "nothing found".
pip-audit alone says "no known vulnerabilities" where no package could be looked up. Exit code 1 when something is
wrong, 0 otherwise: a machine without these services audits nothing and fails nothing.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LOCKS = [PROJECT / "requirements.lock", PROJECT / "requirements-test.lock"]
UV = [str(PROJECT / ".venv" / "bin" / "uv"), "--system-certs"]
ADVISED = "jinja2==2.10"  # CVE-2019-10906
WITHDRAWN = "attrs==21.1.0"
SERVICES = ("pypi", "osv")
PATIENCE = 120  # seconds for one question
HASTY = os.environ | {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "10"}  # without a network it ends at once
# Words of licences that an office may use and pass on; what has none of them is named for somebody to read.
FREE = re.compile(
    r"\b(MIT|0?BSD|Apache|ISC|PSF|Python Software|MPL|Mozilla|Unlicense|Public Domain|Zlib|HPND|CC0|LGPL|CNRI)",
    re.IGNORECASE,
)


def pins(lock: Path) -> dict[str, list[str]]:
    """Return the hashes of every pinned line of a lock."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8").strip())
    return {entry.split(" ")[0].rstrip("\\\n"): re.findall(r"--hash=(sha256:[0-9a-f]{64})", entry) for entry in entries}


def unhashed() -> list[str]:
    """Return the lines of the locks that name no hash."""
    return [f"{lock.name}: {pin}" for lock in LOCKS for pin, hashes in pins(lock).items() if not hashes]


def other_versions() -> list[str]:
    """Return the installed packages whose version is not the one that the locks pin."""
    locked: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in (pin.split("==") for pin in pins(lock)):
            locked.setdefault(canonical(name), set()).add(version)
    found = {canonical(one.name): one.version for one in metadata.distributions()}
    return [
        f"{name} {version}" for name, version in sorted(found.items()) if version not in locked.get(name, {version})
    ]


def canonical(name: str) -> str:
    """Return a package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence(one: metadata.Distribution) -> str:
    """Return what an installed package says of its licence, if only in the first line of its licence file."""
    classes = one.metadata.get_all("Classifier", [])
    told = [text.rsplit(" :: ", 1)[-1] for text in classes if text.startswith("License")]
    files = [one.locate_file(file) for file in one.files or () if "licen" in file.name.lower()]
    said = [
        one.metadata.get("License-Expression", ""), ", ".join(told), one.metadata.get("License", ""),
        *(Path(str(file)).read_text(encoding="utf-8", errors="replace").lstrip() for file in files),
    ]  # fmt: skip
    return next((text.splitlines()[0][:60] for text in said if text.strip()), "not told")


def unclear() -> list[str]:
    """Return the installed packages whose licence is not known to be free."""
    found = ((one.name, licence(one)) for one in metadata.distributions())
    return sorted(f"{name} ({text})" for name, text in found if not FREE.search(text))


def run(*command: str) -> "subprocess.CompletedProcess[str] | None":
    """Run a command and return what became of it; None when it cannot be run or takes too long."""
    try:
        return subprocess.run(command, env=HASTY, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None


def withdrawn(*asked: str) -> list[str] | None:
    """Return which requirements are withdrawn (yanked) by their authors; None when the index could not be asked."""
    with tempfile.TemporaryDirectory() as folder:
        done = run(*UV, "pip", "install", "--dry-run", "--no-deps", "--refresh", "--target", folder, *asked)
    if done is None or done.returncode:
        return None
    return re.findall(r"warning: `([^`]+)` is yanked", done.stderr)


def advisories(service: str, requirements: Path) -> tuple[list[str], int] | None:
    """Return the advisories on a list of requirements and how many were not found; None without an answer."""
    audit = [
        *UV,
        "tool",
        "run",
        "--quiet",
        "--from",
        "pip-audit",
        "pip-audit",
        "--format=json",
        "--progress-spinner=off",
    ]
    done = run(
        *audit,
        f"--vulnerability-service={service}",
        "--no-deps",
        "--disable-pip",
        "--timeout=5",
        "-r",
        str(requirements),
    )
    try:
        told = json.loads(done.stdout)["dependencies"] if done else []
    except ValueError:
        return None
    found = [f"{one['name']} {one['version']}: {bad['id']}" for one in told for bad in one.get("vulns", ())]
    return found, sum("skip_reason" in one for one in told)


def known_advisories() -> tuple[str, list[str], int] | None:
    """Return the first service that knows of the known bad version, and what it has against the test lock."""
    with tempfile.TemporaryDirectory() as folder:
        bad = Path(folder) / "requirements.txt"
        bad.write_text(f"{ADVISED}\n", encoding="utf-8")
        for service in SERVICES:
            answer = advisories(service, bad)
            if answer is not None and answer[0]:
                found = advisories(service, LOCKS[1])
                return (service, *found) if found is not None else None
    return None


def main() -> int:
    """Print the audit; return its exit code."""
    wrong = []

    def say(question: str, found: list[str] | None, fine: str, unasked: str = "") -> None:
        print(f"{question}: {unasked if found is None else '; '.join(found) if found else fine}")
        wrong.extend(found or [])

    counts = ", ".join(f"{len(pins(lock))} in {lock.name}" for lock in LOCKS)
    say("hashes", unhashed(), f"every pinned version has its SHA-256 ({counts})")
    say("installed", other_versions(), "no version differs from the locks")
    installed = len(list(metadata.distributions()))
    say("licences", unclear(), f"{installed} installed packages, each with a licence known to be free")
    answer = None
    if withdrawn(WITHDRAWN):
        say("withdrawn versions", withdrawn("-r", str(LOCKS[1])), "none", "NOT AUDITED: the index did not answer")
        answer = known_advisories()
    else:
        say("withdrawn versions", None, "", "NOT AUDITED: the index is not reached, or does not tell what is withdrawn")
    if answer is None:
        say("advisories", None, "", f"NOT AUDITED: neither {' nor '.join(SERVICES)} is reached and knows of {ADVISED}")
    else:
        service, found, missing = answer
        say("advisories", found, f"none known to {service} ({missing} packages not found there)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
