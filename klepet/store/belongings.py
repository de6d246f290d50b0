"""Everything that belongs to a contact, a slice of rows at a time: read for an export, removed for an erasure.

contact ─┬─ identities
         ├─ orders
         ├─ visitors ─┬─ visits ── page_views
         │            └─ site_events
         └─ conversations ─┬─ messages
                           ├─ assignments
                           └─ search entries (store/search.py)
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, FromClause, Select, Table, delete, select

from klepet.model.events import ContactErased, ConversationErased
from klepet.model.ports import Reader, Transaction
from klepet.store import states
from klepet.store.tables import (
    assignments,
    contacts,
    conversations,
    events,
    identities,
    messages,
    orders,
    page_views,
    site_events,
    visitors,
    visits,
)

_HIDDEN = frozenset({"token_hash", "folded", "author_id", "inbox_id"})
_KEPT_EVENTS = tuple(str(kind.__struct_config__.tag) for kind in (ConversationErased, ContactErased))

_of_visitors = visitors.c.contact_id
_PARTS: dict[str, tuple[Table, FromClause, Column[Any], Column[Any]]] = {
    "identities": (identities, identities, identities.c.contact_id, identities.c.address),
    "orders": (orders, orders, orders.c.contact_id, orders.c.id),
    "visitors": (visitors, visitors, visitors.c.contact_id, visitors.c.id),
    "visits": (visits, visits.join(visitors, visitors.c.id == visits.c.visitor_id), _of_visitors, visits.c.id),
    "page_views": (
        page_views,
        page_views.join(visits, visits.c.id == page_views.c.visit_id).join(
            visitors, visitors.c.id == visits.c.visitor_id
        ),
        _of_visitors,
        page_views.c.id,
    ),
    "site_events": (
        site_events,
        site_events.join(visitors, visitors.c.id == site_events.c.visitor_id),
        _of_visitors,
        site_events.c.id,
    ),
}
PARTS = tuple(_PARTS)
"""The lists of an export besides the conversations."""


def slice_of(
    reader: Reader, part: str, contact_id: UUID, *, after: Any, limit: int
) -> tuple[list[dict[str, Any]], Any]:
    """Rows of a part in order of their key, and the key to go on after, if there are more."""
    table, source, owner, key = _PARTS[part]
    shown = [column for column in table.c if column.name not in _HIDDEN]
    statement: Select[Any] = select(*shown).select_from(source).where(owner == contact_id).order_by(key).limit(limit)
    if after is not None:
        statement = statement.where(key > after)
    rows = [dict(row._mapping) for row in reader.conn.execute(statement)]
    return rows, rows[-1][key.name] if len(rows) == limit else None


def conversation_ids(reader: Reader, contact_id: UUID, *, after: UUID | None = None, limit: int) -> list[UUID]:
    """Conversations of a contact in the order of their making, after one or from the first."""
    statement = (
        select(conversations.c.id)
        .where(conversations.c.contact_id == contact_id)
        .order_by(conversations.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(conversations.c.id > after)
    return list(reader.conn.execute(statement).scalars())


# Removing. Each function removes at most `limit` rows and tells how many.


def remove_messages(tx: Transaction, conversation_id: UUID, *, limit: int) -> int:
    """Remove the oldest messages of a conversation."""
    states.forget(tx, conversation_id)
    seqs = list(
        tx.conn.execute(
            select(messages.c.seq)
            .where(messages.c.conversation_id == conversation_id)
            .order_by(messages.c.seq)
            .limit(limit)
        ).scalars()
    )
    if seqs:
        tx.conn.execute(
            delete(messages).where(messages.c.conversation_id == conversation_id, messages.c.seq <= seqs[-1])
        )
    return len(seqs)


def remove_assignments(tx: Transaction, conversation_id: UUID, *, limit: int) -> int:
    """Remove intervals during which operators held a conversation."""
    some = select(assignments.c.id).where(assignments.c.conversation_id == conversation_id).limit(limit)
    return _removed(tx, delete(assignments).where(assignments.c.id.in_(some)))


def remove_events(tx: Transaction, contact_id: UUID, *, conversation_id: UUID | None = None, limit: int) -> int:
    """Remove a contact's events, or those of one conversation, from the log; those that tell of an erasure stay."""
    some = (
        select(events.c.offset)
        .where(events.c.contact_id == contact_id, events.c.type.not_in(_KEPT_EVENTS))
        .order_by(events.c.offset)
        .limit(limit)
    )
    if conversation_id is not None:
        some = some.where(events.c.payload.contains(str(conversation_id)))
    return _removed(tx, delete(events).where(events.c.offset.in_(some)))


def remove_conversation(tx: Transaction, conversation_id: UUID) -> None:
    """Remove the row of a conversation that has nothing left. Its orders stay, without it."""
    states.forget(tx, conversation_id)
    tx.conn.execute(orders.update().where(orders.c.conversation_id == conversation_id).values(conversation_id=None))
    tx.conn.execute(delete(conversations).where(conversations.c.id == conversation_id))


def remove_part(tx: Transaction, part: str, contact_id: UUID, *, limit: int) -> int:
    """Remove rows of a part: of identities all, which are few."""
    table, source, owner, key = _PARTS[part]
    if part == "identities":
        return _removed(tx, delete(table).where(owner == contact_id))
    some = select(key).select_from(source).where(owner == contact_id).limit(limit)
    return _removed(tx, delete(table).where(key.in_(some)))


def remove_contact(tx: Transaction, contact_id: UUID) -> None:
    """Remove the row of a contact that has nothing left."""
    tx.conn.execute(delete(contacts).where(contacts.c.id == contact_id))


def prune_measurements(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Remove page views and site events of anybody from before an instant; tells how many of both."""
    views = select(page_views.c.id).where(page_views.c.at < before).limit(limit)
    happened = select(site_events.c.id).where(site_events.c.at < before).limit(limit)
    return _removed(tx, delete(page_views).where(page_views.c.id.in_(views))) + _removed(
        tx, delete(site_events).where(site_events.c.id.in_(happened))
    )


REMOVED_IN_ORDER = ("page_views", "visits", "site_events", "orders", "identities", "visitors")
"""Parts in the order in which they can be removed, each before what it refers to."""


def _removed(tx: Transaction, statement: Any) -> int:
    count: int = tx.conn.execute(statement).rowcount
    return count
