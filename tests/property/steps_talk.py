"""Messages, conversations, and connections that come and go."""

from random import Random
from typing import Any

from klepet.access import conversations as conversation_access
from klepet.actions import (
    conversations,
    messages,
    receipts,
)
from klepet.model.principals import Principal
from klepet.model.words import MessageKind
from tests.property.choices import any_conversation, any_operator, any_visitor, one_of, step, tag, tag_of_conversation
from tests.property.world import World, jsonable


@step
def visitor_writes(world: World, chance: Random) -> Any:
    online = [person for person in world.visitors if person.is_online]
    if not online:
        return None
    person = chance.choice(online)
    mine = world.ids_of("conversations", f"visitor_id = x'{person.id.hex}'")
    frame = {
        "type": "send_message",
        "client_id": f"visitor-{chance.randrange(10**6):06}",
        "text": f"{tag(person.id)} {chance.randrange(1000)}",
        "conversation_id": str(chance.choice(mine)) if mine and chance.random() < 0.5 else None,
    }
    for _ in range(chance.choice([1, 1, 1, 3])):  # who hears no answer sends again
        person.send(frame)
    return True


@step
def operator_writes(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance)
    online = [person for person in world.operators if person.is_online]
    if conversation_id is None or not online:
        return None
    is_note = chance.random() < 0.4
    chance.choice(online).send(
        {
            "type": "send_message",
            "client_id": f"operator-{chance.randrange(10**6):06}",
            "text": f"{tag_of_conversation(world, conversation_id)} {'«note»' if is_note else ''} {chance.random()}",
            "conversation_id": str(conversation_id),
            "kind": "note" if is_note else "text",
        }
    )
    return True


@step
def program_writes(world: World, chance: Random) -> Any:
    conversation_id, operator = any_conversation(world, chance), any_operator(world, chance)
    if conversation_id is None:
        return None
    text = f"{tag_of_conversation(world, conversation_id)} by program"
    client_id = f"program-{chance.randrange(50):06}"
    kind = MessageKind.TEXT
    draft = messages.Draft(operator, client_id, text, conversation_id, kind, world.clock.now(), world.ids)
    return world.attempt(lambda tx: messages.send_message(tx, draft))


@step
def many_write_at_once(world: World, chance: Random) -> Any:
    drafts = []
    for person in world.known_visitors:
        principal, text = world.visitor_principal(person), f"{tag(person.id)} at once"
        for _ in range(chance.randrange(3)):
            client_id = f"burst-{chance.randrange(10**6):06}"
            drafts.append(
                messages.Draft(principal, client_id, text, None, MessageKind.TEXT, world.clock.now(), world.ids)
            )
    chance.shuffle(drafts)
    return world.attempt(lambda tx: messages.send_messages(tx, drafts)) if drafts else None


@step
def people_type(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance)
    person = one_of(chance, world.people)
    if conversation_id is not None and person is not None and person.is_online:
        person.send({"type": "set_typing", "conversation_id": str(conversation_id), "is_typing": chance.random() < 0.8})
    return True


@step
def receipts_advance(world: World, chance: Random) -> Any:
    conversation_id, visitor = any_conversation(world, chance), any_visitor(world, chance)
    if conversation_id is None:
        return None
    principals: list[Principal] = [any_operator(world, chance), *([visitor[1]] if visitor else [])]
    items = [
        receipts.Receipt(chance.choice(principals), conversation_id, chance.randrange(9), chance.randrange(9))
        for _ in range(chance.randrange(1, 4))
    ]
    world.attempt(lambda tx: receipts.advance_receipts(tx, items))
    one = items[0]
    world.attempt(
        lambda tx: receipts.advance_receipt(
            tx, one.principal, conversation_id, delivered_seq=one.delivered_seq, read_seq=one.read_seq, ids=world.ids
        )
    )
    return True


@step
def conversation_is_assigned(world: World, chance: Random) -> Any:
    conversation_id, by = any_conversation(world, chance), any_operator(world, chance)
    to = chance.choice(world.ids_of("operators"))
    if conversation_id is None:
        return None

    def unit(tx: Any) -> bool:
        if chance.random() < 0.3:
            conversations.require_holder(tx, conversation_id, None, by.operator_id)
        conversations.assign_conversation(tx, by, conversation_id, to, now=world.clock.now(), ids=world.ids)
        return True

    return world.attempt(unit)


@step
def conversation_is_unassigned(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance, "assignee_id IS NOT NULL")
    if conversation_id is None:
        return None
    now, by = world.clock.now(), world.owner
    world.attempt(lambda tx: conversations.unassign_conversation(tx, by, conversation_id, now=now, ids=world.ids))
    return True


@step
def conversation_is_closed(world: World, chance: Random) -> Any:
    conversation_id, visitor = any_conversation(world, chance), any_visitor(world, chance)
    by: Any = visitor[1] if visitor and chance.random() < 0.5 else any_operator(world, chance)
    if conversation_id is None:
        return None
    if visitor and visitor[0].is_online and chance.random() < 0.3:
        frame = {"type": "end_conversation", "client_id": f"end-{chance.randrange(10**6):06}"}
        visitor[0].send(frame | {"conversation_id": str(conversation_id)})
        return True
    now = world.clock.now()
    world.attempt(lambda tx: conversations.close_conversation(tx, by, conversation_id, now=now, ids=world.ids))
    return True


@step
def conversation_is_reopened(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance, "status = 'closed'")
    if conversation_id is None:
        return None
    now, by = world.clock.now(), any_operator(world, chance)
    world.attempt(lambda tx: conversations.reopen_conversation(tx, by, conversation_id, now=now, ids=world.ids))
    return True


@step
def conversation_is_rated(world: World, chance: Random) -> Any:
    found = any_visitor(world, chance)
    if found is None:
        return None
    person, principal = found
    conversation_id = any_conversation(world, chance, f"contact_id = x'{principal.contact_id.hex}'")
    if conversation_id is None:
        return None
    score, comment, now = chance.randint(1, 5), f"{tag(person.id)} rated", world.clock.now()
    world.attempt(
        lambda tx: conversations.rate_conversation(
            tx, principal, conversation_id, score=score, comment=comment, now=now, ids=world.ids
        )
    )
    return True


@step
def transcript_is_opened(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance)
    if conversation_id is None or not world.operators:
        return None
    person = chance.choice(world.operators)
    principal = world.operator_principal(person)
    if person.is_online:
        world.pump()
    if person.is_online:
        limit = 50
        page = world.read(lambda r: conversation_access.messages_for(r, principal, conversation_id, limit=limit + 1))
        person.open_transcript(str(conversation_id), jsonable(page[-limit:]), has_older=len(page) > limit)
    return True


@step
def connection_is_lost(world: World, chance: Random) -> Any:
    person = one_of(chance, world.people)
    world.pump()
    if person is not None:
        person.disconnect()
    return True


@step
def connection_comes_back(world: World, chance: Random) -> Any:
    away = [person for person in world.people if not person.is_online]
    if not away:
        return None
    chance.choice(away).connect()
    return True
