"""Trouble with the database as people see it: a real widget and a real console in chromium. Their words wait, marked as
such, and nothing fails; afterwards everything is there by itself, in the same page.
"""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.chromium import launch
from tests.fault.crowd import RECOVERY_SECONDS
from tests.fault.proxy import Proxy
from tests.fault.server import PASSWORD, Server
from tests.postgres import PostgresServer
from tools.start import browser

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(browser.find() is None, reason="there is no chromium"),
]

TIMES = 5
PATIENCE = 30_000


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


def opened(chromium: Browser, url: str, cookie: str = "") -> Page:
    """A page that remembers that it was not loaded again."""
    context = chromium.new_context(locale="en")
    if cookie:
        context.add_cookies([{"name": "klepet_session", "value": cookie, "url": url.removesuffix("/console/")}])
    page = context.new_page()
    page.goto(url)
    page.evaluate("globalThis.isTheSame = true")
    return page


def say(page: Page, text: str) -> None:
    """Write and send."""
    field = page.locator("textarea").first
    field.fill(text)
    field.press("Enter")


class ShutDown:
    """The database is gone for a while."""

    seconds = 6

    def __init__(self, postgres: PostgresServer, proxy: Proxy) -> None:
        self.postgres = postgres

    def begin(self) -> None:
        """Stop it."""
        self.postgres.stop("fast")

    def end(self) -> None:
        """Start it."""
        self.postgres.start()


class CutOff:
    """Nothing passes, and nobody is told; for longer than anything waits for an answer."""

    seconds = 15

    def __init__(self, postgres: PostgresServer, proxy: Proxy) -> None:
        self.proxy = proxy

    def begin(self) -> None:
        """Forget every connection, and answer no other."""
        self.proxy.is_silent = True
        self.proxy.forget()

    def end(self) -> None:
        """Answer those who ask again."""
        self.proxy.is_silent = False


@pytest.mark.parametrize("make_cause", [ShutDown, CutOff])
def test_words_wait_and_arrive_by_themselves(
    make_server: Callable[..., Server],
    chromium: Browser,
    make_cause: type[ShutDown | CutOff],
) -> None:
    postgres = PostgresServer(is_durable=True)
    proxy = Proxy(postgres.port)
    server = make_server(KLEPET_DATABASE=proxy.url(postgres.create()))
    try:
        guest = opened(chromium, f"{server.url}/chat/{server.site['key']}")
        say(guest, "guest begins")
        expect(guest.get_by_role("log")).to_contain_text("Sent", timeout=PATIENCE)
        with httpx.Client(base_url=server.url, timeout=60) as http:
            http.post("/api/v1/session", json={"email": "ada@shop.test", "password": PASSWORD}).raise_for_status()
            desk = opened(chromium, f"{server.url}/console/", http.cookies["klepet_session"])
        desk.locator("a[data-id]", has_text="guest begins").click()
        expect(desk.locator(".bubble")).to_contain_text(["guest begins"], timeout=PATIENCE)
        said = ["guest begins"]
        for number in range(TIMES):
            live_through(guest, desk, [f"guest {number};", f"desk {number};"], make_cause(postgres, proxy))
            said += [f"guest {number};", f"desk {number};"]
        for page in (guest, desk):
            texts = page.locator(".bubble, .b").all_inner_texts()
            assert all(sum(words in text for text in texts) == 1 for words in said), texts
            assert page.evaluate("globalThis.isTheSame") is True, "the page was loaded again"
    finally:
        server.close()
        proxy.close()
        postgres.remove()


def live_through(guest: Page, desk: Page, words: list[str], cause: ShutDown | CutOff) -> None:
    """Both write in the middle of it: their words are pending, never failed, and arrive within the time."""
    newest = guest.locator(".mine .meta").last
    cause.begin()
    try:
        for page, text in zip((guest, desk), words, strict=True):
            say(page, text)
        guest.wait_for_timeout(cause.seconds * 1_000)
        expect(newest).to_contain_text("Sending", timeout=PATIENCE)
        expect(guest.get_by_role("log")).not_to_contain_text("Not sent")
    finally:
        cause.end()
    began = time.monotonic()
    for page in (guest, desk):
        for text in words:
            expect(page.locator(".bubble, .b", has_text=text)).to_have_count(1, timeout=RECOVERY_SECONDS * 1_000)
    expect(newest).not_to_contain_text("Sending", timeout=RECOVERY_SECONDS * 1_000)
    expect(guest.get_by_role("log")).not_to_contain_text("Not sent")
    print(f"seen by both within {time.monotonic() - began:.2f} s")
