"""Privacy: what was erased, and how long what is kept."""

from litestar import Controller, get
from msgspec import Struct

from klepet.access import erasures as access
from klepet.actions import bookkeeping
from klepet.actions.erasure import ERASURES_KEPT
from klepet.model.ports import Database
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import Erasure
from klepet.web.auth import require_operator
from klepet.web.config import Needs, WebConfig
from klepet.web.pages import PAGE_DEFAULT, Cursor, PageLimit, encode_cursor, id_of_cursor


class ErasurePage(Struct, frozen=True):
    """Erasures, newest first."""

    items: list[Erasure]
    next_cursor: str | None


class Retention(Struct, frozen=True):
    """After how many days what is forgotten by itself. Null: it is kept until somebody erases it.

    `conversations` and `contacts` with their messages, orders and visits; `measurements` are pages opened and events of
    the site; `log` is the record of events that clients and webhooks are sent from; `deliveries` those of webhooks.
    """

    conversations: int | None
    contacts: int | None
    measurements: int | None
    log: int | None
    deliveries: int | None
    links: int | None
    sessions: int | None
    erasures: int | None


class PrivacyController(Controller):
    """Privacy."""

    path = "/"
    tags = ("privacy",)
    guards = (require_operator,)

    @get("/erasures", operation_id="list_erasures")
    async def list_erasures(
        self,
        operator: Needs[OperatorPrincipal],
        db: Needs[Database],
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> ErasurePage:
        """List what is being erased, and what was within the last year: ids and times, nothing of what it was."""
        before = id_of_cursor(cursor)
        found = await db.read(lambda r: access.erasures_for(r, operator, before=before, limit=limit + 1))
        items = found[:limit]
        return ErasurePage(items, encode_cursor(items[-1].id) if len(found) > limit else None)

    @get("/retention", operation_id="get_retention")
    async def get_retention(self, operator: Needs[OperatorPrincipal], config: Needs[WebConfig]) -> Retention:
        """Tell how long what is kept."""
        return Retention(
            conversations=None,
            contacts=None,
            measurements=config.measurements_kept.days,
            log=config.log_kept.days,
            deliveries=bookkeeping.DELIVERIES_KEPT.days,
            links=bookkeeping.LINKS_KEPT.days,
            sessions=config.session_absolute.days,
            erasures=ERASURES_KEPT.days,
        )
