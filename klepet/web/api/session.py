"""Setting klepet up, one-time links, signing in and out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from klepet.access import operators as access
from klepet.actions import bookkeeping
from klepet.actions.lines import clean_email
from klepet.actions.links import accept_invitation, reset_password, set_up_owner
from klepet.actions.sessions import end_session, end_sessions, start_session
from klepet.kit.tokens import new_token, token_hash
from klepet.model.errors import Gone, Invalid, SignInRequired
from klepet.model.limits import Email, Language, Name, Token
from klepet.model.ports import Clock, Database, Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import Link
from klepet.model.words import LinkKind, Role
from klepet.web.api.me import Me, me_of
from klepet.web.auth import (
    SignedIn,
    no_session_cookie,
    require_operator,
    require_own_page,
    require_person,
    session_cookie,
)
from klepet.web.config import Limits, Needs, Parts, WebConfig, address_of, parts_of
from klepet.web.secrets import check_password, hash_new_password, renewed_hash

Password = Annotated[str, Meta(min_length=1, max_length=1_000)]


class SetUpState(Struct, frozen=True):
    """Whether there is an owner."""

    is_set_up: bool


class SetUp(Struct, frozen=True, forbid_unknown_fields=True):
    """The first owner."""

    token: Token
    email: Email
    name: Name
    password: Password
    language: Language = "en"


class LinkToken(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a one-time link."""

    token: Token


class LinkView(Struct, frozen=True):
    """What a one-time link is for."""

    kind: LinkKind
    email: str | None
    name: str | None
    role: Role | None
    expires_at: datetime


class LinkAcceptance(Struct, frozen=True, forbid_unknown_fields=True):
    """What an invited operator, or one who forgot the password, gives."""

    token: Token
    password: Password
    name: Name | None = None
    language: Language | None = None


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """Address and password."""

    email: Email
    password: Password


def check_language(language: str, config: WebConfig) -> str:
    """A language that klepet speaks. Raises Invalid."""
    if language not in config.languages:
        raise Invalid(f"klepet speaks {', '.join(config.languages)}", field="language")
    return language


class SetUpController(Controller):
    """The first owner, and one-time links."""

    tags = ("session",)
    guards = (require_own_page,)

    @get("/setup", operation_id="get_set_up")
    async def get_set_up(
        self, request: Request[Any, Any, Any], db: Needs[Database], limits: Needs[Limits]
    ) -> SetUpState:
        """Tell whether klepet has an owner."""
        limits.take("tag_address", address_of(request))
        return SetUpState(await db.read(access.is_set_up))

    @post("/setup", operation_id="set_up")
    async def set_up(
        self, request: Request[Any, Any, Any], data: JSONBody[SetUp], limits: Needs[Limits], clock: Needs[Clock]
    ) -> Response[Me]:
        """Make the first owner by the one-time link that klepet printed at its first start, and sign in."""
        parts = parts_of(request)
        limits.take("sign_in_address", address_of(request))
        language, hashed, now = check_language(data.language, parts.config), token_hash(data.token), clock.now()
        link = await parts.db.read(lambda r: access.usable_link(r, hashed, now=now))
        if link.kind is not LinkKind.SETUP:
            raise Gone("this link was used, was replaced, or has expired", field="token")
        password_hash = await hash_new_password(data.password)

        def join(tx: Transaction) -> UUID:
            owner = set_up_owner(
                tx,
                hashed,
                email=data.email,
                name=data.name,
                password_hash=password_hash,
                language=language,
                now=now,
                ids=parts.ids,
            )
            return owner.id

        return await _signed_in(request, parts, join, password_hash, status=201)

    @post("/links/inspect", operation_id="inspect_link", status_code=200)
    async def inspect_link(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[LinkToken],
        db: Needs[Database],
        clock: Needs[Clock],
        limits: Needs[Limits],
    ) -> LinkView:
        """Tell what a one-time link is for. 410 when it was used, was replaced or has expired."""
        limits.take("sign_in_address", address_of(request))
        hashed, now = token_hash(data.token), clock.now()
        link = await db.read(lambda r: access.usable_link(r, hashed, now=now))
        email, name = link.email, link.name
        if link.operator_id is not None:
            operator_id = link.operator_id
            account = await db.read(lambda r: access.account_of(r, operator_id))
            email, name = (account.email, account.name) if account else (None, None)
        return LinkView(kind=link.kind, email=email, name=name, role=link.role, expires_at=link.expires_at)

    @post("/links/accept", operation_id="accept_link", status_code=200)
    async def accept_link(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[LinkAcceptance],
        limits: Needs[Limits],
        clock: Needs[Clock],
    ) -> Response[Me]:
        """Accept an invitation, or set a new password by a reset link, and sign in."""
        parts = parts_of(request)
        limits.take("sign_in_address", address_of(request))
        hashed, now = token_hash(data.token), clock.now()
        language = check_language(data.language or parts.config.languages[0], parts.config)
        link = await parts.db.read(lambda r: access.usable_link(r, hashed, now=now))
        if link.kind is LinkKind.SETUP:
            raise Gone("this link is for setting klepet up", field="token")
        password_hash = await hash_new_password(data.password)

        def accept(tx: Transaction) -> UUID:
            return _accept(tx, link, hashed, data, password_hash, language, now, parts.ids)

        return await _signed_in(request, parts, accept, password_hash, status=200)


