"""Where things are on the console's screen."""

import re

from playwright.sync_api import Locator, Page, expect


def row(page: Page, name: str) -> Locator:
    """A conversation in the list."""
    return page.locator("a[data-id]", has_text=name)


def tab(page: Page, name: str) -> Locator:
    """A tab over the list."""
    return page.get_by_role("tab", name=re.compile(f"^{name}"))


def composer(page: Page) -> Locator:
    """Where answers are written."""
    return page.locator("textarea")


def bubbles(page: Page) -> Locator:
    """What was said in the open conversation."""
    return page.locator(".bubble")


def open_from(page: Page, tab_name: str, name: str) -> None:
    """Open a conversation with the mouse."""
    tab(page, tab_name).click()
    row(page, name).click()
    expect(composer(page)).to_be_focused()


def reply(page: Page, text: str) -> None:
    """Write and send."""
    composer(page).fill(text)
    composer(page).press("Enter")
    expect(composer(page)).to_have_value("")
