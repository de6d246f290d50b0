"""The cart: quantities by product number, and what they come to. Pure; where a cart is kept is not its business."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from klepet.demo.catalog import DELIVERIES, Delivery, Product, product_by_sku
from klepet.demo.errors import ShopError
from klepet.demo.words import ERRORS

MOST_OF_ONE = 99


@dataclass(frozen=True)
class Line:
    """One product in a cart."""

    product: Product
    quantity: int

    @property
    def total(self) -> Decimal:
        """What the line costs."""
        return self.product.price * self.quantity


@dataclass(frozen=True)
class Bill:
    """What a cart comes to with one way of delivery."""

    lines: tuple[Line, ...]
    delivery: Delivery

    @property
    def goods(self) -> Decimal:
        """The value of the goods alone."""
        return sum((line.total for line in self.lines), Decimal("0.00"))

    @property
    def missing_for_free(self) -> Decimal | None:
        """How much more makes the delivery free; zero when it is, None when it never is."""
        limit = self.delivery.free_from
        return None if limit is None else max(limit - self.goods, Decimal("0.00"))

    @property
    def shipping(self) -> Decimal:
        """What the delivery costs."""
        return Decimal("0.00") if self.missing_for_free == 0 else self.delivery.price

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.goods + self.shipping

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return sum(line.quantity for line in self.lines)


def parse_quantity(text: str) -> int:
    """Read a quantity from a form; a clear refusal for anything but 1 to 99."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_OF_ONE):
        raise ShopError(400, "bad_quantity", ERRORS.bad_quantity.format(most=MOST_OF_ONE))
    return int(text)


def known_product(sku: str) -> Product:
    """Return the product with this number, or refuse by name."""
    if (product := product_by_sku(sku)) is None:
        raise ShopError(404, "unknown_product", ERRORS.unknown_product.format(sku=sku[:40]))
    return product


def add(cart: Mapping[str, int], product: Product, quantity: int) -> dict[str, int]:
    """Return the cart with more of a product; never more than 99 of one."""
    held = cart.get(product.sku, 0)
    if held + quantity > MOST_OF_ONE:
        raise ShopError(400, "too_many", ERRORS.too_many.format(most=MOST_OF_ONE, held=held))
    return {**cart, product.sku: held + quantity}


def change(cart: Mapping[str, int], product: Product, quantity: int) -> dict[str, int]:
    """Return the cart with this many of a product that is already in it."""
    if product.sku not in cart:
        raise ShopError(400, "not_in_cart", ERRORS.not_in_cart.format(name=product.name))
    return {**cart, product.sku: quantity}


def remove(cart: Mapping[str, int], product: Product) -> dict[str, int]:
    """Return the cart without a product."""
    return {sku: quantity for sku, quantity in cart.items() if sku != product.sku}


def bill_for(cart: Mapping[str, int], delivery: str = "") -> Bill:
    """Add a cart up; without a known way of delivery, with the first one."""
    found = ((product_by_sku(sku), quantity) for sku, quantity in cart.items())
    lines = tuple(Line(product, quantity) for product, quantity in found if product)
    way = next((way for way in DELIVERIES if way.code == delivery), DELIVERIES[0])
    return Bill(lines, way)


def money(amount: Decimal, currency: str) -> str:
    """Write an amount as people read it: €49.90, or CHF 49.90 where the currency has no short sign."""
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, currency + "\N{NO-BREAK SPACE}")
    return f"{sign}{amount:,.2f}"
