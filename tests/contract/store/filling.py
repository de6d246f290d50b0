"""Rows in every table of a database of any revision: each column has a value of its kind that is easily spoilt."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, LargeBinary, Table, Uuid, insert, update

from klepet.kit.fold import words
from klepet.model.views import Browser, OrderItem, Page, SiteSettings, SystemFact
from klepet.model.words import SystemLine
from klepet.store import dump, search, tables
from klepet.store.column_types import Id, Instant, Json

ROWS = 3
START = datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC)
TEXTS = ("Gdzie jest moja paczka? Łódź «żółć»", 'He said: "it\'s\tgone"\n\\N \\. NULL 🙂', "")
_SAMPLES: dict[Any, Any] = {
    dict: {"vip": True, "ž": [1, None, "\\u0041"], "deep": {"a": 1.5}},
    list[str]: ["message.sent", "ü"],
    Browser: {"name": "Firefox", "system": "Linux", "device": "desktop"},
    Page: {"url": "https://shop.test/š?a=1&b=%20", "title": "Čaj"},
    SiteSettings: {"colour": "#112233", "languages": ["pl", "sl"], "greeting": {"pl": "Cześć"}},
    SystemFact: {"line": next(iter(SystemLine)).value, "name": "Ana"},
    list[OrderItem]: [{"sku": "A-1", "name": "Kava", "quantity": 2, "price": "12.50"}],
}


def fill(conn: Connection) -> None:
    """Put rows into every table of the database that this version knows, in its own transaction."""
    given: dict[Column[Any], list[Any]] = {}
    conn.exec_driver_sql("BEGIN")
    for table, names in dump.columns_in(conn):
        if table is tables.log_head:
            conn.execute(update(table).values(offset=2**40))
            continue
        columns = [table.columns[name] for name in names]
        values = {column: [_value(column, number, given) for number in range(ROWS)] for column in columns}
        given |= values
        conn.execute(
            insert(table), [{column.name: values[column][number] for column in columns} for number in range(ROWS)]
        )
    texts = given[tables.messages.c.text]
    search.add_words(conn, [(id_, words(text, search.INDEXED_WORDS)) for id_, text in enumerate(texts, 1)])
    conn.exec_driver_sql("COMMIT")


def _value(column: Column[Any], number: int, given: dict[Column[Any], list[Any]]) -> Any:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return given[key.column][number]
    kind = column.type
    if column.nullable and number == ROWS - 1:
        return None
    if isinstance(kind, Id | Uuid):
        return UUID(int=(0x019DF237_3E80_741C_8000_000000000000 + len(given) * 1000 + number))
    if isinstance(kind, Instant):
        return START + timedelta(days=number, microseconds=number)
    if isinstance(kind, Json):
        return _SAMPLES[kind.kind]
    if isinstance(kind, LargeBinary):
        return bytes([number, 0, 255, 10, 13]) + _mark(column).encode()
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, BigInteger):
        return number + 1 if column.primary_key or column.name == "seq" else 2**40 + number
    if isinstance(kind, Integer):
        return number + 1
    return f"{_mark(column)}-{number} {TEXTS[number]}"


def _mark(column: Column[Any]) -> str:
    table = column.table
    assert isinstance(table, Table)
    return f"{table.name}.{column.name}"


def contents(conn: Connection, *, is_begun: bool = False) -> dict[str, dict[str, list[Any]]]:
    """What stands in a database: by table and column, in the order of the rows' own keys. `is_begun`: in the
    connection's transaction, not one of its own.
    """
    found: dict[str, dict[str, list[Any]]] = {}
    if not is_begun:
        conn.exec_driver_sql("BEGIN")
    for table, names in dump.columns_in(conn):
        keys = [names.index(column.name) for column in table.primary_key.columns]
        rows = sorted(dump.rows_of(conn, table, names), key=lambda row: [str(row[key]) for key in keys])
        found[table.name] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    if not is_begun:
        conn.exec_driver_sql("COMMIT")
    return found
