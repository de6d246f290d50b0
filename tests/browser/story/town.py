"""A klepet with its demo shop, as people start it, and a network for each of the two sides that can fail alone."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from tests.browser.console.office import EMAIL, NAME, PASSWORD, START_SECONDS, Person
from tests.browser.widget.network import Network
from tests.ports import free_port

ROOT = Path(__file__).parents[3]


class HoldingNetwork(Network):
    """A network that can also hold back all that is sent, without a word, as tunnels and sleeping routers do."""

    def __init__(self, target: int) -> None:
        self._flows = threading.Event()
        self._flows.set()
        super().__init__(target)

    def hold(self) -> None:
        """Let nothing through; what was sent arrives when it heals."""
        self._flows.clear()

    def heal(self) -> None:
        """Let everything pass again, what was held first."""
        super().heal()
        self._flows.set()

    def _pipe(self, source: socket.socket, sink: socket.socket) -> None:
        super()._pipe(source, _Gate(sink, self._flows))  # type: ignore[arg-type]


class _Gate:
    """A socket that sends when it may."""

    def __init__(self, sink: socket.socket, flows: threading.Event) -> None:
        self._sink, self._flows = sink, flows

    def sendall(self, part: bytes) -> None:
        self._flows.wait()
        self._sink.sendall(part)

    def shutdown(self, how: int) -> None:
        self._sink.shutdown(how)


class Town:
    """The server, the shop, the owner with an account."""

    def __init__(self, folder: Path, later: float = 0) -> None:
        self.folder = folder
        self.port, self.shop_port = free_port(), free_port()
        self.visitors_network, self.operators_network = HoldingNetwork(self.port), HoldingNetwork(self.port)
        self.clock = folder / "clock"
        self.clock.write_text(str(later))
        self.process: subprocess.Popen[str] | None = None
        link = self.start()
        assert link is not None
        self.klepet = f"http://127.0.0.1:{self.port}"
        self.owner = Person(self.klepet)
        made = self.owner.ask("POST", "/setup", {"token": link, "email": EMAIL, "name": NAME, "password": PASSWORD})
        self.owner.take(made)
        self.owner.ask("PUT", "/me/availability", {"availability": "accepting"})
        self.colleague = self._invite("bo@example.com", "Bo Kovač")

    @property
    def shop(self) -> str:
        """The demo shop: another origin, and another name, than klepet's."""
        return f"http://shop.test:{self.shop_port}"

    @property
    def console(self) -> str:
        """Where operators go."""
        return f"http://127.0.0.1:{self.operators_network.port}/console/"

    def start(self) -> str | None:
        """Start the server; the answer is the token of the set-up link, if it printed one."""
        log = self.folder / "server.log"
        with log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.story.server_of_another_time"],
                cwd=ROOT,
                env=os.environ
                | {
                    "KLEPET_DATA": str(self.folder / "data"),
                    "KLEPET_PORT": str(self.port),
                    "KLEPET_DEMO_PORT": str(self.shop_port),
                    "KLEPET_PUBLIC_URL": f"http://127.0.0.1:{self.visitors_network.port}",
                    "KLEPET_RATE_SCALE": "100",
                    "KLEPET_TEST_CLOCK": str(self.clock),
                    "PYTHONUNBUFFERED": "1",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        ends = time.monotonic() + START_SECONDS
        while "Console " not in log.read_text().rpartition("Demo shop ")[2] or not self._answers():
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.05)
        link = re.search(r"#/setup/(\S+)", log.read_text())
        return link and link.group(1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server: politely, or by SIGKILL."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def later(self, seconds: float) -> None:
        """Let time pass on the server alone, and what follows from it happen."""
        self.clock.write_text(str(float(self.clock.read_text()) + seconds))

    def heal(self) -> None:
        """Let everything pass in the network again."""
        self.visitors_network.heal()
        self.operators_network.heal()

    def close_everything(self) -> None:
        """Leave an empty desk for the next test."""
        for conversation in self.owner.ask("GET", "/conversations?view=all&limit=100")["items"]:
            self.owner.ask("POST", f"/conversations/{conversation['id']}/closure")

    def close(self) -> None:
        """End everything."""
        self.stop(signal.SIGKILL)
        for network in (self.visitors_network, self.operators_network):
            network.close()
        for person in (self.owner, self.colleague):
            person.http.close()

    def _answers(self) -> bool:
        try:
            return all(
                httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).is_success
                for port, path in ((self.port, "/api/v1/setup"), (self.shop_port, "/"))
            )
        except httpx.TransportError:
            return False

    def _invite(self, email: str, name: str) -> Person:
        body = {"email": email, "name": name, "role": "operator"}
        link = self.owner.ask("POST", "/operators/invitations", body)["link"]
        person = Person(self.klepet)
        token = link.rpartition("/")[2]
        person.take(person.ask("POST", "/links/accept", {"token": token, "password": PASSWORD}))
        person.ask("PUT", "/me/availability", {"availability": "accepting"})
        return person
