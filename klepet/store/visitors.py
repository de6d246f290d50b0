"""Rows of visitors, their visits and the pages they were on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, bindparam, func, insert, literal_column, select, tuple_, update

from klepet.model.ports import Reader, Transaction
from klepet.model.views import Browser, Page, Visitor
from klepet.store import sites, states
from klepet.store.prepared import Prepared
from klepet.store.tables import conversations, page_views, site_events, visitors, visits


class Seen(Protocol):
    """What a visitor's browser says of itself."""

    @property
    def browser(self) -> Browser | None:
        """Its name, system and kind of device."""

    @property
    def language(self) -> str | None:
        """The language of the page."""

    @property
    def time_zone(self) -> str | None:
        """Where its clock stands."""


# What every connection asks and notes.
_by_hash = Prepared(select(visitors).where(visitors.c.token_hash == bindparam("token_hash")))
_contact_id = Prepared(select(visitors.c.contact_id).where(visitors.c.id == bindparam("visitor_id")))
_newest_visit = Prepared(
    select(visits)
    .where(visits.c.visitor_id == bindparam("visitor_id"))
    .order_by(visits.c.started_at.desc())
    .limit(literal_column("1"))
)
_newest_page = Prepared(
    select(page_views.c.url, page_views.c.title)
    .where(page_views.c.visit_id == bindparam("visit_id"))
    .order_by(page_views.c.id.desc())
    .limit(literal_column("1"))
)
_note_presence = Prepared(
    update(visitors)
    .where(visitors.c.id == bindparam("b_id"))
    .values(
        browser=func.coalesce(bindparam("b_browser", type_=visitors.c.browser.type), visitors.c.browser),
        language=func.coalesce(bindparam("b_language"), visitors.c.language),
        time_zone=func.coalesce(bindparam("b_time_zone"), visitors.c.time_zone),
        visit_count=visitors.c.visit_count + bindparam("visits"),
        last_seen_at=bindparam("now"),
    )
)
_insert_visitor = Prepared(insert(visitors))
_insert_visit = Prepared(insert(visits))
_insert_page_view = Prepared(insert(page_views))
_count_page_view = Prepared(
    update(visits)
    .where(visits.c.id == bindparam("b_id"))
    .values(page_count=visits.c.page_count + 1, last_seen_at=bindparam("now"))
)


def website_inbox_of(reader: Reader, site_id: UUID) -> UUID:
    """The inbox in which a site's conversations arrive; every site has one from its making."""
    found = sites.website_inbox_id(reader, site_id)
    if found is None:
        raise LookupError(f"site {site_id} has no inbox")
    return found


def by_id(reader: Reader, visitor_id: UUID) -> Row[Any] | None:
    """A visitor's row."""
    found: Row[Any] | None = reader.conn.execute(select(visitors).where(visitors.c.id == visitor_id)).one_or_none()
    return found


def contact_id_of(reader: Reader, visitor_id: UUID) -> UUID | None:
    """The contact that a visitor belongs to; None when there is no such visitor."""
    row = _contact_id.first(reader, visitor_id=visitor_id)
    return None if row is None else row.contact_id


def by_hash(reader: Reader, token_hash: bytes) -> Row[Any] | None:
    """The row of the visitor with this token."""
    found: Row[Any] | None = _by_hash.first(reader, token_hash=token_hash)
    return found


def insert_visitor(
    tx: Transaction,
    visitor_id: UUID,
    *,
    site_id: UUID,
    contact_id: UUID,
    token_hash: bytes,
    browser: Browser | None,
    language: str | None,
    time_zone: str | None,
    now: datetime,
) -> None:
    """Insert a visitor on its first visit."""
    _insert_visitor.run(
        tx,
        id=visitor_id,
        site_id=site_id,
        contact_id=contact_id,
        token_hash=token_hash,
        browser=browser,
        language=language,
        time_zone=time_zone,
        visit_count=0,
        first_seen_at=now,
        last_seen_at=now,
    )


def change(tx: Transaction, visitor_id: UUID, **values: Any) -> None:
    """Set columns of one visitor."""
    tx.conn.execute(update(visitors).where(visitors.c.id == visitor_id).values(**values))


def note_presence(tx: Transaction, visitor_id: UUID, about: Seen, *, is_new_visit: bool, now: datetime) -> None:
    """Note that a visitor is here; what its browser leaves out stays as it was."""
    _note_presence.run(
        tx,
        b_id=visitor_id,
        b_browser=about.browser,
        b_language=about.language,
        b_time_zone=about.time_zone,
        visits=int(is_new_visit),
        now=now,
    )


def move_conversations(tx: Transaction, from_contact: UUID, to_contact: UUID, site_id: UUID) -> list[UUID]:
    """Give a contact's conversations on a site to another contact. Returns their ids."""
    c = conversations.c
    mine = (c.contact_id == from_contact, c.site_id == site_id)
    found = list(tx.conn.execute(select(c.id).where(*mine)).scalars())
    if found:
        tx.conn.execute(update(conversations).where(*mine).values(contact_id=to_contact))
        for conversation_id in found:
            states.forget(tx, conversation_id)
    return found


