"""Rows of operators' sessions. Tokens are stored hashed."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.words import Role
from klepet.store.tables import operator_sessions, operators


class Session(Struct, frozen=True):
    """A session, with the operator it belongs to."""

    operator_id: UUID
    role: Role
    name: str
    last_used_at: datetime
    expires_at: datetime


def by_hash(reader: Reader, token_hash: bytes) -> Session | None:
    """The session of an operator who may sign in; whether it has ended by age is for the caller to say."""
    statement = (
        select(
            operators.c.id,
            operators.c.role,
            operators.c.name,
            operator_sessions.c.last_used_at,
            operator_sessions.c.expires_at,
        )
        .join(operators, operators.c.id == operator_sessions.c.operator_id)
        .where(operator_sessions.c.token_hash == token_hash, operators.c.disabled_at.is_(None))
    )
    row = reader.conn.execute(statement).one_or_none()
    if row is None:
        return None
    return Session(
        operator_id=row.id,
        role=Role(row.role),
        name=row.name,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )


def insert(
    tx: Transaction, token_hash: bytes, operator_id: UUID, *, user_agent: str, now: datetime, expires_at: datetime
) -> None:
    """Add a session."""
    tx.conn.execute(
        operator_sessions.insert().values(
            token_hash=token_hash,
            operator_id=operator_id,
            created_at=now,
            last_used_at=now,
            expires_at=expires_at,
            user_agent=user_agent,
        )
    )


def touch(tx: Transaction, token_hash: bytes, now: datetime) -> UUID | None:
    """Note that a session is in use, and tell whose it is; time only moves forwards."""
    owner: UUID | None = tx.conn.execute(
        update(operator_sessions)
        .where(operator_sessions.c.token_hash == token_hash, operator_sessions.c.last_used_at < now)
        .values(last_used_at=now)
        .returning(operator_sessions.c.operator_id)
    ).scalar_one_or_none()
    return owner


def remove(tx: Transaction, token_hash: bytes) -> UUID | None:
    """End one session; tells whose it was."""
    owner: UUID | None = tx.conn.execute(
        delete(operator_sessions)
        .where(operator_sessions.c.token_hash == token_hash)
        .returning(operator_sessions.c.operator_id)
    ).scalar_one_or_none()
    return owner


def remove_all(tx: Transaction, operator_id: UUID, *, but: bytes | None = None) -> int:
    """End all sessions of an operator, but perhaps one."""
    statement = delete(operator_sessions).where(operator_sessions.c.operator_id == operator_id)
    if but is not None:
        statement = statement.where(operator_sessions.c.token_hash != but)
    count: int = tx.conn.execute(statement).rowcount
    return count


def remove_oldest(tx: Transaction, operator_id: UUID, *, keep: int) -> None:
    """Keep only the sessions used last, so that their number is bounded."""
    total = tx.conn.execute(
        select(func.count()).select_from(operator_sessions).where(operator_sessions.c.operator_id == operator_id)
    ).scalar_one()
    if total <= keep:
        return
    oldest = (
        select(operator_sessions.c.token_hash)
        .where(operator_sessions.c.operator_id == operator_id)
        .order_by(operator_sessions.c.last_used_at)
        .limit(total - keep)
    )
    tx.conn.execute(delete(operator_sessions).where(operator_sessions.c.token_hash.in_(oldest)))


def prune(tx: Transaction, *, unused_since: datetime, now: datetime, limit: int) -> int:
    """Remove sessions that have ended by age; tells how many."""
    ended = (
        select(operator_sessions.c.token_hash)
        .where((operator_sessions.c.last_used_at < unused_since) | (operator_sessions.c.expires_at <= now))
        .limit(limit)
    )
    count: int = tx.conn.execute(delete(operator_sessions).where(operator_sessions.c.token_hash.in_(ended))).rowcount
    return count
