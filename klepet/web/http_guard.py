"""uvicorn's HTTP with limits on what comes before an application sees anything: a head of any size, or one that never
ends, would cost memory, connections and time for nothing.

    head (HEAD_BYTES, HEAD_SECONDS) ──> body (REQUEST_BYTES, BODY_SECONDS) ──> answer ──> the next head

Most connections of a chat are WebSockets, and most of what their handshake cost was HTTP that is read twice, by uvicorn
and then by who serves the socket. So the first bytes decide who gets the connection.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from klepet.model.limits import PHOTO_BYTES

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
REQUEST_BYTES = PHOTO_BYTES + 1024 * 1024
BODY_SECONDS = 120.0


class ProtocolSniffer(asyncio.Protocol):
    """A connection until its first bytes: a whole handshake of a WebSocket goes to who serves it, if it says that it
    takes it (`is_handshake`), and everything else to GuardedHttp.
    """

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._parts = {"config": config, "server_state": server_state, "app_state": app_state}
        self._connections = server_state.connections
        self._sockets = config.ws_protocol_class

    def connection_made(self, transport: Any) -> None:
        """Wait for the first bytes."""
        self._transport = transport
        self._connections.add(self)
        self._timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._timer.cancel()
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Hand the connection over."""
        self._timer.cancel()
        self._connections.discard(self)
        is_handshake = getattr(self._sockets, "is_handshake", None)
        chosen = self._sockets if is_handshake is not None and is_handshake(data) else GuardedHttp
        protocol = chosen(**self._parts)
        protocol.connection_made(self._transport)
        self._transport.set_protocol(protocol)  # first: it may hand the connection on at once
        protocol.data_received(data)

    def shutdown(self) -> None:
        """Let go of the client: the server stops."""
        self._transport.close()


class GuardedHttp(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._is_in_head = True
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._allow(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, as long as there are not too many of them."""
        self._bytes += len(data)
        if self._timer is None and self._is_in_head:
            self._allow(HEAD_SECONDS)
        super().data_received(data)
        if self._bytes > (HEAD_BYTES if self._is_in_head else REQUEST_BYTES):
            self.transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header. What comes behind a body is read by nobody."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._is_in_head = False
        self._allow(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there; the time until the next head is uvicorn's to count."""
        self._rest()
        self._is_in_head = True
        self._bytes = 0
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to another protocol."""
        self._rest()
        super().handle_websocket_upgrade()
        # This protocol and its parser hold each other: without this they stay until the collector comes by.
        self.loop.call_soon(setattr, self, "parser", None)

    def _allow(self, seconds: float) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self.transport.abort()
