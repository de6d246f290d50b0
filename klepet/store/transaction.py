"""The transaction that actions are given, and the snapshot that reads are."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from klepet.model.events import Event, MessageSent
from klepet.model.views import Message, Operator


@dataclass(slots=True)
class OpenTransaction:
    """The writer's transaction: implements `ports.Transaction`. Recorded events are buffered until the batch ends."""

    conn: Connection
    recorded: list[Event] = field(default_factory=list)
    written: dict[tuple[UUID, int], Message] = field(default_factory=dict)
    kept: dict[UUID, Any] | None = None
    """States of conversations, of `store/states.py`, where they stay from one batch to the next."""
    sent: dict[tuple[UUID, str], Message | None] = field(default_factory=dict)
    """Looked up ahead (`store/prefetch.py`): what stands under a client id of an author. Each answer is given once."""
    operators: dict[UUID, Operator] = field(default_factory=dict)
    """Looked up ahead."""

    def record(self, event: Event, *, row: Any = None) -> None:
        """Buffer an event; a message just written rides along for whoever sends it."""
        self.recorded.append(event)
        if type(event) is MessageSent and row is not None:
            self.written[(event.conversation_id, event.seq)] = row

    def forget_prefetched(self) -> None:
        """Drop what was looked up ahead, except the states: something may change it."""
        self.sent, self.operators = {}, {}

    def forget_since(self, mark: int) -> None:
        """Drop what a failed unit recorded."""
        del self.recorded[mark:]


@dataclass(slots=True)
class OpenReader:
    """A reader's snapshot: implements `ports.Reader`."""

    conn: Connection
