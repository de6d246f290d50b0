"""The judge of layouts finds what is wrong, and leaves alone what is meant so."""

import pytest
from playwright.sync_api import Browser

from tests.browser.pages.album import FLAWS

STYLE = """<style>
  * { box-sizing: border-box; margin: 0 }
  .box { width: 120px; border: 1px solid; font: 16px sans-serif }
  button { width: 100px }
</style>"""
WORDS = "one two three four five six seven"
WORD = "Donaudampfschifffahrt"

WRONG = {
    "the page scrolls sideways": "<div style='width: 2000px'>wide</div>",
    "scrolls sideways": "<div style='width: 200px; overflow: auto'><div style='width: 300px'>wide</div></div>",
    "cut off": f"<div class='box' style='overflow: hidden'>{WORD}</div>",
    "cut off below": f"<div class='box' style='height: 20px; overflow: hidden'>{WORDS}</div>",
    "runs out of its box": f"<div class='box'>{WORD}</div>",
    "the hint does not fit": f"<input style='width: 60px' placeholder='{WORD}'>",
    "overlap by": "<button>One</button><button style='margin-left: -30px'>Two</button>",
    "“inside”": "<div id='host'></div><script>host.attachShadow({mode: 'open'}).innerHTML ="
    " `<div style='width: 40px; overflow: hidden; white-space: nowrap'>inside a shadow</div>`</script>",
}
MEANT = {
    "an ellipsis": f"<div class='box' style='overflow: hidden; text-overflow: ellipsis'>{WORD}</div>",
    "words for screen readers": f"<p style='position: absolute; width: 1px; overflow: hidden'>{WORD}</p>",
    "a list that scrolls": f"<div class='box' style='height: 40px; overflow-y: auto'>{WORDS}</div>",
    "code that scrolls": f"<pre style='width: 90px; overflow: auto'>{WORD}</pre>",
    "a button within a field": "<div style='position: relative'><input style='width: 200px; padding-right: 40px'>"
    "<button style='position: absolute; left: 162px; width: 38px'>x</button></div>",
    "a window above the page": "<button>One</button>"
    "<div style='position: fixed; left: 60px; top: 0'><button>Two</button></div>",
    "what is folded": f"<details class='box'><summary>Open</summary><div class='box'>{WORD}</div></details>",
}


def flaws(chromium: Browser, body: str) -> list[str]:
    """What is found on a page."""
    page = chromium.new_page(viewport={"width": 800, "height": 600})
    page.set_content(f"<!doctype html>{STYLE}<body>{body}")
    found: list[str] = page.evaluate(FLAWS)
    page.close()
    return found


@pytest.mark.parametrize("flaw", WRONG)
def test_it_finds(flaw: str, chromium: Browser) -> None:
    found = flaws(chromium, WRONG[flaw])
    assert any(flaw.strip("“”") in each for each in found), found


@pytest.mark.parametrize("meant", MEANT)
def test_it_lets_pass(meant: str, chromium: Browser) -> None:
    assert flaws(chromium, MEANT[meant]) == []
