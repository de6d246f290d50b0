"""What the database says of itself, for those who run klepet."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from klepet.model.ports import Reader
from klepet.store import jobs, log, schema, size


class Lag(Struct, frozen=True):
    """How far a durable listener is behind the head of the log: in events, and in seconds since the first of them."""

    events: int
    seconds: float


class Figures(Struct, frozen=True):
    """What is counted in the database, for all processes alike."""

    bytes: int
    jobs: dict[str, int]
    lags: dict[str, Lag]


def is_current(reader: Reader) -> bool:
    """Whether the database is at this version's schema, or at that of a newer one, which this one can work with."""
    found = schema.current_revision(reader.conn)
    return found is not None and found >= schema.HEAD


def figures(reader: Reader, listeners: Iterable[str], *, now: datetime) -> Figures:
    """Count, for these durable listeners."""
    head = log.head(reader)[0]
    return Figures(
        bytes=size.database_bytes(reader),
        jobs=jobs.count_by_state(reader, now=now),
        lags={name: _lag(reader, name, head, now) for name in listeners},
    )


def _lag(reader: Reader, listener: str, head: int, now: datetime) -> Lag:
    cursor = log.cursor_of(reader, listener)
    oldest = log.oldest_after(reader, cursor) if cursor < head else None
    return Lag(head - cursor, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()))
