"""The same row gets the same answer whichever way it comes in: form, REST, or a file."""

import csv
import io
import json

import pandas as pd
import pytest
from starlette.testclient import TestClient

from core.serving.api import create_api
from tests.predicting import predict_file

CASES = [
    ("size", "4.5", 4.5),
    ("size", " 7 ", 7),
    ("size", "1e1", 10.0),
    ("size", "", None),
    ("size", "NA", None),
    ("member", "true", True),
    ("member", "False", False),
    ("member", "no", False),
    ("member", "", None),
    ("since", "2020-02-03", "2020-02-03"),
    ("since", "2020-02-03 10:30", "2020-02-03T10:30:00"),
    ("since", "2020-02-03T10:30:00+02:00", "2020-02-03T10:30:00+02:00"),
    ("since", "02/25/2020", "2020-02-25"),
    ("since", "03.02.2020", "2020-03-02"),
    ("since", "", None),
    ("release", "5.10", "5.10"),
    ("release", "5.1", "5.1"),
    ("release", " 5.9 ", " 5.9 "),
    ("release", "beta", "beta"),
    ("release", "5.9", 5.9),
    ("release", "", ""),
    ("release", "  ", "  "),
    ("known", "true", "true"),
    ("known", "false", "false"),
    ("known", "TRUE", "TRUE"),
    ("known", "true", True),
    ("known", "unknown", "unknown"),
    ("known", "", None),
    ("code", "007", "007"),
    ("code", "012", "012"),
    ("code", "7", 7),
    ("day", "2024-01-31", "2024-01-31"),
    ("day", "01.02.2024", "01.02.2024"),
    ("grade", "3", "3"),
    ("grade", "3", 3),
    ("grade", "3.0", "3.0"),
    ("grade", "", None),
    ("truth", "TRUE", "TRUE"),
    ("truth", "false", False),
    ("truth", "True", "True"),
]
"""A column, its text in a CSV file, and its value as a form or JSON holds it."""


def write_csv(row: dict[str, object]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


def write_excel(row: dict[str, object]) -> bytes:
    content = io.BytesIO()
    pd.DataFrame({name: pd.Series([value], dtype=object) for name, value in row.items()}).to_excel(
        content, index=False
    )
    return content.getvalue()


def answer_of(engine, content: bytes, filename: str) -> float:
    result = predict_file(engine, content, filename)
    assert result.problems == ()
    assert result.notices == ()
    return result.frame["probability_true"][0]


@pytest.mark.parametrize(("column", "text", "value"), CASES)
def test_form_request_and_file_agree(odd, make_shelf, column, text, value):
    row = odd.contract.example | {column: value}
    parsed = odd.contract.parse(row).rows
    assert parsed[0].flags == ()
    by_form = odd.predict(parsed).probabilities[0]["true"]

    client = TestClient(create_api(make_shelf(odd)))
    response = client.post("/predict", json={"features": row}).json()
    assert "flags" not in response
    assert response["probabilities"]["true"] == pytest.approx(by_form, abs=1e-12)

    csv_row = odd.contract.example | {column: text}
    files = {
        "row.csv": write_csv(csv_row),
        "row.json": json.dumps([row]).encode(),
        "row.xlsx": write_excel(row),
    }
    for filename, content in files.items():
        assert answer_of(odd, content, filename) == pytest.approx(by_form, abs=1e-12), filename


def test_every_level_of_a_category_changes_the_answer(odd):
    """Else the agreement above would say nothing."""
    for field in odd.contract.fields:
        if field.kind == "category":
            rows = [odd.contract.example | {field.name: level} for level in field.levels]
            answers = odd.predict(odd.contract.parse(rows).rows).probabilities
            assert len({round(answer["true"], 9) for answer in answers}) == len(field.levels)


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (["03/04/2020", "2020-05-06"], []),
        (["03/04/2020", "03/25/2020"], []),
        (["03/04/2020", "25/03/2020"], []),
        (["03/04/2020", "31/31/2020", "25/03/2020"], [1]),
    ],
)
def test_each_date_is_read_by_itself_in_the_order_of_training_where_it_leaves_that_open(
    odd, dates, told
):
    frame = pd.DataFrame([odd.contract.example | {"since": date} for date in dates])
    result = predict_file(odd, frame.to_csv(index=False).encode(), "rows.csv")
    assert [problem.row for problem in result.problems] == told
    for problem in result.problems:
        assert problem.column == "since"
    if told:
        assert "which part is the day" in result.problems[0].message
    assert odd.contract.read.day_first is False
