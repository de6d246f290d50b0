"""Visitors' and operators' sessions: how each signs in, and the commands that only it has."""

import logging
import math
from collections.abc import Callable
from typing import Any

import msgspec

from klepet.access import conversations as conversation_access
from klepet.access import sites as site_access
from klepet.actions import contacts, conversations, orders, visitors
from klepet.actions.commands import do_once
from klepet.kit.origins import host_of, origin_allowed
from klepet.kit.tokens import IdentityClaims, IdentityError, new_token, token_hash, verify_identity
from klepet.kit.user_agents import describe_user_agent
from klepet.model.errors import Busy, NotAllowed, NotFound, SignInRequired
from klepet.model.frames import (
    CLOSE_SIGN_IN,
    EndConversation,
    Hello,
    OperatorFrame,
    RateConversation,
    ReportOrder,
    SetContact,
    ShowPage,
    TrackEvent,
    VisitorFrame,
)
from klepet.model.ports import Reader, Transaction
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Browser, Site
from klepet.web.auth import api_token_in, principal_of_api_token, principal_of_session, session_in
from klepet.web.session import Session

_log = logging.getLogger("klepet.web")


class VisitorSession(Session):
    """A visitor's connection."""

    decoder = msgspec.json.Decoder(VisitorFrame)
    frames_rate = "visitor_frames"
    kind = "visitor"
    principal: VisitorPrincipal

    async def sign_in(self, hello: Hello) -> str | None:
        """A known token is a known visitor; none makes a new one. A signed identity joins it with its contact."""
        parts = self.desk.parts
        parts.limits.take("visitor_address", self.caller.address)
        key = hello.site
        if key is None:
            raise NotFound("hello needs the site's key", field="site")
        hashed = None if hello.token is None else token_hash(hello.token)

        def look_up(reader: Reader) -> tuple[Site, VisitorPrincipal | None]:
            site = site_access.public_site(reader, key)
            return site, None if hashed is None else conversation_access.visitor_of_token(reader, hashed)

        site, known = await parts.db.read(look_up, is_brief=True)
        check_origin(self.caller.origin, self.caller.host, site)
        now, ids = parts.clock.now(), parts.ids
        claims: IdentityClaims | None = None
        if hello.identity is not None:
            secrets = await parts.db.read(lambda r: site_access.identity_secrets(r, site.id))
            try:
                claims = verify_identity(hello.identity, secrets, now)
            except IdentityError as error:
                if not await self._is_still(known, error.expired):
                    raise SignInRequired(f"{error.reason}: {error}", field="identity") from None
        if hashed is not None and (known is None or known.site_id != site.id):
            raise SignInRequired("this visitor's token is unknown or was erased", field="token")
        about = self._about(hello)
        if known is not None and claims is None:
            self.principal = known
            self._keep_page(hello.referrer, about)
            return None
        if known is None:
            parts.limits.take("new_visitor_address", self.caller.address)
        token = new_token()

        def unit(tx: Transaction) -> tuple[VisitorPrincipal, bool]:
            visitor, is_new = known, False
            if visitor is None or (claims is not None and visitors.is_somebody_else(tx, visitor, claims)):
                visitor, is_new = (
                    visitors.start_visitor(
                        tx,
                        site.id,
                        token_hash(token),
                        about=about,
                        now=now,
                        ids=ids,
                    ),
                    True,
                )
            if claims is not None:
                visitor = visitors.identify_visitor(tx, visitor, claims, now=now, ids=ids)
            return visitor, is_new

        self.principal, is_new = await parts.db.write(unit)
        self._keep_page(hello.referrer, about)
        return token if is_new else None

    async def _is_still(self, known: VisitorPrincipal | None, expired: IdentityClaims | None) -> bool:
        """Whether an identity that has expired names whom the token names anyway, as on a page left open for hours."""
        if known is None or expired is None:
            return False
        return await self.desk.parts.db.read(lambda r: conversation_access.user_id_of(r, known)) == expired.user_id

    def limit(self, cost: float = 1) -> None:
        """Visitors write at the pace of people."""
        self.desk.parts.limits.take("visitor", self.principal.visitor_id.hex, cost)
        self.desk.parts.limits.take("command_address", self.caller.address, cost)

    def write(self, client_id: str, run: Callable[[Transaction], Any]) -> None:
        """Queue one unit for a command, done once, and only while the visitor is who it was."""
        visitor, now = self.principal, self.desk.parts.clock.now()
        super().write(client_id, lambda tx: do_once(tx, visitor, client_id, run, now=now))

    def take_command(self, frame: Any) -> None:
        """What only visitors do."""
        visitor = self.principal
        now, ids = self.desk.parts.clock.now(), self.desk.parts.ids
        match frame:
            case EndConversation():
                self.write(
                    frame.client_id,
                    lambda tx: conversations.close_conversation(tx, visitor, frame.conversation_id, now=now, ids=ids),
                )
            case RateConversation():
                self.write(
                    frame.client_id,
                    lambda tx: conversations.rate_conversation(
                        tx,
                        visitor,
                        frame.conversation_id,
                        score=frame.score,
                        comment=frame.comment,
                        now=now,
                        ids=ids,
                    ),
                )
            case SetContact():
                self.write(frame.client_id, lambda tx: contacts.describe_contact(tx, visitor, frame.details))
            case ReportOrder():
                self.write(frame.client_id, lambda tx: orders.report_order(tx, visitor, frame.order, now=now, ids=ids))
            case TrackEvent():
                super().write(  # kept once by its own id
                    frame.client_id,
                    lambda tx: visitors.note_site_event(
                        tx, visitor.visitor_id, frame.client_id, frame.name, frame.data, now=now
                    ),
                )
            case ShowPage():
                self.page = frame.page
                self.desk.hub.show_page(self)
                self._keep_page(None, visitors.NOTHING_SAID)

    def _about(self, hello: Hello) -> visitors.About:
        name, system, device = describe_user_agent(self.caller.user_agent)
        return visitors.About(Browser(name, system, device), hello.language, hello.time_zone)

    def _keep_page(self, referrer: str | None, about: visitors.About) -> None:
        page, visitor_id = self.page, self.principal.visitor_id
        if page is None:
            return
        parts = self.desk.parts
        view = visitors.PageView(visitor_id, page, referrer, about, parts.clock.now(), parts.ids)
        parts.db.submit(visitors.note_pages, view, _measured, is_loose=True, is_urgent=False)


