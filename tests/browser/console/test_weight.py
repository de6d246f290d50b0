"""What the console weighs until the first list is there, as the browser asks for it."""

import gzip
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.console.conftest import DESKTOP
from tests.browser.console.desk import row
from tests.browser.console.office import Office

STATIC = Path(__file__).parents[3] / "klepet" / "static" / "console"
LIMIT = 80_000


def test_the_first_list_is_light(office: Office, chromium: Browser) -> None:
    office.visitor().says("hello").is_called("Lea Light")
    context = chromium.new_context(**DESKTOP)
    office.owner.enter(context)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("/console/")[2].partition("#")[0]))
    page.goto(f"{office.console}#/inbox")
    expect(row(page, "Lea Light")).to_be_visible()
    names = {"index.html", *filter(None, asked)}
    context.close()
    weights = {name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names}
    assert len(weights) > 5
    assert sum(weights.values()) <= LIMIT, weights
