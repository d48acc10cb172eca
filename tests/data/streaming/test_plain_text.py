"""Texts in any encoding are translated as the reader of whole files decodes them."""

import pytest

from core.data.formats.encoding import are_utf8, decode, detect_encoding
from core.data.streaming import plain_text
from core.data.streaming.plain_text import to_plain_text
from core.errors import UnreadableFile

TEXT = "Größe;Ort\n1,5;Köln\n2,5;Düren – €\n" * 50


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"]
)
@pytest.mark.parametrize("piece_bytes", [7, 2**20])
def test_the_text_is_what_the_whole_decodes_to(tmp_path, monkeypatch, encoding, piece_bytes):
    monkeypatch.setattr(plain_text, "PIECE_BYTES", piece_bytes)
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode(encoding))
    found = to_plain_text(path, None, tmp_path)
    content = found.path.read_bytes()[found.head.start : found.end]
    assert content.decode() == decode(path.read_bytes())[0]
    assert found.head.encoding == detect_encoding(path.read_bytes())


def test_padding_at_the_end_is_left_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,2\n\x1a\0\0\0")
    assert to_plain_text(path, None, tmp_path).end == 8


def test_a_late_broken_byte_is_told_with_its_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("é,b\n".encode() * 300_000 + b"\xff,b\n")
    with pytest.raises(UnreadableFile, match="Line 300,001 holds bytes"):
        to_plain_text(path, None, tmp_path)


def test_whether_pieces_are_utf8_is_what_the_whole_says():
    assert are_utf8([b"abc\0\0", b"\0"])
    assert not are_utf8([b"abc\0", b"d"])
    assert not are_utf8(["é".encode()[:1]])
    assert not are_utf8([b"\x1b$B%F%9%H\x1b(B"])
