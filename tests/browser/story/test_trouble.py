"""The main job when things fail in the middle of it: nothing is lost, nothing is doubled, and nobody has to reload."""

import re
import signal

from playwright.sync_api import Page, expect

from tests.browser.checks import frozen
from tests.browser.console.desk import bubbles, composer, reply, row, tab
from tests.browser.story.conftest import People
from tests.browser.story.counter import accept, fact, mark, panel
from tests.browser.story.town import Town

SLEEP_SECONDS = 600


def note_loads(page: Page) -> None:
    """Note whether the page is loaded again."""
    page.evaluate("window.isTheSamePage = true")


def test_the_server_is_killed_in_the_middle(town: Town, people: People) -> None:
    console, customer = people.operator(), people.customer()
    customer.open().say("before")
    accept(console, "before")
    reply(console, "I am here")
    customer.sees("I am here")
    for page in (console, customer.tab):
        note_loads(page)
    town.stop(signal.SIGKILL)
    expect(console.locator(".sign.offline, .sign.connecting")).to_be_visible()
    customer.say("while it is down")
    reply(console, "answered while it is down")
    reply(console, "and again")
    customer.say("second while it is down")
    composer(console).fill("half a thought")
    town.start()
    expect(console.locator(".sign.online")).to_be_visible()
    customer.sees_mark("Read")
    customer.sees("and again")
    said = {
        "before",
        "I am here",
        "while it is down",
        "answered while it is down",
        "and again",
        "second while it is down",
    }
    expect(bubbles(console)).to_have_count(len(said))
    assert set(bubbles(console).all_inner_texts()) == said
    customer.until(lambda: bubbles(console).all_inner_texts() == [text for text in customer.bubbles() if text in said])
    expect(mark(console)).to_have_text("Read")
    expect(composer(console)).to_have_value("half a thought")
    expect(panel(console)).to_contain_text("On the site now")
    customer.say("after")
    expect(bubbles(console).last).to_have_text("after")
    for page in (console, customer.tab):
        assert page.evaluate("window.isTheSamePage")


def test_the_server_is_killed_again_and_again_while_both_write(town: Town, people: People) -> None:
    console, customer = people.operator(), people.customer()
    customer.open().say("round 0")
    accept(console, "round 0")
    for number in range(1, 3):
        customer.say(f"question {number}")
        reply(console, f"answer {number}")
        town.stop(signal.SIGKILL)
        town.start()
    said = sorted(["round 0", *(f"{word} {number}" for word in ("question", "answer") for number in range(1, 3))])
    expect(bubbles(console)).to_have_count(len(said))
    customer.until(lambda: sorted(text for text in customer.bubbles() if text in said) == said)
    assert sorted(bubbles(console).all_inner_texts()) == said
    customer.until(lambda: bubbles(console).all_inner_texts() == [text for text in customer.bubbles() if text in said])


def test_a_console_that_slept_longer_than_the_server_waits(town: Town, people: People) -> None:
    console, customer, other = people.operator(), people.customer(), people.customer()
    customer.open().say("good evening")
    accept(console, "good evening")
    note_loads(console)
    with frozen(console):
        town.operators_network.cut()
        town.later(SLEEP_SECONDS)
        customer.say("written in the night")
        other.open().say("somebody new in the night")
        customer.window.get_by_role("button", name="Options").click()
        customer.window.get_by_role("menuitem", name="End the chat").click()
        expect(customer.log).to_contain_text("You ended the chat")
        customer.visit("/pricing")
    expect(console.locator(".sign.offline, .sign.connecting")).to_be_visible()
    town.operators_network.heal()
    expect(console.locator(".sign.online")).to_be_visible()
    expect(bubbles(console)).to_have_text(["good evening", "written in the night"])
    expect(console.get_by_text("The visitor ended the conversation")).to_be_visible()
    expect(fact(console, "Page now")).to_contain_text("Subscription")
    tab(console, "Queued").click()
    expect(row(console, "somebody new in the night")).to_be_visible()
    assert console.evaluate("window.isTheSamePage")


def test_a_network_that_swallows_everything_is_noticed(town: Town, people: People) -> None:
    console, customer = people.operator(), people.customer()
    customer.open().say("are you there")
    accept(console, "are you there")
    town.operators_network.hold()
    reply(console, "said into the dark")
    expect(console.locator(".sign.offline, .sign.connecting")).to_be_visible()
    town.operators_network.heal()
    customer.sees("said into the dark")
    expect(bubbles(console)).to_have_text(["are you there", "said into the dark"])
    expect(mark(console)).to_have_text("Read")


def test_one_accepts_and_the_other_sees_it_at_once(town: Town, people: People) -> None:
    ana, bo, customer = people.operator(), people.operator(town.colleague), people.customer()
    customer.open().say("who helps me?")
    for console in (ana, bo):
        tab(console, "Queued").click()
        expect(row(console, "who helps me?")).to_be_visible()
    row(ana, "who helps me?").click()
    accept(bo, "who helps me?")
    expect(row(ana, "who helps me?")).to_be_hidden()
    expect(ana.get_by_text("Held by Bo Kovač")).to_be_visible()
    expect(ana.get_by_text("Bo Kovač joined")).to_be_visible()
    tab(ana, "All").click()
    expect(row(ana, "who helps me?")).to_contain_text("Bo Kovač")
    reply(bo, "I do")
    customer.sees("I do")
    expect(bubbles(ana)).to_have_text(["who helps me?", "I do"])


def test_two_accept_at_the_same_moment(town: Town, people: People) -> None:
    ana, bo, customer = people.operator(), people.operator(town.colleague), people.customer()
    customer.open().say("quick, please")
    for console in (ana, bo):
        tab(console, "Queued").click()
        row(console, "quick, please").click()
        expect(console.get_by_role("button", name="Accept", exact=True)).to_be_visible()
    # Both press before the news of the other's press can reach them.
    town.operators_network.hold()
    for console in (ana, bo):
        console.get_by_role("button", name="Accept", exact=True).click()
    town.operators_network.heal()
    taken = re.compile("(Ana Novak|Bo Kovač) has already accepted this conversation")
    customer.until(lambda: any(console.get_by_text(taken).count() for console in (ana, bo)))

    def holders() -> list[Page]:
        return [console for console in (ana, bo) if console.get_by_text("Held by you").count()]

    customer.until(lambda: len(holders()) == 1)
    (holder,) = holders()
    assert not holder.get_by_text(taken).count()
    loser = bo if holder is ana else ana
    expect(loser.get_by_text(re.compile("Held by (Ana Novak|Bo Kovač)"))).to_be_visible()
