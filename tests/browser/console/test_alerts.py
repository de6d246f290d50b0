"""What calls an operator who looks elsewhere: sound, notification, title; and what leaves somebody in peace."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.checks import until
from tests.browser.console.conftest import Consoles
from tests.browser.console.desk import composer, open_from, row, tab
from tests.browser.console.office import Office

EARS = """
// What a machine needs to open its loudspeaker is not measured here.
window.heard = { tones: [], notices: [] };
window.looks = true;
document.hasFocus = () => window.looks;
Object.defineProperty(document, "visibilityState", { get: () => (window.looks ? "visible" : "hidden") });
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) {
  window.heard.tones.push(this.frequency.value);
  return start.call(this, at);
};
const resume = AudioContext.prototype.resume;
AudioContext.prototype.resume = async function () { void resume.call(this); };
window.Notification = class {
  static permission = "granted";
  static requestPermission = async () => "granted";
  constructor(title, options) { window.heard.notices.push([title, options.body]); window.notice = this; }
  close() {}
};
"""
PREFERENCES = {
    "Sound": "is_sound_on",
    "Desktop notifications": "are_notifications_on",
    "Flash in the tab’s title": "is_title_on",
}


def listen(page: Page) -> None:
    """Note what is heard and shown from now on."""
    page.context.add_init_script(EARS)
    page.reload()
    expect(page.locator(".sign.online")).to_be_visible()
    page.locator("body").click(position={"x": 700, "y": 600})


def look_away(page: Page) -> None:
    """Be at another window."""
    page.evaluate("window.looks = false; document.dispatchEvent(new Event('visibilitychange'))")


def look_back(page: Page) -> None:
    """Be here again."""
    page.evaluate("window.looks = true; dispatchEvent(new Event('focus'))")


def heard(page: Page) -> dict[str, Any]:
    """What was heard and shown since the last time."""
    found: dict[str, Any] = page.evaluate(
        "() => { const found = window.heard; window.heard = { tones: [], notices: [] }; return found; }"
    )
    return found


def called(page: Page, *, tones: int) -> list[str]:
    """The one notice that comes with so many tones, soon."""

    def is_called() -> bool:
        found = page.evaluate("window.heard")
        return len(found["tones"]) == tones and len(found["notices"]) == 1

    until(page, is_called)
    notice: list[str] = heard(page)["notices"][0]
    return notice


def test_somebody_new_and_a_word_in_mine_call(office: Office, console: Page) -> None:
    listen(console)
    look_away(console)
    visitor = office.visitor().says("anybody there?").is_called("Frida")
    expect(console).to_have_title(re.compile("New in the queue"))
    (title, body) = called(console, tones=2)
    assert title.startswith("New in the queue: ")
    assert body == "anybody there?"
    visitor.says("hello?")
    expect(row(console, "Frida")).to_contain_text("hello?")
    assert heard(console) == {"tones": [], "notices": []}
    console.evaluate("window.notice.onclick()")
    look_back(console)
    expect(composer(console)).to_be_focused()
    expect(console).to_have_title(re.compile("Inbox"))
    console.keyboard.press("Escape")
    console.keyboard.press("a")
    expect(console.get_by_text("Held by you")).to_be_visible()
    visitor.says("while you look")
    expect(console.locator(".bubble").last).to_have_text("while you look")
    assert heard(console) == {"tones": [], "notices": []}
    look_away(console)
    visitor.says("while you do not look")
    assert called(console, tones=1) == ["Frida", "while you do not look"]


def test_what_is_switched_off_and_whoever_is_away_is_left_in_peace(office: Office, consoles: Consoles) -> None:
    page = consoles()
    listen(page)
    for name in PREFERENCES:
        page.get_by_role("button", name="Alerts").click()
        item = page.get_by_role("menuitemcheckbox", name=name)
        expect(item).to_have_attribute("aria-checked", "true")
        item.click()
        office.owner.waits_until_kept(**{PREFERENCES[name]: False})
    look_away(page)
    office.visitor().says("a quiet word").is_called("Gerd")
    expect(row(page, "Gerd")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(1\) Inbox"))
    assert heard(page) == {"tones": [], "notices": []}
    office.owner.ask("PATCH", "/me", {"preferences": {}})
    page.reload()
    expect(page.locator(".sign.online")).to_be_visible()
    office.owner.ask("PUT", "/me/availability", {"availability": "away"})
    expect(page.get_by_role("button", name="Your availability: Away")).to_be_visible()
    look_away(page)
    office.visitor().says("for somebody else").is_called("Hanna")
    expect(row(page, "Hanna")).to_be_visible()
    assert heard(page) == {"tones": [], "notices": []}
    office.owner.ask("PUT", "/me/availability", {"availability": "accepting"})


def test_of_two_tabs_the_one_last_used_calls(office: Office, console: Page) -> None:
    listen(console)
    other = console.context.new_page()
    other.goto(console.url)
    expect(other.locator(".sign.online")).to_be_visible()
    other.locator("body").click(position={"x": 700, "y": 600})
    for page in (console, other):
        look_away(page)
    office.visitor().says("for one of two").is_called("Ivo")
    assert called(other, tones=2)[1] == "for one of two"
    expect(row(console, "Ivo")).to_be_visible()
    look_back(console)
    look_away(console)
    office.visitor().says("for the other").is_called("Jon")
    assert called(console, tones=2)[1] == "for the other"
    expect(row(other, "Jon")).to_be_visible()
    for page in (console, other):
        assert heard(page) == {"tones": [], "notices": []}
    other.get_by_role("button", name="Alerts").click()
    other.get_by_role("menuitemcheckbox", name="Sound").click()
    console.get_by_role("button", name="Alerts").click()
    expect(console.get_by_role("menuitemcheckbox", name="Sound")).to_have_attribute("aria-checked", "false")
    office.owner.waits_until_kept(is_sound_on=False)
    office.owner.ask("PATCH", "/me", {"preferences": {}})


def test_every_key_of_the_list_does_what_it_says(office: Office, console: Page) -> None:
    for name in ("Ines", "Jana"):
        office.visitor().says(f"I am {name}").is_called(name)
    press = console.keyboard.press

    def availability() -> Any:
        return office.owner.ask("GET", "/me")["operator"]["availability"]

    for key, name in (("4", "Closed"), ("3", "All"), ("2", "Mine"), ("1", "Queued")):
        press(key)
        expect(tab(console, name)).to_have_attribute("aria-selected", "true")
    open_from(console, "Queued", "Ines")
    press("Escape")
    press("Alt+ArrowDown")
    expect(console.get_by_role("region", name="Conversation with Jana")).to_be_visible()
    expect(composer(console)).to_be_focused()
    press("Alt+ArrowUp")
    expect(console.get_by_role("region", name="Conversation with Ines")).to_be_visible()
    expect(composer(console)).to_be_focused()
    press("Alt+w")
    expect(console.get_by_role("region", name="Conversation with Jana")).to_be_visible()
    expect(composer(console)).to_be_focused()
    press("Escape")
    press("a")
    expect(console.get_by_text("Held by you")).to_be_visible()
    press("q")
    expect(console.get_by_text("In the queue ·")).to_be_visible()
    expect(console.get_by_role("button", name="Undo")).to_be_visible()
    press("z")
    expect(console.get_by_text("Held by you")).to_be_visible()
    press("n")
    expect(composer(console)).to_have_attribute("placeholder", re.compile("never sees it"))
    press("Escape")
    press("r")
    expect(composer(console)).to_have_attribute("placeholder", re.compile("Reply to"))
    press("Escape")
    press("e")
    expect(console.get_by_role("button", name="Reopen")).to_be_visible()
    press("o")
    expect(console.get_by_text("Held by you")).to_be_visible()
    press("i")
    expect(console.locator("aside.details")).to_be_hidden()
    press("i")
    expect(console.locator("aside.details")).to_be_visible()
    press("g")
    press("a")
    expect(console.get_by_role("button", name="Your availability: Away")).to_be_visible()
    until(console, lambda: availability() == "away")
    press("g")
    press("a")
    expect(console.get_by_role("button", name="Your availability: Accepting")).to_be_visible()
    until(console, lambda: availability() == "accepting")
    for key, address in (("p", "/profile"), ("s", "/settings"), ("c", "/contacts"), ("i", "/inbox")):
        press("g")
        press(key)
        expect(console).to_have_url(re.compile(f"#.*{address}"))
    press("/")
    expect(console.get_by_role("searchbox")).to_be_focused()
    press("Control+k")
    expect(console.get_by_label("What do you want to do?")).to_be_focused()
    console.keyboard.type("queue")
    expect(console.get_by_role("option").first).to_contain_text("queue")
    press("Enter")
    expect(console).to_have_url(re.compile("#/inbox"))
