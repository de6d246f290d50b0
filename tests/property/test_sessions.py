"""The life of a session: silence, what comes while it begins, receipts, and events that arrive meanwhile."""

import asyncio
import json
import time
from collections.abc import Iterator
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from klepet.access import streams
from klepet.model.frames import CLOSE_RECONNECT, CLOSE_SILENT, CLOSE_TOO_MANY
from klepet.web import receipts, session
from klepet.web.principals import VisitorSession
from klepet.web.session import Caller
from tests.property.people import Line, Person
from tests.property.reducers import Reducers
from tests.property.steps import STEPS
from tests.property.test_streams import a_world, check_states
from tests.property.world import World


@pytest.fixture(scope="module")
def reducers() -> Iterator[Reducers]:
    found = Reducers()
    yield found
    found.close()


@pytest.fixture
def world(reducers: Reducers) -> Iterator[World]:
    with a_world(reducers) as found:
        found.pump()
        yield found


def sweep(world: World) -> None:
    world.call(world.desk.sweep)


def begin_slowly(world: World, person: Person, seconds: float, *meanwhile: Any) -> None:
    """The person greets, and the reading of its start takes a while; meanwhile things happen."""

    def slow(*given: Any) -> Any:
        found = streams.start_for(*given)
        time.sleep(seconds)  # in a reader's thread, with the snapshot already taken
        return found

    with patch.object(session, "start_for", slow):
        person.disconnect()
        person.connect(from_start=True)
        world.run(asyncio.sleep(seconds / 4))
        for happen in meanwhile:
            happen()
        world.settle()


def test_who_says_no_hello_is_closed(world: World) -> None:
    line = Line()
    caller = Caller(address="192.0.2.1", origin=None, host="klepet.test", user_agent="")
    world.call(lambda: VisitorSession(world.desk, line, caller))
    world.clock.advance(session.HELLO_SECONDS - 0.1)
    sweep(world)
    assert line.code is None
    world.clock.advance(0.2)
    sweep(world)
    assert line.code == CLOSE_SILENT


def test_who_greeted_and_waits_for_a_busy_server_is_not_silent(world: World) -> None:
    person = world.operators[0]

    def sweep_later() -> None:
        world.clock.advance(session.HELLO_SECONDS + 1)
        sweep(world)

    begin_slowly(world, person, 0.1, sweep_later)
    assert person.line.code is None
    assert json.loads(person.line.frames[0])["type"] == "welcome"


def test_who_is_silent_for_too_long_is_closed_and_who_pings_is_not(world: World) -> None:
    silent, alive = world.visitors[0], world.visitors[1]
    for _ in range(4):
        world.clock.advance(session.SILENT_SECONDS / 3)
        alive.send({"type": "ping"})
        sweep(world)
    assert silent.line.code == CLOSE_SILENT
    assert alive.line.code is None


def test_what_happens_while_a_session_begins_comes_once_and_in_order(world: World) -> None:
    person = world.operators[0]
    begin_slowly(world, person, 0.1, *(lambda n=n: STEPS["visitor_writes"](world, Random(n)) for n in range(5)))
    frames = [json.loads(data) for data in person.line.frames]
    assert frames[0]["type"] == "welcome"
    offsets = [frame["offset"] for frame in frames[1:] if frame["type"] == "event"]
    head = world.events[-1].offset
    assert offsets == list(range(frames[0]["position"]["offset"] + 1, head + 1))
    check_states(world)


def test_who_begins_too_slowly_for_what_happens_comes_back(world: World) -> None:
    person = world.operators[0]
    with patch.object(session, "KEPT_EVENTS", 3):
        begin_slowly(world, person, 0.1, *(lambda n=n: STEPS["visitor_writes"](world, Random(n)) for n in range(5)))
    assert person.line.code == CLOSE_RECONNECT
    person.pump()
    check_states(world)


def test_commands_before_the_welcome_wait_and_are_done_in_order(world: World) -> None:
    person = world.visitors[0]
    texts = [f"early-bird-{number}" for number in range(10)]

    def write() -> None:
        for text in texts:
            person.send({"type": "send_message", "client_id": text, "text": text, "conversation_id": None})

    begin_slowly(world, person, 0.05, write)
    acks = [frame for frame in map(json.loads, person.line.frames) if frame["type"] == "ack"]
    assert [ack["client_id"] for ack in acks] == texts
    seqs = [ack["seq"] for ack in acks]
    assert seqs == list(range(seqs[0], seqs[0] + len(texts)))


def test_too_many_commands_before_the_welcome_close(world: World) -> None:
    person = world.visitors[0]

    def hurry() -> None:
        for _ in range(session.KEPT_FRAMES + 1):
            person.send({"type": "ping"})

    begin_slowly(world, person, 0.05, hurry)
    assert person.line.code == CLOSE_TOO_MANY


def test_receipts_are_one_write_a_second_and_only_rise(world: World) -> None:
    visitor = next(person for person in world.visitors if person.show()["conversations"])
    (conversation_id,) = world.ids_of("conversations")
    STEPS["many_write_at_once"](world, Random(1))
    for number in range(8):
        STEPS["program_writes"](world, Random(number))
    world.settle()
    before = len(world.events)
    for seq in (1, 2, 5, 3, 4):
        visitor.send(
            {
                "type": "advance_receipt",
                "conversation_id": str(conversation_id),
                "delivered_seq": seq,
                "read_seq": seq - 1,
            }
        )
        world.run(asyncio.sleep(0.02))
    world.run(asyncio.sleep(receipts.RECEIPT_SECONDS / 2))
    world.settle()
    events = [item.event for item in world.events[before:]]
    assert [type(event).__name__ for event in events] == ["ReceiptAdvanced"]
    ((delivered, read),) = world.rows(
        "SELECT visitor_delivered_seq, visitor_read_seq FROM conversations WHERE id = ?", conversation_id.bytes
    )
    assert (delivered, read) == (5, 4)
