"""A PostgreSQL of the bench's own, from Debian's package: its default settings, so every commit is synced to disk."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from bench.processes import cpu_seconds_of, free_port
from tests.postgres import USER, binaries

CONNECTIONS = 200


def is_installed() -> bool:
    """Whether this machine has a PostgreSQL server."""
    return binaries() is not None


class Postgres:
    """A running server. Without a folder it is thrown away at the end; with one its databases stay there. It runs on
    the core of whoever starts it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        programs = binaries()
        if programs is None:
            raise SystemExit("bench: PostgreSQL is not installed; leave out --database postgresql, or install it")
        self._programs = programs
        self._is_kept = folder is not None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="klepet-bench-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def __enter__(self) -> "Postgres":
        if not (self.data / "PG_VERSION").exists():
            self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
        options += f"-c max_connections={CONNECTIONS} -c log_min_messages=error"
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-s", "-o", options, "start")
        self._pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-s", "-m", "fast", "stop")
        if not self._is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def has(self, name: str) -> bool:
        """Whether there is such a database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            return conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database, in the place of one of this name; its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)

    def size(self, name: str) -> int:
        """Bytes of a database on disk."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            found = conn.execute("SELECT pg_database_size(%s)", (name,)).fetchone()
        return int(found[0]) if found else 0

    def cpu_seconds(self) -> float:
        """CPU of the server with all processes that it has, and had."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        return cpu_seconds_of(self._pid, with_ended=True) + sum(_cpu_or_none(int(child)) for child in children)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.DEVNULL, check=False, timeout=300)
        if done.returncode:
            raise SystemExit(f"bench: {program} of PostgreSQL failed; {self.folder / 'log'} says why")


def _cpu_or_none(pid: int) -> float:
    try:
        return cpu_seconds_of(pid)
    except OSError:  # it ended just now, and counts with those that the server had
        return 0.0
