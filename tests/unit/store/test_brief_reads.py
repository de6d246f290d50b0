"""Brief reads: alone when few come, together when many do, and none suffers for another."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from klepet.model.errors import NotFound
from klepet.store.brief_reads import BRIEF_READS, BriefReads
from klepet.store.engine import Unreachable


class Broken(Exception):
    """What ends a transaction."""


class Place:
    """A database whose transactions are counted; one that was broken reads nothing more."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.is_open = threading.Event()
        self.is_open.set()

    def read(self, run: Callable[[Any], Any]) -> Any:
        assert self.is_open.wait(10)
        transaction: list[Any] = []
        try:
            return run(transaction)
        finally:
            self.sizes.append(len(transaction))


def note(name: object) -> Callable[[Any], object]:
    def run(transaction: Any) -> object:
        if Broken in transaction:
            raise Broken("the transaction has ended")
        transaction.append(name)
        return name

    return run


def refuse(transaction: Any) -> None:
    transaction.append(None)
    raise NotFound("there is no such thing")


def spoil(transaction: Any) -> None:
    transaction.append(Broken)
    raise Broken("this one ends the transaction")


def ask_all(place: Place, *runs: Callable[[Any], Any], at_once: int = 3) -> list[Any]:
    """Ask for all in one turn of the loop; results and errors."""

    async def work() -> list[Any]:
        with ThreadPoolExecutor(at_once) as readers:
            brief = BriefReads(readers, at_once, place.read, lambda seconds: None)
            place.is_open.set()
            return list(await asyncio.gather(*(brief.ask(run) for run in runs), return_exceptions=True))

    return asyncio.run(work())


@pytest.mark.parametrize("count", [1, 3, 10, 500])
def test_each_gets_its_own(count: int) -> None:
    place = Place()
    assert ask_all(place, *(note(number) for number in range(count))) == list(range(count))
    assert sum(place.sizes) == count
    assert max(place.sizes) <= BRIEF_READS
    assert len(place.sizes) <= max(3, -(-count // BRIEF_READS) + 3)


def test_few_do_not_wait_for_each_other() -> None:
    place = Place()
    ask_all(place, *(note(number) for number in range(3)))
    assert place.sizes == [1, 1, 1]


def test_a_refusal_is_its_own() -> None:
    first, second, third = ask_all(Place(), note("a"), refuse, note("b"), at_once=1)
    assert (first, third) == ("a", "b")
    assert isinstance(second, NotFound)


def test_what_ends_a_transaction_takes_no_other_along() -> None:
    found = ask_all(Place(), note("a"), note("b"), spoil, note("c"), at_once=1)
    assert isinstance(found[2], Broken)
    assert [one for one in found if one is not found[2]] == ["a", "b", "c"]


def test_an_outage_is_waited_for_once() -> None:
    """Each try to reach the database takes seconds: those who asked together are told together."""
    tries: list[None] = []

    async def work() -> list[Any]:
        def fail(run: Callable[[Any], Any]) -> Any:
            tries.append(None)
            raise Unreachable("the database cannot be reached; try again", retry_after=2.0)

        with ThreadPoolExecutor(3) as readers:
            brief = BriefReads(readers, 3, fail, lambda seconds: None)
            asked = [brief.ask(note(number)) for number in range(3 * BRIEF_READS)]
            return list(await asyncio.gather(*asked, return_exceptions=True))

    assert all(isinstance(found, Unreachable) for found in asyncio.run(work()))
    assert len(tries) == 3


def test_who_went_away_is_left_out() -> None:
    place = Place()

    async def work() -> object:
        with ThreadPoolExecutor(1) as readers:
            brief = BriefReads(readers, 1, place.read, lambda seconds: None)
            place.is_open.clear()
            gone, there = brief.ask(note("gone")), brief.ask(note("there"))
            await asyncio.sleep(0)
            gone.cancel()
            place.is_open.set()
            return await there

    assert asyncio.run(work()) == "there"


def test_a_closed_database_answers_nobody() -> None:
    async def work() -> list[Any]:
        readers = ThreadPoolExecutor(1)
        brief = BriefReads(readers, 1, Place().read, lambda seconds: None)
        readers.shutdown()
        return list(await asyncio.gather(brief.ask(note("a")), return_exceptions=True))

    (found,) = asyncio.run(work())
    assert isinstance(found, asyncio.CancelledError)
