"""People who write over real sockets, and lose them: each keeps an outbox, resends what was not acknowledged under the
same client id, resumes its stream from its position, and remembers what it was told.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from socket import SO_RCVBUF, SOL_SOCKET
from socket import socket as Socket
from typing import Any
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

RETRY_SECONDS = 0.3
"""Until another try to connect. A crowd that tried more often would take the processor from the server that starts."""
WINDOW = 2
"""How many messages a writer has under way at once."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
Place = tuple[str, int]


class Client:
    """One connection of one person, kept alive."""

    def __init__(
        self, url: str, path: str, name: str, hello: dict[str, Any], *, headers: dict[str, str] | None = None
    ) -> None:
        self.url = url + path
        self.name = name
        self.headers = headers or {}
        self.is_visitor = "site" in hello
        self.conversation_id: str | None = None
        self.sent: list[str] = []
        self.waiting: dict[str, dict[str, Any]] = {}
        self.acked: dict[str, Place] = {}
        self.stream: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self.position: dict[str, Any] | None = None
        self.problems: list[str] = []
        self.close_codes: list[int | None] = []
        self.refusals = 0
        self.welcomes: list[dict[str, Any]] = []
        self.refusals = 0
        self.may_begin_anew = False
        """Whether the server's database was replaced: a snapshot may come, and a token may be unknown."""
        self.is_writing = False
        self.is_online = asyncio.Event()
        self.receive_bytes: int | None = None
        """How much the kernel takes for it; None: as much as it likes."""
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.hello = {"type": "hello", "protocol": 1, **hello}
        self._socket: ClientConnection | None = None
        self._pongs: asyncio.Queue[int] = asyncio.Queue()
        self._moved = asyncio.Event()

    @property
    def token(self) -> str:
        """The visitor's token."""
        return str(self.hello["token"])

    @property
    def credentials(self) -> dict[str, str]:
        """The headers by which REST knows it."""
        return {"authorization": f"Bearer {self.token}"} if self.is_visitor else self.headers

    def __str__(self) -> str:
        return (
            f"{self.name} online {self.is_online.is_set()}, waiting {list(self.waiting.values())}, {self.close_codes}"
        )

    async def run(self) -> None:
        """Be connected until cancelled."""
        while True:
            try:
                async with connect(
                    self.url,
                    additional_headers=self.headers,
                    compression=None,
                    proxy=None,
                    max_size=2**24,
                    ping_interval=None,
                    sock=self._small_socket(),
                ) as socket:
                    self._socket = socket
                    await self._greet(socket)
                    self.is_online.set()
                    async for data in socket:
                        await self.may_read.wait()
                        refusals = self.refusals
                        self._take(_decode(data))
                        if self.refusals == refusals:  # what was refused is sent again by whoever waits for it
                            await self._pump(socket)
            except (OSError, TimeoutError, WebSocketException):
                pass
            finally:
                if self._socket is not None:
                    self.close_codes.append(self._socket.close_code)
                    self._socket.transport.abort()
                self._socket = None
                self.is_online.clear()
            await asyncio.sleep(RETRY_SECONDS)

    def drop(self) -> None:
        """Lose the connection, and come back by another."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def tell(self, frame: dict[str, Any]) -> None:
        """Send a frame that is no message."""
        assert self._socket is not None
        await self._socket.send(_encode(frame).decode())

    def _small_socket(self) -> Socket | None:
        if self.receive_bytes is None:
            return None
        made = Socket()
        made.setsockopt(SOL_SOCKET, SO_RCVBUF, self.receive_bytes)
        made.connect((urlsplit(self.url).hostname, urlsplit(self.url).port))
        made.setblocking(False)
        return made

    async def stir(self) -> None:
        """Begin to write, if it is connected; acknowledgements keep it going."""
        if self._socket is not None and self.is_online.is_set():
            with suppress(WebSocketException):
                await self._pump(self._socket)

    def send(self, text: str = "", **values: Any) -> str:
        """Put a message into the outbox; its client id."""
        client_id = f"{self.name}-{len(self.sent):06}"
        self.sent.append(client_id)
        frame = {"type": "send_message", "client_id": client_id, "text": text or f"text of {client_id}", **values}
        self.waiting[client_id] = {"frame": frame, "is_out": False}
        return client_id

    async def until_acknowledged(self) -> None:
        """Everything in the outbox is acknowledged."""
        while self.waiting or not self.is_online.is_set():
            self._moved.clear()
            await self.stir()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), 0.2)

    async def until_caught_up(self) -> None:
        """Every event up to now has arrived."""
        while True:
            socket = self._socket
            while not self._pongs.empty():
                self._pongs.get_nowait()
            try:
                assert socket is not None
                await socket.send('{"type":"ping"}')
                offset = await asyncio.wait_for(self._pongs.get(), 5)
            except (AssertionError, TimeoutError, WebSocketException):
                await asyncio.sleep(0.05)
                continue
            assert self.position is not None
            if offset > self.position["offset"]:
                self.problems.append(f"told of offset {offset}, and got events up to {self.position['offset']} only")
            return

    async def _greet(self, socket: ClientConnection) -> None:
        hello = self.hello | ({"position": self.position} if self.position else {})
        await socket.send(_encode(hello).decode())
        welcome = _decode(await asyncio.wait_for(socket.recv(), 10))
        if self.may_begin_anew and welcome["type"] == "refused":
            assert welcome["error"]["code"] == "sign_in_required", welcome
            self.hello.pop("token")
            self._begin_anew()
            raise TimeoutError("as somebody new, then")
        assert welcome["type"] == "welcome", welcome
        state = welcome["visitor_state"] or welcome["operator_state"]
        if self.position is None:
            self.position = welcome["position"]
        elif state is not None and self.may_begin_anew:
            self._begin_anew()
            self.position = welcome["position"]
            for message in state["messages"]:
                self.stream[message["conversation_id"]][message["seq"]] = message
        elif state is not None:
            self.problems.append(f"came back from {self.position} and got a snapshot instead of the events since")
        if welcome["token"]:
            self.hello["token"] = welcome["token"]
        self.welcomes.append(welcome)
        for entry in self.waiting.values():
            entry["is_out"] = False
        await self._pump(socket)

    def _begin_anew(self) -> None:
        """Forget what the server said; what it did not acknowledge stays in the outbox."""
        self.position = None
        self.stream.clear()

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "ack":
                self._take_ack(frame)
            case "event":
                self._take_event(frame)
            case "pong":
                self._pongs.put_nowait(frame["offset"])
            case "refused" if frame["error"]["code"] in ("busy", "too_many"):
                for entry in self.waiting.values():
                    entry["is_out"] = False
                self.refusals += 1
            case "refused":
                self._take_refusal(frame)
        self._moved.set()

    def _take_ack(self, frame: dict[str, Any]) -> None:
        client_id, place = frame["client_id"], (frame["conversation_id"], frame["seq"])
        if self.acked.setdefault(client_id, place) != place:
            self.problems.append(f"{client_id} was acknowledged at {self.acked[client_id]} and at {place}")
        self.waiting.pop(client_id, None)
        self.conversation_id = self.conversation_id or frame["conversation_id"]

    def _take_refusal(self, frame: dict[str, Any]) -> None:
        if not frame["error"].get("retry_after_seconds"):
            self.problems.append(f"refused: {frame}")
            return
        self.refusals += 1
        if frame["client_id"] in self.waiting:
            self.waiting[frame["client_id"]]["is_out"] = False

    def _take_event(self, frame: dict[str, Any]) -> None:
        assert self.position is not None
        if frame["offset"] <= self.position["offset"]:
            self.problems.append(f"event {frame['offset']} came after {self.position['offset']}")
        self.position = self.position | {"offset": frame["offset"]}
        if frame["event"]["type"] != "message.sent":
            return
        if len(frame.get("messages", ())) != 1:
            self.problems.append(f"event {frame['offset']} came without its message")
            return
        (message,) = frame["messages"]
        held = self.stream[message["conversation_id"]]
        if message["seq"] in held:
            self.problems.append(f"seq {message['seq']} came twice")
        held[message["seq"]] = message

    async def _pump(self, socket: ClientConnection) -> None:
        if self.is_writing and self.conversation_id is not None:
            while len(self.waiting) < WINDOW:
                self.compose()
        for entry in list(self.waiting.values()):
            if not entry["is_out"]:
                entry["is_out"] = True
                await socket.send(_encode(entry["frame"]).decode())

    def compose(self) -> None:
        """Write the next message: visitors name their conversation every other time, operators write some notes."""
        number = len(self.sent)
        if self.is_visitor:
            self.send(conversation_id=self.conversation_id if number % 2 else None)
        else:
            self.send(conversation_id=self.conversation_id, kind="note" if number % 5 == 4 else "text")


@asynccontextmanager
async def connected(clients: Iterable[Client]) -> AsyncIterator[None]:
    """Keep these clients connected; first all of them are."""
    everyone = list(clients)
    tasks = [asyncio.create_task(client.run()) for client in everyone]
    try:
        ends = asyncio.get_running_loop().time() + 60
        while not all(client.is_online.is_set() for client in everyone):
            assert asyncio.get_running_loop().time() < ends, "; ".join(map(str, everyone))
            assert not any(task.done() for task in tasks)
            await asyncio.sleep(0.01)
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        broken = [error for error in ended if isinstance(error, Exception)]
    assert not broken, broken


async def settle(clients: Iterable[Client], seconds: float = 120) -> None:
    """Wait until everybody has said everything, and then until everybody has heard it."""
    everyone = list(clients)
    for wait_for in (Client.until_acknowledged, Client.until_caught_up):
        tasks = {asyncio.create_task(wait_for(client)): client for client in everyone}
        done, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        assert not late, "; ".join(str(tasks[task]) for task in late)
        for task in done:
            task.result()
