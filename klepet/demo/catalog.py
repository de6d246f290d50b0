"""What Kettle & Fern sells: categories, products with prices and descriptions, ways of delivery, subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Category:
    """A shelf of the shop. `cover` names the picture that stands for it."""

    slug: str
    name: str
    line: str
    cover: str


@dataclass(frozen=True)
class Product:
    """One thing for sale. `art` is a file of `art/`, `tone` the colour of the wall behind it."""

    sku: str
    slug: str
    name: str
    category: str
    price: Decimal
    line: str
    story: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    art: str
    tone: str


@dataclass(frozen=True)
class Delivery:
    """A way to get a parcel; free from a value of goods, or never."""

    code: str
    name: str
    line: str
    price: Decimal
    free_from: Decimal | None


@dataclass(frozen=True)
class Plan:
    """A coffee subscription, by the month."""

    code: str
    name: str
    price: Decimal
    line: str
    points: tuple[str, ...]


CATEGORIES: Sequence[Category] = (
    Category("brewing", "Brewing", "Kettles, drippers and pots for one cup or a table of four.", "kettle"),
    Category("grind-and-measure", "Grind & measure", "The two tools that change a cup more than any bean.", "grinder"),
    Category("cups", "Cups", "Thrown, glazed and fired within an hour’s drive of our door.", "mug"),
    Category("tea", "Tea", "A pot, a whisk and leaves from this spring.", "teapot"),
    Category("coffee", "Coffee", "Roasted on Tuesdays, posted on Wednesdays.", "blend"),
)

PRODUCTS: Sequence[Product] = (
    Product(
        "KF-101",
        "heron-kettle",
        "Heron pour-over kettle",
        "brewing",
        Decimal("79.00"),
        "A slow, steady stream, for any stove.",
        (
            "The long neck gives you a stream no thicker than a pencil, and lets you stop it between two drops. "
            "The handle is turned from ash, so it stays cool without a cloth.",
            "Works on gas, induction and the small ring at the back that nothing else fits on. It has no thermostat "
            "on purpose: there is nothing in it that can break.",
        ),
        (
            ("Holds", "0.9 litres"),
            ("Material", "Steel, ash handle"),
            ("Hobs", "All, induction too"),
            ("Weight", "640 g"),
        ),
        "kettle",
        "butter",
    ),
    Product(
        "KF-102",
        "ridge-dripper",
        "Ridge dripper 02",
        "brewing",
        Decimal("29.90"),
        "A heavy ceramic cone that keeps its heat.",
        (
            "Twelve ridges hold the paper off the wall, so the water runs evenly and the last sip tastes like the "
            "first. Glazed inside and out: coffee oils wash off with warm water.",
            "Sits on most mugs up to 105 mm wide, and on our Tarn server.",
        ),
        (("For", "1 to 4 cups"), ("Filters", "Cone, size 02"), ("Material", "Stoneware"), ("Dishwasher", "Yes")),
        "dripper",
        "rose",
    ),
    Product(
        "KF-103",
        "quarry-press",
        "Quarry French press",
        "brewing",
        Decimal("49.90"),
        "One litre, double mesh, no sludge.",
        (
            "Two layers of fine mesh and a spring that seals all the way round. What stays at the bottom stays at the "
            "bottom.",
            "Every part can be bought on its own, the glass included. We have sold more glasses than presses, and we "
            "think that is how it should be.",
        ),
        (("Holds", "1 litre, 4 mugs"), ("Material", "Glass, steel, ash"), ("Grind", "Coarse"), ("Spare parts", "All")),
        "press",
        "sky",
    ),
    Product(
        "KF-104",
        "ember-moka",
        "Ember moka pot",
        "brewing",
        Decimal("38.00"),
        "Three small, strong cups in five minutes.",
        (
            "Eight flat sides, so that a wet hand can still open it. The valve is brass and the seal is silicone, "
            "which lasts years instead of months.",
            "Not for induction hobs without an adapter plate. Write to us and we will tell you which plate fits yours.",
        ),
        (
            ("Makes", "3 espresso cups, 150 ml"),
            ("Material", "Aluminium"),
            ("Hobs", "Gas, electric"),
            ("Dishwasher", "No"),
        ),
        "moka",
        "sage",
    ),
    Product(
        "KF-201",
        "millstone-grinder",
        "Millstone hand grinder",
        "grind-and-measure",
        Decimal("119.00"),
        "Steel burrs, two bearings, forty clicks.",
        (
            "From moka-fine to press-coarse in forty clicks that you can count. Two bearings keep the shaft straight, "
            "so the grounds come out the same size. 20 g takes about forty seconds.",
            "It comes apart without tools. Send the burrs back after ten years and we sharpen them for the postage.",
        ),
        (("Holds", "25 g"), ("Burrs", "Steel, 38 mm"), ("Settings", "40 clicks"), ("Weight", "530 g")),
        "grinder",
        "lilac",
    ),
    Product(
        "KF-202",
        "feather-scale",
        "Feather scale with timer",
        "grind-and-measure",
        Decimal("64.90"),
        "Reads a tenth of a gram, starts by itself.",
        (
            "The timer starts with the first drop. The display is bright enough for a dark kitchen at six in the "
            "morning, and it forgives a spill.",
            "Charges by USB-C and runs for a month of mornings.",
        ),
        (("Range", "0.1 g to 2 kg"), ("Battery", "30 h, USB-C"), ("Splash-proof", "Yes"), ("Size", "150 × 130 mm")),
        "scale",
        "butter",
    ),
    Product(
        "KF-203",
        "tarn-server",
        "Tarn glass server",
        "grind-and-measure",
        Decimal("34.50"),
        "600 ml with marks you can read.",
        (
            "Thin, heat-proof glass with marks at 200, 400 and 600 ml. The cork lid keeps a second cup warm while you "
            "drink the first.",
        ),
        (("Holds", "600 ml"), ("Material", "Borosilicate, cork"), ("Microwave", "Without lid"), ("Dishwasher", "Yes")),
        "server",
        "rose",
    ),
    Product(
        "KF-204",
        "paper-filters",
        "Paper filters 02, 100 pieces",
        "grind-and-measure",
        Decimal("5.40"),
        "Unbleached, folded, without a taste.",
        (
            "Made from abaca, which is stronger than wood pulp, so the paper can be thinner. Rinse once with hot "
            "water.",
            "They go on the compost together with the grounds.",
        ),
        (("Fits", "Cone drippers, size 02"), ("Pieces", "100"), ("Material", "Abaca paper"), ("Compost", "Yes")),
        "filters",
        "sky",
    ),
    Product(
        "KF-301",
        "pebble-mug",
        "Pebble mug",
        "cups",
        Decimal("18.50"),
        "Each one glazed by hand, none of them alike.",
        (
            "Raw clay below, river blue above, and a line between them that falls where it wants. The handle has room "
            "for three fingers.",
        ),
        (("Holds", "320 ml"), ("Material", "Stoneware"), ("Dishwasher", "Yes"), ("Microwave", "Yes")),
        "mug",
        "sage",
    ),
    Product(
        "KF-302",
        "twin-espresso-cups",
        "Twin espresso cups",
        "cups",
        Decimal("26.00"),
        "A pair with saucers: one red, one white.",
        (
            "Thick walls and a narrow foot: the cup stays warm and the crema stays whole. Sold in twos, because nobody "
            "should drink espresso alone.",
        ),
        (
            ("Holds", "70 ml each"),
            ("In the box", "2 cups, 2 saucers"),
            ("Material", "Porcelain"),
            ("Dishwasher", "Yes"),
        ),
        "espresso",
        "lilac",
    ),
    Product(
        "KF-303",
        "trail-tumbler",
        "Trail tumbler",
        "cups",
        Decimal("32.00"),
        "Hot for five hours, and it does not leak.",
        (
            "Steel walls with nothing between them, and a lid that clicks when it is really shut. The wooden band can "
            "be replaced when a dog finds it.",
        ),
        (
            ("Holds", "350 ml"),
            ("Keeps hot", "5 hours"),
            ("Material", "Steel, beech"),
            ("Dishwasher", "Without the band"),
        ),
        "tumbler",
        "butter",
    ),
    Product(
        "KF-401",
        "loam-teapot",
        "Loam clay teapot",
        "tea",
        Decimal("54.00"),
        "Unglazed red clay that remembers your tea.",
        (
            "The clay takes on a little of each pot. Keep it for one kind of tea and after a year it will be better "
            "than new.",
            "The strainer is part of the wall, 140 holes made one by one.",
        ),
        (("Holds", "650 ml"), ("Material", "Red clay"), ("Strainer", "Built in"), ("Dishwasher", "Please not")),
        "teapot",
        "rose",
    ),
    Product(
        "KF-402",
        "matcha-set",
        "Matcha bowl and whisk",
        "tea",
        Decimal("44.00"),
        "Everything but the tea, and we have that too.",
        (
            "A wide, dark bowl in which the green looks its best, and a whisk of eighty bamboo tines. Soak the whisk "
            "for a minute before you use it for the first time.",
        ),
        (("Bowl", "400 ml, stoneware"), ("Whisk", "Bamboo, 80 tines"), ("In the box", "Bowl, whisk, leaflet")),
        "matcha",
        "sky",
    ),
    Product(
        "KF-403",
        "spring-sencha",
        "Spring sencha, 100 g",
        "tea",
        Decimal("13.40"),
        "First leaves of the year, in a tin that closes.",
        (
            "Grassy, sweet and short to brew: sixty seconds at 75 °C. The tin has a second lid inside, so the "
            "hundredth gram is as fresh as the first.",
        ),
        (("Contents", "100 g, about 40 cups"), ("Brew", "60 s at 75 °C"), ("Best within", "12 months")),
        "sencha",
        "sage",
    ),
    Product(
        "KF-501",
        "house-blend",
        "House blend No. 4",
        "coffee",
        Decimal("11.90"),
        "Hazelnut, cocoa, and no surprises.",
        (
            "Our fourth try at a coffee for every day, and the one we stopped at. Good in a press, at home in a moka "
            "pot, forgiving in a dripper.",
            "Roasted each Tuesday. Tell us how you brew and we grind it for that, or send it whole.",
        ),
        (("Contents", "250 g"), ("Roast", "Medium"), ("From", "Brazil, Guatemala"), ("Best within", "8 weeks")),
        "blend",
        "lilac",
    ),
    Product(
        "KF-502",
        "evening-decaf",
        "Evening decaf No. 0",
        "coffee",
        Decimal("12.90"),
        "For the cup after dinner. Water process.",
        ("Decaffeinated with spring water and nothing else. Red apple, caramel, and a full night’s sleep.",),
        (("Contents", "250 g"), ("Roast", "Medium light"), ("From", "Colombia"), ("Caffeine", "Under 0.1 %")),
        "decaf",
        "butter",
    ),
)

DELIVERIES: Sequence[Delivery] = (
    Delivery("locker", "Parcel locker", "1 to 2 working days", Decimal("2.90"), Decimal("40.00")),
    Delivery("courier", "Courier to your door", "1 to 2 working days", Decimal("4.90"), Decimal("60.00")),
    Delivery("bike", "Bicycle, Ljubljana only", "The same evening, order by 14:00", Decimal("6.50"), None),
)

PLANS: Sequence[Plan] = (
    Plan(
        "solo",
        "Solo",
        Decimal("12.90"),
        "For one cup a day",
        ("250 g each month", "Ground for your brewer", "Pause whenever you like"),
    ),
    Plan(
        "home",
        "Home",
        Decimal("22.90"),
        "For two who share a pot",
        ("500 g each month", "A new origin every second bag", "Free delivery", "Pause whenever you like"),
    ),
    Plan(
        "office",
        "Office",
        Decimal("79.00"),
        "For a team of eight",
        ("2 kg each month", "Grinder on loan", "Free delivery", "One invoice, 30 days to pay"),
    ),
)

HOME_SKUS = ("KF-101", "KF-201", "KF-301", "KF-501")

_BY_SKU = {product.sku: product for product in PRODUCTS}
_BY_SLUG = {product.slug: product for product in PRODUCTS}


def product_by_sku(sku: str) -> Product | None:
    """Return the product with this number."""
    return _BY_SKU.get(sku)


def product_by_slug(slug: str) -> Product | None:
    """Return the product whose page has this address."""
    return _BY_SLUG.get(slug)


def category_by_slug(slug: str) -> Category | None:
    """Return the category whose page has this address."""
    return next((category for category in CATEGORIES if category.slug == slug), None)


def products_in(category: str) -> list[Product]:
    """Return the products of one category, in the order of the shelf."""
    return [product for product in PRODUCTS if product.category == category]


def products_like(product: Product, count: int) -> list[Product]:
    """Return what else to look at: first the same shelf, then the shelves after it."""
    start = PRODUCTS.index(product)
    others = [*PRODUCTS[start + 1 :], *PRODUCTS[:start]]
    return sorted(others, key=lambda other: other.category != product.category)[:count]


def search_products(words: str) -> list[Product]:
    """Return the products that contain every word; no word finds nothing."""
    wanted = words.casefold().split()
    if not wanted:
        return []
    return [p for p in PRODUCTS if all(word in f"{p.name} {p.line} {p.category}".casefold() for word in wanted)]
