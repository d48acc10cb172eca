import bz2
import gzip
import io
import lzma
import struct
import tracemalloc
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from core.data.containers import MAX_RATIO, RATIO_FREE_BYTES, stays_small, unpack
from core.data.reading import list_tables, read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions

CSV = b"a,b\n1,x\n2,y\n3,\n"
LONG = b"c\n" + b"1\n2\n" * 50


def zip_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PACKED = {
    "t.csv.gz": gzip.compress(CSV),
    "t.csv.bz2": bz2.compress(CSV),
    "t.csv.xz": lzma.compress(CSV),
    "t.csv.zst": pa.compress(CSV, codec="zstd", asbytes=True),
    "t.zip": zip_of({"t.csv": CSV}),
    "lzma.zip": zip_of({"t.csv": CSV}, zipfile.ZIP_LZMA),
    "twice.zip": zip_of({"t.csv.gz": gzip.compress(CSV)}),
    "t.csv": gzip.compress(gzip.compress(CSV)),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_table_is_the_same_table(name: str) -> None:
    reading = read_table(PACKED[name], name)
    pd.testing.assert_frame_equal(reading.frame, read_table(CSV, "t.csv").frame)
    again = read_table(PACKED[name], name, reading.options)
    pd.testing.assert_frame_equal(again.frame, reading.frame)


def test_several_packed_parts_are_one_file() -> None:
    assert (
        unpack(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"), "t.gz").content == b"a,b\n1,2\n"
    )
    assert unpack(bz2.compress(b"a,b\n") + bz2.compress(b"1,2\n"), "t.bz2").content == b"a,b\n1,2\n"


def test_the_name_inside_still_hints_at_the_format() -> None:
    assert unpack(PACKED["t.csv.gz"], "folder/T.JSONL.GZ").filename == "T.JSONL"
    assert read_table(gzip.compress(b'{"a": 1}\n{"a": 2}\n'), "x.jsonl.gz").options.format == "json"


def test_of_several_tables_in_an_archive_the_largest_is_taken_and_any_can_be_chosen() -> None:
    content = zip_of(
        {
            "data/small.csv": CSV,
            "data/large.csv": LONG,
            "__MACOSX/data/._large.csv": b"\0" * 999,
            ".DS_Store": b"\0" * 999,
            "README.txt": b"A description. " * 99,
            "LICENSE": b"MIT " * 999,
            "photo.jpg": b"\xff\xd8\xff" * 999,
        }
    )
    reading = read_table(content, "all.zip")
    assert (list(reading.frame), reading.options.member) == (["c"], "data/large.csv")
    again = read_table(content, "all.zip", reading.options)
    assert again.options == reading.options
    chosen = read_table(content, "all.zip", ReadOptions(member="data/small.csv"))
    assert list(chosen.frame) == ["a", "b"]
    assert [(t.name, t.option, t.size_bytes) for t in list_tables(content, "all.zip")] == [
        ("data/large.csv", "member", len(LONG)),
        ("data/small.csv", "member", len(CSV)),
    ]
    with pytest.raises(UnreadableFile, match=r"'nowhere\.csv'") as caught:
        read_table(content, "all.zip", ReadOptions(member="nowhere.csv"))
    assert "data/small.csv" in caught.value.hint


def test_a_table_with_an_ending_of_its_own_is_found_when_there_is_no_other() -> None:
    files = {"adult.names": b"\0", "adult.xyz": CSV, "notes.pdf": b"%PDF" * 99}
    assert read_table(zip_of(files), "adult.zip").options.member == "adult.xyz"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zip_of({}), "holds: nothing"),
        (zip_of({"a.jpg": b"...", "b.pdf": b"..."}), r"a\.jpg, b\.pdf"),
        (zip_of({"word/document.xml": b"<x/>"}), "Word document"),
        (zip_of({"t.zip": zip_of({"t.csv.gz": gzip.compress(CSV)})}), "at most 2 times"),
        (gzip.compress(CSV)[:-9], r"gzip must be whole\. t is damaged"),
        (bz2.compress(CSV)[:-5], "bzip2 must be whole"),
        (lzma.compress(CSV)[:-9], "xz must be whole"),
        (pa.compress(CSV, codec="zstd", asbytes=True)[:-3], "Zstandard must be whole"),
        (zip_of({"t.csv": CSV})[:-30], "breaks off or is damaged"),
        (gzip.compress(b"%PDF-1.7"), "PDF document"),
        (zip_of({"t.csv": b"RDX3\n..."}), "R objects"),
        (b"x" * 257 + b"ustar" + bytes(300), "tar archive"),
        (b"Rar!\x1a\x07\x00", "RAR archive"),
    ],
    # Archives hold the time at which they were made, which names no test.
    ids=range(13),
)
def test_what_cannot_be_unpacked_to_a_table_is_refused_by_name(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason) as caught:
        read_table(content, "t")
    assert caught.value.hint


