"""Who is there, for operators' eyes: coming, moving, reloading, leaving."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from klepet.kit.clock import FakeClock
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Page
from klepet.model.words import Availability, Role
from klepet.realtime.hub import Hub
from klepet.realtime.presence import GRACE_SECONDS

OPERATOR, VISITOR, CONTACT, SITE = (UUID(int=number) for number in range(1, 5))
HOME, CART = Page("https://shop.test/", "Home"), Page("https://shop.test/cart", "Cart")


@dataclass(eq=False)
class Line:
    """A connection that notes what it is told."""

    principal: OperatorPrincipal | VisitorPrincipal
    page: Page | None = None
    told: list[dict[str, Any]] = field(default_factory=list)

    def deliver(self, offset: int, frame: bytes) -> None:
        self.told.append(msgspec.json.decode(frame))

    def signal(self, frame: bytes) -> None:
        self.told.append(msgspec.json.decode(frame))

    def recheck(self) -> None:
        raise AssertionError("nothing here takes rights away")

    def end(self, code: int) -> None:
        self.told.append({"code": code})

    def heard(self) -> list[tuple[bool, str | None]]:
        """Whether the visitor is there, and where, as it was told since the last time."""
        told, self.told = self.told, []
        return [
            (frame["is_online"], frame["page"] and frame["page"]["title"])
            for frame in told
            if frame["type"] == "visitor_presence"
        ]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 5, 4, tzinfo=UTC))


@pytest.fixture
def hub(clock: FakeClock) -> Hub:
    return Hub(clock)


@pytest.fixture
def operator(hub: Hub) -> Line:
    line = Line(OperatorPrincipal(operator_id=OPERATOR, role=Role.OPERATOR, name="Ana"))
    hub.add(line)
    return line


def visitor(page: Page | None = HOME) -> Line:
    return Line(VisitorPrincipal(VISITOR, CONTACT, SITE), page)


def test_coming_and_moving_are_told_once_each(hub: Hub, operator: Line) -> None:
    line = visitor()
    hub.add(line)
    assert operator.heard() == [(True, "Home")]
    line.page = CART
    hub.show_page(line)
    hub.show_page(line)
    assert operator.heard() == [(True, "Cart")]
    assert hub.is_visitor_online(VISITOR)
    assert hub.page_of_visitor(VISITOR) == CART


def test_a_reload_is_no_leaving(hub: Hub, operator: Line, clock: FakeClock) -> None:
    before, after = visitor(), visitor()
    hub.add(before)
    operator.heard()
    hub.remove(before)
    clock.advance(GRACE_SECONDS - 1)
    assert hub.sweep() == []
    assert hub.is_visitor_online(VISITOR)
    assert hub.page_of_visitor(VISITOR) == HOME
    hub.add(after)
    clock.advance(GRACE_SECONDS * 10)
    assert hub.sweep() == []
    assert operator.heard() == []


def test_who_does_not_come_back_has_left(hub: Hub, operator: Line, clock: FakeClock) -> None:
    line = visitor()
    hub.add(line)
    hub.remove(line)
    operator.heard()
    clock.advance(GRACE_SECONDS)
    assert hub.sweep() == [VISITOR]
    assert operator.heard() == [(False, None)]
    assert hub.sweep() == []
    assert not hub.is_visitor_online(VISITOR)
    assert hub.online_visitor_ids == []
    hub.add(line)
    assert operator.heard() == [(True, "Home")]


def test_the_page_is_that_of_a_tab_that_is_open(hub: Hub, operator: Line) -> None:
    one, other = visitor(HOME), visitor(CART)
    hub.add(one)
    hub.add(other)
    hub.remove(other)
    assert operator.heard() == [(True, "Home"), (True, "Cart"), (True, "Home")]
    hub.remove(one)
    assert operator.heard() == []


def test_a_console_that_reloads_is_still_accepting(hub: Hub, operator: Line, clock: FakeClock) -> None:
    hub.set_availability([(OPERATOR, Availability.ACCEPTING)])
    line = visitor()
    hub.add(line)
    line.told.clear()
    hub.remove(operator)
    assert hub.is_accepting
    hub.add(operator)
    hub.sweep()
    assert line.told == []
    hub.remove(operator)
    clock.advance(GRACE_SECONDS)
    hub.sweep()
    assert not hub.is_accepting
    assert hub.online_operator_ids == []


def test_a_restart_of_the_server_is_no_leaving(hub: Hub, clock: FakeClock) -> None:
    hub.set_availability([(OPERATOR, Availability.ACCEPTING), (VISITOR, Availability.AWAY)])
    assert hub.is_accepting
    assert hub.online_operator_ids == [OPERATOR]
    line = visitor()
    hub.add(line)
    line.told.clear()
    console = Line(OperatorPrincipal(operator_id=OPERATOR, role=Role.OPERATOR, name="Ana"))
    clock.advance(GRACE_SECONDS - 1)
    hub.add(console)
    clock.advance(GRACE_SECONDS)
    hub.sweep()
    assert line.told == []


def test_who_accepted_before_the_server_stopped_and_stays_away_has_left(hub: Hub, clock: FakeClock) -> None:
    hub.set_availability([(OPERATOR, Availability.ACCEPTING)])
    line = visitor()
    hub.add(line)
    clock.advance(GRACE_SECONDS)
    hub.sweep()
    assert [frame["is_accepting"] for frame in line.told if frame["type"] == "accepting"] == [False]
    assert hub.online_operator_ids == []
