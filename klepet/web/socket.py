"""The WebSocket endpoints, as a raw ASGI application: one reader, one bounded queue out."""

import asyncio
import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

from litestar.types import Receive, Scope, Send

from klepet.kit.proxies import address_group, client_address
from klepet.model.errors import TooMany
from klepet.model.frames import CLOSE_BAD_FRAME, CLOSE_RECONNECT, CLOSE_TOO_MANY
from klepet.model.limits import LANGUAGE_PATTERN
from klepet.web.auth import COOKIE
from klepet.web.config import WebConfig
from klepet.web.session import Caller, Connection, Desk, Session

QUEUED_FRAMES = 2_000
QUEUED_BYTES = 8 * 1024 * 1024
MakeSession = Callable[[Desk, Connection, Caller], Session]


class SocketConnection:
    """Implements `Connection` over ASGI."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | int] = asyncio.Queue()
        self._bytes = 0
        self._is_closing = False

    def send(self, data: bytes) -> None:
        """Queue a frame; a client that does not keep up is closed and comes back."""
        if self._is_closing:
            return
        if self.queue.qsize() >= QUEUED_FRAMES or self._bytes + len(data) > QUEUED_BYTES:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.close(CLOSE_RECONNECT)
            return
        self._bytes += len(data)
        self.queue.put_nowait(data)

    def close(self, code: int) -> None:
        """Close after what is queued."""
        if not self._is_closing:
            self._is_closing = True
            self.queue.put_nowait(code)

    def sent(self, data: bytes) -> None:
        """Count a frame as gone."""
        self._bytes -= len(data)


def caller_of(scope: Any, config: WebConfig) -> Caller:
    """What a handshake or request says of its client."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    forwarded = ",".join(v.decode("latin-1") for n, v in scope["headers"] if n == b"x-forwarded-for")
    peer = scope["client"][0] if scope.get("client") else ""
    cookie = SimpleCookie()
    try:
        cookie.load(headers.get("cookie", ""))
    except Exception:  # whatever a client calls a cookie, it is then none
        cookie = SimpleCookie()
    return Caller(
        address=address_group(client_address(peer, forwarded or None, config.trusted_proxies)),
        origin=headers.get("origin"),
        host=headers.get("host", ""),
        user_agent=headers.get("user-agent", "")[:500],
        cookie=cookie[COOKIE].value if COOKIE in cookie else "",
        language=_language(headers.get("accept-language", "")),
    )


def _language(accepted: str) -> str | None:
    """The language that a browser asks for first."""
    first = accepted.split(",")[0].split(";")[0].strip()[:16]
    return first if re.fullmatch(LANGUAGE_PATTERN, first) else None


async def serve_socket(scope: Scope, receive: Receive, send: Send, desk: Desk, make: MakeSession) -> None:
    """Serve one WebSocket from handshake to close."""
    message: Any = await receive()
    if message["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    caller = caller_of(scope, desk.parts.config)
    try:
        desk.admit(caller)
    except TooMany:
        await send({"type": "websocket.close", "code": CLOSE_TOO_MANY, "reason": None})
        return
    connection = SocketConnection()
    session = make(desk, connection, caller)
    writer = asyncio.create_task(_write(connection, send))
    try:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return
            data = message.get("text")
            if data is None:
                session.end(CLOSE_BAD_FRAME)
            elif not session.is_closed:
                session.receive(data)
    finally:
        session.closed()
        if writer.done() or message["type"] == "websocket.disconnect":
            writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)


async def _write(connection: SocketConnection, send: Send) -> None:
    while True:
        item = await connection.queue.get()
        if isinstance(item, int):
            await send({"type": "websocket.close", "code": item, "reason": None})
            return
        connection.sent(item)
        await send({"type": "websocket.send", "bytes": None, "text": item.decode()})
