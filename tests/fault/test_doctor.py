"""`klepet doctor`, and the same over REST, on real servers behind proxies that do what proxies do wrong."""

import contextlib
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from klepet.cli import main
from tests.fault.server import Server

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

Found = dict[str, tuple[str, str]]


class Proxy:
    """Passes connections on; what `change` makes of a request's head goes in its place. `is_deaf` holds back whatever
    the server says after its head.
    """

    def __init__(self) -> None:
        self.change: Callable[[bytes], bytes] = lambda head: head
        self.is_deaf = False
        self.upstream = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.upstream)) as server:
            server.sendall(self.change(_head_of(client)))
            client.sendall(_head_of(server))
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            while data := server.recv(65_536):
                if not self.is_deaf:
                    client.sendall(data)


def _head_of(peer: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        byte = peer.recv(1)
        if not byte:
            raise OSError("it hung up")
        data += byte
    return data


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)


def without_upgrade(head: bytes) -> bytes:
    lines = head.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith((b"upgrade:", b"connection:")))


def forwarding(head: bytes) -> bytes:
    return head.replace(b"\r\n", b"\r\nX-Forwarded-For: 203.0.113.9\r\n", 1)


def elsewhere(head: bytes) -> bytes:
    return head.replace(b" /w/reach", b" /elsewhere", 1)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.close()


def doctor(server: Server, **settings: str) -> tuple[int, Found]:
    environment = {"KLEPET_DATA": str(server.data), **server.environment, **settings}
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main(["doctor", "--json"])
    return code, by_check(json.loads(said.getvalue()))


def by_check(items: list[dict[str, Any]]) -> Found:
    """The worst of each check."""
    order = ["good", "note", "warn", "bad"]
    found: Found = {}
    for item in sorted(items, key=lambda item: order.index(item["state"])):
        assert item["text"]
        assert "{" not in item["text"], item
        found[item["check"]] = (item["state"], item["code"])
    return found


def test_a_healthy_server_is_told_so_and_each_fault_of_a_proxy_by_its_name(
    make_server: Callable[..., Server], proxy: Proxy
) -> None:
    server = make_server(KLEPET_PUBLIC_URL=proxy.url)
    proxy.upstream = server.port
    code, found = doctor(server)
    assert code == 0, found
    assert found["address"] == ("note", "address_local")
    assert found["socket"] == ("good", "socket_good")
    assert found["proxy"] == ("good", "proxy_none")
    assert found["database"] == ("good", "database_good")
    assert found["migrations"] == ("good", "migrations_good")
    assert found["clock"] == ("good", "clock_good")
    assert found["sites"] == ("note", "sites_unseen")
    assert found["mail"] == ("note", "mail_none")
    assert by_check(server.call("GET", "/health?language=pl")["items"]) == found, "REST says the same"
    httpx.get(f"{server.url}/w/{server.site['key']}/config", headers={"origin": "https://kava.example"})

    for change, is_deaf, wrong in [
        (without_upgrade, False, ("socket", ("bad", "socket_stripped"))),
        (forwarding, False, ("proxy", ("bad", "proxy_untrusted"))),
        (elsewhere, False, ("address", ("bad", "address_foreign"))),
    ]:
        proxy.change, proxy.is_deaf = change, is_deaf
        code, found = doctor(server)
        assert (code, found[wrong[0]]) == (1, wrong[1])
        assert found["sites"] == ("good", "sites_good")
        told = by_check(server.call("GET", "/health")["items"])
        assert told[wrong[0]] == wrong[1]


def test_a_proxy_that_holds_back_and_an_address_where_nobody_is(
    make_server: Callable[..., Server], proxy: Proxy
) -> None:
    server = make_server(KLEPET_PUBLIC_URL=proxy.url)
    proxy.upstream = server.port

    def be_deaf_to_sockets(head: bytes) -> bytes:
        proxy.is_deaf = b"/w/socket" in head
        return head

    proxy.change = be_deaf_to_sockets
    assert doctor(server)[1]["socket"] == ("bad", "socket_silent")
    proxy.close()
    code, found = doctor(server)
    assert (code, found["address"]) == (1, ("bad", "address_unreachable"))
    assert "socket" not in found
    answer = httpx.get(
        f"{server.url}/api/v1/health",
        headers={"authorization": f"Bearer {server.owner_token}", "x-forwarded-for": "203.0.113.9"},
        timeout=60,
    )
    assert by_check(answer.json()["items"])["proxy"] == ("bad", "proxy_untrusted"), (
        "people come through one all the same"
    )


def test_another_klepet_is_not_taken_for_this_one(make_server: Callable[..., Server]) -> None:
    one, other = make_server(), make_server()
    assert doctor(one, KLEPET_PUBLIC_URL=other.url)[1]["address"] == ("bad", "address_foreign")


def test_what_is_wrong_without_a_server_is_told_and_nothing_is_changed(server: Server, tmp_path: Path) -> None:
    assert server.terminate() == 0
    server.data.chmod(0o755)
    code, found = doctor(server, KLEPET_PUBLIC_URL=server.url)
    assert code == 1
    assert found["files"] == ("bad", "files_open")
    assert found["address"] == ("bad", "address_unreachable")
    assert found["database"] == ("good", "database_good")
    assert server.data.stat().st_mode & 0o777 == 0o755, "a doctor only looks"
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "klepet.db").write_bytes(b"no database" * 100)
    assert doctor(server, KLEPET_DATA=str(tmp_path / "foreign"))[1]["database"] == ("bad", "database_unusable")
    assert not (tmp_path / "nowhere").exists()
    assert doctor(server, KLEPET_DATA=str(tmp_path / "nowhere"))[1]["disk"] == ("bad", "disk_unreadable")
    assert not (tmp_path / "nowhere").exists()
