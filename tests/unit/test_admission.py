"""Who is let in: connections are counted by address, and measurements queue apart from what people wait for."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from klepet.kit.clock import FakeClock
from klepet.model.counts import Counts
from klepet.model.errors import TooMany
from klepet.store import writer
from klepet.web.config import Limits, Rates, WebConfig
from klepet.web.session import Caller, Desk


def make_desk(**config: Any) -> Desk:
    clock = FakeClock(datetime(2026, 5, 4, tzinfo=UTC))
    settings = WebConfig(public_url="http://klepet.test", data=Path(), **config)
    parts: Any = SimpleNamespace(clock=clock, config=settings, limits=Limits(clock, Rates()), counts=Counts())
    hub: Any = None
    return Desk(parts, hub)


def caller(address: str) -> Caller:
    return Caller(address=address, origin=None, host="", user_agent="")


class Seat:
    """A session, as far as the desk counts it."""

    kind = "visitor"
    connection = SimpleNamespace(transport="picows")

    def __init__(self, address: str) -> None:
        self.caller = caller(address)


def test_an_address_has_so_many_connections_and_others_do_not_notice() -> None:
    desk = make_desk(connections_per_address=3)
    seats: list[Any] = [Seat("8.8.8.8") for _ in range(3)]
    for seat in seats:
        desk.admit(seat.caller)
        desk.enter(seat)
    with pytest.raises(TooMany) as refused:
        desk.admit(caller("8.8.8.8"))
    assert refused.value.problem.limit == 3
    desk.admit(caller("9.9.9.9"))
    desk.leave(seats[0])
    desk.admit(caller("8.8.8.8"))


def test_addresses_that_left_are_forgotten() -> None:
    desk = make_desk()
    seats: list[Any] = [Seat(f"10.0.0.{number}") for number in range(200)]
    for seat in seats:
        desk.enter(seat)
    assert len(desk.addresses) == 200
    for seat in seats:
        desk.leave(seat)
    assert desk.addresses == {}
    assert desk.sessions == set()
    assert desk.parts.counts.connections == {("visitor", "picows"): 0}


def test_connections_come_at_a_rate() -> None:
    desk = make_desk()
    for _ in range(200):
        desk.admit(caller("8.8.8.8"))
    with pytest.raises(TooMany):
        desk.admit(caller("8.8.8.8"))
    desk.admit(caller("9.9.9.9"))


def test_a_flood_of_measurements_leaves_room_for_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PATIENT_UNITS", 5)
    monkeypatch.setattr(writer, "QUEUE_UNITS", 20)
    nothing: Any = None
    conn: Any = SimpleNamespace(connection=SimpleNamespace(driver_connection=SimpleNamespace(execute=None)))
    queue = writer.Writer(nothing, conn, nothing, nothing)
    unit = writer.Unit(lambda result, error: None)
    assert [queue.submit(unit, is_urgent=False) for _ in range(8)] == [True] * 5 + [False] * 3
    urgent = [queue.submit(unit) for _ in range(30)]
    assert urgent[:15] == [True] * 15
    assert urgent[20:] == [False] * 10
