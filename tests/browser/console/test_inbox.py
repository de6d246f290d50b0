"""The operator's day: somebody writes, is answered, and the conversation is closed."""

import re

from playwright.sync_api import Page, expect

from tests.browser.checks import DRAWN, Traffic, until
from tests.browser.console.conftest import Consoles
from tests.browser.console.desk import bubbles, composer, open_from, reply, row, tab
from tests.browser.console.office import Office


def test_somebody_writes_and_is_answered(office: Office, console: Page) -> None:
    tab(console, "Queued").click()
    visitor = office.visitor().says("Where is my parcel?").is_called("Ida Berg")
    expect(row(console, "Ida Berg")).to_contain_text("Where is my parcel?")
    expect(row(console, "Ida Berg")).to_contain_text("Waiting")
    expect(console).to_have_title(re.compile(r"^\(1\)"))
    row(console, "Ida Berg").click()
    expect(composer(console)).to_be_focused()
    expect(console.get_by_text("Sending accepts the conversation")).to_be_visible()
    reply(console, "On its way,\nit arrives tomorrow.")
    visitor.waits_for("Where is my parcel?", "On its way,\nit arrives tomorrow.")
    expect(console.get_by_text("Held by you")).to_be_visible()
    expect(console.locator(".transcript .mark")).to_have_text(re.compile("Sent|Delivered|Read"))
    expect(tab(console, "Mine")).to_have_text(re.compile("1$"))
    visitor.says("Thank you")
    expect(bubbles(console).last).to_have_text("Thank you")


def test_a_nameless_visitor_has_a_name_of_colour_and_animal(office: Office, console: Page) -> None:
    tab(console, "Queued").click()
    office.visitor().says("hello there")
    name = row(console, "hello there").locator(".name").inner_text()
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", name)
    assert "Visitor" not in name


def test_a_note_is_seen_by_colleagues_and_never_by_the_visitor(office: Office, consoles: Consoles) -> None:
    visitor = office.visitor().says("hello").is_called("Nils")
    one, other = consoles(), consoles()
    open_from(one, "Queued", "Nils")
    open_from(other, "Queued", "Nils")
    composer(one).press("Alt+n")
    expect(composer(one)).to_have_attribute("placeholder", re.compile("never sees it"))
    reply(one, "He called yesterday")
    expect(other.locator(".note .bubble")).to_have_text("He called yesterday")
    expect(composer(one)).to_have_attribute("placeholder", re.compile("Reply to"))
    reply(one, "Hello Nils")
    visitor.waits_for("hello", "Hello Nils")


def test_closing_can_be_undone(office: Office, console: Page) -> None:
    office.visitor().says("a short question").is_called("Mia")
    open_from(console, "Queued", "Mia")
    console.keyboard.press("Escape")
    console.keyboard.press("a")
    expect(console.get_by_text("Held by you")).to_be_visible()
    tab(console, "Closed").click()
    expect(row(console, "Mia")).to_be_hidden()
    console.keyboard.press("e")
    expect(console.get_by_role("button", name="Reopen")).to_be_visible()
    expect(row(console, "Mia")).to_be_visible()
    console.get_by_role("button", name="Undo").click()
    expect(console.get_by_role("button", name="Close", exact=True)).to_be_visible()
    expect(row(console, "Mia")).to_be_hidden()
    tab(console, "Mine").click()
    expect(row(console, "Mia")).to_be_visible()


def test_a_draft_stays_with_its_conversation(office: Office, console: Page) -> None:
    office.visitor().says("first").is_called("Olga First")
    office.visitor().says("second").is_called("Piet Second")
    open_from(console, "Queued", "Olga")
    composer(console).fill("half a sentence")
    row(console, "Piet").click()
    expect(composer(console)).to_have_value("")
    expect(row(console, "Olga")).to_contain_text("Draft: half a sentence")
    console.reload()
    row(console, "Olga").click()
    expect(composer(console)).to_have_value("half a sentence")


