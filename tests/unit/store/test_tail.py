"""What several processes commit comes out once, in order, however reading and handing on interleave."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from klepet.model.committed import Committed, Rows, StoredEvent
from klepet.model.errors import Busy
from klepet.store import tail
from klepet.store.tail import Tail

Event: Any = object()


class Log:
    """A log in memory: batches of rows, some of which are of types that this version does not know."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
        self.rows: list[tuple[int, bool]] = []
        self.epoch = "one"
        self.offset = 0
        self.chance = chance
        self.seen: list[int] = []
        self.taken = asyncio.Event()
        self.resets = 0
        monkeypatch.setattr(tail, "_look", self.look)
        self.tail = Tail(self.read, self.take, self.reset)

    def commit(self, size: int, *, unknown: float = 0.0) -> Committed:
        """Append a batch; what this version knows of it."""
        known = []
        for _ in range(size):
            self.offset += 1
            is_known = self.chance.random() >= unknown
            self.rows.append((self.offset, is_known))
            if is_known:
                known.append(StoredEvent(self.offset, None, Event))  # type: ignore[arg-type]
        return Committed(known, Rows())

    def look(self, reader: Any, position: int) -> tail._Found:
        after = [row for row in self.rows if row[0] > position][: tail.READ_EVENTS]
        known = [StoredEvent(offset, None, Event) for offset, is_known in after if is_known]  # type: ignore[arg-type]
        return tail._Found(self.offset, self.epoch, Committed(known, Rows()) if known else None)

    async def read(self, run: Callable[[Any], Any]) -> Any:
        """A read that sees the log of one moment and answers at another; sometimes the database is away."""
        await asyncio.sleep(self.chance.choice([0, 0, 0.001]))
        if self.chance.random() < 0.1:
            raise Busy("away")
        found = run(None)
        await asyncio.sleep(self.chance.choice([0, 0, 0.001]))
        return found

    def take(self, committed: Committed) -> None:
        self.seen += [item.offset for item in committed.events]
        self.taken.set()

    def reset(self) -> None:
        self.resets += 1

    @property
    def known(self) -> list[int]:
        return [offset for offset, is_known in self.rows if is_known]

    async def until_caught_up(self) -> None:
        async with asyncio.timeout(5):
            while self.seen != self.known:
                self.tail.notice()
                await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "READ_EVENTS", 4)
    monkeypatch.setattr(tail, "PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(tail, "LOOK_SECONDS", 0.05)


@pytest.mark.parametrize("seed", range(30))
def test_own_and_other_batches_come_once_and_in_order(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    async def play() -> None:
        chance = random.Random(seed)
        log = Log(monkeypatch, chance)
        log.tail.start(0, "one")
        for _ in range(60):
            committed = log.commit(chance.randint(1, 7))
            if chance.random() < 0.5:
                await asyncio.sleep(chance.choice([0, 0.001]))
                log.tail.take_own(committed)
            elif chance.random() < 0.7:
                log.tail.notice()
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        await log.until_caught_up()
        await log.tail.close()
        assert log.resets == 0

    asyncio.run(play())


@pytest.mark.parametrize("seed", range(10))
def test_events_of_unknown_types_hide_none(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """A stretch that is read may hold few events that this version knows, and others may follow it."""

    async def play() -> None:
        log = Log(monkeypatch, random.Random(seed))
        log.tail.start(0, "one")
        log.commit(60, unknown=0.7)
        await log.until_caught_up()
        await log.tail.close()

    asyncio.run(play())


def test_a_notice_that_is_lost_costs_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        log = Log(monkeypatch, random.Random(1))
        log.tail.start(0, "one")
        log.commit(3)
        async with asyncio.timeout(5):
            await log.taken.wait()
        assert log.seen == [1, 2, 3]
        await log.tail.close()

    asyncio.run(play())


def test_what_was_read_before_its_notice_came_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read may be ahead of the notices. If each woke the next read, a busy process would not cease to read."""

    async def play() -> None:
        log = Log(monkeypatch, random.Random(1))
        read, half_read, missed, later = (log.commit(size) for size in (2, 3, 1, 1))
        log.tail.start(4, "one")  # as after a read of the first four
        await log.tail.close()
        log.tail.take_others("one", read)
        log.tail.take_others("one", half_read)
        assert log.seen == [5]
        assert not log.tail._woken.is_set()
        log.tail.take_others("one", later)
        assert (log.seen, missed.events[0].offset) == ([5], 6)
        assert log.tail._woken.is_set()

    asyncio.run(play())


def test_a_log_that_was_replaced_lets_everybody_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        log = Log(monkeypatch, random.Random(2))
        log.commit(5)
        log.tail.start(5, "one")
        log.epoch, log.offset, log.rows = "two", 2, [(1, True), (2, True)]
        async with asyncio.timeout(5):
            while not log.resets:
                log.tail.notice()
                await asyncio.sleep(0.001)
        log.tail.take_own(log.commit(1))
        assert log.seen == [3]
        await log.tail.close()

    asyncio.run(play())
