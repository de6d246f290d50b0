"""The words of messages, in the engine's own index, folded by `kit/fold.py` before they get there."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, text

from klepet.kit.fold import words as words_of
from klepet.model.ports import Reader, Transaction
from klepet.model.words import MessageKind
from klepet.store.column_types import uuid_of
from klepet.store.engine import driver_of
from klepet.store.statements import Lookup
from klepet.store.tables import search_entries

INDEXED_WORDS = 5_000

_e = search_entries.c
_INDEXED_KINDS = frozenset({MessageKind.TEXT.value, MessageKind.NOTE.value})
_texts = Lookup("SELECT conversation_id, seq, text, kind FROM messages", {"conversation_id": "uuid", "seq": "bigint"})
_Entry = tuple[UUID, int, list[str]]
_conversation = bindparam("conversation_id", type_=_e.conversation_id.type)


class _Sqlite:
    """The contentless FTS5 table: https://sqlite.org/fts5.html."""

    add_entry = "INSERT INTO search_entries (conversation_id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id"
    add_words = "INSERT INTO search_words (rowid, words) VALUES (?, ?)"
    forget_words = text(
        "DELETE FROM search_words WHERE rowid IN"
        " (SELECT id FROM search_entries WHERE conversation_id = :conversation_id)"
    ).bindparams(_conversation)
    matching = text(
        "SELECT rowid FROM search_words WHERE search_words MATCH :query AND rowid < :before"
        " ORDER BY rowid DESC LIMIT :limit"
    )

    @classmethod
    def add(cls, tx: Transaction, entries: Sequence[_Entry]) -> None:
        execute = driver_of(tx.conn).execute
        for conversation_id, seq, words in entries:
            entry = execute(cls.add_entry, (conversation_id, seq)).fetchone()
            if entry is not None:
                execute(cls.add_words, (entry[0], " ".join(words)))

    @staticmethod
    def stored(words: list[str]) -> str:
        return " ".join(words)

    @staticmethod
    def query(words: list[str]) -> str:
        return " AND ".join('"' + word.replace('"', '""') + '"' for word in words) + "*"


class _Postgres:
    """A tsvector of the words as they are: https://www.postgresql.org/docs/15/textsearch-features.html."""

    add_entries = """
        WITH given AS (
            SELECT * FROM ROWS FROM (json_to_recordset(%s::json) AS (conversation_id uuid, seq bigint, words json))
            WITH ORDINALITY AS given (conversation_id, seq, words, place)
        ), added AS (
            INSERT INTO search_entries (conversation_id, seq)
            SELECT conversation_id, seq FROM given ORDER BY place
            ON CONFLICT DO NOTHING RETURNING id, conversation_id, seq
        )
        INSERT INTO search_words (id, words)
        SELECT added.id, array_to_tsvector(ARRAY(SELECT json_array_elements_text(given.words)))
        FROM added JOIN given USING (conversation_id, seq)
    """
    add_words = "INSERT INTO search_words (id, words) VALUES (%s, array_to_tsvector(%s))"
    forget_words = text(
        "DELETE FROM search_words WHERE id IN (SELECT id FROM search_entries WHERE conversation_id = :conversation_id)"
    ).bindparams(_conversation)
    matching = text(
        "SELECT id FROM search_words WHERE words @@ CAST(:query AS tsquery) AND id < :before"
        " ORDER BY id DESC LIMIT :limit"
    )

    @classmethod
    def add(cls, tx: Transaction, entries: Sequence[_Entry]) -> None:
        rows = [{"conversation_id": entry[0], "seq": entry[1], "words": entry[2]} for entry in entries]
        if rows:
            driver_of(tx.conn).execute(cls.add_entries, (msgspec.json.encode(rows).decode(),))

    @staticmethod
    def stored(words: list[str]) -> list[str]:
        return words

    @staticmethod
    def query(words: list[str]) -> str:
        return " & ".join("'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words) + ":*"


_BEYOND_ALL = 2**62


def _index_of(reader: Reader) -> type[_Sqlite] | type[_Postgres]:
    return _Postgres if reader.conn.dialect.name == "postgresql" else _Sqlite


def index(tx: Transaction, keys: Iterable[tuple[UUID, int]]) -> None:
    """Add texts and notes by (conversation, seq), in this order; those already there stay as they are, and what is no
    text, or gone, is left out.
    """
    wanted = list(keys)
    texts = {(uuid_of(row[0]), row[1]): row[2] for row in _texts.rows(tx.conn, wanted) if row[3] in _INDEXED_KINDS}
    found = [(*key, words) for key in wanted if key in texts and (words := words_of(texts[key], INDEXED_WORDS))]
    _index_of(tx).add(tx, found)


def add_words(conn: Connection, entries: Sequence[tuple[int, list[str]]]) -> None:
    """Fill the index for entries that are there without it: (entry, words) each."""
    engine = _Postgres if conn.dialect.name == "postgresql" else _Sqlite
    for entry_id, words in entries:
        driver_of(conn).execute(engine.add_words, (entry_id, engine.stored(words)))


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
