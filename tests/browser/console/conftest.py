"""Consoles of the owner of a klepet, and of people who are not signed in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import PATIENCE
from tests.browser.console.office import DESKTOP, Office


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
