import json

import pandas as pd
import pytest

from core.data.reading import Reading, list_tables, read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions


def read(value: object, options: ReadOptions | None = None) -> Reading:
    return read_table(json.dumps(value).encode(), "t.json", options)


TABLE = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).astype({"b": "str"})


@pytest.mark.parametrize(
    "value",
    [
        [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        {"results": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "count": 2, "next": None},
        {"response": {"items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}, "ok": True},
        {"a": [1, 2], "b": ["x", "y"]},
        {"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}},
        {"0": {"a": 1, "b": "x"}, "1": {"a": 2, "b": "y"}},
        {"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]},
        [["a", "b"], [1, "x"], [2, "y"]],
    ],
)
def test_each_form_is_the_same_table_and_is_read_again_by_its_options(value: object) -> None:
    reading = read(value)
    pd.testing.assert_frame_equal(reading.frame, TABLE)
    pd.testing.assert_frame_equal(read(value, reading.options).frame, TABLE)


def test_objects_in_records_become_columns_one_level_deep() -> None:
    value = [
        {"id": 1, "place": {"lat": 1.5, "far": {"x": 1}}, "tags": ["u"]},
        {"id": 2, "place": None, "tags": []},
        {"id": 3, "place": {}, "place.lat": 9},
    ]
    frame = read(value).frame
    assert set(frame) == {"id", "place.lat", "place.far", "tags", "place", "place.lat_2"}
    assert frame["place.lat"].iloc[0] == 1.5
    assert frame["place.far"].iloc[0] == '{"x": 1}'
    assert frame["place.lat_2"].iloc[2] == 9


def test_places_give_their_properties_and_points() -> None:
    def feature(properties, geometry):
        return {"type": "Feature", "properties": properties, "geometry": geometry}

    value = {
        "type": "FeatureCollection",
        "features": [
            feature({"name": "A"}, {"type": "Point", "coordinates": [8.5, 47.4, 400]}),
            feature({"name": "B"}, {"type": "Polygon", "coordinates": [[[0, 0]]]}),
            feature({"name": "C"}, None),
        ],
    }
    frame = read_table(json.dumps(value).encode(), "t.geojson").frame
    assert list(frame) == ["name", "longitude", "latitude"]
    assert frame.iloc[0].tolist() == ["A", 8.5, 47.4]
    assert frame["latitude"].isna().tolist() == [False, True, True]


def test_of_several_lists_the_longest_is_taken_and_any_can_be_chosen() -> None:
    value = {"shops": [{"s": 1}], "toys": [{"t": 1}, {"t": 2}]}
    reading = read(value)
    assert (list(reading.frame), reading.options.sheet) == (["t"], "toys")
    listed = [(t.name, t.option, t.rows) for t in list_tables(json.dumps(value).encode(), "t.json")]
    assert listed == [("toys", "sheet", 2), ("shops", "sheet", 1)]
    assert list(read(value, ReadOptions(format="json", sheet="shops")).frame) == ["s"]
    with pytest.raises(UnreadableFile, match="'none'"):
        read(value, ReadOptions(format="json", sheet="none"))


def test_lines_may_be_blank_or_remarks() -> None:
    text = b'# from the office\n{"a": 1}\n\n// more\n{"a": 2}\n'
    assert read_table(text, "t.jsonl").frame["a"].tolist() == [1, 2]
    assert read_table(b'// one\n{"a": 1, "b": 2}\n', "t.jsonl").frame["b"].tolist() == [2]


def test_words_for_no_number_are_missing() -> None:
    frame = read_table(b'[{"a": NaN, "b": 1}, {"a": 2, "b": Infinity}]', "t.json").frame
    assert frame["a"].isna().tolist() == [True, False]


def test_rows_without_names_get_numbers() -> None:
    reading = read([[1, "x"], [2, "y"]])
    assert (list(reading.frame), reading.options.header) == (["column_1", "column_2"], False)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"a": [1, 2], "b": [3]}, "one length"),
        ([[1, 2], [3]], "Row 2"),
        ([{"a": 1}, 5], "Entry 2 is 5"),
        ({"type": "FeatureCollection", "features": [5]}, "Feature 1 is 5"),
        ({"settings": {"b": {"c": 1}}, "list": [1, 2]}, "must be a table"),
        ({}, "must be a table"),
        ([{}], "none"),
    ],
)
def test_what_is_no_table_is_refused(value: object, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(value)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"a": i, "b": {"c": "x"}, "d": [1]} for i in range(20)]),
        "\n".join(json.dumps({"a": i, "b": None}) for i in range(20)),
        json.dumps({"n": 1, "rows": [{"a": 1.5}] * 9}),
        json.dumps({"a": [1, 2], "b": ["x", "y"]}),
    ],
)
def test_mutated_text_is_read_or_refused(text: str, read_mutations) -> None:
    assert read_mutations(text.encode(), "t.json")
