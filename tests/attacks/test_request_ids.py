"""Nobody chooses the id of a request but a trusted proxy: whoever could, would write into the log."""

import re
from pathlib import Path

import httpx

from tests.attacks.server import Server

OWN = re.compile(r"[0-9a-f]{16}")
GOOD = "f47ac10b-58cc-4372-a567-0e02b2c3d479"


def ids(server: Server, headers: list[tuple[str, str]], path: str = "/api/v1/setup", method: str = "GET") -> list[str]:
    return httpx.request(method, server.url + path, headers=headers).headers.get_list("x-request-id")


def test_a_stranger_is_not_believed_and_every_answer_has_an_id(tmp_path: Path) -> None:
    server = Server(tmp_path, 10_000, KLEPET_TRUSTED_PROXIES="10.0.0.0/8")
    seen = set()
    for method, path in [
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/healthz"),
        ("GET", "/console/"),
        ("GET", "/"),
        ("GET", "/w.js"),
        ("OPTIONS", "/w/poll"),
        ("POST", "/w/poll"),
        ("GET", "/nothing"),
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/setup"),
    ]:
        (found,) = ids(server, [("x-request-id", GOOD), ("x-forwarded-for", "10.0.0.1")], path, method)
        assert OWN.fullmatch(found), (method, path)
        seen.add(found)
    assert len(seen) == 11, "each has its own"
    server.close()


def test_a_trusted_proxy_is_believed_if_what_it_says_is_an_id(tmp_path: Path) -> None:
    server = Server(tmp_path, 10_000, KLEPET_TRUSTED_PROXIES="127.0.0.1")
    assert ids(server, [("x-request-id", GOOD)]) == [GOOD]
    assert ids(server, [("X-Request-ID", "a" * 64)]) == ["a" * 64]
    for attempt in [
        [("x-request-id", "")],
        [("x-request-id", "short")],
        [("x-request-id", "a" * 65)],
        [("x-request-id", "ana@example.com")],
        [("x-request-id", "two words here")],
        [("x-request-id", "<script>alert(1)</script>")],
        [("x-request-id", "tab\there-and-there")],
        [("x-request-id", GOOD), ("x-request-id", GOOD)],
    ]:
        (found,) = ids(server, attempt)
        assert OWN.fullmatch(found), attempt
    server.close()
