"""The writer: what fails rolls back alone, whatever it does to the batch; the rest is stored once, in order, and told
after the commit.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from klepet.kit.clock import FakeClock
from klepet.model.committed import Committed
from klepet.model.errors import Busy, Conflict, KlepetError
from klepet.model.events import LinkUsed
from klepet.store import log, sqlite, writer
from klepet.store.database import SqliteDatabase
from klepet.store.tables import cursors
from tests.property.world import empty_database

CLOCK = FakeClock(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
REFUSED = Conflict("not this one")


class Database:
    """A database on a file, and what it told, in order."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "klepet.db"
        if not self.path.exists():
            self.path.write_bytes(empty_database())
        self.told: list[tuple[str, Any]] = []
        self.offsets: list[int] = []
        self.subjects: list[int] = []
        self.db = SqliteDatabase(self.path, CLOCK, self.committed, synchronous="OFF")

    def committed(self, committed: Committed) -> None:
        for item in committed.events:
            assert isinstance(item.event, LinkUsed)
            self.offsets.append(item.offset)
            self.subjects.append(item.event.subject_id.int)
            self.told.append(("event", item.event.subject_id.int))

    def done(self, number: int) -> Callable[[Any, BaseException | None], None]:
        return lambda result, error: self.told.append(("done", (number, error or result)))

    async def quiet(self) -> None:
        await self.db.write(lambda tx: None)
        await self.db.write(lambda tx: None, is_urgent=False)

    async def stored(self) -> list[int]:
        """What is in the table, in the order in which it was written."""
        query = "SELECT listener FROM cursors ORDER BY rowid"
        return [int(row[0]) for row in await self.db.read(lambda r: r.conn.exec_driver_sql(query).all())]


def store(tx: Any, number: int) -> int:
    """Something to store, and its event."""
    tx.conn.execute(cursors.insert().values(listener=str(number), offset=number))
    tx.record(LinkUsed(subject_id=UUID(int=number)))
    return number


def refuse(tx: Any, number: int) -> int:
    store(tx, number)
    raise REFUSED


def stumble(tx: Any, number: int) -> int:
    store(tx, number)
    raise ZeroDivisionError


def end_the_transaction(tx: Any, number: int) -> int:
    """As a full disk does: SQLite rolls back by itself."""
    store(tx, number)
    tx.conn.exec_driver_sql("ROLLBACK")
    raise OSError("disk full")


def spoil_the_commit(tx: Any, number: int) -> int:
    """What is wrong with this shows at COMMIT only."""
    store(tx, number)
    tx.conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    tx.conn.exec_driver_sql(
        "INSERT INTO assignments (id, conversation_id, operator_id, started_at) VALUES (?, x'00', x'00', 0)",
        (number.to_bytes(16),),
    )
    return number


KINDS = {
    "store": store,
    "refuse": refuse,
    "stumble": stumble,
    "end_the_transaction": end_the_transaction,
    "spoil_the_commit": spoil_the_commit,
}


def run_group(tx: Any, items: Sequence[tuple[str, int]]) -> list[Any]:
    """A set-based action: refuses items, or fails as a whole."""
    results: list[Any] = []
    for kind, number in items:
        if kind == "refuse":
            results.append(REFUSED)
        else:
            results.append(KINDS[kind](tx, number))
    return results


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    plan=st.lists(
        st.tuples(
            st.sampled_from(["store", "store", *KINDS]),
            st.sampled_from(["alone", "group", "group", "patient"]),
        ),
        max_size=40,
    )
)
@example(plan=[("store", "group"), ("spoil_the_commit", "group"), ("store", "group")])
@example(plan=[("store", "alone"), ("end_the_transaction", "alone"), ("store", "group"), ("stumble", "group")])
def test_units_are_stored_once_in_order_or_not_at_all(plan: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run_plan(Path(folder), plan))


async def run_plan(folder: Path, plan: list[tuple[str, str]]) -> None:
    database = Database(folder)
    held_up = asyncio.ensure_future(database.db.write(lambda tx: time.sleep(0.002)))
    await asyncio.sleep(0)  # what follows waits, and comes in one batch
    tasks = []
    for number, (kind, way) in enumerate(plan):
        if way == "group":
            database.db.submit(run_group, (kind, number), database.done(number))
        else:
            tasks.append(asyncio.ensure_future(written(database, kind, number, is_urgent=way == "alone")))
            await asyncio.sleep(0)
    await asyncio.gather(held_up, *tasks)
    await database.quiet()
    stored = await database.stored()
    database.db.close()

    good = [number for number, (kind, _) in enumerate(plan) if kind == "store"]
    assert sorted(stored) == good
    for ways in (("alone", "group"), ("patient",)):
        assert [n for n in stored if plan[n][1] in ways] == [n for n in good if plan[n][1] in ways]
    assert database.subjects == stored
    assert database.offsets == list(range(1, len(stored) + 1))
    outcomes = [value for what, value in database.told if what == "done"]
    assert sorted(number for number, _ in outcomes) == list(range(len(plan)))
    for number, outcome in outcomes:
        check_outcome(plan[number][0], number, outcome)
    for number in good:
        event, done = database.told.index(("event", number)), database.told.index(("done", (number, number)))
        assert event < done, "an answer overtook its event"


