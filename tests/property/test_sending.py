"""Messages that meet something else on their way: order after a refusal, and senders who become somebody else."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest

from klepet.actions import erasure, visitors
from klepet.actions.messages import Draft, send_message
from klepet.kit.tokens import IdentityClaims
from klepet.model.errors import Busy, SignInRequired
from klepet.model.principals import VisitorPrincipal
from klepet.model.words import MessageKind
from klepet.store import writer
from tests.property.people import Person
from tests.property.reducers import Reducers
from tests.property.test_streams import a_world, check_states
from tests.property.world import World

CLAIMS = IdentityClaims(kid="k", user_id="customer", exp=0)


@pytest.fixture(scope="module")
def reducers() -> Iterator[Reducers]:
    found = Reducers()
    yield found
    found.close()


@pytest.fixture
def world(reducers: Reducers) -> Iterator[World]:
    with a_world(reducers) as found:
        found.pump()
        yield found


def message(client_id: str, conversation_id: str | None = None) -> dict[str, Any]:
    frame = {"type": "send_message", "client_id": client_id, "text": client_id}
    return frame | {"conversation_id": conversation_id}


def draft(world: World, principal: VisitorPrincipal, client_id: str) -> Draft:
    return Draft(principal, client_id, "x", None, MessageKind.TEXT, world.clock.now(), world.ids)


def heard(person: Person, kind: str) -> list[dict[str, Any]]:
    return [frame for frame in map(json.loads, person.line.frames) if frame["type"] == kind]


def known_customer(world: World) -> None:
    """The first visitor is a customer whom the site has signed for."""
    principal = world.visitor_principal(world.visitors[0])
    world.write(lambda tx: visitors.identify_visitor(tx, principal, CLAIMS, now=world.clock.now(), ids=world.ids))
    world.pump()


def at_once(world: World, change: Callable[[Any], Any], *sends: Callable[[], None]) -> None:
    """Frames that arrive while a change is under way to the disk, and before anybody knows of it."""

    async def story() -> None:
        held_up = asyncio.ensure_future(world.db.write(lambda tx: time.sleep(0.05)))
        await asyncio.sleep(0)
        changed = asyncio.ensure_future(world.db.write(change))
        await asyncio.sleep(0)
        for send in sends:
            send()
        await asyncio.gather(held_up, changed)

    world.run(story())
    world.settle()


def test_what_follows_a_refusal_waits_for_it(world: World) -> None:
    """A queue that is full for a moment must not let the second message overtake the first."""
    visitor = world.visitors[0]
    with patch.object(writer, "QUEUE_UNITS", 0):
        visitor.send(message("number-one"))
    visitor.send(message("number-two"))
    world.settle()
    assert [frame["client_id"] for frame in heard(visitor, "refused")] == ["number-one", "number-two"]
    assert all(frame["error"]["retry_after_seconds"] for frame in heard(visitor, "refused"))
    for client_id in ("number-one", "number-two"):
        visitor.send(message(client_id))
    world.settle()
    assert [frame["client_id"] for frame in heard(visitor, "ack")] == ["number-one", "number-two"]
    rows = world.rows("SELECT client_id FROM messages WHERE client_id LIKE 'number%' ORDER BY conversation_id, seq")
    assert [row[0] for row in rows] == ["number-one", "number-two"]


def test_what_was_sent_while_its_visitor_was_identified_is_seen_by_it(world: World) -> None:
    """A message on its way from one tab, while another tab says who the visitor is: it must not go to nobody."""
    known_customer(world)
    visitor = world.visitors[1]
    principal = world.visitor_principal(visitor)
    session = visitor.session
    assert session is not None
    frame = json.dumps(message("on-its-way"))
    order = {"type": "report_order", "client_id": "order-on-its-way"}
    order_frame = json.dumps(order | {"order": {"id": "1", "value": "9.50", "currency": "EUR", "items": []}})
    at_once(
        world,
        lambda tx: visitors.identify_visitor(tx, principal, CLAIMS, now=world.clock.now(), ids=world.ids),
        lambda: session.receive(frame),
        lambda: session.receive(order_frame),
    )
    assert world.rows("SELECT 1 FROM messages WHERE client_id = 'on-its-way'") == []
    assert world.rows("SELECT 1 FROM orders") == []
    assert heard(visitor, "ack") == []
    visitor.pump()
    assert not visitor.is_online
    visitor.connect()
    visitor.send(message("on-its-way"))
    visitor.send(json.loads(order_frame))
    world.pump()
    assert "on-its-way" in [row["client_id"] for row in visitor.show()["messages"]]
    ((contact_id,),) = world.rows("SELECT contact_id FROM orders")
    assert contact_id == world.visitor_principal(visitor).contact_id.bytes != principal.contact_id.bytes
    check_states(world)


def test_what_was_sent_by_whoever_was_identified_is_tried_again(world: World) -> None:
    known_customer(world)
    before = world.visitor_principal(world.visitors[1])
    now = world.clock.now()
    world.write(lambda tx: visitors.identify_visitor(tx, before, CLAIMS, now=now, ids=world.ids))
    with pytest.raises(Busy) as refused:
        world.write(lambda tx: send_message(tx, draft(world, before, "too-late")))
    assert refused.value.is_retryable
    again = draft(world, world.visitor_principal(world.visitors[1]), "too-late")
    assert world.write(lambda tx: send_message(tx, again)).client_id == "too-late"


def test_what_was_sent_by_whoever_was_erased_is_refused(world: World) -> None:
    principal, owner, now = world.visitor_principal(world.visitors[1]), world.owner, world.clock.now()
    world.write(lambda tx: erasure.begin_erasing_contact(tx, owner, principal.contact_id, now=now, ids=world.ids))
    while not world.write(lambda tx: erasure.erase_contact(tx, principal.contact_id, now=now)):
        pass
    with pytest.raises(SignInRequired):
        world.write(lambda tx: send_message(tx, draft(world, principal, "too-late")))
    assert world.rows("SELECT 1 FROM conversations WHERE contact_id = ?", principal.contact_id.bytes) == []


def test_who_was_erased_is_not_identified_any_more(world: World) -> None:
    """The token was still known when the signed identity was checked."""
    principal, owner, now = world.visitor_principal(world.visitors[1]), world.owner, world.clock.now()
    world.write(lambda tx: erasure.begin_erasing_contact(tx, owner, principal.contact_id, now=now, ids=world.ids))
    while not world.write(lambda tx: erasure.erase_contact(tx, principal.contact_id, now=now)):
        pass
    with pytest.raises(SignInRequired):
        world.write(lambda tx: visitors.identify_visitor(tx, principal, CLAIMS, now=now, ids=world.ids))


def test_who_was_identified_meanwhile_is_not_made_somebody_else(world: World) -> None:
    """In another tab, with the contact still the former one here: the new identity would go to that one."""
    known_customer(world)
    before, now = world.visitor_principal(world.visitors[1]), world.clock.now()
    world.write(lambda tx: visitors.identify_visitor(tx, before, CLAIMS, now=now, ids=world.ids))
    other = IdentityClaims(kid="k", user_id="another-customer", exp=0)
    with pytest.raises(Busy):
        world.write(lambda tx: visitors.identify_visitor(tx, before, other, now=now, ids=world.ids))


def test_who_is_identified_while_connecting_comes_back_as_who_it_is(world: World) -> None:
    """Signed in as one contact, and another by the time the stream is subscribed: nobody would tell it any more."""
    known_customer(world)
    visitor = world.visitors[1]
    visitor.disconnect()
    before = world.visitor_principal(visitor)
    now = world.clock.now()
    world.write(lambda tx: visitors.identify_visitor(tx, before, CLAIMS, now=now, ids=world.ids))
    with patch("klepet.access.conversations.visitor_of_token", lambda reader, token_hash: before):
        visitor.connect()
        world.settle()
    visitor.pump()
    assert not visitor.is_online
    assert all(b'"welcome"' not in frame for frame in visitor.heard)
    visitor.connect()
    world.pump()
    check_states(world)


def test_an_end_that_is_sent_again_does_not_undo_what_came_after_it(world: World) -> None:
    """The visitor ended, and wrote again; both were stored, and both answers were lost with the connection."""
    conversation_id = str(world.ids_of("conversations")[0])
    visitor = next(p for p in world.visitors if p.show()["conversations"])
    end = {"type": "end_conversation", "client_id": "the-end-1", "conversation_id": conversation_id}
    again = message("one-more-thing", conversation_id)
    for _ in range(2):
        visitor.send(end)
        visitor.send(again)
        world.settle()
        visitor.disconnect()
        visitor.connect()
        world.pump()
    assert world.rows("SELECT status FROM conversations") == [("open",)]
    lines = world.rows("SELECT kind FROM messages WHERE seq > 1 ORDER BY seq")
    assert [row[0] for row in lines] == ["system", "system", "text"]


def test_a_rating_that_is_sent_again_is_no_new_one(world: World) -> None:
    visitor = next(p for p in world.visitors if p.show()["conversations"])
    conversation_id = str(world.ids_of("conversations")[0])
    for _ in range(2):
        for number, score in enumerate((2, 5)):
            rating = {"type": "rate_conversation", "client_id": f"rating-{number}", "conversation_id": conversation_id}
            visitor.send(rating | {"score": score})
        world.settle()
    assert world.rows("SELECT rating FROM conversations") == [(5,)]
    assert len(world.rows("SELECT 1 FROM messages WHERE kind = 'system'")) == 2


def test_what_was_done_is_forgotten_with_the_contact(world: World) -> None:
    visitor = next(p for p in world.visitors if p.show()["conversations"])
    (conversation_id,) = world.ids_of("conversations")
    end = {"type": "end_conversation", "client_id": "the-end-1", "conversation_id": str(conversation_id)}
    visitor.send(end)
    world.settle()
    assert len(world.rows("SELECT 1 FROM answers")) == 1
    principal, owner, now = world.visitor_principal(visitor), world.owner, world.clock.now()
    world.write(lambda tx: erasure.begin_erasing_contact(tx, owner, principal.contact_id, now=now, ids=world.ids))
    while not world.write(lambda tx: erasure.erase_contact(tx, principal.contact_id, now=now)):
        pass
    assert world.rows("SELECT 1 FROM answers") == []


def test_typing_follows_a_conversation_to_the_contact_that_it_moved_to(world: World) -> None:
    known_customer(world)
    operator, visitor = world.operators[0], world.visitors[1]
    visitor.send(message("on-its-way"))
    world.settle()
    conversation_id = heard(visitor, "ack")[0]["conversation_id"]
    typing = {"type": "set_typing", "conversation_id": conversation_id, "is_typing": True}
    operator.send(typing)
    world.settle()
    assert heard(visitor, "typing")
    before, now = world.visitor_principal(visitor), world.clock.now()
    world.write(lambda tx: visitors.identify_visitor(tx, before, CLAIMS, now=now, ids=world.ids))
    world.pump()
    visitor.connect()
    world.settle()
    assert heard(visitor, "typing") == []
    operator.send(typing)
    world.settle()
    assert heard(visitor, "typing"), "told to the former contact, which nobody is any more"