def view(reader: Reader, row: Row[Any], *, is_online: bool = False) -> Visitor:
    """A visitor for the panel; page and referrer are those of the newest visit."""
    newest = reader.conn.execute(
        select(visits.c.id, visits.c.referrer)
        .where(visits.c.visitor_id == row.id)
        .order_by(visits.c.started_at.desc())
        .limit(1)
    ).first()
    return Visitor(
        id=row.id,
        contact_id=row.contact_id,
        is_online=is_online,
        page=newest_page(reader, newest.id) if newest is not None else None,
        referrer=newest.referrer if newest is not None else None,
        browser=row.browser,
        language=row.language,
        time_zone=row.time_zone,
        visit_count=row.visit_count,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )


def visits_of(reader: Reader, visitor_id: UUID, limit: int = 20) -> list[Row[Any]]:
    """A visitor's newest visits."""
    query = select(visits).where(visits.c.visitor_id == visitor_id).order_by(visits.c.started_at.desc()).limit(limit)
    return list(reader.conn.execute(query))


def of_contact(reader: Reader, contact_id: UUID, *, before: UUID | None, limit: int) -> list[Row[Any]]:
    """The browsers of a contact, newest first."""
    query = select(visitors).where(visitors.c.contact_id == contact_id).order_by(visitors.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(visitors.c.id < before)
    return list(reader.conn.execute(query))


def visits_of_contact(reader: Reader, contact_id: UUID, *, before: UUID | None, limit: int) -> list[Row[Any]]:
    """The visits of all of a contact's browsers, each with its site, newest first."""
    query = (
        select(visits, visitors.c.site_id)
        .join(visitors, visitors.c.id == visits.c.visitor_id)
        .where(visitors.c.contact_id == contact_id)
        .order_by(visits.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(visits.c.id < before)
    return list(reader.conn.execute(query))


def newest_visit(reader: Reader, visitor_id: UUID) -> Row[Any] | None:
    """The visitor's newest visit."""
    found: Row[Any] | None = _newest_visit.first(reader, visitor_id=visitor_id)
    return found


def newest_page(reader: Reader, visit_id: UUID) -> Page | None:
    """The page that was opened last in a visit."""
    seen = _newest_page.first(reader, visit_id=visit_id)
    return None if seen is None else Page(seen.url, seen.title)


def rename_newest_page(tx: Transaction, visit_id: UUID, title: str) -> None:
    """Give the page that was opened last in a visit another title."""
    newest = select(func.max(page_views.c.at)).where(page_views.c.visit_id == visit_id).scalar_subquery()
    here = (page_views.c.visit_id == visit_id, page_views.c.at == newest)
    tx.conn.execute(update(page_views).where(*here).values(title=title))


def touch(tx: Transaction, visitor_ids: Sequence[UUID], now: datetime) -> None:
    """Note that visitors, and their newest visits, lasted until now."""
    tx.conn.execute(update(visitors).where(visitors.c.id.in_(visitor_ids)).values(last_seen_at=now))
    theirs = visits.c.visitor_id.in_(visitor_ids)
    newest = select(visits.c.visitor_id, func.max(visits.c.started_at)).where(theirs).group_by(visits.c.visitor_id)
    of_newest = tuple_(visits.c.visitor_id, visits.c.started_at).in_(newest)
    tx.conn.execute(update(visits).where(theirs, of_newest).values(last_seen_at=now))


def insert_visit(
    tx: Transaction, visit_id: UUID, visitor_id: UUID, *, referrer: str | None, landing_page: str | None, now: datetime
) -> None:
    """Begin a visit."""
    _insert_visit.run(
        tx,
        id=visit_id,
        visitor_id=visitor_id,
        started_at=now,
        last_seen_at=now,
        referrer=referrer,
        landing_page=landing_page,
        page_count=0,
    )


def insert_page_view(tx: Transaction, view_id: UUID, visit_id: UUID, page: Page, now: datetime) -> None:
    """Add a page to a visit."""
    _insert_page_view.run(tx, id=view_id, visit_id=visit_id, url=page.url, title=page.title, at=now)
    _count_page_view.run(tx, b_id=visit_id, now=now)


def insert_site_event(
    tx: Transaction, event_id: UUID, visitor_id: UUID, name: str, data: dict[str, Any], now: datetime
) -> None:
    """Keep what a page reported of its visitor; what is kept under this id already stays as it is."""
    if tx.conn.execute(select(site_events.c.id).where(site_events.c.id == event_id)).first() is None:
        tx.conn.execute(insert(site_events).values(id=event_id, visitor_id=visitor_id, name=name, data=data, at=now))
