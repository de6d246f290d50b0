"""Servers of their own for tests that break them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault.crowd import IS_LONG
from tests.fault.server import Server
from tests.postgres import PostgresServer, binaries


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out, unless they are asked for: those marked `long`, or `long(engine)` on that engine."""
    if not IS_LONG:
        items[:] = [item for item in items if not _is_long(item)]


def _is_long(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("long")
    if mark is None:
        return False
    engine = item.callspec.params.get("engine") if isinstance(item, pytest.Function) and mark.args else None
    return not mark.args or engine in mark.args


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, set up with an owner and a site; ends them after the test."""
    made: list[Server] = []

    def make(*, beside: Server | None = None, **options: Any) -> Server:
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        server = Server(folder, **options)
        made.append(server)
        if beside is None:
            server.set_up()
        else:
            server.join(beside)
        return server

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """One server."""
    return make_server()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that keeps what it says it keeps."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed: sudo apt-get install postgresql")
    server = PostgresServer(is_durable=True)
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """A test that asks for it runs on both engines."""
    return str(request.param)


@pytest.fixture
def either_server(engine: str, request: pytest.FixtureRequest, make_server: Callable[..., Server]) -> Server:
    """One server; a test that asks for it runs on both engines."""
    if engine == "sqlite":
        return make_server()
    return make_server(KLEPET_DATABASE=request.getfixturevalue("postgres").create())
