"""Privacy in the settings: somebody's data handed over or erased, how long what is kept, and what was erased."""

import json
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import SIZES, sideways, violations
from tests.browser.console.conftest import Consoles
from tests.browser.console.office import NAME, Office


def find(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="Name, e-mail or phone").fill(words)


def test_whoever_asks_gets_their_data_and_is_then_forgotten(office: Office, consoles: Consoles) -> None:
    name = f"Petra {secrets.token_hex(3)}"
    visitor = office.visitor().says("my secret is xylophone").is_called(name)
    contact_id = office.owner.ask("GET", f"/conversations/{visitor.conversation_id}")["contact"]["id"]
    page = consoles("/settings/privacy")
    find(page, name.lower())
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Export {name}").click()
    data = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert data["contact"]["id"] == contact_id
    assert "xylophone" in json.dumps(data["conversations"])
    page.get_by_role("button", name=f"Erase… {name}").click()
    page.get_by_role("dialog").get_by_role("textbox").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{name} was erased")).to_be_visible()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_hidden()
    erased = page.get_by_role("list", name="Erasures").get_by_role("listitem").filter(has_text=contact_id)
    expect(erased).to_contain_text("Erased")
    expect(erased).to_contain_text(NAME)
    find(page, name)
    expect(page.get_by_text(f"Nobody found for “{name}”")).to_be_visible()


def test_an_erasure_elsewhere_stands_in_the_list(office: Office, consoles: Consoles) -> None:
    page = consoles("/settings/privacy")
    expect(page.get_by_role("heading", name="Erasures")).to_be_visible()
    visitor = office.visitor().says("forget this")
    office.owner.ask("DELETE", f"/conversations/{visitor.conversation_id}")
    row = page.get_by_role("list", name="Erasures").get_by_role("listitem").filter(has_text=visitor.conversation_id)
    expect(row).to_contain_text("Conversation")


def test_how_long_what_is_kept_is_said(consoles: Consoles) -> None:
    page = consoles("/settings/privacy")
    expect(page.get_by_role("row", name="Conversations with their messages until you erase it")).to_be_visible()
    expect(page.get_by_role("row", name="Pages that visitors opened, events of the site 90 days")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_sticks_out(size: str, office: Office, consoles: Consoles, axe: str) -> None:
    name = "Wolfeschlegelsteinhausenbergerdorff-Brzęczyszczykiewicz"
    office.visitor().says("hello").is_called(name)
    gone = office.visitor().says("hello")
    office.owner.ask("DELETE", f"/conversations/{gone.conversation_id}")
    page = consoles("/settings/privacy", **SIZES[size])
    find(page, "wolfe")
    expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()
    expect(page.get_by_role("list", name="Erasures")).to_be_visible()
    assert violations(page, axe) == []
    assert sideways(page) == []
