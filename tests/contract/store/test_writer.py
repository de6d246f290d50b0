"""Batches of the writer on both engines: a unit that fails rolls back alone; what keeps its place keeps it; patience
has its turn.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import pytest

from klepet.kit.clock import SystemClock
from klepet.model.errors import Busy, Conflict
from klepet.model.ports import Lane, Transaction
from klepet.store import schema
from klepet.store.engine import Engine, driver_of
from klepet.store.writer import Outcome, Unit, Writer


class Desk:
    """A writer whose batches the test decides, over a table of words."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.conn = self.engine.open_writer()
        schema.upgrade(self.conn)
        self.is_sqlite = self.conn.dialect.name == "sqlite"
        number = "INTEGER PRIMARY KEY" if self.is_sqlite else "integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY"
        driver_of(self.conn).execute(f"CREATE TABLE words (number {number}, word TEXT UNIQUE)")
        self.told: list[Outcome] = []
        self.calls: list[list[str]] = []
        self.writer = Writer(
            self.engine, self.conn, SystemClock(), lambda committed, outcomes: self.told.extend(outcomes)
        )

    def put(self, tx: Transaction, word: str) -> str:
        execute = driver_of(tx.conn).execute
        execute(f"INSERT INTO words (word) VALUES ({'?' if self.is_sqlite else '%s'})", (word,))
        if word == "refused":
            raise Conflict("this word is refused")
        if word == "broken":
            raise RuntimeError("this word breaks")
        if word == "twice":
            execute("INSERT INTO words (word) VALUES ('twice')")
        if word == "fatal":
            execute("ROLLBACK")
            raise OSError("the transaction is gone")
        if word == "cut off" and not self.is_sqlite:
            execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return word.upper()

    def put_all(self, tx: Transaction, words: Sequence[str]) -> list[Any]:
        self.calls.append(list(words))
        return [self.put(tx, word) for word in words]

    def note_all(self, tx: Transaction, words: Sequence[str]) -> list[Any]:
        return self.put_all(tx, words)

    def unit(self, word: str) -> Unit:
        return Unit(lambda result, error: None, run=lambda tx: self.put(tx, word))

    def item(self, word: str) -> Unit:
        return Unit(lambda result, error: None, group=self._put_all, item=word)

    def loose(self, word: str) -> Unit:
        return Unit(lambda result, error: None, group=self._note_all, item=word, is_loose=True)

    def run(self, *units: Unit) -> list[Any]:
        """Run units as they would run in one batch; what each was told."""
        self._put_all, self._note_all = self.put_all, self.note_all
        self.writer.submit_all(units)
        self.writer.start()
        self.writer.stop()
        return [outcome.error or outcome.result for outcome in self.told]

    @property
    def stored(self) -> list[str]:
        """What a reader finds afterwards, in the order in which it was put there."""
        with closing(self.engine.open_reader()) as conn:
            return [row[0] for row in driver_of(conn).execute("SELECT word FROM words ORDER BY number")]


@pytest.fixture
def desk(engine: Engine) -> Desk:
    made = Desk(engine)
    made._put_all, made._note_all = made.put_all, made.note_all
    return made


def test_a_batch_is_one_transaction_in_order(desk: Desk) -> None:
    assert desk.run(desk.unit("a"), desk.item("b"), desk.item("c"), desk.unit("d")) == ["A", "B", "C", "D"]
    assert desk.stored == ["a", "b", "c", "d"]
    assert desk.calls == [["b", "c"]]


@pytest.mark.parametrize(("word", "kind"), [("refused", Conflict), ("broken", RuntimeError)])
def test_a_unit_that_fails_rolls_back_alone(desk: Desk, word: str, kind: type[Exception]) -> None:
    first, failed, last = desk.run(desk.unit("a"), desk.unit(word), desk.unit("z"))
    assert (first, last) == ("A", "Z")
    assert isinstance(failed, kind)
    assert desk.stored == ["a", "z"]


