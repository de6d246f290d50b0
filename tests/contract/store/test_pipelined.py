"""Statements that go together to PostgreSQL: in their order, with every value as it is, up to the first that fails."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klepet.store.pipelined import PipelinedConnection
from tests.postgres import PostgresServer

_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
_ECHO = "SELECT %s::text, %s::text[], %s::bigint, %s::uuid[], %s::bigint[]"


@pytest.fixture(scope="module")
def url(postgres: tuple[PostgresServer, str, list[str]]) -> Iterator[str]:
    """An empty database."""
    made = postgres[0].create()
    yield made
    postgres[0].drop(made)


@pytest.fixture
def pipeline(url: str) -> Iterator[PipelinedConnection]:
    """A connection to it, with a table of words."""
    with closing(PipelinedConnection.connect(url, autocommit=True)) as found:
        found.execute("CREATE TEMPORARY TABLE words (word text UNIQUE)")
        yield found


def put(pipeline: PipelinedConnection, *words: str) -> None:
    """Hold back words."""
    for word in words:
        pipeline.hold("INSERT INTO words VALUES (%s::text)", (word,))


def words_of(pipeline: Any) -> list[str]:
    """What the table has, by a way around `ask`."""
    return [word for (word,) in pipeline.execute("SELECT word FROM words ORDER BY word")]


@settings(max_examples=50)
@given(_texts | st.none(), st.lists(_texts), st.integers(-(2**63), 2**63 - 1), st.lists(st.uuids()))
def test_values_arrive_as_they_are(url: str, text: str | None, texts: list[str], number: int, ids: list[UUID]) -> None:
    with closing(PipelinedConnection.connect(url, autocommit=True)) as pipeline:
        for threshold in (5, None):
            pipeline.prepare_threshold = threshold
            assert pipeline.ask(_ECHO, (text, texts, number, ids, [number])) == [(text, texts, number, ids, [number])]


def test_a_nul_is_refused_before_anything_is_sent(pipeline: PipelinedConnection) -> None:
    """libpq would end the text there."""
    for value in ("a\0b", ["a\0b"]):
        with pytest.raises(psycopg.DataError):
            pipeline.hold("SELECT %s::text", (value,))
    assert pipeline.ask("SELECT 1") == [(1,)]


def test_what_is_held_back_comes_first(pipeline: PipelinedConnection) -> None:
    put(pipeline, "a", "b")
    assert pipeline.ask("SELECT count(*) FROM words WHERE word <> %s::text", ("",)) == [(2,)]
    put(pipeline, "c")
    assert words_of(pipeline) == ["a", "b", "c"]
    put(pipeline, "d")
    pipeline.drop_held()
    assert pipeline.ask_all([("SELECT 1 WHERE false", ()), ("SELECT 2", ()), ("SELECT 3", ())]) == [[], [(2,)], [(3,)]]
    assert words_of(pipeline) == ["a", "b", "c"]


def test_the_first_that_fails_ends_the_exchange(pipeline: PipelinedConnection) -> None:
    """The COMMIT behind it is not run, and the connection is as good as before."""
    pipeline.ask("BEGIN")
    put(pipeline, "a", "a", "b")
    with pytest.raises(psycopg.errors.UniqueViolation):
        pipeline.ask_all([("SELECT count(*) + %s::int FROM words", (1,)), ("COMMIT", ())])
    assert pipeline.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    pipeline.ask("ROLLBACK")
    put(pipeline, "z")
    assert pipeline.ask("SELECT count(*) + %s::int FROM words", (1,)) == [(2,)]
    assert words_of(pipeline) == ["z"]


def test_much_goes_both_ways_at_once(pipeline: PipelinedConnection) -> None:
    """Neither side may wait for the other to read: more than the buffers of both hold."""
    large = "x" * 3_000_000
    found = pipeline.ask_all([("SELECT %s::text", (large,))] * 8)
    assert [len(text) for ((text,),) in found] == [len(large)] * 8


def test_a_connection_whose_statements_were_taken_away_is_given_up(pipeline: PipelinedConnection) -> None:
    """Poolers do that between two who use them, and so may the driver."""
    assert pipeline.ask("SELECT %s::int", (1,)) == [(1,)]
    pipeline.execute("DEALLOCATE ALL")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        pipeline.ask("SELECT %s::int", (1,))
    assert pipeline.closed


def test_a_server_that_ends_closes_the_connection(pipeline: PipelinedConnection, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pipeline.info.backend_pid,))
    put(pipeline, "a")
    with pytest.raises(psycopg.OperationalError):
        pipeline.ask("SELECT 1")
    assert pipeline.closed
