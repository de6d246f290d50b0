"""SQLite as klepet uses it: one connection writes, another checkpoints, readers open the file read-only, a lock
names the server.

SQLite before 3.51.3 can corrupt a WAL that two connections checkpoint
(https://sqlite.org/wal.html#walresetbug); therefore the `pysqlite3` driver with its own SQLite where it has a
wheel, checkpoints by the writer itself where the driver is older, and read-only readers, which never checkpoint,
everywhere.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, StaticPool

from klepet.model.committed import Committed
from klepet.store import checkpoints
from klepet.store.checkpoints import Checkpointer
from klepet.store.column_types import micros_of
from klepet.store.engine import READ_SECONDS, Asked, Begun, DatabaseUnusable, ForeignDatabase, driver_of

if TYPE_CHECKING:  # where the driver has a SQLite of its own, this one would be loaded for its name alone
    import sqlite3

try:
    import pysqlite3.dbapi2 as _driver
except ImportError:  # no wheel for this machine: the standard library's SQLite
    import sqlite3 as _driver

DRIVER: ModuleType = _driver
_TROUBLE = ("database or disk is full", "disk I/O error", "database is locked", "out of memory")
# Statements that go to the driver directly carry ids and instants as they are.
DRIVER.register_adapter(UUID, lambda value: value.bytes)
DRIVER.register_adapter(datetime, micros_of)
Synchronous = Literal["FULL", "OFF"]
OLDEST = (3, 43)
"""FTS5 takes words out for good since 3.42 (secure-delete); one more release for what it had to mend."""


class DatabaseInUse(DatabaseUnusable):
    """Another process serves from this database file."""


class SqliteTooOld(DatabaseUnusable):
    """The SQLite of this Python lacks what klepet needs."""


APPLICATION_ID = 0x6B6C6570
"""`klep` in ASCII: written into the header of every klepet database (PRAGMA application_id)."""
# https://sqlite.org/fileformat2.html#the_database_header
_MAGIC = b"SQLite format 3\0"
_NO_SCHEMA = bytes(4)
EXAMINED_BYTES = 256 * 2**20
"""Files up to this size, half a million messages, are looked through at each start: it takes about half a second."""


def lock_for_serving(path: Path) -> IO[str]:
    """Take the lock that says who serves this database; held while the returned file is open. Raises DatabaseInUse."""
    lock = open(path.with_suffix(".lock"), "a+", encoding="utf-8")  # noqa: SIM115 - held while serving
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return lock
    except OSError:
        lock.close()
        raise DatabaseInUse(f"another klepet is already serving from {path}; SQLite is for one process") from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def check_file(path: Path) -> None:
    """Raise ForeignDatabase unless the file is absent, empty, or a klepet database; SqliteTooOld where that is the
    trouble. Never changes the file: what its first bytes show to be another's is not even opened as a database.
    """
    if DRIVER.sqlite_version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise SqliteTooOld(f"this Python brings SQLite {DRIVER.sqlite_version}; klepet needs {wanted} or newer")
    wal = Path(f"{path}-wal")
    is_logged = wal.exists() and wal.stat().st_size > 0
    if not path.exists() or path.stat().st_size == 0:
        if is_logged:  # SQLite would throw it away, and the newest messages with it
            raise ForeignDatabase(f"{path} is gone or empty, but {wal} holds writes to it; nothing was touched")
        return
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise ForeignDatabase(f"{path} is not a database that klepet can read; it was not touched")
    is_klepets = int.from_bytes(header[68:72]) == APPLICATION_ID
    if not is_klepets and not is_logged and header[40:44] != _NO_SCHEMA:
        raise ForeignDatabase(f"{path} is a SQLite database, but not one of klepet; it was not touched")
    try:
        with contextlib.closing(DRIVER.connect(f"file:{path}?mode=ro", uri=True)) as conn:
            (found,) = conn.execute("PRAGMA application_id").fetchone()
            (count,) = conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except DRIVER.DatabaseError as error:
        raise ForeignDatabase(f"{path} is not a database that klepet can read ({error}); it was not touched") from None
    if found != APPLICATION_ID and count:
        raise ForeignDatabase(f"{path} is a SQLite database, but not one of klepet; it was not touched")


def check_pages(path: Path) -> None:
    """Raise ForeignDatabase where a page of a table or of an index is damaged, as far as that shows in half a second:
    in files of up to EXAMINED_BYTES. Of larger ones each backup reads every row.
    """
    if not path.exists() or path.stat().st_size > EXAMINED_BYTES:
        return
    try:
        with contextlib.closing(DRIVER.connect(f"file:{path}?mode=ro", uri=True)) as conn:
            # What a virtual table keeps lies in tables; asked for by itself, it would compare every word.
            query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            for (table,) in conn.execute(query).fetchall():
                (found,) = conn.execute(f'PRAGMA quick_check("{table}")').fetchone()
                if found != "ok":
                    raise DRIVER.DatabaseError(found.splitlines()[-1])
    except DRIVER.DatabaseError as error:
        raise ForeignDatabase(
            f"{path} is damaged ({error}); it was not touched. Keep it aside, and restore the newest backup"
        ) from None


def open_writer(path: Path, *, synchronous: Synchronous = "FULL") -> Connection:
    """The one connection that writes and checkpoints. Raises PermissionError where SQLite would open read-only."""
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if name.exists() and not os.access(name, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(name))

    def connect() -> "sqlite3.Connection":
        conn = _connect_for_writing(path, synchronous)
        conn.execute("PRAGMA foreign_keys=ON")
        conn.execute("PRAGMA secure_delete=ON")  # erased means gone, also from pages that nobody uses any more
        conn.execute("PRAGMA cache_size=-16384")
        conn.execute("PRAGMA wal_autocheckpoint=2000")
        return conn

    return _engine(connect, StaticPool).connect().execution_options(isolation_level="AUTOCOMMIT")


def _connect_for_writing(path: Path, synchronous: Synchronous) -> "sqlite3.Connection":
    conn: sqlite3.Connection = DRIVER.connect(
        str(path), isolation_level=None, check_same_thread=False, cached_statements=512
    )
    conn.execute("PRAGMA busy_timeout=5000")
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute(f"PRAGMA synchronous={synchronous}")
    return conn


def open_reader(path: Path) -> Connection:
    """A read-only connection. Reads are interrupted after READ_SECONDS, so that none holds back the checkpoint."""

    def connect() -> "sqlite3.Connection":
        conn: sqlite3.Connection = DRIVER.connect(
            f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        conn.execute("PRAGMA busy_timeout=5000")
        conn.execute("PRAGMA cache_size=-4096")
        return conn

    return _engine(connect, NullPool).connect().execution_options(isolation_level="AUTOCOMMIT")


def limit_time(conn: Connection, seconds: float = READ_SECONDS) -> None:
    """Interrupt whatever runs on this connection once `seconds` have passed from now."""
    deadline = time.monotonic() + seconds
    driver_of(conn).set_progress_handler(lambda: time.monotonic() > deadline, 20_000)


def is_in_transaction(conn: Connection) -> bool:
    """Whether SQLite still holds the transaction open: a full disk or an I/O error ends it by itself."""
    return bool(driver_of(conn).in_transaction)


class SqliteEngine:
    """Implements `engine.Engine` on one file. Holds the lock that keeps other processes from serving it, unless it
    is opened for reading alone, or to be looked at, there or not.
    """

    errors: tuple[type[Exception], ...] = (DBAPIError, DRIVER.Error)
    is_remote = False

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous = "FULL",
        is_read_only: bool = False,
        is_examined: bool = False,
    ) -> None:
        check_file(path)
        if is_read_only and not path.exists():
            raise ForeignDatabase(f"there is no database at {path}")
        self.name = str(path)
        self.warnings: list[str] = []
        self._path = path
        self._synchronous = synchronous
        if not is_read_only:  # what can still be read of a damaged one may be exported
            check_pages(path)
        self._lock = None if is_read_only or is_examined else lock_for_serving(path)
        self._checkpointer: Checkpointer | None = None

    def is_new(self) -> bool:
        """See `Engine`."""
        return not self._path.exists() or self._path.stat().st_size == 0

    def stored_bytes(self) -> int:
        """See `Engine`."""
        places = (self._path, Path(f"{self._path}-wal"))
        return sum(place.stat().st_size for place in places if place.exists())

    def open_writer(self) -> Connection:
        """See `Engine`. From now on checkpoints are made beside this connection, where SQLite is new enough."""
        conn = open_writer(self._path, synchronous=self._synchronous)
        if DRIVER.sqlite_version_info >= checkpoints.OLDEST and self._checkpointer is None:
            driver_of(conn).execute("PRAGMA wal_autocheckpoint=0")
            self._checkpointer = Checkpointer(lambda: _connect_for_writing(self._path, self._synchronous))
        return conn

    def open_reader(self) -> Connection:
        """See `Engine`."""
        return open_reader(self._path)

    def open_snapshot(self) -> Connection:
        """See `Engine`."""
        conn = open_reader(self._path)
        driver_of(conn).execute("BEGIN")
        return conn

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """See `Engine`: SQLite answers in the same process."""
        driver_of(conn).execute("BEGIN IMMEDIATE")
        return Begun()

    def begin_load(self, conn: Connection) -> None:
        """See `Engine`."""
        driver_of(conn).execute("BEGIN IMMEDIATE")

    def begin_read(self, conn: Connection) -> None:
        """See `Engine`."""
        limit_time(conn)
        driver_of(conn).execute("BEGIN")

    def commit(self, conn: Connection, committed: Committed | None = None) -> None:
        """See `Engine`."""
        driver = driver_of(conn)
        driver.execute("COMMIT")
        if self._checkpointer is not None:
            self._checkpointer.after_commit(driver)

    def roll_back(self, conn: Connection) -> None:
        """See `Engine`."""
        if is_in_transaction(conn):
            driver_of(conn).execute("ROLLBACK")

    def roll_back_unit(self, conn: Connection) -> None:
        """See `Engine`."""
        driver_of(conn).execute("ROLLBACK TO unit")
        driver_of(conn).execute("RELEASE unit")

    def is_whole(self, conn: Connection) -> bool:
        """See `Engine`: a full disk or an I/O error ends a transaction of SQLite by itself."""
        return is_in_transaction(conn)

    def is_lost(self, conn: Connection) -> bool:
        """See `Engine`: a file does not go away."""
        return False

    def is_timeout(self, error: Exception) -> bool:
        """See `Engine`."""
        return "interrupted" in str(error)

    def is_trouble(self, error: Exception) -> bool:
        """See `Engine`: by SQLite's own sentences, which never change; its drivers do not all tell the code."""
        return any(sentence in str(error) for sentence in _TROUBLE)

    def was_committed(self, conn: Connection, transaction_id: str) -> bool | None:
        """See `Engine`."""
        return False

    def close(self) -> None:
        """See `Engine`."""
        if self._checkpointer is not None:
            self._checkpointer.close()
        if self._lock is not None:
            self._lock.close()


def _engine(connect: Callable[[], Any], pool: type[Any]) -> Engine:
    return create_engine(
        "sqlite+pysqlite://",
        module=DRIVER,
        creator=connect,
        poolclass=pool,
        isolation_level="AUTOCOMMIT",
        query_cache_size=1000,
        hide_parameters=True,  # they are what people wrote, and errors are logged
    )
