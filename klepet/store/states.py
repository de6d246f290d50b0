"""Conversations as the writer works on them: loaded once, changed in memory, written column by column, and shown to
others from memory.

Where one process does all the writing, as with SQLite, it keeps the states of conversations from one batch to the
next (`OpenTransaction.kept`): then a message reads its conversation neither before nor after. Where several do, the
states that a batch needs are read with its beginning (`prefetch.py`). Whoever changes a conversation, or the messages
that it shows, in another way than here calls `forget`; a batch that is rolled back forgets all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from klepet.model.ports import Reader, Transaction
from klepet.model.views import Conversation, LastLine, Page, VisitorConversation
from klepet.model.words import AuthorKind, MessageKind, Side, Status
from klepet.store.column_types import instant_of, uuid_of
from klepet.store.prepared import Prepared
from klepet.store.statements import Beside, Change, Lookup
from klepet.store.tables import conversations

LAST_LINE_CHARS = 160

_open_ids = Prepared(
    select(conversations.c.id)
    .where(
        conversations.c.contact_id == bindparam("contact_id"),
        conversations.c.status != Status.CLOSED.value,
    )
    .order_by(conversations.c.last_at)
)

# The message path. What is set is written into every index in which it stands, changed or not: so only what a
# message changes.
LOOKUP = Lookup(
    f"""
    SELECT c.id, c.number, c.site_id, c.contact_id, c.visitor_id, c.status, c.assignee_id, c.last_seq, c.last_line_seq,
        c.visitor_last_seq, c.last_at, c.created_at, c.queued_at, c.assigned_at, c.first_visitor_message_at,
        c.first_operator_reply_at, c.waiting_since, c.closed_at, c.closed_by, c.visitor_delivered_seq,
        c.visitor_read_seq, c.operator_delivered_seq, c.operator_read_seq, c.unread_count, c.visitor_unread_count,
        c.rating, c.rating_comment, c.language, c.started_on,
        m.seq, m.kind, m.author_kind, substr(m.text, 1, {LAST_LINE_CHARS}), m.at
    FROM conversations c
    """,  # noqa: S608
    {"c.id": "uuid"},
    Beside("messages", "m", "m.conversation_id = c.id AND m.seq = c.last_line_seq"),
)
_note = Change(
    "UPDATE",
    "conversations",
    {
        "last_seq": "bigint",
        "last_line_seq": "bigint",
        "visitor_last_seq": "bigint",
        "last_at": "timestamptz",
        "first_visitor_message_at": "timestamptz",
        "first_operator_reply_at": "timestamptz",
        "waiting_since": "timestamptz",
        "unread_count": "integer",
        "visitor_unread_count": "integer",
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
_MARK = {
    side: Change(
        "UPDATE",
        "conversations",
        {f"{side.value}_delivered_seq": "bigint", f"{side.value}_read_seq": "bigint", unread: "integer", "id": "uuid"},
    )
    for side, unread in ((Side.VISITOR, "visitor_unread_count"), (Side.OPERATOR, "unread_count"))
}
_STATUSES = {status.value: status for status in Status}
_KINDS = {kind.value: kind for kind in MessageKind}
_AUTHOR_KINDS = {kind.value: kind for kind in AuthorKind}
_decode_page = msgspec.json.Decoder(Page, strict=False).decode


@dataclass(slots=True)
class State:
    """A conversation's columns, and its newest text or note."""

    id: UUID
    number: int
    site_id: UUID
    contact_id: UUID
    visitor_id: UUID
    status: Status
    assignee_id: UUID | None
    last_seq: int
    last_line_seq: int
    visitor_last_seq: int
    last_at: datetime
    created_at: datetime
    queued_at: datetime | None
    assigned_at: datetime | None
    first_visitor_message_at: datetime | None
    first_operator_reply_at: datetime | None
    waiting_since: datetime | None
    closed_at: datetime | None
    closed_by: AuthorKind | None
    visitor_delivered_seq: int
    visitor_read_seq: int
    operator_delivered_seq: int
    operator_read_seq: int
    unread_count: int
    visitor_unread_count: int
    rating: int | None
    rating_comment: str | None
    language: str | None
    started_on: Page | None
    last_line: LastLine | None

    def marks_of(self, side: Side) -> tuple[int, int]:
        """How far the other side's messages were delivered to a side, and read."""
        if side is Side.VISITOR:
            return self.visitor_delivered_seq, self.visitor_read_seq
        return self.operator_delivered_seq, self.operator_read_seq


def load(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, State]:
    """The states of these conversations; missing ones are left out."""
    kept: dict[UUID, State] | None = getattr(reader, "kept", None)
    known: dict[UUID, State] = {} if kept is None else kept
    wanted = list(ids)
    missing = [(id_,) for id_ in wanted if id_ not in known]
    if missing:
        known.update((state.id, state) for state in states_of(LOOKUP.rows(reader.conn, missing)))
    return {id_: known[id_] for id_ in wanted if id_ in known}


