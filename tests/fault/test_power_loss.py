"""Acknowledged means on the disk: when the power fails, what was not synced is gone, and every acknowledged message is
still there. The same test sees messages lost where SQLite is told not to sync, so it would see it here.
"""

import asyncio
from collections.abc import Callable

import pytest

from klepet.store import sqlite
from tests.fault import power
from tests.fault.clients import Client, connected
from tests.fault.server import Server

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

WRITERS = 8
LOSSES = 3
ENOUGH = 150


async def write_until_the_power_fails(server: Server, writers: list[Client]) -> int:
    """Messages from every writer; then the machine goes dark in the middle of it. Tells how many were acknowledged."""
    async with connected(writers):
        for writer in writers:
            writer.is_writing = True
            if writer.conversation_id is None:
                writer.send()
            await writer.stir()
        before = sum(len(writer.acked) for writer in writers)
        while sum(len(writer.acked) for writer in writers) < before + ENOUGH:  # noqa: ASYNC110 - acks come by themselves
            await asyncio.sleep(0.01)
        server.kill()
    power.lose_power(server.data / "klepet.db")
    return sum(len(writer.acked) for writer in writers) - before


def stored(server: Server, writer: Client) -> dict[str, tuple[str, int]]:
    """What the server knows of a writer's messages."""
    found: dict[str, tuple[str, int]] = {}
    after = 0
    while True:
        page = server.call(
            "GET",
            f"/visitor/conversations/{writer.conversation_id}/messages?limit=100&after={after}",
            token=writer.token,
        )
        for message in page["items"]:
            after = message["seq"]
            if message["client_id"]:
                found[message["client_id"]] = (message["conversation_id"], after)
        if not page["has_more"]:
            return found


def new_writers(server: Server) -> list[Client]:
    return [
        Client(server.socket_url, "/w/socket", f"visitor-{number}", {"site": server.site["key"]})
        for number in range(WRITERS)
    ]


def test_what_was_acknowledged_survives_the_loss_of_power(make_server: Callable[..., Server]) -> None:
    server = make_server(module="tests.fault.power", KLEPET_TEST_SYNCHRONOUS="FULL")
    writers = new_writers(server)
    for _ in range(LOSSES):
        acknowledged = asyncio.run(write_until_the_power_fails(server, writers))
        assert acknowledged >= ENOUGH
        server.start()
        for writer in writers:
            assert writer.acked.items() <= stored(server, writer).items()
            assert writer.problems == []


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_a_server_that_does_not_sync_is_found_out(make_server: Callable[..., Server], synchronous: str) -> None:
    server = make_server(module="tests.fault.power", KLEPET_TEST_SYNCHRONOUS=synchronous)
    server.call("GET", "/sites")
    asyncio.run(write_until_the_power_fails(server, new_writers(server)))
    power.lose_power(server.data / "klepet.db")
    conn = sqlite.DRIVER.connect(f"file:{server.data / 'klepet.db'}?mode=ro", uri=True)
    try:
        (kept,) = conn.execute("SELECT count(*) FROM messages").fetchone()
    except sqlite.DRIVER.DatabaseError:
        kept = 0  # not even the tables reached the disk
    finally:
        conn.close()
    assert kept < ENOUGH
