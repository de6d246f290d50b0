"""One step of a durable listener: events read, handled and passed in one unit, so that each is handled once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from klepet.model.events import Event
from klepet.model.ports import Ids, Reader, Transaction
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


class IsNeeded(Protocol):
    """Whether a listener has anything to do now, whatever has happened."""

    def __call__(self, reader: Reader, /) -> bool:
        """Ask, in the unit that advances the cursor."""


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
    is_needed: IsNeeded | None = None,
) -> tuple[int, bool]:
    """Handle at most `limit` events of the log after the listener's cursor and advance it. Without `handle` they are
    stepped over; where `is_needed` says no, all there are. Tells how many were handled, and whether this is the head.
    Raises HandleFailed."""
    head, cursor = log.head_and_cursor(tx, name)
    if cursor >= head:  # another process was faster
        return 0, True
    if is_needed is not None and not is_needed(tx):
        limit, wanted = head - cursor, []
    else:
        wanted = log.events_since(tx, cursor, limit, types=events)
    if wanted and handle is not None:
        try:
            handle(tx, wanted, now=now, ids=ids)
        except Exception as error:
            raise HandleFailed([stored.offset for stored in wanted]) from error
    # Every offset up to cursor + limit was looked at; more where some were pruned in between.
    passed = max(wanted[-1].offset if wanted else cursor, min(cursor + limit, head))
    if passed > cursor:
        log.advance_cursor(tx, name, passed)  # type: ignore[arg-type]
    return len(wanted), passed >= head
