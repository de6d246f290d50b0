"""A PostgreSQL server of the tests' own: started from Debian's package, as a user without rights, thrown away after."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

import psycopg

from tests.ports import free_port

BINARIES = "/usr/lib/postgresql"
USER = "postgres"
EMPTY = """SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'
  LOOP PERFORM setval(quote_ident(name)::regclass, 1, false); END LOOP;
END $$"""
"""Rows go one by one, without a look at who refers to whom: TRUNCATE makes new files for every table."""


def binaries() -> Path | None:
    """The folder of the newest server's programs; None where none is installed."""
    found = sorted(Path(BINARIES).glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    other = shutil.which("postgres")
    return Path(other).parent if other else None


class PostgresServer:
    """A running server. `is_durable` keeps fsync on; else it is as fast as a test wants. `within`: where its folder
    lies; `settings`: lines for its configuration.
    """

    def __init__(self, *, is_durable: bool = False, within: Path | None = None, settings: Sequence[str] = ()) -> None:
        programs = binaries()
        assert programs is not None, "PostgreSQL is not installed"
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="klepet-postgres-", dir=within))
        self.port = free_port()
        self._count = 0
        self._emptying: dict[str, psycopg.Connection] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-N")
        lines = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}"]
        lines += ["shared_buffers=64MB", "max_connections=200", "log_min_messages=error", "autovacuum_naptime=5s"]
        lines += [] if is_durable else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        with open(self.folder / "data" / "postgresql.conf", "a", encoding="utf-8") as config:
            config.writelines("{} = '{}'\n".format(*line.split("=", 1)) for line in [*lines, *settings])
        self.start()

    @property
    def data(self) -> str:
        """The data folder."""
        return str(self.folder / "data")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as the user that the server runs as."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, timeout=60)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.run("pg_ctl", "-D", self.data, "-l", str(self.folder / "log"), "-w", "-s", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop; modes: fast, immediate (as after a crash)."""
        self.run("pg_ctl", "-D", self.data, "-w", "-s", "-m", mode, "stop")

    def kill(self) -> None:
        """End it as a crash does, with every process of it."""
        first = self.pid
        os.kill(first, signal.SIGKILL)
        while True:  # the others notice, and end by themselves
            found = subprocess.run(["pgrep", "-P", str(first)], capture_output=True, check=False).stdout
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, 0)
                time.sleep(0.01)
                continue
            if not found.strip():
                break
        time.sleep(0.2)

    def remove(self) -> None:
        """Stop for good."""
        for conn in self._emptying.values():
            conn.close()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The server's first process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def create(self, *, template: str = "template0") -> str:
        """Make a database and give its address."""
        self._count += 1
        name = f"klepet_{self._count}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def empty(self, url: str) -> None:
        """Take every row out of a klepet database, as after its migrations: much faster than making another.
        The connection is kept, since it has to learn what tables there are.
        """
        try:
            conn = self._emptying[url]
            conn.execute(EMPTY)
        except (KeyError, psycopg.OperationalError):  # none yet, or the test ended it
            conn = self._emptying[url] = psycopg.connect(url, autocommit=True)
            conn.execute(EMPTY)
        conn.execute('INSERT INTO log_head (id, "offset", epoch) VALUES (1, 0, %s)', (token_hex(8),))

    def drop(self, url: str) -> None:
        """Remove a database."""
        if conn := self._emptying.pop(url, None):
            conn.close()
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(f'DROP DATABASE IF EXISTS "{url.rsplit("/", 1)[1]}" WITH (FORCE)')
