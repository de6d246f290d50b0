"""What clients do to a server, without meaning it: they do not read, vanish, send frames twice and out of order, and
come back all at once. Nobody else notices.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect

from bench.people import Person
from bench.people import connect as connect_person
from tests.fault.clients import Client, connected, settle
from tests.fault.crowd import IS_LONG, RECOVERY_SECONDS, Crowd, chance, now
from tests.fault.server import Server
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if IS_LONG else 300)]

TIMES = 5 if IS_LONG else 1
SHOUTS = 850
"""More than is kept for who does not read, and, with what the others say, less than the events that can be resumed."""
CUT_SECONDS = 10.0
VANISHED_SECONDS = 50.0
"""Two turns of pings."""
STORM = 5_000 if IS_LONG else 300
STORM_SECONDS = 60.0
"""On a machine that does other work too, and makes the storm itself."""


class Returning(Person):
    """A visitor who comes back with a position."""

    path = "/w/socket"


@pytest.mark.long
def test_who_does_not_read_is_cut_off_and_comes_back(make_server: Callable[..., Server]) -> None:
    server = make_server()
    crowd = Crowd(server, pairs=3)
    slow = Client(server.socket_url, "/api/v1/socket", "slow", {}, headers=crowd.operators[0].headers)
    slow.receive_bytes = 8_192
    shouter = Client(server.socket_url, "/w/socket", "shouter", {"site": server.site["key"]})

    async def story() -> None:
        async with crowd.gathered(), connected([slow, shouter]):
            for _ in range(TIMES):
                closed, before = len(slow.close_codes), memory(server)
                slow.may_read.clear()
                for number in range(SHOUTS):
                    shouter.send("😀" * 4_000)
                    if number % 10 == 0:
                        await shouter.until_acknowledged()
                    if number == SHOUTS // 2:
                        await crowd.recover("while one does not read")
                await settle([shouter])
                assert memory(server) - before < 64 * 2**20
                await asyncio.sleep(CUT_SECONDS + 2)
                await crowd.recover("while one did not read")
                slow.may_read.set()
                await settle([slow])
                # What it missed may itself be more than is kept: then it is cut off again, further on each time.
                assert closed < len(slow.close_codes) <= closed + 3
            assert slow.problems == shouter.problems == []
            (shouted,) = shouter.stream.values()
            assert [m["client_id"] for _, m in sorted(shouted.items()) if m["client_id"]] == shouter.sent
            for number, visitor in enumerate([shouter, *crowd.visitors]):
                assert visitor.conversation_id is not None
                heard = slow.stream[visitor.conversation_id]
                held = visitor.stream[visitor.conversation_id]
                missing = held.keys() - heard.keys()
                assert missing <= {1} if number else not missing, "the slow one misses messages"
            assert all(client.close_codes == [] for client in crowd.everyone), "others were cut off too"

    asyncio.run(story())


@pytest.mark.long
@pytest.mark.parametrize("sockets", ["picows", "uvicorn"])
def test_who_vanishes_without_a_word_is_noticed(make_server: Callable[..., Server], sockets: str) -> None:
    """The kernel still acknowledges what is sent to it; nobody answers pings."""
    server = make_server(KLEPET_SOCKETS=sockets)
    crowd = Crowd(server, pairs=1)

    async def story() -> None:
        async with crowd.gathered():
            people = [await vanishing(server) for _ in range(20)]
            began = now()
            (operator,) = crowd.operators
            await asyncio.gather(*(asyncio.wait_for(end.wait(), 3 * VANISHED_SECONDS) for end, _ in people))
            took = now() - began
            print(f"noticed within {took:.0f} s")
            assert took < VANISHED_SECONDS + RECOVERY_SECONDS
            ids = {id_ for _, id_ in people}
            while ids & await online(server, operator):  # a reload is no leaving: it takes a moment
                assert now() - began < 2 * VANISHED_SECONDS
                await asyncio.sleep(0.5)
            await crowd.recover("twenty vanished")

    asyncio.run(story())


async def vanishing(server: Server) -> tuple[asyncio.Event, str]:
    """A visitor who is welcomed, and then takes what comes without a word; told of by the end of the connection."""
    person = Returning({"site": server.site["key"]}, f"127.0.0.1:{server.port}")
    person._ping = lambda: None  # type: ignore[method-assign]
    end = asyncio.Event()
    welcome = await connect_person(person, server.port)
    person.wire.on_close = lambda code: end.set()
    person.wire._take_control = lambda opcode, payload: None  # type: ignore[method-assign]
    return end, welcome["principal_id"]


async def online(server: Server, operator: Client) -> set[str]:
    """The visitors that an operator who comes now is shown as present."""
    fresh = Client(server.socket_url, "/api/v1/socket", "fresh", {}, headers=operator.headers)
    async with connected([fresh]):
        return set(fresh.welcomes[0]["online_visitor_ids"])


@pytest.mark.long("sqlite")
def test_frames_that_come_twice_and_out_of_order(
    engine: str, request: pytest.FixtureRequest, make_server: Callable[..., Server]
) -> None:
    """Each message is stored once, where its first copy came, whichever connection and process it came by."""
    servers = [make_server()] if engine == "sqlite" else two_servers(make_server, request.getfixturevalue("postgres"))
    dice = chance()

    async def story() -> None:
        operator = Crowd(servers[0], pairs=1).operators[0]
        visitor = Client(servers[-1].socket_url, "/w/socket", "visitor", {"site": servers[0].site["key"]})
        async with connected([operator, visitor]):
            visitor.send("first")
            await settle([visitor])
            id_, newest = visitor.conversation_id, 0
            assert id_ is not None
            for round_number in range(TIMES):
                names = [f"again-{round_number}-{number}" for number in range(20)]
                answers = await asyncio.gather(
                    *(send_shuffled(servers[n % len(servers)], visitor, names, dice) for n in range(4))
                )
                places = answers[0]
                assert set(places) == set(names)
                assert all(one == places for one in answers), "the same message at two places"
                assert len(set(places.values())) == len(names)
                await settle([visitor])
                newest = max(places.values())
                await until_heard(operator, id_, newest)
                for reader in (visitor, operator):
                    held = {m["client_id"]: seq for seq, m in reader.stream[id_].items() if m["client_id"] in places}
                    assert held == places, reader.name
                    assert reader.problems == []
            await mark_backwards(visitor, id_, newest)

    asyncio.run(story())


def two_servers(make_server: Callable[..., Server], postgres: PostgresServer) -> list[Server]:
    """Two processes of one installation."""
    url = postgres.create()
    first = make_server(KLEPET_DATABASE=url)
    return [first, make_server(beside=first, KLEPET_DATABASE=url)]


async def send_shuffled(server: Server, visitor: Client, names: list[str], dice: random.Random) -> dict[str, int]:
    """Another tab of the visitor: sends each of these messages twice, in any order, and cares for no acknowledgement.
    Tells where they are; raises where two copies are at two places.
    """
    copies = names * 2
    dice.shuffle(copies)
    places: dict[str, int] = {}
    async with connect(server.socket_url + "/w/socket", compression=None) as tab:
        hello = {"type": "hello", "protocol": 1, "site": server.site["key"], "token": visitor.token}
        for frame in (hello, *({"type": "send_message", "client_id": name, "text": name} for name in copies)):
            await tab.send(msgspec.json.encode(frame).decode())
        left = len(copies)
        while left:
            frame = msgspec.json.decode(await asyncio.wait_for(tab.recv(), 30))
            assert frame["type"] != "refused", frame
            if frame["type"] == "ack":
                left -= 1
                assert places.setdefault(frame["client_id"], frame["seq"]) == frame["seq"]
    return places


async def until_heard(reader: Client, id_: Any, seq: int) -> None:
    """A reader at another process has heard up to this message."""
    began = now()
    while seq not in reader.stream[id_]:
        assert now() - began < RECOVERY_SECONDS
        await asyncio.sleep(0.02)


async def mark_backwards(visitor: Client, id_: Any, seq: int) -> None:
    """Marks of reading that arrive in the wrong order: the farthest counts."""
    for at in (seq, 1, seq - 1):
        await visitor.tell({"type": "advance_receipt", "conversation_id": id_, "delivered_seq": at, "read_seq": at})
        await asyncio.sleep(1.2)  # longer than marks are gathered
    fresh = Client(visitor.url.removesuffix("/w/socket"), "/w/socket", "fresh", visitor.hello)
    async with connected([fresh]):
        (row,) = fresh.welcomes[0]["visitor_state"]["conversations"]
        assert row["visitor_read_seq"] == seq


@pytest.mark.long("postgresql")
def test_everybody_comes_back_at_once(either_server: Server) -> None:
    """All go on from their position, and no descriptor stays behind."""
    server = either_server
    host, site = f"127.0.0.1:{server.port}", server.site["key"]

    async def come(number: int, hello: dict[str, Any]) -> tuple[Returning, dict[str, Any]]:
        while True:
            person = Returning({"site": site, **hello}, host)
            try:
                welcome = await connect_person(person, server.port, f"127.0.0.{number % 4 + 1}")
                return person, welcome
            except (OSError, TimeoutError):
                person.welcome.cancel()
                await asyncio.sleep(0.05 + number % 40 / 100)

    async def everybody(hellos: list[dict[str, Any]]) -> tuple[list[Returning], list[dict[str, Any]]]:
        gate = asyncio.Semaphore(200)  # what one machine begins at a time

        async def one(number: int, hello: dict[str, Any]) -> tuple[Returning, dict[str, Any]]:
            async with gate:
                return await come(number, hello)

        found = await asyncio.gather(*(one(number, hello) for number, hello in enumerate(hellos)))
        return [person for person, _ in found], [welcome for _, welcome in found]

    numbers = itertools.count()

    async def speak(person: Returning) -> None:
        told = asyncio.Event()
        person.on_ack = lambda number, data: told.set()
        person.say(next(numbers), "still here", None)
        await told.wait()

    async def story() -> None:
        people, welcomes = await everybody([{} for _ in range(STORM)])
        first, tokens = descriptors(server), [""] * STORM
        for _ in range(TIMES):
            await asyncio.wait_for(asyncio.gather(*map(speak, people[: STORM // 50])), 30)
            tokens = [welcome["token"] or token for welcome, token in zip(welcomes, tokens, strict=True)]
            hellos = [
                {"token": token, "position": welcome["position"]}
                for welcome, token in zip(welcomes, tokens, strict=True)
            ]
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            began, cpu = time.monotonic(), cpu_seconds(server)
            people, welcomes = await everybody(hellos)
            took = time.monotonic() - began
            print(
                f"{STORM} back in {took:.1f} s, {(cpu_seconds(server) - cpu) / STORM * 1e6:.0f} µs of the server's"
                f" CPU each, {descriptors(server)} descriptors, {memory(server) / 2**20:.0f} MiB"
            )
            assert took < STORM_SECONDS
            assert all(welcome["visitor_state"] is None for welcome in welcomes), "a snapshot instead of the events"
            assert abs(descriptors(server) - first) < 20
        for person in people:
            person.wire.close()
        ends = now() + 30
        while descriptors(server) > first - STORM + 20:
            assert now() < ends, "descriptors stay behind"
            await asyncio.sleep(0.1)

    asyncio.run(story())


def descriptors(server: Server) -> int:
    """Open descriptors of a server."""
    assert server.process is not None
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def memory(server: Server) -> int:
    """Bytes that a server has in memory."""
    assert server.process is not None
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * 4096


def cpu_seconds(server: Server) -> float:
    """CPU that a server has used."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
