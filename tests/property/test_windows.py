"""At the edges of what a snapshot holds: long transcripts, many conversations of one visitor, more open conversations
than fit.
"""

from collections.abc import Iterator
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from klepet.access import streams
from klepet.actions import conversations as conversation_actions
from klepet.actions.messages import Draft, send_message
from klepet.model.words import MessageKind
from klepet.store import conversations
from tests.property import steps_people
from tests.property.people import Person
from tests.property.reducers import Reducers
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


def write(world: World, person: Person, count: int = 1, *, in_conversation: Any = None) -> Any:
    """The person writes; where."""
    principal: Any = world.visitor_principal(person) if person.is_visitor else world.operator_principal(person)
    found = None
    for _ in range(count):
        world.clock.advance(1)
        client_id, now = f"window-{world.ids().hex}", world.clock.now()
        draft = Draft(principal, client_id, "text", in_conversation, MessageKind.TEXT, now, world.ids)
        found = world.write(lambda tx, draft=draft: send_message(tx, draft)).conversation_id  # type: ignore[misc]
    return found


def close(world: World, conversation_id: Any) -> None:
    world.clock.advance(1)
    owner, now = world.owner, world.clock.now()
    world.write(lambda tx: conversation_actions.close_conversation(tx, owner, conversation_id, now=now, ids=world.ids))


@pytest.mark.parametrize("missed", [5, 70])
@pytest.mark.parametrize("resume", [1000, 3])
def test_a_long_transcript(world: World, missed: int, resume: int) -> None:
    visitor, operator = world.visitors[0], world.operators[0]
    with patch.object(streams, "RESUME_EVENTS", resume):
        id_ = write(world, visitor, 60)
        world.pump()
        operator.open_transcript(str(id_), [], has_older=True)
        operator.disconnect()
        operator.connect(from_start=True)
        world.pump()
        check_states(world)
        for person in (visitor, operator):
            person.disconnect()
        write(world, visitor, missed)
        check_states(world)
        write(world, operator, missed, in_conversation=id_)
        check_states(world)


def test_more_conversations_than_a_visitor_is_shown(world: World) -> None:
    visitor = world.visitors[0]
    made = []
    for _ in range(24):
        made.append(write(world, visitor))
        close(world, made[-1])
    check_states(world)
    write(world, visitor, in_conversation=made[0])
    check_states(world)
    write(world, world.operators[0], in_conversation=made[0])
    close(world, made[0])
    write(world, visitor, in_conversation=made[3])
    world.pump()
    check_states(world)
    assert len(visitor.show()["conversations"]) == 20


def test_more_open_conversations_than_an_operator_is_shown(world: World) -> None:
    """The rest comes by pages; how many there are is counted right all the same."""
    operator = world.operators[0]
    with patch.object(steps_people, "VISITORS_MAX", 6):
        while len(world.visitors) < 6:
            steps_people.visitor_comes(world, Random(0))
    made = [write(world, person) for person in world.visitors]
    world.pump()
    with patch.object(conversations.open_ones, "__defaults__", (3,)):
        operator.disconnect()
        operator.connect(from_start=True)
        world.pump()
        check_count(world, operator, 6)
        for id_ in made:  # one after another, shown or not
            write(world, operator, in_conversation=id_)
        check_count(world, operator, 6)
        for number, id_ in enumerate(made[:4]):
            close(world, id_)
            check_count(world, operator, 5 - number)
        write(world, world.visitors[0])
        check_count(world, operator, 3)


def check_count(world: World, operator: Person, count: int) -> None:
    world.pump()
    assert world.read(conversations.count_open) == count
    twin = operator.twin()
    twin.connect(from_start=True)
    world.settle()
    twin.pump()
    held, fresh = operator.show(), twin.show()
    twin.forget()
    assert fresh["openCount"] == count
    assert held["openCount"] == count
    rows = {row["id"]: row for row in held["conversations"]}
    assert all(rows[row["id"]] == row for row in fresh["conversations"] if row["id"] in rows)
