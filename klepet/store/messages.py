"""Rows of messages: appended in sets, read by page. A message is known by (conversation, seq)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, select

from klepet.model.limits import TRANSCRIPT_PAGE
from klepet.model.ports import Reader, Transaction
from klepet.model.views import Author, Message, SystemFact
from klepet.model.words import AuthorKind, MessageKind
from klepet.store import states
from klepet.store.column_types import instant_of, uuid_of
from klepet.store.engine import driver_of
from klepet.store.prepared import Prepared
from klepet.store.statements import Change, Lookup, Statement
from klepet.store.tables import messages

_m = messages.c
_select = select(
    _m.conversation_id, _m.seq, _m.kind, _m.author_kind, _m.author_id, _m.text, _m.at, _m.client_id, _m.fact
)

# What every connection of a visitor asks.
_newest_but_notes = Prepared(
    _select.where(_m.conversation_id == bindparam("conversation_id"), _m.kind != MessageKind.NOTE.value)
    .order_by(_m.seq.desc())
    .limit(bindparam("limit"))
)
_authors = Prepared(
    select(_m.author_id)
    .where(
        _m.conversation_id == bindparam("conversation_id"),
        _m.author_kind == AuthorKind.OPERATOR.value,
        _m.kind == MessageKind.TEXT.value,
    )
    .distinct()
)

# The message path, as text for the driver.

_insert = Change(
    "INSERT",
    "messages",
    {
        "conversation_id": "uuid",
        "seq": "bigint",
        "kind": "text",
        "author_kind": "text",
        "author_id": "uuid",
        "text": "text",
        "fact": "text",
        "client_id": "text",
        "at": "timestamptz",
    },
)
_SELECT = "SELECT conversation_id, seq, kind, author_kind, author_id, text, at, client_id, fact FROM messages"
# On SQLite one by one: it reads the whole table for a list of pairs, because the index is a partial one.
SENT = Lookup(_SELECT, {"author_id": "uuid", "client_id": "text"})
_count_after = Statement(
    "SELECT count(*) FROM messages WHERE conversation_id = ? AND seq > ? AND kind = 'text' AND author_kind IN (?, ?)"
)
_counts_after = """
    SELECT after.id, (
        SELECT count(*) FROM messages m
        WHERE m.conversation_id = after.id AND m.seq > after.seq AND m.kind = 'text' AND m.author_kind IN (%s, %s)
    ) FROM unnest(%s::uuid[], %s::bigint[]) AS after (id, seq)
"""
_by_key = Lookup(_SELECT, {"conversation_id": "uuid", "seq": "bigint"})
_KINDS = {kind.value: kind for kind in MessageKind}
_AUTHOR_KINDS = {kind.value: kind for kind in AuthorKind}
_NAMED = frozenset({AuthorKind.OPERATOR.value, AuthorKind.BOT.value})
_encode = msgspec.json.Encoder().encode
_decode_fact = msgspec.json.Decoder(SystemFact, strict=False).decode


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


def append(tx: Transaction, lines: Sequence[tuple[Message, UUID | None]], changed: Iterable[states.State]) -> None:
    """Insert messages, each with the id of whoever wrote it (a visitor's stands in no Message), and write what they
    changed of their conversations.
    """
    _insert.run(
        tx.conn,
        [
            (
                message.conversation_id,
                message.seq,
                message.kind.value,
                message.author.kind.value,
                author_id,
                message.text,
                None if message.fact is None else _encode(message.fact).decode(),
                message.client_id,
                message.at,
            )
            for message, author_id in lines
        ],
    )
    states.note(tx, changed)


def by_client_ids(tx: Transaction, keys: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], Message]:
    """Messages already stored under these (author id, client id) pairs."""
    ahead: dict[tuple[UUID, str], Message | None] = getattr(tx, "sent", {})
    at_hand = {key: ahead.pop(key) for key in keys if key in ahead}
    missing = [key for key in keys if key not in at_hand]
    found = {key: message for key, message in at_hand.items() if message is not None}
    return found | sent_by_key(SENT.rows(tx.conn, missing))


def sent_by_key(found: Iterable[tuple[Any, ...]]) -> dict[tuple[UUID, str], Message]:
    """Rows of `SENT` as messages, by author and client id."""
    return {(uuid_of(row[4]), row[7]): _message_of(row) for row in found}


def by_keys(reader: Reader, keys: Iterable[tuple[UUID, int]]) -> list[Message]:
    """Messages by (conversation, seq), in this order; missing ones are left out."""
    found = [_message_of(row) for row in _by_key.rows(reader.conn, keys)]
    return sorted(found, key=lambda message: (message.conversation_id, message.seq))


def _message_of(row: tuple[Any, ...]) -> Message:
    conversation_id, seq, kind, author_kind, author_id, text, at, client_id, fact = row
    author = Author(_AUTHOR_KINDS[author_kind], uuid_of(author_id) if author_id and author_kind in _NAMED else None)
    return Message(
        uuid_of(conversation_id),
        seq,
        _KINDS[kind],
        author,
        text,
        instant_of(at),
        client_id,
        None if fact is None else _decode_fact(fact),
    )


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
    if not with_notes and before is None and after is None:
        newest = _newest_but_notes.all(reader, conversation_id=conversation_id, limit=limit)
        return [view_of(row) for row in reversed(newest)]
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


def counts_after(tx: Transaction, places: Sequence[tuple[UUID, int]], author_kinds: tuple[str, str]) -> dict[UUID, int]:
    """How many texts of these authors stand after a seq, in each of these conversations."""
    if not places:
        return {}
    if tx.conn.dialect.name == "sqlite":
        return {id_: _count_after.run(tx.conn, (id_, seq, *author_kinds)).fetchone()[0] for id_, seq in places}
    ids, seqs = zip(*places, strict=True)
    found = driver_of(tx.conn).ask(_counts_after, (*author_kinds, list(ids), list(seqs)))
    return {uuid_of(id_): count for id_, count in found}


def authors_of(reader: Reader, conversation_ids: Sequence[UUID]) -> list[UUID]:
    """The operators who wrote texts in these conversations."""
    found = {row.author_id for id_ in conversation_ids for row in _authors.all(reader, conversation_id=id_)}
    return list(found)
