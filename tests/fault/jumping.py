"""Serves as klepet does, by a wall clock that jumps: how many seconds it is ahead stands in a file, read each time.

python -m tests.fault.jumping serve ...      KLEPET_TEST_AHEAD: the file
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from klepet import app, cli
from klepet.kit.clock import SystemClock


class JumpingClock(SystemClock):
    """The machine's clock, set wrong. Monotonic time goes on as ever, as it does on a machine whose clock is set."""

    def __init__(self) -> None:
        self._file = Path(os.environ["KLEPET_TEST_AHEAD"])

    def now(self) -> datetime:
        """The wall time."""
        return super().now() + timedelta(seconds=float(self._file.read_text()))


if __name__ == "__main__":
    app.SystemClock = JumpingClock  # type: ignore[attr-defined]
    sys.exit(cli.main())
