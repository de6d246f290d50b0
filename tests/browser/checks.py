"""What every page must pass, whatever it shows, and how to wait for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Page, Request

PATIENCE = 30
"""Seconds to wait on a busy machine for what is bound to come; where klepet promises a time, the test names it."""

RULES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""All that the checker knows; in the dark only what is about colours, for all else is the same."""
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
SIZES = {"desktop": {"viewport": {"width": 1280, "height": 800}}, "phone": PHONE}


RESTS = """() => !document.querySelector(".skeleton, [aria-busy=true]")
  && document.getAnimations().every((one) => one.playState !== "running"
    || one.effect?.getTiming().iterations === Infinity)
  && [...document.images].every((image) => image.complete || image.loading === "lazy")"""
"""Nothing is on its way into the page, and nothing in it moves that will ever stop."""
DRAWN = "() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"


def until(page: Page, holds: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait for what no locator tells; the page goes on meanwhile."""
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, "it never came to hold"
        page.wait_for_timeout(50)


@contextmanager
def frozen(page: Page) -> Iterator[None]:
    """Nothing of the page runs meanwhile, as in a laptop that is shut: no timer, no event.
    (`Page.setWebLifecycleState` does nothing to a page in a headless browser, where every page is visible.)
    """
    page.evaluate("() => { window.beats = 0; window.beating = setInterval(() => window.beats++, 10) }")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Debugger.enable")
    devtools.send("Debugger.pause")
    began = time.monotonic()
    try:
        yield
        lasted = time.monotonic() - began
    finally:
        devtools.send("Debugger.resume")
        devtools.detach()
    beats = page.evaluate("() => { clearInterval(window.beating); return window.beats }")
    assert beats * 0.01 < lasted / 2, "the page was not frozen"


class Traffic:
    """What a page asks for: it is at rest when nothing is under way and nothing in it moves."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.running: set[Request] = set()
        page.on("request", lambda request: self.running.add(request))
        page.on("requestfinished", lambda request: self.running.discard(request))
        page.on("requestfailed", lambda request: self.running.discard(request))

    def is_quiet(self) -> bool:
        """Nothing is under way, and what came is drawn."""
        if self.running:
            return False
        self.page.evaluate(DRAWN)
        return not self.running and bool(self.page.evaluate(RESTS))

    def settle(self) -> None:
        """Wait until the page is at rest, and still is a moment later."""
        until(self.page, lambda: self.is_quiet() and self.is_quiet())


def violations(page: Page, axe: str) -> list[Any]:
    """What the accessibility checker finds on the page, in light and in dark, once it stands still."""
    if page.evaluate("() => window.axe === undefined"):
        page.evaluate(axe)
    found: list[Any] = []
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(DRAWN)
        page.wait_for_function(RESTS)
        # What is right is neither described nor sent; style sheets are read a second time by rules of the light only.
        options = {"runOnly": rules, "resultTypes": ["violations"], "preload": scheme == "light"}
        broken = page.evaluate("options => axe.run(document, options).then((found) => found.violations)", options)
        found += [(scheme, rule["id"], [node["target"] for node in rule["nodes"]]) for rule in broken]
    return found


def sideways(page: Page) -> list[str]:
    """What can be scrolled sideways although nothing should be: the window, and whatever scrolls down inside it."""
    found: list[str] = page.evaluate(
        """() => [document.scrollingElement, ...document.querySelectorAll("main, main *, dialog, dialog *")]
          .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
          .filter((e) => e === document.scrollingElement || ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
          .map((e) => `${e.tagName}.${e.className} ${e.scrollWidth} > ${e.clientWidth}`)"""
    )
    return found
