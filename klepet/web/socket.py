"""The WebSocket endpoints, as a raw ASGI application: one reader, one bounded queue out."""

import asyncio
import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from sys import intern
from typing import Any

from litestar.types import Receive, Scope, Send

from klepet.kit.proxies import address_group, client_address
from klepet.model.errors import TooMany
from klepet.model.frames import CLOSE_BAD_FRAME, CLOSE_RECONNECT, CLOSE_TOO_MANY
from klepet.model.limits import FRAME_BYTES, LANGUAGE_PATTERN
from klepet.web.auth import COOKIE
from klepet.web.config import WebConfig
from klepet.web.session import Caller, Connection, Desk, Session

QUEUED_FRAMES = 2_000
QUEUED_BYTES = 8 * 1024 * 1024
MESSAGE_BYTES = 2 * FRAME_BYTES
"""Above FRAME_BYTES a message is refused, above this its connection is closed."""
MakeSession = Callable[[Desk, Connection, Caller], Session]


class SocketConnection:
    """Implements `Connection` over ASGI."""

    transport = "uvicorn"

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
    """What an ASGI handshake or request says of its client."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return caller_from(scope["client"][0] if scope.get("client") else "", headers, config)


def caller_from(peer: str, headers: list[tuple[str, str]], config: WebConfig) -> Caller:
    """What a client's address and headers, their names in small letters, say of it."""
    known: dict[str, str] = {}
    for name, value in headers:
        known.setdefault(name, value)
    forwarded = ",".join(value for name, value in headers if name == "x-forwarded-for")
    origin = known.get("origin")
    # What many clients share is kept once.
    return Caller(
        address=address_group(client_address(peer, forwarded or None, config.trusted_proxies)),
        origin=None if origin is None else intern(origin),
        host=intern(known.get("host", "")),
        user_agent=intern(known.get("user-agent", "")[:500]),
        cookie=_cookie(known.get("cookie", "")),
        language=_language(known.get("accept-language", "")),
    )


def _cookie(header: str) -> str:
    if COOKIE not in header:
        return ""
    cookie = SimpleCookie()
    try:
        cookie.load(header)
    except Exception:  # whatever a client calls a cookie, it is then none
        return ""
    return cookie[COOKIE].value if COOKIE in cookie else ""


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
