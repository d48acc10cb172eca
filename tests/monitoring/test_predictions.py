import time

import pandas as pd

from core.monitoring.predictions import read_columns, rows_csv, rows_table
from core.monitoring.traffic import PERIODS, describe_losses, report_traffic
from core.serving.answered import Answered
from core.serving.contract import Contract
from core.serving.contract.field import Field
from core.serving.engine import Answer
from core.serving.prediction_log import open_prediction_log
from core.serving.prediction_log.reader import Chosen, LogReader
from core.settings import Settings

CONTRACT = Contract(
    model="shop",
    task="binary",
    target="bought",
    version=3,
    classes=("no", "yes"),
    fields=(
        Field("size", "number", minimum=0, maximum=10, nullable=True),
        Field("city", "category", levels=("Rome", "Oslo")),
        Field("day", "date"),
        Field("member", "boolean"),
        Field("version", "category", levels=("a",)),
    ),
)
ROW = {"size": 3, "city": "Rome", "day": "2024-05-01", "member": True, "version": "a"}


def log_rows(home, *changes, at=None, contract=CONTRACT, **more) -> LogReader:
    log = open_prediction_log(Settings.from_environment({"SLIPWAY_HOME": str(home), **more}))
    rows = contract.parse([ROW | change for change in changes]).rows
    answer = Answer(["yes"] * len(rows), [{"no": 0.25, "yes": 0.75}] * len(rows))
    log.add(Answered(contract, rows, answer, at or time.time(), 0.004, "r1", "page"))
    log.close()
    return LogReader(log.database)


def test_columns_come_back_in_their_types(tmp_path):
    log_rows(tmp_path, {"size": None}, {"city": "Bern"}, at=time.time() - 60)
    reader = log_rows(tmp_path, {"size": 12})
    found = read_columns(reader, "shop")
    assert len(found) == 3
    assert [str(dtype) for dtype in found.inputs.dtypes] == [
        "float64",
        "str",
        "datetime64[ns]",
        "bool",
        "str",
    ]
    assert found.inputs["size"].tolist()[0] == 12
    assert found.inputs["size"].isna().sum() == 1
    assert found.inputs["day"].tolist() == [pd.Timestamp(2024, 5, 1)] * 3
    assert found.prediction.tolist() == ["yes"] * 3
    assert found.probabilities["yes"].tolist() == [0.75] * 3
    assert found.about["flagged"].tolist()[0]
    assert found.about["at"].is_monotonic_decreasing
    assert found.about["version"].tolist() == [3, 3, 3]


def test_only_what_was_asked_for_is_read(tmp_path):
    log_rows(tmp_path, {}, at=time.time() - 1000)
    reader = log_rows(tmp_path, {}, {})
    assert len(read_columns(reader, "shop", since=time.time() - 500)) == 2
    assert len(read_columns(reader, "shop", limit=1)) == 1
    assert len(read_columns(reader, "shop", version=4)) == 0
    assert len(read_columns(reader, "other")) == 0


def test_hashed_columns_are_texts_and_left_out_ones_are_not_there(tmp_path):
    reader = log_rows(tmp_path, {}, SLIPWAY_LOG_HASH="size", SLIPWAY_LOG_LEAVE_OUT="city")
    found = read_columns(reader, "shop")
    assert "city" not in found.inputs
    assert str(found.inputs["size"].dtype) == "str"


def test_the_table_of_rows_names_no_column_twice(tmp_path):
    reader = log_rows(tmp_path, {"size": 99})
    table = rows_table(reader.rows(Chosen()))
    assert list(table.columns) == [
        "answered at", "model", "version", "prediction", "probability_no", "probability_yes",
        "size", "city", "day", "member", "input version",
        "flags", "latency_ms", "source", "request_id", "position",
    ]  # fmt: skip
    assert table["flags"][0] == "size: out-of-range"
    assert rows_csv(reader.rows(Chosen())).count(b"\n") == 2


def test_a_report_holds_the_period_and_nothing_else(tmp_path):
    now = time.time()
    log_rows(tmp_path, {}, {"city": "Bern"}, at=now - 7200)
    reader = log_rows(tmp_path, {}, at=now)
    hour = report_traffic(reader, PERIODS["hour"], now=now)
    assert (hour.requests, hour.rows, hour.flagged_rows, hour.lost_rows) == (1, 1, 0, 0)
    day = report_traffic(reader, PERIODS["day"], "shop", 3, now=now)
    assert (day.requests, day.rows, day.flagged_rows) == (2, 3, 1)
    assert [span.name for span in day.spans] == ["shop 3", "shop 3"]
    assert day.limits[1] - day.limits[0] == 86_400
    assert day.limits[0] <= now - 7200 < now < day.limits[1]
    assert report_traffic(reader, PERIODS["day"], "other", now=now).totals == []
    assert describe_losses([]) == []