class SessionController(Controller):
    """Signing in and out."""

    tags = ("session",)

    @post("/session", operation_id="sign_in", status_code=200, guards=[require_own_page])
    async def sign_in(
        self, request: Request[Any, Any, Any], data: JSONBody[Credentials], db: Needs[Database], limits: Needs[Limits]
    ) -> Response[Me]:
        """Sign in by address and password. A wrong address and a wrong password look the same."""
        parts = parts_of(request)
        limits.take("sign_in_address", address_of(request))
        email = clean_email(data.email)
        # By address first: who guesses from one address does not lock the account's owner out.
        limits.take("sign_in_account_address", f"{email} {address_of(request)}")
        limits.take("sign_in_account", email)
        account = await db.read(lambda r: access.account_of_email(r, email))
        is_right = await check_password(account.password_hash if account else None, data.password)
        if account is None or account.is_disabled or not is_right:
            raise SignInRequired("the address or the password is wrong")
        old_hash = account.password_hash
        new_hash = await renewed_hash(old_hash, data.password)

        def renew(tx: Transaction) -> UUID:
            if new_hash is not None:
                bookkeeping.renew_password_hash(tx, account.id, old_hash=old_hash, new_hash=new_hash)
            return account.id

        return await _signed_in(request, parts, renew, new_hash or old_hash, status=200)

    @delete("/session", operation_id="sign_out", guards=[require_operator, require_person])
    async def sign_out(self, request: Request[Any, SignedIn, Any], db: Needs[Database]) -> Response[None]:
        """Sign out here."""
        signed_in = request.auth
        hashed = token_hash(signed_in.session_token or "")
        await db.write(lambda tx: end_session(tx, signed_in.principal, hashed))
        return Response(None, status_code=204, cookies=[no_session_cookie(parts_of(request))])

    @delete("/sessions", operation_id="sign_out_everywhere", guards=[require_operator, require_person])
    async def sign_out_everywhere(
        self, request: Request[Any, Any, Any], operator: Needs[OperatorPrincipal], db: Needs[Database]
    ) -> Response[None]:
        """Sign out everywhere, here included."""
        await db.write(lambda tx: end_sessions(tx, operator))
        return Response(None, status_code=204, cookies=[no_session_cookie(parts_of(request))])


def _accept(
    tx: Transaction,
    link: Link,
    hashed: bytes,
    data: LinkAcceptance,
    password_hash: str,
    language: str,
    now: datetime,
    ids: Ids,
) -> UUID:
    if link.kind is LinkKind.RESET:
        return reset_password(tx, hashed, password_hash=password_hash, now=now)
    operator = accept_invitation(
        tx, hashed, name=data.name, password_hash=password_hash, language=language, now=now, ids=ids
    )
    return operator.id


async def _signed_in(
    request: Request[Any, Any, Any], parts: Parts, become: Any, password_hash: str, *, status: int
) -> Response[Me]:
    """Become an operator and start its session, in one unit; answer who that is, with the cookie."""
    token, now = new_token(), parts.clock.now()
    user_agent = request.headers.get("user-agent", "")

    def unit(tx: Transaction) -> Me:
        operator_id = become(tx)
        start_session(
            tx,
            operator_id,
            token_hash(token),
            checked_hash=password_hash,
            user_agent=user_agent,
            now=now,
            expires_at=now + parts.config.session_absolute,
        )
        account = access.account_of(tx, operator_id)
        assert account is not None
        principal = OperatorPrincipal(operator_id=operator_id, role=account.role, name=account.name)
        return me_of(tx, SignedIn(principal, token), parts.config)

    me = await parts.db.write(unit)
    return Response(me, status_code=status, cookies=[session_cookie(parts, token)])
