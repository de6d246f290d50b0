"""What survives tabs, closing and looking away."""

from playwright.sync_api import Route, expect

from tests.browser.widget.conftest import Visitors
from tests.browser.widget.world import GREETING, World

UNFOCUSED = "Object.defineProperty(Document.prototype, 'hasFocus', { value: () => false })"


def test_tabs_stay_in_step(world: World, visitors: Visitors) -> None:
    one = visitors().open()
    one.say("from one")
    one.sees_mark("Sent")
    other = visitors.in_profile(one.context)
    expect(other.field).to_be_visible()
    other.sees("from one")
    one.field.fill("a draft")
    expect(other.field).to_have_value("a draft")
    other.say("from the other")
    one.sees("from the other")
    expect(one.field).to_have_value("")
    world.desk.say("to both")
    one.sees("to both")
    other.sees("to both")
    world.desk.waits_for("from one", "from the other")


def test_what_another_tab_does_while_this_one_still_loads_is_not_missed(world: World, visitors: Visitors) -> None:
    one = visitors().open()
    one.say("from one")
    one.sees_mark("Sent")
    held: list[Route] = []
    one.context.route("**/widget/visit-*.js", lambda route: held.append(route))
    other = visitors.in_profile(one.context)
    other.sees("from one")
    other.until(lambda: bool(held))
    one.field.fill("a draft")
    other.until(lambda: other.kept(world.key).get("draft") == "a draft")
    assert other.field.input_value() == ""
    held[0].continue_()
    expect(other.field).to_have_value("a draft")


def test_a_logout_while_another_tab_still_loads_is_not_missed(world: World, visitors: Visitors) -> None:
    one = visitors().open()
    one.say("a secret")
    one.sees_mark("Sent")
    held: list[Route] = []
    one.context.route("**/widget/visit-*.js", lambda route: held.append(route))
    other = visitors.in_profile(one.context)
    other.sees("a secret")
    other.until(lambda: bool(held))
    one.call("reset")
    other.until(lambda: "token" not in other.kept(world.key))
    held[0].continue_()
    expect(other.tab.get_by_role("dialog")).to_have_count(0)


def test_what_was_not_sent_survives_closing_the_tab(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("sent")
    visitor.sees_mark("Sent")
    world.network.cut()
    visitor.say("not sent yet")
    visitor.sees_mark("Sending")
    visitor.field.fill("not even finished")
    visitor.tab.close()
    world.network.heal()
    again = visitors.in_profile(visitor.context)
    world.desk.waits_for("sent", "not sent yet")
    again.sees("not sent yet")
    expect(again.field).to_have_value("not even finished")
    again.shows(GREETING, "sent", "not sent yet")


def test_another_tab_sends_what_a_closed_one_left(world: World, visitors: Visitors) -> None:
    one = visitors().open()
    one.say("hello")
    one.sees_mark("Sent")
    other = visitors.in_profile(one.context)
    other.sees("hello")
    world.network.cut()
    one.say("left behind")
    one.sees_mark("Sending")
    one.tab.close()
    world.network.heal()
    other.tab.evaluate("dispatchEvent(new Event('online'))")
    world.desk.waits_for("hello", "left behind")
    other.sees("left behind")


def test_unread_is_counted_on_the_launcher_in_the_title_and_for_the_page(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    visitor.listen("unread", "message")
    visitor.window.get_by_role("button", name="Close").click()
    world.desk.say("one")
    world.desk.say("two")
    expect(visitor.tab.locator(".badge")).to_have_text("2")
    expect(visitor.tab).to_have_title("(2) Shop")
    expect(visitor.tab.get_by_role("button", name="Open the chat, 2 new messages")).to_be_visible()
    visitor.open()
    expect(visitor.tab).to_have_title("Shop")
    expect(visitor.tab.locator(".badge")).to_be_hidden()

    def counts() -> list[int]:
        return [data for name, data in visitor.heard() if name == "unread"]

    visitor.until(lambda: counts()[-1] == 0)
    assert (counts()[0], max(counts())) == (0, 2)
    news = [data for name, data in visitor.heard() if name == "message" and data["author"] == "operator"]
    assert [data["text"] for data in news] == ["one", "two"]


def test_unread_is_there_after_coming_back(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    visitor.window.get_by_role("button", name="Close").click()
    visitor.tab.close()
    world.desk.say("while you were away")
    again = visitors.in_profile(visitor.context)
    expect(again.tab.locator(".badge")).to_have_text("1")
    again.open()
    again.sees("while you were away")
    expect(again.tab.locator(".badge")).to_be_hidden()


def test_only_what_was_on_screen_in_a_focused_window_is_read(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    visitor.context.add_init_script(UNFOCUSED)
    visitor.visit().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    seq = world.desk.say("are you there?")["seq"]
    visitor.sees("are you there?")
    visitor.until(lambda: world.desk.read_marks()[0] == seq)
    assert world.desk.read_marks() == (seq, 0)
    visitor.tab.evaluate("() => { document.hasFocus = () => true; dispatchEvent(new Event('focus')); }")
    visitor.until(lambda: world.desk.read_marks()[1] == seq)


def test_one_tab_makes_the_sound_and_mute_is_kept(world: World, visitors: Visitors) -> None:
    one = visitors()
    one.context.add_init_script(
        "window.tones = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...values) { window.tones++; return start.apply(this, values); }"
    )
    one.visit().open()
    one.say("hello")
    one.sees_mark("Sent")
    other = visitors.in_profile(one.context)
    other.sees("hello")

    def tones() -> int:
        return sum(visitor.tab.evaluate("window.tones") for visitor in (one, other))

    for visitor in (one, other):
        visitor.tab.evaluate(UNFOCUSED)
    world.desk.say("ding")
    other.sees("ding")
    one.until(lambda: tones() == 2)
    other.window.get_by_role("button", name="Options").click()
    other.window.get_by_role("menuitem", name="Turn the sound off").click()
    world.desk.say("quiet")
    other.sees("quiet")
    one.tab.wait_for_timeout(1_200)  # the other tab would speak within 800 ms
    assert tones() == 2, "one message is one sound of two tones; a muted one none"
    assert other.kept(world.key)["isMuted"]
