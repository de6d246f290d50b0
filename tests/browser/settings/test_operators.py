"""The team: inviting, roles, disabling, links for forgotten passwords."""

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console.conftest import Consoles
from tests.browser.console.desk import open_from
from tests.browser.console.office import NAME, Office
from tests.browser.settings.conftest import Colleague

Colleagues = Callable[..., Colleague]


@pytest.fixture
def team(consoles: Consoles) -> Page:
    """The owner's page of operators."""
    page = consoles("/settings/operators")
    expect(row(page, NAME)).to_be_visible()
    return page


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Operators").get_by_role("listitem").filter(has_text=name)


def do(page: Page, name: str, what: str) -> None:
    page.get_by_role("button", name=f"{name}: what to do").click()
    page.get_by_role("menuitem", name=what).click()


def test_somebody_is_invited_by_a_link_that_works_once(team: Page, stranger: Page) -> None:
    email = f"{secrets.token_hex(4)}@example.com"
    team.get_by_role("button", name="Invite").click()
    dialog = team.get_by_role("dialog", name="Invite")
    dialog.get_by_label("E-mail").fill(email)
    dialog.get_by_label("Name, if you know it").fill("Ines")
    dialog.get_by_label("Supervisor").check()
    dialog.get_by_role("button", name="Make the link").click()
    once = team.get_by_role("group", name="Hand this link to Ines")
    expect(once).to_be_focused()
    expect(once).to_contain_text("It works once, until")
    link = once.get_by_role("group", name="Link").inner_text()
    expect(team.get_by_role("region", name="Open invitations")).to_contain_text(email)
    once.get_by_role("button", name="I have it, hide it").click()
    expect(team.get_by_role("button", name="Invite")).to_be_focused()
    assert link not in team.content()

    stranger.goto(link)
    expect(stranger.get_by_label("Name")).to_have_value("Ines")
    stranger.get_by_label("New password", exact=True).fill("long enough for anybody")
    stranger.get_by_role("button", name="Join").click()
    expect(stranger.get_by_role("navigation", name="Sections")).to_be_visible()
    expect(row(team, "Ines")).to_contain_text("Supervisor")
    expect(row(team, "Ines")).to_contain_text("Accepting")
    expect(team.get_by_text(email).first).to_be_visible()
    expect(team.get_by_role("region", name="Open invitations").filter(has_text=email)).to_be_hidden()
    stranger.goto("about:blank")
    stranger.goto(link)
    expect(
        stranger.get_by_role("navigation", name="Sections").or_(stranger.get_by_text("no longer valid"))
    ).to_be_visible()


def test_an_address_of_the_team_is_refused_at_its_field(team: Page, colleagues: Colleagues) -> None:
    jan = colleagues("Jan")
    team.get_by_role("button", name="Invite").click()
    field = team.get_by_role("dialog").get_by_label("E-mail")
    field.fill(jan.email)
    field.press("Enter")
    expect(team.get_by_text("Somebody in the team signs in with this address already.")).to_be_visible()
    expect(field).to_be_focused()


def test_an_invitation_is_renewed_and_taken_back(office: Office, team: Page) -> None:
    email = f"{secrets.token_hex(4)}@example.com"
    first = office.owner.ask("POST", "/operators/invitations", {"email": email, "role": "operator"})["link"]
    team.reload()
    waiting = team.get_by_role("region", name="Open invitations")
    waiting.get_by_role("button", name=f"New link {email}").click()
    once = team.get_by_role("group", name=f"Hand this link to {email}")
    assert once.get_by_role("group", name="Link").inner_text() != first
    answer = office.owner.http.post("/api/v1/links/inspect", json={"token": first.rpartition("/")[2]})
    assert answer.status_code == 410
    waiting.get_by_role("button", name=f"Take back {email}").click()
    expect(waiting.get_by_text(f"Taken back: {email}")).to_be_visible()
    assert email not in str(office.owner.ask("GET", "/operators/invitations"))


