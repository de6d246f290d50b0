"""What stands where a network would: keeps what is sent, and looks at each frame as a client would that trusts
nothing.
"""

from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
from picows import WSMsgType

from klepet.model import frames
from klepet.model.frames import Ack, Delivery, Refused, ServerFrame, Welcome
from klepet.model.limits import CLIENT_ID_CHARS
from klepet.model.words import MessageKind
from klepet.web.session import Session
from klepet.web.socket import QUEUED_BYTES

CODES = {value for name, value in vars(frames).items() if name.startswith("CLOSE_")}
OF_WEBSOCKET = {1002, 1007, 1009}
"""What klepet itself closes with for a breach of RFC 6455; 1011 would say that it failed."""
ERRORS = {
    "busy",
    "conflict",
    "gone",
    "invalid",
    "not_allowed",
    "not_found",
    "sign_in_required",
    "too_large",
    "too_many",
}
_decode = msgspec.json.Decoder(ServerFrame).decode


@dataclass
class Line:
    """Implements `Connection`. `sent` and `acked` are by client id."""

    is_visitor: bool
    transport: str = "test"
    code: int | None = None
    session: Session | None = None
    is_left: bool = False
    answered: Counter[str | None] = field(default_factory=Counter)
    acked: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    answers_taken: int = 0
    """The newest answer of a long-poll session."""
    welcomes: int = 0
    seqs: dict[Any, int] = field(default_factory=dict)
    offset: int = -1

    def send(self, data: bytes) -> None:
        """Look at a frame: it has to be one that klepet declares, and in its place."""
        if self.code is not None:
            return
        frame = _decode(data)
        if self.welcomes == 0:
            assert isinstance(frame, (Welcome, Refused)), f"before the welcome: {data!r}"
        match frame:
            case Welcome():
                self.welcomes += 1
                assert self.welcomes == 1, "a second welcome"
                self.offset = frame.position.offset if self._has_state(frame) else self.offset
            case Delivery():
                assert frame.offset > self.offset, "an event came twice, or out of order"
                self.offset = frame.offset
                if self.is_visitor:
                    assert not frame.conversations, "a visitor was sent what is for operators"
                    assert not frame.contacts or {contact.id for contact in frame.contacts} == {self._contact()}
                    assert all(message.kind is not MessageKind.NOTE for message in frame.messages), "a note"
            case Ack():
                self.answered[frame.client_id] += 1
                self.acked.add(frame.client_id)
            case Refused():
                self._check_refusal(frame)

    def close(self, code: int) -> None:
        """Remember why it ended."""
        assert code in CODES or (code in OF_WEBSOCKET and self.transport == "picows"), f"close code {code}"
        if self.code is None:
            self.code = code

    @property
    def is_open(self) -> bool:
        """Whether frames still reach the session."""
        return self.code is None and not self.is_left and self.session is not None and not self.session.is_closed

    def _check_refusal(self, frame: Refused) -> None:
        problem = frame.error
        assert problem.code in ERRORS, f"refused with {problem.code}: {problem.message}"
        assert 0 < len(problem.message) < 500, "a refusal is a sentence"
        assert problem.field is msgspec.UNSET or len(problem.field) <= 200, "a field's name is short"
        assert frame.client_id is None or len(frame.client_id) <= CLIENT_ID_CHARS
        self.answered[frame.client_id] += 1
        if frame.client_id is not None:
            self.refused[frame.client_id] += 1

    def _has_state(self, frame: Welcome) -> bool:
        has_one = (frame.visitor_state is None) != (frame.operator_state is None)
        has_wrong = frame.operator_state is not None if self.is_visitor else frame.visitor_state is not None
        assert not has_wrong, "the state of somebody else's kind"
        if frame.visitor_state is not None:
            assert all(message.kind is not MessageKind.NOTE for message in frame.visitor_state.messages), "a note"
        return has_one

    def _contact(self) -> Any:
        return None if self.session is None else self.session.principal.contact_id


class Wire:
    """A transport under picows' listener: takes what is written apart again (RFC 6455, 5.2) and hands it to a line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.is_gone = self.is_full = False
        headers = SimpleNamespace(headers={})
        self.upper: Any = SimpleNamespace(
            request=headers, response=headers, underlying_transport=self, is_close_frame_sent=False
        )
        self.said_close = False
        """Whether the client closed: then its own code comes back."""

    def write(self, data: bytes) -> None:
        """Take whole frames, unmasked, nothing behind a close."""
        while data:
            assert not self.line.is_left, "something was sent behind the close"
            first, size, start = data[0], data[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(data[2:start], "big")
            payload, data = data[start : start + size], data[start + size :]
            assert len(payload) == size, "half a frame was written"
            if first == 0x81:
                self.line.send(payload)
                continue
            assert first in (0x88, 0x89), f"a frame of kind {first:#x}"
            if first == 0x88:
                if not self.said_close:
                    self.line.close(int.from_bytes(payload, "big"))
                self.line.is_left = True

    def get_write_buffer_size(self) -> int:
        """What waits to be sent."""
        return 2 * QUEUED_BYTES if self.is_full else 0

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.is_gone

    def close(self) -> None:
        """Hang up."""
        self.is_gone = True

    abort = close


@dataclass
class FakeFrame:
    """What picows hands to its listener."""

    msg_type: WSMsgType
    payload: bytes
    fin: bool = True
    rsv1: bool = False
    rsv2: bool = False
    rsv3: bool = False

    def get_payload_as_bytes(self) -> bytes:
        """As in picows."""
        return self.payload

    def get_payload_as_utf8_text(self) -> str:
        """As in picows: strict."""
        return self.payload.decode()
