"""Receipts are written a few at a time, each conversation's newest, and none is forgotten."""

import asyncio
import time
from collections import Counter
from uuid import UUID

import pytest

from klepet.kit.clock import SystemClock
from klepet.web import receipts
from klepet.web.receipts import Receipts

CONVERSATIONS = [UUID(int=number) for number in range(100)]


class Written:
    """What was written, and in which turn of the loop."""

    def __init__(self) -> None:
        self.turn = 0
        self.at: list[int] = []
        self.marks: list[tuple[UUID, int, int]] = []

    def __call__(self, conversation_id: UUID, delivered_seq: int, read_seq: int) -> None:
        self.at.append(self.turn)
        self.marks.append((conversation_id, delivered_seq, read_seq))
        asyncio.get_running_loop().call_soon(self._turned)

    def _turned(self) -> None:
        self.turn += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "RECEIPT_SECONDS", 0.05)


async def until_written(waiting: Receipts) -> None:
    async with asyncio.timeout(10):
        while len(waiting):  # noqa: ASYNC110 - it tells nobody when it is empty
            await asyncio.sleep(0.005)


def test_hundreds_are_written_some_at_a_time() -> None:
    async def play() -> Written:
        written = Written()
        waiting = Receipts(written, SystemClock())
        for seq in (2, 3, 1):
            for id_ in CONVERSATIONS:
                waiting.note(id_, seq, seq - 1)
        await until_written(waiting)
        waiting.note(CONVERSATIONS[0], 4, 4)
        await until_written(waiting)
        return written

    written = asyncio.run(play())
    assert written.marks == [*((id_, 3, 2) for id_ in CONVERSATIONS), (CONVERSATIONS[0], 4, 4)]
    assert max(Counter(written.at).values()) <= receipts.RECEIPTS_AT_ONCE


def test_connections_write_at_the_same_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what they note one after another becomes one batch, or two."""
    monkeypatch.setattr(receipts, "RECEIPT_SECONDS", 1.0)

    async def play() -> Written:
        written = Written()
        everybody = [Receipts(written, SystemClock()) for _ in range(20)]
        for waiting in everybody:
            waiting.note(CONVERSATIONS[0], 1, 0)
            time.sleep(0.002)  # noqa: ASYNC251 - nothing else is to run
        for waiting in everybody:
            await until_written(waiting)
        return written

    written = asyncio.run(play())
    assert len(written.at) == 20
    assert len(set(written.at)) <= 10


def test_who_leaves_leaves_none_behind() -> None:
    async def play() -> Written:
        written = Written()
        waiting = Receipts(written, SystemClock())
        for id_ in CONVERSATIONS:
            waiting.note(id_, 1, 0)
        async with asyncio.timeout(10):
            while not written.marks:  # noqa: ASYNC110 - in the middle of a round
                await asyncio.sleep(0)
        waiting.note(CONVERSATIONS[0], 2, 2)
        waiting.write_all()
        assert len(waiting) == 0
        return written

    written = asyncio.run(play())
    newest = {id_: (delivered, read) for id_, delivered, read in written.marks}
    assert newest == {CONVERSATIONS[0]: (2, 2)} | dict.fromkeys(CONVERSATIONS[1:], (1, 0))
