"""The briefing on paper: two A4 sheets, printed by a browser that the machine has.

No library prints a page with its figures as a browser does, and none is worth a second look of the page. Where there is
no browser, or it lacks Chinese letters, nothing is printed and the reason is returned.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from zzlib.language import Message

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
FAILED = Message("the browser did not print it")  # which may pass, unlike what a machine lacks
TIME = 60  # seconds that printing may take
DRAWING = 8_000  # milliseconds of the page's own clock, in which its figures are drawn


def browser() -> str | None:
    """Return the browser that `BROWSER_PATH` names, or one that is found."""
    named = os.environ.get("BROWSER_PATH", "")
    return next(filter(None, (shutil.which(name) for name in (named, *BROWSERS) if name)), None)


def write(page: Path, pdf: Path) -> Message | None:
    """Print a page; return None when the PDF is written, else why it is not."""
    program = browser()
    if program is None:
        return Message("no browser was found that prints it (Chromium, Chrome or Edge)")
    if not _writes_chinese():
        return Message("no Chinese font was found to print it with")
    with tempfile.TemporaryDirectory() as home:
        made = Path(home) / "page.pdf"
        command = [
            program, "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--virtual-time-budget={DRAWING}",
            f"--user-data-dir={home}/profile", f"--print-to-pdf={made}", page.resolve().as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # which a browser refuses the administrator
        try:
            # A browser writes into the home that it finds: it finds this one.
            homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"), home)
            subprocess.run(command, capture_output=True, timeout=TIME, check=True, env=os.environ | homes)
            shutil.move(made, pdf)
        except (OSError, subprocess.SubprocessError):
            return FAILED
    return None


def _writes_chinese() -> bool:
    """Say whether a Chinese font is there; where no fontconfig tells, the system has its own."""
    listing = shutil.which("fc-list")
    if listing is None:
        return True
    found = subprocess.run([listing, ":lang=zh", "family"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())
