"""What the edges are promised of a database, on both engines: acknowledged is there for every reader, events come once
and in order, whoever asks for too much is told to wait.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from klepet.kit.clock import FakeClock
from klepet.model.committed import Committed
from klepet.model.errors import Busy, Conflict
from klepet.model.events import OperatorDisabled, OperatorEnabled
from klepet.model.ports import Reader, Transaction
from klepet.store import log, postgres, sqlite, writer
from klepet.store.database import StoredDatabase
from klepet.store.opening import open_database
from klepet.store.tables import answers
from tests.contract.store.conftest import Place

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
Play = Callable[[StoredDatabase, "Stage"], Awaitable[None]]


class Stage:
    """What a database handed on."""

    def __init__(self) -> None:
        self.clock = FakeClock(START)
        self.events: list[tuple[int, Any]] = []
        self.is_broken = False

    def take(self, committed: Committed) -> None:
        """Called with every commit."""
        if self.is_broken:
            raise RuntimeError("this cannot be handed on")
        self.events += [(item.offset, item.event) for item in committed.events]


@pytest.fixture
def play(place: Place) -> Callable[[Play], Stage]:
    """Plays with an open database, and closes it."""
    stage = Stage()

    def run(story: Play) -> Stage:
        async def whole() -> None:
            db = open_database(place, stage.clock, stage.take)
            await db.follow()
            try:
                async with asyncio.timeout(60):
                    await story(db, stage)
            finally:
                await db.leave()
                db.close()

        asyncio.run(whole())
        return stage

    return run


def note(tx: Transaction, key: str) -> str:
    """Write a row."""
    values = {"principal": "p", "key": key, "request_hash": b"", "status": 200, "body": "", "created_at": START}
    tx.conn.execute(answers.insert().values(**values))
    return key


def keys(reader: Reader) -> list[str]:
    return sorted(reader.conn.execute(answers.select()).scalars("key"))


def enabled(number: int) -> OperatorEnabled:
    return OperatorEnabled(operator_id=UUID(int=number))


def test_what_is_acknowledged_is_there_for_every_reader(play: Callable[[Play], Stage]) -> None:
    async def story(db: StoredDatabase, stage: Stage) -> None:
        for number in range(40):
            key = f"key-{number:02}"
            await db.write(lambda tx, key=key: note(tx, key))  # type: ignore[misc]
            found = await asyncio.gather(*[db.read(keys) for _ in range(4)])
            assert all(one[-1] == key and len(one) == number + 1 for one in found)

    play(story)


def test_a_read_sees_one_moment(play: Callable[[Play], Stage]) -> None:
    async def story(db: StoredDatabase, stage: Stage) -> None:
        await db.write(lambda tx: note(tx, "first"))
        has_looked, may_go_on = threading.Event(), threading.Event()

        def look_twice(reader: Reader) -> tuple[list[str], list[str]]:
            before = keys(reader)
            has_looked.set()
            assert may_go_on.wait(30)
            return before, keys(reader)

        reading = asyncio.create_task(db.read(look_twice))
        await asyncio.to_thread(has_looked.wait, 30)
        await db.write(lambda tx: note(tx, "second"))
        may_go_on.set()
        assert await reading == (["first"], ["first"])
        assert await db.read(keys) == ["first", "second"]

    play(story)


def test_readers_do_not_write(play: Callable[[Play], Stage]) -> None:
    async def story(db: StoredDatabase, stage: Stage) -> None:
        with pytest.raises(Exception, match=r"read-?only"):
            await db.read(lambda reader: note(reader, "stolen"))  # type: ignore[arg-type]
        assert await db.read(keys) == []

    play(story)


def test_a_read_that_takes_too_long_ends_and_the_next_one_goes(
    play: Callable[[Play], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite.limit_time, "__defaults__", (0.3,))
    monkeypatch.setattr(postgres, "READ_SECONDS", 0.3)
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    async def story(db: StoredDatabase, stage: Stage) -> None:
        for _ in range(2):
            with pytest.raises(Busy, match="took too long to read") as refused:
                await db.read(lambda reader: reader.conn.exec_driver_sql(endless).all())
            assert refused.value.problem.retry_after_seconds == 5.0
            assert await db.read(keys) == []

    play(story)


def test_a_database_that_is_away_is_asked_for_once(
    play: Callable[[Play], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[None] = []

    async def story(db: StoredDatabase, stage: Stage) -> None:
        def fail() -> Any:
            tries.append(None)
            raise db._engine.errors[1]("gone")

        with monkeypatch.context() as away:
            away.setattr(db._engine, "open_reader", fail)
            found = await asyncio.gather(*[db.read(keys, is_brief=True) for _ in range(60)], return_exceptions=True)
        refused = {str(one) for one in found if one != []}  # a reader that is connected already goes on
        assert refused == {"the database cannot be reached; try again"}
        assert len(tries) < 20, "each group asks once; what follows the log asks besides"
        assert await asyncio.gather(*[db.read(keys, is_brief=True) for _ in range(60)]) == [[]] * 60

    play(story)


def test_events_come_once_in_order_and_without_gaps(play: Callable[[Play], Stage]) -> None:
    """Units that fail take no offset, also when the whole batch runs again for them."""

    def unit(tx: Transaction, number: int) -> int:
        tx.record(enabled(number))
        if number % 5 == 3:
            raise Conflict("this one is refused")
        if number % 3 == 0:
            tx.record(OperatorDisabled(operator_id=UUID(int=number)))
        return number

    async def story(db: StoredDatabase, stage: Stage) -> None:
        writes = [db.write(lambda tx, number=number: unit(tx, number)) for number in range(600)]  # type: ignore[misc]
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert [isinstance(one, Conflict) for one in results] == [number % 5 == 3 for number in range(600)]
        newest, _ = await db.read(log.head)
        for _ in range(600):
            if stage.events and stage.events[-1][0] == newest:
                break
            await asyncio.sleep(0.05)
        stored = await db.read(lambda reader: log.events_since(reader, 0, 10_000))
        assert [(item.offset, item.event) for item in stored] == stage.events

    stage = play(story)
    expected: list[Any] = []
    for number in range(600):
        if number % 5 != 3:
            expected.append(enabled(number))
            expected += [OperatorDisabled(operator_id=UUID(int=number))] if number % 3 == 0 else []
    assert [event for _, event in stage.events] == expected
    assert [offset for offset, _ in stage.events] == list(range(1, len(expected) + 1))


def test_events_are_handed_on_before_their_outcome_is_told(play: Callable[[Play], Stage]) -> None:
    """Whoever is told that something is done finds that everybody else has heard of it."""

    async def story(db: StoredDatabase, stage: Stage) -> None:
        for number in range(20):
            await db.write(lambda tx, number=number: tx.record(enabled(number)))  # type: ignore[misc]
            assert [event for _, event in stage.events] == [enabled(one) for one in range(number + 1)]

    play(story)


def test_outcomes_are_told_whatever_happens_to_others(play: Callable[[Play], Stage]) -> None:
    """What was committed cannot be handed on, or somebody who waited cannot take it."""

    def broken(result: Any, error: BaseException | None) -> None:
        raise RuntimeError("this cannot be told")

    async def story(db: StoredDatabase, stage: Stage) -> None:
        stage.is_broken = True
        async with asyncio.timeout(30):
            await db.write(lambda tx: tx.record(enabled(1)))
        stage.is_broken = False
        db.submit(lambda tx, items: items, "first", broken)
        async with asyncio.timeout(30):
            assert await db.write(lambda tx: note(tx, "second")) == "second"
            await db.write(lambda tx: tx.record(enabled(2)))
        assert stage.events[-1][1] == enabled(2)

    play(story)


def test_a_full_queue_says_so(play: Callable[[Play], Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(db: StoredDatabase, stage: Stage) -> None:
        begun, may_go_on = threading.Event(), threading.Event()

        def hold_up(tx: Transaction) -> None:
            begun.set()
            assert may_go_on.wait(30)

        held = asyncio.create_task(db.write(hold_up))
        await asyncio.to_thread(begun.wait, 30)
        monkeypatch.setattr(writer, "QUEUE_UNITS", 3)
        monkeypatch.setattr(writer, "PATIENT_UNITS", 2)
        urgent = [asyncio.create_task(db.write(lambda tx, n=n: note(tx, f"u{n}"))) for n in range(5)]  # type: ignore[misc]
        await asyncio.sleep(0)
        patient = [
            asyncio.create_task(db.write(lambda tx, n=n: note(tx, f"p{n}"), is_urgent=False))  # type: ignore[misc]
            for n in range(4)
        ]
        await asyncio.sleep(0)
        may_go_on.set()
        await held
        told = await asyncio.gather(*urgent, *patient, return_exceptions=True)
        refused = [one for one in told if isinstance(one, Busy)]
        assert all(one.problem.retry_after_seconds == 1.0 and "too much to write" in str(one) for one in refused)
        taken = [one for one in told if isinstance(one, str)]
        assert taken == ["u0", "u1", "u2", "p0", "p1"]
        assert len(refused) == 4
        assert await db.read(keys) == sorted(taken)

    play(story)


def test_closing_stores_what_is_queued(place: Place) -> None:
    done: list[Any] = []

    async def write_and_close() -> None:
        db = open_database(place, FakeClock(START), lambda committed: None)
        for number in range(300):
            db.submit(
                lambda tx, items: [note(tx, one) for one in items], f"{number:03}", lambda *told: done.append(told)
            )
        db.close()

    async def look() -> list[str]:
        db = open_database(place, FakeClock(START), lambda committed: None)
        try:
            return await db.read(keys)
        finally:
            db.close()

    asyncio.run(write_and_close())
    assert asyncio.run(look()) == [f"{number:03}" for number in range(300)]


@pytest.mark.parametrize("passed", [0, 4, 10])
def test_the_log_is_pruned_by_age_in_slices_behind_its_listeners(play: Callable[[Play], Stage], passed: int) -> None:
    async def story(db: StoredDatabase, stage: Stage) -> None:
        for number in range(10):
            await db.write(lambda tx, number=number: tx.record(enabled(number)))  # type: ignore[misc]
            stage.clock.advance(60)
        await db.write(lambda tx: log.advance_cursor(tx, "slow", passed))  # type: ignore[arg-type]
        await db.write(lambda tx: log.advance_cursor(tx, "quick", 10))  # type: ignore[arg-type]
        before = START.replace(minute=7)  # the first seven are older
        gone = []
        for _ in range(5):
            gone.append(await db.write(lambda tx: log.prune(tx, before=before, limit=3)))
        may_go = min(passed, 7)
        assert gone == [min(3, max(0, may_go - 3 * n)) for n in range(5)]
        left = await db.read(lambda reader: log.events_since(reader, 0, 100))
        assert [item.offset for item in left] == list(range(may_go + 1, 11))
        reach = [await db.read(lambda reader, at=at: log.reaches_back_to(reader, at)) for at in range(11)]  # type: ignore[misc]
        assert reach == [at >= may_go for at in range(11)]
        assert await db.read(lambda reader: log.cursor_of(reader, "slow")) == passed
        assert (await db.read(log.head))[0] == 10

    play(story)
