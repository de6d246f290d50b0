"""Requests of the REST interface: bodies are JSON, and whatever else they are is refused in the one error shape."""

from typing import Any

import msgspec
from litestar import Request, Response

from klepet.model.errors import Invalid
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal

BODY_BYTES = 256 * 1024


class ApiRequest(Request[Any, Any, Any]):
    """A request whose body is decoded strictly."""

    async def json(self) -> Any:
        """The decoded body. Raises Invalid."""
        kind, _ = self.content_type
        if kind and kind != "application/json":
            raise Invalid("the body must be JSON, with 'Content-Type: application/json'", field="Content-Type")
        body = await self.body()
        if not body:
            raise Invalid("the body is empty; it must be a JSON object")
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid(f"the body is no JSON: {str(error)[:200]}") from None


def provide_operator(request: Request[Any, Any, Any]) -> OperatorPrincipal:
    """Dependency `operator`: whom the guard found."""
    operator: OperatorPrincipal = request.user
    return operator


def provide_visitor(request: Request[Any, Any, Any]) -> VisitorPrincipal:
    """Dependency `visitor`: whom the guard found."""
    visitor: VisitorPrincipal = request.user
    return visitor


def no_store(response: Response[Any]) -> Response[Any]:
    """Let nobody keep an answer: it belongs to whoever asked, now."""
    response.headers.setdefault("cache-control", "no-store")
    response.headers.setdefault("x-content-type-options", "nosniff")
    return response
