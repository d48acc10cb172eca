"""Files of rows over HTTP: CSV and Parquet."""

import csv
import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from core.serving.api import Limits, create_api
from core.serving.api.tables import BLOCK_BYTES

ROWS = """id,size,colour,member
a,9.5,red,true
b,,green,no
c,big,red,true
d,1,blue,False
e,2
f,3,NA,true,extra
g," 4 ",red,1
"""


@pytest.fixture
def client(make_shelf, linear) -> TestClient:
    return TestClient(create_api(make_shelf(linear), Limits(rows=50, table_rows=10_000)))


def post(client, content, path="/predict", media_type="text/csv", **headers):
    headers = {"content-type": media_type} | headers
    return client.post(path, content=content, headers=headers)


def rows_of(response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.text)))


def test_a_csv_comes_back_with_its_columns_and_every_row_answered_or_explained(client):
    rows = rows_of(post(client, ROWS))
    assert [row["id"] for row in rows] == list("abcdefg")
    assert list(rows[0])[:4] == ["id", "size", "colour", "member"]
    assert list(rows[0])[4:] == [
        "prediction", "probability_no", "probability_yes", "flags", "status", "problem",
    ]  # fmt: skip
    assert [row["status"] for row in rows] == [
        "ok",
        "flagged",
        "set aside",
        "flagged",
        "set aside",
        "set aside",
        "ok",
    ]
    assert rows[2]["prediction"] == ""
    assert rows[2]["problem"].startswith("'size' must be a number. Got \"big\".")
    assert rows[4]["problem"] == "Line 6 has 2 values where 4 are expected."
    assert rows[6]["size"] == " 4 "
    assert rows[3]["flags"] == "colour: unseen-level"
    assert rows[1]["flags"] == "size: missing-value"


def test_a_csv_agrees_with_the_same_rows_as_json(client):
    table = {"size": [9.5, 1.0], "colour": ["red", None], "member": [True, False]}
    text = "size,colour,member\n9.5,red,true\n1.0,,false\n"
    rows = rows_of(post(client, text))
    features = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    expected = client.post("/predict", json={"features": features}).json()
    assert [row["prediction"] for row in rows] == expected["prediction"]
    assert [float(row["probability_yes"]) for row in rows] == [
        share["yes"] for share in expected["probabilities"]
    ]


def test_a_csv_is_answered_as_json_where_that_is_accepted(client):
    answer = post(client, ROWS, accept="application/json").json()
    assert answer["prediction"][2] is None
    assert answer["probabilities"][2] is None
    assert [problem["row"] for problem in answer["problems"]] == [2, 4, 5]
    assert answer["problems"][0]["column"] == "size"
    assert {flag["row"] for flag in answer["flags"]} >= {1, 3}
    assert (answer["model"], answer["version"]) == ("linear", 1)


def test_mlflow_answers_a_csv_as_json_unless_csv_is_accepted(client):
    answer = post(client, ROWS, "/invocations").json()
    assert len(answer["predictions"]) == 7
    assert len(answer["problems"]) == 3
    assert rows_of(post(client, ROWS, "/invocations", accept="text/csv"))[0]["prediction"] == "yes"
    good = post(client, "size,colour,member\n1,red,true\n", "/invocations").json()
    assert good == {"predictions": ["no"]}


def table_of(response) -> pa.Table:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/vnd.apache.parquet"
    return pq.read_table(io.BytesIO(response.content))


def parquet(**columns) -> bytes:
    output = io.BytesIO()
    pq.write_table(pa.table(columns), output)
    return output.getvalue()


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_a_parquet_file_comes_back_with_its_types(client, path):
    when = pa.array([0, 1, 2], pa.timestamp("ms"))
    content = parquet(
        when=when, size=[9.5, None, 1.0], colour=["red", "red", None], member=[True, None, False]
    )
    media_type = "application/vnd.apache.parquet"
    table = table_of(post(client, content, path, media_type, accept=media_type))
    assert table.schema.field("when").type == pa.timestamp("ms")
    assert table.column_names[4:7] == ["prediction", "probability_no", "probability_yes"]
    assert table["prediction"].to_pylist() == ["yes", "yes", "no"]
    assert table["status"].to_pylist() == ["ok", "flagged", "ok"]
    assert table["flags"].to_pylist()[1] == "size: missing-value; member: missing-value"
    assert table["problem"].to_pylist() == [None] * 3
    as_csv = rows_of(post(client, content, path, media_type, accept="text/csv"))
    assert [row["prediction"] for row in as_csv] == ["yes", "yes", "no"]


