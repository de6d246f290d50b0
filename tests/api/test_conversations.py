"""Conversations over REST: lists, panel, transcript, writing, holding, closing."""

from datetime import timedelta

import pytest

from klepet.actions.operators import disable_operator
from klepet.jobs.release_conversations import ReleaseConversations
from klepet.kit.tokens import new_token
from klepet.model.principals import OperatorPrincipal
from klepet.model.words import Role
from klepet.store import jobs, tables
from tests.api.people import add_contact, add_visitor, say

UNKNOWN = "019a0000-0000-7000-8000-000000000000"


@pytest.fixture
def site(owner):
    return owner.post("/sites", {"name": "Shop"}).json()


@pytest.fixture
def visitor(klepet, site):
    return add_visitor(klepet, add_contact(klepet, name="Vera"), site["id"])


@pytest.fixture
def conversation(klepet, visitor):
    return say(klepet, visitor, "Hello?")


def write(browser, conversation, text, **values):
    body = {"client_id": new_token()[:20], "text": text} | values
    return browser.post(f"/conversations/{conversation}/messages", body)


def ids(response):
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


def test_each_list_shows_its_own(klepet, owner, operator, site):
    def start(name):
        klepet.clock.advance(1)
        return say(klepet, add_visitor(klepet, add_contact(klepet, name=name), site["id"]), f"I am {name}")

    queued, mine, theirs, closed = start("Q"), start("M"), start("T"), start("C")
    operator.put(f"/conversations/{mine}/assignment", {"operator_id": str(operator.id)})
    owner.put(f"/conversations/{theirs}/assignment", {"operator_id": str(owner.id)})
    owner.post(f"/conversations/{closed}/closure")

    assert ids(operator.get("/conversations?view=queued")) == [queued]
    assert ids(operator.get("/conversations?view=mine")) == [mine]
    assert ids(operator.get("/conversations?view=closed")) == [closed]
    assert set(ids(operator.get("/conversations?view=all"))) == {queued, mine, theirs, closed}
    assert set(ids(operator.get("/conversations"))) == {queued, mine, theirs, closed}
    page = operator.get("/conversations?view=queued").json()
    assert [contact["name"] for contact in page["contacts"]] == ["Q"]
    assert page["items"][0]["last_line"]["text"] == "I am Q"
    other = owner.post("/sites", {"name": "Other"}).json()
    assert ids(operator.get(f"/conversations?site_id={other['id']}")) == []
    contact_id = page["items"][0]["contact_id"]
    assert ids(operator.get(f"/conversations?contact_id={contact_id}")) == [queued]


def every_page(owner, **params):
    """All conversations of a list, two by two."""
    seen, cursor = [], None
    while True:
        page = owner.get("/conversations", params={"limit": 2} | params | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


def test_lists_are_paged(klepet, owner, site):
    started = []
    for number in range(5):
        klepet.clock.advance(number % 2)  # some at the same instant
        started.append(say(klepet, add_visitor(klepet, add_contact(klepet), site["id"]), "Hello"))
    assert sorted(every_page(owner)) == sorted(started)


def test_open_and_closed_ones_stand_in_the_order_of_their_last_activity(klepet, owner, site):
    visitors = [add_visitor(klepet, add_contact(klepet), site["id"]) for _ in range(7)]
    started = []
    for visitor in visitors:
        klepet.clock.advance(1)
        started.append(say(klepet, visitor, "Hello"))
    active = list(started)
    for number in (5, 0, 3):
        klepet.clock.advance(1)
        owner.post(f"/conversations/{started[number]}/closure")
        active.append(started[number])
    for number in (1, 6):
        klepet.clock.advance(1)
        say(klepet, visitors[number], "Still there?")
        active.append(started[number])
    newest = list(dict.fromkeys(reversed(active)))
    assert every_page(owner) == newest
    assert every_page(owner, view="closed") == [started[number] for number in (3, 0, 5)]
    assert every_page(owner, view="queued") == [one for one in newest if one not in every_page(owner, view="closed")]


@pytest.mark.parametrize("query", ["view=invented", "site_id=x", "contact_id=x", "cursor=x", "limit=0"])
def test_wrong_parameters_are_refused(owner, query):
    assert owner.get(f"/conversations?{query}").status_code == 400


def test_the_panel_shows_who_it_is(klepet, owner, visitor, conversation):
    found = owner.get(f"/conversations/{conversation}").json()

    assert found["conversation"]["id"] == conversation
    assert found["contact"]["name"] == "Vera"
    assert found["visitor"]["id"] == str(visitor.visitor_id)
    assert found["orders"] == []
    assert found["other_conversations"] == []
    order = {"id": "1", "value": "9.90", "currency": "EUR"}
    owner.post(f"/contacts/{found['contact']['id']}/orders", order)
    found = owner.get(f"/conversations/{conversation}").json()
    assert [order["external_id"] for order in found["orders"]] == ["1"]
    assert found["orders"][0]["conversation_id"] == conversation
    last = owner.get(f"/conversations/{conversation}/messages").json()["items"][-1]
    assert last["fact"] == {
        "line": "order_reported", "name": None, "score": None, "value": "9.90", "currency": "EUR"
    }  # fmt: skip


def test_answering_takes_the_conversation_and_is_done_once(klepet, operator, conversation):
    body = {"client_id": "client-id-1", "text": "How can I help?"}
    path = f"/conversations/{conversation}/messages"
    first = operator.post(path, body)
    again = operator.post(path, body)

    assert first.status_code == 201, first.text
    assert again.json() == first.json()
    assert first.json()["author"] == {"kind": "operator", "id": str(operator.id)}
    assert operator.get(f"/conversations/{conversation}").json()["conversation"]["assignee_id"] == str(operator.id)
    messages = operator.get(path).json()
    assert [message["text"] for message in messages["items"]] == ["Hello?", "", "How can I help?"]
    assert messages["has_more"] is False


def test_notes_are_written_apart(klepet, operator, conversation):
    assert write(operator, conversation, "Rich customer", kind="note").json()["kind"] == "note"
    assert operator.get(f"/conversations/{conversation}").json()["conversation"]["assignee_id"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "  \n "}, "text"),
        ({"text": "x" * 4_001}, "text"),
        ({"client_id": "short"}, "client_id"),
        ({"client_id": "with space"}, "client_id"),
        ({"kind": "system"}, "kind"),
        ({"author": "system"}, "author"),
    ],
)
def test_what_is_wrong_with_a_message_is_named(klepet, operator, conversation, change, field):
    before = klepet.recorded()
    response = write(operator, conversation, **({"text": "Hello"} | change))
    assert response.status_code == 400
    assert response.json()["error"]["field"] == field
    assert klepet.recorded() == before


