"""A klepet whose owner was set up through the console's own page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import PATIENCE
from tests.browser.console.office import EMAIL, NAME, PASSWORD, Office

DESKTOP: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-GB",
    "timezone_id": "Europe/Warsaw",
}


@pytest.fixture(scope="session")
def running_office(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Office]:
    """A klepet of its own for these tests, set up in the browser."""
    office = Office(tmp_path_factory.mktemp("klepet"))
    context = chromium.new_context(**DESKTOP)
    page = context.new_page()
    page.goto(f"{office.console}#{office.setup_link}")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the owner’s account").click()
    expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()
    office.owner.sign_in()
    office.owner.ask("PUT", "/me/availability", {"availability": "accepting"})
    yield office
    office.close()


@pytest.fixture
def office(running_office: Office) -> Iterator[Office]:
    """The klepet with a site of the test's own and an empty desk."""
    running_office.new_site()
    yield running_office
    running_office.close_everything()


@pytest.fixture
def stranger(office: Office, chromium: Browser) -> Iterator[Page]:
    """A browser in which nobody is signed in."""
    context = chromium.new_context(**DESKTOP)
    context.set_default_timeout(PATIENCE * 1_000)
    yield context.new_page()
    context.close()


Consoles = Callable[..., Page]


@pytest.fixture
def consoles(office: Office, chromium: Browser) -> Iterator[Consoles]:
    """Consoles of the owner, each in a window of its own; an error on a page fails the test."""
    contexts, errors = [], []

    def open_console(path: str = "/inbox", **profile: Any) -> Page:
        context = chromium.new_context(**(DESKTOP | profile))
        context.set_default_timeout(PATIENCE * 1_000)
        office.owner.enter(context)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{office.console}#{path}")
        expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
        expect(page.locator(".sign.online")).to_be_visible()
        return page

    yield open_console
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def console(consoles: Consoles) -> Page:
    """The owner's console."""
    return consoles()
