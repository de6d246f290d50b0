"""The PostgreSQL server that tests start for themselves: found, or installed by apt when that needs no question."""

import os
import sys
from pathlib import Path

from tools.start.environment import apt_install
from tools.start.nginx import POLICY, no_services_started
from tools.start.progress import CannotGoOn, say

PLACE = Path("/usr/lib/postgresql")
POOLER = Path("/usr/sbin/pgbouncer")


def ensure(root: Path) -> None:
    """Install the server where that needs no question; without one, say what to type and let those tests skip."""
    if any(PLACE.glob("*/bin/postgres")) and POOLER.exists():
        return
    if sys.platform == "linux" and os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
        try:
            with no_services_started(POLICY):
                apt_install(root, ["postgresql", "pgbouncer"], "Installing PostgreSQL for the tests")
        except CannotGoOn as problem:
            say(str(problem))
    if not any(PLACE.glob("*/bin/postgres")):
        say("There is no PostgreSQL, so its tests are skipped. Type: sudo apt-get install postgresql pgbouncer")
