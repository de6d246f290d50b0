"""Conversations: lists, the panel beside one, its transcript, writing in it, holding, closing, erasing it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import anyio.to_thread
import msgspec
from litestar import Controller, MediaType, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Struct, UnsetType, structs

from klepet.access import conversations as access
from klepet.access import operators as operator_access
from klepet.actions.conversations import (
    assign_conversation,
    close_conversation,
    reopen_conversation,
    require_holder,
    unassign_conversation,
)
from klepet.actions.erasure import begin_erasing_conversation, erase_conversation
from klepet.actions.messages import Draft, send_message
from klepet.actions.receipts import advance_receipt
from klepet.kit.text_limits import TextError, clean_text
from klepet.kit.texts import Texts
from klepet.model.errors import Invalid
from klepet.model.limits import MESSAGE_CHARS, ClientId, Seq, Text
from klepet.model.ports import Clock, Database, Ids, Presence, Reader, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Contact, Conversation, Message, Order, Visitor
from klepet.model.words import ConversationView, MessageKind
from klepet.web.auth import require_operator
from klepet.web.config import Needs
from klepet.web.pages import PAGE_DEFAULT, Cursor, PageLimit, encode_cursor, instant_and_id_of_cursor
from klepet.web.transcripts import render_transcript, zone_of


class ConversationPage(Struct, frozen=True):
    """Conversations, last activity first, with the contacts that they are with."""

    items: list[Conversation]
    contacts: list[Contact]
    next_cursor: str | None


class VisitView(Struct, frozen=True):
    """One stay of the visitor on the site."""

    started_at: datetime
    referrer: str | None
    landing_page: str | None
    page_count: int


class ConversationDetails(Struct, frozen=True):
    """A conversation, and what the panel beside it shows."""

    conversation: Conversation
    contact: Contact
    visitor: Visitor
    orders: list[Order]
    visits: list[VisitView]
    other_conversations: list[Conversation]


class MessagePage(Struct, frozen=True):
    """Messages in their order. `has_more`: there are more in the direction that was asked for."""

    items: list[Message]
    has_more: bool


class OperatorMessageKind(StrEnum):
    """What operators write: texts for the visitor, notes for colleagues."""

    TEXT = "text"
    NOTE = "note"


class NewMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A message to send. The same `client_id` again is the same message."""

    client_id: ClientId
    text: Text
    kind: OperatorMessageKind = OperatorMessageKind.TEXT


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """Who shall hold the conversation. `held_by` tells who held it as the caller saw it, null for nobody: where
    somebody was faster, nothing changes and the answer is 409.
    """

    operator_id: UUID
    held_by: UUID | UnsetType | None = UNSET


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to which message the operator's client holds, and has shown, the transcript."""

    delivered_seq: Seq = 0
    read_seq: Seq = 0


class TranscriptFormat(StrEnum):
    """Text to read, or JSON."""

    TEXT = "text"
    JSON = "json"


SeqParameter = Annotated[int | None, QueryParameter(ge=0, le=2**53)]


class TranscriptFile(Struct, frozen=True):
    """A whole transcript as JSON."""

    conversation: Conversation
    messages: list[Message]


TRANSCRIPT_MESSAGES = 20_000
_SLICE = 500


