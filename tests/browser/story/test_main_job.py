"""The main job: somebody in the shop needs help, and somebody in the console gives it."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.console.desk import bubbles, composer, reply, row, tab
from tests.browser.story.conftest import People
from tests.browser.story.counter import accept, fact, mark, panel, queue
from tests.browser.story.town import Town
from tests.browser.widget.visitor import Visitor


def test_a_customer_is_helped_and_says_how_it_was(town: Town, people: People) -> None:
    console, customer = people.operator(), people.customer("/product/heron-kettle")
    tab(console, "Queued").click()
    customer.open().say("Does the kettle work on induction?")
    expect(row(console, "Does the kettle work on induction?")).to_be_visible()
    queue(console, 1)
    expect(console).to_have_title(re.compile(r"^\(1\) Inbox"))
    customer.sees_mark("Sent")

    accept(console, "Does the kettle")
    queue(console, 0)
    expect(tab(console, "Mine")).to_have_text(re.compile("1$"))
    expect(customer.window.get_by_role("heading")).to_have_text("Ana Novak")
    customer.sees_mark("Read")
    expect(console).to_have_title(re.compile("^Inbox"))

    customer.field.press_sequentially("and one")
    expect(console.get_by_text(re.compile("is typing$"))).to_be_visible()
    customer.say("and one more thing")
    expect(bubbles(console)).to_have_text(["Does the kettle work on induction?", "and one more thing"])
    expect(console.get_by_text(re.compile("is typing$"))).to_be_hidden()
    composer(console).press_sequentially("Yes, it")
    expect(customer.window.locator("header")).to_contain_text("is typing")
    reply(console, "Yes, it does.")
    customer.sees("Yes, it does.")
    expect(customer.window.locator("header")).not_to_contain_text("is typing")
    expect(mark(console)).to_have_text("Read")

    console.keyboard.press("Escape")
    console.keyboard.press("e")
    expect(customer.log).to_contain_text("Ana Novak ended the chat")
    customer.window.get_by_label("5, Very good").check()
    customer.window.get_by_label("Would you like to add something?").fill("Quick and kind")
    customer.window.get_by_role("button", name="Send rating").click()
    expect(panel(console)).to_contain_text("5 of 5")
    expect(panel(console)).to_contain_text("Quick and kind")
    expect(console.get_by_text("The visitor rated the conversation 5 of 5")).to_be_visible()
    tab(console, "Closed").click()
    expect(row(console, "Yes, it does.")).to_contain_text("5")


def test_a_reply_is_delivered_before_it_is_read(town: Town, people: People) -> None:
    console, customer = people.operator(), people.customer()
    customer.open().say("Can I change the address?")
    accept(console, "Can I change the address?")
    customer.window.get_by_role("button", name="Close").click()
    reply(console, "Of course, to which?")
    expect(mark(console)).to_have_text("Delivered")
    expect(customer.tab.get_by_role("button", name="1 new message")).to_be_visible()
    customer.open()
    expect(mark(console)).to_have_text("Read")


def test_what_is_not_looked_at_is_counted_and_not_read(town: Town, people: People) -> None:
    console, one, other = people.operator(), people.customer(), people.customer()
    one.open().say("I am one")
    other.open().say("I am the other")
    queue(console, 2)
    accept(console, "I am one")
    accept(console, "I am the other")
    tab(console, "Mine").click()
    one.say("still there?")
    one.say("hello?")
    expect(row(console, "hello?").locator(".count")).to_have_text("2")
    expect(console).to_have_title(re.compile(r"^\(1\)"))
    one.sees_mark("Delivered")
    row(console, "hello?").click()
    one.sees_mark("Read")
    expect(row(console, "hello?").locator(".count")).to_be_hidden()
    reply(console, "To one")
    row(console, "I am the other").click()
    reply(console, "To the other")
    one.sees("To one")
    other.sees("To the other")
    assert "To the other" not in one.bubbles()
    assert "To one" not in other.bubbles()


def test_the_panel_follows_the_customer_through_the_shop(town: Town, people: People) -> None:
    console = people.operator()
    customer = people.customer("/spa", locale="pl-PL", timezone_id="Asia/Tokyo")
    customer.tab.goto(town.shop + "/", referer="https://search.example/")
    customer.open().say("Which beans for a press?")
    accept(console, "Which beans")
    expect(panel(console)).to_contain_text("On the site now")
    expect(fact(console, "Page now")).to_contain_text("Kettle & Fern")
    expect(fact(console, "Browser")).to_contain_text("Chrom")
    expect(fact(console, "Language")).to_have_text("Polish")
    expect(fact(console, "Local time")).to_be_visible()
    expect(fact(console, "Came from")).to_contain_text("search.example")
    expect(fact(console, "Visits")).to_contain_text("1")
    for path, title in (("/shop/brewing", "Brewing"), ("/cart", "Your cart"), ("/help", "Help")):
        customer.visit(path)
        expect(fact(console, "Page now")).to_contain_text(title)
    customer.visit("/spa")
    guide = customer.tab.locator(".tabs a[data-go]").nth(1)
    guide.click()
    expect(fact(console, "Page now")).to_contain_text(guide.inner_text())
    customer.call("set", {"plan": "roastery"})
    expect(fact(console, "plan")).to_have_text("roastery")


def test_a_customer_signs_in_and_orders(town: Town, people: People) -> None:
    console, customer = people.operator(), people.customer()
    customer.open().say("Is it in stock?")
    accept(console, "Is it in stock?")
    customer.visit("/sign-in")
    customer.tab.get_by_role("button", name="Piotr Wiśniewski").click()
    expect(panel(console)).to_contain_text("Identified customer")
    expect(panel(console).get_by_role("heading", name="Piotr Wiśniewski")).to_be_visible()
    expect(fact(console, "E-mail")).to_have_text("piotr.wisniewski@example.com")
    expect(bubbles(console)).to_have_text(["Is it in stock?"])
    customer.window.get_by_role("button", name="Close").click()
    order(customer)
    expect(panel(console)).to_contain_text("Orders")
    expect(panel(console)).to_contain_text("KF-")
    expect(panel(console)).to_contain_text("€")
    expect(console.locator(".transcript")).to_contain_text("Order placed")
    customer.tab.reload()
    expect(panel(console).locator("summary", has_text="KF-")).to_have_count(1)


def order(customer: Visitor) -> None:
    """Buy something."""
    shop = customer.tab
    customer.visit("/shop/brewing")
    shop.locator("main a[href^='/product/']").first.click()
    shop.get_by_role("button", name="Add to cart").click()
    expect(shop.locator("[data-pieces]")).to_have_text("1")
    customer.visit("/checkout")
    shop.get_by_label("Street").fill("Long Street 1")
    shop.get_by_label("Post code").fill("1000")
    shop.get_by_label("City").fill("Ljubljana")
    shop.get_by_role("button", name=re.compile("Place", re.I)).click()
    expect(shop).to_have_url(re.compile("/order-done"))


def test_a_reload_does_not_make_the_customer_leave(town: Town, people: People) -> None:
    console, customer = people.operator(), people.customer()
    customer.open().say("Hello there")
    accept(console, "Hello there")
    expect(panel(console)).to_contain_text("On the site now")
    watch(console)
    customer.tab.reload()
    customer.sees("Hello there")
    customer.visit("/pricing")
    customer.sees("Hello there")
    assert console.evaluate("window.seen") == ["On the site now"]
    customer.context.close()
    town.later(10)
    expect(panel(console)).to_contain_text("Last seen")


def watch(console: Page) -> None:
    """Note each thing that the panel says of the customer's presence."""
    console.evaluate(
        "() => { const line = document.querySelector('aside.details header p');"
        " window.seen = [line.textContent.trim()]; new MutationObserver(() => {"
        " const text = line.textContent.trim(); if (text !== window.seen.at(-1)) window.seen.push(text); })"
        ".observe(line, { childList: true, characterData: true, subtree: true }); }"
    )


def test_on_a_phone(town: Town, people: People) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    console, customer = people.operator(**phone), people.customer(**phone)
    customer.open().say("From my phone")
    tab(console, "Queued").tap()
    row(console, "From my phone").tap()
    console.get_by_role("button", name="Accept", exact=True).tap()
    expect(console.get_by_text("Held by you")).to_be_visible()
    reply(console, "To your phone")
    customer.sees("To your phone")
    console.get_by_role("button", name="Details").tap()
    expect(panel(console)).to_contain_text("On the site now")
    panel(console).get_by_role("button", name="Hide details").tap()
    console.get_by_role("button", name="Back to the list").tap()
    tab(console, "Mine").tap()
    expect(row(console, "To your phone")).to_be_visible()
    assert console.evaluate("document.documentElement.scrollWidth") == 390
