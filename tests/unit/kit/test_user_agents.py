"""User agents: the browsers people have, and headers made to do harm."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klepet.kit.user_agents import describe_user_agent

MOZILLA = "Mozilla/5.0 "
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) "
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (
            f"(Windows NT 10.0; Win64; x64) {WEBKIT}Chrome/131.0.0.0 Safari/537.36",
            ("Chrome 131", "Windows", "computer"),
        ),
        (
            f"(Windows NT 10.0; Win64; x64) {WEBKIT}Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            ("Edge 131", "Windows", "computer"),
        ),
        ("(X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", ("Firefox 133", "Linux", "computer")),
        (
            f"(X11; CrOS x86_64 14541.0.0) {WEBKIT}Chrome/131.0.0.0 Safari/537.36",
            ("Chrome 131", "ChromeOS", "computer"),
        ),
        (
            f"(Macintosh; Intel Mac OS X 10_15_7) {APPLE}Version/18.1 Safari/605.1.15",
            ("Safari 18", "macOS", "computer"),
        ),
        (
            f"(iPhone; CPU iPhone OS 17_5 like Mac OS X) {APPLE}Version/17.5 Mobile/15E148 Safari/604.1",
            ("Safari 17", "iOS", "phone"),
        ),
        (
            f"(iPhone; CPU iPhone OS 17_5 like Mac OS X) {APPLE}CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
            ("Chrome 131", "iOS", "phone"),
        ),
        (
            f"(iPad; CPU OS 16_6 like Mac OS X) {APPLE}Version/16.6 Mobile/15E148 Safari/604.1",
            ("Safari 16", "iOS", "tablet"),
        ),
        (f"(Linux; Android 10; K) {WEBKIT}Chrome/131.0.0.0 Mobile Safari/537.36", ("Chrome 131", "Android", "phone")),
        (f"(Linux; Android 10; K) {WEBKIT}Chrome/131.0.0.0 Safari/537.36", ("Chrome 131", "Android", "tablet")),
        ("(Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", ("Firefox 133", "Android", "phone")),
        (
            f"(Linux; Android 14; SM-S918B) {WEBKIT}SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
            ("Samsung Internet 26", "Android", "phone"),
        ),
        (
            f"(Windows NT 10.0; Win64; x64) {WEBKIT}Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36",
            ("Yandex 24", "Windows", "computer"),
        ),
        (
            f"(Windows NT 10.0; Win64; x64) {WEBKIT}Chrome/129.0.0.0 Safari/537.36 OPR/115.0.0.0",
            ("Opera 115", "Windows", "computer"),
        ),
    ],
)
def test_browsers(user_agent: str, expected: tuple[str, str, str]) -> None:
    assert describe_user_agent(MOZILLA + user_agent) == expected


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT}HeadlessChrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    ],
)
def test_bots(user_agent: str) -> None:
    assert describe_user_agent(user_agent)[2] == "bot"


@pytest.mark.parametrize("user_agent", ["", "   ", "\x00", "no browser", "\ud800", "😀"])
def test_nothing_to_tell(user_agent: str) -> None:
    assert describe_user_agent(user_agent) == ("", "", "unknown")


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=500))
def test_any_text_has_short_names(text: str) -> None:
    browser, system, _ = describe_user_agent(MOZILLA + text)
    assert max(len(browser), len(system)) <= 60


@pytest.mark.parametrize(
    "part", ["x", "Android 14; ", "(", "Mozilla/5.0 ", "a/1.", " Build/", "; ", "1.", "Mobile ", "-_"]
)
def test_headers_made_to_take_long(part: str) -> None:
    describe_user_agent(MOZILLA)
    started = time.process_time()
    describe_user_agent(part * (8000 // len(part)))
    assert time.process_time() - started < 0.5
