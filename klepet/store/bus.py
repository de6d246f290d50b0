"""What processes on one PostgreSQL tell each other by LISTEN and NOTIFY: that something was committed, and signals.

Notices may be lost: the log is then found by looking (`tail.py`), and signals are gone, as signals may be. Both
directions run in threads of their own, on direct connections: a pooler in transaction mode passes no notices on.
https://www.postgresql.org/docs/15/sql-notify.html
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import psycopg

from klepet.store.guard import Guard

LOG_CHANNEL = "klepet_log"
SIGNAL_CHANNEL = "klepet_signals"
NOTICE_BYTES = 7_900
"""PostgreSQL takes less than 8,000 bytes a notice."""
COALESCE_SECONDS = 0.020
QUEUED_SIGNALS = 50_000
PAUSE_SECONDS = 0.5
POOLER_SECONDS = 5.0
DEAF_SECONDS = 5.0
"""One's own words come back. Who was told something and has heard nothing for so long listens to a dead connection."""

_log = logging.getLogger("klepet.store")


class Bus:
    """`on_commit` and `on_signals` are called in the listening thread; what takes part hands them to its loop.
    `on_commit` is given what the process that committed tells of it, "" where nothing is known. Signals are JSON values
    without line breaks; those of this process come back too.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        guard: Guard,
        on_commit: Callable[[str], None],
        on_signals: Callable[[list[str]], None],
    ) -> None:
        self._connect = connect
        self._guard = guard
        self._on_commit = on_commit
        self._on_signals = on_signals
        self._outgoing: SimpleQueue[str | None] = SimpleQueue()
        self._closed = threading.Event()
        self._heard = threading.Event()
        self._heard_at = self._told_at = 0.0
        self._threads = [
            threading.Thread(target=self._listen, name="klepet-listen", daemon=True),
            threading.Thread(target=self._tell, name="klepet-notify", daemon=True),
        ]

    def start(self) -> None:
        """Begin to listen and to tell."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Tell what is queued, then stop."""
        self._closed.set()
        self._outgoing.put(None)
        for thread in self._threads:
            if thread.is_alive():  # not if it was never begun
                thread.join(timeout=3)

    def publish(self, signal: str) -> None:
        """Tell every process; dropped where too many wait."""
        if self._outgoing.qsize() < QUEUED_SIGNALS:
            self._outgoing.put(signal)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with self._connect() as conn:
                    with self._guard.within(conn):
                        conn.execute(f"LISTEN {LOG_CHANNEL}")
                        conn.execute(f"LISTEN {SIGNAL_CHANNEL}")
                    self._heard_at = time.monotonic()
                    self._on_commit("")  # whatever was committed meanwhile
                    while not self._closed.is_set():
                        if self._told_at - self._heard_at > DEAF_SECONDS:
                            raise psycopg.OperationalError("nothing is heard, not even what this process tells")
                        for notice in conn.notifies(timeout=0.5):
                            self._heard_at = time.monotonic()
                            self._heard.set()
                            if notice.channel == LOG_CHANNEL:
                                self._on_commit(notice.payload)
                            else:
                                self._on_signals(notice.payload.split("\n"))
                            if self._closed.is_set():
                                break
            except Exception as error:
                if not self._closed.is_set():
                    self._pause("listening to the database was interrupted", error)

    def _tell(self) -> None:
        waiting: list[str] = []
        while not (self._closed.is_set() and self._outgoing.empty() and not waiting):
            try:
                with self._connect() as conn:
                    with self._guard.within(conn):
                        conn.execute("SET synchronous_commit = off")
                    self._check_pooler(conn)
                    while self._collect(waiting):
                        for chunk in _chunks(waiting):
                            with self._guard.within(conn):
                                conn.execute("SELECT pg_notify(%s, %s)", (SIGNAL_CHANNEL, chunk))
                        waiting.clear()
                        self._told_at = time.monotonic()
                    with self._guard.within(conn):
                        conn.execute("SELECT pg_notify(%s, '')", (LOG_CHANNEL,))  # wakes who listens, to end as well
                    return
            except Exception as error:
                waiting.clear()  # signals are of the moment
                if self._closed.is_set():
                    return
                self._pause("telling other processes was interrupted", error)

    def _pause(self, what: str, error: Exception) -> None:
        """Wait a moment: whatever it was, it is tried again."""
        unforeseen = None if isinstance(error, psycopg.Error) else error
        _log.warning("%s: %s", what, sentence(error), exc_info=unforeseen)
        self._closed.wait(PAUSE_SECONDS)

    def _collect(self, waiting: list[str]) -> bool:
        """Wait for signals, a moment longer for more. False when there are none left at the end."""
        first = self._outgoing.get()
        if first is None:
            return False
        waiting.append(first)
        if not self._closed.is_set():
            time.sleep(COALESCE_SECONDS)
        with contextlib.suppress(Empty):
            while len(waiting) < 5_000:
                signal = self._outgoing.get_nowait()
                if signal is None:
                    self._outgoing.put(None)  # the end, once these are told
                    break
                waiting.append(signal)
        return True

    def _check_pooler(self, conn: Any) -> None:
        """Say so where notices do not arrive, as through a pooler in transaction mode. Where one arrived once, there is
        none.
        """
        deadline = time.monotonic() + POOLER_SECONDS
        while not self._heard.is_set() and time.monotonic() < deadline and not self._closed.is_set():
            with self._guard.within(conn):
                conn.execute("SELECT pg_notify(%s, '')", (LOG_CHANNEL,))
            self._heard.wait(0.25)
        if not self._heard.is_set() and not self._closed.is_set():
            _log.error(
                "notices of the database do not arrive: is there a pooler in transaction mode between? "
                "Give klepet a direct connection; until then typing and presence stay within each process"
            )


def sentence(error: Exception) -> str:
    """The first line of what the driver says, for a log."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _chunks(signals: list[str]) -> list[str]:
    """Signals joined by line breaks, each chunk small enough for one notice; a signal that is too long is dropped."""
    chunks: list[str] = []
    lines: list[str] = []
    size = 0
    for signal in signals:
        length = len(signal.encode()) + 1
        if length > NOTICE_BYTES:
            continue
        if size + length > NOTICE_BYTES:
            chunks.append("\n".join(lines))
            lines, size = [], 0
        lines.append(signal)
        size += length
    if lines:
        chunks.append("\n".join(lines))
    return chunks
