"""Contacts: finding somebody, knowing them, changing, exporting and erasing what is kept."""

import json
import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import DRAWN, PHONE, SIZES, sideways, until, violations
from tests.browser.console.conftest import Consoles
from tests.browser.console.office import Office, Person

LONG = "Konstantin Wolfeschlegelsteinhausenbergerdorff-Brzęczyszczykiewicz"


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Contacts").get_by_role("link", name=name)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"Details of {name}")


def find(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)


def test_somebody_is_found_and_opened_by_keyboard_alone(person: Any, console: Page) -> None:
    mark = secrets.token_hex(4)
    person(f"Łucja Żółć {mark}", email=f"lucja-{mark}@example.com")
    person(f"Ada {mark}")
    console.keyboard.press("Escape")
    console.keyboard.press("g")
    console.keyboard.press("c")
    expect(row(console, f"Ada {mark}")).to_be_visible()
    console.get_by_role("searchbox").focus()
    console.keyboard.type(f"LUCJA zolc {mark}")
    expect(row(console, f"Ada {mark}")).to_be_hidden()
    expect(console.get_by_role("status").filter(has_text="1 contact")).to_have_count(1)
    console.keyboard.press("ArrowDown")
    expect(row(console, f"Łucja Żółć {mark}")).to_be_focused()
    console.keyboard.press("Enter")
    expect(card(console, f"Łucja Żółć {mark}").get_by_role("link", name=f"lucja-{mark}@example.com")).to_be_visible()
    find(console, "nobody-of-this-name")
    expect(console.get_by_text("Nobody found for “nobody-of-this-name”").last).to_be_visible()


def test_the_list_follows_what_happens(person: Any, consoles: Consoles) -> None:
    mark = secrets.token_hex(4)
    page = consoles("/contacts")
    expect(page.get_by_role("searchbox")).to_be_visible()
    person(f"Newcomer {mark}")
    expect(row(page, f"Newcomer {mark}")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(row(page, f"Newcomer {mark}")).to_be_focused()


def test_a_long_list_draws_what_is_in_view_and_goes_on(office: Office, person: Any, consoles: Consoles) -> None:
    mark = secrets.token_hex(4)
    oldest = person(f"Oldest {mark}")
    for number in range(104):
        office.visitor().says("hello").is_called(f"Number {number} {mark}")
    page = consoles("/contacts")
    find(page, mark)
    expect(row(page, f"Number 103 {mark}")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="contacts")).to_be_attached()  # the list of before is gone
    expect(row(page, "Ada")).to_be_hidden()
    rows = page.locator("a[data-id]")
    assert rows.count() < 60
    page.locator("a[data-id]").first.focus()
    last = page.locator(f"a[data-id='{oldest['id']}']:focus")

    def is_at_the_end() -> bool:
        page.keyboard.press("End")
        page.evaluate(DRAWN)
        return last.count() == 1

    until(page, is_at_the_end)
    assert rows.count() < 60


def test_a_card_tells_what_somebody_said_and_ordered(office: Office, person: Any, consoles: Consoles) -> None:
    contact = person("Olga Order", "Is the cup blue?", phone="+44 20 7946 0000", attributes={"plan": "gold"})
    order = {
        "id": "A-1001",
        "value": "129.90",
        "currency": "EUR",
        "items": [{"sku": "cup", "name": "Cup", "quantity": 2, "price": "64.95"}],
    }
    office.owner.ask("POST", f"/contacts/{contact['id']}/orders", order)
    page = consoles(f"/contacts/{contact['id']}")
    shown = card(page, "Olga Order")
    expect(shown.get_by_role("link", name="+44 20 7946 0000")).to_have_attribute("href", "tel:+44 20 7946 0000")
    expect(shown.get_by_text("gold", exact=True)).to_be_visible()
    shown.get_by_text("A-1001").click()
    expect(shown.get_by_text("2 × Cup")).to_be_visible()
    expect(shown.get_by_text("€129.90")).to_be_visible()
    office.owner.ask("POST", f"/contacts/{contact['id']}/orders", order | {"id": "A-1002"})
    expect(shown.get_by_text("A-1002")).to_be_visible()
    shown.get_by_role("link", name="Is the cup blue?").click()
    expect(page.get_by_role("region", name="Conversation with Olga Order")).to_contain_text("Is the cup blue?")


