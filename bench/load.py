"""A crowd in conversation: each visitor has one, half of all messages are the visitors', half the operators'."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from bench.installation import Installation
from bench.people import Operator, Visitor, connect, connect_visitors, sentence

TEXTS = 997


class Measured(Protocol):
    """What everybody is connected to."""

    def settle(self) -> tuple[float, float]:
        """Wait until there is nothing left to do; the CPU seconds then of the server and of its database."""


@dataclass
class Crowd:
    """Everybody, connected, each visitor with a conversation. People are `people.Person`, or of another server."""

    server: Measured
    visitors: list[Any]
    operators: list[Any]
    sent_at: list[float] = field(default_factory=list)
    acked_at: list[float] = field(default_factory=list)
    delivered_at: list[float] = field(default_factory=list)
    acked: int = 0
    delivered: int = 0
    doubled: int = 0
    _turn: int = 0

    def __post_init__(self) -> None:
        rng = random.Random(7)
        self._texts = [sentence(rng) for _ in range(TEXTS)]
        for person in [*self.visitors, *self.operators]:
            person.on_ack = self._on_ack
            person.on_message = self._on_message

    @property
    def sent(self) -> int:
        """Messages so far."""
        return len(self.sent_at)

    def say(self, at: float | None = None) -> int:
        """Send the next message, a visitor's or an operator's in turn; `at` is when it should have been sent."""
        number = len(self.sent_at)
        self.sent_at.append(time.monotonic() if at is None else at)
        self.acked_at.append(0.0)
        self.delivered_at.append(0.0)
        self._turn += 1
        visitor = self.visitors[(self._turn >> 1) % len(self.visitors)]
        speaker = visitor if self._turn & 1 else self.operators[self._turn % len(self.operators)]
        speaker.say(number, self._texts[number % TEXTS], visitor.conversation_id)
        return number

    def _on_ack(self, number: int, data: bytes) -> None:
        if number >= self.sent:  # from setting the crowd up
            return
        if self.acked_at[number]:
            self.doubled += 1
            return
        self.acked_at[number] = time.monotonic()
        self.acked += 1
        self.after_ack()

    def _on_message(self, number: int) -> None:
        # With several operators the first delivery counts; each visitor's other tabs do not exist here.
        if number < self.sent and not self.delivered_at[number]:
            self.delivered_at[number] = time.monotonic()
            self.delivered += 1

    def after_ack(self) -> None:
        """What a closed loop does with an answer; an open one does nothing."""

    @property
    def refused(self) -> int:
        """Messages that the server did not take."""
        return sum(person.refused for person in [*self.visitors, *self.operators])

    async def quiet(self, seconds: float = 30.0) -> None:
        """Wait for every answer and delivery that is still under way."""
        deadline = time.monotonic() + seconds
        while (self.acked < self.sent or self.delivered < self.sent) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def close(self) -> None:
        """Everybody leaves."""
        for person in [*self.visitors, *self.operators]:
            person.wire.close()


async def gather_crowd(installation: Installation, token: str, site: str, visitors: int, operators: int) -> Crowd:
    """Connect everybody, and let each visitor begin a conversation that an operator has answered."""
    port = installation.for_operators
    desk = [Operator(f"127.0.0.1:{port}", token) for _ in range(operators)]
    for operator in desk:
        await connect(operator, port)
    found = await connect_visitors(installation.for_visitors, site, [None] * visitors)
    await begin_conversations(found)
    for number, visitor in enumerate(found):
        desk[number % operators].say(FIRST_NUMBER + number, "Hello, how can I help?", visitor.conversation_id)
    await asyncio.sleep(0.5)
    return Crowd(installation, found, desk)


FIRST_NUMBER = 10**9
"""Numbers from here on are of messages that are not counted."""


async def begin_conversations(visitors: list[Visitor], first: int = FIRST_NUMBER) -> None:
    """Each writes a message; what its conversation is stands in the answer. Raises TimeoutError."""
    answered = asyncio.Event()
    left = len(visitors)

    def begun(visitor: Visitor, number: int, data: bytes) -> None:
        nonlocal left
        at = data.index(b'"conversation_id":"') + 19
        visitor.conversation_id = data[at : at + 36].decode()
        left -= 1
        if left == 0:
            answered.set()

    for number, visitor in enumerate(visitors):
        visitor.on_ack = partial(begun, visitor)
        visitor.say(first + number, "Hello", None)
    await asyncio.wait_for(answered.wait(), 60)
