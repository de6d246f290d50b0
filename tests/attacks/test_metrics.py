"""Figures are for whoever has the token of KLEPET_METRICS_TOKEN, and name nobody."""

import re
import secrets
from pathlib import Path

import httpx

from tests.attacks.server import OWNER, Server

TOKEN = "metrics-" + secrets.token_urlsafe(24)
BEARER = {"authorization": f"Bearer {TOKEN}"}


def test_without_the_setting_there_is_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path, 10_000)
    for headers in ({}, BEARER, {"authorization": "Bearer"}, {"authorization": "Bearer None"}):
        answer = httpx.get(server.url + "/metrics", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    server.close()


def test_nobody_else_is_told_and_who_is_told_learns_of_nobody(tmp_path: Path) -> None:
    server = Server(tmp_path, 1, KLEPET_METRICS_TOKEN=TOKEN)
    url = server.url + "/metrics"
    text = f"text {secrets.token_hex(8)}"
    visitor = server.visitor(page={"url": f"https://shop.example/{secrets.token_hex(8)}", "title": "t"})
    conversation = visitor.says(text)
    httpx.get(f"{server.url}/api/v1/conversations/{conversation}")
    httpx.get(f"{server.url}/api/v1/{secrets.token_hex(8)}")
    session = server.owner.http.cookies["klepet_session"]
    api_token = server.owner.ok("POST", "/api-tokens", {"name": "metrics", "role": "owner"})["token"]

    attempts: list[dict[str, str] | list[tuple[str, str]]] = [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Bearer {TOKEN.swapcase()}"},
        {"authorization": f"Bearer {TOKEN} {TOKEN}"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": TOKEN},
        {"authorization": f"Bearer {api_token}"},
        {"authorization": f"Bearer {visitor.token}"},
        {"cookie": f"klepet_session={session}; token={TOKEN}"},
        {"x-api-key": TOKEN},
        {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", "host": "localhost"},
        [("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer other")],
    ]
    for headers in attempts:
        answer = httpx.get(url, headers=headers)
        assert (answer.status_code, answer.content) == (401, b""), headers
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert "access-control-allow-origin" not in answer.headers
    assert httpx.get(f"{url}?token={TOKEN}&access_token={TOKEN}").status_code == 401
    assert httpx.post(url, headers=BEARER, content=b"x").status_code == 405
    for path in ("/metrics/", "//metrics", "/Metrics", "/api/v1/metrics", "/metrics%00"):
        assert httpx.get(server.url + path, headers=BEARER).status_code == 404, path
    with httpx.Client() as http:
        guesses = (http.get(url, headers={"authorization": f"Bearer guess-{number}"}) for number in range(2_000))
        slowed = next(answer for answer in guesses if answer.status_code == 429)
    assert int(slowed.headers["retry-after"]) >= 1, "who guesses is slowed"

    answer = httpx.get(url, headers=BEARER)
    assert answer.status_code == 200, "who has the token is not"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    known = [TOKEN, text, conversation, server.key, server.site["id"], visitor.token, session, api_token, OWNER]
    assert [word for word in known if word in answer.text] == []
    labels = dict.fromkeys(re.findall(r'[{,](\w+)="', answer.text))
    assert set(labels) == {
        *("version", "author", "le", "kind", "transport", "via", "code", "limit", "lane", "outcome", "state"),
        "listener",
    }
    values = set(re.findall(r'="([^"]*)"', answer.text))
    assert [value for value in values if not re.fullmatch(r"[a-z_]+|\d+(\.\d+)*|\+Inf", value)] == []
    server.close()
