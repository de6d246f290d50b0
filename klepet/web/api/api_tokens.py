"""API tokens, for programs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from klepet.access import api_tokens as access
from klepet.actions.api_tokens import create_api_token, revoke_api_token
from klepet.kit.tokens import new_token, token_hash
from klepet.model.limits import Name
from klepet.model.ports import Clock, Database, Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import ApiToken
from klepet.model.words import Role
from klepet.web.auth import require_operator
from klepet.web.config import Needs
from klepet.web.idempotency import Once, write_once

PREFIX = "klepet_"
Instant = Annotated[datetime, Meta(tz=True)]


class ApiTokenList(Struct, frozen=True):
    """The tokens that were not revoked, newest first."""

    items: list[ApiToken]
    next_cursor: str | None = None


class ApiTokenRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A token to make: what it is for, a role not above the own, and when it ends, if it does."""

    name: Name
    role: Role
    expires_at: Instant | None = None


class NewApiToken(Struct, frozen=True):
    """A new token. `token` is shown only now."""

    id: UUID
    name: str
    role: Role
    operator_id: UUID
    created_at: datetime
    expires_at: datetime | None
    token: str


class ApiTokensController(Controller):
    """API tokens."""

    path = "/api-tokens"
    tags = ("api-tokens",)
    guards = (require_operator,)

    @get("/", operation_id="list_api_tokens")
    async def list_api_tokens(self, operator: Needs[OperatorPrincipal], db: Needs[Database]) -> ApiTokenList:
        """List the tokens that were not revoked, newest first; some may have expired."""
        return ApiTokenList(await db.read(lambda r: access.api_tokens_for(r, operator)))

    @post("/", operation_id="create_api_token")
    async def create_api_token(
        self,
        operator: Needs[OperatorPrincipal],
        data: JSONBody[ApiTokenRequest],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        once: Needs[Once],
    ) -> Response[NewApiToken]:
        """Make a token. It acts as the operator who made it, with its own role or theirs, whichever is lower."""
        token, now = new_token(prefix=PREFIX), clock.now()

        def unit(tx: Transaction) -> NewApiToken:
            made = create_api_token(
                tx,
                operator,
                token_hash(token),
                name=data.name,
                role=data.role,
                expires_at=data.expires_at,
                now=now,
                ids=ids,
            )
            return NewApiToken(
                id=made.id,
                name=made.name,
                role=made.role,
                operator_id=made.operator_id,
                created_at=made.created_at,
                expires_at=made.expires_at,
                token=token,
            )

        return await write_once(db, once, unit, now=now, is_secret=True)

    @delete("/{token_id:uuid}", operation_id="revoke_api_token")
    async def revoke_api_token(
        self, operator: Needs[OperatorPrincipal], token_id: FromPath[UUID], db: Needs[Database], clock: Needs[Clock]
    ) -> None:
        """Revoke a token, at once."""
        now = clock.now()
        await db.write(lambda tx: revoke_api_token(tx, operator, token_id, now=now))
