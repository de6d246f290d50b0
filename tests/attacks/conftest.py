"""Servers to attack: one that counts nothing, so that each attack is seen for itself, and one with the real limits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.server import Person, Server, Visitor
from tests.attacks.wires import OPEN


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """Leave no wire open."""
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose rate limits nobody reaches."""
    made = Server(Path(tmp_path_factory.mktemp("open")), rate_scale=10_000)
    yield made
    made.close()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Server]:
    """A server with its ordinary limits, fresh for each test. For it no time passes: however slowly a test goes on
    under load, nothing that was counted is forgotten meanwhile.
    """
    made = Server(tmp_path, rate_scale=1, module="tests.attacks.timeless")
    yield made
    made.close()


@pytest.fixture
def attacked(server: Server) -> Iterator[Server]:
    """The open server, which must work as ever after the test."""
    yield server
    server.still_works()


@pytest.fixture
def owner(server: Server) -> Person:
    """The first owner."""
    return server.owner


@pytest.fixture
def visitor(server: Server) -> Visitor:
    """Somebody new on the site."""
    return server.visitor()
