"""API tokens, and who acts through one."""

from datetime import datetime

from klepet.model.permissions import PERMISSIONS, Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import ApiToken
from klepet.store import api_tokens
from klepet.store.api_tokens import TokenOwner


def api_tokens_for(reader: Reader, principal: OperatorPrincipal) -> list[ApiToken]:
    """The tokens that were not revoked, newest first."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    return api_tokens.usable(reader)


def token_owner(reader: Reader, token_hash: bytes, *, now: datetime) -> TokenOwner | None:
    """Who acts through a token that counts now."""
    return api_tokens.owner_by_hash(reader, token_hash, now=now)


def principal_of(owner: TokenOwner) -> OperatorPrincipal:
    """The principal of a token: its operator, with the lower of both roles."""
    is_lower = PERMISSIONS[owner.token_role] <= PERMISSIONS[owner.operator_role]
    return OperatorPrincipal(
        operator_id=owner.operator_id,
        role=owner.token_role if is_lower else owner.operator_role,
        name=owner.operator_name,
        token_id=owner.token_id,
    )
