"""Which network addresses a server may call when somebody else names the host (a guard against SSRF).

A host is allowed when all its addresses are public. The caller must then connect to the addresses it was given:
looking the name up a second time could bring another answer. `outbound_http.GuardedTransport` does so.
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""Looks up the addresses of a host, as text; raises OSError when there are none."""

# The registries of special-purpose addresses (RFC 6890 and what was added since). The standard library's is_global
# changed its answers between patch releases of Python 3.11, so the lists are here.
# "private" may be allowed by a flag; everything else never, 169.254.0.0/16 because clouds keep credentials there.
_IPV4 = {
    "unspecified": ["0.0.0.0/8"],
    "private": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"],
    "link-local": ["169.254.0.0/16"],
    "reserved": [
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "240.0.0.0/4",
    ],
    "multicast": ["224.0.0.0/4"],
}  # fmt: skip
_IPV6 = {
    "unspecified": ["::/128"],
    "private": ["::1/128", "fc00::/7"],
    "link-local": ["fe80::/10", "fec0::/10"],
    "multicast": ["ff00::/8"],
    # IPv4-mapped; local NAT64; Teredo and other protocol assignments; documentation.
    "reserved": ["::ffff:0:0/96", "64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "3fff::/20"],
}
_SPECIAL_IPV4 = [(kind, IPv4Network(network)) for kind, networks in _IPV4.items() for network in networks]
_SPECIAL_IPV6 = [(kind, IPv6Network(network)) for kind, networks in _IPV6.items() for network in networks]
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")
_UNICAST = IPv6Network("2000::/3")  # all that was ever given out for public use

_MAX_ADDRESSES = 16


class AddressRefusedError(ValueError):
    """An address that must not be called; `kind` is one word such as "private" or "link-local"."""

    def __init__(self, address: Address, kind: str) -> None:
        super().__init__(f"{address} is a {kind} address")
        self.kind = kind


class HostNotFoundError(ValueError):
    """A host without an address."""


def check_public_address(address: Address | str, *, allow_private: bool = False) -> None:
    """Raise AddressRefusedError unless the address is public, or is private and that is allowed."""
    parsed = ip_address(address) if isinstance(address, str) else address
    kind = _kind(parsed)
    if kind is not None and not (allow_private and kind == "private"):
        raise AddressRefusedError(parsed, kind)


async def resolve_public(host: str, resolver: Resolver, *, allow_private: bool = False) -> list[Address]:
    """Look a host up and return its addresses; refuses the host when any of them is refused."""
    try:
        found = await resolver(host)
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that is empty or longer than 63 bytes
        raise HostNotFoundError(f"{host} was not found") from error
    addresses = [ip_address(text) for text in found[:_MAX_ADDRESSES]]
    if not addresses:
        raise HostNotFoundError(f"{host} has no address")
    for address in addresses:
        check_public_address(address, allow_private=allow_private)
    return addresses


def _kind(address: Address) -> str | None:
    """Name what is special about an address; None for a public one."""
    if isinstance(address, IPv4Address):
        return next((kind for kind, network in _SPECIAL_IPV4 if address in network), None)
    special = next((kind for kind, network in _SPECIAL_IPV6 if address in network), None)
    if special is not None:
        return special
    if address in _NAT64:
        return _embedded(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address in _6TO4:
        return _embedded(IPv4Address(int(address) >> 80 & 0xFFFF_FFFF))
    return None if address in _UNICAST else "reserved"


def _embedded(inner: IPv4Address) -> str | None:
    """Name what is special about an address in a tunnel; never "private", which a flag could allow."""
    return None if _kind(inner) is None else "reserved"
