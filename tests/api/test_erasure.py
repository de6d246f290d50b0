"""Erasing and exporting: nothing is left, and nothing of anybody else is touched."""

import json

import pytest

from klepet.jobs.finish_erasure import FinishErasure
from klepet.model.limits import ERASE_ROWS
from klepet.store.tables import page_views, site_events, visits
from tests.api.people import add_contact, add_visitor, say, stored_text

SECRET = "xylophone-4711"
ORDER = {"id": "A-1", "value": "9.90", "currency": "EUR"}


@pytest.fixture
def site(owner):
    return owner.post("/sites", {"name": "Shop"}).json()


def person(klepet, owner, site, text, pages=3):
    """A contact with everything that can belong to one."""
    contact_id = add_contact(klepet, name=text, email="v@shop.test", attributes={"note": text})
    visitor = add_visitor(klepet, contact_id, site["id"])
    now, visit_id = klepet.clock.now(), klepet.ids()

    def fill(tx):
        tx.conn.execute(
            visits.insert().values(
                id=visit_id,
                visitor_id=visitor.visitor_id,
                started_at=now,
                last_seen_at=now,
                referrer=f"https://{text}.example",
                landing_page="/",
                page_count=1,
            )
        )
        for _ in range(pages):
            row = {"id": klepet.ids(), "visit_id": visit_id, "url": f"/{text}", "title": text, "at": now}
            tx.conn.execute(page_views.insert().values(**row))
        row = {"id": klepet.ids(), "visitor_id": visitor.visitor_id, "name": text, "data": {"x": text}, "at": now}
        tx.conn.execute(site_events.insert().values(**row))

    klepet.write(fill)
    conversation = say(klepet, visitor, f"my secret is {text}")
    path = f"/conversations/{conversation}/messages"
    owner.post(path, {"client_id": "client-" + text, "text": f"your secret is {text}"})
    owner.post(path, {"client_id": "note-" + text, "text": f"the secret is {text}", "kind": "note"})
    made = owner.post(
        f"/contacts/{contact_id}/orders", ORDER | {"id": text}, headers={"idempotency-key": f"key-{text}"}
    )
    assert made.status_code == 201, made.text
    return contact_id, conversation, visitor


def counts(klepet):
    tables = ["contacts", "visitors", "visits", "page_views", "site_events", "orders", "conversations", "messages",
              "assignments", "identities", "answers", "jobs", "search_entries"]  # fmt: skip
    return {
        name: klepet.read(lambda r, name=name: r.conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one())
        for name in tables
    }


def test_an_erased_contact_leaves_nothing(klepet, owner, site):
    before = counts(klepet)
    contact_id, conversation, _ = person(klepet, owner, site, SECRET)
    assert SECRET in stored_text(klepet)

    assert owner.delete(f"/contacts/{contact_id}").status_code == 204

    assert counts(klepet) == before
    assert SECRET not in stored_text(klepet)
    assert owner.get(f"/contacts/{contact_id}").status_code == 404
    assert owner.get(f"/conversations/{conversation}").status_code == 404
    assert owner.delete(f"/contacts/{contact_id}").status_code == 404
    left = klepet.read(
        lambda r: r.conn.exec_driver_sql("SELECT type FROM events WHERE contact_id IS NOT NULL").scalars().all()
    )
    assert left == ["conversation.erased", "contact.erased"]


def test_nothing_of_others_is_touched(klepet, owner, site):
    other, other_conversation, _ = person(klepet, owner, site, "other-person")
    before = counts(klepet)
    transcript = owner.get(f"/conversations/{other_conversation}/messages").json()
    contact_id, _, _ = person(klepet, owner, site, SECRET)

    owner.delete(f"/contacts/{contact_id}")

    assert counts(klepet) == before
    assert owner.get(f"/conversations/{other_conversation}/messages").json() == transcript
    assert owner.get(f"/contacts/{other}").json()["name"] == "other-person"


def test_large_histories_go_in_slices(klepet, owner, site):
    contact_id, _, _ = person(klepet, owner, site, SECRET, pages=2 * ERASE_ROWS + 5)
    units = []
    write = klepet.db.write

    async def counted(run, **options):
        units.append(options.get("is_urgent", True))
        return await write(run, **options)

    klepet.db.write = counted
    assert owner.delete(f"/contacts/{contact_id}").status_code == 204
    assert units.count(False) >= 4  # small units, behind those of people
    assert counts(klepet)["page_views"] == 0


def test_an_erasure_that_was_cut_short_is_finished_by_its_job(klepet, owner, site):
    from uuid import UUID

    from klepet.actions.erasure import begin_erasing_contact, erase_contact
    from klepet.model.principals import OperatorPrincipal
    from klepet.model.words import Role

    contact_id, _, _ = person(klepet, owner, site, SECRET)
    principal = OperatorPrincipal(owner.id, Role.OWNER, "Ada")
    now = klepet.clock.now()
    klepet.write(lambda tx: begin_erasing_contact(tx, principal, UUID(contact_id), now=now, ids=klepet.ids))
    assert klepet.write(lambda tx: erase_contact(tx, UUID(contact_id), now=now)) is False
    assert counts(klepet)["jobs"] == 1
    assert [(found["subject_id"], found["state"]) for found in erasures(owner)] == [(contact_id, "running")]
    payload = {"contact_id": contact_id}
    job = FinishErasure()
    klepet.client.blocking_portal.call(lambda: job.run(payload, db=klepet.db, clock=klepet.clock, ids=klepet.ids))
    assert counts(klepet)["contacts"] == counts(klepet)["jobs"] == 0
    assert SECRET not in stored_text(klepet)
    assert [found["state"] for found in erasures(owner)] == ["finished"]


