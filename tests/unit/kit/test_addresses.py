"""Public addresses: everything that is not the open internet is refused."""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.addresses import AddressRefusedError, HostNotFoundError, check_public_address, resolve_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
PRIVATE = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "127.0.0.1"]
PRIVATE += ["127.255.255.254", "::1", "fc00::1", "fd12:3456:789a::1"]
NEVER = {
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "::": "unspecified",
    "169.254.169.254": "link-local",
    "169.254.0.1": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "link-local",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "ff02::1": "multicast",
    "192.0.0.8": "reserved",
    "192.0.2.1": "reserved",
    "192.88.99.1": "reserved",
    "198.18.0.1": "reserved",
    "198.51.100.1": "reserved",
    "203.0.113.1": "reserved",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::ffff:127.0.0.1": "reserved",
    "::ffff:8.8.8.8": "reserved",
    "::127.0.0.1": "reserved",
    "::8.8.8.8": "reserved",
    "64:ff9b::7f00:1": "reserved",
    "64:ff9b::a9fe:a9fe": "reserved",
    "64:ff9b::a00:1": "reserved",
    "64:ff9b:1::808:808": "reserved",
    "2002:7f00:1::": "reserved",
    "2002:a00:1::1": "reserved",
    "2002:c0a8:101::1": "reserved",
    "2001::1": "reserved",
    "2001:db8::1": "reserved",
    "3fff::1": "reserved",
    "100::1": "reserved",
    "4000::1": "reserved",
    "5f00::1": "reserved",
}
TUNNELS = [IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16")]  # judged by what is in them


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    check_public_address(address)
    check_public_address(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_only_where_allowed(address: str) -> None:
    with pytest.raises(AddressRefusedError, match="private") as caught:
        check_public_address(address)
    assert caught.value.kind == "private"
    check_public_address(address, allow_private=True)


@pytest.mark.parametrize(("address", "kind"), NEVER.items())
@pytest.mark.parametrize("allow_private", [False, True])
def test_never(address: str, kind: str, allow_private: bool) -> None:
    with pytest.raises(AddressRefusedError) as caught:
        check_public_address(address, allow_private=allow_private)
    assert caught.value.kind == kind


@given(st.ip_addresses().filter(lambda address: not any(address in tunnel for tunnel in TUNNELS)))
def test_not_more_is_public_than_the_standard_library_knows(address: IPv4Address | IPv6Address) -> None:
    try:
        check_public_address(address)
    except AddressRefusedError:
        return
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified
    assert not special
    assert not address.is_multicast
    assert not address.is_reserved


@given(st.ip_addresses(v=4))
def test_a_tunnel_is_no_better_than_what_is_in_it(address: IPv4Address | IPv6Address) -> None:
    def refused(candidate: IPv4Address | IPv6Address) -> bool:
        try:
            check_public_address(candidate)
        except AddressRefusedError:
            return True
        return False

    number = int(address)
    nat64 = IPv6Address(int(IPv6Address("64:ff9b::")) | number)
    sixtofour = IPv6Address(0x2002 << 112 | number << 80 | 1)
    assert refused(nat64) == refused(sixtofour) == refused(address)


def resolve(answer: Sequence[str] | Exception, *, allow_private: bool = False) -> list[str]:
    async def resolver(host: str) -> Sequence[str]:
        assert host == "hooks.example"
        if isinstance(answer, Exception):
            raise answer
        return answer

    return list(map(str, asyncio.run(resolve_public("hooks.example", resolver, allow_private=allow_private))))


def test_resolves_to_public_addresses() -> None:
    assert resolve(["1.1.1.1", "2606:4700:4700::1111"]) == ["1.1.1.1", "2606:4700:4700::1111"]
    assert resolve(["127.0.0.1"], allow_private=True) == ["127.0.0.1"]


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::ffff:10.0.0.1"], ["169.254.169.254"]])
def test_one_refused_address_refuses_the_host(answer: list[str]) -> None:
    with pytest.raises(AddressRefusedError):
        resolve(answer)


@pytest.mark.parametrize("answer", [[], OSError("no such host"), UnicodeError("label too long")])
def test_hosts_without_an_address(answer: Sequence[str] | Exception) -> None:
    with pytest.raises(HostNotFoundError, match=r"hooks\.example"):
        resolve(answer)


def test_answers_are_bounded() -> None:
    assert len(resolve(["1.1.1.1"] * 1000)) == 16
