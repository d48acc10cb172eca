"""The file at an address: `https://`, `s3://` or `gs://`, where the operator allows it.

A server that fetches what its users name can be made to ask its own neighbours. So it is off unless it
is allowed, and the web is reached by connections that refuse addresses which are not public, at the
moment of connecting: what a name resolved to before, and where a redirect leads, does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from core.data.sources.guard import is_public
from core.errors import UnreadableFile, first_line
from core.settings import Settings

MAX_SECONDS = 120
MAX_REDIRECTS = 5
MAX_NAME_CHARACTERS = 120

CLIENTS = {"s3": "s3fs", "gs": "gcsfs"}
"""What has to be installed for a kind of cloud storage; both are the operator's choice, being large."""

_PIECE_BYTES = 2**18


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched.

    Attributes
    ----------
    content, filename
        As if it had been uploaded.
    source
        The address without user, password and query, for people.
    """

    content: bytes
    filename: str
    source: str


@dataclass(frozen=True)
class Bounds:
    """What is fetched, and from where.

    Attributes
    ----------
    schemes
        The kinds of address that are allowed: `https`, `http`, `s3`, `gs`.
    hosts
        The hosts, and buckets, that are allowed; one that begins with a dot stands for all names
        below it. Empty = all.
    max_bytes, max_seconds
        The largest file, and the longest time for all of it.
    may_connect
        Whether a connection to this IP address may be opened.
    """

    schemes: tuple[str, ...]
    hosts: tuple[str, ...]
    max_bytes: int
    max_seconds: float = MAX_SECONDS
    may_connect: Callable[[str], bool] = is_public


def fetch(url: str, settings: Settings) -> Fetched:
    """The file at an address, within what the operator allows.

    It takes as long as the network does, and must not be called from an event loop.

    Raises
    ------
    UnreadableFile
        When the address is not allowed, or there is no file, or it is too large or takes too long;
        the message never holds a password or a query.
    """
    bounds = Bounds(settings.url_schemes, settings.url_hosts, settings.max_upload_bytes)
    return fetch_within(url, bounds)


def fetch_within(url: str, bounds: Bounds) -> Fetched:
    """As `fetch`, within these bounds.

    Raises
    ------
    UnreadableFile
        As `fetch`.
    """
    url = url.strip()
    if not bounds.schemes:
        raise UnreadableFile(
            "A file must be uploaded: this server fetches none from addresses.",
            "Download it and load the file, or ask the operator to set SLIPWAY_ALLOW_URLS.",
        )
    scheme = check_address(url, bounds)
    if scheme in CLIENTS:
        return _fetch_cloud(url, scheme, bounds)
    from core.data.sources.web import fetch_web

    return fetch_web(url, bounds)


def check_address(url: str, bounds: Bounds) -> str:
    """The kind of an address that is allowed.

    Raises
    ------
    UnreadableFile
        When it is not allowed.
    """
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    except ValueError:
        scheme, host = "", ""
    if scheme not in bounds.schemes or not host:
        allowed = " or ".join(f"{name}://" for name in bounds.schemes)
        raise UnreadableFile(
            f"An address must begin with {allowed}. Got {show_address(url)!r}.",
            "Correct it, or ask the operator to allow its kind in SLIPWAY_ALLOW_URLS.",
        )
    if bounds.hosts and not any(_is_host(host, entry) for entry in bounds.hosts):
        raise UnreadableFile(
            f"The host must be one that the operator allows. Got {host!r}.",
            "Download the file and load it, or ask the operator to add the host to SLIPWAY_ALLOWED_HOSTS.",
        )
    return scheme


def show_address(url: str) -> str:
    """The address without user, password, query and fragment.

    Examples
    --------
    >>> show_address("https://me:secret@host.org:8443/a.csv?token=x")
    'https://host.org:8443/a.csv'
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an address that cannot be parsed"
    if not parts.scheme or not host:
        return url.partition("?")[0].rpartition("@")[2][:60]
    return f"{parts.scheme}://{host}{parts.path}"


def safe_filename(name: str, default: str = "table") -> str:
    """The last part of a name that somebody else chose, of plain characters only.

    Examples
    --------
    >>> safe_filename("../../etc/data set.csv"), safe_filename("..")
    ('data set.csv', 'table')
    """
    last = PurePosixPath(unquote(name).replace("\\", "/")).name
    kept = "".join(c for c in last if c.isprintable() and c not in '/:*?"<>|').strip(" .")
    return kept[-MAX_NAME_CHARACTERS:] or default


def check_length(size_bytes: int, url: str, bounds: Bounds) -> None:
    """Nothing, for a file that is not too large.

    Raises
    ------
    UnreadableFile
        When it is.
    """
    if size_bytes > bounds.max_bytes:
        raise UnreadableFile(
            f"A file must have at most {bounds.max_bytes:,} bytes. {show_address(url)} has {size_bytes:,} or more.",
            "Take a sample of its rows, save it as Parquet, or raise SLIPWAY_MAX_UPLOAD_MB.",
        )


def _is_host(host: str, entry: str) -> bool:
    entry = entry.lower()
    return host.endswith(entry) if entry.startswith(".") else host == entry


def _fetch_cloud(url: str, scheme: str, bounds: Bounds) -> Fetched:
    try:
        import fsspec

        files = fsspec.filesystem(scheme)
    except ImportError as error:
        raise UnreadableFile(
            f"Reading {scheme}:// addresses needs the package {CLIENTS[scheme]}, which is not installed.",
            f"Ask the operator for `pip install {CLIENTS[scheme]}`, or download the file and load it.",
        ) from error
    return read_stored(files, url, bounds)


def read_stored(files: object, url: str, bounds: Bounds) -> Fetched:
    """The file at an address of cloud storage, through an fsspec file system.

    Raises
    ------
    UnreadableFile
        When there is none, it cannot be read, or is too large.
    """
    path = url.partition("://")[2].partition("?")[0]
    pieces, size = [], 0
    # Each client has errors of its own.
    try:
        with files.open(path, "rb") as stream:  # type: ignore[attr-defined]  # fsspec has no types
            while piece := stream.read(_PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                check_length(size, url, bounds)
    except UnreadableFile:
        raise
    except Exception as error:
        what = "It is not there" if isinstance(error, FileNotFoundError) else first_line(error)
        raise UnreadableFile(
            f"{show_address(url)} must be a file that this server may read. {what}.",
            "Check the address and who may read it, or download the file and load it.",
        ) from error
    return Fetched(b"".join(pieces), safe_filename(path), show_address(url))
