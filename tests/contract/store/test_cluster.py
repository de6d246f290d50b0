"""Two processes on one PostgreSQL: each hands on what both committed, as it was told of it, or as it reads it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from klepet.kit.clock import SystemClock
from klepet.model.committed import Committed
from klepet.model.events import Event, OperatorUpdated, SiteUpdated
from klepet.model.views import Operator
from klepet.model.words import Availability, Role
from klepet.store import operators, tail
from klepet.store.cluster import PostgresDatabase
from tests.postgres import PostgresServer

ZIVA = Operator(
    id=UUID(int=7),
    name="Živa",
    email="ziva@shop.test",
    role=Role.OWNER,
    photo_url=None,
    availability=Availability.AWAY,
    is_disabled=False,
    language="sl",
    created_at=datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
)


class Process:
    """A database as one process has it, and what it handed on."""

    def __init__(self, url: str) -> None:
        self.seen: list[Committed] = []
        self.db = PostgresDatabase(url, SystemClock(), self.seen.append)
        self.db.is_alone = lambda: False
        self.reads = 0
        read = self.db._tail._read

        async def counted(run: Callable[[Any], Any]) -> Any:
            self.reads += 1
            return await read(run)

        self.db._tail._read = counted

    @property
    def offsets(self) -> list[int]:
        """Of what was handed on."""
        return [item.offset for committed in self.seen for item in committed.events]

    async def commit(self, event: Event) -> None:
        """Store an event."""
        await self.db.write(lambda tx: tx.record(event))

    async def until(self, count: int) -> None:
        """So many events were handed on."""
        async with asyncio.timeout(30):
            while len(self.offsets) < count:  # noqa: ASYNC110 - nothing tells when
                await asyncio.sleep(0.01)


@pytest.fixture
def url(postgres: tuple[PostgresServer, str, list[str]]) -> Iterator[str]:
    """An empty database."""
    made = postgres[0].create()
    yield made
    postgres[0].drop(made)


@asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes that have begun to listen."""
    pair = Process(url), Process(url)
    for process in pair:
        await process.db.follow()
    try:
        for number, process in enumerate(pair, 1):
            await process.commit(SiteUpdated(site_id=UUID(int=number)))
            await pair[0].until(number)
            await pair[1].until(number)
        yield pair
    finally:
        for process in pair:
            await process.db.leave()
            process.db.close()


def test_what_others_commit_is_handed_on_without_reading_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "LOOK_SECONDS", 1_000.0)

    async def play() -> None:
        async with two(url) as (first, second):
            before = first.reads, second.reads
            await first.db.write(lambda tx: operators.insert(tx, ZIVA, password_hash="", state_id=UUID(int=8)))
            for number in range(40):
                for process in (first, second):
                    await process.commit(OperatorUpdated(operator_id=ZIVA.id))
                await first.until(2 * number + 4)
                await second.until(2 * number + 4)
            # Each of 80 commits would have been read; some reads are left over from when they began to listen.
            assert first.reads - before[0] < 20 > second.reads - before[1]
            assert first.offsets == second.offsets == list(range(1, 83))
            assert [item for one in first.seen for item in one.events] == [
                item for one in second.seen for item in one.events
            ]
            assert first.seen[-1].rows.operators == second.seen[-1].rows.operators == {ZIVA.id: ZIVA}

    asyncio.run(play())


def test_what_was_not_told_is_read(url: str) -> None:
    async def play() -> None:
        async with two(url) as (first, second):
            first.db.is_alone = lambda: True
            before = second.reads
            await asyncio.gather(*(first.commit(SiteUpdated(site_id=UUID(int=number))) for number in range(300)))
            await second.until(302)
            assert second.offsets == first.offsets == list(range(1, 303))
            assert second.reads > before

    asyncio.run(play())


def test_of_both_at_once_each_is_handed_on_once_in_order(url: str) -> None:
    async def play() -> None:
        async with two(url) as pair:
            await asyncio.gather(
                *(process.commit(SiteUpdated(site_id=UUID(int=n))) for n in range(200) for process in pair)
            )
            for process in pair:
                await process.until(402)
                assert process.offsets == list(range(1, 403))

    asyncio.run(play())
