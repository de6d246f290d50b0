"""Rows of one-time links: set-up, invitation, password reset. Tokens are stored hashed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.records import Link
from klepet.model.words import LinkKind, Role
from klepet.store.tables import links


def _link(row: Any) -> Link:
    return Link(
        id=row.id,
        kind=LinkKind(row.kind),
        operator_id=row.operator_id,
        email=row.email,
        name=row.name,
        role=None if row.role is None else Role(row.role),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


def insert(tx: Transaction, link: Link, token_hash: bytes) -> None:
    """Add a link."""
    tx.conn.execute(
        links.insert().values(
            id=link.id,
            token_hash=token_hash,
            kind=link.kind,
            operator_id=link.operator_id,
            email=link.email,
            name=link.name,
            role=link.role,
            created_by=link.created_by,
            created_at=link.created_at,
            expires_at=link.expires_at,
            used_at=None,
        )
    )


def usable_by_hash(reader: Reader, token_hash: bytes, now: datetime) -> Link | None:
    """The link of a token, unless it was used or has expired."""
    statement = select(links).where(
        links.c.token_hash == token_hash, links.c.used_at.is_(None), links.c.expires_at > now
    )
    row = reader.conn.execute(statement).one_or_none()
    return None if row is None else _link(row)


def use(tx: Transaction, link_id: UUID, now: datetime) -> None:
    """Note that a link was used up."""
    tx.conn.execute(update(links).where(links.c.id == link_id).values(used_at=now))


def usable_invitations(reader: Reader, now: datetime) -> list[Link]:
    """Invitations that may still be accepted, newest first; their number is limited."""
    statement = (
        select(links)
        .where(links.c.kind == LinkKind.INVITE, links.c.used_at.is_(None), links.c.expires_at > now)
        .order_by(links.c.id.desc())
    )
    return [_link(row) for row in reader.conn.execute(statement)]


def invitation_count(reader: Reader, now: datetime) -> int:
    """How many invitations may still be accepted."""
    statement = (
        select(func.count())
        .select_from(links)
        .where(links.c.kind == LinkKind.INVITE, links.c.used_at.is_(None), links.c.expires_at > now)
    )
    found: int = reader.conn.execute(statement).scalar_one()
    return found


def remove_invitation(tx: Transaction, link_id: UUID) -> bool:
    """Take an unused invitation back; tells whether there was one."""
    statement = delete(links).where(links.c.id == link_id, links.c.kind == LinkKind.INVITE, links.c.used_at.is_(None))
    return bool(tx.conn.execute(statement).rowcount)


def remove_unused(
    tx: Transaction, kind: LinkKind, *, email: str | None = None, operator_id: UUID | None = None
) -> None:
    """Remove earlier links that a new one replaces: of the kind, and of the address or operator if given."""
    statement = delete(links).where(links.c.kind == kind, links.c.used_at.is_(None))
    if email is not None:
        statement = statement.where(links.c.email == email)
    if operator_id is not None:
        statement = statement.where(links.c.operator_id == operator_id)
    tx.conn.execute(statement)


def prune(tx: Transaction, *, expired_before: datetime, limit: int) -> int:
    """Remove links that ended long ago; tells how many."""
    ended = select(links.c.id).where(links.c.expires_at < expired_before).limit(limit)
    count: int = tx.conn.execute(delete(links).where(links.c.id.in_(ended))).rowcount
    return count
