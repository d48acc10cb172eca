"""Which network addresses a server may be sent to by its users: public ones, never its own surroundings."""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NO_TARGETS = (
    ipaddress.ip_network("64:ff9b:1::/48"),  # NAT64 of a site's own
    ipaddress.ip_network("fec0::/10"),  # site-local, of old
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4
)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public Internet, and so is each one that it carries inside.

    Examples
    --------
    >>> is_public("93.184.216.34"), is_public("2606:4700::1111")
    (True, True)
    >>> [is_public(a) for a in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "100.64.0.1", "::1", "::ffff:10.0.0.1")]
    [False, False, False, False, False, False]
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _inside(ip)
        if inner is not None and not all(map(_is_public, inner)):
            return False
        if ip.ipv4_mapped is not None:
            return True
    return _is_public(ip)


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return (
        ip.is_global
        and not (ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_unspecified)
        and not (ip.is_multicast or (ip.is_reserved and ip not in _NAT64))
        and not any(ip in network for network in _NO_TARGETS)
    )


def _inside(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address] | None:
    """The IPv4 addresses that an IPv6 address stands for or leads to."""
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    if ip.sixtofour is not None:
        return [ip.sixtofour]
    if ip.teredo is not None:
        return list(ip.teredo)
    if ip in _NAT64:
        return [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)]
    return None
