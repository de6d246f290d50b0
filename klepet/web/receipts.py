"""Receipts of one connection on their way to the store: the newest of each conversation, once a second.

A console with hundreds of conversations notes hundreds of receipts a second. In one batch they would hold up
everybody's messages for as long as it takes: so they are written some at a time, spread over the second. And hundreds
of visitors note one each: all connections write at the same ticks, so that a batch has many and there are few batches.
"""

import asyncio
import math
from collections.abc import Callable
from uuid import UUID

from klepet.model.ports import Clock

RECEIPT_SECONDS = 1.0
TICKS = 20
"""In that time; between two ticks no receipt is written."""
RECEIPTS_KEPT = 2_000
RECEIPTS_AT_ONCE = 16
"""At a tick; more where there are so many that it would take longer than RECEIPT_SECONDS."""

_Marks = tuple[int, int]


class Receipts:
    """Lives on the event loop. `write` is given a conversation, and how far it was delivered and read."""

    __slots__ = ("_at_once", "_began_at", "_clock", "_left", "_noted", "_timer", "_write")

    def __init__(self, write: Callable[[UUID, int, int], None], clock: Clock) -> None:
        self._write = write
        self._clock = clock
        self._noted: dict[UUID, _Marks] = {}
        self._left: list[tuple[UUID, _Marks]] = []
        self._at_once = RECEIPTS_AT_ONCE
        self._began_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many wait to be written."""
        return len(self._noted) + len(self._left)

    def note(self, conversation_id: UUID, delivered_seq: int, read_seq: int) -> None:
        """Note how far a transcript has come, to be written within a second or two."""
        if len(self._noted) >= RECEIPTS_KEPT and conversation_id not in self._noted:
            self.write_all()
        delivered, read = self._noted.get(conversation_id, (0, 0))
        self._noted[conversation_id] = (max(delivered, delivered_seq), max(read, read_seq))
        if self._timer is None:
            self._wait_for_a_round()

    def write_all(self) -> None:
        """Write everything now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._begin_round()
        while self._left:
            self._write_some()

    def _wait_for_a_round(self) -> None:
        self._wait(max(RECEIPT_SECONDS / 5, self._began_at + RECEIPT_SECONDS - self._clock.monotonic()))

    def _wait(self, seconds: float) -> None:
        """Go on at the first tick after so long."""
        loop, tick = asyncio.get_running_loop(), RECEIPT_SECONDS / TICKS
        due = loop.time() + seconds
        self._timer = loop.call_at(math.ceil(due / tick) * tick if tick else due, self._go_on)

    def _begin_round(self) -> None:
        self._began_at = self._clock.monotonic()
        self._left = [*reversed(self._noted.items()), *self._left]
        self._noted = {}
        self._at_once = max(RECEIPTS_AT_ONCE, math.ceil(len(self._left) / TICKS))

    def _go_on(self) -> None:
        self._timer = None
        if not self._left:
            self._begin_round()
        self._write_some()
        if self._left:
            self._wait(RECEIPT_SECONDS / TICKS / 2)
        elif self._noted:
            self._wait_for_a_round()

    def _write_some(self) -> None:
        for _ in range(min(self._at_once, len(self._left))):
            conversation_id, marks = self._left.pop()
            self._write(conversation_id, *marks)
