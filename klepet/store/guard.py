"""Time limits for what waits for a database server. One that is paused, or cut off behind a proxy, answers nothing
while the operating system still acknowledges what is sent to it: without a limit a thread would wait for ever.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg

LOOK_SECONDS = 0.5
BATCH_SECONDS = 8.0
"""How long a batch may take, the wait for its turn included."""
STEP_SECONDS = 4.0
"""How long a single statement outside of batches and reads may take."""
PROBE_SECONDS = 2.0
"""How long the beginning of a read, or a question whether a connection is still there, may take."""


class Guard:
    """Shuts the sockets of connections that have waited too long for the server, which wakes whoever waits. Takes
    psycopg connections; used from every thread.
    """

    def __init__(self) -> None:
        self.given_up_at = 0.0
        """When the newest connection was given up, in monotonic time: the others of before may be dead too."""
        self._deadlines: dict[int, tuple[float, Any]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="klepet-database-guard", daemon=True).start()

    def expect(self, raw: Any, seconds: float) -> None:
        """From now on this connection has so many seconds."""
        with self._lock:
            self._deadlines[id(raw)] = (time.monotonic() + seconds, raw)

    def forget(self, raw: Any) -> None:
        """What was expected has come."""
        with self._lock:
            self._deadlines.pop(id(raw), None)

    @contextlib.contextmanager
    def within(self, raw: Any, seconds: float = STEP_SECONDS) -> Iterator[None]:
        """What is done in this block has so many seconds."""
        self.expect(raw, seconds)
        try:
            yield
        finally:
            self.forget(raw)

    def close(self) -> None:
        """Watch no longer."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_SECONDS):
            now = time.monotonic()
            with self._lock:
                late = [key for key, (deadline, raw) in self._deadlines.items() if now > deadline or raw.closed]
                given_up = [self._deadlines.pop(key)[1] for key in late]
            for raw in given_up:
                if not raw.closed:
                    self.given_up_at = now
                with (
                    contextlib.suppress(OSError, psycopg.Error),
                    socket.socket(fileno=os.dup(raw.fileno())) as shared,
                ):
                    shared.shutdown(socket.SHUT_RDWR)