def test_the_visitor_ends_the_conversation(office: Office, console: Page) -> None:
    visitor = office.visitor().says("bye").is_called("Rosa")
    open_from(console, "Queued", "Rosa")
    visitor.ends()
    expect(console.get_by_text("The visitor ended the conversation")).to_be_visible()
    expect(row(console, "Rosa")).to_be_hidden()
    composer(console).fill("too late")
    expect(console.get_by_role("button", name="Send")).to_be_disabled()


def test_older_messages_come_on_the_way_up(office: Office, console: Page) -> None:
    visitor = office.visitor()
    for number in range(120):
        visitor.says(f"line {number}")
    visitor.is_called("Long Talker")
    open_from(console, "Queued", "Long Talker")
    transcript = console.get_by_role("region", name="Conversation with Long Talker")
    expect(bubbles(console).last).to_have_text("line 119")
    expect(bubbles(console).last).to_be_in_viewport()
    transcript.hover()
    beginning = console.get_by_text("The conversation began here")

    def is_at_the_beginning() -> bool:
        console.mouse.wheel(0, -4000)
        console.evaluate(DRAWN)
        return beginning.is_visible()

    until(console, is_at_the_beginning)
    expect(console.get_by_text("line 0", exact=True)).to_be_visible()
    visitor.says("while you read")
    console.get_by_role("button", name="1 new message").click()
    expect(bubbles(console).last).to_have_text("while you read")
    expect(bubbles(console).last).to_be_in_viewport()


def test_a_conversation_opens_at_its_newest_word(office: Office, consoles: Consoles) -> None:
    visitor = office.visitor()
    for number in range(12):
        visitor.says(f"line {number}, " + "which is rather long and takes several lines, " * (number % 5))
    visitor.says("the newest word").is_called("Tall Talker")
    page = consoles(viewport={"width": 800, "height": 560})
    traffic = Traffic(page)
    open_from(page, "Queued", "Tall Talker")
    for _ in range(2):
        expect(bubbles(page).last).to_have_text("the newest word")
        expect(bubbles(page).last).to_be_in_viewport(ratio=1)
        traffic.settle()
        expect(bubbles(page).last).to_be_in_viewport(ratio=1)
        expect(row(page, "Tall Talker").locator(".count")).to_be_hidden()
        page.reload()


def test_search_opens_the_conversation_at_the_message(office: Office, console: Page) -> None:
    visitor = office.visitor().says("Żółta łódka nie dotarła").is_called("Zofia")
    for number in range(30):
        visitor.says(f"and another thing {number}")
    office.waits_until_found("zolta lod")
    console.keyboard.press("/")
    expect(console.get_by_role("searchbox")).to_be_focused()
    console.keyboard.type("zolta lod")
    hit = console.locator("a.hit", has_text="Żółta łódka")
    expect(hit.locator("mark").first).to_have_text("Żółta")
    console.get_by_role("link", name="Search").click()
    expect(console.get_by_role("searchbox")).to_have_value("")
    expect(hit).to_be_hidden()
    console.go_back()
    expect(console.get_by_role("searchbox")).to_have_value("zolta lod")
    expect(hit).to_be_visible()
    console.get_by_role("searchbox").focus()
    console.keyboard.press("ArrowDown")
    console.keyboard.press("Enter")
    expect(console.locator(".highlighted")).to_be_in_viewport()
    expect(console.locator(".highlighted")).to_have_text("Żółta łódka nie dotarła")


def test_a_contact_is_renamed_and_erased_by_name(office: Office, console: Page) -> None:
    office.visitor().says("forget me").is_called("Tomas")
    open_from(console, "Queued", "Tomas")
    console.get_by_role("button", name="Change the name").click()
    console.get_by_label("Name").fill("Tomas Novak")
    console.get_by_label("Name").press("Enter")
    expect(row(console, "Tomas Novak")).to_be_visible()
    console.get_by_role("button", name="Erase the contact").click()
    dialog = console.get_by_role("dialog")
    erase = dialog.get_by_role("button", name="Erase for good")
    expect(erase).to_be_disabled()
    dialog.get_by_role("textbox").fill("tomas novak")
    erase.click()
    expect(row(console, "Tomas Novak")).to_be_hidden()
    expect(console.get_by_text("This conversation is not here")).to_be_visible()
