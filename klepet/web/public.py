"""What visitors' pages ask: the tag's configuration and texts, the long-poll fallback, transcripts, the direct
chat page.
"""

import gzip
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from klepet.access import conversations as conversation_access
from klepet.access import sites as site_access
from klepet.actions import bookkeeping
from klepet.kit.colours import ground_and_ink
from klepet.kit.texts import Texts, negotiate
from klepet.kit.tokens import token_hash
from klepet.model.errors import KlepetError, NotFound, SignInRequired
from klepet.model.limits import SiteKey, Token
from klepet.model.views import Site
from klepet.realtime.hub import Hub
from klepet.web.api.visitor import transcript_response
from klepet.web.config import Parts, address_of, parts_of
from klepet.web.decoding import invalid_of
from klepet.web.poll import PollAnswer, PollCall, Polls
from klepet.web.principals import OperatorSession, VisitorSession, check_origin
from klepet.web.requests import BODY_BYTES
from klepet.web.session import Desk
from klepet.web.socket import caller_of

TEXTS_SECONDS = 300

AnyRequest = Request[Any, Any, Any]


class TagConfig(Struct, frozen=True):
    """What the tag needs to draw the launcher."""

    name: str
    label: str
    colour: str
    ink: str
    position: str
    languages: list[str]
    language: str
    is_accepting: bool
    is_signed_identity_required: bool


class TranscriptRequest(Struct, frozen=True):
    """Which of one's own conversations to save."""

    site: SiteKey
    token: Token
    conversation_id: UUID


def public_routes(desk: Desk, hub: Hub) -> list[ControllerRouterHandler]:
    """The handlers, over one desk."""
    return [*_tag_routes(hub), *_poll_routes(desk), save_transcript, get_chat_page]


