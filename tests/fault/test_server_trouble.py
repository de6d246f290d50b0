"""What may happen to a server besides its death: it is stopped for a while, its clock is set, its disk is full, a write
is poison, two processes write to the same conversations.
"""

import asyncio
import io
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.fault.crowd import IS_LONG, Crowd
from tests.fault.server import Server
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if IS_LONG else 300)]

TIMES = 5 if IS_LONG else 1
PAIRS = 6 if IS_LONG else 3
HOUR = 3600.0


@pytest.fixture
def make(engine: str, request: pytest.FixtureRequest, make_server: Callable[..., Server]) -> Callable[..., Server]:
    """Makes a server on either engine."""

    def make(**options: str) -> Server:
        if engine == "postgresql":
            options["KLEPET_DATABASE"] = request.getfixturevalue("postgres").create()
        return make_server(**options)

    return make


@pytest.mark.long
def test_a_server_that_stops_for_a_while(make: Callable[..., Server]) -> None:
    """People who wait come back, and send again what the stopped server has in its hands already."""
    server = make()
    crowd = Crowd(server, pairs=PAIRS)

    async def story() -> None:
        async with crowd.gathered():
            for _ in range(TIMES):
                async with crowd.talking():
                    await asyncio.sleep(0.3)
                    assert server.process is not None
                    server.process.send_signal(signal.SIGSTOP)
                    try:
                        await asyncio.sleep(1)
                        for client in crowd.everyone[::2]:
                            client.drop()
                        await asyncio.sleep(4 if IS_LONG else 1)
                    finally:
                        server.process.send_signal(signal.SIGCONT)
                await crowd.recover("stopped")

    asyncio.run(story())


@pytest.mark.long
def test_a_clock_that_jumps(make: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour each way, and both changes of daylight saving of a year, on a machine that keeps its own time."""
    ahead = tmp_path / "ahead"
    spring, autumn = (datetime(2027, 3, 28, 0, 59, 58, tzinfo=UTC), datetime(2027, 10, 31, 0, 59, 58, tzinfo=UTC))
    monkeypatch.setenv("TZ", "Europe/Ljubljana")

    def put(seconds: float) -> None:
        fresh = tmp_path / "fresh"
        fresh.write_text(str(seconds))
        fresh.replace(ahead)

    def until(instant: datetime) -> float:
        return (instant - datetime.now(UTC)).total_seconds()

    async def story(crowd: Crowd, change: datetime) -> None:
        async with crowd.gathered():
            for _ in range(TIMES):
                put(until(change))
                async with crowd.talking():
                    await asyncio.sleep(3)  # over the change of the hour, two seconds later
                await crowd.recover("daylight saving")
                for jump in (HOUR, -HOUR, 0):
                    put(until(change) + jump)
                    async with crowd.talking():
                        await asyncio.sleep(0.5)
                    await crowd.recover(f"jump to {jump:+.0f} s")
            assert all(client.close_codes == [] for client in crowd.everyone), "somebody was thrown out"

    for change in (spring, autumn) if IS_LONG else (autumn,):
        put(until(change) - HOUR)
        server = make(module="tests.fault.jumping", KLEPET_TEST_AHEAD=str(ahead))
        asyncio.run(story(Crowd(server, pairs=PAIRS), change))


@pytest.mark.long("sqlite")
def test_poison_among_the_writes_of_others(make: Callable[..., Server], tmp_path: Path) -> None:
    """Only the poison is refused: nobody else is told to try again, and nothing of it is stored."""
    refused = tmp_path / "poison"
    server = make(module="tests.fault.poison", KLEPET_TEST_POISON=str(refused))
    crowd = Crowd(server, pairs=PAIRS)
    enough = 100 if IS_LONG else 15

    async def story() -> None:
        async with crowd.gathered():
            for number in range(TIMES):
                await crowd.begin_writing()
                while len(refused.read_text().splitlines()) < enough * (number + 1):  # noqa: ASYNC110 - it comes by itself
                    await asyncio.sleep(0.05)
                await crowd.recover("poison")
            assert sum(client.refusals for client in crowd.everyone) == 0

    asyncio.run(story())
    kinds = Counter(refused.read_text().split())
    assert set(kinds) == {"break_down", "be_refused", "end_the_transaction"}


@pytest.fixture
def noise() -> bytes:
    """A photo that cannot be made small."""
    picture = Image.frombytes("RGB", (256, 256), os.urandom(256 * 256 * 3))
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


@pytest.mark.long("postgresql")
def test_a_full_disk_for_uploads(make: Callable[..., Server], noise: bytes) -> None:
    """A photo finds no room: it is refused with a sentence, nothing of it stays, people talk on, and later it fits."""
    server = make()
    crowd = Crowd(server, pairs=PAIRS)
    ada = httpx.Client(base_url=f"{server.url}/api/v1", headers=crowd.operators[0].headers, timeout=60)
    ada.headers["x-klepet-csrf"] = ada.get("/me").raise_for_status().json()["csrf_token"]

    async def story() -> None:
        async with crowd.gathered():
            for _ in range(TIMES):
                with largest_file(server, 8_192):
                    answer = await asyncio.to_thread(ada.put, "/me/photo", content=noise)
                assert answer.status_code == 503, answer.text
                assert answer.json()["error"]["code"] == "busy", answer.text
                assert list((server.data / "uploads").rglob("*.part")) == []
                await crowd.recover("no room for uploads")
                answer = await asyncio.to_thread(ada.put, "/me/photo", content=noise)
                assert answer.is_success, answer.text
                shown = answer.json()["operator"]["photo_url"]
                found = await asyncio.to_thread(httpx.get, f"{server.url}{shown}" if shown[0] == "/" else shown)
                assert found.headers["content-type"] == "image/webp"

    with closing(ada):
        asyncio.run(story())


@contextmanager
def largest_file(server: Server, size: int) -> Iterator[None]:
    """Within it, no file of a running server may grow beyond this size."""
    assert server.process is not None
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.long
def test_two_processes_write_to_the_same_conversations(
    make_server: Callable[..., Server], postgres: PostgresServer
) -> None:
    url = postgres.create()
    first = make_server(KLEPET_DATABASE=url)
    second = make_server(beside=first, KLEPET_DATABASE=url)
    crowd = Crowd(first, second, pairs=100 if IS_LONG else 10)

    async def story() -> None:
        async with crowd.gathered():
            for _ in range(TIMES):
                await crowd.begin_writing()
                await asyncio.sleep(2 if IS_LONG else 0.5)
                # Nothing is to recover from: a hundred operators who hear everybody are much for one client program.
                await crowd.recover("two processes at the same conversations", 120)

    asyncio.run(story())
    for server in (first, second):
        assert "ERROR" not in server.log.read_text()
