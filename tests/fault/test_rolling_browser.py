"""A rolling restart as people see it: a real widget by socket, one by long-polling, and a real console, in chromium."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.chromium import launch
from tests.fault.house import House
from tests.fault.nginx import Nginx
from tests.fault.server import PASSWORD
from tests.postgres import PostgresServer
from tools.start import browser, nginx

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(nginx.find() is None, reason="nginx is not installed: sudo apt-get install nginx"),
    pytest.mark.skipif(browser.find() is None, reason="there is no chromium"),
]

ROUNDS = 2
TROUBLE_MILLISECONDS = 1_000
PATIENCE = 30_000
WATCH = """
addEventListener("DOMContentLoaded", () => {
  const seen = (globalThis.seen = { signs: [], failures: 0, away: 0 });
  let since = 0;
  let wasWell = false;
  setInterval(() => {
    const sign = document.querySelector(".sign");
    const chat = document.querySelector("klepet-chat")?.shadowRoot?.textContent ?? "";
    const isWell = sign ? sign.classList.contains("online") : chat !== "" && !chat.includes("Connecting…");
    const text = chat + document.body.innerText;
    if (text.includes("Not sent")) seen.failures++;
    if (wasWell && chat.includes("away")) seen.away++;
    if (wasWell && !isWell) since ||= performance.now();
    if (isWell && since) {
      seen.signs.push(Math.round(performance.now() - since));
      since = 0;
    }
    wasWell ||= isWell;
  }, 10);
});
"""


@pytest.fixture
def house(postgres: PostgresServer, tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, postgres.create())
    try:
        made.open()
        yield made
    finally:
        made.close()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


def chat(chromium: Browser, house: House, way: Nginx) -> Page:
    """A visitor on the direct chat page."""
    page = chromium.new_context(ignore_https_errors=True).new_page()
    page.add_init_script(WATCH)
    page.goto(f"{way.url}/chat/{house.servers[0].site['key']}")
    return page


def console(chromium: Browser, house: House) -> Page:
    """The owner's console."""
    context = chromium.new_context(ignore_https_errors=True)
    with httpx.Client(base_url=house.nginx.url, verify=house.nginx.context(), timeout=60) as http:
        answer = http.post("/api/v1/session", json={"email": "ada@shop.test", "password": PASSWORD})
        answer.raise_for_status()
        token = http.cookies["klepet_session"]
    context.add_cookies([{"name": "klepet_session", "value": token, "url": house.nginx.url}])
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"{house.nginx.url}/console/")
    return page


def say(page: Page, text: str) -> None:
    """Write and send."""
    field = page.locator("textarea").first
    field.fill(text)
    field.press("Enter")


def test_nobody_sees_trouble_while_all_processes_are_restarted(house: House, chromium: Browser) -> None:
    guests = [chat(chromium, house, house.nginx), chat(chromium, house, house.narrow)]
    for number, guest in enumerate(guests):
        say(guest, f"I am guest {number}")
        expect(guest.get_by_role("log")).to_contain_text("Sent", timeout=PATIENCE)
    desk = console(chromium, house)
    desk.locator("a[data-id]", has_text="I am guest 0").click()
    expect(desk.locator(".bubble")).to_contain_text(["I am guest 0"], timeout=PATIENCE)

    def restart() -> None:
        for _ in range(ROUNDS):
            house.restart()

    restarting = threading.Thread(target=restart)
    restarting.start()
    said: dict[str, list[str]] = {"guest 0": [], "guest 1": [], "desk": []}
    for number in itertools.count():
        for name, page in zip(said, [*guests, desk], strict=True):
            said[name].append(f"{name} says {number:04};")
            say(page, said[name][-1])
            page.wait_for_timeout(60)
        if not restarting.is_alive():
            break
    restarting.join()
    seen = {name: page.evaluate("globalThis.seen") for name, page in zip(said, [*guests, desk], strict=True)}
    messages = sum(map(len, said.values()))
    print(f"{ROUNDS} restarts of each, {messages} messages, {house.slowness:.1f} times slower than alone: {seen}")
    for page, names in ((guests[0], ("guest 0", "desk")), (guests[1], ("guest 1",)), (desk, ("guest 0", "desk"))):
        for name in names:
            bubbles = page.locator(".bubble, .b", has_text=f"{name} says")
            expect(bubbles.last).to_contain_text(said[name][-1], timeout=PATIENCE)
            shown = [text.strip() for text in bubbles.all_inner_texts()]
            assert len(shown) >= 5
            assert all(text in line for text, line in zip(said[name][-5:], shown[-5:], strict=True)), shown
    for one in seen.values():
        assert one["failures"] == 0
        assert one["away"] == 0
        assert max(one["signs"], default=0) <= TROUBLE_MILLISECONDS * house.slowness
    assert any(one["signs"] for one in seen.values()), "nobody was ever disconnected: what was watched?"
