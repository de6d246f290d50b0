"""When a message was sent, put its words into the search index. Durable: each event once."""

from collections.abc import Sequence
from datetime import datetime

from klepet.actions.listening import LoggedEvent
from klepet.actions.search import index_messages
from klepet.model.events import MessageSent
from klepet.model.ports import Ids, Reader, Transaction

NAME = "index_search"
EVENTS = frozenset({str(MessageSent.__struct_config__.tag)})


def is_needed(reader: Reader) -> bool:
    """Always: every message is to be found."""
    return True


def handle(tx: Transaction, stored_events: Sequence[LoggedEvent], *, now: datetime, ids: Ids) -> None:
    """Index the messages, in the unit that advances this listener's cursor."""
    sent = [stored.event for stored in stored_events if isinstance(stored.event, MessageSent)]
    index_messages(tx, [(event.conversation_id, event.seq) for event in sent])
