"""One connection's conversation with the server, whatever carries it: hello, then commands in order, then
events as they come.

    waiting ── hello ──> opening (frames are kept) ── welcome ──> live ──> closed

A session belongs to one principal, found by its hello. Writes go to the database without waiting; their answers
come back by callback.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from klepet.access import conversations as conversation_access
from klepet.access.streams import Start, start_for
from klepet.actions.messages import Draft, send_messages
from klepet.actions.receipts import Receipt, advance_receipts
from klepet.kit.text_limits import TextEmptyError, TextTooLongError, clean_text
from klepet.model.committed import Rows
from klepet.model.errors import Invalid, KlepetError, NotAllowed, Problem, SignInRequired, TooLarge, TooMany
from klepet.model.frames import (
    CLOSE_BAD_FRAME,
    CLOSE_NOT_ALLOWED,
    CLOSE_RECONNECT,
    CLOSE_RELOAD,
    CLOSE_SIGN_IN,
    CLOSE_SILENT,
    CLOSE_TOO_MANY,
    PROTOCOL,
    Ack,
    AdvanceReceipt,
    Frame,
    Hello,
    OperatorState,
    Ping,
    Pong,
    Refused,
    SendMessage,
    SetTyping,
    Typing,
    VisitorState,
    Welcome,
)
from klepet.model.limits import CLIENT_ID_CHARS, FRAME_BYTES, MESSAGE_CHARS
from klepet.model.ports import Reader, Transaction
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Message, Page
from klepet.realtime import deliveries
from klepet.realtime.audience import audience_of
from klepet.realtime.hub import Hub
from klepet.web.callers import Caller as Caller
from klepet.web.callers import Connection as Connection
from klepet.web.config import Parts
from klepet.web.decoding import invalid_of
from klepet.web.receipts import Receipts
from klepet.web.turns import Turns

HELLO_SECONDS = 5.0
SILENT_SECONDS = 70.0
KEPT_FRAMES = 64
KEPT_EVENTS = 5_000
RECHECK_SECONDS = 600.0

_encode = msgspec.json.Encoder().encode


def _code_of(error: KlepetError) -> int:
    """How a connection is closed that is refused."""
    match error:
        case SignInRequired():
            return CLOSE_SIGN_IN
        case TooMany():
            return CLOSE_TOO_MANY
    return CLOSE_NOT_ALLOWED if error.status < 500 else CLOSE_RECONNECT


def _run_each(tx: Transaction, runs: Sequence[Callable[[Transaction], Any]]) -> list[Any]:
    return [run(tx) for run in runs]


@dataclass(slots=True)
class Desk:
    """What all sessions share."""

    parts: Parts
    hub: Hub
    sessions: set["Session"] = field(default_factory=set)
    addresses: dict[str, int] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    sweepers: list[Callable[[], None]] = field(default_factory=list)
    closes_with: int | None = None

    def admit(self, caller: "Caller") -> None:
        """Let another connection in. Raises TooMany for an address that has too many, or makes them too fast."""
        limit = self.parts.config.connections_per_address
        if self.addresses.get(caller.address, 0) >= limit:
            self.parts.counts.limited["connections_per_address"] += 1
            raise TooMany(f"one address may have {limit} connections", limit=limit, retry_after=10.0)
        self.parts.limits.take("connect_address", caller.address)

    def enter(self, session: "Session") -> None:
        """Count a session in."""
        self.sessions.add(session)
        self.parts.counts.connections[session.kind, session.connection.transport] += 1
        self.addresses[session.caller.address] = self.addresses.get(session.caller.address, 0) + 1

    def send_away(self, code: int) -> None:
        """Close every session, and those that begin from now on: the server stops."""
        self.closes_with = code
        for session in list(self.sessions):
            session.end(code)

    def leave(self, session: "Session") -> None:
        """Count a session out."""
        self.sessions.discard(session)
        self.parts.counts.connections[session.kind, session.connection.transport] -= 1
        address = session.caller.address
        left = self.addresses.get(address, 0) - 1
        if left > 0:
            self.addresses[address] = left
        else:
            self.addresses.pop(address, None)

    def sweep(self) -> None:
        """Close sessions that have said nothing for too long, or whose sign-in has ended by age. Who has greeted and
        waits for us is not silent: closed and come back, it would only have to wait longer.
        """
        now = self.parts.clock.monotonic()
        for session in list(self.sessions):
            limit = SILENT_SECONDS if session.has_greeted else HELLO_SECONDS
            if now - session.heard_at > limit:
                session.end(CLOSE_SILENT)
            elif session.is_live and now - session.checked_at > RECHECK_SECONDS:
                session.recheck()
        for sweep in self.sweepers:
            sweep()

    def spawn(self, work: Any) -> None:
        """Run a coroutine that nobody waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Session:
    """Base of visitors' and operators' sessions."""

    decoder: msgspec.json.Decoder[Any]
    frames_rate: ClassVar[str]
    kind: ClassVar[str]
    principal: Any

    def __init__(self, desk: Desk, connection: Connection, caller: Caller) -> None:
        self.desk = desk
        self.connection = connection
        self.caller = caller
        self.page: Page | None = None
        self.heard_at = self.checked_at = desk.parts.clock.monotonic()
        self._frames_left = desk.parts.limits.bucket(self.frames_rate)
        self._typing_left = desk.parts.limits.bucket("typing")
        self.is_live = False
        self.is_closed = False
        self.has_greeted = False
        self._sent_offset = 0
        self._told_offset = 0
        self._kept_frames: list[Any] = []
        self._kept_events: list[tuple[int, bytes]] = []
        self._turns = Turns()
        self._receipts: Receipts | None = None
        self._may_see: dict[UUID, tuple[int, UUID]] = {}
        desk.enter(self)
        if desk.closes_with is not None:
            self.end(desk.closes_with)

    # What the connection calls.

    def receive(self, data: bytes | str) -> None:
        """Take one frame."""
        self.heard_at = self.desk.parts.clock.monotonic()
        if not self._frames_left.take(self.heard_at):
            self.end(CLOSE_TOO_MANY)
            return
        if _is_too_large(data):
            self._refuse_undecoded(data, TooLarge(f"a frame has at most {FRAME_BYTES} bytes", limit=FRAME_BYTES))
            return
        try:
            frame = self.decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
            self._refuse_undecoded(data, invalid_of(error))
            return
        if self.is_live:
            self._take(frame)
        elif self.has_greeted:
            if len(self._kept_frames) >= KEPT_FRAMES:
                self.end(CLOSE_TOO_MANY)
            else:
                self._kept_frames.append(frame)
        elif isinstance(frame, Hello):
            self.has_greeted = True
            self.desk.spawn(self._begin(frame))
        else:
            self.end(CLOSE_BAD_FRAME)

    def closed(self) -> None:
        """The connection is gone."""
        if self.is_closed:
            return
        self.is_closed = True
        self.desk.leave(self)
        if self._receipts is not None:
            self._receipts.write_all()
        if self._is_subscribed:
            self.desk.hub.remove(self)
        self.is_live = False

    # What the hub calls.

    def deliver(self, offset: int, frame: bytes) -> None:
        """Send an event, or hold it back until the start is sent."""
        if self.is_live:
            if offset > self._sent_offset:
                self._sent_offset = self._told_offset = offset
                self.connection.send(frame)
        elif len(self._kept_events) >= KEPT_EVENTS:
            self.end(CLOSE_RECONNECT)
        else:
            self._kept_events.append((offset, frame))

    def signal(self, frame: bytes) -> None:
        """Send a passing notice."""
        if self.is_live:
            self.connection.send(frame)

    def recheck(self) -> None:
        """See whether the principal may still be here."""

    def end(self, code: int) -> None:
        """Close from this side."""
        if not self.is_closed:
            self.desk.parts.counts.closed[code] += 1
        self.connection.close(code)
        self.closed()

    # The start.

    _is_subscribed = False

    async def _begin(self, hello: Hello) -> None:
        try:
            if hello.protocol != PROTOCOL:
                self.end(CLOSE_RELOAD)
                return
            self.page = hello.page
            token = await self.sign_in(hello)
            if self.is_closed:
                return
            self.desk.hub.add(self)
            self._is_subscribed = True
            principal = self.principal
            confirmed, start = await self.desk.parts.db.read(
                lambda reader: (self.confirm(reader), start_for(reader, principal, hello.position, hello.transcripts)),
                is_brief=isinstance(principal, VisitorPrincipal),
            )
            if confirmed != principal:
                self.recheck()
            if not self.is_closed:
                self._welcome(start, token)
        except KlepetError as error:
            self.refuse(None, error)
            self.end(_code_of(error))
        except Exception:
            self.end(CLOSE_RECONNECT)
            raise

    async def sign_in(self, hello: Hello) -> str | None:
        """Find the principal; gives a visitor's new token. Raises what refuses."""
        raise SignInRequired("nobody is known here")

    def confirm(self, reader: Reader) -> Any:
        """The principal as it is once this session hears of changes. Called where it reads. Raises SignInRequired."""
        return self.principal

    def _welcome(self, start: Start, token: str | None) -> None:
        hub = self.desk.hub
        principal = self.principal
        is_operator = isinstance(principal, OperatorPrincipal)
        self.send(
            Welcome(
                position=start.position,
                server_time=self.desk.parts.clock.now().isoformat(),
                principal_id=principal.operator_id if is_operator else principal.visitor_id,
                token=token,
                is_accepting=hub.is_accepting,
                visitor_state=start.state if isinstance(start.state, VisitorState) else None,
                operator_state=start.state if isinstance(start.state, OperatorState) else None,
                online_operator_ids=hub.online_operator_ids if is_operator else [],
                online_visitor_ids=hub.online_visitor_ids if is_operator else [],
            )
        )
        if start.state is not None:
            self._told_offset = start.position.offset
        self.is_live = True
        for item in start.events:
            data = self._missed(item, start.rows or Rows())
            if data is not None:
                self.deliver(item.offset, data)
        self._sent_offset = max(self._sent_offset, start.position.offset)
        for offset, frame in self._kept_events:
            self.deliver(offset, frame)
        self._kept_events.clear()
        for kept in self._kept_frames:
            if not self.is_closed:
                self._take(kept)
        self._kept_frames.clear()

    def _missed(self, item: Any, rows: Rows) -> bytes | None:
        audience = audience_of(item.event)
        if isinstance(self.principal, OperatorPrincipal):
            return _encode(deliveries.for_operators(item, rows)) if audience.operators else None
        frame = deliveries.for_visitors(item, rows, audience, self.principal.contact_id)
        return None if frame is None else _encode(frame)

    # Commands.

    def send(self, frame: Frame) -> None:
        """Send one frame."""
        if not self.is_closed:
            self.connection.send(_encode(frame))

    def refuse(self, client_id: str | None, error: KlepetError) -> None:
        """Tell that a command was not done."""
        self.desk.parts.counts.refused["session", error.problem.code] += 1
        self.send(Refused(client_id=client_id, error=error.problem))

    def limit(self, cost: float = 1) -> None:
        """Count a command against the principal's rate. Raises TooMany."""

    def _take(self, frame: Any) -> None:
        client_id = getattr(frame, "client_id", None)
        try:
            match frame:
                case SendMessage():
                    self._send_message(frame)
                case AdvanceReceipt():
                    self._note_receipt(frame)
                case Ping():
                    self.send(Pong(offset=self._told_offset))
                case SetTyping():
                    if self._typing_left.take(self.heard_at):  # a signal: what is too much is lost
                        self.desk.spawn(self._tell_typing(frame))
                case Hello():
                    self.end(CLOSE_BAD_FRAME)
                case _:
                    self.limit()
                    self.take_command(frame)
        except KlepetError as error:
            self.refuse(client_id, error)

    def take_command(self, frame: Any) -> None:
        """A command that only this kind of principal has."""
        raise NotAllowed("this is not for you to send")

    def _send_message(self, frame: SendMessage) -> None:
        turns = self._turns
        turn = turns.begin(frame.client_id)
        try:
            self.limit()
            text = clean_text(frame.text, MESSAGE_CHARS)
        except TooMany:
            turns.wait_for(frame.client_id, turn)
            raise
        except TextEmptyError:
            raise Invalid("a message needs text", field="text") from None
        except TextTooLongError:
            raise Invalid(
                f"a message has at most {MESSAGE_CHARS} characters", field="text", limit=MESSAGE_CHARS
            ) from None
        lane = turns.go_on()
        draft = Draft(
            principal=self.principal,
            client_id=frame.client_id,
            text=text,
            conversation_id=frame.conversation_id,
            kind=frame.kind,
            now=self.desk.parts.clock.now(),
            ids=self.desk.parts.ids,
            page=self.page,
            language=self.caller.language,
        )

        parts, received_at = self.desk.parts, self.heard_at

        def done(message: Message | None, error: BaseException | None) -> None:
            if message is not None:
                parts.counts.stored_seconds.add(parts.clock.monotonic() - received_at)
                self.send(Ack(client_id=frame.client_id, conversation_id=message.conversation_id, seq=message.seq))
            else:
                # A refusal from before what was sent again says nothing about what may follow.
                if lane is turns.lane and isinstance(error, KlepetError) and error.is_retryable:
                    turns.wait_for(frame.client_id, turn)
                self.failed(frame.client_id, error)

        self.desk.parts.db.submit(send_messages, draft, done, lane=lane)

    def write(self, client_id: str, run: Callable[[Any], Any]) -> None:
        """Queue one unit for a command, in its order among messages, and answer when it is stored."""

        def done(result: Any, error: BaseException | None) -> None:
            if error is None:
                self.send(Ack(client_id=client_id))
            else:
                self.failed(client_id, error)

        self.desk.parts.db.submit(_run_each, run, done)

    def failed(self, client_id: str, error: BaseException | None) -> None:
        """Answer a command that was not stored."""
        if isinstance(error, KlepetError):
            self.refuse(client_id, error)
        else:
            self.send(
                Refused(
                    client_id=client_id,
                    error=Problem(code="internal", message="klepet failed at this; its log says why"),
                )
            )

    def _note_receipt(self, frame: AdvanceReceipt) -> None:
        if self._receipts is None:
            self._receipts = Receipts(self._write_receipt, self.desk.parts.clock)
        self._receipts.note(frame.conversation_id, frame.delivered_seq, frame.read_seq)

    def _write_receipt(self, conversation_id: UUID, delivered_seq: int, read_seq: int) -> None:
        receipt = Receipt(self.principal, conversation_id, delivered_seq, read_seq)
        self.desk.parts.db.submit(advance_receipts, receipt, lambda result, error: None, is_loose=True)

    async def _tell_typing(self, frame: SetTyping) -> None:
        moves, principal = self.desk.hub.moves, self.principal
        looked_at, contact_id = self._may_see.get(frame.conversation_id, (moves, None))
        if contact_id is None or looked_at != moves:
            try:
                if isinstance(principal, VisitorPrincipal):
                    await self.desk.parts.db.read(
                        lambda r: conversation_access.visitor_conversation_for(r, principal, frame.conversation_id)
                    )
                    contact_id = principal.contact_id
                else:
                    found = await self.desk.parts.db.read(
                        lambda r: conversation_access.conversation_for(r, principal, frame.conversation_id)
                    )
                    contact_id = found.contact_id
            except KlepetError:
                return
            if len(self._may_see) > 200:
                self._may_see.clear()
            self._may_see[frame.conversation_id] = moves, contact_id
        signal = Typing(
            conversation_id=frame.conversation_id,
            author_kind=principal.author_kind,
            is_typing=frame.is_typing,
            operator_id=principal.operator_id if isinstance(principal, OperatorPrincipal) else None,
        )
        if isinstance(principal, OperatorPrincipal):
            self.desk.hub.to_contact(contact_id, signal)
            self.desk.hub.to_operators(signal, but=principal.operator_id)
        else:
            self.desk.hub.to_operators(signal)

    def _refuse_undecoded(self, data: bytes | str, refusal: KlepetError) -> None:
        if not self.is_live:
            self.end(CLOSE_BAD_FRAME)
            return
        client_id = None
        try:
            raw = msgspec.json.decode(data)
            if isinstance(raw, dict) and isinstance(raw.get("client_id"), str):
                client_id = raw["client_id"][:CLIENT_ID_CHARS]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.end(CLOSE_BAD_FRAME)
            return
        self.refuse(client_id, refusal)


def _is_too_large(data: bytes | str) -> bool:
    """Whether a frame has more bytes than allowed; a letter has four at most."""
    if isinstance(data, bytes) or len(data) > FRAME_BYTES:
        return len(data) > FRAME_BYTES
    return len(data) > FRAME_BYTES // 4 and len(data.encode("utf-8", "surrogatepass")) > FRAME_BYTES
