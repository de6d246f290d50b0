"""Looking around: home, shelves, products, search, subscription, help, and the files that pages need."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from klepet.demo import catalog
from klepet.demo.errors import ShopError
from klepet.demo.forms import parse_form
from klepet.demo.shopfront import AnyRequest, Shopfront
from klepet.demo.words import ERRORS, SHOP

MOST_QUERY = 100


@get("/")
async def home(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show the front page."""
    favourites = [catalog.product_by_sku(sku) for sku in catalog.HOME_SKUS]
    return shopfront.show(request, "home.html", favourites=favourites, cheapest=min(p.price for p in catalog.PLANS))


@get("/shop/{slug:str}")
async def category(request: AnyRequest, shopfront: NamedDependency[Shopfront], slug: FromPath[str]) -> Response[Any]:
    """Show one shelf."""
    if (found := catalog.category_by_slug(slug)) is None:
        raise NotFoundException
    return shopfront.show(request, "category.html", category=found, products=catalog.products_in(slug))


@get("/product/{slug:str}")
async def product(request: AnyRequest, shopfront: NamedDependency[Shopfront], slug: FromPath[str]) -> Response[Any]:
    """Show one product."""
    if (found := catalog.product_by_slug(slug)) is None:
        raise NotFoundException
    return shopfront.show(
        request,
        "product.html",
        product=found,
        category=catalog.category_by_slug(found.category),
        related=catalog.products_like(found, SHOP.related_count),
    )


@get("/search")
async def search(request: AnyRequest, shopfront: NamedDependency[Shopfront], q: FromQuery[str] = "") -> Response[Any]:
    """Show what contains the words asked for."""
    query = q.strip()[:MOST_QUERY]
    return shopfront.show(request, "search.html", query=query, products=catalog.search_products(query))


@get("/pricing")
async def pricing(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show subscriptions and ways of delivery."""
    return shopfront.show(request, "pricing.html", plans=catalog.PLANS, deliveries=catalog.DELIVERIES)


@post("/pricing")
async def choose_plan(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Remember the subscription that was chosen; pages then tell it klepet as an attribute."""
    chosen = parse_form(await request.body()).get("plan", "")
    if chosen not in {plan.code for plan in catalog.PLANS}:
        raise ShopError(400, "unknown_plan", ERRORS.unknown_plan)
    session = msgspec.structs.replace(shopfront.session_of(request), plan=chosen)
    return shopfront.send_to(request, "/pricing", session)


@get("/help")
async def help_page(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show questions, answers and the way to a person."""
    return shopfront.show(request, "help.html")


@get("/assets/{name:str}")
async def asset(shopfront: NamedDependency[Shopfront], name: FromPath[str], v: FromQuery[str] = "") -> Response[bytes]:
    """Serve a style sheet, a script or a picture."""
    if (found := shopfront.assets.read(name)) is None:
        raise NotFoundException
    content, media_type = found
    kept = "public, max-age=31536000, immutable" if shopfront.assets.is_current(name, v) else "no-cache"
    return Response(
        content, media_type=media_type, headers={"cache-control": kept, "x-content-type-options": "nosniff"}
    )


HANDLERS = (home, category, product, search, pricing, choose_plan, help_page, asset)
