"""Opening the database that the settings name: a SQLite file, or a PostgreSQL server."""

from collections.abc import Callable
from pathlib import Path

from klepet.kit.clock import Clock
from klepet.model.committed import Committed
from klepet.store.database import SqliteDatabase, StoredDatabase
from klepet.store.engine import Engine
from klepet.store.sqlite import SqliteEngine


def open_engine(place: Path | str, *, is_read_only: bool = False) -> Engine:
    """The engine for a path or a `postgresql://` address. Raises DatabaseUnusable."""
    if isinstance(place, Path):
        return SqliteEngine(place, is_read_only=is_read_only)
    from klepet.store.postgres import PostgresEngine  # the driver costs memory where nobody needs it

    return PostgresEngine(place)


def open_database(place: Path | str, clock: Clock, on_commit: Callable[[Committed], None]) -> StoredDatabase:
    """Open the database at a path or at a `postgresql://` address, bring it to this version, and begin to write.
    Raises DatabaseUnusable.
    """
    if isinstance(place, Path):
        return SqliteDatabase(place, clock, on_commit)
    from klepet.store.cluster import PostgresDatabase

    return PostgresDatabase(place, clock, on_commit)
