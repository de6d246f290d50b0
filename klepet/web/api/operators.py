"""Operators: who they are, inviting them, their roles, disabling them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from klepet.access import operators as access
from klepet.actions.links import create_password_link, invite_operator, revoke_invitation
from klepet.actions.operators import change_role, disable_operator, enable_operator, release_conversations
from klepet.kit.tokens import new_token, token_hash
from klepet.model.limits import Email, Name
from klepet.model.permissions import Permission
from klepet.model.ports import Clock, Database, Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import Link
from klepet.model.views import Operator
from klepet.model.words import Role
from klepet.web.auth import require_operator
from klepet.web.config import Needs, WebConfig
from klepet.web.idempotency import Once, write_once


class OperatorList(Struct, frozen=True):
    """All operators."""

    items: list[Operator]
    next_cursor: str | None = None


class OperatorActivity(Struct, frozen=True):
    """When an operator was here last: null when never. Noted every ten minutes at most."""

    operator_id: UUID
    last_seen_at: datetime | None


class OperatorActivityList(Struct, frozen=True):
    """When each operator was here last."""

    items: list[OperatorActivity]
    next_cursor: str | None = None


class Invitation(Struct, frozen=True):
    """An invitation that may still be accepted."""

    id: UUID
    email: str
    name: str | None
    role: Role
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime


class InvitationList(Struct, frozen=True):
    """All invitations that may still be accepted, newest first."""

    items: list[Invitation]
    next_cursor: str | None = None


class NewInvitation(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite, with which role."""

    email: Email
    role: Role
    name: Name | None = None


class OneTimeLink(Struct, frozen=True):
    """A link to hand over. It works once, and is shown only now."""

    link: str
    expires_at: datetime


class OperatorPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of an operator; what is not given stays."""

    role: Role | None = None
    is_disabled: bool | None = None


class OperatorsController(Controller):
    """Operators."""

    path = "/operators"
    tags = ("operators",)
    guards = (require_operator,)

    @get("/", operation_id="list_operators")
    async def list_operators(self, operator: Needs[OperatorPrincipal], db: Needs[Database]) -> OperatorList:
        """List all operators, in the order of their joining."""
        return OperatorList(await db.read(lambda r: access.operators_for(r, operator)))

    @get("/activity", operation_id="list_operator_activity")
    async def list_operator_activity(
        self, operator: Needs[OperatorPrincipal], db: Needs[Database]
    ) -> OperatorActivityList:
        """Tell when each operator was here last, in the order of their joining."""
        seen = await db.read(lambda r: access.activity_for(r, operator))
        return OperatorActivityList([OperatorActivity(operator_id, at) for operator_id, at in seen])

    @get("/{operator_id:uuid}", operation_id="get_operator")
    async def get_operator(
        self, operator: Needs[OperatorPrincipal], operator_id: FromPath[UUID], db: Needs[Database]
    ) -> Operator:
        """Tell of one operator."""
        return await db.read(lambda r: access.operator_for(r, operator, operator_id))

    @patch("/{operator_id:uuid}", operation_id="change_operator")
    async def change_operator(
        self,
        operator: Needs[OperatorPrincipal],
        operator_id: FromPath[UUID],
        data: JSONBody[OperatorPatch],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Operator:
        """Change an operator's role, or disable or enable it. The last owner can be neither demoted nor disabled."""
        now = clock.now()

        def unit(tx: Transaction) -> Operator:
            operator.require(Permission.MANAGE_OPERATORS)
            changed = access.operator_for(tx, operator, operator_id)
            if data.role is not None:
                changed = change_role(tx, operator, operator_id, data.role)
            if data.is_disabled is True:
                changed = disable_operator(tx, operator, operator_id, now=now, ids=ids)
            if data.is_disabled is False:
                changed = enable_operator(tx, operator, operator_id)
            return changed

        operator_after = await db.write(unit)
        if data.is_disabled:
            while await db.write(lambda tx: release_conversations(tx, operator_id, now=now, ids=ids)):
                pass
        return operator_after

    @post("/{operator_id:uuid}/password-link", operation_id="create_password_link")
    async def create_password_link(
        self,
        operator: Needs[OperatorPrincipal],
        operator_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        config: Needs[WebConfig],
        once: Needs[Once],
    ) -> Response[OneTimeLink]:
        """Make a link by which an operator who forgot the password sets a new one. It works once, for a day."""
        token, now = new_token(), clock.now()

        def unit(tx: Transaction) -> OneTimeLink:
            link = create_password_link(tx, operator, token_hash(token), operator_id=operator_id, now=now, ids=ids)
            return _handed_over(link, token, "reset", config)

        return await write_once(db, once, unit, now=now, is_secret=True)

    @get("/invitations", operation_id="list_invitations")
    async def list_invitations(
        self, operator: Needs[OperatorPrincipal], db: Needs[Database], clock: Needs[Clock]
    ) -> InvitationList:
        """List the invitations that may still be accepted, newest first."""
        now = clock.now()
        found = await db.read(lambda r: access.invitations_for(r, operator, now=now))
        return InvitationList([_invitation(link) for link in found])

    @post("/invitations", operation_id="create_invitation")
    async def create_invitation(
        self,
        operator: Needs[OperatorPrincipal],
        data: JSONBody[NewInvitation],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        config: Needs[WebConfig],
        once: Needs[Once],
    ) -> Response[OneTimeLink]:
        """Make a link by which somebody becomes an operator. It works once, for a week; a new one replaces it."""
        token, now = new_token(), clock.now()

        def unit(tx: Transaction) -> OneTimeLink:
            link = invite_operator(
                tx, operator, token_hash(token), email=data.email, name=data.name, role=data.role, now=now, ids=ids
            )
            return _handed_over(link, token, "invite", config)

        return await write_once(db, once, unit, now=now, is_secret=True)

    @delete("/invitations/{invitation_id:uuid}", operation_id="revoke_invitation")
    async def revoke_invitation(
        self, operator: Needs[OperatorPrincipal], invitation_id: FromPath[UUID], db: Needs[Database]
    ) -> None:
        """Take an invitation back."""
        await db.write(lambda tx: revoke_invitation(tx, operator, invitation_id))


def _handed_over(link: Link, token: str, page: str, config: WebConfig) -> OneTimeLink:
    # The token stands in the fragment, which no browser sends and no log sees.
    return OneTimeLink(link=f"{config.public_url}/console/#/{page}/{token}", expires_at=link.expires_at)


def _invitation(link: Link) -> Invitation:
    values: Any = {name: getattr(link, name) for name in Invitation.__struct_fields__}
    return Invitation(**values)
