"""Serves as klepet does, with a clock that is some time ahead: what takes minutes is seen at once.

python -m tests.fault.later serve ...      KLEPET_TEST_LATER: by how many seconds
"""

import os
import sys
from datetime import datetime, timedelta

from klepet import app, cli
from klepet.kit.clock import SystemClock


class LaterClock(SystemClock):
    """The machine's clock, ahead of its time."""

    def __init__(self) -> None:
        self._ahead = float(os.environ["KLEPET_TEST_LATER"])

    def now(self) -> datetime:
        """The wall time."""
        return super().now() + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        """The monotonic time."""
        return super().monotonic() + self._ahead


if __name__ == "__main__":
    app.SystemClock = LaterClock  # type: ignore[attr-defined]
    sys.exit(cli.main())
