"""What klepet refuses a PostgreSQL server for, and what it warns of: by real servers and a real pooler."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from klepet.store.postgres import PostgresEngine
from klepet.store.postgres_checks import ServerUnusable, check
from tests.ports import free_port
from tests.postgres import USER, PostgresServer, binaries

PGBOUNCER = Path("/usr/sbin/pgbouncer")


@pytest.fixture(scope="module")
def durable() -> Iterator[PostgresServer]:
    """A server with the settings of Debian's package."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed: sudo apt-get install postgresql")
    server = PostgresServer(is_durable=True)
    yield server
    server.remove()


def warnings(url: str) -> list[str]:
    with closing(PostgresEngine(url)) as engine:
        return engine.warnings


def test_nothing_is_said_of_a_server_as_it_comes(durable: PostgresServer) -> None:
    assert warnings(durable.create()) == []


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ('ALTER DATABASE "{name}" SET synchronous_commit = off', "ALTER DATABASE {name} RESET synchronous_commit"),
        ("ALTER ROLE postgres SET synchronous_commit = off", "ALTER ROLE postgres RESET synchronous_commit"),
        (
            'ALTER ROLE postgres IN DATABASE "{name}" SET synchronous_commit = off',
            "ALTER ROLE postgres IN DATABASE {name} RESET synchronous_commit",
        ),
    ],
)
def test_a_commit_that_does_not_wait_for_the_disk_is_named(
    durable: PostgresServer, statement: str, remedy: str
) -> None:
    url = durable.create()
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement.format(name=name))
        try:
            (said,) = warnings(url)
            assert said.startswith("synchronous_commit is off in PostgreSQL: messages ")
            assert said.endswith(remedy.format(name=name))
        finally:
            conn.execute("ALTER ROLE postgres RESET ALL")


def test_a_server_that_does_not_sync_is_named_and_the_remedy_helps(durable: PostgresServer) -> None:
    url = durable.create()
    with psycopg.connect(url, autocommit=True) as conn:
        for name in ("fsync", "full_page_writes"):
            conn.execute(f"ALTER SYSTEM SET {name} = off")
        conn.execute("SELECT pg_reload_conf()")
        while conn.execute("SHOW fsync").fetchone() != ("off",):
            time.sleep(0.01)
        first, second = warnings(url)
        assert first.startswith("fsync is off in PostgreSQL: a crash of the machine can destroy")
        assert second.startswith("full_page_writes is off in PostgreSQL: ")
        for said in (first, second):
            for command in said.partition("administrator: ")[2].partition(" (")[0].split("; "):
                conn.execute(command.partition(" (it stands")[0])
        while conn.execute("SHOW full_page_writes").fetchone() != ("on",):
            time.sleep(0.01)
    assert warnings(url) == []


def test_an_old_server_is_refused() -> None:
    old: Any = SimpleNamespace(info=SimpleNamespace(server_version=140_011, encoding="utf-8"))
    with pytest.raises(ServerUnusable, match=r"^klepet needs PostgreSQL 15 or newer; shop is 14$"):
        check(old, lambda: old, "shop")


def test_a_database_that_is_not_in_utf_8_is_refused(durable: PostgresServer) -> None:
    with psycopg.connect(durable.url("postgres"), autocommit=True) as conn:
        conn.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
    with pytest.raises(ServerUnusable, match="is in iso8859-1; klepet needs one in UTF-8"):
        PostgresEngine(durable.url("latin"))


def test_a_transaction_lost_in_a_crash_was_not_committed(durable: PostgresServer) -> None:
    """Its number lies in the future of the server that came back."""
    url = durable.create()
    with psycopg.connect(url) as conn:
        conn.execute('CREATE TABLE log_head (id int, "offset" bigint); INSERT INTO log_head VALUES (1, 0)')
    with closing(PostgresEngine(url)) as engine:
        writer = engine.open_writer()
        begun = engine.begin_batch(writer)
        assert begun.transaction_id is not None
        durable.kill()
        durable.start()
        assert engine.was_committed(engine.open_writer(), begun.transaction_id) is False


class Pooler:
    """PgBouncer in front of a server."""

    def __init__(self, server: PostgresServer, *settings: str) -> None:
        self._server = server
        self._port = free_port()
        self._folder = folder = Path(tempfile.mkdtemp(prefix="klepet-pooler-"))
        config = folder / "pgbouncer.ini"
        (folder / "users").write_text(f'"{USER}" ""\n')
        lines = ["[databases]", f"* = host=127.0.0.1 port={server.port}", "[pgbouncer]", "listen_addr = 127.0.0.1"]
        lines += [f"listen_port = {self._port}", "unix_socket_dir =", "auth_type = trust"]
        lines += [f"auth_file = {folder / 'users'}", *settings]
        config.write_text("\n".join(lines))
        command = [str(PGBOUNCER), "-q", str(config)]
        if os.geteuid() == 0:
            command[1:1] = ["-u", USER]
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, USER)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def url(self, url: str) -> str:
        """The address of a database by way of the pooler, which answers when this returns."""
        there = url.replace(f":{self._server.port}/", f":{self._port}/")
        for _ in range(500):
            try:
                psycopg.connect(there, connect_timeout=5).close()
                return there
            except psycopg.OperationalError:
                assert self._process.poll() is None, "the pooler ended"
                time.sleep(0.02)
        raise TimeoutError("the pooler does not answer")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(timeout=10)
        shutil.rmtree(self._folder)


@pytest.mark.skipif(not PGBOUNCER.exists(), reason="PgBouncer is not installed: apt-get install pgbouncer")
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            ["pool_mode = transaction"],
            "there is a pooler that refuses the options of a connection; give klepet a direct",
        ),
        (
            ["pool_mode = transaction", "ignore_startup_parameters = options"],
            "there is a pooler in transaction mode, which takes sessions and notices away; give klepet a direct",
        ),
        (
            ["pool_mode = session", "ignore_startup_parameters = options"],
            "drops the options of a connection, such as timezone; give klepet a direct connection",
        ),
    ],
)
def test_a_pooler_that_does_not_do_is_refused(durable: PostgresServer, settings: list[str], sentence: str) -> None:
    url = durable.create()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET timezone = 'Europe/Warsaw'")
    pooler = Pooler(durable, *settings)
    try:
        with pytest.raises(ServerUnusable) as refused:
            PostgresEngine(pooler.url(url))
        assert sentence in str(refused.value)
    finally:
        pooler.close()


@pytest.mark.skipif(not PGBOUNCER.exists(), reason="PgBouncer is not installed: apt-get install pgbouncer")
def test_a_pooler_that_gives_each_a_session_does(durable: PostgresServer) -> None:
    url = durable.create()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET timezone = 'UTC'")
    settings = ("pool_mode = session", "ignore_startup_parameters = options")
    pooler = Pooler(durable, *settings)
    try:
        assert warnings(pooler.url(url)) == []
    finally:
        pooler.close()
