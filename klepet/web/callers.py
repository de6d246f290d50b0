"""What a session is given: who calls, before the hello says more, and what carries frames to them."""

from dataclasses import dataclass
from typing import Protocol


class Connection(Protocol):
    """What carries frames to one client. Neither call blocks or raises."""

    transport: str
    """What it is, in a word, to be counted by."""

    def send(self, data: bytes) -> None:
        """Send one frame, or close with CLOSE_RECONNECT when the client does not keep up."""

    def close(self, code: int) -> None:
        """Close with a code of model/frames.py; what was sent before still goes out."""


@dataclass(slots=True, frozen=True)
class Caller:
    """What is known of a client before its hello."""

    address: str
    origin: str | None
    host: str
    user_agent: str
    cookie: str = ""
    is_trusted: bool = False
    language: str | None = None
