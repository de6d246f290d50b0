"""The nginx that tests put in front of klepet: found, or installed by apt when that needs no question."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.start.environment import apt_install
from tools.start.progress import CannotGoOn, say

POLICY = Path("/usr/sbin/policy-rc.d")
PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")


def find() -> Path | None:
    """Find the program: on the PATH, or where systems keep it when the PATH is short."""
    found = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *PLACES]))
    return Path(found) if found else None


def ensure(root: Path) -> None:
    """Install nginx where that needs no question; without one, say what to type and let those tests skip."""
    if find() is not None:
        return
    if sys.platform == "linux" and os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
        try:
            with no_services_started(POLICY):
                apt_install(root, ["nginx"], "Installing nginx for the tests")
        except CannotGoOn as problem:
            say(str(problem))
    if find() is None:
        say("There is no nginx, so its tests are skipped. Type: sudo apt-get install nginx")


@contextmanager
def no_services_started(policy: Path) -> Iterator[None]:
    """Keep Debian from starting what it installs: only the program is wanted, not a server on port 80.

    `policy` is the file that Debian asks. A machine that has one has decided by itself, and it is left alone.
    """
    try:
        with policy.open("x") as file:
            file.write("#!/bin/sh\nexit 101\n")
    except FileExistsError:
        yield
        return
    try:
        policy.chmod(0o755)
        yield
    finally:
        policy.unlink(missing_ok=True)
