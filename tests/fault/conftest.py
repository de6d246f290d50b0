"""Servers of their own for tests that break them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault.server import Server
from tests.postgres import PostgresServer, binaries

collect_ignore = [] if os.environ.get("KLEPET_FAULTS") == "long" else ["test_cluster.py"]
"""Three processes that die in turn are for `start.py test --faults`."""


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
def either_server(request: pytest.FixtureRequest, make_server: Callable[..., Server]) -> Server:
    """One server; a test that asks for it runs on both engines."""
    if request.param == "sqlite":
        return make_server()
    return make_server(KLEPET_DATABASE=request.getfixturevalue("postgres").create())
