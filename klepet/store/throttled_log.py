"""Lines of the log that could come with every write of a long outage: the first at once, then a few a minute, which
say how many they stand for.
"""

import logging
import time

INTERVAL_SECONDS = 5.0

_log = logging.getLogger("klepet.store")


class ThrottledLine:
    """One such line: `text` is given what happened and how often it did. Used in one thread."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._told_at: float | None = None
        self._is_told = False
        self._count = 0

    def tell(self, error: Exception, count: int = 1) -> None:
        """It happened again, to so many."""
        self._count += count
        now = time.monotonic()
        if self._told_at is None or now - self._told_at >= INTERVAL_SECONDS:
            self._told_at, self._is_told = now, True
            _log.error(self._text, error, self._count)

    def end(self) -> int:
        """It is over: how many there were. 0 while none of them was told: what comes and goes is one."""
        if not self._is_told:
            return 0
        count, self._count, self._is_told = self._count, 0, False
        return count
