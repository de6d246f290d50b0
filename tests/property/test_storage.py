"""How things stand in the database, and how listeners read its log: what later versions and engines rely on."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest

from klepet.actions.listening import run_listener
from klepet.model.events import EVENT_TYPES
from tests.property.reducers import Reducers
from tests.property.steps import STEPS
from tests.property.test_streams import a_world, take
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


def add_unknown(world: World) -> None:
    """An event of a later version."""
    world.write(
        lambda tx: tx.conn.exec_driver_sql(
            'INSERT INTO events ("offset", type, at, payload)'
            " SELECT \"offset\" + 1, 'moon.risen', 0, '{}' FROM log_head"
        )
    )
    world.write(lambda tx: tx.conn.exec_driver_sql('UPDATE log_head SET "offset" = "offset" + 1'))


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_a_durable_listener_gets_each_event_once_and_passes_those_it_does_not_know(world: World, limit: int) -> None:
    handled: list[int] = []

    def handle(tx: Any, stored: Sequence[Any], *, now: Any, ids: Any) -> None:
        handled.extend(item.offset for item in stored)

    for number in range(6):
        take(world, "visitor_writes", number)
        add_unknown(world)
    take(world, "conversation_is_erased", 1)
    names, now = frozenset(EVENT_TYPES), world.clock.now()
    is_at_head, steps = False, 0
    while not is_at_head:
        _, is_at_head = world.write(
            lambda tx: run_listener(tx, "test", names, handle, now=now, ids=world.ids, limit=limit)
        )
        steps += 1
        assert steps < 200
    known = {item.offset for item in world.events}
    stored = [row[0] for row in world.rows('SELECT "offset" FROM events ORDER BY "offset"') if row[0] in known]
    assert handled == stored


def test_a_listener_that_fails_advances_nothing(world: World) -> None:
    def fail(tx: Any, stored: Sequence[Any], *, now: Any, ids: Any) -> None:
        raise ZeroDivisionError

    names, now = frozenset(EVENT_TYPES), world.clock.now()
    with pytest.raises(Exception, match="failed on events"):
        world.write(lambda tx: run_listener(tx, "test", names, fail, now=now, ids=world.ids, limit=10))
    assert world.rows("SELECT 1 FROM cursors WHERE listener = 'test'") == []


def test_ids_are_blobs_instants_are_integers_and_money_is_text(world: World) -> None:
    for seed in range(8):
        for name in ("order_is_reported", "operator_writes", "conversation_is_rated"):
            STEPS[name](world, Random(seed))
    world.settle()
    ((id_type, length, at_type, status_type),) = world.rows(
        "SELECT typeof(id), length(id), typeof(created_at), typeof(status) FROM conversations LIMIT 1"
    )
    assert (id_type, length, at_type, status_type) == ("blob", 16, "integer", "text")
    assert world.rows("SELECT DISTINCT typeof(value), typeof(currency) FROM orders") == [("text", "text")]
    assert world.rows("SELECT DISTINCT typeof(id), length(id), substr(hex(id), 13, 1) FROM orders") == [
        ("blob", 16, "7")
    ]


def test_what_reports_will_need_is_kept_from_the_first_day(world: World) -> None:
    """Intervals of assignments and of operators' states, and the times of a conversation, outlive the log."""
    play = ("operator_writes", "conversation_is_unassigned", "conversation_is_assigned", "operator_changes_itself")
    for seed in range(10):
        for name in play:
            take(world, name, seed)
    assigned = [item for item in world.events if item.event.__struct_config__.tag == "conversation.assigned"]
    ended = [
        item
        for item in world.events
        if item.event.__struct_config__.tag in ("conversation.unassigned", "conversation.closed")
    ]
    assert assigned
    assert ended
    world.write(lambda tx: tx.conn.exec_driver_sql("DELETE FROM events"))
    intervals = world.rows("SELECT started_at, ended_at FROM assignments")
    assert len(intervals) == len(assigned)
    assert len([1 for _, ended_at in intervals if ended_at is not None]) >= len(ended)
    (times,) = world.rows("SELECT queued_at, first_visitor_message_at, first_operator_reply_at FROM conversations")
    assert all(times)
    states = world.rows("SELECT count(*) FROM operator_states")
    changes = [i for i in world.events if i.event.__struct_config__.tag == "operator.availability_changed"]
    assert states[0][0] == len(changes) + len(world.ids_of("operators"))
