"""Every page at two widths, in light, dark and Russian, on the data of a busy shop: nothing is out of place.

`python -m tests.browser.pages.test_every_page` does it by hand and says where the pictures are; with `--publish` it
also makes those of the README.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.integrations.conftest import SETTING, Receiver
from tests.browser.pages import album, console_views, shop_views
from tests.browser.pages.album import PICTURES, SIZES, Album
from tests.browser.pages.seed import HOURS, Life, seeded
from tests.browser.story.town import Town

LANGUAGES = ("en", "ru")
Albums = Callable[[str, str, str], Album]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The shop after three busy days."""
    album.empty()
    receiver = Receiver()
    listening = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
    listening.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(SETTING, "1")
        town = Town(tmp_path_factory.mktemp("shop"), later=-HOURS * 3_600)
    with seeded(town, receiver) as made:
        yield made
    town.close()
    receiver.shutdown()
    receiver.server_close()
    listening.join()


@pytest.fixture
def albums(chromium: Browser) -> Iterator[Albums]:
    """Opens windows; whatever was wrong in them fails the test."""
    opened: list[Album] = []

    def open_album(part: str, size: str, language: str) -> Album:
        opened.append(Album(chromium, part, size, language))
        return opened[-1]

    yield open_album
    for each in opened:
        each.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_the_console(life: Life, albums: Albums, size: str, language: str) -> None:
    window = albums("console", size, language)
    page, console = window.page, f"{life.town.klepet}/console/"
    for view in console_views.public(life):
        window.go(f"{console}#{view.path}")
        window.look(view.name)
    life.town.owner.ask("PATCH", "/me", {"language": language})
    life.town.owner.enter(window.context)
    window.go("about:blank")
    window.go(f"{console}#/inbox")
    expect(page.locator(".sign.online")).to_be_visible()
    for view in console_views.private(life):
        page.evaluate("hash => { location.hash = hash }", view.path)
        if view.act:
            window.settle()
            view.act(page)
        window.look(view.name)
        if view.undo:
            view.undo(page)


@pytest.mark.parametrize("size", SIZES)
def test_the_shop(life: Life, albums: Albums, size: str) -> None:
    window = albums("shop", size, "en")
    for name, path in shop_views.PAGES.items():
        window.go(life.town.shop + path)
        window.look(name, is_whole=True)
    shop_views.buy(window, life.town.shop)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_the_widget(life: Life, albums: Albums, size: str, language: str) -> None:
    window = albums("widget", size, language)
    shop_views.talk(window, life)


@pytest.mark.parametrize("size", SIZES)
def test_the_documents_of_the_interface(life: Life, albums: Albums, size: str) -> None:
    window = albums("documents", size, "en")
    window.go(f"{life.town.klepet}/api/docs")
    window.look("api")


def test_no_page_is_left_out(life: Life) -> None:
    assert console_views.unvisited([*console_views.public(life), *console_views.private(life)]) == []
    assert shop_views.unvisited() == []


if __name__ == "__main__":
    code = subprocess.run([sys.executable, "-m", "pytest", __file__, "-q"], check=False).returncode
    print(f"The pictures are in {PICTURES}.")
    if "--publish" in sys.argv and code == 0:
        print("Published:", *album.publish())
    sys.exit(code)
