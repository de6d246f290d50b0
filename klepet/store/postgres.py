"""PostgreSQL as klepet uses it: one connection writes, a few read, and the row of `log_head` is the lock that
makes the writers of several processes take turns.

A batch holds that row from its first statement to its commit. So batches are serial, as on SQLite: no unit ever
sees half of another process's, offsets have no gaps, and commit order is offset order. What a hung process can hold up
is bounded by the server: `idle_in_transaction_session_timeout` ends its transaction and frees the row.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from klepet.model.committed import Committed
from klepet.store.bus import LOG_CHANNEL, sentence
from klepet.store.engine import READ_SECONDS, Asked, Begun, driver_of, shown
from klepet.store.guard import BATCH_SECONDS, PROBE_SECONDS, Guard
from klepet.store.pipelined import PipelinedConnection
from klepet.store.postgres_checks import ServerUnusable, check, sentence_of, warnings_of

CONNECT_SECONDS = 2
LOCK_SECONDS = 6
IDLE_SECONDS = 3
"""How long a transaction may wait for klepet's next statement: a batch takes milliseconds."""
_TAKE_TURN = 'SELECT "offset", pg_current_xact_id()::text FROM log_head WHERE id = %s FOR UPDATE'
_NOTIFY = f"SELECT pg_notify('{LOG_CHANNEL}', %s)"


