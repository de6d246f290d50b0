"""What people write is text on every screen, whatever it looks like: no script of theirs runs, no link leads astray."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import DRAWN
from tests.browser.console.desk import bubbles, open_from, reply
from tests.browser.console.office import DESKTOP, Office

SCRIPT = "\"><img src=x onerror='hacked=1'><script>hacked=1</script>{{7*7}}"
LINKS = "javascript:alert(1) data:text/html,hi https://evil.example/<b>"


def is_unharmed(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src='x'], script:not([src]), a[href^='javascript:'], a[href^='data:']").count() == 0


def test_hostile_texts_are_texts(office: Office, console: Page, chromium: Browser) -> None:
    owner, site = office.owner, office.site
    owner.ask("PATCH", f"/sites/{site['id']}", {"name": SCRIPT, "settings": {"greeting": {"en": SCRIPT}}})
    name = owner.ask("GET", "/me")["operator"]["name"]
    owner.ask("PATCH", "/me", {"name": SCRIPT})
    try:
        context = chromium.new_context(**DESKTOP)
        chat = context.new_page()
        chat.goto(f"{office.klepet}/chat/{site['key']}")
        expect(chat.get_by_text(SCRIPT).first).to_be_visible()
        writing = chat.get_by_role("textbox").last
        for text in (SCRIPT, LINKS):
            writing.fill(text)
            writing.press("Enter")
            expect(chat.get_by_text(text[:20]).last).to_be_visible()

        open_from(console, "Queued", LINKS[:16])
        expect(bubbles(console).filter(has_text="onerror").first).to_have_text(SCRIPT)
        (conversation,) = owner.ask("GET", f"/conversations?site_id={site['id']}")["items"]
        owner.ask(
            "PATCH", f"/contacts/{conversation['contact_id']}", {"name": SCRIPT, "attributes": {SCRIPT[:64]: SCRIPT}}
        )
        order = {"id": SCRIPT[:90], "value": "1", "currency": "EUR", "items": []}
        owner.ask("POST", f"/contacts/{conversation['contact_id']}/orders", order)
        reply(console, SCRIPT)
        expect(bubbles(console).last).to_have_text(SCRIPT)
        expect(chat.get_by_text(SCRIPT).nth(2)).to_be_visible()
        expect(chat.locator("a").filter(has_text=re.compile("evil"))).to_have_attribute(
            "href", re.compile(r"^https://evil\.example/")
        )
        for page in (console, chat):
            page.evaluate(DRAWN)
            is_unharmed(page)
        context.close()
    finally:
        owner.ask("PATCH", "/me", {"name": name})