def _tag_routes(hub: Hub) -> list[ControllerRouterHandler]:
    @get("/w/{key:str}/config", include_in_schema=False)
    async def get_config(request: AnyRequest, key: FromPath[str], p: str = "") -> Response[bytes]:
        """Answer the tag, and note from where it asked."""
        parts = parts_of(request)
        parts.limits.take("tag_address", address_of(request))
        site = await _site(parts, key)
        origin = request.headers.get("origin")
        refused: KlepetError | None = None
        try:
            check_origin(origin, request.headers.get("host", ""), site)
        except KlepetError as error:
            refused = error
        await _note_check(parts, site, origin or "", p[:500], None if refused is None else str(refused))
        if refused is not None:
            raise refused
        languages = list(site.settings.languages) or ["en"]
        language = negotiate(request.headers.get("accept-language", ""), languages)
        ground, ink = ground_and_ink(site.settings.colour)
        config = TagConfig(
            site.name,
            Texts(language, ("widget",)).text("launcher.open"),
            ground,
            ink,
            site.settings.position.value,
            languages,
            language,
            hub.is_accepting,
            site.settings.is_signed_identity_required,
        )
        return _json(config, {"cache-control": "private, max-age=60", "vary": "accept-language, origin"})

    @get("/w/{key:str}/texts/{language:str}", include_in_schema=False)
    async def get_texts(request: AnyRequest, key: FromPath[str], language: FromPath[str]) -> Response[bytes]:
        """Answer the widget's texts in one language, with the site's own greeting. Opening the chat waits for them, so
        they travel compressed.
        """
        parts = parts_of(request)
        parts.limits.take("tag_address", address_of(request))
        site = await _site(parts, key)
        if language not in parts.config.languages:
            raise NotFound("the widget does not speak this language")
        greetings = site.settings.greeting
        first = next(iter(site.settings.languages), "en")
        greeting = greetings.get(language) or greetings.get(first) or ""
        headers = {"cache-control": f"public, max-age={TEXTS_SECONDS}", "vary": "accept-encoding"}
        answer = _json({"greeting": greeting, "texts": _widget_texts(language)}, headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            answer.content = gzip.compress(answer.content)
            answer.set_header("content-encoding", "gzip")
        return answer

    return [get_config, get_texts]


def _poll_routes(desk: Desk) -> list[ControllerRouterHandler]:
    visitor_polls = Polls(desk, VisitorSession)
    operator_polls = Polls(desk, OperatorSession)
    desk.sweepers.extend([visitor_polls.sweep, operator_polls.sweep])

    @post("/w/poll", include_in_schema=False, status_code=200, request_max_body_size=BODY_BYTES)
    async def poll_as_visitor(request: AnyRequest) -> Response[bytes]:
        """Take one call of a visitor's long-poll session."""
        return await _poll(request, visitor_polls)

    @post("/api/v1/poll", include_in_schema=False, status_code=200, request_max_body_size=BODY_BYTES)
    async def poll_as_operator(request: AnyRequest) -> Response[bytes]:
        """Take one call of a console's long-poll session."""
        return await _poll(request, operator_polls)

    return [poll_as_visitor, poll_as_operator]


@post("/w/transcript", include_in_schema=False, status_code=200, request_max_body_size=BODY_BYTES)
async def save_transcript(request: AnyRequest) -> Response[bytes]:
    """Answer a visitor's own transcript as text."""
    parts = parts_of(request)
    parts.limits.take("visitor_address", address_of(request))
    wanted = _decode(await request.body(), TranscriptRequest)
    return await _transcript(parts, wanted, request.headers.get("accept-language"))


@get("/chat/{key:str}", include_in_schema=False)
async def get_chat_page(request: AnyRequest, key: FromPath[str]) -> Response[bytes]:
    """Answer the direct chat page."""
    parts_of(request).limits.take("tag_address", address_of(request))
    site = await _site(parts_of(request), key)
    page = (resources.files("klepet") / "web" / "chat_page.html").read_text().replace("{key}", site.key)
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    headers = {"content-security-policy": policy, "x-content-type-options": "nosniff", "cache-control": "no-cache"}
    return Response(page.encode(), media_type=MediaType.HTML, headers=headers)


async def _site(parts: Parts, key: str) -> Site:
    return await parts.db.read(lambda r: site_access.public_site(r, key))


async def _note_check(parts: Parts, site: Site, origin: str, page: str, refused: str | None) -> None:
    now = parts.clock.now()
    try:
        await parts.db.write(
            lambda tx: bookkeeping.note_site_check(tx, site.id, origin[:300], page, refused_reason=refused, now=now),
            is_urgent=False,
        )
    except KlepetError:
        return  # a measurement: the tag is answered all the same


async def _poll(request: AnyRequest, polls: Polls) -> Response[bytes]:
    parts_of(request).limits.take("poll_address", address_of(request))
    call = _decode(await request.body(), PollCall)
    answer: PollAnswer = await polls.call(call, caller_of(request.scope, parts_of(request).config))
    return _json(answer, {"cache-control": "no-store"})


async def _transcript(parts: Parts, wanted: TranscriptRequest, languages: str | None) -> Response[bytes]:
    site = await _site(parts, wanted.site)
    hashed = token_hash(wanted.token)
    visitor = await parts.db.read(lambda r: conversation_access.visitor_of_token(r, hashed))
    if visitor is None or visitor.site_id != site.id:
        raise SignInRequired("this visitor's token is unknown or was erased", field="token")
    language = negotiate(languages, parts.config.languages)
    return await transcript_response(parts.db, visitor, wanted.conversation_id, language)


def _decode(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid_of(error) from None


@cache
def _widget_texts(language: str) -> msgspec.Raw:
    catalogue = (resources.files("klepet") / "texts" / language / "widget.json").read_bytes()
    return msgspec.Raw(msgspec.json.format(catalogue, indent=-1))


def _json(value: Any, headers: dict[str, str]) -> Response[bytes]:
    headers = headers | {"x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(value), media_type="application/json", headers=headers)
