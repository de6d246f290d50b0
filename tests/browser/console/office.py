"""A klepet process of its own, and people around it: operators who sign in by REST, visitors who write by REST."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import BrowserContext

from tests.browser.checks import PATIENCE
from tests.ports import free_port

START_SECONDS = 60
DESKTOP: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-GB",
    "timezone_id": "Europe/Warsaw",
}
EMAIL, NAME, PASSWORD = "ana@example.com", "Ana Novak", "correct horse battery staple"


class Office:
    """The server and its owner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.klepet = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.setup_link = self.start()
        self.owner = Person(self.klepet)
        self.site: dict[str, Any] = {}
        self._visitors: list[Visitor] = []

    @property
    def console(self) -> str:
        """Where the console is."""
        return f"{self.klepet}/console/"

    def start(self) -> str | None:
        """Start the server; the answer is the path of the set-up link, if it printed one."""
        log = self.folder / "server.log"
        with log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "klepet", "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                env=os.environ
                | {
                    "KLEPET_DATA": str(self.folder / "data"),
                    "KLEPET_DEMO": "0",
                    "KLEPET_RATE_SCALE": "100",
                    "PYTHONUNBUFFERED": "1",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                if httpx.get(f"{self.klepet}/api/v1/setup", timeout=5).is_success:
                    break
            except httpx.TransportError:
                pass
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.1)
        link = re.search(r"#(/setup/\S+)", log.read_text())
        return link and link.group(1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def close(self) -> None:
        """End everything."""
        self.stop()
        self._forget_visitors()
        self.owner.http.close()

    def new_site(self) -> None:
        """A site that nobody has written on yet."""
        self.site = self.owner.ask("POST", "/sites", {"name": f"Site {secrets.token_hex(3)}"})

    def visitor(self) -> "Visitor":
        """Somebody new on the site."""
        visitor = Visitor(self.klepet, self.site["key"])
        self._visitors.append(visitor)
        return visitor

    def waits_until_found(self, words: str) -> None:
        """The search, which learns of a message a moment later, knows of it."""
        ends = time.monotonic() + PATIENCE
        while not self.owner.ask("GET", f"/search?q={quote(words)}")["items"]:
            assert time.monotonic() < ends, f"nothing is found for {words}"
            time.sleep(0.05)

    def _forget_visitors(self) -> None:
        for visitor in self._visitors:
            visitor.http.close()
        self._visitors.clear()

    def close_everything(self) -> None:
        """Leave an empty desk for the next test."""
        self._forget_visitors()
        for conversation in self.owner.ask("GET", "/conversations?view=all&limit=100")["items"]:
            self.owner.ask("POST", f"/conversations/{conversation['id']}/closure")


class Person:
    """Somebody with an account, through REST."""

    def __init__(self, klepet: str) -> None:
        self.klepet = klepet
        self.http = httpx.Client(base_url=klepet, timeout=PATIENCE, headers={"Origin": klepet})
        self.id = ""

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        """Start a session."""
        self.take(self.ask("POST", "/session", {"email": email, "password": password}))

    def take(self, me: dict[str, Any]) -> None:
        """Be who the server says I am."""
        self.http.headers["X-Klepet-Csrf"] = me["csrf_token"]
        self.id = me["operator"]["id"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The server's answer, which must be a good one."""
        answer = self.http.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def waits_until_kept(self, **preferences: Any) -> None:
        """The server knows what was chosen in the console."""
        ends = time.monotonic() + PATIENCE
        while not preferences.items() <= (found := self.ask("GET", "/me")["preferences"]).items():
            assert time.monotonic() < ends, f"{found} instead of {preferences}"
            time.sleep(0.05)

    def enter(self, context: BrowserContext) -> None:
        """Be signed in in a browser too."""
        for name, value in self.http.cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": self.klepet}])


class Visitor:
    """Somebody on the site, through the visitor's REST."""

    def __init__(self, klepet: str, key: str) -> None:
        self.http = httpx.Client(base_url=f"{klepet}/api/v1/visitor", timeout=PATIENCE)
        token = self._ask("POST", "/session", {"site": key})["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.conversation_id = ""

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def says(self, text: str) -> "Visitor":
        """Write; the first word opens a conversation."""
        message = self._ask("POST", "/messages", {"client_id": secrets.token_hex(8), "text": text})
        self.conversation_id = message["conversation_id"]
        return self

    def is_called(self, name: str) -> "Visitor":
        """Say one's name."""
        self._ask("PATCH", "/contact", {"name": name})
        return self

    def orders(self, order: dict[str, Any]) -> None:
        """Buy something, as the page reports it."""
        self._ask("POST", "/orders", order)

    def ends(self) -> None:
        """End the conversation."""
        self._ask("POST", f"/conversations/{self.conversation_id}/closure")

    def texts(self) -> list[str]:
        """What the visitor sees of the transcript, without system lines."""
        page = self._ask("GET", f"/conversations/{self.conversation_id}/messages?limit=100")
        return [message["text"] for message in page["items"] if message["kind"] != "system"]

    def waits_for(self, *texts: str, within: float = PATIENCE) -> None:
        """The transcript is exactly this, soon."""
        ends = time.monotonic() + within
        while (seen := self.texts()) != list(texts):
            assert time.monotonic() < ends, seen
            time.sleep(0.1)
