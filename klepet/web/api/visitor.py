"""What the widget does, over REST, for bots and tests. The bearer is a visitor's token."""

from typing import Annotated, Any
from uuid import UUID

import anyio.to_thread
from litestar import Controller, MediaType, Request, Response, get, patch, post, put
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct, field

from klepet.access import conversations as access
from klepet.access import sites as site_access
from klepet.actions.contacts import describe_contact
from klepet.actions.conversations import close_conversation, rate_conversation
from klepet.actions.messages import Draft, send_message
from klepet.actions.orders import report_order
from klepet.actions.visitors import About, identify_visitor, start_visitor
from klepet.kit.origins import origin_allowed
from klepet.kit.texts import Texts, negotiate
from klepet.kit.tokens import IdentityClaims, IdentityError, new_token, token_hash, verify_identity
from klepet.model.errors import Invalid, NotAllowed, SignInRequired
from klepet.model.frames import VisitorState
from klepet.model.limits import (
    EMAIL_CHARS,
    NAME_CHARS,
    ORDER_ITEMS_MAX,
    PHONE_CHARS,
    Attributes,
    ClientId,
    Comment,
    Currency,
    IdentityToken,
    Language,
    Money,
    Name,
    Score,
    SiteKey,
    Text,
)
from klepet.model.ports import Clock, Database, Ids, Transaction
from klepet.model.principals import VisitorPrincipal
from klepet.model.views import (
    Contact,
    ContactDetails,
    Message,
    Order,
    OrderItem,
    OrderReport,
    Site,
    VisitorConversation,
)
from klepet.model.words import MessageKind
from klepet.web.api.conversations import MessagePage, SeqParameter, clean_message, message_page
from klepet.web.auth import TOKEN_CHARS, Connection
from klepet.web.config import Limits, Needs, WebConfig, address_of, parts_of
from klepet.web.idempotency import Once, write_once
from klepet.web.pages import PAGE_DEFAULT, PageLimit
from klepet.web.transcripts import render_transcript, zone_of

_SLICE = 500
_SLICES = 40


class VisitorSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A site by the key in its tag, and the site's signed statement of who the visitor is."""

    site: SiteKey
    identity: IdentityToken | None = None
    language: Language | None = None


class VisitorSession(Struct, frozen=True):
    """The token of a new visitor: the bearer of all other operations."""

    token: str
    visitor_id: UUID


class VisitorMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A message. Without a conversation it goes into the visitor's open one, or opens one."""

    client_id: ClientId
    text: Text
    conversation_id: UUID | None = None


class Rating(Struct, frozen=True, forbid_unknown_fields=True):
    """How it was, from 1 (bad) to 5 (good)."""

    score: Score
    comment: Comment = ""


class VisitorDetails(Struct, frozen=True, forbid_unknown_fields=True):
    """What the visitor says of itself, unsigned. Attributes are merged; null removes one."""

    name: Annotated[str, Meta(max_length=NAME_CHARS)] | None = None
    email: Annotated[str, Meta(max_length=EMAIL_CHARS)] | None = None
    phone: Annotated[str, Meta(max_length=PHONE_CHARS)] | None = None
    attributes: Attributes = field(default_factory=dict)


class VisitorOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """An order as the page reports it."""

    id: Name
    value: Money
    currency: Currency
    items: Annotated[list[OrderItem], Meta(max_length=ORDER_ITEMS_MAX)] = field(default_factory=list)


async def require_visitor(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: the bearer must be a visitor's token. From where it comes was asked when it was given out."""
    parts = parts_of(connection)
    parts.limits.take("visitor_address", address_of(connection))
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token.strip()) <= TOKEN_CHARS:
        raise SignInRequired("the Authorization header takes 'Bearer' and a visitor's token")
    hashed = token_hash(token.strip())
    principal = await parts.db.read(lambda r: access.visitor_of_token(r, hashed))
    if principal is None:
        raise SignInRequired("this visitor's token is unknown or was erased")
    parts.limits.take("visitor", principal.visitor_id.hex)
    connection.scope["user"] = principal


