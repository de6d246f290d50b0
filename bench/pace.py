"""An open loop: something happens at a rate with random gaps, whatever the answers do."""

import asyncio
import ctypes
import os
import random
import time
from collections.abc import Callable

_CLOCK_MONOTONIC, _TFD_ABSTIME, _NONBLOCK = 1, 1, os.O_NONBLOCK
SPARE_SECONDS = 60.0


async def pace(rate: float, seconds: float, act: Callable[[float], object]) -> list[float]:
    """Call `act` so many times a second with the instant at which it was due; how late each call was, in seconds."""
    rng = random.Random(11)
    loop = asyncio.get_running_loop()
    late: list[float] = []
    due = time.monotonic() + 0.05
    end = due + seconds
    over = asyncio.Event()
    with Timer() as timer:
        timer.set(due)

        def ring() -> None:
            nonlocal due
            timer.read()
            now = time.monotonic()
            while due <= now:
                act(due)
                late.append(now - due)
                due += rng.expovariate(rate)
            if due < end:
                timer.set(due)
            else:
                over.set()

        loop.add_reader(timer.fd, ring)
        try:
            await asyncio.wait_for(over.wait(), seconds + SPARE_SECONDS)
        finally:
            loop.remove_reader(timer.fd)
    return late


class _TimerSpec(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("interval_s", "interval_ns", "value_s", "value_ns")]


class Timer:
    """A timer of the kernel's, exact to some microseconds: event loops round to a millisecond."""

    def __enter__(self) -> "Timer":
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self._libc.timerfd_create(_CLOCK_MONOTONIC, _NONBLOCK)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def set(self, at: float) -> None:
        """Ring at an instant of the monotonic clock."""
        whole = int(at)
        spec = _TimerSpec(0, 0, whole, max(int((at - whole) * 1e9), 1))
        if self._libc.timerfd_settime(self.fd, _TFD_ABSTIME, ctypes.byref(spec), None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def read(self) -> None:
        """Take the ring."""
        try:
            os.read(self.fd, 8)
        except BlockingIOError:
            return
