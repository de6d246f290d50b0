"""What is measured of messages: how many a second and for how much CPU, and how long each takes at a given rate."""

import asyncio
import ctypes
import os
import random
import time
from typing import Any

from bench.load import Crowd

CPU_WARM_SECONDS = 1.0
_CLOCK_MONOTONIC, _TFD_ABSTIME, _NONBLOCK = 1, 1, os.O_NONBLOCK


async def throughput(crowd: Crowd, seconds: float, in_flight: int) -> dict[str, Any]:
    """As many messages as go through with so many under way at once. CPU counts until the server has nothing left to
    do, so what it does behind (the search index) is in it.
    """
    server = crowd.server
    is_over = False

    def more() -> None:
        if not is_over:
            crowd.say()

    cpu_before = await asyncio.to_thread(server.settle)
    own_before = time.process_time()
    first, began = crowd.sent, time.monotonic()
    crowd.after_ack = more  # type: ignore[method-assign]
    for _ in range(in_flight):
        crowd.say()
    await asyncio.sleep(CPU_WARM_SECONDS)
    acked, at = crowd.acked, time.monotonic()
    await asyncio.sleep(seconds)
    rate = (crowd.acked - acked) / (time.monotonic() - at)
    is_over = True
    took = time.monotonic() - began
    await crowd.quiet()
    own_share = (time.process_time() - own_before) / took
    crowd.after_ack = _nothing  # type: ignore[method-assign]
    cpu_after = await asyncio.to_thread(server.settle)
    sent = crowd.sent - first
    return {
        "messages_per_second": round(rate),
        "cpu_us_per_message": round((cpu_after - cpu_before) / sent * 1e6, 1),
        "messages": sent,
        "client_core_share": round(own_share, 2),
        "is_client_the_limit": own_share > 0.95,
        **_whole(crowd),
    }


async def latency(crowd: Crowd, rate: float, seconds: float) -> dict[str, Any]:
    """Messages at a rate, whatever the answers do; each latency counts from when its message was due."""
    rng = random.Random(11)
    server = crowd.server
    loop = asyncio.get_running_loop()
    cpu_before = await asyncio.to_thread(server.settle)
    first = crowd.sent
    late: list[float] = []
    due = time.monotonic() + 0.05
    end = due + seconds
    over = asyncio.Event()

    with _Timer() as timer:
        timer.set(due)

        def ring() -> None:
            nonlocal due
            timer.read()
            now = time.monotonic()
            while due <= now:
                crowd.say(due)
                late.append(now - due)
                due += rng.expovariate(rate)
            if due < end:
                timer.set(due)
            else:
                over.set()

        loop.add_reader(timer.fd, ring)
        await asyncio.wait_for(over.wait(), seconds + 60)
        loop.remove_reader(timer.fd)
    await crowd.quiet()
    cpu_after = await asyncio.to_thread(server.settle)
    numbers = range(first, crowd.sent)
    warm = numbers[: len(numbers) // 10]
    counted = numbers[len(warm) :]
    return {
        "rate": rate,
        "messages": len(numbers),
        "ack_ms": _spread([crowd.acked_at[n] - crowd.sent_at[n] for n in counted if crowd.acked_at[n]]),
        "delivery_ms": _spread([crowd.delivered_at[n] - crowd.sent_at[n] for n in counted if crowd.delivered_at[n]]),
        "client_late_ms": _spread(late),
        "cpu_us_per_message": round((cpu_after - cpu_before) / len(numbers) * 1e6, 1),
        **_whole(crowd),
    }


def _whole(crowd: Crowd) -> dict[str, Any]:
    return {
        "unacknowledged": crowd.sent - crowd.acked,
        "undelivered": crowd.sent - crowd.delivered,
        "doubled": crowd.doubled,
        "refused": crowd.refused,
    }


def _nothing() -> None:
    """Nothing follows an answer."""


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 3)

    return {"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1.0)}


class _TimerSpec(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("interval_s", "interval_ns", "value_s", "value_ns")]


class _Timer:
    """A timer of the kernel's, exact to some microseconds: event loops round to a millisecond."""

    def __enter__(self) -> "_Timer":
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
