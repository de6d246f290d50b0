"""Readiness: tried at most once a second, given up after two, and what it says when the schema is old."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from klepet.kit.clock import FakeClock
from klepet.web import health
from klepet.web.health import Health, Missing


class Database:
    """Counts how often it is asked; `waits` holds a write up for good."""

    def __init__(self, *, waits: bool = False, error: Exception | None = None, is_current: bool = True) -> None:
        self.writes = 0
        self._waits, self._error, self._is_current = waits, error, is_current

    async def write(self, run: Any) -> None:
        self.writes += 1
        if self._waits:
            await asyncio.Event().wait()
        if self._error is not None:
            raise self._error

    async def read(self, run: Any) -> bool:
        return self._is_current


def ask(database: Database, *, times: int = 1, seconds_between: float = 0.0) -> list[Missing]:
    clock = FakeClock(datetime(2026, 5, 4, tzinfo=UTC))

    async def story() -> list[Missing]:
        asked = Health(cast(Any, database), clock)
        for _ in range(times - 1):
            await asked.readiness()
            clock.advance(seconds_between)
        return (await asked.readiness()).missing

    return asyncio.run(story())


def test_however_many_ask_the_database_is_tried_once_a_second() -> None:
    often, seldom = Database(), Database()
    assert ask(often, times=50) == []
    assert often.writes == 1
    ask(seldom, times=3, seconds_between=health.FRESH_SECONDS)
    assert seldom.writes == 3


def test_those_who_ask_at_once_wait_for_the_same_and_one_who_goes_stops_nobody() -> None:
    database = Database(waits=True)

    async def story() -> None:
        asked = Health(cast(Any, database), FakeClock(datetime(2026, 5, 4, tzinfo=UTC)))
        waiting = [asyncio.create_task(asked.readiness()) for _ in range(20)]
        await asyncio.sleep(0)
        waiting.pop().cancel()
        assert {tuple((await one).missing) for one in waiting} == {(Missing.DATABASE,)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "WRITE_SECONDS", 0.05)
        asyncio.run(story())
    assert database.writes == 1


def test_an_error_is_told_as_what_is_missing_and_nothing_of_it() -> None:
    assert ask(Database(error=OSError("password of the database"))) == [Missing.DATABASE]


def test_an_old_schema_is_missing_its_migrations() -> None:
    assert ask(Database(is_current=False)) == [Missing.MIGRATIONS]


def test_other_methods_are_refused_and_head_has_no_body() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def story() -> None:
        asked = Health(cast(Any, Database()), cast(Any, SimpleNamespace(monotonic=lambda: 1.0)))
        await asked.serve({"method": "POST", "path": "/readyz"}, send)
        await asked.serve({"method": "HEAD", "path": "/readyz"}, send)

    asyncio.run(story())
    assert [message.get("status") for message in sent] == [405, None, 200, None]
    assert sent[3]["body"] == b""
