"""Brings the log to the durable listeners: each reads on from its own cursor, soon after a commit.

A listener that fails is tried again; then its events are halved until the failing one stands alone. That one is logged
and stepped over.
A database that refuses (Busy) is waited for: then nothing is stepped over.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from klepet.actions.listening import Handle, HandleFailed, LoggedEvent, run_listener
from klepet.model.ports import Clock, Database, Ids, Reader, Transaction

WAKE_SECONDS = 0.050
IDLE_SECONDS = 0.250
"""Until the next look of a listener that found nothing to do, as where another process does it."""
RUN_EVENTS = 100
RETRY_SECONDS = (0.2, 1.0, 5.0)
REFUSED_SECONDS = 2.0

_log = logging.getLogger("klepet.listeners")


class Listener(Protocol):
    """A module of this package, or anything of its shape."""

    NAME: str
    EVENTS: frozenset[str]

    def handle(self, tx: Transaction, stored_events: Sequence[LoggedEvent], *, now: datetime, ids: Ids) -> None:
        """Handle the events."""

    def is_needed(self, reader: Reader) -> bool:
        """Whether there is anything to do now, whatever has happened."""


class Dispatcher:
    """Runs the durable listeners. Lives on the event loop."""

    def __init__(self, db: Database, clock: Clock, ids: Ids, listeners: Sequence[Listener]) -> None:
        self._db = db
        self._clock = clock
        self._ids = ids
        self._listeners = list(listeners)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._woken: set[str] = set()
        self._is_closed = False

    def wake(self) -> None:
        """There may be new events. Called on the event loop after each commit, and once at the start."""
        if self._is_closed:
            return
        for listener in self._listeners:
            self._woken.add(listener.NAME)
            task = self._tasks.get(listener.NAME)
            if task is None or task.done():
                self._tasks[listener.NAME] = asyncio.create_task(self._run(listener))

    async def close(self) -> None:
        """Stop. What was not handled is handled after the next start."""
        self._is_closed = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, listener: Listener) -> None:
        handled = True
        while listener.NAME in self._woken:
            await asyncio.sleep(WAKE_SECONDS if handled else IDLE_SECONDS)
            self._woken.discard(listener.NAME)
            handled = await self._catch_up(listener)

    async def _catch_up(self, listener: Listener) -> bool:
        """Read on to the head. Tells whether there was anything to do."""
        limit, failures, is_at_head, handled = RUN_EVENTS, 0, False, 0
        while not is_at_head:
            try:
                try:
                    count, is_at_head = await self._step(listener, listener.handle, limit)
                    handled += count
                    if limit == RUN_EVENTS:
                        failures = 0
                except HandleFailed as failure:
                    failures += 1
                    if failures <= len(RETRY_SECONDS):
                        await asyncio.sleep(RETRY_SECONDS[failures - 1])
                    elif limit > 1:
                        limit //= 2
                    else:
                        is_at_head = await self._park(listener, failure)
                        limit, failures = RUN_EVENTS, 0
            except Exception as error:
                _log.warning("the listener %s waits for the database: %s", listener.NAME, error)
                await asyncio.sleep(REFUSED_SECONDS)
        return handled > 0

    async def _step(self, listener: Listener, handle: Handle | None, limit: int) -> tuple[int, bool]:
        now, needed = self._clock.now(), listener.is_needed if handle is not None else None

        def unit(tx: Transaction) -> tuple[int, bool]:
            name, events = listener.NAME, listener.EVENTS
            return run_listener(tx, name, events, handle, now=now, ids=self._ids, limit=limit, is_needed=needed)

        return await self._db.write(unit, is_urgent=False)

    async def _park(self, listener: Listener, failure: HandleFailed) -> bool:
        _, is_at_head = await self._step(listener, None, 1)
        offset = failure.offsets[0]
        _log.error("the listener %s parked event %d and goes on", listener.NAME, offset, exc_info=failure.__cause__)
        return is_at_head
