"""Contacts: finding, changing, exporting and erasing them; reporting their orders."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, MediaType, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from msgspec import UNSET, Meta, Struct, UnsetType, field

from klepet.access import contacts as access
from klepet.actions.contacts import ContactChanges, change_contact
from klepet.actions.erasure import begin_erasing_contact, erase_contact
from klepet.actions.orders import report_order_of
from klepet.model.limits import EMAIL_CHARS, NAME_CHARS, ORDER_ITEMS_MAX, PHONE_CHARS, Attributes, Currency, Money, Name
from klepet.model.ports import Clock, Database, Ids
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Contact, Order, OrderItem, OrderReport
from klepet.web.auth import require_operator
from klepet.web.config import Needs
from klepet.web.idempotency import Once, write_once
from klepet.web.pages import PAGE_DEFAULT, Cursor, PageLimit, SearchText, encode_cursor, id_of_cursor


class ContactPage(Struct, frozen=True):
    """Contacts, newest first."""

    items: list[Contact]
    next_cursor: str | None


class ContactPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a contact: what is not given stays, null and empty text remove.

    Attributes are merged; null removes one.
    """

    name: Annotated[str, Meta(max_length=NAME_CHARS)] | UnsetType | None = UNSET
    email: Annotated[str, Meta(max_length=EMAIL_CHARS)] | UnsetType | None = UNSET
    phone: Annotated[str, Meta(max_length=PHONE_CHARS)] | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


class ContactOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """An order as the shop's server reports it. `site_id` may be left out for a contact seen on one site only."""

    id: Name
    value: Money
    currency: Currency
    items: Annotated[list[OrderItem], Meta(max_length=ORDER_ITEMS_MAX)] = field(default_factory=list)
    site_id: UUID | None = None


class ContactsController(Controller):
    """Contacts."""

    path = "/contacts"
    tags = ("contacts",)
    guards = (require_operator,)

    @get("/", operation_id="list_contacts")
    async def list_contacts(
        self,
        operator: Needs[OperatorPrincipal],
        db: Needs[Database],
        q: SearchText = "",
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> ContactPage:
        """List contacts, newest first; with `q` those in whose name, address or phone every word of it stands."""
        before = id_of_cursor(cursor)
        found = await db.read(lambda r: access.contacts_for(r, operator, q, before=before, limit=limit + 1))
        items = found[:limit]
        return ContactPage(items, encode_cursor(items[-1].id) if len(found) > limit else None)

    @get("/{contact_id:uuid}", operation_id="get_contact")
    async def get_contact(
        self, operator: Needs[OperatorPrincipal], contact_id: FromPath[UUID], db: Needs[Database]
    ) -> Contact:
        """Tell of one contact."""
        return await db.read(lambda r: access.contact_for(r, operator, contact_id))

    @patch("/{contact_id:uuid}", operation_id="change_contact")
    async def change_contact(
        self,
        operator: Needs[OperatorPrincipal],
        contact_id: FromPath[UUID],
        data: JSONBody[ContactPatch],
        db: Needs[Database],
    ) -> Contact:
        """Change what is known of a contact."""
        changes = ContactChanges(name=data.name, email=data.email, phone=data.phone, attributes=data.attributes)
        return await db.write(lambda tx: change_contact(tx, operator, contact_id, changes))

    @post("/{contact_id:uuid}/orders", operation_id="report_order")
    async def report_order(
        self,
        operator: Needs[OperatorPrincipal],
        contact_id: FromPath[UUID],
        data: JSONBody[ContactOrder],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        once: Needs[Once],
    ) -> Response[Order]:
        """Report an order of a contact. The same order id twice is one order; with other content it is refused."""
        now = clock.now()
        report = OrderReport(id=data.id, value=data.value, currency=data.currency, items=data.items)
        return await write_once(
            db,
            once,
            lambda tx: report_order_of(tx, operator, contact_id, data.site_id, report, now=now, ids=ids),
            now=now,
        )

    @get("/{contact_id:uuid}/export", operation_id="export_contact")
    async def export_contact(
        self, operator: Needs[OperatorPrincipal], contact_id: FromPath[UUID], db: Needs[Database]
    ) -> Stream:
        """Give everything that klepet knows of a contact, as JSON: conversations, orders, visits and all."""
        contact = await db.read(lambda r: access.contact_for(r, operator, contact_id))
        headers = {"content-disposition": f'attachment; filename="contact-{contact_id}.json"'}
        return Stream(_export(db, operator, contact), media_type=MediaType.JSON, headers=headers)

    @delete("/{contact_id:uuid}", operation_id="erase_contact")
    async def erase_contact(
        self,
        operator: Needs[OperatorPrincipal],
        contact_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> None:
        """Erase a contact for good: conversations, orders, visits, what search and the log know, and the contact.

        The answer comes when nothing is left. If it is lost the work goes on; `GET /erasures` tells how far it is.
        """
        now = clock.now()
        await db.write(lambda tx: begin_erasing_contact(tx, operator, contact_id, now=now, ids=ids))
        while not await db.write(lambda tx: erase_contact(tx, contact_id, now=clock.now()), is_urgent=False):
            pass


async def _export(db: Database, operator: OperatorPrincipal, contact: Contact) -> AsyncIterator[bytes]:
    """The export piece by piece: it may be larger than what one read or one answer should hold."""
    yield b'{"contact":' + msgspec.json.encode(contact)
    for part in access.EXPORT_PARTS:
        yield f',"{part}":['.encode()
        separator, after = b"", None
        while True:
            rows, after = await db.read(
                lambda r, part=part, after=after: access.export_slice_for(r, operator, contact.id, part, after)  # type: ignore[misc]
            )
            for row in rows:
                yield separator + msgspec.json.encode(row)
                separator = b","
            if after is None:
                break
        yield b"]"
    yield b',"conversations":['
    async for piece in _export_conversations(db, operator, contact.id):
        yield piece
    yield b"]}"


async def _export_conversations(db: Database, operator: OperatorPrincipal, contact_id: UUID) -> AsyncIterator[bytes]:
    last: UUID | None = None
    while True:
        conversation = await db.read(
            lambda r, last=last: access.export_conversation_for(r, operator, contact_id, last)  # type: ignore[misc]
        )
        if conversation is None:
            return
        yield (b"," if last else b"") + b'{"conversation":' + msgspec.json.encode(conversation) + b',"messages":['
        last, seq = conversation.id, 0
        while True:
            found: list[Any] = await db.read(
                lambda r, last=last, seq=seq: access.export_messages_for(r, operator, last, seq)  # type: ignore[misc]
            )
            if not found:
                break
            yield (b"," if seq else b"") + b",".join(msgspec.json.encode(message) for message in found)
            seq = found[-1].seq
        yield b"]}"
