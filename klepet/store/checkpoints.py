"""Checkpoints of SQLite's write-ahead log beside the writer, so that no commit waits while the log is brought home.

    writer ── commit ──> log (WAL) ── this thread: checkpoint(PASSIVE) ──> database file

A log starts again from its beginning only when all of it is home at the moment of a write. Beside a busy writer that
never happens by itself: therefore, when the log has grown long, the writer brings home the little that this thread
has left (https://sqlite.org/wal.html#ckpt).
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

OLDEST = (3, 51, 3)
"""The first SQLite in which two connections may checkpoint (https://sqlite.org/wal.html#walresetbug)."""
LOOK_COMMITS = 16
WORTHWHILE_PAGES = 1_000
LONG_PAGES = 8_000
"""32 MiB of log."""
LITTLE_PAGES = 400
TOO_LONG_PAGES = 40_000
"""160 MiB: then the writer brings home what there is, however long that takes."""

_FAILED = "the write-ahead log could not be brought home; nothing is lost, and it is tried again: %s"
_log = logging.getLogger("klepet.store")


class Checkpointer:
    """One thread with a connection of its own. `connect` opens one that may write."""

    def __init__(self, connect: "Callable[[], sqlite3.Connection]") -> None:
        self._connect = connect
        self._commits = 0
        self._woken = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name="klepet-checkpoint", daemon=True)
        self._thread.start()

    def after_commit(self, driver: Any) -> None:
        """Called in the writer's thread, outside a transaction, with the driver's connection that committed."""
        self._commits += 1
        if self._commits % LOOK_COMMITS:
            return
        try:
            # NOOP only tells: https://sqlite.org/pragma.html#pragma_wal_checkpoint
            _, pages, home = driver.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
            left = pages - home
            if left > TOO_LONG_PAGES or (pages > LONG_PAGES and left < LITTLE_PAGES):
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            elif left > WORTHWHILE_PAGES:
                self._woken.set()
        except Exception as error:  # what was committed is committed all the same
            _log.warning(_FAILED, error)

    def close(self) -> None:
        """Bring everything home and end. To be called when nothing writes any more."""
        self._is_closed = True
        self._woken.set()
        self._thread.join()

    def _work(self) -> None:
        conn: sqlite3.Connection | None = None
        is_last = False
        while not is_last:
            self._woken.wait()
            self._woken.clear()
            is_last = self._is_closed
            try:
                conn = conn or self._connect()
                conn.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if is_last else 'PASSIVE'})").fetchone()
            except Exception as error:
                _log.warning(_FAILED, error)
        if conn is not None:
            with contextlib.suppress(Exception):
                conn.close()
