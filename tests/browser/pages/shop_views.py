"""Every page of the demo shop, and the widget in its states."""

import re
import time
from typing import Any

from playwright.sync_api import expect

from klepet.demo import buying, rooms, shelves, signing_in
from tests.browser.pages.album import Album
from tests.browser.pages.seed import KEY, Life
from tests.browser.pages.talk import STORY

PAGES = {
    "home": "/",
    "category": "/shop/brewing",
    "product": "/product/heron-kettle",
    "search": "/search?q=kettle",
    "search-nothing": "/search?q=xylophone",
    "pricing": "/pricing",
    "help": "/help",
    "sign-in": "/sign-in",
    "signed-out": "/signed-out",
    "cart-empty": "/cart",
    "checkout-empty": "/checkout",
    "order-none": "/order-done",
    "guides": "/spa",
    "guide": "/spa/pour-over",
    "strict": "/csp",
    "two": "/two",
    "hostile": "/hostile",
    "right-to-left": "/rtl",
    "missing": "/there-is-no-such-page",
}


def unvisited() -> list[str]:
    """Pages of the shop that are not visited."""
    handlers = (*shelves.HANDLERS, *buying.HANDLERS, *signing_in.HANDLERS, *rooms.HANDLERS)
    paths = {path for handler in handlers if "GET" in handler.http_methods for path in handler.paths}
    visited = [path.partition("?")[0] for path in PAGES.values()]
    patterns = {path: re.sub(r"\{[^}]+\}", "[^/]+", path) for path in paths - {"/assets/{name:str}"}}
    return [path for path, pattern in patterns.items() if not any(re.fullmatch(pattern, seen) for seen in visited)]


def buy(album: Album, shop: str) -> None:
    """Sign in, fill the cart, make mistakes at the checkout, order."""
    page = album.page
    album.go(f"{shop}/sign-in")
    page.get_by_role("button", name=re.compile("Maximiliane")).click()
    for pieces, product in enumerate(("heron-kettle", "twin-espresso-cups"), 1):
        album.go(f"{shop}/product/{product}")
        page.get_by_role("button", name="Add to cart").click()
        expect(page.locator("[data-pieces]")).to_have_text(str(pieces))
        album.settle()
    for name, path in (("sign-in-done", "/sign-in"), ("cart", "/cart"), ("checkout", "/checkout")):
        album.go(shop + path)
        album.look(name, is_whole=True)
    order = page.locator("main form button").last
    order.click()
    page.locator("[aria-invalid=true]").first.wait_for()
    album.look("checkout-mistakes", is_whole=True, is_alert=True)
    for name, value in (("street", "Trubarjeva cesta 12"), ("postcode", "1000"), ("city", "Ljubljana")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("main form button").last.click()
    page.wait_for_url("**/order-done")
    album.look("order-done", is_whole=True)


class Chat:
    """The widget on the shop's home page, for whoever holds a token."""

    def __init__(self, album: Album, life: Life) -> None:
        self.album, self.life, self.page = album, life, album.page
        self.window = self.page.get_by_role("dialog")

    def visit(self, name: str | None = None, path: str = "/", *, is_open: bool = True, **kept: object) -> None:
        """Come to the shop as somebody. What is kept is laid where no chat runs that would keep its own."""
        token = self.life.tokens[name] if name is not None else None
        kept |= {"token": token, "known": 1} if token else {}
        self.album.go(self.life.town.shop + "/assets/shop.css")
        self.page.evaluate(
            "([key, kept]) => { for (const store of [localStorage, sessionStorage]) store.clear();"
            " for (const name in kept) localStorage[`klepet:${key}:${name}`] = JSON.stringify(kept[name]); }",
            [KEY, kept],
        )
        self.album.go(self.life.town.shop + path)
        launcher = self.page.locator("klepet-chat button").first
        launcher.wait_for()
        if is_open:
            self.open()

    def open(self) -> None:
        """Open the window."""
        self.page.locator("klepet-chat > button, klepet-chat button").first.click()
        expect(self.window.locator("form textarea").first).to_be_visible()

    def bubble(self, text: str) -> None:
        """Wait for what was written."""
        self.window.locator(".b", has_text=text).first.wait_for()


def talk(album: Album, life: Life) -> None:
    """The widget from its first to its last state."""
    chat = Chat(album, life)
    chat.visit(is_open=False)
    album.look("closed")
    chat.open()
    album.look("empty")
    life.be("away")
    chat.visit()
    chat.window.locator(".note").wait_for()
    album.look("nobody")
    life.be("accepting")
    chat.visit(STORY.name)
    chat.bubble("tonight")
    album.look("conversation")
    chat.window.locator("header button").first.click()
    album.look("menu")
    failed = {"type": "send_message", "text": "Is the lid made of steel or of copper?"}
    entry = {
        "client_id": "left-behind-1",
        "frame": failed,
        "at": int(time.time() * 1_000),
        "tab": "gone",
        "failed": True,
    }
    kept: dict[str, Any] = {"outbox:left-behind-1": entry}
    chat.visit("Priya Raghunathan", **kept)
    chat.bubble("steel")
    album.look("failed")
    chat.visit("Тимофей Белый")
    chat.bubble("Спасибо")
    album.look("cyrillic")
    chat.visit("Margaret O’Sullivan-Featherstonehaugh")
    chat.bubble("birthday")
    album.look("long")
    chat.visit("Aleksandra Wójcik-Kowalczyk")
    chat.window.locator(".rating").wait_for()
    album.look("rating")
    chat.window.locator(".rating label").nth(3).click()
    album.look("rating-chosen")
    chat.visit("Hannelore Müller-Lüdenscheidt")
    chat.bubble("spülmaschinenfest")
    album.look("ended")
    album.go(f"{life.town.klepet}/chat/{KEY}")
    expect(chat.window.locator("form textarea")).to_be_visible()
    album.look("direct")
