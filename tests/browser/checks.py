"""What every page of the console must pass, whatever it shows."""

from typing import Any, Literal

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
SIZES = {"desktop": {"viewport": {"width": 1280, "height": 800}}, "phone": PHONE}


def violations(page: Page, axe: str) -> list[Any]:
    """What the accessibility checker finds on the page, in light and in dark, once it stands still."""
    page.evaluate(axe)
    found: list[Any] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(150)
        result = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
        found += [(scheme, rule["id"], [node["target"] for node in rule["nodes"]]) for rule in result["violations"]]
    return found


def sideways(page: Page) -> list[str]:
    """What can be scrolled sideways although nothing should be: the window, and whatever scrolls down inside it."""
    found: list[str] = page.evaluate(
        """() => [document.scrollingElement, ...document.querySelectorAll("main, main *, dialog, dialog *")]
          .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
          .filter((e) => e === document.scrollingElement || ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
          .map((e) => `${e.tagName}.${e.className} ${e.scrollWidth} > ${e.clientWidth}`)"""
    )
    return found
