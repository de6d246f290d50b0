"""Servers of their own for tests that break them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault.server import Server


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, set up with an owner and a site; ends them after the test."""
    made: list[Server] = []

    def make(**options: Any) -> Server:
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        server = Server(folder, **options)
        made.append(server)
        server.set_up()
        return server

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """One server."""
    return make_server()
