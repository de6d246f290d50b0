"""Every view of the console: read from its routes what there is to visit, and told here what it is visited with."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.pages.seed import Life
from tests.browser.pages.talk import STORY

CONSOLE = Path(__file__).parents[3] / "frontend" / "console" / "src"
SETTINGS = CONSOLE / "features" / "settings"
LONG_NAME = "Maximiliane Freifrau von Hohenberg-Lichtenfels zu Unterschwarzenbach"


@dataclass(frozen=True)
class View:
    """A page by its address, and what is done on it before it is looked at."""

    name: str
    path: str
    act: Callable[[Page], None] | None = None
    undo: Callable[[Page], None] | None = None


def press(keys: str) -> Callable[[Page], None]:
    """Press keys."""
    return lambda page: page.keyboard.press(keys)


def click(selector: str) -> Callable[[Page], None]:
    """Click what is there."""
    return lambda page: page.locator(selector).first.click()


def find(text: str, selector: str) -> Callable[[Page], None]:
    """Search, and wait until something is there."""

    def search(page: Page) -> None:
        page.locator("main input[type=search]").fill(text)
        page.locator(selector).first.wait_for()

    return search


def public(life: Life) -> list[View]:
    """Views of people who are not signed in."""
    return [
        View("login", "/login"),
        View("forgot", "/forgot"),
        View("set-up-without-link", "/setup"),
        View("set-up", "/setup/a-token-is-looked-at-when-it-is-used"),
        View("invite", f"/invite/{life.ids['invite']}"),
        View("invite-gone", "/invite/gone-gone-gone-gone"),
        View("reset", f"/reset/{life.ids['reset']}"),
    ]


def private(life: Life) -> list[View]:
    """Views of an owner."""
    conversation = {name: f"/inbox/{id_}" for name, id_ in life.conversations.items()}
    escape = press("Escape")
    return [
        View("inbox", "/inbox"),
        View("inbox-mine", "/inbox", click("[data-view=mine]")),
        View("inbox-closed", "/inbox", click("[data-view=closed]")),
        View("inbox-all", "/inbox", click("[data-view=all]")),
        View("conversation", conversation[STORY.name]),
        View("conversation-long-name", conversation[LONG_NAME]),
        View("conversation-long-text", conversation["Margaret O’Sullivan-Featherstonehaugh"]),
        View("conversation-link", conversation["Živa Črnčec"]),
        View("conversation-of-a-colleague", conversation["Bartholomew Higginbottom-Smythe"]),
        View("conversation-closed", conversation["Hannelore Müller-Lüdenscheidt"]),
        View("conversation-gone", "/inbox/00000000-0000-7000-8000-000000000000"),
        View("keys", "/inbox", press("?"), escape),
        View("palette", "/inbox", press("Control+k"), escape),
        View("profile-menu", "/inbox", click(".self button >> visible=true >> nth=-1"), escape),
        View("contacts", "/contacts"),
        View("contact", f"/contacts/{life.ids['contact']}"),
        View("search", "/search"),
        View("search-results", "/search", find("parcel", "main mark")),
        View("search-nothing", "/search", find("xylophone", "main >> text=xylophone")),
        View("settings", "/settings"),
        View("profile", "/settings/profile"),
        View("sites", "/settings/sites"),
        View("site", f"/settings/sites/{life.ids['site']}"),
        View("operators", "/settings/operators"),
        View("webhooks", "/settings/webhooks"),
        View("webhook", f"/settings/webhooks/{life.ids['webhook']}"),
        View("webhook-new", "/settings/webhooks/new"),
        View("api-tokens", "/settings/api-tokens"),
        View("privacy", "/settings/privacy"),
        View("health", "/settings/health"),
    ]


def patterns() -> list[str]:
    """What the console's routes and the settings' pages let one visit: patterns of addresses, optional parts apart."""
    routes = re.findall(r'path: "([^"]+)"', (CONSOLE / "routes.ts").read_text(encoding="utf-8"))
    made = []
    for route in routes:
        if route == "/settings/:page?/:id?":
            made += ["/settings", *_settings()]
            continue
        parts = route.split("/")[1:]
        needed = [part for part in parts if not part.endswith("?")]
        for count in range(len(needed), len(parts) + 1):
            made.append("/" + "/".join("[^/]+" if part.startswith(":") else part for part in parts[:count]))
    return made


def _settings() -> list[str]:
    made = []
    pages = re.findall(r'name: "([^"]+)".*import\("([^"]+)"\)', (SETTINGS / "pages.ts").read_text(encoding="utf-8"))
    for name, component in pages:
        made.append(f"/settings/{name}")
        if re.search(r"let \{[^}]*\bid\b", (SETTINGS / component).read_text(encoding="utf-8")):
            made.append(f"/settings/{name}/[^/]+")
    return made


def unvisited(views: list[View]) -> list[str]:
    """The patterns that none of the views fits."""
    paths = [view.path.partition("?")[0] for view in views]
    return [pattern for pattern in patterns() if not any(re.fullmatch(pattern, path) for path in paths)]
