"""Tokens that are wrong, old, cut, or somebody else's; and wires that end when what they were opened with ends."""

import base64
import json
import secrets
import time
from typing import Any

import httpx
import pytest

from klepet.kit.tokens import IdentityClaims, sign_identity
from tests.attacks.server import PASSWORD, Person, Server
from tests.attacks.wires import Poll, Socket, Wire

BOTH = pytest.mark.parametrize("kind", [Socket, Poll])


def visitor_code(server: Server, kind: type[Wire], **hello: Any) -> int:
    wire = kind(server.url, "/w", {})
    wire.send({"type": "hello", "protocol": 1, "site": server.key} | hello)
    return wire.close_code()


@BOTH
def test_a_visitors_token(attacked: Server, kind: type[Wire]) -> None:
    token = attacked.visitor().token
    other_site = attacked.owner.ok("POST", "/sites", {"name": "Other"})["key"]
    for wrong in (token[:-1], token + "A", token.swapcase(), token[::-1], "A" * 43, token + " "):
        assert visitor_code(attacked, kind, token=wrong) == 4401, wrong
    assert visitor_code(attacked, kind, token=token, site=other_site) == 4401
    assert visitor_code(attacked, kind, token="x" * 201) == 4400
    assert attacked.visitor(kind, token=token).welcome["principal_id"]


def test_a_visitors_token_by_rest(attacked: Server) -> None:
    token = attacked.visitor().token
    for wrong in (token[:-1], token + "A", "A" * 43, "x" * 5_000, "", "ż"):
        headers = [(b"authorization", f"Bearer {wrong}".strip().encode())]
        answer = httpx.get(f"{attacked.url}/api/v1/visitor/state", headers=headers)
        assert answer.status_code == 401, wrong
        assert answer.json()["error"]["code"] == "sign_in_required"


def identity(server: Server, secret: dict[str, str], **values: Any) -> str:
    claims: dict[str, Any] = {"kid": secret["id"], "user_id": "customer-1", "exp": int(time.time()) + 600} | values
    return sign_identity(IdentityClaims(**claims), secret["secret"].encode())


@BOTH
def test_a_signed_identity(attacked: Server, kind: type[Wire]) -> None:
    made = attacked.owner.ok("POST", f"/sites/{attacked.site['id']}/secrets")
    good = identity(attacked, made)
    payload, _, signature = good.partition(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"user_id": "somebody"}).encode()).decode().rstrip("=")
    other = attacked.owner.ok("POST", "/sites", {"name": "Other"})
    foreign = attacked.owner.ok("POST", f"/sites/{other['id']}/secrets")
    wrong = {
        "expired": identity(attacked, made, exp=int(time.time()) - 1),
        "too long-lived": identity(attacked, made, exp=int(time.time()) + 3 * 86_400),
        "forged": f"{forged}.{signature}",
        "unsigned": f"{payload}.{'A' * len(signature)}",
        "cut": good[:-1],
        "no dot": payload + signature,
        "padded": good + "=",
        "other secret": identity(attacked, made | {"secret": "guessed"}),
        "other site's secret": identity(attacked, foreign),
        "unknown key": identity(attacked, made | {"id": "00000000-0000-7000-8000-000000000000"}),
    }
    for name, token in wrong.items():
        assert visitor_code(attacked, kind, identity=token) == 4401, name
        body = {"site": attacked.key, "identity": token}
        answer = httpx.post(f"{attacked.url}/api/v1/visitor/session", json=body)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "identity"), name
    contact = attacked.visitor(kind, identity=good).welcome["visitor_state"]["contact"]
    assert contact["user_id"] == "customer-1"
    attacked.owner.ok("DELETE", f"/sites/{attacked.site['id']}/secrets/{made['id']}")
    assert visitor_code(attacked, kind, identity=good) == 4401


