"""Rows of conversations: read, opened, changed. Every query for lists and panels of the console."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, insert, or_, select, update
from sqlalchemy import case as sql_case

from klepet.model.limits import SNAPSHOT_CONVERSATIONS, VISITOR_CONVERSATIONS
from klepet.model.ports import Reader, Transaction
from klepet.model.views import Conversation, LastLine, VisitorConversation
from klepet.model.words import AuthorKind, ConversationView, MessageKind, Status
from klepet.store import states
from klepet.store.prepared import Prepared
from klepet.store.tables import assignments, conversations, messages

_c = conversations.c
_ALL = (
    _c.id,
    _c.number,
    _c.site_id,
    _c.contact_id,
    _c.visitor_id,
    _c.status,
    _c.assignee_id,
    _c.last_seq,
    _c.created_at,
    _c.queued_at,
    _c.assigned_at,
    _c.first_visitor_message_at,
    _c.first_operator_reply_at,
    _c.waiting_since,
    _c.closed_at,
    _c.closed_by,
    _c.visitor_delivered_seq,
    _c.visitor_read_seq,
    _c.operator_delivered_seq,
    _c.operator_read_seq,
    _c.unread_count,
    _c.visitor_unread_count,
    _c.visitor_last_seq,
    _c.rating,
    _c.rating_comment,
    _c.language,
    _c.started_on,
    messages.c.seq.label("line_seq"),
    messages.c.kind.label("line_kind"),
    messages.c.author_kind.label("line_author_kind"),
    func.substr(messages.c.text, 1, states.LAST_LINE_CHARS).label("line_text"),
    messages.c.at.label("line_at"),
)
_select: Select[Any] = select(*_ALL).select_from(
    conversations.outerjoin(messages, and_(messages.c.conversation_id == _c.id, messages.c.seq == _c.last_line_seq))
)

# What every connection of a visitor asks.
_of_contact_on_site = Prepared(
    _select.where(_c.contact_id == bindparam("contact_id"), _c.site_id == bindparam("site_id"))
    .order_by(_c.last_at.desc(), _c.id.desc())
    .limit(bindparam("limit"))
)

_is_open = _c.closed_at.is_(None)
"""Open or snoozed. The index that finds them is one that messages never touch."""

# Newest need first: queued by waiting time, then whoever waits for an answer, then the rest by last activity.
_NEED = (
    sql_case((_c.assignee_id.is_(None), 0), (_c.waiting_since.is_not(None), 1), else_=2),
    _c.waiting_since,
    _c.last_at.desc(),
)


def view_of(row: Row[Any]) -> Conversation:
    """A row as operators see it."""
    line = None
    if row.line_seq is not None:
        line = LastLine(
            row.line_seq, MessageKind(row.line_kind), AuthorKind(row.line_author_kind), row.line_text, row.line_at
        )
    return Conversation(
        id=row.id,
        number=row.number,
        site_id=row.site_id,
        contact_id=row.contact_id,
        visitor_id=row.visitor_id,
        status=Status(row.status),
        assignee_id=row.assignee_id,
        last_seq=row.last_seq,
        last_line=line,
        created_at=row.created_at,
        queued_at=row.queued_at,
        assigned_at=row.assigned_at,
        first_visitor_message_at=row.first_visitor_message_at,
        first_operator_reply_at=row.first_operator_reply_at,
        waiting_since=row.waiting_since,
        closed_at=row.closed_at,
        closed_by=AuthorKind(row.closed_by) if row.closed_by else None,
        visitor_delivered_seq=row.visitor_delivered_seq,
        visitor_read_seq=row.visitor_read_seq,
        operator_delivered_seq=row.operator_delivered_seq,
        operator_read_seq=row.operator_read_seq,
        unread_count=row.unread_count,
        rating=row.rating,
        rating_comment=row.rating_comment,
        language=row.language,
        started_on=row.started_on,
    )


def visitor_view_of(row: Row[Any]) -> VisitorConversation:
    """A row as its visitor sees it."""
    return VisitorConversation(
        id=row.id,
        status=Status(row.status),
        assignee_id=row.assignee_id,
        last_seq=row.visitor_last_seq,
        created_at=row.created_at,
        closed_at=row.closed_at,
        closed_by=AuthorKind(row.closed_by) if row.closed_by else None,
        operator_delivered_seq=row.operator_delivered_seq,
        operator_read_seq=row.operator_read_seq,
        visitor_read_seq=row.visitor_read_seq,
        unread_count=row.visitor_unread_count,
        rating=row.rating,
    )


def rows_by_id(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The rows of these conversations, joined with their last lines; missing ones are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: row for row in reader.conn.execute(_select.where(_c.id.in_(wanted)))}


def by_id(reader: Reader, conversation_id: UUID) -> Conversation | None:
    """One conversation as operators see it."""
    row = reader.conn.execute(_select.where(_c.id == conversation_id)).one_or_none()
    return None if row is None else view_of(row)


def open_ones(reader: Reader, limit: int = SNAPSHOT_CONVERSATIONS) -> list[Conversation]:
    """Every open or snoozed conversation, newest need first."""
    query = _select.where(_is_open).order_by(*_NEED).limit(limit)
    return [view_of(row) for row in reader.conn.execute(query)]


def count_open(reader: Reader) -> int:
    """How many conversations are not closed."""
    return int(reader.conn.execute(select(func.count()).where(_is_open)).scalar_one())


def of_contact(
    reader: Reader, contact_id: UUID, *, site_id: UUID | None = None, limit: int = VISITOR_CONVERSATIONS
) -> list[Row[Any]]:
    """A contact's newest conversations, last activity first."""
    if site_id is not None:
        return _of_contact_on_site.all(reader, contact_id=contact_id, site_id=site_id, limit=limit)
    query = _select.where(_c.contact_id == contact_id)
    return list(reader.conn.execute(query.order_by(_c.last_at.desc(), _c.id.desc()).limit(limit)))


