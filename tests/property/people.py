"""Visitors and operators over real sessions, each with a connection that keeps frames, and a state that the real
reducers hold.
"""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from klepet.model.frames import CLOSE_RECONNECT, CLOSE_SIGN_IN
from klepet.web.principals import OperatorSession, VisitorSession
from klepet.web.session import Caller, Desk, Session
from tests.property.reducers import Reducers

_numbers = itertools.count(1)


@dataclass
class Line:
    """Implements `Connection`: keeps what is sent."""

    transport: str = "test"

    frames: list[bytes] = field(default_factory=list)
    code: int | None = None

    def send(self, data: bytes) -> None:
        """Keep a frame."""
        if self.code is None:
            self.frames.append(data)

    def close(self, code: int) -> None:
        """Remember why it ended."""
        if self.code is None:
            self.code = code


class Person:
    """One tab of a visitor or of an operator."""

    def __init__(
        self,
        desk: Desk,
        reducers: Reducers,
        call: Callable[[Callable[[], Any]], Any],
        *,
        id: UUID,
        token: str,
        site_key: str | None = None,
    ) -> None:
        self.id = id
        self.token = token
        self.site_key = site_key
        self.is_visitor = site_key is not None
        self.is_gone = False
        self.transcripts: list[str] = []
        self.line = Line()
        self.session: Session | None = None
        self.heard: list[bytes] = []
        """Frames of the last pump, as they came over the wire."""
        self.handle = f"{'visitor' if self.is_visitor else 'operator'}-{next(_numbers)}"
        self._desk = desk
        self._reducers = reducers
        self._call = call
        reducers.ask({"do": "begin", "id": self.handle, "side": "widget" if self.is_visitor else "console"})

    @property
    def is_online(self) -> bool:
        """Whether it has a connection that was not ended."""
        return self.session is not None and not self.session.is_closed

    def connect(self, *, from_start: bool = False) -> None:
        """Open a connection and greet, from where this state stands."""
        self.line = Line()
        make = VisitorSession if self.is_visitor else OperatorSession
        caller = Caller(
            address="192.0.2.1",
            origin=None,
            host="klepet.test",
            user_agent="",
            cookie="" if self.is_visitor else self.token,
            is_trusted=True,
        )
        line = self.line
        self.session = self._call(lambda: make(self._desk, line, caller))
        hello: dict[str, Any] = {"type": "hello", "protocol": 1}
        if self.is_visitor:
            hello |= {"site": self.site_key, "token": self.token}
        else:
            hello["transcripts"] = self.transcripts[-20:]
        if not from_start:
            hello["position"] = self.position
        self.send(hello)

    def disconnect(self) -> None:
        """Lose the connection; what is in it is lost too."""
        if self.session is not None:
            self._call(self.session.closed)
        self.line = Line()
        self.session = None

    def send(self, frame: dict[str, Any]) -> None:
        """Send a frame."""
        session = self.session
        assert session is not None
        self._call(lambda: session.receive(json.dumps(frame)))

    @property
    def position(self) -> dict[str, Any] | None:
        """How far its state has followed the log."""
        found: dict[str, Any] | None = self._reducers.ask({"do": "position", "id": self.handle})[0]
        return found

    def pump(self) -> None:
        """Let the reducer take what came, and leave where the server said so."""
        self.heard, self.line.frames = self.line.frames, []
        frames = [json.loads(frame) for frame in self.heard]
        had_position = self.position is not None
        if frames:
            self.reduce(*frames)
        for frame in frames:
            removed = set(frame.get("removed", ())) if frame["type"] == "event" else ()
            self.transcripts = [id_ for id_ in self.transcripts if id_ not in removed]
        if self.line.code is not None:
            self.session = None
            self.is_gone = self.line.code == CLOSE_SIGN_IN
            assert self.line.code in (CLOSE_SIGN_IN, CLOSE_RECONNECT), self.line.code
        elif had_position and self.position is None:
            self.disconnect()  # as the widget does when only a snapshot helps

    def open_transcript(self, conversation_id: str, messages: list[Any], *, has_older: bool) -> None:
        """Look at a conversation, as the console does: by REST."""
        self.transcripts = [*(id_ for id_ in self.transcripts if id_ != conversation_id), conversation_id][-5:]
        self.reduce(
            {"type": "transcript_opened", "conversation_id": conversation_id},
            {
                "type": "transcript_loaded",
                "conversation_id": conversation_id,
                "messages": messages,
                "has_older": has_older,
            },
        )

    def reduce(self, *frames: Any) -> None:
        """Let the reducer take frames or local actions."""
        self._reducers.ask({"do": "reduce", "id": self.handle, "frames": frames})

    def show(self) -> dict[str, Any]:
        """The state."""
        found: dict[str, Any] = self._reducers.ask({"do": "show", "id": self.handle})[0]
        return found

    def forget(self) -> None:
        """Leave for good."""
        self.disconnect()
        self._reducers.ask({"do": "forget", "id": self.handle})

    def twin(self) -> "Person":
        """The same person in a fresh tab, with the same transcripts open."""
        other = Person(self._desk, self._reducers, self._call, id=self.id, token=self.token, site_key=self.site_key)
        if not self.is_visitor:
            for id_ in self.transcripts:
                other.transcripts.append(id_)
                other.reduce({"type": "transcript_opened", "conversation_id": id_})
        return other
