"""Two processes of one installation with nginx in front, as docs/deploying.md sets them up."""

import time
from pathlib import Path

from tests.fault.nginx import Nginx
from tests.fault.server import Server

START_SECONDS = 2.5
"""Within which a process starts on a machine with two cores that nobody else uses; it takes 1.8 there."""


class House:
    """Two processes on one PostgreSQL, and two ways to them: nginx, and one that drops the header `Upgrade`."""

    def __init__(self, folder: Path, database: str, **environment: str) -> None:
        self.nginx, self.narrow = Nginx(), Nginx(passes_sockets=False)
        fixed = {
            "KLEPET_DATABASE": database,
            "KLEPET_DATA": str(folder / "data"),
            "KLEPET_PUBLIC_URL": self.nginx.url,
            "KLEPET_TRUSTED_PROXIES": "127.0.0.1",
        }
        self.servers = [Server(folder, **fixed, **environment), Server(folder, **fixed, **environment)]

        self.slowness = 1.0
        """How many times slower than that this machine was when a process was restarted."""

    def restart(self) -> None:
        """Restart one process after another."""
        for server in self.servers:
            assert server.terminate() == 0
            began = time.monotonic()
            server.start()
            self.slowness = max(self.slowness, (time.monotonic() - began) / START_SECONDS)

    def open(self) -> None:
        """Start everything; the first process makes an owner and a site."""
        first, second = self.servers
        first.set_up()
        second.join(first)
        for way in (self.nginx, self.narrow):
            way.start([server.port for server in self.servers])

    def close(self) -> None:
        """End everything."""
        for server in self.servers:
            server.close()
        self.nginx.close()
        self.narrow.close()
