"""Who asks: an operator by session cookie or API token. Guards run before a body is read.

A session's cookie is sent by browsers whatever page asks; therefore an unsafe request with it also needs an Origin of
our own and a header that only our own pages know (`csrf_token`). API tokens need neither: nothing sends them unasked.
"""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from klepet.access import api_tokens as token_access
from klepet.access import operators as operator_access
from klepet.actions import bookkeeping
from klepet.kit.origins import host_of
from klepet.kit.tokens import token_hash
from klepet.model.errors import KlepetError, NotAllowed, SignInRequired
from klepet.model.ports import Reader, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.web.config import Parts, address_of, parts_of

COOKIE = "klepet_session"
CSRF_HEADER = "x-klepet-csrf"
TOKEN_CHARS = 200
TOUCH_AFTER = timedelta(minutes=10)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CSRF_PURPOSE = b"klepet csrf 1"

Connection = ASGIConnection[Any, Any, Any, Any]


class SignedIn(Struct, frozen=True):
    """Who is signed in, and the session's token if it is by session."""

    principal: OperatorPrincipal
    session_token: str | None = None

    @property
    def csrf_token(self) -> str | None:
        """What unsafe requests of this session carry in their header."""
        return None if self.session_token is None else csrf_token(self.session_token)


def csrf_token(session_token: str) -> str:
    """A token that follows from the session's and tells nothing of it."""
    digest = hmac.digest(session_token.encode(), _CSRF_PURPOSE, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


async def require_operator(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: an operator must be signed in. Puts who it is where `request.auth` and `request.user` find it."""
    parts = parts_of(connection)
    try:
        signed_in = await sign_in(connection)
    except SignInRequired:
        parts.limits.take("refused_address", address_of(connection))
        raise
    parts.limits.take("operator", str(signed_in.principal.operator_id))
    connection.scope["user"] = signed_in.principal
    connection.scope["auth"] = signed_in


async def require_person(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard, after `require_operator`: what only a person signed in by session may do, such as changing a password."""
    signed_in: SignedIn = connection.auth
    if signed_in.session_token is None:
        raise NotAllowed("an API token may not do this; sign in as a person")


async def require_own_page(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard for what needs no session yet, such as signing in: another site's page may not send it."""
    is_from_page = connection.headers.get("origin") is not None or connection.headers.get("sec-fetch-site") is not None
    if is_from_page and not _is_safe(connection):
        check_origin(connection)


async def sign_in(connection: Connection) -> SignedIn:
    """Whoever the request's API token or cookie names. Raises SignInRequired, or NotAllowed for a forged request."""
    parts = parts_of(connection)
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise SignInRequired("the Authorization header takes 'Bearer' and an API token")
        return SignedIn(await principal_of_api_token(parts, token.strip()))
    token = connection.cookies.get(COOKIE, "")
    principal = await principal_of_session(parts, token)
    if not _is_safe(connection):
        check_origin(connection)
        check_csrf(connection, token)
    return SignedIn(principal, token)


async def principal_of_session(parts: Parts, token: str) -> OperatorPrincipal:
    """The operator of a session. Raises SignInRequired."""
    if not token or len(token) > TOKEN_CHARS:
        raise SignInRequired("sign in first")
    now = parts.clock.now()
    principal, last_used_at = await parts.db.read(lambda r: session_in(r, parts, token))

    def touch(tx: Transaction) -> None:
        bookkeeping.touch_session(tx, token_hash(token), now=now)

    if _is_stale(last_used_at, now):
        await _note(parts, touch)
    return principal


def session_in(reader: Reader, parts: Parts, token: str) -> tuple[OperatorPrincipal, datetime]:
    """The operator of a session, and when that was used last. Raises SignInRequired."""
    idle, now = parts.config.session_idle, parts.clock.now()
    session = operator_access.session_of(reader, token_hash(token), idle=idle, now=now)
    if session is None:
        raise SignInRequired("the session has ended; sign in again")
    principal = OperatorPrincipal(operator_id=session.operator_id, role=session.role, name=session.name)
    return principal, session.last_used_at


async def principal_of_api_token(parts: Parts, token: str) -> OperatorPrincipal:
    """The operator who acts through an API token. Raises SignInRequired."""
    if not token or len(token) > TOKEN_CHARS:
        raise SignInRequired("this API token is unknown or was revoked")
    now = parts.clock.now()
    principal, last_used_at = await parts.db.read(lambda r: api_token_in(r, parts, token))
    token_id = principal.token_id
    assert token_id is not None

    def touch(tx: Transaction) -> None:
        bookkeeping.touch_api_token(tx, token_id, now=now)

    if last_used_at is None or _is_stale(last_used_at, now):
        await _note(parts, touch)
    return principal


def api_token_in(reader: Reader, parts: Parts, token: str) -> tuple[OperatorPrincipal, datetime | None]:
    """The operator who acts through an API token, and when that was used last. Raises SignInRequired."""
    owner = token_access.token_owner(reader, token_hash(token), now=parts.clock.now())
    if owner is None:
        raise SignInRequired("this API token is unknown, was revoked, or has expired")
    return token_access.principal_of(owner), owner.last_used_at


def check_origin(connection: Connection) -> None:
    """Refuse a request that another site's page made the browser send."""
    fetch_site = connection.headers.get("sec-fetch-site")
    if fetch_site is not None and fetch_site != "same-origin":
        raise NotAllowed("this request came from another site's page")
    origin = connection.headers.get("origin")
    if origin is None:
        if fetch_site is None:
            raise NotAllowed("this request names no Origin; programs use an API token instead of the cookie")
        return
    # The scheme is left aside: behind a proxy that ends TLS the server does not see it.
    host = host_of(origin)
    own = {parts_of(connection).config.public_host, connection.headers.get("host", "").lower()}
    if not host or host not in own:
        raise NotAllowed("this request came from another site's page")


def check_csrf(connection: Connection, session_token: str) -> None:
    """Refuse a request without the header that only our own pages know."""
    given = connection.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token(session_token).encode()):
        raise NotAllowed("the header X-Klepet-Csrf is missing or of another session; GET /api/v1/me tells it")


def session_cookie(parts: Parts, token: str) -> Cookie:
    """The cookie of a new session."""
    return _cookie(parts, token, int(parts.config.session_absolute.total_seconds()))


def no_session_cookie(parts: Parts) -> Cookie:
    """The cookie that takes the session's cookie away."""
    return _cookie(parts, "", 0)


def _cookie(parts: Parts, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=parts.config.is_secure,
    )


def _is_safe(connection: Connection) -> bool:
    return str(connection.scope.get("method", "GET")) in _SAFE


def _is_stale(last_used_at: datetime, now: datetime) -> bool:
    return now - last_used_at >= TOUCH_AFTER


async def _note(parts: Parts, touch: Any) -> None:
    try:
        await parts.db.write(touch, is_urgent=False)
    except KlepetError:
        return  # a server too busy to note a measurement still answers
