"""What is measured of messages: how many a second and for how much CPU, and how long each takes at a given rate."""

import asyncio
import time
from typing import Any

from bench.load import Crowd
from bench.pace import pace

CPU_WARM_SECONDS = 1.0
FULL_SHARE = 0.93
"""Of a core: what is busier than this may be what holds everything up."""


async def throughput(crowd: Crowd, seconds: float, in_flight: int) -> dict[str, Any]:
    """As many messages as go through with so many under way at once. CPU counts until the server has nothing left to
    do, so what it does behind (the search index) is in it.
    """
    is_over = False

    def more() -> None:
        if not is_over:
            crowd.say()

    cpu_before, database_before = await asyncio.to_thread(crowd.server.settle)
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
    cpu_after, database_after = await asyncio.to_thread(crowd.server.settle)
    sent = crowd.sent - first
    # The database works on the client's core, so both together are what may be the limit there.
    other_share = own_share + (database_after - database_before) / took
    return {
        "messages_per_second": round(rate),
        "cpu_us_per_message": round((cpu_after - cpu_before) / sent * 1e6, 1),
        "database_cpu_us_per_message": round((database_after - database_before) / sent * 1e6, 1),
        "messages": sent,
        "client_core_share": round(own_share, 2),
        "other_core_share": round(other_share, 2),
        "is_client_the_limit": other_share > FULL_SHARE,
        **whole(crowd),
    }


async def latency(crowd: Crowd, rate: float, seconds: float) -> dict[str, Any]:
    """Messages at a rate, whatever the answers do; each latency counts from when its message was due."""
    cpu_before, database_before = await asyncio.to_thread(crowd.server.settle)
    first = crowd.sent
    late = await pace(rate, seconds, crowd.say)
    await crowd.quiet()
    cpu_after, database_after = await asyncio.to_thread(crowd.server.settle)
    numbers = range(first, crowd.sent)
    counted = numbers[len(numbers) // 10 :]
    return {
        "rate": rate,
        "messages": len(numbers),
        "ack_ms": spread([crowd.acked_at[n] - crowd.sent_at[n] for n in counted if crowd.acked_at[n]]),
        "delivery_ms": spread([crowd.delivered_at[n] - crowd.sent_at[n] for n in counted if crowd.delivered_at[n]]),
        "client_late_ms": spread(late),
        "cpu_us_per_message": round((cpu_after - cpu_before) / len(numbers) * 1e6, 1),
        "database_cpu_us_per_message": round((database_after - database_before) / len(numbers) * 1e6, 1),
        **whole(crowd),
    }


def whole(crowd: Crowd) -> dict[str, Any]:
    """What went wrong so far: all of it has to be 0."""
    return {
        "unacknowledged": crowd.sent - crowd.acked,
        "undelivered": crowd.sent - crowd.delivered,
        "doubled": crowd.doubled,
        "refused": crowd.refused,
    }


def spread(seconds: list[float]) -> dict[str, float]:
    """Percentiles, in milliseconds."""
    if not seconds:
        return {}
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 3)

    return {"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1.0)}


def _nothing() -> None:
    """Nothing follows an answer."""
