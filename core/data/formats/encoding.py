"""Bytes to text: by mark, as UTF-8, or by a guess that is checked against all bytes."""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from core.data.doubts import EncodingDoubt
from core.data.formats.codepages import CODE_PAGES, PageReading, other_readings, read_code_pages
from core.errors import UnreadableFile

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the mark of UTF-16, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")

SAMPLE_BYTES = 64 * 1024
"""How much of the telling lines is given to the guesser, whose time grows with it."""

PIECE_BYTES = 1 << 20
"""How much is looked at at a time, which bounds the memory."""

SHOWN_WORDS = 3
"""So many words show a doubt about an encoding."""

MAX_BROKEN_SHARE = 0.3
"""Of the characters beyond ASCII, how many may be broken in what still counts as UTF-8."""

_WIDER = {
    "shift_jis_2004": "cp932",
    "euc_jis_2004": "euc_jp",
    "iso2022_jp_2": "iso2022_jp",
    "big5hkscs": "big5",
}
"""Encodings of several bytes a character, by what each is called where it is used: the same but for rare letters."""

_SEVERAL_BYTES = (*_WIDER, "cp949", "gb18030", "iso2022_kr")

_ESCAPED = re.compile(rb"\x1b\$(?:[@AB]|\([CDOPQ]|\)[AC])")
# Separators of fields and records (1c to 1f) may be in any text.
_CONTROL = re.compile(r"[\x00\x02-\x08\x0e-\x1b]")
_NO_TEXT = frozenset(["Cc", "Cn", "Co", "Cs"])
_PLAIN = re.compile(r"[\t\n\r -~]")


@dataclass(frozen=True)
class Guess:
    """The encoding of a text.

    Attributes
    ----------
    encoding
        Its name in Python.
    reading, others
        How the words beyond ASCII read in it, and in others that are nearly as likely; None and empty where
        nothing had to be guessed.
    """

    encoding: str
    reading: PageReading | None = None
    others: tuple[PageReading, ...] = ()

    def list_doubts(self) -> tuple[EncodingDoubt, ...]:
        """The doubt about it, where there is one, with some words that differ."""
        if self.reading is None or not self.others:
            return ()
        words = list(zip(self.reading.words, *(page.words for page in self.others), strict=True))
        differ = [forms for forms in words if len(set(forms)) > 1][:SHOWN_WORDS]
        own, *others = zip(*differ, strict=True)
        names = [page.encoding for page in self.others]
        return (EncodingDoubt(self.encoding, own, tuple(zip(names, others, strict=True))),)


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of these bytes without a byte order mark, and the name of its encoding.

    Zero bytes with which the end is padded are left out, and the mark with which DOS ended a text.

    Raises
    ------
    UnreadableFile
        When the bytes are no text, or not text in the given `encoding`.

    Examples
    --------
    >>> decode("Straße".encode("utf-8"))
    ('Straße', 'utf-8')
    """
    name = encoding or detect_encoding(content)
    try:
        text = content.decode(name)
    except LookupError as error:
        raise UnreadableFile(
            f"The encoding must be one that Python knows. Got {name!r}.", "Use utf-8, for example."
        ) from error
    except UnicodeError as error:
        raise _not_text(f"it is not {name}: {error}") from error
    text = text.rstrip("\0\x1a") if text.endswith(("\0", "\x1a")) else text
    check_text(text[:100_000])
    return text, name


def check_text(sample: str) -> None:
    """Nothing, when this beginning of a text has hardly any control characters.

    Raises
    ------
    UnreadableFile
        When it is full of them.
    """
    if len(_CONTROL.findall(sample)) > len(sample) / 200:
        raise _not_text("it is full of control characters")


def detect_encoding(content: bytes) -> str:
    r"""The name of the encoding that `guess_encoding` finds.

    Examples
    --------
    >>> detect_encoding(b"a,b\n"), detect_encoding("Größe".encode("cp1252"))
    ('utf-8', 'cp1252')
    """
    return guess_encoding(content).encoding


def guess_encoding(content: bytes) -> Guess:
    r"""An encoding in which all of these bytes are text.

    The whole of them is checked, but never made text at once.

    Raises
    ------
    UnreadableFile
        When they are no text, or text in UTF-8 with some broken bytes; the message names the line.

    Examples
    --------
    >>> [page.words for page in guess_encoding("Öl".encode("cp850")).others]
    []
    """
    for mark, name in _MARKS:
        if content.startswith(mark) and (name != "utf-8-sig" or _is_utf8(content)):
            return Guess(name)
    text = content.rstrip(b"\0") or content
    if b"\0" in text:
        return Guess(_detect_wide(content))
    if text.isascii():
        return _guess(text) if _ESCAPED.search(text[:SAMPLE_BYTES]) else Guess("utf-8")
    if _is_utf8(text):
        return Guess("utf-8")
    _refuse_broken(text)
    return _guess(text)


def are_utf8(pieces: Iterable[bytes]) -> bool:
    r"""Whether `detect_encoding` says UTF-8 of all these bytes, which are never held together.

    Examples
    --------
    >>> are_utf8(["\u00e9".encode()[:1], "\u00e9".encode()[1:]]), are_utf8([b"a\x80"])
    (True, False)
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_first = is_ascii = True
    is_escaped = is_padding = False
    try:
        for piece in pieces:
            if is_first:
                if piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    return False
                is_escaped = _ESCAPED.search(piece[:SAMPLE_BYTES]) is not None
            text = piece.rstrip(b"\0")
            if b"\0" in text or (is_padding and text):
                return False
            is_padding = len(text) < len(piece)
            is_ascii = is_ascii and piece.isascii()
            if not piece.isascii() or decoder.getstate()[0]:
                decoder.decode(piece)
            is_first = False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return not (is_ascii and is_escaped)


