"""nginx of the tests' own, with the configuration that klepet ships: an unprivileged process on free ports, thrown away
after.
"""

import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.ports import free_port
from tools.start.nginx import find

SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx" / "klepet.conf"
USER = "nobody"
START_SECONDS = 30
_MAIN = """
daemon off;
worker_processes 2;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    log_format where "$request_method $uri $status $upstream_addr";
    access_log {folder}/access.log where;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/klepet.conf;
}}
"""


class Nginx:
    """nginx in front of klepet's processes, by https. Without `passes_sockets` it drops the header `Upgrade`, as some
    proxies do.
    """

    def __init__(self, *, passes_sockets: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="klepet-nginx-"))
        self.port = free_port()
        self.passes_sockets = passes_sockets
        self.url = f"https://127.0.0.1:{self.port}"
        self.socket_url = f"wss://127.0.0.1:{self.port}"
        self.certificate = self.folder / "certificate.pem"
        self.upstreams: Sequence[int] = ()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, upstreams: Sequence[int]) -> None:
        """Serve klepet's processes, which listen on these ports."""
        self.upstreams = upstreams
        self._make_certificate()
        (self.folder / "klepet.conf").write_text(self._shipped())
        (self.folder / "nginx.conf").write_text(_MAIN.format(folder=self.folder))
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            for path in [self.folder, *self.folder.iterdir()]:
                os.chown(path, user.pw_uid, user.pw_gid)
        checked = subprocess.run(self._command("-t"), capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        self._process = subprocess.Popen(self._command(), stderr=subprocess.DEVNULL)
        ends = time.monotonic() + START_SECONDS
        with httpx.Client(verify=self.context()) as http:
            while True:
                try:
                    http.get(f"{self.url}/api/v1/setup").raise_for_status()
                    return
                except httpx.HTTPError:
                    assert self._process.poll() is None, self.problems()
                    assert time.monotonic() < ends, self.problems()
                    time.sleep(0.02)

    def context(self) -> ssl.SSLContext:
        """What a client trusts that trusts this certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def taken_by(self, path: str) -> list[int]:
        """The ports of the processes that answered what was asked at a path, in their order."""
        lines = [line.split() for line in (self.folder / "access.log").read_text().splitlines()]
        return [int(line[-1].rpartition(":")[2]) for line in lines if line[1] == path]

    def problems(self) -> str:
        """What it logged of errors."""
        path = self.folder / "error.log"
        return path.read_text() if path.exists() else ""

    def close(self) -> None:
        """End it for good."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _shipped(self) -> str:
        """The shipped file, with ports, addresses and certificate of the test in their places."""
        text = SHIPPED.read_text()
        servers = "".join(f"    server 127.0.0.1:{port} max_fails=0;\n" for port in self.upstreams)
        places = {
            "    server 127.0.0.1:8420 max_fails=0;\n    server 127.0.0.1:8421 max_fails=0;\n": servers,
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "/etc/letsencrypt/live/chat.example.com/fullchain.pem": str(self.certificate),
            "/etc/letsencrypt/live/chat.example.com/privkey.pem": str(self.folder / "key.pem"),
        }
        if not self.passes_sockets:
            places["proxy_set_header Upgrade $http_upgrade;"] = ""
        for shipped, here in places.items():
            assert shipped in text, shipped
            text = text.replace(shipped, here)
        return text

    def _make_certificate(self) -> None:
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-keyout", str(self.folder / "key.pem"), "-out", str(self.certificate), "-days", "2"]
        command += ["-subj", "/CN=klepet", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(command, check=True, capture_output=True)

    def _command(self, *arguments: str) -> list[str]:
        program = find()
        assert program is not None, "nginx is not installed"
        command = [str(program), "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={USER}", f"--regid={pwd.getpwnam(USER).pw_gid}", "--clear-groups", *command]
        return [*command, *arguments]
