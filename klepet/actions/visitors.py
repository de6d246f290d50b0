"""Visitors: becoming one, being identified by the site, moving through its pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct, structs

from klepet.actions.contacts import merge_signed_attributes
from klepet.kit.tokens import IdentityClaims
from klepet.model.errors import Busy, SignInRequired
from klepet.model.events import ContactCreated, ContactIdentified, ConversationMoved
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import VisitorPrincipal
from klepet.model.views import Browser, Contact, Page
from klepet.store import contacts, identities, visitors

VISIT_GAP = timedelta(minutes=30)
"""After so long without a sign, the next page begins a new visit."""


class About(Struct, frozen=True):
    """What a visitor's browser says of itself each time it comes; what it leaves out stays as it was."""

    browser: Browser | None = None
    language: str | None = None
    time_zone: str | None = None


NOTHING_SAID = About()


def start_visitor(
    tx: Transaction,
    site_id: UUID,
    token_hash: bytes,
    *,
    about: About = NOTHING_SAID,
    now: datetime,
    ids: Ids,
) -> VisitorPrincipal:
    """Make a visitor and its contact: somebody opened the chat for the first time."""
    contact = Contact(ids(), None, None, None, None, {}, now)
    contacts.insert(tx, contact)
    principal = VisitorPrincipal(ids(), contact.id, site_id)
    visitors.insert_visitor(
        tx,
        principal.visitor_id,
        site_id=site_id,
        contact_id=contact.id,
        token_hash=token_hash,
        browser=about.browser,
        language=about.language,
        time_zone=about.time_zone,
        now=now,
    )
    tx.record(ContactCreated(contact_id=contact.id, site_id=site_id))
    return principal


def is_somebody_else(tx: Transaction, principal: VisitorPrincipal, claims: IdentityClaims) -> bool:
    """Whether the visitor was identified as another person before: then it must become a new visitor."""
    known = contacts.by_id(tx, principal.contact_id)
    return known is not None and known.user_id is not None and known.user_id != claims.user_id


def require_unchanged(tx: Transaction, principal: VisitorPrincipal) -> None:
    """Refuse what a visitor sent who was erased, or became another contact, while it was on its way: who comes back is
    let in as whoever it is then.
    """
    contact_id = visitors.contact_id_of(tx, principal.visitor_id)
    if contact_id is None:
        raise SignInRequired("this visitor was erased")
    if contact_id != principal.contact_id:
        raise Busy("the visitor was identified just now; try again", retry_after=1.0)


def identify_visitor(
    tx: Transaction, principal: VisitorPrincipal, claims: IdentityClaims, *, now: datetime, ids: Ids
) -> VisitorPrincipal:
    """Join a visitor with the contact that its signed identity names; its own conversations come along. Raises
    SignInRequired and Busy for who was erased, or identified, since `principal` was looked up.
    """
    require_unchanged(tx, principal)
    inbox = visitors.website_inbox_of(tx, principal.site_id)
    known = identities.contact_id_of(tx, inbox, claims.user_id)
    if known is None:
        known = principal.contact_id
        identities.insert(tx, inbox, claims.user_id, known, now)
    contact = contacts.by_id(tx, known)
    if contact is None:
        raise LookupError(f"identity {claims.user_id!r} names no contact")
    changed = structs.replace(
        contact,
        name=claims.name or contact.name,
        email=claims.email or contact.email,
        phone=claims.phone or contact.phone,
        attributes=merge_signed_attributes(contact.attributes, claims.attributes),
    )
    is_new_here = known != principal.contact_id
    if changed == contact and not is_new_here and contact.user_id == claims.user_id:
        return principal
    contacts.change(
        tx, known, name=changed.name, email=changed.email, phone=changed.phone, attributes=changed.attributes
    )
    if is_new_here:
        visitors.change(tx, principal.visitor_id, contact_id=known)
        for conversation_id in visitors.move_conversations(tx, principal.contact_id, known, principal.site_id):
            tx.record(
                ConversationMoved(
                    conversation_id=conversation_id,
                    contact_id=known,
                    site_id=principal.site_id,
                    previous_contact_id=principal.contact_id,
                )
            )
    tx.record(ContactIdentified(contact_id=known, site_id=principal.site_id, visitor_id=principal.visitor_id))
    return structs.replace(principal, contact_id=known)


class PageView(Struct, frozen=True):
    """A visitor's browser shows a page: where the visitor is, and with what."""

    visitor_id: UUID
    page: Page
    referrer: str | None
    about: About
    now: datetime
    ids: Ids


def note_pages(tx: Transaction, views: Sequence[PageView]) -> list[None]:
    """Keep on which pages visitors are: a measurement, without an event. The page where one already was, as after a
    lost connection, is no new view; its title may have come late. Nothing is kept of who was erased meanwhile.
    """
    waiting = list(views)
    while waiting:
        first: dict[UUID, PageView] = {}
        later = [view for view in waiting if first.setdefault(view.visitor_id, view) is not view]
        _note_first_pages(tx, first)
        waiting = later
    return [None] * len(views)


def _note_first_pages(tx: Transaction, views: Mapping[UUID, PageView]) -> None:
    """Keep a page of each of these visitors."""
    seen = visitors.whereabouts(tx, views)
    begun, opened = list[visitors.NewVisit](), list[visitors.NewPageView]()
    for visitor_id, here in seen.items():
        view = views[visitor_id]
        page, about, now, ids = view.page, view.about, view.now, view.ids
        here.browser = about.browser or here.browser
        here.language = about.language or here.language
        here.time_zone = about.time_zone or here.time_zone
        if here.visit_id is None or here.seen_at is None or now - here.seen_at > VISIT_GAP:
            here.visit_id, here.page_view_id, here.page_count = ids(), None, 0
            here.visit_count += 1
            begun.append(visitors.NewVisit(here.visit_id, visitor_id, now, view.referrer, page.url))
        if here.page_view_id is None or here.page is None or here.page.url != page.url:
            opened.append(visitors.NewPageView(ids(), here.visit_id, page, now, here.page_count + 1))
        elif here.page.title != page.title:
            visitors.rename_page(tx, here.page_view_id, page.title)
    visitors.note_presence(tx, [(here, views[id_].now) for id_, here in seen.items()])
    visitors.insert_visits(tx, begun)
    visitors.insert_page_views(tx, opened)


def note_leaving(tx: Transaction, visitor_ids: Sequence[UUID], *, now: datetime) -> None:
    """Keep until when visitors were there: a measurement, without an event."""
    visitors.touch(tx, visitor_ids, now)


def note_site_event(
    tx: Transaction, visitor_id: UUID, client_id: str, name: str, data: dict[str, Any], *, now: datetime
) -> None:
    """Keep what a page reported: a measurement, without an event. The same client_id twice is kept once."""
    visitors.insert_site_event(tx, uuid5(visitor_id, client_id), visitor_id, name, data, now)
