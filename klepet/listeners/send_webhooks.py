"""When a public event has happened, queue it for every webhook that listens to it. Durable: each event once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from klepet.actions.deliveries import queue_deliveries
from klepet.model.events import PUBLIC_EVENT_TYPES, Event
from klepet.model.ports import Ids, Transaction

NAME = "send_webhooks"
EVENTS = frozenset(PUBLIC_EVENT_TYPES)


class LoggedEvent(Protocol):
    """An event with its place in the log."""

    @property
    def offset(self) -> int:
        """Its place."""

    @property
    def at(self) -> datetime:
        """When it was stored."""

    @property
    def event(self) -> Event:
        """What happened."""


def handle(tx: Transaction, stored_events: Sequence[LoggedEvent], *, now: datetime, ids: Ids) -> None:
    """Queue the events, in the unit that advances this listener's cursor."""
    for stored in stored_events:
        if str(stored.event.__struct_config__.tag) in EVENTS:
            queue_deliveries(tx, stored.event, stored.offset, stored.at, now=now, ids=ids)
