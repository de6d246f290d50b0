"""The database as the edges know it: writes go to the writer's thread, reads to a small pool of read-only
connections.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from klepet.kit.clock import Clock
from klepet.model.committed import Committed
from klepet.model.counts import Counts
from klepet.model.errors import Busy
from klepet.model.events import MessageSent
from klepet.model.ports import Done, Lane, Reader, Transaction
from klepet.model.words import AuthorKind
from klepet.store import sqlite
from klepet.store.brief_reads import BriefReads
from klepet.store.engine import Engine, Unreachable
from klepet.store.migrating import BeforeMigrating, open_migrated
from klepet.store.transaction import OpenReader
from klepet.store.writer import Outcome, Unit, Writer

T = TypeVar("T")
Item = TypeVar("Item")

READERS = 3

_VISITOR, _OPERATOR = AuthorKind.VISITOR, AuthorKind.OPERATOR
_log = logging.getLogger("klepet.store")


class Shared(Protocol):
    """What a database that several processes share lets them tell each other."""

    on_signals: Callable[[list[str]], None]
    on_reset: Callable[[], None]
    is_alone: Callable[[], bool]
    """Whether there are no others, so that nobody need be told what was committed."""

    def publish(self, signal: str) -> None:
        """Tell all processes."""


class StoredDatabase:
    """Implements `ports.Database` on an engine. Made on the event loop that it serves."""

    shared: Shared | None = None

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        on_commit: Callable[[Committed], None],
        before_migrating: BeforeMigrating | None = None,
    ) -> None:
        self._engine = engine
        self.warnings = engine.warnings
        for warning in engine.warnings:
            _log.warning("%s", warning)
        self._loop = asyncio.get_running_loop()
        self._on_commit = on_commit
        self.counts = Counts()
        try:
            conn, _ = open_migrated(engine, before_migrating)
        except BaseException:
            engine.close()
            raise
        self._writer = Writer(engine, conn, clock, self._hand_over)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="klepet-reader")
        self._brief = BriefReads(self._readers, READERS, self._read, self.counts.read_wait_seconds.add)
        self._local = threading.local()
        self._opened: list[Connection] = []
        self._submitted: list[Unit] = []
        self._writer.start()

    async def follow(self) -> None:
        """Begin to hand on what is committed. To be called once, before anything is written."""

    async def leave(self) -> None:
        """Hand on nothing more."""

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
        is_urgent: bool = True,
        lane: Lane | None = None,
    ) -> None:
        """Queue one item of a set-based action; see `ports.Database`."""
        unit = Unit(done, group=group, item=item, is_loose=is_loose, lane=lane)
        if not is_urgent:
            if not self._writer.submit(unit, is_urgent=False):
                self._loop.call_soon(done, None, _full())
            return
        self._submitted.append(unit)
        if len(self._submitted) == 1:
            self._loop.call_soon(self._pass_on)

    def _pass_on(self) -> None:
        """Give the writer what came in one turn of the loop: it is woken once, and has a fuller batch. What follows
        the first that finds no room finds none either. Lanes stay whole, as what is ahead in them is queued.
        """
        submitted, self._submitted = self._submitted, []
        refused = submitted[self._writer.submit_all(submitted) :]
        if refused:
            self._tell(None, [Outcome(unit.done, error=_full()) for unit in refused])

    async def read(self, run: Callable[[Reader], T], *, is_brief: bool = False) -> T:
        """Run one read in a reader thread; see `ports.Database`."""
        if is_brief:
            found: T = await self._brief.ask(run)
            return found
        return await self._loop.run_in_executor(self._readers, self._read_counted, run, time.perf_counter())

    @property
    def waiting(self) -> tuple[int, int]:
        """How many units wait for the writer: urgent ones, and those that are not."""
        return self._writer.waiting

    def close(self) -> None:
        """Commit what is queued, close every connection, let go of the lock."""
        self._pass_on()
        self._writer.stop()
        self._readers.shutdown(wait=True)
        for conn in self._opened:
            conn.close()
        self._engine.close()

    def _read_counted(self, run: Callable[[Reader], T], asked: float) -> T:
        self.counts.read_wait_seconds.add(time.perf_counter() - asked)
        return self._read(run)

    def _read(self, run: Callable[[Reader], T]) -> T:
        try:
            return self._read_once(run)
        except self._engine.errors as error:
            if self._engine.is_timeout(error):
                raise Busy("this took too long to read; narrow it down", retry_after=5.0) from error
            if not self._engine.is_lost(self._local.conn):
                raise
        try:
            return self._read_once(run)  # the database was restarted since: a read can simply be done again
        except self._engine.errors as error:
            if self._engine.is_lost(self._local.conn):
                raise Unreachable("the database does not answer; try again", retry_after=2.0) from error
            raise

    def _read_once(self, run: Callable[[Reader], T]) -> T:
        conn: Connection | None = getattr(self._local, "conn", None)
        if conn is None or self._engine.is_lost(conn):
            self._local.conn = None
            try:
                conn = self._engine.open_reader()
            except self._engine.errors as error:
                raise Unreachable("the database cannot be reached; try again", retry_after=2.0) from error
            self._local.conn = conn
            self._opened = [one for one in self._opened if not self._engine.is_lost(one)] + [conn]
        self._engine.begin_read(conn)
        try:
            return run(OpenReader(conn))
        finally:
            self._engine.roll_back(conn)

    def _hand_over(self, committed: Committed | None, outcomes: list[Outcome]) -> None:
        self.counts.batch_units.add(len(outcomes))
        try:
            self._loop.call_soon_threadsafe(self._tell, committed, outcomes)
        except RuntimeError:
            return  # the loop is closed: nobody is left to tell

    def _tell(self, committed: Committed | None, outcomes: list[Outcome]) -> None:
        """Tell everybody, whatever happens to others: who is told nothing waits forever."""
        try:
            if committed is not None:
                self._count(committed)
                self._on_commit(committed)
        except Exception:
            _log.exception("what was committed could not be handed on")
        for outcome in outcomes:
            try:
                outcome.done(outcome.result, outcome.error)
            except Exception:
                _log.exception("what became of a write could not be told")

    def _count(self, committed: Committed) -> None:
        """Count the messages. Asking an enumeration for its hash, for each, would cost more than all the rest."""
        visitors = operators = 0
        for item in committed.events:
            event = item.event
            if type(event) is MessageSent:
                kind = event.author_kind
                if kind is _VISITOR:
                    visitors += 1
                elif kind is _OPERATOR:
                    operators += 1
                else:
                    self.counts.messages[kind] += 1
        self.counts.messages["visitor"] += visitors
        self.counts.messages["operator"] += operators


class SqliteDatabase(StoredDatabase):
    """A database in one SQLite file. Raises DatabaseInUse and ForeignDatabase."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        on_commit: Callable[[Committed], None],
        *,
        before_migrating: BeforeMigrating | None = None,
        synchronous: sqlite.Synchronous = "FULL",
    ) -> None:
        super().__init__(sqlite.SqliteEngine(path, synchronous=synchronous), clock, on_commit, before_migrating)


def _full() -> Busy:
    return Busy("the server has too much to write at the moment; try again", retry_after=1.0)
