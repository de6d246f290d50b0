"""Getting into the console, and out of it."""

from playwright.sync_api import Page, expect

from tests.browser.console.conftest import Consoles
from tests.browser.console.office import EMAIL, PASSWORD, Office


def test_signing_in_leads_back_to_where_one_wanted_to_go(office: Office, stranger: Page) -> None:
    stranger.goto(f"{office.console}#/search?q=parcel")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    stranger.get_by_label("E-mail").fill(EMAIL)
    stranger.get_by_label("Password", exact=True).fill("wrong")
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("alert")).to_contain_text("is not right")
    expect(stranger.get_by_label("Password", exact=True)).to_be_focused()
    stranger.get_by_label("Password", exact=True).fill(PASSWORD)
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("searchbox")).to_have_value("parcel")


def test_password_managers_know_the_fields(office: Office, stranger: Page) -> None:
    stranger.goto(f"{office.console}#/login")
    expect(stranger.get_by_label("E-mail")).to_have_attribute("autocomplete", "username")
    expect(stranger.get_by_label("Password", exact=True)).to_have_attribute("autocomplete", "current-password")


def test_the_language_follows_the_browser_until_somebody_is_known(office: Office, stranger: Page) -> None:
    stranger.goto(f"{office.console}#/login")
    stranger.get_by_label("Language").select_option("sl")
    expect(stranger.get_by_role("heading", name="Prijava")).to_be_visible()
    expect(stranger.locator("html")).to_have_attribute("lang", "sl")
    stranger.reload()
    expect(stranger.get_by_role("heading", name="Prijava")).to_be_visible()
    stranger.get_by_role("button", name="Prijavi se").click()
    expect(stranger.locator("input[name=email]")).to_be_focused()
    expect(stranger.locator("input[name=email]")).to_have_accessible_description("Izpolnite to polje.")
    stranger.locator("input[name=email]").fill("ana")
    expect(stranger.get_by_text("Izpolnite to polje.")).to_have_count(1)


def test_a_used_link_says_so(office: Office, stranger: Page) -> None:
    stranger.goto(f"{office.console}#/invite/no-such-token-no-such-token")
    expect(stranger.get_by_text("This link was used or has expired")).to_be_visible()
    stranger.get_by_role("link", name="Go to sign in").click()
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_invitation_makes_an_operator(office: Office, stranger: Page) -> None:
    body = {"email": f"bo-{office.site['key'][:6]}@example.com", "name": "Bo", "role": "operator"}
    link = office.owner.ask("POST", "/operators/invitations", body)["link"]
    stranger.goto(link)
    expect(stranger.get_by_label("Name")).to_have_value("Bo")
    stranger.get_by_label("New password").fill("short")
    stranger.get_by_role("button", name="Join").click()
    expect(stranger.get_by_text("The password is too short.")).to_be_visible()
    stranger.get_by_label("New password").fill("long enough for anybody")
    stranger.get_by_role("button", name="Join").click()
    expect(stranger.get_by_role("navigation", name="Sections")).to_be_visible()


def test_signing_out_closes_the_console(consoles: Consoles, office: Office) -> None:
    office.owner.sign_in()
    page = consoles()
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{office.console}#/inbox")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    office.owner.sign_in()
