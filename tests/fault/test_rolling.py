"""A rolling restart: every process is restarted in turn while people talk, and nobody is kept waiting."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from klepet.model.frames import CLOSE_RECONNECT
from tests.fault.clients import Client, settle
from tests.fault.crowd import IS_LONG, RECOVERY_SECONDS, Crowd, now
from tests.fault.house import House
from tests.postgres import PostgresServer
from tools.start.nginx import find

pytestmark = [
    pytest.mark.timeout(3600 if IS_LONG else 400),
    pytest.mark.skipif(find() is None, reason="nginx is not installed: sudo apt-get install nginx"),
]

PAIRS = 20
ROUNDS = 10 if IS_LONG else 1
TROUBLE_SECONDS = 1.0
"""How long somebody may be without a connection, on a machine of one's own."""
PACE_SECONDS = 0.03


@pytest.fixture
def house(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path, postgres.create())
    try:
        made.open()
        monkeypatch.setenv("SSL_CERT_FILE", str(made.nginx.certificate))
        yield made
    finally:
        made.close()


class Watch:
    """Who is without a connection, and for how long; and who is told that somebody left."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients = clients
        self.spells: list[float] = []
        self.leavings: list[dict[str, Any]] = []
        self._since: dict[str, float] = {}
        for client in clients:
            vars(client)["_take"] = self._listening(client._take)

    def _listening(self, take: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        def both(frame: dict[str, Any]) -> None:
            if frame.get("is_accepting") is False or self._has_left(frame):
                self.leavings.append(frame)
            take(frame)

        return both

    def _has_left(self, frame: dict[str, Any]) -> bool:
        people = {one.welcomes[0]["principal_id"] for one in self.clients if one.welcomes}
        return frame.get("is_online") is False and {frame.get("operator_id"), frame.get("visitor_id")} & people != set()

    async def look_on(self) -> None:
        """Look until cancelled."""
        while True:
            for client in self.clients:
                if not client.is_online.is_set():
                    self._since.setdefault(client.name, now())
                elif client.name in self._since:
                    self.spells.append(now() - self._since.pop(client.name))
            await asyncio.sleep(0.005)


async def talk(everyone: list[Client]) -> None:
    """One after another says something, until cancelled."""
    while True:
        for client in everyone:
            client.compose()
            await client.stir()
            await asyncio.sleep(PACE_SECONDS)


async def come_by(house: House, waits: list[float]) -> None:
    """People who open a page meanwhile, one after another, until cancelled; how long each waits for its script."""
    async with httpx.AsyncClient(base_url=house.nginx.url, verify=house.nginx.context(), timeout=60) as http:
        while True:
            began = now()
            (await http.get("/w.js")).raise_for_status()
            waits.append(now() - began)
            await asyncio.sleep(PACE_SECONDS)


@asynccontextmanager
async def in_background(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do these meanwhile."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert not [error for error in ended if isinstance(error, Exception)]


def test_people_talk_on_while_all_processes_are_restarted(house: House) -> None:
    crowd = Crowd(house.servers[0], pairs=PAIRS)
    for client in crowd.everyone:
        path = client.url.removeprefix(house.servers[0].socket_url)
        client.url = house.nginx.socket_url + path
        if not client.is_visitor:
            client.headers["origin"] = house.nginx.url
    watch = Watch(crowd.everyone)
    waits: list[float] = []

    async def story() -> None:
        async with crowd.gathered():
            async with in_background(watch.look_on(), talk(crowd.everyone), come_by(house, waits)):
                for _ in range(ROUNDS):
                    await asyncio.to_thread(house.restart)
            await settle(crowd.everyone, RECOVERY_SECONDS)

    asyncio.run(story())
    codes = {code for client in crowd.everyone for code in client.close_codes[:-1]}
    assert codes == {CLOSE_RECONNECT}
    assert len(watch.spells) >= len(crowd.everyone) * ROUNDS
    print(
        f"{sum(len(one.sent) for one in crowd.everyone)} messages, {len(watch.spells)} times without a connection, "
        f"{statistics.median(watch.spells) * 1000:.0f} ms (median), {max(watch.spells) * 1000:.0f} ms at most; "
        f"{len(waits)} pages, {max(waits) * 1000:.0f} ms at most; {house.slowness:.1f} times slower than alone"
    )
    assert max(watch.spells) <= TROUBLE_SECONDS * house.slowness
    assert max(waits) <= TROUBLE_SECONDS * house.slowness
    assert watch.leavings == []
