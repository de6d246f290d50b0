"""Both engines find the same: what the folding of words says, whatever people write and ask."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from klepet.kit.fold import words
from klepet.store import schema, search, tables
from klepet.store.engine import Engine
from klepet.store.opening import open_engine
from klepet.store.transaction import OpenReader, OpenTransaction
from tests.contract.store.filling import fill
from tests.postgres import PostgresServer

_WORDS = [
    "order", "Order's", "paczka", "Łódź", "ŻÓŁĆ", "zażółć", "Gdzie", "посылка", "Ещё", "ёлка", "й", "naročilo",
    "Čevlji", "šel", "Žiga", "straße", "STRASSE", "A-1", "12.50", "e-mail@shop.test", "it's", "C++", "AND", "OR",
    "NOT", "NEAR", "*", '"', "'", "\\", ":*", "&", "|", "!", "(", "<->", "日本語", "a", "x" * 70, "ﬁn", "Ⅳ", "½",
]  # fmt: skip
_texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20
)
_asked = _texts | st.tuples(st.sampled_from(_WORDS), st.integers(1, 4)).map(lambda given: given[0][: given[1]])


@pytest.fixture(scope="module")
def both(
    postgres: tuple[PostgresServer, str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Connection, Connection]]:
    """A database of each engine with three messages, whose texts are changed for each example."""
    patch = pytest.MonkeyPatch()
    patch.setattr(search, "NEWEST", 1)  # so that some are found by looking, and others by the index
    patch.setattr(search, "FEW", 2)
    places: list[Path | str] = [tmp_path_factory.mktemp("search") / "klepet.db", postgres[0].create()]
    engines: list[Engine] = [open_engine(place) for place in places]
    conns = []
    for engine in engines:
        conn = engine.open_writer()
        schema.upgrade(conn)
        fill(conn)
        conns.append(conn)
    yield conns[0], conns[1]
    patch.undo()
    for conn, engine in zip(conns, engines, strict=True):
        conn.close()
        engine.close()


def write(conn: Connection, texts: list[str]) -> list[tuple[UUID, int]]:
    """Make these the texts of one conversation, and index them."""
    tx: Any = OpenTransaction(conn)
    id_ = conn.execute(tables.conversations.select().with_only_columns(tables.conversations.c.id)).scalars().first()
    assert id_ is not None
    conn.exec_driver_sql("BEGIN")
    for other in list(
        conn.execute(tables.conversations.select().with_only_columns(tables.conversations.c.id)).scalars()
    ):
        search.forget(tx, other, limit=100)
    conn.execute(tables.messages.delete())
    values = {"conversation_id": id_, "kind": "text", "author_kind": "visitor", "at": datetime(2026, 1, 1, tzinfo=UTC)}
    rows = [values | {"seq": number, "text": text} for number, text in enumerate(texts, 1)]
    conn.execute(tables.messages.insert(), rows)
    keys = [(id_, number) for number in range(1, len(texts) + 1)]
    search.index(tx, keys)
    conn.exec_driver_sql("COMMIT")
    return keys


def expected(texts: list[str], asked: list[str]) -> list[int]:
    """By its meaning: every word is there, the last may be the beginning of one; newest first."""
    found = []
    for number, text in enumerate(texts, 1):
        there = words(text, search.INDEXED_WORDS)
        is_there = asked and all(word in there for word in asked[:-1])
        if is_there and any(word.startswith(asked[-1]) for word in there):
            found.append(number)
    return list(reversed(found))


@settings(max_examples=40)
@given(texts=st.lists(_texts, min_size=1, max_size=5), asked=_asked)
def test_both_engines_find_what_the_folding_says(
    both: tuple[Connection, Connection], texts: list[str], asked: str
) -> None:
    wanted = expected(texts, words(asked))
    for conn in both:
        write(conn, texts)
        found = search.find(OpenReader(conn), words(asked), before=None, limit=10)
        assert [seq for _, _, seq in found] == wanted, conn.dialect.name
        if len(found) > 1:
            older = search.find(OpenReader(conn), words(asked), before=found[0][0], limit=10)
            assert older == found[1:]