@pytest.mark.parametrize("text", ["'; DROP TABLE messages; --", "<script>alert(1)</script>", "🙂 ł ё\n\n{{x}}"])
def test_hostile_and_unusual_text_comes_back_as_it_was(operator, conversation, text):
    assert write(operator, conversation, text).json()["text"] == text


def test_the_transcript_is_paged_both_ways(klepet, operator, visitor, conversation):
    for number in range(9):
        say(klepet, visitor, f"line {number}")
    path = f"/conversations/{conversation}/messages"
    newest = operator.get(path, params={"limit": 4}).json()
    assert [message["seq"] for message in newest["items"]] == [7, 8, 9, 10]
    assert newest["has_more"] is True
    older = operator.get(path, params={"limit": 6, "before": 7}).json()
    assert [message["seq"] for message in older["items"]] == [1, 2, 3, 4, 5, 6]
    assert older["has_more"] is False
    newer = operator.get(path, params={"limit": 3, "after": 5}).json()
    assert [message["seq"] for message in newer["items"]] == [6, 7, 8]
    assert newer["has_more"] is True
    assert operator.get(path, params={"after": 10}).json() == {"items": [], "has_more": False}
    assert operator.get(path, params={"before": 3, "after": 1}).status_code == 400


def test_operators_take_what_is_queued_and_only_supervisors_give_to_others(
    klepet, owner, supervisor, operator, conversation
):
    path = f"/conversations/{conversation}/assignment"
    assert operator.put(path, {"operator_id": str(owner.id)}).status_code == 403
    taken = operator.put(path, {"operator_id": str(operator.id)})
    assert taken.json()["assignee_id"] == str(operator.id)
    given = supervisor.put(path, {"operator_id": str(owner.id)})
    assert given.json()["assignee_id"] == str(owner.id)
    assert operator.put(path, {"operator_id": str(operator.id)}).status_code == 403
    assert owner.put(path, {"operator_id": UNKNOWN}).status_code in (400, 404)
    assert owner.delete(path).json()["assignee_id"] is None
    assert owner.delete(path).status_code == 409


def test_who_was_faster_keeps_it(klepet, owner, operator, conversation):
    path = f"/conversations/{conversation}/assignment"
    seen_in_the_queue = {"operator_id": str(operator.id), "held_by": None}
    assert operator.put(path, seen_in_the_queue).status_code == 200
    assert operator.put(path, seen_in_the_queue).status_code == 200
    late = owner.put(path, {"operator_id": str(owner.id), "held_by": None})
    assert (late.status_code, late.json()["error"]["field"]) == (409, "held_by")
    assert owner.get(f"/conversations/{conversation}").json()["conversation"]["assignee_id"] == str(operator.id)
    taken = owner.put(path, {"operator_id": str(owner.id), "held_by": str(operator.id)})
    assert taken.json()["assignee_id"] == str(owner.id)


def test_nobody_disabled_is_given_a_conversation(klepet, owner, operator, conversation):
    owner.patch(f"/operators/{operator.id}", {"is_disabled": True})
    response = owner.put(f"/conversations/{conversation}/assignment", {"operator_id": str(operator.id)})
    assert response.status_code in (400, 404, 409)


def test_what_a_disabled_operator_held_goes_back_into_the_queue(klepet, owner, operator, conversation):
    operator.put(f"/conversations/{conversation}/assignment", {"operator_id": str(operator.id)})
    owner.patch(f"/operators/{operator.id}", {"is_disabled": True})
    assert ids(owner.get("/conversations?view=queued")) == [conversation]


