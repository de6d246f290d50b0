"""An operator who answers through REST and the socket, as the console does."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser.checks import PATIENCE

PROTOCOL = 1
PING_SECONDS = 25
EMAIL, PASSWORD = "ana@example.com", "correct horse battery staple"


class OperatorDesk:
    """Ana, owner and operator."""

    def __init__(self, klepet: str, setup_token: str | None) -> None:
        self.klepet = klepet
        self.http = httpx.Client(base_url=klepet, timeout=PATIENCE)
        if setup_token:
            body = {"token": setup_token, "email": EMAIL, "name": "Ana Novak", "password": PASSWORD, "language": "en"}
            me = self._ask("POST", "/setup", body)
        else:
            me = self._ask("POST", "/session", {"email": EMAIL, "password": PASSWORD})
        self.http.headers["X-Klepet-Csrf"] = me["csrf_token"]
        self.id: str = me["operator"]["id"]
        self.site_ids: set[str] = set()
        """The sites of this test; other conversations are not seen."""
        self.first_site_id = ""
        self.secrets: dict[str, dict[str, str]] = {}
        self.socket: ClientConnection | None = None
        self._commands = 0

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, "/api/v1" + path, json=body, headers={"Origin": self.klepet})
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def create_site(self, name: str, **settings: Any) -> Any:
        """A new site, its settings changed."""
        site = self._ask("POST", "/sites", {"name": name})
        return self._ask("PATCH", f"/sites/{site['id']}", {"settings": site["settings"] | settings})

    def be(self, availability: str) -> None:
        """Accept conversations, or not. Whoever accepts is also connected, as with an open console."""
        self._ask("PUT", "/me/availability", {"availability": availability})
        if availability == "accepting" and self.socket is None:
            token = self._ask("POST", "/api-tokens", {"name": "desk", "role": "operator"})["token"]
            self.socket = connect(self.klepet.replace("http", "ws") + "/api/v1/socket", legacy=True)
            self._send(type="hello", protocol=PROTOCOL, token=token)
            assert json.loads(self.socket.recv(timeout=PATIENCE))["type"] == "welcome"
            threading.Thread(target=self._listen, args=(self.socket,), daemon=True).start()

    def _listen(self, socket: ClientConnection) -> None:
        """Take what comes and ping from time to time, as a console does: who is silent is closed."""
        with suppress(ConnectionClosed):
            while True:
                ends = time.monotonic() + PING_SECONDS
                with suppress(TimeoutError):
                    while (left := ends - time.monotonic()) > 0:
                        socket.recv(timeout=left)
                socket.send(json.dumps({"type": "ping"}))

    def set_photo(self, photo: bytes | None) -> None:
        """Show a face, or none."""
        headers = {"Origin": self.klepet, "Content-Type": "image/png"}
        method = "DELETE" if photo is None else "PUT"
        answer = self.http.request(method, "/api/v1/me/photo", content=photo, headers=headers)
        assert answer.is_success, answer.text

    def leave(self) -> None:
        """Close the console."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def close(self) -> None:
        """Go home."""
        self.leave()
        self.http.close()

    def _send(self, **frame: Any) -> None:
        assert self.socket is not None
        self.socket.send(json.dumps(frame))

    def conversations(self, view: str = "all") -> list[dict[str, Any]]:
        """What the list shows of this test's sites."""
        rows = self._ask("GET", f"/conversations?view={view}")["items"]
        return [row for row in rows if row["site_id"] in self.site_ids]

    def newest(self, within: float = PATIENCE) -> str:
        """The id of the conversation opened last."""
        ends = time.monotonic() + within
        while not (rows := self.conversations() + self.conversations("closed")):
            assert time.monotonic() < ends, "no conversation came"
            time.sleep(0.1)
        return str(max(row["id"] for row in rows))

    def transcript(self, conversation: str | None = None) -> Any:
        """Every entry of a conversation."""
        return self._ask("GET", f"/conversations/{conversation or self.newest()}/messages?limit=100")["items"]

    def texts(self, conversation: str | None = None) -> list[str]:
        """What the visitor wrote, in order."""
        return [row["text"] for row in self.transcript(conversation) if row["author"]["kind"] == "visitor"]

    def waits_for(self, *texts: str, within: float = PATIENCE) -> None:
        """The visitor's messages are exactly these, in this order."""
        ends = time.monotonic() + within
        while (found := self.texts()) != list(texts):
            assert time.monotonic() < ends, f"{found} instead of {list(texts)}"
            time.sleep(0.1)

    def accept(self, conversation: str | None = None) -> None:
        """Take the conversation."""
        self._ask("PUT", f"/conversations/{conversation or self.newest()}/assignment", {"operator_id": self.id})

    def say(self, text: str, conversation: str | None = None, kind: str = "text") -> Any:
        """Write a message or a note."""
        self._commands += 1
        body = {"client_id": f"desk-{time.time_ns()}-{self._commands}", "text": text, "kind": kind}
        return self._ask("POST", f"/conversations/{conversation or self.newest()}/messages", body)

    def acknowledge(self, *, has_read: bool, conversation: str | None = None) -> None:
        """Hold, or have read, all that is there."""
        at = conversation or self.newest()
        last = self.transcript(at)[-1]["seq"]
        self._ask("PUT", f"/conversations/{at}/receipt", {"delivered_seq": last, "read_seq": last if has_read else 0})

    def type(self, is_typing: bool, conversation: str | None = None) -> None:
        """Type, or stop."""
        self._send(type="set_typing", conversation_id=conversation or self.newest(), is_typing=is_typing)

    def close_conversation(self, conversation: str | None = None) -> None:
        """End it."""
        self._ask("POST", f"/conversations/{conversation or self.newest()}/closure")

    def reopen_conversation(self, conversation: str) -> None:
        """Go on with it."""
        self._ask("DELETE", f"/conversations/{conversation}/closure")

    def read_marks(self, conversation: str | None = None) -> tuple[int, int]:
        """How far the visitor's side was delivered and has read."""
        row = self._details(conversation)["conversation"]
        return row["visitor_delivered_seq"], row["visitor_read_seq"]

    def _details(self, conversation: str | None) -> Any:
        return self._ask("GET", f"/conversations/{conversation or self.newest()}")

    def waits_until_gone(
        self, conversation: str, meanwhile: Callable[[], None] = lambda: None, within: float = PATIENCE
    ) -> None:
        """The visitor is not connected any more."""
        ends = time.monotonic() + within
        while self._details(conversation)["visitor"]["is_online"]:
            assert time.monotonic() < ends, "the server still takes the visitor to be there"
            meanwhile()
            time.sleep(0.2)

    def contact(self, conversation: str | None = None) -> dict[str, Any]:
        """Who is on the other side."""
        contact: dict[str, Any] = self._details(conversation)["contact"]
        return contact

    def orders(self, conversation: str | None = None) -> list[dict[str, Any]]:
        """What that person ordered."""
        orders: list[dict[str, Any]] = self._details(conversation)["orders"]
        return orders

    def sign_identity(self, claims: dict[str, Any], site_id: str | None = None) -> str:
        """What the customer's own server does: sign who its customer is."""
        site = site_id or self.first_site_id
        if site not in self.secrets:
            self.secrets[site] = self._ask("POST", f"/sites/{site}/secrets")
        secret = self.secrets[site]
        document = json.dumps({"kid": secret["id"], "exp": int(time.time()) + 3_600, **claims}).encode()
        payload = base64.urlsafe_b64encode(document).rstrip(b"=")
        signature = hmac.digest(secret["secret"].encode(), payload, "sha256")
        return (payload + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()