def test_a_role_is_changed_and_counts_at_once(team: Page, colleagues: Colleagues) -> None:
    kim = colleagues("Kim")
    page = kim.opens("/settings")
    do(team, "Kim", "Change role")
    dialog = team.get_by_role("dialog", name="Role of Kim")
    expect(dialog.get_by_label("Operator", exact=True)).to_be_checked()
    dialog.get_by_label("Owner", exact=True).check()
    dialog.get_by_role("button", name="Change role").click()
    expect(team.get_by_text("Kim is now: Owner")).to_be_visible()
    expect(row(team, "Kim")).to_contain_text("Owner")
    expect(page.get_by_role("link", name="Sites")).to_be_visible()
    kim.ask("PATCH", f"/operators/{kim.id}", {"role": "operator"})
    expect(page.get_by_role("link", name="Sites")).to_be_hidden()


@pytest.mark.parametrize("what", ["role", "account"])
def test_the_last_owner_stays_and_is_told_why(office: Office, team: Page, what: str) -> None:
    if what == "role":
        do(team, NAME, "Change role")
        team.get_by_role("dialog").get_by_label("Supervisor").check()
        team.get_by_role("dialog").get_by_role("button", name="Change role").click()
    else:
        do(team, NAME, "Disable")
        expect(team.get_by_role("dialog")).to_contain_text("This is your own account")
        team.get_by_role("dialog").get_by_role("button", name="Disable", exact=True).click()
    sentence = "This is the last owner. Make somebody else an owner first."
    expect(team.get_by_role("dialog").get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    assert office.owner.ask("GET", "/me")["operator"]["role"] == "owner"


def test_disabling_ends_sessions_and_can_be_undone(team: Page, colleagues: Colleagues) -> None:
    lea = colleagues("Lea")
    page = lea.opens("/inbox")
    do(team, "Lea", "Disable")
    team.get_by_role("dialog", name="Disable Lea").get_by_role("button", name="Disable", exact=True).click()
    expect(row(team, "Lea")).to_contain_text("Disabled")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    do(team, "Lea", "Enable again")
    expect(team.get_by_text("Lea can sign in again.")).to_be_visible()
    expect(row(team, "Lea")).not_to_contain_text("Disabled")
    lea.sign_in(lea.email, "long enough for anybody")


def test_a_forgotten_password_by_a_link(team: Page, colleagues: Colleagues, stranger: Page) -> None:
    max_ = colleagues("Max")
    do(team, "Max", "Link for a new password")
    once = team.get_by_role("group", name="Link for a new password: Max")
    expect(once).to_be_focused()
    link = once.get_by_role("group", name="Link").inner_text()
    stranger.goto(link)
    expect(stranger.get_by_text(max_.email)).to_be_visible()
    stranger.get_by_label("New password", exact=True).fill("quite another one")
    stranger.get_by_role("button", name="Set password and sign in").click()
    expect(stranger.get_by_role("navigation", name="Sections")).to_be_visible()
    assert max_.http.get("/api/v1/me").status_code == 401


def test_who_is_there_and_who_was(team: Page, colleagues: Colleagues) -> None:
    nora = colleagues("Nora")
    expect(row(team, "Nora")).to_contain_text("Operator")
    page = nora.opens("/inbox")
    expect(row(team, "Nora")).to_contain_text("Accepting")
    nora.ask("PUT", "/me/availability", {"availability": "away"})
    expect(row(team, "Nora")).to_contain_text("Away")
    page.close()
    team.reload()
    expect(row(team, "Nora")).to_contain_text(re.compile("Last seen (now|1 min)"))


def test_menus_by_keyboard(team: Page, colleagues: Colleagues) -> None:
    colleagues("Rok")
    button = team.get_by_role("button", name="Rok: what to do")
    button.focus()
    team.keyboard.press("Enter")
    expect(team.get_by_role("menuitem", name="Change role")).to_be_focused()
    team.keyboard.press("Enter")
    expect(team.get_by_role("dialog", name="Role of Rok")).to_be_visible()
    team.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_two_colleagues_of_one_name_are_two(office: Office, consoles: Consoles, colleagues: Colleagues) -> None:
    for _ in range(2):
        colleagues("Tina")
    office.visitor().says("Who of you is there?").is_called("Uma")
    page = consoles()
    open_from(page, "Queued", "Uma")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.get_by_role("menuitem", name="Tina")).to_have_count(2)
