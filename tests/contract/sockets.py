"""A server for one transport, with sessions that only note what they are told; and a client that speaks raw frames."""

import asyncio
import base64
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn

from klepet.kit.clock import FakeClock
from klepet.realtime.hub import Hub
from klepet.web.config import Limits, Parts, Rate, Rates, WebConfig
from klepet.web.http_guard import ProtocolSniffer
from klepet.web.picows_socket import protocol_for
from klepet.web.pings import PingWheel
from klepet.web.session import Caller, Connection, Desk
from klepet.web.socket import MESSAGE_BYTES, serve_socket

SECONDS = 5.0
PING_SECONDS = 0.3
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


@dataclass(eq=False)
class Note:
    """A session that notes what it is told. It answers `again` with its text, `close` and `raise` as they say."""

    desk: Desk
    connection: Connection
    caller: Caller
    received: list[str] = field(default_factory=list)
    is_closed: bool = False
    closed_times: int = 0

    def receive(self, data: str) -> None:
        self.received.append(data)
        if data.startswith("again "):
            self.connection.send(data.removeprefix("again ").encode())
        elif data.startswith("close "):
            self.end(int(data.removeprefix("close ")))
        elif data == "raise":
            raise RuntimeError("a session that fails")

    def end(self, code: int) -> None:
        self.connection.close(code)
        self.closed()

    def closed(self) -> None:
        self.is_closed = True
        self.closed_times += 1


@dataclass
class World:
    """The server, and the sessions that it began."""

    port: int
    server: uvicorn.Server
    serving: "asyncio.Task[None]"
    sessions: list[Note]

    @property
    def session(self) -> Note:
        return self.sessions[-1]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not is_so():  # noqa: ASYNC110 - nothing tells when
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def serving(transport: str, folder: Path, **options: Any) -> AsyncIterator[World]:
    """Serve with `picows` or `uvicorn`."""
    clock = FakeClock(datetime(2026, 5, 4, tzinfo=UTC))
    rates = options.pop("rates", Rates(connect_address=Rate(10_000, 10_000)))
    proxies = tuple(ip_network(one) for one in options.pop("proxies", ()))
    config = WebConfig(public_url="http://klepet.test", data=folder, rates=rates, trusted_proxies=proxies, **options)
    hub = Hub(clock)
    desk = Desk(Parts(SimpleNamespace(), clock, SimpleNamespace(), config, Limits(clock, rates), hub), hub)
    notes: list[Note] = []

    def make(desk: Desk, connection: Connection, caller: Caller) -> Any:
        notes.append(Note(desk, connection, caller))
        return notes[-1]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await serve_socket(scope, receive, send, desk, make)

    sockets: Any = "websockets-sansio"
    if transport == "picows":
        sockets = protocol_for(desk, {b"/w/socket": make}, PingWheel(PING_SECONDS))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=ProtocolSniffer,
            port=0,
            lifespan="off",
            log_level="warning",
            log_config=None,
            proxy_headers=False,
            ws=sockets,
            ws_per_message_deflate=False,
            ws_max_size=MESSAGE_BYTES,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            timeout_graceful_shutdown=2,
        )
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - nothing tells when
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield World(port, server, task, notes)
    finally:
        server.should_exit = True
        await task


class Client:
    """A client that writes frames bit by bit, and answers nothing by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.answer = ""

    @classmethod
    async def connect(cls, port: int, path: str = "/w/socket", **headers: str) -> "Client":
        """Ask for an upgrade; `answer` is the head of what comes back."""
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        wanted = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in wanted.items() if value)]
        client.writer.write("\r\n".join([*lines, "", ""]).encode())
        client.answer = (await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), SECONDS)).decode()
        return client

    def send(
        self, payload: bytes = b"", opcode: int = TEXT, *, fin: bool = True, rsv: int = 0, mask: bool = True
    ) -> None:
        """Write one frame."""
        size = len(payload)
        head = bytes(((0x80 if fin else 0) | rsv << 4 | opcode,))
        flag = 0x80 if mask else 0
        if size < 126:
            head += bytes((flag | size,))
        elif size < 65_536:
            head += bytes((flag | 126,)) + size.to_bytes(2, "big")
        else:
            head += bytes((flag | 127,)) + size.to_bytes(8, "big")
        key = os.urandom(4)
        body = bytes(byte ^ key[at % 4] for at, byte in enumerate(payload)) if mask else payload
        self.writer.write(head + (key if mask else b"") + body)

    async def receive(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload. Raises IncompleteReadError at the end."""
        async with asyncio.timeout(SECONDS):
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8), "big")
            return first & 0x0F, await self.reader.readexactly(size)

    async def receive_but_pings(self) -> tuple[int, bytes]:
        """The next frame that is no ping."""
        while True:
            opcode, payload = await self.receive()
            if opcode != PING:
                return opcode, payload

    async def close_code(self) -> int:
        """The code of the close that comes; everything before it is read away."""
        while True:
            opcode, payload = await self.receive()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")

    async def is_at_end(self) -> bool:
        """Whether the server has hung up, after whatever it still sends."""
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(self.reader.read(), SECONDS)
        return True

    async def aclose(self) -> None:
        """Hang up."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
