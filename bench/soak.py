"""A soak: messages at a moderate rate for minutes while other visitors come, write and go. Memory each minute; nothing
lost.
"""

import asyncio
import contextlib
import random
import time
from typing import Any

from bench.installation import Installation
from bench.load import FIRST_NUMBER, begin_conversations, gather_crowd
from bench.measures import spread, whole
from bench.pace import pace
from bench.people import connect_visitors

RATE = 300.0
ARRIVALS_A_SECOND = 4.0
STAY_SECONDS = (2.0, 20.0)
RETURNING_SHARE = 0.7
KNOWN = 500
"""Passers-by who may come back; more are forgotten by the bench."""
WARM_MINUTES = 2
"""The first minutes fill caches: growth is counted after them."""
MINUTE = 60.0
MIB = 2**20


async def soak(one: Installation, token: str, site: str, minutes: float, visitors: int) -> dict[str, Any]:
    """Some stay and are in conversation all the time; passers-by connect, write one message, and leave."""
    crowd = await gather_crowd(one, token, site, visitors, 1)
    cpu_before, database_before = await asyncio.to_thread(one.settle)
    began, passing = time.monotonic(), _Passing(one, site)
    arrivals = asyncio.create_task(passing.go_on())
    memory = asyncio.create_task(_watch(one))
    late = await pace(RATE, minutes * MINUTE, crowd.say)
    arrivals.cancel()
    await passing.end()
    await crowd.quiet()
    memory.cancel()
    rss = [*await memory, one.rss() / MIB]
    cpu_after, database_after = await asyncio.to_thread(one.settle)
    later = rss[WARM_MINUTES:] if len(rss) > WARM_MINUTES + 1 else rss
    found = {
        "minutes": round((time.monotonic() - began) / MINUTE, 1),
        "messages": crowd.sent,
        "passed_by": passing.came,
        "passed_by_unanswered": passing.unanswered,
        "rss_mib": [round(one, 1) for one in rss],
        "mib_a_minute": round((later[-1] - later[0]) / max(1, len(later) - 1), 2),
        "ack_ms": spread([crowd.acked_at[n] - crowd.sent_at[n] for n in range(crowd.sent) if crowd.acked_at[n]]),
        "client_late_ms": spread(late),
        "cpu_us_per_message": round((cpu_after - cpu_before) / crowd.sent * 1e6, 1),
        "database_cpu_us_per_message": round((database_after - database_before) / crowd.sent * 1e6, 1),
        **whole(crowd),
    }
    crowd.close()
    await asyncio.sleep(0.5)
    return found


async def _watch(one: Installation) -> list[float]:
    """RSS at the beginning and after each minute, until cancelled."""
    found: list[float] = []
    try:
        while True:
            found.append(one.rss() / MIB)
            await asyncio.sleep(MINUTE)
    except asyncio.CancelledError:
        return found


class _Passing:
    """Visitors who come, write one message, stay for a while and leave; most of them were here before."""

    def __init__(self, one: Installation, site: str) -> None:
        self._one, self._site = one, site
        self._rng = random.Random(5)
        self._known: list[str] = []
        self._here: set[asyncio.Task[None]] = set()
        self._is_over = asyncio.Event()
        self.came = self.unanswered = 0

    async def go_on(self) -> None:
        """Until cancelled."""
        while True:
            task = asyncio.create_task(self._visit())
            self._here.add(task)
            task.add_done_callback(self._here.discard)
            await asyncio.sleep(1 / ARRIVALS_A_SECOND)

    async def end(self) -> None:
        """Let everybody leave who has been answered."""
        self._is_over.set()
        await asyncio.gather(*self._here)

    async def _visit(self) -> None:
        is_back = self._known and self._rng.random() < RETURNING_SHARE
        token = self._known.pop(self._rng.randrange(len(self._known))) if is_back else None
        self.came += 1
        number = FIRST_NUMBER + self.came
        (visitor,) = await connect_visitors(self._one.for_visitors, self._site, [token])
        try:
            await begin_conversations([visitor], number)
        except TimeoutError:
            self.unanswered += 1
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), self._rng.uniform(*STAY_SECONDS))
        visitor.wire.close()
        if visitor.token and len(self._known) < KNOWN:
            self._known.append(visitor.token)
