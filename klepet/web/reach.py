"""`/w/reach`: how a request arrived here, told to whoever sent it, and a mark by which klepet knows itself.

The mark is made of the asker's nonce with what only those know who have the database: so `klepet doctor` can tell
whether the public address leads to this installation, and nobody learns anything from it.
"""

import hashlib
import hmac
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from klepet.access import health as access
from klepet.kit.proxies import is_trusted
from klepet.web.config import address_of, parts_of

PATH = "/w/reach"
Nonce = Annotated[str, QueryParameter(name="nonce", min_length=16, max_length=64)]


class Forwarding(Struct, frozen=True):
    """Whether a request named for whom it was forwarded, and whether its sender is among the trusted proxies."""

    is_forwarded: bool
    is_proxy_trusted: bool


class Reach(Struct, frozen=True):
    """What is answered."""

    mark: str
    forwarding: Forwarding


def mark_of(epoch: str, nonce: str) -> str:
    """The mark of an installation for a nonce."""
    return hmac.digest(epoch.encode(), b"klepet reach " + nonce.encode(), hashlib.sha256).hex()[:32]


def forwarding_of(request: Request[Any, Any, Any]) -> Forwarding:
    """How a request arrived."""
    peer = request.client.host if request.client else ""
    trusted = parts_of(request).config.trusted_proxies
    return Forwarding("x-forwarded-for" in request.headers, is_trusted(peer, trusted))


@get(PATH, include_in_schema=False)
async def get_reach(request: Request[Any, Any, Any], nonce: Nonce) -> Response[bytes]:
    """Answer with the mark."""
    parts = parts_of(request)
    parts.limits.take("tag_address", address_of(request))
    epoch = await parts.db.read(access.epoch)
    body = msgspec.json.encode(Reach(mark_of(epoch, nonce), forwarding_of(request)))
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(body, media_type="application/json", headers=headers)
