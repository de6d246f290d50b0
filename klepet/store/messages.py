"""Rows of messages: appended in sets, read by page. A message is known by (conversation, seq)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, insert, or_, select, tuple_

from klepet.model.limits import TRANSCRIPT_PAGE
from klepet.model.ports import Reader, Transaction
from klepet.model.views import Author, Message
from klepet.model.words import AuthorKind, MessageKind
from klepet.store.tables import messages

_m = messages.c
_select = select(
    _m.conversation_id, _m.seq, _m.kind, _m.author_kind, _m.author_id, _m.text, _m.at, _m.client_id, _m.fact
)
_insert = insert(messages)


def view_of(row: Row[Any]) -> Message:
    """A row as it is sent."""
    kind = AuthorKind(row.author_kind)
    return Message(
        conversation_id=row.conversation_id,
        seq=row.seq,
        kind=MessageKind(row.kind),
        author=Author(kind, row.author_id if kind in (AuthorKind.OPERATOR, AuthorKind.BOT) else None),
        text=row.text,
        at=row.at,
        client_id=row.client_id,
        fact=row.fact,
    )


def append(tx: Transaction, values: Sequence[dict[str, Any]]) -> None:
    """Insert messages: one dict of column values each."""
    tx.conn.execute(_insert, list(values))


def by_client_ids(tx: Transaction, keys: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], Message]:
    """Messages already stored under these (author id, client id) pairs."""
    query = _select.where(tuple_(_m.author_id, _m.client_id).in_(keys))
    return {(row.author_id, row.client_id): view_of(row) for row in tx.conn.execute(query)}


def by_keys(reader: Reader, keys: Iterable[tuple[UUID, int]]) -> list[Message]:
    """Messages by (conversation, seq), in order; missing ones are left out."""
    wanted = list(keys)
    if not wanted:
        return []
    query = _select.where(tuple_(_m.conversation_id, _m.seq).in_(wanted)).order_by(_m.conversation_id, _m.seq)
    return [view_of(row) for row in reader.conn.execute(query)]


def page(
    reader: Reader,
    conversation_id: UUID,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = TRANSCRIPT_PAGE,
    with_notes: bool,
) -> list[Message]:
    """At most `limit` messages, ascending: the newest ones, the newest before a seq, or the oldest after one."""
    query = _select.where(_m.conversation_id == conversation_id)
    if not with_notes:
        query = query.where(_m.kind != MessageKind.NOTE.value)
    if before is not None:
        query = query.where(_m.seq < before)
    if after is not None:
        rows = reader.conn.execute(query.where(_m.seq > after).order_by(_m.seq).limit(limit)).all()
        return [view_of(row) for row in rows]
    rows = reader.conn.execute(query.order_by(_m.seq.desc()).limit(limit)).all()
    return [view_of(row) for row in reversed(rows)]


def count_from(tx: Transaction, conversation_id: UUID, author_kinds: Sequence[AuthorKind], after: int) -> int:
    """How many texts of these authors stand after a seq."""
    query = select(func.count()).where(
        _m.conversation_id == conversation_id,
        _m.seq > after,
        _m.kind == MessageKind.TEXT.value,
        or_(*(_m.author_kind == kind.value for kind in author_kinds)),
    )
    return int(tx.conn.execute(query).scalar_one())


def authors_of(reader: Reader, conversation_ids: Sequence[UUID]) -> list[UUID]:
    """The operators who wrote texts in these conversations."""
    query = (
        select(_m.author_id)
        .where(
            and_(
                _m.conversation_id.in_(conversation_ids),
                _m.author_kind == AuthorKind.OPERATOR.value,
                _m.kind == MessageKind.TEXT.value,
            )
        )
        .distinct()
    )
    return list(reader.conn.execute(query).scalars())
