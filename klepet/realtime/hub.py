"""The connections of this process, by the stream that each follows; and who is there.

Live only: nothing is stored, and a subscriber that cannot keep up is closed and comes back with its position.
"""

from collections.abc import Callable, Iterable
from typing import Protocol
from uuid import UUID

import msgspec

from klepet.model.committed import Committed
from klepet.model.counts import Counts
from klepet.model.events import (
    AdminEvent,
    ApiTokenRevoked,
    ContactErased,
    ContactEvent,
    ContactIdentified,
    OperatorDisabled,
    OperatorEvent,
    OperatorUpdated,
    PasswordChanged,
    SessionEnded,
)
from klepet.model.frames import (
    CLOSE_RECONNECT,
    CLOSE_SIGN_IN,
    Accepting,
    Frame,
    OperatorPresence,
    VisitorPresence,
)
from klepet.model.ports import Clock
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Page
from klepet.model.words import Availability
from klepet.realtime import deliveries
from klepet.realtime.audience import audience_of
from klepet.realtime.presence import Presence

_encode = msgspec.json.Encoder().encode
_CUTTING = (AdminEvent, OperatorEvent, ContactEvent)


class Subscriber(Protocol):
    """A live connection of a principal."""

    @property
    def principal(self) -> VisitorPrincipal | OperatorPrincipal:
        """Whose it is."""

    @property
    def page(self) -> Page | None:
        """Where a visitor is."""

    def deliver(self, offset: int, frame: bytes) -> None:
        """Send an event, or hold it back while the start is still being read."""

    def signal(self, frame: bytes) -> None:
        """Send a passing notice; dropped where the start is still being read."""

    def recheck(self) -> None:
        """See whether its principal may still be here, and as what."""

    def end(self, code: int) -> None:
        """Close the connection."""


class Relay(Protocol):
    """Who tells other processes what happens at this one's connections."""

    def joined(self, subscriber: Subscriber) -> None:
        """A connection came."""

    def moved(self, subscriber: Subscriber) -> None:
        """A visitor is on another page."""

    def left(self, subscriber: Subscriber) -> None:
        """A connection went."""

    def to_operators(self, frame: bytes, but: UUID | None) -> None:
        """A signal for all operators, perhaps but one."""

    def to_contact(self, contact_id: UUID, frame: bytes) -> None:
        """A signal for the visitors of a contact."""


