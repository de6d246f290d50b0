"""Two processes on one PostgreSQL: visitors at one, operators at the other, and each of the three dies in turn."""

import asyncio
import os
import random
from collections.abc import Callable

import pytest

from tests.fault.server import Server
from tests.fault.test_crash import Crashes
from tests.postgres import PostgresServer

RECOVERY_SECONDS = 5.0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_acknowledged_messages_survive_the_death_of_any_process(
    make_server: Callable[..., Server], postgres: PostgresServer
) -> None:
    seed = int(os.environ.get("KLEPET_SEED") or random.randrange(10**9))
    print(f"seed {seed}: repeat with KLEPET_SEED={seed}")
    url = postgres.create()
    first = make_server(KLEPET_DATABASE=url)
    second = make_server(beside=first, KLEPET_DATABASE=url)
    asyncio.run(Deaths(first, second, postgres, random.Random(seed)).run())


class Deaths(Crashes):
    """Rounds in which one of three processes is killed."""

    rounds = 60

    def __init__(self, first: Server, second: Server, postgres: PostgresServer, chance: random.Random) -> None:
        super().__init__(first, chance, operators_at=second)
        self.second = second
        self.postgres = postgres
        self.turn = 0

    async def round(self) -> bool:
        """A round; what one process stored reaches the other within RECOVERY_SECONDS."""
        was_mid_way = await super().round()
        ends = asyncio.get_running_loop().time() + RECOVERY_SECONDS
        while asyncio.get_running_loop().time() < ends:
            try:
                self.check_clients()
                break
            except AssertionError:
                await asyncio.sleep(0.05)
        return was_mid_way

    def strike(self) -> None:
        self.turn += 1
        for client in self.everyone:  # who misses more events than can be resumed would get a snapshot
            client.is_writing = False
        match self.turn % 3:
            case 0:
                super().strike()
            case 1:
                self.second.kill()
                self.second.start()
            case 2:
                self.postgres.kill()
                self.postgres.start()
