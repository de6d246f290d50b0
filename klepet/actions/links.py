"""One-time links: set-up, invitation, password reset. Each allows one thing, once; tokens are stored hashed."""

from datetime import datetime, timedelta
from uuid import UUID

from klepet.actions.lines import clean_email, clean_line
from klepet.model.errors import Conflict, Gone, NotFound, TooMany
from klepet.model.events import LinkCreated, LinkUsed, OperatorJoined, PasswordChanged, SessionEnded
from klepet.model.limits import INVITATIONS_MAX, OPERATORS_MAX
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import Link
from klepet.model.views import Operator
from klepet.model.words import Availability, LinkKind, Role
from klepet.store import links, operators, sessions

SETUP_LASTS = timedelta(hours=1)
INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=24)


def create_setup_link(tx: Transaction, token_hash: bytes, *, now: datetime, ids: Ids) -> Link:
    """Make the link for the first owner; an earlier one no longer counts. Raises Conflict when set up already."""
    if operators.count(tx):
        raise Conflict("klepet is set up already")
    links.remove_unused(tx, LinkKind.SETUP)
    return _create(tx, token_hash, LinkKind.SETUP, now + SETUP_LASTS, now=now, ids=ids)


def set_up_owner(
    tx: Transaction,
    token_hash: bytes,
    *,
    email: str,
    name: str,
    password_hash: str,
    language: str,
    now: datetime,
    ids: Ids,
) -> Operator:
    """Make the first owner, and use the link up."""
    link = _use(tx, token_hash, LinkKind.SETUP, now)
    if operators.count(tx):
        raise Conflict("klepet is set up already")
    return _join(
        tx,
        email=clean_email(email),
        name=clean_line(name, "name"),
        role=Role.OWNER,
        password_hash=password_hash,
        language=language,
        by=link.created_by,
        now=now,
        ids=ids,
    )


def create_operator(
    tx: Transaction,
    *,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    language: str,
    now: datetime,
    ids: Ids,
) -> Operator:
    """Make an operator without a link, as whoever holds the machine may from its command line."""
    return _join(
        tx,
        email=clean_email(email),
        name=clean_line(name, "name"),
        role=role,
        password_hash=password_hash,
        language=language,
        by=None,
        now=now,
        ids=ids,
    )


def invite_operator(
    tx: Transaction,
    principal: OperatorPrincipal,
    token_hash: bytes,
    *,
    email: str,
    name: str | None,
    role: Role,
    now: datetime,
    ids: Ids,
) -> Link:
    """Make an invitation; an earlier one to the same address no longer counts."""
    principal.require(Permission.MANAGE_OPERATORS)
    address = clean_email(email)
    _check_address_is_free(tx, address)
    _check_room(tx)
    links.remove_unused(tx, LinkKind.INVITE, email=address)
    if links.invitation_count(tx, now) >= INVITATIONS_MAX:
        raise TooMany(f"at most {INVITATIONS_MAX} invitations may be open; take some back", limit=INVITATIONS_MAX)
    return _create(
        tx,
        token_hash,
        LinkKind.INVITE,
        now + INVITATION_LASTS,
        email=address,
        name=None if name is None else clean_line(name, "name"),
        role=role,
        created_by=principal.operator_id,
        now=now,
        ids=ids,
    )


def revoke_invitation(tx: Transaction, principal: OperatorPrincipal, link_id: UUID) -> None:
    """Take an unused invitation back."""
    principal.require(Permission.MANAGE_OPERATORS)
    if not links.remove_invitation(tx, link_id):
        raise NotFound("there is no such invitation")
    tx.record(LinkUsed(subject_id=link_id, by_operator_id=principal.operator_id))


def accept_invitation(
    tx: Transaction,
    token_hash: bytes,
    *,
    name: str | None,
    password_hash: str,
    language: str,
    now: datetime,
    ids: Ids,
) -> Operator:
    """Make the invited operator, and use the invitation up."""
    link = _use(tx, token_hash, LinkKind.INVITE, now)
    assert link.email is not None
    assert link.role is not None
    return _join(
        tx,
        email=link.email,
        name=clean_line(name or link.name or "", "name"),
        role=link.role,
        password_hash=password_hash,
        language=language,
        by=link.created_by,
        now=now,
        ids=ids,
    )


