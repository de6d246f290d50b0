"""Visitors and operators as the widget and the console are: real tokens, receipts for everything that arrives."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

from bench.wire import Wire

ACK = b'{"type":"ack","client_id":"'
MESSAGE_EVENT = b'"event":{"type":"message.sent"'
PING = b'{"type":"ping"}'
PING_SECONDS = 25.0
"""As the widget and the console do: who is silent for 70 seconds is cut off."""
CONNECT_SECONDS = 30.0
_ID = len(ACK)
ID_CHARS = 12
_CLIENT_ID = b'"client_id":"'
_CONVERSATION = b'"conversation_id":"'
_SEQ = b'"seq":'

_WORDS = """
hello order delivery parcel late size colour return refund invoice address phone yesterday tomorrow please thanks
when where could would change cancel shipping tracking number email account password payment card failed twice
blue green jacket shoes warranty broken missing part manual discount code gift birthday Friday Monday still
waiting nobody answered bought last week store open hours Ljubljana Kraków Moscow London price offer stock
""".split()  # noqa: SIM905 - a text, not a list


def sentence(rng: random.Random) -> str:
    """Words such as people write, about a hundred characters."""
    return " ".join(rng.choices(_WORDS, k=rng.randint(8, 22)))


def client_id_of(number: int) -> str:
    """A client id that tells its number."""
    return f"{number:0{ID_CHARS}d}"


def number_in(data: bytes) -> int:
    """The number in the client id that stands last in a frame; -1 when there is none."""
    at = data.rfind(_CLIENT_ID)
    if at < 0:
        return -1
    at += len(_CLIENT_ID)
    digits = data[at : at + ID_CHARS]
    return int(digits) if digits.isdigit() else -1


class Person:
    """One connection of somebody."""

    path = ""

    def __init__(self, hello: dict[str, Any], host: str) -> None:
        self.wire = Wire(self.path, host)
        self.wire.on_frame = self._take
        self.wire.on_close = self._closed
        self.wire.begin(json.dumps({"type": "hello", "protocol": 1, **hello}).encode())
        self.welcome: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.on_ack: Callable[[int, bytes], None] = lambda number, data: None
        self.on_message: Callable[[int], None] = lambda number: None
        self.refused = 0
        self.codes: list[int] = []

    def say(self, number: int, text: str, conversation_id: str | None) -> None:
        """Send one message."""
        where = f',"conversation_id":"{conversation_id}"' if conversation_id else ""
        self.wire.send(
            f'{{"type":"send_message","client_id":"{client_id_of(number)}","text":"{text}"{where}}}'.encode()
        )

    def _take(self, data: bytes) -> None:
        if data.startswith(ACK):
            self.on_ack(int(data[_ID : _ID + ID_CHARS]), data)
        elif MESSAGE_EVENT in data[:80]:
            self._take_message(data)
        elif data.startswith(b'{"type":"welcome"') and not self.welcome.done():
            self.welcome.set_result(json.loads(data))
            self.welcome.get_loop().call_later(PING_SECONDS, self._ping)
        elif data.startswith(b'{"type":"refused"'):
            self.refused += 1

    def _ping(self) -> None:
        if not self.codes:
            self.wire.send(PING)
            self.welcome.get_loop().call_later(PING_SECONDS, self._ping)

    def _take_message(self, data: bytes) -> None:
        is_mine = self.own_kind in data[:420]
        if not is_mine:
            number = number_in(data)
            if number >= 0:
                self._acknowledge(data)
                self.on_message(number)

    own_kind = b""

    def _acknowledge(self, data: bytes) -> None:
        """Every message of the other side is acknowledged at once, and as read: the window is open and looked at."""
        at = data.index(_CONVERSATION) + len(_CONVERSATION)
        conversation = data[at : at + 36]
        start = data.index(_SEQ) + len(_SEQ)
        seq = data[start : data.index(b",", start)]
        self.wire.send(
            b'{"type":"advance_receipt","conversation_id":"%b","delivered_seq":%b,"read_seq":%b}'
            % (conversation, seq, seq)
        )

    def _closed(self, code: int) -> None:
        self.codes.append(code)
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError(f"closed with {code} before the welcome"))


class Visitor(Person):
    """A visitor with the widget open."""

    path = "/w/socket"
    own_kind = b'"author_kind":"visitor"'

    def __init__(self, host: str, site: str, token: str | None = None) -> None:
        hello: dict[str, Any] = {
            "site": site,
            "page": {"url": f"http://{host}/shoes", "title": "Shoes"},
            "language": "en",
            "time_zone": "Europe/Ljubljana",
        }
        super().__init__(hello | ({"token": token} if token else {}), host)
        self.token = token
        self.conversation_id: str | None = None


class Operator(Person):
    """An operator with a console open."""

    path = "/api/v1/socket"
    own_kind = b'"author_kind":"operator"'

    def __init__(self, host: str, token: str) -> None:
        super().__init__({"token": token}, host)


async def connect(person: Person, port: int, source: str = "127.0.0.1") -> dict[str, Any]:
    """Connect somebody; their welcome."""
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: person.wire, "127.0.0.1", port, local_addr=(source, 0))
    return await asyncio.wait_for(person.welcome, CONNECT_SECONDS)


async def connect_visitors(
    port: int, site: str, tokens: list[str | None], at_once: int = 64, sources: int = 4
) -> list[Visitor]:
    """Connect visitors, so many at once, from several addresses of this machine."""
    gate = asyncio.Semaphore(at_once)
    host = f"127.0.0.1:{port}"

    async def one(index: int, token: str | None) -> Visitor:
        async with gate:
            visitor = Visitor(host, site, token)
            welcome = await connect(visitor, port, f"127.0.0.{index % sources + 1}")
            visitor.token = welcome.get("token") or token
            state = welcome.get("visitor_state") or {}
            if state.get("conversations"):
                visitor.conversation_id = state["conversations"][0]["id"]
            return visitor

    return await asyncio.gather(*(one(index, token) for index, token in enumerate(tokens)))
