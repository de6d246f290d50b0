"""Frames that are none: refused in the one shape or by a code, nothing stored, and the server works on."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.attacks.server import Server, Visitor
from tests.attacks.wires import Poll, Socket, Wire


@pytest.fixture(scope="module", params=["picows", "uvicorn"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Both ways of speaking WebSocket have to stand the same attacks."""
    made = Server(Path(tmp_path_factory.mktemp("frames")), rate_scale=10_000, KLEPET_SOCKETS=request.param)
    yield made
    made.close()


BOTH = pytest.mark.parametrize("kind", [Socket, Poll])
CONVERSATION = "019a0000-0000-7000-8000-000000000000"


def command(**values: Any) -> dict[str, Any]:
    return {"type": "send_message", "client_id": secrets.token_hex(8), "text": "hello"} | values


def deep(levels: int) -> str:
    return '{"type":"track_event","client_id":"deepdeep1","name":"x","data":' + "[" * levels + "]" * levels + "}"


# Each is JSON, and none is a frame that a visitor may send. With the field that is at fault, where there is one.
WRONG = {
    "list": ([1, 2], None),
    "text": ("hello", None),
    "null": (None, None),
    "no type": ({"client_id": "abcdefgh1", "text": "x"}, "type"),
    "unknown type": ({"type": "drop_tables", "client_id": "abcdefgh1"}, "type"),
    "server's type": ({"type": "welcome", "client_id": "abcdefgh1"}, "type"),
    "type is a number": ({"type": 7, "client_id": "abcdefgh1"}, "type"),
    "missing text": ({"type": "send_message", "client_id": "abcdefgh1"}, "text"),
    "missing client id": ({"type": "send_message", "text": "x"}, "client_id"),
    "text is a number": (command(text=7), "text"),
    "text is a list": (command(text=["a"]), "text"),
    "text is empty": (command(text=""), "text"),
    "text is blank": (command(text=" \n\t\u200b"), "text"),
    "text is too long": (command(text="x" * 4_001), "text"),
    "client id is too short": (command(client_id="a"), "client_id"),
    "client id is too long": (command(client_id="a" * 65), "client_id"),
    "client id has other letters": (command(client_id="abcdefgh'; --"), "client_id"),
    "client id ends with a newline": (command(client_id="abcdefgh\n"), "client_id"),
    "client id is a number": (command(client_id=12345678), "client_id"),
    "conversation is no id": (command(conversation_id="1 OR 1=1"), "conversation_id"),
    "kind is unknown": (command(kind="shout"), "kind"),
    "score is too high": (
        {"type": "rate_conversation", "client_id": "abcdefgh2", "conversation_id": CONVERSATION, "score": 6},
        "score",
    ),
    "score is huge": (
        {"type": "rate_conversation", "client_id": "abcdefgh2", "conversation_id": CONVERSATION, "score": 10**40},
        "score",
    ),
    "score is a fraction": (
        {"type": "rate_conversation", "client_id": "abcdefgh2", "conversation_id": CONVERSATION, "score": 4.5},
        "score",
    ),
    "comment is too long": (
        {
            "type": "rate_conversation",
            "client_id": "abcdefgh2",
            "conversation_id": CONVERSATION,
            "score": 5,
            "comment": "x" * 1_001,
        },
        "comment",
    ),
    "seq is negative": ({"type": "advance_receipt", "conversation_id": CONVERSATION, "read_seq": -1}, "read_seq"),
    "seq is huge": ({"type": "advance_receipt", "conversation_id": CONVERSATION, "read_seq": 2**64}, "read_seq"),
    "typing is a text": ({"type": "set_typing", "conversation_id": CONVERSATION, "is_typing": "yes"}, "is_typing"),
    "attribute is a list": (
        {"type": "set_contact", "client_id": "abcdefgh3", "details": {"attributes": {"a": [1]}}},
        "details.attributes[...]",
    ),
    "attribute is too long": (
        {"type": "set_contact", "client_id": "abcdefgh3", "details": {"attributes": {"a": "x" * 501}}},
        "details.attributes[...]",
    ),
    "too many attributes": (
        {"type": "set_contact", "client_id": "abcdefgh3", "details": {"attributes": {f"a{n}": n for n in range(51)}}},
        "details.attributes",
    ),
    "attribute is a huge number": (
        {"type": "set_contact", "client_id": "abcdefgh3", "details": {"attributes": {"a": 10**40}}},
        "details.attributes[...]",
    ),
    "event's data is deep": (
        {"type": "track_event", "client_id": "abcdefgh4", "name": "x", "data": {"a": {"b": {}}}},
        "data[...]",
    ),
    "order without items' prices": (
        {
            "type": "report_order",
            "client_id": "abcdefgh5",
            "order": {"id": "7", "value": "1", "currency": "EUR", "items": [{"sku": "a", "name": "b", "quantity": 1}]},
        },
        "order.items[0].price",
    ),
    "order's value is a number": (
        {"type": "report_order", "client_id": "abcdefgh5", "order": {"id": "7", "value": 1.5, "currency": "EUR"}},
        "order.value",
    ),
    "order's value is not finite": (
        {"type": "report_order", "client_id": "abcdefgh5", "order": {"id": "7", "value": "NaN", "currency": "EUR"}},
        "order.value",
    ),
    "order's value ends with a newline": (
        {"type": "report_order", "client_id": "abcdefgh5", "order": {"id": "7", "value": "1\n", "currency": "EUR"}},
        "order.value",
    ),
    "order has too many items": (
        {
            "type": "report_order",
            "client_id": "abcdefgh5",
            "order": {
                "id": "7",
                "value": "1",
                "currency": "EUR",
                "items": [{"sku": "a", "name": "b", "quantity": 1, "price": "1"}] * 101,
            },
        },
        "order",
    ),
    "page's address is too long": ({"type": "show_page", "page": {"url": "x" * 2_001}}, "page.url"),
}


