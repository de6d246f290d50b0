"""Puts the shop together: one ASGI application for an origin of its own."""

import logging
from typing import Any

from litestar import Litestar, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException

from klepet.demo import buying, rooms, shelves, signing_in
from klepet.demo.config import ShopConfig
from klepet.demo.errors import ShopError
from klepet.demo.shopfront import AnyRequest, Shopfront, wants_json
from klepet.demo.words import ERRORS, NOT_FOUND

MOST_BODY_BYTES = 16 * 1024

logger = logging.getLogger(__name__)


def create_shop(config: ShopConfig) -> Litestar:
    """Build the demo shop."""
    shopfront = Shopfront(config)

    def refuse(request: AnyRequest, error: Exception) -> Response[Any]:
        known = _explain(request, error)
        if wants_json(request):
            return Response({"error": {"code": known.code, "message": known.message}}, status_code=known.status)
        return shopfront.show(
            request, "error.html", status=known.status, message=known.message, missing=known.code == "not_found"
        )

    def provide_shopfront() -> Shopfront:
        return shopfront

    return Litestar(
        route_handlers=[*shelves.HANDLERS, *buying.HANDLERS, *signing_in.HANDLERS, *rooms.HANDLERS],
        dependencies={"shopfront": Provide(provide_shopfront, sync_to_thread=False)},
        exception_handlers={Exception: refuse},
        request_max_body_size=MOST_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )


def _explain(request: AnyRequest, error: Exception) -> ShopError:
    if isinstance(error, ShopError):
        return error
    if isinstance(error, HTTPException) and error.status_code < 500:
        if error.status_code == 404:
            return ShopError(404, "not_found", NOT_FOUND.line)
        return ShopError(error.status_code, "refused", ERRORS.refused)
    logger.error("The demo shop failed on %s.", request.url.path, exc_info=error)
    return ShopError(500, "broken", ERRORS.broken)
