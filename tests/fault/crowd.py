"""Visitors and operators in pairs who write to each other, and what has to hold of everything that they were told:
what was acknowledged is there exactly once, in order, for every reader.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.fault.clients import WINDOW, Client, connected, settle
from tests.fault.server import NO_TLS, PASSWORD, Server

IS_LONG = os.environ.get("KLEPET_FAULTS") == "long"
RECOVERY_SECONDS = 5.0 if IS_LONG else 30.0
"""Within which all is well again after a cause has ended. The ordinary run shares its machine with others."""
ACCOUNTS = 5
LULL_SECONDS = 0.05


def chance() -> random.Random:
    """Chances that can be repeated: the seed is printed."""
    seed = int(os.environ.get("KLEPET_SEED") or random.randrange(10**9))
    print(f"seed {seed}: repeat with KLEPET_SEED={seed}")
    return random.Random(seed)


class Crowd:
    """Pairs of a visitor at one server and an operator at the same or another. Each operator hears everybody."""

    def __init__(self, server: Server, operators_at: Server | None = None, *, pairs: int = 6) -> None:
        self.server = server
        elsewhere = operators_at or server
        accounts = operator_accounts(server, min(ACCOUNTS, pairs))
        path, hello = "/w/socket", {"site": server.site["key"]}
        self.visitors = [Client(server.socket_url, path, f"visitor-{n:03}", hello) for n in range(pairs)]
        self.operators = [
            Client(elsewhere.socket_url, "/api/v1/socket", f"operator-{n:03}", {}, headers=accounts[n % len(accounts)])
            for n in range(pairs)
        ]
        self.everyone = [*self.visitors, *self.operators]
        self._read: dict[str, int] = {}
        self._checked: dict[str, int] = {}

    @asynccontextmanager
    async def gathered(self) -> AsyncIterator[None]:
        """All are connected, each pair in its conversation; at the end everything is looked at from the start."""
        async with connected(self.everyone):
            for visitor in self.visitors:
                visitor.send()
            await settle(self.visitors)
            for visitor, operator in zip(self.visitors, self.operators, strict=True):
                operator.conversation_id = visitor.conversation_id
            yield
            self._read.clear()
            self._checked.clear()
            await self.until_checked(RECOVERY_SECONDS)
            await self.check_history("the end")
            await self.check_snapshots(range(len(self.visitors)))

    async def begin_writing(self) -> None:
        """Everybody writes from now on, as fast as they are answered."""
        for client in self.everyone:
            client.is_writing = True
            await client.stir()

    def end_writing(self) -> None:
        """Nobody begins another message."""
        for client in self.everyone:
            client.is_writing = False

    async def say_something(self, writers: Iterable[Client] | None = None) -> None:
        """One message of each, which may have to wait."""
        for client in self.everyone if writers is None else writers:
            client.compose()
            await client.stir()

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """Meanwhile everybody says something now and then, and again what was refused; two at once wait at most."""

        async def talk() -> None:
            while True:
                for client in self.everyone:
                    if len(client.waiting) < WINDOW:
                        client.compose()
                    await client.stir()
                await asyncio.sleep(LULL_SECONDS * 2)

        talk_on = asyncio.create_task(talk())
        try:
            yield
        finally:
            talk_on.cancel()
            await asyncio.gather(talk_on, return_exceptions=True)

    async def until_heard(self, writers: Iterable[Client], seconds: float) -> float:
        """One more message of each of these is acknowledged within this time; tells after how long."""
        began = now()
        chosen = list(writers)
        before = [len(one.acked) for one in chosen]
        while any(len(one.acked) <= count for one, count in zip(chosen, before, strict=True)):
            assert now() - began < seconds, "; ".join(map(str, chosen))
            await asyncio.sleep(LULL_SECONDS)
        return now() - began

    async def recover(self, cause: str, seconds: float = RECOVERY_SECONDS) -> float:
        """A cause has just ended: what waits is acknowledged, and everybody hears everything, within the time. Tells
        the seconds that it took.
        """
        began = now()
        self.end_writing()
        await self.say_something()
        await settle(self.everyone, seconds)
        await self.until_checked(seconds - (now() - began))
        took = now() - began
        print(f"{cause}: all well after {took:.2f} s, {sum(len(one.sent) for one in self.everyone)} messages so far")
        return took

    async def until_checked(self, seconds: float) -> None:
        """What `check_clients` says becomes true within this time."""
        ends = now() + seconds
        while True:
            try:
                return self.check_clients()
            except AssertionError:
                if now() > ends:
                    raise
            await asyncio.sleep(LULL_SECONDS)

    def check_clients(self) -> None:
        """Every stream has every message once, in order, on both sides. What was seen to be right is not compared
        again until the end.
        """
        for client in self.everyone:
            assert client.problems == [], f"{client.name}: {client.problems[:3]}"
            assert list(client.acked) == client.sent, client.name
        for visitor, operator in zip(self.visitors, self.operators, strict=True):
            self._check_pair(visitor, operator)

    def _check_pair(self, visitor: Client, operator: Client) -> None:
        id_ = visitor.conversation_id
        assert id_ is not None
        whole = operator.stream[id_]
        assert sorted(whole) == list(range(1, len(whole) + 1)), f"{operator.name} has {sorted(whole)}"
        seen = self._checked.get(id_, 0)
        fresh = {seq: message for seq, message in whole.items() if seq > seen}
        for author in (visitor, operator):
            places = [author.acked[client_id] for client_id in author.sent]
            assert places == sorted(places), f"{author.name} is out of order"
            stored = [m["client_id"] for _, m in sorted(whole.items()) if (m["client_id"] or "")[:-7] == author.name]
            assert stored == author.sent, author.name
            for client_id, (where, seq) in author.acked.items():
                assert where == id_
                if seq > seen:
                    assert whole[seq]["client_id"] == client_id
                    assert whole[seq]["text"] == f"text of {client_id}"
        for other in self.operators:
            assert other.stream[id_].keys() == whole.keys(), f"{other.name} has another number of messages"
            assert {seq: other.stream[id_][seq] for seq in fresh} == fresh, other.name
        shown = {seq: message for seq, message in whole.items() if message["kind"] != "note"}
        assert list(visitor.stream) == [id_], visitor.name
        assert visitor.stream[id_].keys() == shown.keys(), visitor.name
        assert all(visitor.stream[id_][seq] == message for seq, message in shown.items() if seq > seen), visitor.name
        self._checked[id_] = len(whole)

    async def check_history(self, when: str, numbers: Iterable[int] | None = None) -> None:
        """What REST pages to either side is what came by the streams; of all pairs, or of these."""
        chosen = range(len(self.visitors)) if numbers is None else numbers
        async with httpx.AsyncClient(base_url=f"{self.server.url}/api/v1", timeout=20, verify=NO_TLS) as http:
            for number in chosen:
                visitor, operator = self.visitors[number], self.operators[number]
                assert visitor.conversation_id is not None
                whole = operator.stream[visitor.conversation_id]
                shown = visitor.stream[visitor.conversation_id]
                for prefix, reader, held in (("", operator, whole), ("/visitor", visitor, shown)):
                    path = f"{prefix}/conversations/{visitor.conversation_id}/messages"
                    after = self._read.get(path, 0)
                    found = await history(http, path, reader.credentials, after)
                    expected = [message for seq, message in sorted(held.items()) if seq > after]
                    assert found == expected, f"{when}: {path}"
                    self._read[path] = max(held)

    async def check_snapshots(self, numbers: Iterable[int]) -> None:
        """Who comes without a position gets the newest page."""
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


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


async def history(http: httpx.AsyncClient, path: str, headers: dict[str, str], after: int) -> list[Any]:
    """All messages after a seq, page by page."""
    found: list[Any] = []
    while True:
        answer = await http.get(path, params={"after": after, "limit": 100}, headers=headers)
        page = answer.raise_for_status().json()
        found += page["items"]
        if not page["has_more"]:
            return found
        after = page["items"][-1]["seq"]


def operator_accounts(server: Server, count: int) -> list[dict[str, str]]:
    """Operators who were invited: the headers of their browsers."""
    found = []
    for number in range(count):
        invitation = {"email": f"o{number}@shop.test", "name": f"O{number}", "role": "operator"}
        link = server.call("POST", "/operators/invitations", invitation)["link"].rpartition("/")[2]
        with httpx.Client(base_url=f"{server.url}/api/v1", headers={"origin": server.url}, verify=NO_TLS) as person:
            person.post("/links/accept", json={"token": link, "password": PASSWORD}).raise_for_status()
            found.append({"origin": server.url, "cookie": f"klepet_session={person.cookies['klepet_session']}"})
    return found