async def written(database: Database, kind: str, number: int, *, is_urgent: bool) -> None:
    tell = database.done(number)
    try:
        tell(await database.db.write(lambda tx: KINDS[kind](tx, number), is_urgent=is_urgent), None)
    except (KlepetError, ArithmeticError) as error:
        tell(None, error)


def check_outcome(kind: str, number: int, outcome: Any) -> None:
    match kind:
        case "store":
            assert outcome == number
        case "refuse":
            assert outcome is REFUSED
        case "stumble":
            assert isinstance(outcome, ZeroDivisionError)
        case _:
            assert isinstance(outcome, Busy)
            assert outcome.problem.retry_after_seconds


def test_many_units_are_one_commit(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database(tmp_path)
        begun: list[str] = []
        raw = sqlite.driver_of(database.db._writer._conn)
        raw.set_trace_callback(lambda text: begun.append(text) if text.startswith("COMMIT") else None)
        held_up = asyncio.ensure_future(database.db.write(lambda tx: time.sleep(0.005)))
        await asyncio.sleep(0)
        for number in range(writer.BATCH_UNITS):
            database.db.submit(run_group, ("store", number), database.done(number))
        await held_up
        await database.quiet()
        database.db.close()
        assert len(database.subjects) == writer.BATCH_UNITS
        assert len(begun) <= 6

    asyncio.run(story())


def test_a_stop_commits_what_is_queued_and_takes_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database(tmp_path)
        for number in range(500):
            database.db.submit(run_group, ("store", number), database.done(number))
        database.db.close()
        with pytest.raises(Busy):
            await database.db.write(lambda tx: store(tx, 1000))
        again = Database(tmp_path)
        assert await again.stored() == list(range(500))
        again.db.close()

    asyncio.run(story())


def test_a_full_queue_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        database = Database(tmp_path)
        monkeypatch.setattr(writer, "QUEUE_UNITS", 3)
        held_up = asyncio.ensure_future(database.db.write(lambda tx: time.sleep(0.05)))
        await asyncio.sleep(0.01)
        for number in range(6):
            database.db.submit(run_group, ("store", number), database.done(number))
        at_once = [value for _, value in database.told]
        assert [number for number, _ in at_once] == [3, 4, 5]
        assert all(isinstance(error, Busy) for _, error in at_once)
        await held_up
        await database.quiet()
        assert await database.stored() == [0, 1, 2]
        database.db.close()

    asyncio.run(story())


def test_urgent_units_do_not_wait_for_patient_ones(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database(tmp_path)
        order: list[str] = []

        async def patient() -> None:
            await database.db.write(lambda tx: time.sleep(0.002), is_urgent=False)
            order.append("patient")

        slow = [asyncio.ensure_future(patient()) for _ in range(40)]
        await asyncio.sleep(0.01)
        await database.db.write(lambda tx: store(tx, 1))
        order.append("urgent")
        await asyncio.gather(*slow)
        assert order.index("urgent") < 20
        database.db.close()

    asyncio.run(story())


def test_a_reader_sees_one_moment_and_writes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database(tmp_path)
        await database.db.write(lambda tx: store(tx, 1))

        def look(reader: Any) -> tuple[int, int]:
            before = log.head(reader)[0]
            asyncio.run_coroutine_threadsafe(database.db.write(lambda tx: store(tx, 2)), loop).result(5)
            return before, log.head(reader)[0]

        loop = asyncio.get_running_loop()
        assert await database.db.read(look) == (1, 1)
        with pytest.raises(Exception, match="readonly"):
            await database.db.read(lambda r: store(r, 3))
        assert await database.stored() == [1, 2]
        database.db.close()

    asyncio.run(story())


def test_a_read_that_takes_too_long_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite.limit_time, "__defaults__", (0.05,))
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    async def story() -> None:
        database = Database(tmp_path)
        with pytest.raises(Busy, match="too long"):
            await database.db.read(lambda r: r.conn.exec_driver_sql(endless).all())
        assert await database.stored() == []
        database.db.close()

    asyncio.run(story())


def test_one_process_serves_a_database(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database(tmp_path)
        with pytest.raises(sqlite.DatabaseInUse):
            Database(tmp_path)
        database.db.close()
        Database(tmp_path).db.close()

    asyncio.run(story())
