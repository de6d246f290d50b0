"""People who reach for what is not theirs: it looks as if it were not there, and nobody learns of it."""

import secrets
from typing import Any

import httpx
import pytest

from tests.attacks.server import Person, Server, Visitor
from tests.attacks.wires import Poll, Socket, Wire

BOTH = pytest.mark.parametrize("kind", [Socket, Poll])
NOWHERE = "019a0000-0000-7000-8000-000000000000"


def commands_that_name(conversation: str) -> list[dict[str, Any]]:
    return [
        {"type": "send_message", "conversation_id": conversation, "text": "trespass"},
        {"type": "end_conversation", "conversation_id": conversation},
        {"type": "rate_conversation", "conversation_id": conversation, "score": 1, "comment": "trespass"},
    ]


def test_the_list_of_frames_that_name_a_conversation_is_complete() -> None:
    from klepet.model.frames import VisitorFrame

    kinds = [kind for kind in VisitorFrame.__args__ if "conversation_id" in kind.__struct_fields__]
    named = {kind.__struct_config__.tag for kind in kinds}
    assert named == {frame["type"] for frame in commands_that_name(NOWHERE)} | {"advance_receipt", "set_typing"}


@BOTH
@pytest.mark.parametrize("is_other_site", [False, True], ids=["same site", "other site"])
def test_a_visitor_in_anothers_conversation(attacked: Server, kind: type[Wire], is_other_site: bool) -> None:
    victim = attacked.visitor()
    conversation = victim.says("mine")
    key = attacked.owner.ok("POST", "/sites", {"name": "Elsewhere"})["key"] if is_other_site else attacked.key
    thief = attacked.visitor(kind, key=key)
    thief.says("hello")
    console = attacked.owner.enter()
    attacked.owner.ok(
        "POST", f"/conversations/{conversation}/messages", {"client_id": secrets.token_hex(8), "text": "yours"}
    )
    victim.wire.wait_for("event", lambda frame: any(m["text"] == "yours" for m in frame.get("messages", [])))

    for foreign, missing in zip(commands_that_name(conversation), commands_that_name(NOWHERE), strict=True):
        answer, other = thief.tries(foreign), thief.tries(missing)
        assert answer["type"] == "refused", foreign
        assert answer["error"]["code"] == "not_found"
        assert answer["error"] == other["error"], "what is somebody else's looks different from what is not there"
    thief.wire.send({"type": "advance_receipt", "conversation_id": conversation, "delivered_seq": 9, "read_seq": 9})
    thief.wire.send({"type": "set_typing", "conversation_id": conversation, "is_typing": True})
    marker = thief.says("after all that")

    found = attacked.owner.ok("GET", f"/conversations/{conversation}")["conversation"]
    assert (found["status"], found["rating"], found["visitor_read_seq"]) == ("open", None, 0)
    texts = [m["text"] for m in attacked.owner.ok("GET", f"/conversations/{conversation}/messages")["items"]]
    assert "trespass" not in texts
    assert marker != conversation
    seen = console.drain()
    assert not [frame for frame in seen if frame["type"] == "typing" and frame["conversation_id"] == conversation]
    assert "trespass" not in str(seen)
    assert "mine" not in str(thief.wire.drain())


@BOTH
def test_a_hello_brings_no_foreign_transcript(attacked: Server, kind: type[Wire]) -> None:
    victim = attacked.visitor()
    conversation = victim.says("a secret of mine")
    thief = attacked.visitor(kind, transcripts=[conversation])
    assert thief.welcome["visitor_state"]["conversations"] == []
    assert thief.welcome["visitor_state"]["messages"] == []


def test_a_visitor_in_anothers_conversation_by_rest(attacked: Server) -> None:
    victim, thief = attacked.visitor(), attacked.visitor()
    conversation = victim.says("mine")
    thief.says("hello")
    with httpx.Client(
        base_url=f"{attacked.url}/api/v1/visitor", headers={"authorization": f"Bearer {thief.token}"}, timeout=60
    ) as http:
        for id_ in (conversation, NOWHERE):
            path = f"/conversations/{id_}"
            refused = [
                http.get(f"{path}/messages"),
                http.get(f"{path}/transcript"),
                http.post(f"{path}/closure"),
                http.put(f"{path}/rating", json={"score": 1}),
                http.post("/messages", json={"client_id": "trespass1", "text": "x", "conversation_id": id_}),
            ]
            assert [answer.status_code for answer in refused] == [404] * 5
            assert {answer.json()["error"]["code"] for answer in refused} == {"not_found"}
    body = {"site": attacked.key, "token": thief.token, "conversation_id": conversation}
    assert httpx.post(f"{attacked.url}/w/transcript", json=body).status_code == 404
    found = attacked.owner.ok("GET", f"/conversations/{conversation}")["conversation"]
    assert (found["status"], found["last_seq"], found["rating"]) == ("open", 1, None)


