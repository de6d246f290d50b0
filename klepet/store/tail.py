"""What several processes commit, handed on in each of them in the order of the log.

A process hands on its own batches from memory, those of others as it was told of them (`notices.py`), and reads by
offset what it was not told. Batches of others that stand before one of its own come first, so that `on_commit` sees
every event once, in order, without gaps.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from klepet.model.committed import Committed
from klepet.model.errors import Busy
from klepet.model.ports import Reader
from klepet.store import log, rows

READ_EVENTS = 500
PAUSE_SECONDS = 0.5
LOOK_SECONDS = 1.0
"""How often the head is looked up, should a notice have been lost."""

_log = logging.getLogger("klepet.store")

Read = Callable[[Callable[[Reader], Any]], Awaitable[Any]]


@dataclass(slots=True)
class _Found:
    head: int
    epoch: str
    committed: Committed | None


class Tail:
    """Lives on the event loop. `on_reset` is called when the log itself was replaced under the running process."""

    def __init__(self, read: Read, on_commit: Callable[[Committed], None], on_reset: Callable[[], None]) -> None:
        self._read = read
        self._on_commit = on_commit
        self._on_reset = on_reset
        self._position: int | None = None
        self.epoch = ""
        self._own: deque[Committed] = deque()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, position: int, epoch: str) -> None:
        """Hand on what comes after this position."""
        self._position = position
        self.epoch = epoch
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def take_own(self, committed: Committed) -> None:
        """Take what this process committed, in the order of its commits."""
        self._own.append(committed)
        self._hand_on_own()
        if self._own:
            self._woken.set()

    def take_others(self, epoch: str, committed: Committed) -> None:
        """Take what another process told of its commit. What was read before is left out; what comes after a gap is
        read from the log.
        """
        if epoch == self.epoch and committed.events[0].offset <= (self._position or 0) + 1:
            self._hand_on(committed)
            self._hand_on_own()
        else:
            self._woken.set()

    def notice(self) -> None:
        """Somebody committed."""
        self._woken.set()

    def _hand_on_own(self) -> None:
        """Hand on what follows directly; drop what was read from the log already."""
        while self._own and self._position is not None:
            events = self._own[0].events
            if events[0].offset > self._position + 1:
                return
            self._hand_on(self._own.popleft())

    def _hand_on(self, committed: Committed) -> None:
        position = self._position or 0
        if committed.events[0].offset <= position:
            left = [item for item in committed.events if item.offset > position]
            committed = Committed(left, committed.rows)
        if committed.events:
            self._position = committed.events[-1].offset
            self._on_commit(committed)

    async def _follow(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                while await self._catch_up():
                    pass
            except Busy as error:
                _log.warning("what others wrote cannot be read now: %s", error)
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:
                _log.exception("what others wrote could not be handed on; it is tried again")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _catch_up(self) -> bool:
        """Read one stretch of the log. Tells whether there may be more."""
        position = self._position or 0
        found: _Found = await self._read(lambda reader: _look(reader, position))
        if found.epoch != self.epoch or found.head < position:
            _log.warning("the log was replaced; clients begin anew")
            self.epoch, self._position = found.epoch, found.head
            self._own.clear()
            self._on_reset()
            return False
        if found.committed is not None:
            self._hand_on(found.committed)
        # What was read reaches at least this far; events of types that this version does not know count too.
        self._position = max(self._position or 0, min(found.head, position + READ_EVENTS))
        self._hand_on_own()
        return (self._position or 0) < found.head or bool(self._own)


def _look(reader: Reader, position: int) -> _Found:
    head, epoch = log.head(reader)
    events = log.events_since(reader, position, READ_EVENTS) if head > position else []
    joined = rows.join_rows(reader, [item.event for item in events]) if events else None
    return _Found(head, epoch, Committed(events, joined) if joined is not None else None)