def create_password_link(
    tx: Transaction,
    principal: OperatorPrincipal | None,
    token_hash: bytes,
    *,
    operator_id: UUID,
    now: datetime,
    ids: Ids,
) -> Link:
    """Make a link by which an operator sets a new password. Without a principal: whoever holds the machine asks."""
    if principal is not None:
        principal.require(Permission.MANAGE_OPERATORS)
    account = operators.account_by_id(tx, operator_id)
    if account is None:
        raise NotFound("there is no such operator")
    if account.is_disabled:
        raise Conflict("the operator is disabled; enable it first")
    links.remove_unused(tx, LinkKind.RESET, operator_id=operator_id)
    return _create(
        tx,
        token_hash,
        LinkKind.RESET,
        now + RESET_LASTS,
        operator_id=operator_id,
        created_by=None if principal is None else principal.operator_id,
        now=now,
        ids=ids,
    )


def reset_password(tx: Transaction, token_hash: bytes, *, password_hash: str, now: datetime) -> UUID:
    """Set a new password by its link, use the link up, and end all sessions. Tells whose."""
    link = _use(tx, token_hash, LinkKind.RESET, now)
    account = None if link.operator_id is None else operators.account_by_id(tx, link.operator_id)
    if account is None or account.is_disabled:
        raise _gone()
    operators.change(tx, account.id, password_hash=password_hash)
    tx.record(PasswordChanged(subject_id=account.id, by_operator_id=account.id))
    if sessions.remove_all(tx, account.id):
        tx.record(SessionEnded(subject_id=account.id, by_operator_id=account.id))
    return account.id


def _gone() -> Gone:
    return Gone("this link was used, was replaced, or has expired", field="token")


def _use(tx: Transaction, token_hash: bytes, kind: LinkKind, now: datetime) -> Link:
    link = links.usable_by_hash(tx, token_hash, now)
    if link is None or link.kind is not kind:
        raise _gone()
    links.use(tx, link.id, now)
    tx.record(LinkUsed(subject_id=link.id))
    return link


def _create(
    tx: Transaction,
    token_hash: bytes,
    kind: LinkKind,
    expires_at: datetime,
    *,
    operator_id: UUID | None = None,
    email: str | None = None,
    name: str | None = None,
    role: Role | None = None,
    created_by: UUID | None = None,
    now: datetime,
    ids: Ids,
) -> Link:
    link = Link(
        id=ids(),
        kind=kind,
        operator_id=operator_id,
        email=email,
        name=name,
        role=role,
        created_by=created_by,
        created_at=now,
        expires_at=expires_at,
        used_at=None,
    )
    links.insert(tx, link, token_hash)
    tx.record(LinkCreated(subject_id=link.id, by_operator_id=created_by))
    return link


def _check_address_is_free(tx: Transaction, email: str) -> None:
    if operators.account_by_email(tx, email) is not None:
        raise Conflict("an operator has this address already", field="email")


def _check_room(tx: Transaction) -> None:
    if operators.count(tx) >= OPERATORS_MAX:
        raise TooMany(f"there may be at most {OPERATORS_MAX} operators", limit=OPERATORS_MAX)


def _join(
    tx: Transaction,
    *,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    language: str,
    by: UUID | None,
    now: datetime,
    ids: Ids,
) -> Operator:
    _check_address_is_free(tx, email)
    _check_room(tx)
    operator = Operator(
        id=ids(),
        name=name,
        email=email,
        role=role,
        photo_url=None,
        availability=Availability.ACCEPTING,
        is_disabled=False,
        language=language,
        created_at=now,
    )
    operators.insert(tx, operator, password_hash=password_hash, state_id=ids())
    tx.record(OperatorJoined(operator_id=operator.id, by_operator_id=by, role=role))
    return operator
