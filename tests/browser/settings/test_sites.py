"""Websites: adding them, installation, look, origins, signed identity."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import DRAWN, PATIENCE, until
from tests.browser.console.conftest import Consoles
from tests.browser.console.office import Office


@pytest.fixture
def site(office: Office, consoles: Consoles) -> Page:
    """The page of a site that nobody has touched."""
    page = consoles(f"/settings/sites/{office.site['id']}")
    expect(page.get_by_role("heading", name=office.site["name"], level=1)).to_be_visible()
    return page


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def stored(office: Office) -> dict[str, Any]:
    settings: dict[str, Any] = office.owner.ask("GET", f"/sites/{office.site['id']}")["settings"]
    return settings


def asks(office: Office, origin: str, path: str = "/") -> httpx.Response:
    """The tag on a page of this origin asks."""
    key = office.site["key"]
    return httpx.get(
        f"{office.klepet}/w/{key}/config", params={"p": origin + path}, headers={"Origin": origin}, timeout=PATIENCE
    )


def test_a_site_is_added_and_its_code_is_ready_to_paste(office: Office, consoles: Consoles) -> None:
    page = consoles("/settings/sites", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Add a site").click()
    dialog = page.get_by_role("dialog", name="Add a site")
    dialog.get_by_label("Name").fill("Garden tools")
    dialog.get_by_label("Address of the website").fill("garden.example/shop?x=1")
    dialog.get_by_role("button", name="Add site").click()
    expect(dialog.get_by_text("Only the website itself, without the path: https://garden.example")).to_be_visible()
    expect(dialog.get_by_label("Address of the website")).to_be_focused()
    dialog.get_by_label("Address of the website").fill("garden.example")
    dialog.get_by_role("button", name="Add site").click()

    expect(page.get_by_role("heading", name="Garden tools", level=1)).to_be_focused()
    made = next(site for site in office.owner.ask("GET", "/sites")["items"] if site["name"] == "Garden tools")
    assert made["settings"]["allowed_origins"] == ["https://garden.example"]
    tag = f'<script async src="{office.klepet}/w.js" data-site="{made["key"]}"></script>'
    expect(page.get_by_text(tag)).to_be_visible()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == tag
    chat = page.get_by_role("link", name="Open the chat page").get_attribute("href")
    assert chat == f"{office.klepet}/chat/{made['key']}"
    assert httpx.get(chat, timeout=PATIENCE).status_code == 200
    page.get_by_role("main").get_by_role("link", name="Sites").last.click()
    expect(page.get_by_role("link", name=re.compile("Garden tools"))).to_be_visible()


def test_an_answer_that_was_lost_makes_no_second_site(office: Office, consoles: Consoles) -> None:
    page = consoles("/settings/sites")

    def lose(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/sites", lose)
    page.get_by_role("button", name="Add a site").click()
    page.get_by_label("Name").fill("Only once")
    page.get_by_role("button", name="Add site").click()
    expect(page.get_by_role("alert").filter(has_text="The server cannot be reached")).to_be_visible()
    page.unroute("**/api/v1/sites")
    page.get_by_role("button", name="Add site").click()
    expect(page.get_by_role("heading", name="Only once", level=1)).to_be_visible()
    assert [site["name"] for site in office.owner.ask("GET", "/sites")["items"]].count("Only once") == 1


def test_a_site_that_is_nowhere_says_so(consoles: Consoles) -> None:
    for nowhere in ("019a0000-0000-7000-8000-000000000000", "nonsense"):
        page = consoles(f"/settings/sites/{nowhere}")
        expect(page.get_by_role("heading", name="This site is not here")).to_be_visible()


def test_the_installation_is_watched(office: Office, site: Page) -> None:
    where = part(site, "Installation")
    expect(where.get_by_text("No page has asked yet.")).to_be_visible()
    settings = stored(office) | {"allowed_origins": ["https://shop.example"]}
    office.owner.ask("PATCH", f"/sites/{office.site['id']}", {"settings": settings})
    assert asks(office, "https://stage.example", "/cart").status_code == 403
    where.get_by_role("button", name="Check now").click()
    refused = re.compile("Only refused so far: last asked .+ from https://stage.example")
    expect(where.get_by_role("status").filter(has_text=refused)).to_have_count(1)
    expect(where.get_by_role("row", name=re.compile("stage.example.*cart.*Refused: not"))).to_be_visible()
    where.get_by_role("button", name="Allow it https://stage.example").click()
    expect(where.get_by_role("row", name=re.compile("stage.example.*Refused; allowed since"))).to_be_visible()
    assert stored(office)["allowed_origins"] == ["https://shop.example", "https://stage.example"]
    assert asks(office, "https://stage.example", "/cart").status_code == 200
    where.get_by_role("button", name="Check now").click()
    works = re.compile("It works: last asked .+ from https://stage.example")
    expect(where.get_by_role("status").filter(has_text=works)).to_have_count(1)
    expect(where.get_by_role("row", name=re.compile("stage.example.*cart.*Answered"))).to_be_visible()


def test_name_and_languages(office: Office, site: Page) -> None:
    where = part(site, "Name and languages")
    where.get_by_label("English").uncheck()
    where.get_by_role("button", name="Save").click()
    expect(where.get_by_text("Choose at least one language.")).to_be_visible()
    for language in ("English", "Polski", "Slovenščina"):
        where.get_by_label(language, exact=True).check()
    where.get_by_label("For everybody else").select_option("sl")
    where.get_by_label("Name").fill("Kuća čaja")
    where.get_by_role("button", name="Save").click()
    expect(where.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(site.get_by_role("heading", name="Kuća čaja", level=1)).to_be_visible()
    assert stored(office)["languages"] == ["sl", "en", "pl"]
    config = asks(office, "https://shop.example").json()
    assert (config["name"], config["languages"][0]) == ("Kuća čaja", "sl")


def test_the_look_reaches_the_widget(office: Office, site: Page) -> None:
    where = part(site, "Look and greeting")
    colour = where.get_by_label("Colour", exact=True)
    colour.fill("greenish")
    where.get_by_role("button", name="Save").click()
    expect(where.get_by_text("A colour has six digits, like #2f6f5e.")).to_be_visible()
    expect(colour).to_be_focused()
    colour.fill("E05A2B")
    expect(where.get_by_text("White would be hard to read on your colour")).to_be_visible()
    expect(where.get_by_text("Contrast of the text on it: 4.5 to 1.")).to_be_visible()
    where.get_by_label("Corner").select_option("left")
    expect(where.get_by_role("img", name="Preview: launcher bottom left, in your colour")).to_be_visible()
    where.get_by_label("Greeting, English").fill("Hello <b>there</b>")
    where.get_by_role("button", name="Save").click()
    expect(where.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(colour).to_have_value("#e05a2b")
    config = asks(office, "https://shop.example").json()
    assert config["position"] == "left"
    drawn = where.locator(".mark").evaluate("mark => getComputedStyle(mark).getPropertyValue('--ground')")
    assert config["colour"] == drawn
    texts = httpx.get(f"{office.klepet}/w/{office.site['key']}/texts/en", timeout=PATIENCE).json()
    assert texts["greeting"] == "Hello <b>there</b>"


FAULTS = {
    "": "Write the address of a website, like https://shop.example.",
    "ftp://shop.example": "An address begins with https:// or http://.",
    "https://shop.example/cart": "Only the website itself, without the path: https://shop.example",
    "https://sh*p.example": "An asterisk stands only first, for all hosts below a name",
    "https://shop.example:http": "A port is a number from 1 to 65535, or * for any.",
    "https://-shop.example": "This is no address of a website.",
}


def test_an_origin_that_is_none_is_explained(office: Office, site: Page) -> None:
    where = part(site, "Allowed origins")
    field = where.get_by_label("Another address")
    for written, sentence in FAULTS.items():
        field.fill(written)
        field.press("Enter")
        expect(where.get_by_text(sentence)).to_be_visible()
        expect(field).to_be_focused()
    assert stored(office)["allowed_origins"] == []


def test_origins_are_added_and_removed_with_a_way_back(office: Office, site: Page) -> None:
    where = part(site, "Allowed origins")
    expect(where.get_by_text("Any website may use this key now.")).to_be_visible()
    field = where.get_by_label("Another address")
    for written in ("shop.example", "https://*.Stage.example/", "localhost:3000"):
        field.fill(written)
        field.press("Enter")
        expect(where.get_by_role("status").filter(has_text="Added")).to_be_visible()
        expect(field).to_have_value("")
        expect(field).to_be_focused()
    origins = ["https://shop.example", "https://*.stage.example", "http://localhost:3000"]
    assert stored(office)["allowed_origins"] == origins
    expect(where.get_by_text("Any website may use this key now.")).to_be_hidden()
    field.fill("https://shop.example")
    field.press("Enter")
    expect(where.get_by_text("https://shop.example is on the list already.")).to_be_visible()

    where.get_by_role("button", name="Remove https://*.stage.example").click()
    expect(where.get_by_role("button", name="Remove http://localhost:3000")).to_be_focused()
    assert stored(office)["allowed_origins"] == ["https://shop.example", "http://localhost:3000"]
    site.keyboard.press("z")
    expect(where.get_by_role("button", name="Remove https://*.stage.example")).to_be_visible()
    assert stored(office)["allowed_origins"] == origins


def test_a_secret_is_shown_once_and_revoked(office: Office, site: Page) -> None:
    where = part(site, "Signed identity")
    expect(where.get_by_text("No secret yet")).to_be_visible()
    where.get_by_role("button", name="Make a secret").click()
    once = where.get_by_role("group", name="Keep the secret now")
    expect(once).to_be_focused()
    secret = once.get_by_role("group", name="Secret", exact=True).inner_text()
    kid = once.get_by_role("group", name="Key id (kid)").inner_text()
    assert len(secret) > 30
    listed = office.owner.ask("GET", f"/sites/{office.site['id']}/secrets")["items"]
    assert [item["id"] for item in listed] == [kid]
    site.keyboard.press("Tab")
    once.get_by_role("button", name="I have it, hide it").click()
    expect(where.get_by_role("button", name="Make a secret")).to_be_focused()
    assert secret not in site.content()

    site.reload()
    where.get_by_role("button", name=f"Revoke {kid}").click()
    dialog = site.get_by_role("dialog", name="Revoke this secret")
    expect(dialog).to_contain_text(kid)
    dialog.get_by_role("button", name="Cancel").click()
    expect(where.get_by_role("button", name=f"Revoke {kid}")).to_be_focused()
    site.keyboard.press("Enter")
    dialog.get_by_role("button", name="Revoke", exact=True).click()
    expect(where.get_by_text("The secret no longer counts.")).to_be_visible()
    assert office.owner.ask("GET", f"/sites/{office.site['id']}/secrets")["items"] == []


def test_too_many_secrets_are_said_in_words(office: Office, site: Page) -> None:
    for _ in range(10):
        office.owner.ask("POST", f"/sites/{office.site['id']}/secrets")
    where = part(site, "Signed identity")
    where.get_by_role("button", name="Make a secret").click()
    expect(where.get_by_text("A site has at most 10 secrets. Revoke an old one first.")).to_be_visible()


def test_signed_identity_is_demanded_at_once_and_a_refusal_takes_the_mark_back(office: Office, site: Page) -> None:
    box = part(site, "Signed identity").get_by_label("Accept only signed identities")
    box.check()
    expect(site.get_by_text("Only signed identities count now.")).to_be_visible()
    assert stored(office)["is_signed_identity_required"]
    site.route("**/api/v1/sites/*", lambda route: route.abort())
    box.click()
    expect(part(site, "Signed identity").get_by_text("The server cannot be reached")).to_be_visible()
    expect(box).to_be_checked()


def test_parts_that_are_saved_one_after_another_keep_each_other(office: Office, site: Page) -> None:
    held: list[Any] = []

    def hold_the_first(route: Any) -> None:
        if held or route.request.method != "PATCH":
            route.continue_()
        else:
            held.append(route)

    site.route("**/api/v1/sites/*", hold_the_first)
    where = part(site, "Look and greeting")
    where.get_by_label("Corner").select_option("left")
    where.get_by_role("button", name="Save").click()
    until(site, lambda: bool(held))
    field = part(site, "Allowed origins").get_by_label("Another address")
    field.fill("https://shop.example")
    field.press("Enter")
    site.evaluate(DRAWN)
    held[0].continue_()
    expect(part(site, "Allowed origins").get_by_role("status")).to_contain_text("Added")
    expect(where.get_by_role("status")).to_contain_text("Saved")
    settings = stored(office)
    assert (settings["position"], settings["allowed_origins"]) == ("left", ["https://shop.example"])
