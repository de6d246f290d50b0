"""Empty places for databases, on each engine."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from klepet.store.engine import Engine
from klepet.store.opening import open_engine

Place = Path | str


@pytest.fixture(params=["sqlite", "postgresql"])
def make_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Place]]:
    """Makes places without anything in them. Every test that uses it runs on both engines."""
    made: list[Place] = []

    def make() -> Place:
        if request.param == "sqlite":
            made.append(tmp_path / f"place-{len(made)}.db")
        else:
            server, _, _ = request.getfixturevalue("postgres")
            made.append(server.create())
        return made[-1]

    yield make
    for place in made:
        if isinstance(place, str):
            request.getfixturevalue("postgres")[0].drop(place)


@pytest.fixture
def place(make_place: Callable[[], Place]) -> Place:
    """One such place."""
    return make_place()


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    """The engine of one such place."""
    with closing(open_engine(place)) as found:
        yield found