class VisitorController(Controller):
    """The visitor's side."""

    path = "/visitor"
    tags = ("visitor",)

    @post("/session", operation_id="start_visitor_session")
    async def start_session(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[VisitorSignIn],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        limits: Needs[Limits],
    ) -> VisitorSession:
        """Become a visitor of a site; with `identity` the customer whom the site's server named."""
        limits.take("visitor_address", address_of(request))
        token, now = new_token(), clock.now()
        site = await db.read(lambda r: site_access.public_site(r, data.site))
        check_site_origin(request, site)
        claims: IdentityClaims | None = None
        if data.identity is not None:
            secrets = await db.read(lambda r: site_access.identity_secrets(r, site.id))
            try:
                claims = verify_identity(data.identity, secrets, now)
            except IdentityError as error:
                raise Invalid(f"{error.reason}: {error}", field="identity") from None
        limits.take("new_visitor_address", address_of(request))

        def unit(tx: Transaction) -> VisitorSession:
            visitor = start_visitor(
                tx, site.id, token_hash(token), about=About(language=data.language), now=now, ids=ids
            )
            if claims is not None:
                visitor = identify_visitor(tx, visitor, claims, now=now, ids=ids)
            return VisitorSession(token=token, visitor_id=visitor.visitor_id)

        return await db.write(unit)

    @get("/state", operation_id="get_visitor_state", guards=[require_visitor])
    async def get_state(self, visitor: Needs[VisitorPrincipal], db: Needs[Database]) -> VisitorState:
        """Give the newest conversations, the last messages of the newest one, and who wrote in them."""
        return await db.read(lambda r: access.visitor_state_for(r, visitor))

    @post("/messages", operation_id="send_visitor_message", guards=[require_visitor])
    async def send_message(
        self,
        visitor: Needs[VisitorPrincipal],
        data: JSONBody[VisitorMessage],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Message:
        """Write. The same `client_id` again is the same message. Writing into a closed conversation reopens it."""
        draft = Draft(
            principal=visitor,
            client_id=data.client_id,
            text=clean_message(data.text),
            conversation_id=data.conversation_id,
            kind=MessageKind.TEXT,
            now=clock.now(),
            ids=ids,
        )
        return await db.write(lambda tx: send_message(tx, draft))

    @get(
        "/conversations/{conversation_id:uuid}/messages", operation_id="list_visitor_messages", guards=[require_visitor]
    )
    async def list_messages(
        self,
        visitor: Needs[VisitorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        before: SeqParameter = None,
        after: SeqParameter = None,
        limit: PageLimit = PAGE_DEFAULT,
    ) -> MessagePage:
        """List messages in their order: the newest, the newest before a `seq`, or the oldest after one."""
        if before is not None and after is not None:
            raise Invalid("give 'before' or 'after', not both", field="after")
        found = await db.read(
            lambda r: access.messages_for(r, visitor, conversation_id, before=before, after=after, limit=limit + 1)
        )
        return message_page(found, limit, is_ascending=after is not None)

    @post(
        "/conversations/{conversation_id:uuid}/closure",
        operation_id="end_visitor_conversation",
        status_code=200,
        guards=[require_visitor],
    )
    async def end_conversation(
        self,
        visitor: Needs[VisitorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> VisitorConversation:
        """End the conversation. An ended one stays as it is."""
        now = clock.now()

        def unit(tx: Transaction) -> VisitorConversation:
            close_conversation(tx, visitor, conversation_id, now=now, ids=ids)
            return access.visitor_conversation_for(tx, visitor, conversation_id)

        return await db.write(unit)

    @put(
        "/conversations/{conversation_id:uuid}/rating",
        operation_id="rate_visitor_conversation",
        guards=[require_visitor],
    )
    async def rate_conversation(
        self,
        visitor: Needs[VisitorPrincipal],
        conversation_id: FromPath[UUID],
        data: JSONBody[Rating],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> VisitorConversation:
        """Rate the conversation. A second rating replaces the first."""
        now = clock.now()

        def unit(tx: Transaction) -> VisitorConversation:
            rate_conversation(tx, visitor, conversation_id, score=data.score, comment=data.comment, now=now, ids=ids)
            return access.visitor_conversation_for(tx, visitor, conversation_id)

        return await db.write(unit)

    @get(
        "/conversations/{conversation_id:uuid}/transcript",
        operation_id="get_visitor_transcript",
        guards=[require_visitor],
    )
    async def get_transcript(
        self,
        request: Request[Any, Any, Any],
        visitor: Needs[VisitorPrincipal],
        conversation_id: FromPath[UUID],
        db: Needs[Database],
        config: Needs[WebConfig],
    ) -> Response[bytes]:
        """Give the visitor's own transcript as text, in the language that `Accept-Language` asks for."""
        wanted = request.headers.get("accept-language")
        return await transcript_response(db, visitor, conversation_id, negotiate(wanted, config.languages))

    @patch("/contact", operation_id="describe_visitor_contact", guards=[require_visitor])
    async def describe_contact(
        self, visitor: Needs[VisitorPrincipal], data: JSONBody[VisitorDetails], db: Needs[Database]
    ) -> Contact:
        """Say who the visitor is, unsigned. Refused where the site takes signed statements only."""
        details = ContactDetails(name=data.name, email=data.email, phone=data.phone, attributes=data.attributes)
        return await db.write(lambda tx: describe_contact(tx, visitor, details))

    @post("/orders", operation_id="report_visitor_order", guards=[require_visitor])
    async def report_order(
        self,
        visitor: Needs[VisitorPrincipal],
        data: JSONBody[VisitorOrder],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        once: Needs[Once],
    ) -> Response[Order]:
        """Report an order of the visitor. The same order id twice is one order."""
        now = clock.now()
        report = OrderReport(id=data.id, value=data.value, currency=data.currency, items=data.items)
        return await write_once(db, once, lambda tx: report_order(tx, visitor, report, now=now, ids=ids), now=now)


def check_site_origin(connection: Connection, site: Site) -> None:
    """Refuse a page that the site does not name. Programs send no Origin, and prove nothing by one either."""
    origin = connection.headers.get("origin")
    allowed = site.settings.allowed_origins
    if origin is not None and allowed and not origin_allowed(origin, allowed):
        raise NotAllowed("this site does not allow this origin", field="Origin")


async def transcript_response(
    db: Database, visitor: VisitorPrincipal, conversation_id: UUID, language: str
) -> Response[bytes]:
    """A visitor's own transcript as a text file. Raises NotFound."""
    messages: list[Message] = []
    for _ in range(_SLICES):
        last = messages[-1].seq if messages else 0
        found = await db.read(
            lambda r, last=last: access.messages_for(r, visitor, conversation_id, after=last, limit=_SLICE)  # type: ignore[misc]
        )
        messages += found
        if len(found) < _SLICE:
            break
    state = await db.read(lambda r: access.visitor_state_for(r, visitor))
    names = {operator.id: operator.name for operator in state.operators}
    texts = Texts(language, ("widget",))
    who = state.contact.name or texts.text("author.you")
    text = await anyio.to_thread.run_sync(render_transcript, messages, names, who, texts, zone_of(None))
    headers = {"content-disposition": 'attachment; filename="transcript.txt"'}
    return Response(text.encode(), media_type=MediaType.TEXT, headers=headers)
