"""The words of messages, in the engine's own index, folded by `kit/fold.py` before they get there."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from klepet.kit.fold import words as words_of
from klepet.model.ports import Reader, Transaction
from klepet.model.views import Message
from klepet.model.words import MessageKind
from klepet.store.tables import search_entries

INDEXED_WORDS = 5_000
INDEXED_KINDS = (MessageKind.TEXT, MessageKind.NOTE)

_e = search_entries.c
_ENTRY = [_e.conversation_id, _e.seq]
_conversation = bindparam("conversation_id", type_=_e.conversation_id.type)


class _Sqlite:
    """The contentless FTS5 table: https://sqlite.org/fts5.html."""

    add_entry = sqlite_insert(search_entries).on_conflict_do_nothing(index_elements=_ENTRY).returning(_e.id)
    add_words = text("INSERT INTO search_words (rowid, words) VALUES (:id, :words)")
    forget_words = text(
        "DELETE FROM search_words WHERE rowid IN"
        " (SELECT id FROM search_entries WHERE conversation_id = :conversation_id)"
    ).bindparams(_conversation)
    matching = text(
        "SELECT rowid FROM search_words WHERE search_words MATCH :query AND rowid < :before"
        " ORDER BY rowid DESC LIMIT :limit"
    )

    @staticmethod
    def stored(words: list[str]) -> object:
        return " ".join(words)

    @staticmethod
    def query(words: list[str]) -> str:
        return " AND ".join('"' + word.replace('"', '""') + '"' for word in words) + "*"


class _Postgres:
    """A tsvector of the words as they are: https://www.postgresql.org/docs/15/textsearch-features.html."""

    add_entry = postgres_insert(search_entries).on_conflict_do_nothing(index_elements=_ENTRY).returning(_e.id)
    add_words = text("INSERT INTO search_words (id, words) VALUES (:id, array_to_tsvector(:words))")
    forget_words = text(
        "DELETE FROM search_words WHERE id IN (SELECT id FROM search_entries WHERE conversation_id = :conversation_id)"
    ).bindparams(_conversation)
    matching = text(
        "SELECT id FROM search_words WHERE words @@ CAST(:query AS tsquery) AND id < :before"
        " ORDER BY id DESC LIMIT :limit"
    )

    @staticmethod
    def stored(words: list[str]) -> object:
        return words

    @staticmethod
    def query(words: list[str]) -> str:
        return " & ".join("'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words) + ":*"


_BEYOND_ALL = 2**62


def _index_of(reader: Reader) -> type[_Sqlite] | type[_Postgres]:
    return _Postgres if reader.conn.dialect.name == "postgresql" else _Sqlite


def index(tx: Transaction, messages: Sequence[Message]) -> None:
    """Add texts and notes, in this order; those already there stay as they are."""
    engine = _index_of(tx)
    for message in messages:
        if message.kind not in INDEXED_KINDS:
            continue
        found = words_of(message.text, INDEXED_WORDS)
        if not found:
            continue
        values = {"conversation_id": message.conversation_id, "seq": message.seq}
        entry_id = tx.conn.execute(engine.add_entry, values).scalar_one_or_none()
        if entry_id is not None:
            tx.conn.execute(engine.add_words, {"id": entry_id, "words": engine.stored(found)})


def find(reader: Reader, words: list[str], *, before: int | None, limit: int) -> list[tuple[int, UUID, int]]:
    """(Entry, conversation, seq) of messages in which every word stands, the last one perhaps longer; newest first."""
    if not words:
        return []
    engine = _index_of(reader)
    values = {"query": engine.query(words), "before": _BEYOND_ALL if before is None else before, "limit": limit}
    rows = reader.conn.execute(engine.matching, values)
    entry_ids = list(rows.scalars())
    entries = select(_e.id, _e.conversation_id, _e.seq).where(_e.id.in_(entry_ids)).order_by(_e.id.desc())
    return [(row.id, row.conversation_id, row.seq) for row in reader.conn.execute(entries)]


def forget(tx: Transaction, conversation_id: UUID) -> None:
    """Take a conversation out of the index."""
    tx.conn.execute(_index_of(tx).forget_words, {"conversation_id": conversation_id})
    tx.conn.execute(delete(search_entries).where(_e.conversation_id == conversation_id))
