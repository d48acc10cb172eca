"""Rows that stay text until their contract reads them: the same answers and refusals as of rows that are decoded first."""

import json

import numpy as np
import pytest
from msgspec import Raw
from starlette.testclient import TestClient

from core.serving.api import Limits, create_api, service
from core.serving.contract import Contract
from core.serving.contract.field import Field
from core.serving.contract.row_text import MAX_FIELDS, RowsText, make_text_reader

V1 = "/v1/models/titanic:predict"


@pytest.fixture(scope="module")
def rows(titanic) -> list[dict[str, object]]:
    """As those of training."""
    example = titanic.contract.example
    return [example, example | {"Sex": "male", "Age": 40}, example | {"Sex": "female", "Age": None}]


@pytest.fixture
def ask(make_shelf, titanic, monkeypatch):
    """Status and content of the answer to a body, which counts as long or not."""
    client = TestClient(create_api(make_shelf(titanic), Limits(rows=6)))

    def ask_(path: str, body: str | bytes, is_long: bool) -> tuple[int, object]:
        monkeypatch.setattr(service, "TEXT_BYTES", 0 if is_long else len(body) + 1)
        headers = {"content-type": "application/json"}
        answer = client.post(path, content=body, headers=headers)
        return answer.status_code, answer.json()

    return ask_


@pytest.fixture
def agreed(ask, monkeypatch):
    """The same of both ways, which must agree."""

    def agreed_(path: str, body: str | bytes) -> tuple[int, object]:
        short, long = ask(path, body, False), ask(path, body, True)
        assert long == short
        return long

    return agreed_


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/predict", "features"),
        (V1, "instances"),
        (V1, "inputs"),
        ("/invocations", "dataframe_records"),
        ("/invocations", "instances"),
        ("/invocations", "inputs"),
        ("/score", "data"),
        ("/score", "input_data"),
    ],
)
def test_every_dialect_answers_the_same(agreed, rows, path, key):
    status, content = agreed(path, json.dumps({key: rows}))
    assert status == 200
    assert (
        len(content.get("prediction", content.get("predictions")) if path != "/score" else content)
        == 3
    )


def test_what_is_usual_is_not_decoded_first(ask, rows, monkeypatch):
    """Else the rest of this file would say nothing."""
    decoded = []
    monkeypatch.setattr(service, "ask", lambda *arguments: decoded.append(arguments))
    for features in (rows, [list(row.values()) for row in rows]):
        status, _ = ask("/predict", json.dumps({"features": features}), True)
        assert status == 200
    assert not decoded


@pytest.mark.parametrize(
    "change",
    [
        {"Sex": "other"},
        {"Age": 200},
        {"Age": "22"},
        {"Age": True},
        {"Age": 10**400},
        {"Age": [22]},
        {"Sex": None},
        {"Sex": 3},
        {"Sex": " male "},
        {"Pclass": None},
        {"Deck": "C"},
        {"Survived": 1},
    ],
    ids=str,
)
def test_what_is_unusual_is_flagged_or_refused_the_same(agreed, rows, change):
    for odd in (rows[1] | change, [*(rows[1] | change).values()]):
        agreed("/predict", json.dumps({"features": [rows[0], odd, rows[2]]}))


