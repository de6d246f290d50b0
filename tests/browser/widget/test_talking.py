"""A visitor and an operator talk."""

import base64
import signal

import pytest
from playwright.sync_api import expect

from tests.browser.checks import frozen
from tests.browser.widget.conftest import Visitors
from tests.browser.widget.network import Fault
from tests.browser.widget.world import GREETING, World

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_the_story_of_a_conversation(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.sees(GREETING)
    visitor.field.fill("Is")
    button = visitor.window.locator("form .send")
    button.hover()
    colour, ground = button.evaluate("node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]")
    resting = visitor.launcher.evaluate("node => getComputedStyle(node).backgroundColor")
    assert (ground, colour) == (resting, "rgb(255, 255, 255)"), "the pointer takes the button its colour"
    visitor.say("Is the blue cup in stock?\nI need two.")
    visitor.sees_mark("Sent")
    world.desk.waits_for("Is the blue cup in stock?\nI need two.")
    world.desk.accept()
    expect(visitor.window.get_by_role("heading")).to_have_text("Ana Novak")
    expect(visitor.window.locator("header")).to_contain_text("A person answers you")
    world.desk.acknowledge(has_read=False)
    visitor.sees_mark("Delivered")
    world.desk.acknowledge(has_read=True)
    visitor.sees_mark("Read")
    world.desk.type(True)
    expect(visitor.window.locator("header")).to_contain_text("is typing")
    world.desk.say("Yes: https://shop.test/cups/blue.")
    visitor.sees("Yes: https://shop.test/cups/blue.")
    link = visitor.log.get_by_role("link")
    expect(link).to_have_attribute("href", "https://shop.test/cups/blue")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(visitor.window.locator("header")).not_to_contain_text("is typing")
    visitor.until(lambda: world.desk.read_marks()[1] >= 2)
    world.desk.close_conversation()
    expect(visitor.log).to_contain_text("Ana Novak ended the chat")


def test_the_photo_of_who_answers_is_shown_under_a_strict_policy(world: World, visitors: Visitors) -> None:
    world.desk.set_photo(PIXEL)
    visitor = visitors("/strict").open()
    visitor.say("Who is there?")
    world.desk.waits_for("Who is there?")
    with visitor.tab.expect_response(lambda answer: "/photos/" in answer.url) as photo:
        world.desk.accept()
    assert photo.value.ok
    face = visitor.window.locator(".face")
    expect(face).to_have_css("background-image", f'url("{photo.value.url}")')
    expect(face).to_have_text("")
    world.desk.set_photo(None)


def test_rating_and_transcript_after_the_visitor_ends_it(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("Thanks for yesterday")
    world.desk.waits_for("Thanks for yesterday")
    world.desk.say("You are welcome")
    world.desk.acknowledge(has_read=True)
    visitor.sees("You are welcome")
    options = visitor.window.get_by_role("button", name="Options")
    options.click()
    with visitor.tab.expect_download() as download:
        visitor.window.get_by_role("menuitem", name="Save the conversation").click()
    saved = download.value.path().read_text("utf-8")
    assert "] You: Thanks for yesterday\n" in saved
    assert "You are welcome" in saved
    options.click()
    visitor.window.get_by_role("menuitem", name="End the chat").click()
    expect(visitor.log).to_contain_text("You ended the chat")
    visitor.window.get_by_label("4, Good").check()
    visitor.window.get_by_label("Would you like to add something?").fill("Quick answer")
    visitor.window.get_by_role("button", name="Send rating").click()
    expect(visitor.window).to_contain_text("Thank you for telling us.")

    def ratings() -> list[tuple[int, str]]:
        return [(row["rating"], row["rating_comment"]) for row in world.desk.conversations("closed") if row["rating"]]

    visitor.until(lambda: ratings() == [(4, "Quick answer")])
    visitor.say("One more thing")
    world.desk.waits_for("Thanks for yesterday", "One more thing")
    visitor.sees_mark("Sent")


def test_a_new_conversation_after_the_old_one(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("First matter")
    world.desk.waits_for("First matter")
    first = world.desk.newest()
    world.desk.close_conversation()
    expect(visitor.window).to_contain_text("This conversation has ended")
    visitor.window.get_by_role("button", name="Options").click()
    visitor.window.get_by_role("menuitem", name="Start a new conversation").click()
    expect(visitor.window).to_contain_text("A new conversation begins with your next message.")
    visitor.say("Second matter")
    world.desk.waits_for("Second matter")
    assert world.desk.newest() != first
    assert world.desk.texts(first) == ["First matter"]


def test_nobody_accepting_is_said_and_the_message_waits(world: World, visitors: Visitors) -> None:
    world.desk.be("offline")
    visitor = visitors().open()
    expect(visitor.window).to_contain_text("Nobody is here right now.")
    visitor.say("Can you call me back?")
    visitor.sees_mark("Sent")
    assert [row["status"] for row in world.desk.conversations("queued")] == ["open"]
    world.desk.be("accepting")
    expect(visitor.window).not_to_contain_text("Nobody is here right now.")


def test_two_visitors_see_their_own_words_only(world: World, visitors: Visitors) -> None:
    one, other = visitors().open(), visitors().open()
    one.say("I am one")
    world.desk.waits_for("I am one")
    first = world.desk.newest()
    other.say("I am the other")
    world.desk.waits_for("I am the other")
    world.desk.say("To one", first)
    world.desk.say("To the other")
    world.desk.say("A note between us", first, kind="note")
    one.sees("To one")
    other.sees("To the other")
    one.shows(GREETING, "I am one", "To one")
    other.shows(GREETING, "I am the other", "To the other")


def test_history_comes_back_page_by_page(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("The first word")
    world.desk.waits_for("The first word")
    conversation = world.desk.newest()
    for number in range(1, 121):
        world.desk.say(f"line {number}.", conversation)
    visitor.sees("line 120.")
    visitor.tab.reload()
    visitor.sees("line 120.")
    expect(visitor.log.locator(".b")).to_have_count(50)
    scroll = visitor.window.locator(".scroll")

    def has_all() -> bool:
        scroll.evaluate("node => { node.scrollTop = 0 }")
        return len(visitor.bubbles()) == 122

    visitor.until(has_all)
    visitor.shows(GREETING, "The first word", *(f"line {number}." for number in range(1, 121)))
    world.desk.say("While I read")
    visitor.sees("While I read")
    assert scroll.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") > 200
    visitor.window.get_by_role("button", name="To the newest message").click()
    expect(visitor.log.get_by_text("While I read")).to_be_in_viewport()
    world.desk.type(True, conversation)
    expect(visitor.window.locator(".dots")).to_be_in_viewport()


BEAT_SECONDS = 0.05
BEATS = """
  window.beats = 0;
  setInterval(() => window.beats++, 50);
  window.WebSocket = class extends WebSocket {
    constructor(...values) { super(...values); window.triedAt ??= window.beats; }
  };
  const ask = window.fetch;
  window.fetch = (...values) => {
    if (String(values[0]).includes("w/poll")) window.polledAt ??= window.beats;
    return ask(...values);
  };
"""
"""Time as it goes by for the page: on a busy machine, where the page waits, it goes slower."""


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.STRIPPED, Fault.SILENT])
def test_it_talks_within_five_seconds_where_websocket_is(fault: Fault, world: World, visitors: Visitors) -> None:
    world.network.fault = fault
    visitor = visitors()
    visitor.context.add_init_script(BEATS)
    visitor.visit()
    asked = world.network.sockets
    visitor.open()
    visitor.say("Through a bad network")
    visitor.sees_mark("Sent")
    assert world.network.sockets == asked + 1
    assert visitor.tab.evaluate("window.polledAt - window.triedAt") * BEAT_SECONDS < 5
    world.desk.say("Heard you")
    visitor.sees("Heard you")
    asked = world.network.sockets
    visitor.tab.reload()
    visitor.sees("Heard you")
    assert world.network.sockets == asked, "the tab forgot that WebSocket does not get through"
    world.desk.say("Still there?")
    visitor.sees("Still there?")
    visitor.say("Yes")
    world.desk.waits_for("Through a bad network", "Yes")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_restart_of_the_server_loses_and_doubles_nothing(
    how: signal.Signals, world: World, visitors: Visitors
) -> None:
    visitor = visitors().open()
    visitor.say("before")
    visitor.sees_mark("Sent")
    world.stop(how)
    visitor.say("while it is down")
    visitor.say("and once more")
    visitor.sees_mark("Sending")
    world.start()
    visitor.sees_mark("Sent")
    world.desk.waits_for("before", "while it is down", "and once more")
    world.desk.say("after")
    visitor.sees("after")
    visitor.shows(GREETING, "before", "while it is down", "and once more", "after")
    world.desk.be("accepting")


def test_the_network_goes_and_comes_back(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("one")
    visitor.sees_mark("Sent")
    world.network.cut()
    expect(visitor.window.locator("header")).to_contain_text("Connecting")
    visitor.say("two")
    world.desk.say("answer in the dark")
    world.network.heal()
    visitor.tab.evaluate("dispatchEvent(new Event('online'))")
    visitor.sees("answer in the dark")
    visitor.sees_mark("Sent")
    world.desk.waits_for("one", "two")


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "offline"])
def test_a_page_frozen_for_ten_minutes_loses_and_doubles_nothing(
    is_cut: bool, world: World, visitors: Visitors
) -> None:
    """The server's ten minutes: it gives the session up, and goes on without the page."""
    visitor = visitors().open()
    visitor.say("good night")
    visitor.sees_mark("Sent")
    conversation = world.desk.newest()
    if is_cut:
        world.network.cut()
        expect(visitor.window.locator("header")).to_contain_text("Connecting")
        visitor.say("half asleep")
        visitor.sees_mark("Sending")
    asked = world.network.sockets
    with frozen(visitor.tab):
        world.desk.leave()
        world.later(600)
        # What the page had sent may be heard only now: then the silence begins with it.
        world.desk.waits_until_gone(conversation, meanwhile=lambda: world.later(10))
        for number in range(1, 4):
            world.desk.say(f"while you slept {number}.", conversation)
        assert world.network.sockets == asked
        world.network.heal()
    visitor.sees("while you slept 3.")
    visitor.sees_mark("Sent")
    visitor.say("good morning")
    mine = ["good night", "half asleep", "good morning"] if is_cut else ["good night", "good morning"]
    world.desk.waits_for(*mine)
    visitor.sees_mark("Sent")
    slept = [f"while you slept {number}." for number in range(1, 4)]
    stored = [row["text"] for row in world.desk.transcript(conversation) if row["kind"] == "text"]
    assert sorted(stored) == sorted([*mine, *slept])
    visitor.shows(GREETING, *stored)


def test_the_conversation_where_something_was_said_last_goes_on(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("First matter")
    world.desk.waits_for("First matter")
    first = world.desk.newest()
    world.desk.close_conversation(first)
    visitor.window.get_by_role("button", name="Options").click()
    visitor.window.get_by_role("menuitem", name="Start a new conversation").click()
    visitor.say("Second matter")
    world.desk.waits_for("Second matter")
    second = world.desk.newest()
    world.desk.reopen_conversation(first)
    world.desk.say("About your first matter", first)
    visitor.sees("About your first matter")
    expect(visitor.log.locator(".b").last).to_have_text("About your first matter")
    visitor.say("Yes?")
    visitor.sees_mark("Sent")
    assert world.desk.texts(first) == ["First matter", "Yes?"]
    assert world.desk.texts(second) == ["Second matter"]
    before = visitor.bubbles()
    visitor.tab.reload()
    visitor.sees("Second matter")
    visitor.until(lambda: visitor.bubbles() == before)


def test_a_refused_message_is_sent_again_or_let_go_by_its_writer(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("Hello")
    visitor.sees_mark("Sent")
    conversation = world.desk.newest()
    visitor.leaves_behind(world.key, ("bad", "The server will not have it", False), ("earlier-1", "Try me again", True))
    visitor.tab.reload()
    refused = visitor.log.locator(".mine", has_text="The server will not have it")
    expect(refused).to_contain_text("Not sent")
    visitor.log.locator(".mine", has_text="Try me again").get_by_role("button", name="Try again").click()
    world.desk.waits_for("Hello", "Try me again")
    refused.get_by_role("button", name="Discard").click()
    expect(refused).to_have_count(0)
    visitor.until(lambda: visitor.kept(world.key)["outbox"] == [])
    visitor.shows(GREETING, "Hello", "Try me again")
    assert world.desk.texts(conversation) == ["Hello", "Try me again"]
