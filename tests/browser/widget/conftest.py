"""A customer's website on its own origin, and a klepet behind a network that can fail."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.checks import PATIENCE
from tests.browser.widget.visitor import Visitor
from tests.browser.widget.world import World

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}


@pytest.fixture(scope="session")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A klepet of its own for these tests."""
    world = World(tmp_path_factory.mktemp("klepet"))
    yield world
    world.close()


@pytest.fixture
def world(running_world: World) -> Iterator[World]:
    """The klepet with everything working, and new sites that nobody has written on."""
    running_world.begin()
    yield running_world
    running_world.network.heal()


class Visitors:
    """Makes visitors, each in a browser profile of its own."""

    def __init__(self, chromium: Browser, world: World) -> None:
        self.chromium, self.world = chromium, world
        self.made: list[Visitor] = []

    def __call__(self, path: str = "/", **profile: Any) -> Visitor:
        context = self.chromium.new_context(**(DESKTOP | profile))
        context.set_default_timeout(PATIENCE * 1_000)
        return self.in_profile(context, path)

    def in_profile(self, context: BrowserContext, path: str = "/") -> Visitor:
        """Another tab of the same visitor."""
        visitor = Visitor(context, self.world.website)
        self.made.append(visitor)
        return visitor.visit(path)


@pytest.fixture
def visitors(chromium: Browser, world: World) -> Iterator[Visitors]:
    """A maker of visitors; a page that throws fails the test."""
    maker = Visitors(chromium, world)
    yield maker
    thrown = [fault for visitor in maker.made for fault in visitor.faults if "Error" in fault.split(":")[0]]
    for visitor in maker.made:
        visitor.context.close()
    assert thrown == []
