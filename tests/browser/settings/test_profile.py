"""The own profile: name, address, language, photo, password, sessions."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.console.office import Person
from tests.browser.settings.conftest import PASSWORD, Colleague

Colleagues = Callable[..., Colleague]


def picture(size: tuple[int, int] = (900, 600)) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "#c2185b").save(output, "JPEG")
    return output.getvalue()


def choose(page: Page, name: str, content: bytes, kind: str = "image/jpeg") -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})


def test_name_and_language_change_the_console_at_once(colleagues: Colleagues) -> None:
    zoe = colleagues("Zoe")
    page = zoe.opens("/settings/profile")
    page.get_by_label("Name").fill("Zoë Žagar")
    page.get_by_label("Language").select_option("pl")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Profil", level=1)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Zapisano")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "pl"
    operator = zoe.ask("GET", "/me")["operator"]
    assert (operator["name"], operator["language"]) == ("Zoë Žagar", "pl")


def test_an_address_that_is_taken_is_said_at_its_field(colleagues: Colleagues) -> None:
    ben = colleagues("Ben")
    page = colleagues("Carl").opens("/settings/profile")
    field = page.get_by_label("E-mail")
    field.fill(ben.email.upper())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A colleague signs in with this address.")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("carl.new@example.com")
    expect(page.get_by_text("A colleague signs in with this address.")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()


def test_a_photo_is_shown_as_the_server_made_it_and_removed(colleagues: Colleagues) -> None:
    page = colleagues("Dora").opens("/settings/profile")
    choose(page, "me.jpg", picture())
    expect(page.get_by_text("The new photo is in use.")).to_be_visible()
    shown = page.get_by_role("region", name="Photo").locator("img")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 256)
    expect(shown).to_have_js_property("naturalHeight", 256)
    page.get_by_role("button", name="Remove photo").click()
    expect(page.get_by_text("The photo was removed.")).to_be_visible()
    expect(shown).to_be_hidden()
    expect(page.get_by_role("button", name="Add a photo")).to_be_focused()


def test_what_is_no_photo_is_refused_in_words(colleagues: Colleagues, tmp_path: Path) -> None:
    page = colleagues("Emil").opens("/settings/profile")
    big = tmp_path / "big.png"
    big.write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    page.locator("input[type=file]").set_input_files(big)
    expect(page.get_by_text("That file is 5.1 MB; the limit is 5 MB.")).to_be_visible()
    choose(page, "page.png", b"<svg onload=alert(1)>", "image/png")
    expect(page.get_by_text("This file is no picture that we can read.")).to_be_visible()


def status(person: Person) -> int:
    return int(person.http.get("/api/v1/me").status_code)


def test_a_new_password_ends_all_other_sessions(colleagues: Colleagues, office: Any) -> None:
    fay = colleagues("Fay")
    page = fay.opens("/settings/profile")
    current, wanted = page.get_by_label("Current password"), page.get_by_label("New password")
    button = page.get_by_role("button", name="Change password")
    current.fill("this is not it at all")
    wanted.fill("short")
    button.click()
    expect(page.get_by_text("The password is too short.")).to_be_visible()
    expect(wanted).to_be_focused()
    wanted.fill("a better one than before")
    button.click()
    expect(page.get_by_text("This is not your current password.")).to_be_visible()
    expect(current).to_be_focused()
    assert status(fay) == 200
    current.fill(PASSWORD)
    button.click()
    expect(page.get_by_text("The password was changed.")).to_be_visible()
    expect(current).to_have_value("")
    assert status(fay) == 401
    page.reload()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    fay.sign_in(fay.email, "a better one than before")


def test_signing_out_everywhere(colleagues: Colleagues) -> None:
    gus = colleagues("Gus")
    page, other = gus.opens("/settings/profile"), gus.opens("/inbox")
    page.get_by_role("button", name="Sign out everywhere").click()
    for window in (page, other):
        expect(window.get_by_role("heading", name="Sign in")).to_be_visible()
    assert status(gus) == 401


def test_a_server_that_is_gone_is_said_and_nothing_written_is_lost(colleagues: Colleagues) -> None:
    page = colleagues("Hana").opens("/settings/profile")
    page.route("**/api/v1/me", lambda route: route.abort())
    page.get_by_label("Name").fill("Hana H.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="The server cannot be reached")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Hana H.")
    page.unroute("**/api/v1/me")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
