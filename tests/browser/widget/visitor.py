"""A visitor with a browser, who sees the widget as people do: by names, labels and texts."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.checks import PATIENCE, until


class Visitor:
    """One tab of a visitor on the customer's website."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.tab: Page = context.new_page()
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.sockets: list[str] = []
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("websocket", lambda socket: self.sockets.append(socket.url))

    def visit(self, path: str = "/") -> "Visitor":
        """Go to a page of the website; the launcher is drawn when this returns, where one is to be drawn."""
        self.tab.goto(self.url + path)
        return self

    @property
    def launcher(self) -> Locator:
        """The first launcher."""
        return self.tab.locator(
            "klepet-chat > button, klepet-chat button[aria-haspopup=dialog], klepet-chat button"
        ).first

    @property
    def window(self) -> Locator:
        """The chat."""
        return self.tab.get_by_role("dialog")

    def until(self, holds: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait for what no locator tells; the page goes on meanwhile."""
        until(self.tab, holds, within)

    def settle(self) -> None:
        """Wait until what moves once has moved."""
        self.tab.evaluate(
            "() => Promise.all(document.querySelector('klepet-chat').shadowRoot.getAnimations()"
            ".filter((each) => each.effect.getTiming().iterations !== Infinity).map((each) => each.finished))"
        )

    def rests(self) -> dict[str, float]:
        """Where the window stands when it has come to rest."""
        self.settle()
        box = self.window.bounding_box()
        assert box
        return {
            "x": round(box["x"]),
            "y": round(box["y"]),
            "width": round(box["width"]),
            "height": round(box["height"]),
        }

    @property
    def field(self) -> Locator:
        """Where to write."""
        return self.window.locator("form textarea")

    @property
    def log(self) -> Locator:
        """The transcript."""
        return self.window.get_by_role("log")

    def open(self) -> "Visitor":
        """Open the chat by its launcher."""
        self.launcher.click()
        expect(self.field).to_be_visible()
        return self

    def say(self, text: str) -> None:
        """Write a message and send it by the button."""
        self.field.fill(text)
        self.window.locator("form .send").click()
        expect(self.field).to_have_value("")

    def bubbles(self) -> list[str]:
        """The texts of all messages, in order."""
        return self.log.locator(".b").all_inner_texts()

    def shows(self, *texts: str) -> None:
        """The texts of all messages come to be these, in this order."""
        with suppress(AssertionError):
            self.until(lambda: self.bubbles() == [*texts])
        assert self.bubbles() == [*texts]

    def sees(self, text: str, within: float = PATIENCE) -> None:
        """A message is on the screen, once."""
        whole = re.compile(rf"^\s*{re.escape(text)}\s*$")
        expect(self.log.locator(".b", has_text=whole)).to_have_count(1, timeout=within * 1_000)

    def sees_mark(self, mark: str, within: float = PATIENCE) -> None:
        """The newest own message says how far it has come."""
        expect(self.log.locator(".mine .meta").last).to_contain_text(mark, timeout=within * 1_000)

    def call(self, *values: Any) -> None:
        """Call the JavaScript API as the page does."""
        self.tab.evaluate("values => window.klepet(...values)", list(values))

    def listen(self, *events: str) -> None:
        """Note what the page is told."""
        self.tab.evaluate(
            "names => { window.heard ??= []; for (const name of names)"
            " klepet('on', name, (data) => window.heard.push([name, data]));"
            " klepet('on', 'ready', () => { window.isListening = true; }); }",
            list(events),
        )
        self.tab.wait_for_function("window.isListening")

    def heard(self) -> list[Any]:
        """What the page was told so far."""
        heard: list[Any] = self.tab.evaluate("window.heard ?? []")
        return heard

    def focus(self) -> str | None:
        """The name of what has the focus inside the widget."""
        name: str | None = self.tab.evaluate(
            "() => { const at = document.activeElement?.shadowRoot?.activeElement;"
            " return at && (at.getAttribute('aria-label') ?? at.textContent); }"
        )
        return name

    def leaves_behind(self, key: str, *messages: tuple[str, str, bool]) -> None:
        """Put messages into the outbox as a tab that is gone left them: client id, text, and whether it was refused."""
        self.tab.evaluate(
            """([key, messages]) => {
              for (const [client_id, text, failed] of messages)
                localStorage[`klepet:${key}:outbox:${client_id}`] = JSON.stringify(
                  { client_id, frame: { type: 'send_message', text }, at: Date.now(), tab: 'gone', failed });
            }""",
            [key, messages],
        )

    def kept(self, key: str) -> dict[str, Any]:
        """What the widget keeps in the site's storage: its fields, and the entries of the outbox as `outbox`."""
        start = f"klepet:{key}:"
        stored = self.tab.evaluate("() => Object.entries(localStorage)")
        kept = {name.removeprefix(start): json.loads(text) for name, text in stored if name.startswith(start)}
        entries = [kept.pop(name) for name in sorted(kept) if name.startswith("outbox:")]
        return kept | {"outbox": entries}
