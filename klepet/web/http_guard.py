"""uvicorn's protocols with limits on what comes before an application sees anything: a head of any size, one that never
ends, or a frame in a million pieces would cost memory, connections and time for nothing.

    head (HEAD_BYTES, HEAD_SECONDS) ──> body (REQUEST_BYTES, BODY_SECONDS) ──> answer ──> the next head
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from klepet.model.limits import PHOTO_BYTES

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
REQUEST_BYTES = PHOTO_BYTES + 1024 * 1024
BODY_SECONDS = 120.0
FRAGMENTS = 1_000


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

    def _allow(self, seconds: float) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self.transport.abort()


class GuardedSockets(WebSocketsSansIOProtocol):
    """One connection."""

    def handle_cont(self, event: Frame) -> None:
        """Take a piece of a frame, as long as there are not too many of them."""
        if len(self.frames) >= FRAGMENTS:
            self.transport.abort()
        elif not self.transport.is_closing():
            super().handle_cont(event)
