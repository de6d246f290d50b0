"""Target "frames": bytes into what sockets and calls receive, and everything that may be asked of the answers.

An input is text, a line for each thing that happens; with `~` in front the next happens before this one is done:

    Vjson  W...  N...  X...  O...  C... connect and say hello (two visitors, a new one, one from a page that may not, a
                                        program, a console); the rest of the line is more fields of the hello
    vtext  w...  n...  x...  o...  c... a frame on that connection, which is made if there is none
    kv?text  ko?text                    a WebSocket frame to picows' listener; `?` is its first byte, as in RFC 6455
    pvtext  potext                      a call of the long-poll fallback
    -v       *20       +70       !c     lose a connection; the last frame 20 times; 70 s pass; the deed `c` of house.py
    @601     #         ?         !z     601 s pass in which all are heard of; sockets are full; pings; the server stops
    $a                                  a conversation, and others that `House.names` tells; `$c` is new in each frame

What holds for all inputs is asserted here and in lines.py: a broken rule is an AssertionError.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from picows import WSMsgType

from klepet.model.errors import KlepetError
from klepet.model.frames import CLOSE_RECONNECT, Hello, Ping, SendMessage, ShowPage
from klepet.model.limits import CLIENT_ID_CHARS, FRAME_BYTES, MESSAGE_CHARS
from klepet.web import public, receipts, session
from klepet.web.picows_socket import PicowsConnection, Turn
from klepet.web.pings import PingWheel
from klepet.web.poll import PollCall
from klepet.web.principals import OperatorSession, VisitorSession
from klepet.web.requests import BODY_BYTES
from klepet.web.session import Caller, Session
from tests.fuzz.house import SITE_KEY, TOKENS, House
from tests.fuzz.lines import FakeFrame, Line, Wire

LINES_MAX, FRAMES_MAX = 48, 400
VISITORS, OPERATORS = "vwnx", "oc"
_NAME = re.compile(rb"\$([a-zA-Z])")
_KINDS = {kind.value: kind for kind in WSMsgType}


def play(house: House, data: bytes) -> None:
    """Play one input in a house. Raises AssertionError, or what klepet raised."""
    house.again()
    house.loop.run_until_complete(Play(house).run(data))


class Play:
    """One input."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.lines: dict[str, Line] = {}
        self.wires: dict[str, tuple[PicowsConnection, Wire]] = {}
        self.polls: dict[str, tuple[str, Line]] = {}
        self.all: list[Line] = []
        self.expected: dict[int, Counter[str | None]] = {}
        self.unsure: dict[int, int] = {}
        self.messages: list[tuple[Session, str]] = []
        self.others: list[tuple[Session, str]] = []
        self.repeat: Callable[[], None] | None = None
        self.frames_left = FRAMES_MAX
        self.is_erased = False
        self.wheel, self.turn = PingWheel(), Turn()

    async def run(self, data: bytes) -> None:
        """Let everything happen, and look at the end."""
        before = await self._stored()
        for line in data.split(b"\n")[:LINES_MAX]:
            is_hasty = line.startswith(b"~")
            await self._happen(line[is_hasty:])
            if not is_hasty:
                await self._settle()
            self._check_limits()
        await self._settle()
        self._check_answers()
        self._check_stored(before, await self._stored())
        await self._check_database()
        await self._leave()

    async def _happen(self, line: bytes) -> None:
        op, rest = line[:1].decode("latin-1"), line[1:]
        if op in ("V", "W", "N", "X", "O", "C"):
            self._connect(op.lower(), self._named(rest))
        elif op and op in VISITORS + OPERATORS:
            self._send(op, self._named(rest))
        elif op == "k" and rest[:1] in (b"v", b"o") and len(rest) > 1:
            self._send_raw(rest[:1].decode(), rest[1], self._named(rest[2:]))
        elif op == "p" and rest[:1] in (b"v", b"o"):
            await self._call(rest[:1].decode(), self._named(rest[1:]))
        elif op == "-":
            self._lose(rest[:1].decode("latin-1"))
        elif op == "*" and self.repeat is not None:
            for _ in range(_number(rest, FRAMES_MAX)):
                self.repeat()
        elif op == "+":
            self.house.clock.advance(_number(rest, 200_000))
            self.house.desk.sweep()
        elif op == "@":
            self.house.clock.advance(_number(rest, 200_000))
            for found in self.house.desk.sessions:
                found.heard_at = self.house.clock.monotonic()
            self.house.desk.sweep()
        elif op in ("#", "?"):
            for connection, wire in self.wires.values():
                wire.is_full = op == "#"
                if op == "?":
                    connection.ping()
        elif op == "!" and rest[:1] == b"z":
            self.house.desk.send_away(CLOSE_RECONNECT)
        elif op == "!":
            await self._do(rest[:1].decode("latin-1"))

    def _named(self, text: bytes) -> bytes:
        """Put in what names stand for."""
        names = self.house.names

        def value(match: re.Match[bytes]) -> bytes:
            name = match[1].decode()
            if name in "tTL":
                return b"x" * {"t": MESSAGE_CHARS, "T": MESSAGE_CHARS + 1, "L": FRAME_BYTES}[name]
            if name in "sS":
                return self.polls.get("v" if name == "s" else "o", ("",))[0].encode()
            tokens = {"v": TOKENS["v"], "w": TOKENS["w"], "o": TOKENS["o"], "k": SITE_KEY}
            return {**names, **tokens}.get(name, "$" + name).encode()

        return _NAME.sub(value, text)[: 3 * FRAME_BYTES]

    # Connections.

    def _caller(self, who: str) -> Caller:
        is_console = who == "c"
        return Caller(
            address="192.0.2.1",
            origin="http://klepet.test" if is_console else f"https://{'shop' if who != 'x' else 'other'}.test",
            host="klepet.test",
            user_agent="",
            cookie=TOKENS["c"] if is_console else "",
            language="en",
        )

    def _line(self, who: str, transport: str = "test") -> Line:
        line = Line(who in VISITORS, transport)
        self.all.append(line)
        self.expected[id(line)] = Counter()
        self.unsure[id(line)] = 0
        return line

    def _open(self, who: str) -> Line | None:
        self._lose(who)
        line = self._line(who)
        caller = self._caller(who)
        try:
            self.house.desk.admit(caller)
        except KlepetError:
            return None
        make = VisitorSession if line.is_visitor else OperatorSession
        line.session = make(self.house.desk, line, caller)
        self.lines[who] = line
        return line

    def _connect(self, who: str, more: bytes) -> None:
        token = TOKENS.get(who, "")
        about = b',"site":"%s"' % SITE_KEY.encode() if who in VISITORS else b""
        about += b',"token":"%s"' % token.encode() if token and who != "c" else b""
        if self._open(who) is not None:
            self._send(who, b'{"type":"hello","protocol":1' + about + more + b"}")

    def _send(self, who: str, payload: bytes) -> None:
        """A text frame, as both transports hand it on: bytes that are no UTF-8 never reach a session."""
        line = self.lines.get(who)
        if line is None and (line := self._open(who)) is None:
            return
        found = line

        def send() -> None:
            if self.frames_left <= 0 or not found.is_open:
                return
            self.frames_left -= 1
            assert found.session is not None
            text = payload.replace(b"$c", b"another%03d" % self.frames_left).decode(errors="replace")
            self._expect(found, found.session, text)
            found.session.receive(text)

        self.repeat = send
        send()

    def _send_raw(self, who: str, first: int, payload: bytes) -> None:
        connection, wire = self.wires.get(who) or self._open_wire(who)
        self.wires[who] = (connection, wire)
        if wire.is_gone or first & 15 not in _KINDS:
            return
        kind = _KINDS[first & 15]
        wire.said_close = wire.said_close or kind == WSMsgType.CLOSE
        frame: Any = FakeFrame(kind, payload, *(bool(first & bit) for bit in (128, 64, 32, 16)))
        connection.on_ws_frame(wire.upper, frame)

    def _open_wire(self, who: str) -> tuple[PicowsConnection, Wire]:
        wire = Wire(self._line(who, "picows"))
        make = VisitorSession if who == "v" else OperatorSession
        connection = PicowsConnection(self.house.desk, make, self._caller(who), self.wheel, self.turn)
        connection.on_ws_connected(wire.upper)
        wire.line.session = connection._session
        return connection, wire

    async def _call(self, who: str, body: bytes) -> None:
        try:
            call: PollCall = public._decode(body[:BODY_BYTES], PollCall)
            answer = await self.house.polls[who].call(call, self._caller(who))
        except KlepetError:
            return
        token, line = self.polls.get(who, ("", None))
        if line is None or token != answer.session:
            line = self._line(who, "poll")
            line.session = self.house.polls[who]._sessions[answer.session].session if answer.close is None else None
        self.polls[who] = (answer.session, line)
        if answer.number > line.answers_taken:
            line.answers_taken = answer.number
            for frame in answer.frames:
                line.send(bytes(frame))
            if answer.close is not None:
                line.close(answer.close.code)

    def _lose(self, who: str) -> None:
        line = self.lines.pop(who, None)
        if line is not None and line.session is not None:
            line.is_left = True
            line.session.closed()

    async def _do(self, letter: str) -> None:
        deed = self.house.deeds().get(letter)
        self.is_erased = self.is_erased or letter == "e"
        if deed is not None:
            try:
                await self.house.db.write(deed)
            except KlepetError:
                return

    # What must hold.

    def _expect(self, line: Line, found: Session, text: str) -> None:
        """Note what has to be answered."""
        answers = self.expected[id(line)]
        try:
            frame = None if len(text.encode()) > FRAME_BYTES else found.decoder.decode(text)
        except (msgspec.DecodeError, ValueError, RecursionError):
            frame = None
        if frame is None:
            try:
                raw = msgspec.json.decode(text)
            except (msgspec.DecodeError, ValueError, RecursionError):
                return  # closes
            named = raw.get("client_id") if isinstance(raw, dict) else None
            answers[named[:CLIENT_ID_CHARS] if isinstance(named, str) else None] += 1
            if isinstance(named, str):
                self.others.append((found, named[:CLIENT_ID_CHARS]))
        elif isinstance(frame, ShowPage):
            self.unsure[id(line)] += 1  # answered only where it is one too many
        elif (client_id := getattr(frame, "client_id", None)) is not None:
            answers[client_id] += 1
            kept = self.messages if isinstance(frame, SendMessage) else self.others
            kept.append((found, client_id))
        else:
            assert isinstance(frame, (Hello, Ping)) or frame.conversation_id is not None

    def _check_limits(self) -> None:
        complaints = [*self.house.complaints.said, *map(repr, self.house.desk.failures)]
        assert not complaints, "\n".join(complaints)
        for found in self.house.desk.sessions:
            assert len(found._kept_frames) <= session.KEPT_FRAMES
            assert len(found._kept_events) <= session.KEPT_EVENTS
            assert len(found._receipts or ()) <= 2 * receipts.RECEIPTS_KEPT

    def _check_answers(self) -> None:
        """Each command of a connection that stands was answered exactly once."""
        for line in self.lines.values():
            if not line.is_open or line.session is None or not line.session.is_live:
                continue
            expected, answered = self.expected[id(line)], line.answered
            spare = answered[None] - expected[None]
            assert 0 <= spare <= self.unsure[id(line)], f"{expected} was answered by {answered}"
            assert {**answered, None: 0} == {**expected, None: 0}, f"{expected} was answered by {answered}"

    def _check_stored(self, before: dict[Any, int], after: dict[Any, int]) -> None:
        """What was acknowledged is there once; what was refused, each time that it was sent, is not there."""
        acked, refused = set(), Counter[Any]()
        for line in self.all:
            if line.session is not None and (who := _principal(line.session)) is not None:
                acked |= {(who, client_id) for client_id in line.acked}
                if line.transport == "test":  # what went the other ways is not counted
                    refused.update({(who, client_id): times for client_id, times in line.refused.items()})
        assert all(count == 1 for count in after.values()), "stored twice"
        sent = Counter((_principal(found), client_id) for found, client_id in self.messages)
        others = {(_principal(found), client_id) for found, client_id in self.others}
        for key in set(sent) - others - set(before):
            assert key not in acked or key in after or self.is_erased, f"{key} was acknowledged, and is not there"
            assert refused[key] < sent[key] or key not in after, f"{key} was refused, and is there"

    async def _stored(self) -> dict[Any, int]:
        sql = "SELECT author_id, client_id, count(*) FROM messages WHERE client_id IS NOT NULL GROUP BY 1, 2"
        return {(row[0], row[1]): row[2] for row in await self._rows(sql)}

    async def _check_database(self) -> None:
        wrong = await self._rows(
            "SELECT c.id FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id GROUP BY c.id"
            " HAVING c.last_seq <> count(m.seq) OR c.last_seq <> max(m.seq)"
        )
        assert not wrong, "the messages of a conversation have gaps"
        ((count, newest, oldest),) = await self._rows('SELECT count(*), max("offset"), min("offset") FROM events')
        ((head,),) = await self._rows('SELECT "offset" FROM log_head')
        assert newest - oldest + 1 == count or self.is_erased, "the log has gaps"
        assert newest == head, "the head of the log is elsewhere"
        assert not await self._rows(f"SELECT 1 FROM messages WHERE length(text) > {MESSAGE_CHARS}")

    async def _rows(self, sql: str) -> list[Any]:
        return await self.house.db.read(lambda r: list(r.conn.exec_driver_sql(sql)))

    # The end.

    async def _settle(self) -> None:
        """Until everything under way is done."""
        desk = self.house.desk
        for _ in range(50):
            await asyncio.sleep(0)
            while desk.tasks:
                await asyncio.gather(*desk.tasks)
            await self.house.db.write(lambda tx: None)
            if not desk.tasks and not any(len(found._receipts or ()) for found in desk.sessions):
                return
        raise AssertionError("something goes on without end")

    async def _leave(self) -> None:
        """Everybody goes: nothing may be left of them."""
        desk = self.house.desk
        for who in list(self.lines):
            self._lose(who)
        for connection, wire in self.wires.values():
            connection.on_ws_disconnected(wire.upper)
        self.house.clock.advance(10_000)
        desk.sweep()
        await self._settle()
        self._check_limits()
        assert not desk.sessions, "a session stays that nobody has"
        assert not desk.addresses, "an address is still counted"
        assert not self.house.hub._operators, "an operator's connection stays in the hub"
        assert not self.house.hub._contacts, "a visitor's connection stays in the hub"
        assert not any(desk.parts.counts.connections.values()), "connections are still counted"


def _principal(found: Session) -> bytes | None:
    principal = getattr(found, "principal", None)
    if principal is None:
        return None
    own: Any = principal.visitor_id if isinstance(found, VisitorSession) else principal.operator_id
    return bytes(own.bytes)


def _number(text: bytes, most: int) -> int:
    digits = re.match(rb"[0-9]{1,6}", text)
    return min(int(digits[0]), most) if digits else 0
