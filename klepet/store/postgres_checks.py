"""Whether a PostgreSQL server does for klepet: what it is refused for at the start, and what is only warned about.

A pooler gives a client another process number than the server has (https://www.pgbouncer.org/features.html tells
what transaction pooling takes away), and then a notice that is sent to ourselves shows whether the session is ours.
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from klepet.store.engine import DatabaseUnusable

OLDEST_VERSION = 150_000
POOLER_SECONDS = 3.0
"""How long a notice may take that comes by a pooler. Without one nobody waits."""
_CHANNEL = "klepet_check"
_REFUSED_OPTIONS = "unsupported startup parameter"
_DIRECT = "give klepet a direct connection to PostgreSQL"

_DANGERS = {
    "fsync": "a crash of the machine can destroy the whole database",
    "full_page_writes": "a crash of the machine can leave torn pages in the database",
    "synchronous_commit": "messages that klepet says are stored can be lost when the machine crashes",
}


class ServerUnusable(DatabaseUnusable):
    """The PostgreSQL server cannot be reached or is not fit."""


def check(conn: Any, connect: Callable[[], Any], name: str) -> None:
    """Raise ServerUnusable where the server is too old, not in UTF-8, or behind a pooler that shares its sessions.
    `conn` is a psycopg connection in autocommit mode, `connect` opens another, `name` is how people are told of it.
    """
    version = conn.info.server_version
    if version < OLDEST_VERSION:
        raise ServerUnusable(f"klepet needs PostgreSQL 15 or newer; {name} is {version // 10_000}")
    if conn.info.encoding != "utf-8":
        raise ServerUnusable(f"the database {name} is in {conn.info.encoding}; klepet needs one in UTF-8")
    ((process, time_zone),) = conn.execute("SELECT pg_backend_pid(), current_setting('TimeZone')").fetchall()
    if process != conn.info.backend_pid and not _hears_itself(conn, connect):
        raise ServerUnusable(
            f"at {name} there is a pooler in transaction mode, which takes sessions and notices away; {_DIRECT},"
            " or set pool_mode = session"
        )
    if time_zone != "UTC":
        raise ServerUnusable(f"something at {name} drops the options of a connection, such as timezone; {_DIRECT}")


def sentence_of(error: str, name: str) -> str:
    """What is told when no connection could be made; `error` is the driver's first line."""
    if _REFUSED_OPTIONS in error:
        return f"at {name} there is a pooler that refuses the options of a connection; {_DIRECT} ({error})"
    return f"PostgreSQL at {name} cannot be used: {error}"


def warnings_of(conn: Any, url: str) -> list[str]:
    """What endangers what is stored, a sentence each that says what to change; empty where all is well. Settings of
    the server, the database and the role count alike. `conn` is a psycopg connection.
    """
    query = "SELECT name, setting, source, sourcefile FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
    found = conn.execute(query, (list(_DANGERS),)).fetchall()
    return [
        f"{name} is off in PostgreSQL: {_DANGERS[name]}; {_remedy(name, source, file, url)}"
        for name, setting, source, file in found
        if setting == "off"
    ]


def _remedy(name: str, source: str, file: str | None, url: str) -> str:
    parts = urlsplit(url)
    database, user = parts.path.lstrip("/") or "the_database", parts.username or "the_user"
    if source == "database":
        return f"run: ALTER DATABASE {database} RESET {name}"
    if source == "user":
        return f"run: ALTER ROLE {user} RESET {name}"
    if source == "database user":
        return f"run: ALTER ROLE {user} IN DATABASE {database} RESET {name}"
    if source == "command line":
        return f"start PostgreSQL without -c {name}=off"
    return f"run as its administrator: ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf()" + (
        f" (it stands in {file})" if file else ""
    )


def _hears_itself(conn: Any, connect: Callable[[], Any]) -> bool:
    """Whether a notice reaches the session that asked for it."""
    with contextlib.closing(connect()) as other:
        conn.execute(f"LISTEN {_CHANNEL}")
        deadline = time.monotonic() + POOLER_SECONDS
        while time.monotonic() < deadline:
            other.execute(f"NOTIFY {_CHANNEL}")
            if list(conn.notifies(timeout=0.25, stop_after=1)):
                conn.execute(f"UNLISTEN {_CHANNEL}")
                return True
    return False
