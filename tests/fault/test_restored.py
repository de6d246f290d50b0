"""A backup is restored behind clients that are ahead of it: they are shown what there is, and what they had not been
told to be stored comes again.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.fault.clients import Client, connected, settle
from tests.fault.crowd import IS_LONG, RECOVERY_SECONDS, operator_accounts
from tests.fault.server import ROOT, Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 if IS_LONG else 300)]

TIMES = 5 if IS_LONG else 1


def run(server: Server, *arguments: str) -> None:
    """Run a command of klepet on a server's data."""
    environment = os.environ | {"KLEPET_DATA": str(server.data)} | server.environment
    subprocess.run([sys.executable, "-m", "klepet", *arguments], cwd=ROOT, env=environment, check=True, timeout=60)


@pytest.mark.long("postgresql")
def test_clients_that_are_ahead_of_a_restored_backup(
    engine: str, request: pytest.FixtureRequest, make_server: Callable[..., Server]
) -> None:
    create = None if engine == "sqlite" else request.getfixturevalue("postgres").create
    server = make_server() if create is None else make_server(KLEPET_DATABASE=create())
    (headers,) = operator_accounts(server, 1)
    hello = {"site": server.site["key"]}
    old = Client(server.socket_url, "/w/socket", "old", hello)
    operator = Client(server.socket_url, "/api/v1/socket", "operator", {}, headers=headers)

    def restore(number: int) -> None:
        """Another database in the place of the one that there was."""
        server.data = server.data.with_name(f"data-{number}")
        if create is not None:
            server.environment["KLEPET_DATABASE"] = create()
        run(server, "restore", str(backup))
        server.start()

    async def one(number: int) -> None:
        new = Client(server.socket_url, "/w/socket", f"new-{number}", hello)
        operator.conversation_id = old.conversation_id
        operator.hello["transcripts"] = [old.conversation_id]  # it is open in the console
        kept = [old.send("kept"), old.send("kept")]
        await settle([old, operator])
        await asyncio.to_thread(run, server, "backup", "--to", str(backup))
        for client in (old, operator):  # acknowledged, and not in the backup
            client.send("gone", conversation_id=client.conversation_id)
        async with connected([new]):
            new.send("gone")
            await settle([old, operator, new])
            epoch = old.welcomes[-1]["position"]["epoch"]
            for client in (old, new, operator):
                client.may_begin_anew = True
            server.kill()
            old.send("under way")
            new.send("under way")
            await asyncio.to_thread(restore, number)
            new.conversation_id = None
            await settle([old, operator, new], RECOVERY_SECONDS)
            assert old.welcomes[-1]["position"]["epoch"] != epoch
            texts = {client: said(server, client) for client in (old, new)}
            assert texts[new] == ["under way"]
            assert texts[old][-3:] == ["kept", "kept", "under way"]
            assert [m["client_id"] for m in newest(server, old)][-3:-1] == kept
            for client in (old, new):
                await until_shown(client, newest(server, client))
                assert client.problems == []
                page = server.call("GET", f"/conversations/{client.conversation_id}/messages")
                assert [message["text"] for message in page["items"] if message["client_id"]] == texts[client]
            await until_shown(operator, newest(server, old))
            assert operator.problems == []

    async def story() -> None:
        async with connected([old, operator]):
            old.send("first")
            await settle([old])
            for number in range(TIMES):
                await one(number)
                for client in (old, operator):
                    client.may_begin_anew = False

    backup = server.data.with_name("backup.klepet.zip")
    asyncio.run(story())


def newest(server: Server, client: Client) -> list[dict[str, str]]:
    """The newest page of a visitor's conversation, as REST tells it."""
    path = f"/visitor/conversations/{client.conversation_id}/messages"
    found: list[dict[str, str]] = server.call("GET", path, token=client.token)["items"]
    return [message for message in found if message["client_id"]]


def said(server: Server, client: Client) -> list[str]:
    """What a visitor's conversation consists of."""
    return [message["text"] for message in newest(server, client)]


async def until_shown(reader: Client, expected: list[dict[str, str]]) -> None:
    """A reader's stream holds exactly these."""
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            held = reader.stream[str(reader.conversation_id)]
            if [message for _, message in sorted(held.items()) if message["client_id"]] == expected:
                return
            await asyncio.sleep(0.05)
