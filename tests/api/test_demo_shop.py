"""The demo shop, through HTTP in process: pages, cart, checkout, and what it tells klepet."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from litestar.testing import TestClient

from klepet.demo import ShopConfig, create_shop, words
from klepet.demo.catalog import CATEGORIES, PRODUCTS
from klepet.demo.customers import CUSTOMERS
from klepet.demo.guides import GUIDES
from klepet.demo.session import COOKIE, Customer, Session, SessionCodec

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
SECRET = "shop-secret-äöü"
KLEPET = "http://127.0.0.1:8420"
NASTY = "<script>alert(1)</script>\"'&{{7*7}}"
VOID = {"meta", "link", "img", "input", "br"}
PLAIN_PAGES = [
    "/", "/search", "/search?q=cup", "/cart", "/checkout", "/order-done", "/pricing", "/help", "/sign-in",
    "/signed-out", "/spa", "/csp", "/two", "/hostile", "/rtl",
]  # fmt: skip
PAGES = [
    *PLAIN_PAGES,
    *(f"/shop/{category.slug}" for category in CATEGORIES),
    *(f"/product/{product.slug}" for product in PRODUCTS),
    *(guide.path for guide in GUIDES),
]
ADDRESS = {
    "name": "Ana Zupan",
    "email": "ana@example.com",
    "street": "Glavni trg 1",
    "postcode": "4000",
    "city": "Kranj",
    "country": "Slovenia",
    "delivery": "courier",
}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed in order, every id is used once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert len(found) == len(attrs), f"{tag} names an attribute twice"
        if tag not in VOID:
            self.open.append(tag)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "script":
            self.scripts.append(found)
        self.addresses += [str(found[name]) for name in ("href", "src", "action") if found.get(name)]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def config() -> ShopConfig:
    return ShopConfig(
        klepet_url=KLEPET,
        site_key="site-one",
        second_site_key="site-two",
        identity_key_id="key-1",
        identity_secret=SECRET,
        clock=lambda: NOW,
        order_suffix=lambda: "ABC123",
    )


@pytest.fixture
def shop(config: ShopConfig) -> Iterator[TestClient[Any]]:
    with TestClient(create_shop(config), raise_server_exceptions=False) as client:
        yield client


def calls_of(text: str) -> list[list[Any]]:
    """Return the klepet calls that a page makes."""
    return [json.loads(f"[{line}]") for line in re.findall(r"^klepet\((.*)\);$", text, re.MULTILINE)]


def read_token(token: str) -> dict[str, Any]:
    """Check a token as klepet does and return its claims."""
    payload, signature = token.split(".")
    expected = hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)) == expected
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert isinstance(claims, dict)
    return claims


def add(shop: TestClient[Any], sku: str = "KF-101", quantity: str = "1") -> Any:
    return shop.post("/cart/items", data={"sku": sku, "quantity": quantity}, headers={"accept": "application/json"})


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_well_formed_and_carries_the_tag_once(shop: TestClient[Any], path: str) -> None:
    response = shop.get(path)
    page = Page(response.text)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    tags = [script for script in page.scripts if script.get("src") == f"{KLEPET}/w.js"]
    assert all("async" in tag for tag in tags)
    assert [tag["data-site"] for tag in tags] == (["site-one", "site-two"] if path == "/two" else ["site-one"])


def test_every_link_leads_somewhere_and_nothing_comes_from_elsewhere(shop: TestClient[Any]) -> None:
    add(shop)
    addresses = {address for path in PAGES for address in Page(shop.get(path).text).addresses}
    elsewhere = {address for address in addresses if not address.startswith(("/", "#"))}
    posts = {"/cart/items", "/cart/change", "/sign-out"}

    assert elsewhere == {f"{KLEPET}/w.js"}
    for address in sorted(addresses - elsewhere - posts):
        assert address.startswith("#") or shop.get(address).status_code == 200, address


def test_the_console_is_linked_when_it_is_known(config: ShopConfig) -> None:
    with TestClient(create_shop(replace(config, console_url="http://127.0.0.1:8420/console"))) as shop:
        assert 'href="http://127.0.0.1:8420/console"' in shop.get("/").text


def test_unknown_pages_say_so(shop: TestClient[Any]) -> None:
    for path in ("/nothing", "/product/nothing", "/shop/nothing", "/spa/nothing", "/assets/nothing.css"):
        response = shop.get(path)
        assert response.status_code == 404
        assert words.NOT_FOUND.title in response.text
        Page(response.text)


def test_assets_are_kept_for_good_only_under_their_version(shop: TestClient[Any]) -> None:
    address = next(a for a in Page(shop.get("/").text).addresses if a.startswith("/assets/shop.css"))

    assert shop.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shop.get("/assets/shop.css?v=older").headers["cache-control"] == "no-cache"
    assert shop.get("/assets/scene.svg").headers["content-type"] == "image/svg+xml"


def test_the_strict_page_has_exactly_its_policy_and_nothing_inline(shop: TestClient[Any]) -> None:
    shop.post("/sign-in", data={"customer": "c-1001"})
    response = shop.get("/csp")
    page = Page(response.text)

    assert response.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self' http://127.0.0.1:8420; style-src 'self'; "
        "connect-src http://127.0.0.1:8420 ws://127.0.0.1:8420; img-src 'self' data: blob: http://127.0.0.1:8420; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert all(script.get("src") or script.get("type") == "application/json" for script in page.scripts)
    assert " style=" not in response.text
    assert "<style" not in response.text
    block = re.search(r'id="klepet-calls">(.*?)</script>', response.text)
    assert block
    assert json.loads(block[1])[0][0] == "identify"


def test_the_policy_of_a_klepet_behind_tls_allows_secure_sockets(config: ShopConfig) -> None:
    with TestClient(create_shop(replace(config, klepet_url="https://chat.example.com"))) as shop:
        policy = shop.get("/csp").headers["content-security-policy"]
    assert "connect-src https://chat.example.com wss://chat.example.com;" in policy


def test_other_pages_have_no_policy_and_queue_their_calls(shop: TestClient[Any]) -> None:
    response = shop.get("/")

    assert "content-security-policy" not in response.headers
    assert (
        "window.klepet = window.klepet || function () { (klepet.q = klepet.q || []).push(arguments) };" in response.text
    )
    assert calls_of(response.text) == []


def test_the_cart_page_shows_what_the_bill_says(shop: TestClient[Any]) -> None:
    add(shop, "KF-302", "2")
    add(shop, "KF-204")
    text = shop.get("/cart").text

    for amount in ("€52.00", "€5.40", "€57.40"):
        assert amount in text
    assert shop.get("/").text.count(">3</span>") == 1


def test_the_script_is_answered_in_json_and_the_browser_with_a_page(shop: TestClient[Any]) -> None:
    answer = add(shop, "KF-301", "2")
    redirect = shop.post("/cart/items", data={"sku": "KF-301"}, follow_redirects=False)

    assert answer.json() == {"pieces": 2, "sku": "KF-301", "quantity": 2, "message": words.SHOP.added}
    assert (redirect.status_code, redirect.headers["location"]) == (303, "/cart")


@pytest.mark.parametrize("quantity", ["0", "100", "-1", "1.5", "", "one", "٣", "1e1", "9" * 5000, " "])
def test_a_quantity_outside_1_to_99_is_refused(shop: TestClient[Any], quantity: str) -> None:
    answer = add(shop, "KF-101", quantity)

    assert answer.status_code == 400
    assert answer.json() == {
        "error": {"code": "bad_quantity", "message": "The quantity must be a whole number from 1 to 99."}
    }
    assert COOKIE not in shop.cookies


def test_the_limit_of_one_product_counts_what_the_cart_holds(shop: TestClient[Any]) -> None:
    assert add(shop, "KF-101", "99").status_code == 200
    answer = add(shop, "KF-101", "1")

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith("your cart already holds 99.")
    assert add(shop, "KF-102", "1").json()["pieces"] == 100


def test_an_unknown_number_is_refused_by_name_in_both_forms(shop: TestClient[Any]) -> None:
    answer = add(shop, NASTY)
    page = shop.post("/cart/items", data={"sku": NASTY})

    assert answer.status_code == page.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_product"
    assert NASTY not in page.text
    assert "&lt;script&gt;" in page.text
    Page(page.text)


def test_a_cart_line_changes_and_goes(shop: TestClient[Any]) -> None:
    add(shop, "KF-101", "2")
    shop.post("/cart/change", data={"sku": "KF-101", "quantity": "5"})
    assert "€395.00" in shop.get("/cart").text
    absent = shop.post("/cart/change", data={"sku": "KF-102", "quantity": "5"})
    shop.post("/cart/change", data={"sku": "KF-101", "quantity": "", "remove": "1"})

    assert absent.status_code == 400
    assert "Ridge dripper 02 is not in your cart." in absent.text
    assert words.CART.empty in shop.get("/cart").text


def test_an_order_is_reported_with_id_value_currency_and_items(shop: TestClient[Any]) -> None:
    add(shop, "KF-204", "2")
    add(shop, "KF-501")
    done = shop.post("/checkout", data=ADDRESS)

    assert done.url.path == "/order-done"
    assert calls_of(done.text) == [
        [
            "order",
            {
                "id": "KF-260314-ABC123",
                "value": "27.60",
                "currency": "EUR",
                "items": [
                    {"sku": "KF-204", "name": "Paper filters 02, 100 pieces", "quantity": 2, "price": "5.40"},
                    {"sku": "KF-501", "name": "House blend No. 4", "quantity": 1, "price": "11.90"},
                ],
            },
        ]
    ]
    assert words.CART.empty in shop.get("/cart").text
    assert calls_of(shop.get("/order-done").text) == calls_of(done.text)
    assert shop.post("/checkout", data=ADDRESS).url.path == "/checkout"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 81), ("email", "ana"), ("email", "a@b"), ("email", "a b@example.com"),
        ("street", " "), ("postcode", "1" * 13), ("city", "\x00"), ("country", "Atlantis"), ("delivery", "pigeon"),
    ],
)  # fmt: skip
def test_a_checkout_with_a_mistake_names_the_field_and_keeps_the_rest(
    shop: TestClient[Any], field: str, value: str
) -> None:
    add(shop)
    response = shop.post("/checkout", data={**ADDRESS, field: value})

    assert response.status_code == 422
    assert f'id="e-{field}"' in response.text
    assert "Please look at 1 field marked below." in response.text
    assert ("Kranj" in response.text) == (field != "city")
    Page(response.text)


def test_what_people_type_is_escaped_everywhere(shop: TestClient[Any]) -> None:
    add(shop)
    mail = '"<script>alert(2)</script>"@example.com'
    shop.post("/sign-in", data={"name": NASTY, "email": mail})
    refused = shop.post("/checkout", data={**ADDRESS, "name": NASTY, "email": mail, "city": ""})
    done = shop.post("/checkout", data={**ADDRESS, "name": NASTY, "email": mail})
    texts = [refused.text, done.text, *(shop.get(p).text for p in ("/sign-in", "/checkout", "/csp", "/"))]
    texts.append(shop.get("/search", params={"q": NASTY}).text)
    texts.append(shop.get("/nothing/" + NASTY).text)

    assert done.url.path == "/order-done"
    for text in texts:
        Page(text)
        assert "<script>alert" not in text
        assert ">49<" not in text
    claims = read_token(calls_of(done.text)[0][1])
    assert (claims["name"], claims["email"]) == (NASTY, mail)


@pytest.mark.parametrize("customer", CUSTOMERS, ids=lambda customer: customer.user_id)
def test_signing_in_identifies_the_customer_with_a_signed_token(shop: TestClient[Any], customer: Customer) -> None:
    page = shop.post("/sign-in", data={"customer": customer.user_id})
    (command, token), *others = calls_of(page.text)
    claims = read_token(token)

    assert (page.url.path, command, others) == ("/", "identify", [])
    assert claims["kid"] == "key-1"
    assert (claims["user_id"], claims["name"], claims["email"]) == (customer.user_id, customer.name, customer.email)
    assert NOW < datetime.fromtimestamp(claims["exp"], UTC) <= NOW + timedelta(hours=24)
    assert customer.name in shop.get("/sign-in").text


def test_the_same_address_is_the_same_customer(shop: TestClient[Any]) -> None:
    def user_id(name: str, email: str) -> str:
        page = shop.post("/sign-in", data={"name": name, "email": email})
        return str(read_token(calls_of(page.text)[0][1])["user_id"])

    assert user_id("Maja", "Maja@example.com") == user_id("M. Novak", "maja@example.com")
    assert user_id("Maja", "other@example.com") != user_id("Maja", "maja@example.com")


def test_a_sign_in_that_cannot_be_is_refused(shop: TestClient[Any]) -> None:
    unknown = shop.post("/sign-in", data={"customer": "c-9999"})
    empty = shop.post("/sign-in", data={"name": "", "email": "nobody"})

    assert (unknown.status_code, empty.status_code) == (400, 422)
    assert words.ERRORS.unknown_customer in unknown.text
    assert 'id="e-name"' in empty.text
    assert 'id="e-email"' in empty.text
    assert calls_of(shop.get("/").text) == []


def test_signing_out_resets_the_chat_and_forgets_all_but_the_cart(shop: TestClient[Any]) -> None:
    add(shop)
    shop.post("/sign-in", data={"customer": "c-1001"})
    shop.post("/pricing", data={"plan": "home"})
    shop.post("/checkout", data=ADDRESS)
    add(shop, "KF-301", "3")
    page = shop.post("/sign-out")

    assert page.url.path == "/signed-out"
    assert calls_of(page.text) == [["reset"]]
    assert calls_of(shop.get("/order-done").text) == []
    assert "Pebble mug" in shop.get("/cart").text
    assert "Ana Zupan" not in shop.get("/checkout").text


def test_the_back_button_after_a_new_sign_in_does_not_reset(shop: TestClient[Any]) -> None:
    shop.post("/sign-in", data={"customer": "c-1002"})
    page = shop.get("/signed-out")

    assert page.url.path == "/"
    assert [call[0] for call in calls_of(page.text)] == ["identify"]


def test_a_chosen_plan_is_told_as_an_attribute(shop: TestClient[Any]) -> None:
    page = shop.post("/pricing", data={"plan": "office"})
    refused = shop.post("/pricing", data={"plan": "gold"})

    assert words.PRICING.thanks.format(name="Office") in page.text
    assert calls_of(page.text) == [["set", {"plan": "office"}]]
    assert refused.status_code == 400


def test_a_forged_or_broken_cookie_is_an_empty_session(shop: TestClient[Any]) -> None:
    other = SessionCodec("another secret").encode(Session(cart={"KF-101": 1}))
    good = SessionCodec(SECRET).encode(Session(cart={"KF-101": 1}))
    body, signature = good.split(".")
    assert "Heron" in shop.get("/cart", headers={"cookie": f"{COOKIE}={good}"}).text
    for cookie in ("", ".", "x.y", other, f"{body}.{signature[:-1]}0x", f"{body[:-4]}.{signature}", "é.ü"):
        response = shop.get("/cart", headers={b"cookie": f"{COOKIE}={cookie}".encode()})
        assert response.status_code == 200
        assert words.CART.empty in response.text


def test_an_identity_token_is_no_session(shop: TestClient[Any]) -> None:
    page = shop.post("/sign-in", data={"customer": "c-1001"})
    token = calls_of(page.text)[0][1]

    assert SessionCodec(SECRET).decode(token) == Session()


def test_the_cookie_is_for_the_server_alone(shop: TestClient[Any], config: ShopConfig) -> None:
    plain = add(shop).headers["set-cookie"]
    with TestClient(create_shop(config), base_url="https://shop.example.com") as secure:
        tls = add(secure).headers["set-cookie"]

    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    assert "Secure" not in plain
    assert "Secure" in tls


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe=1", b"&".join(b"a=1" for _ in range(31)), b"sku=%ff", b"{}", b""],
    ids=["utf8", "many", "percent", "json", "none"],
)
def test_a_broken_form_is_refused(shop: TestClient[Any], body: bytes) -> None:
    response = shop.post("/cart/items", content=body, headers={"content-type": "application/x-www-form-urlencoded"})

    assert response.status_code in {400, 404}
    Page(response.text)


def test_a_body_beyond_the_limit_and_a_wrong_method_are_refused(shop: TestClient[Any]) -> None:
    large = shop.post("/cart/items", content=b"sku=" + b"x" * 20_000)
    wrong = shop.put("/cart/items", headers={"accept": "application/json"})

    assert large.status_code == 413
    assert wrong.status_code == 405
    assert wrong.json() == {"error": {"code": "refused", "message": words.ERRORS.refused}}


def test_a_failure_of_the_shop_is_logged_and_told_in_words(
    config: ShopConfig, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_clock() -> datetime:
        raise RuntimeError("no time")

    with TestClient(create_shop(replace(config, clock=broken_clock)), raise_server_exceptions=False) as shop:
        add(shop)
        response = shop.post("/checkout", data=ADDRESS)

    assert response.status_code == 500
    assert words.ERRORS.broken in response.text
    assert "no time" not in response.text
    assert "The demo shop failed on /checkout." in caplog.text


def test_the_hostile_sheet_spares_the_page_and_nothing_else(shop: TestClient[Any]) -> None:
    text = shop.get("/hostile").text
    sheet = shop.get("/assets/hostile.css").text
    spared = set(re.findall(r"\.([a-z]+)", sheet.split("{")[0]))

    assert "display: none !important" in sheet
    assert "/assets/hostile.css" in text
    for name in spared:
        assert f'class="{name}' in text


def test_the_right_to_left_page_says_so(shop: TestClient[Any]) -> None:
    assert '<html lang="ar" dir="rtl">' in shop.get("/rtl").text
