"""Brief reads, many in one go: a connection that begins needs two of them, and a thread, a transaction and the way
back to the event loop cost more than what it reads. While few come each runs by itself and at once; when many come
at once, as after a restart, those that would wait for a free reader run together.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, NamedTuple

from klepet.model.errors import KlepetError
from klepet.model.ports import Reader
from klepet.store.engine import Unreachable

BRIEF_READS = 32
"""At most so many in one transaction."""


class _Asked(NamedTuple):
    run: Callable[[Reader], Any]
    future: asyncio.Future[Any]
    at: float


class BriefReads:
    """Runs them in the threads of `readers`, at most `at_once` transactions beside each other. `read` runs one
    function in a transaction, in the thread that calls it; `waited` is told how long each waited, in seconds.
    """

    def __init__(
        self,
        readers: Executor,
        at_once: int,
        read: Callable[[Callable[[Reader], Any]], Any],
        waited: Callable[[float], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._readers = readers
        self._read = read
        self._waited = waited
        self._free = at_once
        self._waiting: deque[_Asked] = deque()

    def ask(self, run: Callable[[Reader], Any]) -> asyncio.Future[Any]:
        """What `run` will have read, or raised. There are as many waiting as there are connections that begin."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append(_Asked(run, future, time.perf_counter()))
        if len(self._waiting) == 1:
            self._loop.call_soon(self._begin)
        return future

    def _begin(self) -> None:
        """Give what waits to the readers that are free."""
        while self._waiting and self._free:
            share = -(-len(self._waiting) // self._free)
            taken = [self._waiting.popleft() for _ in range(min(share, BRIEF_READS))]
            try:
                self._readers.submit(self._run, taken)
            except RuntimeError:  # the database is closed
                for one in taken:
                    one.future.cancel()
                continue
            self._free -= 1

    def _run(self, taken: list[_Asked]) -> None:
        """In a reader's thread."""
        now = time.perf_counter()
        for one in taken:
            self._waited(now - one.at)
        outcomes = self._outcomes([one.run for one in taken])
        try:
            self._loop.call_soon_threadsafe(self._tell, taken, outcomes)
        except RuntimeError:
            return  # the loop is closed: nobody is left to tell

    def _outcomes(self, runs: list[Callable[[Reader], Any]]) -> list[tuple[Any, Exception | None]]:
        try:
            return self._read(lambda reader: [_outcome(run, reader) for run in runs])  # type: ignore[no-any-return]
        except Unreachable as error:
            return [(None, error)] * len(runs)
        except Exception as error:
            if len(runs) == 1:
                return [(None, error)]
        # The transaction ended under one of them, or took too long: each by itself.
        return [outcome for run in runs for outcome in self._outcomes([run])]

    def _tell(self, taken: list[_Asked], outcomes: list[tuple[Any, Exception | None]]) -> None:
        self._free += 1
        for one, (result, error) in zip(taken, outcomes, strict=True):
            if one.future.cancelled():
                continue
            if error is None:
                one.future.set_result(result)
            else:
                one.future.set_exception(error)
        self._begin()


def _outcome(run: Callable[[Reader], Any], reader: Reader) -> tuple[Any, Exception | None]:
    try:
        return run(reader), None
    except KlepetError as error:
        return None, error