def test_what_a_disabled_operator_held_goes_back_also_when_the_server_is_stopped(
    klepet, owner, operator, visitor, conversation
):
    operator.put(f"/conversations/{conversation}/assignment", {"operator_id": str(operator.id)})
    boss, now = OperatorPrincipal(owner.id, Role.OWNER, "Ada"), klepet.clock.now()
    klepet.write(lambda tx: disable_operator(tx, boss, operator.id, now=now, ids=klepet.ids))

    def due():
        until = now + timedelta(minutes=10)
        return klepet.write(lambda tx: jobs.lease(tx, [ReleaseConversations.kind], now=until, until=until, limit=9))

    (job,) = due()
    work = ReleaseConversations()
    klepet.client.blocking_portal.call(lambda: work.run(job.payload, db=klepet.db, clock=klepet.clock, ids=klepet.ids))
    assert ids(owner.get("/conversations?view=queued")) == [conversation]
    assert due() == []


def test_disabling_leaves_no_work_behind(klepet, owner, operator, conversation, monkeypatch):
    """However much was held."""
    monkeypatch.setattr("klepet.actions.operators.RELEASED_AT_ONCE", 1)
    operator.put(f"/conversations/{conversation}/assignment", {"operator_id": str(operator.id)})
    owner.patch(f"/operators/{operator.id}", {"is_disabled": True})
    assert ids(owner.get("/conversations?view=queued")) == [conversation]
    assert klepet.read(lambda r: r.conn.execute(tables.jobs.select()).all()) == []


def test_closing_and_reopening(klepet, operator, conversation):
    path = f"/conversations/{conversation}/closure"
    closed = operator.post(path)
    assert closed.status_code in (200, 201)
    assert (closed.json()["status"], closed.json()["closed_by"]) == ("closed", "operator")
    assert operator.post(path).json()["status"] == "closed"
    assert write(operator, conversation, "Still there?").status_code == 409
    reopened = operator.delete(path)
    assert (reopened.json()["status"], reopened.json()["assignee_id"]) == ("open", str(operator.id))
    assert klepet.recorded().count("conversation.closed") == 1


def test_receipts_only_rise(klepet, operator, visitor, conversation):
    say(klepet, visitor, "And?")
    path = f"/conversations/{conversation}/receipt"
    assert operator.get(f"/conversations/{conversation}").json()["conversation"]["unread_count"] == 2
    assert operator.put(path, {"delivered_seq": 2, "read_seq": 1}).status_code == 204
    found = operator.get(f"/conversations/{conversation}").json()["conversation"]
    assert (found["operator_delivered_seq"], found["operator_read_seq"], found["unread_count"]) == (2, 1, 1)
    operator.put(path, {"delivered_seq": 1, "read_seq": 0})
    found = operator.get(f"/conversations/{conversation}").json()["conversation"]
    assert (found["operator_delivered_seq"], found["operator_read_seq"]) == (2, 1)
    operator.put(path, {"delivered_seq": 999, "read_seq": 999})
    found = operator.get(f"/conversations/{conversation}").json()["conversation"]
    assert (found["operator_delivered_seq"], found["operator_read_seq"]) == (2, 2)


def test_the_transcript_as_text_and_as_json(klepet, operator, visitor, conversation):
    say(klepet, visitor, "two\nlines")
    write(operator, conversation, "Hello Vera")
    write(operator, conversation, "a note", kind="note")
    response = operator.get(f"/conversations/{conversation}/transcript?format=text")
    assert response.headers["content-type"].startswith("text/plain")
    assert "attachment" in response.headers["content-disposition"]
    assert response.text.splitlines() == [
        "[2026-05-04 09:00:00] Vera: Hello?",
        "[2026-05-04 09:00:00] Vera: two",
        "    lines",
        "[2026-05-04 09:00:00] * olga joined",
        "[2026-05-04 09:00:00] olga: Hello Vera",
        "[2026-05-04 09:00:00] olga (#): a note",
    ]
    data = operator.get(f"/conversations/{conversation}/transcript?format=json").json()
    assert data["conversation"]["id"] == conversation
    assert len(data["messages"]) == 5
    assert operator.get(f"/conversations/{conversation}/transcript?format=pdf").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"client_id": "client-id-1", "text": "Hello"}),
        ("PUT", "/assignment", {"operator_id": UNKNOWN}),
        ("DELETE", "/assignment", None),
        ("POST", "/closure", None),
        ("DELETE", "/closure", None),
        ("PUT", "/receipt", {"read_seq": 1}),
        ("GET", "/transcript", None),
        ("DELETE", "", None),
    ],
)
def test_unknown_conversations_are_not_found(klepet, owner, method, path, body):
    before = klepet.recorded()
    response = owner.request(method, f"/conversations/{UNKNOWN}{path}", **({"json": body} if body else {}))
    assert response.status_code == 404, response.text
    assert klepet.recorded() == before
