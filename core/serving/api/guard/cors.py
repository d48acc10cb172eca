"""Which pages of other sites may ask, as browsers want it said (the Fetch standard's CORS protocol)."""

from collections.abc import Collection

from core.serving.api.guard.refusals import wrong_origin

Headers = list[tuple[bytes, bytes]]

METHODS = b"GET, POST, DELETE"
ALLOWED_HEADERS = b"authorization, content-type, x-api-key, x-request-id"
EXPOSED_HEADERS = b"x-request-id, retry-after, content-disposition"
MAX_AGE_SECONDS = b"600"


class CrossOrigin:
    """Answers what browsers ask before and after.

    Parameters
    ----------
    origins
        The sites whose pages may ask; `*` among them = all.
    """

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)
        self._all = b"*" in self._origins

    @property
    def is_off(self) -> bool:
        """Whether no other site may ask."""
        return not self._origins

    def headers(self, origin: bytes) -> Headers:
        """What is added to an answer to a page of this site."""
        if not self._allows(origin):
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", b"*" if self._all else origin),
            (b"access-control-expose-headers", EXPOSED_HEADERS),
            (b"vary", b"Origin"),
        ]

    def preflight(self, origin: bytes) -> Headers:
        """The answer to the question whether a page of this site may ask.

        Raises
        ------
        Refusal
            When it may not.
        """
        if not self._allows(origin):
            raise wrong_origin()
        return [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", ALLOWED_HEADERS),
            (b"access-control-max-age", MAX_AGE_SECONDS),
            (b"content-length", b"0"),
        ]

    def _allows(self, origin: bytes) -> bool:
        return self._all or origin in self._origins
