"""The address of a client behind reverse proxies.

Anyone can send `X-Forwarded-For`, so only what trusted proxies added at its right end is believed.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network

_MAX_HOPS = 20
_IPV6_PREFIX = 64


def client_address(peer: str, forwarded_for: str | None, trusted: Sequence[Network]) -> str:
    """Return the rightmost address that is no trusted proxy; several headers are to be joined with commas.

    A peer that is no address (a Unix socket has none) is returned as it is, and nothing it says is believed.
    """
    address = _parse(peer)
    if address is None:
        return peer
    hops = (forwarded_for or "").rsplit(",", _MAX_HOPS)[-_MAX_HOPS:]
    for hop in reversed(hops):
        if not any(address in network for network in trusted):
            break
        claimed = _parse(hop.strip())
        if claimed is None:
            break  # a proxy that says nothing usable: the proxy itself is all that is known
        address = claimed
    return str(address)


def is_trusted(peer: str, trusted: Sequence[Network]) -> bool:
    """Tell whether a peer is a trusted proxy."""
    address = _parse(peer)
    return address is not None and any(address in network for network in trusted)


def address_group(address: str) -> str:
    """Return by what to count an address: an IPv6 one by its network, of which whoever has one has 2**64."""
    parsed = _parse(address)
    if not isinstance(parsed, IPv6Address):
        return address
    return str(IPv6Network((parsed, _IPV6_PREFIX), strict=False))


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with or without a port, brackets or quotes; IPv4 inside IPv6 becomes IPv4."""
    bare = text.strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
