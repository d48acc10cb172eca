"""A text file in any encoding to one on disk in UTF-8, in bounded memory."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from core.data.formats.delimited_text import Text, to_text
from core.data.formats.encoding import are_utf8, detect_encoding, telling_part
from core.errors import UnreadableFile
from core.storage import storage_errors

PIECE_BYTES = 2**20
HEAD_BYTES = 2**20
"""So much shows dialect and layout, which need 128 thousand characters."""


@dataclass(frozen=True)
class PlainText:
    """A text file in UTF-8.

    Attributes
    ----------
    path
        Of the file, or of its translation.
    head
        Its beginning, as what it is in.
    end
        The byte at which the text ends: padding may be behind it.
    """

    path: Path
    head: Text
    end: int


def to_plain_text(path: Path, encoding: str | None, work: Path) -> PlainText:
    """A text file as it is, where it is in UTF-8, else translated.

    Parameters
    ----------
    encoding
        Its own, when that is known.
    work
        A folder for the translation.

    Raises
    ------
    UnreadableFile
        When it is no text, or none in this encoding.
    StorageError
        When the translation cannot be written.
    """
    if encoding is None and are_utf8(_pieces(path)):
        return _opened(path, None)
    name = encoding or _detect(path)
    target = work / "text.utf8"
    try:
        _translate(path, target, name)
    except (UnicodeError, LookupError):
        # A late byte is of no text in this encoding: all of them have to be looked at.
        content = path.read_bytes()
        text = to_text(content, encoding)
        target.write_bytes(text.data)
        name = text.encoding
    return _opened(target, name)


def _opened(path: Path, encoding: str | None) -> PlainText:
    with path.open("rb") as file:
        end = _text_end(file)
        file.seek(0)
        head = file.read(min(HEAD_BYTES, end))
    if end > len(head):
        # A character that is cut would be none.
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1] or head[:-4]
    text = to_text(head, encoding and "utf-8")
    return PlainText(path, replace(text, encoding=encoding or text.encoding), end)


def _text_end(file: BinaryIO) -> int:
    """Where a text ends, without zero bytes and the mark with which DOS ended it."""
    end = file.seek(0, os.SEEK_END)
    while end:
        begin = max(0, end - PIECE_BYTES)
        file.seek(begin)
        kept = file.read(end - begin).rstrip(b"\0\x1a")
        if kept:
            return begin + len(kept)
        end = begin
    return 0


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _detect(path: Path) -> str:
    """The encoding of a text that is not in UTF-8; raises `UnreadableFile` when it is none."""
    try:
        return detect_encoding(telling_part(_pieces(path)))
    except UnreadableFile:
        # Which line is to blame shows only in all of them.
        return detect_encoding(path.read_bytes())


def _translate(path: Path, target: Path, encoding: str) -> None:
    """Writes the text as UTF-8, without a byte order mark."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with storage_errors(target), target.open("wb") as out:
        for piece in _pieces(path):
            out.write(decoder.decode(piece).encode())
        out.write(decoder.decode(b"", final=True).encode())
