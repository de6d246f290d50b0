"""Connections below the application: requests that never end, heads that are too large, breaches of HTTP itself."""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.server import Server

LIMIT = 60.0


def connect(server: Server) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", server.port))
    made.settimeout(0.2)
    return made


def is_closed(raw: socket.socket) -> bool:
    try:
        while raw.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def test_a_request_that_never_ends_is_given_up(attacked: Server) -> None:
    """Ten seconds for a head; the same for one that follows on a connection that is kept."""
    silent, dripping, second, idle = (connect(attacked) for _ in range(4))
    dripping.sendall(b"GET /api/docs HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    for raw in (second, idle):
        raw.sendall(b"GET /w.js HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(12) == b"HTTP/1.1 200"
    second.sendall(b"GET /w.js HTTP/1.1\r\nX-Slow: ")
    left, ends = {"silent": silent, "dripping": dripping, "second": second, "idle": idle}, time.monotonic() + LIMIT
    while left and time.monotonic() < ends:
        for name, raw in list(left.items()):
            if name in ("dripping", "second"):
                with contextlib.suppress(OSError):
                    raw.sendall(b"a")
            if is_closed(raw):
                raw.close()
                del left[name]
    for raw in left.values():
        raw.close()
    assert list(left) == []


HEADS: dict[str, Callable[[], bytes]] = {
    "one header": lambda: b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 30_000_000,
    "many headers": lambda: b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: a\r\n" * 1_000_000,
    "address": lambda: b"GET /" + b"a" * 30_000_000,
    "cookie": lambda: b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nCookie: " + b"a=b; " * 3_000_000,
    "method": lambda: b"G" * 10_000_000,
    "trailers": lambda: (
        b"POST /w/poll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
        + b"X-Trailer: a\r\n" * 1_500_000
    ),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_is_too_large_costs_nothing(attacked: Server, name: str) -> None:
    data, before = HEADS[name](), attacked.memory_kib
    raw = connect(attacked)
    raw.settimeout(20)
    with raw, contextlib.suppress(OSError):
        raw.sendall(data)
        raw.settimeout(2)
        assert is_closed(raw)
    assert attacked.memory_kib - before < 32 * 1024


def test_a_body_that_is_larger_than_told_or_allowed(attacked: Server) -> None:
    before = attacked.memory_kib
    for head in (
        b"Content-Length: 100000000",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: -1",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: xchunked",
    ):
        raw = connect(attacked)
        raw.settimeout(20)
        with raw, contextlib.suppress(OSError):
            raw.sendall(b"POST /w/poll HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
            for _ in range(400):
                raw.sendall(b"a" * 65_536)
    assert attacked.memory_kib - before < 32 * 1024


NONSENSE = [
    b"\r\n\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nCookie: klepet_session=\xff\xfe\r\nAuthorization: \xff\r\n\r\n",
    b"GET /api/v1/contacts?limit=99999999999999999999&cursor=%FF&q=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /w/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET /w/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n"
    b"Sec-WebSocket-Key: x\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    b"GET /w/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"POST /w/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
]


@pytest.mark.parametrize("data", NONSENSE, ids=range(len(NONSENSE)))
def test_what_breaks_http(attacked: Server, data: bytes) -> None:
    raw = connect(attacked)
    raw.settimeout(20)
    with raw, contextlib.suppress(OSError):
        raw.sendall(data)
        raw.settimeout(0.5)
        answer = raw.recv(65_536)
        assert b" 500 " not in answer[:20], answer
        assert b" 101 " not in answer[:20], answer
        assert b"Traceback" not in answer


def upgraded(server: Server) -> socket.socket:
    """A WebSocket by hand, welcomed."""
    raw = socket.create_connection(("127.0.0.1", server.port))
    raw.settimeout(20)
    raw.sendall(
        b"GET /w/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b" 101 " in raw.recv(65_536)
    raw.sendall(ws_frame(0x81, b'{"type":"hello","protocol":1,"site":"%s"}' % server.key.encode()))
    assert b"welcome" in raw.recv(65_536)
    return raw


def ws_frame(head: int, payload: bytes) -> bytes:
    """A frame masked with zeros."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else bytes((0x80 | 126,)) + size.to_bytes(2, "big")
    return bytes((head,)) + length + bytes(4) + payload


WS_FLOODS: dict[str, Callable[[], bytes]] = {
    "pings": lambda: ws_frame(0x89, b"p" * 125) * 150_000,
    "pongs": lambda: ws_frame(0x8A, b"p" * 125) * 150_000,
    "empty fragments": lambda: ws_frame(0x01, b'{"type":') + ws_frame(0x00, b"") * 2_000_000,
    "small fragments": lambda: (ws_frame(0x01, b" ") + ws_frame(0x00, b" ") * 7_000 + ws_frame(0x80, b"{}")) * 150,
}


@pytest.mark.slow
@pytest.mark.parametrize("sockets", ["picows", "uvicorn"])
def test_a_flood_below_the_frames_slows_nobody_and_costs_no_memory(tmp_path: Path, sockets: str) -> None:
    """15 MB of what no browser sends, to a server with its ordinary limits, and nothing of its answers is read."""
    server = Server(tmp_path, rate_scale=1, KLEPET_SOCKETS=sockets)
    server.still_works()
    for name, make in WS_FLOODS.items():
        data, before = make(), server.memory_kib
        raw = upgraded(server)
        raw.settimeout(5)
        begun = cpu_seconds(server)
        with raw, contextlib.suppress(OSError):
            raw.sendall(data)
        visitor = server.visitor()
        assert visitor.says("not held up")
        assert cpu_seconds(server) - begun < 6, f"{name}: little of an attacker buys seconds of the server"
        assert server.memory_kib - before < 16 * 1024, name
        visitor.wire.close()
    server.close()


def cpu_seconds(server: Server) -> float:
    """How long the server has worked."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
