"""How much the database holds, and what it is."""

from datetime import UTC, datetime

from sqlalchemy import text

from klepet.model.ports import Reader


def database_bytes(reader: Reader) -> int:
    """The size of the database; on SQLite without what still waits in the write-ahead log."""
    if reader.conn.dialect.name == "sqlite":
        pages: int = reader.conn.execute(text("PRAGMA page_count")).scalar_one()
        return pages * int(reader.conn.execute(text("PRAGMA page_size")).scalar_one())
    return int(reader.conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def product(reader: Reader) -> tuple[str, str]:
    """What the database is, `SQLite` or `PostgreSQL`, and its version."""
    if reader.conn.dialect.name == "sqlite":
        return "SQLite", str(reader.conn.execute(text("SELECT sqlite_version()")).scalar_one())
    return "PostgreSQL", str(reader.conn.execute(text("SHOW server_version")).scalar_one()).split(" ")[0]


def server_clock(reader: Reader) -> datetime | None:
    """What the clock of the database's server says; None on SQLite, which has none of its own."""
    if reader.conn.dialect.name == "sqlite":
        return None
    found: datetime = reader.conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found.astimezone(UTC)
