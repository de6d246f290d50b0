"""The shipped server with a clock that can be set forward: `python -m tests.browser.story.server_of_another_time`.

The file named in KLEPET_TEST_CLOCK holds by how many seconds it is later than it seems; fewer than none: earlier.
"""

import asyncio
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from klepet.app import serve
from klepet.kit.clock import SystemClock
from klepet.settings import Settings

LONG_AGO = 30 * 86_400.0
"""So many seconds the machine runs longer than it does: monotonic time stays positive where the clock was set back."""


class LaterClock(SystemClock):
    """The machine's clock, and what was added to it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _later(self) -> float:
        return float(self._file.read_text() or 0)

    def now(self) -> datetime:
        """Tell the wall time."""
        return super().now() + timedelta(seconds=self._later())

    def monotonic(self) -> float:
        """Tell the monotonic time."""
        return super().monotonic() + LONG_AGO + self._later()


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)
    asyncio.run(serve(Settings.load(os.environ), LaterClock(Path(os.environ["KLEPET_TEST_CLOCK"]))))
