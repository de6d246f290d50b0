"""A proxy between klepet and PostgreSQL that loses, holds back and cuts what a network can lose, hold back and cut.

It knows the messages of PostgreSQL's protocol by their kind, without TLS (`Proxy.url` switches it off).
https://www.postgresql.org/docs/15/protocol-message-formats.html
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit, urlunsplit

QUERY, PARSE, SYNC, TERMINATE, NOTIFICATION, READY = b"Q", b"P", b"S", b"X", b"A", b"Z"

_ENDS = (QUERY, SYNC, TERMINATE, b"p")
"""What the server answers to; b"p" is part of signing in."""


class Link:
    """One connection through the proxy: its two sides, and what the rule notes of it."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.client = client
        self.server: asyncio.StreamWriter | None = None
        self.query = b""
        """What the newest exchange says in words: a simple query, or the statements that are parsed in it."""
        self.is_silent = False
        """Whether nothing is passed on any more, in neither direction: the other side is not told."""

    def cut(self) -> None:
        """End both sides at once, as a reset does."""
        for side in (self.client, self.server):
            if side is not None:
                raw = side.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                side.transport.abort()


class Rule:
    """What becomes of messages; this one passes everything on. Runs on the proxy's own loop."""

    async def to_server(self, link: Link) -> bool:
        """Whether this exchange is passed on; may wait first, which holds back what follows."""
        return True

    async def to_client(self, link: Link, kind: bytes, message: bytes) -> bool:
        """The same for each of the server's messages."""
        return True


class Proxy:
    """Listens on `port`, and passes on to `target` as its rule says. `close` ends it."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.rule = Rule()
        self.links: set[Link] = set()
        self.is_refusing = False
        """Whether new connections are cut at once."""
        self.is_silent = False
        """Whether new connections are taken and never answered."""
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port: int = self._call(self._listen())

    def url(self, url: str) -> str:
        """The address of a database, through this proxy."""
        parts = urlsplit(url)
        place = f"{parts.username}@127.0.0.1:{self.port}"
        return urlunsplit((parts.scheme, place, parts.path, "sslmode=disable&gssencmode=disable", ""))

    def cut(self) -> None:
        """Reset every connection."""

        def cut() -> None:
            for link in list(self.links):
                link.cut()

        self._do(cut)

    def forget(self) -> None:
        """Pass nothing on any more on the connections that there are: half open, or a route that is gone."""

        def forget() -> None:
            for link in self.links:
                link.is_silent = True

        self._do(forget)

    def hang_up_behind(self) -> None:
        """End the server's side of each connection, and tell the client's side nothing."""

        def hang_up() -> None:
            for link in self.links:
                link.is_silent = True
                if link.server is not None:
                    link.server.transport.abort()

        self._do(hang_up)

    def close(self) -> None:
        """End every connection, and listen no more."""

        async def end() -> None:
            self._listener.close()
            for link in list(self.links):
                link.cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        self._call(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _do(self, work: Callable[[], Any]) -> None:
        async def run() -> None:
            work()

        self._call(run())

    async def _listen(self) -> int:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        link = Link(writer)
        self.links.add(link)
        try:
            if self.is_refusing:
                return
            if self.is_silent:
                link.is_silent = True
                while await reader.read(65_536):
                    pass
                return
            await self._serve(link, reader)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.links.discard(link)
            self._tasks.discard(task)
            link.cut()

    async def _serve(self, link: Link, client: asyncio.StreamReader) -> None:
        server, link.server = await asyncio.open_connection("127.0.0.1", self.target)
        head = await client.readexactly(4)  # the first message has no kind
        link.server.write(head + await client.readexactly(int.from_bytes(head, "big") - 4))
        ways = {
            asyncio.create_task(self._pass_on(link, client)),
            asyncio.create_task(self._pass_back(link, server)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass_on(self, link: Link, client: asyncio.StreamReader) -> None:
        """Pass on what the client sends, an exchange in one piece, as it is sent."""
        assert link.server is not None
        exchange, words = b"", list[bytes]()
        while True:
            try:
                kind, message = await _read(client)
            except (OSError, asyncio.IncompleteReadError):
                return
            exchange += message
            if kind == PARSE:
                words.append(message[5:].split(b"\0")[1])
            elif kind == QUERY:
                words.append(message[5:-1])
            if kind in _ENDS:
                link.query = b"; ".join(words)
                if not link.is_silent and await self.rule.to_server(link) and not link.is_silent:
                    link.server.write(exchange)
                    await link.server.drain()
                exchange, words = b"", []

    async def _pass_back(self, link: Link, server: asyncio.StreamReader) -> None:
        while True:
            try:
                kind, message = await _read(server)
            except (OSError, asyncio.IncompleteReadError):
                if link.is_silent:
                    await asyncio.Event().wait()  # the client is not told that its server is gone
                return
            if not link.is_silent and await self.rule.to_client(link, kind, message) and not link.is_silent:
                link.client.write(message)
                await link.client.drain()


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The kind of a message, and all of it."""
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(int.from_bytes(head[1:], "big") - 4)


class LostAnswers(Rule):
    """The answers to the next commits never arrive: the server has committed, and the connection is cut."""

    def __init__(self, count: int) -> None:
        self.left = count

    async def to_client(self, link: Link, kind: bytes, message: bytes) -> bool:
        """Swallow the whole answer, then cut."""
        if self.left <= 0 or b"COMMIT" not in link.query:
            return True
        if kind == READY:
            self.left -= 1
            link.cut()
        return False


class HeldCommits(Rule):
    """The next commit is held for some seconds: on its way to the server, or its answer on the way back."""

    def __init__(self, seconds: float, *, is_answer: bool) -> None:
        self.seconds = seconds
        self.is_answer = is_answer
        self.left = 1
        self.is_holding = threading.Event()

    async def to_server(self, link: Link) -> bool:
        """Hold a commit."""
        if not self.is_answer and b"COMMIT" in link.query:
            await self._hold()
        return True

    async def to_client(self, link: Link, kind: bytes, message: bytes) -> bool:
        """Hold an answer."""
        if self.is_answer and b"COMMIT" in link.query:
            await self._hold()
        return True

    async def _hold(self) -> None:
        if self.left > 0:
            self.left -= 1
            self.is_holding.set()
            await asyncio.sleep(self.seconds)


class AtTheBeginning(Rule):
    """Calls `strike` once, when the next batch has begun and its process has not heard of it yet."""

    def __init__(self, strike: Callable[[], None]) -> None:
        self.strike = strike
        self.is_done = threading.Event()

    async def to_client(self, link: Link, kind: bytes, message: bytes) -> bool:
        """Strike between the beginning and its answer."""
        if kind == READY and link.query.partition(b";")[0] == b"BEGIN" and not self.is_done.is_set():
            self.strike()
            self.is_done.set()
        return True


class LostNotices(Rule):
    """No notice arrives."""

    def __init__(self) -> None:
        self.lost = 0

    async def to_client(self, link: Link, kind: bytes, message: bytes) -> bool:
        """Drop notices."""
        if kind == NOTIFICATION:
            self.lost += 1
            return False
        return True
