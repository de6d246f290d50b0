"""Statements of the message path, given to the driver as text: through SQLAlchemy each costs five to twenty times what
the database needs for it.

SQLite is asked key by key, because a call costs nothing there; PostgreSQL once for all keys, because a round trip
does, and told of changes with the next question or the commit (`pipelined.py`). Rows go to PostgreSQL as one JSON text,
which is the cheapest way to hand over many from Python.

PostgreSQL keeps the plan of a prepared statement, also one made while a table was empty or had no statistics yet, and
then for minutes reads all of the table for a few rows. So these statements leave it no choice: rows are found by
a subquery that is run for each key (a LIMIT keeps it from becoming a join) or by `= ANY (keys)`, and the connection
that writes prefers an index to reading a table (`enable_seqscan`, see `postgres.py`).
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from klepet.store.engine import Asked, driver_of

_encode = msgspec.json.Encoder().encode


class Statement:
    """One statement, written with `?` for its values."""

    def __init__(self, text: str) -> None:
        self._sqlite = text
        self._postgres = text.replace("?", "%s")

    def run(self, conn: Connection, values: tuple[Any, ...]) -> Any:
        """Run it; gives the driver's cursor."""
        text = self._sqlite if conn.dialect.name == "sqlite" else self._postgres
        return driver_of(conn).execute(text, values)


class Beside(NamedTuple):
    """A table that is read beside another: `condition` tells which of its rows belong to a row of the other, and
    `newest`, where there may be several, by which column the last of them is taken. Where there is none, its columns
    are NULL.
    """

    table: str
    alias: str
    condition: str
    newest: str | None = None

    @property
    def sqlite(self) -> str:
        """The join as SQLite takes it."""
        table, alias, condition, newest = self
        if newest is None:
            return f" LEFT JOIN {table} {alias} ON {condition}"
        found = f"SELECT {alias}.id FROM {table} {alias} WHERE {condition} ORDER BY {alias}.{newest} DESC LIMIT 1"  # noqa: S608
        return f" LEFT JOIN {table} {alias} ON {alias}.id = ({found})"

    @property
    def postgres(self) -> str:
        """The join as PostgreSQL takes it."""
        table, alias, condition, newest = self
        order = "" if newest is None else f" ORDER BY {alias}.{newest} DESC"
        found = f"SELECT * FROM {table} {alias} WHERE {condition}{order} LIMIT 1"  # noqa: S608
        return f" LEFT JOIN LATERAL ({found}) AS {alias} ON true"


class Lookup:
    """Rows by key, one for each at most. `select` ends before its WHERE; `keys` are columns with their PostgreSQL
    types, for example {"c.id": "uuid"}; each column that is selected has a name of its own.
    """

    def __init__(self, select: str, keys: dict[str, str], *besides: Beside) -> None:
        joined = "".join(beside.sqlite for beside in besides)
        self._sqlite = f"{select}{joined} WHERE {' AND '.join(f'{column} = ?' for column in keys)}"
        lateral = "".join(beside.postgres for beside in besides)
        wanted = ", ".join(f"%s::{kind}[]" for kind in keys.values())
        names = [f"key_{number}" for number in range(len(keys))]
        matches = " AND ".join(f"{column} = {name}" for column, name in zip(keys, names, strict=True))
        self._postgres = (
            f"SELECT found.* FROM unnest({wanted}) AS wanted({', '.join(names)})"  # noqa: S608 - names are the module's own
            f" CROSS JOIN LATERAL ({select}{lateral} WHERE {matches} LIMIT 1) AS found"
        )

    def rows(self, conn: Connection, keys: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The rows under these keys, in their order on SQLite, in any on PostgreSQL; missing ones are left out."""
        if conn.dialect.name == "sqlite":
            execute = driver_of(conn).execute
            found = (execute(self._sqlite, key).fetchone() for key in keys)
            return [row for row in found if row is not None]
        wanted = list(keys)
        if not wanted:
            return []
        rows: list[tuple[Any, ...]] = driver_of(conn).ask(*self.question(wanted))
        return rows

    def question(self, keys: Iterable[tuple[Any, ...]]) -> Asked:
        """What to ask a remote engine for the rows under these keys, of which there is one at least."""
        return self._postgres, [list(column) for column in zip(*keys, strict=True)]


class Change:
    """An INSERT of many rows, or an UPDATE of many, each found by its column `id`. `columns` go with their
    PostgreSQL types, in the order of the values in a row.
    """

    def __init__(self, verb: str, table: str, columns: dict[str, str]) -> None:
        self._names = [name.strip('"') for name in columns]
        self._is_update = verb == "UPDATE"
        values = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        source = f"json_to_recordset(%s::json) AS given({values})"
        if verb == "INSERT":
            names = ", ".join(columns)
            marks = ", ".join("?" * len(columns))
            self._sqlite = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names are the module's own
            self._postgres = f"INSERT INTO {table} ({names}) SELECT {names} FROM {source}"  # noqa: S608
        else:
            changed = [name for name in columns if name != "id"]
            assert list(columns)[-1] == "id"
            self._sqlite = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in changed)} WHERE id = ?"  # noqa: S608
            pairs = ", ".join(f"{name} = given.{name}" for name in changed)
            self._postgres = (
                f"UPDATE {table} SET {pairs} FROM {source}"  # noqa: S608 - names are the module's own
                f" WHERE {table}.id = given.id AND {table}.id = ANY (%s::{columns['id']}[])"
            )

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Do it for all rows, each of which is changed once. Nothing is asked of the database for none. PostgreSQL is
        told with what is asked or committed next, and what it refuses is raised then.
        """
        if not rows:
            return
        driver = driver_of(conn)
        if conn.dialect.name == "sqlite":
            driver.executemany(self._sqlite, rows)
        else:
            driver.hold(self._postgres, self._values(rows))

    def _values(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
        names = self._names
        text = _encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
        return (text, [row[-1] for row in rows]) if self._is_update else (text,)
