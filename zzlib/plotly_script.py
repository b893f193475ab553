"""Plotly's script, which draws the figures of a page: the small bundle where set-up could fetch it, else the whole.

None of it is kept in this project. The whole script is part of the plotly package. The bundle with nothing but
scatter, bar, heat map and their like is a package of its own on npm, of the same version, a third as large;
`python -m zzlib.plotly_script` fetches it into the environment, where npm is there, and set-up calls that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE, FILE = "plotly.js-cartesian-dist-min", "plotly-cartesian.min.js"
BUNDLE = Path(sys.prefix) / "share" / "zzlib" / FILE
TIME = 60  # seconds that fetching may take


def script() -> str:
    """Return the text of the script: the bundle if it is there in the version of the plotly package, else the whole."""
    whole = _whole()
    if BUNDLE.is_file():
        small = BUNDLE.read_text(encoding="utf-8")
        if _version(small) == _version(whole):
            return small
    return whole


def fetch() -> bool:
    """Fetch the bundle with npm; return whether it is there. What cannot be fetched leaves things as they were."""
    npm, wanted = shutil.which("npm"), _version(_whole())
    if npm is None:
        return False
    if BUNDLE.is_file() and _version(BUNDLE.read_text(encoding="utf-8")) == wanted:
        return True
    with tempfile.TemporaryDirectory() as folder:
        # npm checks the package against the registry's digest, and keeps nothing in anybody's home.
        command = [npm, "pack", f"{PACKAGE}@{wanted}", "--silent", f"--cache={folder}/cache", "--fetch-retries=0"]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, timeout=TIME, check=True)
            (packed,) = Path(folder).glob("*.tgz")
            with tarfile.open(packed) as archive:
                member = archive.extractfile(f"package/{FILE}")
                text = member.read().decode() if member else ""
        except (OSError, subprocess.SubprocessError, tarfile.TarError, KeyError, ValueError):
            return False
    if _version(text) != wanted:
        return False
    BUNDLE.parent.mkdir(parents=True, exist_ok=True)
    BUNDLE.write_text(text, encoding="utf-8", newline="\n")
    return True


def _whole() -> str:
    import plotly

    return (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def _version(text: str) -> str:
    """Return the version that a script's first lines name.

    >>> _version("/**\\n* plotly.js (cartesian - minified) v4.1.1\\n*/"), _version("else")
    ('4.1.1', '')
    """
    found = re.search(r"plotly\.js[^\n]*? v(\d+\.\d+\.\d+)", text[:300])
    return found[1] if found else ""


if __name__ == "__main__":
    if not fetch():
        print("npm is not here, or gave nothing: pages carry the whole of Plotly's script and are twice as large.")
