"""Core statements that are compiled once and then run by the driver.

A statement through SQLAlchemy is built, keyed, looked up and wrapped each time that it runs, which costs five to twenty
times what SQLite needs for it. What runs with every connection or message is prepared; everything else need not be.
"""

from collections import namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Dialect

from klepet.model.ports import Reader
from klepet.store.engine import driver_of

Process = Callable[[Any], Any]


@cache
def _dialect(name: str) -> Dialect:
    """How statements are written for one engine; the other's dialect costs memory for nothing."""
    if name == "postgresql":
        from sqlalchemy.dialects.postgresql.base import PGDialect

        return PGDialect(paramstyle="format")  # type: ignore[no-untyped-call]
    from sqlalchemy.dialects.sqlite.base import SQLiteDialect

    return SQLiteDialect(paramstyle="qmark")


class _Compiled:
    """A statement as one engine takes it."""

    def __init__(self, statement: Any, dialect: Any) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.binds: list[tuple[str, Any, Process | None]] = [
            (name, compiled.params[name], compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        columns = list(getattr(statement, "selected_columns", ()))
        processes = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self.results: list[tuple[int, Process]] = [(at, one) for at, one in enumerate(processes) if one is not None]


class Prepared:
    """One statement. Its values are given by the names of its `bindparam`s."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}
        make: Any = namedtuple  # of names that only the statement knows
        columns = list(getattr(statement, "selected_columns", ()))
        self._row = make("Row", [column.key for column in columns], rename=True)

    def _for(self, reader: Reader) -> _Compiled:
        name = reader.conn.dialect.name
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = _Compiled(self._statement, _dialect(name))
        return compiled

    def run(self, reader: Reader, **values: Any) -> Any:
        """Run it; the driver's cursor."""
        compiled = self._for(reader)
        given = [
            process(values.get(name, default)) if process is not None else values.get(name, default)
            for name, default, process in compiled.binds
        ]
        return driver_of(reader.conn).execute(compiled.sql, given)

    def all(self, reader: Reader, **values: Any) -> list[Any]:
        """Every row, with its columns by name."""
        results = self._for(reader).results
        return [self._made(row, results) for row in self.run(reader, **values)]

    def first(self, reader: Reader, **values: Any) -> Any:
        """The first row, or None."""
        row = self.run(reader, **values).fetchone()
        return None if row is None else self._made(row, self._for(reader).results)

    def _made(self, row: tuple[Any, ...], results: list[tuple[int, Process]]) -> Any:
        made = list(row)
        for at, process in results:
            made[at] = process(made[at])
        return self._row._make(made)
