"""A disk that takes no more: messages are refused, what is acknowledged is stored, and all goes on afterwards."""

import asyncio

import pytest

from tests.fault.clients import Client, connected, settle
from tests.fault.server import Server

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

WRITERS = 6
ROOM = 300_000
"""Bytes that the write-ahead log may still grow by."""


def test_a_full_disk_loses_nothing_and_keeps_the_order(server: Server) -> None:
    hello = {"site": server.site["key"]}
    writers = [Client(server.socket_url, "/w/socket", f"visitor-{number}", hello) for number in range(WRITERS)]
    assert server.terminate() == 0
    largest = max(path.stat().st_size for path in server.data.glob("klepet.db*"))
    server.start(file_bytes=largest + ROOM)

    async def story() -> None:
        async with connected(writers):
            for writer in writers:
                writer.is_writing = True
                writer.send()
                await writer.stir()
            while sum(writer.refusals for writer in writers) < 20 * WRITERS:
                for writer in writers:
                    await writer.stir()  # what was refused is sent again
                await asyncio.sleep(0.05)
            stored = sum(len(writer.acked) for writer in writers)
            assert stored > WRITERS
            me = await asyncio.to_thread(server.call, "GET", "/me")
            assert me["operator"]["name"] == "Ada", "reading still works"
            server.kill()
            for writer in writers:
                writer.is_writing = False
            await asyncio.to_thread(server.start)
            await settle(writers)
            for writer in writers:
                assert writer.problems == []
                assert list(writer.acked) == writer.sent
                (held,) = writer.stream.values()
                assert sorted(held) == list(range(1, len(held) + 1))
                own = [message["client_id"] for _, message in sorted(held.items()) if message["client_id"]]
                assert own == writer.sent

    asyncio.run(story())
