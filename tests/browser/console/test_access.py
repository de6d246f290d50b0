"""The console for people who use a keyboard, a screen reader, or need contrast."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import SIZES, violations
from tests.browser.console.conftest import Consoles
from tests.browser.console.desk import bubbles, composer, open_from, reply, row, tab
from tests.browser.console.office import Office


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(size: str, office: Office, consoles: Consoles, axe: str) -> None:
    visitor = office.visitor().says("see https://shop.test/ please").is_called("Xenia")
    item = {"sku": "K-1", "name": "Kettle", "quantity": 2, "price": "39.50"}
    visitor.orders({"id": "KF-1", "value": "79.00", "currency": "EUR", "items": [item, item]})
    page = consoles(**SIZES[size])
    tab(page, "Queued").click()
    expect(row(page, "Xenia")).to_be_visible()
    assert violations(page, axe) == []
    open_from(page, "Queued", "Xenia")
    reply(page, "Of course")
    composer(page).press("Alt+n")
    composer(page).fill("a note")
    assert violations(page, axe) == []
    composer(page).fill("")
    page.keyboard.press("Escape")
    if size == "phone":
        page.keyboard.press("i")
    page.locator("aside.details summary").first.click()
    expect(page.locator("aside.details")).to_contain_text("Kettle")
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_label("What do you want to do?")).to_be_focused()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    office.waits_until_found("please")
    page.keyboard.type("please")
    expect(page.locator("a.hit").first).to_be_visible()
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
    office.owner.waits_until_kept(are_letter_keys_on=False)
    office.owner.ask("PATCH", "/me", {"preferences": {}})


def test_a_new_message_is_announced_with_its_author(office: Office, console: Page) -> None:
    visitor = office.visitor().says("hello").is_called("Anouk")
    open_from(console, "Queued", "Anouk")
    expect(bubbles(console)).to_have_text(["hello"])
    visitor.says("are you there")
    expect(console.locator("[aria-live=polite]", has_text="Anouk: are you there")).to_have_count(1)
