"""The long-poll fallback: the same sessions where a network breaks WebSocket.

    POST {"session", "ack", "call", "frames"}  ->  {"session", "number", "frames", "close"}

An answer is kept until a later call acknowledges its number, so that a lost answer is given again; a call that
was taken already is not taken twice. A call without frames waits for something to send.
"""

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from klepet.kit.tokens import new_token
from klepet.model.errors import Gone, Invalid, TooMany
from klepet.model.frames import CLOSE_RECONNECT, CLOSE_SILENT
from klepet.model.limits import NUMBER_MAX
from klepet.web.session import Caller, Desk, Session
from klepet.web.socket import QUEUED_BYTES, QUEUED_FRAMES, MakeSession

WAIT_SECONDS = 20.0
LIFE_SECONDS = 60.0
SESSIONS_MAX = 20_000
FRAMES_MAX = 64
KEPT_ANSWERS = 16
KEPT_CALLS = 1_000


class PollCall(Struct, frozen=True):
    """One call of a client."""

    call: Annotated[int, Meta(ge=1, le=NUMBER_MAX)]
    session: Annotated[str, Meta(max_length=100)] | None = None
    ack: Annotated[int, Meta(ge=0, le=NUMBER_MAX)] = 0
    frames: list[msgspec.Raw] = []


class PollClose(Struct, frozen=True):
    """Why the session has ended."""

    code: int
    reason: str = ""


class PollAnswer(Struct, frozen=True):
    """What one call is answered."""

    session: str
    number: int
    frames: list[msgspec.Raw]
    close: PollClose | None


class PollConnection:
    """Implements `Connection` over calls."""

    transport = "poll"

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.bytes = 0
        self.code: int | None = None
        self.something = asyncio.Event()

    def send(self, data: bytes) -> None:
        """Keep a frame for the next answer."""
        if self.code is not None:
            return
        if len(self.frames) >= QUEUED_FRAMES or self.bytes + len(data) > QUEUED_BYTES:
            self.frames.clear()
            self.close(CLOSE_RECONNECT)
            return
        self.frames.append(data)
        self.bytes += len(data)
        self.something.set()

    def close(self, code: int) -> None:
        """Tell the code with the next answer."""
        if self.code is None:
            self.code = code
            self.something.set()


class PollSession:
    """A session with what it has answered."""

    def __init__(self, token: str, connection: PollConnection, session: Session) -> None:
        self.token = token
        self.connection = connection
        self.session = session
        self.number = 0
        self.answers: dict[int, PollAnswer] = {}
        self.taken: set[int] = set()
        self.called_at = 0.0

    def is_new(self, call: int) -> bool:
        """Whether a call was not taken before; one far behind the newest was."""
        if call in self.taken or (self.taken and call < max(self.taken) - KEPT_CALLS):
            return False
        self.taken.add(call)
        if len(self.taken) > 2 * KEPT_CALLS:
            self.taken = {number for number in self.taken if number >= max(self.taken) - KEPT_CALLS}
        return True

    def answer(self, call: int) -> PollAnswer:
        """Answer with what is ready, and keep the answer; a client that acknowledges none is closed and comes back."""
        self.number += 1
        frames, self.connection.frames, self.connection.bytes = self.connection.frames, [], 0
        self.connection.something.clear()
        if sum(len(frame) for kept in self.answers.values() for frame in kept.frames) > QUEUED_BYTES:
            self.connection.close(CLOSE_RECONNECT)
            frames = []
        code = self.connection.code
        made = PollAnswer(
            self.token, self.number, [msgspec.Raw(frame) for frame in frames], None if code is None else PollClose(code)
        )
        self.answers[call] = made
        while len(self.answers) > KEPT_ANSWERS:
            del self.answers[next(iter(self.answers))]
        return made


class Polls:
    """All long-poll sessions of one kind of principal."""

    def __init__(self, desk: Desk, make: MakeSession) -> None:
        self._desk = desk
        self._make = make
        self._sessions: dict[str, PollSession] = {}

    async def call(self, call: PollCall, caller: Caller) -> PollAnswer:
        """Take one call. Raises Gone for a session that has ended."""
        if len(call.frames) > FRAMES_MAX:
            raise Invalid(f"at most {FRAMES_MAX} frames a call", field="frames", limit=FRAMES_MAX)
        found = self._start(caller) if call.session is None else self._sessions.get(call.session)
        if found is None:
            raise Gone("this session has ended; begin a new one", field="session")
        clock = self._desk.parts.clock
        found.called_at = clock.monotonic()
        found.answers = {n: kept for n, kept in found.answers.items() if kept.number > call.ack}
        if (kept := found.answers.get(call.call)) is not None:
            return kept
        if found.is_new(call.call):
            for frame in call.frames:
                if not found.session.is_closed:
                    found.session.receive(bytes(frame))
        found.session.heard_at = clock.monotonic()
        if not call.frames or call.session is None:
            await self._wait(found)
        # The client may have lost this call meanwhile and sent it again: then one of the two has answered already.
        answer = found.answers.get(call.call) or found.answer(call.call)
        if answer.close is not None:
            self._sessions.pop(found.token, None)
        return answer

    def sweep(self) -> None:
        """Forget sessions that nobody calls for."""
        now = self._desk.parts.clock.monotonic()
        for found in list(self._sessions.values()):
            if now - found.called_at > LIFE_SECONDS:
                self._sessions.pop(found.token, None)
                found.session.end(CLOSE_SILENT)

    def _start(self, caller: Caller) -> PollSession:
        if len(self._sessions) >= SESSIONS_MAX:
            raise TooMany("too many sessions; try again", retry_after=10.0)
        self._desk.admit(caller)
        connection = PollConnection()
        found = PollSession(new_token(), connection, self._make(self._desk, connection, caller))
        self._sessions[found.token] = found
        return found

    async def _wait(self, found: PollSession) -> None:
        if not found.connection.frames and found.connection.code is None:
            try:
                await asyncio.wait_for(found.connection.something.wait(), WAIT_SECONDS)
            except TimeoutError:
                return
