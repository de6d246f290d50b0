"""One step of a durable listener: events read, handled and passed in one unit, so that each is handled once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from klepet.model.events import Event
from klepet.model.ports import Ids, Transaction
from klepet.store import log


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


class Handle(Protocol):
    """What a listener does with events."""

    def __call__(self, tx: Transaction, stored_events: Sequence[LoggedEvent], /, *, now: datetime, ids: Ids) -> None:
        """Handle them, in the unit that advances the cursor."""


class HandleFailed(Exception):
    """The listener's own code failed on these events; the unit is undone."""

    def __init__(self, offsets: list[int]) -> None:
        super().__init__(f"failed on events {offsets[0]} to {offsets[-1]}")
        self.offsets = offsets


def run_listener(
    tx: Transaction,
    name: str,
    events: frozenset[str],
    handle: Handle | None,
    *,
    now: datetime,
    ids: Ids,
    limit: int,
) -> tuple[int, bool]:
    """Handle at most `limit` events of the log after the listener's cursor and advance it.
    Without `handle` they are stepped over. Tells how many were handled, and whether this is the head.
    Raises HandleFailed."""
    cursor = log.cursor_of(tx, name)
    head = log.head(tx)[0]
    found = log.events_since(tx, cursor, limit)
    wanted = [stored for stored in found if str(stored.event.__struct_config__.tag) in events]
    if wanted and handle is not None:
        try:
            handle(tx, wanted, now=now, ids=ids)
        except Exception as error:
            raise HandleFailed([stored.offset for stored in wanted]) from error
    # Events of unknown types are not in `found`; every offset up to cursor + limit was looked at all the same.
    passed = max(found[-1].offset if found else cursor, min(cursor + limit, head))
    if passed > cursor:
        log.advance_cursor(tx, name, passed)  # type: ignore[arg-type]
    return len(wanted), passed >= head
