"""Bringing a database to the schema of this version, by Alembic. Looks first, so that a start without changes
costs nothing, and what is not klepet's is not touched.

A revision is named by its number, and by the oldest one whose code can work with it too: `0007_since_0005`. So a
release can be rolled back without its database: docs/decisions/0020-old-code-on-a-new-schema.md.
"""

import re
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Connection, inspect, text

from klepet.store.engine import DatabaseUnusable, Engine, ForeignDatabase
from klepet.store.sqlite import APPLICATION_ID

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0003_since_0002"
"""The newest revision; a test compares it with the migrations folder."""


_NAME = re.compile(r"(\d{4})(?:_since_(\d{4}))?")


class Step(NamedTuple):
    """One migration."""

    revision: str
    text: str
    """What it does, in one line."""
    walks: tuple[str, ...]
    """Tables whose rows it reads or writes one by one (`WALKS` of its module): they decide how long it takes."""


class UnknownRevision(DatabaseUnusable):
    """The database was written by a newer klepet, and this one cannot work with it."""


def current_revision(conn: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def look(engine: Engine) -> str | None:
    """The revision of a database, found without touching it; None for an empty one. Raises ForeignDatabase and
    UnknownRevision.
    """
    if engine.is_new():
        return None
    try:
        with engine.open_snapshot() as conn:
            return check(conn, engine.name)
    except engine.errors as error:
        raise ForeignDatabase(f"{engine.name} cannot be read ({_line(error)}); it was not touched") from None


def check(conn: Connection, name: str) -> str | None:
    """The revision of the database, which people know by `name`; None for an empty one. Raises ForeignDatabase and
    UnknownRevision.
    """
    names = _tables_of(conn)
    found = current_revision(conn) if "alembic_version" in names else None
    others = sorted(names - {"alembic_version"})
    if found is None and not others:
        _check_rights(conn, name)
        return None
    if found is None or "log_head" not in names or _NAME.fullmatch(found) is None:
        shown = ", ".join(others[:3])
        raise ForeignDatabase(
            f"{name} holds tables of another program ({shown}); it was not touched. Give klepet a database of its own"
        )
    if is_newer(found):
        raise UnknownRevision(
            f"the database is at revision {found}, which this klepet does not know; a newer version wrote it"
        )
    return found


def number_of(revision: str) -> int:
    """The place of a revision among all."""
    return int(revision[:4])


def is_usable(revision: str | None) -> bool:
    """Whether this version works on a database of that revision as it is: it is the newest one, or a later one that
    says so.
    """
    if revision is None or revision == HEAD:
        return revision is not None
    found = _NAME.fullmatch(revision)
    return found is not None and number_of(revision) > number_of(HEAD) >= int(found[2] or found[1])


def is_newer(revision: str | None) -> bool:
    """Whether a newer klepet wrote the database, and this one cannot work with it."""
    if revision is None or _NAME.fullmatch(revision) is None:
        return False
    return not is_usable(revision) and number_of(revision) >= number_of(HEAD)


def _tables_of(conn: Connection) -> set[str]:
    if conn.dialect.name == "sqlite":
        return set(inspect(conn).get_table_names())
    # Those of an extension, such as PostGIS, belong to nobody's program.
    query = (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace(current_schema())"
        " AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid"
        " AND deptype = 'e')"
    )
    return set(conn.exec_driver_sql(query).scalars())


def _check_rights(conn: Connection, name: str) -> None:
    if conn.dialect.name == "sqlite":
        return
    query = "SELECT current_user, coalesce(has_schema_privilege(to_regnamespace(current_schema()), 'CREATE'), false)"
    user, is_allowed = conn.exec_driver_sql(query).one()
    if not is_allowed:
        raise ForeignDatabase(
            f"{user} may not make tables in {name}; make it the owner: ALTER DATABASE … OWNER TO {user}"
        )


def _line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().split("\n", 1)[0]


def upgrade(conn: Connection, revision: str = HEAD) -> bool:
    """Bring the database to `revision`. Returns whether anything changed. Raises UnknownRevision."""
    found = current_revision(conn)
    if found == revision or (revision == HEAD and is_usable(found)):
        return False
    _run(conn, "upgrade", revision, found)
    return True


def _begin_log(conn: Connection) -> None:
    """What a new database starts from; in the transaction of its migrations, so that no kill leaves half of it."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    insert = 'INSERT INTO log_head (id, "offset", epoch) VALUES (1, 0, :epoch) ON CONFLICT DO NOTHING'
    conn.execute(text(insert), {"epoch": token_hex(8)})


def steps_after(found: str | None) -> tuple[Step, ...]:
    """The migrations that bring a database of that revision to the newest one, in order."""
    scripts: Any = _scripts(_config())
    steps = [
        Step(script.revision, (script.doc or "").split("\n")[0], tuple(getattr(script.module, "WALKS", ())))
        for script in scripts.iterate_revisions(HEAD, found or "base")
    ]
    return tuple(reversed(steps))


def move(conn: Connection, revision: str) -> None:
    """Bring a database without rows to `revision`, from wherever it is."""
    found = current_revision(conn)
    if revision == HEAD and is_usable(found):
        return
    if found is not None and number_of(found) > number_of(revision):
        downgrade(conn, revision)
    else:
        upgrade(conn, revision)


def downgrade(conn: Connection, revision: str) -> None:
    """Take the database back to `revision`, or to nothing with `base`."""
    _run(conn, "downgrade", revision, current_revision(conn))


def _config() -> Any:
    from alembic.config import Config  # costs a quarter of a second, and is seldom needed

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _scripts(config: Any) -> Any:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)


def _run(conn: Connection, direction: str, revision: str, found: str | None) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = _config()
    config.attributes["connection"] = conn
    config.attributes["finish"] = _begin_log if direction == "upgrade" and found is None else lambda _: None
    if found is not None:
        try:
            _scripts(config).get_revision(found)
        except CommandError:
            raise UnknownRevision(
                f"the database is at revision {found}, which this klepet does not know; a newer version wrote it"
            ) from None
    getattr(command, direction)(config, revision)
