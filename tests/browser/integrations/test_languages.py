"""Every page of contacts and integrations in every language on a phone: nothing sticks out, every text is there."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.checks import PHONE, Traffic, sideways
from tests.browser.console.conftest import Consoles
from tests.browser.console.office import Office

KEY = re.compile(r"\b(?:contacts|webhooks|tokens|privacy|settings|problem|erase)\.[a-z_]+\b")


@pytest.fixture
def paths(office: Office) -> Iterator[list[str]]:
    """The pages, with something on each."""
    owner = office.owner
    visitor = office.visitor().says("Where is my parcel?").is_called("Konstantin Wolfeschlegelsteinhausenbergerdorff")
    contact_id = owner.ask("GET", f"/conversations/{visitor.conversation_id}")["contact"]["id"]
    webhook = owner.ask("POST", "/webhooks", {"url": "http://127.0.0.1:1/" + "x" * 100, "events": ["order.reported"]})
    owner.ask("POST", f"/webhooks/{webhook['id']}/test")
    token = owner.ask("POST", "/api-tokens", {"name": "x" * 100, "role": "supervisor"})
    yield [
        "/contacts",
        f"/contacts/{contact_id}",
        "/settings/webhooks",
        "/settings/webhooks/new",
        f"/settings/webhooks/{webhook['id']}",
        "/settings/api-tokens",
        "/settings/privacy",
    ]
    owner.ask("PATCH", "/me", {"language": "en"})
    owner.ask("DELETE", f"/webhooks/{webhook['id']}")
    owner.ask("DELETE", f"/api-tokens/{token['id']}")


@pytest.mark.parametrize("language", ["en", "pl", "ru", "sl"])
def test_every_page_fits_and_is_said(language: str, office: Office, paths: list[str], consoles: Consoles) -> None:
    page = consoles("/contacts", **PHONE)
    traffic = Traffic(page)
    office.owner.ask("PATCH", "/me", {"language": language})
    expect(page.locator("html")).to_have_attribute("lang", language)
    for path in paths:
        page.goto(f"{office.console}#{path}")
        expect(page.locator("main h1, main h2").first).to_be_attached()
        traffic.settle()
        assert sideways(page) == [], path
        assert KEY.findall(page.locator("main").inner_text()) == [], path