def test_an_encrypted_archive_is_refused_by_name() -> None:
    content = bytearray(zip_of({"secret.csv": CSV}, zipfile.ZIP_STORED))
    content[6] |= 1
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    with pytest.raises(UnreadableFile, match=r"secret\.csv in it is encrypted"):
        read_table(bytes(content), "t.zip")


def test_a_damaged_member_is_refused() -> None:
    content = bytearray(zip_of({"t.csv": CSV}, zipfile.ZIP_STORED))
    content[content.index(b"1,x")] ^= 1
    with pytest.raises(UnreadableFile, match=r"t\.csv in it is damaged: Bad CRC"):
        read_table(bytes(content), "t.zip")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lambda raw: zip_of({"t.csv": raw})])
def test_unpacking_stops_at_the_bound_and_tells_the_numbers(pack) -> None:
    packed = pack(bytes(RATIO_FREE_BYTES + 2**20))
    assert len(packed) * MAX_RATIO < RATIO_FREE_BYTES
    with pytest.raises(UnreadableFile, match=f"at most {RATIO_FREE_BYTES:,} bytes"):
        unpack(packed, "bomb.csv.gz")
    with pytest.raises(UnreadableFile, match="at most 1,000 bytes"):
        unpack(pack(bytes(5000)), "large.csv.gz", max_bytes=1000)


def test_an_archive_that_lies_about_its_sizes_gets_no_further() -> None:
    content = bytearray(zip_of({"t.csv": bytes(10**6)}))
    place = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, place + 24, 10)
    with pytest.raises(UnreadableFile):
        read_table(bytes(content), "t.zip")


def test_a_member_that_is_packed_in_an_unusual_way_is_unpacked_in_small_pieces() -> None:
    content = zip_of({"t.csv": b"1,1\n" * 2**25}, zipfile.ZIP_LZMA)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile, match="at most"):
            unpack(content, "t.zip", max_bytes=2**20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 * 2**20


@pytest.mark.parametrize("name", ["t.csv.gz", "t.zip", "twice.zip", "t.csv"])
def test_it_is_told_whether_a_packed_file_stays_small(name: str) -> None:
    assert stays_small(PACKED[name], len(CSV) + 100)
    assert not stays_small(PACKED[name], len(CSV) - 1)


def test_what_is_in_a_workbook_counts(tmp_path) -> None:
    pd.DataFrame({"a": ["x"] * 5000}).to_excel(tmp_path / "t.xlsx", index=False)
    content = (tmp_path / "t.xlsx").read_bytes()
    assert stays_small(content, 2**20)
    assert not stays_small(content, len(content))


def test_inside_a_chosen_member_the_tables_of_its_own_are_listed() -> None:
    import sqlite3

    database = sqlite3.connect(":memory:")
    database.executescript("CREATE TABLE a (x); CREATE TABLE b (y); INSERT INTO b VALUES (1)")
    content = zip_of({"shop.db": database.serialize(), "t.csv": CSV})
    database.close()
    assert [t.option for t in list_tables(content, "t.zip")] == ["member", "member"]
    inside = list_tables(content, "t.zip", member="shop.db")
    assert [(t.name, t.option, t.rows) for t in inside] == [("b", "sheet", 1), ("a", "sheet", 0)]
    options = ReadOptions(format="sqlite", member="shop.db", sheet="b")
    assert read_table(content, "t.zip", options).frame["y"].tolist() == [1]
    assert list_tables(CSV, "t.csv") == []


@pytest.mark.parametrize("name", PACKED)
def test_mutated_archives_are_read_or_refused(name: str, read_mutations) -> None:
    assert read_mutations(PACKED[name], name)