def test_a_statement_that_fails_rolls_back_alone(desk: Desk) -> None:
    """On PostgreSQL it spoils the transaction up to the savepoint."""
    told = desk.run(desk.unit("a"), desk.unit("twice"), desk.item("b"), desk.item("twice"), desk.item("z"))
    assert [told[0], told[2], told[4]] == ["A", "B", "Z"]
    assert all(isinstance(told[number], desk.engine.errors) for number in (1, 3))
    assert desk.stored == ["a", "b", "z"]


def test_an_item_that_fails_rolls_back_alone(desk: Desk) -> None:
    told = desk.run(desk.item("a"), desk.item("broken"), desk.item("z"))
    assert (told[0], told[2]) == ("A", "Z")
    assert isinstance(told[1], RuntimeError)
    assert desk.stored == ["a", "z"]


def test_a_unit_that_ends_the_transaction_takes_nobody_with_it(desk: Desk) -> None:
    told = desk.run(desk.unit("a"), desk.unit("fatal"), desk.unit("z"))
    assert (told[0], told[2]) == ("A", "Z")
    assert isinstance(told[1], Busy)
    assert desk.stored == ["a", "z"]


def test_what_need_not_keep_its_place_does_not_part_the_others(desk: Desk) -> None:
    told = desk.run(desk.item("a"), desk.loose("1"), desk.item("b"), desk.loose("2"), desk.unit("x"), desk.item("c"))
    assert sorted(told) == ["1", "2", "A", "B", "C", "X"]
    assert desk.calls == [["a", "b"], ["1", "2"], ["c"]]
    assert [word for word in desk.stored if word in "abcx"] == ["a", "b", "x", "c"]


def test_items_behind_one_that_could_not_be_stored_wait_in_their_lane(desk: Desk) -> None:
    lane, other = Lane(), Lane()

    def item(word: str, lane: Lane | None) -> Unit:
        unit = desk.item(word)
        unit.lane = lane
        return unit

    told = desk.run(
        item("a", lane), item("fatal", lane), item("b", lane), item("c", other), item("d", None), item("e", lane)
    )
    assert [told[0], told[3], told[4]] == ["A", "C", "D"]
    assert [type(told[number]) for number in (1, 2, 5)] == [Busy, Busy, Busy]
    assert str(told[2]).startswith("an earlier message could not be stored")
    assert desk.stored == ["a", "c", "d"]
    assert lane.is_broken
    assert not other.is_broken


def test_a_lane_that_breaks_meanwhile_moves_no_outcome_to_another_unit(desk: Desk) -> None:
    """Whose lane was whole when its set began is told what became of it."""
    lanes = {"a": Lane(is_broken=True), "b": Lane(), "c": Lane()}

    def break_and_put(tx: Transaction, words: Sequence[str]) -> list[Any]:
        lanes["b"].is_broken = True
        return desk.put_all(tx, words)

    told = desk.run(
        *[Unit(lambda result, error: None, group=break_and_put, item=word, lane=lane) for word, lane in lanes.items()]
    )
    assert told[1:] == ["B", "C"]
    assert isinstance(told[0], Busy)
    assert desk.stored == ["b", "c"]


def test_a_connection_that_is_cut_off_costs_nothing_but_its_batch(desk: Desk) -> None:
    """On PostgreSQL the unit itself has its connection ended; the others are stored by another one."""
    told = desk.run(desk.unit("a"), desk.unit("cut off"), desk.unit("z"))
    assert (told[0], told[2]) == ("A", "Z")
    if desk.is_sqlite:
        assert told[1] == "CUT OFF"
    else:
        assert isinstance(told[1], Busy)
        assert desk.stored == ["a", "z"]


def test_outcomes_are_told_in_order_over_many_batches(desk: Desk) -> None:
    make: tuple[Callable[[str], Unit], ...] = (desk.unit, desk.item)
    words = [f"word-{number}" for number in range(700)]
    told = desk.run(*[make[number % 7 == 0](word) for number, word in enumerate(words)])
    assert told == [word.upper() for word in words]
    assert desk.stored == words
