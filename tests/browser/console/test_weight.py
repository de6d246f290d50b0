"""What the console weighs until the first list is there, as the browser asks for it."""

import gzip
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.console.desk import row
from tests.browser.console.office import DESKTOP, Office

STATIC = Path(__file__).parents[3] / "klepet" / "static" / "console"
LIMIT = 80_000
NOTE = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("a[data-id]")) return;
  window.listedAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
ASKED = """performance.getEntriesByType("resource")
  .filter((one) => one.startTime < window.listedAt).map((one) => one.name)"""
"""What comes later, in quiet moments, is for what somebody will do next."""


def test_the_first_list_is_light(office: Office, chromium: Browser) -> None:
    office.visitor().says("hello").is_called("Lea Light")
    context = chromium.new_context(**DESKTOP)
    office.owner.enter(context)
    page = context.new_page()
    page.add_init_script(NOTE)
    page.goto(f"{office.console}#/inbox")
    expect(row(page, "Lea Light")).to_be_visible()
    asked: list[str] = page.evaluate(ASKED)
    context.close()
    names = {"index.html", *filter(None, (url.partition("/console/")[2] for url in asked))}
    weights = {name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names}
    assert len(weights) > 5
    assert sum(weights.values()) <= LIMIT, weights
