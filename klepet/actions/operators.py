"""What operators change of themselves, and owners of others: profile, photo, availability, role, being disabled."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from klepet.actions.lines import clean_email, clean_line
from klepet.actions.transcripts import Transcripts, load_states
from klepet.model.errors import Conflict, NotFound, TooLarge
from klepet.model.events import (
    OperatorAvailabilityChanged,
    OperatorDisabled,
    OperatorEnabled,
    OperatorUpdated,
    SessionEnded,
)
from klepet.model.limits import PREFERENCES_BYTES
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Operator
from klepet.model.words import Availability, ConversationView, LinkKind, Role
from klepet.store import conversations, jobs, links, operators, sessions

RELEASED_AT_ONCE = 100
JOB_KIND = "release_conversations"
JOB_WAITS = timedelta(minutes=2)


class ProfileChanges(Struct, frozen=True, kw_only=True):
    """What an operator changes of itself; what is not given stays."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    preferences: dict[str, Any] | UnsetType = UNSET


def change_profile(tx: Transaction, principal: OperatorPrincipal, changes: ProfileChanges) -> Operator:
    """Change one's own name, address, language or preferences."""
    values: dict[str, Any] = {}
    if changes.name is not UNSET:
        values["name"] = clean_line(changes.name, "name")
    if changes.email is not UNSET:
        values["email"] = clean_email(changes.email)
        holder = operators.account_by_email(tx, values["email"])
        if holder is not None and holder.id != principal.operator_id:
            raise Conflict("an operator has this address already", field="email")
    if changes.language is not UNSET:
        values["language"] = changes.language
    if changes.preferences is not UNSET:
        size = len(msgspec.json.encode(changes.preferences))
        if size > PREFERENCES_BYTES:
            raise TooLarge(
                f"preferences may have at most {PREFERENCES_BYTES} bytes", field="preferences", limit=PREFERENCES_BYTES
            )
        values["preferences"] = changes.preferences
    operators.change(tx, principal.operator_id, **values)
    tx.record(OperatorUpdated(operator_id=principal.operator_id, by_operator_id=principal.operator_id))
    return _operator(tx, principal.operator_id)


def set_photo(tx: Transaction, principal: OperatorPrincipal, photo_file: str | None) -> str | None:
    """Set or remove one's photo. Tells which file is no longer referred to."""
    account = operators.account_by_id(tx, principal.operator_id)
    if account is None:
        raise NotFound("there is no such operator")
    operators.change(tx, principal.operator_id, photo_file=photo_file)
    tx.record(OperatorUpdated(operator_id=principal.operator_id, by_operator_id=principal.operator_id))
    return account.photo_file


def set_availability(
    tx: Transaction, principal: OperatorPrincipal, availability: Availability, *, now: datetime, ids: Ids
) -> Operator:
    """Choose to accept conversations, or not. The same again changes nothing."""
    if _operator(tx, principal.operator_id).availability is not availability:
        _set_availability(tx, principal.operator_id, availability, principal, now=now, ids=ids)
    return _operator(tx, principal.operator_id)


def change_role(tx: Transaction, principal: OperatorPrincipal, operator_id: UUID, role: Role) -> Operator:
    """Give an operator another role. The last owner keeps its own."""
    principal.require(Permission.MANAGE_OPERATORS)
    operator = _operator(tx, operator_id)
    if operator.role is role:
        return operator
    if operator.role is Role.OWNER:
        _check_another_owner(tx, operator_id, "role")
    operators.change(tx, operator_id, role=role)
    tx.record(OperatorUpdated(operator_id=operator_id, by_operator_id=principal.operator_id))
    return _operator(tx, operator_id)


def disable_operator(
    tx: Transaction, principal: OperatorPrincipal, operator_id: UUID, *, now: datetime, ids: Ids
) -> Operator:
    """End an operator's sessions and links, and let it sign in no more. `release_conversations` follows, or the job
    that is enqueued here does it.
    """
    principal.require(Permission.MANAGE_OPERATORS)
    operator = _operator(tx, operator_id)
    if operator.is_disabled:
        return operator
    if operator.role is Role.OWNER:
        _check_another_owner(tx, operator_id, "is_disabled")
    operators.change(tx, operator_id, disabled_at=now)
    jobs.enqueue(tx, operator_id, JOB_KIND, {"operator_id": str(operator_id)}, run_at=now + JOB_WAITS)
    links.remove_unused(tx, LinkKind.RESET, operator_id=operator_id)
    if sessions.remove_all(tx, operator_id):
        tx.record(SessionEnded(subject_id=operator_id, by_operator_id=principal.operator_id))
    if operator.availability is not Availability.OFFLINE:
        _set_availability(tx, operator_id, Availability.OFFLINE, principal, now=now, ids=ids)
    tx.record(OperatorDisabled(operator_id=operator_id, by_operator_id=principal.operator_id))
    return _operator(tx, operator_id)


def release_conversations(tx: Transaction, operator_id: UUID, *, now: datetime, ids: Ids) -> bool:
    """Put what a disabled operator holds back into the queue, some at a time; tells whether more is left."""
    operator = _operator(tx, operator_id)
    if operator.is_disabled and _release_some(tx, operator, now=now, ids=ids) == RELEASED_AT_ONCE:
        return True
    jobs.finish(tx, operator_id)
    return False


def _release_some(tx: Transaction, operator: Operator, *, now: datetime, ids: Ids) -> int:
    held = conversations.page(
        tx,
        ConversationView.MINE,
        operator_id=operator.id,
        site_id=None,
        contact_id=None,
        before=None,
        limit=RELEASED_AT_ONCE,
    )
    transcripts = Transcripts(tx, ids, load_states(tx, [conversation.id for conversation, _ in held]))
    for state in transcripts.states.values():
        transcripts.unassign(state, operator.name, now=now)
    transcripts.write()
    return len(held)


def enable_operator(tx: Transaction, principal: OperatorPrincipal, operator_id: UUID) -> Operator:
    """Let a disabled operator sign in again."""
    principal.require(Permission.MANAGE_OPERATORS)
    if not _operator(tx, operator_id).is_disabled:
        return _operator(tx, operator_id)
    operators.change(tx, operator_id, disabled_at=None)
    tx.record(OperatorEnabled(operator_id=operator_id, by_operator_id=principal.operator_id))
    return _operator(tx, operator_id)


def _operator(tx: Transaction, operator_id: UUID) -> Operator:
    operator = operators.by_id(tx, operator_id)
    if operator is None:
        raise NotFound("there is no such operator")
    return operator


def _check_another_owner(tx: Transaction, operator_id: UUID, field: str) -> None:
    if not operators.other_owner_count(tx, operator_id):
        raise Conflict("this is the last owner; make somebody else an owner first", field=field)


def _set_availability(
    tx: Transaction,
    operator_id: UUID,
    availability: Availability,
    principal: OperatorPrincipal,
    *,
    now: datetime,
    ids: Ids,
) -> None:
    operators.set_availability(tx, operator_id, availability, state_id=ids(), now=now)
    tx.record(
        OperatorAvailabilityChanged(
            operator_id=operator_id, by_operator_id=principal.operator_id, availability=availability
        )
    )
