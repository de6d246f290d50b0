"""What supervisors and balancers are told while a server serves, cannot store, and stops."""

import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.fault.server import Server
from tests.postgres import PostgresServer

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

PATIENCE = 60.0


def ask(server: Server, path: str) -> tuple[int, Any]:
    answer = httpx.get(server.url + path, timeout=PATIENCE)
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


def wait_for(server: Server, wanted: tuple[int, Any]) -> None:
    ends = time.monotonic() + PATIENCE
    while (found := ask(server, "/readyz")) != wanted:
        assert time.monotonic() < ends, found
        time.sleep(0.05)


READY = (200, {"is_ready": True, "missing": []})
ALIVE = (200, {"is_alive": True})
NO_DATABASE = (503, {"is_ready": False, "missing": ["database"]})
DRAINING = (503, {"is_ready": False, "missing": ["draining"]})


def test_it_says_no_before_it_stops_and_all_else_goes_on(make_server: Callable[..., Server]) -> None:
    server = make_server(KLEPET_DRAIN_SECONDS="300")
    assert (ask(server, "/healthz"), ask(server, "/readyz")) == (ALIVE, READY)
    process = server.process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    wait_for(server, DRAINING)
    assert ask(server, "/healthz") == ALIVE
    server.call("POST", "/sites", {"name": "Another"})
    process.send_signal(signal.SIGTERM)  # who asks again does not wait for balancers
    assert process.wait(timeout=PATIENCE) == 0


def test_a_full_disk_is_no_place_for_people(server: Server) -> None:
    assert server.terminate() == 0
    server.start(file_bytes=32_768)  # room for the index of the write-ahead log, and a few of its pages
    wait_for(server, NO_DATABASE)
    assert ask(server, "/healthz") == ALIVE


def test_a_database_that_is_away_is_said_and_comes_back(
    make_server: Callable[..., Server], postgres: PostgresServer
) -> None:
    server = make_server(KLEPET_DATABASE=postgres.create())
    assert ask(server, "/readyz") == READY
    postgres.stop()
    try:
        wait_for(server, NO_DATABASE)
        assert ask(server, "/healthz") == ALIVE
    finally:
        postgres.start()
    wait_for(server, READY)