@BOTH
def test_a_site_that_demands_signed_identity_believes_no_other(attacked: Server, kind: type[Wire]) -> None:
    site = attacked.owner.ok("POST", "/sites", {"name": "Strict", "settings": {"is_signed_identity_required": True}})
    visitor = attacked.visitor(kind, key=site["key"])
    refused = visitor.tries({"type": "set_contact", "details": {"name": "The Boss", "email": "boss@shop.example"}})
    assert refused["error"]["code"] == "not_allowed"
    contact = attacked.owner.ok("GET", f"/contacts/{visitor.welcome['visitor_state']['contact']['id']}")
    assert (contact["name"], contact["email"]) == (None, None)
    assert visitor.says("hello")


@BOTH
def test_an_operators_wire_needs_cookie_or_token(attacked: Server, kind: type[Wire]) -> None:
    for headers in ({"cookie": ""}, {"cookie": "klepet_session=" + "A" * 43}, {"cookie": 'klepet_session=;;;="'}):
        wire = attacked.owner.connect(kind, **headers)
        wire.send({"type": "hello", "protocol": 1})
        assert wire.close_code() == 4401, headers
    for token in ("klepet_" + "A" * 43, "A" * 43):
        wire = attacked.owner.connect(kind)
        wire.send({"type": "hello", "protocol": 1, "token": token})
        assert wire.close_code() == 4401
    assert attacked.owner.enter(kind)


@BOTH
@pytest.mark.parametrize("how", ["here", "everywhere", "password", "reset", "disabled"])
def test_a_session_that_ends_takes_its_wires_along(attacked: Server, kind: type[Wire], how: str) -> None:
    person = attacked.invite("operator")
    wires = [person.enter(kind)]
    other = Person(attacked)
    email = person.me["operator"]["email"]
    assert other.sign_in(email).status_code == 200
    theirs = other.enter(kind)
    bystander = attacked.owner.enter(kind)
    if how == "here":
        person.ok("DELETE", "/session")
        assert theirs.drain() is not None
    else:
        wires.append(theirs)
    if how == "everywhere":
        other.ok("DELETE", "/sessions")
    if how == "password":
        # Whoever changes the password stays; everybody else who knew the old one goes.
        third = Person(attacked)
        assert third.sign_in(email).status_code == 200
        wires.append(third.enter(kind))
        other.ok("PUT", "/me/password", {"current_password": PASSWORD, "new_password": "a new one, and long"})
        assert theirs.drain() is not None
        wires.remove(theirs)
    if how == "reset":
        link = attacked.owner.ok("POST", f"/operators/{person.id}/password-link")["link"]
        third = Person(attacked)
        data = {"token": link.rpartition("/")[2], "password": "a new one, and long"}
        assert third.ask("POST", "/links/accept", data).status_code == 200
    if how == "disabled":
        attacked.owner.ok("PATCH", f"/operators/{person.id}", {"is_disabled": True})
    assert [wire.close_code() for wire in wires] == [4401] * len(wires)
    assert bystander.drain() is not None


def test_a_revoked_api_token_takes_its_wire_along(attacked: Server) -> None:
    made = attacked.owner.ok("POST", "/api-tokens", {"name": f"bot {secrets.token_hex(3)}", "role": "operator"})
    wire = Socket(attacked.url, "/api/v1", {})
    wire.send({"type": "hello", "protocol": 1, "token": made["token"]})
    wire.wait_for("welcome")
    bystander = attacked.owner.enter()
    attacked.owner.ok("DELETE", f"/api-tokens/{made['id']}")
    assert wire.close_code() == 4401
    assert bystander.drain() is not None
    program = Person(attacked, made["token"])
    assert program.ask("GET", "/me").status_code == 401


def test_an_erased_contact_is_nobody_any_more(attacked: Server) -> None:
    visitor = attacked.visitor()
    conversation = visitor.says("forget me")
    contact = attacked.owner.ok("GET", f"/conversations/{conversation}")["contact"]["id"]
    attacked.owner.ok("DELETE", f"/contacts/{contact}")
    assert visitor.wire.close_code() == 4401
    assert visitor_code(attacked, Socket, token=visitor.token) == 4401