class PostgresEngine:
    """Implements `engine.Engine` on a server. `url` is `postgresql://user:password@host:port/name?options`."""

    errors: tuple[type[Exception], ...] = (SQLAlchemyError, psycopg.Error)
    is_remote = True

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = shown(url)
        try:
            with self.connect() as conn:
                check(conn, self.connect, self.name)
                self.warnings = warnings_of(conn, url)
        except psycopg.Error as error:
            raise ServerUnusable(sentence_of(sentence(error), self.name)) from None
        self.guard = Guard()
        self.notices_of: Callable[[Committed], list[str]] = lambda committed: [""]
        """What the others are told of a commit, each less than 8,000 bytes."""
        self._sqlalchemy = create_engine(
            "postgresql+psycopg://",
            creator=self.connect,
            poolclass=NullPool,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            query_cache_size=1000,
            hide_parameters=True,  # they are what people wrote, and errors are logged
        )

    def is_new(self) -> bool:
        """See `Engine`: what is in it has to be asked."""
        return False

    def stored_bytes(self) -> int:
        """See `Engine`."""
        with self.connect() as conn:
            return int(conn.execute("SELECT pg_database_size(current_database())").fetchone()[0])

    def open_writer(self) -> Connection:
        """See `Engine`."""
        return self._open(
            f"SET lock_timeout = '{LOCK_SECONDS}s'; SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s';"
            " SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;"
            " SET enable_seqscan = off"  # also for the checks of foreign keys; why: `statements.py`
        )

    def open_reader(self) -> Connection:
        """See `Engine`."""
        conn = self._open(
            f"SET statement_timeout = '{READ_SECONDS}s'; SET idle_in_transaction_session_timeout = '{READ_SECONDS}s';"
            " SET default_transaction_read_only = on"
        )
        driver_of(conn).prepare_threshold = None  # a plan that is kept may read whole tables: `statements.py`
        return conn

    def open_snapshot(self) -> Connection:
        """See `Engine`."""
        conn = self._sqlalchemy.connect()
        driver_of(conn).execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", prepare=False)
        return conn

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """See `Engine`: the row of `log_head` is locked. The name is the transaction's id,
        https://www.postgresql.org/docs/15/functions-info.html (pg_current_xact_id). A statement sees what was committed
        when it begins (READ COMMITTED), so the questions see all that stood before this turn.
        """
        self._probe(conn)
        pipeline: PipelinedConnection = driver_of(conn)
        self.guard.expect(pipeline, BATCH_SECONDS)
        _, ((offset, transaction_id),), *answers = pipeline.ask_all([("BEGIN", ()), (_TAKE_TURN, (1,)), *questions])
        return Begun(transaction_id, offset, answers)

    def begin_load(self, conn: Connection) -> None:
        """See `Engine`."""
        driver_of(conn).execute(
            "SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT 1 FROM log_head FOR UPDATE", prepare=False
        )

    def begin_read(self, conn: Connection) -> None:
        """See `Engine`."""
        raw = driver_of(conn)
        self.guard.expect(raw, PROBE_SECONDS)
        raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", prepare=False)
        self.guard.expect(raw, READ_SECONDS + 1)

    def commit(self, conn: Connection, committed: Committed | None = None) -> None:
        """See `Engine`: who listens is told when it is committed, in the order of commits."""
        pipeline: PipelinedConnection = driver_of(conn)
        notices = [] if committed is None else self.notices_of(committed)
        pipeline.ask_all([*((_NOTIFY, (notice,)) for notice in notices), ("COMMIT", ())])
        self.guard.forget(pipeline)

    def roll_back(self, conn: Connection) -> None:
        """See `Engine`."""
        try:
            if not self.is_lost(conn):
                driver_of(conn).drop_held()
                driver_of(conn).ask("ROLLBACK")
        finally:
            if not conn.closed and not conn.invalidated:
                self.guard.forget(driver_of(conn))

    def roll_back_unit(self, conn: Connection) -> None:
        """See `Engine`."""
        driver_of(conn).drop_held()
        driver_of(conn).ask_all([("ROLLBACK TO unit", ()), ("RELEASE unit", ())])

    def is_whole(self, conn: Connection) -> bool:
        """See `Engine`."""
        status = driver_of(conn).info.transaction_status
        return status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def is_lost(self, conn: Connection) -> bool:
        """See `Engine`."""
        return conn.closed or conn.invalidated or bool(driver_of(conn).closed)

    def is_timeout(self, error: Exception) -> bool:
        """See `Engine`."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, psycopg.errors.QueryCanceled)

    def is_trouble(self, error: Exception) -> bool:
        """See `Engine`: the driver's OperationalError has the classes 08, 53, 55, 57 and 58 of
        https://www.postgresql.org/docs/15/errcodes-appendix.html.
        """
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, psycopg.OperationalError)

    def was_committed(self, conn: Connection, transaction_id: str) -> bool | None:
        """See `Engine`: pg_xact_status, which also knows transactions from before a restart of the server. A number
        that lies in the future is one that the server gave out and lost in a crash, with what was done under it.
        """
        driver = driver_of(conn)
        with self.guard.within(driver):
            try:
                (found,) = driver.execute("SELECT pg_xact_status(%s::xid8)", (transaction_id,)).fetchone()
            except psycopg.errors.InvalidParameterValue:
                return False
        return None if found == "in progress" else found == "committed"

    def close(self) -> None:
        """See `Engine`."""
        self.guard.close()
        self._sqlalchemy.dispose()

    def _probe(self, conn: Connection) -> None:
        """Ask whether a connection is still there, when another one was given up since it was last known to be."""
        if conn.info.get("seen_at", 0.0) < self.guard.given_up_at:
            with self.guard.within(driver_of(conn), PROBE_SECONDS):
                driver_of(conn).execute("SELECT 1", prepare=False)
            conn.info["seen_at"] = time.monotonic()

    def _open(self, settings: str) -> Connection:
        conn = self._sqlalchemy.connect()
        conn.info["seen_at"] = time.monotonic()
        with self.guard.within(driver_of(conn)):
            driver_of(conn).execute(settings)
        return conn

    def connect(self) -> Any:
        """A psycopg connection in autocommit mode."""
        return PipelinedConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="klepet",
            keepalives=1,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=5_000,
            # Compiling (JIT) takes 90 ms, and is done for a plan that only looks dear because a table has to be read.
            options="-c timezone=UTC -c client_min_messages=warning -c jit=off",
        )
