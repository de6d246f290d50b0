"""Starts one process of the shipped server on a core of its own, and asks it over HTTP."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.processes import cpu_seconds_of, free_port, rss_of

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
RATE_SCALE = "1000000"


class Server:
    """`python -m klepet serve` with its default settings but for ports, folder, rate limits and backups."""

    def __init__(self, folder: Path, *, core: int, settings: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self.setup_token: str | None = None
        self.log = folder / f"server-{self.port}.log"
        given = {
            "KLEPET_DATA": str(folder / "data"),
            "KLEPET_PORT": str(self.port),
            "KLEPET_DEMO_PORT": str(free_port()),
            "KLEPET_RATE_SCALE": RATE_SCALE,
            "KLEPET_BACKUP_EVERY": "0",  # none falls into a measurement by chance
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
        if self._process.stdout is not None:
            self._process.stdout.close()

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
        return cpu_seconds_of(self.pid)

    def rss(self) -> int:
        """Bytes of memory that the process holds."""
        return rss_of(self.pid)
