"""Signing in and out. In a demo anybody may be anybody; what follows is what a real shop does too."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency

from klepet.demo.customers import CUSTOMERS, customer_by_id
from klepet.demo.errors import ShopError
from klepet.demo.forms import Filled, check_sign_in, customer_named, parse_form
from klepet.demo.session import Session
from klepet.demo.shopfront import AnyRequest, Shopfront
from klepet.demo.words import ERRORS


@get("/sign-in")
async def sign_in_page(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show whom one can be."""
    return shopfront.show(request, "sign_in.html", customers=CUSTOMERS, filled=Filled())


@post("/sign-in")
async def sign_in(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Become one of the demo customers, or oneself. From here on every page identifies the customer to klepet."""
    form = parse_form(await request.body())
    if "customer" in form:
        if (customer := customer_by_id(form["customer"])) is None:
            raise ShopError(400, "unknown_customer", ERRORS.unknown_customer)
    else:
        filled = check_sign_in(form)
        if filled.errors:
            return shopfront.show(request, "sign_in.html", status=422, customers=CUSTOMERS, filled=filled)
        customer = customer_named(filled.values["name"], filled.values["email"])
    session = msgspec.structs.replace(shopfront.session_of(request), customer=customer)
    return shopfront.send_to(request, "/", session)


@post("/sign-out")
async def sign_out(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Forget the customer with all that is theirs; the cart stays in the browser."""
    return shopfront.send_to(request, "/signed-out", Session(cart=shopfront.session_of(request).cart))


@get("/signed-out")
async def signed_out(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Tell klepet to forget the customer, unless somebody has signed in since (the back button)."""
    session = shopfront.session_of(request)
    if session.customer:
        return shopfront.send_to(request, "/", session)
    return shopfront.show(request, "signed_out.html", calls=(["reset"],))


HANDLERS = (sign_in_page, sign_in, sign_out, signed_out)
