"""Operators and their invitations, as operators see them; and who signs in by an address, a session or a link."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from klepet.model.errors import Gone, NotFound
from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import Link
from klepet.model.views import Operator
from klepet.store import links, operators, sessions
from klepet.store.operators import Account
from klepet.store.sessions import Session


def operators_for(reader: Reader, principal: OperatorPrincipal) -> list[Operator]:
    """All operators, in the order of their joining: every colleague may see them."""
    return operators.everyone(reader)


def operator_for(reader: Reader, principal: OperatorPrincipal, operator_id: UUID) -> Operator:
    """One operator."""
    operator = operators.by_id(reader, operator_id)
    if operator is None:
        raise NotFound("there is no such operator")
    return operator


def preferences_for(reader: Reader, principal: OperatorPrincipal) -> dict[str, Any]:
    """What the console keeps for the operator."""
    return operators.preferences(reader, principal.operator_id)


def activity_for(reader: Reader, principal: OperatorPrincipal) -> list[tuple[UUID, datetime | None]]:
    """When each operator was here last: for those who manage them."""
    principal.require(Permission.MANAGE_OPERATORS)
    return operators.last_seen(reader)


def invitations_for(reader: Reader, principal: OperatorPrincipal, *, now: datetime) -> list[Link]:
    """Invitations that may still be accepted, newest first."""
    principal.require(Permission.MANAGE_OPERATORS)
    return links.usable_invitations(reader, now)


def is_set_up(reader: Reader) -> bool:
    """Whether there is an operator."""
    return operators.count(reader) > 0


def account_of_email(reader: Reader, email: str) -> Account | None:
    """Whose address this is, for checking a password."""
    return operators.account_by_email(reader, email)


def account_of(reader: Reader, operator_id: UUID) -> Account | None:
    """The account of an operator, for checking a password."""
    return operators.account_by_id(reader, operator_id)


def session_of(reader: Reader, token_hash: bytes, *, idle: timedelta, now: datetime) -> Session | None:
    """The session of a token, unless it has ended by age."""
    session = sessions.by_hash(reader, token_hash)
    if session is None or session.expires_at <= now or session.last_used_at + idle <= now:
        return None
    return session


def usable_link(reader: Reader, token_hash: bytes, *, now: datetime) -> Link:
    """The link of a token. Raises Gone for an unknown, used or expired one: they look the same."""
    link = links.usable_by_hash(reader, token_hash, now)
    if link is None:
        raise Gone("this link was used, was replaced, or has expired", field="token")
    return link


def everyone(reader: Reader) -> list[Operator]:
    """All operators, for klepet's own parts."""
    return operators.everyone(reader)
