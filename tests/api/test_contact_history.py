"""A contact's browsers, visits and orders over REST: its own, newest first, page by page."""

import pytest

from klepet.store.tables import visits
from tests.api.people import add_contact, add_visitor

PARTS = ("visitors", "visits", "orders")


@pytest.fixture
def site(owner):
    return owner.post("/sites", {"name": "Shop"}).json()


def add_visit(klepet, visitor, **values):
    now = klepet.clock.now()
    row = {
        "id": klepet.ids(),
        "visitor_id": visitor.visitor_id,
        "started_at": now,
        "last_seen_at": now,
        "referrer": None,
        "landing_page": "https://shop.test/",
        "page_count": 1,
    } | values
    klepet.write(lambda tx: tx.conn.execute(visits.insert().values(**row)))
    return str(row["id"])


def report_order(owner, contact_id, site, order_id):
    order = {"id": order_id, "value": "9.90", "currency": "EUR", "site_id": site["id"]}
    return owner.post(f"/contacts/{contact_id}/orders", order).json()["id"]


def everything(browser, path, limit=2):
    """All items, page by page."""
    items, cursor = [], None
    while True:
        answer = browser.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def test_the_card_tells_of_this_contact_and_of_nobody_else(klepet, owner, operator, site):
    other = add_contact(klepet, name="Other")
    other_visitor = add_visitor(klepet, other, site["id"])
    add_visit(klepet, other_visitor)
    report_order(owner, other, site, "other")
    contact_id = add_contact(klepet, name="Ada")
    phone, laptop = (add_visitor(klepet, contact_id, site["id"]) for _ in range(2))
    seen = [add_visit(klepet, phone, referrer="https://search.test/", page_count=3), add_visit(klepet, laptop)]
    order_id = report_order(owner, contact_id, site, "A-1")

    visitors, visited, orders = (everything(operator, f"/contacts/{contact_id}/{part}") for part in PARTS)

    assert [found["id"] for found in visitors] == [str(laptop.visitor_id), str(phone.visitor_id)]
    assert visitors[0]["site_id"] == site["id"]
    assert visitors[0]["language"] == "en"
    assert "token_hash" not in visitors[0]
    assert [found["id"] for found in visited] == seen[::-1]
    assert visited[1]["referrer"] == "https://search.test/"
    assert (visited[1]["page_count"], visited[1]["visitor_id"]) == (3, str(phone.visitor_id))
    assert visited[1]["site_id"] == site["id"]
    assert [found["id"] for found in orders] == [order_id]


def test_pages_go_on_where_the_last_ended(klepet, owner, site):
    contact_id = add_contact(klepet)
    browsers = [add_visitor(klepet, contact_id, site["id"]) for _ in range(5)]
    visited = [add_visit(klepet, browser) for browser in browsers]
    ordered = [report_order(owner, contact_id, site, str(number)) for number in range(5)]
    expected = ([str(browser.visitor_id) for browser in browsers], visited, ordered)
    for part, ids in zip(PARTS, expected, strict=True):
        assert [found["id"] for found in everything(owner, f"/contacts/{contact_id}/{part}")] == ids[::-1]


@pytest.mark.parametrize("part", PARTS)
def test_an_unknown_contact_has_no_card(owner, part):
    unknown = "019a0000-0000-7000-8000-000000000000"
    assert owner.get(f"/contacts/{unknown}/{part}").status_code == 404
