"""Starts the shipped server on a core of its own, and reads from /proc what it costs."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
RATE_SCALE = "1000000"
_TICKS = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int]:
    """The server's core and the client's; the same one where there is only one."""
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Server:
    """`python -m klepet serve` with its default settings but for ports, folder and rate limits."""

    def __init__(self, folder: Path, *, core: int, settings: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self.setup_token: str | None = None
        self.log = folder / "server.log"
        given = {
            "KLEPET_DATA": str(folder / "data"),
            "KLEPET_PORT": str(self.port),
            "KLEPET_DEMO_PORT": str(free_port()),
            "KLEPET_RATE_SCALE": RATE_SCALE,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KLEPET_")}
        self._env = inherited | given | (settings or {})
        self._core = core
        self.start_seconds = 0.0
        self.start_rss = 0

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and wait for the first answer."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "klepet", "serve"],
                cwd=ROOT,
                env=self._env,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.pid = self._process.pid
        os.sched_setaffinity(self.pid, {self._core})
        while True:
            try:
                if self.request("GET", "/api/v1/setup")[0] == 200:
                    break
            except OSError:
                pass
            if self._process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise SystemExit(f"bench: the server did not start; {self.log} says why")
            time.sleep(0.005)
        self.start_seconds = time.monotonic() - began
        self.start_rss = self.rss()
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        if match := re.search(r"#/setup/(\S+)", self._process.stdout.read() or ""):
            self.setup_token = match[1]

    def stop(self) -> None:
        """Stop as an administrator would."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, str]:
        """One HTTP request: its status, what its body says, and the cookie that it sets."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"content-type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            raw = answer.read()
            cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
            return answer.status, json.loads(raw) if raw else None, cookie
        finally:
            connection.close()

    def cpu_seconds(self) -> float:
        """User and system time of the process, all its threads, so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss(self) -> int:
        """Bytes of memory that the process holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def settle(self, seconds: float = 60.0) -> float:
        """Wait until the server has nothing left to do (the search index follows behind); its CPU time then."""
        deadline = time.monotonic() + seconds
        before = self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(0.5)
            now = self.cpu_seconds()
            if now - before < 0.025:
                return now
            before = now
        return before


def set_up(server: Server) -> tuple[str, str]:
    """Make an owner and a site; the owner's API token and the site's key."""
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
