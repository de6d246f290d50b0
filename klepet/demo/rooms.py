"""The test rooms: pages that are hard on a chat widget."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from klepet.demo import catalog
from klepet.demo.config import ShopConfig
from klepet.demo.guides import GUIDES, guide_by_slug
from klepet.demo.shopfront import AnyRequest, Shopfront
from klepet.demo.words import ARABIC


def strict_policy(config: ShopConfig) -> str:
    """Return the Content-Security-Policy of the strict page: what the chat may need, and nothing for its styles."""
    klepet = config.klepet_url
    socket = "ws" + klepet.removeprefix("http")  # http becomes ws, https becomes wss
    return "; ".join((
        "default-src 'none'",
        f"script-src 'self' {klepet}",
        "style-src 'self'",
        f"connect-src {klepet} {socket}",
        f"img-src 'self' data: blob: {klepet}",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ))  # fmt: skip


@get(["/spa", "/spa/{slug:str}"])
async def guides(request: AnyRequest, shopfront: NamedDependency[Shopfront], slug: FromPath[str] = "") -> Response[Any]:
    """Show the brew guides: every view is in the page, JavaScript and history.pushState change between them."""
    if slug and guide_by_slug(slug) is None:
        raise NotFoundException
    needs = {guide.slug: [catalog.product_by_sku(sku) for sku in guide.needs] for guide in GUIDES}
    return shopfront.show(request, "guides.html", guides=GUIDES, current=slug, needs=needs)


@get("/csp")
async def strict(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show the page that allows almost nothing."""
    policy = strict_policy(shopfront.config)
    return shopfront.show(request, "strict.html", headers={"content-security-policy": policy}, policy=policy)


@get("/two")
async def two(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show the page with the tags of two sites."""
    return shopfront.show(request, "two.html")


@get("/hostile")
async def hostile(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show the page whose style sheet attacks everything that is not its own."""
    return shopfront.show(request, "hostile.html", hostile_css=shopfront.assets.text("hostile.css"))


@get("/rtl")
async def right_to_left(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show the page that runs from right to left."""
    products = [catalog.product_by_sku(sku) for sku in ARABIC.names]
    return shopfront.show(request, "rtl.html", products=products)


HANDLERS = (guides, strict, two, hostile, right_to_left)
