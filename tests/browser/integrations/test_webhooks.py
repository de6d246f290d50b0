"""Webhooks in the settings: made, tested, followed in their log, changed and removed; deliveries really arrive."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import SIZES, sideways, violations
from tests.browser.console.conftest import Consoles
from tests.browser.console.office import Office
from tests.browser.integrations.conftest import SETTING, Receiver


def log(page: Page) -> Locator:
    return page.get_by_role("list", name="Deliveries").get_by_role("listitem")


def make(page: Page, url: str, *events: str) -> str:
    """Fill the form in; the secret that is shown."""
    page.get_by_role("link", name="Add webhook").click()
    page.get_by_role("textbox", name="Address").fill(url)
    for event in events:
        page.get_by_role("checkbox", name=event).check()
    page.get_by_role("button", name="Create webhook").click()
    secret = page.get_by_role("group", name="Secret", exact=True).inner_text()
    page.get_by_role("button", name="I have it, hide it").click()
    expect(page.get_by_text(secret)).to_be_hidden()
    return secret


def open_new(office: Office, consoles: Consoles, url: str) -> tuple[Page, str]:
    """A webhook made by REST, open in the console; and its secret."""
    made = office.owner.ask("POST", "/webhooks", {"url": url, "events": ["order.reported"]})
    page = consoles(f"/settings/webhooks/{made['id']}")
    expect(page.get_by_role("heading", level=2, name="Deliveries")).to_be_visible()
    return page, made["secret"]


def test_what_happens_arrives_signed_and_stands_in_the_log(
    office: Office, consoles: Consoles, receiver: Receiver
) -> None:
    page = consoles("/settings/webhooks")
    secret = make(page, receiver.url, "A visitor opened a conversation", "A message, note or system line was written")
    page.get_by_role("button", name="Send a test").click()
    expect(log(page).filter(has_text="webhook.test")).to_contain_text("Delivered")
    visitor = office.visitor().says("Where is my parcel?")
    for event in ("conversation.created", "message.sent"):
        delivered = log(page).filter(has_text=event).first
        expect(delivered).to_contain_text("Delivered")
        expect(delivered).to_contain_text("Answered 204 · 1 attempt")
    payloads = receiver.verified(secret)
    assert payloads[0]["type"] == "webhook.test"
    (said,) = [payload for payload in payloads if payload["type"] == "message.sent"]
    assert said["data"]["message"]["text"] == "Where is my parcel?"
    assert said["data"]["conversation_id"] == visitor.conversation_id
    shown = log(page).filter(has_text="message.sent").first
    shown.get_by_text("What is sent").click()
    expect(shown).to_contain_text("Where is my parcel?")


def test_what_is_refused_is_told_and_sent_again_by_hand(office: Office, consoles: Consoles, receiver: Receiver) -> None:
    receiver.status = 500
    page, secret = open_new(office, consoles, receiver.url)
    page.get_by_role("button", name="Send a test").click()
    row = log(page).first
    expect(row).to_contain_text("Not yet")
    expect(row).to_contain_text(re.compile(r"Answered 500 · \d attempts?"))
    expect(row).to_contain_text("Next attempt")
    receiver.status = 204
    row.get_by_role("button", name="Send again").click()
    expect(row).to_contain_text("Delivered")
    expect(row).to_contain_text(re.compile(r"[2-9] attempts"))
    expect(row.get_by_role("button", name="Send again")).to_be_hidden()
    assert len({headers["webhook-id"] for headers, _ in receiver.deliveries}) == 1
    assert len(receiver.verified(secret)) == len(receiver.deliveries)


def test_a_receiver_that_wants_no_more_switches_the_webhook_off(
    office: Office, consoles: Consoles, receiver: Receiver
) -> None:
    receiver.status = 410
    page, _ = open_new(office, consoles, receiver.url)
    page.get_by_role("button", name="Send a test").click()
    expect(log(page).first).to_contain_text("Given up")
    expect(page.get_by_text("This webhook is off")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_be_disabled()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("This webhook is off")).to_be_hidden()


def test_a_private_address_is_not_called_where_that_is_not_allowed(
    office: Office, consoles: Consoles, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = office.owner.ask("POST", "/webhooks", {"url": receiver.url, "events": ["order.reported"]})
    office.stop()
    monkeypatch.delenv(SETTING, raising=False)
    office.start()
    try:
        page = consoles(f"/settings/webhooks/{made['id']}")
        page.get_by_role("button", name="Send a test").click()
        expect(log(page).first).to_contain_text("The address leads into a private network")
        page.get_by_role("textbox", name="Address").fill("https://127.0.0.1/inside")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("textbox", name="Address")).to_be_focused()
        expect(page.get_by_text("klepet cannot call this address")).to_be_visible()
        assert receiver.deliveries == []
        page.close()
    finally:
        office.stop()
        monkeypatch.setenv(SETTING, "1")
        office.start()


def test_what_is_wrong_stands_at_its_field(consoles: Consoles) -> None:
    page = consoles("/settings/webhooks/new")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.get_by_text("Write the address that klepet should call.")).to_be_visible()
    address = page.get_by_role("textbox", name="Address")
    expect(address).to_be_focused()
    address.fill("ftp://example.com")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.get_by_text("Choose at least one event.")).to_be_visible()
    page.get_by_role("checkbox", name="The shop reported an order").check()
    for url in ("ftp://example.com", "https://user:pass@example.com", "http://169.254.169.254/latest"):
        address.fill(url)
        page.get_by_role("button", name="Create webhook").click()
        expect(page.get_by_text("klepet cannot call this address")).to_be_visible()
        expect(address).to_be_focused()
    page.get_by_role("button", name="Choose all").click()
    expect(page.get_by_role("checkbox", checked=False)).to_have_count(0)


def test_a_secret_is_replaced_and_both_sign_for_a_day(office: Office, consoles: Consoles, receiver: Receiver) -> None:
    page, old = open_new(office, consoles, receiver.url)
    page.get_by_role("button", name="Replace the secret…").click()
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    new = page.get_by_role("group", name="Secret", exact=True).inner_text()
    page.get_by_role("button", name="I have it, hide it").click()
    expect(page.get_by_text("the old secret signs too")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(log(page).first).to_contain_text("Delivered")
    assert new != old
    assert receiver.verified(new) == receiver.verified(old) != []


def test_a_webhook_is_changed_and_deleted(office: Office, consoles: Consoles, receiver: Receiver) -> None:
    page, _ = open_new(office, consoles, receiver.url)
    page.get_by_role("textbox", name="Address").fill("https://hooks.example.com/other?key=1")
    page.get_by_role("checkbox", name="A site was added").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="hooks.example.com/other?…")).to_be_visible()
    page.get_by_role("button", name="Delete webhook…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete webhook").click()
    expect(page.get_by_role("heading", level=1, name="Webhooks")).to_be_visible()
    expect(page.get_by_role("link", name="hooks.example.com/other")).to_be_hidden()


def test_a_long_log_comes_page_by_page(office: Office, consoles: Consoles, receiver: Receiver) -> None:
    page, _ = open_new(office, consoles, receiver.url)
    path = f"/webhooks/{page.url.rpartition('/')[2]}/test"
    for _ in range(25):
        office.owner.ask("POST", path)
    page.reload()
    expect(log(page)).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(log(page)).to_have_count(25)
    page.get_by_role("button", name="Send a test").click()
    expect(log(page)).to_have_count(26)


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_sticks_out(
    size: str, office: Office, consoles: Consoles, receiver: Receiver, axe: str
) -> None:
    receiver.status = 500
    made = office.owner.ask("POST", "/webhooks", {"url": receiver.url + "/x" * 300, "events": ["order.reported"]})
    office.owner.ask("POST", f"/webhooks/{made['id']}/test")
    page = consoles("/settings/webhooks", **SIZES[size])
    for path in ("", "/new", f"/{made['id']}"):
        page.goto(f"{office.console}#/settings/webhooks{path}")
        if path == "/new":
            expect(page.get_by_role("checkbox").first).to_be_visible()
        elif path:
            log(page).first.get_by_text("What is sent").click()
        else:
            expect(page.get_by_role("link", name="127.0.0.1").first).to_be_visible()
        assert violations(page, axe) == []
        assert sideways(page) == []
    office.owner.ask("DELETE", f"/webhooks/{made['id']}")
