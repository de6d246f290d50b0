"""Two processes of one installation with nginx in front, as docs/deploying.md sets them up."""

from pathlib import Path

from tests.fault.nginx import Nginx
from tests.fault.server import Server


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
