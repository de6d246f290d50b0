"""The console for people who use a keyboard, a screen reader, or need contrast."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.conftest import Consoles
from tests.browser.console.desk import bubbles, composer, open_from, row, tab
from tests.browser.console.office import Office

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"viewport": {"width": 390, "height": 844}}


def violations(page: Page, axe: str) -> list[Any]:
    """What the checker finds on the page."""
    page.wait_for_timeout(400)
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("profile", [{}, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(scheme: str, profile: dict[str, Any], office: Office, consoles: Consoles, axe: str) -> None:
    office.visitor().says("see https://shop.test/ please").is_called("Xenia")
    page = consoles(color_scheme=scheme, reduced_motion="reduce", **profile)
    tab(page, "Queued").click()
    expect(row(page, "Xenia")).to_be_visible()
    assert violations(page, axe) == []
    open_from(page, "Queued", "Xenia")
    assert violations(page, axe) == []
    composer(page).press("Alt+n")
    composer(page).fill("a note")
    assert violations(page, axe) == []
    composer(page).fill("")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_label("What do you want to do?")).to_be_focused()
    assert violations(page, axe) == []


@pytest.mark.parametrize("path", ["/login", "/forgot", "/setup", "/invite/no-such-token-no-such-token"])
def test_axe_finds_nothing_before_signing_in(path: str, office: Office, stranger: Page, axe: str) -> None:
    stranger.goto(f"{office.console}#{path}")
    expect(stranger.get_by_role("main")).to_be_visible()
    assert violations(stranger, axe) == []


def test_a_conversation_by_keyboard_alone(office: Office, console: Page) -> None:
    visitor = office.visitor().says("hello").is_called("Yara")
    console.keyboard.press("1")
    expect(row(console, "Yara")).to_be_visible()
    console.keyboard.press("j")
    console.keyboard.press("k")
    expect(row(console, "Yara")).to_be_focused()
    console.keyboard.press("Enter")
    expect(composer(console)).to_be_focused()
    console.keyboard.type("Good morning")
    console.keyboard.press("Enter")
    visitor.waits_for("hello", "Good morning")
    console.keyboard.press("Escape")
    console.keyboard.press("e")
    expect(console.get_by_text("Closed: Yara")).to_be_visible()
    console.keyboard.press("z")
    expect(console.get_by_text("Held by you")).to_be_visible()


def test_letters_are_text_while_somebody_writes_and_can_be_switched_off(office: Office, console: Page) -> None:
    office.visitor().says("hello").is_called("Zdenka")
    open_from(console, "Queued", "Zdenka")
    console.keyboard.type("a?ej")
    expect(composer(console)).to_have_value("a?ej")
    composer(console).fill("")
    console.keyboard.press("Escape")
    console.keyboard.press("?")
    console.get_by_label("Single letters are keys").uncheck()
    console.keyboard.press("Escape")
    console.keyboard.press("e")
    expect(console.get_by_role("button", name="Close", exact=True)).to_be_visible()
    office.owner.ask("PATCH", "/me", {"preferences": {}})


def test_a_new_message_is_announced_with_its_author(office: Office, console: Page) -> None:
    visitor = office.visitor().says("hello").is_called("Anouk")
    open_from(console, "Queued", "Anouk")
    expect(bubbles(console)).to_have_text(["hello"])
    visitor.says("are you there")
    expect(console.locator("[aria-live=polite]", has_text="Anouk: are you there")).to_have_count(1)