def states_of(found: Iterable[tuple[Any, ...]]) -> Iterable[State]:
    """Rows of `LOOKUP` as states."""
    return map(_state_of, found)


def load_open(tx: Transaction, contact_ids: Iterable[UUID]) -> list[State]:
    """The states of every conversation of these contacts that is not closed, oldest activity first for each."""
    ids = [row.id for contact_id in contact_ids for row in _open_ids.all(tx, contact_id=contact_id)]
    return list(load(tx, ids).values())


def keep(tx: Transaction, state: State) -> None:
    """Keep the state of a conversation that was just made, or read."""
    kept: dict[UUID, State] | None = getattr(tx, "kept", None)
    if kept is not None:
        kept[state.id] = state


def forget(tx: Transaction, conversation_id: UUID) -> None:
    """Read the conversation anew when it is needed next."""
    kept: dict[UUID, State] | None = getattr(tx, "kept", None)
    if kept is not None:
        kept.pop(conversation_id, None)


def note(tx: Transaction, states: Iterable[State]) -> None:
    """Write what messages changed in these conversations."""
    _note.run(
        tx.conn,
        [
            (
                s.last_seq,
                s.last_line_seq,
                s.visitor_last_seq,
                s.last_at,
                s.first_visitor_message_at,
                s.first_operator_reply_at,
                s.waiting_since,
                s.unread_count,
                s.visitor_unread_count,
                s.id,
            )
            for s in states
        ],
    )


def turn(tx: Transaction, states: Iterable[State]) -> None:
    """Write who holds these conversations and whether they are open."""
    _turn.run(
        tx.conn,
        [
            (
                s.status.value,
                s.assignee_id,
                s.queued_at,
                s.assigned_at,
                s.closed_at,
                None if s.closed_by is None else s.closed_by.value,
                s.id,
            )
            for s in states
        ],
    )


def mark(tx: Transaction, side: Side, marks: Sequence[tuple[State, int, int, int]]) -> None:
    """Set one side's watermarks in several conversations: delivered, read, and how many messages of the other side it
    has not read.
    """
    _MARK[side].run(tx.conn, [(delivered, read, unread, state.id) for state, delivered, read, unread in marks])
    for state, delivered, read, unread in marks:
        if side is Side.VISITOR:
            state.visitor_delivered_seq, state.visitor_read_seq = delivered, read
            state.visitor_unread_count = unread
        else:
            state.operator_delivered_seq, state.operator_read_seq = delivered, read
            state.unread_count = unread


def views_by_id(reader: Reader, ids: Iterable[UUID]) -> list[tuple[Conversation, VisitorConversation]]:
    """These conversations, as operators and as their visitors see them; missing ones are left out."""
    return [_views_of(state) for state in load(reader, ids).values()]


def _state_of(row: tuple[Any, ...]) -> State:
    line = None
    if row[29] is not None:
        line = LastLine(row[29], _KINDS[row[30]], _AUTHOR_KINDS[row[31]], row[32], instant_of(row[33]))
    return State(
        uuid_of(row[0]),
        row[1],
        uuid_of(row[2]),
        uuid_of(row[3]),
        uuid_of(row[4]),
        _STATUSES[row[5]],
        None if row[6] is None else uuid_of(row[6]),
        row[7],
        row[8],
        row[9],
        instant_of(row[10]),
        instant_of(row[11]),
        _instant(row[12]),
        _instant(row[13]),
        _instant(row[14]),
        _instant(row[15]),
        _instant(row[16]),
        _instant(row[17]),
        None if row[18] is None else _AUTHOR_KINDS[row[18]],
        row[19],
        row[20],
        row[21],
        row[22],
        row[23],
        row[24],
        row[25],
        row[26],
        row[27],
        None if row[28] is None else _decode_page(row[28]),
        line,
    )


def _views_of(state: State) -> tuple[Conversation, VisitorConversation]:
    conversation = Conversation(
        state.id,
        state.number,
        state.site_id,
        state.contact_id,
        state.visitor_id,
        state.status,
        state.assignee_id,
        state.last_seq,
        state.last_line,
        state.created_at,
        state.queued_at,
        state.assigned_at,
        state.first_visitor_message_at,
        state.first_operator_reply_at,
        state.waiting_since,
        state.closed_at,
        state.closed_by,
        state.visitor_delivered_seq,
        state.visitor_read_seq,
        state.operator_delivered_seq,
        state.operator_read_seq,
        state.unread_count,
        state.rating,
        state.rating_comment,
        state.language,
        state.started_on,
    )
    return conversation, VisitorConversation(
        state.id,
        state.status,
        state.assignee_id,
        state.visitor_last_seq,
        state.created_at,
        state.closed_at,
        state.closed_by,
        state.operator_delivered_seq,
        state.operator_read_seq,
        state.visitor_read_seq,
        state.visitor_unread_count,
        state.rating,
    )


def _instant(value: Any) -> datetime | None:
    return None if value is None else instant_of(value)