@BOTH
def test_a_frame_that_is_none_is_refused_by_its_field_and_nothing_is_stored(attacked: Server, kind: type[Wire]) -> None:
    visitor = attacked.visitor(kind)
    conversation = visitor.says("before")
    for name, (frame, field) in WRONG.items():
        visitor.wire.send(json.dumps(frame))
        refused = visitor.wire.receive()
        assert refused["type"] == "refused", (name, refused)
        error = refused["error"]
        assert error["code"] == "invalid", (name, error)
        assert error["message"], name
        assert "retry_after_seconds" not in error, name
        assert error.get("field") == field, (name, error)
        given = frame.get("client_id") if isinstance(frame, dict) else None
        assert refused.get("client_id") == (given[:64] if isinstance(given, str) else None), name
    contact = visitor.welcome["visitor_state"]["contact"]["id"]
    found = attacked.owner.ok("GET", f"/conversations/{conversation}")
    assert found["conversation"]["last_seq"] == 1
    assert found["orders"] == []
    assert found["visits"] == []
    assert attacked.owner.ok("GET", f"/contacts/{contact}")["attributes"] == {}
    visitor.wire.close()


def test_a_refusal_names_the_limit(visitor: Visitor) -> None:
    refused = visitor.tries({"type": "send_message", "text": "x" * 4_001})
    assert refused["error"]["limit"] == 4_000
    attributes = {f"a{n}": n for n in range(50)}
    assert visitor.tries({"type": "set_contact", "details": {"attributes": attributes}})["type"] == "ack"
    refused = visitor.tries({"type": "set_contact", "details": {"attributes": {"one more": 1}}})
    assert (refused["error"]["field"], refused["error"]["limit"]) == ("attributes", 50)


def test_fields_that_nobody_knows_are_skipped_as_later_clients_may_send_them(visitor: Visitor) -> None:
    assert visitor.tries({"type": "send_message", "text": "x", "is_admin": True, "role": "owner"})["type"] == "ack"


