"""The REST interface under /api/v1: one module per resource, and the public photos beside it."""

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from klepet.web.api.api_tokens import ApiTokensController
from klepet.web.api.contact_history import ContactHistoryController
from klepet.web.api.contacts import ContactsController
from klepet.web.api.conversations import ConversationsController
from klepet.web.api.events import EventsController
from klepet.web.api.health import HealthController
from klepet.web.api.me import MeController
from klepet.web.api.operators import OperatorsController
from klepet.web.api.privacy import PrivacyController
from klepet.web.api.search import SearchController
from klepet.web.api.session import SessionController, SetUpController
from klepet.web.api.sites import SitesController
from klepet.web.api.visitor import VisitorController
from klepet.web.api.webhooks import WebhooksController
from klepet.web.api_docs import docs_routes
from klepet.web.config import dependencies
from klepet.web.errors import exception_handlers
from klepet.web.idempotency import provide_once
from klepet.web.photos import get_photo
from klepet.web.requests import BODY_BYTES, ApiRequest, no_store, provide_operator, provide_visitor

PATH = "/api/v1"


def api_routes() -> list[ControllerRouterHandler]:
    """The route handlers for the application. They work with `Parts`, which it keeps in its state as `parts`."""
    api = Router(
        PATH,
        route_handlers=[
            SetUpController,
            SessionController,
            MeController,
            OperatorsController,
            SitesController,
            ConversationsController,
            SearchController,
            ContactsController,
            ContactHistoryController,
            ApiTokensController,
            WebhooksController,
            EventsController,
            PrivacyController,
            HealthController,
            VisitorController,
        ],
        dependencies=dependencies()
        | {
            "operator": Provide(provide_operator, sync_to_thread=False),
            "visitor": Provide(provide_visitor, sync_to_thread=False),
            "once": Provide(provide_once),
        },
        request_class=ApiRequest,
        request_max_body_size=BODY_BYTES,
        exception_handlers=exception_handlers(),
        after_request=no_store,
    )
    photos = Router("/", route_handlers=[get_photo], dependencies=dependencies())
    return [api, photos, *docs_routes(lambda: [api])]
