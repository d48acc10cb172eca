"""Who counts as being on this machine: by the address of the connection, and by nothing that a client can write.

Run-time part.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED = frozenset(
    {
        b"forwarded",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-real-ip",
        b"x-client-ip",
        b"cf-connecting-ip",
        b"true-client-ip",
    }
)
"""The headers by which a proxy says that it stands between."""

LOCAL_NAMES = frozenset({"localhost", "ip6-localhost", "ip6-loopback"})


class Peers:
    """Tells who is on this machine.

    The address of the connection decides. A header never makes anybody local, except one that a proxy of
    the operator's wrote; but it can take that away: behind a proxy on this machine every
    request comes from 127.0.0.1, and what says that it was forwarded, or asks for a name that is not
    this machine's, or comes from a page of another site, is not from here.

    Parameters
    ----------
    proxies
        Addresses and networks of the proxies whose `X-Forwarded-For` is believed.
    origins
        The sites whose pages may ask, as in `https://shop.example`.
    """

    def __init__(self, proxies: Sequence[Network] = (), origins: Iterable[str] = ()) -> None:
        self._proxies = tuple(proxies)
        self._origins = frozenset(origins)

    def is_local(self, address: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request comes from a program on this machine.

        Parameters
        ----------
        address
            Of the other end of the connection; empty when it has none.
        headers
            Of the request, names in small letters.
        """
        forwarded_for: list[str] = []
        is_forwarded, host, origin = False, "", ""
        for name, value in headers:
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"origin":
                origin = value.decode("latin-1")
            elif name in FORWARDED:
                is_forwarded = True
                if name == b"x-forwarded-for":
                    forwarded_for.append(value.decode("latin-1"))
        if is_forwarded:
            address = self.client(address, forwarded_for)
        if not is_loopback(address) or not is_local_host(host):
            return False
        return not origin or origin in self._origins or is_local_host(_host_of(origin))

    def client(self, address: str, forwarded_for: Sequence[str]) -> str:
        """The address of the client that a chain of known proxies speaks for; empty when that is not known."""
        if not self._knows(address):
            return ""
        for hop in reversed([hop.strip() for line in forwarded_for for hop in line.split(",")]):
            if not self._knows(hop):
                return hop
        return ""

    def _knows(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)


@lru_cache(maxsize=256)
def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own.

    Examples
    --------
    >>> [is_loopback(text) for text in ("127.0.0.2", "::1", "::ffff:127.0.0.1", "192.0.2.1", "")]
    [True, True, True, False, False]
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return bool((mapped or parsed).is_loopback)


@lru_cache(maxsize=256)
def is_local_host(host: str) -> bool:
    """Whether a name that was asked for, with or without a port, can only mean this machine.

    A page of another site can make a browser on this machine ask it, by a name that leads here.

    Examples
    --------
    >>> [is_local_host(text) for text in ("localhost:8501", "127.0.0.1", "[::1]:80", "", "shop.example")]
    [True, True, True, True, False]
    """
    if host.startswith("["):
        return is_loopback(host[1:].partition("]")[0])
    name = host.partition(":")[0].lower()
    return not name or name in LOCAL_NAMES or name.endswith(".localhost") or is_loopback(name)


def read_networks(words: Iterable[str]) -> tuple[Network, ...]:
    """The networks that these words name; a single address is a network of one.

    Raises
    ------
    ValueError
        When a word is neither.

    Examples
    --------
    >>> read_networks(["10.0.0.7", "172.16.0.0/12"])
    (IPv4Network('10.0.0.7/32'), IPv4Network('172.16.0.0/12'))
    """
    return tuple(ipaddress.ip_network(word) for word in words)


def _host_of(origin: str) -> str:
    # "null", of a sandboxed page or a file, is a site like any other
    return origin.partition("://")[2] or "null"
