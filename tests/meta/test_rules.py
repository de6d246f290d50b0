"""Rules of the architecture that the code can be read for: what events carry, and where time and chance come from."""

import ast
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from klepet.model.events import EVENT_TYPES, AnyEvent, Event

ROOT = Path(__file__).parents[2]
DOMAIN = ("model", "actions", "access", "store", "realtime", "listeners", "jobs", "reports", "kit")
FROM_THE_AIR = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "os.urandom",
    "secrets.token_",
    "secrets.choice",
    "secrets.randbelow",
    "random.",
    "uuid1",
    "uuid4",
    "token_hex",
    "token_bytes",
    "token_urlsafe",
)
ALLOWED = {
    ("klepet/kit/clock.py", "datetime.now"),  # where the clock of the machine is read
    ("klepet/store/cluster.py", "token_hex"),  # by which a process knows its own notices
    ("klepet/store/schema.py", "token_hex"),  # the epoch of a new log, which no one is handed
}


def fields_of(kind: type[Event]) -> list[tuple[str, Any]]:
    return [(field.name, field.type) for field in msgspec.structs.fields(kind)]


def is_small(annotation: Any) -> bool:
    """An id, a number, a word of a closed vocabulary; or none."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return all(part is type(None) or is_small(part) for part in typing.get_args(annotation))
    return annotation in (UUID, int, bool) or (isinstance(annotation, type) and issubclass(annotation, Enum))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_events_carry_ids_and_small_facts_and_no_text(name: str) -> None:
    """So erasing a row erases it everywhere: the log, resumed streams, webhooks."""
    assert {field: kind for field, kind in fields_of(EVENT_TYPES[name]) if not is_small(kind)} == {}


def test_every_event_is_a_member_of_the_union() -> None:
    def leaves(kind: type) -> set[type]:
        below: list[type] = kind.__subclasses__()
        return {leaf for one in below for leaf in leaves(one)} if below else {kind}

    assert leaves(Event) == set(AnyEvent.__args__)


def test_events_that_are_not_known_yet_and_fields_that_are_not_are_skipped() -> None:
    """A field that a later version adds does not keep this one from reading the event."""
    later = b'{"type":"operator.enabled","operator_id":"019df237-3e80-741c-acd8-be731ba3ee82","mood":"good"}'
    assert isinstance(msgspec.json.decode(later, type=AnyEvent), EVENT_TYPES["operator.enabled"])


def test_time_ids_and_chance_are_arguments() -> None:
    found = set()
    for folder in DOMAIN:
        for path in (ROOT / "klepet" / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    called = ast.unparse(node.func)
                    if called.startswith(FROM_THE_AIR):
                        found.add((name, called))
    assert found - ALLOWED == set()


def test_nobody_reads_the_log_for_history() -> None:
    """Only delivery does: whoever resumes, and durable listeners. What people look up stands in tables."""
    readers = set()
    for path in (ROOT / "klepet").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "events_since(" in text:
            readers.add(path.relative_to(ROOT).as_posix())
    assert readers == {
        "klepet/store/log.py",
        "klepet/store/tail.py",
        "klepet/access/streams.py",
        "klepet/actions/listening.py",
    }
