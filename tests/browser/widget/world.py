"""A klepet process of its own, reached through a network that can fail, and the website that carries its tag."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.browser.widget.network import Network
from tests.browser.widget.operator_desk import OperatorDesk
from tests.browser.widget.pages import Pages
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
START_SECONDS = 60
GREETING = "Hello. How can we help?"


class World:
    """Everything around a visitor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.klepet = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self.network = Network(self.port)
        token = self.start()
        self.desk = OperatorDesk(self.klepet, token)
        self.pages: Pages | None = None

    @property
    def address(self) -> str:
        """Where visitors reach klepet: through the network."""
        return f"http://127.0.0.1:{self.network.port}"

    @property
    def website(self) -> str:
        """The customer's website: another origin, on plain http, which browsers do not call secure."""
        assert self.pages is not None
        return f"http://shop.test:{self.pages.port}"

    @property
    def key(self) -> str:
        """The site's key."""
        assert self.pages is not None
        return self.pages.key

    def begin(self) -> None:
        """Two new sites, an operator who accepts."""
        self.network.heal()
        settings = {"languages": ["en", "pl", "ru", "sl"], "greeting": {"en": GREETING}, "allowed_origins": []}
        first = self.desk.create_site("Kava", **settings)
        second = self.desk.create_site("Second", **settings | {"colour": "#f5a623"})
        if self.pages is None:
            self.pages = Pages(self.address, "", "")
        self.pages.key, self.pages.second_key = first["key"], second["key"]
        self.desk.site_ids = {first["id"], second["id"]}
        self.desk.first_site_id = first["id"]
        self.desk.be("accepting")

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
                    "KLEPET_DEMO": "0",
                    "KLEPET_TEST_CLOCK": str(self.clock),
                    "PYTHONUNBUFFERED": "1",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                if httpx.get(self.klepet + "/api/v1/setup", timeout=5).is_success:
                    break
            except httpx.TransportError:
                pass
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.1)
        link = re.search(r"#/setup/(\S+)", log.read_text())
        return link and link.group(1)

    def later(self, seconds: float) -> None:
        """Let time pass on the server alone."""
        self.clock.write_text(str(float(self.clock.read_text()) + seconds))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server: politely, or by SIGKILL."""
        assert self.process is not None
        self.desk.leave()
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def close(self) -> None:
        """End everything."""
        self.stop(signal.SIGKILL)
        self.desk.close()
        self.network.close()
        if self.pages:
            self.pages.close()
