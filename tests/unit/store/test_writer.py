"""Batches of the writer: a unit that fails rolls back alone; what keeps its place keeps it; patience has its turn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from klepet.kit.clock import SystemClock
from klepet.model.errors import Busy, Conflict
from klepet.model.ports import Transaction
from klepet.store import schema, sqlite
from klepet.store.engine import driver_of
from klepet.store.writer import Outcome, Unit, Writer


class Desk:
    """A writer whose batches the test decides, over a table of words."""

    def __init__(self, folder: Path) -> None:
        self.engine = sqlite.SqliteEngine(folder / "words.db", synchronous="OFF")
        self.conn = self.engine.open_writer()
        schema.upgrade(self.conn)
        self.execute = driver_of(self.conn).execute
        self.execute("CREATE TABLE words (word TEXT PRIMARY KEY)")
        self.told: list[Outcome] = []
        self.calls: list[list[str]] = []
        self.writer = Writer(
            self.engine, self.conn, SystemClock(), lambda committed, outcomes: self.told.extend(outcomes)
        )

    @property
    def words(self) -> list[str]:
        return [row[0] for row in self.execute("SELECT word FROM words ORDER BY rowid")]

    def put(self, tx: Transaction, word: str) -> str:
        self.execute("INSERT INTO words VALUES (?)", (word,))
        if word == "refused":
            raise Conflict("this word is refused")
        if word == "broken":
            raise RuntimeError("this word breaks")
        if word == "fatal":
            self.execute("ROLLBACK")
            raise OSError("the transaction is gone")
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
        self.engine.close()
        return [outcome.error or outcome.result for outcome in self.told]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made._put_all, made._note_all = made.put_all, made.note_all
    return made


def stored(folder: Path) -> list[str]:
    conn = sqlite.open_reader(folder / "words.db")
    try:
        return [row[0] for row in driver_of(conn).execute("SELECT word FROM words ORDER BY rowid")]
    finally:
        conn.close()


def test_a_batch_is_one_transaction_in_order(desk: Desk, tmp_path: Path) -> None:
    assert desk.run(desk.unit("a"), desk.item("b"), desk.item("c"), desk.unit("d")) == ["A", "B", "C", "D"]
    assert stored(tmp_path) == ["a", "b", "c", "d"]
    assert desk.calls == [["b", "c"]]


@pytest.mark.parametrize(("word", "kind"), [("refused", Conflict), ("broken", RuntimeError)])
def test_a_unit_that_fails_rolls_back_alone(desk: Desk, tmp_path: Path, word: str, kind: type[Exception]) -> None:
    first, failed, last = desk.run(desk.unit("a"), desk.unit(word), desk.unit("z"))
    assert (first, last) == ("A", "Z")
    assert isinstance(failed, kind)
    assert stored(tmp_path) == ["a", "z"]


def test_an_item_that_fails_rolls_back_alone(desk: Desk, tmp_path: Path) -> None:
    told = desk.run(desk.item("a"), desk.item("broken"), desk.item("z"))
    assert (told[0], told[2]) == ("A", "Z")
    assert isinstance(told[1], RuntimeError)
    assert stored(tmp_path) == ["a", "z"]


def test_a_unit_that_ends_the_transaction_takes_nobody_with_it(desk: Desk, tmp_path: Path) -> None:
    told = desk.run(desk.unit("a"), desk.unit("fatal"), desk.unit("z"))
    assert (told[0], told[2]) == ("A", "Z")
    assert isinstance(told[1], Busy)
    assert stored(tmp_path) == ["a", "z"]


def test_what_need_not_keep_its_place_does_not_part_the_others(desk: Desk, tmp_path: Path) -> None:
    told = desk.run(desk.item("a"), desk.loose("1"), desk.item("b"), desk.loose("2"), desk.unit("x"), desk.item("c"))
    assert sorted(told) == ["1", "2", "A", "B", "C", "X"]
    assert desk.calls == [["a", "b"], ["1", "2"], ["c"]]
    assert [word for word in stored(tmp_path) if word in "abcx"] == ["a", "b", "x", "c"]
