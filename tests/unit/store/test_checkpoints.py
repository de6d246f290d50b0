"""The write-ahead log stays short beside a busy writer, whatever becomes of its checkpoints."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from klepet.store import checkpoints, sqlite
from klepet.store.checkpoints import Checkpointer
from klepet.store.engine import driver_of

pytestmark = pytest.mark.skipif(
    sqlite.DRIVER.sqlite_version_info < checkpoints.OLDEST, reason="this SQLite checkpoints in the commit"
)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite.SqliteEngine]:
    monkeypatch.setattr(checkpoints, "WORTHWHILE_PAGES", 20)
    monkeypatch.setattr(checkpoints, "LONG_PAGES", 200)
    monkeypatch.setattr(checkpoints, "LITTLE_PAGES", 60)
    monkeypatch.setattr(checkpoints, "TOO_LONG_PAGES", 1_000)
    made = sqlite.SqliteEngine(tmp_path / "klepet.sqlite", synchronous="OFF")
    yield made
    made.close()


def write(engine: sqlite.SqliteEngine, count: int) -> int:
    """Commit so many rows one by one; how long the log became at most, in pages."""
    conn = engine.open_writer()
    driver = driver_of(conn)
    driver.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT)")
    longest = 0
    for number in range(count):
        engine.begin_batch(conn)
        driver.execute("INSERT INTO notes VALUES (?)", (f"{number} " + "x" * 3_000,))
        engine.commit(conn)
        longest = max(longest, driver.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()[1])
    assert driver.execute("SELECT count(*) FROM notes").fetchone()[0] == count
    conn.close()
    return longest


def test_the_log_begins_again_while_the_writer_never_rests(engine: sqlite.SqliteEngine) -> None:
    assert write(engine, 3_000) <= 1_100


def test_everything_is_home_when_the_engine_is_closed(engine: sqlite.SqliteEngine, tmp_path: Path) -> None:
    write(engine, 5)
    engine.close()
    log = tmp_path / "klepet.sqlite-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_a_checkpoint_that_fails_fails_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: sqlite.SqliteEngine, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> sqlite3.Connection:
        raise OSError("no file descriptor is left")

    monkeypatch.setattr(sqlite, "Checkpointer", lambda connect: Checkpointer(refuse))
    assert 1_000 < write(engine, 3_000) <= 1_100  # the writer does it, when there is no other way
    engine.close()
    assert "no file descriptor is left" in caplog.text
