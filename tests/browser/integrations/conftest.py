"""A klepet that may call this machine, and a receiver of webhooks on it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.browser.console.conftest import console, consoles, office
from tests.browser.console.office import EMAIL, NAME, PASSWORD, Office

__all__ = ["console", "consoles", "office", "receiver", "running_office"]

SETTING = "KLEPET_ALLOW_PRIVATE_WEBHOOKS"


@pytest.fixture(scope="package")
def running_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A klepet of these tests' own, set up by REST."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(SETTING, "1")
        office = Office(tmp_path_factory.mktemp("klepet"))
    token = (office.setup_link or "").rpartition("/")[2]
    office.owner.ask("POST", "/setup", {"token": token, "email": EMAIL, "name": NAME, "password": PASSWORD})
    office.owner.sign_in()
    yield office
    office.close()


class Receiver(ThreadingHTTPServer):
    """Takes what is delivered and answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.deliveries: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.url = f"http://127.0.0.1:{self.server_address[1]}/klepet"

    def verified(self, secret: str) -> list[Any]:
        """The payloads that the ready library takes for signed with this secret; refuses any that is not."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.deliveries]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.deliveries.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A program that listens on this machine."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
