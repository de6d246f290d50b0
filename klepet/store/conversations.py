"""Rows of conversations: read, opened, changed. Every query for lists and panels of the console."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, and_, bindparam, func, insert, or_, select, update
from sqlalchemy import case as sql_case

from klepet.model.limits import SNAPSHOT_CONVERSATIONS, VISITOR_CONVERSATIONS
from klepet.model.ports import Reader, Transaction
from klepet.model.views import Conversation, LastLine, Page, VisitorConversation
from klepet.model.words import AuthorKind, ConversationView, MessageKind, Side, Status
from klepet.store.column_types import instant_of, uuid_of
from klepet.store.prepared import Prepared
from klepet.store.statements import Change, Lookup, Statement
from klepet.store.tables import assignments, conversations, messages

LAST_LINE_CHARS = 160

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
    func.substr(messages.c.text, 1, LAST_LINE_CHARS).label("line_text"),
    messages.c.at.label("line_at"),
)
_WORKING = (
    "id",
    "site_id",
    "contact_id",
    "status",
    "assignee_id",
    "last_seq",
    "last_line_seq",
    "last_at",
    "queued_at",
    "assigned_at",
    "first_visitor_message_at",
    "first_operator_reply_at",
    "waiting_since",
    "closed_at",
    "closed_by",
    "unread_count",
    "visitor_unread_count",
    "visitor_last_seq",
)
_working = select(*(_c[name] for name in _WORKING))
_select: Select[Any] = select(*_ALL).select_from(
    conversations.outerjoin(messages, and_(messages.c.conversation_id == _c.id, messages.c.seq == _c.last_line_seq))
)

# What every connection of a visitor asks.
_of_contact_on_site = Prepared(
    _select.where(_c.contact_id == bindparam("contact_id"), _c.site_id == bindparam("site_id"))
    .order_by(_c.last_at.desc(), _c.id.desc())
    .limit(bindparam("limit"))
)

# The message path. What is set is written into every index in which it stands, changed or not: so only what a
# message changes.

_note = Change(
    "UPDATE",
    "conversations",
    {
        "last_seq": "bigint",
        "last_line_seq": "bigint",
        "last_at": "timestamptz",
        "first_visitor_message_at": "timestamptz",
        "first_operator_reply_at": "timestamptz",
        "waiting_since": "timestamptz",
        "unread_count": "integer",
        "visitor_unread_count": "integer",
        "visitor_last_seq": "bigint",
        "id": "uuid",
    },
)
_turn = Change(
    "UPDATE",
    "conversations",
    {
        "status": "text",
        "assignee_id": "uuid",
        "queued_at": "timestamptz",
        "assigned_at": "timestamptz",
        "closed_at": "timestamptz",
        "closed_by": "text",
        "id": "uuid",
    },
)
_working_by_id = Lookup(f"SELECT {', '.join(_WORKING)} FROM conversations", {"id": "uuid"})  # noqa: S608
_views = Lookup(
    f"""
    SELECT c.id, c.number, c.site_id, c.contact_id, c.visitor_id, c.status, c.assignee_id, c.last_seq, c.created_at,
        c.queued_at, c.assigned_at, c.first_visitor_message_at, c.first_operator_reply_at, c.waiting_since, c.closed_at,
        c.closed_by, c.visitor_delivered_seq, c.visitor_read_seq, c.operator_delivered_seq, c.operator_read_seq,
        c.unread_count, c.rating, c.rating_comment, c.language, c.started_on, c.visitor_unread_count,
        m.seq, m.kind, m.author_kind, substr(m.text, 1, {LAST_LINE_CHARS}), m.at, c.visitor_last_seq
    FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_line_seq
    """,  # noqa: S608
    {"c.id": "uuid"},
)
_marks = Lookup(
    "SELECT id, contact_id, site_id, last_seq, visitor_delivered_seq, visitor_read_seq, operator_delivered_seq,"
    " operator_read_seq FROM conversations",
    {"id": "uuid"},
)
_raise = {
    side: Change(
        "UPDATE",
        "conversations",
        {f"{side.value}_delivered_seq": "bigint", f"{side.value}_read_seq": "bigint", "id": "uuid"},
    )
    for side in Side
}
_count_unread = {
    Side.VISITOR: Statement("UPDATE conversations SET visitor_unread_count = ? WHERE id = ?"),
    Side.OPERATOR: Statement("UPDATE conversations SET unread_count = ? WHERE id = ?"),
}
_STATUSES = {status.value: status for status in Status}
_KINDS = {kind.value: kind for kind in MessageKind}
_AUTHOR_KINDS = {kind.value: kind for kind in AuthorKind}
_decode_page = msgspec.json.Decoder(Page, strict=False).decode

# Newest need first: queued by waiting time, then whoever waits for an answer, then the rest by last activity.
_NEED = (
    sql_case((_c.assignee_id.is_(None), 0), (_c.waiting_since.is_not(None), 1), else_=2),
    _c.waiting_since,
    _c.last_at.desc(),
)


@dataclass(slots=True)
class Watermarks:
    """How far a conversation goes, and by side how far its messages were delivered and read."""

    id: UUID
    contact_id: UUID
    site_id: UUID
    last_seq: int
    sides: dict[Side, tuple[int, int]]


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


def views_by_id(reader: Reader, ids: Iterable[UUID]) -> list[tuple[Conversation, VisitorConversation]]:
    """These conversations, as operators and as their visitors see them; missing ones are left out."""
    return [_views_of(row) for row in _views.rows(reader.conn, [(wanted,) for wanted in ids])]


def _views_of(row: tuple[Any, ...]) -> tuple[Conversation, VisitorConversation]:
    line = None
    if row[26] is not None:
        line = LastLine(row[26], _KINDS[row[27]], _AUTHOR_KINDS[row[28]], row[29], instant_of(row[30]))
    conversation = Conversation(
        uuid_of(row[0]),
        row[1],
        uuid_of(row[2]),
        uuid_of(row[3]),
        uuid_of(row[4]),
        _STATUSES[row[5]],
        None if row[6] is None else uuid_of(row[6]),
        row[7],
        line,
        instant_of(row[8]),
        _instant(row[9]),
        _instant(row[10]),
        _instant(row[11]),
        _instant(row[12]),
        _instant(row[13]),
        _instant(row[14]),
        _AUTHOR_KINDS[row[15]] if row[15] else None,
        row[16],
        row[17],
        row[18],
        row[19],
        row[20],
        row[21],
        row[22],
        row[23],
        None if row[24] is None else _decode_page(row[24]),
    )
    return conversation, VisitorConversation(
        id=conversation.id,
        status=conversation.status,
        assignee_id=conversation.assignee_id,
        last_seq=row[31],
        created_at=conversation.created_at,
        closed_at=conversation.closed_at,
        closed_by=conversation.closed_by,
        operator_delivered_seq=conversation.operator_delivered_seq,
        operator_read_seq=conversation.operator_read_seq,
        visitor_read_seq=conversation.visitor_read_seq,
        unread_count=row[25],
        rating=conversation.rating,
    )


def by_id(reader: Reader, conversation_id: UUID) -> Conversation | None:
    """One conversation as operators see it."""
    row = reader.conn.execute(_select.where(_c.id == conversation_id)).one_or_none()
    return None if row is None else view_of(row)


def open_ones(reader: Reader, limit: int = SNAPSHOT_CONVERSATIONS) -> list[Conversation]:
    """Every open or snoozed conversation, newest need first."""
    query = _select.where(_c.status != Status.CLOSED.value).order_by(*_NEED).limit(limit)
    return [view_of(row) for row in reader.conn.execute(query)]


def count_open(reader: Reader) -> int:
    """How many conversations are not closed."""
    return int(reader.conn.execute(select(func.count()).where(_c.status != Status.CLOSED.value)).scalar_one())


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
    """One page of a list, last activity first, each with the instant that a cursor continues from."""
    query = _select.add_columns(_c.last_at)
    match view:
        case ConversationView.QUEUED:
            query = query.where(_c.status == Status.OPEN.value, _c.assignee_id.is_(None))
        case ConversationView.MINE:
            query = query.where(_c.status != Status.CLOSED.value, _c.assignee_id == operator_id)
        case ConversationView.CLOSED:
            query = query.where(_c.status == Status.CLOSED.value)
        case ConversationView.ALL:
            pass
    if site_id is not None:
        query = query.where(_c.site_id == site_id)
    if contact_id is not None:
        query = query.where(_c.contact_id == contact_id)
    if before is not None:
        at, last_id = before
        query = query.where(or_(_c.last_at < at, and_(_c.last_at == at, _c.id < last_id)))
    query = query.order_by(_c.last_at.desc(), _c.id.desc()).limit(limit)
    return [(view_of(row), row.last_at) for row in reader.conn.execute(query)]


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


def working_rows(tx: Transaction, ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
    """What `actions/transcripts.py` needs of these conversations, in the order of its State."""
    return [_working_of(row) for row in _working_by_id.rows(tx.conn, [(wanted,) for wanted in ids])]


def _working_of(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (
        uuid_of(row[0]),
        uuid_of(row[1]),
        uuid_of(row[2]),
        row[3],
        None if row[4] is None else uuid_of(row[4]),
        row[5],
        row[6],
        instant_of(row[7]),
        *map(_instant, row[8:14]),
        *row[14:],
    )


def open_working_rows(tx: Transaction, contact_ids: Iterable[UUID]) -> Sequence[Row[Any]]:
    """The same of every conversation of these contacts that is not closed, oldest activity first."""
    query = _working.where(_c.contact_id.in_(list(contact_ids)), _c.status != Status.CLOSED.value)
    return tx.conn.execute(query.order_by(_c.last_at)).all()  # type: ignore[no-any-return]


def note_messages(tx: Transaction, states: Iterable[Any]) -> None:
    """Write back what messages changed of these states of `actions/transcripts.py`."""
    _note.run(
        tx.conn,
        [
            (
                s.last_seq,
                s.last_line_seq,
                s.last_at,
                s.first_visitor_message_at,
                s.first_operator_reply_at,
                s.waiting_since,
                s.unread_count,
                s.visitor_unread_count,
                s.visitor_last_seq,
                s.id,
            )
            for s in states
        ],
    )


def turn(tx: Transaction, states: Iterable[Any]) -> None:
    """Write back who holds these conversations and whether they are open."""
    _turn.run(
        tx.conn,
        [(s.status.value, s.assignee_id, s.queued_at, s.assigned_at, s.closed_at, s.closed_by, s.id) for s in states],
    )


def _instant(value: int | datetime | None) -> datetime | None:
    return None if value is None else instant_of(value)


def watermarks(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Watermarks]:
    """How far these conversations go, and how far each side has come; missing ones are left out."""
    found = {}
    for row in _marks.rows(tx.conn, [(wanted,) for wanted in ids]):
        id_, contact_id, site_id, last_seq, visitor_delivered, visitor_read, operator_delivered, operator_read = row
        sides = {Side.VISITOR: (visitor_delivered, visitor_read), Side.OPERATOR: (operator_delivered, operator_read)}
        marks = Watermarks(uuid_of(id_), uuid_of(contact_id), uuid_of(site_id), last_seq, sides)
        found[marks.id] = marks
    return found


def raise_watermarks(tx: Transaction, side: Side, marks: Sequence[tuple[int, int, UUID]]) -> None:
    """Set one side's watermarks: (delivered seq, read seq, conversation) each."""
    _raise[side].run(tx.conn, marks)


def set_unread(tx: Transaction, conversation_id: UUID, side: Side, count: int) -> None:
    """Set how many messages of the other side this one has not read."""
    _count_unread[side].run(tx.conn, (count, conversation_id))


def change(tx: Transaction, conversation_id: UUID, **values: Any) -> None:
    """Set columns of one conversation."""
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
