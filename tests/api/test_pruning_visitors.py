"""Visitors who never said anything are forgotten; whoever said anything stays."""

from datetime import timedelta

from klepet.jobs.prune_visitors import PruneVisitors
from klepet.store import visitors as visitor_rows
from tests.api.people import add_contact, add_visitor, say
from tests.api.test_pruning import DAY, count, run

KEPT = timedelta(days=90)


def seen_now(klepet, visitor):
    now = klepet.clock.now()
    klepet.write(lambda tx: visitor_rows.change(tx, visitor.visitor_id, last_seen_at=now))


def visit(klepet, visitor):
    now = klepet.clock.now()
    begun = visitor_rows.NewVisit(klepet.ids(), visitor.visitor_id, now, None, "https://shop.example/")
    klepet.write(lambda tx: visitor_rows.insert_visits(tx, [begun]))


def contacts_left(owner):
    return {contact["id"] for contact in owner.get("/contacts?limit=100").json()["items"]}


def test_only_who_never_said_anything_is_forgotten(klepet, owner):
    site = owner.post("/sites", {"name": "Shop"}).json()["id"]
    people = {
        name: add_visitor(klepet, add_contact(klepet, **values), site)
        for name, values in {
            "silent": {},
            "wrote": {},
            "ordered": {},
            "named": {"name": "Łucja"},
            "seen again": {},
        }.items()
    }
    for person in people.values():
        visit(klepet, person)
    say(klepet, people["wrote"], "hello")
    order = {"id": "1", "value": "1", "currency": "EUR", "site_id": site}
    assert owner.post(f"/contacts/{people['ordered'].contact_id}/orders", order).status_code == 201
    job = PruneVisitors(KEPT)

    run(klepet, job)
    assert len(contacts_left(owner)) == 5
    assert count(klepet, "visits") == 5

    klepet.clock.advance(91 * DAY)
    owner.sign_in("ada@shop.test")
    seen_now(klepet, people["seen again"])
    run(klepet, job)

    assert contacts_left(owner) == {str(person.contact_id) for name, person in people.items() if name != "silent"}
    assert count(klepet, "visits") == 0
    assert count(klepet, "visitors") == 4
    assert klepet.recorded().count("contact.erased") == 1
    run(klepet, job)
    assert klepet.recorded().count("contact.erased") == 1


def test_many_are_forgotten_in_slices(klepet, owner, monkeypatch):
    from klepet.jobs import prune_visitors

    monkeypatch.setattr(prune_visitors, "ERASE_ROWS", 7)
    site = owner.post("/sites", {"name": "Shop"}).json()["id"]
    for _ in range(20):
        visit(klepet, add_visitor(klepet, add_contact(klepet), site))
    klepet.clock.advance(91 * DAY)

    run(klepet, PruneVisitors(KEPT))

    assert (count(klepet, "visits"), count(klepet, "visitors"), count(klepet, "contacts")) == (0, 0, 0)


def test_who_writes_meanwhile_stays(klepet, owner):
    from klepet.actions.forgetting import forget_contact

    site = owner.post("/sites", {"name": "Shop"}).json()["id"]
    visitor = add_visitor(klepet, add_contact(klepet), site)
    klepet.clock.advance(91 * DAY)
    now = klepet.clock.now()
    say(klepet, visitor, "I am back")
    assert klepet.write(lambda tx: forget_contact(tx, visitor.contact_id, before=now, now=now))
    assert count(klepet, "contacts") == 1
    assert count(klepet, "visitors") == 1