def test_what_is_wrong_stands_at_its_field_and_what_is_right_everywhere(person: Any, consoles: Consoles) -> None:
    contact = person("Tomas")
    page, other = consoles(f"/contacts/{contact['id']}"), consoles(f"/contacts/{contact['id']}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Name", exact=True).fill("Tomáš Dvořák")
    page.get_by_label("E-mail", exact=True).fill("tomas at example")
    page.get_by_role("button", name="Save").click()
    field = page.get_by_label("E-mail", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("That does not look like an e-mail address.")).to_be_visible()
    field.fill("tomas@example.com")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Edit")).to_be_focused()
    for console in (page, other):
        expect(card(console, "Tomáš Dvořák").get_by_role("link", name="tomas@example.com")).to_be_visible()
        expect(row(console, "Tomáš Dvořák")).to_be_visible()


def test_an_export_is_a_file_with_everything(person: Any, consoles: Consoles) -> None:
    contact = person("Export Me", "my secret is xylophone")
    page = consoles(f"/contacts/{contact['id']}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export", exact=True).click()
    assert download.value.suggested_filename == f"contact-{contact['id']}.json"
    data = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert data["contact"]["name"] == "Export Me"
    assert "xylophone" in json.dumps(data["conversations"])


def test_erasing_asks_for_the_name_and_leaves_nothing(office: Office, person: Any, consoles: Consoles) -> None:
    contact = person("Erase Me", "forget me please")
    page, other = consoles(f"/contacts/{contact['id']}"), consoles(f"/contacts/{contact['id']}")
    expect(card(other, "Erase Me")).to_be_visible()
    page.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("dialog", name="Erase Erase Me")
    expect(dialog).to_contain_text("There is no way back")
    button = dialog.get_by_role("button", name="Erase for good")
    expect(button).to_be_disabled()
    dialog.get_by_role("textbox").fill("Erase")
    expect(button).to_be_disabled()
    dialog.get_by_role("textbox").fill("erase me")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Erase Me was erased")).to_be_visible()
    expect(page.get_by_text("Choose a contact")).to_be_visible()
    expect(row(page, "Erase Me")).to_be_hidden()
    expect(other.get_by_text("This contact is not here")).to_be_visible()
    assert office.owner.http.get(f"/api/v1/contacts/{contact['id']}").status_code == 404


def test_an_erasure_whose_answer_is_lost_is_waited_for(person: Any, consoles: Consoles) -> None:
    contact = person("Lost Answer")
    page = consoles(f"/contacts/{contact['id']}")
    went: list[str] = []

    def lose(route: Any) -> None:
        if route.request.method == "DELETE":
            went.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(f"**/contacts/{contact['id']}", lose)
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Lost Answer")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("was erased|is not here")).first).to_be_visible()
    assert len(went) == 1


def test_operators_see_contacts_and_may_not_erase_them(office: Office, person: Any, consoles: Consoles) -> None:
    contact = person("Seen By All")
    body = {"email": f"olaf-{secrets.token_hex(4)}@example.com", "name": "Olaf", "role": "operator"}
    token = office.owner.ask("POST", "/operators/invitations", body)["link"].rpartition("/")[2]
    operator = Person(office.klepet)
    operator.take(operator.ask("POST", "/links/accept", {"token": token, "password": "long enough for anybody"}))
    page = consoles(f"/contacts/{contact['id']}")
    expect(page.get_by_role("button", name="Erase")).to_be_visible()
    operator.enter(page.context)
    page.reload()
    expect(card(page, "Seen By All").get_by_role("button", name="Edit")).to_be_visible()
    expect(page.get_by_role("button", name="Erase")).to_be_hidden()
    operator.http.close()


def test_on_a_phone_one_goes_in_and_back(person: Any, consoles: Consoles) -> None:
    person("Phone Person")
    page = consoles("/contacts", **PHONE)
    row(page, "Phone Person").click()
    expect(card(page, "Phone Person")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    page.get_by_role("button", name="Back to the contacts").click()
    expect(row(page, "Phone Person")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_sticks_out(
    size: str, office: Office, person: Any, consoles: Consoles, axe: str
) -> None:
    contact = person(LONG, email=f"{'x' * 60}@{'y' * 60}.example.com", attributes={"z" * 64: "v" * 300})
    office.owner.ask("POST", f"/contacts/{contact['id']}/orders", {"id": "A" * 100, "value": "9.90", "currency": "EUR"})
    page = consoles("/contacts", **SIZES[size])
    expect(row(page, LONG).first).to_be_visible()
    assert violations(page, axe) == []
    row(page, LONG).first.click()
    expect(card(page, LONG).get_by_text("A" * 20)).to_be_visible()
    assert violations(page, axe) == []
    assert sideways(page) == []
    for button in ("Edit", "Erase"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page, axe) == []
        assert sideways(page) == []
        page.keyboard.press("Escape")
