"""A writer whose database fails under it: what it does not know it does not keep, and what is no fault of a write may
be sent again.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from klepet.kit.clock import SystemClock
from klepet.model.committed import Committed
from klepet.model.errors import Busy
from klepet.model.events import SiteUpdated
from klepet.model.ports import Lane
from klepet.store import log, schema, sqlite, throttled_log, writer
from klepet.store.engine import Asked, Begun, driver_of
from klepet.store.transaction import OpenReader
from klepet.store.writer import Outcome, Unit, Writer


class Doubtful(sqlite.SqliteEngine):
    """A database that answers no COMMIT, and cannot be asked what became of it."""

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """Begin, under a name that tells nothing later."""
        super().begin_batch(conn)
        return Begun("1", 7)

    def commit(self, conn: Connection, committed: Committed | None = None) -> None:
        """Do not answer."""
        raise OSError("gone")

    def was_committed(self, conn: Connection, transaction_id: str) -> bool | None:
        """Nobody knows."""
        return None


def run(engine: sqlite.SqliteEngine, *units: Unit) -> tuple[Writer, list[Outcome]]:
    """Let a writer run these; what they were told."""
    told: list[Outcome] = []
    conn = engine.open_writer()
    schema.upgrade(conn)
    made = Writer(engine, conn, SystemClock(), lambda committed, outcomes: told.extend(outcomes))
    made.submit_all(units)
    made.start()
    made.stop()
    return made, told


def ignore(result: Any, error: BaseException | None) -> None:
    """Nobody waits for it."""


def test_a_batch_in_doubt_leaves_no_states_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers that were given in it would be taken for stored ones by the next batch."""
    monkeypatch.setattr(writer, "DOUBT_SECONDS", 0.0)
    engine = Doubtful(tmp_path / "klepet.db", synchronous="OFF")

    def remember(tx: Any) -> None:
        tx.kept[UUID(int=1)] = "a state that was not stored"

    made, (outcome,) = run(engine, Unit(ignore, run=remember))
    assert isinstance(outcome.error, Busy)
    assert made._kept == {}
    engine.close()


class Crashed(sqlite.SqliteEngine):
    """A server that crashes at the first COMMIT. When it is back it gives the number of the transaction that it lost
    to another one, and says of that that it was committed.
    """

    crashes = 1

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """Begin under a number."""
        super().begin_batch(conn)
        ((newest,),) = driver_of(conn).execute("SELECT offset FROM log_head")
        return Begun("1", newest)

    def begin_read(self, conn: Connection) -> None:
        """Begin; the writer's connection has all the time."""
        driver_of(conn).execute("BEGIN")

    def commit(self, conn: Connection, committed: Committed | None = None) -> None:
        """Crash, if it is time."""
        if self.crashes:
            self.crashes -= 1
            driver_of(conn).execute("ROLLBACK")
            raise OSError("gone")
        super().commit(conn, committed)

    def was_committed(self, conn: Connection, transaction_id: str) -> bool | None:
        """It was; only not by whom one thinks."""
        return True


def test_what_another_stored_under_the_same_number_is_not_ones_own(tmp_path: Path) -> None:
    """PostgreSQL gives numbers of transactions out again that it lost in a crash."""
    engine = Crashed(tmp_path / "klepet.db", synchronous="OFF")
    event = SiteUpdated(site_id=UUID(int=5))
    _, told = run(engine, *[Unit(ignore, run=lambda tx: tx.record(event))] * 2)
    assert [outcome.error for outcome in told] == [None, None], "they were lost together, and stored one by one"
    with closing(sqlite.open_reader(tmp_path / "klepet.db")) as conn:
        assert [item.event for item in log.events_since(OpenReader(conn), 0, 10)] == [event, event]
    engine.close()


def test_what_leaves_no_event_stays_in_doubt(tmp_path: Path) -> None:
    """Nothing shows whose transaction it was that was stored."""
    engine = Crashed(tmp_path / "klepet.db", synchronous="OFF")
    _, (outcome,) = run(engine, Unit(ignore, run=lambda tx: None))
    assert isinstance(outcome.error, Busy)
    engine.close()


