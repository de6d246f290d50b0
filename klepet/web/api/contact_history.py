"""What stands on a contact's card besides the contact: browsers, visits, orders."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath
from msgspec import Struct

from klepet.access import contacts as access
from klepet.model.ports import Database
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Browser, Order
from klepet.web.auth import require_operator
from klepet.web.config import Needs
from klepet.web.pages import PAGE_DEFAULT, Cursor, PageLimit, encode_cursor, id_of_cursor


class ContactVisitor(Struct, frozen=True):
    """One browser on one site through which the contact came."""

    id: UUID
    site_id: UUID
    browser: Browser | None
    language: str | None
    time_zone: str | None
    visit_count: int
    first_seen_at: datetime
    last_seen_at: datetime


class ContactVisitorPage(Struct, frozen=True):
    """The contact's browsers, newest first."""

    items: list[ContactVisitor]
    next_cursor: str | None


class ContactVisit(Struct, frozen=True):
    """One stay of the contact on a site."""

    id: UUID
    visitor_id: UUID
    site_id: UUID
    started_at: datetime
    last_seen_at: datetime
    referrer: str | None
    landing_page: str | None
    page_count: int


class ContactVisitPage(Struct, frozen=True):
    """The contact's visits, newest first."""

    items: list[ContactVisit]
    next_cursor: str | None


class OrderPage(Struct, frozen=True):
    """The contact's orders, newest first."""

    items: list[Order]
    next_cursor: str | None


class ContactHistoryController(Controller):
    """What a contact did."""

    path = "/contacts/{contact_id:uuid}"
    tags = ("contacts",)
    guards = (require_operator,)

    @get("/visitors", operation_id="list_contact_visitors")
    async def list_visitors(
        self,
        operator: Needs[OperatorPrincipal],
        contact_id: FromPath[UUID],
        db: Needs[Database],
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> ContactVisitorPage:
        """List the browsers through which a contact came, newest first."""
        before = id_of_cursor(cursor)
        found = await db.read(lambda r: access.visitors_for(r, operator, contact_id, before=before, limit=limit + 1))
        items = [_of_row(ContactVisitor, row) for row in found[:limit]]
        return ContactVisitorPage(items, _more(found, limit))

    @get("/visits", operation_id="list_contact_visits")
    async def list_visits(
        self,
        operator: Needs[OperatorPrincipal],
        contact_id: FromPath[UUID],
        db: Needs[Database],
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> ContactVisitPage:
        """List a contact's visits to all sites, newest first."""
        before = id_of_cursor(cursor)
        found = await db.read(lambda r: access.visits_for(r, operator, contact_id, before=before, limit=limit + 1))
        items = [_of_row(ContactVisit, row) for row in found[:limit]]
        return ContactVisitPage(items, _more(found, limit))

    @get("/orders", operation_id="list_contact_orders")
    async def list_orders(
        self,
        operator: Needs[OperatorPrincipal],
        contact_id: FromPath[UUID],
        db: Needs[Database],
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> OrderPage:
        """List a contact's orders, newest first."""
        before = id_of_cursor(cursor)
        found = await db.read(lambda r: access.orders_for(r, operator, contact_id, before=before, limit=limit + 1))
        return OrderPage(found[:limit], _more(found, limit))


def _of_row(kind: Any, row: Any) -> Any:
    return kind(**{name: getattr(row, name) for name in kind.__struct_fields__})


def _more(found: list[Any], limit: int) -> str | None:
    return encode_cursor(found[limit - 1].id) if len(found) > limit else None
