"""Cart, checkout and the page after it, which reports the order to klepet."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency

from klepet.demo import cart as carts
from klepet.demo.catalog import DELIVERIES
from klepet.demo.forms import COUNTRIES, Filled, check_checkout, parse_form
from klepet.demo.pages import Call
from klepet.demo.session import Order, Session
from klepet.demo.shopfront import AnyRequest, Shopfront, wants_json
from klepet.demo.words import SHOP


@get("/cart")
async def cart(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show the cart."""
    bill = carts.bill_for(shopfront.session_of(request).cart)
    return shopfront.show(request, "cart.html", bill=bill, most=carts.MOST_OF_ONE)


@post("/cart/items")
async def add_to_cart(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Put more of a product into the cart."""
    form = parse_form(await request.body())
    product = carts.known_product(form.get("sku", ""))
    quantity = carts.parse_quantity(form.get("quantity", "1"))
    session = shopfront.session_of(request)
    session = msgspec.structs.replace(session, cart=carts.add(session.cart, product, quantity))
    if wants_json(request):
        facts = {"pieces": sum(session.cart.values()), "sku": product.sku, "quantity": quantity, "message": SHOP.added}
        return shopfront.tell(request, facts, session)
    return shopfront.send_to(request, "/cart", session)


@post("/cart/change")
async def change_cart(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Set the quantity of a product in the cart, or take it out."""
    form = parse_form(await request.body())
    product = carts.known_product(form.get("sku", ""))
    session = shopfront.session_of(request)
    if "remove" in form:
        kept = carts.remove(session.cart, product)
    else:
        kept = carts.change(session.cart, product, carts.parse_quantity(form.get("quantity", "")))
    return shopfront.send_to(request, "/cart", msgspec.structs.replace(session, cart=kept))


def _show_checkout(request: AnyRequest, shopfront: Shopfront, session: Session, filled: Filled) -> Response[Any]:
    bill = carts.bill_for(session.cart, filled.values.get("delivery", ""))
    status = 422 if filled.errors else 200
    return shopfront.show(
        request, "checkout.html", status=status, bill=bill, filled=filled, countries=COUNTRIES, deliveries=DELIVERIES
    )


@get("/checkout")
async def checkout(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Show the checkout, with what is known of a customer who has signed in."""
    session = shopfront.session_of(request)
    known = {"name": session.customer.name, "email": session.customer.email} if session.customer else {}
    return _show_checkout(request, shopfront, session, Filled(known))


@post("/checkout")
async def place_order(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Turn the cart into an order."""
    session = shopfront.session_of(request)
    if not carts.bill_for(session.cart).lines:
        return shopfront.send_to(request, "/checkout", session)
    filled = check_checkout(parse_form(await request.body()))
    if filled.errors:
        return _show_checkout(request, shopfront, session, filled)
    number = f"KF-{shopfront.config.clock():%y%m%d}-{shopfront.config.order_suffix()}"
    values = filled.values
    order = Order(number, session.cart, values["delivery"], values["name"], values["email"])
    return shopfront.send_to(request, "/order-done", msgspec.structs.replace(session, cart={}, order=order))


@get("/order-done")
async def order_done(request: AnyRequest, shopfront: NamedDependency[Shopfront]) -> Response[Any]:
    """Thank for the order and report it. A reload reports it again: the id says that it is the same one."""
    order = shopfront.session_of(request).order
    if order is None:
        return shopfront.show(request, "order_done.html", order=None)
    bill = carts.bill_for(order.cart, order.delivery)
    return shopfront.show(
        request, "order_done.html", calls=(_report(order, bill, shopfront.config.currency),), order=order, bill=bill
    )


def _report(order: Order, bill: carts.Bill, currency: str) -> Call:
    items = [
        {
            "sku": line.product.sku,
            "name": line.product.name,
            "quantity": line.quantity,
            "price": str(line.product.price),
        }
        for line in bill.lines
    ]
    return ["order", {"id": order.number, "value": str(bill.total), "currency": currency, "items": items}]


HANDLERS = (cart, add_to_cart, change_cart, checkout, place_order, order_done)
