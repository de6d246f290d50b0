"""The WebSocket endpoints on picows' protocol, which uvicorn hands a connection to instead of its own: frames are
parsed and unmasked in C, no task and no queue stands between the network and the session.

    handshake ──> open ──(close from either side)──> closing ──(the other's close, or CLOSE_SECONDS)──> gone

It bypasses ASGI: the address behind trusted proxies, limits, drain and logging are its own. tests/contract holds it
to the same rules as `web/socket.py`.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

from picows import WSAutoPingStrategy, WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # its stub leaves it out

from klepet.kit.limits import Bucket
from klepet.model.errors import TooMany
from klepet.model.frames import CLOSE_BAD_FRAME, CLOSE_RECONNECT, CLOSE_TOO_MANY
from klepet.web.pings import PingWheel
from klepet.web.session import Caller, Desk, Session
from klepet.web.socket import MESSAGE_BYTES, QUEUED_BYTES, MakeSession, caller_from

CLOSE_SECONDS = 10.0
SHUTDOWN_SECONDS = 1.0
"""How long a client may take to answer the close when the server stops."""
READ_BUFFER_BYTES = 2_048
HANDSHAKE_BYTES = 8_192
PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG, INTERNAL = 1002, 1007, 1009, 1011

# A request that ends with its head. What is none, or an odd one, is uvicorn's to read.
_HANDSHAKE = re.compile(rb"GET (/[!->@-~]*)(?:\?[!-~]*)? HTTP/1\.1\r\n(?:[!-9;-~]+:[\t -~\x80-\xff]*\r\n){1,100}\r\n\Z")
_CONNECTION = re.compile(rb"\r\nconnection:[^\r\n]*", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)

_log = logging.getLogger("klepet.sockets")


class _Silence:
    """picows' own log: it would name peers, and tell of every broken frame that anybody sends."""

    def isEnabledFor(self, level: int) -> bool:
        """Nothing is."""
        return False

    def log(self, *args: Any, **named: Any) -> None:
        """Say nothing."""

    debug = info = warning = error = exception = log


