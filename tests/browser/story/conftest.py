"""People for the story: customers in the demo shop, operators in their consoles, each in a browser of their own."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.checks import PATIENCE
from tests.browser.console.office import Person
from tests.browser.story.town import Town
from tests.browser.widget.visitor import Visitor

DESKTOP: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 800},
    "locale": "en-GB",
    "timezone_id": "Europe/Warsaw",
}


@pytest.fixture(scope="session")
def running_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A klepet with its shop for all of the story."""
    town = Town(tmp_path_factory.mktemp("town"))
    yield town
    town.close()


@pytest.fixture
def town(running_town: Town) -> Iterator[Town]:
    """The town with an empty desk."""
    running_town.close_everything()
    yield running_town
    running_town.heal()


class People:
    """Makes people with browsers; an error on any of their pages fails the test."""

    def __init__(self, chromium: Browser, town: Town) -> None:
        self.chromium, self.town = chromium, town
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def _context(self, **profile: Any) -> BrowserContext:
        context = self.chromium.new_context(**(DESKTOP | profile))
        context.set_default_timeout(PATIENCE * 1_000)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.contexts.append(context)
        return context

    def customer(self, path: str = "/", **profile: Any) -> Visitor:
        """Somebody in the shop."""
        return Visitor(self._context(**profile), self.town.shop).visit(path)

    def operator(self, who: Person | None = None, path: str = "/inbox", **profile: Any) -> Page:
        """Somebody in the console, by default the owner."""
        context = self._context(**profile)
        (who or self.town.owner).enter(context)
        page = context.new_page()
        page.goto(f"{self.town.console}#{path}")
        expect(page.locator(".sign.online")).to_be_visible()
        return page

    def leave(self) -> None:
        """Close all browsers."""
        for context in self.contexts:
            context.close()


@pytest.fixture
def people(chromium: Browser, town: Town) -> Iterator[People]:
    """A maker of people."""
    maker = People(chromium, town)
    yield maker
    maker.leave()
    assert maker.errors == []
