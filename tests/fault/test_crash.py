"""Nothing acknowledged is lost, doubled or out of order when the server dies: kill -9 while fifty people write."""

import asyncio
import random

import pytest

from tests.fault.clients import settle
from tests.fault.crowd import IS_LONG, Crowd, chance
from tests.fault.server import Server

PAIRS = 25
SAMPLE = 4
"""Pairs whose whole history is asked for after each round; of all of them at the end."""
ROUNDS = 100 if IS_LONG else 20


@pytest.mark.slow
@pytest.mark.long("postgresql")
@pytest.mark.timeout(3600 if IS_LONG else 600)
def test_acknowledged_messages_survive_kills(either_server: Server) -> None:
    asyncio.run(Crashes(Crowd(either_server, pairs=PAIRS), chance(), ROUNDS).run())


class Crashes:
    """The rounds, and what is looked at after each."""

    def __init__(self, crowd: Crowd, chance: random.Random, rounds: int) -> None:
        self.crowd = crowd
        self.chance = chance
        self.rounds = rounds

    async def run(self) -> None:
        """All rounds."""
        crowd = self.crowd
        async with crowd.gathered():
            killed_mid_way = 0
            for number in range(self.rounds):
                killed_mid_way += await self.round()
                crowd.check_clients()
                some = self.chance.sample(range(len(crowd.visitors)), SAMPLE)
                await crowd.check_history(f"round {number}", some)
                await crowd.check_snapshots(some[:2])
        messages = sum(len(client.sent) for client in crowd.everyone)
        print(f"{messages} messages, {self.rounds} kills, {killed_mid_way} of them with messages under way")
        assert killed_mid_way >= int(self.rounds * 0.9)

    async def round(self) -> bool:
        """Traffic, a kill in the middle, a restart, and quiet. Tells whether messages were under way."""
        everyone = self.crowd.everyone
        await self.crowd.begin_writing()
        await asyncio.sleep(self.chance.uniform(0.05, 0.35))
        before = sum(len(client.acked) for client in everyone)
        self.crowd.server.environment["KLEPET_SOCKETS"] = self.chance.choice(["picows", "picows", "uvicorn"])
        under_way = sum(len(client.waiting) for client in everyone)  # after the strike a survivor has answered its own
        await asyncio.to_thread(self.strike)
        await asyncio.sleep(self.chance.uniform(0, 0.1))
        self.crowd.end_writing()
        await settle(everyone)
        return under_way > 0 and before > 0

    def strike(self) -> None:
        """Do the harm, and mend it."""
        self.crowd.server.kill()
        self.crowd.server.start()