def test_a_full_disk_is_no_fault_of_the_write(tmp_path: Path) -> None:
    """Who wrote may send it again, and nobody overtakes it meanwhile."""
    engine = sqlite.SqliteEngine(tmp_path / "klepet.db", synchronous="OFF")
    lane = Lane()

    def put(tx: Any, items: Any) -> list[Any]:
        if "large" in items:
            raise sqlite.DRIVER.OperationalError("database or disk is full")
        return list(items)

    units = [Unit(ignore, group=put, item=item, lane=lane) for item in ("large", "small")]
    _, told = run(engine, *units, Unit(ignore, group=put, item="other's"))
    assert [type(outcome.error) for outcome in told] == [Busy, Busy, type(None)]
    assert lane.is_broken
    engine.close()


class Away(sqlite.SqliteEngine):
    """A database that ends the first batch at its commit, and takes no more."""

    begins = 0

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """Begin once."""
        self.begins += 1
        if self.begins > 1:
            raise OSError("gone")
        return super().begin_batch(conn)

    def commit(self, conn: Connection, committed: Committed | None = None) -> None:
        """End it."""
        raise OSError("gone")


def test_what_was_lost_together_waits_for_the_database_together(tmp_path: Path) -> None:
    """To find out that it is away takes seconds, and there may be hundreds of units."""
    engine = Away(tmp_path / "klepet.db", synchronous="OFF")
    lane = Lane()
    units = [Unit(ignore, group=lambda tx, items: list(items), item=n, lane=lane) for n in range(20)]
    _, told = run(engine, *units, Unit(ignore, run=lambda tx: None))
    assert [type(outcome.error) for outcome in told] == [Busy] * 21
    assert engine.begins == 2
    assert lane.is_broken
    engine.close()


class Gone(sqlite.SqliteEngine):
    """A database that takes nothing for a while."""

    left = 30

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """Begin, if it is time."""
        if self.left:
            self.left -= 1
            raise OSError("gone")
        return super().begin_batch(conn)


@pytest.mark.parametrize("seconds", [1_000.0, 0.0])
def test_a_long_outage_does_not_fill_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seconds: float
) -> None:
    monkeypatch.setattr(writer, "BATCH_UNITS", 1)
    monkeypatch.setattr(throttled_log, "INTERVAL_SECONDS", seconds)
    caplog.set_level("INFO", "klepet.store")
    engine = Gone(tmp_path / "klepet.db", synchronous="OFF")
    _, told = run(engine, *[Unit(ignore, run=lambda tx: None)] * 32)
    assert [type(outcome.error) for outcome in told] == [Busy] * 30 + [type(None)] * 2
    counts = [1] if seconds else range(1, 31)
    lines = [f"the database takes no writes: gone (refused so far: {count})" for count in counts]
    lines.append("the database takes writes again (refused: 30)")
    assert [record.getMessage() for record in caplog.records if "writes" in record.getMessage()] == lines
    engine.close()


@pytest.mark.parametrize(("seconds", "lines"), [(1_000.0, [1]), (0.0, range(1, 11))])
def test_a_full_disk_is_not_filled_with_lines_about_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    seconds: float,
    lines: Sequence[int],
) -> None:
    monkeypatch.setattr(throttled_log, "INTERVAL_SECONDS", seconds)
    engine = sqlite.SqliteEngine(tmp_path / "klepet.db", synchronous="OFF")

    def fail(tx: Any) -> None:
        raise sqlite.DRIVER.OperationalError("database or disk is full")

    _, told = run(engine, *[Unit(ignore, run=fail)] * 10, Unit(ignore, run=lambda tx: None))
    assert [type(outcome.error) for outcome in told] == [Busy] * 10 + [type(None)]
    assert [record.getMessage() for record in caplog.records if record.name == "klepet.store"] == [
        f"a write was not stored: database or disk is full (so far: {count})" for count in lines
    ]
    engine.close()
