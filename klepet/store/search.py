"""The words of messages, in the engine's own index, folded by `kit/fold.py` before they get there."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, select

from klepet.kit.fold import words as words_of
from klepet.model.ports import Reader, Transaction
from klepet.model.words import MessageKind
from klepet.store.column_types import uuid_of
from klepet.store.engine import driver_of
from klepet.store.statements import Lookup
from klepet.store.tables import messages, search_entries

INDEXED_WORDS = 5_000
MERGED_PAGES = 8
NEWEST = 10_000
"""So many messages are looked through one by one, on PostgreSQL, before its index is asked."""
FEW = 20_000
"""Fewer hits than that are gathered and sorted."""
ROWS_A_MESSAGE = 10
"""Taking a message out of the index costs as much as removing so many rows."""

_e = search_entries.c
_INDEXED_KINDS = frozenset({MessageKind.TEXT.value, MessageKind.NOTE.value})
_texts = Lookup("SELECT conversation_id, seq, text, kind FROM messages", {"conversation_id": "uuid", "seq": "bigint"})
_Entry = tuple[UUID, int, list[str]]


class _Sqlite:
    """The contentless FTS5 table: https://sqlite.org/fts5.html#contentless_tables."""

    add_entry = "INSERT INTO search_entries (conversation_id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id"
    add_words = "INSERT INTO search_words (rowid, words) VALUES (?, ?)"
    merge = "INSERT INTO search_words (search_words, rank) VALUES ('merge', ?)"
    # Given the words, FTS5 takes them out of its pages (secure-delete); it would only mark them otherwise.
    forget_words = "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', ?, ?)"
    matching = "SELECT rowid FROM search_words WHERE search_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"

    @classmethod
    def add(cls, tx: Transaction, entries: Sequence[_Entry]) -> None:
        # First all entries, then all words: a statement that other tables may refuse makes FTS5 write down what it
        # holds in memory, and a segment of its own for each message costs three times as much.
        driver = driver_of(tx.conn)
        added = [
            (entry[0], words)
            for conversation_id, seq, words in entries
            if (entry := driver.execute(cls.add_entry, (conversation_id, seq)).fetchone()) is not None
        ]
        cls.fill(tx.conn, added)

    @classmethod
    def fill(cls, conn: Connection, entries: Sequence[tuple[int, list[str]]]) -> None:
        if not entries:
            return
        driver = driver_of(conn)
        driver.executemany(cls.add_words, [(id_, cls.stored(words)) for id_, words in entries])
        # A step of merging that keeps up with what was added. FTS5 by itself now and then merges for 20 ms in a commit.
        driver.execute(cls.merge, (max(MERGED_PAGES, len(entries) // 3),))

    @classmethod
    def forget(cls, tx: Transaction, entries: Sequence[tuple[int, list[str]]]) -> None:
        driver_of(tx.conn).executemany(cls.forget_words, [(id_, cls.stored(words)) for id_, words in entries])

    @staticmethod
    def stored(words: list[str]) -> str:
        return " ".join(words)

    @classmethod
    def find(cls, reader: Reader, words: list[str], before: int, limit: int) -> list[int]:
        found = driver_of(reader.conn).execute(cls.matching, (cls.query(words), before, limit))
        return [row[0] for row in found]

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
    forget_words = "DELETE FROM search_words WHERE id = ANY (%s::bigint[])"
    newest = """
        SELECT id FROM (
            SELECT id, words FROM search_words
            WHERE id < %s AND id > (SELECT max(id) FROM search_words WHERE id < %s) - %s ORDER BY id DESC OFFSET 0
        ) AS newest WHERE words @@ %s::tsquery LIMIT %s
    """
    few = "SELECT id FROM search_words WHERE words @@ %s::tsquery AND id < %s LIMIT %s"
    matching = "SELECT id FROM search_words WHERE words @@ %s::tsquery AND id < %s ORDER BY id DESC LIMIT %s"

    @classmethod
    def add(cls, tx: Transaction, entries: Sequence[_Entry]) -> None:
        rows = [{"conversation_id": entry[0], "seq": entry[1], "words": entry[2]} for entry in entries]
        if rows:
            driver_of(tx.conn).hold(cls.add_entries, (msgspec.json.encode(rows).decode(),))

    @classmethod
    def fill(cls, conn: Connection, entries: Sequence[tuple[int, list[str]]]) -> None:
        with driver_of(conn).cursor() as cursor:
            cursor.executemany(cls.add_words, entries)

    @classmethod
    def forget(cls, tx: Transaction, entries: Sequence[tuple[int, list[str]]]) -> None:
        driver_of(tx.conn).execute(cls.forget_words, ([id_ for id_, _ in entries],))

    @classmethod
    def find(cls, reader: Reader, words: list[str], before: int, limit: int) -> list[int]:
        # PostgreSQL cannot know how rare a beginning of a word is, and takes it for one in 200. Of a rare one it
        # would look for hits backwards through all messages, of a common one gather all and sort them: a second each,
        # with millions of messages. So the newest messages are looked through; then the index is asked for all hits, if
        # they are few; if they are many, going backwards comes upon them soon. Planned for these words each time.
        execute, query = driver_of(reader.conn).execute, cls.query(words)
        found = execute(cls.newest, (before, before, NEWEST, query, limit), prepare=False).fetchall()
        if len(found) < limit:
            execute("SET LOCAL enable_seqscan = off", prepare=False)
            found = execute(cls.few, (query, before, FEW), prepare=False).fetchall()
            if len(found) == FEW:
                found = execute(cls.matching, (query, before, limit), prepare=False).fetchall()
        return sorted((row[0] for row in found), reverse=True)[:limit]

    @staticmethod
    def query(words: list[str]) -> str:
        return " & ".join("'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words) + ":*"


_BEYOND_ALL = 2**62


def _index_of(conn: Connection) -> type[_Sqlite] | type[_Postgres]:
    return _Postgres if conn.dialect.name == "postgresql" else _Sqlite


def index(tx: Transaction, keys: Iterable[tuple[UUID, int]]) -> None:
    """Add texts and notes by (conversation, seq), in this order; those already there stay as they are, and what is no
    text, or gone, is left out.
    """
    wanted = list(keys)
    texts = {(uuid_of(row[0]), row[1]): row[2] for row in _texts.rows(tx.conn, wanted) if row[3] in _INDEXED_KINDS}
    found = [(*key, words) for key in wanted if key in texts and (words := words_of(texts[key], INDEXED_WORDS))]
    _index_of(tx.conn).add(tx, found)


def add_words(conn: Connection, entries: Sequence[tuple[int, list[str]]]) -> None:
    """Fill the index for entries that are there without it: (entry, words) each."""
    _index_of(conn).fill(conn, entries)


def find(reader: Reader, words: list[str], *, before: int | None, limit: int) -> list[tuple[int, UUID, int]]:
    """(Entry, conversation, seq) of messages in which every word stands, the last one perhaps longer; newest first."""
    if not words:
        return []
    entry_ids = _index_of(reader.conn).find(reader, words, _BEYOND_ALL if before is None else before, limit)
    entries = select(_e.id, _e.conversation_id, _e.seq).where(_e.id.in_(entry_ids)).order_by(_e.id.desc())
    return [(row.id, row.conversation_id, row.seq) for row in reader.conn.execute(entries)]


def forget(tx: Transaction, conversation_id: UUID, *, limit: int) -> int:
    """Take messages of a conversation out of the index, as many as cost no more than removing `limit` rows. Tells what
    it cost in rows: as long as that is the whole limit, there may be more. To be done before the messages go, as it
    needs their words.
    """
    statement = (
        select(_e.id, messages.c.text)
        .join(messages, (messages.c.conversation_id == _e.conversation_id) & (messages.c.seq == _e.seq))
        .where(_e.conversation_id == conversation_id)
        .limit(max(1, limit // ROWS_A_MESSAGE))
    )
    found = [(row.id, words_of(row.text, INDEXED_WORDS)) for row in tx.conn.execute(statement)]
    if found:
        _index_of(tx.conn).forget(tx, found)
        tx.conn.execute(delete(search_entries).where(_e.id.in_([id_ for id_, _ in found])))
    return len(found) * ROWS_A_MESSAGE
