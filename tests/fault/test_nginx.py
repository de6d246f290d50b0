"""nginx in front of two processes on one PostgreSQL, with the configuration that klepet ships."""

import asyncio
import contextlib
import io
import json
import time
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from klepet.model.limits import PHOTO_BYTES
from tests.fault.clients import Client, connected, settle
from tests.fault.crowd import operator_accounts
from tests.fault.house import House
from tests.fault.nginx import Nginx
from tests.fault.server import PASSWORD
from tests.postgres import PostgresServer
from tools.start.nginx import find

pytestmark = [
    pytest.mark.timeout(400),  # seconds on a busy machine
    pytest.mark.skipif(find() is None, reason="nginx is not installed: sudo apt-get install nginx"),
]

ATTEMPTS = 10
"""How often one address may try to sign in to one account at once: `sign_in_account_address`."""
TOLERANCE = 5
"""What a process lets through before it has heard of what the other did; each for itself would let all through."""
BURST, PER_SECOND = 20, 2
"""How many messages a visitor may send at once, and then: `visitor`."""


@pytest.fixture(scope="module")
def house(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"), postgres.create(), KLEPET_RATE_SCALE="1")
    try:
        made.open()
        yield made
    finally:
        made.close()


def client(house: House, address: str, way: Nginx | None = None) -> httpx.Client:
    """A browser at an address of this machine."""
    nginx = way or house.nginx
    transport = httpx.HTTPTransport(verify=nginx.context(), local_address=address)
    return httpx.Client(base_url=nginx.url, transport=transport, timeout=60)


def test_people_talk_over_sockets_at_different_processes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(house.nginx.certificate))
    url, hello = house.nginx.socket_url, {"site": house.servers[0].site["key"]}
    accounts = [one | {"origin": house.nginx.url} for one in operator_accounts(house.servers[0], 2)]
    visitors = [Client(url, "/w/socket", f"v{number}", hello) for number in range(4)]
    operators = [
        Client(url, "/api/v1/socket", f"o{number}", {}, headers=headers) for number, headers in enumerate(accounts)
    ]

    async def story() -> None:
        async with connected([*visitors, *operators]):
            for visitor in visitors:
                visitor.send("good morning")
            await settle([*visitors, *operators])
            for operator in operators:
                for visitor in visitors:
                    assert visitor.conversation_id is not None
                    operator.send("hello", conversation_id=visitor.conversation_id)
            await settle(operators)
            for visitor in visitors:
                async with asyncio.timeout(30):
                    while heard(visitor, "hello") < len(operators):  # noqa: ASYNC110 - it comes by itself
                        await asyncio.sleep(0.02)

    asyncio.run(story())
    for person in (*visitors, *operators):
        assert person.problems == []
    # In turns, whoever comes: of six people three are at each process, so both have visitors.
    assert set(house.nginx.taken_by("/w/socket")) == {server.port for server in house.servers}
    assert len(house.nginx.taken_by("/api/v1/socket")) == len(operators)


def heard(person: Client, text: str) -> int:
    """How many messages with a text came to somebody."""
    return sum(message["text"] == text for thread in person.stream.values() for message in thread.values())


def test_who_gets_no_socket_polls_and_stays_at_one_process(house: House) -> None:
    way = house.narrow

    async def knock() -> None:
        async with connect(f"{way.socket_url}/w/socket", ssl=way.context()):
            pass

    with pytest.raises(WebSocketException):
        asyncio.run(knock())
    with client(house, "127.0.0.1", way) as http:
        people = [Poller(http, number) for number in range(8)]
        for person in people:
            person.greet(house.servers[0].site["key"])
        for person in people:
            person.say("by poll")
    asked = way.taken_by("/w/poll")
    assert set(asked) == {server.port for server in house.servers}
    texts = [message["text"] for row in everything(house) for message in row]
    assert texts.count("by poll") == len(people)


class Poller:
    """A visitor without sockets, calling as the widget does."""

    def __init__(self, http: httpx.Client, number: int) -> None:
        self.http = http
        self.name = f"poller-{number}"
        self.path = f"/w/poll?s={number}"
        self.session: str | None = None
        self.ack = self.calls = 0

    def call(self, *frames: dict[str, object]) -> list[dict[str, object]]:
        self.calls += 1
        body = {"session": self.session, "ack": self.ack, "call": self.calls, "frames": frames}
        answer = self.http.post(self.path, json=body).raise_for_status().json()
        assert answer["close"] is None
        self.session, self.ack = answer["session"], answer["number"]
        found: list[dict[str, object]] = answer["frames"]
        return found

    def greet(self, key: str) -> None:
        assert self.call({"type": "hello", "protocol": 1, "site": key})[0]["type"] == "welcome"

    def say(self, text: str) -> None:
        heard = self.call({"type": "send_message", "client_id": self.name, "text": text})
        while not any(frame["type"] == "ack" for frame in heard):
            assert not any(frame["type"] == "refused" for frame in heard), heard
            heard += self.call()


