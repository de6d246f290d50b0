"""What suites share: one PostgreSQL server, empty databases on both engines, and examples that stay the same."""

import functools
import os
from collections.abc import Callable, Iterator

import httpx
import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresServer, binaries
from tests.schemas import make_schema

PATIENCE = 60.0
"""Seconds that a client waits where its test names no others."""
IS_LONG = os.environ.get("KLEPET_FAULTS") == "long"
settings.register_profile(
    "klepet",
    derandomize=not IS_LONG,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    print_blob=True,
)
settings.load_profile("klepet")
"""The same examples each time, however slow the machine is; only the long runs look for new ones."""


@pytest.fixture(scope="session", autouse=True)
def quick_and_patient_clients() -> Iterator[None]:
    """Clients of httpx share one store of certificates (reading it takes 30 ms), and wait for a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", functools.cache(httpx.create_ssl_context))
        for phase in ("connect", "read", "write", "pool"):
            patch.setattr(f"httpx._config.DEFAULT_TIMEOUT_CONFIG.{phase}", PATIENCE)
        yield


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