def _measured(_: None, error: BaseException | None) -> None:
    """Nobody waits for a measurement; what there was no room for is lost, and the writer logs what failed."""


class OperatorSession(Session):
    """A console's connection."""

    decoder = msgspec.json.Decoder(OperatorFrame)
    frames_rate = "operator_frames"
    kind = "operator"
    principal: OperatorPrincipal
    _api_token: str | None = None

    async def sign_in(self, hello: Hello) -> str | None:
        """By API token, or by the session's cookie if the page that connects is our own."""
        parts = self.desk.parts
        if hello.token is not None:
            self._api_token = hello.token
            self.principal = await principal_of_api_token(parts, hello.token)
            return None
        origin = host_of(self.caller.origin)
        if not self.caller.is_trusted and (
            not origin or origin not in {parts.config.public_host, self.caller.host.lower()}
        ):
            raise NotAllowed("this connection came from another site's page")
        self.principal = await principal_of_session(parts, self.caller.cookie)
        return None

    def confirm(self, reader: Reader) -> OperatorPrincipal:
        """Look once more: who was disabled, or lost the role, after `sign_in` looked, was told nothing here."""
        if self._api_token is not None:
            return api_token_in(reader, self.desk.parts, self._api_token)[0]
        return session_in(reader, self.desk.parts, self.caller.cookie)[0]

    def recheck(self) -> None:
        """See whether the session or token still counts, and with which role."""
        self.checked_at = self.desk.parts.clock.monotonic()
        self.desk.spawn(self._recheck())

    async def _recheck(self) -> None:
        parts = self.desk.parts
        try:
            if self._api_token is not None:
                self.principal = await principal_of_api_token(parts, self._api_token)
            else:
                self.principal = await principal_of_session(parts, self.caller.cookie)
        except SignInRequired:
            self.end(CLOSE_SIGN_IN)
        except Exception as error:
            if not isinstance(error, Busy):
                _log.exception("whether an operator may still be here could not be looked up; it is tried again")
            self.checked_at = -math.inf  # at the next sweep again

    def limit(self, cost: float = 1) -> None:
        """Operators may be quick."""
        self.desk.parts.limits.take("operator", str(self.principal.operator_id), cost)


def check_origin(origin: str | None, host: str, site: Site) -> None:
    """Refuse a page whose origin the site does not allow. An empty list allows all; our own chat page is always
    allowed.
    """
    allowed = site.settings.allowed_origins
    if not allowed or origin is None or host_of(origin) == host.lower() != "":
        return
    if not origin_allowed(origin, allowed):
        raise NotAllowed(f"the origin {origin[:200]} is not among those allowed for this site", field="origin")
