"""The JavaScript API, as pages use it."""

from playwright.sync_api import Route, expect

from tests.browser.widget.conftest import Visitors
from tests.browser.widget.network import Fault
from tests.browser.widget.world import GREETING, World


def test_calls_before_the_chat_is_loaded_wait(world: World, visitors: Visitors) -> None:
    visitor = visitors("/early")
    expect(visitor.field).to_have_value("from the page")


def test_open_close_toggle_show_hide(world: World, visitors: Visitors) -> None:
    visitor = visitors("/hidden")
    visitor.tab.wait_for_function("window.klepet?.q")
    visitor.listen("ready", "opened", "closed")
    expect(visitor.launcher).to_be_hidden()
    visitor.call("show")
    expect(visitor.launcher).to_be_visible()
    visitor.call("toggle")
    expect(visitor.window).to_be_visible()
    visitor.call("toggle")
    expect(visitor.window).to_be_hidden()
    visitor.call("open")
    expect(visitor.field).to_be_focused()
    visitor.call("hide")
    expect(visitor.window).to_be_hidden()
    expect(visitor.launcher).to_be_hidden()
    heard = ["ready", "opened", "closed", "opened", "closed"]
    visitor.until(lambda: [name for name, _ in visitor.heard()] == heard)


def test_settings_that_are_off_are_as_if_they_were_not_there(world: World, visitors: Visitors) -> None:
    visitor = visitors("/off")
    expect(visitor.launcher).to_be_visible()
    visitor.call("prefill", "the chat is loaded")
    visitor.listen("ready")
    visitor.until(lambda: [name for name, _ in visitor.heard()] == ["ready"])
    expect(visitor.window).to_be_hidden()
    expect(visitor.launcher).to_be_visible()


WRONG_CALLS: list[tuple[list[object], str]] = [
    (["fly"], "there is no such command; there are open, close"),
    (["order", {"id": "1", "value": 19.9, "currency": "EUR"}], 'order.value must be text like "19.90", not 19.9'),
    (["order", {"id": "1", "value": "1", "currency": "euro"}], 'order.currency must be text like "EUR", not "euro"'),
    (["prefill"], "text must be text of 0 to 4000 characters, not undefined"),
    (["on", "read", None], "event must be one of ready, opened"),
    (["set", {"a": {"b": 1}}], "attributes.a must be text, a number, true, false or null"),
    (["language", "xx"], "code must be one of en, pl, ru, sl"),
    (["site:nope", "open"], 'there is no tag with data-site="nope"'),
    (["open", 1], "it takes 0 argument(s), not 1"),
    (["identify", {"mail": "x"}], 'identity has no field "mail"'),
]


