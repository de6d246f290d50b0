"""The demo shop's pure parts: what is sold, what it costs, what fits into its cookie, what it says."""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import klepet.demo
from klepet.demo import words
from klepet.demo.cart import bill_for, money
from klepet.demo.catalog import CATEGORIES, DELIVERIES, PRODUCTS
from klepet.demo.session import COOKIE, Customer, Order, Session, SessionCodec


def test_prices_add_up_and_delivery_is_free_from_its_limit() -> None:
    small = bill_for({"KF-204": 1, "KF-501": 2}, "courier")
    limit = bill_for({"KF-203": 1, "KF-204": 1, "KF-501": 1}, "locker")
    bike = bill_for({"KF-201": 2}, "bike")

    assert (small.goods, small.shipping, small.total) == (Decimal("29.20"), Decimal("4.90"), Decimal("34.10"))
    assert (small.missing_for_free, small.count) == (Decimal("30.80"), 3)
    assert (limit.goods, limit.shipping, limit.missing_for_free) == (Decimal("51.80"), Decimal(0), Decimal(0))
    assert (bike.shipping, bike.missing_for_free) == (Decimal("6.50"), None)
    assert money(Decimal("1234.5"), "EUR") == "€1,234.50"
    assert money(Decimal("5"), "CHF") == "CHF\N{NO-BREAK SPACE}5.00"


def test_the_fullest_session_fits_a_cookie() -> None:
    cart = {product.sku: 99 for product in PRODUCTS}
    name, mail = "語" * 80, "語" * 120
    full = Session(
        cart,
        Customer("guest-0123456789ab", name, mail),
        "office",
        Order("KF-260314-ABC123", cart, "courier", name, mail),
    )

    assert len(SessionCodec("secret").encode(full)) + len(COOKIE) < 4000


def test_every_product_has_a_picture_and_a_known_shelf() -> None:
    art = {path.stem for path in (Path(klepet.demo.__file__).parent / "art").glob("*.svg")}

    assert {product.art for product in PRODUCTS} <= art
    assert {product.category for product in PRODUCTS} == {category.slug for category in CATEGORIES}
    assert len({product.sku for product in PRODUCTS}) == len({product.slug for product in PRODUCTS}) == len(PRODUCTS)
    assert all(product.price == product.price.quantize(Decimal("0.01")) for product in PRODUCTS)
    assert len({delivery.code for delivery in DELIVERIES}) == len(DELIVERIES)


def test_every_word_is_said_somewhere() -> None:
    root = Path(klepet.demo.__file__).parent
    sources = [*root.glob("templates/*.html"), *(path for path in root.glob("*.py") if path.name != "words.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    groups = {name: group for name, group in vars(words).items() if isinstance(group, SimpleNamespace)}

    assert groups
    unsaid = [f"{n}.{k}" for n, group in groups.items() for k in vars(group) if not re.search(rf"\b{n}\.{k}\b", text)]
    assert unsaid == []
