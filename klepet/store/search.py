"""The words of messages, in SQLite's full-text index, folded by `kit/fold.py` before they get there."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text

from klepet.kit.fold import words as words_of
from klepet.model.ports import Reader, Transaction
from klepet.store.sqlite import driver_of
from klepet.store.tables import search_entries

INDEXED_WORDS = 5_000

_e = search_entries.c
# Each message goes this way: text for the driver.
_TEXT = "SELECT text FROM messages WHERE conversation_id = ? AND seq = ? AND kind IN ('text', 'note')"
_ADD_ENTRY = "INSERT INTO search_entries (conversation_id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id"
_ADD_WORDS = "INSERT INTO search_words (rowid, words) VALUES (?, ?)"
_forget_words = text(
    "DELETE FROM search_words WHERE rowid IN (SELECT id FROM search_entries WHERE conversation_id = :conversation_id)"
).bindparams(bindparam("conversation_id", type_=_e.conversation_id.type))
_matching = text("SELECT rowid FROM search_words WHERE search_words MATCH :query ORDER BY rowid DESC LIMIT :limit")
_matching_before = text(
    "SELECT rowid FROM search_words WHERE search_words MATCH :query AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :limit"
)


def index(tx: Transaction, keys: Iterable[tuple[UUID, int]]) -> None:
    """Add texts and notes by (conversation, seq), in this order; those already there stay as they are, and what is no
    text, or gone, is left out.
    """
    execute = driver_of(tx.conn).execute
    for conversation_id, seq in keys:
        key = (conversation_id.bytes, seq)
        row = execute(_TEXT, key).fetchone()
        found = [] if row is None else words_of(row[0], INDEXED_WORDS)
        if not found:
            continue
        entry = execute(_ADD_ENTRY, key).fetchone()
        if entry is not None:
            execute(_ADD_WORDS, (entry[0], " ".join(found)))


def find(reader: Reader, words: list[str], *, before: int | None, limit: int) -> list[tuple[int, UUID, int]]:
    """(Entry, conversation, seq) of messages in which every word stands, the last one perhaps longer; newest first."""
    if not words:
        return []
    values: dict[str, object] = {"query": _query_of(words), "limit": limit}
    if before is None:
        rows = reader.conn.execute(_matching, values)
    else:
        rows = reader.conn.execute(_matching_before, values | {"before": before})
    entry_ids = list(rows.scalars())
    entries = select(_e.id, _e.conversation_id, _e.seq).where(_e.id.in_(entry_ids)).order_by(_e.id.desc())
    return [(row.id, row.conversation_id, row.seq) for row in reader.conn.execute(entries)]


def forget(tx: Transaction, conversation_id: UUID) -> None:
    """Take a conversation out of the index."""
    tx.conn.execute(_forget_words, {"conversation_id": conversation_id})
    tx.conn.execute(delete(search_entries).where(_e.conversation_id == conversation_id))


def _query_of(words: list[str]) -> str:
    quoted = ['"' + word.replace('"', '""') + '"' for word in words]
    return " AND ".join(quoted) + "*"
