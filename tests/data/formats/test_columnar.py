"""Arrow, ORC and Stata: files whose columns have declared types."""

import io

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, orc

from core.data.reading import read_table
from core.errors import UnreadableFile

FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "x": [0.5, None, 1.5],
        "code": ["007", "5.10", None],
        "day": pd.to_datetime(["2024-05-01", None, "2024-05-03"]),
    }
)


def write(how, **options) -> bytes:
    buffer = io.BytesIO()
    how(buffer, **options)
    return buffer.getvalue()


def write_stream() -> bytes:
    table = pa.Table.from_pandas(FRAME)
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as stream:
        stream.write_table(table)
    return buffer.getvalue()


FILES = {
    "t.feather": write(lambda buffer: feather.write_feather(FRAME, buffer)),
    "t.arrow": write(
        lambda buffer: feather.write_feather(FRAME, buffer, compression="uncompressed")
    ),
    "t.arrows": write_stream(),
    "t.orc": write(lambda buffer: orc.write_table(pa.Table.from_pandas(FRAME), buffer)),
    "t.dta": write(
        FRAME.assign(code=FRAME["code"].fillna("")).to_stata, write_index=False, version=118
    ),
    "old.dta": write(
        FRAME.assign(code=FRAME["code"].fillna("")).to_stata, write_index=False, version=114
    ),
    "t.parquet": write(FRAME.to_parquet),
}


@pytest.mark.parametrize("name", FILES)
def test_types_are_as_declared_and_text_stays_text(name: str) -> None:
    frame = read_table(FILES[name], name).frame
    assert list(frame) == list(FRAME)
    assert frame["n"].tolist() == [1, 2, 3]
    assert frame["x"].tolist()[::2] == [0.5, 1.5]
    assert frame["code"].tolist()[:2] == ["007", "5.10"]
    assert frame["day"].iloc[0] == pd.Timestamp("2024-05-01")
    assert frame.isna().sum().tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("name", sorted(set(FILES) - {"t.arrows", "old.dta"}))
def test_the_content_tells_the_format(name: str) -> None:
    renamed = "t.orc" if name == "t.orc" else "t.csv"
    pd.testing.assert_frame_equal(
        read_table(FILES[name], renamed).frame, read_table(FILES[name], name).frame
    )


def test_text_that_begins_like_a_format_is_text() -> None:
    assert list(read_table(b"ORC,elf\n1,2\n", "t.csv").frame) == ["ORC", "elf"]
    assert list(read_table(b"ARROW1,b\n1,2\n", "t.csv").frame) == ["ARROW1", "b"]


def test_text_stays_text_in_whatever_way_arrow_keeps_it() -> None:
    for kind in (
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
    ):
        table = pa.table({"a": pa.array(["5.10", " ", "1"]).cast(kind), "b": [1, 2, 3]})
        buffer = io.BytesIO()
        with pa.ipc.new_file(buffer, table.schema) as file:
            file.write_table(table)
        values = read_table(buffer.getvalue(), "t.arrow").frame["a"]
        assert values.tolist()[::2] == ["5.10", "1"]
        assert pd.isna(values[1])


def test_value_labels_of_stata_take_the_place_of_codes() -> None:
    frame = pd.DataFrame({"sex": pd.Categorical(["male", "female", None])})
    content = write(frame.to_stata, write_index=False)
    assert read_table(content, "t.dta").frame["sex"].tolist() == ["male", "female"]


@pytest.mark.parametrize("name", FILES)
def test_mutated_files_are_read_or_refused(name: str, read_mutations) -> None:
    assert read_mutations(FILES[name], name)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"FEA1" + bytes(99), "Feather file of version 1"),
        (b"$FL2@(#) SPSS DATA FILE", "SPSS"),
        (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "SAS"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x80\x04\x95\x00", "pickle"),
    ],
)
def test_formats_that_need_another_program_are_refused_with_what_to_do(
    content: bytes, what: str
) -> None:
    with pytest.raises(UnreadableFile, match=what) as caught:
        read_table(content, "t.bin")
    assert caught.value.hint
