"""Nothing acknowledged is lost, doubled or out of order when the server dies: kill -9 while fifty people write."""

import asyncio
import os
import random

import httpx
import pytest

from tests.fault.clients import Client, connected, settle
from tests.fault.server import PASSWORD, Server

PAIRS = 25
ROUNDS = 400 if os.environ.get("KLEPET_FAULTS") == "long" else 20
ACCOUNTS = 5


@pytest.mark.slow
@pytest.mark.timeout(3600 if ROUNDS > 20 else 600)
def test_acknowledged_messages_survive_kills(either_server: Server) -> None:
    seed = int(os.environ.get("KLEPET_SEED") or random.randrange(10**9))
    print(f"seed {seed}: repeat with KLEPET_SEED={seed}")
    asyncio.run(Crashes(either_server, random.Random(seed)).run())


class Crashes:
    """The rounds, and what is looked at after each. Operators may be at another process of the installation."""

    rounds = ROUNDS

    def __init__(self, server: Server, chance: random.Random, operators_at: Server | None = None) -> None:
        self.server = server
        self.chance = chance
        elsewhere = operators_at or server
        accounts = operator_accounts(server)
        path, hello = "/w/socket", {"site": server.site["key"]}
        self.visitors = [Client(server.socket_url, path, f"visitor-{n:02}", hello) for n in range(PAIRS)]
        self.operators = [
            Client(elsewhere.socket_url, "/api/v1/socket", f"operator-{n:02}", {}, headers=accounts[n % ACCOUNTS])
            for n in range(PAIRS)
        ]
        self.everyone = [*self.visitors, *self.operators]
        self.read: dict[str, int] = {}

    async def run(self) -> None:
        """All rounds, then a look at everything from the start."""
        async with connected(self.everyone):
            for visitor in self.visitors:
                visitor.send()
            await settle(self.visitors)
            for visitor, operator in zip(self.visitors, self.operators, strict=True):
                operator.conversation_id = visitor.conversation_id
            killed_mid_way = 0
            for number in range(self.rounds):
                killed_mid_way += await self.round()
                self.check_clients()
                await self.check_history(f"round {number}")
                await self.check_snapshots(self.chance.sample(range(PAIRS), 2))
            self.read.clear()
            await self.check_history("the end")
            await self.check_snapshots(range(PAIRS))
        messages = sum(len(client.sent) for client in self.everyone)
        print(f"{messages} messages, {self.rounds} kills, {killed_mid_way} of them with messages under way")
        assert killed_mid_way >= int(self.rounds * 0.9)

    async def round(self) -> bool:
        """Traffic, a kill in the middle, a restart, and quiet. Tells whether messages were under way."""
        for client in self.everyone:
            client.is_writing = True
            await client.stir()
        await asyncio.sleep(self.chance.uniform(0.05, 0.35))
        before = sum(len(client.acked) for client in self.everyone)
        self.server.environment["KLEPET_SOCKETS"] = self.chance.choice(["picows", "picows", "uvicorn"])
        await asyncio.to_thread(self.strike)
        under_way = sum(len(client.waiting) for client in self.everyone)
        await asyncio.sleep(self.chance.uniform(0, 0.1))
        for client in self.everyone:
            client.is_writing = False
        await settle(self.everyone)
        return under_way > 0 and before > 0

    def strike(self) -> None:
        """Do the harm, and mend it."""
        self.server.kill()
        self.server.start()

    def check_clients(self) -> None:
        """Every stream has every message once, in order, on both sides."""
        for client in self.everyone:
            assert client.problems == [], f"{client.name}: {client.problems[:3]}"
            assert list(client.acked) == client.sent, client.name
        for visitor, operator in zip(self.visitors, self.operators, strict=True):
            conversation_id = visitor.conversation_id
            assert conversation_id is not None
            whole = operator.stream[conversation_id]
            assert sorted(whole) == list(range(1, len(whole) + 1))
            for author in (visitor, operator):
                places = [author.acked[client_id] for client_id in author.sent]
                assert places == sorted(places), f"{author.name} is out of order"
                stored = [
                    m["client_id"] for _, m in sorted(whole.items()) if (m["client_id"] or "")[:-7] == author.name
                ]
                assert stored == author.sent, author.name
                for client_id, (where, seq) in author.acked.items():
                    assert where == conversation_id
                    assert whole[seq]["client_id"] == client_id
                    assert whole[seq]["text"] == f"text of {client_id}"
            for other in self.operators:
                assert other.stream[conversation_id] == whole, other.name
            shown = {seq: message for seq, message in whole.items() if message["kind"] != "note"}
            assert visitor.stream == {conversation_id: shown}, visitor.name

    async def check_history(self, when: str) -> None:
        """What REST pages to either side is what came by the streams."""
        async with httpx.AsyncClient(base_url=f"{self.server.url}/api/v1", timeout=20) as http:
            for visitor, operator in zip(self.visitors, self.operators, strict=True):
                assert visitor.conversation_id is not None
                whole = operator.stream[visitor.conversation_id]
                shown = visitor.stream[visitor.conversation_id]
                for prefix, reader, held in (("", operator, whole), ("/visitor", visitor, shown)):
                    path = f"{prefix}/conversations/{visitor.conversation_id}/messages"
                    after = self.read.get(path, 0)
                    found = await history(http, path, reader.credentials, after)
                    expected = [message for seq, message in sorted(held.items()) if seq > after]
                    assert found == expected, f"{when}: {path}"
                    self.read[path] = max(held)

    async def check_snapshots(self, numbers: object) -> None:
        """Who comes without a position gets the newest page."""
        assert isinstance(numbers, list | range)
        for number in numbers:
            visitor, operator = self.visitors[number], self.operators[number]
            assert visitor.conversation_id is not None
            id_ = visitor.conversation_id
            url, hello = self.server.socket_url, {"site": self.server.site["key"], "token": visitor.token}
            one = Client(url, "/w/socket", "new", hello)
            other = Client(url, "/api/v1/socket", "new", {"transcripts": [id_]}, headers=operator.headers)
            async with connected([one, other]):
                (seen,), (overseen,) = one.welcomes, other.welcomes
            for state, held in (
                (seen["visitor_state"], visitor.stream[id_]),
                (overseen["operator_state"], operator.stream[id_]),
            ):
                assert state["messages"] == [message for _, message in sorted(held.items())][-50:]
            assert [row["id"] for row in seen["visitor_state"]["conversations"]] == [id_]
            last_seq = max(operator.stream[id_])
            assert {row["id"]: row["last_seq"] for row in overseen["operator_state"]["conversations"]}[id_] == last_seq


async def history(http: httpx.AsyncClient, path: str, headers: dict[str, str], after: int) -> list[object]:
    """All messages after a seq, page by page."""
    found: list[object] = []
    while True:
        answer = await http.get(path, params={"after": after, "limit": 100}, headers=headers)
        page = answer.raise_for_status().json()
        found += page["items"]
        if not page["has_more"]:
            return found
        after = page["items"][-1]["seq"]


def operator_accounts(server: Server) -> list[dict[str, str]]:
    """Operators who were invited: the headers of their browsers."""
    found = []
    for number in range(ACCOUNTS):
        invitation = {"email": f"o{number}@shop.test", "name": f"O{number}", "role": "operator"}
        link = server.call("POST", "/operators/invitations", invitation)["link"].rpartition("/")[2]
        with httpx.Client(base_url=f"{server.url}/api/v1", headers={"origin": server.url}) as person:
            person.post("/links/accept", json={"token": link, "password": PASSWORD}).raise_for_status()
            found.append({"origin": server.url, "cookie": f"klepet_session={person.cookies['klepet_session']}"})
    return found
