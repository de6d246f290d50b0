"""The settings' frame: what each role sees, by keyboard, and on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.checks import PHONE
from tests.browser.console.conftest import Consoles
from tests.browser.settings.conftest import Colleague


def pages(page: Page) -> list[str]:
    return page.get_by_role("navigation", name="Pages of the settings").get_by_role("link").all_inner_texts()


def test_each_role_sees_what_it_may_use(colleagues: Callable[..., Colleague], consoles: Consoles) -> None:
    page = colleagues("Olaf").opens("/settings/sites")
    expect(page.get_by_text("This page is for others")).to_be_visible()
    assert "Profile" in pages(page)
    assert not {"Sites", "Operators", "Webhooks", "API tokens"} & set(pages(page))
    owner = consoles("/settings")
    expect(owner.get_by_role("heading", name="Profile")).to_be_visible()
    assert pages(owner)[:3] == ["Profile", "Sites", "Operators"]


def test_a_page_that_is_nowhere_leads_to_the_list(consoles: Consoles) -> None:
    page = consoles("/settings/no-such-page")
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()


def test_by_keyboard_alone(console: Page) -> None:
    console.keyboard.press("g")
    console.keyboard.press("s")
    profile = console.get_by_role("link", name="Profile")
    expect(profile).to_have_attribute("aria-current", "page")
    profile.focus()
    console.keyboard.press("ArrowDown")
    console.keyboard.press("ArrowDown")
    expect(console.get_by_role("link", name="Operators")).to_be_focused()
    console.keyboard.press("Enter")
    expect(console.get_by_role("heading", name="Operators", level=1)).to_be_visible()
    expect(console.get_by_role("link", name="Operators")).to_be_focused()
    console.keyboard.press("ArrowUp")
    console.keyboard.press("Enter")
    expect(console.get_by_role("heading", name="Sites", level=1)).to_be_visible()


def test_on_a_phone_the_list_leads_to_a_page_and_back(consoles: Consoles) -> None:
    page = consoles("/inbox", **PHONE)
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    page.get_by_role("link", name="Sites").click()
    heading = page.get_by_role("heading", name="Sites", level=1)
    expect(heading).to_be_focused()
    page.get_by_role("main").get_by_role("link", name="Settings").click()
    expect(heading).to_be_hidden()
    expect(page.get_by_role("link", name="Sites")).to_be_focused()
