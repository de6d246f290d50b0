"""On PostgreSQL too a snapshot and the events since are a fresh snapshot, nobody hears what is not for them, and what
the writer keeps of conversations in memory is what stands in the database. Few lives; the many are on SQLite.
"""

import os
from collections.abc import Iterator
from random import Random

import pytest

from tests.postgres import PostgresServer
from tests.property.reducers import Reducers
from tests.property.steps import STEPS
from tests.property.test_kept_states import watch_kept_states
from tests.property.test_streams import a_world, check_states, take

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

SEEDS = 60 if os.environ.get("KLEPET_FAULTS") == "long" else 2


@pytest.fixture(scope="module")
def reducers() -> Iterator[Reducers]:
    found = Reducers()
    yield found
    found.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_life_on_postgresql(
    reducers: Reducers,
    postgres: tuple[PostgresServer, str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    compared, wrong = watch_kept_states(monkeypatch)
    server, template, _ = postgres
    url = server.create(template=template)
    with a_world(reducers, url) as world:
        chance = Random(seed)
        for number, name in enumerate(chance.sample(sorted(STEPS) * 2, len(STEPS) * 2)):
            take(world, name, chance.randrange(2**16))
            if number % 10 == 0:
                check_states(world)
        check_states(world)
        assert [item.offset for item in world.events] == list(range(1, len(world.events) + 1))
        assert len(world.done) > len(STEPS) / 2
    server.drop(url)
    assert wrong == []
    assert max(compared) > 0, "nothing was kept"
