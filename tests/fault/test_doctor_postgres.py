"""`klepet doctor` on PostgreSQL: the server's version and clock, and the settings that endanger what is stored."""

from collections.abc import Callable

import psycopg
import pytest

from tests.fault.server import Server
from tests.fault.test_doctor import doctor
from tests.postgres import PostgresServer

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine


def test_what_endangers_the_database_is_told_by_both(
    make_server: Callable[..., Server], postgres: PostgresServer
) -> None:
    url = postgres.create()
    server = make_server(KLEPET_DATABASE=url)
    settings = {"KLEPET_PUBLIC_URL": server.url}
    code, found = doctor(server, **settings)
    assert (code, found["database"], found["clock"][0]) == (0, ("good", "database_good"), "good"), found
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    code, found = doctor(server, **settings)
    assert (code, found["database"]) == (1, ("bad", "database_endangered"))
    code, found = doctor(server, KLEPET_DATABASE=f"{url}-which-is-not-there", **settings)
    assert (code, found["database"]) == (1, ("bad", "database_unusable"))
