"""Searching in all messages."""

from litestar import Controller, get
from msgspec import Struct

from klepet.access import search as access
from klepet.model.ports import Database
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Contact, Conversation, Message
from klepet.web.auth import require_operator
from klepet.web.config import Needs
from klepet.web.pages import PAGE_DEFAULT, Cursor, PageLimit, SearchText, encode_cursor, number_of_cursor


class SearchHit(Struct, frozen=True):
    """A message that was found, and where."""

    message: Message
    conversation: Conversation
    contact: Contact


class SearchPage(Struct, frozen=True):
    """What was found, newest first."""

    items: list[SearchHit]
    next_cursor: str | None


class SearchController(Controller):
    """Search."""

    path = "/search"
    tags = ("conversations",)
    guards = (require_operator,)

    @get("/", operation_id="search")
    async def search(
        self,
        operator: Needs[OperatorPrincipal],
        db: Needs[Database],
        q: SearchText = "",
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> SearchPage:
        """Find messages in which every word stands, whatever its case and marks; the last one may be its beginning."""
        before = number_of_cursor(cursor)
        found = await db.read(lambda r: access.hits_for(r, operator, q, before=before, limit=limit + 1))
        shown = found[:limit]
        items = [SearchHit(hit.message, hit.conversation, hit.contact) for hit in shown]
        return SearchPage(items, encode_cursor(shown[-1].position) if len(found) > limit else None)
