"""Two processes on one PostgreSQL: visitors at one, operators at the other, and each of the three dies in turn."""

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.fault.crowd import IS_LONG, RECOVERY_SECONDS, Crowd, chance
from tests.fault.server import Server
from tests.fault.test_crash import Crashes
from tests.postgres import PostgresServer

ROUNDS = 60 if IS_LONG else 3
PAIRS = 25 if IS_LONG else 6


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 300)
def test_acknowledged_messages_survive_the_death_of_any_process(
    make_server: Callable[..., Server], postgres: PostgresServer
) -> None:
    url = postgres.create()
    first = make_server(KLEPET_DATABASE=url)
    second = make_server(beside=first, KLEPET_DATABASE=url)
    crowd = Crowd(first, second, pairs=PAIRS)
    asyncio.run(Deaths(crowd, chance(), second, postgres).run())


class Deaths(Crashes):
    """Rounds in which one of three processes is killed."""

    def __init__(self, crowd: Crowd, chance: random.Random, second: Server, postgres: PostgresServer) -> None:
        super().__init__(crowd, chance, ROUNDS)
        self.second = second
        self.postgres = postgres
        self.turn = 0

    async def round(self) -> bool:
        """A round; what one process stored reaches the other within RECOVERY_SECONDS."""
        was_mid_way = await super().round()
        await self.crowd.until_checked(RECOVERY_SECONDS)
        return was_mid_way

    def strike(self) -> None:
        self.turn += 1
        self.crowd.end_writing()  # who misses more events than can be resumed would get a snapshot
        match self.turn % 3:
            case 0:
                super().strike()
            case 1:
                self.second.kill()
                self.second.start()
            case 2:
                self.postgres.kill()
                self.postgres.start()
