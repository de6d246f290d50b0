"""What every handler of the shop is given: it draws pages, remembers the session and sends people on."""

from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

from klepet.demo.config import ShopConfig
from klepet.demo.pages import Assets, Call, Pages
from klepet.demo.session import COOKIE, COOKIE_SECONDS, Session, SessionCodec

AnyRequest = Request[Any, Any, Any]


def wants_json(request: AnyRequest) -> bool:
    """Tell whether the shop's own script asks, and not the browser itself."""
    return "application/json" in request.headers.get("accept", "")


class Shopfront:
    """The parts of one shop, and the three kinds of answers it gives."""

    def __init__(self, config: ShopConfig) -> None:
        self.config = config
        self.assets = Assets()
        self._pages = Pages(config, self.assets)
        self._codec = SessionCodec(config.identity_secret)

    def session_of(self, request: AnyRequest) -> Session:
        """Return what the shop remembers of this browser."""
        return self._codec.decode(request.cookies.get(COOKIE, ""))

    def show(
        self,
        request: AnyRequest,
        template: str,
        *,
        calls: tuple[Call, ...] = (),
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response[Any]:
        """Answer with a page. `calls` is what the page tells klepet."""
        page = self._pages.draw(template, self.session_of(request), request.url.path, calls, **values)
        # Pages name the customer and carry a token: no cache between the shop and the browser may keep them.
        kept = {"cache-control": "no-store", "x-content-type-options": "nosniff", **(headers or {})}
        return Response(page, media_type=MediaType.HTML, status_code=status, headers=kept)

    def send_to(self, request: AnyRequest, path: str, session: Session) -> Response[Any]:
        """Remember the session and send the browser to a page."""
        return Response(None, status_code=303, headers={"location": path}, cookies=[self._cookie(request, session)])

    def tell(self, request: AnyRequest, facts: Mapping[str, object], session: Session) -> Response[Any]:
        """Remember the session and answer the shop's own script."""
        return Response(dict(facts), status_code=200, cookies=[self._cookie(request, session)])

    def _cookie(self, request: AnyRequest, session: Session) -> Cookie:
        return Cookie(
            key=COOKIE,
            value=self._codec.encode(session),
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
