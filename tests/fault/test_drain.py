"""SIGTERM drains: nothing acknowledged is lost, every connection is told to come back, and the exit code is 0."""

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest

from tests.fault.clients import Client, connected, settle
from tests.fault.server import Server

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

WRITERS = 12


@pytest.mark.parametrize("sockets", ["picows", "uvicorn"])
def test_who_writes_is_told_to_come_back_and_loses_nothing(make_server: Callable[..., Server], sockets: str) -> None:
    server = make_server(KLEPET_SOCKETS=sockets)
    hello = {"site": server.site["key"]}
    writers = [Client(server.socket_url, "/w/socket", f"visitor-{number}", hello) for number in range(WRITERS)]

    async def story() -> None:
        async with connected(writers):
            for writer in writers:
                writer.send()
            await settle(writers)
            for _ in range(2):
                for writer in writers:
                    writer.is_writing = True
                    await writer.stir()
                await asyncio.sleep(0.15)
                assert await asyncio.to_thread(server.terminate) == 0
                for writer in writers:
                    writer.is_writing = False
                assert any(writer.waiting for writer in writers), "nobody was writing"
                await asyncio.to_thread(server.start)
                await settle(writers)
            for writer in writers:
                assert writer.problems == []
                assert list(writer.acked) == writer.sent
                assert set(writer.close_codes) == {4000}
                page = await asyncio.to_thread(
                    server.call, "GET", f"/visitor/conversations/{writer.conversation_id}/messages", token=writer.token
                )
                newest = [message["client_id"] for message in page["items"]]
                assert newest == writer.sent[-len(newest) :]

    asyncio.run(story())


def test_who_waits_by_long_poll_is_told_to_come_back(server: Server) -> None:
    async def story() -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
            hello = {"type": "hello", "protocol": 1, "site": server.site["key"]}
            first = (await http.post("/w/poll", json={"call": 1, "frames": [hello]})).json()
            assert first["close"] is None
            ask = {"session": first["session"], "call": 2, "ack": first["number"], "frames": []}
            waiting = asyncio.create_task(http.post("/w/poll", json=ask))
            await asyncio.sleep(0.5)
            began = time.monotonic()
            assert await asyncio.to_thread(server.terminate) == 0
            assert time.monotonic() - began < 15
            assert (await waiting).json()["close"]["code"] == 4000

    asyncio.run(story())


def test_an_idle_server_ends_at_once_and_takes_no_more(server: Server) -> None:
    began = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - began < 15
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/api/v1/setup")
