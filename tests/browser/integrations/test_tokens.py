"""API tokens in the settings: made with a role and an end, shown once, used by a program, revoked."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import PATIENCE, SIZES, sideways, violations
from tests.browser.console.conftest import Consoles
from tests.browser.console.office import Office


@pytest.fixture
def name(office: Office) -> Iterator[str]:
    """What a token is for; all tokens are gone afterwards."""
    yield f"Exports {secrets.token_hex(3)}"
    for token in office.owner.ask("GET", "/api-tokens")["items"]:
        office.owner.ask("DELETE", f"/api-tokens/{token['id']}")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="API tokens").get_by_role("listitem").filter(has_text=name)


def status(office: Office, token: str, path: str = "/me") -> int:
    """What a program with the token is answered."""
    return httpx.get(
        f"{office.klepet}/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
    ).status_code


def test_a_token_is_made_used_and_revoked(office: Office, consoles: Consoles, name: str) -> None:
    page = consoles("/settings/api-tokens")
    page.get_by_role("button", name="Create token").click()
    dialog = page.get_by_role("dialog", name="New API token")
    dialog.get_by_role("button", name="Create token").click()
    field = dialog.get_by_label("What it is for")
    expect(field).to_be_focused()
    expect(dialog.get_by_text("Write what it is for")).to_be_visible()
    field.fill(name)
    dialog.get_by_role("radio", name="Supervisor").check()
    dialog.get_by_label("Counts for").select_option(label="30 days")
    dialog.get_by_role("button", name="Create token").click()
    token = page.get_by_role("group", name="Token", exact=True).inner_text()
    assert token.startswith("klepet_")
    page.get_by_role("button", name="I have it, hide it").click()
    expect(page.get_by_text(token)).to_be_hidden()
    expect(page.get_by_role("button", name="Create token")).to_be_focused()
    expect(row(page, name)).to_contain_text("Supervisor")
    expect(row(page, name)).to_contain_text("Never used")
    expect(row(page, name)).to_contain_text("expires")
    assert status(office, token) == 200
    assert status(office, token, "/webhooks") == 403
    page.reload()
    expect(row(page, name)).to_contain_text("Last used now")
    expect(page.get_by_text(token)).to_be_hidden()
    row(page, name).get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_contain_text("refused from now on")
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row(page, name)).to_be_hidden()
    expect(page.get_by_text(f"“{name}” was revoked.")).to_be_visible()
    assert status(office, token) == 401


def test_what_has_no_end_and_what_ends_soon_is_said(office: Office, consoles: Consoles, name: str) -> None:
    soon = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    office.owner.ask("POST", "/api-tokens", {"name": f"{name} for ever", "role": "operator"})
    office.owner.ask("POST", "/api-tokens", {"name": f"{name} soon", "role": "operator", "expires_at": soon})
    page = consoles("/settings/api-tokens")
    expect(row(page, f"{name} for ever")).to_contain_text("does not expire")
    expect(row(page, f"{name} soon").locator(".soon")).to_contain_text("expires")


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_sticks_out(
    size: str, office: Office, consoles: Consoles, name: str, axe: str
) -> None:
    office.owner.ask("POST", "/api-tokens", {"name": f"{name} {'x' * 80}", "role": "owner"})
    page = consoles("/settings/api-tokens", **SIZES[size])
    expect(row(page, name)).to_be_visible()
    assert violations(page, axe) == []
    assert sideways(page) == []
    page.get_by_role("button", name="Create token").click()
    page.get_by_label("What it is for").fill(name)
    assert violations(page, axe) == []
    page.get_by_role("dialog").get_by_role("button", name="Create token").click()
    expect(page.get_by_role("button", name="I have it, hide it")).to_be_visible()
    assert violations(page, axe) == []
    assert sideways(page) == []
