"""A PostgreSQL that is out of something: its disk is full, or others have taken all of its connections."""

import asyncio
import contextlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.fault.crowd import Crowd, now
from tests.fault.server import Server
from tests.postgres import PostgresServer, binaries

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

TIMES = 5
SIZE_MB = 220
REFUSALS = 12


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A small disk of its own; to make one takes root."""
    if os.geteuid() != 0 or binaries() is None:
        pytest.skip("a disk of one's own takes root")
    folder = Path(tempfile.mkdtemp(prefix="klepet-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=755", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def test_a_database_whose_disk_is_full(make_server: Callable[..., Server], small_disk: Path) -> None:
    settings = ("min_wal_size=32MB", "max_wal_size=32MB")
    postgres = PostgresServer(is_durable=True, within=small_disk, settings=settings)
    server = make_server(KLEPET_DATABASE=postgres.create())
    crowd = Crowd(server)

    async def story() -> None:
        async with crowd.gathered():
            for _ in range(TIMES):
                before = sum(client.refusals for client in crowd.everyone)
                await asyncio.to_thread(fill, small_disk / "ballast")
                async with crowd.talking():
                    while sum(client.refusals for client in crowd.everyone) < before + REFUSALS:
                        await crowd.begin_writing()
                        await asyncio.sleep(0.1)
                    crowd.end_writing()
                    assert (await asyncio.to_thread(server.call, "GET", "/me"))["operator"]["name"] == "Ada"
                    (small_disk / "ballast").unlink()
                await crowd.recover("disk full")

    try:
        asyncio.run(story())
    finally:
        server.close()
        postgres.remove()


def fill(path: Path) -> None:
    """Write until nothing more goes in."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (2**20, 4096):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def test_a_database_that_takes_no_more_connections(make_server: Callable[..., Server]) -> None:
    """Others have taken all of its connections, klepet's own among them; then they let go."""
    postgres = PostgresServer(settings=("max_connections=14", "superuser_reserved_connections=0"))
    url = postgres.create()
    server = make_server(KLEPET_DATABASE=url)
    crowd = Crowd(server)

    async def story() -> None:
        async with crowd.gathered():
            for _ in range(TIMES):
                hog = Hog(postgres.url("postgres"), url.rsplit("/", 1)[1])
                async with crowd.talking():
                    await asyncio.to_thread(hog.is_full.wait, 60)
                    before = sum(client.refusals for client in crowd.everyone)
                    ends = now() + 30
                    while sum(client.refusals for client in crowd.everyone) < before + REFUSALS:
                        assert now() < ends, "nobody was refused"
                        await asyncio.sleep(0.05)
                    await asyncio.to_thread(hog.let_go)
                await crowd.recover("no connections left")

    try:
        asyncio.run(story())
    finally:
        server.close()
        postgres.remove()


class Hog:
    """Takes every connection that there is, and those of a database too."""

    def __init__(self, url: str, victim: str) -> None:
        self.is_full = threading.Event()
        self._url, self._victim = url, victim
        self._held: list[psycopg.Connection] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        while not self._ends.is_set():
            try:
                self._held.append(psycopg.connect(self._url, autocommit=True))
            except psycopg.OperationalError:
                if not self._held[0].execute(query, (self._victim,)).fetchall():
                    self.is_full.set()
                self._ends.wait(0.01)

    def let_go(self) -> None:
        """Give everything back."""
        self._ends.set()
        self._thread.join()
        for conn in self._held:
            conn.close()
