"""The panel beside a conversation: who is there now, where, with what, and until when."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from klepet.actions.visitors import NOTHING_SAID, About, PageView, note_leaving, note_pages
from klepet.model.principals import VisitorPrincipal
from klepet.model.views import Browser, Page
from klepet.realtime.presence import GRACE_SECONDS
from klepet.store.tables import page_views
from tests.api.people import add_contact, add_visitor, say

HOME, CART = Page("https://shop.test/", "Home"), Page("https://shop.test/cart", "Cart")


class Line:
    """A connection of a visitor."""

    def __init__(self, principal: VisitorPrincipal, page: Page) -> None:
        self.principal, self.page = principal, page

    def deliver(self, offset: int, frame: bytes) -> None:
        pass

    def signal(self, frame: bytes) -> None:
        pass

    def end(self, code: int) -> None:
        pass


def somebody(klepet: Any, owner: Any) -> tuple[VisitorPrincipal, str]:
    """A visitor, and the address of its conversation."""
    site_id = owner.post("/sites", {"name": "Shop"}).json()["id"]
    visitor = add_visitor(klepet, add_contact(klepet), site_id)
    return visitor, f"/conversations/{say(klepet, visitor, 'hello')}"


def open_page(klepet: Any, visitor_id: UUID, page: Page, about: About = NOTHING_SAID) -> None:
    view = PageView(visitor_id, page, "https://find.test/", about, klepet.clock.now(), klepet.ids)
    klepet.write(lambda tx: note_pages(tx, [view]))


def test_the_panel_tells_who_is_there_and_where(klepet: Any, owner: Any) -> None:
    visitor, address = somebody(klepet, owner)
    open_page(klepet, visitor.visitor_id, HOME)
    seen = owner.get(address).json()["visitor"]
    assert (seen["is_online"], seen["page"]) == (False, None)
    line = Line(visitor, CART)
    klepet.hub.add(line)
    seen = owner.get(address).json()["visitor"]
    assert (seen["is_online"], seen["page"]["title"]) == (True, "Cart")
    klepet.hub.remove(line)
    assert owner.get(address).json()["visitor"]["is_online"]
    klepet.clock.advance(GRACE_SECONDS)
    assert klepet.hub.sweep() == [visitor.visitor_id]
    assert not owner.get(address).json()["visitor"]["is_online"]


def test_a_lost_connection_is_no_second_view_of_the_page(klepet: Any, owner: Any) -> None:
    visitor, address = somebody(klepet, owner)
    for page in (HOME, HOME, Page(CART.url, ""), CART, HOME):
        klepet.clock.advance(1)
        open_page(klepet, visitor.visitor_id, page)
    (visit,) = owner.get(address).json()["visits"]
    assert visit["page_count"] == 3
    assert visit["landing_page"] == HOME.url
    assert owner.get(address).json()["visitor"]["referrer"] == "https://find.test/"


def test_a_page_may_be_named_late(klepet: Any, owner: Any) -> None:
    visitor, _ = somebody(klepet, owner)
    for page in (HOME, Page(CART.url, ""), CART):
        klepet.clock.advance(1)
        open_page(klepet, visitor.visitor_id, page)
    kept = klepet.read(lambda r: r.conn.execute(select(page_views.c.title).order_by(page_views.c.at)).scalars().all())
    assert kept == ["Home", "Cart"]


def test_many_pages_are_kept_in_one_go(klepet: Any, owner: Any) -> None:
    (one, his), (other, hers) = somebody(klepet, owner), somebody(klepet, owner)
    now, gone = klepet.clock.now(), klepet.ids()
    moves = [(one, HOME), (other, CART), (one, CART), (one, Page(CART.url, "Your cart")), (other, HOME)]
    views = [PageView(who.visitor_id, page, None, NOTHING_SAID, now, klepet.ids) for who, page in moves]
    views.insert(1, PageView(gone, HOME, None, NOTHING_SAID, now, klepet.ids))
    klepet.write(lambda tx: note_pages(tx, views))
    for address, landing_page, count in ((his, HOME, 2), (hers, CART, 2)):
        (visit,) = owner.get(address).json()["visits"]
        assert (visit["landing_page"], visit["page_count"]) == (landing_page.url, count)
        assert owner.get(address).json()["visitor"]["visit_count"] == 2
    titles = klepet.read(lambda r: r.conn.execute(select(page_views.c.title).order_by(page_views.c.id)).scalars().all())
    assert sorted(titles) == ["Cart", "Home", "Home", "Your cart"]


def test_a_browser_that_changed_is_told_anew(klepet: Any, owner: Any) -> None:
    visitor, address = somebody(klepet, owner)
    about = About(Browser("Firefox 140", "Linux", "desktop"), "pl", "Europe/Warsaw")
    open_page(klepet, visitor.visitor_id, HOME, about)
    open_page(klepet, visitor.visitor_id, CART)
    seen = owner.get(address).json()["visitor"]
    assert seen["browser"]["name"] == "Firefox 140"
    assert (seen["language"], seen["time_zone"]) == ("pl", "Europe/Warsaw")


def test_a_visit_lasts_until_the_visitor_leaves(klepet: Any, owner: Any) -> None:
    visitor, address = somebody(klepet, owner)
    open_page(klepet, visitor.visitor_id, HOME)
    klepet.clock.advance(3_600)
    left_at = klepet.clock.now()
    klepet.write(lambda tx: note_leaving(tx, [visitor.visitor_id], now=left_at))
    assert owner.get(address).json()["visitor"]["last_seen_at"] == left_at.isoformat().replace("+00:00", "Z")
    klepet.clock.advance(timedelta(minutes=10).total_seconds())
    open_page(klepet, visitor.visitor_id, CART)
    assert len(owner.get(address).json()["visits"]) == 1
    klepet.clock.advance(3_600)
    open_page(klepet, visitor.visitor_id, HOME)
    assert owner.get(address).json()["visitor"]["visit_count"] == 3
    assert len(owner.get(address).json()["visits"]) == 2
