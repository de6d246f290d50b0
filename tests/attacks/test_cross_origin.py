"""What pages of other origins may read: the visitor's side, which needs a token that they hold anyway; nothing that
goes by the operator's cookie.
"""

import httpx
import pytest

from tests.attacks.server import Server

EVIL = {"origin": "https://evil.example"}
FOR_ALL = ["/w/{key}/config", "/w/{key}/texts/en", "/w.js", "/api/v1/visitor/state", "/api/v1/openapi.json"]
FOR_OURSELVES = ["/api/v1/me", "/api/v1/conversations", "/api/v1/setup", "/console/", "/api/docs", "/chat/{key}"]


@pytest.mark.parametrize("path", FOR_OURSELVES)
def test_the_operators_side_is_read_by_our_own_pages_only(server: Server, path: str) -> None:
    with httpx.Client(base_url=server.url, cookies=server.owner.http.cookies, headers=EVIL) as http:
        answer = http.get(path.format(key=server.key))
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        preflight = http.options(
            path.format(key=server.key),
            headers={"access-control-request-method": "GET", "access-control-request-headers": "x-klepet-csrf"},
        )
        assert not [name for name in preflight.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", FOR_ALL)
def test_the_visitors_side_is_read_by_all_and_never_with_a_cookie(server: Server, path: str) -> None:
    answer = httpx.get(server.url + path.format(key=server.key), headers=EVIL)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert "access-control-allow-credentials" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_refusal_can_be_read_too(server: Server) -> None:
    """Else a page could not tell its developer what is wrong."""
    for answer in (
        httpx.get(f"{server.url}/w/unknown-key/config", headers=EVIL),
        httpx.post(f"{server.url}/w/poll", content=b"{", headers=EVIL),
        httpx.post(f"{server.url}/api/v1/visitor/session", json={}, headers=EVIL),
        httpx.get(f"{server.url}/w/nothing/at/all", headers=EVIL),
    ):
        assert answer.status_code in (400, 404)
        assert answer.json()["error"]["code"]
        assert answer.headers["access-control-allow-origin"] == "*"


def test_the_console_cannot_be_framed(server: Server) -> None:
    for path in ("/console/", "/api/docs"):
        policy = httpx.get(server.url + path).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
