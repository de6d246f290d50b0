"""Rows of sites: their inbox on the website channel, their identity secrets, and from where the tag asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.records import SiteCheck, SiteSecret
from klepet.model.views import Site, SiteSettings
from klepet.store.prepared import Prepared
from klepet.store.rows import sites_by_id
from klepet.store.tables import inboxes, site_checks, site_secrets, sites

CHANNEL_WEBSITE = "website"
CHECKS_PER_SITE = 200
_by_key = Prepared(select(sites).where(sites.c.key == bindparam("key")))
_website_inbox = Prepared(
    select(inboxes.c.id).where(inboxes.c.site_id == bindparam("site_id"), inboxes.c.channel == bindparam("channel"))
)


def by_id(reader: Reader, site_id: UUID) -> Site | None:
    """One site."""
    return sites_by_id(reader, [site_id]).get(site_id)


def by_key(reader: Reader, key: str) -> Site | None:
    """The site of the public key that stands in the tag."""
    row = _by_key.first(reader, key=key)
    return None if row is None else Site(row.id, row.key, row.name, row.settings, row.created_at)


def everything(reader: Reader) -> list[Site]:
    """All sites, in the order of their making; their number is limited."""
    return list(sites_by_id(reader).values())


def count(reader: Reader) -> int:
    """How many sites there are."""
    found: int = reader.conn.execute(select(func.count()).select_from(sites)).scalar_one()
    return found


def insert(tx: Transaction, site: Site, *, inbox_id: UUID) -> None:
    """Add a site and its inbox on the website channel."""
    tx.conn.execute(
        sites.insert().values(
            id=site.id, key=site.key, name=site.name, settings=site.settings, created_at=site.created_at
        )
    )
    tx.conn.execute(
        inboxes.insert().values(id=inbox_id, channel=CHANNEL_WEBSITE, site_id=site.id, created_at=site.created_at)
    )


def change(tx: Transaction, site_id: UUID, *, name: str, settings: SiteSettings) -> None:
    """Set the name and settings of a site."""
    tx.conn.execute(update(sites).where(sites.c.id == site_id).values(name=name, settings=settings))


def website_inbox_id(reader: Reader, site_id: UUID) -> UUID | None:
    """The inbox in which a site's conversations arrive."""
    row = _website_inbox.first(reader, site_id=site_id, channel=CHANNEL_WEBSITE)
    return None if row is None else row.id


# Identity secrets.


def insert_secret(tx: Transaction, secret_id: str, site_id: UUID, secret: bytes, now: datetime) -> None:
    """Add an identity secret."""
    tx.conn.execute(
        site_secrets.insert().values(id=secret_id, site_id=site_id, secret=secret, created_at=now, revoked_at=None)
    )


def secrets(reader: Reader, site_id: UUID) -> dict[str, bytes]:
    """The secrets that count, by key id: what `verify_identity` asks for."""
    statement = select(site_secrets.c.id, site_secrets.c.secret).where(
        site_secrets.c.site_id == site_id, site_secrets.c.revoked_at.is_(None)
    )
    return {row.id: row.secret for row in reader.conn.execute(statement)}


def secret_list(reader: Reader, site_id: UUID) -> list[SiteSecret]:
    """The secrets that count, oldest first, without what is secret of them."""
    statement = (
        select(site_secrets.c.id, site_secrets.c.created_at)
        .where(site_secrets.c.site_id == site_id, site_secrets.c.revoked_at.is_(None))
        .order_by(site_secrets.c.created_at, site_secrets.c.id)
    )
    return [SiteSecret(id=row.id, created_at=row.created_at) for row in reader.conn.execute(statement)]


def revoke_secret(tx: Transaction, site_id: UUID, secret_id: str, now: datetime) -> bool:
    """Let a secret no longer count, and forget it; tells whether there was one."""
    statement = (
        update(site_secrets)
        .where(site_secrets.c.id == secret_id, site_secrets.c.site_id == site_id, site_secrets.c.revoked_at.is_(None))
        .values(revoked_at=now, secret=b"")
    )
    return bool(tx.conn.execute(statement).rowcount)


# Checks of the installation.


def record_check(
    tx: Transaction, site_id: UUID, origin: str, page: str, *, refused_reason: str | None, now: datetime
) -> None:
    """Note that the tag asked from an origin and page. A measurement: beyond the limit the oldest is forgotten."""
    same = (site_checks.c.site_id == site_id) & (site_checks.c.origin == origin) & (site_checks.c.page == page)
    changed = tx.conn.execute(
        update(site_checks)
        .where(same)
        .values(last_at=now, count=site_checks.c.count + 1, refused_reason=refused_reason)
    ).rowcount
    if changed:
        return
    total = tx.conn.execute(
        select(func.count()).select_from(site_checks).where(site_checks.c.site_id == site_id)
    ).scalar_one()
    if total >= CHECKS_PER_SITE:
        oldest = tx.conn.execute(
            select(site_checks.c.origin, site_checks.c.page)
            .where(site_checks.c.site_id == site_id)
            .order_by(site_checks.c.last_at)
            .limit(1)
        ).one()
        tx.conn.execute(
            delete(site_checks).where(
                site_checks.c.site_id == site_id,
                site_checks.c.origin == oldest.origin,
                site_checks.c.page == oldest.page,
            )
        )
    tx.conn.execute(
        site_checks.insert().values(
            site_id=site_id,
            origin=origin,
            page=page,
            first_at=now,
            last_at=now,
            count=1,
            refused_reason=refused_reason,
        )
    )


def checks(reader: Reader, site_id: UUID) -> list[SiteCheck]:
    """From where the tag asked, the latest first."""
    statement = select(site_checks).where(site_checks.c.site_id == site_id).order_by(site_checks.c.last_at.desc())
    return [
        SiteCheck(
            origin=row.origin,
            page=row.page,
            first_at=row.first_at,
            last_at=row.last_at,
            count=row.count,
            refused_reason=row.refused_reason,
        )
        for row in reader.conn.execute(statement)
    ]
