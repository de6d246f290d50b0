"""Short names of browser, system and kind of device from a User-Agent header, for people to read.

The header is whatever the client wrote: nothing may depend on it.
"""

import re
from functools import cache, lru_cache
from typing import Literal

from ua_parser import BasicResolver, Domain, Parser, load_lazy_builtins

DeviceKind = Literal["computer", "phone", "tablet", "bot", "unknown"]

MAX_CHARS = 300  # bounds the time that the patterns of the library take
_UNKNOWN = ""
_BROWSERS = {
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Opera Mobile": "Opera",
    "Yandex Browser": "Yandex",
}
_SYSTEMS = {"Mac OS X": "macOS", "Chrome OS": "ChromeOS"}
_COMPUTERS = {"Windows", "macOS", "Linux", "ChromeOS", "Ubuntu", "Fedora", "FreeBSD", "OpenBSD"}
_BOT = re.compile(r"bot\b|bot/|crawl|spider|slurp|headless|https?://", re.I)
_TABLET = re.compile(r"iPad|Tablet|Kindle|Silk(?!.*Mobile)|Android(?!.*Mobi)")
_PHONE = re.compile(r"Mobi|iPhone|iPod|Phone|Android")


def describe_user_agent(user_agent: str) -> tuple[str, str, DeviceKind]:
    """Return browser with main version, system, and kind of device; "" and "unknown" for what cannot be told.

    Takes about a millisecond for a new header; the first call of the process about 100 while it prepares its patterns.
    """
    return _describe(user_agent[:MAX_CHARS])


@lru_cache(maxsize=2048)
def _describe(user_agent: str) -> tuple[str, str, DeviceKind]:
    if not user_agent.strip():
        return _UNKNOWN, _UNKNOWN, "unknown"
    parsed = _parser()(user_agent, Domain.USER_AGENT | Domain.OS)
    browser = system = _UNKNOWN
    if parsed.user_agent:
        browser = _BROWSERS.get(parsed.user_agent.family, parsed.user_agent.family)
        browser = f"{browser} {parsed.user_agent.major}" if parsed.user_agent.major else browser
    if parsed.os and parsed.os.family != "Other":
        system = _SYSTEMS.get(parsed.os.family, parsed.os.family)
    return browser[:60], system[:60], _device(user_agent, system)


@cache
def _parser() -> Parser:
    return Parser(BasicResolver(load_lazy_builtins()))


def _device(user_agent: str, system: str) -> DeviceKind:
    if _BOT.search(user_agent):
        return "bot"
    if _TABLET.search(user_agent):
        return "tablet"
    if _PHONE.search(user_agent):
        return "phone"
    return "computer" if system in _COMPUTERS else "unknown"
