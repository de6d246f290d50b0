"""Coming back: from any position the events since, each once and in order, or a snapshot where the log no longer tells
all; across what was pruned and erased, other epochs, and events of later versions.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klepet.access import streams
from klepet.access.streams import Start, epoch_for, start_for
from klepet.actions import bookkeeping
from klepet.model import permissions
from klepet.model.frames import CLOSE_NOT_ALLOWED, LogPosition
from klepet.model.permissions import PERMISSIONS, Permission
from klepet.model.principals import OperatorPrincipal, Principal
from klepet.model.words import Role
from klepet.realtime.audience import audience_of
from klepet.store import log
from tests.property.people import Person
from tests.property.reducers import Reducers
from tests.property.steps import STEPS
from tests.property.test_streams import EXAMPLES, IS_LONG, a_world, check_states, take
from tests.property.world import World

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine


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


def start(world: World, principal: Principal, offset: int, epoch: str | None = None) -> Start:
    known = world.read(log.head)[1]
    position = LogPosition(offset, epoch or epoch_for(known, principal))
    return world.read(lambda r: start_for(r, principal, position, []))


def everybody(world: World) -> list[Principal]:
    return [
        *(world.operator_principal(person) for person in world.operators),
        *(world.visitor_principal(person) for person in world.known_visitors),
    ]


def play(world: World, *names: str, seed: int = 0) -> None:
    for number, name in enumerate(names):
        take(world, name, seed + number)


def concerns(principal: Principal, event: Any) -> bool:
    audience = audience_of(event)
    if isinstance(principal, OperatorPrincipal):
        return audience.operators
    return audience.every_visitor or principal.contact_id in (audience.contact_id, audience.left_contact_id)


@settings(EXAMPLES, max_examples=500 if IS_LONG else 25)
@given(
    plan=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 2**16)), min_size=10, max_size=40),
    chance=st.randoms(use_true_random=False),
)
def test_from_any_position_nothing_is_missing_and_nothing_comes_twice(
    reducers: Reducers, plan: list[tuple[str, int]], chance: Random
) -> None:
    with a_world(reducers) as world:
        for name, seed in plan:
            take(world, name, seed)
        stored = {row[0] for row in world.rows('SELECT "offset" FROM events')}
        head = world.read(log.head)[0]
        assert head == world.events[-1].offset
        assert [item.offset for item in world.events] == list(range(1, head + 1))
        for principal in everybody(world):
            for offset in {0, head, *(chance.randrange(head + 1) for _ in range(6))}:
                found = start(world, principal, offset)
                assert found.position.offset == head
                if found.state is not None:
                    continue
                told = [item.offset for item in found.events if concerns(principal, item.event)]
                assert told == [
                    item.offset
                    for item in world.events
                    if item.offset > offset and item.offset in stored and concerns(principal, item.event)
                ]
                missing = set(range(offset + 1, head + 1)) - stored
                assert not missing or min(stored) <= offset + 1, "pruned, and yet resumed"


def test_what_was_pruned_is_replaced_by_a_snapshot(world: World) -> None:
    play(world, "visitor_writes", "operator_writes", "visitor_writes", "operator_writes", "visitor_writes")
    with patch.object(streams, "RESUME_EVENTS", 1000):
        assert all(start(world, principal, 1).state is None for principal in everybody(world))
        play(world, *["listeners_run"] * 12, seed=2)
        now = world.clock.now()
        world.write(lambda tx: bookkeeping.prune_log(tx, before=now, limit=5))
        assert world.rows('SELECT min("offset") FROM events')[0][0] == 6
        for principal in everybody(world):
            assert start(world, principal, 4).state is not None
            assert start(world, principal, 5).state is None
        world.write(lambda tx: bookkeeping.prune_log(tx, before=now, limit=1000))
        head = world.read(log.head)[0]
        for principal in everybody(world):
            assert start(world, principal, head - 1).state is not None
            assert start(world, principal, head).state is None


def test_another_log_is_not_resumed(world: World) -> None:
    for principal in everybody(world):
        head = world.read(log.head)[0]
        assert start(world, principal, head).state is None
        assert start(world, principal, head + 1).state is not None
        assert start(world, principal, head, epoch="another").state is not None
    visitors = [principal for principal in everybody(world) if not isinstance(principal, OperatorPrincipal)]
    others = epoch_for(world.read(log.head)[1], visitors[1])
    assert start(world, visitors[0], 1, epoch=others).state is not None
    world.write(lambda tx: tx.conn.exec_driver_sql("UPDATE log_head SET epoch = 'restored'"))
    for person in world.people:
        person.disconnect()
        person.connect()
    world.pump()
    for person in world.people:
        assert person.position is not None
        assert person.position["epoch"].startswith("restored")


def test_every_database_has_an_epoch_of_its_own(reducers: Reducers) -> None:
    from klepet.store import schema, sqlite

    epochs = set()
    for _ in range(2):
        conn = sqlite.open_writer(Path(":memory:"), synchronous="OFF")
        schema.upgrade(conn)
        epochs.add(conn.exec_driver_sql("SELECT epoch FROM log_head").scalar_one())
        conn.close()
    assert len(epochs) == 2


def test_events_of_a_later_version_hide_nothing(world: World) -> None:
    """After going back to an older version the log holds types that it does not know: they are skipped, and counted."""
    with patch.object(streams, "RESUME_EVENTS", 10):
        position = world.read(log.head)[0]

        def of_a_later_version(tx: Any) -> None:
            for _ in range(8):
                (offset,) = tx.conn.exec_driver_sql(
                    'UPDATE log_head SET "offset" = "offset" + 1 RETURNING "offset"'
                ).one()
                tx.conn.exec_driver_sql(
                    'INSERT INTO events ("offset", type, at, payload) VALUES (?, ?, ?, ?)',
                    (offset, "moon.risen", 0, '{"type":"moon.risen"}'),
                )

        world.write(of_a_later_version)
        play(world, "visitor_writes", "visitor_writes", "visitor_writes", "visitor_writes")
        for principal in everybody(world):
            found = start(world, principal, position)
            told = [item.offset for item in found.events if concerns(principal, item.event)]
            wanted = [
                item.offset for item in world.events if item.offset > position and concerns(principal, item.event)
            ]
            assert found.state is not None or told == wanted
        check_states(world)


@pytest.mark.parametrize("step", ["conversation_is_erased", "contact_is_erased"])
@pytest.mark.parametrize("seed", range(6))
def test_an_erasure_leaves_gaps_that_nobody_falls_into(world: World, step: str, seed: int) -> None:
    """What an erasure takes out of the log is missing for whoever was away: they learn that it is gone, and go on."""
    play(world, *["visitor_writes", "operator_writes"] * 4, seed=seed)
    for person in world.people:
        person.disconnect()
    with patch.object(streams, "RESUME_EVENTS", 1000):
        play(world, "many_write_at_once", "program_writes", "program_writes", seed=seed)
        take(world, step, seed)
        take(world, "program_writes", seed)
        head = world.read(log.head)[0]
        assert len(world.rows('SELECT 1 FROM events WHERE "offset" <= ?', head)) < head, "no gap"
        for person in list(world.people):
            person.connect()
        world.pump()
        for person in world.people:
            if not person.is_online:  # the transcript on screen is gone: the widget asks for a snapshot
                person.connect()
        world.pump()
        for person in world.people:
            check_no_gap(world, person)
    check_states(world)


def check_no_gap(world: World, person: Person) -> None:
    """It holds nothing that is gone, and is not told that it misses something."""
    conversations = {str(id_) for id_ in world.ids_of("conversations")}
    assert {row["id"] for row in person.show()["conversations"]} <= conversations
    assert {row["conversation_id"] for row in person.show()["messages"]} <= conversations
    person.send({"type": "ping"})
    world.settle()
    person.pump()
    pong = json.loads(person.heard[-1])
    assert person.position is not None
    assert pong["offset"] <= person.position["offset"]


def test_who_comes_back_and_missed_nothing_is_told_of_no_gap(world: World) -> None:
    """A client that is told of a newer event than it holds reconnects: for nothing, and again, where none is for it."""
    (busy,) = world.ids_of("conversations")
    ((talks,),) = world.rows("SELECT visitor_id FROM conversations WHERE id = ?", busy.bytes)
    (visitor,) = (person for person in world.visitors if person.id.bytes != talks)
    before = visitor.position
    visitor.disconnect()
    play(world, "operator_writes", "books_are_kept", "api_token_comes_and_goes", seed=1)
    visitor.connect()
    world.pump()
    visitor.send({"type": "ping"})
    world.pump()
    assert visitor.position == before
    assert json.loads(visitor.heard[-1]) == {"type": "pong", "offset": 0}


def test_an_operator_without_the_permission_sees_nothing(world: World) -> None:
    """Neither by a snapshot, nor by the events since, nor live."""
    person = world.operators[0]
    position = person.position
    assert position is not None
    play(world, "visitor_writes", "visitor_writes")
    person.disconnect()
    with patch.dict(permissions.PERMISSIONS, {Role.OWNER: PERMISSIONS[Role.OWNER] - {Permission.ANSWER}}):
        for from_start in (True, False):
            person.connect(from_start=from_start)
            world.settle()
            assert person.line.code == CLOSE_NOT_ALLOWED
            take_quietly(world)
            assert [frame["type"] for frame in map(json.loads, person.line.frames)] in ([], ["refused"])


def take_quietly(world: World) -> None:
    """A visitor writes."""
    STEPS["visitor_writes"](world, Random(3))
    world.settle()


def test_a_visitor_reads_nobody_elses_stream(world: World) -> None:
    one, other = (world.visitor_principal(person) for person in world.known_visitors[:2])
    play(world, "visitor_writes", "visitor_writes", "visitor_writes", "operator_writes")
    theirs = {item.offset for item in world.events if concerns(other, item.event) and not concerns(one, item.event)}
    assert theirs
    assert not theirs & {item.offset for item in start(world, one, 0).events}


def test_a_commit_is_delivered_before_its_answer(world: World) -> None:
    visitor = world.visitors[0]
    frame = {"type": "send_message", "client_id": "before-after", "text": "x", "conversation_id": None}
    visitor.send(frame)
    world.settle()
    types = [json.loads(data)["type"] for data in visitor.line.frames]
    assert types.index("ack") == len(types) - 1
    assert "event" in types[:-1]


def test_ids_of_messages_are_one_authors_own(world: World) -> None:
    """The same client_id of two authors is two messages, of one author one, whatever the connection."""
    for person in [*world.visitors, *world.visitors]:
        person.send({"type": "send_message", "client_id": "the-same-id", "text": "x", "conversation_id": None})
        world.pump()
    rows = world.rows("SELECT author_id FROM messages WHERE client_id = 'the-same-id'")
    assert sorted(UUID(bytes=row[0]) for row in rows) == sorted(person.id for person in world.visitors)
