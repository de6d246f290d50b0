"""Target "tail": bytes as an interleaving of what this process and others commit, of notices, reads and their failures,
and of a log that is replaced under the running process. `Tail` has to hand on each event once, in order.

Steps of two bytes: what, and how many. Own batches are handed over later, in their order, as the writer does it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from klepet.model.committed import Committed, Rows, StoredEvent
from klepet.model.errors import Busy
from klepet.store import tail
from klepet.store.tail import Tail

STEPS_MAX, TURNS_MAX = 200, 2_000
_EVENT: Any = object()


class Log:
    """A log in memory, and what a tail made of it."""

    def __init__(self, start: int) -> None:
        self.rows: list[tuple[int, bool]] = []
        self.offset, self.epoch, self.start = 0, 0, 0
        self.own: deque[Committed] = deque()
        self.told: deque[tuple[str, Committed]] = deque()
        self.waits: deque[int] = deque()
        self.failures = self.resets = 0
        self.seen: list[int] = []
        self.commit(start, is_known=True)
        self.start = self.offset
        self.tail = Tail(self.read, self.take, self.reset)

    def commit(self, size: int, *, is_known: bool) -> Committed:
        """Append a batch, perhaps of types that this version does not know."""
        first = self.offset + 1
        self.offset += size
        self.rows += [(offset, is_known) for offset in range(first, self.offset + 1)]
        return Committed([_stored(offset) for offset in range(first, self.offset + 1)], Rows())

    def replace(self, size: int) -> None:
        """Another log takes its place, as after a restored backup. What was committed to the old one is of the past."""
        self.rows.clear()
        self.own.clear()
        self.epoch += 1
        self.offset = 0
        self.commit(size, is_known=True)

    def look(self, reader: Any, position: int) -> tail._Found:
        """What a read finds."""
        after = [row for row in self.rows if row[0] > position][: tail.READ_EVENTS]
        known = [_stored(offset) for offset, is_known in after if is_known]
        return tail._Found(self.offset, str(self.epoch), Committed(known, Rows()) if known else None)

    async def read(self, run: Callable[[Any], Any]) -> Any:
        """A read that sees the log of one moment and answers at another."""
        await self._wait()
        if self.failures:
            self.failures -= 1
            raise Busy("away") if self.failures % 2 else OSError("broken")
        found = run(None)
        await self._wait()
        return found

    async def _wait(self) -> None:
        for _ in range(self.waits.popleft() if self.waits else 0):
            await asyncio.sleep(0)

    def take(self, committed: Committed) -> None:
        """What the tail hands on."""
        assert committed.events, "handed on without events"
        self.seen += [item.offset for item in committed.events]

    def reset(self) -> None:
        """The tail saw that the log was replaced: from here on counts what follows."""
        self.resets += 1
        self.seen.clear()
        self.start = self.tail._position or 0


async def _play(data: bytes, stack: ExitStack) -> None:
    log = Log(data[0] % 8 if data else 0)
    stack.enter_context(patch.object(tail, "_look", log.look))
    log.tail.start(log.offset, str(log.epoch))
    replaced = 0
    for at in range(1, min(len(data), 2 * STEPS_MAX) - 1, 2):
        what, how = data[at] % 12, data[at + 1]
        match what:
            case 0 | 1 | 2:
                log.own.append(log.commit(1 + how % 6, is_known=True))
            case 3 | 4:
                made = log.commit(1 + how % 6, is_known=how < 128)
                if how & 64 and how < 128:
                    log.told.append((str(log.epoch), made))
                elif how & 64:
                    log.tail.notice()
            case 11 if log.told and how & 1:  # in the order of the commits; some never arrive
                told = log.told.popleft()
                if how & 6:
                    log.tail.take_others(*told)
            case 5 | 6 if log.own:
                log.tail.take_own(log.own.popleft())
            case 7:
                log.tail.notice()
            case 8:
                log.waits.append(how % 8)
            case 9:
                log.failures = how % 3
            case 10 if how % 8 == 0 and not replaced:
                await _until(log, lambda: not log.own)
                log.replace(how >> 3)
                replaced += 1
            case _:
                for _ in range(1 + how % 8):
                    await asyncio.sleep(0)
        _check(log)
    await _until(log, lambda: log.tail._position == log.offset and log.resets >= replaced)
    _check(log)
    assert log.resets == replaced, f"the log was replaced {replaced} times, and {log.resets} times begun anew"
    assert log.seen == _known_after(log), "an event was not handed on"
    await log.tail.close()


async def _until(log: Log, is_done: Callable[[], bool]) -> None:
    """Hand over what is left, and let the tail come to an end."""
    for _ in range(TURNS_MAX):
        if log.told:
            log.tail.take_others(*log.told.popleft())
        if log.own:
            log.tail.take_own(log.own.popleft())
        log.tail.notice()
        await asyncio.sleep(0)
        if is_done() and not log.own:
            return
    raise AssertionError("the tail does not come to an end")


def _check(log: Log) -> None:
    """What was handed on so far is the beginning of what there is."""
    if log.resets == log.epoch:
        known = _known_after(log)
        assert log.seen == known[: len(log.seen)], f"{log.seen[-9:]} was handed on"


def _known_after(log: Log) -> list[int]:
    return [offset for offset, is_known in log.rows if is_known and offset > log.start]


def _stored(offset: int) -> StoredEvent:
    made: Any = StoredEvent
    return made(offset, None, _EVENT)  # type: ignore[no-any-return]


def play(data: bytes) -> None:
    """Play one input. Raises AssertionError."""
    logger = logging.getLogger("klepet.store")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    with ExitStack() as stack:
        stack.callback(logger.setLevel, level)
        stack.enter_context(patch.object(tail, "READ_EVENTS", 4))
        stack.enter_context(patch.object(tail, "PAUSE_SECONDS", 0.0))
        asyncio.run(_play(data, stack))