class ConversationsController(Controller):
    """Conversations."""

    path = "/conversations"
    tags = ("conversations",)
    guards = (require_operator,)

    @get("/", operation_id="list_conversations")
    async def list_conversations(
        self,
        operator: Needs[OperatorPrincipal],
        db: Needs[Database],
        view: FromQuery[ConversationView] = ConversationView.ALL,
        site_id: FromQuery[UUID | None] = None,
        contact_id: FromQuery[UUID | None] = None,
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> ConversationPage:
        """List conversations, last activity first: queued, held by oneself, closed, or all."""
        before = instant_and_id_of_cursor(cursor)

        def run(reader: Reader) -> ConversationPage:
            found = access.conversations_for(
                reader, operator, view, site_id=site_id, contact_id=contact_id, before=before, limit=limit + 1
            )
            shown = found[:limit]
            items = [conversation for conversation, _ in shown]
            more = encode_cursor(shown[-1][1], shown[-1][0].id) if len(found) > limit else None
            return ConversationPage(items, access.contacts_of(reader, operator, items), more)

        return await db.read(run)

    @get("/{conversation_id:uuid}", operation_id="get_conversation")
    async def get_conversation(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        presence: Needs[Presence],
    ) -> ConversationDetails:
        """Tell of one conversation, and of the visitor: contact, orders, visits, other conversations."""
        found = await db.read(lambda r: access.details_for(r, operator, conversation_id))
        is_online = presence.is_visitor_online(found.visitor.id)
        page = presence.page_of_visitor(found.visitor.id) or found.visitor.page
        return ConversationDetails(
            conversation=found.conversation,
            contact=found.contact,
            visitor=structs.replace(found.visitor, is_online=is_online, page=page if is_online else None),
            orders=found.orders,
            visits=[VisitView(v.started_at, v.referrer, v.landing_page, v.page_count) for v in found.visits],
            other_conversations=found.other_conversations,
        )

    @delete("/{conversation_id:uuid}", operation_id="erase_conversation")
    async def erase_conversation(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> None:
        """Erase a conversation for good. The contact stays, and so do its orders."""
        now = clock.now()
        await db.write(lambda tx: begin_erasing_conversation(tx, operator, conversation_id, now=now, ids=ids))
        while not await db.write(lambda tx: erase_conversation(tx, conversation_id, now=clock.now()), is_urgent=False):
            pass

    @get("/{conversation_id:uuid}/messages", operation_id="list_messages")
    async def list_messages(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        before: SeqParameter = None,
        after: SeqParameter = None,
        limit: PageLimit = PAGE_DEFAULT,
    ) -> MessagePage:
        """List messages in their order: the newest, the newest before a `seq`, or the oldest after one."""
        if before is not None and after is not None:
            raise Invalid("give 'before' or 'after', not both", field="after")
        found = await db.read(
            lambda r: access.messages_for(r, operator, conversation_id, before=before, after=after, limit=limit + 1)
        )
        return message_page(found, limit, is_ascending=after is not None)

    @post("/{conversation_id:uuid}/messages", operation_id="send_message")
    async def send_message(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        data: JSONBody[NewMessage],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Message:
        """Answer, or write a note. Answering a queued conversation takes it. A closed one must be reopened first."""
        draft = Draft(
            principal=operator,
            client_id=data.client_id,
            text=clean_message(data.text),
            conversation_id=conversation_id,
            kind=MessageKind(data.kind),
            now=clock.now(),
            ids=ids,
        )
        return await db.write(lambda tx: send_message(tx, draft))

    @put("/{conversation_id:uuid}/assignment", operation_id="assign_conversation")
    async def assign_conversation(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        data: JSONBody[Assignment],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Conversation:
        """Take a conversation from the queue. Giving it to others, or taking it from somebody, needs `reassign`."""
        now = clock.now()

        def unit(tx: Transaction) -> Conversation:
            if data.held_by is not UNSET:
                require_holder(tx, conversation_id, data.held_by, data.operator_id)
            assign_conversation(tx, operator, conversation_id, data.operator_id, now=now, ids=ids)
            return access.conversation_for(tx, operator, conversation_id)

        return await db.write(unit)

    @delete("/{conversation_id:uuid}/assignment", operation_id="unassign_conversation", status_code=200)
    async def unassign_conversation(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Conversation:
        """Put a conversation back into the queue."""
        now = clock.now()

        def unit(tx: Transaction) -> Conversation:
            unassign_conversation(tx, operator, conversation_id, now=now, ids=ids)
            return access.conversation_for(tx, operator, conversation_id)

        return await db.write(unit)

    @post("/{conversation_id:uuid}/closure", operation_id="close_conversation", status_code=200)
    async def close_conversation(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Conversation:
        """Close a conversation. A closed one stays as it is."""
        now = clock.now()

        def unit(tx: Transaction) -> Conversation:
            close_conversation(tx, operator, conversation_id, now=now, ids=ids)
            return access.conversation_for(tx, operator, conversation_id)

        return await db.write(unit)

    @delete("/{conversation_id:uuid}/closure", operation_id="reopen_conversation", status_code=200)
    async def reopen_conversation(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Conversation:
        """Reopen a closed conversation and hold it."""
        now = clock.now()

        def unit(tx: Transaction) -> Conversation:
            reopen_conversation(tx, operator, conversation_id, now=now, ids=ids)
            return access.conversation_for(tx, operator, conversation_id)

        return await db.write(unit)

    @put("/{conversation_id:uuid}/receipt", operation_id="advance_receipt", status_code=204)
    async def advance_receipt(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        data: JSONBody[Receipt],
        db: Needs[Database],
        ids: Needs[Ids],
    ) -> None:
        """Tell up to which message the client holds, and has shown, the transcript. Both only rise."""
        await db.write(
            lambda tx: advance_receipt(
                tx, operator, conversation_id, delivered_seq=data.delivered_seq, read_seq=data.read_seq, ids=ids
            )
        )

    @get("/{conversation_id:uuid}/transcript", operation_id="get_transcript")
    async def get_transcript(
        self,
        operator: Needs[OperatorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        format: FromQuery[TranscriptFormat] = TranscriptFormat.TEXT,
    ) -> Response[bytes]:
        """Give the whole transcript, notes included, as text in the operator's language or as JSON."""
        found = await db.read(lambda r: access.details_for(r, operator, conversation_id))
        messages = await _all_messages(db, operator, conversation_id)
        name = f"conversation-{found.conversation.number}"
        if format is TranscriptFormat.JSON:
            whole = TranscriptFile(found.conversation, messages)
            body = await anyio.to_thread.run_sync(msgspec.json.encode, whole)
            return _attachment(body, MediaType.JSON, f"{name}.json")
        people = await db.read(lambda r: operator_access.operators_for(r, operator))
        language = next((person.language for person in people if person.id == operator.operator_id), "en")
        names = {person.id: person.name for person in people}
        visitor_name = found.contact.name or f"#{found.conversation.number}"
        texts = Texts(language, ("console",))
        text = await anyio.to_thread.run_sync(render_transcript, messages, names, visitor_name, texts, zone_of(None))
        return _attachment(text.encode(), MediaType.TEXT, f"{name}.txt")


def message_page(found: list[Message], limit: int, *, is_ascending: bool) -> MessagePage:
    """A page of what was read with one more than the limit: the one too many stands at the end that goes on."""
    if len(found) <= limit:
        return MessagePage(found, has_more=False)
    return MessagePage(found[:limit] if is_ascending else found[1:], has_more=True)


def clean_message(text: str) -> str:
    """A message fit to be stored. Raises Invalid."""
    try:
        return clean_text(text, MESSAGE_CHARS)
    except TextError as error:
        raise Invalid(str(error), field="text") from None


async def _all_messages(db: Database, operator: OperatorPrincipal, conversation_id: UUID) -> list[Message]:
    """The transcript, read in slices; of endless ones the beginning."""
    messages: list[Message] = []
    while len(messages) < TRANSCRIPT_MESSAGES:
        last = messages[-1].seq if messages else 0
        found = await db.read(
            lambda r, last=last: access.messages_for(r, operator, conversation_id, after=last, limit=_SLICE)  # type: ignore[misc]
        )
        messages += found
        if len(found) < _SLICE:
            break
    return messages


def _attachment(body: bytes, media_type: str, name: str) -> Response[bytes]:
    return Response(body, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})