class Hub:
    """Implements delivery and presence at one process's connections. Used on the event loop only."""

    def __init__(self, clock: Clock) -> None:
        self.offset = 0
        self.moves = 0
        """How many conversations went to another contact, so that whoever remembers their contacts looks again."""
        self._clock = clock
        self._operators: dict[UUID, set[Subscriber]] = {}
        self._contacts: dict[UUID, set[Subscriber]] = {}
        self._operators_here: Presence[Subscriber] = Presence()
        self._visitors_here: Presence[Subscriber] = Presence()
        self._visitors: dict[UUID, VisitorPresence] = {}
        self._availability: dict[UUID, Availability] = {}
        self._was_accepting = False
        self.on_commit: list[Callable[[], None]] = []
        self.relay: Relay | None = None
        self.counts = Counts()

    def set_availability(self, operators: Iterable[tuple[UUID, Availability]]) -> None:
        """What operators chose, as read from the database at the start. Those who accept count as there for a moment:
        a restart of the server is no leaving.
        """
        now = self._clock.monotonic()
        for operator_id, availability in operators:
            self._availability[operator_id] = availability
            if availability is Availability.ACCEPTING:
                self._operators_here.expect(operator_id, now)
        self._was_accepting = self.is_accepting

    def add(self, subscriber: Subscriber) -> None:
        """Let a connection follow its principal's stream."""
        principal = subscriber.principal
        if isinstance(principal, OperatorPrincipal):
            self._operators.setdefault(principal.operator_id, set()).add(subscriber)
        else:
            self._contacts.setdefault(principal.contact_id, set()).add(subscriber)
        self.note_remote(subscriber)
        if self.relay is not None:
            self.relay.joined(subscriber)

    def note_remote(self, subscriber: Subscriber) -> None:
        """Note that somebody is there, perhaps at another process."""
        principal = subscriber.principal
        if isinstance(principal, VisitorPrincipal):
            self._visitors_here.note_connection(principal.visitor_id, subscriber)
            self._tell_visitor(subscriber)
        elif self._operators_here.note_connection(principal.operator_id, subscriber):
            self.pass_to_operators(_encode(OperatorPresence(operator_id=principal.operator_id, is_online=True)))
            self._announce_accepting()

    def remove(self, subscriber: Subscriber) -> None:
        """Forget a connection. Its principal stays for a moment, and may come back unnoticed."""
        principal = subscriber.principal
        if isinstance(principal, OperatorPrincipal):
            _discard(self._operators, principal.operator_id, subscriber)
        else:
            _discard(self._contacts, principal.contact_id, subscriber)
        self.end_remote(subscriber)
        if self.relay is not None:
            self.relay.left(subscriber)

    def end_remote(self, subscriber: Subscriber) -> None:
        """Note that a connection has ended, perhaps at another process."""
        principal, now = subscriber.principal, self._clock.monotonic()
        if isinstance(principal, OperatorPrincipal):
            self._operators_here.note_end(principal.operator_id, subscriber, now)
            return
        self._visitors_here.note_end(principal.visitor_id, subscriber, now)
        remaining = self._visitors_here.newest_of(principal.visitor_id)
        if remaining is not None:
            self._tell_visitor(remaining)

    def show_page(self, subscriber: Subscriber) -> None:
        """Tell operators where a visitor is."""
        principal = subscriber.principal
        if isinstance(principal, VisitorPrincipal):
            self._visitors_here.note_connection(principal.visitor_id, subscriber)
            self._tell_visitor(subscriber)
            if self.relay is not None:
                self.relay.moved(subscriber)

    def sweep(self) -> list[UUID]:
        """Tell who has left and has not come back; gives the visitors among them."""
        now = self._clock.monotonic()
        for operator_id in self._operators_here.take_gone(now):
            self.pass_to_operators(_encode(OperatorPresence(operator_id=operator_id, is_online=False)))
            self._announce_accepting()
        gone = self._visitors_here.take_gone(now)
        for visitor_id in gone:
            was = self._visitors.pop(visitor_id)
            left = VisitorPresence(visitor_id=visitor_id, contact_id=was.contact_id, is_online=False)
            self.pass_to_operators(_encode(left))
        return gone

    def _tell_visitor(self, subscriber: Subscriber) -> None:
        principal = subscriber.principal
        assert isinstance(principal, VisitorPrincipal)
        presence = VisitorPresence(
            visitor_id=principal.visitor_id, contact_id=principal.contact_id, is_online=True, page=subscriber.page
        )
        if self._visitors.get(principal.visitor_id) != presence:
            self._visitors[principal.visitor_id] = presence
            self.pass_to_operators(_encode(presence))

    def is_visitor_online(self, visitor_id: UUID) -> bool:
        """Whether a visitor has a connection, or lost it only just now."""
        return visitor_id in self._visitors

    def page_of_visitor(self, visitor_id: UUID) -> Page | None:
        """The page on which a visitor is."""
        presence = self._visitors.get(visitor_id)
        return None if presence is None else presence.page

    @property
    def online_operator_ids(self) -> list[UUID]:
        """Operators with a console open."""
        return self._operators_here.ids

    @property
    def online_visitor_ids(self) -> list[UUID]:
        """Visitors with a connection."""
        return list(self._visitors)

    @property
    def is_accepting(self) -> bool:
        """Whether an operator who accepts conversations has a console open."""
        return any(self._availability.get(id_) is Availability.ACCEPTING for id_ in self._operators_here.ids)

    def to_operators(self, frame: Frame, *, but: UUID | None = None) -> None:
        """Send a signal to every operator, perhaps but one."""
        data = _encode(frame)
        self.pass_to_operators(data, but=but)
        if self.relay is not None:
            self.relay.to_operators(data, but)

    def pass_to_operators(self, data: bytes, *, but: UUID | None = None) -> None:
        """Send a signal to the operators who are connected here."""
        for operator_id, subscribers in list(self._operators.items()):
            if operator_id != but:
                for subscriber in list(subscribers):
                    subscriber.signal(data)

    def to_contact(self, contact_id: UUID, frame: Frame) -> None:
        """Send a signal to the visitors of a contact."""
        data = _encode(frame)
        self.pass_to_contact(contact_id, data)
        if self.relay is not None:
            self.relay.to_contact(contact_id, data)

    def pass_to_contact(self, contact_id: UUID, data: bytes) -> None:
        """Send a signal to the visitors of a contact who are connected here."""
        for subscriber in list(self._contacts.get(contact_id, ())):
            subscriber.signal(data)

    def take(self, committed: Committed) -> None:
        """Send what was committed to whom it concerns."""
        for item in committed.events:
            audience = audience_of(item.event)
            if audience.operators and self._operators:
                data = _encode(deliveries.for_operators(item, committed.rows))
                for mine in list(self._operators.values()):
                    self.counts.deliveries += len(mine)
                    for subscriber in list(mine):
                        subscriber.deliver(item.offset, data)
            contacts: Iterable[UUID | None] = (
                list(self._contacts) if audience.every_visitor else (audience.left_contact_id, audience.contact_id)
            )
            for contact_id in contacts:
                theirs = self._contacts.get(contact_id) if contact_id is not None else None
                if theirs and (frame := deliveries.for_visitors(item, committed.rows, audience, contact_id)):
                    data = _encode(frame)
                    self.counts.deliveries += len(theirs)
                    for subscriber in list(theirs):
                        subscriber.deliver(item.offset, data)
            self.offset = item.offset
            if audience.left_contact_id is not None:
                self.moves += 1
            if isinstance(item.event, _CUTTING):
                self._cut_off(item.event)
        self.counts.events += len(committed.events)
        for operator in committed.rows.operators.values():
            self._availability[operator.id] = Availability.OFFLINE if operator.is_disabled else operator.availability
        if committed.rows.operators:
            self._announce_accepting()
        for wake in self.on_commit:
            wake()

    def _cut_off(self, event: object) -> None:
        """Close connections whose principal may no longer see what they see."""
        if isinstance(event, OperatorDisabled):
            for subscriber in list(self._operators.get(event.operator_id, ())):
                subscriber.end(CLOSE_SIGN_IN)
        elif isinstance(event, SessionEnded | PasswordChanged):
            self._recheck(self._operators.get(event.subject_id, ()))
        elif isinstance(event, OperatorUpdated):
            self._recheck(self._operators.get(event.operator_id, ()))
        elif isinstance(event, ApiTokenRevoked):
            for mine in list(self._operators.values()):
                self._recheck(mine)
        elif isinstance(event, ContactErased):
            for subscriber in list(self._contacts.get(event.contact_id, ())):
                subscriber.end(CLOSE_SIGN_IN)
        elif isinstance(event, ContactIdentified):
            for group in list(self._contacts.values()):
                for subscriber in list(group):
                    principal = subscriber.principal
                    if isinstance(principal, VisitorPrincipal) and (
                        principal.visitor_id == event.visitor_id and principal.contact_id != event.contact_id
                    ):
                        subscriber.end(CLOSE_RECONNECT)

    def _recheck(self, subscribers: Iterable[Subscriber]) -> None:
        for subscriber in list(subscribers):
            subscriber.recheck()

    def _announce_accepting(self) -> None:
        now = self.is_accepting
        if now == self._was_accepting:
            return
        self._was_accepting = now
        data = _encode(Accepting(is_accepting=now))
        for group in list(self._contacts.values()):
            for subscriber in list(group):
                subscriber.signal(data)


def _discard(groups: dict[UUID, set[Subscriber]], key: UUID, subscriber: Subscriber) -> None:
    group = groups.get(key, set())
    group.discard(subscriber)
    if not group:
        groups.pop(key, None)
