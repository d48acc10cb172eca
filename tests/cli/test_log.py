"""The verbs of the prediction log."""

import json
import time

import pandas as pd
import pytest

from core.cli.app import main
from core.serving.answered import Answered
from core.serving.contract import Contract
from core.serving.contract.field import Field
from core.serving.engine import Answer
from core.serving.prediction_log import open_prediction_log
from core.settings import Settings

CONTRACT = Contract(
    model="shop",
    task="regression",
    target="price",
    version=2,
    fields=(Field("size", "number", minimum=0, maximum=10),),
)


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))

    def call(*arguments: object):
        code = main(["log", *(str(argument) for argument in arguments)])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments else out, err

    return call


@pytest.fixture
def logged(tmp_path) -> None:
    """Two requests now, one two days ago."""
    with open_prediction_log(Settings.from_environment({"SLIPWAY_HOME": str(tmp_path)})) as log:
        for name, age, size in (("a", 0, 3), ("b", 0, 99), ("old", 2 * 86_400, 4)):
            rows = CONTRACT.parse([{"size": size}]).rows
            at = time.time() - age
            log.add(Answered(CONTRACT, rows, Answer([12.5]), at, 0.002, name, "kserve"))


@pytest.mark.usefixtures("logged")
def test_rows_are_shown_and_written_to_a_file(run, tmp_path):
    code, printed, _ = run("show")
    assert code == 0
    assert printed.splitlines()[0].split()[:3] == ["at", "(UTC)", "model"]
    assert "size: out-of-range" in printed
    document = run("show", "shop/2", "--since", "1h", "--json")[1]
    assert sorted(row["request_id"] for row in document["rows"]) == ["a", "b"]
    assert run("show", "shop/1", "--json")[1]["rows"] == []
    assert [
        r["request_id"] for r in run("show", "--flag", "out-of-range", "--json")[1]["rows"]
    ] == ["b"]
    assert len(run("show", "--request", "old", "--json")[1]["rows"]) == 1
    out = tmp_path / "rows.csv"
    assert run("show", "--out", out)[0] == 0
    assert len(pd.read_csv(out)) == 3


@pytest.mark.usefixtures("logged")
def test_traffic_is_told_as_a_whole_and_by_the_hour(run):
    document = run("stats", "--since", "7d", "--json")[1]
    (whole,) = document["traffic"]
    assert (whole["model"], whole["version"], whole["rows"], whole["flagged_rows"]) == (
        "shop",
        2,
        3,
        1,
    )
    assert whole["p50_ms"] == pytest.approx(2, rel=0.05)
    assert document["flags"][0]["code"] == "out-of-range"
    assert document["sources"] == {"kserve": 3}
    assert document["lost"] == []
    assert len(run("stats", "--since", "7d", "--by", "hour", "--json")[1]["traffic"]) == 2
    assert "shop/2" in run("stats")[1]


@pytest.mark.usefixtures("logged")
def test_deleting_is_confirmed_and_tells_how_much(run):
    code, _, err = run("delete", "--request", "a")
    assert code == 2
    assert "must be confirmed" in err
    assert run("delete", "--request", "a", "--yes", "--json")[1] == {"deleted": 1}
    assert run("delete", "--older", "1d", "--yes", "--json")[1] == {"deleted": 1}
    assert run("delete", "--model", "shop", "--yes", "--json")[1] == {"deleted": 1}
    assert run("show")[1] == "Nothing was logged, or nothing that fits.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "--since", "soon"], "must be like 30m, 12h or 7d. Got 'soon'"),
        (["stats", "--by", "year"], "--by must be one of minute, hour, day, all"),
        (["show", "shop@champion"], "a version and no alias"),
        (["delete", "--yes"], "must be named"),
        (["delete", "--request", "a", "--model", "m", "--yes"], "Got both"),
    ],
)
def test_a_mistake_is_one_line(run, arguments, said):
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_a_log_that_is_not_there_is_empty(run):
    assert run("show", "--json")[1]["rows"] == []
    assert run("stats", "--json")[1]["traffic"] == []
    assert run("delete", "--model", "shop", "--yes", "--json")[1] == {"deleted": 0}
