"""What the writer keeps of conversations in memory is what stands in the database, whatever is done in any order."""

from collections import deque
from collections.abc import Iterator
from random import Random

import pytest

from klepet.store import states
from klepet.store.transaction import OpenReader
from klepet.store.writer import Unit, Writer
from tests.property.reducers import Reducers
from tests.property.steps import STEPS
from tests.property.test_streams import a_world, take


@pytest.fixture(scope="module")
def reducers() -> Iterator[Reducers]:
    found = Reducers()
    yield found
    found.close()


def watch_kept_states(monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[object]]:
    """From now on: how many kept states each batch was compared by, and those that were not as in the database."""
    run_batch = Writer._run_batch
    compared: list[int] = []
    wrong: list[object] = []

    def compare(self: Writer, waiting: deque[Unit], seconds: float, set_size: int) -> None:
        run_batch(self, waiting, seconds, set_size)
        stored = states.load(OpenReader(self._conn), list(self._kept))
        compared.append(len(stored))
        wrong.extend((state, stored.get(id_)) for id_, state in self._kept.items() if stored.get(id_) != state)

    monkeypatch.setattr(Writer, "_run_batch", compare)
    return compared, wrong


def test_kept_states_are_those_of_the_database(reducers: Reducers, monkeypatch: pytest.MonkeyPatch) -> None:
    compared, wrong = watch_kept_states(monkeypatch)
    for seed in range(4):
        with a_world(reducers) as world:
            chance = Random(seed)
            for name in chance.sample(sorted(STEPS) * 3, len(STEPS) * 3):
                take(world, name, chance.randrange(2**16))
    assert wrong == []
    assert max(compared) > 2, "nothing was kept"
