"""Bytes to text: by mark, as UTF-8, or by a guess that is checked."""

import codecs
import re

from core.errors import UnreadableFile

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the mark of UTF-16, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

SAMPLE_BYTES = 64 * 1024
"""How much of the telling lines is given to the guesser, whose time grows with it."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of these bytes without a byte order mark, and the name of its encoding.

    Raises
    ------
    UnreadableFile
        When the bytes are no text, or not text in the given `encoding`.

    Examples
    --------
    >>> decode("Straße".encode("utf-8"))
    ('Straße', 'utf-8')
    """
    name = encoding or _detect(content)
    try:
        text = content.decode(name)
    except LookupError as error:
        raise UnreadableFile(
            f"The encoding must be one that Python knows. Got {name!r}.", "Use utf-8, for example."
        ) from error
    except UnicodeError as error:
        raise _not_text(f"it is not {name}: {error}") from error
    if len(_CONTROL.findall(text, 0, 100_000)) > len(text[:100_000]) / 200:
        raise _not_text("it is full of control characters")
    return text, name


def _detect(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    if b"\0" in content:
        raise _not_text("it holds zero bytes")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(content)
    return "utf-8"


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes

    # Lines of plain ASCII say nothing and would drown those that do.
    telling = b"\n".join(line for line in content.splitlines() if not line.isascii())
    best = from_bytes(telling[:SAMPLE_BYTES]).best()
    for name in (best.encoding if best else None, "cp1252", "latin-1"):
        if name is not None and _fits(content, name):
            return name
    raise _not_text("no encoding fits it")


def _fits(content: bytes, name: str) -> bool:
    try:
        content.decode(name)
    except UnicodeError:
        return False
    return True


def _not_text(why: str) -> UnreadableFile:
    return UnreadableFile(
        f"The file must be a table as text, Excel, Parquet or JSON. This one is binary or in an unknown encoding: {why}.",
        "Save it as CSV in UTF-8, or as one of these formats.",
    )
