"""Signing in and out, and changing one's password. Passwords were hashed and checked before the unit was queued."""

from datetime import datetime
from uuid import UUID

from klepet.model.errors import Conflict, SignInRequired
from klepet.model.events import PasswordChanged, SessionEnded, SessionStarted
from klepet.model.limits import SESSIONS_PER_OPERATOR
from klepet.model.ports import Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.store import operators, sessions

USER_AGENT_CHARS = 300


def start_session(
    tx: Transaction,
    operator_id: UUID,
    token_hash: bytes,
    *,
    checked_hash: str,
    user_agent: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Sign an operator in, unless `checked_hash`, which the password was checked against, was changed meanwhile."""
    account = operators.account_by_id(tx, operator_id)
    if account is None or account.is_disabled or account.password_hash != checked_hash:
        raise SignInRequired("the address or the password is wrong")
    sessions.insert(
        tx, token_hash, operator_id, user_agent=user_agent[:USER_AGENT_CHARS], now=now, expires_at=expires_at
    )
    sessions.remove_oldest(tx, operator_id, keep=SESSIONS_PER_OPERATOR)
    operators.note_seen(tx, operator_id, now)
    tx.record(SessionStarted(subject_id=operator_id, by_operator_id=operator_id))


def end_session(tx: Transaction, principal: OperatorPrincipal, token_hash: bytes) -> None:
    """Sign out here."""
    if sessions.remove(tx, token_hash) is not None:
        tx.record(SessionEnded(subject_id=principal.operator_id, by_operator_id=principal.operator_id))


def end_sessions(tx: Transaction, principal: OperatorPrincipal) -> None:
    """Sign out everywhere, here included."""
    sessions.remove_all(tx, principal.operator_id)
    tx.record(SessionEnded(subject_id=principal.operator_id, by_operator_id=principal.operator_id))


def change_password(
    tx: Transaction, principal: OperatorPrincipal, *, checked_hash: str, new_hash: str, keep: bytes
) -> None:
    """Set a new password and end all sessions but `keep`."""
    account = operators.account_by_id(tx, principal.operator_id)
    if account is None or account.password_hash != checked_hash:
        raise Conflict("the password was changed meanwhile", field="current_password")
    operators.change(tx, principal.operator_id, password_hash=new_hash)
    tx.record(PasswordChanged(subject_id=principal.operator_id, by_operator_id=principal.operator_id))
    if sessions.remove_all(tx, principal.operator_id, but=keep):
        tx.record(SessionEnded(subject_id=principal.operator_id, by_operator_id=principal.operator_id))
