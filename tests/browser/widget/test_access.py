"""The widget for people who use a keyboard, a screen reader, or need contrast."""

from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.checks import RULES
from tests.browser.widget.conftest import PHONE, Visitors
from tests.browser.widget.visitor import Visitor
from tests.browser.widget.world import GREETING, World

Scheme = Literal["light", "dark"]


def violations(visitor: Visitor, axe: str, scheme: Scheme) -> list[Any]:
    """What the checker finds in the widget."""
    visitor.settle()
    visitor.tab.evaluate(axe)
    found = visitor.tab.evaluate("rules => axe.run('klepet-chat', { runOnly: rules })", RULES[scheme])
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("profile", [{}, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(scheme: Scheme, profile: dict[str, Any], world: World, visitors: Visitors, axe: str) -> None:
    visitor = visitors(color_scheme=scheme, **profile)
    expect(visitor.launcher).to_be_visible()
    assert violations(visitor, axe, scheme) == []
    visitor.open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    world.desk.say("see https://shop.test/")
    world.desk.acknowledge(has_read=True)
    visitor.sees("see https://shop.test/")
    world.desk.type(True)
    expect(visitor.window.locator("header")).to_contain_text("is typing")
    assert violations(visitor, axe, scheme) == []
    visitor.window.get_by_role("button", name="Options").click()
    assert violations(visitor, axe, scheme) == []
    visitor.window.get_by_role("menuitem", name="End the chat").click()
    visitor.window.get_by_label("5, Very good").check()
    assert violations(visitor, axe, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_when_things_are_not_as_they_should(
    scheme: Scheme, world: World, visitors: Visitors, axe: str
) -> None:
    world.desk.be("offline")
    visitor = visitors(color_scheme=scheme).open()
    expect(visitor.window).to_contain_text("Nobody is here right now.")
    visitor.field.fill("x" * 4_001)
    expect(visitor.window.locator("form")).to_contain_text("1 character too long")
    assert violations(visitor, axe, scheme) == []
    visitor.say("hello")
    visitor.sees_mark("Sent")
    visitor.leaves_behind(world.key, ("refused-1", "Not taken", True))
    visitor.tab.reload()
    expect(visitor.log.get_by_role("button", name="Discard")).to_be_visible()
    world.network.cut()
    expect(visitor.window.locator("header")).to_contain_text("Connecting")
    assert violations(visitor, axe, scheme) == []


def test_all_of_it_by_keyboard(world: World, visitors: Visitors) -> None:
    visitor = visitors()
    visitor.launcher.focus()
    visitor.tab.keyboard.press("Enter")
    expect(visitor.field).to_be_focused()
    visitor.tab.keyboard.type("first line")
    visitor.tab.keyboard.press("Shift+Enter")
    visitor.tab.keyboard.type("second line")
    visitor.tab.keyboard.press("Enter")
    world.desk.waits_for("first line\nsecond line")
    visitor.window.get_by_role("button", name="Options").focus()
    visitor.tab.keyboard.press("Enter")
    expect(visitor.window.get_by_role("menuitem").first).to_be_focused()
    visitor.tab.keyboard.press("ArrowDown")
    expect(visitor.window.get_by_role("menuitem").nth(1)).to_be_focused()
    visitor.tab.keyboard.press("Escape")
    expect(visitor.window.get_by_role("button", name="Options")).to_be_focused()
    visitor.tab.keyboard.press("Escape")
    expect(visitor.window).to_be_hidden()
    assert visitor.focus() == "Open the chat"


def test_a_message_is_announced_once_with_its_author(world: World, visitors: Visitors) -> None:
    """What a live region adds is read out: each message's node comes once, named, while the region is polite."""
    visitor = visitors().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    world.desk.accept()
    visitor.tab.evaluate(
        """() => {
          window.added = [];
          const log = document.querySelector("klepet-chat").shadowRoot.querySelector("[role=log]");
          new MutationObserver((changes) => {
            for (const change of changes) for (const node of change.addedNodes)
              window.added.push([change.target === log, log.getAttribute("aria-live"), node.textContent]);
          }).observe(log, { childList: true, subtree: true });
        }"""
    )
    world.desk.say("Good morning")
    visitor.sees("Good morning")
    world.desk.acknowledge(has_read=True)
    visitor.sees_mark("Read")
    added = [row for row in visitor.tab.evaluate("window.added") if "Good morning" in row[2]]
    assert len(added) == 1
    assert added[0][:2] == [True, "polite"]
    assert added[0][2].startswith("Ana Novak: Good morning")
    tree = visitor.window.aria_snapshot()
    assert "log" in tree
    assert tree.count("Good morning") == 1


def test_what_stood_there_before_is_not_announced(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    visitor.context.add_init_script(
        """
        window.lives = [];
        const insert = Node.prototype.insertBefore;
        Node.prototype.insertBefore = function (node, next) {
          if (this.role === "log" || this.getAttribute?.("role") === "log")
            window.lives.push([node.textContent, this.getAttribute("aria-live")]);
          return insert.call(this, node, next);
        };
        """
    )
    visitor.tab.reload()
    visitor.sees("hello")
    lives = visitor.tab.evaluate("window.lives")
    assert [live for text, live in lives if "hello" in text] == ["off"]
    assert GREETING in visitor.log.inner_text()


def test_nothing_moves_with_reduced_motion(world: World, visitors: Visitors) -> None:
    visitor = visitors(reduced_motion="reduce").open()
    assert visitor.window.evaluate("node => getComputedStyle(node).animationName") == "none"


def test_it_does_not_take_the_focus_when_it_opens_by_itself(world: World, visitors: Visitors) -> None:
    visitor = visitors().open()
    visitor.say("hello")
    visitor.sees_mark("Sent")
    visitor.tab.reload()
    visitor.sees("hello")
    assert visitor.focus() is None
