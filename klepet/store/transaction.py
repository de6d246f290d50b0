"""The transaction that actions are given, and the snapshot that reads are."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from klepet.model.events import Event, MessageSent
from klepet.model.views import Message


@dataclass(slots=True)
class OpenTransaction:
    """The writer's transaction: implements `ports.Transaction`. Recorded events are buffered until the batch ends."""

    conn: Connection
    recorded: list[Event] = field(default_factory=list)
    written: dict[tuple[UUID, int], Message] = field(default_factory=dict)
    kept: dict[UUID, Any] | None = None
    """States of conversations, of `store/states.py`, where they stay from one batch to the next."""

    def record(self, event: Event, *, row: Any = None) -> None:
        """Buffer an event; a message just written rides along for whoever sends it."""
        self.recorded.append(event)
        if type(event) is MessageSent and row is not None:
            self.written[(event.conversation_id, event.seq)] = row

    def forget_since(self, mark: int) -> None:
        """Drop what a failed unit recorded."""
        del self.recorded[mark:]


@dataclass(slots=True)
class OpenReader:
    """A reader's snapshot: implements `ports.Reader`."""

    conn: Connection