def test_a_csv_may_come_back_as_parquet(client):
    table = table_of(post(client, ROWS, accept="application/vnd.apache.parquet"))
    assert table["id"].to_pylist() == list("abcdefg")
    assert table["status"].to_pylist().count("set aside") == 3


def test_a_column_of_the_file_keeps_its_name(client):
    rows = rows_of(post(client, "size,colour,member,prediction\n1,red,true,mine\n"))
    assert (rows[0]["prediction"], rows[0]["prediction_2"]) == ("mine", "no")


def test_a_packed_csv_is_unpacked(client):
    answer = post(client, gzip.compress(ROWS.encode()), **{"content-encoding": "gzip"})
    assert len(rows_of(answer)) == 7


def test_a_large_file_is_answered_whole_and_recorded_in_pieces(make_shelf, linear):
    class Kept(list):
        add = list.append

    kept = Kept()
    client = TestClient(create_api(make_shelf(linear), recorder=kept))
    lines = [f"{number % 20},red,true" for number in range(BLOCK_BYTES // 5)]
    rows = rows_of(post(client, "\n".join(["size,colour,member", *lines])))
    assert [row["size"] for row in rows] == [line.split(",")[0] for line in lines]
    assert len(kept) > 1
    assert sum(len(answered.rows) for answered in kept) == len(lines)
    assert len({answered.request_id for answered in kept}) == 1


@pytest.mark.parametrize(
    ("content", "status", "text"),
    [
        (b"", 400, "must hold a table"),
        (b"\x00\x01\x02\xff", 400, "The body must be CSV"),
        (b"length,colour\n1,red\n", 422, "must have the columns 'size', 'member'"),
        (b"Size,colour,member\n1,red,true\n", 422, "'Size' for 'size'"),
        (b"size,colour,member\n" + b"1,red,true\n" * 10_001, 413, "at most 10,000 rows"),
    ],
)
def test_what_is_no_table_with_the_columns_is_refused_as_a_whole(client, content, status, text):
    answer = post(client, content)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert text in f"{error['message']} {error['hint']}"


def test_more_rows_as_json_than_json_may_have_are_413(client):
    content = b"size,colour,member\n" + b"1,red,true\n" * 60
    assert post(client, content).status_code == 200
    assert post(client, content, accept="application/json").status_code == 413


def test_a_broken_parquet_file_is_400_and_one_of_too_many_rows_413(client):
    media_type = "application/vnd.apache.parquet"
    assert post(client, b"PAR1", media_type=media_type).status_code == 400
    content = parquet(size=[1.0] * 10_001)
    assert post(client, content, media_type=media_type).status_code == 413


def test_a_file_may_name_model_and_version(make_shelf, linear, mpg):
    client = TestClient(create_api(make_shelf(linear, mpg)))
    fields = mpg.contract.fields
    cells = ["" if field.example is None else str(field.example) for field in fields]
    output = io.StringIO()
    csv.writer(output).writerows([[field.name for field in fields], cells])
    rows = rows_of(post(client, output.getvalue(), "/predict?model=mpg&version=champion"))
    number = client.post("/predict", json={"features": mpg.contract.example, "model": "mpg"}).json()
    assert float(rows[0]["prediction"]) == pytest.approx(number["prediction"])
    assert post(client, ROWS, "/predict?model=nope").status_code == 404


def test_an_empty_table_comes_back_empty(client):
    assert rows_of(post(client, "size,colour,member\n")) == []
