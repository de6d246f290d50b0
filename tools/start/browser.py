"""The chromium that the browser tests drive: found, or installed by apt when that needs no question."""

import os
import shutil
import sys
from pathlib import Path

from tools.start.environment import apt_install
from tools.start.progress import CannotGoOn, say

SHELL = "chromium-headless-shell"
"""Debian's chromium without its windows, from the same source: three quarters of the processor time."""
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = ("/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/google/chrome")
ON_A_MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find() -> Path | None:
    """Find the browser: KLEPET_CHROMIUM, the PATH, or where systems keep it when the PATH is short."""
    if named := os.environ.get("KLEPET_CHROMIUM"):
        return Path(named)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *PLACES])
    found = next((program for name in NAMES if (program := shutil.which(name, path=path))), None)
    found = found or next((program for program in ON_A_MAC if Path(program).exists()), None)
    return Path(found) if found else None


def ensure(root: Path, env: dict[str, str]) -> None:
    """Name the browser in the environment of the tests, the quickest one that can be had; without any, say what to type
    and let those tests skip.
    """
    if "KLEPET_CHROMIUM" in os.environ:
        return
    if sys.platform == "linux" and os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
        _install(root)
    if found := find():
        env["KLEPET_CHROMIUM"] = str(found)
    elif sys.platform == "linux":
        say(f"There is no chromium, so browser tests are skipped. Type: sudo apt-get install {SHELL} fonts-dejavu-core")
    else:
        say("There is no Chromium or Chrome, so browser tests are skipped. Install one, or name it in KLEPET_CHROMIUM.")


def _install(root: Path) -> None:
    """Install the one without windows; where a system does not have that, the other, unless there is any."""
    found = find()
    for package in (SHELL, "chromium"):
        if found is not None and (found.name == SHELL or package != SHELL):
            return
        try:
            return apt_install(root, [package, "fonts-dejavu-core"], f"Installing {package} for the browser tests")
        except CannotGoOn as problem:
            say(str(problem))
