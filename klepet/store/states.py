"""Conversations as the writer works on them: loaded once, changed in memory, written column by column, and shown to
others from memory.

Where one process does all the writing, as with SQLite, it keeps the states of conversations from one batch to the
next (`OpenTransaction.kept`): then a message reads its conversation neither before nor after. Whoever changes a
conversation, or the messages that it shows, in another way than here calls `forget`; a batch that is rolled back
forgets all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from klepet.model.ports import Reader, Transaction
from klepet.model.views import Conversation, LastLine, Page, VisitorConversation
from klepet.model.words import AuthorKind, MessageKind, Side, Status
from klepet.store.column_types import instant_of, micros_of, uuid_of
from klepet.store.prepared import Prepared
from klepet.store.sqlite import driver_of
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

# The message path, as text for the driver.
_LOAD = f"""
    SELECT c.id, c.number, c.site_id, c.contact_id, c.visitor_id, c.status, c.assignee_id, c.last_seq, c.last_line_seq,
        c.visitor_last_seq, c.last_at, c.created_at, c.queued_at, c.assigned_at, c.first_visitor_message_at,
        c.first_operator_reply_at, c.waiting_since, c.closed_at, c.closed_by, c.visitor_delivered_seq,
        c.visitor_read_seq, c.operator_delivered_seq, c.operator_read_seq, c.unread_count, c.visitor_unread_count,
        c.rating, c.rating_comment, c.language, c.started_on,
        m.seq, m.kind, m.author_kind, substr(m.text, 1, {LAST_LINE_CHARS}), m.at
    FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_line_seq
    WHERE c.id = ?
"""  # noqa: S608
# What is set is written into every index in which it stands, changed or not: so only what a message changes.
_NOTE = (
    "UPDATE conversations SET last_seq = ?, last_line_seq = ?, visitor_last_seq = ?, last_at = ?,"
    " first_visitor_message_at = ?, first_operator_reply_at = ?, waiting_since = ?, unread_count = ?,"
    " visitor_unread_count = ? WHERE id = ?"
)
_TURN = (
    "UPDATE conversations SET status = ?, assignee_id = ?, queued_at = ?, assigned_at = ?, closed_at = ?,"
    " closed_by = ? WHERE id = ?"
)
_MARK = {
    Side.VISITOR: "UPDATE conversations SET visitor_delivered_seq = ?, visitor_read_seq = ?, visitor_unread_count = ?"
    " WHERE id = ?",
    Side.OPERATOR: "UPDATE conversations SET operator_delivered_seq = ?, operator_read_seq = ?, unread_count = ?"
    " WHERE id = ?",
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
    found: dict[UUID, State] = {}
    for id_ in ids:
        state = None if kept is None else kept.get(id_)
        if state is None:
            row = driver_of(reader.conn).execute(_LOAD, (id_.bytes,)).fetchone()
            if row is None:
                continue
            state = _state_of(row)
            if kept is not None:
                kept[id_] = state
        found[id_] = state
    return found


def load_open(tx: Transaction, contact_ids: Iterable[UUID]) -> list[State]:
    """The states of every conversation of these contacts that is not closed, oldest activity first for each."""
    ids = [row.id for contact_id in contact_ids for row in _open_ids.all(tx, contact_id=contact_id)]
    return list(load(tx, ids).values())


def keep(tx: Transaction, state: State) -> None:
    """Keep the state of a conversation that was just made."""
    kept: dict[UUID, State] | None = getattr(tx, "kept", None)
    if kept is not None:
        kept[state.id] = state


def forget(tx: Transaction, conversation_id: UUID) -> None:
    """Read the conversation anew when it is needed next."""
    kept: dict[UUID, State] | None = getattr(tx, "kept", None)
    if kept is not None:
        kept.pop(conversation_id, None)


def note_messages(tx: Transaction, states: Iterable[State]) -> None:
    """Write what messages changed."""
    driver_of(tx.conn).executemany(
        _NOTE,
        [
            (
                s.last_seq,
                s.last_line_seq,
                s.visitor_last_seq,
                micros_of(s.last_at),
                _micros(s.first_visitor_message_at),
                _micros(s.first_operator_reply_at),
                _micros(s.waiting_since),
                s.unread_count,
                s.visitor_unread_count,
                s.id.bytes,
            )
            for s in states
        ],
    )


def turn(tx: Transaction, states: Iterable[State]) -> None:
    """Write who holds these conversations and whether they are open."""
    driver_of(tx.conn).executemany(
        _TURN,
        [
            (
                s.status.value,
                None if s.assignee_id is None else s.assignee_id.bytes,
                _micros(s.queued_at),
                _micros(s.assigned_at),
                _micros(s.closed_at),
                None if s.closed_by is None else s.closed_by.value,
                s.id.bytes,
            )
            for s in states
        ],
    )


def mark(tx: Transaction, state: State, side: Side, *, delivered_seq: int, read_seq: int, unread_count: int) -> None:
    """Set one side's watermarks, and how many messages of the other side it has not read."""
    driver_of(tx.conn).execute(_MARK[side], (delivered_seq, read_seq, unread_count, state.id.bytes))
    if side is Side.VISITOR:
        state.visitor_delivered_seq, state.visitor_read_seq = delivered_seq, read_seq
        state.visitor_unread_count = unread_count
    else:
        state.operator_delivered_seq, state.operator_read_seq = delivered_seq, read_seq
        state.unread_count = unread_count


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


def _instant(value: int | None) -> datetime | None:
    return None if value is None else instant_of(value)


def _micros(value: datetime | None) -> int | None:
    return None if value is None else micros_of(value)
