"""What differs between the databases in running batches and reads. `sqlite.py` and `postgres.py` implement it."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from sqlalchemy import Connection

from klepet.model.committed import Committed
from klepet.model.errors import Busy

Asked = tuple[str, Sequence[Any]]
"""A statement as the database takes it, and its values."""


class DatabaseUnusable(Exception):
    """The database cannot be used. The message is one sentence for whoever runs klepet."""


class ForeignDatabase(DatabaseUnusable):
    """What is there is no database of klepet, or it is damaged. It was not touched."""


class Unreachable(Busy):
    """There is no way to the database now: no read would find one."""


class Begun(NamedTuple):
    """A batch that has begun: the name by which `was_committed` finds its transaction, and the newest offset of the
    log. Both are None on SQLite, where no answer to a COMMIT is lost and nobody else writes. `answers` are the rows of
    each question that was asked with it.
    """

    transaction_id: str | None = None
    offset: int | None = None
    answers: Sequence[list[tuple[Any, ...]]] = ()


class Engine(Protocol):
    """One database. Its connections are in autocommit mode: transactions are begun and ended by hand."""

    errors: tuple[type[Exception], ...]
    """What the database raises, through SQLAlchemy and by itself."""
    name: str
    """Where the database is, without a password."""
    is_remote: bool
    """Whether each question is a round trip, so that questions are better asked together."""
    warnings: list[str]
    """What endangers what is stored, found when the engine was made: a sentence each that says what to change."""

    def is_new(self) -> bool:
        """Whether there is nothing yet that could be read: no file, or an empty one."""

    def stored_bytes(self) -> int:
        """How much the database takes on its disk."""

    def open_writer(self) -> Connection:
        """A connection for the writer. Raises SQLAlchemyError when the database cannot be reached."""

    def open_reader(self) -> Connection:
        """A connection that reads only. Raises SQLAlchemyError when the database cannot be reached."""

    def open_snapshot(self) -> Connection:
        """A connection that reads one snapshot for as long as it takes: for exports and copies."""

    def begin_batch(self, conn: Connection, questions: Sequence[Asked] = ()) -> Begun:
        """Begin the transaction of a batch. When it returns, no other process writes until the transaction ends.
        `questions` are asked then, where the engine is remote.
        """

    def begin_load(self, conn: Connection) -> None:
        """Begin a transaction that writes for as long as it takes, while nobody serves."""

    def begin_read(self, conn: Connection) -> None:
        """Begin a read in one snapshot, which ends with an error after READ_SECONDS."""

    def commit(self, conn: Connection, committed: Committed | None = None) -> None:
        """Commit the open transaction. `committed`: what it added to the log, which other processes want to know."""

    def roll_back(self, conn: Connection) -> None:
        """End the open transaction without a trace."""

    def roll_back_unit(self, conn: Connection) -> None:
        """Undo what was done since `SAVEPOINT unit`, and forget the savepoint."""

    def is_whole(self, conn: Connection) -> bool:
        """After an error: whether the transaction still stands, so that a savepoint can be gone back to, and nothing of
        it was committed.
        """

    def is_lost(self, conn: Connection) -> bool:
        """Whether the connection is gone for good, so that another has to be opened."""

    def is_timeout(self, error: Exception) -> bool:
        """Whether an error says that a read took too long."""

    def is_trouble(self, error: Exception) -> bool:
        """Whether an error is the database's own, as a full disk is, and no fault of what was to be written."""

    def was_committed(self, conn: Connection, transaction_id: str) -> bool | None:
        """Whether a transaction of this name was committed; None while it is still under way. False is certain. After
        a crash of the server the name may be another transaction's.
        """

    def close(self) -> None:
        """Let go of what the engine holds beside its connections."""


def shown(place: Path | str) -> str:
    """Where a database is, without a password, for people and logs."""
    if isinstance(place, Path):
        return str(place)
    with contextlib.suppress(ValueError):
        parts = urlsplit(place)
        return f"postgresql://{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
    return "the address given"


def driver_of(conn: Connection) -> Any:
    """The driver's own connection."""
    return conn.connection.driver_connection


READ_SECONDS = 5.0
"""The longest read: none may hold back a checkpoint or a vacuum."""
