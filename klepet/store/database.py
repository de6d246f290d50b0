"""The database as the edges know it: writes go to the writer's thread, reads to a small pool of read-only
connections.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from klepet.kit.clock import Clock
from klepet.model.committed import Committed
from klepet.model.errors import Busy
from klepet.model.ports import Done, Reader, Transaction
from klepet.store import schema, sqlite
from klepet.store.transaction import OpenReader
from klepet.store.writer import Outcome, Unit, Writer

T = TypeVar("T")
Item = TypeVar("Item")

READERS = 3


class SqliteDatabase:
    """Implements `ports.Database` on one SQLite file. Made on the event loop that it serves."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        on_commit: Callable[[Committed], None],
        *,
        synchronous: sqlite.Synchronous = "FULL",
    ) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._on_commit = on_commit
        sqlite.check_file(path)
        self._lock = sqlite.lock_for_serving(path)
        conn = sqlite.open_writer(path, synchronous=synchronous)
        schema.upgrade(conn)
        self._writer = Writer(conn, clock, self._hand_over)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="klepet-reader")
        self._local = threading.local()
        self._opened: list[Connection] = []
        self._submitted: list[Unit] = []
        self._writer.start()

    async def write(self, run: Callable[[Transaction], T], *, is_urgent: bool = True) -> T:
        """Run one unit in the writer; see `ports.Database`."""
        self._pass_on()  # what was submitted before comes before
        future: asyncio.Future[T] = self._loop.create_future()

        def done(result: Any, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        if not self._writer.submit(Unit(done, run=run), is_urgent=is_urgent):
            raise _full()
        return await future

    def submit(
        self,
        group: Callable[[Transaction, Sequence[Item]], Sequence[Any]],
        item: Item,
        done: Done,
        *,
        is_loose: bool = False,
    ) -> None:
        """Queue one item of a set-based action; see `ports.Database`."""
        self._submitted.append(Unit(done, group=group, item=item, is_loose=is_loose))
        if len(self._submitted) == 1:
            self._loop.call_soon(self._pass_on)

    def _pass_on(self) -> None:
        """Give the writer what came in one turn of the loop: it is woken once, and has a fuller batch."""
        submitted, self._submitted = self._submitted, []
        for unit in submitted[self._writer.submit_all(submitted) :]:
            unit.done(None, _full())

    async def read(self, run: Callable[[Reader], T]) -> T:
        """Run one read in a reader thread; see `ports.Database`."""
        return await self._loop.run_in_executor(self._readers, self._read, run)

    def close(self) -> None:
        """Commit what is queued, close every connection, let go of the lock."""
        self._pass_on()
        self._writer.stop()
        self._readers.shutdown(wait=True)
        for conn in self._opened:
            conn.close()
        self._lock.close()

    def _read(self, run: Callable[[Reader], T]) -> T:
        conn: Connection | None = getattr(self._local, "conn", None)
        if conn is None:
            conn = sqlite.open_reader(self._path)
            self._local.conn = conn
            self._opened.append(conn)
        sqlite.limit_time(conn)
        execute = sqlite.driver_of(conn).execute
        execute("BEGIN")
        try:
            return run(OpenReader(conn))
        except (OperationalError, sqlite.DRIVER.OperationalError) as error:
            if "interrupted" in str(error):
                raise Busy("this took too long to read; narrow it down", retry_after=5.0) from error
            raise
        finally:
            execute("ROLLBACK")

    def _hand_over(self, committed: Committed | None, outcomes: list[Outcome]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tell, committed, outcomes)
        except RuntimeError:
            return  # the loop is closed: nobody is left to tell

    def _tell(self, committed: Committed | None, outcomes: list[Outcome]) -> None:
        if committed is not None:
            self._on_commit(committed)
        for outcome in outcomes:
            outcome.done(outcome.result, outcome.error)


def _full() -> Busy:
    return Busy("the server has too much to write at the moment; try again", retry_after=1.0)