@pytest.mark.parametrize(
    "features",
    [
        "[[]]",
        "[{}]",
        "[[1], 2]",
        "[{}, 2]",
        '[ \n {"Age": 1}]',
        '[{"Age": 1, "Age": 2}]',
        "[[NaN]]",
        "[[1e999]]",
        "[[1.2.3]]",
        "[[1}",
        "[[" + "[" * 3000 + "]" * 3000 + "]]",
        '[["\\ud800"]]',
        "[[1]], [",
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize(
    ("path", "key"),
    [("/predict", "features"), (V1, "instances"), ("/invocations", "dataframe_records")],
)
def test_what_is_no_row_is_refused_the_same(agreed, features, path, key):
    status, _ = agreed(path, f'{{"{key}": {features}}}')
    assert status >= 400


def test_a_row_is_the_same_without_a_name_that_it_lacks(agreed, rows):
    lacking = {name: value for name, value in rows[0].items() if name != "Sex"}
    status, content = agreed("/predict", json.dumps({"features": [rows[0], lacking]}))
    assert status == 422
    assert content["error"]["row"] == 1
    assert content["error"]["column"] == "Sex"


def test_the_place_of_a_mistake_is_told(agreed, rows):
    text = json.dumps({"features": rows}, indent=1).replace('"male"', "male")
    status, content = agreed("/predict", text)
    assert status == 400
    line = text[: text.index(" male")].count("\n") + 1
    assert f"not at line {line}, column" in content["error"]["message"]


def test_bytes_that_are_no_text_are_refused(agreed, rows):
    body = json.dumps({"features": rows}).encode().replace(b"male", b"m\xff")
    assert agreed("/predict", body)[0] == 400


def test_other_keys_count_as_ever(agreed, rows):
    for more in ({"outputs": ["prediction"], "id": "a"}, {"version": 99}, {"id": 3}, {"nosuch": 1}):
        agreed("/predict", json.dumps(more | {"features": rows}))
    agreed(V1, json.dumps({"instances": rows, "inputs": {"Age": [1]}}))


def test_more_rows_than_the_limit_are_refused(agreed, rows):
    assert agreed("/predict", json.dumps({"features": rows * 3}))[0] == 413
    assert agreed("/predict", json.dumps({"features": [rows[0] | {"Age": "x"}] * 9}))[0] == 413


# The reader alone


def test_numbers_are_as_python_reads_them():
    texts = ["0", "-0", "7", "1e3", "0.1", "123456789012345678901234567890", "9007199254740993"]
    read = make_text_reader([Field("x", "number")])
    ((*values,),) = read(Raw(f"[[{'],['.join(texts)}]]".encode()))
    assert [repr(value) for value in values] == [repr(float(json.loads(text))) for text in texts]


def test_a_name_that_no_type_can_have_is_left_to_others():
    for name in ('a"b', "a\\b", "a\nb"):
        assert make_text_reader([Field(name, "number")])(Raw(b"[[1]]")) is None


def test_very_many_columns_are_left_to_others():
    fields = [Field(str(place), "number") for place in range(MAX_FIELDS + 1)]
    assert make_text_reader(fields)(Raw(json.dumps([[1] * len(fields)]).encode())) is None


@pytest.mark.parametrize("name", ["class", "a b", "", "日本", "a'b", "v1"])
def test_a_column_may_have_any_other_name(name):
    read = make_text_reader([Field(name, "number"), Field("v0", "category", nullable=True)])
    assert read(Raw(json.dumps([{name: 1, "v0": None}]).encode())) == [(1.0,), (None,)]


def test_nothing_is_missing_where_training_had_no_gaps():
    assert make_text_reader([Field("x", "number")])(Raw(b"[[null]]")) is None


def test_numbers_that_are_arrays_too_are_the_same():
    fields = (
        Field("x", "number", minimum=0, maximum=9, nullable=True),
        Field("y", "number", minimum=0, maximum=9),
    )
    contract = Contract(model="m", task="regression", target="t", fields=fields)
    text = Raw(b"[[1, 2], [null, 3], [4, 50]]")
    rows = contract.parse_text(RowsText(text, lambda: [])).rows
    assert rows.columns == {"x": (1.0, None, 4.0), "y": [2.0, 3.0, 50.0]}
    np.testing.assert_array_equal(rows.arrays["x"], [1, np.nan, 4])
    assert list(rows.arrays) == ["x"]  # of the other one a value is unusual
    assert [flag.code for flag in rows.flags[2]] == ["out-of-range"]
    np.testing.assert_array_equal(rows[1:].arrays["x"], [np.nan, 4])
    assert rows[1].values == {"x": None, "y": 3.0}
