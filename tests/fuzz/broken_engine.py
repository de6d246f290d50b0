"""An engine for the writer that breaks where it is told to: SQLite underneath, which also plays the part of a server
that other processes write to and whose connections can be lost.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from klepet.model.committed import Committed
from klepet.store import sqlite
from klepet.store.checkpoints import Checkpointer
from klepet.store.engine import Asked, Begun, driver_of

COUNTERS = 2
TABLES = """
CREATE TABLE IF NOT EXISTS words (number INTEGER PRIMARY KEY, word TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS counters (id INTEGER PRIMARY KEY, value INTEGER);
CREATE TABLE IF NOT EXISTS counted (id INTEGER, value INTEGER);
"""
EMPTY = (
    "DELETE FROM words; DELETE FROM counters; DELETE FROM counted; DELETE FROM events; UPDATE log_head SET offset = 0;"
)


class Broken(Exception):
    """What the fuzzer had happen to the database."""


class BrokenEngine:
    """Implements `engine.Engine`. `is_shared`: as PostgreSQL, with other processes; else as SQLite.

    begins      what becomes of the next begins: "" (begun), "full" (refused), "cut" (the connection is lost)
    commits     what becomes of the next commits: "" (stored), "full" (undone, told), "cut" (undone, connection lost),
                "unanswered" (stored, connection lost), "reused" (as "cut"; the server crashed, and gave the number of
                the transaction to another one, which was stored)
    answers     what is answered to the next questions whether it was committed: None, an error, or "" (the truth)
    opens       how many of the next attempts to connect fail
    visits      what other processes do before the next begins: how many events each adds
    """

    def __init__(self, path: Path, *, is_shared: bool, is_checkpointed: bool) -> None:
        self.errors: tuple[type[Exception], ...] = (Broken, sqlite3.Error, sqlite.DRIVER.Error)
        self.name = "broken"
        self.is_remote = is_shared
        self.warnings: list[str] = []
        self.is_shared = is_shared
        self.is_cut = False
        self.opens = 0
        self.begins: deque[str] = deque()
        self.commits: deque[str] = deque()
        self.answers: deque[str | None] = deque()
        self.visits: deque[int] = deque()
        self.is_answering = True
        self.faults = 0
        self._path = path
        self._fates: dict[str, bool] = {}
        self._checkpointer = Checkpointer(self.connect) if is_checkpointed else None

    def connect(self) -> sqlite3.Connection:
        """A connection of somebody else."""
        conn: sqlite3.Connection = sqlite.DRIVER.connect(str(self._path), isolation_level=None, check_same_thread=False)
        conn.execute("PRAGMA synchronous=OFF")
        conn.execute("PRAGMA busy_timeout=5000")
        return conn

    def open_writer(self) -> Connection:
        """See `Engine`."""
        if self.opens:
            self.opens -= 1
            self.faults += 1
            raise Broken("nobody answers")
        self.is_cut = False
        return sqlite.open_writer(self._path, synchronous="OFF")

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """See `Engine`."""
        fate = self.begins.popleft() if self.begins else ""
        if fate:
            self.faults += 1
            if fate == "cut":
                self.cut(driver_of(conn))
            raise Broken("it cannot be begun")
        if not self.is_shared:
            driver_of(conn).execute("BEGIN IMMEDIATE")
            return Begun()
        if self.visits:
            self._visit(self.visits.popleft())
        driver_of(conn).execute("BEGIN IMMEDIATE")
        name = str(len(self._fates))
        self._fates[name] = False
        ((offset,),) = driver_of(conn).execute("SELECT offset FROM log_head")
        return Begun(name, offset)

    def _visit(self, events: int) -> None:
        """Another process counts on, and adds to the log."""
        conn = self.connect()
        conn.execute("BEGIN IMMEDIATE")
        for number in range(events):
            count(conn, number % COUNTERS, None)
            conn.execute(
                "INSERT INTO events (offset, type, at, payload) SELECT offset + 1, 'foreign', 0, '{}' FROM log_head"
            )
            conn.execute("UPDATE log_head SET offset = offset + 1")
        conn.execute("COMMIT")
        conn.close()

    def commit(self, conn: Connection, committed: Committed | None = None) -> None:
        """See `Engine`."""
        fate = self.commits.popleft() if self.commits else ""
        driver = driver_of(conn)
        if not self.is_shared and fate in ("unanswered", "reused"):
            fate = "full"  # where the database is in the same process no answer is lost
        self.faults += fate != ""
        if fate in ("", "unanswered"):
            driver.execute("COMMIT")
        if self._fates:
            self._fates[str(len(self._fates) - 1)] = fate in ("", "unanswered", "reused")
        if fate == "full":
            driver.execute("ROLLBACK")
            raise Broken("the disk is full")
        if fate in ("cut", "unanswered", "reused"):
            self.cut(driver)
            raise Broken("the connection is gone")
        if self._checkpointer is not None:
            self._checkpointer.after_commit(driver)

    def cut(self, driver: Any) -> None:
        """Lose the connection, where there is one; what was not committed is undone."""
        if self.is_shared:
            self.is_cut = True
            driver.close()
        elif driver.in_transaction:
            driver.execute("ROLLBACK")

    def roll_back(self, conn: Connection) -> None:
        """See `Engine`."""
        if self.is_cut:
            raise Broken("the connection is gone")
        if driver_of(conn).in_transaction:
            driver_of(conn).execute("ROLLBACK")

    def roll_back_unit(self, conn: Connection) -> None:
        """See `Engine`."""
        if self.is_cut:
            raise Broken("the connection is gone")
        driver_of(conn).execute("ROLLBACK TO unit")
        driver_of(conn).execute("RELEASE unit")

    def is_whole(self, conn: Connection) -> bool:
        """See `Engine`."""
        return not self.is_cut and bool(driver_of(conn).in_transaction)

    def is_lost(self, conn: Connection) -> bool:
        """See `Engine`."""
        return self.is_cut

    def is_timeout(self, error: Exception) -> bool:
        """See `Engine`."""
        return False

    def is_trouble(self, error: Exception) -> bool:
        """See `Engine`."""
        return isinstance(error, Broken)

    def was_committed(self, conn: Connection, transaction_id: str) -> bool | None:
        """See `Engine`."""
        answer = self.answers.popleft() if self.answers else ""
        if answer == "error":
            raise Broken("no answer")
        if answer is None or not self.is_answering:
            return None
        return self._fates[transaction_id]

    def close(self) -> None:
        """See `Engine`."""
        if self._checkpointer is not None:
            self._checkpointer.close()

    # What the writer does not ask for.

    def is_new(self) -> bool:
        """See `Engine`."""
        return False

    def stored_bytes(self) -> int:
        """See `Engine`."""
        return 0

    def open_reader(self) -> Connection:
        """See `Engine`."""
        return sqlite.open_reader(self._path)

    open_snapshot = open_reader

    def begin_load(self, conn: Connection) -> None:
        """See `Engine`."""

    def begin_read(self, conn: Connection) -> None:
        """See `Engine`."""


def count(driver: Any, id_: int, kept: dict[Any, Any] | None) -> int:
    """Count on: from what was kept of the batch before, or from what is stored. A stale number is there twice."""
    value = None if kept is None else kept.get(id_)
    if value is None:
        found = driver.execute("SELECT value FROM counters WHERE id = ?", (id_,)).fetchone()
        value = found[0] if found else 0
    value += 1
    if kept is not None:
        kept[id_] = value
    driver.execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", (id_, value))
    driver.execute("INSERT INTO counted VALUES (?, ?)", (id_, value))
    return int(value)
