"""Rows of visitors, their visits and the pages they were on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, func, insert, literal_column, select, tuple_, update

from klepet.model.ports import Reader, Transaction
from klepet.model.views import Browser, Page, Visitor
from klepet.store import sites, states
from klepet.store.column_types import instant_of, uuid_of
from klepet.store.prepared import Prepared
from klepet.store.statements import Beside, Change, Lookup
from klepet.store.tables import conversations, page_views, site_events, visitors, visits

# What every connection asks and notes.
_by_hash = Prepared(select(visitors).where(visitors.c.token_hash == bindparam("token_hash")))
_contact_id = Prepared(select(visitors.c.contact_id).where(visitors.c.id == bindparam("visitor_id")))
_newest_page = Prepared(
    select(page_views.c.url, page_views.c.title)
    .where(page_views.c.visit_id == bindparam("visit_id"))
    .order_by(page_views.c.id.desc())
    .limit(literal_column("1"))
)
_insert_visitor = Prepared(insert(visitors))
_whereabouts = Lookup(
    """
    SELECT r.id, r.browser, r.language, r.time_zone, r.visit_count,
        v.id AS visit_id, v.last_seen_at AS visit_seen_at, v.page_count,
        p.id AS page_view_id, p.url, p.title
    FROM visitors r
    """,
    {"r.id": "uuid"},
    Beside("visits", "v", "v.visitor_id = r.id", newest="started_at"),
    Beside("page_views", "p", "p.visit_id = v.id", newest="id"),
)
_note_presence = Change(
    "UPDATE",
    "visitors",
    {
        "browser": "text",
        "language": "text",
        "time_zone": "text",
        "visit_count": "integer",
        "last_seen_at": "timestamptz",
        "id": "uuid",
    },
)
_insert_visits = Change(
    "INSERT",
    "visits",
    {
        "id": "uuid",
        "visitor_id": "uuid",
        "started_at": "timestamptz",
        "last_seen_at": "timestamptz",
        "referrer": "text",
        "landing_page": "text",
        "page_count": "integer",
    },
)
_insert_page_views = Change(
    "INSERT",
    "page_views",
    {"id": "uuid", "visit_id": "uuid", "url": "text", "title": "text", "at": "timestamptz"},
)
_count_page_views = Change("UPDATE", "visits", {"page_count": "integer", "last_seen_at": "timestamptz", "id": "uuid"})
_encode = msgspec.json.Encoder().encode
_decode_browser = msgspec.json.Decoder(Browser, strict=False).decode


@dataclass(slots=True)
class Whereabouts:
    """A visitor, its newest visit, and the page that was opened last in it."""

    visitor_id: UUID
    browser: Browser | None
    language: str | None
    time_zone: str | None
    visit_count: int
    visit_id: UUID | None
    seen_at: datetime | None
    page_count: int
    page_view_id: UUID | None
    page: Page | None


class NewVisit(NamedTuple):
    """A visit that begins."""

    id: UUID
    visitor_id: UUID
    at: datetime
    referrer: str | None
    landing_page: str | None


class NewPageView(NamedTuple):
    """A page that is opened in a visit; it is the visit's so many-th."""

    id: UUID
    visit_id: UUID
    page: Page
    at: datetime
    number: int


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


def whereabouts(tx: Transaction, visitor_ids: Iterable[UUID]) -> dict[UUID, Whereabouts]:
    """Where these visitors were last; missing ones are left out."""
    found = {}
    for row in _whereabouts.rows(tx.conn, [(id_,) for id_ in visitor_ids]):
        id_, browser, language, time_zone, visit_count, visit_id, seen_at, page_count, page_view_id, url, title = row
        found[uuid_of(id_)] = Whereabouts(
            uuid_of(id_),
            None if browser is None else _decode_browser(browser),
            language,
            time_zone,
            visit_count,
            None if visit_id is None else uuid_of(visit_id),
            None if seen_at is None else instant_of(seen_at),
            page_count or 0,
            None if page_view_id is None else uuid_of(page_view_id),
            None if url is None else Page(url, title),
        )
    return found


def note_presence(tx: Transaction, seen: Sequence[tuple[Whereabouts, datetime]]) -> None:
    """Write when these visitors were seen, with what, and how often they came."""
    rows = [
        (
            None if one.browser is None else _encode(one.browser).decode(),
            one.language,
            one.time_zone,
            one.visit_count,
            at,
            one.visitor_id,
        )
        for one, at in seen
    ]
    _note_presence.run(tx.conn, rows)


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


def newest_page(reader: Reader, visit_id: UUID) -> Page | None:
    """The page that was opened last in a visit."""
    seen = _newest_page.first(reader, visit_id=visit_id)
    return None if seen is None else Page(seen.url, seen.title)


def rename_page(tx: Transaction, view_id: UUID, title: str) -> None:
    """Give a page that was opened another title."""
    tx.conn.execute(update(page_views).where(page_views.c.id == view_id).values(title=title))


def touch(tx: Transaction, visitor_ids: Sequence[UUID], now: datetime) -> None:
    """Note that visitors, and their newest visits, lasted until now."""
    tx.conn.execute(update(visitors).where(visitors.c.id.in_(visitor_ids)).values(last_seen_at=now))
    theirs = visits.c.visitor_id.in_(visitor_ids)
    newest = select(visits.c.visitor_id, func.max(visits.c.started_at)).where(theirs).group_by(visits.c.visitor_id)
    of_newest = tuple_(visits.c.visitor_id, visits.c.started_at).in_(newest)
    tx.conn.execute(update(visits).where(theirs, of_newest).values(last_seen_at=now))


def insert_visits(tx: Transaction, begun: Sequence[NewVisit]) -> None:
    """Begin visits, without a page as yet."""
    _insert_visits.run(
        tx.conn, [(one.id, one.visitor_id, one.at, one.at, one.referrer, one.landing_page, 0) for one in begun]
    )


def insert_page_views(tx: Transaction, opened: Sequence[NewPageView]) -> None:
    """Add pages to visits, one to each."""
    _insert_page_views.run(tx.conn, [(one.id, one.visit_id, one.page.url, one.page.title, one.at) for one in opened])
    _count_page_views.run(tx.conn, [(one.number, one.at, one.visit_id) for one in opened])


def insert_site_event(
    tx: Transaction, event_id: UUID, visitor_id: UUID, name: str, data: dict[str, Any], now: datetime
) -> None:
    """Keep what a page reported of its visitor; what is kept under this id already stays as it is."""
    if tx.conn.execute(select(site_events.c.id).where(site_events.c.id == event_id)).first() is None:
        tx.conn.execute(insert(site_events).values(id=event_id, visitor_id=visitor_id, name=name, data=data, at=now))
