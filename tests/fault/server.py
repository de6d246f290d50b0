"""The real server as a process of its own, to be killed and started again on the same data and port."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: to read the certificates of the machine takes longer than what they are for."""
PASSWORD = "correct horse battery"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Server:
    """`python -m klepet serve`, or another module that serves in its place."""

    def __init__(self, folder: Path, *, module: str = "klepet", **environment: str) -> None:
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}"
        self.module = module
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.owner_token = ""
        self.site: dict[str, Any] = {}

    def start(self, *, file_bytes: int | None = None) -> None:
        """Start, and wait until it answers; with `file_bytes` no file of it may grow larger."""

        def limit_files() -> None:
            import resource

            if file_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

        fixed = {
            "KLEPET_DATA": str(self.data),
            "KLEPET_DEMO": "0",
            "KLEPET_RATE_SCALE": "100000",
            "KLEPET_ALLOW_PRIVATE_WEBHOOKS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT,
                env=os.environ | fixed | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=limit_files,
            )
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                if httpx.get(f"{self.url}/api/v1/setup", timeout=2, verify=NO_TLS).is_success:
                    return
            except httpx.TransportError:
                pass
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < ends, self.log.read_text()
            time.sleep(0.02)

    def set_up(self) -> None:
        """Start for the first time: an owner with an API token, and a site."""
        self.start()
        link = re.findall(r"#/setup/(\S+)", self.log.read_text())[-1]
        person = httpx.Client(base_url=f"{self.url}/api/v1", headers={"origin": self.url}, verify=NO_TLS)
        data = {"token": link, "email": "ada@shop.test", "name": "Ada", "password": PASSWORD}
        me = person.post("/setup", json=data).raise_for_status().json()
        person.headers["x-klepet-csrf"] = me["csrf_token"]
        # Where people come by https the cookie is for https only, and nobody is asked by it here.
        person.headers["cookie"] = f"klepet_session={person.cookies['klepet_session']}"
        made = person.post("/api-tokens", json={"name": "tests", "role": "owner"}).raise_for_status().json()
        person.close()
        self.owner_token = made["token"]
        self.site = self.call("POST", "/sites", {"name": "Kava", "settings": {"languages": ["en"]}})

    def join(self, other: "Server") -> None:
        """Start as another process of the installation that `other` set up."""
        self.owner_token, self.site = other.owner_token, other.site
        self.environment.setdefault("KLEPET_PUBLIC_URL", other.url)
        self.start()

    def call(self, method: str, path: str, json: Any = None, *, token: str | None = None) -> Any:
        """One request of the owner, or of whoever the token names."""
        headers = {"authorization": f"Bearer {token or self.owner_token}"}
        answer = httpx.request(
            method, f"{self.url}/api/v1{path}", json=json, headers=headers, timeout=60, verify=NO_TLS
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def kill(self) -> None:
        """End it as a crash does: no handler runs."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=15)

    def terminate(self) -> int:
        """Ask it to end, as systemd and containers do; the answer is the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def close(self) -> None:
        """End it, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
