"""One chromium for all browser tests: two at once would need two event loops in one process. And one klepet for those
that need nothing special of it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.checks import PATIENCE
from tests.browser.console.office import DESKTOP, EMAIL, NAME, PASSWORD, Office
from tests.chromium import launch
from tools.start.browser import find

expect.set_options(timeout=PATIENCE * 1_000)
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each person gets a profile of its own."""
    if find() is None:
        pytest.skip("there is no chromium")
    with sync_playwright() as playwright:
        browser = launch(
            playwright,
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--host-resolver-rules=MAP *.test 127.0.0.1",
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker."""
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def running_office(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Office]:
    """A klepet whose owner was set up through the console's own page."""
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
