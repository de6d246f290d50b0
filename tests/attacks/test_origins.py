"""Pages of other websites, and requests that lie of where they come from and whom they ask."""

import socket
from typing import Any

import httpx
import pytest

from tests.attacks.server import Server, Visitor
from tests.attacks.wires import Closed, Poll, Socket, Wire

BOTH = pytest.mark.parametrize("kind", [Socket, Poll])
ALLOWED = "https://shop.example"
STRANGE = [
    "https://evil.example",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://shop.example@evil.example",
    "null",
    "http://[",
    "http://[::1",
    "https://shop.example/",
    "//shop.example",
    "x" * 4_000,
]


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """A site that names its origins."""
    site = {"name": "Shop", "settings": {"allowed_origins": [ALLOWED, "https://*.shop.example"]}}
    key: str = server.owner.ok("POST", "/sites", site)["key"]
    return key


def try_hello(server: Server, kind: type[Wire], path: str, headers: dict[str, str], hello: dict[str, Any]) -> int:
    wire = kind(server.url, path, headers)
    wire.send({"type": "hello", "protocol": 1} | hello)
    try:
        wire.wait_for("welcome")
    except Closed as closed:
        return closed.code
    return 0


@BOTH
@pytest.mark.parametrize("origin", STRANGE)
def test_a_page_that_the_site_does_not_allow(server: Server, key: str, kind: type[Wire], origin: str) -> None:
    assert try_hello(server, kind, "/w", {"origin": origin}, {"site": key}) == 4403


@BOTH
@pytest.mark.parametrize("origin", [ALLOWED, "https://www.shop.example", None])
def test_a_page_that_the_site_allows_and_a_program(
    server: Server, key: str, kind: type[Wire], origin: str | None
) -> None:
    headers = {"origin": origin} if origin else {}
    assert try_hello(server, kind, "/w", headers, {"site": key}) == 0


@BOTH
def test_the_chat_page_of_klepet_itself_is_always_allowed(server: Server, key: str, kind: type[Wire]) -> None:
    assert try_hello(server, kind, "/w", {"origin": server.url}, {"site": key}) == 0


@pytest.mark.parametrize("origin", STRANGE)
def test_the_tag_and_the_visitors_rest_are_refused_too(server: Server, key: str, origin: str) -> None:
    headers = {"origin": origin}
    answer = httpx.get(f"{server.url}/w/{key}/config", headers=headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (403, "origin")
    answer = httpx.post(f"{server.url}/api/v1/visitor/session", json={"site": key}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_what_was_refused_is_told_to_the_owner(server: Server) -> None:
    site = server.owner.ok("POST", "/sites", {"name": "Shop", "settings": {"allowed_origins": [ALLOWED]}})
    page = "https://evil.example/<script>alert(1)</script>"
    headers = {"origin": "https://evil.example"}
    httpx.get(f"{server.url}/w/{site['key']}/config", headers=headers, params={"p": page})
    (check,) = server.owner.ok("GET", f"/sites/{site['id']}/installation")["checks"]
    assert check["origin"] == "https://evil.example"
    assert check["page"] == page
    assert check["refused_reason"]


@BOTH
@pytest.mark.parametrize("origin", [*STRANGE, None])
def test_an_operators_wire_opened_by_another_page(server: Server, kind: type[Wire], origin: str | None) -> None:
    headers = {"cookie": server.owner.cookie} | ({"origin": origin} if origin else {})
    code = try_hello(server, kind, "/api/v1", headers, {})
    assert code == 4403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1:1@evil.example", '"><script>', ""])
def test_a_forged_host_gets_into_no_link(server: Server, host: str) -> None:
    headers = {"host": host, "x-forwarded-host": host, "forwarded": f"host={host}"}
    person = server.invite("operator")
    program = server.owner.ok("POST", "/api-tokens", {"name": "owner", "role": "owner"})["token"]
    headers["authorization"] = f"Bearer {program}"
    url = f"{server.url}/api/v1"
    made = [
        httpx.post(f"{url}/operators/{person.id}/password-link", headers=headers),
        httpx.post(f"{url}/operators/invitations", headers=headers, json={"email": "b@shop.example", "role": "owner"}),
        httpx.get(f"{url}/sites/{server.site['id']}/installation", headers=headers),
    ]
    for answer in made:
        if answer.status_code == 400:  # what is no host at all
            continue
        assert answer.is_success, answer.text
        link = answer.json().get("link") or answer.json()["snippet"]
        assert server.url in link
        assert "evil" not in link
        assert "<script>" not in link
    redirect = httpx.get(f"{server.url}/", headers={"host": host or "x"})
    assert redirect.headers["location"] == "/console/"


def test_a_forwarded_address_is_believed_of_nobody(server: Server, visitor: Visitor) -> None:
    """The limits count addresses: whoever could choose one would have no limits (test_floods counts on it)."""
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        request = (
            f"GET /w/{server.key}/config HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 8.8.8.8\r\n"
            "X-Forwarded-For: \xff\xfe\r\nX-Forwarded-Proto: javascript\r\nConnection: close\r\n\r\n"
        )
        raw.sendall(request.encode("latin-1"))
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"javascript" not in answer
    assert visitor.says("hello")
