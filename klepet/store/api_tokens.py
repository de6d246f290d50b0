"""Rows of API tokens. Tokens are stored hashed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.records import ApiToken
from klepet.model.words import Role
from klepet.store.tables import api_tokens, operators


class TokenOwner(Struct, frozen=True):
    """Who acts through a token, with both roles: the token's and the operator's own."""

    token_id: UUID
    token_role: Role
    operator_id: UUID
    operator_role: Role
    operator_name: str
    last_used_at: datetime | None


def _view(row: Any) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        operator_id=row.operator_id,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )


def usable(reader: Reader) -> list[ApiToken]:
    """The tokens that were not revoked, newest first; their number is limited."""
    statement = select(api_tokens).where(api_tokens.c.revoked_at.is_(None)).order_by(api_tokens.c.id.desc())
    return [_view(row) for row in reader.conn.execute(statement)]


def count(reader: Reader) -> int:
    """How many tokens were not revoked."""
    statement = select(func.count()).select_from(api_tokens).where(api_tokens.c.revoked_at.is_(None))
    found: int = reader.conn.execute(statement).scalar_one()
    return found


def owner_by_hash(reader: Reader, token_hash: bytes, *, now: datetime) -> TokenOwner | None:
    """Who acts through a token that counts now and whose operator may sign in."""
    statement = (
        select(
            api_tokens.c.id.label("token_id"),
            api_tokens.c.role.label("token_role"),
            api_tokens.c.last_used_at,
            operators.c.id.label("operator_id"),
            operators.c.role.label("operator_role"),
            operators.c.name,
        )
        .join(operators, operators.c.id == api_tokens.c.operator_id)
        .where(
            api_tokens.c.token_hash == token_hash,
            api_tokens.c.revoked_at.is_(None),
            api_tokens.c.expires_at.is_(None) | (api_tokens.c.expires_at > now),
            operators.c.disabled_at.is_(None),
        )
    )
    row = reader.conn.execute(statement).one_or_none()
    if row is None:
        return None
    return TokenOwner(
        token_id=row.token_id,
        token_role=Role(row.token_role),
        operator_id=row.operator_id,
        operator_role=Role(row.operator_role),
        operator_name=row.name,
        last_used_at=row.last_used_at,
    )


def insert(tx: Transaction, token: ApiToken, token_hash: bytes) -> None:
    """Add a token."""
    tx.conn.execute(
        api_tokens.insert().values(
            id=token.id,
            token_hash=token_hash,
            name=token.name,
            role=token.role,
            operator_id=token.operator_id,
            created_at=token.created_at,
            last_used_at=None,
            revoked_at=None,
            expires_at=token.expires_at,
        )
    )


def touch(tx: Transaction, token_id: UUID, now: datetime) -> None:
    """Note that a token is in use."""
    tx.conn.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=now))


def revoke(tx: Transaction, token_id: UUID, now: datetime) -> bool:
    """Let a token no longer count; tells whether there was one."""
    statement = (
        update(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    return bool(tx.conn.execute(statement).rowcount)