def test_a_note_never_reaches_a_visitor(attacked: Server) -> None:
    visitor = attacked.visitor()
    conversation = visitor.says("hello")
    path = f"/conversations/{conversation}/messages"
    note = {"client_id": secrets.token_hex(8), "text": "she is rude", "kind": "note"}
    attacked.owner.ok("POST", path, note)
    attacked.owner.ok("POST", path, {"client_id": secrets.token_hex(8), "text": "good day"})
    visitor.wire.wait_for("event", lambda frame: "good day" in str(frame))
    returned = attacked.visitor(token=visitor.token)
    assert "good day" in str(returned.welcome)
    assert "rude" not in str(returned.welcome) + str(visitor.wire.drain())
    refused = visitor.tries({"type": "send_message", "text": "x", "conversation_id": conversation, "kind": "note"})
    assert refused["error"]["code"] == "not_allowed"


# What each role may not do, by the permission that it lacks. The objects need not be there: permission comes first.
FORBIDDEN: dict[str, list[tuple[str, str, Any]]] = {
    "operator": [
        ("PUT", f"/conversations/{NOWHERE}/assignment", {"operator_id": NOWHERE}),
        ("DELETE", f"/conversations/{NOWHERE}", None),
        ("DELETE", f"/contacts/{NOWHERE}", None),
    ],
    "supervisor": [
        ("POST", "/sites", {"name": "Mine"}),
        ("PATCH", f"/sites/{NOWHERE}", {"name": "Mine"}),
        ("GET", f"/sites/{NOWHERE}/installation", None),
        ("GET", f"/sites/{NOWHERE}/secrets", None),
        ("POST", f"/sites/{NOWHERE}/secrets", None),
        ("DELETE", f"/sites/{NOWHERE}/secrets/{NOWHERE}", None),
        ("POST", "/operators/invitations", {"email": "me@shop.example", "role": "owner"}),
        ("GET", "/operators/invitations", None),
        ("DELETE", f"/operators/invitations/{NOWHERE}", None),
        ("PATCH", f"/operators/{NOWHERE}", {"role": "owner"}),
        ("POST", f"/operators/{NOWHERE}/password-link", None),
        ("GET", "/api-tokens", None),
        ("POST", "/api-tokens", {"name": "x", "role": "operator"}),
        ("DELETE", f"/api-tokens/{NOWHERE}", None),
        ("GET", "/webhooks", None),
        ("POST", "/webhooks", {"url": "https://hooks.example/", "events": ["message.sent"]}),
        ("POST", f"/webhooks/{NOWHERE}/secret", None),
        ("DELETE", f"/webhooks/{NOWHERE}", None),
    ],
}


@pytest.mark.parametrize("role", FORBIDDEN)
def test_an_operator_without_the_permission(attacked: Server, role: str) -> None:
    person = attacked.invite(role)
    asked = FORBIDDEN["supervisor"] + (FORBIDDEN["operator"] if role == "operator" else [])
    for method, path, body in asked:
        answer = person.ask(method, path, body)
        # An operator takes from the queue by the assignment; of a conversation that is not there nobody learns more.
        wanted = {404, 403} if path.endswith("/assignment") else {403}
        assert answer.status_code in wanted, (method, path, answer.text)
        assert answer.json()["error"]["code"] in ("not_allowed", "not_found")


def test_a_role_that_was_taken_away_counts_no_more_on_an_open_wire(attacked: Server) -> None:
    boss = attacked.invite("supervisor")
    wire = boss.enter()
    attacked.owner.ok("PATCH", f"/operators/{boss.id}", {"role": "operator"})
    assert boss.ask("DELETE", f"/contacts/{NOWHERE}").status_code == 403
    attacked.owner.ok("PATCH", f"/operators/{boss.id}", {"is_disabled": True})
    assert wire.close_code() == 4401
    assert boss.ask("GET", "/me").status_code == 401


def test_nobody_becomes_more_by_fields_of_the_body(attacked: Server) -> None:
    person = attacked.invite("operator")
    answer = person.ask("PATCH", "/me", {"name": "Olga", "role": "owner"})
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "role"
    assert person.ok("GET", "/me")["operator"]["role"] == "operator"


def test_a_visitors_token_is_no_operators_and_the_other_way_round(attacked: Server, visitor: Visitor) -> None:
    thief = Person(attacked, visitor.token)
    assert thief.ask("GET", "/conversations").status_code == 401
    token = attacked.owner.ok("POST", "/api-tokens", {"name": "bot", "role": "owner"})["token"]
    headers = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{attacked.url}/api/v1/visitor/state", headers=headers).status_code == 401
    wire = Socket(attacked.url, "/api/v1", {})
    wire.send({"type": "hello", "protocol": 1, "token": visitor.token})
    assert wire.close_code() == 4401
    wire = Socket(attacked.url, "/w", {})
    wire.send({"type": "hello", "protocol": 1, "site": attacked.key, "token": token})
    assert wire.close_code() == 4401
