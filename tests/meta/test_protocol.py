"""What is generated from the server's Structs is not stale; the examples of the protocol are what is taken and sent."""

import re
from pathlib import Path

import msgspec
import pytest

from klepet.model.frames import OperatorFrame, ServerFrame, VisitorFrame
from klepet.web.poll import PollAnswer, PollCall
from tools.generate_protocol import files, stale

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
SENT, RECEIVED, CALLED, ANSWERED = "→", "←", "⇒", "⇐"


def examples(arrow):
    return [line.removeprefix(arrow).strip() for line in PAGE.splitlines() if line.startswith(arrow)]


def test_nothing_generated_is_stale():
    assert stale() == [], "run: .venv/bin/python -m tools.generate_protocol"


def test_a_change_in_what_is_generated_is_noticed(monkeypatch):
    (types, *_) = files()
    monkeypatch.setattr("tools.generate_protocol.files", lambda: {types: "export type Nothing = never;\n"})
    assert stale() == [types.as_posix()]


@pytest.mark.parametrize("example", examples(SENT))
def test_what_clients_send_is_understood(example):
    kinds = VisitorFrame if '"token":"klepet_' not in example else OperatorFrame
    frame = msgspec.json.decode(example, type=kinds)
    assert fields_of(example) <= set(frame.__struct_fields__)


@pytest.mark.parametrize("example", examples(RECEIVED))
def test_what_the_server_sends_is_told_as_it_is(example):
    frame = msgspec.json.decode(example, type=ServerFrame)
    assert fields_of(example) <= set(frame.__struct_fields__)


def test_calls_of_long_polling_are_told_as_they_are():
    calls = [msgspec.json.decode(example, type=PollCall) for example in examples(CALLED)]
    answers = [msgspec.json.decode(example, type=PollAnswer) for example in examples(ANSWERED)]
    assert [call.call for call in calls] == [answer.number for answer in answers] == [1, 2]
    for call in calls:
        for frame in call.frames:
            msgspec.json.decode(frame, type=VisitorFrame)
    for answer in answers:
        for frame in answer.frames:
            msgspec.json.decode(frame, type=ServerFrame)


def test_the_examples_tell_a_whole_conversation():
    kinds = {
        match
        for example in examples(SENT) + examples(RECEIVED)
        for match in re.findall(r'"type":"([a-z_.]+)"', example)
    }
    assert {"hello", "welcome", "send_message", "ack", "refused", "advance_receipt", "typing", "ping", "pong"} <= kinds


def fields_of(example):
    """The fields of a frame as an example names them; `type` is the tag."""
    return set(msgspec.json.decode(example)) - {"type"}
