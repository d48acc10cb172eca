"""A file on the web, over connections that are opened to public addresses only."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from core.data.sources.address import (
    MAX_REDIRECTS,
    Bounds,
    Fetched,
    check_address,
    check_length,
    safe_filename,
    show_address,
)
from core.errors import UnreadableFile

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

MAX_CONNECT_SECONDS = 20
_PIECE_BYTES = 2**18
_REDIRECTS = (301, 302, 303, 307, 308)
_BY_HAND = "Check the address, or download the file and load it."


class _RefusedAddress(OSError):
    """A connection was not opened, because the address is not public."""


def fetch_web(url: str, bounds: Bounds) -> Fetched:
    """The file at a web address; see `core.data.sources.address.fetch`.

    Raises
    ------
    UnreadableFile
        When there is none, or it is not allowed.
    """
    return asyncio.run(_fetch(url, bounds))


async def _fetch(url: str, bounds: Bounds) -> Fetched:
    import aiohttp

    refused: list[str] = []

    def open_socket(info: tuple) -> socket.socket:
        family, kind, protocol, _, address = info
        if not bounds.may_connect(address[0]):
            refused.append(address[0])
            raise _RefusedAddress("not public")
        return socket.socket(family, kind, protocol)

    # Errors of the client hold the address with its password, so none is chained to ours.
    try:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=open_socket, use_dns_cache=False),
            timeout=aiohttp.ClientTimeout(
                total=bounds.max_seconds, sock_connect=MAX_CONNECT_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A packed answer is unpacked later, within bounds.
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "Slipway"},
        ) as session:
            return await _follow(session, url, bounds)
    except TimeoutError:
        raise UnreadableFile(
            f"An address must answer within {bounds.max_seconds:,.0f} seconds. {show_address(url)} did not.",
            "Try again later, or download the file and load it.",
        ) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if refused:
            raise UnreadableFile(
                f"An address must be on the public Internet. {show_address(url)} leads to one that is not.",
                "Download the file and load it.",
            ) from None
        raise UnreadableFile(
            f"{show_address(url)} must be a file on the web. {_reason(error)}.", _BY_HAND
        ) from None


async def _follow(session: ClientSession, url: str, bounds: Bounds) -> Fetched:
    from yarl import URL

    place = URL(url)
    for _ in range(MAX_REDIRECTS + 1):
        # As the client has parsed it, which may be otherwise than what was checked before.
        check_address(str(place), bounds)
        async with session.get(place, allow_redirects=False) as response:
            target = response.headers.get("Location")
            if response.status not in _REDIRECTS or not target:
                return await _take(response, url, bounds)
            place = place.join(URL(target))
    raise UnreadableFile(
        f"An address must lead to a file within {MAX_REDIRECTS} redirects. {show_address(url)} does not.",
        _BY_HAND,
    )


async def _take(response: ClientResponse, url: str, bounds: Bounds) -> Fetched:
    if response.status != 200:
        raise UnreadableFile(
            f"{show_address(url)} must be a file on the web. The server answers {response.status} {response.reason or ''}".rstrip()
            + ".",
            _BY_HAND,
        )
    check_length(response.content_length or 0, url, bounds)
    pieces, size = [], 0
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        pieces.append(piece)
        size += len(piece)
        check_length(size, url, bounds)
    return Fetched(b"".join(pieces), _filename(response, url), show_address(url))


def _filename(response: ClientResponse, url: str) -> str:
    """The name that the server gives, or the last part of the address that has an ending."""
    given = response.content_disposition.filename if response.content_disposition else None
    if given:
        return safe_filename(given)
    asked = safe_filename(show_address(url).partition("://")[2].partition("/")[2])
    led_to = safe_filename(response.url.path)
    return led_to if "." in led_to and "." not in asked else asked


def _reason(error: Exception) -> str:
    """Why a connection or an answer failed, in words that hold no part of the address."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "Its certificate is not valid"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "Its name is not known"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "The answer breaks off"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"It cannot be reached: {error.os_error.strerror or 'no connection'}"
    if isinstance(error, aiohttp.InvalidURL):
        return "It is no valid address"
    return f"Its server does not answer as it should ({type(error).__name__})"
