"""Bringing a database to the schema of this version, by Alembic. Looks first, so that a start without changes
costs nothing.
"""

from pathlib import Path
from secrets import token_hex

from sqlalchemy import Connection, inspect, text

from klepet.store.engine import DatabaseUnusable
from klepet.store.sqlite import APPLICATION_ID

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0002"
"""The newest revision; a test compares it with the migrations folder."""


class UnknownRevision(DatabaseUnusable):
    """The database was written by a newer klepet."""


def current_revision(conn: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def upgrade(conn: Connection, revision: str = HEAD) -> bool:
    """Bring the database to `revision`. Returns whether anything changed. Raises UnknownRevision."""
    found = current_revision(conn)
    if found == revision:
        return False
    _run(conn, "upgrade", revision, found)
    return True


def _begin_log(conn: Connection) -> None:
    """What a new database starts from; in the transaction of its migrations, so that no kill leaves half of it."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    insert = 'INSERT INTO log_head (id, "offset", epoch) VALUES (1, 0, :epoch) ON CONFLICT DO NOTHING'
    conn.execute(text(insert), {"epoch": token_hex(8)})


def downgrade(conn: Connection, revision: str) -> None:
    """Take the database back to `revision`, or to nothing with `base`."""
    _run(conn, "downgrade", revision, current_revision(conn))


def _run(conn: Connection, direction: str, revision: str, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = conn
    config.attributes["finish"] = _begin_log if direction == "upgrade" and found is None else lambda _: None
    if found is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(found)
        except CommandError:
            raise UnknownRevision(
                f"the database is at revision {found}, which this klepet does not know; a newer version wrote it"
            ) from None
    getattr(command, direction)(config, revision)
