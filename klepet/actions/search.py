"""Keeping the index of messages. No event records it: it only repeats what is in the transcripts."""

from collections.abc import Sequence
from uuid import UUID

from klepet.model.ports import Transaction
from klepet.store import search


def index_messages(tx: Transaction, keys: Sequence[tuple[UUID, int]]) -> None:
    """Add messages, by (conversation, seq), in this order; those that are gone or already there are left out."""
    search.index(tx, keys)
