"""A console that says the truth about its connection, and loses nothing."""

from playwright.sync_api import Page, expect

from tests.browser.console.desk import bubbles, composer, open_from, reply
from tests.browser.console.office import Office


def test_a_restart_in_the_middle_loses_and_doubles_nothing(office: Office, console: Page) -> None:
    visitor = office.visitor().says("before").is_called("Uwe")
    open_from(console, "Queued", "Uwe")
    reply(console, "one")
    visitor.waits_for("before", "one")
    office.stop()
    expect(console.locator(".sign.offline, .sign.connecting")).to_be_visible()
    reply(console, "two")
    reply(console, "three")
    expect(console.get_by_text("Waiting for the connection").first).to_be_visible()
    composer(console).fill("a draft")
    office.start()
    expect(console.locator(".sign.online")).to_be_visible()
    visitor.waits_for("before", "one", "two", "three")
    expect(bubbles(console)).to_have_text(["before", "one", "two", "three"])
    expect(composer(console)).to_have_value("a draft")


def test_what_was_not_sent_survives_a_reload(office: Office, console: Page) -> None:
    visitor = office.visitor().says("hello").is_called("Vera")
    open_from(console, "Queued", "Vera")
    expect(bubbles(console)).to_have_text(["hello"])
    console.context.set_offline(True)
    office.stop()
    reply(console, "kept")
    office.start()
    console.context.set_offline(False)
    console.reload()
    visitor.waits_for("hello", "kept")
    expect(bubbles(console)).to_have_text(["hello", "kept"])


def test_where_sockets_are_refused_the_console_polls(office: Office, console: Page) -> None:
    console.add_init_script("window.WebSocket = class { constructor() { throw new DOMException('refused'); } };")
    console.reload()
    expect(console.locator(".sign.online")).to_be_visible()
    visitor = office.visitor().says("by another way").is_called("Willy")
    open_from(console, "Queued", "Willy")
    for text in ("one", "two", "three"):
        reply(console, text)
    visitor.waits_for("by another way", "one", "two", "three")
    visitor.says("fine")
    expect(bubbles(console).last).to_have_text("fine")