class Turn:
    """The connections that have something to send, until the loop's next turn: what one turn sends to a connection goes
    out in one piece, as each piece costs a call of the kernel.
    """

    def __init__(self) -> None:
        self._waiting: list[PicowsConnection] = []

    def add(self, connection: "PicowsConnection") -> None:
        """Let a connection send at the end of this turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._end)
        self._waiting.append(connection)

    def _end(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()


class PicowsConnection(WSListener):
    """Implements `Connection` over picows."""

    transport = "picows"

    __slots__ = (
        "_buffered",
        "_caller",
        "_close_timer",
        "_desk",
        "_fragments_left",
        "_is_closing",
        "_is_waiting",
        "_make",
        "_out",
        "_pieces",
        "_session",
        "_slot",
        "_transport",
        "_turn",
        "_wheel",
        "_write",
    )

    def __init__(self, desk: Desk, make: MakeSession, caller: Caller, wheel: PingWheel, turn: Turn) -> None:
        self._desk, self._make, self._wheel, self._turn = desk, make, wheel, turn
        self._out: list[bytes] = []
        self._caller: Caller | None = caller
        self._session: Session | None = None
        self._pieces: bytearray | None = None
        self._fragments_left: Bucket | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        self._is_closing = self._is_waiting = False

    # What a session calls.

    def send(self, data: bytes) -> None:
        """Send a frame at the end of this turn; a client that does not keep up is closed and comes back."""
        if self._is_closing:
            return
        size = len(data)
        if size < 126:
            self._put(bytes((0x81, size)))
        elif size < 65_536:
            self._put(b"\x81\x7e" + size.to_bytes(2, "big"))
        else:
            self._put(b"\x81\x7f" + size.to_bytes(8, "big"))
        self._out.append(data)

    def close(self, code: int) -> None:
        """Close after what is on its way."""
        if self._is_closing:
            return
        self._is_closing = True
        self._put(b"\x88\x02" + code.to_bytes(2, "big"))
        self._close_timer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)

    def _put(self, piece: bytes) -> None:
        if not self._out:
            self._turn.add(self)
        self._out.append(piece)

    # What the turn of the loop calls.

    def flush(self) -> None:
        """Hand what is to be sent to the transport."""
        out, self._out = self._out, []
        if not out or self._transport.is_closing():
            return
        self._write(b"".join(out))
        if self._buffered() > QUEUED_BYTES:
            self.close(CLOSE_RECONNECT)

    # What the wheel calls.

    def ping(self) -> None:
        """Ask whether the client is still there; give it up when it did not answer the last time."""
        if self._is_waiting:
            self._transport.abort()
        elif not self._is_closing:
            self._is_waiting = True
            self._put(b"\x89\x00")

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Let a session begin."""
        try:
            self._begin(transport)
        except Exception:
            _log.exception("a session could not begin")
            raise

    def _begin(self, transport: WSTransport) -> None:
        transport.request.headers.clear()
        transport.response.headers.clear()
        self._transport = transport.underlying_transport
        self._write, self._buffered = self._transport.write, self._transport.get_write_buffer_size
        self._slot = self._wheel.add(self)
        caller, self._caller = self._caller, None
        assert caller is not None
        try:
            self._desk.admit(caller)
        except TooMany:
            self.close(CLOSE_TOO_MANY)
            return
        self._session = self._make(self._desk, self, caller)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame."""
        kind = frame.msg_type
        if transport.is_close_frame_sent or (self._is_closing and kind != WSMsgType.CLOSE):
            return  # picows closes for a breach that its parser found, and parses on
        self._is_waiting = False
        try:
            if (
                kind == WSMsgType.TEXT
                and frame.fin
                and self._pieces is None
                and not frame.rsv1 | frame.rsv2 | frame.rsv3
            ):
                self._receive(frame.get_payload_as_utf8_text())
            else:
                self._take_unusual(kind, frame)
        except UnicodeDecodeError:
            self._fail(INVALID_TEXT)
        except Exception:
            _log.exception("a session failed at a frame")
            self._fail(INTERNAL)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Let the session end."""
        self._is_closing = True
        self._wheel.remove(self, self._slot)
        if self._close_timer is not None:
            self._close_timer.cancel()
        if self._session is not None:
            self._session.closed()

    def pause_writing(self) -> None:
        """What waits to be sent is measured with each frame instead."""

    def resume_writing(self) -> None:
        """What waits to be sent is measured with each frame instead."""

    def _receive(self, text: str) -> None:
        session = self._session
        if session is not None and not self._is_closing and not session.is_closed:
            session.receive(text)

    def _take_unusual(self, kind: WSMsgType, frame: WSFrame) -> None:
        """Everything but a text in one frame. picows answers pings, and has checked control frames."""
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(PROTOCOL_ERROR)
        elif kind == WSMsgType.CLOSE:
            self._take_close(frame)
        elif kind == WSMsgType.BINARY and self._session is not None and not self._is_closing:
            self._session.end(CLOSE_BAD_FRAME)
        elif kind == WSMsgType.TEXT and self._pieces is None:
            self._pieces = bytearray(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CONTINUATION and self._pieces is not None:
            self._pieces += frame.get_payload_as_bytes()
            if self._fragments_left is None:
                self._fragments_left = self._desk.parts.limits.bucket("fragments")
            if len(self._pieces) > MESSAGE_BYTES:
                self._fail(TOO_BIG)
            elif not self._fragments_left.take(self._desk.parts.clock.monotonic()):
                self._fail(CLOSE_TOO_MANY)
            elif frame.fin:
                pieces, self._pieces = self._pieces, None
                self._receive(pieces.decode())
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._fail(PROTOCOL_ERROR)

    def _take_close(self, frame: WSFrame) -> None:
        if not self._is_closing:
            self._is_closing = True
            code = frame.get_payload_as_bytes()[:2]
            self._put(bytes((0x88, len(code))) + code)
        self.flush()
        self._transport.close()

    def _fail(self, code: int) -> None:
        """Close for a breach of the protocol."""
        self._pieces = None
        self.close(code)
        if self._session is not None:
            self._session.closed()


class PicowsProtocol(WSProtocol):  # type: ignore[misc]  # untyped
    """What takes a connection that asks for an upgrade: with its first bytes, or from uvicorn, which has read them."""

    desk: Desk
    sessions: Mapping[bytes, MakeSession]
    wheel: PingWheel
    turn: Turn

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        super().__init__(
            None,  # host and path: a server's is what the request says
            None,
            False,
            self._meet,
            _Silence(),
            True,
            None,
            False,  # pings come from the wheel
            None,
            None,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            True,
            MESSAGE_BYTES,
            None,
            READ_BUFFER_BYTES,
        )
        self._connections = server_state.connections

    @classmethod
    def is_handshake(cls, data: bytes) -> bool:
        """Whether these first bytes of a connection are a whole handshake for one of the paths."""
        found = _HANDSHAKE.match(data) if len(data) <= HANDSHAKE_BYTES else None
        return found is not None and found[1] in cls.sessions and _UPGRADE.search(data) is not None

    def connection_made(self, transport: Any) -> None:
        """Take the connection over."""
        super().connection_made(transport)
        self._connections.add(self)
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take the handshake. What follows is read into picows' own buffer."""
        rest = memoryview(_with_one_word(data))
        while rest:
            room = self.get_buffer(-1)
            size = min(len(room), len(rest))
            room[:size] = rest[:size]
            rest = rest[size:]
            self.buffer_updated(size)

    def shutdown(self) -> None:
        """Let go of the client: the server stops. Hanging up on one who still writes would lose the close on its way:
        the kernel throws away what waits to be sent where something waits to be read.
        """
        if self.listener is None:
            self.transport.disconnect()
            return
        self.listener.close(CLOSE_RECONNECT)
        asyncio.get_running_loop().call_later(SHUTDOWN_SECONDS, self.transport.disconnect)

    def _meet(self, request: WSUpgradeRequest) -> WSListener | None:
        make = self.sessions.get(request.path.partition(b"?")[0])
        if make is None:
            return None
        headers = [(name.lower(), value) for name, value in request.headers.items()]
        caller = caller_from(self._peer, headers, self.desk.parts.config)
        return PicowsConnection(self.desk, make, caller, self.wheel, self.turn)


def _with_one_word(head: bytes) -> bytes:
    """A handshake whose `Connection` says nothing but Upgrade: picows takes no other word beside it, and Firefox sent
    `keep-alive, Upgrade` for long.
    """
    said = b",".join(line.partition(b":")[2].lower() for line in _CONNECTION.findall(head))
    words = [word.strip() for word in said.split(b",")]
    if words == [b"upgrade"] or b"upgrade" not in words:
        return head
    first, _, rest = _CONNECTION.sub(b"", head).partition(b"\r\n")
    return first + b"\r\nConnection: Upgrade\r\n" + rest


def protocol_for(desk: Desk, sessions: Mapping[bytes, MakeSession], wheel: PingWheel) -> type[asyncio.Protocol]:
    """The protocol class for uvicorn, over one desk."""
    made: type[asyncio.Protocol] = type(
        "DeskProtocol", (PicowsProtocol,), {"desk": desk, "sessions": sessions, "wheel": wheel, "turn": Turn()}
    )
    return made
