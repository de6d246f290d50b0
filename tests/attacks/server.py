"""A klepet process of its own for attackers: the real server, its log kept, and people who behave."""

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.attacks.wires import HERE, OPEN, SECONDS, Socket, Wire
from tests.ports import free_port

START_SECONDS = 120
PASSWORD = "correct horse battery staple"
OWNER = "ada.owner@shop.example"


class Server:
    """The process, its first owner, and one site without allowed origins."""

    def __init__(self, folder: Path, rate_scale: float, module: str = "klepet", **environ: str) -> None:
        self.folder = folder
        self.module = module
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.secrets: set[str] = set()
        self._environ = environ | {"KLEPET_RATE_SCALE": str(rate_scale)}
        self._process = self._start()
        link = re.search(r"#/setup/(\S+)", self.log.read_text())
        assert link is not None, self.log.read_text()
        self.owner = Person(self)
        OPEN.remove(self.owner.http)
        self.owner.take(
            self.owner.ok(
                "POST", "/setup", {"token": link[1], "email": OWNER, "name": "Ada Owner", "password": PASSWORD}
            )
        )
        self.site: dict[str, Any] = self.owner.ok("POST", "/sites", {"name": "Shop"})
        self.key: str = self.site["key"]

    def _start(self) -> subprocess.Popen[bytes]:
        settings = {"KLEPET_DATA": str(self.folder / "data"), "KLEPET_DEMO": "0", "PYTHONUNBUFFERED": "1"}
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                env=os.environ | settings | self._environ,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        ends = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < ends:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url + "/api/v1/setup", timeout=5).is_success:
                    return process
            time.sleep(0.05)
        process.kill()
        process.wait()
        raise AssertionError(self.log.read_text())

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def memory_kib(self) -> int:
        """How much memory the process holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1])

    def close(self) -> None:
        """Stop it, politely: an attacked server still drains."""
        self.owner.http.close()
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(timeout=60) == 0, self.log.read_text()

    def invite(self, role: str) -> "Person":
        """An operator of a role, signed in."""
        email = f"{role}.{secrets.token_hex(4)}@shop.example"
        made = self.owner.ok("POST", "/operators/invitations", {"email": email, "name": role, "role": role})
        person = Person(self)
        data = {"token": made["link"].rpartition("/")[2], "password": PASSWORD}
        person.take(person.ok("POST", "/links/accept", data))
        return person

    def visitor(self, kind: type[Wire] = Socket, **options: Any) -> "Visitor":
        """Somebody new on the site, connected."""
        return Visitor(self, kind, **options)

    def still_works(self) -> None:
        """A visitor and the owner talk: whatever was done to the server, nothing is broken."""
        visitor = self.visitor()
        text = secrets.token_hex(6)
        conversation = visitor.says(text)
        path = f"/conversations/{conversation}/messages"
        assert text in [message["text"] for message in self.owner.ok("GET", path)["items"]]
        self.owner.ok("POST", path, {"client_id": secrets.token_hex(8), "text": f"re {text}"})
        visitor.wire.wait_for("event", lambda frame: any(m["text"] == f"re {text}" for m in frame.get("messages", [])))
        visitor.wire.close()


class Person:
    """Somebody with an account: a browser with the cookie, or a program with a token."""

    def __init__(self, server: Server, token: str | None = None) -> None:
        self.server = server
        headers = {"authorization": f"Bearer {token}"} if token else {"origin": server.url}
        self.http = httpx.Client(base_url=server.url, timeout=SECONDS, headers=headers)
        OPEN.append(self.http)
        self.me: dict[str, Any] = {}

    def take(self, me: dict[str, Any]) -> None:
        """Be who the server says I am."""
        self.me = me
        self.http.headers["x-klepet-csrf"] = me["csrf_token"]

    @property
    def id(self) -> str:
        """The operator's id."""
        id_: str = self.me["operator"]["id"]
        return id_

    @property
    def cookie(self) -> str:
        """The session's cookie, as a header."""
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """The server's answer."""
        if body is not None:
            options["json"] = body
        return self.http.request(method, f"/api/v1{path}", **options)

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The content of an answer, which must be a good one."""
        answer = self.ask(method, path, body, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """Try to start a session."""
        answer = self.ask("POST", "/session", {"email": email, "password": password})
        if answer.is_success:
            self.take(answer.json())
        return answer

    def connect(self, kind: type[Wire] = Socket, **headers: str) -> Wire:
        """A console's wire, before its hello."""
        return kind(self.server.url, "/api/v1", {"origin": self.server.url, "cookie": self.cookie} | headers)

    def enter(self, kind: type[Wire] = Socket) -> Wire:
        """A console's wire, welcomed."""
        wire = self.connect(kind)
        wire.send({"type": "hello", "protocol": 1})
        wire.wait_for("welcome")
        return wire


class Visitor:
    """Somebody on the site, with a wire that was welcomed."""

    def __init__(
        self, server: Server, kind: type[Wire] = Socket, key: str | None = None, address: str = HERE, **hello: Any
    ) -> None:
        self.server = server
        self.key = key or server.key
        self.wire = kind(server.url, "/w", {}, address)
        self.wire.send({"type": "hello", "protocol": 1, "site": self.key} | hello)
        self.welcome = self.wire.wait_for("welcome")
        self.token: str = self.welcome.get("token") or hello.get("token", "")

    def says(self, text: str, **values: Any) -> str:
        """Write; the conversation's id."""
        ack = self.tries({"type": "send_message", "text": text} | values)
        assert ack["type"] == "ack", ack
        conversation: str = ack["conversation_id"]
        return conversation

    def tries(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Send a command; what it is answered."""
        frame = {"client_id": secrets.token_hex(8)} | frame
        self.wire.send(frame)
        return self.wire.answer_to(frame["client_id"])