@pytest.mark.parametrize(
    "data",
    [
        "not json",
        "",
        "{",
        '{"type": "ping"',
        '{"type":"send_message","client_id":"abcdefgh1","text":"\\ud800"}',
        '{"type":"ping"}{"type":"ping"}',
        '{"type": NaN}',
        deep(15_000),
    ],
    ids=["words", "empty", "open", "cut", "surrogate", "two", "nan", "deep"],
)
def test_what_is_no_json_closes_the_socket(attacked: Server, data: str) -> None:
    visitor = attacked.visitor()
    visitor.wire.send(data)
    assert visitor.wire.close_code() == 4400


@pytest.mark.parametrize(
    "data", ["not json", '"\\ud800"', "\x00", '{"a":' * 1_000], ids=["words", "surrogate", "nul", "deep"]
)
def test_what_is_no_json_refuses_the_call(attacked: Server, data: str) -> None:
    visitor = attacked.visitor(Poll)
    assert isinstance(visitor.wire, Poll)
    answer = visitor.wire.call([data])
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"
    assert visitor.says("still here")


def test_a_lone_surrogate_never_gets_in(attacked: Server) -> None:
    visitor = attacked.visitor(Poll)
    assert isinstance(visitor.wire, Poll)
    answer = visitor.wire.call(['{"type":"send_message","client_id":"abcdefgh1","text":"a\\ud800b"}'])
    assert answer.status_code == 400 or answer.json()["frames"][0]["type"] == "refused" or answer.json()["close"]
    assert attacked.visitor(token=visitor.token).welcome["visitor_state"]["messages"] == []


def test_invalid_utf8_and_binary_close_the_socket(attacked: Server) -> None:
    visitor = attacked.visitor()
    visitor.wire.send(b'{"type":"ping","x":"\xff\xfe"}')
    assert visitor.wire.close_code() in (1007, 4400)
    visitor = attacked.visitor()
    assert isinstance(visitor.wire, Socket)
    visitor.wire.ws.send(b'{"type":"ping"}')
    assert visitor.wire.close_code() == 4400


def test_nul_and_other_controls_are_not_stored(visitor: Visitor, server: Server) -> None:
    conversation = visitor.says("a\x00b\x1b[31mc\u0085d\ufffe")
    found = server.owner.ok("GET", f"/conversations/{conversation}/messages")["items"]
    assert found[0]["text"] == "ab[31mc\nd"


@BOTH
def test_an_oversize_frame_is_refused_and_the_wire_lives(attacked: Server, kind: type[Wire]) -> None:
    visitor = attacked.visitor(kind)
    frame = {"type": "send_message", "client_id": "oversize1", "text": "x", "padding": "x" * 66_000}
    visitor.wire.send(frame)
    refused = visitor.wire.answer_to("oversize1")
    assert refused["type"] == "refused"
    assert refused["error"]["code"] == "too_large"
    assert refused["error"]["limit"] == 64 * 1024
    assert visitor.says("after")


def test_size_is_counted_in_bytes_not_letters(attacked: Server) -> None:
    visitor = attacked.visitor()
    visitor.wire.send(json.dumps({"type": "ping", "padding": "ж" * 33_000}, ensure_ascii=False))
    assert visitor.wire.wait_for("refused")["error"]["code"] == "too_large"
    assert visitor.says("ж" * 4_000)


def test_what_no_client_of_ours_sends_closes_the_socket(attacked: Server) -> None:
    visitor = attacked.visitor()
    visitor.wire.send({"type": "ping", "padding": "x" * 140_000})
    assert visitor.wire.close_code() in (1009, 4400)


def test_an_oversize_frame_before_hello_closes(attacked: Server) -> None:
    wire = Socket(attacked.url, "/w", {})
    wire.send({"type": "hello", "protocol": 1, "site": attacked.key, "padding": "x" * 66_000})
    assert wire.close_code() == 4400


@BOTH
def test_the_largest_things_that_are_allowed_fit_into_a_frame(attacked: Server, kind: type[Wire]) -> None:
    visitor = attacked.visitor(kind)
    visitor.says("𝕏" * 4_000)
    assert visitor.tries({"type": "set_contact", "details": {"attributes": {"ж" * 64: "ж" * 500}}})["type"] == "ack"


