"""Snapshot and the events since are a fresh snapshot, for everything that can be done; and nobody's stream carries what
is not for them. On the server's own code, with the reducers of console and widget as they are shipped.
"""

import asyncio
import importlib
import inspect
import os
import pkgutil
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import klepet.actions
from klepet.access import streams
from klepet.actions import erasure
from klepet.model.events import EVENT_TYPES
from tests.property.choices import tag
from tests.property.people import Person
from tests.property.reducers import Reducers
from tests.property.steps import STEPS, begin
from tests.property.world import World

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

IS_LONG = os.environ.get("KLEPET_FAULTS") == "long"
EXAMPLES = settings(
    max_examples=2_000 if IS_LONG else 40,
    derandomize=not IS_LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TAG = re.compile(r"«[^»]*»")


@pytest.fixture(scope="module")
def reducers() -> Iterator[Reducers]:
    found = Reducers()
    yield found
    found.close()


@contextmanager
def a_world(reducers: Reducers, url: str | None = None) -> Iterator[World]:
    """A world with small limits, so that what happens at them happens."""
    loop = asyncio.new_event_loop()
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(streams, "RESUME_EVENTS", 12),
        patch.object(erasure, "ERASE_ROWS", 5),
    ):
        world = World(Path(folder), reducers, loop, url)
        begin(world)
        for person in world.people:
            person.connect()
        try:
            yield world
        finally:
            world.close()
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


def take(world: World, name: str, seed: int) -> None:
    """Do one step, and look at what everybody heard."""
    if STEPS[name](world, Random(seed)):
        world.done.add(name)
    world.clock.advance(0.001)
    world.pump()
    for person in world.people:
        check_heard(world, person)


def check_heard(world: World, person: Person) -> None:
    """Nothing came that is not for them."""
    if not person.is_visitor:
        for frame in person.heard:
            assert b'"link.' not in frame
            assert b'"session.' not in frame
            assert b'"password.' not in frame
        return
    if not person.heard:
        return
    principal = world.visitor_principal(person)
    mine = {
        UUID(bytes=row[0])
        for row in world.rows("SELECT id FROM visitors WHERE contact_id = ?", principal.contact_id.bytes)
    }
    tags = {tag(visitor_id) for visitor_id in mine} | {"«nobody»"}
    others = {
        str(UUID(bytes=row[0])).encode()
        for row in world.rows(
            "SELECT id FROM conversations WHERE contact_id != ? UNION SELECT id FROM contacts WHERE id != ?",
            principal.contact_id.bytes,
            principal.contact_id.bytes,
        )
    } | {str(id_).encode() for id_ in world.ids_of("visitors") if id_ not in mine}
    for frame in person.heard:
        text = frame.decode()
        assert "«note»" not in text
        assert b'"kind":"note"' not in frame
        assert set(_TAG.findall(text)) <= tags, text
        assert not others & set(_UUID.findall(frame)) or b"conversation.moved" in frame, text


def check_states(world: World) -> None:
    """Everybody who is connected holds what a fresh tab of theirs would be given."""
    for person in list(world.people):
        if not person.is_online:
            person.connect()
    world.pump()
    for person in list(world.people):
        if not person.is_online:
            person.connect()
            world.pump()
        if person not in world.people:
            continue
        check_heard(world, person)
        twin = person.twin()
        twin.connect(from_start=True)
        world.settle()
        twin.pump()
        held, fresh = person.show(), twin.show()
        (check_visitor if person.is_visitor else check_operator)(held, fresh)
        twin.forget()


def check_operator(held: dict[str, Any], fresh: dict[str, Any]) -> None:
    """All of what a snapshot brings."""
    assert held.pop("position")["epoch"] == fresh.pop("position")["epoch"]
    for part in fresh:
        assert held[part] == fresh[part], part


def check_visitor(held: dict[str, Any], fresh: dict[str, Any]) -> None:
    """All of what a snapshot brings. What is held besides are older messages, and people who wrote or were named."""
    assert {row["id"]: row for row in held["conversations"]} == {row["id"]: row for row in fresh["conversations"]}
    assert held["contact"] == fresh["contact"]
    assert held["isAccepting"] == fresh["isAccepting"]
    people = {row["id"]: row for row in held["operators"]}
    for row in fresh["operators"]:
        assert people[row["id"]] == row
    if fresh["conversations"]:
        assert held["conversations"][0]["id"] == fresh["conversations"][0]["id"]
        newest = [row for row in held["messages"] if row["conversation_id"] == fresh["conversations"][0]["id"]]
        assert newest[-50:] == fresh["messages"]


@EXAMPLES
@given(
    plan=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 2**16)), min_size=1, max_size=40),
    every=st.integers(1, 8),
)
def test_snapshot_and_events_since_are_a_fresh_snapshot(
    reducers: Reducers, plan: list[tuple[str, int]], every: int
) -> None:
    with a_world(reducers) as world:
        for number, (name, seed) in enumerate(plan):
            take(world, name, seed)
            if number % every == 0:
                check_states(world)
        check_states(world)


def test_every_action_and_event_is_among_the_steps(reducers: Reducers) -> None:
    """Whoever adds an action or an event adds it to steps.py too: by introspection, none is missing."""
    actions = {code: name for name, code in every_action()}
    called: set[str] = set()

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in actions:
            called.add(actions[frame.f_code])

    recorded: set[str] = set()
    done: set[str] = set()
    threading.setprofile(watch)  # the writer's threads are made below, and run the actions
    try:
        for seed in range(30):
            with a_world(reducers) as world:
                chance = Random(seed)
                for name in chance.sample(sorted(STEPS) * 2, len(STEPS) * 2):
                    take(world, name, chance.randrange(2**16))
                done |= world.done
                recorded |= {str(item.event.__struct_config__.tag) for item in world.events}
            if recorded == set(EVENT_TYPES) and called == set(actions.values()) and done == set(STEPS):
                return
    finally:
        threading.setprofile(None)
    assert set(EVENT_TYPES) - recorded == set(), "events that no step causes"
    assert set(actions.values()) - called == set(), "actions that no step takes"
    assert set(STEPS) - done == set(), "steps that are always refused"


def every_action() -> Iterator[tuple[str, CodeType]]:
    """Each public function of klepet.actions that is given a transaction."""
    for module_info in pkgutil.iter_modules(klepet.actions.__path__):
        module = importlib.import_module(f"klepet.actions.{module_info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_own = function.__module__ == module.__name__ and not name.startswith("_")
            if is_own and next(iter(inspect.signature(function).parameters), "") == "tx":
                yield f"{module_info.name}.{name}", function.__code__
