"""The dispatcher waits for a database that refuses, whatever it was about to do."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from klepet.actions.listening import HandleFailed
from klepet.kit.clock import FakeClock
from klepet.kit.ids import Ids
from klepet.listeners import dispatcher, index_search
from klepet.listeners.dispatcher import Dispatcher
from klepet.model.errors import Busy


class Refusing:
    """A database that answers units as the test says."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def write(self, run: Callable[[Any], Any], *, is_urgent: bool = True) -> Any:
        """Answer the next one."""
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_an_event_that_cannot_be_stepped_over_now_is_stepped_over_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dispatcher, "RUN_EVENTS", 1)
    monkeypatch.setattr(dispatcher, "RETRY_SECONDS", ())
    monkeypatch.setattr(dispatcher, "REFUSED_SECONDS", 0.0)
    db: Any = Refusing(HandleFailed([7]), Busy("not now", retry_after=2.0), HandleFailed([7]), (1, True))
    clock = FakeClock(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))

    async def play() -> None:
        made = Dispatcher(db, clock, Ids(clock), [index_search])
        made.wake()
        async with asyncio.timeout(30):
            await asyncio.gather(*made._tasks.values())

    asyncio.run(play())
    assert db.answers == []
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "the listener index_search parked event 7 and goes on"
    ]


def test_a_listener_that_finds_nothing_looks_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several processes one has handled an event already; the others need not ask as often."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    class Others(Refusing):
        async def write(self, run: Callable[[Any], Any], *, is_urgent: bool = True) -> Any:
            if len(self.answers) > 1:
                made.wake()
            return await super().write(run)

    clock = FakeClock(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
    db: Any = Others((1, True), (0, True), (0, True), (1, True))
    made = Dispatcher(db, clock, Ids(clock), [index_search])
    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def play() -> None:
        made.wake()
        await asyncio.gather(*made._tasks.values())

    asyncio.run(play())
    busy, idle = dispatcher.WAKE_SECONDS, dispatcher.IDLE_SECONDS
    assert slept == [busy, busy, idle, idle]
