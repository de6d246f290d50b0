"""What the operator sees of a customer beside the conversation."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.console.desk import row, tab


def fact(console: Page, name: str) -> Locator:
    """What the panel says under this name."""
    return console.locator("aside.details dl > div", has=console.locator(f"dt:text-is('{name}')")).locator("dd")


def panel(console: Page) -> Locator:
    """All that the panel says."""
    return console.locator("aside.details")


def mark(console: Page) -> Locator:
    """How far the newest own message has come."""
    return console.locator(".transcript .mark").last


def accept(console: Page, words: str) -> None:
    """Take the conversation with these words from the queue, by keyboard once it is open."""
    tab(console, "Queued").click()
    row(console, words).click()
    expect(console.locator("textarea")).to_be_focused()
    console.keyboard.press("Escape")
    console.keyboard.press("a")
    expect(console.get_by_text("Held by you")).to_be_visible()


def queue(console: Page, count: int) -> None:
    """So many wait, as the list and the window's title say."""
    expect(tab(console, "Queued")).to_have_text(re.compile(rf"{count}$"))
