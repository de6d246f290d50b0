"""Client addresses: what proxies added is believed, what clients made up is not."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.proxies import address_group, client_address

TRUSTED = [ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "header", "expected"),
    [
        ("8.8.8.8", None, "8.8.8.8"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("127.0.0.1", "8.8.8.8, 10.0.0.7", "8.8.8.8"),
        ("127.0.0.1", "8.8.8.8,10.0.0.7 , 10.0.0.8", "8.8.8.8"),
        ("fd00::1", "2001:DB8:0::1", "2001:db8::1"),
        ("127.0.0.1", "8.8.8.8:51000", "8.8.8.8"),
        ("127.0.0.1", "[2001:db8::1]:51000", "2001:db8::1"),
        ("127.0.0.1", '"[2001:db8::1]"', "2001:db8::1"),
        ("::ffff:127.0.0.1", "::ffff:8.8.8.8", "8.8.8.8"),
        ("127.0.0.1", "10.0.0.7, 10.0.0.8", "10.0.0.7"),  # a client inside the trusted network
    ],
)
def test_honest_headers(peer: str, header: str | None, expected: str) -> None:
    assert client_address(peer, header, TRUSTED) == expected


@pytest.mark.parametrize(
    ("peer", "header", "expected"),
    [
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),  # no proxy at all
        ("8.8.8.8", "127.0.0.1", "8.8.8.8"),
        ("127.0.0.1", "1.1.1.1, 8.8.8.8", "8.8.8.8"),  # the client made up the left
        ("127.0.0.1", "127.0.0.1, 8.8.8.8", "8.8.8.8"),  # and claims to be the proxy
        ("127.0.0.1", "10.0.0.1, 8.8.8.8, 10.0.0.2", "8.8.8.8"),
        ("127.0.0.1", "8.8.8.8, unknown", "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8, _hidden, 10.0.0.2", "10.0.0.2"),
        ("127.0.0.1", "8.8.8.8,", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8\r\nX: y", "127.0.0.1"),
        ("127.0.0.1", "0177.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "[::1", "::1"),
        ("", "8.8.8.8", ""),
        ("socket", "8.8.8.8", "socket"),
    ],
)
def test_spoofed_and_broken_headers(peer: str, header: str, expected: str) -> None:
    assert client_address(peer, header, TRUSTED) == expected


def test_nobody_is_trusted_by_default() -> None:
    assert client_address("127.0.0.1", "8.8.8.8", []) == "127.0.0.1"


def test_the_walk_is_bounded() -> None:
    assert client_address("10.0.0.1", "8.8.8.8, " + "10.0.0.2, " * 100_000 + "10.0.0.3", TRUSTED) == "10.0.0.2"


addresses = st.ip_addresses(v=4).map(str)


@given(st.lists(st.text(st.characters(exclude_characters=","), max_size=10), max_size=5), addresses)
def test_what_a_client_sends_never_matters(made_up: list[str], client: str) -> None:
    honest = client_address("127.0.0.1", client, [ip_network("127.0.0.1/32")])
    spoofed = client_address("127.0.0.1", ",".join([*made_up, client]), [ip_network("127.0.0.1/32")])
    if client != "127.0.0.1":
        assert spoofed == honest == client


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("", ""),
        ("/run/klepet.sock", "/run/klepet.sock"),
    ],
)
def test_whoever_has_an_ipv6_network_is_counted_once(address: str, group: str) -> None:
    assert address_group(address) == group
