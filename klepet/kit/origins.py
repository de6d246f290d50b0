"""Web origins: what a browser sends as `Origin`, and patterns that say which of them are allowed.

A pattern is an origin (`https://shop.example`), one with all hosts below a host (`https://*.shop.example`, not
shop.example itself), or one with any port (`http://localhost:*`). International hosts are compared as punycode.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import idna

MAX_CHARS = 300
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\\%]+)(?::(?P<port>[0-9]{1,5}|\*))?", re.I
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class OriginError(ValueError):
    """A text that is no origin, or no pattern of origins."""


@dataclass(frozen=True)
class Origin:
    """An origin or a pattern: the port is None for any; is_wildcard means every host below `host`."""

    scheme: str
    host: str
    port: int | None
    is_wildcard: bool = False

    def __str__(self) -> str:
        host = f"*.{self.host}" if self.is_wildcard else self.host
        if self.port is None:
            return f"{self.scheme}://{host}:*"
        return f"{self.scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}")

    def covers(self, origin: "Origin") -> bool:
        """Tell whether an origin is allowed by this pattern."""
        if self.scheme != origin.scheme or self.port not in (None, origin.port):
            return False
        return origin.host.endswith("." + self.host) if self.is_wildcard else origin.host == self.host


def normalise_origin(text: str) -> str:
    """Spell an origin as browsers do: lower case, punycode, no default port; one slash at the end is forgiven."""
    return str(_parse(text.strip().removesuffix("/"), is_pattern=False))


def normalise_pattern(text: str) -> str:
    """Spell a pattern of origins in the one way in which it is stored."""
    return str(_parse(text.strip().removesuffix("/"), is_pattern=True))


def origin_allowed(origin: str | None, patterns: Sequence[str]) -> bool:
    """Tell whether the header `Origin` is one that the patterns allow; a missing or strange one never is."""
    try:
        parsed = _parse(origin or "", is_pattern=False)
    except OriginError:
        return False
    return any(_parse(pattern, is_pattern=True).covers(parsed) for pattern in patterns)


def host_of(origin: str | None) -> str:
    """The host of an origin, with its port where it is unusual, as a Host header spells it; empty for what is none."""
    try:
        return urlsplit(origin or "").netloc.lower()
    except ValueError:  # such as an unclosed bracket
        return ""


@lru_cache(maxsize=4096)
def _parse(text: str, *, is_pattern: bool) -> Origin:
    matched = _SHAPE.fullmatch(text) if len(text) <= MAX_CHARS else None
    if matched is None:
        raise OriginError("an origin is http:// or https://, a host, and a port if it is unusual; no path")
    scheme, host, port = matched["scheme"].lower(), matched["host"], matched["port"]
    is_wildcard = host.startswith("*.")
    if not is_pattern and (is_wildcard or port == "*"):
        raise OriginError("an origin names one host and one port; only patterns have an asterisk")
    host = _normalise_host(host.removeprefix("*.") if is_wildcard else host)
    if is_wildcard and (host.startswith("[") or _is_number(host) or ("." not in host and host != "localhost")):
        raise OriginError("an asterisk stands for hosts below a name such as shop.example")
    if port == "*":
        return Origin(scheme, host, None, is_wildcard)
    number = int(port) if port else _DEFAULT_PORTS[scheme]
    if not 1 <= number <= 65535:
        raise OriginError("a port lies between 1 and 65535")
    return Origin(scheme, host, number, is_wildcard)


def _normalise_host(host: str) -> str:
    try:
        if host.startswith("["):
            return f"[{IPv6Address(host[1:-1])}]"
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
        host = host.lower()
        if _is_number(host):
            return str(IPv4Address(host))
    except ValueError:  # UnicodeError and AddressValueError among them
        raise OriginError("this is no name or address of a host") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise OriginError("this is no name or address of a host")
    return host


def _is_number(host: str) -> bool:
    """Tell whether browsers take a host for an IPv4 address: its last part is a number, also octal or hexadecimal."""
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]) is not None
