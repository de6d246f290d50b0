"""Where time comes from.

Everything that needs the time is handed a clock, so that tests decide what time it is. Wall time orders what
people see and may jump; monotonic time measures spans and never goes back.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time and monotonic time."""

    def now(self) -> datetime:
        """Tell the wall time as an aware UTC instant."""
        ...

    def monotonic(self) -> float:
        """Tell seconds since an arbitrary moment; never decreases."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Tell the machine's wall time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Tell the machine's monotonic time."""
        return time.monotonic()


class FakeClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start: datetime, *, monotonic: float = 1_000.0) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware instant")
        self._now = start.astimezone(UTC)
        self._monotonic = monotonic

    def now(self) -> datetime:
        """Tell the wall time that was set."""
        return self._now

    def monotonic(self) -> float:
        """Tell the monotonic time that was reached."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass on both scales."""
        if seconds < 0:
            raise ValueError("time passes forwards; use jump() to set the wall time back")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Move the wall time alone, back or forth, as a correction of the machine's clock does."""
        self._now += timedelta(seconds=seconds)
