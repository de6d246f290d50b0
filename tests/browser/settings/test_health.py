"""Health: what the server finds, what this browser can, and who may see it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import SIZES, sideways, violations
from tests.browser.settings.conftest import Colleague

Colleagues = Callable[..., Colleague]
NO_SOCKETS = "() => { window.WebSocket = class { constructor() { throw new Error('no sockets here'); } }; }"


def row(page: Page, title: str) -> str:
    return page.get_by_role("listitem").filter(has=page.get_by_text(title, exact=True)).first.inner_text()


def test_an_owner_sees_what_is_wrong_first_and_checks_again(colleagues: Colleagues) -> None:
    page = colleagues("Olga", "owner").opens("/settings/health")
    expect(page.get_by_text("The database is at this version.")).to_be_visible()
    states = page.get_by_role("list", name="Health").get_by_role("listitem").all_inner_texts()
    order = ["Mend this", "Look at this", "Note", "Good"]
    found = [order.index(text.split("\n")[0].strip()) for text in states]
    assert found == sorted(found)
    assert "Good" in row(page, "WebSocket")
    assert "Note" in row(page, "E-mail")
    expect(page.get_by_text("This browser reaches the server by WebSocket.")).to_be_visible()
    with page.expect_response(lambda response: "/api/v1/health" in response.url) as again:
        page.get_by_role("button", name="Check again").click()
    assert again.value.ok


def test_a_browser_that_opens_no_websocket_is_told(colleagues: Colleagues) -> None:
    page = colleagues("Olga", "owner").opens("/settings/profile")
    page.evaluate(NO_SOCKETS)
    page.get_by_role("link", name="Health").click()
    expect(page.get_by_text("This browser opens no WebSocket to the server")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_it_is_for_everybody_who_reads(colleagues: Colleagues, axe: str, size: str) -> None:
    page = colleagues("Olga", "owner").opens("/settings/health", **SIZES[size])
    expect(page.get_by_text("The database is at this version.")).to_be_visible()
    expect(page.get_by_text("This browser reaches the server by WebSocket.")).to_be_visible()
    assert violations(page, axe) == []
    assert sideways(page) == []


def test_it_is_for_owners(colleagues: Colleagues) -> None:
    page = colleagues("Sue", "supervisor").opens("/settings/health")
    expect(page.get_by_role("link", name="Privacy")).to_be_visible()
    expect(page.get_by_role("link", name="Health")).to_have_count(0)
    expect(page.get_by_text("Check again")).to_have_count(0)
