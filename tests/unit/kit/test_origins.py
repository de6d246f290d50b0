"""Origins: spelling, patterns, and the ways to look like an allowed one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.origins import OriginError, host_of, normalise_origin, normalise_pattern, origin_allowed

PATTERNS = ["https://shop.example", "https://*.shop.example", "http://localhost:*", "https://ślub.example"]
PATTERNS = [normalise_pattern(pattern) for pattern in PATTERNS]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("  https://shop.example ", "https://shop.example"),
        ("HTTPS://Shop.EXAMPLE", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://shop.example:08443", "https://shop.example:8443"),
        ("https://ślub.example", "https://xn--lub-bza.example"),
        ("https://МАГАЗИН.рф", "https://xn--80aairftm.xn--p1ai"),
        ("https://faß.example", "https://xn--fa-hia.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("https://my_shop.example", "https://my_shop.example"),
    ],
)
def test_normal_spelling(text: str, normal: str) -> None:
    assert normalise_origin(text) == normal
    assert normalise_origin(normal) == normalise_pattern(text) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://*.Shop.example/", "https://*.shop.example"),
        ("https://*.ślub.example:8443", "https://*.xn--lub-bza.example:8443"),
        ("http://localhost:*", "http://localhost:*"),
        ("http://*.localhost:*", "http://*.localhost:*"),
        ("https://*.shop.example:443", "https://*.shop.example"),
    ],
)
def test_normal_spelling_of_patterns(text: str, normal: str) -> None:
    assert normalise_pattern(text) == normal
    assert normalise_pattern(normal) == normal
    with pytest.raises(OriginError):
        normalise_origin(text)


NO_ORIGINS = [
    "",
    "null",
    "shop.example",
    "//shop.example",
    "https://",
    "https:///",
    "https:shop.example",
    "ftp://shop.example",
    "javascript://shop.example",
    "file://",
    "https://shop.example/path",
    "https://shop.example?x",
    "https://shop.example#x",
    "https://user@shop.example",
    "https://user:pass@shop.example",
    "https://shop.example\\@evil.com",
    "https://shop.example.",
    "https://.shop.example",
    "https://shop..example",
    "https://-shop.example",
    "https://shop-.example",
    "https://shop.example:",
    "https://shop.example:0",
    "https://shop.example:65536",
    "https://shop.example:-1",
    "https://shop.example:4 43",
    "https://shop.example:٤٤٣",
    "https://shop.example\n",
    "https://shop.exa\x00mple",
    "https://shop example",
    "https://shop%2eexample",
    "https://shop.example, https://evil.com",
    "https://shop.example https://evil.com",
    "https://256.1.1.1",
    "https://1.2.3",
    "https://0x7f.1",
    "https://2130706433",
    "https://127.0.0.01",
    "https://[::1",
    "https://::1",
    "https://[::g]",
    "https://[1.2.3.4]",
    "https://xn--\u0142.example",
    "https://" + "a" * 64 + ".example",
    "https://" + "a." * 140 + "example",
    "https://" + "ł" * 290,
    "https://\ud800.example",
    "https://a\u2024b\u3002.",
]


@pytest.mark.parametrize("text", NO_ORIGINS)
def test_no_origins(text: str) -> None:
    if text.strip() == text:
        with pytest.raises(OriginError):
            normalise_origin(text)
    assert not origin_allowed(text, [*PATTERNS, "https://evil.com"])


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "https://*",
        "https://*.com",
        "https://*.",
        "https://*shop.example",
        "https://shop.*",
        "https://a.*.example",
        "https://*.*.example",
        "https://*.1.2.3.4",
        "https://*.[::1]",
        "*://shop.example",
        "https://shop.example:4*",
        "https://shop.example:*:*",
    ],
)
def test_no_patterns(pattern: str) -> None:
    with pytest.raises(OriginError):
        normalise_pattern(pattern)


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://www.shop.example",
        "https://a.b.shop.example",
        "https://xn--lub-bza.example",
        "http://localhost",
        "http://localhost:3000",
        "HTTPS://SHOP.EXAMPLE",  # browsers do not send these two, and they name the same origin
        "https://shop.example:443",
    ],
)
def test_allowed(origin: str) -> None:
    assert origin_allowed(origin, PATTERNS)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "*",
        "https://*.shop.example",
        "http://localhost:*",
        "http://shop.example",
        "https://shop.example:8443",
        "https://www.shop.example:8443",
        "https://shop.example.evil.com",
        "https://evil.com/shop.example",
        "https://evil.com?.shop.example",
        "https://evil.com#.shop.example",
        "https://evil.com\\.shop.example",
        "https://shop.example@evil.com",
        "https://evil.com@shop.example",
        "https://evilshop.example",
        "https://evil-shop.example",
        "https://.shop.example",
        "https://shop.example.",
        "https://www.shop.example.",
        "https://shop.exampl",
        "https://shopxexample",
        "https://localhost",
        "http://localhost.evil.com",
        "http://127.0.0.1",
        "https://sh\u043ep.example",  # a Cyrillic letter
        "https://shop.example/",
        " https://shop.example",
    ],
)
def test_refused(origin: str | None) -> None:
    assert not origin_allowed(origin, PATTERNS)


def test_the_host_itself_is_not_below_it() -> None:
    assert not origin_allowed("https://shop.example", ["https://*.shop.example"])


def test_no_pattern_allows_nothing() -> None:
    assert not origin_allowed("https://shop.example", [])


@given(st.text(max_size=40))
def test_any_text_is_refused_cleanly(text: str) -> None:
    assert not origin_allowed("https://" + text, ["https://shop.example"]) or text.lower() in {
        "shop.example",
        "shop.example:443",
    }


hosts = st.lists(st.from_regex(r"[a-z]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True), min_size=2, max_size=4).map(".".join)


@given(hosts.filter(lambda host: "--" not in host), st.integers(1, 65535), st.sampled_from(["http", "https"]))
def test_what_was_normalised_is_allowed_by_itself(host: str, port: int, scheme: str) -> None:
    normal = normalise_origin(f"{scheme}://{host}:{port}")
    assert normalise_origin(normal) == normal
    assert origin_allowed(normal, [normal])
    assert origin_allowed(normal, [normalise_pattern(f"{scheme}://{host}:*")])
    assert origin_allowed(normal.replace("://", "://below."), [normal.replace("://", "://*.")])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://Shop.example", "shop.example"),
        ("http://127.0.0.1:8420", "127.0.0.1:8420"),
        ("http://[::1]:8420", "[::1]:8420"),
        ("http://[", ""),
        ("http://[::1", ""),
        ("null", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_host_of_an_origin(origin: str | None, host: str) -> None:
    assert host_of(origin) == host
