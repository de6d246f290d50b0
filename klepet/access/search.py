"""Searching in all messages, as operators may."""

from msgspec import Struct

from klepet.kit.fold import words
from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Contact, Conversation, Message
from klepet.store import conversations, messages, search
from klepet.store.rows import contacts_by_id

SEARCH_WORDS = 10


class Hit(Struct, frozen=True):
    """A message that was found, and where. `position` is what the next page continues before."""

    position: int
    message: Message
    conversation: Conversation
    contact: Contact


def hits_for(reader: Reader, principal: OperatorPrincipal, q: str, *, before: int | None, limit: int) -> list[Hit]:
    """Messages in which every word of `q` stands, the last one perhaps longer; newest first."""
    principal.require(Permission.ANSWER)
    found = search.find(reader, words(q, SEARCH_WORDS), before=before, limit=limit)
    texts = {(m.conversation_id, m.seq): m for m in messages.by_keys(reader, [(item[1], item[2]) for item in found])}
    rows = conversations.rows_by_id(reader, {item[1] for item in found})
    places = {key: conversations.view_of(row) for key, row in rows.items()}
    people = contacts_by_id(reader, list({place.contact_id for place in places.values()}))
    return [
        Hit(position, texts[(key, seq)], places[key], people[places[key].contact_id])
        for position, key, seq in found
        if (key, seq) in texts
    ]