def erasures(browser, **params):
    response = browser.get("/erasures", params=params)
    assert response.status_code == 200, response.text
    return response.json()["items"]


def test_it_is_known_what_was_erased_when_and_by_whom(klepet, owner, supervisor, operator, site):
    contact_id, _, _ = person(klepet, owner, site, SECRET)
    _, conversation, _ = person(klepet, owner, site, "other-person")
    supervisor.delete(f"/contacts/{contact_id}")
    klepet.clock.advance(60)
    owner.delete(f"/conversations/{conversation}")

    second, first = erasures(supervisor)

    assert first == {
        "id": first["id"],
        "subject_id": contact_id,
        "subject_kind": "contact",
        "by_operator_id": str(supervisor.id),
        "state": "finished",
        "started_at": "2026-05-04T09:00:00Z",
        "finished_at": "2026-05-04T09:00:00Z",
    }
    assert (second["subject_kind"], second["subject_id"]) == ("conversation", conversation)
    assert second["finished_at"] == "2026-05-04T09:01:00Z"
    page = owner.get("/erasures", params={"limit": 1}).json()
    assert [found["id"] for found in page["items"]] == [second["id"]]
    assert erasures(owner, limit=1, cursor=page["next_cursor"]) == [first]
    assert operator.get("/erasures").status_code == 403


def test_an_erasure_that_was_given_up_is_told_and_goes_on_when_asked_again(klepet, owner, site):
    from uuid import UUID

    from klepet.actions.erasure import begin_erasing_contact
    from klepet.model.principals import OperatorPrincipal
    from klepet.model.words import Role

    contact_id, _, _ = person(klepet, owner, site, SECRET)
    principal = OperatorPrincipal(owner.id, Role.OWNER, "Ada")
    now = klepet.clock.now()
    klepet.write(lambda tx: begin_erasing_contact(tx, principal, UUID(contact_id), now=now, ids=klepet.ids))
    klepet.write(lambda tx: tx.conn.exec_driver_sql("UPDATE jobs SET parked_at = run_at"))
    assert [found["state"] for found in erasures(owner)] == ["failed"]

    assert owner.delete(f"/contacts/{contact_id}").status_code == 204

    assert [found["state"] for found in erasures(owner)] == ["finished"]
    assert counts(klepet)["jobs"] == 0


def test_how_long_things_are_kept_is_told(operator):
    assert operator.get("/retention").json() == {
        "conversations": None,
        "contacts": None,
        "measurements": 90,
        "log": 14,
        "deliveries": 30,
        "links": 30,
        "sessions": 90,
        "erasures": 365,
    }


def test_an_erased_conversation_leaves_the_contact(klepet, owner, site):
    contact_id, conversation, visitor = person(klepet, owner, site, SECRET)
    assert owner.delete(f"/conversations/{conversation}").status_code == 204

    assert owner.get(f"/conversations/{conversation}").status_code == 404
    assert owner.get(f"/contacts/{contact_id}").status_code == 200
    found = counts(klepet)
    assert found["messages"] == found["conversations"] == found["assignments"] == found["jobs"] == 0
    assert found["orders"] == 1
    assert "conversation.erased" in klepet.recorded()
    assert say(klepet, visitor, "hello again") != conversation


def test_operators_may_not_erase(klepet, owner, operator, site):
    contact_id, conversation, _ = person(klepet, owner, site, SECRET)
    assert operator.delete(f"/contacts/{contact_id}").status_code == 403
    assert operator.delete(f"/conversations/{conversation}").status_code == 403
    assert owner.get(f"/contacts/{contact_id}").status_code == 200


def test_an_export_holds_everything_of_the_contact_and_of_nobody_else(klepet, owner, site):
    person(klepet, owner, site, "other-person")
    contact_id, conversation, visitor = person(klepet, owner, site, SECRET, pages=1_100)
    response = owner.get(f"/contacts/{contact_id}/export")

    assert response.status_code == 200
    assert "attachment" in response.headers["content-disposition"]
    data = json.loads(response.text)
    assert data["contact"]["name"] == SECRET
    assert [found["id"] for found in data["visitors"]] == [str(visitor.visitor_id)]
    assert len(data["page_views"]) == 1_100
    assert len(data["visits"]) == len(data["site_events"]) == len(data["orders"]) == 1
    (exported,) = data["conversations"]
    assert exported["conversation"]["id"] == conversation
    texts = [message["text"] for message in exported["messages"] if message["text"]]
    assert texts == [f"my secret is {SECRET}", f"your secret is {SECRET}", f"the secret is {SECRET}"]
    assert "other-person" not in response.text
    assert "token_hash" not in response.text
