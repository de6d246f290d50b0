"""Bringing a database to this version with a backup first, and telling beforehand what that would come to."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from klepet.kit.clock import Clock
from klepet.store import backup, dump, schema
from klepet.store.engine import DatabaseUnusable, Engine

BeforeMigrating = Callable[[Engine], None]
MIGRATED_ROWS = 200_000
"""Rows that a migration writes anew in a second. SQLite did 900,000 messages a second of CPU; disks and other engines
are slower.
"""
BACKED_UP_ROWS = 40_000
"""Rows that a backup writes and reads again in a second. It did 57,000 messages a second of CPU."""
_LOCK = 0x6B6C6571
"""The advisory lock of whoever makes the backup and migrates."""


class Plan(Struct, frozen=True):
    """What migrating a database would come to."""

    found: str | None
    """The revision of the database; None for an empty one."""
    steps: tuple[schema.Step, ...]
    """What would run."""
    row_count: int
    seconds: float
    """About how long the steps take."""
    backup_seconds: float
    backup_bytes: int
    """About how long the backup before takes, and how large it may get; 0 where there is nothing to back up."""
    refusal: str | None
    """Why it cannot be done."""

    @property
    def is_pending(self) -> bool:
        """Whether anything would run."""
        return bool(self.steps)


def plan(engine: Engine, uploads: Path, backups: Path | None) -> Plan:
    """Look at a database without changing anything. `backups` is where the backup before would go, None without one.
    Raises ForeignDatabase and UnknownRevision.
    """
    found = schema.look(engine)
    steps = () if schema.is_usable(found) else schema.steps_after(found)
    if found is None or not steps:
        return Plan(found, steps, 0, 0.0, 0.0, 0, None)
    with engine.open_snapshot() as conn:
        counts = dump.count_rows(conn)
    walked = sum(counts.get(name, 0) for step in steps for name in step.walks)
    row_count = sum(counts.values())
    refusal, wanted = None, 0
    if backups is not None:
        wanted = backup.room_wanted(engine, uploads)
        try:
            backup.check_room(engine, uploads, backups)
        except DatabaseUnusable as error:
            refusal = str(error)
    seconds = 0.0 if backups is None else row_count / BACKED_UP_ROWS
    return Plan(found, steps, row_count, walked / MIGRATED_ROWS, seconds, wanted, refusal)


def open_migrated(engine: Engine, before: BeforeMigrating | None) -> tuple[Connection, bool]:
    """A connection that writes to a database of this version, and whether it had to be brought there. `before` is
    called when a database that is in use is about to be changed, by one process alone. Raises DatabaseUnusable.
    """
    found = schema.look(engine)
    conn = engine.open_writer()
    if schema.is_usable(found):
        return conn, False
    if conn.dialect.name == "sqlite":
        return conn, _migrate(engine, conn, before)
    # This may take long, and others wait for it; the limits of a writer are not for it.
    conn.exec_driver_sql("SET lock_timeout = 0")
    conn.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
    conn.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
    try:
        is_changed = _migrate(engine, conn, before)
    finally:
        conn.close()
    return engine.open_writer(), is_changed


def backup_first(
    uploads: Path, folder: Path, *, version: str, keep: int, clock: Clock, tell: Callable[[str], None]
) -> BeforeMigrating:
    """Makes the backup before a database is changed for this version, and tells where it is."""

    def make(engine: Engine) -> None:
        target, manifest = backup.make(
            engine, uploads, folder, version=version, now=clock.now(), keep=keep, reason=f"before-{version}"
        )
        tell(f"a backup was made before the database is changed: {target} ({manifest.rows} rows)")

    return make


def _migrate(engine: Engine, conn: Connection, before: BeforeMigrating | None) -> bool:
    found = schema.current_revision(conn)
    if found is not None and not schema.is_usable(found) and before is not None:
        before(engine)
    return schema.upgrade(conn)
