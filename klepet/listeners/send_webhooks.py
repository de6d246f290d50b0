"""When a public event has happened, queue it for every webhook that listens to it. Durable: each event once."""

from collections.abc import Sequence
from datetime import datetime

from klepet.actions.deliveries import is_anybody_listening, queue_deliveries
from klepet.actions.listening import LoggedEvent
from klepet.model.events import PUBLIC_EVENT_TYPES
from klepet.model.ports import Ids, Reader, Transaction

NAME = "send_webhooks"
EVENTS = frozenset(PUBLIC_EVENT_TYPES)


def is_needed(reader: Reader) -> bool:
    """Only where a webhook is switched on."""
    return is_anybody_listening(reader)


def handle(tx: Transaction, stored_events: Sequence[LoggedEvent], *, now: datetime, ids: Ids) -> None:
    """Queue the events, in the unit that advances this listener's cursor."""
    queue_deliveries(tx, stored_events, now=now, ids=ids)
