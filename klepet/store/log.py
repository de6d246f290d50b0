"""The event log: appended by the writer at the end of a batch, read by offset, pruned by age. For delivery, not
for history.
"""

from collections.abc import Container
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from klepet.model.committed import StoredEvent
from klepet.model.events import EVENT_TYPES, AnyEvent, ContactEvent, ConversationEvent, Event, OperatorUpdated
from klepet.model.ports import Reader, Transaction
from klepet.store.column_types import instant_of
from klepet.store.prepared import Prepared
from klepet.store.statements import Change, Statement
from klepet.store.tables import cursors, events, log_head
from klepet.store.transaction import OpenTransaction

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyEvent).decode
_TYPE_OF = {kind: name for name, kind in EVENT_TYPES.items()}
_FOR_EVERY_VISITOR = _TYPE_OF[OperatorUpdated]

_OF_CONTACTS = (ConversationEvent, ContactEvent)
_insert = Change(
    "INSERT",
    "events",
    {'"offset"': "bigint", "type": "text", "at": "timestamptz", "contact_id": "uuid", "payload": "text"},
)
_count_on = Change("UPDATE", "log_head", {'"offset"': "bigint", "id": "integer"})
_since = Statement('SELECT "offset", at, type, payload FROM events WHERE "offset" > ? ORDER BY "offset" LIMIT ?')
# Two searches, each with an index of its own: with OR the whole stretch of the log would be read for each visitor.
_since_for_contact = Statement(
    f"""
    SELECT "offset", at, type, payload FROM events WHERE contact_id = ? AND "offset" > ?
    UNION ALL SELECT "offset", at, type, payload FROM events WHERE type = '{_FOR_EVERY_VISITOR}' AND "offset" > ?
    ORDER BY "offset" LIMIT ?
    """  # noqa: S608 - the type is the program's own
)
_head = Prepared(select(log_head.c.offset, log_head.c.epoch).where(log_head.c.id == 1))
_oldest = Prepared(select(func.min(events.c.offset)))
_cursor = Prepared(select(cursors.c.offset).where(cursors.c.listener == bindparam("listener")))
_standing = Prepared(
    select(log_head.c.offset, cursors.c.offset)
    .select_from(log_head.outerjoin(cursors, cursors.c.listener == bindparam("listener")))
    .where(log_head.c.id == 1)
)
_advance = Prepared(update(cursors).where(cursors.c.listener == bindparam("name")).values(offset=bindparam("to")))


def append_events(tx: OpenTransaction, *, now: datetime, newest: int | None = None) -> list[StoredEvent]:
    """Give the recorded events their offsets, without gaps, and insert them. The last statement before the commit.
    `newest` is the newest offset of before, where the beginning of the batch told it.
    """
    recorded = tx.recorded
    if not recorded:
        return []
    if newest is None:
        newest = head(tx)[0]
    stored = [StoredEvent(newest + number, now, event) for number, event in enumerate(recorded, 1)]
    _count_on.run(tx.conn, [(stored[-1].offset, 1)])
    _insert.run(
        tx.conn,
        [
            (item.offset, _TYPE_OF[type(item.event)], now, _contact_of(item.event), _encode(item.event).decode())
            for item in stored
        ],
    )
    return stored


def _contact_of(event: Event) -> UUID | None:
    return event.contact_id if isinstance(event, _OF_CONTACTS) else None


def head(reader: Reader) -> tuple[int, str]:
    """The newest offset and the log's epoch."""
    row = _head.first(reader)
    return int(row[0]), str(row[1])


def leave_no_trace(tx: Transaction) -> None:
    """Write a row and remove it. (SQLite writes nothing where an update changes nothing.)"""
    tx.conn.execute(insert(cursors).values(listener="", offset=0))
    tx.conn.execute(delete(cursors).where(cursors.c.listener == ""))


def events_since(reader: Reader, offset: int, limit: int, types: Container[str] = EVENT_TYPES) -> list[StoredEvent]:
    """Of at most `limit` events after `offset` those of certain types, in order; by default all that this version
    knows.
    """
    return _events_of(_rows_since(reader, offset, limit, None), types)


def all_events_since(
    reader: Reader, offset: int, at_most: int, *, contact_id: UUID | None = None
) -> list[StoredEvent] | None:
    """All events after `offset` that this version knows; with `contact_id` only those that may concern that contact's
    visitors. None when there are more than `at_most`, those of unknown types among them.
    """
    rows = _rows_since(reader, offset, at_most + 1, contact_id)
    return None if len(rows) > at_most else _events_of(rows, EVENT_TYPES)


def has_any_of(reader: Reader, stored: list[StoredEvent]) -> bool:
    """Whether one of these events, which follow each other, is in the log."""
    own = {item.offset: item for item in stored}
    found = events_since(reader, stored[0].offset - 1, len(stored))
    return any(item == own.get(item.offset) for item in found)


def _rows_since(reader: Reader, offset: int, limit: int, contact_id: UUID | None) -> list[tuple[Any, ...]]:
    if contact_id is None:
        rows = _since.run(reader.conn, (offset, limit)).fetchall()
    else:
        rows = _since_for_contact.run(reader.conn, (contact_id, offset, offset, limit)).fetchall()
    return list(rows)


def _events_of(rows: list[tuple[Any, ...]], types: Container[str]) -> list[StoredEvent]:
    return [StoredEvent(row[0], instant_of(row[1]), _decode(row[3])) for row in rows if row[2] in types]


def reaches_back_to(reader: Reader, offset: int) -> bool:
    """Whether no event after `offset` has been pruned."""
    oldest = _oldest.first(reader)[0]
    newest = head(reader)[0]
    return bool(offset >= newest if oldest is None else oldest <= offset + 1)


def cursor_of(reader: Reader, listener: str) -> int:
    """How far a durable listener has read; 0 for a new one."""
    found = _cursor.first(reader, listener=listener)
    return 0 if found is None else int(found[0])


def head_and_cursor(reader: Reader, listener: str) -> tuple[int, int]:
    """The newest offset, and how far a durable listener has read."""
    head, cursor = _standing.first(reader, listener=listener)
    return int(head), int(cursor or 0)


def oldest_after(reader: Reader, offset: int) -> datetime | None:
    """When the first event after `offset` was stored."""
    statement = select(events.c.at).where(events.c.offset > offset).order_by(events.c.offset).limit(1)
    found: datetime | None = reader.conn.execute(statement).scalar_one_or_none()
    return found


def advance_cursor(tx: OpenTransaction, listener: str, offset: int) -> None:
    """Remember how far a durable listener has read."""
    if _advance.run(tx, name=listener, to=offset).rowcount == 0:
        tx.conn.execute(insert(cursors).values(listener=listener, offset=offset))


def prune(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` events older than `before` that every durable listener has passed. Returns how
    many went.
    """
    passed = tx.conn.execute(select(func.min(cursors.c.offset))).scalar_one_or_none() or 0
    newest = tx.conn.execute(
        select(func.max(events.c.offset)).where(events.c.at < before, events.c.offset <= passed)
    ).scalar_one_or_none()
    if newest is None:
        return 0
    oldest = tx.conn.execute(select(func.min(events.c.offset))).scalar_one()
    return int(tx.conn.execute(delete(events).where(events.c.offset <= min(newest, oldest + limit - 1))).rowcount)
