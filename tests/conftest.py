"""What suites share that run on both engines: one PostgreSQL server for all of them, and empty databases."""

from collections.abc import Callable, Iterator

import pytest

from tests.postgres import PostgresServer, binaries
from tests.schemas import make_schema


@pytest.fixture(scope="session")
def postgres() -> Iterator[tuple[PostgresServer, str, list[str]]]:
    """A server, the name of a database as the migrations make it, and the addresses of empty copies of it."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed: sudo apt-get install postgresql")
    server = PostgresServer()
    url = server.create()
    make_schema(url)
    yield server, url.rpartition("/")[2], []
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """Makes an empty database: None for a file of its own, or the address of one on a server. Every test that
    uses it runs on both engines.
    """
    if request.param == "sqlite":
        return lambda: None
    server, template, free = request.getfixturevalue("postgres")

    def give_back(url: str) -> None:
        server.empty(url)
        free.append(url)

    def make() -> str:
        url: str = free.pop() if free else server.create(template=template)
        request.addfinalizer(lambda: give_back(url))
        return url

    return make
