"""The one shape of refusal over HTTP: `{"error": {...}}`, whatever went wrong and wherever."""

import logging
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from klepet.kit.logs import REQUEST_ID
from klepet.model.errors import (
    Busy,
    Conflict,
    Gone,
    Invalid,
    KlepetError,
    NotAllowed,
    NotFound,
    Problem,
    SignInRequired,
    TooLarge,
    TooMany,
)
from klepet.web.config import parts_of
from klepet.web.decoding import invalid_of
from klepet.web.request_ids import place_of

_log = logging.getLogger("klepet.web")

_BY_STATUS: dict[int, type[KlepetError]] = {
    kind.status: kind
    for kind in (Invalid, SignInRequired, NotAllowed, NotFound, Conflict, Gone, TooLarge, TooMany, Busy)
}
_MESSAGES = {
    404: "there is nothing at this address",
    405: "this address does not take this method",
}


class Refusal(msgspec.Struct, frozen=True):
    """What every refused request is answered."""

    error: Problem


def exception_handlers() -> ExceptionHandlersMap:
    """The handlers of everything that can go wrong."""
    return {KlepetError: refuse, HTTPException: refuse_framework_error, Exception: refuse_bug}


def refuse(request: Request[Any, Any, Any], error: KlepetError) -> Response[bytes]:
    """Answer a refusal."""
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if error.problem.retry_after_seconds is not msgspec.UNSET:
        headers["retry-after"] = str(max(1, -int(-error.problem.retry_after_seconds // 1)))
    if error.status == SignInRequired.status:
        headers["www-authenticate"] = 'Bearer realm="klepet"'
    return _answer(request, error.problem, error.status, headers)


def refuse_framework_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused: unknown addresses and methods, wrong parameters and bodies."""
    if isinstance(error, ValidationException):
        return refuse(request, _invalid(error))
    status = error.status_code
    if status >= 500:
        return refuse_bug(request, error)
    headers = dict(error.headers or {}) | {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if status == 405:
        headers["allow"] = ", ".join(allowed_methods(request))
    if status == TooLarge.status:
        return _answer(request, _too_large(request).problem, status, headers)
    kind = _BY_STATUS.get(status, Invalid)
    return _answer(request, Problem(code=kind.code, message=_MESSAGES.get(status, error.detail)), status, headers)


def refuse_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a fault of klepet's own, and log it: the client learns nothing of it."""
    _log.error("%s %s failed", request.method, place_of(request.scope), exc_info=error)
    message = "klepet failed at this; its log says why"
    problem = Problem(code=KlepetError.code, message=message, request_id=REQUEST_ID.get() or msgspec.UNSET)
    return _answer(request, problem, 500, {"cache-control": "no-store"})


def _answer(request: Request[Any, Any, Any], problem: Problem, status: int, headers: dict[str, str]) -> Response[bytes]:
    parts_of(request).counts.refused["http", problem.code] += 1
    body = msgspec.json.encode(Refusal(problem))
    return Response(body, status_code=status, headers=headers, media_type=MediaType.JSON)


def _too_large(request: Request[Any, Any, Any]) -> TooLarge:
    """A body over the limit of the operation it was sent to."""
    limit = request.route_handler.resolve_request_max_body_size()
    return TooLarge(f"the body may have at most {limit} bytes", limit=limit)


def allowed_methods(request: Request[Any, Any, Any]) -> list[str]:
    """The methods that the address takes."""
    path = str(request.scope.get("path_template") or request.scope["path"])
    for route in request.app.routes:
        if route.path_format == path or route.path == path:
            return sorted(getattr(route, "methods", []))
    return []


def _invalid(error: ValidationException) -> Invalid:
    """The first thing that is wrong, named by its place: `name`, `settings.colour`, `items[0].price`."""
    extra = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    message = str(extra.get("message", error.detail))
    key = str(extra.get("key", ""))
    if key in ("", "data"):
        return invalid_of(message)
    if extra.get("source") == "header":
        key = key.replace("_", "-").title()
    return invalid_of(f"{message} - at `$.{key}`")
