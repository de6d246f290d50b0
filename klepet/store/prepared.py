"""Core statements that are compiled once and then run by the driver.

A statement through SQLAlchemy is built, keyed, looked up and wrapped each time that it runs, which costs five to twenty
times what SQLite needs for it. What runs with every connection or message is prepared; everything else need not be.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects import sqlite as dialects

from klepet.model.ports import Reader
from klepet.store.sqlite import driver_of

_dialect = dialects.dialect(paramstyle="qmark")
Process = Callable[[Any], Any]


class Prepared:
    """One statement. Its values are given by the names of its `bindparam`s."""

    def __init__(self, statement: Any) -> None:
        compiled = statement.compile(dialect=_dialect)
        self.sql = str(compiled)
        self._binds: list[tuple[str, Any, Process | None]] = [
            (name, compiled.params[name], compiled.binds[name].type.dialect_impl(_dialect).bind_processor(_dialect))
            for name in compiled.positiontup or ()
        ]
        columns = list(getattr(statement, "selected_columns", ()))
        make: Any = namedtuple  # of names that only the statement knows
        self._row = make("Row", [column.key for column in columns], rename=True)
        processes = [column.type.dialect_impl(_dialect).result_processor(_dialect, None) for column in columns]
        self._results: list[tuple[int, Process]] = [(at, one) for at, one in enumerate(processes) if one is not None]

    def run(self, reader: Reader, **values: Any) -> Any:
        """Run it; the driver's cursor."""
        given = [
            process(values.get(name, default)) if process is not None else values.get(name, default)
            for name, default, process in self._binds
        ]
        return driver_of(reader.conn).execute(self.sql, given)

    def all(self, reader: Reader, **values: Any) -> list[Any]:
        """Every row, with its columns by name."""
        return [self._made(row) for row in self.run(reader, **values)]

    def first(self, reader: Reader, **values: Any) -> Any:
        """The first row, or None."""
        row = self.run(reader, **values).fetchone()
        return None if row is None else self._made(row)

    def _made(self, row: tuple[Any, ...]) -> Any:
        made = list(row)
        for at, process in self._results:
            made[at] = process(made[at])
        return self._row._make(made)
