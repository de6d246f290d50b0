"""Pictures of pages, and what is wrong with their layout."""

import shutil
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.checks import PATIENCE, Traffic

ROOT = Path(__file__).parents[3]
PICTURES = ROOT / ".results" / "pages"
SHOWN_TO_ALL = ROOT / "docs" / "images"
FLAWS = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
LOCALES = {"en": "en-GB", "ru": "ru-RU"}


class Album:
    """One window of a size and a language, whose pages are looked at in light, and in English also in the dark."""

    def __init__(self, chromium: Browser, part: str, size: str, language: str) -> None:
        self.size, self.language = size, language
        self.folder = PICTURES / part
        self.folder.mkdir(parents=True, exist_ok=True)
        self.context: BrowserContext = chromium.new_context(
            **SIZES[size], locale=LOCALES[language], timezone_id="Europe/Warsaw", reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE * 1_000)
        self.page: Page = self.context.new_page()
        self.flaws: list[str] = []
        self._traffic = Traffic(self.page)
        self.page.on("pageerror", lambda error: self.flaws.append(f"an error on {self.page.url}: {error}"))

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        try:
            self._traffic.settle()
        except AssertionError:
            self.flaws.append(f"{self.page.url} never came to rest: {[one.url for one in self._traffic.running]}")

    def look(self, name: str, *, is_whole: bool = False, is_alert: bool = False) -> None:
        """Judge the page as it stands and keep its pictures. Only where `is_alert` says so may it tell of a failure."""
        self.settle()
        if self.page.locator("[role=alert]:visible").count() > 0 and not is_alert:
            self.flaws.append(f"{name}, {self.size}, {self.language}: something failed")
        found: list[str] = self.page.evaluate(FLAWS)
        self.flaws += [f"{name}, {self.size}, {self.language}: {flaw}" for flaw in found]
        self._take(f"{name}-{self.size}-{self.language}", is_whole)
        if self.language == "en":
            self.page.emulate_media(color_scheme="dark")
            self._take(f"{name}-{self.size}-dark", False)
            self.page.emulate_media(color_scheme="light")

    def _take(self, name: str, is_whole: bool) -> None:
        self.page.screenshot(path=self.folder / f"{name}.jpg", type="jpeg", quality=92, full_page=is_whole)

    def go(self, address: str) -> None:
        """Load a page."""
        self.page.goto(address)

    def close(self) -> None:
        """Close the window; whatever was wrong fails the test."""
        self.context.close()
        assert self.flaws == [], "\n".join(["", *self.flaws, f"The pictures are in {PICTURES}."])


def publish() -> list[Path]:
    """Make the pictures of the README of those that were taken."""
    SHOWN_TO_ALL.mkdir(exist_ok=True)
    made = []
    for name in ("widget/conversation-desktop-en.jpg", "console/conversation-desktop-en.jpg"):
        picture = SHOWN_TO_ALL / f"{name.partition('/')[0]}.webp"
        Image.open(PICTURES / name).save(picture, "WEBP", quality=82, method=6)
        made.append(picture)
    return made


def empty() -> None:
    """Throw the pictures of the last time away."""
    shutil.rmtree(PICTURES, ignore_errors=True)
