"""Every row of every table in one form for both engines: what backups hold, and what moves an installation.

A row is a list of JSON values in the order of the table's columns: ids as hex, instants as microseconds since 1970,
bytes as base64, JSON columns as their text. A table's digest adds up the digests of its rows, so that it does not
depend on their order, which collations decide.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, Connection, LargeBinary, Table, Uuid, func, insert, inspect, literal, select, text

from klepet.kit.fold import words as words_of
from klepet.store import search, tables
from klepet.store.column_types import Id, Instant, Json, instant_of, micros_of

ROWS_AT_ONCE = 500
_MODULUS = 2**256
_encode = msgspec.json.Encoder().encode

TABLES: tuple[Table, ...] = tuple(tables.metadata.sorted_tables)
"""Those that others refer to come first."""


@dataclass(slots=True)
class Digest:
    """How many rows a table has, and what they come to."""

    count: int = 0
    total: int = 0

    def add(self, row: Sequence[Any]) -> None:
        """Count a row."""
        self.count += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(_encode(row)).digest())) % _MODULUS

    @property
    def hex(self) -> str:
        """What the rows come to, as text."""
        return f"{self.total:064x}"


def columns_in(conn: Connection) -> list[tuple[Table, list[str]]]:
    """The tables and columns that this version knows of those that the database has, which may be of an earlier or
    later revision.
    """
    known = inspect(conn).get_multi_columns(filter_names=[table.name for table in TABLES])
    found = {name: {column["name"] for column in columns} for (_, name), columns in known.items()}
    return [
        (table, [str(column.name) for column in table.columns if column.name in found[table.name]])
        for table in TABLES
        if table.name in found
    ]


def rows_of(conn: Connection, table: Table, names: Sequence[str] | None = None) -> Iterator[list[Any]]:
    """Every row of a table; `names` are its columns, by default all."""
    columns = [table.columns[name] for name in names] if names is not None else list(table.columns)
    convert = [_writer_of(column) for column in columns]
    query = select(*columns).execution_options(yield_per=ROWS_AT_ONCE)
    for row in conn.execute(query):
        yield [None if value is None else change(value) for change, value in zip(convert, row, strict=True)]


def add_rows(conn: Connection, table: Table, rows: Iterable[Sequence[Any]], names: Sequence[str]) -> Digest:
    """Insert rows with these columns; gives the digest of what was given."""
    convert = [_reader_of(table.columns[name]) for name in names]
    digest, left = Digest(), iter(rows)
    while batch := list(islice(left, ROWS_AT_ONCE)):
        for row in batch:
            digest.add(row)
        values = [
            {
                name: None if value is None else change(value)
                for name, change, value in zip(names, convert, row, strict=True)
            }
            for row in batch
        ]
        conn.execute(insert(table), values)
    return digest


def digest_of(conn: Connection, table: Table, names: Sequence[str]) -> Digest:
    """The digest of what a table holds in these columns."""
    digest = Digest()
    for row in rows_of(conn, table, names):
        digest.add(row)
    return digest


def is_empty(conn: Connection) -> bool:
    """Whether nobody has used this database yet."""
    used = (tables.operators, tables.sites, tables.messages, tables.events, tables.links)
    return all(conn.execute(select(literal(1)).select_from(table).limit(1)).first() is None for table in used)


def count_rows(conn: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {table.name: _count(conn, table) for table, _ in columns_in(conn)}


def _count(conn: Connection, table: Table) -> int:
    count: int = conn.execute(select(func.count()).select_from(table)).scalar_one()
    return count


def clear_head(conn: Connection) -> None:
    """Take away the head of the log that a new database has: another comes with the rows."""
    conn.execute(tables.log_head.delete())


def finish(conn: Connection, epoch: str) -> None:
    """Make loaded rows a working database: a new epoch, so that clients begin anew, and the index of words."""
    conn.execute(tables.log_head.update().values(epoch=epoch))
    entries, messages = tables.search_entries, tables.messages
    query = (
        select(entries.c.id, messages.c.text)
        .join(
            messages,
            (messages.c.conversation_id == entries.c.conversation_id) & (messages.c.seq == entries.c.seq),
        )
        .order_by(entries.c.id)
    )
    found = iter(conn.execute(query).fetchall())
    while batch := list(islice(found, ROWS_AT_ONCE)):
        search.add_words(conn, [(row.id, words_of(row.text, search.INDEXED_WORDS)) for row in batch])
    if conn.dialect.name == "postgresql":
        newest = conn.execute(select(func.coalesce(func.max(entries.c.id), 0))).scalar_one()
        conn.execute(text("SELECT setval('search_entries_id_seq', :next, false)"), {"next": newest + 1})


def _writer_of(column: Column[Any]) -> Callable[[Any], Any]:
    kind = column.type
    if isinstance(kind, Id | Uuid):
        return lambda value: value.hex
    if isinstance(kind, Instant):
        return micros_of
    if isinstance(kind, LargeBinary):
        return lambda value: base64.b64encode(value).decode()
    if isinstance(kind, Json):
        return lambda value: _encode(value).decode()
    return lambda value: value


def _reader_of(column: Column[Any]) -> Callable[[Any], Any]:
    kind = column.type
    if isinstance(kind, Id | Uuid):
        return UUID
    if isinstance(kind, Instant):
        return instant_of
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    if isinstance(kind, Json):
        return msgspec.json.Decoder(kind.kind, strict=False).decode
    return lambda value: value
