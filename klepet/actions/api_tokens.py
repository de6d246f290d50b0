"""API tokens: programs act through them as the operator who made them, with a role not above theirs."""

from datetime import datetime
from uuid import UUID

from klepet.actions.lines import clean_line
from klepet.model.errors import Invalid, NotAllowed, NotFound, TooMany
from klepet.model.events import ApiTokenCreated, ApiTokenRevoked
from klepet.model.limits import API_TOKENS_MAX
from klepet.model.permissions import PERMISSIONS, Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import ApiToken
from klepet.model.words import Role
from klepet.store import api_tokens


def create_api_token(
    tx: Transaction,
    principal: OperatorPrincipal,
    token_hash: bytes,
    *,
    name: str,
    role: Role,
    expires_at: datetime | None = None,
    now: datetime,
    ids: Ids,
) -> ApiToken:
    """Make a token. Its text was shown to whoever asked and is stored nowhere."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    if not PERMISSIONS[role] <= PERMISSIONS[principal.role]:
        raise NotAllowed("a token's role may not be above your own", field="role")
    if expires_at is not None and expires_at <= now:
        raise Invalid("a token expires in the future, or never", field="expires_at")
    if api_tokens.count(tx) >= API_TOKENS_MAX:
        raise TooMany(f"there may be at most {API_TOKENS_MAX} API tokens; revoke an old one", limit=API_TOKENS_MAX)
    token = ApiToken(
        id=ids(),
        name=clean_line(name, "name"),
        role=role,
        operator_id=principal.operator_id,
        created_at=now,
        last_used_at=None,
        expires_at=expires_at,
    )
    api_tokens.insert(tx, token, token_hash)
    tx.record(ApiTokenCreated(subject_id=token.id, by_operator_id=principal.operator_id))
    return token


def revoke_api_token(tx: Transaction, principal: OperatorPrincipal, token_id: UUID, *, now: datetime) -> None:
    """Let a token no longer count, at once."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    if not api_tokens.revoke(tx, token_id, now):
        raise NotFound("there is no such API token")
    tx.record(ApiTokenRevoked(subject_id=token_id, by_operator_id=principal.operator_id))
