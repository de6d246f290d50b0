"""What processes of one installation tell each other: who is connected to them, typing, and what was taken of rates.

Each process tells of its own connections when they come, move and go, and every ALIVE_SECONDS how many they are. Who
counts differently asks for the whole; who is silent for SILENT_SECONDS is dead, and those it had are gone. So a
lost notice is mended within seconds, and nothing of it is stored.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from klepet.model.ports import Clock
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Page
from klepet.model.words import Role
from klepet.realtime.hub import Hub, Subscriber

ALIVE_SECONDS = 2.0
SILENT_SECONDS = 7.0
NOBODY = UUID(int=0)


class _Signal(Struct, frozen=True, tag_field="kind", tag=str.lower):
    """`process` is whose word it is."""

    process: str


class Alive(_Signal, frozen=True):
    """The process is there, with so many connected; `digest` mixes their ids."""

    count: int
    digest: int


class Tell(_Signal, frozen=True):
    """Tell me who is connected to `whom`."""

    whom: str


class Gone(_Signal, frozen=True):
    """The process stops."""


class OperatorHere(_Signal, frozen=True):
    """An operator has a console open there, or no longer."""

    operator_id: UUID
    is_here: bool


class VisitorHere(_Signal, frozen=True):
    """A visitor is connected there, or no longer."""

    visitor_id: UUID
    contact_id: UUID
    is_here: bool
    page: Page | None = None


class ToOperators(_Signal, frozen=True):
    """A frame for operators."""

    frame: msgspec.Raw
    but: UUID | None = None


class ToContact(_Signal, frozen=True):
    """A frame for the visitors of a contact."""

    contact_id: UUID
    frame: msgspec.Raw


class Taken(_Signal, frozen=True):
    """So much was taken of a rate."""

    rate: str
    key: str
    cost: float


Signal = Alive | Tell | Gone | OperatorHere | VisitorHere | ToOperators | ToContact | Taken

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Signal).decode


class Remote:
    """Stands for a connection to another process: present, and sent nothing from here."""

    def __init__(self, principal: OperatorPrincipal | VisitorPrincipal, page: Page | None) -> None:
        self.principal = principal
        self.page = page

    def deliver(self, offset: int, frame: bytes) -> None:
        """Its own process does."""

    def signal(self, frame: bytes) -> None:
        """Its own process does."""

    def recheck(self) -> None:
        """Its own process does."""

    def end(self, code: int) -> None:
        """Its own process does."""


class _Peer:
    """Another process, as this one knows it."""

    def __init__(self, now: float) -> None:
        self.heard_at = now
        self.here: dict[UUID, Remote] = {}
        self.digest = 0


class Peers:
    """Implements `hub.Relay`. Used on the event loop only."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        process: str,
        publish: Callable[[str], None],
        on_taken: Callable[[str, str, float], None],
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._process = process
        self._publish = publish
        self._on_taken = on_taken
        self._peers: dict[str, _Peer] = {}
        self._own: dict[UUID, tuple[int, Subscriber]] = {}
        self._digest = 0
        self._told_at = 0.0

    @property
    def is_alone(self) -> bool:
        """Whether no other process is known. May be asked in any thread."""
        return not self._peers

    # What happens here.

    def joined(self, subscriber: Subscriber) -> None:
        """A connection came, or its page changed."""
        id_ = _id_of(subscriber)
        count, _ = self._own.get(id_, (0, subscriber))
        if count == 0:
            self._digest ^= _mix(id_)
        self._own[id_] = (count + 1, subscriber)
        self._tell(_presence_of(self._process, subscriber, is_here=True))

    def moved(self, subscriber: Subscriber) -> None:
        """A visitor is on another page."""
        id_ = _id_of(subscriber)
        count, _ = self._own.get(id_, (0, subscriber))
        if count:
            self._own[id_] = (count, subscriber)
            self._tell(_presence_of(self._process, subscriber, is_here=True))

    def left(self, subscriber: Subscriber) -> None:
        """A connection went."""
        id_ = _id_of(subscriber)
        count, newest = self._own.get(id_, (0, subscriber))
        if count > 1:
            self._own[id_] = (count - 1, newest)
        elif count:
            del self._own[id_]
            self._digest ^= _mix(id_)
            self._tell(_presence_of(self._process, subscriber, is_here=False))

    def to_operators(self, frame: bytes, but: UUID | None) -> None:
        """A signal went to the operators here."""
        self._tell(ToOperators(self._process, msgspec.Raw(frame), but))

    def to_contact(self, contact_id: UUID, frame: bytes) -> None:
        """A signal went to a contact's visitors here."""
        self._tell(ToContact(self._process, contact_id, msgspec.Raw(frame)))

    def taken(self, rate: str, key: str, cost: float) -> None:
        """So much was taken of a rate here."""
        self._tell(Taken(self._process, rate, key, cost))

    def sweep(self) -> None:
        """Say that this process lives, and give up those that do not."""
        now = self._clock.monotonic()
        if now - self._told_at >= ALIVE_SECONDS:
            self._told_at = now
            self._tell(Alive(self._process, len(self._own), self._digest))
        for process in [name for name, peer in self._peers.items() if now - peer.heard_at > SILENT_SECONDS]:
            self._forget(process)

    def start(self) -> None:
        """Ask every other process who is there."""
        self._tell(Tell(self._process, ""))
        self.sweep()

    def stop(self) -> None:
        """Say that this process goes: its people come back elsewhere."""
        self._tell(Gone(self._process))

    # What is heard of the others.

    def take(self, signals: list[str]) -> None:
        """Take what the processes told; one's own words and what is not understood are passed over."""
        for text in signals:
            try:
                signal = _decode(text)
            except msgspec.DecodeError:
                continue
            if signal.process != self._process:
                self._take(signal)

    def _take(self, signal: Any) -> None:
        now = self._clock.monotonic()
        peer = self._peers.get(signal.process)
        if peer is None:
            if isinstance(signal, Gone):
                return
            peer = self._peers[signal.process] = _Peer(now)
            if not isinstance(signal, Tell):
                self._tell(Tell(self._process, signal.process))
        peer.heard_at = now
        match signal:
            case Alive(count=count, digest=digest):
                if (count, digest) != (len(peer.here), peer.digest):
                    self._forget_people(peer)
                    self._tell(Tell(self._process, signal.process))
            case Tell(whom=whom):
                if whom in ("", self._process):
                    self._tell_all()
            case Gone():
                self._forget(signal.process)
            case OperatorHere():
                principal = OperatorPrincipal(operator_id=signal.operator_id, role=Role.OPERATOR, name="")
                self._note(peer, signal.operator_id, Remote(principal, None) if signal.is_here else None)
            case VisitorHere():
                visitor = VisitorPrincipal(visitor_id=signal.visitor_id, contact_id=signal.contact_id, site_id=NOBODY)
                self._note(peer, signal.visitor_id, Remote(visitor, signal.page) if signal.is_here else None)
            case ToOperators():
                self._hub.pass_to_operators(bytes(signal.frame), but=signal.but)
            case ToContact():
                self._hub.pass_to_contact(signal.contact_id, bytes(signal.frame))
            case Taken():
                self._on_taken(signal.rate, signal.key, signal.cost)

    def _note(self, peer: _Peer, id_: UUID, remote: Remote | None) -> None:
        was = peer.here.pop(id_, None)
        if (was is None) != (remote is None):
            peer.digest ^= _mix(id_)
        if remote is not None:
            peer.here[id_] = remote
            self._hub.note_remote(remote)
        if was is not None:
            self._hub.end_remote(was)

    def _forget_people(self, peer: _Peer) -> None:
        for id_ in list(peer.here):
            self._note(peer, id_, None)

    def _forget(self, process: str) -> None:
        peer = self._peers.pop(process, None)
        if peer is not None:
            self._forget_people(peer)

    def _tell_all(self) -> None:
        for _, subscriber in self._own.values():
            self._tell(_presence_of(self._process, subscriber, is_here=True))

    def _tell(self, signal: Signal) -> None:
        self._publish(_encode(signal).decode())


def _id_of(subscriber: Subscriber) -> UUID:
    principal = subscriber.principal
    return principal.operator_id if isinstance(principal, OperatorPrincipal) else principal.visitor_id


def _mix(id_: UUID) -> int:
    return id_.int & 0x7FFF_FFFF_FFFF_FFFF


def _presence_of(process: str, subscriber: Subscriber, *, is_here: bool) -> Signal:
    principal = subscriber.principal
    if isinstance(principal, OperatorPrincipal):
        return OperatorHere(process, principal.operator_id, is_here)
    return VisitorHere(process, principal.visitor_id, principal.contact_id, is_here, subscriber.page)