def everything(house: House) -> list[list[dict[str, object]]]:
    """The messages of each conversation."""
    call = house.servers[1].call
    rows = call("GET", "/conversations")["items"]
    return [call("GET", f"/conversations/{row['id']}/messages")["items"] for row in rows]


def attempt(http: httpx.Client, email: str, forged: str) -> int:
    """Guess a password, with an invented address; the status."""
    body = {"email": email, "password": "wrong password"}
    return http.post("/api/v1/session", json=body, headers={"x-forwarded-for": forged}).status_code


def test_guesses_at_all_processes_count_as_one_and_for_the_real_address(house: House) -> None:
    email = "ada@shop.test"
    with client(house, "127.0.0.2") as guesser, client(house, "127.0.0.3") as other:
        seen = [attempt(guesser, email, f"198.51.100.{number}") for number in range(3 * ATTEMPTS)]
        assert set(seen) == {401, 429}
        assert ATTEMPTS <= seen.count(401) <= ATTEMPTS + TOLERANCE
        assert seen[-1] == 429
        assert attempt(other, email, "127.0.0.2") == 401, "another address was held up"
    taken = house.nginx.taken_by("/api/v1/session")
    assert set(taken) == {server.port for server in house.servers}


def test_a_peer_that_is_no_trusted_proxy_cannot_say_where_it_comes_from(house: House) -> None:
    transport = httpx.HTTPTransport(local_address="127.0.0.4")
    with httpx.Client(base_url=house.servers[0].url, transport=transport, timeout=60) as direct:
        seen = [attempt(direct, "bob@shop.test", f"198.51.100.{number}") for number in range(ATTEMPTS + 5)]
    assert seen == [401] * ATTEMPTS + [429] * 5


def test_messages_at_all_processes_count_as_one(house: House) -> None:
    """A process tells the other of each quarter of a burst, so two together let a quarter of one more through."""
    began = time.monotonic()
    taken = asyncio.run(pour(house, 4 * BURST))
    came_back = (time.monotonic() - began) * PER_SECOND
    assert BURST <= taken <= 1.25 * BURST + TOLERANCE + came_back


async def pour(house: House, count: int) -> int:
    """One visitor at both processes writes to them in turn; how many messages are taken."""
    hello: dict[str, object] = {"type": "hello", "protocol": 1, "site": house.servers[0].site["key"]}
    async with contextlib.AsyncExitStack() as stack:
        lines = []
        for server in house.servers:
            line = await stack.enter_async_context(connect(f"{server.socket_url}/w/socket"))
            await line.send(json.dumps(hello))
            welcome = json.loads(await line.recv())
            hello["token"] = welcome["token"] or hello["token"]
            lines.append(line)
        taken = 0
        for number in range(count):
            line = lines[number % len(lines)]
            await line.send(json.dumps({"type": "send_message", "client_id": f"pouring-{number}", "text": "water"}))
            while (frame := json.loads(await line.recv())).get("client_id") != f"pouring-{number}":
                pass
            taken += frame["type"] == "ack"
        return taken


def test_a_photo_of_the_largest_size_passes(house: House) -> None:
    output = io.BytesIO()
    Image.new("RGB", (600, 400), "#2f6f5e").save(output, "PNG")
    picture = output.getvalue()
    with client(house, "127.0.0.1") as http:
        me = http.post("/api/v1/session", json={"email": "ada@shop.test", "password": PASSWORD}).raise_for_status()
        headers = {"origin": house.nginx.url, "x-klepet-csrf": me.json()["csrf_token"], "content-type": "image/png"}

        def put(size: int) -> httpx.Response:
            return http.put("/api/v1/me/photo", content=picture + bytes(size - len(picture)), headers=headers)

        answer = put(PHOTO_BYTES)
        assert answer.is_success, answer.text
        photo = answer.json()["operator"]["photo_url"]
        for _ in house.servers:
            assert http.get(photo).raise_for_status().headers["content-type"] == "image/webp"
        assert set(house.nginx.taken_by(httpx.URL(photo).path)) == {server.port for server in house.servers}
        refused = put(PHOTO_BYTES + 1)
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")
        assert put(PHOTO_BYTES + 2 * 1024 * 1024).status_code == 413


def test_large_heads_and_compressed_files_pass(house: House) -> None:
    with client(house, "127.0.0.1") as http:
        cookie = "; ".join(f"shop_{number}={'x' * 1_000}" for number in range(12))
        assert http.get("/api/v1/setup", headers={"cookie": cookie}).json() == {"is_set_up": True}
        for encoding in ("gzip", "br"):
            answer = http.get("/w.js", headers={"accept-encoding": encoding})
            assert answer.headers["content-encoding"] == encoding
            assert answer.headers["etag"].startswith('"')
            again = http.get("/w.js", headers={"accept-encoding": encoding, "if-none-match": answer.headers["etag"]})
            assert again.status_code == 304
