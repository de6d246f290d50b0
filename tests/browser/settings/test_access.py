"""Every page of the settings for people who need contrast, a screen reader, or a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import SIZES, Traffic, sideways, violations
from tests.browser.console.conftest import Consoles
from tests.browser.console.office import Office

LONG = "Donaudampfschifffahrtsgesellschaftskapitän Rechtsschutzversicherungsgesellschaften"


@pytest.fixture
def crowded(office: Office) -> Iterator[Office]:
    """Long words everywhere, a site that was refused, a secret, an invitation."""
    site = office.site["id"]
    origins = ["http://localhost:*", f"https://*.{'sub-domain-of-some-length.' * 4}example"]
    settings = {"allowed_origins": origins, "languages": ["en", "pl", "ru", "sl"], "colour": "#f5a623"}
    office.owner.ask("PATCH", f"/sites/{site}", {"name": LONG, "settings": settings})
    office.owner.ask("POST", f"/sites/{site}/secrets")
    key, page = office.site["key"], "https://another-website-of-the-company.example/" + "path/" * 20
    for origin in ("http://localhost:5173", "https://another-website-of-the-company.example"):
        address = f"/w/{key}/config"
        office.owner.http.get(address, params={"p": page}, headers={"Origin": origin})
    body = {"email": f"{'x' * 60}@{'y' * 60}.example.com", "name": LONG, "role": "supervisor"}
    office.owner.ask("POST", "/operators/invitations", body)
    yield office
    for invitation in office.owner.ask("GET", "/operators/invitations")["items"]:
        office.owner.ask("DELETE", f"/operators/invitations/{invitation['id']}")


def is_good(page: Page, axe: str) -> None:
    assert violations(page, axe) == []
    assert sideways(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_sticks_out(size: str, crowded: Office, consoles: Consoles, axe: str) -> None:
    page = consoles("/settings/profile", **SIZES[size])
    expect(page.get_by_role("heading", name="Password")).to_be_visible()
    is_good(page, axe)

    page.goto(f"{crowded.console}#/settings/sites")
    expect(page.get_by_role("link", name=LONG).first).to_be_visible()
    is_good(page, axe)
    page.get_by_role("button", name="Add a site").click()
    page.get_by_role("dialog").get_by_role("button", name="Add site").click()
    is_good(page, axe)
    page.keyboard.press("Escape")

    page.goto(f"{crowded.console}#/settings/sites/{crowded.site['id']}")
    expect(page.get_by_text("It works").or_(page.get_by_text("Refused: not an allowed origin"))).to_have_count(2)
    page.get_by_label("Another address").fill("https://")
    page.get_by_label("Another address").press("Enter")
    page.get_by_role("button", name="Make a secret").click()
    expect(page.get_by_role("group", name="Keep the secret now")).to_be_visible()
    is_good(page, axe)
    page.get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    is_good(page, axe)
    page.keyboard.press("Escape")

    page.goto(f"{crowded.console}#/settings/operators")
    expect(page.get_by_role("region", name="Open invitations")).to_contain_text("xxx")
    page.get_by_role("button", name="New link").first.click()
    expect(page.get_by_role("group", name="Hand this link")).to_be_visible()
    is_good(page, axe)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    is_good(page, axe)


def test_the_phones_list_of_pages(consoles: Consoles, axe: str) -> None:
    page = consoles("/settings", **SIZES["phone"])
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    is_good(page, axe)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_sticks_out_in_other_languages(size: str, crowded: Office, consoles: Consoles) -> None:
    page = consoles("/settings/profile", **SIZES[size])
    traffic = Traffic(page)
    try:
        for language in ("pl", "ru", "sl"):
            crowded.owner.ask("PATCH", "/me", {"language": language})
            expect(page.locator(f"html[lang={language}]")).to_have_count(1)
            for path in ("profile", "sites", f"sites/{crowded.site['id']}", "operators"):
                page.goto(f"{crowded.console}#/settings/{path}")
                expect(page.locator("h1")).to_be_visible()
                traffic.settle()
                assert sideways(page) == [], (language, path)
    finally:
        crowded.owner.ask("PATCH", "/me", {"language": "en"})
