"""Opening the database that the settings name: a SQLite file, or a PostgreSQL server."""

from collections.abc import Callable
from pathlib import Path

from klepet.kit.clock import Clock
from klepet.model.committed import Committed
from klepet.store.database import SqliteDatabase, StoredDatabase
from klepet.store.engine import Engine
from klepet.store.migrating import BeforeMigrating
from klepet.store.sqlite import SqliteEngine


def open_engine(place: Path | str, *, is_read_only: bool = False, is_examined: bool = False) -> Engine:
    """The engine for a path or a `postgresql://` address; for a database that `is_examined` no file is made, nor does
    it have to be there. Raises DatabaseUnusable.
    """
    if isinstance(place, Path):
        return SqliteEngine(place, is_read_only=is_read_only, is_examined=is_examined)
    from klepet.store.postgres import PostgresEngine  # the driver costs memory where nobody needs it

    return PostgresEngine(place)


def open_database(
    place: Path | str,
    clock: Clock,
    on_commit: Callable[[Committed], None],
    before_migrating: BeforeMigrating | None = None,
) -> StoredDatabase:
    """Open the database at a path or at a `postgresql://` address, bring it to this version, and begin to write.
    `before_migrating` is called before a database that is in use is changed. Raises DatabaseUnusable.
    """
    if isinstance(place, Path):
        return SqliteDatabase(place, clock, on_commit, before_migrating=before_migrating)
    from klepet.store.cluster import PostgresDatabase

    return PostgresDatabase(place, clock, on_commit, before_migrating)
