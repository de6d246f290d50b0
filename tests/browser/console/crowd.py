"""Thousands of conversations: the only one in the database of a server that does not run is multiplied."""

import sqlite3
from pathlib import Path
from typing import Any

STEP = 10_000_000
"""Microseconds between two of them."""
TABLES = ("contacts", "visitors", "conversations", "messages")
PEOPLE = {"id", "contact_id", "visitor_id", "conversation_id", "author_id", "token_hash"}


def multiply(database: Path, count: int) -> None:
    """Make so many older conversations of as many other people, each like the only one that is there."""
    conn = sqlite3.connect(database)
    with conn:
        for table in TABLES:
            names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
            marks = ", ".join("?" for _ in names)
            for row in conn.execute(f"SELECT * FROM {table}").fetchall():
                first = dict(zip(names, row, strict=True))
                copies = (
                    [_copied(name, value, number) for name, value in first.items()] for number in range(1, count + 1)
                )
                conn.executemany(f"INSERT INTO {table} VALUES ({marks})", copies)
    conn.close()


def _copied(name: str, value: Any, number: int) -> Any:
    if value is None:
        return None
    if name in PEOPLE:
        return value[:-4] + (int.from_bytes(value[-4:], "big") ^ number).to_bytes(4, "big")
    if name == "number":
        return value + number
    if name == "client_id":
        return f"{value}-{number}"
    if name in {"at", "waiting_since"} or name.endswith("_at"):
        return value - number * STEP
    return value
