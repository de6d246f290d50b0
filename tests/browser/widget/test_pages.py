"""The widget on the pages that customers have."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.widget.conftest import PHONE, Visitors
from tests.browser.widget.world import GREETING, World


def test_a_page_view_costs_the_loader_and_the_settings(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    expect(visitor.launcher).to_be_visible()
    visitor.tab.wait_for_load_state("networkidle")
    asked = [url for url in visitor.requests if url.startswith(world.address)]
    assert asked == [f"{world.address}/w.js", f"{world.address}/w/{world.key}/config?p=/"]
    assert visitor.sockets == []
    assert visitor.context.cookies() == []
    assert visitor.tab.evaluate("Object.keys(localStorage)") == []


def test_opening_asks_nobody_else_and_fetches_no_font_or_picture(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    strangers = [url for url in visitor.requests if not url.startswith((world.address, world.website, "data:"))]
    assert strangers == []
    assert not [url for url in visitor.requests if re.search(r"\.(woff2?|png|jpe?g|gif|mp3|wav|css)$", url)]
    assert len(visitor.sockets) == 1
    assert visitor.context.cookies() == []


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_texts_travel_compressed_where_the_browser_takes_it(encoding: str, world: World) -> None:
    answer = httpx.get(f"{world.klepet}/w/{world.key}/texts/ru", headers={"Accept-Encoding": encoding})
    assert answer.json()["texts"]["composer.send"] == "Отправить"
    assert answer.json()["greeting"] == GREETING
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert answer.headers["vary"] == "accept-encoding"
    assert int(answer.headers["content-length"]) < (2_048 if encoding == "gzip" else 8_192)


@pytest.mark.parametrize("path", ["/strict", "/hostile", "/rtl"])
def test_it_talks_on(path: str, world: World, visitors: Visitors) -> None:
    visitor = visitors(path).open()
    visitor.say("here I am")
    world.desk.waits_for("here I am")
    world.desk.say("welcome")
    visitor.sees("welcome")
    bubble = visitor.log.locator(".mine .b")
    look = bubble.evaluate("node => { const s = getComputedStyle(node); return [s.fontSize, s.display, s.opacity] }")
    assert look == ["16px", "block", "1"]
    assert [fault for fault in visitor.faults if "Content Security Policy" in fault or "TrustedTypes" in fault] == []


def test_right_to_left(world: World, visitors: Visitors) -> None:
    visitor = visitors("/rtl").open()
    visitor.say("مرحبا")
    visitor.sees_mark("Sent")
    own, theirs = visitor.log.locator(".mine .b").bounding_box(), visitor.log.locator(".b").first.bounding_box()
    assert own
    assert theirs
    assert own["x"] < theirs["x"]


def test_two_tags_are_two_chats(world: World, visitors: Visitors) -> None:
    visitor = visitors("/two")
    launchers = visitor.tab.locator("klepet-chat > button")
    expect(launchers).to_have_count(2)
    boxes = [launchers.nth(index).bounding_box() for index in (0, 1)]
    left, right = sorted((box for box in boxes if box), key=lambda box: box["x"])
    assert left["x"] + left["width"] <= right["x"]
    dialogs = visitor.tab.get_by_role("dialog")
    launchers.nth(0).click()
    expect(dialogs).to_have_count(1)
    shown = dialogs.get_by_role("heading").inner_text()
    launchers.nth(1).click()
    other = "Second" if shown == "Kava" else "Kava"
    expect(dialogs).to_have_accessible_name(f"Chat with {other}")
    visitor.call("open")
    expect(dialogs).to_have_accessible_name("Chat with Kava")


def test_tags_in_two_corners_each_stand_in_theirs(world: World, visitors: Visitors) -> None:
    visitor = visitors("/corners")
    launchers = visitor.tab.locator("klepet-chat > button")
    expect(launchers).to_have_count(2)
    boxes = [launchers.nth(index).bounding_box() for index in (0, 1)]
    left, right = sorted((box for box in boxes if box), key=lambda box: box["x"])
    assert left["x"] == visitor.tab.evaluate("innerWidth") - right["x"] - right["width"] == 20


def test_an_unknown_key_is_said_once_and_draws_nothing(world: World, visitors: Visitors) -> None:
    visitor = visitors("/unknown")
    visitor.until(lambda: bool(visitor.faults))
    visitor.tab.wait_for_load_state("networkidle")
    assert len([fault for fault in visitor.faults if fault.startswith("klepet: ")]) == 1
    assert visitor.tab.locator("klepet-chat").count() == 0
    visitor.faults.clear()


def test_a_phone(world: World, visitors: Visitors) -> None:
    visitor = visitors(**PHONE)
    visitor.launcher.tap()
    expect(visitor.field).to_be_visible()
    assert visitor.rests() == {"x": 0, "y": 0, "width": 390, "height": 780}
    assert visitor.window.get_attribute("aria-modal") == "true"
    assert visitor.tab.evaluate("[document.body.inert, getComputedStyle(document.documentElement).overflow]") == [
        True,
        "hidden",
    ]
    assert visitor.field.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 16
    visitor.field.fill("a")
    visitor.field.press("Enter")
    assert visitor.field.input_value() == "a\n"
    visitor.tab.evaluate(
        """() => {
          const seen = window.visualViewport;
          for (const [name, value] of [["height", 420], ["offsetTop", 60]])
            Object.defineProperty(seen, name, { configurable: true, get: () => value });
          seen.dispatchEvent(new Event("resize"));
        }"""
    )

    def is_above_the_keyboard() -> bool:
        box = visitor.field.bounding_box()
        return box is not None and box["y"] >= 60 and box["y"] + box["height"] <= 480

    visitor.until(is_above_the_keyboard)
    small = visitor.window.locator("button:visible").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect()).filter(box => Math.min(box.width, box.height) < 44)"
    )
    assert small == []
    visitor.window.get_by_role("button", name="Close").tap()
    expect(visitor.window).to_be_hidden()
    visitor.until(
        lambda: visitor.tab.evaluate("[document.body.inert, document.documentElement.style.overflow]") == [False, ""]
    )


def test_the_window_of_a_desktop_stays_within_a_small_one(world: World, visitors: Visitors) -> None:
    visitor = visitors(viewport={"width": 900, "height": 520}).open()
    box = visitor.rests()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 520


def test_the_direct_chat_page(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    visitor.tab.goto(f"{world.address}/chat/{world.key}?lang=pl&name=Jan")
    expect(visitor.field).to_be_visible()
    expect(visitor.field).to_have_attribute("placeholder", "Napisz wiadomość")
    assert visitor.tab.evaluate("[document.documentElement.lang, document.title]") == ["pl", "Kava"]
    size = visitor.tab.viewport_size
    assert size
    assert visitor.rests() == {"x": 0, "y": 0, **size}
    visitor.say("Dzień dobry")
    world.desk.waits_for("Dzień dobry")
    assert visitor.window.get_by_role("button", name="Zamknij").count() == 0


def test_blocked_storage_is_said_and_the_chat_works(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    visitor.context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError') } })"
    )
    visitor.visit().open()
    expect(visitor.window).to_contain_text("what you write here is lost when you leave the page")
    visitor.say("no storage")
    world.desk.waits_for("no storage")
    world.desk.say("fine")
    visitor.sees("fine")


@pytest.mark.parametrize(
    ("language", "placeholder"),
    [
        ("pl-PL", "Napisz wiadomość"),
        ("ru-RU", "Напишите сообщение"),
        ("sl-SI", "Napišite sporočilo"),
        ("fr-FR", "Write a message"),
    ],
)
def test_it_speaks_the_language_of_the_browser(
    language: str, placeholder: str, world: World, visitors: Visitors
) -> None:
    visitor = visitors(locale=language).open()
    expect(visitor.field).to_have_attribute("placeholder", placeholder)


def test_the_tag_may_name_the_language(world: World, visitors: Visitors) -> None:
    visitor = visitors("/polish", locale="ru-RU").open()
    expect(visitor.field).to_have_attribute("placeholder", "Napisz wiadomość")


def test_pages_that_change_without_loading(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("where am I")
    visitor.sees_mark("Sent")
    visitor.tab.evaluate(
        "() => { window.sent = []; const send = WebSocket.prototype.send; const ask = window.fetch;"
        " WebSocket.prototype.send = function (data) { window.sent.push(JSON.parse(data)); send.call(this, data); };"
        # A machine so busy that the first greeting took too long polls instead.
        " window.fetch = (url, how) => { if (String(url).includes('/w/poll'))"
        " window.sent.push(...JSON.parse(how.body).frames); return ask(url, how); }; }"
    )
    visitor.tab.evaluate("() => { history.pushState({}, '', '/cups/blue'); document.title = 'Blue cup'; }")

    def shown() -> list[Any]:
        return [frame["page"] for frame in visitor.tab.evaluate("window.sent") if frame["type"] == "show_page"]

    blue = {"url": f"{world.website}/cups/blue", "title": "Blue cup"}
    visitor.until(lambda: blue in shown())
    assert shown().count(blue) == 1


def test_navigation_keeps_the_chat_and_a_long_text(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("word " * 200)
    visitor.sees_mark("Sent")
    visitor.field.fill("half a thou")
    visitor.visit("/rtl")
    expect(visitor.field).to_have_value("half a thou")
    expect(visitor.log.locator(".b")).to_have_count(2)
    assert visitor.bubbles()[0] == GREETING


def test_too_long_is_counted_and_not_sent(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.field.fill("x" * 3_990)
    expect(visitor.window.locator("form")).to_contain_text("10 characters left")
    visitor.field.fill("😀" * 4_001)
    expect(visitor.window.locator("form")).to_contain_text("1 character too long")
    expect(visitor.window.get_by_role("button", name="Send")).to_be_disabled()
    visitor.field.fill("😀" * 4_000)
    visitor.field.press("Enter")
    visitor.sees_mark("Sent")
