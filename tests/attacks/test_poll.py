"""Answers of the long-poll that are lost on the way: nothing is lost, nothing is doubled, whatever is sent again."""

import json
import secrets
import socket
import threading
from typing import Any

import httpx
import pytest

from tests.attacks.server import Server, Visitor
from tests.attacks.wires import Poll


def poller(server: Server, **hello: Any) -> tuple[Visitor, Poll]:
    visitor = server.visitor(Poll, **hello)
    assert isinstance(visitor.wire, Poll)
    return visitor, visitor.wire


def say(server: Server, conversation: str, text: str) -> None:
    message = {"client_id": secrets.token_hex(8), "text": text}
    server.owner.ok("POST", f"/conversations/{conversation}/messages", message)


def texts_of(frames: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for frame in frames for message in frame.get("messages", []) if message["kind"] == "text"]


def cut_call(server: Server, wire: Poll) -> None:
    """A waiting call whose connection is cut before the answer; the server does not know."""
    wire.calls += 1
    body = json.dumps({"session": wire.session, "ack": wire.ack, "call": wire.calls, "frames": []}).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        head = f"POST /w/poll HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        raw.sendall(head.encode() + body)
        raw.settimeout(0.3)
        with pytest.raises(TimeoutError):
            raw.recv(1)


def test_the_answer_to_a_command_is_given_again(attacked: Server) -> None:
    visitor, wire = poller(attacked)
    frame = {"type": "send_message", "client_id": secrets.token_hex(8), "text": "once"}
    lost = wire.call([frame]).json()
    number = wire.calls
    again = wire.call([frame], call=number).json()
    third = wire.call([], call=number).json()
    assert lost["number"] == again["number"] == third["number"]
    assert lost["frames"] == again["frames"] == third["frames"]
    wire.frames.extend(lost["frames"])
    wire.ack = lost["number"]
    assert wire.answer_to(frame["client_id"])["seq"] == 1
    returned = attacked.visitor(token=visitor.token)
    assert texts_of([returned.welcome["visitor_state"]]) == ["once"]


def test_an_answer_lost_while_waiting_is_given_again(attacked: Server) -> None:
    visitor, wire = poller(attacked)
    conversation = visitor.says("hello")
    wire.drain()
    cut_call(attacked, wire)
    say(attacked, conversation, "did you get this?")
    answer = wire.call([], call=wire.calls).json()
    assert answer["number"] == wire.ack + 1, "a gap in the numbers, for which a client would wait in vain"
    assert "did you get this?" in texts_of(answer["frames"])
    wire.ack = answer["number"]
    say(attacked, conversation, "and this?")
    following = wire.call([]).json()
    assert texts_of(following["frames"]) == ["and this?"]


def test_two_calls_of_one_number_at_once_are_one(attacked: Server) -> None:
    visitor, wire = poller(attacked)
    conversation = visitor.says("hello")
    wire.drain()
    wire.calls += 1
    body: dict[str, Any] = {"session": wire.session, "ack": wire.ack, "call": wire.calls, "frames": []}
    answers: list[dict[str, Any]] = []

    def wait() -> None:
        answers.append(httpx.post(f"{attacked.url}/w/poll", json=body, timeout=90).json())

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    say(attacked, conversation, "to all three")
    for thread in threads:
        thread.join(40)
    assert [answer["number"] for answer in answers] == [wire.ack + 1] * 3
    assert answers[0] == answers[1] == answers[2]
    assert texts_of(answers[0]["frames"]) == ["to all three"]


def test_answers_that_are_lost_in_a_row(attacked: Server) -> None:
    visitor, wire = poller(attacked)
    conversation = visitor.says("hello")
    wire.drain()
    heard: list[str] = []
    for number in range(30):
        say(attacked, conversation, f"word {number}")
        first = wire.call([])
        answer = first if number % 3 else wire.call([], call=wire.calls)
        assert answer.json()["number"] == wire.ack + 1
        wire.ack = answer.json()["number"]
        heard += texts_of(answer.json()["frames"])
    assert heard == [f"word {number}" for number in range(30)]


def test_a_command_whose_session_was_lost_is_sent_again_elsewhere(attacked: Server) -> None:
    visitor, wire = poller(attacked)
    visitor.says("hello")
    frame = {"type": "send_message", "client_id": secrets.token_hex(8), "text": "once"}
    wire.call([frame])
    back = attacked.visitor(Poll, token=visitor.token)
    assert back.tries(frame)["type"] == "ack"
    returned = attacked.visitor(token=visitor.token)
    assert texts_of([returned.welcome["visitor_state"]]) == ["hello", "once"]


@pytest.mark.parametrize(
    ("values", "status", "field"),
    [
        ({"session": "A" * 43}, 410, "session"),
        ({"session": "A" * 101}, 400, "session"),
        ({"session": 7}, 400, "session"),
        ({"ack": -1}, 400, "ack"),
        ({"ack": 10**30}, 400, "ack"),
        ({"call": 0}, 400, "call"),
        ({"call": "1"}, 400, "call"),
        ({"call": 10**400}, 400, "call"),
    ],
    ids=str,
)
def test_a_call_that_is_none(attacked: Server, values: dict[str, Any], status: int, field: str) -> None:
    visitor, wire = poller(attacked)
    answer = wire.call([{"type": "ping"}], **values)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field)
    assert visitor.says("still here")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff", b"x" * 300_000, b"[" * 200_000], ids=lambda b: b[:3]
)
@pytest.mark.parametrize("path", ["/w/poll", "/w/transcript", "/api/v1/poll"])
def test_a_body_that_is_none(attacked: Server, path: str, body: bytes) -> None:
    answer = httpx.post(attacked.url + path, content=body)
    assert answer.status_code == (413 if len(body) > 262_144 else 400)
    assert answer.json()["error"]["code"] == ("too_large" if len(body) > 262_144 else "invalid")


def test_too_many_frames_at_once(attacked: Server) -> None:
    visitor, wire = poller(attacked)
    answer = wire.call([{"type": "ping"}] * 65)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"], error["limit"]) == (400, "frames", 64)
    assert visitor.says("still here")


def test_an_ack_of_what_was_never_sent_loses_nothing(attacked: Server) -> None:
    visitor, wire = poller(attacked)
    conversation = visitor.says("hello")
    wire.drain()
    wire.call([{"type": "ping"}], ack=2**50)
    say(attacked, conversation, "good day")
    assert wire.wait_for("event", lambda frame: "good day" in texts_of([frame]))


def test_a_session_belongs_to_its_kind(attacked: Server) -> None:
    _, wire = poller(attacked)
    body: dict[str, Any] = {"session": wire.session, "ack": 0, "call": 99, "frames": []}
    assert httpx.post(f"{attacked.url}/api/v1/poll", json=body).status_code == 410


def test_a_session_that_ended_is_gone(attacked: Server) -> None:
    _, wire = poller(attacked)
    wire.send({"type": "hello", "protocol": 1, "site": attacked.key})
    assert wire.close_code() == 4400
    assert wire.call([]).status_code == 410