def test_a_wrong_call_says_what_is_wrong(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    expect(visitor.launcher).to_be_visible()
    for call, said in WRONG_CALLS:
        visitor.faults.clear()
        visitor.call(*call)
        visitor.until(lambda: bool(visitor.faults))
        assert said in visitor.faults[0]
    visitor.faults.clear()


def test_what_the_page_knows_of_its_visitor_waits_for_the_chat(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    expect(visitor.launcher).to_be_visible()
    visitor.call("identify", {"name": "Ana Kovač", "email": "ana@example.com"})
    visitor.call("set", {"plan": "pro"})
    visitor.call("event", "looked at prices", {"page": 2})
    visitor.listen()
    assert visitor.sockets == []
    visitor.open()
    visitor.say("It is me")
    world.desk.waits_for("It is me")
    known = {"name": "Ana Kovač", "email": "ana@example.com", "attributes": {"plan": "pro"}}
    visitor.until(lambda: known.items() <= world.desk.contact().items())


def test_an_order_is_reported_at_once_and_once(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    expect(visitor.launcher).to_be_visible()
    order = {"id": "2026-1", "value": "58.90", "currency": "EUR", "items": []}
    visitor.call("order", order)
    visitor.call("order", order)
    visitor.listen()
    visitor.until(lambda: "token" in visitor.kept(world.key))
    visitor.until(lambda: visitor.kept(world.key)["outbox"] == [])
    visitor.open()
    visitor.say("About my order")
    world.desk.waits_for("About my order")
    visitor.until(lambda: bool(world.desk.orders()))
    assert [(row["external_id"], row["value"]) for row in world.desk.orders()] == [("2026-1", "58.90")]


def test_reset_leaves_nothing_to_the_next_person(world: World, visitors: Visitors) -> None:
    one = visitors().open()
    one.say("a secret")
    one.sees_mark("Sent")
    one.field.fill("another secret")
    other = visitors.in_profile(one.context)
    other.sees("a secret")
    one.call("reset")
    expect(one.window).to_be_hidden()
    expect(other.tab.get_by_role("dialog")).to_have_count(0)
    assert "secret" not in str(one.kept(world.key))
    assert one.kept(world.key).keys() <= {"isOpen", "outbox"}, "only that the window is closed"
    assert one.kept(world.key)["outbox"] == []
    one.open()
    one.sees(GREETING)
    assert "a secret" not in one.bubbles()
    expect(one.field).to_have_value("")
    one.tab.reload()
    assert "a secret" not in one.tab.locator("klepet-chat").inner_text()


def test_a_signed_identity_brings_the_history_to_another_browser(world: World, visitors: Visitors) -> None:
    token = world.desk.sign_identity({"user_id": "42", "name": "Ana Kovač"})
    first = visitors()
    expect(first.launcher).to_be_visible()
    first.listen("identified")
    first.call("identify", token)
    first.open()
    first.say("I am signed in")
    first.sees_mark("Sent")
    first.until(lambda: ["identified", {"user_id": "42"}] in first.heard())
    second = visitors()
    expect(second.launcher).to_be_visible()
    second.call("identify", token)
    second.open()
    second.sees("I am signed in")
    second.call("reset")
    second.call("identify", world.desk.sign_identity({"user_id": "43"}))
    second.listen("identified")
    second.open()
    second.until(lambda: ["identified", {"user_id": "43"}] in second.heard())
    second.sees(GREETING)
    assert "I am signed in" not in second.bubbles()


def test_who_is_identified_last_in_one_tab_holds_in_all(world: World, visitors: Visitors) -> None:
    one = visitors()
    expect(one.launcher).to_be_visible()
    one.call("identify", world.desk.sign_identity({"user_id": "42"}))
    one.open()
    one.say("I am one")
    one.sees_mark("Sent")
    other = visitors.in_profile(one.context)
    other.sees("I am one")
    other.call("identify", world.desk.sign_identity({"user_id": "43"}))
    for tab in (other, one):
        tab.until(lambda tab=tab: "I am one" not in tab.bubbles())  # type: ignore[misc]
    other.say("I am the other")
    one.shows(GREETING, "I am the other")
    other.shows(GREETING, "I am the other")
    assert world.desk.contact()["user_id"] == "43"


def test_who_is_identified_before_everything_is_loaded_is_that_person(world: World, visitors: Visitors) -> None:
    """The tab still knows somebody else, and what follows their greeting is not there yet."""
    one = visitors()
    expect(one.launcher).to_be_visible()
    one.call("identify", world.desk.sign_identity({"user_id": "42"}))
    one.open()
    one.say("I am one")
    one.sees_mark("Sent")
    held: list[Route] = []
    one.context.route("**/widget/visit-*.js", lambda route: held.append(route))
    one.tab.reload()
    one.sees("I am one")
    one.until(lambda: bool(held))
    one.listen()
    script = held[0].fetch()
    world.network.fault = Fault.SILENT
    one.call("identify", world.desk.sign_identity({"user_id": "43"}))
    held[0].fulfill(response=script)
    one.until(lambda: "I am one" not in one.bubbles())
    one.say("I am the other")
    one.shows(GREETING, "I am the other")
    assert world.desk.contact()["user_id"] == "43"


def test_another_language_from_now_on(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    visitor.call("language", "sl")
    expect(visitor.field).to_have_attribute("placeholder", "Napišite sporočilo")
    visitor.sees_mark("Poslano")


def test_destroy_takes_it_off_the_page(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.call("destroy")
    expect(visitor.tab.locator("klepet-chat")).to_have_count(0)
