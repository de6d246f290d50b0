"""What was written is found again, whatever its case and marks; the listener fills the index; nothing blocks it."""

import asyncio
from types import SimpleNamespace

import pytest

from klepet.access.search import hits_for
from klepet.actions.listening import run_listener
from klepet.kit.fold import words
from klepet.listeners import dispatcher as dispatching
from klepet.listeners import index_search
from klepet.listeners.dispatcher import Dispatcher
from klepet.model.principals import OperatorPrincipal
from klepet.model.words import Role
from klepet.store import log, search
from tests.api.people import add_contact, add_visitor, say


@pytest.fixture
def visitor(klepet, owner):
    site = owner.post("/sites", {"name": "Shop"}).json()
    return add_visitor(klepet, add_contact(klepet), site["id"])


def catch_up(klepet):
    now = klepet.clock.now()
    return klepet.write(
        lambda tx: run_listener(
            tx, index_search.NAME, index_search.EVENTS, index_search.handle, now=now, ids=klepet.ids, limit=200
        )
    )


def find(klepet, query, **options):
    asked = {"before": None, "limit": 10} | options
    return klepet.read(lambda r: search.find(r, words(query), **asked))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Where is my Café order?", "cafe ORD"),
        ("Zażółć gęślą jaźń w Łodzi", "LODZI zazolc"),
        ("Ещё один Йогурт", "еще йогу"),
        ("Žena čaka škatlo", "SKATLO zena"),
    ],
    ids=["en", "pl", "ru", "sl"],
)
def test_folded_words_are_found(klepet, visitor, text, query):
    conversation_id = say(klepet, visitor, text)
    catch_up(klepet)
    assert [str(found[1]) for found in find(klepet, query)] == [conversation_id]
    assert find(klepet, query + " nothere") == []
    assert find(klepet, "") == []


def test_only_the_last_word_is_a_prefix_and_syntax_is_text(klepet, visitor):
    say(klepet, visitor, "delivery AND NOT payment")
    catch_up(klepet)
    assert len(find(klepet, "delivery pay")) == 1
    assert find(klepet, "deliv payment") == []
    assert len(find(klepet, 'not" OR and')) == 0
    assert len(find(klepet, "NOT and")) == 1
    raw = klepet.read(lambda r: search.find(r, ['a"b', "NEAR(x", "it's", "\\"], before=None, limit=5))
    assert raw == []


def test_indexing_twice_changes_nothing_and_pages_go_back(klepet, visitor):
    for number in range(3):
        say(klepet, visitor, f"parcel {number}")
    catch_up(klepet)
    klepet.write(lambda tx: log.advance_cursor(tx, index_search.NAME, 0))
    catch_up(klepet)
    found = find(klepet, "parcel")
    assert [item[0] for item in found] == sorted((item[0] for item in found), reverse=True)
    assert len(found) == 3
    assert find(klepet, "parcel", before=found[0][0], limit=1) == found[1:2]
    klepet.write(lambda tx: search.forget(tx, found[0][1], limit=500))
    assert find(klepet, "parcel") == []


def test_the_dispatcher_steps_over_an_event_that_fails(klepet, visitor, monkeypatch):
    monkeypatch.setattr(dispatching, "RETRY_SECONDS", (0.0,))
    for number in range(6):
        say(klepet, visitor, f"parcel {number}")
    handled: list[int] = []

    def handle(tx, stored_events, *, now, ids):
        if any(getattr(stored.event, "seq", 0) == 3 for stored in stored_events):
            raise ValueError("poison")
        handled.extend(stored.event.seq for stored in stored_events)

    async def run():
        listener = SimpleNamespace(
            NAME="test", EVENTS=index_search.EVENTS, handle=handle, is_needed=index_search.is_needed
        )
        dispatcher = Dispatcher(klepet.db, klepet.clock, klepet.ids, [listener])
        dispatcher.wake()
        dispatcher.wake()
        await asyncio.wait_for(asyncio.gather(*dispatcher._tasks.values()), 10)
        await dispatcher.close()

    klepet.client.blocking_portal.call(run)
    assert 3 not in handled
    assert len(set(handled)) == len(handled) >= 5
    assert klepet.read(lambda r: log.cursor_of(r, "test") == log.head(r)[0])


def test_hits_come_with_their_places(klepet, owner, visitor):
    conversation_id = say(klepet, visitor, "Gdzie jest paczka?")
    catch_up(klepet)
    principal = OperatorPrincipal(operator_id=owner.id, role=Role.OPERATOR, name="Ada")
    hits = klepet.read(lambda r: hits_for(r, principal, "PACZ", before=None, limit=5))
    assert [(hit.message.text, str(hit.conversation.id)) for hit in hits] == [("Gdzie jest paczka?", conversation_id)]
    assert hits[0].contact.id == visitor.contact_id
    assert klepet.read(lambda r: hits_for(r, principal, "?!", before=None, limit=5)) == []