def test_a_message_in_fragments_is_one(attacked: Server) -> None:
    visitor = attacked.visitor()
    assert isinstance(visitor.wire, Socket)
    text = json.dumps(command(client_id="fragments1", text="żółć"), ensure_ascii=False).encode()
    visitor.wire.ws.send([bytes([byte]) for byte in text], text=True)
    assert visitor.wire.answer_to("fragments1")["type"] == "ack"


def test_fragments_do_not_get_around_the_limit(attacked: Server) -> None:
    visitor = attacked.visitor()
    assert isinstance(visitor.wire, Socket)
    with contextlib.suppress(ConnectionClosed):
        visitor.wire.ws.send(['{"type":"ping","padding":"', *(["x" * 1_000] * 140), '"}'])
    assert visitor.wire.close_code() in (1009, 4400)


@BOTH
@pytest.mark.parametrize(
    "frame",
    [command(), {"type": "ping"}, {"type": "set_typing", "conversation_id": CONVERSATION, "is_typing": True}, [], 7],
    ids=["message", "ping", "typing", "list", "number"],
)
def test_nothing_is_heard_before_hello(attacked: Server, kind: type[Wire], frame: Any) -> None:
    wire = kind(attacked.url, "/w", {})
    wire.send(json.dumps(frame))
    assert wire.close_code() == 4400


@BOTH
def test_a_second_hello_closes(attacked: Server, kind: type[Wire]) -> None:
    visitor = attacked.visitor(kind)
    visitor.wire.send({"type": "hello", "protocol": 1, "site": attacked.key})
    assert visitor.wire.close_code() == 4400


@BOTH
def test_two_hellos_at_once_are_one_visitor_at_most(attacked: Server, kind: type[Wire]) -> None:
    wire = kind(attacked.url, "/w", {})
    hello = {"type": "hello", "protocol": 1, "site": attacked.key}
    wire.send(hello)
    wire.send(hello)
    assert wire.close_code() == 4400


@BOTH
@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"protocol": 0}, 4409),
        ({"protocol": 2}, 4409),
        ({"protocol": 10**30}, 4409),
        ({"protocol": "1"}, 4400),
        ({"site": "unknown-site-key"}, 4403),
        ({"site": "../../etc/passwd"}, 4400),
        ({"site": None}, 4403),
        ({"token": "x" * 43}, 4401),
        ({"token": "short"}, 4400),
        ({"identity": "x" * 40}, 4401),
        ({"position": {"offset": -1, "epoch": "x"}}, 4400),
        ({"position": {"offset": 2**60, "epoch": "x"}}, 4400),
        ({"transcripts": [CONVERSATION] * 21}, 4400),
        ({"language": "<script>"}, 4400),
        ({"time_zone": "x" * 65}, 4400),
    ],
    ids=str,
)
def test_a_wrong_hello_is_told_by_a_code(attacked: Server, kind: type[Wire], hello: dict[str, Any], code: int) -> None:
    wire = kind(attacked.url, "/w", {})
    wire.send({"type": "hello", "protocol": 1, "site": attacked.key} | hello)
    assert wire.close_code() == code


@BOTH
def test_operators_frames_are_no_visitors_frames(attacked: Server, kind: type[Wire]) -> None:
    wire = attacked.owner.enter(kind)
    wire.send({"type": "rate_conversation", "client_id": "abcdefgh1", "conversation_id": CONVERSATION, "score": 5})
    refused = wire.answer_to("abcdefgh1")
    assert (refused["error"]["code"], refused["error"]["field"]) == ("invalid", "type")
    wire.send({"type": "send_message", "client_id": "abcdefgh2", "text": "to nobody"})
    assert wire.answer_to("abcdefgh2")["error"]["field"] == "conversation_id"
    wire.send({"type": "send_message", "client_id": "abcdefgh3", "text": "x", "conversation_id": CONVERSATION})
    assert wire.answer_to("abcdefgh3")["error"]["code"] == "not_found"
    wire.send({"type": "send_message", "client_id": "abcdefgh4", "text": "x", "kind": "system"})
    assert wire.answer_to("abcdefgh4")["type"] == "refused"
    wire.close()
