"""One chromium for all browser tests: two at once would need two event loops in one process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.checks import PATIENCE
from tests.chromium import launch
from tools.start.browser import find

expect.set_options(timeout=PATIENCE * 1_000)
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each person gets a profile of its own."""
    if find() is None:
        pytest.skip("there is no chromium")
    with sync_playwright() as playwright:
        browser = launch(
            playwright,
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--host-resolver-rules=MAP *.test 127.0.0.1",
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker."""
    return AXE.read_text(encoding="utf-8")
