"""A desk with thousands of conversations."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.console.crowd import multiply
from tests.browser.console.desk import composer, reply, row, tab
from tests.browser.console.office import DESKTOP, EMAIL, NAME, PASSWORD, Office

COUNT = 5_000
HELD = 2_000
"""So many open ones a snapshot holds."""
ROWS = 120
MOST_MS_A_ROW = 30
"""Of its own work. Were all rows drawn, it would be thousands."""


@pytest.fixture(scope="module")
def busy_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A klepet on which thousands wait."""
    office = Office(tmp_path_factory.mktemp("busy"))
    assert office.setup_link is not None
    token = office.setup_link.rpartition("/")[2]
    answers = {"token": token, "email": EMAIL, "name": NAME, "password": PASSWORD}
    office.owner.take(office.owner.ask("POST", "/setup", answers))
    office.new_site()
    office.visitor().says("May I ask something?").is_called("First In Line")
    office.stop()
    multiply(office.folder / "data" / "klepet.db", COUNT - 1)
    office.start()
    yield office
    office.close()


@pytest.fixture
def busy_console(busy_office: Office, chromium: Browser) -> Iterator[Page]:
    """The owner's console."""
    context = chromium.new_context(**DESKTOP)
    busy_office.owner.enter(context)
    page = context.new_page()
    page.goto(f"{busy_office.console}#/inbox")
    expect(row(page, "First In Line").first).to_be_visible()
    yield page
    context.close()


def script_ms(page: Page, work: str) -> float:
    """The work of the page's scripts while it does this, in milliseconds of processor time."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    devtools.send("Performance.enable")

    def spent() -> float:
        found = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
        return 1_000 * float(found["ScriptDuration"] + found["LayoutDuration"] + found["RecalcStyleDuration"])

    before = spent()
    page.evaluate(work)
    return spent() - before


def test_thousands_of_rows_scroll_and_stay_live(busy_office: Office, busy_console: Page) -> None:
    page = busy_console
    tab(page, "All").click()
    expect(tab(page, "All")).to_have_text("All 5,000")
    expect(page.get_by_text("3,000 more are open on the server")).to_be_visible()
    scroll = (
        "async () => { const box = document.querySelector('#conversations [role=list]');"
        f" for (let row = 0; row < {ROWS}; row++) {{ box.scrollTop += 77;"
        " await new Promise((resolve) => requestAnimationFrame(resolve)); } }"
    )
    assert script_ms(page, scroll) / ROWS < MOST_MS_A_ROW
    assert 0 < page.locator("a[data-id]").count() < 40
    page.keyboard.press("2")
    expect(tab(page, "Mine")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("3")
    expect(tab(page, "All")).to_have_attribute("aria-selected", "true")
    page.locator("a[data-id]").first.focus()
    page.keyboard.press("End")
    expect(page.locator("a[data-id]:focus")).to_have_count(1)
    expect(page.locator(f"[role=listitem][aria-posinset='{HELD}']")).to_be_visible()
    busy_office.visitor().says("And I am new").is_called("Last In Line")
    tab(page, "Queued").click()
    expect(tab(page, "All")).to_have_text("All 5,001")


def test_one_of_thousands_is_answered_and_closed(busy_office: Office, busy_console: Page) -> None:
    page = busy_console
    row(page, "First In Line").nth(3).click()
    reply(page, "Yes, please")
    expect(page.get_by_text("Held by you")).to_be_visible()
    expect(tab(page, "Mine")).to_have_text("Mine 1")
    composer(page).press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    expect(tab(page, "Mine")).to_have_text("Mine 0")
