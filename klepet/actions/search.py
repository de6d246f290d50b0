"""Keeping the index of messages. No event records it: it only repeats what is in the transcripts."""

from collections.abc import Sequence
from uuid import UUID

from klepet.model.ports import Transaction
from klepet.store import messages, search


def index_messages(tx: Transaction, keys: Sequence[tuple[UUID, int]]) -> None:
    """Add messages, by (conversation, seq), in this order; those that are gone or already there are left out."""
    found = {(message.conversation_id, message.seq): message for message in messages.by_keys(tx, keys)}
    search.index(tx, [found[key] for key in keys if key in found])