def page(
    reader: Reader,
    view: ConversationView,
    *,
    operator_id: UUID,
    site_id: UUID | None,
    contact_id: UUID | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[Conversation, datetime]]:
    """One page of a list, last activity first, each with the instant that a cursor continues from. The last activity
    of a closed conversation is its closing.
    """
    query = _select
    if site_id is not None:
        query = query.where(_c.site_id == site_id)
    if contact_id is not None:
        query = query.where(_c.contact_id == contact_id)
    found: list[tuple[Conversation, datetime]] = []
    if view is not ConversationView.CLOSED:
        opened = query.where(_is_open)
        if view is ConversationView.QUEUED:
            opened = opened.where(_c.status == Status.OPEN.value, _c.assignee_id.is_(None))
        elif view is ConversationView.MINE:
            opened = opened.where(_c.assignee_id == operator_id)
        found += _newest(reader, opened, _c.last_at, before, limit)
    if view in (ConversationView.CLOSED, ConversationView.ALL):
        found += _newest(reader, query.where(_c.closed_at.is_not(None)), _c.closed_at, before, limit)
    return sorted(found, key=lambda item: (item[1], item[0].id), reverse=True)[:limit]


def _newest(
    reader: Reader, query: Select[Any], at: ColumnElement[Any], before: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[Conversation, datetime]]:
    if before is not None:
        query = query.where(at <= before[0], or_(at < before[0], _c.id < before[1]))
    query = query.add_columns(at.label("active_at")).order_by(at.desc(), _c.id.desc()).limit(limit)
    return [(view_of(row), row.active_at) for row in reader.conn.execute(query)]


_NEW = {
    "status": Status.OPEN.value,
    "last_seq": 0,
    "last_line_seq": 0,
    "visitor_delivered_seq": 0,
    "visitor_read_seq": 0,
    "operator_delivered_seq": 0,
    "operator_read_seq": 0,
    "unread_count": 0,
    "visitor_unread_count": 0,
    "visitor_last_seq": 0,
}


def next_number(tx: Transaction) -> int:
    """The next number for people to name a conversation by."""
    return int(tx.conn.execute(select(func.coalesce(func.max(_c.number), 0) + 1)).scalar_one())


def insert_many(tx: Transaction, values: Sequence[dict[str, Any]]) -> None:
    """Insert new conversations: one dict of column values each."""
    tx.conn.execute(insert(conversations), [_NEW | row for row in values])


def change(tx: Transaction, conversation_id: UUID, **values: Any) -> None:
    """Set columns of one conversation."""
    states.forget(tx, conversation_id)
    tx.conn.execute(update(conversations).where(_c.id == conversation_id).values(**values))


def start_assignment(
    tx: Transaction, assignment_id: UUID, conversation_id: UUID, operator_id: UUID, now: datetime
) -> None:
    """Open an interval: from now on this operator holds the conversation."""
    tx.conn.execute(
        insert(assignments).values(
            id=assignment_id, conversation_id=conversation_id, operator_id=operator_id, started_at=now
        )
    )


def end_assignment(tx: Transaction, conversation_id: UUID, reason: str, now: datetime) -> None:
    """Close the open interval of a conversation, if there is one. Reasons: transferred, unassigned, closed."""
    tx.conn.execute(
        update(assignments)
        .where(assignments.c.conversation_id == conversation_id, assignments.c.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
    )
