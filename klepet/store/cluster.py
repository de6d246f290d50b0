"""The database of processes that share one PostgreSQL: what one commits reaches all, in the order of the log."""

import contextlib
from collections.abc import Callable
from secrets import token_hex
from typing import Any

from klepet.kit.clock import Clock
from klepet.model.committed import Committed
from klepet.store import log, notices
from klepet.store.bus import Bus
from klepet.store.database import StoredDatabase
from klepet.store.migrating import BeforeMigrating
from klepet.store.postgres import PostgresEngine
from klepet.store.tail import Tail


class PostgresDatabase(StoredDatabase):
    """A database on a PostgreSQL server, perhaps with other processes on it. Raises ServerUnusable.

    `on_commit` is given what every process commits; `on_signals` what the processes tell each other, this one
    included; `on_reset` is called when the log was replaced.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        on_commit: Callable[[Committed], None],
        before_migrating: BeforeMigrating | None = None,
    ) -> None:
        engine = PostgresEngine(url)
        self.on_signals: Callable[[list[str]], None] = lambda signals: None
        self.on_reset: Callable[[], None] = lambda: None
        self.is_alone: Callable[[], bool] = lambda: True
        self._process = token_hex(8)
        self._assembler = notices.NoticeAssembler()
        self._tail = Tail(self.read, on_commit, self._was_reset)
        engine.notices_of = self._notices_of
        super().__init__(engine, clock, self._tail.take_own, before_migrating)
        self.shared = self
        self._bus = Bus(engine.connect, engine.guard, self._heard_commit, self._heard_signals)

    async def follow(self) -> None:
        """Begin to hand on what is committed. To be called once, before anything is written."""
        position, epoch = await self.read(log.head)
        self._tail.start(position, epoch)
        self._bus.start()

    def publish(self, signal: str) -> None:
        """Tell all processes; see `Bus`."""
        self._bus.publish(signal)

    async def leave(self) -> None:
        """Hand on nothing more."""
        await self._tail.close()
        await self._loop.run_in_executor(None, self._bus.close)

    def _was_reset(self) -> None:
        self.on_reset()

    def _notices_of(self, committed: Committed) -> list[str]:
        return notices.encode(self._process, self._tail.epoch, None if self.is_alone() else committed)

    def _heard_commit(self, notice: str) -> None:
        text = self._assembler.whole(notice)
        if text is None or notices.is_from(text, self._process):
            return  # more follows, or it is handed on from memory
        told = notices.decode(text)
        if told is None:
            self._soon(self._tail.notice)
        else:
            self._soon(self._tail.take_others, *told)

    def _heard_signals(self, signals: list[str]) -> None:
        self._soon(self.on_signals, signals)

    def _soon(self, call: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(call, *args)