def telling_part(pieces: Iterable[bytes]) -> bytes:
    """The beginning of a text and its first lines beyond ASCII: what `detect_encoding` guesses by."""
    telling = bytearray()
    for number, piece in enumerate(pieces):
        if number == 0:
            telling += piece[: SAMPLE_BYTES * 2]
            piece = piece[SAMPLE_BYTES * 2 :]
        if not piece.isascii():
            telling += b"".join(
                line for line in piece.splitlines(keepends=True) if not line.isascii()
            )
        if len(telling) >= SAMPLE_BYTES * 4:
            break
    return bytes(telling[: SAMPLE_BYTES * 4])


def _detect_wide(content: bytes) -> str:
    """The encoding of text whose characters have two or four bytes each."""
    sample = content[: SAMPLE_BYTES // 4 * 4]
    best = max(_WIDE, key=lambda name: _plain_share(sample, name))
    if _plain_share(sample, best) <= 0:
        raise _not_text("it holds zero bytes")
    if not _fits(content, best):
        raise _not_text(f"it begins as {best} and does not go on so")
    return best


def _plain_share(sample: bytes, name: str) -> float:
    """The share of characters that any table has, less those that no text has."""
    text = sample.decode(name, errors="replace").rstrip("\ufffd\0")
    wrong = sum(unicodedata.category(mark) in _NO_TEXT for mark in text if mark not in "\t\r\n")
    return len(_PLAIN.findall(text)) / max(1, len(text)) - 20 * wrong / max(1, len(text))


def _is_utf8(content: bytes) -> bool:
    whole = [None, pa.array([0, len(content)], pa.int64()).buffers()[1], pa.py_buffer(content)]
    try:
        pa.Array.from_buffers(pa.large_string(), 1, whole).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _refuse_broken(content: bytes) -> None:
    """Raises `UnreadableFile` when this is UTF-8 but for some bytes."""
    good = broken = looked = 0
    for piece in _pieces(content):
        if not piece.isascii() and looked < 8:
            text = piece.decode("utf-8", errors="replace")
            lost = text.count("\ufffd")
            broken, looked = broken + lost, looked + 1
            good += (
                sum(not line.isascii() and _beyond_ascii(line) for line in text.split("\n")) - lost
            )
    if good <= 0 or broken > (good + broken) * MAX_BROKEN_SHARE:
        return
    place = _first_broken(content)
    line = content.count(b"\n", 0, place) + 1
    if place >= len(content) - 3:
        raise UnreadableFile(
            f"The file must end with a whole character. It was cut off in line {line:,}.",
            "Copy or download it again.",
        )
    raise UnreadableFile(
        f"A text in UTF-8 must be so throughout. Line {line:,} holds bytes that are not.",
        "Correct that line, or save the table as UTF-8 again.",
    )


def _beyond_ascii(line: str) -> int:
    return sum(mark > "\x7f" for mark in line)


def _first_broken(content: bytes) -> int:
    decoder, before = codecs.getincrementaldecoder("utf-8")(), 0
    for piece in _pieces(content):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            return before - held + error.start
        before += len(piece)
    return before


def _guess(content: bytes) -> Guess:
    """The encoding of a text that is in no Unicode, and how its words read in others."""
    telling = _telling_lines(content)
    pages = read_code_pages(telling, content[:SAMPLE_BYTES])
    several = _guess_several_bytes(telling)
    if several and not (pages and pages[0].is_readable) and _fits(content, several):
        return Guess(several)
    fitting = [page for page in pages if _fits(content, page.encoding)]
    if fitting:
        return Guess(fitting[0].encoding, fitting[0], tuple(other_readings(fitting)))
    if _fits(content, "latin-1"):
        return Guess("latin-1")
    raise _not_text("no encoding fits it")


def _guess_several_bytes(telling: bytes) -> str | None:
    from chardet import detect

    usual = (*CODE_PAGES, *_SEVERAL_BYTES)
    guess = detect(telling, include_encodings=usual, compat_names=False)["encoding"]
    return _WIDER.get(guess, guess) if guess in _SEVERAL_BYTES else None


def _telling_lines(content: bytes) -> bytes:
    """The first lines that are not plain ASCII, which says nothing and would drown them."""
    if content.isascii():
        return content[:SAMPLE_BYTES]
    telling = bytearray()
    for piece in _pieces(content):
        if not piece.isascii():
            for line in piece.splitlines(keepends=True):
                telling += b"" if line.isascii() else line
        if len(telling) >= SAMPLE_BYTES:
            break
    return bytes(telling[: telling.rfind(b"\n", 0, SAMPLE_BYTES) + 1] or telling[:SAMPLE_BYTES])


def _pieces(content: bytes) -> Iterator[bytes]:
    """The bytes, a bounded number of them at a time, cut behind a line where one ends."""
    start = 0
    while start < len(content):
        end = start + PIECE_BYTES
        if end < len(content):
            end = content.rfind(b"\n", start, end) + 1 or end
        yield content[start:end]
        start = end


def _fits(content: bytes, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for start in range(0, len(content), PIECE_BYTES):
            decoder.decode(content[start : start + PIECE_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _not_text(why: str) -> UnreadableFile:
    return UnreadableFile(
        f"The file must be a table as text, Excel, Parquet or JSON. This one is binary or in an unknown encoding: {why}.",
        "Save it as CSV in UTF-8, or as one of these formats.",
    )
