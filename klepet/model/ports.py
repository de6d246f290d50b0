"""What crosses the order of the layers: protocols of the database, the transaction, ids and presence; the clock comes
from `kit`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from klepet.kit.clock import Clock as Clock
from klepet.model.events import Event
from klepet.model.views import Page

T = TypeVar("T")
Item = TypeVar("Item", contravariant=True)
Done = Callable[[Any, BaseException | None], None]
"""Called on the event loop after the commit: (result, None), or (None, error) when nothing was stored."""


class Ids(Protocol):
    """Gives UUIDv7s in rising order."""

    def __call__(self) -> UUID:
        """The next id."""


class Reader(Protocol):
    """One consistent snapshot of the database. `conn` is the SQLAlchemy connection that only `store` and
    `reports` use.
    """

    @property
    def conn(self) -> Any:
        """The connection."""


class Transaction(Reader, Protocol):
    """One unit of work: everything done through it is stored together or not at all. It may be run again."""

    def record(self, event: Event, *, row: Any = None) -> None:
        """Record what happened. Every action does. `row` hands on the message just written, to save reading it back."""


@dataclass(slots=True)
class Lane:
    """Items of one client, which are stored in their order or not at all: when one could not be stored, those
    queued behind it in the same lane are refused too (Busy). Whoever sends them again takes a new lane. Only the
    writer breaks one.
    """

    is_broken: bool = False


class Needs(NamedTuple):
    """What an item of a set-based action is going to look up. An item that has `needs` lets the database find it for
    all items of a batch at once; its action changes nothing of it but by sending, and by what changes conversations.
    """

    conversation_id: UUID | None = None
    sent: tuple[UUID, str] | None = None
    """The author and client id of a message that may have been stored before."""
    operator_id: UUID | None = None


class Database(Protocol):
    """The database as the edges see it. Never called from inside a transaction."""

    async def write(self, run: Callable[[Transaction], T], *, is_urgent: bool = True) -> T:
        """Run one unit in the writer and return its result after the commit. Raises what it raised; Busy when
        the queue is full or the disk refuses. Units that are not urgent wait behind those that are.
        """

    def submit(
        self,
        group: Callable[[Transaction, Sequence[Item]], Sequence[Any]],
        item: Item,
        done: Done,
        *,
        is_loose: bool = False,
        is_urgent: bool = True,
        lane: "Lane | None" = None,
    ) -> None:
        """Queue one item of a set-based action: items of one batch run in one call. `group` returns a result or
        a KlepetError for each item. A loose item may run before what was queued earlier; one that is not urgent waits
        behind those that are. Never raises; a full queue is told to `done`.
        """

    async def read(self, run: Callable[[Reader], T], *, is_brief: bool = False) -> T:
        """Run one read in a reader thread, in one snapshot, at most 5 seconds. Brief ones, which look up a few rows by
        their keys, may share the snapshot with others that were asked for before it was taken.
        """


class Presence(Protocol):
    """Who is there now. Asked on the event loop only."""

    def is_visitor_online(self, visitor_id: UUID) -> bool:
        """Whether a visitor has a connection, or lost it only just now."""

    def page_of_visitor(self, visitor_id: UUID) -> Page | None:
        """The page on which a visitor is."""
