"""Rows of those who never said anything. Found by readers a slice at a time in the order of their ids, so that the
writer never searches a table for them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, exists, select

from klepet.model.ports import Reader, Transaction
from klepet.store.tables import contacts, conversations, identities, orders, page_views, visitors, visits


def old_visits(reader: Reader, *, before: datetime, after: UUID | None, limit: int) -> tuple[list[UUID], UUID | None]:
    """Visits without pages that ended before an instant, among the next ones; and where to go on."""
    ids, following = _slice(reader, visits, visits.c.started_at < before, after, limit)
    statement = select(visits.c.id).where(
        visits.c.id.in_(ids), visits.c.last_seen_at < before, ~exists().where(page_views.c.visit_id == visits.c.id)
    )
    return list(reader.conn.execute(statement).scalars()), following


def remove_visits(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Remove visits that have no pages."""
    is_bare = ~exists().where(page_views.c.visit_id == visits.c.id)
    tx.conn.execute(delete(visits).where(visits.c.id.in_(ids), is_bare))


def silent_contacts(
    reader: Reader, *, before: datetime, after: UUID | None, limit: int
) -> tuple[list[UUID], UUID | None]:
    """Silent contacts among the next ones; and where to go on."""
    ids, following = _slice(reader, contacts, contacts.c.created_at < before, after, limit)
    return are_silent(reader, ids, before=before), following


def are_silent(reader: Reader, ids: Sequence[UUID], *, before: datetime) -> list[UUID]:
    """Those of these contacts of whom nothing is known, and who were not seen since an instant."""
    own = contacts.c.id
    statement = select(own).where(
        own.in_(ids),
        contacts.c.folded == "",
        ~exists().where(conversations.c.contact_id == own),
        ~exists().where(orders.c.contact_id == own),
        ~exists().where(identities.c.contact_id == own),
        ~exists().where(visitors.c.contact_id == own, visitors.c.last_seen_at >= before),
    )
    return list(reader.conn.execute(statement).scalars())


def _slice(reader: Reader, table: Table, is_old: Any, after: UUID | None, limit: int) -> tuple[list[UUID], UUID | None]:
    statement = select(table.c.id).where(is_old).order_by(table.c.id).limit(limit)
    if after is not None:
        statement = statement.where(table.c.id > after)
    ids: list[UUID] = list(reader.conn.execute(statement).scalars())
    return ids, ids[-1] if len(ids) == limit else None
