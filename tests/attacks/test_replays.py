"""Commands sent again: done once, whatever their body says the second time, and on whichever wire they come."""

import secrets
from typing import Any

import pytest

from tests.attacks.server import Server, Visitor
from tests.attacks.wires import Poll, Socket, Wire

BOTH = pytest.mark.parametrize("kind", [Socket, Poll])


@BOTH
def test_a_message_sent_again_is_one(attacked: Server, kind: type[Wire]) -> None:
    visitor = attacked.visitor(kind)
    frame = {"type": "send_message", "client_id": secrets.token_hex(8), "text": "once"}
    first = visitor.tries(frame)
    same = visitor.tries(frame)
    other = visitor.tries(frame | {"text": "another body"})
    returned = attacked.visitor(token=visitor.token)
    elsewhere = returned.tries(frame | {"text": "on another wire"})
    assert first["type"] == "ack"
    assert first == same == other == elsewhere
    path = f"/conversations/{first['conversation_id']}/messages"
    assert [message["text"] for message in attacked.owner.ok("GET", path)["items"]] == ["once"]
    by_rest = {"client_id": frame["client_id"], "text": "by REST"}
    headers = {"authorization": f"Bearer {visitor.token}"}
    answer = attacked.owner.http.post("/api/v1/visitor/messages", json=by_rest, headers=headers)
    assert (answer.json()["seq"], answer.json()["text"]) == (1, "once")


def test_a_client_id_is_ones_own(attacked: Server) -> None:
    first, second = attacked.visitor(), attacked.visitor()
    id_ = secrets.token_hex(8)
    mine = first.says("mine", client_id=id_)
    theirs = second.says("theirs", client_id=id_)
    assert mine != theirs
    message = {"client_id": id_, "text": "the operator's"}
    made = attacked.owner.ok("POST", f"/conversations/{mine}/messages", message)
    assert made["text"] == "the operator's"
    again = attacked.owner.ok("POST", f"/conversations/{theirs}/messages", message | {"text": "elsewhere"})
    assert again["conversation_id"] == mine, "the same operator, the same id: the same message"


def test_a_replay_at_once_on_many_wires_is_one(attacked: Server) -> None:
    visitor = attacked.visitor()
    wires = [visitor] + [attacked.visitor(token=visitor.token) for _ in range(7)]
    frame = {"type": "send_message", "client_id": secrets.token_hex(8), "text": "raced"}
    for one in wires:
        one.wire.send(frame)
    acks = [one.wire.answer_to(frame["client_id"]) for one in wires]
    assert {(ack["type"], ack["seq"]) for ack in acks} == {("ack", 1)}
    found = attacked.owner.ok("GET", f"/conversations/{acks[0]['conversation_id']}/messages")["items"]
    assert [message["text"] for message in found] == ["raced"]


REPEATED: list[dict[str, Any]] = [
    {"type": "rate_conversation", "score": 5, "comment": "good"},
    {"type": "end_conversation"},
    {"type": "report_order", "order": {"id": "", "value": "9.90", "currency": "EUR"}},
    {"type": "set_contact", "details": {"attributes": {"plan": "gold"}}},
]


@pytest.mark.parametrize("frame", REPEATED, ids=lambda frame: str(frame["type"]))
def test_a_command_sent_again_changes_nothing_more(attacked: Server, visitor: Visitor, frame: dict[str, Any]) -> None:
    conversation = visitor.says("hello")
    if "order" in frame:
        frame = frame | {"order": frame["order"] | {"id": secrets.token_hex(4)}}
    elif frame["type"] != "set_contact":
        frame = frame | {"conversation_id": conversation}
    frame = frame | {"client_id": secrets.token_hex(8)}
    assert visitor.tries(frame)["type"] == "ack"
    before = attacked.owner.ok("GET", f"/conversations/{conversation}")
    assert visitor.tries(frame)["type"] == "ack"
    after = attacked.owner.ok("GET", f"/conversations/{conversation}")
    assert before["conversation"] == after["conversation"]
    assert before["contact"] == after["contact"]
    assert before["orders"] == after["orders"]


def test_an_order_with_a_known_id_and_another_body_is_refused(attacked: Server, visitor: Visitor) -> None:
    visitor.says("hello")
    order = {"id": secrets.token_hex(4), "value": "9.90", "currency": "EUR"}
    assert visitor.tries({"type": "report_order", "order": order})["type"] == "ack"
    refused = visitor.tries({"type": "report_order", "order": order | {"value": "990"}})
    assert (refused["error"]["code"], refused["error"]["field"]) == ("conflict", "id")
    thief = attacked.visitor()
    assert thief.tries({"type": "report_order", "order": order})["error"]["code"] == "conflict"
