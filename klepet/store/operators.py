"""Rows of operators, and the intervals of what each chose to be."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.views import Operator
from klepet.model.words import Availability, Role
from klepet.store.rows import every_operator, operators_by_id
from klepet.store.tables import operator_states, operators


class Account(Struct, frozen=True):
    """What signing in needs to know of an operator; never leaves the server."""

    id: UUID
    name: str
    email: str
    role: Role
    password_hash: str
    is_disabled: bool
    photo_file: str | None


def by_id(reader: Reader, operator_id: UUID) -> Operator | None:
    """One operator as colleagues see it."""
    return operators_by_id(reader, [operator_id]).get(operator_id)


def everyone(reader: Reader) -> list[Operator]:
    """All operators, in the order of their joining; their number is limited."""
    return every_operator(reader)


def count(reader: Reader) -> int:
    """How many operators there are, disabled ones included."""
    found: int = reader.conn.execute(select(func.count()).select_from(operators)).scalar_one()
    return found


def other_owner_count(reader: Reader, operator_id: UUID) -> int:
    """How many owners besides this one may sign in."""
    statement = (
        select(func.count())
        .select_from(operators)
        .where(operators.c.role == Role.OWNER, operators.c.disabled_at.is_(None), operators.c.id != operator_id)
    )
    found: int = reader.conn.execute(statement).scalar_one()
    return found


def account_by_id(reader: Reader, operator_id: UUID) -> Account | None:
    """The account of an operator."""
    return _account(reader, operators.c.id == operator_id)


def account_by_email(reader: Reader, email: str) -> Account | None:
    """The account that signs in with this address, which is in lower case."""
    return _account(reader, operators.c.email == email)


def _account(reader: Reader, condition: Any) -> Account | None:
    row = reader.conn.execute(select(operators).where(condition)).one_or_none()
    if row is None:
        return None
    return Account(
        id=row.id,
        name=row.name,
        email=row.email,
        role=Role(row.role),
        password_hash=row.password_hash,
        is_disabled=row.disabled_at is not None,
        photo_file=row.photo_file,
    )


def preferences(reader: Reader, operator_id: UUID) -> dict[str, Any]:
    """What the console keeps for an operator."""
    statement = select(operators.c.preferences).where(operators.c.id == operator_id)
    found: dict[str, Any] | None = reader.conn.execute(statement).scalar_one_or_none()
    return found or {}


def insert(tx: Transaction, operator: Operator, *, password_hash: str, state_id: UUID) -> None:
    """Add an operator, and begin the first interval of its states."""
    tx.conn.execute(
        operators.insert().values(
            id=operator.id,
            email=operator.email,
            name=operator.name,
            role=operator.role,
            password_hash=password_hash,
            photo_file=None,
            language=operator.language,
            availability=operator.availability,
            preferences={},
            created_at=operator.created_at,
            disabled_at=None,
        )
    )
    _begin_state(tx, state_id, operator.id, operator.availability, operator.created_at)


def change(tx: Transaction, operator_id: UUID, **values: Any) -> None:
    """Set columns of an operator."""
    if values:
        tx.conn.execute(update(operators).where(operators.c.id == operator_id).values(**values))


def note_seen(tx: Transaction, operator_id: UUID, now: datetime) -> None:
    """Note that an operator was here; time only moves forwards."""
    is_newer = operators.c.last_seen_at.is_(None) | (operators.c.last_seen_at < now)
    tx.conn.execute(update(operators).where(operators.c.id == operator_id, is_newer).values(last_seen_at=now))


def last_seen(reader: Reader) -> list[tuple[UUID, datetime | None]]:
    """When each operator was here last, in the order of their joining."""
    statement = select(operators.c.id, operators.c.last_seen_at).order_by(operators.c.created_at, operators.c.id)
    return [(row.id, row.last_seen_at) for row in reader.conn.execute(statement)]


def set_availability(
    tx: Transaction, operator_id: UUID, availability: Availability, *, state_id: UUID, now: datetime
) -> None:
    """End the current interval and begin the next."""
    change(tx, operator_id, availability=availability)
    tx.conn.execute(
        update(operator_states)
        .where(operator_states.c.operator_id == operator_id, operator_states.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    _begin_state(tx, state_id, operator_id, availability, now)


def _begin_state(tx: Transaction, state_id: UUID, operator_id: UUID, availability: Availability, now: datetime) -> None:
    tx.conn.execute(
        operator_states.insert().values(
            id=state_id, operator_id=operator_id, availability=availability, started_at=now, ended_at=None
        )
    )
