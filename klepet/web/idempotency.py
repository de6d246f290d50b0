"""Requests that are done once however often they are sent: the header `Idempotency-Key`.

The answer is stored in the unit of the change itself, and given again for a day to the same principal and key. Answers
with a secret that klepet stores only hashed are not kept: repeating such a request is refused.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import MediaType, Request, Response
from litestar.params import HeaderParameter
from msgspec import Struct

from klepet.actions import bookkeeping
from klepet.model.errors import Conflict
from klepet.model.ports import Database, Transaction
from klepet.model.principals import VisitorPrincipal
from klepet.model.records import Answer

T = TypeVar("T")

_KEY_PATTERN = "^[A-Za-z0-9_-]{8,64}$"
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        pattern=_KEY_PATTERN,
        description="8 to 64 letters, digits, _ and -. The same key within a day: the same answer, done once.",
    ),
]


class Once(Struct, frozen=True):
    """The key of a request, if it has one, whose it is, and a hash of what it asks."""

    principal: str
    key: str | None
    request_hash: bytes


async def provide_once(request: Request[Any, Any, Any], idempotency_key: IdempotencyKey = None) -> Once:
    """Dependency `once`."""
    if idempotency_key is None:
        return Once("", None, b"")
    user = request.user
    principal = f"visitor:{user.visitor_id}" if isinstance(user, VisitorPrincipal) else f"operator:{user.operator_id}"
    asked = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode())
    asked.update(request.scope["query_string"] + b"\n")
    asked.update(await request.body())
    return Once(principal, idempotency_key, asked.digest())


async def write_once(
    db: Database,
    once: Once,
    run: Callable[[Transaction], T],
    *,
    now: datetime,
    status: int = 201,
    is_secret: bool = False,
) -> Response[T]:
    """Run one unit and answer what it returned, or the stored answer of the same key."""

    def unit(tx: Transaction) -> Answer:
        if once.key is None:
            return Answer(once.request_hash, status, _encode(run(tx)))
        earlier = bookkeeping.find_answer(tx, once.principal, once.key, now=now)
        if earlier is not None:
            return _repeat(earlier, once)
        answer = Answer(once.request_hash, status, _encode(run(tx)))
        kept = Answer(once.request_hash, status, "") if is_secret else answer
        bookkeeping.remember_answer(tx, once.principal, once.key, kept, now=now)
        return answer

    found = await db.write(unit)
    content: Any = found.body.encode()
    return Response(content, status_code=found.status, media_type=MediaType.JSON)


def _repeat(earlier: Answer, once: Once) -> Answer:
    if earlier.request_hash != once.request_hash:
        raise Conflict("this key was used for another request", field="Idempotency-Key")
    if not earlier.body:
        raise Conflict("this was done already, and its secret is shown only once", field="Idempotency-Key")
    return earlier


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()
