"""klepet as it is measured: one process on SQLite, or one or more on a PostgreSQL."""

import contextlib
import time
from pathlib import Path
from typing import Any

from bench.database import Postgres
from bench.server import Server

BUSY_SHARE = 0.05
"""Of a core: a process that uses less has nothing left to do."""
LOOK_SECONDS = 0.5


class Installation:
    """Processes on one database, all on one core. Visitors go to the first, operators to the last."""

    def __init__(
        self,
        folder: Path,
        *,
        core: int,
        settings: dict[str, str] | None = None,
        processes: int = 1,
        postgres: Postgres | None = None,
        database: str = "klepet",
    ) -> None:
        self.postgres = postgres
        given = dict(settings or {})
        if postgres is not None:
            given["KLEPET_DATABASE"] = postgres.url(database) if postgres.has(database) else postgres.create(database)
        self.servers = [Server(folder, core=core, settings=given) for _ in range(processes)]

    def __enter__(self) -> "Installation":
        with contextlib.ExitStack() as stack:
            for server in self.servers:
                stack.enter_context(server)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def for_visitors(self) -> int:
        """The port that visitors use."""
        return self.servers[0].port

    @property
    def for_operators(self) -> int:
        """The port that operators use."""
        return self.servers[-1].port

    def cpu_seconds(self) -> float:
        """CPU of klepet's processes so far."""
        return sum(server.cpu_seconds() for server in self.servers)

    def database_cpu_seconds(self) -> float:
        """CPU of PostgreSQL so far; SQLite works in klepet's own process."""
        return 0.0 if self.postgres is None else self.postgres.cpu_seconds()

    def rss(self) -> int:
        """Bytes of memory that klepet's processes hold."""
        return sum(server.rss() for server in self.servers)

    def settle(self, seconds: float = 60.0) -> tuple[float, float]:
        """Wait until the servers have nothing left to do (the search index follows behind); the CPU then of klepet
        and of the database.
        """
        deadline = time.monotonic() + seconds
        before = self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            now = self.cpu_seconds()
            if now - before < BUSY_SHARE * LOOK_SECONDS * len(self.servers):
                break
            before = now
        return self.cpu_seconds(), self.database_cpu_seconds()

    def set_up(self) -> tuple[str, str]:
        """Make an owner and a site; the owner's API token and the site's key."""
        server = self.servers[-1]  # each start makes a new link, and the newest counts
        person = {
            "token": server.setup_token,
            "email": "ada@bench.test",
            "name": "Ada",
            "password": "correct horse battery",
        }
        _, me, cookie = _must(server.request("POST", "/api/v1/setup", person))
        page = {"origin": f"http://127.0.0.1:{server.port}", "x-klepet-csrf": me["csrf_token"], "cookie": cookie}
        _, made, _ = _must(server.request("POST", "/api/v1/api-tokens", {"name": "bench", "role": "owner"}, page))
        bearer = {"authorization": f"Bearer {made['token']}"}
        _, site, _ = _must(server.request("POST", "/api/v1/sites", {"name": "Bench"}, bearer))
        return str(made["token"]), str(site["key"])


def _must(answer: tuple[int, Any, str]) -> tuple[int, Any, str]:
    if answer[0] != 201:
        raise SystemExit(f"bench: the server refused: {answer[1]}")
    return answer
